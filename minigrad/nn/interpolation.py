"""Pictures of another size, and channels that become places: modules."""

from __future__ import annotations

from typing import Any

from . import functional as F
from .function_module import FunctionModule


class Upsample(FunctionModule, function=F.interpolate):
    """The input at another size: see `functional.interpolate`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Upsample(scale_factor=2)(mg.ones(5, 3, 8, 6)).shape
    (5, 3, 16, 12)
    """

    size: Any = None
    scale_factor: Any = None
    mode: str = "nearest"
    align_corners: bool | None = None
    recompute_scale_factor: bool | None = None

    def check(self) -> None:
        """Keep the factors as floats, as PyTorch shows them."""
        factor = self.scale_factor
        if isinstance(factor, (tuple, list)):
            self.scale_factor = tuple(map(float, factor))
        elif factor is not None:
            self.scale_factor = float(factor)

    def extra_repr(self) -> str:
        """What was given of the two sizes, and the mode."""
        name = "size" if self.scale_factor is None else "scale_factor"
        return f"{name}={getattr(self, name)!r}, mode={self.mode!r}"


class _Upsampling(Upsample):
    """For pictures, in one mode."""

    options = ("size", "scale_factor", "mode", "align_corners")

    def __init__(self, size: Any = None, scale_factor: Any = None) -> None:
        super().__init__(size, scale_factor, type(self).mode, type(self).align_corners)


class UpsamplingNearest2d(_Upsampling):
    """`Upsample` with mode="nearest", for pictures."""


class UpsamplingBilinear2d(_Upsampling):
    """`Upsample` with mode="bilinear" and align_corners=True."""

    mode = "bilinear"
    align_corners = True


class PixelShuffle(FunctionModule, function=F.pixel_shuffle):
    """Channels that become places: see `functional.pixel_shuffle`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.PixelShuffle(3)(mg.ones(1, 9, 4, 4)).shape
    (1, 1, 12, 12)
    """

    upscale_factor: int


class PixelUnshuffle(FunctionModule, function=F.pixel_unshuffle):
    """Places that become channels: see `functional.pixel_unshuffle`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.PixelUnshuffle(3)(mg.ones(1, 1, 12, 12)).shape
    (1, 9, 4, 4)
    """

    downscale_factor: int
