"""Assertions for tests, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .absent import explain_absence
from .engine.convert import as_array
from .engine.tensor import Tensor

__all__ = ["assert_close"]

TOLERANCES = {"float32": (1.3e-6, 1e-5), "float64": (1e-7, 1e-7)}
"""Relative and absolute; integers and bools have to be equal."""


def assert_close(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    msg: str | Callable[[str], str] | None = None,
    **ignored: Any,
) -> None:
    """Raise AssertionError unless |actual - expected| <= atol + rtol * |expected| everywhere.

    Numbers, tensors, arrays, and sequences and dicts of them.  Shapes have to be the same, and
    dtypes where `check_dtype` says so.  Without tolerances those of the wider dtype are taken.

    >>> import minigrad as mg
    >>> assert_close(mg.tensor([1.0]), mg.tensor([1.0 + 1e-7]))
    """
    if (rtol is None) != (atol is None):
        raise ValueError("assert_close: give both rtol and atol, or neither")
    if isinstance(expected, Mapping) or (
        isinstance(expected, Sequence) and not isinstance(expected, str)
    ):
        places = expected.keys() if isinstance(expected, Mapping) else range(len(expected))
        if len(actual) != len(expected):
            raise AssertionError(f"{len(actual)} items, wanted {len(expected)}")
        if isinstance(expected, Mapping) and {*actual} != {*expected}:
            raise AssertionError(f"the keys are {[*actual]}, wanted {[*expected]}")
        for place in places:
            assert_close(
                actual[place], expected[place], rtol=rtol, atol=atol, equal_nan=equal_nan,
                check_dtype=check_dtype, msg=msg,
            )  # fmt: skip
        return
    a, b = (
        as_array(x.detach() if isinstance(x, Tensor) else x, "assert_close")
        for x in (actual, expected)
    )
    words = _difference(a, b, rtol, atol, equal_nan, check_dtype)
    if words:
        raise AssertionError(msg(words) if callable(msg) else msg or words)


def _difference(
    a: np.ndarray, b: np.ndarray, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool
) -> str:
    """What differs, in words."""
    if a.shape != b.shape:
        return f"the shapes differ: {a.shape}, wanted {b.shape}"
    if check_dtype and a.dtype != b.dtype:
        return f"the dtypes differ: {a.dtype}, wanted {b.dtype}"
    if rtol is None:
        both = [TOLERANCES.get(str(x.dtype), (0.0, 0.0)) for x in (a, b)]
        rtol, atol = (max(pair) for pair in zip(*both, strict=True))
    if rtol == atol == 0 and a.dtype.kind != "f" and b.dtype.kind != "f":
        wrong = np.asarray(a != b)  # exactly: `isclose` would compare large integers as floats
    else:
        wrong = ~np.isclose(a, b, rtol, atol, equal_nan)
    if not wrong.any():
        return ""
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    return (
        f"{int(wrong.sum())} of {a.size} elements differ by more than rtol={rtol}, atol={atol}; "
        f"the first at {place}: {a[place]!r}, wanted {b[place]!r}"
    )


explain_absence(globals())
