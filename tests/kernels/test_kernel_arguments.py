"""Arguments that do not fit: the type of the error, its words, and that nothing was changed."""

import numpy as np
import pytest

from minigrad import kernels

F32, F64 = np.float32, np.float64


def ones(*shape, dtype=F32):
    return np.ones(shape, dtype)


@pytest.mark.parametrize(
    "bad",
    [
        ones(2, 2).astype(np.float16),
        np.ones((2, 2), int),
        np.ones((2, 2), bool),
        np.ones((2, 2), complex),
        np.ones((2, 2), object),
        np.ones((2, 2), np.longdouble),
        ones(2, 2).astype(">f4"),
    ],
    ids=lambda a: str(a.dtype),
)
def test_other_dtypes(bad):
    for call in (
        lambda: kernels.matmul(bad, ones(2, 2)),
        lambda: kernels.relu(bad),
        lambda: kernels.dropout(bad, 0.5, 1),
        lambda: kernels.softmax_cross_entropy(bad, np.zeros(2, int)),
        lambda: kernels.batch_norm(bad, None, None, 1e-5),
        lambda: kernels.linear(bad, ones(2, 2)),
    ):
        with pytest.raises(TypeError, match="must be float32 or float64, not"):
            call()


def test_mixed_dtypes():
    a, b = ones(2, 2), ones(2, 2, dtype=F64)
    with pytest.raises(TypeError, match="b is float64, but the other arguments are float32"):
        kernels.matmul(a, b)
    with pytest.raises(TypeError, match="weight is float32, but the other arguments are float64"):
        kernels.linear(b, a)
    with pytest.raises(TypeError, match="bias is float64"):
        kernels.linear(a, a, ones(2, dtype=F64))
    with pytest.raises(TypeError, match="out is float64"):
        kernels.relu_backward(a, b)
    with pytest.raises(TypeError, match="target is float64"):
        kernels.softmax_cross_entropy(a, b)
    with pytest.raises(TypeError, match=r"grads\[0\] is float64"):
        kernels.sgd([a], [b], None, 0.1, 0, 0, 0, False, [True])


def test_not_arrays():
    with pytest.raises(TypeError, match="expected numpy"):
        kernels.relu([1.0, 2.0])
    with pytest.raises(TypeError, match="bias must be an array or None, not list"):
        kernels.linear(ones(2, 2), ones(2, 2), [1, 2])
    with pytest.raises(TypeError):
        kernels.matmul(None, ones(2, 2))


def test_shapes_of_products():
    with pytest.raises(ValueError, match=r"cannot multiply shapes \(2, 3\) and \(4, 5\).*3 and 4"):
        kernels.matmul(ones(2, 3), ones(4, 5))
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        kernels.matmul(ones(3), ones(3, 3))
    with pytest.raises(ValueError, match="before the last two do not broadcast"):
        kernels.matmul(ones(2, 3, 3), ones(4, 3, 3))
    with pytest.raises(ValueError, match=r"x \(2, 3\) has 3 features, but weight \(5, 4\) takes 4"):
        kernels.linear(ones(2, 3), ones(5, 4))
    with pytest.raises(ValueError, match=r"bias must have shape \(5,\), got \(4,\)"):
        kernels.linear(ones(2, 3), ones(5, 3), ones(4))
    with pytest.raises(ValueError, match=r"x must have 2 dimensions, got shape \(2, 3, 3\)"):
        kernels.linear(ones(2, 3, 3), ones(5, 3))
    with pytest.raises(ValueError, match=r"g must have shape \(2, 5\), got \(2, 4\)"):
        kernels.linear_backward(ones(2, 4), ones(2, 3), ones(5, 3))
    with pytest.raises(ValueError, match="out and g must have the same shape"):
        kernels.linear_backward(ones(2, 5), ones(2, 3), ones(5, 3), ones(2, 4))


def test_targets():
    logits, labels = ones(3, 4), np.array([0, 1, 3])
    cross_entropy = kernels.softmax_cross_entropy
    with pytest.raises(IndexError, match=r"target\[1\] is 4, .* 4 classes are 0 to 3"):
        cross_entropy(logits, np.array([0, 4, 9]))
    with pytest.raises(IndexError, match=r"target\[2\] is -1"):
        cross_entropy(logits, np.array([0, 1, -1]))
    with pytest.raises(IndexError, match=r"target\[0\] is 18446744073709551516"):
        cross_entropy(logits, np.array([2**64 - 100, 1, 1], np.uint64))
    with pytest.raises(TypeError, match="must hold integer labels, not float32"):
        cross_entropy(logits, ones(3))
    with pytest.raises(TypeError, match="must hold integer labels, not bool"):
        cross_entropy(logits, np.array([True, False, True]))
    with pytest.raises(ValueError, match="one label for each of the 3 rows"):
        cross_entropy(logits, np.array([0, 1]))
    with pytest.raises(ValueError, match=r"probabilities, shape \(3, 4\), got shape \(3, 5\)"):
        cross_entropy(logits, ones(3, 5))
    with pytest.raises(TypeError, match="target must be float32 or float64, not int64"):
        cross_entropy(logits, np.ones((3, 4), int))
    probabilities = ones(3, 4)
    probabilities[1, 2] = np.nan
    with pytest.raises(ValueError, match="target holds NaN in row 1"):
        cross_entropy(logits, probabilities)
    with pytest.raises(ValueError, match=r"weight must have shape \(4,\), got \(3,\)"):
        cross_entropy(logits, labels, ones(3))
    for smoothing in (-0.1, 1.5, np.nan):
        with pytest.raises(ValueError, match="label_smoothing must be between 0 and 1"):
            cross_entropy(logits, labels, None, -100, smoothing)
    with pytest.raises(ValueError, match="logits must have 2 dimensions"):
        cross_entropy(ones(4), labels)
    with pytest.raises(ValueError, match="reduction must be 'mean', 'sum' or 'none', got 'max'"):
        cross_entropy(logits, labels, reduction="max")


def test_batch_norm():
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        kernels.batch_norm(ones(3), None, None, 1e-5)
    with pytest.raises(ValueError, match=r"axis 2 is out of range for x of shape \(3, 4\)"):
        kernels.batch_norm(ones(3, 4), None, None, 1e-5, 2)
    with pytest.raises(ValueError, match="axis -3 is out of range"):
        kernels.batch_norm(ones(3, 4), None, None, 1e-5, -3)
    with pytest.raises(ValueError, match=r"weight must have shape \(4,\), got \(3,\)"):
        kernels.batch_norm(ones(3, 4), ones(3), None, 1e-5)
    with pytest.raises(ValueError, match="g and x must have the same shape"):
        kernels.batch_norm_backward(ones(3, 5), ones(3, 4), ones(4), ones(4), None)
    with pytest.raises(ValueError, match=r"mean must have shape \(4,\), got \(1,\)"):
        kernels.batch_norm_inference(ones(3, 4), ones(1), ones(4), None, None, 1e-5)


def test_dropout():
    for p in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="p must be between 0 and 1"):
            kernels.dropout(ones(3), p, 1)
    for seed in (-1, 2**64):
        with pytest.raises(ValueError, match=r"seed must be between 0 and 2\*\*64 - 1"):
            kernels.dropout(ones(3), 0.5, seed)
    with pytest.raises(TypeError):
        kernels.dropout(ones(3), 0.5, "x")


def test_optimizers_refuse_before_they_change_anything():
    param, grad, buffer = ones(3), ones(3), ones(3)
    readonly = ones(3)
    readonly.flags.writeable = False
    first, good, buffers = ones(2, 2), [ones(2, 2)], [ones(2, 2), buffer]
    params, grads = [first, param], [*good, grad]

    def sgd(params, grads, buffers, firsts):
        assert buffers is None or not kernels.can_step(params, grads, buffers)
        kernels.sgd(params, grads, buffers, 0.1, 0.9, 0, 0, False, firsts)

    with pytest.raises(ValueError, match=r"params\[1\] is read-only"):
        sgd([first, readonly], grads, None, [False] * 2)
    with pytest.raises(ValueError, match=r"momentum_buffers\[1\] is read-only"):
        sgd(params, grads, [*good, readonly], [False] * 2)
    with pytest.raises(ValueError, match="params and grads have 2 and 1 items"):
        sgd(params, good, buffers, [False] * 2)
    with pytest.raises(ValueError, match="params and firsts have 2 and 1 items"):
        kernels.sgd(params, grads, buffers, 0.1, 0.9, 0, 0, False, [True])
    with pytest.raises(TypeError, match=r"momentum_buffers\[1\] must be an array, not NoneType"):
        sgd(params, grads, [*good, None], [False] * 2)
    with pytest.raises(TypeError, match="'params' has incorrect type \\(expected list, got tuple"):
        kernels.sgd((param,), [grad], None, 0.1, 0, 0, 0, False, [True])
    with pytest.raises(ValueError, match=r"grads\[1\] and params\[1\] must have the same shape"):
        kernels.adam(
            params, [*good, ones(4)], buffers, buffers, 0.1, 0.9, 0.99, 1e-8, 0, False, [1, 1]
        )
    with pytest.raises(ValueError, match="steps count from 1, got 0"):
        kernels.adam(params, grads, buffers, buffers, 0.1, 0.9, 0.99, 1e-8, 0, False, [1, 0])
    with pytest.raises(ValueError, match=r"square_avgs\[1\] and params\[1\] must have the same"):
        kernels.rmsprop(params, grads, [*good, ones(2)], None, 0.1, 0.9, 1e-8, 0, 0)
    with pytest.raises(TypeError, match=r"momentum_buffers\[1\] must be an array, not str"):
        kernels.rmsprop(params, grads, buffers, [*good, "x"], 0.1, 0.9, 1e-8, 0, 0.9)
    for array in (*params, *grads, *buffers, readonly):
        np.testing.assert_array_equal(array, 1)


@pytest.mark.parametrize("n", [0, -1, 257, 10**9])
def test_numbers_of_threads(n):
    before = kernels.get_num_threads()
    with pytest.raises(ValueError, match="between 1 and 256"):
        kernels.set_num_threads(n)
    assert kernels.get_num_threads() == before


@pytest.mark.parametrize("n", [1.5, "2", True, None])
def test_types_of_numbers_of_threads(n):
    with pytest.raises(TypeError, match="must be an integer"):
        kernels.set_num_threads(n)
