"""Files of `torch.save`, read without running what is in them.

Such a file is a zip archive: `<name>/data.pkl` is a pickle, a program for a small stack machine,
and `<name>/data/<key>` the bytes of one storage each. Here is that machine with the instructions
that states need; where Python's would import and call whatever the pickle names, this one looks the
name up in a table. Sizes, offsets and strides are checked against the bytes that there are.

https://docs.python.org/3/library/pickletools.html names the instructions.
"""

from __future__ import annotations

import pickletools
import struct
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, BinaryIO, NoReturn

import numpy as np

from ..engine.tensor import Tensor, tensor_of
from ..nn.parameter import Parameter
from .container import read_into

DTYPES = {
    "bool": "?",
    "uint8": "u1",
    "int8": "i1",
    "int16": "i2",
    "uint16": "u2",
    "int32": "i4",
    "uint32": "u4",
    "int64": "i8",
    "uint64": "u8",
    "float32": "f4",
    "float64": "f8",
}
OTHER_DTYPES = {
    "float16": 2,
    "bfloat16": 2,
    "complex32": 4,
    "complex64": 8,
    "complex128": 16,
    "float8_e4m3fn": 1,
    "float8_e5m2": 1,
    "float8_e4m3fnuz": 1,
    "float8_e5m2fnuz": 1,
    "float8_e8m0fnu": 1,
    "quint8": 1,
    "qint8": 1,
    "qint32": 4,
}
"""Those that minigrad has not."""

STORAGES = {
    "BoolStorage": "bool",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "UntypedStorage": "uint8",
    "QUInt8Storage": "quint8",
    "QInt8Storage": "qint8",
    "QInt32Storage": "qint32",
}


class Refused(Exception):
    """What this file wants is not in the table, or makes no sense."""


@dataclass(frozen=True)
class _Name:
    """A name that a pickle mentions, and what calling it does here."""

    name: str
    call: Callable[..., Any] | None = None


@dataclass(frozen=True)
class _Storage:
    dtype: str
    key: str


@dataclass(frozen=True)
class _Fault:
    """What cannot be had; it is an error when it turns out under which name."""

    error: type[Exception]
    words: str


def _unknown_dtype(name: str) -> _Fault:
    hint = "; in PyTorch, .float() makes it float32" if "float" in name else ""
    return _Fault(TypeError, f"has the dtype {name}, which minigrad has not{hint}")


def read(file: BinaryIO, size: int, where: str) -> Any:
    """The object that `torch.save` wrote; what is raised begins with `where`."""

    def found() -> Any:
        with zipfile.ZipFile(file) as archive:
            return _Machine(_Archive(archive, size)).run()

    return reading(found, where)


def reading(found: Callable[[], Any], where: str) -> Any:
    """What is found; ValueError or TypeError, beginning with `where`, if that cannot be had."""

    def refuse(why: object) -> NoReturn:
        raise ValueError(f"{where} cannot be read: {why}")

    try:
        value = found()
    except (Refused, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        refuse(error)
    except (ValueError, TypeError, LookupError, ArithmeticError, OSError, struct.error) as error:
        refuse(f"it is damaged ({type(error).__name__}: {error})")
    for name, fault in _faults(value):
        raise fault.error(f"{where}: {name!r} {fault.words}")
    return value


class _Archive:
    """The records of the archive, none longer, nor all together, than the file."""

    def __init__(self, archive: zipfile.ZipFile, size: int) -> None:
        self.archive, self.left = archive, size
        programs = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(programs) != 1:
            raise Refused("a zip archive, but not one of torch.save: it has no single data.pkl")
        self.stem = programs[0].removesuffix("data.pkl")
        if f"{self.stem}constants.pkl" in archive.NameToInfo:
            raise Refused("a TorchScript archive holds code; save a state_dict() instead")
        known = f"{self.stem}byteorder" in archive.NameToInfo
        self.order = self.bytes("byteorder").decode().strip() if known else "little"

    def record(self, name: str) -> np.ndarray:
        """The bytes of one record."""
        try:
            info = self.archive.getinfo(self.stem + name)
        except KeyError:
            raise Refused(f"it has no record {name!r}") from None
        if info.compress_type != zipfile.ZIP_STORED:
            raise Refused(f"the record {name!r} is compressed, and torch.save compresses nothing")
        self.left -= info.file_size
        if self.left < 0 or info.file_size != info.compress_size:
            raise Refused(f"the record {name!r} says that it has {info.file_size} bytes")
        content = np.empty(info.file_size, np.uint8)
        with self.archive.open(info) as stream:
            if read_into(stream, content) != info.file_size or stream.read(1):  # type: ignore[arg-type]
                raise Refused(f"the record {name!r} is cut short")
        return content

    def bytes(self, name: str) -> bytes:
        """The same as `bytes`."""
        return self.record(name).tobytes()


class _Machine:
    """Runs a pickle of protocol 2, which is what `torch.save` writes."""

    def __init__(self, archive: Any) -> None:
        self.archive = archive
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.storages: dict[str, np.ndarray] = {}
        self.swapped: dict[tuple[str, int], np.ndarray] = {}
        self.table = {name.name: name for name in self._names()}

    def _names(self) -> list[_Name]:
        rebuild = "torch._utils._rebuild_"
        return [
            _Name("collections.OrderedDict", dict),
            _Name("collections.Counter", self._counter),
            _Name("torch.Size", _tuple),
            _Name("torch.device", _text),
            _Name("torch.Tensor"),
            _Name("torch.nn.parameter.Parameter"),
            _Name(f"{rebuild}tensor", self._tensor),
            _Name(f"{rebuild}tensor_v2", self._tensor),
            _Name(f"{rebuild}tensor_v3", self._tensor_v3),
            _Name(f"{rebuild}parameter", _parameter),
            _Name(f"{rebuild}parameter_with_state", _parameter),
            _Name("torch._tensor._rebuild_from_type_v2", _rebuild_from_type),
        ]

    def run(self) -> Any:
        """What the pickle leaves on the stack."""
        program = self.archive.bytes("data.pkl")
        self.copies = len(program)
        for instruction, argument, _ in pickletools.genops(program):
            name = instruction.name
            if name == "STOP":
                return self.stack.pop()
            step = getattr(self, f"do_{name.lower()}", None)
            if name in _CONSTANTS:
                self.stack.append(_CONSTANTS[name])
            elif name in _LITERALS:
                self.stack.append(argument)
            elif step is None:
                raise Refused(f"its pickle has the instruction {name}, which no state needs")
            else:
                step(argument)
        raise Refused("its pickle has no end")

    # ------------------------------------------------------------------ instructions

    def do_proto(self, version: int) -> None:
        pass

    def do_frame(self, size: int) -> None:
        pass

    def do_mark(self, _: None) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _since_mark(self) -> list[Any]:
        items, self.stack = self.stack, self.marks.pop()
        return items

    def do_binput(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    do_put = do_long_binput = do_binput

    def do_memoize(self, _: None) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def do_binget(self, index: int) -> None:
        self.stack.append(self.memo[index])

    do_get = do_long_binget = do_binget

    def do_empty_dict(self, _: None) -> None:
        self.stack.append({})

    def do_empty_list(self, _: None) -> None:
        self.stack.append([])

    def do_tuple(self, _: None) -> None:
        items = tuple(self._since_mark())
        self.stack.append(items)

    def do_tuple1(self, _: None) -> None:
        self._take(1)

    def do_tuple2(self, _: None) -> None:
        self._take(2)

    def do_tuple3(self, _: None) -> None:
        self._take(3)

    def _take(self, count: int) -> None:
        if len(self.stack) < count:
            raise Refused("its pickle takes more from the stack than there is")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def do_append(self, _: None) -> None:
        item = self.stack.pop()
        _check(self.stack[-1], list).append(item)

    def do_appends(self, _: None) -> None:
        items = self._since_mark()
        _check(self.stack[-1], list).extend(items)

    def do_setitem(self, _: None) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        _check(self.stack[-1], dict)[_key(key)] = value

    def do_setitems(self, _: None) -> None:
        items = self._since_mark()
        target = _check(self.stack[-1], dict)
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = value

    def do_global(self, names: str) -> None:
        self._mention(names.replace(" ", ".", 1))

    def do_stack_global(self, _: None) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self._mention(f"{_check(module, str)}.{_check(name, str)}")

    def _mention(self, name: str) -> None:
        root, _, last = name.rpartition(".")
        if root == "torch" and last in DTYPES:
            self.stack.append(np.dtype(DTYPES[last]))
        elif root == "torch" and last in OTHER_DTYPES:
            self.stack.append(_unknown_dtype(last))
        elif root in ("torch", "torch.storage") and last in STORAGES:
            self.stack.append(_Name(name))
        elif name in self.table:
            self.stack.append(self.table[name])
        else:
            raise Refused(
                f"it wants {name:.200}, which this reader does not know: it knows tensors, "
                "parameters, dicts, lists, tuples, numbers and text, and runs nothing"
            )

    def do_reduce(self, _: None) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, _Name) or function.call is None:
            raise Refused(f"it calls {getattr(function, 'name', type(function).__name__)}")
        self.stack.append(function.call(*_check(arguments, tuple)))

    def do_build(self, _: None) -> None:
        """Attributes, such as a state dict's `_metadata`: what is built here has none."""
        self.stack.pop()
        _check(self.stack[-1], dict)

    def do_binpersid(self, _: None) -> None:
        kind, storage, key, _, count = _check(self.stack.pop(), tuple)
        if kind != "storage" or not isinstance(storage, _Name):
            raise Refused("it refers to something that is no storage")
        dtype = STORAGES.get(storage.name.rpartition(".")[2])
        if dtype is None:
            raise Refused(f"it calls {storage.name} a storage")
        size = _check(count, int) * _width(dtype)
        key = _check(key, str)
        if key not in self.storages:
            self.storages[key] = self.archive.record(f"data/{key}")
        if not 0 <= size <= len(self.storages[key]):
            raise Refused(
                f"storage {key!r} has {len(self.storages[key])} bytes, and should have {size}"
            )
        self.stack.append(_Storage(dtype, key))

    # ------------------------------------------------------------------ tensors

    def _counter(self, counts: Any) -> Any:
        # The same dict may be copied again and again by a few bytes each.
        self.copies -= len(_check(counts, dict))
        if self.copies < 0:
            raise Refused("its pickle copies more than it holds")
        return Counter(counts)

    def _tensor(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any = False,
        hooks: Any = None,
        metadata: Any = None,
    ) -> Any:
        name = _check(storage, _Storage).dtype
        dtype = np.dtype(DTYPES[name]) if name in DTYPES else _unknown_dtype(name)
        return self._tensor_v3(storage, offset, size, stride, requires_grad, hooks, dtype, metadata)

    def _tensor_v3(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any,
        hooks: Any,
        dtype: Any,
        metadata: Any = None,
    ) -> Any:
        """A view of a storage: all counts are in elements, as PyTorch has it."""
        if isinstance(dtype, _Fault):
            return dtype
        if metadata:
            return _Fault(ValueError, "is a lazy view (negated or conjugated); save its .clone()")
        code, sizes, strides = _check(dtype, np.dtype), _counts(size), _counts(stride)
        values = self.storages[_check(storage, _Storage).key]
        values = values[: len(values) // code.itemsize * code.itemsize].view(code)
        if code.kind == "b":  # a byte may be more than 0 or 1, which comparisons would not see
            np.not_equal(values.view(np.uint8), 0, out=values)
        last = _check(offset, int) + sum((n - 1) * s for n, s in zip(sizes, strides, strict=True))
        if offset < 0 or (prod(sizes) and last >= len(values)):
            words = f"of shape {sizes} would reach beyond the {len(values)} elements of its storage"
            return _Fault(ValueError, words)
        try:
            if not prod(sizes):
                return tensor_of(np.empty(sizes, code), requires_grad=requires_grad is True)
            values = self._native(values, storage.key, code)
            # The stride of an axis of length 1 may be anything.
            steps = [
                (s if n > 1 else 1) * code.itemsize for n, s in zip(sizes, strides, strict=True)
            ]
            array = np.ndarray(sizes, code, values, offset * code.itemsize, steps)
            return tensor_of(array, requires_grad=requires_grad is True)
        except (
            ValueError,
            OverflowError,
        ) as error:  # more axes than NumPy has, integers that learn
            return _Fault(ValueError, f"of shape {sizes}: {error}")

    def _native(self, values: np.ndarray, key: str, code: np.dtype) -> np.ndarray:
        """The elements in this machine's byte order."""
        if self.archive.order == sys.byteorder:
            return values
        return self.swapped.setdefault((key, code.itemsize), values.byteswap())


_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}
_LITERALS = """
    INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT UNICODE SHORT_BINUNICODE BINUNICODE
    BINUNICODE8 STRING BINSTRING SHORT_BINSTRING
""".split()


def _tuple(items: Any) -> Any:
    return _check(items, tuple)


def _text(kind: Any, index: Any = None) -> str:
    """A device; the tensors themselves are on the CPU."""
    return _check(kind, str) if index is None else f"{_check(kind, str)}:{_check(index, int)}"


def _parameter(data: Any, requires_grad: Any = True, *_: Any) -> Any:
    if isinstance(data, _Fault):
        return data
    return Parameter(_check(data, Tensor)._data, requires_grad is True)


def _rebuild_from_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    """A tensor that has attributes of its own, which are left out."""
    if _check(function, _Name).call is None:
        raise Refused(f"it calls {function.name}")
    return function.call(*_check(arguments, tuple))


def _counts(values: Any) -> tuple[int, ...]:
    if len(_check(values, tuple)) > 64 or any(_check(n, int) < 0 for n in values):
        raise Refused("a tensor has more than 64 axes, or negative sizes or strides")
    return tuple(values)


def _width(dtype: str) -> int:
    return OTHER_DTYPES.get(dtype) or np.dtype(DTYPES[dtype]).itemsize


def _check(value: Any, kind: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Refused(
            f"its pickle has a {type(value).__name__} where a {kind.__name__.lstrip('_')} should be"
        )
    return value


def _key(key: Any) -> Any:
    """Keys are simple: the hash of a tuple of tuples of tuples … can take for ever."""
    simple = str | int | float | None
    if isinstance(key, simple) or (
        isinstance(key, tuple) and all(isinstance(k, simple) for k in key)
    ):
        return key
    raise Refused(f"a {type(key).__name__} is the key of a dict")


def _faults(root: Any) -> Iterator[tuple[str, _Fault]]:
    """What could not be had, with its place; what is there twice is looked at once."""
    seen: set[int] = set()
    # A path is a pair of the path before and a key: a tuple would grow with the depth.
    waiting: list[tuple[Any, Any]] = [(None, root)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, _Name | _Storage):
            value = _Fault(ValueError, "is a class or a storage, and no part of a state")
        if isinstance(value, _Fault):
            yield _text_of(path), value
        if isinstance(value, dict | list | tuple) and id(value) not in seen:
            seen.add(id(value))
            items = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [((path, key), item) for key, item in reversed(list(items))]


def _text_of(path: Any) -> str:
    steps: list[str] = []
    while path is not None:
        path, key = path
        steps.append(str(key))
    return ".".join(reversed(steps))
