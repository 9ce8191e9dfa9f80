"""Files that appear complete or not at all."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

try:
    import fcntl
except ImportError:  # Windows, where nobody can delete a file that somebody has open
    fcntl = None  # type: ignore[assignment]


@contextmanager
def write_atomically(path: Path, *, make_folders: bool = False) -> Iterator[BinaryIO]:
    """A file that appears at `path` if the block succeeds, and leaves no trace if it does not.

    make_folders : make the folders on the way, and remove them again after a failure

    Until then the bytes are in a temporary file beside it; they are on the disk before it takes the
    name. An earlier file hands its permissions on, a symbolic link stays and its target is
    replaced, and what is no file, such as a device, is written to. Temporary files of processes
    that have died are removed.

    Raises FileNotFoundError for a folder that does not exist, IsADirectoryError if `path` is one.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with write_atomically(folder / "new" / "a.bin", make_folders=True) as file:
    ...     _ = file.write(b"abc")
    >>> (folder / "new" / "a.bin").read_bytes()
    b'abc'
    """
    target = Path(os.path.realpath(path))
    old = target.stat() if target.exists() else None
    if old is not None and stat.S_ISDIR(old.st_mode):
        raise IsADirectoryError(f"{path} is a folder; wanted the name of a file")
    if old is not None and not stat.S_ISREG(old.st_mode):
        with open(target, "wb") as device:
            yield device
        return
    made = [folder for folder in target.parents if make_folders and not folder.exists()]
    part = None
    try:
        if not make_folders and not target.parent.is_dir():
            raise FileNotFoundError(f"there is no folder {target.parent}")
        part, file = _temporary(target.parent, make_folders)
        _sweep(target.parent)
        with file:
            yield file
            if old is not None:
                os.chmod(part, stat.S_IMODE(old.st_mode))
            file.flush()
            os.fsync(file.fileno())
            if fcntl is not None:  # the lock must outlive the name
                os.replace(part, target)
        if fcntl is None:
            os.replace(part, target)
        _sync(target.parent)
    except BaseException:
        for remove in (*((part.unlink,) if part else ()), *(folder.rmdir for folder in made)):
            with suppress(OSError):
                remove()
        raise


def _temporary(folder: Path, make_folders: bool) -> tuple[Path, BinaryIO]:
    """A new file that stays locked as long as it is open, by which `_sweep` knows it is in use."""
    while True:
        path = folder / f".minigrad-{uuid4().hex}.part"
        try:
            if make_folders:
                folder.mkdir(parents=True, exist_ok=True)
            file = open(path, "xb")
        except FileNotFoundError:  # another thread failed, and took back the folder that it made
            if not make_folders:
                raise
            continue
        _lock(file, wait=True)
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()  # another process swept it away before it was locked


def _sweep(folder: Path) -> None:
    """Remove the temporary files that no living process has open."""
    for path in folder.glob(".minigrad-*.part"):
        with suppress(OSError), open(path, "rb") as file:
            if _lock(file, wait=False):
                path.unlink()


def _lock(file: BinaryIO, wait: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # somebody has it; or this file system has no locks
        return False
    return True


def _sync(folder: Path) -> None:
    """Bring a folder's names to the disk, where a system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
