"""Our docstrings as reStructuredText.

They are plain text: paragraphs, lists of `name : words`, indented formulas, doctests.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

ENTRY = re.compile(r"(\*{0,2}[A-Za-z_][\w.]*(?:, \*{0,2}[A-Za-z_][\w.]*)*) : (.*)")


def process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's hook: the lines of a docstring are changed where they are."""
    lines[:] = restructured(lines)


def restructured(lines: list[str]) -> list[str]:
    """The lines in reStructuredText.

    >>> restructured(["Divide `x`.", "", "x : an array", "    of any shape"])
    ['Divide ``x``.', '', '``x``', '    an array', '    of any shape', '']
    """
    out: list[str] = []
    for empty, group in groupby(lines, key=lambda line: not line.strip()):
        block = list(group)
        if empty:
            continue
        if block[0].lstrip().startswith(">>>"):
            out += block
        elif all(line.startswith("    ") for line in block):
            out += ["::", "", *block]
        elif ENTRY.match(block[0]):
            for line in block:
                if entry := ENTRY.match(line):
                    out += [f"``{entry[1]}``", f"    {marked(entry[2])}"]
                else:
                    out.append(f"    {marked(line.strip())}")
        else:
            out += mixed(block)
        out.append("")
    return out


def mixed(block: list[str]) -> list[str]:
    """A paragraph, or one with indented lines below it."""
    out: list[str] = []
    for inside, group in groupby(block, key=lambda line: line.startswith("    ")):
        some = list(group)
        out += ["", "::", "", *some, ""] if inside else marked("\n".join(some)).split("\n")
    return out


def marked(text: str) -> str:
    """Names between backticks as code, all else as it stands."""
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        f"`{part}`" if part[:1] == "`" and len(part) > 2 else re.sub(r"([\\*_|`])", r"\\\1", part)
        for part in parts
    )
