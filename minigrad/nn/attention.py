"""Attention with several heads, and the layers of transformers that are made of it.

Vaswani et al., "Attention is all you need", NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.linalg import matmul
from ..ops.piecewise import where
from ..ops.shaping import permute_dims
from . import functional as F
from . import init
from .containers import ModuleList
from .functional.attention import attention_weights
from .functional.in_place import as_tensor
from .layers import Dropout, Linear
from .module import Module
from .normalization import LayerNorm
from .parameter import Parameter, check_count, new_parameter

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
    gets zeros from its heads.  Raises ValueError for shapes that do not fit.

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
        self.q_proj_weight, self.k_proj_weight, self.v_proj_weight = apart
        self.in_proj_weight = new_parameter((3 * e, e), dtype, device) if together else None
        self.in_proj_bias = new_parameter((3 * e,), dtype, device) if bias else None
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
        q, k, v = (self._heads(t) for t in self._projected(*inputs))
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
        ):
            raise ValueError(
                "MultiheadAttention: wanted query, key and value of two or three axes, the last "
                f"of sizes {sizes}, and as many keys as values; got {shapes}"
            )

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> list[Tensor]:
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
            added = given if isinstance(given, Tensor) else Tensor(given)
            if added.shape not in shapes:
                raise ValueError(
                    f"MultiheadAttention: {name}: wanted shape {' or '.join(map(str, shapes))}, "
                    f"got {added.shape}"
                )
            if added.dtype.kind == "b":
                dtype = self.out_proj.weight.dtype
                added = where(added, Tensor(np.array(-np.inf, dtype)), Tensor(np.array(0, dtype)))
            if name == "key_padding_mask":
                added = added.reshape((n, 1, 1, keys))
            elif added.ndim == 3:
                added = added.reshape((n, self.num_heads, queries, keys))
            total = added if total is None else total + added
        return total


def _activation(name: str | Callable[[Tensor], Tensor], where: str) -> Callable[[Tensor], Tensor]:
    if callable(name):
        return name
    if name not in ("relu", "gelu"):
        raise ValueError(f"{where}: activation must be 'relu', 'gelu' or a function, got {name!r}")
    return F.relu if name == "relu" else F.gelu


class TransformerEncoderLayer(Module):
    """Self-attention, then a net of two linear layers at each position, each with a residual.

    d_model, nhead : as `MultiheadAttention`; dim_feedforward : the width of the hidden layer
    dropout : the probability, in four places
    activation : "relu", "gelu" or a function
    norm_first : normalise before attention and net, rather than after
    other arguments : as in `MultiheadAttention` and `LayerNorm`

    Called with src, and src_mask and src_key_padding_mask as `MultiheadAttention` takes them.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, batch_first=True)
    >>> layer(mg.zeros((5, 3, 4))).shape
    (5, 3, 4)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        place = (device, dtype)
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, *place)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, *place)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, layer_norm_eps, True, bias, *place)
        self.norm2 = LayerNorm(d_model, layer_norm_eps, True, bias, *place)
        self.dropout1, self.dropout2 = Dropout(dropout), Dropout(dropout)
        self.activation = _activation(activation, type(self).__name__)

    def forward(
        self,
        src: Tensor,
        src_mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool = False,
    ) -> Tensor:
        def attend(x: Tensor) -> Tensor:
            masks = {"attn_mask": src_mask, "key_padding_mask": src_key_padding_mask}
            return self.dropout1(  # type: ignore[no-any-return]
                self.self_attn(x, x, x, need_weights=False, is_causal=is_causal, **masks)[0]
            )

        x = _residual(src, attend, self.norm1, self.norm_first)
        return _residual(x, self._feed, self.norm2, self.norm_first)

    def _feed(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2(self.linear2(hidden))  # type: ignore[no-any-return]


def _residual(
    x: Tensor, branch: Callable[[Tensor], Tensor], norm: LayerNorm, norm_first: bool
) -> Tensor:
    return x + branch(norm(x)) if norm_first else norm(x + branch(x))


class TransformerDecoderLayer(Module):
    """As `TransformerEncoderLayer`, with attention to an encoder's output in between.

    Arguments as there.  Called with tgt and memory, and for each of them a mask, a padding mask and
    a word that it is causal.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.TransformerDecoderLayer(4, 2, dim_feedforward=8, batch_first=True)
    >>> layer(mg.zeros((5, 3, 4)), mg.zeros((5, 7, 4))).shape
    (5, 3, 4)
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        place = (device, dtype)
        self.self_attn, self.multihead_attn = (
            MultiheadAttention(
                d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
            )
            for _ in range(2)
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, *place)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, *place)
        self.norm_first = norm_first
        self.norm1, self.norm2, self.norm3 = (
            LayerNorm(d_model, layer_norm_eps, True, bias, *place) for _ in range(3)
        )
        self.dropout1, self.dropout2, self.dropout3 = (Dropout(dropout) for _ in range(3))
        self.activation = _activation(activation, type(self).__name__)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def attend(x: Tensor) -> Tensor:
            return self.dropout1(  # type: ignore[no-any-return]
                self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, True, tgt_is_causal)[
                    0
                ]
            )

        def attend_to_memory(x: Tensor) -> Tensor:
            masks = (memory_key_padding_mask, False, memory_mask, True, memory_is_causal)
            return self.dropout2(  # type: ignore[no-any-return]
                self.multihead_attn(x, memory, memory, *masks)[0]
            )

        x = _residual(tgt, attend, self.norm1, self.norm_first)
        x = _residual(x, attend_to_memory, self.norm2, self.norm_first)
        return _residual(x, self._feed, self.norm3, self.norm_first)

    def _feed(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout3(self.linear2(hidden))  # type: ignore[no-any-return]


class _Stack(Module):
    """Copies of one layer, one after the other, and a norm at the end."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.layers = ModuleList(deepcopy(layer) for _ in range(num_layers))
        self.num_layers = check_count("num_layers", num_layers)
        self.norm = norm

    def _ended(self, x: Tensor) -> Tensor:
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """Copies of a `TransformerEncoderLayer`, one after the other.

    norm : a module at the end, or None
    enable_nested_tensor, mask_check : accepted, and without meaning here

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8)
    >>> nn.TransformerEncoder(layer, num_layers=2)(mg.zeros((3, 5, 4))).shape
    (3, 5, 4)
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__(encoder_layer, num_layers, norm)

    def forward(
        self,
        src: Tensor,
        mask: Any = None,
        src_key_padding_mask: Any = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        for layer in self.layers:
            src = layer(src, mask, src_key_padding_mask)
        return self._ended(src)


class TransformerDecoder(_Stack):
    """Copies of a `TransformerDecoderLayer`, one after the other, all with the same memory.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.TransformerDecoderLayer(4, 2, dim_feedforward=8)
    >>> decoder = nn.TransformerDecoder(layer, num_layers=2)
    >>> decoder(mg.zeros((3, 5, 4)), mg.zeros((7, 5, 4))).shape
    (3, 5, 4)
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__(decoder_layer, num_layers, norm)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        masks = (tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask)
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks)
        return self._ended(tgt)
