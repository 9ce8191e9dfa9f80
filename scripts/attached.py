"""Write down the signatures that only running code knows, for type checkers and editors.

    python scripts/attached.py

`minigrad/engine/attached.pyi` has what `ops/methods.py` attaches to Tensor,
`minigrad/ops/signatures.pyi` the functions of operations that `minigrad` exports.  Arguments that
have two names (`dim` and `axis`) get an overload for each.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import minigrad
from minigrad import ops
from minigrad.engine import tensor
from minigrad.ops import methods
from minigrad.ops.names import FURTHER, IN_PLACE, SPECIAL

HEAD = '''"""The signatures of the operators and methods that `ops/methods.py` attaches to `Tensor`.

Written by scripts/attached.py, for readers, editors and type checkers.
"""

import builtins
from typing import Any, overload

from ..ops.pytorch import Extremes, Histogram
from ..ops.signatures import Many, Sizes, Target
from .device import device as Device
from .tensor import Tensor

class Attached:
    """What a tensor can do once the operations are there."""

'''
ATTACHED = Path(tensor.__file__).with_name("attached.pyi")
STUB = Path(ops.__file__).with_name("signatures.pyi")
STUB_HEAD = '''"""The signatures of the functions of operations that `minigrad` exports.

Written by scripts/attached.py; type checkers and editors read this instead of the modules.
"""

import builtins
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, SupportsIndex, overload

from numpy import dtype

from ..engine.device import device
from ..engine.tensor import Tensor
from .pytorch import Extremes, Histogram

class HasArray(Protocol):
    def __array__(self) -> Any: ...

Many = Tensor | HasArray | list[Any] | tuple[Any, ...]
Sizes = SupportsIndex | Sequence[SupportsIndex]
Target = Tensor | device | dtype[Any] | str | type[Any] | None

'''
BINARY = "    def __{}__(self, other: {}) -> Tensor: ...{}\n"
KNOWN = {  # what the functions do not say themselves
    "__getitem__": "(self, index: Any) -> Tensor",
    "__setitem__": "(self, index: Any, value: Any) -> None",
    "backward": (
        "(self, gradient: Any = None, retain_graph: builtins.bool | None = None, "
        "create_graph: builtins.bool = False, inputs: Any = None) -> None"
    ),
    "__round__": "(self, decimals: builtins.int = 0) -> Tensor",
    "to": "(self, *args: Target, **kwargs: Any) -> Tensor",
    "__array_ufunc__": "(self, ufunc: Any, method: Any, *args: Any, **kwargs: Any) -> Any",
    "T": "Tensor",
    "mT": "Tensor",
    "H": "Tensor",
    "device": "Device",
    "is_cpu": "builtins.bool",
    "is_cuda": "builtins.bool",
    "is_sparse": "builtins.bool",
    "itemsize": "builtins.int",
    "layout": "builtins.str",
    "nbytes": "builtins.int",
    "real": "Tensor",
    "mH": "Tensor",
}
ALONG_ONE_AXIS = (
    "(input: Any, dim: builtins.int, keepdim: builtins.bool = False) -> Extremes",
    "(input: Any, *, axis: builtins.int, keepdims: builtins.bool = False) -> Extremes",
)
EXTREME = (
    *ALONG_ONE_AXIS,
    "(input: Any, dim: Tensor | None = None) -> Tensor",
    "(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Any",
    "(input: Any, *, axis: Any, keepdims: builtins.bool = False) -> Any",
)
DIFFERENT = {  # those whose answer depends on the arguments they get
    "view": ("(input: Any, *shape: Sizes | Target) -> Tensor",),
    "where": (
        "(condition: Any, input: Any, other: Any) -> Tensor",
        "(condition: Any) -> tuple[Tensor, ...]",
    ),
    "max": EXTREME,
    "min": EXTREME,
    "median": (
        *ALONG_ONE_AXIS,
        "(input: Any, dim: None = None) -> Tensor",
        "(input: Any, *, axis: None, keepdims: builtins.bool = False) -> Tensor",
    ),
    "size": (
        "(input: Any, dim: None = None) -> tuple[builtins.int, ...]",
        "(input: Any, dim: builtins.int) -> builtins.int",
        "(input: Any, *, axis: builtins.int) -> builtins.int",
    ),
}
SPELLINGS = {"dim": "axis", "keepdim": "keepdims"}
NUMPYS = {
    "axis": "dim", "axes": "dims", "keepdims": "keepdim", "x1": "input", "x2": "other",
}  # fmt: skip
TYPES = {"dim": "Any", "keepdim": "builtins.bool"}
SIZES = "dims", "repeats", "shape", "sizes"  # given as one sequence or one by one
OTHERS = SPELLINGS | NUMPYS | {"x": "input", "arrays": "tensors", "dim0": "axis0", "dim1": "axis1"}


def parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Those behind the tensor itself, under PyTorch's names."""
    given = list(inspect.signature(function).parameters.values())[1:]
    return [p.replace(name=NUMPYS.get(p.name, p.name)) for p in given]


def written(given: list[inspect.Parameter], other: bool = False) -> str:
    parts, starred = ["self"], False
    for p in given:
        name = SPELLINGS.get(p.name, p.name) if other else p.name
        kind = TYPES.get(p.name) or annotation(p.annotation)
        if p.kind is p.VAR_POSITIONAL:
            starred = True
            parts.append(f"*{name}: {'Sizes' if name in SIZES else 'Any'}")
        elif p.kind is p.VAR_KEYWORD:
            parts.append(f"**{name}: Any")
        else:
            if (p.kind is p.KEYWORD_ONLY or (other and name != p.name)) and not starred:
                starred = True
                parts.append("*")
            default = "" if p.default is p.empty else f" = {shown(p.default)}"
            parts.append(f"{name}: {kind}{default}")
    return ", ".join(parts)


def shown(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else repr(value)


def annotation(text: Any) -> str:
    """Annotations are texts; methods named `int` hide Python's inside a class."""
    if text is inspect.Parameter.empty or not isinstance(text, str):
        return "Any"
    text = re.sub(r"\b(int|float|bool|str)\b", r"builtins.\1", text)
    simple = re.fullmatch(r"(builtins\.(int|float|bool|str)|None|Tensor|Any| \| )+", text)
    return text if simple else "Any"


def answer(name: str, function: Callable[..., Any]) -> str:
    text = inspect.signature(function).return_annotation
    if hasattr(function, "operation") or (name.endswith("_") and not name.startswith("__")):
        return "Tensor"
    if isinstance(text, str) and re.fullmatch(r"tuple\[Tensor, (\.\.\.|Tensor)\]", text):
        return text
    return {"bool": "builtins.bool", "int": "builtins.int"}.get(text) or (
        text if text in ("Tensor", "Extremes", "Histogram") else "Any"
    )


def positional(given: list[inspect.Parameter]) -> str:
    """The parameters of a function, under their own names."""
    parts, starred = [], False
    for p in given:
        kind = TYPES.get(p.name) or annotation(p.annotation)
        if p.name in ("arrays", "tensors"):
            kind = "Iterable[Any]"
        if p.kind is p.VAR_POSITIONAL:
            starred = True
            parts.append(f"*{p.name}: {'Sizes' if p.name in SIZES else 'Any'}")
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            starred = True
            parts.append("*")
        default = "" if p.default is p.empty else f" = {shown(p.default)}"
        parts.append(f"{p.name}: {kind}{default}")
    return ", ".join(parts)


def renamed(given: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """The same under their other names, from the first that has one by keyword only."""
    found, by_keyword = [], False
    for i, p in enumerate(given):
        other = OTHERS.get(p.name) if p.kind is not p.VAR_POSITIONAL else None
        first = i == 0 and any(q.name in OTHERS for q in given[1:])
        by_keyword = by_keyword or (other is not None and not first)
        kind = p.KEYWORD_ONLY if by_keyword and p.kind is p.POSITIONAL_OR_KEYWORD else p.kind
        found.append(p.replace(name=p.name if first else other or p.name, kind=kind))
    return found


def stub() -> str:
    """`signatures.pyi`, before it is formatted."""
    lines = [STUB_HEAD]
    for name in sorted({*ops.__all__, *FURTHER, *SPECIAL, *IN_PLACE}):
        function = getattr(minigrad, name)
        given = list(inspect.signature(function).parameters.values())
        both = [given, renamed(given)] if name in ops.__all__ else [given]
        ways = dict.fromkeys(map(positional, both))
        versions = DIFFERENT.get(name) or [f"({text}) -> {answer(name, function)}" for text in ways]
        words = inspect.getdoc(function) or ""
        words = words.split("\n\n")[0].replace("\n", "\n    ")
        for text in versions:
            head = "@overload\n" if len(versions) > 1 else ""
            lines.append(f"{head}def {name}{text}:\n")
            lines.append(f'    """{words}"""\n\n')
    return "".join(lines)


def source() -> str:
    lines = [HEAD]
    for name in methods.OPERATORS:
        other = "Many" if name == "matmul" else "builtins.float | Many"
        lines += [BINARY.format(r + name, other, "") for r in ("", "r", "i")]
    for name in methods.COMPARISONS:
        ignore = "  # type: ignore[override]" if name in ("eq", "ne") else ""
        other = "Any" if ignore else "builtins.float | Many"
        lines.append(BINARY.format(name, other, ignore))
    for name, function in sorted(methods.METHODS.items()):
        if name in methods.LATER:
            function = methods.later(name)
        if isinstance(function, property):
            lines.append(f"    @property\n    def {name}(self) -> {KNOWN[name]}: ...\n")
            continue
        if name in KNOWN:
            lines.append(f"    def {name}{KNOWN[name]}: ...\n")
            continue
        changing = name.endswith("_") and not name.startswith("__")
        if changing and name[:-1] in methods.FUNCTIONS:
            given = parameters(methods.BY_NAME[name[:-1]])
        elif changing and name[:-1] in methods.LATER:
            given = parameters(methods.later(name[:-1]))
        else:
            given = parameters(function)
        out = answer(name, function)
        ways = dict.fromkeys([written(given), written(given, other=True)])
        versions = [f"({text}) -> {out}" for text in ways]
        if name in DIFFERENT and name != "where":
            versions = [text.replace("input: Any", "self") for text in DIFFERENT[name]]
        if len(versions) == 1:
            lines.append(f"    def {name}{versions[0]}: ...\n")
        else:
            for text in versions:
                lines.append(f"    @overload\n    def {name}{text}: ...\n")
    return "".join(lines)


def main() -> None:
    """Write the file, as `ruff format` has it."""
    import subprocess

    for path, text in ((ATTACHED, source()), (STUB, stub())):
        path.write_text(text)
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(path)], check=True)


if __name__ == "__main__":
    main()
