"""The shape of a tensor: a tuple, which also says how many elements that are."""

from __future__ import annotations

from math import prod
from typing import SupportsIndex, overload


class Size(tuple[int, ...]):
    """The sizes of the axes; a part of it is one too.

    >>> import minigrad as mg
    >>> shape = mg.zeros(2, 3, 4).shape
    >>> shape, shape.numel(), shape[1:].numel()
    ((2, 3, 4), 24, 12)
    """

    __slots__ = ()

    def numel(self) -> int:
        """How many elements there are."""
        return prod(self)

    @overload
    def __getitem__(self, i: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, i: slice) -> Size: ...
    def __getitem__(self, i: SupportsIndex | slice) -> int | Size:
        if isinstance(i, slice):
            return Size(tuple.__getitem__(self, i))
        return tuple.__getitem__(self, i)
