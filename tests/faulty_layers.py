"""Wrong formulas of neural operations and their kernels, and of second derivatives only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from planting import constant, right_rule, wrong, wrong_rule

import minigrad as mg
from minigrad import kernels
from minigrad.engine import call
from minigrad.ops import neural, normalization

# --------------------------------------------------------------------- neural operations


def normalised(without: str, g: Any, x: Any, weight: Any, eps: float, over: Any, n: float) -> Any:
    """The gradient of normalisation by its input, of which one term can be left out."""
    kept = {"axis": over, "keepdims": True}
    centred = x - np.mean(x, **kept)
    invstd = (np.sum(centred * centred, **kept) / n + eps) ** -0.5
    h, d = centred * invstd, g if weight is None else g * weight
    first = 0.0 if without == "mean" else np.mean(d, **kept)
    second = 0.0 if without == "h" else h * np.mean(d * h, **kept)
    return (invstd * (d - first - second)).astype(x.dtype)


def wrong_batch_norm(without: str, lost: int = 0) -> Callable:
    right = kernels.batch_norm_backward

    def backward(g, x, mean, invstd, weight, axis, needs):
        over = tuple(i for i in range(x.ndim) if i != axis % x.ndim)
        along = None if weight is None else np.expand_dims(weight, over)
        n = x.size / mean.size - lost
        dx = normalised(without, g, x, along, 0.0 if lost else 1e-5, over, n)
        return dx, *right(g, x, mean, invstd, weight, axis, needs)[1:]

    return backward


for words, arguments in {
    "the mean of g is missing": ("mean",),
    "the term of the variance is missing": ("h",),
    "the variance by n - 1": ("", 1),
}.items():
    wrong(f"batch_norm kernel: {words}", kernels, "batch_norm_backward", "batch_norm")(
        wrong_batch_norm(*arguments)
    )


@wrong("layer_norm: the term of the variance is missing", normalization, "_gradients",
       "layer_norm")  # fmt: skip
def _(g, needs, x, weight, eps, normalized, shared):
    n = np.prod([x.shape[i] for i in normalized])
    dx = normalised("h", g, x, weight, eps, normalized, n)
    return dx, *right_gradients(g, needs, x, weight, eps, normalized, shared)[1:]


right_gradients = normalization._gradients
right_cross_entropy = kernels.softmax_cross_entropy
right_linear = kernels.linear_backward


def wrong_cross_entropy(place, value):
    """The right loss, with the gradient of one where an argument has another value."""

    def kernel(*arguments):
        others = list(arguments)
        others[place] = value
        return right_cross_entropy(*arguments)[0], right_cross_entropy(*others)[1]

    return kernel


for words, place, value, which in (
    ("without the class weights", 2, None, ()),
    ("ignored labels count", 3, -100, ("cross_entropy",)),
    ("without the smoothing", 4, 0.0, ()),
):
    wrong(
        f"cross_entropy kernel: {words}",
        kernels,
        "softmax_cross_entropy",
        "softmax_cross_entropy",
        *which,
    )(wrong_cross_entropy(place, value))


@wrong("linear kernel: the ReLU is forgotten", kernels, "linear_backward", "linear")
def _(g, x, weight, active, needs):
    return right_linear(g, x, weight, None, needs)


@wrong("linear kernel: the bias gets the mean", kernels, "linear_backward", "linear")
def _(g, x, weight, active, needs):
    dx, dweight, dbias = right_linear(g, x, weight, active, needs)
    return dx, dweight, None if dbias is None else dbias / max(len(g), 1)


@wrong_rule("without the scale", "dropout", "x")
def _(g, p, seed):
    return mg.where(neural.dropout.forward(np.ones(g.shape), p, seed) != 0, g, 0.0)


@wrong_rule("another mask", "dropout", "x")
def _(g, p, seed):
    return neural.dropout(g, p, seed ^ 1)


# --------------------------------------------------------------------- wrong in second order only


@wrong_rule("detached output (second order)", "sigmoid", "input")
def _(g, out):
    return g * constant(out) * (1 - constant(out))


@wrong_rule("detached weight (second order)", "linear", "x", "weight", "bias")
def _(g, needs, x, weight, active):
    return right_linear_rule(g, needs, x, constant(weight), active)


right_linear_rule = right_rule("linear", "x", "weight", "bias")


@wrong("batch_norm: detached input (second order)", normalization, "_gradients", "batch_norm")
def _(g, needs, x, *others):
    return right_gradients(g, needs, constant(x), *others)


@wrong_rule("detached logits (second order)", "softmax_cross_entropy", "logits")
def _(g, ahead, logits, target, weight, ignore_index, reduction, label_smoothing):
    others = target, weight, ignore_index, reduction, label_smoothing
    return right_loss_rule(g, ahead, constant(logits), *others)


right_loss_rule = right_rule("softmax_cross_entropy", "logits")


@wrong("operation: rules get constants under create_graph", call, "_attached", "multiply")
def _(array, parent):
    return array
