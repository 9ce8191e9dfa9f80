"""The chain rule over whole graphs: order, sharing, freeing, modes, errors."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor, tensor_of


@pytest.fixture(autouse=True)
def _forget_own_operations() -> Iterator[None]:
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leaf(value: object) -> Tensor:
    return tensor_of(np.array(value, np.float64), requires_grad=True)


def grad_of(t: Tensor) -> np.ndarray:
    assert t.grad is not None
    return t.grad.numpy()


# --------------------------------------------------------------------- order


def test_a_node_used_twice_waits_for_both() -> None:
    """b = a + a; c = b + b: a depth-first walk without an order gives 2 or 3 here."""
    x = leaf(3.0)
    a = x * x
    b = a + a
    c = b + b
    c.backward()
    assert grad_of(x) == 4 * 2 * 3.0


def test_a_late_shortcut_to_an_early_node() -> None:
    x = leaf(2.0)
    a = x * x
    y = mg.exp(a) * a + a * x
    y.backward()
    e = np.exp(4.0)
    assert_allclose(grad_of(x), (e * 4 + e) * 4 + 3 * 2.0**2, rtol=1e-14)


Dual = tuple[float, np.ndarray]  # a value, and its derivatives by every leaf

STEPS: list[tuple[Callable[..., Tensor], Callable[[Dual, Dual], Dual]]] = [
    (lambda a, b: a + b, lambda a, b: (a[0] + b[0], a[1] + b[1])),
    (lambda a, b: a - b, lambda a, b: (a[0] - b[0], a[1] - b[1])),
    (lambda a, b: a * b, lambda a, b: (a[0] * b[0], a[1] * b[0] + a[0] * b[1])),
    (lambda a, b: mg.sin(a), lambda a, b: (np.sin(a[0]), np.cos(a[0]) * a[1])),
    (lambda a, b: 0.5 * a, lambda a, b: (0.5 * a[0], 0.5 * a[1])),
    (
        lambda a, b: a / (2.0 + b * b),
        lambda a, b: (
            a[0] / (2 + b[0] ** 2),
            a[1] / (2 + b[0] ** 2) - a[0] * 2 * b[0] * b[1] / (2 + b[0] ** 2) ** 2,
        ),
    ),
]


@pytest.mark.parametrize("seed", range(200))
def test_random_graphs_against_forward_mode(seed: int) -> None:
    """Reverse mode gives what carrying dual numbers forward gives, however nodes are shared."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(-1, 1, 4)
    leaves = [leaf(v) for v in values]
    tensors: list[Tensor] = list(leaves)
    duals: list[Dual] = list(zip(values, np.eye(4), strict=True))
    for _ in range(30):
        ours, theirs = STEPS[rng.integers(len(STEPS))]
        i, j = rng.integers(max(0, len(tensors) - 8), len(tensors), 2)
        tensors.append(ours(tensors[i], tensors[j]))
        duals.append(theirs(duals[i], duals[j]))
    weights = rng.uniform(-1, 1, len(tensors))
    total = mg.sum(mg.stack([w * t for w, t in zip(weights, tensors, strict=True)]))
    total.backward()
    wanted = sum(w * d for w, (_, d) in zip(weights, duals, strict=True))
    assert_allclose([grad_of(x) for x in leaves], wanted, rtol=1e-11, atol=1e-11)


def in_a_thread_with_a_small_stack(work: Callable[[], None]) -> None:
    errors = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]


@pytest.mark.parametrize("length", [100_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_a_long_chain(length: int, no_collector: None) -> None:
    """Built, differentiated and freed without recursion, which this stack has no room for."""

    def work() -> None:
        x = leaf(1.0)
        y = x
        for _ in range(length):
            y = y + 1.0
        top = weakref.ref(y.grad_fn)
        y.backward()
        del y
        assert top() is None
        assert grad_of(x) == 1.0

    in_a_thread_with_a_small_stack(work)


def test_a_long_chain_is_dropped_unused(no_collector: None) -> None:
    def work() -> None:
        x = leaf(1.0)
        y = first = x * 2.0
        for _ in range(200_000):
            y = y + 1.0
        bottom = weakref.ref(first.grad_fn)
        del first, y
        assert bottom() is None

    in_a_thread_with_a_small_stack(work)


# --------------------------------------------------------------------- accumulation


@pytest.mark.parametrize("count", [30, 31, 32, 33, 61, 62, 63, 64, 65, 66, 129, 200])
def test_each_of_many_inputs_has_its_gradient(count: int) -> None:
    """What is done for one choice of inputs that require a gradient is done for no other."""
    for wanted in (
        lambda i: True,
        lambda i: i % 3 == 0,
        lambda i: i == 0,
        lambda i: i == count - 1,
    ):
        for join in (mg.stack, mg.concat):
            xs = [mg.tensor([float(i)], requires_grad=wanted(i)) for i in range(count)]
            (join(xs).reshape(count) * mg.arange(1.0, count + 1)).sum().backward()
            grads = [None if x.grad is None else x.grad.item() for x in xs]
            assert grads == [i + 1.0 if wanted(i) else None for i in range(count)]


def test_twenty_thousand_uses_of_a_number() -> None:
    """NumPy's 0-d sums are immutable scalars: `+=` on one rebinds a name and loses gradient."""
    x = leaf(1.0)
    total = x * 1.0
    for _ in range(20_000):
        total = total + x
    total.backward()
    assert grad_of(x) == 20_001.0


def test_passes_add_up_and_leave_earlier_gradients_alone() -> None:
    x = leaf([1.0, 2.0])
    mg.sum(x * x).backward()
    assert x.grad is not None
    first, array = x.grad, x.grad.numpy()
    mg.sum(x * 3.0).backward()
    assert_array_equal(grad_of(x), [5.0, 7.0])
    assert_array_equal(array, [2.0, 4.0])
    assert x.grad is not first and not np.shares_memory(array, grad_of(x))


@pytest.mark.parametrize("create_graph", [False, True])
def test_no_two_gradients_share_memory(create_graph: bool) -> None:
    """add hands one cotangent to both inputs, and a view of it may come through reshape."""
    a, b, c = leaf([1.0, 2.0]), leaf([3.0, 4.0]), leaf([[5.0], [6.0]])
    seed = np.array([7.0, 8.0])
    out = a + b + mg.reshape(c, (2,))
    out.retain_grad()
    out.backward(tensor_of(seed), create_graph=create_graph)
    grads = [grad_of(t) for t in (a, b, c, out)]
    for i, g in enumerate(grads):
        assert_array_equal(g.ravel(), [7.0, 8.0])
        assert not any(np.shares_memory(g, other) for other in (*grads[:i], seed))
    with mg.no_grad():
        a.grad *= 0.0  # type: ignore[operator]
    assert_array_equal(grad_of(b), [7.0, 8.0])
    assert_array_equal(seed, [7.0, 8.0])


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_gradient_of_a_leaf_by_itself_is_a_copy(create_graph: bool) -> None:
    x, seed = leaf([1.0, 2.0]), np.array([3.0, 4.0])
    x.backward(seed, create_graph=create_graph)
    assert_array_equal(grad_of(x), seed)
    assert not np.shares_memory(grad_of(x), seed)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_cotangent_takes_the_dtype_of_its_output(create_graph: bool) -> None:
    x = tensor_of(np.ones(2, np.float32), requires_grad=True)
    for out in (x, x + 1.0):
        x.grad = None
        out.backward(tensor_of(np.array([1.0, 2.0])), create_graph=create_graph)
        assert grad_of(x).dtype == np.float32


def test_a_rule_may_pass_on_what_it_keeps() -> None:
    """The tape adds in place only to arrays of its own, never to a kept or shared one."""

    @mg.operation
    def dot(*vectors: np.ndarray) -> np.ndarray:
        return np.vdot(*vectors)

    @dot.gradient("vectors")
    def _(g, vectors, needs):
        return vectors[::-1]  # for g = 1

    x = leaf([1.0, 2.0])
    a, b = x * 2.0, x * 3.0
    values = a.numpy().copy(), b.numpy().copy()
    (dot(a, b) + dot(b, a) + dot(a, b)).backward()
    assert_array_equal(a.numpy(), values[0])
    assert_array_equal(b.numpy(), values[1])
    assert_allclose(grad_of(x), 3 * 2 * 6 * x.numpy(), rtol=1e-15)


def test_one_array_as_the_answer_for_two_inputs() -> None:
    @mg.operation
    def plus(a, b):
        return a + b

    @plus.gradient("a", "b")
    def _(g, needs):
        both = g * 1.0
        return both, both

    a, b = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    mg.sum(plus(a, b) + a * 10.0 + b * 100.0).backward()
    assert_array_equal(grad_of(a), [11.0, 11.0])
    assert_array_equal(grad_of(b), [101.0, 101.0])


def test_retain_grad() -> None:
    x = leaf([1.0, 2.0])
    y = x * 3.0
    y.retain_grad()
    z = mg.sum(y * y + y)
    assert y.grad is None
    z.backward()
    assert_array_equal(grad_of(y), 2 * y.numpy() + 1)
    assert_array_equal(grad_of(x), 3 * grad_of(y))
    with pytest.raises(RuntimeError, match="retain_grad: this tensor does not require"):
        y.detach().retain_grad()


# --------------------------------------------------------------------- the life of a graph


def test_a_second_pass_needs_retain_graph() -> None:
    x = leaf(3.0)
    y = mg.exp(x * x)
    y.backward(retain_graph=True)
    y.backward()
    assert_allclose(grad_of(x), 2 * 6 * np.exp(9.0), rtol=1e-14)
    with pytest.raises(RuntimeError, match=r"'exp' has been freed.*retain_graph=True"):
        y.backward()
    assert_allclose(grad_of(x), 2 * 6 * np.exp(9.0), rtol=1e-14)


def test_a_graph_goes_without_the_collector(no_collector: None) -> None:
    """Dropped with its result, whether it was used or not; arrays and nodes alike."""
    for use in (False, True):
        x = leaf(np.ones(3))
        hidden = mg.exp(x * 2.0)
        out = mg.sum(hidden * hidden)
        refs = [weakref.ref(hidden), weakref.ref(hidden.grad_fn), weakref.ref(hidden._data)]
        refs += [weakref.ref(out), weakref.ref(out.grad_fn)]
        if use:
            out.backward(retain_graph=True)
        del hidden, out
        assert [r() for r in refs] == [None] * len(refs)


def test_a_graph_of_second_order_goes_without_the_collector(no_collector: None) -> None:
    x = leaf(np.ones(3))
    y = mg.sum(mg.exp(x) * x)
    (g,) = mg.autograd.grad(y, x, create_graph=True)
    h = mg.sum(g * g)
    refs = [weakref.ref(t.grad_fn) for t in (y, g, h)]
    h.backward()
    del y, g, h
    assert [r() for r in refs] == [None] * 3


def test_arrays_are_freed_as_the_pass_goes(no_collector: None) -> None:
    """When the first operation's rule runs, nothing of the later ones is left."""
    alive: list[int] = []
    refs: list[weakref.ref] = []

    @mg.operation
    def first(x):
        return x + 0.0

    @first.gradient("x")
    def _(g):
        alive.append(sum(r() is not None for r in refs))
        return g

    y = first(leaf(np.ones(1000)))
    for _ in range(20):
        y = mg.tanh(y * 0.5)
        refs.append(weakref.ref(y._data))
    out = mg.sum(y)
    del y
    assert sum(r() is not None for r in refs) == 20
    out.backward()
    assert alive == [0]


def test_a_pass_needs_little_memory() -> None:
    """Cotangents die as they are used: 100 links of 1 MB need a few MB, not 100."""
    x = leaf(np.ones(2**17))
    y = x
    for _ in range(100):
        y = y * 1.01
    out = mg.sum(y)
    del y
    tracemalloc.start()
    try:
        out.backward()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * x.numpy().nbytes


def test_an_error_in_a_rule_names_the_operation_and_the_line() -> None:
    @mg.operation
    def fragile(x, factor):
        return x * factor

    @fragile.gradient("x")
    def _(g):
        raise KeyError("the reason")

    x = tensor_of(np.ones((2, 3), np.float32), requires_grad=True)
    with pytest.raises(RuntimeError, match="the reason") as caught:
        mg.sum(fragile(x, 2.0)).backward()
    for words in ("'fragile'", "(2, 3) float32", "KeyError", "detect_anomaly"):
        assert words in str(caught.value)
    assert isinstance(caught.value.__cause__, KeyError)
    assert x.grad is None
    with mg.autograd.detect_anomaly():
        out = fragile(x, 2.0)
        line = test_an_error_in_a_rule_names_the_operation_and_the_line.__code__.co_firstlineno
        with pytest.raises(RuntimeError, match=r"test_tape\.py:\d+") as caught:
            mg.sum(out).backward()
    named = int(str(caught.value).split("test_tape.py:")[1].split(",")[0].split()[0])
    assert line < named < line + 30
    assert (x * 2.0).grad_fn.line is None  # type: ignore[union-attr]


def test_a_rule_with_an_answer_that_cannot_fit() -> None:
    @mg.operation
    def stray(x):
        return x * 1.0

    @stray.gradient("x")
    def _(g):
        return g[:-1]

    with pytest.raises(RuntimeError, match=r"'stray'.*shape \(2,\) does not fit.* \(3,\)"):
        mg.sum(stray(leaf(np.ones(3)))).backward()


@pytest.mark.parametrize("create_graph", [False, True])
def test_the_first_nan_is_found(create_graph: bool) -> None:
    x = leaf([0.0, 1.0])
    with mg.autograd.detect_anomaly(), np.errstate(all="ignore"):
        y = mg.sqrt(x) * 0.0
        with pytest.raises(RuntimeError, match=r"'sqrt'.*test_tape\.py:\d+.*NaN"):
            mg.sum(y).backward(create_graph=create_graph)
    assert x.grad is None
    with np.errstate(all="ignore"):
        mg.sum(mg.sqrt(x) * 0.0).backward()
    assert np.isnan(grad_of(x)[0])
