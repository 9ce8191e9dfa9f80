"""Reverse mode: the record of a computation, and the walk back through it.

Running an operation on a tensor that requires a gradient leaves a `Node` behind: which
operation ran, which nodes its inputs came from, and the few arrays that its derivative
will need.  Nodes point only at their inputs, so reference counting alone frees a graph.

The chain rule is then one loop (`differentiate`).  A node is always made after the nodes of
its inputs, so *newest first* is an order in which every node has received all of its
cotangent before it is used: the Wengert list read backwards (Griewank and Walther,
*Evaluating Derivatives*, 2nd ed., SIAM 2008, ch. 3).  No sorting pass, no recursion.

This module knows no operation and no tensor: only an `Operation` that can be asked for
cotangents, and leaves, which are anything with `shape` and `dtype`.

`tape.pxd` beside it tells Cython the C types of an ordinary install; nothing here needs it.
"""

from __future__ import annotations

import functools
import itertools
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from typing import Any, TypeVar

import numpy as np
from numpy import ndarray

_F = TypeVar("_F", bound=Callable[..., Any])


class _Mode(threading.local):
    """What the current thread is doing; every thread starts by recording."""

    recording = True
    in_rule = False  # rules that run on arrays get arrays back from operations


mode = _Mode()
_numbers = itertools.count()


class _GradMode:
    """Sets the current thread's `mode.recording` in a block, or in a decorated function."""

    enabled: bool

    def __new__(cls, function: Any = None) -> Any:
        """`@no_grad` means `@no_grad()`."""
        return super().__new__(cls) if function is None else cls()(function)

    def __init__(self) -> None:
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(mode.recording)
        mode.recording = self.enabled

    def __exit__(self, *exc: object) -> None:
        mode.recording = self._before.pop()

    def __call__(self, function: _F) -> _F:
        @functools.wraps(function)
        def inside(*args: Any, **kwargs: Any) -> Any:
            with type(self)():
                return function(*args, **kwargs)

        return inside  # type: ignore[return-value]


class no_grad(_GradMode):
    """Run a block, or a decorated function, without recording it.

    The setting is the current thread's own, and is restored however the block is left.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.no_grad():
    ...     (3 * w).requires_grad
    False
    """

    enabled = False


class enable_grad(_GradMode):
    """Record again inside a `no_grad` block; otherwise as `no_grad`.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> with mg.no_grad(), mg.enable_grad():
    ...     (3 * w).requires_grad
    True
    """

    enabled = True


class detect_anomaly:
    """Remember the line that made each node, and stop at the first NaN of a backward pass.

    Slow: for finding a fault.  The error names the operation, the shapes and the line of the
    forward pass.  The name is PyTorch's, and as there the block counts for every thread.
    """

    def __enter__(self) -> None:
        _watchers.append(self)

    def __exit__(self, *exc: object) -> None:
        _watchers.pop()


_watchers: list[detect_anomaly] = []  # the blocks under way


class _Hold:
    """Keeps an array read-only for as long as some node needs its values.

    One hold an array, shared by the nodes that keep it, so that reference counting ends it.
    The memory's owner is held along with a view of it, or a write through the owner would go
    unseen.
    """

    __slots__ = ("array", "owner", "late", "__weakref__")

    def __init__(self, array: ndarray) -> None:
        self.array = array
        self.owner = hold(array.base) if isinstance(array.base, ndarray) else None
        self.late: list[ndarray] = []
        array.setflags(write=False)

    def __del__(self) -> None:
        _holds.pop(id(self.array), None)
        try:
            self.array.setflags(write=True)
        except ValueError:  # the owner is held elsewhere still: it frees this view with itself
            if self.owner is not None:
                self.owner.late.append(self.array)
            return
        for view in self.late:
            view.setflags(write=True)


_holds: dict[int, weakref.ref[_Hold]] = {}  # by the id of the array


def hold(array: ndarray) -> _Hold | None:
    """Make an array read-only until the returned hold is dropped (None: it is so by birth)."""
    if not array.flags.writeable:
        known = _holds.get(id(array))
        held = known() if known else None
        if held is None and isinstance(array.base, ndarray):
            return hold(array.base)  # a read-only view: its owner may be writable
        return held
    held = _Hold(array)
    _holds[id(array)] = weakref.ref(held)
    return held


class Operation:
    """What the tape knows of an operation: its name, and how to ask it for cotangents."""

    __slots__ = ("name",)

    def pull(
        self, node: Node, g: Any, needs: Sequence[bool] | None, create_graph: bool
    ) -> list[tuple[Any, Any]]:
        """Pairs of a parent of `node` and its cotangent, where g is that of the node."""
        raise NotImplementedError


class Node:
    """One recorded operation.

    number : position in the order of making; inputs have smaller numbers
    operation, plan : what ran, and which of its rules the backward pass will use
    parents : for each input the node or the leaf it came from, None where no gradient goes
    kept : what the rules asked to keep; None once the graph is freed
    shape, dtype : of the output.  The output itself is not held, or graphs would be cycles.
    """

    __slots__ = (
        *("number", "operation", "plan", "parents", "kept", "holds"),
        *("shape", "dtype", "retained", "line", "__weakref__"),
    )

    def __init__(
        self,
        operation: Any,
        plan: Any,
        parents: Sequence[Any],
        kept: list[Any],
        holds: Sequence[Any] | None,
        shape: tuple[int, ...],
        dtype: np.dtype,
    ) -> None:
        self.number = next(_numbers)
        self.operation = operation
        self.plan = plan
        self.parents = parents
        self.kept: list[Any] | None = kept
        self.holds = holds
        self.shape = shape
        self.dtype = dtype
        self.retained: Any = None  # weak reference to the output, where retain_grad() asked
        self.line = _user_line() if _watchers else None

    def __lt__(self, other: Node) -> bool:
        return self.number > other.number  # a heap's smallest is then the newest

    def __hash__(self) -> int:
        return self.number

    def __repr__(self) -> str:
        return f"<{self.operation.name} -> {self.shape} {self.dtype}>"

    def free(self) -> None:
        """Forget what the rules need and where the inputs came from."""
        self.kept = None
        self.holds = self.parents = ()


def _user_line() -> str:
    frame = sys._getframe(0)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "minigrad":
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` down to `shape`: the transpose of broadcasting from `shape` to `g.shape`.

    Raises ValueError where `shape` does not broadcast to the shape of `g`.
    """
    extra = g.ndim - len(shape)
    stretched = tuple(i + extra for i, n in enumerate(shape) if n == 1 != g.shape[i + extra])
    sums = tuple(range(extra)) + stretched
    if extra < 0 or any(n != m for n, m in zip(shape, g.shape[extra:], strict=True) if n != 1):
        raise ValueError(f"a gradient of shape {g.shape} does not fit an input of shape {shape}")
    return g.sum(axis=sums, keepdims=True).reshape(shape) if sums else g


def _fits(parent: Any, g: Any) -> bool:
    """Does a rule's answer have the parent's own shape and dtype?"""
    if isinstance(parent, Node):
        node = parent
        return g.dtype is node.dtype and g.shape == node.shape
    return g.dtype is parent.dtype and g.shape == parent.shape


def _fitted(parent: Any, g: Any) -> Any:
    """A rule's answer in the parent's own shape and dtype."""
    if not hasattr(g, "astype"):
        g = np.asarray(g)
    if g.shape != parent.shape:
        g = unbroadcast(g, parent.shape)
    return g if g.dtype == parent.dtype else g.astype(parent.dtype)


def _pulled(
    node: Node, g: Any, needs: Sequence[bool] | None, create_graph: bool, anomaly: bool
) -> list[tuple[Any, Any]]:
    """Pairs of a parent and the cotangent that it receives from this node."""
    if node.kept is None:
        raise RuntimeError(
            f"the graph through {node.operation.name!r} has been freed by an earlier backward "
            "pass; give that pass retain_graph=True if you need a second one"
        )
    try:
        answers: list[tuple[Any, Any]] = node.operation.pull(node, g, needs, create_graph)
        for i, (parent, answer) in enumerate(answers):
            if not _fits(parent, answer):
                answers[i] = parent, _fitted(parent, answer)
    except Exception as error:
        raise _explained(node, error) from error
    if anomaly:
        for parent, answer in answers:
            if np.isnan(answer if isinstance(answer, ndarray) else answer.data).any():
                raise _explained(node, ValueError(f"NaN in a gradient of shape {parent.shape}"))
    return answers


def _explained(node: Node, error: Exception) -> RuntimeError:
    where = node.line or "a line that `with minigrad.autograd.detect_anomaly():` would name"
    inputs = ", ".join("-" if p is None else f"{p.shape} {p.dtype}" for p in node.parents)
    return RuntimeError(
        f"the gradient of {node.operation.name!r} (inputs {inputs}; output {node.shape} "
        f"{node.dtype}), run forward at {where}, failed: {type(error).__name__}: {error}"
    )


def _leads_to(roots: Iterable[Any], targets: set[Any]) -> set[Node]:
    """The nodes above `roots` from which some target can be reached."""
    seen, stack = set(), [r for r in roots if isinstance(r, Node)]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(p for p in node.parents if isinstance(p, Node) and p not in seen)
    useful: set[Node] = set()
    for node in sorted(seen, reverse=True):  # oldest first: parents are decided before children
        # Where a freed node led to is not known any more; pulling on it raises.
        if node.kept is None or any(p in targets or p in useful for p in node.parents):
            useful.add(node)
    return useful


def differentiate(
    roots: Sequence[Any],
    seeds: Sequence[Any],
    targets: set[Any] | None = None,
    retain_graph: bool = False,
    create_graph: bool = False,
) -> dict[Any, tuple[Any, bool]]:
    """The chain rule: carry `seeds`, the cotangents of `roots`, back to the leaves.

    Returns a cotangent for every leaf and every `retain_grad` node reached (with `targets`: for
    those of them that were reached, and nothing else is computed), each with a flag: may the
    caller have the array for its own, or do others see it too?

    With `create_graph` the cotangents are tensors and the pass itself is recorded.
    """
    under_way = _Arrivals()
    useful = None if targets is None else _leads_to(roots, targets)
    results: dict[Any, tuple[Any, bool]] = {}
    needs = None
    anomaly = bool(_watchers)
    before = mode.recording, mode.in_rule
    mode.recording, mode.in_rule = create_graph, not create_graph
    try:
        for root, seed in zip(roots, seeds, strict=True):
            under_way.add(root, seed)
        while under_way.frontier:
            node, g = under_way.newest()
            if node.retained is not None or (targets is not None and node in targets):
                results[node] = g, False
            if useful is not None:
                if node not in useful:
                    continue
                needs = [p in useful or p in targets for p in node.parents]  # type: ignore[operator]
            answers = _pulled(node, g, needs, create_graph, anomaly)
            for parent, answer in answers:
                first = under_way.add(parent, answer)
                if first and not isinstance(parent, Node) and _fresh(answer, g, node.kept, answers):
                    under_way.owned.add(parent)
            if not retain_graph:
                node.free()
    finally:
        mode.recording, mode.in_rule = before
    for leaf, g in under_way.sums.items():
        if targets is None or leaf in targets:
            results[leaf] = g, leaf in under_way.owned
    return results


class _Arrivals:
    """What has come back so far to nodes and leaves that wait for the rest of it.

    sums : the cotangents
    owned : those of whose sums are arrays that this pass allocated
    frontier : the nodes, a heap
    """

    __slots__ = ("sums", "owned", "frontier")

    def __init__(self) -> None:
        self.sums: dict[Any, Any] = {}
        self.owned: set[Any] = set()
        self.frontier: list[Node] = []

    def add(self, at: Any, g: Any) -> bool:
        """One more term of the sum for a node or leaf; was it the first?"""
        before = self.sums.get(at)
        if before is None:
            self.sums[at] = g
            if isinstance(at, Node):
                heappush(self.frontier, at)
            return True
        if at in self.owned:
            np.add(before, g, out=before)
        else:
            total = self.sums[at] = before + g
            if type(total) is ndarray:  # not so for scalars, which are all that 0-d sums give
                self.owned.add(at)
        return False

    def newest(self) -> tuple[Node, Any]:
        """The newest node that waits, and its sum, which is complete."""
        node = heappop(self.frontier)
        return node, self.sums.pop(node)


def _fresh(answer: Any, g: Any, kept: Any, answers: Any) -> bool:
    """Has the rule just allocated its answer, for this input alone?

    Not so where it passed on something it was given, a view, or one array for two inputs.
    """
    if type(answer) is not ndarray or answer.base is not None or answer is g:
        return False
    if not answer.flags.writeable:
        return False
    for value in kept:  # a tuple is what a rule of `*arrays` keeps
        if answer is value or (type(value) is tuple and _among(answer, value)):
            return False
    shared = 0
    for _, other in answers:
        if other is answer:
            shared += 1
    return shared == 1


def _among(array: Any, others: Iterable[Any]) -> bool:
    return any(array is other for other in others)
