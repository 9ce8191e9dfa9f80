"""Distributions that fewer people take, and those that are made of others."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import random
from ..creation import as_tensor, ones_like, zeros_like
from ..engine.tensor import Tensor
from ..nn import functional as F
from ..ops import exp, expm1, log, log1p, logsumexp, stack, where, xlogy
from ..ops.special import digamma, lgamma
from . import constraints
from .basic import Categorical, Coins, Distribution, Normal, Parameter, as_float, as_floats
from .constraints import Constraint

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
    arg_constraints = Normal.arg_constraints
    support = constraints.positive
    loc, scale = Parameter(), Parameter()

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self._together("loc", "scale"), validate_args=validate_args)

    @property
    def _log(self) -> Normal:
        """The normal distribution of the logarithm."""
        return Normal(self.loc, self.scale, self._validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return exp(self.loc + self.scale**2 / 2)

    @property
    def mode(self) -> Tensor:
        """The likeliest number."""
        return exp(self.loc - self.scale**2)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        square = self.scale**2
        return expm1(square) * exp(2 * self.loc + square)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return exp(self._log.rsample(sample_shape))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        y = log(self._value(value))
        return self._log.log_prob(y) - y

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._log.entropy() + self.loc

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return self._log.cdf(log(self._value(value)))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return exp(self._log.icdf(value))


class HalfNormal(Distribution):
    """|X| of a normal X of mean 0 and standard deviation `scale`.

    >>> HalfNormal(1.0).log_prob(0.0).exp()  # doctest: +ELLIPSIS
    tensor(0.7978...
    """

    given = ("scale",)
    arg_constraints = {"scale": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    scale = Parameter()

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self.scale = scale
        super().__init__(self._together("scale"), validate_args=validate_args)

    @property
    def _whole(self) -> Normal:
        """The normal distribution without a sign."""
        return Normal(0.0, self.scale, self._validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def mode(self) -> Tensor:
        """0, the likeliest number."""
        return zeros_like(self.scale)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale**2 * (1 - 2 / math.pi)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self._whole.rsample(sample_shape).abs()

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: -inf below 0."""
        x = self._value(value)
        return (self._whole.log_prob(x) + math.log(2)).masked_fill(x < 0, -math.inf)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._whole.entropy() - math.log(2)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return 2 * self._whole.cdf(self._value(value)) - 1

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self._whole.icdf((self._number(value) + 1) / 2)


class Cauchy(Distribution):
    """The ratio of two normal numbers, times `scale`, about `loc`: without a mean.

    >>> Cauchy(0.0, 1.0).cdf(1.0)
    tensor(0.75)
    """

    given = ("loc", "scale")
    arg_constraints = Normal.arg_constraints
    support = constraints.real
    loc, scale = Parameter(), Parameter()

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self._together("loc", "scale"), validate_args=validate_args)

    @property
    def mode(self) -> Tensor:
        """The likeliest number."""
        return self.loc

    @property
    def mean(self) -> Tensor:
        """NaN: there is none."""
        return math.nan * self.loc

    @property
    def variance(self) -> Tensor:
        """Infinity."""
        return math.inf * self.scale

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self.icdf(random.rand(self._shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        away = (self._value(value) - self.loc) / self.scale
        return -log1p(away**2) - math.log(math.pi) - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.scale) + math.log(4 * math.pi)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return ((self._value(value) - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.loc + self.scale * (math.pi * (self._number(value) - 0.5)).tan()


EULER = 0.57721566490153286  # the mean of the standard Gumbel distribution


class Gumbel(Distribution):
    """The largest of many: -log(-log U) of a uniform U, times `scale`, about `loc`.

    The argmax of logits and such noise is a draw from their softmax.

    >>> Gumbel(0.0, 1.0).log_prob(0.0)
    tensor(-1.)
    """

    given = ("loc", "scale")
    arg_constraints = Normal.arg_constraints
    support = constraints.real
    loc, scale = Parameter(), Parameter()

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self._together("loc", "scale"), validate_args=validate_args)

    @property
    def mode(self) -> Tensor:
        """The likeliest number."""
        return self.loc

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.loc + self.scale * EULER

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (math.pi / math.sqrt(6) * self.scale) ** 2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        u = random.rand(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.icdf(u.clamp(min=float(np.finfo(u.dtype).tiny)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        y = (self.loc - self._value(value)) / self.scale
        return y - exp(y) - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.scale) + (1 + EULER)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return exp(-exp((self.loc - self._value(value)) / self.scale))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.loc - self.scale * log(-log(self._number(value)))


class Geometric(Coins):
    """How often a coin fails, whose chance is `probs` (or of these `logits`), before it succeeds.

    >>> Geometric(0.5).log_prob(1.0).exp()
    tensor(0.25)
    """

    arg_constraints = {  # noqa: RUF012
        "probs": Constraint("numbers above 0, to 1", lambda x: (x > 0) & (x <= 1)),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        name = self._set_chance(probs, logits)
        self.given = (name,)
        super().__init__(self._together(name), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1 / self.probs - 1

    @property
    def mode(self) -> Tensor:
        """0, the likeliest count."""
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (1 / self.probs - 1) / self.probs

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        p = self.probs.detach().numpy()
        drawn = random.default_generator().geometric(p, self._shape(sample_shape)) - 1
        return as_tensor(np.asarray(drawn, self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x, p = self._value(value), self.probs
        failing = log1p(-where((p == 1) & (x == 0), 0.0, p))
        return x * failing + log(p)

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
    arg_constraints = {  # noqa: RUF012
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    concentration, rate = Parameter(), Parameter()

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = as_floats(concentration, rate)
        super().__init__(self._together("concentration", "rate"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.rate

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean / self.rate

    @property
    def mode(self) -> Tensor:
        """The likeliest time."""
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        a, b = (t.detach().numpy() for t in (self.concentration, self.rate))
        drawn = random.default_generator().gamma(a, 1 / b, self._shape(sample_shape))
        dtype = self.rate.dtype  # 0 would have no logarithm
        return as_tensor(np.maximum(np.asarray(drawn, dtype), np.finfo(dtype).tiny))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        x, a = self._value(value).to(self.rate.dtype), self.concentration
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
    arg_constraints = {"df": constraints.positive}  # noqa: RUF012
    df = Parameter()

    def __init__(self, df: Any, validate_args: bool | None = None) -> None:
        self.df = df
        Distribution.__init__(self, self._together("df"), validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:  # type: ignore[override]
        """Half of df."""
        return self.df / 2

    @property
    def rate(self) -> Tensor:  # type: ignore[override]
        """1/2."""
        return 0.5 * ones_like(self.df)


class Dirichlet(Distribution):
    """Chances (..., n) that add up to 1, each to a power `concentration` - 1.

    Draws are constants: no gradient reaches the parameters through them.

    >>> import minigrad as mg
    >>> Dirichlet(mg.ones(3)).log_prob(mg.tensor([0.2, 0.3, 0.5])).exp()
    tensor(2.)
    """

    given = ("concentration",)
    arg_constraints = {  # noqa: RUF012
        "concentration": constraints.independent(constraints.positive, 1)
    }
    support = constraints.simplex

    def __init__(self, concentration: Any, validate_args: bool | None = None) -> None:
        self.concentration = as_float(concentration)
        if self.concentration.ndim < 1:
            raise ValueError("Dirichlet: concentration: wanted at least one axis")
        shape = self.concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def variance(self) -> Tensor:
        """The variance."""
        total: Tensor = self.concentration.sum(-1, keepdim=True)
        return self.mean * (1 - self.mean) / (total + 1)

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
        a, shape = self.concentration.detach().numpy(), self._shape(sample_shape)
        generator = random.default_generator()
        # G(a) is as G(a + 1) times U^(1/a) (Devroye, "Non-uniform random variate generation",
        # 1986, p. 419): in logarithms it does not vanish, however small a is
        logs = np.log(generator.gamma(a + 1, size=shape)) - generator.exponential(size=shape) / a
        weights = np.exp(logs - logs.max(-1, keepdims=True))
        return as_tensor((weights / weights.sum(-1, keepdims=True)).astype(a.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        a = self.concentration
        powers: Tensor = xlogy(a - 1, self._value(value)).sum(-1)
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

    arg_constraints = {  # noqa: RUF012
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    concentration1, concentration0 = Parameter(), Parameter()

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = as_floats(concentration1, concentration0)
        super().__init__(self._together(*self.given), validate_args=validate_args)

    @property
    def _both(self) -> Dirichlet:
        """The distribution of the chance and of what is left of 1."""
        return Dirichlet(stack([self.concentration1, self.concentration0], -1), False)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self._both.mean[..., 0]

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self._both.variance[..., 0]

    @property
    def mode(self) -> Tensor:
        """The likeliest chance."""
        return self._both.mode[..., 0]

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return self._both.sample(sample_shape)[..., 0]

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        p = self._value(value)
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

    arg_constraints = {"df": constraints.positive, **Normal.arg_constraints}  # noqa: RUF012
    support = constraints.real
    df, loc, scale = Parameter(), Parameter(), Parameter()

    def __init__(
        self,
        df: Any,
        loc: Any = 0.0,
        scale: Any = 1.0,
        validate_args: bool | None = None,
    ) -> None:
        self.df, self.loc, self.scale = as_floats(df, loc, scale)
        super().__init__(self._together("df", "loc", "scale"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean; NaN without one."""
        mean: Tensor = self.loc.masked_fill(self.df <= 1, math.nan)
        return mean

    @property
    def mode(self) -> Tensor:
        """The likeliest number."""
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; infinity to 2 degrees of freedom, NaN to 1."""
        over = self.df - 2
        spread = self.scale**2 * self.df / over.masked_fill(over <= 0, 1.0)
        spread = spread.masked_fill(over <= 0, math.inf)
        return spread.masked_fill(self.df <= 1, math.nan)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        drawn = random.default_generator().standard_t(
            self.df.detach().numpy(), self._shape(sample_shape)
        )
        return (self.loc + self.scale * as_tensor(np.asarray(drawn, self.loc.dtype))).detach()

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        away = (self._value(value) - self.loc) / self.scale
        constant = lgamma(self.df / 2) - lgamma((self.df + 1) / 2) + 0.5 * log(self.df * math.pi)
        return -0.5 * (self.df + 1) * log1p(away**2 / self.df) - constant - log(self.scale)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        half, more = self.df / 2, (self.df + 1) / 2
        logarithm = lgamma(half) - lgamma(more) + math.lgamma(0.5) + 0.5 * log(self.df)
        return log(self.scale) + more * (digamma(more) - digamma(half)) + logarithm


class OneHotCategorical(Distribution):
    """The draws of a `Categorical` as vectors of zeros and a one.

    >>> import minigrad as mg
    >>> float(OneHotCategorical(mg.ones(4)).sample().sum())
    1.0
    """

    support = constraints.one_hot

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._index = Categorical(probs, logits, validate_args)
        self.param_shape = self._index.param_shape
        super().__init__(self.param_shape[:-1], self.param_shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """The chances, which add up to 1."""
        return self._index.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the chances."""
        return self._index.logits

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        (name,) = self._index.given
        return self._like({name: getattr(self, name).expand((*batch_shape, *self.event_shape))})

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
        return self._index.log_prob(self._value(value).argmax(-1))

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return self._index.entropy()


class Independent(Distribution):
    """A distribution whose last axes are one event: their chances are multiplied.

    >>> import minigrad as mg
    >>> Independent(Normal(mg.zeros(3, 2), 1.0), 1).log_prob(mg.zeros(2)).shape
    (3,)
    """

    def __init__(
        self,
        base_distribution: Distribution,
        reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:
        base, count = base_distribution, reinterpreted_batch_ndims
        if not 0 <= count <= len(base.batch_shape):
            raise ValueError(
                f"Independent: reinterpreted_batch_ndims: wanted 0 to {len(base.batch_shape)}, the "
                f"axes of the batch, got {count}"
            )
        self.base_dist: Any = base
        self.reinterpreted_batch_ndims = count
        kept = len(base.batch_shape) - count
        shape = (*base.batch_shape, *base.event_shape)
        super().__init__(shape[:kept], shape[kept:], validate_args)

    def __repr__(self) -> str:
        return f"Independent({self.base_dist}, {self.reinterpreted_batch_ndims})"

    @property
    def has_rsample(self) -> bool:  # noqa: D102
        return bool(self.base_dist.has_rsample)

    @property
    def support(self) -> Any:
        """That of the base, along the last axes."""
        base, count = self.base_dist.support, self.reinterpreted_batch_ndims
        return constraints.independent(base, count) if base is not None and count else base

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
        return Independent(base, self.reinterpreted_batch_ndims, self._validate_args)

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
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
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
        shape, event = component_distribution.batch_shape, component_distribution.event_shape
        super().__init__(shape[:-1], event, validate_args)
        self._axis = -1 - len(event)

    def __repr__(self) -> str:
        return f"MixtureSameFamily({self.mixture_distribution}, {self.component_distribution})"

    @property
    def _weights(self) -> Tensor:
        mixture = self.mixture_distribution
        return mixture.probs.reshape((*mixture.param_shape, *(1 for _ in self.event_shape)))

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        count = self.mixture_distribution.param_shape[-1]
        return MixtureSameFamily(
            self.mixture_distribution.expand(batch_shape),
            self.component_distribution.expand((*batch_shape, count)),
            self._validate_args,
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
        each = self.component_distribution.log_prob(self._number(value).unsqueeze(self._axis))
        return logsumexp(each + self.mixture_distribution.logits, -1)
