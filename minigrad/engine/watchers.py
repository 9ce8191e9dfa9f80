"""Those who are told what the tape does, while it does it.

A `Watcher` is a `with` block.  While one is open the tape and the calls of operations tell it of
every step, in the order in which the steps are taken.  What it is told may be looked at and
copied, not changed: totals are added to in place, and kept arrays are what rules compute with.
A watcher that raises stops what it watches.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any, ParamSpec, TypeVar

import numpy as np

from .tell import tell, watchers

P = ParamSpec("P")
R = TypeVar("R")


class Watcher:
    """Somebody who is told what happens; a subclass overrides what it wants to hear.

    As in PyTorch's anomaly mode, an open block is told of every thread's steps.
    """

    def __enter__(self) -> Any:
        watchers.append(self)
        return self

    def __exit__(self, *exc: object) -> None:
        watchers.remove(self)

    def made(self, node: Any, args: Any, values: Any) -> None:
        """An operation was recorded.

        args : its arguments as they were given; values : the same as arrays, then the output and
            what was saved for the rules
        """

    def differentiates(self, roots: Any) -> None:
        """A pass of the chain rule begins at these; rules and hooks may begin one within it."""

    def differentiated(self, complete: bool) -> None:
        """The pass that began last has ended; complete : not by an error."""

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """The rules of a node have run.

        g : the node's cotangent; given : pairs of a parent and what a rule answered for it;
        answers : the same in the parent's own shape and dtype
        """

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """A term was added to the cotangent of a node or leaf, which is now `total`."""

    def freed(self, node: Any) -> None:
        """A node has forgotten what it kept."""

    def accumulates(self, leaf: Any, g: Any) -> None:
        """A gradient is about to be added to a tensor's `grad`."""

    def accumulated(self, leaf: Any) -> None:
        """The `grad` of a tensor was written."""

    def assigned(self, tensor: Any, grad: Any) -> None:
        """Somebody set the `grad` of a tensor, or forgot it (None)."""

    def ran(self, operation: Any, args: Any, values: Any) -> None:
        """An operation has run, recorded or not.  What is told is as for `made`."""

    def copied(self, old: Any, new: Any) -> None:
        """An array has the values of another now, or of a number (then `old` is None)."""

    def read(self, tensor: Any) -> None:
        """The values of a tensor went where no watcher is told what becomes of them."""

    def changed(self, tensor: Any) -> None:
        """A tensor's memory was written to, or is about to be."""

    def begins(self, function: Any) -> None:
        """A `whole` function was called; what it does within is told as ever."""

    def ended(self, function: Any, args: Any, kwargs: Any, result: Any) -> None:
        """It has returned."""

    def failed(self, what: Any) -> None:
        """A `whole` function, an operation or the rules of a node have raised."""


def whole(function: Callable[P, R]) -> Callable[P, R]:
    """A function that can be taken for one step: called again, it does the same again.

    It draws random numbers, checks values or changes tensors in place; what it reads are its
    arguments and what these hold.  Of arguments that can be iterated over once a list is made,
    while there is a watcher.
    """

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if not watchers:
            return function(*args, **kwargs)
        given: Any = [list(a) if isinstance(a, Iterator) else a for a in args]
        tell("begins", function)
        try:
            result = function(*given, **kwargs)
        except BaseException:
            tell("failed", function)
            raise
        tell("ended", function, given, kwargs, result)
        return result

    call.whole = True  # type: ignore[attr-defined]
    return call


def tell_copy(old: Any, new: Any) -> Any:
    """`new`, of which watchers are told that it is a copy of `old`."""
    if watchers:
        tell("copied", old, new)
    return new


class detect_anomaly(Watcher):
    """Stop a backward pass at its first fault, and name the line of the forward pass.

    check_nan : stop at a gradient with NaN; otherwise only lines are remembered

    Also compares checksums of what the graph keeps, so that a write through NumPy to memory that
    it needs is found.  Slow: for finding a fault.  The error names the operation, the shapes and
    the line that ran it.  The name is PyTorch's, and as there the block counts for every thread.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan = check_nan

    def made(self, node: Any, args: Any, values: Any) -> None:
        """Remember the line, and what the kept arrays add up to."""
        node.line = user_line(), [_checksum(value) for value in node.kept]

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """Stop at changed memory and at NaN."""
        if node.line is not None and node.kept is not None:
            for value, before in zip(node.kept, node.line[1], strict=True):
                if _checksum(value) != before:
                    raise ValueError(
                        f"an array {np.shape(value)} that its rules need was written to since, "
                        "through NumPy; copy it before, or write to a copy"
                    )
        for parent, answer in answers if self.check_nan else ():
            if np.isnan(getattr(answer, "_data", answer)).any():
                raise ValueError(f"NaN in a gradient of shape {parent.shape}")


def _checksum(value: Any) -> int | None:
    from zlib import adler32  # here: an import takes 0.6 ms

    if isinstance(value, tuple):
        return hash(tuple(map(_checksum, value)))
    return adler32(value.tobytes()) if isinstance(value, np.ndarray) else None


def user_line() -> str:
    """The place of the innermost frame that is not minigrad's own."""
    frame = sys._getframe(0)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "minigrad":
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
