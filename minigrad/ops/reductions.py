"""Sums, products, extremes and norms over any axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..operation import operation
from .shaping import broadcast_to, reshape

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one
Axis = int | tuple[int, ...] | None


def _kept_shape(shape: tuple[int, ...], axis: Axis) -> tuple[int, ...]:
    """`shape` with 1 for the axes that are reduced, as keepdims=True leaves it."""
    axes = range(len(shape)) if axis is None else np.atleast_1d(axis) % len(shape)
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


@operation
def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` (all axes by default).

    >>> import minigrad as mg
    >>> mg.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    tensor([4., 6.])
    """
    return np.sum(x, axis=axis, keepdims=keepdims)


@sum.gradient("x")
def _(g, x_shape, axis):
    return broadcast_to(reshape(g, _kept_shape(x_shape, axis)), x_shape)
