"""Resilient backpropagation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from ..engine.tensor import Tensor
from .optimizer import Ignored, Optimizer


class Rprop(Optimizer):
    """Steps by the sign of the gradient alone: longer while it stays, shorter when it turns.

        eta = etas[1] where g * g_before > 0, etas[0] where < 0, 1 where = 0
        d <- clip(eta * d, step_sizes[0], step_sizes[1])        (d = lr before the first step)
        g <- 0 where it turned                                  (with maximize: -g first)
        p <- p - sign(g) * d

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    etas : the two factors, less and more than 1
    step_sizes : the least and the largest step
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Riedmiller and Braun, "A direct adaptive method for faster backpropagation learning: the RPROP
    algorithm", ICNN 1993.  For full batches.  Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Rprop([w], lr=0.1)
    >>> (w * mg.tensor([1000.0, -0.001])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    keeps = ("prev", "step_size")
    counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize},
            ignored,
        )

    def _check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        checked = super()._check(options)
        shorter, longer = checked["etas"]
        if not 0 < shorter < 1 < longer:
            raise ValueError(f"Rprop: etas must be 0 < less < 1 < more, got {shorter}, {longer}")
        if checked["step_sizes"][0] > checked["step_sizes"][1]:
            raise ValueError(f"Rprop: step_sizes must rise, got {checked['step_sizes']}")
        return checked

    def begin(self, p: np.ndarray, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"step": 0, "prev": np.zeros_like(p), "step_size": np.full_like(p, options["lr"])}

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        shorter, longer = options["etas"]
        stays = g * state["prev"]
        eta = np.where(stays > 0, longer, np.where(stays < 0, shorter, 1)).astype(g.dtype)
        d = np.clip(eta * state["step_size"], *options["step_sizes"])
        g = np.where(stays < 0, np.zeros_like(g), g)
        return p - np.sign(g) * d, {"step": state["step"] + 1, "prev": g, "step_size": d}
