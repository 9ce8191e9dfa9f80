"""torchvision's names: data sets sample by sample, and transforms."""

import numpy as np
import pytest
from test_images import write_idx

import minigrad as mg
from minigrad.utils.data import DataLoader
from minigrad.vision import datasets, io, transforms, utils

FOLDERS = [("FashionMNIST", "FashionMNIST/raw"), ("MNIST", "MNIST/raw"), ("MNIST", "mnist")]


@pytest.fixture(params=FOLDERS, ids="/".join)
def pictures(request, tmp_path):
    """A class, a folder with its files as torchvision or we place them, and the pixels."""
    name, folder = request.param
    rng = np.random.default_rng(0)
    for part, count in (("train", 12), ("t10k", 5)):
        images = rng.integers(0, 256, (count, 28, 28), np.uint8)
        write_idx(tmp_path / folder / f"{part}-images-idx3-ubyte.gz", images)
        labels = rng.integers(0, 10, count, np.uint8)
        write_idx(tmp_path / folder / f"{part}-labels-idx1-ubyte.gz", labels)
    return getattr(datasets, name), tmp_path, images, labels


def test_samples_as_torchvision_gives_them(pictures):
    cls, root, images, labels = pictures
    plain = cls(root, train=False)
    assert len(plain) == 5 and len(cls(str(root))) == 12 and len(plain.classes) == 10
    assert np.array_equal(plain[3][0], images[3]) and plain[3][1] == labels[3]
    assert plain.data.shape == (5, 28, 28) and plain.targets.tolist() == labels.tolist()
    made = cls(root, train=False, transform=transforms.ToTensor(), target_transform=lambda y: -y)
    x, y = made[3]
    assert x.shape == (1, 28, 28) and x.dtype == np.float32 and y == -int(labels[3])
    np.testing.assert_array_equal(x.numpy()[0], images[3] / np.float32(255))
    (batch, ys), *_ = DataLoader(made, batch_size=4)
    assert batch.shape == (4, 1, 28, 28) and ys.dtype == np.int64
    assert cls.__name__ in repr(plain)
    plain[3][0][:] = 7  # a picture of its own
    assert np.array_equal(plain[3][0], images[3])


def test_the_ordinary_data_folder_is_the_second_place(pictures, monkeypatch, tmp_path):
    cls, root, images, _ = pictures
    monkeypatch.setenv("MINIGRAD_DATA", str(root))
    if (root / cls.images.folder).exists():
        assert np.array_equal(cls("elsewhere", train=False)[0][0], images[0])
    else:
        with pytest.raises(FileNotFoundError, match=cls.__name__):
            cls("elsewhere", train=False)


def test_transforms_beside_torchvision_s_formulas():
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    x = transforms.ToTensor()(picture)
    assert x.shape == (3, 2, 4)
    np.testing.assert_array_equal(x.numpy(), np.moveaxis(picture, 2, 0) / np.float32(255))
    normal = transforms.Normalize((0.5, 0.2, 0.1), (1.0, 2.0, 4.0))
    np.testing.assert_allclose(
        normal(x).numpy()[:, 0, 1], (x.numpy()[:, 0, 1] - [0.5, 0.2, 0.1]) / [1, 2, 4], rtol=1e-6
    )
    both = transforms.Compose([transforms.ToTensor(), transforms.Lambda(lambda t: t.sum())])
    assert both(picture).item() == pytest.approx(x.sum().item())
    assert "ToTensor" in repr(both)
    assert transforms.Resize(2)(picture) is picture
    assert transforms.ToTensor()(np.ones((2, 3))).dtype == np.float64
    changed = x.clone()
    transforms.Normalize((0.5,), (0.5,), inplace=True)(changed)
    assert mg.allclose(changed, (x - 0.5) / 0.5)


def test_resize_is_pil_s():
    image = pytest.importorskip("PIL.Image")
    picture = np.random.default_rng(0).integers(0, 256, (8, 6), np.uint8)
    small = transforms.Resize((4, 3))(picture)
    expected = image.fromarray(picture).resize((3, 4), image.Resampling.BILINEAR)
    assert np.array_equal(small, np.asarray(expected))
    assert transforms.Resize(3)(picture).shape == transforms.Resize([3])(picture).shape == (4, 3)
    planes = mg.tensor(np.arange(24.0).reshape(2, 3, 4), dtype=mg.float32)
    half = transforms.Resize((3, 2))(planes)
    assert isinstance(half, mg.Tensor) and half.shape == (2, 3, 2)
    assert np.allclose(half.mean((1, 2)).numpy(), planes.mean((1, 2)).numpy())


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: transforms.ToTensor()(np.ones(3)), ValueError, "2 or 3 axes"),
        (lambda: transforms.Normalize((0.0,), (0.0,)), ValueError, "std"),
        (lambda: transforms.Lambda(3), TypeError, "function"),
        (
            lambda: transforms.Normalize([0] * 3, [1] * 3)(mg.ones(1, 2, 2)),
            ValueError,
            "1 or 1 num",
        ),
        (
            lambda: transforms.Normalize([0], [1] * 2)(mg.ones(3, 2, 2)),
            ValueError,
            "std: wanted 1 or 3",
        ),
        (lambda: transforms.Normalize([0], [1])(mg.ones(2, 2)), ValueError, r"got shape \(2, 2\)"),
        (lambda: transforms.Normalize([0], [1])(mg.arange(8).reshape(2, 2, 2)), TypeError, "int64"),
        (lambda: transforms.Normalize([0], [1])(np.ones((1, 2, 2))), TypeError, "got ndarray"),
        (lambda: transforms.Resize([1, 2, 3]), ValueError, "one or two positive integers"),
        (lambda: transforms.Resize(0), ValueError, "one or two positive integers"),
        (lambda: transforms.Resize(2.5), TypeError, "one or two integers"),
        (
            lambda: utils.make_grid(mg.ones(2, 1, 2, 2), nrow=0),
            ValueError,
            "nrow must be at least 1",
        ),
    ],
)
def test_bad_input(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_pictures_side_by_side(tmp_path):
    pixels = np.random.default_rng(0).random((3, 1, 2, 4)).astype(np.float32)
    grid = utils.make_grid(mg.tensor(pixels), nrow=2, padding=1, pad_value=0.5)
    assert grid.shape == (3, 7, 11)
    for channel in grid.numpy():
        np.testing.assert_array_equal(channel[1:3, 1:5], pixels[0, 0])
        np.testing.assert_array_equal(channel[1:3, 6:10], pixels[1, 0])
        np.testing.assert_array_equal(channel[4:6, 1:5], pixels[2, 0])
        assert (channel[0] == 0.5).all() and (channel[4:, 5:] == 0.5).all()
    scaled = utils.make_grid([mg.tensor([[[2.0, 4.0]]])] * 2, normalize=True)
    assert sorted(set(scaled.flatten().tolist())) == [0, 1]
    assert utils.make_grid(mg.ones(1, 1, 2, 2)).shape == (3, 2, 2)
    for none in (mg.ones(2, 2), mg.ones(0, 3, 2, 2), [], [mg.ones(3, 2, 2), mg.ones(3, 3, 2)]):
        with pytest.raises(ValueError, match="make_grid: wanted"):
            utils.make_grid(none)
    with pytest.raises(ValueError, match="make_grid: padding"):
        utils.make_grid(mg.ones(2, 3, 2, 2), padding=-1)


def test_picture_files(tmp_path):
    pytest.importorskip("PIL")
    pixels = mg.tensor(np.arange(12).reshape(1, 3, 2, 2) / np.float32(255))
    utils.save_image(pixels, tmp_path / "a.png")
    read = io.read_image(tmp_path / "a.png")
    assert read.dtype == np.uint8 and read.tolist() == np.arange(12).reshape(3, 2, 2).tolist()


def test_kinds_of_files(tmp_path):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    for mode, channels in (("P", "RGB"), ("1", "L"), ("LA", "LA"), ("RGBA", "RGBA")):
        picture = image.fromarray(pixels).convert(mode)
        picture.save(tmp_path / "a.png")
        read = io.read_image(tmp_path / "a.png")
        seen = np.atleast_3d(np.asarray(picture.convert(channels)))
        assert read.dtype == np.uint8 and np.array_equal(read.numpy(), np.moveaxis(seen, 2, 0))
    image.fromarray(pixels).convert("P").save(tmp_path / "b.png", transparency=2)
    assert io.read_image(tmp_path / "b.png").shape == (4, 4, 6)
