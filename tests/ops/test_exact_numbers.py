"""Numbers are as exact as the dtype that takes them in: nothing goes through float32 on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import Tensor

TENTH = 0.1  # float32 rounds it
BIG = 2**53 + 1  # float64 rounds it, and float32 all above 2**24


def zero() -> Tensor:
    return mg.zeros(1, dtype="float64")


def one(*shape: int) -> Tensor:
    return mg.ones(*(shape or (1,)), dtype="float64")


def whole(*values: int) -> Tensor:
    return mg.tensor(list(values))


def assigned(index: Any, value: Any) -> Tensor:
    t = zero()
    t[index] = value
    return t


def gradient(cotangent: Any) -> Any:
    x = mg.ones(1, dtype="float64", requires_grad=True)
    (x * 1).backward(cotangent)
    return x.grad


TENTHS: list[Callable[[], Any]] = [
    lambda: mg.tensor([TENTH], dtype="float64"),
    lambda: mg.asarray([TENTH], dtype="float64"),
    lambda: mg.full((1,), TENTH, dtype="float64"),
    lambda: mg.full_like(zero(), TENTH),
    lambda: zero().new_full((1,), TENTH),
    lambda: zero().new_tensor([TENTH]),
    lambda: mg.tensor([np.float64(TENTH)]),
    lambda: mg.tensor([0.0, np.float64(TENTH)])[1:],
    lambda: mg.tensor([[0.0], [np.float64(TENTH)]])[1],
    lambda: assigned(0, TENTH),
    lambda: assigned(slice(None), [TENTH]),
    lambda: assigned(mg.tensor([True]), TENTH),
    lambda: gradient([TENTH]),
    lambda: zero() + TENTH,
    lambda: zero().__add__([TENTH]),
    lambda: zero().__radd__([TENTH]),
    lambda: one() * np.float64(TENTH),
    lambda: zero().add_(TENTH),
    lambda: zero().add(one(), alpha=TENTH),
    lambda: zero().add(1, alpha=TENTH),
    lambda: zero().add([1.0], alpha=TENTH),
    lambda: (-zero()).sub(-1.0, alpha=TENTH),
    lambda: zero().masked_fill(mg.tensor([True]), TENTH),
    lambda: zero().index_fill(0, whole(0), TENTH),
    lambda: zero().index_add(0, whole(0), [TENTH]),
    lambda: zero().scatter(0, whole(0), TENTH),
    lambda: zero().scatter_add(0, whole(0), [TENTH]),
    lambda: zero().clamp(min=[TENTH]),
    lambda: zero().lerp([TENTH], 1.0),
    lambda: mg.where(mg.tensor([True]), [TENTH], zero()),
    lambda: mg.fmod(one(), [0.9]) - (np.fmod(1.0, 0.9) - TENTH),
    lambda: mg.cat([zero(), [TENTH]])[1:],
    lambda: mg.cross(mg.tensor([1.0, 0.0, 0.0], dtype="float64"), [0.0, TENTH, 0.0])[2:],
    lambda: F.linear(one(1, 1), [[TENTH]])[0],
    lambda: mg.fmax(zero(), [TENTH]),
    lambda: mg.fmin([TENTH], one()),
    lambda: mg.logaddexp2(zero() - 2000, [TENTH]),
    lambda: mg.kron(one(), [TENTH]),
    lambda: mg.cdist(zero().reshape(1, 1), [[TENTH]])[0],
    lambda: mg.trapezoid(one(2), [0.0, TENTH]).reshape(1),
    lambda: mg.cumulative_trapezoid(one(2), [0.0, TENTH]),
    lambda: mg.masked_scatter(zero(), mg.tensor([True]), [TENTH]),
    lambda: mg.put(zero(), whole(0), [TENTH]),
    lambda: mg.addr(zero().reshape(1, 1), one(), [TENTH])[0],
    lambda: mg.addr([[TENTH]], one(), zero())[0],
    lambda: mg.histogram(zero(), 1, weight=[TENTH]).hist,
    lambda: mg.quantile(mg.tensor([0.0, 1.0], dtype="float64"), TENTH).reshape(1),
    lambda: mg.quantile(mg.tensor([0.0, 1.0], dtype="float64"), [TENTH]),
    lambda: F.l1_loss(zero(), [TENTH], reduction="none"),
    lambda: F.pairwise_distance(zero(), [TENTH], eps=0.0, keepdim=True),
    lambda: (
        F.cross_entropy(mg.zeros(1, 2, dtype="float64"), [0], [TENTH, 1.0], reduction="none")
        / np.log(2)
    ),
    lambda: (
        F.cross_entropy(mg.zeros(1, 2, dtype="float64"), [[TENTH, 0.0]], reduction="none")
        / np.log(2)
    ),
    lambda: (
        F.binary_cross_entropy_with_logits(zero(), one(), pos_weight=[TENTH], reduction="none")
        / np.log(2)
    ),
]


@pytest.mark.parametrize("compute", TENTHS)
def test_a_float64_tensor_takes_in_python_floats_unrounded(compute: Callable[[], Any]) -> None:
    out = compute()
    assert out.dtype == np.float64
    np.testing.assert_allclose(out.numpy(), [TENTH], rtol=4e-16)


@pytest.mark.parametrize("equal", [mg.equal, lambda a, b: mg.allclose(a, b, 0.0, 0.0)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_are_compared_in_the_dtype_of_the_tensor(equal: Any, dtype: str) -> None:
    tensor = mg.tensor([TENTH], dtype=dtype)
    assert equal(tensor, [TENTH]) and equal([TENTH], tensor)
    assert (tensor == [TENTH]).all() and (tensor == TENTH).all() and not (tensor < [TENTH]).any()


def test_fractions_in_a_list_are_compared_with_whole_numbers_as_they_are() -> None:
    tensor = mg.tensor([0, 1])
    assert (tensor == [0.5, 1.5]).tolist() == [False, False]
    assert (tensor < [0.5, 1.5]).all() and mg.gt([0.5, 1.5], tensor).all()


WHOLE: list[tuple[Callable[[], Any], int]] = [
    (lambda: mg.tensor([16777217.0], dtype="int64"), 16777217),
    (lambda: mg.full((1,), 16777217.0, dtype="int64"), 16777217),
    (lambda: mg.div(whole(BIG), 1, rounding_mode="trunc"), BIG),
    (lambda: mg.div(whole(-7), 2, rounding_mode="trunc"), -3),
    (lambda: mg.div(whole(7), -2, rounding_mode="trunc"), -3),
    (lambda: mg.div(whole(BIG), 1, rounding_mode="floor"), BIG),
    (lambda: mg.fmod(whole(-BIG), 2**53), -1),
    (lambda: mg.nansum(whole(BIG)), BIG),
    (lambda: mg.maximum(whole(BIG), 0), BIG),
    (lambda: whole(0).masked_fill(mg.tensor([True]), BIG), BIG),
    (lambda: whole(BIG) @ whole(1), BIG),
]


@pytest.mark.parametrize(("compute", "wanted"), WHOLE)
def test_whole_numbers_stay_whole(compute: Callable[[], Any], wanted: int) -> None:
    out = compute()
    assert out.dtype == np.int64 and out.item() == wanted


def test_fmod_is_numpys_at_infinity_and_passes_the_gradient() -> None:
    x = mg.tensor([5.5, -5.5, 1.0], dtype="float64", requires_grad=True)
    y = mg.tensor([2.0, 2.0, np.inf], dtype="float64", requires_grad=True)
    out = mg.fmod(x, y)
    np.testing.assert_array_equal(out.detach().numpy(), [1.5, -1.5, 1.0])
    out.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 1.0)  # type: ignore[union-attr]
    np.testing.assert_array_equal(y.grad.numpy(), [-2.0, 2.0, 0.0])  # type: ignore[union-attr]


def test_a_nan_is_not_lost_in_order_or_shrinking() -> None:
    x = mg.tensor([2.0, np.nan, 1.0], requires_grad=True)
    values, indices = mg.median(x, 0)
    assert np.isnan(values.item()) and indices.item() == 1
    assert np.isnan(mg.median(x).item())
    assert mg.median(mg.tensor([[3.0, 1.0, 2.0]]), 1).indices.tolist() == [2]
    F.softshrink(x).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [1.0, 1.0, 1.0]


def test_the_mode_among_nans() -> None:
    for values, wanted in (([np.nan, np.nan], np.nan), ([2.0, np.nan, np.nan], 2.0)):
        found = mg.mode(mg.tensor(values), 0)
        np.testing.assert_equal(found.values.item(), wanted)
    assert mg.mode(mg.tensor([1.0, np.nan, 1.0, 0.0]), 0).indices.item() == 2


SMALL = mg.tensor([1, 2], dtype="int8")
TOO_LARGE: dict[str, Callable[[int], Any]] = {
    "tensor": lambda n: mg.tensor([n], dtype="int8"),
    "asarray": lambda n: mg.asarray([[n]], "int8"),
    "full": lambda n: mg.full((2,), n, dtype="int8"),
    "full_like": lambda n: mg.full_like(SMALL, n),
    "new_full": lambda n: SMALL.new_full((2,), n),
    "new_tensor": lambda n: SMALL.new_tensor([n]),
    "fill_": lambda n: SMALL.clone().fill_(n),
    "assignment": lambda n: SMALL.clone().__setitem__(0, n),
    "a list": lambda n: SMALL.clone().__setitem__(slice(None), [n, 0]),
    "masked_fill": lambda n: SMALL.masked_fill(SMALL == 1, n),
    "scatter": lambda n: SMALL.scatter(0, whole(0), n),
    "index_fill": lambda n: SMALL.index_fill(0, whole(0), n),
    "where": lambda n: mg.where(SMALL == 1, n, SMALL),
    "or else": lambda n: mg.where(SMALL == 1, SMALL, n),
    "add": lambda n: SMALL + n,
    "add_": lambda n: SMALL.clone().add_(n),
    "maximum": lambda n: mg.maximum(SMALL, n),
    "arange": lambda n: mg.arange(n - 1, n + 1, dtype="int8"),
    "linspace": lambda n: mg.linspace(0, n, 2, dtype="int8"),
    "logspace": lambda n: mg.logspace(n, n, 1, base=1.0 if n < 128 else 2.0, dtype="int8"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
def test_a_number_beyond_an_integer_dtype_is_refused(name: str) -> None:
    """NumPy's conversions keep the lowest bits of it without a word."""
    make = TOO_LARGE[name]
    make(127)
    with pytest.raises(ValueError, match="int8"):
        make(300)
    assert SMALL.tolist() == [1, 2]


def test_the_range_of_a_dtype_ends_where_it_ends() -> None:
    for dtype in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        limits = np.iinfo(dtype)
        for value in (limits.min, limits.max):
            assert mg.tensor([value], dtype=dtype).item() == value
        if dtype != "uint64":  # beyond which there is no array of numbers
            with pytest.raises(ValueError, match=f"range of {dtype}"):
                mg.tensor([int(limits.max) + 1], dtype=dtype)
    with pytest.raises(ValueError, match="range of int64"):
        mg.tensor([-1e30], dtype="int64")
    assert mg.tensor([-1, -255], dtype="uint8").tolist() == [255, 1]  # as in PyTorch
    with pytest.raises(ValueError, match="range of uint8"):
        mg.tensor([-256], dtype="uint8")
    for make in (mg.tensor, mg.asarray):
        assert make(np.array([300]), dtype="uint8").item() == 44  # a conversion, as astype
    assert mg.tensor([300, 0], dtype="bool").tolist() == [True, False]


def test_sums_of_small_whole_numbers_do_not_wrap_around() -> None:
    bytes_ = mg.tensor([200, 100], dtype="uint8")
    for total in (bytes_.sum(), bytes_.sum(dim=0), bytes_.cumsum(0)[-1], mg.prod(bytes_[1:]) * 3):
        assert total.dtype == np.int64
        assert (total - 301).item() == -1
    assert mg.tensor([2**63], dtype="uint64").sum().item() == 2**63
    for make in (mg.tensor, mg.asarray):  # an array has its own dtype
        assert make(np.array([2**63], np.uint64)).dtype == np.uint64
    for dtype in ("int8", "uint8", "int32", "bool"):
        ones = mg.full((9,), 1, dtype=dtype)
        assert mg.cumprod(ones, 0).dtype == np.int64
    assert mg.cumprod(mg.tensor([100, 2], dtype="int8"), 0).tolist() == [100, 200]


def test_comparisons_take_the_dtype_of_what_has_axes() -> None:
    x, tenth = mg.tensor([0.1, 0.2]), mg.tensor(TENTH, dtype="float64")
    for number in (np.float64(TENTH), np.array(TENTH), tenth):
        assert (x == number).tolist() == [True, False]
        assert (x <= number).tolist() == [True, False]
        assert mg.gt(number, x).tolist() == [False, False]
    assert np.float64(TENTH) in x
    assert (x < mg.tensor(1e300, dtype="float64")).all()
    assert not (x == mg.tensor([TENTH, 0.2], dtype="float64")).any()
    assert (mg.tensor([200], dtype="uint8") == mg.tensor(456)).all()  # in 8 bits
    assert (mg.tensor([2.0**24]) == mg.tensor([2**24 + 1])).all()  # in float32
    assert (mg.tensor([1]) == mg.tensor(1.5)).item() is False
    assert (mg.tensor([True]) == mg.tensor(2)).item() is False


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_a_tie_is_shared_by_both_inputs(name: str) -> None:
    x, y = (mg.tensor([1.0, 1.0, 2.0], requires_grad=True) for _ in range(2))
    getattr(mg, name)(
        x * mg.tensor([1.0, 2.0, 1.0]), y * mg.tensor([1.0, 1.0, 2.0])
    ).sum().backward()
    larger = [0.5, 2.0, 0.0] if name == "maximum" else [0.5, 0.0, 1.0]
    smaller = [0.5, 0.0, 2.0] if name == "maximum" else [0.5, 1.0, 0.0]
    assert x.grad.tolist() == larger and y.grad.tolist() == smaller


def test_a_number_of_numpy_widens_no_composed_function() -> None:
    number = np.float64(2.5)
    for x in (mg.tensor([7.0, 3.0]), mg.tensor([7, 3], dtype="uint8")):
        for out in (
            mg.sub(x, number, alpha=2),
            mg.div(x, number, rounding_mode="trunc"),
            mg.xlogy(x, number),
            mg.copysign(x, number),
        ):
            assert out.dtype == np.float32
