"""Who fetches the batches of a `DataLoader`: this process, or others that it starts.

Random numbers. Before each batch the default generators of minigrad, NumPy and Python are seeded
from the seed of the epoch and the number of the batch, and in this process they are put back
afterwards. A sample's draws then depend neither on how many workers there are nor on what the
training draws meanwhile.

Workers are processes: fetching is Python that holds the interpreter's lock, and a thread could not
have random numbers of its own from NumPy's and Python's default generators. Each has a pipe of its
own. Batch i comes from worker i mod n: reading the pipes in turn gives the batches in order.
"""

from __future__ import annotations

import os
import pickle
import queue
import random
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from ...kernels import set_num_threads
from ...random import default_generator, fork_rng
from .dataset import IterableDataset, fetch, samples


@dataclass
class WorkerInfo:
    """What a worker of a `DataLoader` knows of itself: see `get_worker_info`."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_here: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """In a worker of a `DataLoader` its number, how many there are, its seed and its data set.

    None in the main process.

    >>> get_worker_info() is None
    True
    """
    return _here


END = object()
"""What comes in the place of a batch behind the last of an iterable data set."""


def _in_words(function: Callable[[Any], Any], argument: Any) -> Any:
    try:
        return function(argument)
    except StopIteration as error:
        raise RuntimeError(
            "DataLoader: the data set or collate_fn raised StopIteration, which would end the loop "
            "without a word"
        ) from error


@dataclass
class Plan:
    """What is to be done with a data set to get a batch; sent to the workers."""

    dataset: Any
    collate: Callable[[Any], Any] | None  # None: as the data set does it
    batch_size: int | None
    drop_last: bool
    batched: bool

    def fetcher(self) -> Callable[[Any], Any]:
        """A function from indices to a batch; of an iterable data set it gives `END` at the end.

        Raises RuntimeError for a StopIteration of the user's functions, which would pass for it.
        """
        if not isinstance(self.dataset, IterableDataset):
            return self._fetch
        source = _in_words(iter, self.dataset)
        return lambda _: self._following(source)

    def _fetch(self, indices: Any) -> Any:
        if not self.batched:
            return self._collate(self.dataset[indices])
        if self.collate is None:
            return fetch(self.dataset, indices)
        return self.collate(samples(self.dataset, indices))

    def _following(self, source: Iterator[Any]) -> Any:
        if not self.batched:
            sample = next(source, END)
            return END if sample is END else _in_words(self._collate, sample)
        batch = list(islice(source, self.batch_size))
        if not batch or (self.drop_last and len(batch) < (self.batch_size or 0)):
            return END
        return _in_words(self._collate, batch)

    def _collate(self, what: Any) -> Any:
        return what if self.collate is None else self.collate(what)


_turn = threading.RLock()
"""Who holds it has the default generators: there is one of NumPy's and Python's for all threads."""


def _new_turn() -> None:
    """In a child of a fork: the thread that may hold the lock is not there."""
    global _turn
    _turn = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_new_turn)


@contextmanager
def stream(seed: int | None, *place: int) -> Iterator[None]:
    """A block in which the default generators begin at `seed` and `place`; None: as they are."""
    if seed is None:
        yield
        return
    mine, numpys, pythons = (int(n) for n in _seeds(seed, *place))
    with _turn:
        before = np.random.get_state(), random.getstate()
        try:
            with fork_rng():
                default_generator().manual_seed(mine)
                np.random.seed(numpys % 2**32)
                random.seed(pythons)
                yield
        finally:
            np.random.set_state(before[0])
            random.setstate(before[1])


def _seeds(*entropy: int) -> Any:
    return np.random.SeedSequence(entropy).generate_state(3, np.uint64)


class Workers:
    """Processes that fetch batches, side by side.

    Raises RuntimeError if one of them dies or takes longer than `timeout` seconds for a batch, and
    what was raised in a worker with the worker's traceback in its text.
    """

    def __init__(
        self,
        plan: Plan,
        count: int,
        prefetch: int,
        timeout: float,
        worker_init_fn: Callable[[int], Any] | None,
        context: Any,
        seed: int,
    ) -> None:
        self.prefetch, self.timeout = prefetch, timeout
        self.pipes: list[Any] = []
        self.processes: list[Any] = []
        self.clean = True  # no batch is on its way
        try:
            for i in range(count):
                ours, theirs = context.Pipe()
                self.pipes.append(ours)
                inherited = self.pipes[:] if context.get_start_method() == "fork" else []
                info = WorkerInfo(i, count, (seed + i) % 2**64, plan.dataset)
                process = context.Process(
                    target=_work,
                    args=(plan, info, theirs, inherited, worker_init_fn),
                    name=f"minigrad DataLoader worker {i}",
                    daemon=True,
                )
                with theirs, warnings.catch_warnings():
                    # Python warns of every fork with threads: the kernels' are safe after one.
                    warnings.filterwarnings("ignore", ".*multi-threaded.*", DeprecationWarning)
                    process.start()
                self.processes.append(process)
        except BaseException:
            self.close()
            raise

    def batches(self, tasks: Iterator[Any], first: int, seed: int | None) -> Iterator[Any]:
        """The batches of `tasks`, which are numbered from `first`."""
        self.clean = False
        for i, pipe in enumerate(self.pipes):
            self._send(i, pipe, ("epoch", seed))
        turn = first % len(self.pipes)
        ring = [*range(turn, len(self.pipes)), *range(turn)]
        waiting = {i: 0 for i in ring}
        numbered = enumerate(tasks, first)
        for _ in range(self.prefetch):
            for i in ring:
                self._give(i, numbered, waiting)
        while ring:
            i = ring.pop(0)
            if not waiting[i]:
                continue
            kind, value = self._receive(i)
            waiting[i] -= 1
            if kind == "end":
                while waiting[i]:  # it answers as often as it was asked
                    self._receive(i)
                    waiting[i] -= 1
                continue
            if kind == "error":
                raise value.reconstruct()
            ring.append(i)
            self._give(i, numbered, waiting)
            yield value
        self.clean = True

    def _give(self, i: int, numbered: Iterator[tuple[int, Any]], waiting: dict[int, int]) -> None:
        for task in islice(numbered, 1):
            self._send(i, self.pipes[i], task)
            waiting[i] += 1

    def _send(self, i: int, pipe: Any, message: Any) -> None:
        try:
            pipe.send(message)
        except OSError:
            raise RuntimeError(self._death(i)) from None

    def _receive(self, i: int) -> Any:
        pipe = self.pipes[i]
        try:
            if self.timeout and not pipe.poll(self.timeout):
                raise RuntimeError(
                    f"DataLoader timed out: worker {i} gave no batch for {self.timeout} seconds"
                )
            return pickle.loads(pipe.recv_bytes())
        except (EOFError, ConnectionResetError):
            raise RuntimeError(self._death(i)) from None

    def _death(self, i: int) -> str:
        process = self.processes[i]
        process.join(1)
        return (
            f"DataLoader worker {i} (pid {process.pid}) exited unexpectedly, "
            f"with code {process.exitcode}"
        )

    def close(self) -> None:
        """End all workers and wait until they have ended."""
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.join()
            process.close()
        self.pipes, self.processes = [], []


# ---------------------------------------------------------------------- in the worker


@dataclass
class _Failure:
    """What was raised in a worker."""

    kind: type[BaseException]
    text: str

    def reconstruct(self) -> BaseException:
        """The same kind of exception, with the worker's traceback as its text."""
        text = _Verbatim(self.text) if issubclass(self.kind, KeyError) else self.text
        try:
            error = self.kind(text)
        except Exception:  # a kind that wants other arguments
            return RuntimeError(text)
        # StopIteration would end the loop of whoever asks, without a word.
        return RuntimeError(text) if isinstance(error, StopIteration) else error


class _Verbatim(str):
    """KeyError shows the repr of its text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _work(
    plan: Plan, info: WorkerInfo, pipe: Any, inherited: list[Any], init: Callable[[int], Any] | None
) -> None:
    global _here
    for other in inherited:  # else a worker would not see that the main process has gone
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the main process's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _here = info
    set_num_threads(1)
    default_generator().manual_seed(info.seed)
    np.random.seed(info.seed % 2**32)
    random.seed(info.seed)
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, tasks), daemon=True).start()
    try:
        if init is not None:
            init(info.id)
        failure = None
    except Exception as error:
        failure = _failure(error, info)
    iterable = isinstance(plan.dataset, IterableDataset)
    fetcher, seed, count = None, None, 0
    while True:
        number, value = tasks.get()
        if number == "epoch":
            fetcher, seed, count = None, value, 0
            continue
        answer = ("error", failure)
        if failure is None:
            try:
                with stream(seed, *((count, info.id) if iterable else (number, 0))):
                    fetcher = fetcher or plan.fetcher()
                    batch = fetcher(value)
                answer = ("end", None) if batch is END else ("batch", batch)
            except Exception as error:
                answer = ("error", _failure(error, info))
        count += 1
        try:
            message = pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            message = pickle.dumps(("error", _failure(error, info)))
        with suppress(OSError):  # nobody is there any more: `_listen` ends the process
            pipe.send_bytes(message)


def _listen(pipe: Any, tasks: queue.SimpleQueue[Any]) -> None:
    """Take in tasks also while a batch is being made or sent; end when the main process does."""
    while True:
        try:
            tasks.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)


def _failure(error: BaseException, info: WorkerInfo) -> _Failure:
    text = (
        f"Caught {type(error).__name__} in DataLoader worker process {info.id}.\n"
        f"Original {''.join(traceback.format_exception(error))}"
    )
    kind = type(error)
    try:
        pickle.loads(pickle.dumps(kind))
    except Exception:  # a class made inside a function
        kind = RuntimeError
    return _Failure(kind, text)
