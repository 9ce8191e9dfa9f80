"""Adamax, NAdam and RAdam: Adam with another norm, with a look ahead, with a warm-up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np

from ..engine.tensor import Tensor
from .optimizer import Ignored, Optimizer


class Adamax(Optimizer):
    """Adam with the largest gradient, which fades, in place of the root mean square.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        m <- beta1 * m + (1 - beta1) * g
        u <- max(beta2 * u, abs(g) + eps)
        p <- p - lr / (1 - beta1**t) * m / u

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    betas : beta1 and beta2, each at least 0 and less than 1
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2; eps is
    PyTorch's.  Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Adamax([w], lr=0.1)
    >>> (w * mg.tensor([1000.0, -0.001])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    keeps = ("exp_avg", "exp_inf")
    counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "maximize": maximize,
            },
            ignored,
        )

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        (beta1, beta2), t = options["betas"], state["step"] + 1
        m = beta1 * state["exp_avg"] + (1 - beta1) * g
        u = np.maximum(beta2 * state["exp_inf"], np.abs(g) + options["eps"])
        p = p - options["lr"] / (1 - beta1**t) * m / u
        return p, {"step": t, "exp_avg": m, "exp_inf": u}


class NAdam(Optimizer):
    """Adam with Nesterov's look ahead: a step by the m that comes next.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        mu[t] = beta1 * (1 - 0.96**(t * momentum_decay) / 2)
        p <- p - lr * ((1 - mu[t]) / (1 - mu[1] ... mu[t]) * g
                       + mu[t+1] / (1 - mu[1] ... mu[t+1]) * m) / (sqrt(v / (1 - beta2**t)) + eps)

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    betas : beta1 and beta2, each at least 0 and less than 1
    decoupled_weight_decay : as `AdamW`
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016.  Raises ValueError for
    options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.894], dtype=float32)
    """

    keeps = ("exp_avg", "exp_avg_sq")
    counts = ("step", "mu_product")

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
            ignored,
        )

    def begin(self, p: np.ndarray, options: Mapping[str, Any]) -> dict[str, Any]:
        return {**super().begin(p, options), "mu_product": 1.0}

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        (beta1, beta2), t = options["betas"], state["step"] + 1
        m = beta1 * state["exp_avg"] + (1 - beta1) * g
        v = beta2 * state["exp_avg_sq"] + (1 - beta2) * g * g
        mu, mu_next = (
            beta1 * (1 - 0.96 ** (i * options["momentum_decay"]) / 2) for i in (t, t + 1)
        )
        product = state["mu_product"] * mu
        ahead = (1 - mu) / (1 - product) * g + mu_next / (1 - product * mu_next) * m
        p = p - options["lr"] * ahead / (np.sqrt(v / (1 - beta2**t)) + options["eps"])
        return p, {"step": t, "mu_product": product, "exp_avg": m, "exp_avg_sq": v}


class RAdam(Optimizer):
    """Adam that trusts v only when it has seen enough gradients; before, it steps by m alone.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        most = 2 / (1 - beta2) - 1
        rho = most - 2 * t * beta2**t / (1 - beta2**t)
        p <- p - lr * m / (1 - beta1**t)                                            (rho <= 5)
        p <- p - lr * m / (1 - beta1**t) * sqrt(1 - beta2**t) / (sqrt(v) + eps)     (rho > 5)
                 * sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho))

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    betas : beta1 and beta2, each at least 0 and less than 1
    decoupled_weight_decay : as `AdamW`
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Liu et al., "On the variance of the adaptive learning rate and beyond", ICLR 2020, algorithm 2;
    the 5 is PyTorch's.  Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.8], dtype=float32)
    """

    keeps = ("exp_avg", "exp_avg_sq")
    counts = ("step",)

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
            ignored,
        )

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        (beta1, beta2), t = options["betas"], state["step"] + 1
        m = beta1 * state["exp_avg"] + (1 - beta1) * g
        v = beta2 * state["exp_avg_sq"] + (1 - beta2) * g * g
        step = options["lr"] * m / (1 - beta1**t)
        most = 2 / (1 - beta2) - 1
        rho = most - 2 * t * beta2**t / (1 - beta2**t)
        if rho > 5:
            trust = (rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)
            step = step * (trust * (1 - beta2**t)) ** 0.5 / (np.sqrt(v) + options["eps"])
        return p - step, {"step": t, "exp_avg": m, "exp_avg_sq": v}
