"""The graph behind a node, as PyTorch shows it: `grad_fn.next_functions`."""

from __future__ import annotations

from typing import Any
from weakref import WeakValueDictionary

from .tape import Node


class AccumulateGrad:
    """Where gradients arrive: `variable` is a leaf."""

    __slots__ = ("__weakref__", "variable")
    next_functions = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable


def next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    """The parents of a node, with an `AccumulateGrad` for a leaf."""
    nodes = [p if isinstance(p, Node) or p is None else _gradient_of(p) for p in node.parents]
    return tuple([(parent, 0) for parent in nodes])


def _gradient_of(leaf: Any) -> AccumulateGrad:
    """The one of this leaf, as long as somebody has it."""
    known = _known.get(id(leaf))
    return _known.setdefault(id(leaf), AccumulateGrad(leaf)) if known is None else known


_known: WeakValueDictionary[int, AccumulateGrad] = WeakValueDictionary()
