"""The tensor: dtype rules, NumPy's company, indexing, copies."""

from __future__ import annotations

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigrad as mg
from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.utils.data import DataLoader, default_collate

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


def leaf(value: object, dtype: Any = np.float64) -> Tensor:
    return tensor_of(np.array(value, dtype), requires_grad=True)


# --------------------------------------------------------------------- dtypes


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "other", [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), np.arange(1, 3), [1, 2]]
)
def test_scalars_and_integers_never_widen(op: Callable, dtype: type, other: Any) -> None:
    t = leaf([1.0, 2.0], dtype)
    for out in (op(t, other), op(other, t)):
        assert isinstance(out, Tensor) and out.dtype == dtype and out.requires_grad
        t.grad = None
        mg.sum(out).backward()
        assert t.grad.dtype == dtype  # type: ignore[attr-defined]
    plain = np.array([1.0, 2.0], dtype)
    wanted = op(plain, np.asarray(other, dtype))
    assert_array_equal(op(t, other).numpy(), wanted)
    assert_array_equal(op(other, t).numpy(), op(np.asarray(other, dtype), plain))


def test_arrays_widen_as_in_numpy() -> None:
    single, double = mg.ones(2), np.ones(2)
    assert (single * double).dtype == np.float64
    assert (double * single).dtype == np.float64
    assert (single * mg.arange(2)).dtype == np.float32
    assert (mg.arange(2) + mg.arange(2)).dtype == np.int64
    assert (mg.arange(2) + 1).dtype == np.int64
    assert (mg.arange(2) / 2).dtype == np.float32
    assert (mg.arange(2) * 0.5).dtype == np.float32
    assert mg.exp(mg.arange(2)).dtype == np.float32


def test_float64_does_not_leak_through_a_net() -> None:
    w = leaf(np.ones((3, 3)), np.float32)
    x = mg.ones((2, 3))
    out = mg.mean(mg.tanh(x @ w * np.float64(0.1)) ** 2) * np.sqrt(2.0)
    out.backward()
    assert out.dtype == np.float32 and w.grad.dtype == np.float32  # type: ignore[union-attr]


def test_a_gradient_comes_back_in_the_dtype_of_its_input() -> None:
    single, double = leaf([1.0], np.float32), leaf([2.0], np.float64)
    out = single * double
    assert out.dtype == np.float64
    out.backward()
    assert single.grad.dtype == np.float32  # type: ignore[union-attr]
    assert double.grad.dtype == np.float64  # type: ignore[union-attr]
    x = leaf([1.0], np.float32)
    x.astype(np.float64).backward()
    assert x.grad.dtype == np.float32  # type: ignore[union-attr]


# --------------------------------------------------------------------- beside NumPy


def test_arrays_on_the_left() -> None:
    a, t = np.array([[1.0, 2.0], [3.0, 4.0]]), leaf([[5.0, 6.0], [7.0, 8.0]])
    for op in (*OPERATORS, operator.matmul):
        out = op(a, t)
        assert isinstance(out, Tensor) and out.requires_grad
        assert_allclose(out.numpy(), op(a, t.numpy()), rtol=1e-14)
    for op in COMPARISONS:
        out = op(a, t)
        assert isinstance(out, Tensor) and not out.requires_grad
        assert_array_equal(out.numpy(), op(a, t.numpy()))


def test_numpy_functions_of_tensors() -> None:
    t = leaf([0.5, 1.0])
    for name in ("exp", "log", "sin", "tanh", "sqrt", "add", "maximum", "negative"):
        ufunc = getattr(np, name)
        arguments = (t, 2.0)[: ufunc.nin]
        out = ufunc(*arguments)
        assert isinstance(out, Tensor) and out.requires_grad
        assert_array_equal(
            out.numpy(), ufunc(*(np.asarray(a) for a in (t.numpy(), 2.0)[: ufunc.nin]))
        )
    with pytest.raises(TypeError):
        np.spacing(t)
    with pytest.raises(TypeError):
        np.exp(t, out=np.zeros(2))
    with pytest.raises(TypeError):
        np.add.reduce(t)
    a = np.zeros(2)
    with pytest.raises(TypeError):
        a += t


def test_as_an_array() -> None:
    t = mg.tensor([1.0, 2.0])
    assert_array_equal(np.asarray(t), [1.0, 2.0])
    assert np.asarray(t) is not None and np.asarray(t, dtype=np.float64).dtype == np.float64
    assert np.shares_memory(np.asarray(t), t.numpy())
    assert not np.shares_memory(np.array(t), t.numpy())
    assert_array_equal(np.concatenate([np.asarray(t), t]), [1, 2, 1, 2])
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    for tracked in (x, x * 2.0):
        with pytest.raises(TypeError, match=r"say so with \.detach\(\) or \.numpy\(\)"):
            np.asarray(tracked)
        assert_array_equal(np.asarray(tracked.detach()), tracked.numpy())


def test_numpy_is_the_array_and_data_a_constant() -> None:
    a = np.ones(2)
    t = tensor_of(a, requires_grad=True)
    assert t.numpy() is a and t.data.numpy() is a
    assert isinstance(t.data, Tensor) and not t.data.requires_grad and t.data.is_leaf
    t.data += 1.0
    t.data[0] = 5.0
    assert_array_equal(t.numpy(), [5.0, 2.0])
    scalar = mg.sum(t.detach())
    assert isinstance(scalar.numpy(), np.ndarray) and scalar.shape == () and scalar.ndim == 0
    scalar.data += 1.0
    assert scalar.item() == 8.0


def test_setting_data() -> None:
    t = leaf([1.0, 2.0])
    t.data = np.zeros(2)
    assert_array_equal(t.numpy(), [0.0, 0.0])
    with pytest.raises(ValueError, match="requires_grad needs float32 or float64 data, got int64"):
        t.data = np.arange(2)
    with pytest.raises(ValueError, match=r"wanted shape \(2,\), as the graph of 'multiply'"):
        (t * 2.0).data = np.zeros(3)
    assert_array_equal(t.numpy(), [0.0, 0.0])
    other = mg.ones(2)
    t.data = other
    t.data += 1.0
    assert_array_equal(other.numpy(), [2.0, 2.0])
    for value in (3, [1.0, 2.0], None):
        with pytest.raises(TypeError, match=r"Tensor.data: wanted a tensor, got"):
            t.data = value
    assert t.tolist() == [2.0, 2.0]


# --------------------------------------------------------------------- what it is


def test_facts() -> None:
    t = mg.zeros((2, 3))
    assert (t.shape, t.ndim, t.numel(), len(t)) == ((2, 3), 2, 6, 2)
    assert t.dtype == np.float32 and t.is_leaf and t.grad_fn is None and t.grad is None
    y = leaf(np.ones((2, 3))) * 2.0
    assert not y.is_leaf and y.grad_fn is not None and y.grad_fn.operation.name == "multiply"
    assert repr(y.grad_fn) == "<multiply -> (2, 3) float64>"


def test_numbers() -> None:
    for t in (mg.tensor(2.5), mg.tensor([[2.5]]), leaf(2.5) * 1.0):
        assert t.item() == 2.5 and float(t) == 2.5 and int(t) == 2 and bool(t)
        assert type(t.item()) is float
    assert not mg.tensor(0.0)
    assert [10, 20, 30][mg.tensor(1)] == 20
    assert mg.tensor([[1, 2]]).tolist() == [[1, 2]] and mg.tensor(1).item() == 1
    for bad in (float, int, bool, Tensor.item):
        with pytest.raises(ValueError, match=r"\(2,\)"):
            bad(mg.ones(2))
    with pytest.raises(TypeError, match="only an integer tensor can be an index"):
        [1, 2][mg.tensor(1.0)]
    with pytest.raises(TypeError, match="len"):
        len(mg.tensor(1.0))
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        iter(mg.tensor(1.0))


def test_repr() -> None:
    assert repr(mg.tensor([1.0, 2.0])) == "tensor([1., 2.])"
    assert repr(mg.tensor([1, 2])) == "tensor([1, 2])"
    assert repr(mg.tensor(np.ones(1))) == "tensor([1.], dtype=float64)"
    x = mg.tensor([1.0], requires_grad=True)
    assert repr(x) == "tensor([1.], requires_grad=True)"
    assert repr(x + 1.0) == "tensor([2.], operation='add')"
    assert repr(mg.zeros((0, 3))) == "tensor([], shape=(0, 3))"
    assert "shape=(5000,)" in repr(mg.zeros(5000))
    two_lines = repr(mg.eye(2)).splitlines()
    assert two_lines[1].startswith("        [0.")


def test_format() -> None:
    loss = leaf(2.34567) * 1.0
    assert f"{loss:.3f}" == "2.346" and f"{mg.tensor(7):03d}" == "007"
    assert f"{mg.tensor([1.0])}" == str(mg.tensor([1.0]))


def test_hashing_is_by_identity() -> None:
    a, b = mg.ones(2), mg.ones(2)
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1
    assert hash(a) != hash(b)


def test_comparisons() -> None:
    a, b = leaf([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 2.0])
    for op in COMPARISONS:
        for other in (b, tensor_of(b), 2, 2.0):
            out = op(a, other)
            assert out.dtype == np.bool_ and not out.requires_grad
            assert_array_equal(out.numpy(), op(a.numpy(), 2.0))


def test_iteration() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    assert isinstance(first, Tensor) and first.shape == (2,)
    mg.sum(first * 2.0 + second * 3.0).backward()
    assert_array_equal(x.grad.numpy(), [[2, 2], [3, 3]])  # type: ignore[union-attr]
    assert [t.item() for t in mg.arange(3)] == [0, 1, 2]


INDICES: list[Any] = [
    1,
    -1,
    np.int64(1),
    slice(None, None, -1),
    ...,
    None,
    (0, 1),
    (slice(1, None), 2),
    (..., 0),
    (None, 1, None),
    [0, 0, 1],
    np.array([[0, 1], [1, 1]]),
    (np.array([0, 1, 1]), np.array([2, 2, 2])),
    (slice(None), [0, 0]),
    np.array([True, False]),
    np.array([[True, False, True], [False, True, False]]),
    (np.array([True, False]), 1),
    (),
    slice(0, 0),
    [],
]


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_indexing(index: Any) -> None:
    x = leaf(np.arange(6.0).reshape(2, 3))
    if isinstance(index, list) and not index:
        index = np.array([], int)
    out = x[index]
    assert_array_equal(out.numpy(), x.numpy()[index])
    v = np.arange(1.0, out.numel() + 1).reshape(out.shape)
    out.backward(v)
    wanted = np.zeros((2, 3))
    np.add.at(wanted, index, v)
    assert_array_equal(x.grad.numpy(), wanted)  # type: ignore[union-attr]


def test_indexing_by_tensors() -> None:
    x = leaf(np.arange(6.0).reshape(2, 3))
    assert_array_equal(x[mg.tensor([1, 0, 1])].numpy(), x.numpy()[[1, 0, 1]])
    assert_array_equal(x[x > 2.0].numpy(), [3.0, 4.0, 5.0])
    assert_array_equal(x[mg.tensor([0, 1]), mg.tensor([2, 2])].numpy(), [2.0, 5.0])
    assert x[mg.tensor(1), 0].item() == 3.0


def test_transposes_and_methods() -> None:
    x = leaf(np.arange(24.0).reshape(2, 3, 4))
    assert_array_equal(x.T.numpy(), x.numpy().T)
    assert_array_equal(x.mT.numpy(), x.numpy().mT)
    assert_array_equal(x.permute(1, 0, 2).numpy(), x.numpy().transpose(1, 0, 2))
    assert_array_equal(x.permute((1, 0, 2)).numpy(), x.numpy().transpose(1, 0, 2))
    assert_array_equal(x.transpose(0, 2).numpy(), x.numpy().swapaxes(0, 2))
    assert x.reshape(6, 4).shape == x.reshape((6, 4)).shape == x.reshape(6, -1).shape == (6, 4)
    assert x.flatten().shape == x.ravel().shape == x.reshape(-1).shape == (24,)
    for name in ("sum", "mean", "prod", "argmax", "argmin", "cumsum"):
        for axis in (0, -1):
            ours, theirs = getattr(x, name)(axis=axis), getattr(x.numpy(), name)(axis=axis)
            assert_allclose(ours.numpy(), theirs, rtol=1e-13)
    assert_array_equal((-x).numpy(), -x.numpy())
    assert_array_equal(abs(-x).numpy(), x.numpy())
    assert (+x).shape == x.shape


# --------------------------------------------------------------------- leaving the graph, copying


def test_detach_shares_memory() -> None:
    x = leaf([1.0, 2.0])
    for t in (x, x * 2.0):
        d = t.detach()
        assert not d.requires_grad and d.is_leaf and np.shares_memory(d.numpy(), t.numpy())
    assert_array_equal((x.detach() * x).numpy(), [1.0, 4.0])


def test_copies_of_a_leaf() -> None:
    x = leaf([1.0, 2.0], np.float32)
    mg.sum(x * x).backward()
    for other in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert other.requires_grad and other.dtype == x.dtype
        assert_array_equal(other.numpy(), x.numpy())
        assert_array_equal(other.grad.numpy(), [2.0, 4.0])
        assert not np.shares_memory(other.numpy(), x.numpy())
        assert not np.shares_memory(other.grad.numpy(), x.grad.numpy())  # type: ignore[union-attr]
    pair = copy.deepcopy([x, x])
    assert pair[0] is pair[1]


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_recorded_result_has_no_copies(how: Callable) -> None:
    y = leaf([1.0]) * 2.0
    with pytest.raises(RuntimeError, match=r"only a leaf can be copied.*'multiply'.*detach\(\)"):
        how(y)
    how(y.detach())


# --------------------------------------------------------------------- what is not there


def test_a_missing_attribute_names_the_nearest() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(AttributeError, match=r"no attribute 'unsqeeze'; the nearest are unsqueeze"):
        x.unsqeeze(0)
    assert not hasattr(x, "half") and not hasattr(x, "__array_interface__")
    assert getattr(x, "nothing_like_it", None) is None
    assert_array_equal(copy.deepcopy(x).numpy(), x.numpy())
    assert_array_equal(pickle.loads(pickle.dumps(x)).numpy(), x.numpy())


def test_one_element_is_formatted_as_its_number() -> None:
    assert f"{mg.tensor([[2.5]]):.2f}" == f"{mg.tensor(2.5):.2f}" == "2.50"
    with pytest.raises(TypeError, match=r"format: '.2f' needs a tensor of one element.*tolist"):
        f"{mg.tensor([1.0, 2.0]):.2f}"


# --------------------------------------------------------------------- what Python asks for


def test_shifts_change_whole_numbers_in_place_too() -> None:
    t = mg.tensor([-5, 12, 3])
    same = t
    t <<= 2
    t >>= mg.tensor([1, 2, 0])
    assert same is t and t.tolist() == [-10, 12, 12]
    assert t.bitwise_right_shift_(1).bitwise_left_shift_(2) is t and t.tolist() == [-20, 24, 24]
    assert (mg.tensor([100], dtype="int8") << 1000).tolist() == [0]
    for wrong in (lambda: t << 1.5, lambda: mg.ones(1) >> 1, lambda: (t > 0) << (t > 0)):
        with pytest.raises(TypeError, match=r"^bitwise_\w+_shift\(.*wanted integers"):
            wrong()
    f = mg.ones(2)
    with pytest.raises(TypeError, match=r"bitwise_left_shift.*got float32"):
        f <<= 1
    assert f.tolist() == [1, 1]


def test_an_element_is_looked_for_anywhere() -> None:
    t = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert 4 in t and 5 not in t and mg.tensor([9.0, 2.0]) in t and 1 in mg.tensor(1)
    for wrong in (None, "a", [1.0, 2.0]):
        with pytest.raises(TypeError, match="in: wanted a number or a tensor, got "):
            wrong in t  # noqa: B015


def test_rows_in_reverse_keep_their_gradient() -> None:
    t = leaf([[1.0, 2.0], [3.0, 4.0]])
    r: Any = reversed(t)
    assert r.tolist() == [[3, 4], [1, 2]]
    (r[0] * r[0]).sum().backward()
    assert t.grad is not None and t.grad.tolist() == [[0, 0], [6, 8]]


def test_no_element_can_be_deleted() -> None:
    t = mg.ones(3)
    with pytest.raises(TypeError, match="del: a tensor keeps its shape; take what is wanted"):
        del t[0]


@pytest.mark.parametrize(
    "divide",
    [
        lambda a, b: a // b,
        lambda a, b: a % b,
        lambda a, b: mg.fmod(a, b),
        lambda a, b: mg.div(a, b, rounding_mode="trunc"),
        lambda a, b: a.floor_divide_(b),
        lambda a, b: a.remainder_(b),
    ],
)
def test_whole_numbers_are_not_divided_by_zero(divide: Callable) -> None:
    """They were 0, with NumPy's warning."""
    for zero in (0, mg.tensor([1, 0, 2]), np.array(0), False):
        a = mg.tensor([1, -2, 3])
        with pytest.raises(ValueError, match="whole numbers cannot be divided by 0"):
            divide(a, zero)
        assert a.tolist() == [1, -2, 3]
    assert divide(mg.tensor([6, 8]), mg.tensor([4, 4])).tolist() in ([1, 2], [2, 0])


def test_a_device_is_the_processor_and_no_other() -> None:
    cpus = [mg.device("cpu"), mg.device("cpu:0"), mg.device("cpu", 0), mg.device(mg.device("cpu"))]
    assert {(d.type, str(d)) for d in cpus} == {("cpu", "cpu")}
    assert [d.index for d in cpus] == [None, None, 0, None]
    assert len({*cpus}) == 1 and cpus[0] != "cpu"
    for name in ("cuda", "cuda:0", "mps", "cpu:1", ""):
        with pytest.raises(ValueError, match=f"device: wanted 'cpu', got '{name}'"):
            mg.device(name)
        with pytest.raises(ValueError, match="wanted 'cpu', got"):
            mg.zeros(2, device=name)
    with pytest.raises(TypeError, match="device: wanted 'cpu', got 3"):
        mg.device(3)


def test_masked_arrays_are_refused_wherever_they_come_from() -> None:
    floats = np.ma.masked_array([1.0, 2.0], [True, False])
    whole = np.ma.masked_array([0, 1], [True, False])
    mask = np.ma.masked_array([True, False], [True, False])
    t, u = mg.ones(2), mg.zeros(2)
    calls: list[Callable[[], Any]] = [
        lambda: mg.tensor(floats),
        lambda: mg.tensor([floats]),
        lambda: mg.as_tensor([[whole]]),
        lambda: mg.tensor([1.0, floats[0]]),
        lambda: mg.stack([[floats]]),
        lambda: operator.add(t, [floats]),
        lambda: operator.add([floats], t),
        lambda: default_collate([floats]),
        lambda: default_collate([(whole, 1)]),
        lambda: list(DataLoader([whole])),
        lambda: list(DataLoader([whole], batch_size=None)),
        lambda: mg.where(mask, t, u),
        lambda: np.where(mask, t, u),
        lambda: operator.setitem(t, mask, 5.0),
        lambda: operator.setitem(t, [whole], 5.0),
        lambda: operator.setitem(t, slice(None), floats),
        lambda: t[whole],
        lambda: t[[whole]],
        lambda: t == floats,
        lambda: t.eq(floats),
        lambda: t < floats,
    ]
    for call in calls:
        with pytest.raises(TypeError, match="masked array would lose its mask; fill it first"):
            call()
    assert t.tolist() == [1, 1]
