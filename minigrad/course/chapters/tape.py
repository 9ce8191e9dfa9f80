"""Chapter 2: the walk back over a scalar tape."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Finding, Trial

NUMBERS = count()
LONG = 20_000


class Value:
    """The template's, for the right answer."""

    def __init__(self, data: Any, parents: Any = (), rule: Any = None) -> None:
        self.data = data
        self.parents = parents
        self.rule = rule
        self.number = next(NUMBERS)
        self.grad = 0.0

    def __add__(self, other: Any) -> Value:
        return Value(self.data + other.data, (self, other), lambda g: (g, g))

    def __mul__(self, other: Any) -> Value:
        return Value(
            self.data * other.data, (self, other), lambda g: (g * other.data, g * self.data)
        )

    def tanh(self) -> Value:
        """With its rule."""
        out = math.tanh(self.data)
        return Value(out, (self,), lambda g: (g * (1 - out * out),))


def walk(root: Any) -> None:
    """Newest first."""
    total = {root: 1.0}
    for value in sorted(all_behind(root), key=lambda value: value.number, reverse=True):
        if value.rule is None:
            value.grad += total[value]
            continue
        for parent, term in zip(value.parents, value.rule(total[value]), strict=True):
            total[parent] = total.get(parent, 0.0) + term


def all_behind(root: Any) -> list[Any]:
    """Every value behind this one, itself included."""
    found, waiting = {id(root): root}, [root]
    while waiting:
        for parent in waiting.pop().parents:
            if id(parent) not in found:
                found[id(parent)] = parent
                waiting.append(parent)
    return list(found.values())


class TooOften(Exception):
    """Rules are called so often that the walk would take for ever."""


class Graph:
    """How to make a graph, and what the last walks over it did.

    build : takes the class Value, gives the leaves by name, the values between by name, and the
        roots, from each of which one pass starts
    events : of each pass, (value, g, terms) of every call of a rule
    """

    def __init__(self, build: Callable[[Any], tuple[dict[str, Any], dict[str, Any], list[Any]]]):
        self.build = build
        self.events: list[list[tuple[Any, Any, Any]]] = []
        self.names: dict[int, str] = {}
        self.roots: list[Any] = []
        self.leaves: dict[str, Any] = {}
        self.broken = ""  # the name of a value whose parents or rule were taken away
        self.late = ""  # of one whose rule was called when the passes were over
        self.walking = False

    def name(self, value: Any) -> str:
        """For sentences."""
        return self.names.get(id(value), "a value")


def watching(function: Any, args: tuple[Any, ...]) -> Any:
    """The leaves' gradients after the passes, with every call of a rule written down."""
    (graph,) = args
    cls = getattr(sys.modules.get(function.__module__), "Value", Value)
    leaves, between, roots = graph.build(cls)
    graph.leaves, graph.roots, graph.events, graph.walking = leaves, roots, [], True
    graph.names = {id(v): name for name, v in {**leaves, **between}.items()}
    values = {id(v): v for root in roots for v in all_behind(root)}
    most = 20 * len(values) + 200

    def watch(value: Any, rule: Any) -> Any:
        def call(g: Any) -> Any:
            if not graph.walking:
                graph.late = graph.name(value)
                return rule(g)
            if sum(map(len, graph.events)) > most * len(roots):
                raise TooOften
            terms = rule(g)
            graph.events[-1].append((value, g, terms))
            return terms

        return call

    for value in values.values():
        if value.rule is not None:
            value.rule = watch(value, value.rule)
    before = {id(v): (v.parents, v.rule) for v in values.values()}
    for number, root in enumerate(roots):
        graph.events.append([])
        try:
            function(root)
        finally:
            graph.walking = number + 1 < len(roots)
        for value in values.values():
            if before[id(value)] != (value.parents, value.rule):
                graph.broken = graph.broken or graph.name(value)
                value.parents, value.rule = before[id(value)]
    return np.array([float(leaf.grad) for leaf in leaves.values()])


# ---------------------------------------------------------------------- graphs


def plain(cls: Any) -> Any:
    """Each value is used once."""
    x, w, b = cls(2.0), cls(-0.5), cls(0.25)
    p = x * w
    s = p + b
    return {"x": x, "w": w, "b": b}, {"p": p, "s": s}, [s.tanh()]


def diamond(cls: Any) -> Any:
    """b = a + a, c = b + b."""
    a = cls(3.0)
    b = a + a
    c = b + b
    return {"a": a}, {"b": b, "c": c}, [c]


def uneven(cls: Any) -> Any:
    """A value that is used near the end, and far from it."""
    a, k = cls(0.5), cls(2.0)
    b = a * k
    c = b.tanh()
    d = c * k
    e = b + d
    return {"a": a, "k": k}, {"b": b, "c": c, "d": d, "e": e}, [b * e]


def uneven_other_way(cls: Any) -> Any:
    """The same with the operands the other way round, which misleads other walks."""
    a, k = cls(0.5), cls(2.0)
    b = k * a
    c = b.tanh()
    d = k * c
    e = d + b
    return {"a": a, "k": k}, {"b": b, "c": c, "d": d, "e": e}, [e * b]


def doubling(cls: Any) -> Any:
    """2^30 paths."""
    a = cls(1.0)
    v = a
    for _ in range(30):
        v = v + v
    return {"a": a}, {}, [v]


def twice(cls: Any) -> Any:
    """Two passes over one graph."""
    a, k = cls(0.5), cls(2.0)
    b = a * k
    c = b + b
    root = c * k
    return {"a": a, "k": k}, {"b": b, "c": c}, [root, root]


def two_ends(cls: Any) -> Any:
    """Two losses that share their leaves and a value."""
    a, k = cls(0.5), cls(2.0)
    b = a * k
    return {"a": a, "k": k}, {"b": b}, [b.tanh(), b + a]


def long(cls: Any) -> Any:
    """A chain."""
    a = cls(1.0)
    v = a
    for _ in range(LONG):
        v = v + a
    return {"a": a}, {}, [v]


def alone(cls: Any) -> Any:
    """A leaf that is the end result as well."""
    a = cls(2.0)
    return {"a": a}, {}, [a]


RECURSION = (
    f"a chain of {LONG:,} values ends in a RecursionError: Python's stack is no place for a walk. "
    f"Keep the values that wait in a list"
)
ALONE = "it is wrong where root is a leaf itself: it changes with itself by 1, and that is its grad"
SECOND = "it is right for one pass, not for the next: a pass adds to `grad` of the leaves"


def cases() -> list[Case]:
    """From a tree to a chain that is too long for recursion."""
    return [
        Case((Graph(plain),), words="tanh(x w + b)"),
        Case((Graph(diamond),), words="b = a + a, c = b + b"),
        Case((Graph(uneven),), words="b = a k, e = b + k tanh(b), b e"),
        Case((Graph(uneven_other_way),), words="b = k a, e = k tanh(b) + b, e b"),
        Case((Graph(doubling),), words="v = v + v, 30 times"),
        Case((Graph(alone),), words="a leaf alone", mistake="a leaf alone", text=ALONE),
        Case((Graph(twice),), words="two passes", mistake="second pass", text=SECOND),
        Case((Graph(two_ends),), words="two losses", mistake="second pass", text=SECOND),
        Case((Graph(long),), words="a chain", mistake="recursion", text=RECURSION),
    ]


# ---------------------------------------------------------------------- what the walk did


def how(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Follow each pass, and say where it first goes wrong."""
    for trial in trials:
        if trial.error and not isinstance(trial.error, (TooOften, RecursionError)):
            return None
        (graph,) = trial.case.args
        if graph.broken:
            return Finding(
                "graph changed",
                f"after a pass {graph.broken} has lost its parents or its rule ({trial.case.words}): "
                f"the next pass needs them",
            )
        if graph.late:
            return Finding(
                "kept between calls",
                f"a later call, of another graph, calls the rule of {graph.late} again "
                f"({trial.case.words}): what is kept from call to call? A default argument such as "
                f"`seen=set()` is made once, not with each call",
            )
        before = {id(leaf): 0.0 for leaf in graph.leaves.values()}
        for number, (events, root) in enumerate(zip(graph.events, graph.roots, strict=False)):
            found = (
                seed(events, root, number, trial.error is None)
                or order(graph, events, root, trial.case.words)
                or sums(graph, events, root, number, trial.case.words)
                or missed_value(graph, events, root, trial)
            )
            if found:
                return found
            if not trial.error:
                for leaf, terms in arrivals(events, root).items():
                    before[leaf] = before.get(leaf, 0.0) + sum(terms)
        if not trial.error and (found := left(graph, before, trial)):
            return found
    return None


def seed(events: list[Any], root: Any, number: int, finished: bool) -> Finding | None:
    """Does the walk begin with 1?"""
    if not finished or root.rule is None:
        return None
    if not events and number:
        return Finding(
            "second pass", "the next pass calls no rule: what does the first one leave behind?"
        )
    if not events:
        return Finding("no walk", "no rule was called: nothing goes back from root")
    first = next((g for value, g, _ in events if value is root), None)
    if first is None or first == 0:
        return Finding(
            "no seed", "root's rule got 0: root changes with itself by 1, begin with that"
        )
    if first != 1 and number:
        return Finding(
            "second pass", f"root's rule got {first:g} in the next pass: begin each pass with 1"
        )
    if first != 1:
        return Finding("seed", f"root's rule got {first:g}: root changes with itself by 1")
    return None


def order(graph: Graph, events: list[Any], root: Any, words: str) -> Finding | None:
    """Is each rule called once, after those of all values that use it?"""
    users: dict[int, set[int]] = {}
    for value in all_behind(root):
        for parent in value.parents:
            users.setdefault(id(parent), set()).add(id(value))
    seen: set[int] = set()
    terms = arrivals({id(event[0]): event for event in events}.values(), root)
    for value, g, _ in events:
        if id(value) in seen:
            if len(mine := terms.get(id(value), [])) > 1 and math.isclose(g, sum(mine)):
                return Finding(
                    "called twice",
                    f"the rule of {graph.name(value)} is called more than once in a pass ({words}), "
                    f"each time with all that has arrived: it waits once for each of its uses. Let "
                    f"it wait once",
                )
            return Finding(
                "depth-first order",
                f"the rule of {graph.name(value)} is called more than once in a pass ({words}): this "
                f"walks every path by itself, and n values of two uses have 2^n. Let a value wait "
                f"until all of its uses have answered, then call its rule once",
            )
        if users.get(id(value), set()) - seen:
            return Finding(
                "depth-first order",
                f"the rule of {graph.name(value)} is called before all of its uses have answered "
                f"({words}): it passes on a part only. In which order were the values made?",
            )
        seen.add(id(value))
    return None


def arrivals(events: Iterable[Any], root: Any) -> dict[int, list[float]]:
    """The terms that a pass brings to each value."""
    terms: dict[int, list[float]] = {id(root): [1.0]}
    for value, _, answers in events:
        for parent, term in zip(value.parents, answers, strict=False):
            terms.setdefault(id(parent), []).append(term)
    return terms


def sums(graph: Graph, events: list[Any], root: Any, number: int, words: str) -> Finding | None:
    """Does each rule get the sum of what has arrived?"""
    terms = arrivals(events, root)
    for value, g, _ in events:
        mine = terms.get(id(value), [])
        if math.isclose(g, sum(mine), rel_tol=1e-9, abs_tol=1e-12):
            continue
        name, told = graph.name(value), " and ".join(f"{t:.4g}" for t in mine)
        if len(mine) > 1 and math.isclose(g, mine[-1], rel_tol=1e-9):
            return Finding(
                "= for +=",
                f"{name} receives {told} ({words}), and its rule gets {g:.4g}, wanted {sum(mine):.4g}: "
                f"terms add up, `=` keeps one of them",
            )
        if number:
            return Finding(
                "second pass",
                f"in the second pass {name} receives {told}, and its rule gets {g:.4g}: what the "
                f"first pass left there is still in it. Only leaves keep what they have",
            )
        return Finding("sum", f"{name} receives {told} ({words}), and its rule gets {g:.4g}")
    return None


def missed_value(graph: Graph, events: list[Any], root: Any, trial: Trial) -> Finding | None:
    """Does the walk reach every value?"""
    seen = {id(value) for value, _, _ in events}
    for value in all_behind(root):
        if value.rule is not None and id(value) not in seen and not trial.error:
            return Finding(
                "stops early",
                f"the rule of {graph.name(value)} is never called ({trial.case.words}): the walk ends "
                f"before it has come to the leaves",
            )
    return None


def left(graph: Graph, wanted: dict[int, float], trial: Trial) -> Finding | None:
    """Do the leaves have the sum of all passes?"""
    for name, leaf in graph.leaves.items():
        total = wanted.get(id(leaf), 0.0)
        got = float(leaf.grad)
        if math.isclose(got, total, rel_tol=1e-9, abs_tol=1e-12):
            continue
        passes = [
            arrivals(e, r).get(id(leaf), [])
            for e, r in zip(graph.events, graph.roots, strict=False)
        ]
        if len(passes) > 1 and math.isclose(got, sum(passes[-1]), rel_tol=1e-9):
            return Finding(
                "second pass",
                f"after two passes {name}.grad is {got:.4g}, wanted {total:.4g} ({trial.case.words}): "
                f"a pass adds to what is there, as two losses add",
            )
        mine = next((p for p in passes if len(p) > 1), [])
        told = " and ".join(f"{t:.4g}" for t in mine)
        if mine and math.isclose(got, mine[-1], rel_tol=1e-9):
            return Finding(
                "= for +=",
                f"{name} receives {told} ({trial.case.words}), and {name}.grad is {got:.4g}, wanted "
                f"{total:.4g}: terms add up, `=` keeps one of them",
            )
        if any(math.isclose(got, sum(mine[:k]), rel_tol=1e-9) for k in range(1, len(mine))):
            return Finding(
                "depth-first order",
                f"{name} receives {told} ({trial.case.words}), and {name}.grad is {got:.4g}: it was "
                f"written before all of its uses had answered. In which order were the values made?",
            )
        if found := strange(graph, name, got, wanted, [t for p in passes for t in p], trial):
            return found
    return None


def strange(
    graph: Graph, name: str, got: float, wanted: dict[int, float], terms: list[float], trial: Trial
) -> Finding | None:
    """Another leaf's gradient, none at all, or one of the other sign."""
    leaf = graph.leaves[name]
    total, told = wanted.get(id(leaf), 0.0), " and ".join(f"{t:.4g}" for t in terms)
    says = f"{name} receives {told} ({trial.case.words}), and {name}.grad is {got:.4g}"
    for other, one in graph.leaves.items():
        if got != total and wanted.get(id(one)) == got and float(one.grad) == total:
            return Finding(
                "swapped",
                f"{says}, which is what {other} receives: a rule's answers are in the order of "
                f"`parents`",
            )
    if any(leaf is root for root in graph.roots):
        return None
    if got == 0:
        return Finding("lost", f"{says}: each parent gets its term of the rule's answer")
    if got == -total:
        return Finding("sign", f"{says}: terms are added, not subtracted")
    return None


def on_error(trial: Trial) -> Finding | None:
    """A leaf that was asked for its rule, a total that nobody has begun."""
    text = str(trial.error)
    if isinstance(trial.error, TypeError) and "'NoneType' object is not callable" in text:
        return Finding(
            "leaf",
            "a leaf has no rule (None): what arrives at it goes into its grad, and no further",
        )
    if isinstance(trial.error, KeyError) and hasattr((*trial.error.args, None)[0], "parents"):
        return Finding(
            "no total",
            "a value has no total yet when its first term arrives: begin with 0, or use .get(value, 0.0)",
        )
    return None


EXERCISES = (
    Exercise(
        "backward",
        (
            "A value may only pass on what it has when all of its uses have answered. Those who use "
            "it were made after it: what does that say about their numbers?",
            "Collect all values behind root in a list (a loop, no recursion). Sort them, newest "
            "first. A dict holds what has arrived at each; root begins with 1. Leaves add it to grad.",
        ),
        walk,
        cases,
        ("graph",),
        ("grad",),
        own=(how,),
        on_error=on_error,
        observe=watching,
        rtol=1e-9,
    ),
)
