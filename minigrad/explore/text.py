"""The record as text: modules and their operations, indented, in the order of running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unicodedata import east_asian_width

from .operations import few, number, short
from .record import CONSTANT, LEAF, OPERATION, Record


def to_text(record: Record) -> str:
    """Modules, their operations, and under its first use every leaf; then the passes.

    >>> import minigrad as mg
    >>> a = mg.tensor(3.0, requires_grad=True)
    >>> with mg.explore() as view:
    ...     b = a + a
    ...     b.backward()
    >>> print(view)
    b: 1 operation
    b = add(a, a)  () float32  6  gradient 1  ...
        a          () float32  3  gradient 2
    """
    data = record.data
    head = [data["title"]]
    if data["error"]:
        head.append(f"ended by {data['error']['type']}: {data['error']['message']}")
    head += [f"without {sentence}" for sentence in data["lacks"]]
    if data["kind"] == "training":
        return "\n".join([*head, *_training(data)])
    if data["kind"] == "program":
        return "\n".join([*head, *_programs(data)])
    if (step := record.not_finite()) >= 0:
        sentence = data["sentences"][record.steps["sentence"][step]]
        head.append(f"the first NaN or infinity, step {step}: {sentence}")
    rows = list(_rows(record))
    wide = [[letters(row[i]) for row in rows if len(row) > 1] or [0] for i in range(4)]
    widths = [max(w) for w in wide]
    lines = [
        "  ".join(c + " " * (w - letters(c)) for c, w in zip(row, (*widths, 0), strict=False))
        for row in rows
    ]
    lines = [line.rstrip() for line in lines]
    return "\n".join([*head, *lines, *_programs(data)])


def letters(text: str) -> int:
    """How many letters wide a text is; those of East Asia take two.

    >>> letters("w"), letters("重み")
    (1, 4)
    """
    return sum(1 + (east_asian_width(letter) in "WF") for letter in text)


def _programs(data: dict[str, Any]) -> Iterator[str]:
    """The programs of compiled functions, and what each recorded instruction became."""
    for program in data["programs"]:
        if data["kind"] != "program":
            yield f"the program of {program['name']}"
        yield from (f"    {line}" for line in program["lines"])
        table = program["instructions"]
        if any(table["became"]):
            yield "    what was recorded, and what it became"
            width = max(map(len, table["name"]))
            for name, became in zip(table["name"], table["became"], strict=True):
                yield f"      {name:{width}}  {became}"


def _rows(record: Record) -> Iterator[tuple[str, ...]]:
    nodes, groups = record.nodes, record.groups
    shown: set[int] = set()
    stack: list[int] = []
    times = repeats(record)
    for node, kind in enumerate(nodes["kind"]):
        if kind != OPERATION:
            if not record.users[node]:
                yield _row(record, node, 0, record.label(node))
            continue
        path = _path(groups["parent"], nodes["group"][node])
        if any(times.get(group) == 0 for group in path):
            continue
        same = 0
        while same < min(len(path), len(stack)) and path[same] == stack[same]:
            same += 1
        for depth, group in list(enumerate(path))[same:]:
            more = f"  ×{times[group]}" if group in times else ""
            yield ("    " * depth + title(record, group) + more,)
        stack = path
        depth = len(path)
        yield _row(record, node, depth, call(record, node))
        for edge in record.inputs[node]:
            source = record.edges["from"][edge]
            if nodes["kind"][source] != OPERATION and source not in shown:
                shown.add(source)
                yield _row(record, source, depth + 1, record.label(source))


def repeats(record: Record) -> dict[int, int]:
    """Of runs of equal modules within one: how many the first stands for, 0 for the others.

    Nothing but these modules has run between the first of a run and its end.
    """
    groups, nodes = record.groups, record.nodes
    shapes: list[list[Any]] = [[groups["like"][i]] for i in range(len(groups["name"]))]
    before = [0] * len(shapes)  # operations that its parent had run by itself
    alone: dict[int, int] = {}
    for node, group in enumerate(nodes["group"]):
        if nodes["kind"][node] != OPERATION:
            continue
        edges = [record.edges["from"][edge] for edge in record.inputs[node]]
        inputs = [nodes["shape"][e] for e in edges if nodes["kind"][e] == LEAF]
        alone[group] = alone.get(group, 0) + 1
        for at in _path(groups["parent"], group):
            if len(shapes[at]) == 1:
                before[at] = alone.get(groups["parent"][at], 0)
            shapes[at].append((nodes["shape"][node], *inputs))
    found: dict[int, int] = {}
    last: dict[int, int] = {}  # by the parent: the first of the run under way
    for group, parent in enumerate(groups["parent"]):
        first = last.get(parent, -1)
        alike = first >= 0 and shapes[first] == shapes[group] and before[first] == before[group]
        if parent >= 0 and alike:
            found[first] = found.get(first, 1) + 1
            found[group] = 0
        else:
            last[parent] = group
    return found


def _path(parents: list[int], group: int) -> list[int]:
    path = []
    while group >= 0:
        path.append(group)
        group = parents[group]
    return path[::-1]


def title(record: Record, group: int) -> str:
    """A module's name and kind, and which call of it this is."""
    groups = record.groups
    name, kind, again = groups["name"][group], groups["kind"][group], groups["call"][group]
    text = f"{name} · {kind}" if name else kind
    return f"{text}, call {again + 1}" if again else text


def call(record: Record, node: int) -> str:
    """An operation as its call."""
    said = few([record.label(record.edges["from"][edge]) for edge in record.inputs[node]])
    if settings := record.nodes["settings"][node]:
        said.append(settings)
    text = f"{record.operation(node)}({', '.join(said)})"
    label = record.label(node)
    return f"{label} = {text}"


def _row(record: Record, node: int, depth: int, words: str) -> tuple[str, ...]:
    nodes = record.nodes
    shape = record.shape(nodes, node)
    kind = f"{shape} {record.data['dtypes'][nodes['dtype'][node]]}"
    gradient = figures(record, nodes["gradient"][node])
    notes = {LEAF: "", CONSTANT: "constant", OPERATION: ""}[nodes["kind"][node]]
    if line := nodes["line"][node] + 1:
        lines = record.data["lines"]
        notes = f"{record.data['files'][lines['file'][line - 1]]}:{lines['number'][line - 1]}"
    if check := gradcheck_words(record, node):
        notes = f"{notes}  {check}".strip()
    return (
        "    " * depth + words,
        kind,
        figures(record, nodes["value"][node]),
        f"gradient {gradient}" if gradient else "",
        notes,
    )


def figures(record: Record, array: int) -> str:
    """An array's numbers if they are few, otherwise its mean and spread, and what is not finite."""
    if array < 0:
        return ""
    value = record.value(array)
    if value is not None and (text := short(value)) is not None:
        return text
    arrays = record.arrays
    text = f"{number(float(arrays['mean'][array]))} ± {number(float(arrays['std'][array]))}"
    for name, word in (("nan", "NaN"), ("inf", "infinite")):
        if arrays[name][array]:
            text += f", {arrays[name][array]} {word}"
    return text


def gradcheck_words(record: Record, node: int) -> str:
    """What gradcheck said of an input."""
    checks = record.data["checks"]
    if node not in checks["node"]:
        return ""
    i = checks["node"].index(node)
    error = number(float(checks["relative"][i]))
    return f"gradcheck: relative error {error}" + ("" if checks["passed"][i] else ", WRONG")


def _training(data: dict[str, Any]) -> Iterator[str]:
    layers = data["layers"]
    head = ("layer", "activation", "dead", "gradient", "update / weight")
    rows = [head]
    for i, name in enumerate(layers["name"]):
        ratios = [
            data["parameters"]["ratio"][k]
            for k, layer in enumerate(data["parameters"]["layer"])
            if layer == i
        ]
        last = [r for series in ratios if (r := _last(series)) is not None]
        rows.append(
            (
                f"{name} · {layers['kind'][i]}",
                f"{_number(layers['mean'][i])} ± {_number(layers['std'][i])}",
                _number(layers["dead"][i]),
                _number(layers["gradient"][i]),
                ", ".join(number(r) for r in last),
            )
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        yield "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
    if data["worst"]:
        yield data["worst"]["sentence"]


def _last(series: list[Any]) -> float | None:
    known = [x for x in series if x is not None]
    return float(known[-1]) if known else None


def _number(series: list[Any]) -> str:
    last = _last(series)
    return "" if last is None else number(last)
