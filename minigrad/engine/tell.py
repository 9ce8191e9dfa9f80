"""Telling those who watch; `watchers.py` says who they are."""

from __future__ import annotations

from typing import Any

watchers: list[Any] = []
"""The watchers whose blocks are open, in any thread."""


def tell(event: str, *facts: Any) -> None:
    """Tell all watchers."""
    for watcher in tuple(watchers):
        getattr(watcher, event)(*facts)
