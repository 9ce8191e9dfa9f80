"""How the benchmarks measure: in one process, in turns, and as ratios.

A shared machine is now fast and now slow. So the contenders take turns within a round, and what is
reported is the median over the rounds of our time / the peer's time in the same round; beside it
the ratio of the shortest times, which is what a quiet machine would give.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

import minigrad as mg
from minigrad.engine import tape


class Ratio(NamedTuple):
    """Our time in units of the peer's: below 1 we are faster."""

    median: float
    minima: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.minima:.2f})"


class Target(NamedTuple):
    """What was wanted, what was found, and whether that is enough."""

    what: str
    against: str
    wanted: str
    found: str
    met: bool


class Point(NamedTuple):
    """A kernel of minigrad for the roofline: its arithmetic, the memory it must touch, its time."""

    name: str
    flops: float
    bytes: float
    seconds: float


def publish(
    text: str, to: Path | None, targets: Sequence[Target] = (), points: Sequence[Point] = ()
) -> None:
    """Print what was measured; for report.py write it to a file as well."""
    print(text)
    if to is not None:
        to.write_text(json.dumps({"text": text, "targets": targets, "points": points}))


def in_turns(
    contenders: Mapping[str, Callable[[], object]],
    rounds: int,
    visit: float = 0.02,
    pause: float = 0.0,
) -> dict[str, np.ndarray]:
    """Seconds a call, of each contender in each round.

    rounds : how often each has its turn
    visit : seconds of calls that the fastest has in one turn; the others make as many calls, as
        long as that takes them less than ten times as long
    pause : seconds of rest before each turn, for other libraries' threads to stop spinning
    """
    once = {name: _seconds(call, 1) for name, call in contenders.items()}
    once = {name: _seconds(call, 1) for name, call in contenders.items()}  # the first warms up
    calls = {
        name: max(1, round(min(visit / min(once.values()), 10 * visit / t)))
        for name, t in once.items()
    }
    times: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            time.sleep(pause)
            contenders[name]()  # brings its own data back into the caches
            times[name].append(_seconds(contenders[name], calls[name]) / calls[name])
    return {name: np.array(each) for name, each in times.items()}


def _seconds(call: Callable[[], object], repeat: int) -> float:
    begin = time.perf_counter()
    for _ in range(repeat):
        call()
    return time.perf_counter() - begin


def ratio(ours: np.ndarray, peer: np.ndarray) -> Ratio:
    return Ratio(float(np.median(ours / peer)), float(ours.min() / peer.min()))


def geometric_mean(values: Sequence[float]) -> float:
    return float(np.exp(np.mean(np.log(values))))


def set_threads(threads: int) -> None:
    """As many for minigrad, and for PyTorch if it is here; and no more cores for any library.

    XLA's own settings leave it a thread for every core: only the cores can be taken away.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    mg.set_num_threads(threads)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(threads)


def markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table, legible as it stands; the first column is aligned left."""
    cells = [list(map(str, row)) for row in (head, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    rule = ["-" * w if i == 0 else "-" * (w - 1) + ":" for i, w in enumerate(widths)]
    lines = [
        " | ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(pairs))
        for pairs in (list(zip(row, widths, strict=True)) for row in [cells[0], rule, *cells[1:]])
    ]
    return "\n".join(f"| {line} |" for line in lines)


def conditions(threads: int, seed: int | None = None, packages: Sequence[str] = ("torch",)) -> str:
    """What a reader needs to repeat a measurement, and to judge it."""
    config = mg.kernels.config()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = [f"{name} {_version(name)}" for name in ("minigrad", "numpy", *packages)]
    words = [f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]
    if "--json" in words:  # report.py's own business
        del words[words.index("--json") : words.index("--json") + 2]
    lines = [
        f"command: python {' '.join(words)}" + ("" if seed is None else f" (seed {seed})"),
        f"machine: {_cpu_name()}, {cores} cores for this process, {platform.platform()}",
        f"threads: {threads}; minigrad's kernels: {config['cpu']}, {config['compiler']}",
        f"minigrad's Python: {_python()}",
        f"versions: Python {platform.python_version()}, {', '.join(found)}",
    ]
    return "\n".join(lines)


def _python() -> str:
    if Path(tape.__file__).suffix == ".py":
        return "as written (a checkout or editable install)"
    return "compiled (an ordinary install)"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # minigrad, run from a checkout that is not installed
        return mg.__version__ if package == "minigrad" else "not installed"


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        facts = dict(
            (part.strip() for part in line.split(":", 1))
            for line in info.read_text().splitlines()
            if ":" in line
        )
        if "model name" in facts:
            numbers = (facts.get("cpu family"), facts.get("model"), facts.get("stepping"))
            return "{} (family {}, model {}, stepping {})".format(facts["model name"], *numbers)
    return platform.processor() or platform.machine()
