"""Exponentials, logarithms, and the circular and hyperbolic functions, elementwise.

Derivatives are those of NIST's *Digital Library of Mathematical Functions*, ch. 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import operation

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation
def exp(x: Array) -> Array:
    """e to the power of x.

    >>> import minigrad as mg
    >>> mg.exp(mg.tensor([0.0, 1.0]))
    tensor([1.       , 2.7182817])
    """
    return np.exp(x)


@exp.gradient("x")
def _(g, out):
    return g * out


@operation
def log(x: Array) -> Array:
    """The natural logarithm.

    >>> import minigrad as mg
    >>> mg.log(mg.tensor([1.0, 2.0]))
    tensor([0.       , 0.6931472])
    """
    return np.log(x)


@log.gradient("x")
def _(g, x):
    return g / x


@operation
def sqrt(x: Array) -> Array:
    """The square root.

    >>> import minigrad as mg
    >>> mg.sqrt(mg.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


@sqrt.gradient("x")
def _(g, out):
    return g / (2 * out)
