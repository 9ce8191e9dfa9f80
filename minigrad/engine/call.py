"""Calling an operation: the path that every call takes, and what it leaves on the tape.

    bind      arguments by position, defaults filled in
    promote   what is no array becomes one, and all inputs one dtype
    run       the forward function
    record    a `Call`, the node that keeps what the rules ask for
    pull      the rules, on the way back

`operation.py` says how operations and their rules are declared.  `call.pxd` beside this file tells
Cython the C types of an ordinary install.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import numpy as np
from numpy import ndarray

from .convert import convert
from .dtypes import check_dtype, default_dtype
from .fields import Fields, origin, version_of, view_of
from .grad_mode import mode
from .next_functions import next_functions
from .out import into
from .refusals import change_error, description, dtype_error, refuse_gradient
from .tape import Node
from .tensor import Tensor, as_array, result, wrapped
from .version import Version
from .watchers import tell, watchers
from .words import FAULTS, retell

MISSING = object()
"""Stands for the default of a parameter that has none."""


class Plan:
    """What to keep, and which rules to call, where a given set of inputs wants gradients.

    values : places among (*arguments, output, *saved) of what is kept
    shapes : the same, of which only the shape is kept
    keeps_output : is the output, or what was saved, among the values?
    rules : of each rule the function; the places in `Call.kept` of what it asks for, -1 for
        `needs`; the places in `Node.parents` of its inputs; is it for several; are its answers new
    """

    __slots__ = ("keeps_output", "rules", "shapes", "values")

    def __init__(self, values: Any, shapes: Any, rules: Any, keeps_output: bool) -> None:
        self.keeps_output = keeps_output
        self.values: tuple[int, ...] = tuple(values)
        self.shapes: tuple[int, ...] = tuple(shapes)
        self.rules: tuple[tuple[Callable[..., Any], Any, Any, bool, bool], ...] = tuple(rules)


class Operation:
    """What a call has to know of its operation.

    forward : the function on arrays, of the parameters `names` with their `defaults`; `variadic`:
        the first takes all that is given by position, `required`: how many have no default
    saves : names of what it returns behind the output, for rules
    real : are integers and bools made floating first?
    same_dtype : are float32 beside float64 refused?
    trusted : is the function minigrad's own?  Others get arrays that they cannot write to.
    told : the place of a parameter `recorded`, or -1
    inputs : places of the arguments that a rule differentiates
    plans : by which inputs want gradients, a bit each behind a 1; `plan` makes a missing one
    bind_keywords : binds a call that is not by position alone, or says what is wrong with it
    """

    __slots__ = """
        name forward names defaults variadic required saves real same_dtype trusted told inputs
        plans plan bind_keywords
    """.split()

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        signature: tuple[list[str], list[Any], bool],
        saves: tuple[str, ...],
        real: bool,
        same_dtype: bool,
        trusted: bool,
    ) -> None:
        self.name = name
        self.forward = forward
        self.names, self.defaults, self.variadic = signature
        self.required = len(self.defaults)  # arguments that a call must give
        while self.required and self.defaults[self.required - 1] is not MISSING:
            self.required -= 1
        self.saves = saves
        self.real = real
        self.same_dtype = same_dtype
        self.trusted = trusted
        self.told = self.names.index("recorded") if "recorded" in self.names else -1
        self.inputs: tuple[int, ...] = ()
        self.plans: dict[int, Plan] = {}
        self.plan: Any = None
        self.bind_keywords: Any = None

    def bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """All arguments by position, defaults filled in."""
        if not kwargs and self.required <= len(args) <= len(self.names):
            return (*args, *self.defaults[len(args) :])
        return self.bind_keywords(args, kwargs)  # type: ignore[no-any-return]

    def promote(self, args: Sequence[Any], values: list[Any]) -> None:
        """Make arrays of the inputs among `values`, in place, and bring them to one dtype.

        Numbers, NumPy's too, and lists of numbers take the dtype of the arrays beside them, and an
        integer array never widens a floating one; beside a Python float, and for a `real`
        operation, integers become floats of the default dtype.
        """
        inputs = range(len(values)) if self.variadic else self.inputs
        strong, weak = [], []
        for i in inputs:
            a = args[i]
            if isinstance(a, Tensor):
                strong.append(i)
            elif isinstance(a, ndarray):
                values[i] = as_array(a, self.name)
                strong.append(i)
            elif a is None:
                if self.variadic or self.defaults[i] is not None:
                    name = self.names[0 if self.variadic else i]
                    raise TypeError(
                        f"{self.name}: {name}: wanted a tensor, an array or a number, got None"
                    )
            else:
                if isinstance(a, np.generic):
                    values[i] = a.item()
                elif type(a) not in (float, int, bool):
                    values[i], numbers = convert(a, self.name)
                    if not numbers:
                        strong.append(i)
                        continue
                weak.append(i)
        if not strong:
            strong, weak = weak, []
            for i in strong:
                values[i] = as_array(args[i], self.name)
        floats = {i: values[i].dtype for i in strong if values[i].dtype.kind == "f"}
        if floats:
            dtype = np.result_type(*floats.values())
            if self.same_dtype and len(set(floats.values())) > 1:
                raise dtype_error(self, floats)
        elif self.real or any(np.asarray(values[i]).dtype.kind == "f" for i in weak):
            dtype = default_dtype()
        else:
            return
        for i in strong:
            if values[i].dtype != dtype:
                values[i] = values[i].astype(dtype)
        for i in weak:
            if isinstance(values[i], ndarray):
                values[i] = values[i].astype(dtype)

    def run(self, args: tuple[Any, ...], values: list[Any], wanting: int) -> Tensor:
        """Forward, and a node where one is due.

        args as given; values: arrays for tensors, a list that is used up; wanting: how many of the
        arguments require a gradient.
        """
        if self.told >= 0:
            values[self.told] = bool(wanting and mode.recording and self.inputs)
        try:
            if not self.trusted:
                out = self.forward_read_only(values)
            elif self.variadic:
                out = self.forward_several(*values)
            else:
                out = self.forward(*values)
        except FAULTS as error:
            if watchers:
                tell("failed", self)
            if isinstance(error, AttributeError) and not self.trusted:
                raise
            raise retell(description(self, values), error) from error
        if not self.saves:
            values.append(out)
        else:
            values.extend(out)
            out = out[0]
        if watchers:
            tell("ran", self, args, values)
        if not (wanting and mode.recording):
            tensor = result(out, None)
        elif not self.inputs:
            refuse_gradient(self, args, out)
            tensor = result(out, None)
        else:
            if not self.trusted and out.dtype.kind != "f":
                raise TypeError(
                    f"{self.name}: the forward function returned {out.dtype}, which has no "
                    "gradient; let it return a float, or pass the input detached: .detach()"
                )
            node = self.record(args, values, wanting)
            tensor = result(out, node)
            if node.plan.keeps_output:
                node.versions = keep_version(tensor, node.versions)
        if type(out) is ndarray and (out.base is not None or out is values[0]):
            for a in args[0] if self.variadic else args:
                if isinstance(a, Fields):
                    view_of(tensor, a)
        return tensor

    def forward_several(self, arrays: Sequence[Any], *attributes: Any) -> Any:
        """The forward function of `*arrays`."""
        return self.forward(*arrays, **dict(zip(self.names[1:], attributes, strict=True)))

    def forward_read_only(self, values: list[Any]) -> Any:
        """A user's forward function, on arrays that it cannot change."""
        given = [_read_only(v) for v in values]
        out = self.forward_several(*given) if self.variadic else self.forward(*given)
        first = out[0] if self.saves and type(out) is tuple and out else out
        if not isinstance(first, (ndarray, np.generic, float, int)):
            raise TypeError(
                f"the forward function has to return an array, got {type(first).__name__}"
            )
        check_dtype(np.asarray(first).dtype, "the result")
        if self.saves and (type(out) is not tuple or len(out) != 1 + len(self.saves)):
            got = f"{len(out)} values" if type(out) is tuple else "no tuple"
            raise ValueError(
                f"the forward function has to return the output and {list(self.saves)}, got {got}"
            )
        if isinstance(first, ndarray) and not first.flags.writeable:  # what it was given
            first = first.copy()
        elif not isinstance(first, (ndarray, np.generic)):
            first = np.asarray(first, default_dtype() if isinstance(first, float) else None)[()]
        return (first, *out[1:]) if self.saves else first

    def record(self, args: Sequence[Any], sources: list[Any], wanting: int) -> Call:
        """The node of a call.  sources: the arguments as arrays, the output, what was saved."""
        parents = []
        pattern = 1
        several = args[0] if self.variadic else [args[i] for i in self.inputs]
        for a in several:
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
            refuse_gradient(self, args, None)
        key: Any = pattern
        if len(parents) > 62:  # more than the bits that a number has in C
            key = tuple([p is not None for p in parents])
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = self.plan(parents)
        kept = []
        versions = None
        count = len(args)
        for i in plan.values:
            value = sources[i]
            if i < count:
                a = args[i]
                if isinstance(a, Fields):
                    versions = keep_version(a, versions)
                elif type(value) is tuple:
                    for t in a:
                        if isinstance(t, Fields):
                            versions = keep_version(t, versions)
                elif type(value) is list:
                    value = copy.deepcopy(value)  # the caller may change it
            kept.append(value)
        for i in plan.shapes:
            kept.append(_shape(sources[i]))
        out = sources[count]
        node = Call.__new__(Call)
        node.start(self.name, parents, out.shape, out.dtype)
        node.operation, node.plan, node.kept, node.versions = self, plan, kept, versions
        if watchers:
            tell("made", node, args, sources)
        return node


class Call(Node):
    """One recorded call of an operation.

    plan : which rules the backward pass will use, and what is kept for them
    kept : that; None once the graph is freed
    versions : of the tensors whose memory was kept
    """

    __slots__ = ("kept", "operation", "plan", "versions")

    operation: Operation
    plan: Plan
    kept: list[Any] | None
    versions: list[Version] | None

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """The parents, as PyTorch shows them."""
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
                if version.changed > self.number:
                    raise change_error(self, version)
        kept: list[Any] = self.kept  # type: ignore[assignment]
        if create_graph:
            kept = as_tensors(self)
        elif not self.operation.trusted:
            g = _read_only(g)
            kept = [_read_only(value) for value in kept]
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
        if create_graph:
            return [(p, a if isinstance(a, Tensor) else wrapped(a), False) for p, a, _ in answers]
        return answers


def keep_version(tensor: Fields, versions: list[Version] | None) -> list[Version]:
    """The versions that a node remembers, and that of a tensor whose memory it keeps."""
    version = version_of(tensor)
    version.kept = True
    if versions is None:
        return [version]
    versions.append(version)
    return versions


def as_tensors(node: Any) -> list[Any]:
    """What a node kept, as tensors that remember where they came from."""
    op = node.operation
    kept = list(node.kept)
    for k, place in enumerate(node.plan.values):
        if op.variadic and place == 0:
            kept[k] = tuple(map(_tensor_at, kept[k], node.parents))
        elif place in op.inputs:
            kept[k] = _tensor_at(kept[k], node.parents[op.inputs.index(place)])
        elif place == len(op.names):  # the output
            kept[k] = _tensor_at(kept[k], node)
    return kept


def _tensor_at(array: Any, parent: Any) -> Any:
    """A kept array as the tensor it was: attached to its node, the leaf itself, or a constant."""
    if parent is None:
        return array
    if isinstance(parent, Node):
        return result(array, parent)
    if parent._data is not array and not np.array_equal(parent._data, array, equal_nan=True):
        raise RuntimeError(
            f"a leaf of shape {parent.shape} was changed since the graph was made; create_graph "
            "needs the leaf as it was"
        )
    return parent


def _shape(value: Any) -> Any:
    return tuple(map(np.shape, value)) if type(value) is tuple else np.shape(value)


def _read_only(value: Any) -> Any:
    """An array as a view that cannot be written to."""
    if type(value) is tuple:
        return tuple(map(_read_only, value))
    if type(value) is not ndarray:
        return value
    view = value.view()
    view.flags.writeable = False
    return view


def caller(op: Operation) -> Callable[..., Any]:
    """The function that calls an operation."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and "out" in kwargs:
            return into(op.name, kwargs.pop("out"), call, args, kwargs)
        return _call(op, args, kwargs)

    def call_on_several(*args: Any, **kwargs: Any) -> Any:
        if kwargs and "out" in kwargs:
            return into(op.name, kwargs.pop("out"), call_on_several, args, kwargs)
        return _call_on_several(op, args, kwargs)

    return call_on_several if op.variadic else call


def caller_with_saved(op: Operation) -> Callable[..., tuple[Any, ...]]:
    """The same, giving the tensor and, as arrays, what the forward function saved for rules."""

    def call(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
        saved: list[Any] = []
        return (_call(op, args, kwargs, saved), *saved)

    return call


def _call(
    op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], saved: list[Any] | None = None
) -> Any:
    """The operation on tensors, arrays, numbers and nested lists; what it saves goes to `saved`."""
    if kwargs or len(args) != len(op.names):
        args = op.bind(args, kwargs)
    values = list(args)
    given = False
    wanting = 0
    for i, a in enumerate(args):
        if isinstance(a, Fields):
            tensor = a
            values[i] = tensor._data
            given = True
            if tensor._requires_grad:
                wanting += 1
    if not given and mode.in_rule:
        out = op.forward(*values)
        return out[0] if op.saves else out
    dtype = None
    for i in op.inputs:  # the usual: tensors of one dtype, and Python floats
        v = values[i]
        if v is not args[i]:
            if dtype is None:
                dtype = v.dtype
            elif v.dtype is not dtype:
                dtype = None
                break
        elif type(v) is not float:
            dtype = None
            break
    if dtype is None or dtype.kind != "f":
        op.promote(args, values)
    out = op.run(args, values, wanting)
    if saved is not None:
        saved.extend(values[len(args) + 1 :])
    return out


def _call_on_several(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The same for an operation of `*arrays`."""
    values = [a._data if isinstance(a, Tensor) else a for a in args]
    arguments = (args, *op.bind((args,), kwargs)[1:])
    if mode.in_rule and not any([isinstance(a, Tensor) for a in args]):
        return op.forward_several(values, *arguments[1:])
    op.promote(args, values)
    wanting = sum([isinstance(a, Tensor) and a._requires_grad for a in args])
    return op.run(arguments, [tuple(values), *arguments[1:]], wanting)


if isinstance(vars(Node).get("__del__"), FunctionType) and sys.version_info[:2] != (3, 13):
    # CPython frees a long chain of Python objects without recursion, 3.13 excepted, and Ctrl-C
    # would be lost in a `__del__` in Python.  Of what Cython compiles, neither is true.
    delattr(Node, "__del__")
