/* A grid of blocks: how kernels that sum over rows split their work.
 *
 * A block is a chunk of rows, or of wide rows 2 KB that are side by side: narrower columns
 * would defeat the caches, as rows a power of two apart share their places. Each block's sums are
 * made on their own and the chunks' are added in order, so the result depends on the shape alone,
 * not on who summed which block; and because a sum of n terms is made of short ones, its rounding
 * error grows more slowly than n.
 */

#define BLOCK_ROW_BYTES 2048

struct row_grid {
    ptrdiff_t rows, columns, down, across; /* of a block; how many stand in each direction */
};

struct row_block {
    ptrdiff_t i0, i1, j0, width, chunk; /* rows i0 to i1 of that chunk, columns from j0 on */
};

/* At least 128 rows, so that the sums are small beside the rows; more if they are short, and so
 * that there are at most 256 chunks. */
MG_INLINE struct row_grid cut_rows(ptrdiff_t n, ptrdiff_t c) {
    struct row_grid cut = {.rows = 128};
    while (cut.rows * (c + 1) < 4096 || cut.rows * 256 < n) cut.rows *= 2;
    cut.columns = BLOCK_ROW_BYTES / T_BYTES;
    cut.down = (n + cut.rows - 1) / cut.rows;
    cut.across = (c + cut.columns - 1) / cut.columns;
    return cut;
}

MG_INLINE struct row_block block_at(const struct row_grid *cut, ptrdiff_t index, ptrdiff_t n,
                                    ptrdiff_t c) {
    ptrdiff_t chunk = index / cut->across, i0 = chunk * cut->rows;
    ptrdiff_t j0 = index % cut->across * cut->columns;
    ptrdiff_t i1 = i0 + cut->rows < n ? i0 + cut->rows : n;
    return (struct row_block){i0, i1, j0, c - j0 < cut->columns ? c - j0 : cut->columns, chunk};
}
