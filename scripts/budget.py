"""The size of each floor of the house, in lines of code (no blanks, comments, docstrings).

A budget is a smoke alarm, not a target to squeeze code into: a floor above it deserves a look.

    python scripts/budget.py
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUDGETS = {
    "tape": (["minigrad/engine/tape.py"], 250),
    "core": (
        [
            *(f"minigrad/{name}.py" for name in ("engine/*", "ops/*")),
            *("minigrad/kernels/*.py", "minigrad/kernels/*.pyx", "minigrad/kernels/*.pxi"),
        ],
        2000,
    ),
}
C_FILE = 300
RULE = 25


def code_lines(text: str) -> int:
    """Lines that hold a token of Python (or Cython) other than a comment or a docstring."""
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


def c_lines(text: str) -> int:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
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


def main() -> None:
    """Print the table."""
    rows = []
    for name, (patterns, budget) in BUDGETS.items():
        files = [f for p in patterns for f in sorted(ROOT.glob(p))]
        rows.append((name, sum(code_lines(f.read_text()) for f in files), budget))
    files = [f for p in ("ops", "nn/functional") for f in sorted(ROOT.glob(f"minigrad/{p}/*.py"))]
    every_rule = [r for f in files for r in rules(f)]
    lines, name = max(every_rule)
    rows.append((f"longest of {len(every_rule)} rules ({name})", lines, RULE))
    c_files = [f for p in ("csrc/**/*.c", "csrc/**/*.h") for f in ROOT.glob(p)]
    lines, name = max((c_lines(f.read_text()), f.name) for f in c_files)
    rows.append((f"longest of {len(c_files)} C files ({name})", lines, C_FILE))
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  lines  budget")
    for name, lines, budget in rows:
        print(f"{name:{width}}  {lines:5}  {budget:6}{'  OVER' if lines > budget else ''}")


if __name__ == "__main__":
    main()
