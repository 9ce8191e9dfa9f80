/* Programs: kernels one after the other, on buffers that have numbers.
 *
 * An instruction names its buffers by their places in a table of pointers, so that the same
 * program runs on other memory when the table is filled anew. What its arguments mean depends on
 * the code; program.c says it beside each case. A slot of -1 stands for NULL.
 */
#ifndef MG_PROGRAM_H
#define MG_PROGRAM_H

#include "minigrad.h"

enum { MG_SLOTS = 8, MG_SIZES = 8, MG_NUMBERS = 5 };

enum mg_code {
    MG_GEMM,
    MG_BIAS_GRADIENT,
    MG_CROSS_ENTROPY,
    MG_BATCH_NORM,
    MG_BATCH_NORM_BACKWARD,
    MG_DROPOUT,
    MG_BLEND,
    MG_RELU,
    MG_RELU_BACKWARD,
    MG_COUNT,
    MG_SGD,
    MG_ADAM,
    MG_RMSPROP
};

struct mg_instruction {
    int code, kind; /* kind: MG_F32 or MG_F64 */
    int slot[MG_SLOTS];
    ptrdiff_t size[MG_SIZES];
    double number[MG_NUMBERS];
};

/* A label that is neither a class nor to be ignored. */
enum { MG_BAD_LABEL = 1 };

/* Run n instructions. Returns n, or the place of the first that failed; `status` says why. */
ptrdiff_t mg_run(const struct mg_instruction *program, ptrdiff_t n, char *const *table,
                 int *status);

#endif
