"""Losses that are the negative logarithm of a probability, and the divergence of two of them.

A loss of one value a sample is reduced as `reduction` says: "mean" (the default), "sum", or "none".
Names, defaults and denominators are PyTorch's.
"""

from __future__ import annotations

from math import log as log_of
from math import pi
from typing import Any

from ...engine.dtypes import check_number
from ...engine.tensor import Tensor
from ...ops.elementary import exp, log
from ...ops.piecewise import where
from .distance import at_least
from .in_place import with_room
from .losses import Reduction, reduce, refuse_pairing

__all__ = ["gaussian_nll_loss", "kl_div", "poisson_nll_loss"]


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target (log target - input): the divergence of exp(input) from `target`, pointwise.

    input : log-probabilities; target : probabilities, or their logarithms if `log_target`
    reduction : "batchmean" divides the sum by the size of the first axis, which makes it the
        divergence; "mean" divides by the number of all elements

    Raises ValueError for an unknown reduction and shapes that do not broadcast.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> p = mg.tensor([[0.5, 0.5]])
    >>> round(F.kl_div(mg.log(mg.tensor([[0.25, 0.75]])), p, reduction="batchmean").item(), 4)
    0.1438
    """
    x = with_room(input, target)
    y = with_room(target, x, "target")
    refuse_pairing("kl_div", x, y)
    if log_target:
        losses = exp(y) * (y - x)
    else:
        losses = y * log(where(y == 0, 1.0, y)) - y * x  # 0 log 0 is 0
    if reduction == "batchmean":
        return reduce("kl_div", losses, "sum") / (x.shape[0] if x.ndim else 1)
    return reduce("kl_div", losses, reduction)


def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: Reduction = "mean",
) -> Tensor:
    """exp(input) - target input: what a count costs under the Poisson distribution.

    log_input : False takes the rate itself, input - target log(input + eps)
    full : add Stirling's approximation of log(target!), where the target is above 1

    Raises ValueError for an unknown reduction.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.poisson_nll_loss(mg.tensor([0.0, 0.0]), mg.tensor([3.0, 0.0]))
    tensor(1.)
    """
    x = with_room(input, target)
    y = with_room(target, x, "target")
    refuse_pairing("poisson_nll_loss", x, y)
    losses = exp(x) - y * x if log_input else x - y * log(x + eps)
    if full:
        counts = where(y > 1, y, 1.0)
        stirling = counts * log(counts) - counts + 0.5 * log(2 * pi * counts)
        losses = losses + where(y > 1, stirling, 0.0)
    return reduce("poisson_nll_loss", losses, reduction)


def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-6,
    reduction: Reduction = "mean",
) -> Tensor:
    """(log var + (input - target)**2 / var) / 2: what a number costs under a normal distribution.

    var : of the input's shape, or with a last axis of size 1 or none; counts as at least `eps`
    full : add log(2 pi) / 2

    D. A. Nix and A. S. Weigend, "Estimating the mean and variance of the target probability
    distribution", ICNN 1994.  Raises ValueError for another shape, a negative variance, and an
    unknown reduction.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.gaussian_nll_loss(mg.tensor([1.0]), mg.tensor([3.0]), mg.tensor([1.0]))
    tensor(2.)
    """
    check_number("gaussian_nll_loss: eps", eps)
    if not eps > 0:
        raise ValueError(f"gaussian_nll_loss: eps must be positive, got {eps}")
    x = with_room(input)
    y, v = with_room(target, x, "target"), with_room(var, x, "var")
    refuse_pairing("gaussian_nll_loss", x, y)
    if v.ndim and v.shape != x.shape:
        if v.shape == x.shape[:-1]:
            v = v.reshape((*v.shape, 1))
        elif v.shape[:-1] != x.shape[:-1] or v.shape[-1] != 1:
            raise ValueError(
                f"gaussian_nll_loss: var: wanted shape {x.shape}, {x.shape[:-1]} or "
                f"{(*x.shape[:-1], 1)}, got {v.shape}"
            )
    if bool((v.detach().numpy() < 0).any()):
        raise ValueError("gaussian_nll_loss: var: wanted variances, got a negative one")
    v = at_least(v, eps)
    losses = 0.5 * (log(v) + (x - y) ** 2 / v)
    return reduce("gaussian_nll_loss", losses + 0.5 * log_of(2 * pi) if full else losses, reduction)
