"""Judging an answer: relations, then least-squares terms, then wrong twins, then "differs".

The order is the point.  A relation (k times the truth, transposed) is said in the learner's own
words; terms name the part of a sum that is off, in combinations that no list holds; twins know what
is no combination.  What none of them knows is shown by its worst element.
"""

from __future__ import annotations

import ast
import inspect
import re
import tokenize
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from .exercise import Case, Exercise, Finding, Trial, Twin, Unfit, as_array, copies
from .relations import RELATIONS, factor
from .terms import off


class NotBegun(Exception):
    """The exercise still raises NotImplementedError."""


class NotPossible(Exception):
    """The exercise cannot be checked here; the message says what is missing."""


def judge(exercise: Exercise, answer: Callable[..., Any], file: str = "") -> list[Finding]:
    """What is wrong with an answer: nothing, or one finding for each output that is.

    file : the learner's, whose line an exception is shown with

    Raises NotBegun.
    """
    try:
        trials = [attempt(exercise, answer, case) for case in exercise.cases()]
    except NotBegun:
        if problem := left_over(exercise.name, file):
            return [problem]
        raise
    if problem := argument_order(exercise, answer):
        if any(t.error or not right_all(exercise, t) for t in trials):
            return [problem]
    for question in (*exercise.own, results, changes):
        if problem := question(exercise, trials):
            return [rename(exercise, problem)]
    found_of = (explain(exercise, trials, i, file) for i in range(len(exercise.outputs)))
    findings = [rename(exercise, found) for found in found_of if found]
    # one output that raises hides the others
    findings = [f for f in findings if f.mistake != "exception"] or findings
    if any(f.mistake in UNEXPLAINED for f in findings):
        if problem := ends_in_loop(exercise.name, file):
            return [problem]
    return list({finding.text: finding for finding in findings}.values())


def attempt(exercise: Exercise, answer: Callable[..., Any], case: Case) -> Trial:
    """Call the answer, on copies, and once more with another cotangent."""
    wanted = tuple(np.asarray(w) for w in exercise.call(exercise.right, copies(case.args)))
    args = copies(case.args)
    try:
        got = exercise.call(answer, args)
    except (Exception, SystemExit) as error:
        if isinstance(error, NotImplementedError) and unwritten(error, answer) == exercise.name:
            raise NotBegun from error
        return Trial(case, wanted, error=error)
    names = [n for n, a, b in zip(exercise.arguments, args, case.args, strict=True)
             if isinstance(b, np.ndarray) and not np.array_equal(a, b, equal_nan=True)]  # fmt: skip
    again = None
    if (at := exercise.cotangent) >= 0:
        other = list(copies(case.args))
        other[at] = np.random.default_rng(5).standard_normal(np.shape(other[at]))
        try:
            again = exercise.call(answer, tuple(other))
        except Exception:
            again = None
    kept = tuple(np.array(g) if isinstance(g, np.ndarray) else g for g in got)
    return Trial(case, wanted, kept, again=again, changed=names[0] if names else "")


def unwritten(error: NotImplementedError, answer: Callable[..., Any]) -> str:
    """The function of the answer's file that is not written yet; "" for an error of another's."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    code = getattr(answer, "__code__", None)
    return last.name if code is not None and last.filename == code.co_filename else ""


def left_over(name: str, file: str) -> Finding | None:
    """Does `raise NotImplementedError` still stand below what was written?"""
    lines = body(name, file)
    if len(lines) - (isinstance(lines[0], ast.Expr) if lines else 0) < 2:
        return None
    return Finding(
        "raise left",
        "`raise NotImplementedError` still stands there, and ends it: take that line away",
    )


def ends_in_loop(name: str, file: str) -> Finding | None:
    """Does a loop end with its first turn, by a `return` that is indented too far?"""
    for loop in body(name, file):
        inside = loop.body if isinstance(loop, ast.For) else []
        if any(isinstance(line, ast.Return) for line in inside):
            return Finding(
                "return in the loop",
                "`return` stands inside the loop, which then ends with its first turn: it belongs "
                "below, indented as `for` is",
            )
    return None


def body(name: str, file: str) -> list[ast.stmt]:
    """The lines of a function in the learner's file."""
    if not file:
        return []
    found = [
        line
        for line in ast.parse(Path(file).read_bytes()).body
        if isinstance(line, ast.FunctionDef) and line.name == name
    ]
    return found[-1].body if found else []


def right_all(exercise: Exercise, trial: Trial) -> bool:
    """Is every output right?"""
    return len(trial.got) == len(trial.wanted) and all(
        exercise.close(g, w) for g, w in zip(trial.got, trial.wanted, strict=True)
    )


def argument_order(exercise: Exercise, answer: Callable[..., Any]) -> Finding | None:
    """Does the answer take other arguments, or name them in another order?"""
    try:
        names = tuple(inspect.signature(answer).parameters)
    except (TypeError, ValueError):
        return None
    told = ", ".join(exercise.arguments)
    try:
        inspect.signature(answer).bind(*exercise.arguments)
    except TypeError:
        if exercise.observe is None:
            return Finding(
                "arguments",
                f"its arguments are {', '.join(names) or 'none'}; it is called with {told}",
            )
    if sorted(names) != sorted(exercise.arguments) or names == exercise.arguments:
        return None
    return Finding(
        "arguments",
        f"its arguments are called {', '.join(names)}; they come as {told}",
    )


def results(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Is there a result, of numbers, for each output?"""
    count = len(exercise.outputs)
    for trial in trials:
        if trial.error is not None:
            continue
        if len(trial.got) == 1 and trial.got[0] is None:
            return Finding("no result", "it returns None: is a `return` missing?")
        if len(trial.got) != count:
            return Finding(
                "results",
                f"it returns {len(trial.got)} result{'s' * (len(trial.got) != 1)}, wanted {count}: "
                f"{', '.join(exercise.outputs)}",
            )
        for name, got, wanted in zip(exercise.outputs, trial.got, trial.wanted, strict=True):
            if isinstance(got, tuple) and not exercise.close(got, wanted):
                if len(got) == 1:
                    return Finding(
                        "results", f"{name} is a tuple of one: is there a comma behind it?"
                    )
                if any(np.ndim(part) for part in got):
                    return Finding("results", f"it returns {len(got)} results, wanted 1: {name}")
            if as_array(got) is None:
                kind = f"array of {got.dtype}" if hasattr(got, "dtype") else type(got).__name__
                return Finding("results", f"{name} is a {kind}, wanted an array of numbers")
    return None


def changes(exercise: Exercise, trials: list[Trial]) -> Finding | None:
    """Does it write into its arguments?"""
    for trial in trials:
        if trial.changed:
            return Finding(
                f"{trial.changed} changed",
                f"it changes {trial.changed} in place: whoever passed it on still needs it. Make a "
                f"new array (`a = a * b` does, `a *= b` does not)",
            )
    return None


def explain(exercise: Exercise, trials: list[Trial], i: int, file: str) -> Finding | None:
    """What is wrong with output i; None if nothing is."""
    wrong = [t for t in trials if t.error or not exercise.close(t.got[i], t.wanted[i])]
    if not wrong:
        return None
    marks = {t.case.mistake for t in wrong}
    if len(wrong) < len(trials) and len(marks) == 1 and "" not in marks:
        return Finding(wrong[0].case.mistake, wrong[0].case.text)
    # calls that go wrong for a reason of their own say little about the rest
    plain = [t for t in trials if not t.case.mistake] or trials
    ran = [t for t in plain if not t.error]
    if ran and any(t in wrong for t in ran) and len(ran) == len(plain):
        for question in (*RELATIONS, off):
            if found := question(exercise, ran, i):
                return found
    for twin in exercise.twins:
        if same(exercise, twin.function, trials, i):
            lines = {line_of(t.error, file) for t in wrong if t.error}
            return Finding(twin.mistake, twin.text + "".join(sorted(lines)))
    for twin in exercise.twins:
        if found := multiple(exercise, twin, ran, i):
            return found
    for trial in wrong:
        if trial.error:
            return exception(exercise, trial, file)
    return differs(exercise, wrong, i)


def same(exercise: Exercise, twin: Callable[..., Any], trials: list[Trial], i: int) -> bool:
    """Does the twin give what the answer gave, exceptions included, and not the right thing?"""
    differs = False
    for trial in [t for t in trials if not t.case.mistake] or trials:
        try:
            other = as_array(exercise.call(twin, copies(trial.case.args))[i])
        except Exception:
            other = None
        if (other is None) != (trial.error is not None):
            return False
        if other is None:
            continue
        got = as_array(trial.got[i])
        if got is None or got.shape != other.shape:
            return False
        if not np.array_equal(np.isfinite(got), np.isfinite(other)):
            return False
        finite = np.isfinite(got)
        if not exercise.close(got[finite], other[finite]):
            return False
        differs = differs or not exercise.close(other, trial.wanted[i])
    return differs


def multiple(exercise: Exercise, twin: Twin, ran: list[Trial], i: int) -> Finding | None:
    """Is the answer k times what a twin gives?  Two mistakes in one answer."""
    others = []
    for trial in ran:
        try:
            other = as_array(exercise.call(twin.function, copies(trial.case.args))[i])
        except Exception:
            return None
        if other is None:
            return None
        others.append(replace(trial, wanted=(*trial.wanted[:i], other, *trial.wanted[i + 1 :])))
    found = factor(exercise, others, i) if others else None
    if not found or found.mistake == "zero":
        return None
    name = exercise.said.get(found.mistake, (found.mistake, ""))[0]
    told = "with the other sign" if found.mistake == "sign" else found.mistake
    return Finding(f"{twin.mistake}; {name}", f"{twin.text}. And it is that, {told}")


GENERIC = {"sign": "sign", "0": "lost term"}


def rename(exercise: Exercise, found: Finding) -> Finding:
    """A finding with the name and the words that it has in this exercise."""
    said = exercise.said
    keys = [found.mistake] if found.mistake in said else found.mistake.split("; ")
    if not all(key in said for key in keys):
        if not all(": " in key for key in keys):
            return found
        labels = [(key, key.rpartition(": ")[2]) for key in keys]  # a term, and what is wrong
        names = dict.fromkeys(
            said[key][0] if key in said else GENERIC.get(label, "factor") for key, label in labels
        )
        return Finding("; ".join(names), found.text)
    names = dict.fromkeys(said[key][0] for key in keys)
    words = dict.fromkeys(said[key][1] for key in keys if said[key][1])
    return Finding("; ".join(names), ". ".join((found.text, *words)))


UNEXPLAINED = ("differs", "shape")

MEANINGS = (
    (r"bitwise_xor|for \^:", "power", "`^` is exclusive or in Python; a power is `**`"),
    (
        "truth value of an array",
        "if",
        "`if` wants one answer, and an array has one for each element: np.where(condition, a, b) "
        "chooses element by element",
    ),
)
"""What beginners meet in any chapter: of an exception's text, the mistake and its words."""


def exception(exercise: Exercise, trial: Trial, file: str) -> Finding:
    """An exception, with the learner's line."""
    shapes = ", ".join(
        f"{name} {np.shape(arg)}"
        for name, arg in zip(exercise.arguments, trial.case.args, strict=True)
        if isinstance(arg, np.ndarray)
    )
    assert trial.error is not None
    if isinstance(trial.error, Unfit):
        return Finding("results", str(trial.error))
    if isinstance(trial.error, NotImplementedError):
        name = traceback.extract_tb(trial.error.__traceback__)[-1].name
        return Finding(
            "not written", f"it calls {name}, which is not written yet{line_of(trial.error, file)}"
        )
    for pattern, mistake, text in MEANINGS:
        if re.search(pattern, str(trial.error)):
            return Finding(mistake, text + line_of(trial.error, file))
    if exercise.on_error and (found := exercise.on_error(trial)):
        return Finding(found.mistake, found.text + line_of(trial.error, file))
    return Finding(
        "exception", sentence(trial.error, file) + (f"\n(with {shapes})" if shapes else "")
    )


def sentence(error: BaseException, file: str) -> str:
    """An exception in one sentence, and the learner's line below."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError) and not text_file(file):
        return NO_TEXT
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"{text.split(' (')[0]}\n    line {error.lineno}: {(error.text or '').strip()}"
    return text + line_of(error, file)


NO_TEXT = "the file is no plain text in UTF-8: save it as such, or copy the exercise again"


def text_file(file: str) -> bool:
    """Does the learner's file hold text, as editors write it?"""
    try:
        with tokenize.open(file) as lines:
            return "\0" not in lines.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return False


def line_of(error: BaseException, file: str) -> str:
    """The learner's innermost line that an exception came through, on a line of its own."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    return f"\n    line {frames[-1].lineno}: {frames[-1].line}" if frames else ""


def differs(exercise: Exercise, wrong: list[Trial], i: int) -> Finding:
    """The worst element of an answer that nothing else explains."""
    wrong = [t for t in wrong if not t.case.mistake] or wrong
    worst: tuple[float, Trial, Any] | None = None
    for trial in wrong:
        got = as_array(trial.got[i])
        assert got is not None  # `results` and RELATIONS were asked before
        if got.shape != trial.wanted[i].shape:
            return Finding(
                "shape",
                f"{exercise.outputs[i]} has shape {got.shape}, wanted {trial.wanted[i].shape}",
            )
        error = np.abs(got - trial.wanted[i])
        error = np.where(np.isnan(error), np.inf, error)
        at = np.unravel_index(int(np.argmax(error)), error.shape)
        if worst is None or error[at] > worst[0]:
            worst = float(error[at]), trial, at
    assert worst is not None
    _, trial, at = worst
    got = np.asarray(as_array(trial.got[i]))
    where = f" at ({', '.join(str(int(k)) for k in at)})" if at else ""
    words = f" ({trial.case.words})" if trial.case.words else ""
    mine, right = (f"{float(x):.6g}" for x in (got[at], trial.wanted[i][at]))
    if mine == right:
        mine, right = (f"{float(x):.12g}" for x in (got[at], trial.wanted[i][at]))
    text = (
        f"{exercise.outputs[i]} differs from the right answer{where}: {mine}, wanted {right}{words}"
    )
    return Finding("differs", text)
