/* The portable path: 16-byte vectors where the compiler has them (SSE2 on x86-64, NEON on ARM),
 * scalars elsewhere. */
#define PATH generic
#define VECTOR_BYTES 16

/* tuning.h says what these mean; tried with SSE2 on AMD's Zen 4. */
#define TILE_ROWS 6
#define INNER_TILE 3
#define PACK_A_FROM_N (12 * PANEL)
#define PACK_APART_FROM_N PACK_A_FROM_N
#define PACK_CROWDED_FROM_N PTRDIFF_MAX /* never */
#define PACK_ASKEW_FROM_M (3 * TILE_ROWS)
#define PACK_FAR_FROM_M (TILE_ROWS + 1)
#define PACK_PAGES_FROM_M (TILE_ROWS + 1)
#define FAR_BYTES (5 << 20)
#define PIECE 32
#define INNER_UP_TO 56
#define INNER_TERMS 0
#define INNER_EMPTY 0
#define INNER_PAGES_EMPTY INNER_EMPTY
#define TURNED_PAGES_UP_TO (4 * PANEL)
#define THIN_UP_TO TILE_ROWS
#define THIN_FAR_UP_TO (2 * TILE_ROWS)
#define THIN_ASKEW_UP_TO 8
