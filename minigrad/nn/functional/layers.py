"""The layers of a dense network: linear, dropout, embedding and one-hot rows.

`linear` and `dropout` run compiled kernels, forward and backward.  Where a rule gets tensors
(`create_graph`), what runs is the formula of the kernel's twin in `kernels/reference.py`, and so
they have every order.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from ... import kernels
from ...engine.convert import as_array
from ...engine.dtypes import check_integer
from ...engine.operation import operation
from ...engine.tensor import Tensor, tensor_of
from ...engine.watchers import whole
from ...kernels import checks
from ...ops.indexing import take
from ...random import default_generator
from .in_place import check_probability, deliver

__all__ = [  # `embedding` gets PyTorch's options in lookup.py
    "bilinear",
    "dropout",
    "linear",
    "one_hot",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def _rows(x: Any) -> Any:
    """Rows (n, c) of x (..., c), tensor or array."""
    return x.reshape((prod(x.shape[:-1]), x.shape[-1]))


@operation(saves=("active",), same_dtype=True)
def linear(input: Array, weight: Array, bias: Array = None, relu: bool = False) -> Array:
    """A dense layer, input @ weight.T + bias, and then max(., 0) if `relu`, in one pass.

    input : (..., in); weight : (out, in), as PyTorch stores it; bias : (out,) or None
    relu : end in a ReLU, whose derivative at 0 is 0; PyTorch has no such argument

    Returns (..., out).  Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.linear(mg.tensor([[1.0, 2.0]]), mg.tensor([[3.0, 4.0]]), mg.tensor([0.5]))
    tensor([[11.5]])
    >>> F.linear(mg.tensor([[1.0, 2.0]]), mg.tensor([[3.0, 4.0], [-5.0, 0.0]]), relu=True)
    tensor([[11.,  0.]])
    """
    if getattr(input, "ndim", 0) == 2:
        out = kernels.linear(input, weight, bias, relu)
    else:
        if not np.ndim(input):
            raise ValueError("input: wanted an axis of features, got a single number")
        checks.features(input, weight, "input")
        out = kernels.linear(_rows(input), weight, bias, relu)
        out = out.reshape((*input.shape[:-1], len(weight)))
    return out, out if relu else None


@linear.gradient("input", "weight", "bias", new=True)
def _(g, needs, input, weight, active):
    if input.ndim == 2:
        return kernels.linear_backward(g, input, weight, active, needs)
    active = active if active is None else _rows(active)
    dx, *rest = kernels.linear_backward(_rows(g), _rows(input), weight, active, needs)
    return dx if dx is None else dx.reshape(input.shape), *rest


@operation
def _dropout(input: Array, p: float, seed: int) -> Array:
    """Zero each element with probability p, and scale the others by 1 / (1 - p).

    `seed`, 0 to 2**64 - 1, says which elements: the mask is drawn again for the gradient instead
    of being kept.
    """
    return kernels.dropout(np.asarray(input), p, seed)


@_dropout.gradient("input", new=True)
def _(g, p, seed):
    return _dropout(g, p, seed)


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Tensor:
    """input1^T weight_o input2 + bias_o, for every o.

    input1 : (..., in1); input2 : (..., in2); weight : (out, in1, in2); bias : (out,) or None

    Returns (..., out).  Raises ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.bilinear(mg.tensor([2.0]), mg.tensor([3.0, 4.0]), mg.tensor([[[1.0, 0.5]]]))
    tensor([10.])
    """
    x1, x2, w = (t if isinstance(t, Tensor) else tensor_of(t) for t in (input1, input2, weight))
    if (
        w.ndim != 3
        or x1.shape[-1:] + x2.shape[-1:] != w.shape[1:]
        or x1.shape[:-1] != x2.shape[:-1]
    ):
        raise ValueError(
            "bilinear: wanted inputs (..., in1) and (..., in2) and a weight (out, in1, in2), got "
            f"{x1.shape}, {x2.shape} and {w.shape}"
        )
    if bias is not None and np.shape(bias) != w.shape[:1]:
        raise ValueError(f"bilinear: bias: wanted shape {w.shape[:1]}, got {np.shape(bias)}")
    rows = linear(x2, w.reshape((w.shape[0] * w.shape[1], w.shape[2])))
    rows = rows.reshape((*x1.shape[:-1], *w.shape[:2]))
    out = (rows * x1.reshape((*x1.shape[:-1], 1, x1.shape[-1]))).sum(axis=-1)
    return out if bias is None else out + bias


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, zero each element with probability p and scale the others by 1 / (1 - p).

    The expected value is the input (Srivastava et al., "Dropout: a simple way to prevent neural
    networks from overfitting", JMLR 2014; scaled when training, as in their section 10, so that
    inference is the identity).  Which ones is drawn from the default generator, that
    `minigrad.manual_seed` seeds.  The identity where `training` is false.  `inplace` also
    writes the result into the input.  Raises ValueError for p outside [0, 1].

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.dropout(mg.tensor([1.0, 2.0]), training=False)
    tensor([1., 2.])
    """
    check_probability("dropout", p)
    if not training or p == 0:
        return input if isinstance(input, Tensor) else tensor_of(input)
    out = _dropout(input, p, _seed())
    return deliver(out, input, inplace)


@whole
def _seed() -> int:
    """What says which elements a dropout zeroes."""
    return int(default_generator().integers(2**64, dtype=np.uint64))


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
    >>> from minigrad.nn.functional import embedding
    >>> embedding([1, 1, 0], mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    if np.ndim(weight) != 2:
        raise ValueError(f"embedding: weight: wanted shape (n, d), got {np.shape(weight)}")
    return take(weight, _places(input, len(weight)), axis=0)


@whole
def _places(input: Array, count: int) -> np.ndarray:
    """Checked indices of rows."""
    indices = as_array(input, "embedding")
    check_labels(indices, "embedding: input", count)
    return indices


def one_hot(input: Array, num_classes: int = -1) -> Tensor:
    """Rows of int64 zeros with a 1 in the place of each label: (...) to (..., num_classes).

    num_classes : -1 for one more than the largest label

    Raises TypeError for labels that are not integers, IndexError for labels outside
    [0, num_classes), and ValueError for -1 without any label and for other values below 1.

    >>> from minigrad.nn.functional import one_hot
    >>> one_hot([1, 0, 2])
    tensor([[0, 1, 0],
            [1, 0, 0],
            [0, 0, 1]])
    """
    if num_classes == -1:
        labels = as_array(input, "one_hot")
        if labels.size:
            check_labels(labels, "one_hot: input")
            num_classes = int(labels.max()) + 1
    if check_integer("one_hot: num_classes", num_classes) < 1:
        raise ValueError(
            f"one_hot: num_classes: wanted at least 1, or -1 for some labels; got {num_classes} "
            f"for {np.size(input)} labels"
        )
    return tensor_of(_indicators(input, num_classes))


@whole
def _indicators(labels: Array, classes: int) -> np.ndarray:
    array = as_array(labels, "one_hot")
    check_labels(array, "one_hot: input", classes)
    return (array[..., None] == np.arange(classes)).astype(np.int64)
