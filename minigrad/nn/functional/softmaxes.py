"""The softmax and its kin, with the arguments that PyTorch has beside the axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.dtypes import as_dtype
from ...engine.tensor import Tensor
from ...engine.warn import warn
from ...ops.shaping import astype
from . import activations, smooth

__all__ = ["log_softmax", "softmax", "softmin"]


def _convert(
    name: str, input: Any, dim: int | None, stacklevel: Any, dtype: Any
) -> tuple[Any, int]:
    """The input in its dtype; an axis that is not given is PyTorch's, with its warning.

    stacklevel : what `softmax` in `nn.functional` has third; elsewhere PyTorch has the dtype there
    """
    dtype = stacklevel if dtype is None and not isinstance(stacklevel, int) else dtype
    if dtype is not None:
        if as_dtype(dtype, name).kind != "f":
            raise TypeError(f"{name}: dtype: wanted a floating dtype, got {dtype}")
        input = astype(input, dtype)
    if dim is not None:
        return input, dim
    if isinstance(input, Tensor) or np.asarray(input).dtype.kind in "biuf":  # others are refused
        warn(
            f"{name}: no dim was given; 0 or 1 is taken by the number of axes, which nobody "
            "means: say dim=..."
        )
    return input, 0 if np.ndim(input) in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: Any = 3, dtype: Any = None) -> Tensor:
    """The exponentials of the input, scaled so that their sum over `dim` is 1.

    dim : None warns, and takes the axis that PyTorch takes: 0 of a tensor with 0, 1 or 3 axes,
        otherwise 1
    dtype : convert the input to this floating dtype first

    An entry of -inf gets 0; slices of nothing but -inf are NaN.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softmax(mg.tensor([1000.0, 1000.0, -float("inf")]), dim=-1)
    tensor([0.5, 0.5, 0. ])
    """
    return activations.softmax(*_convert("softmax", input, dim, _stacklevel, dtype))


def log_softmax(
    input: Any, dim: int | None = None, _stacklevel: Any = 3, dtype: Any = None
) -> Tensor:
    """log(softmax(input, dim)), finite where the softmax itself is 0; arguments as there.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.log_softmax(mg.tensor([0.0, 1000.0]), dim=-1)
    tensor([-1000.,     0.])
    """
    return activations.log_softmax(*_convert("log_softmax", input, dim, _stacklevel, dtype))


def softmin(input: Any, dim: int | None = None, _stacklevel: Any = 3, dtype: Any = None) -> Tensor:
    """softmax(-input, dim); arguments as there.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.softmin(mg.tensor([0.0, 0.0, 1000.0]), dim=0)
    tensor([0.5, 0.5, 0. ])
    """
    return smooth.softmin(*_convert("softmin", input, dim, _stacklevel, dtype))
