"""Comparing and testing, elementwise: bool results, and nothing to differentiate.

Two arguments broadcast as in NumPy; ValueError where their shapes do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.convert import convert, refuse_masked
from ..engine.dtypes import check_dtype
from ..engine.operation import operation

__all__ = [
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "ge",
    "gt",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "ne",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def _numbers(*values: Any) -> list[Any]:
    """Arrays and numbers; Python floats in lists take the dtype of the array beside them.

    Of arrays and NumPy's numbers an integer never widens a float, nor does what is 0-d widen what
    has axes and is of the same kind, as in PyTorch.
    """
    found = []
    for where, value, other in zip(("input", "other"), values, values[::-1], strict=False):
        refuse_masked(value, where)
        if not isinstance(value, (np.ndarray, np.generic, int, float)):
            value, numbers = convert(value, where)
            real = getattr(other, "dtype", None)
            if numbers and real == np.float32 and value.dtype.kind == "f":
                value = value.astype(real)
        elif isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind not in "biuf":
            check_dtype(value.dtype, where)
        found.append(value)
    dtypes = {value.dtype for value in found if hasattr(value, "dtype")}
    if len(dtypes) == 2 and (dtype := _narrow(*found)) is not None:
        with np.errstate(over="ignore"):
            found = [np.asarray(value, dtype) for value in found]
    return found


def _narrow(one: Any, other: Any) -> np.dtype | None:
    """The dtype in which to compare two arrays of different ones, where that is not NumPy's."""
    floats = [v.dtype for v in (one, other) if v.dtype.kind == "f"]
    if len(floats) == 1:
        return floats[0]
    with_axes = [v.dtype for v in (one, other) if v.ndim]
    return with_axes[0] if len(with_axes) == 1 and with_axes[0].kind != "b" else None


def _whole(*values: Any) -> list[Any]:
    """Arrays and numbers that have bits."""
    found = _numbers(*values)
    for value in found:
        if np.asarray(value).dtype.kind not in "iub":
            raise TypeError(f"wanted integers or bools, got {np.asarray(value).dtype}")
    return found


@operation
def eq(x1: Array, x2: Array) -> Array:
    """x1 == x2.

    >>> import minigrad as mg
    >>> mg.eq(mg.tensor([1, 2]), 2)
    tensor([False,  True])
    """
    return np.equal(*_numbers(x1, x2))


@operation
def ne(x1: Array, x2: Array) -> Array:
    """x1 != x2.

    >>> import minigrad as mg
    >>> mg.ne(mg.tensor([1, 2]), 2)
    tensor([ True, False])
    """
    return np.not_equal(*_numbers(x1, x2))


@operation
def lt(x1: Array, x2: Array) -> Array:
    """x1 < x2.

    >>> import minigrad as mg
    >>> mg.lt(mg.tensor([1, 2]), 2)
    tensor([ True, False])
    """
    return np.less(*_numbers(x1, x2))


@operation
def le(x1: Array, x2: Array) -> Array:
    """x1 <= x2.

    >>> import minigrad as mg
    >>> mg.le(mg.tensor([1, 2]), 1)
    tensor([ True, False])
    """
    return np.less_equal(*_numbers(x1, x2))


@operation
def gt(x1: Array, x2: Array) -> Array:
    """x1 > x2.

    >>> import minigrad as mg
    >>> mg.gt(mg.tensor([1, 2]), 1)
    tensor([False,  True])
    """
    return np.greater(*_numbers(x1, x2))


@operation
def ge(x1: Array, x2: Array) -> Array:
    """x1 >= x2.

    >>> import minigrad as mg
    >>> mg.ge(mg.tensor([1, 2]), 2)
    tensor([False,  True])
    """
    return np.greater_equal(*_numbers(x1, x2))


@operation
def bitwise_and(x1: Array, x2: Array) -> Array:
    """The bits that both whole numbers have; of bools, are both true?  TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_and(mg.tensor([6]), mg.tensor([3]))
    tensor([2])
    """
    return np.bitwise_and(*_whole(x1, x2))


@operation
def bitwise_or(x1: Array, x2: Array) -> Array:
    """The bits that one of two whole numbers has; of bools, is one true?  TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_or(mg.tensor([6]), mg.tensor([3]))
    tensor([7])
    """
    return np.bitwise_or(*_whole(x1, x2))


@operation
def bitwise_xor(x1: Array, x2: Array) -> Array:
    """The bits in which two whole numbers differ; of bools, do they?  TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_xor(mg.tensor([6]), mg.tensor([3]))
    tensor([5])
    """
    return np.bitwise_xor(*_whole(x1, x2))


@operation
def bitwise_not(x: Array) -> Array:
    """All bits of a whole number exchanged, -x - 1; of a bool, its contrary.  TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_not(mg.tensor([5]))
    tensor([-6])
    """
    return np.bitwise_not(*_whole(x))


def _shifts(x1: Array, x2: Array) -> list[Array]:
    """Whole numbers, and by how many places to move their bits.

    NumPy takes a negative number for more places than there are, as PyTorch does; 64 are always
    more, and fit into every dtype.
    """
    if isinstance(x2, int) and not 0 <= x2 < 64:
        x2 = 64
    found = _whole(x1, x2)
    if all(np.asarray(value).dtype == bool for value in found):
        raise TypeError("wanted integers, got bools, which have one bit")
    return found


@operation
def bitwise_left_shift(x1: Array, x2: Array) -> Array:
    """The bits of x1 moved x2 places up, x1 * 2**x2; what passes the top is lost.

    0 where x2 is negative or beyond the bits there are, as in PyTorch.  TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_left_shift(mg.tensor([1, 3]), 2)
    tensor([ 4, 12])
    """
    return np.left_shift(*_shifts(x1, x2))


@operation
def bitwise_right_shift(x1: Array, x2: Array) -> Array:
    """The bits of x1 moved x2 places down, floor(x1 / 2**x2).

    0, or -1 of negative numbers, where x2 is negative or beyond the bits there are, as in PyTorch.
    TypeError for floats.

    >>> import minigrad as mg
    >>> mg.bitwise_right_shift(mg.tensor([12, -3]), 1)
    tensor([ 6, -2])
    """
    return np.right_shift(*_shifts(x1, x2))


@operation
def logical_and(x1: Array, x2: Array) -> Array:
    """Are both true (not 0)?

    >>> import minigrad as mg
    >>> mg.logical_and(mg.tensor([True, False]), True)
    tensor([ True, False])
    """
    return np.logical_and(*_numbers(x1, x2))


@operation
def logical_or(x1: Array, x2: Array) -> Array:
    """Is one of the two true (not 0)?

    >>> import minigrad as mg
    >>> mg.logical_or(mg.tensor([True, False]), False)
    tensor([ True, False])
    """
    return np.logical_or(*_numbers(x1, x2))


@operation
def logical_xor(x1: Array, x2: Array) -> Array:
    """Is exactly one of the two true (not 0)?

    >>> import minigrad as mg
    >>> mg.logical_xor(mg.tensor([True, False]), True)
    tensor([False,  True])
    """
    return np.logical_xor(*_numbers(x1, x2))


@operation
def logical_not(x: Array) -> Array:
    """Is x false (0)?

    >>> import minigrad as mg
    >>> mg.logical_not(mg.tensor([True, False]))
    tensor([False,  True])
    """
    return np.asarray(np.logical_not(*_numbers(x)), bool)  # a bool, of an integer beyond 64 bits


@operation
def isnan(x: Array) -> Array:
    """Is x not a number?

    >>> import minigrad as mg
    >>> mg.isnan(mg.tensor([1.0, float('nan')]))
    tensor([False,  True])
    """
    return np.isnan(*_numbers(x))


@operation
def isinf(x: Array) -> Array:
    """Is x infinite, of either sign?

    >>> import minigrad as mg
    >>> mg.isinf(mg.tensor([1.0, float('-inf')]))
    tensor([False,  True])
    """
    return np.isinf(*_numbers(x))


@operation
def isfinite(x: Array) -> Array:
    """Is x neither infinite nor NaN?

    >>> import minigrad as mg
    >>> mg.isfinite(mg.tensor([1.0, float('inf')]))
    tensor([ True, False])
    """
    return np.isfinite(*_numbers(x))
