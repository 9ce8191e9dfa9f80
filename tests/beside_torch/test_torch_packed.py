"""Sequences of different lengths: `nn.utils.rnn`, and recurrent networks over packed ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigrad as mg
from minigrad.nn.utils import rnn as ours

torch = pytest.importorskip("torch")
theirs = torch.nn.utils.rnn

lengths = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def alike(a: Any, b: Any) -> None:
    if a is None or b is None:
        assert a is b
    elif isinstance(b, (tuple, list)):
        for x, y in zip(a, b, strict=True):
            alike(x, y)
    else:
        assert str(b.dtype).endswith(str(a.dtype))
        assert a.shape == tuple(b.shape)
        assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12, atol=1e-12)


@given(lengths, st.booleans(), st.booleans(), st.sampled_from(["left", "right"]))
@settings(max_examples=25)
def test_padding_and_packing(counts: list[int], first: bool, ordered: bool, side: str) -> None:
    counts = sorted(counts, reverse=True) if ordered else counts
    rng = np.random.default_rng(len(counts))
    arrays = [rng.normal(size=(n, 2)) for n in counts]
    found = []
    for m, r in ((mg, ours), (torch, theirs)):
        leaves = [m.tensor(a, requires_grad=True) for a in arrays]
        padded = r.pad_sequence(leaves, first, 7.0, side)
        packed = r.pack_sequence(leaves, enforce_sorted=ordered)
        again = r.pad_packed_sequence(packed, batch_first=first, padding_value=-1.0, total_length=5)
        weights = m.tensor(np.arange(packed.data.numel()).reshape(tuple(packed.data.shape)) / 3)
        ((packed.data * weights).sum() + (again[0] ** 2).sum() + (padded**3).sum()).backward()
        right = r.pad_sequence(leaves, first)
        parts = r.unpad_sequence(right, m.tensor(counts), first)
        found.append((padded, tuple(packed), again, parts, [t.grad for t in leaves]))
    alike(*found)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@given(
    lengths, st.booleans(), st.booleans(), st.integers(1, 2), st.booleans(), st.integers(0, 2**32)
)
@settings(max_examples=12)
def test_networks_over_packed_sequences(
    kind: str, counts: list[int], ordered: bool, both: bool, layers: int, given: bool, seed: int
) -> None:
    counts = sorted(counts, reverse=True) if ordered else counts
    rng = np.random.default_rng(seed)
    arrays = [rng.normal(size=(n, 3)) for n in counts]
    options = {"num_layers": layers, "bidirectional": both}
    net = getattr(torch.nn, kind)(3, 2, dtype=torch.float64, **options)
    twin = getattr(mg.nn, kind)(3, 2, dtype=mg.float64, **options)
    twin.load_state_dict({k: mg.tensor(v.numpy()) for k, v in net.state_dict().items()})
    shape = (layers * (2 if both else 1), len(counts), 2)
    states = [rng.normal(size=shape) for _ in range(2 if kind == "LSTM" else 1)]
    found = []
    for m, r, n in ((mg, ours, twin), (torch, theirs, net)):
        leaves = [m.tensor(a, requires_grad=True) for a in arrays]
        hx = tuple(map(m.tensor, states))
        hx = None if not given else hx if kind == "LSTM" else hx[0]
        out, last = n(r.pack_sequence(leaves, enforce_sorted=ordered), hx)
        padded, sizes = r.pad_packed_sequence(out)
        ends = last if isinstance(last, tuple) else (last,)
        ((padded**2).sum() + sum((h * 3).sin().sum() for h in ends)).backward()
        grads = [t.grad for t in leaves] + [p.grad for p in n.parameters()]
        found.append((padded, sizes, ends, grads))
    alike(*found)


@pytest.mark.parametrize(
    ("counts", "words"),
    [([1, 2], "longest first"), ([2], "2 integers"), ([4, 1], "wanted 1 to 3"), ([2, 0], "1 to 3")],
)
def test_lengths_that_do_not_fit(counts: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ours.pack_padded_sequence(mg.zeros(3, 2, 1), counts)


def test_a_packed_sequence_goes_where_a_tensor_goes() -> None:
    packed = ours.pack_sequence([mg.ones(2), mg.ones(1)])
    assert packed.to(mg.float64).data.dtype == np.float64
    assert_array_equal(packed.to("cpu").batch_sizes.numpy(), [2, 1])
    with pytest.raises(ValueError, match="at least 2"):
        ours.pad_packed_sequence(packed, total_length=1)
    with pytest.raises(ValueError, match="at least one"):
        ours.pad_sequence([])
