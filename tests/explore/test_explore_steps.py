"""The record against the tape: a second walk, naive and in plain NumPy, gives every step again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from explore_cases import own_function
from numpy.testing import assert_allclose

import minigrad as mg
from minigrad import nn
from minigrad.engine.operation import OPERATIONS
from minigrad.explore.record import Record, Step
from minigrad.utils.checkpoint import checkpoint

Arrays = tuple[np.ndarray, ...]

# Of each operation: the value, and the answers of its rules, argument by argument.
FORMULAS: dict[str, tuple[Callable[..., Any], Callable[..., Arrays]]] = {
    "add": (lambda a, b: a + b, lambda g, a, b: (g, g)),
    "subtract": (lambda a, b: a - b, lambda g, a, b: (g, -g)),
    "multiply": (lambda a, b: a * b, lambda g, a, b: (g * b, g * a)),
    "divide": (lambda a, b: a / b, lambda g, a, b: (g / b, -g * a / b**2)),
    "negative": (lambda a: -a, lambda g, a: (-g,)),
    "sin": (np.sin, lambda g, a: (g * np.cos(a),)),
    "cos": (np.cos, lambda g, a: (-g * np.sin(a),)),
    "exp": (np.exp, lambda g, a: (g * np.exp(a),)),
    "square": (np.square, lambda g, a: (2 * g * a,)),
    "sum": (np.sum, lambda g, a: (g * np.ones(a.shape),)),
}


@pytest.fixture(autouse=True)
def _forget_own_operations() -> Iterator[None]:
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def summed_to(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Un-broadcast the slow way: every element of g goes where its input element was."""
    total = np.zeros(shape)
    for index in np.ndindex(g.shape):
        tail = index[len(index) - len(shape) :] if shape else ()
        total[tuple(0 if n == 1 else i for i, n in zip(tail, shape, strict=True))] += g[index]
    return total


class Naive:
    """What a record's graph has to have done, computed from its leaves and constants alone."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.values: list[np.ndarray] = []
        for node in range(len(record.inputs)):
            name = record.operation(node)
            known = np.array(record.value(record.nodes["value"][node]))
            if name:
                value = FORMULAS[name][0](*self.arguments(node))
                assert_allclose(value, known, rtol=1e-4, atol=1e-5)
            self.values.append(np.array(value) if name else known)

    def arguments(self, node: int) -> list[Any]:
        """The arguments of a node's call that are numbers or arrays, in their order."""
        record = self.record
        settings = eval(f"dict({record.nodes['settings'][node]})")
        by_name = {record.argument(e): record.edges["from"][e] for e in record.inputs[node]}
        names = record.data["operations"][record.nodes["operation"][node]]["arguments"]
        count = FORMULAS[record.operation(node)][1].__code__.co_argcount - 1
        return [self.values[by_name[n]] if n in by_name else settings[n] for n in names[:count]]

    def reaches(self, node: int, targets: set[int]) -> bool:
        return any(
            source in targets or self.reaches(source, targets)
            for e in self.record.inputs[node]
            if self.record.edges["wants"][e]
            for source in [self.record.edges["from"][e]]
        )

    def steps(
        self, roots: list[int], targets: set[int] | None = None, frees: bool = True
    ) -> list[tuple[str, int, int, Any]]:
        """A pass: kind, node, the other node or -1, and the array, in the tape's order."""
        record = self.record
        sums: dict[int, np.ndarray] = {}
        out: list[tuple[str, int, int, Any]] = []

        def arrive(kind: str, at: int, come_from: int, term: np.ndarray) -> None:
            sums[at] = sums[at] + term if at in sums else term
            out.append((kind, at, come_from, sums[at]))

        for root in roots:
            arrive("seed", root, -1, np.ones(self.values[root].shape))
        waiting = [n for n in sums if record.operation(n)]
        while waiting:
            node = max(waiting)
            g = sums.pop(node)
            if targets is None or self.reaches(node, targets):
                out.append(("visit", node, -1, g))
                answers = FORMULAS[record.operation(node)][1](g, *self.arguments(node))
                names = record.data["operations"][record.nodes["operation"][node]]["arguments"]
                terms = []
                for e in record.inputs[node]:
                    source = record.edges["from"][e]
                    wanted = targets is None or source in targets or self.reaches(source, targets)
                    if record.edges["wants"][e] and wanted:
                        answer = np.asarray(answers[names.index(record.argument(e))])
                        out.append(("rule", node, source, answer))
                        if answer.shape != self.values[source].shape:
                            answer = summed_to(answer, self.values[source].shape)
                            out.append(("unbroadcast", node, source, answer))
                        terms.append((source, answer))
                for source, term in terms:
                    arrive("arrive", source, node, term)
                if frees:
                    out.append(("free", node, -1, None))
            waiting = [n for n in sums if record.operation(n)]
        return out


def seen(steps: list[Step]) -> list[tuple[str, int, int, Any]]:
    """Steps of a record in the same form, without those that the walk does not know."""
    return [
        (s.kind, s.node, s.source, s.value)
        for s in steps
        if s.kind not in ("forward", "accumulate")
    ]


def assert_same(steps: list[Step], wanted: list[tuple[str, int, int, Any]]) -> None:
    got = seen(steps)
    assert [x[:3] for x in got] == [x[:3] for x in wanted]
    for (*_, ours), (*_, theirs) in zip(got, wanted, strict=True):
        if theirs is None:
            assert ours is None
        else:
            assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def assert_sums(steps: list[Step]) -> None:
    """What was there before an arrival is what the last one left, and the term is added to it."""
    sums: dict[int, Any] = {}
    for s in steps:
        if s.kind in ("seed", "arrive"):
            before = sums.get(s.node)
            assert (s.before is None) == (before is None)
            if before is not None:
                assert_allclose(s.before, before)
                assert " term: " in s.sentence and "first" not in s.sentence
            wanted = np.array(s.term) + (0 if before is None else np.array(before))
            assert_allclose(s.value, wanted, rtol=1e-4, atol=1e-4)
            sums[s.node] = s.value


def passes(record: Record) -> list[list[Step]]:
    out: list[list[Step]] = [[] for _ in record.data["passes"]["first"]]
    for step in record.walk():
        if step.backward_pass >= 0:
            out[step.backward_pass].append(step)
    return out


STEPS: list[Callable[[Any, Any], Any]] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: mg.sin(a),
    lambda a, b: 0.5 * a,
    lambda a, b: a / (2.0 + b * b),
    lambda a, b: -a,
    lambda a, b: mg.exp(a * 0.1),
]
SHAPES: list[tuple[int, ...]] = [(), (3,), (2, 3), (2, 1)]


def random_graph(seed: int, shapes: list[tuple[int, ...]], size: int) -> tuple[list[Any], Any]:
    rng = np.random.default_rng(seed)
    leaves = [mg.tensor(rng.uniform(-1, 1, s), requires_grad=True) for s in shapes]
    tensors = list(leaves)
    for _ in range(size):
        i, j = rng.integers(max(0, len(tensors) - 8), len(tensors), 2)
        tensors.append(STEPS[rng.integers(len(STEPS))](tensors[i], tensors[j]))
    total = tensors[-1].sum()
    for t in tensors[-4:-1]:
        total = total + t.sum()
    return leaves, total


@pytest.mark.parametrize("seed", range(200))
def test_every_step_of_random_graphs(seed: int) -> None:
    with mg.explore() as view:
        leaves, total = random_graph(seed, SHAPES, 15)
        total.backward()
    record = view.record
    (steps,) = passes(record)
    assert_same(steps, Naive(record).steps([steps[0].node]))
    assert_sums(steps)
    written = {s.node: s.value for s in steps if s.kind == "accumulate"}
    rows = [i for i, grad in enumerate(record.nodes["grad"]) if grad >= 0]
    assert set(rows) == set(written)
    grads = {f"leaves[{i}]": t.grad.numpy() for i, t in enumerate(leaves) if t.grad is not None}
    assert {record.nodes["name"][row] for row in rows} == set(grads)
    for row in rows:
        assert_allclose(record.value(record.nodes["grad"][row]), written[row])
        assert_allclose(written[row], grads[record.nodes["name"][row]], rtol=1e-5, atol=1e-6)


def test_forward_steps_are_the_calls_in_their_order() -> None:
    with mg.explore() as view:
        x = mg.tensor([1.0, 2.0], requires_grad=True)
        y = mg.sin(x) * x
        z = y.sum() + 1.0
    assert z.item() > 1
    steps = list(view.steps())
    assert [s.kind for s in steps] == ["forward"] * 4
    assert [s.operation for s in steps] == ["sin", "multiply", "sum", "add"]
    assert view.record.edges["from"] == [0, 1, 0, 2, 3]
    assert view.record.edges["to"] == [1, 2, 2, 3, 4]
    assert [view.record.nodes["name"][i] for i in (0, 2, 4)] == ["x", "y", "z"]
    assert view.record.nodes["settings"][4] == "x2=1.0"
    assert view.record.data["lines"]["text"] == ["y = mg.sin(x) * x", "z = y.sum() + 1.0"]


@pytest.mark.parametrize("seed", range(20))
def test_targets_leave_out_what_nobody_needs(seed: int) -> None:
    with mg.explore() as view:
        leaves, total = random_graph(seed, SHAPES[:3], 12)
        used = [leaf for leaf in leaves if leaf is not leaves[1]]
        gradients = mg.autograd.grad(total, used, allow_unused=True)
    record = view.record
    rows = {record.nodes["name"][i]: i for i, kind in enumerate(record.nodes["kind"]) if kind == 1}
    targets = {rows[f"used[{i}]"] for i in range(2) if f"used[{i}]" in rows}
    targets |= {rows[f"leaves[{i}]"] for i in (0, 2) if f"leaves[{i}]" in rows}
    (steps,) = passes(record)
    assert_same(steps, Naive(record).steps([steps[0].node], targets))
    assert not any(s.kind == "accumulate" for s in steps)
    assert len(gradients) == 2


def test_targets_in_the_middle_of_a_graph() -> None:
    x = mg.tensor(0.5, requires_grad=True)
    with mg.explore() as view:
        y = mg.sin(x)
        z = mg.exp(y) * x
        mg.autograd.grad(z, y)
    record = view.record
    (steps,) = passes(record)
    row = record.nodes["name"].index("y")
    assert_same(steps, Naive(record).steps([steps[0].node], {row}))
    assert "visit" not in [s.kind for s in steps if s.node == row]


@pytest.mark.parametrize("seed", range(20))
def test_higher_orders(seed: int) -> None:
    """The second pass runs through what the first recorded; both against the naive walk."""
    with mg.explore() as view:
        leaves, total = random_graph(seed, [(), ()], 8)
        (first,) = mg.autograd.grad(total, leaves[0], create_graph=True, allow_unused=True)
        if first is not None and first.requires_grad:
            (first * first).backward()
    record = view.record
    naive = Naive(record)
    found = passes(record)
    target = {i for i, n in enumerate(record.nodes["name"]) if n == "leaves[0]"}
    assert_same(found[0], naive.steps([found[0][0].node], target, frees=False))
    made = [s.node for s in found[0] if s.kind == "forward"]
    assert made == [i for i, k in enumerate(record.nodes["pass"]) if k == 0]
    if len(found) > 1:
        assert made
        assert_same(found[1], naive.steps([found[1][0].node]))


def test_what_a_rule_records_stands_between_its_visit_and_its_answer() -> None:
    x = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        y = x * x
        y.backward(create_graph=True)
    kinds = [(s.kind, s.operation) for s in view.steps()]
    assert kinds[2:7] == [
        ("visit", "multiply"),
        ("forward", "multiply"),
        ("forward", "multiply"),
        ("rule", "multiply"),
        ("rule", "multiply"),
    ]
    assert kinds.index(("forward", "add")) < [k for k, _ in kinds].index("arrive") + 2


def test_a_second_pass_adds_and_a_freed_graph_says_so() -> None:
    a = mg.tensor(3.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="freed"), mg.explore() as view:
        b = a * 2.0
        b.backward(retain_graph=True)
        b.backward()
        b.backward()
    record = view.record
    sentences = [s.sentence for s in view.steps()]
    assert "a.grad: was None, becomes 2" in sentences
    assert "a.grad: was 2, becomes 4 (it was not zeroed)" in sentences
    assert [len([s for s in p if s.kind == "free"]) for p in passes(record)] == [0, 1, 0]
    assert record.data["error"]["type"] == "RuntimeError"
    assert record.data["error"]["node"] == record.nodes["name"].index("b")
    last = list(view.steps())[-1]
    assert last.kind == "error" and last.backward_pass == 2
    step = record.nodes["freed"][record.nodes["name"].index("b")]
    assert list(view.steps())[step].kind == "free"


def test_an_error_in_the_forward_pass_leaves_a_partial_picture() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="broadcast"), mg.explore() as view:
        y = x * 2.0
        y + mg.tensor([1.0, 2.0, 3.0])
    assert [s.kind for s in view.steps()] == ["forward", "error"]
    error = view.record.data["error"]
    assert error["type"] == "ValueError" and error["node"] == -1
    assert "test_explore_steps.py:" in error["message"]
    assert "ended by ValueError" in str(view)


def test_an_error_in_a_rule_names_its_node() -> None:
    @mg.operation
    def wrong(x: Any) -> Any:
        return x * 2

    @wrong.gradient("x")
    def _(g: Any, x: Any) -> Any:
        return g.reshape(7)

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="wrong"), mg.explore() as view:
        y = wrong(x)
        y.sum().backward()
    record = view.record
    assert record.data["error"]["node"] == record.nodes["name"].index("y")
    kinds = [s.kind for s in view.steps()]
    assert kinds[-2:] == ["visit", "error"]
    assert record.data["error"]["step"] == len(kinds) - 1


def test_an_error_is_blamed_on_the_newest_of_the_nodes_that_wait() -> None:
    @mg.operation
    def wrong(x: Any) -> Any:
        return x * 2

    @wrong.gradient("x")
    def _(g: Any, x: Any) -> Any:
        return g.reshape(7)

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(RuntimeError, match="wrong"), mg.explore() as view:
        early = mg.sin(x)
        y = wrong(x)
        (early * y).sum().backward()
    assert view.record.data["error"]["node"] == view.record.nodes["name"].index("y")


def test_what_a_module_runs_within_a_pass_belongs_to_the_pass() -> None:
    class Twice(nn.Module):
        def forward(self, x: Any) -> Any:
            return mg.sin(x) * 2.0

    class Own(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * 1.0

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return Twice()(g)

    x = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        y = Own.apply(x) * x
        y.backward(create_graph=True)
    record = view.record
    within = [record.operation(i) for i, k in enumerate(record.nodes["pass"]) if k == 0]
    assert within[within.index("sin") :][:2] == ["sin", "multiply"]


def test_memory_that_was_used_before_is_not_shared() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.explore() as view:
        for _ in range(20):
            mg.exp(x)  # its output is kept, and let go with it
    assert len(set(view.record.kept["block"])) == 20


def test_the_view_keeps_no_leaf_alive() -> None:
    import weakref

    def step() -> tuple[Any, Any]:
        x = mg.tensor([1.0, 2.0], requires_grad=True)
        with mg.explore() as view:
            (x * x).sum().backward()
            nn.Tanh()(x)
        return view, weakref.ref(x)

    view, leaf = step()
    assert leaf() is None and len(view.record.inputs) == 4


def test_a_value_of_before_the_block_is_known_once_it_is_used() -> None:
    x = mg.tensor(2.0, requires_grad=True)
    y = x * 3.0
    with mg.explore() as view:
        (y * 2.0).backward()
    record = view.record
    assert record.number(record.nodes["value"][record.nodes["name"].index("y")]) == 6.0


def test_an_error_that_the_block_survives_leaves_the_next_pass_whole() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.explore() as view:
        y = (x * x).sum()
        y.backward()
        with pytest.raises(RuntimeError):
            y.backward()
        z = (x * 3.0).sum()
        z.backward()
    assert view.record.data["error"] is None
    found = passes(view.record)
    naive = Naive(view.record)
    assert_same(found[2], naive.steps([found[2][0].node]))


def test_threads_do_not_see_each_other() -> None:
    ready, go = threading.Barrier(2), threading.Barrier(2)
    views: dict[str, Any] = {}

    def work(name: str, count: int) -> None:
        leaf = mg.tensor(1.0, requires_grad=True)
        with mg.explore() as view:
            ready.wait()
            t = leaf
            for i in range(count):
                t = t * 1.5 if name == "one" else mg.sin(t)
                if not i:
                    go.wait()
            t.backward()
        views[name] = view

    threads = [threading.Thread(target=work, args=x) for x in (("one", 30), ("two", 20))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, operation, count in (("one", "multiply", 30), ("two", "sin", 20)):
        record = views[name].record
        assert {s.operation for s in views[name].steps()} <= {operation, ""}
        assert len(record.inputs) == count + 1
        (steps,) = passes(record)
        assert_same(steps, Naive(record).steps([steps[0].node]))


def test_a_backward_pass_alone_still_shows_its_graph() -> None:
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).sum()
    with mg.explore() as view:
        y.backward()
    record = view.record
    assert [record.operation(i) for i in range(3)] == ["", "multiply", "sum"]
    assert record.nodes["name"] == ["x", "", "y"]
    assert "it ran before the block" in record.data["lacks"][0]
    assert [s.kind for s in view.steps()][:3] == ["seed", "visit", "rule"]
    rules = [s for s in view.steps() if s.kind == "rule"]
    assert [s.argument for s in rules] == ["x", "x1", "x2"]


def test_a_leaf_that_was_changed_in_between_is_shown_as_it_was_at_each_use() -> None:
    w = mg.tensor(1.0, requires_grad=True)
    with mg.explore() as view:
        for _ in range(3):
            w.grad = None
            loss = mg.sin(w) * w
            loss.backward()
            with mg.no_grad():
                w.copy_(w - 0.5 * w.grad)
    record = view.record
    rows = [i for i, name in enumerate(record.nodes["name"]) if name == "w"]
    values = [record.number(record.nodes["value"][i]) for i in rows]
    assert len(rows) == 3 and len(set(values)) == 3
    naive = Naive(record)
    for steps in passes(record):
        assert_same(steps, naive.steps([steps[0].node]))


def test_several_roots_are_one_pass() -> None:
    x = mg.tensor(0.5, requires_grad=True)
    with mg.explore() as view:
        a, b = mg.sin(x), x * 2.0
        mg.autograd.grad([a, b], x)
    (steps,) = passes(view.record)
    assert_same(steps, Naive(view.record).steps([1, 2], {0}))
    assert view.record.data["passes"]["roots"] == [[1, 2]]


def test_the_record_does_not_change_what_is_computed_or_how_long_it_lives() -> None:
    import weakref

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = mg.exp(x)
    with mg.explore() as view:
        z = mg.exp(x) * 2.0
        node = weakref.ref(z.grad_fn)
        z.sum().backward()
        del z
    assert node() is None  # at the end of the block; reading a frame's variables holds them
    assert_allclose(x.grad.numpy(), 2 * np.exp([1, 2]), rtol=1e-6)
    assert y.grad_fn is not None and len(view.record.inputs) == 4


def test_totals_are_copied_although_the_tape_adds_in_place() -> None:
    x = mg.tensor([1.0, 1.0], requires_grad=True)
    with mg.explore() as view:
        y = mg.exp(x) + mg.sin(x) + mg.cos(x) + x * x
        y.sum().backward()
    sums = [s.value for s in view.steps() if s.kind == "arrive" and s.name == "x"]
    assert len({tuple(v) for v in sums}) == len(sums) == 5


def test_a_function_is_an_operation_with_parts() -> None:
    record = own_function().record
    split, p, q = (record.operation(i) for i in (2, 3, 4))
    assert (split, p, q) == ("Split", "Split output 0", "Split output 1")
    assert [record.argument(edge) for edge in record.inputs[2]] == ["x", "y"]
    assert record.nodes["settings"][2] == "scale=2.0"
    kept = [name for name, node in zip(record.kept["name"], record.kept["node"], strict=True)
            if node == 2]  # fmt: skip
    assert kept == ["saved_tensors[0]", "saved_tensors[1]"]
    (entry,) = (op for op in record.data["operations"] if op["name"] == "Split")
    assert "ctx.saved_tensors" in entry["rules"][0]["source"]
    sums = {s.name: s.value for s in record.walk() if s.kind == "accumulate"}
    x, y = np.array([1.0, 2, 3]), np.array([2.0, 2, 2])
    g, h = x + y, 2 * x * y
    assert_allclose(sums["x"], 2 * g * y + h)
    assert_allclose(sums["y"], 2 * g * x + h)


def test_a_function_that_cannot_be_differentiated_twice_is_seen_to_fail() -> None:
    class Square(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @mg.autograd.function.once_differentiable
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = mg.tensor(3.0, requires_grad=True)
    with pytest.raises(RuntimeError, match="differentiate twice"), mg.explore() as view:
        (g,) = mg.autograd.grad(Square.apply(x), x, create_graph=True)
        (g * 2.0).backward()
    last = list(view.steps())[-2:]
    assert [s.kind for s in last] == ["visit", "error"] and last[0].operation == "Square"


def test_anomaly_mode_names_the_line_of_a_function() -> None:
    class Bad(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2.0

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * float("nan")

    x = mg.tensor(3.0, requires_grad=True)
    with mg.autograd.detect_anomaly():
        y = Bad.apply(x)
        with pytest.raises(RuntimeError, match=r"test_explore_steps.py:\d+, failed.*NaN"):
            y.backward()


def test_sentences_hold_formulas_not_kernel_calls() -> None:
    x = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        y = mg.relu(x)
        y.backward()
    assert next(view.steps()).sentence == "y = relu(x) = 2"


def test_an_error_before_the_first_operation_is_not_blamed_on_no_grad() -> None:
    view = mg.explore(lambda x, w: x @ w, np.ones((2, 3)), np.ones((2, 3)))
    assert view.record.data["error"]["type"] == "ValueError" and view.record.data["lacks"] == []


def kinds_and_passes(view: Any) -> list[tuple[str, str, int]]:
    return [(s.kind, s.name or s.operation, s.backward_pass) for s in view.steps()]


def test_a_pass_that_a_rule_runs_stands_within_the_visit() -> None:
    w = mg.tensor(0.5, requires_grad=True)
    with mg.explore() as view:
        h = w * 2.0
        y = checkpoint(lambda t: t * w, h)
        y.backward()
    steps = kinds_and_passes(view)
    assert steps[2:] == [
        ("seed", "y", 0),
        ("visit", "y", 0),
        ("forward", "multiply", 0),
        ("seed", "multiply", 1),
        ("visit", "multiply", 1),
        ("rule", "multiply", 1),
        ("rule", "multiply", 1),
        ("arrive", "t", 1),
        ("arrive", "w", 1),
        ("free", "multiply", 1),
        ("rule", "y", 0),
        ("rule", "y", 0),
        ("arrive", "h", 0),
        ("arrive", "w", 0),
        ("free", "y", 0),
        ("visit", "h", 0),
        ("rule", "h", 0),
        ("arrive", "w", 0),
        ("free", "h", 0),
        ("accumulate", "w", 0),
    ]
    said = [step.sentence for step in view.steps()]
    assert said[5] == "a backward pass within it begins: multiply receives 1"
    assert said[3] == "Checkpoint (y) has all of its gradient: 1"
    assert said[-1] == "w.grad: was None, becomes 2"
    assert view.record.data["passes"]["last"] == [len(steps) - 1, 11]
    assert view.record.data["title"].startswith("y:")
    freed = [(row, at) for row, at in enumerate(view.record.nodes["freed"]) if at >= 0]
    assert all(steps[at][0] == "free" for _, at in freed)


def test_a_pass_that_a_hook_runs_stands_within_the_visit() -> None:
    a, b = (mg.tensor(x, requires_grad=True) for x in (2.0, 3.0))

    def hook(g: Any) -> Any:
        with mg.enable_grad():
            (b * b).backward()
        return g * 10.0

    with mg.explore() as view:
        c = a * 2.0
        c.register_hook(hook)
        d = c * a
        d.backward()
    steps = kinds_and_passes(view)
    seed = steps.index(("seed", "multiply", 1))
    assert steps[seed - 2 : seed] == [("visit", "c", 0), ("forward", "multiply", 0)]
    said = [step.sentence for step in view.steps()]
    assert said[seed - 2] == "multiply (c) has all of its gradient: 2; a hook makes it 20"
    assert said[-1] == "a.grad: was None, becomes 44"


def test_an_error_within_a_pass_within_a_pass_names_both_nodes() -> None:
    @mg.operation
    def wrong(x: Any) -> Any:
        return x * 2

    @wrong.gradient("x")
    def _(g: Any, x: Any) -> Any:
        raise ZeroDivisionError("in the rule")

    w = mg.tensor(0.5, requires_grad=True)
    with pytest.raises(RuntimeError), mg.explore() as view:
        y = checkpoint(lambda t: wrong(t), w * 2.0)
        y.backward()
    steps = kinds_and_passes(view)
    assert [s for s in steps if s[0] == "visit"] == [("visit", "y", 0), ("visit", "wrong", 1)]
    assert steps[-1][0] == "error" and steps[-2] == ("visit", "wrong", 1)
    assert view.record.operation(view.record.data["error"]["node"]) == "wrong"


def test_a_block_that_opens_within_a_pass_sees_the_rest_of_it() -> None:
    a = mg.tensor(2.0, requires_grad=True)
    block = mg.explore()

    def hook(g: Any) -> Any:
        view.append(block.__enter__())
        return g

    view: list[Any] = []
    with mg.explore():  # the tape tells what it does only where somebody watched from the start
        b = a * 3.0
        b.register_hook(hook)
        (b * 2.0).backward()
        block.__exit__(None, None, None)
    assert [s.kind for s in view[0].steps()] == ["visit", "rule", "arrive", "free", "accumulate"]
    assert list(view[0].steps())[-1].sentence == "the leaf.grad: was None, becomes 6"


def test_terms_are_counted_by_the_pass() -> None:
    a = mg.tensor(1.0, requires_grad=True)
    with mg.explore() as view:
        b = a * 1.0
        for _ in range(2):
            mg.autograd.backward([b, b * 2.0], retain_graph=True)
    sums = [s.sentence for s in view.steps() if s.kind == "arrive" and s.name == "b"]
    assert sums == ["b receives a second term: 1 + 2 = 3"] * 2


def test_a_pass_from_the_same_root_within_a_hook_keeps_its_numbers() -> None:
    a = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        b = a * 3.0
        c = b * b
        inner = iter([10.0])

        def hook(g: Any) -> None:
            for seed in inner:
                c.backward(mg.tensor(seed), retain_graph=True)

        b.register_hook(hook)
        c.backward(retain_graph=True)
    said = [s.sentence for s in view.steps()]
    assert [s for s in said if "begins" in s] == [
        "the backward pass begins: c receives 1",
        "a backward pass within it begins: c receives 10",
    ]
    assert "its rule for x1: g * x2 = 12 * 3 = 36" in said  # not with the 120 of the inner pass
    assert not any("hook makes" in s for s in said)
    assert said[-1] == "a.grad: was 360, becomes 396 (it was not zeroed)"


def test_what_grad_held_is_what_it_held_when_it_was_written() -> None:
    a = mg.tensor(5.0, requires_grad=True)
    a.grad = mg.tensor(5.0)
    with mg.explore() as view:
        b = a * 5.0
        b.register_hook(lambda g: setattr(a, "grad", None))
        b.backward()
    assert list(view.steps())[-1].sentence == "a.grad: was None, becomes 5"


def test_a_sentence_has_the_numbers_of_its_call() -> None:
    a, buffer = mg.tensor([3.0], requires_grad=True), np.ones(1, np.float32)
    x = mg.from_numpy(buffer)
    with mg.explore() as view:
        b = a + x
        with mg.no_grad():
            b.mul_(2)
        c = b * 2.0
        buffer[...] = 7
        d = c * x
        e = d * x
    assert [s.sentence for s in view.steps()] == [
        "b = add(a, x): 3 + 1 = 4",
        "c = multiply(b, x2=2.0): 8 * 2 = 16; b was changed in place before",
        "d = multiply(c, x): 16 * 7 = 112",
        "e = multiply(d, x): 112 * 7 = 784",
    ]
    constants = [i for i, kind in enumerate(view.record.nodes["kind"]) if kind == 2]
    assert [view.record.number(view.record.nodes["value"][i]) for i in constants] == [1, 7]
    assert e.item() == 784


def test_every_number_of_a_step_is_in_the_record() -> None:
    a = mg.tensor([1.0, 2.0], requires_grad=True)
    a.grad = mg.tensor([5.0, 6.0])
    with mg.explore() as view:
        (a * 2.0 + a * 3.0).sum().backward()
    terms = [s.term for s in view.steps() if s.kind == "arrive" and s.name == "a"]
    assert terms == [[3, 3], [2, 2]]
    assert list(view.steps())[-1].before == [5, 6]


def test_a_leaf_that_is_changed_through_data_is_another_one() -> None:
    w = mg.ones(5000, requires_grad=True)
    with mg.explore() as view:
        (w * 2.0).sum()
        w.data -= 1.0
        (w * 2.0).sum()
    leaves = [i for i, kind in enumerate(view.record.nodes["kind"]) if kind == 1]
    values = [view.record.nodes["value"][i] for i in leaves]
    assert len(leaves) == 2 and values[0] != values[1]
