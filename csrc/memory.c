/* Memory that starts on a cache line, and large blocks of it that are kept for the next request.
 *
 * A vector that lies across two cache lines takes two loads instead of one, and two stores.
 *
 * Large blocks come straight from the system with malloc, and go back to it: each time they cost a
 * page fault for every 4 KB, more than a kernel that writes them. A training loop asks for the
 * same sizes in every step, so a few blocks wait here for the next request of their size. An
 * atomic exchange empties a slot or fills it; no locks, so no trouble after fork.
 */
#include <stdint.h>
#include <stdlib.h>

#include "memory.h"
#include "platform.h"

#if defined(__linux__)
#include <sys/mman.h>
#endif

enum { LINE = 64, LARGE = 4 << 20, LARGEST_KEPT = 128 << 20, HUGE_PAGE = 2 << 20, SLOTS = 8 };

/* Stands just before the bytes lent, in the same allocation. */
struct header {
    void *allocation;
    size_t bytes;
};

size_t mg_memory_size(const void *block) { return ((const struct header *)block)[-1].bytes; }

void *mg_memory_new(size_t bytes) {
    size_t alignment = bytes >= LARGE ? HUGE_PAGE : LINE;
    if (bytes > SIZE_MAX - sizeof(struct header) - alignment) return NULL;
    char *allocation = malloc(bytes + sizeof(struct header) + alignment);
    if (!allocation) return NULL;
    uintptr_t first = (uintptr_t)(allocation + sizeof(struct header));
    char *block = allocation + sizeof(struct header) + (-first & (alignment - 1));
    ((struct header *)block)[-1] = (struct header){allocation, bytes};
#if defined(MADV_HUGEPAGE)
    if (bytes >= LARGE) madvise(block, bytes, MADV_HUGEPAGE); /* 512 times fewer faults */
#endif
    return block;
}

void mg_memory_delete(void *block) {
    if (block) free(((struct header *)block)[-1].allocation);
}

#if MG_THREADS

#include <stdatomic.h>

static _Atomic(void *) slots[SLOTS];
static atomic_uint oldest;

void *mg_memory_take(size_t bytes) {
    for (int i = 0; bytes >= LARGE && i < SLOTS; i++) {
        void *empty = NULL, *block = atomic_exchange(&slots[i], NULL);
        if (!block) continue;
        if (mg_memory_size(block) == bytes) return block;
        if (!atomic_compare_exchange_strong(&slots[i], &empty, block)) mg_memory_delete(block);
    }
    return mg_memory_new(bytes);
}

void mg_memory_give(void *block) {
    size_t bytes = block ? mg_memory_size(block) : 0;
    if (bytes >= LARGE && bytes <= LARGEST_KEPT) {
        for (int i = 0; i < SLOTS; i++) {
            void *empty = NULL;
            if (atomic_compare_exchange_strong(&slots[i], &empty, block)) return;
        }
        block = atomic_exchange(&slots[atomic_fetch_add(&oldest, 1) % SLOTS], block);
    }
    mg_memory_delete(block);
}

#else

void *mg_memory_take(size_t bytes) { return mg_memory_new(bytes); }
void mg_memory_give(void *block) { mg_memory_delete(block); }

#endif
