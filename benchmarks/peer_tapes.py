"""The training step of train_step.py in autograd and MyGrad, tapes over NumPy's functions.

Both leave layers and optimisers to their users, so what they need of them stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy as np

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # PyTorch's defaults of Adam
BN_EPS = 1e-5  # and of batch norm


def tape_step(
    peer: str,
    start: Mapping[str, Any],
    net: Any,
    dropout: float,
    lr: float,
    x: np.ndarray,
    y: np.ndarray,
    seed: int,
) -> Callable[[], Any]:
    """A function that takes one training step and returns its loss.

    start : PyTorch's state dict; its names are kept
    net : a `nets.Net`
    """
    xp = import_module("autograd.numpy" if peer == "autograd" else "mygrad")
    generator = np.random.default_rng(seed)
    names = [name for name in start if name.endswith(("weight", "bias"))]
    weights = [start[name].numpy().copy() for name in names]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    stride = 2 + net.batch_norm + (dropout > 0)  # modules of a hidden layer in the Sequential
    hidden = net.sizes.count("-") - 1
    rows = np.arange(len(y))
    count = 0

    def scores_of(weights: list[Any]) -> Any:
        w = dict(zip(names, weights, strict=True))
        h = x
        for i in range(0, hidden * stride, stride):
            h = xp.matmul(h, w[f"{i}.weight"].T) + w[f"{i}.bias"]
            if net.batch_norm:  # the running statistics are left out: these peers have it easier
                centred = h - xp.mean(h, axis=0)
                scale = w[f"{i + 1}.weight"] / xp.sqrt(xp.mean(centred**2, axis=0) + BN_EPS)
                h = centred * scale + w[f"{i + 1}.bias"]
            h = xp.maximum(h, np.float32(0))
            if dropout:
                kept = generator.random(h.shape, np.float32) >= dropout
                h = h * (kept / np.float32(1 - dropout))
        return xp.matmul(h, w[f"{hidden * stride}.weight"].T) + w[f"{hidden * stride}.bias"]

    def update(gradients: list[np.ndarray]) -> None:
        nonlocal count
        count += 1
        for w, g, (m, v) in zip(weights, gradients, moments, strict=True):
            if net.optimizer == "SGD":
                w -= lr * g
            else:
                m += (1 - BETA1) * (g - m)
                v += (1 - BETA2) * (g * g - v)
                w -= lr / (1 - BETA1**count) * m / (np.sqrt(v / (1 - BETA2**count)) + EPS)

    if peer == "autograd":
        from autograd import value_and_grad

        def loss_of(weights: list[Any]) -> Any:
            scores = scores_of(weights)
            shifted = scores - xp.max(scores, axis=1, keepdims=True)
            return xp.mean(xp.log(xp.sum(xp.exp(shifted), axis=1)) - shifted[rows, y])

        find = value_and_grad(loss_of)

        def autograd_step() -> Any:
            loss, gradients = find(weights)
            update(gradients)
            return loss

        return autograd_step

    from mygrad.nnet.losses import softmax_crossentropy

    def mygrad_step() -> Any:
        tensors = [xp.tensor(w, copy=False) for w in weights]
        loss = softmax_crossentropy(scores_of(tensors), y)
        loss.backward()
        update([t.grad for t in tensors])
        return loss

    return mygrad_step
