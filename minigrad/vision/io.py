"""Pictures from files: torchvision's name for it."""

from __future__ import annotations

import os

import numpy as np

from ..absent import explain_absence
from ..engine.tensor import Tensor, tensor_of

__all__ = ["read_image"]


def read_image(path: str | os.PathLike[str]) -> Tensor:
    """The picture in a file as a uint8 tensor (channels, height, width).

    Raises ImportError where PIL is not installed, FileNotFoundError where there is no such file.
    """
    from PIL import Image

    with Image.open(path) as picture:
        pixels = np.atleast_3d(np.asarray(picture))
    return tensor_of(np.ascontiguousarray(np.moveaxis(pixels, 2, 0)))


explain_absence(globals())
