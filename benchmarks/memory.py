"""Peak memory of a training run, import included, beside PyTorch's; and whether it grows.

    python benchmarks/memory.py

Each run has a process of its own (`--run` is what it is started with) and takes some training
steps on random data that it draws with NumPy. Resident memory as the operating system counts it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from nets import NETS, RATES, build, step

# measure.py is not imported up here: it would bring minigrad into PyTorch's run.
STEPS = 10
GROWTH_STEPS = 10_000


def run(library_name: str, index: int, steps: int, threads: int, seed: int) -> None:
    """Train, and print in bytes the peak, what the last 90 % of the steps added to it, and what
    came with the code of `compile`."""
    compiled = library_name == "compiled"
    library_name = "minigrad" if compiled else library_name
    library, net = import_module(library_name), NETS[index]
    library.set_num_threads(threads)
    library.manual_seed(seed)
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((net.batch, int(net.sizes.split("-")[0])), dtype=np.float32)
    y = generator.integers(0, 10, net.batch)
    tensor = library.tensor if library_name == "minigrad" else library.from_numpy
    model = build(library.nn, net, net.dropout)
    kind = getattr(library.optim, net.optimizer)
    optimizer = kind(model.parameters(), lr=RATES[net.optimizer])
    train = step(library, model, optimizer, tensor(x), tensor(y))
    before = peak()
    if compiled:
        small = library.compile(lambda x: x * 2)
        for _ in range(3):
            small(library.ones(1))
        train = library.compile(train)
    code = peak() - before
    for _ in range(steps // 10):
        train()
    early = peak()
    for _ in range(steps - steps // 10):
        train()
    print(json.dumps([peak(), peak() - early, code]))


def peak() -> int:
    """Of this process so far, in bytes (Linux counts in KB, macOS in bytes)."""
    count = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return count if sys.platform == "darwin" else 1024 * count


def child(library: str, index: int, steps: int, args: argparse.Namespace) -> tuple[int, ...]:
    """The numbers that `run` prints, from a new process."""
    words = [library, index, steps, args.threads, args.seed]
    command = [sys.executable, __file__, "--run", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"the run of {library} failed:\n{done.stderr}")
    return tuple(json.loads(done.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--threads", type=int, default=1)
    add("--seed", type=int, default=0)
    add("--limit", type=float, default=np.inf, help="only batches of at most so many rows")
    add("--growth", type=int, default=GROWTH_STEPS, help="steps over which memory must not grow")
    add("--json", type=Path, help="for report.py")
    add("--run", nargs=5, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        run(args.run[0], *map(int, args.run[1:]))
        return
    from measure import Target, conditions, markdown, publish

    libraries = ["minigrad", "compiled", *(["torch"] if find_spec("torch") else [])]
    rows, shares, beside_plain = [], {}, {}
    for index, net in enumerate(NETS):
        if net.batch <= args.limit:
            found = [child(library, index, STEPS, args) for library in libraries]
            peaks = [each[0] for each in found]
            shares[net] = peaks[0] / peaks[-1]
            beside_plain[net] = (peaks[1] - found[1][2]) / peaks[0]
            shown = [f"{each / 1e6:.0f}" for each in peaks] + [f"{beside_plain[net]:.2f}"]
            rows.append([net, *shown, *([f"{shares[net]:.2f}"] if len(peaks) > 2 else [])])
    small = len(NETS) - 1
    grown = child("minigrad", small, args.growth, args)[1]
    targets = []
    worst = max(beside_plain, key=beside_plain.get)
    what, found = (
        "compiled step, peak memory, the worst net",
        f"{beside_plain[worst]:.2f} ({worst})",
    )
    targets.append(Target(what, "the plain step", "<= 1", found, beside_plain[worst] <= 1))
    if len(libraries) > 2:
        worst = max(shares, key=shares.get)
        found = f"{shares[worst]:.2f} ({worst})"
        what = "peak memory of a training run, the worst net"
        targets.append(Target(what, "PyTorch eager", "<= 1", found, shares[worst] <= 1))
    what = f"memory that {args.growth:,} steps add"
    # A page or two may be touched late; a leak of one small array a step would be megabytes.
    met = grown < 1_000_000
    targets.append(Target(what, "the first tenth of them", "< 1 MB", f"{grown / 1e6:.2f} MB", met))
    head = ["net", *(f"{each} MB" for each in libraries)]
    texts = [
        conditions(args.threads, args.seed, libraries[2:]),
        f"Peak resident memory after {STEPS} steps, import and data included. "
        "Of the compiled steps' share the code of `compile`, about 1 MB, is left out. "
        f"{args.growth:,} steps of {NETS[small]}: {grown / 1e6:.2f} MB above the peak of the "
        "first tenth of them.",
        markdown(
            [
                *head,
                "compiled / minigrad",
                *(["minigrad / torch"] if len(libraries) > 2 else []),
            ],
            rows,
        ),
    ]
    publish("\n\n".join(texts), args.json, targets)


if __name__ == "__main__":
    main()
