"""Tables in Markdown, and how figures and settings are written in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from studies.declare import Run

MISSING = "not run yet"


def markdown(head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def without_empty(
    head: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[list[str], list[list[Any]]]:
    """The same without the columns in which there is nothing but dashes."""
    said = [[str(cell).replace("<br>", "").strip("–") for cell in row] for row in rows]
    kept = [i for i in range(len(head)) if any(row[i] for row in said)]
    return [head[i] for i in kept], [[row[i] for i in kept] for row in rows]


def marked(name: str, number: int) -> str:
    """The name of a row that has a note."""
    return f"{name} ({number})"


def unmarked(name: str) -> str:
    return re.sub(r" \(\d+\)$", "", name)


def amount(name: str, value: float | None, error: float | None = None) -> str:
    """A loss, or an accuracy in percent; a dash for none."""
    if value is None:
        return "–"
    accuracy = name.endswith("accuracy")
    scale, digits = (100, 2) if accuracy else (1, 3)
    said = f"{scale * value:.{digits}f}"
    if error is not None:
        said += f" ± {scale * error:.{digits}f}"
    return f"{said} %" if accuracy else said


def difference(name: str, ours: float | None, yardstick: float | None) -> str:
    if ours is None or yardstick is None:
        return ""
    scale, digits = (100, 2) if name.endswith("accuracy") else (1, 3)
    return f"{scale * (ours - yardstick):+.{digits}f}"


def stacked(values: Sequence[str]) -> str:
    """Several lines in one cell."""
    return "<br>".join(values)


def settings(runs: Sequence[Run]) -> str:
    """What the runs of a section have in common, and what is varied."""
    if not runs:
        return "not known yet"
    fields = [asdict(run) for run in runs]
    held, varied = [], []
    for name, first in fields[0].items():
        if name == "lr" and all(run.cycle for run in runs):
            continue
        values = [each[name] for each in fields]
        if any(value != first for value in values):
            varied.append(name)
        elif first not in (None, 0, (), ""):
            held.append(f"{name} {first:.4g}" if isinstance(first, float) else f"{name} {first}")
    text = ", ".join(held)
    return f"{text}; varied: {', '.join(varied)}." if varied else f"{text}."
