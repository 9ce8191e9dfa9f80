"""The layers of a dense network: linear, dropout, embedding and one-hot rows.

`linear` and `dropout` run compiled kernels, forward and backward.  Where a rule gets tensors
(`create_graph`) it composes the kernel's formula from operations, and so has every order.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from .. import kernels
from ..engine.operation import operation
from ..engine.tensor import Tensor, as_array
from .indexing import take
from .piecewise import where

__all__ = ["dropout", "embedding", "linear", "one_hot"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def _as_rows(x: Any) -> Any:
    """Rows (n, c) of x (..., c)."""
    if not np.ndim(x):
        raise ValueError("x: wanted an axis of features, got a single number")
    return x.reshape((prod(x.shape[:-1]), x.shape[-1]))


@operation(saves=("active",))
def linear(x: Array, weight: Array, bias: Array = None, relu: bool = False) -> Array:
    """A dense layer: x @ weight.T + bias, then max(., 0) if `relu`, in one pass.

    x : (..., in); weight : (out, in), as PyTorch stores it; bias : (out,) or None
    relu : end in a ReLU, whose derivative at 0 is 0

    Returns (..., out).  Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.ops.neural import linear
    >>> linear(mg.tensor([[1.0, 2.0]]), mg.tensor([[3.0, 4.0], [-5.0, 0.0]]), relu=True)
    tensor([[11.,  0.]])
    """
    if getattr(x, "ndim", 0) == 2:
        out = kernels.linear(x, weight, bias, relu)
    else:
        out = kernels.linear(_as_rows(x), weight, bias, relu)
        out = out.reshape((*x.shape[:-1], len(weight)))
    return out, out if relu else None


@linear.gradient("x", "weight", "bias", new=True)
def _(g, needs, x, weight, active):
    if not isinstance(g, Tensor):
        if x.ndim == 2:
            return kernels.linear_backward(g, x, weight, active, needs)
        active = active if active is None else _as_rows(active)
        dx, *rest = kernels.linear_backward(_as_rows(g), _as_rows(x), weight, active, needs)
        return dx if dx is None else dx.reshape(x.shape), *rest
    if active is not None:
        g = where(active > 0, g, 0.0)
    return (
        g @ weight if needs[0] else None,
        _as_rows(g).T @ _as_rows(x) if needs[1] else None,
        _as_rows(g).sum(axis=0) if needs[2] else None,
    )


@operation
def dropout(x: Array, p: float, seed: int) -> Array:
    """Zero each element of x with probability p, and scale the others by 1 / (1 - p).

    The expected value is x (Srivastava et al., "Dropout: a simple way to prevent neural networks
    from overfitting", JMLR 2014; scaled when training, as in their section 10, so that
    inference is the identity).  `seed`, 0 to 2**64 - 1, says which elements: the mask is drawn
    again for the gradient instead of being kept.  Raises ValueError for p outside [0, 1].

    >>> import minigrad as mg
    >>> from minigrad.ops.neural import dropout
    >>> dropout(mg.tensor([1.0, 2.0]), 1.0, seed=0)
    tensor([0., 0.])
    """
    return kernels.dropout(np.asarray(x), p, seed)


@dropout.gradient("x")
def _(g, p, seed):
    return dropout(g, p, seed)


def check_labels(labels: np.ndarray, name: str, classes: int | None = None) -> None:
    """Raise TypeError unless the labels are integers, IndexError outside [0, classes)."""
    if labels.dtype.kind not in "iu":
        raise TypeError(f"{name}: wanted integers, got {labels.dtype}")
    if not labels.size:
        return
    low, high = labels.min(), labels.max()
    if low < 0 or (classes is not None and high >= classes):
        limit = "or more" if classes is None else f"to {classes - 1}"
        raise IndexError(f"{name}: wanted 0 {limit}, got {low if low < 0 else high}")


def embedding(input: Array, weight: Array) -> Tensor:
    """The rows of `weight` (n, d) that the integers `input` (...) name: (..., d).

    A row's gradient is the sum over its uses.  Raises TypeError for numbers that are not
    integers, IndexError for ones outside [0, n) and ValueError for a weight that is no matrix.

    >>> import minigrad as mg
    >>> from minigrad.ops.neural import embedding
    >>> embedding([1, 1, 0], mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    if np.ndim(weight) != 2:
        raise ValueError(f"embedding: weight: wanted shape (n, d), got {np.shape(weight)}")
    indices = as_array(input, "embedding")
    check_labels(indices, "embedding: input", len(weight))
    return take(weight, indices, axis=0)


def one_hot(input: Array, num_classes: int = -1) -> Tensor:
    """Rows of int64 zeros with a 1 in the place of each label: (...) to (..., num_classes).

    num_classes : -1 for one more than the largest label

    Raises TypeError for labels that are not integers, IndexError for labels outside
    [0, num_classes), and ValueError for -1 without any label and for other values below 1.

    >>> from minigrad.ops.neural import one_hot
    >>> one_hot([1, 0, 2])
    tensor([[0, 1, 0],
            [1, 0, 0],
            [0, 0, 1]])
    """
    labels = as_array(input, "one_hot")
    if num_classes == -1 and labels.size:
        check_labels(labels, "one_hot: input")
        num_classes = int(labels.max()) + 1
    if num_classes < 1:
        raise ValueError(
            f"one_hot: num_classes: wanted at least 1, or -1 for some labels; got {num_classes} "
            f"for {labels.size} labels"
        )
    check_labels(labels, "one_hot: input", num_classes)
    return Tensor((labels[..., None] == np.arange(num_classes)).astype(np.int64))
