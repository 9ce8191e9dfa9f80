"""The training step of train_step.py in JAX, compiled as a whole by `jit`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

BETA1, BETA2, EPS = 0.9, 0.999, 1e-8  # PyTorch's defaults of Adam
MOMENTUM, BN_EPS = 0.1, 1e-5  # and of batch norm


def jax_step(
    start: Mapping[str, Any], net: Any, dropout: float, lr: float, x: Any, y: Any, seed: int
) -> Callable[[], Any]:
    """A function that takes one training step and returns its loss.

    start : PyTorch's state dict; its names are kept
    net : a `train_step.Net`
    """
    state = {name: jnp.asarray(value.numpy()) for name, value in start.items()}
    weights = {name: w for name, w in state.items() if name.endswith(("weight", "bias"))}
    running = {name: s for name, s in state.items() if "running" in name}
    stride = 2 + net.batch_norm + (dropout > 0)  # modules of a hidden layer in the Sequential
    hidden = net.sizes.count("-") - 1
    labels = jnp.arange(len(y)), jnp.asarray(y)
    x = jnp.asarray(x)

    def loss_of(weights, running, key):
        h, running = x, dict(running)
        for i in range(0, hidden * stride, stride):
            h = h @ weights[f"{i}.weight"].T + weights[f"{i}.bias"]
            if net.batch_norm:
                name = str(i + 1)
                mean, var = h.mean(axis=0), h.var(axis=0)
                h = (h - mean) * jax.lax.rsqrt(var + BN_EPS) * weights[f"{name}.weight"]
                h = h + weights[f"{name}.bias"]
                unbiased = var * (net.batch / (net.batch - 1))
                for kind, value in (("mean", mean), ("var", unbiased)):
                    old = running[f"{name}.running_{kind}"]
                    running[f"{name}.running_{kind}"] = old + MOMENTUM * (value - old)
            h = jax.nn.relu(h)
            if dropout:
                key, own = jax.random.split(key)
                h = jnp.where(jax.random.bernoulli(own, 1 - dropout, h.shape), h / (1 - dropout), 0)
        scores = h @ weights[f"{hidden * stride}.weight"].T + weights[f"{hidden * stride}.bias"]
        return -jax.nn.log_softmax(scores)[labels].mean(), running

    def sgd(weights, gradients, moments, count):
        return jax.tree.map(lambda w, g: w - lr * g, weights, gradients), moments

    def adam(weights, gradients, moments, count):
        m = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, moments[0], gradients)
        v = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, moments[1], gradients)
        size, scale = lr / (1 - BETA1**count), jnp.sqrt(1 - BETA2**count)
        new = jax.tree.map(
            lambda w, m, v: w - size * m / (jnp.sqrt(v) / scale + EPS), weights, m, v
        )
        return new, (m, v)

    update = {"SGD": sgd, "Adam": adam}[net.optimizer]

    def step(weights, running, moments, key, count):
        key, own = jax.random.split(key)
        find = jax.value_and_grad(loss_of, has_aux=True)
        (loss, running), gradients = find(weights, running, own)
        weights, moments = update(weights, gradients, moments, count + 1)
        return loss, (weights, running, moments, key, count + 1)

    compiled = jax.jit(step, donate_argnums=(0, 1, 2))
    zeros = [jax.tree.map(jnp.zeros_like, weights) for _ in range(2)]
    carry = [(weights, running, tuple(zeros), jax.random.key(seed), np.float32(0))]

    def training_step() -> Any:
        loss, carry[0] = compiled(*carry[0])
        return loss.block_until_ready()

    return training_step
