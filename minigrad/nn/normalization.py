"""Layers that give their activations a mean of 0 and a variance of 1."""

from __future__ import annotations

from collections.abc import Sequence
from operator import setitem
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine.changes import carry_out
from ..engine.dtypes import check_count, check_number
from ..engine.tensor import Tensor, tensor_of
from . import functional as F
from .functional.in_place import as_tensor
from .functional.normalization import normalize_batch
from .module import Module
from .parameter import (
    Parameter,
    Uninitialized,
    UninitializedBuffer,
    UninitializedParameter,
    new_parameter,
)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class _BatchNorm(Module):
    """What the batch norms share; they differ in the number of axes that they take."""

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    _may_lack = ("num_batches_tracked",)
    shapes: tuple[str, ...]  # of the inputs, from the channels on

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        where = type(self).__name__
        self.num_features = check_count("num_features", num_features)
        check_number(f"{where}: eps", eps)
        if not eps >= 0:
            raise ValueError(f"{where}: eps must not be negative, got {eps}")
        check_number(f"{where}: momentum", 0 if momentum is None else momentum)
        if momentum is not None and not 0 <= momentum <= 1:
            raise ValueError(f"{where}: momentum must be None or within [0, 1], got {momentum}")
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        shape = (self.num_features,)
        self.register_parameter(
            "weight", new_parameter(shape, dtype, device, 1.0) if affine else None
        )
        self.register_parameter(
            "bias", new_parameter(shape, dtype, device) if affine and bias else None
        )
        tracked = track_running_stats
        mean, var = (new_parameter(shape, dtype, device, fill).detach() for fill in (0.0, 1.0))
        self.register_buffer("running_mean", mean if tracked else None)
        self.register_buffer("running_var", var if tracked else None)
        self.register_buffer("num_batches_tracked", tensor_of(np.array(0)) if tracked else None)

    def forward(self, input: Tensor) -> Tensor:
        input = as_tensor(input)
        self._check(input.shape, self.num_features)
        tracks = self.training and self.track_running_stats
        count = self.num_batches_tracked if tracks else None
        momentum = self.momentum
        if momentum is None:
            momentum = 0.0 if count is None else 1 / (count.item() + 1)
        seen = tracks or not self.training
        return normalize_batch(
            input,
            self.running_mean if seen else None,
            self.running_var if seen else None,
            self.weight,
            self.bias,
            self.training or (self.running_mean is None and self.running_var is None),
            momentum,
            self.eps,
            count,
        )

    def _check(self, shape: tuple[int, ...], channels: int | None) -> None:
        known = [len(each.split(", ")) + 1 for each in self.shapes]
        if len(shape) not in known or (channels is not None and shape[1] != channels):
            c = "C" if channels is None else channels
            wanted = " or ".join(f"(N, {c}{each[1:]})" for each in self.shapes)
            raise ValueError(
                f"{type(self).__name__}: wanted an input of shape {wanted}, got {shape}"
            )

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far."""
        starts = (self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)
        carry_out((setitem, t._writable(), ..., value) for t, value in starts if t is not None)

    def reset_parameters(self) -> None:
        """Begin anew: the statistics, and scale 1 and shift 0."""
        self.reset_running_stats()
        _reset(self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Normalises each channel over the batch, then scales and shifts it.

    y = (x - mean) / sqrt(var + eps) * weight + bias: in training with the mean and the (biased)
    variance of the batch, after `eval()` with the running ones.  Ioffe and Szegedy, "Batch
    normalization", ICML 2015.

    num_features : C, for an input (N, C) or (N, C, L)
    momentum : running = (1 - momentum) * running + momentum * batch; None: the plain average over
        all batches so far
    affine : False leaves weight and bias out, and `bias=False` the bias alone
    track_running_stats : False keeps no running statistics and always uses the batch's; set to
        False later, training leaves the running statistics as they are
    device : None or "cpu"; dtype : float32 (the default) or float64

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

    shapes = ("C", "C, L")


class BatchNorm2d(_BatchNorm):
    """`BatchNorm1d` for an input (N, C, H, W).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.BatchNorm2d(3)(mg.zeros((2, 3, 4, 5))).shape
    (2, 3, 4, 5)
    """

    shapes = ("C, H, W",)


class BatchNorm3d(_BatchNorm):
    """`BatchNorm1d` for an input (N, C, D, H, W)."""

    shapes = ("C, D, H, W",)


class _LazyBatchNorm(_BatchNorm):
    """A batch norm that learns `num_features` from its first input."""

    becomes: type[_BatchNorm]

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        options = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(1, *options, bias=bias)
        self.num_features = 0
        for name in ("weight", "bias"):
            if getattr(self, name) is not None:
                setattr(self, name, UninitializedParameter(dtype))
        for name in ("running_mean", "running_var"):
            if getattr(self, name) is not None:
                setattr(self, name, UninitializedBuffer(dtype))

    def reset_running_stats(self) -> None:
        """Forget the batches seen so far, if there can have been any."""
        if not isinstance(self.running_mean, UninitializedBuffer):
            super().reset_running_stats()

    def reset_parameters(self) -> None:
        """Begin anew, if it has begun."""
        if self.num_features:
            super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        input = as_tensor(input)
        starts = (self.weight, 1), (self.bias, 0), (self.running_mean, 0), (self.running_var, 1)
        members = [(t, start) for t, start in starts if t is not None]
        loaded = [t.shape[0] for t, _ in members if not isinstance(t, Uninitialized)]
        self._check(input.shape, loaded[0] if loaded else None)
        channels = check_count(f"{type(self).__name__}: num_features", input.shape[1])
        for tensor, start in members:
            if isinstance(tensor, Uninitialized):
                tensor.materialize((channels,))
                tensor._writable()[...] = start
        self.num_features = channels
        self.__class__ = self.becomes  # type: ignore[assignment]
        return self.forward(input)


class LazyBatchNorm1d(_LazyBatchNorm):
    """A `BatchNorm1d` that learns `num_features` from its first input, and then is one.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> norm = nn.LazyBatchNorm1d()
    >>> norm(mg.zeros((2, 3))).shape, type(norm).__name__
    ((2, 3), 'BatchNorm1d')
    """

    shapes, becomes = BatchNorm1d.shapes, BatchNorm1d


class LazyBatchNorm2d(_LazyBatchNorm):
    """A `BatchNorm2d` that learns `num_features` from its first input, and then is one."""

    shapes, becomes = BatchNorm2d.shapes, BatchNorm2d


class LazyBatchNorm3d(_LazyBatchNorm):
    """A `BatchNorm3d` that learns `num_features` from its first input, and then is one."""

    shapes, becomes = BatchNorm3d.shapes, BatchNorm3d


class LocalResponseNorm(Module):
    """x / (k + alpha m)^beta, where m is the mean square of neighbouring channels.

    size : how many channels, centred where it is odd

    See `minigrad.nn.functional.local_response_norm`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LocalResponseNorm(2)(mg.zeros((5, 4, 3))).shape
    (5, 4, 3)
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class _InstanceNorm(_BatchNorm):
    """What the instance norms share; they differ in the number of axes that they take."""

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias
        )

    def forward(self, input: Tensor) -> Tensor:
        x = as_tensor(input)
        (shape,) = self.shapes
        axes = len(shape.split(", "))
        if x.ndim not in (axes, axes + 1) or x.shape[-axes] != self.num_features:
            wanted = f"{self.num_features}{shape[1:]}"
            raise ValueError(
                f"{type(self).__name__}: wanted an input of shape (N, {wanted}) or ({wanted}), got "
                f"{x.shape}"
            )
        batch = x if x.ndim > axes else x.reshape((1, *x.shape))
        out = F.instance_norm(
            batch,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            self.momentum or 0.0,
            self.eps,
        )
        return out.reshape(x.shape)


class InstanceNorm1d(_InstanceNorm):
    """Brings each channel of each sample to mean 0 and variance 1 over its own values.

    D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization", 2016, arXiv:1607.08022.

    num_features : C of an input (N, C, L) or (C, L), which the output is shaped like
    affine : scale and shift each channel by parameters weight, bias (C,), from ones and zeros
    track_running_stats : in evaluation use means over the batches seen in training
    device : None or "cpu"; dtype : float32 (the default) or float64

    Raises ValueError for an input of other axes or channels, or of fewer than two values a channel.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.InstanceNorm1d(4)(mg.zeros((5, 4, 3))).shape
    (5, 4, 3)
    """

    shapes = ("C, L",)


class InstanceNorm2d(_InstanceNorm):
    """`InstanceNorm1d` of an input (N, C, H, W) or (C, H, W)."""

    shapes = ("C, H, W",)


class InstanceNorm3d(_InstanceNorm):
    """`InstanceNorm1d` of an input (N, C, D, H, W) or (C, D, H, W)."""

    shapes = ("C, D, H, W",)


class LayerNorm(Module):
    """Normalises each sample over its last axes, then scales and shifts every element.

    y = (x - mean) / sqrt(var + eps) * weight + bias, with the sample's own mean and (biased)
    variance.  Ba, Kiros and Hinton, "Layer normalization", arXiv:1607.06450 (2016).

    normalized_shape : the lengths of the last axes, or the length of the last axis
    elementwise_affine : False leaves weight and bias out; `bias` False the bias alone
    device : None or "cpu"; dtype : float32 (the default) or float64

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
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = shape = _lengths(normalized_shape)
        check_number("LayerNorm: eps", eps)
        if not eps >= 0:
            raise ValueError(f"LayerNorm: eps must not be negative, got {eps}")
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.register_parameter(
            "weight", new_parameter(shape, dtype, device, 1.0) if elementwise_affine else None
        )
        self.register_parameter(
            "bias", new_parameter(shape, dtype, device) if elementwise_affine and bias else None
        )

    def reset_parameters(self) -> None:
        """Begin anew with scale 1 and shift 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        )


class RMSNorm(Module):
    """Divides each sample by its root mean square over the last axes, then scales every element.

    y = x / sqrt(mean(x**2) + eps) * weight.  B. Zhang and R. Sennrich, "Root mean square layer
    normalization", NeurIPS 2019.

    normalized_shape : the lengths of the last axes, or the length of the last axis
    eps : None is the machine epsilon of the input's dtype
    elementwise_affine : False leaves the weight out
    device : None or "cpu"; dtype : float32 (the default) or float64

    weight : of shape `normalized_shape`, from ones

    Raises ValueError for an input whose last axes have other lengths.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.RMSNorm(2, eps=0.0)(mg.tensor([1.0, 7.0])).tolist() == mg.tensor([0.2, 1.4]).tolist()
    True
    """

    weight: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = _lengths(normalized_shape)
        check_number("RMSNorm: eps", 0 if eps is None else eps)
        if eps is not None and not eps >= 0:
            raise ValueError(f"RMSNorm: eps must not be negative, got {eps}")
        self.eps, self.elementwise_affine = eps, elementwise_affine
        shape = self.normalized_shape
        self.register_parameter(
            "weight", new_parameter(shape, dtype, device, 1.0) if elementwise_affine else None
        )

    def reset_parameters(self) -> None:
        """Begin anew with scale 1."""
        _reset(self.weight, None)

    def forward(self, input: Tensor) -> Tensor:
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )


class GroupNorm(Module):
    """Normalises each sample over groups of channels, then scales and shifts each channel.

    Y. Wu and K. He, "Group normalization", ECCV 2018.

    num_groups : divides num_channels, which is C of an input (N, C, ...)
    affine : False leaves weight and bias out; bias : False leaves out the shift alone
    device : None or "cpu"; dtype : float32 (the default) or float64

    weight, bias : (C,), from ones and zeros

    Raises ValueError where the groups do not divide the channels, and for an input of other
    channels.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GroupNorm(2, 4)(mg.zeros((5, 4, 3))).shape
    (5, 4, 3)
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_groups = check_count("num_groups", num_groups)
        self.num_channels = check_count("num_channels", num_channels)
        if self.num_channels % self.num_groups:
            raise ValueError(
                f"GroupNorm: {num_groups} groups do not divide {num_channels} channels"
            )
        check_number("GroupNorm: eps", eps)
        if not eps >= 0:
            raise ValueError(f"GroupNorm: eps must not be negative, got {eps}")
        self.eps, self.affine = eps, affine
        shape = (self.num_channels,)
        self.register_parameter(
            "weight", new_parameter(shape, dtype, device, 1.0) if affine else None
        )
        self.register_parameter(
            "bias", new_parameter(shape, dtype, device) if affine and bias else None
        )

    def reset_parameters(self) -> None:
        """Begin anew with scale 1 and shift 0."""
        _reset(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        input = as_tensor(input)
        if input.ndim < 2 or input.shape[1] != self.num_channels:
            raise ValueError(
                f"GroupNorm: wanted an input (N, {self.num_channels}, ...), got {input.shape}"
            )
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


def _reset(weight: Parameter | None, bias: Parameter | None) -> None:
    for parameter, value in ((weight, 1), (bias, 0)):
        if parameter is not None:
            parameter._writable()[...] = value


def _lengths(normalized_shape: int | Sequence[int]) -> tuple[int, ...]:
    lengths = normalized_shape if isinstance(normalized_shape, Sequence) else (normalized_shape,)
    return tuple(check_count("normalized_shape", n) for n in lengths)
