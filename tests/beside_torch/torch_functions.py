"""Functions of `minigrad.nn.functional` and their arguments, for `test_torch_functions.py`.

Each entry draws what a function is called with: arrays in the place of tensors, and keywords.
Floating arrays get gradients.  The values lie on and beside the kinks too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

Call = tuple[list[Any], dict[str, Any]]

KINKS = np.array([-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0])
seeds = st.integers(0, 2**32 - 1)
shapes = st.lists(st.integers(0, 4), max_size=3).map(tuple)
full = st.lists(st.integers(1, 4), min_size=1, max_size=3).map(tuple)  # nothing empty
matrices = st.tuples(st.integers(1, 4), st.integers(1, 5))
reductions = st.sampled_from(["mean", "sum", "none"])
small = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.5])
positive = st.sampled_from([0.25, 0.5, 1.0, 2.5])
booleans = st.booleans()


def values(seed: int, shape: tuple[int, ...], kinks: bool = True) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 2, shape)
    return np.where(rng.random(shape) < 0.3, rng.choice(KINKS, shape), x) if kinks else x


def elementwise(kinks: bool = True, **options: st.SearchStrategy[Any]) -> Any:
    @st.composite
    def draws(draw: Any) -> Call:
        kwargs = {name: draw(option) for name, option in options.items()}
        return [values(draw(seeds), draw(shapes), kinks)], kwargs

    return draws()


def along_an_axis(*sizes: int) -> Any:
    @st.composite
    def draws(draw: Any) -> Call:
        shape = list(draw(full))
        dim = draw(st.integers(-len(shape), len(shape) - 1))
        shape[dim] = draw(st.sampled_from(sizes or (1, 2, 3, 4)))
        return [values(draw(seeds), tuple(shape), False)], {"dim": dim}

    return draws()


@st.composite
def hardtanh(draw: Any) -> Call:
    low = draw(st.sampled_from([-3.0, -1.0, -0.5]))
    high = draw(st.sampled_from([0.5, 1.0, 6.0]))
    return [values(draw(seeds), draw(shapes))], {"min_val": low, "max_val": high}


@st.composite
def prelu(draw: Any) -> Call:
    shape = draw(st.lists(st.integers(1, 4), max_size=3).map(tuple))
    slopes = draw(st.sampled_from([1, shape[1] if len(shape) > 1 else 1]))
    return [values(draw(seeds), shape), values(draw(seeds), (slopes,))], {}


def pair(
    *targets: Callable[[np.random.Generator, tuple[int, ...]], np.ndarray],
    shapes: Any = full,
    input: Callable[[np.ndarray], np.ndarray] = lambda x: x,
    **options: st.SearchStrategy[Any],
) -> Any:
    """An input, targets of the same shape, a reduction."""

    @st.composite
    def draws(draw: Any) -> Call:
        shape = draw(shapes)
        rng = np.random.default_rng(draw(seeds))
        kwargs = {name: draw(option) for name, option in options.items()}
        kwargs.setdefault("reduction", draw(reductions))
        x = input(values(draw(seeds), shape, False))
        return [x, *(target(rng, shape) for target in targets)], kwargs

    return draws()


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(0, 2, shape)


def signs(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return Constant(rng.choice([-1.0, 1.0], shape))


def ones_and_zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return Constant(rng.integers(0, 2, shape).astype(float))


def counts(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return Constant(rng.integers(0, 5, shape).astype(float))


def probabilities(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.uniform(0.05, 0.95, shape)


def variances(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return np.where(rng.random(shape) < 0.3, 1e-9, rng.uniform(0.1, 3, shape))


class Constant(np.ndarray):
    """An array that gets no gradient."""

    def __new__(cls, array: np.ndarray) -> Constant:
        return np.asarray(array).view(cls)


@st.composite
def labelled(draw: Any, **options: st.SearchStrategy[Any]) -> Call:
    n, classes = draw(matrices)
    rng = np.random.default_rng(draw(seeds))
    kwargs = {name: draw(option) for name, option in options.items()}
    if draw(booleans):
        kwargs["weight"] = Constant(rng.uniform(0.5, 2, classes))
    x = values(draw(seeds), (n, classes), False)
    return [x, rng.integers(0, classes, n)], kwargs | {"reduction": draw(reductions)}


@st.composite
def multilabel(draw: Any) -> Call:
    n, classes = draw(matrices)
    rng = np.random.default_rng(draw(seeds))
    rows = []
    for _ in range(n):
        row = rng.permutation(classes)
        row[rng.integers(0, classes + 1) :] = -1
        rows.append(row)
    x = values(draw(seeds), (n, classes), False)
    return [x, np.array(rows)], {"reduction": draw(reductions)}


@st.composite
def vectors(draw: Any, count: int, margin: bool, swap: bool = False) -> Call:
    """`count` sets of vectors, and perhaps a sign for each."""
    n, size = draw(matrices)
    shape = draw(st.sampled_from([(n, size), (size,)]))
    rng = np.random.default_rng(draw(seeds))
    arrays: list[Any] = [rng.normal(0, 1, shape) for _ in range(count)]
    kwargs = {"margin": draw(small if margin else positive), "reduction": draw(reductions)}
    if margin:
        arrays.append(signs(rng, shape[:-1]))
    if swap:
        kwargs["swap"] = draw(booleans)
    return arrays, kwargs


@st.composite
def triplets(draw: Any) -> Call:
    arrays, kwargs = draw(vectors(3, False, swap=True))
    return arrays, kwargs | {"p": draw(st.sampled_from([1.0, 2.0, 3.0]))}


@st.composite
def normalize(draw: Any) -> Call:
    (x,), kwargs = draw(along_an_axis())
    return [x], kwargs | {"p": draw(st.sampled_from([1.0, 2.0, 3.0]))}


@st.composite
def cosine(draw: Any) -> Call:
    (x,), kwargs = draw(along_an_axis())
    other = list(x.shape)
    for axis in range(x.ndim):
        if axis != kwargs["dim"] % x.ndim and draw(booleans):
            other[axis] = 1
    return [x, values(draw(seeds), tuple(other), False)], kwargs


@st.composite
def distances(draw: Any) -> Call:
    shape = draw(full)
    arrays = [values(draw(seeds), s, False) for s in (shape, (1,) * (len(shape) - 1) + shape[-1:])]
    return arrays, {"p": draw(st.sampled_from([1.0, 2.0, 3.0])), "keepdim": draw(booleans)}


@st.composite
def gaussian(draw: Any) -> Call:
    (x, y, v), kwargs = draw(pair(normal, variances, full=booleans))
    last = draw(st.sampled_from([v, v[..., :1], v[..., 0]]))
    return [x, y, last], kwargs


@st.composite
def attention(draw: Any) -> Call:
    batch = draw(st.lists(st.integers(1, 3), max_size=2).map(tuple))
    queries, keys, e, d = (draw(st.integers(1, 4)) for _ in range(4))
    shapes = (*batch, queries, e), (*batch, keys, e), (*batch, keys, d)
    arrays = [values(draw(seeds), s, False) for s in shapes]
    kwargs: dict[str, Any] = {"scale": draw(st.none() | positive)}
    mask = draw(st.sampled_from(["none", "causal", "boolean", "added"]))
    rng = np.random.default_rng(draw(seeds))
    if mask == "causal":
        kwargs["is_causal"] = True
    elif mask == "boolean":
        kwargs["attn_mask"] = rng.random((queries, keys)) < 0.6
    elif mask == "added":
        kwargs["attn_mask"] = rng.normal(0, 1, (queries, keys))
    return arrays, kwargs


@st.composite
def group_norm(draw: Any) -> Call:
    groups, each = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    shape = (draw(st.integers(1, 3)), groups * each, *draw(st.sampled_from([(2,), (3, 2)])))
    arrays = [values(draw(seeds), shape, False), groups]
    if draw(booleans):
        arrays += [values(draw(seeds), (groups * each,), False) for _ in range(2)]
    return arrays, {"eps": 0.1}


@st.composite
def rms_norm(draw: Any) -> Call:
    shape = draw(full)
    last = shape[-draw(st.integers(1, len(shape))) :]
    weight = [values(draw(seeds), last, False)] if draw(booleans) else []
    return [values(draw(seeds), shape, False), last, *weight], {"eps": draw(st.none() | positive)}


@st.composite
def layer_norm(draw: Any) -> Call:
    (x, last, *_), _ = draw(rms_norm())
    return [x, last, *(values(draw(seeds), last, False) for _ in range(2))], {"eps": 0.1}


@st.composite
def embedding(draw: Any) -> Call:
    n, d = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds))
    indices = rng.integers(0, n, draw(st.lists(st.integers(0, 3), max_size=2)))
    padding = draw(st.none() | st.integers(-n, n - 1))
    return [indices, rng.normal(0, 1, (n, d))], {"padding_idx": padding}


@st.composite
def embedding_bag(draw: Any) -> Call:
    n, d = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(seeds))
    mode = draw(st.sampled_from(["mean", "sum"]))  # PyTorch has no second derivative of "max"
    kwargs: dict[str, Any] = {"mode": mode, "padding_idx": draw(st.none() | st.integers(-n, n - 1))}
    if draw(booleans):
        indices = rng.integers(0, n, (draw(st.integers(1, 3)), draw(st.integers(1, 3))))
        return [indices, rng.normal(0, 1, (n, d))], kwargs
    indices = rng.integers(0, n, draw(st.integers(1, 6)))
    starts = np.sort(rng.integers(0, len(indices) + 1, draw(st.integers(0, 3))))
    offsets = np.array([0, *starts])
    if kwargs.setdefault("include_last_offset", draw(booleans)):
        offsets = np.append(offsets, len(indices))
    return [indices, rng.normal(0, 1, (n, d)), offsets], kwargs


@st.composite
def instance_norm(draw: Any) -> Call:
    shape = (
        draw(st.integers(1, 3)),
        draw(st.integers(1, 3)),
        *draw(st.sampled_from([(3,), (3, 2)])),
    )
    kwargs: dict[str, Any] = {"eps": 0.1}
    if draw(booleans):
        kwargs |= {name: values(draw(seeds), (shape[1],), False) for name in ("weight", "bias")}
    return [values(draw(seeds), shape, False)], kwargs


@st.composite
def local_response_norm(draw: Any) -> Call:
    shape = (2, draw(st.integers(1, 5)), *draw(st.sampled_from([(3,), (3, 2)])))
    kwargs = {"size": draw(st.integers(1, 4)), "alpha": 0.5, "beta": 0.75, "k": draw(st.just(1.5))}
    return [values(draw(seeds), shape, False)], kwargs


@st.composite
def pdist(draw: Any) -> Call:
    shape = (draw(st.integers(0, 4)), draw(st.integers(1, 3)))
    return [values(draw(seeds), shape)], {"p": draw(st.sampled_from([1.5, 2.0, 3.0]))}


@st.composite
def one_hot(draw: Any) -> Call:
    labels = np.random.default_rng(draw(seeds)).integers(0, 4, draw(full))
    return [labels], {"num_classes": draw(st.sampled_from([-1, 4, 6]))}


@st.composite
def pad(draw: Any) -> Call:
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    axes = draw(st.integers(1, 2))  # PyTorch pads one axis of (N, C, L), two of (N, C, H, W), ...
    shape = (2, 2, *(draw(st.integers(2, 4)) for _ in range(axes)))
    low = -1 if mode == "constant" else 0
    widths = [draw(st.integers(low, 1)) for _ in range(2 * axes)]
    value = {"value": draw(st.none() | small)} if mode == "constant" else {}
    return [values(draw(seeds), shape)], {"pad": widths, "mode": mode} | value


@st.composite
def linear(draw: Any) -> Call:
    batch = draw(st.lists(st.integers(0, 3), max_size=2).map(tuple))
    into, out = draw(matrices)
    shapes = [(*batch, into), (out, into), (out,)][: draw(st.integers(2, 3))]
    return [values(draw(seeds), s, False) for s in shapes], {}


@st.composite
def bilinear(draw: Any) -> Call:
    batch = draw(st.lists(st.integers(1, 3), min_size=1, max_size=2).map(tuple))
    (a, b), out = draw(matrices), draw(st.integers(1, 3))
    shapes = [(*batch, a), (*batch, b), (out, a, b), (out,)][: draw(st.integers(3, 4))]
    return [values(draw(seeds), s, False) for s in shapes], {}


@st.composite
def batch_norm(draw: Any) -> Call:
    shape = (draw(st.integers(2, 4)), channels := draw(st.integers(1, 3)), *draw(
        st.sampled_from([(), (2,), (3, 2)])
    ))  # fmt: skip
    rng = np.random.default_rng(draw(seeds))
    running = [Constant(rng.normal(0, 1, channels)), Constant(rng.uniform(0.5, 2, channels))]
    affine = [rng.normal(0, 1, channels) for _ in range(2)]
    return [rng.normal(0, 1, shape), *running, *affine], {"training": draw(booleans), "eps": 0.1}


def log_probabilities(x: np.ndarray) -> np.ndarray:
    return -np.abs(x) - 0.1


@st.composite
def convolved(draw: Any, axes: int, transposed: bool = False) -> Call:
    """An input with samples or without, a weight, perhaps a bias; every option."""
    several = st.lists(st.integers(1, 3), min_size=axes, max_size=axes).map(tuple)
    size, stride, dilation = draw(several), draw(several), draw(several)
    groups = draw(st.integers(1, 2))
    into, out = (groups * draw(st.integers(1, 2)) for _ in range(2))
    shape = [d * (k - 1) + 1 + draw(st.integers(0, 3)) for k, d in zip(size, dilation, strict=True)]
    kwargs = {"stride": stride, "dilation": dilation, "groups": groups}
    kwargs["padding"] = tuple(draw(st.integers(0, k - 1)) for k in size)
    if transposed:
        less = zip(stride, dilation, strict=True)
        kwargs["output_padding"] = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in less)
    elif draw(st.booleans()):
        kwargs["padding"] = draw(st.sampled_from(["same", "valid"]))
        if kwargs["padding"] == "same":
            kwargs["stride"] = 1
    batch = draw(st.sampled_from([(), (1,), (3,)]))
    weight = (into, out // groups, *size) if transposed else (out, into // groups, *size)
    arrays = [values(draw(seeds), s, False) for s in ((*batch, into, *shape), weight, (out,))]
    return arrays[: draw(st.integers(2, 3))], kwargs


@st.composite
def pooled(draw: Any, axes: int, largest: bool) -> Call:
    several = st.lists(st.integers(1, 3), min_size=axes, max_size=axes).map(tuple)
    size = draw(several)
    batch = draw(st.sampled_from([(2,), (1, 3), (2, 2)]))
    shape = tuple(k + draw(st.integers(0, 4)) for k in size)
    kwargs: dict[str, Any] = {"kernel_size": size, "ceil_mode": draw(booleans)}
    kwargs["stride"] = draw(st.one_of(st.none(), several))
    kwargs["padding"] = tuple(draw(st.integers(0, k // 2)) for k in size)
    if largest:
        dilation = draw(several)
        shape = tuple(n * d for n, d in zip(shape, dilation, strict=True))
        kwargs["dilation"] = dilation
    else:
        kwargs["count_include_pad"] = draw(booleans)
        if axes > 1:
            kwargs["divisor_override"] = draw(st.sampled_from([None, 3, -2]))
    return [values(draw(seeds), (*batch, *shape), False)], kwargs


@st.composite
def pooled_to(draw: Any, axes: int) -> Call:
    sides = st.lists(st.integers(1, 7), min_size=axes, max_size=axes).map(tuple)
    batch = draw(st.sampled_from([(2,), (1, 3), (2, 2)]))
    wanted: Any = draw(sides)
    if axes > 1:
        wanted = draw(st.sampled_from([wanted, wanted[0], (None, *wanted[1:])]))
    return [values(draw(seeds), (*batch, *draw(sides)), False)], {"output_size": wanted}


@st.composite
def unfolded(draw: Any, back: bool = False) -> Call:
    """Pictures, or the columns of their windows; every option."""
    several = st.tuples(st.integers(1, 3), st.integers(1, 3))
    size, stride, dilation = draw(several), draw(several), draw(several)
    padding = draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    spans = [d * (k - 1) + 1 for k, d in zip(size, dilation, strict=True)]
    shape = tuple(n + draw(st.integers(0, 3)) for n in spans)
    kwargs = {"kernel_size": size, "dilation": dilation, "padding": padding, "stride": stride}
    batch = draw(st.sampled_from([(), (1,), (3,)]))
    if back:
        rows = zip(shape, padding, spans, stride, strict=True)
        count = math.prod((n + 2 * p - span) // s + 1 for n, p, span, s in rows)
        kwargs["output_size"] = shape
        shape = (2 * math.prod(size), count)
    else:
        shape = (2, *shape)
    return [values(draw(seeds), (*batch, *shape), False)], kwargs


MODES = ["nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear"]


@st.composite
def resized(draw: Any) -> Call:
    """By a size or a factor, in every mode."""
    mode = draw(st.sampled_from(MODES))
    axes = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(mode)
    axes = axes or draw(st.integers(1, 3))
    shape = draw(st.tuples(*[st.integers(1, 6)] * axes))
    kwargs: dict[str, Any] = {"mode": mode}
    if draw(booleans):
        kwargs["size"] = draw(st.one_of(st.integers(1, 9), st.tuples(*[st.integers(1, 9)] * axes)))
    else:
        factors = st.sampled_from([1, 1.5, 2, 2.7])
        kwargs["scale_factor"] = draw(st.one_of(factors, st.tuples(*[factors] * axes)))
        kwargs["recompute_scale_factor"] = draw(st.sampled_from([None, False, True]))
    if mode.endswith(("linear", "cubic")):
        kwargs["align_corners"] = draw(st.sampled_from([None, False, True]))
    return [values(draw(seeds), (2, draw(st.integers(1, 3)), *shape), False)], kwargs


@st.composite
def shuffled(draw: Any, back: bool = False) -> Call:
    r, (c, h, w) = draw(st.integers(1, 3)), draw(st.tuples(*[st.integers(1, 3)] * 3))
    shape = (c, h * r, w * r) if back else (c * r * r, h, w)
    batch = draw(st.sampled_from([(), (2,), (2, 1)]))
    name = "downscale_factor" if back else "upscale_factor"
    return [values(draw(seeds), (*batch, *shape), False)], {name: r}


FUNCTIONS: dict[str, Any] = {
    "batch_norm": batch_norm(),
    "bilinear": bilinear(),
    "binary_cross_entropy": pair(ones_and_zeros, input=lambda x: 0.05 + 0.9 / (1 + np.exp(-x))),
    "binary_cross_entropy_with_logits": pair(ones_and_zeros),
    "celu": elementwise(alpha=positive),
    "cosine_embedding_loss": vectors(2, True),
    "cosine_similarity": cosine(),
    "cross_entropy": labelled(label_smoothing=st.sampled_from([0.0, 0.1])),
    "elu": elementwise(alpha=positive),
    "embedding": embedding(),
    "embedding_bag": embedding_bag(),
    "fold": unfolded(back=True),
    "gaussian_nll_loss": gaussian(),
    "gelu": elementwise(approximate=st.sampled_from(["none", "tanh"])),
    "glu": along_an_axis(2, 4),
    "group_norm": group_norm(),
    "hardshrink": elementwise(lambd=small),
    "hardsigmoid": elementwise(),
    "hardswish": elementwise(),
    "hardtanh": hardtanh(),
    "hinge_embedding_loss": pair(signs, margin=small),
    "huber_loss": pair(normal, delta=positive),
    "instance_norm": instance_norm(),
    "local_response_norm": local_response_norm(),
    "interpolate": resized(),
    "pdist": pdist(),
    "pixel_shuffle": shuffled(),
    "pixel_unshuffle": shuffled(back=True),
    "kl_div": pair(
        probabilities,
        input=log_probabilities,
        reduction=st.sampled_from(["batchmean", "mean", "sum", "none"]),
    ),
    "l1_loss": pair(normal),
    "layer_norm": layer_norm(),
    "leaky_relu": elementwise(negative_slope=small),
    "linear": linear(),
    "log_softmax": along_an_axis(),
    "logsigmoid": elementwise(),
    "margin_ranking_loss": pair(normal, signs, margin=small),
    "mish": elementwise(),
    "mse_loss": pair(normal),
    "multi_margin_loss": labelled(p=st.sampled_from([1, 2]), margin=positive),
    "multilabel_margin_loss": multilabel(),
    "multilabel_soft_margin_loss": pair(ones_and_zeros),
    "nll_loss": labelled(),
    "normalize": normalize(),
    "one_hot": one_hot(),
    "pad": pad(),
    "pairwise_distance": distances(),
    "poisson_nll_loss": pair(counts, full=booleans),
    "prelu": prelu(),
    "relu": elementwise(),
    "relu6": elementwise(),
    "rms_norm": rms_norm(),
    "rrelu": elementwise(lower=st.just(0.1), upper=small.filter(lambda u: u > 0.1)),
    "scaled_dot_product_attention": attention(),
    "selu": elementwise(),
    "sigmoid": elementwise(),
    "silu": elementwise(),
    "smooth_l1_loss": pair(normal, beta=small),
    "soft_margin_loss": pair(signs),
    "softmax": along_an_axis(),
    "softmin": along_an_axis(),
    "softplus": elementwise(beta=positive),
    "softshrink": elementwise(lambd=small),
    "softsign": elementwise(),
    "tanh": elementwise(),
    "tanhshrink": elementwise(),
    "threshold": elementwise(threshold=small, value=small),
    "triplet_margin_loss": triplets(),
    "triplet_margin_with_distance_loss": vectors(3, False, swap=True),
    "unfold": unfolded(),
    "upsample": resized().map(
        lambda call: (call[0], {k: v for k, v in call[1].items() if k[:9] != "recompute"})
    ),
}
for _axes in (1, 2, 3):
    FUNCTIONS |= {
        f"conv{_axes}d": convolved(_axes),
        f"conv_transpose{_axes}d": convolved(_axes, transposed=True),
        f"max_pool{_axes}d": pooled(_axes, largest=True),
        f"avg_pool{_axes}d": pooled(_axes, largest=False),
        f"adaptive_avg_pool{_axes}d": pooled_to(_axes),
        f"adaptive_max_pool{_axes}d": pooled_to(_axes),
    }

RANDOM = ("alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "gumbel_softmax")
"""Functions that draw other numbers than PyTorch from the same seed; tested in `tests/nn`."""
