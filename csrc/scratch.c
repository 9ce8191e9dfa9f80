/* Scratch memory that is kept between calls.
 *
 * A few slots hold blocks nobody uses. Taking empties a slot with an atomic exchange, giving back
 * fills an empty one with compare-and-swap; no locks, so no trouble after fork, and no thread
 * owns memory that would leak when it ends. Without atomics every block comes from malloc.
 */
#include <stdint.h>
#include <stdlib.h>

#include "parallel.h"
#include "platform.h"

enum { ALIGNMENT = 64, SLOTS = 8 };

/* Stands just before the bytes lent, in the same allocation. */
struct header {
    void *allocation;
    size_t bytes;
};

static void *allocate(size_t bytes) {
    char *allocation = malloc(bytes + sizeof(struct header) + ALIGNMENT);
    if (!allocation) return NULL;
    uintptr_t first = (uintptr_t)(allocation + sizeof(struct header));
    char *block = allocation + sizeof(struct header) + (-first & (ALIGNMENT - 1));
    ((struct header *)block)[-1] = (struct header){allocation, bytes};
    return block;
}

static void release(void *block) {
    if (block) free(((struct header *)block)[-1].allocation);
}

#if MG_THREADS

#include <stdatomic.h>

static _Atomic(void *) slots[SLOTS];

void *mg_scratch_take(size_t bytes) {
    for (int i = 0; i < SLOTS; i++) {
        void *block = atomic_exchange(&slots[i], NULL);
        if (!block) continue;
        if (((struct header *)block)[-1].bytes >= bytes) return block;
        release(block); /* too small: a larger one will take its place */
    }
    return allocate(bytes);
}

void mg_scratch_give(void *block) {
    for (int i = 0; i < SLOTS && block; i++) {
        void *empty = NULL;
        if (atomic_compare_exchange_strong(&slots[i], &empty, block)) return;
    }
    release(block);
}

#else

void *mg_scratch_take(size_t bytes) { return allocate(bytes); }
void mg_scratch_give(void *block) { release(block); }

#endif
