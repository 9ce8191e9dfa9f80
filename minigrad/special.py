"""Special functions under the names that PyTorch has in `torch.special`; most are aliases."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .absent import explain_absence
from .engine.operation import operation
from .engine.tensor import Tensor
from .nn.functional import log_softmax, softmax
from .nn.functional import sigmoid as expit
from .ops import (
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    log,
    log1p,
    logit,
    logsumexp,
    round,
    sinc,
    xlogy,
)
from .ops.pytorch import _tensor, _times_log
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
    return _entr(input)


@operation(real=True)
def _entr(x: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(x < 0, -math.inf, np.where(x == 0, 0, -x * np.log(x))).astype(x.dtype)


@_entr.gradient("x")
def _(g: Any, x: Any) -> Any:
    return -g * (log(x) + 1)


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
    return _ndtri(input)


@operation(real=True)
def _ndtri(p: Any) -> Any:
    with np.errstate(all="ignore"):
        tail = np.minimum(p, 1 - p).astype(np.float64)
        # Newton's method for the logarithm of the area, which is concave: from the left of the
        # root, where area(x) <= exp(-x**2 / 2) / 2 puts the first x, it climbs to it.  Far out,
        # where areas are too small for a float: Abramowitz and Stegun's formula 26.2.12
        x = -np.sqrt(-2 * np.log(tail))
        for _ in range(6):
            far = (
                -x * x / 2
                - np.log(-x * math.sqrt(2 * math.pi))
                + np.log1p(-(x**-2) + 3 * x**-4 - 15 * x**-6)
            )
            area = np.where(x < -37.5, far, np.log(0.5 * erfc.forward(-math.sqrt(0.5) * x)))
            x = x - (area - np.log(tail)) * math.sqrt(2 * math.pi) * np.exp(area + x * x / 2)
        out = np.where(tail > 0, x, np.where(tail == 0, -math.inf, math.nan))
        return np.where(p == 0.5, 0, np.where(p > 0.5, -out, out)).astype(p.dtype)


@_ndtri.gradient("p")
def _(g: Any, out: Any) -> Any:
    return g * math.sqrt(2 * math.pi) * exp(out * out / 2)


def xlog1py(input: Any, other: Any) -> Any:
    """x log(1 + y), 0 where x is 0 and y no NaN; accurate for a small y too.

    >>> import minigrad as mg
    >>> xlog1py(mg.tensor(0.0), mg.tensor(-1.0))
    tensor(0.)
    """
    return _times_log(input, other, log1p, -1)


explain_absence(globals())
