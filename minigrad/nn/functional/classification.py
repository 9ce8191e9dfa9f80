"""Losses of classes: cross-entropy, fused with softmax, and its half after log_softmax."""

from __future__ import annotations

from typing import Any

import numpy as np

from ... import kernels
from ...engine.convert import as_array
from ...engine.dtypes import check_integer
from ...engine.grad_mode import is_grad_enabled
from ...engine.operation import operation
from ...engine.tensor import Tensor, beside, tensor_of
from ...engine.watchers import whole
from ...kernels import checks, reference
from ...ops.indexing import take, take_along_axis
from ...ops.piecewise import where
from ...ops.reductions import sum
from ...ops.shaping import permute_dims, reshape
from .activations import log_softmax
from .layers import check_labels
from .losses import Reduction, reduce

__all__ = ["cross_entropy", "nll_loss"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

# --------------------------------------------------------------------- classes along the last axis


def _batch(scores: Any) -> tuple[int, ...]:
    """The shape without the axis of classes, of (C,), (N, C) or (N, C, d1, ...)."""
    if not scores.ndim:
        raise ValueError("input: wanted an axis of classes, got a single number")
    return scores.shape[:1] * (scores.ndim > 1) + scores.shape[2:]


def _rows(scores: Any) -> Any:
    """The same as rows (n, C)."""
    if scores.ndim == 2:
        return scores
    if scores.ndim > 2:
        scores = permute_dims(scores, (0, *range(2, scores.ndim), 1))
    classes = scores.shape[-1]
    return reshape(scores, (int(np.prod(scores.shape[:-1])), classes))


def _from_rows(rows: Any, shape: tuple[int, ...]) -> Any:
    """The inverse of `_rows`."""
    if len(shape) < 3:
        return rows if len(shape) == 2 else reshape(rows, shape)
    last = reshape(rows, (shape[0], *shape[2:], shape[1]))
    return permute_dims(last, (0, len(shape) - 1, *range(1, len(shape) - 1)))


def _targets(target: Any, shape: tuple[int, ...]) -> Any:
    """Labels (n,), or probabilities (n, C), for the rows of an input of this shape."""
    return _rows(target) if target.shape == shape and target.dtype.kind == "f" else target.ravel()


def _check_target(target: np.ndarray, input: np.ndarray, ignore_index: int) -> None:
    """Told of the shapes that were given, not of the rows that the kernel sees."""
    batch = _batch(input)
    if target.shape == input.shape and target.dtype.kind == "f":
        if ignore_index >= 0:
            raise ValueError(
                f"ignore_index: probabilities have no index to ignore, got {ignore_index}"
            )
    elif target.shape != batch:
        raise ValueError(
            f"target: wanted integer labels of shape {batch}, or floating probabilities of shape "
            f"{input.shape}; got {target.dtype} of shape {target.shape}"
        )
    else:
        checks.labels(target, input.shape[min(input.ndim - 1, 1)], ignore_index)


def _class_weights(name: str, weight: Any, scores: Tensor) -> Tensor:
    """One weight a class, in the scores' dtype."""
    weights = beside(weight, scores, f"{name}: weight")
    wanted = scores.shape[:1] if scores.ndim == 1 else scores.shape[1:2]
    if weights.shape != wanted:
        raise ValueError(f"{name}: weight: wanted shape {wanted}, one a class, got {weights.shape}")
    return weights if weights.dtype == scores.dtype else weights.astype(scores.dtype)


# --------------------------------------------------------------------- cross-entropy


@operation(saves=("ahead", "share"))
def _cross_entropy(
    input: Array,
    target: Array,
    weight: Array = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
    recorded: bool = False,
) -> Array:
    """`cross_entropy` of a target that is an array, and a weight of the input's dtype.

    Where it is recorded, the input's gradient (for a cotangent of 1) is computed ahead, which
    costs little more while the exponentials are at hand; it is kept for the backward pass.
    """
    if input.ndim != 2 or target.shape != input.shape[:1]:  # not the usual: rows, a label for each
        _check_target(target, input, ignore_index)
    rows, targets = input, target
    if input.ndim != 2 or target.dtype.kind == "f":
        rows = as_array(_rows(input), "input")
        targets = as_array(_targets(target, input.shape), "target")
        targets = np.asarray(targets, input.dtype) if targets.ndim == 2 else targets
    loss, ahead, share = kernels.softmax_cross_entropy(
        rows, targets, weight, ignore_index, label_smoothing, reduction, recorded
    )
    return loss if reduction != "none" else loss.reshape(_batch(input)), ahead, share


@_cross_entropy.gradient("input")
def _(g, ahead, share, input, target, weight, ignore_index, label_smoothing):
    rows, targets = input, target
    if input.ndim != 2:
        rows, targets = _rows(input), _targets(target, input.shape)
    d = reference.softmax_cross_entropy_backward(
        g, ahead, rows, targets, weight, ignore_index, label_smoothing, share
    )
    return d if input.ndim == 2 else _from_rows(d, input.shape)


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input) at the target's class, the softmax being over the classes.

    input : logits, (N, C), (C,) or (N, C, d1, ...)
    target : integer labels in [0, C), shaped as the input without its class axis; or
        probabilities of the classes, shaped as the input, which get a gradient where they
        require one, as a teacher's may
    weight : (C,), how much each class counts, or None; a constant
    ignore_index : samples with this label count for nothing
    reduction : "mean" (divided by the sum of the weights of the labels that count; for
        probabilities by the number of samples), "sum", or "none"
    label_smoothing : this share of the target is spread over all classes evenly (Szegedy et al.,
        "Rethinking the inception architecture for computer vision", CVPR 2016, sec. 7)

    Computed from logits by logsumexp, finite however large they are.  With p = softmax(input) the
    gradient of a row is p * sum(t) - t, where t is its target as a row of (smoothed, weighted)
    probabilities: Goodfellow, Bengio and Courville, *Deep Learning*, MIT Press 2016,
    sec. 6.2.2.3.  Raises TypeError for labels that are not integers, IndexError for labels out of
    range, and ValueError for other shapes, NaN among probabilities, an unknown reduction,
    label_smoothing outside [0, 1], and a weight that requires a gradient.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.cross_entropy(mg.tensor([[2.0, 0.0], [1000.0, 0.0]]), mg.tensor([0, 1]),
    ...                 reduction="none")
    tensor([1.2692805e-01, 1.0000000e+03])
    >>> logits = mg.tensor([[0.0, 0.0]], requires_grad=True)
    >>> F.cross_entropy(logits, mg.tensor([1])).backward()
    >>> logits.grad
    tensor([[ 0.5, -0.5]])
    """
    logits = (
        input if isinstance(input, Tensor) else tensor_of(as_array(input, "cross_entropy: input"))
    )
    if not isinstance(target, Tensor):
        target = beside(target, logits, "cross_entropy: target")
    if weight is not None:
        weight = _class_weights("cross_entropy", weight, logits)
    if type(ignore_index) is not int:
        check_integer("cross_entropy: ignore_index", ignore_index)
    options = ignore_index, reduction, label_smoothing
    if target.requires_grad and is_grad_enabled():
        return _from_probabilities(logits, target, weight, *options)
    return _cross_entropy(logits, target, weight, *options, False)


def _from_probabilities(
    logits: Tensor, target: Tensor, weight: Any, ignored: int, reduction: str, smoothing: float
) -> Tensor:
    """`cross_entropy` composed of operations: its probabilities get a gradient, -log softmax."""
    plain = weight if weight is None else weight.detach()
    _cross_entropy(logits.detach(), target.detach(), plain, ignored, reduction, smoothing)  # checks
    rows, classes = _rows(logits), logits.shape[min(logits.ndim - 1, 1)]
    t = _rows(target.astype(logits.dtype)) * (1 - smoothing) + smoothing / max(classes, 1)
    losses = -sum((t if weight is None else t * weight) * log_softmax(rows, -1), axis=-1)
    losses = reshape(losses, _batch(logits))
    return reduce("cross_entropy", losses, reduction)


@whole
def _column(labels: Any, ignored: int, classes: int) -> np.ndarray:
    """The labels one below the other, 0 where they are ignored; ValueError for other numbers."""
    array = as_array(labels, "nll_loss: target").reshape(-1, 1)
    kept = array != ignored
    check_labels(array[kept], "nll_loss: target", classes)
    return np.where(kept, array, 0).astype(np.int64)


@whole
def _keep_mask(labels: Any, ignored: int, dtype: np.dtype) -> np.ndarray:
    """Which labels count, as numbers of a dtype."""
    return (as_array(labels, "nll_loss: target").reshape(-1) != ignored).astype(dtype)


def nll_loss(
    input: Array,
    target: Array,
    weight: Array = None,
    ignore_index: int = -100,
    reduction: Reduction = "mean",
) -> Tensor:
    """-input at the target's class: cross-entropy from logarithms of probabilities.

    Arguments and errors as for `cross_entropy`, with labels only; `weight` gets a gradient too.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.nll_loss(mg.tensor([[-0.1, -2.0], [-3.0, -0.5]]), mg.tensor([0, 1]))
    tensor(0.3)
    """
    scores = input if isinstance(input, Tensor) else tensor_of(input)
    labels = target if isinstance(target, Tensor) else as_array(target, "nll_loss: target")
    if not scores.ndim:
        raise ValueError("nll_loss: input: wanted an axis of classes, got a single number")
    if scores.dtype.kind != "f":
        raise TypeError(f"nll_loss: input: wanted floating logarithms, got {scores.dtype}")
    batch = _batch(scores)
    if labels.shape != batch:
        raise ValueError(
            f"nll_loss: target: wanted labels of shape {batch} for an input of shape "
            f"{scores.shape}, got shape {labels.shape}"
        )
    rows = _rows(scores)
    check_integer("nll_loss: ignore_index", ignore_index)
    column = _column(labels, ignore_index, rows.shape[1])
    kept = _keep_mask(labels, ignore_index, np.dtype(bool))
    counts = tensor_of(_keep_mask(labels, ignore_index, scores.dtype))
    if weight is not None:
        weights = _class_weights("nll_loss", weight, scores)
        counts = where(kept, reshape(take(weights, column), -1), 0.0)
    values = reshape(take_along_axis(rows, column, axis=1), -1)
    losses = where(kept, -values * counts, 0.0)  # an ignored -inf would leave NaN
    if reduction != "mean":
        return reshape(reduce("nll_loss", losses, reduction), batch if reduction == "none" else ())
    total = sum(counts, keepdims=True)
    return reshape(sum(losses) / where(total == 0, np.nan, total), ())
