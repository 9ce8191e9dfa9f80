"""The nonlinearities of networks, and the functions that they are made of.

Each takes a tensor (or what becomes one) of any shape and gives one of the same shape: float64
for float64, float32 for all else (`relu` keeps integers).  Names, arguments and defaults are
PyTorch's.  None overflows: each is written with exponentials of negative numbers.

At their kinks `relu` and `leaky_relu` have the derivative from the left, 0 and
`negative_slope`, as has `elu` for `alpha` other than 1.  At a NaN no gradient is lost: it passes
on, as it does at a positive number.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import kernels
from ...engine.axes import normalize_axis_index
from ...engine.dtypes import check_number
from ...engine.operation import operation
from ...engine.tensor import Tensor
from ...ops.elementary import exp, tanh
from ...ops.piecewise import minimum, where

__all__ = [  # the others get their argument `inplace` in in_place.py
    "gelu",
    "logsigmoid",
    "sigmoid",
    "softplus",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

# --------------------------------------------------------------------- the rectifier's family


@operation
def relu(input: Array) -> Array:
    """The positive part of the input, 0 elsewhere; its derivative at 0 is 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.relu(mg.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    return kernels.relu(np.asarray(input)) if input.dtype.kind == "f" else np.maximum(input, 0)


@relu.gradient("input", new=True)
def _(g, out):
    return kernels.relu_backward(g, out)


@operation(real=True)
def leaky_relu(input: Array, negative_slope: float = 0.01) -> Array:
    """The input where it is positive, `negative_slope` times it elsewhere.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.leaky_relu(mg.tensor([-1.0, 2.0]), negative_slope=0.5)
    tensor([-0.5,  2. ])
    """
    return np.maximum(input, 0) + float(negative_slope) * np.minimum(input, 0)


@leaky_relu.gradient("input")
def _(g, input, negative_slope):
    return where(input <= 0, float(negative_slope) * g, g)


@operation(real=True)
def elu(input: Array, alpha: float = 1.0) -> Array:
    """The input where it is positive, alpha (exp(input) - 1) elsewhere.

    Clevert, Unterthiner and Hochreiter, "Fast and accurate deep network learning by exponential
    linear units", ICLR 2016.

    >>> from minigrad.nn import functional as F
    >>> round(F.elu(-1.0).item(), 4)
    -0.6321
    """
    return np.where(input > 0, input, float(alpha) * np.expm1(np.minimum(input, 0)))


@elu.gradient("input")
def _(g, input, alpha):
    return where(input <= 0, float(alpha) * g * exp(minimum(input, 0.0)), g)


SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def selu(input: Array) -> Tensor:
    """`elu` with the slope and the alpha that keep mean 0 and variance 1 from layer to layer.

    Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", NeurIPS
    2017, whose equation 14 gives the two constants.

    >>> from minigrad.nn import functional as F
    >>> round(F.selu(-1.0).item(), 4)
    -1.1113
    """
    return SELU_SCALE * elu(input, SELU_ALPHA)


# --------------------------------------------------------------------- the logistic family


@operation(real=True)
def sigmoid(input: Array) -> Array:
    """1 / (1 + exp(-input)), the logistic function.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.sigmoid(mg.tensor([-1000.0, 0.0]))
    tensor([0. , 0.5])
    """
    return kernels.sigmoid(np.asarray(input))


@sigmoid.gradient("input")
def _(g, out):
    return g * out * (1 - out)


@operation(real=True)
def silu(input: Array) -> Array:
    """The input times its sigmoid, also called swish.

    Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units for neural network function
    approximation in reinforcement learning", Neural Networks 107 (2018).

    >>> from minigrad.nn import functional as F
    >>> round(F.silu(2.0).item(), 4)
    1.7616
    """
    return input * sigmoid.forward(input)


@silu.gradient("input")
def _(g, input):
    s = sigmoid(input)
    return g * s * (1 + input * (1 - s))


@operation(real=True)
def logsigmoid(input: Array) -> Array:
    """log(sigmoid(input)), finite where the sigmoid itself is 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.logsigmoid(mg.tensor([-1000.0, 1000.0]))
    tensor([-1000.,     0.])
    """
    return np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))


@logsigmoid.gradient("input")
def _(g, input):
    return g * sigmoid(-input)


@operation(real=True)
def softplus(input: Array, beta: float = 1.0, threshold: float = 20.0) -> Array:
    """log(1 + exp(beta * input)) / beta, and the input itself where beta * input > threshold.

    Raises ValueError for a beta of 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softplus(mg.tensor([-1000.0, 1000.0]))
    tensor([   0., 1000.])
    """
    check_number("threshold", threshold)
    if beta == 0:
        raise ValueError("beta must not be 0")
    scaled = float(beta) * input
    smooth = (np.maximum(scaled, 0) + np.log1p(np.exp(-np.abs(scaled)))) / float(beta)
    return np.where(scaled > threshold, input, smooth)


@softplus.gradient("input")
def _(g, input, beta, threshold):
    scaled = float(beta) * input
    return where(scaled > threshold, g, g * sigmoid(scaled))


# --------------------------------------------------------------------- the normal distribution

SQRT_2_OVER_PI = 0.7978845608028654


@operation(real=True)
def gelu(input: Array, approximate: str = "none") -> Array:
    """The input times the normal distribution's probability of a smaller number.

    approximate : "none", or "tanh" for 0.5 (1 + tanh(sqrt(2/pi) (x + 0.044715 x**3))) in place of
        the probability

    Raises ValueError for another `approximate`.  Hendrycks and Gimpel, "Gaussian error linear
    units", 2016, arXiv:1606.08415.

    >>> from minigrad.nn import functional as F
    >>> round(F.gelu(2.0).item(), 4)
    1.9545
    """
    if approximate == "none":
        return kernels.gelu(np.asarray(input))
    if approximate == "tanh":
        return input * (0.5 + 0.5 * np.tanh(_gelu_angle(input)))
    raise ValueError(f"approximate must be 'none' or 'tanh', got {approximate!r}")


@gelu.gradient("input", new=True)
def _(g, input, approximate):
    if approximate == "none":
        if isinstance(input, np.generic):  # NumPy's arithmetic makes numbers of 0-d arrays
            g, input = np.asarray(g), np.asarray(input)
        return kernels.gelu_backward(g, input)
    t = tanh(_gelu_angle(input))
    slope = SQRT_2_OVER_PI * (1 + 3 * 0.044715 * input * input)
    return g * (0.5 + 0.5 * t + 0.5 * input * (1 - t * t) * slope)


def _gelu_angle(x: Array) -> Array:
    return SQRT_2_OVER_PI * x * (1 + 0.044715 * x * x)


# --------------------------------------------------------------------- over an axis


@operation(real=True)
def softmax(input: Array, dim: int) -> Array:
    """The exponentials of the input, scaled so that their sum over `dim` is 1.

    An entry of -inf gets 0; slices of nothing but -inf are NaN.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softmax(mg.tensor([1000.0, 1000.0, -float("inf")]), dim=-1)
    tensor([0.5, 0.5, 0. ])
    """
    out = np.exp(input - input.max(axis=dim, keepdims=True, initial=-np.inf))
    return out / out.sum(axis=dim, keepdims=True)


@softmax.gradient("input")
def _(g, out, dim):
    weighted = g * out
    return weighted - out * weighted.sum(axis=dim, keepdims=True)


@operation(real=True)
def log_softmax(input: Array, dim: int) -> Array:
    """log(softmax(input, dim)), finite where the softmax itself is 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.log_softmax(mg.tensor([0.0, 1000.0]), dim=-1)
    tensor([-1000.,     0.])
    """
    if not input.size:
        normalize_axis_index(dim, input.ndim)
        return input.copy()  # the sum would be 0, and its logarithm a warning
    shifted = input - input.max(axis=dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))


@log_softmax.gradient("input")
def _(g, out, dim):
    return g - exp(out) * g.sum(axis=dim, keepdims=True)
