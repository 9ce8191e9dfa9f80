"""The second layer: the answer as a sum of the right rule's terms, and the factor that is off.

The right rule is written as a sum of named terms; the answer is fitted to them by least squares,
trial by trial.  Where the fit is exact, its factors say what the learner's rule is.
"""

from __future__ import annotations

import numpy as np

from .exercise import Exercise, Finding, Trial, as_array, within
from .relations import ratio


def off(exercise: Exercise, trials: list[Trial], i: int) -> Finding | None:
    """The terms whose factor is not the right one, if the answer is a sum of the terms."""
    if exercise.terms is None:
        return None
    fits = [fit(exercise, trial, i) for trial in trials]
    known = [(f, t) for f, t in zip(fits, trials, strict=True) if f is not None]
    if len(known) < len(fits) or not known:
        return None
    names = list(known[0][0])
    labels, words = [], []
    for name in names:
        found = [f[name][0] for f, _ in known]
        wanted = [f[name][1] for f, _ in known]
        if all(abs(a - b) < 1e-6 * max(1.0, abs(b)) for a, b in zip(found, wanted, strict=True)):
            continue
        if all(abs(a) < 1e-6 for a in found):
            label, seen = "0", "0"
        elif all(abs(b) > 1e-9 for b in wanted):
            ks = [a / b for a, b in zip(found, wanted, strict=True)]
            label, example = ratio(ks, [t for _, t in known])
            seen = f"{found[0]:.4g}{example}"
        else:
            label = f"{found[0]:.4g}" if np.ptp(found) < 1e-6 else ""
            seen = f"{found[0]:.4g}"
        if not label:
            return None
        if seen == f"{wanted[0]:.4g}":
            seen = f"{found[0]:.10g}"
        labels.append(f"{name}: {label}")
        words.append(f"the term {name} has the factor {seen}, wanted {wanted[0]:.4g}")
    if not labels:
        return None
    return Finding("; ".join(labels), f"in {exercise.outputs[i]}, " + "; ".join(words))


def fit(exercise: Exercise, trial: Trial, i: int) -> dict[str, tuple[float, float]] | None:
    """Of each term the fitted factor and the right one; None where the answer is no such sum."""
    assert exercise.terms is not None
    terms = exercise.terms(*trial.case.args).get(exercise.outputs[i])
    got = as_array(trial.got[i])
    if not terms or got is None or got.shape != trial.wanted[i].shape:
        return None
    if not np.isfinite(got).all():
        return None
    columns = np.stack(
        [np.broadcast_to(array, got.shape).ravel() for _, array in terms.values()], axis=1
    )
    lengths = np.linalg.norm(columns, axis=0)
    if columns.shape[0] < columns.shape[1] or not lengths.all():
        return None
    factors, _, rank, _ = np.linalg.lstsq(columns / lengths, got.ravel(), rcond=1e-10)
    if rank < columns.shape[1]:
        return None
    factors = factors / lengths
    if not within(columns @ factors, got.ravel(), 1e-8):
        return None
    return {
        name: (float(f), wanted)
        for (name, (wanted, _)), f in zip(terms.items(), factors, strict=True)
    }
