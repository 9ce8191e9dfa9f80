"""Chapter 8: a row of cross-entropy's backward pass in C."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from .. import compiled
from ..exercise import Case, Exercise, Finding, Trial, Twin, within
from ..judge import NO_TEXT, NotBegun, NotPossible, explain, rename
from .cross_entropy import OVERFLOW, OVERFLOW_TEXT, UNDERFLOW_TEXT

SOURCE = "chapter8.c"
PRECISION = {"float": 2e-6, "double": 1e-13}
SECONDS = 10.0
UNTOUCHED = -3.5  # what dx holds before a call


def row(g: float, x: Any, label: int) -> Any:
    """The right answer."""
    e = np.exp(x - x.max())
    p = e / e.sum()
    p[label] -= 1
    return g * p


def terms(g: float, x: Any, label: int) -> dict[str, dict[str, tuple[float, Any]]]:
    """P and Y, each times g."""
    y = np.eye(len(x))[label]
    p = row(g, x, label) + g * y
    return {"dx": {"P": (1.0, p), "Y": (-1.0, g * y)}}


def cases() -> list[Case]:
    """Rows of several lengths, labels at both ends."""
    rng = np.random.default_rng(0)
    found = [
        Case((0.75 + c / 8, rng.standard_normal(c), label), {"classes": c}, f"{c} classes")
        for c, label in ((5, 2), (7, 0), (4, 3), (1030, 700))  # more than a fixed array has
    ]
    found.append(
        Case(
            (1.25, 1000 * rng.standard_normal(6), 4),
            {"classes": 6},
            "logits of 1000",
            OVERFLOW,
            OVERFLOW_TEXT,
        )
    )
    low = np.array([-1000.0, -1001.5, -1000.25, -1003.0, -999.5, -1002.0])
    found.append(Case((1.25, low, 1), {"classes": 6}, "logits of -1000", OVERFLOW, UNDERFLOW_TEXT))
    return found


ROW = Exercise(
    "cross_entropy_row",
    (
        "Three loops over j: the largest x, the sum of the exponentials, the result. Where is element "
        "j of x, when its elements lie x_stride apart?",
        "x[j * x_stride], and dx[j * dx_stride]. If dx is x, whatever you write there is what you read "
        "there next: read first, write in the last loop only.",
    ),
    row,
    cases,
    ("g", "x", "label"),
    ("dx",),
    terms=terms,
    said={
        "Y: 0": ("label not subtracted", "One of the classes is the label"),
        "P: 0": ("p forgotten", "Only the label's term is there: p is rounded away, or Z is huge"),
        "Y: sign": ("sign", "The label's logit has to rise: its gradient is negative"),
    },
    twins=(
        Twin(
            "g ignored",
            "dx does not depend on g: multiply by *g",
            lambda g, x, label: row(1.0, x, label),
        ),
        Twin(
            "g ignored",
            "g multiplies p only, wanted p minus the label's 1",
            lambda g, x, label: (
                row(1.0, x, label) - (1 - g) * (row(1.0, x, label) + np.eye(len(x))[label])
            ),
        ),
        Twin(
            "P∘Y − Y",
            "only the label's element is right: every logit is part of the denominator",
            lambda g, x, label: row(g, x, label) * np.eye(len(x))[label],
        ),
        Twin(
            "not normalised",
            "p is not divided by Z, or Z stays 1: is it a T?",
            lambda g, x, label: g * (np.exp(x - x.max()) - np.eye(len(x))[label]),
        ),
        Twin(
            "max",
            "Z adds up exponentials from which the maximum is not subtracted",
            lambda g, x, label: g * (np.exp(x - x.max()) / np.exp(x).sum() - np.eye(len(x))[label]),
        ),
    ),
    verdict=lambda folder: verdict(folder),
)
EXERCISES = (ROW,)

# ---------------------------------------------------------------------- how it is called


def layouts() -> list[tuple[Any, ...]]:
    """Words, x_stride, dx_stride, in place."""
    return [
        ("side by side", 1, 1, False),
        ("x_stride = 3", 3, 1, False),
        ("dx_stride = 2", 1, 2, False),
        ("x_stride = -2, a row read backwards", -2, 1, False),
        ("dx is x", 1, 1, True),
        ("dx is x, with a stride of 2", 2, 2, True),
    ]


def laid_out(
    case: Case, kind: str, x_stride: int, dx_stride: int, in_place: bool
) -> dict[str, Any]:
    """A case as row_calls.py takes it: the memory, with other numbers between the strides."""
    g, x, label = case.args
    count = len(x)
    # exactly up to the last element, so that a sanitizer sees one step beyond
    memory = [float(0.25 + k % 5) for k in range((count - 1) * abs(x_stride) + 1)]
    first = 0 if x_stride > 0 else len(memory) - 1
    for j in range(count):
        memory[first + j * x_stride] = float(x[j])
    return {
        "type": kind,
        "x": memory,
        "x_first": first,
        "x_stride": x_stride,
        "dx": None if in_place else [UNTOUCHED] * ((count - 1) * dx_stride + 1),
        "dx_first": 0,
        "dx_stride": dx_stride,
        "g": g,
        "label": label,
        "classes": count,
    }


# ---------------------------------------------------------------------- what came of it


def verdict(folder: Path) -> list[Finding]:
    """Build, call, judge.  Raises NotBegun, NotPossible without a compiler."""
    source = folder / SOURCE
    if not source.is_file():
        return [Finding("missing", f"there is no {SOURCE} beside chapter8.py")]
    if b"\0" in source.read_bytes():
        return [Finding("not compiled", NO_TEXT)]
    template = Path(__file__).parents[1] / "templates" / SOURCE
    if (
        source.read_text(encoding="utf-8", errors="replace").split()
        == template.read_text(encoding="utf-8").split()
    ):
        raise NotBegun
    cc = compiled.compiler()
    if cc is None:
        raise NotPossible(
            "there is no C compiler here (cc, or what CC names), so the C cannot be built. The other "
            "chapters need none"
        )
    jobs = [
        (case, words, laid_out(case, kind, *layout))
        for words, *layout in layouts()
        for kind in compiled.TYPES
        for case in cases()
    ]
    jobs.sort(key=lambda job: len(job[0].args[1]) > 100)  # what destroys much memory comes last
    with tempfile.TemporaryDirectory() as out:
        try:
            done = compiled.call(cc, source, Path(out), [job for *_, job in jobs], SECONDS)
        except compiled.Refused as error:
            return [Finding("not compiled", f"the compiler refuses it:\n    {error}")]
        except subprocess.TimeoutExpired:
            text = f"stopped: a call was not finished after {SECONDS:g} seconds. Does a loop end?"
            return [Finding("stopped", text)]
        findings = first_faults(source, jobs, done)
        findings = [Finding(f.mistake, f.text + compiled.warning(Path(out))) for f in findings]
        if not findings:
            print(beside_others(cc, source, Path(out)))
    return findings


def first_faults(source: Path, jobs: list[Any], done: compiled.Called) -> list[Finding]:
    """The first thing that is wrong."""
    results = list(zip(jobs, done.results, strict=False))
    dtype = types_differ(results)
    if (fell := fallen(source, jobs, done)) and not results:
        return [fell]
    for (case, words, job), result in results:
        where = f"{words}, {case.words}, T = {job['type']}"
        if found := beside(job, result, where):
            return [dtype if dtype and found.mistake == "out of bounds" else found]
        if not right(case, job, result):
            return [dtype or unequal(done, results, case, words, job, result)]
    return [fell] if fell else []


def beside_others(cc: list[str], source: Path, out: Path) -> str:
    """How long a row takes, beside minigrad's kernels, and where to go from here."""
    times = compiled.timings(cc, source, out)
    lines = [f"{name:28} {ns:6.2f} ns an element" for name, ns in times]
    return "\n".join((*lines, "Why the last is faster: docs/kernels.md, the ladder."))


def fallen(source: Path, jobs: list[Any], done: compiled.Called) -> Finding | None:
    """Why the process ended before all cases were done."""
    if not done.status and len(done.results) == len(jobs):
        return None
    case, words, job = jobs[min(len(done.results), len(jobs) - 1)]
    where = f"{words}, {case.words}, T = {job['type']}"
    size = 4 if job["type"] == "float" else 8
    if found := compiled.explanation(done.words, source, size, where):
        return Finding(*found)
    if "Traceback" in done.words:
        return Finding("not loaded", f"it cannot be called: {done.words.strip().splitlines()[-1]}")
    if -done.status in (signal.SIGSEGV, getattr(signal, "SIGBUS", signal.SIGSEGV)):
        return Finding(
            "out of bounds",
            f"the process was ended by signal {-done.status}: an address was used that belongs to "
            f"nobody, or a function called itself without end ({where})",
        )
    if -done.status == signal.SIGFPE:
        return Finding("division by 0", f"a whole number was divided by 0 ({where})")
    how = f"by signal {-done.status}" if done.status < 0 else f"with status {done.status}"
    return Finding("stopped", f"the process ended {how} before the call had returned ({where})")


def inside(job: dict[str, Any], memory: list[float], which: str) -> np.ndarray:
    """The elements of dx or x in their memory."""
    first, stride = job[f"{which}_first"], job[f"{which}_stride"]
    return np.array([memory[first + j * stride] for j in range(job["classes"])])


def right(case: Case, job: dict[str, Any], result: dict[str, Any]) -> bool:
    """The right numbers, to the digits of the type."""
    got = inside(job, result["dx"], "dx")
    return within(got, row(*round_to_type(case, job)), PRECISION[job["type"]])


def round_to_type(case: Case, job: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments as the type has them."""
    g, x, label = case.args
    if job["type"] == "float":
        return float(np.float32(g)), x.astype(np.float32).astype(float), label
    return g, x, label


def beside(job: dict[str, Any], result: dict[str, Any], where: str) -> Finding | None:
    """What it has written to that is not dx."""
    g = float(np.float32(job["g"])) if job["type"] == "float" else job["g"]
    if result["g"] != g:
        return Finding(
            "g changed",
            f"*g was {g:g}, and is {result['g']:g} after the call: the next row reads it, too. Keep "
            f"such a number in a variable ({where})",
        )
    if not result["beside"]:
        return Finding(
            "out of bounds",
            f"it has written before the beginning or behind the end of an array ({where})",
        )
    if job["dx"] is not None:
        narrow = np.float32 if job["type"] == "float" else np.float64
        if not np.array_equal(result["x"], np.array(job["x"], narrow).astype(float)):
            return Finding(
                "x changed", f"x is not what it was before: only dx is to be written ({where})"
            )
    gaps = np.ones(len(result["dx"]), bool)
    gaps[[job["dx_first"] + j * job["dx_stride"] for j in range(job["classes"])]] = False
    before = np.array(
        job["x"] if job["dx"] is None else job["dx"],
        np.float32 if job["type"] == "float" else np.float64,
    ).astype(float)
    if not np.array_equal(np.array(result["dx"])[gaps], before[gaps]):
        return Finding(
            "strides",
            f"it has written between the elements of dx: element j is dx[j * dx_stride], and what lies "
            f"between belongs to others ({where})",
        )
    return None


def types_differ(results: list[Any]) -> Finding | None:
    """Right for one type, wrong for the other, side by side."""
    sides: dict[str, list[Any]] = {kind: [] for kind in compiled.TYPES}
    for (case, words, job), result in results:
        if words == "side by side" and not case.mistake:
            sides[job["type"]].append((case, job, result))
    good = {kind: bool(s) and all(right(*each) for each in s) for kind, s in sides.items()}
    if good["float"] and not good["double"] and sides["double"]:
        gaps = [
            float(np.abs(inside(job, result["dx"], "dx") - row(*case.args)).max())
            for case, job, result in sides["double"]
        ]
        if max(gaps) < 1e-5:
            return Finding(
                "dtype",
                f"with T = float it is right; with T = double only to {max(gaps):.0e}: a variable is "
                f"float, or expf is called, where T and EXP belong",
            )
        return Finding(
            "dtype",
            "with T = float it is right, with T = double it is not: a type is written out where T "
            "belongs",
        )
    if good["double"] and not good["float"] and sides["float"]:
        return Finding(
            "dtype",
            "with T = double it is right, with T = float it is not: a type is written out where T "
            "belongs",
        )
    return None


def unequal(
    done: compiled.Called,
    results: list[Any],
    case: Case,
    words: str,
    job: dict[str, Any],
    result: dict[str, Any],
) -> Finding:
    """A wrong number: by its layout, or by what chapter 6 knows of the formula."""
    if np.isnan(result["dx"]).any() and not case.mistake:
        if done.watched:
            return Finding(
                "NaN",
                f"dx is NaN ({words}, {case.words}): 0 / 0, infinity - infinity, or a variable "
                f"without a first value",
            )
        return Finding(
            "out of bounds",
            f"dx is NaN: beside the arrays lies NaN, and it was read ({words}, {case.words})",
        )
    left = inside(job, result["dx"], "dx") == UNTOUCHED
    if job["dx"] is not None and left.any():
        return Finding(
            "not written",
            f"element {int(left.argmax())} of dx is not written ({words}, {case.words}): each of the "
            f"classes has a gradient",
        )
    if "dx is x" in words:
        return Finding(
            "aliasing",
            f"it is right where dx has memory of its own, and wrong where dx is x: an element of x is "
            f"read after dx has been written there ({words})",
        )
    if "stride" in words:
        which = "dx" if words.startswith("dx") else "x"
        return Finding(
            "strides",
            f"it is right side by side, and wrong with {words}: element j is {which}[j * "
            f"{which}_stride]",
        )
    wanted, got = row(*round_to_type(case, job)), inside(job, result["dx"], "dx")
    if case.mistake and within(got, wanted, 1e-3):
        return Finding(
            "rounding",
            f"with {case.words} it is right to a few digits only: a sum such as m + log Z is large, and "
            f"T rounds it. Subtract m from x first, then the rest ({words}, T = {job['type']})",
        )
    trials = [
        Trial(c, (row(*c.args),), (inside(j, r["dx"], "dx"),))
        for (c, w, j), r in results
        if w == "side by side" and j["type"] == "double"
    ]
    if not trials:
        trials = [Trial(case, (wanted,), (got,))]
    found = explain(ROW, trials, 0, "")
    if found is None:
        trials = [Trial(case, (wanted,), (got,))]
        found = explain(ROW, trials, 0, "")
    assert found is not None
    return rename(ROW, found)
