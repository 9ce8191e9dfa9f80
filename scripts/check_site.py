"""Does every link within the built site lead somewhere, and does no page ask the network?

    python scripts/check_site.py build/site

Links to other sites are only listed: the check needs no network.
"""

from __future__ import annotations

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {("script", "src"), ("img", "src"), ("iframe", "src"), ("link", "href"), ("source", "src")}


class Page(HTMLParser):
    """The links of a page, what it loads, and the places in it that have a name."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []
        self.names: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag refers to and how it is called."""
        for name, value in attrs:
            if name in ("id", "name") and value:
                self.names.add(value)
            if name in ("href", "src") and value is not None:
                self.links.append((tag, name, value))


@cache
def read(path: Path) -> Page:
    """A page, read once."""
    return Page(path)


def faults(site: Path) -> tuple[list[str], set[str]]:
    """What is wrong, and the other sites that are linked to."""
    wrong, others = [], set()
    for path in sorted(site.rglob("*.html")):
        if "_static" in path.relative_to(site).parts:
            continue  # the explorer's pages, which have tests of their own
        for tag, name, value in read(path).links:
            parts = urlsplit(value)
            where = f"{path.relative_to(site)}: <{tag} {name}={value!r}>"
            if parts.scheme in ("http", "https") or parts.netloc:
                if (tag, name) in LOADS:
                    wrong.append(f"{where} asks the network")
                others.add(value)
            elif not parts.scheme:
                target = path.parent / unquote(parts.path) if parts.path else path
                if target.is_dir():
                    target /= "index.html"
                if not target.is_file():
                    wrong.append(f"{where} leads nowhere")
                elif parts.fragment and target.suffix == ".html":
                    if unquote(parts.fragment) not in read(target.resolve()).names:
                        wrong.append(f"{where}: there is no such place on that page")
    return wrong, others


def main(site: Path) -> int:
    """Print the faults; 1 if there are any."""
    wrong, others = faults(site.resolve())
    print("\n".join(wrong))
    count = sum(1 for _ in site.rglob("*.html"))
    print(f"{count} pages, {len(wrong)} faults; {len(others)} links to other sites")
    return int(bool(wrong) or not count)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
