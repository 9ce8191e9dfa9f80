"""Functions made of pieces: choosing, larger and smaller, signs and rounding; elementwise.

Arguments broadcast together as in NumPy, dtypes are those of `arithmetic`.

Where a function has a kink, one value of its subdifferential is declared: |x|' is 0 at 0,
`maximum` and `minimum` share the cotangent of a tie equally, `clip` passes it on at the bounds.
Where an input is NaN, so is the result, and the cotangent passes on to all inputs, of `clip` to
none, as in PyTorch.
Functions that are constant between jumps have the derivative 0, at the jumps too.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.convert import refuse_masked
from ..engine.dtypes import check_dtype
from ..engine.operation import operation

__all__ = [
    "abs",
    "ceil",
    "floor",
    "maximum",
    "minimum",
    "remainder",
    "sign",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation
def where(condition: Array, x1: Array, x2: Array) -> Array:
    """`x1` where `condition` is true, `x2` elsewhere; the three broadcast together.

    The branch not taken gets a gradient of exactly 0, whatever its value.

    >>> import minigrad as mg
    >>> mg.where(mg.tensor([True, False]), 1.0, mg.tensor([5.0, 6.0]))
    tensor([1., 6.])
    """
    refuse_masked(condition, "condition")
    if not isinstance(condition, np.ndarray) and np.asarray(condition).dtype.kind not in "biuf":
        raise TypeError(f"condition: wanted True and False, got {condition!r:.60}")
    if type(x1) is int or type(x2) is int:
        x1, x2 = _held(x1, x2), _held(x2, x1)
    return np.where(condition, x1, x2)


def _held(x: Array, other: Array) -> Array:
    """A whole number as the other one's dtype; NumPy's `where` would cut off what it has no room
    for, and OverflowError is raised as by its arithmetic.
    """
    whole = type(x) is int and getattr(other, "dtype", x) in _WHOLE
    return np.asarray(x, other.dtype) if whole else x


_WHOLE = {np.dtype(f"{kind}int{bits}") for kind in ("", "u") for bits in (8, 16, 32, 64)}


@where.gradient("x1")
def _(g, condition):
    return where(condition, g, 0.0)


@where.gradient("x2")
def _(g, condition):
    return where(condition, 0.0, g)


# --------------------------------------------------------------------- larger and smaller


@operation
def maximum(x1: Array, x2: Array) -> Array:
    """The larger of two; a tie shares its cotangent equally.

    >>> import minigrad as mg
    >>> mg.maximum(mg.tensor([1.0, 5.0]), 3.0)
    tensor([3., 5.])
    """
    return np.maximum(x1, x2)


@maximum.gradient("x1")
def _(g, x1, x2):
    return where(x1 < x2, 0.0, where(x1 == x2, 0.5 * g, g))


@maximum.gradient("x2")
def _(g, x1, x2):
    return where(x2 < x1, 0.0, where(x1 == x2, 0.5 * g, g))


@operation
def minimum(x1: Array, x2: Array) -> Array:
    """The smaller of two; a tie shares its cotangent equally.

    >>> import minigrad as mg
    >>> mg.minimum(mg.tensor([1.0, 5.0]), 3.0)
    tensor([1., 3.])
    """
    return np.minimum(x1, x2)


@minimum.gradient("x1")
def _(g, x1, x2):
    return where(x1 > x2, 0.0, where(x1 == x2, 0.5 * g, g))


@minimum.gradient("x2")
def _(g, x1, x2):
    return where(x2 > x1, 0.0, where(x1 == x2, 0.5 * g, g))


@operation
def clip(x: Array, min: Any = None, max: Any = None) -> Array:
    """Hold x to [min, max]; None leaves a side open.  The gradient passes at the bounds.

    The bounds may be tensors too, which get the cotangent where x lies beyond them.
    Raises ValueError where min is above max.

    >>> import minigrad as mg
    >>> mg.clip(mg.tensor([-2.0, 0.5, 2.0]), 0.0, 1.0)
    tensor([0. , 0.5, 1. ])
    """
    if min is not None and max is not None and np.any(min > max):
        raise ValueError("min is above max")
    held = np.clip(x, min, max)
    check_dtype(held.dtype, "the result")  # an object's, for an integer beyond 64 bits
    return held


@clip.gradient("x")
def _(g, out, x):
    return where(x == out, g, 0.0)


@clip.gradient("min")
def _(g, x, min):
    return where(x < min, g, 0.0)


@clip.gradient("max")
def _(g, x, max):
    return where(x > max, g, 0.0)


# --------------------------------------------------------------------- signs and rounding


@operation
def abs(x: Array) -> Array:
    """The absolute value; its derivative at 0 is 0.

    >>> import minigrad as mg
    >>> mg.abs(mg.tensor([1.0, -3.0]))
    tensor([1., 3.])
    """
    return np.abs(x)


@abs.gradient("x")
def _(g, x):
    return g * sign(x)


@operation
def sign(x: Array) -> Array:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere.

    >>> import minigrad as mg
    >>> mg.sign(mg.tensor([-2.0, 0.0, 3.0]))
    tensor([-1.,  0.,  1.])
    """
    return np.sign(x) if x.dtype != bool else x.copy()


@sign.gradient("x")
def _(g):
    return np.zeros(g.shape, g.dtype)


@operation
def floor(x: Array) -> Array:
    """The largest whole number that is not above x; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.floor(mg.tensor([-1.5, 1.5]))
    tensor([-2.,  1.])
    """
    return np.floor(x)


@floor.gradient("x")
def _(g):
    return np.zeros(g.shape, g.dtype)


@operation
def ceil(x: Array) -> Array:
    """The smallest whole number that is not below x; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.ceil(mg.tensor([-1.5, 1.5]))
    tensor([-1.,  2.])
    """
    return np.ceil(x)


@ceil.gradient("x")
def _(g):
    return np.zeros(g.shape, g.dtype)


@operation
def round(x: Array) -> Array:
    """The nearest whole number, the even one of two; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.round(mg.tensor([0.5, 1.5, 1.7]))
    tensor([0., 2., 2.])
    """
    return x.copy() if x.dtype.kind == "b" else np.round(x)  # NumPy makes float16 of bools


@round.gradient("x")
def _(g):
    return np.zeros(g.shape, g.dtype)


def refuse_zero(x1: Array, x2: Array) -> None:
    """Whole numbers have no infinity to stand for a quotient by 0."""
    whole = np.asarray(x1).dtype.kind in "iub" and np.asarray(x2).dtype.kind in "iub"
    if whole and not np.all(x2):
        raise ValueError("whole numbers cannot be divided by 0; floats can")


@operation
def floor_divide(x1: Array, x2: Array) -> Array:
    """The largest whole number that is not above x1 / x2; its derivatives are 0.

    ValueError for whole numbers by 0.

    >>> import minigrad as mg
    >>> mg.floor_divide(mg.tensor([7.0, -7.0]), 2.0)
    tensor([ 3., -4.])
    """
    refuse_zero(x1, x2)
    return np.floor_divide(x1, x2)


@floor_divide.gradient("x1")
def _(g):
    return np.zeros(g.shape, g.dtype)


@floor_divide.gradient("x2")
def _(g):
    return np.zeros(g.shape, g.dtype)


@operation
def remainder(x1: Array, x2: Array) -> Array:
    """x1 - floor(x1 / x2) * x2, which has the sign of x2.

    Differentiated with the whole number held still, also where it jumps.
    ValueError for whole numbers by 0.

    >>> import minigrad as mg
    >>> mg.remainder(mg.tensor([7.0, -7.0]), 3.0)
    tensor([1., 2.])
    """
    refuse_zero(x1, x2)
    return np.remainder(x1, x2)


@remainder.gradient("x1")
def _(g):
    return g


@remainder.gradient("x2")
def _(g, x1, x2):
    return -g * floor_divide(x1, x2)
