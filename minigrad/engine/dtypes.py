"""The dtypes that tensors can have, NumPy's under PyTorch's names."""

from __future__ import annotations

import builtins
import sys
from numbers import Integral, Real
from operator import index
from typing import Any

import numpy as np

float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
int64 = long = np.dtype(np.int64)
int32 = int = np.dtype(np.int32)
int16 = short = np.dtype(np.int16)
int8 = np.dtype(np.int8)
uint8 = np.dtype(np.uint8)
uint16 = np.dtype(np.uint16)
uint32 = np.dtype(np.uint32)
uint64 = np.dtype(np.uint64)
bool = np.dtype(np.bool_)

NAMES = """
    float32 float float64 double int64 long int32 int int16 short int8 uint8 uint16 uint32 uint64
    bool
""".split()
"""PyTorch's names; as NumPy's dtypes, so that `x.dtype == minigrad.float32` compares them."""

_default = [float32]


def default_dtype() -> np.dtype:
    """What Python floats become, float32 unless `set_default_dtype` said otherwise."""
    return _default[0]


def get_default_dtype() -> np.dtype:
    """The dtype of tensors made of Python floats.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _default[0]


def set_default_dtype(d: Any) -> None:
    """Let Python floats become float32, or float64, and layers be made so.

    Raises TypeError for other dtypes.
    """
    dtype = as_dtype(d, "set_default_dtype")
    if dtype.kind != "f":
        raise TypeError(f"set_default_dtype: wanted float32 or float64, got {dtype}")
    _default[0] = dtype


def check_dtype(dtype: np.dtype, where: str) -> None:
    """Refuse with TypeError what no rule is written for."""
    if not dtype.isnative:
        raise TypeError(
            f"{where}: dtype {dtype.str} has the bytes of its numbers in another order than this "
            f"machine; convert it first: .astype('{dtype.name}')"
        )
    if dtype.kind not in "iub" and dtype not in (float32, float64):
        raise TypeError(
            f"{where}: dtype {dtype} is not supported; wanted float32, float64, an integer or bool"
        )


def check_count(
    where: str, value: Any, least: builtins.int = 1, most: builtins.int = sys.maxsize
) -> builtins.int:
    """`value` as an integer from `least` to `most`: no further than Python can count.

    Raises TypeError or ValueError, which begin with `where`.
    """
    count = check_integer(where, value)
    if not least <= count <= most:
        limit = f"at least {least}" if count < least else f"at most {most}"
        raise ValueError(f"{where} must be {limit}, got {value}")
    return count


def check_number(where: str, value: Any) -> None:
    """Refuse with TypeError what is no real number, nor a 0-d tensor or array of one; with
    ValueError an integer too large to be a float.

    where : names the function and argument
    """
    single = getattr(value, "shape", None) == () and value.dtype.kind in "fiub"
    if not single and not isinstance(value, (builtins.float, builtins.int, Real)):
        raise TypeError(f"{where}: wanted a number, got {type(value).__name__}")
    if isinstance(value, builtins.int) and abs(value) > sys.float_info.max:
        raise ValueError(
            f"{where}: wanted a number that a float can hold, got one of {value.bit_length()} bits"
        )


def check_flag(where: str, value: Any) -> builtins.bool:
    """`value` as Python's True or False; TypeError for all else: "False" would count as true."""
    if not isinstance(value, (builtins.bool, np.bool_)):
        raise TypeError(f"{where}: wanted True or False, got {value!r:.60}")
    return builtins.bool(value)


def check_integer(where: str, value: Any) -> builtins.int:
    """`value` as an integer; TypeError for what is none, which True is neither."""
    kind = getattr(getattr(value, "dtype", None), "kind", "i")
    whole = isinstance(value, Integral) or (hasattr(type(value), "__index__") and kind in "iu")
    if not whole or isinstance(value, builtins.bool):
        raise TypeError(f"{where} must be an integer, got {type(value).__name__}")
    if np.shape(value):
        raise TypeError(f"{where} must be an integer, got shape {np.shape(value)}")
    return index(value)


def as_dtype(dtype: Any, where: str) -> np.dtype:
    """A NumPy dtype of what names one; Python's `float` is the default dtype, None too.

    Raises TypeError for what is no dtype, or none that tensors can have.
    """
    if dtype is None or dtype is builtins.float:
        return default_dtype()
    if dtype is builtins.int:
        return int64
    try:
        if isinstance(getattr(dtype, "dtype", None), np.dtype) and not isinstance(dtype, type):
            raise TypeError  # NumPy takes the dtype of whatever has one
        found: np.dtype = np.dtype(dtype).newbyteorder("=")
    except TypeError:
        raise TypeError(f"{where}: dtype: wanted a dtype such as float32, got {dtype!r}") from None
    check_dtype(found, where)
    return found
