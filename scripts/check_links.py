"""Are the links to other sites, arXiv numbers and DOIs of the sources well formed? Do they answer?

    python scripts/check_links.py            what there is, and what is malformed; needs no network
    python scripts/check_links.py --online   asks each of them as well

scripts/check_site.py checks the links within the site. Data sets are large: only their heads are
asked for. Exits with 1 where something is malformed or does not answer.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

ROOT = Path(__file__).parent.parent
PLACES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "minigrad", "csrc", "examples")
KINDS = {".md", ".py", ".pyx", ".pxi", ".h", ".c", ".rst"}
LINK = re.compile(r"https?://[^\s)>\"'`,\]}]+")
ARXIV = re.compile(r"arXiv:\s?(\S+?)(?=[\s,;)]|\.?$|\.\s)", re.MULTILINE | re.IGNORECASE)
NUMBER = re.compile(r"\d{2}(0[1-9]|1[0-2])\.\d{4,5}(v\d+)?|[a-z-]+(\.[A-Z]{2})?/\d{7}")
DOI = re.compile(r"\b(?:doi:\s?|doi\.org/)(\S+?)(?=[\s,;)]|\.?$)", re.MULTILINE | re.IGNORECASE)
NAMES = ("www.w3.org", "example.org", "127.0.0.1")  # of languages, and made up


def references() -> dict[str, set[str]]:
    """Every link, "arXiv:..." and "doi:...", with the files that have it."""
    found: dict[str, set[str]] = {}
    listed = subprocess.run(
        ["git", "ls-files", *PLACES], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in KINDS:
            continue
        text = path.read_text(encoding="utf-8")
        links = (link.rstrip(".;:") for link in LINK.findall(text))
        some = [link for link in links if urlsplit(link).hostname not in NAMES]
        some += [f"arXiv:{number.rstrip('.')}" for number in ARXIV.findall(text)]
        some += [f"doi:{doi.rstrip('.')}" for doi in DOI.findall(text)]
        for reference in some:
            found.setdefault(reference, set()).add(name)
    return found


def malformed(reference: str) -> bool:
    """Can it not be what it says it is?"""
    kind, _, rest = reference.partition(":")
    if kind == "arXiv":
        return NUMBER.fullmatch(rest) is None
    if kind == "doi":
        return re.fullmatch(r"10\.\d{4,9}/\S+", rest) is None
    parts = urlsplit(reference)
    return not parts.hostname or "." not in parts.hostname


def answer(reference: str) -> str:
    """Why it does not lead anywhere; "" if it does."""
    kind, _, rest = reference.partition(":")
    url = {"arXiv": f"https://arxiv.org/abs/{rest}", "doi": f"https://doi.org/{rest}"}.get(
        kind, reference
    )
    request = Request(url, method="HEAD", headers={"User-Agent": "Mozilla/5.0"})
    try:
        with urlopen(request, timeout=20):
            return ""
    except HTTPError as error:
        folder = url.endswith("/")  # where files lie, some servers list none
        return "" if folder and error.code in (400, 403, 404) else f"{error.code} {error.reason}"
    except OSError as error:
        return str(error)


def main() -> int:
    """Print what was found and what is wrong with it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--online", action="store_true", help="ask each of them")
    online = parser.parse_args().online
    found = dict(sorted(references().items()))
    wrong = {reference: "malformed" for reference in found if malformed(reference)}
    if online:
        with ThreadPoolExecutor(8) as pool:
            asked = [r for r in found if r not in wrong]
            wrong |= {r: a for r, a in zip(asked, pool.map(answer, asked), strict=True) if a}
    for reference, files in found.items():
        print(f"{wrong.get(reference, 'ok'):10} {reference}  ({', '.join(sorted(files))})")
    print(f"{len(found)} links, arXiv numbers and DOIs, {len(wrong)} faults")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
