"""erf and erfc on arrays, which NumPy lacks.

W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of
Computation 23 (1969) 631-637: quotients of polynomials for three intervals, which are accurate
to double precision.  The coefficients are those of his tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Array = Any

NEAR, FAR = 0.46875, 4.0
ZERO = 28.0  # erfc is 0 from here on, even in float64

# erf(x) = x p(x^2)/q(x^2) up to NEAR; highest powers first, everywhere.
NEAR_P = (
    1.85777706184603153e-1,
    3.16112374387056560e0,
    1.13864154151050156e2,
    3.77485237685302021e2,
    3.20937758913846947e3,
)
NEAR_Q = (
    1.0,
    2.36012909523441209e1,
    2.44024637934444173e2,
    1.28261652607737228e3,
    2.84423683343917062e3,
)
# erfc(y) = exp(-y^2) p(y)/q(y) up to FAR
MIDDLE_P = (
    2.15311535474403846e-8,
    5.64188496988670089e-1,
    8.88314979438837594e0,
    6.61191906371416295e1,
    2.98635138197400131e2,
    8.81952221241769090e2,
    1.71204761263407058e3,
    2.05107837782607147e3,
    1.23033935479799725e3,
)
MIDDLE_Q = (
    1.0,
    1.57449261107098347e1,
    1.17693950891312499e2,
    5.37181101862009858e2,
    1.62138957456669019e3,
    3.29079923573345963e3,
    4.36261909014324716e3,
    3.43936767414372164e3,
    1.23033935480374942e3,
)
# erfc(y) = exp(-y^2)/y (1/sqrt(pi) - z p(z)/q(z)) with z = 1/y^2, beyond FAR
FAR_P = (
    1.63153871373020978e-2,
    3.05326634961232344e-1,
    3.60344899949804439e-1,
    1.25781726111229246e-1,
    1.60837851487422766e-2,
    6.58749161529837803e-4,
)
FAR_Q = (
    1.0,
    2.56852019228982242e0,
    1.87295284992346047e0,
    5.27905102951428412e-1,
    6.05183413124413191e-2,
    2.33520497626869185e-3,
)
INVERSE_SQRT_PI = 0.5641895835477563


def erf(x: Array) -> Array:
    """The error function of a floating array, to about one unit in the last place."""
    y = np.abs(x)
    return np.copysign(np.piecewise(y, [y <= NEAR], [_near, lambda y: 1 - _tail(y)]), x)


def erfc(x: Array) -> Array:
    """1 - erf(x), with its relative accuracy where erf(x) is next to 1."""
    y = np.abs(x)
    upper = np.piecewise(y, [y <= NEAR], [lambda y: 1 - _near(y), _tail])
    return np.where(x < 0, 2 - upper, upper)


def _near(y: Array) -> Array:
    return y * _quotient(NEAR_P, NEAR_Q, y * y)


def _tail(y: Array) -> Array:
    """erfc(y) for y > NEAR."""
    y = np.minimum(y, ZERO)
    # exp(-y^2) would multiply the rounding error of y^2 by y^2: split y so that the first
    # square is exact and the rest is small.
    head = np.trunc(16 * y) / 16
    gauss = np.exp(-head * head) * np.exp((head - y) * (head + y))
    return gauss * np.piecewise(y, [y <= FAR], [_middle, _far])


def _middle(y: Array) -> Array:
    return _quotient(MIDDLE_P, MIDDLE_Q, y)


def _far(y: Array) -> Array:
    z = 1 / (y * y)
    return (INVERSE_SQRT_PI - z * _quotient(FAR_P, FAR_Q, z)) / y


def _quotient(p: Sequence[float], q: Sequence[float], x: Array) -> Array:
    return _polynomial(p, x) / _polynomial(q, x)


def _polynomial(coefficients: Sequence[float], x: Array) -> Array:
    """Horner's rule."""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total *= x
        total += c
    return total
