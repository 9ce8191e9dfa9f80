"""Warnings at the line of the user's that they are about, however deep they come from."""

from __future__ import annotations

import sys
import warnings
from typing import Any


def warn(text: str) -> None:
    """Warn with UserWarning; Python shows a warning once a line, so it must be the user's."""
    frame: Any = sys._getframe()
    level = 1
    while frame.f_back and frame.f_globals.get("__name__", "").startswith("minigrad."):
        frame = frame.f_back
        level += 1
    warnings.warn(text, UserWarning, stacklevel=level)
