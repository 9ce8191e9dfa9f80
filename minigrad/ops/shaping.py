"""Operations that move elements about and compute nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import operation

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation
def reshape(x: Array, shape: tuple[int, ...] | int) -> Array:
    """The same elements in another shape; one size may be -1.

    >>> import minigrad as mg
    >>> mg.reshape(mg.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return np.reshape(x, shape)


@reshape.gradient("x")
def _(g, x_shape):
    return reshape(g, x_shape)


@operation
def broadcast_to(x: Array, shape: tuple[int, ...]) -> Array:
    """x repeated to a larger shape, without a copy.

    >>> import minigrad as mg
    >>> mg.broadcast_to(mg.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    return np.broadcast_to(x, shape)


@broadcast_to.gradient("x")
def _(g):
    return g  # the tape sums it down again


@operation
def astype(x: Array, dtype: Any) -> Array:
    """x in another dtype; the gradient comes back in x's own.

    >>> import minigrad as mg
    >>> mg.astype(mg.tensor([1, 2]), "float64")
    tensor([1., 2.], dtype=float64)
    """
    return x.astype(dtype)


@astype.gradient("x")
def _(g):
    return g


@operation
def concat(*arrays: Array, axis: int = 0) -> Array:
    return np.concat(arrays, axis=axis)


@concat.gradient("arrays")
def _(g, arrays_shape, axis, needs):
    ends = np.cumsum([s[axis] for s in arrays_shape])
    return [
        g[(slice(None),) * (axis % g.ndim) + (slice(e - s[axis], e),)]
        for e, s in zip(ends, arrays_shape)
    ]
