"""The two file formats that the pictures come in, read with every check that they allow.

IDX is MNIST's format (http://yann.lecun.com/exdb/mnist/): two zero bytes, a code for the element
type, the number of axes, the length of each axis as a big-endian 32-bit integer, then the elements
in C order. The CIFAR-10 binary format (https://www.cs.toronto.edu/~kriz/cifar.html) has no header:
records of one label byte and 3,072 pixel bytes, 10,000 records a file.
"""

import gzip
import struct
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_IDX_UINT8 = 0x08
CIFAR_PIXELS = 3 * 32 * 32


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The uint8 array with `axes` axes in the gzipped IDX file at `path`.

    Raises ValueError if the file is not gzip, damaged, cut short, too long, or holds another
    type or number of axes.
    """
    try:
        raw = gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged, cut short or not a gzip file ({error}); delete it and get it again"
        ) from error
    start = 4 + 4 * axes
    wanted = bytes((0, 0, _IDX_UINT8, axes))
    if raw[:4] != wanted or len(raw) < start:
        raise ValueError(
            f"{path} is not an IDX file of bytes with {axes} axes: "
            f"it starts with {raw[:4].hex(' ') or 'nothing'}, wanted {wanted.hex(' ')}"
        )
    shape = struct.unpack(f">{axes}I", raw[4:start])
    if len(raw) - start != prod(shape):
        raise ValueError(
            f"{path} holds {len(raw) - start} elements, but its header promises {prod(shape)} "
            f"(shape {shape}); delete it and get it again"
        )
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape).copy()


def read_cifar_batch(path: Path, records: int) -> NDArray[np.uint8]:
    """The `records` records of a CIFAR-10 batch file: (records, 3073), the label first.

    Raises ValueError if the file has another size: there is no header to tell a short one from.
    """
    size, wanted = path.stat().st_size, records * (1 + CIFAR_PIXELS)
    if size != wanted:
        raise ValueError(
            f"{path} has {size} bytes, wanted {wanted} ({records} records of {1 + CIFAR_PIXELS} "
            "bytes); delete it and get it again"
        )
    return np.fromfile(path, np.uint8).reshape(records, 1 + CIFAR_PIXELS)
