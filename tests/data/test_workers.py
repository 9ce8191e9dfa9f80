"""Workers: the same batches from any number of them, errors with their tracebacks, no leftovers."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad.utils.data import (
    DataLoader,
    IterableDataset,
    TensorDataset,
    get_worker_info,
)


class Noisy:
    """Samples that draw from every default generator, more than one number each."""

    def __len__(self) -> int:
        return 23

    def __getitem__(self, index: int):
        return index, mg.rand(2), np.random.rand(2), random.random(), np.random.randint(1000)


class Shards(IterableDataset):
    """Numbers, shared out among the workers as PyTorch's documentation does it."""

    def __iter__(self):
        info = get_worker_info()
        return iter(range(7)) if info is None else iter(range(info.id, 7, info.num_workers))


class Flawed:
    def __init__(self, error):
        self.error = error

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> int:
        if index == 5:
            raise self.error
        return index


def plain(batches):
    return [[part.tolist() for part in batch] for batch in batches]


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    assert multiprocessing.active_children() == []


def test_how_many_workers_there_are_changes_nothing() -> None:
    def epochs(workers: int, **arguments):
        mg.manual_seed(5)
        loader = DataLoader(Noisy(), 4, shuffle=True, num_workers=workers, **arguments)
        return plain(loader), plain(loader), mg.rand(2).tolist()

    expected = epochs(0)
    assert expected[0] != expected[1]
    draws = [tuple(row) for batch in expected[0] for row in batch[1]]
    assert len(set(draws)) == 23  # no two samples have the same
    for workers in (1, 2, 3):
        assert epochs(workers) == expected
    assert epochs(2, persistent_workers=True, prefetch_factor=1) == expected
    assert epochs(2, timeout=60) == expected


def test_what_the_training_draws_meanwhile_changes_nothing_and_is_not_changed() -> None:
    def run(workers: int):
        mg.manual_seed(1), np.random.seed(2), random.seed(3)
        seen, own = [], []
        for batch in DataLoader(Noisy(), 4, num_workers=workers):
            seen.append([part.tolist() for part in batch])
            own.append((mg.rand(1).item(), np.random.rand(), random.random()))
        return seen, own

    assert run(0) == run(2)


def test_drawing_here_leaves_the_default_generators_of_others_alone() -> None:
    np.random.seed(2), random.seed(3)
    expected = np.random.rand(), random.random()
    np.random.seed(2), random.seed(3)
    list(DataLoader(Noisy(), 4))
    assert (np.random.rand(), random.random()) == expected


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_whole_batches_from_workers(workers: int) -> None:
    dataset = TensorDataset(np.arange(10.0), np.arange(10))
    loader = DataLoader(dataset, 4, num_workers=workers, generator=0, shuffle=True)
    batches = list(loader)
    assert [len(x) for x, _ in batches] == [4, 4, 2]
    assert all(type(batch) is list for batch in batches)
    assert plain(batches) == plain(DataLoader(dataset, 4, generator=0, shuffle=True))


@pytest.mark.parametrize("workers", [0, 1, 2, 3])
def test_iterable_data_sets(workers: int) -> None:
    loader = DataLoader(Shards(), 2, num_workers=workers)
    batches = [batch.tolist() for batch in loader]
    assert sorted(i for batch in batches for i in batch) == list(range(7))
    if workers < 2:
        assert batches == [[0, 1], [2, 3], [4, 5], [6]]
    else:
        assert batches[:2] == ([[0, 2], [1, 3]] if workers == 2 else [[0, 3], [1, 4]])
    shorter = DataLoader(Shards(), 2, num_workers=workers, drop_last=True)
    assert all(len(batch) == 2 for batch in shorter)


def test_without_batches() -> None:
    class Named:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return {"x": np.full(2, index), "name": str(index)}

    for workers in (0, 2):
        samples = list(DataLoader(Named(), batch_size=None, num_workers=workers))
        assert [s["name"] for s in samples] == ["0", "1", "2"]
        assert isinstance(samples[1]["x"], mg.Tensor)
        assert samples[1]["x"].tolist() == [1, 1]
        loader = DataLoader(Shards(), batch_size=None, num_workers=min(workers, 1))
        assert list(loader) == [*range(7)]


def test_worker_info_and_init_function() -> None:
    started = []

    class Who:
        def __len__(self):
            return 6

        def __getitem__(self, index):
            info = get_worker_info()
            return info.id, info.num_workers, info.seed, started[0], info.dataset is self

    loader = DataLoader(Who(), 1, num_workers=2, worker_init_fn=started.append)
    rows = [[part.item() for part in batch] for batch in loader]
    assert [row[0] for row in rows] == [0, 1] * 3
    assert all(row[1] == 2 and row[0] == row[3] and row[4] for row in rows)
    assert rows[1][2] == rows[0][2] + 1
    assert started == []
    assert get_worker_info() is None


def test_workers_are_kept_if_asked() -> None:
    class Pid:
        def __len__(self):
            return 4

        def __getitem__(self, index):
            return os.getpid()

    loader = DataLoader(Pid(), num_workers=2, persistent_workers=True)
    first, second = ({pid.item() for pid in loader} for _ in range(2))
    assert first == second
    assert len(first) == 2
    next(iter(loader))  # left in the middle: those end, the next loop has new ones
    third = {pid.item() for pid in loader}
    assert not first & third
    a, b = zip(*zip(loader, loader, strict=True), strict=True)  # two loops at once
    assert {p.item() for p in a} == third
    assert not {p.item() for p in b} & third
    del loader


class Own(Exception):
    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("of its own"), ValueError),
        (KeyError("of its own"), KeyError),
        (Own(3, "of its own"), RuntimeError),
        (StopIteration("of its own"), RuntimeError),
    ],
)
def test_an_error_arrives_with_its_traceback(error, kind) -> None:
    received = []
    with pytest.raises(kind) as caught:
        for batch in DataLoader(Flawed(error), 2, num_workers=2):
            received.append(batch.tolist())
    assert received == [[0, 1], [2, 3]]
    words = str(caught.value)
    assert f"Caught {type(error).__name__} in DataLoader worker process 0" in words
    assert "in __getitem__" in words
    assert "of its own" in words


def test_errors_elsewhere() -> None:
    def bad(_):
        raise ValueError("init" if isinstance(_, int) else "collate")

    with pytest.raises(ValueError, match="init"):
        list(DataLoader(range(3), num_workers=1, worker_init_fn=bad))
    with pytest.raises(ValueError, match="collate"):
        list(DataLoader(range(3), num_workers=1, collate_fn=bad))
    with pytest.raises((RuntimeError, AttributeError), match=r"pickle|local"):
        list(DataLoader(range(3), num_workers=1, collate_fn=lambda batch: lambda: batch))


def test_a_worker_that_dies_or_hangs() -> None:
    class Dead:
        def __len__(self):
            return 4

        def __getitem__(self, index):
            if index == 2:
                os._exit(7) if self.dies else time.sleep(60)
            return index

    dataset = Dead()
    dataset.dies = True
    with pytest.raises(RuntimeError, match=r"worker 0 \(pid \d+\) exited .*with code 7"):
        list(DataLoader(dataset, num_workers=2))
    dataset.dies = False
    begin = time.monotonic()
    with pytest.raises(RuntimeError, match=r"timed out: worker 0 gave no batch for 0.2 seconds"):
        list(DataLoader(dataset, num_workers=2, timeout=0.2))
    assert time.monotonic() - begin < 30


def test_large_tasks_and_large_batches_do_not_block_each_other() -> None:
    dataset = TensorDataset(np.zeros((40_000, 50)))
    sampler = [list(range(40_000))] * 6
    total = sum(len(x) for (x,) in DataLoader(dataset, batch_sampler=sampler, num_workers=2))
    assert total == 240_000


@pytest.mark.parametrize("leave", ["break", "raise", "close"])
def test_leaving_a_loop_ends_its_workers(leave: str) -> None:
    loader = DataLoader(Noisy(), num_workers=2)
    if leave == "break":
        for _ in loader:
            assert len(multiprocessing.active_children()) == 2
            break
    elif leave == "raise":
        with pytest.raises(ZeroDivisionError):
            for _ in loader:
                1 / 0  # noqa: B018
    else:
        batches = iter(loader)
        next(batches)
        batches.close()
    assert multiprocessing.active_children() == []


SCRIPT = """
import os, signal, sys, time
from minigrad.utils.data import DataLoader

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it

class Slow:
    def __len__(self):
        return 100
    def __getitem__(self, index):
        if index > 3:
            time.sleep({nap})
        return os.getpid()

def main():
    for pid in DataLoader(Slow(), num_workers=2, multiprocessing_context={context!r}):
        print(pid.item(), flush=True)

if __name__ == "__main__":
    main()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_program_leaves_no_process(sign, tmp_path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(textwrap.dedent(SCRIPT.format(nap=60, context=None)))
    program = subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    pids = {int(program.stdout.readline()) for _ in range(4)}
    assert len(pids) == 2
    if sign == signal.SIGINT:
        os.killpg(program.pid, sign)  # as the terminal does it: to all
    else:
        program.kill()
    try:
        _, words = program.communicate(timeout=30)
    finally:
        program.kill()
    assert words.count("Traceback") == (sign == signal.SIGINT)
    deadline = time.monotonic() + 20
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(alive, pids))


def test_workers_that_are_spawned(tmp_path) -> None:
    script = tmp_path / "spawned.py"
    script.write_text(textwrap.dedent(SCRIPT.format(nap=0, context="spawn")))
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=True
    )
    pids = done.stdout.split()
    assert (len(pids), len(set(pids))) == (100, 2)
    assert done.stderr == ""
