"""Roots, exponentials, logarithms, circular and hyperbolic functions, erf; elementwise.

Each takes a tensor (or what becomes one) of any shape and gives one of the same shape: float64
for float64, float32 for float32, integers and bools.  Outside of a function's domain the value
is NaN, with NumPy's warning.  Derivatives are those of NIST's *Digital Library of Mathematical
Functions* (DLMF), ch. 4 and 7; where the output alone gives one, only the output is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from ..engine.operation import operation

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

LOG_2 = 0.6931471805599453
LOG_10 = 2.302585092994046
TWO_OVER_SQRT_PI = 1.1283791670955126


@operation(real=True)
def sqrt(x: Array) -> Array:
    """The square root; its derivative at 0 is infinite.

    >>> import minigrad as mg
    >>> mg.sqrt(mg.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


@sqrt.gradient("x")
def _(g, out):
    return g / (2 * out)


@operation(real=True)
def exp(x: Array) -> Array:
    """The exponential function, e to the power of x.

    >>> import minigrad as mg
    >>> round(mg.exp(1.0).item(), 4)
    2.7183
    """
    return np.exp(x)


@exp.gradient("x")
def _(g, out):
    return g * out


@operation(real=True)
def expm1(x: Array) -> Array:
    """exp(x) - 1, accurate for small x too.

    >>> import minigrad as mg
    >>> round(mg.expm1(1e-6).item(), 12)
    1e-06
    """
    return np.expm1(x)


@expm1.gradient("x")
def _(g, out):
    return g * (out + 1)


@operation(real=True)
def log(x: Array) -> Array:
    """The natural logarithm.

    >>> import minigrad as mg
    >>> round(mg.log(2.0).item(), 4)
    0.6931
    """
    return np.log(x)


@log.gradient("x")
def _(g, x):
    return g / x


@operation(real=True)
def log1p(x: Array) -> Array:
    """log(1 + x), accurate for small x too.

    >>> import minigrad as mg
    >>> round(mg.log1p(1e-6).item(), 12)
    1e-06
    """
    return np.log1p(x)


@log1p.gradient("x")
def _(g, x):
    return g / (1 + x)


@operation(real=True)
def log2(x: Array) -> Array:
    """The logarithm to base 2.

    >>> import minigrad as mg
    >>> mg.log2(mg.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


@log2.gradient("x")
def _(g, x):
    return g / (x * LOG_2)


@operation(real=True)
def log10(x: Array) -> Array:
    """The logarithm to base 10.

    >>> import minigrad as mg
    >>> round(mg.log10(100.0).item(), 4)
    2.0
    """
    return np.log10(x)


@log10.gradient("x")
def _(g, x):
    return g / (x * LOG_10)


@operation(real=True)
def sin(x: Array) -> Array:
    """The sine of x in radians.

    >>> import minigrad as mg
    >>> round(mg.sin(1.0).item(), 4)
    0.8415
    """
    return np.sin(x)


@sin.gradient("x")
def _(g, x):
    return g * cos(x)


@operation(real=True)
def cos(x: Array) -> Array:
    """The cosine of x in radians.

    >>> import minigrad as mg
    >>> round(mg.cos(1.0).item(), 4)
    0.5403
    """
    return np.cos(x)


@cos.gradient("x")
def _(g, x):
    return -g * sin(x)


@operation(real=True)
def tan(x: Array) -> Array:
    """The tangent of x in radians.

    >>> import minigrad as mg
    >>> round(mg.tan(1.0).item(), 4)
    1.5574
    """
    return np.tan(x)


@tan.gradient("x")
def _(g, out):
    return g * (1 + out * out)


@operation(real=True)
def asin(x: Array) -> Array:
    """The inverse sine, in [-pi/2, pi/2]; its derivative at -1 and 1 is infinite.

    >>> import minigrad as mg
    >>> round(mg.asin(0.5).item(), 4)
    0.5236
    """
    return np.arcsin(x)


@asin.gradient("x")
def _(g, x):
    return g / sqrt((1 - x) * (1 + x))


@operation(real=True)
def acos(x: Array) -> Array:
    """The inverse cosine, in [0, pi]; its derivative at -1 and 1 is infinite.

    >>> import minigrad as mg
    >>> round(mg.acos(0.5).item(), 4)
    1.0472
    """
    return np.arccos(x)


@acos.gradient("x")
def _(g, x):
    return -g / sqrt((1 - x) * (1 + x))


@operation(real=True)
def atan(x: Array) -> Array:
    """The inverse tangent, in [-pi/2, pi/2].

    >>> import minigrad as mg
    >>> round(mg.atan(1.0).item(), 4)
    0.7854
    """
    return np.arctan(x)


@atan.gradient("x")
def _(g, x):
    return g / (1 + x * x)


@operation(real=True)
def sinh(x: Array) -> Array:
    """The hyperbolic sine.

    >>> import minigrad as mg
    >>> round(mg.sinh(1.0).item(), 4)
    1.1752
    """
    return np.sinh(x)


@sinh.gradient("x")
def _(g, x):
    return g * cosh(x)


@operation(real=True)
def cosh(x: Array) -> Array:
    """The hyperbolic cosine.

    >>> import minigrad as mg
    >>> round(mg.cosh(1.0).item(), 4)
    1.5431
    """
    return np.cosh(x)


@cosh.gradient("x")
def _(g, x):
    return g * sinh(x)


@operation(real=True)
def tanh(x: Array) -> Array:
    """The hyperbolic tangent.

    >>> import minigrad as mg
    >>> round(mg.tanh(1.0).item(), 4)
    0.7616
    """
    return np.tanh(x)


@tanh.gradient("x")
def _(g, out):
    return g * (1 - out * out)


@operation(real=True)
def asinh(x: Array) -> Array:
    """The inverse hyperbolic sine.

    >>> import minigrad as mg
    >>> round(mg.asinh(1.0).item(), 4)
    0.8814
    """
    return np.arcsinh(x)


@asinh.gradient("x")
def _(g, x):
    return g / sqrt(x * x + 1)


@operation(real=True)
def acosh(x: Array) -> Array:
    """The inverse hyperbolic cosine; its derivative at 1 is infinite.

    >>> import minigrad as mg
    >>> round(mg.acosh(2.0).item(), 4)
    1.317
    """
    return np.arccosh(x)


@acosh.gradient("x")
def _(g, x):
    return g / (sqrt(x - 1) * sqrt(x + 1))  # (x - 1) (x + 1) could overflow


@operation(real=True)
def atanh(x: Array) -> Array:
    """The inverse hyperbolic tangent.

    >>> import minigrad as mg
    >>> round(mg.atanh(0.5).item(), 4)
    0.5493
    """
    return np.arctanh(x)


@atanh.gradient("x")
def _(g, x):
    return g / ((1 - x) * (1 + x))


@operation(real=True)
def erf(x: Array) -> Array:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x.

    >>> import minigrad as mg
    >>> round(mg.erf(1.0).item(), 4)
    0.8427
    """
    return kernels.erf(np.asarray(x))


@erf.gradient("x")
def _(g, x):
    return g * TWO_OVER_SQRT_PI * exp(-x * x)


@operation(real=True)
def erfc(x: Array) -> Array:
    """1 - erf(x), accurate also where erf(x) is next to 1.

    >>> import minigrad as mg
    >>> f"{mg.erfc(5.0).item():.3e}"
    '1.537e-12'
    """
    return kernels.erfc(np.asarray(x))


@erfc.gradient("x")
def _(g, x):
    return -g * TWO_OVER_SQRT_PI * exp(-x * x)
