"""Transforms of pictures, of each kind of picture alike, and pictures in folders."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad.vision import datasets, transforms
from minigrad.vision.transforms import functional as F

RNG = np.random.default_rng(0)
PICTURE = RNG.integers(0, 256, (5, 7, 3), np.uint8)


def planes(picture):
    """Any picture as an array (channels, height, width)."""
    if isinstance(picture, mg.Tensor):
        return picture.numpy()
    return np.moveaxis(np.atleast_3d(np.asarray(picture)), 2, 0)


@pytest.mark.parametrize(
    ("call", "formula"),
    [
        (F.hflip, lambda x: x[:, :, ::-1]),
        (F.vflip, lambda x: x[:, ::-1]),
        (lambda x: F.crop(x, 1, 2, 3, 4), lambda x: x[:, 1:4, 2:6]),
        (
            lambda x: F.crop(x, -1, 4, 4, 5),
            lambda x: np.pad(x, ((0, 0), (1, 0), (0, 2)))[:, :4, 4:],
        ),
        (lambda x: F.center_crop(x, (2, 4)), lambda x: x[:, 2:4, 2:6]),
        (
            lambda x: F.center_crop(x, (8, 3)),
            lambda x: np.pad(x, ((0, 0), (1, 2), (0, 0)))[:, :, 2:5],
        ),
        (lambda x: F.pad(x, 1), lambda x: np.pad(x, ((0, 0), (1, 1), (1, 1)))),
        (
            lambda x: F.pad(x, (1, 2), 9),
            lambda x: np.pad(x, ((0, 0), (2, 2), (1, 1)), constant_values=9),
        ),
        *(
            (
                lambda x, m=m: F.pad(x, [1, 0, 2, 3], padding_mode=m),
                lambda x, m=m: np.pad(x, ((0, 0), (0, 3), (1, 2)), mode=m),
            )
            for m in ("edge", "reflect", "symmetric")
        ),
    ],
)
def test_each_kind_of_picture(call, formula) -> None:
    image = pytest.importorskip("PIL.Image")
    expected = formula(planes(PICTURE))
    tensor = mg.tensor(planes(PICTURE))
    gray = PICTURE[:, :, 0]
    for picture in (PICTURE, image.fromarray(PICTURE), tensor):
        out = call(picture)
        assert isinstance(out, type(picture)) or isinstance(out, image.Image)
        assert np.array_equal(planes(out), expected) and planes(out).dtype == np.uint8
    assert np.array_equal(call(gray), expected[0])
    assert np.array_equal(call(tensor[0]).numpy(), expected[0])
    leaf = tensor.double().requires_grad_()
    call(leaf).sum().backward()
    assert leaf.grad.shape == leaf.shape


def test_brightness() -> None:
    image = pytest.importorskip("PIL.Image")
    x = mg.tensor(planes(PICTURE)).double()
    gray = F.rgb_to_grayscale(x)
    assert np.allclose(gray[0].numpy(), np.tensordot([0.2989, 0.587, 0.114], x.numpy(), 1))
    assert transforms.Grayscale(3)(x).equal(gray.expand(3, 5, 7))
    own = image.fromarray(PICTURE)
    assert np.array_equal(np.asarray(F.to_grayscale(own)), np.asarray(own.convert("L")))
    assert F.rgb_to_grayscale(PICTURE, 3).shape == PICTURE.shape
    assert transforms.RandomGrayscale(1)(x).shape == x.shape


def test_sizes() -> None:
    image = pytest.importorskip("PIL.Image")
    own = image.fromarray(PICTURE)
    assert F.get_dimensions(PICTURE) == F.get_dimensions(mg.zeros(3, 5, 7)) == [3, 5, 7]
    assert F.get_image_size(PICTURE[:, :, 0]) == [7, 5]
    small = transforms.Resize((3, 2), transforms.InterpolationMode.NEAREST)
    assert np.array_equal(small(own), own.resize((2, 3), image.Resampling.NEAREST))
    assert np.array_equal(small(PICTURE), small(own)) and isinstance(small(own), image.Image)
    assert np.array_equal(
        F.resized_crop(own, 1, 2, 3, 4, (6, 6)), own.crop((2, 1, 6, 4)).resize((6, 6), 2)
    )
    with pytest.raises(TypeError, match="requires a gradient"):
        F.resize(mg.zeros(1, 4, 4, requires_grad=True), 2)


def test_there_and_back() -> None:
    pytest.importorskip("PIL")
    picture = transforms.ToPILImage()(transforms.ToTensor()(PICTURE))
    assert picture.mode == "RGB" and np.array_equal(picture, PICTURE)
    assert F.to_pil_image(PICTURE[:, :, :1]).mode == "L"
    assert F.to_pil_image(PICTURE[:, :, 0], "L").mode == "L"
    own = F.to_pil_image(PICTURE, "YCbCr")  # what the numbers are, as in torchvision
    assert own.mode == "YCbCr" and np.array_equal(own, PICTURE)
    floats = F.to_pil_image(mg.full((1, 2, 2), 0.5), "F")
    assert floats.mode == "F" and floats.getpixel((0, 0)) == 0.5
    assert np.array_equal(transforms.PILToTensor()(picture).numpy(), planes(PICTURE))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I", "F", "RGBA", "CMYK", "HSV", "YCbCr"])
def test_a_picture_of_pil_keeps_its_mode(mode) -> None:
    image = pytest.importorskip("PIL.Image")
    own = image.fromarray(PICTURE).convert(mode)
    if mode == "P":
        own.info["transparency"] = 3
    for ours, theirs in [
        (F.hflip(own), own.transpose(image.Transpose.FLIP_LEFT_RIGHT)),
        (F.vflip(own), own.transpose(image.Transpose.FLIP_TOP_BOTTOM)),
        (F.crop(own, -1, 2, 4, 4), own.crop((2, -1, 6, 3))),
        (F.resize(own, (3, 4)), own.resize((4, 3), image.Resampling.BILINEAR)),
        (F.pad(own, 0), own),
    ]:
        assert ours.mode == theirs.mode == mode and ours.info == own.info
        assert np.array_equal(ours, theirs)
        assert np.array_equal(ours.convert("RGBA"), theirs.convert("RGBA"))


def test_what_is_transparent_has_no_colour_to_resize() -> None:
    image = pytest.importorskip("PIL.Image")
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:, :2] = [200, 0, 0, 255]  # red, beside green that is not to be seen
    pixels[:, 2:] = [0, 200, 0, 0]
    own = image.fromarray(pixels)
    small = F.resize(own, (2, 3))
    assert np.array_equal(small, own.resize((3, 2), image.Resampling.BILINEAR))
    assert np.asarray(small)[0, 1, 1] == 0


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32", "int16", "uint8", "bool"])
def test_resized_numbers_keep_their_dtype(dtype) -> None:
    pytest.importorskip("PIL")
    assert F.resize(mg.ones(3, 4, 6, dtype=dtype), (2, 3)).dtype == dtype
    assert F.resize(np.ones((4, 6), dtype), (2, 3)).dtype == dtype


def test_black_and_white_is_from_0_to_1() -> None:
    image = pytest.importorskip("PIL.Image")
    x = F.to_tensor(image.fromarray(np.array([[True, False]])))
    assert x.dtype == np.float32 and x.tolist() == [[[1, 0]]]


def test_a_tensor_has_memory_of_its_own() -> None:
    gray = PICTURE[:, :, 0].copy()
    F.pil_to_tensor(gray).zero_()
    F.to_tensor(gray.astype(np.float32)).zero_()
    assert np.array_equal(gray, PICTURE[:, :, 0])


@pytest.mark.parametrize("how", ["bicubic", 3, transforms.InterpolationMode.BICUBIC])
def test_names_of_interpolations(how) -> None:
    image = pytest.importorskip("PIL.Image")
    own = image.fromarray(PICTURE)
    assert np.array_equal(F.resize(own, 3, how), own.resize((4, 3), image.Resampling.BICUBIC))


def test_the_remedy_where_pil_is_missing(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"Resize: .*pip install pillow"):
        F.resize(PICTURE, 3)


def test_what_is_drawn() -> None:
    mg.manual_seed(0)
    flip = transforms.RandomHorizontalFlip(0.25)
    share = np.mean([not np.array_equal(flip(PICTURE), PICTURE) for _ in range(2000)])
    assert abs(share - 0.25) < 0.04
    crop, seen = transforms.RandomCrop((4, 6)), set()
    for _ in range(200):
        part = crop(PICTURE)
        assert part.shape == (4, 6, 3)
        seen.add(part.tobytes())
    assert seen == {PICTURE[i : i + 4, j : j + 6].tobytes() for i in (0, 1) for j in (0, 1)}
    padded = transforms.RandomCrop(9, padding=1, pad_if_needed=True, padding_mode="edge")
    assert padded(PICTURE).shape == (9, 9, 3)
    apply = transforms.RandomApply([lambda x: x + 1], 0.5)
    assert abs(np.mean([apply(0) for _ in range(2000)]) - 0.5) < 0.05
    assert transforms.RandomVerticalFlip(0)(PICTURE) is PICTURE
    both = transforms.Compose([transforms.CenterCrop(3), transforms.Pad(2, 1)])
    assert both(PICTURE).shape == (7, 7, 3) and "CenterCrop(size=(3, 3))" in repr(both)


def test_parts_of_any_size() -> None:
    pytest.importorskip("PIL")
    mg.manual_seed(1)
    resized = transforms.RandomResizedCrop(4, scale=(0.25, 0.5), ratio=(0.5, 2.0))
    assert resized(PICTURE).shape == (4, 4, 3)
    shares, ratios = [], []
    for _ in range(300):
        top, left, tall, wide = resized.part(60, 80)
        assert 0 <= top <= 60 - tall and 0 <= left <= 80 - wide
        shares.append(tall * wide / 4800)
        ratios.append(wide / tall)
    assert 0.24 < min(shares) < 0.27 and 0.47 < max(shares) < 0.51
    assert 0.47 < min(ratios) < 0.6 and 1.7 < max(ratios) < 2.1
    never = transforms.RandomResizedCrop(4, scale=(2, 2), ratio=(0.5, 1.0))
    assert never.part(10, 30) == (0, 10, 10, 10) and never.part(30, 10) == (5, 0, 20, 10)


def test_pictures_in_folders(tmp_path) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in ("dogs/2.png", "cats/B/1.png", "cats/a.png", "dogs/notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("png"):
            image.fromarray(PICTURE).save(tmp_path / name)
    (tmp_path / "dogs/notes.txt").write_text("none")
    found = datasets.ImageFolder(tmp_path, transforms.ToTensor(), lambda y: -y)
    assert found.classes == ["cats", "dogs"] and found.class_to_idx == {"cats": 0, "dogs": 1}
    assert found.targets == [0, 0, 1] and len(found) == 3 and found.imgs == found.samples
    x, y = found[2]
    assert y == -1 and np.array_equal((x * 255).round().numpy(), planes(PICTURE))
    assert datasets.ImageFolder(tmp_path)[0][0].mode == "RGB"
    texts = datasets.ImageFolder(
        tmp_path, loader=lambda p: p[-3:], is_valid_file=lambda p: "a.p" in p or p.endswith("txt")
    )
    assert [texts[i] for i in range(2)] == [("png", 0), ("txt", 1)]
    names = [path.replace("\\", "/") for path, _ in found.samples]
    assert [n[n.index("cats") :] for n in names[:2]] == ["cats/a.png", "cats/B/1.png"]
    (tmp_path / "birds").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no picture in .*birds"):
        datasets.ImageFolder(tmp_path)
    with pytest.raises(FileNotFoundError, match="ImageFolder: there is no folder"):
        datasets.ImageFolder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.hflip(mg.ones(3)), ValueError, "hflip: wanted a tensor"),
        (lambda: F.vflip("cat.png"), TypeError, "vflip: .*got str"),
        (lambda: F.pad(PICTURE, (1, 2, 3)), ValueError, "1, 2 or 4 integers"),
        (lambda: F.pad(PICTURE, 0.5), TypeError, "1, 2 or 4 integers"),
        (lambda: F.pad(PICTURE, 1, padding_mode="mirror"), ValueError, "padding_mode.*'mirror'"),
        (lambda: F.rgb_to_grayscale(mg.ones(2, 3, 3)), ValueError, "got 2 and 1"),
        (lambda: F.to_pil_image(mg.ones(5, 2, 2)), ValueError, "up to 4 channels"),
        (lambda: transforms.RandomCrop((1, 2, 3)), ValueError, "RandomCrop: size"),
        (lambda: transforms.RandomCrop(8)(PICTURE), ValueError, r"\(8, 8\) of a picture of \(5"),
        (lambda: transforms.RandomHorizontalFlip(1.5), ValueError, "RandomHorizontalFlip: p"),
        (lambda: transforms.RandomApply([], "often"), TypeError, "RandomApply: p"),
        (lambda: transforms.CenterCrop("3"), TypeError, "CenterCrop: size"),
        (lambda: transforms.Resize(3, max_size=4), TypeError, "max_size"),
        (lambda: F.resize(np.zeros((0, 3)), 3), ValueError, "there is no pixel"),
        (lambda: F.to_tensor(mg.zeros(3, 4, 5)), TypeError, "ToTensor: pic: .*got Tensor"),
        (lambda: F.pil_to_tensor(mg.zeros(3, 4, 5)), TypeError, "PILToTensor: pic: .*got Tensor"),
        (lambda: F.to_tensor([[1, 2]]), TypeError, "ToTensor: pic: .*got list"),
        (lambda: F.to_pil_image([1, 2]), ValueError, r"up to 4 channels .*\(2,\)"),
        (lambda: F.get_dimensions([1, 2]), ValueError, "get_dimensions: wanted a picture"),
        (lambda: F.crop(PICTURE, 0.5, 0, 1, 1), TypeError, r"crop\("),
        (lambda: F.pad(mg.ones(1, 0, 2), 1, 0, "edge"), ValueError, r"pad\(img"),
        (lambda: transforms.RandomResizedCrop(2, 0.5), ValueError, "scale: wanted two numbers"),
        (lambda: transforms.RandomResizedCrop(2, ratio=(0, 1)), ValueError, "ratio: wanted two"),
    ],
)  # fmt: skip
def test_bad_input(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: F.resize(PICTURE, 3, "cubic"), ValueError, "interpolation: wanted .*'cubic'"),
        (lambda: F.resize(mg.arange(4).reshape(1, 2, 2), 1), TypeError, "no pictures of int64"),
        (lambda: F.to_pil_image(PICTURE, "L"), ValueError, r"mode: wanted RGB or .*convert\('L'"),
        (lambda: F.to_pil_image(mg.arange(4).reshape(2, 2)), TypeError, "no pictures of int64"),
    ],
)
def test_what_pil_knows_of_bad_input(call, error, words) -> None:
    pytest.importorskip("PIL")
    with pytest.raises(error, match=words):
        call()
