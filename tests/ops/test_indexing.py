"""Special points and bad input of `minigrad/ops/indexing.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops import indexing


def leaf(*shape: int) -> mg.Tensor:
    return mg.tensor(np.arange(np.prod(shape), dtype=float).reshape(shape), requires_grad=True)


def test_repeats_add_up() -> None:
    x = leaf(3)
    mg.take(x, [2, 0, 2, -1]).backward(np.array([1.0, 10.0, 100.0, 1000.0]))
    assert x.grad is not None and x.grad.tolist() == [10.0, 0.0, 1101.0]


def test_many_repeats_of_rows_add_up() -> None:
    rng = np.random.default_rng(0)
    places, g = rng.integers(-7, 7, 500), rng.normal(size=(500, 4))
    wanted = np.zeros((7, 4))
    for p, row in zip(places, g, strict=True):
        wanted[p] += row
    x = leaf(7, 4)
    x[places].backward(g)
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize(
    ("index", "plain"),
    [
        (mg.tensor([0, 2]), [0, 2]),
        (mg.tensor(1), 1),
        (mg.tensor([True, False, True]), [True, False, True]),
        ((mg.tensor([0, 1]), mg.tensor([1, 1])), ([0, 1], [1, 1])),
        ((slice(mg.tensor(1), None), mg.tensor(0)), (slice(1, None), 0)),
        (([mg.tensor(0), 2],), ([0, 2],)),
        ([], []),
        (np.uint8(2), 2),
    ],
)
def test_tensors_and_lists_as_indices(index: Any, plain: Any) -> None:
    x = leaf(3, 2)
    out = x[index]
    wanted = x.numpy()[plain]
    assert out.shape == wanted.shape and out.tolist() == wanted.tolist()
    out.backward(np.ones(out.shape))
    assert x.grad is not None
    counts = np.zeros((3, 2))
    np.add.at(counts, plain, 1.0)
    assert x.grad.tolist() == counts.tolist()


def test_an_index_array_counts_as_it_was() -> None:
    places = np.array([0, 1])
    for index in (places, (slice(None), places), (Ellipsis, places)):
        x = leaf(2, 2)
        y = x[index]
        before = places.copy()
        places[:] = 1
        y.backward(np.ones(y.shape))
        assert x.grad is not None and x.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
        places[:] = before


def test_a_list_that_changes_later_does_not_matter() -> None:
    places = [0, 0]
    x = leaf(2)
    y = x[places]
    places[0] = 1
    y.backward(np.ones(2))
    assert x.grad is not None and x.grad.tolist() == [2.0, 0.0]


def test_a_mask_counts_as_it_was() -> None:
    x = leaf(3)
    mask = x.numpy() > 0
    y = x[mask]
    mask[0] = True
    y.backward(np.ones(2))
    assert x.grad is not None and x.grad.tolist() == [0.0, 1.0, 1.0]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_indices_of_any_integer_type(dtype: type) -> None:
    x = leaf(1000, 300)
    x[np.array([100, 1, 100], dtype)].backward(np.ones((3, 300)))
    assert x.grad is not None
    assert x.grad.numpy().sum(axis=1)[[1, 2, 100]].tolist() == [300.0, 0.0, 600.0]


def test_embedding_lookup_of_any_shape() -> None:
    table = leaf(5, 3)
    out = mg.take(table, np.array([[0, 4], [4, 4]]), axis=0)
    assert out.shape == (2, 2, 3)
    out.backward(np.ones((2, 2, 3)))
    assert table.grad is not None and table.grad.numpy()[:, 0].tolist() == [1, 0, 0, 0, 3]


def test_float32_scatter_stays_float32() -> None:
    x = mg.ones((3, 2), requires_grad=True)
    (g,) = mg.autograd.grad(x[[0, 0]].sum(), x)
    assert g.dtype == np.float32


def test_gradients_of_gradients_through_repeats() -> None:
    x = np.random.default_rng(0).normal(size=(4, 2))
    mg.gradcheck(lambda t: mg.take(t, [1, 1, 3], axis=0) ** 3, x, order=2)


def test_scatter_into_no_rows() -> None:
    assert indexing._scatter(np.ones((0, 2)), (np.zeros(0, int),), (0, 2)).shape == (0, 2)


def test_split_gives_tensors_of_arrays_and_lists() -> None:
    parts = mg.split(np.arange(4.0), 2)
    assert [type(p) for p in parts] == [mg.Tensor, mg.Tensor]
    assert [p.tolist() for p in mg.split([1, 2, 3], [1, 2, 0])] == [[1], [2, 3], []]


def test_split_differentiates_only_the_part_that_is_used() -> None:
    x = leaf(4)
    mg.split(x, 2)[1].backward(np.array([5.0, 6.0]))
    assert x.grad is not None and x.grad.tolist() == [0.0, 0.0, 5.0, 6.0]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: x[2], IndexError, "index 2 is out of bounds for axis 0 with size 2"),
        (lambda x: x[:, -4], IndexError, "index -4 is out of bounds for axis 1 with size 3"),
        (lambda x: x[[0, 5]], IndexError, "index 5 is out of bounds for axis 0 with size 2"),
        (lambda x: x[0, 0, 0], IndexError, "too many indices"),
        (lambda x: x[0.5], IndexError, "integers"),
        (lambda x: x["a"], IndexError, "integers"),
        (lambda x: x[mg.tensor([0.5])], IndexError, "integer"),
        (lambda x: x[..., ...], IndexError, "ellipsis"),
        (lambda x: x[np.ones(3, bool)], IndexError, "axis 0; size of axis is 2 but .* is 3"),
        (lambda x: x[[0, 1], [0, 1, 2]], IndexError, "broadcast"),
        (lambda x: mg.take(x, [3], 1), IndexError, "index 3 .* axis 1 with size 3"),
        (lambda x: mg.take(x, 9), IndexError, "index 9 is out of bounds for axis 0 with size 6"),
        (lambda x: mg.take(x, [0], 2), IndexError, "take: axis 2 is out of bounds .* dimension 2"),
        (lambda x: mg.take(x, [0.5], 0), TypeError, "take: indices must be integers, got float32"),
        (lambda x: mg.take(x, [True], 0), TypeError, "take: indices must be integers, got bool"),
        (lambda x: mg.take_along_axis(x, [[2], [0]], 0), IndexError, "index 2 .* axis 0 with"),
        (lambda x: mg.take_along_axis(x, [0], 0), ValueError, "x has 2 axes, but indices 1"),
        (lambda x: mg.take_along_axis(x, [[0]], 2), IndexError, "axis 2 is out of bounds"),
        (lambda x: mg.take_along_axis(x, [[0.0]], 0), TypeError, "must be integers"),
        (
            lambda x: mg.split(x, [2, 2], 1),
            ValueError,
            "do not add up to axis 1 of size 3",
        ),
        (lambda x: mg.split(x, 0), ValueError, "split_size: wanted a positive size, got 0"),
        (lambda x: mg.split(x, 1, 2), IndexError, "split: axis 2 is out of bounds"),
    ],
)
def test_bad_input(call: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call(leaf(2, 3))  # type: ignore[operator]


@pytest.mark.parametrize(
    "index", [[0, 0], ((0, 0),), (np.array([0, 0]),), mg.tensor([0, -3]), (mg.tensor([0, 0]),)]
)
def test_what_is_overwritten_at_once_has_no_gradient(index: Any) -> None:
    value = mg.tensor([1.0, 2.0], requires_grad=True)
    t = mg.zeros(3)
    t[index] = value
    t.sum().backward()
    assert t.tolist() == [2.0, 0.0, 0.0]
    assert value.grad.tolist() == [0.0, 1.0]
    rows = mg.zeros(3, 2)
    rows[(0, 0), 1] = value * 2
    rows.sum().backward()
    assert value.grad.tolist() == [0.0, 3.0]


def test_the_slices_of_a_single_number_are_itself() -> None:
    x = mg.tensor(3.0, requires_grad=True)
    filled = mg.index_fill(x, 0, mg.tensor([0]), 5.0)
    assert filled.shape == () and filled.item() == 5.0
    kept = mg.index_fill(x, -1, mg.tensor([], dtype="int64"), 5.0)
    kept.backward()
    assert kept.item() == 3.0 and x.grad.item() == 1.0


REDUCED: list[tuple[str, list[float], list[float], str, bool, list[float], list[float]]] = [
    ("float32", [0.0], [1.0, -np.inf], "amax", True, [1.0], [1.0, 0.0]),
    ("float32", [0.0], [np.inf, 1.0], "amin", False, [1.0], [0.0, 1.0]),
    ("float64", [0.0], [0.1] * 10, "amax", True, [0.1], [0.1] * 10),
    ("float64", [3.0], [3.0, 3.0, 1.0], "amax", True, [3.0], [1 / 3, 1 / 3, 0.0]),
    ("float64", [3.0], [np.nan, 1.0], "amax", True, [np.nan], [np.nan, np.nan]),
]


@pytest.mark.parametrize(("dtype", "own", "src", "how", "counts", "out", "slope"), REDUCED)
def test_scatter_reduce_gives_the_extreme_itself(
    dtype: str, own: Any, src: Any, how: str, counts: bool, out: Any, slope: Any
) -> None:
    x, values = (mg.tensor(v, dtype=dtype, requires_grad=True) for v in (own, src))
    places = mg.tensor([0] * len(src))
    reduced = mg.scatter_reduce(x, 0, places, values, how, include_self=counts)
    np.testing.assert_array_equal(reduced.numpy(), np.array(out, dtype))
    reduced.sum().backward()
    assert values.grad is not None
    np.testing.assert_array_equal(values.grad.numpy(), np.array(slope, dtype))


def test_scatter_reduce_of_large_numbers() -> None:
    small = mg.tensor([0], dtype="int8").scatter_reduce(
        0, mg.tensor([0, 0]), mg.tensor([100, 100], dtype="int8"), "amax"
    )
    assert small.tolist() == [100] and small.dtype == np.int8
    large = mg.zeros(1).scatter_reduce(0, mg.tensor([0, 0]), mg.tensor([3e38, 3e38]), "amax")
    assert large.item() == np.float32(3e38)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mg.index_copy(mg.zeros(3), 0, mg.tensor([-1]), mg.ones(1)), IndexError, "-1"),
        (lambda: mg.index_copy(mg.zeros(3), 0, mg.tensor([True]), mg.ones(1)), TypeError, "bool"),
        (lambda: mg.index_copy(mg.zeros(3, 2), 0, mg.tensor([0]), mg.ones(2)), ValueError, "shape"),
        (lambda: mg.masked_scatter(mg.zeros(2), mg.tensor([1, 0]), mg.ones(2)), TypeError, "bools"),
        (lambda: mg.rot90(mg.ones(2, 2), 1, (0, 0)), ValueError, "different"),
        (
            lambda: mg.zeros(1).scatter_reduce(0, mg.tensor([0]), mg.ones(1).double(), "sum"),
            TypeError,
            "float64",
        ),
    ],
)
def test_places_that_pytorch_refuses(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_index_put_takes_bytes_for_a_mask() -> None:
    chosen = mg.tensor([1, 0, 1], dtype=mg.uint8)
    assert mg.index_put(mg.zeros(3), (chosen,), mg.tensor(5.0)).tolist() == [5.0, 0.0, 5.0]


def test_a_number_of_uint8_is_a_mask_when_read_and_when_assigned() -> None:
    one, none = (mg.tensor(n, dtype="uint8") for n in (1, 0))
    x = mg.tensor([1.0, 2.0])
    assert x[one].tolist() == [[1.0, 2.0]] and x[none].shape == (0, 2)
    x[none] = 5.0
    assert x.tolist() == [1.0, 2.0]
    x[one] = 5.0
    assert x.tolist() == [5.0, 5.0]
    assert x[mg.tensor(1, dtype="int8")].item() == 5.0


@pytest.mark.parametrize(
    ("index", "two_steps"),
    [
        ((0, slice(None), [1, 2]), lambda x: x[0][:, [1, 2]]),
        ((0, ..., [1, 2]), lambda x: x[0][..., [1, 2]]),
        ((slice(None), [1, 0], slice(1, None), -1), lambda x: x[..., 1:, -1][:, [1, 0]]),
        ((mg.tensor(1), None, mg.tensor([0, 2])), lambda x: x[1][None][:, [0, 2]]),
        ((np.int64(1), slice(None), range(2)), lambda x: x[1][:, [0, 1]]),
        ((0, slice(None), [True, False, True]), lambda x: x[0][:, [0, 2]]),
        ((slice(None), np.eye(3, dtype=bool), 1), lambda x: x[..., 1][:, [0, 1, 2], [0, 1, 2]]),
    ],
)
def test_integers_choose_before_lists_as_in_pytorch(index: Any, two_steps: Any) -> None:
    shape = (2, 3, 3, 4)
    x = leaf(*shape)
    chosen = two_steps(x.detach().numpy())
    weights = np.arange(1.0, chosen.size + 1).reshape(chosen.shape)
    assert x[index].tolist() == chosen.tolist()
    (x[index] * mg.tensor(weights)).sum().backward()
    wanted = np.zeros(shape)
    at = two_steps(np.arange(wanted.size).reshape(shape)).ravel()
    wanted.reshape(-1)[at] = weights.ravel()
    assert x.grad is not None and x.grad.tolist() == wanted.tolist()
    constant, recorded, value = mg.zeros(shape), mg.zeros(shape), mg.tensor(weights)
    constant[index] = value
    value.requires_grad_()
    recorded[index] = value
    assert constant.tolist() == recorded.tolist() == wanted.tolist()
    (recorded * mg.tensor(wanted)).sum().backward()
    assert value.grad is not None and value.grad.tolist() == weights.tolist()


@pytest.mark.parametrize("index", [(..., [0, 1]), (slice(None), [1, 0]), (0, slice(None), [0, 1])])
def test_what_lists_choose_lies_in_order_as_in_pytorch(index: Any) -> None:
    """So that a reshape of it is a view, which later changes reach."""
    chosen = mg.zeros(2, 3, 4)[index]
    assert chosen.is_contiguous()
    flat = chosen.reshape(-1)
    chosen.fill_(1.0)
    assert flat.tolist() == [1.0] * chosen.numel()
    recorded = leaf(2, 3, 4)[index]
    again = recorded.view(-1)
    recorded.mul_(2)
    assert again.tolist() == recorded.flatten().tolist()


@pytest.mark.parametrize("shape", [(1, 2), (1, 1, 2), (1, 1), (1,), ()])
def test_axes_of_one_in_front_of_what_is_assigned(shape: Any) -> None:
    for index in (mg.tensor([True, False, True, False]), [0, 2], slice(0, 3, 2)):
        x, value = mg.zeros(4, requires_grad=True) * 1, mg.full(shape, 2.0, requires_grad=True)
        x[index] = value
        assert x.tolist() == [2, 0, 2, 0]
        x.sum().backward()
        assert value.grad.shape == shape and value.grad.sum() == 2
        y = mg.zeros(4)
        y[index] = value.detach()
        assert y.tolist() == [2, 0, 2, 0]
