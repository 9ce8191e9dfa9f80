"""The size of each floor of the house, in lines of code (no blanks, comments, docstrings).

A budget is a floor's size when it was last looked at, and a little more. Growing past it fails, so
that somebody asks whether the new code belongs there; what does belong moves the number here, in
the commit that brings it.

    python scripts/budget.py

Every file is counted once. Exits with 1 where a budget is passed or a file has no floor.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLOORS = [  # the first pattern that matches a file's path says where it is counted
    ("tape", "minigrad/engine/tape.py", 165),
    ("engine, signatures", "minigrad/engine/attached.pyi", 1070),  # written by scripts/attached.py
    ("the rest of the engine", "minigrad/engine/", 2615),
    ("ops, signatures", "minigrad/ops/signatures.pyi", 1150),  # written by scripts/attached.py
    ("ops", "minigrad/ops/", 4160),
    ("autograd", "minigrad/autograd/", 775),
    ("nn", "minigrad/nn/", 7710),
    ("optim", "minigrad/optim/", 2300),
    ("utils", "minigrad/utils/", 1650),
    ("vision", "minigrad/vision/", 850),
    ("serialization", "minigrad/serialization/", 940),
    ("explore, Python", r"minigrad/explore/[^/]*\.py", 2965),
    ("explore, its page", "minigrad/explore/page/", 2165),
    ("course, its templates", "minigrad/course/templates/", 150),
    ("course, its checker", r"minigrad/course/[^/]*\.py", 1390),
    ("course, its exercises", "minigrad/course/chapters/", 3055),
    ("kernels, Python", r"minigrad/kernels/.*\.pyi?", 850),
    ("program, Python", "minigrad/program/", 2555),  # two thirds: what a replay must not lose
    ("program, Cython", "minigrad/kernels/_program.pxi", 370),
    ("program, C", r"csrc/program\.", 160),
    ("kernels, Cython", r"minigrad/kernels/.*\.p(yx|xi)", 815),
    (
        "func, amp, cuda, testing",
        r"minigrad/(func|amp|testing|cuda/\w+|special|multiprocessing)\.py",
        625,
    ),
    ("einops", "minigrad/einops/", 110),
    ("distributions", "minigrad/distributions/", 1610),
    ("minigrad/*.py", r"minigrad/[^/]*\.py", 1900),
    ("csrc, template", "csrc/template/", 1935),
    ("csrc, plain twin", "csrc/plain/", 165),
    ("csrc, the rest", "csrc/", 500),
]
FILE = {".c": 300, ".h": 300}  # the longest file of a kind
RULE = 25
PYTHON = {".py", ".pyi", ".pyx", ".pxi", ".pxd"}
OTHER = {".c", ".h", ".js", ".css", ".html"}


def sources() -> list[Path]:
    """What people wrote: neither built nor somebody else's."""
    written = {"minigrad": PYTHON | OTHER - {".c"}, "csrc": OTHER}  # Cython leaves .c files
    files = [f for top, kinds in written.items() for f in (ROOT / top).rglob("*.*")
             if f.suffix in kinds and "vendor" not in f.parts]  # fmt: skip
    return sorted(files)


def code_lines(file: Path) -> int:
    """Lines that hold more than a comment or a docstring."""
    text = file.read_text()
    return python_lines(text) if file.suffix in PYTHON else other_lines(text)


def python_lines(text: str) -> int:
    lines: set[int] = set()
    statement_start = True
    quiet = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in quiet:
            continue
        if token.type == tokenize.NEWLINE:
            statement_start = True
            continue
        if not (statement_start and token.type == tokenize.STRING):
            lines.update(range(token.start[0], token.end[0] + 1))
        statement_start = False
    return len(lines)


def other_lines(text: str) -> int:
    text = re.sub(r"/\*.*?\*/|<!--.*?-->", "", text, flags=re.DOTALL)
    return sum(1 for line in text.splitlines() if line.split("//")[0].strip())


def rules(path: Path) -> list[tuple[int, str]]:
    """(lines, name) of every rule: a function decorated with `@operation.gradient(...)`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef):
            for d in node.decorator_list:
                if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute):
                    if d.func.attr == "gradient":
                        lines = (node.end_lineno or node.lineno) - node.lineno + 1
                        found.append((lines, f"{ast.unparse(d.func.value)} in {path.name}"))
    return found


def main() -> int:
    """Print the table; the exit status says whether every budget is kept."""
    sizes = {f: code_lines(f) for f in sources()}
    floors: Counter[str] = Counter()
    homeless = []
    for file, lines in sizes.items():
        path = file.relative_to(ROOT).as_posix()
        floor = next((name for name, pattern, _ in FLOORS if re.match(pattern, path)), None)
        if floor is None:
            homeless.append(path)
        else:
            floors[floor] += lines
    rows = [(name, floors[name], budget) for name, _, budget in FLOORS]
    for suffix, budget in FILE.items():
        lines, file = max((lines, f.name) for f, lines in sizes.items() if f.suffix == suffix)
        rows.append((f"longest {suffix} file ({file})", lines, budget))
    every_rule = [r for f in sizes if f.suffix == ".py" for r in rules(f)]
    lines, name = max(every_rule)
    rows.append((f"longest of {len(every_rule)} rules ({name})", lines, RULE))
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  lines  budget")
    for name, lines, budget in rows:
        print(f"{name:{width}}  {lines:5}  {budget:6}{'  OVER' if lines > budget else ''}")
    for path in homeless:
        print(f"{path} belongs to no floor of FLOORS")
    return int(bool(homeless) or any(lines > budget for _, lines, budget in rows))


if __name__ == "__main__":
    sys.exit(main())
