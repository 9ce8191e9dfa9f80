"""Operations that move elements about and compute nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from ..engine.arguments import with_aliases
from ..engine.axes import normalize_axis_index, normalize_axis_tuple, refuse_truth
from ..engine.convert import as_array
from ..engine.dtypes import as_dtype, check_number
from ..engine.mode import mode
from ..engine.operation import gives_views, operation
from ..engine.tensor import Tensor, tensor_of
from ..engine.watchers import whole

__all__ = [
    "astype",
    "broadcast_to",
    "diagonal",
    "expand_dims",
    "matrix_transpose",
    "pad",
    "permute_dims",
    "repeat_interleave",
    "roll",
    "stack",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one
Axis = int | tuple[int, ...] | None


def _along(axis: int, item: Any) -> tuple[Any, ...]:
    """The index that applies `item` to one axis and takes the axes before it whole."""
    return (slice(None),) * axis + (item,)


# --------------------------------------------------------------------- another shape


@operation
def reshape(x: Array, shape: tuple[int, ...] | int) -> Array:
    """The same elements in another shape; one size may be -1, and is what is left over.

    Raises ValueError where the number of elements differs, and for other negative sizes.

    >>> import minigrad as mg
    >>> mg.reshape(mg.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    if min(shape if hasattr(shape, "__iter__") else (shape,), default=0) < -1:  # NumPy takes it
        raise ValueError("shape: one size may be -1, and no other may be negative")
    return np.reshape(x, shape)


@reshape.gradient("x")
def _(g, x_shape):
    return reshape(g, x_shape)


@operation
def expand_dims(x: Array, axis: int | tuple[int, ...]) -> Array:
    """x with new axes of size 1, which are then at `axis`.

    Raises IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.expand_dims(mg.tensor([1.0, 2.0]), 1).shape
    (2, 1)
    """
    refuse_truth(axis)
    return np.expand_dims(x, axis)


@expand_dims.gradient("x")
def _(g, x_shape):
    return reshape(g, x_shape)


@operation
def squeeze(x: Array, axis: Axis = None) -> Array:
    """x without those of the axes `axis` that have size 1 (by default of all).

    Raises IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.squeeze(mg.ones((1, 3, 1)), axis=0).shape
    (3, 1)
    """
    if axis is not None:
        axis = tuple(i for i in normalize_axis_tuple(axis, np.ndim(x)) if np.shape(x)[i] == 1)
    return np.squeeze(x, axis)


@squeeze.gradient("x")
def _(g, x_shape):
    return reshape(g, x_shape)


@operation
def broadcast_to(x: Array, shape: tuple[int, ...]) -> Array:
    """x repeated to a larger shape, without a copy.

    Raises ValueError where x does not broadcast to `shape`.

    >>> import minigrad as mg
    >>> mg.broadcast_to(mg.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    out = np.broadcast_to(x, shape)  # which nobody may write to
    return out if out.size != getattr(x, "size", 1) else np.reshape(x, shape)


@broadcast_to.gradient("x")
def _(g):
    return g  # the tape sums it down again


def astype(x: Array, dtype: Any) -> Tensor:
    """A copy of x in another dtype; the gradient comes back in x's own.

    Only floating to floating has a derivative: what is cast to integers or bools requires no
    gradient.  Raises TypeError for a dtype that tensors cannot have.

    >>> import minigrad as mg
    >>> mg.astype(mg.tensor([1, 2]), "float64")
    tensor([1., 2.], dtype=float64)
    >>> mg.astype(mg.tensor([1.5], requires_grad=True), int).requires_grad
    False
    """
    dtype = as_dtype(dtype, "astype")
    if mode.in_rule or (isinstance(x, Tensor) and x.requires_grad and dtype.kind == "f"):
        return _astype(x, dtype)
    return _cast(x, dtype)


@whole
def _cast(x: Array, dtype: Any) -> Tensor:
    """A constant of another dtype."""
    return tensor_of(as_array(x, "astype").astype(dtype))


@operation
def _astype(x: Array, dtype: Any) -> Array:
    return x.astype(dtype)


@_astype.gradient("x")
def _(g):
    return g  # the tape casts it back


# --------------------------------------------------------------------- another order


@operation
def permute_dims(x: Array, axes: Sequence[int]) -> Array:
    """x with its axes in another order: axis i of the result is axis `axes[i]` of x.

    Raises ValueError where `axes` is not a permutation, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.permute_dims(mg.ones((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return np.transpose(x, tuple(axes))


@permute_dims.gradient("x")
def _(g, axes):
    return permute_dims(g, _inverse([a % g.ndim for a in axes]))


def _inverse(order: Sequence[int]) -> list[int]:
    """The order of axes that undoes `order`."""
    return sorted(range(len(order)), key=order.__getitem__)


@operation
def swapaxes(x: Array, axis1: int, axis2: int) -> Array:
    """x with two axes exchanged.

    Raises IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.swapaxes(mg.ones((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    return np.swapaxes(x, axis1, axis2)


@swapaxes.gradient("x")
def _(g, axis1, axis2):
    return swapaxes(g, axis1, axis2)


@operation
def matrix_transpose(x: Array) -> Array:
    """x (..., m, n) as (..., n, m).

    Raises ValueError for less than two axes.

    >>> import minigrad as mg
    >>> mg.matrix_transpose(mg.ones((5, 2, 3))).shape
    (5, 3, 2)
    """
    return np.matrix_transpose(x)


@matrix_transpose.gradient("x")
def _(g):
    return matrix_transpose(g)


@operation
def flip(x: Array, axis: Axis = None) -> Array:
    """A copy of x in reverse order along `axis` (by default along all axes).

    Raises IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.flip(mg.tensor([1.0, 2.0, 3.0]))
    tensor([3., 2., 1.])
    """
    refuse_truth(axis)
    return np.array(np.flip(x, axis))


@flip.gradient("x")
def _(g, axis):
    return flip(g, axis)


@operation
def roll(x: Array, shift: int | tuple[int, ...], axis: Axis = None) -> Array:
    """x moved on by `shift` along `axis`; what leaves at the end comes in at the beginning.

    By default as if x had one axis.  Raises IndexError for an axis out of range, ValueError for
    another number of shifts than axes.

    >>> import minigrad as mg
    >>> mg.roll(mg.tensor([1.0, 2.0, 3.0]), 1)
    tensor([3., 1., 2.])
    """
    refuse_truth(axis)
    steps, axes = _whole("shift", shift), np.asarray(axis)
    if steps.size != max(axes.size, 1):
        raise ValueError(f"wanted a shift for each axis, got shift={shift!r:.40} and axis={axis}")
    return np.roll(x, steps, axis if axes.size else None)  # as in PyTorch


@roll.gradient("x")
def _(g, shift, axis):
    return roll(g, tuple(-int(s) for s in shift) if np.ndim(shift) else -int(shift), axis)


def _whole(name: str, numbers: Any) -> np.ndarray:
    """Numbers that have to be integers; NumPy would cut off their fractions."""
    whole = np.asarray(numbers)
    if whole.dtype.kind not in "iu" and whole.size:
        raise TypeError(f"{name}: wanted integers, got {whole.dtype}")
    return whole.astype(np.intp)


# --------------------------------------------------------------------- joining and repeating


@with_aliases
def concat(arrays: Sequence[Array], axis: int | None = 0) -> Tensor:
    """Arrays joined along an axis that they have; with None all elements, in one axis.

    Raises ValueError for no array at all and for sizes that differ elsewhere than along
    `axis`, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.concat([mg.tensor([1.0]), mg.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    if axis is None:
        arrays, axis = [reshape(a, -1) for a in arrays], 0
    check_listed(axis)
    return _concat(*arrays, axis=axis)


@operation
def _concat(*arrays: Array, axis: int) -> Array:
    return np.concat(arrays, axis=axis)


@_concat.gradient("arrays")
def _(g, arrays_shape, axis, needs):
    axis %= g.ndim
    edges = pairwise(accumulate((shape[axis] for shape in arrays_shape), initial=0))
    return [
        g[_along(axis, slice(*edge))] if needed else None
        for edge, needed in zip(edges, needs, strict=True)
    ]


def check_listed(axis: Any) -> None:
    """TypeError for a second tensor in the place of the axis, and for True and False."""
    if isinstance(axis, (Tensor, np.ndarray)) and axis.ndim:
        raise TypeError("wanted an axis, got a tensor; give the tensors as one list, [a, b]")
    refuse_truth(axis)


@with_aliases
def stack(arrays: Sequence[Array], axis: int = 0) -> Tensor:
    """Arrays of one shape side by side along a new axis.

    Raises ValueError for no array and for unequal shapes, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.stack([mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0])], axis=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    check_listed(axis)
    return _stack(*arrays, axis=axis)


@operation
def _stack(*arrays: Array, axis: int) -> Array:
    return np.stack(arrays, axis=axis)


@_stack.gradient("arrays")
def _(g, axis, needs):
    return [g[_along(axis % g.ndim, i)] if needed else None for i, needed in enumerate(needs)]


@with_aliases
def repeat_interleave(x: Array, repeats: int | Sequence[int], axis: int | None = None) -> Tensor:
    """Every element along an axis `repeats` times (one number, or one for each element).

    By default x is taken as if it had one axis.  Raises ValueError for negative `repeats` or a
    wrong number of them, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.repeat_interleave(mg.tensor([1.0, 2.0]), 2)
    tensor([1., 1., 2., 2.])
    """
    x = reshape(x, -1 if axis is None else np.shape(x))
    axis = normalize_axis_index(0 if axis is None else axis, x.ndim, "repeat_interleave")
    try:
        places = np.repeat(np.arange(x.shape[axis]), _whole("repeats", repeats))
    except ValueError as error:
        raise ValueError(
            f"repeat_interleave: axis {axis} has size {x.shape[axis]}: {error}"
        ) from None
    out: Tensor = x[_along(axis, places)]
    return out


@operation
def tile(x: Array, repetitions: int | tuple[int, ...]) -> Array:
    """x laid side by side with itself, `repetitions[i]` times along axis i.

    As in NumPy, the shorter of the shape and `repetitions` is filled up with ones at the front.

    >>> import minigrad as mg
    >>> mg.tile(mg.tensor([1.0, 2.0]), 2)
    tensor([1., 2., 1., 2.])
    """
    return np.tile(x, repetitions)


@tile.gradient("x")
def _(g, x_shape, repetitions):
    # Every axis becomes a pair: which copy, and where in it.
    shape = (1,) * (g.ndim - len(x_shape)) + x_shape
    pairs = [size for n, m in zip(g.shape, shape, strict=True) for size in (n // m if m else 0, m)]
    return g.reshape(tuple(pairs)).sum(axis=tuple(range(0, 2 * g.ndim, 2))).reshape(x_shape)


# --------------------------------------------------------------------- edges and diagonals


def _margins(pad_width: Any, ndim: int) -> list[list[int]]:
    """(before, after) for each axis, from any of the forms that NumPy takes."""
    return list(np.broadcast_to(pad_width, (ndim, 2)).tolist())


def _inside(margins: list[list[int]], shape: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(a, a + n) for (a, _), n in zip(margins, shape, strict=True))


@operation
def pad(x: Array, pad_width: Any, constant_values: float = 0) -> Array:
    """x with a border of a constant.

    pad_width : ((before, after), ...) for each axis, or (before, after) or a number for all

    Raises ValueError for negative widths or a wrong number of them.

    >>> import minigrad as mg
    >>> mg.pad(mg.tensor([1.0, 2.0]), (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    check_number("constant_values", constant_values)
    margins = _margins(pad_width, x.ndim)
    if any(n < 0 for pair in margins for n in pair):
        raise ValueError(f"pad_width must not be negative, got {pad_width!r}")
    shape = [before + n + after for (before, after), n in zip(margins, x.shape, strict=True)]
    out = np.full(shape, constant_values, x.dtype)
    out[_inside(margins, x.shape)] = x
    return out


@pad.gradient("x")
def _(g, x_shape, pad_width):
    return g[_inside(_margins(pad_width, g.ndim), x_shape)]


@operation
def diagonal(x: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """The elements of x at (i, i + offset) along two axes, for all others; as one last axis.

    A view: `x.diagonal().fill_(0.0)` changes x.  Raises ValueError for less than two axes and
    for the same axis twice, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.diagonal(mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([1., 4.])
    """
    out = np.diagonal(x, offset, dim1, dim2)
    out.flags.writeable = np.asarray(x).flags.writeable
    return out


@diagonal.gradient("x")
def _(g, x_shape, offset, dim1, dim2):
    return _from_diagonal(g, offset, x_shape, dim1, dim2)


gives_views(reshape, expand_dims, squeeze, broadcast_to, diagonal, permute_dims)


@operation
def _from_diagonal(
    x: Array, offset: int, shape: tuple[int, ...], dim1: int = 0, dim2: int = 1
) -> Array:
    """Zeros of `shape` but for x on a diagonal: the transpose of `diagonal`."""
    out = np.zeros(shape, x.dtype)
    i = np.arange(x.shape[-1])
    moved = np.moveaxis(out, (dim1, dim2), (-2, -1))  # a view
    moved[..., i + max(-offset, 0), i + max(offset, 0)] = x
    return out


@_from_diagonal.gradient("x")
def _(g, offset, dim1, dim2):
    return diagonal(g, offset, dim1, dim2)
