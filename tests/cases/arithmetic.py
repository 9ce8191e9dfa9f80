"""Arithmetic, functions made of pieces, comparisons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, elementwise, one
from hypothesis import strategies as st
from layouts import lay_out, layouts

import minigrad as mg
from minigrad.ops import arithmetic, logic, piecewise

ANY = Domain()
NONZERO = Domain(avoid=(0,), margin=0.3)
POSITIVE = Domain(0.3, 3)
OFF_INTEGERS = Domain(-2.5, 2.5, avoid=(-2, -1, 0, 1, 2))


@st.composite
def on_grid(draw: Any, *domains: Domain, offset: float = 1 / 12) -> Drawn:
    """Arrays of multiples of 1/4, each shifted by `offset` from the one before.

    Of up to three arrays no two values are then nearer than 1/12.
    """
    arrays, _ = draw(elementwise(*domains))
    arrays = [np.asarray(np.round(4 * a) / 4 + offset * i) for i, a in enumerate(arrays)]
    return [lay_out(a, draw(layouts)) for a in arrays], {}


@st.composite
def quotients(draw: Any) -> Drawn:
    """A numerator and a denominator of which no quotient, (3m + 1)/3n, is near an integer."""
    (denominator, numerator), _ = draw(on_grid(Domain(0.5, 3), ANY))
    return [numerator, denominator], {}


@st.composite
def chosen(draw: Any) -> Drawn:
    (condition, *arrays), _ = draw(elementwise(ANY, ANY, ANY))
    return arrays, {"condition": condition > 0}


@st.composite
def with_infinities(draw: Any) -> Drawn:
    (array,), _ = draw(one(Domain(0, 1)))
    special = np.array([np.nan, np.inf, -np.inf, 0.0, 1.0])
    return [special[(5 * array).astype(int)]], {}


def exponents(shape: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"x2": st.sampled_from([-2, -1, 0, 1, 2, 3, 3.0])})


def bounds(shape: tuple[int, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"min": st.sampled_from([None, -1, -1.0]), "max": st.sampled_from([None, 1, 1.0])}
    )


def remainder(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    return x1 - np.floor(x1 / x2) * x2


def binary(name: str, *domains: Domain, reference: Callable[..., Any] | None = None) -> Case:
    function = getattr(arithmetic, name, None) or getattr(mg, name)
    return Case(name, function, reference or getattr(np, name), elementwise(*domains))


def comparison(name: str, numpy_name: str = "") -> Case:
    reference = getattr(np, numpy_name or name)
    return Case(name, getattr(logic, name), reference, on_grid(ANY, ANY, offset=0), order=0)


def bitwise(name: str) -> Case:
    """On whole numbers; that floats are refused is a test of its own."""

    def of_whole(function: Any) -> Any:
        return lambda *xs: function(*[x.astype(np.int64) for x in xs])

    inputs = one(Domain(-9, 9)) if name == "bitwise_not" else on_grid(ANY, ANY, offset=0)
    return Case(name, of_whole(getattr(mg, name)), of_whole(getattr(np, name)), inputs, order=0)


CASES = [
    binary("add", ANY, ANY),
    binary("subtract", ANY, ANY),
    binary("multiply", ANY, ANY),
    binary("divide", ANY, NONZERO),
    binary("pow", POSITIVE, ANY),
    Case(
        "pow[constant exponent]",
        mg.pow,
        lambda x1, x2: np.float_power(x1, x2),
        one(NONZERO, kwargs=exponents),
    ),
    Case("pow[constant base]", lambda x: 2.5**x, lambda x: np.power(2.5, x), one(ANY)),
    binary("hypot", NONZERO, ANY),
    binary("atan2", NONZERO, ANY),
    binary("logaddexp", ANY, ANY),
    Case("negative", mg.negative, np.negative, one(ANY)),
    Case("reciprocal", mg.reciprocal, np.reciprocal, one(NONZERO)),
    Case("square", mg.square, np.square, one(ANY)),
    Case(
        "where",
        lambda *xs, condition: piecewise.where(condition, *xs),
        lambda *xs, condition: np.where(condition, *xs),
        chosen(),
    ),
    Case("maximum", mg.maximum, np.maximum, on_grid(ANY, ANY)),
    Case("minimum", mg.minimum, np.minimum, on_grid(ANY, ANY)),
    Case("clip", piecewise.clip, np.clip, one(Domain(avoid=(-1, 1)), kwargs=bounds)),
    Case("clip[by tensors]", piecewise.clip, np.clip, on_grid(ANY, Domain(-2, -0.5), Domain(0, 2))),
    Case("abs", mg.abs, np.abs, one(NONZERO)),
    Case("sign", mg.sign, np.sign, one(NONZERO)),
    Case("floor", mg.floor, np.floor, one(OFF_INTEGERS)),
    Case("ceil", mg.ceil, np.ceil, one(OFF_INTEGERS)),
    Case("round", piecewise.round, np.round, one(Domain(-2, 2, avoid=(-1.5, -0.5, 0.5, 1.5)))),
    Case("floor_divide", mg.floor_divide, lambda a, b: np.floor(a / b), quotients()),
    Case("remainder", mg.remainder, remainder, quotients()),
    Case("fmod", mg.fmod, np.fmod, quotients()),
    comparison("eq", "equal"),
    comparison("ne", "not_equal"),
    comparison("lt", "less"),
    comparison("le", "less_equal"),
    comparison("gt", "greater"),
    comparison("ge", "greater_equal"),
    *map(bitwise, ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not")),
    *map(bitwise, ("bitwise_left_shift", "bitwise_right_shift")),
    *map(comparison, ("logical_and", "logical_or", "logical_xor")),
    Case("logical_not", mg.logical_not, np.logical_not, on_grid(ANY), order=0),
    *(
        Case(name, getattr(mg, name), getattr(np, name), with_infinities(), order=0)
        for name in ("isnan", "isinf", "isfinite")
    ),
]
