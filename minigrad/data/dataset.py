"""Data sets: anything with a length whose samples have numbers.

A data set may also have a method `gather(indices)` that returns a whole batch at once; `DataLoader`
then asks for that instead of putting single samples together.
"""

from collections.abc import Mapping, Sequence
from math import floor, isclose
from numbers import Integral
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..engine.tensor import Tensor
from ..random import as_generator

Sample = TypeVar("Sample", covariant=True)


@runtime_checkable
class Dataset(Protocol[Sample]):
    """What `DataLoader` needs of a data set. There is nothing to inherit.

    >>> isinstance([(0.0, 1), (2.0, 3)], Dataset)
    True
    """

    def __len__(self) -> int: ...

    def __getitem__(self, index: Any, /) -> Sample: ...


class TensorDataset:
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

    def __init__(self, *tensors: Tensor | ArrayLike) -> None:
        if not tensors:
            raise ValueError("TensorDataset: wanted at least one tensor, got none")
        self.tensors = tuple(_constant(each) for each in tensors)
        shapes = [each.shape for each in self.tensors]
        if not all(shapes) or len({shape[0] for shape in shapes}) > 1:
            raise ValueError(f"TensorDataset: the first lengths must be equal, got shapes {shapes}")

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(Tensor(each.data[index]) for each in self.tensors)

    def gather(self, indices: NDArray[np.intp]) -> tuple[Tensor, ...]:
        """The batch of the rows `indices`: one integer-array index for each tensor."""
        return self[indices]


class Subset:
    """The samples of `dataset` with the given numbers, in their order.

    `subset[i]` is one sample; a slice or an integer array gives a batch, so `subset[:]` is all.

    Raises TypeError if `indices` are not integers, IndexError if one is out of range.

    >>> subset = Subset(TensorDataset(np.arange(10) ** 2), [9, 2, 5])
    >>> len(subset), subset[0][0].item()
    (3, 81)
    >>> subset[:][0].numpy()
    array([81,  4, 25])
    """

    def __init__(self, dataset: Dataset[Any], indices: Sequence[int] | NDArray[Any]) -> None:
        numbers = np.asarray(indices)
        if numbers.size == 0:
            numbers = numbers.astype(np.intp)
        if numbers.dtype.kind not in "iu" or numbers.ndim != 1:
            raise TypeError(
                "Subset: indices must be a sequence of integers, "
                f"got {numbers.dtype} of shape {numbers.shape}"
            )
        outside = numbers[(numbers < 0) | (numbers >= len(dataset))]
        if outside.size:
            raise IndexError(
                f"Subset: index {outside[0]} is outside a data set of length {len(dataset)}"
            )
        self.dataset, self.indices = dataset, numbers

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Any) -> Any:
        chosen = self.indices[index]
        return gather(self.dataset, chosen) if chosen.ndim else self.dataset[int(chosen)]

    def gather(self, indices: NDArray[np.intp]) -> Any:
        """The batch of the samples `indices` of this subset."""
        return gather(self.dataset, self.indices[indices])


def random_split(
    dataset: Dataset[Any],
    lengths: Sequence[int | float],
    generator: np.random.Generator | int | None = None,
) -> list[Subset]:
    """Parts of `dataset`, disjoint and drawn at random.

    lengths : how many samples each part gets; or fractions (floats) that add up to 1, rounded
        down, the samples left over going to the first parts, one each
    generator : a generator, a seed, or None for the default generator

    Raises ValueError if the lengths are negative or do not add up.

    >>> train, test = random_split(TensorDataset(np.arange(10)), [0.8, 0.2], generator=0)
    >>> len(train), len(test)
    (8, 2)
    """
    total = len(dataset)
    if any(length < 0 for length in lengths):
        raise ValueError(f"random_split: lengths must not be negative, got {lengths}")
    if all(isinstance(length, Integral) for length in lengths):
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
    order = as_generator(generator).permutation(total)
    return [Subset(dataset, part) for part in np.split(order, np.cumsum(counts)[:-1])]


def gather(dataset: Dataset[Any], indices: NDArray[np.intp]) -> Any:
    """The batch of the samples of `dataset` at `indices`."""
    if hasattr(dataset, "gather"):
        return dataset.gather(indices)
    return default_collate([dataset[int(i)] for i in indices])


def default_collate(samples: Sequence[Any]) -> Any:
    """One batch from single samples: numbers, arrays or tensors stacked along a new first axis.

    Tuples, lists and mappings of these are collated entry by entry. Python floats make float32.

    Raises ValueError if there are no samples or their shapes differ, and TypeError for a sample
    that is no number, or requires a gradient.

    >>> features, labels = default_collate([(np.zeros(4), 7), (np.ones(4), 8)])
    >>> features.shape, labels.numpy()
    ((2, 4), array([7, 8]))
    """
    if not samples:
        raise ValueError("default_collate: wanted at least one sample, got none")
    first = samples[0]
    if isinstance(first, Mapping):
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if isinstance(first, tuple | list):
        if len({len(sample) for sample in samples}) > 1:
            raise ValueError("default_collate: the samples have different numbers of entries")
        return tuple(default_collate(entries) for entries in zip(*samples, strict=True))
    arrays = [_constant(sample).data for sample in samples]
    shapes = {array.shape for array in arrays}
    if len(shapes) > 1:
        raise ValueError(f"default_collate: the samples have different shapes: {sorted(shapes)}")
    return Tensor(np.stack(arrays))


def _constant(values: Any) -> Tensor:
    # `np.asarray` refuses a tensor that requires a gradient, with a hint.
    return Tensor(np.asarray(values) if isinstance(values, Tensor) else values)
