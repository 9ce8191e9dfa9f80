"""How long `import minigrad` takes beyond NumPy's own import, and what is installed for it.

    python benchmarks/import_time.py

Every import runs in a fresh interpreter; the modules take turns. Give other modules to compare:
`python benchmarks/import_time.py torch jax`. Sizes are of the files that pip installed, compiled
bytecode left out.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from measure import Target, conditions, markdown, publish

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


def installed(package: str) -> dict[str, int]:
    """Bytes of the package and of each package it requires (extras left out)."""
    sizes: dict[str, int] = {}
    waiting = [package]
    while waiting:
        name = waiting.pop()
        try:
            found = distribution(name)
        except PackageNotFoundError:  # required elsewhere, on other systems
            continue
        if (key := re.sub(r"[-_.]+", "-", name).lower()) not in sizes:
            paths = (Path(file.locate()) for file in found.files or () if file.suffix != ".pyc")
            sizes[key] = sum(path.stat().st_size for path in paths if path.is_file())
            required = (each for each in found.requires or () if "extra ==" not in each)
            waiting += [re.split(r"[^\w.-]", each, maxsplit=1)[0] for each in required]
    return sizes


def megabytes(package: str) -> list[str]:
    """Of the package alone, and with what it requires beside NumPy."""
    sizes = installed(package)
    if sizes.get(package, 0) < 100_000:  # a checkout, or an editable install: pointers to it
        return ["not known", ""]
    beside = sum(size for name, size in sizes.items() if name != "numpy" or package == "numpy")
    return [f"{sizes[package] / 1e6:.1f}", f"{beside / 1e6:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("others", nargs="*", metavar="MODULE", help="to compare with")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="for report.py")
    args = parser.parse_args()

    others = [module for module in args.others if find_spec(module)]
    modules = ["numpy", "minigrad", *others]
    for module in modules:
        seconds(module)  # bytecode compiled, files in the system's cache
    rounds = [[seconds(module) for module in modules] for _ in range(args.rounds)]
    times = 1e3 * np.array(rounds)
    beyond = times - times[:, :1]
    rows = [
        [
            name,
            f"{np.median(times[:, i]):.0f}",
            f"{times[:, i].min():.0f}",
            f"{np.median(beyond[:, i]):.0f}",
            *megabytes(name),
        ]
        for i, name in enumerate(modules)
    ]
    found = float(np.median(beyond[:, 1]))
    target = Target("import", "NumPy's import", "<= 30 ms more", f"{found:.0f} ms", found <= 30)
    head = ["import", "median ms", "shortest ms", "beyond NumPy ms"]
    texts = [
        conditions(1, packages=others),
        *(f"Without {each}: not installed." for each in args.others if each not in others),
        "Each import in a fresh interpreter; `beyond NumPy`: median over the rounds of the "
        "difference. Sizes: of what pip installed; the second with all it requires but NumPy.",
        markdown([*head, "MB alone", "MB with the required"], rows),
    ]
    publish("\n\n".join(texts), args.json, [target])


if __name__ == "__main__":
    main()
