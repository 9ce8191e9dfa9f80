/* What the product's constants mean, and the values that all instruction sets share; the others
 * stand in generic.h, avx2.h and avx512.h. A change costs or saves time only, except that depths,
 * PIECE, THIN_TERMS and what chooses inner and thin products decide in which groups the terms are
 * added.
 *
 *   TILE_ROWS, TILE_VECTORS   a tile of C (microkernel.h): sums, vectors of B and an element of A
 *                             fill the registers
 *   INNER_TILE                rows and columns of inner.h's tile, likewise
 *   PACK_A_FROM_N             columns of B from which an A pays for packing whose rows are not
 *                             contiguous
 *   PACK_APART_FROM_N         the same if each step along k is on another page
 *   PACK_CROWDED_FROM_N       columns of B, packed, from which an A of contiguous rows pays for it
 *                             if they are whole pages apart: a strip's want the same few places in
 *                             the nearest cache as a panel of B
 *   PACK_ASKEW_FROM_M         rows of A from which a B pays for packing whose rows are not on whole
 *                             vectors, so that each load of one is two
 *   PACK_FAR_FROM_M           rows of A from which a B pays for packing that is far away
 *   PACK_PAGES_FROM_M         the same if its rows lie whole pages apart, so that they want the
 *                             same few places in the nearest cache
 *   PIECE                     how deep a tile goes at a time if A streams from memory: as far as
 *                             the second-level cache may be asked to fetch ahead
 *   INNER_UP_TO               shorter side of C up to which inner products (inner.h) are the faster
 *   INNER_TERMS               terms that each row or column of that side must have beyond
 *                             INNER_FROM_K
 *   INNER_EMPTY               percentage of lanes that tiles must leave empty, where C is narrow
 *   INNER_PAGES_EMPTY         the same if B would be packed, and rows of A are whole pages long
 *   TURNED_PAGES_UP_TO        columns of C up to which C^T pays (turned.h) where A would be packed
 *                             because each step along k is whole pages on
 *   FAR_BYTES                 size from which a B is far away
 *   THIN_UP_TO                rows of A up to which a B outside the nearer cache is walked along
 *                             its rows (thin.h)
 *   THIN_FAR_UP_TO            the same if B is far away
 *   THIN_ASKEW_UP_TO          the same if, besides, its rows lie whole pages apart and not on
 *                             whole vectors
 */
#define TILE_VECTORS 2

/* Blocks. A panel of B and the smaller one of A should lie in the first-level cache together, where
 * an A that comes from memory, its terms apart, needs more room beside it; a block of B in half of
 * the second level, or less where to read A again costs little: it is not packed, and small or at
 * least not large; or it is small, and C^T stays there too. A matrix that is larger than the second
 * level is large; a B far larger is far away, and an A that no cache keeps streams from memory;
 * long rows of one are read well enough as they are. */
#define PANEL_BYTES (32 << 10)
#define DEPTH (1536 / T_BYTES)
#define DEPTH_APART (1152 / T_BYTES)
#define BLOCK_BYTES (1 << 20)
#define SMALL_A_BYTES (96 << 10)
#define CHEAP_A_BLOCK_BYTES (256 << 10)
#define LARGE_BYTES (2 << 20)
#define STREAM_BYTES (16 << 20)
#define STREAM_ROW_BYTES (MG_PAGE / 2)

/* From which sizes on a packed operand is used often enough to pay for the packing; fewer columns
 * will do for an A of which each step along k is whole pages on. */
#define PACK_PAGES_FROM_N (PANEL + 1)
#define PACK_B_FROM_M 56

/* Lines whole pages apart that the nearest cache holds at a time. So many rows are packed at a
 * time of panels that lie side by side. */
#define WAYS 8
/* Strips of a transposed A that are packed side by side, if it is large or its rows lie whole pages
 * apart: a line that is fetched for one would not wait for the next. */
#define STRIPS 8

/* Inner products: from which k on; a single row of tiles would use a packed B only once, and pays
 * from a smaller k on. */
#define INNER_FROM_K (1536 / T_BYTES)
#define INNER_ROW_FROM_K (2 * LANES)
/* Terms that are walked at a time: rows of a tile stay in the first-level cache, and a single row,
 * for which no column is read again; columns at a time: they stay in the second. */
#define INNER_DEPTH (4096 / T_BYTES)
#define INNER_ROW_DEPTH (4 * INNER_DEPTH)
#define INNER_WIDTH 128
/* Columns beside a single row, which leaves room for more sums: the more of them are walked along
 * at a time, the busier memory is kept. */
#define INNER_LINE 8

/* Terms between two requests for what the next block of B needs; rows of A up to which tiles of a
 * packed A make them, for a B that is far away, and of a large one. */
#define AHEAD_TERMS 16
#define ASK_PACKED_UP_TO 80
#define ASK_LARGE_UP_TO (4 * ASK_PACKED_UP_TO)

/* Terms up to which a C that the second level holds, and that is written once, is not asked for. */
#define C_TERMS 32

/* Thin products (thin.h): from how many columns, and from what size of B on; up to how many rows of
 * A if B is far away and its rows are short; rows of B that are walked along at a time, and for a
 * single row of A. */
#define THIN_FROM_N (4 * PANEL)
#define THIN_BYTES (1 << 19)
#define THIN_SHORT_UP_TO (3 * THIN_ROWS)
#define THIN_TERMS 12
#define THIN_LINES 8
/* Up to which size of B, a single row, an outer product goes row by row (thin.h). Measured on AMD's
 * Zen 4: faster than by tiles, most where the second-level cache holds C; rows of 16 KB are not
 * always. */
#define OUTER_BYTES (8 << 10)

/* C^T (turned.h): from how many rows of C, up to how many columns, and from what percentage of
 * lanes on that these would leave empty, or those of a large A. */
#define TURNED_UP_TO (448 / T_BYTES)
#define TURNED_FROM TURNED_UP_TO
#define TURNED_EMPTY 10
#define TURNED_LARGE_EMPTY 3

/* Below this many multiply-adds a second thread takes longer to start than it saves. */
#define PARALLEL_FROM (1 << 19)
