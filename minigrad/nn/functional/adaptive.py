"""Pooling to a size that is wanted: as many windows as there are to be numbers, which cover all.

Where the windows overlap, or are of several lengths, what is in them is first laid side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import Tensor, tensor_of
from ...engine.words import with_words
from ...ops.indexing import take
from ...ops.shaping import pad
from .in_place import check_floating
from .pooling import largest, window_sum
from .windows import Ints, Windows, numbers, with_samples

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
]


def _adaptive(name: str, input: Any, output_size: Any, axes: int) -> tuple[Tensor, bool, Ints]:
    """The input (N, C, ...), whether it came so, and of which shape the output's axes are."""
    x, batched = with_samples(name, input, axes)
    check_floating(name, x)
    if isinstance(output_size, (tuple, list)):
        if len(output_size) != axes:
            raise ValueError(
                f"{name}: output_size: wanted one integer, or {axes}, one for each axis; got "
                f"{tuple(output_size)}"
            )
        wanted = [n if m is None else m for m, n in zip(output_size, x.shape[2:], strict=True)]
        return x, batched, numbers(f"{name}: output_size", wanted, axes, 0)
    return x, batched, numbers(f"{name}: output_size", output_size, axes, 0)


def _spans(n: int, out: int) -> tuple[np.ndarray, np.ndarray]:
    """The beginnings and the ends of `out` windows over n places: see `adaptive_avg_pool2d`."""
    i = np.arange(out)
    return i * n // out, -(-(i + 1) * n // out)


def _adaptive_average(axes: int, input: Any, output_size: Any) -> Tensor:
    name = f"adaptive_avg_pool{axes}d"
    x, batched, wanted = _adaptive(name, input, output_size, axes)
    size, counts = [], np.ones((), x.dtype)
    for axis, windows in enumerate(wanted, 2):
        n = x.shape[axis]
        start, end = _spans(n, windows)
        longest = int((end - start).max(initial=1))
        counts = counts[..., None] * (end - start)
        size.append(longest)
        if n != longest * windows:  # windows that overlap, or of several lengths: side by side
            places = start[:, None] + np.arange(longest)
            places[places >= end[:, None]] = n  # where a zero is put
            x = pad(x, [(0, int(a == axis)) for a in range(x.ndim)])
            x = take(x, places.reshape(-1), axis=axis)
    sums = window_sum(x, tuple(size), tuple(size), ((0, 0),) * axes)
    out = sums / tensor_of(counts.astype(x.dtype))
    return out if batched else out[0]


def _adaptive_largest(axes: int, input: Any, output_size: Any, return_indices: bool) -> Any:
    name = f"adaptive_max_pool{axes}d"
    x, batched, wanted = _adaptive(name, input, output_size, axes)
    shape, size, along = x.shape[2:], [], []
    for axis, out in enumerate(wanted, 2):
        start, end = _spans(x.shape[axis], out)
        longest = int((end - start).max(initial=1))
        places = np.minimum(start[:, None] + np.arange(longest), end[:, None] - 1).reshape(-1)
        x = take(x, places, axis=axis)  # windows side by side; shorter ones repeat their last
        size.append(longest)
        along.append(places)
    windows = Windows(x.shape[2:], tuple(size), tuple(size), ((0, 0),) * axes, (1,) * axes)
    found = largest(x, windows, batched, return_indices)
    if not return_indices:
        return found
    wide = np.unravel_index(found[1]._data, windows.shape)
    places = [p[i] for p, i in zip(along, wide, strict=True)]
    return found[0], tensor_of(np.ravel_multi_index(places, shape))


@with_words
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Tensor:
    """The means of as many windows of the last axis as are wanted; see `adaptive_avg_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_avg_pool1d(mg.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[2. , 2.5]])
    """
    return _adaptive_average(1, input, output_size)


@with_words
def adaptive_avg_pool2d(input: Any, output_size: Any) -> Tensor:
    """The means of as many windows as are wanted, which cover a picture.

    input : (N, C, H, W), or one picture (C, H, W)
    output_size : (H', W'), one integer for both, None in a place for as many as the input has

    Window i goes from floor(i H / H') to ceil((i + 1) H / H'): where H' does not divide H they
    overlap.  Returns (N, C, H', W').  Raises ValueError for sizes that cannot be, TypeError for
    integers in the input.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_avg_pool2d(mg.arange(16.0).reshape(1, 4, 4), (1, 2))
    tensor([[[6.5, 8.5]]])
    """
    return _adaptive_average(2, input, output_size)


@with_words
def adaptive_avg_pool3d(input: Any, output_size: Any) -> Tensor:
    """The means of as many windows of the last three axes as are wanted; see `adaptive_avg_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_avg_pool3d(mg.ones(2, 3, 5, 6, 7), (None, 3, 1)).shape
    (2, 3, 5, 3, 1)
    """
    return _adaptive_average(3, input, output_size)


@with_words
def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest numbers of the windows of `adaptive_avg_pool1d`, or with where they stood.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_max_pool1d(mg.tensor([[1.0, 3.0, 2.0]]), 2)
    tensor([[3., 3.]])
    """
    return _adaptive_largest(1, input, output_size, return_indices)


@with_words
def adaptive_max_pool2d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest numbers of the windows of `adaptive_avg_pool2d`, or with where they stood.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_max_pool2d(mg.arange(16.0).reshape(1, 4, 4), (1, 2))
    tensor([[[13., 15.]]])
    """
    return _adaptive_largest(2, input, output_size, return_indices)


@with_words
def adaptive_max_pool3d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest numbers of the windows of `adaptive_avg_pool3d`, or with where they stood.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.adaptive_max_pool3d(mg.ones(2, 3, 5, 6, 7), (None, 3, 1)).shape
    (2, 3, 5, 3, 1)
    """
    return _adaptive_largest(3, input, output_size, return_indices)
