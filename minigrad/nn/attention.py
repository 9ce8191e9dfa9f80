"""Attention with several heads.

Vaswani et al., "Attention is all you need", NeurIPS 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.convert import as_array
from ..engine.dtypes import check_count
from ..engine.tensor import Tensor, tensor_of
from ..ops.linalg import matmul
from ..ops.piecewise import where
from ..ops.shaping import permute_dims
from . import functional as F
from . import init
from .functional.attention import attention_weights, check_mask
from .functional.in_place import as_tensor
from .layers import Linear
from .module import Module
from .parameter import Parameter, new_parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class MultiheadAttention(Module):
    """Attention in several subspaces at once: sec. 3.2.2 of the paper.

    embed_dim : E, a multiple of `num_heads`; kdim, vdim : the sizes of keys and values, E if None
    dropout : with this probability a weight is dropped in training
    bias : False leaves all biases out
    batch_first : the inputs are (N, L, E) rather than (L, N, E)
    add_bias_kv, add_zero_attn : there is only False
    device : None or "cpu"; dtype : float32 (the default) or float64

    in_proj_weight : (3E, E), in_proj_bias : (3E,), of queries, keys and values; where kdim or vdim
    is not E instead q_proj_weight, k_proj_weight and v_proj_weight; out_proj : a `Linear`

    Called with query, key, value; without a batch they are (L, E), (S, E) and (S, E).

    key_padding_mask : (N, S), True for keys to pass over, or numbers added to the scores
    need_weights : return the weights too, else None
    attn_mask : (L, S) or (N * heads, L, S), True where a query may not look, or numbers added
    average_attn_weights : the mean (N, L, S) over the heads, rather than (N, heads, L, S)
    is_causal : says that `attn_mask`, which must be given, is causal

    Returns a pair: what the query's shape has, and the weights.  A query that may look at nothing
    gets zeros from its heads.  Raises ValueError for shapes that do not fit, TypeError for masks of
    integers.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> attention = nn.MultiheadAttention(4, 2, batch_first=True)
    >>> x = mg.zeros((5, 3, 4))
    >>> out, weights = attention(x, x, x)
    >>> out.shape, weights.shape
    ((5, 3, 4), (5, 3, 3))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        if add_bias_kv or add_zero_attn:
            name = "add_bias_kv" if add_bias_kv else "add_zero_attn"
            raise ValueError(f"MultiheadAttention: {name}=True is not supported; leave it out")
        self.embed_dim = e = check_count("embed_dim", embed_dim)
        self.num_heads = check_count("num_heads", num_heads)
        if e % self.num_heads:
            raise ValueError(f"MultiheadAttention: {num_heads} heads do not divide {e} features")
        self.head_dim = e // self.num_heads
        self.kdim = e if kdim is None else check_count("kdim", kdim)
        self.vdim = e if vdim is None else check_count("vdim", vdim)
        self.dropout, self.batch_first = dropout, batch_first
        together = self.kdim == e and self.vdim == e
        sizes = (e, self.kdim, self.vdim)
        apart = [None if together else new_parameter((e, n), dtype, device) for n in sizes]
        for part, weight in zip("qkv", apart, strict=True):
            self.register_parameter(f"{part}_proj_weight", weight)
        self.register_parameter(
            "in_proj_weight", new_parameter((3 * e, e), dtype, device) if together else None
        )
        self.register_parameter(
            "in_proj_bias", new_parameter((3 * e,), dtype, device) if bias else None
        )
        self.out_proj = Linear(e, e, bias, device, dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        for parameter in self.parameters(recurse=False):
            if parameter.ndim == 2:
                init.xavier_uniform_(parameter)
            else:
                init.zeros_(parameter)
        self.out_proj.reset_parameters()
        if self.out_proj.bias is not None:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        for name, given in (("query", query), ("key", key), ("value", value)):
            if given is None:
                raise TypeError(f"MultiheadAttention: {name}: wanted a tensor, got None")
        query, key, value = as_tensor(query), as_tensor(key), as_tensor(value)
        self._check(query, key, value)
        if is_causal and attn_mask is None:
            raise ValueError(
                "MultiheadAttention: is_causal=True says what attn_mask is; give the mask"
            )
        batched = query.ndim == 3
        inputs = [t if batched else t.reshape((1, *t.shape)) for t in (query, key, value)]
        if batched and not self.batch_first:
            inputs = [permute_dims(t, (1, 0, 2)) for t in inputs]
        q, k, v = (self._heads(t) for t in self._project(*inputs))
        mask = self._mask(q.shape[0], q.shape[2], k.shape[2], key_padding_mask, attn_mask)
        weights = attention_weights(q, k, mask, self.dropout if self.training else 0.0)
        out = permute_dims(matmul(weights, v), (0, 2, 1, 3))
        out = self.out_proj(out.reshape((*out.shape[:2], self.embed_dim)))
        if average_attn_weights and need_weights:
            weights = weights.mean(axis=1)
        if not batched:
            out, weights = out.reshape(out.shape[1:]), weights.reshape(weights.shape[1:])
        elif not self.batch_first:
            out = permute_dims(out, (1, 0, 2))
        return out, weights if need_weights else None

    def _check(self, query: Tensor, key: Tensor, value: Tensor) -> None:
        shapes = query.shape, key.shape, value.shape
        sizes = (self.embed_dim, self.kdim, self.vdim)
        if (
            query.ndim not in (2, 3)
            or len({len(s) for s in shapes}) > 1
            or tuple(s[-1] for s in shapes) != sizes
            or shapes[1][:-1] != shapes[2][:-1]
            or len({s[0 if self.batch_first else 1] for s in shapes if len(s) == 3}) > 1
        ):
            raise ValueError(
                "MultiheadAttention: wanted query, key and value of two or three axes, the last "
                f"of sizes {sizes}, all of one batch, and as many keys as values; got {shapes}"
            )

    def _project(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
        e, bias = self.embed_dim, self.in_proj_bias
        if self.in_proj_weight is not None and query is key and key is value:
            joined = F.linear(query, self.in_proj_weight, bias)  # one product instead of three
            return [joined[..., i * e : (i + 1) * e] for i in range(3)]
        weights: list[Any] = [self.q_proj_weight, self.k_proj_weight, self.v_proj_weight]
        if self.in_proj_weight is not None:
            weights = [self.in_proj_weight[i * e : (i + 1) * e] for i in range(3)]
        biases = [None if bias is None else bias[i * e : (i + 1) * e] for i in range(3)]
        triples = zip((query, key, value), weights, biases, strict=True)
        return [F.linear(x, w, b) for x, w, b in triples]

    def _heads(self, x: Tensor) -> Tensor:
        """(N, L, E) as (N, heads, L, E / heads)."""
        n, length, _ = x.shape
        return permute_dims(x.reshape((n, length, self.num_heads, self.head_dim)), (0, 2, 1, 3))

    def _mask(self, n: int, queries: int, keys: int, padding: Any, mask: Any) -> Tensor | None:
        """What is added to the scores (n, heads, queries, keys); None where nothing is masked."""
        total = None
        for name, given, shapes in (
            ("attn_mask", mask, {(queries, keys), (n * self.num_heads, queries, keys)}),
            ("key_padding_mask", padding, {(n, keys), (keys,)} if n == 1 else {(n, keys)}),
        ):
            if given is None:
                continue
            if not isinstance(given, Tensor):
                given = tensor_of(as_array(given, f"MultiheadAttention: {name}"))
            added = given
            if added.shape not in shapes:
                raise ValueError(
                    f"MultiheadAttention: {name}: wanted shape {' or '.join(map(str, shapes))}, "
                    f"got {added.shape}"
                )
            check_mask(f"MultiheadAttention: {name}", added)
            if added.dtype.kind == "b":
                dtype = self.out_proj.weight.dtype
                added = where(
                    added, tensor_of(np.array(-np.inf, dtype)), tensor_of(np.array(0, dtype))
                )
            if name == "key_padding_mask":
                added = added.reshape((n, 1, 1, keys))
            elif added.ndim == 3:
                added = added.reshape((n, self.num_heads, queries, keys))
            total = added if total is None else total + added
        return total
