"""`minigrad.cuda`, so that code which asks for a graphics card gets its answer: there is none."""

from __future__ import annotations

__all__ = ["device_count", "is_available", "manual_seed", "manual_seed_all"]


def is_available() -> bool:
    """Is there a graphics card to compute on?  No.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """How many there are: 0.

    >>> device_count()
    0
    """
    return 0


def manual_seed(seed: int) -> None:
    """There is nothing to seed."""


def manual_seed_all(seed: int) -> None:
    """There is nothing to seed."""
