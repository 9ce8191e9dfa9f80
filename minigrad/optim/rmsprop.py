"""RMSprop."""

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


class RMSprop(Optimizer):
    """Divides each gradient by the root of its running mean square.

        g <- g + weight_decay * p
        s <- alpha * s + (1 - alpha) * g**2
        a <- alpha * a + (1 - alpha) * g                (centered; else a = 0)
        u <- momentum * u + g / (sqrt(s - a**2) + eps)
        p <- p - lr * u

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    maximize : begin with -g
    ignored : `foreach`, `fused`, `capturable` change nothing here

    Tieleman and Hinton, "Neural networks for machine learning", Coursera 2012, lecture 6.5; for
    `centered` Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850.
    Raises ValueError for options out of range.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = optim.RMSprop([w], lr=0.01)
    >>> (w * mg.tensor([1000.0, -0.001])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy().round(3)
    array([0.9, 1.1], dtype=float32)
    """

    keeps = ("square_avg", "momentum_buffer", "grad_avg")
    counts = ("step",)
    wanted_by = MappingProxyType({"momentum_buffer": "momentum", "grad_avg": "centered"})

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
            ignored,
        )

    def changes(self, params: list[Tensor], options: Mapping[str, Any]) -> list[Change]:
        if options["centered"]:
            return super().changes(params, options)
        lr, alpha, eps, decay, momentum, _, _ = options.values()
        keys = ("square_avg", "momentum_buffer") if momentum else ("square_avg",)
        _, arrays, grads, states, kept, begun = self._collect(params, options, keys)
        buffers, steps = kept[1] if momentum else None, next_steps(states)
        return [
            (kernels.rmsprop, arrays, grads, kept[0], buffers, lr, alpha, eps, decay, momentum),
            step_numbers(states, steps),
            (self.state.update, begun),
        ]

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        alpha, momentum = options["alpha"], options["momentum"]
        s = alpha * state["square_avg"] + (1 - alpha) * g * g
        a = alpha * state["grad_avg"] + (1 - alpha) * g
        u = g / (np.sqrt(s - a * a) + options["eps"])
        new = {"step": state["step"] + 1, "square_avg": s, "grad_avg": a}
        if momentum:
            u = new["momentum_buffer"] = momentum * state["momentum_buffer"] + u
        return p - options["lr"] * u, new
