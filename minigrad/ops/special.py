"""The gamma function's logarithm and its derivatives, and the inverse of the error function.

The gamma family is computed at x + 10, where Stirling's series has converged, and brought back by
the recurrence; at negative numbers by reflection (Abramowitz and Stegun, *Handbook of Mathematical
Functions*, 1964, formulas 6.1.17, 6.1.40, 6.3.5, 6.3.7, 6.3.18, 6.4.7 and 23.2.7 with Euler and
Maclaurin's).  Imported when the first of them is asked for.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.arguments import with_aliases
from ..engine.dtypes import check_integer
from ..engine.operation import operation
from ..engine.tensor import Tensor
from . import names
from .elementary import erf, erfc, exp
from .pytorch import _tensor

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

__all__ = names.SPECIAL

SHIFT = 10
BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def _reflect(input: Array) -> tuple[Array, Array, Array]:
    """In float64: where x is at most 0; the positive numbers to compute at, x, or there 1 - x; and
    the angle pi x less a multiple of pi, which is exact."""
    x = input.astype(np.float64)
    low = x <= 0
    return low, np.where(low, 1 - x, x), math.pi * (x - np.rint(x))


@operation(real=True)
def lgamma(input: Array) -> Array:
    """log |Γ(input)|; infinite at 0 and at negative whole numbers.

    >>> import minigrad as mg
    >>> mg.lgamma(mg.tensor([1.0, 5.0]).double()).exp().round(decimals=6)
    tensor([ 1., 24.], dtype=float64)
    """
    with np.errstate(all="ignore"):
        low, x, angle = _reflect(input)
        y = x + SHIFT
        series = sum(
            b / ((2 * j + 2) * (2 * j + 1) * y ** (2 * j + 1)) for j, b in enumerate(BERNOULLI)
        )
        out = (y - 0.5) * np.log(y) - y + 0.5 * math.log(2 * math.pi) + series
        out = out - sum(np.log(x + k) for k in range(SHIFT))
        out = np.where(low, math.log(math.pi) - np.log(np.abs(np.sin(angle))) - out, out)
        out = np.where(np.isinf(input), np.inf, out)
        return out.astype(input.dtype)


@lgamma.gradient("input")
def _(g, input):
    return g * digamma(input)


@operation(real=True)
def digamma(input: Array) -> Array:
    """The derivative of `lgamma`; -inf at 0, NaN at negative whole numbers.

    >>> import minigrad as mg
    >>> mg.digamma(mg.tensor(1.0))
    tensor(-0.5772157)
    """
    with np.errstate(all="ignore"):
        low, x, angle = _reflect(input)
        y = x + SHIFT
        series = sum(b / ((2 * j + 2) * y ** (2 * j + 2)) for j, b in enumerate(BERNOULLI))
        out = np.log(y) - 0.5 / y - series - sum(1 / (x + k) for k in range(SHIFT))
        whole = np.floor(input) == input
        out = np.where(low, out - math.pi * np.where(whole, np.nan, 1 / np.tan(angle)), out)
        out = np.where(input == 0, np.copysign(np.inf, -input), out)
        out = np.where(input == -np.inf, np.nan, out)
        return out.astype(input.dtype)


@digamma.gradient("input")
def _(g, input):
    return g * _polygamma(input, 1)


@operation(real=True)
def _polygamma(input: Array, n: int) -> Array:
    with np.errstate(all="ignore"):
        low, x, angle = _reflect(input)
        s, y = n + 1, x + SHIFT
        zeta = sum((x + k) ** -s for k in range(SHIFT)) + y ** (1 - s) / (s - 1) + y**-s / 2
        rising: float = s
        for j, b in enumerate(BERNOULLI, 1):
            zeta = zeta + b * rising / math.factorial(2 * j) * y ** (1 - s - 2 * j)
            rising *= (s + 2 * j - 1) * (s + 2 * j)
        out = (-1) ** (n + 1) * math.factorial(n) * zeta
        slope = math.pi ** (n + 1) * np.polyval(_cotangent(n), 1 / np.tan(angle))
        slope = np.where(angle == 0, (-1) ** n * np.inf, slope)  # at a pole
        return np.where(low, (-1) ** n * out - slope, out).astype(input.dtype)


def _cotangent(n: int) -> np.ndarray:
    """The n-th derivative of cot, as a polynomial in cot: cot' = -1 - cot^2."""
    powers = np.array([1, 0])
    for _ in range(n):
        powers = np.polymul(np.polyder(powers), [-1, 0, -1])
    return powers


@_polygamma.gradient("input")
def _(g, input, n):
    return g * _polygamma(input, n + 1)


def polygamma(n: int, input: Array) -> Tensor:
    """The n-th derivative of `digamma`.

    At 0 and at negative whole numbers it is inf for an odd n, -inf for an even one.  Raises
    ValueError for an n below 0.

    >>> import minigrad as mg
    >>> mg.polygamma(1, mg.tensor(1.0))
    tensor(1.644934)
    """
    if check_integer("polygamma: n", n) < 0:
        raise ValueError(f"polygamma: n: wanted at least 0, got {n}")
    return _polygamma(input, n) if n else digamma(input)


def mvlgamma(input: Array, p: int) -> Tensor:
    """The logarithm of the gamma function of p dimensions, constant included.

    Raises ValueError for a number of at most (p - 1) / 2.

    >>> import minigrad as mg
    >>> mg.mvlgamma(mg.tensor(3.0), 1)
    tensor(0.6931472)
    """
    x = _tensor(input)
    if check_integer("mvlgamma: p", p) < 1 or not (x.detach().numpy() > (p - 1) / 2).all():
        raise ValueError(f"mvlgamma: wanted p of at least 1 and numbers above (p - 1) / 2, p = {p}")
    total: Any = p * (p - 1) / 4 * math.log(math.pi)
    for j in range(p if x.numel() else 1):
        total = total + lgamma(x - j / 2)
    return total


@operation(real=True)
def erfinv(input: Array) -> Array:
    """The number whose `erf` is the input; infinite at -1 and 1, NaN beyond.

    Newton's method, from S. Winitzki's approximation ("A handy approximation for the error
    function and its inverse", 2008), at the smaller of the two tails.

    >>> import minigrad as mg
    >>> mg.erf(mg.erfinv(mg.tensor([0.0, 0.25])))
    tensor([0.  , 0.25])
    """
    with np.errstate(all="ignore"):
        x = np.abs(input.astype(np.float64))
        log = np.log1p(-x * x)
        middle = 2 / (math.pi * 0.147) + log / 2
        y = np.sqrt(np.sqrt(middle * middle - log / 0.147) - middle)
        y = np.where(x < 0.1, math.sqrt(math.pi) / 2 * x, y)
        for _ in range(4):
            error = np.where(x < 0.5, erf.forward(y) - x, (1 - x) - erfc.forward(y))
            y = y - error * math.sqrt(math.pi) / 2 * np.exp(y * y)
        y = np.where(x == 1, np.inf, y)
    return np.copysign(y, input).astype(input.dtype)


@erfinv.gradient("input")
def _(g, out):
    return g * (math.sqrt(math.pi) / 2) * exp(out * out)


for _name in ("mvlgamma", "polygamma"):
    globals()[_name] = with_aliases(globals()[_name])
