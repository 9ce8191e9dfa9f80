"""Adagrad and Adadelta: each coordinate's rate from the squares of all its gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from ..engine.tensor import Tensor
from .optimizer import Ignored, Optimizer


class Adagrad(Optimizer):
    """Divides each gradient by the root of the sum of all its squares so far.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        s <- s + g**2                                   (from initial_accumulator_value)
        p <- p - lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    initial_accumulator_value : what s begins with; a group may have its own, which PyTorch ignores
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 2011.  Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Adagrad([w], lr=0.1)
    >>> (w * mg.tensor([1000.0, -0.001])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    keeps = ("sum",)
    counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "eps": eps,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "maximize": maximize,
            },
            ignored,
        )

    def begin(self, p: np.ndarray, options: Mapping[str, Any]) -> dict[str, Any]:
        return {"step": 0, "sum": np.full_like(p, options["initial_accumulator_value"])}

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        s = state["sum"] + g * g
        lr = options["lr"] / (1 + state["step"] * options["lr_decay"])
        p = p - lr * g / (np.sqrt(s) + options["eps"])
        return p, {"step": state["step"] + 1, "sum": s}


class Adadelta(Optimizer):
    """Steps in the units of the parameter: of the size of its own last steps.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        s <- rho * s + (1 - rho) * g**2
        d <- sqrt(u + eps) / sqrt(s + eps) * g
        u <- rho * u + (1 - rho) * d**2
        p <- p - lr * d

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Zeiler, "ADADELTA: an adaptive learning rate method", arXiv:1212.5701, algorithm 1, where lr is
    1.  Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.Adadelta([w], eps=0.09)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.143], dtype=float32)
    """

    keeps = ("square_avg", "acc_delta")
    counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize},
            ignored,
        )

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        rho, eps = options["rho"], options["eps"]
        s = rho * state["square_avg"] + (1 - rho) * g * g
        d = np.sqrt(state["acc_delta"] + eps) / np.sqrt(s + eps) * g
        u = rho * state["acc_delta"] + (1 - rho) * d * d
        return p - options["lr"] * d, {"step": state["step"] + 1, "square_avg": s, "acc_delta": u}
