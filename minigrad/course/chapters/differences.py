"""Chapter 1: derivatives by numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Finding, Trial, Twin, as_array, within
from .rules import draw

LARGEST, SMALLEST = 2e-4, 3e-8  # steps with which seven digits are right


class Watched:
    """A function of an array that notes where it was evaluated, and whether there in x itself."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function
        self.points: list[np.ndarray] = []
        self.x: Any = None
        self.in_place = False

    def __call__(self, x: Any) -> float:
        self.points.append(np.array(x))
        self.in_place = self.in_place or x is self.x
        return float(self.function(np.asarray(x, dtype=np.float64)))


def gradient(f: Any, x: Any, h: float = 6e-6) -> Any:
    """Central differences."""
    x = np.array(x, dtype=np.float64)
    g = np.empty_like(x)
    for at in np.ndindex(x.shape):
        kept = x[at]
        x[at] = kept + h
        above = f(x)
        x[at] = kept - h
        below = f(x)
        x[at] = kept
        g[at] = (above - below) / (2 * h)
    return g


def cases() -> list[Case]:
    """Functions that couple their arguments, and an x of float32."""
    x, w, y = draw((2, 3), (2, 3), (4,))
    return [
        Case(
            (Watched(lambda x: np.sum(np.sin(x) * w) + x[0, 0] * x[1, 2] ** 2), x), words="f(2 x 3)"
        ),
        Case((Watched(lambda x: np.exp(np.sum(x * x) / 4)), y), words="f(4)"),
        Case(
            (Watched(lambda x: np.sum(np.sin(x) * w.T)), x.T.astype(np.float32)),
            words="x of float32",
        ),
    ]


def watching(function: Any, args: tuple[Any, ...]) -> Any:
    """A call, of which only its own evaluations are noted."""
    f, x = args
    f.points, f.x, f.in_place = [], x, False
    return function(f, x)


def steps(trial: Trial) -> list[tuple[int, float]]:
    """Of each evaluation: in how many elements it differs from x, and by how much."""
    f, x = trial.case.args
    apart = []
    for point in f.points:
        if point.shape != x.shape:
            return []
        gap = point.astype(np.float64) - x
        apart.append(
            (
                int(np.count_nonzero(gap)),
                float(gap[np.unravel_index(int(np.abs(gap).argmax()), gap.shape)]),
            )
        )
    return apart


def how(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """What the evaluations say: dtype, restored or not, sides, the size of h, the divisor."""
    for trial in trials:
        f, x = trial.case.args
        if f.points and f.points[-1].shape != x.shape and trial.error:
            return Finding(
                "f of a part",
                f"f was called with an array of shape {f.points[-1].shape}, wanted x's, {x.shape}: f "
                f"takes all of x, one element of which has moved",
            )
        got = as_array(trial.got[0]) if trial.got else None
        if trial.error or got is None or not f.points:
            return None
        if trial.changed:
            return Finding(
                "x not restored",
                "x is not what it was when the call returns. Keep the number, and put that back: "
                "x + h - 2h + h is not always x",
            )
        if any(point.dtype != np.float64 for point in f.points):
            return Finding(
                "float32",
                f"f was evaluated at an x of {f.points[-1].dtype}: a float32 number near 1 moves in steps "
                "of 1e-7, so that h is rounded to one digit or two. Copy x to float64 first",
            )
        apart = steps(trial)
        if not apart:
            return None
        if found := several(apart, x.size):
            return found
        moved = [gap for count, gap in apart if count == 1]
        if not moved and f.in_place:
            return Finding(
                "one array",
                "f was evaluated at x only, where one h was added and the other taken away again: "
                "`a = x` is a second name for the same array. x.copy() makes a second array",
            )
        if not moved:
            return Finding(
                "h too small", "f was evaluated at x only: x + h is x when h is that small"
            )
        if found := sides_and_size(trial, moved, exercise):
            return found
        if got.dtype.kind == "f" and got.dtype.itemsize < 8:
            return Finding(
                "float32",
                f"the gradient is {got.dtype}, which rounds it to 7 digits: the array that it is "
                f"written to has to be float64 as well",
            )
    return None


def several(apart: list[tuple[int, float]], size: int) -> Finding | None:
    """Where more than one element has moved: at once, or one not put back before the next."""
    first = next((count for count, _ in apart if count), 1)
    if first > 1:
        which = "all" if first == size else first
        return Finding(
            "all at once",
            f"f was evaluated with {which} elements of x moved at once: one number cannot say how f "
            f"changes with each. Move one at a time",
        )
    if any(count > 1 for count, _ in apart):
        return Finding(
            "x not restored",
            "f was evaluated where two elements of x had moved: put each one back before the next",
        )
    return None


def sides_and_size(trial: Trial, moved: list[float], exercise: Exercise) -> Finding | None:
    """One-sided; h too large or too small; another divisor than 2h."""
    if min(moved) > 0 or max(moved) < 0:
        side = "above" if moved[0] > 0 else "below"
        return Finding(
            "one-sided",
            f"f was evaluated {side} x only: the error of a one-sided difference falls with h, that of "
            f"the central one with h^2",
        )
    h = float(np.median(np.abs(moved)))
    got, wanted = np.asarray(as_array(trial.got[0])), trial.wanted[0]
    if got.shape != wanted.shape:
        return None
    if len(moved) > 2 * wanted.size and exercise.close(got, wanted):
        return None  # a difference of more points, which may be of a larger h
    divisors = {
        "2h": 1.0,
        "nothing": 2 * h,
        "h": 2.0,
        "2": h,
        "4h": 0.5,
        "2, then multiplied by h (`/ 2 * h` does that)": h * h,
    }
    room = min(1.0, max(100 * h * h, 1e-14 / h))  # what a large h leaves out, a small one rounds
    if not any(within(np.abs(got) / k, np.abs(wanted), room) for k in divisors.values()):
        return None  # no first derivative
    if h > LARGEST:
        return Finding(
            "h too large",
            f"h is {h:.2g}: the difference leaves out terms of the size h^2, here {h * h:.0e}",
        )
    if h < SMALLEST:
        return Finding(
            "h too small",
            f"h is {h:.2g}: f is rounded to 16 digits, and dividing by h makes of that an error of "
            f"{1.1e-16 / h:.0e}",
        )
    k = float((got * wanted).sum() / (wanted * wanted).sum())
    for divisor, size in divisors.items():
        if size != 1 and exercise.close(got / size, wanted):
            return Finding(
                "missing 2h",
                f"the result is {k:.3g} times the gradient: f(x + h) - f(x - h) spans 2h, here "
                f"{2 * h:.3g}, and was divided by {divisor}",
            )
    return None


def errors(f: Any, slope: Any, x: Any, hs: Any) -> Any:
    """|central difference - slope| for each h."""
    return np.array([abs((f(x + h) - f(x - h)) / (2 * h) - slope(x)) for h in hs])


def one_step(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Is it the same error for each h?"""
    for trial in trials:
        got = as_array(trial.got[0]) if trial.got else None
        if got is None or got.shape != trial.wanted[0].shape or np.ptp(got) > 0:
            return None
    return Finding(
        "h ignored",
        "every h has the same error. Does the difference take its step from hs? "
        "(central_difference chooses one of its own)",
    )


def curve_cases() -> list[Case]:
    """Two functions, steps from 1 down to 1e-8."""
    hs = 10.0 ** -np.arange(9)
    return [
        Case((np.exp, np.exp, 0.7, hs), words="exp at 0.7"),
        Case((np.sin, np.cos, 0.3, hs), words="sin at 0.3"),
    ]


EXERCISES = (
    Exercise(
        "central_difference",
        (
            "Move one element of x up by h, then down by h, and evaluate f at both. How far are the "
            "two points apart?",
            "Keep x[at], put x[at] + h there, then x[at] - h, then what was kept. Work in a copy of "
            "float64. h between 1e-6 and 1e-5 has the smallest error.",
        ),
        gradient,
        cases,
        ("f", "x"),
        ("the gradient",),
        own=(how,),
        observe=watching,
        rtol=1e-6,
    ),
    Exercise(
        "error_curve",
        (
            "For each h: the difference, minus the true slope. Does a sign matter on a logarithmic "
            "axis?",
            "The central difference with this h, and its distance from slope(x), which is never negative; "
            "one for each h, in an array.",
        ),
        errors,
        curve_cases,
        ("f", "slope", "x", "hs"),
        ("the array of errors",),
        own=(one_step,),
        rtol=1e-6,
        twins=(
            Twin(
                "one-sided",
                "these are the errors of the one-sided difference, f(x + h) - f(x)",
                lambda f, s, x, hs: np.array([abs((f(x + h) - f(x)) / h - s(x)) for h in hs]),
            ),
            Twin(
                "one-sided",
                "these are the errors of the one-sided difference, f(x) - f(x - h)",
                lambda f, s, x, hs: np.array([abs((f(x) - f(x - h)) / h - s(x)) for h in hs]),
            ),
            Twin(
                "sign",
                "an error is a size: its absolute value is wanted",
                lambda f, s, x, hs: np.array([(f(x + h) - f(x - h)) / (2 * h) - s(x) for h in hs]),
            ),
            Twin(
                "missing 2h",
                "f(x + h) - f(x - h) spans 2h, and was divided by h",
                lambda f, s, x, hs: np.array([abs((f(x + h) - f(x - h)) / h - s(x)) for h in hs]),
            ),
            Twin(
                "missing 2h",
                "f(x + h) - f(x - h) spans 2h, and was not divided",
                lambda f, s, x, hs: np.array([abs(f(x + h) - f(x - h) - s(x)) for h in hs]),
            ),
            Twin(
                "missing 2h",
                "/ 2 * h multiplies by h: the divisor is (2 * h)",
                lambda f, s, x, hs: np.array(
                    [abs((f(x + h) - f(x - h)) / 2 * h - s(x)) for h in hs]
                ),
            ),
            Twin(
                "float32",
                "x or h is float32, of 7 digits: then x + h is x for a small h",
                lambda f, s, x, hs: errors(f, s, np.float32(x), np.float32(hs)),
            ),
            Twin(
                "relative",
                "these are relative errors; wanted are absolute ones",
                lambda f, s, x, hs: errors(f, s, x, hs) / abs(s(x)),
            ),
            Twin(
                "the difference itself",
                "this is the difference; wanted is its error, the distance from slope(x)",
                lambda f, s, x, hs: np.array([(f(x + h) - f(x - h)) / (2 * h) for h in hs]),
            ),
        ),
    ),
)
