"""Transforms that draw what they do: pictures a little different in each epoch.

They draw from the default generator, that `minigrad.manual_seed` seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...random import rand, randint
from . import functional as F

__all__ = [
    "RandomApply",
    "RandomCrop",
    "RandomGrayscale",
    "RandomHorizontalFlip",
    "RandomResizedCrop",
    "RandomVerticalFlip",
]


def chance(p: Any, name: str) -> float:
    """A chance.  Raises TypeError and ValueError for what is none."""
    if isinstance(p, bool) or not isinstance(p, (int, float)):
        raise TypeError(f"{name}: p: wanted a number from 0 to 1, got {type(p).__name__}")
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: p: wanted a number from 0 to 1, got {p}")
    return p


def uniform(low: float, high: float) -> float:
    """A number between two."""
    return low + (high - low) * rand(1).item()


def below(n: int) -> int:
    """A whole number from 0 to n - 1."""
    return int(randint(0, n, (1,)).item())


class _Sometimes:
    """What is done with chance p."""

    default = 0.5

    def __init__(self, p: float | None = None) -> None:
        self.p = chance(self.default if p is None else p, type(self).__name__)

    def change(self, img: Any) -> Any:
        """What is done."""
        raise NotImplementedError

    def __call__(self, img: Any) -> Any:
        return self.change(img) if rand(1).item() < self.p else img

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class RandomHorizontalFlip(_Sometimes):
    """Left and right exchanged, with chance p.

    Raises TypeError and ValueError for what is no chance.

    >>> import numpy as np
    >>> RandomHorizontalFlip(p=1)(np.array([[1, 2]]))
    array([[2, 1]])
    """

    def change(self, img: Any) -> Any:
        """`functional.hflip`."""
        return F.hflip(img)


class RandomVerticalFlip(_Sometimes):
    """Top and bottom exchanged, with chance p.

    Raises TypeError and ValueError for what is no chance.

    >>> import numpy as np
    >>> RandomVerticalFlip(p=1)(np.array([[1], [2]])).tolist()
    [[2], [1]]
    """

    def change(self, img: Any) -> Any:
        """`functional.vflip`."""
        return F.vflip(img)


class RandomGrayscale(_Sometimes):
    """The brightness in place of the colours, with chance p; as many channels as there were.

    Raises TypeError and ValueError for what is no chance.

    >>> import minigrad as mg
    >>> RandomGrayscale(p=1)(mg.tensor([[[1.0]], [[0.0]], [[0.0]]])).flatten()
    tensor([0.2989, 0.2989, 0.2989])
    """

    default = 0.1

    def change(self, img: Any) -> Any:
        """`functional.rgb_to_grayscale`."""
        return F.rgb_to_grayscale(img, F.get_dimensions(img)[0])


class RandomApply:
    """A list of transforms, all with chance p or none.

    Raises TypeError and ValueError for what is no chance.

    >>> RandomApply([lambda x: 2 * x], p=1.0)(3)
    6
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]], p: float = 0.5) -> None:
        self.transforms, self.p = transforms, chance(p, "RandomApply")

    def __call__(self, img: Any) -> Any:  # noqa: D102
        if self.p < rand(1).item():
            return img
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {t}" for t in self.transforms)
        return f"RandomApply(\n    p={self.p}{lines}\n)"


class RandomCrop:
    """A part of a size, from anywhere.

    size : (height, width), or one for both
    padding : pixels around the picture before, as `functional.pad`
    pad_if_needed : also where it is smaller than the part
    fill, padding_mode : of the padding

    Raises TypeError and ValueError for another size, ValueError for a picture that is smaller.

    >>> import numpy as np
    >>> RandomCrop(2, padding=1)(np.ones((2, 2))).shape
    (2, 2)
    """

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: float = 0,
        padding_mode: str = "constant",
    ) -> None:
        self.size, self.padding = F.pair(size, "RandomCrop"), padding
        self.pad_if_needed, self.fill, self.padding_mode = pad_if_needed, fill, padding_mode

    def __call__(self, img: Any) -> Any:  # noqa: D102
        tall, wide = self.size
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        _, height, width = F.get_dimensions(img)
        if self.pad_if_needed and (width < wide or height < tall):
            more = max(0, wide - width), max(0, tall - height)
            img = F.pad(img, more, self.fill, self.padding_mode)
            _, height, width = F.get_dimensions(img)
        if height < tall or width < wide:
            raise ValueError(
                f"RandomCrop: a part of {self.size} of a picture of {(height, width)}; "
                "pad_if_needed=True makes it larger"
            )
        if (height, width) == self.size:
            return img
        top, left = below(height - tall + 1), below(width - wide + 1)
        return F.crop(img, top, left, tall, wide)

    def __repr__(self) -> str:
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomResizedCrop:
    """A part of any size and place, resized.

    size : (height, width) of what is returned, or one for both
    scale : which share of the picture the part is, from and to
    ratio : its width by its height, from and to, evenly by the logarithm
    interpolation : as of `functional.resize`

    Ten parts are drawn, until one is within the picture; else it is the largest in the middle of a
    ratio that is allowed.  Raises TypeError and ValueError for another size, ValueError for other
    limits.

    >>> import numpy as np
    >>> RandomResizedCrop(2, scale=(1, 1), ratio=(1, 1))(np.ones((2, 2))).shape
    (2, 2)
    """

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: Any = "bilinear",
        antialias: bool | None = True,
    ) -> None:
        self.size, self.scale, self.ratio = F.pair(size, "RandomResizedCrop"), scale, ratio
        for name, limits in (("scale", scale), ("ratio", ratio)):
            if np.shape(limits) != (2,) or not 0 < limits[0] <= limits[1] < math.inf:
                raise ValueError(
                    f"RandomResizedCrop: {name}: wanted two numbers above 0, from and to; got "
                    f"{limits!r:.60}"
                )
        self.interpolation, self.antialias = interpolation, antialias

    def part(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Where the part begins, and its height and width."""
        logs = [math.log(r) for r in self.ratio]
        for _ in range(10):
            area, ratio = height * width * uniform(*self.scale), math.exp(uniform(*logs))
            wide, tall = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
            if 0 < wide <= width and 0 < tall <= height:
                return below(height - tall + 1), below(width - wide + 1), tall, wide
        ratio = min(max(width / height, min(self.ratio)), max(self.ratio))
        wide, tall = min(width, round(height * ratio)), min(height, round(width / ratio))
        return (height - tall) // 2, (width - wide) // 2, tall, wide

    def __call__(self, img: Any) -> Any:  # noqa: D102
        _, height, width = F.get_dimensions(img)
        return F.resized_crop(img, *self.part(height, width), self.size, self.interpolation)

    def __repr__(self) -> str:
        return f"RandomResizedCrop(size={self.size}, scale={self.scale}, ratio={self.ratio})"
