"""Convolutions and pools beside PyTorch's, where no drawn call leads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
TIES = RNG.integers(0, 3, (2, 3, 7, 6)).astype(float)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("options", [(2,), (3, 1, 1), (2, 3, 0, 2), ((3, 1), (2, 1), (1, 0))])
def test_where_the_largest_stood(options: Any, ceil_mode: bool) -> None:
    for array in (TIES, TIES[0], np.where(TIES > 1, np.nan, TIES), np.full((1, 1, 7, 6), -np.inf)):
        wanted = torch.nn.functional.max_pool2d(
            torch.tensor(array), *options, ceil_mode=ceil_mode, return_indices=True
        )
        x = mg.tensor(array)
        got = F.max_pool2d(x, *options, ceil_mode=ceil_mode, return_indices=True)
        for a, b in zip(got, wanted, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())
        assert got[1].dtype == mg.int64
    one = F.adaptive_max_pool2d(mg.tensor(TIES), (3, 4), True)
    other = torch.nn.functional.adaptive_max_pool2d(torch.tensor(TIES), (3, 4), True)
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


INTEGERS = {
    "conv": lambda f, x, w: f.conv2d(x, w, padding=1),
    "transposed": lambda f, x, w: f.conv_transpose2d(x, w[:3], stride=2),
    "largest": lambda f, x, w: f.max_pool2d(x, 2, padding=1),
    "mean": lambda f, x, w: f.avg_pool2d(x, 2, padding=1, count_include_pad=False),
}


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        *((name, "int64") for name in INTEGERS),
        *((name, dtype) for name in ("conv", "largest") for dtype in ("int32", "uint8", "int8")),
    ],
)
def test_integers(name: str, dtype: str) -> None:
    arrays = [RNG.integers(-9, 9, s).astype(dtype) for s in ((2, 3, 5, 4), (4, 3, 2, 2))]
    wanted = INTEGERS[name](torch.nn.functional, *map(torch.tensor, arrays))
    got = INTEGERS[name](F, *map(mg.tensor, arrays))
    assert str(got.dtype) == dtype
    np.testing.assert_array_equal(got.numpy(), wanted.numpy())


LAYERS = {
    "Conv1d": (3, 4, 5),
    "Conv2d": (3, 4, (1, 2), 1, "same", (1, 2), 1, False, "reflect"),
    "Conv2d groups": (4, 4, 3, 2, 1, 1, 2),
    "Conv3d": (1, 2, 3, 1, "valid"),
    "ConvTranspose1d": (4, 2, 3, 2, 1, 1, 2),
    "ConvTranspose2d": (4, 2, 3, 2, 1, 1),
    "ConvTranspose3d": (4, 2, 3),
    "LazyConv2d": (4, 3),
    "MaxPool1d": (3,),
    "MaxPool2d": ((3, 2), None, 1, 1, True, True),
    "AvgPool1d": (3, 2),
    "AvgPool2d": (3, 2, 1, True, False, 4),
    "AvgPool3d": (2,),
    "AdaptiveAvgPool2d": ((None, 3),),
    "AdaptiveMaxPool1d": (2, True),
}


@pytest.mark.parametrize("name", LAYERS)
def test_what_a_layer_says_of_itself(name: str) -> None:
    kind = name.split()[0]
    ours, theirs = (getattr(library.nn, kind)(*LAYERS[name]) for library in (mg, torch))
    assert repr(ours) == repr(theirs)
    known = {n: v for n, v in vars(theirs).items() if not n.startswith("_") and n != "training"}
    for attribute, value in known.items():
        assert getattr(ours, attribute) == value, attribute


@pytest.mark.parametrize("name", [n for n in LAYERS if "Conv" in n and "Lazy" not in n])
def test_first_weights(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = getattr(nn, name.split()[0])
    drawn: list[Any] = []

    def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
        drawn.append((tuple(tensor.shape), round(float(a), 12), round(float(b), 12)))
        return tensor

    from minigrad.nn import init

    monkeypatch.setattr(init, "uniform_", uniform_)
    monkeypatch.setattr(torch.nn.init, "uniform_", uniform_)
    monkeypatch.setattr(torch.Tensor, "uniform_", uniform_)
    monkeypatch.setattr(mg.Tensor, "uniform_", uniform_)
    kind(*LAYERS[name])
    ours, drawn[:] = drawn[:], []
    getattr(torch.nn, name.split()[0])(*LAYERS[name])
    assert ours == drawn and drawn


def test_the_size_of_a_transposed_output() -> None:
    theirs = torch.nn.ConvTranspose2d(2, 3, 3, 2, 1).double()
    ours = nn.ConvTranspose2d(2, 3, 3, 2, 1).double()
    ours.load_state_dict(theirs.state_dict())
    x = RNG.normal(size=(1, 2, 4, 5))
    for size in ([7, 9], [8, 10], (1, 3, 8, 9)):
        wanted = theirs(torch.tensor(x), output_size=size)
        got = ours(mg.tensor(x), output_size=size)
        np.testing.assert_allclose(got.detach().numpy(), wanted.detach().numpy(), rtol=1e-9)
