"""Files that `torch.save` wrote before PyTorch 1.6, read without running what is in them.

Five pickles stand one behind the other: a magic number, the format's version, what machine it was,
the object, and the keys of its storages; then comes for each key the number of its elements, as 8
bytes, and these themselves. The object is made by the machine of `torch_files.py` while its
storages are still empty; then they are filled.
"""

from __future__ import annotations

import pickletools
import struct
from typing import Any, BinaryIO

import numpy as np

from .container import read_into
from .torch_files import STORAGES, Refused, _Machine, _width, reading

MAGIC = 0x1950A86A20F9469CFC6C
BEGINS = b"\x80\x02\x8a\x0a" + MAGIC.to_bytes(10, "little") + b"."
"""The pickle of the magic number: a pickle of another kind begins otherwise."""


def read(file: BinaryIO, size: int, where: str) -> Any:
    """The object in a file of the old format; what is raised begins with `where`."""
    return reading(lambda: _Old(file, size).read(), where)


class _Old:
    """The file in the place of the archive: its records are storages that are not filled so far."""

    order = "little"

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.left = file, size
        self.program = b""
        self.expected: dict[str, tuple[str, int]] = {}  # of each key the dtype, and how many

    def read(self) -> Any:
        values = [self._next()[0] for _ in range(3)]
        magic, version, machine = values
        if magic != MAGIC or version != 1001 or not isinstance(machine, dict):
            raise Refused("it is a pickle, but not one of torch.save")
        if machine.get("little_endian") is not True:
            raise Refused("its numbers have the bytes in another order; save it again")
        found, storages = self._next()
        keys, _ = self._next()
        if not isinstance(keys, list) or {*map(str, keys)} != {*storages}:
            raise Refused("the storages that it lists are not those that it wants")
        for key in keys:
            dtype, count = self.expected[key]
            if struct.unpack("<q", self.file.read(8)) != (count,):
                raise Refused(f"storage {key!r} should have {count} elements")
            if read_into(self.file, storages[key]) != len(storages[key]):
                raise Refused(f"storage {key!r} is cut short")
            if dtype == "bool":  # a byte may be more than 0 or 1, which comparisons would not see
                np.not_equal(storages[key], 0, out=storages[key].view(bool))
        return found

    def _next(self) -> tuple[Any, dict[str, np.ndarray]]:
        """What the next pickle makes, and the storages that it wants."""
        start = self.file.tell()
        for _ in pickletools.genops(self.file):
            pass
        length = self.file.tell() - start
        self.file.seek(start)
        self.program = self.file.read(length)
        machine = _OldMachine(self)
        return machine.run(), machine.storages

    def bytes(self, name: str) -> bytes:
        """The pickle that is being read."""
        return self.program

    def record(self, name: str) -> np.ndarray:
        """Room for the storage of a key, together no more than the file is long."""
        dtype, count = self.expected[name.removeprefix("data/")]
        size = max(count, 0) * _width(dtype)
        self.left -= size
        if self.left < 0:
            raise Refused(f"its storages say that they have more bytes than the file: {size}")
        return np.zeros(size, np.uint8)


class _OldMachine(_Machine):
    """References to storages say one thing more, and do not find them filled."""

    archive: _Old

    def do_binpersid(self, _: None) -> None:
        reference = self.stack.pop()
        if not isinstance(reference, tuple) or len(reference) != 6 or reference[5] is not None:
            raise Refused("it refers to a part of a storage, or to something that is none")
        kind, storage, key, place, count, _view = reference
        name = getattr(storage, "name", "").rpartition(".")[2]
        if name in STORAGES and isinstance(count, int) and isinstance(key, str):
            expected = STORAGES[name], count
            if self.archive.expected.setdefault(key, expected) != expected:
                raise Refused(f"it wants storage {key!r} as of two kinds")
        self.stack.append((kind, storage, key, place, count))
        super().do_binpersid(None)
