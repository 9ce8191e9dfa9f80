"""Sequences of different lengths: padded, packed, and back."""

from __future__ import annotations

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn.utils import rnn

LENGTHS = {"sorted": [4, 3, 1], "mixed": [1, 4, 2, 4]}


def sequences(lengths: list[int], features: tuple[int, ...]) -> list[mg.Tensor]:
    """All of whose numbers differ, and none is 0."""
    count, made = 1, []
    for n in lengths:
        size = n * int(np.prod(features))
        made.append(mg.tensor(np.arange(count, count + size, dtype=float).reshape(n, *features)))
        count += size
    return made


def by_hand(parts: list[mg.Tensor], fill: float, batch_first: bool, side: str) -> np.ndarray:
    longest = max(map(len, parts))
    rows = np.full((len(parts), longest, *parts[0].shape[1:]), fill)
    for row, part in zip(rows, parts, strict=True):
        row[longest - len(part) if side == "left" else 0 :][: len(part)] = part.numpy()
    return rows if batch_first else rows.swapaxes(0, 1)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("features", [(), (2,), (2, 3)], ids=str)
@pytest.mark.parametrize("order", LENGTHS)
def test_padded_and_back(batch_first: bool, features: tuple[int, ...], order: str) -> None:
    lengths = LENGTHS[order]
    parts = sequences(lengths, features)
    for side in ("left", "right"):
        padded = rnn.pad_sequence(parts, batch_first, -1.0, side)
        np.testing.assert_array_equal(padded.numpy(), by_hand(parts, -1.0, batch_first, side))
    back = rnn.unpad_sequence(padded, lengths, batch_first)
    assert [p.tolist() for p in back] == [p.tolist() for p in parts]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("features", [(), (2,), (2, 3)], ids=str)
@pytest.mark.parametrize("order", LENGTHS)
def test_packed_and_back(batch_first: bool, features: tuple[int, ...], order: str) -> None:
    lengths = LENGTHS[order]
    parts = sequences(lengths, features)
    padded = rnn.pad_sequence(parts, batch_first)
    packed = rnn.pack_padded_sequence(padded, lengths, batch_first, order == "sorted")
    assert packed.batch_sizes.tolist() == [sum(n > t for n in lengths) for t in range(4)]
    longest_first = sorted(range(len(parts)), key=lambda i: -lengths[i])
    steps = [parts[i][t].tolist() for t in range(4) for i in longest_first if t < lengths[i]]
    assert packed.data.tolist() == steps
    for fill, total in ((0.0, None), (-1.0, 4), (7.0, 6)):
        again, counts = rnn.pad_packed_sequence(packed, batch_first, fill, total)
        assert counts.tolist() == lengths
        more = [(0, 0)] * again.ndim
        more[int(batch_first)] = (0, (total or 4) - 4)
        wanted = np.pad(by_hand(parts, fill, batch_first, "right"), more, constant_values=fill)
        np.testing.assert_array_equal(again.numpy(), wanted)
    assert rnn.pack_sequence(parts, order == "sorted").data.tolist() == steps


@pytest.mark.parametrize("lengths", [[3, 4, 1], [4, 3], [5, 3, 1], [4, 3, 0], [4.0, 3.0, 1.0]])
def test_lengths_that_do_not_fit(lengths: list[int]) -> None:
    with pytest.raises(ValueError, match="lengths: wanted"):
        rnn.pack_padded_sequence(mg.ones(4, 3), lengths)


@pytest.mark.parametrize("lengths", [[-1, 2], [2], [1.0, 2.0]])
def test_lengths_that_nothing_was_padded_to(lengths: list[float]) -> None:
    with pytest.raises(ValueError, match="lengths: wanted 2 integers of at least 0"):
        rnn.unpad_sequence(mg.ones(2, 2), lengths)


def test_what_a_packed_sequence_is_made_of() -> None:
    """The inverse follows from the order; the padded dtype is the first's."""
    packed = rnn.PackedSequence(
        mg.tensor([1.0, 2.0, 3.0, 4.0]), mg.tensor([3, 1]), mg.tensor([1, 2, 0])
    )
    assert packed.unsorted_indices.tolist() == [2, 0, 1]
    assert packed.double().data.dtype == np.float64
    assert rnn.pad_sequence([mg.tensor([1, 2]), mg.tensor([2.5])]).tolist() == [[1, 2], [2, 0]]


def test_only_an_lstm_has_a_projection_and_all_weights_are_in_their_order() -> None:
    with pytest.raises(ValueError, match="GRU: proj_size is for LSTM only, got 2"):
        mg.nn.GRU(3, 4, proj_size=2)
    net = mg.nn.LSTM(2, 3, 2, bias=False, proj_size=1)
    assert [[w.shape for w in one] for one in net.all_weights] == [
        [(12, 2), (12, 1), (1, 3)],
        [(12, 1), (12, 1), (1, 3)],
    ]
