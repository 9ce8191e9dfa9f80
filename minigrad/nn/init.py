"""Filling parameters with what training begins from.

Each function writes in place into a leaf tensor of any dtype and returns it; `generator` is a
`numpy.random.Generator`, a seed, or None for the default generator, which
`minigrad.manual_seed` seeds.  Each raises TypeError for what is not a tensor, and RuntimeError for
a recorded result.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TypeAlias

import numpy as np

from ..engine.tensor import Tensor
from ..random import as_generator

__all__ = [
    "calculate_gain",
    "constant_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

Generator: TypeAlias = "np.random.Generator | int | None"

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2), "selu": 0.75}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights grow for a nonlinearity to hand on the variance it gets.

    nonlinearity : "linear", "sigmoid", "tanh" (5/3), "relu" (sqrt 2), "leaky_relu" or "selu" (3/4)
    param : the negative slope of "leaky_relu", by default 0.01

    The value for leaky ReLU, sqrt(2 / (1 + slope**2)), is that of He et al. 2015, section 2.2;
    those for tanh and SELU are PyTorch's.  Raises ValueError for another name.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity == "leaky_relu":
        return sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"nonlinearity must be one of {[*_GAINS, 'leaky_relu']}, got {nonlinearity!r}"
        )
    return _GAINS[nonlinearity]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`.

    >>> from minigrad import nn
    >>> constant_(nn.Parameter([1.0, 2.0]), 5.0)
    Parameter([5., 5.], requires_grad=True)
    """
    _target(tensor)[...] = val
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return constant_(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return constant_(tensor, 1)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from the uniform distribution on [a, b).

    Raises ValueError if `a` or `b` is not finite, or `b` is less than `a`.

    >>> from minigrad import nn
    >>> w = uniform_(nn.Parameter([0.0, 0.0]), 2.0, 3.0, generator=1).numpy()
    >>> bool(((2 <= w) & (w <= 3)).all())
    True
    """
    if not (isfinite(a) and isfinite(b) and a <= b):
        raise ValueError(f"uniform_: a and b must be finite and a <= b, got a={a}, b={b}")
    array = _target(tensor)
    array[...] = as_generator(generator).random(array.shape, array.dtype) * (b - a) + a
    return tensor


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator = None
) -> Tensor:
    """Fill from the normal distribution.

    Raises ValueError if `mean` or `std` is not finite, or `std` is negative.

    >>> from minigrad import nn
    >>> normal_(nn.Parameter([1.0, 2.0]), 3.0, 0.0)
    Parameter([3., 3.], requires_grad=True)
    """
    if not (isfinite(mean) and isfinite(std) and std >= 0):
        raise ValueError(
            f"normal_: mean and std must be finite and std not negative, got mean={mean}, std={std}"
        )
    array = _target(tensor)
    draw = as_generator(generator).standard_normal(array.shape, array.dtype)
    array[...] = draw * std + mean
    return tensor


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Fill from U(-bound, bound) with bound = gain * sqrt(3 / fan), which hands on the variance.

    a : the negative slope, for `nonlinearity="leaky_relu"`
    mode : "fan_in" keeps the variance of the activations, "fan_out" that of the gradients
    nonlinearity : what comes after, see `calculate_gain`

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.  Raises ValueError for a
    tensor of fewer than two axes, and for another mode or nonlinearity.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = kaiming_uniform_(nn.Parameter(np.zeros((8, 6))), nonlinearity="relu", generator=0)
    >>> bool(abs(w.numpy()).max() <= 1)
    True
    """
    bound = sqrt(3) * calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Fill from the normal distribution with std = gain / sqrt(fan); see `kaiming_uniform_`."""
    std = calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from U(-bound, bound) with bound = gain * sqrt(6 / (fan_in + fan_out)).

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 16.  Raises ValueError for a tensor of fewer than two axes.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = xavier_uniform_(nn.Parameter(np.zeros((2, 4))), generator=0)
    >>> bool(abs(w.numpy()).max() <= 1)
    True
    """
    bound = gain * sqrt(6 / (_fan(tensor, "fan_in") + _fan(tensor, "fan_out")))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from the normal distribution with std = gain * sqrt(2 / (fan_in + fan_out))."""
    std = gain * sqrt(2 / (_fan(tensor, "fan_in") + _fan(tensor, "fan_out")))
    return normal_(tensor, 0.0, std, generator)


def _target(tensor: Tensor) -> np.ndarray:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"wanted a Tensor to fill, got {type(tensor).__name__}")
    return tensor._writable()


def _fan(tensor: Tensor, mode: str) -> int:
    """How many inputs an output of the weight (out, in, ...) has, or outputs an input."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    if tensor.ndim < 2:
        raise ValueError(f"fan_in and fan_out need a weight of two axes, got shape {tensor.shape}")
    outputs, inputs, *rest = tensor.shape
    return (inputs if mode == "fan_in" else outputs) * int(np.prod(rest, dtype=int))
