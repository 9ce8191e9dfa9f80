"""minigrad.nn.functional against PyTorch, kernels against compositions, and what goes wrong."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn
from minigrad.autograd import grad
from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.random import default_generator, manual_seed

rng = np.random.default_rng(0)
EVERY_REDUCTION = ("mean", "sum", "none")


def leaves(*arrays: np.ndarray) -> list[Tensor]:
    return [tensor_of(a, requires_grad=True) for a in arrays]


def assert_close(a: Any, b: Any, dtype: Any = np.float64) -> None:
    rtol = 1e-11 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=rtol, atol=rtol)


# --------------------------------------------------------------------- against PyTorch


def agree(
    ours: Callable[..., Any], theirs: Callable[..., Any], *arrays: np.ndarray, order: int = 2
) -> None:
    """Values, gradients and gradients of gradients are PyTorch's, in both dtypes."""
    torch = pytest.importorskip("torch")
    for dtype in (np.float64, np.float32):
        xs = leaves(*[a.astype(dtype) for a in arrays])
        ts = [torch.tensor(x.numpy(), requires_grad=True) for x in xs]
        y, expected = ours(*xs), theirs(*ts)
        assert y.dtype == dtype and y.shape == tuple(expected.shape)
        assert_close(y.detach(), expected.detach(), dtype)
        v = tensor_of(rng.normal(size=y.shape).astype(dtype), requires_grad=True)
        w = torch.tensor(v.numpy(), requires_grad=True)
        fast = grad(y, xs, v.detach(), retain_graph=True)
        slow = grad(y, xs, v, create_graph=True)
        wanted = torch.autograd.grad(expected, ts, w, create_graph=True)
        for f, g, h in zip(fast, slow, wanted, strict=True):
            assert_close(f, h.detach(), dtype)
            assert_close(g.detach(), h.detach(), dtype)

        if dtype == np.float64 and order == 2:
            u = [rng.normal(size=x.shape) for x in xs]
            ours_along = sum(((g * a).sum() for g, a in zip(slow, u, strict=True)), tensor_of(0.0))
            theirs_along = sum((h * torch.tensor(a)).sum() for h, a in zip(wanted, u, strict=True))
            second = grad(ours_along, [*xs, v], allow_unused=True)
            wanted = torch.autograd.grad(theirs_along, [*ts, w], allow_unused=True)
            for g, h in zip(second, wanted, strict=True):
                assert_close(0 if g is None else g, 0 if h is None else h.numpy(force=True))


@pytest.mark.parametrize("reduction", EVERY_REDUCTION)
@pytest.mark.parametrize("soft", [False, True], ids=["labels", "probabilities"])
@pytest.mark.parametrize("shape", [(5, 4), (4,), (3, 4, 2), (2, 3, 2, 2), (3, 1)], ids=str)
def test_cross_entropy(shape: tuple[int, ...], soft: bool, reduction: str) -> None:
    torch = pytest.importorskip("torch")
    classes = shape[min(1, len(shape) - 1)]
    batch = shape[:1] * (len(shape) > 1) + shape[2:]
    x = rng.normal(size=shape, scale=3)
    labels = np.asarray(rng.integers(0, classes, batch))
    soft_target = np.moveaxis(rng.dirichlet(np.ones(classes), batch), -1, len(batch[:1]))
    weights = (None, rng.uniform(0.2, 2, classes))
    ignored = (-100,) if soft or classes == 1 else (-100, int((labels.flat[0] + 1) % classes))
    for weight, smoothing, ignore_index in product(weights, (0.0, 0.1, 1.0), ignored):
        options = {
            "reduction": reduction,
            "label_smoothing": smoothing,
            "ignore_index": ignore_index,
        }

        def ours(x: Tensor, weight: Any = weight, options: Any = options) -> Tensor:
            y = soft_target.astype(x.dtype) if soft else labels
            return F.cross_entropy(x, y, weight, **options)

        def theirs(x: Any, weight: Any = weight, options: Any = options) -> Any:
            y = torch.tensor(soft_target, dtype=x.dtype) if soft else torch.tensor(labels)
            w = None if weight is None else torch.tensor(weight, dtype=x.dtype)
            return torch.nn.functional.cross_entropy(x, y, w, **options)

        agree(ours, theirs, x)


@pytest.mark.parametrize("reduction", EVERY_REDUCTION)
@pytest.mark.parametrize("shape", [(5, 4), (4,), (3, 4, 2)], ids=str)
def test_nll_loss(shape: tuple[int, ...], reduction: str) -> None:
    torch = pytest.importorskip("torch")
    classes = shape[min(1, len(shape) - 1)]
    labels = np.asarray(rng.integers(0, classes, shape[:1] * (len(shape) > 1) + shape[2:]))
    x = rng.normal(size=shape)
    ignored = int((labels.flat[0] + 1) % classes)
    for weight, ignore_index in product((None, rng.uniform(0.2, 2, classes)), (-100, ignored)):
        options = {"reduction": reduction, "ignore_index": ignore_index}

        def theirs(x: Any, weight: Any = weight, options: Any = options) -> Any:
            w = None if weight is None else torch.tensor(weight, dtype=x.dtype)
            return torch.nn.functional.nll_loss(x, torch.tensor(labels), w, **options)

        agree(lambda x, w=weight, o=options: F.nll_loss(x, labels, w, **o), theirs, x)


@pytest.mark.parametrize("loss", ["cross_entropy", "nll_loss"])
def test_the_mean_of_nothing_is_nan_with_gradient_zero(loss: str) -> None:
    torch = pytest.importorskip("torch")
    x = rng.normal(size=(3, 4))
    ignored = np.full(3, -100)
    ours, theirs = leaves(x)[0], torch.tensor(x, requires_grad=True)
    expected = getattr(torch.nn.functional, loss)(theirs, torch.tensor(ignored))
    expected.backward()
    y = getattr(F, loss)(ours, ignored)
    assert np.isnan(y.item()) and np.isnan(expected.item())
    assert not theirs.grad.any()
    if loss == "cross_entropy":
        y.backward()
        assert ours.grad is not None and not ours.grad.numpy().any()


BINARY = {
    "binary_cross_entropy": ("weight",),
    "binary_cross_entropy_with_logits": ("weight", "pos_weight"),
}


@pytest.mark.parametrize("reduction", EVERY_REDUCTION)
@pytest.mark.parametrize("loss", BINARY)
def test_binary_losses(loss: str, reduction: str) -> None:
    torch = pytest.importorskip("torch")
    x, y = rng.uniform(0.05, 0.95, size=(2, 4, 3))
    x = x if loss == "binary_cross_entropy" else rng.normal(size=(4, 3), scale=5)
    factors = rng.uniform(0.2, 3, 3)
    for names in ((), BINARY[loss], BINARY[loss][-1:]):

        def ours(x: Tensor, y: Tensor, names: Any = names) -> Tensor:
            given = {n: factors.astype(x.dtype) for n in names}
            return getattr(F, loss)(x, y, reduction=reduction, **given)

        def theirs(x: Any, y: Any, names: Any = names) -> Any:
            given = {n: torch.tensor(factors, dtype=x.dtype) for n in names}
            return getattr(torch.nn.functional, loss)(x, y, reduction=reduction, **given)

        # PyTorch's second gradient of probabilities is right to 1e-10 only: it adds 1e-12 to p.
        agree(ours, theirs, x, y, order=1 if loss == "binary_cross_entropy" else 2)


def test_binary_cross_entropy_at_its_bounds() -> None:
    torch = pytest.importorskip("torch")
    p, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])
    ours, theirs = leaves(p)[0], torch.tensor(p, requires_grad=True)
    out = F.binary_cross_entropy(ours, y, reduction="none")
    expected = torch.nn.functional.binary_cross_entropy(theirs, torch.tensor(y), reduction="none")
    assert_close(out.detach(), expected.detach())
    out.backward(np.ones(4))
    expected.backward(torch.ones(4, dtype=torch.float64))
    # PyTorch's 1e-12 under the fraction is a float32 in float64 too.
    np.testing.assert_allclose(ours.grad, theirs.grad, rtol=1e-8)


DISTANCES = [
    ("mse_loss", {}),
    ("l1_loss", {}),
    ("huber_loss", {}),
    ("huber_loss", {"delta": 0.3}),
    ("smooth_l1_loss", {}),
    ("smooth_l1_loss", {"beta": 0.0}),
    ("smooth_l1_loss", {"beta": 2.5}),
]


@pytest.mark.parametrize(("loss", "options"), DISTANCES, ids=str)
@pytest.mark.parametrize("reduction", EVERY_REDUCTION)
def test_distances(loss: str, options: dict[str, float], reduction: str) -> None:
    torch = pytest.importorskip("torch")
    agree(
        lambda x, y: getattr(F, loss)(x, y, reduction=reduction, **options),
        lambda x, y: getattr(torch.nn.functional, loss)(x, y, reduction=reduction, **options),
        *rng.normal(size=(2, 5, 3)),
    )


def test_the_distances_kinks_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    x = np.array([-1.0, 0.0, 1.0, -np.inf, 1e200])
    for loss in ("l1_loss", "huber_loss", "smooth_l1_loss"):
        ours, theirs = leaves(x)[0], torch.tensor(x, requires_grad=True)
        getattr(F, loss)(ours, np.zeros(5), reduction="none").backward(np.ones(5))
        expected = getattr(torch.nn.functional, loss)(
            theirs, torch.zeros(5, dtype=torch.float64), reduction="none"
        )
        expected.backward(torch.ones(5, dtype=torch.float64))
        assert_close(ours.grad, theirs.grad)


ACTIVATIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("relu", (), {}),
    ("leaky_relu", (), {}),
    ("leaky_relu", (0.2,), {}),
    ("elu", (), {}),
    ("elu", (0.7,), {}),
    ("selu", (), {}),
    ("gelu", (), {}),
    ("gelu", (), {"approximate": "tanh"}),
    ("silu", (), {}),
    ("sigmoid", (), {}),
    ("tanh", (), {}),
    ("logsigmoid", (), {}),
    ("softplus", (), {}),
    ("softplus", (2.0, 3.0), {}),
    ("softmax", (1,), {}),
    ("softmax", (-3,), {}),
    ("softmax", (), {"dim": 0}),
    ("log_softmax", (1,), {}),
    ("log_softmax", (), {"dim": -1}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), ACTIVATIONS, ids=str)
def test_activations(name: str, args: Any, kwargs: Any) -> None:
    torch = pytest.importorskip("torch")
    agree(
        lambda x: getattr(F, name)(x, *args, **kwargs),
        lambda x: getattr(torch.nn.functional, name)(x, *args, **kwargs),
        rng.normal(size=(4, 3, 2), scale=2),
    )


@pytest.mark.parametrize("shape", [(5, 3), (3,), (2, 4, 3), (0, 3), (2, 0, 3)], ids=str)
@pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])
def test_linear(shape: tuple[int, ...], bias: bool) -> None:
    torch = pytest.importorskip("torch")
    arrays = [rng.normal(size=s) for s in (shape, (4, 3), (4,))][: 2 + bias]
    agree(F.linear, torch.nn.functional.linear, *arrays)


def test_embedding() -> None:
    torch = pytest.importorskip("torch")
    indices = np.array([[2, 0, 2], [1, 2, 2]])
    agree(
        lambda w: F.embedding(indices, w),
        lambda w: torch.nn.functional.embedding(torch.tensor(indices), w),
        rng.normal(size=(4, 3)),
    )


@pytest.mark.parametrize("num_classes", [-1, 5])
def test_one_hot(num_classes: int) -> None:
    torch = pytest.importorskip("torch")
    labels = np.array([[0, 3], [1, 1]])
    ours = F.one_hot(mg.tensor(labels), num_classes)
    theirs = torch.nn.functional.one_hot(torch.tensor(labels), num_classes).numpy()
    assert ours.dtype == theirs.dtype
    np.testing.assert_array_equal(ours.numpy(), theirs)


@pytest.mark.parametrize("shape", [(5, 3), (2, 4, 3), (2, 2, 4, 3), (3,)], ids=str)
@pytest.mark.parametrize("parameters", [0, 1, 2])
def test_layer_norm(shape: tuple[int, ...], parameters: int) -> None:
    torch = pytest.importorskip("torch")
    for size, eps in product((1, 2)[: len(shape)], (1e-5, 0.1)):
        normalized = shape[-size:]
        arrays = [rng.normal(size=s) for s in (shape, normalized, normalized)][: 1 + parameters]
        agree(
            lambda x, *p, n=normalized, e=eps: F.layer_norm(x, n, *p, eps=e),
            lambda x, *p, n=normalized, e=eps: torch.nn.functional.layer_norm(x, n, *p, eps=e),
            *arrays,
        )


@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
@pytest.mark.parametrize("shape", [(6, 3), (4, 3, 2), (2, 3, 2, 2)], ids=str)
@pytest.mark.parametrize("parameters", [0, 1, 2])
@pytest.mark.parametrize("momentum", [0.1, 0.7])
def test_batch_norm(
    shape: tuple[int, ...], parameters: int, training: bool, momentum: float
) -> None:
    torch = pytest.importorskip("torch")
    arrays = [rng.normal(size=s) for s in (shape, (3,), (3,))][: 1 + parameters]
    mean, var = rng.normal(size=3), rng.uniform(0.5, 2, 3)
    running: dict[str, list[Any]] = {}

    def ours(x: Tensor, *parameters: Tensor) -> Tensor:
        running["ours"] = [tensor_of(s.astype(x.dtype)) for s in (mean, var)]
        padded = (*parameters, None, None)[:2]
        return F.batch_norm(x, *running["ours"], *padded, training, momentum, eps=1e-3)

    def theirs(x: Any, *parameters: Any) -> Any:
        running["theirs"] = [torch.tensor(s, dtype=x.dtype) for s in (mean, var)]
        padded = (*parameters, None, None)[:2]
        return torch.nn.functional.batch_norm(
            x, *running["theirs"], *padded, training, momentum, eps=1e-3
        )

    agree(ours, theirs, *arrays)
    for a, b in zip(running["ours"], running["theirs"], strict=True):
        assert_close(a, b, a.dtype)


# --------------------------------------------------------------------- fused and composed


def composed_cross_entropy(x: Any, target: Any, weight: Any, smoothing: float) -> Any:
    hot = np.eye(x.shape[1])[target] if target.ndim == 1 else target
    t = ((1 - smoothing) * hot + smoothing / x.shape[1]) * weight
    if target.ndim == 1:
        t[target == 3] = 0  # the label to ignore
    return -(F.log_softmax(x, dim=1) * t).sum(axis=1)


def trained_batch_norm(x: Any, weight: Any, bias: Any) -> Any:
    return F.batch_norm(x, None, None, weight, bias, training=True)


def composed_batch_norm(x: Any, weight: Any, bias: Any) -> Any:
    d = x - mg.mean(x, axis=0)
    return d / mg.sqrt(mg.mean(d * d, axis=0) + 1e-5) * weight + bias


_weight = rng.uniform(0.3, 2, 4)
_labels = np.array([0, 3, 2, 2, 1, 3])
_rows = rng.dirichlet(np.ones(4), 6)
FUSED: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, ...]]]] = {
    "linear": (F.linear, lambda x, w, b: x @ w.T + b, [(6, 4), (3, 4), (3,)]),
    "linear and relu": (
        lambda x, w, b: F.linear(x, w, b, relu=True),
        lambda x, w, b: F.relu(x @ w.T + b),
        [(6, 4), (3, 4), (3,)],
    ),
    "cross-entropy of labels": (
        lambda x: F.cross_entropy(
            x, _labels, _weight, ignore_index=3, reduction="none", label_smoothing=0.1
        ),
        lambda x: composed_cross_entropy(x, _labels, _weight, 0.1),
        [(6, 4)],
    ),
    "cross-entropy of probabilities": (
        lambda x: F.cross_entropy(x, _rows, _weight, reduction="none", label_smoothing=0.1),
        lambda x: composed_cross_entropy(x, _rows, _weight, 0.1),
        [(6, 4)],
    ),
    "batch norm": (trained_batch_norm, composed_batch_norm, [(6, 4), (4,), (4,)]),
    "batch norm, inference, bare": (
        lambda x: F.batch_norm(x, mg.tensor(_weight), mg.tensor(_weight)),
        lambda x: (x - _weight) / (_weight + 1e-5) ** 0.5,
        [(6, 4)],
    ),
    "batch norm, inference": (
        lambda x, w, b: F.batch_norm(x, mg.tensor(_weight), mg.tensor(_weight), w, b),
        lambda x, w, b: (x - _weight) / (_weight + 1e-5) ** 0.5 * w + b,
        [(6, 4), (4,), (4,)],
    ),
}


@pytest.mark.parametrize("name", FUSED)
def test_fused_operations_are_their_compositions(name: str) -> None:
    """Value, gradient, and the gradient of that, through the kernels and without them."""
    fused, composed, shapes = FUSED[name]
    arrays = [rng.normal(size=s) for s in shapes]
    results = []
    for function in (fused, composed):
        xs = leaves(*arrays)
        y = function(*xs)
        v = np.linspace(-1, 2, y.numel()).reshape(y.shape)
        once = grad(y, xs, v, retain_graph=True)
        again = grad(y, xs, v, create_graph=True)
        total = sum(((g * np.cos(g.numpy())).sum() for g in again[1:]), (again[0] ** 2).sum())
        second = grad(total, xs, allow_unused=True) if total.requires_grad else []
        results.append([y, *once, *again, *second])
    for a, b in zip(*results, strict=True):
        assert_close(0 if a is None else a.numpy(), 0 if b is None else b.numpy())


@pytest.mark.parametrize("needs", list(product([True, False], repeat=3))[:-1], ids=str)
@pytest.mark.parametrize(
    "function",
    [F.linear, lambda x, w, b: trained_batch_norm(x, w[0], b)],
    ids=["linear", "batch_norm"],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_only_the_needed_gradients_are_computed(
    function: Callable[..., Any], needs: tuple[bool, ...], create_graph: bool
) -> None:
    arrays = [rng.normal(size=s) for s in ((5, 3), (3, 3), (3,))]
    everything = leaves(*arrays)
    some = [tensor_of(a, requires_grad=n) for a, n in zip(arrays, needs, strict=True)]
    v = rng.normal(size=(5, 3))
    for xs in (everything, some):
        function(*xs).backward(v, create_graph=create_graph)
    for x, y, needed in zip(everything, some, needs, strict=True):
        assert (y.grad is not None) == needed
        if y.grad is not None and x.grad is not None:
            assert_close(x.grad.numpy(), y.grad.numpy())


# --------------------------------------------------------------------- single properties


def test_huge_logits_give_finite_losses() -> None:
    x = leaves(np.array([[0.0, -200.0, 5.0], [1e30, -1e30, 0.0]], np.float32))[0]
    loss = F.cross_entropy(x, [1, 0], reduction="none")
    np.testing.assert_allclose(loss.numpy(), [205.0067, 0.0], rtol=1e-6)
    loss.backward(np.ones(2, np.float32))
    assert x.grad is not None and np.isfinite(x.grad.numpy()).all()
    logits = leaves(np.array([-1e4, 1e4], np.float32))[0]
    binary = F.binary_cross_entropy_with_logits(logits, np.float32([1, 0]), reduction="none")
    np.testing.assert_array_equal(binary.numpy(), [1e4, 1e4])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64])
def test_labels_of_any_integer_dtype(dtype: Any) -> None:
    x = rng.normal(size=(4, 3))
    labels = np.array([0, 2, 1, 1])
    for loss in (F.cross_entropy, F.nll_loss):
        assert loss(x, labels.astype(dtype)).item() == loss(x, labels).item()


def test_an_empty_batch() -> None:
    x = leaves(np.zeros((0, 3)))[0]
    assert F.cross_entropy(x, np.zeros(0, int), reduction="sum").item() == 0
    assert np.isnan(F.cross_entropy(x, np.zeros(0, int)).item())
    losses = F.cross_entropy(x, np.zeros((0, 3)), reduction="none")
    losses.backward(np.zeros(0))
    assert losses.shape == (0,) and x.grad is not None and x.grad.shape == (0, 3)


def test_dropout_zeroes_a_share_and_keeps_the_mean() -> None:
    manual_seed(0)
    x = np.ones(100_000, np.float32)
    y = F.dropout(x, 0.3).numpy()
    assert set(np.unique(y)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs(y.mean() - 1) < 0.01


def test_dropout_repeats_with_the_seed_and_differs_between_calls() -> None:
    x = np.ones(1000)
    manual_seed(3)
    first, second = F.dropout(x).numpy(), F.dropout(x).numpy()
    manual_seed(3)
    np.testing.assert_array_equal(first, F.dropout(x).numpy())
    assert (first != second).any()


def test_the_gradient_of_dropout_has_its_mask() -> None:
    x = leaves(rng.normal(size=(7, 5)))[0]
    v = rng.normal(size=(7, 5))
    y = F.dropout(x, 0.4)
    y.backward(v)
    assert x.grad is not None
    np.testing.assert_array_equal(x.grad.numpy(), np.where(y.numpy() == 0, 0, v * (1 / 0.6)))


def test_dropout_at_its_limits() -> None:
    x = mg.tensor([1.0, 2.0])
    before = default_generator().bit_generator.state
    assert F.dropout(x, 0.9, training=False) is x
    assert F.dropout(x, 0.0) is x
    assert default_generator().bit_generator.state == before
    np.testing.assert_array_equal(F.dropout(x, 1.0).numpy(), [0, 0])


def test_batch_norm_does_not_write_to_an_array_that_a_graph_needs() -> None:
    x = leaves(rng.normal(size=(5, 2)))[0]
    w, b = leaves(np.ones(2), np.zeros(2))
    mean, var = mg.tensor(np.zeros(2)), mg.tensor(np.ones(2))
    y = F.batch_norm(x, mean, var, w, b)
    F.batch_norm(x, mean, var, training=True)
    assert mean.numpy().any()
    y.backward(np.ones((5, 2)))
    assert w.grad is not None
    assert_close(w.grad.numpy(), (x.numpy() / np.sqrt(1 + 1e-5)).sum(axis=0))


def test_batch_norm_without_running_statistics() -> None:
    x = rng.normal(size=(5, 2))
    y = F.batch_norm(x, None, None, training=True, eps=0.0).numpy()
    assert_close(y.mean(axis=0), 0)
    assert_close(y.var(axis=0), 1)


def test_running_statistics_keep_their_own_dtype() -> None:
    mean, var = mg.zeros(2), mg.ones(2)
    F.batch_norm(rng.normal(size=(5, 2)), mean, var, training=True)
    assert mean.dtype == var.dtype == np.float32
    assert F.batch_norm(rng.normal(size=(5, 2)), mean, var).dtype == np.float64


# --------------------------------------------------------------------- bad input

X = np.zeros((4, 3), np.float32)
NAN = np.array([[np.nan, 0.5, 0.5]] * 4, np.float32)
BAD: list[tuple[str, Callable[[], Any], type[Exception], str]] = [
    ("label too large", lambda: F.cross_entropy(X, [0, 1, 2, 3]), IndexError, r"target\[3\] is 3"),
    ("label negative", lambda: F.cross_entropy(X, [0, 1, 2, -1]), IndexError, r"target\[3\] is -1"),
    ("float labels", lambda: F.cross_entropy(X, [0.0, 1.0, 2.0, 0.0]), TypeError, "integer labels"),
    ("NaN label", lambda: F.cross_entropy(X, [0.0, np.nan, 2, 0]), TypeError, "integer labels"),
    ("bool labels", lambda: F.cross_entropy(X, [True] * 4), TypeError, "integer labels"),
    ("too few labels", lambda: F.cross_entropy(X, [0, 1, 2]), ValueError, r"shape \(4,\)"),
    ("wide rows", lambda: F.cross_entropy(X, np.ones((4, 2))), ValueError, r"shape \(4, 3\)"),
    ("integer rows", lambda: F.cross_entropy(X, np.ones((4, 3), int)), ValueError, "int64"),
    ("NaN probability", lambda: F.cross_entropy(X, NAN), ValueError, "NaN in row 0"),
    ("no class axis", lambda: F.cross_entropy(1.0, 0), ValueError, "axis of classes"),
    (
        "images, labels",
        lambda: F.cross_entropy(np.zeros((2, 3, 5)), np.zeros((2, 4), int)),
        ValueError,
        r"shape \(2, 5\)",
    ),
    (
        "integer logits",
        lambda: F.cross_entropy(np.zeros((4, 3), int), [0, 1, 2, 0]),
        TypeError,
        "float",
    ),
    ("class weights", lambda: F.cross_entropy(X, [0] * 4, [1.0, 1.0]), ValueError, r"\(3,\)"),
    ("reduction", lambda: F.cross_entropy(X, [0] * 4, reduction="avg"), ValueError, "'avg'"),
    (
        "smoothing",
        lambda: F.cross_entropy(X, [0] * 4, label_smoothing=1.5),
        ValueError,
        "label_smoothing.*1.5",
    ),
    (
        "smoothing NaN",
        lambda: F.cross_entropy(X, [0] * 4, label_smoothing=np.nan),
        ValueError,
        "label_smoothing",
    ),
    ("ignored row", lambda: F.cross_entropy(X, X, ignore_index=1), ValueError, "ignore_index"),
    ("nll label", lambda: F.nll_loss(X, [0, 1, 2, 3]), IndexError, "target: wanted 0 to 2, got 3"),
    ("nll float labels", lambda: F.nll_loss(X, [0.0] * 4), TypeError, "target.*integers"),
    ("nll labels", lambda: F.nll_loss(X, [0] * 3), ValueError, r"\(4,\)"),
    ("nll weights", lambda: F.nll_loss(X, [0] * 4, [1.0]), ValueError, r"weight.*\(3,\)"),
    ("nll reduction", lambda: F.nll_loss(X, [0] * 4, reduction=None), ValueError, "None"),
    ("nll no class axis", lambda: F.nll_loss(1.0, 0), ValueError, "axis of classes"),
    ("mse shapes", lambda: F.mse_loss(X, X[:, :1]), ValueError, r"\(4, 3\).*\(4, 1\)"),
    ("mse reduction", lambda: F.mse_loss(X, X, reduction="sums"), ValueError, "'sums'"),
    ("l1 shapes", lambda: F.l1_loss(X, X[0]), ValueError, r"\(4, 3\)"),
    ("l1 reduction", lambda: F.l1_loss(X, X, reduction=""), ValueError, "''"),
    ("huber delta", lambda: F.huber_loss(X, X, delta=0.0), ValueError, "delta.*0.0"),
    ("huber reduction", lambda: F.huber_loss(X, X, "x"), ValueError, "'x'"),
    ("smooth beta", lambda: F.smooth_l1_loss(X, X, beta=-1.0), ValueError, "beta.*-1.0"),
    ("smooth reduction", lambda: F.smooth_l1_loss(X, X, reduction="x"), ValueError, "'x'"),
    ("bce range", lambda: F.binary_cross_entropy(X + 1.5, X), ValueError, r"\[0, 1\]"),
    ("bce shapes", lambda: F.binary_cross_entropy(X, X[0]), ValueError, "shape"),
    ("bce reduction", lambda: F.binary_cross_entropy(X, X, reduction="x"), ValueError, "'x'"),
    (
        "bce logits shapes",
        lambda: F.binary_cross_entropy_with_logits(X, X[0]),
        ValueError,
        "shape",
    ),
    (
        "bce logits reduction",
        lambda: F.binary_cross_entropy_with_logits(X, X, reduction="x"),
        ValueError,
        "'x'",
    ),
    ("dropout above", lambda: F.dropout(X, 1.5), ValueError, "p.*1.5"),
    ("dropout below", lambda: F.dropout(X, -0.1, training=False), ValueError, "p.*-0.1"),
    ("dropout NaN", lambda: F.dropout(X, np.nan), ValueError, "p.*nan"),
    ("linear features", lambda: F.linear(X, np.ones((2, 4), np.float32)), ValueError, "features"),
    ("linear weight", lambda: F.linear(X, np.ones(3, np.float32)), ValueError, "weight"),
    (
        "linear bias",
        lambda: F.linear(X, np.ones((2, 3), np.float32), np.ones(3, np.float32)),
        ValueError,
        r"bias.*\(2,\)",
    ),
    ("linear number", lambda: F.linear(1.0, np.ones((2, 3))), ValueError, "axis of features"),
    ("embedding large", lambda: F.embedding([0, 4], X), IndexError, "0 to 3, got 4"),
    ("embedding negative", lambda: F.embedding([0, -1], X), IndexError, "got -1"),
    ("embedding float", lambda: F.embedding([0.0], X), TypeError, "integers"),
    ("embedding weight", lambda: F.embedding([0], X[0]), ValueError, r"\(n, d\)"),
    ("one_hot large", lambda: F.one_hot([0, 3], 3), IndexError, "0 to 2, got 3"),
    ("one_hot negative", lambda: F.one_hot([0, -1]), IndexError, "0 or more, got -1"),
    ("one_hot float", lambda: F.one_hot([0.0]), TypeError, "integers"),
    ("one_hot empty", lambda: F.one_hot(np.zeros(0, int)), ValueError, "num_classes"),
    ("one_hot classes", lambda: F.one_hot([0], 0), ValueError, "num_classes"),
    ("layer_norm shape", lambda: F.layer_norm(X, (4,)), ValueError, "normalized_shape"),
    ("layer_norm long", lambda: F.layer_norm(X, (1, 4, 3)), ValueError, "normalized_shape"),
    ("layer_norm none", lambda: F.layer_norm(X, ()), ValueError, "normalized_shape"),
    ("layer_norm weight", lambda: F.layer_norm(X, (3,), np.ones(1, "f4")), ValueError, "weight"),
    ("batch_norm 1-d", lambda: F.batch_norm(X[0], None, None, training=True), ValueError, "N, C"),
    ("batch_norm missing", lambda: F.batch_norm(X, None, None), ValueError, "running_mean"),
]


@pytest.mark.parametrize(("call", "error", "words"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    before = default_generator().bit_generator.state
    with pytest.raises(error, match=words):
        call()
    assert default_generator().bit_generator.state == before


BAD_BATCH_NORM: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("one value a channel", {"input": np.ones((1, 3))}, ValueError, "more than one value"),
    ("channels", {"input": np.ones((4, 2))}, ValueError, "running_mean.*2 floating values"),
    ("weight", {"weight": np.ones(2)}, ValueError, r"weight.*\(3,\)"),
    ("bias", {"bias": np.ones(4)}, ValueError, r"bias.*\(3,\)"),
    ("array", {"running_var": np.ones(3)}, TypeError, "running_var.*ndarray"),
    ("integers", {"running_var": mg.tensor([1, 1, 1])}, ValueError, "running_var.*int64"),
    ("momentum", {"momentum": None}, TypeError, "NoneType"),
]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [b[1:] for b in BAD_BATCH_NORM],
    ids=[b[0] for b in BAD_BATCH_NORM],
)
def test_a_failing_batch_norm_leaves_the_running_statistics(
    change: dict[str, Any], error: type[Exception], words: str
) -> None:
    mean, var = mg.tensor(np.zeros(3)), mg.tensor(np.ones(3))
    given = {"input": rng.normal(size=(4, 3)), "running_mean": mean, "running_var": var, **change}
    with pytest.raises(error, match=words):
        F.batch_norm(**given, training=True)
    np.testing.assert_array_equal(mean.numpy(), np.zeros(3))
    np.testing.assert_array_equal(var.numpy(), np.ones(3))


def test_a_recorded_result_is_no_running_statistic() -> None:
    mean = mg.tensor([0.0, 0.0, 0.0], requires_grad=True) * 2
    with pytest.raises(TypeError, match=r"running_mean.*a result"):
        F.batch_norm(X, mean, mg.ones(3), training=True)


def test_cross_entropy_gives_its_gradient_to_every_pass() -> None:
    """The first pass takes the one computed ahead, the others compute their own."""
    logits = mg.tensor(np.random.default_rng(3).standard_normal((4, 3)), requires_grad=True)
    loss = F.cross_entropy(2.0 * logits, mg.tensor([0, 2, 1, 1]))
    first, second, half = (
        mg.autograd.grad(loss, logits, g, retain_graph=True)[0].numpy()
        for g in (None, None, mg.tensor(0.5, dtype=np.float64))
    )
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first / 2, half)
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_array_equal(logits.grad.numpy(), 2 * first)
    with mg.no_grad():
        assert not F.cross_entropy(logits, mg.tensor([0, 2, 1, 1])).requires_grad


# --------------------------------------------------------------------- nothing is lost on the way


@pytest.mark.parametrize("factor", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_gradient_ahead_is_scaled_by_whatever_comes_back(factor: float, reduction: str) -> None:
    x = np.random.default_rng(3).standard_normal((4, 3))
    whole, scaled = (mg.tensor(x, requires_grad=True) for _ in range(2))
    labels = mg.tensor([0, 2, 1, 1])
    F.cross_entropy(whole, labels, reduction=reduction).sum().backward()
    (factor * F.cross_entropy(scaled, labels, reduction=reduction)).sum().backward()
    np.testing.assert_array_equal(scaled.grad.numpy(), factor * whole.grad.numpy())


def test_two_passes_of_cross_entropy_share_no_memory() -> None:
    """The gradient ahead is kept for every pass, and handed out to none."""
    logits = mg.tensor(np.random.default_rng(3).standard_normal((4, 3)), requires_grad=True)
    inner = logits * 1.0
    inner.retain_grad()
    loss = F.cross_entropy(inner, mg.tensor([0, 2, 1, 1]))
    direct = F.cross_entropy(logits, mg.tensor([0, 2, 1, 1]))
    found = [mg.autograd.grad(direct, logits, retain_graph=True)[0].numpy() for _ in range(2)]
    expected = found[0].copy()
    found[0][...] = found[1][...] = 7.0
    loss.backward(retain_graph=True)
    inner.grad.numpy()[...] = 7.0
    inner.grad = None
    loss.backward(retain_graph=True)
    np.testing.assert_array_equal(inner.grad.numpy(), expected)
    np.testing.assert_array_equal(logits.grad.numpy(), 2 * expected)
    assert not np.shares_memory(inner.grad.numpy(), logits.grad.numpy())
    np.testing.assert_array_equal(mg.autograd.grad(direct, logits)[0].numpy(), expected)


def weighted_losses() -> dict[str, tuple[Callable[..., Any], tuple[int, ...]]]:
    """Losses, and modules of them, of one argument that is usually a constant."""
    x = mg.tensor(np.random.default_rng(0).uniform(0.1, 0.9, (4, 3)))
    y, labels = mg.tensor(np.eye(4, 3)), mg.tensor([0, 2, 1, 1])
    return {
        "bce": (lambda w: F.binary_cross_entropy(x, y, w), (3,)),
        "logits": (lambda w: F.binary_cross_entropy_with_logits(x, y, weight=w), (3,)),
        "positive": (lambda w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w), (3,)),
        "nll": (lambda w: F.nll_loss(x, labels, w), (3,)),
        "nll ignored": (lambda w: F.nll_loss(x, labels, w, ignore_index=1), (3,)),
        "nll rows": (lambda w: F.nll_loss(x, labels, w, reduction="none"), (3,)),
        "huber": (lambda w: F.huber_loss(x, y, delta=w), ()),
        "smooth": (lambda w: F.smooth_l1_loss(x, y, beta=w), ()),
        "target": (lambda w: F.mse_loss(x, w), (4, 3)),
        "BCELoss": (lambda w: nn.BCELoss(w)(x, y), (3,)),
        "BCEWithLogitsLoss": (lambda w: nn.BCEWithLogitsLoss(w, pos_weight=w)(x, y), (3,)),
        "NLLLoss": (lambda w: nn.NLLLoss(w)(x, labels), (3,)),
    }


@pytest.mark.parametrize("name", weighted_losses())
def test_the_weights_of_a_loss_get_a_gradient(name: str) -> None:
    loss, shape = weighted_losses()[name]
    w = np.random.default_rng(1).uniform(0.3, 0.6, shape)
    assert mg.gradcheck(loss, mg.tensor(w), order=1 if name == "smooth" else 2).passed


CONSTANTS: dict[str, Callable[[mg.Tensor, mg.Tensor], Any]] = {
    "class weights": lambda x, w: F.cross_entropy(x, [0, 1], weight=w),
    "wide class weights": lambda x, w: F.cross_entropy(x, [0, 1], weight=w.astype("float64")),
    "class weights of a module": lambda x, w: nn.CrossEntropyLoss(w)(x, [0, 1]),
    "smoothing": lambda x, w: F.cross_entropy(x, [0, 1], label_smoothing=w[0]),
    "slope": lambda x, w: F.leaky_relu(x, w[0]),
    "alpha": lambda x, w: F.elu(x, w[0]),
    "beta": lambda x, w: F.softplus(x, w[0]),
    "probability": lambda x, w: F.dropout(x, w[0]),
    "eps": lambda x, w: F.batch_norm(x, None, None, training=True, eps=w[0]),
    "layer_norm eps": lambda x, w: F.layer_norm(x, (2,), eps=w[0]),
    "mean": lambda x, w: F.batch_norm(x, w * 1.0, mg.ones(2)),
    "variance": lambda x, w: F.batch_norm(x, mg.ones(2), w),
    "trained mean": lambda x, w: F.batch_norm(x, w, mg.ones(2), training=True),
}


@pytest.mark.parametrize("learns", [False, True])
@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_that_requires_a_gradient_is_refused(name: str, learns: bool) -> None:
    """Whether or not the input requires one too; without recording it is a constant."""
    x = mg.tensor([[0.5, 1.0], [2.0, 0.1]], requires_grad=learns)
    w = mg.tensor([0.5, 0.25], requires_grad=True)
    with pytest.raises(
        (ValueError, TypeError), match=r"requires a gradient|a result.*\.detach\(\)"
    ):
        CONSTANTS[name](x, w)
    if "mean" not in name and name != "variance":
        with mg.no_grad():
            CONSTANTS[name](x, w)


def test_errors_speak_of_the_shape_that_was_given() -> None:
    images = mg.ones((2, 28, 28))
    with pytest.raises(ValueError, match=r"linear\(input=float32\[2, 28, 28\].*\(2, 28, 28\) has"):
        nn.Sequential(nn.Linear(784, 10), nn.ReLU())(images)
    with pytest.raises(ValueError, match=r"input \(2, 5, 3\) has 3 features(?!.*Flatten)"):
        F.linear(mg.ones((2, 5, 3)), mg.ones((4, 7)))
    with pytest.raises(IndexError, match=r"\[2, 3, 2, 2\].*target\[1, 0, 1\] is 3"):
        F.cross_entropy(mg.ones((2, 3, 2, 2)), [[[0, 0], [0, 0]], [[0, 3], [0, 0]]])


def test_a_jacobian_of_no_outputs_has_the_shape_of_its_input() -> None:
    out = mg.autograd.functional.jacobian(lambda x: x[:0], mg.ones(2, 3))
    assert isinstance(out, Tensor) and out.shape == (0, 3, 2, 3)


@pytest.mark.parametrize("name", "vjp jvp jacobian hessian vhp hvp".split())
@pytest.mark.parametrize("create_graph", [False, True])
def test_derivatives_of_cubes_where_the_input_is_recorded(name: str, create_graph: bool) -> None:
    """At the input itself; and with `create_graph` they are differentiated further, back to it."""
    second = name in ("hessian", "vhp", "hvp")
    w = tensor_of(np.array([1.0, -2.0, 0.5]), requires_grad=True)
    x, v = w * 1.0, tensor_of(np.array([2.0, 3.0, -1.0]))
    given = (x,) if name in ("jacobian", "hessian") else (x, v)
    function = getattr(mg.autograd.functional, name)
    found = function(lambda t: (t**3).sum() if second else t**3, *given, create_graph=create_graph)
    a, u = w.detach().numpy(), v.numpy()
    if len(given) == 2:
        value, found = found
        assert_close(value.detach(), (a**3).sum() if second else a**3)
    derivative = 6 * a if second else 3 * a**2
    assert_close(found.detach(), u * derivative if len(given) == 2 else np.diag(derivative))
    assert found.requires_grad is create_graph
    if create_graph:
        scale = u if len(given) == 2 else 1.0
        assert_close(grad(found.sum(), w)[0], scale * (6.0 if second else 6 * a))


def test_second_derivatives_of_many_outputs_take_no_matrix_of_units():
    """36 outputs have 1,296 first derivatives, for which one would have 1.7 million elements."""
    x = mg.arange(36.0)
    tracemalloc.start()
    try:
        found = mg.func.hessian(lambda x: x * x)(x)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.shape == (36, 36, 36)
    assert found.sum() == 2 * 36
    assert peak < 4 * 36**4 / 2


def test_derivatives_by_several_inputs_are_in_their_places() -> None:
    x, y = tensor_of(np.array([1.0, 2.0])), tensor_of(np.array([3.0, 5.0]))

    def function(x: Any, y: Any) -> tuple[Any, Any]:
        return x * y, x + 2 * y

    rows = mg.autograd.functional.jacobian(function, (x, y))
    found = [[np.diag(np.asarray(block)).tolist() for block in row] for row in rows]
    assert found == [[[3, 5], [1, 2]], [[1, 1], [2, 2]]]
    (first, second), pulled = mg.autograd.functional.vjp(function, (x, y), (x, y))
    assert [t.tolist() for t in (first, second, *pulled)] == [[3, 10], [7, 12], [6, 15], [7, 14]]
    _, pushed = mg.autograd.functional.jvp(function, (x, y), (y, x))
    assert [t.tolist() for t in pushed] == [[10, 29], [5, 9]]
    blocks = mg.autograd.functional.hessian(lambda x, y: (x * x * y).sum(), (x, y))
    found = [[np.diag(np.asarray(block)).tolist() for block in row] for row in blocks]
    assert found == [[[6, 10], [2, 4]], [[2, 4], [0, 0]]]


def test_strict_derivatives_are_not_zero_for_lack_of_a_graph() -> None:
    A: Any = mg.autograd.functional
    one, two = mg.ones(1), (mg.ones(1), mg.ones(1))
    for call in (
        lambda: A.jacobian(lambda x: mg.ones(1), one, strict=True),
        lambda: A.jacobian(lambda x, y: x * 2, two, strict=True),
        lambda: A.jacobian(lambda x: x * 2, one, strict=True, create_graph=True),
        lambda: A.hessian(lambda x: x.sum(), one, strict=True),
        lambda: A.vjp(lambda x, y: x * 2, two, one, strict=True),
        lambda: A.jvp(lambda x, y: x * 2, two, two, strict=True),
        lambda: A.vhp(lambda x: x.sum(), one, one, strict=True),
        lambda: A.hvp(lambda x, y: (x**2).sum(), two, two, strict=True),
    ):
        with pytest.raises(RuntimeError, match=r"strict=True: (an output|the derivative)"):
            call()
    assert A.hessian(lambda x: (x**2).sum(), one, strict=True).tolist() == [[2]]
    assert A.jvp(lambda x: x * 2, one, one, strict=True)[1].tolist() == [2]


@pytest.mark.parametrize("name", ["hessian", "vhp", "hvp"])
def test_second_derivatives_are_those_of_a_single_element(name: str) -> None:
    vector = () if name == "hessian" else (mg.ones(2),)
    with pytest.raises(ValueError, match=r"wanted a single element, got shape \(2,\)"):
        getattr(mg.autograd.functional, name)(lambda x: x**3, mg.ones(2), *vector)
