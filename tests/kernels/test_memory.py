"""Where the results of kernels lie: on cache lines, and never where somebody still looks."""

from __future__ import annotations

import threading
from collections.abc import Iterable

import numpy as np
import pytest
from numpy._core.multiarray import get_handler_name

import minigrad as mg
from minigrad import kernels, nn
from minigrad.kernels import _native

LARGE = 1200  # a side of a float32 square of more than 4 MB, which is kept for the next request


def square(side: int, value: float) -> np.ndarray:
    return kernels.relu(np.full((side, side), value, np.float32))


@pytest.mark.parametrize("side", [128, 131, 1000, LARGE])
def test_results_start_on_a_cache_line(side: int) -> None:
    results = [square(side, 1.0) for _ in range(5)]
    results += [kernels.matmul(a[:, :8], a[:8]) for a in results]
    assert {a.ctypes.data % 64 for a in results} == {0}
    assert all(a.flags.owndata and a.flags.writeable and a.base is None for a in results)


@pytest.mark.parametrize("shape", [(), (0,), (3,), (5, 7), (LARGE, LARGE)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, np.bool_])
def test_new_arrays_start_on_a_cache_line(shape: tuple[int, ...], dtype: type) -> None:
    array = kernels.empty(shape, np.dtype(dtype))
    assert array.shape == shape and array.dtype == dtype
    assert array.ctypes.data % 64 == 0


def test_tensors_and_parameters_start_on_a_cache_line() -> None:
    linear = nn.Linear(30, 7)
    for t in (mg.tensor(np.ones(9)[1:]), linear.weight, linear.bias, nn.BatchNorm1d(5).weight):
        assert t is not None and t.numpy().ctypes.data % 64 == 0


def test_the_block_of_a_large_result_is_used_again() -> None:
    first = square(LARGE, 1.0)
    place = first.ctypes.data
    del first
    assert square(LARGE, 2.0).ctypes.data == place


@pytest.mark.parametrize("megabytes", [5, 300])
def test_a_large_block_is_used_again(megabytes: int) -> None:
    first = kernels.empty((megabytes, 1 << 20), np.dtype(np.int8))
    place = first.ctypes.data
    del first
    assert kernels.empty((megabytes << 20,), np.dtype(np.int8)).ctypes.data == place


def test_a_block_makes_room_for_a_later_one() -> None:
    for megabytes in (400, 401, 402, 403):  # more together than may wait
        first = kernels.empty((megabytes << 20,), np.dtype(np.int8))
        place = first.ctypes.data
        del first
        assert kernels.empty((megabytes << 20,), np.dtype(np.int8)).ctypes.data == place


def blocks_of(sizes: Iterable[int]) -> list[np.ndarray]:
    """Of so many megabytes each; none is freed meanwhile."""
    return [kernels.empty((size << 20,), np.dtype(np.int8)) for size in sizes]


def give(*sizes: int) -> None:
    """Free blocks with a mark in each, one after the other; nothing waited before."""
    _native.drop_memory()
    blocks = blocks_of(sizes)
    for i in range(len(blocks)):
        blocks[i][0] = 7
    while blocks:
        del blocks[0]


def waited(*sizes: int) -> list[bool]:
    """Which blocks of these sizes have the mark: what the system hands out is zero."""
    return [bool(block[0] == 7) for block in blocks_of(sizes)]


@pytest.mark.parametrize("sizes", [(100, 200), (512, 512), tuple(range(100, 108))])
def test_blocks_wait_that_have_at_most_a_gigabyte_together(sizes: tuple[int, ...]) -> None:
    give(*sizes)
    assert all(waited(*sizes))


def test_a_block_of_a_gigabyte_takes_the_place_of_all() -> None:
    give(*range(100, 108), 1024)
    assert waited(*range(100, 108), 1024) == [False] * 8 + [True]


def test_live_results_do_not_share_memory() -> None:
    generator = np.random.default_rng(0)
    live: list[tuple[float, np.ndarray]] = []
    for step in range(200):
        if len(live) > generator.integers(12):
            live.pop(int(generator.integers(len(live))))
        live.append((float(step + 1), square(LARGE + int(generator.integers(2)), step + 1.0)))
        for value, array in live:
            assert array[0, 0] == array[-1, -1] == value


def test_results_of_several_threads_do_not_share_memory() -> None:
    wrong = []

    def work(value: float) -> None:
        for _ in range(50):
            results = [square(LARGE, value) for _ in range(3)]
            if any((a[::97, ::97] != value).any() for a in results):
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(n + 1.0,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.parametrize("side", [10, 200, LARGE])
def test_a_result_can_be_resized(side: int) -> None:
    a = square(side, 3.0)
    a.resize((2 * side, side), refcheck=False)
    assert (a[:side] == 3).all() and (a[side:] == 0).all()
    a.resize((side // 2, side), refcheck=False)
    assert (a == 3).all()


def test_numpy_keeps_its_own_memory() -> None:
    result = square(LARGE, 1.0)
    assert get_handler_name(result) == "minigrad"
    assert get_handler_name() == get_handler_name(np.zeros(3)) == "default_allocator"


def test_a_result_too_large_for_the_address_space() -> None:
    rows = np.broadcast_to(np.float32(1), (1 << 40, 1))
    with pytest.raises((MemoryError, ValueError)):
        kernels.matmul(rows, np.ones((1, 1 << 20), np.float32))
