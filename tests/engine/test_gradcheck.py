"""The checker: passes what is right, and catches what is wrong by a thousandth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor


@pytest.fixture(autouse=True)
def _forget_own_operations() -> Iterator[None]:
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def square_with(rule: Any) -> Any:
    """x * x with somebody's rule."""

    @mg.operation
    def squared(x):
        return x * x

    squared.gradient("x")(rule)
    return squared


X = np.array([[0.5, -1.5], [2.0, 0.25]])


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x * x,
        lambda x: mg.sum(mg.exp(x)),
        lambda x: mg.sin(x)[0],
        lambda x: (mg.sin(x), mg.cos(x)),
        lambda x: x.detach() * x + x * 0.0,
        lambda x: mg.concat([x, x.T]),
    ],
)
def test_right_functions_pass(function: Any) -> None:
    if "detach" in function.__code__.co_names:
        with pytest.raises(mg.GradcheckError):
            mg.gradcheck(function, X)
        return
    report = mg.gradcheck(function, X, order=2)
    assert report and report.passed


def test_the_error_of_central_differences() -> None:
    """h**2 / 6 |f'''| + 1e-16 |f| / h: below 1e-8 for smooth functions of size 1."""
    for function in (mg.sin, mg.exp, mg.tanh, lambda x: x * x * x, lambda x: 1.0 / (3.0 + x)):
        report = mg.gradcheck(function, np.linspace(-1.5, 1.5, 101))
        assert report.rows[0].absolute < 1e-8


@pytest.mark.parametrize("factor", [1 + 1e-3, 1 - 1e-3, 1 + 1e-4, 0.0, -1.0, np.nan, np.inf])
def test_a_wrong_factor_fails(factor: float) -> None:
    f = square_with(lambda g, x: g * 2 * x * factor)
    with np.errstate(invalid="ignore"):
        assert not mg.gradcheck(f, X, raise_exception=False)
        with pytest.raises(mg.GradcheckError, match="the gradient by x"):
            mg.gradcheck(f, X)


def test_the_worst_element_is_named() -> None:
    spoilt = np.array([[0.0, 0.0], [0.0, 1e-3]])
    f = square_with(lambda g, x: g * 2 * x + spoilt * g)
    report = mg.gradcheck(lambda x, y: f(x) * y, (X, np.ones((2, 2))), raise_exception=False)
    wrong, right = report.rows
    assert (wrong.name, wrong.shape, wrong.passed) == ("0", (2, 2), False)
    assert wrong.worst == (1, 1)
    assert 0.4e-3 < wrong.absolute < 1.6e-3
    assert abs(wrong.analytic - wrong.numerical) == pytest.approx(wrong.absolute)
    assert right.passed and right.name == "1"
    text = str(report)
    assert "(1, 1)" in text and text.count("WRONG") == 1 and text.count(" ok") == 1


def test_one_wrong_input_among_right_ones_is_enough_to_fail() -> None:
    wrong = square_with(lambda g, x: g * 2.002 * x)
    for function, passed in (
        (lambda a, b: wrong(a) + b, [False, True]),
        (lambda a, b: a + wrong(b), [True, False]),
    ):
        report = mg.gradcheck(function, [X, X], raise_exception=False)
        assert [row.passed for row in report.rows] == passed
        assert not report.passed and not report
        with pytest.raises(mg.GradcheckError):
            mg.gradcheck(function, [X, X])


def test_a_single_wrong_element_among_many() -> None:
    x = np.linspace(1.0, 2.0, 200)
    spoilt = np.zeros(200)
    spoilt[137] = 1e-3
    f = square_with(lambda g, x: g * 2 * x + spoilt * g)
    report = mg.gradcheck(f, x, raise_exception=False)
    assert report.rows[0].worst == (137,) and not report


def test_a_term_that_a_uniform_cotangent_would_hide() -> None:
    """Under a cotangent of ones the gradient of softmax is 0, whatever its second term."""

    @mg.operation
    def soft(x):
        e = np.exp(x)
        return e / e.sum()

    @soft.gradient("x")
    def _(g, out):
        return 0.5 * (g * out - out * (g * out).sum())

    x = mg.tensor(np.array([0.1, 0.5, -1.0]), requires_grad=True)
    mg.sum(soft(x)).backward()
    np.testing.assert_allclose(x.grad.numpy(), 0.0, atol=1e-15)  # type: ignore[union-attr]
    assert not mg.gradcheck(soft, x, raise_exception=False)


def test_a_gradient_of_none_counts_as_zero() -> None:
    assert mg.gradcheck(lambda x, y: x * 2.0, (X, X))
    assert mg.gradcheck(lambda x: mg.ones((2, 2)), X, order=2)
    assert not mg.gradcheck(lambda x: x.detach() * 2.0, X, raise_exception=False)


def test_second_order_finds_what_the_first_cannot() -> None:
    f = square_with(lambda g, x: g * 2 * (x.detach() if isinstance(x, Tensor) else x))
    assert mg.gradcheck(f, X)
    report = mg.gradcheck(f, X, order=2, raise_exception=False)
    assert [row.name for row in report.rows] == ["x", "dx", "dx/x", "dx/v"]
    assert [row.passed for row in report.rows] == [True, True, False, True]


def test_order_2_compares_the_two_ways_of_a_fused_rule() -> None:
    """A rule with one formula for arrays and another for tensors: both are checked."""
    f = square_with(lambda g, x: g * x * (2.001 if isinstance(g, Tensor) else 2))
    assert mg.gradcheck(f, X)
    report = mg.gradcheck(f, X, order=2, raise_exception=False)
    assert not {row.name: row.passed for row in report.rows}["dx"]


def test_the_table() -> None:
    text = str(mg.gradcheck(lambda x, y: x * y, (X, 2.0), order=2, seed=3))
    head, *rows, settings = text.splitlines()
    assert head.split("  ")[0] == "input" and "analytic" in head and "numerical" in head
    names = [row.split()[0] for row in rows]
    assert names == ["0", "1", *(f"d{k}{rest}" for k in "01" for rest in ("", "/0", "/1", "/v"))]
    assert all(row.endswith("ok") for row in rows)
    assert settings == "float64, eps 1e-05, rtol 1e-05, atol 1e-07, seed 3"
    assert not any(line.endswith(" ") for line in text.splitlines())


def test_the_error_says_what_is_wrong_and_then_shows_the_table() -> None:
    f = square_with(rule := lambda g, x: g * x)
    with pytest.raises(mg.GradcheckError) as caught:
        mg.gradcheck(f, 3.0)
    report = mg.gradcheck(f, 3.0, raise_exception=False)
    first, second, *rest = str(caught.value).splitlines()
    row = report.rows[0]
    numbers = f"{row.analytic:.9g}, and should be {row.numerical:.9g}"
    assert first.startswith(f"the gradient by x is {numbers}, for g = ")
    assert row.numerical == pytest.approx(2 * row.analytic)
    assert second == f"the rule: {__file__}:{rule.__code__.co_firstlineno}"
    assert "\n".join(rest[1:]) == str(report)


def test_names_of_the_rows() -> None:
    assert [row.name for row in mg.gradcheck(mg.multiply, (2.0, X)).rows] == ["x1", "x2"]
    assert mg.gradcheck(lambda w: w * w, X, names=["w"]).rows[0].name == "w"
    with pytest.raises(ValueError, match="gradcheck: names: wanted 1 of them, got 2"):
        mg.gradcheck(lambda w: w * w, X, names=["w", "b"])


def test_inputs_of_every_kind() -> None:
    for inputs in (X, mg.tensor(X), [X], (mg.tensor(X, requires_grad=True),), 2.0, [[1.0, 2.0]]):
        assert mg.gradcheck(lambda x: x * x, inputs)
    assert mg.gradcheck(lambda x, i: x[i], (X, np.array([0, 0, 1])), order=2)
    assert mg.gradcheck(lambda x: x * x, X.astype(np.float32)).settings.startswith("float64")
    assert mg.gradcheck(lambda x: x * x, np.ones((0, 3)), order=2)


def test_inputs_and_their_gradients_are_left_alone() -> None:
    x = mg.tensor(X, requires_grad=True)
    mg.sum(x).backward()
    mg.gradcheck(lambda x: x * x, x, order=2)
    np.testing.assert_array_equal(x.numpy(), X)
    np.testing.assert_array_equal(x.grad.numpy(), np.ones((2, 2)))  # type: ignore[union-attr]


def test_a_function_that_is_not_deterministic() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="must be deterministic"):
        mg.gradcheck(lambda x: x * rng.normal(), X)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"eps": 0.0}, "wanted eps > 0"),
        ({"eps": -1e-5}, "wanted eps > 0"),
        ({"rtol": -1e-5}, "rtol and atol >= 0"),
        ({"atol": -1e-5}, "rtol and atol >= 0"),
        ({"order": 0}, "order must be 1 or 2, got 0"),
        ({"order": 3}, "order must be 1 or 2, got 3"),
    ],
)
def test_settings_out_of_range(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mg.gradcheck(lambda x: x * x, X, **settings)


def test_integers_alone_have_nothing_to_differentiate() -> None:
    with pytest.raises(ValueError, match="no input is floating"):
        mg.gradcheck(lambda x: x * 2, np.arange(3))


def test_settings_are_used() -> None:
    f = square_with(lambda g, x: g * 2 * x * (1 + 1e-3))
    assert not mg.gradcheck(f, X, raise_exception=False)
    assert mg.gradcheck(f, X, rtol=1e-2)
    assert mg.gradcheck(f, X, rtol=0.0, atol=1e-1)


def test_cotangents_of_another_shape_are_refused() -> None:
    x = mg.tensor(X, requires_grad=True)
    assert mg.autograd.gradgradcheck(mg.exp, x, mg.ones(*X.shape))
    with pytest.raises(ValueError, match=r"grad_outputs: wanted shapes .*, got \[\(7,\)\]"):
        mg.autograd.gradgradcheck(mg.exp, x, mg.ones(7))


def test_a_step_that_is_lost_in_rounding() -> None:
    with pytest.raises(ValueError, match="lost in rounding beside an input of 1e\\+12"):
        mg.gradcheck(lambda x: x * 2, mg.tensor(1e12, dtype=mg.float64))
    for option in ("eps", "rtol", "atol"):
        with pytest.raises(ValueError, match="wanted eps > 0"):
            mg.gradcheck(lambda x: x * 2, 1.0, **{option: float("nan")})


@pytest.mark.parametrize("output", [3.0, None, (3.0,)])
def test_a_function_that_gives_no_tensors(output: Any) -> None:
    with pytest.raises(TypeError, match="function: wanted one that gives a tensor"):
        mg.gradcheck(lambda x: output, 1.0)


def test_the_words_say_which_derivative_is_wrong() -> None:
    """Of the first order, of the gradient as it is recorded, and of the second order."""

    def first(x: Any) -> Any:
        return x * x.detach()

    class Recorded(mg.autograd.Function):
        """Right in an ordinary pass, and half of it where the pass is recorded."""

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * x * (1 if mg.is_grad_enabled() else 2)

    class Second(Recorded):
        """Right in both, but the gradient's own derivative by x is lost."""

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * 2 * x.detach()

    for function, order, words in (
        (first, 1, r"the gradient by 0\[0\] is .*, and should be .*, for g = "),
        (Recorded.apply, 2, r"d0\[0\], as create_graph makes it, is "),
        (Second.apply, 2, r"the gradient of d0 by 0\[0(, 0)?\] is 0, and should be "),
    ):
        with pytest.raises(RuntimeError, match=words):
            mg.gradcheck(function, ([3.0],), order=order)
    with pytest.raises(TypeError, match="gradcheck: function: wanted a function, got int"):
        mg.gradcheck(3, [1.0])
