"""What watching costs: the page's size and speed, recording, and what a closed explorer takes.

    python benchmarks/explore.py

Pages are opened in Chromium, by selenium; without the two their times are left out. `--closed`
also counts, by valgrind's callgrind, the instructions that the tape spends on asking whether
somebody watches: those of a chain of scalars, on two copies of the engine, one as it is and one
without the questions; the Python as written, and compiled by Cython as an ordinary install has it.
It needs valgrind, Cython, setuptools and a C compiler, and says at once what of them is not here.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from measure import conditions, in_turns, markdown, ratio, set_threads

import minigrad as mg
from minigrad import kernels

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "explore"))
from explore_cases import add_twice, many_step, nine_layers  # noqa: E402

# ---------------------------------------------------------------------- pages


def in_browser(page: Path) -> tuple[float, float]:
    """Seconds until a page is ready, and the median of a step on it."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for option in ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,800"):
        options.add_argument(option)
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        driver.get(page.as_uri())
        ready = driver.execute_async_script(
            """const done = arguments[0];
            const look = () => document.body.dataset.ready
                ? done(performance.getEntriesByName("ready")[0].startTime) : setTimeout(look, 10);
            look();"""
        )
        steps = driver.execute_script(
            """const took = [];
            for (let i = 0; i < 60; i++) {
                const start = performance.now();
                const key = new KeyboardEvent("keydown", {key: ".", bubbles: true});
                document.body.dispatchEvent(key);
                document.body.getBoundingClientRect();
                took.push(performance.now() - start);
            }
            return took"""
        )
        return ready / 1e3, statistics.median(steps) / 1e3
    finally:
        driver.quit()


def pages() -> Iterator[tuple[str, str, str]]:
    """Rows: what, wanted, found."""
    step = many_step()
    with mg.explore(level="light") as large:
        step()
    count = f"{len(large.record.inputs):,} nodes"
    cases = [("c = b + b", add_twice(), 120e3), (count, large, 2e6)]
    cases.insert(1, ("nine layers with batch norm", nine_layers(), 2e6))
    browser = shutil.which("chromium") and shutil.which("chromedriver")
    with tempfile.TemporaryDirectory() as folder:
        for name, view, most in cases:
            path = view.save(Path(folder) / "view.html")
            size = path.stat().st_size
            yield f"page of {name}", f"{most / 1e3:,.0f} kB", f"{size / 1e3:.0f} kB"
            if browser:
                ready, each = in_browser(path)
                yield f"page of {name}: ready after", "2 s", f"{ready:.2f} s"
                yield f"page of {name}: a step", "50 ms", f"{each * 1e3:.1f} ms"


def recording(rounds: int) -> Iterator[tuple[str, str, str]]:
    """A watched step in units of the step itself."""
    step = many_step()

    def watched(level: str) -> None:
        with mg.explore(level=level):
            step()

    contenders = {
        "plain": step,
        "light": lambda: watched("light"),
        "full": lambda: watched("full"),
    }
    times = in_turns(contenders, rounds)
    for level, most in (("light", "5"), ("full", "")):
        found = ratio(times[level], times["plain"])
        yield f"recording 5,000 nodes, {level}, in plain steps", most, str(found)


# ---------------------------------------------------------------------- a closed explorer

CHAIN = """
import sys
import minigrad as mg
w, b = (mg.tensor(value, requires_grad=True) for value in (0.999, 0.5))
for _ in range(int(sys.argv[1])):
    w.grad = b.grad = None
    y = w
    for _ in range(50):
        y = y * w + b
    y.backward()
"""
NODES = 100  # of the chain
BUILD = """
from Cython.Build import cythonize
from setuptools import Extension, setup
names = [f"minigrad.engine.{name}" for name in %r]
setup(ext_modules=cythonize(
    [Extension(name, [f"{name.replace('.', '/')}.py"]) for name in names], build_dir="build",
    compiler_directives=dict(language_level=3, annotation_typing=False, auto_pickle=False)))
"""
SETUP = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")).body
(FOLDERS,) = [
    n.value for n in SETUP if isinstance(n, ast.Assign) and "COMPILED" in ast.unparse(n.targets)
]
COMPILED = ast.literal_eval(FOLDERS)["engine"].split()


class Unasked(ast.NodeTransformer):
    """The engine without the question whether somebody watches."""

    def visit_If(self, node: ast.If) -> Any:
        self.generic_visit(node)
        first = node.test.values[0] if isinstance(node.test, ast.BoolOp) else node.test
        if isinstance(first, ast.Name) and first.id in ("watchers", "watched"):
            return node.orelse or ast.Pass()
        return node

    def visit_IfExp(self, node: ast.IfExp) -> Any:
        self.generic_visit(node)
        asks = isinstance(node.test, ast.Name) and node.test.id == "watched"
        return node.orelse if asks else node

    def visit_Assign(self, node: ast.Assign) -> Any:
        self.generic_visit(node)
        return ast.Pass() if ast.unparse(node) == "watched = bool(watchers)" else node

    def visit_Call(self, node: ast.Call) -> Any:
        self.generic_visit(node)
        no = ast.Constant(False)
        node.args = [no if isinstance(a, ast.Name) and a.id == "watched" else a for a in node.args]
        return node


def engine(folder: Path, asked: bool, compiled: bool) -> None:
    """A copy of the package, whose engine asks or does not."""
    leave = shutil.ignore_patterns("*.so", "__pycache__", "*.c")
    shutil.copytree(ROOT / "minigrad", folder / "minigrad", ignore=leave)
    native = Path(kernels._native.__file__)
    shutil.copy(native, folder / "minigrad" / "kernels" / native.name)
    for path in (folder / "minigrad" / "engine").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        changed = tree if asked else ast.fix_missing_locations(Unasked().visit(tree))
        path.write_text(ast.unparse(changed), encoding="utf-8")
    if compiled:
        (folder / "build_tape.py").write_text(BUILD % (COMPILED,), encoding="utf-8")
        run([sys.executable, "build_tape.py", "-q", "build_ext", "--inplace"], cwd=folder)


def run(command: list[str], **where: Any) -> None:
    """Run a command; where it fails, end with its own last words."""
    done = subprocess.run(command, capture_output=True, text=True, **where)
    if done.returncode:
        last = "\n".join(done.stderr.splitlines()[-15:])
        sys.exit(f"--closed: {' '.join(command)} failed with {done.returncode}:\n{last}")


def instructions(folder: Path) -> float:
    """Of a node of the chain, forward and back: those of 120 passes less those of 20."""
    (folder / "chain.py").write_text(CHAIN, encoding="utf-8")
    counts = []
    for passes in (20, 120):
        out = folder / f"callgrind.{passes}"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", sys.executable]
        environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONHASHSEED": "0"}
        run([*command, "chain.py", str(passes)], cwd=folder, env=environment)
        found = re.search(r"^summary: (\d+)", out.read_text(), re.MULTILINE)
        assert found is not None
        counts.append(int(found[1]))
    return (counts[1] - counts[0]) / (100 * NODES)


def missing() -> list[str]:
    """What counting instructions needs and is not here, with how to get it."""
    needs = [f"{name} (pip install {name.lower()})" for name in ("Cython", "setuptools")]
    absent = [need for need in needs if find_spec(need.split()[0]) is None]
    return absent + ["valgrind (apt-get install valgrind)"] * (shutil.which("valgrind") is None)


def closed() -> Iterator[tuple[str, str, str]]:
    """Rows: instructions of a node with the questions, and their share."""
    for compiled in (False, True):
        counts = []
        for asked in (True, False):
            with tempfile.TemporaryDirectory() as name:
                engine(Path(name), asked, compiled)
                counts.append(instructions(Path(name)))
        share = counts[0] / counts[1] - 1
        how = "compiled" if compiled else "as written"
        found = f"{share:.2%} of {counts[0]:,.0f} instructions a node"
        yield f"a closed explorer, Python {how}", "1 %", found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--closed", action="store_true", help="count instructions, for minutes")
    given = parser.parse_args()
    if given.closed and (absent := missing()):
        parser.error(f"--closed needs {', '.join(absent)}")
    set_threads(1)
    rows = [*pages(), *recording(given.rounds), *(closed() if given.closed else ())]
    print(markdown(("what", "at most", "found"), rows))
    print()
    print(conditions(1, packages=()))


if __name__ == "__main__":
    main()
