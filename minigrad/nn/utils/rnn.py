"""Sequences of different lengths as one tensor: padded, or packed step by step.

A packed sequence holds the elements of all sequences that are there at step 0, the longest sequence
first, then those at step 1, and so on: no padding is computed with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ...absent import explain_absence
from ...engine.convert import as_array
from ...engine.dtypes import check_number
from ...engine.tensor import Tensor, tensor_of
from ...engine.words import give_words
from ...ops.indexing import getitem
from ...ops.piecewise import where
from ...ops.pytorch import transpose
from ...ops.shaping import concat, stack

__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpad_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences without padding.

    data : the elements, step by step, (sum of lengths, ...)
    batch_sizes : how many sequences there are at each step
    sorted_indices : the order in which the sequences were taken, longest first; None for as given
    unsorted_indices : where in that order each is; None for what follows from `sorted_indices`
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if unsorted_indices is None and sorted_indices is not None:
            unsorted_indices = tensor_of(np.argsort(as_array(sorted_indices, "sorted_indices")))
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    @property
    def is_cuda(self) -> bool:
        """False."""
        return False

    def double(self) -> PackedSequence:
        """The same with float64 elements."""
        return self.to(np.float64)

    def float(self) -> PackedSequence:
        """The same with float32 elements."""
        return self.to(np.float32)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with its elements as `Tensor.to` has them."""
        return self._replace(data=self.data.to(*args, **kwargs))


def pad_sequence(
    sequences: Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (L_i, ...) as one tensor (L, B, ...), or (B, L, ...), L the longest; padded.

    The dtype is that of the first.

    padding_side : "right", behind the elements, or "left"

    Raises ValueError for no sequences, or another side.

    >>> import minigrad as mg
    >>> pad_sequence([mg.ones(2), mg.ones(1)], batch_first=True)
    tensor([[1., 1.],
            [1., 0.]])
    """
    check_number("pad_sequence: padding_value", padding_value)
    if padding_side not in ("left", "right"):
        raise ValueError(f"pad_sequence: padding_side: wanted left or right, got {padding_side!r}")
    sequences = list(sequences)
    if not sequences:
        raise ValueError("pad_sequence: wanted at least one sequence, got none")
    longest = max(len(s) for s in sequences)
    rows = []
    dtype = sequences[0].dtype
    for s in sequences:
        s = s if s.dtype == dtype else s.astype(dtype)
        fill = np.full((longest - len(s), *s.shape[1:]), padding_value, dtype)
        rows.append(concat([s, fill] if padding_side == "right" else [fill, s], axis=0))
    return stack(rows, axis=0 if batch_first else 1)  # type: ignore[no-any-return]


def unpad_sequence(
    padded_sequences: Tensor, lengths: Any, batch_first: bool = False
) -> list[Tensor]:
    """The sequences that `pad_sequence` was given, by their lengths.

    Raises ValueError for lengths that are no integers of at least 0, one for each sequence.

    >>> import minigrad as mg
    >>> [s.tolist() for s in unpad_sequence(mg.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True)]
    [[1, 2], [3]]
    """
    rows = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    sizes = as_array(lengths, "lengths")
    if sizes.shape != rows.shape[:1] or sizes.dtype.kind not in "iu" or sizes.min(initial=0) < 0:
        raise ValueError(
            f"unpad_sequence: lengths: wanted {len(rows)} integers of at least 0 for "
            f"{padded_sequences.shape} with batch_first={batch_first}, got {lengths!r:.60}"
        )
    return [row[:n] for row, n in zip(rows, sizes.tolist(), strict=True)]


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """A padded batch (L, B, ...), or (B, L, ...), without its padding.

    lengths : of each sequence
    enforce_sorted : the longest comes first, and so on; False sorts them

    Raises ValueError for lengths that are not B, not in [1, L] or not in that order.

    >>> import minigrad as mg
    >>> packed = pack_padded_sequence(mg.tensor([[1, 2], [3, 0]]), [2, 1], batch_first=True)
    >>> packed.data, packed.batch_sizes
    (tensor([1, 3, 2]), tensor([2, 1]))
    """
    x = transpose(input, 0, 1) if batch_first else input
    counts = as_array(lengths, "lengths")
    if counts.shape != x.shape[1:2] or counts.dtype.kind not in "iu":
        raise ValueError(f"lengths: wanted {x.shape[1]} integers, got shape {counts.shape}")
    if counts.size and not 1 <= counts.min() <= counts.max() <= x.shape[0]:
        raise ValueError(f"lengths: wanted 1 to {x.shape[0]}, got {counts.tolist()!r:.60}")
    counts = counts.astype(np.int64)  # unsigned ones have no difference below 0
    order = None
    if not enforce_sorted:
        order = np.argsort(-counts, kind="stable")
        counts = counts[order]
    elif np.any(np.diff(counts) > 0):
        raise ValueError(
            "lengths: wanted the longest first; enforce_sorted=False sorts the sequences, got "
            f"{counts.tolist()!r:.60}"
        )
    sizes = (counts > np.arange(counts.max(initial=0))[:, None]).sum(1)
    steps, places = _places(sizes)
    data = getitem(x, (steps, places if order is None else order[places]))
    if order is None:
        return PackedSequence(data, tensor_of(sizes))
    return PackedSequence(data, tensor_of(sizes), tensor_of(order))


def _places(sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step and the sequence of each packed element."""
    steps = np.repeat(np.arange(len(sizes)), sizes)
    return steps, np.arange(len(steps)) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The padded batch of a packed one, (L, B, ...) or (B, L, ...), and the lengths.

    total_length : pad to so many steps; ValueError if a sequence is longer

    >>> import minigrad as mg
    >>> padded, lengths = pad_packed_sequence(pack_sequence([mg.ones(2), mg.ones(1)]))
    >>> padded, lengths
    (tensor([[1., 1.],
            [1., 0.]]), tensor([2, 1]))
    """
    sizes = sequence.batch_sizes.numpy()
    longest = len(sizes) if total_length is None else total_length
    if longest < len(sizes):
        raise ValueError(f"total_length: wanted at least {len(sizes)}, got {total_length}")
    batch = int(sizes[0])
    order = sequence.unsorted_indices
    column = np.arange(batch) if order is None else order.numpy()
    step = np.arange(longest)[:, None]
    sizes = np.concatenate([sizes, np.zeros(longest - len(sizes), np.int64)])
    there = column < sizes[:, None]
    starts = (np.cumsum(sizes) - sizes)[step]
    taken = getitem(sequence.data, np.where(there, starts + column, 0))
    mask = there.reshape(there.shape + (1,) * (taken.ndim - 2))
    padded = where(mask, taken, np.asarray(padding_value, taken.dtype))
    return transpose(padded, 0, 1) if batch_first else padded, tensor_of(there.sum(0))


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (L_i, ...) packed; as `pack_padded_sequence`.

    >>> import minigrad as mg
    >>> pack_sequence([mg.tensor([1, 2]), mg.tensor([3])]).data
    tensor([1, 3, 2])
    """
    sequences = list(sequences)
    lengths = [len(s) for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


give_words(globals(), [n for n in __all__ if n != "PackedSequence"])

explain_absence(globals())
