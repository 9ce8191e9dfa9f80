"""Layers, activations and losses as functions, under PyTorch's names and argument order.

Most are the operations of `minigrad.ops` themselves.  Here are those that PyTorch calls otherwise
(`dim`), or that do more than compute: batch norm's running statistics, dropout's random mask.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.tensor import Tensor
from ...ops import activations, normalization
from ...ops import neural as _neural
from ...ops.activations import (
    elu,
    gelu,
    leaky_relu,
    logsigmoid,
    relu,
    selu,
    sigmoid,
    silu,
    softplus,
)
from ...ops.classification import cross_entropy, nll_loss
from ...ops.elementary import tanh
from ...ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from ...ops.neural import embedding, one_hot
from ...ops.normalization import layer_norm
from ...random import default_generator

__all__ = [
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "elu",
    "embedding",
    "gelu",
    "huber_loss",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]


def linear(input: Any, weight: Any, bias: Any = None) -> Tensor:
    """A dense layer, input @ weight.T + bias: (..., in) by (out, in) and (out,) or None.

    Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.linear(mg.tensor([[1.0, 2.0]]), mg.tensor([[3.0, 4.0]]), mg.tensor([0.5]))
    tensor([[11.5]])
    """
    return _neural.linear(input, weight, bias)


def softmax(input: Any, dim: int) -> Tensor:
    """exp(input) over its sum along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softmax(mg.tensor([[0.0, 0.0]]), dim=1)
    tensor([[0.5, 0.5]])
    """
    return activations.softmax(input, axis=dim)


def log_softmax(input: Any, dim: int) -> Tensor:
    """The logarithm of `softmax`, finite where that is 0.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.log_softmax(mg.tensor([[0.0, -1000.0]]), dim=1)
    tensor([[    0., -1000.]])
    """
    return activations.log_softmax(input, axis=dim)


def dropout(input: Any, p: float = 0.5, training: bool = True) -> Tensor:
    """In training, zero each element with probability p and scale the others by 1 / (1 - p).

    Which ones is drawn from the default generator, that `minigrad.manual_seed` seeds.  The identity
    where `training` is false.  Raises ValueError for p outside [0, 1].

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.dropout(mg.tensor([1.0, 2.0]), training=False)
    tensor([1., 2.])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p: wanted a probability between 0 and 1, got {p}")
    if not training or p == 0:
        return input if isinstance(input, Tensor) else Tensor(input)
    seed = int(default_generator().integers(2**64, dtype=np.uint64))
    return _neural.dropout(input, p, seed)


def batch_norm(
    input: Any,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Bring each channel to mean 0 and variance 1, then scale by `weight` and shift by `bias`.

    input : (N, C, ...); all others : (C,) or None
    training : take the statistics from this batch, and move the running ones towards them:
        running = (1 - momentum) * running + momentum * batch, with the unbiased variance.
        Otherwise use the running ones, which then must be given.

    The running statistics are written in place once everything else has succeeded.  Raises
    TypeError where they are no tensors, and ValueError for shapes that do not fit, for missing
    statistics, and in training for fewer than two values a channel.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> mean, var = mg.tensor([0.0]), mg.tensor([1.0])
    >>> F.batch_norm(mg.tensor([[1.0], [3.0]]), mean, var, training=True, eps=0.0)
    tensor([[-1.],
            [ 1.]])
    >>> mean, var
    (tensor([0.2]), tensor([1.1]))
    """
    x = input if isinstance(input, Tensor) else Tensor(input)
    if x.ndim < 2:
        raise ValueError(f"batch_norm: input: wanted shape (N, C, ...), got {x.shape}")
    channels = x.shape[1]
    _check_running("running_mean", running_mean, channels, training)
    _check_running("running_var", running_var, channels, training)
    if not training:
        # Copies, for a pass in training before this one's backward pass would change them.
        mean, var = (np.array(r._data) for r in (running_mean, running_var))  # type: ignore[union-attr]
        return normalization.batch_norm_inference(x, mean, var, weight, bias, eps)
    seen: list[np.ndarray] = []
    out = normalization.batch_norm(x, weight, bias, eps, 1, seen.append)
    count = x.numel() // max(channels, 1)
    bessel = count / (count - 1)  # the running variance is the unbiased one
    for running, value, share in zip((running_mean, running_var), seen, (1.0, bessel), strict=True):
        if running is not None:
            normalization.move(running._writable(), value, momentum, share)
    return out


def _check_running(name: str, running: Tensor | None, channels: int, training: bool) -> None:
    if running is None:
        if training:
            return
        raise ValueError(f"batch_norm: {name}: wanted when not training, got None")
    if not isinstance(running, Tensor) or not running.is_leaf:
        what = "a result" if isinstance(running, Tensor) else type(running).__name__
        raise TypeError(f"batch_norm: {name}: wanted a tensor that can be updated, got {what}")
    if running.shape != (channels,) or running.dtype.kind != "f":
        raise ValueError(
            f"batch_norm: {name}: wanted {channels} floating values, one a channel, got shape "
            f"{running.shape} and dtype {running.dtype}"
        )
