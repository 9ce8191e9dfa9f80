"""Many pictures as one: torchvision's names for it."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..absent import explain_absence
from ..engine.convert import as_array
from ..engine.dtypes import check_count
from ..engine.tensor import Tensor, tensor_of
from .pillow import image

__all__ = ["make_grid", "save_image"]


def make_grid(
    tensor: Any,
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    pad_value: float = 0.0,
) -> Tensor:
    """Pictures side by side, in rows of `nrow`: (3, height, width).

    tensor : (count, 1 or 3, height, width), or a list of (1 or 3, height, width)
    normalize : scale `value_range`, or what is from the smallest to the largest value, to [0, 1]

    Raises ValueError for another shape, pictures of several shapes, none at all, rows of less than
    one and padding of less than none.

    >>> import minigrad as mg
    >>> make_grid(mg.ones(4, 1, 5, 5), nrow=2).shape
    (3, 16, 16)
    """
    check_count("make_grid: nrow", nrow)
    check_count("make_grid: padding", padding, least=0)
    if isinstance(tensor, Sequence):
        several = [as_array(t, "make_grid") for t in tensor]
        if len(shapes := {p.shape for p in several}) != 1:
            raise ValueError(f"make_grid: wanted pictures of one shape, got {sorted(shapes)}")
        pixels = np.stack(several)
    else:
        pixels = as_array(tensor, "make_grid")
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3) or not pixels.size:
        raise ValueError(f"make_grid: wanted (count, 1 or 3, height, width), got {pixels.shape}")
    if normalize:
        low, high = value_range or (float(pixels.min()), float(pixels.max()))
        pixels = (pixels.clip(low, high) - low) / max(high - low, 1e-5)
    count, _, height, width = pixels.shape
    if count == 1:
        return tensor_of(np.repeat(pixels[0], 3 // pixels.shape[1], axis=0))
    columns = min(nrow, count)
    rows = math.ceil(count / columns)
    tall, wide = height + padding, width + padding
    grid = np.full((3, rows * tall + padding, columns * wide + padding), pad_value, pixels.dtype)
    for i, picture in enumerate(pixels):
        top, left = i // columns * tall + padding, i % columns * wide + padding
        grid[:, top : top + height, left : left + width] = picture
    return tensor_of(grid)


def save_image(tensor: Any, fp: str | os.PathLike[str], **options: Any) -> None:
    """Write `make_grid(tensor, **options)` to a file, [0, 1] as 0 to 255.

    Raises ImportError where PIL is not installed.
    """
    pillow = image("save_image")
    grid = make_grid(tensor, **options).numpy()
    pixels = (grid * 255 + 0.5).clip(0, 255).astype(np.uint8)
    pillow.fromarray(np.moveaxis(pixels, 0, 2)).save(fp)


explain_absence(globals())
