"""More smooth activations, composed of operations.

Each takes a tensor (or what becomes one) and, but for `glu`, gives one of the same shape.  Names,
arguments and defaults are PyTorch's.

inplace : also write the result into the input, as `Tensor.copy_` does
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.dtypes import check_integer, check_number
from ...engine.tensor import Tensor, tensor_of
from ...engine.watchers import whole
from ...ops.elementary import tanh
from ...ops.piecewise import abs, clip, where
from ...random import default_generator
from .activations import elu, sigmoid, softmax, softplus
from .in_place import as_tensor, check_floating, deliver, held, with_room

__all__ = ["celu", "glu", "gumbel_softmax", "mish", "softsign", "tanhshrink"]


def softsign(input: Any) -> Tensor:
    """input / (1 + |input|).

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softsign(mg.tensor([-1.0, 3.0]))
    tensor([-0.5 ,  0.75])
    """
    x = with_room(input)
    return x / (1.0 + abs(x))


def tanhshrink(input: Any) -> Tensor:
    """input - tanh(input).

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.tanhshrink(mg.tensor([0.0, 100.0]))
    tensor([ 0., 99.])
    """
    x = as_tensor(input)
    return x - tanh(x)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """The input where it is positive, alpha (exp(input / alpha) - 1) elsewhere.

    J. T. Barron, "Continuously differentiable exponential linear units", arXiv:1704.07483 (2017).
    Raises ValueError if `alpha` is not positive.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.celu(mg.tensor([-100.0, 2.0]), alpha=0.5)
    tensor([-0.5,  2. ])
    """
    check_number("celu: alpha", alpha)
    if not alpha > 0:
        raise ValueError(f"celu: alpha must be positive, got {alpha}")
    x = as_tensor(input)
    alpha = held(alpha, x) or 2.0**-149  # the least that float32 holds: not 0, as a divisor
    # Neither what is positive nor what is so far below that exp is 0 may overflow in the division.
    negative = clip(x, -800 * alpha, 0.0)
    return deliver(where(x <= 0, alpha * elu(negative / alpha), x), input, inplace)  # NaN is x


def mish(input: Any, inplace: bool = False) -> Tensor:
    """input * tanh(softplus(input)).

    D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC 2020.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.mish(mg.tensor([-1000.0, 0.0, 100.0]))
    tensor([ -0.,   0., 100.])
    """
    x = as_tensor(input)
    return deliver(x * tanh(softplus(x)), input, inplace)


def softmin(input: Any, dim: int) -> Tensor:
    """The `softmax` of -input along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softmin(mg.tensor([0.0, 0.0, 1000.0]), dim=0)
    tensor([0.5, 0.5, 0. ])
    """
    return softmax(-with_room(input), dim=dim)


def glu(input: Any, dim: int = -1) -> Tensor:
    """a * sigmoid(b), where a and b are the halves of the input along the axis `dim`.

    Dauphin, Fan, Auli and Grangier, "Language modeling with gated convolutional networks", ICML
    2017.  Raises ValueError for an axis of odd size, IndexError for one that is not there.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.glu(mg.tensor([3.0, 4.0, 0.0, -1000.0]))
    tensor([1.5, 0. ])
    """
    x = as_tensor(input)
    if not -x.ndim <= check_integer("glu: dim", dim) < x.ndim:
        raise IndexError(f"glu: no axis {dim} in an input of shape {x.shape}")
    axis, size = dim % x.ndim, x.shape[dim]
    if size % 2:
        raise ValueError(f"glu: wanted an even size along axis {dim}, got shape {x.shape}")
    before = (slice(None),) * axis
    return x[(*before, slice(0, size // 2))] * sigmoid(x[(*before, slice(size // 2, None))])


def gumbel_softmax(
    logits: Any, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A random point near a corner of the simplex, drawn with the probabilities of the logits.

    tau : the temperature: the lower, the nearer to a corner; eps : changes nothing, as in PyTorch
    hard : give the corner itself, with the gradient of the point
    eps : ignored, as in PyTorch

    The softmax of (logits + Gumbel noise) / tau, from the default generator.  Jang, Gu and Poole,
    "Categorical reparameterization with Gumbel-softmax", ICLR 2017.  Raises ValueError if `tau` is
    not positive.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.gumbel_softmax(mg.tensor([0.0, 1000.0]), hard=True)
    tensor([0., 1.])
    """
    check_number("gumbel_softmax: tau", tau)
    if not tau > 0:
        raise ValueError(f"gumbel_softmax: tau must be positive, got {tau}")
    x = as_tensor(logits)
    check_floating("gumbel_softmax", x)
    soft = softmax((x + _gumbel_noise(x.shape, x.dtype)) / tau, dim=dim)
    if not hard:
        return soft
    # The value of the corner, the derivative of the point.
    return soft + tensor_of(_to_corner(soft._data, dim))


@whole
def _gumbel_noise(shape: tuple[int, ...], dtype: Any) -> Any:
    return np.asarray(default_generator().gumbel(size=shape), dtype)


@whole
def _to_corner(values: Any, dim: int) -> Any:
    """What takes each point to the corner of its largest element."""
    corner = np.zeros_like(values)
    np.put_along_axis(corner, np.expand_dims(values.argmax(axis=dim), dim), 1, axis=dim)
    return corner - values
