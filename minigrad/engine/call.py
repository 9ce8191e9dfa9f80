"""Calling an operation: the path that every call takes, and its five steps.

    bind      arguments by position, defaults filled in            arguments.py
    promote   what is no array becomes one, all inputs one dtype   promote.py
    run       the forward function
    record    a `Call`, the node that keeps what the rules ask for record.py
    pull      the rules, on the way back

`operation.py` says how operations and their rules are declared.  `call.pxd` beside this file tells
Cython the C types of an ordinary install.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy import ndarray

from .arguments import bind_keywords
from .dtypes import check_flag
from .fields import Fields, view_of
from .foreign import check_output, read_only
from .mode import mode
from .out import into
from .plan import Operation
from .promote import promote
from .record import keep_version, record
from .refusals import description, refuse_gradient
from .tell import tell, watchers
from .tensor import Tensor, result
from .words import FAULTS, retell


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
        if op.variadic:
            return (_call_on_several(op, args, kwargs, saved), *saved)
        return (_call(op, args, kwargs, saved), *saved)

    return call


def _call(
    op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], saved: list[Any] | None = None
) -> Any:
    """The operation on tensors, arrays, numbers and nested lists; what it saves goes to `saved`."""
    if kwargs or len(args) != len(op.names):
        args = bind(op, args, kwargs)
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
    if not given and mode.in_rule:  # a rule computes with arrays: nothing to record
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
        promote(op, args, values)
    out = run(op, args, values, wanting)
    if saved is not None:
        saved.extend(values[len(args) + 1 :])
    return out


def _call_on_several(
    op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], saved: list[Any] | None = None
) -> Any:
    """The same for an operation of `*arrays`."""
    values = [a._data if isinstance(a, Tensor) else a for a in args]
    arguments = (args, *bind(op, (args,), kwargs)[1:])
    if mode.in_rule and not any([isinstance(a, Tensor) for a in args]):
        out = forward(op, [values, *arguments[1:]])
        return out[0] if op.saves else out
    promote(op, args, values)
    options = arguments[1:]
    wanting = sum([isinstance(a, Tensor) and a._requires_grad for a in (*args, *options)])
    values = [tuple(values), *[a._data if isinstance(a, Tensor) else a for a in options]]
    out = run(op, arguments, values, wanting)
    if saved is not None:
        saved.extend(values[len(arguments) + 1 :])
    return out


def bind(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position, defaults filled in."""
    if not kwargs and op.required <= len(args) <= len(op.names):
        return (*args, *op.defaults[len(args) :])
    return bind_keywords(op, args, kwargs)


def run(op: Operation, args: tuple[Any, ...], values: list[Any], wanting: int) -> Tensor:
    """Forward, and a node where one is due.

    args as given; values: arrays for tensors, a list to which the output and what was saved are
    added; wanting: how many of the arguments require a gradient.
    """
    if op.checked:
        check(op, args, values)
    if op.told >= 0:  # the function has a parameter `recorded`
        values[op.told] = bool(wanting and mode.recording and op.inputs)
    try:
        if not op.trusted:
            out = check_output(op, forward(op, [read_only(v) for v in values]))
        else:
            out = forward(op, values)
    except FAULTS as error:
        if watchers:
            tell("failed", op)
        if isinstance(error, AttributeError) and not op.trusted:
            raise
        raise retell(description(op, values), error) from error
    if not op.saves:
        values.append(out)
    else:
        values.extend(out)
        out = out[0]
    if watchers:
        tell("ran", op, args, values)
    node = None
    if not (wanting and mode.recording):
        tensor = result(out, None)
    elif not op.inputs:
        refuse_gradient(op, args, out)
        tensor = result(out, None)
    else:
        if not op.trusted and out.dtype.kind != "f":
            raise TypeError(
                f"{op.name}: the forward function returned {out.dtype}, which has no "
                "gradient; let it return a float, or pass the input detached: .detach()"
            )
        node = record(op, args, values, wanting)
        tensor = result(out, node)
    if type(out) is ndarray and (out.base is not None or out is values[0]):  # a view
        for a in args[0] if op.variadic else args:
            if isinstance(a, Fields):
                view_of(tensor, a)
    if node is not None and node.plan.keeps_output and _is_among(node.kept, out):
        node.versions = keep_version(tensor, node.versions, 0)
    return tensor


def _is_among(kept: Any, out: Any) -> bool:
    """Is the output kept, under its own name or as what was saved for the rules?"""
    for value in kept:
        if value is out:
            return True
    return False


def check(op: Operation, args: tuple[Any, ...], values: list[Any]) -> None:
    """TypeError for what is neither True nor False where that is asked for; memory for a view."""
    for i in op.flags:
        if type(args[i]) is not bool:
            values[i] = check_flag(f"{op.name}: {op.names[i]}", args[i])
    if op.views and type(values[0]) is not ndarray and isinstance(args[0], Tensor):
        values[0] = args[0]._array()


def forward(op: Operation, values: Sequence[Any]) -> Any:
    """The forward function, of `*arrays` or of arguments by position."""
    if not op.variadic:
        return op.forward(*values)
    return op.forward(*values[0], **dict(zip(op.names[1:], values[1:], strict=True)))
