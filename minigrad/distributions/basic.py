"""What all distributions share, and those that courses take most."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import random
from ..creation import as_tensor, zeros, zeros_like
from ..engine.dtypes import check_flag, default_dtype
from ..engine.grad_mode import no_grad
from ..engine.size import Size
from ..engine.tensor import Tensor, beside
from ..engine.words import with_class_words
from ..nn import functional as F
from ..ops import erf, exp, floor, log, log1p, sqrt, where, xlogy
from ..ops.special import erfinv, lgamma
from . import constraints
from .constraints import Constraint

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
]


def as_float(value: Any) -> Tensor:
    """A floating tensor."""
    tensor = as_tensor(value)
    return tensor if tensor.is_floating_point() else tensor.to(default_dtype())


def as_floats(*values: Any) -> list[Tensor]:
    """Floating tensors; Python's numbers in the dtype of the first tensor among them."""
    given = (v for v in values if getattr(getattr(v, "dtype", None), "kind", "") == "f")
    like = as_tensor(next(given, 0.0))
    return [as_float(beside(v, like, "a parameter")) for v in values]


def away_from_edges(probs: Tensor) -> Tensor:
    """Chances whose logarithms are finite, those of what is left of 1 too: PyTorch's bounds."""
    tiny = float(np.finfo(probs.dtype).eps)
    return probs.clamp(tiny, 1 - tiny)


def finite(logits: Tensor) -> Tensor:
    """Logits of which -inf is the lowest number, so that 0 times it is 0."""
    return logits.clamp(min=float(np.finfo(logits.dtype).min))


def in_shape(value: Tensor, shape: tuple[int, ...]) -> Tensor:
    """A tensor broadcast to a shape; itself, if it has that."""
    return value if value.shape == shape else value.expand(shape)


class Parameter:
    """A parameter as an attribute: kept as it was given, seen in the shape of the batch.

    So nothing is recorded that one backward pass would free for the next, and a change in place is
    seen by all that is computed of it.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, of: Any, owner: type) -> Tensor:
        if of is None:
            return self  # type: ignore[return-value]
        return in_shape(vars(of)[self.name], of.batch_shape)

    def __set__(self, of: Any, value: Any) -> None:
        vars(of)[self.name] = as_float(value)


class Distribution:
    """What all share: `sample` is `rsample`, or what a subclass draws, as a constant.

    validate_args : are parameters and values checked?  True, if nothing is said

    arg_constraints : what the parameters may be; support : what values may be

    Raises ValueError for a parameter that is outside of its constraint.
    """

    batch_shape: tuple[int, ...] = Size()
    event_shape: tuple[int, ...] = Size()

    support: Any = None
    arg_constraints: dict[str, Constraint] = {}  # noqa: RUF012

    given: tuple[str, ...] = ()  # the parameters, by which `expand` makes another
    _validate_args = True

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        with_class_words(cls)

    def __init__(
        self,
        batch_shape: tuple[int, ...] = (),
        event_shape: tuple[int, ...] = (),
        validate_args: bool | None = None,
    ) -> None:
        self.batch_shape, self.event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        for name, wanted in self.arg_constraints.items() if self._validate_args else ():
            if name in vars(self):  # what is computed of others is as good as those
                wanted.require(f"{type(self).__name__}: {name}", vars(self)[name])

    def _together(self, *names: str) -> tuple[int, ...]:
        """The shape to which parameters broadcast."""
        return np.broadcast_shapes(*(vars(self)[name].shape for name in names))

    def _number(self, value: Any) -> Tensor:
        """A value as a tensor; Python's numbers in the dtype of the parameters."""
        like = next((v for v in vars(self).values() if isinstance(v, Tensor)), None)
        return as_tensor(value) if like is None else beside(value, like, "value")

    def _value(self, value: Any) -> Tensor:
        """A value as a tensor; ValueError for one that is not in the support."""
        tensor = self._number(value)
        if not self._validate_args or self.support is None:
            return tensor
        where, event = f"{type(self).__name__}: value", self.event_shape
        if tensor.shape[tensor.ndim - len(event) :] != event:
            raise ValueError(f"{where}: wanted a last shape of {event}, got {tensor.shape}")
        try:
            np.broadcast_shapes(tensor.shape, (*self.batch_shape, *event))
        except ValueError:
            raise ValueError(
                f"{where}: wanted a shape that broadcasts with {(*self.batch_shape, *event)}, of "
                f"the batch and the event, got {tensor.shape}"
            ) from None
        self.support.require(where, tensor)
        return tensor

    def __repr__(self) -> str:
        given = {n: getattr(self, n) for n in self.arg_constraints if n in vars(self)}
        parts = (f"{n}: {tuple(np.shape(v)) or as_tensor(v).item()}" for n, v in given.items())
        return f"{type(self).__name__}({', '.join(parts)})"

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Are parameters and values checked where nothing is said?"""
        Distribution._validate_args = check_flag("set_default_validate_args: value", value)

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return sqrt(self.variance)  # type: ignore[attr-defined]

    def expand(self, batch_shape: Any) -> Any:
        """The same distribution for each of a larger batch."""
        given = {}
        for name in self.given:
            value = getattr(self, name)
            own = value.shape[len(self.batch_shape) :] if self.event_shape else ()
            given[name] = value.expand((*batch_shape, *own))
        return self._like(given)

    def _like(self, given: dict[str, Any]) -> Any:
        """One with other parameters, that is checked if this is."""
        options = given if self._validate_args else {**given, "validate_args": False}
        return type(self)(**options)

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

    >>> Normal(0.0, 1.0)
    Normal(loc: 0.0, scale: 1.0)
    >>> float(Normal(0.0, 1.0).log_prob(0.0).exp())  # doctest: +ELLIPSIS
    0.39894...
    """

    given = ("loc", "scale")
    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}  # noqa: RUF012
    support = constraints.real
    loc, scale = Parameter(), Parameter()

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self._together("loc", "scale"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean, which is the likeliest number."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.scale**2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return self.loc + self.scale * random.randn(shape, dtype=self.loc.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        z = (self._value(value) - self.loc) / self.scale
        return -0.5 * z**2 - log(self.scale) - 0.5 * math.log(2 * math.pi)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return 0.5 * (1 + erf((self._value(value) - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.loc + self.scale * math.sqrt(2) * erfinv(2 * self._number(value) - 1)


class Uniform(Distribution):
    """Every number from `low` to `high` alike.

    >>> Uniform(0.0, 2.0).log_prob(1.0).exp()
    tensor(0.5)
    """

    given = ("low", "high")
    arg_constraints = {"low": constraints.real, "high": constraints.real}  # noqa: RUF012
    low, high = Parameter(), Parameter()

    def __init__(self, low: Any, high: Any, validate_args: bool | None = None) -> None:
        self.low, self.high = as_floats(low, high)
        super().__init__(self._together("low", "high"), validate_args=validate_args)
        if self._validate_args and not (self.low < self.high).all():
            raise ValueError("Uniform: wanted low < high")

    @property
    def support(self) -> Constraint:
        """From low to high."""
        return constraints.interval(self.low, self.high)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return (self.low + self.high) / 2

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return (self.high - self.low) ** 2 / 12

    @property
    def mode(self) -> Tensor:
        """NaN: no number is likelier."""
        return math.nan * self.high

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return self.low + (self.high - self.low) * random.rand(shape, dtype=self.low.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: -inf outside [low, high)."""
        x = self._value(value)
        inside = (x >= self.low) & (x < self.high)
        outside: Tensor = where(inside, 0.0, -math.inf).to(self.low.dtype)
        return outside - log(self.high - self.low)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return log(self.high - self.low)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return ((self._value(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.low + (self.high - self.low) * self._number(value)


class Coins(Distribution):
    """What those share that are given the chance of a 1, `probs`, or its `logits`."""

    arg_constraints = {  # noqa: RUF012
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }

    def _set_chance(self, probs: Any, logits: Any) -> str:
        """Keep the one that is given, and say which."""
        if (probs is None) == (logits is None):
            raise ValueError(f"{type(self).__name__}: give probs or logits")
        name = "logits" if probs is None else "probs"
        vars(self)[name] = as_float(logits if probs is None else probs)
        return name

    def _seen(self, name: str) -> Tensor | None:
        value = vars(self).get(name)
        return value if value is None else in_shape(value, self.batch_shape)

    @property
    def probs(self) -> Tensor:
        """The chance of a 1."""
        given = self._seen("probs")
        return F.sigmoid(self.logits) if given is None else given

    @property
    def logits(self) -> Tensor:
        """log(p / (1 - p)) of the chance p."""
        if (given := self._seen("logits")) is not None:
            return given
        inner = away_from_edges(self.probs)
        return log(inner) - log1p(-inner)


class Bernoulli(Coins):
    """1 with probability `probs` (or of these `logits`), else 0.

    >>> Bernoulli(0.25).log_prob(1.0).exp()
    tensor(0.25)
    """

    support = constraints.boolean

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        name = self._set_chance(probs, logits)
        self.given = (name,)
        super().__init__(self._together(name), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.probs * (1 - self.probs)

    @property
    def mode(self) -> Tensor:
        """The likelier of 0 and 1; NaN where both are alike."""
        likelier = (self.probs >= 0.5).to(self.probs.dtype)
        return where(self.probs == 0.5, math.nan, likelier)  # type: ignore[no-any-return]

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0 and 1 along a new first axis, for each of the batch, or to broadcast."""
        return _counted(2, self.batch_shape, expand, self.probs.dtype)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        return random.bernoulli(self.probs.detach().expand(self._shape(sample_shape)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance."""
        x, logits = self._value(value), self.logits
        shape = np.broadcast_shapes(x.shape, logits.shape)
        x, logits = x.to(logits.dtype).expand(shape), logits.expand(shape)
        return -F.binary_cross_entropy_with_logits(logits, x, reduction="none")

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


def _counted(count: int, batch_shape: tuple[int, ...], expand: bool, dtype: Any) -> Tensor:
    """0, 1, ... along a new first axis, for each of the batch, or to broadcast."""
    values = as_tensor(np.arange(count, dtype=dtype)).reshape((-1, *(1 for _ in batch_shape)))
    return values.expand((-1, *batch_shape)) if expand else values


def _log_factorial(counts: Tensor) -> Tensor:
    """log(n!)."""
    return lgamma(counts + 1)


class Binomial(Coins):
    """How many of `total_count` come out as 1, each with probability `probs` (or `logits`).

    >>> Binomial(2, 0.5).log_prob(1.0).exp()
    tensor(0.5)
    """

    arg_constraints = {  # noqa: RUF012
        "total_count": constraints.nonnegative_integer,
        **Coins.arg_constraints,
    }
    total_count = Parameter()

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self.total_count = total_count
        self.given = ("total_count", self._set_chance(probs, logits))
        super().__init__(self._together(*self.given), validate_args=validate_args)

    @property
    def support(self) -> Constraint:
        """Counts up to total_count."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean * (1 - self.probs)

    @property
    def mode(self) -> Tensor:
        """The likeliest count."""
        return floor((self.total_count + 1) * self.probs).clamp(max=self.total_count)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        counts, p = self.total_count.long().numpy(), self.probs.detach().numpy()
        drawn = random.default_generator().binomial(counts, p, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = self._value(value).to(self.logits.dtype)
        n = self.total_count.to(self.logits.dtype)
        ways = _log_factorial(n) - _log_factorial(x) - _log_factorial(n - x)
        return x * F.logsigmoid(self.logits) + (n - x) * F.logsigmoid(-self.logits) + ways

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0, 1, ..., total_count along a new first axis, for each of the batch, or to broadcast.

        Raises NotImplementedError where the batch has several counts.
        """
        counts = np.unique(self.total_count.detach().numpy())
        if len(counts) != 1:
            raise NotImplementedError("Binomial: the counts of a batch have unlike supports")
        return _counted(int(counts[0]) + 1, self.batch_shape, expand, self.probs.dtype)

    def entropy(self) -> Tensor:
        """-E[log p]; raises NotImplementedError as `enumerate_support`."""
        logs = self.log_prob(self.enumerate_support(False))
        return -(exp(logs) * logs).sum(0)


class Poisson(Distribution):
    """Counts of what happens `rate` times on average.

    >>> Poisson(1.0).log_prob(0.0)
    tensor(-1.)
    """

    given = ("rate",)
    arg_constraints = {"rate": constraints.nonnegative}  # noqa: RUF012
    support = constraints.nonnegative_integer
    rate = Parameter()

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        self.rate = rate
        super().__init__(self._together("rate"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean, which is the variance too."""
        return self.rate

    variance = mean

    @property
    def mode(self) -> Tensor:
        """The likeliest count."""
        return floor(self.rate)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        rate = self.rate.detach().numpy()
        drawn = random.default_generator().poisson(rate, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.rate.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = self._value(value).to(self.rate.dtype)
        return xlogy(x, self.rate) - self.rate - _log_factorial(x)


class Exponential(Distribution):
    """The time until what happens `rate` times on average.

    >>> Exponential(2.0).log_prob(0.0).exp()
    tensor(2.)
    """

    given = ("rate",)
    arg_constraints = {"rate": constraints.positive}  # noqa: RUF012
    support = constraints.nonnegative
    rate = Parameter()

    def __init__(self, rate: Any, validate_args: bool | None = None) -> None:
        self.rate = rate
        super().__init__(self._together("rate"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.rate**-2

    @property
    def mode(self) -> Tensor:
        """0, the likeliest time."""
        return zeros_like(self.rate)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return -log1p(-random.rand(shape, dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return log(self.rate) - self.rate * self._value(value)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 - log(self.rate)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a shorter time."""
        return 1 - exp(-self.rate * self._value(value))

    def icdf(self, value: Any) -> Tensor:
        """The time below which this chance lies."""
        return -log1p(-self._number(value)) / self.rate


class Laplace(Distribution):
    """Two exponential tails of mean length `scale` about `loc`.

    >>> Laplace(0.0, 0.5).log_prob(0.0).exp()
    tensor(1.)
    """

    given = ("loc", "scale")
    arg_constraints = Normal.arg_constraints
    support = constraints.real
    loc, scale = Parameter(), Parameter()

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = as_floats(loc, scale)
        super().__init__(self._together("loc", "scale"), validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean, which is the likeliest number."""
        return self.loc

    mode = mean

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return 2 * self.scale**2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        u = random.rand(self._shape(sample_shape), dtype=self.scale.dtype) - 0.5
        far = (2 * u.abs()).clamp(max=1 - float(np.finfo(u.dtype).eps))  # at 1 it would be infinite
        return self.loc - self.scale * u.sign() * log1p(-far)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return -log(2 * self.scale) - (self._value(value) - self.loc).abs() / self.scale

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 + log(2 * self.scale)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        away = (self._value(value) - self.loc) / self.scale
        return 0.5 - 0.5 * away.sign() * (exp(-away.abs()) - 1)

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        away = self._number(value) - 0.5
        return self.loc - self.scale * away.sign() * log1p(-2 * away.abs())


class Categorical(Distribution):
    """One of n, with chances in proportion to `probs` (..., n), or softmax(`logits`).

    >>> import minigrad as mg
    >>> Categorical(mg.tensor([1.0, 3.0])).log_prob(mg.tensor(1)).exp()
    tensor(0.75)
    """

    arg_constraints = {  # noqa: RUF012
        "probs": Constraint(
            "numbers of at least 0 with a positive sum",
            lambda x: (x >= 0).all(-1) & (x.sum(-1) > 0) & np.isfinite(x).all(-1),
            1,
        ),
        "logits": Constraint("numbers, the greatest finite", lambda x: np.isfinite(x.max(-1)), 1),
    }

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(f"{type(self).__name__}: give probs or logits")
        name = "logits" if probs is None else "probs"
        weights = as_float(logits if probs is None else probs)
        if not weights.ndim:
            raise ValueError(f"{type(self).__name__}: {name}: wanted at least one axis")
        self.given, vars(self)[name] = (name,), weights
        self.param_shape = weights.shape
        super().__init__(weights.shape[:-1], validate_args=validate_args)

    @property
    def probs(self) -> Tensor:
        """The chances, which add up to 1."""
        weights = vars(self).get("probs")
        return exp(self.logits) if weights is None else weights / weights.sum(-1, keepdim=True)

    @property
    def logits(self) -> Tensor:
        """The logarithms of the chances."""
        weights = vars(self).get("logits")
        if weights is None:
            return log(away_from_edges(self.probs))
        return F.log_softmax(weights, -1)

    @property
    def support(self) -> Constraint:
        """The numbers of the classes."""
        return constraints.integer_interval(0, self.param_shape[-1] - 1)

    @property
    def mean(self) -> Tensor:
        """NaN, as the variance: classes are no numbers."""
        return math.nan * self.probs[..., 0]

    variance = mean

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        (name,) = self.given
        value = getattr(self, name).expand((*batch_shape, self.param_shape[-1]))
        return self._like({name: value})

    @property
    def mode(self) -> Tensor:
        """The likeliest class."""
        return self.probs.argmax(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All classes along a new first axis, for each of the batch, or to broadcast."""
        return _counted(self.param_shape[-1], self.batch_shape, expand, np.int64)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        rows = self.probs.detach().reshape(-1, self.param_shape[-1])
        drawn = random.multinomial(rows, math.prod(sample_shape), replacement=True)
        return drawn.T.reshape((*sample_shape, *self.batch_shape))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of class numbers."""
        labels, logits = self._value(value).long(), self.logits
        shape = np.broadcast_shapes(labels.shape, self.batch_shape)
        logits = logits.expand((*shape, logits.shape[-1]))
        return logits.gather(-1, labels.expand(shape).unsqueeze(-1)).squeeze(-1)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        surprise: Tensor = (-self.probs * finite(self.logits)).sum(-1)
        return surprise


class Multinomial(Distribution):
    """How often each of n comes in `total_count` draws of a `Categorical`.

    >>> import minigrad as mg
    >>> float(Multinomial(5, mg.ones(3)).sample().sum())
    5.0
    """

    arg_constraints = {"total_count": constraints.nonnegative_integer}  # noqa: RUF012

    def __init__(
        self,
        total_count: int = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self._each = Categorical(probs, logits, validate_args)
        self.total_count = total_count
        super().__init__(self._each.batch_shape, self._each.param_shape[-1:], validate_args)

    @property
    def probs(self) -> Tensor:
        """The chances, which add up to 1."""
        return self._each.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the chances."""
        return self._each.logits

    @property
    def support(self) -> Constraint:
        """Counts that add up to total_count at most."""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        """The mean."""
        return self.total_count * self.probs

    @property
    def variance(self) -> Tensor:
        """The variance."""
        return self.mean * (1 - self.probs)

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        each = self._each.expand(batch_shape)
        (name,) = each.given
        return self._like({"total_count": self.total_count, name: getattr(each, name)})

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        drawn = self._each.sample((self.total_count, *sample_shape))
        counts = zeros((*drawn.shape[1:], *self.event_shape), dtype=self.probs.dtype)
        for labels in drawn:
            counts += F.one_hot(labels, *self.event_shape)
        return counts

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        logits = self.logits
        counts = self._value(value).to(logits.dtype)
        ways = _log_factorial(counts.sum(-1)) - _log_factorial(counts).sum(-1)
        never = (counts == 0) & (logits == -math.inf)
        logarithm: Tensor = (counts * where(never, 0.0, logits)).sum(-1)
        return logarithm + ways

    def entropy(self) -> Tensor:
        """-E[log p]."""
        each = Binomial(self.total_count, self.probs)
        counts = each.enumerate_support(False)[1:]
        ways: Tensor = (exp(each.log_prob(counts)) * _log_factorial(counts)).sum((0, -1))
        return self.total_count * self._each.entropy() - math.lgamma(self.total_count + 1) + ways


class MultivariateNormal(Distribution):
    """The normal distribution of a mean (..., n) and a covariance (..., n, n).

    In its place may stand its inverse, `precision_matrix`, or its root L, `scale_tril`, a lower
    triangle with covariance = L L^T.  Raises ValueError for more or less than one of the three, and
    for a covariance that is not symmetric and positive definite.

    >>> import minigrad as mg
    >>> MultivariateNormal(mg.zeros(2), mg.eye(2)).sample((5,)).shape
    (5, 2)
    """

    given = ("loc", "scale_tril")
    arg_constraints = {  # noqa: RUF012
        "loc": constraints.real_vector,
        "scale_tril": constraints.lower_cholesky,
    }
    support = constraints.real_vector

    def __init__(
        self,
        loc: Any,
        covariance_matrix: Any = None,
        precision_matrix: Any = None,
        scale_tril: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        matrices = {
            "covariance_matrix": covariance_matrix,
            "precision_matrix": precision_matrix,
            "scale_tril": scale_tril,
        }
        given = {name: m for name, m in matrices.items() if m is not None}
        if len(given) != 1:
            raise ValueError(
                "MultivariateNormal: wanted one of covariance_matrix, precision_matrix and "
                f"scale_tril, got {len(given)}"
            )
        ((name, matrix),) = given.items()
        loc, matrix = as_floats(loc, matrix)
        if not loc.ndim or matrix.ndim < 2 or matrix.shape[-2:] != 2 * loc.shape[-1:]:
            raise ValueError(
                f"MultivariateNormal: wanted loc (..., n) and {name} (..., n, n), got {loc.shape} "
                f"and {matrix.shape}"
            )
        batch_shape = np.broadcast_shapes(loc.shape[:-1], matrix.shape[:-2])
        check = self._validate_args if validate_args is None else validate_args
        vars(self).update(loc=loc, scale_tril=_root(name, matrix, check))
        super().__init__(batch_shape, loc.shape[-1:], validate_args)

    @property
    def loc(self) -> Tensor:
        """The mean."""
        return in_shape(vars(self)["loc"], (*self.batch_shape, *self.event_shape))

    mean = mode = loc

    @property
    def scale_tril(self) -> Tensor:
        """The root of the covariance."""
        return in_shape(vars(self)["scale_tril"], (*self.batch_shape, *2 * self.event_shape))

    @property
    def covariance_matrix(self) -> Tensor:
        """The covariance."""
        return self.scale_tril @ self.scale_tril.mT

    @property
    def precision_matrix(self) -> Tensor:
        """The inverse of the covariance."""
        from ..linalg import inv

        return inv(self.covariance_matrix)

    @property
    def variance(self) -> Tensor:
        """The diagonal of the covariance."""
        variance: Tensor = (self.scale_tril**2).sum(-1)
        return variance

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        draws = random.randn(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ draws.unsqueeze(-1)).squeeze(-1)

    def _log_volume(self) -> Tensor:
        """The logarithm of the determinant of the root."""
        return log(self.scale_tril.diagonal(dim1=-2, dim2=-1)).sum(-1)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        from ..linalg import solve_triangular

        away = self._value(value) - self.loc
        z = solve_triangular(self.scale_tril, away.unsqueeze(-1), upper=False).squeeze(-1)
        constant = 0.5 * z.shape[-1] * math.log(2 * math.pi)
        return -0.5 * (z**2).sum(-1) - self._log_volume() - constant

    def entropy(self) -> Tensor:
        """-E[log p]."""
        n = self.event_shape[0]
        return 0.5 * n * (1 + math.log(2 * math.pi)) + self._log_volume()


def _root(name: str, matrix: Tensor, check: bool) -> Tensor:
    """The lower triangle L of a covariance L L^T, or of the inverse of one."""
    from ..linalg import cholesky, inv

    if name == "scale_tril":
        return matrix
    if check:
        constraints.positive_definite.require(f"MultivariateNormal: {name}", matrix)
    try:
        return cholesky(inv(matrix) if name == "precision_matrix" else matrix)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"MultivariateNormal: {name}: {error}") from None
