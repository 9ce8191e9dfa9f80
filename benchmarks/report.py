"""Run all benchmarks, one after the other, and write docs/performance.md from what they found.

    python benchmarks/report.py
    python benchmarks/report.py --threads 1 2
    python benchmarks/report.py --quick --out runs/performance.md

Every benchmark has a process of its own. What is missing (a peer, a compiler, matplotlib) is said
on the page. The peers: `pip install 'minigrad[bench,examples]'`. `--quick` uses toy sizes: it shows
that everything runs, its times mean nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
from measure import Point, Target, conditions, markdown
from roofline import Roof, draw, table

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "performance.md"
PEERS = ("torch", "jax", "jaxlib", "mygrad", "autograd")
AVX2 = {
    "MINIGRAD_CPU": "avx2",
    "OPENBLAS_CORETYPE": "Haswell",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
INTRODUCTION = """\
Written by `python benchmarks/report.py{options}` on {day}:
every figure below comes from that run, none is typed by hand.
{kind}The contenders take turns within a round, because a shared machine is now fast and now slow: a
ratio is the median over the rounds, beside it in brackets the ratio of the shortest times. Results
are compared before anything is timed. While this ran, the host took {stolen:.0%} of the processors'
time for others."""


class Benchmark(NamedTuple):
    title: str
    script: str
    arguments: tuple[str, ...]
    quick: tuple[str, ...] | None  # None: left out
    environment: dict[str, str] = {}  # noqa: RUF012 (never changed)


def benchmarks(threads: list[int]) -> list[Benchmark]:
    """What is run, in the order of the page; only training steps take several counts of threads."""
    first = ("--threads", str(threads[0]))
    one = ("--rounds", "1")
    peers = ("--peers", "fused", "compile", "jax", "autograd", "mygrad")
    toy = (*one, "--nets", "64-32", "--peers", "fused", "autograd", "mygrad")
    steps = [
        Benchmark(
            f"Training steps, {each} thread{'s' * (each > 1)}",
            "train_step.py",
            (
                "--threads",
                str(each),
                "--rounds",
                "9",
                *(peers if each == threads[0] else peers[:2]),
            ),
            ("--threads", str(each), *toy),
        )
        for each in threads
    ]
    return [
        *steps,
        Benchmark("Matrix products", "products.py", ("--rounds", "7"), (*one, "--limit", "1e5")),
        Benchmark(
            "Matrix products without AVX-512",
            "products.py",
            ("--rounds", "3", "--limit", "1e9", "--dtypes", "float32"),
            None,
            AVX2,
        ),
        Benchmark(
            "Other kernels",
            "kernels.py",
            (*first, "--rounds", "7"),
            (*first, *one, "--limit", "1e4"),
        ),
        Benchmark("The tape", "tape.py", (), None),
        Benchmark("Memory", "memory.py", first, (*first, "--limit", "32", "--growth", "100")),
        Benchmark(
            "Import and size",
            "import_time.py",
            ("torch", "jax", "mygrad", "autograd", "--rounds", "5"),
            one,
        ),
        Benchmark("The machine's limits", "peak.py", (), (*one, "--limit", "1e6")),
    ]


def run(benchmark: Benchmark, quick: bool, threads: int) -> dict[str, Any]:
    """What the benchmark found, or under `text` why it did not."""
    begin = time.perf_counter()
    arguments = benchmark.quick if quick else benchmark.arguments
    if "--threads" in arguments:
        threads = int(arguments[arguments.index("--threads") + 1])
    limits = ("OPENBLAS", "MKL", "OMP", "MINIGRAD")
    environment = {f"{library}_NUM_THREADS": str(threads) for library in limits}
    with TemporaryDirectory() as folder:
        result = Path(folder, "result.json")
        done = subprocess.run(
            [sys.executable, HERE / benchmark.script, *arguments, "--json", result],
            env=os.environ | environment | benchmark.environment,
            capture_output=True,
            text=True,
        )
        print(f"{benchmark.title}: {time.perf_counter() - begin:.0f} s", file=sys.stderr)
        if done.returncode == 0:
            return json.loads(result.read_text())
    reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
    return {"text": f"Not measured: {reason}", "targets": [], "points": []}


def processor_times() -> np.ndarray:
    """Of all processors since the start, by kind, as Linux counts them; elsewhere nothing."""
    stat = Path("/proc/stat")
    words = stat.read_text().split("\n", 1)[0].split()[1:9] if stat.exists() else [0] * 8
    return np.array(words, float)


def targets_table(targets: list[Target], threads: list[int]) -> str:
    rows = [[t.what, t.against, t.wanted, t.found, "met" if t.met else "missed"] for t in targets]
    met = sum(t.met for t in targets)
    head = ["what", "against", "target", "found", ""]
    said = f"{met} of {len(targets)} targets are met."
    if len(threads) == 1:
        said += " Training steps were run with one count of threads only (`--threads 1 2`: more)."
    return f"{said}\n\n{markdown(head, rows)}"


def section(benchmark: Benchmark, text: str) -> str:
    """Its title, its command and what it measured; the machine is described once for all."""
    conditions_of_it, _, rest = text.strip().partition("\n\n")
    if not rest:
        return f"## {benchmark.title}\n\n{text.strip()}"
    command = conditions_of_it.splitlines()[0].removeprefix("command: ")
    command = " ".join([*(f"{k}={v}" for k, v in benchmark.environment.items()), command])
    return f"## {benchmark.title}\n\n```text\n{command}\n```\n\n{rest}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="toy sizes")
    add("--threads", type=int, nargs="+", default=[1], help="others than the first: steps only")
    add("--out", type=Path, default=PAGE, help="the page; its picture goes to images/ beside it")
    args = parser.parse_args()

    before = processor_times()
    plan = [b for b in benchmarks(args.threads) if b.quick is not None or not args.quick]
    with ThreadPoolExecutor(2 if args.quick else 1) as pool:  # a measurement wants to be alone
        results = list(pool.map(lambda b: run(b, args.quick, args.threads[0]), plan))
    spent = processor_times() - before

    points = [Point(*each) for result in results for each in result["points"]]
    limits = results[-1]
    if points and "gflops" in limits:
        bandwidth = {int(size): rate for size, rate in limits["bandwidth"].items()}
        roof = Roof(limits["gflops"], bandwidth)
        shares = "\n\n".join(
            [
                "Shares of the peak and of the triad's bandwidth. The flops and bytes are the "
                "fewest the formula can do with (an exponential is one flop); the limits are the "
                "best moment of the machine, the kernels' times are medians. A share may exceed "
                "100 %: an optimiser works in place, so its bytes fit a nearer cache than those of "
                "a triad that moves as many.",
                draw(roof, points, args.out.parent / "images" / f"{args.out.stem}-roofline.png"),
                table(roof, points),
            ]
        )
    else:
        shares = "Not known: the kernels or the machine's limits could not be measured."
    options = " --quick" * args.quick + f" --threads {' '.join(map(str, args.threads))}"
    introduction = INTRODUCTION.format(
        options=options,
        day=date.today(),
        kind="The sizes are toys and the times mean nothing.\n" if args.quick else "",
        stolen=spent[7] / max(spent.sum(), 1),
    )
    machine = conditions(args.threads[0], packages=PEERS).split("\n", 1)[1]
    targets = [Target(*each) for result in results for each in result["targets"]]
    page = [
        "# Performance",
        introduction,
        f"```text\n{machine}\n```",
        f"## Targets\n\n{targets_table(targets, args.threads)}"
        if targets
        else "No target could be judged.",
        *(section(b, result["text"]) for b, result in zip(plan, results, strict=True)),
        f"## Roofline\n\n{shares}",
    ]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("\n\n".join(page) + "\n")
    print(args.out)


if __name__ == "__main__":
    main()
