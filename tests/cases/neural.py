"""Cases of the layers, normalisation and losses of minigrad.nn.functional."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill, length
from hypothesis import assume
from hypothesis import strategies as st
from layouts import lay_out, layouts, seeds

from minigrad.engine.tensor import tensor_of
from minigrad.kernels import reference
from minigrad.nn import functional as F
from minigrad.nn.functional.layers import _dropout

sides = st.integers(1, 4)
reductions = st.sampled_from(["mean", "sum", "none"])


def lay(draw: Any, array: np.ndarray) -> np.ndarray:
    return lay_out(array, draw(layouts)).reshape(array.shape)


def in_its_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the floating arrays among its keywords in its first input's dtype."""

    def call(x: Any, *args: Any, **kwargs: Any) -> Any:
        for name, value in kwargs.items():
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                kwargs[name] = value.astype(x.dtype)
        return function(x, *args, **kwargs)

    return call


def reduced(values: np.ndarray, reduction: str) -> Any:
    return {"mean": np.mean, "sum": np.sum, "none": np.asarray}[reduction](values)


# --------------------------------------------------------------------- layers


@st.composite
def linear_draws(draw: Any) -> Drawn:
    batch = draw(st.lists(length(3), max_size=2).map(tuple))
    into, out = draw(length(4)), draw(sides)
    shapes = [(*batch, into), (out, into), (out,)][: draw(st.integers(2, 3))]
    arrays = [lay(draw, fill(s, Domain(), draw(seeds))) for s in shapes]
    relu = draw(st.booleans())
    # Central differences may not cross the ReLU's kink.
    assume(not relu or (np.abs(linear_reference(*arrays)) > 1e-3).all())
    return arrays, {"relu": relu}


def linear_reference(x: Any, weight: Any, bias: Any = 0.0, relu: bool = False) -> Any:
    out = np.einsum("...i,oi->...o", x, weight) + bias
    return np.maximum(out, 0) if relu else out


@st.composite
def dropout_draws(draw: Any) -> Drawn:
    shape = draw(st.lists(length(4), max_size=3))
    x = lay(draw, fill(shape, Domain(), draw(seeds)))
    p = draw(st.sampled_from([0.0, 0.3, 0.5, 1.0]))
    return [x], {"p": p, "seed": draw(st.integers(0, 2**64 - 1))}


@st.composite
def embedding_draws(draw: Any) -> Drawn:
    n = draw(sides)
    shape = draw(st.lists(length(3), max_size=2))
    indices = np.random.default_rng(draw(seeds)).integers(0, n, shape)
    weight = lay(draw, fill((n, draw(sides)), Domain(), draw(seeds)))
    return [weight], {"indices": indices}


@st.composite
def one_hot_draws(draw: Any) -> Drawn:
    shape = draw(st.lists(length(3), max_size=2))
    classes = draw(sides)
    labels = np.random.default_rng(draw(seeds)).integers(0, classes, shape)
    return [labels], {"num_classes": draw(st.sampled_from([classes, -1])) if labels.size else 2}


def one_hot_reference(labels: np.ndarray, num_classes: int) -> np.ndarray:
    return np.eye(num_classes if num_classes > 0 else labels.max() + 1, dtype=int)[labels]


# --------------------------------------------------------------------- normalisation


@st.composite
def batch_norm_draws(draw: Any, inference: bool = False) -> Drawn:
    shape = draw(st.lists(sides, min_size=2, max_size=4))
    channels = shape[1]
    assume(inference or np.prod(shape) > channels)
    distinct = lay(draw, fill(shape, Domain(), draw(seeds), distinct=True))
    parameters = [fill((channels,), Domain(), draw(seeds)) for _ in range(draw(st.integers(0, 2)))]
    kwargs: dict[str, Any] = {"eps": draw(st.sampled_from([1e-5, 0.1]))}
    if inference:
        kwargs["mean"] = fill((channels,), Domain(), draw(seeds))
        kwargs["var"] = fill((channels,), Domain(0.3, 3), draw(seeds))
    return [distinct, *parameters], kwargs


def batch_norm_reference(
    x: Any,
    weight: Any = 1.0,
    bias: Any = 0.0,
    *,
    eps: float,
    mean: Any = None,
    var: Any = None,
) -> Any:
    last = np.moveaxis(x, 1, -1)
    rows = last.reshape(-1, last.shape[-1])
    mean, var = (rows.mean(0), rows.var(0)) if mean is None else (mean, var)
    return np.moveaxis((last - mean) / np.sqrt(var + eps) * weight + bias, -1, 1)


def batch_norm(x: Any, *parameters: Any, eps: float) -> Any:
    parameters = (*parameters, None, None)[:2]
    return F.batch_norm(x, None, None, *parameters, training=True, eps=eps)


def batch_norm_inference(x: Any, *parameters: Any, mean: Any, var: Any, eps: float) -> Any:
    return F.batch_norm(x, tensor_of(mean), tensor_of(var), *parameters, eps=eps)


@st.composite
def layer_norm_draws(draw: Any) -> Drawn:
    batch = draw(st.lists(length(3), max_size=2))
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2))
    x = lay(draw, fill((*batch, *shape), Domain(), draw(seeds), distinct=True))
    parameters = [fill(shape, Domain(), draw(seeds)) for _ in range(draw(st.integers(0, 2)))]
    eps = draw(st.sampled_from([1e-5, 0.1]))
    return [x, *parameters], {"normalized_shape": tuple(shape), "eps": eps}


def layer_norm(x: Any, *parameters: Any, normalized_shape: Any, eps: float) -> Any:
    return F.layer_norm(x, normalized_shape, *parameters, eps=eps)


def layer_norm_reference(
    x: Any, weight: Any = 1.0, bias: Any = 0.0, *, normalized_shape: Any, eps: float
) -> Any:
    axes = tuple(range(x.ndim - len(normalized_shape), x.ndim))
    mean, var = (f(x, axis=axes, keepdims=True) for f in (np.mean, np.var))
    return (x - mean) / np.sqrt(var + eps) * weight + bias


# --------------------------------------------------------------------- losses of classes


@st.composite
def classes_draws(draw: Any, labels_only: bool = False) -> Drawn:
    classes = draw(sides)
    batch = draw(st.lists(sides, min_size=1, max_size=3))
    batch = [] if draw(st.integers(0, 4)) == 0 else batch
    shape = [*batch[:1], classes, *batch[1:]]
    rng = np.random.default_rng(draw(seeds))
    logits = lay(draw, fill(shape, Domain(), draw(seeds)))
    weight = draw(st.sampled_from([None, rng.uniform(0.2, 2, classes)]))
    kwargs = {"weight": weight, "reduction": draw(reductions)}
    if labels_only or draw(st.booleans()):
        target = rng.integers(0, classes, batch)
        kwargs["ignore_index"] = ignored = draw(st.sampled_from([-100, 0, classes - 1]))
        # The mean over nothing is NaN: one label counts, if there is another class at all.
        target.flat[0] = (ignored + 1) % classes if ignored >= 0 else target.flat[0]
        if ignored >= 0 and target.size > 1:
            target.flat[-1] = ignored
        assume(ignored < 0 or classes > 1)
    else:
        target = np.moveaxis(rng.dirichlet(np.ones(classes), batch), -1, len(batch[:1]))
    if not labels_only:
        kwargs["label_smoothing"] = draw(st.sampled_from([0.0, 0.1, 1.0]))
    return [logits], {"target": target, **kwargs}


@st.composite
def probabilities_draws(draw: Any) -> Drawn:
    """Logits, and targets that get a gradient too."""
    shape = draw(st.lists(sides, min_size=1, max_size=3))
    classes = shape[min(len(shape) - 1, 1)]
    weight = fill((classes,), Domain(0.2, 2), draw(seeds))
    kwargs = {
        "weight": draw(st.sampled_from([None, weight])),
        "reduction": draw(reductions),
        "label_smoothing": draw(st.sampled_from([0.0, 0.1])),
    }
    x, y = (lay(draw, fill(shape, d, draw(seeds))) for d in (Domain(), Domain(0.05, 0.95)))
    return [x, y], kwargs


def cross_entropy_reference(
    input: np.ndarray,
    target: np.ndarray,
    weight: Any,
    reduction: str,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    logarithm: bool = True,
) -> Any:
    """The definition, sample by sample."""
    axis = min(input.ndim - 1, 1)
    classes = input.shape[axis]
    weight = np.ones(classes) if weight is None else weight
    last = np.moveaxis(input, axis, -1)
    soft = target.ndim == input.ndim
    targets = np.moveaxis(target, axis, -1) if soft else target
    out, divisor = np.zeros(last.shape[:-1]), 0.0
    for i in np.ndindex(*out.shape):
        if not soft and targets[i] == ignore_index:
            continue
        t = targets[i] if soft else np.eye(classes)[targets[i]]
        t = (1 - label_smoothing) * t + label_smoothing / classes
        x = last[i]
        log_p = x - np.log(np.exp(x).sum()) if logarithm else x
        out[i] = -(weight * t * log_p).sum()
        divisor += 1.0 if soft else weight[targets[i]]
    return out.sum() / divisor if reduction == "mean" else reduced(out, reduction)


def nll_reference(input: np.ndarray, **kwargs: Any) -> Any:
    return cross_entropy_reference(input, logarithm=False, **kwargs)


# --------------------------------------------------------------------- losses of numbers


@st.composite
def pair_draws(draw: Any, options: Any = st.just({})) -> Drawn:  # noqa: B008
    """x and y with differences away from the kinks of all the losses."""
    shape = draw(st.lists(sides, max_size=3))
    x = lay(draw, fill(shape, Domain(), draw(seeds)))
    kinks = Domain(avoid=(0.0, 0.5, -0.5, 2.0, -2.0), margin=0.01)
    kwargs = {"reduction": draw(reductions), **draw(options)}
    return [x, x + fill(shape, kinks, draw(seeds))], kwargs


@st.composite
def binary_draws(draw: Any, low: float, high: float, pos_weight: bool) -> Drawn:
    shape = draw(st.lists(sides, max_size=3))
    domains = Domain(low, high), Domain(0.05, 0.95)
    arrays = [lay(draw, fill(shape, d, draw(seeds))) for d in domains]
    kwargs: dict[str, Any] = {"reduction": draw(reductions)}
    for name in ("weight", "pos_weight")[: 1 + pos_weight]:
        if draw(st.booleans()):
            kwargs[name] = fill(shape[-1:], Domain(0.2, 3), draw(seeds))
    return arrays, kwargs


def binary_reference(
    p: Any, y: Any, reduction: str, weight: Any = 1.0, pos_weight: Any = 1.0
) -> Any:
    return reduced(-weight * (pos_weight * y * np.log(p) + (1 - y) * np.log(1 - p)), reduction)


def binary_logits_reference(x: Any, y: Any, **kwargs: Any) -> Any:
    return binary_reference(1 / (1 + np.exp(-x)), y, **kwargs)


def huber_reference(x: Any, y: Any, reduction: str, delta: float) -> Any:
    d = np.abs(x - y)
    return reduced(np.where(d < delta, d * d / 2, delta * (d - delta / 2)), reduction)


def smooth_l1_reference(x: Any, y: Any, reduction: str, beta: float) -> Any:
    if beta == 0:
        return reduced(np.abs(x - y), reduction)
    return huber_reference(x, y, reduction, beta) / beta


CASES = [
    Case("linear", F.linear, linear_reference, linear_draws()),
    Case("dropout", _dropout, reference.dropout, dropout_draws()),
    Case(
        "embedding",
        lambda weight, indices: F.embedding(indices, weight),
        lambda weight, indices: weight[indices],
        embedding_draws(),
    ),
    Case("one_hot", F.one_hot, one_hot_reference, one_hot_draws(), order=0),
    Case("batch_norm", batch_norm, batch_norm_reference, batch_norm_draws()),
    Case(
        "batch_norm_inference",
        batch_norm_inference,
        batch_norm_reference,
        batch_norm_draws(inference=True),
    ),
    Case("layer_norm", layer_norm, layer_norm_reference, layer_norm_draws()),
    Case("cross_entropy", F.cross_entropy, cross_entropy_reference, classes_draws()),
    Case(
        "cross_entropy_of_probabilities",
        lambda x, y, **kwargs: F.cross_entropy(x, y, **kwargs),
        cross_entropy_reference,
        probabilities_draws(),
    ),
    Case("nll_loss", F.nll_loss, nll_reference, classes_draws(labels_only=True)),
    Case(
        "binary_cross_entropy",
        in_its_dtype(F.binary_cross_entropy),
        binary_reference,
        binary_draws(0.05, 0.95, pos_weight=False),
    ),
    Case(
        "binary_cross_entropy_with_logits",
        in_its_dtype(F.binary_cross_entropy_with_logits),
        binary_logits_reference,
        binary_draws(-3, 3, pos_weight=True),
    ),
    Case(
        "mse_loss",
        F.mse_loss,
        lambda x, y, reduction: reduced((x - y) ** 2, reduction),
        pair_draws(),
    ),
    Case(
        "l1_loss",
        F.l1_loss,
        lambda x, y, reduction: reduced(np.abs(x - y), reduction),
        pair_draws(),
    ),
    Case(
        "huber_loss",
        F.huber_loss,
        huber_reference,
        pair_draws(st.fixed_dictionaries({"delta": st.sampled_from([0.5, 2.0])})),
    ),
    Case(
        "smooth_l1_loss",
        F.smooth_l1_loss,
        smooth_l1_reference,
        pair_draws(st.fixed_dictionaries({"beta": st.sampled_from([0.0, 0.5, 2.0])})),
    ),
]
