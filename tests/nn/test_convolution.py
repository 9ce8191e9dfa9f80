"""Convolutions and pools: what they refuse, special points, and nets that have them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F

X, W = mg.ones(2, 4, 5, 6), mg.ones(6, 4, 3, 3)
PACK, BOOLS = mg.ones(2, 4, 5, 6, dtype=mg.int32), mg.ones(2, 4, 5, 6, dtype=mg.bool)
REFUSED: list[tuple[Any, type[Exception], str]] = [
    (lambda: F.conv2d(X[0, 0], W), ValueError, r"conv2d: input: wanted \(N, C, H, W\).*\(5, 6\)"),
    (lambda: F.conv2d(X, W[0]), ValueError, "conv2d: weight: wanted 4 axes"),
    (lambda: F.conv2d(X[:, :3], W), ValueError, "conv2d: input: wanted 4 channels.*got 3"),
    (lambda: F.conv2d(X, W[:, :2], groups=4), ValueError, "6 output channels do not divide into 4"),
    (lambda: F.conv2d(X, W, groups=2), ValueError, "wanted 8 channels.*groups=2; got 4"),
    (lambda: F.conv2d(X, W, groups=0), ValueError, "conv2d: groups must be at least 1, got 0"),
    (lambda: F.conv2d(X, W, mg.ones(4)), ValueError, r"conv2d: bias: wanted shape \(6,\)"),
    (lambda: F.conv2d(X, W, stride=-1), ValueError, "conv2d: stride must be at least 1, got -1"),
    (
        lambda: F.conv2d(X, W, stride=(1, 1, 1)),
        ValueError,
        "conv2d: stride: wanted one integer, or",
    ),
    (lambda: F.conv2d(X, W, stride=1.0), TypeError, "conv2d: stride must be an integer, got float"),
    (lambda: F.conv2d(X, W, padding=-1), ValueError, "conv2d: padding must be at least 0"),
    (lambda: F.conv2d(X, W, padding="all"), ValueError, "conv2d: padding: .*'same' or 'valid'"),
    (lambda: F.conv2d(X, W, 0, 2, "same"), ValueError, "bias: wanted shape"),
    (lambda: F.conv2d(X, W, None, 2, "same"), ValueError, "'same' is for a stride of 1"),
    (lambda: F.conv2d(X, W, dilation=3), ValueError, r"spans \(7, 7\) places.* \(5, 6\)"),
    (lambda: F.conv2d(X, W[..., :0]), ValueError, r"conv2d: weight: there is nothing in shape"),
    (lambda: F.conv2d(X[..., :0], W), ValueError, "conv2d: input: there is nothing to look at"),
    (lambda: F.conv2d(X.double(), W), TypeError, "conv2d.*float64.*float32"),
    (lambda: F.conv2d(BOOLS, W), TypeError, "conv2d: input: wanted numbers, got bools"),
    (lambda: F.conv_transpose2d(X, W), ValueError, "conv_transpose2d: input: wanted 6 channels"),
    (lambda: F.conv_transpose2d(X, W[:4], groups=3), ValueError, "4 input channels do not divide"),
    (lambda: F.conv_transpose2d(X, W[:4], output_padding=1), ValueError, "less than the stride"),
    (lambda: F.conv_transpose2d(X, W[:4], padding=4), ValueError, "leaves nothing"),
    (lambda: F.max_pool2d(X, 7), ValueError, r"a window spans \(7, 7\) places"),
    (lambda: F.max_pool2d(X, 3, padding=2), ValueError, "max_pool2d: padding: .*half a window"),
    (lambda: F.max_pool2d(X, 3, stride=0), ValueError, "max_pool2d: stride must be at least 1"),
    (lambda: F.max_pool2d(X, "ab"), TypeError, "max_pool2d: kernel_size: wanted an integer"),
    (lambda: F.max_pool2d(X, 2, ceil_mode=1), TypeError, "max_pool2d: ceil_mode: wanted True"),
    (lambda: F.max_pool2d(BOOLS, 2), TypeError, "max_pool2d: input: wanted numbers, got bools"),
    (lambda: F.max_pool1d(mg.ones(1, 1), 2, 1, 1, 2), ValueError, "sees nothing but padding"),
    (lambda: F.avg_pool2d(X, 2, divisor_override=0), ValueError, "divisor_override must not be 0"),
    (lambda: F.avg_pool2d(PACK, 2), TypeError, "avg_pool2d: input: wanted float32"),
    (
        lambda: F.adaptive_avg_pool2d(X, (1, 2, 3)),
        ValueError,
        "output_size: wanted one integer, or",
    ),
    (lambda: F.adaptive_avg_pool2d(X, -1), ValueError, "output_size must be at least 0"),
    (lambda: F.adaptive_max_pool2d(PACK, 1), TypeError, "adaptive_max_pool2d: input: wanted float"),
    (lambda: nn.Conv2d(0, 1, 1), ValueError, "in_channels must be at least 1"),
    (lambda: nn.Conv2d(3, 4, 1, groups=2), ValueError, "in_channels: 3 channels do not divide"),
    (lambda: nn.Conv2d(4, 3, 1, groups=2), ValueError, "out_channels: 3 channels do not divide"),
    (lambda: nn.Conv2d(4, 3, 1, padding_mode="zero"), ValueError, "Conv2d: padding_mode: wanted"),
    (
        lambda: nn.Conv2d(4, 3, 1, padding="full"),
        ValueError,
        "Conv2d: padding: wanted integers, 's",
    ),
    (lambda: nn.Conv2d(4, 3, 1, 2, "same"), ValueError, "'same' is for a stride of 1"),
    (
        lambda: nn.ConvTranspose2d(4, 3, 1, padding="same"),
        ValueError,
        "wanted integers, got 'same'",
    ),
    (
        lambda: nn.ConvTranspose2d(4, 3, 3, 2)(X, output_size=(20, 20)),
        ValueError,
        r"output_size: wanted \(11, 13\), or by less than the stride",
    ),
    (lambda: nn.LazyConv2d(4, 3)(X[0, 0]), ValueError, "LazyConv2d: wanted an input"),
    (lambda: F.unfold(X, 7), ValueError, r"unfold: a window spans \(7, 7\) places"),
    (lambda: F.unfold(X[0, 0], 2), ValueError, "unfold: input: wanted"),
    (lambda: F.unfold(X, 2, stride=0), ValueError, "unfold: stride must be at least 1"),
    (
        lambda: F.fold(mg.ones(1, 12, 5), (3, 3), 2),
        ValueError,
        r"fold: input: wanted \(N, C \* 4, 4\), .*got shape \(1, 12, 5\)",
    ),
    (lambda: F.fold(mg.ones(1, 10, 4), 3, 2), ValueError, r"fold: input: .*got shape \(1, 10, 4"),
    (lambda: F.interpolate(X), ValueError, "either size or scale_factor, got neither"),
    (lambda: F.interpolate(X, 3, 2), ValueError, "size or scale_factor, got size=3 and scale"),
    (lambda: F.interpolate(X, (3, 3, 3)), ValueError, "size: wanted one integer, or 2"),
    (lambda: F.interpolate(X, 2.5), TypeError, "interpolate: size must be an integer"),
    (lambda: F.interpolate(X, scale_factor="2"), TypeError, "scale_factor: wanted a number"),
    (lambda: F.interpolate(X, scale_factor=-1), ValueError, "wanted numbers above 0, got -1"),
    (lambda: F.interpolate(X, scale_factor=(1, 2, 3)), ValueError, "one number, or 2, one for"),
    (lambda: F.interpolate(X, scale_factor=0.01), ValueError, "0.01 leaves nothing of"),
    (lambda: F.interpolate(X, 3, None, "cubic"), ValueError, "mode: wanted one of .*'cubic'"),
    (lambda: F.interpolate(X, 3, None, "linear"), ValueError, "'linear' wants 3 axes"),
    (lambda: F.interpolate(X[:, :0], 3), ValueError, "interpolate: input: there is nothing"),
    (lambda: F.interpolate(X.long(), 3, mode="area"), TypeError, "interpolate"),
    (lambda: F.interpolate(X, 3, align_corners=True), ValueError, "is for the linear modes"),
    (
        lambda: F.interpolate(X, 3, None, "bilinear", "no"),
        TypeError,
        "align_corners: wanted True or False, got 'no'",
    ),
    (
        lambda: F.interpolate(X, 3, recompute_scale_factor=True),
        ValueError,
        "recompute_scale_factor is for scale_factor, not for size",
    ),
    (lambda: F.interpolate(X, 3, None, "bilinear", antialias=True), ValueError, "antialias=True"),
    (lambda: F.pixel_shuffle(X, 3), ValueError, r"channels that 3 \* 3 divides, got shape"),
    (lambda: F.pixel_shuffle(X, 0), ValueError, "upscale_factor must be at least 1"),
    (lambda: F.pixel_unshuffle(X, 4), ValueError, "height and a width that 4 divides"),
    (lambda: F.pixel_unshuffle(X[0, 0], 1), ValueError, r"wanted \(\.\.\., C, H, W\)"),
    (lambda: F.fold(mg.ones(4), 3, 2), ValueError, "fold: input: wanted"),
    (lambda: nn.LazyConvTranspose2d(4, 3)(X[0, 0]), ValueError, "LazyConvTranspose2d: wanted an"),
    (
        lambda: nn.ConvTranspose2d(4, 3, 3, 2)(X, output_size=12),
        TypeError,
        "ConvTranspose2d: output_size: wanted 2 integers, got 12",
    ),
    (
        lambda: nn.ConvTranspose2d(4, 3, 3, 2)(X, output_size=(12.0, 13)),
        TypeError,
        "ConvTranspose2d: output_size must be an integer, got float",
    ),
    (
        lambda: nn.ConvTranspose2d(4, 3, 3, 2)(X[0, 0, 0], output_size=(12, 13)),
        ValueError,
        "conv_transpose2d: input: wanted",
    ),
    (
        lambda: F.conv_transpose2d(X, mg.ones(4, 3, 2, 2), mg.ones(3, dtype=mg.float64)),
        TypeError,
        "conv_transpose2d: bias is float64, the output without it float32",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_they_refuse(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def small_net() -> nn.Sequential:
    mg.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, groups=2),
        nn.ReLU(),
        nn.AvgPool2d(2, ceil_mode=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )


def test_a_compiled_step_is_the_step() -> None:
    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(5, 1, 9, 10)), rng.integers(0, 3, 5)) for _ in range(20)]
    losses = []
    for compiled in (False, True):
        net = small_net()
        optimizer = optim.Adam(net.parameters(), 1e-2)

        def step(x: Any, y: Any, net: Any = net, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss

        run = mg.compile(step) if compiled else step
        given = ((mg.tensor(x, dtype=mg.float32), mg.tensor(y)) for x, y in batches)
        losses.append([run(x, y).item() for x, y in given])
        losses.append([p.tolist() for p in net.parameters()])
    assert losses[:2] == losses[2:]
    assert losses[0][-1] < losses[0][0]


def test_a_net_learns_where_the_bar_is() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 64)
    pictures = rng.normal(0, 0.3, (64, 1, 8, 8))
    for picture, label in zip(pictures, y, strict=True):
        at = rng.integers(0, 8)
        picture[0, at if label else slice(None), slice(None) if label else at] += 2
    mg.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(6, 2)
    )
    x, optimizer = mg.tensor(pictures, dtype=mg.float32), optim.Adam(net.parameters(), 0.03)
    for _ in range(60):
        optimizer.zero_grad()
        F.cross_entropy(net(x), mg.tensor(y)).backward()
        optimizer.step()
    assert (net(x).argmax(1).numpy() == y).mean() > 0.95


def test_multiply_adds_are_counted() -> None:
    net = nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.ConvTranspose2d(6, 2, 2))
    work = [layer.multiply_adds for layer in mg.summary(net, X).layers]
    assert work == [0, 2 * 6 * 3 * 4 * 2 * 9, 2 * 6 * 3 * 4 * 2 * 4]


def test_many_samples_are_taken_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    from minigrad.nn.functional import convolution

    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(5, 2, 6, 6)), rng.normal(size=(4, 2, 3, 3))
    outs = []
    for at_once in (1 << 20, 700):
        monkeypatch.setattr(convolution, "AT_ONCE", at_once)
        x, w = (mg.tensor(a, requires_grad=True) for a in arrays)
        out = F.conv2d(x, w, padding=1)
        (out * out).sum().backward()
        outs.append([out.detach().numpy(), x.grad.numpy(), w.grad.numpy()])
    for one, other in zip(*outs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_an_infinite_number_stays_in_its_windows() -> None:
    x = mg.tensor([[1.0, float("inf"), 2.0, 3.0, 4.0]])
    assert F.adaptive_avg_pool1d(x, 3).tolist() == [[float("inf"), float("inf"), 3.5]]


@pytest.mark.parametrize("size", [0, (0, 3)])
def test_pools_to_nothing(size: Any) -> None:
    x = mg.ones(2, 3, 4, 5, requires_grad=True)
    values, places = F.adaptive_max_pool2d(x, size, return_indices=True)
    assert values.shape == places.shape == (2, 3, 0, np.max(size)) and places.dtype == mg.int64
    F.adaptive_max_pool2d(x, size).sum().backward()
    assert x.grad.shape == x.shape and not x.grad.any()


def test_pools_take_nan_for_the_largest() -> None:
    x = mg.tensor([[1.0, float("nan"), 3.0, 2.0]], requires_grad=True)
    out = F.max_pool1d(x, 2)
    assert np.isnan(out.tolist()[0][0]) and out.tolist()[0][1] == 3
    with mg.no_grad():
        assert np.isnan(F.max_pool1d(x, 2).tolist()[0][0])
    out.sum().backward()
    assert x.grad.tolist() == [[0, 1, 1, 0]]


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact"])
def test_rounding_takes_the_nearest_place_not_past_the_end(mode: str) -> None:
    line = mg.arange(5).reshape((1, 1, 5))  # 5 / out is rounded up in float32
    assert F.interpolate(line, 2**24 + 4, mode=mode)[0, 0, -1] == 4


def test_vmap_of_a_convolution() -> None:
    rng = np.random.default_rng(0)
    x, w = mg.tensor(rng.normal(size=(3, 2, 4, 5))), mg.tensor(rng.normal(size=(3, 2, 2, 2)))
    each = mg.func.vmap(F.conv2d, in_dims=(0, None))(x, w)
    np.testing.assert_allclose(each.numpy(), F.conv2d(x, w).numpy(), rtol=1e-12)
