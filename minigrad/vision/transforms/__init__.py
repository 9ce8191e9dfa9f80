"""What is done to a picture before a net gets it: torchvision's names and meanings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import numpy as np

from ...absent import explain_absence
from ...engine.tensor import Tensor
from . import chance, functional
from .chance import *

__all__ = [
    *chance.__all__,
    "CenterCrop",
    "Compose",
    "Grayscale",
    "InterpolationMode",
    "Lambda",
    "Normalize",
    "PILToTensor",
    "Pad",
    "Resize",
    "ToPILImage",
    "ToTensor",
]


class InterpolationMode(Enum):
    """How a picture of another size is made: PIL's names."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


class ToTensor:
    """A uint8 picture, (height, width) or (height, width, channels), as a float32 tensor.

    The tensor is (channels, height, width) with values in [0, 1].  Takes arrays, and pictures of
    PIL.  What is not uint8 keeps its values.  Raises ValueError for another number of axes.

    >>> import numpy as np
    >>> ToTensor()(np.full((2, 2), 255, np.uint8))
    tensor([[[1., 1.],
             [1., 1.]]])
    """

    def __call__(self, pic: Any) -> Tensor:  # noqa: D102
        return functional.to_tensor(pic)

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor:
    """A picture as a tensor (channels, height, width) of the numbers that it has.

    >>> import numpy as np
    >>> PILToTensor()(np.full((1, 2), 255, np.uint8))
    tensor([[[255, 255]]], dtype=uint8)
    """

    def __call__(self, pic: Any) -> Tensor:  # noqa: D102
        return functional.pil_to_tensor(pic)

    def __repr__(self) -> str:
        return "PILToTensor()"


class ToPILImage:
    """A tensor or an array as a picture of PIL; see `functional.to_pil_image`."""

    def __init__(self, mode: str | None = None) -> None:
        self.mode = mode

    def __call__(self, pic: Any) -> Any:  # noqa: D102
        return functional.to_pil_image(pic, self.mode)

    def __repr__(self) -> str:
        return f"ToPILImage({'' if self.mode is None else f'mode={self.mode}'})"


class Resize:
    """A picture in another size, as PIL does it; one of that size as it is.

    A tensor (..., height, width) is resized plane by plane, and stays a tensor.

    size : (height, width), or an integer, or one in a list, for the shorter side
    interpolation : as of `functional.resize`; antialias : is taken, and always done, as by PIL

    Raises TypeError and ValueError for another size, ImportError where there is something to do
    and PIL is not installed.

    >>> import numpy as np
    >>> Resize((2, 2))(np.zeros((2, 2), np.uint8)).shape
    (2, 2)
    """

    def __init__(
        self,
        size: int | Sequence[int],
        interpolation: Any = InterpolationMode.BILINEAR,
        max_size: None = None,
        antialias: bool | None = True,
    ) -> None:
        functional.pair(size, "Resize")
        if max_size is not None:
            raise TypeError("Resize: max_size is not there; size=(height, width) says both")
        self.size, self.interpolation, self.antialias = size, interpolation, antialias

    def __call__(self, img: Any) -> Any:  # noqa: D102
        return functional.resize(img, self.size, self.interpolation)

    def __repr__(self) -> str:
        return f"Resize(size={self.size})"


class CenterCrop:
    """The middle of a picture, of a size; where it is smaller, with 0 around it.

    Raises TypeError and ValueError for another size.

    >>> import numpy as np
    >>> CenterCrop(1)(np.arange(9).reshape(3, 3))
    array([[4]])
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        self.size = functional.pair(size, "CenterCrop")

    def __call__(self, img: Any) -> Any:  # noqa: D102
        return functional.center_crop(img, self.size)

    def __repr__(self) -> str:
        return f"CenterCrop(size={self.size})"


class Pad:
    """More pixels at the edges; see `functional.pad`.

    >>> import numpy as np
    >>> Pad((1, 0))(np.ones((1, 1)))
    array([[0., 1., 0.]])
    """

    def __init__(
        self, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant"
    ) -> None:
        self.padding, self.fill, self.padding_mode = padding, fill, padding_mode

    def __call__(self, img: Any) -> Any:  # noqa: D102
        return functional.pad(img, self.padding, self.fill, self.padding_mode)

    def __repr__(self) -> str:
        return f"Pad(padding={self.padding}, fill={self.fill}, padding_mode={self.padding_mode})"


class Grayscale:
    """The brightness of a picture; see `functional.rgb_to_grayscale`.

    >>> import minigrad as mg
    >>> Grayscale()(mg.ones(3, 1, 2)).shape
    (1, 1, 2)
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        self.num_output_channels = num_output_channels

    def __call__(self, img: Any) -> Any:  # noqa: D102
        return functional.rgb_to_grayscale(img, self.num_output_channels)

    def __repr__(self) -> str:
        return f"Grayscale(num_output_channels={self.num_output_channels})"


class Normalize:
    """(x - mean) / std, one number of each for every channel of a tensor (..., channels, h, w).

    mean, std : as many as there are channels, or one for all of them

    Raises ValueError for a std of 0, other numbers of them and fewer axes, TypeError for what is no
    tensor of a floating dtype.

    >>> import minigrad as mg
    >>> Normalize((0.5,), (0.5,))(mg.ones(1, 1, 2))
    tensor([[[1., 1.]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        if not np.all(std):
            raise ValueError(f"Normalize: std: wanted no 0, got {std}")
        self.mean, self.std, self.inplace = mean, std, inplace

    def __call__(self, tensor: Tensor) -> Tensor:  # noqa: D102
        return functional.normalize(tensor, self.mean, self.std, self.inplace)

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


class Lambda:
    """A function as a transform.  Raises TypeError for what cannot be called.

    >>> Lambda(lambda x: 2 * x)(3)
    6
    """

    def __init__(self, lambd: Callable[[Any], Any]) -> None:
        if not callable(lambd):
            raise TypeError(f"Lambda: wanted a function, got {type(lambd).__name__}")
        self.lambd = lambd

    def __call__(self, img: Any) -> Any:  # noqa: D102
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


class Compose:
    """Transforms one behind the other.

    >>> Compose([Lambda(lambda x: x + 1), Lambda(lambda x: 2 * x)])(3)
    8
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, img: Any) -> Any:  # noqa: D102
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        lines = "".join(f"\n    {t}" for t in self.transforms)
        return f"Compose({lines}\n)"


explain_absence(globals())
