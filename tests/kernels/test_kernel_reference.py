"""The twins' gradients against central differences of their own forward passes, in float64."""

from collections.abc import Callable

import numpy as np
import pytest
from kernel_arrays import PATHS

from minigrad.kernels import reference

STEP = 1e-5


@pytest.fixture(scope="module", params=PATHS[:1], autouse=True)
def path():
    """NumPy is the same on every path: once is enough."""


def differences(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The gradient of sum(g * f(x)), element by element."""
    out = np.empty_like(x)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += STEP
        down[i] -= STEP
        out[i] = (g * (f(up) - f(down))).sum() / (2 * STEP)
    return out


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_allclose(actual, expected, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("relu", [False, True])
def test_linear(relu):
    rng = np.random.default_rng(1)
    x, weight, bias = (rng.standard_normal(s) for s in ((5, 4), (3, 4), 3))
    out = reference.linear(x, weight, bias, relu)
    assert not relu or np.abs(reference.linear(x, weight, bias)).min() > 10 * STEP
    g = rng.standard_normal(out.shape)
    dx, dweight, dbias = reference.linear_backward(g, x, weight, out if relu else None)
    close(dx, differences(lambda v: reference.linear(v, weight, bias, relu), x, g))
    close(dweight, differences(lambda v: reference.linear(x, v, bias, relu), weight, g))
    close(dbias, differences(lambda v: reference.linear(x, weight, v, relu), bias, g))


@pytest.mark.parametrize("kind", ["labels", "probabilities"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_softmax_cross_entropy(kind, weighted, smoothing):
    rng = np.random.default_rng(2)
    logits, g = rng.standard_normal((6, 4)), rng.standard_normal(6)
    target = np.array([0, 3, -100, 1, 1, 2]) if kind == "labels" else rng.random((6, 4))
    rest = (target, rng.random(4) if weighted else None, -100, smoothing)
    for reduction in ("mean", "sum"):
        _, d, _ = reference.softmax_cross_entropy(logits, *rest, reduction)
        loss = lambda v: reference.softmax_cross_entropy(v, *rest, reduction)[0]  # noqa: B023,E731
        close(d, differences(loss, logits, np.ones(())))
    _, d, _ = reference.softmax_cross_entropy(logits, *rest, "none")
    close(
        g[:, None] * d,
        differences(lambda v: reference.softmax_cross_entropy(v, *rest, "none")[0], logits, g),
    )


@pytest.mark.parametrize(("shape", "axis"), [((6, 3), 1), ((3, 4, 2), 1), ((2, 5), 0)])
@pytest.mark.parametrize("affine", [False, True])
def test_batch_norm(shape, axis, affine):
    rng = np.random.default_rng(3)
    x, g = rng.standard_normal(shape), rng.standard_normal(shape)
    c = shape[axis]
    weight, bias = (rng.standard_normal(c), rng.standard_normal(c)) if affine else (None, None)
    eps = 1e-3
    _, mean, var, invstd = reference.batch_norm(x, weight, bias, eps, axis)
    dx, dweight, dbias = reference.batch_norm_backward(g, x, mean, invstd, weight, axis)
    close(dx, differences(lambda v: reference.batch_norm(v, weight, bias, eps, axis)[0], x, g))
    fixed = reference.batch_norm_inference_backward(g, x, mean, var, weight, eps, axis)

    def inference(x, weight, bias):
        return reference.batch_norm_inference(x, mean, var, weight, bias, eps, axis)

    close(fixed[0], differences(lambda v: inference(v, weight, bias), x, g))
    if affine:
        for i, gradients in enumerate([dweight, dbias], start=1):
            close(gradients, fixed[i])
        close(dweight, differences(lambda v: inference(x, v, bias), weight, g))
        close(dbias, differences(lambda v: inference(x, weight, v), bias, g))


def test_relu_and_dropout():
    rng = np.random.default_rng(4)
    x, g = rng.standard_normal((5, 6)), rng.standard_normal((5, 6))
    assert np.abs(x).min() > 10 * STEP
    close(reference.relu_backward(g, reference.relu(x)), differences(reference.relu, x, g))
    close(reference.dropout(g, 0.4, 9), differences(lambda v: reference.dropout(v, 0.4, 9), x, g))


def test_splitmix64_is_the_published_generator():
    """The first outputs for the seed 1234567, as listed with many implementations."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    x = np.ones(3)
    for i, value in enumerate(expected):
        fraction = (value >> 11) * 2.0**-53
        assert reference.dropout(x, fraction, 1234567)[i] != 0
        assert reference.dropout(x, np.nextafter(fraction, 1), 1234567)[i] == 0
