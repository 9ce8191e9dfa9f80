"""One batch out of single samples."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...engine.convert import refuse_masked
from ...engine.dtypes import default_dtype
from ...engine.tensor import Tensor, tensor_of


def default_collate(batch: Sequence[Any]) -> Any:
    """One batch from single samples: numbers, arrays or tensors stacked along a new first axis.

    batch : the samples, all of one structure

    Mappings, lists, tuples and other sequences of these are collated entry by entry: a mapping and
    a named tuple keep their type, a tuple becomes a list, as in PyTorch. Texts and bytes stay what
    they are. Python floats make float64, integers int64; among several dtypes the floating ones
    decide, and a number after an array's has no say.

    Raises ValueError if there are no samples or their shapes or lengths differ, KeyError if a
    mapping lacks a key of the first, and TypeError for a sample that is none of these, or requires
    a gradient, which the batch would lose.

    >>> features, labels = default_collate([(np.zeros(4), 7), (np.ones(4), 8)])
    >>> features.shape, labels.numpy()
    ((2, 4), array([7, 8]))
    """
    if not isinstance(batch, Iterable):
        raise TypeError(f"default_collate: wanted samples, got {type(batch).__name__}")
    samples = list(batch)
    if not samples:
        raise ValueError("default_collate: wanted at least one sample, got none")
    first = samples[0]
    if isinstance(first, str | bytes):
        return batch
    kind = next((k for k in (Mapping, Sequence) if isinstance(first, k)), object)
    if odd := [
        type(s).__name__ for s in samples if not isinstance(s, kind) or isinstance(s, str | bytes)
    ]:
        kinds = f"{type(first).__name__} and {odd[0]}"
        raise TypeError(f"default_collate: the samples are of several kinds: {kinds}")
    if isinstance(first, Mapping):
        entries = {key: default_collate([sample[key] for sample in samples]) for key in first}
        return _like(first, entries)
    if isinstance(first, Sequence):
        if len({len(sample) for sample in samples}) > 1:
            raise ValueError("default_collate: the samples have different numbers of entries")
        columns = [default_collate(column) for column in zip(*samples, strict=True)]
        return _like(first, columns)
    arrays = [_array(sample) for sample in samples]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ValueError(f"default_collate: the samples have different shapes: {sorted(shapes)}")
    return tensor_of(np.stack(arrays, dtype=_dtype(samples, arrays)))


def default_convert(data: Any) -> Any:
    """The arrays in a sample as tensors, which share their memory; all else as it is.

    Mappings, lists and tuples are converted entry by entry, as `default_collate` does it. This is
    what `DataLoader` does with a sample when `batch_size` is None.

    >>> default_convert({"x": np.zeros(2, np.float32), "name": "zeros"})
    {'x': tensor([0., 0.]), 'name': 'zeros'}
    """
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind in "fiub":
        return tensor_of(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _like(data, [default_convert(value) for value in data])
    return data


def _like(example: Any, entries: Any) -> Any:
    """`entries`, a dict or a list, in the type of `example` where that can be made from it."""
    kind: Callable[..., Any] = type(example)
    if hasattr(example, "_fields"):
        return kind(*entries)
    if kind in (dict, list, tuple):
        return entries
    try:
        return kind(entries)
    except TypeError:  # a type of the user's that is made in another way
        return entries


def _dtype(samples: list[Any], arrays: list[np.ndarray]) -> np.dtype[Any]:
    """The dtype of a batch of numbers or arrays, by the rules of operations."""
    if isinstance(samples[0], float) and not isinstance(samples[0], np.generic):
        return np.dtype(np.float64)
    known = [a.dtype for s, a in zip(samples, arrays, strict=True) if type(s) is not float]
    if floats := [dtype for dtype in known if dtype.kind == "f"]:
        return np.result_type(*floats)
    return np.result_type(*known) if len(known) == len(arrays) else default_dtype()


def _array(sample: Any) -> np.ndarray:
    if isinstance(sample, Tensor) and sample.requires_grad:
        raise TypeError(
            "default_collate: a sample requires a gradient, which the batch would lose; "
            "detach() it, or stack the samples in a collate_fn of your own"
        )
    if not isinstance(sample, Tensor | np.ndarray | np.generic | int | float):
        raise TypeError(
            "default_collate: wanted tensors, arrays, numbers, texts, or mappings, lists and "
            f"tuples of them, got {type(sample).__name__}; give a collate_fn of your own"
        )
    refuse_masked(sample, "default_collate")
    # Not `Tensor(sample)`, which would make a Python float float32.
    return tensor_of(np.asarray(sample))._data
