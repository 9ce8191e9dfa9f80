"""Our docstrings as reStructuredText.

They are plain text: paragraphs, lists of `name : words`, indented formulas, doctests.
"""

from __future__ import annotations

import inspect
import re
from itertools import groupby
from typing import Any

ENTRY = re.compile(r"(\*{0,2}[A-Za-z_][\w.]*(?:, \*{0,2}[A-Za-z_][\w.]*)*) : (.*)")


def process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Sphinx's hook: the lines of a docstring are changed where they are."""
    lines[:] = restructured(lines if any(lines) else elsewhere(name, obj).splitlines())


def signature(
    app: Any, what: str, name: str, thing: Any, options: Any, given: str, returns: str
) -> tuple[str, str] | None:
    """Sphinx's hook: the options of a module that only calls a function, which it takes by name."""
    if not isinstance(thing, type) or given != "(*args, **kwargs)":
        return None
    names = getattr(thing, "options", ())
    defaults = (f"={getattr(thing, n)!r}" if hasattr(thing, n) else "" for n in names)
    return f"({', '.join(map(str.__add__, names, defaults))})", returns


def elsewhere(name: str, thing: Any) -> str:
    """The words for what has none itself: a kernel's are its twin's, a made class's its maker's.

    >>> elsewhere("minigrad.kernels.erf", None)
    'The error function, by the C library in double precision.'
    """
    if name.startswith("minigrad.kernels."):
        from minigrad.kernels import reference

        thing = getattr(reference, name.rpartition(".")[2], None)
    elif isinstance(thing, type) and type(thing) is not type:
        thing = type(thing)
    else:
        return ""
    return inspect.getdoc(thing) or ""


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
    """Names between backticks as code, *Titles of books* as such, all else as it stands."""
    parts = re.split(r"(`[^`]+`|(?<!\w)\*[A-Z][^*`]+\w\*)", text)
    kinds = {"`": "`{}`".format, "*": str}  # the odd ones are what was found
    return "".join(
        kinds[part[0]](part) if i % 2 else re.sub(r"([\\*_|`])", r"\\\1", part)
        for i, part in enumerate(parts)
    )
