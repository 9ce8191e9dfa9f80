"""The graph for other tools: Graphviz, Mermaid, and a picture as SVG."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise

from .record import CONSTANT, LEAF, OPERATION, Record
from .text import figures, letters, title

LETTER, LINE, PAD = 7.3, 16, 8  # of the picture's font, in pixels
ACROSS, DOWN = 24, 46  # between boxes
COLOURS = {OPERATION: "#ffffff", LEAF: "#d7ecff", CONSTANT: "#eeeeee"}
LANE = 10  # the width that an edge keeps free where it passes a layer
SWEEPS = 8  # over the layers


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
    for depth, opens, thing in _in_order(record):
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
    for depth, opens, thing in _in_order(record):
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


def _in_order(record: Record) -> Iterator[tuple[int, bool | None, int]]:
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

    A leaf stands one layer above its first use.  An edge that passes layers keeps a lane of its
    own in each.  Boxes and lanes are ordered, and then placed, near the mean of their neighbours.
    """
    boxes = [lines_of(record, node) for node in range(len(record.inputs))]
    drawing = _Drawing(record, boxes)
    width, height = drawing.width, drawing.height
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="ui-monospace, monospace" '
        'font-size="12">',
        f"<title>{escape(record.data['title'])}</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#666"/></marker></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
    ]
    out += [drawing.curve(edge) for edge in range(len(record.edges["from"]))]
    for node, lines in enumerate(boxes):
        out += drawing.box(node, lines, record.nodes["kind"][node])
    return "\n".join([*out, "</svg>"]) + "\n"


class _Drawing:
    """Where everything stands.  Numbers behind those of the nodes are lanes of long edges."""

    def __init__(self, record: Record, boxes: list[list[str]]) -> None:
        self.edges = list(zip(record.edges["from"], record.edges["to"], strict=True))
        self.widths = [max(map(letters, lines)) * LETTER + 2 * PAD for lines in boxes]
        self.heights = [len(lines) * LINE + PAD for lines in boxes]
        layer = _layers(record)
        self.same: dict[tuple[int, int], list[int]] = {}
        for edge, ends in enumerate(self.edges):
            self.same.setdefault(ends, []).append(edge)
        self.lanes: list[list[int]] = []
        self.around: list[list[int]] = [[] for _ in layer]
        for source, user in self.edges:
            self.lanes.append([])
            before = source
            for between in range(layer[source] + 1, layer[user]):
                lane = len(layer)
                layer.append(between)
                self.around.append([])
                self.widths.append(LANE)
                self.heights.append(0)
                self.lanes[-1].append(lane)
                self._join(before, lane)
                before = lane
            self._join(before, user)
        self.layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
        for thing, at in enumerate(layer):
            self.layers[at].append(thing)
        self.xs = [0.0] * len(layer)
        self.tops = [0.0] * len(layer)
        self._place()
        self.width = max((x + w / 2 for x, w in self._outer()), default=0) + ACROSS
        self.height = self.bottom

    def _outer(self) -> Iterator[tuple[float, float]]:
        return zip(self.xs, self.widths, strict=True)

    def _join(self, above: int, below: int) -> None:
        self.around[above].append(below)
        self.around[below].append(above)

    def _place(self) -> None:
        """Order the layers, then give every box its place."""
        order = {thing: float(k) for row in self.layers for k, thing in enumerate(row)}
        for sweep in range(SWEEPS):
            for row in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                mean = {t: _mean([order[m] for m in self.around[t]], order[t]) for t in row}
                row.sort(key=mean.__getitem__)
                order.update({t: k - len(row) / 2 for k, t in enumerate(row)})
        for row in self.layers:
            self._spread(row, [0.0] * len(row))
        for sweep in range(SWEEPS):
            for row in self.layers if sweep % 2 == 0 else self.layers[::-1]:
                wanted = [_mean([self.xs[m] for m in self.around[t]], self.xs[t]) for t in row]
                self._spread(row, wanted)
        left = min((x - w / 2 for x, w in self._outer()), default=0) - ACROSS
        self.xs = [x - left for x in self.xs]
        y = float(ACROSS)
        for row in self.layers:
            for thing in row:
                self.tops[thing] = y
            tallest = max(self.heights[t] for t in row)
            for thing in row:
                if not self.heights[thing]:
                    self.heights[thing] = tallest
            y += tallest + DOWN
        self.bottom = y - DOWN + ACROSS if self.layers else y

    def _spread(self, row: list[int], wanted: list[float]) -> None:
        """As near to the wanted places as the order and the widths allow.

        Pushed from the left and pushed from the right both keep all distances, and so does
        their mean.
        """
        gaps = [(self.widths[a] + self.widths[b]) / 2 + ACROSS for a, b in pairwise(row)]
        right, left = list(wanted), list(wanted)
        for i, gap in enumerate(gaps):
            right[i + 1] = max(right[i + 1], right[i] + gap)
        for i in range(len(gaps) - 1, -1, -1):
            left[i] = min(left[i], left[i + 1] - gaps[i])
        for thing, a, b in zip(row, left, right, strict=True):
            self.xs[thing] = (a + b) / 2

    def box(self, node: int, lines: list[str], kind: int) -> list[str]:
        """A node's rectangle and its lines of text."""
        x, y = self.xs[node], self.tops[node]
        width, height = self.widths[node], self.heights[node]
        out = [
            f'<rect x="{x - width / 2:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" '
            f'rx="{3 if kind == OPERATION else 9}" fill="{COLOURS[kind]}" stroke="#444"/>'
        ]
        for k, line in enumerate(lines):
            weight = "" if k else ' font-weight="bold"'
            out.append(
                f'<text x="{x:.1f}" y="{y + (k + 1) * LINE:.1f}" text-anchor="middle"{weight}>'
                f"{escape(line)}</text>"
            )
        return out

    def curve(self, edge: int) -> str:
        """An edge through its lanes; two between the same boxes stand apart."""
        source, user = self.edges[edge]
        same = self.same[source, user]
        shift = (same.index(edge) - (len(same) - 1) / 2) * 22
        x, y = self.xs[source] + shift / 2, self.tops[source] + self.heights[source]
        path = [f"M{x:.1f} {y:.1f}"]
        for lane in [*self.lanes[edge], user]:
            to, top = self.xs[lane] + (shift / 2 if lane == user else 0), self.tops[lane]
            middle = (y + top) / 2
            bend = shift / 2 if not self.lanes[edge] else 0
            path.append(
                f"C{x + bend:.1f} {middle:.1f} {to + bend:.1f} {middle:.1f} {to:.1f} {top:.1f}"
            )
            x, y = to, top + self.heights[lane]
            if lane != user:
                path.append(f"V{y:.1f}")
        return f'<path d="{"".join(path)}" fill="none" stroke="#666" marker-end="url(#tip)"/>'


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


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
