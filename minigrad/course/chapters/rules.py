"""Chapter 3: rules of elementwise functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Twin

ZERO = np.array([[0.0, -1.5, 2.0, 0.0], [0.5, 0.0, -0.25, 1.0], [3.0, -2.0, 0.0, 0.75]])


def draw(*shapes: tuple[int, ...], seed: int = 0) -> list[Any]:
    """Normal numbers of these shapes."""
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]


def unary(function: Any) -> Any:
    """Calls of a rule `(g, x, out)`: 3 x 4, and a square."""

    def cases() -> list[Case]:
        found = []
        for seed, shape in enumerate(((3, 4), (3, 3), (5,))):
            g, x = draw(shape, shape, seed=seed)
            found.append(Case((g, x, function(x))))
        return found

    return cases


def subtract_cases() -> list[Case]:
    """Two arrays of one shape."""
    found = []
    for seed, shape in enumerate(((3, 4), (3, 3))):
        g, x1, x2 = draw(shape, shape, shape, seed=seed)
        found.append(Case((g, x1, x2, x1 - x2)))
    return found


def power_cases() -> list[Case]:
    """Whole exponents with bases of both signs; broken exponents with positive ones."""
    found = []
    for seed, n in enumerate((3.0, 2.5, 0.5, -1.0, 2.0)):
        g, x = draw((3, 4), (3, 4), seed=seed)
        x = np.abs(x) + 0.2 if n != int(n) else x
        found.append(Case((g, x, n, x**n), {"n": n}, words=f"n = {n:g}"))
    g, x = draw((3, 4), (3, 4), seed=9)
    x[0, 1] = x[2, 2] = 0.0
    text = (
        "it goes wrong where x is 0: dividing by x, or taking its logarithm, gives NaN there, and "
        "0 in its place is wrong for n = 1. n x^(n-1) needs neither"
    )
    for n in (2.0, 1.0):
        found.append(Case((g, x, n, x**n), {"n": n}, f"x = 0, n = {n:g}", "power at 0", text))
    return found


def abs_cases() -> list[Case]:
    """Away from the kink, and at it."""
    g, x = draw((3, 4), (3, 4))
    h, _ = draw((3, 4), (3, 4), seed=1)
    return [
        Case((g, x, np.abs(x))),
        Case(
            (h, ZERO, np.abs(ZERO)),
            words="some x are 0",
            mistake="kink",
            text="it is right but for x = 0, the kink. Any slope from -1 to 1 could stand there; "
            "PyTorch, JAX and minigrad choose 0, the middle one",
        ),
    ]


def power_form(factor: int, exponent: int) -> Twin:
    """(n + factor) x^(n + exponent), or x^(n + exponent) where factor is 9."""
    names = {0: "n", -1: "(n-1)", 1: "(n+1)", -2: "(n-2)", 9: "1"}
    return Twin(
        "exponent",
        f"this is {names[factor]} x^{names[exponent]}; the old exponent comes down as a factor, and "
        f"falls by one: n x^(n-1)",
        lambda g, x, n, out: g * (1 if factor == 9 else n + factor) * x ** (n + exponent),
    )


NAMED = ((0, -1), (9, -1), (-1, -1), (0, 0), (0, 1))  # the right one, and those with other words
POWERS = tuple(
    power_form(a, b) for a in (9, 0, -1, 1) for b in (0, -1, 1, -2) if (a, b) not in NAMED
)
G_IGNORED = ("g ignored", "")
SAID = {"g ignored": G_IGNORED, "ones for g": G_IGNORED}

EXERCISES = (
    Exercise(
        "exp_rule",
        (
            "What is the derivative of e^x? You have been handed it already.",
            "The derivative is the output itself: multiply g by one of the three arguments.",
        ),
        lambda g, x, out: g * out,
        unary(np.exp),
        ("g", "x", "out"),
        ("dx",),
        cotangent=0,
        said=SAID,
        twins=(
            Twin(
                "x for out",
                "it multiplies by x; the derivative of e^x is e^x, which is out",
                lambda g, x, out: g * x,
            ),
            Twin(
                "x for out",
                "out is the whole slope of e^x: x is no factor of it",
                lambda g, x, out: g * x * out,
            ),
            Twin(
                "out twice",
                "it takes the exponential of out; out is e^x already",
                lambda g, x, out: g * np.exp(out),
            ),
            Twin(
                "exponent",
                "this is x e^(x-1), the rule of a power; here x is the exponent",
                lambda g, x, out: g * x * np.exp(x - 1),
            ),
        ),
    ),
    Exercise(
        "subtract_rules",
        (
            "If x2 grows by a little, what happens to x1 - x2?",
            "One of the two is g, the other is g with another sign.",
        ),
        lambda g, x1, x2, out: (g, -g),
        subtract_cases,
        ("g", "x1", "x2", "out"),
        ("dx1", "dx2"),
        cotangent=0,
        said={
            **SAID,
            "sign": ("sign", "x2 is subtracted: out falls where x2 grows, and only there"),
        },
        twins=(
            Twin(
                "g ignored",
                "this is the slope alone: a rule multiplies g by it",
                lambda g, x1, x2, out: (1.0, -1.0),
            ),
            Twin(
                "product",
                "this is the rule of x1 * x2: the slopes of a difference are numbers",
                lambda g, x1, x2, out: (g * x2, g * x1),
            ),
            Twin(
                "product",
                "this is the rule of x1 * x2: the slopes of a difference are numbers",
                lambda g, x1, x2, out: (g * x2, -g * x1),
            ),
            Twin(
                "x for out",
                "it multiplies by x: the slopes of x1 - x2 are 1 and -1, wherever one stands",
                lambda g, x1, x2, out: (g * x1, g * x2),
            ),
        ),
    ),
    Exercise(
        "power_rule",
        (
            "Write the derivative of x^3 and of x^-1 down, then put n for the number.",
            "n stands in front, and the exponent is smaller by one.",
        ),
        lambda g, x, n, out: g * n * x ** (n - 1),
        power_cases,
        ("g", "x", "n", "out"),
        ("dx",),
        cotangent=0,
        said={
            **SAID,
            "1/n times": ("exponent", "The exponent comes down as a factor: n x^(n-1)"),
            "(n-1)/n times": ("exponent", "The factor is the old exponent: n x^(n-1)"),
        },
        twins=(
            Twin(
                "exponent",
                "the exponent has to fall by one: n x^(n-1), not n x^n",
                lambda g, x, n, out: g * n * out,
            ),
            Twin(
                "exponent",
                "the exponent falls by one, it does not rise: n x^(n-1)",
                lambda g, x, n, out: g * n * x ** (n + 1),
            ),
            Twin(
                "exponent",
                "x**n - 1 is (x**n) - 1 in Python: the exponent n - 1 needs brackets",
                lambda g, x, n, out: g * n * x**n - 1,
            ),
            Twin(
                "exponent",
                "x**n - 1 is (x**n) - 1 in Python: the exponent n - 1 needs brackets",
                lambda g, x, n, out: g * (n * x**n - 1),
            ),
            Twin("x for out", "it multiplies by x; wanted x^(n-1)", lambda g, x, n, out: g * n * x),
            Twin(
                "exponent",
                "this is the derivative with respect to n, out log x; wanted is the one "
                "with respect to x",
                lambda g, x, n, out: g * out * np.log(x),
            ),
            Twin(
                "negative base",
                "it goes wrong where x is negative: log x is NaN there, and |x| "
                "loses the sign. n x^(n-1) needs neither",
                lambda g, x, n, out: g * n * np.exp((n - 1) * np.log(x)),
            ),
            Twin(
                "negative base",
                "it goes wrong where x is negative: log x is NaN there, and |x| "
                "loses the sign. n x^(n-1) needs neither",
                lambda g, x, n, out: g * n * np.abs(x) ** (n - 1),
            ),
            Twin(
                "exponent",
                "x is the base and n the exponent, not the other way round: n x^(n-1)",
                lambda g, x, n, out: g * n ** (x - 1),
            ),
            Twin(
                "exponent",
                "x is the base and n the exponent, not the other way round: n x^(n-1)",
                lambda g, x, n, out: g * x * n ** (x - 1),
            ),
            *POWERS,
        ),
    ),
    Exercise(
        "tanh_rule",
        (
            "The derivative of tanh can be written with tanh itself. Which argument is that?",
            "d tanh(x)/dx = 1 - tanh(x)^2.",
        ),
        lambda g, x, out: g * (1 - out * out),
        unary(np.tanh),
        ("g", "x", "out"),
        ("dx",),
        cotangent=0,
        terms=lambda g, x, out: {"dx": {"g": (1.0, g), "g out^2": (-1.0, g * out * out)}},
        said={
            **SAID,
            "g out^2: sign": ("sign", "The slope of tanh is at most 1: which sign makes it so?"),
            "g out^2: 0": ("derivative", "Where tanh is flat, nothing may go back"),
        },
        twins=(
            Twin(
                "x for out",
                "it has x where out, which is tanh(x), belongs: 1 - out^2",
                lambda g, x, out: g * (1 - x * x),
            ),
            Twin(
                "brackets",
                "g multiplies the 1 only: g (1 - out^2) needs brackets",
                lambda g, x, out: g * 1 - out * out,
            ),
            Twin("square", "out has to be squared: 1 - out^2", lambda g, x, out: g * (1 - out)),
            Twin(
                "square",
                "out has to be squared, not doubled: 1 - out^2",
                lambda g, x, out: g * (1 - 2 * out),
            ),
            Twin(
                "square",
                "the square belongs to out alone: 1 - out^2, not (1 - out)^2",
                lambda g, x, out: g * (1 - out) ** 2,
            ),
            Twin(
                "square",
                "1 / cosh has to be squared: the slope is 1 - out^2, which is 1 / cosh^2",
                lambda g, x, out: g / np.cosh(x),
            ),
            Twin(
                "out twice",
                "it takes tanh of out; out is tanh(x) already",
                lambda g, x, out: g * (1 - np.tanh(out) ** 2),
            ),
            Twin(
                "sigmoid",
                "out (1 - out) is the slope of the sigmoid; tanh's is 1 - out^2",
                lambda g, x, out: g * out * (1 - out),
            ),
        ),
    ),
    Exercise(
        "abs_rule",
        (
            "The slope of |x| is a sign. What do you want at x = 0?",
            "numpy has a function that is -1, 0 and 1.",
        ),
        lambda g, x, out: g * np.sign(x),
        abs_cases,
        ("g", "x", "out"),
        ("dx",),
        cotangent=0,
        said=SAID,
        twins=(
            Twin(
                "sign",
                "it has no sign: where x is negative, |x| falls as x grows",
                lambda g, x, out: g,
            ),
            Twin(
                "x for out",
                "it multiplies by x; the slope is the sign of x",
                lambda g, x, out: g * x,
            ),
            Twin(
                "x for out",
                "it multiplies by |x|; the slope is the sign of x",
                lambda g, x, out: g * out,
            ),
            Twin(
                "sign",
                "it takes the absolute value of g; g keeps its sign",
                lambda g, x, out: np.abs(g),
            ),
            Twin(
                "sign",
                "it gives g the sign of x; wanted is g times the sign of x, for g may be negative",
                lambda g, x, out: np.copysign(g, x),
            ),
            Twin(
                "sign",
                "where x is negative nothing goes back; |x| has the slope -1 there",
                lambda g, x, out: g * (x > 0),
            ),
        ),
    ),
)
