"""`minigrad.cuda`, so that code which asks for a graphics card gets its answer: there is none."""

from __future__ import annotations

from typing import Any

from ..absent import explain_absence as _explain_absence

__all__ = [
    "device_count",
    "empty_cache",
    "is_available",
    "is_bf16_supported",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
    "reset_peak_memory_stats",
    "synchronize",
]


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


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Can it compute in bfloat16?  There is none.

    >>> is_bf16_supported()
    False
    """
    return False


def memory_allocated(device: Any = None) -> int:
    """The bytes in use there: 0.

    >>> memory_allocated()
    0
    """
    return 0


def synchronize(device: Any = None) -> None:
    """There is nothing to wait for."""


max_memory_allocated = memory_reserved = memory_allocated
empty_cache = reset_peak_memory_stats = synchronize

_explain_absence(globals())
