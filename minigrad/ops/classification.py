"""Cross-entropy of classes, fused with softmax, and its half after log_softmax."""

from __future__ import annotations

from collections import deque
from math import prod
from typing import Any

import numpy as np

from .. import kernels
from ..engine.grad_mode import mode
from ..engine.operation import operation
from ..engine.tensor import Tensor, as_array
from .activations import softmax
from .indexing import take_along_axis
from .losses import check_reduction
from .neural import check_labels
from .piecewise import where
from .reductions import sum
from .shaping import permute_dims, reshape

__all__ = ["cross_entropy", "nll_loss", "softmax_cross_entropy"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one

# --------------------------------------------------------------------- the fused operation


def _target_rows(
    target: np.ndarray,
    weight: np.ndarray | None,
    classes: int,
    dtype: np.dtype,
    ignore_index: int,
    label_smoothing: float,
) -> np.ndarray:
    """The constant t (n, c) of loss = -sum_c t_c log p_c: one-hot or given, smoothed, weighted."""
    hot = target[:, None] == np.arange(classes) if target.ndim == 1 else target
    rows = (1 - label_smoothing) * hot + label_smoothing / classes
    if weight is not None:
        rows = rows * weight
    if target.ndim == 1:
        rows[target == ignore_index] = 0
    return rows.astype(dtype, copy=False)


def _share(target: np.ndarray, weight: np.ndarray | None, ignore_index: int) -> float:
    """What a mean divides by, as a factor; 0 for the mean of nothing, which no logit changes."""
    if target.ndim > 1:
        return 1 / len(target)
    kept = target[target != ignore_index]
    divisor = len(kept) if weight is None else float(weight[kept].sum())
    return 1 / divisor if divisor else 0.0


@operation(saves=("ahead",))
def softmax_cross_entropy(
    logits: Array,
    target: np.ndarray,
    weight: np.ndarray | None = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
    gradient: bool = True,
) -> Array:
    """What `cross_entropy` computes with: logits (n, c), and arrays, the floats of one dtype.

    gradient : also compute the logits' gradient, which costs little more than a pass that has the
        exponentials at hand; the first backward pass takes it, a later one has to compute it again

    With p = softmax(logits) the gradient of a row is p * sum(t) - t, where t is its target as a
    row of (smoothed, weighted) probabilities: Goodfellow, Bengio and Courville, *Deep Learning*,
    MIT Press 2016, sec. 6.2.2.3.

    >>> import minigrad as mg
    >>> from minigrad.ops.classification import softmax_cross_entropy
    >>> logits = mg.tensor([[0.0, 0.0]], requires_grad=True)
    >>> softmax_cross_entropy(logits, mg.tensor([1])).backward()
    >>> logits.grad
    tensor([[ 0.5, -0.5]])
    """
    loss, dlogits = kernels.softmax_cross_entropy(
        logits, target, weight, ignore_index, label_smoothing, reduction, gradient
    )
    return loss, deque((dlogits,) if gradient else ())


@softmax_cross_entropy.gradient("logits")
def _(g, ahead, logits, target, weight, ignore_index, reduction, label_smoothing):
    if isinstance(g, Tensor):
        t = _target_rows(target, weight, logits.shape[1], g.dtype, ignore_index, label_smoothing)
        if reduction == "mean":
            g = g * _share(target, weight, ignore_index)
        return g.reshape((-1, 1)) * (softmax(logits, axis=1) * t.sum(axis=1, keepdims=True) - t)
    if ahead:
        d = ahead.pop()
    else:
        d = kernels.softmax_cross_entropy(
            logits, target, weight, ignore_index, label_smoothing, reduction
        )[1]
    if g.ndim or g != 1:
        d *= g.reshape((-1, 1))
    return d


# --------------------------------------------------------------------- PyTorch's functions


def _as_rows(scores: Any) -> Any:
    """(C,), (N, C) or (N, C, d1, ...), tensor or array, as rows (n, C)."""
    if scores.ndim == 2:
        return scores
    if scores.ndim == 1:
        return scores.reshape((1, -1))
    classes = scores.shape[1]
    last = permute_dims(scores, (0, *range(2, scores.ndim), 1))
    return last.reshape((prod(scores.shape) // max(classes, 1), classes))


def _batch(name: str, scores: Tensor) -> tuple[int, ...]:
    """The shape without the axis of classes."""
    if not scores.ndim:
        raise ValueError(f"{name}: input: wanted an axis of classes, got a single number")
    return scores.shape[:1] * (scores.ndim > 1) + scores.shape[2:]


def _row_targets(logits: Tensor, y: np.ndarray, ignore_index: int) -> np.ndarray:
    """Labels (n,), or probabilities (n, C), for the rows of the logits."""
    batch = _batch("cross_entropy", logits)
    if y.shape == logits.shape and y.dtype.kind == "f":
        if ignore_index >= 0:
            raise ValueError(
                f"cross_entropy: ignore_index: probabilities have no index to ignore, got "
                f"{ignore_index}"
            )
        return as_array(_as_rows(y), "cross_entropy", logits.dtype)
    if y.shape != batch:
        raise ValueError(
            f"cross_entropy: target: wanted integer labels of shape {batch}, or floating "
            f"probabilities of shape {logits.shape}; got {y.dtype} of shape {y.shape}"
        )
    return y if y.ndim == 1 else y.reshape(-1)  # a view would be held twice


def cross_entropy(
    input: Array,
    target: Array,
    weight: Array = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log softmax(input) at the target's class, the softmax being over the classes.

    input : logits, (N, C), (C,) or (N, C, d1, ...)
    target : integer labels in [0, C), shaped as the input without its class axis; or
        probabilities of the classes, shaped as the input; a constant either way
    weight : (C,), how much each class counts, or None
    ignore_index : samples with this label count for nothing
    reduction : "mean" (divided by the sum of the weights of the labels that count; for
        probabilities by the number of samples), "sum", or "none"
    label_smoothing : this share of the target is spread over all classes evenly (Szegedy et al.,
        "Rethinking the inception architecture for computer vision", CVPR 2016, sec. 7)

    Computed from logits by logsumexp, finite however large they are.  Raises TypeError for labels
    that are not integers, IndexError for labels out of range, and ValueError for other shapes, NaN
    among probabilities, an unknown reduction, label_smoothing outside [0, 1], and a target that
    requires a gradient.

    >>> import minigrad as mg
    >>> from minigrad.ops.classification import cross_entropy
    >>> cross_entropy(mg.tensor([[2.0, 0.0], [1000.0, 0.0]]), mg.tensor([0, 1]), reduction="none")
    tensor([1.2692805e-01, 1.0000000e+03])
    """
    check_reduction("cross_entropy", reduction)
    logits = input if isinstance(input, Tensor) else Tensor(input)
    if isinstance(target, Tensor) and target.requires_grad:
        raise ValueError("cross_entropy: target: has no gradient; pass it detached: .detach()")
    y = as_array(target, "cross_entropy")
    if weight is not None:
        weight = as_array(weight, "cross_entropy", logits.dtype)
    shape, rows = logits.shape, logits
    if len(shape) != 2 or y.shape != shape[:1]:  # not the usual: rows, and a label for each
        y, rows = _row_targets(logits, y, ignore_index), _as_rows(logits)
    wanted = logits.requires_grad and mode.recording
    losses = softmax_cross_entropy(
        rows, y, weight, ignore_index, reduction, label_smoothing, wanted
    )
    if reduction != "none" or len(shape) == 2:
        return losses
    return reshape(losses, _batch("cross_entropy", logits))


def nll_loss(
    input: Array,
    target: Array,
    weight: Array = None,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """-input at the target's class: cross-entropy from logarithms of probabilities.

    Arguments and errors as for `cross_entropy`, with labels only.

    >>> import minigrad as mg
    >>> from minigrad.ops.classification import nll_loss
    >>> nll_loss(mg.tensor([[-0.1, -2.0], [-3.0, -0.5]]), mg.tensor([0, 1]))
    tensor(0.3)
    """
    check_reduction("nll_loss", reduction)
    scores = input if isinstance(input, Tensor) else Tensor(input)
    labels = as_array(target, "nll_loss")
    batch = _batch("nll_loss", scores)
    if labels.shape != batch:
        raise ValueError(
            f"nll_loss: target: wanted labels of shape {batch} for an input of shape "
            f"{scores.shape}, got shape {labels.shape}"
        )
    labels, rows = labels.reshape(-1), _as_rows(scores)
    kept = labels != ignore_index
    check_labels(labels[kept], "nll_loss: target", rows.shape[1])
    labels = np.where(kept, labels, 0).astype(np.int64)
    share = kept.astype(scores.dtype)
    if weight is not None:
        weight = as_array(weight, "nll_loss", scores.dtype)
        if weight.shape != rows.shape[1:]:
            raise ValueError(
                f"nll_loss: weight: wanted shape {rows.shape[1:]}, one a class, got {weight.shape}"
            )
        share = share * weight[labels]
    values = reshape(take_along_axis(rows, labels[:, None], axis=1), -1)
    losses = where(kept, -values * share, 0.0)  # an ignored -inf would leave NaN
    if reduction == "none":
        return reshape(losses, batch)
    divisor = float(share.sum()) if reduction == "mean" else 1.0
    return sum(losses) * (1 / divisor if divisor else np.nan)
