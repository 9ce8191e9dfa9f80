/* AVX2 with FMA: 32-byte vectors, 16 registers. A 6 x 2 tile keeps 12 sums, 2 vectors of B and a
 * broadcast element of A in them. */
#include "template/prelude.h"

#if MG_X86
MG_TARGET_BEGIN("avx2,fma")
#define ISA avx2
#define VECTOR_BYTES 32
#define TILE_ROWS 6
#define TILE_VECTORS 2
#include "template/both_types.h"
MG_TARGET_END
#endif
