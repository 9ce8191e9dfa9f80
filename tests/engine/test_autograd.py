"""minigrad.autograd.grad: what it gives, what it leaves alone, and derivatives of derivatives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigrad as mg
from minigrad.autograd import grad
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor, tensor_of


@pytest.fixture(autouse=True)
def _forget_own_operations() -> Iterator[None]:
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def leaf(value: object) -> Tensor:
    return tensor_of(np.array(value, np.float64), requires_grad=True)


def counted() -> tuple[Any, list[str]]:
    """An operation that doubles its input and notes for whom its rule ran."""
    ran: list[str] = []

    @mg.operation
    def double(x, label):
        return 2 * x

    @double.gradient("x")
    def _(g, label):
        ran.append(label)
        return 2 * g

    return double, ran


def test_gradients_of_leaves() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    gx, gy = grad(mg.sum(x * x * y), (x, y))
    assert_array_equal(gx.numpy(), [6.0, 16.0])
    assert_array_equal(gy.numpy(), [1.0, 4.0])
    assert x.grad is None and y.grad is None
    assert not gx.requires_grad


def test_grad_leaves_earlier_gradients_alone() -> None:
    x = leaf(3.0)
    (x * x).backward()
    before = x.grad
    grad(x * x, x)
    assert x.grad is before and before is not None and before.item() == 6.0


def test_gradients_of_intermediate_tensors() -> None:
    x = leaf([1.0, 2.0])
    hidden = mg.exp(x)
    out = mg.sum(hidden * hidden)
    gx, gh = grad(out, (x, hidden))
    assert_allclose(gh.numpy(), 2 * hidden.numpy(), rtol=1e-15)
    assert_allclose(gx.numpy(), 2 * hidden.numpy() ** 2, rtol=1e-15)


def test_the_output_itself_as_input() -> None:
    y = leaf(3.0) * 2.0
    assert grad(y, y)[0].item() == 1.0
    x = leaf(3.0)
    assert grad(x, x)[0].item() == 1.0


def test_several_outputs_are_summed() -> None:
    x = leaf([1.0, 2.0])
    (g,) = grad((x * 2.0, x * x), x, (np.array([1.0, 10.0]), mg.tensor([100.0, 1000.0])))
    assert_array_equal(g.numpy(), [2 + 200, 20 + 4000])
    (g,) = grad((mg.sum(x), mg.sum(x)), x)
    assert_array_equal(g.numpy(), [2.0, 2.0])


def test_one_input_twice() -> None:
    x = leaf(3.0)
    a, b = grad(x * x, (x, x))
    assert a.item() == b.item() == 6.0
    assert not np.shares_memory(a.numpy(), b.numpy())


def test_unused_inputs() -> None:
    x, other = leaf(3.0), leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"do not depend on input 1 \(shape \(2,\)\)"):
        grad(x * x, (x, other))
    g, none = grad(x * x, (x, other), allow_unused=True)
    assert g.item() == 6.0 and none is None


def test_only_what_is_needed_is_computed() -> None:
    double, ran = counted()
    x, y = leaf(1.0), leaf(2.0)
    a, b = double(x, "x"), double(y, "y")
    out = double(a * b, "out")
    grad(out, y, retain_graph=True)
    assert ran == ["out", "y"]
    ran.clear()
    grad(out, a, retain_graph=True)
    assert ran == ["out"]
    ran.clear()
    grad(out, out, retain_graph=True)
    assert ran == []
    grad(out, (x, a))
    assert ran == ["out", "x"]


def test_a_constant_s_side_is_never_computed() -> None:
    """Neither the rule of the input without gradient runs, nor is anything kept for it."""
    double, ran = counted()
    x = tensor_of(np.ones(2))
    assert double(x, "never").grad_fn is None

    @mg.operation
    def times(a, b):
        return a * b

    @times.gradient("a", "b")
    def _(g, needs, a, b):
        ran.append(needs)
        return g * b if needs[0] else None, g * a if needs[1] else None

    w = leaf([1.0, 2.0])
    mg.sum(times(x, w) + times(w, x)).backward()
    assert sorted(ran) == [(False, True), (True, False)]


def test_a_freed_graph_is_an_error_not_a_missing_gradient() -> None:
    x = leaf(2.0)
    hidden = mg.exp(x)
    y = hidden * x
    grad(y, x)
    for unused in (False, True):
        with pytest.raises(RuntimeError, match="freed by an earlier backward pass"):
            grad(y, x, allow_unused=unused)
    shared = mg.exp(x)
    first, second = shared * 2.0, shared * x
    first.backward()
    with pytest.raises(RuntimeError, match="'exp' has been freed"):
        grad(second, x)


def test_retain_graph() -> None:
    x = leaf(2.0)
    y = x * x * x
    first = grad(y, x, retain_graph=True)
    assert grad(y, x)[0].item() == first[0].item() == 12.0


def test_grad_outputs_are_not_modified() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    v = np.array([5.0, 6.0])
    gx, gy = grad(x + y + x, (x, y), v)
    assert_array_equal(gx.numpy(), [10.0, 12.0])
    assert_array_equal(v, [5.0, 6.0])
    assert not np.shares_memory(gx.numpy(), v) and not np.shares_memory(gy.numpy(), v)


# --------------------------------------------------------------------- higher orders


def test_third_order() -> None:
    x = leaf([0.3, -1.2, 2.0])
    y = mg.sum(mg.sin(x) * x)
    orders = []
    for _ in range(3):
        (g,) = grad(y, x, create_graph=True)
        orders.append(g.numpy())
        y = mg.sum(g)
    s, c, v = np.sin(x.numpy()), np.cos(x.numpy()), x.numpy()
    assert_allclose(orders[0], s + v * c, rtol=1e-13)
    assert_allclose(orders[1], 2 * c - v * s, rtol=1e-13)
    assert_allclose(orders[2], -3 * s - v * c, rtol=1e-13)


def test_every_order_of_a_power() -> None:
    x = leaf(2.0)
    y = x**5
    values = []
    for _ in range(6):
        (y,) = grad(y, x, create_graph=True)
        values.append(y.item())
    assert values == [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]


def test_mixed_derivatives_commute() -> None:
    x, y = leaf(0.7), leaf(1.3)
    out = mg.exp(x * y) * mg.sin(x + y * y)
    gx, gy = grad(out, (x, y), create_graph=True)
    (xy,) = grad(gx, y, retain_graph=True)
    (yx,) = grad(gy, x)
    assert_allclose(xy.item(), yx.item(), rtol=1e-14)


def test_a_hessian_from_vector_products() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 4))
    x = leaf(rng.normal(size=4))
    out = 0.5 * mg.sum(x * mg.sum(a * x, axis=1)) + mg.sum(x**3)
    (g,) = grad(out, x, create_graph=True)
    rows = [grad(g, x, np.eye(4)[i], retain_graph=True)[0].numpy() for i in range(4)]
    assert_allclose(rows, 0.5 * (a + a.T) + np.diag(6 * x.numpy()), rtol=1e-12, atol=1e-12)


def test_the_gradient_depends_on_its_cotangent() -> None:
    """<v, dy/dx> is linear in v, and v may be a tensor of a graph itself."""
    x, v = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (g,) = grad(x * x, x, v, create_graph=True)
    (gv,) = grad(mg.sum(g), v)
    assert_array_equal(gv.numpy(), [2.0, 4.0])


def test_a_gradient_penalty_through_backward() -> None:
    """d/dw of |d/dx (w x^2)|^2 = d/dw 4 w^2 x^2."""
    w, x = leaf(3.0), leaf(2.0)
    (g,) = grad(w * x * x, x, create_graph=True)
    (g * g).backward()
    assert w.grad is not None and w.grad.item() == 8 * 3.0 * 4.0
    assert x.grad is not None and x.grad.item() == 8 * 9.0 * 2.0


def test_backward_with_create_graph_gives_gradients_with_a_graph() -> None:
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    assert x.grad is not None and x.grad.requires_grad
    first, x.grad = x.grad, None
    first.backward()
    assert x.grad is not None and x.grad.item() == 12.0


def test_without_create_graph_nothing_is_recorded() -> None:
    x = leaf(2.0)
    (g,) = grad(x**3, x)
    assert not g.requires_grad and g.is_leaf
    with pytest.raises(RuntimeError, match="does not require a gradient"):
        grad(g, x)


# --------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (lambda x: ((), x), ValueError, "outputs is empty"),
        (lambda x: (x * x, ()), ValueError, "inputs is empty"),
        (lambda x: (x * x, (x, 3.0)), TypeError, "inputs must be tensors, got float"),
        (lambda x: ((x * x, "y"), x), TypeError, "outputs must be tensors, got str"),
        (lambda x: (x * x, mg.tensor(1.0)), RuntimeError, "input 0 .* does not require"),
        (lambda x: (mg.tensor(1.0), x), RuntimeError, "nothing was recorded"),
        (lambda x: ((x, x), x, (1.0,)), ValueError, "2 outputs, but 1 grad_outputs"),
        (lambda x: (x * x, x, np.ones(3)), ValueError, r"wanted shape \(\), got \(3,\)"),
        (lambda x: (x * np.ones(3), x), RuntimeError, r"shape \(3,\) needs a gradient"),
    ],
)
def test_refusals(arguments: Any, error: type[Exception], words: str) -> None:
    x = leaf(3.0)
    with pytest.raises(error, match=words):
        grad(*arguments(x))
    assert x.grad is None


def test_the_functions_of_the_module() -> None:
    x = leaf(3.0)
    mg.autograd.backward(x * x)
    assert x.grad is not None and x.grad.item() == 6.0
    assert mg.autograd.no_grad is mg.no_grad and mg.autograd.enable_grad is mg.enable_grad


def test_gradients_that_are_recorded_share_no_memory() -> None:
    x, y = (mg.ones(2, requires_grad=True) for _ in range(2))
    (x + y).sum().backward(create_graph=True)
    assert x.grad is not None and y.grad is not None and x.grad is not y.grad
    assert not np.shares_memory(x.grad.numpy(), y.grad.numpy())


def test_a_recorded_pass_within_no_grad_has_gradients_with_a_graph() -> None:
    w = mg.tensor([2.0], requires_grad=True)
    y = (w**3).sum()
    for expected in (12.0, 24.0):  # the first, and one that is added to it
        with mg.no_grad():
            y.backward(create_graph=True)
        assert w.grad is not None and w.grad.item() == expected and w.grad.requires_grad
    (second,) = mg.autograd.grad(w.grad.sum(), w)
    assert second.item() == 2 * 6 * 2.0


def test_an_ordinary_pass_leaves_a_recorded_grad_its_graph() -> None:
    w = mg.tensor([2.0, 3.0], requires_grad=True)
    (w**3).sum().backward(create_graph=True)
    (w**2).sum().backward()
    assert w.grad is not None and w.grad.tolist() == [16.0, 33.0] and w.grad.requires_grad
    (second,) = mg.autograd.grad(w.grad.sum(), w)
    assert second.tolist() == [12.0, 18.0]  # of the term that is recorded, as in PyTorch


def test_a_grad_of_a_shape_of_before_is_refused_and_none_is_changed() -> None:
    a, b = mg.ones(3, requires_grad=True), mg.ones(3, requires_grad=True)
    (a * b).sum().backward()
    b.data = mg.ones(3, 1)
    with pytest.raises(
        RuntimeError, match=r"shape \(3, 1\) has a grad of shape \(3,\).*grad = None"
    ):
        (a * b).sum().backward()
    assert a.grad.tolist() == [1.0] * 3  # type: ignore[union-attr]
    b.grad = None
    (a * b).sum().backward()
    assert b.grad.shape == (3, 1)  # type: ignore[union-attr]


def test_a_hook_on_a_written_grad_may_change_the_leaf() -> None:
    """Nothing is recorded while a backward pass runs, unless the pass is."""
    w = mg.ones(2, requires_grad=True)
    w.register_post_accumulate_grad_hook(lambda t: t.sub_(t.grad))
    (w * 3).sum().backward()
    assert w.tolist() == [-2.0, -2.0] and w.is_leaf


def test_terms_of_several_threads_all_arrive() -> None:
    w = mg.zeros(10_000, requires_grad=True)

    def passes() -> None:
        for _ in range(50):
            (w * 1.0).sum().backward()

    threads = [threading.Thread(target=passes) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.grad.tolist() == [200.0] * 10_000  # type: ignore[union-attr]


def test_a_leaf_that_was_frozen_since_gets_no_gradient() -> None:
    called: list[object] = []
    x, w = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    x.register_post_accumulate_grad_hook(called.append)
    y = (x * w).sum()
    x.requires_grad_(False)
    y.backward()
    assert x.grad is None and not called
    assert w.grad is not None and w.grad.tolist() == [1, 1]
