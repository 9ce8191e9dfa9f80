/* How a product is cut and packed, and the product itself. */

static void gemm_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct gemm_job *g = argument;
    for (ptrdiff_t block = begin; block < end; block++) {
        ptrdiff_t i = block / g->across * g->rows, j = block % g->across * g->columns;
        (g->inner    ? inner_block
         : g->thin   ? thin_block
         : g->turned ? turned_block
                     : gemm_block)(g, g->scratch + block * g->block_scratch, i,
                                   least(i + g->rows, g->m), j, least(j + g->columns, g->n));
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
    g->columns = even_part(g->n, ceil_div(g->n, across), LANES);
    g->across = ceil_div(g->n, g->columns);
}

/* Does it pay to pack A? */
MG_INLINE int a_pays(const struct gemm_job *g, int large_a) {
    if (g->a_column == 1)
        return whole_pages(g->a_row) && g->n >= PACK_CROWDED_FROM_N && g->rows >= PACK_B_FROM_M;
    if (g->n >= PACK_A_FROM_N || (large_a && g->n > PANEL)) return 1;
    if (g->a_column * T_BYTES < MG_PAGE) return 0;
    int crowded = multiple(g->a_column, MG_PAGE / 2); /* two sets of places */
    return g->n >= (crowded ? PACK_PAGES_FROM_N : PACK_APART_FROM_N);
}

/* Is B far away? */
MG_INLINE int b_far(const struct gemm_job *g) { return g->k * g->n > FAR_BYTES / T_BYTES; }

/* Does it pay to pack a B whose rows are contiguous? */
MG_INLINE int b_pays(const struct gemm_job *g) {
    int far = b_far(g), pages = whole_pages(g->b_row);
    if (g->rows >= (far ? PACK_FAR_FROM_M : PACK_B_FROM_M)) return 1;
    if (pages && g->rows >= PACK_PAGES_FROM_M) return 1;
    if (on_vectors(g->b, g->b_row)) return 0;
    ptrdiff_t far_rows = pages ? TILE_ROWS + 1 : 3 * TILE_ROWS;
    return g->rows >= (far || pages ? far_rows : PACK_ASKEW_FROM_M);
}

/* Is A too large for the caches? */
MG_INLINE int a_far(const struct gemm_job *g) { return g->m * g->k > STREAM_BYTES / T_BYTES; }

/* Does A stream from memory: too large for the caches, and used for one panel of B? Or for two, but
 * for long rows, which the hardware foresees. */
MG_INLINE int a_streams(const struct gemm_job *g) {
    int long_rows = g->a_column == 1 && g->k > STREAM_ROW_BYTES / T_BYTES;
    return g->n <= (long_rows ? PANEL : 2 * PANEL) && a_far(g);
}

/* The pieces decide in which groups terms are added, so they depend on the size of the product and,
 * if A is too large for the caches, on whether its terms lie side by side: not on the grid, nor on
 * whether it is turned. */
static void cut_terms(struct gemm_job *g) {
    g->stream = a_streams(g);
    g->depth = deepest(g->n > LANES ? PANEL : LANES);
    if (g->a_column != 1 && a_far(g)) g->depth = least(g->depth, DEPTH_APART);
    g->piece = g->stream ? PIECE : even_part(g->k, g->depth, 1);
}

/* What is packed, and in blocks of what size.
 *
 * A block of few columns is the deeper, so that C is read and written the less often; but not if
 * the columns of A are contiguous: a strip then shares its cache lines with the next strip, which
 * must not come too late.
 *
 * An A too large for the caches that meets few panels of B streams from memory: once, in the
 * order it lies there. Rows are walked along, strip after strip. Columns are walked across, all of
 * A a few rows of the transpose at a time, which pays if C waits in the cache. */
static void plan(struct gemm_job *g) {
    int large_a = large(g->m, g->k);
    g->pack_a = a_pays(g, large_a);
    g->pack_b = g->b_column != 1 || b_pays(g);
    ptrdiff_t asking_rows = large_a ? ASK_LARGE_UP_TO : ASK_PACKED_UP_TO;
    g->ask_b = g->pack_b && (!g->pack_a || (b_far(g) && g->rows <= asking_rows));
    g->ask_c = g->k > C_TERMS || large(g->m, g->n);
    int crowded = !g->pack_a && g->a_column == 1 && whole_pages(g->a_row);
    g->height = even_part(g->rows, crowded ? least(TILE_ROWS, WAYS) : TILE_ROWS, 1);
    int side_by_side = g->a_row == 1 && (large_a || whole_pages(g->a_column));
    g->strips = g->pack_a && side_by_side ? STRIPS : 1;
    int small_a = g->rows * g->piece * T_BYTES <= SMALL_A_BYTES;
    int cheap_a = g->pack_a ? g->turned && small_a : small_a || !large_a;
    ptrdiff_t block = (cheap_a ? CHEAP_A_BLOCK_BYTES : BLOCK_BYTES) / T_BYTES;
    if (g->stream) {
        if (g->a_row == 1 && g->m * g->n <= BLOCK_BYTES / T_BYTES) g->depth = PIECE;
    } else {
        ptrdiff_t pieces = g->a_row != 1 ? block / (g->piece * g->columns) : 1;
        g->depth = g->piece * least(ceil_div(g->k, g->piece), pieces > 1 ? pieces : 1);
    }
    g->width = even_part(g->columns, block / g->depth, PANEL);
    g->block_scratch = g->width * g->depth + g->strips * whole_vectors(g->height) * g->piece;
    if (g->turned) g->block_scratch += g->rows * g->width;
}

static int mg_gemm(void *c, struct mg_matrix a, struct mg_matrix b, const void *bias, int relu,
                   ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    if (m == 0 || n == 0) return MG_OK;
    if (k == 0) return empty_sums(c, bias, relu, m, n);
    struct gemm_job g = {.c = c,
                         .a = a.data,
                         .b = b.data,
                         .bias = bias,
                         .c_row = n,
                         .a_row = a.row_stride,
                         .a_column = a.column_stride,
                         .b_row = b.row_stride,
                         .b_column = b.column_stride,
                         .m = m,
                         .n = n,
                         .k = k,
                         .relu = relu};
    cut_terms(&g);
    g.inner = suits_inner(&g);
    g.thin = suits_thin(&g);
    g.turned = suits_turned(&g);
    if (g.turned) turn_job(&g);
    cut_grid(&g);
    if (!g.inner && !g.thin) plan(&g);
    ptrdiff_t blocks = ceil_div(g.m, g.rows) * g.across;
    g.scratch = mg_scratch_take((size_t)(blocks * g.block_scratch) * sizeof(T));
    if (!g.scratch) return MG_NO_MEMORY;
    mg_parallel(gemm_range, &g, blocks, 1);
    mg_scratch_give(g.scratch);
    return MG_OK;
}
