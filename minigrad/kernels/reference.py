"""Every kernel in plain NumPy: the specification that the compiled kernels are tested against.

Each function has the name, the arguments and the results of its compiled twin in
`minigrad.kernels`, and is as short as its formula. Nothing here is fast, and nothing here checks
its arguments: `checks.py` does, in front of both.

The gradients are written with operators, methods and ufuncs, which tensors take as arrays do, and
so one text serves arrays, as the kernels' twin, and tensors, as the rule of a backward pass that is
itself recorded.
`MINIGRAD_KERNELS=reference` runs everything on this file.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = Any  # of float32 or float64, or of labels; in a gradient, a tensor too
Needs = tuple[bool, bool, bool]
ALL: Needs = (True, True, True)


def is_array(x: Any) -> bool:
    """Is it NumPy's own, rather than a tensor?"""
    return isinstance(x, (np.ndarray, np.generic))


def zero_where(condition: Array, g: Array) -> Array:
    """0 where the condition holds, elsewhere g: a choice, for 0 times infinity would be NaN."""
    if is_array(g):
        return np.where(condition, g.dtype.type(0), g)
    return g.where(~condition, 0.0)


def constant(x: Array) -> np.ndarray:
    """The values of an array, or of a tensor, whose graph does not go on here."""
    return x if is_array(x) else x.detach().numpy()  # type: ignore[no-any-return]


def empty(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array whose elements may be anything."""
    return np.empty(shape, dtype)


def matmul(a: Array, b: Array) -> Array:
    """The matrix product of `a` (..., m, k) and `b` (..., k, n), batch axes broadcast."""
    return np.matmul(a, b)


def linear(x: Array, weight: Array, bias: Array | None = None, relu: bool = False) -> Array:
    """`x @ weight.T + bias`, then optionally `max(., 0)`: x (n, in), weight (out, in)."""
    out = x @ weight.T
    if bias is not None:
        out = out + bias
    return np.where(out <= 0, out.dtype.type(0), out) if relu else out


def linear_backward(
    g: Array,
    x: Array,
    weight: Array,
    out: Array | None = None,
    needs: Needs = ALL,
) -> tuple[Array | None, Array | None, Array | None]:
    """The gradients of `linear`; `out` is its result if it ended in a ReLU, else None."""
    if out is not None:
        g = relu_backward(g, out)
    return (
        g @ weight if needs[0] else None,
        g.T @ x if needs[1] else None,
        g.sum(axis=0) if needs[2] else None,
    )


def softmax(x: Array) -> Array:
    """The exponentials of each row of x (n, c), divided by their sum; the largest cancels."""
    e = np.exp(x - constant(x).max(axis=1, keepdims=True, initial=-np.inf))
    return e / e.sum(axis=1, keepdims=True)


def target_rows(
    shape: tuple[int, int],
    dtype: np.dtype,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    label_smoothing: float,
) -> Array:
    """The rows t of `loss = sum_c t_c (logsumexp(x) - x_c)`: one-hot or given, smoothed, weighted;
    0 for a label that is ignored."""
    classes = shape[1]
    if target.ndim == 1:
        kept = target != ignore_index
        t = np.zeros(shape, dtype)
        t[np.flatnonzero(kept), target[kept].astype(np.intp)] = 1 - label_smoothing
        if weight is not None:
            t *= np.where(kept, weight[np.where(kept, target, 0).astype(np.intp)], 0)[:, None]
        t += np.where(kept, label_smoothing / classes, 0)[:, None] * (
            1 if weight is None else weight
        )
        return t.astype(dtype)
    t = target * (1 - label_smoothing) + label_smoothing / max(classes, 1)
    return (t if weight is None else t * weight).astype(dtype)


def ignored_rows(target: Array, ignore_index: int) -> Array:
    """Which rows count for nothing, whatever their logits: (n, 1), or (1, 1) for none."""
    return (target == ignore_index)[:, None] if target.ndim == 1 else np.zeros((1, 1), bool)


def softmax_cross_entropy(
    logits: Array,
    target: Array,
    weight: Array | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    gradient: bool = True,
) -> tuple[Array, Array | None, float]:
    """Cross-entropy of the rows of `logits` (n, c), its gradient for them, and a row's share of it.

    With t the row's target (one-hot or probabilities, smoothed, times the class weights), a row's
    loss is sum_c t_c (logsumexp(x) - x_c), its gradient softmax(x) sum(t) - t. Writing the loss
    with logsumexp instead of -log(softmax) keeps it finite where the probability underflows. A
    mean divides by the weights of the labels that count, so that the share is 1 over them (0 for
    the mean of nothing, which is NaN whatever the logits; NaN for labels that weigh nothing); with
    "none" the gradient is the sum's.
    """
    labels = target.ndim == 1
    t = target_rows(logits.shape, logits.dtype, target, weight, ignore_index, label_smoothing)
    ignored = ignored_rows(target, ignore_index)
    divisor, kept = float(len(t)) if reduction == "mean" else 1.0, t
    if reduction == "mean" and labels:
        kept = target[target != ignore_index].astype(np.intp)
        divisor = float(len(kept) if weight is None else weight[kept].sum())
    share = 1 / divisor if divisor else np.nan if len(kept) else 0.0
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        shifted = logits - logits.max(axis=1, keepdims=True, initial=-np.inf)
        surprise = np.log(np.exp(shifted).sum(axis=1, keepdims=True)) - shifted
        if labels and label_smoothing == 0:  # another class may have the logit -inf
            surprise = np.where(np.arange(logits.shape[1]) == target[:, None], surprise, 0)
        losses = (t * np.where(ignored, 0, surprise)).sum(axis=1)
        d = None
        if gradient:
            d = _surplus(softmax(logits), t) * logits.dtype.type(share)
            d = zero_where(ignored, d)
        if reduction == "none":
            return losses, d, share
        total = losses.sum() if divisor else losses.dtype.type(0)
        return total / logits.dtype.type(divisor), d, share


def softmax_cross_entropy_backward(
    g: Array,
    ahead: Array | None,
    logits: Array,
    target: Array,
    weight: Array | None,
    ignore_index: int,
    label_smoothing: float,
    share: float,
) -> Array:
    """The logits' gradient for g, a number or one a row, from what `softmax_cross_entropy` gave.

    `ahead` is that gradient for g = 1, and is handed on as it is there: whoever gets it must not
    write to it. Where g is a tensor, it is made anew, for it depends on the logits.
    """
    if is_array(g) and g.ndim == 0 and g == 1:
        return ahead
    ignored = ignored_rows(target, ignore_index)
    if is_array(g):
        d = ahead * g.reshape((-1, 1))
        return d if np.isfinite(g).all() else zero_where(ignored, d)
    t = target_rows(logits.shape, logits.dtype, target, weight, ignore_index, label_smoothing)
    d = (g * share).reshape((-1, 1)) * zero_where(ignored, _surplus(softmax(logits), t))
    return zero_where(ignored, d)


def _surplus(probabilities: Array, t: Array) -> Array:
    return probabilities * t.sum(axis=1, keepdims=True) - t


# A normalisation brings x to mean 0 and variance 1 over some axes: h = (x - mean) invstd, with
# invstd = 1 / sqrt(var + eps) and the biased variance. Then out = weight h + bias.


def along(values: Array, x: Array, axis: int) -> Array:
    """`values` (C,), shaped to broadcast against x along `axis`; 1 if there are none."""
    if values is None:
        return 1
    return values.reshape((-1,) + (1,) * (x.ndim - 1 - axis % x.ndim))


def other_axes(x: Array, axis: int) -> tuple[int, ...]:
    """All axes of x but one."""
    return tuple(i for i in range(x.ndim) if i != axis % x.ndim)


def statistics(x: Array, axes: tuple[int, ...], eps: float) -> tuple[Array, ...]:
    """(x - mean, mean, var, invstd), the last three over the axes, which stay with size 1."""
    mean = x.mean(axis=axes, keepdims=True)
    centred = x - mean
    var = (centred * centred).mean(axis=axes, keepdims=True)
    return centred, mean, var, (var + float(eps)) ** -0.5


def normalization_backward(
    g: Array,
    h: Array,
    invstd: Array,
    weight: Array,
    axes: tuple[int, ...],
    shared: tuple[int, ...],
    needs: Needs,
) -> tuple[Array | None, Array | None, Array | None]:
    """The gradients of x, weight and bias, where mean and variance depend on every x.

    With d = weight g and means over the normalised `axes`, dx = invstd (d - mean(d) - h mean(d h))
    (Ioffe and Szegedy 2015, sec. 3, collected). `shared` are the axes along which one weight and
    bias serve all: dweight = sum(g h), dbias = sum(g).
    """
    dx = None
    if needs[0]:
        d = g * weight
        along_h = (d * h).mean(axis=axes, keepdims=True)
        dx = invstd * (d - d.mean(axis=axes, keepdims=True) - h * along_h)
    return (
        dx,
        sum_over(g * h, shared) if needs[1] else None,
        sum_over(g, shared) if needs[2] else None,
    )


def sum_over(g: Array, axes: tuple[int, ...]) -> Array:
    """The sum over the axes, of which there may be none: that means all to a tensor."""
    return g.sum(axis=axes) if axes else g


def batch_norm(
    x: Array, weight: Array | None, bias: Array | None, eps: float, axis: int = 1
) -> tuple[Array, Array, Array, Array]:
    """Normalise every channel by its own mean and (biased) variance (Ioffe and Szegedy 2015).

    Returns (out, mean, var, invstd), the last three of shape (C,).
    """
    centred, mean, var, invstd = statistics(x, other_axes(x, axis), eps)
    out = centred * invstd * along(weight, x, axis)
    out = out if bias is None else out + along(bias, x, axis)
    return out, mean.reshape(-1), var.reshape(-1), invstd.reshape(-1)


def batch_norm_backward(
    g: Array,
    x: Array,
    mean: Array,
    invstd: Array,
    weight: Array | None,
    axis: int = 1,
    needs: Needs = ALL,
) -> tuple[Array | None, Array | None, Array | None]:
    """The gradients of `batch_norm`, from its statistics."""
    over = other_axes(x, axis)
    invstd = along(invstd, x, axis)
    h = (x - along(mean, x, axis)) * invstd
    scale = invstd * along(weight, x, axis)  # one along the axes, so that the means are without it
    return normalization_backward(g, h, scale, 1, over, over, needs)


def batch_norm_inference(
    x: Array,
    mean: Array,
    var: Array,
    weight: Array | None,
    bias: Array | None,
    eps: float,
    axis: int = 1,
) -> Array:
    """(x - mean) / sqrt(var + eps) * weight + bias with given statistics (C,)."""
    invstd = along((var + float(eps)) ** -0.5, x, axis)
    out = (x - along(mean, x, axis)) * (invstd * along(weight, x, axis))
    return out if bias is None else out + along(bias, x, axis)


def batch_norm_inference_backward(
    g: Array,
    x: Array,
    mean: Array,
    var: Array,
    weight: Array | None,
    eps: float,
    axis: int = 1,
    needs: Needs = ALL,
) -> tuple[Array | None, Array | None, Array | None]:
    """The gradients of `batch_norm_inference`; the statistics are constants."""
    over = other_axes(x, axis)
    invstd = along((var + float(eps)) ** -0.5, x, axis)
    h = (x - along(mean, x, axis)) * invstd
    return (
        g * (along(weight, x, axis) * invstd) if needs[0] else None,
        (g * h).sum(axis=over) if needs[1] else None,
        g.sum(axis=over) if needs[2] else None,
    )


def relu(x: Array) -> Array:
    """x where it is positive (or NaN), else 0."""
    return np.where(x <= 0, x.dtype.type(0), x)


def relu_backward(g: Array, out: Array) -> Array:
    """0 where the ReLU's result is 0, else g: at a NaN too, which would vanish otherwise."""
    return zero_where(out <= 0, g)


def dropout(x: Array, p: float, seed: int) -> Array:
    """Zero each element with probability p and scale the others by 1 / (1 - p).

    Element i (in C order) is kept if the first 53 bits of the i-th output of the SplitMix64
    generator, read as a fraction, are at least p. SplitMix64 (Steele, Lea and Flood, "Fast
    splittable pseudorandom number generators", OOPSLA 2014) is a hash of a counter, so that
    any part of the sequence can be computed alone and the gradient needs no stored mask.
    """
    z = np.arange(1, x.size + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(seed)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    kept = ((z >> np.uint64(11)) * 2.0**-53 >= p).reshape(x.shape)
    scale = x.dtype.type(1 / (1 - p) if p < 1 else 0)
    return np.where(kept, x * scale, x.dtype.type(0))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), written without an exponential that overflows."""
    return np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x)))


def erf(x: Array) -> Array:
    """The error function, by the C library in double precision."""
    return np.vectorize(math.erf, otypes=[x.dtype])(x)


def erfc(x: Array) -> Array:
    """1 - erf(x), by the C library in double precision."""
    return np.vectorize(math.erfc, otypes=[x.dtype])(x) if is_array(x) else x.erfc()


def gelu(x: Array) -> Array:
    """x times the normal distribution's probability of a smaller number, erfc(-x / sqrt(2)) / 2."""
    return x * erfc(-x / math.sqrt(2)) / 2


def gelu_backward(g: Array, x: Array) -> Array:
    """g times the probability plus x times the density."""
    return g * (erfc(-x / math.sqrt(2)) / 2 + x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def blend(y: Array, x: Array, keep: float, take: float) -> None:
    """A step of a running average, keep y + take x, in place of y."""
    y[...] = y.dtype.type(keep) * y + y.dtype.type(take) * x


# A step of an optimiser: lists with an array for each parameter, all but the gradients in place.


def can_step(params: list[Array], grads: list[Array], *buffers: list[Array]) -> bool:
    """Is there in each list an array like each parameter, and may the buffers be written to?"""
    return all(len(arrays) == len(params) for arrays in (grads, *buffers)) and all(
        isinstance(a, np.ndarray)
        and (a.shape, a.dtype) == (p.shape, p.dtype)
        and (arrays is grads or a.flags.writeable)
        for arrays in (grads, *buffers)
        for a, p in zip(arrays, params, strict=True)
    )


def sgd(
    params: list[Array],
    grads: list[Array],
    momentum_buffers: list[Array] | None,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    firsts: list[bool],
) -> None:
    """One step of `torch.optim.SGD` (Sutskever et al. 2013 for the momentum).

    `firsts`: for which parameters it is the first, where the buffer becomes the gradient.
    """
    for i, (param, grad) in enumerate(zip(params, grads, strict=True)):
        grad = grad + weight_decay * param if weight_decay else grad
        if momentum_buffers is not None:
            v = momentum_buffers[i]
            v[...] = grad if firsts[i] else momentum * v + (1 - dampening) * grad
            grad = grad + momentum * v if nesterov else v
        param -= lr * grad


def adam(
    params: list[Array],
    grads: list[Array],
    exp_avgs: list[Array],
    exp_avg_sqs: list[Array],
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    steps: list[int],
) -> None:
    """One step of `torch.optim.Adam` (Kingma and Ba 2015); the first of the `steps` is 1.

    `decoupled` shrinks the parameter instead of adding to the gradient: `torch.optim.AdamW`
    (Loshchilov and Hutter 2019).
    """
    for param, grad, m, v, t in zip(params, grads, exp_avgs, exp_avg_sqs, steps, strict=True):
        if decoupled:
            param *= 1 - lr * weight_decay
        elif weight_decay:
            grad = grad + weight_decay * param
        near = beta1 > 0.5  # PyTorch's lerp starts from the nearer end
        m[...] = m + (1 - beta1) * (grad - m) if near else grad - (grad - m) * beta1
        v[...] = beta2 * v + (1 - beta2) * grad * grad
        param -= lr / (1 - beta1**t) * m / (np.sqrt(v) / (1 - beta2**t) ** 0.5 + eps)


def rmsprop(
    params: list[Array],
    grads: list[Array],
    square_avgs: list[Array],
    momentum_buffers: list[Array] | None,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> None:
    """One step of `torch.optim.RMSprop` (Tieleman and Hinton 2012)."""
    for i, (param, grad, s) in enumerate(zip(params, grads, square_avgs, strict=True)):
        grad = grad + weight_decay * param if weight_decay else grad
        s[...] = alpha * s + (1 - alpha) * grad * grad
        update = grad / (np.sqrt(s) + eps)
        if momentum_buffers is not None:
            b = momentum_buffers[i]
            update = b[...] = momentum * b + update
        param -= lr * update


# What the compiled module tells of itself, and lets be set.


def get_num_threads() -> int:
    """How many threads a kernel may use."""
    return 1


def set_num_threads(n: int) -> None:
    """As for kernels that were built without threads: nothing."""


def config() -> dict[str, Any]:
    """What computes, where it is not compiled."""
    return {
        "cpu": "reference",
        "cpus_available": ("reference",),
        "threads": get_num_threads(),
        "thread_support": False,
        "compiler": f"none: NumPy {np.__version__} computes",
    }
