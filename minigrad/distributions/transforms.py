"""Invertible functions of draws, and how much they stretch: PyTorch's names.

Of y = f(x) for an x of density p, the density is p(x) / |det f'(x)|.  (Papamakarios et al. 2021,
"Normalizing flows for probabilistic modeling and inference", equation 2.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from numbers import Real
from typing import Any

import numpy as np

from ..absent import explain_absence
from ..creation import as_tensor, zeros_like
from ..engine.dtypes import check_count
from ..engine.tensor import Tensor, beside
from ..engine.words import with_class_words
from ..nn import functional as F
from ..ops import abs, broadcast_to, exp, expm1, log, log1p, sign, tanh
from . import constraints
from .basic import as_float
from .constraints import Constraint

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "ComposeTransform",
    "ExpTransform",
    "IndependentTransform",
    "PowerTransform",
    "SigmoidTransform",
    "SoftplusTransform",
    "TanhTransform",
    "Transform",
    "identity_transform",
]


def sum_last(x: Any, count: int) -> Any:
    """The sum over so many of the last axes."""
    return x.sum(tuple(range(-count, 0))) if count else x


@with_class_words
class Transform:
    """A function f with its inverse and the logarithm of |det f'|.

    A subclass has `_call`, `_inverse` and `log_abs_det_jacobian`.

    domain, codomain : where its inputs and its outputs are; the axes of their events
    bijective : has it an inverse?  sign : 1 or -1, where it is monotone
    cache_size : 1 keeps the last input with its output, so that the inverse of that output is that
        input, exactly

    Raises ValueError for another cache_size.

    >>> f = AffineTransform(1.0, 2.0)
    >>> float(f(3.0)), float(f.inv(7.0)), round(float(f.log_abs_det_jacobian(3.0, 7.0)), 4)
    (7.0, 3.0, 0.6931)
    """

    domain: Constraint = constraints.real
    codomain: Constraint = constraints.real
    bijective = True
    sign: Any = None

    _kept: tuple[Any, Any] = (None, None)
    _cache_size = 0

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"Transform: cache_size: wanted 0 or 1, got {cache_size!r:.60}")
        self._cache_size = cache_size

    @property
    def event_dim(self) -> int:
        """Of how many axes one input is."""
        return self.domain.event_dim

    def __call__(self, x: Any) -> Any:
        """f(x)."""
        if self._cache_size and self._kept[0] is x:
            return self._kept[1]
        y = self._call(x if isinstance(x, Tensor) else as_tensor(x))
        if self._cache_size:
            self._kept = x, y
        return y

    def _backward(self, y: Any) -> Any:
        """The x of which y is the output."""
        if self._cache_size and self._kept[1] is y:
            return self._kept[0]
        x = self._inverse(y if isinstance(y, Tensor) else as_tensor(y))
        if self._cache_size:
            self._kept = x, y
        return x

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no _call")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no _inverse")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |det f'(x)|, where y = f(x)."""
        raise NotImplementedError(f"{type(self).__name__} has no log_abs_det_jacobian")

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """Of an output, by that of an input."""
        return tuple(shape)

    @property
    def inv(self) -> Transform:
        """The inverse.  Raises ValueError where there is none."""
        if not self.bijective:
            raise ValueError(f"{type(self).__name__} has no inverse")
        return _Inverse(self)

    def with_cache(self, cache_size: int = 1) -> Transform:
        """The same, that keeps its last input and output or not; itself, if that is so already."""
        if cache_size == self._cache_size:
            return self
        other = copy(self)
        Transform.__init__(other, cache_size)
        other._kept = None, None
        return other

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _Inverse(Transform):
    """The other way round."""

    def __init__(self, of: Transform) -> None:
        super().__init__()
        self._inv, self.sign = of, of.sign
        self.domain, self.codomain = of.codomain, of.domain

    @property
    def inv(self) -> Transform:
        return self._inv

    def __call__(self, x: Any) -> Any:
        return self._inv._backward(x)

    def _backward(self, y: Any) -> Any:
        return self._inv(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{self._inv!r}.inv"


class ComposeTransform(Transform):
    """One behind the other, from the first.

    >>> exponential = ComposeTransform([AffineTransform(0.0, 2.0), ExpTransform()])
    >>> round(float(exponential(0.5)), 4), round(float(exponential.inv(exponential(0.5))), 4)
    (2.7183, 0.5)
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        for part in parts:
            if not isinstance(part, Transform):
                raise TypeError(
                    f"ComposeTransform: parts: wanted transforms, got {type(part).__name__}"
                )
        self.parts = list(parts)
        self.domain = _events(self.parts[0].domain, self.parts) if parts else constraints.real
        grown = sum(p.codomain.event_dim - p.domain.event_dim for p in parts)
        self.codomain = constraints.real
        if parts:
            last = self.parts[-1].codomain
            more = self.domain.event_dim + grown - last.event_dim
            self.codomain = constraints.independent(last, more) if more > 0 else last

    @property
    def bijective(self) -> bool:  # type: ignore[override]
        """Have all an inverse?"""
        return all(p.bijective for p in self.parts)

    @property
    def sign(self) -> Any:
        """The product of the signs.  Raises NotImplementedError where a part has none."""
        for part in self.parts:
            if part.sign is None:
                raise NotImplementedError(f"{part} is not said to be monotone by its sign")
        return math.prod(p.sign for p in self.parts)

    def _call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x

    def _inverse(self, y: Any) -> Any:
        for part in reversed(self.parts):
            y = part.inv(y)
        return y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of those of the parts."""
        if not self.parts:
            return zeros_like(as_tensor(x))
        total, axes = 0.0, self.domain.event_dim
        for i, part in enumerate(self.parts, 1):
            out = part(x) if i < len(self.parts) else y
            own = part.log_abs_det_jacobian(x, out)
            total = total + sum_last(own, axes - part.domain.event_dim)
            axes += part.codomain.event_dim - part.domain.event_dim
            x = out
        return total

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """As the parts change it."""
        for part in self.parts:
            shape = part.forward_shape(shape)
        return tuple(shape)

    def __repr__(self) -> str:
        return f"ComposeTransform({self.parts})"


def _events(domain: Constraint, parts: Sequence[Transform]) -> Constraint:
    """The domain of the first, of as many axes as any part takes one input to have."""
    needed = 0
    for part in reversed(parts):
        needed = max(needed + part.domain.event_dim - part.codomain.event_dim, part.event_dim)
    more = needed - domain.event_dim
    return constraints.independent(domain, more) if more > 0 else domain


identity_transform = ComposeTransform([])


class IndependentTransform(Transform):
    """One whose last axes of a batch are taken for a part of each event.

    >>> import minigrad as mg
    >>> float(IndependentTransform(ExpTransform(), 1).log_abs_det_jacobian(mg.ones(3), None))
    3.0
    """

    def __init__(
        self, base_transform: Transform, reinterpreted_batch_ndims: int, cache_size: int = 0
    ) -> None:
        super().__init__(cache_size)
        self.base_transform = base_transform
        more = check_count(
            "IndependentTransform: reinterpreted_batch_ndims", reinterpreted_batch_ndims, least=0
        )
        self.reinterpreted_batch_ndims = more
        self.bijective, self.sign = base_transform.bijective, base_transform.sign
        self.domain = constraints.independent(base_transform.domain, more)
        self.codomain = constraints.independent(base_transform.codomain, more)

    def _call(self, x: Any) -> Any:
        return self.base_transform(self._with_axes(x))

    def _inverse(self, y: Any) -> Any:
        return self.base_transform.inv(self._with_axes(y))

    def _with_axes(self, x: Any) -> Any:
        if x.ndim < self.event_dim:
            raise ValueError(
                f"IndependentTransform: wanted at least {self.event_dim} axes, which are one "
                f"event; got shape {x.shape}"
            )
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """That of the transform, added up over those axes."""
        self._with_axes(as_tensor(x))
        own = self.base_transform.log_abs_det_jacobian(x, y)
        return sum_last(own, self.reinterpreted_batch_ndims)

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """As the transform changes it."""
        return self.base_transform.forward_shape(shape)


class ExpTransform(Transform):
    """exp(x).

    >>> ExpTransform().inv(ExpTransform()(0.0))
    tensor(0.)
    """

    codomain = constraints.positive
    sign = 1

    def _call(self, x: Any) -> Any:
        return exp(x)

    def _inverse(self, y: Any) -> Any:
        return log(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log exp(x)."""
        return as_tensor(x)


class PowerTransform(Transform):
    """x ** exponent, of positive numbers.

    >>> PowerTransform(2.0)(3.0)
    tensor(9.)
    """

    domain = codomain = constraints.positive

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = as_tensor(exponent)

    @property
    def sign(self) -> Any:
        """That of the exponent."""
        return sign(self.exponent)

    def _call(self, x: Any) -> Any:
        return x**self.exponent

    def _inverse(self, y: Any) -> Any:
        return y ** (1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |exponent x^(exponent - 1)|."""
        return log(abs(self.exponent * y / x))

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """Broadcast with the exponent's."""
        return np.broadcast_shapes(shape, self.exponent.shape)


class SigmoidTransform(Transform):
    """1 / (1 + exp(-x)).

    >>> SigmoidTransform()(0.0)
    tensor(0.5)
    """

    codomain = constraints.unit_interval
    sign = 1

    def _call(self, x: Any) -> Any:
        return _within(F.sigmoid(x))

    def _inverse(self, y: Any) -> Any:
        y = _within(as_float(y))
        return log(y) - log1p(-y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log (y (1 - y))."""
        return -F.softplus(-x) - F.softplus(x)


def _within(y: Any) -> Any:
    """Numbers of the open interval from 0 to 1, of which both logarithms are finite."""
    limits = np.finfo(y.dtype)
    return y.clamp(float(limits.tiny), 1 - float(limits.eps))


class TanhTransform(Transform):
    """The hyperbolic tangent; take cache_size=1 where draws near -1 and 1 go back.

    >>> TanhTransform()(0.0)
    tensor(0.)
    """

    codomain = constraints.interval(-1.0, 1.0)
    sign = 1

    def _call(self, x: Any) -> Any:
        return tanh(x)

    def _inverse(self, y: Any) -> Any:
        return 0.5 * (log1p(y) - log1p(-y))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log (1 - tanh(x)^2), which is exact where tanh is 1."""
        return 2 * (math.log(2) - x - F.softplus(-2 * x))


class SoftplusTransform(Transform):
    """log(1 + exp(x)).

    >>> round(float(SoftplusTransform()(0.0)), 4)
    0.6931
    """

    codomain = constraints.positive
    sign = 1

    def _call(self, x: Any) -> Any:
        return F.softplus(x)

    def _inverse(self, y: Any) -> Any:
        return log(-expm1(-y)) + y

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log sigmoid(x)."""
        return -F.softplus(-x)


class AbsTransform(Transform):
    """|x|, of which the inverse is the positive number.

    >>> AbsTransform()(-2.0)
    tensor(2.)
    """

    codomain = constraints.positive
    bijective = False

    def _call(self, x: Any) -> Any:
        return abs(x)

    def _inverse(self, y: Any) -> Any:
        return y


class AffineTransform(Transform):
    """loc + scale * x; event_dim : how many of the last axes are one event.

    >>> AffineTransform(1.0, -2.0)(3.0)
    tensor(-5.)
    """

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale = loc, scale
        axes = check_count("AffineTransform: event_dim", event_dim, least=0)
        self.domain = self.codomain = constraints.independent(constraints.real, axes)

    @property
    def sign(self) -> Any:
        """That of the scale."""
        return sign(as_tensor(self.scale))

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """log |scale|, of each number."""
        x = as_float(x)
        scale = float(self.scale) if isinstance(self.scale, Real) else self.scale
        own = broadcast_to(log(abs(beside(scale, x, "scale"))), self.forward_shape(x.shape))
        return sum_last(own, self.event_dim)

    def forward_shape(self, shape: Any) -> tuple[int, ...]:
        """Broadcast with those of loc and scale."""
        return np.broadcast_shapes(shape, np.shape(self.loc), np.shape(self.scale))


explain_absence(globals())
