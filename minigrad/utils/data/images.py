"""Labelled pictures: Fashion-MNIST, notMNIST, CIFAR-10.

The files lie under one data folder: `root`, else the environment variable MINIGRAD_DATA, else
`minigrad` in the user's cache folder (`$XDG_CACHE_HOME`, else `~/.cache`).
"""

import os
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ...engine.tensor import Tensor, tensor_of
from ...engine.words import with_class_words
from .formats import CIFAR_PIXELS, read_cifar_batch, read_idx


def data_folder(root: str | os.PathLike[str] | None = None) -> Path:
    """The folder that holds the data sets: `root`, else $MINIGRAD_DATA, else the user's cache.

    >>> data_folder("pictures").as_posix()
    'pictures'
    """
    if root is None:
        cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        root = os.environ.get("MINIGRAD_DATA") or Path(cache) / "minigrad"
    return Path(root).expanduser()


@with_class_words
class ImageDataset:
    """What the data sets of this module share: pictures in memory, each with a class number.

    root : the folder that holds the data sets; for None see `data_folder`
    train : the training part, or the test part
    download : fetch what is missing, where the publisher offers it

    What comes of it:

    data : uint8 pixels, (count, height, width) or (count, channels, height, width)
    targets : int64 class numbers, (count,)
    classes : the names of the classes

    `dataset[i]` is a pair of tensors, the flattened float32 pixels scaled to [0, 1] and the class
    number; a slice or an integer array in place of `i` gives many at once. For the whole as
    arrays see `arrays`; for a picture to look at take `data[i]`.

    Raises FileNotFoundError if a file is missing, ValueError if one is damaged or is something
    else, ConnectionError if a download fails. All three name the file.
    """

    folder: ClassVar[str]
    classes: ClassVar[tuple[str, ...]]
    urls: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        *,
        download: bool = False,
    ) -> None:
        self.root, self.train = data_folder(root), train
        paths = [self.root / self.folder / name for name in self._file_names()]
        missing = [path for path in paths if not path.is_file()]
        if missing:
            name, by_hand = type(self).__name__, self._by_hand(missing)
            if not (download and self.urls):
                offer = "Pass download=True, or" if self.urls else "There is no download:"
                raise FileNotFoundError(f"{name}: no file {missing[0]}. {offer} {by_hand}")
            try:
                self._download(missing)
            except (ConnectionError, ValueError) as error:
                raise ConnectionError(f"{name}: {error}\nIf it stays so, {by_hand}") from error
        self.data, labels = self._read(paths)
        if labels.size and labels.max() >= len(self.classes):
            raise ValueError(
                f"{paths[-1].parent} holds the label {labels.max()}, "
                f"wanted 0 to {len(self.classes) - 1}: the files are not {type(self).__name__}'s"
            )
        self.targets = labels.astype(np.int64)

    def _file_names(self) -> Sequence[str]:
        raise NotImplementedError

    def _read(self, paths: Sequence[Path]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        raise NotImplementedError

    def _download(self, missing: Sequence[Path]) -> None:
        raise NotImplementedError

    def _by_hand(self, missing: Sequence[Path]) -> str:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: Any) -> tuple[Tensor, Tensor]:
        features = _features(self.data[index], self.data.ndim - 1, np.dtype(np.float32))
        return tensor_of(features), tensor_of(self.targets[index])

    def gather(self, indices: NDArray[np.intp]) -> tuple[Tensor, Tensor]:
        """The batch of the samples at `indices`, in one step: what `DataLoader` asks for."""
        return self[indices]

    def arrays(self, dtype: DTypeLike = np.float32) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """All features, flattened and scaled to [0, 1], and a copy of all labels.

        Returns arrays of shape (count, pixels) in `dtype`, float32 or float64, and (count,).
        """
        if (real := np.dtype(dtype)) not in (np.float32, np.float64):
            raise TypeError(f"arrays: dtype must be float32 or float64, got {real}")
        return _features(self.data, self.data.ndim - 1, real), self.targets.copy()

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.data.shape[1:]))
        part = "training" if self.train else "test"
        return f"{type(self).__name__}({len(self)} {part} images of {shape})"


def _features(pixels: NDArray[np.uint8], axes: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The last `axes` axes flattened into one, 0..255 scaled to [0, 1]."""
    lead = pixels.shape[: pixels.ndim - axes]
    flat = pixels.reshape(*lead, prod(pixels.shape[pixels.ndim - axes :]))
    # A division, not a product with 1/255, so that 255 becomes exactly 1 (as in torchvision).
    scaled: NDArray[Any] = np.divide(flat, dtype.type(255), dtype=dtype)
    return scaled


class _IdxDataset(ImageDataset):
    def _file_names(self) -> Sequence[str]:
        part = "train" if self.train else "t10k"
        return f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz"

    def _read(self, paths: Sequence[Path]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        images, labels = read_idx(paths[0], axes=3), read_idx(paths[1], axes=1)
        if images.shape[1:] != (28, 28):
            raise ValueError(
                f"{paths[0]} holds images of shape {images.shape[1:]}, wanted (28, 28)"
            )
        if len(images) != len(labels):
            raise ValueError(
                f"{paths[0]} holds {len(images)} images, but {paths[1]} holds {len(labels)} labels"
            )
        return images, labels


class _Published(_IdxDataset):
    """Files that their publisher offers, by `urls` with `checksums`."""

    checksums: ClassVar[dict[str, str]]

    def _download(self, missing: Sequence[Path]) -> None:
        from .download import download_file  # here: urllib takes 20 ms to import

        for path in missing:
            download_file([url + path.name for url in self.urls], path, self.checksums[path.name])

    def _by_hand(self, missing: Sequence[Path]) -> str:
        files = "".join(f"\n  {self.urls[0]}{path.name} as {path}" for path in missing)
        return f"save by hand{files}"


class FashionMNIST(_Published):
    """Fashion-MNIST: 60,000 + 10,000 grey pictures of clothes, 28 x 28, ten classes.

    H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine
    Learning Algorithms", 2017, arXiv:1708.07747. The files are the four official `.gz` files, in
    the sub-folder `fashion-mnist`; `download=True` fetches the two that are needed. The arguments,
    attributes and errors are those of `ImageDataset`.

    >>> FashionMNIST("an/empty/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FileNotFoundError: FashionMNIST: no file ...train-images-idx3-ubyte.gz. Pass download=True...
    """

    folder = "fashion-mnist"
    classes = (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    )
    urls = (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    )
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    }


class MNIST(_Published):
    """MNIST: 60,000 + 10,000 grey pictures of handwritten digits, 28 x 28, ten classes.

    Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist. The files are the four
    official `.gz` files, in the sub-folder `mnist`; `download=True` fetches the two that are
    needed. The arguments, attributes and errors are those of `ImageDataset`.

    >>> MNIST("an/empty/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FileNotFoundError: MNIST: no file ...train-images-idx3-ubyte.gz. Pass download=True...
    """

    folder = "mnist"
    classes = (
        "0 - zero",
        "1 - one",
        "2 - two",
        "3 - three",
        "4 - four",
        "5 - five",
        "6 - six",
        "7 - seven",
        "8 - eight",
        "9 - nine",
    )
    urls = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    checksums: ClassVar[dict[str, str]] = {
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    }


class NotMNIST(_IdxDataset):
    """notMNIST: grey pictures of the letters A to J in many typefaces, 28 x 28.

    Y. Bulatov, 2011, http://yaroslavvb.blogspot.com/2011/09/notmnist-dataset.html. There is no
    official download in IDX form. Place four gzipped IDX files with MNIST's names in the
    sub-folder `notmnist`, such as https://github.com/davidflanagan/notMNIST-to-MNIST makes. The
    arguments, attributes and errors are those of `ImageDataset`.

    >>> NotMNIST("an/empty/folder")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FileNotFoundError: NotMNIST: no file ...train-images-idx3-ubyte.gz. There is no download...
    """

    folder = "notmnist"
    classes = tuple("ABCDEFGHIJ")

    def _by_hand(self, missing: Sequence[Path]) -> str:
        files = "".join(f"\n  {path}" for path in missing)
        source = "https://github.com/davidflanagan/notMNIST-to-MNIST"
        return f"place by hand gzipped IDX files, such as those of {source}, as{files}"


class CIFAR10(ImageDataset):
    """CIFAR-10: 50,000 + 10,000 colour pictures of animals and vehicles, 3 x 32 x 32.

    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. The files are
    those of the official binary version, in the sub-folder `cifar-10-batches-bin`. `data` keeps
    the file's order, channels first: (count, 3, 32, 32); `np.moveaxis(data[i], 0, -1)` is what
    plotting functions want. The arguments, attributes and errors are those of `ImageDataset`.

    >>> CIFAR10("an/empty/folder", train=False)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    FileNotFoundError: CIFAR10: no file ...test_batch.bin. Pass download=True...
    """

    folder = "cifar-10-batches-bin"
    classes = (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    )
    urls = ("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",)
    checksum = "c32a1d4ab5d03f1284b67883e8d13530"
    records_per_file = 10_000

    def _file_names(self) -> Sequence[str]:
        return [f"data_batch_{i}.bin" for i in range(1, 6)] if self.train else ["test_batch.bin"]

    def _read(self, paths: Sequence[Path]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        count = self.records_per_file
        pixels = np.empty((len(paths) * count, CIFAR_PIXELS), np.uint8)
        labels = np.empty(len(pixels), np.uint8)
        for i, path in enumerate(paths):
            records = read_cifar_batch(path, count)
            labels[i * count : (i + 1) * count] = records[:, 0]
            pixels[i * count : (i + 1) * count] = records[:, 1:]
        return pixels.reshape(-1, 3, 32, 32), labels

    def _download(self, missing: Sequence[Path]) -> None:
        from .download import download_archive  # as above

        size = self.records_per_file * (1 + CIFAR_PIXELS)
        download_archive(self.urls, self.checksum, missing, size)

    def _by_hand(self, missing: Sequence[Path]) -> str:
        return f"unpack {self.urls[0]} in {self.root}, so that {missing[0]} is there"
