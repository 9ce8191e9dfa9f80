"""The course: nine chapters of exercises, and a checker that says what is wrong.

    python -m minigrad.course             copy the exercises into the folder minigrad-course
    python -m minigrad.course check 3     check chapter 3; `course.check(3)` in a notebook
    python -m minigrad.course hint 3      a hint for its first open exercise; again: a second

The chapters are in docs/course/.  An answer is judged in three steps (`judge`): how it is related
to the right one (`relations`), which term of a sum is off (`terms`), which known mistake it is (the
twins beside each exercise in `chapters/`).  It runs in a process of its own (`running`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, NamedTuple

from .chapters import exercises
from .folder import copy, find, keep, progress
from .sick import sick_run

__all__ = ["Report", "check", "hint", "sick_run", "start"]


class Result(NamedTuple):
    """What became of an exercise; findings are pairs of a word and a sentence."""

    name: str
    state: str
    findings: list[tuple[str, str]]
    printed: str


@dataclass(frozen=True, repr=False)
class Report:
    """What a check found; printed as lines, true where every exercise is right."""

    chapter: int
    results: list[Result]

    def __bool__(self) -> bool:
        return all(result.state == "right" for result in self.results)

    def __str__(self) -> str:
        lines = []
        width = max((len(r.name) for r in self.results), default=0)
        for result in self.results:
            name = f"{result.name or f'chapter{self.chapter}.py':{width}}  "
            if not result.findings:
                lines.append(name + result.state)
            for mistake, text in result.findings:
                told = text if text.startswith(mistake) else f"{mistake}: {text}"
                first, *rest = told.splitlines()
                lines += wrap(first, 100, initial_indent=name, subsequent_indent=" " * len(name))
                lines += [" " * len(name) + line for line in rest]
            lines += [f"{'':{width}}  | {line}" for line in result.printed.splitlines()]
        if not self and any(r.state == "wrong" for r in self.results):
            lines.append(f"For a hint: python -m minigrad.course hint {self.chapter}")
        if self:
            lines.append(f"Chapter {self.chapter} is done.")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def start(folder: Any = "minigrad-course") -> Path:
    """Copy the exercises into a folder; files that are there stay as they are.

    Returns the folder.

    >>> import tempfile
    >>> here = start(tempfile.mkdtemp())
    >>> (here / "chapter1.py").exists(), (here / "chapter8.c").exists()
    (True, True)
    """
    copy(Path(folder))
    return Path(folder)


def check(chapter: int, folder: Any = None, *, seconds: float = 10.0) -> Report:
    """Check the exercises of a chapter, and keep in the folder which are right.

    chapter : its number
    folder : the learner's; by default the current one, or `minigrad-course` in it
    seconds : after which an exercise is stopped

    The learner's file runs in a process of its own.  Only `chapterN.py` is imported, and only the
    functions of its exercises are called.

    Raises ValueError for a chapter that there is not, FileNotFoundError where its file is missing.

    >>> import tempfile
    >>> check(5, start(tempfile.mkdtemp()))
    matmul_rules  not begun
    linear_rules  not begun
    """
    from .running import outcomes

    exercises(chapter)
    if not seconds > 0:
        raise ValueError(f"course: seconds must be positive, got {seconds!r}")
    place = find(folder, chapter)
    results = []
    kept = progress(place)
    for found in outcomes(chapter, place, seconds):
        findings = [(mistake, text) for mistake, text in found["findings"]]
        results.append(Result(found["name"], found["state"], findings, found.get("printed", "")))
        if found["name"]:
            kept["states"][f"{chapter} {found['name']}"] = found["state"]
    keep(place, kept)
    return Report(chapter, results)


def hint(chapter: int, name: str | None = None, folder: Any = None) -> str:
    """The first hint for an exercise; asked again, the second.

    chapter : its number
    name : of the exercise; by default the first of the chapter that was not right when checked last

    Nothing of the learner's runs.  Raises ValueError for a chapter or an exercise that there is
    not, FileNotFoundError where the chapter's file is missing.

    >>> import tempfile
    >>> here = start(tempfile.mkdtemp())
    >>> hint(3, folder=here)
    'exp_rule, hint 1 of 2: What is the derivative of e^x? You have been handed it already.'
    >>> hint(3, folder=here)[:20]
    'exp_rule, hint 2 of '
    """
    known = {exercise.name: exercise for exercise in exercises(chapter)}
    if name is not None and name not in known:
        raise ValueError(f"course: chapter {chapter} has {', '.join(known)}; got {name!r}")
    place = find(folder, chapter)
    kept = progress(place)
    open_ones = [n for n in known if kept["states"].get(f"{chapter} {n}") != "right"]
    if name is None and not open_ones:
        return f"All exercises of chapter {chapter} are right."
    chosen = name or open_ones[0]
    key = f"{chapter} {chosen}"
    hints = known[chosen].hints
    number = min(int(kept["hints"].get(key, 0)) + 1, len(hints))
    kept["hints"][key] = number
    keep(place, kept)
    return f"{chosen}, hint {number} of {len(hints)}: {hints[number - 1]}"
