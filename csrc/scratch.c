/* Scratch memory that is kept between calls.
 *
 * A few slots hold blocks nobody uses. Taking empties a slot with an atomic exchange, giving back
 * fills an empty one with compare-and-swap; no locks, so no trouble after fork, and no thread
 * owns memory that would leak when it ends. Without atomics every block comes from malloc.
 */
#include "memory.h"
#include "parallel.h"
#include "platform.h"

#if MG_THREADS

#include <stdatomic.h>

enum { SLOTS = 8 };

static _Atomic(void *) slots[SLOTS];

void *mg_scratch_take(size_t bytes) {
    for (int i = 0; i < SLOTS; i++) {
        void *block = atomic_exchange(&slots[i], NULL);
        if (!block) continue;
        if (mg_memory_size(block) >= bytes) return block;
        mg_memory_delete(block); /* too small: a larger one will take its place */
    }
    return mg_memory_new(bytes);
}

void mg_scratch_give(void *block) {
    for (int i = 0; i < SLOTS && block; i++) {
        void *empty = NULL;
        if (atomic_compare_exchange_strong(&slots[i], &empty, block)) return;
    }
    mg_memory_delete(block);
}

#else

void *mg_scratch_take(size_t bytes) { return mg_memory_new(bytes); }
void mg_scratch_give(void *block) { mg_memory_delete(block); }

#endif
