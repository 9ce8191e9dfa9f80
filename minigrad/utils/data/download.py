"""Fetching files: a progress bar, a checksum, and all or nothing.

The standard library does the work, because minigrad's core needs NumPy alone; tqdm draws the bar
where it is installed.
"""

import gzip
import hashlib
import sys
import tarfile
import urllib.request
import zlib
from collections.abc import Sequence
from http.client import HTTPException
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from ...serialization.files import write_atomically

_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte


def download_file(urls: Sequence[str], path: Path, md5: str = "", sha256: str = "") -> None:
    """Save at `path` the first of `urls` that delivers a file with the checksum `md5`.

    sha256 : how the file's SHA-256 checksum begins, in place of `md5`

    Raises ConnectionError, with the reason for each address, if none does; `path` and its folder
    are then as they were before.
    """
    reasons = []
    for url in urls:
        try:
            with write_atomically(path, make_folders=True) as file:
                _fetch(url, file, path.name, md5, sha256)
            return
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"\n  {url}: {error}")
    raise ConnectionError(f"{path.name} could not be downloaded:{''.join(reasons)}")


def download_archive(urls: Sequence[str], md5: str, files: Sequence[Path], size: int) -> None:
    """Take `files`, found by their names, out of the tar archive that is at `urls`.

    size : how many bytes each of them has

    Raises ValueError if one is not in the archive, is no file there, or has another size; otherwise
    checks and errors are those of `download_file`.
    """
    wanted = {path.name: path for path in files}
    with TemporaryDirectory() as scratch:
        archive = Path(scratch) / urls[0].rpartition("/")[-1]
        download_file(urls, archive, md5)
        try:
            with _Pieces(archive, size) as unpacked, tarfile.open(fileobj=unpacked) as tar:
                for member in tar:
                    # Only the last part of a member's name counts, so none can leave the folder.
                    path = wanted.pop(Path(member.name).name, None)
                    if path is not None:
                        _extract(tar, member, path, size)
        except (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(f"{urls[0]} is damaged: {error}") from None
    if wanted:
        raise ValueError(f"{urls[0]} holds no {', '.join(wanted)}")


class _Pieces(gzip.GzipFile):
    """What is packed, of which nobody gets much at once: headers too say how long they are."""

    def __init__(self, path: Path, most: int) -> None:
        super().__init__(path)
        self.most = max(most, 1 << 20) + 1

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= self.most:
            raise tarfile.ReadError(f"something in it says that it has {size} bytes")
        return super().read(size)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path, size: int) -> None:
    try:
        source = tar.extractfile(member)
    except KeyError:  # a link to what is not in the archive
        source = None
    if source is None:
        raise ValueError(f"{member.name} in the archive is no file, or a link to none")
    with source, write_atomically(path, make_folders=True) as file:
        # One byte more than wanted, to see that there is one.
        content = source.read(size + 1)
        if len(content) != size:
            found = f"more than {size}" if len(content) > size else len(content)
            raise ValueError(f"{member.name} in the archive has {found} bytes, wanted {size}")
        file.write(content)


def _fetch(url: str, file: BinaryIO, name: str, md5: str, sha256: str) -> None:
    # What the publishers give. MD5 finds a damaged file; it is no proof against forgery.
    digest = hashlib.md5(usedforsecurity=False) if md5 else hashlib.sha256()
    kind, wanted = ("MD5", md5) if md5 else ("SHA-256", sha256)
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
    if not digest.hexdigest().startswith(wanted):
        raise ValueError(f"the {kind} checksum of what came is {digest.hexdigest()}, not {wanted}")


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
