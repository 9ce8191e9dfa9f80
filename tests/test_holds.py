"""An array that a live graph needs is read-only for as long, and no longer."""

from __future__ import annotations

import copy
import gc
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor

READ_ONLY = "read-only"


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def weights() -> Tensor:
    return Tensor(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), requires_grad=True)


def test_an_input_is_held_until_the_graph_goes() -> None:
    a, w = np.ones((2, 3)), weights()
    y = mg.sum(w * a)
    with pytest.raises(ValueError, match=READ_ONLY):
        a[0, 0] = 5.0
    with pytest.raises(ValueError, match=READ_ONLY):
        a += 1.0
    y.backward()
    assert_array_equal(w.grad.numpy(), np.ones((2, 3)))  # type: ignore[union-attr]
    a[0, 0] = 5.0
    y = mg.sum(w * a)
    assert not a.flags.writeable
    del y
    a[0, 0] = 6.0


def test_what_no_rule_needs_is_not_held() -> None:
    a, w = np.ones((2, 3)), weights()
    y = w + a
    z = mg.tensor(np.ones((2, 3))) * a
    with mg.no_grad():
        z = w * a
    a[0, 0] = 5.0
    assert y.requires_grad and not z.requires_grad


def test_several_graphs() -> None:
    a, w = np.ones((2, 3)), weights()
    first, second = mg.sum(w * a), mg.sum(w * a)
    first.backward()
    assert not a.flags.writeable
    second.backward(retain_graph=True)
    assert not a.flags.writeable
    del second
    assert a.flags.writeable


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1)])
def test_views_and_their_owner(order: tuple[int, ...]) -> None:
    """Whoever is freed first, the memory is protected to the last, and all is as before then."""
    owner, w = np.arange(12.0).reshape(4, 3).copy(), weights()
    above, below = owner[:2], owner[2:]
    graphs = [mg.sum(w * above), mg.sum(w * below), mg.sum(mg.sum(w, axis=0) * owner)]
    for done, i in enumerate(order):
        for array in (owner, above, below):
            if done < 2 or array is owner:
                assert not array.flags.writeable
        graphs[i].backward()
    assert owner.flags.writeable and above.flags.writeable and below.flags.writeable
    owner[0, 0] = 7.0
    above[0, 0] = 8.0


def test_a_view_protects_its_owner() -> None:
    owner, w = np.ones(6), weights()
    y = mg.sum(w * owner.reshape(2, 3))
    with pytest.raises(ValueError, match=READ_ONLY):
        owner[0] = 5.0
    y.backward()
    owner[0] = 5.0


@pytest.mark.parametrize("made", ["by NumPy", "while held", "by detach"])
def test_a_read_only_view_protects_its_owner(made: str) -> None:
    """Such a view cannot be written to itself, but what it looks at can."""
    owner, w = np.ones(3), weights()
    if made == "by NumPy":
        view = np.broadcast_to(owner, (2, 3))
    elif made == "by detach":
        hidden = Tensor(owner, requires_grad=True) * 2.0
        view, owner = hidden.detach().numpy(), hidden._data
    else:
        graph = mg.sum(w * owner)
        view = owner[:]
        del graph
        owner[0] = 1.0
    y = mg.sum(w * view)
    with pytest.raises(ValueError, match=READ_ONLY):
        owner[0] = 5.0
    y.backward()
    owner[0] = 5.0


def test_read_only_arrays_stay_so() -> None:
    a, w = np.ones((2, 3)), weights()
    a.flags.writeable = False
    mg.sum(w * a).backward()
    assert not a.flags.writeable


def test_index_arrays_and_masks() -> None:
    w = weights()
    places, mask = np.array([0, 0, 1]), np.array([True, False])
    condition = np.array([True, False, True])
    y = mg.sum(w[places]) + mg.sum(w[mask]) + mg.sum(w[places, places])
    y = y + mg.sum(mg.where(condition, w, 0.0))
    for array in (places, mask, condition):
        with pytest.raises(ValueError, match=READ_ONLY):
            array[0] = array[1]
    y.backward()
    assert_array_equal(w.grad.numpy(), [[6, 3, 4], [2, 2, 2]])  # type: ignore[union-attr]
    for array in (places, mask, condition):
        array[0] = array[1]


def test_lists_are_taken_as_they_were() -> None:
    w = weights()
    places, condition = [0, 0], [True, False, True]
    y = mg.sum(w[places]) + mg.sum(mg.where(condition, w, 0.0))
    places[0] = 1
    condition[0] = False
    y.backward()
    assert_array_equal(w.grad.numpy(), [[3, 2, 3], [1, 0, 1]])  # type: ignore[union-attr]


def test_a_result_cannot_be_written_to() -> None:
    w = weights()
    y = mg.exp(w)
    for array in (y.data, y.numpy(), y.detach().numpy()):
        with pytest.raises(ValueError, match=READ_ONLY):
            array[0, 0] = 5.0
    with pytest.raises(RuntimeError, match="'exp' cannot be replaced"):
        y.data = np.ones((2, 3))
    detached = y.detach()
    detached[0, 0] = 5.0
    assert y.numpy()[0, 0] == np.exp(1.0)


def test_an_operation_that_returns_its_input() -> None:
    before = dict(OPERATIONS)

    @mg.operation
    def same(x):
        return x

    @same.gradient("x")
    def _(g, out):
        return g * out

    OPERATIONS.clear()
    OPERATIONS.update(before)
    a = np.ones(2)
    x = Tensor(a, requires_grad=True)
    y = mg.sum(same(x))
    with pytest.raises(ValueError, match=READ_ONLY):
        a[0] = 7.0
    y.backward()
    assert_array_equal(x.grad.numpy(), [1.0, 1.0])  # type: ignore[union-attr]
    assert a.flags.writeable


@pytest.mark.parametrize("change", ["copy_", "assign", "-=", "*="])
def test_a_held_leaf_gets_a_new_array(change: str) -> None:
    """A step of an optimiser while a graph lives: the graph keeps the old values."""
    w = weights()
    old, before = w.data, w.numpy().copy()
    y = mg.sum(w * w)
    with mg.no_grad():
        kept = w
        if change == "copy_":
            w.copy_(np.zeros((2, 3)))
        elif change == "assign":
            w[:] = 0.0
        elif change == "-=":
            w -= before
        else:
            w *= 0.0
    assert w is kept and w.requires_grad and w.is_leaf
    assert w.data is not old
    assert_array_equal(w.numpy(), np.zeros((2, 3)))
    y.backward()
    assert_array_equal(w.grad.numpy(), 2 * before)  # type: ignore[union-attr]
    free = w.data
    with mg.no_grad():
        w -= 1.0
    assert w.data is free


def test_create_graph_after_the_leaf_was_changed() -> None:
    """The derivative of the derivative would belong to another point: refused."""
    w = weights()
    y = mg.sum(w * w)
    with mg.no_grad():
        w -= 1.0
    with pytest.raises(RuntimeError, match="changed since the graph was made"):
        mg.autograd.grad(y, w, create_graph=True)


def test_copies_of_held_arrays_are_free() -> None:
    w = weights()
    y = mg.sum(w * w)
    other = copy.deepcopy(w)
    other.numpy()[0, 0] = 5.0
    assert w.numpy()[0, 0] == 1.0 and y.item() == 91.0
