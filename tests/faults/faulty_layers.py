"""Wrong formulas of neural operations and their kernels, and of second derivatives only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from planting import constant, right_rule, wrong, wrong_rule

import minigrad as mg
from minigrad import kernels
from minigrad.engine import record
from minigrad.kernels import reference
from minigrad.nn.functional import layers

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


@wrong("layer_norm: the term of the variance is missing", reference, "normalization_backward",
       "layer_norm")  # fmt: skip
def _(g, h, invstd, weight, axes, shared, needs):
    d = g * weight
    dx = invstd * (d - d.mean(axis=axes, keepdims=True))
    return dx, *right_gradients(g, h, invstd, weight, axes, shared, needs)[1:]


right_gradients = reference.normalization_backward
right_cross_entropy = kernels.softmax_cross_entropy
right_linear = kernels.linear_backward


def wrong_cross_entropy(place, value):
    """The right loss, with the gradient of one where an argument has another value."""

    def kernel(*arguments):
        others = list(arguments)
        others[place] = value
        loss, _, share = right_cross_entropy(*arguments)
        return loss, right_cross_entropy(*others)[1], share

    return kernel


for words, place, value in (
    ("without the class weights", 2, None),
    ("ignored labels count", 3, -100),
    ("without the smoothing", 4, 0.0),
):
    wrong(
        f"cross_entropy kernel: {words}",
        kernels,
        "softmax_cross_entropy",
        "cross_entropy",
    )(wrong_cross_entropy(place, value))


@wrong("linear kernel: the ReLU is forgotten", kernels, "linear_backward", "linear")
def _(g, x, weight, active, needs):
    return right_linear(g, x, weight, None, needs)


@wrong("linear kernel: the bias gets the mean", kernels, "linear_backward", "linear")
def _(g, x, weight, active, needs):
    dx, dweight, dbias = right_linear(g, x, weight, active, needs)
    return dx, dweight, None if dbias is None else dbias / max(len(g), 1)


@wrong_rule("without the scale", "dropout", "input")
def _(g, p, seed):
    return mg.where(layers._dropout.forward(np.ones(g.shape), p, seed) != 0, g, 0.0)


@wrong_rule("another mask", "dropout", "input")
def _(g, p, seed):
    return layers._dropout(g, p, seed ^ 1)


# --------------------------------------------------------------------- wrong in second order only


@wrong_rule("detached output (second order)", "sigmoid", "input")
def _(g, out):
    return g * constant(out) * (1 - constant(out))


@wrong_rule("detached weight (second order)", "linear", "input", "weight", "bias")
def _(g, needs, input, weight, active):
    return right_linear_rule(g, needs, input, constant(weight), active)


right_linear_rule = right_rule("linear", "input", "weight", "bias")


@wrong_rule("the statistics that were saved (second order)", "batch_norm", "x", "weight", "bias")
def _(g, needs, x, weight, mean, invstd):
    return kernels.batch_norm_backward(g, x, mean, invstd, weight, 1, needs)


@wrong_rule("detached logits (second order)", "cross_entropy", "input")
def _(g, ahead, share, input, target, weight, ignore_index, label_smoothing):
    others = target, weight, ignore_index, label_smoothing
    return right_loss_rule(g, ahead, share, constant(input), *others)


right_loss_rule = right_rule("cross_entropy", "input")


@wrong_rule("a mean of samples for one of weights (second order)", "cross_entropy", "input")
def _(g, ahead, share, input, target, weight, ignore_index, label_smoothing):
    share = share and 1 / np.size(target)
    others = target, weight, ignore_index, label_smoothing
    return right_loss_rule(g, ahead, share, input, *others)


@wrong("operation: rules get constants under create_graph", record, "tensor_at", "multiply")
def _(array, parent, version):
    return array
