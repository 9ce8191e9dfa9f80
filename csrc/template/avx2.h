/* AVX2 with FMA: 32-byte vectors, 16 registers. A 6 x 2 tile keeps 12 sums, 2 vectors of B and a
 * broadcast element of A in them. */
#define PATH avx2
#define INSTRUCTIONS "avx2,fma"
#define VECTOR_BYTES 32

/* tuning.h says what these mean; measured on AMD's Zen 3 and Zen 4. */
#define TILE_ROWS 6
#define INNER_TILE 3
#define PACK_A_FROM_N (12 * PANEL)
#define PACK_APART_FROM_N PACK_A_FROM_N
#define PACK_CROWDED_FROM_N 256
#define PACK_ASKEW_FROM_M (3 * TILE_ROWS)
#define PACK_FAR_FROM_M (TILE_ROWS + 1)
#define PACK_PAGES_FROM_M (TILE_ROWS + 1)
#define FAR_BYTES (5 << 20)
#define PIECE 64
#define INNER_UP_TO (7 * INNER_TILE)
#define INNER_TERMS 12
#define INNER_EMPTY (T_BYTES == 4 ? 12 : 20)
#define INNER_PAGES_EMPTY 20
#define TURNED_PAGES_UP_TO (4 * PANEL)
#define THIN_UP_TO TILE_ROWS
#define THIN_FAR_UP_TO (2 * TILE_ROWS)
#define THIN_ASKEW_UP_TO 8
