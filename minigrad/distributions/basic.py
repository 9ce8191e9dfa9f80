"""What all distributions share, and those that courses take most."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from .. import random
from ..creation import as_tensor, zeros
from ..engine.grad_mode import no_grad
from ..engine.size import Size
from ..engine.tensor import Tensor
from ..engine.words import with_class_words
from ..nn import functional as F
from ..ops import erf, exp, floor, log, log1p, sqrt, where, xlogy
from ..ops.further import broadcast_tensors

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
    return tensor if tensor.is_floating_point() else tensor.float()


def together(*values: Any) -> tuple[Tensor, ...]:
    """Floating tensors, broadcast to one shape."""
    return broadcast_tensors(*map(as_float, values))


def check_positive(where: str, tensor: Tensor) -> None:
    """Raise ValueError, naming the argument, for what is not all positive."""
    if not (tensor.detach().numpy() > 0).all():
        raise ValueError(f"{where}: wanted positive numbers")


def check_not_negative(where: str, tensor: Tensor) -> None:
    """Raise ValueError, naming the argument, for what is negative or NaN."""
    if not (tensor.detach().numpy() >= 0).all():
        raise ValueError(f"{where}: wanted numbers of at least 0")


def away_from_edges(probs: Tensor) -> Tensor:
    """Chances whose logarithms are finite, those of what is left of 1 too: PyTorch's bounds."""
    tiny = float(np.finfo(probs.dtype).eps)
    return probs.clamp(tiny, 1 - tiny)


def finite(logits: Tensor) -> Tensor:
    """Logits of which -inf is the lowest number, so that 0 times it is 0."""
    return logits.clamp(min=float(np.finfo(logits.dtype).min))


class Distribution:
    """What all share: `sample` is `rsample`, or what a subclass draws, as a constant."""

    batch_shape: tuple[int, ...] = Size()
    event_shape: tuple[int, ...] = Size()

    support: Any = None
    arg_constraints: Any = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        init = cls.__init__

        @functools.wraps(init)
        def without(self: Any, *args: Any, validate_args: Any = None, **kwargs: Any) -> None:
            init(self, *args, **kwargs)  # arguments are checked in any case
            for name in self.given:
                if np.isnan(getattr(self, name).detach().numpy()).any():
                    raise ValueError(f"{type(self).__name__}: {name}: wanted numbers, got NaN")

        if "__init__" in vars(cls):
            cls.__init__ = without  # type: ignore[method-assign]
        with_class_words(cls)

    given: tuple[str, ...] = ()  # the parameters, by which `expand` makes another

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
        return type(self)(**given)

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

    given = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = together(loc, scale)
        check_positive("Normal: scale", self.scale)
        self.batch_shape = self.loc.shape
        self.mean = self.mode = self.loc
        self.variance = self.scale**2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return self.loc + self.scale * random.randn(shape, dtype=self.loc.dtype)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        z = (as_tensor(value) - self.loc) / self.scale
        return -0.5 * z**2 - log(self.scale) - 0.5 * math.log(2 * math.pi)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + log(self.scale)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return 0.5 * (1 + erf((as_tensor(value) - self.loc) / (self.scale * math.sqrt(2))))

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        from ..ops.special import erfinv

        return self.loc + self.scale * math.sqrt(2) * erfinv(2 * as_tensor(value) - 1)


class Uniform(Distribution):
    """Every number from `low` to `high` alike.

    >>> Uniform(0.0, 2.0).log_prob(1.0).exp()
    tensor(0.5)
    """

    given = ("low", "high")

    def __init__(self, low: Any, high: Any) -> None:
        self.low, self.high = together(low, high)
        if not (self.low < self.high).all():
            raise ValueError("Uniform: wanted low < high")
        self.batch_shape = self.low.shape
        self.mean = (self.low + self.high) / 2
        self.variance = (self.high - self.low) ** 2 / 12
        self.mode = math.nan * self.high

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

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        return ((as_tensor(value) - self.low) / (self.high - self.low)).clamp(0, 1)

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        return self.low + (self.high - self.low) * as_tensor(value)


class Bernoulli(Distribution):
    """1 with probability `probs` (or of these `logits`), else 0.

    >>> Bernoulli(0.25).log_prob(1.0).exp()
    tensor(0.25)
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Bernoulli: give probs or logits")
        self.given = ("logits",) if probs is None else ("probs",)
        if logits is None:
            self.probs = as_float(probs)
            p = self.probs.detach().numpy()
            if not ((p >= 0) & (p <= 1)).all():
                raise ValueError("Bernoulli: probs: wanted chances from 0 to 1")
            inner = away_from_edges(self.probs)
            self.logits = log(inner) - log1p(-inner)
        else:
            self.logits = as_float(logits)
            self.probs = F.sigmoid(self.logits)
        self.batch_shape, self.mean = self.probs.shape, self.probs
        self.variance = self.probs * (1 - self.probs)

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
        x = as_tensor(value) + 0 * self.logits.detach()
        return -F.binary_cross_entropy_with_logits(self.logits.expand(x.shape), x, reduction="none")

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return F.binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")


def _counted(count: int, batch_shape: tuple[int, ...], expand: bool, dtype: Any) -> Tensor:
    """0, 1, ... along a new first axis, for each of the batch, or to broadcast."""
    values = as_tensor(np.arange(count, dtype=dtype)).reshape((-1, *(1 for _ in batch_shape)))
    return values.expand((-1, *batch_shape)) if expand else values


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
        self.given = ("total_count", *each.given)
        self.total_count, self.probs, self.logits = together(total_count, each.probs, each.logits)
        check_not_negative("Binomial: total_count", self.total_count)
        self.batch_shape = self.probs.shape
        self.mean = self.total_count * self.probs
        self.variance = self.mean * (1 - self.probs)
        self.mode = floor((self.total_count + 1) * self.probs).clamp(max=self.total_count)

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        counts, p = self.total_count.long().numpy(), self.probs.detach().numpy()
        drawn = random.default_generator().binomial(counts, p, self._shape(sample_shape))
        return as_tensor(np.asarray(drawn, self.probs.dtype))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the chance of these counts."""
        x = as_tensor(value).to(self.logits.dtype)
        n = self.total_count.to(self.logits.dtype)
        ways = _log_factorial(n) - _log_factorial(x) - _log_factorial(n - x)
        ways = x * F.logsigmoid(self.logits) + (n - x) * F.logsigmoid(-self.logits) + ways
        return as_tensor(ways)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """0, 1, ..., total_count along a new first axis, for each of the batch, or to broadcast.

        Raises NotImplementedError where the batch has several counts.
        """
        counts = np.unique(self.total_count.numpy())
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

    def __init__(self, rate: Any) -> None:
        self.rate = self.mean = self.variance = as_float(rate)
        check_not_negative("Poisson: rate", self.rate)
        self.batch_shape, self.mode = self.rate.shape, floor(self.rate)

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

    given = ("rate",)

    def __init__(self, rate: Any) -> None:
        self.rate = as_float(rate)
        check_positive("Exponential: rate", self.rate)
        self.batch_shape, self.mean = self.rate.shape, 1 / self.rate
        self.variance, self.mode = self.mean**2, 0 * self.rate

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        shape = self._shape(sample_shape)
        return -log1p(-random.rand(shape, dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: -inf below 0."""
        x = as_tensor(value)
        return (log(self.rate) - self.rate * x).masked_fill(x < 0, -math.inf)

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 - log(self.rate)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a shorter time."""
        return 1 - exp(-self.rate * as_tensor(value))

    def icdf(self, value: Any) -> Tensor:
        """The time below which this chance lies."""
        return -log1p(-as_tensor(value)) / self.rate


class Laplace(Distribution):
    """Two exponential tails of mean length `scale` about `loc`.

    >>> Laplace(0.0, 0.5).log_prob(0.0).exp()
    tensor(1.)
    """

    given = ("loc", "scale")

    def __init__(self, loc: Any, scale: Any) -> None:
        self.loc, self.scale = together(loc, scale)
        check_positive("Laplace: scale", self.scale)
        self.batch_shape = self.loc.shape
        self.mean = self.mode = self.loc
        self.variance = 2 * self.scale**2

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        u = random.rand(self._shape(sample_shape), dtype=self.scale.dtype) - 0.5
        far = (2 * u.abs()).clamp(max=1 - float(np.finfo(u.dtype).eps))  # at 1 it would be infinite
        return self.loc - self.scale * u.sign() * log1p(-far)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        return -log(2 * self.scale) - (as_tensor(value) - self.loc).abs() / self.scale

    def entropy(self) -> Tensor:
        """-E[log p]."""
        return 1 + log(2 * self.scale)

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        away = (as_tensor(value) - self.loc) / self.scale
        return 0.5 - 0.5 * away.sign() * (exp(-away.abs()) - 1)

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        away = as_tensor(value) - 0.5
        return self.loc - self.scale * away.sign() * log1p(-2 * away.abs())


class Categorical(Distribution):
    """One of n, with chances in proportion to `probs` (..., n), or softmax(`logits`).

    >>> import minigrad as mg
    >>> Categorical(mg.tensor([1.0, 3.0])).log_prob(mg.tensor(1)).exp()
    tensor(0.75)
    """

    def __init__(self, probs: Any = None, logits: Any = None) -> None:
        if (probs is None) == (logits is None):
            raise ValueError(f"{type(self).__name__}: give probs or logits")
        self.given = ("logits",) if probs is None else ("probs",)
        weights = as_float(logits if probs is None else probs)
        if not weights.ndim:
            raise ValueError(f"{type(self).__name__}: {self.given[0]}: wanted at least one axis")
        if logits is None:
            check_not_negative(f"{type(self).__name__}: probs", weights)
            total = weights.sum(-1, keepdim=True)
            check_positive(f"{type(self).__name__}: probs: their sum", total)
            self.probs = weights / total
            self.logits = log(away_from_edges(self.probs))
        else:
            self.logits = F.log_softmax(weights, -1)
            self.probs = exp(self.logits)
        self.batch_shape, self.param_shape = self.probs.shape[:-1], self.probs.shape
        self.mean = self.variance = math.nan * self.probs[..., 0]  # classes are no numbers

    def expand(self, batch_shape: Any) -> Any:  # noqa: D102
        (name,) = self.given
        value = getattr(self, name).expand((*batch_shape, self.param_shape[-1]))
        return type(self)(**{name: value})

    @property
    def mode(self) -> Tensor:
        """The likeliest class."""
        return self.probs.argmax(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All classes along a new first axis, for each of the batch, or to broadcast."""
        return _counted(self.param_shape[-1], self.batch_shape, expand, np.int64)

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
        surprise: Tensor = (-self.probs * finite(self.logits)).sum(-1)
        return surprise


class Multinomial(Distribution):
    """How often each of n comes in `total_count` draws of a `Categorical`.

    >>> import minigrad as mg
    >>> float(Multinomial(5, mg.ones(3)).sample().sum())
    5.0
    """

    def __init__(self, total_count: int = 1, probs: Any = None, logits: Any = None) -> None:
        each = self._each = Categorical(probs, logits)
        check_not_negative("Multinomial: total_count", as_tensor(total_count))
        self.total_count, self.probs, self.logits = total_count, each.probs, each.logits
        self.batch_shape = each.batch_shape
        self.event_shape = self.probs.shape[-1:]
        self.mean = total_count * self.probs
        self.variance = self.mean * (1 - self.probs)

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
        never = (counts == 0) & (self.logits == -math.inf)
        logarithm: Tensor = (counts * where(never, 0.0, self.logits)).sum(-1)
        chance: Tensor = logarithm + ways.astype(counts.dtype)
        return chance

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
        from ..linalg import cholesky, inv

        given = [m for m in (covariance_matrix, precision_matrix, scale_tril) if m is not None]
        if len(given) != 1:
            raise ValueError(
                "MultivariateNormal: wanted one of covariance_matrix, precision_matrix and "
                f"scale_tril, got {len(given)}"
            )
        self.loc, matrix = as_float(loc), as_float(given[0])
        try:
            if precision_matrix is not None:
                matrix = inv(matrix)
            self.scale_tril = matrix if scale_tril is not None else cholesky(matrix)
        except (ValueError, RuntimeError) as error:
            raise ValueError(f"MultivariateNormal: covariance_matrix: {error}") from None
        root = self.scale_tril.detach().numpy()
        if not ((np.tril(root) == root).all() and (root.diagonal(0, -2, -1) > 0).all()):
            raise ValueError(
                "MultivariateNormal: scale_tril: wanted a lower triangle with a positive diagonal"
            )
        if np.isnan(self.loc.detach().numpy()).any():
            raise ValueError("MultivariateNormal: loc: wanted numbers, got NaN")
        self.covariance_matrix = self.scale_tril @ self.scale_tril.mT
        self.event_shape = self.loc.shape[-1:]
        n = self.loc.shape[-1]
        self.batch_shape = Size(
            np.broadcast_shapes(self.loc.shape[:-1], self.scale_tril.shape[:-2])
        )
        self.loc = self.loc.expand((*self.batch_shape, n))
        self.scale_tril = self.scale_tril.expand((*self.batch_shape, n, n))
        self.mean = self.mode = self.loc
        self.variance = (self.scale_tril**2).sum(-1)

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        draws = random.randn(self._shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ draws.unsqueeze(-1)).squeeze(-1)

    def _log_volume(self) -> Tensor:
        """The logarithm of the determinant of the root."""
        return log(self.scale_tril.diagonal(dim1=-2, dim2=-1)).sum(-1)

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density."""
        from ..linalg import solve_triangular

        away = as_tensor(value) - self.loc
        z = solve_triangular(self.scale_tril, away.unsqueeze(-1), upper=False).squeeze(-1)
        constant = 0.5 * z.shape[-1] * math.log(2 * math.pi)
        return -0.5 * (z**2).sum(-1) - self._log_volume() - constant

    def entropy(self) -> Tensor:
        """-E[log p]."""
        n = self.event_shape[0]
        return 0.5 * n * (1 + math.log(2 * math.pi)) + self._log_volume()
