"""The watcher that writes down what the tape does.

While the tape runs, events become rows of integers (`graph`) and arrays are copied (`arrays`);
columns, words and statistics come afterwards (`sentences`, `tables`).  Nothing is computed again:
the order of the steps is the tape's.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from threading import get_ident
from time import perf_counter_ns
from typing import Any

from ..engine.tape import Node
from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from . import programs
from .arrays import Arrays
from .frames import Frames
from .graph import Graph
from .modules import Modules
from .record import (
    ACCUMULATE,
    ARRIVE,
    ERROR,
    FORWARD,
    FREE,
    RULE,
    SEED,
    UNBROADCAST,
    VISIT,
    Record,
)
from .tables import tables

LEVELS = ("full", "light")
REPEATS = 3  # of what is timed
PLAIN = (
    "the program of {}: there is none yet, as a compiled function that is watched runs as it "
    "stands; call it twice before the block"
)


class Recorder(Watcher):
    """Records the steps of the thread that opens it.

    level : "full" keeps numbers, heat maps and histograms, "light" only statistics
    times : run every forward function and every rule again, to time them

    After the block, or in it, `record()` gives what has been seen so far.  An error that ends the
    block is part of the record, and goes on.
    """

    def __init__(self, level: str = "full", times: bool = False) -> None:
        if level not in LEVELS:
            raise ValueError(f"explore: level must be one of {LEVELS}, got {level!r}")
        self.level = level
        self.times = times
        self.arrays = Arrays(level)
        self.modules = Modules()
        self.frames = Frames(self.modules.call)
        self.graph = Graph(self.arrays, self.modules, level)
        self._gradient = self.graph.later["gradient"]
        self.events: list[int] = []  # six numbers an event, as the columns of `steps`
        self.passes: list[tuple[int, list[int]]] = []  # first step, roots
        self.lacks: list[str] = []
        self.programs: list[dict[str, Any]] = []  # of the compiled functions that were called
        self.error: dict[str, Any] | None = None
        self.title = ""
        # by row: the sums under way, the objects that they are, what `grad` held before
        self._pending: dict[int, int] = {}
        self._totals: dict[int, Any] = {}
        self._before: dict[int, int] = {}
        self._expected: deque[tuple[int, int, int, Any]] = deque()  # edge, array, row, what it is
        self._thread = get_ident()

    # ------------------------------------------------------------------ the block

    def __enter__(self) -> Any:
        self.open(sys._getframe(1))
        return super().__enter__()

    def open(self, frame: Any) -> None:
        """Take the current thread for the one to record, and `frame` for its outermost."""
        self._thread = get_ident()
        self.frames.open(frame)

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        self.close(exc[1])

    def close(self, error: BaseException | None = None) -> None:
        """Take the last names from the caller's variables; note the error; let go of the frames."""
        if error is not None:
            self._failed(error)
        frames = self.frames
        for frame, prefer in ((frames.of_pass, False), (frames.block, True)):
            if frame is not None:
                self.graph.take_names(frame.f_locals, prefer)
                self.graph.take_names(frame.f_globals)
        frames.close()
        self._pending.clear()
        self._totals.clear()
        self._expected.clear()
        self.graph.close()
        for compiled in self.frames.compiled:
            if compiled.program is None:
                self.lacks.append(PLAIN.format(programs.name_of(compiled)))
            else:
                self.programs.append(programs.table(compiled.program, programs.name_of(compiled)))

    def _failed(self, error: BaseException) -> None:
        place, inside = self.frames.failed(error)
        newest = self.graph.newest(self._pending) if inside else -1
        if newest >= 0:
            self.events.extend((VISIT, newest, -1, self._pending[newest], -1, -1))
        message = f"{error} ({place})" if place else str(error)
        self.error = {"type": type(error).__name__, "message": message, "node": newest}
        self.error["step"] = len(self.events) // 6
        self.events.extend((ERROR, newest, -1, -1, -1, -1))

    # ------------------------------------------------------------------ what the tape tells

    def made(self, node: Any, args: Any, values: Any) -> None:
        """A row for the node, for what its inputs are, and the step."""
        if get_ident() != self._thread:
            return
        frames, graph = self.frames, self.graph
        user, inside = frames.look(sys._getframe(1))
        group = self.modules.group(frames.calls, args)
        row, array = graph.add(node, args, values, group, user, frames.line(user))
        if inside:
            graph.later["pass"][row] = len(self.passes) - 1
        if self.times:
            op = node.operation
            again = [_ignore if callable(v) else v for v in values[: len(op.names)]]
            forward = op.forward_several if op.variadic else op.forward
            graph.later["forward_ns"][row] = _shortest(lambda: forward(*again))
        self.events.extend((FORWARD, row, -1, array, -1, -1))

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """The visit, the answers of the rules, and what the tape made of them."""
        if get_ident() != self._thread:
            return
        graph, add, say = self.graph, self.arrays.add, self.events.extend
        sources = graph.sources
        row = graph.row_of(node)
        now = self._pending.pop(row, -1)
        if self._totals.pop(row, None) is not g or now < 0:  # a hook may have changed it
            now = add(_data(g))
        self._gradient[row] = now
        if self.times and not isinstance(g, Tensor):
            reached = {id(parent) for parent, _ in given}
            needs = [id(parent) in reached for parent in node.parents]
            graph.later["backward_ns"][row] = _shortest(lambda: node.pull(g, needs, False))
        self._visit(row, now)
        seen = {id(g): now}
        first = graph.firsts[row]
        order = iter(graph.inputs[row].order)  # that of the rules, which their answers follow
        for (parent, answer), (_, fitted) in zip(given, answers, strict=True):
            target = graph.row_of(parent)
            edge = -1
            for k in order:
                if sources[first + k] == target:
                    edge = first + k
                    break
            found = seen.get(id(answer))
            if found is None:
                found = seen[id(answer)] = add(_data(answer))
            say((RULE, row, edge, found, -1, -1))
            if fitted is not answer:
                before, found = found, add(_data(fitted))
                say((UNBROADCAST, row, edge, found, -1, before))
            self._expected.append((edge, found, target, parent))

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """The sum at a node or leaf, after a seed or a rule's answer was added."""
        if get_ident() != self._thread:
            return
        if self._expected and self._expected[0][3] is at:
            edge, came, row, _ = self._expected.popleft()
            kind = ARRIVE
        else:
            row = self.graph.row_of(at)
            edge, came, kind = -1, self.arrays.add(_data(term)), SEED
            self._seeded(row)
        before = self._pending.get(row, -1)
        now = came if before < 0 else self.arrays.add(_data(total))
        self._pending[row] = self._gradient[row] = now
        self._totals[row] = total
        if before < 0:
            tensor = at if not isinstance(at, Node) else at.retained and at.retained()
            held = None if tensor is None else tensor._grad
            self._before[row] = -1 if held is None else self.arrays.add(held._data)
        self.events.extend((kind, row, edge, now, came, before))

    def freed(self, node: Any) -> None:
        """What a node kept was dropped."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(node)
        self.graph.later["freed"][row] = len(self.events) // 6
        self.events.extend((FREE, row, -1, -1, -1, -1))

    def accumulated(self, leaf: Any) -> None:
        """The `grad` of a leaf was written."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(leaf if leaf._node is None else leaf._node)
        before = self._before.pop(row, -1)
        term = self._pending.get(row, self._gradient.get(row, -1))
        now = term
        if before >= 0 or term < 0 or leaf._hook is not None:  # a hook may have changed the sum
            now = self.arrays.add(leaf._grad._data)
        self.graph.later["grad"][row] = now
        self.events.extend((ACCUMULATE, row, -1, now, term, before))

    def _visit(self, row: int, now: int) -> None:
        """The visit stands before what the rules recorded, if they did (create_graph)."""
        events, recorded = self.events, self.graph.later["pass"]
        start = len(events)
        while start and events[start - 6] == FORWARD and events[start - 5] in recorded:
            start -= 6
        events[start:start] = (VISIT, row, -1, now, -1, -1)

    def _seeded(self, root: int) -> None:
        """A further root of the pass, or a new pass."""
        frames = self.frames
        user, _ = frames.look(sys._getframe(2))
        place = -1 if user is None else user.f_lasti
        if self.passes and self.events[-6] == SEED:
            if frames.of_pass is user and frames.place == place:
                self.passes[-1][1].append(root)
                return
        frames.begin(user, place)
        self.modules.current = -1
        self._pending.clear()
        self._totals.clear()
        self._expected.clear()
        if user is not None:
            self.graph.take_names(user.f_locals)
        self.passes.append((len(self.events) // 6, [root]))

    # ------------------------------------------------------------------ the record

    def record(self) -> Record:
        """What was seen, as a record."""
        return Record(self.data("step"))

    def data(self, kind: str) -> dict[str, Any]:
        """The tables of docs/explore-record.md, of kind "step" or "structure"."""
        return tables(self, kind)


def _data(g: Any) -> Any:
    return g._data if isinstance(g, Tensor) else g


def _ignore(*args: Any) -> None:
    """Stands for a callable argument, which would hear of the call twice."""


def _shortest(call: Callable[[], Any]) -> int:
    """The shortest time of a few calls, in nanoseconds."""
    times = []
    for _ in range(REPEATS):
        start = perf_counter_ns()
        call()
        times.append(perf_counter_ns() - start)
    return min(times)
