/* Chapter 8: from NumPy to C. */
#include <math.h>
#include <stddef.h>

#ifndef T
#define T float
#define EXP expf
#endif

/* One row of the backward pass of softmax cross-entropy:
 *
 *     dx[j] = g (p[j] - [j is the label]),   p[j] = e^(x[j] - m) / Z,
 *     m = max of x[j],   Z = sum of e^(x[j] - m)
 *
 * dx : `classes` numbers, element j at dx[j * dx_stride]; may be the memory of x
 * x : the logits, element j at x[j * x_stride]
 * g : one number, the cotangent of this row's loss; others read it after us
 * label : from 0 to classes - 1
 */
void cross_entropy_row(T *dx, ptrdiff_t dx_stride, const T *x, ptrdiff_t x_stride, const T *g,
                       ptrdiff_t label, ptrdiff_t classes) {
    T max = x[0], z = 0, share = *g;
    for (ptrdiff_t j = 1; j < classes; j++) max = x[j * x_stride] > max ? x[j * x_stride] : max;
    for (ptrdiff_t j = 0; j < classes; j++) z += EXP(x[j * x_stride] - max);
    for (ptrdiff_t j = 0; j < classes; j++) {
        T p = EXP(x[j * x_stride] - max) / z; /* read before dx[j] is written: they may be one */
        dx[j * dx_stride] = share * (p - (j == label));
    }
}
