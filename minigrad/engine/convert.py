"""What comes from outside, as an array: numbers, nested lists, what knows `__array__`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .dtypes import as_dtype, check_dtype, default_dtype
from .fields import Fields
from .tell import tell, watchers


def as_array(data: Any, where: str, dtype: Any = None) -> np.ndarray:
    """`data` as an array of a supported dtype, without a copy where there is one already.

    Python floats (alone, or nested in lists) become `dtype`, or by default the default dtype.
    Raises TypeError for dtypes that are not supported and ValueError for ragged lists.
    """
    if watchers and isinstance(data, Fields):
        tell("read", data)
    array, numbers = (data._data, False) if isinstance(data, Fields) else convert(data, where)
    if dtype is not None:
        wanted = as_dtype(dtype, where)
        if numbers and wanted.kind in "iub" and wanted != array.dtype:
            check_range(where, data, array, wanted)
        return array.astype(wanted, copy=False)
    if numbers and array.dtype == np.float64:
        return array.astype(default_dtype())
    if numbers and array.dtype == np.uint64:
        check_range(where, data, array, np.dtype(np.int64))
    return array


def check_range(where: str, data: Any, array: np.ndarray, wanted: np.dtype) -> None:
    """Refuse with ValueError numbers that an integer dtype does not hold.

    As in PyTorch, negative ones may stand for what is congruent to them in an unsigned dtype.
    """
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{where}: cannot make {wanted} of {data!r:.60}, which is not finite")
    if wanted.kind != "b" and array.size:
        limits = np.iinfo(wanted)
        least = -limits.max if wanted.kind == "u" else limits.min
        if int(array.min()) < least or int(array.max()) > limits.max:
            raise ValueError(
                f"{where}: {data!r:.60} is not within the range of {wanted}, {limits.min} to "
                f"{limits.max}; take a larger dtype"
            )


class LostGradient(TypeError):
    """A list holds tensors that require a gradient, and would make a constant of them."""


def convert(data: Any, where: str) -> tuple[np.ndarray, bool]:
    """What is no tensor as an array; was it made of Python numbers (floats are float64 then)?"""
    if type(data) is np.ndarray and data.dtype.kind in "iub":  # labels, which come in every step
        check_dtype(data.dtype, where)
        return data, False
    refuse_masked(data, where)
    if isinstance(data, (np.ndarray, np.generic)):
        array, numbers = np.asarray(data), False
    else:
        numbers = not hasattr(data, "__array__") and not holds_arrays(data, where)
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise ValueError(f"{where}: cannot make an array of {data!r:.60}: {error}") from None
    if not numbers and isinstance(data, (list, tuple)) and array.dtype == np.float64:
        if floats := [d for d in dtypes_in(data) if d.kind == "f"]:  # NumPy widens for numbers
            array = np.asarray(array, np.result_type(*floats))
    if numbers and array.dtype.kind == "O" and _whole(data):
        raise ValueError(
            f"{where}: {data!r:.60} is not within the range of any dtype of integers, {-(2**63)} "
            f"to {2**64 - 1}; write it as a float"
        )
    if array.dtype.kind in "USOV":
        raise TypeError(f"{where}: wanted numbers, got {data!r:.60} (dtype {array.dtype})")
    check_dtype(array.dtype, where)
    return array, numbers


def refuse_masked(data: Any, where: str) -> None:
    """TypeError for a masked array."""
    if isinstance(data, np.ma.MaskedArray):
        raise TypeError(
            f"{where}: a masked array would lose its mask; fill it first: array.filled(value)"
        )


def _whole(data: Any) -> bool:
    """Are all numbers of the (nested) list integers?"""
    return all(map(_whole, data)) if isinstance(data, (list, tuple)) else isinstance(data, int)


def zeros(sizes: tuple[Any, ...]) -> np.ndarray:
    """An array of the default dtype by its sizes: what `Tensor(2, 3)` means in PyTorch."""
    if not all(isinstance(n, (int, np.integer)) and n >= 0 for n in sizes):
        raise ValueError(f"Tensor: wanted data, one argument, or sizes >= 0, got {sizes!r:.60}")
    return np.zeros(sizes if sizes else 0, default_dtype())


def holds_arrays(data: Any, where: str) -> bool:
    """Is there an array, a tensor or NumPy's number in the (nested) list, which keeps its dtype?

    Raises LostGradient for a tensor in it that requires a gradient, TypeError for a masked array.
    """
    if isinstance(data, (list, tuple)):
        return any([holds_arrays(d, where) for d in data if type(d) not in (float, int, bool)])
    refuse_masked(data, where)
    if getattr(data, "_requires_grad", False):  # a tensor
        raise LostGradient(
            f"{where}: a list of tensors that require a gradient would lose it; join them with "
            "minigrad.stack, or say .detach() or .item()"
        )
    return hasattr(data, "__array__")


def dtypes_in(data: Any) -> set[np.dtype]:
    """Those of arrays, tensors and NumPy's numbers in a nested list, and of Python's floats."""
    if isinstance(data, (list, tuple)):
        return set().union(*map(dtypes_in, data))
    if hasattr(data, "__array__"):
        dtype = getattr(data, "dtype", None)
        return {dtype if isinstance(dtype, np.dtype) else np.asarray(data).dtype}
    return {default_dtype()} if isinstance(data, float) else set()


def copy_of(data: list[Any]) -> list[Any]:
    """A list, and all that is in it, again: whoever gave it may change it."""
    from copy import deepcopy  # here: an import takes 0.3 ms, and few calls have a list

    return deepcopy(data)


def source_of(data: Any) -> Any:
    """What watchers know something by: an array, or None for Python's numbers."""
    if isinstance(data, Fields):
        return data._data
    return (
        data if isinstance(data, (np.ndarray, np.generic)) or holds_arrays(data, "Tensor") else None
    )
