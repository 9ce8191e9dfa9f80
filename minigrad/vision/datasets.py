"""Labelled pictures, sample by sample: torchvision's names and meanings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ..absent import explain_absence
from ..engine.tensor import tensor_of
from ..utils import data
from .pillow import image

__all__ = ["CIFAR10", "MNIST", "FashionMNIST", "ImageFolder", "VisionDataset"]


class VisionDataset(data.Dataset[Any]):
    """What these data sets share.

    root : where torchvision puts the files of this data set; if they are not there, the data
        folder of `minigrad.utils.data` is taken (`data_folder()`)
    train : the training part, or the test part
    transform, target_transform : called with each picture, and with each label
    download : fetch what is missing, into the data folder, where the publisher offers it

    `dataset[i]` is a picture and its label, an int.  A picture is a uint8 array, (height, width)
    or (height, width, 3), where torchvision has one of PIL; `transforms.ToTensor()` takes both.
    `data` and `targets` hold all.  Errors as of the data set in `minigrad.utils.data`.
    """

    images: ClassVar[type[data.ImageDataset]]
    folders: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        root: str | os.PathLike[str] | None = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
    ) -> None:
        self.train, self.transform, self.target_transform = train, transform, target_transform
        found = self._found(Path(root or "."))
        if found is None:
            loaded = self.images(train=train, download=download)
        else:  # the same files, in torchvision's folder
            home = {"folder": found.name, "__doc__": self.images.__doc__}
            loaded = type(self.images.__name__, (self.images,), home)(found.parent, train)
        self.classes = list(loaded.classes)
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        pixels = loaded.data
        self.data: Any = tensor_of(pixels) if pixels.ndim == 3 else pixels.transpose(0, 2, 3, 1)
        self.targets: Any = (
            tensor_of(loaded.targets) if pixels.ndim == 3 else loaded.targets.tolist()
        )

    def _found(self, root: Path) -> Path | None:
        names = self.images._file_names(self)  # type: ignore[arg-type]
        for folder in self.folders:
            if all((root / folder / name).is_file() for name in names):
                return (root / folder).resolve()
        return None

    train_data = test_data = property(lambda self: self.data, doc="An older name of `data`.")
    train_labels = test_labels = property(lambda self: self.targets, doc="One of `targets`.")

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        picture, label = self.data[index], int(self.targets[index])
        picture = np.array(picture)  # of its own: what is done to it is not done to the data
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, label if self.target_transform is None else self.target_transform(label)

    def __repr__(self) -> str:
        name, part = type(self).__name__, "Train" if self.train else "Test"
        return f"Dataset {name}\n    Number of datapoints: {len(self)}\n    Split: {part}"


class FashionMNIST(VisionDataset):
    """Pictures of clothes, 28 x 28; see `minigrad.utils.data.FashionMNIST`."""

    images = data.FashionMNIST
    folders = ("FashionMNIST/raw", "fashion-mnist")


class MNIST(VisionDataset):
    """Handwritten digits, 28 x 28; see `minigrad.utils.data.MNIST`."""

    images = data.MNIST
    folders = ("MNIST/raw", "mnist")


class CIFAR10(VisionDataset):
    """Animals and vehicles, 32 x 32 x 3; see `minigrad.utils.data.CIFAR10`."""

    images = data.CIFAR10
    folders = ("cifar-10-batches-bin",)


class ImageFolder(data.Dataset[Any]):
    """Pictures in a folder for each class: root/dogs/1.png, root/cats/any/2.jpg, …

    root : where the folders are; classes are numbered in the order of their names
    transform, target_transform : called with each picture, a PIL one of RGB, and with each label
    loader : a function from a file's path to a picture, in place of PIL
    is_valid_file : which files are taken, by their paths, in place of those with a picture's ending

    `classes`, `class_to_idx`, `samples` (or `imgs`; paths and labels) and `targets` say what was
    found.  Raises FileNotFoundError where there is no folder, or one without pictures.
    """

    endings = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] | None = None,
        is_valid_file: Callable[[str], bool] | None = None,
    ) -> None:
        self.root, self.transform, self.target_transform = root, transform, target_transform
        self.loader = loader or _rgb
        home = Path(root)
        self.classes = sorted(f.name for f in home.iterdir() if f.is_dir()) if home.is_dir() else []
        if not self.classes:
            raise FileNotFoundError(f"ImageFolder: there is no folder of a class in {home}")
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}
        taken = is_valid_file or (lambda path: path.lower().endswith(self.endings))
        self.samples = []
        for name, label in self.class_to_idx.items():
            for folder, _, files in sorted(os.walk(home / name, followlinks=True)):
                paths = [os.path.join(folder, file) for file in sorted(files)]
                self.samples += [(path, label) for path in paths if taken(path)]
            if not self.samples or self.samples[-1][1] != label:
                raise FileNotFoundError(f"ImageFolder: there is no picture in {home / name}")
        self.imgs, self.targets = self.samples, [label for _, label in self.samples]

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, label = self.samples[index]
        picture = self.loader(path)
        if self.transform is not None:
            picture = self.transform(picture)
        return picture, label if self.target_transform is None else self.target_transform(label)

    def __repr__(self) -> str:
        return f"Dataset ImageFolder\n    Number of datapoints: {len(self)}\n    Root: {self.root}"


def _rgb(path: str) -> Any:
    """A file's picture, read whole, so that the file is closed."""
    with image("ImageFolder").open(path) as picture:
        return picture.convert("RGB")


explain_absence(globals())
