"""Freeing a long chain without recursion.

What refers to its parents, which refer to theirs, is freed link by link when the last reference
goes; done by calls within calls, a chain of a million would overflow the stack.  So a link that
goes hands its parents to a list, from which one loop drops them.  `drop.pxd` tells Cython the C
types.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from .mode import mode


class Link:
    """What may stand in a long chain.

    parents : a sequence of links, and of others at which the chain ends; () once it is taken apart
    """

    __slots__ = ("parents",)

    parents: Sequence[Any]

    def __del__(self) -> None:
        if self.parents:
            _drop(self)


def _leads_on(link: Link) -> bool:
    """Is a parent a link?"""
    for p in link.parents:
        if isinstance(p, Link):
            return True
    return False


def _drop(link: Link) -> None:
    """Drop a link's parents, and all that only they hold, from a list instead of the stack."""
    if not _leads_on(link):  # a function of its own: here a variable would outlive the loop below
        return
    waiting = mode.dropping
    if waiting is not None:  # we were called from the loop below
        waiting.append(link.parents)
        link.parents = ()
        return
    mode.dropping = waiting = [link.parents]
    link.parents = ()
    try:
        while waiting:
            waiting.pop()
    finally:
        mode.dropping = None


if isinstance(vars(Link).get("__del__"), FunctionType) and sys.version_info[:2] != (3, 13):
    # CPython frees a long chain of Python objects without recursion, 3.13 excepted, and Ctrl-C
    # would be lost in a `__del__` in Python.  Of what Cython compiles, neither is true.
    delattr(Link, "__del__")
