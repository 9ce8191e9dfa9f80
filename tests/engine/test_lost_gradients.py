"""A gradient is right, or refused in words: no argument cuts the graph without saying so."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import Tensor, nn, optim

X = np.array([[0.5, -1.2, 0.3], [1.1, 0.4, -0.7]])
LABELS = np.array([0, 2])
MASK = np.array([[True, False, True], [False, True, False]])


def filled(change: Callable[[Tensor], Any]) -> Tensor:
    t = mg.tensor(X)
    change(t)
    return t


Made = Callable[[Tensor], Any]
# w: three numbers, v: one
KEPT: dict[str, Made] = {
    "assign": lambda w: filled(lambda t: t.__setitem__(0, w)),
    "assign one": lambda w: filled(lambda t: t.__setitem__((0, 1), w[0])),
    "copy_": lambda w: filled(lambda t: t.copy_(w)),
    "fill_": lambda w: filled(lambda t: t.fill_(w[0])),
    "add_ alpha": lambda w: filled(lambda t: t.add_(1.0, alpha=w[1])),
    "imatmul": lambda w: mg.tensor(np.eye(3)).__imatmul__(w.reshape(3, 1) * w),
    "asarray": lambda w: mg.asarray(w * w),
    "full": lambda w: mg.full((2,), w[0] * w[1]),
    "full_like": lambda w: mg.full_like(w, w[0]),
    "new_full": lambda w: w.new_full((2,), w[2]),
    "index_fill": lambda w: mg.index_fill(mg.tensor(X), 1, mg.tensor([0]), w[0]),
    "masked_fill": lambda w: mg.tensor(X).masked_fill(mg.tensor(MASK), w[0]),
    "where": lambda w: mg.where(mg.tensor(MASK), w, 0.0),
    "clamp": lambda w: mg.tensor(X).clamp(min=w, max=w + 1),
    "lerp": lambda w: mg.lerp(mg.tensor(X), 2.0, w),
    "scatter": lambda w: mg.tensor(X).scatter(1, mg.tensor([[0], [1]]), w[0]),
    "nan_to_num": lambda w: mg.tensor([np.nan], dtype=mg.float64).nan_to_num(nan=w[0]),
    "cat": lambda w: mg.cat([w, X[0], [1.0]]),
    "addcmul": lambda w: mg.addcmul(mg.tensor(X), mg.tensor(X), 1.0, value=w[0]),
    "nll weight": lambda w: F.nll_loss(mg.tensor(X), LABELS, weight=w),
    "bce weight": lambda w: F.binary_cross_entropy_with_logits(mg.tensor(X), X * 0, weight=w),
    "bce pos_weight": lambda w: F.binary_cross_entropy_with_logits(
        mg.tensor(X), X * 0 + 1, pos_weight=w
    ),
    "huber delta": lambda w: F.huber_loss(mg.tensor(X), X * 3, delta=w[0]),
    "attention scale": lambda w: F.scaled_dot_product_attention(
        mg.tensor(X), mg.tensor(X), mg.tensor(X), scale=w[0]
    ),
    "hardtanh": lambda w: F.hardtanh(mg.tensor(X), -w[0], w[1]),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_graph_goes_through(name: str) -> None:
    at = np.array([0.35, 0.6, 1.3])
    weights = np.random.default_rng(0).normal(size=20)

    def total(w: Tensor) -> Tensor:
        out = KEPT[name](w)
        return (out.reshape(-1) * weights[: out.numel()]).sum()

    w = mg.tensor(at, requires_grad=True)
    total(w).backward()
    steps = np.eye(3) * 1e-6
    numbers = [(total(mg.tensor(at + s)) - total(mg.tensor(at - s))).item() / 2e-6 for s in steps]
    assert w.grad is not None and np.any(w.grad.numpy())
    np.testing.assert_allclose(w.grad.numpy(), numbers, rtol=1e-6, atol=1e-8)


REFUSED: dict[str, Made] = {
    "asarray of a list": lambda w: mg.asarray([[1.0, w[0]]]),
    "plus a list": lambda w: w.__add__([w[0], 1.0, 2.0]),
    "assign a list": lambda w: filled(lambda t: t.__setitem__(0, [w[0], w[1], w[2]])),
    "arange": lambda w: mg.arange(0.0, w[0]),
    "linspace": lambda w: mg.linspace(w[0], 1.0, 3),
    "logspace": lambda w: mg.logspace(0.0, 1.0, 3, base=w[0]),
    "bincount": lambda w: mg.bincount(mg.tensor([0, 1, 1]), weights=w),
    "cross_entropy weight": lambda w: F.cross_entropy(mg.tensor(X), LABELS, weight=w),
    "CrossEntropyLoss weight": lambda w: nn.CrossEntropyLoss(weight=w)(mg.tensor(X), LABELS),
    "running mean": lambda w: F.batch_norm(mg.tensor(X), w, w + 1, training=True),
    "dropout p": lambda w: F.dropout(mg.tensor(X), w[0] / 10),
    "pad value": lambda w: F.pad(mg.tensor(X), (1, 1), value=w[0]),
    "correction": lambda w: mg.var(mg.tensor(X), correction=w[0]),
    "numpy": lambda w: np.asarray(w),
    "numpy in place": lambda w: np.add(X, w, out=X.copy()),
    "optimiser": lambda w: optim.SGD([w * 1], lr=0.1),
    "copy into integers": lambda w: filled(lambda t: t.long().copy_(w)),
    "assign to integers": lambda w: filled(lambda t: t.long().__setitem__(0, w[0])),
    "assign to bools": lambda w: filled(lambda t: t.bool().__setitem__(0, w[0])),
    "fill integers": lambda w: filled(lambda t: t.int().fill_(w[0])),
    "masked_fill": lambda w: mg.masked_fill(mg.arange(3), mg.tensor([True, False, True]), w[0]),
    "index_fill": lambda w: mg.arange(3).index_fill_(0, mg.tensor([1]), w[0]),
    "select_scatter": lambda w: mg.select_scatter(mg.arange(6).view(2, 3), w, 0, 1),
    "slice_scatter": lambda w: mg.slice_scatter(mg.arange(6).view(2, 3), w[None], 0, 0, 1),
    "scatter": lambda w: mg.arange(3).scatter(0, mg.tensor([0]), w[0]),
    "embedding max_norm": lambda w: F.embedding(mg.tensor([0]), mg.ones(2, 2), max_norm=w[0]),
    "collate": lambda w: mg.utils.data.default_collate([w * 1, w * 1]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_or_the_call_is_refused_in_words(name: str) -> None:
    w = mg.tensor([0.35, 0.6, 1.3], dtype="float64", requires_grad=True)
    with pytest.raises((TypeError, ValueError), match=r"detach|stack|leaf|\.item\(\)|a = a \+ t"):
        REFUSED[name](w)


def test_functions_of_pythons_numbers_are_refused_where_a_gradient_would_be_lost() -> None:
    w = mg.ones(2, requires_grad=True)
    for change in (
        lambda: (w * 2).apply_(abs),
        lambda: (w * 2).map_(mg.ones(2), max),
        lambda: mg.zeros(2).map_(w, max),
    ):
        with pytest.raises(RuntimeError, match=r"(apply|map)_: .*no derivative.*detach"):
            change()
        with mg.no_grad():
            change()
    assert mg.zeros(2).map_(w.detach(), max).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    "made", [lambda w: mg.histogram(w, 3).hist, mg.unique, mg.unique_consecutive]
)
def test_or_a_backward_pass_is_as_in_pytorch(made: Made) -> None:
    w = mg.tensor([0.35, 0.6, 1.3], requires_grad=True)
    out = made(w * 2)
    assert out.requires_grad and out.detach().numpy().size == 3
    with pytest.raises(RuntimeError, match=r"(histogram|unique\w*) have no derivative.*detach"):
        out.sum().backward()
    assert w.grad is None


def test_what_makes_a_constant_says_so_or_is_documented() -> None:
    w = mg.ones(2, requires_grad=True)
    for make in (mg.tensor, mg.ones(1).new_tensor):
        with pytest.warns(UserWarning, match="makes a constant"):
            assert not make(w * 2).requires_grad
    with pytest.warns(UserWarning, match=r"a list of tensors .* would lose it"):
        losses = mg.tensor([[w.sum()], [w[0] * 3]])
    assert losses.tolist() == [[2.0], [3.0]] and not losses.requires_grad
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not mg.tensor((w * 2).detach()).requires_grad
        with mg.no_grad():
            assert mg.unique(w).tolist() == [1.0]


class Changes(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x += 1
        return x

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g


def test_a_function_that_changes_its_argument_says_so() -> None:
    leaf = mg.ones(2, requires_grad=True)
    for x in (leaf, leaf * 2):
        with pytest.raises(RuntimeError, match=r"Changes.forward: argument 0.*in place.*clone"):
            Changes.apply(x)
    assert Changes.apply(mg.ones(2)).tolist() == [2.0, 2.0]


def test_an_operations_faults_are_told_when_it_is_declared_or_called() -> None:
    with pytest.raises(TypeError, match="leave out the bare star"):

        @mg.operation
        def scaled(x: Any, *, by: float = 1) -> Any:
            return x * by

    @mg.operation
    def whole(x: Any) -> Any:
        return x.astype(int)

    @whole.gradient("x")
    def _(g: Any) -> Any:
        return g

    with pytest.raises(TypeError, match=r"whole: .*int64, which has no gradient.*detach"):
        whole(mg.ones(2, requires_grad=True))
    assert whole(mg.ones(2)).tolist() == [1, 1]

    @mg.operation(saves=("half",))
    def doubled(x: Any) -> Any:
        return np.array([2.0, 4.0])

    with pytest.raises(ValueError, match=r"output and \['half'\], got no tuple"):
        doubled(mg.ones(2))


def test_a_warning_stands_at_the_line_that_it_is_about() -> None:
    """Python shows a warning once a line: at a line of ours it would be shown once for all."""
    t = mg.ones(2, requires_grad=True)
    for call in (mg.tensor, mg.Tensor, lambda t: mg.tensor([t.sum()]), nn.functional.softmax):
        with pytest.warns(UserWarning) as caught:
            call(t)
        assert [w.filename for w in caught] == [__file__]


def test_a_tensor_of_a_tensor_that_is_recorded_warns() -> None:
    for t in (mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True) * 2):
        with pytest.warns(UserWarning, match=r"minigrad\.Tensor\(t\) .* makes a constant"):
            assert not mg.Tensor(t).requires_grad
    assert mg.Tensor(mg.ones(2)).tolist() == [1, 1]


def test_what_cat_passes_over_stays_in_the_graph() -> None:
    nothing = mg.zeros(0, requires_grad=True)
    for joined in (mg.cat([nothing, mg.ones(2, 3)]), mg.concatenate([[[1.0]], nothing], 1)):
        assert joined.requires_grad
        joined.sum().backward()
        assert nothing.grad is not None and nothing.grad.shape == (0,)
    assert mg.cat([mg.zeros(0), mg.ones(2, 3)], -1).tolist() == mg.ones(2, 3).tolist()
    assert mg.cat([np.zeros(0), mg.ones(2, 3)]).dtype == np.float32


@pytest.mark.parametrize("mode", [mg.no_grad, mg.inference_mode])
def test_derivatives_of_functions_under_no_grad(mode: Any) -> None:
    from minigrad.autograd import functional as A

    x, v = mg.tensor([1.0, 2.0]), mg.tensor([1.0, 10.0])

    def cubes(x: Tensor) -> Any:
        return (x**3).sum()

    with mode():
        assert A.jacobian(cubes, x).tolist() == [3.0, 12.0]
        assert A.vjp(mg.square, x, v)[1].tolist() == A.jvp(mg.square, x, v)[1].tolist() == [2, 40]
        assert A.hessian(cubes, x).tolist() == [[6.0, 0.0], [0.0, 12.0]]
        assert A.vhp(cubes, x, v)[1].tolist() == A.hvp(cubes, x, v)[1].tolist() == [6.0, 120.0]


def test_a_checkpoint_is_differentiated_twice_or_refuses() -> None:
    from minigrad.utils.checkpoint import checkpoint

    def unseen(x: Tensor) -> Tensor:
        pair = mg.zeros(2)
        pair[0], pair[1] = x, w
        return pair.prod()

    x, w = (mg.tensor(n, requires_grad=True) for n in (2.0, 3.0))
    y = checkpoint(lambda x: x**3, x) + x**2
    (g,) = mg.autograd.grad(y, x, create_graph=True)
    assert mg.autograd.grad(g, x)[0].item() == 14
    for run in (
        lambda y: y.backward(inputs=[x]),
        lambda y: y.backward(create_graph=True),
        lambda y: mg.autograd.grad(y, [x, w], allow_unused=True),
    ):
        with pytest.raises(RuntimeError, match="not seen in its first call"):
            run(checkpoint(unseen, x))
        assert x.grad is None and w.grad is None
    checkpoint(unseen, x).backward()
    assert (x.grad.item(), w.grad.item()) == (3, 2)
    x.grad = w.grad = None
    checkpoint(lambda x: checkpoint(lambda x: x * w, x) * 2, x).backward()  # one in another
    assert (x.grad.item(), w.grad.item()) == (6, 4)
    places = mg.tensor([1.0, 5.0], requires_grad=True)
    checkpoint(lambda x: (x * 2, x.argmax()), places)[0].sum().backward()
    assert places.grad is not None and places.grad.tolist() == [2.0, 2.0]


@pytest.mark.parametrize("order", [1, 2])
def test_tensors_that_a_checkpoint_is_not_given(order: int) -> None:
    """Parts of the graph, even if one comes from another, or used outside too."""
    from minigrad.utils.checkpoint import checkpoint

    found = []
    for call in (checkpoint, lambda f, *a: f(*a)):
        w, x = mg.tensor(2.0, requires_grad=True), mg.tensor(3.0, requires_grad=True)
        h = w**2
        y = call(lambda x, h=h, w=w: x**2 * h * w, x) + call(lambda t, h=h: t * h, h) + h
        grads = mg.autograd.grad(y, [w, x, h], create_graph=order == 2)
        if order == 2:
            grads += mg.autograd.grad(grads[0], [w, x])
        found.append([g.item() for g in grads])
    assert found[0] == found[1]
    w, x = mg.tensor(2.0, requires_grad=True), mg.tensor(3.0, requires_grad=True)
    checkpoint(lambda x: x * w, x).backward(inputs=[w])
    assert w.grad is not None and w.grad.item() == 3 and x.grad is None


def test_hooks_run_once_around_a_checkpoint() -> None:
    from minigrad.utils.checkpoint import checkpoint

    seen: list[Any] = []
    w, x = mg.tensor(2.0, requires_grad=True), mg.tensor(3.0, requires_grad=True)
    h = w * 1
    h.register_hook(lambda g: seen.append(("h", g.item())))
    w.register_post_accumulate_grad_hook(lambda t: seen.append(("w", t.grad.item())))
    (checkpoint(lambda x: x * h * w, x) + w + h).backward()
    assert seen == [("h", 7), ("w", 14)]


def test_what_a_checkpoint_may_return() -> None:
    from minigrad.utils.checkpoint import checkpoint

    x = mg.tensor(3.0, requires_grad=True)
    made = checkpoint(lambda x: {"two": x * 2, "more": (None, 3, [x * 3])}, x)
    (made["two"] + made["more"][2][0]).backward()
    assert made["more"][:2] == (None, 3) and x.grad is not None and x.grad.item() == 5
    with pytest.raises(TypeError, match=r"checkpoint: function: wanted tensors.*got ndarray"):
        checkpoint(lambda x: np.ones(2), x)


class Exponentials(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        a = mg.exp(x)
        b = a * 1
        ctx.save_for_backward(b)
        return a, b

    @staticmethod
    def backward(ctx: Any, ga: Tensor, gb: Tensor) -> Tensor:
        return (ga + gb) * ctx.saved_tensors[0]


def test_a_saved_output_of_several_stays_in_the_graph() -> None:
    x = mg.tensor([0.0], requires_grad=True)
    a = Exponentials.apply(x)[0]  # the saved one is dropped
    (g,) = mg.autograd.grad(a * 1 + x**2, x, create_graph=True, grad_outputs=mg.ones(1))
    assert mg.autograd.grad(g, x)[0].tolist() == [3.0]


class Fivefold(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, give: bool = True) -> Any:
        x.mul_(5)
        ctx.mark_dirty(x)
        return x if give else x.clone()

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return g * 5, None


def test_a_change_in_place_that_others_would_not_see_is_refused() -> None:
    base = mg.ones(2, requires_grad=True) * 1
    view = base[0:1]
    for x in (base, view):
        with pytest.raises(RuntimeError, match="Fivefold: mark_dirty: another tensor"):
            Fivefold.apply(x)
    for x in (mg.ones(2), mg.ones(2, requires_grad=True) * 1):
        with pytest.raises(RuntimeError, match="not returned"):
            Fivefold.apply(x, False)
    leaf = mg.ones(2, requires_grad=True)
    Fivefold.apply(alone := leaf * 1)
    alone.sum().backward()
    assert leaf.grad is not None and leaf.grad.tolist() == [5.0, 5.0]


class Passes(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, constant: bool = False) -> Any:
        if constant:
            ctx.mark_non_differentiable(x)
        return x, x * 2, x.argmax()

    @staticmethod
    def backward(ctx: Any, *g: Tensor) -> Any:
        assert [t.shape for t in g] == [(2,), (2,), ()]
        return g[0] + 2 * g[1], None


def test_an_argument_that_is_returned_is_another_tensor() -> None:
    leaf = mg.tensor([1.0, 3.0], requires_grad=True)
    with mg.no_grad():
        same = Passes.apply(leaf)[0]
    assert same is not leaf and not same.requires_grad
    same, doubled, place = Passes.apply(leaf, True)
    assert not same.requires_grad and place.item() == 1
    doubled.sum().backward()
    assert leaf.grad is not None and leaf.grad.tolist() == [2.0, 2.0]
    kept = leaf * 1
    with pytest.raises(RuntimeError, match="shares this memory"):
        Passes.apply(kept)[0].mul_(2)


def test_what_has_not_arrived_is_none_in_every_pass() -> None:
    seen = []

    class Two(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx: Any, *g: Tensor | None) -> Any:
            seen.append([t is None for t in g])

    a, b = Two.apply(mg.ones(2, requires_grad=True))
    a.sum().backward(retain_graph=True)
    b.sum().backward()
    assert seen == [[False, True], [True, False]]


def test_a_gradient_is_reduced_to_the_shape_of_its_argument() -> None:
    class Wide(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            return x.sum()

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Any:
            return g * mg.ones(3, 2)

    for create_graph in (False, True):
        x = mg.ones(2, requires_grad=True)
        assert mg.autograd.grad(Wide.apply(x), x, create_graph=create_graph)[0].tolist() == [3, 3]


def test_one_cotangent_is_not_taken_for_several_outputs() -> None:
    x = mg.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="2 outputs, but 1 grad_outputs"):
        mg.autograd.grad([x * 1, x * 2], [x], grad_outputs=mg.ones(2))
    with pytest.raises(ValueError, match="2 tensors, but 1 grad_tensors"):
        mg.autograd.backward([x * 1, x * 2], mg.ones(2))


class Squares(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, w: Any) -> Tensor:
        ctx.save_for_backward(x)
        return x**2 * w

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        (x,) = ctx.saved_tensors
        return g * 2 * x, (g * x**2).sum()


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_saved_tensor_that_moves_on_is_saved_as_it_was(create_graph: bool) -> None:
    for change in (
        lambda h, y: h.add_(y),
        lambda h, y: h.__setitem__(0, 7.0),
        lambda h, y: h.mul_(h * 3),
    ):
        x = mg.tensor([1.0, -2.0], requires_grad=True)
        h = x * 1
        y = Squares.apply(h, 1.0)
        change(h, y)
        (g,) = mg.autograd.grad(y.sum(), x, create_graph=create_graph)
        assert g.tolist() == [2, -4]
        if create_graph:
            assert mg.autograd.grad(g.sum(), x)[0].tolist() == [2, 2]
    w, c = mg.tensor(3.0, requires_grad=True), mg.tensor([1.0, -2.0])
    y = Squares.apply(c, w)
    c.mul_(w)  # a constant no longer
    assert mg.autograd.grad(y.sum(), w)[0].item() == 5


class Doubles(mg.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Tensor:
        return g.mul_(2)


@pytest.mark.parametrize("create_graph", [False, True])
def test_a_backward_that_changes_its_gradient_changes_nobody_elses(create_graph: bool) -> None:
    x, w = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    seed = mg.ones(2)
    found = mg.autograd.grad(Doubles.apply(x) + w, [x, w], seed, create_graph=create_graph)
    assert [g.tolist() for g in found] == [[2, 2], [1, 1]] and seed.tolist() == [1, 1]
    # sum's is one number in all places, which could not be changed for one of them
    found = mg.autograd.grad((Doubles.apply(x) + w).sum(), [x, w], create_graph=create_graph)
    assert [g.tolist() for g in found] == [[2, 2], [1, 1]]


def test_what_a_function_saves_and_changes() -> None:
    class Saves(Squares):
        @staticmethod
        def forward(ctx: Any, x: Tensor, w: Any) -> Tensor:
            ctx.save_for_backward(w)
            return ctx.saved_tensors[0]

    x = mg.ones(2, requires_grad=True)
    with pytest.raises(TypeError, match=r"save_for_backward: argument 0.*got ndarray"):
        Saves.apply(x, np.ones(2))
    with pytest.raises(RuntimeError, match="are for backward"):
        Saves.apply(x, x)
    with mg.no_grad():
        Fivefold.apply(x)  # nothing is recorded that could need the leaf as it was
    assert x.tolist() == [5, 5]


class Scales(mg.autograd.Function):
    """Twice and three times x, by a backward that skips what has not arrived."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Any:
        ctx.set_materialize_grads(False)
        return x * 2, x * 3

    @staticmethod
    def backward(ctx: Any, *g: Tensor | None) -> Any:
        parts = [t * k for t, k in zip(g, (2, 3), strict=True) if t is not None]
        return parts[0] if len(parts) == 1 else parts[0] + parts[1]


def test_what_has_arrived_is_known_by_pass() -> None:
    x = mg.ones(2, requires_grad=True)
    a, b = Scales.apply(x)
    y = (a + b).sum()
    inner = []

    def passes_within(g: Tensor) -> None:
        within.remove()
        inner.append(mg.autograd.grad(y, x, retain_graph=True)[0])

    within = a.register_hook(passes_within)
    y.backward(retain_graph=True)
    assert x.grad is not None and x.grad.tolist() == inner[0].tolist() == [5, 5]

    def fails(g: Tensor) -> None:
        raise ArithmeticError

    with a.register_hook(fails), pytest.raises(ArithmeticError):
        y.backward(retain_graph=True)
    assert mg.autograd.grad(b.sum(), x, create_graph=True)[0].tolist() == [3, 3]


def test_a_second_derivative_of_what_has_one_is_refused_however_it_is_asked_for() -> None:
    class Cubes(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        @mg.autograd.function.once_differentiable
        def backward(ctx: Any, g: Tensor) -> Tensor:
            return g * 3 * ctx.saved_tensors[0] ** 2

    w = mg.tensor([2.0], requires_grad=True)
    g = mg.autograd.grad(Cubes.apply(w).sum() + (w**4).sum(), w, create_graph=True)[0]
    functional = mg.autograd.functional

    def f(x: Tensor) -> Any:
        return Cubes.apply(x).sum()

    for twice in (
        lambda: mg.autograd.grad(g.sum(), w),
        lambda: functional.hessian(f, w),
        lambda: functional.vhp(f, w, mg.ones(1)),
        lambda: mg.func.hessian(f)(w),
    ):
        with pytest.raises(RuntimeError, match="differentiate twice Cubes"):
            twice()


def test_constants_of_a_function_have_no_graph() -> None:
    class Counts(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Any:
            with mg.enable_grad():
                k = x * 10
            ctx.mark_non_differentiable(k)
            return x * 2, k

        @staticmethod
        def backward(ctx: Any, g: Tensor, _: Tensor) -> Tensor:
            return g * 2

    x = mg.ones(2, requires_grad=True)
    for block in (mg.enable_grad(), mg.no_grad()):
        with block:
            _, k = Counts.apply(x)
        assert not k.requires_grad and k.grad_fn is None and k.tolist() == [10, 10]
    with mg.no_grad():
        assert not Counts.apply(x)[0].requires_grad


def test_a_dirty_output_is_retained_where_it_has_moved_to() -> None:
    class Triples(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.mark_dirty(x)
            return x.mul_(3)

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Tensor:
            return g * 3

    x = mg.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    Triples.apply(y).sum().backward()
    assert y.retains_grad and y.grad is not None and y.grad.tolist() == [1, 1]
    assert x.grad is not None and x.grad.tolist() == [6, 6]


def test_a_leaf_is_as_it_was_where_forward_wants_to_change_it() -> None:
    class Adds(mg.autograd.Function):
        @staticmethod
        def forward(ctx: Any, way: Any, x: Tensor) -> Tensor:
            way(x)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Tensor) -> Any:
            return None, g * 2

    ways = (
        lambda x: x.add_(1),
        lambda x: x.view(-1).mul_(3),
        lambda x: x.detach().__setitem__(0, 5.0),
        lambda x: x.exp_(),
        lambda x: x.zero_(),
    )
    for way in ways:
        x = mg.ones(2, requires_grad=True)
        with pytest.raises(RuntimeError, match=r"Adds.forward: argument 1.*in place.*clone"):
            Adds.apply(way, x)
        assert x.tolist() == [1, 1] and x._version == 0
        Adds.apply(lambda x: None, x)
        with mg.no_grad():
            Adds.apply(way, x)
        assert x._version == 1


class Assigns(mg.autograd.Function):
    """As torchdiffeq does it: a write that PyTorch does not count."""

    @staticmethod
    def forward(ctx: Any, scratch: Tensor, value: Tensor, index: Any) -> Tensor:
        ctx.index = index
        scratch.data[index] = value
        return scratch

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return g, g[ctx.index], None


def test_what_is_written_to_data_is_not_counted_but_noticed() -> None:
    w, k = mg.tensor([1.0, 2.0], requires_grad=True), mg.zeros(2, 3)
    for i in range(3):
        k = Assigns.apply(k, w * (i + 1), (..., i))
    k.sum().backward()
    assert w.grad is not None and w.grad.tolist() == [6, 6] and k.tolist() == [[1, 2, 3], [2, 4, 6]]
    y = (w * w).sum()
    w.data[0] = 7.0
    assert w._version == 0
    with pytest.raises(RuntimeError, match="changed in place since"):
        y.backward()
