"""Special functions under the names that PyTorch has in `torch.special`; most are aliases."""

from __future__ import annotations

import math
from typing import Any

from .absent import explain_absence
from .engine.tensor import Tensor
from .nn.functional import log_softmax, softmax
from .nn.functional import sigmoid as expit
from .ops import (
    erf,
    erfc,
    exp2,
    expm1,
    log1p,
    logit,
    logsumexp,
    round,
    sinc,
    where,
    xlogy,
)
from .ops.pytorch import _tensor
from .ops.special import digamma, erfinv, lgamma, mvlgamma, polygamma

__all__ = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "exp2",
    "expit",
    "expm1",
    "gammaln",
    "log1p",
    "log_softmax",
    "logit",
    "logsumexp",
    "multigammaln",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "round",
    "sinc",
    "softmax",
    "xlog1py",
    "xlogy",
]

gammaln = lgamma
multigammaln = mvlgamma
psi = digamma


def _real(x: Any) -> Tensor:
    tensor: Tensor = _tensor(x)
    return tensor if tensor.is_floating_point() else tensor.float()


def entr(input: Any) -> Any:
    """-x log x: 0 at 0, and -inf below.

    >>> import minigrad as mg
    >>> entr(mg.tensor([0.5, -1.0]))
    tensor([0.3465736,      -inf])
    """
    x = _real(input)
    return where(x < 0, -math.inf, -xlogy(x, where(x < 0, 1.0, x)))


def ndtr(input: Any) -> Any:
    """The area under the standard normal density up to x.

    >>> import minigrad as mg
    >>> ndtr(mg.tensor(0.0))
    tensor(0.5)
    """
    return 0.5 * erfc(-math.sqrt(0.5) * _real(input))


def ndtri(input: Any) -> Any:
    """The number up to which the area under the standard normal density is p.

    >>> import minigrad as mg
    >>> ndtri(mg.tensor(0.5))
    tensor(0.)
    """
    return math.sqrt(2.0) * erfinv(2 * _real(input) - 1)


def xlog1py(input: Any, other: Any) -> Any:
    """x log(1 + y), 0 where x is 0 and y no NaN.

    >>> import minigrad as mg
    >>> xlog1py(mg.tensor(0.0), mg.tensor(-1.0))
    tensor(0.)
    """
    return xlogy(input, 1 + _real(other))


explain_absence(globals())
