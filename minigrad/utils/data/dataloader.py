"""Batches, in order or shuffled, fetched here or by other processes."""

from __future__ import annotations

import sys
import weakref
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice, repeat
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic
from zlib import crc32

import numpy as np

from ...engine.dtypes import check_count, check_flag, check_number
from ...engine.words import with_class_words
from ...random import as_generator, default_generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset, gatherer
from .sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    check_iterable,
    check_made,
)
from .workers import END, Plan, Workers, stream

if TYPE_CHECKING:  # which know defaults (PEP 696) before Python does
    from typing_extensions import TypeVar

    Batch = TypeVar("Batch", covariant=True, default=Any)
else:
    from typing import TypeVar

    Batch = TypeVar("Batch", covariant=True)


FIXED = ("batch_sampler", "batch_size", "dataset", "drop_last", "persistent_workers", "sampler")
"""Attributes that are read when a loader is made, and cannot be set afterwards."""


@with_class_words
class DataLoader(Generic[Batch]):
    """Goes through a data set in batches of tensors; each `for` loop is one epoch.

    dataset : what has a length and `[i]`, such as a list; or an `IterableDataset`. One with a
        method `gather` (`TensorDataset`, the pictures) hands out whole batches, the samples of any
        other go through `default_collate`
    batch_size : how many samples a batch has; None: single samples, through `default_convert`
    shuffle : draw a new order for each epoch
    sampler : the order of the samples, instead of `shuffle`: an iterable of indices
    batch_sampler : the batches, instead of all these: an iterable of lists of indices
    num_workers : how many processes fetch batches ahead; 0: the batches are fetched here
    collate_fn : what makes a batch of a list of samples
    pin_memory, pin_memory_device : without meaning on a CPU
    drop_last : leave out a last batch that is smaller than the others
    timeout : how many seconds to wait for a worker's batch; 0: for ever
    worker_init_fn : called in each worker with its number before it begins
    multiprocessing_context : how workers are started, "fork" (the default on Linux), "spawn", …
    generator : where the order comes from: a generator, a seed, or None for the default
        generator, which `minigrad.manual_seed` seeds
    prefetch_factor : how many batches each worker fetches ahead, 2 if None
    persistent_workers : keep the workers from one epoch to the next
    in_order : True; batches are never handed out in another order

    The order is drawn when a loop begins. What a data set draws while it makes a sample, from the
    default generators of minigrad, NumPy or Python, comes from a stream of its own for each batch:
    it is the same for every number of workers, and none. A generator that the data set keeps is
    not seen, and every worker has a copy of it. Of an `IterableDataset` each worker goes through
    the whole, as in PyTorch; see `get_worker_info`.

    An error in a worker is raised here, the worker's traceback in its text. When a loop ends, is
    left or is interrupted, its workers end. `state_dict` says where the loop is.

    Raises TypeError and ValueError for arguments of other kinds, out of range, or that exclude each
    other; RuntimeError, in a loop, if a worker dies or is too slow.

    >>> from minigrad.utils.data import TensorDataset
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> len(loader)
    3
    >>> [batch.numpy().tolist() for (batch,) in loader]
    [[0, 1], [2, 3], [4]]
    """

    batch_sampler: Any
    batch_size: int | None
    sampler: Any

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: np.random.Generator | int | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        check_made("DataLoader: dataset", dataset)
        iterable = isinstance(dataset, IterableDataset)
        if not iterable and not hasattr(dataset, "__getitem__"):
            raise TypeError(
                "DataLoader: dataset must have a length and be indexable, or be an "
                f"IterableDataset, got {type(dataset).__name__}"
            )
        self.num_workers = check_count("DataLoader: num_workers", num_workers, least=0)
        if prefetch_factor is not None:
            check_count("DataLoader: prefetch_factor", prefetch_factor)
        check_number("DataLoader: timeout", timeout)
        if not 0 <= timeout or not isfinite(timeout):
            raise ValueError(f"DataLoader: timeout must be finite and not negative, got {timeout}")
        if not self.num_workers and (prefetch_factor is not None or persistent_workers or timeout):
            raise ValueError(
                "DataLoader: prefetch_factor, persistent_workers and timeout are for workers; "
                "give num_workers of at least 1"
            )
        for name, function in (("collate_fn", collate_fn), ("worker_init_fn", worker_init_fn)):
            if function is not None and not callable(function):
                raise TypeError(f"DataLoader: {name} must be callable, got {function!r:.60}")
        for name, flag in (("shuffle", shuffle or False), ("drop_last", drop_last)):
            check_flag(f"DataLoader: {name}", flag)
        given = {"shuffle": shuffle, "sampler": sampler, "batch_sampler": batch_sampler}
        asked = [name for name, value in given.items() if value is not None and value is not False]
        if iterable and asked:
            raise ValueError(f"DataLoader: an IterableDataset has its own order; leave {asked[0]}")
        if len(asked) > 1:
            raise ValueError(f"DataLoader: give {asked[0]} or {asked[1]}, not both")
        if sampler is not None:
            check_iterable("DataLoader: sampler", sampler)
        if batch_sampler is not None:
            check_iterable("DataLoader: batch_sampler", batch_sampler, "lists of indices")
        if batch_sampler is not None and (batch_size != 1 or drop_last):
            raise ValueError("DataLoader: give batch_sampler, or batch_size and drop_last")
        if batch_size is None and drop_last:
            raise ValueError("DataLoader: without batch_size there is no last batch to drop")
        if batch_size is not None:
            batch_size = check_count("DataLoader: batch_size", batch_size)
        self.dataset, self.drop_last, self.pin_memory = dataset, drop_last, pin_memory
        self.timeout, self.worker_init_fn = timeout, worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.prefetch_factor = prefetch_factor or (2 if self.num_workers else None)
        self.persistent_workers = persistent_workers
        self.generator = as_generator(generator)
        if sampler is None and not iterable and batch_sampler is None:
            sampler = (
                RandomSampler(dataset, generator=self.generator)
                if shuffle
                else SequentialSampler(dataset)
            )
        if batch_sampler is not None:
            self.batch_size, self.sampler = None, getattr(batch_sampler, "sampler", None)
        else:
            self.batch_size, self.sampler = batch_size, sampler
            if batch_size is not None and sampler is not None:
                batch_sampler = BatchSampler(sampler, batch_size, bool(drop_last))
        self.batch_sampler = batch_sampler
        batched = batch_sampler is not None or (iterable and batch_size is not None)
        self._kept: list[Workers] = []
        self._plan = Plan(dataset, None, batch_size, bool(drop_last), batched)
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self._end = weakref.finalize(self, _close, self._kept)
        self._position = 0
        self._passed: int | None = None  # a checksum of the indices in the batches up to there
        self._begin: list[Any] | None = None  # the generators' states when this epoch began
        self._resumed = False

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: Any) -> None:
            if name in FIXED and "_collate_fn" in vars(self):
                raise ValueError(
                    f"DataLoader: {name} cannot be set once the loader is made; make another"
                )
            object.__setattr__(self, name, value)

    @property
    def collate_fn(self) -> Callable[[Any], Any]:
        """What makes a batch of a list of samples; can be set."""
        return self._collate_fn

    @collate_fn.setter
    def collate_fn(self, function: Callable[[Any], Any]) -> None:
        if not callable(function):
            raise TypeError(f"DataLoader: collate_fn must be callable, got {function!r:.60}")
        # Without a function of the user's a data set may gather a batch in its own way.
        batched = self._plan.batched and not isinstance(self.dataset, IterableDataset)
        whole = batched and function is default_collate
        self._plan = replace(self._plan, collate=None if whole else function)
        self._collate_fn = function
        _close(self._kept)  # workers that have the earlier function

    def __len__(self) -> int:
        """How many batches an epoch has; TypeError if the data set or the sampler cannot tell."""
        order: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        if order is not None:
            return len(order)
        count, size = len(self.dataset), int(self.batch_size or 1)
        return count // size if self.drop_last else -(-count // size)

    def __iter__(self) -> Iterator[Batch]:
        # The order is drawn here and now, not at the first batch, so that random numbers used
        # between `iter` and `next` do not change it.
        resumed, now = self._resumed, self._states()
        own = vars(self)  # to be changed at once, which `__setattr__` does not
        before = {name: own[name] for name in ("_begin", "_resumed", "_position", "_passed")}
        done, passed = (self._position, self._passed) if resumed else (0, None)
        try:
            if resumed:
                self._set_states(self._begin)
            own.update(_begin=self._states(), _resumed=False, _position=done, _passed=passed)
            tasks, seed = self._tasks(), self._draw_seed()
            summed = None if self._is_drawn_here() else _Summed(tasks)
            tasks = summed or tasks
            begun = self._states()
            if isinstance(self.dataset, IterableDataset):
                first = 0  # its samples must be made to be passed over
            else:
                first = sum(1 for _ in islice(tasks, done))
                if summed is not None:
                    summed.sums.clear()
                    if passed not in (summed.sum, None):
                        raise self._other_order()
            if resumed:  # but what draws while it is gone through is where it has to be
                pairs = zip(now, begun, self._states(), strict=True)
                self._set_states([n if repr(a) == repr(b) else b for n, a, b in pairs])
            epoch = _Epoch(self, self._epoch(tasks, seed, first, done, summed))
        except BaseException:  # Ctrl-C too: the next loop is then this one
            own.update(before)
            self._set_states(now)
            raise
        return epoch

    def _is_drawn_here(self) -> bool:
        """Whether nothing but the generators that are saved decides the order."""
        known = type(self.sampler) in (RandomSampler, SequentialSampler, NoneType)
        return known and type(self.batch_sampler) in (BatchSampler, NoneType)

    def _other_order(self) -> RuntimeError:
        order = type(self.sampler if self.batch_sampler is None else self.batch_sampler).__name__
        if isinstance(self.batch_sampler, BatchSampler):
            order = type(self.batch_sampler.sampler).__name__
        return RuntimeError(
            f"DataLoader: {order} gives another order than in the loop that was saved; make it as "
            "it was then, and let it draw from a NumPy generator that is an attribute of it"
        )

    def _tasks(self) -> Iterator[Any]:
        """What each batch is to be made of: indices, or one index; None of an iterable."""
        order: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        iterator: Iterator[Any] = repeat(None) if order is None else iter(order)
        return iterator

    def _draw_seed(self) -> int | None:
        """The seed of what the data set draws in this epoch; None if it draws nothing."""
        if self._plan.collate is None and gatherer(self.dataset):
            return None
        return int(self.generator.integers(2**63))

    def _epoch(
        self,
        tasks: Iterator[Any],
        seed: int | None,
        first: int,
        unseen: int,
        summed: _Summed | None,
    ) -> Any:
        """The batches of `tasks`, numbered from `first`; without the `unseen` first of them."""
        begin = self._begin
        fetched = (self._by_workers if self.num_workers else self._here)(tasks, first, seed)
        try:
            for number, batch in enumerate(fetched, first):
                passed = None if summed is None else summed.sums.popleft()
                if number < unseen:
                    continue
                if self._begin is begin:
                    vars(self).update(_position=number + 1, _passed=passed)
                yield batch
            if self._begin is begin:
                vars(self).update(_begin=None, _position=0, _passed=None)
        finally:
            fetched.close()

    def _here(self, tasks: Iterator[Any], first: int, seed: int | None) -> Any:
        fetch = None
        for number, task in enumerate(tasks, first):
            with stream(seed, number, 0):
                fetch = fetch or self._plan.fetcher()
                batch = fetch(task)
            if batch is END:
                return
            yield batch

    def _by_workers(self, tasks: Iterator[Any], first: int, seed: int | None) -> Any:
        workers = self._kept.pop() if self._kept else self._start(seed or 0)
        try:
            yield from workers.batches(tasks, first, seed)
        finally:
            if self.persistent_workers and workers.clean and self._end.alive and not self._kept:
                self._kept.append(workers)
            else:
                workers.close()

    def _start(self, seed: int) -> Workers:
        import multiprocessing  # here: most loaders have no workers

        context = self.multiprocessing_context
        if context is None or isinstance(context, str):
            # The kernels and NumPy are safe after a fork; macOS's own libraries are not.
            fork = "fork" in multiprocessing.get_all_start_methods() and sys.platform != "darwin"
            context = multiprocessing.get_context(context or ("fork" if fork else None))
        return Workers(
            self._plan,
            self.num_workers,
            self.prefetch_factor or 2,
            self.timeout,
            self.worker_init_fn,
            context,
            seed,
        )

    # ------------------------------------------------------------------ saving and loading

    def state_dict(self) -> dict[str, Any]:
        """Where the loop is, in numbers, texts and arrays that `minigrad.save` takes.

        "position" says how many batches of the epoch were handed out, "begin" in which state the
        generators of the order were when it began, "generators" in which state they are now; None
        for the default generator's, which `minigrad.get_rng_state` saves; "passed" is a checksum of
        the indices in those batches where a sampler of the user's gave them. Of several loops at
        once it is the latest.
        """
        own = [
            None if generator is default_generator() else generator.bit_generator.state
            for generator in self._generators()
        ]
        state = {"position": self._position, "begin": self._begin, "generators": own}
        return {**state, "passed": self._passed}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Let the next loop go on where the saved one was, with the batches that it had not had.

        The loader must be made as the saved one was; `num_workers` may differ. If its order comes
        from the default generator, set that one's state too, by `minigrad.set_rng_state`. Samplers
        are asked for the whole order anew, and an `IterableDataset` for all its samples. The
        generators of NumPy that samplers have as attributes are saved; a sampler that draws from
        anything else has to be brought to the same order.

        Raises ValueError if this is no state of such a loader; then nothing has changed. The loop
        raises RuntimeError where the samplers do not begin as in the saved one.

        >>> loader = DataLoader(range(5), shuffle=True, generator=1)
        >>> batches = iter(loader)
        >>> first, state = next(batches), loader.state_dict()
        >>> again = DataLoader(range(5), shuffle=True, generator=1)
        >>> again.load_state_dict(state)
        >>> [x.item() for x in again] == [x.item() for x in batches]
        True
        """
        wanted = {"position", "begin", "generators"}
        generators = self._generators()
        if not isinstance(state_dict, Mapping) or {*state_dict} - {"passed"} != wanted:
            raise ValueError(f"DataLoader: a state has {sorted(wanted)}, got {state_dict!r:.60}")
        begin, own = state_dict["begin"], state_dict["generators"]
        position = check_count("DataLoader: the position in a state", state_dict["position"], 0)
        if len(own) != len(generators) or (begin is not None and len(begin) != len(generators)):
            raise ValueError(
                f"DataLoader: the state is one of {len(own)} generators, and this loader has "
                f"{len(generators)}"
            )
        now = self._states()
        try:
            if begin is not None:
                self._set_states(begin)
            self._set_states([s if s is not None else n for s, n in zip(own, now, strict=True)])
        except BaseException as error:
            self._set_states(now)
            if not isinstance(error, (ValueError, TypeError, KeyError)):
                raise
            raise ValueError(f"DataLoader: no state of this loader's generators: {error}") from None
        begin = None if begin is None else list(begin)
        loaded = {"_position": position, "_begin": begin, "_resumed": begin is not None}
        vars(self).update(loaded, _passed=state_dict.get("passed"))

    def _generators(self) -> list[np.random.Generator]:
        """Those that draw the order: the loader's, the samplers' and those of samplers in them."""
        found: list[Any] = [self.generator]
        orders = [self.sampler, self.batch_sampler]
        for order in orders:
            for own in (
                getattr(order, "generator", None),
                *getattr(order, "__dict__", {}).values(),
            ):
                if isinstance(own, Sampler) and id(own) not in map(id, orders):
                    orders.append(own)
                if isinstance(own, np.random.Generator) and own not in found:
                    found.append(own)
        return found

    def _states(self) -> list[Any]:
        return [generator.bit_generator.state for generator in self._generators()]

    def _set_states(self, states: Any) -> None:
        for generator, state in zip(self._generators(), states, strict=True):
            generator.bit_generator.state = state


class _Summed(Iterator[Any]):
    """Tasks, and the checksums of all indices up to each that has not become a batch yet."""

    def __init__(self, tasks: Iterator[Any]) -> None:
        self.tasks, self.sum = tasks, 0
        self.sums: deque[int] = deque()

    def __next__(self) -> Any:
        task = next(self.tasks)
        try:
            self.sum = crc32(array("q", task if isinstance(task, list) else [task]), self.sum)
        except (TypeError, OverflowError):  # what is no integer does not count
            pass
        self.sums.append(self.sum)
        return task


class _Epoch(Iterator[Batch]):
    """The batches of one loop; as long as the loader."""

    def __init__(self, loader: DataLoader[Batch], batches: Any) -> None:
        self._loader, self._batches = loader, batches
        self.close = batches.close

    def __next__(self) -> Batch:
        batch: Batch = next(self._batches)
        return batch

    def __len__(self) -> int:
        return len(self._loader)


def _close(kept: list[Workers]) -> None:
    while kept:
        kept.pop().close()
