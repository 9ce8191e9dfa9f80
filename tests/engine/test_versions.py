"""What a graph needs must not change before its backward pass: versions, and what they promise."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigrad as mg
from minigrad import nn
from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.nn import functional as F

CHANGED = "'multiply' needs for its gradient was changed in place since"


def weights() -> Tensor:
    return tensor_of(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), requires_grad=True)


def holding(t: Tensor) -> nn.Module:
    """A module with this tensor as a buffer."""
    module = nn.Module()
    module.register_buffer("t", t)
    return module


def add_one(t: Tensor) -> None:
    t += 1.0


CHANGES: dict[str, Callable[[Tensor], object]] = {
    "operator": add_one,
    "assignment": lambda t: t.__setitem__(0, 9.0),
    "a masked assignment": lambda t: t.__setitem__(t > 2.0, 9.0),
    "copy_": lambda t: t.copy_(np.zeros((2, 3))),
    "through .data": lambda t: add_one(t.data),
    "through .detach()": lambda t: add_one(t.detach()),
    "through a view": lambda t: add_one(t[0]),
    "through a view of a view": lambda t: add_one(t[0][1:]),
    "through a reshape": lambda t: add_one(t.detach().reshape((3, 2))),
    "through a transpose": lambda t: add_one(t.detach().T),
    "through a copy": lambda t: add_one(copy.copy(t.detach())),
    "through as_tensor": lambda t: add_one(mg.as_tensor(t)),
    "through Tensor(t)": lambda t: add_one(Tensor(t.detach())),
    "through a parameter": lambda t: add_one(nn.Parameter(t).data),
    "through narrow": lambda t: add_one(t.narrow(1, 0, 1)),
    "through unbind": lambda t: add_one(t.unbind()[1]),
    "through split": lambda t: add_one(t.split(1)[0]),
    "through a row of an iteration": lambda t: add_one(next(iter(t))),
    "out=": lambda t: mg.exp(mg.zeros(2, 3, dtype="float64"), out=t),
    "nn.init": nn.init.zeros_,
    "dropout": lambda t: nn.functional.dropout(t, 1.0, inplace=True),
    "vector_to_parameters": lambda t: nn.utils.vector_to_parameters(mg.zeros(6), [t]),
    "random numbers": lambda t: t.normal_(),
    "masked_fill_": lambda t: t.masked_fill_(t > 2.0, 0.0),
    "index_add_": lambda t: t.index_add_(0, [0], mg.ones(1, 3, dtype="float64")),
    "load_state_dict": lambda t: holding(t).load_state_dict({"t": mg.zeros(2, 3)}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("which", ["leaf", "constant", "result", "view"])
def test_what_a_rule_keeps_must_not_change(change: Callable, which: str) -> None:
    w = weights()
    whole = mg.tensor(np.ones((4, 3)))
    t = {"leaf": w, "constant": whole, "result": w * 2.0, "view": whole[1:3]}[which]
    t = whole[:2] if which == "constant" else t
    y = (w * t).sum()
    with mg.no_grad():
        change(whole[:2] if which == "constant" else t)
    with pytest.raises(RuntimeError, match=CHANGED):
        y.backward()
    assert w.grad is None


def test_views_made_before_and_siblings() -> None:
    """Wherever the write comes from: the owner, a view made earlier, one that overlaps."""
    for pick in (lambda x: x, lambda x: x[0], lambda x: x[1:4], lambda x: x.T):
        owner = mg.tensor(np.arange(20.0).reshape(10, 2))
        early, w = pick(owner), weights()[:, :2].detach().requires_grad_()
        y = (w * owner[:8][:2]).sum()
        early *= 0.0
        with pytest.raises(RuntimeError, match=CHANGED):
            y.backward()


def test_what_no_rule_keeps_may_change() -> None:
    w, c = weights(), mg.tensor(np.ones((2, 3)))
    y = (w + c).sum() + mg.exp(w).sum()
    with mg.no_grad():
        c += 1.0
        w += 1.0
    y.backward()
    assert_array_equal(w.grad.numpy(), 1 + np.exp(w.numpy() - 1))  # type: ignore[union-attr]


def test_a_change_before_the_graph_or_after_the_pass() -> None:
    w, c = weights(), mg.tensor(np.ones((2, 3)))
    c += 1.0
    y = (w * c).sum()
    y.backward()
    c += 1.0
    assert_array_equal(w.grad.numpy(), np.full((2, 3), 2.0))  # type: ignore[union-attr]


def test_an_output_that_is_kept_must_not_change() -> None:
    w = weights()
    y = mg.exp(w)
    y.detach().copy_(np.zeros((2, 3)))
    with pytest.raises(RuntimeError, match="'exp' needs for its gradient"):
        y.sum().backward()


def test_a_step_between_forward_and_backward() -> None:
    """The usual mistake: the step is taken before the second of two losses has gone back."""
    w = weights()
    loss = (w * w).sum()
    w.grad = mg.tensor(np.ones((2, 3)))
    mg.optim.SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="run the backward pass before the change"):
        loss.backward()


def test_second_order_sees_changes_too() -> None:
    w = weights()
    (g,) = mg.autograd.grad((w**3).sum(), w, create_graph=True)
    with mg.no_grad():
        w += 1.0
    with pytest.raises(RuntimeError, match="changed in place since"):
        mg.autograd.grad(g.sum(), w)


def test_the_error_leaves_gradients_alone_and_the_graph_whole() -> None:
    w, c = weights(), mg.tensor(np.ones((2, 3)))
    w.grad = mg.tensor(np.full((2, 3), 7.0))
    y = (w * c).sum()
    c += 1.0
    for _ in range(2):
        with pytest.raises(RuntimeError, match=CHANGED):
            y.backward(retain_graph=True)
    assert_array_equal(w.grad.numpy(), np.full((2, 3), 7.0))


def test_a_change_in_another_thread_counts() -> None:
    w, c = weights(), mg.tensor(np.ones((2, 3)))
    y = (w * c).sum()
    thread = threading.Thread(target=lambda: add_one(c))
    thread.start()
    thread.join()
    with pytest.raises(RuntimeError, match=CHANGED):
        y.backward()


def test_new_data_leaves_the_graph_its_old_values() -> None:
    w = weights()
    y, old = (w * w).sum(), w.numpy().copy()
    w.data = np.zeros((2, 3))
    y.backward()
    assert_array_equal(w.grad.numpy(), 2 * old)  # type: ignore[union-attr]


def test_create_graph_after_the_leaf_got_new_data() -> None:
    """The derivative of the derivative would belong to another point: refused."""
    w = weights()
    y = mg.sum(w * w)
    w.data = np.zeros((2, 3))
    with pytest.raises(RuntimeError, match="changed since the graph was made"):
        mg.autograd.grad(y, w, create_graph=True)


def test_indices_are_taken_as_they_were() -> None:
    w = weights()
    places, mask, listed = np.array([0, 0, 1]), mg.tensor([True, False]), [0, 0]
    y = w[places].sum() + w[mask].sum() + w[listed].sum()
    places[:] = 1
    mask[:] = False
    listed[0] = 1
    y.backward()
    assert_array_equal(w.grad.numpy(), [[5, 5, 5], [1, 1, 1]])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "use",
    [
        lambda w, m: w.masked_fill(m, 0.0),
        lambda w, m: w.clone().masked_fill_(m, 0.0),
        lambda w, m: mg.where(m, w, 0.0),
        lambda w, m: w[m],
    ],
)
def test_a_mask_is_taken_as_it_was_or_its_change_is_noticed(use: Callable) -> None:
    w, mask = weights(), mg.tensor([[True, False, True], [False, True, False]])
    right = mg.autograd.grad(use(w, mask).sum(), w)[0]
    total = use(w, mask).sum()
    mask.copy_(mg.ones(2, 3, dtype=mg.bool))
    try:
        assert_array_equal(mg.autograd.grad(total, w)[0].numpy(), right.numpy())
    except RuntimeError as error:
        assert "was changed in place since" in str(error)


def test_arrays_stay_writable() -> None:
    a, w = np.ones((2, 3)), weights()
    y = (w * a).sum()
    assert a.flags.writeable and y.numpy().flags.writeable
    a[0, 0] = 2.0  # the writer's affair ...


def test_detect_anomaly_finds_writes_through_numpy() -> None:
    a, w = np.ones((2, 3)), weights()
    with mg.autograd.detect_anomaly():
        y = (w * a).sum()
        a[0, 0] = 2.0
        with pytest.raises(RuntimeError, match=r"test_versions.py:\d+.*written to.*through NumPy"):
            y.backward()


def test_versions_are_pytorch_s_counts() -> None:
    t = mg.zeros(3)
    assert t._version == 0
    t += 1.0
    t[0] = 5.0
    t[1:] *= 2.0
    assert t._version == 4 and t[0]._version == t.T._version == t.detach()._version == 4
    assert copy.deepcopy(t)._version == 0


def test_a_broadcast_view_cannot_be_written() -> None:
    row = mg.tensor([1.0, 2.0])
    wide = mg.broadcast_to(row, (3, 2))
    with pytest.raises(RuntimeError, match=r"many times .*\.clone\(\)"):
        wide[0] = 5.0
    assert_array_equal(row.numpy(), [1.0, 2.0])


SECOND: dict[str, tuple[Callable[..., Tensor], str]] = {
    "a result": (lambda h, c: h.sin(), "h"),
    "a constant": (lambda h, c: h * c * h, "c"),
    "the second of two": (lambda h, c: mg.atan2(c, h), "h"),
    "one of several": (lambda h, c: mg.einsum("ij,ij,ij->i", h, c, h), "c"),
    "another of several": (lambda h, c: mg.einsum("ij,ij,ij->i", h, h, h), "h"),
}


@pytest.mark.parametrize("case", SECOND)
def test_what_the_first_pass_handed_to_the_second_must_not_change(case: str) -> None:
    """A recorded pass gets what was kept as tensors, which have the versions of those kept."""
    function, changed = SECOND[case]
    w, c = weights(), mg.tensor(np.full((2, 3), 2.0))
    h = w * 1.0
    (g,) = mg.autograd.grad(function(h, c).sum(), w, create_graph=True)
    with mg.no_grad():
        {"h": h, "c": c}[changed].zero_()
    with pytest.raises(RuntimeError, match="changed in place since"):
        g.sum().backward()


def test_an_output_that_the_second_pass_needs_must_not_change() -> None:
    w = weights()
    y = mg.exp(w * 1.0)
    (g,) = mg.autograd.grad(y.sum(), w, create_graph=True)
    with mg.no_grad():
        y.zero_()
    with pytest.raises(RuntimeError, match="changed in place since"):
        g.sum().backward()


def test_an_output_that_no_rule_needs_may_change() -> None:
    """What an operation saves for its rules beside the output is none of the output's memory."""
    w = weights()
    for function in (F.linear, lambda x, w: F.batch_norm(w, None, None, training=True)):
        y = function(mg.tensor(np.ones((4, 3))), w)
        with mg.no_grad():
            y.zero_()
        y.sum().backward()
    y = F.linear(mg.tensor(np.ones((4, 3))), w, relu=True)
    with mg.no_grad():
        y.zero_()
    with pytest.raises(RuntimeError, match="'linear' needs for its gradient"):
        y.sum().backward()


def test_a_tensor_that_another_thread_adds_while_dead_ones_are_forgotten_stays() -> None:
    whole = weights()
    base, kept = whole.detach(), []

    class Late:
        """A dead reference: another thread comes while it is asked."""

        def __call__(self) -> None:
            if not kept:
                kept.append(whole.detach())

    version = base._version_
    version.sharers.insert(0, Late())
    assert whole in [t for t in version.others(base) if t is whole]
    assert any(t is kept[0] for t in version.others(base))
