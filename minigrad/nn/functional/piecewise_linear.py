"""Activations made of straight lines, and hardswish, a parabola between two of them.

Each takes a tensor (or what becomes one) of any shape and gives one of the same shape.  Names,
arguments, defaults and the derivatives at the kinks are PyTorch's.  NaN stays NaN.

inplace : also write the result into the input, as `Tensor.copy_` does
"""

from __future__ import annotations

from math import isfinite
from typing import Any

from ...engine.dtypes import check_number
from ...engine.tensor import Tensor
from ...ops.piecewise import abs, clip, sign, where
from ...random import default_generator
from .in_place import as_tensor, deliver, refuse_gradient, with_room

__all__ = [
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "prelu",
    "relu6",
    "rrelu",
    "softshrink",
    "threshold",
]


def hardtanh(
    input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False
) -> Tensor:
    """The input held to [min_val, max_val]; its derivative at the bounds is 0.

    Of integers the bounds lose their fractions.  Raises ValueError unless min_val is below max_val.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.hardtanh(mg.tensor([-3.0, 0.5, 2.0]))
    tensor([-1. ,  0.5,  1. ])
    """
    check_number("hardtanh: min_val", min_val)
    check_number("hardtanh: max_val", max_val)
    if not min_val < max_val:
        raise ValueError(f"hardtanh: wanted min_val < max_val, got {min_val} and {max_val}")
    x = as_tensor(input)
    min_val, max_val = _beside(x, min_val, max_val)
    return deliver(where(x <= min_val, min_val, where(x >= max_val, max_val, x)), input, inplace)


def _beside(x: Tensor, *numbers: float) -> tuple[float, ...]:
    """Numbers without their fractions where x is of integers, as in PyTorch."""
    return (
        tuple(map(int, numbers))
        if x.dtype.kind in "iu" and all(map(isfinite, numbers))
        else numbers
    )


def relu6(input: Any, inplace: bool = False) -> Tensor:
    """The input held to [0, 6]; its derivative at the bounds is 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.relu6(mg.tensor([-3.0, 0.5, 7.0]))
    tensor([0. , 0.5, 6. ])
    """
    return hardtanh(input, 0.0, 6.0, inplace)


def hardsigmoid(input: Any, inplace: bool = False) -> Tensor:
    """relu6(input + 3) / 6: three straight lines in place of `sigmoid`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.hardsigmoid(mg.tensor([-4.0, 0.0, 4.0]))
    tensor([0. , 0.5, 1. ])
    """
    return deliver(relu6(as_tensor(input) + 3.0) / 6.0, input, inplace)


def hardswish(input: Any, inplace: bool = False) -> Tensor:
    """input * relu6(input + 3) / 6.

    Howard et al., "Searching for MobileNetV3", ICCV 2019, sec. 5.2.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.hardswish(mg.tensor([-4.0, 0.0, 4.0]))
    tensor([0., 0., 4.])
    """
    x = as_tensor(input)
    held = clip(x, -3.0, 3.0)  # infinity times 0 would be NaN
    inner = held * ((held + 3.0) / 6.0)
    return deliver(where(x <= -3.0, 0.0, where(x < 3.0, inner, x)), input, inplace)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """The input where it is above `threshold`, `value` elsewhere; of integers both lose fractions.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.threshold(mg.tensor([0.5, 2.0]), 1.0, -1.0)
    tensor([-1.,  2.])
    """
    check_number("threshold: threshold", threshold)
    refuse_gradient("threshold: threshold", threshold)
    check_number("threshold: value", value)
    x = as_tensor(input)
    threshold, value = _beside(x, threshold, value)
    return deliver(where(x <= threshold, value, x), input, inplace)


def hardshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """0 where the input is within [-lambd, lambd], the input elsewhere.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.hardshrink(mg.tensor([-2.0, 0.3, 0.7]))
    tensor([-2. ,  0. ,  0.7])
    """
    refuse_gradient("hardshrink: lambd", lambd)
    x = with_room(input)
    return where(abs(x) <= lambd, 0.0, x)


def softshrink(input: Any, lambd: float = 0.5) -> Tensor:
    """The input brought nearer to 0 by `lambd`, and 0 where it is within [-lambd, lambd].

    Raises ValueError for a negative `lambd`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softshrink(mg.tensor([-2.0, 0.3, 1.0]))
    tensor([-1.5,  0. ,  0.5])
    """
    check_number("softshrink: lambd", lambd)
    if not lambd >= 0:
        raise ValueError(f"softshrink: lambd must not be negative, got {lambd}")
    x = with_room(input)
    return where(abs(x) <= lambd, 0.0, x - lambd * sign(x))


def prelu(input: Any, weight: Any) -> Tensor:
    """The input where it is positive, weight * input elsewhere: `leaky_relu` with a learned slope.

    weight : one element, or one a channel, which is the second axis of the input

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.  Raises ValueError for
    another number of slopes.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.prelu(mg.tensor([[-2.0, -2.0]]), mg.tensor([0.5, 0.25]))
    tensor([[-1. , -0.5]])
    """
    x = as_tensor(input)
    slope = as_tensor(weight, x)
    if slope.ndim > 1:
        raise ValueError(f"prelu: weight: wanted one axis, got shape {slope.shape}")
    channels = x.shape[1] if x.ndim > 1 else 1
    if slope.numel() not in (1, channels):
        raise ValueError(
            f"prelu: weight: wanted 1 slope or one for each of {channels} channels, got "
            f"{slope.numel()}"
        )
    if slope.numel() > 1:
        slope = slope.reshape((-1,) + (1,) * (x.ndim - 2))
    elif not x.ndim:
        slope = slope.reshape(())
    return where(x > 0, x, slope * where(x > 0, 0.0, x))  # infinity times 0 would be NaN


def rrelu(
    input: Any,
    lower: float = 1 / 8,
    upper: float = 1 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """`leaky_relu` whose slopes are drawn from U(lower, upper) in training, else their mean.

    Xu, Wang, Chen and Li, "Empirical evaluation of rectified activations in convolutional
    network", arXiv:1505.00853 (2015).  Raises ValueError if `lower` is above `upper`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.rrelu(mg.tensor([-2.0, 2.0]), 0.0, 0.5)
    tensor([-0.5,  2. ])
    """
    check_number("rrelu: lower", lower)
    check_number("rrelu: upper", upper)
    if not lower <= upper:
        raise ValueError(f"rrelu: wanted lower <= upper, got {lower} and {upper}")
    x = as_tensor(input)
    slope: Any = (lower + upper) / 2
    if training:
        dtype = x.dtype if x.dtype.kind == "f" else None
        slope = default_generator().uniform(lower, upper, x.shape).astype(dtype or "float32")
    return deliver(where(x > 0, x, slope * x), input, inplace)
