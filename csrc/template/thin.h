/* The product with so few rows of A that a tile or two hold them, where B is large and its rows lie
 * side by side (g @ weight for a batch of one or a few).
 *
 * What is read of B is hardly used again, so the product is as fast as B arrives, and memory hands
 * over the fastest what lies side by side: tiles as gemm.h has them would walk down B, a line of
 * each row. Here B is read once, along its rows, a few of them at a time; what comes and goes
 * meanwhile is C, which the cache holds.
 *
 * The other way round if there is a single term: then C is what is large, and written once.
 */

#define THIN_ROWS 6 /* that are done at a time */

/* Are rows of B so short that the hardware does not foresee where they lead? Then the next ones are
 * asked for, and memory is kept at work. */
MG_INLINE int thin_short(const struct gemm_job *g) {
    return g->n * T_BYTES < MG_PAGE && g->k * g->n > FAR_BYTES / T_BYTES;
}

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

/* The first n sums of a vector of one row of C, over `lines` rows of B. */
MG_INLINE void thin_sums(int lines, const struct gemm_job *g, const vec element[THIN_LINES],
                         const T *b, T *c, const T *bias, int flags, ptrdiff_t n) {
    vec sum = splat(0);
    MG_UNROLL(8)
    for (int p = 0; p < lines; p++) sum += element[p] * load_first(b + p * g->b_row, n, 0);
    finish(c, sum, bias, flags, n);
}

/* One row of C: elements of A stay in registers while `lines` rows of B are walked side by side.
 * The hardware cannot foresee where the next ones begin, if there are any: that is asked for. */
MG_INLINE void thin_lines(int lines, const struct gemm_job *g, const T *a, const T *b, T *c,
                          const T *bias, int flags, ptrdiff_t n) {
    vec element[THIN_LINES];
    MG_UNROLL(8)
    for (int p = 0; p < lines; p++) {
        element[p] = splat(a[p * g->a_column]);
        if (lines > 1) MG_PREFETCH(b + (p + lines) * g->b_row, 0);
    }
    ptrdiff_t j = 0;
    MG_UNROLL(4)
    for (; j + LANES <= n; j += LANES)
        thin_sums(lines, g, element, b + j, c + j, bias ? bias + j : NULL, flags, LANES);
    if (j < n) thin_sums(lines, g, element, b + j, c + j, bias ? bias + j : NULL, flags, n - j);
}

/* An outer product (a weight's gradient for a batch of one), C as fast as it is written along its
 * rows?  Where the nearest cache holds the row of B meanwhile. */
MG_INLINE int outer(const struct gemm_job *g) {
    return g->k == 1 && g->b_column == 1 && g->n >= PANEL && g->n <= OUTER_BYTES / T_BYTES;
}

/* Rows i0 to i1, columns j0 to j1 of an outer product. */
static void outer_block(const struct gemm_job *g, ptrdiff_t i0, ptrdiff_t i1, ptrdiff_t j0,
                        ptrdiff_t j1) {
    const T *bias = g->bias ? g->bias + j0 : NULL;
    for (ptrdiff_t i = i0; i < i1; i++)
        thin_lines(1, g, g->a + i * g->a_row, g->b + j0, g->c + i * g->c_row + j0, bias,
                   g->relu ? RELU : 0, j1 - j0);
}

typedef void thin_function(const struct gemm_job *g, const struct gemm_place *at);

/* All columns of a place. */
MG_INLINE void thin(int rows, const struct gemm_job *g, const struct gemm_place *at) {
    int last = at->p + at->depth == g->k;
    int flags = (at->p ? ACCUMULATE : 0) | (last && g->relu ? RELU : 0);
    const T *a = g->a + at->p * g->a_column, *b = g->b + at->p * g->b_row + at->j;
    const T *bias = last && g->bias ? g->bias + at->j : NULL;
    T *c = g->c + at->j;
    int ask = thin_short(g);
    ptrdiff_t j = 0;
    if (rows == 1 && at->depth == THIN_LINES) {
        thin_lines(THIN_LINES, g, a, b, c, bias, flags, at->width);
        return;
    }
    for (; j + PANEL <= at->width; j += PANEL) {
        if (ask) fetch(b + at->depth * g->b_row + j, g->b_row, at->depth, PANEL);
        thin_panel(rows, TILE_VECTORS, g, c + j, a, b + j, bias ? bias + j : NULL, flags, PANEL,
                   at->depth);
    }
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

/* Is this way the faster?  Where B outgrows the nearer cache and has rows to walk along; for more
 * rows of A the longer the way to B. */
static int suits_thin(const struct gemm_job *g) {
    if (outer(g)) return 1;
    ptrdiff_t size = g->k * g->n * T_BYTES;
    int askew = g->n % LANES && whole_pages(g->n);
    ptrdiff_t rows = thin_short(g)       ? THIN_SHORT_UP_TO
                     : size <= FAR_BYTES ? THIN_UP_TO
                     : askew             ? THIN_ASKEW_UP_TO
                                         : THIN_FAR_UP_TO;
    return g->m <= rows && g->b_column == 1 && g->n >= THIN_FROM_N && size >= THIN_BYTES;
}

/* Rows i0 to i1, columns j0 to j1 of C. */
static void thin_block(const struct gemm_job *g, T *scratch, ptrdiff_t i0, ptrdiff_t i1,
                       ptrdiff_t j0, ptrdiff_t j1) {
    (void)scratch;
    if (outer(g)) {
        outer_block(g, i0, i1, j0, j1);
        return;
    }
    ptrdiff_t height = even_part(i1 - i0, THIN_ROWS, 1);
    ptrdiff_t terms = g->m == 1 ? THIN_LINES : whole_pages(g->n) ? WAYS : THIN_TERMS;
    for (ptrdiff_t p = 0; p < g->k; p += terms) {
        struct gemm_place at = {j0, j1 - j0, p, least(g->k - p, terms)};
        for (ptrdiff_t i = i0; i < i1; i += height) {
            struct gemm_job strip = *g;
            strip.a += i * g->a_row, strip.c += i * g->c_row;
            thin_heights[least(height, i1 - i) - 1](&strip, &at);
        }
    }
}
