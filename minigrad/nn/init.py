"""Filling parameters with what training begins from.

Each function writes in place into a leaf tensor and returns it; `generator` is a
`numpy.random.Generator`, a seed, or None for the default generator, which
`minigrad.manual_seed` seeds.  Each raises TypeError for what is not a tensor, and RuntimeError for
a recorded result; those that draw raise TypeError for integers too.
"""

from __future__ import annotations

from math import ceil, erf, isfinite, prod, sqrt
from typing import TypeAlias

import numpy as np

from ..absent import explain_absence
from ..engine.dtypes import check_number
from ..engine.tensor import Tensor
from ..engine.words import give_words
from ..random import as_generator

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

Generator: TypeAlias = "np.random.Generator | int | None"

_LINEAR = ("conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
_GAINS = dict.fromkeys(_LINEAR, 1.0) | {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5 / 3,
    "relu": sqrt(2),
    "selu": 0.75,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights grow for a nonlinearity to hand on the variance it gets.

    nonlinearity : "linear", "conv1d" and its kind, "sigmoid", "tanh" (5/3), "relu" (sqrt 2),
        "leaky_relu" or "selu" (3/4)
    param : the negative slope of "leaky_relu", by default 0.01

    The value for leaky ReLU, sqrt(2 / (1 + slope**2)), is that of He et al. 2015, section 2.2;
    those for tanh and SELU are PyTorch's.  Raises ValueError for another name.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    check_number("calculate_gain: param", 0 if param is None else param)
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        return sqrt(2 / (1 + slope * slope))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"nonlinearity must be one of {[*_GAINS, 'leaky_relu']}, got {nonlinearity!r}"
        )
    return _GAINS[nonlinearity]


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`.

    >>> from minigrad import nn
    >>> constant_(nn.Parameter([1.0, 2.0]), 5.0)
    Parameter([5., 5.], requires_grad=True)
    """
    check_number("constant_: val", val)
    _target(tensor)[...] = val
    return tensor


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with 0."""
    return constant_(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with 1."""
    return constant_(tensor, 1)


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from the uniform distribution on [a, b).

    Raises ValueError if `a` or `b` is not finite, or `b` is less than `a`.

    >>> from minigrad import nn
    >>> w = uniform_(nn.Parameter([0.0, 0.0]), 2.0, 3.0, generator=1).numpy()
    >>> bool(((2 <= w) & (w <= 3)).all())
    True
    """
    check_number("uniform_: a", a)
    check_number("uniform_: b", b)
    if not (isfinite(a) and isfinite(b) and a <= b):
        raise ValueError(f"uniform_: a and b must be finite and a <= b, got a={a}, b={b}")
    array = _drawn(tensor, "uniform_")
    array[...] = as_generator(generator).random(array.shape, array.dtype) * (b - a) + a
    return tensor


def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator = None
) -> Tensor:
    """Fill from the normal distribution.

    Raises ValueError if `mean` or `std` is not finite, or `std` is negative.

    >>> from minigrad import nn
    >>> normal_(nn.Parameter([1.0, 2.0]), 3.0, 0.0)
    Parameter([3., 3.], requires_grad=True)
    """
    check_number("normal_: mean", mean)
    check_number("normal_: std", std)
    if not (isfinite(mean) and isfinite(std) and std >= 0):
        raise ValueError(
            f"normal_: mean and std must be finite and std not negative, got mean={mean}, std={std}"
        )
    array = _drawn(tensor, "normal_")
    draw = as_generator(generator).standard_normal(array.shape, array.dtype)
    array[...] = draw * std + mean
    return tensor


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator = None,
) -> Tensor:
    """Fill from the normal distribution, of which only [a, b] is left.

    What falls outside is drawn again.  Raises ValueError if `std` is not positive, `b` not above
    `a`, or less than a thousandth of the distribution lies between them.

    >>> from minigrad import nn
    >>> w = trunc_normal_(nn.Parameter([0.0, 0.0]), a=-0.5, b=0.5, generator=1).numpy()
    >>> bool((abs(w) <= 0.5).all())
    True
    """
    for name, value in (("mean", mean), ("std", std), ("a", a), ("b", b)):
        check_number(f"trunc_normal_: {name}", value)
    if not (isfinite(mean) and isfinite(std) and std > 0 and a < b):
        raise ValueError(
            "trunc_normal_: wanted a finite mean, a positive std and a < b, got "
            f"mean={mean}, std={std}, a={a}, b={b}"
        )
    below, above = (erf((x - mean) / (std * sqrt(2))) / 2 for x in (a, b))
    if above - below < 1e-3:
        raise ValueError(
            f"trunc_normal_: [{a}, {b}] holds less than a thousandth of the normal distribution of "
            f"mean {mean} and std {std}"
        )
    array, draws = _drawn(tensor, "trunc_normal_"), as_generator(generator)
    values = draws.normal(mean, std, array.size)
    while (outside := np.flatnonzero((values < a) | (values > b))).size:
        values[outside] = draws.normal(mean, std, outside.size)
    array[...] = values.reshape(array.shape)
    return tensor


def eye_(tensor: Tensor) -> Tensor:
    """Fill with 1 on the diagonal and 0 elsewhere; ValueError for what is no matrix.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> eye_(nn.Parameter(np.zeros((2, 3)))).tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    array = _matrix(tensor, "eye_")
    array[...] = np.eye(*array.shape)
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill with rows (or columns, if there are fewer) at right angles, all of length `gain`.

    A tensor of more axes is taken as a matrix of its first axis and all others.  Saxe, McClelland
    and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep linear neural
    networks", ICLR 2014.  Raises ValueError for a tensor of fewer than two axes.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = orthogonal_(nn.Parameter(np.zeros((2, 3))), generator=0).numpy()
    >>> bool(np.allclose(w @ w.T, np.eye(2)))
    True
    """
    check_number("orthogonal_: gain", gain)
    array = _drawn(tensor, "orthogonal_")
    if array.ndim < 2:
        raise ValueError(f"orthogonal_: wanted at least two axes, got shape {array.shape}")
    rows, columns = array.shape[0], prod(array.shape[1:])
    draw = as_generator(generator).standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(draw)
    q *= np.sign(np.diag(r))  # every orthogonal matrix is then equally likely
    array[...] = gain * (q if rows >= columns else q.T).reshape(array.shape)
    return tensor


def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator = None
) -> Tensor:
    """Fill a matrix from the normal distribution, and the share `sparsity` of each column with 0.

    J. Martens, "Deep learning via Hessian-free optimization", ICML 2010.  Raises ValueError for
    what is no matrix, and a share outside [0, 1].

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = sparse_(nn.Parameter(np.zeros((4, 3))), 0.5, generator=0).numpy()
    >>> (w == 0).sum(axis=0).tolist()
    [2, 2, 2]
    """
    _drawn(tensor, "sparse_")
    array = _matrix(tensor, "sparse_")
    check_number("sparse_: sparsity", sparsity)
    check_number("sparse_: std", std)
    if not 0 <= sparsity <= 1:
        raise ValueError(f"sparse_: sparsity must be within [0, 1], got {sparsity}")
    draws = as_generator(generator)
    values = draws.normal(0, std, array.shape)
    places = draws.permuted(np.tile(np.arange(len(array))[:, None], array.shape[1]), axis=0)
    values[places < ceil(sparsity * len(array))] = 0
    array[...] = values
    return tensor


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Fill from U(-bound, bound) with bound = gain * sqrt(3 / fan), which hands on the variance.

    a : the negative slope, for `nonlinearity="leaky_relu"`
    mode : "fan_in" keeps the variance of the activations, "fan_out" that of the gradients
    nonlinearity : what comes after, see `calculate_gain`

    He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.  Raises ValueError for a
    tensor of fewer than two axes, and for another mode or nonlinearity.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = kaiming_uniform_(nn.Parameter(np.zeros((8, 6))), nonlinearity="relu", generator=0)
    >>> bool(abs(w.numpy()).max() <= 1)
    True
    """
    bound = sqrt(3) * calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator = None,
) -> Tensor:
    """Fill from the normal distribution with std = gain / sqrt(fan); see `kaiming_uniform_`."""
    std = calculate_gain(nonlinearity, a) / sqrt(_fan(tensor, mode))
    return normal_(tensor, 0.0, std, generator)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from U(-bound, bound) with bound = gain * sqrt(6 / (fan_in + fan_out)).

    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010, equation 16.  Raises ValueError for a tensor of fewer than two axes.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> w = xavier_uniform_(nn.Parameter(np.zeros((2, 4))), generator=0)
    >>> bool(abs(w.numpy()).max() <= 1)
    True
    """
    check_number("xavier_uniform_: gain", gain)
    bound = gain * sqrt(6 / (_fan(tensor, "fan_in") + _fan(tensor, "fan_out")))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator = None) -> Tensor:
    """Fill from the normal distribution with std = gain * sqrt(2 / (fan_in + fan_out))."""
    check_number("xavier_normal_: gain", gain)
    std = gain * sqrt(2 / (_fan(tensor, "fan_in") + _fan(tensor, "fan_out")))
    return normal_(tensor, 0.0, std, generator)


def _target(tensor: Tensor) -> np.ndarray:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"init: wanted a Tensor to fill, got {type(tensor).__name__}")
    return tensor._writable()


def _drawn(tensor: Tensor, where: str) -> np.ndarray:
    if isinstance(tensor, Tensor) and tensor.dtype.kind != "f":
        raise TypeError(f"{where}: tensor: wanted float32 or float64, got {tensor.dtype}")
    return _target(tensor)


def _matrix(tensor: Tensor, where: str) -> np.ndarray:
    if isinstance(tensor, Tensor) and tensor.ndim != 2:
        raise ValueError(f"{where}: wanted a matrix, got shape {tensor.shape}")
    return _target(tensor)


def _fan(tensor: Tensor, mode: str) -> int:
    """How many inputs an output of the weight (out, in, ...) has, or outputs an input."""
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode must be 'fan_in' or 'fan_out', got {mode!r}")
    if not isinstance(tensor, Tensor):
        raise TypeError(f"init: wanted a Tensor to fill, got {type(tensor).__name__}")
    if tensor.ndim < 2:
        raise ValueError(f"fan_in and fan_out need a weight of two axes, got shape {tensor.shape}")
    if not tensor.numel():
        raise ValueError(f"wanted a weight with elements, got shape {tensor.shape}")
    outputs, inputs, *rest = tensor.shape
    return (inputs if mode == "fan_in" else outputs) * int(np.prod(rest, dtype=int))


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs an output has, and outputs an input: private in PyTorch, and much used."""
    return _fan(tensor, "fan_in"), _fan(tensor, "fan_out")


give_words(globals(), __all__)

_OLDER = """
    constant eye kaiming_normal kaiming_uniform normal orthogonal sparse uniform xavier_normal
    xavier_uniform
""".split()  # PyTorch's names of before the underscores
for _name in _OLDER:
    globals()[_name] = globals()[f"{_name}_"]
__all__ += _OLDER

explain_absence(globals())
