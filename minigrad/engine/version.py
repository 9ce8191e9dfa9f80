"""When a tensor's memory was last changed in place.

A rule computes with arrays that were kept when its operation ran.  Whoever changes one of them in
the meantime would get the gradient of other values, so a node remembers the `Version` of each
array that it keeps, and a backward pass stops at one that has changed since (PyTorch's contract).
Nodes and changes are numbered by one counter: a change came after a node if its number is larger.
"""

from __future__ import annotations

import itertools
import weakref
from _thread import RLock, allocate_lock
from typing import Any

numbers = itertools.count(1)
"""Numbers in the order of time, for nodes and for changes in place."""

_beginning, _tidying = RLock(), allocate_lock()


class Version:
    """The changes of one piece of memory, shared by all tensors that look at it.

    count : how many there were; PyTorch's `_version`
    changed : the number of the last one, 0 if there was none
    kept : has a node kept the memory for its rules?
    """

    __slots__ = ("changed", "count", "kept", "sharers")

    count: int
    changed: int
    kept: bool
    sharers: list[weakref.ref[Any]] | None

    def change(self) -> None:
        """Count a change."""
        self.count += 1
        self.changed = next(numbers)

    def share(self, tensor: Any) -> None:
        """Note another tensor that looks at the memory."""
        if self.sharers is None:
            with _beginning:  # else two threads begin two lists
                if self.sharers is None:
                    self.sharers = []
        known = self.sharers
        known.append(weakref.ref(tensor))
        if len(known) & (len(known) - 1) == 0:  # at powers of 2, so that a long loop stays linear
            _forget_dead(known)

    def others(self, tensor: Any) -> list[Any]:
        """The tensors other than this one that look at the memory."""
        if self.sharers is None:
            return []
        _forget_dead(self.sharers)  # and a long loop stays linear
        found = (r() for r in [*self.sharers])
        return [t for t in found if t is not None and t is not tensor and t._version_ is self]


def _forget_dead(sharers: list[weakref.ref[Any]]) -> None:
    """Remove references to what is gone; other threads may append to the list at any time."""
    if _tidying.acquire(blocking=False):  # two at once would remove what was appended in between
        try:
            count = len(sharers)
            sharers[:count] = [r for r in sharers[:count] if r() is not None]
        finally:
            _tidying.release()


def new_version() -> Version:
    """The version of memory that nobody has changed; no `__init__`, which would take longer."""
    version = Version.__new__(Version)
    version.count = version.changed = 0
    version.kept = False
    version.sharers = None
    return version
