"""Special points and bad input of `minigrad/ops/reductions.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg

REDUCTIONS = [
    mg.sum, mg.mean, mg.prod, mg.amax, mg.amin, mg.var, mg.std, mg.logsumexp, mg.vector_norm,
    mg.cumsum, mg.argmax, mg.argmin, mg.all, mg.any, mg.count_nonzero,
]  # fmt: skip


def gradient(function: Callable[..., mg.Tensor], x: Any, v: Any = None, **kwargs: Any) -> Any:
    leaf = mg.tensor(np.asarray(x, np.float64), requires_grad=True)
    out = function(leaf, **kwargs)
    out.backward(None if v is None else np.asarray(v, np.float64))
    assert leaf.grad is not None
    return leaf.grad.tolist()


@pytest.mark.parametrize(
    "function", [mg.sum, mg.prod, mg.nansum, mg.cumsum, mg.logsumexp, mg.trapezoid, mg.trapz]
)
def test_nothing_has_a_gradient_of_nothing(function: Callable[..., mg.Tensor]) -> None:
    leaf = mg.zeros((2, 0), requires_grad=True)
    function(leaf, dim=1).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.shape == (2, 0)


# --------------------------------------------------------------------- prod


@pytest.mark.parametrize("zeros", range(5))
@pytest.mark.parametrize("n", [4, 5, 8])
def test_prod_with_zeros(zeros: int, n: int) -> None:
    """The derivative by each element is the product of the others, by any count of zeros."""
    rng = np.random.default_rng(zeros + n)
    x = rng.uniform(0.5, 2, n)
    x[rng.permutation(n)[:zeros]] = 0
    wanted = [np.prod(np.delete(x, i)) for i in range(n)]
    np.testing.assert_allclose(gradient(mg.prod, x), wanted, rtol=1e-14)


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_prod_has_second_derivatives_at_zeros(zeros: int) -> None:
    x = np.array([[2.0, 3.0, -1.5, 0.5], [1.0, 1.5, 2.0, 2.5]])
    x[0, :zeros] = 0
    mg.gradcheck(lambda t: mg.prod(t, axis=1), x, order=2)


def test_prod_has_third_derivatives_at_zeros() -> None:
    x = mg.tensor([0.0, 0.0, 0.0, 5.0], requires_grad=True)
    g: Any = mg.prod(x)
    for i in range(3):
        (g,) = mg.autograd.grad(g, x, create_graph=True)
        g = g[i]
    assert g.item() == 5.0  # d3 (a b c d) / da db dc = d


# --------------------------------------------------------------------- max and min


@pytest.mark.parametrize("function", [mg.amax, mg.amin])
def test_ties_share_equally(function: Any) -> None:
    assert gradient(function, [2.0, 2.0, 2.0, 2.0]) == [0.25] * 4
    x = [[1.0, 1.0, 5.0], [5.0, 5.0, 1.0]]
    along = np.array(x) == (1.0 if function is mg.amin else 5.0)
    assert gradient(function, x) == (along / 3).tolist()
    wanted = along * (np.array([[3.0], [4.0]]) / along.sum(1, keepdims=True))
    assert gradient(function, x, [3.0, 4.0], axis=1) == wanted.tolist()


def test_max_of_float32_with_ties_stays_float32() -> None:
    x = mg.tensor([1.0, 1.0], requires_grad=True)
    (g,) = mg.autograd.grad(mg.max(x), x)
    assert g.dtype == np.float32


@pytest.mark.parametrize("extreme", [mg.max, mg.min, mg.amax, mg.amin, mg.median])
def test_an_extreme_shows_nan_and_its_gradient_goes_there(extreme: Any) -> None:
    assert np.isnan(extreme(mg.tensor([1.0, np.nan])).item())
    assert gradient(extreme, [1.0, np.nan, 3.0, np.nan]) == [0, 0.5, 0, 0.5]


def test_the_largest_of_rows_of_which_one_has_a_nan() -> None:
    x = mg.tensor([[1.0, np.nan, 3.0], [2.0, 5.0, 5.0]], requires_grad=True)
    mg.amax(x, 1).sum().backward()
    assert x.grad.tolist() == [[0, 1, 0], [0, 0.5, 0.5]]


def test_the_gradient_of_a_quantile_goes_to_the_nan() -> None:
    rows = [[1.0, np.nan, -2.0], [1.0, 2.0, 4.0]]
    x = mg.tensor(rows, dtype=mg.float64, requires_grad=True)
    values = mg.quantile(x, mg.tensor([0.0, 0.3], dtype=mg.float64), 1)
    assert np.isnan(values.tolist()).tolist() == [[True, False], [True, False]]
    values.sum().backward()
    np.testing.assert_allclose(x.grad.tolist(), [[0, 2, 0], [1.4, 0.6, 0]])


def test_the_median_of_no_whole_numbers() -> None:
    with pytest.raises(IndexError, match=r"median: input: shape \(0, 3\) has no elements"):
        mg.median(mg.zeros(0, 3, dtype=mg.int64))


def test_max_of_nothing() -> None:
    with pytest.raises(ValueError, match=r"max.*zero-size"):
        mg.max(mg.zeros((0,)))
    assert mg.max(mg.zeros((0, 3)), axis=1).values.shape == (0,)


def test_argmax_takes_the_first_of_ties() -> None:
    assert mg.argmax([1.0, 3.0, 3.0]).item() == 1
    assert mg.argmin([[2, 1], [1, 1]]).item() == 1


# --------------------------------------------------------------------- var and std


@pytest.mark.parametrize("correction", [0, 1])
def test_std_of_equal_values_has_gradient_zero(correction: int) -> None:
    assert gradient(mg.std, [2.0, 2.0, 2.0], correction=correction) == [0.0] * 3


def test_std_has_finite_second_derivatives_at_zero() -> None:
    x = mg.tensor([2.0, 2.0], requires_grad=True)
    (g,) = mg.autograd.grad(mg.std(x), x, create_graph=True)
    (h,) = mg.autograd.grad((g * mg.tensor([1.0, 3.0])).sum(), x)
    assert np.isfinite(h.numpy()).all()


def test_correction_is_bessels() -> None:
    x = np.array([1.0, 2.0, 4.0])
    assert mg.var(x, correction=1).item() == pytest.approx(np.var(x, ddof=1), rel=1e-15)
    assert mg.var(x, correction=0).item() == pytest.approx(np.var(x), rel=1e-15)
    assert mg.var(x).item() == mg.var(x, correction=1).item() == mg.var(x, unbiased=True).item()


def test_var_of_one_value_with_correction_is_nan() -> None:
    assert np.isnan(mg.var(np.ones(1), correction=1).item())


def test_mean_of_nothing_is_nan() -> None:
    with pytest.warns(RuntimeWarning):
        assert np.isnan(mg.mean(mg.zeros((0,))).item())


# --------------------------------------------------------------------- logsumexp and norms


def test_logsumexp_of_huge_values() -> None:
    for shift in (-1e4, 1e4, 1e300):
        x = np.array([shift, shift])
        assert mg.logsumexp(x).item() == pytest.approx(shift + np.log(2), rel=1e-15)
        assert gradient(mg.logsumexp, x) == [0.5, 0.5]


def test_logsumexp_with_infinities() -> None:
    inf = np.inf
    assert mg.logsumexp([-inf, -inf]).item() == -inf
    assert gradient(mg.logsumexp, [-inf, -inf]) == [0.0, 0.0]
    assert mg.logsumexp([-inf, 1.0]).item() == 1.0
    assert gradient(mg.logsumexp, [-inf, 1.0]) == [0.0, 1.0]
    assert mg.logsumexp([inf, 1.0]).item() == inf
    assert gradient(mg.logsumexp, [inf, 0.0]) == [1.0, 0.0]
    assert gradient(mg.logsumexp, [inf, 1e30, -inf, inf]) == [0.5, 0.0, 0.0, 0.5]
    rows = gradient(mg.logsumexp, [[inf, 1.0], [0.0, 0.0]], [1.0, 1.0], axis=1)
    assert rows == [[1.0, 0.0], [0.5, 0.5]]
    assert np.isnan(mg.logsumexp([np.nan, inf]).item())
    assert mg.logsumexp(mg.zeros((0,))).item() == -inf


@pytest.mark.parametrize("order", [1, 1.5, 2, 3, np.inf])
def test_norm_at_zero_has_gradient_zero(order: float) -> None:
    assert gradient(mg.vector_norm, [0.0, 0.0], ord=order) == [0.0, 0.0]
    x = [[0.0, 0.0], [3.0, 4.0]]
    rows = gradient(mg.vector_norm, x, [1.0, 1.0], ord=order, axis=1)
    assert rows[0] == [0.0, 0.0] and np.isfinite(rows[1]).all()


@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_norms_of_integers_are_floats(order: float) -> None:
    norm = mg.vector_norm([3, -4], ord=order)
    assert norm.dtype == np.float32 and norm.item() == {1: 7, 2: 5, np.inf: 4}[order]


def test_infinity_norm_shares_ties() -> None:
    assert gradient(mg.vector_norm, [-2.0, 1.0, 2.0], ord=np.inf) == [-0.5, 0.0, 0.5]


@pytest.mark.parametrize("order", [0, 0.5, -1, -np.inf, np.nan])
def test_what_is_no_norm_is_refused(order: float) -> None:
    with pytest.raises(ValueError, match=r"vector_norm\(.*wanted ord >= 1"):
        mg.vector_norm(mg.ones((3,)), ord=order)


# --------------------------------------------------------------------- all of them


@pytest.mark.parametrize("function", REDUCTIONS)
@pytest.mark.parametrize("axis", [2, -3])
def test_axis_out_of_range(function: Any, axis: int) -> None:
    with pytest.raises(IndexError, match=f"axis {axis} is out of bounds .* dimension 2"):
        function(mg.ones((2, 3)), axis=axis)


@pytest.mark.parametrize(
    "function",
    [f for f in REDUCTIONS if f not in (mg.cumsum, mg.argmax, mg.argmin, mg.count_nonzero)],
)
def test_the_same_axis_twice(function: Any) -> None:
    with pytest.raises(ValueError, match=r"duplicate|repeated"):
        function(mg.ones((2, 3)), axis=(0, 0))


@pytest.mark.parametrize("function", [mg.mean, mg.var, mg.std, mg.logsumexp, mg.vector_norm])
def test_integers_give_float32(function: Any) -> None:
    assert function(mg.tensor([[1, 2], [3, 4]]), axis=1).dtype == np.float32


def test_integers_stay_exact() -> None:
    x = mg.tensor([2**53, 1])
    assert mg.sum(x).item() == 2**53 + 1 and mg.sum(x).dtype == np.int64
    assert mg.prod(mg.tensor([3, 5])).dtype == np.int64
    assert mg.sum(mg.tensor([True, True])).item() == 2


@pytest.mark.parametrize("function", [mg.argmax, mg.argmin, mg.all, mg.any, mg.count_nonzero])
def test_nothing_is_recorded_without_a_derivative(function: Any) -> None:
    assert not function(mg.tensor([1.0, 2.0], requires_grad=True)).requires_grad


def test_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    x[0, 0, 0] = x[0, 0, 1] = x[0, 0].max() + 1  # a tie
    v = np.random.default_rng(1).normal(size=(3, 5))
    pairs = [
        (mg.sum, torch.sum), (mg.mean, torch.mean), (mg.prod, torch.prod), (mg.amax, torch.amax),
        (mg.amin, torch.amin), (mg.logsumexp, torch.logsumexp), (mg.vector_norm, torch.norm),
        (lambda t, axis: mg.std(t, axis, correction=1), torch.std),
    ]  # fmt: skip
    for ours, theirs in pairs:
        t = torch.tensor(x, requires_grad=True)
        theirs(t, dim=1).backward(torch.tensor(v))
        np.testing.assert_allclose(gradient(ours, x, v, axis=1), t.grad.numpy(), rtol=1e-12)


def test_a_quantile_of_all_keeps_their_axes() -> None:
    x = mg.arange(6.0).reshape(1, 2, 3)
    assert mg.quantile(x, 0.5, keepdim=True).tolist() == [[[2.5]]]
    assert mg.quantile(x, mg.tensor([0.0, 1.0]), keepdim=True).shape == (2, 1, 1, 1)


@pytest.mark.parametrize("extreme", [mg.max, mg.min])
@pytest.mark.parametrize("dim", [(0, 1), [0, 1], 1.0, True])
def test_an_axis_is_one_integer(extreme: Any, dim: Any) -> None:
    with pytest.raises(TypeError, match="several axes"):
        extreme(mg.ones(2, 2), dim)
    with pytest.raises(TypeError, match="several axes"):
        extreme(mg.ones(2, 2), dim=dim)


@pytest.mark.parametrize("middle", [mg.median, mg.nanmedian])
def test_ties_share_the_cotangent_of_the_median(middle: Any) -> None:
    assert gradient(middle, [1.0, 1.0, 2.0]) == [0.5, 0.5, 0.0]


def test_the_median_of_missing_numbers() -> None:
    n = np.nan
    assert gradient(mg.median, [1.0, n, n]) == [0.0, 0.5, 0.5]
    assert gradient(mg.nanmedian, [1.0, n, n]) == [1.0, 0.0, 0.0]
    assert mg.nanmedian(mg.tensor([3.0, n, 1.0, 2.0])).item() == 2.0


def test_no_degrees_of_freedom() -> None:
    x = np.array([1.0, 3.0])
    assert mg.var(x, correction=3).item() == np.inf
    assert gradient(mg.var, [1.0, 3.0], correction=3) == [-np.inf, np.inf]
    assert np.isnan(gradient(mg.std, [1.0, 3.0], correction=3)).all()


@pytest.mark.parametrize(
    "norm", [lambda x: mg.norm(x, 1.5), lambda x: mg.cdist(x[None], mg.zeros(1, 3).double(), 1.5)]
)
def test_the_second_derivative_of_a_norm_is_lost_at_zero_only(norm: Any) -> None:
    x = mg.tensor(np.array([0.0, 1.0, 2.0]), requires_grad=True)
    (g,) = mg.autograd.grad(norm(x).sum(), x, create_graph=True)
    with np.errstate(all="ignore"):
        g.sum().backward()
    assert x.grad is not None and np.isnan(x.grad[0].item())
    np.testing.assert_allclose(x.grad[1:].numpy(), [0.118066, -0.059033], 1e-4)


@pytest.mark.parametrize("name", ["cummax", "cummin"])
@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_extremes_so_far_along_each_axis(name: str, axis: int) -> None:
    """Of equal ones the last."""
    x = np.random.default_rng(0).integers(0, 4, (4, 3, 5))
    found = getattr(mg, name)(mg.tensor(x), axis)
    rows = np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])
    best = max if name == "cummax" else min
    values = [[best(row[: i + 1]) for i in range(len(row))] for row in rows]
    places = [
        [max(j for j in range(i + 1) if row[j] == value[i]) for i in range(len(row))]
        for row, value in zip(rows, values, strict=True)
    ]
    for got, wanted in zip(found, (values, places), strict=True):
        np.testing.assert_array_equal(
            np.moveaxis(got.numpy(), axis, -1).reshape(rows.shape), wanted
        )


def test_a_norm_whose_squares_are_too_large() -> None:
    x = mg.tensor([[1e30, -1e30], [3.0, 4.0], [np.inf, 1.0], [0.0, 0.0]], requires_grad=True)
    for order in (2, 3):
        out = mg.vector_norm(x, 1, ord=order)
        expected = np.linalg.vector_norm(x.detach().numpy().astype(float), axis=1, ord=order)
        np.testing.assert_allclose(out.numpy(), expected, rtol=1e-6)
    mg.vector_norm(x[:2], 1).sum().backward()
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy()[:2], [[0.5**0.5, -(0.5**0.5)], [0.6, 0.8]], 1e-6)
    cosine = mg.nn.functional.cosine_similarity(x[:1], mg.tensor([[1e30, 0.0]]))
    np.testing.assert_allclose(cosine.numpy(), [0.5**0.5], 1e-6)


@pytest.mark.filterwarnings("ignore:Degrees of freedom:RuntimeWarning")
@pytest.mark.parametrize("correction", [0, 1, 2, 20])
@pytest.mark.parametrize("often", [None, [1, 3, 0, 2]])
@pytest.mark.parametrize("much", [None, [0.5, 2.0, 1.0, 0.25]])
def test_covariances_of_weighted_columns_are_numpys(correction, often, much) -> None:
    x = np.random.default_rng(3).normal(size=(3, 4))
    with np.errstate(divide="ignore", invalid="ignore"):
        for rows in (x, x[0]):
            wanted = np.cov(rows, ddof=correction, fweights=often, aweights=much)
            weights = {"fweights": often, "aweights": much}
            given = {k: mg.tensor(v) for k, v in weights.items() if v is not None}
            out = mg.cov(mg.tensor(rows), correction=correction, **given)
            np.testing.assert_allclose(out.numpy(), wanted, 1e-6)
