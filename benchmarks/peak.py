"""What this machine can do: its multiply-add peak, and its bandwidth for arrays of any size.

    python benchmarks/peak.py

The peak is that of examples/kernel_ladder: multiply-adds in registers, of the widest vectors. The
bandwidth is that of the triad a[i] = b[i] + s * c[i] (McCalpin, "Memory bandwidth and machine
balance in current high performance computers", 1995). Both are compiled here by the system's C
compiler and run on one thread.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import shlex
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from measure import conditions, in_turns, markdown, publish

LADDER = Path(__file__).parents[1] / "examples" / "kernel_ladder"
TRIAD = """
#include <stddef.h>
void triad(float *restrict a, const float *restrict b, const float *restrict c, float s,
           ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++) a[i] = b[i] + s * c[i];
}
"""
STEPS = 100_000  # of the peak's loop
FOOTPRINTS = tuple(2**i for i in range(19, 29))  # bytes of the three arrays together


def build_triad(compiler: list[str]) -> ctypes.CDLL:
    """The triad, by the compiler and flags of the ladder."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        source, library = Path(folder, "triad.c"), Path(folder, "triad.so")
        source.write_text(TRIAD)
        subprocess.run([*compiler, "-o", str(library), str(source)], check=True)
        return ctypes.CDLL(str(library))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rounds", type=int, default=15)
    add("--limit", type=float, default=np.inf, help="only triads of at most this many bytes")
    add("--json", type=Path, help="for report.py")
    args = parser.parse_args()
    sys.path.insert(0, str(LADDER))
    try:
        from climb import Ladder

        ladder = Ladder()
        triad = build_triad(ladder.command).triad
    except (ImportError, OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"the peak cannot be measured: {error}")
    triad.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_float, ctypes.c_ssize_t]

    calls = {"peak": partial(ladder.run, "peak", STEPS)}
    footprints = [size for size in FOOTPRINTS if size <= args.limit]
    arrays = [np.zeros(footprints[-1] // 12 + 16, np.float32) for _ in range(3)]
    starts = [array.ctypes.data + -array.ctypes.data % 64 for array in arrays]
    for size in footprints:
        calls[f"{size}"] = partial(triad, *starts, 0.5, size // 12)
    # The quickest: a limit is what the machine can do, not what its neighbours leave of it.
    shortest = {name: float(each.min()) for name, each in in_turns(calls, args.rounds).items()}
    gflops = ladder.peak_flops * STEPS / shortest.pop("peak") / 1e9
    bandwidth = {int(name): int(name) / seconds / 1e9 for name, seconds in shortest.items()}
    rows = [[f"{size / 1024:,.0f} KB", f"{rate:.1f}"] for size, rate in bandwidth.items()]
    texts = [
        conditions(1, packages=()),
        f"Compiled by `{shlex.join(ladder.command)}`. The highest of {args.rounds} rounds.",
        f"Peak of float32 multiply-adds on one thread: {gflops:.1f} GFLOP/s.",
        markdown(["triad, three arrays of together", "GB/s"], rows),
    ]
    publish("\n\n".join(texts), args.json)
    if args.json:
        known = json.loads(args.json.read_text())
        args.json.write_text(json.dumps(known | {"gflops": gflops, "bandwidth": bandwidth}))


if __name__ == "__main__":
    main()
