"""Arithmetic, rounding, choosing and comparing: elementwise, with NumPy's broadcasting.

In the forward functions `np.` works on arrays.  A rule works on arrays or tensors, so it uses
operators and the operations of this package.

Where a function has a kink, one value of its subdifferential is declared: |x|' is 0 at 0,
`maximum` and `minimum` share the cotangent of a tie equally, `clip` passes it on at the bounds,
`hypot` passes nothing at the origin.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import operation

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

# --------------------------------------------------------------------- choosing


@operation
def where(condition: Array, x1: Array, x2: Array) -> Array:
    """`x1` where `condition` is true, `x2` elsewhere; the three broadcast together.

    The branch not taken gets a gradient of exactly 0, whatever its value.

    >>> import minigrad as mg
    >>> mg.where(mg.tensor([True, False]), 1.0, mg.tensor([5.0, 6.0]))
    tensor([1., 6.])
    """
    return np.where(condition, x1, x2)


@where.gradient("x1")
def _(g, condition):
    return where(condition, g, 0.0)


@where.gradient("x2")
def _(g, condition):
    return where(condition, 0.0, g)


# --------------------------------------------------------------------- arithmetic


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


@operation
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


@operation
def reciprocal(x: Array) -> Array:
    """1 / x.

    >>> import minigrad as mg
    >>> mg.reciprocal(mg.tensor([2.0, 4.0]))
    tensor([0.5 , 0.25])
    """
    return np.reciprocal(x) if x.dtype.kind == "f" else 1.0 / x


@reciprocal.gradient("x")
def _(g, out):
    return -g * out * out


@operation
def pow(x1: Array, x2: Array) -> Array:
    """x1 to the power of x2; either may be a constant.

    At x1 = 0 the derivative by x1 is 0 for x2 = 0, and the derivative by x2 is 0 for x2 >= 0.

    >>> import minigrad as mg
    >>> mg.pow(mg.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    return x1**x2


@pow.gradient("x1")
def _(g, x1, x2):
    return g * x2 * x1 ** (x2 - (x2 != 0))  # no 0 * 0**-1, which is NaN


@pow.gradient("x2")
def _(g, out, x1):
    return g * out * log(where(x1 == 0, 1.0, x1))  # no 0 * log(0)


@operation
def square(x: Array) -> Array:
    """x * x.

    >>> import minigrad as mg
    >>> mg.square(mg.tensor([1.0, -3.0]))
    tensor([1., 9.])
    """
    return np.square(x)


@square.gradient("x")
def _(g, x):
    return g * 2 * x


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
def hypot(x1: Array, x2: Array) -> Array:
    """sqrt(x1**2 + x2**2) without overflow; its derivatives at the origin are 0.

    >>> import minigrad as mg
    >>> mg.hypot(mg.tensor(3.0), 4.0)
    tensor(5.)
    """
    return np.hypot(x1, x2)


@hypot.gradient("x1")
def _(g, out, x1):
    return g * x1 / where(out == 0, 1.0, out)


@hypot.gradient("x2")
def _(g, out, x2):
    return g * x2 / where(out == 0, 1.0, out)


# --------------------------------------------------------------------- rounding


@operation
def sign(x: Array) -> Array:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere.

    >>> import minigrad as mg
    >>> mg.sign(mg.tensor([-2.0, 0.0, 3.0]))
    tensor([-1.,  0.,  1.])
    """
    return np.sign(x)


@sign.gradient("x")
def _(g, x_shape):
    return np.zeros(x_shape)


@operation
def floor(x: Array) -> Array:
    """The largest whole number that is not above x; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.floor(mg.tensor([-1.5, 1.5]))
    tensor([-2.,  1.])
    """
    return np.floor(x)


@floor.gradient("x")
def _(g, x_shape):
    return np.zeros(x_shape)


@operation
def ceil(x: Array) -> Array:
    """The smallest whole number that is not below x; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.ceil(mg.tensor([-1.5, 1.5]))
    tensor([-1.,  2.])
    """
    return np.ceil(x)


@ceil.gradient("x")
def _(g, x_shape):
    return np.zeros(x_shape)


@operation
def round(x: Array) -> Array:
    """The nearest whole number, the even one of two; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.round(mg.tensor([0.5, 1.5, 1.7]))
    tensor([0., 2., 2.])
    """
    return np.round(x)


@round.gradient("x")
def _(g, x_shape):
    return np.zeros(x_shape)


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
    return where(x1 > x2, g, where(x1 == x2, 0.5 * g, 0.0))


@maximum.gradient("x2")
def _(g, x1, x2):
    return where(x2 > x1, g, where(x1 == x2, 0.5 * g, 0.0))


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
    return where(x1 < x2, g, where(x1 == x2, 0.5 * g, 0.0))


@minimum.gradient("x2")
def _(g, x1, x2):
    return where(x2 < x1, g, where(x1 == x2, 0.5 * g, 0.0))


@operation
def clip(x: Array, min: Any = None, max: Any = None) -> Array:
    """x held to [min, max]; None leaves a side open.  The gradient passes at the bounds.

    >>> import minigrad as mg
    >>> mg.clip(mg.tensor([-2.0, 0.5, 2.0]), 0.0, 1.0)
    tensor([0. , 0.5, 1. ])
    """
    return np.clip(x, min, max)


@clip.gradient("x")
def _(g, out, x):
    return where(out == x, g, 0.0)


# --------------------------------------------------------------------- comparing: no gradient


@operation
def equal(x1: Array, x2: Array) -> Array:
    """x1 == x2, elementwise.

    >>> import minigrad as mg
    >>> mg.equal(mg.tensor([1, 2]), 2)
    tensor([False,  True])
    """
    return np.equal(x1, x2)


@operation
def not_equal(x1: Array, x2: Array) -> Array:
    """x1 != x2, elementwise.

    >>> import minigrad as mg
    >>> mg.not_equal(mg.tensor([1, 2]), 2)
    tensor([ True, False])
    """
    return np.not_equal(x1, x2)


@operation
def less(x1: Array, x2: Array) -> Array:
    """x1 < x2, elementwise.

    >>> import minigrad as mg
    >>> mg.less(mg.tensor([1, 2]), 2)
    tensor([ True, False])
    """
    return np.less(x1, x2)


@operation
def less_equal(x1: Array, x2: Array) -> Array:
    """x1 <= x2, elementwise.

    >>> import minigrad as mg
    >>> mg.less_equal(mg.tensor([1, 2]), 1)
    tensor([ True, False])
    """
    return np.less_equal(x1, x2)


@operation
def greater(x1: Array, x2: Array) -> Array:
    """x1 > x2, elementwise.

    >>> import minigrad as mg
    >>> mg.greater(mg.tensor([1, 2]), 1)
    tensor([False,  True])
    """
    return np.greater(x1, x2)


@operation
def greater_equal(x1: Array, x2: Array) -> Array:
    """x1 >= x2, elementwise.

    >>> import minigrad as mg
    >>> mg.greater_equal(mg.tensor([1, 2]), 2)
    tensor([False,  True])
    """
    return np.greater_equal(x1, x2)


from .elementary import log  # noqa: E402  (needed by a rule only)
