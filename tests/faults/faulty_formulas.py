"""Wrong formulas: elementwise, of reductions and of shapes."""

from __future__ import annotations

import numpy as np
import test_reductions
from planting import right_rule, wrong, wrong_rule

import minigrad as mg
from minigrad import kernels
from minigrad.engine.operation import OPERATIONS
from minigrad.nn.functional import losses
from minigrad.ops import indexing, reductions

# --------------------------------------------------------------------- formulas


@wrong_rule("off by a thousandth", "multiply", "x1")
def _(g, x2):
    return g * x2 * (1 + 1e-3)


@wrong_rule("the sign of the divisor's gradient", "divide", "x2")
def _(g, out, x2):
    return g * out / x2


@wrong_rule("the exponent is not lowered", "pow", "x1")
def _(g, x1, x2):
    return g * x2 * x1**x2


@wrong_rule("the input in place of the output", "exp", "x")
def _(g, x):
    return g * x


@wrong_rule("1 - y for 1 - y**2", "tanh", "x")
def _(g, out):
    return g * (1 - out)


@wrong_rule("arguments exchanged", "atan2", "x1")
def _(g, x1, x2):
    return g * x1 / (x1 * x1 + x2 * x2)


@wrong_rule("passes outside of the bounds", "clip", "x")
def _(g):
    return g


@wrong_rule("the other branch leaks", "where", "x1")
def _(g):
    return g


@wrong_rule("the slope of the negative side is forgotten", "leaky_relu", "input")
def _(g, input):
    return mg.where(input > 0, g, 0.0)


@wrong_rule("the product rule's second term is missing", "silu", "input")
def _(g, input):
    return g / (1 + mg.exp(-input))


@wrong_rule("the term of the sum is missing", "softmax", "input")
def _(g, out):
    return g * out


@wrong("relu: passes where the input is negative", kernels, "relu_backward", "relu")
def _(g, out):
    return g.copy()


@wrong("huber_loss: quadratic beyond delta", losses, "clip", "huber_loss")
def _(d, low, high):
    return d


# --------------------------------------------------------------------- reductions and shapes


@wrong_rule("divides by the size, not by the count along the axis", "mean", "x")
def _(g, x_shape, axis):
    return reductions._spread(g / np.prod(x_shape), x_shape, axis)


@wrong_rule("the mean is not taken off", "var", "x")
def _(g, x, axis, correction):
    count = reductions._count(x.shape, axis) - correction
    return 2 * mg.reshape(g, reductions._kept_shape(x.shape, axis)) / count * x


@wrong_rule("without the correction", "std", "x")
def _(g, out, x, axis):
    kept = reductions._kept_shape(x.shape, axis)
    scale = g / (reductions._count(x.shape, axis) * mg.where(out == 0, 1.0, out))
    return mg.reshape(scale, kept) * (x - mg.mean(x, axis=axis, keepdims=True))


@wrong_rule("ties get everything", "amax", "x",
            where=(lambda: test_reductions.test_ties_share_equally(mg.amax),))  # fmt: skip
def _(g, out, x, axis):
    kept = reductions._kept_shape(x.shape, axis)
    return mg.where(x == mg.reshape(out, kept), mg.reshape(g, kept), 0.0)


@wrong_rule("divides, which fails at zeros", "prod", "x",
            where=(lambda: test_reductions.test_prod_with_zeros(1, 3),))  # fmt: skip
def _(g, out, x, axis):
    kept = reductions._kept_shape(x.shape, axis)
    return mg.reshape(g * out, kept) / x


@wrong_rule("not reversed", "cumsum", "x")
def _(g, axis):
    return mg.cumsum(g, axis)


@wrong("logsumexp: without the shift", OPERATIONS["logsumexp"].operation,  # type: ignore
       "forward", test_reductions.test_logsumexp_of_huge_values)  # fmt: skip
def _(x, axis, keepdims):
    out = np.log(np.sum(np.exp(x), axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis), np.zeros_like(out)


@wrong_rule("the order in place of its inverse", "permute_dims", "x")
def _(g, axes):
    return mg.permute_dims(g, axes)


@wrong_rule("forwards again", "roll", "x")
def _(g, shift, axis):
    return mg.roll(g, shift, axis)


@wrong_rule("cut from the beginning", "pad", "x")
def _(g, x_shape):
    return g[tuple(slice(0, n) for n in x_shape)]


@wrong_rule("slices in reverse order", "concat", "arrays")
def _(g, arrays_shape, axis, needs):
    axis %= g.ndim
    end, answers = g.shape[axis], []
    for shape in arrays_shape:
        part = slice(end - shape[axis], end)
        answers.append(g[(slice(None),) * axis + (part,)])
        end = part.start
    return answers


@wrong("getitem: repeats overwrite one another", indexing, "_scatter", "getitem")
def _overwriting(x, index, shape):
    out = np.zeros(shape, x.dtype)
    out[index] = x
    return out


wrong("embedding: a row used twice counts once", indexing, "_scatter", "embedding")(_overwriting)


@wrong_rule("square matrices are not transposed", "matmul", "x1")
def _(g, x2, x1_shape):
    if x2.ndim == 1 or x2.shape[-1] != x2.shape[-2]:
        return right_matmul(g, x2, x1_shape)
    return mg.matmul(g[..., None, :] if len(x1_shape) == 1 else g, x2)


right_matmul = right_rule("matmul", "x1")
