"""Arithmetic, elementwise, with NumPy's broadcasting.

Arguments are tensors, or what becomes one, of shapes that broadcast together (ValueError where
they do not).  Of two dtypes the result has the wider; Python and NumPy scalars take the dtype
of the array beside them, and integers never widen floats.

In the forward functions `np.` works on arrays.  A rule works on arrays or tensors, so it uses
operators and the operations of this package.

What has no smooth derivative stands in `piecewise`, what has none at all in `logic`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.operation import operation
from .elementary import exp, log
from .logic import isinf, logical_and, logical_or
from .piecewise import where

__all__ = [
    "atan2",
    "hypot",
    "logaddexp",
    "negative",
    "pow",
    "reciprocal",
    "square",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

INT8 = np.dtype(np.int8)


@operation
def add(x1: Array, x2: Array) -> Array:
    """x1 + x2.

    >>> import minigrad as mg
    >>> mg.add(mg.tensor([1.0, 2.0]), 1.0)
    tensor([2., 3.])
    """
    return x1 + x2


@add.gradient("x1")
def _(g):
    return g


@add.gradient("x2")
def _(g):
    return g


@operation
def subtract(x1: Array, x2: Array) -> Array:
    """x1 - x2.

    >>> import minigrad as mg
    >>> mg.subtract(mg.tensor([1.0, 2.0]), 1.0)
    tensor([0., 1.])
    """
    return x1 - x2


@subtract.gradient("x1")
def _(g):
    return g


@subtract.gradient("x2")
def _(g):
    return -g


@operation
def multiply(x1: Array, x2: Array) -> Array:
    """x1 * x2.

    >>> import minigrad as mg
    >>> mg.multiply(mg.tensor([1.0, 2.0]), 3.0)
    tensor([3., 6.])
    """
    return x1 * x2


@multiply.gradient("x1")
def _(g, x2):
    return g * x2


@multiply.gradient("x2")
def _(g, x1):
    return g * x1


@operation(real=True)
def divide(x1: Array, x2: Array) -> Array:
    """x1 / x2.

    >>> import minigrad as mg
    >>> mg.divide(mg.tensor([1.0, 2.0]), 2.0)
    tensor([0.5, 1. ])
    """
    return x1 / x2


@divide.gradient("x1")
def _(g, x2):
    return g / x2


@divide.gradient("x2")
def _(g, out, x2):
    return -g * out / x2


@operation
def negative(x: Array) -> Array:
    """-x.

    >>> import minigrad as mg
    >>> mg.negative(mg.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """
    return -x


@negative.gradient("x")
def _(g):
    return -g


@operation(real=True)
def reciprocal(x: Array) -> Array:
    """1 / x.

    >>> import minigrad as mg
    >>> mg.reciprocal(mg.tensor([2.0, 4.0]))
    tensor([0.5 , 0.25])
    """
    return 1.0 / x


@reciprocal.gradient("x")
def _(g, out):
    return -g * out * out


@operation
def pow(x1: Array, x2: Array) -> Array:
    """x1 to the power of x2; either may be a constant.

    The derivative by x1 is 0 for x2 = 0, whatever x1; that by x2 is 0 for x1 = 0 and x2 >= 0.
    Raises ValueError for an integer to a negative integer power.

    >>> import minigrad as mg
    >>> mg.pow(mg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    out = x1**x2  # not np.power, which has no short cuts for 2 and 0.5
    if out.dtype == INT8 and np.asarray(x1).dtype == bool:  # NumPy's power of two truths
        return out.astype(np.result_type(x1, np.int64 if type(x2) is int else x2))
    return out


@pow.gradient("x1")
def _(g, x1, x2):
    if isinstance(x2, (int, float)):
        return g * x2 * x1 ** (x2 - (x2 != 0))  # no 0 * 0**-1, which is NaN
    tiny = np.finfo(g.dtype).tiny  # below which 1 / x1 is infinite
    safe = logical_or(logical_or(x1 >= tiny, x1 <= -tiny), x2 != 0)
    return g * x2 * where(safe, x1, g.dtype.type(1)) ** (x2 - 1)


@pow.gradient("x2")
def _(g, out, x1, x2):
    one = g.dtype.type(1)  # of two Python numbers `where` would make float64
    return g * out * log(where(logical_and(x1 == 0, x2 >= 0), one, x1))  # no 0 * log(0)


@operation
def square(x: Array) -> Array:
    """The square, x * x.

    >>> import minigrad as mg
    >>> mg.square(mg.tensor([1.0, -3.0]))
    tensor([1., 9.])
    """
    return np.square(x, dtype=np.int64 if x.dtype == bool else None)


@square.gradient("x")
def _(g, x):
    return 2 * g * x


# --------------------------------------------------------------------- functions of two numbers


@operation(real=True)
def hypot(x1: Array, x2: Array) -> Array:
    """sqrt(x1**2 + x2**2) without overflow; its derivatives at the origin are 0.

    >>> import minigrad as mg
    >>> mg.hypot(mg.tensor(3.0), 4.0)
    tensor(5.)
    """
    return np.hypot(x1, x2)


@hypot.gradient("x1")
def _(g, out, x1):
    return g * (x1 / where(out == 0, 1.0, out))


@hypot.gradient("x2")
def _(g, out, x2):
    return g * (x2 / where(out == 0, 1.0, out))


@operation(real=True)
def atan2(x1: Array, x2: Array) -> Array:
    """The angle in [-pi, pi] of the point (x2, x1); its derivatives at the origin are 0.

    >>> import minigrad as mg
    >>> mg.atan2(mg.tensor([0.0, 1.0]), 0.0)
    tensor([0.       , 1.5707964])
    """
    return np.arctan2(x1, x2)


@atan2.gradient("x1")
def _(g, x1, x2):
    radius = hypot(x1, x2)
    radius = where(radius == 0, 1.0, radius)
    return g * (x2 / radius) / radius  # x2 / radius**2 would overflow


@atan2.gradient("x2")
def _(g, x1, x2):
    radius = hypot(x1, x2)
    radius = where(radius == 0, 1.0, radius)
    return -g * (x1 / radius) / radius


@operation(real=True)
def logaddexp(x1: Array, x2: Array) -> Array:
    """log(exp(x1) + exp(x2)) without overflow; two equal infinities share the cotangent.

    >>> import minigrad as mg
    >>> mg.logaddexp(mg.tensor([-1000.0, 1000.0]), 0.0)
    tensor([   0., 1000.])
    """
    return np.logaddexp(x1, x2)


@logaddexp.gradient("x1")
def _(g, x1, x2):
    return g * _weight(x1, x2)


@logaddexp.gradient("x2")
def _(g, x1, x2):
    return g * _weight(x2, x1)


def _weight(x1: Array, x2: Array) -> Array:
    """exp(x1) / (exp(x1) + exp(x2)), written so that nothing overflows."""
    both = logical_and(x1 == x2, isinf(x1))
    return exp(-logaddexp(0.0, where(both, 0.0, x2) - where(both, 0.0, x1)))
