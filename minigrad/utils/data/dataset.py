"""Data sets: samples by number, or one after the other.

A data set may also have a method `gather(indices)` that returns a whole batch at once; `DataLoader`
then asks for that instead of putting single samples together. It must give what the samples would
give, and draw no random numbers.
"""

import operator
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from math import floor, isclose
from numbers import Integral
from typing import TYPE_CHECKING, Any, Generic

import numpy as np
from numpy.typing import NDArray

from ...engine.dtypes import check_number
from ...engine.tensor import Tensor, tensor_of
from ...engine.words import with_class_words, with_words
from ...random import as_generator
from .collate import default_collate
from .sampler import check_iterable, check_sized

if TYPE_CHECKING:  # which know defaults (PEP 696) before Python does
    from typing_extensions import TypeVar

    Sample = TypeVar("Sample", covariant=True, default=Any)
else:
    from typing import TypeVar

    Sample = TypeVar("Sample", covariant=True)


class Dataset(Generic[Sample]):
    """The base of data sets whose samples have numbers.

    A subclass defines `__getitem__` and, for all but a `DataLoader` with a sampler, `__len__`; with
    `__getitems__(indices)` it may fetch the list of samples of a batch at once. `DataLoader` also
    takes what is no subclass but has these methods, such as a list. `a + b` is a `ConcatDataset`.

    >>> class Squares(Dataset[int]):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> (Squares() + [100, 200])[-2]
    100
    """

    def __getitem__(self, index: Any) -> Sample:
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__()")

    def __add__(self, other: Any) -> "ConcatDataset":
        return ConcatDataset([self, other])


class IterableDataset(Dataset[Sample]):
    """The base of data sets that give one sample after the other, by `__iter__`.

    Each worker of a `DataLoader` goes through the whole of it, as in PyTorch: where there are
    several, let `__iter__` share the work out by `get_worker_info()`. `a + b` is a `ChainDataset`.

    >>> class Count(IterableDataset[int]):
    ...     def __iter__(self):
    ...         return iter(range(3))
    >>> list(Count() + Count())
    [0, 1, 2, 0, 1, 2]
    """

    def __iter__(self) -> Iterator[Sample]:
        raise NotImplementedError(f"{type(self).__name__} defines no __iter__()")

    def __add__(self, other: Any) -> "ChainDataset":  # type: ignore[override]
        return ChainDataset([self, other])


@with_class_words
class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors of equal length; a sample is one row of each.

    tensors : tensors or arrays (which are not copied), each with at least one axis

    `dataset[i]` is a tuple of tensors; a slice or an integer array gives many rows at once.

    Raises ValueError without tensors, or if the lengths differ, and TypeError for a tensor that
    requires a gradient, which a batch would silently lose.

    >>> dataset = TensorDataset(np.eye(3), np.array([2, 0, 1]))
    >>> len(dataset)
    3
    >>> features, label = dataset[1]
    >>> features.numpy(), label.item()
    (array([0., 1., 0.]), 0)
    """

    def __init__(self, *tensors: Tensor | np.ndarray | list[Any]) -> None:
        if not tensors:
            raise ValueError("TensorDataset: wanted at least one tensor, got none")
        self.tensors = tuple(_constant(each) for each in tensors)
        shapes = [each.shape for each in self.tensors]
        if not all(shapes) or len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"TensorDataset: the first lengths must be equal, got shapes {shapes}")

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        rows = index._data if isinstance(index, Tensor) else index
        return tuple(tensor_of(each._data[rows]) for each in self.tensors)

    def gather(self, indices: NDArray[np.intp]) -> tuple[Tensor, ...]:
        """The batch of the rows `indices`: one integer-array index for each tensor."""
        return self[indices]


@with_class_words
class Subset(Dataset[Any]):
    """The samples of `dataset` with the given numbers, in their order.

    `subset[i]` is one sample; a slice or an integer array gives a batch, so `subset[:]` is all.
    `indices` may be replaced, and a list of them changed.

    Raises TypeError if `indices` are not integers, IndexError if one is out of range.

    >>> subset = Subset(TensorDataset(np.arange(10) ** 2), [9, 2, 5])
    >>> len(subset), subset[0][0].item()
    (3, 81)
    >>> subset[:][0].numpy()
    array([81,  4, 25])
    """

    def __init__(self, dataset: Any, indices: Sequence[int] | NDArray[Any] | Tensor) -> None:
        check_sized("Subset", dataset)
        self.dataset = dataset
        self.indices = indices

    @property
    def indices(self) -> Any:
        """The numbers of the samples, as they were given."""
        return self._indices

    @indices.setter
    def indices(self, indices: Any) -> None:
        rows = np.asarray(indices)
        if rows.size == 0:
            rows = rows.astype(np.intp)
        if rows.dtype.kind not in "iu" or rows.ndim != 1:
            raise TypeError(
                "Subset: indices must be a sequence of integers, "
                f"got {rows.dtype} of shape {rows.shape}"
            )
        outside = rows[(rows < 0) | (rows >= len(self.dataset))]
        if outside.size:
            raise IndexError(
                f"Subset: index {outside[0]} is outside a data set of length {len(self.dataset)}"
            )
        # a list may be changed by its owner: it is looked up
        self._indices, self._rows = indices, indices if isinstance(indices, list) else rows

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, index: Any) -> NDArray[Any]:
        """The numbers in the data set of the samples at `index`."""
        if not isinstance(self._rows, list):
            return np.asarray(self._rows[index])
        if isinstance(index, np.ndarray) and index.ndim == 1 and index.dtype.kind in "iu":
            return np.array([self._rows[i] for i in index.tolist()], np.intp)
        whole = not isinstance(index, Integral | slice)
        return np.asarray(np.array(self._rows, np.intp)[index] if whole else self._rows[index], int)

    def __getitem__(self, index: Any) -> Any:
        chosen = self.rows(index)
        return fetch(self.dataset, chosen) if chosen.ndim else self.dataset[int(chosen)]

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """The list of the samples at `indices`, by the data set's `__getitems__` if it has one."""
        if type(self).__getitem__ is not Subset.__getitem__:
            return [self[i] for i in indices]
        return samples(self.dataset, self.rows(np.asarray(indices, np.intp)).tolist())


@with_class_words
class ConcatDataset(Dataset[Any]):
    """Data sets one after the other.

    datasets : at least one data set with a length
    cumulative_sizes : where each of them ends

    Raises ValueError for none, TypeError for an `IterableDataset`; IndexError for a sample outside.

    >>> both = ConcatDataset(["abc", "de"])
    >>> len(both), both[3], both[-3]
    (5, 'd', 'c')
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        if not isinstance(datasets, Iterable):
            raise TypeError(f"ConcatDataset: wanted data sets, got {type(datasets).__name__}")
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: wanted at least one data set, got none")
        for each in self.datasets:
            if not isinstance(each, IterableDataset):
                check_sized("ConcatDataset", each)
        if any(isinstance(each, IterableDataset) for each in self.datasets):
            raise TypeError("ConcatDataset: an IterableDataset has no numbers; use ChainDataset")
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: Any) -> Any:
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(f"ConcatDataset: index {index} is outside of length {len(self)}")
        which = bisect_right(self.cumulative_sizes, place)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][place - before]


@with_class_words
class ChainDataset(IterableDataset[Any]):
    """Iterable data sets one after the other.

    Raises TypeError, when it comes to it, for a data set that is no `IterableDataset`.
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        if not isinstance(datasets, Iterable):
            raise TypeError(f"ChainDataset: wanted IterableDatasets, got {type(datasets).__name__}")
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(map(_iterable, self.datasets))

    def __len__(self) -> int:
        for each in self.datasets:
            check_sized("ChainDataset", each)
        return sum(len(each) for each in self.datasets)


@with_class_words
class StackDataset(Dataset[Any]):
    """Data sets of equal length side by side; a sample is a tuple, or a dict, of one of each.

    args, kwargs : the data sets, either without names or with

    Raises ValueError for none, for both kinds, and for lengths that differ.

    >>> StackDataset(x="abc", y=[1, 2, 3])[1]
    {'x': 'b', 'y': 2}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError("StackDataset: wanted data sets either all with names, or all without")
        self.datasets: Any = args or kwargs
        lengths = {len(each) for each in args or kwargs.values()}
        if len(lengths) > 1:
            raise ValueError(f"StackDataset: the lengths differ: {sorted(lengths)}")
        (self._length,) = lengths

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: each[index] for name, each in self.datasets.items()}
        return tuple(each[index] for each in self.datasets)

    def __getitems__(self, indices: Sequence[int]) -> list[Any]:
        """The list of the samples at `indices`, by the `__getitems__` of data sets that have one.

        Raises ValueError where one of them gives another number of samples.
        """
        if type(self).__getitem__ is not StackDataset.__getitem__:
            return [self[i] for i in indices]
        named = isinstance(self.datasets, dict)
        columns = [
            samples(d, indices) for d in (self.datasets.values() if named else self.datasets)
        ]
        for column in columns:
            if len(column) != len(indices):
                wanted = f"wanted {len(indices)} samples of __getitems__"
                raise ValueError(f"StackDataset: {wanted}, got {len(column)}")
        rows = zip(*columns, strict=True)
        return [dict(zip(self.datasets, row, strict=True)) if named else row for row in rows]


@with_words
def random_split(
    dataset: Any,
    lengths: Sequence[int | float],
    generator: np.random.Generator | int | None = None,
) -> list[Subset]:
    """Parts of `dataset`, disjoint and drawn at random.

    lengths : how many samples each part gets; or fractions that add up to 1, rounded down, the
        samples left over going to the first parts, one each
    generator : a generator, a seed, or None for the default generator

    Raises ValueError if the lengths are negative or do not add up; warns of a fraction of nothing.

    >>> train, test = random_split(TensorDataset(np.arange(10)), [0.8, 0.2], generator=0)
    >>> len(train), len(test)
    (8, 2)
    """
    check_sized("random_split", dataset)
    if not isinstance(lengths, Sequence | np.ndarray):
        raise TypeError(f"random_split: lengths: wanted a list, got {type(lengths).__name__}")
    for length in lengths:
        check_number("random_split: lengths", length)
    total = len(dataset)
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths must not be negative, got {lengths}")
    fractions = isclose(sum(lengths), 1) and max(lengths) <= 1  # [1, 0] too, as in PyTorch
    if not fractions and all(isinstance(length, Integral) for length in lengths):
        counts = [int(length) for length in lengths]
        if sum(counts) != total:
            raise ValueError(
                f"random_split: lengths {lengths} add up to {sum(counts)}, "
                f"but the data set has length {total}"
            )
    else:
        if not isclose(sum(lengths), 1):
            raise ValueError(f"random_split: fractions {lengths} add up to {sum(lengths)}, not 1")
        counts = [floor(total * fraction) for fraction in lengths]
        for i in range(total - sum(counts)):
            counts[i % len(counts)] += 1
        for i, count in enumerate(counts):
            if not count:
                warnings.warn(f"random_split: part {i} has no samples", stacklevel=3)
    order = as_generator(generator).permutation(total)
    return [Subset(dataset, part.tolist()) for part in np.split(order, np.cumsum(counts)[:-1])]


EACH = "DataLoader: batch_sampler: each batch"


def fetch(dataset: Any, indices: Sequence[int] | NDArray[np.intp]) -> Any:
    """The batch of the samples of `dataset` at `indices`."""
    gather = gatherer(dataset)
    if gather is None:
        return default_collate(samples(dataset, indices))
    batch = gather(_rows(indices))
    return list(batch) if type(batch) is tuple else batch  # as `default_collate` has it


def samples(dataset: Any, indices: Iterable[Any]) -> list[Any]:
    """The samples of `dataset` at `indices`, by its `__getitems__` where it has one."""
    if getattr(dataset, "__getitems__", None):
        return list(dataset.__getitems__(indices))
    check_iterable(EACH, indices, "a list of indices, as of BatchSampler")
    return [dataset[_plain(i)] for i in indices]


def gatherer(dataset: Any) -> Callable[[NDArray[np.intp]], Any] | None:
    """The `gather` of a data set, unless a subclass has its samples made otherwise."""
    if type(dataset) is Subset:
        inner, rows = gatherer(dataset.dataset), dataset.rows
        return None if inner is None else lambda indices: inner(rows(indices))
    for cls in type(dataset).__mro__:
        if "gather" in vars(cls) and cls is not Tensor:  # whose `gather` is another
            gather: Callable[[NDArray[np.intp]], Any] = dataset.gather
            return gather
        if "__getitem__" in vars(cls) or "__getitems__" in vars(cls):
            return None
    return None


def _plain(index: Any) -> Any:
    """An integer as Python's own; a key of another kind, such as a dict's, as it is."""
    try:
        return operator.index(index)
    except TypeError:
        return index


def _rows(indices: Any) -> NDArray[np.intp]:
    check_iterable(EACH, indices, "a list of indices, as of BatchSampler")
    rows = np.asarray(indices)
    if rows.size and rows.dtype.kind not in "iu":
        raise TypeError(f"DataLoader: wanted integers from the sampler, got {indices!r:.60}")
    return np.asarray(indices, np.intp)


def _iterable(dataset: Any) -> Iterable[Any]:
    if not isinstance(dataset, IterableDataset):
        raise TypeError(
            f"ChainDataset: wanted IterableDatasets, got {type(dataset).__name__}; "
            "ConcatDataset is for data sets whose samples have numbers"
        )
    return dataset


def _constant(values: Any) -> Tensor:
    # `np.asarray` refuses a tensor that requires a gradient, with a hint.
    return tensor_of(np.asarray(values) if isinstance(values, Tensor) else values)
