"""What was watched, as plain data: the one source of every view.

docs/explore-record.md describes the tables.  Nothing here knows a tensor, a node or a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FORMAT = "minigrad.explore"
VERSION = 1

KINDS = "forward seed visit rule unbroadcast arrive free accumulate error".split()
FORWARD, SEED, VISIT, RULE, UNBROADCAST, ARRIVE, FREE, ACCUMULATE, ERROR = range(9)
OPERATION, LEAF, CONSTANT = range(3)


def sparse(column: list[Any], other: Any = -1) -> dict[str, Any]:
    """A column of which most entries are `other`.

    >>> sparse([-1, 7, -1])
    {'else': -1, 'at': [1], 'is': [7]}
    """
    at = [i for i, x in enumerate(column) if x != other]
    return {"else": other, "at": at, "is": [column[i] for i in at]}


def dense(column: Any, length: int) -> list[Any]:
    """The column that `sparse` was made of.

    >>> dense({"else": -1, "at": [1], "is": [7]}, 3)
    [-1, 7, -1]
    """
    if isinstance(column, list):
        return column
    full = [column["else"]] * length
    for i, x in zip(column["at"], column["is"], strict=True):
        full[i] = x
    return full


def passes_of(count: int, firsts: list[int], lasts: list[int]) -> list[int]:
    """Of each of `count` steps the innermost pass that it belongs to, -1 for none.

    >>> passes_of(6, [1, 2], [4, 3])
    [-1, 0, 1, 1, 0, -1]
    """
    within = [-1] * count
    for k, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        within[first : last + 1] = [k] * (last + 1 - first)  # one within another comes later
    return within


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the tape did.

    index : its place among the steps; backward_pass: which pass it belongs to, -1 for none
    kind : "forward", "seed", "visit", "rule", "unbroadcast", "arrive", "free", "accumulate" or
        "error"
    sentence : what happens, in one sentence
    node, name, operation : the row of the node in the record, the variable's or the parameter's
        name ("" without one), and the operation's name ("" for leaves)
    source, argument : for a rule, an un-broadcast and an arrival the row of the node that the
        gradient goes to or comes from, and the name of the argument between the two
    shape : of the array that the step brings about; None without one
    value, term, before : that array, the term that was added to it and what was there before:
        a number, nested lists where there are at most 64 elements, otherwise None
    mean, std, min, max : of the array
    """

    index: int
    kind: str
    sentence: str
    backward_pass: int
    node: int
    name: str
    operation: str
    source: int
    argument: str
    shape: tuple[int, ...] | None
    value: Any
    term: Any
    before: Any
    mean: float | None
    std: float | None
    min: float | None
    max: float | None


class Record:
    """The tables, with what every view asks of them.

    data : the record as docs/explore-record.md describes it

    >>> import minigrad as mg
    >>> a = mg.tensor(3.0, requires_grad=True)
    >>> with mg.explore() as view:
    ...     b = a + a
    ...     b.backward()
    >>> view.record.label(1), view.record.number(view.record.nodes["gradient"][0])
    ('b', 2.0)
    """

    def __init__(self, data: dict[str, Any]) -> None:
        if data.get("format") != FORMAT or data.get("version") != VERSION:
            raise ValueError(
                f"Record: wanted format {FORMAT!r}, version {VERSION}, got "
                f"{data.get('format')!r}, version {data.get('version')!r}"
            )
        self.data = data
        if data["kind"] in ("training", "program"):
            return
        self.nodes = _table(data["nodes"], "kind")
        self.edges = _table(data["edges"], "from")
        self.steps = _table(data["steps"], "kind")
        self.groups = data["groups"]
        self.kept = data["kept"]
        self.arrays = _table(data["arrays"], "shape")
        self.numbers = dict(zip(*data["values"].values(), strict=True))
        self.inputs: list[list[int]] = [[] for _ in self.nodes["kind"]]
        self.users: list[list[int]] = [[] for _ in self.nodes["kind"]]
        for edge, (source, user) in enumerate(
            zip(self.edges["from"], self.edges["to"], strict=True)
        ):
            self.inputs[user].append(edge)
            self.users[source].append(edge)
        seen: dict[str, int] = {}
        self._labels: list[str] = []
        for i in range(len(self.inputs)):
            kind = ("", "leaf", "constant")[self.nodes["kind"][i]]
            name = self.nodes["name"][i] or self.operation(i) or kind
            seen[name] = seen.get(name, 0) + 1
            plain = self.nodes["name"][i] and seen[name] == 1
            self._labels.append(name if plain else f"{name}#{seen[name]}")

    def to_json(self) -> str:
        """The data as JSON text."""
        return json.dumps(self.data, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Record:
        """The record of JSON text.  Raises ValueError for another format."""
        return cls(json.loads(text))

    def operation(self, node: int) -> str:
        """The name of a node's operation, "" for leaves and constants."""
        place = self.nodes["operation"][node]
        return self.data["operations"][place]["name"] if place >= 0 else ""

    def label(self, node: int) -> str:
        """A name for a node that no other node has."""
        return self._labels[node]

    def argument(self, edge: int) -> str:
        """The name of the argument that an edge leads into."""
        operation = self.data["operations"][self.nodes["operation"][self.edges["to"][edge]]]
        place = self.edges["argument"][edge]
        if operation["variadic"]:
            return f"{operation['arguments'][0]}[{place}]"
        return str(operation["arguments"][place])

    def shape(self, table: dict[str, Any], row: int) -> tuple[int, ...]:
        """The shape of a node or an array."""
        return tuple(self.data["shapes"][table["shape"][row]])

    def number(self, array: int) -> float | None:
        """The number in an array of one element, None for others and for -1."""
        if array < 0 or _size(self.shape(self.arrays, array)) != 1:
            return None
        return float(self.arrays["mean"][array])

    def value(self, array: int) -> Any:
        """An array as a number or as nested lists; None where the record has not its numbers."""
        number = self.number(array)
        if number is not None or array < 0:
            return number
        flat = self.numbers.get(array)
        if flat is None:
            return [] if 0 in self.shape(self.arrays, array) else None
        return _nest([float(x) for x in flat], self.shape(self.arrays, array))

    def not_finite(self) -> int:
        """The first step that brings about a NaN or an infinity; -1 if none does."""
        nan, inf = self.arrays["nan"], self.arrays["inf"]
        for step, array in enumerate(self.steps["array"]):
            if array >= 0 and (nan[array] or inf[array]):
                return step
        return -1

    def walk(self) -> Iterator[Step]:
        """The steps as objects."""
        passes = self.data["passes"]
        within = passes_of(len(self.steps["kind"]), passes["first"], passes["last"])
        columns = [self.steps[k] for k in ("kind", "node", "edge", "array", "term", "before")]
        for i, (kind, node, edge, array, term, before) in enumerate(zip(*columns, strict=True)):
            source = -1
            if edge >= 0:
                source = self.edges["to" if kind == ARRIVE else "from"][edge]
            if term < 0 and kind in (SEED, ARRIVE, ACCUMULATE):
                term = array
            numbers: list[float | None] = [None] * 4
            if array >= 0:
                numbers = [float(self.arrays[k][array]) for k in ("mean", "std", "min", "max")]
            yield Step(
                i,
                KINDS[kind],
                self.data["sentences"][self.steps["sentence"][i]],
                within[i],
                node,
                self.nodes["name"][node] if node >= 0 else "",
                self.operation(node) if node >= 0 else "",
                source,
                self.argument(edge) if edge >= 0 else "",
                self.shape(self.arrays, array) if array >= 0 else None,
                self.value(array),
                self.value(term),
                self.value(before),
                *numbers,
            )


def _table(columns: dict[str, Any], full: str) -> dict[str, list[Any]]:
    length = len(columns[full])
    return {name: dense(column, length) for name, column in columns.items()}


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _nest(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if len(shape) < 2:
        return flat
    step = len(flat) // shape[0]
    return [_nest(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
