"""Distributions that fewer people take, and those that are made of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import random
from ..creation import as_tensor
from ..engine.size import Size
from ..engine.tensor import Tensor
from ..nn import functional as F
from ..ops import exp, log, log1p, logsumexp, stack, where, xlogy
from ..ops.special import digamma, lgamma
from .basic import (
    Bernoulli,
    Categorical,
    Distribution,
    Normal,
    as_float,
    check_positive,
    together,
)

__all__ = [
    "Beta",
    "Cauchy",
    "Chi2",
    "Dirichlet",
    "Gamma",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "LogNormal",
    "MixtureSameFamily",
    "OneHotCategorical",
    "StudentT",
]


class LogNormal(Distribution):
    """exp(X) of a normal X of mean `loc` and standard deviation `scale`.

    >>> LogNormal(0.0, 1.0).log_prob(1.0).exp()  # doctest: +ELLIPSIS
    tensor(0.3989...
    """

    given = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any) -> None:
        self._log = Normal(loc, scale)
        self.loc, self.scale, self.batch_shape = self._log.loc, self._log.scale, self._log.loc.shape
        square = self.scale**2
        self.mean, self.mode = exp(self.loc + square / 2), exp(self.loc - square)
        self.variance = (exp(square) - 1) * exp(2 * self.loc + square)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return exp(self._log.rsample(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        y = log(as_tensor(value))
        return self._log.log_prob(y) - y

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._log.entropy() + self.loc

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return self._log.cdf(log(as_tensor(value)))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return exp(self._log.icdf(value))


class HalfNormal(Distribution):
    """|X| of a normal X of mean 0 and standard deviation `scale`.

    >>> HalfNormal(1.0).log_prob(0.0).exp()  # doctest: +ELLIPSIS
    tensor(0.7978...
    """

    given = ("scale",)

    def __init__(self, scale: Any) -> None:
        self.scale = as_float(scale)
        self._whole, self.batch_shape = Normal(0 * self.scale, self.scale), self.scale.shape
        self.mean, self.mode = self.scale * math.sqrt(2 / math.pi), 0 * self.scale
        self.variance = self.scale**2 * (1 - 2 / math.pi)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self._whole.rsample(sample_shape).abs()

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: -inf below 0."""
        x = as_tensor(value)
        return (self._whole.log_prob(x) + math.log(2)).masked_fill(x < 0, -math.inf)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._whole.entropy() - math.log(2)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return 2 * self._whole.cdf(value) - 1

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self._whole.icdf((as_tensor(value) + 1) / 2)


class Cauchy(Distribution):
    """The ratio of two normal numbers, times `scale`, about `loc`: without a mean.

    >>> Cauchy(0.0, 1.0).cdf(1.0)
    tensor(0.75)
    """

    given = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = together(loc, scale)
        check_positive("Cauchy: scale", self.scale)
        self.batch_shape, self.mode = self.loc.shape, self.loc
        self.mean, self.variance = math.nan * self.loc, math.inf * self.scale

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self.icdf(random.rand(self._shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        away = (as_tensor(value) - self.loc) / self.scale
        return -log1p(away**2) - math.log(math.pi) - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.scale) + math.log(4 * math.pi)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return ((as_tensor(value) - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.loc + self.scale * (math.pi * (as_tensor(value) - 0.5)).tan()


EULER = 0.57721566490153286  # the mean of the standard Gumbel distribution


class Gumbel(Distribution):
    """The largest of many: -log(-log U) of a uniform U, times `scale`, about `loc`.

    The argmax of logits and such noise is a draw from their softmax.

    >>> Gumbel(0.0, 1.0).log_prob(0.0)
    tensor(-1.)
    """

    given = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = together(loc, scale)
        check_positive("Gumbel: scale", self.scale)
        self.batch_shape, self.mode = self.loc.shape, self.loc
        self.mean = self.loc + self.scale * EULER
        self.variance = (math.pi / math.sqrt(6) * self.scale) ** 2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        u = random.rand(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.icdf(u.clamp(min=float(np.finfo(u.dtype).tiny)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        y = (self.loc - as_tensor(value)) / self.scale
        return y - exp(y) - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.scale) + (1 + EULER)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return exp(-exp((self.loc - as_tensor(value)) / self.scale))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.loc - self.scale * log(-log(as_tensor(value)))


class Geometric(Distribution):
    """How often a coin fails, whose chance is `probs` (or of these `logits`), before it succeeds.

    >>> Geometric(0.5).log_prob(1.0).exp()
    tensor(0.25)
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        if probs is not None:
            check_positive("Geometric: probs", as_float(probs))
        each = Bernoulli(probs, logits)
        self.given = each.given
        self.probs, self.logits, self.batch_shape = each.probs, each.logits, each.batch_shape
        self.mean, self.mode = 1 / self.probs - 1, 0 * self.probs
        self.variance = (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        p = self.probs.detach().numpy()
        drawn = random.default_generator().geometric(p, self._shape(sample_shape)) - 1
        return as_tensor(np.asarray(drawn, self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = as_tensor(value)
        failing = log1p(-where((self.probs == 1) & (x == 0), 0.0, self.probs))
        return x * failing + log(self.probs)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        odds = F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
        return odds / self.probs


class Gamma(Distribution):
    """The time until what happens `rate` times on average has happened `concentration` times.

    Draws are constants: no gradient reaches the parameters through them.

    >>> Gamma(1.0, 2.0).log_prob(0.0).exp()
    tensor(2.)
    """

    given: tuple[str, ...] = ("concentration", "rate")

    def __init__(self, concentration: Any, rate: Any) -> None:
        self.concentration, self.rate = together(concentration, rate)
        for name in ("concentration", "rate"):
            check_positive(f"{type(self).__name__}: {name}", getattr(self, name))
        self.batch_shape = self.rate.shape
        self.mean = self.concentration / self.rate
        self.variance = self.mean / self.rate
        self.mode = ((self.concentration - 1) / self.rate).clamp(min=0)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        a, b = (t.detach().numpy() for t in (self.concentration, self.rate))
        drawn = random.default_generator().gamma(a, 1 / b, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.rate.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        x, a = as_tensor(value).to(self.rate.dtype), self.concentration
        return xlogy(a, self.rate) + xlogy(a - 1, x) - self.rate * x - lgamma(a)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        a = self.concentration
        return a - log(self.rate) + lgamma(a) + (1 - a) * digamma(a)


class Chi2(Gamma):
    """The sum of `df` squared standard normal numbers.

    >>> Chi2(2.0).log_prob(0.0).exp()
    tensor(0.5)
    """

    given = ("df",)

    def __init__(self, df: Any) -> None:
        self.df = as_float(df)
        super().__init__(self.df / 2, 0.5)


class Dirichlet(Distribution):
    """Chances (..., n) that add up to 1, each to a power `concentration` - 1.

    Draws are constants: no gradient reaches the parameters through them.

    >>> import minigrad as mg
    >>> Dirichlet(mg.ones(3)).log_prob(mg.tensor([0.2, 0.3, 0.5])).exp()
    tensor(2.)
    """

    given = ("concentration",)

    def __init__(self, concentration: Any) -> None:
        self.concentration = as_float(concentration)
        if self.concentration.ndim < 1:
            raise ValueError("Dirichlet: concentration: wanted at least one axis")
        check_positive("Dirichlet: concentration", self.concentration)
        self.batch_shape = self.concentration.shape[:-1]
        self.event_shape = self.concentration.shape[-1:]
        total = self.concentration.sum(-1, keepdim=True)
        self.mean = self.concentration / total
        self.variance = self.mean * (1 - self.mean) / (total + 1)

    @property
    def mode(self) -> Tensor:
        """The likeliest chances; the first corner where all are (PyTorch's choice)."""
        rest = (self.concentration - 1).clamp(min=0)
        total = rest.sum(-1, keepdim=True)
        mode = rest / total.masked_fill(total == 0, math.nan)
        corners = (self.concentration < 1).all(-1, keepdim=True)
        first = as_tensor(np.eye(1, *self.event_shape, dtype=mode.dtype)[0])
        return where(corners, first, mode)  # type: ignore[no-any-return]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        weights = Gamma(self.concentration.detach(), 1.0).sample(sample_shape)
        return weights / weights.sum(-1, keepdim=True)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        a = self.concentration
        powers: Tensor = xlogy(a - 1, as_tensor(value)).sum(-1)
        return powers + lgamma(a.sum(-1)) - lgamma(a).sum(-1)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        a, n = self.concentration, self.event_shape[0]
        total = a.sum(-1)
        spread = lgamma(a).sum(-1) - lgamma(total) - (n - total) * digamma(total)
        return spread - ((a - 1) * digamma(a)).sum(-1)


class Beta(Distribution):
    """A chance p to the power `concentration1` - 1, times 1 - p to `concentration0` - 1.

    Draws are constants: no gradient reaches the parameters through them.

    >>> Beta(2.0, 1.0).log_prob(0.5).exp()
    tensor(1.)
    """

    given = ("concentration1", "concentration0")

    def __init__(self, concentration1: Any, concentration0: Any) -> None:
        self.concentration1, self.concentration0 = together(concentration1, concentration0)
        both = [self.concentration1, self.concentration0]
        for i, tensor in zip((1, 0), both, strict=True):
            check_positive(f"Beta: concentration{i}", tensor)
        self._both = Dirichlet(stack(both, -1))
        self.batch_shape = self.concentration1.shape
        self.mean, self.variance = self._both.mean[..., 0], self._both.variance[..., 0]

    @property
    def mode(self) -> Tensor:
        """The likeliest chance."""
        return self._both.mode[..., 0]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self._both.sample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        p = as_tensor(value)
        return self._both.log_prob(stack([p, 1 - p], -1))

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._both.entropy()


class StudentT(Distribution):
    """A normal number over the root of `Chi2(df)` / df, times `scale`, about `loc`.

    Draws are constants: no gradient reaches the parameters through them.

    >>> StudentT(1.0).log_prob(0.0).exp()  # doctest: +ELLIPSIS
    tensor(0.3183...
    """

    given = ("df", "loc", "scale")

    def __init__(self, df: Any, loc: Any = 0.0, scale: Any = 1.0) -> None:
        self.df, self.loc, self.scale = together(df, loc, scale)
        for name in ("df", "scale"):
            check_positive(f"StudentT: {name}", getattr(self, name))
        self.batch_shape, self.mode = self.loc.shape, self.loc
        self.mean = self.loc.masked_fill(self.df <= 1, math.nan)
        over = self.df - 2
        spread = self.scale**2 * self.df / over.masked_fill(over <= 0, 1.0)
        spread = spread.masked_fill(over <= 0, math.inf)
        self.variance = spread.masked_fill(self.df <= 1, math.nan)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        drawn = random.default_generator().standard_t(
            self.df.detach().numpy(), self._shape(sample_shape)
        )
        return (self.loc + self.scale * as_tensor(np.asarray(drawn, self.loc.dtype))).detach()

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        away = (as_tensor(value) - self.loc) / self.scale
        constant = lgamma(self.df / 2) - lgamma((self.df + 1) / 2) + 0.5 * log(self.df * math.pi)
        return -0.5 * (self.df + 1) * log1p(away**2 / self.df) - constant - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        half, more = self.df / 2, (self.df + 1) / 2
        logarithm = lgamma(half) - lgamma(more) + lgamma(as_tensor(0.5)) + 0.5 * log(self.df)
        return log(self.scale) + more * (digamma(more) - digamma(half)) + logarithm


class OneHotCategorical(Distribution):
    """The draws of a `Categorical` as vectors of zeros and a one.

    >>> import minigrad as mg
    >>> float(OneHotCategorical(mg.ones(4)).sample().sum())
    1.0
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        self._index = Categorical(probs, logits)
        self.probs, self.logits = self._index.probs, self._index.logits
        self.batch_shape, self.param_shape = self._index.batch_shape, self.probs.shape
        self.event_shape, self.mean = self.probs.shape[-1:], self.probs
        self.variance = self.probs * (1 - self.probs)

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        (name,) = self._index.given
        return type(self)(**{name: getattr(self, name).expand((*batch_shape, *self.event_shape))})

    @property
    def mode(self) -> Tensor:
        """The likeliest vector."""
        return F.one_hot(self._index.mode, self.event_shape[0]).to(self.probs.dtype)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All vectors along a new first axis, for each of the batch, or to broadcast."""
        one = as_tensor(np.eye(*self.event_shape, dtype=self.probs.dtype))
        one = one.reshape((-1, *(1 for _ in self.batch_shape), *self.event_shape))
        return one.expand((-1, *self.batch_shape, -1)) if expand else one

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        drawn = self._index.sample(sample_shape)
        return F.one_hot(drawn, self.event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these vectors."""
        return self._index.log_prob(as_tensor(value).argmax(-1))

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._index.entropy()


class Independent(Distribution):
    """A distribution whose last axes are one event: their chances are multiplied.

    >>> import minigrad as mg
    >>> Independent(Normal(mg.zeros(3, 2), 1.0), 1).log_prob(mg.zeros(2)).shape
    (3,)
    """

    def __init__(self, base_distribution: Distribution, reinterpreted_batch_ndims: int) -> None:
        base, count = base_distribution, reinterpreted_batch_ndims
        if not 0 <= count <= len(base.batch_shape):
            raise ValueError(
                f"Independent: reinterpreted_batch_ndims: wanted 0 to {len(base.batch_shape)}, the "
                f"axes of the batch, got {count}"
            )
        self.base_dist: Any = base
        self.reinterpreted_batch_ndims = count
        kept = len(base.batch_shape) - count
        shape = Size((*base.batch_shape, *base.event_shape))
        self.batch_shape, self.event_shape = shape[:kept], shape[kept:]

    @property
    def has_rsample(self) -> bool:  # noqa: D102
        return bool(self.base_dist.has_rsample)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.base_dist.mean  # type: ignore[no-any-return]

    @property
    def mode(self) -> Tensor:
        """The likeliest value."""
        return self.base_dist.mode  # type: ignore[no-any-return]

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.base_dist.variance  # type: ignore[no-any-return]

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        more = self.event_shape[: self.reinterpreted_batch_ndims]
        base = self.base_dist.expand((*batch_shape, *more))
        return Independent(base, self.reinterpreted_batch_ndims)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self.base_dist.rsample(sample_shape)  # type: ignore[no-any-return]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self.base_dist.sample(sample_shape)  # type: ignore[no-any-return]

    def _total(self, each: Tensor) -> Tensor:
        axes = tuple(range(-self.reinterpreted_batch_ndims, 0))
        return each.sum(axes) if axes else each

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or chance."""
        return self._total(self.base_dist.log_prob(value))

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._total(self.base_dist.entropy())


class MixtureSameFamily(Distribution):
    """One of the distributions of a batch's last axis, which a `Categorical` chooses.

    >>> import minigrad as mg
    >>> two = Normal(mg.tensor([-1.0, 1.0]), 1.0)
    >>> MixtureSameFamily(Categorical(mg.ones(2)), two).mean
    tensor(0.)
    """

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                "MixtureSameFamily: mixture_distribution: wanted a Categorical, got "
                f"{type(mixture_distribution).__name__}"
            )
        count = mixture_distribution.param_shape[-1]
        if component_distribution.batch_shape[-1:] != (count,):
            raise ValueError(
                f"MixtureSameFamily: component_distribution: wanted a last axis of {count}, as "
                f"the mixture has, got a batch of shape {component_distribution.batch_shape}"
            )
        self.mixture_distribution = mixture_distribution
        self.component_distribution: Any = component_distribution
        self.batch_shape = component_distribution.batch_shape[:-1]
        self.event_shape = component_distribution.event_shape
        self._axis = -1 - len(self.event_shape)
        self._weights = mixture_distribution.probs.reshape(
            (*mixture_distribution.param_shape, *(1 for _ in self.event_shape))
        )

    @property
    def mean(self) -> Tensor:
        """The mean."""
        mean: Tensor = (self._weights * self.component_distribution.mean).sum(self._axis)
        return mean

    @property
    def variance(self) -> Tensor:
        """The mean of the variances, and the variance of the means."""
        away = self.component_distribution.mean - self.mean.unsqueeze(self._axis)
        each = self.component_distribution.variance + away**2
        variance: Tensor = (self._weights * each).sum(self._axis)
        return variance

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        which = self.mixture_distribution.expand(self.batch_shape).sample(sample_shape)
        drawn = self.component_distribution.sample(sample_shape)
        one = tuple(1 for _ in self.event_shape)
        places = which.reshape((*which.shape, 1, *one))
        places = places.expand((*which.shape, 1, *self.event_shape))
        return drawn.gather(self._axis, places).squeeze(self._axis)  # type: ignore[no-any-return]

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or chance."""
        each = self.component_distribution.log_prob(as_tensor(value).unsqueeze(self._axis))
        return logsumexp(each + self.mixture_distribution.logits, -1)
