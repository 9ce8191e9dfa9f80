"""Normalisations composed of others: over groups of channels, over single ones, by the length."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from ...engine.dtypes import check_integer
from ...engine.tensor import Tensor
from ...ops.reductions import mean
from .in_place import as_tensor, check_floating, with_room
from .normalization import _follow, batch_norm, check_running, layer_norm
from .padding import pad

__all__ = ["group_norm", "instance_norm", "local_response_norm", "rms_norm"]


def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Tensor:
    """Bring each group of channels of each sample to mean 0 and variance 1, then scale and shift.

    input : (N, C, ...), with C a multiple of `num_groups`; weight, bias : (C,) or None

    Y. Wu and K. He, "Group normalization", ECCV 2018.  Raises ValueError for shapes that do not
    fit, and for a single sample of one value a group.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.group_norm(mg.tensor([[1.0, 3.0, 10.0, 20.0]]), 2).numpy().round(2).tolist()
    [[-1.0, 1.0, -1.0, 1.0]]
    """
    x = as_tensor(input)
    check_integer("group_norm: num_groups", num_groups)
    if x.ndim < 2 or num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(
            f"group_norm: wanted an input (N, C, ...) with C a multiple of {num_groups} groups, "
            f"got shape {x.shape}"
        )
    each = prod(x.shape[1:]) // num_groups
    if x.shape[0] * each == 1:
        raise ValueError(
            "group_norm: input: wanted more than one value a channel, whose deviation from their "
            f"mean is not always 0; got shape {x.shape} with {num_groups} groups"
        )
    out = layer_norm(x.reshape((x.shape[0], num_groups, each)), (each,), None, None, eps)
    out = out.reshape(x.shape)
    for name, values in (("weight", weight), ("bias", bias)):
        if values is not None:
            along = as_tensor(values, x)
            _check_dtype(f"group_norm: {name}", along, x)
            if along.shape != (x.shape[1],):
                raise ValueError(
                    f"group_norm: {name}: wanted shape {(x.shape[1],)}, got {along.shape}"
                )
            along = along.reshape((x.shape[1],) + (1,) * (x.ndim - 2))
            out = out * along if name == "weight" else out + along
    return out


def _check_dtype(where: str, values: Tensor, x: Tensor) -> None:
    if values.dtype != x.dtype:
        raise TypeError(
            f"{where}: wanted the input's dtype {x.dtype}, got {values.dtype}; convert the data "
            "once, x.astype('float32'), or the net: net.double()"
        )


def instance_norm(
    input: Any,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Bring each channel of each sample to mean 0 and variance 1, then scale and shift.

    D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization", 2016, arXiv:1607.08022.

    input : (N, C, L, ...); all others : (C,) or None
    use_input_stats : False takes the running statistics, which then must be given; otherwise these
        move towards the means over the samples

    Raises ValueError for shapes that do not fit and for channels of fewer than two values.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.instance_norm(mg.tensor([[[1.0, 3.0], [10.0, 20.0]]])).numpy().round(2).tolist()
    [[[-1.0, 1.0], [-1.0, 1.0]]]
    """
    x = as_tensor(input)
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    count = prod(x.shape[2:])
    if x.ndim < 3 or count < 2:
        raise ValueError(
            f"instance_norm: wanted an input (N, C, L, ...) of at least 2 values a channel, got "
            f"shape {x.shape}"
        )
    for name, running in (("running_mean", running_mean), ("running_var", running_var)):
        check_running(f"instance_norm: {name}", running, x.shape[1], True)
    out = group_norm(x, x.shape[1], weight, bias, eps)
    if not (running_mean is running_var is None):
        axes, values = tuple(range(2, x.ndim)), x.detach().numpy()
        now = values.mean(axes).mean(0), values.var(axes, ddof=1).mean(0)
        _follow(running_mean, running_var, None, *now, 1 - momentum, momentum, momentum)
    return out


def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha m)^beta, where m is the mean square of `size` neighbouring channels.

    input : (N, C, ...), of at least 3 axes; beyond the first and last channel there are zeros

    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NeurIPS 2012, section 3.3, with PyTorch's mean for the sum.  Raises ValueError for
    fewer axes and a size that is not positive.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.local_response_norm(mg.tensor([[[1.0], [2.0]]]), 2, alpha=2.0, beta=1.0).tolist()
    [[[0.5], [0.3333333432674408]]]
    """
    x = with_room(input)
    check_integer("local_response_norm: size", size)
    if x.ndim < 3 or size < 1:
        raise ValueError(
            f"local_response_norm: wanted an input (N, C, L, ...) and a size >= 1, got shape "
            f"{x.shape} and {size}"
        )
    around = pad(x * x, (*(0, 0) * (x.ndim - 2), size // 2, (size - 1) // 2))
    return x / (k + alpha * around.unfold(1, size, 1).mean(-1)) ** beta


def rms_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None
) -> Tensor:
    """The input over its root mean square along the last axes, times `weight`.

    input : (..., *normalized_shape); weight : normalized_shape or None
    eps : is added to the mean square; None: the machine epsilon of the input's dtype

    B. Zhang and R. Sennrich, "Root mean square layer normalization", NeurIPS 2019.  Raises
    ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.rms_norm(mg.tensor([1.0, 7.0]), (2,), eps=0.0)
    tensor([0.2, 1.4])
    """
    if not isinstance(normalized_shape, Sequence):
        raise TypeError(
            f"rms_norm: normalized_shape: wanted lengths, got {type(normalized_shape).__name__}"
        )
    x, shape = as_tensor(input), tuple(normalized_shape)
    if not shape or x.shape[max(x.ndim - len(shape), 0) :] != shape:
        raise ValueError(
            f"rms_norm: input: wanted last axes {shape}, as normalized_shape says; got {x.shape}"
        )
    check_floating("rms_norm", x)
    floor = float(np.finfo(x.dtype).eps) if eps is None else eps
    axes = tuple(range(-len(shape), 0))
    out = x  # there is nothing to take the mean of
    if x.numel():
        out = x * (mean(x * x, axis=axes, keepdims=True) + floor) ** -0.5
    if weight is None:
        return out
    scale = as_tensor(weight, x)
    if scale.shape != shape:
        raise ValueError(f"rms_norm: weight: wanted shape {shape}, got {scale.shape}")
    return out * scale
