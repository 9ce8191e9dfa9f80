"""Cases for `minigrad/ops/indexing.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill, one
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, basic_indices, integer_array_indices
from layouts import lay_out, seeds

import minigrad as mg
from minigrad.ops import further, indexing

Shape = tuple[int, ...]


def basic(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    return basic_indices(shape, allow_newaxis=True).map(lambda i: {"index": i})


def integer(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    """Integer arrays for the first axes, alone or with slices and masks of the others."""

    def of(n: int) -> st.SearchStrategy[Any]:
        return integer_array_indices(shape[:n]).map(lambda i: {"index": i})

    rows = of(1).map(lambda k: {"index": (..., *k["index"])} if len(shape) == 1 else k)
    return st.integers(1, len(shape)).flatmap(of) | rows


def mask(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    return st.integers(0, len(shape)).flatmap(
        lambda n: arrays(bool, shape[:n]).map(lambda m: {"index": m})
    )


mixtures = [
    (slice(None), [0, -1, 0]),
    ([1, 0, 1], slice(None, None, -1), [0, 0, -1]),
    (0, ..., [1, 1]),
    (np.array([[0, 1], [1, 1]]), None, slice(0, 2)),
    (np.array([True, False, True]), 1),
    (np.array([True, False, True]), ..., [0, 0]),
    (slice(1), np.array([[True, False, True]] * 3)),
    ([], slice(None)),
    np.array(2),
    (np.int64(1), np.True_),
    (range(2), range(2)),
]


@st.composite
def taken(draw: Any) -> Drawn:
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    axis = draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    n = int(np.prod(shape)) if axis is None else shape[axis]
    indices = draw(
        arrays(np.int64, st.sampled_from([(), (0,), (4,), (2, 3)]), elements=st.integers(-n, n - 1))
    )
    return [lay_out(fill(shape, Domain(), draw(seeds)), "steps")], {
        "indices": indices,
        "axis": axis,
    }


@st.composite
def taken_along(draw: Any) -> Drawn:
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    n = shape[axis]
    places = list(shape)
    places[axis] = draw(st.integers(0, 4))
    if len(shape) > 1 and draw(st.booleans()):
        places[(axis + 1) % len(shape)] = 1
    indices = draw(arrays(np.int32, tuple(places), elements=st.integers(-n, n - 1)))
    return [fill(shape, Domain(), draw(seeds))], {"indices": indices, "axis": axis}


@st.composite
def scattered(draw: Any) -> Drawn:
    shape = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    index = draw(st.one_of(basic(shape), integer(shape), mask(shape)))["index"]
    index = index if isinstance(index, tuple) else (index,)
    x = fill(np.zeros(shape)[index].shape, Domain(), draw(seeds))
    return [lay_out(x, "steps")], {"index": index, "shape": shape}


def scatter(x: np.ndarray, index: Any, shape: Shape) -> np.ndarray:
    """One element after the other."""
    out = np.zeros(shape)
    places = np.arange(out.size).reshape(shape)[index]
    for place, value in zip(np.ravel(places), x.ravel(), strict=True):
        out.flat[place] += value
    return out


@st.composite
def competing(draw: Any) -> Drawn:
    """A vector, and values that compete for its places; all of them apart."""
    n, k = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    places = np.array(draw(st.lists(st.integers(0, n - 1), min_size=k, max_size=k)))
    values = fill((n + k,), Domain(), draw(seeds), distinct=True)
    kwargs = {"places": (places,), "reduce": draw(st.sampled_from(["amax", "amin"]))}
    return [values[:n], values[n:]], {**kwargs, "include_self": draw(st.booleans())}


def best(x: np.ndarray, src: np.ndarray, places: Any, reduce: str, include_self: bool) -> Any:
    of = max if reduce == "amax" else min
    given = [src[places[0] == i].tolist() for i in range(len(x))]
    return np.array(
        [of([*v, own] if include_self or not v else v) for v, own in zip(given, x, strict=True)]
    )


def numpy_getitem(x: np.ndarray, index: Any) -> Any:
    if isinstance(index, tuple) and index and type(index[0]) is int:  # chooses before lists
        return x[index[0]][index[1:]]
    return x[index]


def rejoined(x: Any, parts: Any, axis: int) -> Any:
    """The parts in reverse order, so that a part that is out of place shows."""
    join, cut = (np.concat, np.split) if isinstance(x, np.ndarray) else (mg.concat, mg.tensor_split)
    return join(cut(x, parts, axis)[::-1], axis=axis)


def cuts(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    def at(axis: int) -> st.SearchStrategy[dict[str, Any]]:
        n = shape[axis]
        parts = st.sampled_from([k for k in (1, 2, 3, 4) if n % k == 0])
        places = st.lists(st.integers(0, n), max_size=3).map(sorted)
        return st.fixed_dictionaries({"parts": parts | places, "axis": st.just(axis)})

    return st.integers(-len(shape), len(shape) - 1).flatmap(at)


@st.composite
def assigned(draw: Any) -> Drawn:
    """An array, a value for a part of it, and where; places may repeat."""
    shape = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple))
    index = draw(basic_indices(shape, allow_newaxis=True) | integer_array_indices(shape))
    part = np.empty(shape)[index]
    longer = (1, *part.shape) if part.ndim else ()
    value_shape = draw(st.sampled_from([part.shape, part.shape[1:], (), longer]))
    x, value = (fill(s, Domain(), draw(seeds)) for s in (shape, value_shape))
    return [x, value], {"index": index}


def numpy_assigned(x: np.ndarray, value: np.ndarray, index: Any) -> np.ndarray:
    x = x.copy()
    x[index] = value
    return x


CASES = [
    Case("setitem", indexing._setitem, numpy_assigned, assigned()),
    Case("getitem[basic]", mg.getitem, numpy_getitem, one(kwargs=basic)),
    Case(
        "getitem[integers]", mg.getitem, numpy_getitem, one(min_dims=1, min_side=1, kwargs=integer)
    ),
    Case("getitem[mask]", mg.getitem, numpy_getitem, one(kwargs=mask)),
    Case(
        "getitem[mixed]",
        mg.getitem,
        numpy_getitem,
        one(
            min_dims=3,
            min_side=3,
            max_side=3,
            kwargs=lambda s: st.sampled_from(mixtures).map(lambda i: {"index": i}),
        ),
    ),
    Case("tensor_split", rejoined, rejoined, one(min_dims=1, kwargs=cuts)),
    Case("scatter_extreme", further._scatter_extreme, best, competing()),
    Case("take", mg.take, np.take, taken()),
    Case("take_along_axis", mg.take_along_axis, np.take_along_axis, taken_along()),
    Case("scatter", indexing._scatter, scatter, scattered()),
]
