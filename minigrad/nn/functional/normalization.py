"""Batch and layer normalisation.

Both bring x to mean 0 and variance 1 over some axes, h = (x - mean) / sqrt(var + eps), and then
scale and shift: weight * h + bias.  The variance is the biased one.  They differ in the axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import setitem
from typing import Any

import numpy as np

from ... import kernels
from ...engine.changes import carry_out
from ...engine.convert import as_array
from ...engine.operation import operation
from ...engine.tensor import Tensor, tensor_of
from ...engine.watchers import whole
from ...engine.words import give_words
from ...kernels import reference

__all__ = ["batch_norm", "layer_norm"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation(saves=("mean", "var", "invstd"), same_dtype=True)
def _batch_norm(x: Array, weight: Array = None, bias: Array = None, eps: float = 1e-5) -> Array:
    """`batch_norm` with the batch's own statistics, which are saved, arrays (C,)."""
    return kernels.batch_norm(x, weight, bias, eps)


@_batch_norm.gradient("x", "weight", "bias", new=True)
def _(g, needs, x, weight, eps, mean, invstd):
    if not reference.is_array(x):  # what was saved does not know that it depends on x
        _, mean, _, invstd = reference.statistics(x, reference.other_axes(x, 1), eps)
    return kernels.batch_norm_backward(g, x, mean, invstd, weight, 1, needs)


@operation(saves=("mean_then", "var_then"), same_dtype=True)
def _batch_norm_inference(
    x: Array, mean: Array, var: Array, weight: Array = None, bias: Array = None, eps: float = 1e-5
) -> Array:
    """`batch_norm` with given statistics (C,), which are constants.

    Copies of them are saved: they run on when the net trains, perhaps before the backward pass.
    """
    mean, var = (np.array(s, x.dtype) for s in (mean, var))
    return kernels.batch_norm_inference(x, mean, var, weight, bias, eps), mean, var


@_batch_norm_inference.gradient("x", "weight", "bias", new=True)
def _(g, needs, x, mean_then, var_then, weight, eps):
    return kernels.batch_norm_inference_backward(g, x, mean_then, var_then, weight, eps, 1, needs)


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

    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, algorithm 1.

    input : (N, C, ...); all others : (C,) or None
    training : take the statistics from this batch, and move the running ones towards them:
        running = (1 - momentum) * running + momentum * batch, with the unbiased variance.
        Otherwise use the running ones, which then must be given.

    The running statistics are written in place, both or none, once everything else has succeeded.
    TypeError where they are no constant tensors, and ValueError for shapes that do not fit, for
    missing statistics, and in training for one value a channel.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> mean, var = mg.tensor([0.0]), mg.tensor([1.0])
    >>> F.batch_norm(mg.tensor([[1.0], [3.0]]), mean, var, training=True, eps=0.0)
    tensor([[-1.],
            [ 1.]])
    >>> mean, var
    (tensor([0.2]), tensor([1.1]))
    """
    return normalize_batch(
        input, running_mean, running_var, weight, bias, training, momentum, eps, None
    )


def normalize_batch(
    input: Any,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Any,
    bias: Any,
    training: bool,
    momentum: float,
    eps: float,
    batches: Tensor | None,
) -> Tensor:
    """`batch_norm`, which in training counts one more of `batches` too."""
    x = input if isinstance(input, Tensor) else tensor_of(as_array(input, "batch_norm: input"))
    if x.ndim < 2:
        raise ValueError(f"batch_norm: input: wanted shape (N, C, ...), got {x.shape}")
    channels = x.shape[1]
    check_running("batch_norm: running_mean", running_mean, channels, training)
    check_running("batch_norm: running_var", running_var, channels, training)
    if not training:
        return _batch_norm_inference(x, running_mean, running_var, weight, bias, eps)
    count = prod(x.shape[:1] + x.shape[2:])
    if count == 1:
        raise ValueError(
            "batch_norm: input: wanted more than one value a channel to take statistics of, whose "
            f"deviation from their mean is not always 0; got shape {x.shape}"
        )
    if not count:  # there are no statistics, and nothing to bring to them
        mean, var = np.zeros(channels), np.ones(channels)
        _follow(None, None, batches, mean, var, 1, 0, 0)
        return _batch_norm_inference(x, mean, var, weight, bias, eps)
    out: Tensor
    out, mean, var, _ = _batch_norm.with_saved(x, weight, bias, eps)
    bessel = count / (count - 1)  # the running variance is the unbiased one
    if not (running_mean is running_var is batches is None):
        takes = momentum, momentum * bessel
        _follow(running_mean, running_var, batches, mean, var, 1 - momentum, *takes)
    return out


@whole
def _follow(
    running_mean: Tensor | None,
    running_var: Tensor | None,
    batches: Tensor | None,
    mean: np.ndarray,
    var: np.ndarray,
    keep: float,
    take_mean: float,
    take_var: float,
) -> None:
    """running <- keep * running + take * value, and one more batch, in place: all or nothing."""
    moving = [
        (running._writable(), value, take)
        for running, value, take in ((running_mean, mean, take_mean), (running_var, var, take_var))
        if running is not None
    ]
    changes = []
    for array, value, take in moving:
        moved = array.copy()
        kernels.blend(moved, np.asarray(value, array.dtype), keep, take)
        changes.append((setitem, array, ..., moved))
    if batches is not None:
        changes.append((setitem, batches._writable(), ..., batches._data + 1))
    carry_out(changes)


def check_running(where: str, running: Tensor | None, channels: int, training: bool) -> None:
    """Raise TypeError or ValueError for running statistics that are none, or no constants."""
    if running is None:
        if training:
            return
        raise ValueError(f"{where}: wanted when not training, got None")
    if not isinstance(running, Tensor) or running.requires_grad:
        what = type(running).__name__
        if isinstance(running, Tensor):
            what = "one that requires a gradient" if running.is_leaf else "a result"
            what += "; pass it detached: .detach()"
        raise TypeError(f"{where}: wanted a tensor that can be updated, got {what}")
    if running.shape != (channels,) or running.dtype.kind != "f":
        raise ValueError(
            f"{where}: wanted {channels} floating values, one a channel, got shape "
            f"{running.shape} and dtype {running.dtype}"
        )


@operation(real=True, same_dtype=True)
def layer_norm(
    input: Array,
    normalized_shape: Sequence[int],
    weight: Array = None,
    bias: Array = None,
    eps: float = 1e-5,
) -> Array:
    """Bring every sample to mean 0 and variance 1 over its last axes, then scale and shift it.

    input : (..., *normalized_shape); weight, bias : normalized_shape or None

    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016.  Raises
    ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import layer_norm
    >>> layer_norm(mg.tensor([[1.0, 3.0], [2.0, 2.0]]), (2,), eps=0.01).numpy().round(3)
    array([[-0.995,  0.995],
           [ 0.   ,  0.   ]], dtype=float32)
    """
    x, shape = np.asarray(input), tuple(normalized_shape)
    if not shape or x.shape[x.ndim - len(shape) :] != shape or x.ndim < len(shape):
        raise ValueError(f"input: wanted normalized_shape {shape} as last axes, got {x.shape}")
    for name, values in (("weight", weight), ("bias", bias)):
        if values is not None and values.shape != shape:
            raise ValueError(f"{name}: wanted shape {shape}, got {values.shape}")
    if not x.size:  # there is nothing to take the mean of
        return x.copy()
    axes = tuple(range(-len(shape), 0))
    centred, *_, invstd = reference.statistics(x, axes, eps)
    out = centred * invstd
    if weight is not None:
        out *= weight
    return out if bias is None else out + bias


@layer_norm.gradient("input", "weight", "bias")
def _(g, needs, input, normalized_shape, weight, eps):
    first = g.ndim - len(normalized_shape)
    axes, shared = tuple(range(first, g.ndim)), tuple(range(first))
    if 0 in g.shape:
        return g, reference.sum_over(g, shared), reference.sum_over(g, shared)
    centred, *_, invstd = reference.statistics(input, axes, eps)
    weight = 1 if weight is None else weight
    return reference.normalization_backward(
        g, centred * invstd, invstd, weight, axes, shared, needs
    )


give_words(globals(), ["batch_norm"])
