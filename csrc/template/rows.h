/* Chunks of rows: how kernels that sum over rows split their work.
 *
 * A chunk's sums are made on their own and the chunks' results are added in order, so the result
 * depends on the shape alone, not on who summed which chunk; and because a sum of n terms is made
 * of short ones, its rounding error grows more slowly than n. Whole rows are walked, since narrow
 * columns of a wide matrix defeat the caches (rows a power of two apart share their places).
 */

/* At least 16 rows, more if they are short, and so that there are at most 256 chunks. */
MG_INLINE ptrdiff_t chunk_rows(ptrdiff_t n, ptrdiff_t c) {
    ptrdiff_t rows = 16;
    while (rows * (c + 1) < 4096 || rows * 256 < n) rows *= 2;
    return rows;
}

MG_INLINE ptrdiff_t chunk_count(ptrdiff_t n, ptrdiff_t c) {
    return (n + chunk_rows(n, c) - 1) / chunk_rows(n, c);
}
