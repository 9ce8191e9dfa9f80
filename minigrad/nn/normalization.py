"""Layers that give their activations a mean of 0 and a variance of 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..engine.tensor import Tensor
from . import functional as F
from .module import Module
from .parameter import Parameter, check_count, new_parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class BatchNorm1d(Module):
    """Normalises each channel over the batch, then scales and shifts it.

    y = (x - mean) / sqrt(var + eps) * weight + bias: in training with the mean and the (biased)
    variance of the batch, after `eval()` with the running ones.  Ioffe and Szegedy, "Batch
    normalization", ICML 2015.

    num_features : C, for an input (N, C) or (N, C, L)
    momentum : running = (1 - momentum) * running + momentum * batch; None: the plain average over
        all batches so far
    affine : False leaves weight and bias out, and `bias=False` the bias alone
    track_running_stats : False keeps no running statistics and always uses the batch's
    dtype : float32 (the default) or float64

    weight, bias : (C,), from ones and zeros
    running_mean, running_var : (C,), the latter of unbiased variances; num_batches_tracked : ()

    Raises ValueError for an input of other axes or another C, and in training for a batch of one
    value a channel.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> norm = nn.BatchNorm1d(1)
    >>> norm(mg.tensor([[1.0], [3.0]])).numpy().round(3).tolist()
    [[-1.0], [1.0]]
    >>> norm.running_mean
    tensor([0.2])
    """

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = check_count("num_features", num_features)
        if not eps >= 0:
            raise ValueError(f"BatchNorm1d: eps must not be negative, got {eps}")
        if momentum is not None and not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm1d: momentum must be None or within [0, 1], got {momentum}")
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        shape = (self.num_features,)
        self.weight = new_parameter(shape, dtype, 1.0) if affine else None
        self.bias = new_parameter(shape, dtype) if affine and bias else None
        tracked = track_running_stats
        mean, var = (new_parameter(shape, dtype, fill).detach() for fill in (0.0, 1.0))
        self.register_buffer("running_mean", mean if tracked else None)
        self.register_buffer("running_var", var if tracked else None)
        self.register_buffer("num_batches_tracked", Tensor(np.array(0)) if tracked else None)

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (2, 3) or input.shape[1] != self.num_features:
            raise ValueError(
                f"BatchNorm1d: wanted an input of shape (N, {self.num_features}) or "
                f"(N, {self.num_features}, L), got {input.shape}"
            )
        count = self.num_batches_tracked if self.training else None
        momentum = self.momentum
        if momentum is None:
            momentum = 0.0 if count is None else 1 / (count.item() + 1)
        out = F.batch_norm(
            input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            momentum,
            self.eps,
        )
        if count is not None:
            count._writable()[...] += 1
        return out

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far."""
        for buffer, value in (
            (self.running_mean, 0),
            (self.running_var, 1),
            (self.num_batches_tracked, 0),
        ):
            if buffer is not None:
                buffer._writable()[...] = value

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class LayerNorm(Module):
    """Normalises each sample over its last axes, then scales and shifts every element.

    y = (x - mean) / sqrt(var + eps) * weight + bias, with the sample's own mean and (biased)
    variance.  Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450 (2016).

    normalized_shape : the lengths of the last axes, or the length of the last axis
    elementwise_affine : False leaves weight and bias out; `bias` False the bias alone
    dtype : float32 (the default) or float64

    weight, bias : of shape `normalized_shape`, from ones and zeros

    Raises ValueError for an input whose last axes have other lengths.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LayerNorm(2)(mg.tensor([[1.0, 3.0]])).numpy().round(3).tolist()
    [[-1.0, 1.0]]
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        lengths = normalized_shape
        if not isinstance(lengths, Sequence):
            lengths = (lengths,)
        self.normalized_shape = tuple(check_count("normalized_shape", n) for n in lengths)
        if not eps >= 0:
            raise ValueError(f"LayerNorm: eps must not be negative, got {eps}")
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.weight = new_parameter(shape, dtype, 1.0) if elementwise_affine else None
        self.bias = new_parameter(shape, dtype) if elementwise_affine and bias else None

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )
