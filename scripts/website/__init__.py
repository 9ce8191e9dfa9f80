"""What Sphinx needs to make the site of `docs/`: a Sphinx extension, of which each file is an idea.

    python -m sphinx -W -b html docs build/site

`docstrings` reads our docstrings, `sources` gives every file that a page links to a page,
`formulas` has KaTeX render them, `reference` writes the pages of the API, `operations` the table of
operations, `pictures` the steps that the explorer shows,
`origins` the links to the source that Sphinx does not find.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import docstrings, formulas, operations, origins, pictures, reference, sources


def setup(app: Any) -> dict[str, Any]:
    """Connect all of it."""

    def write(app: Any) -> None:
        folder = Path(app.srcdir) / "_generated"
        reference.write(folder / "api")
        operations.write(folder / "operations.rst", Path(app.srcdir) / "kinks.md")
        pictures.write(folder / "static")
        sources.write(Path(app.srcdir), folder / "source")

    def make(app: Any, config: Any) -> None:
        (Path(app.srcdir) / "_generated" / "static").mkdir(parents=True, exist_ok=True)

    app.connect("config-inited", make)
    app.connect("builder-inited", write)
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("autodoc-process-signature", docstrings.signature)
    app.connect("source-read", sources.rewrite)
    app.connect("viewcode-find-source", origins.of_compiled)
    app.connect("doctree-read", origins.link, priority=900)
    app.connect("doctree-read", sources.trim)
    app.connect("html-page-context", sources.lead_back)
    formulas.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
