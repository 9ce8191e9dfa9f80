/* Memory that starts on a cache line, and large blocks of it that are kept for the next request.
 *
 * A vector that lies across two cache lines takes two loads instead of one, and two stores.
 *
 * Large blocks come straight from the system with malloc, and go back to it: each time they cost a
 * page fault for every 4 KB, more than a kernel that writes them. A training loop asks for the
 * same sizes in every step, so a few blocks, of 1 GB together at most, wait here for the next
 * request of their size. An atomic exchange empties a slot or fills it; no locks, so no trouble
 * after fork.
 */
#include <stdint.h>
#include <stdlib.h>

#include "memory.h"
#include "platform.h"

#if defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#endif

enum { LINE = 64, LARGE = 4 << 20, MOST_KEPT = 1 << 30, HUGE_PAGE = 2 << 20, SLOTS = 8 };

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

/* Gives holes between blocks back to the system: what comes may be too large for them. */
static void trim(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

#if MG_THREADS

#include <stdatomic.h>

static _Atomic(void *) slots[SLOTS];
static _Atomic size_t kept; /* bytes of the blocks in the slots */
static atomic_uint oldest;

/* The block in a slot, which is empty then; or NULL. */
static void *empty_slot(unsigned i) {
    void *block = atomic_exchange(&slots[i % SLOTS], NULL);
    if (block) atomic_fetch_sub(&kept, mg_memory_size(block));
    return block;
}

/* Whether the slot was empty and now has the block. */
static int fill_slot(unsigned i, void *block) {
    void *empty = NULL;
    size_t bytes = mg_memory_size(block);
    atomic_fetch_add(&kept, bytes); /* first: from the slot another thread may take it at once */
    if (atomic_compare_exchange_strong(&slots[i % SLOTS], &empty, block)) return 1;
    atomic_fetch_sub(&kept, bytes);
    return 0;
}

void *mg_memory_take(size_t bytes) {
    for (unsigned i = 0; bytes >= LARGE && i < SLOTS; i++) {
        void *block = empty_slot(i);
        if (block && mg_memory_size(block) == bytes) return block;
        if (block && !fill_slot(i, block)) mg_memory_delete(block);
    }
    return mg_memory_new(bytes);
}

void mg_memory_give(void *block) {
    size_t bytes = block ? mg_memory_size(block) : 0;
    if (bytes >= LARGE && bytes <= MOST_KEPT) {
        for (int i = 0; i < SLOTS && atomic_load(&kept) + bytes > MOST_KEPT; i++)
            mg_memory_delete(empty_slot(atomic_fetch_add(&oldest, 1)));
        for (unsigned i = 0; i < SLOTS; i++)
            if (fill_slot(i, block)) return;
        unsigned i = atomic_fetch_add(&oldest, 1);
        mg_memory_delete(empty_slot(i));
        if (fill_slot(i, block)) return;
    }
    mg_memory_delete(block);
}

void mg_memory_drop(void) {
    for (unsigned i = 0; i < SLOTS; i++) mg_memory_delete(empty_slot(i));
    trim();
}

#else

void *mg_memory_take(size_t bytes) { return mg_memory_new(bytes); }
void mg_memory_give(void *block) { mg_memory_delete(block); }
void mg_memory_drop(void) { trim(); }

#endif
