"""Operations written as classes, `mg.autograd.Function`: both ways to write them, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.autograd.function import once_differentiable
from minigrad.engine.watchers import Watcher


def function(forward: Any, backward: Any, **more: Any) -> Any:
    """A `Function` of these methods."""
    methods = {"forward": forward, "backward": backward, **more}
    members = {name: staticmethod(method) for name, method in methods.items()}
    return type("Made", (mg.autograd.Function,), members)


def leaf(*values: float) -> Any:
    return mg.tensor(list(values), dtype=mg.float64, requires_grad=True)


def test_forward_without_a_context() -> None:
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        assert inputs[1] == 3 and not output.requires_grad
        ctx.save_for_backward(inputs[0])
        ctx.factor = inputs[1]

    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 2 * x * ctx.factor, None

    squares = function(lambda x, factor: factor * x * x, backward, setup_context=setup_context)
    x = leaf(2.0, 5.0)
    y = squares.apply(x, 3)
    y.sum().backward()
    assert y.tolist() == [12.0, 75.0] and x.grad.tolist() == [12.0, 30.0]


def test_what_is_not_defined() -> None:
    x = leaf(1.0)
    with pytest.raises(NotImplementedError, match="static method forward"):
        type("Empty", (mg.autograd.Function,), {}).apply(x)
    y = type("Half", (mg.autograd.Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
    with pytest.raises(RuntimeError, match="static method backward"):
        y.apply(x).backward()
    with pytest.raises(NotImplementedError):
        mg.autograd.Function.setup_context(None, (), None)


BAD_FORWARDS = [
    (lambda ctx, x: x.numpy(), TypeError, "wanted tensors to be returned, got ndarray"),
    (lambda ctx, x: (x * 1, 2), TypeError, "wanted tensors to be returned, got int"),
    (lambda ctx, x: ctx.save_for_backward(x, 3) or x * 1, TypeError, "argument 1: .* got int"),
    (lambda ctx, x: ctx.saved_tensors, RuntimeError, "there are none in forward"),
    (lambda ctx, x: x.mul_(2), RuntimeError, "argument 0, a leaf that requires a gradient, cannot"),
    (lambda ctx, x: ctx.mark_dirty(x) or x.mul_(2), RuntimeError, "argument 0, a leaf that req"),
]


@pytest.mark.parametrize(("forward", "error", "words"), BAD_FORWARDS)
def test_what_forward_must_not_do(forward: Any, error: Any, words: str) -> None:
    x = leaf(1.0)
    with pytest.raises(error, match=words):
        function(forward, lambda ctx, g: g).apply(x)


def test_an_inner_tensor_that_forward_changes_has_to_be_named() -> None:
    """Named it is given on; another one that is named does not excuse it; unrecorded it may be."""
    change = function(lambda ctx, x, y: x.mul_(2), lambda ctx, g: (g * 2, None))
    named = function(lambda ctx, x, y: ctx.mark_dirty(x) or x.mul_(2), lambda ctx, g: (2 * g, None))
    other = function(lambda ctx, x, y: ctx.mark_dirty(y) or x.mul_(2), lambda ctx, g: (g * 2, None))
    for refused in (change, other):
        with pytest.raises(RuntimeError, match=r"argument 0, .* was changed"):
            refused.apply(leaf(1.0) * 1, leaf(1.0) * 1)
    x = leaf(3.0)
    y = x * 1
    assert named.apply(y, 1) is y
    y.sum().backward()
    assert y.tolist() == [6.0] and x.grad.tolist() == [2.0]
    with mg.no_grad():
        assert change.apply(leaf(1.0) * 1, 1).tolist() == [2.0]


BAD_BACKWARDS = [
    (lambda ctx, g: g, "gradient for each of 2 arguments of forward, got 1"),
    (lambda ctx, g: (g, None, g), "gradient for each of 2 arguments of forward, got 3"),
    (lambda ctx, g: (g.numpy(), None), "wanted tensors or None, got ndarray"),
    (lambda ctx, g: (mg.ones(3), None), r"shape \(2,\) for argument 0, got \(3,\)"),
    (lambda ctx, g: (mg.ones(1), None), r"shape \(2,\) for argument 0, got \(1,\)"),
]


@pytest.mark.parametrize(("backward", "words"), BAD_BACKWARDS)
def test_what_backward_must_not_answer(backward: Any, words: str) -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=words):
        function(lambda ctx, x, k: x * k, backward).apply(x, 2).sum().backward()
    assert x.grad is None


def test_what_backward_may_answer() -> None:
    """More Nones than arguments, and a gradient of the shape that broadcasting has made."""
    answers = function(lambda ctx, x: x * 2, lambda ctx, g: (g * mg.ones(3, 2), None, None))
    x = leaf(1.0, 2.0)
    answers.apply(x).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_outputs_that_have_no_gradient_make_no_node() -> None:
    places = function(lambda ctx, x: x.argmax(), lambda ctx, g: None)
    constant = function(
        lambda ctx, x: ctx.mark_non_differentiable(y := x * 2) or y, lambda ctx, g: None
    )
    for made in (places, constant):
        out = made.apply(leaf(1.0, 2.0))
        assert not out.requires_grad and out.grad_fn is None


def test_saved_tensors_are_freed_and_guarded_against_changes() -> None:
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x, None)
        return x * x

    def backward(ctx: Any, g: Any) -> Any:
        x, nothing = ctx.saved_tensors
        assert nothing is None
        return 2 * g * x

    square = function(forward, backward)
    x = leaf(3.0)
    y = square.apply(x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [12.0]
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()
    z = square.apply(inner := x * 1).sum()
    inner.mul_(2)  # recorded: what was saved stays
    z.backward()
    assert x.grad.tolist() == [18.0]
    z = square.apply(inner := x * 1).sum()
    inner.detach().mul_(2)
    with pytest.raises(RuntimeError, match="was changed in place since"):
        z.backward()


@pytest.mark.parametrize("materialize", [True, False])
def test_outputs_that_nobody_uses(materialize: bool) -> None:
    """Their gradients are zeros, or None where the function asks for that."""
    seen = []

    def forward(ctx: Any, x: Any) -> Any:
        ctx.set_materialize_grads(materialize)
        return x * 2, x.argmax(), x.sum() * 3, x * 5

    def backward(ctx: Any, *grads: Any) -> Any:
        seen.extend(g if g is None else g.tolist() for g in grads)
        return sum(k * g for k, g in zip((2, 0, 3, 5), grads, strict=True) if g is not None)

    x = leaf(1.0, 2.0)
    _, _, total, fives = function(forward, backward).apply(x)
    (total + fives[1] * 10).backward()
    assert seen == ([[0.0, 0.0], 0, 1.0, [0.0, 10.0]] if materialize else [None, None, 1, [0, 10]])
    assert x.grad.tolist() == [3.0, 53.0]
    seen.clear()
    _, _, total, fives = function(forward, backward).apply(x)
    (g,) = mg.autograd.grad(total + fives.sum(), x, create_graph=True)
    assert g.tolist() == [8.0, 8.0]


def test_a_backward_that_is_differentiable_once() -> None:
    def backward(ctx: Any, g: Any) -> Any:
        assert not mg.is_grad_enabled()
        (x,) = ctx.saved_tensors
        return g * 3 * x**2, None

    def forward(ctx: Any, x: Any, k: int) -> Any:
        ctx.save_for_backward(x)
        return x**3

    cube = function(forward, once_differentiable(backward))
    x = leaf(2.0)
    cube.apply(x, 1).sum().backward()
    assert x.grad.tolist() == [12.0]
    (g,) = mg.autograd.grad(cube.apply(x, 1).sum(), x, create_graph=True)
    assert g.tolist() == [12.0] and g.requires_grad
    with pytest.raises(RuntimeError, match=r"twice Made, .* @once_differentiable"):
        g.sum().backward()
    single = function(lambda ctx, x: x * 2, once_differentiable(lambda ctx, g: g * 2))
    (g,) = mg.autograd.grad(single.apply(x).sum(), x, create_graph=True)
    assert g.tolist() == [2.0]


def test_a_function_is_described_to_watchers_as_an_operation_is() -> None:
    made: list[Any] = []
    pulled: list[Any] = []

    class Notes(Watcher):
        def made(self, node: Any, args: Any, values: Any) -> None:
            op = node.operation
            if not op.name.startswith("Made"):
                return
            shown = [np.asarray(v).tolist() for v in values]
            made.append((op.name, op.names, op.saves, op.variadic, shown))
            assert [
                values[i] is kept for i, kept in zip(node.plan.values, node.kept, strict=True)
            ] == ([True] * len(node.kept))

        def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
            pulled.append((node.operation.name, [term.tolist() for _, term in answers]))

    def forward(ctx: Any, x: Any, *factors: float) -> Any:
        ctx.save_for_backward(x)
        return x * factors[0], x * factors[1]

    product = function(forward, lambda ctx, a, b: (a * 2 + b * 3, None, None))
    x = leaf(1.0, 4.0)
    with Notes():
        a, b = product.apply(x, 2, 3)
        assert a.grad_fn.next_functions == b.grad_fn.next_functions
        b.sum().backward()
    whole, first, second = made
    names, saved = ("x", "factors[0]", "factors[1]"), ("saved_tensors[0]",)
    values = [[1.0, 4.0], 2, 3, [2.0, 8.0, 3.0, 12.0], [1.0, 4.0]]
    assert whole == ("Made", names, saved, False, values)
    outputs = [2.0, 8.0, 3.0, 12.0]
    assert first == ("Made output 0", ("outputs",), (), False, [outputs, [2.0, 8.0]])
    assert second == ("Made output 1", ("outputs",), (), False, [outputs, [3.0, 12.0]])
    assert pulled[1:] == [("Made output 1", [[0.0, 0.0, 1.0, 1.0]]), ("Made", [[3.0, 3.0]])]
