"""What the caller's variables hold: tensors, arrays and modules, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..nn import Module

DEEP = 4  # names in a label
MOST = 1000  # elements of a container that is looked at
LOOKS = 20_000  # at one thing each: data may be kept in lists
PACKAGE = __name__.split(".")[0] + "."
NOTEBOOK = ("In", "Out")  # IPython's own lists of what was typed and shown
OTHERS = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def holdings(variables: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The arrays and modules among some variables, and in what they hold, with their names.

    What lists, tuples, dicts and objects hold is named by how one gets there.

    >>> from minigrad import ones
    >>> [name for name, _ in holdings({"w": ones(1), "layers": [{"b": ones(1)}, (ones(1), 2)]})]
    ['w', "layers[0]['b']", 'layers[1][0]']
    """
    seen: set[int] = set()
    known = "get_ipython" in variables
    first = [(n, v) for n, v in list(variables.items()) if not (known and n in NOTEBOOK)]
    todo = [iter(first)]
    for _ in range(LOOKS):
        label, value = next(todo[-1], ("", None))
        if not label:
            todo.pop()
            if not todo:
                return
        elif label[0] == "_" or value is None:
            continue
        elif isinstance(value, (Tensor, np.ndarray, Module)):
            yield label, value
        elif len(todo) < DEEP and id(value) not in seen:
            seen.add(id(value))
            todo.append(iter(_parts(label, value)))


def _parts(label: str, value: Any) -> Iterable[tuple[str, Any]]:
    """What one object holds."""
    if isinstance(value, dict):
        return [(f"{label}[{k!r}]", v) for k, v in list(value.items()) if len(value) <= MOST]
    if isinstance(value, (list, tuple)):
        fields = getattr(value, "_fields", None)  # of a named tuple
        names = [f".{n}" for n in fields] if fields else [f"[{i}]" for i in range(len(value))]
        return [(label + n, v) for n, v in zip(names, value, strict=True) if len(value) <= MOST]
    if isinstance(value, OTHERS) or type(value).__module__.startswith(PACKAGE):
        return ()
    held = getattr(value, "__dict__", None)
    if type(held) is not dict:
        return ()
    return [(f"{label}.{n}", v) for n, v in held.items() if n[:1] != "_"]
