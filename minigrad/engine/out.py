"""`out=`: the value of a call, written to a tensor that is there already; other words on memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .mode import mode
from .tensor import Tensor
from .words import with_words


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
    # as in PyTorch, an empty one gets the size that is needed
    if not out.numel() and out.shape != value.shape:
        out._writable()
        out._data = value.numpy().astype(out.dtype)
        return out
    if out.shape != value.shape:
        raise ValueError(f"{name}: out: wanted shape {value.shape}, got {out.shape}")
    return out.copy_(value)


MEMORY = {"layout": ("strided",), "memory_format": ("contiguous", "preserve"), "pin_memory": ()}
"""What PyTorch's makers of tensors are told of memory, which is of one kind here: what may be."""


def give_memory(module: dict[str, Any], names: Iterable[str]) -> None:
    """Let functions of a module that make tensors take `out=` and the names of `MEMORY`."""
    for name in names:
        module[name] = _with_memory(name, module[name])


def _with_memory(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def made(*args: Any, **kwargs: Any) -> Any:
        for word in MEMORY.keys() & kwargs.keys():
            if (value := kwargs.pop(word)) not in (None, False, True, *MEMORY[word]):
                raise ValueError(f"{name}: {word}: all tensors are dense, got {value!r}")
        if "out" in kwargs:
            return into(name, kwargs.pop("out"), function, args, kwargs)
        return function(*args, **kwargs)

    return with_words(function, made)
