/* The product by inner products, where terms lie side by side: rows of A, and columns of B.
 *
 * The tiles of microkernel.h need a row of B in a vector. Where the columns of B are contiguous
 * (x @ weight.T), B has to be transposed for them, which a few rows of A do not pay for, and a last
 * tile leaves lanes empty. Here the lanes run along k: each holds a partial sum of the inner
 * product of a row and a column, and they are added at the end, which a long k pays for.
 *
 * Vectors of A and B are both loaded, and those that do not lie on whole vectors cost two loads:
 * fewer than the tile has products, so nothing is copied first.
 *
 * The terms of an element of C are added in an order that depends on k alone, and on whether there
 * is more than one row.
 */

typedef void inner_function(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row, const T *b,
                            ptrdiff_t b_column, const T *bias, int flags, ptrdiff_t k);

/* One step along k: `n` of the terms (LANES, but for the last step) of rows * columns sums. */
MG_INLINE void inner_step(int rows, int columns, vec sum[INNER_TILE][INNER_LINE], const T *a,
                          ptrdiff_t a_row, const T *b, ptrdiff_t b_column, ptrdiff_t n) {
    vec column[INNER_LINE];
    MG_UNROLL(8)
    for (int j = 0; j < columns; j++) column[j] = load_first(b + j * b_column, n, 0);
    MG_UNROLL(8)
    for (int i = 0; i < rows; i++) {
        vec row = load_first(a + i * a_row, n, 0);
        MG_UNROLL(8)
        for (int j = 0; j < columns; j++) sum[i][j] += row * column[j];
    }
}

MG_INLINE void inner_tile(int rows, int columns, T *MG_RESTRICT c, ptrdiff_t c_stride,
                          const T *MG_RESTRICT a, ptrdiff_t a_row, const T *MG_RESTRICT b,
                          ptrdiff_t b_column, const T *bias, int flags, ptrdiff_t k) {
    vec sum[INNER_TILE][INNER_LINE];
    MG_UNROLL(8)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(8)
        for (int j = 0; j < columns; j++) sum[i][j] = splat(0);
    }
    ptrdiff_t p = 0;
    MG_UNROLL(4)
    for (; p + LANES <= k; p += LANES)
        inner_step(rows, columns, sum, a + p, a_row, b + p, b_column, LANES);
    if (p < k) inner_step(rows, columns, sum, a + p, a_row, b + p, b_column, k - p);
    T sums[INNER_TILE * INNER_LINE + LANES];
    MG_UNROLL(32)
    for (int first = 0; first < rows * columns; first += LANES) {
        vec v[LANES];
        MG_UNROLL(16)
        for (int i = 0, at = first; i < LANES; i++, at++)
            v[i] = at < rows * columns ? sum[at / columns][at % columns] : splat(0);
        store(sums + first, sums_of_lanes(v));
    }
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j += LANES)
            finish(c + i * c_stride + j, load_first(sums + i * columns + j, columns - j, 0),
                   bias ? bias + j : NULL, flags, columns - j);
}

#define TILE(rows, columns)                                                                        \
    static void inner_##rows##x##columns(T *c, ptrdiff_t c_stride, const T *a, ptrdiff_t a_row,    \
                                         const T *b, ptrdiff_t b_column, const T *bias, int flags, \
                                         ptrdiff_t k) {                                            \
        inner_tile(rows, columns, c, c_stride, a, a_row, b, b_column, bias, flags, k);             \
    }
#define NAMED(rows, columns) inner_##rows##x##columns,
/* clang-format off */
#if INNER_TILE == 5
#define ROW(DO, rows) DO(rows, 1) DO(rows, 2) DO(rows, 3) DO(rows, 4) DO(rows, 5)
#define EACH(DO) DO(1) DO(2) DO(3) DO(4) DO(5)
#else
#define ROW(DO, rows) DO(rows, 1) DO(rows, 2) DO(rows, 3)
#define EACH(DO) DO(1) DO(2) DO(3)
#endif
#define TILES(rows) ROW(TILE, rows)
#define NAMES(rows) {ROW(NAMED, rows)},
/* clang-format on */

EACH(TILES)
TILE(1, 8) /* INNER_LINE columns beside a single row */

/* [rows - 1][columns - 1] */
static inner_function *const inner_tiles[INNER_TILE][INNER_TILE] = {EACH(NAMES)};
#undef TILE
#undef NAMED
#undef ROW
#undef EACH
#undef TILES
#undef NAMES

/* Is this way the faster?  Not where a long A that meets a single vector streams from memory, nor
 * where the lanes of tiles would be full and the nearest cache holds the rows of one. */
static int suits_inner(const struct gemm_job *g) {
    if (g->a_column != 1 || g->b_row != 1 || (g->n <= LANES && g->stream)) return 0;
    if (g->m <= INNER_TILE) return g->k >= INNER_ROW_FROM_K;
    ptrdiff_t side = least(g->m, g->n);
    int crowded = g->m >= PACK_B_FROM_M && whole_pages(g->k);
    return side <= INNER_UP_TO && g->k >= INNER_FROM_K + INNER_TERMS * side &&
           (side < g->n || lanes_empty(g->n, crowded ? INNER_PAGES_EMPTY : INNER_EMPTY));
}

/* Rows i0 to i1, columns j to j + width of C, terms p to p + depth. */
static void inner_columns(const struct gemm_job *g, ptrdiff_t i0, ptrdiff_t i1,
                          struct gemm_place at) {
    int last = at.p + at.depth == g->k;
    int flags = (at.p ? ACCUMULATE : 0) | (last && g->relu ? RELU : 0);
    ptrdiff_t width = g->m == 1 ? INNER_LINE : INNER_TILE, end = at.j + at.width;
    for (ptrdiff_t i = i0; i < i1; i += INNER_TILE) {
        ptrdiff_t height = least(i1 - i, INNER_TILE);
        for (ptrdiff_t j = at.j, n; j < end; j += n) {
            n = j + width <= end ? width : least(end - j, INNER_TILE);
            inner_function *run = n > INNER_TILE ? inner_1x8 : inner_tiles[height - 1][n - 1];
            run(g->c + i * g->c_row + j, g->c_row, g->a + i * g->a_row + at.p, g->a_row,
                g->b + j * g->b_column + at.p, g->b_column, last && g->bias ? g->bias + j : NULL,
                flags, at.depth);
        }
    }
}

/* Rows i0 to i1, columns j0 to j1 of C. */
static void inner_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                        ptrdiff_t j0, ptrdiff_t j1) {
    (void)scratch;
    ptrdiff_t depth = g->m == 1 ? INNER_ROW_DEPTH : INNER_DEPTH;
    for (ptrdiff_t j = j0; j < j1; j += INNER_WIDTH)
        for (ptrdiff_t p = 0; p < g->k; p += depth) {
            struct gemm_place at = {j, least(j1 - j, INNER_WIDTH), p, least(g->k - p, depth)};
            inner_columns(g, i0, i1, at);
        }
}
