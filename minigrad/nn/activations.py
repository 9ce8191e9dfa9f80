"""The activations of `minigrad.nn.functional` as modules.

inplace : also write the result into the input, as `Tensor.copy_` does
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine.dtypes import check_count, check_number
from ..engine.tensor import Tensor
from . import functional as F
from .function_module import FunctionModule
from .module import Module
from .parameter import Parameter, new_parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class ReLU(FunctionModule, function=F.relu):
    """max(x, 0).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ReLU()(mg.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    inplace: bool = False

    def forward(self, input: Any) -> Tensor:  # no dictionary of options: nets are full of these
        return F.relu(input, self.inplace)


class ReLU6(FunctionModule, function=F.relu6):
    """min(max(x, 0), 6).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ReLU6()(mg.tensor([-1.0, 2.0, 7.0]))
    tensor([0., 2., 6.])
    """

    inplace: bool = False


class LeakyReLU(FunctionModule, function=F.leaky_relu):
    """x where x > 0, else negative_slope * x.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LeakyReLU(0.1)(mg.tensor([-1.0, 2.0]))
    tensor([-0.1,  2. ])
    """

    negative_slope: float = 0.01
    inplace: bool = False


class RReLU(FunctionModule, function=F.rrelu):
    """`LeakyReLU` whose slopes are drawn from U(lower, upper) in training, else their mean.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.RReLU(0.0, 0.5).eval()(mg.tensor([-2.0, 2.0]))
    tensor([-0.5,  2. ])
    """

    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False

    def forward(self, input: Any) -> Tensor:
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class ELU(FunctionModule, function=F.elu):
    """x where x > 0, else alpha * (exp(x) - 1).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ELU(2.0)(mg.tensor([-100.0, 2.0]))
    tensor([-2.,  2.])
    """

    alpha: float = 1.0
    inplace: bool = False


class CELU(FunctionModule, function=F.celu):
    """x where x > 0, else alpha * (exp(x / alpha) - 1).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.CELU(2.0)(mg.tensor([-100.0, 2.0]))
    tensor([-2.,  2.])
    """

    alpha: float = 1.0
    inplace: bool = False


class SELU(FunctionModule, function=F.selu):
    """ELU scaled so that activations keep a mean of 0 and a variance of 1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SELU()(mg.tensor([0.0]))
    tensor([0.])
    """

    inplace: bool = False


class GELU(FunctionModule, function=F.gelu):
    """x * Phi(x), with Phi the normal distribution function; approximate="tanh" approximates it.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GELU()(mg.tensor([-100.0, 0.0, 100.0]))
    tensor([ -0.,   0., 100.])
    """

    approximate: str = "none"

    def check(self) -> None:
        if self.approximate not in ("none", "tanh"):
            raise ValueError(
                f"GELU: approximate must be 'none' or 'tanh', got {self.approximate!r}"
            )


class SiLU(FunctionModule, function=F.silu):
    """x * sigmoid(x).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SiLU()(mg.tensor([0.0, 100.0]))
    tensor([  0., 100.])
    """

    inplace: bool = False


class Mish(FunctionModule, function=F.mish):
    """x * tanh(softplus(x)).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Mish()(mg.tensor([0.0, 100.0]))
    tensor([  0., 100.])
    """

    inplace: bool = False


class Sigmoid(FunctionModule, function=F.sigmoid):
    """1 / (1 + exp(-x)).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Sigmoid()(mg.tensor([0.0, 100.0]))
    tensor([0.5, 1. ])
    """


class LogSigmoid(FunctionModule, function=F.logsigmoid):
    """log(sigmoid(x)).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LogSigmoid()(mg.tensor([-1000.0]))
    tensor([-1000.])
    """


class Tanh(FunctionModule, function=F.tanh):
    """The hyperbolic tangent.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Tanh()(mg.tensor([0.0, 100.0]))
    tensor([0., 1.])
    """


class Tanhshrink(FunctionModule, function=F.tanhshrink):
    """x - tanh(x).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Tanhshrink()(mg.tensor([0.0, 100.0]))
    tensor([ 0., 99.])
    """


class Softplus(FunctionModule, function=F.softplus):
    """log(1 + exp(beta * x)) / beta; x itself where beta * x > threshold.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softplus()(mg.tensor([1000.0]))
    tensor([1000.])
    """

    beta: float = 1.0
    threshold: float = 20.0


class Softsign(FunctionModule, function=F.softsign):
    """x / (1 + |x|).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softsign()(mg.tensor([-1.0, 3.0]))
    tensor([-0.5 ,  0.75])
    """


class Softshrink(FunctionModule, function=F.softshrink, shows="{0.lambd}"):
    """x brought nearer to 0 by `lambd`, and 0 within [-lambd, lambd].

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softshrink()(mg.tensor([-2.0, 0.3, 1.0]))
    tensor([-1.5,  0. ,  0.5])
    """

    lambd: float = 0.5


class Hardshrink(FunctionModule, function=F.hardshrink, shows="{0.lambd}"):
    """0 within [-lambd, lambd], else x.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Hardshrink()(mg.tensor([-2.0, 0.3, 1.0]))
    tensor([-2.,  0.,  1.])
    """

    lambd: float = 0.5


class Hardtanh(FunctionModule, function=F.hardtanh):
    """x held to [min_val, max_val].

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Hardtanh()(mg.tensor([-2.0, 0.3, 2.0]))
    tensor([-1. ,  0.3,  1. ])
    """

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def check(self) -> None:
        check_number("Hardtanh: min_val", self.min_val)
        check_number("Hardtanh: max_val", self.max_val)
        if not self.min_val < self.max_val:
            raise ValueError(
                f"Hardtanh: wanted min_val < max_val, got {self.min_val} and {self.max_val}"
            )


class Hardsigmoid(FunctionModule, function=F.hardsigmoid, shows=""):
    """min(max(x + 3, 0), 6) / 6.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Hardsigmoid()(mg.tensor([-4.0, 0.0, 4.0]))
    tensor([0. , 0.5, 1. ])
    """

    inplace: bool = False


class Hardswish(FunctionModule, function=F.hardswish, shows=""):
    """x * min(max(x + 3, 0), 6) / 6.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Hardswish()(mg.tensor([-4.0, 0.0, 4.0]))
    tensor([0., 0., 4.])
    """

    inplace: bool = False


class Threshold(FunctionModule, function=F.threshold):
    """x where x > threshold, else `value`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Threshold(1.0, -1.0)(mg.tensor([0.5, 2.0]))
    tensor([-1.,  2.])
    """

    threshold: float
    value: float
    inplace: bool = False


class GLU(FunctionModule, function=F.glu):
    """a * sigmoid(b), where a and b are the halves of x along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GLU()(mg.tensor([3.0, 4.0, 0.0, -1000.0]))
    tensor([1.5, 0. ])
    """

    dim: int = -1


class Softmax(FunctionModule, function=F.softmax):
    """exp(x) / sum(exp(x)) along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softmax(dim=1)(mg.zeros((1, 4)))
    tensor([[0.25, 0.25, 0.25, 0.25]])
    """

    dim: int | None = None


class LogSoftmax(FunctionModule, function=F.log_softmax):
    """log(softmax(x)) along the axis `dim`, finite where the softmax underflows.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.LogSoftmax(dim=0)(mg.tensor([0.0, -1000.0]))
    tensor([    0., -1000.])
    """

    dim: int | None = None


class Softmin(FunctionModule, function=F.softmin):
    """The softmax of -x along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softmin(dim=0)(mg.tensor([0.0, 0.0, 1000.0]))
    tensor([0.5, 0.5, 0. ])
    """

    dim: int | None = None


def _softmax2d(input: Tensor) -> Tensor:
    """The softmax over the channels."""
    if input.ndim not in (3, 4):
        raise ValueError(f"Softmax2d: wanted an input of 3 or 4 axes, got shape {input.shape}")
    return F.softmax(input, -3)


class Softmax2d(FunctionModule, function=_softmax2d):
    """The softmax over the channels, the third axis from the end: of (C, H, W) or (N, C, H, W).

    Raises ValueError for another number of axes.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Softmax2d()(mg.zeros(1, 4, 1, 1)).flatten()
    tensor([0.25, 0.25, 0.25, 0.25])
    """


class PReLU(Module):
    """x where x > 0, else weight * x: `LeakyReLU` with a learned slope.

    num_parameters : 1, or the number of channels, which is the second axis of the input
    init : what the slopes begin with

    weight : (num_parameters,)

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.PReLU()(mg.tensor([-2.0, 2.0])).tolist()
    [-0.5, 2.0]
    """

    weight: Parameter

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.num_parameters = check_count("num_parameters", num_parameters)
        self.init = init
        self.weight = new_parameter((self.num_parameters,), dtype, device, init)

    def reset_parameters(self) -> None:
        """Set the slopes to what they began with."""
        self.weight._writable()[...] = self.init

    def forward(self, input: Any) -> Tensor:
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"
