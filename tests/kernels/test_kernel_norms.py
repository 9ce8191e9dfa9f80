"""Batch normalisation against its twin, over every channel axis and layout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_arrays import DTYPES, assert_within, dtypes, normal, widen
from layouts import lay_out, layouts, seeds

from minigrad import kernels
from minigrad.kernels import reference

SHAPES = [
    ((1, 3), 1), ((2, 1), 1), ((17, 5), 1), ((40, 33), -1), ((300, 7), 1), ((4, 6), 0),
    ((3, 4, 5), 1), ((2, 5, 3, 4), 1), ((2, 3, 4, 6), -1), ((70, 300), 1), ((5, 0), 1),
]  # fmt: skip
EPS = 1e-5


@st.composite
def problems(draw):
    """(x, weight, bias, axis) and a cotangent."""
    shape, axis = draw(st.sampled_from(SHAPES))
    dtype, layout, seed = draw(dtypes), draw(layouts), draw(seeds)
    mean = draw(st.sampled_from([0, 3, -100]))
    x = lay_out(normal(seed, shape, dtype) + np.asarray(mean, dtype), layout)
    weight = bias = None
    if draw(st.booleans()):
        weight = normal(seed + 1, (shape[axis],), dtype, layout)
    if draw(st.booleans()):
        bias = normal(seed + 2, (shape[axis],), dtype, layout)
    return x, weight, bias, axis, normal(seed + 3, shape, dtype, layout)


def over(x, axis):
    return tuple(i for i in range(x.ndim) if i != axis % x.ndim)


@given(problems())
def test_training(problem):
    x, weight, bias, axis, _ = problem
    dtype, eps = x.dtype, np.finfo(x.dtype).eps
    actual = kernels.batch_norm(x, weight, bias, EPS, axis)
    wide_x, wide_weight, wide_bias = widen(x, weight, bias)
    out, mean, var, invstd = reference.batch_norm(wide_x, wide_weight, wide_bias, EPS, axis)
    largest = np.abs(wide_x).max(axis=over(x, axis), initial=0)
    mean_bound = 4 * eps * largest
    # joining chunks squares the differences of their means, each off by mean_bound
    var_bound = 16 * eps * var + 2 * mean_bound * np.sqrt(var) + mean_bound**2
    invstd_bound = invstd * (4 * eps + var_bound / (var + EPS))
    assert_within(actual[1], mean, mean_bound, dtype)
    assert_within(actual[2], var, var_bound, dtype)
    assert_within(actual[3], invstd, invstd_bound, dtype)

    def spread(values):
        return reference.along(values, wide_x, axis)

    centred = np.abs(wide_x - spread(mean))
    normalised = spread(mean_bound * invstd) + centred * spread(invstd_bound + 4 * eps * invstd)
    bound = np.abs(spread(wide_weight)) * normalised + 2 * eps * np.abs(out)
    bound += 0 if bias is None else 2 * eps * np.abs(spread(wide_bias))
    assert_within(actual[0], out, bound, dtype)


@given(problems())
def test_inference(problem):
    x, weight, bias, axis, _ = problem
    dtype, eps = x.dtype, np.finfo(x.dtype).eps
    c = x.shape[axis]
    mean, var = normal(7, (c,), dtype), np.abs(normal(8, (c,), dtype))
    actual = kernels.batch_norm_inference(x, mean, var, weight, bias, EPS, axis)
    wide = widen(x, mean, var, weight, bias)
    expected = reference.batch_norm_inference(*wide, EPS, axis)
    unbiased = np.abs(reference.batch_norm_inference(*wide[:4], None, EPS, axis))
    bound = 8 * eps * (unbiased + np.abs(expected))
    assert_within(actual, expected, bound + np.finfo(dtype).tiny, dtype)


def gradient_bounds(g, x, mean, invstd, weight, axis):
    """The terms of the gradients with every sign positive, times the rounding of a sum."""
    g, x, mean, invstd = (a.astype(np.float64) for a in (g, x, mean, invstd))
    axes = over(x, axis)
    terms = np.prod([x.shape[i] for i in axes])
    eps = 16 * (1 + np.log2(1 + terms))
    factor = reference.along(invstd, x, axis)
    h = np.abs(x - reference.along(mean, x, axis)) * factor
    g = np.abs(g)
    dbias, dweight = g.sum(axis=axes), (g * h).sum(axis=axes)
    mean_g = dbias / terms if terms else dbias
    mean_gh = dweight / terms if terms else dweight
    dx = g + reference.along(mean_g, x, axis) + h * reference.along(mean_gh, x, axis)
    scale = factor * (1 if weight is None else np.abs(reference.along(weight, x, axis)))
    return eps * scale * dx, eps * dweight, eps * dbias


@given(problems(), st.tuples(*[st.booleans()] * 3))
def test_training_backward(problem, needs):
    x, weight, _, axis, g = problem
    dtype = x.dtype
    if x.size == 0:
        return
    _, mean, _, invstd = kernels.batch_norm(x, weight, None, EPS, axis)
    actual = kernels.batch_norm_backward(g, x, mean, invstd, weight, axis, needs)
    expected = reference.batch_norm_backward(*widen(g, x, mean, invstd, weight), axis, needs)
    bounds = gradient_bounds(g, x, mean, invstd, weight, axis)
    for got, wanted, bound, needed in zip(actual, expected, bounds, needs, strict=True):
        assert (got is not None) == needed
        if needed:
            assert_within(got, wanted, bound * np.finfo(dtype).eps, dtype)


@given(problems(), st.tuples(*[st.booleans()] * 3))
def test_inference_backward(problem, needs):
    x, weight, _, axis, g = problem
    dtype, c = x.dtype, x.shape[axis]
    mean, var = normal(7, (c,), dtype), np.abs(normal(8, (c,), dtype))
    actual = kernels.batch_norm_inference_backward(g, x, mean, var, weight, EPS, axis, needs)
    expected = reference.batch_norm_inference_backward(
        *widen(g, x, mean, var, weight), EPS, axis, needs
    )
    bounds = gradient_bounds(g, x, mean, 1 / np.sqrt(var + dtype.type(EPS)), weight, axis)
    for got, wanted, bound, needed in zip(actual, expected, bounds, needs, strict=True):
        assert (got is not None) == needed
        if needed:
            assert_within(got, wanted, bound * np.finfo(dtype).eps, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_rows_join_chunks(dtype):
    x = normal(1, (10007, 3), dtype) + np.array([0, 50, -1000], dtype)
    out, mean, var, _ = kernels.batch_norm(x, None, None, EPS)
    np.testing.assert_allclose(mean, x.mean(axis=0, dtype=np.float64), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(var, x.var(axis=0, dtype=np.float64), rtol=3e-5)
    np.testing.assert_allclose(out.std(axis=0, dtype=np.float64), 1, rtol=1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_and_infinity_stay_in_their_channel(dtype):
    x = normal(1, (8, 20), dtype)
    x[2, 3], x[4, 5] = np.nan, np.inf
    out, _, var, _ = kernels.batch_norm(x, None, None, EPS)
    bad = np.zeros(20, bool)
    bad[[3, 5]] = True
    np.testing.assert_array_equal(np.isnan(out).all(axis=0), bad)
    np.testing.assert_array_equal(np.isfinite(out).all(axis=0), ~bad)
    np.testing.assert_array_equal(np.isfinite(var), ~bad)


def test_no_rows():
    for dtype in DTYPES:
        x = np.zeros((0, 4), dtype)
        out, mean, var, _ = kernels.batch_norm(x, None, None, EPS)
        assert out.shape == (0, 4) and np.isnan(mean).all() and np.isnan(var).all()
        one = np.ones(4, dtype)
        dx, dweight, dbias = kernels.batch_norm_backward(x, x, one, one, None)
        assert dx.shape == (0, 4)
        np.testing.assert_array_equal([dweight, dbias], 0)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [3, 9, 100])
@pytest.mark.parametrize(
    "special", [[np.inf], [-np.inf], [np.inf, np.inf], [np.inf, -np.inf], [np.nan, np.inf]]
)
def test_infinite_means(dtype, n, special):
    x = normal(1, (n, 5), dtype)
    x[: len(special), 2] = special
    with np.errstate(invalid="ignore"):
        expected = x.mean(axis=0)
    mean, var = kernels.batch_norm(x, None, None, EPS)[1:3]
    np.testing.assert_allclose(mean, expected, rtol=1e-4, atol=1e-5)
    assert np.isnan(var[2]) and np.isfinite(np.delete(var, 2)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_inference_backward_asks_no_x_for_its_gradient(dtype):
    x, g = normal(1, (9, 2), dtype), normal(2, (9, 2), dtype)
    x[4, 1] = np.inf
    mean, var = np.zeros(2, dtype), np.full(2, 4, dtype)
    dx, dweight, _ = kernels.batch_norm_inference_backward(g, x, mean, var, None, 0.0)
    np.testing.assert_array_equal(dx, g / 2)
    assert np.isinf(dweight[1]) and np.isfinite(dweight[0])
