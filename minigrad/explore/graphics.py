"""The graph for other tools: Graphviz, Mermaid, and a picture as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .operations import number
from .record import CONSTANT, LEAF, OPERATION, Record
from .text import figures, title

LETTER, LINE, PAD = 7.3, 16, 8  # of the picture's font, in pixels
ACROSS, DOWN = 24, 46  # between boxes
COLOURS = {OPERATION: "#ffffff", LEAF: "#d7ecff", CONSTANT: "#eeeeee"}
SWEEPS = 6  # passes over the layers that put boxes near their neighbours


def lines_of(record: Record, node: int) -> list[str]:
    """What stands in a node's box: its name, what it is, its shape and its gradient."""
    nodes = record.nodes
    operation = record.operation(node)
    name = nodes["name"][node]
    first = " · ".join(filter(None, (operation, name))) or "constant"
    shape = record.shape(nodes, node)
    value = figures(record, nodes["value"][node])
    lines = [first, f"{shape}{'  ' if value else ''}{value}"]
    if gradient := figures(record, nodes["gradient"][node]):
        lines.append(f"gradient {gradient}")
    return lines


# ---------------------------------------------------------------------- Graphviz and Mermaid


def to_dot(record: Record) -> str:
    """Graphviz's language; modules are clusters."""

    def text(words: str) -> str:
        return words.replace("\\", "\\\\").replace('"', '\\"')

    out = ["digraph {", '  node [shape=box, fontname="sans-serif", style=filled]']
    for depth, opens, thing in _nested(record):
        pad = "  " * (depth + 1)
        if opens is None:
            label = "\\n".join(text(line) for line in lines_of(record, thing))
            colour = COLOURS[record.nodes["kind"][thing]]
            out.append(f'{pad}n{thing} [label="{label}", fillcolor="{colour}"]')
        elif opens:
            out.append(f'{pad}subgraph cluster_{thing} {{ label="{text(title(record, thing))}"')
        else:
            out.append(f"{pad}}}")
    for source, user, label in _edges(record):
        out.append(f'  n{source} -> n{user} [label="{text(label)}"]')
    return "\n".join([*out, "}"]) + "\n"


def to_mermaid(record: Record) -> str:
    """Mermaid's language; modules are subgraphs."""

    def text(words: str) -> str:
        return escape(words).replace("#x27;", "#39;").replace("[", "#91;").replace("]", "#93;")

    out = ["flowchart TB"]
    for depth, opens, thing in _nested(record):
        pad = "  " * (depth + 1)
        if opens is None:
            label = "<br>".join(text(line) for line in lines_of(record, thing))
            left, right = ("([", "])") if record.nodes["kind"][thing] == LEAF else ("[", "]")
            out.append(f'{pad}n{thing}{left}"{label}"{right}')
        elif opens:
            out.append(f'{pad}subgraph g{thing}["{text(title(record, thing))}"]')
        else:
            out.append(f"{pad}end")
    out += [f'  n{a} -->|"{text(label)}"| n{b}' for a, b, label in _edges(record)]
    return "\n".join(out) + "\n"


def _nested(record: Record) -> Iterator[tuple[int, bool | None, int]]:
    """Depth, and: a group opens (True) or closes (False), or a node (None)."""
    within: dict[int, list[tuple[bool, int]]] = {}
    for group, parent in enumerate(record.groups["parent"]):
        within.setdefault(parent, []).append((True, group))
    for node, group in enumerate(record.nodes["group"]):
        within.setdefault(group, []).append((False, node))

    stack: list[tuple[int, bool | None, int]] = []

    def push(group: int, depth: int) -> None:
        for is_group, thing in reversed(within.get(group, [])):
            stack.append((depth, True if is_group else None, thing))

    push(-1, 0)
    while stack:
        depth, opens, thing = stack.pop()
        yield depth, opens, thing
        if opens:
            stack.append((depth, False, thing))
            push(thing, depth + 1)


def _edges(record: Record) -> Iterator[tuple[int, int, str]]:
    edges = record.edges
    for edge, (source, user) in enumerate(zip(edges["from"], edges["to"], strict=True)):
        yield source, user, record.argument(edge)


# ---------------------------------------------------------------------- a picture


def to_svg(record: Record) -> str:
    """Layers from top to bottom, by the longest path (Sugiyama, Tagawa and Toda 1981).

    A leaf stands one layer above its first use.  Within a layer boxes are ordered by the mean
    position of their neighbours.
    """
    boxes = [lines_of(record, node) for node in range(len(record.inputs))]
    widths = [max(len(line) for line in lines) * LETTER + 2 * PAD for lines in boxes]
    heights = [len(lines) * LINE + PAD for lines in boxes]
    layers = _ordered(record, _layers(record))
    xs, ys, width, height = _placed(record, layers, widths, heights)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace, monospace" '
        'font-size="12">',
        f"<title>{escape(record.data['title'])}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#666"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    for source, user in zip(record.edges["from"], record.edges["to"], strict=True):
        same = [e for e in record.inputs[user] if record.edges["from"][e] == source]
        out.append(_curve(xs, ys, heights, source, user, len(same), out))
    for node, lines in enumerate(boxes):
        x, y = xs[node] - widths[node] / 2, ys[node]
        kind = record.nodes["kind"][node]
        out.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{widths[node]:.1f}" '
            f'height="{heights[node]}" rx="{8 if kind != OPERATION else 3}" '
            f'fill="{COLOURS[kind]}" stroke="#444"/>'
        )
        for k, line in enumerate(lines):
            weight = ' font-weight="bold"' if not k else ""
            out.append(
                f'<text x="{xs[node]:.1f}" y="{y + (k + 1) * LINE:.1f}" text-anchor="middle"'
                f"{weight}>{escape(line)}</text>"
            )
    return "\n".join([*out, "</svg>"]) + "\n"


def _layers(record: Record) -> list[int]:
    """The layer of each node: below all of its inputs; of a leaf: above its first use."""
    sources = record.edges["from"]
    layer = [0] * len(record.inputs)
    for node, edges in enumerate(record.inputs):
        layer[node] = max((layer[sources[e]] + 1 for e in edges), default=0)
    for node, kind in enumerate(record.nodes["kind"]):
        if kind != OPERATION and record.users[node]:
            layer[node] = min(layer[record.edges["to"][e]] for e in record.users[node]) - 1
    return layer


def _ordered(record: Record, layer: list[int]) -> list[list[int]]:
    """The nodes of each layer from left to right."""
    layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node, its in enumerate(layer):
        layers[its].append(node)
    around: list[list[int]] = [[] for _ in layer]
    for source, user in zip(record.edges["from"], record.edges["to"], strict=True):
        around[source].append(user)
        around[user].append(source)
    place = {node: k / max(1, len(row)) for row in layers for k, node in enumerate(row)}
    for sweep in range(SWEEPS):
        for row in layers if sweep % 2 else layers[::-1]:
            mean = {n: sum(place[m] for m in around[n]) / max(1, len(around[n])) for n in row}
            row.sort(key=lambda n: mean[n])
            place.update({n: k / max(1, len(row)) for k, n in enumerate(row)})
    return layers


def _placed(
    record: Record, layers: list[list[int]], widths: list[float], heights: list[int]
) -> tuple[list[float], list[float], float, float]:
    """The middle and the top of each box, and the size of the picture."""
    totals = [sum(widths[n] + ACROSS for n in row) for row in layers]
    width = max(totals, default=0) + ACROSS
    xs, ys = [0.0] * len(widths), [0.0] * len(widths)
    y = float(ACROSS)
    for row, total in zip(layers, totals, strict=True):
        x = (width - total + ACROSS) / 2
        for node in row:
            xs[node], ys[node] = x + widths[node] / 2, y
            x += widths[node] + ACROSS
        y += max(heights[n] for n in row) + DOWN
    return xs, ys, width, y - DOWN + ACROSS if layers else y


def _curve(
    xs: list[float],
    ys: list[float],
    heights: list[int],
    source: int,
    user: int,
    count: int,
    out: list[str],
) -> str:
    """An edge; two between the same boxes stand apart."""
    ends = f'data-edge="{source}-{user}"'
    nth = sum(ends in line for line in out) if count > 1 else 0
    shift = (nth - (count - 1) / 2) * 22
    x1, y1 = xs[source] + shift / 2, ys[source] + heights[source]
    x2, y2 = xs[user] + shift / 2, ys[user]
    middle = (y1 + y2) / 2
    return (
        f'<path {ends} d="M{number(x1)} {number(y1)}C{number(x1 + shift)} {number(middle)} '
        f'{number(x2 + shift)} {number(middle)} {number(x2)} {number(y2)}" fill="none" '
        'stroke="#666" marker-end="url(#tip)"/>'
    )
