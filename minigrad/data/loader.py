"""Batches, in order or shuffled."""

from collections.abc import Iterator
from operator import index
from typing import Any

import numpy as np

from ..random import as_generator
from .dataset import Dataset, gather


class DataLoader:
    """Goes through a data set in batches of tensors; each `for` loop is one epoch.

    dataset : the data set; one with a method `gather` (`TensorDataset`, `Subset`, the pictures)
        hands out whole batches, the samples of any other go through `default_collate`
    batch_size : how many samples a batch has
    shuffle : draw a new order for each epoch
    drop_last : leave out a last batch that is smaller than the others
    generator : where the order comes from: a generator, a seed, or None for the default
        generator, which `minigrad.manual_seed` seeds

    Raises TypeError if `dataset` has no length or `batch_size` is not an integer, ValueError if
    `batch_size` is less than 1.

    >>> from minigrad.data import TensorDataset
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [batch.numpy().tolist() for (batch,) in loader]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        generator: np.random.Generator | int | None = None,
    ) -> None:
        if not isinstance(dataset, Dataset):
            raise TypeError(
                "DataLoader: dataset must have a length and be indexable, "
                f"got {type(dataset).__name__}"
            )
        if isinstance(batch_size, bool) or not hasattr(batch_size, "__index__"):
            raise TypeError(
                f"DataLoader: batch_size must be an integer, got {type(batch_size).__name__}"
            )
        if batch_size < 1:
            raise ValueError(f"DataLoader: batch_size must be at least 1, got {batch_size}")
        self.dataset, self.batch_size = dataset, index(batch_size)
        self.shuffle, self.drop_last = shuffle, drop_last
        self.generator = as_generator(generator)

    def __len__(self) -> int:
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        # The order is drawn here and now, not at the first batch, so that random numbers used
        # between `iter` and `next` do not change it.
        count, size = len(self.dataset), self.batch_size
        order = self.generator.permutation(count) if self.shuffle else np.arange(count)
        return (gather(self.dataset, order[i * size : (i + 1) * size]) for i in range(len(self)))
