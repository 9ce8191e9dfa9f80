"""Axes counted from the front; NumPy's functions, but True is no axis.

`x.sort(True)` would be sorted along axis 1, where `x.sort(descending=True)` was meant.
"""

from __future__ import annotations

from typing import Any

from numpy.lib import array_utils


def normalize_axis_index(axis: Any, ndim: int, where: str | None = None) -> int:
    """An axis from 0 to ndim - 1; AxisError for one out of range, TypeError for no integer."""
    refuse_truth(axis, where)
    return array_utils.normalize_axis_index(axis, ndim, where)


def normalize_axis_tuple(axis: Any, ndim: int, where: str | None = None) -> tuple[int, ...]:
    """One axis or several; ValueError for one given twice."""
    refuse_truth(axis, where)
    found: tuple[int, ...] = array_utils.normalize_axis_tuple(axis, ndim, where)
    return found


def refuse_truth(axis: Any, where: str | None = None) -> None:
    """TypeError for True and False, which Python takes for 1 and 0, among axes."""
    for one in axis if isinstance(axis, (tuple, list)) else (axis,):
        if isinstance(one, bool):
            name = f"{where}: " if where else ""
            raise TypeError(f"{name}dim: wanted an integer, got {one}; name what is meant by it")
