"""The graph as rows: operations, leaves and constants, the edges between them, what is kept."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from ..engine.tape import Node
from ..engine.tensor import Tensor
from .arrays import Arrays
from .modules import Modules
from .operations import setting
from .record import CONSTANT, LEAF, OPERATION

NODE_COLUMNS = """
    kind operation name shape dtype group line pass settings value gradient grad freed forward_ns
    backward_ns
""".split()


class Graph:
    """The tables `nodes`, `edges` and `kept` of docs/explore-record.md, while they grow.

    given : of a node, the arguments that are no arrays
    late : was a node met that ran before it was watched?
    """

    def __init__(self, arrays: Arrays, modules: Modules, level: str) -> None:
        self.arrays = arrays
        self.modules = modules
        self.level = level
        self.operations: dict[Any, int] = {}
        self.nodes: dict[str, list[Any]] = {name: [] for name in NODE_COLUMNS}
        self.given: dict[int, dict[str, Any]] = {}
        self.edges: tuple[list[int], ...] = ([], [], [], [])
        self.kept: tuple[list[Any], ...] = ([], [], [], [], [], [], [])
        self.late = False
        self.ids: dict[int, int] = {}  # of a leaf's or constant's row; the object keeps it taken
        self.inputs: list[tuple[int, Any]] = []  # of a row: its first edge; the order of its rules
        self._rows: dict[int, int] = {}  # by the number of the node
        self._leaves: dict[int, tuple[int, Any, int]] = {}  # by id: row, object, version
        self._orders: dict[Any, tuple[int, ...]] = {}
        self._blocks: dict[int, tuple[int, Any]] = {}
        self._block_count = 0

    def close(self) -> None:
        """Let go of all objects."""
        self._leaves = {key: (row, None, 0) for key, (row, *_) in self._leaves.items()}
        self._blocks.clear()
        self.modules.close(self._leaves)

    # ------------------------------------------------------------------ rows

    def add(self, node: Any, args: Any, values: Any, calls: Any, user: Any, line: int) -> int:
        """The row of an operation that has run, with rows for what its inputs are.

        args, values : as `Watcher.made` is told; calls, user : frames, see `Frames.look`
        """
        op = node.operation
        group = self.modules.group(calls, args)
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
                    settings.append(f"{name}={setting(a)}")
        value = self.arrays.add(values[len(op.names)])
        row = self._new_row(OPERATION, node.shape, node.dtype, value, group, line)
        self._rows[node.number] = row
        self.nodes["operation"][row] = self._operation(op)
        self.nodes["settings"][row] = ", ".join(settings)
        if given:
            self.given[row] = given
        self._connect(row, node, sources)
        self._keep(row, node, sources)
        return row

    def row_of(self, at: Any) -> int:
        """The row of a node or leaf, also of one that was made before the block."""
        if isinstance(at, Node):
            row = self._rows.get(at.number)
            if row is None:
                self.structure(at)
                row = self._rows[at.number]
                self.late = True
            return row
        return self._leaf(at)

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
        self.inputs.append((0, ()))
        return row

    def _source(self, a: Any, value: Any, user: Any) -> int:
        """The row of an argument."""
        if isinstance(a, Tensor):
            if a._node is not None:
                row = self._rows.get(a._node.number, -1)
                if row < 0:
                    row = self.row_of(a._node)
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
                same = known is a or (isinstance(known, Tensor) and known._data is value)
                if same and name[0] != "_":
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
        self.ids[row] = id(a)
        return row

    def _operation(self, op: Any) -> int:
        return self.operations.setdefault(op, len(self.operations))

    # ------------------------------------------------------------------ edges, what is kept

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
        self.inputs[row] = first, order

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
                (self.row_of(parent), place, 1)
                for parent, place in zip(node.parents, places, strict=False)
                if parent is not None
            ]
            row = self._new_row(OPERATION, node.shape, node.dtype, -1, -1)
            self._rows[number] = row
            self.nodes["operation"][row] = self._operation(op)
            if not node.freed:
                self._connect(row, node, sources)
                self._keep(row, node, sources)

    # ------------------------------------------------------------------ names

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


def _source_at(sources: list[tuple[int, int, int]], place: int) -> int:
    for source, at, _ in sources:
        if at == place:
            return source
    return -1
