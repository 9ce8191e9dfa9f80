"""The data of a run: training, validation and test part as arrays in memory."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from minigrad.utils.data import CIFAR10, FashionMNIST, NotMNIST, TensorDataset
from studies.declare import Run

SETS = {"fashion-mnist": FashionMNIST, "notmnist": NotMNIST, "cifar-10": CIFAR10}
SPLIT_SEED = 0  # the same split in every run, whatever its own seed


class Parts(NamedTuple):
    train: TensorDataset
    validation: TensorDataset
    test: TensorDataset

    @property
    def inputs(self) -> int:
        return self.train.tensors[0].shape[1]


def load(run: Run) -> Parts:
    """The data that a run asks for. Stops and says what is missing where files are."""
    return _load(run.data, run.validation, run.standardise, run.samples)


@lru_cache(maxsize=1)  # runs of one kind come after each other, and CIFAR-10 takes 700 MB
def _load(name: str, share: float, standardise: bool, samples: int | None) -> Parts:
    kind = SETS[name]
    try:
        (x, y), (test_x, test_y) = (kind(train=train).arrays() for train in (True, False))
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f"{error}\n\nMINIGRAD_DATA is to name the folder that holds {kind.folder}/")
    order = np.random.default_rng(SPLIT_SEED).permutation(len(x))
    cut = len(x) - round(len(x) * share)
    parts = [(x[part], y[part]) for part in np.split(order, [cut])] + [(test_x, test_y)]
    if samples is not None:
        parts = [(x[:samples].copy(), y[:samples]) for x, y in parts]
    if standardise:
        mean, std = parts[0][0].mean(axis=0), parts[0][0].std(axis=0)
        std[std == 0] = 1
        for x, _ in parts:  # in place: CIFAR-10 is large
            x -= mean
            x /= std
    return Parts(*(TensorDataset(x, y) for x, y in parts))
