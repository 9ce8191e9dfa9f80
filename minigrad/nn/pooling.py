"""Pooling as layers, over one, two or three axes: the largest number, or the mean, of a window."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .function_module import FunctionModule

SHOWN = "kernel_size={0.kernel_size}, stride={0.stride}, padding={0.padding}"


class _Pool(FunctionModule, shows=SHOWN):
    """What windows have, whatever is done with them."""

    kernel_size: Any
    stride: Any = None
    padding: Any = 0

    def check(self) -> None:
        if self.stride is None:
            self.stride = self.kernel_size


class _MaxPool(_Pool, shows=SHOWN + ", dilation={0.dilation}, ceil_mode={0.ceil_mode}"):
    dilation: Any = 1
    return_indices: bool = False
    ceil_mode: bool = False


class _AvgPool(_Pool):
    ceil_mode: bool = False
    count_include_pad: bool = True


class _AvgPoolOfAxes(_AvgPool):
    divisor_override: int | None = None


class _AdaptiveMaxPool(FunctionModule, shows="output_size={0.output_size}"):
    output_size: Any
    return_indices: bool = False


class _AdaptiveAvgPool(FunctionModule):
    output_size: Any


class MaxPool1d(_MaxPool, function=F.max_pool1d):
    """`functional.max_pool1d` as a module."""


class MaxPool2d(_MaxPool, function=F.max_pool2d):
    """The largest number of each window of pictures (N, C, H, W): see `functional.max_pool2d`.

    kernel_size, stride, padding, dilation : integers, or one for each axis; stride None is
        kernel_size

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MaxPool2d(2)
    MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    >>> nn.MaxPool2d(2)(mg.zeros(5, 3, 8, 6)).shape
    (5, 3, 4, 3)
    """


class MaxPool3d(_MaxPool, function=F.max_pool3d):
    """`functional.max_pool3d` as a module."""


class AvgPool1d(_AvgPool, function=F.avg_pool1d):
    """`functional.avg_pool1d` as a module."""

    def check(self) -> None:
        super().check()
        for name in ("kernel_size", "stride", "padding"):  # which PyTorch keeps so here
            value = getattr(self, name)
            setattr(self, name, tuple(value) if isinstance(value, (tuple, list)) else (value,))


class AvgPool2d(_AvgPoolOfAxes, function=F.avg_pool2d):
    """The mean of each window of pictures (N, C, H, W): see `functional.avg_pool2d`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.AvgPool2d(2)(mg.zeros(5, 3, 8, 6)).shape
    (5, 3, 4, 3)
    """


class AvgPool3d(_AvgPoolOfAxes, function=F.avg_pool3d):
    """`functional.avg_pool3d` as a module."""


class AdaptiveAvgPool1d(_AdaptiveAvgPool, function=F.adaptive_avg_pool1d):
    """`functional.adaptive_avg_pool1d` as a module."""


class AdaptiveAvgPool2d(_AdaptiveAvgPool, function=F.adaptive_avg_pool2d):
    """The means of windows that cover pictures: see `functional.adaptive_avg_pool2d`.

    output_size : (H', W'), one integer for both, None in a place for as many as there are

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.AdaptiveAvgPool2d(1)(mg.zeros(5, 3, 8, 6)).shape
    (5, 3, 1, 1)
    """


class AdaptiveAvgPool3d(_AdaptiveAvgPool, function=F.adaptive_avg_pool3d):
    """`functional.adaptive_avg_pool3d` as a module."""


class AdaptiveMaxPool1d(_AdaptiveMaxPool, function=F.adaptive_max_pool1d):
    """`functional.adaptive_max_pool1d` as a module."""


class AdaptiveMaxPool2d(_AdaptiveMaxPool, function=F.adaptive_max_pool2d):
    """`functional.adaptive_max_pool2d` as a module."""


class AdaptiveMaxPool3d(_AdaptiveMaxPool, function=F.adaptive_max_pool3d):
    """`functional.adaptive_max_pool3d` as a module."""
