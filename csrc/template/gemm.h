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
 *   2. strips of A, one tile high: packed into a panel that stays in the first-level cache;
 *   3. panels of B: the microkernel updates one tile of C.
 *
 * An operand that few tiles will use is read where it lies instead; only a last, partial panel of
 * B is then packed, padded with zeros, so that the microkernel may read whole vectors.
 *
 * Threads: C is cut into a grid of blocks that need nothing from one another. The terms of an
 * element of C are always added in the same order, so the cut does not change a bit.
 */

/* A panel of A, a tile high, is 24 KB, one of B 48 KB at most, a block of B 1 MB: half of the
 * second-level cache of current machines. */
#define DEPTH (1536 / T_BYTES)
#define WIDTH 640
#define PANEL (TILE_VECTORS * LANES)

/* From which sizes on a packed operand is used often enough to pay for the packing; measured. */
#define PACK_A_FROM_N (3 * PANEL)
#define PACK_B_FROM_M 56
/* Strips of a transposed A that are packed side by side. */
#define STRIPS 8
/* Below this many multiply-adds a second thread takes longer to start than it saves. */
#define PARALLEL_FROM (2 << 20)

struct gemm_job {
    T *c;
    const T *a, *b, *bias;
    ptrdiff_t a_row, a_column, b_row, b_column, m, n, k;
    int relu;
    ptrdiff_t rows, columns, across; /* a block of the grid, and how many stand side by side */
    ptrdiff_t depth, width;          /* a block of B */
    ptrdiff_t height, strips;        /* a strip of A, and how many are packed at a time */
    int pack_a, pack_b;
    T *scratch;
    ptrdiff_t a_panel, block_scratch; /* elements of a panel of A, of a block's scratch */
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

/* Whether the panel of n columns is packed; a partial one always is. */
MG_INLINE int in_panel(const struct gemm_job *g, ptrdiff_t n) { return g->pack_b || n % LANES; }

static void pack_b(const struct gemm_job *g, T *panels, struct gemm_place at) {
    const T *b = g->b + at.p * g->b_row + at.j * g->b_column;
    for (ptrdiff_t j = 0; j < at.width; j += PANEL) {
        ptrdiff_t n = least(at.width - j, PANEL);
        if (in_panel(g, n))
            pack(panels + j * at.depth, b + j * g->b_column, g->b_column, g->b_row, n, at.depth);
    }
}

/* Strips of A from row i on. If its columns are contiguous, a strip has a few elements of each of
 * many distant lines of memory; packing several strips side by side, a short way down at a time,
 * finds the neighbours of each in the cache. */
static void pack_a(const struct gemm_job *g, T *panels, ptrdiff_t i, ptrdiff_t end,
                   struct gemm_place at) {
    const ptrdiff_t turn = g->strips > 1 ? 32 : at.depth;
    for (ptrdiff_t p = 0; p < at.depth; p += turn)
        for (ptrdiff_t s = 0; s < g->strips && i + s * g->height < end; s++) {
            ptrdiff_t row = i + s * g->height, rows = least(end - row, g->height);
            pack(panels + s * g->a_panel + p * whole_vectors(rows),
                 g->a + row * g->a_row + (at.p + p) * g->a_column, g->a_row, g->a_column, rows,
                 least(at.depth - p, turn));
        }
}

/* Ask for a panel of B that lies in memory: rows far apart, which the hardware does not foresee. */
static void fetch_panel(const T *b, ptrdiff_t b_row, ptrdiff_t depth) {
    for (ptrdiff_t p = 0; p < depth; p++)
        for (int v = 0; v < TILE_VECTORS; v++) MG_PREFETCH(b + p * b_row + v * LANES, 0);
}

/* The tiles of `rows` rows of C from row i on; `a` is a panel if A is packed, else A itself. */
static void multiply_strip(const struct gemm_job *g, const T *a, const T *b_panels, ptrdiff_t i,
                           ptrdiff_t rows, struct gemm_place at) {
    int first = at.p == 0, last = at.p + at.depth == g->k;
    int flags = (first ? 0 : ACCUMULATE) | (last && g->relu ? RELU : 0);
    for (ptrdiff_t j = 0; j < at.width; j += PANEL) {
        ptrdiff_t n = least(at.width - j, PANEL), vectors = ceil_div(n, LANES);
        const T *b = g->b + at.p * g->b_row + at.j + j;
        ptrdiff_t b_row = g->b_row;
        if (in_panel(g, n)) {
            b = b_panels + j * at.depth;
            b_row = vectors * LANES;
        } else if (i < g->height && j + 2 * PANEL <= at.width) {
            fetch_panel(b + PANEL, b_row, at.depth);
        }
        tile_function *run = tiles[g->pack_a][vectors - 1][rows - 1];
        run(g->c + i * g->n + at.j + j, g->n, a, g->a_row, g->a_column, b, b_row,
            last && g->bias ? g->bias + at.j + j : NULL, flags, n, at.depth);
    }
}

/* Rows i0 to i1, columns j0 to j1 of C. */
static void gemm_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                       ptrdiff_t j0, ptrdiff_t j1) {
    T *a_panels = scratch, *b_panels = scratch + g->strips * g->a_panel;
    for (ptrdiff_t j = j0; j < j1; j += g->width)
        for (ptrdiff_t p = 0; p < g->k; p += g->depth) {
            struct gemm_place at = {j, least(j1 - j, g->width), p, least(g->k - p, g->depth)};
            pack_b(g, b_panels, at);
            for (ptrdiff_t i = i0; i < i1; i += g->height) {
                ptrdiff_t strip = (i - i0) / g->height % g->strips;
                if (g->pack_a && strip == 0) pack_a(g, a_panels, i, i1, at);
                multiply_strip(g,
                               g->pack_a ? a_panels + strip * g->a_panel
                                         : g->a + i * g->a_row + p * g->a_column,
                               b_panels, i, least(i1 - i, g->height), at);
            }
        }
}

static void gemm_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct gemm_job *g = argument;
    for (ptrdiff_t block = begin; block < end; block++) {
        ptrdiff_t i = block / g->across * g->rows, j = block % g->across * g->columns;
        gemm_block(g, g->scratch + block * g->block_scratch, i, least(i + g->rows, g->m), j,
                   least(j + g->columns, g->n));
    }
}

/* k = 0: no block of k would ever write C. */
static int empty_sums(T *c, const T *bias, int relu, ptrdiff_t m, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            T v = bias ? bias[j] : 0;
            c[i * n + j] = relu && v <= 0 ? 0 : v;
        }
    return MG_OK;
}

/* Cut C into at least as many blocks as there are threads, halving the longer side. */
static void cut_grid(struct gemm_job *g) {
    double work = (double)g->m * (double)g->n * (double)g->k;
    int threads = work < PARALLEL_FROM ? 1 : mg_get_num_threads();
    ptrdiff_t down = 1, across = 1;
    while (down * across < threads && (g->m / down > TILE_ROWS || g->n / across > PANEL)) {
        if (g->m / down > g->n / across)
            down *= 2;
        else
            across *= 2;
    }
    g->rows = ceil_div(g->m, down);
    g->columns = even_part(g->n, ceil_div(g->n, across), PANEL);
    g->across = ceil_div(g->n, g->columns);
}

static int mg_gemm(void *c, struct mg_matrix a, struct mg_matrix b, const void *bias, int relu,
                   ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    if (m == 0 || n == 0) return MG_OK;
    if (k == 0) return empty_sums(c, bias, relu, m, n);
    struct gemm_job g = {.c = c,
                         .a = a.data,
                         .b = b.data,
                         .bias = bias,
                         .a_row = a.row_stride,
                         .a_column = a.column_stride,
                         .b_row = b.row_stride,
                         .b_column = b.column_stride,
                         .m = m,
                         .n = n,
                         .k = k,
                         .relu = relu};
    cut_grid(&g);
    g.depth = even_part(k, DEPTH, 1);
    g.width = even_part(g.columns, WIDTH, PANEL);
    g.height = even_part(g.rows, TILE_ROWS, 1);
    g.strips = g.a_row == 1 ? least(STRIPS, ceil_div(g.rows, g.height)) : 1;
    g.pack_a = g.columns >= PACK_A_FROM_N;
    g.pack_b = g.rows >= PACK_B_FROM_M || g.b_column != 1;
    g.a_panel = whole_vectors(TILE_ROWS) * g.depth;
    g.block_scratch = g.strips * g.a_panel + g.width * g.depth;

    ptrdiff_t blocks = ceil_div(m, g.rows) * g.across;
    g.scratch = mg_scratch_take((size_t)(blocks * g.block_scratch) * sizeof(T));
    if (!g.scratch) return MG_NO_MEMORY;
    mg_parallel(gemm_range, &g, blocks, 1);
    mg_scratch_give(g.scratch);
    return MG_OK;
}
