"""The table of all operations, written from their registry."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
import minigrad.nn.functional
from minigrad.engine.operation import OPERATIONS
from minigrad.explore.operations import description

from .files import write_if_new

HEAD = ("operation", "value", "rule, g being the gradient", "kinks and ties", "runs on", "PyTorch",
        "NumPy")  # fmt: skip
NUMPY = {
    "getitem": "ndarray.__getitem__",
    "setitem": "ndarray.__setitem__",
    "from_diagonal": "diag",
    "vector_norm": "linalg.vector_norm",
    "relu": "maximum(x, 0)",
    "max": "max",
    "min": "min",
    "astype": "ndarray.astype",
    "clamp": "clip",
    "clone": "copy",
    "eq": "equal",
    "ne": "not_equal",
    "ge": "greater_equal",
    "gt": "greater",
    "le": "less_equal",
    "lt": "less",
    "logsumexp": "logaddexp.reduce",
}
"""NumPy's names, where they are not ours."""

INNER = re.compile(r"\b(_\w+|kernels\.|lapack|as_?array|square|\w+\.forward)\b")
"""In a value's source: what only readers of the source know; the docstring says more."""

TEXT = """Every operation
===============

Written from the registry that the tests run through: what each operation computes, the rules of
its derivative as they stand in the source, what its gradient is
:doc:`where there is none </kinks>`, and its names elsewhere.  A rule gets ``g``, the
gradient of the output, and what it names: ``out`` is the output, ``x_shape`` the shape of ``x``.

.. raw:: html

"""


for module in pkgutil.iter_modules(mg.ops.__path__):  # some are imported when they are asked for
    importlib.import_module(f"minigrad.ops.{module.name}")


def write(path: Path, kinks: Path) -> None:
    """The page with the table."""
    policy = policies(kinks.read_text(encoding="utf-8"))
    names = sorted(n for n, f in OPERATIONS.items() if f.forward.__module__.startswith("minigrad."))
    rows = "".join(row(name, policy.get(name, "")) for name in names)
    head = "".join(f'<th scope="col">{escape(h)}</th>' for h in HEAD)
    table = (
        '<p><label>Find <input type="search" id="find-operation" '
        'placeholder="a name, a formula"></label> '
        f'<output id="found-operations">{len(names)} operations</output> '
        '<a id="search-elsewhere" href="../search.html" hidden>search all pages</a></p>'
        '<div class="wide" tabindex="0" role="region" aria-label="All operations">'
        f'<table class="docutils operations"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        '<script src="../_static/find.js"></script>'
    )
    write_if_new(path, TEXT + "\n".join(
        f"   {line}" for line in table.splitlines()) + "\n")  # fmt: skip


def policies(text: str) -> dict[str, str]:
    """What docs/kinks.md says, by operation."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| `") or len(cells) < 2:
            continue
        where = re.sub(r"(`\w+`(, )?)+", "", cells[0], count=1).strip()
        for name in re.findall(r"`(\w+)`", cells[0]):
            found.setdefault(name, []).append(f"{where}: {cells[1]}" if where else cells[1])
    return {name: "; ".join(texts) for name, texts in found.items()}


def row(name: str, policy: str) -> str:
    """A row of the table."""
    entry = description(OPERATIONS[name].operation)
    says_it = "\n" not in entry["forward"] and not INNER.search(entry["forward"])
    forward = OPERATIONS[name].forward
    doc = entry["doc"] or inspect.getdoc(forward.__globals__.get(name)) or ""  # the public one's
    sentence = doc.split("\n\n")[0].replace("\n", " ")
    value = code(entry["forward"]) if says_it else text(sentence)
    kernel = kernels(forward)
    arguments = ", ".join(entry["arguments"])
    others = other_names(name)
    also = f"<br><small>also {', '.join(map(dotted, others))}</small>" if others else ""
    smooth = "none: it is smooth" if entry["rules"] else "no gradient"
    cells = [
        f'<th scope="row">{dotted(name)}<br><small>({arguments})</small>{also}</th>',
        f"<td>{value}</td>",
        f"<td>{rules(entry)}</td>",
        f"<td>{text(policy or smooth)}</td>",
        f"<td>{'a kernel: ' + code(kernel[0]) if kernel else 'NumPy'}</td>",
        f"<td>{dotted(entry['torch'])}</td>",
        f"<td>{dotted(numpy_name(name))}</td>",
    ]
    return f'<tr id="operation-{name}">{"".join(cells)}</tr>'.replace("\n", "&#10;")


def kernels(forward: Any, deep: int = 2) -> list[str]:
    """The kernels that a forward function calls, by itself or by a function beside it."""
    source = inspect.getsource(forward)
    found: list[str] = re.findall(r"kernels\.(\w+)\(", source)
    for name in re.findall(r"\b(\w+)\(", source) if deep else ():
        helper = forward.__globals__.get(name)
        inside = inspect.isfunction(helper) and helper.__module__.startswith("minigrad.")
        if inside and helper is not forward and not hasattr(helper, "operation"):
            found += kernels(helper, deep - 1)
    return found


def rules(entry: dict[str, Any]) -> str:
    """The rules of an operation; long ones folded."""
    parts = []
    for rule in entry["rules"]:
        inputs = ", ".join(rule["inputs"])
        if "\n" in rule["source"]:
            body = f"<pre>{escape(rule['source'])}</pre>"
            parts.append(f"<details><summary>for {escape(inputs)}</summary>{body}</details>")
        else:
            parts.append(f"{escape(inputs)}: {code(rule['source'])}")
    return "<br>".join(parts) or "none: it is constant between its jumps"


def other_names(name: str) -> list[str]:
    """What else an operation is called in public: names of the same function.

    >>> other_names("divide")
    ['div', 'true_divide']
    """
    modules = (mg, mg.nn.functional, mg.special, mg.linalg)
    known = [OPERATIONS[name], *(vars(m)[name] for m in modules if name in vars(m))]
    labels = {
        label for m in modules for label in dir(m) if any(vars(m).get(label) is f for f in known)
    }
    return sorted(labels - {name})


def numpy_name(name: str) -> str:
    """NumPy's name for an operation, "" where it has none."""
    known = NUMPY.get(name, name if callable(getattr(np, name, None)) else "")
    return f"np.{known}" if known and not known.startswith("ndarray") else known


def code(words: str) -> str:
    """As code; names of NumPy's and PyTorch's modules as long as they are."""
    return f"<code>{escape(words)}</code>" if words else ""


def dotted(name: str) -> str:
    """A name, which may go on in the next line behind a dot or a dash."""
    return re.sub(r"[._](?=\w)", r"\g<0><wbr>", code(name)) if name else "—"


def text(words: str) -> str:
    """Plain words with names between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
