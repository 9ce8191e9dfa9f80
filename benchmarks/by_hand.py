"""A training step by minigrad's kernels alone: no tape, no modules, no optimiser.

What is between its kernels is Python of a line each, so it is the floor of a plain step; a compiled
one, with no Python between them, may come below it.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

import numpy as np

from minigrad import kernels

EPS, MOMENTUM = 1e-5, 0.1  # of batch norm


class Result(NamedTuple):
    """A loss that can be asked for like a tensor."""

    loss: Any

    def item(self) -> float:
        return float(self.loss)


class Layer(NamedTuple):
    """A linear layer; what follows it: batch norm, ReLU, dropout."""

    weight: np.ndarray
    bias: np.ndarray
    norm: tuple[np.ndarray, ...] | None  # weight, bias, running mean and variance
    relu: bool
    dropout: float


def layers_of(model: Any, nn: Any) -> list[Layer]:
    """The layers of a `Sequential` of minigrad's, with the memory of its parameters."""
    layers: list[Layer] = []
    for module in model:
        if isinstance(module, nn.Linear):
            layers.append(Layer(module.weight.numpy(), module.bias.numpy(), None, False, 0.0))
        elif isinstance(module, nn.BatchNorm1d):
            kept = module.weight, module.bias, module.running_mean, module.running_var
            layers[-1] = layers[-1]._replace(norm=tuple(t.numpy() for t in kept))
        elif isinstance(module, nn.ReLU):
            layers[-1] = layers[-1]._replace(relu=True)
        else:
            layers[-1] = layers[-1]._replace(dropout=module.p)
    return layers


def step_by_hand(
    layers: list[Layer], optimizer: str, lr: float, x: Any, y: Any
) -> Callable[[], Any]:
    """A training step, as a function without arguments."""
    params = [p for a in layers for p in (a.weight, a.bias, *(a.norm[:2] if a.norm else ()))]
    states = [[np.zeros_like(p) for p in params] for _ in range(2)]
    draw, steps = np.random.default_rng(0), count(1)

    def step() -> Result:
        h, kept = x, []
        for layer in layers:
            fused = layer.relu and not layer.norm
            z = out = kernels.linear(h, layer.weight, layer.bias, fused)
            stats = seed = active = None
            if layer.norm:
                weight, bias, running_mean, running_var = layer.norm
                out, mean, var, invstd = kernels.batch_norm(z, weight, bias, EPS)
                bessel = len(z) / (len(z) - 1)
                kernels.blend(running_mean, mean, 1 - MOMENTUM, MOMENTUM)
                kernels.blend(running_var, var, 1 - MOMENTUM, MOMENTUM * bessel)
                stats = z, mean, invstd
                out = active = kernels.relu(out) if layer.relu else out
            if layer.dropout:
                seed = int(draw.integers(2**64, dtype=np.uint64))
                out = kernels.dropout(out, layer.dropout, seed)
            kept.append((h, stats, z if fused else None, active, seed))
            h = out
        loss, g, _ = kernels.softmax_cross_entropy(h, y)
        grads: list[np.ndarray] = []
        for i in range(len(layers) - 1, -1, -1):
            layer, (h, stats, fused_out, active, seed) = layers[i], kept[i]
            more: tuple[np.ndarray, ...] = ()
            if seed is not None:
                g = kernels.dropout(g, layer.dropout, seed)
            if stats is not None:
                z, mean, invstd = stats
                g = kernels.relu_backward(g, active) if layer.relu else g
                g, *more = kernels.batch_norm_backward(g, z, mean, invstd, layer.norm[0])
            g, *first = kernels.linear_backward(g, h, layer.weight, fused_out, (i > 0, True, True))
            grads = [*first, *more, *grads]
        if optimizer == "SGD":
            kernels.sgd(params, grads, None, lr, 0.0, 0.0, 0.0, False, [False] * len(params))
        else:
            now = [next(steps)] * len(params)
            kernels.adam(params, grads, *states, lr, 0.9, 0.999, 1e-8, 0.0, False, now)
        return Result(loss)

    return step
