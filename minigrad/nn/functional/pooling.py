"""Pooling: the largest number, or the mean, of each window of the last axes.

The gradient of a maximum goes to where it stood, of equal ones to the first, as in PyTorch.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...engine.dtypes import check_integer
from ...engine.operation import operation
from ...engine.tensor import Tensor, tensor_of
from ...engine.words import with_words
from ...ops.indexing import _scatter
from ...ops.pytorch import div
from .in_place import check_floating
from .windows import Ints, Pairs, Windows, check_fit, numbers, with_samples

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

# --------------------------------------------------------------------- the operations


@operation(saves=("places",))
def max_pool(
    input: Array,
    size: Ints,
    stride: Ints,
    padding: Pairs,
    dilation: Ints,
    indices: bool = False,
    recorded: bool = False,
) -> Array:
    """`max_pool1d` and its kind; saved are the places in the input, as if it had one axis.

    indices : find the places even if no gradient asks for them

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.pooling import max_pool
    >>> max_pool(mg.tensor([[[1.0, 3.0, 2.0]]]), (2,), (1,), ((0, 0),), (1,))
    tensor([[[3., 3.]]])
    """
    windows = Windows(input.shape[2:], size, stride, padding, dilation)
    lowest = -np.inf if input.dtype.kind == "f" else np.iinfo(input.dtype).min
    parts = windows.parts(windows.padded(input, lowest))
    if not (recorded or indices):
        out = np.array(next(parts))
        for part in parts:
            np.maximum(out, part, out=out)  # NaN if either is
        return out, None
    out = np.full((*input.shape[:2], *windows.counts), lowest, input.dtype)
    places = np.empty(out.shape, np.intp)
    places[...] = _grid(windows, _first_places(windows))
    for here, part in zip(_places(windows), parts, strict=True):
        larger = part > out
        if input.dtype.kind == "f":
            larger |= part != part
        np.copyto(out, part, where=larger)
        np.copyto(places, here, where=larger)
    plane = prod(windows.shape)
    planes = plane * np.arange(prod(input.shape[:2]))
    planes = planes.reshape(*input.shape[:2], *[1] * len(size))
    return out, places + planes


def _grid(windows: Windows, along: list[np.ndarray]) -> np.ndarray:
    """The places in a plane of places along each axis: (*count), as if the plane had one axis."""
    out = np.zeros((), np.intp)
    for n, places in zip(windows.shape, along, strict=True):
        out = out[..., None] * n + places
    return out


def _places(windows: Windows) -> Any:
    """For each place inside a window, where in a plane that is: as `Windows.parts`."""
    for place in np.ndindex(*windows.size):
        steps = zip(windows.starts, place, windows.dilation, strict=True)
        yield _grid(windows, [start + i * d for start, i, d in steps])


def _first_places(windows: Windows) -> list[np.ndarray]:
    """Where the first place of each window is that is no padding, along each axis."""
    steps = zip(windows.starts, windows.dilation, strict=True)
    return [np.where(start < 0, start % d, start) for start, d in steps]


@max_pool.gradient("input", new=True)
def _(g, places, input_shape):
    g = _scatter(g.reshape(-1), (places.reshape(-1),), (prod(input_shape),))
    return g.reshape(input_shape)


@operation
def window_sum(input: Array, size: Ints, stride: Ints, padding: Pairs) -> Array:
    """The sum of each window of the last axes of the input (N, C, ...).

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.pooling import window_sum
    >>> window_sum(mg.tensor([[[1.0, 3.0, 2.0]]]), (2,), (1,), ((0, 0),))
    tensor([[[4., 5.]]])
    """
    dilation = (1,) * len(size)
    return Windows(input.shape[2:], size, stride, padding, dilation).sums(input)


@window_sum.gradient("input", new=True)
def _(g, input_shape, size, stride, padding):
    return window_spread(g, input_shape[2:], size, stride, padding)


@operation
def window_spread(input: Array, shape: Ints, size: Ints, stride: Ints, padding: Pairs) -> Array:
    """The transpose of `window_sum`: each number everywhere where its window lay.

    shape : of the last axes of what the windows lie over

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.pooling import window_spread
    >>> window_spread(mg.tensor([[[4.0, 5.0]]]), (3,), (2,), (1,), ((0, 0),))
    tensor([[[4., 9., 5.]]])
    """
    windows = Windows(shape, size, stride, padding, (1,) * len(size))
    out = windows.spread((input for _ in range(prod(size))), input.shape[:2], input.dtype)
    return np.ascontiguousarray(out)


@window_spread.gradient("input", new=True)
def _(g, size, stride, padding):
    return window_sum(g, size, stride, padding)


# --------------------------------------------------------------------- what is asked of arguments


def _pool_windows(
    name: str,
    x: Tensor,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    dilation: Any = 1,
) -> Windows:
    """Where the windows lie; ValueError or TypeError where they cannot."""
    axes = x.ndim - 2
    size = numbers(f"{name}: kernel_size", kernel_size, axes)
    none = stride is None or (isinstance(stride, (tuple, list)) and not stride)
    strides = size if none else numbers(f"{name}: stride", stride, axes)
    paddings = numbers(f"{name}: padding", padding, axes, 0)
    dilations = numbers(f"{name}: dilation", dilation, axes)
    pairs = tuple((p, p) for p in paddings)
    windows = Windows(x.shape[2:], size, strides, pairs, dilations)
    if any(p > span // 2 for p, span in zip(paddings, windows.spans, strict=True)):
        raise ValueError(
            f"{name}: padding: wanted at most half a window, which spans {windows.spans} "
            f"places; got {paddings}"
        )
    if ceil_mode:
        windows = windows._replace(padding=tuple(map(_further, *windows[:4], windows.spans)))
    check_fit(name, "a window", windows)
    for n, first in zip(windows.shape, _first_places(windows), strict=True):
        if (first >= n).any():
            raise ValueError(
                f"{name}: dilation: with {windows.dilation} a window sees nothing but padding"
            )
    return windows


def _further(
    n: int, size: int, stride: int, padding: tuple[int, int], span: int
) -> tuple[int, int]:
    """The padding with which a last window that only begins on the input, or in front, is whole."""
    before, after = padding
    count = -((span - n - before - after) // stride) + 1
    if (count - 1) * stride >= n + before:
        count -= 1
    return before, max(after, (count - 1) * stride + span - n - before)


def _max(
    axes: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    ceil_mode: bool,
    return_indices: bool,
) -> Any:
    name = f"max_pool{axes}d"
    x, batched = with_samples(name, input, axes)
    if x.dtype == bool:
        raise TypeError(f"{name}: input: wanted numbers, got bools; amax is any: .amax(axis)")
    windows = _pool_windows(name, x, kernel_size, stride, padding, ceil_mode, dilation)
    return largest(x, windows, batched, return_indices)


def largest(x: Tensor, windows: Windows, batched: bool, return_indices: bool) -> Any:
    """The largest number of each window, or with where it stood."""
    if not return_indices:
        out = max_pool(x, *windows[1:])
        return out if batched else out[0]
    out, places = max_pool.with_saved(x, *windows[1:], indices=True)
    indices = tensor_of(places % max(prod(windows.shape), 1))
    return (out, indices) if batched else (out[0], indices[0])


def _average(
    axes: int,
    input: Any,
    kernel_size: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Tensor:
    name = f"avg_pool{axes}d"
    x, batched = with_samples(name, input, axes)
    if x.dtype != np.int64:
        check_floating(name, x)
    windows = _pool_windows(name, x, kernel_size, stride, padding, ceil_mode)
    if divisor_override is not None:
        divisor: Any = check_integer(f"{name}: divisor_override", divisor_override)
        if not divisor:
            raise ValueError(f"{name}: divisor_override must not be 0")
    else:
        border = numbers(f"{name}: padding", padding, axes, 0)
        if not count_include_pad:
            border = (0,) * axes
        divisor = _lengths(windows, border)
    out: Any = window_sum(x, *windows[1:4])
    if x.dtype == np.int64:
        out = div(out, divisor, rounding_mode="trunc")
    else:
        out = out / (divisor if np.ndim(divisor) == 0 else tensor_of(divisor.astype(x.dtype)))
    return out if batched else out[0]


def _lengths(windows: Windows, border: Ints) -> Any:
    """How many places of each window are on the input, or on so much of a border around it."""
    out = np.ones((), np.int64)
    for n, start, k, b in zip(windows.shape, windows.starts, windows.size, border, strict=True):
        out = out[..., None] * (np.minimum(start + k, n + b) - np.maximum(start, -b))
    return int(out.flat[0]) if (out == out.flat[0]).all() else out


@with_words
def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of each window of the last axis, (N, C, L); see `max_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.max_pool1d(mg.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """
    return _max(1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@with_words
def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of each window of pictures.

    input : (N, C, H, W), or one picture (C, H, W)
    kernel_size, stride, padding, dilation : integers, or one for each axis; stride None is
        kernel_size; padding, of what is below all numbers, is at most half a window
    ceil_mode : a window may begin on the input and end beyond it
    return_indices : also tell where in a picture each stood, as if that had one axis, int64

    Returns (N, C, H', W') with H' = (H + 2 padding - dilation (kernel_size - 1) - 1) / stride + 1,
    rounded down, or up in `ceil_mode`.  NaN is larger than any number.  Raises ValueError for
    windows that do not fit or that see padding alone, TypeError for bools.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.max_pool2d(mg.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    >>> F.max_pool2d(mg.arange(9.0).reshape(1, 3, 3), 2, return_indices=True)[1]
    tensor([[[4]]])
    """
    return _max(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@with_words
def max_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest number of each window of the last three axes, (N, C, D, H, W); see `max_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.max_pool3d(mg.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[7.]]]])
    """
    return _max(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@with_words
def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """The mean of each window of the last axis, (N, C, L); see `avg_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.avg_pool1d(mg.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    return _average(1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@with_words
def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of pictures.

    input : (N, C, H, W), or one picture (C, H, W)
    kernel_size, stride, padding, ceil_mode : as in `max_pool2d`, but padding is zeros
    count_include_pad : do these zeros count?  What is beyond them in `ceil_mode` does not
    divisor_override : divide the sums by this instead

    Raises as `max_pool2d`, ValueError for a divisor of 0, and TypeError for integers but int64,
    whose means are rounded towards 0, as in PyTorch.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.avg_pool2d(mg.arange(16.0).reshape(1, 4, 4), 2)
    tensor([[[ 2.5,  4.5],
             [10.5, 12.5]]])
    """
    return _average(
        2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@with_words
def avg_pool3d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window of the last three axes, (N, C, D, H, W); see `avg_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.avg_pool3d(mg.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5]]]])
    """
    return _average(
        3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )
