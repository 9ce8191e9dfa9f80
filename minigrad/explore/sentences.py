"""What a step says about itself, in one sentence."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from .graph import Table
from .operations import few, fill_in, number, short
from .record import (
    ACCUMULATE,
    ARRIVE,
    ERROR,
    FORWARD,
    FREE,
    OPERATION,
    RULE,
    SEED,
    UNBROADCAST,
    VISIT,
    passes_of,
)

SPEAKING = 1000
"""Nodes up to which sentences have numbers and variables' names: each is another text to store."""

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def sentences(
    recorder: Any, nodes: Table, edges: Table, kept: Table, described: Sequence[dict[str, Any]]
) -> tuple[list[str], list[int]]:
    """The different sentences, and for each event of a recorder which of them it is."""
    known: dict[str, int] = {}
    speaker = _Speaker(recorder, nodes, edges, kept, described)
    events = list(zip(*[iter(recorder.events)] * 6, strict=True))
    passes = recorder.passes
    within = passes_of(len(events), [p.first for p in passes], [p.last for p in passes])
    which = []
    for event, speaker.at in zip(events, within, strict=True):
        which.append(known.setdefault(speaker.say(*event), len(known)))
    return list(known), which


class _Speaker:
    def __init__(
        self,
        recorder: Any,
        nodes: Table,
        edges: Table,
        kept: Table,
        described: Sequence[dict[str, Any]],
    ) -> None:
        self.recorder = recorder
        self.nodes = nodes
        self.edges = edges
        self.arrays = recorder.arrays
        self.described = described
        self.speaking = len(nodes["kind"]) <= SPEAKING
        self.at = -1  # the pass that the step belongs to
        self.terms: dict[int, int] = {}  # of how many a sum is
        # by the pass and the node: what has arrived there altogether, and what is its gradient
        self.sums: dict[tuple[int, int], int] = {}
        self.gradients: dict[tuple[int, int], int] = {}
        self.inputs: dict[int, list[int]] = {}
        for edge, user in enumerate(edges["to"]):
            self.inputs.setdefault(user, []).append(edge)
        self.blocks: dict[int, dict[int, int]] = {}  # of a node: bytes, by the memory they are in
        for row, block, size in zip(kept["node"], kept["block"], kept["bytes"], strict=True):
            blocks = self.blocks.setdefault(row, {})
            blocks[block] = max(size, blocks.get(block, 0))
        self.says = {
            FORWARD: self.forward,
            SEED: self.seed,
            VISIT: self.visit,
            RULE: self.rule,
            UNBROADCAST: self.unbroadcast,
            ARRIVE: self.arrive,
            FREE: self.free,
            ACCUMULATE: self.accumulate,
            ERROR: self.error,
        }

    def say(self, kind: int, node: int, edge: int, array: int, term: int, before: int) -> str:
        return self.says[kind](node, edge, array, term, before)

    # ------------------------------------------------------------------ the words for things

    def entry(self, node: int) -> dict[str, Any]:
        entry: dict[str, Any] = self.described[self.nodes["operation"][node]]
        return entry

    def name(self, node: int) -> str:
        """A variable's or a parameter's name; in large graphs the last part of the latter."""
        if self.speaking:
            return str(self.nodes["name"][node])
        if self.nodes["kind"][node] == OPERATION:
            return ""
        return str(self.nodes["name"][node]).split(".")[-1]

    def who(self, node: int) -> str:
        if name := self.name(node):
            return name
        if self.nodes["kind"][node] == OPERATION:
            return str(self.entry(node)["name"])
        return "a leaf" if self.nodes["kind"][node] == 1 else "a constant"

    def figures(self, array: int) -> str | None:
        """The numbers of an array, if they are few."""
        small = self.arrays.small(array) if self.speaking else None
        return None if small is None else short(small)

    def shape(self, array: int) -> str:
        shape = self.arrays.shapes[array]
        return str(shape) if shape else "a number"

    def numbers(self, array: int) -> str:
        return self.figures(array) or self.shape(array)

    def argument(self, edge: int) -> str:
        entry, place = self.entry(self.edges["to"][edge]), self.edges["argument"][edge]
        if entry["variadic"]:
            return f"{entry['arguments'][0]}[{place}]"
        return str(entry["arguments"][place])

    def values(self, node: int) -> dict[str, Any]:
        """What the rules of a node can name and this record knows as a number."""
        values = dict(self.recorder.graph.given.get(node, {}))
        for edge in self.inputs.get(node, ()):
            source = self.edges["from"][edge]
            name = self.argument(edge)
            array = self.recorder.graph.used.get(edge, self.nodes["value"][source])
            values[name] = self.arrays.small(array)
            values[f"{name}_shape"] = self.nodes["shape"][source]
        values["out"] = self.arrays.small(self.nodes["value"][node])
        return {name: value for name, value in values.items() if value is not None}

    # ------------------------------------------------------------------ the sentences

    def forward(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        entry = self.entry(node)
        said = few([self.who(self.edges["from"][e]) for e in self.inputs.get(node, ())])
        if settings := self.nodes["settings"][node]:
            said.append(settings)
        call = f"{entry['name']}({', '.join(said)})"
        if name := self.name(node):
            call = f"{name} = {call}"
        value = self.figures(array)
        if value is None:
            return f"{call} gives {self.shape(array)}"
        expression = fill_in(entry["forward"], self.values(node))
        text = f"{call}: {expression} = {value}" if expression else f"{call} = {value}"
        edges = [e for e in self.inputs.get(node, ()) if e in self.recorder.graph.used]
        changed = dict.fromkeys(self.who(self.edges["from"][e]) for e in edges)
        return text + "".join(f"; {who} was changed in place before" for who in changed)

    def seed(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        self.count(node, array, before)
        inner = self.at >= 0 and self.recorder.passes[self.at].around
        which = "a backward pass within it" if inner else "the backward pass"
        text = f"{which} begins: {self.who(node)} receives {self.numbers(term)}"
        if before >= 0:
            text += f": {self.sum(before, term, array)}"
        return text

    def visit(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        self.gradients[self.at, node] = array
        name = f" ({self.name(node)})" if self.name(node) else ""
        head = f"{self.entry(node)['name']}{name} has all of its gradient"
        arrived = self.sums.get((self.at, node), array)
        if arrived == array:
            return f"{head}: {self.numbers(array)}"
        return f"{head}: {self.numbers(arrived)}; a hook makes it {self.numbers(array)}"

    def rule(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        if edge < 0:
            return f"its rule answers: {self.numbers(array)}"
        argument = self.argument(edge)
        formula = self.formula(node, argument)
        value = self.figures(array)
        if not formula:
            return f"its rule for {argument} gives {self.numbers(array)}"
        text = f"its rule for {argument}: {formula}"
        if value is None:
            return f"{text}, {self.shape(array)}"
        g = self.arrays.small(self.gradients.get((self.at, node), -1))
        if g is not None:
            expression = fill_in(formula, {**self.values(node), "g": g})
            if expression and expression != value:
                text += f" = {expression}"
        return f"{text} = {value}"

    def formula(self, node: int, argument: str) -> str:
        """The source of a rule for one input, where that is one expression."""
        for rule in self.entry(node)["rules"]:
            if argument not in rule["inputs"] or "\n" in rule["source"]:
                continue
            source = str(rule["source"])
            try:
                tree = ast.parse(source, mode="eval").body
            except SyntaxError:
                return ""
            if len(rule["inputs"]) == 1:
                return source
            if isinstance(tree, ast.Tuple) and len(tree.elts) == len(rule["inputs"]):
                return ast.unparse(tree.elts[rule["inputs"].index(argument)])
        return ""

    def unbroadcast(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        old, new = self.arrays.shapes[before], self.arrays.shapes[array]
        texts = []
        if old != new:
            extra = len(old) - len(new)
            axes = [i for i in range(len(old)) if i < extra or old[i] != new[i - extra]]
            word = "axis" if len(axes) == 1 else "axes"
            listed = " and ".join(filter(None, [", ".join(map(str, axes[:-1])), str(axes[-1])]))
            texts.append(f"un-broadcast: summed over {word} {listed}, {old} to {new}")
        types = self.arrays.dtypes
        if types[before] != types[array]:
            texts.append(f"cast: {types[before]} to {types[array]}")
        text = "; ".join(texts) or "made an array of its own"
        value, first = self.figures(array), self.figures(before)
        if value and first and value != first:
            text += f": {first} to {value}"
        return text

    def count(self, node: int, array: int, before: int) -> int:
        """Of how many terms the sum is that is at a node now."""
        self.sums[self.at, node] = array
        count = self.terms[array] = self.terms.get(before, 0) + 1 if before >= 0 else 1
        return count

    def sum(self, before: int, term: int, array: int) -> str:
        """The addition in numbers, or the shape."""
        shown = [self.figures(i) for i in (before, term, array)]
        if None in shown:
            return self.shape(array)
        return f"{shown[0]} + {shown[1]} = {shown[2]}"

    def arrive(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        count = self.count(node, array, before)
        if before < 0:
            return f"{self.who(node)} receives its first term: {self.numbers(array)}"
        which = f"a {ORDINALS[count - 1]}" if count <= len(ORDINALS) else "a further"
        return f"{self.who(node)} receives {which} term: {self.sum(before, term, array)}"

    def free(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        size = sum(self.blocks.get(node, {}).values())
        return f"freed: {_bytes(size)} of kept arrays" if size else "freed: nothing was kept"

    def accumulate(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        value = self.figures(array)
        who = self.name(node) or "the leaf"
        if before < 0:
            text = f"{who}.grad: was None, becomes {value or self.shape(array)}"
            hooked = term >= 0 and value is not None and value != self.figures(term)
            return f"{text} (a hook made that of {self.figures(term)})" if hooked else text
        if value is None:
            return f"{who}.grad: {self.shape(array)} is added to it (it was not zeroed)"
        return f"{who}.grad: was {self.figures(before)}, becomes {value} (it was not zeroed)"

    def error(self, node: int, edge: int, array: int, term: int, before: int) -> str:
        error = self.recorder.error
        return f"{error['type']}: {error['message']}"


def _bytes(size: int) -> str:
    """A number of bytes in a few letters.

    >>> _bytes(12000), _bytes(8), _bytes(3_500_000)
    ('12 kB', '8 bytes', '3.5 MB')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if size >= unit:
            return f"{number(round(size / unit, 1 if size < 10 * unit else 0))} {name}"
    return f"{size} bytes"
