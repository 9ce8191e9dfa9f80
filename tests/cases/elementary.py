"""Roots, exponentials, logarithms, circular and hyperbolic functions, erf."""

from __future__ import annotations

import math
import statistics

import numpy as np
from harness import Case, Domain, one

import minigrad as mg


def case(name: str, domain: Domain) -> Case:
    """A function that NumPy has under the same name."""
    return Case(name, getattr(mg, name), getattr(np, name), one(domain))


def digamma(x: np.ndarray) -> np.ndarray:
    """By its recurrence from x + 60, where three terms of the series in 1/x are enough."""
    y = x + 60
    far = np.log(y) - 1 / (2 * y) - 1 / (12 * y**2) + 1 / (120 * y**4)
    return np.asarray(far - sum(1 / (x + k) for k in range(60)))


def tetragamma(x: np.ndarray) -> np.ndarray:
    """The sum -2 / (x + k)^3 over all k, of which what is far is an integral."""
    near = sum((x + k) ** -3.0 for k in range(2000))
    return np.asarray(-2 * near - (x + 1999.5) ** -2.0)


def inverse_of_erf(y: float) -> float:
    """By halving an interval."""
    low, high = -6.0, 6.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < y else (low, middle)
    return low


QUANTILE = np.vectorize(statistics.NormalDist().inv_cdf, otypes=[float])

CASES = [
    case("sqrt", Domain(0.2, 4)),
    case("exp", Domain()),
    case("expm1", Domain()),
    case("log", Domain(0.2, 4)),
    case("log1p", Domain(-0.8, 3)),
    case("log2", Domain(0.2, 4)),
    case("log10", Domain(0.2, 4)),
    case("sin", Domain(-6, 6)),
    case("cos", Domain(-6, 6)),
    case("tan", Domain(-1.2, 1.2)),
    case("asin", Domain(-0.9, 0.9)),
    case("acos", Domain(-0.9, 0.9)),
    case("atan", Domain()),
    case("sinh", Domain()),
    case("cosh", Domain()),
    case("tanh", Domain()),
    case("asinh", Domain()),
    case("acosh", Domain(1.2, 4)),
    case("atanh", Domain(-0.9, 0.9)),
    Case("erf", mg.erf, np.vectorize(math.erf, otypes=[float]), one(Domain(-5, 5))),
    Case("erfc", mg.erfc, np.vectorize(math.erfc, otypes=[float]), one(Domain(-5, 5))),
    Case("erfinv", mg.erfinv, np.vectorize(inverse_of_erf, otypes=[float]), one(Domain(-0.9, 0.9))),
    Case("lgamma", mg.lgamma, np.vectorize(math.lgamma, otypes=[float]), one(Domain(0.3, 5))),
    Case("digamma", mg.digamma, digamma, one(Domain(0.3, 5))),
    Case("logit", mg.logit, lambda p: np.log(p / (1 - p)), one(Domain(0.05, 0.95))),
    Case("entr", mg.special.entr, lambda x: -x * np.log(x), one(Domain(0.1, 3))),
    Case("ndtri", mg.special.ndtri, QUANTILE, one(Domain(0.05, 0.95))),
    Case("polygamma", lambda x: mg.polygamma(2, x), tetragamma, one(Domain(0.3, 5))),
]
