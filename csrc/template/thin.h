/* The product with so few rows of A that a tile or two hold them, where B is large and its rows lie
 * side by side (g @ weight for a batch of one or a few).
 *
 * What is read of B is hardly used again, so the product is as fast as B arrives, and memory hands
 * over the fastest what lies side by side: tiles as gemm.h has them would walk down B, a line of
 * each row. Here B is read once, along its rows, a few of them at a time; what comes and goes
 * meanwhile is C, which the cache holds.
 */

#define THIN_ROWS 6 /* that are done at a time */

/* One step along k for `vectors` vectors of C, of whose columns there are n. */
MG_INLINE void thin_step(int rows, int vectors, vec sum[THIN_ROWS][TILE_VECTORS], const T *a,
                         ptrdiff_t a_row, const T *b, ptrdiff_t n) {
    vec row[TILE_VECTORS];
    MG_UNROLL(4)
    for (int j = 0; j < vectors; j++) row[j] = load_first(b + j * LANES, n - j * LANES, 0);
    MG_UNROLL(6)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++) sum[i][j] += splat(a[i * a_row]) * row[j];
    }
}

/* `vectors` vectors of C, of whose columns there are n; depth terms. */
MG_INLINE void thin_panel(int rows, int vectors, const struct gemm_job *g, T *c, const T *a,
                          const T *b, const T *bias, int flags, ptrdiff_t n, ptrdiff_t depth) {
    vec sum[THIN_ROWS][TILE_VECTORS];
    MG_UNROLL(6)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++) sum[i][j] = splat(0);
    }
    MG_UNROLL(4)
    for (ptrdiff_t p = 0; p < depth; p++)
        thin_step(rows, vectors, sum, a + p * g->a_column, g->a_row, b + p * g->b_row, n);
    MG_UNROLL(6)
    for (int i = 0; i < rows; i++) {
        MG_UNROLL(4)
        for (int j = 0; j < vectors; j++)
            finish(c + i * g->c_row + j * LANES, sum[i][j], bias ? bias + j * LANES : NULL, flags,
                   n - j * LANES);
    }
}

typedef void thin_function(const struct gemm_job *g, const struct gemm_place *at);

/* All columns of a place. */
MG_INLINE void thin(int rows, const struct gemm_job *g, const struct gemm_place *at) {
    int last = at->p + at->depth == g->k;
    int flags = (at->p ? ACCUMULATE : 0) | (last && g->relu ? RELU : 0);
    const T *a = g->a + at->p * g->a_column, *b = g->b + at->p * g->b_row + at->j;
    const T *bias = last && g->bias ? g->bias + at->j : NULL;
    T *c = g->c + at->j;
    ptrdiff_t j = 0;
    for (; j + PANEL <= at->width; j += PANEL)
        thin_panel(rows, TILE_VECTORS, g, c + j, a, b + j, bias ? bias + j : NULL, flags, PANEL,
                   at->depth);
    for (; j < at->width; j += LANES)
        thin_panel(rows, 1, g, c + j, a, b + j, bias ? bias + j : NULL, flags,
                   least(LANES, at->width - j), at->depth);
}

#define THIN(rows, vectors)                                                          \
    static void thin_##rows(const struct gemm_job *g, const struct gemm_place *at) { \
        thin(rows, g, at);                                                           \
    }
#define NAMED(rows, vectors) thin_##rows,
SIX(THIN, TILE_VECTORS)
/* [rows - 1] */
static thin_function *const thin_heights[THIN_ROWS] = {SIX(NAMED, TILE_VECTORS)};
#undef THIN
#undef NAMED
#undef SIX

/* Is this way the faster?  Where B outgrows the nearer cache and has rows to walk along; two strips
 * of A if it is far away, and if its rows can all begin on whole vectors. */
static int suits_thin(const struct gemm_job *g) {
    ptrdiff_t size = g->k * g->n * T_BYTES;
    int far = size > FAR_BYTES && g->n % LANES == 0;
    return g->m <= (far ? THIN_FAR_UP_TO : THIN_UP_TO) && g->b_column == 1 && g->n >= THIN_FROM_N &&
           size >= THIN_BYTES;
}

/* Rows i0 to i1, columns j0 to j1 of C. */
static void thin_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                       ptrdiff_t j0, ptrdiff_t j1) {
    (void)scratch;
    ptrdiff_t height = even_part(i1 - i0, THIN_ROWS, 1);
    for (ptrdiff_t p = 0; p < g->k; p += THIN_TERMS) {
        struct gemm_place at = {j0, j1 - j0, p, least(g->k - p, THIN_TERMS)};
        for (ptrdiff_t i = i0; i < i1; i += height) {
            struct gemm_job strip = *g;
            strip.a += i * g->a_row, strip.c += i * g->c_row;
            thin_heights[least(height, i1 - i) - 1](&strip, &at);
        }
    }
}
