"""Elementary functions at special points, beside PyTorch, and the accuracy of erf."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F

NAMES = """
    acos acosh asin asinh atan atanh cos cosh erf erfc exp expm1 log log10 log1p log2 sin sinh
    sqrt tan tanh
""".split()
SPECIAL = (0.0, -0.0, 0.5, 1.0, -1.0, 2.0, 1e-300, 1e-10, 30.0, -30.0, np.inf, -np.inf, np.nan)


@pytest.fixture
def torch() -> Any:
    return pytest.importorskip("torch")


@pytest.mark.parametrize("name", NAMES)
def test_value_and_gradient_are_pytorchs(torch: Any, name: str) -> None:
    """Also at infinities and at the ends of the domain, where NumPy warns."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-3, 3, 200), SPECIAL])
    v = rng.uniform(0.5, 1.5, x.shape)
    ours, theirs = mg.tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        out = getattr(mg, name)(ours)
        out.backward(v)
    wanted = getattr(torch, name)(theirs)
    wanted.backward(torch.tensor(v))
    np.testing.assert_allclose(out.numpy(), wanted.detach().numpy(), rtol=1e-12, atol=1e-15)
    assert ours.grad is not None
    inside = ~np.isnan(out.numpy())
    np.testing.assert_allclose(
        ours.grad.numpy()[inside], theirs.grad.numpy()[inside], rtol=1e-11, atol=1e-15
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.int64])
def test_integers_are_not_computed_in_half_precision(name: str, dtype: type) -> None:
    """NumPy alone answers bools and 8-bit integers in float16."""
    x = np.array([1, 1], dtype)
    function = getattr(mg, name)
    with np.errstate(divide="ignore"):  # atanh(1)
        wanted = function(x.astype(np.float32)).numpy()
        for given, expected in ((x, wanted), (x[0], wanted[0])):
            out = function(mg.tensor(given))
            assert out.dtype == np.float32
            np.testing.assert_array_equal(out.numpy(), expected)


@pytest.mark.parametrize(
    ("name", "outside"), [("sqrt", -1.0), ("log", -1.0), ("asin", 2.0), ("acosh", 0.0)]
)
def test_outside_of_the_domain_is_nan_with_numpys_warning(name: str, outside: float) -> None:
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert math.isnan(getattr(mg, name)(outside).item())


@pytest.mark.parametrize(("name", "end"), [("sqrt", 0.0), ("asin", 1.0), ("acosh", 1.0)])
def test_vertical_tangents_have_an_infinite_gradient(name: str, end: float) -> None:
    x = mg.tensor(end, requires_grad=True)
    out = getattr(mg, name)(x)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        out.backward()
    assert x.grad is not None and x.grad.item() == math.inf


def ulps(actual: np.ndarray, exact: np.ndarray) -> float:
    return float(np.max(np.abs(actual - exact) / np.spacing(np.abs(exact))))


def points() -> np.ndarray:
    """Dense where values are of size 1, and on both sides of where other formulas begin."""
    ends = np.array([0.425, 0.85])
    near = np.concatenate([np.nextafter(ends, 0), ends, np.nextafter(ends, 9)])
    rng = np.random.default_rng(1)
    return np.concatenate([near, -near, rng.uniform(-6, 6, 20_000), rng.normal(size=5_000) * 0.3])


def test_erf_is_accurate_to_four_units_in_the_last_place() -> None:
    x = points()
    exact = np.array([math.erf(v) for v in x])
    erf = mg.erf(x).numpy()
    assert np.abs(erf - exact).max() < 4e-16
    assert ulps(erf, exact) <= 4


def test_erfc_keeps_its_relative_accuracy_in_the_tail() -> None:
    x = np.concatenate([points(), np.linspace(6, 26, 5_000)])
    exact = np.array([math.erfc(v) for v in x])
    erfc = mg.erfc(x).numpy()
    assert np.abs(erfc - exact).max() <= 2 * np.spacing(1.0)
    assert ulps(erfc, exact) <= 10


def test_erf_in_single_precision() -> None:
    x = points().astype(np.float32)
    for function, exact in ((mg.erf, math.erf), (mg.erfc, math.erfc)):
        out = function(x).numpy()
        assert out.dtype == np.float32
        np.testing.assert_allclose(out, [exact(v) for v in x], rtol=8e-7)


def test_erf_at_zero_and_infinity() -> None:
    x = mg.tensor([0.0, -0.0, np.inf, -np.inf, np.nan, 1000.0])
    erf = mg.erf(x).numpy()
    np.testing.assert_array_equal(erf, [0, 0, 1, -1, np.nan, 1])
    assert np.signbit(erf[1]), "erf is odd"
    np.testing.assert_array_equal(mg.erfc(x).numpy(), [1, 1, 0, 2, np.nan, 0])


@pytest.mark.parametrize("name", ["expm1", "log1p"])
def test_small_numbers_keep_their_digits(name: str) -> None:
    x = np.array([1e-12, -1e-12])
    np.testing.assert_allclose(getattr(mg, name)(x).numpy(), x, rtol=1e-11)


def test_logit_holds_its_input_within_eps_of_both_ends():
    p = mg.tensor([0.0, 0.1, 0.5, 1.0], dtype="float64")
    np.testing.assert_allclose(mg.logit(p, 0.25).numpy(), np.log([1 / 3, 1 / 3, 1, 3]))


def slopes(function: Any, *values: float) -> list[float]:
    xs = [mg.tensor(v, dtype="float64", requires_grad=True) for v in values]
    with np.errstate(all="ignore"):
        function(*xs).backward()
    return [x.grad.item() for x in xs]


def test_products_with_a_logarithm_have_their_slope_at_zero_too() -> None:
    """x log y and x log(1 + y) are linear in x, so that x = 0 is no kink."""
    xlog1py = mg.special.xlog1py
    assert slopes(mg.xlogy, 0.0, 2.0) == [math.log(2.0), 0.0]
    assert slopes(xlog1py, 0.0, 2.0) == pytest.approx([math.log(3.0), 0.0], rel=1e-15)
    assert slopes(mg.xlogy, 3.0, 2.0) == [math.log(2.0), 1.5]
    for function, pole in ((mg.xlogy, 0.0), (xlog1py, -1.0)):
        assert slopes(function, 0.0, pole) == [0.0, 0.0]
        assert function(0.0, pole - 1.0).item() == 0.0
        assert function(0.0, math.inf).item() == 0.0
        assert math.isnan(function(0.0, math.nan).item())
    small: Any = xlog1py(mg.tensor(2.0, dtype="float64"), 1e-20)
    assert small.item() == 2e-20
    assert slopes(mg.special.entr, 0.0) == [math.inf]
    assert slopes(mg.special.entr, 0.5) == pytest.approx([math.log(2.0) - 1.0], rel=1e-15)


def test_a_single_number_does_not_widen_a_product_with_a_logarithm() -> None:
    x, y = mg.ones(2), mg.tensor(2.0, dtype=mg.float64)
    for function in (mg.xlogy, mg.special.xlog1py):
        assert function(x, y).dtype == function(y, x).dtype == mg.float32
        assert function(x.long(), y).dtype == mg.float64


@pytest.mark.parametrize(
    "function",
    [mg.xlogy, mg.special.xlog1py, mg.logaddexp2, F.cosine_similarity],
    ids=lambda f: f.__name__,
)
def test_what_is_beside_float64_is_not_rounded_to_float32_first(function: Any) -> None:
    x = mg.tensor([[0.3, 0.7, 0.9]], dtype=mg.float64)
    for other in (mg.tensor([[3, 7, 11]]), mg.tensor([[3.3, 7.1, 11.7]])):
        for pair in ((x, other), (other, x)):
            got, wanted = function(*pair), function(*(t.double() for t in pair))
            assert got.dtype == mg.float64 and got.tolist() == wanted.tolist()


def test_logit_and_hardswish_at_their_ends() -> None:
    assert slopes(mg.logit, 0.0) == slopes(mg.logit, 1.0) == [math.inf]
    assert slopes(mg.logit, 0.25) == pytest.approx([1 / (0.25 * 0.75)], rel=1e-15)
    assert np.isnan([slopes(mg.logit, -0.5), slopes(mg.logit, 1.5)]).all()
    assert slopes(F.hardswish, math.inf) == [1.0]
    assert slopes(F.hardswish, -math.inf) == [0.0]
    assert slopes(F.hardswish, 1.0) == pytest.approx([5 / 6], rel=1e-15)


def test_ndtri_in_the_tail() -> None:
    """Values of PyTorch's; NumPy has none."""
    at = [5e-324, 1e-310, 1e-300, 1e-20, 0.01, 0.5, 0.9, 1.0]
    wanted = [-38.46740561714434, -37.663060331949524, -37.0470962993612, -9.262340089798409,
              -2.3263478740408408, 0.0, 1.2815515655446004, math.inf]  # fmt: skip
    p = mg.tensor(at, dtype="float64", requires_grad=True)
    x = mg.special.ndtri(p)
    np.testing.assert_allclose(x.detach().numpy(), wanted, rtol=1e-7, atol=1e-15)
    np.testing.assert_allclose(x.detach().numpy()[2:], wanted[2:], rtol=1e-14, atol=1e-15)
    assert slopes(mg.special.ndtri, 0.5) == pytest.approx([math.sqrt(2 * math.pi)], rel=1e-15)
    assert np.isnan(mg.special.ndtri(mg.tensor([-0.1, 1.1])).numpy()).all()


def test_running_logarithms_of_sums_keep_small_numbers() -> None:
    x = mg.tensor([-1000.0, 1000.0, 1000.0], dtype="float64", requires_grad=True)
    out = mg.logcumsumexp(x, 0)
    np.testing.assert_allclose(out.detach().numpy(), [-1000, 1000, 1000 + math.log(2)], rtol=1e-15)
    out.sum().backward()
    assert x.grad.tolist() == [1.0, 1.5, 0.5]
    wide = np.random.default_rng(0).normal(size=(3, 4, 2))
    for dim in (0, 1, -1):
        got = mg.logcumsumexp(mg.tensor(wide), dim).numpy()
        np.testing.assert_allclose(got, np.log(np.cumsum(np.exp(wide), dim)), rtol=1e-14)


def test_the_gamma_family_to_the_last_digits() -> None:
    """Abramowitz and Stegun 6.1.8, 6.3.2, 6.3.3, 6.4.2 and 6.4.4."""
    x, euler, zeta3 = np.array([0.5, 1, 2, 3, 10]), 0.57721566490153286, 1.2020569031595942
    log_gamma = [np.log(np.pi) / 2, 0, 0, np.log(2), np.log(362880)]
    harmonic = [-2 * np.log(2), 0, 1, 1.5, sum(1 / k for k in range(1, 10))]
    squares = [0, 1, 1.25, sum(1 / k**2 for k in range(1, 10))]
    found = mg.lgamma(mg.tensor(x)).numpy(), mg.digamma(mg.tensor(x)).numpy()
    np.testing.assert_allclose(found, [log_gamma, np.array(harmonic) - euler], 4e-15, 8e-15)
    trigamma = [np.pi**2 / 2, *(np.pi**2 / 6 - np.array(squares))]
    np.testing.assert_allclose(mg.polygamma(1, mg.tensor(x)).numpy(), trigamma, 4e-15)
    second = [-14 * zeta3, -2 * zeta3, -2 * (zeta3 - 1)]
    np.testing.assert_allclose(mg.polygamma(2, mg.tensor(x[:3])).numpy(), second, 4e-15)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sinc_near_0(dtype: str) -> None:
    """Its derivative is -pi^2 x / 3 there; the quotients that it is made of cancel, or are inf."""
    x = mg.tensor([0.0, 1e-45, 1e-40, -1e-23, 1e-10, -1e-4], dtype=dtype, requires_grad=True)
    (slope,) = mg.autograd.grad(mg.sinc(x).sum(), x, create_graph=True)
    wanted = -(math.pi**2) * x.detach().numpy() / 3
    np.testing.assert_allclose(slope.detach().numpy(), wanted, rtol=1e-6, atol=2e-45)
    (bend,) = mg.autograd.grad(slope.sum(), x)
    np.testing.assert_allclose(bend.numpy(), np.full(6, -(math.pi**2) / 3), rtol=1e-6)


def test_none_is_no_tensor_as_in_pytorch() -> None:
    w = mg.ones(2)
    assert (w.grad == None, w == None, None == w, w != None) == (True, False, False, True)  # noqa: E711
    assert [None, w].index(w) == 1
    for compare in (mg.eq, mg.ne):
        with pytest.raises(TypeError, match="None"):
            compare(w, None)


def test_the_inverse_of_the_error_function_in_its_tails() -> None:
    """To the last double below 1, and to the smallest ones."""
    powers = 2.0 ** -np.arange(1, 54)
    for sign in (1, -1):
        found = mg.erfinv(mg.tensor(sign * (1 - powers))).numpy() * sign
        np.testing.assert_allclose([math.erfc(x) for x in found], powers, rtol=1e-13)
        near = sign * 10.0 ** -np.arange(1, 300, 10)
        found = mg.erfinv(mg.tensor(near)).numpy()
        np.testing.assert_allclose([math.erf(x) for x in found], near, rtol=1e-13)
    assert mg.erfinv(mg.tensor([1.0, -1.0, 0.0])).tolist() == [math.inf, -math.inf, 0.0]
    assert np.isnan(mg.erfinv(mg.tensor([1.5, -1.5, math.nan])).numpy()).all()


def test_the_gamma_family_far_from_where_it_is_usual() -> None:
    """As the C library has it; and from each x to x + 1 by the recurrence (DLMF 5.5.2, 5.15.5)."""
    wide = np.concatenate([10.0 ** np.arange(-300, 300, 7.3), -np.arange(0.15, 40, 0.7)])
    exact = [math.lgamma(x) for x in wide]
    np.testing.assert_allclose(mg.lgamma(mg.tensor(wide)).numpy(), exact, 1e-12, 1e-12)
    x = np.concatenate([np.geomspace(0.5, 50, 40), -np.arange(0.35, 20, 0.7)])
    here, there = mg.tensor(x), mg.tensor(x + 1)
    step = (mg.digamma(there) - mg.digamma(here)).numpy()
    np.testing.assert_allclose(step, 1 / x, 1e-10, 1e-12)
    for n in range(1, 6):
        step = (-1) ** n * math.factorial(n) / x ** (n + 1)
        wanted = mg.polygamma(n, here).numpy() + step
        np.testing.assert_allclose(mg.polygamma(n, there).numpy(), wanted, 1e-8)
    large = np.array([1e4, 1e8, 1e15])
    np.testing.assert_allclose(mg.digamma(mg.tensor(large)).numpy(), np.log(large), 1e-5)
    for n in (1, 2, 3):
        far = mg.polygamma(n, mg.tensor(large)).numpy()
        np.testing.assert_allclose(far, (-1) ** (n + 1) * math.factorial(n - 1) / large**n, 1e-3)
