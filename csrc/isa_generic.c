/* The portable path: 16-byte vectors where the compiler has them (SSE2 on x86-64, NEON on ARM),
 * scalars elsewhere. */
#include "template/prelude.h"

#define ISA generic
#define VECTOR_BYTES 16
#define TILE_ROWS 6
#define TILE_VECTORS 2
#include "template/both_types.h"
