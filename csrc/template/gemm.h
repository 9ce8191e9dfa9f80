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
 *   1. blocks of columns of B and C, `width` wide, and of k, `depth` deep: the block of B is
 *      packed into panels of one tile's width, and stays in the second-level cache;
 *   2. strips of A, one tile high: packed into a panel that stays in the first-level cache;
 *   3. panels of B: the microkernel updates one tile of C.
 *
 * An operand that few tiles will use is read where it lies instead; only a last, partial panel of
 * B is then packed, padded with zeros, so that the microkernel may read whole vectors.
 *
 * Threads: C is cut into a grid of blocks that need nothing from one another. The terms of an
 * element of C are always added in the same order, so the cut does not change a bit.
 */

/* Bytes of a panel row step: depth * tile width * sizeof(T) is 32 to 48 KB, and a block of B of
 * depth * width about 1 MB, half of the second-level cache of current machines. */
#define DEPTH (1536 / T_BYTES)
#define WIDTH 640
#define PANEL (TILE_VECTORS * LANES)

/* Reading A in place costs one address computation an element, packing it one pass: */
#define PACK_A_FROM_N (3 * PANEL)
/* a row of a panel of B in place is a cache line or two far from the next */
#define PACK_B_FROM_M 56
/* below this many multiply-adds a second thread takes longer to start than it saves */
#define PARALLEL_FROM (2 << 20)

MG_INLINE ptrdiff_t ceil_div(ptrdiff_t a, ptrdiff_t b) { return (a + b - 1) / b; }

/* The size of equal parts (multiples of `unit`) when `whole` is cut into parts of at most `most`. */
MG_INLINE ptrdiff_t even_part(ptrdiff_t whole, ptrdiff_t most, ptrdiff_t unit) {
    ptrdiff_t parts = ceil_div(whole, most);
    return ceil_div(ceil_div(whole, parts), unit) * unit;
}

struct gemm_job {
    T *c;
    const T *a, *b, *bias;
    ptrdiff_t a_row, a_column, b_row, b_column, m, n, k;
    int relu;
    ptrdiff_t rows, columns, across; /* a block of the grid, and how many stand side by side */
    ptrdiff_t depth, width;          /* of a block of B */
    int pack_a, pack_b;
    T *scratch;
    ptrdiff_t scratch_stride; /* each block of the grid has its own */
};

/* Rows i0 to i1, columns j0 to j1 of C. */
static void gemm_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                       ptrdiff_t j0, ptrdiff_t j1) {
    ptrdiff_t height = even_part(i1 - i0, TILE_ROWS, 1);
    T *a_panel = scratch, *b_panels = scratch + whole_vectors(TILE_ROWS) * g->depth;
    for (ptrdiff_t jc = j0; jc < j1; jc += g->width) {
        ptrdiff_t width = j1 - jc < g->width ? j1 - jc : g->width;
        for (ptrdiff_t p = 0; p < g->k; p += g->depth) {
            ptrdiff_t depth = g->k - p < g->depth ? g->k - p : g->depth;
            const T *b = g->b + p * g->b_row + jc * g->b_column;
            for (ptrdiff_t j = 0; j < width; j += PANEL) {
                ptrdiff_t n = width - j < PANEL ? width - j : PANEL;
                if (g->pack_b || n % LANES)
                    pack(b_panels + j * depth, b + j * g->b_column, g->b_column, g->b_row, n,
                         depth);
            }
            const T *bias = g->bias && p + depth == g->k ? g->bias + jc : NULL;
            int flags = (p > 0 ? ACCUMULATE : 0) | (g->relu && p + depth == g->k ? RELU : 0);
            for (ptrdiff_t i = i0; i < i1; i += height) {
                ptrdiff_t rows = i1 - i < height ? i1 - i : height;
                const T *a = g->a + i * g->a_row + p * g->a_column;
                if (g->pack_a) pack(a_panel, a, g->a_row, g->a_column, rows, depth);
                for (ptrdiff_t j = 0; j < width; j += PANEL) {
                    ptrdiff_t n = width - j < PANEL ? width - j : PANEL;
                    ptrdiff_t vectors = ceil_div(n, LANES);
                    int in_panel = g->pack_b || n % LANES;
                    tile_function *const *tiles =
                        g->pack_a ? packed_tiles[vectors - 1] : strided_tiles[vectors - 1];
                    tiles[rows - 1](g->c + i * g->n + jc + j, g->n, g->pack_a ? a_panel : a,
                                    g->a_row, g->a_column, in_panel ? b_panels + j * depth : b + j,
                                    in_panel ? vectors * LANES : g->b_row, bias ? bias + j : NULL,
                                    flags, n, depth);
                }
            }
        }
    }
}

static void gemm_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct gemm_job *g = argument;
    for (ptrdiff_t block = begin; block < end; block++) {
        ptrdiff_t i = block / g->across * g->rows, j = block % g->across * g->columns;
        gemm_block(g, g->scratch + block * g->scratch_stride, i,
                   i + g->rows < g->m ? i + g->rows : g->m, j,
                   j + g->columns < g->n ? j + g->columns : g->n);
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

static int mg_gemm(void *c, struct mg_matrix a, struct mg_matrix b, const void *bias, int relu,
                   ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    if (m == 0 || n == 0) return MG_OK;
    if (k == 0) return empty_sums(c, bias, relu, m, n);
    struct gemm_job g = {.c = c, .a = a.data, .b = b.data, .bias = bias,
                         .a_row = a.row_stride, .a_column = a.column_stride,
                         .b_row = b.row_stride, .b_column = b.column_stride,
                         .m = m, .n = n, .k = k, .relu = relu};

    ptrdiff_t down = 1;
    g.across = 1;
    int threads = (double)m * (double)n * (double)k < PARALLEL_FROM ? 1 : mg_get_num_threads();
    while (down * g.across < threads && (m / down > TILE_ROWS || n / g.across > PANEL)) {
        if (m / down > n / g.across)
            down *= 2;
        else
            g.across *= 2;
    }
    g.rows = even_part(m, ceil_div(m, down), 1);
    g.columns = even_part(n, ceil_div(n, g.across), PANEL);
    g.across = ceil_div(n, g.columns);
    ptrdiff_t blocks = ceil_div(m, g.rows) * g.across;

    g.depth = even_part(k, DEPTH, 1);
    g.width = even_part(g.columns, WIDTH, PANEL);
    g.pack_a = g.columns >= PACK_A_FROM_N;
    g.pack_b = g.rows >= PACK_B_FROM_M || g.b_column != 1;
    g.scratch_stride = (whole_vectors(TILE_ROWS) + g.width) * g.depth;
    g.scratch = mg_scratch_take((size_t)(blocks * g.scratch_stride) * sizeof(T));
    if (!g.scratch) return MG_NO_MEMORY;
    mg_parallel(gemm_range, &g, blocks, 1);
    mg_scratch_give(g.scratch);
    return MG_OK;
}
