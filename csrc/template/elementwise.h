/* Kernels that look at one element at a time; all arrays flat, n elements.
 *
 *   relu           out = max(x, 0), NaN stays NaN
 *   relu_backward  dx = 0 where out <= 0, else g: at a NaN too, which would vanish otherwise
 *   dropout        out = x / (1 - p) where kept, else 0
 *   sigmoid        out = 1 / (1 + e^-x)
 *   blend          y = keep y + take x, in place
 *
 * Plain loops, but for sigmoid: the compiler turns them into vector code.
 */

/* Elements in one range of a thread's work. */
#define GRAIN 32768

struct element_job {
    T *out;
    const T *x, *y;
    T scale;
    uint64_t seed, threshold;
};

static void relu_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    T *MG_RESTRICT out = job->out;
    const T *MG_RESTRICT x = job->x;
    for (ptrdiff_t i = begin; i < end; i++) out[i] = x[i] <= 0 ? 0 : x[i];
}

static int mg_relu(void *out, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = out, .x = x};
    mg_parallel(relu_range, &job, n, GRAIN);
    return MG_OK;
}

static void relu_backward_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    T *MG_RESTRICT dx = job->out;
    const T *MG_RESTRICT g = job->x, *MG_RESTRICT out = job->y;
    /* forward: out = max(x, 0) */
    for (ptrdiff_t i = begin; i < end; i++) dx[i] = out[i] <= 0 ? 0 : g[i];
}

static int mg_relu_backward(void *dx, const void *g, const void *out, ptrdiff_t n) {
    struct element_job job = {.out = dx, .x = g, .y = out};
    mg_parallel(relu_backward_range, &job, n, GRAIN);
    return MG_OK;
}

/* Element i is kept if the first 53 bits of the i-th output of SplitMix64 (Steele, Lea and Flood,
 * OOPSLA 2014) are at least p * 2^53. The generator's state is a counter, so every element's
 * decision stands alone, and the backward pass, the same linear map, makes the same ones. */
static void dropout_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    T *MG_RESTRICT out = job->out;
    const T *MG_RESTRICT x = job->x;
    T scale = job->scale;
    uint64_t seed = job->seed, threshold = job->threshold;
    for (ptrdiff_t i = begin; i < end; i++) {
        uint64_t z = seed + ((uint64_t)i + 1) * 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        out[i] = (z >> 11) >= threshold ? x[i] * scale : 0;
    }
}

static int mg_dropout(void *out, const void *x, double p, uint64_t seed, ptrdiff_t n) {
    struct element_job job = {.out = out,
                              .x = x,
                              .seed = seed,
                              .scale = (T)(p < 1 ? 1 / (1 - p) : 0),
                              .threshold = (uint64_t)ceil(p * 9007199254740992.0)};
    mg_parallel(dropout_range, &job, n, GRAIN);
    return MG_OK;
}

/* With e = e^-|x| there is no overflow: 1 / (1 + e), or e / (1 + e) where x is negative. */
static void sigmoid_range(void *argument, ptrdiff_t begin, ptrdiff_t end) {
    const struct element_job *job = argument;
    for (ptrdiff_t i = begin; i < end; i += LANES) {
        vec x = load_first(job->x + i, end - i, 0), one = splat(1);
        vec e = exp_nonpositive(IF(x > splat(0), -x, x));
        store_first(job->out + i, IF(x < splat(0), e, one) / (one + e), end - i);
    }
}

static int mg_sigmoid(void *out, const void *x, ptrdiff_t n) {
    struct element_job job = {.out = out, .x = x};
    mg_parallel(sigmoid_range, &job, n, GRAIN);
    return MG_OK;
}

static int mg_blend(void *y, const void *x, double keep, double take, ptrdiff_t n) {
    T *MG_RESTRICT to = y;
    const T *MG_RESTRICT from = x;
    for (ptrdiff_t i = 0; i < n; i++) to[i] = (T)keep * to[i] + (T)take * from[i];
    return MG_OK;
}
