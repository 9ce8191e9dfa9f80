"""Indices that another thread rewrites: what was checked is what is used, or there is an error.

A wild index may do no harm that shows; AddressSanitizer sees it (scripts/sanitize.sh).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F

N, C = 3000, 6
WILD = 1 << 40
Use = Callable[[np.ndarray, mg.Tensor], Any]


@pytest.fixture
def quick_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def assigned(index: Any, x: mg.Tensor, value: Any) -> mg.Tensor:
    y = x * 1.0
    y[index] = value
    return y


USES: dict[str, Use] = {
    "cross_entropy": lambda i, x: F.cross_entropy(mg.ones(N, C) * x.sum(), i),
    "weighted": lambda i, x: F.cross_entropy(mg.ones(N, C) * x.sum(), i, mg.ones(C)),
    "nll_loss": lambda i, x: F.nll_loss(mg.ones(N, C) * x.sum(), i),
    "multi_margin_loss": lambda i, x: F.multi_margin_loss(mg.ones(N, C) * x.sum(), i),
    "embedding": lambda i, x: F.embedding(i, x.reshape(C, 1)),
    "one_hot": lambda i, x: F.one_hot(i, C),
    "getitem": lambda i, x: x[i],
    "rows": lambda i, x: x.reshape(C, 1)[i, 0],
    "mask": lambda i, x: x[(i[:C] == 0)],
    "setitem": lambda i, x: assigned(i, x, 1.0),
    "setitem of a constant": lambda i, x: assigned(i, x.detach(), 1.0),
    "take": lambda i, x: mg.take(x, i),
    "take_along_axis": lambda i, x: mg.take_along_axis(x, i, 0),
    "gather": lambda i, x: mg.gather(x, 0, i),
    "scatter": lambda i, x: mg.scatter(x, 0, i, mg.ones(N)),
    "scatter_add": lambda i, x: mg.scatter_add(x, 0, i, mg.ones(N)),
    "index_select": lambda i, x: mg.index_select(x, 0, i),
    "index_add": lambda i, x: mg.index_add(x, 0, i, mg.ones(N)),
    "index_fill": lambda i, x: mg.index_fill(x, 0, i, 0.0),
    "bincount": lambda i, x: mg.bincount(i % 8),
}


@pytest.mark.parametrize("name", USES)
def test_an_index_that_another_thread_rewrites(name: str, quick_switches: None) -> None:
    index, stop = np.zeros(N, np.int64), threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            index[:] = WILD
            index[:] = 0

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(40):
            x = mg.ones(C, requires_grad=True)
            try:
                y = USES[name](index, x)
            except (IndexError, ValueError):  # it was wild when it was looked at
                continue
            if isinstance(y, mg.Tensor) and y.requires_grad:
                y.sum().backward()
                assert np.isfinite(x.grad.numpy()).all()
    finally:
        stop.set()
        writer.join()


def test_a_mask_that_another_thread_rewrites(quick_switches: None) -> None:
    """NumPy counts what is true, and goes through it a second time."""
    mask, stop = np.zeros(N, bool), threading.Event()

    def rewrite() -> None:
        while not stop.is_set():
            mask[:] = True
            mask[:] = False

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(40):
            x = mg.ones(N)
            x[mask] = 2.0
            assert set(np.unique(x.numpy())) <= {1.0, 2.0}
            assert mg.masked_select(x, mask).numel() in range(N + 1)
            assert x[mask].numel() in range(N + 1)
    finally:
        stop.set()
        writer.join()
