"""What a rule answers, brought to its input's shape and dtype: the transpose of broadcasting.

No rule mentions broadcasting; docs/autodiff.md, section 4, derives the sum that undoes it.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def fit(g: Any, parent: Any, stretched: tuple[int, ...]) -> Any:
    """A rule's answer in its parent's shape and dtype.

    stretched : the output's shape, to which broadcasting may have stretched the parent
    """
    if g is None:
        raise TypeError("a rule answered None; it has to return g times the derivative")
    if not hasattr(g, "astype"):
        g = np.asarray(g)
    if g.dtype.kind not in "fiub":
        raise TypeError(f"a rule answered with {g.dtype}, which is no gradient of {parent.dtype}")
    if g.shape != parent.shape:
        g = unbroadcast(g, parent.shape, stretched)
    return g if g.dtype == parent.dtype else g.astype(parent.dtype)


def unbroadcast(g: Any, shape: tuple[int, ...], stretched: tuple[int, ...] | None = None) -> Any:
    """Sum `g` down to `shape`: the transpose of broadcasting from `shape` to `g.shape`.

    stretched : sum only along axes that have their size from here (None: any)

    Raises ValueError where `shape` does not broadcast to the shape of `g`.
    """
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    went_in = (1,) * extra + shape  # in as many axes as g has
    came_out = g.shape  # of broadcasting
    if stretched is not None:
        came_out = (1,) * (g.ndim - len(stretched)) + stretched[-g.ndim :]
    sizes = list(zip(went_in, g.shape, came_out, strict=False))
    # an axis is either as it was, or has been stretched, from 1 to the size it came out with
    if extra < 0 or any(n != m and (n != 1 or m != end) for n, m, end in sizes):
        raise ValueError(f"a gradient of shape {g.shape} does not fit an input of shape {shape}")
    axes = tuple([i for i, (n, m, _) in enumerate(sizes) if i < extra or n != m])
    return g.sum(axis=axes).reshape(shape)
