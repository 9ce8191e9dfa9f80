"""What holds for every file of Python here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for folder in ("minigrad", "examples", "benchmarks", "scripts", "tests")
    for file in sorted((ROOT / folder).rglob("*.py"))
]


def unpacked(tree: ast.AST) -> list[int]:
    """Lines with a tuple, list or dict that is written down only to be unpacked on the spot."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Starred) and isinstance(node.value, (ast.Tuple, ast.List)):
            lines.append(node.lineno)
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            lines += [v.lineno for k, v in pairs if k is None and isinstance(v, ast.Dict)]
    return lines


@pytest.mark.parametrize("text", ["f(*(a, b))", "[*[a], b]", "{**{a: b}, c: d}"])
def test_what_is_looked_for_is_found(text: str) -> None:
    assert unpacked(ast.parse(text)) == [1]


def test_nothing_is_unpacked_where_it_is_written() -> None:
    """It would only be there to make the formatter break lines elsewhere."""
    texts = {f: f.read_text(encoding="utf-8") for f in FILES}
    star = re.compile(r"(^|[(\[{,=:]|return|yield|in)\s*\*\*?\s*[(\[{]", re.MULTILINE)
    suspect = {f: text for f, text in texts.items() if star.search(text)}  # parsing takes long
    found = {f: unpacked(ast.parse(text)) for f, text in suspect.items()}
    assert not {str(f.relative_to(ROOT)): lines for f, lines in found.items() if lines}


def test_the_essay_explains_every_name_of_the_tape() -> None:
    tape = ast.parse((ROOT / "minigrad" / "engine" / "tape.py").read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.ClassDef
    names = {n.name for n in ast.walk(tape) if isinstance(n, kinds)}
    own = {"start", "__repr__"}  # explain themselves
    words = set(re.findall(r"\w+", (ROOT / "docs" / "autodiff.md").read_text(encoding="utf-8")))
    assert names - own - words == {"__hash__"}  # see there


def test_every_file_on_the_map_of_the_house_is_there() -> None:
    page = (ROOT / "docs" / "house.md").read_text(encoding="utf-8")
    places = re.findall(r"[\w/]+(?:\.py|/)(?=\s|:)", page.split("```")[1])
    bases = [ROOT, *(ROOT / "minigrad" / name for name in ("", "engine", "kernels")), ROOT / "csrc"]
    assert len(places) > 30
    assert [p for p in places if not any((base / p).exists() for base in bases)] == []


def test_the_tape_begins_with_its_loop() -> None:
    """Whoever opens the file finds reverse mode on the first page, and reads it in ten minutes."""
    lines = (ROOT / "minigrad" / "engine" / "tape.py").read_text(encoding="utf-8").splitlines()
    assert any("while sums.waiting:" in line for line in lines[:100])
