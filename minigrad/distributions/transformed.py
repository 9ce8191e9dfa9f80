"""The distribution of a function of draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from . import constraints
from .basic import Distribution
from .constraints import Constraint
from .further import Independent
from .transforms import ComposeTransform, Transform, sum_last

__all__ = ["TransformedDistribution"]


class TransformedDistribution(Distribution):
    """The distribution of f(x), where x is drawn from another.

    transforms : one transform, or a list of which the first comes first

    Raises TypeError for what are no transforms, ValueError where a draw has too few axes.

    >>> from minigrad.distributions import Normal
    >>> from minigrad.distributions.transforms import ExpTransform
    >>> lognormal = TransformedDistribution(Normal(0.0, 1.0), ExpTransform())
    >>> round(float(lognormal.log_prob(1.0)), 4)
    -0.9189
    """

    def __init__(
        self,
        base_distribution: Distribution,
        transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:
        parts = [transforms] if isinstance(transforms, Transform) else list(transforms)
        whole = ComposeTransform(parts)
        base, name = base_distribution, "TransformedDistribution"
        if not isinstance(base, Distribution):
            raise TypeError(
                f"{name}: base_distribution: wanted a distribution, got {type(base).__name__}"
            )
        drawn = (*base.batch_shape, *base.event_shape)
        if len(drawn) < whole.event_dim:
            raise ValueError(
                f"{name}: {whole} takes {whole.event_dim} axes, and draws have the shape {drawn}"
            )
        shape = whole.forward_shape(drawn)
        if shape != drawn:
            base = base.expand(shape[: len(shape) - len(base.event_shape)])
        if (more := whole.event_dim - len(base.event_shape)) > 0:
            base = Independent(base, more)
        self.base_dist, self.transforms = base, parts
        grown = whole.codomain.event_dim - whole.domain.event_dim
        axes = max(whole.codomain.event_dim, len(base.event_shape) + grown)
        cut = len(shape) - axes
        super().__init__(shape[:cut], shape[cut:], validate_args)

    @property
    def support(self) -> Constraint:
        """Where the last transform has its outputs."""
        if not self.transforms:
            return self.base_dist.support  # type: ignore[no-any-return]
        last = self.transforms[-1].codomain
        more = len(self.event_shape) - last.event_dim
        return constraints.independent(last, more) if more > 0 else last

    def expand(self, batch_shape: Any) -> TransformedDistribution:
        """The same distribution for each of a larger batch."""
        axes = len(self.event_shape) - len(self.base_dist.event_shape)
        more = self.event_shape[:axes] if axes > 0 else ()
        base = self.base_dist.expand((*batch_shape, *more))
        return TransformedDistribution(base, self.transforms, self._validate_args)

    @property
    def has_rsample(self) -> bool:
        """Has it the other distribution?"""
        return self.base_dist.has_rsample

    def sample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        with no_grad():
            x = self.base_dist.sample(sample_shape)
            for transform in self.transforms:
                x = transform(x)
            return x

    def rsample(self, sample_shape: tuple[int, ...] = ()) -> Tensor:  # noqa: D102
        x = self.base_dist.rsample(sample_shape)
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density: that of x, less what the transforms stretch."""
        y, total, axes = self._value(value), 0.0, len(self.event_shape)
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            axes += transform.domain.event_dim - transform.codomain.event_dim
            own = transform.log_abs_det_jacobian(x, y)
            total, y = total - sum_last(own, axes - transform.domain.event_dim), x
        own = self.base_dist.log_prob(y)  # type: ignore[attr-defined]
        out: Tensor = total + sum_last(own, axes - len(self.base_dist.event_shape))
        return out

    def _turned(self, chance: Any) -> Any:
        """A chance of smaller numbers, or of larger ones where the transforms turn the order."""
        sign = ComposeTransform(self.transforms).sign
        return chance if type(sign) is int and sign == 1 else sign * (chance - 0.5) + 0.5

    def cdf(self, value: Any) -> Tensor:
        """The chance of a smaller number."""
        y = self._value(value)
        for transform in reversed(self.transforms):
            y = transform.inv(y)
        out: Tensor = self._turned(self.base_dist.cdf(y))  # type: ignore[attr-defined]
        return out

    def icdf(self, value: Any) -> Tensor:
        """The number below which this chance lies."""
        x: Tensor = self.base_dist.icdf(self._turned(self._number(value)))  # type: ignore[attr-defined]
        for transform in self.transforms:
            x = transform(x)
        return x
