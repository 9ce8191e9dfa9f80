"""Functions that are called with a gradient while a backward pass runs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Self

from .mode import mode

_keys = itertools.count()  # never used again: a handle must not take away somebody else's hook


class RemovableHandle:
    """What registering a hook returns: `remove()`, or the end of a `with`, takes the hook away."""

    def __init__(self, hooks: dict[int, Any], key: int) -> None:
        self._hooks, self._key = hooks, key

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self._key, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


def register(hooks: dict[int, Any], hook: Callable[..., Any], where: str) -> RemovableHandle:
    """Add a hook to those of a tensor or module; they are called in the order of registering.

    Raises TypeError for what cannot be called.
    """
    if not callable(hook):
        raise TypeError(f"{where}: hook: wanted a function, got {type(hook).__name__}")
    key = next(_keys)
    hooks[key] = hook
    return RemovableHandle(hooks, key)


class GradientHooks:
    """The hooks of one tensor, as a function of its complete gradient."""

    def __init__(self, wrap: Callable[[Any], Any]) -> None:
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.wrap = wrap  # an array as a constant tensor

    def __call__(self, g: Any) -> Any:
        """g, an array or a tensor, or what the hooks return instead of it."""
        tensor = given = g if hasattr(g, "_data") else self.wrap(g)
        before, mode.in_rule = mode.in_rule, False
        try:
            for hook in tuple(self.hooks.values()):
                answer = hook(tensor)
                if answer is not None:
                    if not hasattr(answer, "_data"):
                        raise TypeError(
                            f"a hook has to return a tensor or None, got {type(answer).__name__}"
                        )
                    if answer.shape != tensor.shape:
                        raise ValueError(
                            f"a hook has to return the gradient's shape {tensor.shape}, got "
                            f"{answer.shape}"
                        )
                    tensor = answer if answer.dtype == g.dtype else answer.astype(g.dtype)
        finally:
            mode.in_rule = before
        if tensor is given:
            return g
        return tensor if given is g else tensor._data
