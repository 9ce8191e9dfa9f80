"""How long `import minigrad` takes beyond NumPy's own import.

    python benchmarks/import_time.py

Every import runs in a fresh interpreter; the modules take turns. Give other modules to compare:
`python benchmarks/import_time.py torch jax`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

import numpy as np
from measure import conditions, markdown

TIMED = """
import time
begin = time.perf_counter()
import {module}
print(time.perf_counter() - begin)
"""


def seconds(module: str) -> float:
    """The time of one import in a new interpreter."""
    command = [sys.executable, "-c", TIMED.format(module=module)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("others", nargs="*", metavar="MODULE", help="to compare with")
    parser.add_argument("--rounds", type=int, default=15)
    args = parser.parse_args()

    modules = ["numpy", "minigrad", *args.others]
    for module in modules:
        seconds(module)  # bytecode compiled, files in the system's cache
    rounds = [[seconds(module) for module in modules] for _ in range(args.rounds)]
    times = 1e3 * np.array(rounds)
    beyond = times - times[:, :1]
    print(f"{conditions(1, packages=args.others)}\n")
    print("Milliseconds; `beyond NumPy`: median over the rounds of the difference.\n")
    rows = [
        [
            name,
            f"{np.median(times[:, i]):.0f}",
            f"{times[:, i].min():.0f}",
            f"{np.median(beyond[:, i]):.0f}",
        ]
        for i, name in enumerate(modules)
    ]
    print(markdown(["import", "median", "shortest", "beyond NumPy"], rows))


if __name__ == "__main__":
    main()
