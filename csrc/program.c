/* Running a program: see program.h.
 *
 * Every case calls the kernel that the operation's own wrapper in Cython calls, with the same
 * arguments: the same bits. Shapes and strides have been checked when the program was made.
 */
#include "program.h"

#include <string.h>

struct operands {
    const struct mg_instruction *in;
    char *const *table;
};

static inline void *at(const struct operands *o, int i) {
    int slot = o->in->slot[i];
    return slot < 0 ? NULL : o->table[slot];
}

static inline struct mg_rows rows_at(const struct operands *o, int i, ptrdiff_t stride) {
    struct mg_rows r = {at(o, i), stride};
    return r;
}

/* out, a, b, bias | m, n, k, strides of a's rows and columns, of b's, relu */
static int gemm(const struct mg_kernel_table *kernels, const struct operands *o) {
    const ptrdiff_t *size = o->in->size;
    struct mg_matrix a = {at(o, 1), size[3], size[4]}, b = {at(o, 2), size[5], size[6]};
    return kernels->gemm(at(o, 0), a, b, at(o, 3), (int)size[7], size[0], size[1], size[2]);
}

/* Copy the labels, for another thread may write to them meanwhile; how many are classes, or -1 if
 * one is neither that nor ignored. */
static ptrdiff_t checked(int64_t *copy, const int64_t *labels, int64_t ignore, ptrdiff_t n,
                         ptrdiff_t c) {
    ptrdiff_t count = 0, bad = 0;
    memcpy(copy, labels, (size_t)n * sizeof(int64_t));
    for (ptrdiff_t i = 0; i < n; i++) {
        int counts = copy[i] != ignore;
        bad += counts & ((uint64_t)copy[i] >= (uint64_t)c);
        count += counts;
    }
    return bad ? -1 : count;
}

/* loss, share, losses, dlogits, logits, labels, a copy of them
 * | n, c, stride of the logits, ignored label, is it a mean? | label smoothing */
static int cross_entropy(const struct mg_kernel_table *kernels, const struct operands *o) {
    const ptrdiff_t *size = o->in->size;
    struct mg_target target = {
        .labels = at(o, 6), .ignore_index = size[3], .label_smoothing = o->in->number[0]};
    ptrdiff_t kept = checked(at(o, 6), at(o, 5), size[3], size[0], size[1]);
    if (kept < 0) return MG_BAD_LABEL;
    double divisor = size[4] ? (double)kept : 1, total, share = divisor != 0 ? 1 / divisor : 0;
    int status = kernels->cross_entropy(&total, at(o, 2), at(o, 3), rows_at(o, 4, size[2]), &target,
                                        share, size[0], size[1]);
    if (status != MG_OK) return status;
    if (o->in->kind == MG_F64)
        *(double *)at(o, 0) = total / divisor;
    else
        *(float *)at(o, 0) = (float)(total / divisor);
    if (at(o, 1)) *(double *)at(o, 1) = share;
    return MG_OK;
}

/* An optimiser's step: the parameter, its gradient and its buffers, all of n elements. */
static int update(const struct mg_kernel_table *kernels, const struct operands *o) {
    const ptrdiff_t *size = o->in->size;
    const double *x = o->in->number;
    if (o->in->code == MG_SGD) { /* param, grad, momentum buffer | n, nesterov | as here */
        struct mg_sgd_options options = {x[0], x[1], x[2], x[3], (int)size[1], 0};
        kernels->sgd(at(o, 0), at(o, 2), at(o, 1), &options, size[0]);
    } else if (o->in->code == MG_ADAM) { /* param, grad, averages | n, decoupled, step | ... */
        struct mg_adam_options options = {x[0], x[1], x[2], x[3], x[4], (int)size[1], size[2]};
        kernels->adam(at(o, 0), at(o, 2), at(o, 3), at(o, 1), &options, size[0]);
    } else { /* param, grad, average, momentum buffer | n | ... */
        struct mg_rmsprop_options options = {x[0], x[1], x[2], x[3], x[4]};
        kernels->rmsprop(at(o, 0), at(o, 2), at(o, 3), at(o, 1), &options, size[0]);
    }
    return MG_OK;
}

static int one(const struct mg_kernel_table *k, const struct operands *o) {
    const ptrdiff_t *size = o->in->size;
    const double *number = o->in->number;
    switch (o->in->code) {
        case MG_GEMM:
            return gemm(k, o);
        case MG_BIAS_GRADIENT: /* dbias, masked, g, out | n, c, strides of g and out */
            return k->bias_gradient(at(o, 0), at(o, 1), rows_at(o, 2, size[2]),
                                    rows_at(o, 3, size[3]), size[0], size[1]);
        case MG_CROSS_ENTROPY:
            return cross_entropy(k, o);
        case MG_BATCH_NORM: /* out, mean, var, invstd, x, weight, bias | n, c, stride of x | eps */
            return k->batch_norm(at(o, 0), at(o, 1), at(o, 2), at(o, 3), rows_at(o, 4, size[2]),
                                 at(o, 5), at(o, 6), number[0], size[0], size[1]);
        case MG_BATCH_NORM_BACKWARD: /* dx, dweight, dbias, g, x, mean, invstd, weight
                                      * | n, c, strides of g and x */
            return k->batch_norm_backward(at(o, 0), at(o, 1), at(o, 2), rows_at(o, 3, size[2]),
                                          rows_at(o, 4, size[3]), at(o, 5), at(o, 6), at(o, 7),
                                          size[0], size[1]);
        case MG_DROPOUT: /* out, x, seed | n | p */
            return k->dropout(at(o, 0), at(o, 1), number[0], *(uint64_t *)at(o, 2), size[0]);
        case MG_BLEND: /* y, x | n | keep, take */
            return k->blend(at(o, 0), at(o, 1), number[0], number[1], size[0]);
        case MG_RELU: /* out, x | n */
            return k->relu(at(o, 0), at(o, 1), size[0]);
        case MG_RELU_BACKWARD: /* dx, g, out | n */
            return k->relu_backward(at(o, 0), at(o, 1), at(o, 2), size[0]);
        case MG_COUNT: /* an int64 */
            ++*(int64_t *)at(o, 0);
            return MG_OK;
        default:
            return update(k, o);
    }
}

ptrdiff_t mg_run(const struct mg_instruction *program, ptrdiff_t n, char *const *table,
                 int *status) {
    for (ptrdiff_t i = 0; i < n; i++) {
        struct operands o = {program + i, table};
        *status = one(mg_kernels[program[i].kind], &o);
        if (*status != MG_OK) return i;
    }
    return n;
}
