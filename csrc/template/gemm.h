/* The matrix product, for matrices of any layout.
 *
 *   C = A B [+ bias] [then max(., 0)]        max keeps NaN
 *
 *   c     m x n, contiguous rows, n apart; never read before it is written
 *   a     m x k, b  k x n: any strides
 *   bias  n elements, or NULL
 *
 * Three loops around the microkernel, after Goto and van de Geijn (2008) and Van Zee and van de
 * Geijn, "BLIS" (2015):
 *
 *   1. blocks of B, `depth` of k deep and `width` columns wide: packed into panels of one tile's
 *      width, a block stays in the second-level cache;
 *   2. strips of A, one tile high, in pieces of that depth: a piece stays in the first-level
 *      cache, and so does the strip's part of C from one piece to the next;
 *   3. panels of B: the microkernel updates one tile of C.
 *
 * A is packed if its rows are not contiguous, or want the places of a panel of B in the nearest
 * cache; and B or A are read where they lie if few tiles use them, but for a last, partial panel of
 * B: padded with zeros, so that the microkernel may read whole vectors.
 *
 * Threads: C is cut into a grid of blocks that need nothing from one another. The terms of an
 * element of C are always added in the same order, so the cut does not change a bit.
 */

/* The largest depth of a block whose panels of B have `columns` columns. */
MG_INLINE ptrdiff_t deepest(ptrdiff_t columns) {
    return least(DEPTH, PANEL_BYTES / T_BYTES / columns);
}

/* Whether the panel of n columns is packed; a partial one always is. */
MG_INLINE int in_panel(const struct gemm_job *g, ptrdiff_t n) { return g->pack_b || n % LANES; }

static void pack_b(const struct gemm_job *g, T *panels, const struct gemm_place *at) {
    ptrdiff_t first = g->pack_b ? 0 : at->width / PANEL * PANEL;
    if (in_panel(g, at->width - first))
        pack_panels(panels + first * at->depth,
                    g->b + at->p * g->b_row + (at->j + first) * g->b_column, g->b_column, g->b_row,
                    at->width - first, PANEL, at->depth);
}

/* What strip i of A asks for at the first panel of a block, while it goes through its terms p to p
 * + depth: its share of the next block's first panel, for which the packing would have to wait. */
static struct ahead share_of(const struct gemm_job *g, ptrdiff_t i, ptrdiff_t p, ptrdiff_t depth,
                             const struct gemm_place *next) {
    ptrdiff_t pieces = ceil_div(g->depth, g->piece), strips = ceil_div(g->rows, g->height);
    ptrdiff_t terms = ceil_div(next->depth, strips * pieces);
    ptrdiff_t part = ceil_div(i % g->rows, g->height) * pieces + p / g->piece;
    ptrdiff_t first = least(part * terms, next->depth);
    struct ahead it = {g->b + (next->p + first) * g->b_row + next->j * g->b_column, g->b_row,
                       least(terms, next->depth - first), PANEL, 0};
    if (g->b_column != 1) it.apart = g->b_column, it.length = it.count, it.count = PANEL;
    it.burst = ceil_div(it.count * AHEAD_TERMS, depth);
    return it;
}

/* The tiles of `rows` rows of C from row i on, and of a block's terms those from p on; `a` is a
 * panel if A is packed, else where they begin in A itself. */
MG_INLINE void multiply_strip(const struct gemm_job *g, const T *a, const T *b_panels, ptrdiff_t i,
                              ptrdiff_t rows, const struct gemm_place *at,
                              const struct gemm_place *next, ptrdiff_t p, ptrdiff_t depth) {
    int first = at->p + p == 0, last = at->p + p + depth == g->k;
    int flags = (first ? 0 : ACCUMULATE) | (last && g->relu ? RELU : 0) | (g->ask_c ? ASK : 0);
    ptrdiff_t asked = g->ask_b ? next->width / PANEL * PANEL : 0;
    struct ahead ahead = asked ? share_of(g, i, p, depth, next) : (struct ahead){0};
    for (ptrdiff_t j = 0; j < at->width; j += PANEL) {
        ptrdiff_t n = least(at->width - j, PANEL), vectors = ceil_div(n, LANES);
        const T *b = g->b + (at->p + p) * g->b_row + at->j + j;
        ptrdiff_t b_row = g->b_row;
        if (in_panel(g, n)) {
            b_row = vectors * LANES;
            b = b_panels + j * at->depth + p * b_row;
        } else if (i < g->height && j + 2 * PANEL <= at->width) {
            fetch(b + PANEL, b_row, depth, PANEL);
        }
        tile_function *run =
            j < asked ? asking_tiles[g->pack_a][rows - 1] : tiles[g->pack_a][vectors - 1][rows - 1];
        struct ahead part;
        if (j < asked) part = ahead, part.rows += j * g->b_column;
        run(g->c + i * g->c_row + at->j + j, g->c_row, a, g->a_row, g->a_column, b, b_row,
            last && g->bias ? g->bias + at->j + j : NULL, flags, n, depth, &part);
    }
}

/* Rows i to end, strips that are packed side by side, with a block of B. If A streams from memory,
 * what the next strip needs is asked for before each piece: even the second-level cache has room
 * for so many requests only. */
static void multiply_strips(const struct gemm_job *g, T *a_panels, const T *b_panels, ptrdiff_t i,
                            ptrdiff_t end, const struct gemm_place *at,
                            const struct gemm_place *next) {
    for (ptrdiff_t p = 0; p < at->depth; p += g->piece) {
        ptrdiff_t depth = least(at->depth - p, g->piece);
        const T *a = g->a + i * g->a_row + (at->p + p) * g->a_column;
        if (g->stream && g->a_column == 1)
            fetch(a + g->height * g->a_row, g->a_row, end - i, depth);
        else if (g->stream && g->a_row == 1)
            fetch(a + at->depth * g->a_column, g->a_column, depth, end - i);
        if (g->pack_a) {
            pack_panels(a_panels, a, g->a_row, g->a_column, end - i, g->height, depth);
            a = a_panels;
        }
        for (ptrdiff_t row = i; row < end; row += g->height) {
            multiply_strip(g, a, b_panels, row, least(end - row, g->height), at, next, p, depth);
            a += whole_vectors(g->height) * depth;
        }
    }
}

/* The place after this one, in columns up to `end`; of no width behind the last. */
static struct gemm_place place_after(const struct gemm_job *g, struct gemm_place at,
                                     ptrdiff_t end) {
    at.p += at.depth;
    if (at.p == g->k) at.p = 0, at.j += at.width;
    at.depth = least(g->k - at.p, g->depth), at.width = least(end - at.j, g->width);
    return at;
}

/* Rows i0 to i1, columns j0 to j1 of C. */
static void gemm_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                       ptrdiff_t j0, ptrdiff_t j1) {
    T *b_panels = scratch, *a_panels = scratch + g->width * g->depth;
    struct gemm_place at = {j0, least(j1 - j0, g->width), 0, least(g->k, g->depth)}, next;
    for (; at.width > 0; at = next) {
        next = place_after(g, at, j1);
        pack_b(g, b_panels, &at);
        for (ptrdiff_t i = i0, end; i < i1; i = end) {
            end = g->strips > 1 ? least(i1, i + g->strips * g->height)
                                : i + even_part(i1 - i, g->height, 1);
            multiply_strips(g, a_panels, b_panels, i, end, &at, &next);
        }
    }
}
