"""Samplers: what they give, that it repeats by seed, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.utils.data import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

MAKE = {
    "random": lambda g: RandomSampler(range(50), generator=g),
    "replacement": lambda g: RandomSampler(range(50), replacement=True, generator=g),
    "more": lambda g: RandomSampler(range(50), num_samples=120, generator=g),
    "subset": lambda g: SubsetRandomSampler(list(range(7, 90)), generator=g),
    "weighted": lambda g: WeightedRandomSampler(np.arange(50), 60, generator=g),
    "weighted, once": lambda g: WeightedRandomSampler(np.arange(50), 40, False, generator=g),
}


@pytest.mark.parametrize("name", MAKE)
def test_an_order_repeats_by_seed_and_differs_by_epoch(name: str) -> None:
    make = MAKE[name]
    sampler = make(mg.Generator().manual_seed(3))
    first, second = list(sampler), list(sampler)
    assert first != second
    assert all(type(i) is int for i in first)
    assert len(first) == len(sampler)
    assert list(make(3)) == first
    mg.manual_seed(3)
    assert list(make(None)) == first


@given(st.integers(0, 20), st.integers(1, 60))
def test_every_round_of_a_random_order_is_a_permutation(length: int, wanted: int) -> None:
    if not length:
        assert list(RandomSampler([])) == []
        with pytest.raises(ValueError, match="cannot draw"):
            iter(RandomSampler([], num_samples=wanted))
        return
    drawn = list(RandomSampler(range(length), num_samples=wanted, generator=0))
    assert len(drawn) == wanted
    for at in range(0, wanted - length + 1, length):
        assert sorted(drawn[at : at + length]) == list(range(length))
    assert len(set(drawn[-(wanted % length) or None :])) == wanted % length or wanted >= length


def test_what_the_samplers_give() -> None:
    assert list(SequentialSampler("abcd")) == [0, 1, 2, 3]
    assert sorted(SubsetRandomSampler(np.array([4, 4, 1]))) == [1, 4, 4]
    drawn = list(WeightedRandomSampler([0, 1, 0, 3], 4000, generator=0))
    assert set(drawn) == {1, 3}
    assert abs(drawn.count(3) - 3000) < 5 * (4000 * 0.25 * 0.75) ** 0.5
    assert sorted(WeightedRandomSampler([1, 0, 1], 2, replacement=False)) == [0, 2]
    weights = mg.tensor([0.0, 1.0])
    assert list(WeightedRandomSampler(weights, 2)) == [1, 1]


@given(st.integers(0, 30), st.integers(1, 31), st.booleans())
def test_batches_of_a_sampler(count: int, size: int, drop_last: bool) -> None:
    batches = list(BatchSampler(range(count), size, drop_last))
    assert len(batches) == len(BatchSampler(range(count), size, drop_last))
    seen = [i for batch in batches for i in batch]
    assert seen == list(range(count))[: len(seen)]
    assert all(len(batch) == size for batch in batches[:-1])
    assert len(seen) == (count // size * size if drop_last else count)


def test_a_loader_with_samplers() -> None:
    class Backwards(Sampler):
        def __init__(self, source):
            super().__init__(source)
            self.source = source

        def __iter__(self):
            return iter(range(len(self.source) - 1, -1, -1))

    def numbers(**arguments):
        return [batch.tolist() for batch in DataLoader(range(5), **arguments)]

    assert numbers(sampler=Backwards(range(5)), batch_size=2) == [[4, 3], [2, 1], [0]]
    assert numbers(batch_sampler=[[0, 0], [4]]) == [[0, 0], [4]]
    assert numbers(sampler=Backwards(range(5)), batch_size=2, drop_last=True) == [[4, 3], [2, 1]]
    loader = DataLoader(range(5), batch_sampler=BatchSampler(range(3), 2, False))
    assert len(loader) == 2
    assert loader.batch_size is None
    assert isinstance(DataLoader(range(3), shuffle=True).sampler, RandomSampler)
    assert isinstance(DataLoader(range(3)).sampler, SequentialSampler)
    assert isinstance(DataLoader(range(3)).batch_sampler, BatchSampler)
    with pytest.raises(TypeError):
        len(DataLoader(range(5), sampler=Backwards(range(5))))


def test_a_sampler_of_a_growing_data_set() -> None:
    samples = [1]
    sampler = RandomSampler(samples)
    samples.append(2)
    assert (sorted(sampler), len(sampler)) == ([0, 1], 2)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: RandomSampler([1], num_samples=0), ValueError, "num_samples must be at least 1"),
        (lambda: RandomSampler([1], num_samples=1.5), TypeError, "num_samples must be an integer"),
        (lambda: RandomSampler([1], replacement=1), TypeError, "replacement: wanted True or False"),
        (lambda: WeightedRandomSampler([], 1), ValueError, "from 0 weights above 0"),
        (lambda: WeightedRandomSampler([-1, 2], 1), ValueError, "not negative"),
        (lambda: WeightedRandomSampler([np.nan], 1), ValueError, "finite"),
        (lambda: WeightedRandomSampler([[1.0]], 1), ValueError, r"shape \(1, 1\)"),
        (lambda: WeightedRandomSampler([1, 0], 2, False), ValueError, "draw 2 samples from 1"),
        (lambda: WeightedRandomSampler([1.0], 0), ValueError, "num_samples must be at least 1"),
        (lambda: RandomSampler(list), TypeError, "RandomSampler: got the class list; make one"),
        (lambda: BatchSampler(Sampler, 1, False), TypeError, "sampler: got the class Sampler"),
        (lambda: BatchSampler(3, 1, False), TypeError, "sampler: wanted indices, .* got 3"),
        (lambda: BatchSampler([1], 0, False), ValueError, "batch_size must be at least 1"),
        (lambda: BatchSampler([1], 1, "no"), TypeError, "drop_last: wanted True or False"),
        (lambda: iter(Sampler()), NotImplementedError, "Sampler defines no __iter__"),
    ],
)
def test_bad_input(make, error, words) -> None:
    with pytest.raises(error, match=words):
        make()


def test_weights_whose_sum_is_beyond_the_dtype_are_drawn_by() -> None:
    assert set(WeightedRandomSampler([1e308, 1e308, 0.0, 1e308], 60, generator=0)) == {0, 1, 3}


def test_a_share_says_how_many_it_has() -> None:
    for drop_last, share in ((False, 2), (True, 1)):
        sampler = DistributedSampler(range(5), 3, 0, drop_last=drop_last)
        assert (sampler.num_samples, sampler.total_size) == (share, 3 * share)


def test_more_samples_than_can_be_counted_are_refused() -> None:
    with pytest.raises(ValueError, match="num_samples must be at most"):
        WeightedRandomSampler([1.0], 10**30)
