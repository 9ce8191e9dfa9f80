"""What samplers and data sets refuse, and what becomes of types in a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from minigrad.utils import data


class Unsized:
    def __iter__(self) -> Any:
        return iter(())


REFUSED: list[tuple[Callable[[], Any], Any, str]] = [
    (
        lambda: data.WeightedRandomSampler([1j], 1),
        TypeError,
        "weights must be real numbers: got complex ones",
    ),
    (
        lambda: data.WeightedRandomSampler([[1.0], [1.0, 2.0]], 1),
        ValueError,
        "must be real numbers",
    ),
    (lambda: data.WeightedRandomSampler([None, {}], 1), TypeError, "must be real numbers"),
    (lambda: data.WeightedRandomSampler([-1.0, 2.0], 1), ValueError, "finite numbers that are not"),
    (lambda: data.ConcatDataset(3), TypeError, "ConcatDataset: wanted data sets, got int"),
    (lambda: data.ChainDataset(3), TypeError, "ChainDataset: wanted IterableDatasets, got int"),
    (lambda: data.random_split([1, 2], 3), TypeError, "lengths: wanted a list, got int"),
    (lambda: data.RandomSampler(Unsized()), (TypeError, ValueError), "RandomSampler"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refused(call: Callable[[], Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_collate_keeps_types_that_can_be_made() -> None:
    class Pair(list):
        def __init__(self, first: Any, second: Any) -> None:
            super().__init__([first, second])

    class Row(list):
        pass

    assert type(data.default_convert(Pair(1, 2))) is list
    assert type(data.default_convert(Row([1, 2]))) is Row
    made = data.default_convert({"x": np.float32(2), "y": (np.ones(1), "word")})
    assert made["x"].tolist() == 2.0 and made["y"][0].tolist() == [1.0] and made["y"][1] == "word"
