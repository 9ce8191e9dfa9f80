"""States on disk, in the safetensors format: names, dtypes, shapes and bytes, no code.

What is saved here PyTorch loads with `safetensors.torch.load_file`, and the other way round.  The
format: https://github.com/huggingface/safetensors.  Needs the package `safetensors`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

from .engine.tensor import Tensor, as_array

__all__ = ["load_file", "save_file"]


def _package() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError(
            "saving and loading needs the package safetensors: pip install 'minigrad[io]'"
        ) from error
    return safetensors


def save_file(
    tensors: Mapping[str, Any],
    filename: str | os.PathLike[str],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Save tensors by name, such as `module.state_dict()`.

    tensors : tensors, or anything else that NumPy makes an array of
    filename : customarily ends in .safetensors
    metadata : text by name, kept beside the tensors

    The file appears complete or not at all: an earlier one of the name stays until the new one is
    on disk.  Raises TypeError for names that are not text and values that are not numbers,
    FileNotFoundError for a folder that does not exist, ImportError without safetensors.

    >>> import tempfile
    >>> from minigrad import nn
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     net = nn.Linear(3, 2)
    ...     save_file(net.state_dict(), f"{folder}/net.safetensors")
    ...     nn.Linear(3, 2).load_state_dict(load_file(f"{folder}/net.safetensors"))
    LoadResult(missing_keys=[], unexpected_keys=[])
    """
    safetensors, path = _package(), Path(filename)
    arrays = {}
    for name, value in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"save_file: names must be text, got {type(name).__name__}")
        # The package writes the memory as it lies, so strides would be lost.
        arrays[name] = np.asarray(as_array(value, f"save_file: {name!r}"), order="C")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"save_file: there is no folder {path.parent}")
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("xb") as file:
            file.write(safetensors.numpy.save(arrays, dict(metadata) if metadata else None))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_file(filename: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The tensors in a file, by name; in the order of their names.

    Raises FileNotFoundError for a file that does not exist, ValueError for one that is cut short or
    of another format, TypeError for a tensor of a dtype that minigrad has not (such as bfloat16),
    ImportError without safetensors.  For an example see `save_file`.
    """
    safetensors, path = _package(), Path(filename)
    if not path.is_file():
        raise FileNotFoundError(f"load_file: there is no file {path}")
    try:
        arrays = safetensors.numpy.load_file(path)
        return {name: Tensor(arrays[name]) for name in sorted(arrays)}
    except safetensors.SafetensorError as error:
        raise ValueError(f"load_file: {path} is no complete safetensors file: {error}") from error
    except TypeError as error:
        raise TypeError(f"load_file: {path}: {error}") from error
