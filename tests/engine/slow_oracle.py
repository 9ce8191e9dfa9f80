"""Reverse mode once more, as naively as it can be said: what `test_graphs.py` holds the tape to.

Every operation goes into one list.  A backward pass walks that list from its end, works in
float64 on copies of the values as they were, and undoes broadcasting by loops.  What the tape
refuses (a graph that was freed, memory that was changed since) is predicted as well.  Second
derivatives come from the complex step, f(x + ih) = f(x) + ih f'(x) (Squire and Trapp, "Using
complex variables to estimate derivatives of real functions", SIAM Review 40, 1998): no pass is
differentiated for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = Any
STEP = 1e-30  # nothing is subtracted, so it may be as small as one likes


class Rule(NamedTuple):
    """forward; backward(g, inputs, out) for each input; and what the graph keeps for each:
    numbers of inputs, or "out".
    """

    forward: Callable[..., Array]
    backward: Callable[..., tuple[Array, ...]]
    keeps: tuple[tuple[Any, ...], ...]


RULES = {
    "add": Rule(np.add, lambda g, x, out: (g, g), ((), ())),
    "subtract": Rule(np.subtract, lambda g, x, out: (g, -g), ((), ())),
    "multiply": Rule(np.multiply, lambda g, x, out: (g * x[1], g * x[0]), ((1,), (0,))),
    "matmul": Rule(np.matmul, lambda g, x, out: (g @ x[1].T, x[0].T @ g), ((1,), (0,))),
    "sin": Rule(np.sin, lambda g, x, out: (g * np.cos(x[0]),), ((0,),)),
    "tanh": Rule(np.tanh, lambda g, x, out: (g * (1 - out**2),), (("out",),)),
    "sum": Rule(np.sum, lambda g, x, out: (np.full(x[0].shape, g),), ((),)),
    "matrix_transpose": Rule(lambda x: x.T, lambda g, x, out: (g.T,), ((),)),
    "t[...] =": Rule(
        lambda x, y: np.broadcast_to(y, x.shape).copy(), lambda g, x, out: (0 * g, g), ((), ())
    ),
    "t[0] =": Rule(
        lambda x, y: np.stack([np.broadcast_to(y, x.shape[1:]), *x[1:]]),
        lambda g, x, out: (np.stack([0 * g[0], *g[1:]]), g[0]),
        ((), ()),
    ),
}


class Memory:
    """What several tensors may look at; `changed`: when it was last written to."""

    changed = 0


class Node:
    """One entry of the list."""

    def __init__(self, number: int, name: str, inputs: list[Value], out: Array) -> None:
        self.number, self.name = number, name
        self.parents = [v.source if v.requires_grad else None for v in inputs]
        self.inputs = [v.array.copy() for v in inputs]
        self.out = np.array(out)
        self.kept: list[Memory] = []
        self.freed = False
        self.factors: list[float] = []  # of hooks
        self.retained: Value | None = None
        self.key: Any = None  # what the watchers call it

    def pull(self, g: Array) -> list[tuple[Any, Array]]:
        if self.freed:
            raise RuntimeError("has been freed")
        if any(memory.changed > self.number for memory in self.kept):
            raise RuntimeError("changed in place since")
        answers = RULES[self.name].backward(g, self.inputs, self.out)
        return [
            (parent, summed(np.asarray(answer), x.shape))
            for parent, answer, x in zip(self.parents, answers, self.inputs, strict=True)
            if parent is not None
        ]


def summed(g: Array, shape: tuple[int, ...]) -> Array:
    """g added up to the shape that was broadcast."""
    while g.ndim > len(shape):
        g = np.add.reduce(g, axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and g.shape[axis] != 1:
            g = np.add.reduce(g, axis=axis, keepdims=True)
    return g


class Value:
    """What the oracle knows of a tensor."""

    def __init__(self, array: Array, requires_grad: bool, node: Node | None = None) -> None:
        self.array = array
        self.requires_grad = requires_grad
        self.node = node
        self.memory = Memory()
        self.grad: Array | None = None
        self.factors: list[float] = []  # of a leaf's hooks
        self.key: Any = None

    @property
    def source(self) -> Node | Value:
        return self.node or self


class Oracle:
    """The list of nodes, the clock that numbers nodes and changes, and what watchers are told."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.values: list[Value] = []
        self.clock = 0
        self.watched = False
        self.told: list[tuple[Any, ...]] = []

    def tell(self, event: str, at: Node | Value, total: Array = 0.0) -> None:
        if self.watched:
            self.told.append((event, at, np.array(total)))

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def leaf(self, array: Array, requires_grad: bool) -> Value:
        value = Value(array, requires_grad)
        self.values.append(value)
        return value

    def apply(self, name: str, inputs: list[Value], recording: bool) -> Value:
        rule = RULES[name]
        array = np.asarray(rule.forward(*[v.array for v in inputs]))
        wants = [v.requires_grad for v in inputs]
        value = self.leaf(array, recording and any(wants))
        if name == "matrix_transpose":
            value.memory = inputs[0].memory
        if value.requires_grad:
            node = value.node = Node(self.tick(), name, inputs, array)
            for wanted, keeps in zip(wants, rule.keeps, strict=True):
                if wanted:
                    node.kept += [value.memory if k == "out" else inputs[k].memory for k in keeps]
            self.nodes.append(node)
            self.tell("made", node)
        return value

    def detach(self, of: Value) -> Value:
        value = self.leaf(of.array, False)
        value.memory = of.memory
        return value

    def change(self, value: Value, name: str, other: Value, recording: bool) -> None:
        """`value.add_(other)`, `value[0] = other` and the like."""
        recorded = recording and (value.requires_grad or other.requires_grad)
        if recorded and value.node is None and value.requires_grad:
            raise RuntimeError("a leaf that requires a gradient cannot be changed")
        sharers = [v for v in self.values if v.memory is value.memory and v is not value]
        if recorded and name.startswith("t[") and sharers:
            raise RuntimeError("shares this memory")
        new = self.apply(name, [value, other], recorded)
        self.values.remove(new)
        if new.array.shape != value.array.shape:
            raise ValueError("wanted")
        if not recorded:
            value.array[...] = new.array
            value.memory.changed = self.tick()
            return
        if sharers:
            raise RuntimeError("shares this memory")
        if value.node is not None and value.node.retained is value:
            value.node.retained, new.node.retained = None, value  # type: ignore[union-attr]
        value.array, value.memory, value.node = new.array, new.memory, new.node
        value.requires_grad = True

    def differentiate(
        self, root: Value, g: Array, retain: bool, targets: set[Any] | None = None
    ) -> list[tuple[Any, Array]]:
        """What arrives at leaves, at nodes that are retained, and at targets."""
        if not root.requires_grad:
            raise RuntimeError("does not require a gradient")
        useful = None if targets is None else self.between(root.source, targets)
        totals: dict[Any, Array] = {}
        results: list[tuple[Any, Array]] = []

        def add(at: Any, term: Array) -> None:
            totals[at] = totals[at] + term if at in totals else term
            self.tell("arrived", at, totals[at])

        add(root.source, g)
        for node in reversed(self.nodes):
            if node not in totals:
                continue
            g = totals.pop(node) * np.prod(node.factors)
            if node.retained is not None or (targets is not None and node in targets):
                results.append((node, g))
            if useful is not None and node not in useful:
                continue
            terms = node.pull(g)
            self.tell("pulled", node, g)
            for parent, term in terms:
                if useful is None or parent in useful or parent in (targets or ()):
                    add(parent, term)
            if not retain:
                node.freed = True
                self.tell("freed", node)
        for leaf, g in totals.items():
            if targets is None or leaf in targets:
                results.append((leaf, g * np.prod(leaf.factors)))
        return results

    def between(self, root: Any, targets: set[Any]) -> set[Any]:
        """The nodes from which a target can be reached; behind a freed node nobody knows."""
        useful: set[Any] = set()
        for node in self.nodes:
            if node.freed or any(p in useful or p in targets for p in node.parents if p):
                useful.add(node)
        return useful

    def follows(self, later: Any, earlier: Any) -> bool:
        """Does one node come of the other, or of that leaf?"""
        found = {earlier}
        for node in self.nodes:
            if any(p in found for p in node.parents):
                found.add(node)
        return later is not earlier and later in found

    def second_derivative(self, root: Value, g: Array, first: Any, v: Array, second: Any) -> Array:
        """Of <g, root>, along v at `first`, then with respect to `second`: nodes or leaves."""
        steps: dict[Any, Array] = {first: STEP * v}
        inputs: dict[Node, list[Array]] = {}
        outs: dict[Node, Array] = {}
        for node in self.nodes:
            pairs = zip(node.inputs, node.parents, strict=True)
            inputs[node] = [x + 1j * steps.get(p, 0.0) for x, p in pairs]
            outs[node] = RULES[node.name].forward(*inputs[node])
            steps[node] = steps.get(node, 0.0) + np.imag(outs[node])
        totals: dict[Any, Array] = {root.source: g + 0j}
        for node in reversed(self.nodes):
            if node in totals:
                answers = RULES[node.name].backward(totals[node], inputs[node], outs[node])
                for parent, answer, x in zip(node.parents, answers, node.inputs, strict=True):
                    if parent is not None:
                        term = summed(np.asarray(answer), x.shape)
                        totals[parent] = totals.get(parent, 0.0) + term
        return np.imag(totals.get(second, 0.0)) / STEP

    def stale(self) -> bool:
        """Is there a node that a pass may refuse?"""
        return any(n.freed or any(m.changed > n.number for m in n.kept) for n in self.nodes)

    def backward(
        self, root: Value, g: Array, retain: bool, inputs: list[Value] | None = None
    ) -> None:
        targets = None if inputs is None else {v.source: v for v in inputs}
        for at, total in self.differentiate(root, g, retain, targets and {*targets}):
            leaf = at.retained if isinstance(at, Node) else at
            leaf = (targets or {}).get(at, leaf)
            leaf.grad = total if leaf.grad is None else leaf.grad + total
            self.tell("accumulated", leaf)
