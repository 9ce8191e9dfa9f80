"""What a person holds after watching: the record, and all ways to look at it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ..engine.watchers import Watcher
from ..serialization.files import write_atomically
from .graphics import to_dot, to_mermaid, to_svg
from .record import Record, Step
from .text import to_text

ENDINGS = (".html", ".json", ".svg", ".dot", ".mmd", ".txt")
"""Of files that a view can be saved to."""


class View:
    """A watched step, or a training: print it, step through it, save it as a page.

    `minigrad.explore` makes it.  As a `with` block it watches what happens inside; the record is
    complete when the block ends, whether by itself or by an error.

    >>> import minigrad as mg
    >>> a = mg.tensor(3.0, requires_grad=True)
    >>> with mg.explore() as view:
    ...     b = a + a
    ...     b.backward()
    >>> for step in view.steps():
    ...     print(step.sentence)
    b = add(a, a): 3 + 3 = 6
    the backward pass begins: b receives 1
    add (b) has all of its gradient: 1
    its rule for x1: g = 1
    its rule for x2: g = 1
    a receives its first term: 1
    a receives a second term: 1 + 1 = 2
    freed: nothing was kept
    a.grad: was None, becomes 2
    """

    def __init__(self, source: Any) -> None:
        self._recorder: Any = None if isinstance(source, Record) else source
        self._record: Record | None = source if isinstance(source, Record) else None
        self._open = 0
        self._ended = False

    def __enter__(self) -> View:
        if self._recorder is None or self._ended or self._open:
            raise RuntimeError(
                "explore: this view has watched already; call explore() for a new one"
            )
        self._open = 1
        self._recorder.open(sys._getframe(1))
        Watcher.__enter__(self._recorder)
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        self._recorder.__exit__(kind, error, trace)
        self._open, self._ended = 0, True

    @property
    def record(self) -> Record:
        """The record; before the end of the block, of what has happened so far."""
        if self._record is None:
            record: Record = self._recorder.record()
            if self._open:
                return record
            self._record, self._recorder = record, None
        return self._record

    def to_json(self) -> str:
        """The record as JSON; docs/explore-record.md describes it."""
        return self.record.to_json()

    @property
    def graph(self) -> Record:
        """The record of a step; of a training that of the last step that was written down.

        Raises RuntimeError for a training without one.
        """
        data = self.record.data
        if data["kind"] == "program":
            raise RuntimeError(
                "explore: a program has no graph; explore a call of the function for one: "
                "mg.explore(function, *args)"
            )
        if data["kind"] != "training":
            return self.record
        if data["last"] is None:
            raise RuntimeError(
                "explore: no backward pass was run in the block, so there is no graph"
            )
        return Record(data["last"])

    def steps(self) -> Iterator[Step]:
        """Everything that happened, in the order in which it did; of a training, the last."""
        return self.graph.walk()

    def __str__(self) -> str:
        return to_text(self.record)

    def __repr__(self) -> str:
        data = self.record.data
        if data["kind"] == "training":
            return f"<explored training: {len(data['at'])} steps of every {data['every']}>"
        if data["kind"] == "program":
            return f"<explored {data['title']!r}>"
        counts = f"{len(self.record.nodes['kind'])} nodes, {len(self.record.steps['kind'])} steps"
        return f"<explored {data['title']!r}: {counts}>"

    def to_dot(self) -> str:
        """The graph in Graphviz's language."""
        return to_dot(self.graph)

    def to_mermaid(self) -> str:
        """The graph in Mermaid's language, which many Markdown viewers draw."""
        return to_mermaid(self.graph)

    def to_svg(self) -> str:
        """The graph as a picture."""
        return to_svg(self.graph)

    def to_html(self) -> str:
        """The page: one file that needs nothing else."""
        from .html import page

        return page(self.to_json(), self.record.data["title"])

    def save(self, path: Any) -> Path:
        """Write the view to a file by its ending: .html, .json, .svg, .dot, .mmd or .txt.

        The file appears complete or not at all.  Returns the path.  Raises ValueError for another
        ending.
        """
        target = Path(path)
        if target.suffix not in ENDINGS:
            raise ValueError(
                f"save: wanted a name that ends in {', '.join(ENDINGS)}, got {str(path)!r}"
            )
        writers: tuple[Callable[[], str], ...] = (
            self.to_html,
            self.to_json,
            self.to_svg,
            self.to_dot,
            self.to_mermaid,
            self.__str__,
        )
        writer = writers[ENDINGS.index(target.suffix)]
        data = writer().encode("utf-8", "backslashreplace")  # names may hold lone surrogates
        with write_atomically(target) as file:
            file.write(data)
        return target

    def show(self) -> Path:
        """Open the page in the browser; returns the path of the temporary file."""
        import tempfile
        import webbrowser

        folder = tempfile.mkdtemp(prefix="minigrad-explore-")
        path = self.save(Path(folder) / "view.html")
        webbrowser.open(path.as_uri())
        return path

    def _repr_html_(self) -> str:
        """For notebooks: the page in a frame of its own."""
        from html import escape

        return (
            f'<iframe title="{escape(self.record.data["title"])}" '
            'style="width: 100%; height: 720px; border: 0" '
            f'srcdoc="{escape(self.to_html())}"></iframe>'
        )
