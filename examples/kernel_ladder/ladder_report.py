"""What a climb measured, as a table, as a picture and in docs/kernels.md."""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

OFF = ", vectoriser off"
LABELS = {
    "loops": "1 three loops",
    "reordered": "2 reordered",
    "blocked": "3 blocked",
    "packed": "4 packed",
    "tiled": "5 register tile",
    "simd": "6 SIMD",
    "numpy": "NumPy",
    "minigrad": "minigrad",
    "chain": "limit: one chain",
    "peak": "limit: peak",
    "threaded": "7 threads",
    "minigrad_threaded": "minigrad, threads",
    "peak_threaded": "limit: peak, threads",
}
BELOW = dict(zip(["reordered", "blocked", "packed", "tiled", "simd"], LABELS, strict=False))
BELOW["threaded"] = "simd"


@dataclass(frozen=True)
class Climb:
    """times: seconds a call in each round, by size and contender; flops: of the limits' calls."""

    times: Mapping[int, Mapping[str, Sequence[float]]]
    flops: Mapping[str, int]
    threads: int
    machine: str

    @property
    def last(self) -> int:
        return list(self.times)[-1]

    def rates(self, name: str, n: int) -> np.ndarray:
        """GFLOP/s in each round, none if the contender did not take part."""
        return self.flops.get(name, 2 * n**3) / np.array(self.times[n].get(name, [])) / 1e9

    def rate(self, name: str, n: int) -> float:
        return float(np.median(rates)) if len(rates := self.rates(name, n)) else float("nan")

    def ratio(self, name: str, other: str) -> float:
        """How many times as fast as the other, at the last size: median over common rounds."""
        mine, others = self.rates(name, self.last), self.rates(other, self.last)
        both = min(len(mine), len(others))
        return float(np.median(mine[:both] / others[:both]))


def first_line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout.splitlines() or ["unknown compiler"])[0]


def describe_machine(command: list[str], scalar: list[str], cores: int) -> str:
    """Processor, caches, compiler, libraries and load, as Linux tells them; elsewhere less."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", info.read_text()) if info.exists() else None
    processor = found[1] if found else platform.processor() or platform.machine()
    caches = []
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        parts = ("level", "type", "size")
        level, kind, size = ((index / part).read_text().strip() for part in parts)
        if kind != "Instruction":
            caches.append(f"L{level} {size.removesuffix('K')} KB")
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    lines = [
        f"{processor}, {cores} cores in use{', '.join(['', *caches])}; {platform.system()}",
        f"{first_line([command[0], '--version'])}: `{shlex.join(command)}`",
        f"vectoriser off: `{shlex.join(scalar)}`",
        f"NumPy {np.__version__} with {blas['name']} {blas['version']}",
    ]
    if hasattr(os, "getloadavg"):
        lines.append(
            f"other programs at work when it began: {os.getloadavg()[0]:.1f} (load average)"
        )
    return "\n".join(f"- {line}" for line in lines)


def table(climb: Climb) -> str:
    """A Markdown table of medians, headed by the machine."""
    sizes, last = list(climb.times), climb.last
    header = ["GFLOP/s, n =", *map(str, sizes), "times the rung below", "of the peak"]
    lines = [[*header, f"{last}{OFF}"], ["---", *["---:"] * (len(header))]]
    for name, label in LABELS.items():
        rates = [climb.rate(name, n) for n in sizes]
        peak = "peak_threaded" if "threaded" in name else "peak"
        off = climb.rate(name + OFF, last)
        if not np.isnan(rates).all():
            below = f"{climb.ratio(name, BELOW[name]):.2f}" if name in BELOW else ""
            share = f"{climb.ratio(name, peak):.1%}"
            threads = f" ({climb.threads})" if "threads" in label else ""
            figures = [f"{rate:#.3g}".rstrip(".") for rate in [*rates, off]]
            lines.append([label + threads, *figures[:-1], below, share, figures[-1]])
    lines = [["" if cell == "nan" else cell for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = [
        " | ".join(
            cell.ljust(w) if i == 0 else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    return climb.machine + "\n\n" + "\n".join(f"| {row} |" for row in rows)


def draw(climb: Climb, path: Path) -> str:
    """Bars for the last size and lines over all sizes; what became of it, in words."""
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        return "No picture: it needs pip install 'minigrad[examples]'"
    figure = Figure(figsize=(11, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_bars(left, climb)
    draw_lines(right, climb)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    return f"Picture: {path}"


def colour(name: str) -> str:
    others = {"numpy": "C1", "minigrad": "C2", "minigrad_threaded": "C2"}
    rungs = [rung for rung in LABELS if rung == "loops" or rung in BELOW]
    return others.get(name) or f"{0.75 - 0.75 * rungs.index(name) / (len(rungs) - 1):.2f}"


def draw_bars(axes: Any, climb: Climb) -> None:
    n = climb.last
    names = [name for name in LABELS if "limit" not in LABELS[name] and climb.times[n].get(name)]
    rates = [climb.rate(name, n) for name in names]
    axes.barh(range(len(names)), rates, color=[colour(name) for name in names], height=0.7)
    for i, (name, rate) in enumerate(zip(names, rates, strict=True)):
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        where = {"xytext": (5, 0), "textcoords": "offset points", "va": "center", "bbox": box}
        axes.annotate(f"{rate:.3g}", (rate, i), **where)
        axes.plot(climb.rate(name + OFF, n), i, "o", color="C3", markerfacecolor="white")
    axes.plot([], [], "o", color="C3", markerfacecolor="white", label="vectoriser off")
    for limit, style in (("chain", ":"), ("peak", "--"), ("peak_threaded", "-.")):
        label = LABELS[limit].removeprefix("limit: ")
        axes.axvline(climb.rate(limit, n), color="0.3", linestyle=style, linewidth=1, label=label)
    axes.set_yticks(range(len(names)), [LABELS[name] for name in names])
    axes.invert_yaxis()
    axes.set(
        xscale="log", xlabel="GFLOP/s", title=f"n = {n}", xlim=(min(rates) / 4, 3 * max(rates))
    )
    axes.legend(fontsize="small", loc="upper right", framealpha=1)


def draw_lines(axes: Any, climb: Climb) -> None:
    sizes = sorted(climb.times)
    for name in LABELS:
        if "limit" in LABELS[name] or not climb.times[climb.last].get(name):
            continue
        style = "--" if name in ("numpy", "minigrad") else ":" if "threaded" in name else "-"
        rates = [climb.rate(name, n) for n in sizes]
        axes.plot(sizes, rates, style, marker=".", color=colour(name), label=LABELS[name])
    peak = [climb.rate("peak", n) for n in sizes]
    axes.plot(sizes, peak, "--", color="C3", linewidth=1, label="peak, 1 thread")
    axes.set(xscale="log", yscale="log", xlabel="n", ylabel="GFLOP/s", title="C = A B, n x n")
    ticks = [n for n in sizes if n & (n - 1) == 0] or sizes
    axes.set_xticks(ticks, [str(n) for n in ticks])
    axes.minorticks_off()
    axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
    axes.grid(alpha=0.3)


def write_docs(docs: Path, text: str, command: str, seed: int) -> Path:
    """Put the table into kernels.md between its two marks; where its picture belongs."""
    page = docs / "kernels.md"
    begin, end = "<!-- measured: begin -->\n", "<!-- measured: end -->"
    head, rest = page.read_text("utf-8").split(begin)
    tail = rest.split(end)[1]
    origin = f"`{command}`, seed {seed}"
    page.write_text(f"{head}{begin}\n{origin}:\n\n{text}\n\n{end}{tail}", "utf-8")
    return docs / "images" / "ladder.png"
