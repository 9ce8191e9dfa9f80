"""Windows over the last axes of an array: where they lie, and what stands at one place of each.

A window of `size` places, `dilation` apart, lies every `stride` places over an axis that `padding`
lengthens; so do the filters of a convolution, and pooling's windows.  Everything is computed by a
loop over the places inside a window: what stands at one of them in all windows at once is a slice,
whose steps are the strides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from ...engine.dtypes import check_count
from ...engine.tensor import Tensor
from .in_place import as_tensor

Ints = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


class Windows(NamedTuple):
    """Windows over an array's last axes; of each field there is one entry an axis.

    shape : of these axes; size, stride, dilation : of the windows
    padding : (before, after); a negative one cuts off
    """

    shape: Ints
    size: Ints
    stride: Ints
    padding: Pairs
    dilation: Ints

    @property
    def counts(self) -> Ints:
        """How many windows there are: floor((padded - span) / stride) + 1."""
        return tuple(
            (n + before + after - span) // s + 1
            for n, span, s, (before, after) in zip(
                self.shape, self.spans, self.stride, self.padding, strict=True
            )
        )

    @property
    def spans(self) -> Ints:
        """From the first place of a window to its last, both counted."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True))

    @property
    def starts(self) -> list[np.ndarray]:
        """Where the windows begin, along each axis; in the padding in front these are negative."""
        return [
            np.arange(n) * s - before
            for n, s, (before, _) in zip(self.counts, self.stride, self.padding, strict=True)
        ]

    def padded(self, x: np.ndarray, value: Any = 0) -> np.ndarray:
        """x (..., *shape) with its border; without one, x itself."""
        if not any(map(any, self.padding)):
            return x
        front = x.shape[: x.ndim - len(self.shape)]
        long = tuple(n + b + a for n, (b, a) in zip(self.shape, self.padding, strict=True))
        out = np.full((*front, *long), value, x.dtype)
        inside, taken = self._overlap
        out[inside] = x[taken]
        return out

    def unpadded(self, x: np.ndarray) -> np.ndarray:
        """The transpose of `padded`: x without the border; zeros where `padding` had cut off."""
        if not any(map(any, self.padding)):
            return x
        inside, taken = self._overlap
        if all(a >= 0 for pair in self.padding for a in pair):
            return x[inside]
        out = np.zeros((*x.shape[: x.ndim - len(self.shape)], *self.shape), x.dtype)
        out[taken] = x[inside]
        return out

    @property
    def _overlap(self) -> tuple[Any, Any]:
        """What both have: its places with the border, and without."""
        inside = [
            slice(max(b, 0), b + n + min(a, 0))
            for n, (b, a) in zip(self.shape, self.padding, strict=True)
        ]
        taken = [
            slice(max(-b, 0), n + min(a, 0))
            for n, (b, a) in zip(self.shape, self.padding, strict=True)
        ]
        return (..., *inside), (..., *taken)

    def parts(self, padded: np.ndarray) -> Iterator[np.ndarray]:
        """For each place inside a window what stands there: views (..., *counts)."""
        counts = self.counts
        for place in product(*map(range, self.size)):
            slices: Any = (
                slice(i * d, i * d + s * (n - 1) + 1, s)
                for i, d, s, n in zip(place, self.dilation, self.stride, counts, strict=True)
            )
            yield padded[(..., *slices)]

    def sums(self, x: np.ndarray) -> np.ndarray:
        """The sum of each window of x (..., *shape): (..., *counts)."""
        padded = self.padded(x)
        out = np.zeros((*x.shape[: x.ndim - len(self.shape)], *self.counts), x.dtype)
        for part in self.parts(padded):
            out += part
        return out

    def spread(self, parts: Iterable[np.ndarray], front: Ints, dtype: Any) -> np.ndarray:
        """The transpose of `parts` and `padded`: the sum of all where they lie, (*front, *shape).

        parts : for each place inside a window an array (*front, *counts)
        """
        long = (n + b + a for n, (b, a) in zip(self.shape, self.padding, strict=True))
        out = np.zeros((*front, *long), dtype)
        for here, part in zip(self.parts(out), parts, strict=True):
            here += part
        return self.unpadded(out)

    def columns(self, x: np.ndarray) -> np.ndarray:
        """The windows of x (N, C, *shape) as columns of a matrix, (C, places, N, *counts)."""
        n, c = x.shape[:2]
        places = prod(self.size)
        padded = np.swapaxes(self.padded(x), 0, 1)
        if places == 1 and n == 1 and set(self.stride) == {1}:
            return padded[:, None]
        out = np.empty((c, places, n, *self.counts), x.dtype)
        for place, part in enumerate(self.parts(padded)):
            out[:, place] = part
        return out


def numbers(where: str, value: Any, axes: int, least: int = 1) -> Ints:
    """An integer for each axis, of one for all or one each; TypeError or ValueError for others."""
    if isinstance(value, (tuple, list)):
        several = [check_count(where, n, least) for n in value]
        if len(several) == 1:
            several *= axes
        if len(several) != axes:
            raise ValueError(
                f"{where}: wanted one integer, or {axes}, one for each axis; got {tuple(value)}"
            )
        return tuple(several)
    if isinstance(value, (str, bytes, dict, set)):
        raise TypeError(f"{where}: wanted an integer, or {axes} of them, got {value!r:.60}")
    return (check_count(where, value, least),) * axes


def with_samples(name: str, input: Any, axes: int) -> tuple[Tensor, bool]:
    """The input (N, C, ...), and whether it came with samples; one sample (C, ...) gets an axis.

    Raises ValueError for another number of axes, and for axes without a place.
    """
    x = as_tensor(input)
    if x.ndim not in (axes + 1, axes + 2):
        shape = ", ".join(("L", "HW", "DHW")[axes - 1])
        raise ValueError(
            f"{name}: input: wanted (N, C, {shape}), or one sample (C, {shape}); got shape "
            f"{tuple(x.shape)}"
        )
    if 0 in x.shape[x.ndim - axes :]:
        raise ValueError(f"{name}: input: there is nothing to look at in shape {tuple(x.shape)}")
    if x.ndim == axes + 2:
        return x, True
    return x.reshape((1, *x.shape)), False


def check_fit(name: str, what: str, windows: Windows) -> None:
    """Raise ValueError where a window is longer than what it is to lie over."""
    if min(windows.counts) < 1:
        long = tuple(
            n + before + after
            for n, (before, after) in zip(windows.shape, windows.padding, strict=True)
        )
        raise ValueError(
            f"{name}: {what} spans {windows.spans} places, but there are {long}, padding included"
        )
