"""Adam, and Adam with decoupled weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import kernels
from .optimizer import Optimizer


class Adam(Optimizer):
    """Steps of about `lr` in every coordinate, whatever the size of its gradient.

        g <- g + weight_decay * p
        m <- beta1 * m + (1 - beta1) * g
        v <- beta2 * v + (1 - beta2) * g**2
        p <- p - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    betas : beta1 and beta2, each at least 0 and less than 1

    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 1.  Raises
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

    keeps = ("step", "exp_avg", "exp_avg_sq")
    decoupled = False

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
    ) -> None:
        if not isinstance(betas, (tuple, list)) or len(betas) != 2:
            raise TypeError(f"{type(self).__name__}: betas must be two numbers, got {betas!r}")
        super().__init__(
            params,
            {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay},
        )

    def update(self, group: dict[str, Any]) -> None:
        lr, eps, weight_decay = group["lr"], group["eps"], group["weight_decay"]
        beta1, beta2 = group["betas"]
        for array, grad, state in self._trained(group):
            if not state:
                state["step"] = 0
                state["exp_avg"] = np.zeros(array.shape, array.dtype)
                state["exp_avg_sq"] = np.zeros(array.shape, array.dtype)
            step = state["step"] + 1
            kernels.adam(
                array,
                grad,
                state["exp_avg"],
                state["exp_avg_sq"],
                lr,
                beta1,
                beta2,
                eps,
                weight_decay,
                self.decoupled,
                step,
            )
            state["step"] = step


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

    decoupled = True

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay)
