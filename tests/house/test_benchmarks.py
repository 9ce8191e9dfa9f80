"""The benchmarks run, in toy sizes and with the peers that are here, and fill their page."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import minigrad as mg

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

pytestmark = pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="the benchmarks are not here")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    out = tmp_path_factory.mktemp("docs") / "performance.md"
    paths = [str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, BENCHMARKS / "report.py", "--quick", "--out", out],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return out.read_text()


def section(page, title):
    return page.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text):
    """The cells of its tables, heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    rules = [i for i, line in enumerate(lines) if re.match(r"\| -+ ", line)]
    heads = {i for rule in rules for i in (rule - 1, rule)}
    kept = (line for i, line in enumerate(lines) if i not in heads)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in kept]


def test_products_are_measured_with_or_without_peers(page):
    names = [row[0] for row in rows(section(page, "Matrix products"))]
    assert "fwd 32x32x32 NT" in names and "dX 8x8x8 NN" in names
    assert names.count("geometric mean") == 2  # of float32 and of float64


def test_what_was_measured_without_pytorch_is_said(page):
    for title in ("Training steps, 1 thread", "Other kernels"):
        text = section(page, title)
        if find_spec("torch") is None:
            assert "Not measured: ModuleNotFoundError: No module named 'torch'" in text
        else:
            assert rows(text), text


def test_every_target_has_a_verdict(page):
    found = rows(section(page, "Targets"))
    assert len(found) >= 3
    assert {row[-1] for row in found} <= {"met", "missed"}
    met = sum(row[-1] == "met" for row in found)
    assert f"{met} of {len(found)} targets are met." in page


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_kernels_stand_beside_the_limits_of_the_machine(page):
    assert re.search(r"Peak of .*: \d+\.\d GFLOP/s", section(page, "The machine's limits"))
    assert any(row[0].startswith("product") for row in rows(section(page, "Roofline")))


def test_memory_does_not_grow(page):
    (row,) = (row for row in rows(section(page, "Targets")) if row[0].startswith("memory"))
    assert row[-1] == "met", row


def test_the_page_names_no_folder_of_this_machine(page):
    assert str(BENCHMARKS.parent) not in page
    assert "--json" not in page
    assert "times mean nothing" in page
