"""What functions refuse just beyond what they accept: calls that pass, beside calls that do not."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.engine.operation import OPERATIONS, operation
from minigrad.linalg import LinAlgError

V, M, T = mg.tensor([3.0, 1.0, 2.0]), mg.arange(6.0).reshape(2, 3), mg.arange(24.0).reshape(2, 3, 4)
N, PLACES = mg.tensor(2.0), mg.tensor([0, 1, 1])
WIDE, LONG = mg.zeros(1, 4, dtype="int64"), mg.zeros(3, 1, dtype="int64")
EMPTY, TRUE = mg.zeros(2, 0), mg.tensor([True, False, True])

REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: V.unfold(0, 4, 1), ValueError, "unfold: wanted a size of 0 to 3 .* got 4, 1"),
    (lambda: V.unfold(0, -1, 1), ValueError, "unfold: wanted a size of 0 to 3"),
    (lambda: V.unfold(0, 2, 0), ValueError, "unfold: .*step >= 1, got 2, 0"),
    (lambda: N.unfold(0, 2, 1), ValueError, "unfold: wanted a size of 0 to 1"),
    (lambda: mg.nanmean(V, dtype="int64"), TypeError, "nanmean: dtype: .*floating"),
    (lambda: mg.mean(V, dtype="int64"), TypeError, "mean: dtype: .*floating"),
    (lambda: mg.median(EMPTY, 1), IndexError, "median: axis 1 .* has no elements"),
    (lambda: mg.nanmedian(EMPTY, 1), IndexError, "nanmedian: axis 1 .* has no elements"),
    (lambda: mg.mode(EMPTY, 1), IndexError, "mode: axis 1 of .* has no elements"),
    (lambda: mg.renorm(V, 2, 0, 1.0), ValueError, r"renorm: .*at least 2 axes, got shape \(3,\)"),
    (lambda: mg.quantile(V, 0.5, interpolation="cubic"), ValueError, "interpolation: .*'cubic'"),
    (lambda: mg.quantile(V, 1.01), ValueError, r"quantile: q: .*\[0, 1\]"),
    (lambda: mg.quantile(V, -0.01), ValueError, r"quantile: q: .*\[0, 1\]"),
    (lambda: mg.quantile(V, math.nan), ValueError, r"quantile: q: .*\[0, 1\]"),
    (lambda: mg.quantile(EMPTY, 0.5, 0), ValueError, "quantile: input: wanted elements"),
    (lambda: mg.unique_consecutive(PLACES, dim=0), ValueError, "unique_consecutive: wanted no dim"),
    (lambda: mg.searchsorted(M, mg.ones(3, 2)), ValueError, "searchsorted: the rows of"),
    (lambda: mg.searchsorted(V, V, side="up"), ValueError, "side: wanted 'left' or 'right'"),
    (lambda: mg.searchsorted(V, V, right=True, side="left"), ValueError, "contradict each other"),
    (lambda: mg.bucketize(V, M), ValueError, "boundaries"),
    (lambda: mg.select_scatter(M, mg.ones(2), 0, 0), ValueError, r"src: wanted shape \(3,\)"),
    (lambda: mg.slice_scatter(M, mg.ones(2), 0, 0, 1), ValueError, r"src: wanted shape \(1, 3\)"),
    (lambda: mg.scatter_reduce(V, 0, PLACES, V, "prod"), ValueError, "sum, mean, amax or amin"),
    (lambda: mg.masked_scatter(V, TRUE, mg.ones(1)), ValueError, "wanted 2 elements, got 1"),
    (lambda: mg.masked_scatter(V, PLACES, V), TypeError, "masked_scatter: mask: wanted bools"),
    (lambda: mg.masked_fill(V, PLACES, 1.0), TypeError, "masked_fill: mask: wanted bools"),
    (lambda: mg.masked_select(V, PLACES), TypeError, "masked_select: mask: wanted bools"),
    (lambda: mg.range(1, 3, -1), ValueError, "range: no step of -1 leads from 1 to 3"),
    (lambda: mg.var(V, correction=0, unbiased=True), TypeError, "wanted correction or unbiased"),
    (lambda: mg.std(V, correction=0, unbiased=False), TypeError, "wanted correction or unbiased"),
    (lambda: mg.flatten(T, 2, 1), ValueError, "flatten: axis 2 comes after 1"),
    (lambda: mg.ones(3).expand(-1, 3), ValueError, "expand: a new axis in front needs a size"),
    (lambda: mg.ones(2, 3).expand(3), ValueError, "expand: wanted at least 2 sizes"),
    (lambda: mg.meshgrid(V, V, indexing="yx"), ValueError, "meshgrid: indexing: .* got 'yx'"),
    (lambda: mg.diag(T), ValueError, "diag: wanted a vector or a matrix"),
    (lambda: mg.diag(N), ValueError, "diag: wanted a vector or a matrix"),
    (lambda: mg.gather(M, 0, PLACES), ValueError, r"gather: index: wanted 2 axes"),
    (lambda: mg.gather(M, 0, WIDE), ValueError, r"no larger than \(2, 3\)"),
    (lambda: mg.gather(M, 1, LONG), ValueError, r"no larger than \(2, 3\)"),
    (lambda: mg.scatter(V, 0, PLACES, mg.ones(2)), ValueError, r"src: wanted at least .* \(3,\)"),
    (lambda: mg.diff(V, -1), ValueError, "diff: n: wanted 0 or more, got -1"),
    (lambda: mg.div(V, V, rounding_mode="up"), ValueError, "rounding_mode: .* got 'up'"),
    (lambda: mg.bmm(T, mg.ones(3, 4, 2)), ValueError, "bmm: batches of 2 and 3 differ"),
    (lambda: mg.cross(M, M, dim=0), ValueError, "cross: wanted 3 numbers along axis 0"),
    (lambda: mg.cross(V, mg.ones(2)), ValueError, "cross: wanted 3 numbers"),
    (lambda: mg.cross(M, V, dim=1), ValueError, "cross: wanted 3 numbers along axis 1"),
    (lambda: mg.cross(mg.ones(2, 2), M), ValueError, "cross: wanted an axis of size 3"),
    (lambda: mg.polygamma(-1, V), ValueError, "polygamma: n: wanted at least 0"),
    (lambda: mg.mvlgamma(V, 0), ValueError, "mvlgamma: wanted p of at least 1"),
    (lambda: mg.mvlgamma(V, 3), ValueError, "mvlgamma: .*p = 3"),
    (lambda: mg.linalg.svd(V), ValueError, r"wanted matrices .* got shape \(3,\)"),
    (lambda: mg.linalg.inv(mg.zeros(2, 2)), LinAlgError, "inv"),
    (lambda: mg.trapezoid(V, mg.ones(2)), ValueError, "trapezoid: x: wanted 3 places"),
    (lambda: mg.trapezoid(M, mg.ones(3), dim=0), ValueError, "trapezoid: x: wanted 2 places"),
    (lambda: V.to(memory="fast"), TypeError, "to.. got an unexpected keyword argument 'memory'"),
    (lambda: V.new_full(), TypeError, "new_full: wanted a size and a value"),
    (lambda: V.cuda(), ValueError, "cuda"),
    (lambda: mg.asarray([1.0], copy=False), ValueError, "copy=False: these data cannot be taken"),
    (lambda: mg.arange(), TypeError, "arange.. is missing a required argument: 'end'"),
    (lambda: mg.tril_indices(-1, 2), ValueError, "must not be negative, got -1 and 2"),
    (lambda: mg.triu_indices(2, -1), ValueError, "must not be negative, got 2 and -1"),
    (lambda: mg.tril_indices(2, 2, dtype="float32"), TypeError, "wanted int32 or int64"),
    (lambda: mg.set_default_dtype(mg.int64), TypeError, "wanted float32 or float64, got int64"),
    (lambda: mg.tensor(np.ma.masked_array([1.0], [True])), TypeError, "mask"),
    (lambda: mg.sum(V, dim=0, axis=0), TypeError, "got both"),
    (lambda: mg.zeros_like(V, memory_format="rows"), ValueError, "memory_format: all tensors are"),
    (lambda: mg.chunk(V, 0), ValueError, "chunk"),
    (lambda: mg.narrow(V, 0, 2, 2), (ValueError, IndexError), "narrow"),
    (lambda: mg.narrow(V, 0, 0, -1), (ValueError, IndexError), "narrow"),
    (lambda: mg.narrow(V, 0, -4, 1), (ValueError, IndexError), "narrow"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refused(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


ACCEPTED: list[tuple[Callable[[], Any], Any]] = [
    (lambda: V.unfold(0, 3, 5), [[3.0, 1.0, 2.0]]),
    (lambda: V.unfold(0, 0, 1).shape, (4, 0)),
    (lambda: N.unfold(0, 1, 1), [2.0]),
    (lambda: mg.nanmean(mg.tensor([1, 2]), dtype="float64"), 1.5),
    (lambda: mg.median(M, 1).indices, [1, 1]),
    (lambda: mg.mode(M.T, 1).values, [0.0, 1.0, 2.0]),
    (lambda: mg.quantile(V, 1), 3.0),
    (lambda: mg.quantile(V, 0), 1.0),
    (lambda: mg.quantile(N, 0.3, 0), 2.0),
    (lambda: mg.quantile(M, 0.5, keepdim=True), [[2.5]]),
    (lambda: mg.quantile(M, [0.0, 1.0], 1, True), [[[0.0], [3.0]], [[2.0], [5.0]]]),
    (lambda: mg.quantile(M, [0.25], 0), [[0.75, 1.75, 2.75]]),
    (lambda: mg.quantile(M, [0.0, 0.5, 1.0], 0), [[0, 1, 2], [1.5, 2.5, 3.5], [3, 4, 5]]),
    (lambda: mg.searchsorted(M, M, side="right"), [[1, 2, 3]] * 2),
    (lambda: mg.searchsorted(M, mg.tensor([[0.5], [3.0]])), [[1], [0]]),
    (lambda: mg.searchsorted(V, V, out_int32=True).dtype, np.dtype("int32")),
    (lambda: mg.masked_scatter(V, TRUE, mg.tensor([7.0, 8.0])), [7.0, 1.0, 8.0]),
    (lambda: mg.range(1, 1), [1.0]),
    (lambda: mg.range(3, 1, -1), [3.0, 2.0, 1.0]),
    (lambda: mg.var(M, 1, unbiased=False), [2 / 3, 2 / 3]),
    (lambda: mg.var(V, False), 2 / 3),
    (lambda: mg.flatten(T, 1, 1).shape, (2, 3, 4)),
    (lambda: mg.flatten(N), [2.0]),
    (lambda: mg.ones(3).expand(2, -1).shape, (2, 3)),
    (lambda: mg.gather(M, 0, mg.tensor([[1, 0], [0, 1], [1, 1]])), [[3, 1], [0, 4], [3, 4]]),
    (lambda: mg.gather(M, 1, mg.tensor([[2, 0, 1, 1]])), [[2.0, 0.0, 1.0, 1.0]]),
    (lambda: mg.scatter(V, 0, mg.tensor([1]), mg.tensor([5.0, 6.0])), [3.0, 5.0, 2.0]),
    (lambda: mg.diff(V, 0), [3.0, 1.0, 2.0]),
    (lambda: mg.diff(V, 2), [3.0]),
    (lambda: mg.diff(V, 5).shape, (0,)),
    (lambda: mg.diff(V, prepend=mg.tensor([0.0]), append=mg.tensor([9.0])), [3, -2, 1, 7]),
    (lambda: mg.diff(V, append=mg.tensor([9.0])), [-2.0, 1.0, 7.0]),
    (lambda: mg.cross(V, mg.tensor([0.0, 0.0, 1.0])), [1.0, -3.0, 0.0]),
    (lambda: mg.cross(M.T, M.T, dim=0).shape, (3, 2)),
    (lambda: mg.polygamma(0, mg.ones(1)), [-0.5772156649]),
    (lambda: mg.mvlgamma(V, 1), [math.log(2), 0.0, 0.0]),
    (lambda: mg.trapezoid(V), 3.5),
    (lambda: mg.trapezoid(V, dx=2), 7.0),
    (lambda: mg.trapezoid(V, mg.tensor([0.0, 1.0, 4.0])), 6.5),
    (lambda: mg.trapezoid(M, mg.tensor([0.0, 1.0, 4.0])), [5.0, 17.0]),
    (lambda: mg.trapezoid(M, mg.tensor([1.0, 4.0]), dim=0), [4.5, 7.5, 10.5]),
    (lambda: mg.trapezoid(M, mg.tensor([1.0, 4.0]), dim=-2), [4.5, 7.5, 10.5]),
    (lambda: mg.trapezoid(T, mg.tensor([0.0, 1.0, 4.0]), dim=1)[0], [20.0, 24.0, 28.0, 32.0]),
    (lambda: mg.trapezoid(M, M * 2), [4.0, 16.0]),
    (lambda: V.new_full(size=(2,), fill_value=7.0), [7.0, 7.0]),
    (lambda: V.new_full((2,), 7.0), [7.0, 7.0]),
    (lambda: V.new_zeros(2), [0.0, 0.0]),
    (lambda: V.new_ones((1, 2)), [[1.0, 1.0]]),
    (lambda: V.cpu() is V, True),
    (lambda: V.to(dtype="float64", device="cpu").dtype, np.dtype("float64")),
    (lambda: mg.tril_indices(0, 2).shape, (2, 0)),
    (lambda: mg.triu_indices(2, 0).shape, (2, 0)),
    (lambda: mg.tril_indices(2, 3, 1, dtype="int32"), [[0, 0, 1, 1, 1], [0, 1, 0, 1, 2]]),
    (lambda: mg.triu_indices(2, 3, 1), [[0, 0, 1], [1, 2, 2]]),
    (lambda: round(mg.tensor([1.26, -1.26])), [1.0, -1.0]),
    (lambda: round(mg.tensor([1.26, -1.26]), 1), [1.3, -1.3]),
    (lambda: mg.narrow(V, 0, 1, 2), [1.0, 2.0]),
    (lambda: mg.narrow(V, 0, -3, 3), [3.0, 1.0, 2.0]),
    (lambda: mg.narrow(V, 0, 3, 0).shape, (0,)),
    (lambda: mg.asarray(V.numpy(), copy=False), [3.0, 1.0, 2.0]),
]


@pytest.mark.parametrize(("call", "wanted"), ACCEPTED)
def test_accepted(call: Callable[[], Any], wanted: Any) -> None:
    got = call()
    if isinstance(got, mg.Tensor):
        assert got.shape == np.shape(wanted)
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-6, atol=1e-7)
    else:
        assert got == wanted


@pytest.fixture
def own() -> Any:
    """Operations that are forgotten after the test."""
    before = dict(OPERATIONS)
    yield operation
    OPERATIONS.clear()
    OPERATIONS.update(before)


def test_arguments_without_a_derivative_are_named_and_others_are_not(own: Any) -> None:
    @own
    def mix(x, y, z):
        return x + y + z

    @mix.gradient("x")
    def _(g):
        return g

    x = mg.ones(1, requires_grad=True)
    for args, named in (((x, x, 1.0), "'y'"), ((x, V[:1], x), "'z'"), ((x, x, x), "'y', 'z'")):
        with pytest.raises(ValueError, match=f"mix has no derivative with respect to {named}, wh"):
            mix(*args)


@pytest.mark.parametrize("answer", [None, "text", [1.0]])
def test_a_forward_function_returns_an_array(own: Any, answer: Any) -> None:
    made = own(lambda x: answer)
    with pytest.raises(TypeError, match="forward function has to return an array, got"):
        made(V)


def test_numbers_and_views_that_a_forward_function_returns(own: Any) -> None:
    """A number has the default dtype; what it was given is copied, so that it can be changed."""
    first, half = own(lambda x: x[:2]), own(lambda x: 0.5)
    y = first(V)
    y.fill_(9.0)
    assert V.tolist() == [3.0, 1.0, 2.0] and y.tolist() == [9.0, 9.0]
    assert half(V).dtype == np.float32 and own(lambda x: 3)(V).dtype == np.int64


BAD_RULES = [
    (lambda g: None, "a rule answered None"),
    (lambda g: np.ones(1, "U1"), "a rule answered with <U1"),
    (lambda g: g * 1j, "a rule answered with complex"),
]


@pytest.mark.parametrize(("rule", "words"), BAD_RULES)
def test_what_a_rule_must_not_answer(own: Any, rule: Any, words: str) -> None:
    @own
    def same(x):
        return x * 1.0

    same.gradient("x")(rule)
    x = mg.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match=words):
        same(x).backward()
    assert x.grad is None


def test_what_a_rule_may_answer(own: Any) -> None:
    """Numbers and whole numbers become arrays of the input's dtype."""

    @own
    def same(x):
        return x * 1.0

    answers = (3, 3.0, True, np.int64(3), np.float64(3))
    left = iter(answers)
    same.gradient("x")(lambda g: next(left))
    for answer in answers:
        x = mg.tensor(1.0, requires_grad=True)
        same(x).backward()
        assert x.grad.item() == float(answer) and x.grad.dtype == np.float32


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [(3.0, TypeError, "got float"), (mg.ones(3), ValueError, "gradient's shape")],
)
@pytest.mark.parametrize("inner", [False, True])
def test_what_a_hook_must_not_answer(inner: bool, answer: Any, error: Any, words: str) -> None:
    x = mg.ones(2, requires_grad=True)
    y = x * 1
    (y if inner else x).register_hook(lambda g: answer)
    with pytest.raises(error, match=words):
        y.sum().backward()
    assert x.grad is None


def test_what_a_hook_answers_stays_the_user_s() -> None:
    """A gradient is added to in place; not in memory that somebody else has."""
    kept = mg.tensor([1.0, 2.0])
    x = mg.ones(2, requires_grad=True)
    x.register_hook(lambda g: kept)
    for _ in range(3):
        (x * 2).sum().backward()
    assert kept.tolist() == [1.0, 2.0] and x.grad.tolist() == [3.0, 6.0]
    leaf, inner = x, mg.ones(2, requires_grad=True) * 1
    inner.retain_grad()
    inner.register_hook(lambda g: kept)
    for t in (leaf, inner):  # nor is it changed with a gradient that was written from it
        t.grad = None
        (t * 2).sum().backward()
        t.grad.zero_()
        assert kept.tolist() == [1.0, 2.0]


def test_backward_with_inputs_that_cannot_have_a_gradient() -> None:
    x = mg.ones(2, requires_grad=True)
    with pytest.raises(ValueError, match="at least one tensor, got none"):
        x.sum().backward(inputs=[])
    for bad in (V, 3.0):
        with pytest.raises(RuntimeError, match="tensors that require a gradient"):
            x.sum().backward(inputs=[x, bad])
    with pytest.raises(ValueError, match="means allow_unused=True, got False"):
        mg.autograd.grad(x.sum(), x, materialize_grads=True, allow_unused=False)
    assert x.grad is None


F = mg.autograd.functional
FUNCTIONAL: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: F.jacobian(lambda x: x, [1.0]), TypeError, "jacobian: inputs: .* got list"),
    (lambda: F.jacobian(lambda x: 2, V), TypeError, "func: wanted tensors .* got int"),
    (lambda: F.vjp(lambda x: x, V), ValueError, "vjp: v: may only be left out for a single"),
    (lambda: F.vjp(lambda x: (x.sum(), x.sum()), V), ValueError, "v: may only be left out"),
    (lambda: F.vjp(lambda x: x, V, mg.ones(2)), ValueError, r"wanted shapes \[\(3,\)\]"),
    (lambda: F.vjp(lambda x: x, V, (V, V)), ValueError, r"wanted shapes \[\(3,\)\]"),
    (lambda: F.jvp(lambda x: x, V, mg.ones(1, 3)), ValueError, r"wanted shapes \[\(3,\)\]"),
    (lambda: F.hessian(3, V), TypeError, "hessian: func: wanted a function, got int"),
    (lambda: F.hessian(lambda x: x, V), ValueError, r"a single element, got shape \(3,\)"),
    (lambda: F.hessian(lambda x: (x, x), N), ValueError, "a single element, got 2 outputs"),
    (lambda: F.vhp(lambda x: (x, x), N), ValueError, "a single element, got 2 outputs"),
]


@pytest.mark.parametrize(("call", "error", "words"), FUNCTIONAL)
def test_derivatives_that_cannot_be_had(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


def test_derivatives_of_one_element_and_of_constants() -> None:
    assert F.vjp(lambda x: (x * x).sum(), V)[1].tolist() == [6.0, 2.0, 4.0]
    assert F.vjp(lambda x: mg.ones(2), V, [1.0, 1.0])[1].tolist() == [0.0, 0.0, 0.0]
    assert F.hessian(lambda x: mg.ones(1), N).tolist() == 0.0
    assert F.hessian(lambda x: (x**3).reshape(1), N).item() == 12.0


ROWS = mg.zeros(2000, dtype="float64")
DRAWN: dict[str, tuple[tuple[float, ...], float, float]] = {
    # the arguments, and the quartiles
    "uniform_": ((2.0, 6.0), 3.0, 5.0),
    "normal_": ((5.0, 2.0), 5 - 2 * 0.67449, 5 + 2 * 0.67449),
    "exponential_": ((0.5,), -2 * math.log(0.75), -2 * math.log(0.25)),
    "log_normal_": ((1.0, 0.5), math.exp(1 - 0.5 * 0.67449), math.exp(1 + 0.5 * 0.67449)),
    "cauchy_": ((3.0, 2.0), 1.0, 5.0),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_quartiles_of_what_is_drawn_in_place(name: str) -> None:
    arguments, *wanted = DRAWN[name]
    mg.manual_seed(5)
    drawn = getattr(mg.zeros(20000, dtype="float64"), name)(*arguments).numpy()
    np.testing.assert_allclose(np.quantile(drawn, [0.25, 0.75]), wanted, rtol=0.05)


def test_whole_numbers_that_are_drawn_in_place() -> None:
    mg.manual_seed(5)
    assert sorted(set(mg.zeros(500).random_(3).tolist())) == [0.0, 1.0, 2.0]
    assert sorted(set(mg.zeros(500).random_(-2, 1).tolist())) == [-2.0, -1.0, 0.0]
    share = mg.zeros(20000).geometric_(0.25)
    assert share.min() == 1 and abs(share.mean().item() - 4) < 0.1
    assert abs(mg.zeros(20000).bernoulli_(0.3).mean().item() - 0.3) < 0.01


@pytest.mark.parametrize(
    "call",
    [
        lambda: M.sort(True),  # not descending
        lambda: M.argsort(True),
        lambda: M.topk(1, True),
        lambda: M.kthvalue(1, True),
        lambda: M.median(True),
        lambda: M.mode(True),
        lambda: M.cummax(True),
        lambda: M.unbind(True),
        lambda: M.chunk(3, True),
        lambda: M.squeeze(True),
        lambda: M.unsqueeze(True),
        lambda: M.transpose(0, True),
        lambda: M.flip(True),
        lambda: M.flip((0, True)),
        lambda: M.permute(True, 0),
        lambda: M.roll(1, True),
        lambda: M.sum(True),
        lambda: M.mean(dim=True),
        lambda: M.norm(dim=True),
        lambda: mg.stack([M, M], True),
        lambda: mg.cat([M, M], True),
        lambda: mg.diff(M, dim=True),
        lambda: mg.linalg.vector_norm(M, dim=True),
        lambda: mg.nn.functional.normalize(M, dim=True),
    ],
)
def test_true_is_no_axis(call: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match="dim: wanted an integer, got True"):
        call()


@pytest.mark.parametrize("k", [True, 1.0])
def test_how_many_are_wanted_is_an_integer(k: Any) -> None:
    for function in (V.topk, V.kthvalue):
        with pytest.raises(TypeError, match="k must be an integer"):
            function(k)
