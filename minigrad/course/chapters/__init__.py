"""The exercises, a module a chapter: `EXERCISES`, and nothing that runs."""

from __future__ import annotations

from importlib import import_module

from ..exercise import Exercise

CHAPTERS = {
    1: ("differences", "Derivatives by numbers"),
    2: ("tape", "A scalar tape in 60 lines"),
    3: ("rules", "Rules"),
    4: ("broadcasting", "Broadcasting and its transpose"),
    5: ("products", "Matrix products and linear layers"),
    6: ("cross_entropy", "Softmax and cross-entropy, and why they are one"),
    7: ("batch_norm", "Batch norm twice"),
    8: ("native", "From NumPy to C"),
    9: ("training", "Training, and reading its pictures"),
}


def exercises(chapter: int) -> tuple[Exercise, ...]:
    """The exercises of a chapter, in their order.

    Raises ValueError for a chapter that there is not.
    """
    if chapter not in CHAPTERS or isinstance(chapter, (bool, float)):
        raise ValueError(f"course: wanted a chapter from 1 to {len(CHAPTERS)}, got {chapter!r}")
    found: tuple[Exercise, ...] = import_module(f".{CHAPTERS[chapter][0]}", __name__).EXERCISES
    return found
