"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .. import kernels
from .optimizer import Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay if wanted.

        g <- g + weight_decay * p
        v <- momentum * v + (1 - dampening) * g         (v = g in the first step)
        p <- p - lr * v                                 (with nesterov: lr * (g + momentum * v))

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    momentum : at least 0, less than 1; 0 keeps no v

    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013; their v has lr within, PyTorch's and this one has not.  Raises ValueError
    for options out of range, and for `nesterov` without momentum or with dampening.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.numpy()
    array([0.8], dtype=float32)
    """

    keeps = ("momentum_buffer",)

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
            },
        )

    def _check(self, options: Mapping[str, Any]) -> None:
        super()._check(options)
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum, and no dampening")

    def update(self, group: dict[str, Any]) -> None:
        lr, weight_decay = group["lr"], group["weight_decay"]
        momentum, dampening, nesterov = group["momentum"], group["dampening"], group["nesterov"]
        for array, grad, state in self._trained(group):
            buffer = state.get("momentum_buffer") if momentum else None
            first = momentum != 0 and buffer is None
            if first:
                buffer = state["momentum_buffer"] = np.zeros(array.shape, array.dtype)
            kernels.sgd(array, grad, buffer, lr, momentum, dampening, weight_decay, nesterov, first)
