"""ReLU, dropout and the optimisers' steps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel_arrays import DTYPES, assert_within, dtypes, normal
from layouts import lay_out, layouts, seeds

from minigrad import kernels
from minigrad.kernels import reference

shapes = st.sampled_from([(), (0,), (1,), (7,), (40,), (3, 5), (2, 0, 3), (4, 3, 11), (9, 130)])


@given(shapes, dtypes, layouts, layouts, seeds)
def test_relu(shape, dtype, layout, other, seed):
    x, g = normal(seed, shape, dtype, layout), normal(seed + 1, shape, dtype, other)
    out = kernels.relu(x)
    np.testing.assert_array_equal(out, reference.relu(x), strict=True)
    np.testing.assert_array_equal(
        kernels.relu_backward(g, out), reference.relu_backward(g, out), strict=True
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_relu_of_special_values(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45] * 7, dtype)
    out = kernels.relu(x)
    np.testing.assert_array_equal(out, reference.relu(x))
    assert not np.signbit(out[~np.isnan(out)]).any()
    np.testing.assert_array_equal(
        kernels.relu_backward(np.ones_like(x), out), np.where(out <= 0, 0, 1).astype(dtype)
    )


@given(shapes, dtypes, layouts, st.floats(0, 1), st.integers(0, 2**64 - 1), seeds)
def test_dropout(shape, dtype, layout, p, seed, values):
    x = normal(values, shape, dtype, layout)
    np.testing.assert_array_equal(
        kernels.dropout(x, p, seed), reference.dropout(x, p, seed), strict=True
    )


SPREAD = st.sampled_from([0.1, 1.0, 4.0, 30.0])


@given(shapes, dtypes, layouts, SPREAD, seeds)
def test_smooth_functions(shape, dtype, layout, scale, seed):
    """Relative accuracy, beside the C library in double precision."""
    x = normal(seed, shape, dtype, layout, scale)
    eps, tiny = np.finfo(dtype).eps, np.finfo(dtype).tiny  # what is not normal may become 0
    wide = x.astype(np.float64)
    twin = wide * wide * np.finfo(np.float64).eps  # it rounds x / sqrt(2)
    for name, units, more in (("erf", 3, 0), ("erfc", 6, 0), ("gelu", 7, twin), ("sigmoid", 3, 0)):
        exact = getattr(reference, name)(wide)
        bound = (units * eps + more) * np.abs(exact) + tiny * np.maximum(1, np.abs(x))
        assert_within(getattr(kernels, name)(x), exact, bound, dtype)


@given(shapes, dtypes, layouts, layouts, SPREAD, seeds)
def test_gelu_backward(shape, dtype, layout, other, scale, seed):
    x, g = normal(seed, shape, dtype, layout, scale), normal(seed + 1, shape, dtype, other)
    exact = reference.gelu_backward(g.astype(np.float64), x.astype(np.float64))
    bound = 4 * np.finfo(dtype).eps * np.abs(g)
    assert_within(kernels.gelu_backward(g, x), exact, bound, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_smooth_functions_of_special_values(dtype):
    x = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e4, -1e4] * 5, dtype)
    np.testing.assert_array_equal(kernels.erf(x), [0, 0, 1, -1, np.nan, 1, -1] * 5)
    np.testing.assert_array_equal(np.signbit(kernels.erf(x))[:2], [False, True])
    np.testing.assert_array_equal(kernels.erfc(x), [1, 1, 0, 2, np.nan, 0, 2] * 5)
    np.testing.assert_array_equal(kernels.gelu(x), [0, 0, np.inf, np.nan, np.nan, 1e4, 0] * 5)
    assert not np.signbit(kernels.erfc(x[~np.isnan(x)])).any()
    np.testing.assert_array_equal(kernels.sigmoid(x), [0.5, 0.5, 1, 0, np.nan, 1, 0] * 5)


@given(shapes, dtypes, layouts, layouts, seeds, st.floats(0, 1))
def test_blend(shape, dtype, layout, other, seed, keep):
    layout = "c" if layout == "readonly" else layout
    y, x = normal(seed, shape, dtype, layout), normal(seed + 1, shape, dtype, other)
    exact = y.astype(np.float64)
    reference.blend(exact, x.astype(np.float64), keep, 1.25 - keep)
    bound = 3 * np.finfo(dtype).eps * (np.abs(y) + 1.25 * np.abs(x)) + np.finfo(dtype).tiny
    kernels.blend(y, x, keep, 1.25 - keep)
    assert_within(y, exact, bound, dtype)


def test_blend_refuses():
    y = np.ones(3)
    for x, error, words in (
        (np.ones(2), ValueError, r"x and y must have the same shape, got \(2,\) and \(3,\)"),
        (np.ones(3, np.float32), TypeError, "x is float32, but the other arguments are float64"),
    ):
        with pytest.raises(error, match=words):
            kernels.blend(y, x, 0.5, 0.5)
    y.flags.writeable = False
    with pytest.raises(ValueError, match="y is read-only"):
        kernels.blend(y, np.ones(3), 0.5, 0.5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_that_overlap(dtype):
    for to, x in (slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None)):
        y = np.arange(50, dtype=dtype)
        expected = y[x].copy()
        kernels.blend(y[to], y[x], 0.0, 1.0)
        np.testing.assert_array_equal(y[to], expected)
        y = np.arange(50, dtype=dtype)
        expected = y[to] - y[x]
        kernels.sgd([y[to]], [y[x]], None, 1.0, 0.0, 0.0, 0.0, False, [False])
        np.testing.assert_array_equal(y[to], expected)


def test_dropout_decides_alike_for_both_types():
    kept = [kernels.dropout(np.ones((300, 7), dtype), 0.4, 12345) != 0 for dtype in DTYPES]
    np.testing.assert_array_equal(*kept)


def test_dropout_keeps_the_right_share_and_seeds_differ():
    n = 100_000
    x = np.ones(n, np.float32)
    first, second = (kernels.dropout(x, 0.3, seed) != 0 for seed in (1, 2))
    for share, expected in (
        (first.mean(), 0.7),
        ((first & second).mean(), 0.49),
        ((first[1:] & first[:-1]).mean(), 0.49),
    ):
        assert abs(share - expected) < 5 * np.sqrt(0.25 / n)


def test_dropout_at_the_ends():
    x = np.array([1.0, -np.inf, np.nan], np.float32)
    np.testing.assert_array_equal(kernels.dropout(x, 0, 1), x)
    np.testing.assert_array_equal(kernels.dropout(x, 1, 1), [0, 0, 0])


def states(seed, shape, dtype, layout):
    """param, grad, and two buffers, the second not negative."""
    param, grad, first = (normal(seed + i, shape, dtype, layout) for i in range(3))
    return param, grad, first, lay_out(np.abs(normal(seed + 3, shape, dtype)), layout)


changeable = layouts.filter(lambda layout: layout != "readonly")
OPTIONS = {
    "sgd": st.tuples(
        st.just(0.1), st.just(0.9), st.sampled_from([0, 0.3]), st.sampled_from([0, 0.01]),
        st.booleans(), st.lists(st.booleans(), min_size=3, max_size=3),
    ),
    "adam": st.tuples(
        st.just(0.01), st.sampled_from([0, 0.4, 0.9]), st.sampled_from([0.9, 0.999]),
        st.just(1e-8), st.sampled_from([0, 0.1]), st.booleans(),
        st.lists(st.sampled_from([1, 2, 1000]), min_size=3, max_size=3),
    ),
    "rmsprop": st.tuples(
        st.just(0.01), st.sampled_from([0.5, 0.99]), st.just(1e-8), st.sampled_from([0, 0.1]),
        st.just(0.9),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("buffered", [True, False])
@given(st.data())
def test_optimizers(name, buffered, data):
    """Three parameters in one call, of shapes, layouts and dtypes of their own."""
    options = data.draw(OPTIONS[name])
    parts, kinds = [], []
    for _ in range(3):
        kinds.append(data.draw(dtypes))
        shape, layout = data.draw(shapes), data.draw(changeable)
        parts.append(states(data.draw(seeds), shape, kinds[-1], layout))
        parts[-1][1].flags.writeable = False
    params, grads, firsts, seconds = map(list, zip(*parts, strict=True))
    lists = {
        "sgd": (params, grads, firsts if buffered else None),
        "adam": (params, grads, firsts, seconds),
        "rmsprop": (params, grads, seconds, firsts if buffered else None),
    }[name]
    expected = [each and [a.astype(np.float64) for a in each] for each in lists]
    getattr(reference, name)(*expected, *options)
    assert kernels.can_step(params, grads, firsts, seconds)
    getattr(kernels, name)(*lists, *options)
    # every result is a short sum of products, none of which is much larger than 2
    for got, wanted in zip(lists, expected, strict=True):
        for a, b, dtype in zip(got or (), wanted or (), kinds, strict=bool(got)):
            scale = np.finfo(dtype).eps * (8 + 8 * np.abs(b))
            assert (np.abs(a - b) <= scale).all()


@pytest.mark.parametrize("module", [kernels, reference])
@pytest.mark.parametrize("dtype", DTYPES)
def test_infinite_parameters_and_gradients(module, dtype):
    """Without decay a parameter is no part of its gradient: 0 times infinity would be NaN."""
    start, grad = np.array([np.inf, -np.inf, 1], dtype), np.array([1, 2, 3], dtype)
    steps = {
        "sgd": lambda p, m, v: ([p], [grad], [m], 0.1, 0.9, 0.0, 0.0, False, [True]),
        "adam": lambda p, m, v: ([p], [grad], [m], [v], 0.1, 0.9, 0.99, 1e-8, 0.0, False, [1]),
        "rmsprop": lambda p, m, v: ([p], [grad], [m], [v], 0.1, 0.9, 1e-8, 0.0, 0.9),
    }
    for name, arguments in steps.items():
        param, m, v = start.copy(), np.zeros(3, dtype), np.zeros(3, dtype)
        getattr(module, name)(*arguments(param, m, v))
        np.testing.assert_array_equal(param[:2], start[:2])
        assert np.isfinite([param[2], *m, *v]).all()
    grad[0] = np.inf
    for beta, far in (0.9, False), (0.4, True):  # PyTorch's lerp, from the nearer end
        param, m, v = np.ones(3, dtype), np.zeros(3, dtype), np.zeros(3, dtype)
        with np.errstate(invalid="ignore"):
            module.adam([param], [grad], [m], [v], 0.1, beta, 0.99, 1e-8, 0.0, False, [1])
        assert np.isnan(m[0]) == far and np.isnan(param[0])


def torch_steps(name, torch, optimizer, dtype):
    """Ten parameters' values over 20 steps of torch and of ours, from the same gradients."""
    rng = np.random.default_rng(5)
    start, grads = rng.standard_normal((37, 3)), rng.standard_normal((20, 37, 3))
    theirs = torch.nn.Parameter(torch.tensor(start.astype(dtype)))
    step = optimizer(theirs)
    for grad in grads.astype(dtype):
        theirs.grad = torch.tensor(grad)
        step.step()
    return start.astype(dtype), grads.astype(dtype), theirs.detach().numpy()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("momentum", "dampening", "decay", "nesterov"),
    [(0, 0, 0, False), (0.9, 0, 0, False), (0.9, 0, 0.01, True), (0.5, 0.3, 0.1, False)],
)
def test_sgd_is_pytorchs(dtype, momentum, dampening, decay, nesterov):
    torch = pytest.importorskip("torch")
    param, grads, expected = torch_steps(
        "sgd",
        torch,
        lambda p: torch.optim.SGD([p], 0.1, momentum, dampening, decay, nesterov, foreach=False),
        dtype,
    )
    buffers = [np.empty_like(param)] if momentum else None
    for i, grad in enumerate(grads):
        kernels.sgd([param], [grad], buffers, 0.1, momentum, dampening, decay, nesterov, [i == 0])
    np.testing.assert_allclose(param, expected, rtol=0, atol=60 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.3, 0.9), (0.0, 0.5)])
def test_adam_is_pytorchs(dtype, decoupled, betas):
    torch = pytest.importorskip("torch")
    kind = torch.optim.AdamW if decoupled else torch.optim.Adam
    param, grads, expected = torch_steps(
        "adam",
        torch,
        lambda p: kind([p], 0.01, betas, 1e-8, 0.1, foreach=False),
        dtype,
    )
    m, v = np.zeros_like(param), np.zeros_like(param)
    for i, grad in enumerate(grads):
        kernels.adam([param], [grad], [m], [v], 0.01, *betas, 1e-8, 0.1, decoupled, [i + 1])
    np.testing.assert_allclose(param, expected, rtol=0, atol=60 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("momentum", [0, 0.9])
def test_rmsprop_is_pytorchs(dtype, momentum):
    torch = pytest.importorskip("torch")
    param, grads, expected = torch_steps(
        "rmsprop",
        torch,
        lambda p: torch.optim.RMSprop([p], 0.01, 0.99, 1e-8, 0.1, momentum, foreach=False),
        dtype,
    )
    square = np.zeros_like(param)
    buffers = [np.zeros_like(param)] if momentum else None
    for grad in grads:
        kernels.rmsprop([param], [grad], [square], buffers, 0.01, 0.99, 1e-8, 0.1, momentum)
    np.testing.assert_allclose(param, expected, rtol=0, atol=60 * np.finfo(dtype).eps)
