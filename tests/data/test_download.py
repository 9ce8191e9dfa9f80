"""Downloads, from a server on this machine: all or nothing."""

import functools
import gzip
import hashlib
import http.server
import io
import socket
import struct
import sys
import tarfile
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from minigrad.serialization.files import write_atomically
from minigrad.utils.data import CIFAR10, FashionMNIST
from minigrad.utils.data.download import download_file

CONTENT = np.random.default_rng(0).bytes(200_000)
MD5 = hashlib.md5(CONTENT).hexdigest()


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; what is below `/short/` breaks off in the middle."""

    def do_GET(self) -> None:
        if self.path.startswith("/short/"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(CONTENT[:70_000])
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server(tmp_path: Path):
    """A folder, and the address under which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "file.bin").write_bytes(CONTENT)
    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield folder, f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


@pytest.fixture
def nobody() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "data" / "set" / "file.bin"


@pytest.mark.parametrize("tqdm", [True, False])
def test_success(server, target, tqdm, monkeypatch, capsys) -> None:
    if tqdm:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    download_file([server[1] + "file.bin"], target, MD5)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    progress = capsys.readouterr().err
    assert "file.bin" in progress
    if not tqdm:
        assert progress.endswith("\rfile.bin: 0.2 of 0.2 MB\n")


def test_the_next_address_is_tried(server, target, nobody) -> None:
    urls = [nobody, server[1] + "missing.bin", server[1] + "file.bin"]
    download_file(urls, target, MD5)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "md5", "words"),
    [
        ("file.bin", "0" * 32, f"checksum of what came is {MD5}, not {'0' * 32}"),
        ("missing.bin", MD5, "HTTP Error 404"),
        ("short/file.bin", MD5, "70000 of 200000 bytes|IncompleteRead"),
        (None, MD5, "Connection refused|actively refused"),
    ],
)
def test_failures_leave_nothing_behind(server, target, nobody, path, md5, words) -> None:
    url = nobody if path is None else server[1] + path
    with pytest.raises(ConnectionError, match=words) as caught:
        download_file([url], target, md5)
    assert url in str(caught.value)
    assert not target.parent.parent.exists()


def test_a_failure_keeps_what_was_there(server, target) -> None:
    target.parent.mkdir(parents=True)
    target.write_bytes(b"old")
    with pytest.raises(ConnectionError):
        download_file([server[1] + "missing.bin"], target, MD5)
    assert target.read_bytes() == b"old"
    assert list(target.parent.iterdir()) == [target]


def test_an_interrupt_leaves_nothing_behind(target) -> None:
    def interrupted() -> None:
        with write_atomically(target, make_folders=True) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not target.parent.parent.exists()


def test_a_folder_that_is_a_file(server, tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConnectionError, match="file"):
        download_file([server[1] + "file.bin"], tmp_path / "file" / "x.bin", MD5)
    assert (tmp_path / "file").read_bytes() == b""


def idx(array: np.ndarray) -> bytes:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.tobytes())


@pytest.fixture
def fashion(server, monkeypatch):
    """Three tiny test pictures, on the server as Fashion-MNIST."""
    folder, url = server
    files = {
        "t10k-images-idx3-ubyte.gz": idx(np.full((3, 28, 28), 7, np.uint8)),
        "t10k-labels-idx1-ubyte.gz": idx(np.array([1, 2, 3], np.uint8)),
    }
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    sums = {name: hashlib.md5(raw).hexdigest() for name, raw in files.items()}
    monkeypatch.setattr(FashionMNIST, "urls", (url,))
    monkeypatch.setattr(FashionMNIST, "checksums", sums)
    return folder


def test_fashion_mnist(fashion, tmp_path, monkeypatch, nobody) -> None:
    root = tmp_path / "root"
    assert FashionMNIST(root, train=False, download=True).targets.tolist() == [1, 2, 3]
    assert len(list((root / "fashion-mnist").iterdir())) == 2
    monkeypatch.setattr(FashionMNIST, "urls", (nobody,))  # files that are there are not fetched
    assert len(FashionMNIST(root, train=False, download=True)) == 3


def test_fashion_mnist_fetches_only_what_is_missing(fashion, tmp_path) -> None:
    root = tmp_path / "root"
    FashionMNIST(root, train=False, download=True)
    (fashion / "t10k-images-idx3-ubyte.gz").unlink()
    (root / "fashion-mnist" / "t10k-labels-idx1-ubyte.gz").unlink()
    assert len(FashionMNIST(root, train=False, download=True)) == 3


def test_fashion_mnist_offline(tmp_path, monkeypatch, nobody) -> None:
    monkeypatch.setattr(FashionMNIST, "urls", (nobody,))
    root = tmp_path / "root"
    with pytest.raises(ConnectionError) as caught:
        FashionMNIST(root, download=True)
    for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
        assert f"{nobody}{name} as {root / 'fashion-mnist' / name}" in str(caught.value)
    assert not root.exists()


def test_cifar10(server, tmp_path, monkeypatch, nobody) -> None:
    folder, url = server
    record = bytes([4]) + bytes(3072)
    with tarfile.open(folder / "cifar.tar.gz", "w:gz") as tar:
        for name in ("batches.meta.txt", *(f"data_batch_{i}.bin" for i in range(1, 6))):
            member = tarfile.TarInfo(f"../elsewhere/{name}")
            member.size = len(record)
            tar.addfile(member, io.BytesIO(record))
    raw = (folder / "cifar.tar.gz").read_bytes()
    monkeypatch.setattr(CIFAR10, "records_per_file", 1)
    monkeypatch.setattr(CIFAR10, "urls", (url + "cifar.tar.gz",))
    root = tmp_path / "root"

    monkeypatch.setattr(CIFAR10, "checksum", "0" * 32)
    with pytest.raises(ConnectionError, match=r"unpack .*cifar.tar.gz in .*data_batch_1.bin is"):
        CIFAR10(root, download=True)
    assert not root.exists()

    monkeypatch.setattr(CIFAR10, "checksum", hashlib.md5(raw).hexdigest())
    assert CIFAR10(root, download=True).targets.tolist() == [4] * 5
    assert [path.name for path in root.iterdir()] == ["cifar-10-batches-bin"]
    assert len(list((root / "cifar-10-batches-bin").iterdir())) == 5
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("urls", ["good", "bad first"])
def test_two_threads_that_fetch_one_file_both_get_it(server, target, nobody, urls) -> None:
    found = [server[1] + "file.bin"] if urls == "good" else [nobody, server[1] + "file.bin"]
    barrier, results = threading.Barrier(4), []

    def work() -> None:
        barrier.wait()
        try:
            download_file(found, target, MD5)
            results.append(target.read_bytes() == CONTENT)
        except BaseException as error:
            results.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [True] * 4
    assert list(target.parent.iterdir()) == [target]


def archive(folder: Path, monkeypatch, url: str, *members: tuple[str, bytes | str | None]) -> Path:
    """An archive on the server as CIFAR-10, of files (bytes), links (text) and folders (None)."""
    with tarfile.open(folder / "cifar.tar.gz", "w:gz") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                member.size = len(content)
            elif content is None:
                member.type = tarfile.DIRTYPE
            else:
                member.type, member.linkname = tarfile.SYMTYPE, content
            tar.addfile(member, io.BytesIO(content if isinstance(content, bytes) else b""))
    path = folder / "cifar.tar.gz"
    monkeypatch.setattr(CIFAR10, "records_per_file", 1)
    monkeypatch.setattr(CIFAR10, "urls", (url + path.name,))
    monkeypatch.setattr(CIFAR10, "checksum", hashlib.md5(path.read_bytes()).hexdigest())
    return path


RECORD = bytes([4]) + bytes(3072)


def test_a_dangling_link_that_nobody_wants(server, tmp_path, monkeypatch) -> None:
    folder, url = server
    archive(folder, monkeypatch, url, ("x", "nowhere"), ("d", None), ("d/test_batch.bin", RECORD))
    assert len(CIFAR10(tmp_path / "root", train=False, download=True)) == 1


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("test_batch.bin", "nowhere")], "test_batch.bin in the archive is no file, or a link to"),
        ([("test_batch.bin", None)], "test_batch.bin in the archive is no file"),
        ([("test_batch.bin", RECORD[1:])], "test_batch.bin in the archive has 3072 bytes, wanted"),
        ([("test_batch.bin", RECORD * 9)], "has more than 3073 bytes, wanted 3073"),
        ([("other.bin", RECORD)], r"cifar\.tar\.gz holds no test_batch\.bin"),
    ],
)
def test_archives_without_what_is_wanted(server, tmp_path, monkeypatch, members, words) -> None:
    archive(server[0], monkeypatch, server[1], *members)
    with pytest.raises(ConnectionError, match=words):
        CIFAR10(tmp_path / "root", train=False, download=True)
    assert not (tmp_path / "root").exists()


def test_a_header_in_an_archive_that_promises_too_much(server, tmp_path, monkeypatch) -> None:
    path = archive(server[0], monkeypatch, server[1], ("test_batch.bin", RECORD))
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 1 << 28
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(header.tobuf())
        for _ in range(1 << 8):
            file.write(bytes(1 << 20))
    monkeypatch.setattr(CIFAR10, "checksum", hashlib.md5(path.read_bytes()).hexdigest())
    tracemalloc.start()
    with pytest.raises(ConnectionError, match=r"cifar\.tar\.gz is damaged"):
        CIFAR10(tmp_path / "root", train=False, download=True)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
