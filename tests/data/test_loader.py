"""DataLoader: order, the last batch, repeatability, and one index a batch."""

import random
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad.engine.tensor import Tensor
from minigrad.random import manual_seed
from minigrad.utils.data import (
    BatchSampler,
    DataLoader,
    IterableDataset,
    Sampler,
    Subset,
    TensorDataset,
    default_collate,
)


def numbers(loader: DataLoader) -> list[list[int]]:
    return [batch.numpy().tolist() for (batch,) in loader]


@given(st.integers(0, 40), st.integers(1, 50), st.booleans(), st.booleans())
def test_every_sample_once(count: int, size: int, shuffle: bool, drop_last: bool) -> None:
    loader = DataLoader(
        TensorDataset(np.arange(count)), size, shuffle, drop_last=drop_last, generator=0
    )
    batches = numbers(loader)
    assert len(loader) == len(batches)
    whole, rest = divmod(count, size)
    expected = [size] * whole + [rest] * (rest > 0 and not drop_last)
    assert list(map(len, batches)) == expected
    seen = [number for batch in batches for number in batch]
    assert len(set(seen)) == len(seen) == sum(expected)
    if not shuffle:
        assert seen == list(range(sum(expected)))


def test_shuffling_repeats_by_seed_and_differs_by_epoch() -> None:
    dataset = TensorDataset(np.arange(100))

    def epochs(generator=None):
        loader = DataLoader(dataset, 32, shuffle=True, generator=generator)
        return numbers(loader), numbers(loader)

    first, second = epochs(6)
    assert first != second
    assert epochs(6) == (first, second) == epochs(np.random.default_rng(6))
    manual_seed(6)
    assert epochs() == (first, second)


def test_the_order_is_drawn_when_the_loop_begins() -> None:
    loader = DataLoader(TensorDataset(np.arange(100)), 100, shuffle=True)
    manual_seed(1)
    ((expected,),) = loader
    manual_seed(1)
    batches = iter(loader)
    manual_seed(2)
    np.testing.assert_array_equal(next(batches)[0].numpy(), expected.numpy())


def test_two_loops_at_once_do_not_disturb_each_other() -> None:
    loader = DataLoader(TensorDataset(np.arange(6)), 2)
    pairs = [
        (a.numpy().tolist(), b.numpy().tolist())
        for ((a,), (b,)) in zip(loader, loader, strict=True)
    ]
    assert pairs == [([0, 1], [0, 1]), ([2, 3], [2, 3]), ([4, 5], [4, 5])]


class Counted(np.ndarray):
    """An array that counts how often it is indexed."""

    reads = 0

    def __getitem__(self, index):
        Counted.reads += 1
        return np.asarray(self)[index]


@pytest.mark.parametrize("subset", [False, True])
def test_one_index_for_each_tensor_and_batch(subset: bool) -> None:
    dataset = TensorDataset(np.zeros((100, 3)), np.zeros(100))
    for tensor in dataset.tensors:
        tensor._data = tensor._data.view(Counted)
    Counted.reads = 0
    source = Subset(dataset, np.arange(100)) if subset else dataset
    for _ in DataLoader(source, 25, shuffle=True):
        pass
    assert Counted.reads == 4 * 2


def test_a_list_of_samples_is_collated() -> None:
    samples = [(np.full(3, i, np.float32), i) for i in range(5)]
    features, labels = list(DataLoader(samples, 2))[1]
    assert isinstance(features, Tensor)
    np.testing.assert_array_equal(features.numpy(), [[2, 2, 2], [3, 3, 3]])
    np.testing.assert_array_equal(labels.numpy(), [2, 3])


def test_a_loader_follows_a_growing_data_set() -> None:
    samples = [1.0]
    loader = DataLoader(samples)
    samples.append(2.0)
    assert [batch.numpy().tolist() for batch in loader] == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": -3}, ValueError, "batch_size must be at least 1, got -3"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be an integer, got float"),
        ({"batch_size": True}, TypeError, "batch_size must be an integer, got bool"),
        ({"batch_size": None, "drop_last": True}, ValueError, "no last batch to drop"),
        ({"num_workers": -1}, ValueError, "num_workers must be at least 0, got -1"),
        ({"num_workers": 1.5}, TypeError, "num_workers must be an integer, got float"),
        ({"prefetch_factor": 2}, ValueError, "give num_workers of at least 1"),
        ({"persistent_workers": True}, ValueError, "give num_workers of at least 1"),
        ({"num_workers": 1, "prefetch_factor": 0}, ValueError, "prefetch_factor must be at least"),
        ({"timeout": -1}, ValueError, "timeout must be finite and not negative, got -1"),
        ({"collate_fn": 3}, TypeError, "collate_fn must be callable, got 3"),
        ({"worker_init_fn": 3}, TypeError, "worker_init_fn must be callable, got 3"),
        ({"drop_last": None}, TypeError, "drop_last: wanted True or False, got None"),
        ({"shuffle": True, "sampler": [0]}, ValueError, "give shuffle or sampler, not both"),
        ({"sampler": [0], "batch_sampler": [[0]]}, ValueError, "give sampler or batch_sampler"),
        ({"batch_sampler": [[0]], "batch_size": 2}, ValueError, "give batch_sampler, or"),
        ({"batch_sampler": [[0]], "drop_last": True}, ValueError, "give batch_sampler, or"),
        ({"dataset": IterableDataset(), "shuffle": True}, ValueError, "its own order; leave shuf"),
        ({"dataset": IterableDataset(), "sampler": [0]}, ValueError, "its own order; leave samp"),
        ({"sampler": Sampler}, TypeError, r"sampler: got the class Sampler; make one .*Sampler\("),
        ({"sampler": Sampler, "batch_size": None}, TypeError, "sampler: got the class Sampler"),
        ({"sampler": Sampler[int]}, TypeError, "sampler: got the class Sampler"),
        ({"batch_sampler": BatchSampler}, TypeError, "batch_sampler: got the class BatchSampler"),
        ({"dataset": TensorDataset}, TypeError, "dataset: got the class TensorDataset"),
        ({"dataset": IterableDataset}, TypeError, "dataset: got the class IterableDataset"),
        ({"sampler": 3}, TypeError, "sampler: wanted indices, by a Sampler or a list, got 3"),
        ({"sampler": 3, "batch_size": None}, TypeError, "sampler: wanted indices, .* got 3"),
        ({"sampler": lambda: [0]}, TypeError, "sampler: wanted indices, .* got <function"),
        ({"sampler": np.array(0)}, TypeError, r"sampler: wanted indices, .* got array\(0\)"),
        ({"batch_sampler": 3}, TypeError, "batch_sampler: wanted lists of indices, got 3"),
        ({"generator": "seed"}, TypeError, "seed must be an integer, got str"),
        ({"dataset": iter([1])}, TypeError, "dataset must have a length .*got list_iterator"),
    ],
)
def test_bad_input(arguments, error, words) -> None:
    with pytest.raises(error, match=words):
        DataLoader(**{"dataset": [1, 2], **arguments})


@pytest.mark.parametrize("batch", [3, None, np.array(1)])
@pytest.mark.parametrize("dataset", [[1, 2, 3, 4], TensorDataset(np.arange(4))])
def test_a_batch_that_is_no_list_is_refused(dataset, batch) -> None:
    """A data set that hands out whole batches would take a number for one sample."""
    with pytest.raises(TypeError, match="batch_sampler: each batch: wanted a list of indices"):
        list(DataLoader(dataset, batch_sampler=[batch]))


@pytest.mark.parametrize("index", [1.0, "1", True, np.bool_(True)])
def test_what_is_no_integer_is_no_row(index) -> None:
    with pytest.raises(TypeError, match="wanted integers from the sampler, got"):
        list(DataLoader(TensorDataset(np.arange(4)), sampler=[index]))


def test_a_sampler_may_give_what_the_data_set_takes() -> None:
    """Keys of a dict; integers of NumPy and of tensors, for a list too, and none at all."""
    loader = DataLoader({"a": 1, "b": 2}, 2, sampler=["b", "a"])
    assert [batch.numpy().tolist() for batch in loader] == [[2, 1]]
    for order in (np.array([2, 0], np.uint8), mg.tensor([2, 0])):
        for dataset in ([5, 6, 7], mg.tensor([5, 6, 7])):
            loader = DataLoader(dataset, 2, sampler=order)
            assert [batch.numpy().tolist() for batch in loader] == [[7, 5]]
    ((empty,),) = DataLoader(TensorDataset(np.arange(4)), batch_sampler=[[]])
    assert empty.shape == (0,)
    with pytest.raises(TypeError, match="list indices must be integers"):
        list(DataLoader([1, 2], sampler=[1.0]))


def test_the_order_is_what_pytorch_gives_without_shuffling() -> None:
    torch = pytest.importorskip("torch")
    array = np.arange(22, dtype=np.float32).reshape(11, 2)
    for drop_last in (False, True):
        ours = DataLoader(TensorDataset(array), 4, drop_last=drop_last)
        peer = torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(torch.from_numpy(array)), 4, drop_last=drop_last
        )
        assert len(ours) == len(peer)
        for (mine,), (theirs,) in zip(ours, peer, strict=True):
            np.testing.assert_array_equal(mine.numpy(), theirs.numpy())


def test_batches_of_an_iterable_with_a_length_are_counted() -> None:
    class Five(IterableDataset):
        def __len__(self) -> int:
            return 5

        def __iter__(self) -> Iterator[int]:
            return iter(range(5))

    options = [{"batch_size": 2}, {"batch_size": 2, "drop_last": True}, {"batch_size": None}]
    loaders = [DataLoader(Five(), **how) for how in options]
    assert [len(loader) for loader in loaders] == [3, 2, 5]
    assert [len(list(loader)) for loader in loaders] == [3, 2, 5]


def test_what_a_loader_was_made_of_cannot_be_set_but_its_function_can() -> None:
    loader = DataLoader(range(3), 2)
    for name in ("dataset", "batch_size", "sampler", "batch_sampler", "drop_last"):
        with pytest.raises(ValueError, match=name):
            setattr(loader, name, 1)
    loader.collate_fn = sum
    assert list(loader) == [1, 2]
    with pytest.raises(TypeError, match="collate_fn"):
        loader.collate_fn = None


class Draws(Sampler[int]):
    """An order that a sampler draws in its own way, of a generator by any name."""

    def __init__(self, rng, lazy=False) -> None:
        self.rng, self.lazy = rng, lazy

    def __iter__(self) -> Iterator[int]:
        if self.lazy:
            return (int(self.rng.integers(100)) for _ in range(20))
        return iter(self.rng.permutation(20).tolist())


class Around(Sampler[int]):
    def __init__(self, inner) -> None:
        self.inner = inner

    def __iter__(self) -> Iterator[int]:
        return iter(self.inner)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("around", [False, True])
def test_a_loop_goes_on_with_a_sampler_s_own_generator(around, lazy, workers) -> None:
    def make(seed):
        sampler = Draws(np.random.default_rng(seed), lazy)
        sampler = Around(sampler) if around else sampler
        return DataLoader(range(100), 3, sampler=sampler, num_workers=workers, generator=seed)

    loader, again = make(1), make(2)
    batches = iter(loader)
    first = [next(batches).tolist() for _ in range(2)]
    state = loader.state_dict()
    rest = [batch.tolist() for batch in batches]
    again.load_state_dict(state)
    assert [batch.tolist() for batch in again] == rest and len(first + rest) == 7
    if not lazy or not workers:  # which else has drawn ahead
        assert [b.tolist() for b in again] == [b.tolist() for b in loader]


def test_another_order_than_the_saved_one_is_refused() -> None:
    def make(seed, **options):
        return DataLoader(range(20), 4, sampler=Draws(np.random.RandomState(seed)), **options)

    loader, again, same = make(1), make(2), make(1)
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    again.load_state_dict(state)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="Draws gives another order than in the loop"):
            iter(again)
    same.load_state_dict(state)
    assert [batch.tolist() for batch in same] == [batch.tolist() for batch in batches]
    named = DataLoader({"a": 1, "b": 2}, batch_sampler=[["a"], ["b"]], collate_fn=list)
    assert list(named) == [[1], [2]]


def test_loops_of_two_threads_draw_what_each_of_them_draws_alone() -> None:
    class Noise:
        def __len__(self) -> int:
            return 40

        def __getitem__(self, index: int) -> float:
            value = random.random()
            time.sleep(0)
            return value + random.random()

    def batches(seed, into):
        into += [b.tolist() for b in DataLoader(Noise(), 2, generator=seed)]

    alone, together, before = [[], []], [[], []], random.getstate()
    for seed in (0, 1):
        batches(seed, alone[seed])
    threads = [threading.Thread(target=batches, args=(i, together[i])) for i in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == alone
    assert random.getstate() == before


class Repeated:
    def __init__(self, sampler) -> None:
        self.sampler = sampler

    def __iter__(self) -> Iterator[list[int]]:
        while True:
            yield from self.sampler


class Infinite(DataLoader):
    """A loader that goes on for ever, as people write it for PyTorch."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        object.__setattr__(self, "batch_sampler", Repeated(self.batch_sampler))
        self.iterator = super().__iter__()

    def __len__(self) -> int:
        return len(self.batch_sampler.sampler)

    def __iter__(self) -> Iterator[Tensor]:
        for _ in range(len(self)):
            yield next(self.iterator)


def test_an_infinite_loader_and_the_length_of_a_loop() -> None:
    loader = Infinite(range(5), 2)
    for _ in range(2):
        assert [batch.tolist() for batch in loader] == [[0, 1], [2, 3], [4]]
    assert len(iter(DataLoader(range(5), 2))) == len(loader.iterator) == 3


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("workers", [0, 1])
def test_a_function_that_says_the_end_ends_nothing(workers, batch_size) -> None:
    class Three(IterableDataset):
        def __iter__(self) -> Iterator[int]:
            return iter(range(3))

    def stop(samples):
        raise StopIteration

    loader = DataLoader(Three(), batch_size, num_workers=workers, collate_fn=stop)
    with pytest.raises(RuntimeError, match="collate_fn raised StopIteration"):
        list(loader)


@pytest.mark.parametrize(
    ("samples", "wanted"),
    [
        ([np.int64(1), np.float32(2)], "float32"),
        ([np.zeros(2, np.float32), np.zeros(2, np.int64)], "float32"),
        ([np.float32(1), 2.5], "float32"),
        ([2.5, np.float32(1)], "float64"),
        ([1, 2.5], "float32"),
        ([np.float32(1), np.float64(2)], "float64"),
        ([np.int32(1), np.int64(2)], "int64"),
    ],
)
def test_a_batch_of_several_dtypes_has_that_of_pytorch(samples, wanted) -> None:
    batch = default_collate(samples)
    assert batch.dtype == wanted
    torch = pytest.importorskip("torch")
    theirs = torch.utils.data.default_collate(samples)
    assert theirs.numpy().dtype == wanted and theirs.tolist() == batch.tolist()


def test_any_sequence_is_collated_entry_by_entry() -> None:
    assert [t.tolist() for t in default_collate([range(2), range(1, 3)])] == [[0, 1], [1, 2]]
