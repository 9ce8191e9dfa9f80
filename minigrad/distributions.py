"""Probability distributions that log their chances and can be drawn from: PyTorch's names.

Parameters may be tensors that require gradients; `log_prob` and `rsample` record.  Draws come from
the default generator, that `minigrad.manual_seed` seeds.
"""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

from . import random
from .creation import as_tensor, zeros
from .engine.grad_mode import no_grad
from .engine.tensor import Tensor
from .engine.words import with_class_words
from .nn import functional as F
from .ops import exp, log, where

__all__ = [
    "Bernoulli",
    "Categorical",
    "Distribution",
    "Multinomial",
    "MultivariateNormal",
    "Normal",
    "Uniform",
]


def _floating(value: Any) -> Tensor:
    tensor = as_tensor(value)
    return tensor if tensor.is_floating_point() else tensor.float()


class Distribution:
    """What all share: `sample` is `rsample`, or what a subclass draws, as a constant."""

    batch_shape: tuple[int, ...] = ()
    event_shape: tuple[int, ...] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        with_class_words(cls)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """Draws through which gradients reach the parameters."""
        raise NotImplementedError(f"{type(self).__name__} has no rsample; take sample")

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:
        """Constants, of shape (*sample_shape, *batch_shape, *event_shape)."""
        with no_grad():
            return self.rsample(sample_shape)

    def _shape(self, sample_shape: Any) -> tuple[int, ...]:
        return (*sample_shape, *self.batch_shape, *self.event_shape)


class Normal(Distribution):
    """The normal distribution of mean `loc` and standard deviation `scale`.

    >>> float(Normal(0.0, 1.0).log_prob(0.0).exp())  # doctest: +ELLIPSIS
    0.39894...
    """

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = _floating(loc), _floating(scale)
        if not (self.scale.detach().numpy() > 0).all():
            raise ValueError("Normal: scale: wanted positive numbers")
        self.batch_shape = np.broadcast_shapes(self.loc.shape, self.scale.shape)
        self.mean, self.stddev, self.variance = self.loc, self.scale, self.scale**2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return self.loc + self.scale * random.randn(shape, dtype=self.loc.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        z = (as_tensor(value) - self.loc) / self.scale
        return -0.5 * z**2 - log(self.scale) - 0.5 * math.log(2 * math.pi)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale) + 0 * self.loc


class Uniform(Distribution):
    """Every number from `low` to `high` alike.

    >>> Uniform(0.0, 2.0).log_prob(1.0).exp()
    tensor(0.5)
    """

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = _floating(low), _floating(high)
        if not (self.low < self.high).all():
            raise ValueError("Uniform: wanted low < high")
        self.batch_shape = np.broadcast_shapes(self.low.shape, self.high.shape)
        self.mean = (self.low + self.high) / 2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return self.low + (self.high - self.low) * random.rand(shape, dtype=self.low.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: -inf outside [low, high)."""
        x = as_tensor(value)
        inside = (x >= self.low) & (x < self.high)
        logarithm: Tensor = where(inside, -log(self.high - self.low), -math.inf)
        return logarithm

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.high - self.low)


class Bernoulli(Distribution):
    """1 with probability `probs` (or of these `logits`), else 0.

    >>> Bernoulli(0.25).log_prob(1.0).exp()
    tensor(0.25)
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Bernoulli: give probs or logits")
        if logits is None:
            self.probs = _floating(probs)
            self.logits = log(self.probs) - log(1 - self.probs)
        else:
            self.logits = _floating(logits)
            self.probs = F.sigmoid(self.logits)
        self.batch_shape, self.mean = self.probs.shape, self.probs

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return random.bernoulli(self.probs.detach().expand(self._shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance."""
        x = as_tensor(value) + 0 * self.logits.detach()
        return -F.binary_cross_entropy_with_logits(self.logits.expand(x.shape), x, reduction="none")

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


class Categorical(Distribution):
    """One of n, with chances in proportion to `probs` (..., n), or softmax(`logits`).

    >>> import minigrad as mg
    >>> Categorical(mg.tensor([1.0, 3.0])).log_prob(mg.tensor(1)).exp()
    tensor(0.75)
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(f"{type(self).__name__}: give probs or logits")
        if logits is None:
            weights = _floating(probs)
            self.probs = weights / weights.sum(-1, keepdim=True)
            tiny = float(np.finfo(self.probs.dtype).eps)
            self.logits = log(self.probs.clamp(tiny, 1 - tiny))  # as PyTorch: no -inf
        else:
            self.logits = F.log_softmax(_floating(logits), -1)
            self.probs = exp(self.logits)
        self.batch_shape = self.probs.shape[:-1]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        rows = self.probs.detach().reshape(-1, self.probs.shape[-1])
        drawn = random.multinomial(rows, math.prod(sample_shape), replacement=True)
        return drawn.T.reshape((*sample_shape, *self.batch_shape))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of class numbers."""
        labels = as_tensor(value).long()
        shape = np.broadcast_shapes(labels.shape, self.batch_shape)
        logits = self.logits.expand((*shape, self.logits.shape[-1]))
        return logits.gather(-1, labels.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return -(self.probs * self.logits).sum(-1)


class Multinomial(Distribution):
    """How often each of n comes in `total_count` draws of a `Categorical`.

    >>> import minigrad as mg
    >>> float(Multinomial(5, mg.ones(3)).sample().sum())
    5.0
    """

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None) -> None:
        each = self._each = Categorical(probs, logits)
        self.total_count, self.probs, self.logits = total_count, each.probs, each.logits
        self.batch_shape = each.batch_shape
        self.event_shape = self.probs.shape[-1:]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        drawn = self._each.sample((self.total_count, *sample_shape))
        counts = zeros((*drawn.shape[1:], *self.event_shape), dtype=self.probs.dtype)
        for labels in drawn:
            counts += F.one_hot(labels, *self.event_shape)
        return counts

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        counts = as_tensor(value).to(self.logits.dtype)
        ways = math.lgamma(self.total_count + 1) - np.vectorize(math.lgamma)(
            counts.detach().numpy() + 1
        ).sum(-1)
        logarithm: Tensor = (counts * self.logits).sum(-1) + ways.astype(counts.dtype)
        return logarithm


class MultivariateNormal(Distribution):
    """The normal distribution of a mean (..., n) and a covariance (n, n), which is a constant.

    Raises ValueError for a covariance that is not positive definite.

    >>> import minigrad as mg
    >>> MultivariateNormal(mg.zeros(2), mg.eye(2)).sample((5,)).shape
    (5, 2)
    """

    def __init__(self, loc: Any, covariance_matrix: Any) -> None:
        self.loc, self.covariance_matrix = _floating(loc), _floating(covariance_matrix)
        try:
            self._root = np.linalg.cholesky(self.covariance_matrix)
        except np.linalg.LinAlgError as error:
            raise ValueError(f"MultivariateNormal: covariance_matrix: {error}") from None
        self.batch_shape, self.event_shape = self.loc.shape[:-1], self.loc.shape[-1:]
        self.mean = self.loc

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        draws = random.randn(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + draws @ self._root.T

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        z = (as_tensor(value) - self.loc) @ np.linalg.inv(self._root).T
        scale = float(np.log(np.diagonal(self._root)).sum())
        logarithm: Tensor = (
            -0.5 * (z**2).sum(-1) - scale - 0.5 * self._root.shape[-1] * math.log(2 * math.pi)
        )
        return logarithm


for _name in (
    "bernoulli",
    "categorical",
    "multinomial",
    "multivariate_normal",
    "normal",
    "uniform",
):
    sys.modules[f"{__name__}.{_name}"] = sys.modules[__name__]  # PyTorch has a module for each
