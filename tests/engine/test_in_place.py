"""Changing a tensor in place: what is allowed where, and what stays the same."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigrad as mg
from minigrad import nn
from minigrad.engine.tensor import Tensor, tensor_of


def leaf(value: object, dtype: Any = np.float64) -> Tensor:
    return tensor_of(np.array(value, dtype), requires_grad=True)


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        (operator.iadd, [1.5, 2.5]),
        (operator.isub, [0.5, 1.5]),
        (operator.imul, [0.5, 1.0]),
        (operator.itruediv, [2.0, 4.0]),
    ],
)
@pytest.mark.parametrize("other", [0.5, np.float64(0.5), np.array([0.5, 0.5]), "tensor"])
def test_a_step_in_place_under_no_grad(op: Callable, wanted: list[float], other: Any) -> None:
    other = mg.tensor([0.5, 0.5]) if isinstance(other, str) else other
    w = leaf([1.0, 2.0], np.float32)
    array = w.numpy()
    with mg.no_grad():
        same = op(w, other)
    assert same is w and w.numpy() is array and w.requires_grad and w.is_leaf
    assert w.dtype == np.float32
    assert_array_equal(w.numpy(), wanted)


@pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
def test_a_step_in_place_is_refused_where_it_would_be_recorded(op: Callable) -> None:
    w = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"in place: a leaf.*no_grad"):
        op(w, 0.5)
    assert_array_equal(w.numpy(), [1.0, 2.0])


def test_constants_change_in_their_memory() -> None:
    array = np.array([1.0, 2.0])
    c = same = mg.asarray(array)
    frozen = nn.BatchNorm1d(2)
    c += 1.0
    c **= 2
    assert same is c and c.numpy() is array
    assert_array_equal(array, [4.0, 9.0])
    for b in frozen.buffers():
        b *= 0
    assert frozen.running_var.tolist() == [0.0, 0.0]
    whole = mg.tensor([5, 7])
    whole //= 2
    whole &= 3
    assert whole.tolist() == [2, 3]
    with pytest.raises(TypeError, match="int64"):
        whole += 0.5
    with pytest.raises((ValueError, RuntimeError), match=r"shape|broadcast"):
        c += np.ones((3, 2))


def test_a_recorded_tensor_moves_on() -> None:
    """Earlier uses keep the old value, and both have their part of the gradient."""
    x = leaf([1.0, 2.0])
    h = same = x * 2.0
    early = mg.exp(h)
    h += 1.0
    h *= x
    assert same is h and h.requires_grad
    assert_array_equal(h.numpy(), (2 * x.numpy() + 1) * x.numpy())
    (early + h).sum().backward()
    assert_allclose(x.grad.numpy(), 2 * np.exp(2 * x.numpy()) + 4 * x.numpy() + 1)  # type: ignore[union-attr]


def test_assignment_of_a_recorded_value() -> None:
    w = leaf([2.0, 3.0])
    h = mg.zeros(2, dtype="float64")
    h[0] = (w * w).sum()
    assert h.requires_grad
    (h.sum() + w.sum()).backward()
    assert_array_equal(w.grad.numpy(), [5.0, 7.0])  # type: ignore[union-attr]


def test_a_loop_of_assignments_makes_no_copies() -> None:
    w = leaf(np.ones(3))
    out = mg.zeros((50, 3), dtype="float64")
    memory = out.numpy()
    for t in range(50):
        out[t] = w * float(t)
    assert out.numpy() is memory
    out.sum().backward()
    assert_array_equal(w.grad.numpy(), np.full(3, sum(range(50))))  # type: ignore[union-attr]


def test_assignment_where_the_old_values_are_needed_copies() -> None:
    w = leaf(np.ones(3))
    h = w * 2.0
    y = h * h  # keeps h
    h[0] = 5.0
    (y.sum() + h.sum()).backward()
    assert_array_equal(w.grad.numpy(), [8.0, 10.0, 10.0])  # type: ignore[union-attr]


INDEXED = [0, -1, slice(1, 3), (slice(None), 1), ([0, 0, 2], [1, 1, 0]), None, ...]


@pytest.mark.parametrize("index", INDEXED, ids=repr)
def test_augmented_assignment_to_a_part(index: Any) -> None:
    x = leaf(np.arange(12.0).reshape(4, 3))
    h = x * 1.0
    h[index] *= x[index] + 1.0
    wanted, values = x.numpy().copy(), x.numpy()
    wanted[index] = values[index] * (values[index] + 1)
    assert_array_equal(h.numpy(), wanted)
    h.sum().backward()
    derivative = np.ones((4, 3))
    derivative[index] = 2 * values[index] + 1
    assert_array_equal(x.grad.numpy(), derivative)  # type: ignore[union-attr]


def test_a_part_of_constants_becomes_recorded() -> None:
    w = leaf([3.0])
    total = mg.zeros((2, 2), dtype="float64")
    total[0] += w
    total[0] += w * w
    total[:, 1] -= w
    total.sum().backward()
    assert_array_equal(total.numpy(), [[12.0, 9.0], [0.0, -3.0]])
    assert_array_equal(w.grad.numpy(), [2 + 4 * 3.0 - 2])  # type: ignore[union-attr]


def test_a_changed_part_changes_its_owner() -> None:
    """As in PyTorch: a view by index that is changed, changes what it is a view of."""
    w = leaf([3.0])
    h = mg.zeros((2, 2), dtype="float64")
    row = h[0]
    row += w
    assert_array_equal(h.numpy(), [[3.0, 3.0], [0.0, 0.0]])
    h.sum().backward()
    assert_array_equal(w.grad.numpy(), [2.0])  # type: ignore[union-attr]


@pytest.mark.parametrize("view", ["reshape", "detach", "part of a part", "a part of other shape"])
def test_a_recorded_change_that_a_view_would_not_see_is_refused(view: str) -> None:
    w, h = leaf([3.0]), mg.zeros((2, 2), dtype="float64")
    if view == "a part of other shape":
        changed, other = h, h[0].unsqueeze(0)
    else:
        changed = {"reshape": lambda: h.reshape((4,)), "detach": h.detach}.get(
            view, lambda: h[0][1:]
        )()
        other = h
    with pytest.raises(RuntimeError, match=r"shares this memory.*\.clone\(\)"):
        changed += w
    assert not changed.requires_grad and not other.numpy().any()


def test_views_by_index_are_followed_through_many_changes() -> None:
    x = leaf([1.0, 2.0, 3.0])
    b = x * 1.0
    v = b[0:2]
    last = v[1]
    v.mul_(2.0)
    v[0] = 5.0
    b.mul_(3.0)
    last += 1.0
    last *= x[2]
    assert (b.tolist(), v.tolist(), last.item()) == ([15.0, 39.0, 9.0], [15.0, 39.0], 39.0)
    b.sum().backward()
    assert_array_equal(x.grad.numpy(), [0.0, 18.0, 16.0])  # type: ignore[union-attr]
    with mg.no_grad():
        b.zero_()
    assert v.tolist() == [0.0, 0.0] and last.item() == 0.0


def test_a_view_made_under_no_grad_cannot_follow() -> None:
    b = leaf([1.0, 2.0]) * 1.0
    with mg.no_grad():
        v = b[0:1]
    with pytest.raises(RuntimeError, match="shares this memory"):
        b.mul_(2.0)
    assert v.tolist() == [1.0] and b.tolist() == [1.0, 2.0]


VIEWS_OF_A_NUMBER: dict[str, Callable[[Tensor], Tensor]] = {
    "view": lambda x: x.view(1),
    "unsqueeze": lambda x: x.unsqueeze(0),
    "expand": lambda x: x.expand(3),
    "squeeze": lambda x: x.squeeze(),
    "new axis": lambda x: x[None],
    "...": lambda x: x[...],
    "T": lambda x: x.T,
    "ravel": lambda x: x.ravel(),
}


@pytest.mark.parametrize("name", VIEWS_OF_A_NUMBER)
def test_views_of_a_number_look_at_its_memory(name: str) -> None:
    x, w = leaf(3.0), leaf(2.0)
    v = VIEWS_OF_A_NUMBER[name](x)
    y = (v * w).sum()
    with mg.no_grad():
        x.fill_(0.0)
    assert not v.numpy().any() and v._version == 1
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


def test_a_recorded_number_and_its_view_change_together() -> None:
    x = leaf(3.0)
    y = x * 1.0
    v = y.view(1)
    v.mul_(2.0)
    y.backward()
    assert y.item() == 6.0 and x.grad is not None and x.grad.item() == 2.0


@pytest.mark.parametrize("name", ["where", "masked_fill"])
def test_a_mask_that_changes_after_a_recorded_pass_changes_nothing_in_it(name: str) -> None:
    x, w, mask = leaf([1.0, 2.0]), leaf([3.0, 4.0]), mg.tensor([True, False])
    hidden = ~mask
    y = mg.where(mask, x, 0.0) if name == "where" else x.masked_fill(hidden, 0.0)
    (g,) = mg.autograd.grad((y * w).sum(), x, create_graph=True)
    mask.logical_not_()
    hidden.logical_not_()
    g.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [1.0, 0.0]


def test_an_index_that_is_refused_changes_nothing() -> None:
    array = np.ones(3)
    array.flags.writeable = False
    t = mg.from_numpy(array)
    with pytest.raises(IndexError):
        t[7] = 1.0
    assert t._version == 0 and t.numpy() is array
    t[1] = 5.0
    assert t._version == 1 and t.tolist() == [1.0, 5.0, 1.0] and array.tolist() == [1.0] * 3


@pytest.mark.parametrize("name", ["uniform_", "normal_", "exponential_"])
def test_a_leaf_refuses_numbers_before_they_are_drawn(name: str) -> None:
    w, generator = leaf([1.0, 2.0]), mg.Generator().manual_seed(3)
    before = generator.get_state()
    with pytest.raises(RuntimeError, match=f"{name}: a leaf that requires a gradient"):
        getattr(w, name)(generator=generator)
    assert (generator.get_state() == before).all()


def test_a_part_takes_another_part() -> None:
    x = leaf([1.0, 2.0])
    y = x * 1.0
    y[0] = y[1]
    y.sum().backward()
    assert_array_equal(x.grad.numpy(), [0.0, 2.0])  # type: ignore[union-attr]


def test_what_was_copied_is_not_shared() -> None:
    x, w = leaf([1.0, 2.0]), leaf([[3.0], [4.0]])
    y = x * 1.0
    flat = y.view(2, 1)
    flat.copy_(w)
    with mg.no_grad():
        w.zero_()
    assert y.tolist() == [3.0, 4.0] and flat.tolist() == [[3.0], [4.0]]
    turned = leaf([[1.0, 2.0], [3.0, 4.0]]) * 1.0
    whole = turned.view(4)
    turned.copy_((leaf([[1.0, 2.0], [3.0, 4.0]]) * 1.0).T)
    whole.mul_(2.0)
    assert turned.tolist() == [[2.0, 6.0], [4.0, 8.0]]


def test_the_order_of_repeated_places_counts() -> None:
    w = leaf([1.0, 2.0, 3.0])
    h = mg.zeros(2, dtype="float64")
    h[[0, 0, 1]] = w
    assert_array_equal(h.numpy(), [2.0, 3.0])
    h.sum().backward()
    assert_array_equal(w.grad.numpy(), [0.0, 1.0, 1.0])  # type: ignore[union-attr]


def test_a_leaf_is_refused_everywhere_alike() -> None:
    w = leaf([1.0, 2.0])
    for change in (
        lambda: w.__setitem__(0, 1.0),
        lambda: w.copy_(np.zeros(2)),
        lambda: w.__iadd__(1.0),
        lambda: w.__ipow__(2),
    ):
        with pytest.raises(RuntimeError, match="a leaf that requires a gradient"):
            change()
    assert_array_equal(w.numpy(), [1.0, 2.0])


def test_assignment() -> None:
    t = mg.zeros((2, 3))
    t[0] = 1.0
    t[mg.tensor([1]), 2] = mg.tensor(5.0)
    t[t == 0.0] = -1.0
    assert_array_equal(t.numpy(), [[1, 1, 1], [-1, -1, 5]])
    w = leaf([1.0, 2.0])
    with mg.no_grad():
        w[0] = 5.0
    assert_array_equal(w.numpy(), [5.0, 2.0])
    assert w.requires_grad


def test_copy_() -> None:
    w = leaf([1.0, 2.0], np.float32)
    with mg.no_grad():
        assert w.copy_(np.array([3.0, 4.0])) is w
    assert_array_equal(w.numpy(), [3.0, 4.0])
    assert w.dtype == np.float32
    with mg.no_grad(), pytest.raises(ValueError, match=r"copy_: wanted shape \(2,\), got \(3,\)"):
        w.copy_(np.zeros(3))
    y = w * 2.0
    y.copy_(w * 3.0)
    assert_array_equal(y.numpy(), [9.0, 12.0])
    assert_array_equal(w.numpy(), [3.0, 4.0])


def test_requires_grad_and_grad_are_checked() -> None:
    t = mg.ones(2)
    assert t.requires_grad_() is t and t.requires_grad
    t.requires_grad = False
    assert not (t * 2.0).requires_grad
    y = leaf([1.0]) * 2.0
    with pytest.raises(RuntimeError, match=r"on leaves only.*'multiply'.*detach\(\)"):
        y.requires_grad = False
    x = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match="grad: wanted a Tensor or None, got ndarray"):
        x.grad = np.ones(2)  # type: ignore[assignment]
    with pytest.raises(ValueError, match=r"grad: wanted shape \(2,\) and dtype float64"):
        x.grad = mg.ones(3)
    assert x.grad is None
    x.grad = mg.ones(2, dtype=np.float64)
    (x * 2.0).backward(np.ones(2))
    assert_array_equal(x.grad.numpy(), [3.0, 3.0])


def test_a_long_loop_of_assignments_stays_linear() -> None:
    """Who shares a tensor's memory is asked at each of them: the dead are forgotten."""
    x = mg.tensor([1.0], requires_grad=True)
    y, views = x * 1.0, x * 1.0
    for _ in range(1000):
        y[0] = x[0]
        views[0] = views.sum()
    for tensor in (x, y, views):
        version = tensor._version_
        assert version is None or len(version.sharers or ()) < 10


def test_a_view_is_followed_only_to_the_array_it_was_taken_of() -> None:
    w = leaf(2.0)
    x = mg.ones(3)
    v = x[0:1]
    x.unsqueeze_(0)
    with pytest.raises(RuntimeError, match="shares this memory"):
        v.add_(w)
    turned = mg.arange(4.0).double().reshape(2, 2) * w
    row = turned[0]
    turned.t_()
    with pytest.raises(RuntimeError, match="shares this memory"):
        row.mul_(w)
    x = mg.ones(3)
    v = x[0:1]
    x.data = mg.zeros(3)
    v.add_(w)
    assert x.tolist() == [0.0, 0.0, 0.0] and v.tolist() == [3.0]


@pytest.mark.parametrize("index", [lambda i: i, lambda i: slice(0, i), lambda i: slice(i, None)])
@pytest.mark.parametrize("make", [mg.tensor, np.array])
def test_a_view_remembers_the_places_not_the_index(index: Callable, make: Callable) -> None:
    w = leaf([1.0, 1.0, 1.0])
    x, places = w * 1.0, make(1)
    part = x[index(places)]
    wanted = np.ones(3)
    wanted[index(1)] = 10.0
    places += 1
    part.mul_(10.0 * leaf(1.0))
    assert x.tolist() == wanted.tolist()
    x.sum().backward()
    assert w.grad is not None and w.grad.tolist() == wanted.tolist()


PLACED: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "index_copy": lambda i, w: mg.index_copy(mg.zeros(3).double(), 0, i, w),
    "index_put": lambda i, w: mg.index_put(mg.zeros(3).double(), (i,), w),
    "put": lambda i, w: mg.put(mg.zeros(3).double(), i, w),
    "scatter_reduce": lambda i, w: mg.scatter_reduce(mg.zeros(3).double(), 0, i, w, "amax"),
}


@pytest.mark.parametrize("name", PLACED)
def test_what_becomes_of_an_index_later_changes_no_gradient(name: str) -> None:
    places, w = mg.tensor([0]), leaf([5.0])
    out = PLACED[name](places, w)
    places[0] = 2
    (out * mg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [1.0]


def test_what_becomes_of_a_mask_or_a_list_later_changes_no_gradient() -> None:
    mask, w = mg.tensor([True, False, False]), leaf([5.0])
    out = mg.masked_scatter(mg.zeros(3).double(), mask, w)
    mask[0], mask[2] = False, True
    (out * mg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [1.0]
    x, places = mg.zeros(3, 1).double(), [0]
    x[places, :] = v = leaf(2.0)
    places[0] = 2
    (x[:, 0] * mg.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert v.grad is not None and v.grad.item() == 1.0


def test_a_change_that_ends_in_an_error_after_it_is_written_counts() -> None:
    x, wide = mg.ones(3), mg.tensor(1e300, dtype="float64")
    w = leaf([1.0, 1.0, 1.0], np.float32)
    out = w * x
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        x /= 0.0
    assert x._version == 1
    with pytest.raises(RuntimeError, match="changed in place"):
        out.sum().backward()
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        x[0] = wide
    assert x._version == 2
    with pytest.raises(RuntimeWarning):
        x.copy_(wide)
    assert x._version == 3


def test_other_bits_of_the_same_memory_count_changes() -> None:
    x = mg.ones(2)
    bits, memory, raw = x.view(np.int32), x.storage(), x.untyped_storage()
    bits.add_(1)
    assert x._version == bits._version == memory._version == raw._version == 1


@pytest.mark.parametrize(
    "copied",
    [
        lambda x: x.flip(0),
        mg.fliplr,
        mg.flipud,
        mg.rot90,
        lambda x: mg.rot90(x, 3),
        lambda x: mg.linalg.matrix_power(x, 1),
        lambda x: mg.diff(x, n=0),
        lambda x: mg.chain_matmul(x),
        lambda x: x[:, 0].ravel(),
        lambda x: mg.ravel(x.diagonal()),
    ],
)
def test_what_pytorch_copies_is_no_view(copied: Callable) -> None:
    x = mg.eye(2)
    copied(x).add_(10.0)
    assert x.tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_ravel_of_what_lies_in_order_is_a_view() -> None:
    x = mg.zeros(2, 2)
    x.ravel().add_(1.0)
    x[1].ravel().add_(1.0)
    assert x.tolist() == [[1, 1], [2, 2]]


@pytest.mark.parametrize(
    ("sizes", "wanted"), [((2,), [1, 2]), ((3,), [1, 2, 3]), ((4,), [1, 2, 3, 0]), ((0,), [])]
)
def test_resize_cuts_off_or_fills_up(sizes: tuple[int, ...], wanted: list[float]) -> None:
    x = mg.tensor([1.0, 2.0, 3.0])
    assert x.resize_(*sizes) is x
    assert x.tolist() == wanted


def test_what_stands_for_one_value_many_times_is_not_written_to() -> None:
    w = leaf([1.0], np.float32)
    makers: list[Callable[[], Tensor]] = [
        lambda: mg.ones(1).expand(3),
        lambda: (w * 1).expand(3),
        lambda: tensor_of(np.lib.stride_tricks.as_strided(np.ones(1), (3,), (0,))),
    ]
    changes: list[Callable[[Tensor], Any]] = [
        lambda x: x.add_(mg.tensor([1.0, 2.0, 3.0])),
        lambda x: x.exp_(),
        lambda x: x.copy_(mg.ones(3)),
        lambda x: operator.setitem(x, 0, 5.0),
        lambda x: operator.setitem(x, 0, w[0] * 5),
        lambda x: x.mul_(w),
        lambda x: x.copy_(w),
        lambda x: mg.add(mg.ones(3), 1, out=x.detach()),
    ]
    for make in makers:
        for do in changes:
            x = make()
            with pytest.raises(RuntimeError, match="one value many times"):
                do(x)
            assert x.tolist() == [1, 1, 1]
    one = mg.ones(1).expand(1, 1)
    one += 1
    assert one.tolist() == [[2]]


def test_what_was_reshaped_goes_on_through_what_it_is_a_reshape_of() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    t = x * 1.5
    t.retain_grad()
    v = t.reshape(-1)
    v.add_(2.0)
    v[0] = 7.0
    ((t * t).sum() + v.sum()).backward(retain_graph=True)
    assert t.grad is not None and t.grad.tolist() == [[15.0, 11.0], [14.0, 17.0]]
    assert mg.autograd.grad(v.sum(), t)[0].tolist() == [[1, 1], [1, 1]]
    x = leaf([1.0, 1.0])
    t = x * 1
    v = t.view(-1, 1)
    v[0] = 5.0
    t.register_hook(lambda g: g * 0)
    (v * 3).sum().backward()
    assert x.grad is not None and x.grad.tolist() == [0, 0]


def test_a_constant_view_of_a_tensor_is_not_taken_for_a_part_of_it() -> None:
    t = leaf([1.0, 1.0, 1.0]) * 2
    with mg.no_grad():
        v = t[0:2]
    with pytest.raises(RuntimeError, match="shares this memory"):
        t[0:2] = v


def test_memory_of_no_axes_is_shared() -> None:
    for t in (mg.tensor(3.0), mg.ones(3).sum()):
        others = [mg.Tensor(t), nn.Parameter(t), copy.copy(t), mg.tensor(0.0)]
        others[-1].data = t
        t.fill_(7)
        assert [other.item() for other in others] == [7] * 4
        assert [other._version for other in others] == [1] * 4


def test_a_diagonal_and_what_expand_leaves_as_it_is_are_views() -> None:
    x = mg.zeros(3, 3)
    x.diagonal().fill_(1.0)
    x.diagonal(1)[0] = 5.0
    assert x.tolist() == [[1, 5, 0], [0, 1, 0], [0, 0, 1]] and x._version == 2
    y = mg.tensor([1.0, 2.0])
    y.expand(1, 2).mul_(3)
    y.expand_as(mg.ones(2)).add_(1)
    assert y.tolist() == [4.0, 7.0] and y._version == 2
    w = leaf([[1.0, 2.0], [3.0, 4.0]])
    out = (w * w).sum()
    with mg.no_grad():
        w.diagonal().zero_()
    with pytest.raises(RuntimeError, match="changed in place since"):
        out.backward()


def test_diag_is_a_copy_as_in_pytorch() -> None:
    x = leaf([[1.0, 2.0], [3.0, 4.0]])
    d = mg.diag(x)
    with mg.no_grad():
        x.fill_(0.0)
    assert d.tolist() == [1.0, 4.0]
    d.mul_(3)
    d.sum().backward()
    assert x.grad is not None and x.grad.tolist() == [[3, 0], [0, 3]] and x.tolist() == [[0, 0]] * 2


def test_a_number_that_does_not_fit_is_cut_off_with_and_without_axes() -> None:
    """As in PyTorch; only of Python's numbers is it refused."""
    for x in (mg.tensor(7, dtype="int8"), mg.tensor([7], dtype="int8")):
        assert x.add_(mg.tensor(300)).sum().item() == 51
        assert x.mul_(mg.tensor([300]).sum()).sum().item() == -60
        x[...] = mg.tensor(300)
        assert x.sum().item() == 44
        with pytest.raises(ValueError, match="not within the range of int8"):
            x.fill_(300)


def writes(target: Tensor, w: Tensor) -> dict[str, Callable[[], Any]]:
    def assign(index: Any, value: Tensor) -> None:
        target.data[index] = value

    return {
        "copy_": lambda: target.data.copy_(w),
        "a chain": lambda: target.data.mul_(0.5).add_(w * 0.1),
        "+=": lambda: operator.iadd(target.data, w),
        "[:] =": lambda: assign(slice(None), w),
        "[0] =": lambda: assign(0, w[0] * 2),
    }


@pytest.mark.parametrize(
    ("how", "wanted"),
    [
        ("copy_", [3.0, 5.0]),
        ("a chain", [0.8, 1.0]),
        ("+=", [4.0, 6.0]),
        ("[:] =", [3.0, 5.0]),
        ("[0] =", [6.0, 1.0]),
    ],
)
def test_what_is_recorded_may_be_written_to_data(how: str, wanted: list[float]) -> None:
    """A target net follows another: `t.data.copy_(p)`, without no_grad."""
    w, target = leaf([3.0, 5.0]), leaf([1.0, 1.0])
    array, version = target.numpy(), target._version
    writes(target, w)[how]()
    assert_allclose(array, wanted)
    assert target.numpy() is array and target.is_leaf and target.requires_grad
    assert target._version == version
    (target * 2).sum().backward()
    assert w.grad is None and target.grad is not None and target.grad.tolist() == [2.0, 2.0]


def test_data_that_was_written_has_the_graph_and_its_tensor_has_not() -> None:
    w, target = leaf([3.0, 5.0]), leaf([1.0, 1.0])
    row, data = target[1], target.data
    part = data[0]
    data.copy_(w * 2)
    assert data.requires_grad and part.item() == 6.0 and row.item() == 10.0
    (data * 3 + target).sum().backward(retain_graph=True)
    assert w.grad is not None and w.grad.tolist() == [6.0, 6.0]
    assert target.grad is not None and target.grad.tolist() == [1.0, 1.0]
    w.grad = target.grad = None
    (part + row).backward()
    assert w.grad.tolist() == [2.0, 0.0]
    assert target.grad.tolist() == [0.0, 1.0]


def test_a_graph_that_needs_what_data_had_notices_a_recorded_write() -> None:
    w, target = leaf([3.0, 5.0]), leaf([1.0, 1.0])
    out = (target * target).sum()
    target.data.copy_(w)
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()
