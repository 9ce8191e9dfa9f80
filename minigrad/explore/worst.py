"""Which layer of a training is worst off, and by what."""

from __future__ import annotations

import math
from typing import Any

from .operations import number

TOO_FAR = 1e3  # between two layers
USUAL_RATIO = 1e-3  # of update to weight
DEAD = 0.5  # share of units


def worst(
    layers: dict[str, list[Any]], parameters: dict[str, list[Any]], at: list[int]
) -> dict[str, Any] | None:
    """The layer that is worst off at the last step, and a sentence that says by what.

    layers, parameters, at : as docs/explore-record.md has them

    In this order: NaN and infinity, when and where they began; a gradient or an activation that is
    a thousand times less than at another layer, having vanished on its way, or more, having
    exploded; dead units; otherwise the weight whose ratio of update to weight is the furthest from
    1e-3.  None where nothing is known.
    """
    names = [f"{n} · {k}" if n else k for n, k in zip(layers["name"], layers["kind"], strict=True)]
    means, stds, gradients, dead = (_last(layers[c]) for c in ("mean", "std", "gradient", "dead"))
    sizes = {i: math.hypot(means[i], std) for i, std in stds.items()}  # root mean squares
    found = (
        _not_finite(names, layers, at)
        or _apart(names, gradients, "gradient", forward=False)
        or _apart(names, sizes, "activation", forward=True)
        or _dead(names, dead)
    )
    if found:
        return {"layer": found[0], "parameter": -1, "sentence": f"worst: {found[1]}"}
    ratios = {k: ratio for k, ratio in _last(parameters["ratio"]).items() if ratio > 0}
    if not ratios:
        return None
    k = max(ratios, key=lambda k: abs(math.log10(ratios[k] / USUAL_RATIO)))
    sentence = (
        f"worst: {parameters['name'][k]}: its update is {number(ratios[k])} of the weight; about "
        f"{USUAL_RATIO:g} is usual"
    )
    return {"layer": parameters["layer"][k], "parameter": k, "sentence": sentence}


def _last(table: list[list[Any]]) -> dict[int, float]:
    """The last number that is known of each series."""
    known = {i: [x for x in series if x is not None] for i, series in enumerate(table)}
    return {i: float(series[-1]) for i, series in known.items() if series}


def _not_finite(
    names: list[str], layers: dict[str, list[Any]], at: list[int]
) -> tuple[int, str] | None:
    """Where the first NaN or infinity was, if there are any at the end.

    Forward, the first layer made it; backward, the last has it from the loss.
    """
    ways = (("std", "activation", 1), ("gradient", "gradient", -1))
    if all(math.isfinite(x) for column, _, _ in ways for x in _last(layers[column]).values()):
        return None
    for step, number_of_pass in enumerate(at):
        for column, what, order in ways:
            for i in range(len(names))[::order]:
                x = layers[column][i][step]
                if x is not None and not math.isfinite(float(x)):
                    kind = "NaN" if math.isnan(float(x)) else "infinite"
                    when = f", from pass {number_of_pass} on" if step + 1 < len(at) else ""
                    return i, f"{names[i]} has {kind} values in its {what}{when}"
    return None


def _apart(
    names: list[str], values: dict[int, float], what: str, forward: bool
) -> tuple[int, str] | None:
    """The layer at the end of the way, if values grew or shrank too much along it."""
    if len(values) < 2:
        return None
    small, large = min(values, key=values.__getitem__), max(values, key=values.__getitem__)
    low, high = values[small], values[large]
    if high <= TOO_FAR * low or not high:
        return None
    vanishes = (large < small) if forward else (small < large)
    at, other = (small, large) if vanishes else (large, small)
    times = f"{high / low:,.0f} times" if low and math.isfinite(high / low) else "infinitely"
    word, compared = ("vanishes", "less") if vanishes else ("explodes", "more")
    return at, (
        f"{names[at]}: its {what} {word}: root mean square {number(values[at])}, {times} "
        f"{compared} than {number(values[other])} at {names[other]}"
    )


def _dead(names: list[str], dead: dict[int, float]) -> tuple[int, str] | None:
    if not dead or max(dead.values()) < DEAD:
        return None
    i = max(dead, key=dead.__getitem__)
    return i, f"{names[i]}: {dead[i]:.0%} of its units are dead (0 for every example)"
