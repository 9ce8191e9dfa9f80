"""What a file holds besides arrays: a tree of dicts, lists, numbers and text, written as JSON.

None, bools, integers, finite floats, text and lists stand for themselves. An object with one name
is one of the others: {"dict": [[key, value], …]}, {"tuple": […]}, {"float": "nan"},
{"complex": [re, im]}, {"bytes": text}, {"dtype": name}; or an array beside the tree, by its name:
{"tensor": [name, crc32, requires_grad, is a parameter]}, {"array": [name, crc32]},
{"scalar": [name, crc32]}.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any
from zlib import crc32

import numpy as np

from ..engine.tensor import Tensor, tensor_of
from ..nn.parameter import Parameter
from .container import CODES, METADATA, Reader, parse

KEY, SUM = "minigrad", "minigrad.crc32"
"""The names under which the metadata have the tree and its checksum."""

VERSION = 1
MOST_LEVELS = 100


class Encoder:
    """Takes a value apart into a tree and the arrays in it, by name."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.arrays: dict[str, np.ndarray] = {}
        # of what was met already: by its id, which nothing else has while it is held
        self._nodes: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._open: set[int] = set()  # the containers around

    def metadata(self, value: Any) -> dict[str, str]:
        """The tree of `value` as text, with its checksum."""
        tree = {"version": VERSION, "tree": self.encode(value, ())}
        text = json.dumps(tree, separators=(",", ":"))
        return {KEY: text, SUM: str(crc32(text.encode()))}

    def encode(self, value: Any, path: tuple[Any, ...]) -> Any:
        """The tree of a value at `path` within the whole."""
        if isinstance(value, Tensor | np.ndarray | np.generic):
            return self._array(value, path)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value) if isfinite(value) else {"float": repr(float(value))}
        if isinstance(value, complex):
            return {"complex": [self.encode(part, path) for part in (value.real, value.imag)]}
        if isinstance(value, str):
            return str(value)
        if isinstance(value, bytes):
            return {"bytes": value.decode("latin-1")}
        if isinstance(value, np.dtype) and value.newbyteorder("<") in CODES:
            return {"dtype": value.newbyteorder("<").str}
        if isinstance(value, Mapping | list | tuple):
            return self._container(value, path)
        raise TypeError(f"{self.where}: {_place(path)} is a {type(value).__name__}{_hint(value)}")

    def _container(self, value: Any, path: tuple[Any, ...]) -> Any:
        if id(value) in self._open:
            raise ValueError(f"{self.where}: {_place(path)} contains itself")
        if len(path) >= MOST_LEVELS:
            raise ValueError(f"{self.where}: more than {MOST_LEVELS} levels of dicts and lists")
        self._open.add(id(value))
        if isinstance(value, Mapping):
            items = [
                [self.encode(key, (*path, key)), self.encode(item, (*path, key))]
                for key, item in value.items()
            ]
            tree: Any = {"dict": items}
        else:
            tree = [self.encode(item, (*path, i)) for i, item in enumerate(value)]
            tree = {"tuple": tree} if isinstance(value, tuple) else tree
        self._open.remove(id(value))
        return tree

    def _array(self, value: Any, path: tuple[Any, ...]) -> dict[str, Any]:
        if known := self._nodes.get(id(value)):
            return known[1]
        if isinstance(value, Tensor):
            _ = value.shape  # a lazy layer's parameter has none yet, and says so
        array = np.asarray(value._data if isinstance(value, Tensor) else value)
        if array.dtype.newbyteorder("<") not in CODES or isinstance(value, np.ma.MaskedArray):
            kind = array.dtype if type(value) is not np.ma.MaskedArray else "masked"
            raise TypeError(
                f"{self.where}: {_place(path)} is an array of dtype {kind}; wanted "
                f"{', '.join(dtype.name for dtype in CODES)}"
            )
        name = stem = ".".join(map(str, path)) or "value"
        count = 1
        while name in self.arrays or name == METADATA:
            count += 1
            name = f"{stem}#{count}"
        self.arrays[name] = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
        entry = [name, checksum(self.arrays[name])]
        if isinstance(value, Tensor):
            node = {"tensor": [*entry, value.requires_grad, isinstance(value, Parameter)]}
        else:
            node = {"array" if isinstance(value, np.ndarray) else "scalar": entry}
        self._nodes[id(value)] = value, node
        return node


def decode(reader: Reader, where: str) -> Any:
    """The value whose tree is in the metadata of a file.

    Raises ValueError for a tree that is none, of a later version, or of other arrays than those in
    the file.
    """
    text = reader.metadata.get(KEY, "")

    def refuse(why: str) -> Any:
        raise ValueError(f"{where} is damaged, or no file of minigrad.save: {why}")

    if str(crc32(text.encode(errors="surrogatepass"))) != reader.metadata.get(SUM):
        refuse("the checksum of its tree is wrong")
    whole = parse(text.encode(errors="surrogatepass"), refuse)
    if {*whole} != {"version", "tree"} or type(whole["version"]) is not int:
        refuse("it has no version and tree")
    if whole["version"] != VERSION:
        raise ValueError(
            f"{where} is of version {whole['version']} of the format, and this minigrad reads "
            f"version {VERSION}; update minigrad"
        )
    try:
        return _Decoder(reader).value(whole["tree"])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        return refuse(str(error))


class _Decoder:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.made: dict[tuple[str, str], Any] = {}

    def value(self, tree: Any) -> Any:
        if isinstance(tree, list):
            return [self.value(item) for item in tree]
        if not isinstance(tree, dict):
            return tree
        ((kind, content),) = tree.items()
        if isinstance(content, str):
            return self.text(kind, content)
        if not isinstance(content, list):
            raise ValueError(f"a {kind} of {type(content).__name__}")
        if kind in ("tensor", "array", "scalar"):
            return self.array(kind, *content)
        if kind == "dict":
            return {_key(self.value(key)): self.value(item) for key, item in content}
        if kind == "tuple":
            return tuple(self.value(item) for item in content)
        if kind == "complex":
            real, imag = (float(self.value(part)) for part in content)
            return complex(real, imag)
        raise ValueError(f"unknown kind {kind!r}")

    def text(self, kind: str, content: str) -> Any:
        if kind == "float":
            return float(content)
        if kind == "bytes":
            return content.encode("latin-1")
        if kind == "dtype" and content in {dtype.str for dtype in CODES}:
            return np.dtype(content)
        raise ValueError(f"unknown kind {kind!r}")

    def array(self, kind: str, name: str, crc: int, *tensor: bool) -> Any:
        if (kind, name) not in self.made:
            array = self.reader.array(name)
            if checksum(array) != crc:
                raise ValueError(f"the checksum of {name!r} is wrong")
            if kind == "tensor":
                requires_grad, parameter = tensor
                made: Any = (Parameter if parameter is True else tensor_of)(
                    array, requires_grad=requires_grad is True
                )
            else:
                made = array if kind == "array" else array[()]
            self.made[kind, name] = made
        return self.made[kind, name]


def checksum(array: np.ndarray) -> int:
    """The CRC-32 of the elements, little-endian, in C order."""
    little = np.asarray(array, array.dtype.newbyteorder("<"), order="C")
    return crc32(little.reshape(-1).view(np.uint8).data) if array.size else 0


def _key(key: Any) -> Any:
    try:
        hash(key)
    except TypeError:
        raise ValueError(f"a {type(key).__name__} as a key") from None
    return key


def _place(path: tuple[Any, ...]) -> str:
    return "".join(f"[{step!r:.40}]" for step in path) or "the value"


def _hint(value: Any) -> str:
    if hasattr(value, "state_dict"):
        return "; save its state_dict()"
    if hasattr(value, "get_state"):
        return "; save its get_state()"
    return (
        "; wanted dicts, lists, tuples, numbers, text, None, tensors and arrays: the states of "
        "modules, optimisers and the like, not the things themselves"
    )
