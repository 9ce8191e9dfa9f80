"""The graph behind a node, as PyTorch shows it: `grad_fn.next_functions`."""

from __future__ import annotations

from typing import Any

from .tape import Node


class AccumulateGrad:
    """Where gradients arrive: `variable` is a leaf."""

    __slots__ = ("variable",)
    next_functions = ()

    def __init__(self, variable: Any) -> None:
        self.variable = variable


def next_functions(node: Node) -> tuple[tuple[Any, int], ...]:
    """The parents of a node, with an `AccumulateGrad` for a leaf."""
    nodes = (p if isinstance(p, Node) or p is None else AccumulateGrad(p) for p in node.parents)
    return tuple([(parent, 0) for parent in nodes])
