"""A share of a data set's samples for one of several processes that read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import distributed
from ...absent import explain_absence
from ...engine.dtypes import check_integer
from ...engine.words import with_class_words
from .sampler import Sampler, check_sized

__all__ = ["DistributedSampler"]


@with_class_words
class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index of `dataset`, from `rank` on; all shares are equally long.

    num_replicas : how many processes there are; rank : which of them this is
    shuffle : in an order that `seed` and the epoch decide, which is the same in all processes
    drop_last : leave the last samples out where they do not go round, rather than begin again

    `set_epoch` says which epoch it is.  Raises RuntimeError where `num_replicas` or `rank` would
    have to be asked of other processes, ValueError for a rank that is none of them.

    >>> [list(DistributedSampler("abcde", 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        check_sized("DistributedSampler", dataset)
        if num_replicas is None:
            num_replicas = distributed.get_world_size()
        if rank is None:
            rank = distributed.get_rank()
        self.num_replicas = check_integer("DistributedSampler: num_replicas", num_replicas)
        self.rank = check_integer("DistributedSampler: rank", rank)
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"DistributedSampler: rank: wanted 0 to {num_replicas - 1}, got {rank}"
            )
        self.dataset, self.shuffle, self.seed, self.drop_last = dataset, shuffle, seed, drop_last
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Have another order in this epoch."""
        self.epoch = epoch

    @property
    def num_samples(self) -> int:
        """How many indices this share has."""
        size = len(self.dataset)
        return size // self.num_replicas if self.drop_last else -(-size // self.num_replicas)

    @property
    def total_size(self) -> int:
        """How many all shares have together."""
        return self.num_samples * self.num_replicas

    def __len__(self) -> int:
        return self.num_samples

    def __iter__(self) -> Iterator[int]:
        order = np.arange(len(self.dataset))
        if self.shuffle:
            np.random.default_rng(self.seed + self.epoch).shuffle(order)
        return iter(np.resize(order, self.total_size)[self.rank :: self.num_replicas].tolist())


explain_absence(globals())
