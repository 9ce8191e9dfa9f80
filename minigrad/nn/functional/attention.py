"""Attention: sums of values, weighted by how well their keys fit a query."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np

from ...engine.tensor import Tensor, tensor_of
from ...ops.indexing import take
from ...ops.linalg import matmul
from ...ops.piecewise import where
from ...ops.shaping import matrix_transpose
from .activations import softmax
from .in_place import as_tensor

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T * scale) value.

    query : (..., L, E); key : (..., S, E); value : (..., S, D)
    attn_mask : what broadcasts to (..., L, S): booleans, True where a query may look, or numbers
        that are added to the scores
    dropout_p : the probability with which a weight is dropped, whatever the mode
    is_causal : query i looks at keys 0 to i only; without `attn_mask`
    scale : 1 / sqrt(E) if None
    enable_gqa : several heads of queries share one of keys and values, axis -3

    Returns (..., L, D).  A query that may look at nothing gets zeros.  Vaswani et al., "Attention
    is all you need", NeurIPS 2017, sec. 3.2.1.  Raises ValueError for shapes that do not fit, and
    for a mask beside `is_causal`; TypeError for a mask of integers, which could mean either.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> x = mg.tensor([[0.0], [1000.0]])
    >>> F.scaled_dot_product_attention(x, x, mg.tensor([[1.0], [3.0]]))
    tensor([[2.],
            [3.]])
    """
    q = as_tensor(query, value)
    k, v = as_tensor(key, q, "key"), as_tensor(value, q, "value")
    if min(q.ndim, k.ndim, v.ndim) < 2 or q.shape[-1] != k.shape[-1] or k.shape[-2] != v.shape[-2]:
        raise ValueError(
            "scaled_dot_product_attention: wanted query (..., L, E), key (..., S, E) and value "
            f"(..., S, D), got {q.shape}, {k.shape} and {v.shape}"
        )
    if enable_gqa:
        k, v = (_repeated_heads(t, q.shape[-3]) for t in (k, v))
    weights = attention_weights(q, k, attn_mask, dropout_p, is_causal, scale)
    return matmul(weights, v)


def attention_weights(
    q: Tensor,
    k: Tensor,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> Tensor:
    """How much each query (..., L, E) looks at each key (..., S, E): (..., L, S)."""
    from . import dropout  # it is defined there, beside the imports of this file

    if attn_mask is not None and is_causal:
        raise ValueError(
            "scaled_dot_product_attention: is_causal=True is a mask itself; give no attn_mask, or "
            "combine the two"
        )
    if scale is None:
        scale = 1 / sqrt(q.shape[-1] or 1)
    scores = matmul(q * scale, matrix_transpose(k))
    if is_causal:
        attn_mask = tensor_of(np.tri(*scores.shape[-2:], dtype=bool))
    if attn_mask is not None:
        mask = as_tensor(attn_mask, scores, "attn_mask")
        check_mask("scaled_dot_product_attention: attn_mask", mask)
        if mask.dtype.kind == "b":
            scores = where(mask, scores, -np.inf)
        else:
            scores = scores + mask
        sees = (scores.detach().numpy() != -np.inf).any(axis=-1, keepdims=True)
        if not sees.all():  # the softmax of nothing but -inf is NaN
            scores = where(sees, scores, 0.0)
            return dropout(where(sees, softmax(scores, dim=-1), 0.0), dropout_p)
    return dropout(softmax(scores, dim=-1), dropout_p)


def check_mask(where: str, mask: Tensor) -> None:
    """Raise TypeError for a mask that is neither of booleans nor of floating numbers."""
    if mask.dtype.kind not in "bf":
        raise TypeError(
            f"{where}: wanted booleans, or floats to add to the scores, got {mask.dtype}; "
            "convert it: .astype(bool)"
        )


def _repeated_heads(x: Tensor, heads: int) -> Tensor:
    """(..., h, S, E) with every head of x as often as makes `heads` of them."""
    if heads % x.shape[-3]:
        raise ValueError(
            f"scaled_dot_product_attention: {heads} heads of queries are no multiple of "
            f"{x.shape[-3]} heads of keys and values"
        )
    return take(x, np.repeat(np.arange(x.shape[-3]), heads // x.shape[-3]), axis=-3)
