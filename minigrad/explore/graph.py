"""The graph as rows: operations, leaves and constants, the edges between them, what is kept."""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..engine.tape import Node
from ..engine.tensor import Tensor
from ..nn import Module
from .arrays import SMALL, Arrays
from .modules import Modules
from .operations import SHOWN, setting
from .record import CONSTANT, LEAF, OPERATION
from .variables import holdings

Table = dict[str, list[Any]]

NODE_COLUMNS = """
    kind operation name shape dtype group line pass settings value gradient grad freed forward_ns
    backward_ns
""".split()
GIVEN = ("kind", "operation", "shape", "dtype", "value", "group", "line")  # of a row from its start
VALUE = GIVEN.index("value")
LATER = {
    **dict.fromkeys(("name", "settings"), ""),
    **dict.fromkeys(("pass", "gradient", "grad", "freed", "forward_ns", "backward_ns"), -1),
}
"""What a row may be told later, and what it has until then."""

KEPT = ("row", "place", "part", "block", "shape", "dtype")


class Inputs(NamedTuple):
    """What leads into the nodes of an operation that is called in one way.

    places : of the arguments, an edge each
    order : of these edges those that a gradient goes back along, as the rules answer
    """

    places: tuple[int, ...]
    order: tuple[int, ...]


class Graph:
    """The tables `nodes`, `edges` and `kept` of docs/explore-record.md, while they grow.

    A step is to be recorded in a few times its own time.  So the tables are flat lists, row after
    row, of objects that are there already or that the garbage collector need not look at; `tables`
    makes columns of them.

    count : of rows
    later : of every column in `LATER`, what rows were told
    given : of a node, the arguments that are no arrays
    used : of an edge, what went along it where that is not what its node has made
    late : was a node met that ran before it was watched?
    """

    def __init__(self, arrays: Arrays, modules: Modules, level: str) -> None:
        self.arrays = arrays
        self.modules = modules
        self.level = level
        self.operations: dict[Any, int] = {}
        self.count = 0
        self.later: dict[str, dict[int, Any]] = {name: {} for name in LATER}
        self.names = self.later["name"]
        self.given: dict[int, dict[str, Any]] = {}
        self.used: dict[int, int] = {}
        self.late = False
        self.ids: dict[int, int] = {}  # of a leaf's or constant's row; the object keeps it taken
        self.sources: list[int] = []  # of the edges, the rows that they come from
        self.firsts: dict[int, int] = {}  # of a row, the first of its edges
        self.inputs: dict[int, Inputs] = {}  # and what all of them lead into
        self._rows: list[Any] = []
        self._kept: list[Any] = []
        self._made: dict[int, int] = {}  # rows, by the number of the node
        self._leaves: dict[int, int] = {}  # rows, by id
        self._versions: dict[int, int] = {}  # of those leaves
        self._held: list[Any] = []  # keeps ids taken
        self._unseen: set[int] = set()  # rows without a value
        self._outside: set[int] = set()  # rows that are the caller's
        self._known: dict[Any, Inputs] = {}
        self._blocks: dict[int, int] = {}  # by the id of the array that owns the memory
        self._owners: dict[int, Any] = {}
        self._block_count = 0

    def close(self) -> None:
        """Let go of all objects."""
        self._held.clear()
        self._blocks.clear()
        self._owners.clear()
        self.modules.close(self._leaves)

    # ------------------------------------------------------------------ rows

    def add(
        self, node: Any, args: Any, values: Any, group: int, user: Any, line: int
    ) -> tuple[int, int]:
        """The row of an operation that has run, after rows for what its inputs are; its array.

        args, values : as `Watcher.made` is told; user : the user's frame
        """
        op = node.operation
        names = op.names
        sources = []
        places: list[int] = []
        given: dict[str, Any] = {}
        settings = []
        if op.variadic:
            sources += [self._source(a, v, user) for a, v in zip(args[0], values[0], strict=True)]
            places += range(len(sources))
        for i, name in enumerate(names):
            a, value = args[i], values[i]
            if op.variadic and i == 0:
                continue
            if isinstance(value, np.ndarray) or isinstance(a, (Tensor, np.ndarray)):
                sources.append(self._source(a, value, user))
                places.append(i)
            else:
                given[name] = a
                if a is not op.defaults[i] and not callable(a):
                    settings.append(f"{name}={setting(a)}")
        array = self.arrays.add(values[len(names)])
        kind = self._operation(op)
        row = self._new_row(OPERATION, kind, node.shape, node.dtype, array, group, line)
        self._made[node.number] = row
        if settings:
            self.later["settings"][row] = ", ".join(settings)
        if given:
            self.given[row] = given
        self._connect(row, node, sources, places)
        self._keep(row, node)
        arguments = args[0] if op.variadic else args
        for edge, place in enumerate(places, self.firsts[row]):
            a = arguments[place] if place < len(arguments) else None
            if isinstance(a, Tensor) and a._node is not None and a._data.size <= SHOWN:
                made = self._value(self.sources[edge])
                if not self.arrays.holds(made, a._data):  # it was changed in place since
                    self.used[edge] = self.arrays.add(a._data)
        return row, array

    def newest(self, rows: Iterable[int]) -> int:
        """Of some rows that of the operation that was made last, -1 without one."""
        number = {row: number for number, row in self._made.items()}
        return max((row for row in rows if row in number), key=number.__getitem__, default=-1)

    def row_of(self, at: Any) -> int:
        """The row of a node or leaf, also of one that was made before the block."""
        if not isinstance(at, Node):
            row = self._leaves.get(id(at))
            return self._leaf_row(LEAF, at, at._data) if row is None else row
        row = self._made.get(at.number)
        if row is None:
            self.structure(at)
            row = self._made[at.number]
            self.late = True
        return row

    def _value(self, row: int) -> int:
        return int(self._rows[row * len(GIVEN) + VALUE])

    def _new_row(self, *given: Any) -> int:
        self._rows.extend(given)
        self.count += 1
        return self.count - 1

    def _source(self, a: Any, value: Any, user: Any) -> int:
        """The row of an argument."""
        if isinstance(a, Tensor):
            if a._node is not None:
                row = self.row_of(a._node)
                if row in self._unseen:
                    self._unseen.remove(row)
                    self._rows[row * len(GIVEN) + VALUE] = self.arrays.add(a._data)
                if self.level == "light":
                    return row
            else:
                row = self._leaf_row(LEAF if a._requires_grad else CONSTANT, a, a._data)
                if id(a) in self.modules.parameters:
                    return row
        else:
            row = self._leaf_row(CONSTANT, a, value)
        if row not in self.names and user is not None and not isinstance(a, list):
            for name, known in user.f_locals.items():
                same = known is a or (isinstance(known, Tensor) and known._data is value)
                if same and name[0] != "_":
                    self.names[row] = name
                    break
        return row

    def _leaf_row(self, kind: int, a: Any, value: Any) -> int:
        """The row of a leaf or constant that is used; another one if it was changed in place."""
        key = id(a)
        known = self._leaves.get(key)
        version = a._version_.changed if isinstance(a, Tensor) and a._version_ is not None else 0
        if known is not None and self._versions[key] == version:
            # NumPy counts no changes; a constant may be a buffer that is filled again
            counted = kind == LEAF and value.size > SMALL
            if counted or self.arrays.holds(self._value(known), value):
                return known
        array = self.arrays.add(value)
        row = self._new_row(kind, -1, None, None, array, self.modules.current, -1)
        if known is None:
            self._held.append(a)
        elif known in self.names:
            self.names[row] = self.names[known]
        self._leaves[key] = row
        self._versions[key] = version
        self.ids[row] = key
        return row

    def _operation(self, op: Any) -> int:
        return self.operations.setdefault(op, len(self.operations))

    # ------------------------------------------------------------------ edges, what is kept

    def _connect(self, row: int, node: Any, sources: list[int], places: list[int]) -> None:
        """Edges into a node; and those that gradients go back along, in the order of the rules."""
        key = (node.plan, *places)
        inputs = self._known.get(key)
        if inputs is None:
            op = node.operation
            at = {place: k for k, place in enumerate(places)}
            order = [
                at[i if op.variadic else op.inputs[i]]
                for rule in node.plan.rules
                for i in rule[2]
                if node.parents and node.parents[i] is not None
            ]
            inputs = self._known[key] = Inputs(tuple(places), tuple(order))
        self.inputs[row] = inputs
        self.firsts[row] = len(self.sources)
        self.sources.extend(sources)

    def _keep(self, row: int, node: Any) -> None:
        """What a node keeps for its rules."""
        for place, value in zip(node.plan.values, node.kept, strict=False):
            if isinstance(value, (np.ndarray, np.generic)):
                block = self._block(value)
                self._kept.extend((row, place, -1, block, value.shape, value.dtype))
            elif place == 0 and node.operation.variadic:
                for k, part in enumerate(value):
                    block = self._block(part)
                    self._kept.extend((row, place, k, block, part.shape, part.dtype))

    def _block(self, array: Any) -> int:
        """A number for the memory of an array, the same for all that share it."""
        owner = array.base if isinstance(array.base, np.ndarray) else array
        key = id(owner)
        if key in self._blocks and self._owners[key]() is owner:
            return self._blocks[key]
        # NumPy's scalars take no weak references, and are small
        weak = isinstance(owner, np.ndarray)
        self._owners[key] = weakref.ref(owner) if weak else partial(_itself, owner)
        self._blocks[key] = self._block_count
        self._block_count += 1
        return self._block_count - 1

    # ------------------------------------------------------------------ a graph made before

    def structure(self, root: Any) -> None:
        """Rows for a node and all that leads to it, as far as they are not known."""
        found: dict[int, Any] = {}
        stack = [root]
        while stack:
            node = stack.pop()
            if node.number in found or node.number in self._made:
                continue
            found[node.number] = node
            stack.extend(p for p in node.parents if isinstance(p, Node))
        for number in sorted(found):
            node = found[number]
            op = node.operation
            every = range(len(node.parents)) if op.variadic else op.inputs
            pairs = zip(node.parents, every, strict=False)
            places = [place for parent, place in pairs if parent is not None]
            sources = [self.row_of(parent) for parent in node.parents if parent is not None]
            kind = self._operation(op)
            row = self._new_row(OPERATION, kind, node.shape, node.dtype, -1, -1, -1)
            self._made[number] = row
            self._unseen.add(row)
            if not node.freed:
                self._connect(row, node, sources, places)
                self._keep(row, node)

    # ------------------------------------------------------------------ the tables

    def tables(self) -> tuple[Table, Table, Table]:
        """The columns of `nodes`, `edges` and `kept`, with shapes and dtypes as they are."""
        self.arrays.settle()
        nodes = _columns(self._rows, GIVEN)
        for row in self._outside:
            if nodes["kind"][row] != OPERATION and self.ids[row] not in self.modules.parameters:
                nodes["group"][row] = -1
        for row, shape in enumerate(nodes["shape"]):
            if shape is None:  # that of a leaf, which is its array's
                nodes["shape"][row] = self.arrays.shapes[nodes["value"][row]]
                nodes["dtype"][row] = self.arrays.dtypes[nodes["value"][row]]
        for name, other in LATER.items():
            told = self.later[name]
            nodes[name] = [told.get(row, other) for row in range(self.count)]
        edges: Table = {"from": self.sources[:], "to": [], "argument": [], "wants": []}
        for row, (places, order) in self.inputs.items():
            edges["to"] += [row] * len(places)
            edges["argument"] += places
            edges["wants"] += [int(k in order) for k in range(len(places))]
        nodes = {name: nodes[name] for name in NODE_COLUMNS}
        return nodes, edges, self._kept_table(nodes, edges)

    def _kept_table(self, nodes: Table, edges: Table) -> Table:
        sources: dict[tuple[int, int], int] = {}  # by node and place
        for source, user, place in zip(edges["from"], edges["to"], edges["argument"], strict=True):
            sources.setdefault((user, place), source)
        operations = list(self.operations)
        names = ("node", "name", "bytes", "block", "source", "shape", "dtype")
        table: Table = {name: [] for name in names}
        rows = zip(*_columns(self._kept, KEPT).values(), strict=True)
        for row, place, part, block, shape, dtype in rows:
            op = operations[nodes["operation"][row]]
            known = (*op.names, "out", *op.saves)
            name = known[place] if part < 0 else f"{known[place]}[{part}]"
            source = sources.get((row, place if part < 0 else part), -1)
            if name == "out":
                source = row
            size = math.prod(shape) * dtype.itemsize
            values = (row, name, size, block, source, shape, dtype)
            for column, x in zip(table.values(), values, strict=True):
                column.append(x)
        return table

    # ------------------------------------------------------------------ names

    def take_names(self, variables: dict[str, Any], prefer: bool = False) -> None:
        """Name what has no name yet after variables, what they hold, and their parameters.

        prefer : these variables rather than those of a function that was called
        """
        taken: set[int] = set()
        for label, v in holdings(variables):
            if isinstance(v, Module):
                if id(v) not in taken:
                    self.modules.note(v, label, prefer)
                taken.add(id(v))
                continue
            node = getattr(v, "_node", None)
            row = self._leaves.get(id(v)) if node is None else self._made.get(node.number)
            if row is not None and id(v) not in taken and (prefer or row not in self.names):
                self.names[row] = label
                taken.add(id(v))
                self._outside.add(row)

    def rows_of(self, things: Any) -> list[int]:
        """The rows of leaves and constants, -1 for what was not seen."""
        return [self._leaves.get(id(thing), -1) for thing in things]


def _columns(flat: list[Any], names: Sequence[str]) -> Table:
    return {name: flat[i :: len(names)] for i, name in enumerate(names)}


def _itself(x: Any) -> Any:
    return x
