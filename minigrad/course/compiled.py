"""Compiling a learner's C, calling it under AddressSanitizer, and explaining what that says."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

CALLS = Path(__file__).with_name("row_calls.py")
TYPES = {"float": ("float", "expf"), "double": ("double", "exp")}
OUTSIDE = "(a brace is missing, or the head of cross_entropy_row is not the template's any more)"
ROWS = """
#include <stddef.h>
void course_rows(T *dx, const T *x, const T *g, ptrdiff_t n, ptrdiff_t classes) {
    for (ptrdiff_t i = 0; i < n; i++)
        cross_entropy_row(dx + i * classes, 1, x + i * classes, 1, g, i % classes, classes);
}
"""


class Refused(Exception):
    """The compiler does not take the source; the message is its own."""


class Called(NamedTuple):
    """What a process that called the row left: a result a case, and its last words."""

    results: list[dict[str, Any]]
    status: int
    words: str
    watched: bool  # by AddressSanitizer


def compiler() -> list[str] | None:
    """The C compiler at hand, from CC or cc; None where there is none."""
    command = shlex.split(os.environ.get("CC") or "cc")
    return command if sys.platform != "win32" and shutil.which(command[0]) else None


def sanitizer(cc: list[str]) -> str | None:
    """AddressSanitizer's run-time library, to load before Python; None where there is none."""
    if sys.platform != "linux":
        return None
    for name in ("libasan.so", "libclang_rt.asan-x86_64.so", "libclang_rt.asan-aarch64.so"):
        found = subprocess.run(
            [*cc, f"-print-file-name={name}"], capture_output=True, text=True
        ).stdout.strip()
        if Path(found).is_absolute() and Path(found).exists():
            return found
    return None


PATTERN = "-ftrivial-auto-var-init=pattern"  # a variable without a first value is far from 0


def knows(cc: list[str], flag: str) -> bool:
    """Does the compiler know this flag?"""
    command = [*cc, flag, "-Werror", "-x", "c", "-E", os.devnull]
    return subprocess.run(command, capture_output=True).returncode == 0


def build(cc: list[str], source: Path, out: Path, flags: list[str]) -> dict[str, str]:
    """Shared libraries of the source, for float and double.

    Raises Refused with the compiler's first words.
    """
    libraries = {}
    for name, (real, exponential) in TYPES.items():
        library = out / f"{name}.so"
        text = f'#define T {real}\n#define EXP {exponential}\n#include "{source.name}"\n{ROWS}'
        always = ["-x", "c", "-", f"-I{source.parent}", "-std=c11", "-shared", "-fPIC", "-lm"]
        warned = ["-Wall", "-Werror=implicit-function-declaration"]
        done = subprocess.run(
            [*cc, *always, *warned, *flags, "-o", str(library)],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=out,
        )
        if done.returncode:
            lines = done.stderr.replace(str(source), source.name).splitlines()
            at = next((i for i, line in enumerate(lines) if "error" in line), 0)
            outside = [OUTSIDE] if lines[at].startswith("<stdin>") else []
            raise Refused("\n    ".join((*outside, *lines[at : at + 3])))
        libraries[name] = str(library)
        (out / "warnings").write_text(done.stderr.replace(str(source), source.name), "utf-8")
    return libraries


def warning(out: Path) -> str:
    """The first warning of the last build, on a line of its own; "" where there is none."""
    lines = [line for line in text_of(out / "warnings").splitlines() if "warning: " in line]
    return f"\n    the compiler warns: {lines[0].replace('warning: ', '')}" if lines else ""


def call(
    cc: list[str], source: Path, out: Path, cases: list[dict[str, Any]], seconds: float
) -> Called:
    """Call the row on every case, watched where that is possible.

    Raises Refused, and subprocess.TimeoutExpired.
    """
    runtime = sanitizer(cc)
    env = {**os.environ}
    if runtime and "asan" in runtime:
        flags = ["-O1", "-g", "-fno-omit-frame-pointer", "-fsanitize=address"]
        if "clang" in runtime:
            flags.append("-shared-libasan")
        env |= {
            "LD_PRELOAD": runtime,
            "PYTHONMALLOC": "malloc",
            "ASAN_OPTIONS": "detect_leaks=0:handle_segv=1:abort_on_error=0:hard_rss_limit_mb=2048",
        }
    else:
        flags = ["-O1", "-g"]
    if knows(cc, PATTERN):
        flags.append(PATTERN)
    libraries = build(cc, source, out, flags)
    job = {"libraries": libraries, "cases": cases, "guard": not runtime}
    with (out / "printed").open("wb") as printed, (out / "words").open("wb") as words:
        done = subprocess.run(
            [sys.executable, str(CALLS), str(out / "results")],
            input=json.dumps(job).encode(),
            stdout=printed,
            stderr=words,
            env=env,
            cwd=out,
            timeout=seconds,
        )
    results = [json.loads(line) for line in text_of(out / "results").splitlines()]
    print(text_of(out / "printed"), end="")
    return Called(results, done.returncode, text_of(out / "words"), bool(runtime))


def text_of(file: Path) -> str:
    """The beginning of a file, of as much as ten thousand lines."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        return lines.read(1 << 20)


ACCESS = re.compile(r"(READ|WRITE) of size (\d+)")
REGION = re.compile(
    r"is located (\d+) bytes (to the right|to the left|after|before|inside) "
    r"(?:of )?(\d+)-byte region"
)
KINDS = {
    "heap-buffer-overflow": "an address beside an array was used",
    "stack-buffer-overflow": "an address beside a local array was used",
    "global-buffer-overflow": "an address beside a static array was used",
    "heap-use-after-free": "memory was used that had been given back",
    "SEGV": "an address was used that belongs to nobody",
    "stack-overflow": "a function called itself without end, or a local array is too large",
    "FPE": "a whole number was divided by 0",
    "attempting free": "free was called for memory that is not this function's",
}
OTHERWISE = {"FPE": "division by 0", "stack-overflow": "stack overflow"}


def explanation(words: str, source: Path, size: int, case: str) -> tuple[str, str] | None:
    """AddressSanitizer's report in other words: a mistake and a text; None where there is none.

    size : bytes of a T
    """
    report = re.search(r"ERROR: AddressSanitizer: ([\w-]+)", words)
    if report is None:
        return None
    kind = report[1]
    told = [f"AddressSanitizer says {kind}: {KINDS.get(kind, 'a fault in the use of memory')}"]
    mistake = OTHERWISE.get(kind, "out of bounds")
    if access := ACCESS.search(words):
        verb = "read" if access[1] == "READ" else "written"
        bytes_ = int(access[2])
        told.append(f"{access[1]} of size {access[2]}: {bytes_} bytes were {verb}")
        if bytes_ != size:
            mistake = "dtype"
            told[-1] += (
                f", but a T has {size} here. A pointer has another type than T, so that its "
                f"element j lies elsewhere"
            )
    if (region := REGION.search(words)) and mistake == "out of bounds":
        distance, side, length = int(region[1]), region[2], int(region[3])
        count = length // size
        after = side in ("to the right", "after")
        element = count + distance // size if after else -max(1, distance // size)
        told.append(
            f"'{region[0].replace('is located ', '')}': the array has {count} element"
            f"{'s' * (count != 1)}, 0 to {count - 1}, and element {element} was used"
        )
    return mistake, f"{'. '.join(told)}{line_of(words, source)}\n    ({case})"


def line_of(words: str, source: Path) -> str:
    """The learner's line in a report."""
    at = re.search(rf"{re.escape(source.name)}:(\d+)", words)
    if at is None:
        return ""
    lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
    number = int(at[1])
    return f"\n    line {number}: {lines[number - 1].strip()}" if number <= len(lines) else ""


def timings(cc: list[str], source: Path, out: Path) -> list[tuple[str, float]]:
    """Nanoseconds an element: the learner's row, minigrad's plain kernel, and its usual one.

    Nothing where the row falls.
    """
    libraries = build(cc, source, out, ["-O2"])
    job = {"libraries": libraries, "rows": 500, "classes": 100, "seconds": 0.2}
    done = subprocess.run(
        [sys.executable, str(CALLS), str(out / "time")],
        input=json.dumps(job).encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
    )
    if done.returncode or not text_of(out / "time"):
        return []
    found = [("your row", float(text_of(out / "time")))]
    root = str(Path(__file__).parents[2])
    for name, path in (("minigrad, MINIGRAD_CPU=plain", "plain"), ("minigrad", "")):
        env = {k: v for k, v in os.environ.items() if k != "MINIGRAD_CPU"}
        env |= {
            "MINIGRAD_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, (root, env.get("PYTHONPATH", "")))),
        }
        if path:
            env["MINIGRAD_CPU"] = path
        command = [sys.executable, "-W", "ignore", "-c", KERNEL]
        timed = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
        if not timed.returncode:
            found.append((name, float(timed.stdout)))
    return found


KERNEL = """
import time
import numpy as np
from minigrad import kernels
x = (7 * np.arange(50000) % 11 / 5).astype("float32").reshape(500, 100)
labels = np.arange(500) % 100
best, end = 1e9, time.perf_counter() + 0.2
while time.perf_counter() < end:
    start = time.perf_counter()
    kernels.softmax_cross_entropy(x, labels)
    best = min(best, time.perf_counter() - start)
print(best / x.size * 1e9)
"""
