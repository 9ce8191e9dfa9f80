"""The argument `inplace` of activations, and other arguments that many functions have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from ...engine.dtypes import check_number, default_dtype
from ...engine.in_place import change
from ...engine.tensor import Tensor, beside, tensor_of
from ...ops.indexing import assign
from ...ops.pytorch import in_room
from . import activations

__all__ = ["elu", "leaky_relu", "relu", "selu", "silu"]


def as_tensor(value: Any, other: Any = None, name: str = "input") -> Tensor:
    """`value`, or what it becomes as a tensor; its Python floats in the dtype of the other."""
    if isinstance(other, Tensor):
        return beside(value, other, name)
    return value if isinstance(value, Tensor) else tensor_of(value)


def with_room(value: Any, other: Any = None, name: str = "input") -> Tensor:
    """`as_tensor`, of whole numbers as int64, in which differences and products have room."""
    return in_room(as_tensor(value, other, name))


def held(number: Any, x: Tensor) -> Any:
    """A number as the dtype of `x` holds it, or as floats that integers become do; tensors stay."""
    if isinstance(number, Tensor):
        return number
    return float((x.dtype if x.dtype.kind == "f" else default_dtype()).type(number))


def deliver(out: Tensor, input: Any, inplace: bool) -> Tensor:
    """`out`, which is also written into the input where `inplace` says so.

    Raises TypeError for an input that is no tensor or of another dtype than `out`, for another
    `inplace` than a truth, and what `Tensor.copy_` raises.
    """
    if not isinstance(inplace, (int, np.bool_)):
        raise TypeError(f"inplace: wanted True or False, got {inplace!r:.60}")
    if not inplace:
        return out
    if not isinstance(input, Tensor):
        raise TypeError(f"inplace=True: wanted a Tensor to change, got {type(input).__name__}")
    if out.dtype != input.dtype:
        raise TypeError(
            f"inplace=True: the result is {out.dtype}, which an input of {input.dtype} cannot "
            "hold; leave inplace out"
        )
    return change(input, "copy_", lambda: out, assign, out)  # without a copy, where recorded


def check_floating(where: str, x: Tensor) -> None:
    """Raise TypeError for integers, in which factors between 0 and 1 would be lost."""
    if x.dtype.kind != "f":
        raise TypeError(
            f"{where}: input: wanted float32 or float64, got {x.dtype}; convert it: "
            ".astype('float32')"
        )


def refuse_gradient(where: str, value: Any) -> None:
    """Raise ValueError for an option that requires a gradient and has none."""
    if getattr(value, "requires_grad", False):
        raise ValueError(
            f"{where} requires a gradient, which would be lost; pass it detached: .detach()"
        )


def check_probability(where: str, p: float) -> None:
    """Raise ValueError, or TypeError, for what is no probability."""
    check_number(f"{where}: p", p)
    refuse_gradient(f"{where}: p", p)
    if not 0 <= p <= 1:
        raise ValueError(f"{where}: p: wanted a probability between 0 and 1, got {p}")


def accepting_inplace(function: Any) -> Callable[..., Tensor]:
    """The activation with PyTorch's last argument, `inplace`, by name or by position."""
    options = function.forward.__code__.co_argcount if hasattr(function, "forward") else 1

    @wraps(function)
    def call(input: Any, *args: Any, inplace: bool = False, **kwargs: Any) -> Tensor:
        if len(args) == options:
            *args, inplace = args  # type: ignore[assignment]
        out = function(input, *args, **kwargs)
        return out if inplace is False else deliver(out, input, inplace)

    return call


def relu(input: Any, inplace: bool = False) -> Tensor:
    """The positive part of the input, 0 elsewhere; its derivative at 0 is 0.

    inplace : also write the result into the input, as `Tensor.copy_` does

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.relu(mg.tensor([-1.0, 0.0, 2.0]))
    tensor([0., 0., 2.])
    """
    out = activations.relu(input)
    return out if inplace is False else deliver(out, input, inplace)


elu = accepting_inplace(activations.elu)
leaky_relu = accepting_inplace(activations.leaky_relu)
selu = accepting_inplace(activations.selu)
silu = accepting_inplace(activations.silu)
