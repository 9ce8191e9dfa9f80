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

from ..engine.dtypes import check_flag
from ..engine.plan import Operation
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


def check(level: str, times: bool) -> None:
    """ValueError for another level, TypeError for what is neither True nor False."""
    if level not in LEVELS:
        raise ValueError(f"explore: level must be one of {LEVELS}, got {level!r}")
    check_flag("explore: times", times)


class Pass:
    """A backward pass, and what it has under way.

    first, last : its steps; roots : their rows; around : the pass whose rule or hook runs this one
    pending, totals : by row, the sums under way, and the objects that they are
    expected : what the rules of a node have answered and has not arrived: edge, array, row, what
        it is
    mark : where its own events end
    """

    def __init__(self, index: int, first: int, around: Pass | None) -> None:
        self.index, self.first, self.last, self.around = index, first, first, around
        self.roots: list[int] = []
        self.mark = first * 6
        self.forget()

    def forget(self) -> None:
        """Let go of all objects."""
        self.pending: dict[int, int] = {}
        self.totals: dict[int, Any] = {}
        self.expected: deque[tuple[int, int, int, Any]] = deque()


class Recorder(Watcher):
    """Records the steps of the thread that opens it.

    level : "full" keeps numbers, heat maps and histograms, "light" only statistics
    times : run every operation's forward function and its rules again, to time them; not an
        `autograd.Function`, which may do anything

    After the block, or in it, `record()` gives what has been seen so far.  An error that ends the
    block is part of the record, and goes on.
    """

    def __init__(self, level: str = "full", times: bool = False) -> None:
        check(level, times)
        self.level = level
        self.times = times
        self.arrays = Arrays(level)
        self.modules = Modules()
        self.frames = Frames(self.modules.call)
        self.graph = Graph(self.arrays, self.modules, level)
        self._gradient = self.graph.later["gradient"]
        self.events: list[int] = []  # six numbers an event, as the columns of `steps`
        self.passes: list[Pass] = []
        self.lacks: list[str] = []
        self.programs: list[dict[str, Any]] = []  # of the compiled functions that were called
        self.error: dict[str, Any] | None = None
        self.title = ""
        self._running: list[Pass] = []  # each within the one before
        self._ended: Pass | None = None  # whose gradients are written now
        self._broken: list[Pass] = []  # that an error has ended, and nothing came since
        self._unseen = Pass(-1, 0, None)  # what began before the block
        self._held = -1  # in the `grad` that is written now
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
            self._note_error(error)
        frames = self.frames
        for frame, prefer in ((frames.of_pass, False), (frames.block, True)):
            if frame is not None:
                self.graph.take_names(frame.f_locals, prefer)
                self.graph.take_names(frame.f_globals)
        frames.close()
        for one in (*self.passes, self._unseen):
            one.forget()
        self._running.clear()
        self._broken.clear()
        self._ended = None
        self.graph.close()
        for compiled in self.frames.compiled:
            if compiled.program is None:
                self.lacks.append(PLAIN.format(programs.name_of(compiled)))
            else:
                self.programs.append(programs.table(compiled.program, programs.name_of(compiled)))

    def _note_error(self, error: BaseException) -> None:
        """The step of an error; if a backward pass has just ended by it, at the newest node there.

        That node has all of its gradient: it is what ran.
        """
        place = self.frames.place_of(error)
        nodes = []
        for one in self._broken:  # the innermost first
            nodes.append(self.graph.newest(one.pending))
            if nodes[-1] >= 0:
                self._visit(one, nodes[-1], one.pending[nodes[-1]])
        step = len(self.events) // 6
        for one in self._broken:
            one.last = step
        message = f"{error} ({place})" if place else str(error)
        newest = nodes[0] if nodes else -1
        kind = type(error).__name__
        self.error = {"type": kind, "message": message, "node": newest, "step": step}
        self.events.extend((ERROR, newest, -1, -1, -1, -1))

    # ------------------------------------------------------------------ what the tape tells

    def made(self, node: Any, args: Any, values: Any) -> None:
        """A row for the node, for what its inputs are, and the step."""
        if get_ident() != self._thread:
            return
        frames, graph = self.frames, self.graph
        user = frames.look(sys._getframe(1))
        group = self.modules.group(frames.calls, args)
        row, array = graph.add(node, args, values, group, user, frames.line(user))
        if self._running:
            graph.later["pass"][row] = self._running[-1].index
        self._broken.clear()
        op = node.operation
        if self.times and isinstance(op, Operation):
            again = [_ignore if callable(v) else v for v in values[: len(op.names)]]
            graph.later["forward_ns"][row] = _shortest(lambda: _forward(op, again))
        self.events.extend((FORWARD, row, -1, array, -1, -1))

    def differentiates(self, roots: Any) -> None:
        """A pass begins; the caller's variables may name what it starts from."""
        if get_ident() != self._thread:
            return
        user = self.frames.users(sys._getframe(1))
        self.frames.begin(user)
        self.modules.current = -1
        if user is not None:
            self.graph.take_names(user.f_locals)
        around = self._running[-1] if self._running else None
        self._running.append(Pass(len(self.passes), len(self.events) // 6, around))
        self.passes.append(self._running[-1])
        self._broken.clear()

    def differentiated(self, complete: bool) -> None:
        """It has ended; what follows is that its gradients are written."""
        if get_ident() == self._thread and self._running:
            self._ended = self._running.pop()
            self._end(self._ended)
            if not complete:
                self._broken.append(self._ended)

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """The visit, the answers of the rules, and what the tape made of them."""
        if get_ident() != self._thread:
            return
        graph, add, say = self.graph, self.arrays.add, self.events.extend
        sources = graph.sources
        row = graph.row_of(node)
        one = self._running[-1] if self._running else self._unseen
        now = one.pending.pop(row, -1)
        if one.totals.pop(row, None) is not g or now < 0:  # a hook may have changed it
            now = add(_data(g))
        self._gradient[row] = now
        if self.times and isinstance(node.operation, Operation) and not isinstance(g, Tensor):
            reached = {id(parent) for parent, _ in given}
            needs = [id(parent) in reached for parent in node.parents]
            graph.later["backward_ns"][row] = _shortest(lambda: node.pull(g, needs, False))
        self._visit(one, row, now)
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
            one.expected.append((edge, found, target, parent))
        one.mark = len(self.events)

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """The sum at a node or leaf, after a seed or a rule's answer was added."""
        if get_ident() != self._thread:
            return
        one = self._running[-1] if self._running else self._unseen
        if one.expected and one.expected[0][3] is at:
            edge, came, row, _ = one.expected.popleft()
            kind = ARRIVE
        else:
            row = self.graph.row_of(at)
            edge, came, kind = -1, self.arrays.add(_data(term)), SEED
            one.roots.append(row)
        before = one.pending.get(row, -1)
        now = came if before < 0 else self.arrays.add(_data(total))
        one.pending[row] = self._gradient[row] = now
        one.totals[row] = total
        self.events.extend((kind, row, edge, now, came, before))
        one.mark = len(self.events)

    def freed(self, node: Any) -> None:
        """What a node kept was dropped."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(node)
        self.graph.later["freed"][row] = len(self.events) // 6
        self.events.extend((FREE, row, -1, -1, -1, -1))
        (self._running[-1] if self._running else self._unseen).mark = len(self.events)

    def accumulates(self, leaf: Any, g: Any) -> None:
        """The `grad` of a leaf is about to be written: what it holds now."""
        if get_ident() == self._thread:
            self._held = -1 if leaf._grad is None else self.arrays.add(leaf._grad._data)

    def accumulated(self, leaf: Any) -> None:
        """The `grad` of a leaf was written."""
        if get_ident() != self._thread:
            return
        row = self.graph.row_of(leaf if leaf._node is None else leaf._node)
        one = self._ended or self._unseen
        before, self._held = self._held, -1
        term = one.pending.get(row, self._gradient.get(row, -1))
        now = term
        if before >= 0 or term < 0 or leaf._hook is not None:  # a hook may have changed the sum
            now = self.arrays.add(leaf._grad._data)
        self.graph.later["grad"][row] = now
        self.events.extend((ACCUMULATE, row, -1, now, term, before))
        self._end(one)

    def _visit(self, one: Pass, row: int, now: int) -> None:
        """The visit stands before what the node's rules and hooks have recorded and run."""
        events, mark = self.events, one.mark
        events[mark:mark] = (VISIT, row, -1, now, -1, -1)
        step = mark // 6
        if self.passes and self.passes[-1].first >= step:  # a pass within has been moved
            for other in self.passes:
                other.first += other.first >= step
                other.last += other.last >= step
            freed = self.graph.later["freed"]
            freed.update({k: at + 1 for k, at in freed.items() if at >= step})

    def _end(self, one: Pass) -> None:
        """The newest step is the last of this pass, so far."""
        one.last = len(self.events) // 6 - 1

    # ------------------------------------------------------------------ the record

    def record(self) -> Record:
        """What was seen, as a record."""
        return Record(self.data("step"))

    def data(self, kind: str) -> dict[str, Any]:
        """The tables of docs/explore-record.md, of kind "step" or "structure"."""
        return tables(self, kind)


def _data(g: Any) -> Any:
    return g._data if isinstance(g, Tensor) else g


def _forward(op: Any, values: list[Any]) -> Any:
    """The forward function again, of `*arrays` or of arguments by position."""
    if not op.variadic:
        return op.forward(*values)
    return op.forward(*values[0], **dict(zip(op.names[1:], values[1:], strict=True)))


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
