/* Memory on cache lines. */
#ifndef MG_MEMORY_H
#define MG_MEMORY_H

#include <stddef.h>

/* At least `bytes` bytes aligned to 64, or NULL; and its end. */
void *mg_memory_new(size_t bytes);
void mg_memory_delete(void *block);
/* The bytes asked for. */
size_t mg_memory_size(const void *block);

/* The same, but large blocks are kept for the next request of their size. */
void *mg_memory_take(size_t bytes);
void mg_memory_give(void *block);
/* Keep none of them any longer. */
void mg_memory_drop(void);

#endif
