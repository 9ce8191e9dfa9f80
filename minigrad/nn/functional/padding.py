"""A border around the last axes, as PyTorch counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.dtypes import check_integer
from ...engine.tensor import Tensor
from ...ops.indexing import take
from ...ops.shaping import pad as pad_axes
from .in_place import as_tensor

__all__ = ["pad"]

MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(
    input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """The input with a border.

    pad : (before, after) of the last axis, then of the one before it, and so on; negative numbers
        cut off
    mode : "constant"; "reflect", "replicate" or "circular" take the border from the input
    value : what a constant border is made of; None is 0

    Raises ValueError for an odd number of widths, too many of them, widths that leave nothing,
    another mode, or a value beside a mode that takes none.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.pad(mg.tensor([1.0, 2.0, 3.0]), (1, 2))
    tensor([0., 1., 2., 3., 0., 0.])
    >>> F.pad(mg.tensor([1.0, 2.0, 3.0]), (1, -1), mode="replicate")
    tensor([1., 1., 2.])
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad: wanted widths, as a tuple of integers, got {pad!r:.60}")
    x, widths = as_tensor(input), [check_integer("pad: a width", n) for n in pad]
    if len(widths) % 2 or len(widths) > 2 * x.ndim:
        raise ValueError(
            f"pad: wanted a pair of widths for each of at most {x.ndim} axes, got {tuple(pad)}"
        )
    if mode not in ("constant", *MODES):
        raise ValueError(f"pad: mode must be one of {['constant', *MODES]}, got {mode!r}")
    if mode != "constant" and value is not None:
        raise ValueError(f"pad: mode {mode!r} takes no value, got {value}")
    pairs = list(zip(widths[::2], widths[1::2], strict=True))[::-1]
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    for n, (before, after) in zip(x.shape, pairs, strict=True):
        if n + before + after < 0 or (
            mode == "constant" and n + min(before, 0) + min(after, 0) < 0
        ):
            raise ValueError(f"pad: widths {(before, after)} leave nothing of an axis of size {n}")
    if mode != "constant":
        for axis, (before, after) in enumerate(pairs):
            if before or after:
                x = take(x, _places(x.shape[axis], before, after, mode), axis=axis)
        return x
    x = x[
        tuple(
            slice(max(-before, 0), n - max(-after, 0))
            for n, (before, after) in zip(x.shape, pairs, strict=True)
        )
    ]
    margins = [(max(before, 0), max(after, 0)) for before, after in pairs]
    return pad_axes(x, margins, 0.0 if value is None else value)


def _places(n: int, before: int, after: int, mode: str) -> np.ndarray:
    """Which elements of an axis of size n stand where, once it has its border."""
    first = 0
    if mode == "circular":  # what is cut off does not come around
        first, n = max(-before, 0), n + min(before, 0) + min(after, 0)
        before, after = max(before, 0), max(after, 0)
    longest = {"reflect": n - 1, "circular": n}.get(mode)
    if n <= 0 or (longest is not None and max(before, after) > longest):
        raise ValueError(
            f"pad: mode {mode!r} can add at most {longest or 0} to an axis of size {n}, got "
            f"{(before, after)}"
        )
    places = first + np.pad(np.arange(n), (max(before, 0), max(after, 0)), mode=MODES[mode])
    return places[max(-before, 0) : len(places) - max(-after, 0)]
