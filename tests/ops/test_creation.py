"""Tensors from nothing and from arrays: values, dtypes, memory, refusals."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigrad as mg
from minigrad.engine.tensor import Tensor


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2.0], np.float32),
        ([[1, 2.5]], np.float32),
        (3, np.int64),
        ([1, 2], np.int64),
        (True, np.bool_),
        ([], np.float32),
        (np.ones(2), np.float64),
        (np.ones(2, np.float32), np.float32),
        (np.float64(2), np.float64),
        (np.uint8(2), np.uint8),
        ([np.float64(1), np.float64(2)], np.float64),
        ([np.ones(2), np.ones(2)], np.float64),
        (np.ones(2, np.int8), np.int8),
    ],
)
def test_python_floats_are_float32_and_arrays_stay(data: Any, dtype: type) -> None:
    for make in (mg.tensor, mg.asarray):
        t = make(data)
        assert t.dtype == dtype
        assert_array_equal(t.numpy(), np.asarray(data))


def test_the_constructor_takes_sizes_and_makes_the_rest_of_the_default_dtype() -> None:
    assert Tensor(2, 3).shape == (2, 3) and Tensor(4).tolist() == [0] * 4 and Tensor().shape == (0,)
    assert Tensor(np.int64(3)).shape == (3,)
    lists = ([1, 2], [np.float64(1), np.float64(2)], [np.ones(2), np.ones(2)], [[True]])
    for data in (*lists, np.ones(2), np.arange(3), np.ones(2, bool), np.array(1.0)):
        assert Tensor(data).dtype == np.float32
        assert_array_equal(Tensor(data).numpy(), np.asarray(data))
    assert Tensor(mg.tensor([1, 2])).dtype == np.int64  # of a tensor the dtype stays
    mg.set_default_dtype(np.float64)
    try:
        assert Tensor(np.ones(2)).dtype == np.float64
    finally:
        mg.set_default_dtype(np.float32)


def test_a_tensor_has_attributes_of_its_own() -> None:
    t = mg.tensor([1.0, 2.0], requires_grad=True)
    t.label = "x"
    assert t.label == "x" and not hasattr(t * 2, "label") and not hasattr(t.detach(), "label")
    assert copy.deepcopy(t).label == "x" and pickle.loads(pickle.dumps(t)).label == "x"
    weight = mg.nn.Parameter(mg.ones(2))
    weight.grad_sq = weight.detach() ** 2
    assert weight.grad_sq.tolist() == [1, 1]
    with pytest.raises(AttributeError, match="nearest"):
        _ = t.lable
    with pytest.raises(ValueError, match="sizes"):
        Tensor(2, -1)
    with pytest.raises(ValueError, match="sizes"):
        Tensor([1.0], True)


def test_a_list_of_tensors() -> None:
    for dtype in (np.float32, np.float64):
        row = mg.tensor([1.0, 2.0], dtype=dtype)
        t = mg.tensor([row, row])
        assert t.shape == (2, 2) and t.dtype == dtype


def test_tensor_copies_and_asarray_shares() -> None:
    a = np.ones(2)
    assert not np.shares_memory(mg.tensor(a).numpy(), a)
    assert mg.asarray(a).numpy() is a
    same = np.ones(2, np.float32)
    assert Tensor(same).numpy() is same
    t = mg.asarray(a)
    assert np.shares_memory(mg.asarray(t).numpy(), a)
    assert not np.shares_memory(mg.tensor(t).numpy(), a)
    single = mg.asarray(a, dtype=np.float32)
    assert single.dtype == np.float32 and not np.shares_memory(single.numpy(), a)


def test_a_tensor_of_a_tensor_is_a_new_leaf() -> None:
    x = mg.tensor([1.0], requires_grad=True)
    with pytest.warns(UserWarning, match="makes a constant"):
        t = mg.tensor(x * 2.0)
    assert t.is_leaf and not t.requires_grad and t.item() == 2.0


@pytest.mark.parametrize("dtype", [np.float32, "float64", np.dtype(np.int32), bool])
def test_dtype(dtype: Any) -> None:
    for t in (
        mg.tensor([1, 0], dtype=dtype),
        mg.asarray([1, 0], dtype=dtype),
        mg.zeros(2, dtype=dtype),
        mg.ones((1, 2), dtype=dtype),
        mg.full(2, 1, dtype=dtype),
        mg.zeros_like(mg.ones(2), dtype=dtype),
        mg.ones_like(mg.ones(2), dtype=dtype),
        mg.full_like(mg.ones(2), 1, dtype=dtype),
        mg.arange(0, 2, dtype=dtype),
        mg.linspace(0, 1, 2, dtype=dtype),
        mg.eye(2, dtype=dtype),
    ):
        assert t.dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (lambda: mg.zeros((2, 3)), np.zeros((2, 3), np.float32)),
        (lambda: mg.zeros(()), np.zeros((), np.float32)),
        (lambda: mg.ones(3), np.ones(3, np.float32)),
        (lambda: mg.ones((0, 2)), np.ones((0, 2), np.float32)),
        (lambda: mg.full((2,), 7), np.full(2, 7)),
        (lambda: mg.full((2,), 7.0), np.full(2, 7, np.float32)),
        (lambda: mg.full((2,), True), np.full(2, True)),
        (lambda: mg.full((2, 2), [1.0, 2.0]), np.array([[1, 2], [1, 2]], np.float32)),
        (lambda: mg.zeros_like(mg.arange(3)), np.zeros(3, np.int64)),
        (lambda: mg.ones_like(np.zeros((2, 2))), np.ones((2, 2))),
        (lambda: mg.full_like(mg.zeros(2), 5), np.full(2, 5, np.float32)),
        (lambda: mg.arange(4), np.arange(4)),
        (lambda: mg.arange(1, 8, 3), np.arange(1, 8, 3)),
        (lambda: mg.arange(3, 0, -1), np.arange(3, 0, -1)),
        (lambda: mg.arange(0.0, 1.0, 0.25), np.arange(0, 1, 0.25, dtype=np.float32)),
        (lambda: mg.linspace(0.0, 1.0, 5), np.linspace(0, 1, 5, dtype=np.float32)),
        (lambda: mg.zeros(2, 3), np.zeros((2, 3), np.float32)),
        (lambda: mg.ones(size=(2, 3)), np.ones((2, 3), np.float32)),
        (lambda: mg.eye(2, 3), np.eye(2, 3, dtype=np.float32)),
    ],
)
def test_values(made: Callable[[], Tensor], wanted: np.ndarray) -> None:
    t = made()
    assert t.dtype == wanted.dtype and t.shape == wanted.shape
    assert_array_equal(t.numpy(), wanted)
    assert t.is_leaf and not t.requires_grad


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: mg.tensor([1.0], **k),
        lambda **k: mg.asarray([1.0], **k),
        lambda **k: mg.zeros(2, **k),
        lambda **k: mg.ones(2, **k),
        lambda **k: mg.full(2, 1.0, **k),
        lambda **k: mg.zeros_like(mg.ones(2), **k),
        lambda **k: mg.ones_like(mg.ones(2), **k),
        lambda **k: mg.full_like(mg.ones(2), 3.0, **k),
        lambda **k: mg.arange(0.0, 2.0, **k),
        lambda **k: mg.linspace(0.0, 1.0, 3, **k),
        lambda **k: mg.eye(2, **k),
    ],
)
def test_requires_grad_and_memory_of_its_own(make: Callable[..., Tensor]) -> None:
    t = make(requires_grad=True)
    assert t.requires_grad and t.is_leaf and t.grad is None
    assert t.numpy().flags.writeable
    mg.sum(t * 2.0).backward()
    assert_array_equal(t.grad.numpy(), np.full(t.shape, 2.0))  # type: ignore[union-attr]
    with pytest.raises((ValueError, TypeError), match="requires_grad needs a float"):
        make(requires_grad=True, dtype=np.int64)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: mg.zeros(-1), ValueError, "zeros: sizes must not be negative, got"),
        (lambda: mg.ones((2, -3)), ValueError, "ones: sizes must not be negative"),
        (lambda: mg.zeros(2.5), TypeError, "zeros: wanted sizes, integers .* got"),
        (lambda: mg.full((1, "2"), 1.0), TypeError, "full: wanted sizes, integers"),
        (lambda: mg.eye(-2), ValueError, "eye: sizes must not be negative"),
        (lambda: mg.arange(0, 3, 0), ValueError, "arange: step must not be 0"),
        (lambda: mg.linspace(0.0, 1.0, -2), ValueError, "-2"),
        (lambda: mg.tensor([[1.0], [1.0, 2.0]]), ValueError, "tensor: cannot make an array"),
        (lambda: mg.tensor("abc"), TypeError, "tensor: wanted numbers, got 'abc'"),
        (lambda: mg.tensor(None), TypeError, "tensor: wanted numbers, got None"),
        (lambda: mg.tensor(1j), TypeError, "tensor: dtype complex128 is not supported"),
        (lambda: mg.zeros(2, dtype=np.float16), TypeError, "dtype float16 is not supported"),
        (lambda: mg.ones_like([1.0], dtype=complex), TypeError, "dtype complex128 is not"),
        (lambda: mg.tensor([1.0], dtype="f2"), TypeError, "tensor: dtype float16 is not"),
    ],
)
def test_refusals(make: Callable[[], Tensor], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_a_list_widens_for_nobody() -> None:
    one = mg.tensor(1.0)
    mixed = [[one, 2.0], [np.float32(1), 2.0], [one, 3], [mg.tensor(1), 2.5], [[one], [2.0]]]
    assert {mg.tensor(data).dtype for data in mixed} == {np.dtype(np.float32)}
    assert mg.add(mg.ones(2), [one, 2.0]).dtype == np.float32
    assert mg.tensor([one.double(), 2.0]).dtype == mg.tensor([np.float64(1), 2.0]).dtype
    assert mg.tensor([one.double(), 2.0]).dtype == np.float64


def test_asarray_copies_a_part_of_a_graph_and_shares_nothing() -> None:
    w = mg.ones(2, requires_grad=True)
    copied = mg.asarray(w, copy=True)
    assert copied is not w
    copied.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [1.0, 1.0]
    assert mg.asarray(np.zeros(0), copy=False).shape == (0,)


def test_to_takes_copy_by_position() -> None:
    x = mg.ones(2)
    for args in ((np.float32, False, True), ("cpu", np.float32, False, True), (x, False, True)):
        assert x.to(*args) is not x
    assert x.to(np.float32, True) is x


def test_arange_counts_in_python_numbers() -> None:
    assert mg.arange(np.int8(-100), np.int8(100)).tolist() == [*range(-100, 100)]
    with pytest.raises(ValueError, match="does not lead from 5 to 0"):
        mg.arange(np.uint8(5), np.uint8(0))


def test_constructors_by_dtype_take_sizes() -> None:
    assert mg.FloatTensor(mg.ones(2, 3).size()).shape == (2, 3)
    assert mg.FloatTensor(np.int64(3)).shape == (3,)
    assert mg.FloatTensor((2, 3)).tolist() == [2, 3]
    for number in (2.0, True, np.float32(2)):
        with pytest.raises(TypeError, match="wanted sizes"):
            mg.FloatTensor(number)


def test_typename_of_a_dtype_without_a_constructor() -> None:
    assert mg.typename(mg.zeros(1, dtype=mg.uint16)) == "minigrad.UInt16Tensor"


@pytest.mark.parametrize("indices", [mg.tril_indices, mg.triu_indices])
def test_triangles_that_do_not_exist(indices: Any) -> None:
    assert indices(2, 2, dtype=">i4").dtype == np.int32
    for dtype in ("int8", "float32"):
        with pytest.raises(TypeError, match="wanted int32 or int64"):
            indices(200, 1, dtype=dtype)
    with pytest.raises(ValueError, match="must not be negative"):
        indices(-1, 1)


def test_numbers_with_their_bytes_in_the_other_order_are_refused():
    for array in (np.array([1, 2], ">i8"), np.array([1.0], ">f4")):
        for make in (mg.tensor, mg.from_numpy, mg.as_tensor, lambda a: mg.ones(2) + a):
            with pytest.raises(TypeError, match=r"another order.*astype\('"):
                make(array)


def test_whole_numbers_beyond_the_range_are_refused_in_words():
    with pytest.raises(ValueError, match="range of int64"):
        mg.tensor([2**63])
    with pytest.raises(ValueError, match="range of any dtype of integers"):
        mg.tensor([2**64])
