"""What a call leaves on the tape: a node that keeps what the rules ask for, and calls them.

`record.pxd` tells Cython the C types.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .convert import copy_of, refuse_masked
from .fields import Fields, origin, version_of
from .foreign import read_only
from .plan import Operation, Plan, make_plan
from .refusals import change_error, refuse_gradient, refuse_saved
from .tape import Node
from .tell import tell, watchers
from .tensor import result, tensor_of
from .version import Version
from .watchers import tell_copy


class Call(Node):
    """One recorded call of an operation.

    plan : which rules the backward pass will use, and what is kept for them
    kept : that; None once the graph is freed
    versions : of the tensors whose memory was kept: in the places of `plan.values` (a tuple has as
        many as it has elements), None for what is no tensor, and behind them that of the output
    """

    __slots__ = ("kept", "operation", "plan", "versions")

    operation: Operation
    plan: Plan
    kept: list[Any] | None
    versions: list[Version | None] | None

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The parents, as PyTorch shows them."""
        from .next_functions import next_functions

        return next_functions(self)

    def free(self) -> None:
        """Forget what was kept, and the parents."""
        self.freed = True
        self.parents = ()
        self.kept = self.versions = None

    def pull(self, g: Any, needs: Sequence[bool] | None, create_graph: bool) -> list[Any]:
        """The rules of the operation, only where there is a need."""
        if self.versions is not None:
            for version in self.versions:
                if version is not None and version.changed > self.number:
                    raise change_error(self, version)
        kept: list[Any] = self.kept  # type: ignore[assignment]
        if create_graph:
            kept = kept_tensors(self)
        elif not self.operation.trusted:
            g = read_only(g)
            kept = [read_only(value) for value in kept]
        parents = self.parents
        answers: list[Any] = []
        for function, asked, inputs, several, new in self.plan.rules:
            if several:
                needed = tuple([parents[i] is not None and (not needs or needs[i]) for i in inputs])
                if True in needed:
                    parts = function(g, *[kept[k] if k >= 0 else needed for k in asked])
                    if parts is None or len(parts) != len(inputs):
                        got = "None" if parts is None else len(parts)
                        raise ValueError(f"wanted {len(inputs)} cotangents, got {got}")
                    for k, i in enumerate(inputs):
                        if needed[k]:
                            answers.append((parents[i], parts[k], new))
            elif not needs or needs[inputs[0]]:
                if not asked:  # building a list of arguments would take longer than most rules
                    answer = function(g)
                elif len(asked) == 1:
                    answer = function(g, kept[asked[0]])
                else:
                    answer = function(g, *[kept[k] for k in asked])
                answers.append((parents[inputs[0]], answer, new))
        if not self.operation.trusted:
            for _, answer, _ in answers:
                refuse_masked(answer, "a rule")
        if create_graph:
            return [(p, a if isinstance(a, Fields) else tensor_of(a), False) for p, a, _ in answers]
        return answers


def record(op: Operation, args: Sequence[Any], sources: list[Any], wanting: int) -> Call:
    """The node of a call.

    args as given; sources : the same as arrays, the output, what was saved; wanting : how many of
    the arguments require a gradient
    """
    parents = []
    pattern = 1  # of inputs that want a gradient: a bit each, behind a 1
    for a in args[0] if op.variadic else [args[i] for i in op.inputs]:
        pattern <<= 1
        parent = None
        if isinstance(a, Fields):
            tensor = a
            if tensor._requires_grad:
                parent = origin(tensor)
                pattern |= 1
                wanting -= 1
        parents.append(parent)
    if wanting:
        refuse_gradient(op, args, None)
    key: Any = pattern
    if len(parents) > 62:  # more than the bits that a number has in C
        key = tuple([p is not None for p in parents])
    plan = op.plans.get(key)
    if plan is None:
        plan = op.plans[key] = make_plan(op, parents)
    kept = []
    versions = None
    place = 0
    count = len(args)
    for i in plan.values:
        value = sources[i]
        if i < count:
            a = args[i]
            if type(value) is tuple:
                for t in a:
                    if isinstance(t, Fields):
                        versions = keep_version(t, versions, place)
                    place += 1
            else:
                if isinstance(a, Fields):
                    versions = keep_version(a, versions, place)
                elif type(value) is list:
                    value = copy_of(value)  # the caller may change it
                place += 1
        kept.append(value)
    if plan.keeps_output and place:
        versions = _fill(versions, place)
    for i in plan.shapes:
        kept.append(_shape(sources[i]))
    out = sources[count]
    node = Call.__new__(Call)
    node.start(op.name, parents, out.shape, out.dtype)
    node.operation, node.plan, node.kept, node.versions = op, plan, kept, versions
    if watchers:
        tell("made", node, args, sources)
    return node


def keep_version(
    tensor: Fields, versions: list[Version | None] | None, place: int
) -> list[Version | None]:
    """The versions that a node remembers, and behind `place` of them that of one more tensor."""
    version = version_of(tensor)
    version.kept = True
    versions = _fill(versions, place)
    versions.append(version)
    return versions


def _fill(versions: list[Version | None] | None, places: int) -> list[Version | None]:
    """At least so many, with None where there is none."""
    if versions is None:
        return [None] * places
    while len(versions) < places:
        versions.append(None)
    return versions


def kept_tensors(node: Any) -> list[Any]:
    """What a node kept, as tensors that remember where they came from, and their versions."""
    op = node.operation
    kept = list(node.kept)
    versions = iter(node.versions or ())
    for k, place in enumerate(node.plan.values):
        if place == len(op.names):
            kept[k] = tensor_at(kept[k], node, node.versions[-1])  # the output
        elif place < len(op.names):
            parts = kept[k] if type(kept[k]) is tuple else (kept[k],)
            known = [next(versions, None) for _ in parts]
            if op.variadic and place == 0:
                kept[k] = tuple(map(tensor_at, parts, node.parents, known))
            elif place in op.inputs:
                kept[k] = tensor_at(kept[k], node.parents[op.inputs.index(place)], known[0])
            elif type(kept[k]) is not tuple and known[0] is not None:  # such as a mask
                kept[k] = tell_copy(kept[k], kept[k].copy())  # of which later changes mean nothing
        elif not op.trusted:
            refuse_saved(op, op.saves[place - len(op.names) - 1], kept[k])
    return kept


def tensor_at(array: Any, parent: Any, version: Version | None) -> Any:
    """A kept array as the tensor it was: attached to its node, the leaf itself, or a constant."""
    if parent is None and version is None:
        return array
    if parent is None or isinstance(parent, Node):
        tensor = result(array, parent)
        tensor._version_ = version  # so that the pass that is recorded notices later changes
        return tensor
    known = parent._data
    if known is not array and not np.array_equal(known.astype(array.dtype), array, equal_nan=True):
        raise RuntimeError(
            f"a leaf of shape {parent.shape} was changed since the graph was made; create_graph "
            "needs the leaf as it was"
        )
    return parent if known.dtype == array.dtype else parent.astype(array.dtype)


def _shape(value: Any) -> Any:
    return tuple(map(np.shape, value)) if type(value) is tuple else np.shape(value)
