"""What calls and their nodes refuse, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .tensor import Tensor
from .version import Version
from .words import describe


def dtype_error(op: Any, floats: dict[int, np.dtype]) -> TypeError:
    """The error for floats of two dtypes, where the operation takes one."""
    given = " and ".join(f"{op.names[i]} is {dtype}" for i, dtype in floats.items())
    return TypeError(
        f"{op.name}: {given}, wanted one dtype; convert the data once, "
        "x.astype('float32'), or the net: net.double()"
    )


def change_error(node: Any, version: Version) -> RuntimeError:
    """The error for memory that was changed between the call and the backward pass."""
    return RuntimeError(
        f"a tensor that {node.name!r} needs for its gradient was changed in place since (change "
        f"{version.count} of it); make a new tensor instead, change a .clone(), or run the "
        "backward pass before the change"
    )


def refuse_gradient(op: Any, args: Sequence[Any], out: Any) -> None:
    """Refuse a gradient that no rule can give; whole numbers and truths have none."""
    if out is not None and np.asarray(out).dtype.kind != "f":
        return
    given = list(enumerate(args))
    if op.variadic:
        given[:1] = [(0, a) for a in args[0]]
    named = [
        op.names[i]
        for i, a in given
        if isinstance(a, Tensor) and a._requires_grad and i not in op.inputs
    ]
    raise ValueError(
        f"{op.name} has no derivative with respect to {', '.join(map(repr, named))}, which "
        f"requires a gradient; pass it detached (.detach()), or declare a rule: @{op.name}"
        f".gradient({named[0]!r})"
    )


def refuse_saved(op: Any, name: str, value: Any) -> None:
    """Refuse to record a rule with what a user's function has saved: its graph is not known."""
    if isinstance(value, (np.ndarray, np.generic, float)) and np.asarray(value).dtype.kind == "f":
        raise RuntimeError(
            f"a rule of {op.name!r} asks for {name!r}, which the forward function saved: as an "
            "array it has no graph, and create_graph would lose derivatives; let the rule ask for "
            "inputs or out (whole numbers and bools may be saved)"
        )


def description(op: Any, values: Sequence[Any]) -> str:
    """A call in words: shapes and dtypes, and whatever is not as by default."""
    words = [
        f"{name}={describe(value)}"
        for name, value, default in zip(op.names, values, op.defaults, strict=True)
        if value is not default and name != "recorded"
    ]
    return f"{op.name}({', '.join(words)})"
