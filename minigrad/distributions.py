"""Probability distributions that log their chances and can be drawn from: PyTorch's names.

Parameters may be tensors that require gradients; `log_prob` and `rsample` record.  Draws come from
the default generator, that `minigrad.manual_seed` seeds.
"""

from __future__ import annotations

import functools
import math
import sys
from typing import Any

import numpy as np

from . import random
from .absent import explain_absence
from .creation import as_tensor, zeros
from .engine.grad_mode import no_grad
from .engine.tensor import Tensor
from .engine.words import with_class_words
from .nn import functional as F
from .ops import erf, exp, log, log1p, where, xlogy

__all__ = [
    "Bernoulli",
    "Binomial",
    "Categorical",
    "Distribution",
    "Exponential",
    "Laplace",
    "Multinomial",
    "MultivariateNormal",
    "Normal",
    "Poisson",
    "Uniform",
    "kl_divergence",
]


def _as_float(value: Any) -> Tensor:
    tensor = as_tensor(value)
    return tensor if tensor.is_floating_point() else tensor.float()


class Distribution:
    """What all share: `sample` is `rsample`, or what a subclass draws, as a constant."""

    batch_shape: tuple[int, ...] = ()
    event_shape: tuple[int, ...] = ()

    support: Any = None
    arg_constraints: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        init = cls.__init__

        @functools.wraps(init)
        def without(self: Any, *args: Any, validate_args: Any = None, **kwargs: Any) -> None:
            init(self, *args, **kwargs)  # arguments are checked in any case

        if "__init__" in vars(cls):
            cls.__init__ = without  # type: ignore[method-assign]
        with_class_words(cls)

    @property
    def has_rsample(self) -> bool:
        """Do gradients reach the parameters through its draws?"""
        return type(self).rsample is not Distribution.rsample

    def perplexity(self) -> Tensor:
        """The exponential of the entropy, where there is one."""
        return exp(self.entropy())  # type: ignore[attr-defined]

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
        self.loc, self.scale = _as_float(loc), _as_float(scale)
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

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return 0.5 * (1 + erf((as_tensor(value) - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        from .ops.special import erfinv

        return self.loc + self.scale * math.sqrt(2) * erfinv(2 * as_tensor(value) - 1)


class Uniform(Distribution):
    """Every number from `low` to `high` alike.

    >>> Uniform(0.0, 2.0).log_prob(1.0).exp()
    tensor(0.5)
    """

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = _as_float(low), _as_float(high)
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
            self.probs = _as_float(probs)
            self.logits = log(self.probs) - log(1 - self.probs)
        else:
            self.logits = _as_float(logits)
            self.probs = F.sigmoid(self.logits)
        self.batch_shape, self.mean = self.probs.shape, self.probs
        self.variance = self.probs * (1 - self.probs)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return random.bernoulli(self.probs.detach().expand(self._shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance."""
        x = as_tensor(value) + 0 * self.logits.detach()
        return -F.binary_cross_entropy_with_logits(self.logits.expand(x.shape), x, reduction="none")

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


def _log_factorial(counts: Tensor) -> np.ndarray:
    """log(n!) of whole numbers, a constant."""
    values = np.asarray(counts.detach().numpy() + 1)
    logs: np.ndarray = np.vectorize(math.lgamma, otypes=[values.dtype])(values)
    return logs


class Binomial(Distribution):
    """How many of `total_count` come out as 1, each with probability `probs` (or `logits`).

    >>> Binomial(2, 0.5).log_prob(1.0).exp()
    tensor(0.5)
    """

    def __init__(self, total_count: Any = 1, probs: Any = None, logits: Any = None) -> None:
        each = self._each = Bernoulli(probs, logits)
        self.total_count, self.probs, self.logits = as_tensor(total_count), each.probs, each.logits
        self.batch_shape = np.broadcast_shapes(self.total_count.shape, self.probs.shape)
        self.mean = self.total_count * self.probs

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        counts, p = self.total_count.detach().numpy(), self.probs.detach().numpy()
        drawn = random.default_generator().binomial(counts, p, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = as_tensor(value).to(self.logits.dtype)
        n = self.total_count.to(self.logits.dtype)
        ways = _log_factorial(n) - _log_factorial(x) - _log_factorial(n - x)
        ways = x * F.logsigmoid(self.logits) + (n - x) * F.logsigmoid(-self.logits) + ways
        return as_tensor(ways)


class Poisson(Distribution):
    """Counts of what happens `rate` times on average.

    >>> Poisson(1.0).log_prob(0.0)
    tensor(-1.)
    """

    def __init__(self, rate: Any) -> None:
        self.rate = self.mean = _as_float(rate)
        self.batch_shape = self.rate.shape

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        rate = self.rate.detach().numpy()
        drawn = random.default_generator().poisson(rate, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.rate.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = as_tensor(value).to(self.rate.dtype)
        return xlogy(x, self.rate) - self.rate - _log_factorial(x)


class Exponential(Distribution):
    """The time until what happens `rate` times on average.

    >>> Exponential(2.0).log_prob(0.0).exp()
    tensor(2.)
    """

    def __init__(self, rate: Any) -> None:
        self.rate = _as_float(rate)
        self.batch_shape, self.mean = self.rate.shape, 1 / self.rate

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return -log1p(-random.rand(shape, dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return log(self.rate) - self.rate * as_tensor(value)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 - log(self.rate)


class Laplace(Distribution):
    """Two exponential tails of mean length `scale` about `loc`.

    >>> Laplace(0.0, 0.5).log_prob(0.0).exp()
    tensor(1.)
    """

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc = self.mean = _as_float(loc)
        self.scale = _as_float(scale)
        self.batch_shape = np.broadcast_shapes(self.loc.shape, self.scale.shape)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        u = random.rand(self._shape(sample_shape), dtype=self.scale.dtype) - 0.5
        return self.loc - self.scale * u.sign() * log1p(-2 * u.abs())

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return -log(2 * self.scale) - (as_tensor(value) - self.loc).abs() / self.scale

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 + log(2 * self.scale)


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
            weights = _as_float(probs)
            self.probs = weights / weights.sum(-1, keepdim=True)
            tiny = float(np.finfo(self.probs.dtype).eps)
            self.logits = log(self.probs.clamp(tiny, 1 - tiny))  # as PyTorch: no -inf
        else:
            self.logits = F.log_softmax(_as_float(logits), -1)
            self.probs = exp(self.logits)
        self.batch_shape, self.param_shape = self.probs.shape[:-1], self.probs.shape

    @property
    def mode(self) -> Tensor:
        """The likeliest class."""
        return self.probs.argmax(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All classes along a new first axis, for each of the batch, or to broadcast."""
        classes = as_tensor(np.arange(self.param_shape[-1]))
        classes = classes.reshape((-1, *(1 for _ in self.batch_shape)))
        return classes.expand((-1, *self.batch_shape)) if expand else classes

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
        ways = math.lgamma(self.total_count + 1) - _log_factorial(counts).sum(-1)
        logarithm: Tensor = (counts * self.logits).sum(-1) + ways.astype(counts.dtype)
        return logarithm


class MultivariateNormal(Distribution):
    """The normal distribution of a mean (..., n) and a covariance (n, n).

    In its place may stand its inverse, `precision_matrix`, or its root L, `scale_tril`, a lower
    triangle with covariance = L L^T.  Raises ValueError for more or less than one of the three, and
    for a covariance that is not positive definite.

    >>> import minigrad as mg
    >>> MultivariateNormal(mg.zeros(2), mg.eye(2)).sample((5,)).shape
    (5, 2)
    """

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
    ) -> None:
        from .linalg import cholesky, inv

        given = [m for m in (covariance_matrix, precision_matrix, scale_tril) if m is not None]
        if len(given) != 1:
            raise ValueError(
                "MultivariateNormal: wanted one of covariance_matrix, precision_matrix and "
                f"scale_tril, got {len(given)}"
            )
        self.loc, matrix = _as_float(loc), _as_float(given[0])
        try:
            if precision_matrix is not None:
                matrix = inv(matrix)
            self.scale_tril = matrix if scale_tril is not None else cholesky(matrix)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"MultivariateNormal: covariance_matrix: {error}") from None
        self.covariance_matrix = self.scale_tril @ self.scale_tril.mT
        self.batch_shape, self.event_shape = self.loc.shape[:-1], self.loc.shape[-1:]
        self.mean = self.loc

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        draws = random.randn(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + draws @ self.scale_tril.mT

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        from .linalg import solve_triangular

        away = as_tensor(value) - self.loc
        z = solve_triangular(self.scale_tril, away.unsqueeze(-1), upper=False).squeeze(-1)
        scale = log(self.scale_tril.diagonal()).sum()
        logarithm: Tensor = (
            -0.5 * (z**2).sum(-1) - scale - 0.5 * z.shape[-1] * math.log(2 * math.pi)
        )
        return logarithm

    def entropy(self) -> Tensor:
        """-E[log p]."""
        n = self.event_shape[0]
        return 0.5 * n * (1 + math.log(2 * math.pi)) + log(self.scale_tril.diagonal()).sum()


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """E_p[log p - log q], of two of a kind: `Normal`, `Bernoulli`, `Categorical`.

    Raises NotImplementedError for others.

    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5)
    """
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio = (p.scale / q.scale) ** 2
        return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - log(ratio))
    if isinstance(p, Bernoulli) and isinstance(q, Bernoulli):
        crossed = F.binary_cross_entropy_with_logits(
            q.logits.expand(p.probs.shape), p.probs, reduction="none"
        )
        return crossed - p.entropy()
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        return (p.probs * (p.logits - q.logits)).sum(-1)
    kinds = f"{type(p).__name__} and {type(q).__name__}"
    raise NotImplementedError(f"kl_divergence: there is no formula for {kinds}")


for _name in (
    "bernoulli",
    "binomial",
    "categorical",
    "distribution",
    "exponential",
    "kl",
    "laplace",
    "multinomial",
    "multivariate_normal",
    "normal",
    "poisson",
    "uniform",
):  # PyTorch has a module for each
    globals()[_name] = sys.modules[f"{__name__}.{_name}"] = sys.modules[__name__]


explain_absence(globals())
