"""Cases for `minigrad/ops/shaping.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill, length, one
from hypothesis import strategies as st
from layouts import lay_out, layouts, seeds

import minigrad as mg
from minigrad.ops import shaping
from minigrad.ops.pytorch import refusing_gradient

Shape = tuple[int, ...]


def axis_of(shape: Shape) -> st.SearchStrategy[int]:
    return st.integers(-len(shape), len(shape) - 1)


def axes_of(shape: Shape) -> st.SearchStrategy[Any]:
    """One axis, several, or None for all."""
    several = st.lists(st.integers(0, max(len(shape) - 1, 0)), unique=True, min_size=1)
    return st.none() | axis_of(shape) | several.map(tuple) if shape else st.none()


def reshapes(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    size = int(np.prod(shape))
    return st.sampled_from([(size,), shape[::-1], (1, *shape), (size, 1)]).map(
        lambda s: {"shape": s}
    )


@st.composite
def several(draw: Any, stacked: bool = False) -> Drawn:
    """One to three arrays of one shape; to be joined, they may differ along the axis."""
    shape = draw(st.lists(length(3), min_size=0 if stacked else 1, max_size=3))
    ndim = len(shape) + stacked
    axis = draw(st.integers(-ndim, ndim - 1))
    arrays = []
    for _ in range(draw(st.integers(1, 3))):
        if not stacked:
            shape[axis] = draw(length(3))
        arrays.append(lay_out(fill(shape, Domain(), draw(seeds)), draw(layouts)))
    return arrays, {"axis": axis}


@st.composite
def squeezable(draw: Any) -> Drawn:
    shape = draw(st.lists(st.sampled_from([1, 1, 2, 0]), max_size=4))
    ones = [i for i, n in enumerate(shape) if n == 1]
    axis = draw(st.none() | st.lists(st.sampled_from(ones), unique=True).map(tuple)) if ones else ()
    return [fill(shape, Domain(), draw(seeds))], {"axis": axis}


@st.composite
def broadcastable(draw: Any) -> Drawn:
    shape = draw(st.lists(length(3), max_size=3))
    source = [draw(st.sampled_from([1, n])) for n in shape]
    source = source[draw(st.integers(0, len(shape))) :]
    return [fill(source, Domain(), draw(seeds))], {"shape": tuple(shape)}


def rolls(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    shift = st.integers(-5, 5)
    flat = st.fixed_dictionaries({"shift": shift})
    if not shape:
        return flat
    along = st.fixed_dictionaries({"shift": shift, "axis": axis_of(shape)})
    both = st.tuples(shift, shift).map(lambda s: {"shift": s, "axis": (0, -1)})
    return flat | along | both


def repeats(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    count = st.integers(0, 3)
    flat = st.fixed_dictionaries({"repeats": count})
    if not shape:
        return flat
    return axis_of(shape).flatmap(
        lambda axis: st.fixed_dictionaries(
            {
                "repeats": count | st.lists(count, min_size=shape[axis], max_size=shape[axis]),
                "axis": st.just(axis),
            }
        )
    )


def margins(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    width = st.integers(0, 2)
    pair = st.tuples(width, width)
    each = st.tuples(*[pair] * len(shape))
    return st.fixed_dictionaries(
        {
            "pad_width": width | pair | each if shape else width,
            "constant_values": st.sampled_from([0, -1.5]),
        }
    )


def padded(x: np.ndarray, pad_width: Any, constant_values: float) -> np.ndarray:
    return np.pad(x, pad_width, constant_values=constant_values) if x.ndim else x


matrices = {"min_dims": 2, "max_dims": 4, "max_side": 3}
planes = st.permutations([0, 1]).map(tuple)
offsets = st.fixed_dictionaries({"offset": st.integers(-1, 1), "plane": planes})


@st.composite
def diagonals(draw: Any) -> Drawn:
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    offset = draw(st.integers(1 - m, n - 1))
    front = draw(st.sampled_from([(), (2,), (0,)]))
    x = fill((*front, np.eye(m, n, offset).sum(dtype=int)), Domain(), draw(seeds))
    return [x], {"offset": offset, "shape": (*front, m, n)}


def from_last_axes(x: Any, offset: int, shape: Shape) -> Any:
    return shaping._from_diagonal(x, offset, shape, -2, -1)


def from_diagonal(x: np.ndarray, offset: int, shape: Shape) -> np.ndarray:
    out = np.zeros(shape)
    for index in np.ndindex(x.shape):
        out[*index[:-1], index[-1] + max(-offset, 0), index[-1] + max(offset, 0)] = x[index]
    return out


CASES = [
    Case("reshape", shaping.reshape, np.reshape, one(kwargs=reshapes)),
    Case(
        "expand_dims",
        mg.expand_dims,
        np.expand_dims,
        one(kwargs=lambda s: st.integers(-len(s) - 1, len(s)).map(lambda a: {"axis": a})),
    ),
    Case("squeeze", mg.squeeze, np.squeeze, squeezable()),
    Case("broadcast_to", mg.broadcast_to, np.broadcast_to, broadcastable()),
    Case("clone", mg.clone, np.copy, one()),
    Case("astype", lambda x: mg.astype(x, x.dtype), np.copy, one()),
    Case(
        "permute_dims",
        mg.permute_dims,
        np.permute_dims,
        one(kwargs=lambda s: st.permutations(range(len(s))).map(lambda a: {"axes": tuple(a)})),
    ),
    Case(
        "permute_dims[negative axes]",
        mg.permute_dims,
        np.permute_dims,
        one(min_dims=3, kwargs=lambda s: st.just({"axes": (-1, 0, -2)})),
    ),
    Case(
        "swapaxes",
        shaping.swapaxes,
        np.swapaxes,
        one(
            min_dims=1,
            kwargs=lambda s: st.fixed_dictionaries({"axis1": axis_of(s), "axis2": axis_of(s)}),
        ),
    ),
    Case("matrix_transpose", mg.matrix_transpose, np.matrix_transpose, one(**matrices)),
    Case(
        "flip", shaping.flip, np.flip, one(kwargs=lambda s: axes_of(s).map(lambda a: {"axis": a}))
    ),
    Case("roll", mg.roll, np.roll, one(kwargs=rolls)),
    Case(
        "concat",
        lambda *xs, axis: mg.concat(xs, axis),
        lambda *xs, axis: np.concat(xs, axis),
        several(),
    ),
    Case(
        "concat[flat]",
        lambda *xs, axis: mg.concat(xs, None),
        lambda *xs, axis: np.concat(xs, None),
        several(),
    ),
    Case(
        "stack",
        lambda *xs, axis: mg.stack(xs, axis),
        lambda *xs, axis: np.stack(xs, axis),
        several(stacked=True),
    ),
    Case("repeat_interleave", mg.repeat_interleave, np.repeat, one(kwargs=repeats)),
    Case(
        "tile",
        shaping.tile,
        lambda x, repetitions: np.tile(x, repetitions),
        one(
            max_dims=2,
            max_side=3,
            kwargs=lambda s: (
                st.integers(0, 3) | st.lists(st.integers(0, 2), max_size=3).map(tuple)
            ).map(lambda r: {"repetitions": r}),
        ),
    ),
    Case(
        "refusing_gradient",
        lambda x: refusing_gradient(x, x.numpy()[::-1], "reversed"),
        lambda x: x[::-1],
        one(min_dims=1),
        order=0,
    ),
    Case("pad", mg.pad, padded, one(max_side=3, kwargs=margins)),
    Case(
        "diagonal",
        lambda x, offset, plane: mg.diagonal(x, offset, *plane),
        lambda x, offset, plane: np.diagonal(x, offset, *plane),
        one(min_dims=2, max_dims=3, min_side=1, kwargs=lambda s: offsets),
    ),
    Case("from_diagonal", from_last_axes, from_diagonal, diagonals()),
]
