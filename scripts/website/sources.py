"""Pages for the files of the repository that pages link to, with the lines numbered."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .files import write_if_new
from .pictures import frames
from .reference import homes

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = re.compile(r"\]\((?!https?:|mailto:|#|/)([^)\s#]+)(#[^)\s]*)?\)")
LEXERS = {".py": "python", ".c": "c", ".h": "c", ".pyx": "cython", ".md": "text", ".sh": "bash"}
SHOWN = {".md", ".rst", ".png", ".jpg", ".svg"}  # Sphinx takes these itself where they are in docs/

COURSE = """```{toctree}
:hidden:
:caption: The course
:glob:

course/README
course/chapter*
course/teaching*
course/*
```"""


def target(page: Path, link: str, docs: Path) -> Path | None:
    """The file or folder that a page of its own is made for, if a link asks for one."""
    path = Path(os.path.normpath(page.parent / link))
    if not path.is_relative_to(ROOT) or not path.exists():
        return None  # Sphinx will complain
    return None if path.is_relative_to(docs) and path.suffix in SHOWN else path


def pages(docs: Path) -> Iterator[Path]:
    """The pages that people wrote."""
    yield from (p for p in docs.rglob("*.md") if "_generated" not in p.parts)


def write(docs: Path, folder: Path) -> None:
    """A page for every file and folder that is linked to."""
    docs = docs.resolve()
    found = {
        path
        for page in pages(docs)
        for link, _ in LINK.findall(page.read_text(encoding="utf-8"))
        if (path := target(page, link, docs))
    }
    for path in sorted(found):
        if path.is_dir():
            inside = [p for p in sorted(path.iterdir()) if p.suffix in LEXERS and p.is_file()]
            found.update(inside)
            rows = [f"- :doc:`/_generated/source/{p.relative_to(ROOT)}`" for p in inside]
            write_page(folder, path, "\n".join(rows))
    for path in sorted(found):
        if path.is_file():
            lexer = LEXERS.get(path.suffix, "text")
            here = os.path.relpath(path, (folder / path.relative_to(ROOT)).parent)
            options = f"   :language: {lexer}\n   :linenos:\n"
            write_page(folder, path, f".. literalinclude:: {here}\n{options}")


def write_page(folder: Path, path: Path, body: str) -> None:
    """One page, under the file's path; the site's search is for its own pages."""
    name = str(path.relative_to(ROOT))
    text = f":orphan:\n:nosearch:\n\n{name}\n{'=' * len(name)}\n\n{body}\n"
    write_if_new(folder / f"{name}.rst", text)


def rewrite(app: Any, docname: str, source: list[str]) -> None:
    """Sphinx's hook: links to the repository's files become links to their pages."""
    docs = Path(app.srcdir).resolve()
    page = docs / f"{docname}.md"
    if not page.is_file():
        return
    if docname == "index":
        listed = {"index", *source[0].split()}
        others = [p.stem for p in sorted(docs.glob("*.md")) if p.stem not in listed]
        source[0] = source[0].replace("<!-- others -->", "\n".join(others))
    if docname == "index" and (docs / "course" / "README.md").is_file():
        source[0] = source[0].replace("<!-- course -->", COURSE)

    def moved(match: re.Match[str]) -> str:
        path = target(page, match[1], docs)
        return match[0] if path is None else f"](/_generated/source/{path.relative_to(ROOT)}.rst)"

    source[0] = frames(docname, LINK.sub(moved, source[0]))


def trim(app: Any, doctree: Any) -> None:
    """Sphinx's hook: no empty line below a listing, where doctest wants one."""
    from docutils import nodes

    for block in doctree.findall(nodes.literal_block):
        text = block.astext().rstrip("\n")
        if block.rawsource == block.astext():
            block.children.clear()
            block += nodes.Text(text)
            block.rawsource = text


BACK = re.compile(
    r'(<div class="viewcode-block" id="([^".]+)([^"]*)">\s*'
    r'<a class="viewcode-back" href=")([^"#]*)[^"]*'
)


def lead_back(app: Any, pagename: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Sphinx's hook: from a source, the way back to each name's entry.

    Sphinx takes the names of a module to be all on the page that mentions the first of them.
    """
    if not pagename.startswith("_modules/minigrad/"):
        return
    try:
        module = importlib.import_module(pagename.removeprefix("_modules/").replace("/", "."))
    except ModuleNotFoundError:
        module = None  # a file that Cython includes
    import minigrad

    entries, known = homes(), app.env.domaindata["py"]["objects"]

    def led(match: re.Match[str]) -> str:
        begin, name, inside, page = match.groups()
        thing = getattr(module, name, None)
        constant = thing is getattr(minigrad, name, led)
        home = entries.get(id(thing)) or (f"minigrad.{name}" if constant else "")
        # a method may be a function too, and have its entry as that
        places = (f"{home}{inside}", *([f"minigrad{inside}"] if inside else []), home)
        place = next((place for place in places if place in known), None)
        if place is None:
            return f"{begin}{page}"
        return f"{begin}{app.builder.get_relative_uri(pagename, known[place].docname)}#{place}"

    context["body"] = BACK.sub(led, context["body"])
