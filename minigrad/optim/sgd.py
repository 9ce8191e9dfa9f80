"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Unpack

from .. import kernels
from ..engine.changes import Change
from ..engine.tensor import Tensor
from .optimizer import Ignored, Optimizer


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum and weight decay if wanted.

        g <- g + weight_decay * p                       (with maximize: -g + ...)
        v <- momentum * v + (1 - dampening) * g         (v = g in the first step)
        p <- p - lr * v                                 (with nesterov: lr * (g + momentum * v))

    params : tensors that require gradients, or groups of them (see `Optimizer`)
    momentum : at least 0, less than 1; 0 keeps no v
    ignored : `foreach`, `fused`, `capturable` change nothing here

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
    wanted_by = MappingProxyType({"momentum_buffer": "momentum"})

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        **ignored: Unpack[Ignored],
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
            ignored,
        )

    def _check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        checked = super()._check(options)
        if checked["nesterov"] and (checked["momentum"] == 0 or checked["dampening"] != 0):
            raise ValueError("SGD: nesterov needs a momentum, and no dampening")
        return checked

    def changes(self, params: list[Tensor], options: Mapping[str, Any]) -> list[Change]:
        lr, momentum, dampening, decay, nesterov, _ = options.values()
        keys = ("momentum_buffer",) if momentum else ()
        params, arrays, grads, _, kept, begun = self._collect(params, options, keys)
        firsts = [p in begun for p in params] if begun else [False] * len(params)
        buffers, rest = kept[0] if kept else None, (momentum, dampening, decay, nesterov, firsts)
        return [(kernels.sgd, arrays, grads, buffers, lr, *rest), (self.state.update, begun)]
