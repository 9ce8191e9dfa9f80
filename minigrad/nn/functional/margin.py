"""Losses that ask for a margin: between scores, distances, or a score and 0.

A loss of one value a sample is reduced as `reduction` says: "mean" (the default), "sum", or "none".
Names, defaults, denominators and the derivatives at the kinks are PyTorch's.  Each raises
ValueError for shapes that do not fit and an unknown reduction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.convert import as_array
from ...engine.dtypes import check_number
from ...engine.tensor import Tensor
from ...engine.watchers import whole
from ...ops.indexing import take_along_axis
from ...ops.piecewise import clip, minimum, where
from ...ops.reductions import mean, sum
from .activations import logsigmoid, relu
from .distance import pairwise_distance
from .in_place import as_tensor, with_room
from .layers import check_labels
from .losses import Reduction, _pair, reduce, refuse_pairing, spread

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]


def _positive(x: Tensor) -> Tensor:
    """max(x, 0) whose derivative at 0 is 1, as that of PyTorch's clamp is."""
    return clip(x, min=0.0)


# --------------------------------------------------------------------- a score and a sign


def soft_margin_loss(input: Any, target: Any, reduction: Reduction = "mean") -> Tensor:
    """log(1 + exp(-target * input)), for targets 1 and -1.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.soft_margin_loss(mg.tensor([1000.0, -1000.0]), mg.tensor([1.0, 1.0]))
    tensor(500.)
    """
    x, y = _pair("soft_margin_loss", input, target)
    return reduce("soft_margin_loss", -logsigmoid(y * x), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, reduction: Reduction = "mean"
) -> Tensor:
    """The input where the target is 1, max(margin - input, 0) where it is -1.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.hinge_embedding_loss(mg.tensor([0.5, 0.25]), mg.tensor([1, -1]), reduction="none")
    tensor([0.5 , 0.75])
    """
    x = with_room(input, target)
    y = with_room(target, x, "target")
    refuse_pairing("hinge_embedding_loss", x, y)
    far = where(y != 1, _positive(margin - x), 0.0)
    return reduce("hinge_embedding_loss", far + where(y != -1, x, 0.0), reduction)


def margin_ranking_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """max(-target (input1 - input2) + margin, 0): a target of 1 wants input1 to be the larger.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.margin_ranking_loss(mg.tensor([3.0]), mg.tensor([5.0]), mg.tensor([1.0]))
    tensor(2.)
    """
    x1 = with_room(input1, input2)
    x2, y = with_room(input2, x1, "input2"), with_room(target, x1, "target")
    refuse_pairing("margin_ranking_loss", x1, x2, y)
    return reduce("margin_ranking_loss", _positive(-y * (x1 - x2) + margin), reduction)


# --------------------------------------------------------------------- vectors


def cosine_embedding_loss(
    input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: Reduction = "mean"
) -> Tensor:
    """1 - cos(input1, input2) where the target is 1, max(cos(input1, input2) - margin, 0) where -1.

    input1, input2 : (N, D) or (D,); target : (N,) or ()

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> x = mg.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> F.cosine_embedding_loss(x, x, mg.tensor([1, -1]), reduction="none")
    tensor([0., 1.])
    """
    x1 = with_room(input1, input2)
    x2, y = with_room(input2, x1, "input2"), with_room(target, x1, "target")
    if x1.ndim not in (1, 2) or x1.shape != x2.shape or y.shape != x1.shape[:-1]:
        raise ValueError(
            "cosine_embedding_loss: wanted inputs (N, D) and a target (N,), or (D,) and (), got "
            f"{x1.shape}, {x2.shape} and {y.shape}"
        )
    tiny = 1e-12  # PyTorch's guard against vectors of length 0
    squares = [sum(x * x, axis=-1) + tiny for x in (x1, x2)]
    cosine = sum(x1 * x2, axis=-1) / (squares[0] * squares[1]) ** 0.5
    near = where(y == 1, 1.0 - cosine, 0.0)
    return reduce(
        "cosine_embedding_loss", near + where(y == -1, _positive(cosine - margin), 0.0), reduction
    )


def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0), with d = `pairwise_distance`.

    anchor, positive, negative : (N, D) or (D,)
    swap : take d(positive, negative) where it is the smaller one: Balntas et al., "Learning shallow
        convolutional feature descriptors with triplet losses", BMVC 2016

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> a, p, n = (mg.tensor([[x]]) for x in (0.0, 1.0, 1.5))
    >>> F.triplet_margin_loss(a, p, n)
    tensor(0.5)
    """
    return triplet_margin_with_distance_loss(
        anchor,
        positive,
        negative,
        distance_function=lambda a, b: pairwise_distance(a, b, p, eps),
        margin=margin,
        swap=swap,
        reduction=reduction,
    )


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: Reduction = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own; `pairwise_distance` if it is None.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> a, p, n = (mg.tensor([[x]]) for x in (0.0, 1.0, 1.5))
    >>> F.triplet_margin_with_distance_loss(a, p, n, distance_function=F.l1_loss)
    tensor(0.5)
    """
    check_number("triplet_margin_loss: margin", margin)
    if not margin > 0:
        raise ValueError(f"triplet_margin_loss: margin must be positive, got {margin}")
    if not (distance_function is None or callable(distance_function)):
        raise TypeError(
            "triplet_margin_with_distance_loss: distance_function: wanted a function, got "
            f"{type(distance_function).__name__}"
        )
    axes = [np.ndim(each) for each in (anchor, positive, negative)]
    if len(set(axes)) > 1:
        raise ValueError(
            "triplet_margin_loss: wanted anchor, positive and negative of as many axes as each "
            f"other, got {', '.join(map(str, axes))}"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    far = distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduce(
        "triplet_margin_loss",
        _positive(margin + distance(anchor, positive) - far),
        reduction,
    )


# --------------------------------------------------------------------- classes


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    reduction: Reduction = "mean",
) -> Tensor:
    """The sum of max(margin - input[y] + input[j], 0)**p over the classes j other than y, over C.

    input : (N, C) or (C,); target : labels y, (N,) or ()
    weight : one factor a class, of the target's, or None

    Raises TypeError and IndexError for labels that are none, ValueError for p other than 1 and 2.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.multi_margin_loss(mg.tensor([[0.0, 3.0, 2.5]]), mg.tensor([1]))
    tensor(0.16666667)
    """
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss: p must be 1 or 2, got {p}")
    x, labels = with_room(input), _array(target, "multi_margin_loss")
    one = x.ndim == 1 and labels.shape == (1,)
    if x.ndim not in (1, 2) or (labels.shape != x.shape[:-1] and not one):
        raise ValueError(
            "multi_margin_loss: wanted an input (N, C) and a target (N,), or (C,) and (), got "
            f"{x.shape} and {labels.shape}"
        )
    classes = x.shape[-1]
    labels = _labels_of_shape(labels, (*x.shape[:-1], 1), "multi_margin_loss: target", classes)
    short = relu(margin - take_along_axis(x, labels, axis=-1) + x)
    short = where(_hot(labels, classes), 0.0, short * short if p == 2 else short)
    if weight is not None:
        factors = as_tensor(weight, x, "weight")
        if factors.shape != (classes,):
            raise ValueError(
                f"multi_margin_loss: weight: wanted shape {(classes,)}, got {factors.shape}"
            )
        short = short * factors[labels]
    return reduce("multi_margin_loss", sum(short, axis=-1) / classes, reduction)


@whole
def _array(data: Any, where: str) -> np.ndarray:
    return as_array(data, where)


@whole
def _labels_of_shape(
    labels: np.ndarray, shape: tuple[int, ...], where: str, classes: int
) -> np.ndarray:
    """Labels in another shape, refused if they are none."""
    check_labels(labels, where, classes)
    return labels.reshape(shape)


@whole
def _hot(labels: np.ndarray, classes: int) -> np.ndarray:
    """Which class is the label's, for labels (..., 1)."""
    return np.asarray(labels == np.arange(classes))


def multilabel_margin_loss(input: Any, target: Any, reduction: Reduction = "mean") -> Tensor:
    """The sum of max(1 - input[y] + input[j], 0) over the labels y and other classes j, over C.

    input : (N, C) or (C,); target : of the same shape, a sample's labels and then -1

    Raises TypeError and IndexError for labels that are none.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.multilabel_margin_loss(mg.tensor([0.1, 0.2, 0.4, 0.8]), mg.tensor([3, 0, -1, 1]))
    tensor(0.85)
    """
    x, y = _pair("multilabel_margin_loss", input, target)
    if x.ndim not in (1, 2):
        raise ValueError(f"multilabel_margin_loss: input: wanted (N, C) or (C,), got {x.shape}")
    classes, labels = x.shape[-1], _before_the_first_negative(y._data)
    labels = _labels_of_shape(labels, x.shape, "multilabel_margin_loss: target", classes)
    own = take_along_axis(x, labels, axis=-1).reshape((*x.shape, 1))
    others = x.reshape((*x.shape[:-1], 1, classes))
    short = where(_pairs(y._data, classes), relu(1.0 - own + others), 0.0)
    return reduce("multilabel_margin_loss", sum(short, axis=(-2, -1)) / classes, reduction)


@whole
def _before_the_first_negative(labels: np.ndarray) -> np.ndarray:
    """Labels, and 0 for the first that is negative and for all after it."""
    return np.where(np.logical_and.accumulate(labels >= 0, axis=-1), labels, 0)


@whole
def _pairs(labels: np.ndarray, classes: int) -> np.ndarray:
    """Of each label that counts and each class: is the class none of the labels?"""
    given = np.logical_and.accumulate(labels >= 0, axis=-1)[..., None]
    hot = (labels[..., None] == np.arange(classes)) & given
    return np.asarray(given & ~hot.any(axis=-2, keepdims=True))


def multilabel_soft_margin_loss(
    input: Any, target: Any, weight: Any = None, reduction: Reduction = "mean"
) -> Tensor:
    """The mean over the classes of the binary cross-entropy of sigmoid(input) with `target`.

    input, target : (..., C); weight : one factor a class, or None

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> loss = F.multilabel_soft_margin_loss(mg.zeros((2, 3)), mg.ones((2, 3)))
    >>> round(loss.item(), 4)
    0.6931
    """
    x, y = _pair("multilabel_soft_margin_loss", input, target)
    losses = -(y * logsigmoid(x) + (1 - y) * logsigmoid(-x))
    if weight is not None:
        losses = losses * spread("multilabel_soft_margin_loss", "weight", weight, losses)
    return reduce("multilabel_soft_margin_loss", mean(losses, axis=-1), reduction)
