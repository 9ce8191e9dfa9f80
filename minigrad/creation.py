"""Tensors from nothing, or from arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import kernels
from .engine.dtypes import as_dtype, default_dtype
from .engine.tensor import Tensor, as_array

__all__ = [
    "arange",
    "asarray",
    "eye",
    "full",
    "full_like",
    "linspace",
    "ones",
    "ones_like",
    "tensor",
    "zeros",
    "zeros_like",
]

Shape = int | tuple[int, ...]


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A leaf with a copy of `data`: a number, a nested list, an array or a tensor.

    Python floats become float32; NumPy arrays and scalars keep their dtype.

    Raises TypeError for object, complex and half-precision data, and ValueError for ragged lists
    and for `requires_grad` with a dtype that is not floating.

    >>> import minigrad as mg
    >>> mg.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    array = as_array(data, "tensor", dtype)
    copied = kernels.empty(array.shape, array.dtype)
    copied[...] = array
    return Tensor(copied if array.ndim else copied[()], requires_grad)


def asarray(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """As `tensor`, but sharing the memory of an array where it can.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> a = np.zeros(2)
    >>> mg.asarray(a).numpy() is a
    True
    """
    return Tensor(as_array(data, "asarray", dtype), requires_grad)


def _checked(shape: Any, where: str) -> tuple[int, ...]:
    sizes = (shape,) if isinstance(shape, (int, np.integer)) else shape
    try:
        sizes = tuple(n.__index__() for n in sizes)
    except (AttributeError, TypeError):
        raise TypeError(f"{where}: shape must be an int or ints, got {shape!r}") from None
    if any(n < 0 for n in sizes):
        raise ValueError(f"{where}: shape must not be negative, got {shape!r}")
    return sizes


def full(shape: Shape, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` everywhere; floats give float32, ints int64, bools bool.

    >>> import minigrad as mg
    >>> mg.full((2,), 7.0)
    tensor([7., 7.])
    """
    value = as_array(fill_value, "full", dtype)
    return Tensor(np.full(_checked(shape, "full"), value, value.dtype), requires_grad)


def zeros(shape: Shape, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """0 everywhere, float32 unless said otherwise.

    >>> import minigrad as mg
    >>> mg.zeros((1, 2))
    tensor([[0., 0.]])
    """
    return Tensor(np.zeros(_checked(shape, "zeros"), as_dtype(dtype, "zeros")), requires_grad)


def ones(shape: Shape, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """1 everywhere, float32 unless said otherwise.

    >>> import minigrad as mg
    >>> mg.ones(2)
    tensor([1., 1.])
    """
    return Tensor(np.ones(_checked(shape, "ones"), as_dtype(dtype, "ones")), requires_grad)


def zeros_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """0 in the shape and dtype of x.

    >>> import minigrad as mg
    >>> mg.zeros_like(mg.tensor([1, 2]))
    tensor([0, 0])
    """
    return Tensor(np.zeros_like(as_array(x, "zeros_like"), dtype), requires_grad)


def ones_like(x: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """1 in the shape and dtype of x.

    >>> import minigrad as mg
    >>> mg.ones_like(mg.tensor([3.0, 2.0]))
    tensor([1., 1.])
    """
    return Tensor(np.ones_like(as_array(x, "ones_like"), dtype), requires_grad)


def full_like(x: Any, fill_value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`fill_value` in the shape and dtype of x.

    >>> import minigrad as mg
    >>> mg.full_like(mg.tensor([3.0, 2.0]), 5)
    tensor([5., 5.])
    """
    return Tensor(np.full_like(as_array(x, "full_like"), fill_value, dtype), requires_grad)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, ... below stop (from 0 where only `stop` is given).

    int64 for ints and float32 for floats.  Raises ValueError for a step of 0.

    >>> import minigrad as mg
    >>> mg.arange(3), mg.arange(0.0, 1.0, 0.5)
    (tensor([0, 1, 2]), tensor([0. , 0.5]))
    """
    if step == 0:
        raise ValueError("arange: step must not be 0")
    low, high = (0, start) if stop is None else (start, stop)
    values = np.arange(low, high, step)
    if dtype is None and values.dtype.kind == "f":
        dtype = default_dtype()
    return Tensor(as_array(values, "arange", dtype), requires_grad)


def linspace(
    start: float,
    stop: float,
    num: int,
    dtype: Any = None,
    endpoint: bool = True,
    requires_grad: bool = False,
) -> Tensor:
    """`num` evenly spaced values from start to stop, float32 unless said otherwise.

    Raises ValueError for a negative `num`.

    >>> import minigrad as mg
    >>> mg.linspace(0.0, 1.0, 3)
    tensor([0. , 0.5, 1. ])
    """
    values = np.linspace(start, stop, num, endpoint=endpoint)
    return Tensor(as_array(values, "linspace", as_dtype(dtype, "linspace")), requires_grad)


def eye(
    n_rows: int, n_cols: int | None = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """1 on the diagonal and 0 elsewhere; square unless n_cols says otherwise.

    >>> import minigrad as mg
    >>> mg.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    shape = _checked((n_rows, n_rows if n_cols is None else n_cols), "eye")
    return Tensor(np.eye(*shape, dtype=as_dtype(dtype, "eye")), requires_grad)
