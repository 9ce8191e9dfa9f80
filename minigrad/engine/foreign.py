"""Functions that are not minigrad's own: they get arrays that they cannot change, and what a
forward function returns is checked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .convert import refuse_masked
from .dtypes import check_dtype, default_dtype
from .plan import Operation


def read_only(value: Any) -> Any:
    """An array, or arrays, as views that cannot be written to."""
    if type(value) is tuple:
        return tuple(map(read_only, value))
    if type(value) is not ndarray:
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def check_output(op: Operation, out: Any) -> Any:
    """What a user's forward function has returned, as an array, or a tuple behind one.

    An input, or a part of the output, that is saved for rules is copied: others may change it.

    Raises TypeError for what is no array, ValueError where values to save are missing.
    """
    first = out[0] if op.saves and type(out) is tuple and out else out
    for value in out if type(out) is tuple else (out,):
        refuse_masked(value, "the forward function")
    if not isinstance(first, (ndarray, np.generic, float, int)):
        raise TypeError(f"the forward function has to return an array, got {type(first).__name__}")
    check_dtype(np.asarray(first).dtype, "the result")
    if op.saves and (type(out) is not tuple or len(out) != 1 + len(op.saves)):
        got = f"{len(out)} values" if type(out) is tuple else "no tuple"
        raise ValueError(
            f"the forward function has to return the output and {list(op.saves)}, got {got}"
        )
    if isinstance(first, ndarray) and not first.flags.writeable:  # what it was given
        first = first.copy()
    elif not isinstance(first, (ndarray, np.generic)):
        first = np.asarray(first, default_dtype() if isinstance(first, float) else None)[()]
    return (first, *[_own(value, first) for value in out[1:]]) if op.saves else first


def _own(value: Any, out: Any) -> Any:
    """What was saved, as an array with memory of its own, or the output."""
    if not isinstance(value, ndarray) or value is out:
        return value
    return value.copy() if not value.flags.writeable or np.may_share_memory(value, out) else value
