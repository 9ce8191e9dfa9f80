"""Activations; each reference is the definition, without its care for large numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from harness import Case, Domain, an_axis, one
from hypothesis import strategies as st

from minigrad.nn import functional as F

ANY = Domain(-5, 5)
OFF_ZERO = Domain(-5, 5, avoid=(0,))
erf = np.vectorize(math.erf, otypes=[float])


def sampled(**choices: list[Any]) -> Any:
    return lambda shape: st.fixed_dictionaries(
        {name: st.sampled_from(values) for name, values in choices.items()}
    )


def leaky_relu(x: np.ndarray, negative_slope: float) -> np.ndarray:
    return np.where(x > 0, x, negative_slope * x)


def elu(x: np.ndarray, alpha: float) -> np.ndarray:
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def gelu(x: np.ndarray, approximate: str) -> np.ndarray:
    if approximate == "none":
        return x * 0.5 * (1 + erf(x / np.sqrt(2)))
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softplus(x: np.ndarray, beta: float, threshold: float) -> np.ndarray:
    return np.where(beta * x > threshold, x, np.log(1 + np.exp(beta * x)) / beta)


def softmax(x: np.ndarray, dim: int) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True)


CASES = [
    Case("relu", F.relu, lambda x: np.where(x > 0, x, 0), one(OFF_ZERO)),
    Case(
        "leaky_relu",
        F.leaky_relu,
        leaky_relu,
        one(OFF_ZERO, kwargs=sampled(negative_slope=[0.01, 0.5, -0.3])),
    ),
    Case("elu", F.elu, elu, one(OFF_ZERO, kwargs=sampled(alpha=[1.0, 0.5, 2.0]))),
    Case("selu", F.selu, lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772), one(OFF_ZERO)),
    Case("sigmoid", F.sigmoid, lambda x: 1 / (1 + np.exp(-x)), one(ANY)),
    Case("silu", F.silu, lambda x: x / (1 + np.exp(-x)), one(ANY)),
    Case("logsigmoid", F.logsigmoid, lambda x: -np.log(1 + np.exp(-x)), one(ANY)),
    Case(
        "softplus",
        F.softplus,
        softplus,
        one(ANY, kwargs=sampled(beta=[1, 0.5, 2.0, -1.0], threshold=[20, 20.5])),
    ),
    Case(
        "softplus[threshold]",
        F.softplus,
        softplus,
        one(Domain(-5, 5, avoid=(1.5,)), kwargs=sampled(beta=[2.0], threshold=[3.0])),
    ),
    Case("gelu", F.gelu, gelu, one(ANY, kwargs=sampled(approximate=["none", "tanh"]))),
    Case("softmax", F.softmax, softmax, one(ANY, min_dims=1, kwargs=an_axis("dim"))),
    Case(
        "log_softmax",
        F.log_softmax,
        lambda x, dim: np.log(softmax(x, dim)),
        one(ANY, min_dims=1, kwargs=an_axis("dim")),
    ),
]
