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
 * Passes: the statistics read x from memory once. A few rows are summed twice while they are in
 * registers: for their mean, and then for their distances d from that mean, whose sum is 0 but for
 * the mean's rounding error (which it corrects) and whose squares are never the difference of two
 * large sums. This is the corrected two-pass algorithm, and sets of rows are joined by the update,
 * of Chan, Golub and LeVeque (1979, 1983). Normalising reads x again, the last rows first, which
 * may still be in the cache. Backward: one pass for G and H, one for dx, likewise.
 */

struct norm_job {
    T *out;
    const T *x, *g, *mean;
    ptrdiff_t x_stride, g_stride, n, c;
    struct row_grid cut;
    /* c coefficients each, of the pass that writes rows: */
    T *scale, *shift;            /* out = (x - mean) scale + shift */
    T *through_mean, *through_x; /* dx = (g - through_mean - (x - mean) through_x) scale */
    /* c each for every chunk: */
    T *means, *squares; /* forward: the mean, and the sum of squared distances from it */
    T *sum_g, *sum_gx;  /* backward: G and H */
    T *scratch;
};

/* A job with scratch memory for three rows of coefficients and two a chunk, which forward and
 * backward name differently; scratch is NULL if there is no memory. */
MG_INLINE struct norm_job new_job(struct mg_rows x, ptrdiff_t n, ptrdiff_t c) {
    struct norm_job job = {
        .x = x.data, .x_stride = x.stride, .n = n, .c = c, .cut = cut_rows(n, c)};
    job.scratch = mg_scratch_take((size_t)(c * (3 + 2 * job.cut.down)) * sizeof(T));
    if (job.scratch) {
        job.scale = job.scratch;
        job.shift = job.through_mean = job.scale + c;
        job.through_x = job.shift + c;
        job.means = job.sum_g = job.through_x + c;
        job.squares = job.sum_gx = job.means + job.cut.down * c;
    }
    return job;
}

/* Several rows are walked side by side, so that what belongs to a column is loaded and stored once
 * for all of them. The functions below do `rows` of them, ROWS_AT_ONCE or 1, of `width` columns. */
#define ROWS_AT_ONCE 8

/* The mean and the sum of squared distances from it, joined to those of `before` other rows. */
MG_INLINE void add_moments(T *mean, T *square, const T *x, ptrdiff_t stride, ptrdiff_t width,
                           ptrdiff_t before, int rows) {
    vec one_of_rows = splat((T)1 / (T)rows), share = splat((T)rows / (T)(before + rows));
    vec joining = splat((T)before) * share;
    for (ptrdiff_t j = 0; j < width; j += LANES) {
        vec row[ROWS_AT_ONCE], sum = splat(0), rest = splat(0), squares = splat(0);
        MG_UNROLL(8)
        for (int r = 0; r < rows; r++) {
            MG_PREFETCH(x + (r + ROWS_AT_ONCE) * stride + j, 0);
            row[r] = load_first(x + r * stride + j, width - j, 0);
            sum += row[r];
        }
        vec m = sum * one_of_rows;
        MG_UNROLL(8)
        for (int r = 0; r < rows; r++) {
            vec d = row[r] - m;
            rest += d;
            squares += d * d;
        }
        vec error = IF(rest - rest == splat(0), rest * one_of_rows, splat(0)); /* m is finite */
        vec old = load_first(mean + j, width - j, 0), delta = m + error - old;
        squares += delta * joining * delta - error * rest;
        vec joined = old + delta * share; /* NaN where an infinite mean meets another number */
        store_first(mean + j, IF(joined == joined, joined, old + m), width - j);
        store_first(square + j, load_first(square + j, width - j, 0) + squares, width - j);
    }
}

/* The mean and the sum of squared distances from it, of each block. */
static void moments_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    ptrdiff_t c = job->c, stride = job->x_stride;
    for (ptrdiff_t index = begin; index < end; index++) {
        struct row_block at = block_at(&job->cut, index, job->n, c);
        T *mean = job->means + at.chunk * c + at.j0, *square = job->squares + at.chunk * c + at.j0;
        const T *x = job->x + at.j0;
        ptrdiff_t i = at.i0;
        memset(mean, 0, (size_t)at.width * sizeof(T));
        memset(square, 0, (size_t)at.width * sizeof(T));
        for (; i + ROWS_AT_ONCE <= at.i1; i += ROWS_AT_ONCE)
            add_moments(mean, square, x + i * stride, stride, at.width, i - at.i0, ROWS_AT_ONCE);
        for (; i < at.i1; i++)
            add_moments(mean, square, x + i * stride, stride, at.width, i - at.i0, 1);
    }
}

/* All chunks' moments as one: mean, and var = the mean squared distance. */
static void join_moments(T *MG_RESTRICT mean, T *MG_RESTRICT var, const struct norm_job *job) {
    ptrdiff_t c = job->c;
    for (ptrdiff_t j = 0; j < c; j++) mean[j] = var[j] = job->n ? 0 : (T)NAN;
    for (ptrdiff_t chunk = 0; chunk < job->cut.down; chunk++) {
        const T *MG_RESTRICT m = job->means + chunk * c;
        const T *MG_RESTRICT square = job->squares + chunk * c;
        ptrdiff_t end = (chunk + 1) * job->cut.rows;
        T before = (T)(chunk * job->cut.rows), after = (T)(end < job->n ? end : job->n);
        T share = (after - before) / after;
        for (ptrdiff_t j = 0; j < c; j++) {
            T delta = m[j] - mean[j];
            T joined = mean[j] + delta * share; /* NaN as in add_moments */
            mean[j] = joined == joined ? joined : mean[j] + m[j];
            var[j] += square[j] + delta * (before * share) * delta;
        }
    }
    for (ptrdiff_t j = 0; j < c && job->n; j++) var[j] /= (T)job->n;
}

/* out = (x - mean) scale + shift */
static void scale_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    const T *MG_RESTRICT mean = job->mean;
    const T *MG_RESTRICT scale = job->scale, *MG_RESTRICT shift = job->shift;
    for (ptrdiff_t i = job->n - end; i < job->n - begin; i++) {
        T *MG_RESTRICT out = job->out + i * job->c;
        const T *MG_RESTRICT x = job->x + i * job->x_stride;
        for (ptrdiff_t j = 0; j < job->c; j++) out[j] = (x[j] - mean[j]) * scale[j] + shift[j];
    }
}

static int mg_batch_norm(void *out, void *mean, void *var, void *invstd, struct mg_rows x,
                         const void *weight, const void *bias, double eps, ptrdiff_t n,
                         ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *w = weight, *offset = bias, *v = var;
    T *one_by_std = invstd;
    mg_parallel(moments_range, &job, job.cut.down * job.cut.across, 1);
    join_moments(mean, var, &job);
    for (ptrdiff_t j = 0; j < c; j++) {
        one_by_std[j] = 1 / SQRT(v[j] + (T)eps);
        job.scale[j] = w ? one_by_std[j] * w[j] : one_by_std[j];
        job.shift[j] = offset ? offset[j] : 0;
    }
    job.out = out;
    job.mean = mean;
    mg_parallel(scale_range, &job, n, job.cut.rows);
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
        job.scale[j] = (w ? w[j] : 1) / SQRT(v[j] + (T)eps);
        job.shift[j] = offset ? offset[j] : 0;
    }
    job.out = out;
    job.mean = mean;
    mg_parallel(scale_range, &job, n, job.cut.rows);
    mg_scratch_give(job.scratch);
    return MG_OK;
}

/* sum_g += g, sum_gx += g (x - mean) */
MG_INLINE void add_products(T *sum_g, T *sum_gx, const struct norm_job *job, ptrdiff_t i,
                            const struct row_block *at, int rows) {
    const T *x = job->x + i * job->x_stride + at->j0, *g = job->g + i * job->g_stride + at->j0;
    ptrdiff_t width = at->width;
    for (ptrdiff_t j = 0; j < width; j += LANES) {
        vec mean = load_first(job->mean + at->j0 + j, width - j, 0);
        vec of_g = splat(0), of_gx = splat(0);
        MG_UNROLL(8)
        for (int r = 0; r < rows; r++) {
            vec each = load_first(g + r * job->g_stride + j, width - j, 0);
            of_g += each;
            of_gx += each * (load_first(x + r * job->x_stride + j, width - j, 0) - mean);
        }
        store_first(sum_g + j, of_g + load_first(sum_g + j, width - j, 0), width - j);
        store_first(sum_gx + j, of_gx + load_first(sum_gx + j, width - j, 0), width - j);
    }
}

/* G and H of each block. */
static void sums_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    for (ptrdiff_t index = begin; index < end; index++) {
        struct row_block at = block_at(&job->cut, index, job->n, job->c);
        T *sum_g = job->sum_g + at.chunk * job->c + at.j0;
        T *sum_gx = job->sum_gx + at.chunk * job->c + at.j0;
        ptrdiff_t i = at.i0;
        memset(sum_g, 0, (size_t)at.width * sizeof(T));
        memset(sum_gx, 0, (size_t)at.width * sizeof(T));
        for (; i + ROWS_AT_ONCE <= at.i1; i += ROWS_AT_ONCE)
            add_products(sum_g, sum_gx, job, i, &at, ROWS_AT_ONCE);
        for (; i < at.i1; i++) add_products(sum_g, sum_gx, job, i, &at, 1);
    }
}

/* dx = g scale: in inference no x is asked, which may be infinite */
static void scaled_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    const T *MG_RESTRICT scale = job->scale;
    for (ptrdiff_t i = begin; i < end; i++) {
        T *MG_RESTRICT dx = job->out + i * job->c;
        const T *MG_RESTRICT g = job->g + i * job->g_stride;
        for (ptrdiff_t j = 0; j < job->c; j++) dx[j] = g[j] * scale[j];
    }
}

/* dx = (g - through_mean - (x - mean) through_x) scale */
static void dx_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct norm_job *job = argument;
    const T *MG_RESTRICT mean = job->mean, *MG_RESTRICT scale = job->scale;
    const T *MG_RESTRICT through_mean = job->through_mean, *MG_RESTRICT through_x = job->through_x;
    for (ptrdiff_t i = job->n - end; i < job->n - begin; i++) {
        T *MG_RESTRICT dx = job->out + i * job->c;
        const T *MG_RESTRICT x = job->x + i * job->x_stride;
        const T *MG_RESTRICT g = job->g + i * job->g_stride;
        for (ptrdiff_t j = 0; j < job->c; j++)
            dx[j] = (g[j] - through_mean[j] - (x[j] - mean[j]) * through_x[j]) * scale[j];
    }
}

/* Sum G and H over the chunks into chunk 0, and from them the gradients of weight and bias;
 * forward: out = (x - mean) invstd weight + bias */
static void gradient_sums(struct norm_job *job, T *dweight, T *dbias, const T *invstd) {
    ptrdiff_t c = job->c;
    T *MG_RESTRICT sum_g = job->sum_g, *MG_RESTRICT sum_gx = job->sum_gx;
    mg_parallel(sums_range, job, job->cut.down * job->cut.across, 1);
    for (ptrdiff_t chunk = 1; chunk < job->cut.down; chunk++)
        for (ptrdiff_t j = 0; j < c; j++) {
            sum_g[j] += sum_g[chunk * c + j];
            sum_gx[j] += sum_gx[chunk * c + j];
        }
    for (ptrdiff_t j = 0; j < c; j++) {
        if (dweight) dweight[j] = job->n ? sum_gx[j] * invstd[j] : 0;
        if (dbias) dbias[j] = job->n ? sum_g[j] : 0;
    }
}

static int mg_batch_norm_backward(void *dx, void *dweight, void *dbias, struct mg_rows g,
                                  struct mg_rows x, const void *mean, const void *invstd,
                                  const void *weight, ptrdiff_t n, ptrdiff_t c) {
    struct norm_job job = new_job(x, n, c);
    if (!job.scratch) return MG_NO_MEMORY;
    const T *one_by_std = invstd, *w = weight;
    job.out = dx;
    job.g = g.data;
    job.g_stride = g.stride;
    job.mean = mean;
    gradient_sums(&job, dweight, dbias, one_by_std);
    if (dx && n > 0) {
        for (ptrdiff_t j = 0; j < c; j++) {
            job.scale[j] = w ? one_by_std[j] * w[j] : one_by_std[j];
            job.through_mean[j] = job.sum_g[j] / (T)n;
            job.through_x[j] = job.sum_gx[j] * (one_by_std[j] * one_by_std[j] / (T)n);
        }
        mg_parallel(dx_range, &job, n, job.cut.rows);
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
    for (ptrdiff_t j = 0; j < c; j++) job.scale[j] = 1 / SQRT(v[j] + (T)eps);
    if (dweight || dbias) gradient_sums(&job, dweight, dbias, job.scale);
    if (dx && n > 0) {
        /* forward: out = x invstd weight + constants */
        for (ptrdiff_t j = 0; j < c; j++) job.scale[j] *= w ? w[j] : 1;
        mg_parallel(scaled_range, &job, n, job.cut.rows);
    }
    mg_scratch_give(job.scratch);
    return MG_OK;
}
