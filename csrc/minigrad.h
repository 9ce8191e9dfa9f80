/* The kernels of minigrad, as Python's wrappers see them.
 *
 * Every kernel exists once for each (instruction set, floating type), and the most instructive ones
 * once more without any trick (plain/). A table of function
 * pointers holds the kernels of one such pair; mg_kernels[MG_F32] and mg_kernels[MG_F64] point to
 * the tables of the instruction set in use, which mg_select_cpu chooses once.
 *
 * Conventions
 *   - `void *` points to elements of the table's type T, aligned as T, in any of:
 *       rows  n rows of c elements, the elements of a row adjacent, rows `stride` apart
 *       flat  n adjacent elements
 *   - arguments: outputs, caches, inputs, sizes; strides and sizes count elements
 *   - a pointer documented "or NULL" stands for an operand that is absent or a result not wanted
 *   - outputs never overlap inputs, except where a kernel says "in place"
 *   - the result is MG_OK or MG_NO_MEMORY; on the latter no output has been touched
 *   - shapes and labels have been checked by the caller; empty shapes are welcome
 */
#ifndef MINIGRAD_H
#define MINIGRAD_H

#include <stddef.h>
#include <stdint.h>

enum { MG_OK = 0, MG_NO_MEMORY = -1 };
enum { MG_F32 = 0, MG_F64 = 1 };

/* A matrix of any layout: element (i, j) is at data[i * row_stride + j * column_stride]. */
struct mg_matrix {
    const void *data;
    ptrdiff_t row_stride, column_stride;
};

/* A matrix whose rows are contiguous: element (i, j) is at data[i * stride + j]. */
struct mg_rows {
    const void *data;
    ptrdiff_t stride;
};

/* The target of a softmax cross-entropy: n labels, or if `labels` is NULL, n rows of
 * probabilities. `weight` is c class weights or NULL. */
struct mg_target {
    const int64_t *labels;
    struct mg_rows probabilities;
    const void *weight;
    int64_t ignore_index;
    double label_smoothing;
};

struct mg_sgd_options {
    double lr, momentum, dampening, weight_decay;
    int nesterov, first;
};

struct mg_adam_options {
    double lr, beta1, beta2, eps, weight_decay;
    int decoupled;
    int64_t step;
};

struct mg_rmsprop_options {
    double lr, alpha, eps, weight_decay, momentum;
};

struct mg_kernel_table {
    /* template/gemm.h */
    int (*gemm)(void *c, struct mg_matrix a, struct mg_matrix b, const void *bias, int relu,
                ptrdiff_t m, ptrdiff_t n, ptrdiff_t k);
    /* template/bias.h */
    int (*bias_gradient)(void *dbias, void *masked, struct mg_rows g, struct mg_rows out,
                         ptrdiff_t n, ptrdiff_t c);
    /* template/cross_entropy.h */
    int (*cross_entropy)(double *total, void *losses, void *dlogits, struct mg_rows logits,
                         const struct mg_target *target, double share, ptrdiff_t n, ptrdiff_t c);
    /* template/batch_norm.h */
    int (*batch_norm)(void *out, void *mean, void *var, void *invstd, struct mg_rows x,
                      const void *weight, const void *bias, double eps, ptrdiff_t n, ptrdiff_t c);
    int (*batch_norm_backward)(void *dx, void *dweight, void *dbias, struct mg_rows g,
                               struct mg_rows x, const void *mean, const void *invstd,
                               const void *weight, ptrdiff_t n, ptrdiff_t c);
    int (*batch_norm_inference)(void *out, struct mg_rows x, const void *mean, const void *var,
                                const void *weight, const void *bias, double eps, ptrdiff_t n,
                                ptrdiff_t c);
    int (*batch_norm_inference_backward)(void *dx, void *dweight, void *dbias, struct mg_rows g,
                                         struct mg_rows x, const void *mean, const void *var,
                                         const void *weight, double eps, ptrdiff_t n, ptrdiff_t c);
    /* template/elementwise.h */
    int (*relu)(void *out, const void *x, ptrdiff_t n);
    int (*relu_backward)(void *dx, const void *g, const void *out, ptrdiff_t n);
    int (*dropout)(void *out, const void *x, double p, uint64_t seed, ptrdiff_t n);
    int (*sigmoid)(void *out, const void *x, ptrdiff_t n);
    int (*blend)(void *y, const void *x, double keep, double take, ptrdiff_t n); /* in place */
    /* template/normal.h */
    int (*erf)(void *out, const void *x, ptrdiff_t n);
    int (*erfc)(void *out, const void *x, ptrdiff_t n);
    int (*gelu)(void *out, const void *x, ptrdiff_t n);
    int (*gelu_backward)(void *dx, const void *g, const void *x, ptrdiff_t n);
    /* template/optim.h: `param` and the buffers are updated in place, which cannot fail; buffers
     * may be NULL when the momentum is 0 */
    void (*sgd)(void *param, void *momentum_buffer, const void *grad,
                const struct mg_sgd_options *options, ptrdiff_t n);
    void (*adam)(void *param, void *exp_avg, void *exp_avg_sq, const void *grad,
                 const struct mg_adam_options *options, ptrdiff_t n);
    void (*rmsprop)(void *param, void *square_avg, void *momentum_buffer, const void *grad,
                    const struct mg_rmsprop_options *options, ptrdiff_t n);
};

extern const struct mg_kernel_table *mg_kernels[2];

/* ---- cpu.c ---- */
enum { MG_CPU_UNKNOWN = -1, MG_CPU_UNAVAILABLE = -2 };
/* Use the named path, or the best one if name is NULL. Returns MG_OK or one of the above. */
int mg_select_cpu(const char *name);
/* The name of the path in use. */
const char *mg_cpu_name(void);
/* The name of the i-th path, the slowest first, NULL past the end; whether it runs here. */
const char *mg_cpu_path(int i);
int mg_cpu_available(int i);
const char *mg_compiler(void);

/* ---- threads.c ---- */
int mg_thread_support(void);
int mg_get_num_threads(void);
/* n >= 1; without thread support it stays 1. */
void mg_set_num_threads(int n);
/* The number of cores this process may use. */
int mg_count_cores(void);

#endif
