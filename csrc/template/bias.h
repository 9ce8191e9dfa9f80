/* The backward pass of a product's ending: out = max(z + bias, 0).
 *
 *   masked = g where out > 0, else 0        dbias = sum over rows of masked
 *
 *   dbias   c elements, or NULL
 *   masked  n x c, contiguous, or NULL
 *   g, out  rows; out.data is NULL if no max was taken (then masked would be g)
 */

struct bias_job {
    T *masked, *sums; /* sums: one row of c for each chunk, or NULL */
    const T *g, *out;
    ptrdiff_t g_stride, out_stride, n, c, rows;
};

static void bias_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct bias_job *b = argument;
    ptrdiff_t c = b->c;
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        ptrdiff_t first = chunk * b->rows;
        ptrdiff_t last = first + b->rows < b->n ? first + b->rows : b->n;
        T *MG_RESTRICT sum = b->sums ? b->sums + chunk * c : NULL;
        if (sum) memset(sum, 0, (size_t)c * sizeof(T));
        for (ptrdiff_t i = first; i < last; i++) {
            const T *MG_RESTRICT g = b->g + i * b->g_stride;
            if (b->out) {
                /* forward: out = max(z + bias, 0) */
                const T *MG_RESTRICT out = b->out + i * b->out_stride;
                T *MG_RESTRICT masked = b->masked + i * c;
                for (ptrdiff_t j = 0; j < c; j++) masked[j] = out[j] > 0 ? g[j] : 0;
                g = masked;
            }
            /* forward: z + bias in every row */
            if (sum)
                for (ptrdiff_t j = 0; j < c; j++) sum[j] += g[j];
        }
    }
}

static int mg_bias_gradient(void *dbias, void *masked, struct mg_rows g, struct mg_rows out,
                            ptrdiff_t n, ptrdiff_t c) {
    ptrdiff_t chunks = chunk_count(n, c);
    struct bias_job job = {.masked = masked,
                           .g = g.data,
                           .out = out.data,
                           .g_stride = g.stride,
                           .out_stride = out.stride,
                           .n = n,
                           .c = c,
                           .rows = chunk_rows(n, c)};
    if (dbias) {
        job.sums = mg_scratch_take((size_t)(chunks * c) * sizeof(T));
        if (!job.sums) return MG_NO_MEMORY;
    }
    mg_parallel(bias_range, &job, chunks, 1);
    if (dbias) {
        T *MG_RESTRICT total = dbias;
        memset(total, 0, (size_t)c * sizeof(T));
        for (ptrdiff_t chunk = 0; chunk < chunks; chunk++)
            for (ptrdiff_t j = 0; j < c; j++) total[j] += job.sums[chunk * c + j];
        mg_scratch_give(job.sums);
    }
    return MG_OK;
}
