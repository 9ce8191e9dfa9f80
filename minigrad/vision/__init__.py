"""Data sets, transforms and nets for pictures, under torchvision's names.

So that courses run with their import lines changed: `from minigrad.vision import datasets`,
`from minigrad.vision.transforms import ToTensor`.  Samples are made one by one; for speed take
`minigrad.utils.data.FashionMNIST`, which makes a batch in one step.
"""

from typing import TYPE_CHECKING

from ..absent import explain_absence
from . import datasets, io, transforms, utils

if TYPE_CHECKING:
    from . import models

LATER = {"models": "models"}

__all__ = ["datasets", "io", "models", "transforms", "utils"]

explain_absence(globals())
