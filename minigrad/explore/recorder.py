"""The watcher that writes down what the tape does.

While the tape runs, events become rows of integers (`graph`) and arrays are copied (`arrays`);
words and statistics come afterwards (`sentences`, `tables`).  Nothing is computed again: the order
of the steps is the tape's.
"""

from __future__ import annotations

import sys
from array import array
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
        self.events = array("q")  # six numbers an event, as the columns of `steps`
        self.passes: list[tuple[int, list[int]]] = []  # first step, roots
        self.lacks: list[str] = []
        self.programs: list[dict[str, Any]] = []  # of the compiled functions that were called
        self.error: dict[str, Any] | None = None
        self.title = ""
        self._pending: dict[Any, tuple[int, Any]] = {}  # sums under way: array and object
        self._before: dict[int, int] = {}
        self._expected: deque[tuple[int, int, int]] = deque()
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
        if frames.of_pass is not None:
            self.graph.take_names(frames.of_pass.f_locals)
        if frames.block is not None:
            self.graph.take_names(frames.block.f_locals, prefer=True)
        frames.close()
        self._pending.clear()
        self._expected.clear()
        self.graph.close()
        for compiled in self.frames.compiled:
            if compiled.program is None:
                self.lacks.append(PLAIN.format(programs.name_of(compiled)))
            else:
                self.programs.append(programs.table(compiled.program, programs.name_of(compiled)))

    def _failed(self, error: BaseException) -> None:
        place, inside = self.frames.failed(error)
        waiting = [at for at in self._pending if isinstance(at, Node)]
        node = -1
        if inside and waiting:
            newest = max(waiting, key=lambda n: n.number)
            node = self.graph.row_of(newest)
            self._event(VISIT, node, -1, self._pending[newest][0])
        message = f"{error} ({place})" if place else str(error)
        self.error = {"type": type(error).__name__, "message": message, "node": node}
        self.error["step"] = len(self.events) // 6
        self._event(ERROR, node)

    # ------------------------------------------------------------------ what the tape tells

    def made(self, node: Any, args: Any, values: Any) -> None:
        """A row for the node, for what its inputs are, and the step."""
        if get_ident() != self._thread:
            return
        op = node.operation
        user, calls, inside = self.frames.look(sys._getframe(1))
        graph = self.graph
        row = graph.add(node, args, values, calls, user, self.frames.line(user))
        if inside:
            graph.nodes["pass"][row] = len(self.passes) - 1
        if self.times:
            again = [_ignore if callable(v) else v for v in values[: len(op.names)]]
            forward = op.forward_several if op.variadic else op.forward
            graph.nodes["forward_ns"][row] = _shortest(lambda: forward(*again))
        self.events.extend((FORWARD, row, -1, graph.nodes["value"][row], -1, -1))

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """The visit, the answers of the rules, and what the tape made of them."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(node)
        now, known = self._pending.pop(node, (-1, None))
        if known is not g or now < 0:  # a hook may have changed it
            now = self.arrays.add(_data(g))
        self.graph.nodes["gradient"][row] = now
        if self.times and not isinstance(g, Tensor):
            reached = {id(parent) for parent, _ in given}
            needs = [id(parent) in reached for parent in node.parents]
            self.graph.nodes["backward_ns"][row] = _shortest(lambda: node.pull(g, needs, False))
        self._visit(row, now)
        seen = {id(g): now}
        first, order = self.graph.inputs[row]
        sources, k = self.graph.edges[0], 0
        for (parent, answer), (_, fitted) in zip(given, answers, strict=True):
            target = self.graph.row_of(parent)
            edge = -1
            while k < len(order) and edge < 0:  # the rules' answers follow the order of the rules
                if sources[first + order[k]] == target:
                    edge = first + order[k]
                k += 1
            found = seen.get(id(answer))
            if found is None:
                found = seen[id(answer)] = self.arrays.add(_data(answer))
            self.events.extend((RULE, row, edge, found, -1, -1))
            if fitted is not answer:
                before, found = found, self.arrays.add(_data(fitted))
                self.events.extend((UNBROADCAST, row, edge, found, -1, before))
            self._expected.append((edge, found, target))

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """The sum at a node or leaf, after a seed or a rule's answer was added."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(at)
        if self._expected and self._expected[0][2] == row:
            edge, came, _ = self._expected.popleft()
            kind = ARRIVE
        else:
            edge, came, kind = -1, self.arrays.add(_data(term)), SEED
            self._seeded(at)
        before = self._pending.get(at, (-1, None))[0]
        now = came if before < 0 else self.arrays.add(_data(total))
        self._pending[at] = now, total
        self.graph.nodes["gradient"][row] = now
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
        self.graph.nodes["freed"][row] = len(self.events) // 6
        self.events.extend((FREE, row, -1, -1, -1, -1))

    def accumulated(self, leaf: Any) -> None:
        """The `grad` of a leaf was written."""
        if get_ident() != self._thread:
            return
        at = leaf if leaf._node is None else leaf._node
        row = self.graph.row_of(at)
        before = self._before.pop(row, -1)
        term = self._pending.get(at, (self.graph.nodes["gradient"][row], None))[0]
        now = term
        if before >= 0 or term < 0 or leaf._hook is not None:  # a hook may have changed the sum
            now = self.arrays.add(leaf._grad._data)
        self.graph.nodes["grad"][row] = now
        self.events.extend((ACCUMULATE, row, -1, now, term, before))

    def _event(self, kind: int, node: int, edge: int = -1, now: int = -1) -> None:
        self.events.extend((kind, node, edge, now, -1, -1))

    def _visit(self, row: int, now: int) -> None:
        """The visit stands before what the rules recorded, if they did (create_graph)."""
        events = self.events
        start = len(events)
        while (
            start
            and events[start - 6] == FORWARD
            and self.graph.nodes["pass"][events[start - 5]] >= 0
        ):
            start -= 6
        made = events[start:]
        del events[start:]
        events.extend((VISIT, row, -1, now, -1, -1))
        events.extend(made)

    def _seeded(self, root: Any) -> None:
        """A further root of the pass, or a new pass."""
        frames = self.frames
        user = frames.look(sys._getframe(2))[0]
        place = -1 if user is None else user.f_lasti
        if self.passes and self.events[-6] == SEED:
            if frames.of_pass is user and frames.place == place:
                self.passes[-1][1].append(self.graph.row_of(root))
                return
        frames.of_pass, frames.place = user, place
        self._pending.clear()
        self._expected.clear()
        self.modules.leave()
        if user is not None:
            self.graph.take_names(user.f_locals)
        self.passes.append((len(self.events) // 6, [self.graph.row_of(root)]))

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
