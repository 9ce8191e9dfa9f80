/* The product by its transpose, C^T = B^T A^T, where rows of both A^T and B lie side by side (a
 * weight's gradient, g.T @ x).
 *
 * Then either operand can give a tile its vectors, and the other the elements that are broadcast.
 * Many short rows of C would leave lanes empty, and a strip of A that must be packed would be used
 * for a tile or two; so the longer side of C gives the vectors. A block of C^T is computed where it
 * stays in the second-level cache, and written to C from there.
 */

/* Does C^T pay?  Its blocks are written once more, which few terms do not pay for. */
static int suits_turned(const struct gemm_job *g) {
    if (g->a_row != 1 || g->a_column == 1 || g->b_column != 1 || g->bias || g->relu) return 0;
    if (g->m < TURNED_FROM || g->n > TURNED_UP_TO || g->n >= 2 * g->k) return 0;
    return lanes_empty(g->n, large(g->m, g->k) ? TURNED_LARGE_EMPTY : TURNED_EMPTY) ||
           (g->n <= TURNED_PAGES_UP_TO && half_pages(g->a_column));
}

/* What was A becomes B, and the other way round. */
static void turn_job(struct gemm_job *g) {
    struct gemm_job old = *g;
    g->a = old.b, g->a_row = old.b_column, g->a_column = old.b_row;
    g->b = old.a, g->b_row = old.a_column, g->b_column = old.a_row;
    g->m = old.n, g->n = old.m;
    g->stream = 0;
}

/* Write `count` columns of `height` sums each, `apart` from one another, as rows of C. */
static void store_columns(T *c, ptrdiff_t c_row, const T *sums, ptrdiff_t apart, ptrdiff_t height,
                          ptrdiff_t count) {
    for (ptrdiff_t j = 0; j < count; j += LANES)
        for (ptrdiff_t i = 0; i < height; i += LANES) {
            ptrdiff_t at = i + LANES <= height || height < LANES ? i : height - LANES;
            vec block[LANES];
            MG_UNROLL(16)
            for (int r = 0; r < LANES; r++)
                block[r] = at + r < height ? load(sums + (at + r) * apart + j) : splat(0);
            transpose(block);
            MG_UNROLL(16)
            for (int r = 0; r < LANES; r++)
                if (j + r < count) store_first(c + (j + r) * c_row + at, block[r], height - at);
        }
}

/* Rows i0 to i1, columns j0 to j1 of C^T. */
static void turned_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                         ptrdiff_t j0, ptrdiff_t j1) {
    struct gemm_job part = *g;
    part.a = g->a + i0 * g->a_row;
    part.c = scratch + g->block_scratch - g->rows * g->width;
    part.c_row = g->width;
    for (ptrdiff_t j = j0; j < j1; j += g->width) {
        ptrdiff_t width = least(j1 - j, g->width);
        part.b = g->b + j * g->b_column;
        gemm_block(&part, scratch, 0, i1 - i0, 0, width);
        store_columns(g->c + j * g->c_row + i0, g->c_row, part.c, g->width, i1 - i0, width);
    }
}
