/* AVX2 with FMA: 32-byte vectors, 16 registers. A 6 x 2 tile keeps 12 sums, 2 vectors of B and a
 * broadcast element of A in them. */
#define PATH avx2
#define INSTRUCTIONS "avx2,fma"
#define VECTOR_BYTES 32

/* The product's constants; a change costs or saves time only. */
#define TILE_ROWS 6
#define TILE_VECTORS 2
/* Rows and columns of inner.h's tile: sums and one side's vectors fill the registers. */
#define INNER_TILE 3
/* Blocks. A panel of B and the smaller one of A should lie in the first-level cache together; a
 * block of B in half of the second level, or less where to read A again costs little: it is small,
 * or neither packed nor large. A matrix that is larger than the second level is large. */
#define PANEL_BYTES (32 << 10)
#define DEPTH (1536 / T_BYTES)
#define BLOCK_BYTES (1 << 20)
#define SMALL_A_BYTES (96 << 10)
#define CHEAP_A_BLOCK_BYTES (256 << 10)
#define LARGE_BYTES (2 << 20)
/* From which sizes on a packed operand is used often enough to pay for the packing. */
#define PACK_A_FROM_N (4 * PANEL)
#define PACK_B_FROM_M 56
/* Fewer will do where memory is awkward as it lies: each step along k is on another page, so that a
 * strip of A finds no place in the nearest cache; rows of B lie whole pages apart, so that they
 * want the same few places there; or they are not on whole vectors, so that each load of one is
 * two. */
#define PACK_PAGES_FROM_N (PANEL + 1)
#define PACK_PAGES_FROM_M (TILE_ROWS + 1)
#define PACK_ASKEW_FROM_M (3 * TILE_ROWS)
/* Lines whole pages apart that the nearest cache holds at a time. */
#define WAYS 8
/* Strips of a large transposed A that are packed side by side. */
#define STRIPS 8
/* How many rows of panels that lie side by side are packed at a time. */
#define TURN 32
/* How deep a tile goes at a time if A streams from memory: as far as a core may be asked to fetch
 * ahead. */
#define PIECE 64
/* Below this many multiply-adds a second thread takes longer to start than it saves. */
#define PARALLEL_FROM (1 << 19)
/* Inner products (inner.h): from which k on, and up to which shorter side of C, they are the
 * faster. A single row of tiles would use a packed B only once, and pays from a smaller k on. */
#define INNER_FROM_K (1536 / T_BYTES)
#define INNER_UP_TO 56
#define INNER_ROW_FROM_K (2 * LANES)
/* Terms that are walked at a time: rows of a tile stay in the first-level cache; columns at a time:
 * they stay in the second. */
#define INNER_DEPTH (4096 / T_BYTES)
#define INNER_WIDTH 128
