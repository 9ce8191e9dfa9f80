"""TensorDataset, Subset, random_split and what puts samples together."""

from collections import OrderedDict
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.random import manual_seed
from minigrad.utils.data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    default_convert,
    random_split,
)


class Squares:
    """A data set of single samples, as a user would write it."""

    def __len__(self) -> int:
        return 7

    def __getitem__(self, index: int) -> tuple[np.ndarray, int]:
        if not 0 <= index < 7:
            raise IndexError(index)
        return np.full(2, index, np.float32), index**2


@pytest.fixture
def pairs() -> TensorDataset:
    features = np.arange(30, dtype=np.float32).reshape(10, 3)
    return TensorDataset(features, tensor_of(np.arange(10)))


def test_tensor_dataset_rows(pairs: TensorDataset) -> None:
    assert len(pairs) == 10
    features, label = pairs[4]
    np.testing.assert_array_equal(features.numpy(), [12, 13, 14])
    assert (features.dtype, label.item()) == (np.float32, 4)
    assert isinstance(features, Tensor)
    features, labels = pairs[2:4]
    assert features.shape == (2, 3)
    np.testing.assert_array_equal(labels.numpy(), [2, 3])
    np.testing.assert_array_equal(pairs.gather(np.array([9, 0, 9]))[1].numpy(), [9, 0, 9])
    assert len(list(pairs)) == 10


def test_tensor_dataset_copies_nothing_and_batches_are_copies() -> None:
    array = np.zeros((4, 2))
    dataset = TensorDataset(array)
    assert dataset.tensors[0].numpy() is array
    (batch,) = dataset.gather(np.array([0, 1]))
    batch.numpy()[...] = 1
    assert not array.any()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((), ValueError, "at least one tensor"),
        ((np.zeros((3, 2)), np.zeros(4)), ValueError, r"equal, got shapes \[\(3, 2\), \(4,\)\]"),
        ((np.zeros(()),), ValueError, r"got shapes \[\(\)\]"),
        ((np.zeros(3), np.zeros(())), ValueError, r"equal, got shapes \[\(3,\), \(\)\]"),
        ((np.array(["a", "b"]),), TypeError, "wanted numbers"),
        ((tensor_of(np.zeros(3), requires_grad=True),), TypeError, "requires a gradient"),
    ],
)
def test_tensor_dataset_refuses(arguments, error, words) -> None:
    with pytest.raises(error, match=words):
        TensorDataset(*arguments)


@pytest.mark.parametrize("dataset", [Squares(), [1, 2], range(2), "ab", np.arange(3)])
def test_there_is_nothing_to_inherit(dataset) -> None:
    assert len(list(DataLoader(dataset))) == len(dataset)


def test_a_subclass_with_samples_of_its_own_is_asked_for_them() -> None:
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            return (super().__getitem__(index)[0] * 2,)

    dataset = Doubled(np.arange(4.0))
    for each in (dataset, Subset(dataset, [0, 1, 2, 3])):
        (batch,) = next(iter(DataLoader(each, 4)))
        assert batch.tolist() == [0, 2, 4, 6]


def test_many_samples_at_once() -> None:
    class Many(Squares):
        def __getitems__(self, indices):
            assert isinstance(indices, list)
            return [(np.zeros(1), -i) for i in indices]

    assert [y.tolist() for _, y in DataLoader(Many(), 4)] == [[0, -1, -2, -3], [-4, -5, -6]]


def test_concatenated(pairs: TensorDataset) -> None:
    both = Subset(pairs, [1]) + [2, 3] + [4]  # noqa: RUF005
    assert (len(both), both[2], both[-1], both[-4][1].item()) == (4, 3, 4, 1)
    assert both.cumulative_sizes == [3, 4]
    for index in (4, -5):
        with pytest.raises(IndexError, match=f"index {index} is outside of length 4"):
            both[index]
    with pytest.raises(ValueError, match="at least one data set"):
        ConcatDataset([])
    with pytest.raises(TypeError, match="use ChainDataset"):
        ConcatDataset([IterableDataset()])


def test_chained_and_stacked() -> None:
    class Count(IterableDataset):
        def __iter__(self):
            return iter(range(2))

        def __len__(self):
            return 2

    chained = Count() + Count()
    assert (list(chained), len(chained)) == ([0, 1, 0, 1], 4)
    with pytest.raises(TypeError, match="wanted IterableDatasets, got list"):
        list(ChainDataset([[1]]))
    assert StackDataset("ab", [1, 2])[1] == ("b", 2)
    assert len(StackDataset(x="ab")) == 2
    for args, kwargs in (((), {}), (("a",), {"x": "b"}), (("a", "bc"), {})):
        with pytest.raises(ValueError, match="StackDataset: "):
            StackDataset(*args, **kwargs)


def test_what_a_subclass_forgot_is_said() -> None:
    with pytest.raises(NotImplementedError, match=r"Dataset defines no __getitem__"):
        Dataset()[0]
    with pytest.raises(NotImplementedError, match=r"IterableDataset defines no __iter__"):
        iter(IterableDataset())


def test_subset(pairs: TensorDataset) -> None:
    subset = Subset(pairs, [8, 3, 5])
    assert (len(subset), subset[1][1].item(), subset[-1][1].item()) == (3, 3, 5)
    np.testing.assert_array_equal(subset[:][1].numpy(), [8, 3, 5])
    assert subset.indices == [8, 3, 5]
    nested = Subset(subset, np.array([2, 1]))
    np.testing.assert_array_equal(nested[:][0].numpy(), [[15, 16, 17], [9, 10, 11]])
    with pytest.raises(IndexError):
        subset[3]


def test_subset_of_single_samples() -> None:
    subset = Subset(Squares(), [6, 2])
    assert subset[0][1] == 36
    features, squares = subset[:]
    assert features.shape == (2, 2)
    np.testing.assert_array_equal(squares.numpy(), [36, 4])


def test_a_subset_takes_index_arrays_of_any_axes() -> None:
    for rows in ([8, 3, 5], np.array([8, 3, 5])):
        subset = Subset(np.arange(10) ** 2, rows)
        for index in (np.array(1), np.array([2, 0]), np.array([[2, 0], [1, 1]])):
            assert subset.rows(index).tolist() == np.array([8, 3, 5])[index].tolist()
        assert subset[np.array(1)] == 9


@pytest.mark.parametrize(
    ("indices", "error", "words"),
    [
        ([0, 10], IndexError, "index 10 is outside a data set of length 10"),
        ([-1], IndexError, "index -1 is outside"),
        ([0.5], TypeError, "sequence of integers, got float64"),
        (np.ones(10, bool), TypeError, "sequence of integers, got bool"),
        ([[1, 2]], TypeError, r"of shape \(1, 2\)"),
    ],
)
def test_subset_refuses(pairs, indices, error, words) -> None:
    with pytest.raises(error, match=words):
        Subset(pairs, indices)


@pytest.mark.filterwarnings("ignore:random_split")
@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 2**32))
def test_random_split_by_counts_is_a_partition(lengths: list[int], seed: int) -> None:
    dataset = TensorDataset(np.arange(sum(lengths)))
    parts = random_split(dataset, lengths, generator=seed)
    assert [len(part) for part in parts] == lengths
    everything = np.concatenate([part.indices for part in parts])
    np.testing.assert_array_equal(np.sort(everything), np.arange(sum(lengths)))


@pytest.mark.filterwarnings("ignore:random_split")
@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 100))
def test_random_split_by_fractions_is_within_one_of_them(weights: list[int], total: int) -> None:
    fractions = [weight / sum(weights) for weight in weights]
    parts = random_split(TensorDataset(np.arange(total)), fractions, generator=0)
    assert sum(map(len, parts)) == total
    for part, fraction in zip(parts, fractions, strict=True):
        assert abs(len(part) - total * fraction) < 1 + 1e-9


def test_random_split_repeats(pairs: TensorDataset) -> None:
    def draw(generator=None):
        return [part.indices for part in random_split(pairs, [7, 3], generator)]

    assert draw(4) == draw(4) == draw(np.random.default_rng(4))
    assert draw(4) != draw(5)
    manual_seed(4)
    assert draw() == draw(4)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ([5, 4], "add up to 9, but the data set has length 10"),
        ([0.5, 0.4], "add up to 0.9, not 1"),
        ([float("nan")], "not 1"),
        ([11, -1], "must not be negative"),
    ],
)
def test_random_split_refuses(pairs, lengths, words) -> None:
    with pytest.raises(ValueError, match=words):
        random_split(pairs, lengths)


def test_collate_keeps_the_structure() -> None:
    samples = [{"x": (tensor_of(np.full(2, i)), [i, i / 2]), "ok": i > 0} for i in range(3)]
    batch = default_collate(samples)
    np.testing.assert_array_equal(batch["x"][0].numpy(), [[0, 0], [1, 1], [2, 2]])
    assert batch["x"][1][0].dtype == np.int64
    assert batch["x"][1][1].dtype == np.float64
    assert batch["ok"].numpy().tolist() == [False, True, True]


@pytest.mark.parametrize("dtype", ["f4", "f8", "u1", "i8"])
def test_collate_keeps_the_dtype_of_arrays(dtype: str) -> None:
    for sample in (np.ones(3, dtype), np.dtype(dtype).type(1)):
        assert default_collate([sample, sample]).dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("samples", "error", "words"),
    [
        ([], ValueError, "at least one sample"),
        ([np.ones(2), np.ones(3)], ValueError, r"different shapes: \[\(2,\), \(3,\)\]"),
        ([(1, 2), (1,)], ValueError, "different numbers of entries"),
        ([[[1.0], 2.0], [1.0, 2.0]], TypeError, "several kinds: list and float"),
        ([[1.0], 2.0], TypeError, "several kinds: list and float"),
        ([{"a": 1}, [1]], TypeError, "several kinds: dict and list"),
        ([None, None], TypeError, "wanted tensors, arrays, .*got NoneType; give a collate_fn"),
        ([np.array(["a"])] * 2, TypeError, "wanted numbers"),
        ([tensor_of(1.0, requires_grad=True)], TypeError, "requires a gradient"),
    ],
)
def test_collate_refuses(samples, error, words) -> None:
    with pytest.raises(error, match=words):
        default_collate(samples)


class Pair(NamedTuple):
    x: float
    name: str


def test_collate_and_convert_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    peer = torch.utils.data.default_collate

    def plain(batch):
        if isinstance(batch, dict):
            return {key: plain(value) for key, value in batch.items()}
        if isinstance(batch, list | tuple):
            return type(batch).__name__, [plain(value) for value in batch]
        if isinstance(batch, Tensor | torch.Tensor):
            return str(batch.dtype).removeprefix("torch."), batch.tolist()
        return batch

    for samples in (
        [1, 2],
        [0.5, 2],
        [True, False],
        ["a", "b"],
        [b"a", b"b"],
        [(1, "a"), (2, "b")],
        [[1, 0.5], [2, 1.5]],
        [{"a": 1, "b": (1.0, [2])}, {"b": (2.0, [3]), "a": 5}],
        [Pair(0.5, "x"), Pair(1.5, "y")],
        [np.ones(2, np.float32), np.zeros(2, np.float32)],
        [np.float32(1), np.float32(2)],
        [np.int16(1), np.int16(2)],
    ):
        assert plain(default_collate(samples)) == plain(peer(samples)), samples
    convert = torch.utils.data.default_convert
    for sample in (1, "a", np.ones(2), (np.ones(1), 2), {"x": [np.int8(1)]}, Pair(1.0, "z")):
        assert plain(default_convert(sample)) == plain(convert(sample)), sample


def test_a_mapping_keeps_its_type() -> None:
    batch = default_collate([OrderedDict(a=1), OrderedDict(a=2)])
    assert type(batch) is OrderedDict
    assert batch["a"].tolist() == [1, 2]


def test_the_numbers_of_a_subset_can_be_changed() -> None:
    subset = Subset(TensorDataset(np.arange(10)), [1, 2, 3])
    subset.indices = [5, 6]
    assert len(subset) == 2 and subset[:][0].tolist() == [5, 6]
    subset.indices[0] = 7
    assert subset[0][0].item() == 7 and subset[np.array([1, 0])][0].tolist() == [6, 7]
    assert subset[np.array([True, False])][0].tolist() == [7] and subset[-1][0].item() == 6
    with pytest.raises(IndexError, match="index 11"):
        subset.indices = [11]
    assert len(subset) == 2


class Whole:
    """Fetches the samples of a batch at once, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> int:
        raise AssertionError("asked for a single sample")

    def __getitems__(self, indices: list[int]) -> list[int]:
        self.asked.append(list(indices))
        return [10 * i for i in indices]


def test_samples_at_once_within_a_subset_and_beside_others() -> None:
    whole = Whole()
    batches = DataLoader(Subset(Subset(whole, [7, 5, 3, 1]), [2, 0, 1]), 3)
    assert [batch.tolist() for batch in batches] == [[30, 70, 50]]
    assert StackDataset(whole, range(10)).__getitems__([4, 2]) == [(40, 4), (20, 2)]
    assert StackDataset(x=whole).__getitems__([1]) == [{"x": 10}]
    assert whole.asked == [[3, 7, 5], [4, 2], [1]]

    class Short(Whole):
        def __getitems__(self, indices):
            return []

    with pytest.raises(ValueError, match="wanted 2 samples of __getitems__, got 0"):
        StackDataset(Short()).__getitems__([1, 2])

    class Negative(Subset):
        def __getitem__(self, index):
            return -index

    assert [b.tolist() for b in DataLoader(Negative(whole, [7, 5]), 2)] == [[0, -1]]


def test_a_split_of_one_and_nothing_is_one_of_fractions() -> None:
    with pytest.warns(UserWarning, match="part 1 has no samples"):
        parts = random_split(range(10), [1, 0])
    assert [len(part) for part in parts] == [10, 0]
