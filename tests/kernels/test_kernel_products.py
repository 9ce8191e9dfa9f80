"""matmul and linear: every layout, every edge of the tiles, errors within rounding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_arrays import DTYPES, assert_within, dtypes, normal, widen
from layouts import LAYOUTS, lay_out, layouts, seeds

from minigrad import kernels
from minigrad.kernels import reference

# rows and columns on both sides of every tile (6 x 8 to 14 x 32), depths of none to two blocks
rows = st.sampled_from([0, 1, 2, 5, 6, 7, 13, 14, 15, 29, 57, 60])
columns = st.sampled_from([0, 1, 3, 4, 8, 10, 15, 16, 17, 31, 32, 33, 65, 100, 130])
depths = st.sampled_from([0, 1, 2, 7, 16, 33, 192, 193, 385, 500])


def product_bound(a, b):
    """The errors of sums of products: c eps |A| |B|. For random terms c stays near 1."""
    eps = np.finfo(a.dtype).eps
    return 4 * eps * (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64))


@given(rows, columns, depths, dtypes, layouts, layouts, seeds)
def test_matmul(m, n, k, dtype, layout_a, layout_b, seed):
    a = normal(seed, (m, k), dtype, layout_a)
    b = normal(seed + 1, (k, n), dtype, layout_b)
    assert_within(kernels.matmul(a, b), reference.matmul(*widen(a, b)), product_bound(a, b), dtype)


@given(st.sampled_from([(14, 600, 40), (57, 97, 800), (3, 1300, 20), (300, 40, 600)]), seeds)
@settings(max_examples=8)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("transposed_a", [False, True])
@pytest.mark.parametrize("transposed_b", [False, True])
def test_matmul_of_several_blocks(dtype, transposed_a, transposed_b, shape, seed):
    m, n, k = shape
    a = normal(seed, (k, m), dtype).T if transposed_a else normal(seed, (m, k), dtype)
    b = normal(seed + 1, (n, k), dtype).T if transposed_b else normal(seed + 1, (k, n), dtype)
    assert_within(kernels.matmul(a, b), a.astype(np.float64) @ b, product_bound(a, b) * 2, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("m", "k", "n"), [(1101, 500, 40), (700, 801, 10), (8400, 500, 1), (5300, 801, 6)]
)
def test_few_columns_and_more_rows_than_the_cache_holds(dtype, m, k, n, threads):
    """Such an A is not packed, but walked once in the order in which it lies in memory."""
    a, weight, bias = normal(1, (m, k), dtype), normal(2, (n, k), dtype), normal(3, (n,), dtype)
    expected = reference.linear(*widen(a, weight, bias), True)
    bound = product_bound(a, weight.T) + 4 * np.finfo(dtype).eps * np.abs(bias)
    for layout in ("c", "misaligned", "fortran", "steps"):
        kernels.set_num_threads(1)
        first = kernels.linear(lay_out(a, layout), weight, bias, True)
        assert_within(first, expected, bound, dtype)
        for count in (2, 4):
            kernels.set_num_threads(count)
            out = kernels.linear(lay_out(a, layout), weight, bias, True)
            np.testing.assert_array_equal(out, first)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("m", "n"), [(112, 3), (131, 10), (260, 20), (1024, 33), (1025, 50)])
@pytest.mark.parametrize("k", [7, 60, 513])
def test_narrow_products_by_their_transpose(dtype, m, n, k, threads):
    """A weight's gradient with few columns has the bits that it has wherever the operands lie."""
    a, b = normal(1, (m, k), dtype, "fortran"), normal(2, (k, n), dtype)
    kernels.set_num_threads(1)
    first = kernels.matmul(a, b)
    assert_within(first, reference.matmul(*widen(a, b)), product_bound(a, b), dtype)
    for layout in ("fortran", "c", "misaligned", "steps"):
        for count in (1, 2, 4):
            kernels.set_num_threads(count)
            np.testing.assert_array_equal(kernels.matmul(lay_out(a, layout), b), first)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("m", "n"), [(1, 200), (5, 131), (7, 300), (300, 10), (56, 56), (61, 53)])
@pytest.mark.parametrize("k", [64, 128, 770, 2049])
def test_inner_products(dtype, m, n, k, threads):
    """Few rows, or few columns and many terms: wherever they lie, on any number of threads."""
    x, weight, bias = normal(1, (m, k), dtype), normal(2, (n, k), dtype), normal(3, (n,), dtype)
    first = kernels.linear(x, weight, bias, True)
    bound = product_bound(x, weight.T) + 4 * np.finfo(dtype).eps * np.abs(bias)
    expected = reference.linear(*widen(x, weight, bias), True)
    assert_within(first, expected, bound, dtype)
    x[0, 3] = np.nan  # after the numbers were compared: there may be this row alone
    spoilt = kernels.linear(x, weight, bias, True)
    assert np.isnan(spoilt[0]).all()
    np.testing.assert_array_equal(spoilt[1:], first[1:])
    first = spoilt
    for layout in ("c", "offset", "padded", "misaligned"):
        for count in (1, 2, 4):
            kernels.set_num_threads(count)
            out = kernels.linear(lay_out(x, layout), lay_out(weight, layout), bias, True)
            np.testing.assert_array_equal(out, first)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("m", "k", "n"),
    [
        (1, 603, 1001),
        (300, 1, 1001),
        (3, 1025, 517),
        (4, 130, 1025),
        (6, 500, 300),
        (8, 100, 1311),
        (10, 650, 2112),
        (7, 24300, 130),
    ],
)
def test_few_rows_beside_a_large_matrix_whose_rows_lie_side_by_side(dtype, m, k, n, threads):
    """Such a B is walked along its rows: wherever they begin, on any number of threads."""
    x, weight, bias = normal(1, (m, k), dtype), normal(2, (k, n), dtype), normal(3, (n,), dtype)
    first = kernels.linear(x, weight.T, bias, True)
    expected = reference.linear(*widen(x, weight.T, bias), True)
    bound = product_bound(x, weight) + 4 * np.finfo(dtype).eps * np.abs(bias)
    assert_within(first, expected, bound, dtype)
    x[0, k // 2] = np.nan  # after the numbers were compared: there may be this row alone
    spoilt = kernels.linear(x, weight.T, bias, True)
    assert np.isnan(spoilt[0]).all()
    np.testing.assert_array_equal(spoilt[1:], first[1:])
    first = spoilt
    for layout in ("c", "offset", "padded"):
        for count in (1, 2, 4):
            kernels.set_num_threads(count)
            out = kernels.linear(lay_out(x, layout), lay_out(weight, layout).T, bias, True)
            np.testing.assert_array_equal(out, first)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout_a", ["c", "fortran", "reversed"])
@pytest.mark.parametrize("layout_b", ["c", "fortran", "steps"])
def test_large_products_by_random_vectors(dtype, layout_a, layout_b):
    """C t = A (B t) for random t proves the product in quadratic time (Freivalds 1977)."""
    m, n, k = 700, 650, 900
    a, b = normal(1, (m, k), dtype, layout_a), normal(2, (k, n), dtype, layout_b)
    t = np.random.default_rng(3).standard_normal((n, 3))
    product = kernels.matmul(a, b).astype(np.float64)
    bound = 4 * np.finfo(dtype).eps * (np.abs(a) @ (np.abs(b) @ np.abs(t)))
    assert (np.abs(product @ t - a.astype(np.float64) @ (b.astype(np.float64) @ t)) <= bound).all()


@given(
    st.sampled_from(
        [((3,), ()), ((), (2,)), ((2, 1), (3,)), ((4, 3), (4, 3)), ((0,), ()), ((2, 0, 1), (3,))]
    ),
    dtypes,
    layouts,
    layouts,
    seeds,
)
def test_batched_matmul(batches, dtype, layout_a, layout_b, seed):
    a = normal(seed, (*batches[0], 5, 7), dtype, layout_a)
    b = normal(seed + 1, (*batches[1], 7, 4), dtype, layout_b)
    assert_within(kernels.matmul(a, b), reference.matmul(*widen(a, b)), product_bound(a, b), dtype)


@pytest.mark.parametrize("shapes", [((2, 3, 0), (0, 4)), ((2, 0, 3), (3, 4)), ((2, 3, 4), (4, 0))])
def test_batches_with_an_empty_axis(shapes):
    a, b = np.ones(shapes[0]), np.ones(shapes[1])
    np.testing.assert_array_equal(kernels.matmul(a, b), a @ b)


@given(dtypes, seeds)
def test_broadcast_operands(dtype, seed):
    """Strides of zero: one row or one element standing for many."""
    row = normal(seed, (1, 40), dtype)
    b = normal(seed + 1, (40, 33), dtype)
    a = np.broadcast_to(row, (20, 40))
    assert_within(kernels.matmul(a, b), a.astype(np.float64) @ b, product_bound(a, b), dtype)
    one = np.broadcast_to(np.array(2, dtype), (40, 33))
    assert_within(kernels.matmul(a, one), a.astype(np.float64) @ one, product_bound(a, one), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nan_and_infinity_reach_only_their_rows_and_columns(dtype):
    a, b = normal(1, (30, 50), dtype), normal(2, (50, 40), dtype)
    a[7, 3], b[20, 11] = np.nan, np.inf
    out = kernels.matmul(a, b)
    expected = a.astype(np.float64) @ b.astype(np.float64)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(expected))
    np.testing.assert_array_equal(np.isinf(out), np.isinf(expected))


@given(rows, columns, depths, dtypes, layouts, st.booleans(), st.booleans(), seeds)
def test_linear(n, n_out, n_in, dtype, layout, has_bias, relu, seed):
    x = normal(seed, (n, n_in), dtype, layout)
    weight = normal(seed + 1, (n_out, n_in), dtype, layout)
    bias = normal(seed + 2, (n_out,), dtype, layout) if has_bias else None
    expected = reference.linear(*widen(x, weight, bias), relu)
    bound = product_bound(x, weight.T) + 4 * np.finfo(dtype).eps * np.abs(bias if has_bias else 0)
    assert_within(kernels.linear(x, weight, bias, relu), expected, bound, dtype)


@given(
    rows, columns, depths, dtypes, layouts, st.booleans(), st.tuples(*[st.booleans()] * 3), seeds
)
def test_linear_backward(n, n_out, n_in, dtype, layout, relu, needs, seed):
    g = normal(seed, (n, n_out), dtype, layout)
    x = normal(seed + 1, (n, n_in), dtype, layout)
    weight = normal(seed + 2, (n_out, n_in), dtype, layout)
    out = normal(seed + 3, (n, n_out), dtype, layout) if relu else None
    actual = kernels.linear_backward(g, x, weight, out, needs)
    expected = reference.linear_backward(*widen(g, x, weight, out), needs)
    masked = np.abs(reference.relu_backward(g, out) if relu else g)
    bounds = (
        product_bound(masked, weight),
        product_bound(masked.T, x),
        (4 + np.sqrt(n)) * np.finfo(dtype).eps * masked.sum(axis=0, dtype=np.float64),
    )
    for got, wanted, bound, needed in zip(actual, expected, bounds, needs, strict=True):
        assert (got is not None) == needed
        if needed:
            assert_within(got, wanted, bound, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_linear_backward_of_a_broadcast_cotangent(dtype):
    """The gradient of a sum is one number with strides of zero."""
    g = np.broadcast_to(np.array(0.5, dtype), (9, 20))
    x, weight = normal(1, (9, 30), dtype), normal(2, (20, 30), dtype)
    out = kernels.linear(x, weight, None, True)
    actual = kernels.linear_backward(g, x, weight, out)
    expected = reference.linear_backward(g.astype(np.float64), *widen(x, weight, out))
    for got, wanted in zip(actual, expected, strict=True):
        assert_within(got, wanted, 100 * np.finfo(dtype).eps, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_fused_relu_keeps_nan(dtype):
    x = np.array([[np.nan, 1], [1, 1]], dtype)
    out = kernels.linear(x, np.array([[1, 1], [-1, -1]], dtype), None, True)
    np.testing.assert_array_equal(out, np.array([[np.nan, np.nan], [2, 0]], dtype))
    ones = np.ones((2, 2), dtype)
    for got in (
        kernels.linear_backward(ones, x, ones, out)[2],
        reference.relu_backward(ones, out).sum(0),
    ):
        np.testing.assert_array_equal(got, np.array([2, 1], dtype))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_inputs_are_not_changed(layout):
    a, b = normal(1, (20, 30), np.float32, layout), normal(2, (30, 40), np.float32, layout)
    before = a.copy(), b.copy()
    out = kernels.matmul(a, b)
    assert not np.shares_memory(out, a) and not np.shares_memory(out, b)
    np.testing.assert_array_equal(a, before[0])
    np.testing.assert_array_equal(b, before[1])
    kernels.linear_backward(lay_out(out, layout), a, lay_out(b.T, layout), out)
    np.testing.assert_array_equal(a, before[0])
