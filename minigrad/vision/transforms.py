"""What is done to a picture before a net gets it: torchvision's names and meanings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from ..absent import explain_absence
from ..engine.tensor import Tensor, tensor_of

__all__ = ["Compose", "Lambda", "Normalize", "Resize", "ToTensor"]


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
        array = np.asarray(pic)
        if array.ndim not in (2, 3):
            raise ValueError(f"ToTensor: wanted 2 or 3 axes, got shape {array.shape}")
        channels = np.moveaxis(np.atleast_3d(array), 2, 0)
        if array.dtype != np.uint8:
            return tensor_of(np.ascontiguousarray(channels))
        return tensor_of(np.divide(channels, np.float32(255), dtype=np.float32))

    def __repr__(self) -> str:
        return "ToTensor()"


class Resize:
    """A picture in another size, as PIL does it (bilinear); one of that size as it is.

    A tensor (..., height, width) is resized plane by plane, and stays a tensor.

    size : (height, width), or an integer, or one in a list, for the shorter side

    Raises TypeError and ValueError for another size, ImportError where there is something to do
    and PIL is not installed.

    >>> import numpy as np
    >>> Resize((2, 2))(np.zeros((2, 2), np.uint8)).shape
    (2, 2)
    """

    def __init__(self, size: int | Sequence[int]) -> None:
        sizes = [size] if isinstance(size, Integral) else size
        if not isinstance(sizes, Sequence) or not all(isinstance(n, Integral) for n in sizes):
            raise TypeError(f"Resize: size: wanted one or two integers, got {size!r}")
        if len(sizes) not in (1, 2) or min(sizes) < 1:
            raise ValueError(f"Resize: size: wanted one or two positive integers, got {size!r}")
        self.size = size

    def __call__(self, img: Any) -> Any:  # noqa: D102
        height, width = np.shape(img)[-2:] if isinstance(img, Tensor) else np.shape(img)[:2]
        tall, *more = map(int, np.atleast_1d(self.size))
        short = min(height, width)
        wanted = (tall, more[0]) if more else (tall * height // short, tall * width // short)
        if wanted == (height, width):
            return img
        from PIL import Image

        def resize(array: np.ndarray) -> np.ndarray:
            return np.asarray(
                Image.fromarray(array).resize(wanted[::-1], Image.Resampling.BILINEAR)
            )

        if not isinstance(img, Tensor):
            return resize(np.asarray(img))
        planes = np.asarray(img).reshape(-1, height, width)
        return tensor_of(np.stack([*map(resize, planes)]).reshape(*img.shape[:-2], *wanted))

    def __repr__(self) -> str:
        return f"Resize(size={self.size})"


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
        if not isinstance(tensor, Tensor) or tensor.dtype.kind != "f":
            got = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
            raise TypeError(
                f"Normalize: wanted a tensor of a floating dtype, got {got}; ToTensor() makes one "
                "of a picture"
            )
        if tensor.ndim < 3:
            raise ValueError(f"Normalize: wanted (..., channels, h, w), got shape {tensor.shape}")
        channels = tensor.shape[-3]
        for name, values in (("mean", self.mean), ("std", self.std)):
            if np.size(values) not in (1, channels):
                raise ValueError(
                    f"Normalize: {name}: wanted 1 or {channels} numbers for a tensor of shape "
                    f"{tensor.shape}, got {np.size(values)}"
                )
        mean, std = (np.reshape(v, (-1, 1, 1)).astype(tensor.dtype) for v in (self.mean, self.std))
        if self.inplace:
            return tensor.sub_(mean).div_(std)
        return (tensor - mean) / std

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
