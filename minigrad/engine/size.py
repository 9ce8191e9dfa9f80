"""The shape of a tensor: a tuple, which also says how many elements that are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import prod
from operator import index
from typing import SupportsIndex, overload


class Size(tuple[int, ...]):
    """The sizes of the axes; a part of it is one too.

    >>> import minigrad as mg
    >>> shape = mg.zeros(2, 3, 4).shape
    >>> shape, shape.numel(), shape[1:].numel()
    ((2, 3, 4), 24, 12)
    """

    __slots__ = ()

    def __new__(cls, iterable: Iterable[SupportsIndex] = ()) -> Size:
        """Raises TypeError for what is no integers."""
        try:
            return tuple.__new__(cls, map(index, iterable))
        except TypeError:
            raise TypeError(f"Size: wanted integers, got {iterable!r:.60}") from None

    def numel(self) -> int:
        """How many elements there are."""
        return prod(self)

    @overload
    def __getitem__(self, i: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, i: slice) -> Size: ...
    def __getitem__(self, i: SupportsIndex | slice) -> int | Size:
        if isinstance(i, slice):
            return size_of(tuple.__getitem__(self, i))
        return tuple.__getitem__(self, i)


size_of: Callable[[tuple[int, ...]], Size] = partial(tuple.__new__, Size)
"""A `Size` of a shape, which holds integers already."""
