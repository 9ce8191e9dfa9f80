"""Losses of numbers: how far predictions are from targets (`classification` has those of classes).

A loss of one value a sample is reduced as `reduction` says: "mean" over the samples (the
default), "sum", or "none".  Names, defaults and denominators are PyTorch's.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.dtypes import check_number
from ...engine.operation import operation
from ...engine.tensor import Tensor
from ...kernels.checks import Reduction as Reduction
from ...kernels.checks import known_reduction
from ...ops.arithmetic import square
from ...ops.elementary import log, log1p
from ...ops.piecewise import abs, clip, where
from ...ops.reductions import mean, sum
from .activations import logsigmoid
from .in_place import as_tensor, held, with_room

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def reduce(name: str, losses: Tensor, reduction: str) -> Tensor:
    """The losses as `reduction` says; ValueError for one that there is not."""
    known_reduction(reduction, f"{name}: ")
    if reduction == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)


def _weigh(name: str, losses: Tensor, weight: Any, reduction: str) -> Tensor:
    """The same with a weight for each; the mean divides by the sum of the weights."""
    if weight is None:
        return reduce(name, losses, reduction)
    weights = as_tensor(weight, losses, "weight")
    if weights.shape != losses.shape:
        raise ValueError(f"{name}: weight: wanted shape {losses.shape}, got {weights.shape}")
    if reduction == "mean":
        return sum(losses * weights) / sum(weights)
    return reduce(name, losses * weights, reduction)


def _pair(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors of one shape: broadcasting (n, 1) against (n,) would pair all with all."""
    x = with_room(input, target)
    y = with_room(target, x, "target")
    if x.shape != y.shape:
        raise ValueError(f"{name}: target: wanted the input's shape {x.shape}, got {y.shape}")
    return x, y


def spread(name: str, what: str, factors: Any, losses: Tensor) -> Tensor:
    """Factors that broadcast to the losses' shape; ValueError for ones that would widen it."""
    given = as_tensor(factors, losses)
    _refuse_widening(f"{name}: {what}", given, losses)
    return given


def refuse_pairing(name: str, *tensors: Tensor) -> None:
    """Raise ValueError where broadcasting would pair all with all, as (n, 1) with (n,)."""
    widest = max(tensors, key=lambda t: (t.ndim, t.numel()))
    for given in tensors:
        _refuse_widening(name, given, widest)


def _refuse_widening(where: str, given: Tensor, into: Tensor) -> None:
    pairs = zip(given.shape[::-1], into.shape[::-1], strict=False)
    if given.ndim > into.ndim or any(n not in (1, m) for n, m in pairs):
        raise ValueError(
            f"{where}: wanted a shape that broadcasts to {into.shape}, got {given.shape}"
        )


# --------------------------------------------------------------------- yes or no

_SMALLEST_LOG = -100.0  # keeps the loss finite at a probability of 0; PyTorch's bound
_SMALLEST_VARIANCE = 1e-12  # the same for its derivative


@operation
def _binary_cross_entropy(p: Array, y: Array) -> Array:
    """-(y log p + (1 - y) log(1 - p)), elementwise, neither logarithm below -100."""
    if p.size and (p.min() < 0 or p.max() > 1):
        raise ValueError("input: wanted probabilities in [0, 1]; for logits there is another loss")
    with np.errstate(divide="ignore"):
        yes, no = np.log(p), np.log1p(-p)
    return (y - 1) * np.maximum(no, _SMALLEST_LOG) - y * np.maximum(yes, _SMALLEST_LOG)


@_binary_cross_entropy.gradient("p")
def _(g, p, y):
    return g * (p - y) / clip(p * (1 - p), min=_SMALLEST_VARIANCE)


@_binary_cross_entropy.gradient("y")
def _(g, p):
    return g * (clip(log1p(-p), min=_SMALLEST_LOG) - clip(log(p), min=_SMALLEST_LOG))


def binary_cross_entropy(
    input: Array, target: Array, weight: Array = None, reduction: Reduction = "mean"
) -> Tensor:
    """-(target log input + (1 - target) log(1 - input)), from probabilities.

    input, target : one shape, values in [0, 1]
    weight : factors that broadcast against them, or None

    No logarithm counts as less than -100, so the loss is finite at 0 and 1 (PyTorch's bound).
    From logits, `binary_cross_entropy_with_logits` is more precise.  Raises ValueError for
    different shapes, an input outside [0, 1] and an unknown reduction.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import binary_cross_entropy
    >>> binary_cross_entropy(mg.tensor([0.5, 0.0]), mg.tensor([1.0, 1.0]), reduction="none")
    tensor([  0.6931472, 100.       ])
    """
    losses = _binary_cross_entropy(*_pair("binary_cross_entropy", input, target))
    if weight is not None:
        losses = losses * spread("binary_cross_entropy", "weight", weight, losses)
    return reduce("binary_cross_entropy", losses, reduction)


def binary_cross_entropy_with_logits(
    input: Array,
    target: Array,
    weight: Array = None,
    reduction: Reduction = "mean",
    pos_weight: Array = None,
) -> Tensor:
    """`binary_cross_entropy` of sigmoid(input), computed from the logits without overflow.

    pos_weight : how much a target of 1 counts beside one of 0; broadcasts, or None

    With s = log sigmoid(x), log(1 - sigmoid(x)) = s - x, which makes the loss
    (1 - y) x - (1 + (pos_weight - 1) y) s.  Other arguments and errors as there.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import binary_cross_entropy_with_logits
    >>> binary_cross_entropy_with_logits(mg.tensor([0.0, 500.0]), mg.tensor([1.0, 0.0]),
    ...                                  reduction="none")
    tensor([  0.6931472, 500.       ])
    """
    name = "binary_cross_entropy_with_logits"
    x, y = _pair(name, input, target)
    positive = logsigmoid(x)
    if pos_weight is not None:
        positive = positive * (1 + y * (spread(name, "pos_weight", pos_weight, x) - 1))
    losses = (1 - y) * x - positive
    if weight is not None:
        losses = losses * spread(name, "weight", weight, losses)
    return reduce(name, losses, reduction)


# --------------------------------------------------------------------- distances


def mse_loss(input: Any, target: Any, reduction: Reduction = "mean", weight: Any = None) -> Tensor:
    """(input - target)**2.

    weight : how much each element counts, in the input's shape; the mean divides by their sum

    Raises ValueError for different shapes (PyTorch broadcasts with a warning) and an unknown
    reduction.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import mse_loss
    >>> mse_loss(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 4.0]))
    tensor(2.)
    """
    x, y = _pair("mse_loss", input, target)
    return _weigh("mse_loss", square(x - y), weight, reduction)


def l1_loss(input: Any, target: Any, reduction: Reduction = "mean", weight: Any = None) -> Tensor:
    """|input - target|, whose derivative is 0 where they are equal; all else as `mse_loss`.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import l1_loss
    >>> l1_loss(mg.tensor([1.0, 2.0]), mg.tensor([1.0, 4.0]))
    tensor(1.)
    """
    x, y = _pair("l1_loss", input, target)
    return _weigh("l1_loss", abs(x - y), weight, reduction)


def huber_loss(
    input: Array,
    target: Array,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: Array = None,
) -> Tensor:
    """Half the squared difference d up to |d| = delta, beyond it the tangent line.

    weight : a factor for each element, in the input's shape; the mean divides by their number

    P. J. Huber, "Robust estimation of a location parameter", Annals of Mathematical Statistics
    1964.  With c = d held to [-delta, delta] both pieces are c (d - c / 2).  Errors as for
    `mse_loss`, and ValueError for a delta that is not positive.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import huber_loss
    >>> huber_loss(mg.tensor([1.0, 5.0]), mg.tensor([0.0, 0.0]), reduction="none", delta=2.0)
    tensor([0.5, 8. ])
    """
    check_number("huber_loss: delta", delta)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta: wanted a positive number, got {delta}")
    x, y = _pair("huber_loss", input, target)
    d = x - y
    c = clip(d, -delta, delta)
    losses = c * (d - 0.5 * c)
    if weight is not None:
        weights = as_tensor(weight, losses, "weight")
        if weights.shape != losses.shape:
            got = f"got {weights.shape}"
            raise ValueError(f"huber_loss: weight: wanted shape {losses.shape}, {got}")
        losses = losses * weights
    return reduce("huber_loss", losses, reduction)


def smooth_l1_loss(
    input: Array, target: Array, reduction: Reduction = "mean", beta: float = 1.0
) -> Tensor:
    """d**2 / (2 beta) up to |d| = beta, |d| - beta / 2 beyond, where d = input - target; `l1_loss`
    for beta = 0.

    R. Girshick, "Fast R-CNN", ICCV 2015, sec. 2.3.  `huber_loss` with delta = beta is beta times
    that, which may be too small for a dtype.  Raises ValueError for a negative beta.

    >>> import minigrad as mg
    >>> from minigrad.nn.functional import smooth_l1_loss
    >>> smooth_l1_loss(mg.tensor([1.0, 5.0]), mg.tensor([0.0, 0.0]), reduction="none", beta=2.0)
    tensor([0.25, 4.  ])
    """
    check_number("smooth_l1_loss: beta", beta)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta: wanted a number that is not negative, got {beta}")
    x, y = _pair("smooth_l1_loss", input, target)
    d = x - y
    losses, beta = abs(d), held(beta, d)
    if beta:
        near = losses < beta
        inside = where(near, d, 0.0)  # what is far would overflow in the division
        losses = where(near, inside / beta * (0.5 * inside), losses - 0.5 * beta)
    return reduce("smooth_l1_loss", losses, reduction)
