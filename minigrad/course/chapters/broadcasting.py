"""Chapter 4: what broadcasting copied is summed."""

from __future__ import annotations

import math
import re
from itertools import combinations
from typing import Any

import numpy as np

from ..exercise import Case, Exercise, Finding, Trial, as_array, within

SHAPES = (
    ((5, 3), (3,)),
    ((5, 3), (5, 1)),
    ((5, 3), (1, 3)),
    ((2, 5, 3), (5, 1)),
    ((2, 5, 3), (2, 1, 1)),
    ((5, 3), ()),
    ((5, 3), (5, 3)),
    ((4, 4), (4,)),
    ((4, 4), (4, 1)),
    ((2, 5, 3), (5, 3)),
    ((5, 1), (5, 1)),
    ((5, 1), (1,)),
)


def right(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum over the axes that are new, then over those of size 1."""
    extra = g.ndim - len(shape)
    ones = tuple(extra + i for i, size in enumerate(shape) if size == 1 and g.shape[extra + i] > 1)
    return g.sum(axis=(*range(extra), *ones), keepdims=True).reshape(shape)


def cases() -> list[Case]:
    """Leading axes, axes of size 1, both, neither, and squares."""
    rng = np.random.default_rng(0)
    return [
        Case((rng.standard_normal(big), small), words=f"from {big} to {small}")
        for big, small in SHAPES
    ]


ONLY_EXTRA = "it sums the leading axes, but not those of size 1 that were stretched"
ONLY_ONES = "it sums the axes of size 1, but not the leading axes, which g has more"


def what_was_done(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Of each call: over which axes it sums, and how; one sentence for all of them."""
    wrong = [t for t in trials if t.error or not exercise.close(t.got[0], t.wanted[0])]
    if not wrong or any(t.error or as_array(t.got[0]) is None for t in wrong):
        return None
    told = [done(t) for t in wrong]
    for kind, text in told:
        if kind in ("mean for sum", "max for sum", "wrong axis", "lost keepdims", "one copy"):
            return Finding(kind, text)
    if all(kind == "axes kept" for kind, _ in told):
        return Finding(*told[0])
    if any(kind not in ("no sum", "axes kept") for kind, _ in told):
        return None
    right_ones = [t for t in trials if t not in wrong and has_copies(t)]
    if (
        right_ones
        and all(has_leading(t) for t in right_ones)
        and not any(has_leading(t) and not has_stretched(t) for t in wrong)
    ):
        return Finding("extra axes only", f"{ONLY_EXTRA}. {told[0][1]}")
    if (
        right_ones
        and all(has_stretched(t) for t in right_ones)
        and not any(has_stretched(t) and not has_leading(t) for t in wrong)
    ):
        return Finding("leading axes forgotten", f"{ONLY_ONES}. {told[0][1]}")
    return Finding("no sum", next(text for kind, text in told if kind == "no sum"))


def has_leading(trial: Trial) -> bool:
    """Has g more axes?"""
    return bool(trial.case.args[0].ndim > len(trial.case.args[1]))


def has_stretched(trial: Trial) -> bool:
    """Was an axis of size 1 stretched?"""
    g, small = trial.case.args
    return bool(g.shape[g.ndim - len(small) :] != small)


def stretched_axes(trial: Trial) -> list[int]:
    """The axes of g along which broadcasting copied."""
    g, small = trial.case.args
    extra = g.ndim - len(small)
    ones = (i for i in range(extra, g.ndim) if small[i - extra] == 1 and g.shape[i] > 1)
    return [*range(extra), *ones]


def has_copies(trial: Trial) -> bool:
    """Is there anything to sum?"""
    return has_leading(trial) or has_stretched(trial)


def done(trial: Trial) -> tuple[str, str]:
    """What a wrong answer did to g."""
    g, shape = trial.case.args
    got, where = np.asarray(as_array(trial.got[0])), trial.case.words
    if got.T.shape == trial.wanted[0].shape and within(got.T, trial.wanted[0], 1e-8):
        return "", ""
    if got.shape == g.shape and within(got, g, 1e-8):
        return "no sum", f"{where}: g comes back as it is; each copy's gradient has to be added up"
    if one_copy(g, stretched_axes(trial), got):
        return (
            "one copy",
            f"{where}: it keeps the gradient of one copy; each copy's is to be added up",
        )
    for count in range(1, g.ndim + 1):
        for axes in combinations(range(g.ndim), count):
            for how, function in (("sum", np.sum), ("mean", np.mean), ("max", np.max)):
                result = np.asarray(function(g, axis=axes))
                if result.size != got.size or not within(result.ravel(), got.ravel(), 1e-8):
                    continue
                wanted = (
                    within(result.ravel(), trial.wanted[0].ravel(), 1e-8)
                    if (result.size == trial.wanted[0].size and how == "sum")
                    else False
                )
                over = " and ".join(map(str, axes))
                if how == "mean":
                    return "mean for sum", (
                        f"{where}: it takes the mean over axis {over}. Copies do not share a "
                        f"gradient, each brings its own: wanted the sum"
                    )
                if how == "max":
                    return "max for sum", (
                        f"{where}: it takes the largest over axis {over}; wanted the sum of all"
                    )
                if wanted and got.ndim < len(shape):
                    return "lost keepdims", (
                        f"{where}: the right sums, in shape {got.shape} for {shape}. Is it "
                        f"keepdims? NumPy would broadcast this again, silently, to something else"
                    )
                if wanted and got.ndim > len(shape):
                    return "axes kept", (
                        f"{where}: the right sums, in shape {got.shape} for {shape}: an axis that the "
                        f"input does not have is not kept"
                    )
                if not wanted and (got.size == trial.wanted[0].size or got.ndim < len(shape)):
                    return "wrong axis", (
                        f"{where}: it sums over axis {over}; that is not the one that broadcasting "
                        f"copied along. Shapes are aligned at their last axis"
                    )
                copies = stretched_axes(trial)
                summed = {a for a in axes if g.shape[a] > 1}
                if summed > {*copies} or (got.ndim == len(shape) and not summed <= {*copies}):
                    only = f"{' and '.join(map(str, copies))} only" if copies else "none"
                    return "wrong axis", (
                        f"{where}: it sums over axis {over}; broadcasting copied along {only}"
                    )
                return "no sum", f"{where}: it sums over axis {over} only"
    return "", ""


def one_copy(g: np.ndarray, copied: list[int], got: np.ndarray) -> bool:
    """Was the first or the last taken along some of the copied axes, and the rest summed?"""
    for count in range(1, len(copied) + 1):
        for axes in combinations(copied, count):
            for at in (slice(0, 1), slice(-1, None)):
                index = tuple(at if a in axes else slice(None) for a in range(g.ndim))
                part = g[index].sum(axis=tuple(copied))
                if part.size == got.size and within(part.ravel(), got.ravel(), 1e-8):
                    return True
    return False


def on_error(trial: Trial) -> Finding | None:
    """Axes that have moved, and sums of which too much or too little is left."""
    g, small = trial.case.args
    if isinstance(trial.error, np.exceptions.AxisError):
        return Finding(
            "lost keepdims",
            f"{trial.case.words}: {trial.error}. An axis that has been summed is gone, and those "
            f"behind it move up by one. keepdims=True keeps it, of size 1; or sum all at once",
        )
    if found := re.match(r"cannot reshape array of size (\d+)", str(trial.error)):
        count = int(found[1])
        if count == g.size:
            return Finding(
                "no sum", f"{trial.case.words}: {trial.error}. Copies are added up, not rearranged"
            )
        return Finding(
            "wrong axis",
            f"{trial.case.words}: {trial.error}: after its sums {count} are left, wanted "
            f"{math.prod(small)}. Shapes are aligned at their last axis",
        )
    if re.search("axis remapping|non-broadcastable output", str(trial.error)):
        return Finding(
            "no sum",
            f"{trial.case.words}: g does not fit into the smaller shape as it is. Copies are added up",
        )
    if isinstance(trial.error, IndexError) and "tuple index out of range" in str(trial.error):
        return Finding(
            "wrong axis",
            f"{trial.case.words}: the shape has {len(small)} axes, g has {g.ndim}. They are aligned at "
            f"the last: shape[-1] belongs to g.shape[-1]",
        )
    return None


EXERCISES = (
    Exercise(
        "unbroadcast",
        (
            "Write (5, 3) above (3,), and above (5, 1), aligned on the right. Along which axes was a "
            "number copied?",
            "First sum over the axes that g has more. Then over those where shape has a 1, and keep "
            "them, as axes of size 1.",
        ),
        right,
        cases,
        ("g", "shape"),
        ("the result",),
        own=(what_was_done,),
        on_error=on_error,
    ),
)
