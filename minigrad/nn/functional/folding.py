"""The windows of pictures as columns, and the sum of such columns where their windows lie.

The two are each other's transpose, and so each other's derivative.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ...engine.operation import operation
from ...engine.tensor import Tensor
from ...engine.words import with_words
from .in_place import with_room
from .windows import Ints, Pairs, Windows, check_fit, numbers, with_samples

__all__ = ["fold", "unfold"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation
def window_columns(input: Array, size: Ints, stride: Ints, padding: Pairs, dilation: Ints) -> Array:
    """The windows of the input (N, C, ...) as columns, (N, C * places, windows).

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.folding import window_columns
    >>> window_columns(mg.tensor([[[1.0, 3.0, 2.0]]]), (2,), (1,), ((0, 0),), (1,))
    tensor([[[1., 3.],
             [3., 2.]]])
    """
    windows = Windows(input.shape[2:], size, stride, padding, dilation)
    columns = np.moveaxis(windows.columns(input), 2, 0)  # a view, of 1 x 1 windows too
    n, channels, places, *counts = columns.shape
    return np.array(columns, order="C").reshape(n, channels * places, prod(counts))


@window_columns.gradient("input", new=True)
def _(g, input_shape, size, stride, padding, dilation):
    return columns_spread(g, input_shape[2:], size, stride, padding, dilation)


@operation
def columns_spread(
    input: Array, shape: Ints, size: Ints, stride: Ints, padding: Pairs, dilation: Ints
) -> Array:
    """The transpose of `window_columns`: each number where it stood, added up, (N, C, *shape).

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.folding import columns_spread
    >>> x = mg.tensor([[[1.0, 3.0], [3.0, 2.0]]])
    >>> columns_spread(x, (3,), (2,), (1,), ((0, 0),), (1,))
    tensor([[[1., 6., 2.]]])
    """
    windows = Windows(shape, size, stride, padding, dilation)
    places = prod(size)
    n, channels = len(input), input.shape[1] // places
    parts = np.moveaxis(input.reshape(n, channels, places, *windows.counts), 2, 0)
    return np.ascontiguousarray(windows.spread(parts, (n, channels), input.dtype))


@columns_spread.gradient("input", new=True)
def _(g, size, stride, padding, dilation):
    return window_columns(g, size, stride, padding, dilation)


def _windows(
    name: str, shape: Ints, kernel_size: Any, dilation: Any, padding: Any, stride: Any
) -> Windows:
    """Where the windows lie over pictures; ValueError or TypeError where they cannot."""
    windows = Windows(
        shape,
        numbers(f"{name}: kernel_size", kernel_size, 2),
        numbers(f"{name}: stride", stride, 2),
        tuple((n, n) for n in numbers(f"{name}: padding", padding, 2, 0)),
        numbers(f"{name}: dilation", dilation, 2),
    )
    check_fit(name, "a window", windows)
    return windows


@with_words
def unfold(
    input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The windows of pictures as columns, which a product with a matrix turns into a convolution.

    input : (N, C, H, W), or one picture (C, H, W)
    kernel_size, dilation, padding, stride : as of `conv2d`; integers, or one for each axis

    Returns (N, C kH kW, windows), or without N.  Raises ValueError for windows that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.unfold(mg.arange(4.0).reshape(1, 2, 2), (1, 2))
    tensor([[0., 2.],
            [1., 3.]])
    """
    x, batched = with_samples("unfold", input, 2)
    out = window_columns(
        x, *_windows("unfold", x.shape[2:], kernel_size, dilation, padding, stride)[1:]
    )
    return out if batched else out[0]


@with_words
def fold(
    input: Any,
    output_size: Any,
    kernel_size: Any,
    dilation: Any = 1,
    padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """The sum of columns where their windows lie in pictures: the transpose of `unfold`.

    input : (N, C kH kW, windows), or of one picture (C kH kW, windows)
    output_size : (H, W), or one integer for both; the others are as of `unfold`

    Returns (N, C, H, W), or without N.  Raises ValueError for another number of windows than lie
    over that size, and of rows than kH kW divides.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.fold(F.unfold(mg.ones(1, 3, 3), 2), 3, 2)
    tensor([[[1., 2., 1.],
             [2., 4., 2.],
             [1., 2., 1.]]])
    """
    x = with_room(input)
    shape = numbers("fold: output_size", output_size, 2)
    windows = _windows("fold", shape, kernel_size, dilation, padding, stride)
    places, count = prod(windows.size), prod(windows.counts)
    if x.ndim not in (2, 3) or x.shape[-1] != count or not x.shape[-2] or x.shape[-2] % places:
        raise ValueError(
            f"fold: input: wanted (N, C * {places}, {count}), or one of these, for windows of "
            f"{windows.size} places, {windows.counts} over {shape}; got shape {tuple(x.shape)}"
        )
    batched = x.ndim == 3
    columns = x if batched else x.reshape((1, *x.shape))
    out = columns_spread(columns, *windows)
    return out if batched else out[0]
