"""What the current thread is doing, and a block in which it records or does not.

An ordinary install compiles this file.  Python looks for signals where a function of its own
begins, which would be before `__exit__` has done anything; a compiled one is never asked, so that
Ctrl-C cannot leave recording off.  Where it is not compiled, nothing helps against one that comes
there.
"""

from __future__ import annotations

from _thread import _local, get_ident  # what `threading` hands out, whose import takes 1 ms
from typing import Any


class Mode(_local):
    """What the current thread is doing; every thread starts by recording."""

    recording = True
    in_rule = False  # rules that run on arrays get arrays back from operations
    dropping: list[Any] | None = None  # parents of nodes that are being freed
    given: dict[Any, tuple[str, int]] | None = None  # versions of leaves in a forward method
    repeating = False  # `vmap` has further samples, whose passes may need the same graph


mode = Mode()


class Block:
    """Sets the current thread's `mode.recording` in a block, and puts it back."""

    enabled: bool

    def __init__(self) -> None:
        self._before: dict[int, list[bool]] = {}  # by thread: one object may serve several

    def __enter__(self) -> None:
        self._before.setdefault(get_ident(), []).append(mode.recording)
        mode.recording = self.enabled

    def __exit__(self, *exc: object) -> None:
        thread = get_ident()
        before = self._before[thread]
        mode.recording = before[-1]  # first of all, so that Ctrl-C may come behind it
        if len(before) > 1:
            before.pop()
        else:
            del self._before[thread]
