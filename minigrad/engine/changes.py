"""Changes of several arrays or dictionaries at once, which no signal comes between.

What may fail is done before: nothing is undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import starmap
from operator import call, setitem
from typing import Any

import numpy as np

from .tensor import Tensor

Change = tuple[Any, ...]
"""A function written in C, and its arguments."""


def carry_out(changes: Iterable[Change]) -> None:
    """Make the changes.

    The loop is C's over C functions.  Python looks for signals between the steps of its own code
    only, so none is handled before all changes are made.
    """
    list(starmap(call, changes))


def overwrite(tensors: Iterable[Tensor], arrays: Iterable[np.ndarray]) -> None:
    """Write arrays into the memory of tensors, in their dtypes; ValueError for other shapes."""
    pairs = [(t, np.broadcast_to(a, t.shape)) for t, a in zip(tensors, arrays, strict=True)]
    carry_out([(setitem, t._writable(), ..., a) for t, a in pairs])
