"""Cases for `minigrad/ops/linalg.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill, length, one
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from layouts import lay_out, layouts, seeds

import minigrad as mg

side = length(3)


def drawn(draw: Any, *shapes: Any) -> list[np.ndarray]:
    return [lay_out(fill(s, Domain(), draw(seeds)), draw(layouts)) for s in shapes]


@st.composite
def products(draw: Any) -> Drawn:
    """Every combination of vectors, matrices and stacks of them."""
    m, k = draw(side), draw(side)
    n = draw(st.just(k) | side)  # square matrices hide no missing transpose
    front1, front2 = draw(
        mutually_broadcastable_shapes(num_shapes=2, max_dims=2, min_side=0, max_side=2)
    ).input_shapes
    first = draw(st.sampled_from([(k,), (m, k), (*front1, m, k)]))
    second = draw(st.sampled_from([(k,), (k, n), (*front2, k, n)]))
    return drawn(draw, first, second), {}


@st.composite
def vectors(draw: Any) -> Drawn:
    return drawn(draw, (draw(side),), (draw(side),)), {}


@st.composite
def tensordots(draw: Any) -> Drawn:
    summed = draw(st.lists(length(2), max_size=2))
    free1, free2 = draw(st.lists(side, max_size=1)), draw(st.lists(side, max_size=1))
    if draw(st.booleans()):
        return drawn(draw, (*free1, *summed), (*summed, *free2)), {"axes": len(summed)}
    ndim1, ndim2 = len(free1) + len(summed), len(free2) + len(summed)
    axes1 = tuple(range(-1, -len(summed) - 1, -1))
    axes2 = draw(st.permutations(range(ndim2)))[: len(summed)]
    shape2 = [free2[0] if free2 else 1] * ndim2
    for n, a in zip(summed[::-1], axes2, strict=True):
        shape2[a] = n
    assert ndim1 == len(free1) + len(axes1)
    return drawn(draw, (*free1, *summed), shape2), {"axes": (axes1, tuple(axes2))}


def tensordot(x1: np.ndarray, x2: np.ndarray, axes: Any) -> np.ndarray:
    """A sum of products, with no reordering of axes, so that it proves ours."""
    if isinstance(axes, int):
        axes = tuple(range(x1.ndim - axes, x1.ndim)), tuple(range(axes))
    ones, twos = list(range(x1.ndim)), list(range(x1.ndim, x1.ndim + x2.ndim))
    for a, b in zip(*axes, strict=True):
        twos[b] = ones[a]
    out = [i for i in ones + twos if (ones + twos).count(i) == 1]
    return np.einsum(x1, ones, x2, twos, out)


# Subscripts, and the shapes of the operands by letter; "..." is added to the shapes below.
SUMS = [
    "ij,jk->ik", "ij,jk", "bij,bjk->bik", "ij,ij->", "ij,ij->ij", "i,j->ji", "bi,bi->b", "i,i",
    "ij->ji", "ij->", "ij->j", "ii->i", "ii", "iij->j", "iij,jk->ki", "ij,k->k", "b,a",
    "ij,jk,kl->il", "ij,j,i->", "bi,io,bo->b", "i,i,i->i", "ijk,jl,kl->il", "iji,j->i", ",i->i",
    "...ij,jk->...ik", "...i,...i->...", "i...,...j->...ij", "...ii->...", "...,...",
]  # fmt: skip
SIZES = {"i": 2, "j": 3, "k": 2, "l": 3, "b": 2, "o": 3, "a": 2}
FRONTS = [((2, 1), (2,)), ((), (3,)), ((1,), (2,)), ((0,), (1,))]


@st.composite
def einsums(draw: Any) -> Drawn:
    subscripts = draw(st.sampled_from(SUMS))
    sizes = SIZES | {draw(st.sampled_from(sorted(SIZES))): draw(st.integers(0, 1))}
    fronts = draw(st.sampled_from(FRONTS))
    shapes = []
    for part, front in zip(subscripts.split("->")[0].split(","), fronts * 2, strict=False):
        head, dots, tail = part.partition("...")
        shapes.append(
            [*(sizes[c] for c in head), *(front if dots else ()), *(sizes[c] for c in tail)]
        )
    return drawn(draw, *shapes), {"subscripts": subscripts}


@st.composite
def einsums_of_size_one(draw: Any) -> Drawn:
    """A letter's size may be 1 in some operands and broadcasts."""
    subscripts = draw(st.sampled_from(["ij,jk->ik", "bij,bjk->bik", "ij,ij->", "ij,jk,kl->jl"]))
    shapes = [
        [draw(st.sampled_from([1, SIZES[c]])) for c in part]
        for part in subscripts.split("->")[0].split(",")
    ]
    return drawn(draw, *shapes), {"subscripts": subscripts}


def numpy_einsum(*xs: np.ndarray, subscripts: str) -> Any:
    return np.einsum(subscripts, *xs)


def einsum(*xs: Any, subscripts: str) -> mg.Tensor:
    return mg.einsum(subscripts, *xs)


triangles = st.fixed_dictionaries({"diagonal": st.integers(-2, 2)})
matrices = {"min_dims": 2, "max_dims": 4, "max_side": 3}

CASES = [
    Case("matmul", mg.matmul, np.matmul, products()),
    Case("outer", mg.outer, np.outer, vectors()),
    Case("tensordot", mg.tensordot, tensordot, tensordots()),
    Case(
        "trace",
        mg.trace,
        lambda x, offset: np.trace(x, offset, -2, -1),
        one(
            min_dims=2,
            max_dims=4,
            max_side=3,
            kwargs=lambda s: st.fixed_dictionaries({"offset": st.integers(-2, 2)}),
        ),
    ),
    Case(
        "tril",
        mg.tril,
        lambda x, diagonal: np.tril(x, diagonal),
        one(**matrices, kwargs=lambda s: triangles),
    ),
    Case(
        "triu",
        mg.triu,
        lambda x, diagonal: np.triu(x, diagonal),
        one(**matrices, kwargs=lambda s: triangles),
    ),
    Case("einsum", einsum, numpy_einsum, einsums()),
    Case("einsum[size 1]", einsum, numpy_einsum, einsums_of_size_one()),
]
