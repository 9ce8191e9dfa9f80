"""The operators and methods of `Tensor`, attached to it in one place.

`tensor.py` lies below the operations and knows none of them; here they meet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.in_place import change, copy_into, recorded, set_item
from ..engine.operation import OPERATIONS
from ..engine.tensor import Tensor
from . import arithmetic, elementary, indexing, linalg, logic, piecewise, reductions, shaping


def reflected(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The operator for a tensor on the right of something that is none."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def in_place(
    name: str, function: Callable[..., Tensor], ufunc: Any = None
) -> Callable[..., Tensor]:
    """The method that gives a tensor itself what `function` makes of it."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        others = (*args, *kwargs.values())
        if ufunc is not None and not recorded(self, *others):  # in one pass
            (other,) = (a._data if isinstance(a, Tensor) else a for a in others)
            memory = self.numpy()
            if memory.flags.writeable:
                try:
                    ufunc(memory, other, out=memory, casting="same_kind")
                except np.exceptions.DTypePromotionError as error:
                    raise TypeError(f"{name}: {error}") from None
                self._writable()
                return self
        return change(self, name, lambda: function(self, *args, **kwargs), indexing.assign, *others)

    method.__name__ = name
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
    "and": logic.bitwise_and,
    "or": logic.bitwise_or,
    "xor": logic.bitwise_xor,
}
IN_PLACE = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}
for name, function in OPERATORS.items():
    setattr(Tensor, f"__{name}__", function)
    setattr(Tensor, f"__r{name}__", reflected(function))
for name, function in OPERATORS.items():
    if name != "matmul":
        ufunc = IN_PLACE.get(name)
        setattr(Tensor, f"__i{name}__", in_place(f"{name} in place", function, ufunc))

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


def _copy_(self: Tensor, src: Any) -> Tensor:
    """Overwrite the values, in place, with `src`, which broadcasts; shape and dtype stay.

    Raises ValueError for another shape, RuntimeError for a recorded change of a leaf.
    """
    return copy_into(self, src, shaping.broadcast_to, indexing.assign)


def _where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """Its elements where the condition holds, those of `other` elsewhere."""
    return piecewise.where(condition, self, other)


def _flattened(self: Tensor) -> Tensor:
    """The elements in one axis."""
    return shaping.reshape(self, -1)


METHODS: dict[str, Any] = {
    "__getitem__": indexing.item_of,
    "__setitem__": lambda self, index, value: set_item(self, index, value, indexing.assign),
    "__neg__": arithmetic.negative,
    "__pos__": lambda self: self,
    "__invert__": logic.bitwise_not,
    "__abs__": piecewise.abs,
    "__round__": piecewise.round,
    "all": reductions.all,
    "any": reductions.any,
    "argmax": reductions.argmax,
    "argmin": reductions.argmin,
    "astype": shaping.astype,
    "clip": piecewise.clip,
    "copy_": _copy_,
    "cumsum": reductions.cumsum,
    "diagonal": shaping.diagonal,
    "erfc": elementary.erfc,
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
    "where": _where,
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
