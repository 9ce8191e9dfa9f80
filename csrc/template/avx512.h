/* AVX-512: 64-byte vectors, 32 registers. A 14 x 2 tile keeps 28 sums, 2 vectors of B and a
 * broadcast element of A in them. */
#define PATH avx512
#define INSTRUCTIONS "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"
#define VECTOR_BYTES 64

/* tuning.h says what these mean; measured on Intel's Cascade Lake and Sapphire Rapids, and on AMD's
 * Zen 4. */
#define TILE_ROWS 14
#define INNER_TILE 5
#define PACK_A_FROM_N (4 * PANEL)
#define PACK_APART_FROM_N PACK_PAGES_FROM_N
#define PACK_CROWDED_FROM_N PTRDIFF_MAX /* never */
#define PACK_ASKEW_FROM_M PACK_B_FROM_M
#define PACK_FAR_FROM_M (THIN_FAR_UP_TO + 1)
#define PACK_PAGES_FROM_M PACK_B_FROM_M
#define FAR_BYTES (12 << 20)
#define PIECE (256 / T_BYTES)
#define INNER_UP_TO 56
#define INNER_TERMS 0
#define INNER_EMPTY 8
#define INNER_PAGES_EMPTY INNER_EMPTY
#define TURNED_PAGES_UP_TO 0
#define THIN_UP_TO 8
#define THIN_FAR_UP_TO 12
#define THIN_ASKEW_UP_TO THIN_FAR_UP_TO
