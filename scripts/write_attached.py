"""Write minigrad/engine/attached.py: what type checkers and editors know of attached methods.

python scripts/write_attached.py          # the signatures of the functions, as methods
python scripts/write_attached.py --check  # exit 1 where the file is not current
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import minigrad as mg
from minigrad.ops import methods

FILE = Path(mg.__file__).parent / "engine" / "attached.py"
HEAD = '''"""The signatures of the operators and methods that `ops/methods.py` attaches to `Tensor`.

For readers, editors and type checkers; at run time there is nothing here.  Written by
`python scripts/write_attached.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np

    from ..ops.pytorch import Extremes, Histogram
    from .device import device
    from .tensor import Tensor

Array = Any
Axis = int | tuple[int, ...] | None
Dim = int | tuple[int, ...] | None


class Attached:
    """What a tensor can do once the operations are there."""

    __slots__ = ()

    if TYPE_CHECKING:
'''
SAME = {"dim": "axis", "keepdim": "keepdims"}
RETURNS = {"device": "device", "is_cuda": "bool", "is_cpu": "bool", "is_sparse": "bool"}
RETURNS |= {"itemsize": "int", "nbytes": "int", "is_complex": "bool", "numel": "int"}

VARIOUS = "aminmax max median min nonzero size stride type unique where".split()


def signature(name: str, function: object) -> str:
    """One method."""
    if isinstance(function, property):
        return f"@property\ndef {name}(self) -> {RETURNS.get(name, 'Tensor')}: ..."
    target = inspect.unwrap(function)
    found = inspect.signature(target)
    parameters = list(found.parameters.values())[1:]
    parts, starred = [], False
    for p in parameters:
        if p.kind is p.KEYWORD_ONLY and not starred:
            parts.append("*")
            starred = True
        starred = starred or p.kind is p.VAR_POSITIONAL
        prefix = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        kind = p.annotation if isinstance(p.annotation, str) else "Any"
        plain = p.default is None or isinstance(p.default, (bool, int, float, str))
        default = "" if p.default is p.empty else f" = {p.default!r}" if plain else " = ..."
        parts.append(f"{prefix}{p.name}: {kind}{default}")
    names = {p.name for p in parameters}
    other = [f"{new}: Any = ..." for old, new in SAME.items() if old in names and new not in names]
    if other and not any(p.kind is p.VAR_KEYWORD for p in parameters):
        parts += ([] if starred else ["*"]) + other
    given = found.return_annotation
    back = RETURNS.get(name, given if isinstance(given, str) else "Tensor")
    if back in ("Array", "Any") and name not in VARIOUS:
        back = "Tensor"
    return f"def {name}(self{''.join(', ' + p for p in parts)}) -> {back}: ..."


def written() -> str:
    """The file."""
    lines = []
    for name in methods.OPERATORS:
        lines += [f"def __{r}{name}__(self, other: Any) -> Tensor: ..." for r in ("", "r")]
        if name != "matmul":
            lines.append(f"def __i{name}__(self, other: Any) -> Self: ...")
    for name in methods.COMPARISONS:
        mark = "  # type: ignore[override]" if name in ("eq", "ne") else ""
        lines.append(f"def __{name}__(self, other: Any) -> Tensor: ...{mark}")
    attached = dict(methods.METHODS)
    attached |= {n: getattr(mg.Tensor, n) for n in ("log_softmax", "relu", "sigmoid", "softmax")}
    attached |= {n: getattr(mg.Tensor, n) for n in ("relu_", "sigmoid_", "tanh_")}
    special = {
        "__getitem__": "def __getitem__(self, index: Any) -> Tensor: ...",
        "__setitem__": "def __setitem__(self, index: Any, value: Any) -> None: ...",
        "__pos__": "def __pos__(self) -> Tensor: ...",
        "nelement": "def nelement(self) -> int: ...",
        "is_complex": "def is_complex(self) -> bool: ...",
        "type_as": "def type_as(self, other: Tensor) -> Tensor: ...",
    }
    # last those whose names are types, which annotations before them mean
    order = sorted(attached, key=lambda n: (n in ("float", "int", "bool", "long", "type"), n))
    lines += [special.get(n) or signature(n, attached[n]) for n in order]
    body = textwrap.indent("\n".join(lines), " " * 8)
    text = HEAD + body + "\n"
    text = re.sub(r"np\.ndarray\[.*?\]", "np.ndarray", text)
    command = ["ruff", "format", "--stdin-filename", str(FILE), "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return done.stdout


def main() -> None:
    """Write, or check."""
    text = written()
    if "--check" in sys.argv:
        sys.exit(
            FILE.read_text() != text and "scripts/write_attached.py: attached.py is not current"
        )
    FILE.write_text(text)


if __name__ == "__main__":
    main()
