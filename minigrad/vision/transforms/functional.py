"""What transforms do to one picture, as functions: torchvision's names and meanings.

A picture is a tensor (..., height, width), an array (height, width) or (height, width, channels),
or one of PIL, and comes back as what it was, one of PIL in its mode and with its palette.  What is
done to a tensor is recorded; `resize` refuses one that requires a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

import numpy as np

from ...absent import explain_absence
from ...engine.tensor import Tensor, tensor_of
from ...engine.words import give_words
from ...nn import functional as F
from ..pillow import image

__all__ = [
    "center_crop",
    "crop",
    "get_dimensions",
    "get_image_size",
    "hflip",
    "normalize",
    "pad",
    "pil_to_tensor",
    "resize",
    "resized_crop",
    "rgb_to_grayscale",
    "to_grayscale",
    "to_pil_image",
    "to_tensor",
    "vflip",
]


def _planes(function: Callable[[Tensor], Tensor], img: Any, name: str) -> Any:
    """A function of tensors (..., height, width), of any kind of picture."""
    if isinstance(img, Tensor):
        if img.ndim < 2:
            raise ValueError(f"{name}: wanted a tensor (..., height, width), got {img.shape}")
        return function(img)
    array = np.asarray(img)
    if array.ndim not in (2, 3) or array.dtype.hasobject:
        raise TypeError(
            f"{name}: wanted a tensor, an array of 2 or 3 axes or a picture of PIL, "
            f"got {type(img).__name__}"
        )
    out = function(tensor_of(np.ascontiguousarray(np.moveaxis(np.atleast_3d(array), 2, 0))))
    back = np.ascontiguousarray(np.moveaxis(out.numpy(), 0, 2))
    back = back[:, :, 0] if array.ndim == 2 and back.shape[2] == 1 else back
    if isinstance(img, np.ndarray):
        return back
    made = image(name).fromarray(back)
    if made.mode != img.mode:  # arrays do not say whether three numbers are RGB, HSV, ...
        made = image(name).frombytes(img.mode, made.size, made.tobytes())
        if img.mode in ("P", "PA"):
            kind = img.palette.mode
            made.putpalette(img.getpalette(kind), kind)
    made.info = dict(img.info)
    return made


def _pixels(pic: Any, name: str) -> np.ndarray:
    """A picture as an array of its own; a tensor has its channels elsewhere, and is refused."""
    if not isinstance(pic, np.ndarray) and not hasattr(pic, "convert"):
        raise TypeError(
            f"{name}: pic: wanted an array or a picture of PIL, got {type(pic).__name__}"
        )
    array = np.array(pic)
    if array.ndim not in (2, 3):
        raise ValueError(f"{name}: wanted 2 or 3 axes, got shape {array.shape}")
    return array


def pair(size: Any, name: str) -> tuple[int, int]:
    """Height and width, of both or of one number for the two."""
    sizes = [size] if isinstance(size, Integral) else size
    if not isinstance(sizes, Sequence) or not all(isinstance(n, Integral) for n in sizes):
        raise TypeError(f"{name}: size: wanted one or two integers, got {size!r:.60}")
    if len(sizes) not in (1, 2) or min(sizes) < 1:
        raise ValueError(f"{name}: size: wanted one or two positive integers, got {size!r:.60}")
    return int(sizes[0]), int(sizes[-1])


def get_dimensions(img: Any) -> list[int]:
    """Channels, height and width.

    Raises ValueError for what has too few axes or too many.

    >>> import minigrad as mg
    >>> get_dimensions(mg.zeros(3, 4, 5))
    [3, 4, 5]
    """
    shape = np.shape(img)
    if len(shape) < 2 or (len(shape) > 3 and not isinstance(img, Tensor)):
        raise ValueError(f"get_dimensions: wanted a picture, got one of shape {shape}")
    if isinstance(img, Tensor):
        return [shape[-3] if len(shape) > 2 else 1, *shape[-2:]]
    height, width, *channels = shape
    return [channels[0] if channels else 1, height, width]


def get_image_size(img: Any) -> list[int]:
    """Width and height.

    >>> import minigrad as mg
    >>> get_image_size(mg.zeros(3, 4, 5))
    [5, 4]
    """
    return get_dimensions(img)[:0:-1]


def to_tensor(pic: Any) -> Tensor:
    """A picture as a tensor (channels, height, width), as `ToTensor`: of uint8, in [0, 1].

    >>> import numpy as np
    >>> to_tensor(np.full((1, 2), 255, np.uint8))
    tensor([[[1., 1.]]])
    """
    array = _pixels(pic, "ToTensor")
    if getattr(pic, "mode", None) == "1":  # PIL's black and white
        array = array * np.uint8(255)
    channels = np.moveaxis(np.atleast_3d(array), 2, 0)
    if array.dtype != np.uint8:
        return tensor_of(np.ascontiguousarray(channels))
    return tensor_of(np.divide(channels, np.float32(255), dtype=np.float32))


def pil_to_tensor(pic: Any) -> Tensor:
    """A picture as a tensor (channels, height, width) of the numbers that it has.

    >>> import numpy as np
    >>> pil_to_tensor(np.full((1, 2), 255, np.uint8))
    tensor([[[255, 255]]], dtype=uint8)
    """
    channels = np.moveaxis(np.atleast_3d(_pixels(pic, "PILToTensor")), 2, 0)
    return tensor_of(np.ascontiguousarray(channels))


MODES = {1: (), 2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}
"""What PIL may take so many numbers of a pixel for; first what it does if nothing is said."""


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """A picture of PIL: of a tensor (channels, height, width) or (height, width), or of an array.

    mode : what the numbers are, such as "HSV", "CMYK" or, of floats that are kept, "F"

    Floating values of a tensor are taken for [0, 1].  Raises ValueError for another number of axes
    or channels, and for a mode that these numbers cannot be, TypeError for what is no picture and
    for dtypes that PIL has not, ImportError where PIL is not installed.
    """
    if isinstance(pic, Tensor):
        array = pic.detach().numpy()
        if array.dtype.kind == "f" and mode != "F":
            array = (array * 255).astype(np.uint8)
        array = np.moveaxis(array, 0, -1) if array.ndim == 3 else array
    else:
        array = np.asarray(pic)
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in MODES):
        raise ValueError(
            f"to_pil_image: wanted up to 4 channels of pictures, got shape {np.shape(pic)}"
        )
    array = array[:, :, 0] if array.ndim == 3 and array.shape[2] == 1 else array
    try:
        picture = image("to_pil_image").fromarray(np.ascontiguousarray(array))
    except TypeError:
        raise TypeError(
            f"to_pil_image: PIL has no pictures of {array.dtype} in {np.shape(pic)}; convert it: "
            ".astype('uint8')"
        ) from None
    if mode in (None, picture.mode):
        return picture
    known = MODES[array.shape[2]] if array.ndim == 3 else ()
    if mode not in known:
        raise ValueError(
            f"to_pil_image: mode: wanted {' or '.join(known) or picture.mode} for {array.dtype} "
            f"in {np.shape(pic)}, got {mode!r:.60}; .convert({mode!r:.60}) makes another of a "
            "picture"
        )
    return image("to_pil_image").frombytes(mode, picture.size, picture.tobytes())


def normalize(
    tensor: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False
) -> Tensor:
    """(tensor - mean) / std, as `Normalize`.

    >>> import minigrad as mg
    >>> normalize(mg.ones(1, 1, 2), [0.5], [0.5])
    tensor([[[1., 1.]]])
    """
    if not np.all(std):
        raise ValueError(f"Normalize: std: wanted no 0, got {std}")
    if not isinstance(tensor, Tensor) or tensor.dtype.kind != "f":
        got = tensor.dtype if isinstance(tensor, Tensor) else type(tensor).__name__
        raise TypeError(
            f"Normalize: wanted a tensor of a floating dtype, got {got}; ToTensor() makes one "
            "of a picture"
        )
    if tensor.ndim < 3:
        raise ValueError(f"Normalize: wanted (..., channels, h, w), got shape {tensor.shape}")
    channels = tensor.shape[-3]
    for name, values in (("mean", mean), ("std", std)):
        if np.size(values) not in (1, channels):
            raise ValueError(
                f"Normalize: {name}: wanted 1 or {channels} numbers for a tensor of shape "
                f"{tensor.shape}, got {np.size(values)}"
            )
    middle, width = (np.reshape(v, (-1, 1, 1)).astype(tensor.dtype) for v in (mean, std))
    if inplace:
        return tensor.sub_(middle).div_(width)
    return (tensor - middle) / width


def hflip(img: Any) -> Any:
    """Left and right exchanged.

    >>> import numpy as np
    >>> hflip(np.array([[1, 2, 3]]))
    array([[3, 2, 1]])
    """
    return _planes(lambda x: x.flip(-1), img, "hflip")


def vflip(img: Any) -> Any:
    """Top and bottom exchanged.

    >>> import numpy as np
    >>> vflip(np.array([[1], [2]]))
    array([[2],
           [1]])
    """
    return _planes(lambda x: x.flip(-2), img, "vflip")


def pad(
    img: Any, padding: int | Sequence[int], fill: float = 0, padding_mode: str = "constant"
) -> Any:
    """More pixels at the edges.

    padding : of all sides; or of left and right, and of top and bottom; or of left, top, right and
        bottom
    padding_mode : "constant", of `fill`; "edge", "reflect" or "symmetric", as `numpy.pad`

    Raises TypeError and ValueError for other numbers, ValueError for another mode.

    >>> import numpy as np
    >>> pad(np.array([[1, 2]]), (1, 0), 9)
    array([[9, 1, 2, 9]])
    """
    sides = [padding] if isinstance(padding, Integral) else padding
    if not isinstance(sides, Sequence) or not all(isinstance(n, Integral) for n in sides):
        raise TypeError(f"pad: padding: wanted 1, 2 or 4 integers, got {padding!r:.60}")
    if len(sides) not in (1, 2, 4) or min(sides) < 0:
        raise ValueError(f"pad: padding: wanted 1, 2 or 4 integers from 0, got {padding!r:.60}")
    left, top, right, bottom = (*sides, *sides, *sides, *sides)[:4]
    if padding_mode not in (modes := ("constant", "edge", "reflect", "symmetric")):
        raise ValueError(f"pad: padding_mode: wanted one of {modes}, got {padding_mode!r:.60}")

    def widen(x: Tensor) -> Tensor:
        if padding_mode == "constant":
            return F.pad(x, (left, right, top, bottom), value=fill)
        rows = _indices(x.shape[-2], top, bottom, padding_mode)
        return x[..., rows, :][..., _indices(x.shape[-1], left, right, padding_mode)]

    return _planes(widen, img, "pad")


def _indices(n: int, before: int, behind: int, mode: Any) -> np.ndarray:
    """Which row or column each of the padded ones is."""
    return np.asarray(np.pad(np.arange(n), (before, behind), mode=mode))


def crop(img: Any, top: int, left: int, height: int, width: int) -> Any:
    """A part of a picture; what is outside of it is 0.

    >>> import numpy as np
    >>> crop(np.array([[1, 2], [3, 4]]), 1, 0, 1, 2)
    array([[3, 4]])
    """
    _, h, w = get_dimensions(img)
    around = (-left, -top, left + width - w, top + height - h)
    more = [max(0, n) for n in around]
    if any(more):
        img = pad(img, more)
        left, top = left + more[0], top + more[1]
    return _planes(lambda x: x[..., top : top + height, left : left + width], img, "crop")


def center_crop(img: Any, output_size: int | Sequence[int]) -> Any:
    """The middle of a picture; where it is smaller, with 0 around it.

    >>> import numpy as np
    >>> center_crop(np.arange(9).reshape(3, 3), 1)
    array([[4]])
    """
    tall, wide = pair(output_size, "center_crop")
    _, height, width = get_dimensions(img)
    if wide > width or tall > height:
        extra, more = max(0, wide - width), max(0, tall - height)
        img = pad(img, (extra // 2, more // 2, (extra + 1) // 2, (more + 1) // 2))
        _, height, width = get_dimensions(img)
    top, left = round((height - tall) / 2), round((width - wide) / 2)
    return crop(img, top, left, tall, wide)


def resize(img: Any, size: int | Sequence[int], interpolation: Any = "bilinear") -> Any:
    """A picture in another size, as PIL does it; one of that size as it is.

    size : (height, width), or an integer, or one in a list, for the shorter side
    interpolation : "nearest", "bilinear", "bicubic", or another of `PIL.Image.Resampling`

    Channels of tensors and arrays are resized one by one; of float64, in float32.  Raises TypeError
    and ValueError for another size, TypeError for dtypes that PIL has not, ValueError for another
    interpolation and a picture without pixels, ImportError where there is something to do and PIL
    is not installed.

    >>> import numpy as np
    >>> resize(np.zeros((2, 4), np.uint8), 2).shape
    (2, 4)
    """
    tall, wide = pair(size, "Resize")
    _, height, width = get_dimensions(img)
    if not height * width:
        raise ValueError(f"Resize: there is no pixel in a picture of {height} x {width}")
    if np.size(size) == 1:
        short = min(height, width)
        tall, wide = tall * height // short, tall * width // short
    if (tall, wide) == (height, width):
        return img
    pillow = image("Resize")
    how = _resampling(pillow.Resampling, interpolation)
    if not isinstance(img, (Tensor, np.ndarray)) and hasattr(img, "convert"):
        return img.resize((wide, tall), how)  # knows what is transparent, and palettes

    def scale(x: Tensor) -> Tensor:
        planes = np.asarray(x).reshape(-1, height, width)
        try:
            made = [np.asarray(pillow.fromarray(p).resize((wide, tall), how)) for p in planes]
        except TypeError:
            raise TypeError(
                f"Resize: PIL has no pictures of {x.dtype}; convert it: .astype('float32')"
            ) from None
        out = np.reshape(made, (*x.shape[:-2], tall, wide))
        return tensor_of(out.astype(x.dtype, copy=False))

    return _planes(scale, img, "Resize")


def _resampling(known: Any, interpolation: Any) -> Any:
    """PIL's name of it, or its number."""
    wanted = getattr(interpolation, "value", interpolation)
    for how in known:
        if wanted == how.value or str(wanted).upper() == how.name:
            return how
    names = ", ".join(how.name.lower() for how in known)
    raise ValueError(f"Resize: interpolation: wanted one of {names}; got {interpolation!r:.60}")


def resized_crop(
    img: Any,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: Any = "bilinear",
) -> Any:
    """A part of a picture, in another size: `crop` and `resize`.

    >>> import numpy as np
    >>> resized_crop(np.zeros((4, 4), np.uint8), 0, 0, 2, 2, (2, 2)).shape
    (2, 2)
    """
    return resize(crop(img, top, left, height, width), size, interpolation)


def rgb_to_grayscale(img: Any, num_output_channels: int = 1) -> Any:
    """The brightness of a picture, 0.2989 red + 0.587 green + 0.114 blue; gray ones as they are.

    num_output_channels : 1, or 3 that are equal

    Raises ValueError for another number of channels, of the picture or wanted.

    >>> import minigrad as mg
    >>> rgb_to_grayscale(mg.ones(3, 1, 2)).shape
    (1, 1, 2)
    """
    channels = get_dimensions(img)[0]
    if num_output_channels not in (1, 3) or channels not in (1, 3):
        raise ValueError(
            "rgb_to_grayscale: wanted 1 or 3 channels of a picture and of the output, got "
            f"{channels} and {num_output_channels!r:.60}"
        )

    def weigh(x: Tensor) -> Tensor:
        if channels == 3:
            red, green, blue = x.unbind(-3)
            x = (0.2989 * red + 0.587 * green + 0.114 * blue).to(x.dtype).unsqueeze(-3)
        return x if num_output_channels == 1 else x.expand(*x.shape[:-3], 3, *x.shape[-2:])

    if not hasattr(img, "convert"):
        return _planes(weigh, img, "rgb_to_grayscale")
    gray = img.convert("L")  # PIL's weights, which differ in the fourth digit
    return gray if num_output_channels == 1 else gray.convert("RGB")


to_grayscale = rgb_to_grayscale

give_words(globals(), ["center_crop", "crop", "pad", "resized_crop"])
explain_absence(globals())
