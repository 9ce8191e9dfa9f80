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
from ...ops.activations import gelu, logsigmoid, sigmoid, softplus
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
from ...ops.neural import one_hot
from ...ops.normalization import layer_norm
from ...random import default_generator
from . import (
    attention,
    distance,
    in_place,
    likelihood,
    lookup,
    margin,
    masks,
    norms,
    padding,
    piecewise_linear,
    smooth,
)
from .attention import *
from .distance import *
from .in_place import *
from .in_place import as_tensor, written
from .likelihood import *
from .lookup import *
from .margin import *
from .masks import *
from .norms import *
from .padding import *
from .piecewise_linear import *
from .smooth import *

__all__ = [
    "batch_norm",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "dropout",
    "gelu",
    "huber_loss",
    "l1_loss",
    "layer_norm",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "sigmoid",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]
__all__ += attention.__all__
__all__ += distance.__all__
__all__ += in_place.__all__
__all__ += likelihood.__all__
__all__ += lookup.__all__
__all__ += margin.__all__
__all__ += masks.__all__
__all__ += norms.__all__
__all__ += padding.__all__
__all__ += piecewise_linear.__all__
__all__ += smooth.__all__


def linear(input: Any, weight: Any, bias: Any = None) -> Tensor:
    """A dense layer, input @ weight.T + bias: (..., in) by (out, in) and (out,) or None.

    Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.linear(mg.tensor([[1.0, 2.0]]), mg.tensor([[3.0, 4.0]]), mg.tensor([0.5]))
    tensor([[11.5]])
    """
    return _neural.linear(input, weight, bias)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """input1^T weight_o input2 + bias_o, for every o.

    input1 : (..., in1); input2 : (..., in2); weight : (out, in1, in2); bias : (out,) or None

    Returns (..., out).  Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.bilinear(mg.tensor([2.0]), mg.tensor([3.0, 4.0]), mg.tensor([[[1.0, 0.5]]]))
    tensor([10.])
    """
    x1, x2, w = map(as_tensor, (input1, input2, weight))
    if (
        w.ndim != 3
        or x1.shape[-1:] + x2.shape[-1:] != w.shape[1:]
        or x1.shape[:-1] != x2.shape[:-1]
    ):
        raise ValueError(
            "bilinear: wanted inputs (..., in1) and (..., in2) and a weight (out, in1, in2), got "
            f"{x1.shape}, {x2.shape} and {w.shape}"
        )
    rows = _neural.linear(x2, w.reshape((w.shape[0] * w.shape[1], w.shape[2])))
    rows = rows.reshape((*x1.shape[:-1], *w.shape[:2]))
    out = (rows * x1.reshape((*x1.shape[:-1], 1, x1.shape[-1]))).sum(axis=-1)
    return out if bias is None else out + bias


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


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, zero each element with probability p and scale the others by 1 / (1 - p).

    Which ones is drawn from the default generator, that `minigrad.manual_seed` seeds.  The identity
    where `training` is false.  `inplace` also writes the result into the input.  Raises ValueError
    for p outside [0, 1].

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
    return written(_neural.dropout(input, p, seed), input, inplace)


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
