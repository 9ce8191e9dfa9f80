"""Build the rungs of ladder.c with the system's C compiler, check them, and time them in turns.

    python examples/kernel_ladder/climb.py

prints GFLOP/s for each rung and size beside NumPy, minigrad and the measured peak of this machine,
and draws them in `runs/ladder.png`. docs/kernels.md explains the rungs one by one.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == "__main__":  # one thread for NumPy; its BLAS asks when it is loaded
    for library in ("OPENBLAS", "MKL", "OMP", "BLIS"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["VECLIB_MAXIMUM_THREADS"] = "1"

import numpy as np
from ladder_report import OFF, Climb, describe_machine, draw, table, write_docs

try:
    import minigrad as mg
    from minigrad.kernels import matmul
except ImportError:
    mg = matmul = None

HERE = Path(__file__).parent
RUNGS = ("loops", "reordered", "blocked", "packed", "tiled", "simd", "threaded")
# The last one is drawn as bars. 1000 beside 1024: powers of two are a case of their own.
SIZES = (64, 128, 256, 512, 1024, 1000)
# The first flags that the compiler knows are used. Without the last one compilers hesitate to use
# the whole width of AVX-512.
VECTORISED = (
    ["-O3", "-march=native", "-mprefer-vector-width=512"],
    ["-O3", "-march=native"],
    ["-O3"],
)
SCALAR = tuple(
    ["-O2", *flags[1:], "-fno-tree-vectorize", "-fno-tree-slp-vectorize"] for flags in VECTORISED
)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Ladder:
    """The compiled rungs.

    choices : lists of compiler flags; the first that works is used
    Raises OSError if there is no compiler or it refuses ladder.c.
    """

    def __init__(self, choices: Sequence[list[str]] = VECTORISED) -> None:
        compiler = shlex.split(os.environ.get("CC") or "cc")
        if shutil.which(compiler[0]) is None:
            raise OSError(f"the rungs need a C compiler; {compiler[0]!r} is not one (set CC)")
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            library = Path(folder) / "ladder.so"
            for flags in choices:
                self.command = [*compiler, *flags, "-shared", "-fPIC", "-pthread"]
                run = [*self.command, "-o", str(library), str(HERE / "ladder.c")]
                done = subprocess.run(run, capture_output=True, text=True)
                if done.returncode == 0:
                    break
            else:
                raise OSError(f"{shlex.join(run)} failed:\n{done.stderr}")
            self._library = ctypes.CDLL(str(library))
        for rung in RUNGS:
            threads = [ctypes.c_int] if rung == "threaded" else []
            self._set(rung, None, [ctypes.c_void_p] * 3 + [ctypes.c_ssize_t] * 3 + threads)
        for limit in ("chain", "peak"):
            self._set(limit, ctypes.c_float, [ctypes.c_float, ctypes.c_ssize_t])
        self.peak_flops = self._library.flops_of_a_peak_step()

    def _set(self, name: str, result: object, arguments: list[object]) -> None:
        function = getattr(self._library, name)
        function.restype, function.argtypes = result, arguments

    def bind(
        self, rung: str, c: np.ndarray, a: np.ndarray, b: np.ndarray, threads: int = CORES
    ) -> Callable[[], object]:
        """A function that computes c = a @ b: float32, contiguous, shapes as they should be."""
        (m, k), n = a.shape, b.shape[1]
        more = [threads] if rung == "threaded" else []
        pointers = [ctypes.c_void_p(array.ctypes.data) for array in (c, a, b)]
        return partial(getattr(self._library, rung), *pointers, m, n, k, *more)

    def run(self, limit: str, steps: int) -> float:
        """Run the loop `chain` or `peak`."""
        return getattr(self._library, limit)(0.5, steps)


def aligned(rows: int, columns: int) -> np.ndarray:
    """A float32 array that begins on a cache line, so that no contender is lucky."""
    buffer = np.empty(rows * columns + 16, np.float32)
    start = -buffer.ctypes.data % 64 // 4
    return buffer[start : start + rows * columns].reshape(rows, columns)


def within_rounding(c: np.ndarray, a: np.ndarray, b: np.ndarray) -> bool:
    """Whether |c - a b| <= k u / (1 - k u) |a| |b|, u = eps / 2: what float32 sums of k terms may
    be off by, in whatever order they are added (Higham, "Accuracy and stability of numerical
    algorithms", 2002, section 3.1)."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    ku = a.shape[1] * float(np.finfo(np.float32).eps) / 2
    return bool((np.abs(c - a @ b) <= ku / (1 - ku) * (np.abs(a) @ np.abs(b))).all())


def seconds(name: str, call: Callable[[], object], times: int = 1) -> float:
    """Seconds a call: of this thread's work, or for several threads by the clock on the wall.

    What other processes take from a thread is not its fault.
    """
    clock = time.perf_counter if "threaded" in name else time.thread_time
    start = clock()
    for _ in range(times):
        call()
    return (clock() - start) / times


def in_turns(
    calls: dict[str, Callable[[], object]],
    first: dict[str, float],
    rounds: int,
    visit: float = 0.005,
    allowance: float = 1.0,
) -> dict[str, list[float]]:
    """Seconds a call of each contender in each round.

    A shared machine is now fast, now slow: contenders that take turns share its moods, and so
    ratios within a round are worth more than times.

    first : about how long each takes
    visit : seconds that a contender has in each round, for one call at least
    allowance : seconds after which a contender leaves
    """
    repeats = {name: max(1, round(visit / first[name])) for name in calls}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            if sum(times[name]) * repeats[name] < allowance:
                times[name].append(seconds(name, call, repeats[name]))
    return times


def contenders(
    ladder: Ladder, c: np.ndarray, a: np.ndarray, b: np.ndarray
) -> dict[str, Callable[[], object]]:
    """Who multiplies a and b, by name: into c, or else returning the product."""
    calls = {rung: ladder.bind(rung, c, a, b) for rung in RUNGS}
    calls["numpy"] = partial(np.matmul, a, b, out=c)
    if mg is not None:

        def minigrad(threads: int) -> np.ndarray:
            mg.set_num_threads(threads)
            return matmul(a, b)

        calls["minigrad"] = partial(minigrad, 1)
        calls["minigrad_threaded"] = partial(minigrad, CORES)
    return calls


def limits(
    ladder: Ladder, pool: ThreadPoolExecutor
) -> tuple[dict[str, Callable[[], object]], dict[str, int]]:
    """What this machine can do at most, as calls, and the operations of each call."""
    steps = 200_000
    long = 20 * steps  # to wake another thread takes a good part of a millisecond
    calls: dict[str, Callable[[], object]] = {
        "chain": partial(ladder.run, "chain", steps),
        "peak": partial(ladder.run, "peak", steps),
        "peak_threaded": lambda: list(pool.map(ladder.run, ["peak"] * CORES, [long] * CORES)),
    }
    flops = ladder.peak_flops
    return calls, {
        "chain": 2 * steps,
        "peak": flops * steps,
        "peak_threaded": CORES * flops * long,
    }


def checked(
    name: str, call: Callable[[], object], c: np.ndarray, a: np.ndarray, b: np.ndarray
) -> float:
    """How long one call takes; ArithmeticError if its product is wrong."""
    c.fill(np.nan)
    results: list[object] = []
    duration = seconds(name, lambda: results.append(call()))
    product = c if results[0] is None else results[0]
    if not within_rounding(product, a, b):
        raise ArithmeticError(f"{name} is wrong for {a.shape} @ {b.shape}")
    return duration


def climb(sizes: Sequence[int], rounds: int, seed: int) -> Climb:
    """Check and time everything on square matrices; the scalar build at the last size only."""
    ladder, scalar = Ladder(), Ladder(SCALAR)
    machine = describe_machine(ladder.command, scalar.command, CORES)
    generator = np.random.default_rng(seed)
    times: dict[int, dict[str, list[float]]] = {}
    with ThreadPoolExecutor(CORES) as pool:
        ends, flops = limits(ladder, pool)
        for n in sizes:
            print(f"\r{n} x {n} ...   ", end="", file=sys.stderr, flush=True)
            a, b, c = (aligned(n, n) for _ in range(3))
            generator.standard_normal(out=a, dtype=np.float32)
            generator.standard_normal(out=b, dtype=np.float32)
            calls = contenders(ladder, c, a, b)
            if n == sizes[-1]:
                calls |= {rung + OFF: scalar.bind(rung, c, a, b) for rung in RUNGS[:-1]}
            first = {name: checked(name, call, c, a, b) for name, call in calls.items()}
            first |= {name: seconds(name, call) for name, call in ends.items()}
            times[n] = in_turns(calls | ends, first, rounds)
    print("\r", end="", file=sys.stderr)
    return Climb(times, flops, CORES, machine)


def count(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"wanted 1 or more, got {number}")
    return number


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=count, nargs="+", default=SIZES, help="of the matrices")
    parser.add_argument("--rounds", type=count, default=15, help="turns of each contender")
    parser.add_argument("--seed", type=int, default=0, help="of the matrices' elements")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of the picture")
    parser.add_argument(
        "--write-docs", action="store_true", help="renew table and picture of docs/kernels.md"
    )
    args = parser.parse_args(arguments)
    try:
        result = climb(args.sizes, args.rounds, args.seed)
    except OSError as error:
        sys.exit(str(error))
    text = table(result)
    print(text)
    pictures = [args.out / "ladder.png"]
    if args.write_docs:
        command = f"python examples/kernel_ladder/climb.py --rounds {args.rounds} --write-docs"
        pictures.append(write_docs(HERE.parents[1] / "docs", text, command, args.seed))
    for picture in pictures:
        print(draw(result, picture))


if __name__ == "__main__":
    main()
