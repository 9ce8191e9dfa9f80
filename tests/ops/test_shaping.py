"""Special points and bad input of `minigrad/ops/shaping.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg


def leaf(*shape: int) -> mg.Tensor:
    return mg.tensor(np.arange(1.0, np.prod(shape) + 1).reshape(shape), requires_grad=True)


def test_a_cast_to_integers_is_not_differentiable() -> None:
    x = mg.tensor([1.5, 2.5], requires_grad=True)
    for dtype in (int, bool, "int32"):
        y = x.astype(dtype)
        assert not y.requires_grad and y.grad_fn is None
    assert x.astype(int).tolist() == [1, 2]


@pytest.mark.parametrize("source", [np.float32, np.float64])
def test_a_cast_between_floats_brings_the_gradient_back_in_its_own_dtype(source: type) -> None:
    x = mg.tensor([1.0, 2.0], dtype=source, requires_grad=True)
    for target in (np.float32, np.float64):
        y = x.astype(target)
        assert y.dtype == target
        (g,) = mg.autograd.grad(y, x, mg.tensor([3.0, 4.0]))
        assert g.dtype == source and g.tolist() == [3.0, 4.0]


def test_integers_become_the_float_that_is_asked_for() -> None:
    assert mg.astype([1, 2], np.float64).dtype == np.float64
    assert mg.astype(mg.tensor([1, 2]), np.float32).dtype == np.float32


@pytest.mark.parametrize("dtype", [complex, np.float16, object])
def test_a_cast_to_what_tensors_cannot_be(dtype: type) -> None:
    with pytest.raises(TypeError, match=r"astype: dtype .* is not supported"):
        leaf(2).astype(dtype)


def test_astype_copies() -> None:
    x = np.zeros(3)
    assert not np.shares_memory(mg.astype(x, np.float64).numpy(), x)


def test_concat_takes_lists_and_mixed_dtypes() -> None:
    x = leaf(2)
    y = mg.concat([x, [3.0], np.float32(1) * np.ones(1, np.float32)])
    assert y.dtype == np.float64
    y.backward(np.array([1.0, 2.0, 3.0, 4.0]))
    assert x.grad is not None and x.grad.tolist() == [1.0, 2.0]
    assert mg.concat([[1, 2], [3]]).dtype == np.int64


def test_concat_of_one_tensor_twice() -> None:
    x = leaf(2)
    mg.concat([x, x]).backward(np.array([1.0, 2.0, 10.0, 20.0]))
    assert x.grad is not None and x.grad.tolist() == [11.0, 22.0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: mg.reshape(x, (4,)), ValueError, r"reshape\(.*cannot reshape .* 6"),
        (lambda x: mg.expand_dims(x, 4), IndexError, "axis 4 is out of bounds .* dimension 3"),
        (lambda x: mg.squeeze(x, -3), IndexError, "axis -3 is out of bounds .* dimension 2"),
        (lambda x: mg.broadcast_to(x, (3, 2)), ValueError, "broadcast_to"),
        (lambda x: mg.permute_dims(x, (0, 0)), ValueError, "repeated axis"),
        (lambda x: mg.permute_dims(x, (0,)), ValueError, "axes don't match"),
        (lambda x: mg.permute_dims(x, (0, 2)), IndexError, "axis 2 is out of bounds"),
        (lambda x: mg.permute_dims(x, None), TypeError, "permute_dims"),
        (lambda x: mg.swapaxes(x, 0, -3), IndexError, "axis -3 is out of bounds"),
        (lambda x: mg.matrix_transpose(x[0]), ValueError, "at least 2-dimensional"),
        (lambda x: mg.flip(x, 2), IndexError, "axis 2 is out of bounds .* dimension 2"),
        (lambda x: mg.roll(x, 1, -3), IndexError, "axis -3 is out of bounds .* dimension 2"),
        (lambda x: mg.concat([]), ValueError, "concat.* at least one array"),
        (lambda x: mg.concat([x, x[0]]), ValueError, r"concat\(arrays=\(float64\[2, 3\], .*\[3\]"),
        (lambda x: mg.concat([x, x], 2), IndexError, "axis 2 is out of bounds .* dimension 2"),
        (lambda x: mg.stack([]), ValueError, "stack.* at least one array"),
        (lambda x: mg.stack([x, x[0]]), ValueError, "stack.* same shape"),
        (lambda x: mg.stack([x, x], 3), IndexError, "axis 3 is out of bounds .* dimension 3"),
        (
            lambda x: mg.repeat_interleave(x, -1),
            ValueError,
            "axis 0 has size 6: .*negative",
        ),
        (lambda x: mg.repeat_interleave(x, [1, 2], 1), ValueError, "axis 1 has size 3"),
        (lambda x: mg.repeat_interleave(x, 2, 2), IndexError, "axis 2 is out of bounds"),
        (lambda x: mg.pad(x, -1), ValueError, "negative"),
        (lambda x: mg.pad(x, ((1, 1),) * 3), ValueError, "pad"),
        (lambda x: mg.pad(x, 1.5), TypeError, "integer"),
        (lambda x: mg.diagonal(x[0]), ValueError, "diagonal.*at least two dim"),
    ],
)
def test_bad_input(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(leaf(2, 3))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("sizes", "wanted"),
    [
        ((2, 3), (2, 2, 3)),
        ((-1, 3), (2, 2, 3)),
        ((6, -1), (2, 6, 1)),
        ((1, 6), (2, 1, 6)),
        ((3, 1, 2), (2, 3, 1, 2)),
    ],
)
def test_an_axis_in_several_one_of_which_follows(sizes: tuple, wanted: tuple) -> None:
    x = mg.tensor(np.arange(12.0).reshape(2, 6))
    for out in (x.unflatten(1, sizes), x.unflatten(-1, list(sizes))):
        assert out.shape == wanted
        np.testing.assert_array_equal(out.numpy().ravel(), np.arange(12.0))
    for wrong in ((2, 2), (-1, 4), (-1, -1), (-1, 0), (12,)):
        with pytest.raises(ValueError, match="unflatten: sizes: wanted a product of 6"):
            x.unflatten(1, wrong)


@pytest.mark.parametrize("sizes", [-2, (2, -3), [-1, -2], (-5,)], ids=str)
@pytest.mark.parametrize("function", [mg.reshape, mg.Tensor.view, mg.Tensor.reshape])
def test_a_negative_size_is_refused_that_numpy_takes_for_minus_one(
    function: Callable, sizes: Any
) -> None:
    with pytest.raises(ValueError, match="one size may be -1, and no other may be negative"):
        function(mg.ones(4), sizes)


def test_tensor_split_takes_slices() -> None:
    def parts(n: int, places: list[int]) -> list[list[int]]:
        return [t.tolist() for t in mg.tensor_split(mg.arange(n), places)]

    assert parts(3, [-5]) == [[], [0, 1, 2]]
    assert parts(5, [3, 1]) == [[0, 1, 2], [], [1, 2, 3, 4]]
    assert parts(0, [-1]) == [[], []]
