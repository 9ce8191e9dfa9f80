"""An operation in words: its arguments, its docstring, its formula, its rules' source."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..engine.operation import OPERATIONS
from ..engine.tensor import Tensor

PACKAGE = __name__.split(".")[0] + "."
MOST_NAMES = 12  # of inputs, in a call
SHOWN = 4  # numbers of an array, in a sentence

TORCH = {
    "add": "torch.add",
    "subtract": "torch.sub",
    "multiply": "torch.mul",
    "divide": "torch.div",
    "negative": "torch.neg",
    "equal": "torch.eq",
    "not_equal": "torch.ne",
    "max": "torch.amax",
    "min": "torch.amin",
    "astype": "torch.Tensor.to",
    "expand_dims": "torch.unsqueeze",
    "permute_dims": "torch.permute",
    "matrix_transpose": "torch.Tensor.mT",
    "from_diagonal": "torch.diag_embed",
    "getitem": "torch.Tensor.__getitem__",
    "setitem": "torch.Tensor.__setitem__",
    "vector_norm": "torch.linalg.vector_norm",
    "batch_norm": "torch.nn.functional.batch_norm",
    "batch_norm_inference": "torch.nn.functional.batch_norm",
    "pad": "torch.nn.functional.pad",
    "convolution": "torch.nn.functional.conv2d",
    "convolution_input": "torch.nn.functional.conv_transpose2d",
    "convolution_weight": "torch.nn.grad.conv2d_weight",
    "max_pool": "torch.nn.functional.max_pool2d",
    "window_columns": "torch.nn.functional.unfold",
    "columns_spread": "torch.nn.functional.fold",
    "window_sum": "",
    "window_spread": "",
    "softmax_cross_entropy": "torch.nn.functional.cross_entropy",
}
"""PyTorch's names for operations, where they are not ours; a name that both have means the same."""


def torch_name(op: Any) -> str:
    """What PyTorch calls an operation of minigrad; "" for a user's own.

    >>> import minigrad as mg
    >>> torch_name(mg.exp), torch_name(mg.multiply)
    ('torch.exp', 'torch.mul')
    """
    if not op.forward.__module__.startswith(PACKAGE):
        return ""
    if op.name in TORCH:
        return TORCH[op.name]
    ours = importlib.import_module(PACKAGE[:-1])
    if hasattr(ours, op.name):
        return f"torch.{op.name}"
    return f"torch.nn.functional.{op.name}" if hasattr(ours.nn.functional, op.name) else ""


def description(op: Any) -> dict[str, Any]:
    """The record's entry for an operation, as the engine knows it."""
    function = OPERATIONS.get(op.name)
    forward = op.forward
    rules = getattr(op, "rules", [])  # of an autograd.Function
    if function is not None and function.forward is forward:
        rules = function.rules
    return {
        "name": op.name,
        "arguments": list(op.names),
        "variadic": bool(op.variadic),
        "torch": torch_name(op),
        "doc": _words(forward.__doc__ or ""),
        "forward": source_of(forward),
        "rules": [
            {"inputs": list(r.inputs), "wants": list(r.asks), "source": source_of(r.function)}
            for r in rules
        ],
    }


@cache
def source_of(function: Callable[..., Any]) -> str:
    """The body of a function without its docstring; of a single `return`, what it returns.

    >>> import minigrad as mg
    >>> source_of(mg.multiply.forward)
    'x1 * x2'
    """
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError):  # typed at a prompt, or part of an expression
        return ""
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        return ""
    body = definition.body
    if ast.get_docstring(definition) is not None:
        body = body[1:]
    if not body:
        return ""
    if len(body) == 1 and isinstance(body[0], ast.Return) and body[0].value is not None:
        return ast.get_source_segment(text, body[0].value) or ""
    lines = text.splitlines()[body[0].lineno - 1 : body[-1].end_lineno]
    return textwrap.dedent("\n".join(lines))


def _words(docstring: str) -> str:
    """A docstring without its examples."""
    text = inspect.cleandoc(docstring)
    return re.split(r"^>>>", text, maxsplit=1, flags=re.MULTILINE)[0].strip()


def fill_in(expression: str, values: Mapping[str, Any]) -> str | None:
    """A formula with numbers for all of its names; None where that does not make one line.

    >>> fill_in("g * x2", {"g": 0.5, "x2": -3.0})
    '0.5 * (-3)'
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except SyntaxError:
        return None
    nodes = list(ast.walk(tree))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id != "np":  # a kernel's call, or a question to an array
                return None
            called.add(id(node.value))
        elif isinstance(node, ast.IfExp):
            return None
    alone = isinstance(tree.body, ast.Name)

    class Fill(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.AST:
            if id(node) in called:
                return node
            if node.id not in values:
                raise KeyError(node.id)
            shown = short(values[node.id])
            if shown is None:
                raise KeyError(node.id)
            return ast.Name(f"({shown})" if shown[0] == "-" and not alone else shown)

    try:
        text = ast.unparse(Fill().visit(tree))
    except KeyError:
        return None
    return text if len(text) <= 80 else None


def short(value: Any) -> str | None:
    """A number, or up to four of them, in a few letters; None for more.

    >>> short(0.1 + 0.2), short([1.0, 2.5]), short(range(9))
    ('0.3', '[1, 2.5]', None)
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return repr(value)
    array = np.asarray(value)
    if array.dtype.kind not in "fiub" or array.size > SHOWN or array.ndim > 1:
        return None
    if array.ndim == 0 or array.size == 1:
        return number(float(array.reshape(())))
    return f"[{', '.join(number(float(x)) for x in array)}]"


def setting(value: Any) -> str:
    """An argument that is no array, in one short line; of arrays in it the shape.

    >>> setting(1.5), setting((np.zeros((3, 2)), slice(0, 4)))
    ('1.5', '(float64(3, 2), 0:4)')
    """
    text = _setting(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _setting(value: Any) -> str:
    if isinstance(value, Tensor):
        value = value._data
    if isinstance(value, np.ndarray) and value.ndim:
        return f"{value.dtype}{value.shape}"
    if isinstance(value, (tuple, list)):
        parts = ", ".join(map(_setting, value))
        comma = "," if len(value) == 1 else ""
        return f"({parts}{comma})" if isinstance(value, tuple) else f"[{parts}]"
    if isinstance(value, slice):
        ends = ["" if x is None else str(x) for x in (value.start, value.stop, value.step)]
        return ":".join(ends if ends[2] else ends[:2])
    if value is Ellipsis:
        return "..."
    return " ".join(repr(value).split())


def few(names: Sequence[str]) -> list[str]:
    """Names of inputs, of which a sum of hundreds would fill pages.

    >>> few([f"x[{i}]" for i in range(300)])
    ['x[0]', 'x[1]', 'x[2]', '… 296 more …', 'x[299]']
    """
    many = len(names) > MOST_NAMES
    return [*names[:3], f"… {len(names) - 4} more …", names[-1]] if many else list(names)


def number(x: float) -> str:
    """A number in a few letters.

    >>> number(4.0), number(1 / 3), number(-0.0)
    ('4', '0.3333', '0')
    """
    return f"{x + 0.0:.4g}"
