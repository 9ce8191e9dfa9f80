/* The backward pass of a product's ending: out = max(z + bias, 0).
 *
 *   masked = 0 where out <= 0, else g       dbias = sum over rows of masked
 *
 *   dbias   c elements, or NULL
 *   masked  n x c, contiguous, or NULL
 *   g, out  rows; out.data is NULL if no max was taken (then masked would be g)
 */

struct bias_job {
    T *masked, *sums; /* sums: one row of c for each chunk, or NULL */
    const T *g, *out;
    ptrdiff_t g_stride, out_stride, n, c;
    struct row_grid cut;
};

static void bias_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct bias_job *b = argument;
    for (ptrdiff_t index = begin; index < end; index++) {
        struct row_block at = block_at(&b->cut, index, b->n, b->c);
        T *MG_RESTRICT sum = b->sums ? b->sums + at.chunk * b->c + at.j0 : NULL;
        if (sum) memset(sum, 0, (size_t)at.width * sizeof(T));
        for (ptrdiff_t i = at.i0; i < at.i1; i++) {
            const T *MG_RESTRICT g = b->g + i * b->g_stride + at.j0;
            if (b->out) {
                /* forward: out = max(z + bias, 0) */
                const T *MG_RESTRICT out = b->out + i * b->out_stride + at.j0;
                T *MG_RESTRICT masked = b->masked + i * b->c + at.j0;
                for (ptrdiff_t j = 0; j < at.width; j++) masked[j] = out[j] <= 0 ? 0 : g[j];
                g = masked;
            }
            /* forward: z + bias in every row */
            if (sum)
                for (ptrdiff_t j = 0; j < at.width; j++) sum[j] += g[j];
        }
    }
}

static int mg_bias_gradient(void *dbias, void *masked, struct mg_rows g, struct mg_rows out,
                            ptrdiff_t n, ptrdiff_t c) {
    struct row_grid cut = cut_rows(n, c);
    struct bias_job job = {.masked = masked,
                           .g = g.data,
                           .out = out.data,
                           .g_stride = g.stride,
                           .out_stride = out.stride,
                           .n = n,
                           .c = c,
                           .cut = cut};
    if (dbias) {
        job.sums = mg_scratch_take((size_t)(cut.down * c) * sizeof(T));
        if (!job.sums) return MG_NO_MEMORY;
    }
    mg_parallel(bias_range, &job, cut.down * cut.across, 1);
    if (dbias) {
        T *MG_RESTRICT total = dbias;
        memset(total, 0, (size_t)c * sizeof(T));
        for (ptrdiff_t chunk = 0; chunk < cut.down; chunk++)
            for (ptrdiff_t j = 0; j < c; j++) total[j] += job.sums[chunk * c + j];
        mg_scratch_give(job.sums);
    }
    return MG_OK;
}
