"""The watcher that writes down what the tape does.

While the tape runs, events become rows of integers and arrays are copied; words and statistics
come afterwards (`arrays`, `sentences`).  Nothing is computed again: the order of the steps is the
tape's.
"""

from __future__ import annotations

import linecache
import os
import sys
import weakref
from array import array
from collections import deque
from collections.abc import Callable
from threading import get_ident
from time import perf_counter_ns
from typing import Any

import numpy as np

from ..engine.tape import Node
from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from . import operations
from .arrays import Arrays
from .modules import Modules
from .record import (
    ACCUMULATE,
    ARRIVE,
    CONSTANT,
    ERROR,
    FORMAT,
    FORWARD,
    FREE,
    LEAF,
    OPERATION,
    RULE,
    SEED,
    UNBROADCAST,
    VERSION,
    VISIT,
    Record,
    sparse,
)
from .sentences import sentences

ENGINE = Node.__module__.rpartition(".")[0] + "."
LEVELS = ("full", "light")
FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "")
"""Where minigrad's own code is: what runs elsewhere is the user's."""
NODE_COLUMNS = """
    kind operation name shape dtype group line pass settings value gradient grad freed forward_ns
    backward_ns
""".split()
REPEATS = 3  # of what is timed
NOTHING = (
    "any step: nothing that requires a gradient was run in the block (under no_grad nothing is "
    "recorded)"
)
LATE = (
    "values, lines and modules of the forward pass: it ran before the block; open the block around "
    "the forward pass too"
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
        self.operations: dict[Any, int] = {}
        self.nodes: dict[str, list[Any]] = {name: [] for name in NODE_COLUMNS}
        self.given: dict[int, dict[str, Any]] = {}  # of a node: arguments that are no arrays
        self.edges: tuple[list[int], ...] = ([], [], [], [])
        self.kept: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
        self.events = array("q")  # six numbers an event, as the columns of `steps`
        self.passes: list[tuple[int, list[int]]] = []  # first step, roots
        self.modules = Modules()
        self.lines: dict[tuple[str, int], int] = {}
        self.lacks: list[str] = []
        self.error: dict[str, Any] | None = None
        self.title = ""
        self._rows: dict[int, int] = {}  # by the number of the node
        self._leaves: dict[int, tuple[int, Any, int]] = {}  # by id: row, object, version
        self._ids: dict[int, int] = {}  # of a leaf's or constant's row; the object keeps it taken
        self._inputs: list[tuple[int, Any]] = []  # of a row: its first edge; the order of its rules
        self._orders: dict[Any, tuple[int, ...]] = {}
        self._blocks: dict[int, tuple[int, Any]] = {}
        self._block_count = 0
        self._pending: dict[Any, tuple[int, Any]] = {}  # sums under way: array and object
        self._before: dict[int, int] = {}
        self._expected: deque[tuple[int, int, int]] = deque()
        self._own: dict[Any, bool] = {}  # of a code object: is it minigrad's?
        self._frames: tuple[Any, Any, int] = (
            None,
            None,
            -1,
        )  # block's, pass's, place in the latter
        self._thread = get_ident()

    # ------------------------------------------------------------------ the block

    def __enter__(self) -> Any:
        self.open(sys._getframe(1))
        return super().__enter__()

    def open(self, frame: Any) -> None:
        """Take the current thread for the one to record, and `frame` for its outermost."""
        self._thread = get_ident()
        self._frames = (None if frame is None or self._is_own(frame) else frame), None, -1

    def __exit__(self, *exc: Any) -> None:
        super().__exit__(*exc)
        self.close(exc[1])

    def close(self, error: BaseException | None = None) -> None:
        """Take the last names from the caller's variables; note the error; let go of the frames."""
        if error is not None:
            self._failed(error)
        block, of_pass, _ = self._frames
        if of_pass is not None:
            self.take_names(of_pass.f_locals)
        if block is not None:
            self.take_names(block.f_locals, prefer=True)
        self._frames = None, None, -1
        self._pending.clear()
        self._expected.clear()
        self._leaves = {key: (row, None, 0) for key, (row, *_) in self._leaves.items()}
        self._blocks.clear()
        self.modules.close(self._leaves)

    def _failed(self, error: BaseException) -> None:
        place, inside = "", False
        trace = error.__traceback__
        while trace is not None:
            frame = trace.tb_frame
            if not self._is_own(frame):
                place = f"{os.path.basename(frame.f_code.co_filename)}:{trace.tb_lineno}"
            inside = inside or (frame is self._frames[1] and trace.tb_lasti == self._frames[2])
            trace = trace.tb_next
        waiting = [at for at in self._pending if isinstance(at, Node)]
        node = -1
        if inside and waiting:
            newest = max(waiting, key=lambda n: n.number)
            node = self._row_of(newest)
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
        user, calls, inside = self._look(sys._getframe(1))
        group = self.modules.group(calls, () if op.variadic else [args[i] for i in op.inputs])
        sources: list[tuple[int, int, int]] = []  # row, place, wants
        given: dict[str, Any] = {}
        settings = []
        if op.variadic:
            for k, (a, value) in enumerate(zip(args[0], values[0], strict=True)):
                wants = node.parents[k] is not None
                sources.append((self._source(a, value, user), k, int(wants)))
        for i, name in enumerate(op.names):
            a, value = args[i], values[i]
            if op.variadic and i == 0:
                continue
            if isinstance(a, (Tensor, np.ndarray)) or isinstance(value, np.ndarray):
                wants = i in op.inputs and node.parents[op.inputs.index(i)] is not None
                sources.append((self._source(a, value, user), i, int(wants)))
            else:
                given[name] = a
                if a is not op.defaults[i] and not callable(a):
                    settings.append(f"{name}={a!r:.60}")
        value = self.arrays.add(values[len(op.names)])
        row = self._new_row(OPERATION, node.shape, node.dtype, value, group, self._line(user))
        self._rows[node.number] = row
        self.nodes["operation"][row] = self._operation(op)
        self.nodes["settings"][row] = ", ".join(settings)
        if given:
            self.given[row] = given
        self._connect(row, node, sources)
        self._keep(row, node, sources)
        if inside:
            self.nodes["pass"][row] = len(self.passes) - 1
        if self.times:
            again = [_ignore if callable(v) else v for v in values[: len(op.names)]]
            forward = op.forward_several if op.variadic else op.forward
            self.nodes["forward_ns"][row] = _shortest(lambda: forward(*again))
        self.events.extend((FORWARD, row, -1, value, -1, -1))

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """The visit, the answers of the rules, and what the tape made of them."""
        if get_ident() != self._thread:
            return
        row = self._row_of(node)
        now, known = self._pending.pop(node, (-1, None))
        if known is not g or now < 0:  # a hook may have changed it
            now = self.arrays.add(_data(g))
        self.nodes["gradient"][row] = now
        if self.times and not isinstance(g, Tensor):
            reached = {id(parent) for parent, _ in given}
            needs = [id(parent) in reached for parent in node.parents]
            self.nodes["backward_ns"][row] = _shortest(lambda: node.pull(g, needs, False))
        self._visit(row, now)
        seen = {id(g): now}
        first, order = self._inputs[row]
        sources, k = self.edges[0], 0
        for (parent, answer), (_, fitted) in zip(given, answers, strict=True):
            target = self._row_of(parent)
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
        row = self._row_of(at)
        if self._expected and self._expected[0][2] == row:
            edge, came, _ = self._expected.popleft()
            kind = ARRIVE
        else:
            edge, came, kind = -1, self.arrays.add(_data(term)), SEED
            self._seeded(at)
        before = self._pending.get(at, (-1, None))[0]
        now = came if before < 0 else self.arrays.add(_data(total))
        self._pending[at] = now, total
        self.nodes["gradient"][row] = now
        if before < 0:
            tensor = at if not isinstance(at, Node) else at.retained and at.retained()
            held = None if tensor is None else tensor._grad
            self._before[row] = -1 if held is None else self.arrays.add(held._data)
        self.events.extend((kind, row, edge, now, came, before))

    def freed(self, node: Any) -> None:
        """What a node kept was dropped."""
        if get_ident() != self._thread:
            return
        row = self._row_of(node)
        self.nodes["freed"][row] = len(self.events) // 6
        self.events.extend((FREE, row, -1, -1, -1, -1))

    def accumulated(self, leaf: Any) -> None:
        """The `grad` of a leaf was written."""
        if get_ident() != self._thread:
            return
        at = leaf if leaf._node is None else leaf._node
        row = self._row_of(at)
        before = self._before.pop(row, -1)
        term = self._pending.get(at, (self.nodes["gradient"][row], None))[0]
        now = term
        if before >= 0 or term < 0 or leaf._hook is not None:  # a hook may have changed the sum
            now = self.arrays.add(leaf._grad._data)
        self.nodes["grad"][row] = now
        self.events.extend((ACCUMULATE, row, -1, now, term, before))

    # ------------------------------------------------------------------ rows

    def _event(self, kind: int, node: int, edge: int = -1, now: int = -1) -> None:
        self.events.extend((kind, node, edge, now, -1, -1))

    def _visit(self, row: int, now: int) -> None:
        """The visit stands before what the rules recorded, if they did (create_graph)."""
        events = self.events
        start = len(events)
        while start and events[start - 6] == FORWARD and self.nodes["pass"][events[start - 5]] >= 0:
            start -= 6
        made = events[start:]
        del events[start:]
        events.extend((VISIT, row, -1, now, -1, -1))
        events.extend(made)

    def _seeded(self, root: Any) -> None:
        """A further root of the pass, or a new pass."""
        user = self._look(sys._getframe(2))[0]
        place = -1 if user is None else user.f_lasti
        if self.passes and self.events[-6] == SEED:
            if self._frames[1] is user and self._frames[2] == place:
                self.passes[-1][1].append(self._row_of(root))
                return
        self._frames = self._frames[0], user, place
        self._pending.clear()
        self._expected.clear()
        self.modules.leave()
        if user is not None:
            self.take_names(user.f_locals)
        self.passes.append((len(self.events) // 6, [self._row_of(root)]))

    def _new_row(
        self, kind: int, shape: Any, dtype: Any, value: int, group: int, line: int = -1
    ) -> int:
        columns = self.nodes
        row = len(columns["kind"])
        columns["kind"].append(kind)
        columns["shape"].append(tuple(shape))
        columns["dtype"].append(dtype)
        columns["value"].append(value)
        columns["group"].append(group)
        columns["line"].append(line)
        columns["name"].append("")
        columns["settings"].append("")
        columns["operation"].append(-1)
        columns["pass"].append(-1)
        columns["gradient"].append(-1)
        columns["grad"].append(-1)
        columns["freed"].append(-1)
        columns["forward_ns"].append(-1)
        columns["backward_ns"].append(-1)
        self._inputs.append((0, ()))
        return row

    def _row_of(self, at: Any) -> int:
        """The row of a node or leaf, also of one that was made before the block."""
        if isinstance(at, Node):
            row = self._rows.get(at.number)
            if row is None:
                self.structure(at)
                row = self._rows[at.number]
                if LATE not in self.lacks:
                    self.lacks.append(LATE)
            return row
        return self._leaf(at)

    def _source(self, a: Any, value: Any, user: Any) -> int:
        """The row of an argument."""
        if isinstance(a, Tensor):
            if a._node is not None:
                row = self._row_of(a._node)
                if self.nodes["value"][row] < 0:
                    self.nodes["value"][row] = self.arrays.add(a._data)
                if self.level == "light":
                    return row
            elif a._requires_grad:
                row = self._used(LEAF, a, a._data)
            else:
                row = self._used(CONSTANT, a, a._data)
        else:
            row = self._used(CONSTANT, a, value)
        if self.nodes["name"][row] == "" and user is not None and not isinstance(a, list):
            for name, known in user.f_locals.items():
                if (known is a or getattr(known, "_data", None) is value) and name[0] != "_":
                    self.nodes["name"][row] = name
                    break
        return row

    def _leaf(self, a: Any) -> int:
        """The row of a leaf to which a gradient comes."""
        known = self._leaves.get(id(a))
        return self._used(LEAF, a, a._data) if known is None else known[0]

    def _used(self, kind: int, a: Any, value: Any) -> int:
        """The row of a leaf or constant that is used; another one if it was changed in place."""
        known = self._leaves.get(id(a))
        version = a._version if isinstance(a, Tensor) else 0
        if known is not None and known[2] == version:
            return known[0]
        array = self.arrays.add(value)
        shape, dtype = self.arrays.shapes[array], self.arrays.dtypes[array]
        row = self._new_row(kind, shape, dtype, array, self.modules.current)
        if known is not None:
            self.nodes["name"][row] = self.nodes["name"][known[0]]
        self._leaves[id(a)] = row, a, version
        self._ids[row] = id(a)
        return row

    def _operation(self, op: Any) -> int:
        return self.operations.setdefault(op, len(self.operations))

    def _connect(self, row: int, node: Any, sources: list[tuple[int, int, int]]) -> None:
        """Edges into a node; and those that gradients go back along, in the order of the rules."""
        froms, users, places, wanting = self.edges
        first = len(froms)
        for source, place, wants in sources:
            froms.append(source)
            users.append(row)
            places.append(place)
            wanting.append(wants)
        key = (node.plan, *places[first:])
        order = self._orders.get(key)
        if order is None:
            op = node.operation
            at = {place: k for k, (_, place, _) in enumerate(sources)}
            order = self._orders[key] = tuple(
                at[i if op.variadic else op.inputs[i]]
                for rule in node.plan.rules
                for i in rule[2]
                if node.parents[i] is not None
            )
        self._inputs[row] = first, order

    def _keep(self, row: int, node: Any, sources: list[tuple[int, int, int]]) -> None:
        """What a node keeps for its rules."""
        op = node.operation
        for place, value in zip(node.plan.values, node.kept, strict=False):
            if isinstance(value, (np.ndarray, np.generic)):
                name = (
                    op.names[place]
                    if place < len(op.names)
                    else ("out", *op.saves)[place - len(op.names)]
                )
                source = row if name == "out" else _source_at(sources, place)
                self._kept(row, name, value, source)
            elif op.variadic and place == 0:
                for k, part in enumerate(value):
                    self._kept(row, f"{op.names[0]}[{k}]", part, _source_at(sources, k))

    def _kept(self, row: int, name: str, value: Any, source: int) -> None:
        rows, names, sizes, blocks, sources, shapes, dtypes = self.kept
        rows.append(row)
        names.append(name)
        sizes.append(value.nbytes)
        blocks.append(self._block(value))
        sources.append(source)
        shapes.append(value.shape)
        dtypes.append(value.dtype)

    def _block(self, array: Any) -> int:
        """A number for the memory of an array, the same for all that share it."""
        if isinstance(array, np.ndarray):
            owner = array.base if isinstance(array.base, np.ndarray) else array
            known = self._blocks.get(id(owner))
            if known is not None and known[1]() is owner:
                return known[0]
            self._blocks[id(owner)] = self._block_count, weakref.ref(owner)
        self._block_count += 1
        return self._block_count - 1

    # ------------------------------------------------------------------ a graph made before

    def structure(self, root: Any) -> None:
        """Rows for a node and all that leads to it, as far as they are not known."""
        found: dict[int, Any] = {}
        stack = [root]
        while stack:
            node = stack.pop()
            if node.number in found or node.number in self._rows:
                continue
            found[node.number] = node
            stack.extend(p for p in node.parents if isinstance(p, Node))
        for number in sorted(found):
            node = found[number]
            op = node.operation
            places = range(len(node.parents)) if op.variadic else op.inputs
            sources = [
                (self._row_of(parent), place, 1)
                for parent, place in zip(node.parents, places, strict=False)
                if parent is not None
            ]
            row = self._new_row(OPERATION, node.shape, node.dtype, -1, -1)
            self._rows[number] = row
            self.nodes["operation"][row] = self._operation(op)
            if not node.freed:
                self._connect(row, node, sources)
                self._keep(row, node, sources)

    # ------------------------------------------------------------------ frames and names

    def _look(self, frame: Any) -> tuple[Any, list[Any], bool]:
        """The user's frame, the frames of module calls, outermost first, and: is it in a pass?"""
        outermost, of_pass, place = self._frames
        user = None
        calls = []
        inside = False
        call = self.modules.call
        while frame is not None:
            code = frame.f_code
            if code is call:
                calls.append(frame)
            elif user is None and not self._is_own(frame):
                user = frame
            if frame is of_pass and frame.f_lasti == place:
                inside = True
            if frame is outermost:
                break
            frame = frame.f_back
        calls.reverse()
        return user, calls, inside

    def _is_own(self, frame: Any) -> bool:
        code = frame.f_code
        own = self._own.get(code)
        if own is None:
            # the frames of compiled modules, in tracebacks, have no whole path
            compiled = frame.f_globals.get("__name__", "").startswith(ENGINE)
            own = self._own[code] = compiled or code.co_filename.startswith(FOLDER)
        return own

    def _line(self, user: Any) -> int:
        if user is None:
            return -1
        return self.lines.setdefault((user.f_code.co_filename, user.f_lineno), len(self.lines))

    def take_names(self, variables: dict[str, Any], prefer: bool = False) -> None:
        """Name what has no name yet after variables, their elements and their parameters.

        prefer : these variables rather than those of a function that was called
        """
        names = self.nodes["name"]
        taken: set[int] = set()
        for name, value in list(variables.items()):
            if name.startswith("_"):
                continue
            if isinstance(value, (list, tuple)) and len(value) <= 1000:
                some = [(f"{name}[{i}]", v) for i, v in enumerate(value)]
            elif isinstance(value, dict) and len(value) <= 1000:
                some = [(f"{name}[{k!r}]", v) for k, v in value.items()]
            else:
                some = [(name, value)]
            for label, v in some:
                if not isinstance(v, (Tensor, np.ndarray)):
                    self.modules.called(v, label)
                    continue
                node = getattr(v, "_node", None)
                row = self._leaves.get(id(v), (-1,))[0]
                if node is not None:
                    row = self._rows.get(node.number, -1)
                if row >= 0 and row not in taken and (prefer or names[row] == ""):
                    names[row] = label
                    taken.add(row)

    def rows_of(self, things: Any) -> list[int]:
        """The rows of leaves and constants, -1 for what was not seen."""
        return [self._leaves.get(id(thing), (-1,))[0] for thing in things]

    # ------------------------------------------------------------------ the record

    def record(self) -> Record:
        """What was seen, as a record."""
        return Record(self.data("step"))

    def data(self, kind: str) -> dict[str, Any]:
        """The tables of docs/explore-record.md."""
        nodes = dict(self.nodes)
        parameter = {
            row: name
            for row, key in self._ids.items()
            if (name := self.modules.parameters.get(key))
        }
        nodes["name"] = [parameter.get(i, name) for i, name in enumerate(nodes["name"])]
        shapes: dict[tuple[int, ...], int] = {}
        dtypes: dict[Any, int] = {}
        return {
            **{"format": FORMAT, "version": VERSION, "kind": kind, "level": self.level},
            "title": self.title or self._title(nodes["name"]),
            "lacks": self.lacks if self.nodes["kind"] else [*self.lacks, NOTHING],
            "error": self.error,
            **self._shown(nodes, shapes, dtypes),
        }

    def _shown(
        self, nodes: dict[str, Any], shapes: dict[Any, int], dtypes: dict[Any, int]
    ) -> dict[str, Any]:
        def shape(column: Any) -> list[int]:
            return [shapes.setdefault(tuple(s), len(shapes)) for s in column]

        def dtype(column: Any) -> list[int]:
            return [dtypes.setdefault(str(d), len(dtypes)) for d in column]

        ordered = list(self.operations)
        described = [operations.described(op) for op in ordered]
        spoken, which = sentences(self, nodes["name"], described)
        order = [i for pair in zip(nodes["value"], nodes["gradient"], strict=True) for i in pair]
        order += self.events[3::6]
        tables = self.arrays.tables([i for i in order if i >= 0], len(self.events) // 6)
        tables["arrays"] = {
            "shape": shape(self.arrays.shapes),
            "dtype": dtype(self.arrays.dtypes),
            **tables["arrays"],
        }
        table = {**nodes, "shape": shape(nodes["shape"]), "dtype": dtype(nodes["dtype"])}
        for name in ("pass", "grad", "freed", "forward_ns", "backward_ns"):
            table[name] = sparse(table[name])
        table["settings"] = sparse(table["settings"], "")
        names = ("node", "name", "bytes", "block", "source", "shape", "dtype")
        kept = dict(zip(names, self.kept, strict=True))
        kept = {**kept, "shape": shape(kept["shape"]), "dtype": dtype(kept["dtype"])}
        columns = ("kind", "node", "edge", "array", "term", "before")
        steps: dict[str, Any] = {k: list(self.events[i::6]) for i, k in enumerate(columns)}
        passes = self._passes(steps["kind"], steps["node"])
        pairs = zip(steps["term"], steps["array"], strict=True)
        steps["term"] = [-1 if term == now else term for term, now in pairs]
        for name in ("edge", "term", "before"):
            steps[name] = sparse(steps[name])
        files: dict[str, int] = {}
        where = [files.setdefault(os.path.basename(file), len(files)) for file, _ in self.lines]
        return {
            "operations": described,
            "shapes": [list(s) for s in shapes],
            "dtypes": list(dtypes),
            "files": list(files),
            "lines": {
                "file": where,
                "number": [number for _, number in self.lines],
                "text": [linecache.getline(*place).strip() for place in self.lines],
            },
            "groups": self.modules.table(nodes["group"], nodes["operation"]),
            "nodes": table,
            "edges": dict(zip(("from", "to", "argument", "wants"), self.edges, strict=True)),
            "kept": kept,
            **tables,
            "steps": {**steps, "sentence": which},
            "sentences": spoken,
            "passes": passes,
            "checks": {k: [] for k in ("node", "absolute", "relative", "passed", "worst")},
        }

    def _passes(self, kinds: list[int], nodes: list[int]) -> dict[str, list[Any]]:
        """The table of passes; one ends with its last step that is not forward outside of it."""
        firsts = [first for first, _ in self.passes]
        lasts = []
        for k, after in enumerate([*firsts[1:], len(kinds)] if firsts else []):
            last = after - 1
            while kinds[last] == FORWARD and self.nodes["pass"][nodes[last]] != k:
                last -= 1
            lasts.append(last)
        return {"first": firsts, "last": lasts, "roots": [roots for _, roots in self.passes]}

    def _title(self, names: list[str]) -> str:
        roots = self.passes[-1][1] if self.passes else []
        made = [i for i, kind in enumerate(self.nodes["kind"]) if kind == OPERATION]
        row = roots[0] if roots else made[-1] if made else -1
        if row < 0:
            return "nothing was recorded"
        ops = list(self.operations)
        place = self.nodes["operation"][row]
        name = names[row] or (ops[place].name if place >= 0 else "a leaf")
        count = len(made)
        return f"{name}: {count} operation{'s' if count != 1 else ''}"


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


def _source_at(sources: list[tuple[int, int, int]], place: int) -> int:
    return next((source for source, at, _ in sources if at == place), -1)
