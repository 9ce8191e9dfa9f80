"""Formulas by KaTeX, whose files are in `docs/_static/katex`, so that pages need no network."""

from __future__ import annotations

from typing import Any


def setup(app: Any) -> None:
    """A renderer that leaves TeX in the page, and the script that turns it into formulas."""
    app.add_html_math_renderer("katex", inline_renderers=(inline, None),
                               block_renderers=(display, None))  # fmt: skip
    app.add_css_file("katex/katex.min.css")
    app.add_js_file("katex/katex.min.js", loading_method="defer")
    app.add_js_file("formulas.js", loading_method="defer")


def inline(translator: Any, node: Any) -> None:
    """A formula in a line."""
    text = translator.encode(node.astext()).strip()
    translator.body.append(f'<span class="formula">{text}</span>')
    skip(node)


def display(translator: Any, node: Any) -> None:
    """A formula of its own."""
    text = translator.encode(node.astext()).strip()
    translator.body.append(f'<div class="formula display">{text}</div>')
    skip(node)


def skip(node: Any) -> None:
    """The children are written already."""
    from docutils.nodes import SkipNode

    raise SkipNode
