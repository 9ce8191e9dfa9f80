"""The divergence of Kullback and Leibler, of two distributions of a kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..engine.tensor import Tensor
from ..nn import functional as F
from ..ops import exp, log, xlogy
from ..ops.special import digamma, lgamma
from . import basic, further
from .basic import Distribution


def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - log(ratio))


def _bernoulli(p: Any, q: Any) -> Any:
    ones = p.probs * (F.softplus(-q.logits) - F.softplus(-p.logits))
    ones = ones.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0.0)
    zeros = (1 - p.probs) * (F.softplus(q.logits) - F.softplus(p.logits))
    return ones + zeros.masked_fill(q.probs == 1, math.inf).masked_fill(p.probs == 1, 0.0)


def _binomial(p: Any, q: Any) -> Any:
    if (p.total_count < q.total_count).any():
        raise NotImplementedError("kl_divergence: Binomial: q has more counts than p")
    each = p.total_count * _bernoulli(p, q)
    return each.masked_fill(p.total_count > q.total_count, math.inf)


def _categorical(p: Any, q: Any) -> Any:
    each = p.probs * (basic.finite(p.logits) - basic.finite(q.logits))
    return each.masked_fill(q.probs == 0, math.inf).masked_fill(p.probs == 0, 0.0).sum(-1)


def _geometric(p: Any, q: Any) -> Any:
    found = -p.entropy() - p.mean * F.logsigmoid(-q.logits) - log(q.probs)
    return found.masked_fill((q.probs == 1) & (p.probs < 1), math.inf)


def _uniform(p: Any, q: Any) -> Any:
    outside = (q.low > p.low) | (q.high < p.high)
    return log((q.high - q.low) / (p.high - p.low)).masked_fill(outside, math.inf)


def _exponential(p: Any, q: Any) -> Any:
    return q.rate / p.rate - 1 - log(q.rate / p.rate)


def _poisson(p: Any, q: Any) -> Any:
    return xlogy(p.rate, p.rate / q.rate) - (p.rate - q.rate)


def _laplace(p: Any, q: Any) -> Any:
    away = (p.loc - q.loc).abs()
    nearer = p.scale / q.scale * exp(-away / p.scale)
    return nearer + away / q.scale - log(p.scale / q.scale) - 1


def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    gammas = lgamma(b) - lgamma(a) + (a - b) * digamma(a)
    return gammas + b * log(p.rate / q.rate) + (q.rate - p.rate) * a / p.rate


def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    gammas = lgamma(total) - lgamma(b.sum(-1)) - (lgamma(a) - lgamma(b)).sum(-1)
    return gammas + ((a - b) * (digamma(a) - digamma(total).unsqueeze(-1))).sum(-1)


def _multivariate_normal(p: Any, q: Any) -> Any:
    from ..linalg import solve_triangular

    spread = solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    away = solve_triangular(q.scale_tril, (q.loc - p.loc).unsqueeze(-1), upper=False)
    squares = (spread**2).sum((-2, -1)) + (away**2).sum((-2, -1))
    return q._log_volume() - p._log_volume() + 0.5 * (squares - p.event_shape[0])


def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("kl_divergence: the two have events of unlike numbers of axes")
    return p._total(kl_divergence(p.base_dist, q.base_dist))


FORMULAS: dict[type[Distribution], Callable[[Any, Any], Any]] = {
    basic.Bernoulli: _bernoulli,
    basic.Binomial: _binomial,
    basic.Categorical: _categorical,
    basic.Exponential: _exponential,
    basic.Laplace: _laplace,
    basic.MultivariateNormal: _multivariate_normal,
    basic.Normal: _normal,
    basic.Poisson: _poisson,
    basic.Uniform: _uniform,
    further.Beta: lambda p, q: _dirichlet(p._both, q._both),
    further.Dirichlet: _dirichlet,
    further.Gamma: _gamma,
    further.Geometric: _geometric,
    further.HalfNormal: lambda p, q: _normal(p._whole, q._whole),
    further.Independent: _independent,
    further.LogNormal: _normal,
    further.OneHotCategorical: _categorical,
}


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """E_p[log p - log q], of two distributions of one kind.

    Raises NotImplementedError for two kinds, and for one without a formula.

    >>> from minigrad.distributions import Normal
    >>> kl_divergence(Normal(1.0, 1.0), Normal(0.0, 1.0))
    tensor(0.5)
    """
    for kind, formula in FORMULAS.items():
        if isinstance(p, kind) and isinstance(q, kind):
            return formula(p, q)  # type: ignore[no-any-return]
    kinds = f"{type(p).__name__} and {type(q).__name__}"
    raise NotImplementedError(f"kl_divergence: there is no formula for {kinds}")
