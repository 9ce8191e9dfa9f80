"""The windows of pictures as columns, and back: modules."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .function_module import FunctionModule


class Unfold(FunctionModule, function=F.unfold):
    """The windows of pictures as columns: see `functional.unfold`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Unfold(2, stride=2)(mg.zeros(5, 3, 8, 6)).shape
    (5, 12, 12)
    """

    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1


class Fold(FunctionModule, function=F.fold):
    """The sum of columns where their windows lie in pictures: see `functional.fold`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Fold((8, 6), 2, stride=2)(mg.zeros(5, 12, 12)).shape
    (5, 3, 8, 6)
    """

    output_size: Any
    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1
