"""Mixed precision, as code written for graphics cards asks for it: there is none, so it is off.

PyTorch without a graphics card switches `autocast("cuda")` and `GradScaler` off, with a warning;
so does minigrad.  PyTorch's `autocast("cpu")` computes in bfloat16, which is refused here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .absent import explain_absence
from .engine.warn import warn

__all__ = ["GradScaler", "autocast"]


class autocast:
    """A `with` block, or a decorator, in which nothing changes.

    Raises ValueError where it would have to compute on the processor in another dtype.

    >>> with autocast("cpu", enabled=False):
    ...     pass
    """

    def __init__(
        self, device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: Any = None
    ) -> None:
        if enabled and device_type == "cpu":
            raise ValueError(
                "autocast: wanted enabled=False: PyTorch would compute in bfloat16, and float32 "
                "and float64 are the floating dtypes"
            )
        if enabled:
            warn(f"autocast: there is no {device_type!r}: switched off")

    def __enter__(self) -> autocast:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, as it is."""
        return functools.wraps(function)(lambda *args, **kwargs: function(*args, **kwargs))


class GradScaler:
    """What scales losses so that float16 holds their gradients: switched off, it scales by 1.

    >>> scaler = GradScaler(enabled=False)
    >>> scaler.scale(3.0), scaler.get_scale()
    (3.0, 1.0)
    """

    def __init__(self, device: str = "cuda", *args: Any, enabled: bool = True, **kwargs: Any):
        if enabled:
            warn(f"GradScaler: there is no {device!r}: switched off")

    def scale(self, outputs: Any) -> Any:
        """The outputs."""
        return outputs

    def unscale_(self, optimizer: Any) -> None:
        """There is nothing to undo."""

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """The optimiser's step."""
        return optimizer.step(*args, **kwargs)

    def update(self, new_scale: Any = None) -> None:
        """The scale stays 1."""

    def get_scale(self) -> float:
        """1."""
        return 1.0

    def is_enabled(self) -> bool:
        """No."""
        return False

    def state_dict(self) -> dict[str, Any]:
        """Nothing, as PyTorch's where it is switched off."""
        return {}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """There is nothing to load."""


explain_absence(globals())
