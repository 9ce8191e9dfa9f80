"""Pictures of another size, and channels that become places.

What lies between the given places is a weighted sum of those around it, of each axis by itself: R.
Keys, Cubic convolution interpolation for digital image processing, 1981.
"""

from __future__ import annotations

from math import floor
from typing import Any

import numpy as np

from ...engine.dtypes import check_count, check_flag, check_number
from ...engine.tensor import Tensor, tensor_of
from ...engine.words import with_words
from ...ops.indexing import take
from .adaptive import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from .in_place import as_tensor, check_floating
from .windows import Ints, numbers

__all__ = ["interpolate", "pixel_shuffle", "pixel_unshuffle", "upsample"]

MODES = {
    "nearest": (1, 2, 3),
    "nearest-exact": (1, 2, 3),
    "area": (1, 2, 3),
    "linear": (1,),
    "bilinear": (2,),
    "bicubic": (2,),
    "trilinear": (3,),
}
"""For how many axes each is."""
AREAS = (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)
Taps = list[tuple[np.ndarray, "np.ndarray | None"]]  # which place, with what weight


def _sizes(shape: Ints, size: Any, scale_factor: Any, recompute: bool) -> tuple[Ints, list[Any]]:
    """The output's axes, and how many of the input's places one step along each takes, or None."""
    if (size is None) == (scale_factor is None):
        raise ValueError(
            "interpolate: wanted either size or scale_factor, got "
            + ("neither" if size is None else f"size={size!r} and scale_factor={scale_factor!r}")
        )
    if size is not None:
        if recompute:
            raise ValueError(
                "interpolate: recompute_scale_factor is for scale_factor, not for size"
            )
        return numbers("interpolate: size", size, len(shape)), [None] * len(shape)
    several = isinstance(scale_factor, (tuple, list))
    factors = list(scale_factor) if several else [scale_factor] * len(shape)
    if len(factors) != len(shape):
        raise ValueError(
            f"interpolate: scale_factor: wanted one number, or {len(shape)}, one for each axis; "
            f"got {tuple(factors)}"
        )
    for factor in factors:
        check_number("interpolate: scale_factor", factor)
        if not 0 < factor < float("inf"):
            raise ValueError(f"interpolate: scale_factor: wanted numbers above 0, got {factor}")
    wanted = tuple(floor(n * float(f)) for n, f in zip(shape, factors, strict=True))
    if 0 in wanted:
        raise ValueError(f"interpolate: scale_factor {scale_factor} leaves nothing of {shape}")
    return wanted, [None if recompute else 1.0 / f for f in factors]


def _taps(mode: str, n: int, out: int, step: float | None, corners: bool, kind: Any) -> Taps:
    """Which of the n places the output's are made of, and with what weights.

    The places are at i + 1/2 of an axis that is n long; with `corners` the first and the last
    are its ends.
    """
    i = np.arange(out)
    if mode.startswith("nearest"):
        ratio = np.float32(n / out if step is None else step)  # rounded as PyTorch rounds it
        exact = mode == "nearest-exact"
        near = (i + 0.5) * np.float64(ratio) if exact else i.astype(np.float32) * ratio
        return [(np.minimum(near.astype(np.int64), n - 1), None)]
    if corners:
        at = i.astype(kind) * kind((n - 1) / (out - 1) if out > 1 else 0.0)
    else:
        at = (i.astype(kind) + kind(0.5)) * kind(n / out if step is None else step) - kind(0.5)
    at = at if mode == "bicubic" else at.clip(0)
    low = np.floor(at).astype(np.int64)
    part = at - low.astype(kind)  # in the dtype, which integers would widen
    if mode == "bicubic":
        weights = [(k, _cubic(abs(part - k))) for k in (-1, 0, 1, 2)]
    else:
        weights = [(0, 1 - part), (1, part)]
    return [((low + k).clip(0, n - 1), weight) for k, weight in weights]


def _cubic(d: np.ndarray) -> np.ndarray:
    """Keys's kernel with a = -3/4, at distances from 0 to 2."""
    a = -0.75
    near = ((a + 2) * d - (a + 3)) * d * d + 1
    far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a
    return np.where(d <= 1, near, far).astype(d.dtype)


@with_words
def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input at another size: each of its axes but the first two is made longer or shorter.

    input : (N, C, L), (N, C, H, W) or (N, C, D, H, W), floating; "nearest" takes any dtype
    size or scale_factor : of the output, or how many times the input's; one, or one for each axis
    mode : "nearest", "nearest-exact" or "area" (`adaptive_avg_pool2d`), or what fits the number of
    axes: "linear"; "bilinear" or "bicubic"; "trilinear"
    align_corners : of the last four: do the first and the last places stay where they are, rather
    than the outer edges of these places?
    recompute_scale_factor : take the factor that the size, a whole number, comes to
    antialias : False

    Raises ValueError for a mode that is none of these or is for other axes, for two sizes or none.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> x = mg.tensor([[[0.0, 4.0]]])
    >>> F.interpolate(x, 4)
    tensor([[[0., 0., 4., 4.]]])
    >>> F.interpolate(x, scale_factor=2, mode="linear")
    tensor([[[0., 1., 3., 4.]]])
    """
    x = as_tensor(input)
    axes = x.ndim - 2
    if not isinstance(mode, str) or mode not in MODES:
        raise ValueError(f"interpolate: mode: wanted one of {list(MODES)}, got {mode!r}")
    if axes not in MODES[mode]:
        dims = " or ".join(str(n + 2) for n in MODES[mode])
        raise ValueError(
            f"interpolate: input: mode={mode!r} wants {dims} axes, (N, C, ...), got shape "
            f"{tuple(x.shape)}"
        )
    if 0 in x.shape[1:]:
        raise ValueError(f"interpolate: input: there is nothing in shape {tuple(x.shape)}")
    between = mode.endswith(("linear", "cubic"))
    if align_corners is not None:
        check_flag("interpolate: align_corners", align_corners)
        if not between:
            raise ValueError(
                f"interpolate: align_corners is for the linear modes, not for {mode!r}"
            )
    if antialias:
        raise ValueError(
            "interpolate: antialias=True is not here; minigrad.vision.transforms.Resize smooths "
            "pictures that it makes smaller"
        )
    if not mode.startswith("nearest"):
        check_floating("interpolate", x)
    wanted, steps = _sizes(x.shape[2:], size, scale_factor, bool(recompute_scale_factor))
    if mode == "area":
        return AREAS[axes - 1](x, wanted)
    kind = np.dtype(x.dtype).type
    for axis in range(x.ndim - 1, 1, -1):
        n, out, step = x.shape[axis], wanted[axis - 2], steps[axis - 2]
        weight_shape = (-1,) + (1,) * (x.ndim - 1 - axis)
        parts = [
            take(x, places, axis)
            if weights is None
            else take(x, places, axis) * tensor_of(weights.reshape(weight_shape))
            for places, weights in _taps(mode, n, out, step, bool(align_corners), kind)
        ]
        x = parts[0]
        for part in parts[1:]:
            x = x + part
    return x


@with_words
def upsample(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of `interpolate`."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def _with_places(name: str, input: Any, factor: Any, what: str) -> tuple[Tensor, int]:
    x, r = as_tensor(input), check_count(f"{name}: {what}", factor, 1)
    if x.ndim < 3:
        raise ValueError(f"{name}: input: wanted (..., C, H, W), got shape {tuple(x.shape)}")
    return x, r


@with_words
def pixel_shuffle(input: Any, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) as (..., C, H r, W r): each r * r channels become a square of places.

    W. Shi et al., Real-time single image and video super-resolution using an efficient sub-pixel
    convolutional neural network, 2016.  Raises ValueError for channels that r * r does not divide.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.pixel_shuffle(mg.arange(4.0).reshape(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    x, r = _with_places("pixel_shuffle", input, upscale_factor, "upscale_factor")
    *samples, channels, h, w = x.shape
    if channels % (r * r):
        raise ValueError(
            f"pixel_shuffle: input: wanted channels that {r} * {r} divides, got shape "
            f"{tuple(x.shape)}"
        )
    c, n = channels // (r * r), len(samples)
    x = x.reshape((*samples, c, r, r, h, w)).permute(*range(n), *(n + k for k in (0, 3, 1, 4, 2)))
    return x.reshape((*samples, c, h * r, w * r))


@with_words
def pixel_unshuffle(input: Any, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) as (..., C r r, H, W): what `pixel_shuffle` did, undone.

    Raises ValueError for a height or width that r does not divide.

    >>> import minigrad as mg
    >>> from minigrad.nn import functional as F
    >>> F.pixel_unshuffle(mg.arange(4.0).reshape(1, 2, 2), 2).shape
    (4, 1, 1)
    """
    x, r = _with_places("pixel_unshuffle", input, downscale_factor, "downscale_factor")
    *samples, c, height, width = x.shape
    if height % r or width % r:
        raise ValueError(
            f"pixel_unshuffle: input: wanted a height and a width that {r} divides, got shape "
            f"{tuple(x.shape)}"
        )
    h, w, n = height // r, width // r, len(samples)
    x = x.reshape((*samples, c, h, r, w, r)).permute(*range(n), *(n + k for k in (0, 2, 4, 1, 3)))
    return x.reshape((*samples, c * r * r, h, w))
