"""Arithmetic and the functions made of pieces: kinks, ties, zeros, dtypes, errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops import arithmetic, piecewise

NAN, INF = math.nan, math.inf


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


def gradients(function: Callable[..., mg.Tensor], *values: Any) -> list[Any]:
    """The gradients of function(*values), with a cotangent of ones, as lists."""
    leaves = [mg.tensor(v, requires_grad=True) for v in values]
    out = function(*leaves)
    out.backward(np.ones(out.shape, out.dtype))
    return [None if t.grad is None else t.grad.tolist() for t in leaves]


# --------------------------------------------------------------------- beside PyTorch

PAIRS = """
    add subtract multiply divide pow remainder hypot atan2 logaddexp maximum minimum
""".split()


@pytest.mark.parametrize("name", PAIRS)
def test_two_arguments_as_in_pytorch(torch: Any, name: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.uniform(0.2, 3, (20, 1)), rng.uniform(0.2, 3, (1, 30))
    if name != "pow":
        a, b = a * rng.choice([-1, 1], a.shape), b * rng.choice([-1, 1], b.shape)
    v = rng.uniform(0.5, 1.5, (20, 30))
    ours = [mg.tensor(x, requires_grad=True) for x in (a, b)]
    theirs = [torch.tensor(x, requires_grad=True) for x in (a, b)]
    out, wanted = getattr(mg, name)(*ours), getattr(torch, name)(*theirs)
    out.backward(v)
    wanted.backward(torch.tensor(v))
    np.testing.assert_allclose(out.numpy(), wanted.detach().numpy(), rtol=1e-12)
    for x, y in zip(ours, theirs, strict=True):
        assert x.grad is not None
        np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-11, atol=1e-12)


ONES = ("abs", "sign", "floor", "ceil", "round", "negative", "reciprocal", "square")


@pytest.mark.parametrize("name", ONES)
def test_one_argument_as_in_pytorch(torch: Any, name: str) -> None:
    x = np.array([-2.5, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.5, 1e100, -INF])
    ours, theirs = mg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out, wanted = getattr(mg, name)(ours), getattr(torch, name)(theirs)
    out.backward(np.ones(x.shape))
    wanted.backward(torch.ones(x.shape))
    np.testing.assert_array_equal(out.numpy(), wanted.detach().numpy())
    assert ours.grad is not None
    np.testing.assert_array_equal(ours.grad.numpy(), theirs.grad.numpy())


# --------------------------------------------------------------------- powers

BASES = (0.0, 1.0, 2.0, -2.0)


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0, 3.0, 0, 1, 2, 3])
def test_constant_exponents_as_in_pytorch_at_zero_too(torch: Any, exponent: float) -> None:
    ours = mg.tensor(np.array(BASES), requires_grad=True)
    theirs = torch.tensor(np.array(BASES), requires_grad=True)
    out, wanted = ours**exponent, theirs**exponent
    (first,) = mg.autograd.grad(out, ours, np.ones(4), create_graph=True)
    (wanted_first,) = torch.autograd.grad(wanted, theirs, torch.ones(4), create_graph=True)
    np.testing.assert_array_equal(out.numpy(), wanted.detach().numpy())
    np.testing.assert_array_equal(first.numpy(), wanted_first.detach().numpy())
    (second,) = mg.autograd.grad(first, ours, np.ones(4))
    exact = exponent * (exponent - 1) * np.array(BASES) ** max(exponent - 2, 0)
    np.testing.assert_array_equal(second.numpy(), exact)


def test_tensor_exponents_at_a_base_of_zero(torch: Any) -> None:
    x, y = np.zeros(4), np.array([0.0, 1.0, 2.0, 3.5])
    ours = [mg.tensor(a, requires_grad=True) for a in (x, y)]
    theirs = [torch.tensor(a, requires_grad=True) for a in (x, y)]
    mg.pow(*ours).backward(np.ones(4))
    torch.pow(*theirs).backward(torch.ones(4))
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad is not None
        np.testing.assert_array_equal(a.grad.numpy(), b.grad.numpy())


def test_a_root_has_an_infinite_gradient_at_zero() -> None:
    x = mg.tensor(0.0, requires_grad=True)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        (x**0.5).backward()
    assert x.grad is not None and x.grad.item() == INF


def test_constant_base_of_zero() -> None:
    assert gradients(lambda y: 0.0**y, [0.0, 1.0, 2.0]) == [[0.0, 0.0, 0.0]]


def test_integers_to_a_negative_power() -> None:
    with pytest.raises(ValueError, match=r"pow\(.*[Ii]ntegers to negative integer powers"):
        mg.tensor([1, 2]) ** -1


# --------------------------------------------------------------------- kinks: the declared policy


def test_kinks_of_one_argument() -> None:
    assert gradients(mg.abs, [0.0, -0.0]) == [[0.0, 0.0]]
    for flat in (mg.sign, mg.floor, mg.ceil, mg.round):
        assert gradients(flat, [0.0, 0.5, 1.0]) == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize("function", [mg.maximum, mg.minimum])
def test_ties_share_equally(function: Any) -> None:
    assert gradients(function, [1.0, INF], [1.0, INF]) == [[0.5, 0.5], [0.5, 0.5]]
    assert gradients(lambda x: function(x, x), [3.0]) == [[1.0]]


@pytest.mark.parametrize("function", [mg.maximum, mg.minimum])
def test_extremes_of_nan(function: Any) -> None:
    out = function(mg.tensor([NAN, 1.0]), mg.tensor([1.0, NAN]))
    assert np.isnan(out.numpy()).all()


def test_clip_passes_the_gradient_at_its_bounds() -> None:
    x = [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert gradients(lambda t: mg.clip(t, -1.0, 1.0), x) == [[0.0, 1.0, 1.0, 1.0, 0.0]]
    assert gradients(lambda t: mg.clip(t, min=-1.0), x) == [[0.0, 1.0, 1.0, 1.0, 1.0]]
    assert gradients(lambda t: mg.clip(t, max=1.0), x) == [[1.0, 1.0, 1.0, 1.0, 0.0]]
    assert gradients(piecewise.clip, x) == [[1.0] * 5]
    low, high = gradients(mg.clip, x, -1.0, 1.0)[1:]
    assert (low, high) == (1.0, 1.0)


@pytest.mark.parametrize("function", [mg.hypot, mg.atan2])
def test_nothing_passes_at_the_origin(function: Any) -> None:
    assert gradients(function, [0.0, -0.0], [0.0, 0.0]) == [[0.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_hypot_and_atan2_neither_overflow_nor_underflow(size: float) -> None:
    x = np.float64(size)
    root = math.sqrt(0.5)
    np.testing.assert_allclose(gradients(mg.hypot, np.array(x), np.array(x)), root)
    np.testing.assert_allclose(
        gradients(mg.atan2, np.array(x), np.array(x)), [0.5 / size, -0.5 / size]
    )


def test_where_stops_the_branch_not_taken() -> None:
    condition = mg.tensor([True, False, True])
    a, b = gradients(lambda a, b: mg.where(condition, a, b), [1.0, NAN, INF], [NAN, 2.0, NAN])
    assert a == [1.0, 0.0, 1.0] and b == [0.0, 1.0, 0.0]


def test_logaddexp_of_large_and_infinite_numbers() -> None:
    x, y = [1000.0, -1000.0, INF, -INF, -INF], [999.0, 1000.0, 0.0, 0.0, -INF]
    out = mg.logaddexp(mg.tensor(x), mg.tensor(y)).numpy()
    np.testing.assert_allclose(out, [1000 + math.log1p(math.exp(-1)), 1000, INF, 0, -INF])
    a, b = gradients(mg.logaddexp, x, y)
    s = 1 / (1 + math.exp(-1))
    np.testing.assert_allclose(a, [s, 0, 1, 0, 0.5], rtol=1e-6)
    np.testing.assert_allclose(b, [1 - s, 1, 0, 1, 0.5], rtol=1e-6)


def test_remainder_has_the_sign_of_the_divisor() -> None:
    x, y = np.array([7.0, -7.0, 7.0, -7.0]), np.array([3.0, 3.0, -3.0, -3.0])
    assert mg.remainder(x, y).tolist() == [1.0, 2.0, -2.0, -1.0]
    assert gradients(mg.remainder, x, y) == [[1.0] * 4, [-2.0, 3.0, 3.0, -2.0]]
    assert mg.floor_divide(x, y).tolist() == [2.0, -3.0, -3.0, 2.0]
    assert gradients(mg.floor_divide, x, y) == [[0.0] * 4, [0.0] * 4]


# --------------------------------------------------------------------- dtypes


@pytest.mark.parametrize(
    "function",
    [mg.add, mg.multiply, mg.divide, mg.pow, mg.maximum, mg.hypot, mg.logaddexp, mg.remainder],
)
@pytest.mark.parametrize("scalar", [2, 2.0, True, np.float64(2.0), np.int64(2)])
def test_scalars_do_not_widen(function: Any, scalar: Any) -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    for out in (function(x, scalar), function(scalar, x)):
        assert out.dtype == np.float32
        out.backward(np.ones(2))
    assert x.grad is not None and x.grad.dtype == np.float32


def test_bounds_do_not_widen() -> None:
    assert mg.clip(mg.tensor([1.0]), np.float64(0.1), np.array([0.5])[0]).dtype == np.float32


def test_integers_stay_where_the_function_can() -> None:
    x = mg.tensor([1, -2])
    for function in (mg.abs, mg.negative, mg.square, mg.sign):
        assert function(x).dtype == np.int64
    assert mg.maximum(x, 0).dtype == np.int64
    assert mg.floor_divide(x, 2).tolist() == [0, -1]
    assert mg.divide(x, 2).dtype == np.float32
    assert mg.reciprocal(x).tolist() == [1.0, -0.5]
    assert mg.add(x, mg.tensor([1.0, 1.0])).dtype == np.float32


def test_two_floats_give_the_wider() -> None:
    assert mg.add(mg.tensor([1.0]), np.array([1.0])).dtype == np.float64


@pytest.mark.parametrize("function", [mg.hypot, mg.atan2, mg.logaddexp])
def test_small_integers_are_not_computed_in_half_precision(function: Any) -> None:
    x = np.array([3], np.uint8)
    out = function(mg.tensor(x), mg.tensor(x))
    wanted = function(mg.tensor([3.0]), 3.0)
    assert out.dtype == np.float32 and out.tolist() == wanted.tolist()


# --------------------------------------------------------------------- comparing


def test_comparisons_have_no_gradient_and_know_nan() -> None:
    x = mg.tensor([1.0, NAN], requires_grad=True)
    assert mg.eq(x, x).tolist() == [True, False]
    assert mg.ne(x, x).tolist() == [False, True]
    assert (x < 2).tolist() == [True, False]
    assert not (x < 2).requires_grad
    assert mg.isnan(x).tolist() == [False, True] and not mg.isnan(x).requires_grad
    assert mg.logical_not(mg.logical_or(x > 0, mg.isnan(x))).tolist() == [False, False]


# --------------------------------------------------------------------- errors

BINARY = ("add", "subtract", "multiply", "divide", "pow", "maximum", "hypot", "logaddexp")


@pytest.mark.parametrize("name", [*BINARY, "eq", "lt", "logical_and"])
def test_shapes_that_do_not_broadcast(name: str) -> None:
    a, b = mg.zeros((2, 3)), mg.zeros((4,))
    with pytest.raises(ValueError, match=rf"{name}\(x1=float32\[2, 3\], x2=float32\[4\]\)"):
        (getattr(arithmetic, name, None) or getattr(mg, name))(a, b)


def test_clip_with_crossed_bounds() -> None:
    assert mg.clip(mg.tensor([0.0, 5.0]), 2.0, 1.0).tolist() == [1.0, 1.0]  # as in PyTorch
    with pytest.raises(ValueError, match=r"clip\(.*min is above max"):
        piecewise.clip(mg.tensor([1.0]), 2.0, 1.0)


def test_a_condition_that_requires_a_gradient() -> None:
    x = mg.tensor([1.0, 0.0], requires_grad=True)
    with pytest.raises(ValueError, match="where has no derivative with respect to 'condition'"):
        mg.where(x, x, 0.0)


@pytest.mark.parametrize("name", ["add", "abs", "exp", "hypot", "maximum"])
@pytest.mark.parametrize("dtype", [np.complex128, np.float16, object])
def test_dtypes_without_rules(name: str, dtype: Any) -> None:
    x = np.ones(2, dtype)
    arguments = (x,) if name in ("abs", "exp") else (x, x)
    with pytest.raises(TypeError, match=rf"{name}.*({np.dtype(dtype)}|numbers)"):
        getattr(mg, name)(*arguments)


def test_the_mixed_derivative_of_a_power_of_zero() -> None:
    x, y = (mg.tensor(v, dtype="float64", requires_grad=True) for v in (2.0, 0.0))
    (g,) = mg.autograd.grad(x**y, x, create_graph=True)
    g.backward()
    assert y.grad is not None and y.grad.item() == 0.5
