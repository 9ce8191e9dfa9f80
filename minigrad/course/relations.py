"""The first layer: how a whole answer is related to the right one, without any list of mistakes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations, permutations

import numpy as np

from .exercise import Exercise, Finding, Trial, as_array, copies, within


def pairs(trials: list[Trial], i: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The answers and the right answers."""
    return [(np.asarray(as_array(t.got[i])), t.wanted[i]) for t in trials]


def order(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """Another output stands in its place, and has another shape."""
    for j, other in enumerate(exercise.outputs):
        if j != i and all(exercise.close(t.got[i], t.wanted[j]) for t in trials):
            if any(t.wanted[i].shape != t.wanted[j].shape for t in trials):
                return Finding(
                    "order", f"{exercise.outputs[i]} is what {other} has to be: is the order right?"
                )
    return None


def ignores_g(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """The same answer for another cotangent, or the right one for a cotangent of ones."""
    at = exercise.cotangent
    if at < 0:
        return None
    name = exercise.outputs[i]
    g = exercise.arguments[at]
    if any(got.shape != wanted.shape for got, wanted in pairs(trials, i)):
        return None
    if all(t.again is not None and exercise.close(t.again[i], np.asarray(as_array(t.got[i])))
           and np.any(t.wanted[i]) for t in trials):  # fmt: skip
        if not any(got.any() for got, _ in pairs(trials, i)):
            return zero(exercise, i)
        ones = []
        for t in trials:
            args = list(copies(t.case.args))
            args[at] = np.ones_like(args[at], dtype=float)
            ones.append(np.asarray(exercise.call(exercise.right, tuple(args))[i]))
        if all(exercise.close(t.got[i], one) for t, one in zip(trials, ones, strict=True)):
            return Finding(
                "ones for g",
                f"{name} does not depend on {g}: it is the answer for a cotangent of ones",
            )
        return Finding("g ignored", f"{name} does not depend on {g}: a rule multiplies by {g}")
    return None


def shape(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """Another shape: transposed, not summed, an axis lost."""
    name = exercise.outputs[i]
    for got, wanted in pairs(trials, i):
        if got.shape == wanted.shape:
            continue
        if got.ndim == 2 and got.T.shape == wanted.shape and exercise.close(got.T, wanted):
            return transpose(exercise, trials, i)
        for count in range(1, got.ndim + 1):
            for axes in combinations(range(got.ndim), count):
                for keepdims in (False, True):
                    summed = got.sum(axis=axes, keepdims=keepdims)
                    if exercise.close(summed, wanted):
                        if got.size == wanted.size:
                            break
                        return Finding(
                            "not summed",
                            f"{name} has shape {got.shape}, wanted {wanted.shape}: sum it over "
                            f"{axis_words(axes)}",
                        )
        if got.size == wanted.size and exercise.close(got.reshape(wanted.shape), wanted):
            ones = [tuple(n for n in shape if n != 1) for shape in (got.shape, wanted.shape)]
            told = "is it keepdims?" if ones[0] == ones[1] else "it lost its axes"
            return Finding(
                "lost axis",
                f"{name} has the right numbers in shape {got.shape}, wanted {wanted.shape}: {told}",
            )
    for got, wanted in pairs(trials, i):
        if got.shape != wanted.shape and not exercise.twins:
            return Finding("shape", f"{name} has shape {got.shape}, wanted {wanted.shape}")
    return None


def axis_words(axes: tuple[int, ...]) -> str:
    """Axis 0; axes 0 and 1."""
    return f"ax{'e' if len(axes) > 1 else 'i'}s {' and '.join(map(str, axes))}"


def transpose(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """The transpose of the right answer, in every trial."""
    if all(g.ndim == 2 and exercise.close(g.T, w) for g, w in pairs(trials, i)):
        return Finding("transposed", f"{exercise.outputs[i]} is the transpose of the right answer")
    return None


def narrow(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """Right to the digits of a smaller dtype."""
    found = pairs(trials, i)
    if all(g.dtype.kind == "f" and g.dtype.itemsize < 8 and g.shape == w.shape
           and within(g.astype(float), w, 1e-5) for g, w in found):  # fmt: skip
        return Finding(
            "float32",
            f"{exercise.outputs[i]} is {found[0][0].dtype}: right to a few digits only. Compute in "
            f"float64 where gradients are checked",
        )
    return None


def factor(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """K times the right answer; k may be a number, or follow a size."""
    ks: list[float] = []
    seen: list[Trial] = []
    for trial, (got, wanted) in zip(trials, pairs(trials, i), strict=True):
        if got.shape != wanted.shape or not np.isfinite(got).all():
            return None
        if not wanted.any():
            continue
        k = float((got * wanted).sum() / (wanted * wanted).sum())
        if not within(got, k * wanted, exercise.rtol * max(1.0, abs(k))):
            return None
        ks.append(k)
        seen.append(trial)
    if all(trial.wanted[i].size < 2 for trial in seen):
        return None  # any number is a multiple of any other
    if ks and max(abs(k - 1) for k in ks) < 100 * exercise.rtol:
        return None  # nearly right, which no factor explains
    if not ks or abs(ks[0]) < 1e-12:
        return zero(exercise, i) if ks and max(map(abs, ks)) < 1e-12 else None
    label, example = ratio(ks, seen)
    if not label:
        return None
    name = exercise.outputs[i]
    if label == "sign":
        return Finding("sign", f"{name} has the wrong sign")
    return Finding(label, f"{name} is {label} the right answer{example}")


def zero(exercise: Exercise, i: int) -> Finding:
    """Nothing arrives."""
    return Finding("zero", f"{exercise.outputs[i]} is zero everywhere")


def ratio(ks: list[float], trials: list[Trial]) -> tuple[str, str]:
    """The name of factors, one a trial (a number, or one of the sizes; "" where there is none),
    and an example of the size.
    """

    def equal(others: list[float]) -> bool:
        return all(abs(k - o) <= 1e-6 * max(1.0, abs(o)) for k, o in zip(ks, others, strict=True))

    if equal([-1.0] * len(ks)):
        return "sign", ""
    for name in trials[0].case.sizes:
        sizes = [t.case.sizes[name] for t in trials]
        example = f" ({name} = {sizes[0]:g})"
        for label, others in {
            f"{name} times": sizes,
            f"1/{name} times": [1 / s for s in sizes],
            f"-{name} times": [-s for s in sizes],
            f"-1/{name} times": [-1 / s for s in sizes],
            f"{name}/({name}-1) times": [s / (s - 1) if s != 1 else 0.0 for s in sizes],
            f"({name}-1)/{name} times": [(s - 1) / s for s in sizes],
        }.items():
            if equal(others):
                return label, example
    for name, other in permutations(trials[0].case.sizes, 2):
        if equal([t.case.sizes[name] / t.case.sizes[other] for t in trials]):
            return f"{name}/{other} times", ""
    if equal([ks[0]] * len(ks)):
        label = f"{ks[0]:.6g}"
        return f"{ks[0]:.10g} times" if label == "1" else f"{label} times", ""
    return "", ""


def constant(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """Off by the same number all along an axis."""
    found = pairs(trials, i)
    if exercise.terms:  # which say it better
        return None
    if any(g.shape != w.shape or w.ndim != 2 or not np.isfinite(g).all() for g, w in found):
        return None
    gaps = [g - w for g, w in found]
    if all(within(d, np.full(d.shape, d.mean()), 1e-7) for d in gaps):
        return Finding(
            "constant",
            f"{exercise.outputs[i]} is off by the same number everywhere: {gaps[0][0, 0]:.3g}",
        )
    for axis in (0, 1):
        if all(within(d, np.broadcast_to(d.mean(axis=axis, keepdims=True), d.shape), 1e-7)
               and d.shape[axis] > 1 for d in gaps):  # fmt: skip
            return Finding(
                f"constant along axis {axis}",
                f"{exercise.outputs[i]} is off by a constant along axis {axis}, such as a sum or a "
                f"mean over it",
            )
    return None


Relation = Callable[[Exercise, list[Trial], int], Finding | None]
RELATIONS: tuple[Relation, ...] = (order, shape, transpose, narrow, ignores_g, factor, constant)
"""Asked in this order."""
