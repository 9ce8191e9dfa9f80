"""Roots, exponentials, logarithms, circular and hyperbolic functions, erf."""

from __future__ import annotations

import math

import numpy as np
from harness import Case, Domain, one

import minigrad as mg


def case(name: str, domain: Domain) -> Case:
    """A function that NumPy has under the same name."""
    return Case(name, getattr(mg, name), getattr(np, name), one(domain))


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
]
