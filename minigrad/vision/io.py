"""Pictures from files: torchvision's name for it."""

from __future__ import annotations

import os

import numpy as np

from ..absent import explain_absence
from ..engine.tensor import Tensor, tensor_of
from .pillow import image

__all__ = ["read_image"]


def read_image(path: str | os.PathLike[str]) -> Tensor:
    """The picture in a file as a uint8 tensor (channels, height, width).

    Black and white is 0 and 255; colours of a palette are 3 channels, or 4 if some are transparent;
    numbers of 16 bits are uint16.

    Raises ImportError where PIL is not installed, FileNotFoundError where there is no such file.
    """
    with image("read_image").open(path) as picture:
        if picture.mode in ("P", "PA"):
            clear = picture.mode == "PA" or "transparency" in picture.info
            picture = picture.convert("RGBA" if clear else "RGB")
        elif picture.mode == "1":
            picture = picture.convert("L")
        pixels = np.atleast_3d(np.asarray(picture))
    return tensor_of(np.ascontiguousarray(np.moveaxis(pixels, 2, 0)))


explain_absence(globals())
