/* AVX-512: 64-byte vectors, 32 registers. A 14 x 2 tile keeps 28 sums, 2 vectors of B and a
 * broadcast element of A in them. */
#include "template/prelude.h"

#if MG_X86
MG_TARGET_BEGIN("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl")
#define ISA avx512
#define VECTOR_BYTES 64
#define TILE_ROWS 14
#define TILE_VECTORS 2
#include "template/both_types.h"
MG_TARGET_END
#endif
