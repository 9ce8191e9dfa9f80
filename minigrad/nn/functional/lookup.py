"""Looking vectors up in a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.dtypes import check_integer, check_number
from ...engine.tensor import Tensor, as_array
from ...engine.watchers import whole
from ...ops.piecewise import where
from . import layers
from .in_place import as_tensor
from .layers import check_labels

__all__ = ["embedding"]

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
    scale_grad_by_freq, sparse : there is only False

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
    if scale_grad_by_freq or sparse:
        name = "sparse" if sparse else "scale_grad_by_freq"
        raise ValueError(f"embedding: {name}=True is not supported; leave it out")
    if max_norm is not None:
        check_number("embedding: max_norm", max_norm)
        check_number("embedding: norm_type", norm_type)
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
