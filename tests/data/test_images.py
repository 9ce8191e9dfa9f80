"""The picture sets, from tiny files made here, and the real ones where they are."""

import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from minigrad.engine.tensor import Tensor
from minigrad.utils.data import CIFAR10, DataLoader, FashionMNIST, NotMNIST, data_folder

RECORDS = 6  # in each tiny CIFAR-10 file


def write_idx(path: Path, array: np.ndarray) -> None:
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(header + array.tobytes()))


@pytest.fixture(params=[FashionMNIST, NotMNIST])
def idx(request, tmp_path: Path):
    """A class, and a folder with four tiny files for it."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("t10k", 5)):
        folder = tmp_path / request.param.folder
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(folder / f"{part}-images-idx3-ubyte.gz", images)
        labels = rng.integers(0, 10, count, np.uint8)
        write_idx(folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return request.param, tmp_path


@pytest.fixture
def cifar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder with six tiny batch files, and their records, (6, RECORDS, 3073)."""
    monkeypatch.setattr(CIFAR10, "records_per_file", RECORDS)
    records = np.random.default_rng(0).integers(0, 256, (6, RECORDS, 3073), np.uint8)
    records[..., 0] %= 10
    folder = tmp_path / CIFAR10.folder
    folder.mkdir()
    names = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]
    for name, batch in zip(names, records, strict=True):
        batch.tofile(folder / name)
    return tmp_path, records


def test_idx_sets(idx) -> None:
    cls, root = idx
    for train, part, count in ((True, "train", 12), (False, "t10k", 5)):
        dataset = cls(root, train)
        raw = gzip.decompress((root / cls.folder / f"{part}-images-idx3-ubyte.gz").read_bytes())
        assert dataset.data.dtype == np.uint8
        assert dataset.data.shape == (count, 28, 28)
        assert dataset.data.tobytes() == raw[16:]
        assert (dataset.targets.dtype, dataset.targets.shape) == (np.int64, (count,))
        assert (len(dataset), len(dataset.classes)) == (count, 10)
        assert f"{count} {'training' if train else 'test'} images of 28 x 28" in repr(dataset)


def test_cifar(cifar) -> None:
    root, records = cifar
    train, test = CIFAR10(root), CIFAR10(root, train=False)
    assert train.data.shape == (5 * RECORDS, 3, 32, 32)
    np.testing.assert_array_equal(train.data.reshape(5, RECORDS, -1), records[:5, :, 1:])
    np.testing.assert_array_equal(train.targets.reshape(5, RECORDS), records[:5, :, 0])
    np.testing.assert_array_equal(test.data.reshape(RECORDS, -1), records[5, :, 1:])
    assert train.arrays()[0].shape == (5 * RECORDS, 3072)


@pytest.mark.parametrize("dtype", [np.float32, "float64"])
def test_arrays_are_scaled_and_flat_and_copies(idx, dtype) -> None:
    cls, root = idx
    dataset = cls(root)
    dataset.data[0, 0, :2] = 0, 255
    features, labels = dataset.arrays(dtype)
    assert (features.dtype, features.shape) == (np.dtype(dtype), (12, 784))
    assert features[0, :2].tolist() == [0, 1]
    np.testing.assert_array_equal(
        features, dataset.data.reshape(12, 784).astype(dtype) / np.dtype(dtype).type(255)
    )
    labels[:] = 99
    assert dataset.targets.max() < 10
    with pytest.raises(TypeError, match="float32 or float64, got uint8"):
        dataset.arrays(np.uint8)


def test_samples_and_batches_are_the_rows_of_arrays(idx) -> None:
    cls, root = idx
    dataset = cls(root)
    features, labels = dataset.arrays()
    x, y = dataset[3]
    assert isinstance(x, Tensor)
    np.testing.assert_array_equal(x.numpy(), features[3])
    assert (y.dtype, y.shape, y.item()) == (np.int64, (), labels[3])
    x, y = next(iter(DataLoader(dataset, 5)))
    np.testing.assert_array_equal(x.numpy(), features[:5])
    np.testing.assert_array_equal(y.numpy(), labels[:5])
    assert dataset[2:2][0].shape == (0, 784)
    assert dataset[labels == labels[0]][0].shape[1] == 784
    with pytest.raises(IndexError):
        dataset[12]


def test_where_the_files_are_looked_for(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("MINIGRAD_DATA", str(tmp_path / "variable"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data_folder(tmp_path) == tmp_path
    assert data_folder() == tmp_path / "variable"
    monkeypatch.setenv("MINIGRAD_DATA", "")
    assert data_folder() == tmp_path / "cache" / "minigrad"
    monkeypatch.delenv("MINIGRAD_DATA")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert data_folder() == Path.home() / ".cache" / "minigrad"
    assert data_folder("~/pictures") == Path.home() / "pictures"


def test_the_variable_is_used(idx, monkeypatch) -> None:
    cls, root = idx
    monkeypatch.setenv("MINIGRAD_DATA", str(root))
    assert len(cls()) == 12


@pytest.mark.parametrize("cls", [FashionMNIST, NotMNIST, CIFAR10])
def test_a_missing_file_is_named_with_what_to_do(cls, tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        cls(tmp_path, train=False)
    words = str(caught.value)
    name = "test_batch.bin" if cls is CIFAR10 else "t10k-images-idx3-ubyte.gz"
    assert str(tmp_path / cls.folder / name) in words
    assert ("download=True" in words) == (cls is not NotMNIST)
    assert "https://" in words
    assert not list(tmp_path.iterdir())


def test_notmnist_offers_no_download(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no download: place by hand"):
        NotMNIST(tmp_path, download=True)


def cut(raw: bytes) -> bytes:
    return raw[: len(raw) // 2]


def test_cut_gzip_file(idx) -> None:
    cls, root = idx
    path = root / cls.folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz is damaged, cut short"):
        cls(root)


def test_not_a_gzip_file(idx) -> None:
    cls, root = idx
    (root / cls.folder / "train-labels-idx1-ubyte.gz").write_bytes(b"<html>404</html>")
    with pytest.raises(ValueError, match=r"train-labels.* not a gzip file \(Not a gzipped"):
        cls(root)


@pytest.mark.parametrize("place", [10, 5000])  # the first block's header; some pixel
def test_damaged_gzip_file(idx, place) -> None:
    cls, root = idx
    path = root / cls.folder / "train-images-idx3-ubyte.gz"
    raw = bytearray(path.read_bytes())
    raw[place] ^= 0xFF
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz is damaged"):
        cls(root)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "starts with nothing, wanted 00 00 08 03"),
        (b"\x00\x00\x08\x03\x00\x00", "is not an IDX file"),
        (bytes(20), "starts with 00 00 00 00, wanted 00 00 08 03"),
        (b"\x00\x00\x0d\x03" + bytes(12), "starts with 00 00 0d 03"),
        (b"\x00\x00\x08\x01" + bytes(12), "starts with 00 00 08 01"),
        (
            b"\x00\x00\x08\x03" + struct.pack(">3I", 2, 28, 28) + bytes(784),
            r"holds 784 elements, but its header promises 1568 \(shape \(2, 28, 28\)\)",
        ),
        (
            b"\x00\x00\x08\x03" + struct.pack(">3I", 1, 28, 28) + bytes(785),
            "holds more than 784 elements, but its header promises 784",
        ),
        (
            b"\x00\x00\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 28) + bytes(9),
            "holds 9 elements, but its header promises",
        ),
        (
            b"\x00\x00\x08\x03" + struct.pack(">3I", 2, 5, 5) + bytes(50),
            r"images of shape \(5, 5\), wanted \(28, 28\)",
        ),
    ],
)
def test_other_formats_inside_the_gzip(idx, content, words) -> None:
    cls, root = idx
    (root / cls.folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(content))
    with pytest.raises(ValueError, match=words) as caught:
        cls(root)
    assert "train-images-idx3-ubyte.gz" in str(caught.value)


def test_a_file_that_unpacks_to_far_more_than_it_promises(idx) -> None:
    cls, root = idx
    path = root / cls.folder / "train-labels-idx1-ubyte.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"\x00\x00\x08\x01" + struct.pack(">I", 10))
        for _ in range(200):
            file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"labels.* holds more than 10 elements, .* promises 10"):
        cls(root)
    assert tracemalloc.get_traced_memory()[1] < 10e6
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(0, 2**32 - 1, 2**32 - 1), (2**32 - 1, 0, 2**32 - 1)])
def test_no_elements_and_absurd_axes(idx, shape) -> None:
    cls, root = idx
    path = root / cls.folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(b"\x00\x00\x08\x03" + struct.pack(">3I", *shape)))
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte\.gz"):
        cls(root)


def test_memory_that_is_not_there_names_the_file(idx, monkeypatch) -> None:
    cls, root = idx

    def read(self: gzip.GzipFile, size: int = -1) -> bytes:
        if size > 16:
            raise MemoryError
        return whole(self, size)

    whole = gzip.GzipFile.read
    monkeypatch.setattr(gzip.GzipFile, "read", read)
    with pytest.raises(MemoryError, match=r"ubyte\.gz: no room for the \d+ bytes that it holds"):
        cls(root)


def test_more_images_than_labels(idx) -> None:
    cls, root = idx
    write_idx(root / cls.folder / "train-labels-idx1-ubyte.gz", np.zeros(11, np.uint8))
    with pytest.raises(ValueError, match=r"holds 12 images, but .* holds 11 labels"):
        cls(root)


def test_labels_out_of_range(idx) -> None:
    cls, root = idx
    labels = np.arange(12, dtype=np.uint8) % 11
    write_idx(root / cls.folder / "train-labels-idx1-ubyte.gz", labels)
    with pytest.raises(ValueError, match="holds the label 10, wanted 0 to 9"):
        cls(root)


@pytest.mark.parametrize("size", [0, 3073 * 3, 3073 * RECORDS - 1, 3073 * (RECORDS + 1)])
def test_cifar_file_of_a_wrong_size(cifar, size) -> None:
    root, _ = cifar
    (root / CIFAR10.folder / "data_batch_4.bin").write_bytes(bytes(size))
    with pytest.raises(ValueError, match=rf"data_batch_4.bin has {size} bytes, wanted 18438 \(6"):
        CIFAR10(root)


def test_cifar_label_out_of_range(cifar) -> None:
    root, records = cifar
    records[5, 2, 0] = 77
    records[5].tofile(root / CIFAR10.folder / "test_batch.bin")
    with pytest.raises(ValueError, match="holds the label 77"):
        CIFAR10(root, train=False)


@pytest.mark.parametrize(
    ("cls", "train", "shape", "whole"),
    [
        (FashionMNIST, True, (28, 28), 60_000),
        (FashionMNIST, False, (28, 28), 10_000),
        (NotMNIST, True, (28, 28), None),
        (NotMNIST, False, (28, 28), None),
        (CIFAR10, True, (3, 32, 32), 50_000),
        (CIFAR10, False, (3, 32, 32), 10_000),
    ],
)
def test_the_real_files(cls, train, shape, whole) -> None:
    if not os.environ.get("MINIGRAD_DATA"):
        pytest.skip("MINIGRAD_DATA does not say where the real data sets are")
    if not (data_folder() / cls.folder).is_dir():
        pytest.skip(f"no folder {cls.folder} in MINIGRAD_DATA")
    dataset = cls(train=train)
    assert dataset.data.shape == (len(dataset), *shape)
    counts = np.bincount(dataset.targets, minlength=10)
    if whole:  # both complete sets are balanced
        assert counts.tolist() == [whole // 10] * 10
    else:
        assert counts.min() > 0
    assert 0.1 < dataset.data.mean() / 255 < 0.6
