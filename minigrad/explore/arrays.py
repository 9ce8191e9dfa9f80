"""The numbers of a record: copies while the tape runs, statistics afterwards.

The tape adds in place, so an array has to be copied when it is seen.  What is shown of it is
computed later, for all arrays of one size at once: a NumPy call for each statistic of each small
array would take longer than the step that is watched.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from .record import sparse

SMALL = 64  # elements up to which all numbers are shown
SIDE = 32  # rows and columns of a heat map
BINS = 24
FLAT = {784: (1, 28, 28), 3072: (3, 32, 32)}  # rows that are pictures
BUDGET = 500_000  # bytes of values, heat maps and histograms in a record
A_STEP = 18  # bytes less of them for each step: a large graph is large already
WAITING = {"light": 128 << 20, "full": 256 << 20}  # bytes of copies until statistics are due
FAR = 1e150  # beyond it, or below its inverse, squares leave float64
TOGETHER = 1 << 20  # elements that statistics are computed of at once


class Arrays:
    """The arrays that a recorder has seen, by number.

    copies : of each, None where statistics have replaced it
    shapes, dtypes : of each that has settled
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.shapes: list[tuple[int, ...]] = []
        self.dtypes: list[np.dtype] = []
        self.copies: list[Any] = []
        self.shown: dict[int, dict[str, Any]] = {}
        self._rows: dict[int, tuple[float, ...]] = {}
        self._waiting = 0
        self._most = WAITING[level]

    def add(self, value: Any) -> int:
        """The number of a new array; it is copied."""
        copied = value.copy() if type(value) is np.ndarray else np.array(value)
        self.copies.append(copied)
        self._waiting += copied.nbytes
        if self._waiting > self._most:
            self.settle()
        return len(self.copies) - 1

    def holds(self, i: int, value: Any) -> bool:
        """Is the copy still there, and what the value is now?"""
        copied, now = self.copies[i], np.asarray(value)
        same = copied is not None and copied.dtype == now.dtype
        return bool(same and copied.tobytes() == now.tobytes())

    def number(self, i: int) -> float | None:
        """The number in an array of one element, None for others."""
        if i < 0 or self.copies[i] is None or self.copies[i].size != 1:
            return None
        return float(self.copies[i].item())

    def small(self, i: int) -> Any:
        """All elements where they are few, or None."""
        if i < 0 or self.copies[i] is None or self.copies[i].size > SMALL:
            return None
        return self.copies[i]

    def settle(self) -> None:
        """Compute what is shown of the copies that wait, and drop the larger ones."""
        by_size: dict[int, list[int]] = {}
        for i in range(len(self.shapes), len(self.copies)):
            copied = self.copies[i]
            self.shapes.append(copied.shape)
            self.dtypes.append(copied.dtype)
            by_size.setdefault(copied.size, []).append(i)
        for size, members in by_size.items():
            step = max(1, TOGETHER // max(1, size))
            for start in range(0, len(members), step):
                some = members[start : start + step]
                table = np.array([self.copies[i].ravel() for i in some], np.float64)
                rows = zip(*statistics(table.reshape(len(some), size)), strict=True)
                self._rows.update(zip(some, rows, strict=True))
            if size > SMALL:
                for i in members:
                    if self.level == "full":
                        self.shown[i] = {**heat(self.copies[i]), **histogram(self.copies[i])}
                    self.copies[i] = None
        self._waiting = 0

    def tables(self, order: list[int], steps: int) -> dict[str, Any]:
        """The record's tables; values and pictures in this order, while the budget lasts.

        steps : how many the record has
        """
        self.settle()
        digits = 3 if self.level == "light" else 6
        columns = [self._rows[i] for i in range(len(self.shapes))]
        mean, std, low, high, zeros, nans, infs = (
            zip(*columns, strict=True) if columns else [[]] * 7
        )
        arrays = {
            **{k: json_numbers(v, digits) for k, v in {"mean": mean, "std": std}.items()},
            **{k: json_numbers(v, digits) for k, v in {"min": low, "max": high}.items()},
            "zeros": json_numbers(zeros, 3),
            "nan": sparse([int(n) for n in nans], 0),
            "inf": sparse([int(n) for n in infs], 0),
        }
        values: dict[str, list[Any]] = {"array": [], "numbers": []}
        heats: dict[str, list[Any]] = {
            k: [] for k in ("array", "rows", "columns", "of", "scale", "picture", "pixels")
        }
        histograms: dict[str, list[Any]] = {k: [] for k in ("array", "low", "high", "counts")}
        left = BUDGET - A_STEP * steps if self.level == "full" else 0
        for i in sorted(dict.fromkeys(order), key=lambda i: i in self.shown):
            if left <= 0:
                break
            if i in self.shown:
                shown = self.shown[i]
                for k in heats:
                    heats[k].append(i if k == "array" else shown[k])
                for k in histograms:
                    histograms[k].append(i if k == "array" else shown[k])
                left -= len(shown["pixels"]) + 5 * BINS + 60
            elif self.copies[i].size > 1:
                numbers = json_numbers(self.copies[i].ravel().tolist(), 6)
                values["array"].append(i)
                values["numbers"].append(numbers)
                left -= 8 * len(numbers)
        return {"arrays": arrays, "values": values, "heats": heats, "histograms": histograms}


def statistics(table: np.ndarray) -> tuple[Any, ...]:
    """Of each row of a float64 table: mean, std, min, max of what is finite; zeros, NaN, infinite.

    zeros is a share, the last two are counts.
    """
    count, size = table.shape
    if not size:
        return (np.zeros(count),) * 7
    finite = np.isfinite(table)
    zeros = (table == 0).mean(axis=1)
    nans = infs = np.zeros(count)
    with np.errstate(all="ignore"):
        if finite.all():
            mean, low, high = table.mean(axis=1), table.min(axis=1), table.max(axis=1)
            std = np.sqrt(np.square(table - mean[:, None]).mean(axis=1))
        else:
            nans = np.isnan(table).sum(axis=1)
            infs = size - finite.sum(axis=1) - nans
            numbers = np.maximum(finite.sum(axis=1), 1)
            mean = np.where(finite, table, 0).sum(axis=1) / numbers
            std = np.square(np.where(finite, table - mean[:, None], 0)).sum(axis=1)
            std = np.sqrt(std / numbers)
            low = np.where(finite, table, np.inf).min(axis=1)
            high = np.where(finite, table, -np.inf).max(axis=1)
    none = ~finite.any(axis=1)
    low[none] = high[none] = 0
    largest = np.maximum(np.abs(low), np.abs(high))
    for i in np.flatnonzero((largest > FAR) | ((largest > 0) & (largest < 1 / FAR))):
        mean[i], std[i] = _moments(table[i][finite[i]])
    if size == 1:  # the number stands in `mean`
        mean = np.where(none, table[:, 0], mean)
    return mean, std, low, high, zeros, nans, infs


def _moments(numbers: np.ndarray) -> tuple[Any, Any]:
    """Mean and std of numbers whose sum or squares float64 does not hold.

    >>> [float(x) for x in _moments(np.array([1.5e308, 1.5e308])) + _moments(np.array([4e-200, 0]))]
    [1.5e+308, 0.0, 2e-200, 2e-200]
    """
    largest = np.abs(numbers).max()
    exponent = np.frexp(largest)[1]
    scaled = np.ldexp(numbers, -exponent)
    mean = np.clip(scaled.mean(), scaled.min(), scaled.max())  # rounded up it might overflow
    std = np.minimum(np.sqrt(np.square(scaled - mean).mean()), np.abs(scaled).max())
    return np.ldexp(mean, exponent), np.ldexp(std, exponent)


def heat(array: np.ndarray) -> dict[str, Any]:
    """Signed bytes that show an array: as pictures where the shape is one, or as a matrix.

    Of many rows, columns or pictures an even choice, or the first.
    """
    images, of = pictures(array)
    if images is not None:
        matrix = tile(images)
    else:
        matrix = array.reshape(-1, array.shape[-1] if array.shape else 1)
        rows, columns = (even(n, SIDE) for n in matrix.shape)
        if (len(rows), len(columns)) != matrix.shape:
            high, wide = matrix.shape
            of = f"{len(rows)} of {high} rows, {len(columns)} of {wide} columns"
        matrix = matrix[np.ix_(rows, columns)]
    chosen = matrix.astype(np.float64)
    finite = np.isfinite(chosen)
    scale = float(np.abs(chosen[finite]).max()) if finite.any() else 0.0
    pixels = np.where(finite, np.rint(np.where(finite, chosen, 0) / (scale or 1.0) * 127), -128)
    return {
        "rows": len(chosen),
        "columns": chosen.shape[1],
        "of": of,
        "scale": json_numbers([scale], 6)[0],
        "picture": 0 if images is None else images.shape[-1],
        "pixels": base64.b64encode(pixels.astype(np.int8).tobytes()).decode(),
    }


def pictures(array: np.ndarray) -> tuple[np.ndarray | None, str]:
    """The first few pictures in an array, with 1 or 3 colours last; None for other shapes.

    Pictures are (..., h, w) of equal sides, (n, 1 or 3, h, w), (3, h, w), and flat rows of
    28 * 28 (MNIST) or 3 * 32 * 32 (CIFAR); a side has at least 8 pixels.

    >>> pictures(np.zeros((5, 3, 16, 24)))[0].shape, pictures(np.zeros((5, 12, 16)))[0]
    ((4, 16, 24, 3), None)
    """
    shape = array.shape
    if len(shape) in (1, 2) and shape[-1] in FLAT:
        array = array.reshape(-1, *FLAT[shape[-1]])
    elif shape == (28, 28):
        array = array[None]
    elif len(shape) < 3 or min(shape[-2:]) < 8:
        return None, ""
    elif shape[-2] != shape[-1] and (len(shape), shape[-3]) not in ((3, 3), (4, 3), (4, 1)):
        return None, ""
    colours = 3 if array.ndim in (3, 4) and array.shape[-3] == 3 else 1
    h, w = array.shape[-2:]
    stack = np.moveaxis(array.reshape(-1, colours, h, w), 1, -1)
    some = stack[:4] if len(stack) > 1 else stack
    side = 32 if len(some) > 1 else 64
    some = some[:, even(h, side)][:, :, even(w, side)]
    return some, f"the first {len(some)} of {len(stack)}" if len(some) < len(stack) else ""


def tile(images: np.ndarray) -> np.ndarray:
    """One to four pictures as one, two beside each other."""
    n, h, w, colours = images.shape
    if n == 1:
        one: np.ndarray = images[0]
        return one
    table = np.zeros((n + n % 2, h, w, colours), images.dtype)
    table[:n] = images
    return table.reshape(-1, 2, h, w, colours).swapaxes(1, 2).reshape(-1, 2 * w, colours)


def histogram(array: np.ndarray) -> dict[str, Any]:
    """Counts of the finite elements in equal bins."""
    finite = array[np.isfinite(array)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    with np.errstate(all="ignore"):
        width = (high - low) / BINS
        if not 0 < width < np.inf:
            counts = [int(finite.size)]
        else:
            bins = np.clip((finite - low) / width, 0, BINS - 1).astype(int)
            counts = np.bincount(bins, minlength=BINS).tolist()
    return {"low": json_numbers([low], 6)[0], "high": json_numbers([high], 6)[0], "counts": counts}


def even(n: int, most: int) -> np.ndarray:
    """At most so many of n indices, evenly spaced."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(int)


def json_numbers(numbers: Any, digits: int) -> list[Any]:
    """Numbers as JSON has them: to so many significant digits, "nan", "inf" and "-inf" as text."""
    out: list[Any] = []
    for x in numbers:
        rounded = float(f"{x:.{digits}g}")
        x = float(x) if abs(rounded) == np.inf else rounded  # the largest cannot be rounded up
        out.append(int(x) if x.is_integer() and abs(x) < 1e15 else x if x - x == 0 else str(x))
    return out
