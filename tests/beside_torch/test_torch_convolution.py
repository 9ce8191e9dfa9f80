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


CALLS = {  # the axes of the input, of a weight with groups, and what else is given
    "conv1d": (1, True, {"stride": 2, "padding": 1}),
    "conv2d": (2, True, {"dilation": (1, 2), "padding": "same"}),
    "conv3d": (3, True, {"padding": (1, 0, 1)}),
    "conv_transpose1d": (1, True, {"stride": 3, "output_padding": 1}),
    "conv_transpose2d": (2, True, {"padding": 1, "dilation": 2}),
    "conv_transpose3d": (3, True, {"stride": (1, 2, 1)}),
    "max_pool1d": (1, False, {"kernel_size": 3, "stride": 2, "padding": 1}),
    "max_pool2d": (2, False, {"kernel_size": (2, 3), "ceil_mode": True}),
    "max_pool3d": (3, False, {"kernel_size": 2, "stride": 1, "dilation": 2}),
    "avg_pool1d": (1, False, {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    "avg_pool2d": (2, False, {"kernel_size": 2, "divisor_override": 3}),
    "avg_pool3d": (3, False, {"kernel_size": 2, "stride": 2, "ceil_mode": True}),
    "adaptive_avg_pool1d": (1, False, {"output_size": 4}),
    "adaptive_avg_pool2d": (2, False, {"output_size": (3, None)}),
    "adaptive_avg_pool3d": (3, False, {"output_size": 2}),
    "adaptive_max_pool1d": (1, False, {"output_size": 3}),
    "adaptive_max_pool2d": (2, False, {"output_size": (4, 3)}),
    "adaptive_max_pool3d": (3, False, {"output_size": (2, 3, 1)}),
    "unfold": (2, False, {"kernel_size": (2, 3), "dilation": (2, 1), "padding": 1, "stride": 2}),
}


@pytest.mark.parametrize("name", CALLS)
def test_values_and_gradients(name: str) -> None:
    axes, filters, options = CALLS[name]
    arrays = [RNG.normal(size=(2, 4, 6, 7, 5)[: axes + 2])]
    if filters:
        arrays.append(RNG.normal(size=(4, 2, 3, 2, 3)[: axes + 2]))
        options = {**options, "groups": 2}
    found = []
    cotangent: Any = None
    for library in (mg, torch):
        inputs = [library.tensor(a, requires_grad=True) for a in arrays]
        out = getattr(library.nn.functional, name)(*inputs, **options)
        if cotangent is None:
            cotangent = RNG.normal(size=tuple(out.shape))
        out.backward(library.tensor(cotangent))
        found.append([out.detach().numpy(), *(x.grad.numpy() for x in inputs)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch", [(2,), (), (0,)])
@pytest.mark.parametrize(
    "given", [(2,), ((2, 3), 1, 1, 2), (1, 2), ((1, 2), (1, 2), (0, 2), (2, 1))]
)
def test_columns_and_back(given: Any, batch: tuple[int, ...]) -> None:
    pictures = RNG.normal(size=(*batch, 3, 5, 6))
    found = []
    for library in (mg, torch):
        x = library.tensor(pictures, requires_grad=True)
        columns = library.nn.functional.unfold(x, *given)
        back = library.nn.functional.fold(columns**2, (5, 6), *given)
        (g,) = library.autograd.grad((back**2).sum(), x, create_graph=True)
        (second,) = library.autograd.grad((g**2).sum(), x)
        found.append([t.detach().numpy() for t in (columns, back, g, second)])
    for ours, theirs in zip(*found, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_transposed_layer_that_learns_its_channels(axes: int) -> None:
    name, x = f"ConvTranspose{axes}d", RNG.normal(size=(2, 4, *(3, 4, 2)[:axes]))
    theirs = getattr(torch.nn, name)(4, 6, 3, 2, groups=2).double()
    ours = getattr(nn, f"Lazy{name}")(6, 3, 2, groups=2, dtype=mg.float64)
    drawn = getattr(nn, f"Lazy{name}")(6, 3, 2, groups=2)
    assert drawn(mg.tensor(x).float()).shape == tuple(theirs(torch.tensor(x)).shape)
    ours.load_state_dict(theirs.state_dict())
    size = [2 * n + 2 for n in x.shape[2:]]
    wanted = theirs(torch.tensor(x), output_size=size).detach().numpy()
    got = ours(mg.tensor(x), output_size=size)
    np.testing.assert_allclose(got.detach().numpy(), wanted, rtol=1e-9, atol=1e-12)
    assert type(ours).__name__ == type(drawn).__name__ == name and repr(ours) == repr(theirs)


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
    "LazyConvTranspose1d": (4, 3, 2, 1, 1, 2, False, 2),
    "LazyConvTranspose2d": (4, 3),
    "Unfold": ((2, 3), 1, 2),
    "Fold": ((4, 5), (2, 3)),
    "MaxPool1d": (3,),
    "MaxPool2d": ((3, 2), None, 1, 1, True, True),
    "AvgPool1d": (3, 2),
    "AvgPool2d": (3, 2, 1, True, False, 4),
    "AvgPool3d": (2,),
    "MaxPool3d": (2, 1),
    "AdaptiveAvgPool1d": (3,),
    "AdaptiveAvgPool2d": ((None, 3),),
    "AdaptiveAvgPool3d": (2,),
    "AdaptiveMaxPool1d": (2, True),
    "AdaptiveMaxPool2d": (2,),
    "AdaptiveMaxPool3d": ((1, 2, 3),),
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


@pytest.mark.parametrize("mode", ["nearest", "area", "bilinear", "bicubic"])
def test_another_size_in_the_dtype_of_the_input(mode: str) -> None:
    x = RNG.normal(size=(2, 3, 5, 4)).astype(np.float32)
    for given in ({"size": (9, 3)}, {"scale_factor": 1.7}):
        wanted = torch.nn.functional.interpolate(torch.tensor(x), mode=mode, **given)
        got = F.interpolate(mg.tensor(x), mode=mode, **given)
        assert got.dtype == mg.float32
        np.testing.assert_allclose(got.numpy(), wanted.numpy(), rtol=1e-5, atol=1e-6)
