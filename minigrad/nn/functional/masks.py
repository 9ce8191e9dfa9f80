"""Relatives of dropout: of whole channels, and one that keeps the moments that `selu` aims at."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from ...engine.tensor import Tensor
from ...engine.warn import warn
from ...engine.watchers import whole
from ...random import default_generator
from .in_place import as_tensor, check_floating, check_probability, deliver

__all__ = ["alpha_dropout", "dropout1d", "dropout2d", "dropout3d"]

SELU_LIMIT = 1.7580993408473766  # scale * alpha of selu: its value at -infinity, negated


def alpha_dropout(
    input: Any, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """In training, set elements to selu(-infinity) with probability p, and keep mean 0, variance 1.

    All elements are then scaled and shifted, by numbers that follow from p.  Klambauer et al.,
    "Self-normalizing neural networks", NeurIPS 2017.  Raises ValueError for p outside [0, 1].

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.alpha_dropout(mg.tensor([1.0, 2.0]), training=False)
    tensor([1., 2.])
    """
    check_probability("alpha_dropout", p)
    x = as_tensor(input)
    if not training or p == 0:
        return x
    check_floating("alpha_dropout", x)
    if p == 1:
        return deliver(0.0 * x, input, inplace)
    scale = 1 / sqrt((SELU_LIMIT**2 * p + 1) * (1 - p))
    kept = _draw_mask(x.shape, p, x.dtype)
    shift = _shift(kept, SELU_LIMIT * scale, p)
    return deliver(x * _scale(kept, scale) + shift, input, inplace)


@whole
def _draw_mask(shape: tuple[int, ...], p: float, dtype: np.dtype) -> np.ndarray:
    """1 with probability 1 - p, else 0."""
    return (default_generator().random(shape) >= p).astype(dtype)


@whole
def _scale(kept: np.ndarray, scale: float) -> np.ndarray:
    return (scale * kept).astype(kept.dtype)


@whole
def _shift(kept: np.ndarray, limit: float, p: float) -> np.ndarray:
    """What takes the place of the dropped, and moves the mean back to 0."""
    return (limit * (kept - 1) + limit * p).astype(kept.dtype)


@whole
def _channels(shape: tuple[int, ...], p: float, dtype: np.dtype) -> np.ndarray:
    """1 / (1 - p) with probability 1 - p, else 0."""
    kept = default_generator().random(shape) >= p
    return (kept / (1 - p) if p < 1 else kept).astype(dtype)


def _channel_dropout(axes: int) -> Callable[..., Tensor]:
    def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        name = f"dropout{axes}d"
        check_probability(name, p)
        x = as_tensor(input)
        if x.ndim == axes > 1:
            warn(f"{name}: wanted {axes} axes behind C, got shape {x.shape}; dropout is the same")
        elif x.ndim not in (axes + 1, axes + 2):
            raise ValueError(
                f"{name}: wanted an input (N, C, ...) or (C, ...) with {axes} axes behind C, got "
                f"shape {x.shape}"
            )
        if not training or p == 0:
            return x
        check_floating(name, x)
        there = 2 if x.ndim == axes else x.ndim - axes
        shape = x.shape[:there] + (1,) * (x.ndim - there)
        return deliver(x * _channels(shape, p, x.dtype), input, inplace)

    dropout.__name__ = dropout.__qualname__ = f"dropout{axes}d"
    dropout.__doc__ = f"""In training, zero whole channels with probability p, scale the others.

    The factor is 1 / (1 - p).

    input : (N, C, ...) or (C, ...), with {axes} {"axis" if axes == 1 else "axes"} behind C

    The identity where `training` is false.  Tompson et al., "Efficient object localization using
    convolutional networks", CVPR 2015.  Raises ValueError for p outside [0, 1] and other axes;
    of an input with one axis less the first two are N and C, which a warning says, as in PyTorch.
    """
    return dropout


dropout1d, dropout2d, dropout3d = map(_channel_dropout, (1, 2, 3))
