"""`out=`: the value of a call, written to a tensor that is there already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .grad_mode import mode
from .tensor import Tensor


def into(
    name: str, out: Any, function: Callable[..., Any], args: Any, kwargs: dict[str, Any]
) -> Any:
    """`function(..., out=out)`: its value written to a tensor, which is never recorded.

    Raises RuntimeError where it would have to be; TypeError for another kind of dtype, and
    ValueError for another shape, unless `out` is empty.
    """
    if out is None:
        return function(*args, **kwargs)
    if not isinstance(out, Tensor):
        raise TypeError(f"{name}: out: wanted a tensor, got {type(out).__name__}")
    value = function(*args, **kwargs)
    if value.requires_grad or (out.requires_grad and mode.recording):
        raise RuntimeError(
            f"{name}: out= is not recorded, and what is computed here requires a gradient; write "
            f"t = {name}(...), or use no_grad()"
        )
    if not np.can_cast(value.dtype, out.dtype, "same_kind"):
        raise TypeError(f"{name}: out: {value.dtype} does not become {out.dtype}")
    if not out.numel() and value.numel():  # PyTorch gives an empty one the size that is needed
        out._writable()
        out._data = value.numpy().astype(out.dtype)
        return out
    if out.shape != value.shape:
        raise ValueError(f"{name}: out: wanted shape {value.shape}, got {out.shape}")
    return out.copy_(value)
