"""A record as one HTML page: text, style, scripts and data in a single file, for no network.

The page itself is written in plain JavaScript modules in `page/`.  They are put together in
the order of their imports, without comments, and packed, so that nothing needs to be built.
"""

from __future__ import annotations

import base64
import gzip
import html
import re
from functools import cache
from importlib.resources import files

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_COMMENTS = re.compile(r"^\s*(?:/\*(?:(?!\*/).)*\*/\s*\n|//[^\n]*\n)", re.MULTILINE | re.DOTALL)
_INLINE_TYPES = re.compile(r"/\*\* @type \{[^\n]*?\} \*/ ?")
_INDENTS = re.compile(r"^\s+", re.MULTILINE)


def page(record_json: str, title: str) -> str:
    """The HTML of a record given as JSON; `title` is the window's until the page has read it.

    >>> page('{"title": "</script>"}', "a < b")[:15]
    '<!doctype html>'
    """
    parts = {
        "title": html.escape(title),
        "style": _COMMENTS.sub("", _text("page.css")),
        "dagre": _pack(_text("vendor/dagre.min.js")),
        "record": _pack(record_json),
        "scripts": _pack(_scripts()),
    }
    return re.sub(r"<!-- (\w+) -->", lambda m: parts[m[1]], _text("page.html"))


@cache
def _text(name: str) -> str:
    return (files(__package__) / "page" / name).read_text(encoding="utf-8")


def _pack(text: str) -> str:
    """Base64 of gzip, which browsers can undo."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


@cache
def _scripts() -> str:
    """The modules, each after those that it imports, in one scope."""
    seen: dict[str, str] = {}

    def add(name: str) -> None:
        if name in seen:
            return
        seen[name] = ""
        source = _text(f"{name}.js")
        for imported in _IMPORT.findall(source):
            add(imported)
        seen[name] = seen.pop(name)  # behind what it imports
        bare = _COMMENTS.sub("", _IMPORT.sub("", source))
        bare = _INLINE_TYPES.sub("", bare)
        seen[name] = re.sub(r"^export ", "", _INDENTS.sub("", bare), flags=re.MULTILINE)

    add("main")
    return "".join(seen.values())
