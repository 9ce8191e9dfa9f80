"""What a test case of an operation is, and how its inputs are drawn.

A case is one `Case(...)` in `tests/cases/`; `tests/ops/test_operations.py` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, mutually_broadcastable_shapes
from layouts import lay_out, layouts, seeds

Drawn = tuple[list[np.ndarray], dict[str, Any]]
Kwargs = Callable[[tuple[int, ...]], st.SearchStrategy[dict[str, Any]]] | None


@dataclass(frozen=True)
class Domain:
    """Where values come from: uniform in [low, high], `margin` away from each of `avoid`."""

    low: float = -3.0
    high: float = 3.0
    avoid: tuple[float, ...] = ()
    margin: float = 0.05


@dataclass(frozen=True, repr=False)
class Case:
    """An operation (or public function), its NumPy reference, and its inputs.

    function : takes tensors (in the place of the drawn arrays) and the drawn keywords
    reference : the same on float64 arrays
    draws : a strategy of (arrays, keywords)
    order : to which order gradients are checked; 0 where there is none
    float32 : the bound on float32's error, in units of float32's eps times the largest magnitude
        in sight (float32 against float64 on the same values)
    """

    name: str
    function: Callable[..., Any]
    reference: Callable[..., Any]
    draws: st.SearchStrategy[Drawn]
    order: int = 2
    float32: float = 64.0

    def __repr__(self) -> str:
        return self.name

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.name)  # hypothesis would show every field


def fill(shape: Sequence[int], domain: Domain, seed: int, distinct: bool = False) -> np.ndarray:
    """A float64 array of random values of the domain; `distinct`: no two nearer than a margin."""
    rng = np.random.default_rng(seed)
    size = int(np.prod(shape))
    if distinct:
        values = np.linspace(domain.low, domain.high, size + 2)[1:-1]
        values = rng.permutation(values)
    else:
        values = rng.uniform(domain.low, domain.high, size)
    for point in domain.avoid:
        near = np.abs(values - point) < domain.margin
        side = np.where(
            point + domain.margin > domain.high,
            -1.0,
            np.where(point - domain.margin < domain.low, 1.0, rng.choice([-1.0, 1.0], size)),
        )
        values = np.where(near, point + side * domain.margin * rng.uniform(1, 2, size), values)
    return values.reshape(shape)


def length(most: int) -> st.SearchStrategy[int]:
    """Of an axis; none comes last, so that a failure is shown with numbers where it can be."""
    return st.sampled_from([*range(1, most + 1), 0])


def draw_shapes(draw: Any, of: Callable[[int], st.SearchStrategy[Any]]) -> Any:
    """Shapes whose sides are at least 1, or now and then 0.

    A failure is shown with numbers if it can be: hypothesis makes what it has found first smaller,
    but finds no way from an empty array to a full one.
    """
    return draw(of(draw(st.sampled_from([1, 1, 1, 1, 0]))))


def an_axis(name: str = "axis") -> Kwargs:
    """A keyword that is an axis of the shape, counted from either end."""

    def draw(shape: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({name: st.integers(-len(shape), len(shape) - 1)})

    return draw


@st.composite
def elementwise(draw: Any, *domains: Domain, kwargs: Any = None) -> Drawn:
    """Arrays that broadcast together: up to 3 axes, sides of 0 to 3."""
    shapes, _ = draw_shapes(
        draw,
        lambda side: mutually_broadcastable_shapes(
            num_shapes=len(domains), min_dims=0, max_dims=3, min_side=side, max_side=3
        ),
    )
    arrays = [
        lay_out(fill(s, d, draw(seeds)), draw(layouts))
        for s, d in zip(shapes, domains, strict=True)
    ]
    return arrays, draw(kwargs) if kwargs is not None else {}


@st.composite
def alike(draw: Any, *domains: Domain, min_dims: int = 1, kwargs: Kwargs = None) -> Drawn:
    """Arrays of one shape, and keywords that may depend on it."""
    shape = draw_shapes(
        draw, lambda side: array_shapes(min_dims=min_dims, max_dims=3, min_side=side, max_side=3)
    )
    arrays = [lay_out(fill(shape, d, draw(seeds)), draw(layouts)) for d in domains]
    return arrays, draw(kwargs(shape)) if kwargs is not None else {}


@st.composite
def one(
    draw: Any,
    domain: Domain = Domain(),
    min_dims: int = 0,
    max_dims: int = 3,
    min_side: int = 0,
    max_side: int = 4,
    kwargs: Kwargs = None,
    distinct: bool = False,
) -> Drawn:
    """One array, and keywords that may depend on its shape."""
    shape = draw_shapes(
        draw,
        lambda side: array_shapes(
            min_dims=min_dims, max_dims=max_dims, min_side=max(side, min_side), max_side=max_side
        ),
    )
    array = lay_out(fill(shape, domain, draw(seeds), distinct), draw(layouts))
    return [array], draw(kwargs(shape)) if kwargs is not None else {}
