"""The older place of `minigrad.amp`, where the graphics card was meant without being named."""

from __future__ import annotations

from typing import Any

from .. import amp
from ..absent import explain_absence
from ..amp import GradScaler

__all__ = ["GradScaler", "autocast"]


class autocast(amp.autocast):
    """`minigrad.amp.autocast("cuda")`.

    >>> with autocast(enabled=False):
    ...     pass
    """

    def __init__(self, enabled: bool = True, dtype: Any = None, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


explain_absence(globals())
