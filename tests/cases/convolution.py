"""Cases of nn/functional/convolution.py, folding.py and pooling.py: what lies in windows."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill, length
from hypothesis import strategies as st
from layouts import lay_out, layouts, seeds

from minigrad.nn.functional.convolution import (
    convolution,
    convolution_input,
    convolution_weight,
)
from minigrad.nn.functional.folding import columns_spread, window_columns
from minigrad.nn.functional.pooling import max_pool, window_spread, window_sum


def lay(draw: Any, shape: Any, distinct: bool = False) -> np.ndarray:
    array = fill(shape, Domain(), draw(seeds), distinct)
    return lay_out(array, draw(layouts)).reshape(shape)


def counts(shape: Any, size: Any, stride: Any, padding: Any, dilation: Any) -> tuple[int, ...]:
    rows = zip(shape, size, stride, padding, dilation, strict=True)
    return tuple((n + b + a - d * (k - 1) - 1) // s + 1 for n, k, s, (b, a), d in rows)


@st.composite
def geometry(draw: Any) -> tuple[tuple[int, ...], tuple[int, ...], dict[str, Any]]:
    """The last axes, a window's size, and how the windows lie: one at least."""
    axes = draw(st.integers(1, 2))
    some = [draw(st.lists(st.integers(1, 2), min_size=axes, max_size=axes)) for _ in range(3)]
    size, stride, dilation = map(tuple, some)
    sides = st.tuples(st.integers(0, 1), st.integers(0, 1))
    padding = tuple(draw(sides) for _ in range(axes))
    shape = tuple(
        d * (k - 1) + 1 + draw(st.integers(0, 2)) for k, d in zip(size, dilation, strict=True)
    )
    return shape, size, {"stride": stride, "padding": padding, "dilation": dilation}


def fields(draw: Any) -> tuple[Any, ...]:
    """Shapes of an input, a weight and an output, and the keywords of all three operations."""
    shape, size, how = draw(geometry())
    groups, n = draw(st.integers(1, 2)), draw(length(3))
    into, out = (groups * draw(st.integers(1, 2)) for _ in range(2))
    count = counts(shape, size, **how)
    shapes = (n, into, *shape), (out, into // groups, *size), (n, out, *count)
    return *shapes, {**how, "groups": groups}


@st.composite
def convolution_draws(draw: Any) -> Drawn:
    x, weight, out, how = fields(draw)
    shapes = [x, weight, out[1:2]][: draw(st.integers(2, 3))]
    return [lay(draw, s) for s in shapes], how


@st.composite
def input_draws(draw: Any) -> Drawn:
    x, weight, out, how = fields(draw)
    return [lay(draw, out), lay(draw, weight)], {"shape": x[2:], **how}


@st.composite
def weight_draws(draw: Any) -> Drawn:
    x, weight, out, how = fields(draw)
    return [lay(draw, x), lay(draw, out)], {"size": weight[2:], **how}


def terms(x: Any, weight: Any, out: Any, stride: Any, padding: Any, dilation: Any, groups: int):
    """Every (place in x, in the weight, in the output) whose numbers meet, samples apart."""
    for o, c, *k in np.ndindex(*weight):
        group = o // (weight[0] // groups)
        for i in np.ndindex(*out[2:]):
            steps = zip(i, stride, k, dilation, padding, strict=True)
            at = [j * s + m * d - b for j, s, m, d, (b, _) in steps]
            if all(0 <= a < n for a, n in zip(at, x[2:], strict=True)):
                yield (group * weight[1] + c, *at), (o, c, *k), (o, *i)


def convolution_reference(
    x: Any, weight: Any, bias: Any = None, groups: int = 1, **how: Any
) -> Any:
    out = np.zeros((len(x), len(weight), *counts(x.shape[2:], weight.shape[2:], **how)))
    for at, of, to in terms(x.shape, weight.shape, out.shape, groups=groups, **how):
        out[(slice(None), *to)] += x[(slice(None), *at)] * weight[of]
    return out if bias is None else out + bias.reshape(-1, *[1] * (out.ndim - 2))


def input_reference(g: Any, weight: Any, shape: Any, groups: int, **how: Any) -> Any:
    out = np.zeros((len(g), weight.shape[1] * groups, *shape))
    for at, of, to in terms(out.shape, weight.shape, g.shape, groups=groups, **how):
        out[(slice(None), *at)] += g[(slice(None), *to)] * weight[of]
    return out


def weight_reference(x: Any, g: Any, size: Any, groups: int, **how: Any) -> Any:
    out = np.zeros((g.shape[1], x.shape[1] // groups, *size))
    for at, of, to in terms(x.shape, out.shape, g.shape, groups=groups, **how):
        out[of] += (x[(slice(None), *at)] * g[(slice(None), *to)]).sum()
    return out


def windows_of(x: Any, size: Any, stride: Any, padding: Any, dilation: Any, border: float) -> Any:
    """Of each window its place among the windows, and its numbers (N, C, places)."""
    wide = np.pad(x, [(0, 0), (0, 0), *padding], constant_values=border)
    for i in np.ndindex(*counts(x.shape[2:], size, stride, padding, dilation)):
        steps = zip(i, stride, size, dilation, strict=True)
        places = product(*(range(j * s, j * s + d * k, d) for j, s, k, d in steps))
        yield i, np.stack([wide[(..., *place)] for place in places], -1)


@st.composite
def pool_draws(draw: Any, dilated: bool = False) -> Drawn:
    shape, size, how = draw(geometry())
    if not dilated:
        how["dilation"] = (1,) * len(size)
    # A window of padding alone has no largest number.
    pads = zip(how["padding"], size, how["dilation"], strict=True)
    if dilated:
        how["padding"] = tuple((min(b, k // 2), min(a, k // 2)) for (b, a), k, d in pads)
        shape = tuple(max(n, d) for n, d in zip(shape, how["dilation"], strict=True))
    x = lay(draw, (draw(length(2)), draw(length(2)), *shape), distinct=True)
    kwargs = {"size": size, **how}
    if not dilated:
        del kwargs["dilation"]
    return [x], kwargs


def pooled(x: Any, function: Any, border: float, **how: Any) -> Any:
    how.setdefault("dilation", (1,) * len(how["size"]))
    out = np.zeros((*x.shape[:2], *counts(x.shape[2:], **how)))
    for i, window in windows_of(x, border=border, **how):
        out[(..., *i)] = function(window, axis=-1)
    return out


@st.composite
def spread_draws(draw: Any) -> Drawn:
    (x,), how = draw(pool_draws())
    count = counts(x.shape[2:], **how, dilation=(1,) * len(how["size"]))
    return [lay(draw, (*x.shape[:2], *count))], {"shape": x.shape[2:], **how}


def spread_reference(g: Any, shape: Any, **how: Any) -> Any:
    out = np.zeros((*g.shape[:2], *shape))
    for place in np.ndindex(*shape):
        one = np.zeros((1, 1, *shape))
        one[(0, 0, *place)] = 1
        weights = pooled(one, np.sum, 0.0, **how)
        out[(..., *place)] = (g * weights).sum(tuple(range(2, g.ndim)))
    return out


@st.composite
def column_draws(draw: Any) -> Drawn:
    shape, size, how = draw(geometry())
    return [lay(draw, (draw(length(2)), draw(length(2)), *shape))], {"size": size, **how}


def columns_reference(x: Any, **how: Any) -> Any:
    columns = np.stack([window for _, window in windows_of(x, border=0.0, **how)], -1)
    n, channels, places, count = columns.shape
    return columns.reshape(n, channels * places, count)


@st.composite
def columns_spread_draws(draw: Any) -> Drawn:
    (x,), how = draw(column_draws())
    shape = columns_reference(np.ones((1, 1, *x.shape[2:])), **how).shape
    rows = x.shape[1] * shape[1]
    return [lay(draw, (len(x), rows, shape[2]))], {"shape": x.shape[2:], **how}


def columns_spread_reference(g: Any, shape: Any, **how: Any) -> Any:
    numbered = 1.0 + np.arange(np.prod(shape)).reshape(1, 1, *shape)  # 0 is the border
    places = columns_reference(numbered, **how)[0].astype(int)
    out = np.zeros((len(g), g.shape[1] // len(places), 1 + np.prod(shape)))
    parts = g.reshape(*out.shape[:2], *places.shape)
    for at in np.ndindex(*places.shape):
        out[..., places[at]] += parts[(..., *at)]
    return out[..., 1:].reshape(*out.shape[:2], *shape)


CASES = [
    Case("window_columns", window_columns, columns_reference, column_draws()),
    Case("columns_spread", columns_spread, columns_spread_reference, columns_spread_draws()),
    Case("convolution", convolution, convolution_reference, convolution_draws()),
    Case("convolution_input", convolution_input, input_reference, input_draws()),
    Case("convolution_weight", convolution_weight, weight_reference, weight_draws()),
    Case(
        "max_pool",
        max_pool,
        lambda x, **how: pooled(x, np.max, -np.inf, **how),
        pool_draws(dilated=True),
    ),
    Case("window_sum", window_sum, lambda x, **how: pooled(x, np.sum, 0.0, **how), pool_draws()),
    Case("window_spread", window_spread, spread_reference, spread_draws()),
]
