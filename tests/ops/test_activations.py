"""Activations beside PyTorch, at their kinks, and far out where a naive formula overflows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.nn import functional as F

NAN, INF = math.nan, math.inf

VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("relu", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.5}),
    ("selu", {}),
    ("gelu", {}),
    ("gelu", {"approximate": "tanh"}),
    ("silu", {}),
    ("sigmoid", {}),
    ("logsigmoid", {}),
    ("softplus", {}),
    ("softplus", {"beta": 2, "threshold": 3}),
    ("softplus", {"beta": -1.0}),
]
ids = [f"{name}-{'-'.join(map(str, kwargs.values()))}" for name, kwargs in VARIANTS]
each = pytest.mark.parametrize(("name", "kwargs"), VARIANTS, ids=ids)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def value_and_gradient(
    function: Any, x: Any, v: Any = 1.0, **kwargs: Any
) -> tuple[np.ndarray, np.ndarray]:
    t = mg.tensor(x, requires_grad=True)
    out = function(t, **kwargs)
    out.backward(np.broadcast_to(np.asarray(v, out.dtype), out.shape))
    assert t.grad is not None
    return out.numpy(), t.grad.numpy()


def in_pytorch(torch: Any, name: str, x: np.ndarray, v: Any, kwargs: Any) -> Any:
    """PyTorch's value and gradient as arrays."""
    t = torch.tensor(x, requires_grad=True)
    out = getattr(torch.nn.functional, name)(t, **kwargs)
    out.backward(torch.tensor(np.broadcast_to(v, x.shape)))
    return out.detach().numpy(), t.grad.numpy()


@each
def test_value_and_gradient_are_pytorchs(torch: Any, name: str, kwargs: dict[str, Any]) -> None:
    """At random points, at the kinks, and where every exponential over- or underflows."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=300) * 4, [0.0, -0.0, 1000.0, -1000.0, 1e4, -1e4]])
    v = rng.uniform(0.5, 1.5, x.shape)
    ours = value_and_gradient(getattr(F, name), x, v, **kwargs)
    theirs = in_pytorch(torch, name, x, v, kwargs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


@each
def test_far_out_in_single_precision(name: str, kwargs: dict[str, Any]) -> None:
    """Neither NaN nor infinity nor a warning (an error in these tests), and slopes in sight."""
    x = np.array([-1e4, -1000.0, -89.0, -20.0, 20.0, 89.0, 1000.0, 1e4], np.float32)
    for array in value_and_gradient(getattr(F, name), x, **kwargs):
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
        assert (np.abs(array) <= 2 * np.abs(x)).all()


LIMITS: dict[str, tuple[float, float]] = {
    "relu": (0, INF),
    "leaky_relu": (-INF, INF),
    "elu": (-1, INF),
    "sigmoid": (0, 1),
    "logsigmoid": (-INF, 0),
    "softplus": (0, INF),
}


@pytest.mark.parametrize("name", LIMITS)
def test_infinities_and_nan(name: str) -> None:
    out = getattr(F, name)(mg.tensor([-INF, INF, NAN])).numpy()
    np.testing.assert_array_equal(out, [*LIMITS[name], NAN])


def test_the_tails_keep_their_relative_accuracy() -> None:
    """1 - (1 - tiny), the naive form of each, would give 0."""
    x = np.array([-40.0])
    tiny = math.exp(-40)
    np.testing.assert_allclose(F.sigmoid(x).numpy(), tiny, rtol=1e-14)
    np.testing.assert_allclose(F.softplus(x).numpy(), tiny, rtol=1e-14)
    np.testing.assert_allclose(F.logsigmoid(-x).numpy(), -tiny, rtol=1e-14)
    np.testing.assert_allclose(F.elu(np.array([-1e-12])).numpy(), -1e-12, rtol=1e-11)
    expected = -20 * 0.5 * math.erfc(20 / math.sqrt(2))
    np.testing.assert_allclose(F.gelu(np.array([-20.0])).numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "kwargs", "slope"),
    [
        ("relu", {}, 0.0),
        ("leaky_relu", {"negative_slope": 0.25}, 0.25),
        ("elu", {"alpha": 0.5}, 0.5),
        ("selu", {}, 1.0507009873554805 * 1.6732632423543772),
    ],
)
def test_kinks_have_the_slope_from_the_left(name: str, kwargs: Any, slope: float) -> None:
    _, gradient = value_and_gradient(getattr(F, name), np.array([0.0, -0.0]), **kwargs)
    np.testing.assert_allclose(gradient, slope, rtol=1e-15)


@pytest.mark.parametrize("order", [1, 2], ids=["kernels", "recorded"])
@pytest.mark.parametrize(
    "name",
    """
    relu leaky_relu elu selu celu gelu silu softplus logsigmoid mish softsign tanhshrink hardshrink
    softshrink relu6 hardsigmoid hardswish rrelu
    """.split(),
)
def test_a_nan_is_not_lost_on_the_way_back(name: str, order: int) -> None:
    """Neither one in the input nor one in the cotangent; PyTorch hands on the cotangent."""
    x = mg.tensor([NAN, 1.0, -1.0, 2.0], requires_grad=True)
    out = getattr(F, name)(x)
    (g,) = mg.autograd.grad(out, x, mg.tensor([3.0, 3.0, 3.0, NAN]), create_graph=order == 2)
    assert g.numpy()[0] != 0 and np.isfinite(g.numpy()[1:3]).all() and np.isnan(g.numpy()[3])


def test_a_fused_relu_passes_nan_on_and_no_infinity_where_it_is_zero() -> None:
    for create_graph in (False, True):
        x = mg.tensor([[NAN], [-1.0], [1.0]], requires_grad=True)
        out = F.linear(x, mg.ones((1, 1)), relu=True)
        (g,) = mg.autograd.grad(out, x, mg.tensor([[2.0], [INF], [3.0]]), create_graph=create_graph)
        np.testing.assert_array_equal(g.numpy(), [[2.0], [0.0], [3.0]])


@each
def test_coefficients_do_not_widen(name: str, kwargs: dict[str, Any]) -> None:
    wide = {k: np.float64(v) if isinstance(v, float) else v for k, v in kwargs.items()}
    x = mg.tensor([-1.0, 0.5, 0.0], requires_grad=True)
    assert getattr(F, name)(x, **wide).dtype == np.float32


@pytest.mark.parametrize("name", ["sigmoid", "silu", "gelu", "softplus", "log_softmax", "elu"])
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64])
def test_integers_become_float32(name: str, dtype: Any) -> None:
    x = np.array([0, 1, 1], dtype)
    over = {"dim": 0} if name == "log_softmax" else {}
    out = getattr(F, name)(mg.tensor(x), **over)
    wanted = getattr(F, name)(mg.tensor(x.astype(np.float32)), **over)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out.numpy(), wanted.numpy())


def test_what_holds_to_bounds_keeps_integers(torch: Any) -> None:
    x = [-3, 1, 9]
    for call, wanted in (
        (lambda f, x: f.relu6(x), [0, 1, 6]),
        (lambda f, x: f.hardtanh(x, -1.5, 2.5), [-1, 1, 2]),
        (lambda f, x: f.threshold(x, 1.5, -7.9), [-7, -7, 9]),
    ):
        ours, theirs = call(F, mg.tensor(x)), call(torch.nn.functional, torch.tensor(x))
        assert ours.dtype == np.int64 and ours.tolist() == theirs.tolist() == wanted
    assert F.relu6(mg.tensor(x), inplace=True).tolist() == [0, 1, 6]


@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3, 4)])
def test_norms_of_integers_are_float32(shape: tuple[int, ...]) -> None:
    x = mg.arange(math.prod(shape)).reshape(shape)
    for norm in (lambda x: F.layer_norm(x, (4,)), F.instance_norm, lambda x: F.group_norm(x, 3)):
        assert norm(x).dtype == np.float32 and norm(x).tolist() == norm(x.float()).tolist()


def test_relu_keeps_integers_and_takes_any_layout() -> None:
    assert F.relu(mg.tensor([-1, 2])).tolist() == [0, 2]
    x = np.arange(-6.0, 6.0).reshape(3, 4)
    for view in (x.T, x[::-1, ::2], x[:, 1], x[1, 1], np.broadcast_to(x[0], (2, 4))):
        value, gradient = value_and_gradient(F.relu, view, 2.0)
        np.testing.assert_array_equal(value, np.maximum(view, 0))
        np.testing.assert_array_equal(gradient, 2.0 * (view > 0))
    summed = mg.tensor(x, requires_grad=True)
    mg.sum(F.relu(summed)).backward()  # a cotangent of stride 0
    assert summed.grad is not None
    np.testing.assert_array_equal(summed.grad.numpy(), x > 0)


# --------------------------------------------------------------------- softmax

SOFTMAXES = pytest.mark.parametrize("name", ["softmax", "log_softmax"])


@SOFTMAXES
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shift", [0.0, 1e4, -1e4])
def test_softmax_is_pytorchs(torch: Any, name: str, axis: int, shift: float) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 7)) * 10 + shift
    x[1, 2] -= 3000.0
    v = rng.normal(size=x.shape)
    ours = value_and_gradient(getattr(F, name), x, v, dim=axis)
    theirs = in_pytorch(torch, name, x, v, {"dim": axis})
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)


@SOFTMAXES
def test_an_entry_of_minus_infinity_gets_nothing(name: str) -> None:
    x = np.array([[1.0, -INF, 2.0], [-INF, -INF, 0.0]])
    v = np.random.default_rng(0).normal(size=x.shape)
    v[x == -INF] = 0  # what log(0) weighs; any other weight makes an infinite loss
    value, gradient = value_and_gradient(getattr(F, name), x, v, dim=-1)
    p = np.exp(value) if name == "log_softmax" else value
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(p[x == -INF], 0.0)
    np.testing.assert_array_equal(gradient[x == -INF], 0.0)
    assert np.isfinite(gradient).all()


def test_softmax_of_nothing_but_minus_infinity_is_nan() -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(F.softmax(mg.tensor([-INF, -INF]), dim=0).numpy()).all()


@SOFTMAXES
@pytest.mark.parametrize("shape", [(0,), (3, 0), (0, 3)])
def test_softmax_of_nothing(name: str, shape: tuple[int, ...]) -> None:
    value, gradient = value_and_gradient(getattr(F, name), np.zeros(shape), dim=-1)
    assert value.shape == gradient.shape == shape


# --------------------------------------------------------------------- errors


def test_softmax_over_an_axis_that_is_not_there() -> None:
    for axis in (2, -3):
        with pytest.raises(ValueError, match=rf"softmax\(.*dim={axis}\).*out of bounds"):
            F.softmax(mg.zeros((2, 2)), dim=axis)


def test_gelu_of_an_unknown_approximation() -> None:
    with pytest.raises(ValueError, match="approximate must be 'none' or 'tanh', got 'fast'"):
        F.gelu(mg.zeros(2), approximate="fast")


def test_softplus_with_a_beta_of_zero() -> None:
    with pytest.raises(ValueError, match="beta must not be 0"):
        F.softplus(mg.zeros(2), beta=0)


def test_coefficients_have_no_gradient() -> None:
    slope = mg.tensor(0.1, requires_grad=True)
    with pytest.raises(ValueError, match="no derivative with respect to 'negative_slope'"):
        F.leaky_relu(mg.zeros(2), slope)


def test_softplus_is_smooth_up_to_its_threshold() -> None:
    x = mg.tensor([2.0, np.nextafter(2.0, 3)], dtype="float64")
    assert F.softplus(x, threshold=2).tolist() == [np.log1p(np.exp(2.0)), x[1].item()]
