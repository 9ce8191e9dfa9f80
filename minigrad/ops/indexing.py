"""Choosing elements by index, and the transpose of it: adding them back where they came from.

All of indexing is two operations that are each other's derivative.
"""

from __future__ import annotations

import math
import weakref
from typing import Any

import numpy as np

from ..engine.arguments import with_aliases
from ..engine.axes import normalize_axis_index
from ..engine.convert import as_array, refuse_masked
from ..engine.in_place import (
    array_of,
    integers_first,
    is_list,
    places_of,
    plain_slice,
    without_ones,
)
from ..engine.operation import gives_views, operation
from ..engine.tensor import Tensor
from ..engine.unbroadcast import unbroadcast
from ..engine.watchers import tell_copy, whole
from .shaping import _along, reshape

__all__ = ["getitem", "take", "take_along_axis"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def getitem(x: Array, index: Any) -> Tensor:
    """x[index], with everything that NumPy knows as an index, and tensors in it.

    Integers, slices, `...`, None (a new axis), boolean masks, integer arrays; what an integer
    array chooses more than once gets the sum of the cotangents.  As in PyTorch a tensor of uint8 is
    a mask, and integers choose before arrays do: `x[0, :, [1, 2]]` is `x[0][:, [1, 2]]`.

    Raises IndexError for an index out of range, naming the index, the axis and its size; for too
    many indices, for masks of another shape and for indices of other dtypes.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = x[[0, 2, 2]]
    >>> y
    tensor([1., 3., 3.], operation='getitem')
    >>> y.sum().backward()
    >>> x.grad
    tensor([1., 0., 2.])
    """
    return _getitem(x, _resolved(index))


def _resolved(index: Any) -> tuple[Any, ...]:
    """The places that an index names now."""
    items = index if isinstance(index, tuple) else (index,)
    places = [i if type(i) in _PLAIN else _plain(i) for i in items]
    if all([type(i) is int for i in places]):
        places.append(...)  # a single element is a view like others, not a copy
    return tuple(places)


_PLAIN = {int, type(None), type(Ellipsis)}


def _plain(item: Any) -> Any:
    """One part of an index without tensors, lists and 0-d arrays of integers."""
    if type(item) is slice:
        return plain_slice(item)
    if isinstance(item, Tensor):
        places = tell_copy(item._data, places_of(item))
        item = places if item.ndim else places.item()
    elif isinstance(item, np.ndarray):
        refuse_masked(item, "index")
        item = tell_copy(item, np.array(item))  # what an index was, whatever comes of it
    elif isinstance(item, (list, tuple, range)):
        item = tell_copy(None, array_of(item))
    if isinstance(item, (np.ndarray, np.generic)) and item.dtype.kind in "iu":
        return np.asarray(item, np.intp) if item.ndim else int(item)
    return item


@operation
def _getitem(x: Array, index: tuple[Any, ...]) -> Array:
    part, places = integers_first(x, index)
    out = part[places]
    if type(out) is np.ndarray and not out.flags.c_contiguous and any(map(is_list, index)):
        out = np.ascontiguousarray(out)  # NumPy's is a copy whose axes it has moved
    return out


@_getitem.gradient("x", new=True)
def _(g, x_shape, index):
    return _scatter(g, index, x_shape)


gives_views(_getitem)


@operation
def _scatter(x: Array, index: tuple[Any, ...], shape: tuple[int, ...]) -> Array:
    """Zeros of `shape` with x added at `index`: the transpose of `getitem`."""
    out = np.zeros(shape, x.dtype)
    part, places = integers_first(out, index)
    if not any(isinstance(i, np.ndarray) and i.dtype.kind in "iu" for i in index):
        part[places] = x  # nothing is chosen twice
    elif len(index) == 1:
        # Rows: NumPy adds faster at numbered places of one axis than at whole rows.
        width = math.prod(shape[1:])
        flat = (index[0] % max(shape[0], 1))[..., None] * width + np.arange(width)
        np.add.at(out.reshape(-1), flat.reshape(-1), x.reshape(-1))
    else:
        np.add.at(part, places, x)
    return out


@_scatter.gradient("x")
def _(g, index):
    return g[index]


def item_of(self: Tensor, index: Any) -> Tensor:
    """`self[index]`; of a view it is remembered what of."""
    places = _resolved(index)
    out = _getitem(self, places)
    if isinstance(self, Tensor) and type(out._data) is np.ndarray and out._data.base is not None:
        # what slices and lists choose together is NumPy's view of a copy
        if out._data.base is self._data or out._data.base is self._data.base:
            out._view = weakref.ref(self), places, self._data
    return out


@operation
def _setitem(x: Array, value: Array, index: Any, reuse: bool = False) -> Array:
    """x with `value` at `index`; of an element that is named twice the last value counts.

    reuse : write into x itself, which nobody needs any more
    """
    out = x if reuse else np.array(x)
    part, places = integers_first(out, index)
    part[places] = without_ones(value)
    return out


@_setitem.gradient("x")
def _(g, index):
    return _setitem(g, 0.0, index)


@_setitem.gradient("value")
def _(g, index, x_shape, value_shape):
    g = getitem(g, index) * _count(index, x_shape, g.dtype)
    longer = max(len(value_shape) - g.ndim, 0)  # ones in front, which assignment passes over
    return reshape(unbroadcast(g, value_shape[longer:]), value_shape)


def _count(index: Any, shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """1 for each place of an assignment whose value stays, 0 where a later one overwrites it."""
    items = index if isinstance(index, tuple) else (index,)
    if not any(hasattr(i, "__len__") for i in items):  # lists, tuples, ranges, arrays, tensors
        return dtype.type(1)
    last, places = integers_first(np.zeros(shape, np.intp), index)
    turn = np.arange(1, last[places].size + 1).reshape(last[places].shape)
    last[places] = turn
    return (last[places] == turn).astype(dtype)


def assign(tensor: Tensor, value: Any, index: Any, reuse: bool) -> Tensor:
    """A new tensor, recorded: `tensor` with `value` at `index`."""
    return _setitem(tensor, value, index, reuse)


@with_aliases
def take(x: Array, indices: Array, axis: int | None = None) -> Tensor:
    """The elements (rows, ...) `indices` along an axis; by default as if x had one axis.

    The axis gives place to the axes of `indices`, which may be of any shape and repeat; negative
    ones count from the end.

    Raises IndexError for an index out of range, naming it, the axis and its size, and for an
    axis out of range; TypeError for indices that are not integers.

    >>> import minigrad as mg
    >>> table = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> mg.take(table, mg.tensor([1, 0, 1]), axis=0)
    tensor([[3., 4.],
            [1., 2.],
            [3., 4.]])
    """
    places = _integers(indices, "take")
    if axis is None:
        return getitem(reshape(x, -1), places)
    axis = normalize_axis_index(axis, np.ndim(x), "take")
    return getitem(x, _along(axis, places))


@with_aliases
def take_along_axis(x: Array, indices: Array, axis: int = -1) -> Tensor:
    """For each place in `indices` the element of x at that index along `axis`.

    indices : integers, with as many axes as x, broadcasting with it but for `axis`

    So `take_along_axis(x, argmax(x, axis, keepdims=True), axis)` is the maximum.  Raises as `take`,
    and ValueError for another number of axes.

    >>> import minigrad as mg
    >>> mg.take_along_axis(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([[1], [0]]), axis=1)
    tensor([[2.],
            [3.]])
    """
    places = _integers(indices, "take_along_axis")
    shape = np.shape(x)
    if places.ndim != len(shape):
        raise ValueError(
            f"take_along_axis: x has {len(shape)} axes, but indices {places.ndim}: {places.shape}"
        )
    axis = normalize_axis_index(axis, len(shape), "take_along_axis")
    last = len(shape) - 1
    index = [
        tell_copy(None, np.arange(n).reshape(n, *(1,) * (last - i))) for i, n in enumerate(shape)
    ]
    index[axis] = places
    return getitem(x, tuple(index))


@whole
def _integers(indices: Array, where: str) -> np.ndarray:
    array = as_array(indices, where)
    if array.dtype.kind not in "iu" and array.size:
        raise TypeError(f"{where}: indices must be integers, got {array.dtype}")
    return np.asarray(array, np.intp)
