"""Looking vectors up in a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.convert import as_array
from ...engine.dtypes import check_integer, check_number
from ...engine.tensor import Tensor, tensor_of
from ...engine.watchers import whole
from ...ops.indexing import take_along_axis
from ...ops.piecewise import where
from ...ops.pytorch import in_room, index_add
from . import layers
from .in_place import as_tensor, refuse_gradient
from .layers import check_labels

__all__ = ["embedding", "embedding_bag"]

PADDING = "embedding: padding_idx"


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` (n, d) that the integers `input` (...) name: (..., d).

    padding_idx : this row gets no gradient
    max_norm : before, scale those of the rows in place whose norm of `norm_type` is larger
    scale_grad_by_freq : there is only False
    sparse : ignored; gradients are dense, with the same numbers

    A row's gradient is the sum over its uses.  Raises TypeError for numbers that are not integers,
    IndexError for ones outside [0, n), and ValueError for a weight that is no matrix or what there
    is not.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.embedding(mg.tensor([1, 1, 0]), mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    if scale_grad_by_freq:
        raise ValueError("embedding: scale_grad_by_freq=True is not supported; leave it out")
    if max_norm is not None:
        check_number("embedding: max_norm", max_norm)
        check_number("embedding: norm_type", norm_type)
        refuse_gradient("embedding: max_norm", max_norm)
        max_norm, norm_type = float(max_norm), float(norm_type)
    table = as_tensor(weight)
    count = len(table) if table.ndim == 2 and table.shape[1] else 0
    if padding_idx is not None and not -count <= check_integer(PADDING, padding_idx) < count:
        raise IndexError(f"embedding: no row {padding_idx} for padding_idx among {count}")
    if max_norm is not None and table.ndim == 2:
        _shorten(table, input, max_norm, norm_type)
    rows = layers.embedding(input, weight)
    if padding_idx is None:
        return rows
    return where(_others(input, padding_idx % count), rows, rows.detach())


@whole
def _others(input: Any, padding_idx: int) -> np.ndarray:
    """Which rows are not the padding's; (..., 1)."""
    return np.asarray(as_array(input, "embedding") != padding_idx)[..., None]


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The rows of `weight` (n, d) that a bag of integers names, reduced to one: (bags, d).

    input : (bags, size); or all integers in one vector, with `offsets`, where each bag begins
    mode : "mean", "sum" or "max"; an empty bag gives zeros
    per_sample_weights : of the input's shape, factors of the rows, for "sum"
    include_last_offset : the last offset is the end of the last bag
    padding_idx : these integers count for nothing

    The others are as in `embedding`.  Raises ValueError for offsets that do not fit, another mode,
    and weights beside another mode than "sum".

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> table = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> F.embedding_bag(mg.tensor([0, 1, 1]), table, mg.tensor([0, 2]))
    tensor([[2., 3.],
            [3., 4.]])
    """
    places = as_array(input, "embedding_bag")
    if mode not in ("mean", "sum", "max"):
        raise ValueError(f"embedding_bag: mode: wanted 'mean', 'sum' or 'max', got {mode!r}")
    if per_sample_weights is not None and mode != "sum":
        raise ValueError(f"embedding_bag: per_sample_weights: wanted mode='sum', got {mode!r}")
    count, bags = _bags(places, offsets, include_last_offset)
    if per_sample_weights is not None and np.shape(per_sample_weights) != places.shape:
        raise ValueError(
            f"embedding_bag: per_sample_weights: wanted shape {places.shape}, got "
            f"{np.shape(per_sample_weights)}"
        )
    used = places.ravel()[: bags.size]
    rows = in_room(embedding(used, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq))
    if per_sample_weights is not None:
        rows = rows * as_tensor(per_sample_weights, rows).reshape((-1, 1))[: bags.size]
    if padding_idx is not None:
        kept = used != padding_idx % len(as_tensor(weight))
        rows, bags = rows[kept], bags[kept]
    zeros = tensor_of(np.zeros((count, rows.shape[1]), rows.dtype))
    if mode == "max":
        if not len(rows):
            return zeros
        there, places = _largest(rows._data, bags, count)
        return where(there, take_along_axis(rows, places, axis=0), zeros)
    total = index_add(zeros, 0, tensor_of(bags), rows)
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bags, minlength=count), 1).astype(rows.dtype)
    return total / tensor_of(sizes[:, None])


@whole
def _largest(rows: np.ndarray, bags: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which bags have rows, (count, 1), and where the first of the largest is, (count, d)."""
    top = np.full((count, rows.shape[1]), -np.inf, rows.dtype)
    np.maximum.at(top, bags, rows)
    places = np.arange(len(rows))[:, None]
    first = np.full(top.shape, len(rows))
    np.minimum.at(first, bags, np.where((rows == top[bags]) | np.isnan(rows), places, len(rows)))
    there = np.bincount(bags, minlength=count)[:, None] > 0
    return there, np.where(there, first, 0)


def _bags(places: np.ndarray, offsets: Any, last: bool) -> tuple[int, np.ndarray]:
    """How many bags there are, and the bag of each integer, up to the end of the last bag."""
    if places.ndim == 2:
        if offsets is not None:
            raise ValueError("embedding_bag: offsets: wanted none beside an input of two axes")
        return places.shape[0], np.repeat(np.arange(places.shape[0]), places.shape[1])
    if places.ndim != 1 or offsets is None:
        raise ValueError(
            f"embedding_bag: wanted an input (bags, size), or a vector and offsets, got shape "
            f"{places.shape}"
        )
    starts = as_array(offsets, "embedding_bag")
    whole_numbers = starts.dtype.kind in "iu"
    starts = starts.astype(np.int64) if whole_numbers else starts  # unsigned ones have no negative
    if (
        starts.ndim != 1
        or not whole_numbers
        or (starts.size and (starts[0] != 0 or (np.diff(starts) < 0).any()))
        or (starts.size and starts[-1] > places.size)
        or (last and not starts.size)
    ):
        raise ValueError(
            f"embedding_bag: offsets: wanted integers from 0 to {places.size} in order, beginning "
            f"with 0, got {starts.tolist()!r:.60}"
        )
    sizes = np.diff(starts if last else np.append(starts, places.size))
    return sizes.size, np.repeat(np.arange(sizes.size), sizes)


@whole
def _shorten(weight: Tensor, input: Any, max_norm: float, norm_type: float) -> None:
    indices = as_array(input, "embedding")
    check_labels(indices, "embedding", len(weight))
    used = np.unique(indices)
    norms = np.linalg.norm(np.asarray(weight._data)[used], norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        scale = max_norm / (norms[long] + 1e-7)  # PyTorch's guard
        weight._writable()[used[long]] *= scale[:, None]
