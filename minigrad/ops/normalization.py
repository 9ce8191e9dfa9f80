"""Batch and layer normalisation.

Both bring x to mean 0 and variance 1 over some axes, h = (x - mean) / sqrt(var + eps), and then
scale and shift: weight * h + bias.  The variance is the biased one.  They differ in the axes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import kernels
from ..engine.operation import operation
from ..engine.tensor import Tensor
from .reductions import mean as average

__all__ = ["batch_norm", "batch_norm_inference", "layer_norm"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def _gradients(
    g: Any,
    needs: Sequence[bool],
    x: Any,
    weight: Any,
    eps: float,
    normalized: tuple[int, ...],
    shared: tuple[int, ...],
) -> tuple[Any, Any, Any]:
    """The gradients of x, weight and bias, on arrays or tensors.

    normalized : the axes that the statistics are taken over
    shared : the axes along which one weight and bias serve all; `weight` broadcasts against x

    mean and var depend on every x: with d = g * weight and means over the normalised axes,
    dx = (d - mean(d) - h mean(d h)) / sqrt(var + eps) (Ioffe and Szegedy 2015, sec. 3, collected).
    """
    centred = x - average(x, axis=normalized, keepdims=True)
    invstd = (average(centred * centred, axis=normalized, keepdims=True) + eps) ** -0.5
    h = centred * invstd
    dx = None
    if needs[0]:
        d = g if weight is None else g * weight
        along = average(d * h, axis=normalized, keepdims=True)
        dx = invstd * (d - average(d, axis=normalized, keepdims=True) - h * along)
    return (
        dx,
        (g * h).sum(axis=shared) if needs[1] else None,
        g.sum(axis=shared) if needs[2] else None,
    )


def _other_axes(ndim: int, axis: int) -> tuple[int, ...]:
    return tuple(i for i in range(ndim) if i != axis % ndim)


def _along(values: Any, ndim: int, axis: int) -> Any:
    """`values` (C,) in a shape that broadcasts along `axis` of something with `ndim` axes."""
    return None if values is None else values.reshape((-1,) + (1,) * (ndim - 1 - axis % ndim))


@operation(saves=("mean", "invstd"))
def batch_norm(
    x: Array,
    weight: Array = None,
    bias: Array = None,
    eps: float = 1e-5,
    axis: int = 1,
    observe: Callable[[np.ndarray], object] | None = None,
) -> Array:
    """Bring every channel to mean 0 and variance 1 over the batch, then scale and shift it.

    x : (N, C, ...), or any shape with the C channels along `axis`; weight, bias : (C,) or None
    observe : is called with the mean, then with the biased variance, arrays (C,): running
        statistics are the caller's affair

    S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by reducing
    internal covariate shift", ICML 2015, algorithm 1.  Raises ValueError for shapes that do not fit
    and for a single value a channel, whose deviation from its own mean is always 0.

    >>> import minigrad as mg
    >>> from minigrad.ops.normalization import batch_norm
    >>> batch_norm(mg.tensor([[1.0, 5.0], [3.0, 5.0]]), eps=0.01).numpy().round(3)
    array([[-0.995,  0.   ],
           [ 0.995,  0.   ]], dtype=float32)
    """
    out, mean, var, invstd = kernels.batch_norm(x, weight, bias, eps, axis)
    if x.size < 2 * mean.size:
        raise ValueError(
            f"x: wanted more than one value a channel to take statistics of, got shape {x.shape}"
        )
    if observe is not None:
        observe(mean)
        observe(var)
    return out, mean, invstd


@batch_norm.gradient("x", "weight", "bias", new=True)
def _(g, needs, x, weight, eps, axis, mean, invstd):
    if not isinstance(g, Tensor):
        return kernels.batch_norm_backward(g, x, mean, invstd, weight, axis, needs)
    over = _other_axes(g.ndim, axis)
    return _gradients(g, needs, x, _along(weight, g.ndim, axis), eps, over, over)


def move(running: np.ndarray, value: np.ndarray, momentum: float, scale: float = 1.0) -> None:
    """Move a running statistic towards scale * value, in place: momentum is the value's weight."""
    value = value.astype(running.dtype, copy=False)
    kernels.blend(running, value, 1 - momentum, momentum * scale)


@operation
def batch_norm_inference(
    x: Array,
    mean: Array,
    var: Array,
    weight: Array = None,
    bias: Array = None,
    eps: float = 1e-5,
    axis: int = 1,
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias, the statistics being given constants (C,).

    Shapes and errors as for `batch_norm`; any number of values a channel will do.

    >>> import minigrad as mg
    >>> from minigrad.ops.normalization import batch_norm_inference
    >>> batch_norm_inference(mg.tensor([[1.0, 5.0]]), mg.tensor([0.0, 1.0]), mg.tensor([1.0, 4.0]),
    ...                      eps=0.0)
    tensor([[1., 2.]])
    """
    mean, var = (np.asarray(s).astype(x.dtype, copy=False) for s in (mean, var))
    return kernels.batch_norm_inference(x, mean, var, weight, bias, eps, axis)


@batch_norm_inference.gradient("x", "weight", "bias", new=True)
def _(g, needs, x, mean, var, weight, eps, axis):
    mean, var = (np.asarray(s).astype(g.dtype, copy=False) for s in (mean, var))
    if not isinstance(g, Tensor):
        return kernels.batch_norm_inference_backward(g, x, mean, var, weight, eps, axis, needs)
    invstd = _along((var + eps) ** -0.5, g.ndim, axis)
    over = _other_axes(g.ndim, axis)
    dx = None
    if needs[0]:
        dx = g * invstd if weight is None else g * (_along(weight, g.ndim, axis) * invstd)
    return (
        dx,
        (g * ((x - _along(mean, g.ndim, axis)) * invstd)).sum(axis=over) if needs[1] else None,
        g.sum(axis=over) if needs[2] else None,
    )


@operation
def layer_norm(
    x: Array,
    normalized_shape: Sequence[int],
    weight: Array = None,
    bias: Array = None,
    eps: float = 1e-5,
) -> Array:
    """Bring every sample to mean 0 and variance 1 over its last axes, then scale and shift it.

    x : (..., *normalized_shape); weight, bias : normalized_shape or None

    J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016.  Raises
    ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.ops.normalization import layer_norm
    >>> layer_norm(mg.tensor([[1.0, 3.0], [2.0, 2.0]]), (2,), eps=0.01).numpy().round(3)
    array([[-0.995,  0.995],
           [ 0.   ,  0.   ]], dtype=float32)
    """
    x, shape = np.asarray(x), tuple(normalized_shape)
    if not shape or x.shape[x.ndim - len(shape) :] != shape or x.ndim < len(shape):
        raise ValueError(f"x: wanted last axes {shape}, as normalized_shape says; got {x.shape}")
    for name, values in (("weight", weight), ("bias", bias)):
        if values is not None and values.shape != shape:
            raise ValueError(f"{name}: wanted shape {shape}, got {values.shape}")
    axes = tuple(range(-len(shape), 0))
    centred = x - np.mean(x, axis=axes, keepdims=True)
    out = centred / np.sqrt(np.mean(np.square(centred), axis=axes, keepdims=True) + eps)
    if weight is not None:
        out *= weight
    return out if bias is None else out + bias


@layer_norm.gradient("x", "weight", "bias")
def _(g, needs, x, normalized_shape, weight, eps):
    first = g.ndim - len(normalized_shape)
    normalized, shared = tuple(range(first, g.ndim)), tuple(range(first))
    return _gradients(g, needs, x, weight, eps, normalized, shared)
