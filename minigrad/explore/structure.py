"""The two explorations without a block: of a graph that is there, and of a function."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..autograd import backward
from ..engine.convert import as_array
from ..engine.tensor import Tensor, tensor_of
from ..finite_differences import gradcheck
from .record import Record
from .recorder import Recorder

AFTERWARDS = (
    "values, gradients, lines and modules: a graph does not hold them. For these run the step "
    "inside `with mg.explore() as view:`, or as `mg.explore(function, *args)`"
)
FREED = (
    "what a backward pass has freed: it was run without retain_graph=True, so the graph ends where "
    "it began"
)

ITSELF = (
    "gradcheck's errors: the function runs a backward pass itself; give one that only returns its "
    "result"
)


def structure(tensor: Tensor, level: str) -> Record:
    """The graph of a tensor: structure, shapes and what is kept."""
    node = tensor._node
    if node is None:
        raise RuntimeError(
            "explore: this tensor has no graph: it is a leaf or was made under no_grad; explore "
            "the result of operations on tensors that require a gradient"
        )
    recorder = Recorder(level)
    recorder.graph.structure(node)
    frame = recorder.frames.users(sys._getframe(1))
    if frame is not None:
        recorder.graph.take_names(frame.f_locals)
    recorder.lacks.append(AFTERWARDS)
    if node.freed:
        recorder.lacks.append(FREED)
    recorder.close()
    return Record(recorder.data("structure"))


def run(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Any, recorder: Recorder
) -> Record:
    """A call of a function and a backward pass from its result, with gradcheck's errors."""
    names = _names(function, len(args))
    leaves = [_leaf(a) for a in args]
    try:
        with recorder:
            out = function(*leaves, **kwargs)
            outs = _outputs(out)
            itself = bool(recorder.passes)
            roots = [] if itself else [one for one in outs if one.requires_grad]
            if roots:
                backward(roots, [np.ones(one.shape, one.dtype) for one in roots])
            rows = recorder.graph.rows_of(leaves)
    except Exception as error:
        if recorder.error is None or isinstance(error, NoTensor):
            raise
        rows = recorder.graph.rows_of(leaves)
    for row, name in zip(rows, names, strict=False):  # of too many arguments some have no name
        if row >= 0:
            recorder.graph.names[row] = name
    data = recorder.data("step")
    if recorder.error is None and itself:
        data["lacks"].append(ITSELF)
    elif recorder.error is None:
        _check(data, function, args, kwargs, rows)
    return Record(data)


class NoTensor(TypeError):
    """A function that was to be explored returned something else than tensors."""


def _outputs(out: Any) -> list[Tensor]:
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    if faulty := [x for x in outs if not isinstance(x, Tensor)]:
        raise NoTensor(
            "explore: the function has to return a tensor or a tuple of tensors, got "
            f"{type(faulty[0]).__name__}"
        )
    return outs


def _leaf(a: Any) -> Any:
    """A leaf of its own for what is floating."""
    if not isinstance(a, (Tensor, np.ndarray, np.floating, float, list)):
        return a
    array = np.array(as_array(a, "explore"))
    return tensor_of(array, requires_grad=array.dtype.kind == "f")


def _names(function: Callable[..., Any], count: int) -> list[str]:
    """What the function calls its arguments."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # of builtins
        return [f"x{i}" for i in range(count)]
    names: list[str] = []
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            names += [f"{parameter.name}[{i}]" for i in range(count - len(names))]
        elif parameter.kind is not parameter.KEYWORD_ONLY:
            names.append(parameter.name)
    return names[:count]


def _check(
    data: dict[str, Any], function: Callable[..., Any], args: Any, kwargs: Any, rows: list[int]
) -> None:
    """Add gradcheck's row for each floating input."""
    checked = [
        i for i, a in enumerate(map(_leaf, args)) if isinstance(a, Tensor) and a.dtype.kind == "f"
    ]

    def of_floating(*inputs: Any) -> Any:
        given = list(args)
        for i, x in zip(checked, inputs, strict=True):
            given[i] = x
        return function(*given, **kwargs)

    if not checked:
        return
    try:
        inputs = [_leaf(args[i]).detach() for i in checked]
        report = gradcheck(of_floating, inputs, raise_exception=False)
    except Exception as error:
        data["lacks"].append(f"gradcheck's errors: {error}")
        return
    table = data["checks"]
    for i, row in zip(checked, report.rows, strict=True):
        if rows[i] >= 0:
            table["node"].append(rows[i])
            table["absolute"].append(row.absolute)
            table["relative"].append(row.relative)
            table["passed"].append(int(row.passed))
            table["worst"].append(
                f"at {row.worst}: by the rules {row.analytic:.6g}, by differences "
                f"{row.numerical:.6g}"
            )
