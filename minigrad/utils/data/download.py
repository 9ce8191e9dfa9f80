"""Fetching files: a progress bar, a checksum, and all or nothing.

The standard library does the work, because minigrad's core needs NumPy alone; tqdm draws the bar
where it is installed.
"""

import hashlib
import os
import shutil
import sys
import tarfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPException
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte


@contextmanager
def write_atomically(path: Path) -> Iterator[BinaryIO]:
    """A file that appears at `path` if the block succeeds, and leaves no trace if it does not.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_atomically(folder / "new" / "a.bin") as file:
    ...     _ = file.write(b"abc")
    >>> (folder / "new" / "a.bin").read_bytes()
    b'abc'
    """
    made = [folder for folder in path.parents if not folder.exists()]
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)
    except BaseException:
        for remove in (part.unlink, *(folder.rmdir for folder in made)):
            with suppress(OSError):
                remove()
        raise


def download_file(urls: Sequence[str], path: Path, md5: str) -> None:
    """Save at `path` the first of `urls` that delivers a file with the checksum `md5`.

    Raises ConnectionError, with the reason for each address, if none does; `path` and its folder
    are then as they were before.
    """
    reasons = []
    for url in urls:
        try:
            with write_atomically(path) as file:
                _fetch(url, file, path.name, md5)
            return
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"\n  {url}: {error}")
    raise ConnectionError(f"{path.name} could not be downloaded:{''.join(reasons)}")


def download_archive(urls: Sequence[str], md5: str, files: Sequence[Path]) -> None:
    """Take `files`, found by their names, out of the tar archive that is at `urls`.

    Checks and errors are those of `download_file`.
    """
    wanted = {path.name: path for path in files}
    with TemporaryDirectory() as scratch:
        archive = Path(scratch) / urls[0].rpartition("/")[-1]
        download_file(urls, archive, md5)
        with tarfile.open(archive) as tar:
            for member in tar:
                # Only the last part of a member's name counts, so none can leave the folder.
                path, source = wanted.get(Path(member.name).name), tar.extractfile(member)
                if path and source:
                    with write_atomically(path) as file:
                        shutil.copyfileobj(source, file)


def _fetch(url: str, file: BinaryIO, name: str, md5: str) -> None:
    # MD5 is what the publishers give. It finds a damaged file; it is no proof against forgery.
    digest = hashlib.md5(usedforsecurity=False)
    with urllib.request.urlopen(url, timeout=_TIMEOUT) as response:
        length = response.headers.get("Content-Length")
        total = int(length) if length else None
        done = 0
        with _progress(name, total) as bar:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                bar.update(len(chunk))
    if total is not None and done != total:
        raise ConnectionError(f"the connection broke off after {done} of {total} bytes")
    if digest.hexdigest() != md5:
        raise ValueError(f"the MD5 checksum of what came is {digest.hexdigest()}, not {md5}")


def _progress(name: str, total: int | None) -> Any:
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        return _PlainProgress(name, total)
    return tqdm(desc=name, total=total, unit="B", unit_scale=True)


class _PlainProgress:
    """One line on the standard error stream, for want of tqdm."""

    def __init__(self, name: str, total: int | None) -> None:
        self.name, self.done = name, 0
        self.of = f" of {total / 1e6:.1f}" if total else ""

    def __enter__(self) -> "_PlainProgress":
        return self

    def update(self, count: int) -> None:
        self.done += count
        print(f"\r{self.name}: {self.done / 1e6:.1f}{self.of} MB", end="", file=sys.stderr)

    def __exit__(self, *error: object) -> None:
        print(file=sys.stderr)
