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
_PIECE = 1 << 20
CIFAR_PIXELS = 3 * 32 * 32


def read_idx(path: Path, axes: int) -> NDArray[np.uint8]:
    """The uint8 array with `axes` axes in the gzipped IDX file at `path`.

    Reads no further than the header promises, whatever the file unpacks to.

    Raises ValueError if the file is not gzip, damaged, cut short, too long, or holds another
    type or number of axes, and MemoryError if there is no room for what it holds.
    """
    start = 4 + 4 * axes
    wanted = bytes((0, 0, _IDX_UINT8, axes))
    try:
        with gzip.open(path) as file:
            header = file.read(start)
            if header[:4] != wanted or len(header) < start:
                raise ValueError(
                    f"{path} is not an IDX file of bytes with {axes} axes: "
                    f"it starts with {header[:4].hex(' ') or 'nothing'}, wanted {wanted.hex(' ')}"
                )
            shape = struct.unpack(f">{axes}I", header[4:])
            promised = prod(shape)
            # One byte more: to see that there is none, and so that gzip checks its sum.
            content = _read_at_most(file, promised + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(
            f"{path} is damaged, cut short or not a gzip file ({error}); delete it and get it again"
        ) from error
    if len(content) != promised:
        found = f"more than {promised}" if len(content) > promised else len(content)
        raise ValueError(
            f"{path} holds {found} elements, but its header promises {promised} "
            f"(shape {shape}); delete it and get it again"
        )
    try:
        return np.frombuffer(content, np.uint8).reshape(shape)
    except ValueError as error:  # no elements, but axes longer than NumPy has
        raise ValueError(f"{path} has the shape {shape}: {error}") from None


def _read_at_most(file: gzip.GzipFile, count: int) -> bytearray:
    """Up to `count` bytes; a false promise costs no memory."""
    content = bytearray()
    try:
        while len(content) < count and (piece := file.read(min(_PIECE, count - len(content)))):
            content += piece
    except MemoryError:
        raise MemoryError(f"{file.name}: no room for the {count - 1} bytes that it holds") from None
    return content


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
