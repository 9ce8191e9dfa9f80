"""The functions of `minigrad.nn.functional` as modules."""

from __future__ import annotations

from typing import Any

from ..engine.tensor import Tensor
from . import functional as F
from .module import Module


class ReLU(Module):
    """max(x, 0).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ReLU()(mg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.relu(input)


class LeakyReLU(Module):
    """x where x > 0, else negative_slope * x.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LeakyReLU(0.1)(mg.tensor([-1.0, 2.0]))
    tensor([-0.1,  2. ])
    """

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Tensor:
        return F.leaky_relu(input, self.negative_slope)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """x where x > 0, else alpha * (exp(x) - 1).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ELU(2.0)(mg.tensor([-100.0, 2.0]))
    tensor([-2.,  2.])
    """

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Any) -> Tensor:
        return F.elu(input, self.alpha)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}"


class SELU(Module):
    """ELU scaled so that activations keep a mean of 0 and a variance of 1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SELU()(mg.tensor([0.0]))
    tensor([0.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.selu(input)


class GELU(Module):
    """x * Phi(x), with Phi the normal distribution function; approximate="tanh" approximates it.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GELU()(mg.tensor([-100.0, 0.0, 100.0]))
    tensor([ -0.,   0., 100.])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: approximate must be 'none' or 'tanh', got {approximate!r}")
        self.approximate = approximate

    def forward(self, input: Any) -> Tensor:
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """x * sigmoid(x).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SiLU()(mg.tensor([0.0, 100.0]))
    tensor([  0., 100.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.silu(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x)).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Sigmoid()(mg.tensor([0.0, 100.0]))
    tensor([0.5, 1. ])
    """

    def forward(self, input: Any) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Tanh()(mg.tensor([0.0, 100.0]))
    tensor([0., 1.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.tanh(input)


class LogSigmoid(Module):
    """log(sigmoid(x)).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LogSigmoid()(mg.tensor([-1000.0]))
    tensor([-1000.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.logsigmoid(input)


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softplus()(mg.tensor([1000.0]))
    tensor([1000.])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input: Any) -> Tensor:
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class Softmax(Module):
    """exp(x) / sum(exp(x)) along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softmax(dim=1)(mg.zeros((1, 4)))
    tensor([[0.25, 0.25, 0.25, 0.25]])
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """log(softmax(x)) along the axis `dim`, finite where the softmax underflows.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LogSoftmax(dim=0)(mg.tensor([0.0, -1000.0]))
    tensor([    0., -1000.])
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
