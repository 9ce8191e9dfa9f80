"""The tables of docs/explore-record.md, put together from what a recorder has seen."""

from __future__ import annotations

import linecache
import os
from typing import Any

from . import operations
from .graph import Table
from .record import FORMAT, OPERATION, VERSION, sparse
from .sentences import sentences

NOTHING = (
    "any step: nothing that requires a gradient was run in the block (under no_grad nothing is "
    "recorded)"
)
LATE = (
    "values, lines and modules of the forward pass: it ran before the block; open the block around "
    "the forward pass too"
)


def tables(recorder: Any, kind: str) -> dict[str, Any]:
    """The record of a recorder, of kind "step" or "structure"."""
    graph = recorder.graph
    nodes, edges, kept = graph.tables()
    parameter = {
        row: name for row, key in graph.ids.items() if (name := graph.modules.parameters.get(key))
    }
    nodes["name"] = [parameter.get(i, name) for i, name in enumerate(nodes["name"])]
    lacks = [*recorder.lacks, LATE] if graph.late else list(recorder.lacks)
    if not nodes["kind"] and recorder.error is None:
        lacks.append(NOTHING)
    return {
        "format": FORMAT,
        "version": VERSION,
        "kind": kind,
        "level": recorder.level,
        "title": recorder.title or _title(recorder, nodes),
        "lacks": lacks,
        "error": recorder.error,
        "programs": recorder.programs,
        **_body(recorder, nodes, edges, kept),
    }


def _body(recorder: Any, nodes: Table, edges: Table, kept: Table) -> dict[str, Any]:
    graph, arrays, events = recorder.graph, recorder.arrays, recorder.events
    shapes: dict[tuple[int, ...], int] = {}
    dtypes: dict[Any, int] = {}

    def shape(column: Any) -> list[int]:
        return [shapes.setdefault(tuple(s), len(shapes)) for s in column]

    def dtype(column: Any) -> list[int]:
        return [dtypes.setdefault(str(d), len(dtypes)) for d in column]

    described = [operations.description(op) for op in graph.operations]
    spoken, which = sentences(recorder, nodes, edges, kept, described)
    order = [i for pair in zip(nodes["value"], nodes["gradient"], strict=True) for i in pair]
    order += events[3::6] + events[4::6] + events[5::6]
    numbers = arrays.tables([i for i in order if i >= 0], len(events) // 6)
    numbers["arrays"] = {
        "shape": shape(arrays.shapes),
        "dtype": dtype(arrays.dtypes),
        **numbers["arrays"],
    }
    table: dict[str, Any] = dict(nodes)
    table |= {"shape": shape(nodes["shape"]), "dtype": dtype(nodes["dtype"])}
    for name in ("pass", "grad", "freed", "forward_ns", "backward_ns"):
        table[name] = sparse(table[name])
    table["settings"] = sparse(table["settings"], "")
    kept = {**kept, "shape": shape(kept["shape"]), "dtype": dtype(kept["dtype"])}
    columns = ("kind", "node", "edge", "array", "term", "before")
    steps: dict[str, Any] = {k: events[i::6] for i, k in enumerate(columns)}
    passes = recorder.passes
    pairs = zip(steps["term"], steps["array"], strict=True)
    steps["term"] = [-1 if term == now else term for term, now in pairs]
    for name in ("edge", "term", "before"):
        steps[name] = sparse(steps[name])
    return {
        "operations": described,
        "shapes": [list(s) for s in shapes],
        "dtypes": list(dtypes),
        **_lines(recorder.frames.lines),
        "groups": graph.modules.table(nodes["group"], nodes["operation"]),
        "nodes": table,
        "edges": edges,
        "kept": kept,
        **numbers,
        "steps": {**steps, "sentence": which},
        "sentences": spoken,
        "passes": {
            "first": [p.first for p in passes],
            "last": [max(p.first, p.last) for p in passes],
            "roots": [p.roots for p in passes],
        },
        "checks": {k: [] for k in ("node", "absolute", "relative", "passed", "worst")},
    }


def _lines(places: dict[tuple[str, int], int]) -> dict[str, Any]:
    files: dict[str, int] = {}
    where = [files.setdefault(_name(file), len(files)) for file, _ in places]
    lines = {
        "file": where,
        "number": [number for _, number in places],
        "text": [linecache.getline(*place).strip() for place in places],
    }
    return {"files": list(files), "lines": lines}


def _name(file: str) -> str:
    """A file's name without folders; cells of notebooks have made-up names."""
    cell = "ipykernel_" in file or file.startswith("<ipython-input-")
    return "cell" if cell else os.path.basename(file)


def _title(recorder: Any, nodes: Table) -> str:
    outermost = [p.roots for p in recorder.passes if p.around is None]
    roots = outermost[-1] if outermost else []
    made = [i for i, kind in enumerate(nodes["kind"]) if kind == OPERATION]
    row = roots[0] if roots else made[-1] if made else -1
    if row < 0:
        return "nothing was recorded"
    place = nodes["operation"][row]
    made_by = list(recorder.graph.operations)[place].name if place >= 0 else "a leaf"
    name = nodes["name"][row] or made_by
    count = len(made)
    return f"{name}: {count} operation{'s' if count != 1 else ''}"
