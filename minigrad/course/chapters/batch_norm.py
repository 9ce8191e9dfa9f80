"""Chapter 7: batch norm, staged and closed, and a check that can fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Finding, Trial, Twin, as_array
from .rules import draw

EPS = 1e-5


def parts(x: Any, eps: float, axis: int | None = 0, ddof: int = 0) -> tuple[Any, Any]:
    """h, the normalised x, and sigma."""
    sigma = np.sqrt(x.var(axis=axis, keepdims=True, ddof=ddof) + eps)
    return (x - x.mean(axis=axis, keepdims=True)) / sigma, sigma


def right(g: Any, x: Any, eps: float) -> Any:
    """(g - mean g - h mean(g h)) / sigma."""
    h, sigma = parts(x, eps)
    return (g - g.mean(axis=0) - h * (g * h).mean(axis=0)) / sigma


def flat(g: Any, x: Any, eps: float) -> Any:
    """Along axis 1, which is then lost: for a square x nothing complains."""
    sigma = np.sqrt(x.var(axis=1) + eps)
    h = (x - x.mean(axis=1)) / sigma
    return (g - g.mean(axis=1) - h * (g * h).mean(axis=1)) / sigma


def flat_stages(g: Any, x: Any, eps: float) -> Any:
    """The same in stages, of which each loses the axis."""
    n = len(x)
    d = x - x.sum(axis=1) / n
    sigma = np.sqrt((d * d).sum(axis=1) / n + eps)
    dv = -(g * d).sum(axis=1) / (2 * sigma**3)
    dd = g / sigma + 2 * d * dv / n
    return dd - dd.sum(axis=1) / n


def along(
    axis: int | None = 0, ddof: int = 0, eps_as: Callable[[float], float] = lambda e: e
) -> Any:
    """The right rule along another axis, with another variance, with another eps."""

    def rule(g: Any, x: Any, eps: float) -> Any:
        h, sigma = parts(x, eps_as(eps), axis, ddof)
        return (
            g - g.mean(axis=axis, keepdims=True) - h * (g * h).mean(axis=axis, keepdims=True)
        ) / sigma

    return rule


def combination(first: float, mean: float, variance: float, by_n: str = "") -> Any:
    """The rule with other factors; `by_n` multiplies the named one by n."""

    def rule(g: Any, x: Any, eps: float) -> Any:
        h, sigma = parts(x, eps)
        n = len(x)
        a = mean * (n if by_n == "mean" else 1)
        b = variance * (n if by_n == "variance" else 1)
        return (first * g - a * g.mean(axis=0) - b * h * (g * h).mean(axis=0)) / sigma

    return rule


WRONG_RULES: dict[str, Callable[..., Any]] = {
    "the variance held constant": combination(1, 1, 0),
    "1/n forgotten on the variance's path": combination(1, 1, 1, "variance"),
    "the wrong sign": combination(-1, -1, -1),
    "the variance with n - 1": along(ddof=1),
    "eps forgotten": along(eps_as=lambda e: 0.0),
    "along the wrong axis": along(axis=1),
    "the mean held constant": combination(1, 0, 1),
    "both held constant": combination(1, 0, 0),
    "1/n forgotten on the mean's path": combination(1, 1, 1, "mean"),
    "the mean's path with the wrong sign": combination(1, -1, 1),
}
"""Ten wrong rules.  Under a cotangent of ones the first six give what the right one gives: 0."""


def passing(cotangent: Any, x: Any, eps: float = EPS, rtol: float = 1e-3) -> list[str]:
    """The wrong rules that a check with this cotangent lets pass.

    A check passes where |rule - right| <= rtol max |right| + 1e-7, as gradient checks do.

    >>> x = example()
    >>> len(passing(np.ones_like(x), x))
    6
    """
    wanted = right(cotangent, x, eps)
    room = rtol * float(np.abs(wanted).max()) + 1e-7 * float(np.abs(cotangent).max())
    with np.errstate(all="ignore"):
        return [
            name
            for name, rule in WRONG_RULES.items()
            if np.abs(rule(cotangent, x, eps) - wanted).max() <= room
        ]


def example(seed: int = 0, n: int = 6, features: int = 4) -> np.ndarray:
    """Numbers to normalise, one feature of which varies little, so that eps is seen."""
    (x,) = draw((n, features), seed=seed)
    x[:, 0] *= 0.01
    found: np.ndarray = x + np.arange(features)
    return found


def cases() -> list[Case]:
    """n and features differ, small variances, a square, another eps."""
    found = []
    for seed, (n, d) in enumerate(((6, 4), (5, 3), (4, 4), (9, 2))):
        (g,) = draw((n, d), seed=seed + 10)
        found.append(Case((g, example(seed, n, d), EPS), {"n": n, "features": d}))
    text = "it is right for an eps of 1e-5 only: eps comes as an argument"
    (g,) = draw((6, 4), seed=20)
    other = Case((g, example(5, 6, 4), 1e-3), {"n": 6, "features": 4}, "eps = 1e-3", "eps", text)
    return [*found, other]


def forward_cases() -> list[Case]:
    """As for the rules, without g."""
    return [replace(case, args=case.args[1:]) for case in cases()]


def terms(g: Any, x: Any, eps: float) -> dict[str, dict[str, tuple[float, Any]]]:
    """g, the mean's path and the variance's."""
    h, sigma = parts(x, eps)
    return {
        "dx": {
            "g/sigma": (1.0, g / sigma),
            "mean(g)/sigma": (-1.0, g.mean(axis=0) / sigma),
            "h mean(g h)/sigma": (-1.0, h * (g * h).mean(axis=0) / sigma),
            "mean(g h)/sigma": (0.0, (g * h).mean(axis=0) / sigma),
        }
    }


MEAN, VARIANCE = "mean(g)/sigma", "h mean(g h)/sigma"
SAID = {
    f"{MEAN}: 0": ("mean held constant", "Every x of the batch has moved the mean, too"),
    f"{VARIANCE}: 0": (
        "variance held constant",
        "Every x of the batch has moved the variance, too",
    ),
    f"{MEAN}: 0; {VARIANCE}: 0": (
        "mean and variance held constant",
        "Both were computed from x: this is the rule where both are given, as in evaluation",
    ),
    f"{VARIANCE}: 0; mean(g h)/sigma: -1": ("h forgotten", "mean(g h) goes back along h"),
    f"{MEAN}: n times": ("1/n", "The mean is a sum divided by n, and so is its transpose"),
    f"{VARIANCE}: n times": ("1/n", "The variance is a sum divided by n, and so is its transpose"),
    f"{MEAN}: 1/n times": ("1/n", "It is divided by n twice"),
    f"{VARIANCE}: 1/n times": ("1/n", "It is divided by n twice"),
    f"{MEAN}: n times; {VARIANCE}: n times": ("1/n", "Both means are sums divided by n"),
    f"{MEAN}: n/features times; {VARIANCE}: n/features times": (
        "1/n",
        "n is the number of rows, not of features",
    ),
    f"g/sigma: (n-1)/n times; {MEAN}: 0; {VARIANCE}: (n-1)/n times": (
        "mean not summed",
        "All rows have the same mean: what goes back to it is their sum",
    ),
    f"g/sigma: 0; {MEAN}: 0": ("= for +=", "x reaches h directly, too: its terms add up"),
    f"{VARIANCE}: 2 times": ("2 and 1/2", "The root brings 1/2, the square 2: both belong"),
    f"{VARIANCE}: 0.5 times": ("2 and 1/2", "The root brings 1/2, the square 2: both belong"),
    f"{MEAN}: sign": ("sign", "A larger mean makes every output smaller"),
    f"{VARIANCE}: sign": ("sign", "A larger variance makes every output smaller"),
    f"{VARIANCE}: n/(n-1) times": ("ddof", "The variance is divided by n here, not by n - 1"),
    f"{VARIANCE}: (n-1)/n times": ("ddof", "The variance is divided by n here, not by n - 1"),
    "n times": ("1/n", ""),
    "1/n times": ("1/n", "The two means have all the 1/n that there are"),
    "ones for g": ("g ignored", ""),
}
DDOF = "the variance is divided by n - 1; a batch normalises by its own variance, divided by n"
AXIS = "it runs along the wrong axis: each feature (column) has its own mean, over the rows"
SMALL = "; only features of small variance show it"
ROOT = (
    "sigma's power is off on the variance's path: 1/sigma has the derivative -1/sigma^2, the root "
    "1/(2 sigma)"
)


def through_variance(way: Callable[..., Any]) -> Callable[..., Any]:
    """The rule, with another way through the variance: a function of h and sigma for h."""

    def rule(g: Any, x: Any, eps: float) -> Any:
        h, sigma = parts(x, eps)
        return (g - g.mean(axis=0) - way(h, sigma) * (g * h).mean(axis=0)) / sigma

    return rule


def with_x(g: Any, x: Any, eps: float) -> Any:
    """x for h."""
    sigma = parts(x, eps)[1]
    return (g - g.mean(axis=0) - x * (g * x).mean(axis=0)) / sigma


def without_brackets(g: Any, x: Any, eps: float) -> Any:
    """Brackets forgotten before the division."""
    h, sigma = parts(x, eps)
    return g - g.mean(axis=0) - h * (g * h).mean(axis=0) / sigma


def without_sum(g: Any, x: Any, eps: float) -> Any:
    """Each row's own share of the variance's gradient."""
    h, sigma = parts(x, eps)
    d = (g - h * h * g / len(x)) / sigma
    return d - d.mean(axis=0)


def means_of_all(g: Any, x: Any, eps: float) -> Any:
    """h by features, the two means over everything."""
    h, sigma = parts(x, eps)
    return (g - g.mean() - h * (g * h).mean()) / sigma


TWINS = (
    Twin("eps", f"eps is forgotten: sigma is sqrt(var + eps){SMALL}", along(eps_as=lambda e: 0.0)),
    Twin(
        "eps",
        "eps is added to the standard deviation, wanted inside of the root: sqrt(var + eps)",
        lambda g, x, eps: (lambda h, s: (g - g.mean(0) - h * (g * h).mean(0)) / s)(
            (x - x.mean(0)) / (x.std(0) + eps), x.std(0) + eps
        ),
    ),
    Twin(
        "eps",
        "it divides by var + eps, wanted its root",
        lambda g, x, eps: (lambda h, v: (g - g.mean(0) - h * (g * h).mean(0)) / v)(
            parts(x, eps)[0], x.var(0) + eps
        ),
    ),
    Twin(
        "eps", "eps is squared on its way: sigma is sqrt(var + eps)", along(eps_as=lambda e: e * e)
    ),
    Twin("ddof", DDOF, along(ddof=1)),
    Twin("axis", AXIS, along(axis=1)),
    Twin("axis", AXIS, flat),
    Twin("axis", AXIS, flat_stages),
    Twin("axis", "it takes one mean of all elements: each feature has its own", along(axis=None)),
    Twin(
        "variance held constant",
        "the variance is held constant, and eps is forgotten",
        lambda g, x, eps: (g - g.mean(0)) / x.std(0),
    ),
    Twin(
        "sigma",
        "1/sigma is missing: a stretched x has smaller gradients",
        lambda g, x, eps: right(g, x, eps) * parts(x, eps)[1],
    ),
    Twin(
        "sigma",
        "it multiplies by sigma, wanted divided by it",
        lambda g, x, eps: right(g, x, eps) * parts(x, eps)[1] ** 2,
    ),
    Twin(
        "root",
        "sigma is the root of var + eps, and the root is missing",
        lambda g, x, eps: (lambda h, v: (g - g.mean(0) - h * (g * h).mean(0)) / v)(
            (x - x.mean(0)) / (x.var(0) + eps), x.var(0) + eps
        ),
    ),
    Twin("root", ROOT, through_variance(lambda h, s: h * s)),
    Twin("root", ROOT, through_variance(lambda h, s: h / s)),
    Twin(
        "variance's term",
        "the variance's term has mean(g), wanted mean(g h): a row counts as much as its h",
        lambda g, x, eps: (lambda h, s: (g - g.mean(0) - h * g.mean(0)) / s)(*parts(x, eps)),
    ),
    Twin("x for h", "x stands where h, the normalised x, belongs", with_x),
    Twin("brackets", "all three terms are divided by sigma: it needs brackets", without_brackets),
    Twin(
        "not summed",
        "the way through the variance is not summed: all rows have the same variance, and what goes "
        "back to it is their sum",
        without_sum,
    ),
    Twin("axis", "it takes means of all elements: each feature has its own", means_of_all),
    Twin(
        "eps",
        "eps is added to the standard deviation, wanted inside of the root: sqrt(var + eps)",
        lambda g, x, eps: right(g, x, 0.0) * x.std(0) / (x.std(0) + eps),
    ),
    Twin(
        "ddof",
        DDOF,
        lambda g, x, eps: (lambda h, s: (g - g.mean(0) - h * (g * h).sum(0) / (len(x) - 1)) / s)(
            *parts(x, eps, 0, 1)
        ),
    ),
)
FORWARD_TWINS = (
    Twin("axis", AXIS, lambda x, eps: (x - x.mean(1)) / np.sqrt(x.var(1) + eps)),
    Twin(
        "eps", f"eps is forgotten: sigma is sqrt(var + eps){SMALL}", lambda x, eps: parts(x, 0.0)[0]
    ),
    Twin(
        "eps",
        "eps is added to the standard deviation, wanted inside of the root: sqrt(var + eps)",
        lambda x, eps: (x - x.mean(0)) / (x.std(0) + eps),
    ),
    Twin(
        "eps",
        "it divides by var + eps, wanted its root",
        lambda x, eps: (x - x.mean(0)) / (x.var(0) + eps),
    ),
    Twin(
        "eps",
        "eps is added to the result, wanted inside of the root: sqrt(var + eps)",
        lambda x, eps: (x - x.mean(0)) / x.std(0) + eps,
    ),
    Twin(
        "root",
        "it divides by the variance, wanted its root",
        lambda x, eps: (x - x.mean(0)) / x.var(0),
    ),
    Twin(
        "root",
        "it divides by the variance, wanted its root",
        lambda x, eps: (x - x.mean(0)) / x.var(0) + eps,
    ),
    Twin(
        "brackets",
        "x - mean / sigma divides the mean alone: x - mean needs brackets",
        lambda x, eps: x - x.mean(0) / np.sqrt(x.var(0) + eps),
    ),
    Twin("sigma", "it is not divided by sigma", lambda x, eps: x - x.mean(0)),
    Twin(
        "eps",
        "eps has a root of its own: sigma is one root of both, sqrt(var + eps)",
        lambda x, eps: (x - x.mean(0)) / (x.std(0) + np.sqrt(eps)),
    ),
    Twin(
        "axis",
        "it takes one variance of all elements: each feature has its own",
        lambda x, eps: (x - x.mean(0)) / np.sqrt(x.var() + eps),
    ),
    Twin(
        "1/n",
        "the variance is the sum of the squares, wanted their mean",
        lambda x, eps: (x - x.mean(0)) / np.sqrt(len(x) * x.var(0) + eps),
    ),
    Twin(
        "eps",
        "eps is squared on its way: sigma is sqrt(var + eps)",
        lambda x, eps: parts(x, eps * eps)[0],
    ),
    Twin("ddof", DDOF, lambda x, eps: parts(x, eps, 0, 1)[0]),
    Twin("axis", AXIS, lambda x, eps: parts(x, eps, 1)[0]),
    Twin(
        "axis",
        "it takes one mean and one variance of all elements: each feature has its own",
        lambda x, eps: (x - x.mean()) / np.sqrt(x.var() + eps),
    ),
)


def catches(function: Any, args: tuple[Any, ...]) -> Any:
    """The cotangent for x, or the reason why it is none, in place of its shape."""
    (x,) = args
    return function(x)


def all_caught(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Which wrong rules the learner's cotangent lets pass."""
    for trial in trials:
        (x,) = trial.case.args
        if trial.error is not None:
            return None
        g = as_array(trial.got[0])
        if g is None:
            return None
        if g.shape != x.shape:
            return Finding("shape", f"g has shape {g.shape}, wanted that of x, {x.shape}")
        if not np.isfinite(g).all() or not g.any():
            return Finding("numbers", "g has to be finite, and not zero everywhere")
        if missed := passing(g, x):
            reason = (
                "g is constant along each column: then mean(g h) is 0, and g - mean(g) too"
                if np.ptp(g, axis=0).max() < 1e-9 * np.abs(g).max()
                else "the term in which such a rule is wrong is small for this g"
            )
            return Finding(
                "lets pass",
                f"{len(missed)} of {len(WRONG_RULES)} wrong rules pass: "
                f"{'; '.join(missed)}. Why: {reason}",
            )
    return None


HINTS = (
    "x reaches the output by three ways: directly, by the mean, and by the variance. Go back along "
    "each.",
    "In stages: d = x - mean, v = mean of d^2, h = d / sqrt(v + eps). Go back from h to d and v, from "
    "v to d, from d to x and the mean, from the mean to x.",
)

EXERCISES = (
    Exercise(
        "batch_norm",
        (
            "Each column gets mean 0 and variance 1, nearly. What does eps do to a column of equal "
            "numbers?",
            "(x - mean) / sqrt(var + eps), mean and var over axis 0, var divided by n.",
        ),
        lambda x, eps: parts(x, eps)[0],
        forward_cases,
        ("x", "eps"),
        ("h",),
        twins=FORWARD_TWINS,
        said={
            "constant along axis 0": ("mean", "What is subtracted from a column is not its mean")
        },
    ),
    Exercise(
        "batch_norm_staged",
        HINTS,
        right,
        cases,
        ("g", "x", "eps"),
        ("dx",),
        cotangent=0,
        terms=terms,
        said=SAID,
        twins=TWINS,
    ),
    Exercise(
        "batch_norm_closed",
        (
            "Multiply the stages out for one column. Three terms stay, all divided by sigma.",
            "g, minus its mean, minus h times the mean of something.",
        ),
        right,
        cases,
        ("g", "x", "eps"),
        ("dx",),
        cotangent=0,
        terms=terms,
        said=SAID,
        twins=TWINS,
    ),
    Exercise(
        "cotangent",
        (
            "For which g are all terms of the right rule large, and all different?",
            "A random g does. So does one that has something of h, something of its own.",
        ),
        # any that catches them is right: see all_caught
        lambda x: draw(x.shape, seed=3)[0],
        lambda: [
            Case((example(seed, *shape),), words=f"x {shape}")
            for seed, shape in enumerate(((6, 4), (5, 3)))
        ],
        ("x",),
        ("g",),
        own=(all_caught,),
        rtol=np.inf,
    ),
)
