"""The operators and methods of `Tensor`, attached to it in one place.

`tensor.py` lies below the operations and knows none of them; here they meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.operation import OPERATIONS
from ..engine.tape import mode
from ..engine.tensor import Tensor
from . import arithmetic, indexing, linalg, logic, piecewise, reductions, shaping


def reflected(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The operator for a tensor on the right of something that is none."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def in_place(function: Callable[..., Tensor], ufunc: Any) -> Callable[..., Tensor]:
    """`w -= step` changes a leaf inside no_grad, as in PyTorch; elsewhere it rebinds the name."""

    def method(self: Tensor, other: Any) -> Tensor:
        if self._node is not None or not self._requires_grad:
            return function(self, other)
        if mode.recording:
            raise RuntimeError(
                f"{ufunc.__name__} in place on a leaf that requires a gradient would change what "
                "its graph needs; do it inside `with minigrad.no_grad():`, or make a new tensor"
            )
        array = self._writable()
        ufunc(array, other._data if isinstance(other, Tensor) else other, out=array)
        return self

    return method


OPERATORS: dict[str, Callable[..., Tensor]] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "floordiv": piecewise.floor_divide,
    "mod": piecewise.remainder,
    "pow": arithmetic.pow,
    "matmul": linalg.matmul,
}
IN_PLACE = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}
for name, function in OPERATORS.items():
    setattr(Tensor, f"__{name}__", function)
    setattr(Tensor, f"__r{name}__", reflected(function))
for name, numpy_function in IN_PLACE.items():
    setattr(Tensor, f"__i{name}__", in_place(OPERATORS[name], numpy_function))

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
NAMES = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
for name, long_name in zip(COMPARISONS, NAMES, strict=True):
    setattr(Tensor, f"__{name}__", getattr(logic, long_name))


def _reshape(self: Tensor, *shape: Any) -> Tensor:
    """As `minigrad.reshape`; the sizes as one tuple or one by one."""
    return shaping.reshape(self, shape[0] if len(shape) == 1 else shape)


def _transpose(self: Tensor, *axes: Any) -> Tensor:
    """As `minigrad.permute_dims`; the axes as one tuple or one by one, reversed by default."""
    order = axes[0] if len(axes) == 1 and axes[0] is not None else axes
    return shaping.permute_dims(self, order if axes else tuple(range(self.ndim))[::-1])


def _flattened(self: Tensor) -> Tensor:
    """The elements in one axis."""
    return shaping.reshape(self, -1)


METHODS: dict[str, Any] = {
    "__getitem__": indexing.getitem,
    "__neg__": arithmetic.negative,
    "__pos__": lambda self: self,
    "__and__": logic.logical_and,
    "__or__": logic.logical_or,
    "__xor__": logic.logical_xor,
    "__invert__": logic.logical_not,
    "__abs__": piecewise.abs,
    "__round__": piecewise.round,
    "all": reductions.all,
    "any": reductions.any,
    "argmax": reductions.argmax,
    "argmin": reductions.argmin,
    "astype": shaping.astype,
    "clip": piecewise.clip,
    "cumsum": reductions.cumsum,
    "diagonal": shaping.diagonal,
    "flatten": _flattened,
    "max": reductions.max,
    "mean": reductions.mean,
    "min": reductions.min,
    "prod": reductions.prod,
    "ravel": _flattened,
    "repeat": shaping.repeat,
    "reshape": _reshape,
    "round": piecewise.round,
    "squeeze": shaping.squeeze,
    "std": reductions.std,
    "sum": reductions.sum,
    "swapaxes": shaping.swapaxes,
    "take": indexing.take,
    "trace": linalg.trace,
    "transpose": _transpose,
    "var": reductions.var,
    "T": property(_transpose, doc="The axes reversed."),
    "mT": property(shaping.matrix_transpose, doc="The last two axes exchanged."),
}
for name, method in METHODS.items():
    setattr(Tensor, name, method)


# np.exp(t), array * t: NumPy hands its own functions over (NEP 13).
UFUNCS = {
    ufunc: function
    for name, function in OPERATIONS.items()
    if isinstance(ufunc := getattr(np, name, None), np.ufunc)
}


def _array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    if method != "__call__" or kwargs or ufunc not in UFUNCS:
        return NotImplemented
    return UFUNCS[ufunc](*inputs)


Tensor.__array_ufunc__ = _array_ufunc
