"""Adam, and Adam with decoupled weight decay."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Unpack

import numpy as np

from .. import kernels
from ..engine.changes import Change
from ..engine.lists import next_steps
from ..engine.tensor import Tensor
from .optimizer import Ignored, Optimizer, step_numbers

MOMENTS = ("exp_avg", "exp_avg_sq")


class Adam(Optimizer):
    """Steps of about `lr` in every coordinate, whatever the size of its gradient.

        g <- g + weight_decay * p
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        p <- p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    betas : beta1 and beta2, each at least 0 and less than 1
    amsgrad : divide by the largest v so far
    maximize : begin with -g
    decoupled_weight_decay : as `AdamW`
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1; for
    `amsgrad` Reddi, Kale and Kumar, "On the convergence of Adam and beyond", ICLR 2018.  Raises
    ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.Adam([w], lr=0.1)
    >>> (w * mg.tensor([1000.0, -0.001])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    keeps = (*MOMENTS, "max_exp_avg_sq")
    counts = ("step",)
    wanted_by = MappingProxyType({"max_exp_avg_sq": "amsgrad"})

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
            ignored,
        )

    def changes(self, params: list[Tensor], options: Mapping[str, Any]) -> list[Change]:
        if options["amsgrad"]:
            return super().changes(params, options)
        _, arrays, grads, states, (ms, vs), begun = self._collect(params, options, MOMENTS)
        lr, (beta1, beta2), eps, decay, _, _, decoupled = options.values()
        steps = next_steps(states)
        return [
            (kernels.adam, arrays, grads, ms, vs, lr, beta1, beta2, eps, decay, decoupled, steps),
            step_numbers(states, steps),
            (self.state.update, begun),
        ]

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        (beta1, beta2), t = options["betas"], state["step"] + 1
        m = beta1 * state["exp_avg"] + (1 - beta1) * g
        v = beta2 * state["exp_avg_sq"] + (1 - beta2) * g * g
        largest = np.maximum(state["max_exp_avg_sq"], v)
        root = np.sqrt(largest) / (1 - beta2**t) ** 0.5 + options["eps"]
        p = p - options["lr"] / (1 - beta1**t) * m / root
        return p, {"step": t, "exp_avg": m, "exp_avg_sq": v, "max_exp_avg_sq": largest}


class AdamW(Adam):
    """`Adam` with the weight decay taken out of the gradient: p <- (1 - lr * weight_decay) * p.

    Every weight then decays at the same rate, instead of those with small gradients faster.
    Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.  Arguments and
    errors as for `Adam`.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (0 * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy()
    array([0.95], dtype=float32)
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
            **ignored,
        )

    def _check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        checked = super()._check(options)
        if not checked["decoupled_weight_decay"]:
            raise ValueError("AdamW: decoupled_weight_decay is False; that is Adam")
        return checked
