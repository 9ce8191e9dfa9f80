"""Convolutions of any number of axes, and their transposes.

What nets call a convolution is a cross-correlation: out[n, o, i] is the sum over the channels c and
the places k of a filter of weight[o, c, k] * input[n, c, stride i + dilation k - padding].  As a
product of matrices: each window of the input is a column (V. Dumoulin and F. Visin, "A guide to
convolution arithmetic for deep learning", arXiv:1603.07285, 2016; K. Chellapilla, S. Puri and
P. Simard, "High performance convolutional neural networks for document processing", 2006).

The sum of all output * g is linear in the input, in the weight and in g, and its three derivatives
are the three operations here: each one's rules are the other two, and so there is every order.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from ... import kernels
from ...engine.dtypes import check_count
from ...engine.operation import operation
from ...engine.tensor import Tensor
from ...engine.words import with_words
from ...ops.reductions import sum
from .in_place import as_tensor
from .windows import Ints, Pairs, Windows, check_fit, numbers, with_samples

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

AT_ONCE = 1 << 20
"""Of how many numbers the columns may be that are made at once: more samples are taken in turn, so
that what was just written is still near."""


def _product(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return kernels.matmul(x1, x2) if x1.dtype.kind == "f" else np.matmul(x1, x2)


def _turns(samples: int, each: int) -> Iterator[slice]:
    """The samples in portions whose columns, `each` numbers a sample, are not too many at once."""
    some = max(1, AT_ONCE // max(each, 1))
    return (slice(i, min(i + some, samples)) for i in range(0, samples, some))


def _columns(x: np.ndarray, windows: Windows, groups: int) -> np.ndarray:
    """The windows of some samples, (groups, a group's channels * places, samples * windows)."""
    columns = windows.columns(x)
    places = prod(columns.shape[2:])
    return columns.reshape(groups, prod(columns.shape[:2]) // groups, places)


def _rows(g: np.ndarray, groups: int) -> np.ndarray:
    """What belongs to these columns, (groups, a group's channels, samples * windows)."""
    rows = np.swapaxes(g, 0, 1)
    return rows.reshape(groups, len(rows) // groups, prod(rows.shape[1:]))


@operation(same_dtype=True)
def convolution(
    input: Array,
    weight: Array,
    bias: Array = None,
    stride: Ints = (),
    padding: Pairs = (),
    dilation: Ints = (),
    groups: int = 1,
) -> Array:
    """`conv1d` and its kind: the windows of the input (N, C, ...) times the weight (O, C', ...).

    padding : (before, after) of each axis

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.convolution import convolution
    >>> x, w = mg.tensor([[[1.0, 2.0, 4.0]]]), mg.tensor([[[1.0, -1.0]]])
    >>> convolution(x, w, None, (1,), ((0, 0),), (1,))
    tensor([[[-1., -2.]]])
    """
    windows = Windows(input.shape[2:], weight.shape[2:], stride, padding, dilation)
    count = windows.counts
    matrix = weight.reshape(groups, len(weight) // groups, prod(weight.shape[1:]))
    out = np.empty((len(input), len(weight), *count), input.dtype)
    each = input.shape[1] * prod(windows.size) * prod(count)
    for some in _turns(len(input), each):
        product = _product(matrix, _columns(input[some], windows, groups))
        out[some] = np.swapaxes(product.reshape(len(weight), -1, *count), 0, 1)
    if bias is not None:
        out += bias.reshape(-1, *[1] * len(count))
    return out


@convolution.gradient("input", new=True)
def _(g, weight, input_shape, stride, padding, dilation, groups):
    return convolution_input(g, weight, input_shape[2:], stride, padding, dilation, groups)


@convolution.gradient("weight", new=True)
def _(g, input, weight_shape, stride, padding, dilation, groups):
    return convolution_weight(input, g, weight_shape[2:], stride, padding, dilation, groups)


@convolution.gradient("bias", new=True)
def _(g):
    return sum(g, axis=(0, *range(2, g.ndim)))


@operation(same_dtype=True)
def convolution_input(
    input: Array,
    weight: Array,
    shape: Ints,
    stride: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> Array:
    """`convolution`, transposed: each number (N, O, ...) times the weight, where its window lay.

    shape : of the last axes of what the windows lie over

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.convolution import convolution_input
    >>> g, w = mg.tensor([[[1.0, 10.0]]]), mg.tensor([[[1.0, -1.0]]])
    >>> convolution_input(g, w, (3,), (1,), ((0, 0),), (1,), 1)
    tensor([[[  1.,   9., -10.]]])
    """
    windows = Windows(shape, weight.shape[2:], stride, padding, dilation)
    channels, places, count = weight.shape[1] * groups, prod(windows.size), input.shape[2:]
    matrix = weight.reshape(groups, len(weight) // groups, prod(weight.shape[1:]))
    matrix = np.swapaxes(matrix, 1, 2)
    out = np.empty((len(input), channels, *shape), input.dtype)
    for some in _turns(len(input), channels * places * prod(count)):
        columns = _product(matrix, _rows(input[some], groups))
        columns = columns.reshape(channels, places, -1, *count)
        parts = np.moveaxis(columns, 1, 0)
        spread = windows.spread(parts, (channels, columns.shape[2]), input.dtype)
        out[some] = np.swapaxes(spread, 0, 1)
    return out


@convolution_input.gradient("input", new=True)
def _(g, weight, stride, padding, dilation, groups):
    return convolution(g, weight, None, stride, padding, dilation, groups)


@convolution_input.gradient("weight", new=True)
def _(g, input, weight_shape, stride, padding, dilation, groups):
    return convolution_weight(g, input, weight_shape[2:], stride, padding, dilation, groups)


@operation(same_dtype=True)
def convolution_weight(
    input: Array,
    cotangent: Array,
    size: Ints,
    stride: Ints,
    padding: Pairs,
    dilation: Ints,
    groups: int,
) -> Array:
    """The cotangent of a `convolution`'s weight: each place of a filter, with what stood there.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional.convolution import convolution_weight
    >>> x, g = mg.tensor([[[1.0, 2.0, 4.0]]]), mg.tensor([[[1.0, 10.0]]])
    >>> convolution_weight(x, g, (2,), (1,), ((0, 0),), (1,), 1)
    tensor([[[21., 42.]]])
    """
    windows = Windows(input.shape[2:], size, stride, padding, dilation)
    channels, out_channels = input.shape[1], cotangent.shape[1]
    shape = groups, out_channels // groups, channels // groups * prod(size)
    out = np.zeros(shape, input.dtype)
    for some in _turns(len(input), channels * prod(size) * prod(windows.counts)):
        columns = _columns(input[some], windows, groups)
        out += _product(_rows(cotangent[some], groups), np.swapaxes(columns, 1, 2))
    return out.reshape(out_channels, channels // groups, *size)


@convolution_weight.gradient("input", new=True)
def _(g, cotangent, input_shape, stride, padding, dilation, groups):
    return convolution_input(cotangent, g, input_shape[2:], stride, padding, dilation, groups)


@convolution_weight.gradient("cotangent", new=True)
def _(g, input, stride, padding, dilation, groups):
    return convolution(input, g, None, stride, padding, dilation, groups)


# --------------------------------------------------------------------- what is asked of arguments


def _weight(name: str, weight: Any, bias: Any, x: Tensor, axes: int, shape: str) -> Tensor:
    """The weight as a tensor; ValueError or TypeError for what can be none."""
    w = as_tensor(weight, x, "weight")
    if w.ndim != axes + 2:
        raise ValueError(
            f"{name}: weight: wanted {axes + 2} axes, {shape} and a filter's {axes}; got shape "
            f"{tuple(w.shape)}"
        )
    if 0 in (len(w), *w.shape[2:]):
        raise ValueError(f"{name}: weight: there is nothing in shape {tuple(w.shape)}")
    for what, t in (("input", x), ("weight", w)):
        if t.dtype == bool:
            raise TypeError(f"{name}: {what}: wanted numbers, got bools; convert it: .float()")
    return w


def _check_bias(name: str, bias: Any, channels: int) -> None:
    if bias is not None and np.shape(bias) != (channels,):
        raise ValueError(
            f"{name}: bias: wanted shape {(channels,)}, a number for each output channel; got "
            f"{tuple(np.shape(bias))}"
        )


def _paddings(name: str, value: Any, windows: Windows) -> Pairs:
    """What lengthens each axis in front and behind; "same" as many windows as there are places."""
    axes = len(windows.size)
    if value == "valid":
        return ((0, 0),) * axes
    if value == "same":
        if set(windows.stride) != {1}:
            raise ValueError(
                f"{name}: padding: 'same' is for a stride of 1, got stride {windows.stride}; give "
                "the padding in numbers"
            )
        return tuple(((n - 1) // 2, n // 2) for n in windows.spans)  # an odd one goes behind
    if isinstance(value, str):
        raise ValueError(f"{name}: padding: wanted integers, 'same' or 'valid', got {value!r:.60}")
    return tuple((n, n) for n in numbers(f"{name}: padding", value, axes, 0))


def _convolve(
    axes: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    name = f"conv{axes}d"
    x, batched = with_samples(name, input, axes)
    w = _weight(name, weight, bias, x, axes, "(out, in / groups)")
    groups = check_count(f"{name}: groups", groups)
    if len(w) % groups:
        raise ValueError(
            f"{name}: weight: {len(w)} output channels do not divide into {groups} groups"
        )
    if x.shape[1] != w.shape[1] * groups:
        raise ValueError(
            f"{name}: input: wanted {w.shape[1] * groups} channels, for a weight of shape "
            f"{tuple(w.shape)} and groups={groups}; got {x.shape[1]} in shape {tuple(x.shape)}"
        )
    _check_bias(name, bias, len(w))
    windows = Windows(
        x.shape[2:],
        w.shape[2:],
        numbers(f"{name}: stride", stride, axes),
        ((0, 0),) * axes,
        numbers(f"{name}: dilation", dilation, axes),
    )
    windows = windows._replace(padding=_paddings(name, padding, windows))
    check_fit(name, "a filter", windows)
    out = convolution(x, w, bias, windows.stride, windows.padding, windows.dilation, groups)
    return out if batched else out[0]


def _transposed(
    axes: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    name = f"conv_transpose{axes}d"
    x, batched = with_samples(name, input, axes)
    w = _weight(name, weight, bias, x, axes, "(in, out / groups)")
    for what, t in (("input", x), ("weight", w)):
        if "f" not in (x.dtype.kind, w.dtype.kind) and t.dtype != np.int64:
            raise TypeError(
                f"{name}: {what}: wanted float32, float64 or int64, in which sums have room, got "
                f"{t.dtype}; convert it: .float()"
            )
    groups = check_count(f"{name}: groups", groups)
    if len(w) % groups:
        raise ValueError(
            f"{name}: weight: {len(w)} input channels do not divide into {groups} groups"
        )
    if x.shape[1] != len(w):
        raise ValueError(
            f"{name}: input: wanted {len(w)} channels, for a weight of shape {tuple(w.shape)}; got "
            f"{x.shape[1]} in shape {tuple(x.shape)}"
        )
    _check_bias(name, bias, w.shape[1] * groups)
    strides = numbers(f"{name}: stride", stride, axes)
    paddings = numbers(f"{name}: padding", padding, axes, 0)
    dilations = numbers(f"{name}: dilation", dilation, axes)
    further = numbers(f"{name}: output_padding", output_padding, axes, 0)
    if any(f >= max(s, d) for f, s, d in zip(further, strides, dilations, strict=True)):
        raise ValueError(
            f"{name}: output_padding: wanted less than the stride {strides} or the dilation "
            f"{dilations}, got {further}"
        )
    # The output is what a convolution with that padding would come from, and it has a place more
    # behind than is looked at: that much less is padded there.
    pairs = tuple((p, p - f) for p, f in zip(paddings, further, strict=True))
    spans = Windows(x.shape[2:], w.shape[2:], strides, pairs, dilations).spans
    shape = tuple(
        (n - 1) * s + span - before - after
        for n, s, span, (before, after) in zip(x.shape[2:], strides, spans, pairs, strict=True)
    )
    if min(shape) < 1:
        raise ValueError(
            f"{name}: padding: {paddings} leaves nothing: the output would have shape {shape}"
        )
    out = convolution_input(x, w, shape, strides, pairs, dilations, groups)
    if bias is not None:
        b = as_tensor(bias, x, "bias")
        if b.dtype.kind == "f" and b.dtype != out.dtype:
            raise TypeError(
                f"{name}: bias is {b.dtype}, the output without it {out.dtype}, wanted one dtype; "
                "convert the bias once, .to(dtype), or the module"
            )
        out = out + b.reshape((-1, *[1] * axes))
    return out if batched else out[0]


@with_words
def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Filters over the last axis, (N, C, L); otherwise as `conv2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv1d(mg.tensor([[1.0, 2.0, 4.0]]), mg.tensor([[[1.0, -1.0]]]))
    tensor([[-1., -2.]])
    """
    return _convolve(1, input, weight, bias, stride, padding, dilation, groups)


@with_words
def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Filters over the last two axes of pictures, as nets call a convolution.

    input : (N, C, H, W), or one picture (C, H, W)
    weight : (out, C / groups, kH, kW); bias : (out,) or None
    stride, padding, dilation : integers, or one for each axis; padding, which is zeros, may be
        "valid", none, or "same", with which a stride of 1 keeps H and W (of an odd number of zeros
        one more lies behind)
    groups : into how many parts the channels are divided, of input and output, each part of the
        output seeing only its own of the input

    Returns (N, out, H', W') with H' = floor((H + 2 padding - dilation (kH - 1) - 1) / stride) + 1.
    The formula, and its source, stand at the head of `convolution.py`.  Integers are summed in
    their dtype.  Raises ValueError for shapes that do not fit, TypeError for float32 beside
    float64 and for bools.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv2d(mg.ones(2, 3, 5, 5), mg.ones(4, 3, 2, 2), mg.zeros(4), stride=2).shape
    (2, 4, 2, 2)
    >>> F.conv2d(mg.ones(1, 3, 3), mg.ones(1, 1, 3, 3), padding="same")
    tensor([[[4., 6., 4.],
             [6., 9., 6.],
             [4., 6., 4.]]])
    """
    return _convolve(2, input, weight, bias, stride, padding, dilation, groups)


@with_words
def conv3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Filters over the last three axes, (N, C, D, H, W); otherwise as `conv2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv3d(mg.ones(2, 3, 5, 5, 5), mg.ones(4, 3, 2, 2, 2)).shape
    (2, 4, 4, 4, 4)
    """
    return _convolve(3, input, weight, bias, stride, padding, dilation, groups)


@with_words
def conv_transpose1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv1d`; otherwise as `conv_transpose2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv_transpose1d(mg.tensor([[1.0, 10.0]]), mg.tensor([[[1.0, 2.0]]]), stride=2)
    tensor([[ 1.,  2., 10., 20.]])
    """
    return _transposed(1, input, weight, bias, stride, padding, output_padding, groups, dilation)


@with_words
def conv_transpose2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv2d`: each number of the input times the filters, added where they lie.

    input : (N, C, H, W), or one picture (C, H, W)
    weight : (C, out / groups, kH, kW); bias : (out,) or None
    stride, padding, dilation : of the convolution that is transposed
    output_padding : what is added to the output's lower and right side, of the several sizes that
        this convolution brings to the input's

    Returns (N, out, H', W') with H' = (H - 1) stride - 2 padding + dilation (kH - 1) +
    output_padding + 1 (Zeiler et al., "Deconvolutional networks", CVPR 2010; Dumoulin and Visin,
    arXiv:1603.07285, section 4).  Raises as `conv2d`, and ValueError for an output_padding that is
    not less than stride or dilation.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv_transpose2d(mg.ones(2, 4, 3, 3), mg.ones(4, 1, 2, 2), stride=2).shape
    (2, 1, 6, 6)
    """
    return _transposed(2, input, weight, bias, stride, padding, output_padding, groups, dilation)


@with_words
def conv_transpose3d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv3d`; otherwise as `conv_transpose2d`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.conv_transpose3d(mg.ones(2, 4, 3, 3, 3), mg.ones(4, 1, 2, 2, 2), stride=2).shape
    (2, 1, 6, 6, 6)
    """
    return _transposed(3, input, weight, bias, stride, padding, output_padding, groups, dilation)
