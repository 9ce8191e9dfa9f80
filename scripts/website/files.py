"""Writing pages."""

from __future__ import annotations

from pathlib import Path


def write_if_new(path: Path, text: str) -> None:
    """Write a file, but leave one that is the same, so that Sphinx does not read it again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
