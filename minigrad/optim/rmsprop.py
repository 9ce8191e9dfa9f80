"""RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """Divides each gradient by the root of its running mean square.

        g <- g + weight_decay * p
        s <- alpha * s + (1 - alpha) * g**2
        u <- momentum * u + g / (sqrt(s) + eps)
        p <- p - lr * u

    params : tensors that require gradients, or groups of them (see `Optimizer`)

    Tieleman and Hinton, "Neural networks for machine learning", Coursera 2012, lecture 6.5.
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

    keeps = ("step", "square_avg", "momentum_buffer")

    def __init__(
        self,
        params: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
            },
        )

    def update(self, group: dict[str, Any]) -> None:
        lr, alpha, eps = group["lr"], group["alpha"], group["eps"]
        weight_decay, momentum = group["weight_decay"], group["momentum"]
        for array, grad, state in self._trained(group):
            for key in ("square_avg", "momentum_buffer") if momentum else ("square_avg",):
                if state.get(key) is None:
                    state[key] = np.zeros(array.shape, array.dtype)
            buffer = state["momentum_buffer"] if momentum else None
            kernels.rmsprop(
                array, grad, state["square_avg"], buffer, lr, alpha, eps, weight_decay, momentum
            )
