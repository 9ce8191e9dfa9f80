"""Averaged stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from ..engine.tensor import Tensor
from .optimizer import RANGES, Ignored, Optimizer


class ASGD(Optimizer):
    """Gradient descent at a falling rate; the average of the path is kept beside it.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        p <- (1 - lambd * eta) * p - eta * g            (eta = lr in the first step)
        a <- a + mu * (p - a)                           (mu = 1 in the first step)
        eta <- lr * (1 + lambd * lr * t)**-alpha
        mu <- 1 / max(1, t - t0)

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    t0 : the step at which the averaging begins; the average is `state[p]["ax"]`
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on
    Control and Optimization 1992; the rates are Bottou's.  Raises ValueError for options out of
    range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.ASGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.8], dtype=float32)
    """

    keeps = ("ax",)
    counts = ("step", "eta", "mu")
    ranges: Mapping[str, tuple[float, float]] = {**RANGES, "alpha": (0, float("inf"))}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lambd": lambd,
                "alpha": alpha,
                "t0": t0,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
            ignored,
        )

    def begin(self, p: np.ndarray, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"step": 0, "eta": float(options["lr"]), "mu": 1.0, "ax": np.zeros_like(p)}

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        lr, lambd, t = float(options["lr"]), options["lambd"], state["step"] + 1
        eta, mu = state["eta"], state["mu"]
        p = (1 - lambd * eta) * p - eta * g
        return p, {
            "step": t,
            "eta": lr * (1 + lambd * lr * t) ** -options["alpha"],  # which cannot overflow
            "mu": 1 / max(1, t - options["t0"]),
            "ax": p if mu == 1 else state["ax"] + mu * (p - state["ax"]),  # not the sum's rounding
        }
