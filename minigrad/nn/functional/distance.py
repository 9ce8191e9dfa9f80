"""Lengths, angles and distances of vectors along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.dtypes import check_integer, check_number
from ...engine.tensor import Tensor
from ...ops.piecewise import clip, where
from ...ops.pytorch import _floats_alike, norm
from ...ops.reductions import sum, vector_norm
from .in_place import as_tensor, with_room

__all__ = ["cosine_similarity", "normalize", "pairwise_distance", "pdist"]


def at_least(x: Tensor, bound: float) -> Tensor:
    """x, held to at least `bound`, with the derivative 1 everywhere: a guard of a quotient."""
    now = x.detach()
    return x + where(now < bound, bound - now, 0.0)  # not for all: inf - inf is NaN


def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """The input over its p-norm along the axis `dim`, which counts as at least `eps`.

    Raises ValueError for p below 1, IndexError for an axis that is not there.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.normalize(mg.tensor([[3.0, 4.0]]))
    tensor([[0.6, 0.8]])
    """
    x = as_tensor(input)
    return x / clip(vector_norm(x, axis=dim, keepdims=True, ord=p), min=eps)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along the axis `dim`.

    x1, x2 : shapes that broadcast; a norm counts as at least `eps`

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.cosine_similarity(mg.tensor([[3.0, 4.0]]), mg.tensor([[4.0, -3.0]]))
    tensor([0.])
    """
    check_number("cosine_similarity: eps", eps)
    first = as_tensor(x1, x2, "x1")
    first, second = _floats_alike(first, as_tensor(x2, first, "x2"))
    ndim = max(first.ndim, second.ndim)
    if not -ndim <= check_integer("cosine_similarity: dim", dim) < ndim:
        raise IndexError(f"cosine_similarity: no axis {dim} in {first.shape} and {second.shape}")
    first, second = (x.reshape((1,) * (ndim - x.ndim) + x.shape) for x in (first, second))
    if first.shape[dim] != second.shape[dim]:
        raise ValueError(
            f"cosine_similarity: wanted vectors of one length along axis {dim}, got shapes "
            f"{first.shape} and {second.shape}"
        )
    units = [x / at_least(vector_norm(x, axis=dim, keepdims=True), eps) for x in (first, second)]
    return sum(units[0] * units[1], axis=dim)


def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last axis.

    x1, x2 : shapes that broadcast; a single number counts as (1,)
    eps : keeps the derivative finite where they are equal

    Raises ValueError for p below 1.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.pairwise_distance(mg.tensor([[3.0, 4.0]]), mg.tensor([[0.0, 0.0]]), eps=0.0)
    tensor([5.])
    """
    first = with_room(x1, x2, "x1")
    difference = first - with_room(x2, first, "x2") + eps
    if not difference.ndim:
        difference = difference.reshape((1,))
    return vector_norm(difference, axis=-1, keepdims=keepdim, ord=p)


def pdist(input: Any, p: float = 2.0) -> Tensor:
    """The distances of all pairs of rows (n, d), each once: (n (n - 1) / 2,).

    p : the order of the norm of the differences

    The pairs are in the order (0, 1), (0, 2), ..., (1, 2), ...  Raises ValueError for other shapes.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.pdist(mg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 4.0]]))
    tensor([5., 4., 3.])
    """
    x = with_room(input)
    if x.ndim != 2:
        raise ValueError(f"pdist: input: wanted shape (n, d), got {x.shape}")
    first, second = np.triu_indices(len(x), 1)
    return norm(x[first] - x[second], p, dim=-1)
