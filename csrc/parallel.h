/* Splitting work over threads, and borrowing memory: what kernels need from the process. */
#ifndef MG_PARALLEL_H
#define MG_PARALLEL_H

#include <stddef.h>

/* The work on items begin <= i < end of a job. Ranges of one job may run at the same time. */
typedef void mg_range_function(void *job, ptrdiff_t begin, ptrdiff_t end);

/* Run `function` over 0 <= i < n in ranges of `grain` items (the last may be shorter).
 * The ranges depend on n and grain alone, never on the number of threads, so a job whose ranges
 * are independent gives the same bits on any number. */
void mg_parallel(mg_range_function *function, void *job, ptrdiff_t n, ptrdiff_t grain);

/* At least `bytes` bytes aligned to 64, or NULL; give them back with mg_scratch_give.
 * Blocks are kept for the next borrower: fresh memory would cost a page fault per 4 KB. */
void *mg_scratch_take(size_t bytes);
void mg_scratch_give(void *block);

#endif
