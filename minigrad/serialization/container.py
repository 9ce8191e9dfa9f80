"""The safetensors format: names, dtypes, shapes and bytes, no code.

A file is the length of the header as a little-endian 64-bit integer; the header, a JSON object of
{"dtype", "shape", "data_offsets"} by name, "__metadata__" being text by name; and the elements of
all tensors, little-endian, in C order, without gaps or overlaps.
https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

DTYPES = {
    "BOOL": np.dtype("?"),
    **{f"{kind}{8 * n}": np.dtype(f"<{kind.lower()}{n}") for kind in "IU" for n in (1, 2, 4, 8)},
    **{f"F{8 * n}": np.dtype(f"<f{n}") for n in (2, 4, 8)},
}
CODES = {dtype: code for code, dtype in DTYPES.items()}
METADATA = "__metadata__"
MOST_HEADER = 100_000_000
"""The longest header that is read, in bytes; the safetensors package has the same limit."""


def write(file: BinaryIO, arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write arrays of the dtypes in `DTYPES`, and text."""
    # Wide elements first: each array then begins at a multiple of its element's size.
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header: dict[str, Any] = {METADATA: dict(metadata)} if metadata else {}
    end = 0
    for name, array in ordered:
        begin, end = end, end + array.nbytes
        header[name] = {
            "dtype": CODES[array.dtype.newbyteorder("<")],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little"))
    file.write(text)
    for _, array in ordered:
        if array.size:
            little = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
            file.write(little.reshape(-1).view(np.uint8).data)


class Reader:
    """A file of this format, every part of its header checked against its size.

    metadata : text by name
    names : the names of the tensors, in order

    Raises ValueError, which begins with `where`, for a file that is cut short or of another format.
    """

    def __init__(self, file: BinaryIO, size: int, where: str) -> None:
        self._file, self._where = file, where
        start = file.tell()
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, MOST_HEADER):
            self._refuse(f"of {size} bytes its header should have {length}")
        header = parse(file.read(length), self._refuse)
        self.metadata = header.pop(METADATA, {})
        texts = [*self.metadata.values()] if isinstance(self.metadata, dict) else [None]
        if not all(isinstance(text, str) for text in texts):
            self._refuse("the metadata is not text by name")
        self._entries = {name: self._entry(name, entry) for name, entry in header.items()}
        self._data = start + 8 + length
        self._check_cover(size - 8 - length)
        self.names = sorted(self._entries)

    def _refuse(self, why: str) -> NoReturn:
        raise ValueError(f"{self._where} is no complete safetensors file: {why}")

    def _entry(self, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
        if not isinstance(entry, dict) or {*entry} != {"dtype", "shape", "data_offsets"}:
            self._refuse(f"tensor {name!r} has no dtype, shape and data_offsets")
        code, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        if not isinstance(code, str) or not _counts(shape) or not _counts(offsets):
            self._refuse(f"tensor {name!r} has a dtype, shape or data_offsets that are none")
        if len(offsets) != 2 or offsets[0] > offsets[1]:
            self._refuse(f"tensor {name!r} lies at {offsets}")
        begin, end = offsets
        if code in DTYPES and (wanted := prod(shape) * DTYPES[code].itemsize) != end - begin:
            self._refuse(f"tensor {name!r} of shape {shape} has {end - begin} bytes, not {wanted}")
        return code, tuple(shape), begin, end

    def _check_cover(self, size: int) -> None:
        """Without overlaps what is read is never more than the file."""
        places = sorted((begin, end) for _, _, begin, end in self._entries.values())
        for (_, end), (begin, _) in pairwise([(0, 0), *places, (size, size)]):
            if begin != end:
                self._refuse(f"between bytes {end} and {begin} of {size} there is a gap or overlap")

    def array(self, name: str) -> np.ndarray:
        """The tensor of this name; TypeError for a dtype that is not in `DTYPES`."""
        code, shape, begin, end = self._entries[name]
        if code not in DTYPES:
            raise TypeError(
                f"{self._where}: tensor {name!r} has the dtype {code}, which minigrad has not; "
                f"it has {', '.join(code for code in DTYPES if code != 'F16')}"
            )
        try:
            array = np.empty(shape, DTYPES[code])
        except ValueError as error:  # more axes, or longer ones, than NumPy has
            self._refuse(f"tensor {name!r} of shape {shape}: {error}")
        if array.size:
            self._file.seek(self._data + begin)
            got = read_into(self._file, array.reshape(-1).view(np.uint8))
            if got != end - begin:
                self._refuse(f"tensor {name!r} ends after {got} of {end - begin} bytes")
        if code == "BOOL":  # a byte may be more than 0 or 1, which comparisons would not see
            np.not_equal(array.view(np.uint8), 0, out=array)
        return np.asarray(array, array.dtype.newbyteorder("="))


def parse(text: bytes, refuse: Any) -> dict[str, Any]:
    """A JSON object in which no name comes twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(found := dict(pairs)) != len(pairs):
            raise ValueError("a name comes twice")
        return found

    def constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON")

    try:
        parsed = json.loads(text, object_pairs_hook=unique, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        refuse(f"its header is no JSON ({error})")
    if not isinstance(parsed, dict):
        refuse("its header is no JSON object")
    found: dict[str, Any] = parsed
    return found


def read_into(file: BinaryIO, buffer: Any) -> int:
    """Fill `buffer` as far as the file goes; how many bytes that were."""
    view, done = memoryview(buffer), 0
    while done < len(view) and (got := file.readinto(view[done:])):  # type: ignore[attr-defined]
        done += got
    return done


@contextmanager
def open_file(f: Any, where: str) -> Iterator[tuple[BinaryIO, int, str]]:
    """A file to read, how many bytes are left in it, and the words that name it.

    f : a path, or a binary file at the place where reading begins
    """
    if hasattr(f, "read"):
        name = f"{where}: {getattr(f, 'name', 'the file object')}"
        if isinstance(f, io.TextIOBase):
            raise TypeError(f"{name} is open as text; open it in the mode 'rb'")
        if not (hasattr(f, "seekable") and f.seekable() and hasattr(f, "readinto")):
            f = io.BytesIO(f.read())
        here = f.tell()
        size = f.seek(0, io.SEEK_END) - here
        f.seek(here)
        yield f, size, name
        return
    path = path_of(f)
    if not path.is_file():
        what = ", which is a folder" if path.is_dir() else ""
        raise FileNotFoundError(f"{where}: there is no file {path}{what}")
    with path.open("rb") as file:
        yield file, path.stat().st_size, f"{where}: {path}"


def path_of(f: Any) -> Path:
    """A path as a `Path`; TypeError for what is none, in the same words on every Python."""
    if not isinstance(f, (str, os.PathLike)):
        raise TypeError(f"f: wanted a path or an open binary file, got {type(f).__name__}")
    return Path(f)


def _counts(values: Any) -> bool:
    return isinstance(values, list) and all(type(n) is int and n >= 0 for n in values)
