"""Whole graphs, made, changed, differentiated and dropped in random order, beside a slow oracle."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from slow_oracle import Oracle, Value

import minigrad as mg
from minigrad.engine.tape import Node
from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.engine.watchers import Watcher, whole

SHAPES = [(2, 2), (2,), (1, 2), ()]
shapes = st.sampled_from(SHAPES)
seeds = st.integers(0, 99)


def numbers(shape: tuple[int, ...], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def outcome(function: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return function(), None
    except (RuntimeError, ValueError) as error:
        return None, error


def key(at: Any) -> Any:
    """What the watchers' nodes and leaves are called."""
    return at.number if isinstance(at, Node) else id(at)


class Told(Watcher):
    """Writes down what it is told, with copies of the totals."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []

    def made(self, node: Any, args: Any, values: Any) -> None:
        self.events.append(("made", key(node), 0.0))

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        self.events.append(("pulled", key(node), np.array(g)))

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        self.events.append(("arrived", key(at), np.array(total)))

    def freed(self, node: Any) -> None:
        self.events.append(("freed", key(node), 0.0))

    def accumulated(self, leaf: Any) -> None:
        self.events.append(("accumulated", key(leaf), 0.0))


class Graphs(RuleBasedStateMachine):
    """Each rule does the same to tensors and to what the oracle knows of them."""

    tensors = Bundle("tensors")

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.recording = True
        self.pairs: list[tuple[Tensor, Value]] = []
        self.told = Told()

    def pair(self, tensor: Tensor, value: Value) -> tuple[Tensor, Value]:
        pair = tensor, value
        self.pairs.append(pair)
        self.note(tensor, value)
        return pair

    def note(self, tensor: Tensor, value: Value) -> None:
        """Let the oracle's nodes go by the tape's numbers."""
        value.key = id(tensor)
        assert (tensor.grad_fn is None) == (value.node is None)
        if tensor.grad_fn is not None and value.node is not None and value.node.key is None:
            value.node.key = tensor.grad_fn.number

    def both(self, real: Callable[[], Any], model: Callable[[], Any]) -> tuple[Any, Any, bool]:
        """What both answer, and whether they did; they have to refuse the same."""
        (got, error), (wanted, predicted) = outcome(real), outcome(model)
        if predicted is None:
            if error is not None:
                raise AssertionError("the oracle did not expect this") from error
        else:
            assert error is not None, f"not refused: {predicted}"
            assert type(error) is type(predicted) and str(predicted) in str(error)
        return got, wanted, error is None

    @initialize(target=tensors, shape=shapes)
    def parameter(self, shape: Any) -> Any:
        return self.leaf(shape, 0, True)

    @rule(target=tensors, shape=shapes, seed=seeds, requires_grad=st.booleans())
    def leaf(self, shape: Any, seed: int, requires_grad: bool) -> Any:
        array = numbers(shape, seed)
        tensor = tensor_of(array.copy(), requires_grad=requires_grad)
        return self.pair(tensor, self.oracle.leaf(array, requires_grad))

    @rule(target=tensors, name=st.sampled_from("sin tanh sum matrix_transpose".split()), x=tensors)
    def unary(self, name: str, x: Any) -> Any:
        return self.apply(name, x)

    @rule(target=tensors, name=st.sampled_from("add subtract multiply matmul".split()),
          x=tensors, y=tensors)  # fmt: skip
    def binary(self, name: str, x: Any, y: Any) -> Any:
        return self.apply(name, x, y)

    @rule(target=tensors, name=st.sampled_from(["multiply", "add"]), x=tensors, y=tensors)
    def binary_in_another_thread(self, name: str, x: Any, y: Any) -> Any:
        """Which records, whatever the mode is here."""
        return self.apply(name, x, y, thread=True)

    def apply(self, name: str, *pairs: Any, thread: bool = False) -> Any:
        inputs = [tensor for tensor, _ in pairs]
        ndims = {tensor.ndim for tensor in inputs}
        if name in ("matmul", "matrix_transpose") and ndims != {2}:
            return multiple()
        if name == "matmul" and inputs[0].shape[1] != inputs[1].shape[0]:
            return multiple()
        if max(np.abs(tensor.numpy()).max() for tensor in inputs) > 1e3:
            return multiple()
        out = []

        def run() -> None:
            out.append(getattr(mg, name)(*inputs))

        if thread:
            other = threading.Thread(target=run)
            other.start()
            other.join()
        else:
            with mg.set_grad_enabled(self.recording):
                run()
        value = self.oracle.apply(name, [v for _, v in pairs], thread or self.recording)
        return self.pair(out[0], value)

    @rule(target=tensors, x=tensors)
    def detach(self, x: Any) -> Any:
        return self.pair(x[0].detach(), self.oracle.detach(x[1]))

    @rule(on=st.booleans())
    def record(self, on: bool) -> None:
        self.recording = on

    @rule(on=st.booleans())
    def watch(self, on: bool) -> None:
        if on and not self.oracle.watched:
            self.told.__enter__()
        elif self.oracle.watched and not on:
            self.told.__exit__(None, None, None)
        self.oracle.watched = on

    @rule(x=tensors)
    def retain_grad(self, x: Any) -> None:
        tensor, value = x
        if value.requires_grad:
            tensor.retain_grad()
            if value.node is not None:
                value.node.retained = value

    @rule(x=tensors, factor=st.sampled_from([2.0, -0.5]))
    def hook(self, x: Any, factor: float) -> None:
        tensor, value = x
        if value.requires_grad:
            tensor.register_hook(lambda g: g * factor)
            (value.node or value).factors.append(factor)

    @rule(name=st.sampled_from(["add", "multiply"]), x=tensors, y=tensors, on=st.booleans())
    def change_in_place(self, name: str, x: Any, y: Any, on: bool) -> None:
        (tensor, value), (other, other_value) = x, y
        if np.abs(tensor.numpy()).max() > 1e3:
            return
        method = {"add": tensor.add_, "multiply": tensor.mul_}[name]
        with mg.set_grad_enabled(on):
            self.both(
                lambda: method(other),
                lambda: self.oracle.change(value, name, other_value, on),
            )
        self.note(tensor, value)

    @rule(first=st.booleans(), x=tensors, y=tensors, on=st.booleans())
    def assign(self, first: bool, x: Any, y: Any, on: bool) -> None:
        (tensor, value), (other, other_value) = x, y
        index, shape = (0, tensor.shape[1:]) if first else (..., tensor.shape)
        if (first and not tensor.ndim) or other.ndim > len(shape):
            return
        if any(n not in (1, m) for n, m in zip(other.shape[::-1], shape[::-1], strict=False)):
            return
        with mg.set_grad_enabled(on):
            self.both(
                lambda: tensor.__setitem__(index, other),
                lambda: self.oracle.change(
                    value, "t[0] =" if first else "t[...] =", other_value, on
                ),
            )
        self.note(tensor, value)

    @rule(x=tensors, seed=seeds, retain=st.booleans())
    def backward(self, x: Any, seed: int, retain: bool) -> None:
        tensor, value = x
        g = numbers(tensor.shape, seed)
        self.both(
            lambda: tensor.backward(g.copy(), retain_graph=retain),
            lambda: self.oracle.backward(value, g, retain),
        )

    @rule(x=tensors, inputs=st.lists(tensors, min_size=1, max_size=3), seed=seeds,
          retain=st.booleans())  # fmt: skip
    def backward_to_inputs(self, x: Any, inputs: Any, seed: int, retain: bool) -> None:
        tensor, value = x
        inputs = [pair for pair in inputs if pair[1].requires_grad]
        if inputs:
            g = numbers(tensor.shape, seed)
            self.both(
                lambda: tensor.backward(g.copy(), retain, inputs=[t for t, _ in inputs]),
                lambda: self.oracle.backward(value, g, retain, [v for _, v in inputs]),
            )

    @rule(x=tensors, inputs=st.lists(tensors, min_size=1, max_size=3), seed=seeds,
          retain=st.booleans())  # fmt: skip
    def grad(self, x: Any, inputs: Any, seed: int, retain: bool) -> None:
        tensor, value = x
        inputs = [pair for pair in inputs if pair[1].requires_grad]
        if not inputs:
            return
        g = numbers(tensor.shape, seed)
        places = [v.source for _, v in inputs]
        got, wanted, answered = self.both(
            lambda: mg.autograd.grad(
                tensor, [t for t, _ in inputs], g.copy(), retain, allow_unused=True
            ),
            lambda: dict(self.oracle.differentiate(value, g, retain, set(places))),
        )
        for place, gradient in zip(places, got, strict=True) if answered else ():
            assert (gradient is None) == (place not in wanted)
            if gradient is not None:
                np.testing.assert_allclose(gradient.numpy(), wanted[place], rtol=1e-9, atol=1e-12)

    @rule(target=tensors, x=tensors, y=tensors, name=st.sampled_from(["sin", "tanh"]), seed=seeds)
    def curve(self, x: Any, y: Any, name: str, seed: int) -> Any:
        """By chance alone few graphs would have second derivatives."""
        out = self.apply("multiply", x, y)
        if isinstance(out, tuple):
            out = self.apply(name, out)
        if isinstance(out, tuple):
            self.grad_of_grad(out, x, y, seed)
            self.grad_of_grad(out, x, x, seed)
        return out

    @rule(x=tensors, first=tensors, second=tensors, seed=seeds)
    def grad_of_grad(self, x: Any, first: Any, second: Any, seed: int) -> None:
        watched = self.oracle.watched
        self.watch(False)  # what a recorded pass is made of the oracle does not know
        try:
            self.second_order(x, first, second, seed)
        finally:
            self.watch(watched)

    def second_order(self, x: Any, first: Any, second: Any, seed: int) -> None:
        (tensor, value), (t, at), (u, then) = x, first, second
        hooked = any(n.factors for n in (*self.oracle.nodes, *self.oracle.values))
        if hooked or not (value.requires_grad and at.requires_grad and then.requires_grad):
            return  # a hook changes the first pass and the second, and symmetry is lost
        if self.oracle.follows(then.source, at.source):
            return  # it would count whether rules between the two read their output
        g, v = numbers(tensor.shape, seed), numbers(t.shape, seed + 1)
        got, wanted, answered = self.both(
            lambda: mg.autograd.grad(tensor, t, g.copy(), create_graph=True, allow_unused=True)[0],
            lambda: dict(self.oracle.differentiate(value, g, True, {at.source})),
        )
        if not answered or got is None:
            assert not answered or at.source not in wanted
            return
        np.testing.assert_allclose(got.detach(), wanted[at.source], rtol=1e-9, atol=1e-12)
        expected = self.oracle.second_derivative(value, g, at.source, v, then.source)
        if not got.requires_grad:
            assert not np.any(expected)
            return
        curvature, error = outcome(
            lambda: mg.autograd.grad(got, u, v.copy(), retain_graph=True, allow_unused=True)[0]
        )
        if error is not None:
            assert self.oracle.stale(), error
            return
        answer = np.zeros(u.shape) if curvature is None else curvature.numpy()
        np.testing.assert_allclose(answer, np.broadcast_to(expected, u.shape), rtol=1e-9, atol=1e-9)

    @rule(target=tensors, x=tensors, y=tensors, z=tensors, first=st.booleans(), on=st.booleans())
    def change_between_forward_and_backward(
        self, x: Any, y: Any, z: Any, first: bool, on: bool
    ) -> Any:
        """By chance alone this would be rare."""
        out = self.apply("multiply", *((y, x) if first else (x, y)))
        if not isinstance(out, tuple):
            return out
        self.retain_grad(y)
        self.change_in_place("add", y, z, on)
        self.backward(out, 0, retain=True)
        self.backward(y, 1, retain=True)
        return out

    @rule(target=tensors, x=tensors, seed=seeds, first=st.booleans())
    def assign_between_forward_and_backward(self, x: Any, seed: int, first: bool) -> Any:
        """To a result that another node has kept."""
        y = self.apply("sin", x)
        out = self.apply("multiply", x, y) if isinstance(y, tuple) else y
        if isinstance(out, tuple):
            self.assign(first, y, self.leaf((), seed, False), True)
            self.backward(out, seed, retain=True)
        return out

    @rule(target=tensors, x=tensors, seed=seeds)
    def watched_pass(self, x: Any, seed: int) -> Any:
        """By chance alone few passes would be watched, of tensors with two uses."""
        self.watch(True)
        out = self.apply("multiply", x, x)
        if isinstance(out, tuple):
            self.backward(out, seed, retain=False)
        return out

    @rule(x=tensors)
    def zero_grad(self, x: Any) -> None:
        x[0].grad = x[1].grad = None

    @rule(x=consumes(tensors))
    def forget(self, x: Any) -> None:
        shared = [v for v in self.oracle.values if v.memory is x[1].memory]
        if len(shared) == 1:
            self.pairs = [pair for pair in self.pairs if pair[1] is not x[1]]
            self.oracle.values.remove(x[1])

    @invariant()
    def all_is_as_the_oracle_says(self) -> None:
        for tensor, value in self.pairs:
            assert tensor.requires_grad == value.requires_grad
            assert tensor.is_leaf == (value.node is None)
            np.testing.assert_allclose(tensor.numpy(), value.array, rtol=1e-9, atol=1e-12)
            assert (tensor.grad is None) == (value.grad is None)
            if tensor.grad is not None:
                np.testing.assert_allclose(tensor.grad.numpy(), value.grad, rtol=1e-9, atol=1e-12)

    @invariant()
    def watchers_were_told_in_this_order(self) -> None:
        told, wanted = self.told.events, self.oracle.told
        assert [event for event, _, _ in told] == [event for event, _, _ in wanted]
        for (event, at, total), (_, node, expected) in zip(told, wanted, strict=True):
            assert at == node.key or node.key is None  # of a change that was refused
            if event in ("arrived", "pulled"):
                np.testing.assert_allclose(total, expected, rtol=1e-9, atol=1e-12)
        told.clear()
        wanted.clear()

    def teardown(self) -> None:
        self.watch(False)


Graphs.TestCase.settings = settings(stateful_step_count=30)
test_graphs_beside_the_oracle = Graphs.TestCase


def test_watchers_are_told_who_gets_which_term() -> None:
    """As the rules gave them, and in the parents' own shapes."""
    told = []

    class Pulled(Watcher):
        def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
            told.append((given, answers))

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.tensor([[3.0], [4.0]], requires_grad=True)
    z = x + y
    with Pulled():
        z.sum().backward()
    (_, _), (given, answers) = told
    for terms in (given, answers):
        assert [id(at) for at, _ in terms] == [id(x), id(y)]
    assert [np.shape(term) for _, term in given] == [(2, 2)] * 2
    assert [np.shape(term) for _, term in answers] == [at.shape for at, _ in answers]


def test_watchers_are_told_of_a_whole_function_before_and_after() -> None:
    """And that it failed, where it did; one that is called without a watcher does the same."""
    events: list[tuple[Any, ...]] = []

    class Hears(Watcher):
        def begins(self, function: Any) -> None:
            events.append(("begins", function.__name__))

        def ended(self, function: Any, args: Any, kwargs: Any, result: Any) -> None:
            events.append(("ended", function.__name__, args, kwargs, result))

        def failed(self, what: Any) -> None:
            events.append(("failed", what.__name__))

    @whole
    def total(values: Any, least: int = 0) -> int:
        events.append(("runs",))
        return sum(value for value in values if value > least)

    assert total(iter([1, 2]), least=1) == 2 and events == [("runs",)]
    events.clear()
    with Hears():
        assert total(iter([1, 2, 3]), least=1) == 5
        told = ("ended", "total", [[1, 2, 3]], {"least": 1}, 5)
        assert events == [("begins", "total"), ("runs",), told]
        events.clear()
        with pytest.raises(TypeError):
            total([None])
    assert events == [("begins", "total"), ("runs",), ("failed", "total")]


def test_watchers_are_told_where_values_are_read_and_what_fails() -> None:
    told: list[Any] = []

    class Notes(Watcher):
        def read(self, tensor: Any) -> None:
            told.append(tensor)

        def failed(self, what: Any) -> None:
            told.append(what.name)

    x = mg.tensor([2.0])
    reads = (x.item, x.tolist, lambda: np.asarray(x), lambda: repr(x), lambda: copy.copy(x))
    for read in (*reads, lambda: float(x), lambda: f"{x:.1f}"):
        told.clear()
        read()
        assert told == []
        with Notes():
            read()
        assert told and all(t is x for t in told)
    told.clear()
    with Notes(), pytest.raises(ValueError, match="matmul"):
        x @ mg.ones(2)
    assert told == ["matmul"]


def test_a_leaf_has_one_place_where_its_gradient_arrives() -> None:
    x, w = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    first, second = (x * x).grad_fn.next_functions
    assert first[0] is second[0] and first[0].variable is x
    assert (x * w).grad_fn.next_functions[1][0] is not first[0]


def test_a_leaf_of_a_narrower_dtype_in_a_recorded_pass() -> None:
    x = mg.tensor([2.0, 3.0], dtype="float32", requires_grad=True)
    c = mg.tensor([2.5, 1.5], dtype="float64")
    seen = []

    @mg.operation
    def product(x1, x2):
        return x1 * x2

    @product.gradient("x1", "x2")
    def _(g, x1, x2, needs):
        seen.append(x1.dtype)
        return g * x2 + 0 * x1, None

    try:
        (g,) = mg.autograd.grad(product(x, c).sum(), x, create_graph=True)
    finally:
        del mg.engine.operation.OPERATIONS["product"]
    assert seen == [np.float64] and g.dtype == np.float32
