"""Reverse mode: the record of a computation, and the walk back through it.

Running an operation on a tensor that requires a gradient leaves a `Node` behind.  Its *parents* are
the nodes that made the operation's inputs, or a `Leaf` where an input was made by hand.  Given its
*cotangent*, the derivative of the end of the computation with respect to the node's output, a node
answers with a term of the cotangent of each parent.  Terms from several uses add up.

The chain rule is then one loop (`differentiate`).  A node is always made after the nodes of its
inputs, so *newest first* is an order in which every node has received all of its cotangent before
it is used: the Wengert list read backwards (Griewank and Walther, *Evaluating Derivatives*,
2nd ed., SIAM 2008, ch. 3).  The walk sorts nothing and does not recurse.  This module knows no
operation, only leaves; docs/autodiff.md derives it, tape.pxd has the C types.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy import ndarray

from .drop import Link  # has `parents`, and frees a long chain of them without recursion
from .mode import mode  # of this thread: is what runs recorded? does a rule run on arrays?
from .tell import tell, watchers  # those who look on, and how they are told
from .unbroadcast import fit  # a rule's answer, in its input's shape and dtype
from .version import numbers  # 1, 2, 3, ...: one counter for nodes and for changes in place


class Node(Link):
    """One recorded operation; a subclass knows which, and how to differentiate it.

    number : position in the order of making; parents have smaller numbers
    name : of the operation
    parents : of each input its node or leaf, None where no gradient goes (a slot of `Link`)
    shape, dtype : of the output.  The output itself is not held, or graphs would be cycles.
    freed : by a backward pass that did not retain the graph
    retained : a weak reference to the output, where retain_grad() asked
    hook : what the complete cotangent goes through; line : where a watcher noted the user's line
    """

    __slots__ = "number name shape dtype freed retained hook line __weakref__".split()

    def start(
        self, name: str, parents: Sequence[Any], shape: tuple[int, ...], dtype: np.dtype
    ) -> None:
        """Take the next number; what an `__init__` would do, which takes longer."""
        self.number = next(numbers)
        self.name, self.parents, self.shape, self.dtype = name, parents, shape, dtype
        self.freed = False
        self.retained = self.hook = self.line = None  # type: Any

    def pull(self, g: Any, needs: Sequence[bool] | None, create_graph: bool) -> list[Any]:
        """The chain rule at this node: what its parents receive if it received g.

        Triples of a parent, its term, and whether that is an array made for it alone; for those
        that `needs` says (None: all).  RuntimeError if what a rule needs has changed.
        """
        raise NotImplementedError

    def free(self) -> None:
        """Forget what the rules need and where the inputs came from."""
        self.freed, self.parents = True, ()

    def __lt__(self, other: Node) -> bool:
        return self.number > other.number  # a heap's smallest, which it gives first, is the newest

    def __hash__(self) -> int:
        return self.number  # a compiled class that orders its instances inherits none

    def __repr__(self) -> str:
        return f"<{self.name} -> {self.shape} {self.dtype}>"


def differentiate(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    targets: set[Any] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
    ends: bool = False,
) -> dict[Any, tuple[Any, bool]]:
    """The chain rule: carry `seeds`, the cotangents of `roots`, back to the leaves.

    Returns a cotangent for every leaf, target and `retain_grad` node that is reached (with
    `targets` only what leads to one; if the pass `ends` there, another goes on and runs their
    hooks), and whether it is an array that nobody else has: tensors in a `create_graph` pass.
    """
    watched = bool(watchers)
    sums, results, needs = WatchedSums() if watched else Sums(), {}, None
    useful = None if targets is None else _between(targets, roots)
    if watched:
        tell("differentiates", roots)
    old_mode, complete = (mode.recording, mode.in_rule), False
    mode.recording, mode.in_rule = create_graph, not create_graph  # in_rule: arrays, not tensors
    try:
        for root, seed in zip(roots, seeds, strict=True):
            sums.add(root, seed, False)
        while sums.waiting:
            node, g = sums.newest()  # every use of it has been visited: g is complete
            if ends and node in targets:  # type: ignore[operator]
                results[node] = g, False
                continue
            if node.hook is not None:
                g = node.hook(g)
            if node.retained is not None or (targets is not None and node in targets):
                results[node] = g, False  # its rules may hand g on
            if useful is not None:
                if node not in useful:  # it leads to no target
                    continue
                needs = [p in useful or p in targets for p in node.parents]  # type: ignore[operator]
            for parent, term, new in _terms(node, g, needs, create_graph, watched):
                sums.add(parent, term, new)
            if not retain_graph:
                node.free()
                if watched:
                    tell("freed", node)
        for leaf, g in sums.totals.items():  # no node waits any more
            if targets is None or leaf in targets:
                hook = None if ends else leaf._hook
                results[leaf] = (g, leaf in sums.own) if hook is None else (hook(g), False)
        complete = True
    finally:
        mode.recording, mode.in_rule = old_mode
        if watched:
            tell("differentiated", complete)
    return results


class Leaf:
    """Where gradients end: what a tensor is to the tape.

    _data : an array of the gradient's shape and dtype, which are its `shape` and `dtype`
    _hook : what the complete gradient goes through, or None
    """

    __slots__ = ("_data", "_hook")

    _data: Any
    _hook: Any


class Sums:
    """What has come back so far to nodes and leaves that wait for the rest of it.

    totals : the sums of the terms that arrived
    own : the nodes and leaves whose total is an array that this pass has made, and may add to
    waiting : the nodes, a heap
    """

    __slots__ = ("own", "totals", "waiting")

    def __init__(self) -> None:
        self.totals: dict[Any, Any] = {}
        self.own: set[Any] = set()
        self.waiting: list[Node] = []

    def add(self, receiver: Any, term: Any, new: bool) -> None:
        """One more term for a node or leaf; `new`: an array that nobody else has."""
        total = self.totals.get(receiver)
        if total is None:
            self.totals[receiver] = total = term
            if isinstance(receiver, Node):
                heappush(self.waiting, receiver)
        elif receiver in self.own:
            np.add(total, term, out=total)
            new = False
        else:
            self.totals[receiver] = total = total + term
            new = True
        if new and type(total) is ndarray:  # a sum of 0-d arrays is a scalar
            self.own.add(receiver)

    def newest(self) -> tuple[Node, Any]:
        """The newest node that waits, and its total."""
        node = heappop(self.waiting)
        return node, self.totals.pop(node)


class WatchedSums(Sums):
    """The same, where somebody watches."""

    __slots__ = ()

    def add(self, receiver: Any, term: Any, new: bool) -> None:
        """One more term, and word of it."""
        Sums.add(self, receiver, term, new)
        tell("arrived", receiver, term, self.totals[receiver])


def _terms(
    node: Node, g: Any, needs: Sequence[bool] | None, create_graph: bool, watched: bool
) -> list[Any]:
    """`node.pull`, every term in its parent's own shape and dtype; errors name the operation."""
    if node.freed:
        raise RuntimeError(
            f"the graph through {node.name!r} has been freed by an earlier backward pass; give "
            "that pass retain_graph=True if you need a second one"
        )
    try:
        terms: list[Any] = node.pull(g, needs, create_graph)
        answers = list(terms) if watched else terms  # as the rules gave them
        for i, (parent, answer, new) in enumerate(terms):
            if not _fits(parent, answer):
                terms[i] = parent, fit(answer, parent, node.shape), new
        if watched:
            tell("pulled", node, g, [t[:2] for t in answers], [t[:2] for t in terms])
    except Exception as error:
        if watched:
            tell("failed", node)
        raise _error_at(node, error) from error
    return terms


def _fits(parent: Any, g: Any) -> bool:
    """Does a rule's answer have the parent's own shape and dtype?"""
    try:
        if isinstance(parent, Node):
            node = parent  # a variable of a type of its own, for Cython
            if type(g) is not ndarray and type(g) is node.dtype.type:
                return not node.shape  # NumPy's scalars look for their dtype in a list
            return g.dtype is node.dtype and g.shape == node.shape
        leaf = parent  # a tensor's own `dtype` and `shape` take longer
        if type(g) is not ndarray and type(g) is type(leaf._data):
            return True
        return g.dtype is leaf._data.dtype and g.shape == leaf._data.shape
    except AttributeError:  # a Python number, or None
        return False


def _error_at(node: Node, error: Exception) -> RuntimeError:
    where = node.line[0] if node.line else "a line that `with mg.autograd.detect_anomaly():` names"
    inputs = ", ".join("-" if p is None else f"{p.shape} {p.dtype}" for p in node.parents)
    return RuntimeError(
        f"the gradient of {node.name!r} (inputs {inputs}; output {node.shape} {node.dtype}), run "
        f"forward at {where}, failed: {type(error).__name__}: {error}"
    )


def _between(targets: set[Any], roots: Iterable[Any]) -> set[Node]:
    """The nodes that `roots` lead to, and from which a target can be reached."""
    seen, stack = set(), [r for r in roots if isinstance(r, Node)]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(p for p in node.parents if isinstance(p, Node) and p not in seen)
    useful: set[Node] = set()
    for node in sorted(seen, key=lambda node: node.number):  # parents before their children
        # Without parents it has been freed, or is not to be differentiated: pulling on it raises.
        if not node.parents or any(p in targets or p in useful for p in node.parents):
            useful.add(node)
    return useful
