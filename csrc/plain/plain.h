/* The kernels without any trick: each formula as it stands, one loop for each index.
 *
 * A line that is changed here shows at once: `python setup.py build_ext --inplace` compiles these
 * two files in a second, MINIGRAD_CPU=plain runs them, and tests/kernels holds them against NumPy's
 * twin as it does the fast ones in template/, which compute the same. docs/kernels.md begins here.
 *
 * T is the type; arguments are explained in minigrad.h and in the fast twins.
 */
#include <math.h>

#include "../minigrad.h"

/* c[i, j] = sum over p of a[i, p] b[p, j], plus bias[j]; then max(., 0), which keeps NaN */
static int plain_gemm(void *c, struct mg_matrix a, struct mg_matrix b, const void *bias, int relu,
                      ptrdiff_t m, ptrdiff_t n, ptrdiff_t k) {
    const T *x = a.data, *y = b.data, *offset = bias;
    for (ptrdiff_t i = 0; i < m; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            T sum = 0;
            for (ptrdiff_t p = 0; p < k; p++)
                sum += x[i * a.row_stride + p * a.column_stride] *
                       y[p * b.row_stride + j * b.column_stride];
            if (offset) sum += offset[j];
            ((T *)c)[i * n + j] = relu && sum <= 0 ? 0 : sum;
        }
    return MG_OK;
}

/* dbias[j] = sum over i of g[i, j], and of those g only where out was not cut off at 0 */
static int plain_bias_gradient(void *dbias, void *masked, struct mg_rows g, struct mg_rows out,
                               ptrdiff_t n, ptrdiff_t c) {
    const T *gradient = g.data, *result = out.data;
    for (ptrdiff_t j = 0; j < c; j++) {
        T sum = 0;
        for (ptrdiff_t i = 0; i < n; i++) {
            int kept = !result || !(result[i * out.stride + j] <= 0); /* NaN is kept */
            T each = kept ? gradient[i * g.stride + j] : 0;
            if (result) ((T *)masked)[i * c + j] = each;
            sum += each;
        }
        if (dbias) ((T *)dbias)[j] = sum;
    }
    return MG_OK;
}

/* t[j], the weight of class j in the loss of row i */
static T target_of(const struct mg_target *t, ptrdiff_t i, ptrdiff_t j, ptrdiff_t c) {
    const T *q = t->probabilities.data, *weight = t->weight;
    T s = (T)t->label_smoothing,
      each = t->labels ? j == t->labels[i] : q[i * t->probabilities.stride + j];
    if (t->labels && t->labels[i] == t->ignore_index) return 0;
    return ((1 - s) * each + s / (T)c) * (weight ? weight[j] : 1);
}

/* Is class j no part of row i's loss? 0 times the infinite loss of such a class would be NaN. */
static int left_out(const struct mg_target *t, ptrdiff_t i, ptrdiff_t j) {
    if (!t->labels) return 0;
    return t->labels[i] == t->ignore_index || (j != t->labels[i] && t->label_smoothing == 0);
}

/* m = max of x[j], Z = sum of e^(x[j] - m); loss = sum of t[j] (log Z - (x[j] - m)), and
 * dx[j] = e^(x[j] - m) / Z times the sum of t, minus t[j] */
static int plain_cross_entropy(double *total, void *losses, void *dlogits, struct mg_rows logits,
                               const struct mg_target *target, double share, ptrdiff_t n,
                               ptrdiff_t c) {
    *total = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        const T *x = (const T *)logits.data + i * logits.stride;
        T max = (T)-INFINITY, z = 0, weight = 0, loss = 0;
        for (ptrdiff_t j = 0; j < c; j++) max = x[j] > max ? x[j] : max;
        for (ptrdiff_t j = 0; j < c; j++) z += EXP(x[j] - max);
        for (ptrdiff_t j = 0; j < c; j++) {
            T t = target_of(target, i, j, c);
            weight += t;
            if (!left_out(target, i, j)) loss += t * (LOG(z) - (x[j] - max));
        }
        for (ptrdiff_t j = 0; j < c && dlogits; j++) {
            T t = target_of(target, i, j, c);
            int ignored = target->labels && target->labels[i] == target->ignore_index;
            T d = EXP(x[j] - max) / z * weight - t;
            ((T *)dlogits)[i * c + j] = ignored ? 0 : d * (T)share;
        }
        ((T *)losses)[i] = loss;
        *total += loss;
    }
    return MG_OK;
}

/* out = (x - mean) invstd weight + bias, for one channel */
static void normalise(T *out, const T *x, ptrdiff_t stride, ptrdiff_t n, ptrdiff_t c, T mean,
                      T invstd, T weight, T bias) {
    for (ptrdiff_t i = 0; i < n; i++)
        out[i * c] = (x[i * stride] - mean) * (invstd * weight) + bias;
}

/* mean = sum of x / n, var = sum of (x - mean)^2 / n, invstd = 1 / sqrt(var + eps) */
static int plain_batch_norm(void *out, void *mean, void *var, void *invstd, struct mg_rows x,
                            const void *weight, const void *bias, double eps, ptrdiff_t n,
                            ptrdiff_t c) {
    for (ptrdiff_t j = 0; j < c; j++) {
        const T *each = (const T *)x.data + j, *w = weight, *b = bias;
        T sum = 0, rest = 0, square = 0;
        for (ptrdiff_t i = 0; i < n; i++) sum += each[i * x.stride];
        for (ptrdiff_t i = 0; i < n; i++) rest += each[i * x.stride] - sum / (T)n;
        T m = sum / (T)n + (rest - rest == 0 ? rest / (T)n : 0); /* what rounding cost the sum */
        for (ptrdiff_t i = 0; i < n; i++)
            square += (each[i * x.stride] - m) * (each[i * x.stride] - m);
        ((T *)mean)[j] = m;
        ((T *)var)[j] = square / (T)n;
        ((T *)invstd)[j] = 1 / SQRT(square / (T)n + (T)eps);
        normalise((T *)out + j, each, x.stride, n, c, m, ((T *)invstd)[j], w ? w[j] : 1,
                  b ? b[j] : 0);
    }
    return MG_OK;
}

static int plain_batch_norm_inference(void *out, struct mg_rows x, const void *mean,
                                      const void *var, const void *weight, const void *bias,
                                      double eps, ptrdiff_t n, ptrdiff_t c) {
    const T *m = mean, *v = var, *w = weight, *b = bias;
    for (ptrdiff_t j = 0; j < c; j++)
        normalise((T *)out + j, (const T *)x.data + j, x.stride, n, c, m[j],
                  1 / SQRT(v[j] + (T)eps), w ? w[j] : 1, b ? b[j] : 0);
    return MG_OK;
}

/* G = sum of g, H = sum of g (x - mean) for one channel: dbias = G, dweight = H invstd, and
 * dx = weight invstd (g - G/n - (x - mean) invstd^2 H/n), without the two means in inference */
static void channel_backward(T *dx, T *dweight, T *dbias, const T *g, ptrdiff_t g_stride,
                             const T *x, ptrdiff_t x_stride, ptrdiff_t n, ptrdiff_t c, T mean,
                             T invstd, T weight, int training) {
    T sum_g = 0, sum_gx = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        sum_g += g[i * g_stride];
        sum_gx += g[i * g_stride] * (x[i * x_stride] - mean);
    }
    if (dweight) *dweight = n ? sum_gx * invstd : 0;
    if (dbias) *dbias = sum_g;
    for (ptrdiff_t i = 0; i < n && dx; i++) {
        T d = g[i * g_stride];
        if (training)
            d -= sum_g / (T)n + (x[i * x_stride] - mean) * invstd * invstd * sum_gx / (T)n;
        dx[i * c] = d * (invstd * weight);
    }
}

static int plain_batch_norm_backward(void *dx, void *dweight, void *dbias, struct mg_rows g,
                                     struct mg_rows x, const void *mean, const void *invstd,
                                     const void *weight, ptrdiff_t n, ptrdiff_t c) {
    const T *m = mean, *s = invstd, *w = weight;
    for (ptrdiff_t j = 0; j < c; j++)
        channel_backward(dx ? (T *)dx + j : NULL, dweight ? (T *)dweight + j : NULL,
                         dbias ? (T *)dbias + j : NULL, (const T *)g.data + j, g.stride,
                         (const T *)x.data + j, x.stride, n, c, m[j], s[j], w ? w[j] : 1, 1);
    return MG_OK;
}

static int plain_batch_norm_inference_backward(void *dx, void *dweight, void *dbias,
                                               struct mg_rows g, struct mg_rows x, const void *mean,
                                               const void *var, const void *weight, double eps,
                                               ptrdiff_t n, ptrdiff_t c) {
    const T *m = mean, *v = var, *w = weight;
    for (ptrdiff_t j = 0; j < c; j++)
        channel_backward(dx ? (T *)dx + j : NULL, dweight ? (T *)dweight + j : NULL,
                         dbias ? (T *)dbias + j : NULL, (const T *)g.data + j, g.stride,
                         (const T *)x.data + j, x.stride, n, c, m[j], 1 / SQRT(v[j] + (T)eps),
                         w ? w[j] : 1, 0);
    return MG_OK;
}

/* A table whose other kernels are another path's. */
struct mg_kernel_table PLAIN_TABLE(const struct mg_kernel_table *others) {
    struct mg_kernel_table table = *others;
    table.gemm = plain_gemm;
    table.bias_gradient = plain_bias_gradient;
    table.cross_entropy = plain_cross_entropy;
    table.batch_norm = plain_batch_norm;
    table.batch_norm_backward = plain_batch_norm_backward;
    table.batch_norm_inference = plain_batch_norm_inference;
    table.batch_norm_inference_backward = plain_batch_norm_inference_backward;
    return table;
}
