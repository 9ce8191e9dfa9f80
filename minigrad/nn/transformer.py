"""The layers of transformers: attention, and two linear layers at each position.

Vaswani et al., "Attention is all you need", NeurIPS 2017.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.dtypes import check_count
from ..engine.tensor import Tensor, tensor_of
from . import functional as F
from .attention import MultiheadAttention
from .containers import MOST_LAYERS, ModuleList
from .init import xavier_uniform_
from .layers import Dropout, Linear
from .module import Module
from .normalization import LayerNorm
from .parameter import check_device, real_dtype

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


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
            masks = src_mask, src_key_padding_mask, is_causal
            return self.dropout1(_attended(self.self_attn, x, x, *masks))

        x = _residual(src, attend, self.norm1, self.norm_first)
        return _residual(x, self._feed, self.norm2, self.norm_first)

    def _feed(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout2(self.linear2(hidden))


def _attended(
    attention: MultiheadAttention, x: Tensor, memory: Tensor, mask: Any, padding: Any, causal: bool
) -> Tensor:
    return attention(x, memory, memory, padding, False, mask, is_causal=causal)[0]


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
            masks = tgt_mask, tgt_key_padding_mask, tgt_is_causal
            return self.dropout1(_attended(self.self_attn, x, x, *masks))

        def attend_to_memory(x: Tensor) -> Tensor:
            masks = memory_mask, memory_key_padding_mask, memory_is_causal
            return self.dropout2(_attended(self.multihead_attn, x, memory, *masks))

        x = _residual(tgt, attend, self.norm1, self.norm_first)
        x = _residual(x, attend_to_memory, self.norm2, self.norm_first)
        return _residual(x, self._feed, self.norm3, self.norm_first)

    def _feed(self, x: Tensor) -> Tensor:
        hidden = self.dropout(self.activation(self.linear1(x)))
        return self.dropout3(self.linear2(hidden))


class _Stack(Module):
    """Copies of one layer, one after the other, and a norm at the end."""

    def __init__(self, layer: Module, num_layers: int, norm: Module | None) -> None:
        super().__init__()
        self.num_layers = check_count("num_layers", num_layers, most=MOST_LAYERS)
        self.layers = ModuleList(deepcopy(layer) for _ in range(self.num_layers))
        self.norm = norm

    def _norm_last(self, x: Tensor) -> Tensor:
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
            src = layer(src, mask, src_key_padding_mask, is_causal=bool(is_causal))
        return self._norm_last(src)


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
        causal = {"tgt_is_causal": bool(tgt_is_causal), "memory_is_causal": memory_is_causal}
        for layer in self.layers:
            tgt = layer(tgt, memory, *masks, **causal)
        return self._norm_last(tgt)


class Transformer(Module):
    """An encoder, and a decoder that attends to what it gives.

    num_encoder_layers, num_decoder_layers : of each; a normalisation follows the last
    custom_encoder, custom_decoder : modules in their place
    other arguments : as in `TransformerEncoderLayer`

    Called with src and tgt, and the masks as `TransformerEncoder` and `TransformerDecoder` have
    them.  Parameters of more than one axis are drawn as `init.xavier_uniform_` does.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> net = nn.Transformer(4, 2, 1, 1, dim_feedforward=8)
    >>> net(mg.zeros((7, 5, 4)), mg.zeros((3, 5, 4))).shape
    (3, 5, 4)
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str | Callable[[Tensor], Tensor] = "relu",
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        sizes = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps)
        options = (batch_first, norm_first, bias, device, dtype)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, layer_norm_eps, True, bias, device, dtype)

        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*sizes, *options), num_encoder_layers, norm()
        )
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*sizes, *options), num_decoder_layers, norm()
        )
        for parameter in self.parameters():
            if parameter.ndim > 1:
                xavier_uniform_(parameter)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Any = None,
        tgt_mask: Any = None,
        memory_mask: Any = None,
        src_key_padding_mask: Any = None,
        tgt_key_padding_mask: Any = None,
        memory_key_padding_mask: Any = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        memory = self.encoder(src, src_mask, src_key_padding_mask, is_causal=src_is_causal)
        padding = (tgt_key_padding_mask, memory_key_padding_mask)
        causal = {"tgt_is_causal": tgt_is_causal, "memory_is_causal": memory_is_causal}
        return self.decoder(tgt, memory, tgt_mask, memory_mask, *padding, **causal)  # type: ignore[no-any-return]

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """A mask (sz, sz) to be added to scores: -inf where a key comes after the query."""
        check_device(device)
        return tensor_of(np.triu(np.full((sz, sz), -np.inf, real_dtype(dtype)), 1))
