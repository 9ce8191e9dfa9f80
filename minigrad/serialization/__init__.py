"""States on disk: names, numbers, dtypes, shapes and bytes, and no code (but of whole nets).

All files are of the safetensors format (container.py). What is more than tensors by name, such as
an optimiser's state, is a tree in the file's metadata (tree.py). Files of `torch.save` are read
without running what is in them (torch_files.py, and torch_old_files.py for those of old versions).
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..absent import explain_absence
from ..engine.convert import as_array
from ..engine.tensor import Tensor, tensor_of
from ..engine.words import give_words
from . import container, tree
from .files import write_atomically

__all__ = ["load", "load_file", "save", "save_file"]

File = str | os.PathLike[str] | BinaryIO


def save(obj: Any, f: File) -> None:
    """Save a checkpoint: nested dicts, lists and tuples of numbers, text, None, tensors and arrays.

    obj : what modules, optimisers, schedulers, loaders and generators give as their states, and
        the like; keys may be numbers, text, None and tuples of these. A module itself is saved as
        a pickle, as in PyTorch: `load` wants its classes and `weights_only=False`; a state is safer
    f : a path, customarily ending in .mg or .safetensors, or a binary file that is open for writing

    The file at a path appears complete or not at all: an earlier one of the name stays until the
    new one is on the disk, and hands its permissions on; a symbolic link is followed. What comes
    back from `load` is equal, bit for bit; mappings are dicts then, a tensor that is there twice is
    one tensor again, and tensors that shared memory otherwise no longer do.

    Raises TypeError for anything else, with its place, and for a module that cannot be pickled, of
    a class within a function or with a lambda; ValueError for what contains itself or has more than
    100 levels, FileNotFoundError for a folder that does not exist.

    >>> import tempfile, minigrad as mg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mg.save({"epoch": 3, "best": (0.25, None), 7: mg.ones(2)}, f"{folder}/run.mg")
    ...     mg.load(f"{folder}/run.mg")
    {'epoch': 3, 'best': (0.25, None), 7: tensor([1., 1.])}
    """
    from ..nn.module import Module

    if isinstance(obj, Module):
        _write("save", f, lambda file: _pickle(obj, file))
        return
    encoder = tree.Encoder("save")
    metadata = encoder.metadata(obj)
    _write("save", f, lambda file: container.write(file, encoder.arrays, metadata))


def load(
    f: File, map_location: Any = None, *, weights_only: bool = True, mmap: bool | None = None
) -> Any:
    """What `save` saved; also the tensors in a safetensors file, and in a file of `torch.save`.

    f : a path, or a binary file that is open for reading
    map_location : for PyTorch's sake; wherever tensors were, here they are on the CPU
    weights_only : True, the default, runs no code that is in a file; False also loads what `save`
        made of a whole net, a pickle: that may run anything, so only of files that you made
    mmap : accepted, and without meaning here: tensors are read, not mapped

    With the default safe to open whoever made the file: it takes no more memory than a small
    multiple of its size. Of PyTorch's files, also those from before 1.6, it knows tensors,
    parameters, dicts, lists, tuples, numbers, text, dtypes and devices; views of one storage share
    memory again.

    Raises FileNotFoundError for a file that does not exist, ValueError for one that is damaged, of
    another format or a later version, or holds something else, TypeError for a tensor of a dtype
    that minigrad has not; all name the file. For an example see `save`.
    """
    with container.open_file(f, "load") as (file, size, where):
        start = file.tell()
        magic = file.read(15)
        file.seek(start)
        if magic[8:9] == b"{":  # our own, whatever the bytes before, which are its header's length
            return _read(file, size, where)
        if magic[:2] == b"PK":
            from .torch_files import read

            return read(file, size, where)
        if magic[:1] == b"\x80":
            from . import torch_old_files

            if magic == torch_old_files.BEGINS:
                return torch_old_files.read(file, size, where)
            if weights_only:
                raise ValueError(
                    f"{where} is a pickle, which could run any code; if it is a net that you saved "
                    "yourself: load(..., weights_only=False)"
                )
            return _unpickled(file, where)
        return _read(file, size, where)


def save_file(
    tensors: Mapping[str, Any],
    filename: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Save tensors by name, such as `module.state_dict()`, for any program that reads safetensors.

    tensors : tensors, or anything else that NumPy makes an array of; if one is a mapping, such as
        in an optimiser's state, the whole is saved as `save` does it
    filename : customarily ends in .safetensors
    metadata : text by name, kept beside the tensors

    The file appears as that of `save`, and `safetensors.torch.load_file` reads it. Raises TypeError
    for names and metadata that are not text and values that are not numbers, ValueError for the
    name "__metadata__", which the format needs, FileNotFoundError for a folder that does not exist.

    >>> import tempfile
    >>> from minigrad import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net = nn.Linear(3, 2)
    ...     save_file(net.state_dict(), f"{folder}/net.safetensors")
    ...     nn.Linear(3, 2).load_state_dict(load_file(f"{folder}/net.safetensors"))
    <All keys matched successfully>
    """
    texts = dict(metadata or {})
    for name in (*tensors, *texts, *texts.values()):
        if not isinstance(name, str):
            what = "names" if name in tensors else "metadata"
            raise TypeError(f"save_file: {what} must be text, got {type(name).__name__}")
        if any("\ud800" <= letter <= "\udfff" for letter in name):
            raise ValueError(f"save_file: {name!r} cannot be written as UTF-8; choose another name")
    for reserved in ({container.METADATA} & {*tensors}) or ({tree.KEY, tree.SUM} & {*texts}):
        raise ValueError(f"save_file: the name {reserved!r} is the format's own; choose another")
    if any(isinstance(value, Mapping) for value in tensors.values()):
        encoder = tree.Encoder("save_file")
        texts |= encoder.metadata(tensors)
        arrays = encoder.arrays
    else:
        arrays = {
            name: np.asarray(as_array(value, f"save_file: {name!r}"))
            for name, value in tensors.items()
        }
    _write("save_file", filename, lambda file: container.write(file, arrays, texts))


def load_file(filename: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors in a safetensors file, by name; in the order of their names.

    Raises FileNotFoundError for a file that does not exist, ValueError for one that is cut short or
    of another format, TypeError for a tensor of a dtype that minigrad has not (such as bfloat16).
    For an example see `save_file`.
    """
    with container.open_file(filename, "load_file") as (file, size, where):
        loaded: dict[str, Tensor] = _read(file, size, where)
        return loaded


def _write(where: str, f: Any, into: Callable[[BinaryIO], None]) -> None:
    if hasattr(f, "write"):
        into(f)
        return
    try:
        with write_atomically(container.path_of(f)) as file:
            into(file)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise type(error)(f"{where}: {error}") from None
    except OSError as error:
        raise type(error)(error.errno, f"{where}: {error.strerror}", str(f)) from None


def _pickle(net: Any, file: BinaryIO) -> None:
    try:
        pickle.dump(net, file)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise TypeError(
            f"save: this {type(net).__name__} cannot be pickled: {error}; classes and functions "
            "have to stand in a module, by their names; or save its state_dict()"
        ) from error


def _unpickled(file: BinaryIO, where: str) -> Any:
    try:
        return pickle.load(file)
    except (pickle.UnpicklingError, EOFError, AttributeError, ImportError) as error:
        raise ValueError(f"{where} cannot be unpickled: {error}") from error


def _read(file: BinaryIO, size: int, where: str) -> Any:
    reader = container.Reader(file, size, where)
    if {tree.KEY, tree.SUM} & {*reader.metadata}:
        return tree.decode(reader, where)
    tensors = {}
    for name in reader.names:
        array = reader.array(name)
        try:
            tensors[name] = tensor_of(array)
        except TypeError as error:
            raise TypeError(f"{where}: tensor {name!r}: {error}") from None
    return tensors


give_words(globals(), __all__)
explain_absence(globals())
