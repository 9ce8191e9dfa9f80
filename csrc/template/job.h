/* A matrix product as those see it who work on it: gemm.h by tiles, inner.h by inner products. */

#define PANEL (TILE_VECTORS * LANES) /* columns of a tile */

struct gemm_job {
    T *c;
    const T *a, *b, *bias;
    ptrdiff_t c_row, a_row, a_column, b_row, b_column, m, n, k;
    int relu;
    ptrdiff_t rows, columns, across; /* a block of the grid, and how many stand side by side */
    ptrdiff_t depth, width, piece;   /* a block of B, and what is done of its depth at a time */
    ptrdiff_t height, strips;        /* a strip of A, and how many are packed at a time */
    int pack_a, pack_b, ask_b, ask_c, stream;
    int inner;  /* inner products instead of all this */
    int thin;   /* B is walked along its rows */
    int turned; /* C^T is computed, A and B have changed places */
    T *scratch;
    ptrdiff_t block_scratch; /* elements of a block's scratch */
};

/* Where in the product the loops stand: columns j to j + width, terms p to p + depth. */
struct gemm_place {
    ptrdiff_t j, width, p, depth;
};

MG_INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
MG_INLINE ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/* The size of equal parts (multiples of `unit`) when `whole` is cut into parts of at most `most`.
 */
MG_INLINE ptrdiff_t even_part(ptrdiff_t whole, ptrdiff_t most, ptrdiff_t unit) {
    ptrdiff_t parts = ceil_div(whole, most);
    return ceil_div(ceil_div(whole, parts), unit) * unit;
}

/* Do tiles n wide leave so much of their lanes empty? */
MG_INLINE int lanes_empty(ptrdiff_t n, ptrdiff_t percent) {
    ptrdiff_t whole = even_part(n, n, LANES);
    return 100 * (whole - n) >= percent * whole;
}

/* Is a line of every `stride` elements from p on on whole vectors? */
MG_INLINE int on_vectors(const T *p, ptrdiff_t stride) {
    return ((uintptr_t)p | (uintptr_t)(stride * T_BYTES)) % VECTOR_BYTES == 0;
}

/* Is a matrix larger than the second-level cache? */
MG_INLINE int large(ptrdiff_t rows, ptrdiff_t columns) {
    return rows * columns > LARGE_BYTES / T_BYTES;
}

/* Ask for `count` rows of `length` adjacent elements, `apart` from one another: too far for the
 * hardware to foresee, and needed only after the work at hand. */
MG_INLINE void fetch(const T *first, ptrdiff_t apart, ptrdiff_t count, ptrdiff_t length) {
    for (ptrdiff_t i = 0; i < count; i++)
        for (ptrdiff_t j = length - 1; j >= 0; j -= MG_LINE / T_BYTES)
            MG_PREFETCH_LATER(first + i * apart + j);
}
