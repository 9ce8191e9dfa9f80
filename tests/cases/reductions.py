"""Cases for `minigrad/ops/reductions.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import Case, Domain, one
from hypothesis import strategies as st

import minigrad as mg
from minigrad.ops import reductions

Shape = tuple[int, ...]


def reduced(shape: Shape, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """One axis, several, none, or None for all; with or without keepdims."""
    axes: st.SearchStrategy[Any] = st.none()
    if shape:
        axes |= st.integers(-len(shape), len(shape) - 1)
    axes |= st.lists(st.integers(0, max(len(shape) - 1, 0)), unique=True, max_size=len(shape)).map(
        tuple
    )
    return st.fixed_dictionaries({"axis": axes, "keepdims": st.booleans(), **more})


def one_axis(shape: Shape) -> st.SearchStrategy[Any]:
    return st.none() | st.integers(-len(shape), len(shape) - 1) if shape else st.none()


def single(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"axis": one_axis(shape), "keepdims": st.booleans()})


def spread(shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
    return reduced(shape, correction=st.sampled_from([0, 0.5]))


def middle(x: np.ndarray) -> Any:
    return np.sort(x, axis=None)[(x.size - 1) // 2]


def numpy_var(x: np.ndarray, axis: Any, keepdims: bool, correction: float) -> Any:
    return np.var(x, axis, keepdims=keepdims, ddof=correction)


def numpy_std(x: np.ndarray, axis: Any, keepdims: bool, correction: float) -> Any:
    return np.std(x, axis, keepdims=keepdims, ddof=correction)


def logsumexp(x: np.ndarray, axis: Any, keepdims: bool) -> Any:
    with np.errstate(divide="ignore"):
        return np.log(np.sum(np.exp(x), axis, keepdims=keepdims))


def norm(x: np.ndarray, axis: Any, keepdims: bool, ord: float) -> Any:
    return (
        np.max(np.abs(x), axis, keepdims=keepdims)
        if ord == np.inf
        else np.sum(np.abs(x) ** ord, axis, keepdims=keepdims) ** (1 / ord)
    )


def vector_norm(name: str, order: float, **draws: Any) -> Case:
    return Case(
        f"vector_norm{name}",
        lambda x, **kw: mg.vector_norm(x, ord=order, **kw),
        lambda x, **kw: norm(x, ord=order, **kw),
        one(min_side=1, kwargs=reduced, **draws),
    )


filled = {"min_side": 1, "kwargs": reduced}
nonzero = Domain(avoid=(0.0,), margin=0.3)

CASES = [
    Case("sum", reductions.sum, np.sum, one(kwargs=reduced)),
    Case("mean", reductions.mean, np.mean, one(**filled)),
    Case("prod", reductions.prod, np.prod, one(kwargs=reduced)),
    Case(
        "prod[long]",
        reductions.prod,
        np.prod,
        one(min_dims=1, max_dims=1, min_side=5, max_side=11, kwargs=reduced),
    ),
    Case(
        "cumsum", mg.cumsum, np.cumsum, one(kwargs=lambda s: one_axis(s).map(lambda a: {"axis": a}))
    ),
    Case("amax", reductions.amax, np.max, one(**filled, distinct=True)),
    Case("amin", reductions.amin, np.min, one(**filled, distinct=True)),
    Case("median", reductions.median, middle, one(min_side=1, distinct=True)),
    Case("argmax", mg.argmax, np.argmax, one(min_side=1, kwargs=single), order=0),
    Case("argmin", mg.argmin, np.argmin, one(min_side=1, kwargs=single), order=0),
    Case("var", reductions.var, numpy_var, one(min_side=1, kwargs=spread)),
    # Two or more elements, apart: the root is steep near 0.
    Case(
        "std",
        reductions.std,
        numpy_std,
        one(
            min_dims=1,
            min_side=2,
            distinct=True,
            kwargs=lambda s: spread(s).filter(lambda k: k["axis"] != ()),
        ),
    ),
    Case("logsumexp", reductions.logsumexp, logsumexp, one(kwargs=reduced)),
    vector_norm("[1]", 1, domain=nonzero),
    vector_norm("", 2, domain=nonzero),
    vector_norm("[3]", 3, domain=nonzero),
    vector_norm("[1.5]", 1.5, domain=nonzero),
    vector_norm("[infinity]", np.inf, domain=Domain(0.1, 3), distinct=True),
    Case("all", reductions.all, np.all, one(kwargs=reduced), order=0),
    Case("any", reductions.any, np.any, one(kwargs=reduced), order=0),
    Case("count_nonzero", reductions.count_nonzero, np.count_nonzero, one(kwargs=reduced), order=0),
]
