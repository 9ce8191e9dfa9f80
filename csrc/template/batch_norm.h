/* Batch normalisation (Ioffe and Szegedy 2015) of n rows of c channels.
 *
 *   mean = sum x / n        var = sum (x - mean)^2 / n        invstd = 1 / sqrt(var + eps)
 *   out = (x - mean) invstd weight + bias
 *
 * Backward, with the sums G = sum g and H = sum g (x - mean) over the rows:
 *
 *   dbias = G        dweight = H invstd
 *   dx = weight invstd (g - G/n - (x - mean) invstd^2 H/n)
 *
 * (the two subtracted terms are the derivatives of mean and var; inference has neither, since
 * there both are constants).
 *
 *   x, g                                       rows
 *   out, dx                                    n x c, contiguous (dx may be NULL)
 *   mean, var, invstd, dweight, dbias          c elements (the last two may be NULL)
 *   weight, bias                               c elements or NULL: 1 and 0
 *
 * Passes: the statistics read x from memory once. Each chunk of rows is summed twice while it is
 * in the cache: for its mean, and then for its distances d from that mean, whose sum is 0 but for
 * the mean's rounding error (which it corrects) and whose squares are never the difference of two
 * large sums. This is the corrected two-pass algorithm, and chunks are joined by the update, of
 * Chan, Golub and LeVeque (1979, 1983).
 * Normalising reads x again, the last rows first, which may still be in the cache. Backward: one
 * pass for G and H, one for dx, likewise.
 */

struct norm_job {
    T *out;
    const T *x, *g, *mean;
    ptrdiff_t x_stride, g_stride, n, c, rows, chunks;
    T *a, *b;                  /* c coefficients each, of the pass that writes `out` */
    T *first, *second, *third; /* c sums each for every chunk; only statistics need the third */
    T *scratch;
};

/* A job with scratch memory for the coefficients and three sums a chunk; scratch is NULL if there
 * is no memory. */
MG_INLINE struct norm_job new_job(struct mg_rows x, ptrdiff_t n, ptrdiff_t c) {
    struct norm_job job = {.x = x.data,
                           .x_stride = x.stride,
                           .n = n,
                           .c = c,
                           .rows = chunk_rows(n, c),
                           .chunks = chunk_count(n, c)};
    job.scratch = mg_scratch_take((size_t)(c * (2 + 3 * job.chunks)) * sizeof(T));
    if (job.scratch) {
        job.a = job.scratch;
        job.b = job.a + c;
        job.first = job.b + c;
        job.second = job.first + job.chunks * c;
        job.third = job.second + job.chunks * c;
    }
    return job;
}

/* Several rows are walked side by side, so that what belongs to a column is loaded and stored once
 * for all of them. The functions below do `rows` of them, ROWS_AT_ONCE or 1. */
#define ROWS_AT_ONCE 4

/* sum += x */
MG_INLINE void add_rows(T *sum, const T *x, ptrdiff_t stride, ptrdiff_t c, int rows) {
    for (ptrdiff_t j = 0; j < c; j += LANES) {
        vec total = load_first(sum + j, c - j, 0);
        MG_UNROLL(4)
        for (int r = 0; r < rows; r++) total += load_first(x + r * stride + j, c - j, 0);
        store_first(sum + j, total, c - j);
    }
}

/* rest += d, square += d^2 with d = x - mean. What is `ahead` of x, and will be next, is fetched
 * from memory meanwhile: x itself is in the cache. */
MG_INLINE void add_distances(T *rest, T *square, const T *mean, const T *x, ptrdiff_t stride,
                             ptrdiff_t ahead, ptrdiff_t c, int rows) {
    for (ptrdiff_t j = 0; j < c; j += LANES) {
        vec m = load_first(mean + j, c - j, 0);
        vec first = load_first(rest + j, c - j, 0), second = load_first(square + j, c - j, 0);
        MG_UNROLL(4)
        for (int r = 0; r < rows; r++) {
            MG_PREFETCH(x + r * stride + j + ahead, 0);
            vec d = load_first(x + r * stride + j, c - j, 0) - m;
            first += d;
            second += d * d;
        }
        store_first(rest + j, first, c - j);
        store_first(square + j, second, c - j);
    }
}

/* The mean and the sum of squared distances from it, of each chunk. */
static void moments_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    ptrdiff_t c = job->c, stride = job->x_stride, ahead = job->rows * stride, i;
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        T *MG_RESTRICT mean = job->first + chunk * c, *MG_RESTRICT square = job->second + chunk * c;
        T *MG_RESTRICT rest = job->third + chunk * c;
        ptrdiff_t i0 = chunk * job->rows, i1 = i0 + job->rows < job->n ? i0 + job->rows : job->n;
        const T *x = job->x;
        T count = (T)(i1 - i0);
        memset(mean, 0, (size_t)c * sizeof(T));
        memset(square, 0, (size_t)c * sizeof(T));
        memset(rest, 0, (size_t)c * sizeof(T));
        for (i = i0; i + ROWS_AT_ONCE <= i1; i += ROWS_AT_ONCE)
            add_rows(mean, x + i * stride, stride, c, ROWS_AT_ONCE);
        for (; i < i1; i++) add_rows(mean, x + i * stride, stride, c, 1);
        for (ptrdiff_t j = 0; j < c; j++) mean[j] /= count;
        for (i = i0; i + ROWS_AT_ONCE <= i1; i += ROWS_AT_ONCE)
            add_distances(rest, square, mean, x + i * stride, stride, ahead, c, ROWS_AT_ONCE);
        for (; i < i1; i++) add_distances(rest, square, mean, x + i * stride, stride, ahead, c, 1);
        for (ptrdiff_t j = 0; j < c; j++) {
            T error = rest[j] == rest[j] ? rest[j] / count : 0; /* the mean may be infinite */
            mean[j] += error;
            square[j] -= error * rest[j];
        }
    }
}

/* All chunks' moments as one: mean, and var = the mean squared distance. */
static void join_moments(T *MG_RESTRICT mean, T *MG_RESTRICT var, const struct norm_job *job) {
    ptrdiff_t c = job->c;
    for (ptrdiff_t j = 0; j < c; j++) mean[j] = var[j] = job->chunks ? 0 : (T)NAN;
    for (ptrdiff_t chunk = 0; chunk < job->chunks; chunk++) {
        const T *MG_RESTRICT m = job->first + chunk * c, *MG_RESTRICT s = job->second + chunk * c;
        T before = (T)(chunk * job->rows);
        T after = (T)((chunk + 1) * job->rows < job->n ? (chunk + 1) * job->rows : job->n);
        T share = (after - before) / after;
        for (ptrdiff_t j = 0; j < c; j++) {
            T delta = m[j] - mean[j];
            mean[j] += delta * share;
            var[j] += s[j] + delta * delta * (before * share);
        }
    }
    for (ptrdiff_t j = 0; j < c && job->chunks; j++) var[j] /= (T)job->n;
}

/* out = (x - mean) a + b */
static void scale_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    const T *MG_RESTRICT mean = job->mean, *MG_RESTRICT a = job->a, *MG_RESTRICT b = job->b;
    for (ptrdiff_t i = job->n - end; i < job->n - begin; i++) {
        T *MG_RESTRICT out = job->out + i * job->c;
        const T *MG_RESTRICT x = job->x + i * job->x_stride;
        for (ptrdiff_t j = 0; j < job->c; j++) out[j] = (x[j] - mean[j]) * a[j] + b[j];
    }
}

static int mg_batch_norm(void *out, void *mean, void *var, void *invstd, struct mg_rows x,
                         const void *weight, const void *bias, double eps, ptrdiff_t n,
                         ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *w = weight, *offset = bias, *v = var;
    T *inverse = invstd;
    mg_parallel(moments_range, &job, job.chunks, 1);
    join_moments(mean, var, &job);
    for (ptrdiff_t j = 0; j < c; j++) {
        inverse[j] = 1 / SQRT(v[j] + (T)eps);
        job.a[j] = w ? inverse[j] * w[j] : inverse[j];
        job.b[j] = offset ? offset[j] : 0;
    }
    job.out = out;
    job.mean = mean;
    mg_parallel(scale_range, &job, n, job.rows);
    mg_scratch_give(job.scratch);
    return MG_OK;
}

static int mg_batch_norm_inference(void *out, struct mg_rows x, const void *mean, const void *var,
                                   const void *weight, const void *bias, double eps, ptrdiff_t n,
                                   ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *w = weight, *offset = bias, *v = var;
    for (ptrdiff_t j = 0; j < c; j++) {
        job.a[j] = (w ? w[j] : 1) / SQRT(v[j] + (T)eps);
        job.b[j] = offset ? offset[j] : 0;
    }
    job.out = out;
    job.mean = mean;
    mg_parallel(scale_range, &job, n, job.rows);
    mg_scratch_give(job.scratch);
    return MG_OK;
}

/* sum_g += g, sum_gx += g (x - mean) */
MG_INLINE void add_products(T *sum_g, T *sum_gx, const struct norm_job *job, ptrdiff_t i,
                            int rows) {
    ptrdiff_t c = job->c;
    const T *x = job->x + i * job->x_stride, *g = job->g + i * job->g_stride;
    for (ptrdiff_t j = 0; j < c; j += LANES) {
        vec mean = load_first(job->mean + j, c - j, 0);
        vec first = load_first(sum_g + j, c - j, 0), second = load_first(sum_gx + j, c - j, 0);
        MG_UNROLL(4)
        for (int r = 0; r < rows; r++) {
            vec each = load_first(g + r * job->g_stride + j, c - j, 0);
            first += each;
            second += each * (load_first(x + r * job->x_stride + j, c - j, 0) - mean);
        }
        store_first(sum_g + j, first, c - j);
        store_first(sum_gx + j, second, c - j);
    }
}

/* G and H of each chunk. */
static void sums_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    ptrdiff_t c = job->c, i;
    for (ptrdiff_t chunk = begin; chunk < end; chunk++) {
        T *sum_g = job->first + chunk * c, *sum_gx = job->second + chunk * c;
        ptrdiff_t i0 = chunk * job->rows, i1 = i0 + job->rows < job->n ? i0 + job->rows : job->n;
        memset(sum_g, 0, (size_t)c * sizeof(T));
        memset(sum_gx, 0, (size_t)c * sizeof(T));
        for (i = i0; i + ROWS_AT_ONCE <= i1; i += ROWS_AT_ONCE)
            add_products(sum_g, sum_gx, job, i, ROWS_AT_ONCE);
        for (; i < i1; i++) add_products(sum_g, sum_gx, job, i, 1);
    }
}

/* dx = (g - first - (x - mean) second) a, with the sums of chunk 0 turned into coefficients */
static void dx_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    const T *MG_RESTRICT mean = job->mean, *MG_RESTRICT a = job->a;
    const T *MG_RESTRICT of_mean = job->first, *MG_RESTRICT of_var = job->second;
    for (ptrdiff_t i = job->n - end; i < job->n - begin; i++) {
        T *MG_RESTRICT dx = job->out + i * job->c;
        const T *MG_RESTRICT x = job->x + i * job->x_stride;
        const T *MG_RESTRICT g = job->g + i * job->g_stride;
        for (ptrdiff_t j = 0; j < job->c; j++)
            dx[j] = (g[j] - of_mean[j] - (x[j] - mean[j]) * of_var[j]) * a[j];
    }
}

/* Sum G and H over the chunks into chunk 0, and from them the gradients of weight and bias;
 * forward: out = (x - mean) invstd weight + bias */
static void gradient_sums(struct norm_job *job, T *dweight, T *dbias, const T *invstd) {
    ptrdiff_t c = job->c;
    T *MG_RESTRICT sum_g = job->first, *MG_RESTRICT sum_gx = job->second;
    mg_parallel(sums_range, job, job->chunks, 1);
    for (ptrdiff_t chunk = 1; chunk < job->chunks; chunk++)
        for (ptrdiff_t j = 0; j < c; j++) {
            sum_g[j] += sum_g[chunk * c + j];
            sum_gx[j] += sum_gx[chunk * c + j];
        }
    for (ptrdiff_t j = 0; j < c; j++) {
        if (dweight) dweight[j] = job->chunks ? sum_gx[j] * invstd[j] : 0;
        if (dbias) dbias[j] = job->chunks ? sum_g[j] : 0;
    }
}

static int mg_batch_norm_backward(void *dx, void *dweight, void *dbias, struct mg_rows g,
                                  struct mg_rows x, const void *mean, const void *invstd,
                                  const void *weight, ptrdiff_t n, ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *inverse = invstd, *w = weight;
    job.out = dx;
    job.g = g.data;
    job.g_stride = g.stride;
    job.mean = mean;
    gradient_sums(&job, dweight, dbias, inverse);
    if (dx && n > 0) {
        for (ptrdiff_t j = 0; j < c; j++) {
            job.a[j] = w ? inverse[j] * w[j] : inverse[j];
            job.first[j] /= (T)n;
            job.second[j] *= inverse[j] * inverse[j] / (T)n;
        }
        mg_parallel(dx_range, &job, n, job.rows);
    }
    mg_scratch_give(job.scratch);
    return MG_OK;
}

static int mg_batch_norm_inference_backward(void *dx, void *dweight, void *dbias, struct mg_rows g,
                                            struct mg_rows x, const void *mean, const void *var,
                                            const void *weight, double eps, ptrdiff_t n,
                                            ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *v = var, *w = weight;
    job.out = dx;
    job.g = g.data;
    job.g_stride = g.stride;
    job.mean = mean;
    for (ptrdiff_t j = 0; j < c; j++) job.a[j] = 1 / SQRT(v[j] + (T)eps);
    if (dweight || dbias) gradient_sums(&job, dweight, dbias, job.a);
    if (dx && n > 0) {
        /* forward: out = x invstd weight + constants */
        for (ptrdiff_t j = 0; j < c; j++) {
            job.a[j] *= w ? w[j] : 1;
            job.first[j] = job.second[j] = 0;
        }
        mg_parallel(dx_range, &job, n, job.rows);
    }
    mg_scratch_give(job.scratch);
    return MG_OK;
}
