"""A tensor that a module learns."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import kernels
from ..engine.dtypes import default_dtype
from ..engine.tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class Parameter(Tensor):
    """A tensor that requires a gradient, and that a module it is an attribute of will find.

    data : as for `Tensor`; an array is wrapped, not copied.  A recorded result becomes a leaf.
    requires_grad : False for a parameter that stays as it is

    Raises TypeError and ValueError as `Tensor` does.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> nn.Parameter(np.zeros(2, np.float32))
    Parameter([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data.detach() if isinstance(data, Tensor) else data, requires_grad)


def new_parameter(shape: tuple[int, ...], dtype: DTypeLike | None, fill: float = 0.0) -> Parameter:
    """A parameter of one value; TypeError if `dtype` is neither float32, float64 nor None."""
    real = np.dtype(default_dtype() if dtype is None else dtype)
    if real not in (np.float32, np.float64):
        raise TypeError(f"dtype must be float32 or float64, got {real}")
    values = kernels.empty(shape, real)
    values.fill(fill)
    return Parameter(values)


def check_count(name: str, value: Any) -> int:
    """`value` as an integer; TypeError or ValueError, naming it, if it is not a positive one."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be an integer, got {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return index(value)
