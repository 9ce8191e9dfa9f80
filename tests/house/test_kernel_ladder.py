"""The rungs of examples/kernel_ladder are right, the climb runs, and docs/kernels.md shows them."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "kernel_ladder"
PAGE = ROOT / "docs" / "kernels.md"
COMPILER = shlex.split(os.environ.get("CC") or "cc")[0]

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples are not here")
needs_compiler = pytest.mark.skipif(
    shutil.which(COMPILER) is None or sys.platform == "win32",
    reason="needs a C compiler and POSIX threads",
)
RUNGS = ("loops", "reordered", "blocked", "packed", "tiled", "simd", "threaded")
# Below, at and above the sizes of tiles, blocks and panels; one row, one column, one term, none.
SHAPES = [
    (0, 3, 2),
    (3, 0, 2),
    (3, 2, 0),
    (1, 1, 1),
    (1, 40, 7),
    (40, 1, 7),
    (9, 9, 1),
    (2, 3, 5),
    (6, 16, 32),
    (7, 17, 33),
    (14, 32, 256),
    (15, 33, 257),
    (13, 31, 255),
    (29, 193, 65),
    (61, 200, 90),
    (20, 523, 300),
    (131, 45, 270),
]


@pytest.fixture(scope="module")
def climb():
    """The module climb.py; `ladder_report` stands beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        spec = importlib.util.spec_from_file_location("climb", FOLDER / "climb.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        yield module
    sys.modules.pop("ladder_report", None)


@pytest.fixture(scope="module", params=["vectorised", "scalar", "any processor"])
def ladder(request, climb):
    flags = {"vectorised": climb.VECTORISED, "scalar": climb.SCALAR, "any processor": [["-O2"]]}
    return climb.Ladder(flags[request.param])


def framed(climb, array):
    """A copy of the array between two rows of NaN, not aligned to a vector."""
    rows, columns = array.shape
    frame = climb.aligned(1, array.size + 2 * (columns + 1))[0, 1:]
    frame[:] = np.nan
    inside = frame[columns : columns + array.size].reshape(rows, columns)
    inside[:] = array
    return frame, inside


@needs_compiler
@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_a_rung_multiplies_within_rounding(climb, ladder, rung, shape):
    m, n, k = shape
    generator = np.random.default_rng(m + 1000 * n + k)
    _, a = framed(climb, generator.standard_normal((m, k), np.float32))
    _, b = framed(climb, generator.standard_normal((k, n), np.float32))
    frame, c = framed(climb, np.full((m, n), np.nan, np.float32))
    for threads in (1, 2, 3, 70) if rung == "threaded" else (1,):
        c[:] = np.nan
        ladder.bind(rung, c, a, b, threads)()
        assert climb.within_rounding(c, a, b)  # and no NaN, so all of c was written
        outside = np.concatenate([frame[:n], frame[n + m * n :]])
        assert np.isnan(outside).all(), "written outside of c"


@needs_compiler
def test_every_rung_has_its_test_and_its_name(climb):
    assert climb.RUNGS == RUNGS


def test_within_rounding_notices_one_wrong_element(climb):
    generator = np.random.default_rng(0)
    a, b = (generator.standard_normal((20, 20), np.float32) for _ in range(2))
    c = a @ b
    assert climb.within_rounding(c, a, b)
    c[3, 4] += 1e-4
    assert not climb.within_rounding(c, a, b)
    c[3, 4] = np.nan
    assert not climb.within_rounding(c, a, b)


def run(*arguments, **environment):
    paths = [str(Path(mg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return subprocess.run(
        [sys.executable, str(FOLDER / "climb.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@needs_compiler
def test_the_climb_prints_its_table_and_draws(tmp_path):
    done = run("--sizes", 16, 33, "--rounds", 2, "--out", tmp_path / "new")
    assert done.returncode == 0, done.stderr
    rows = [line.strip("| ").split("|") for line in done.stdout.splitlines() if line[0:1] == "|"]
    head, _, *lines = [[cell.strip() for cell in row] for row in rows]
    assert head[:3] == ["GFLOP/s, n =", "16", "33"]
    names = [line[0] for line in lines]
    assert "".join(name[0] for name in names if name[0].isdigit()) == "1234567"
    for name in ("NumPy", "minigrad", "limit: one chain", "limit: peak"):
        assert name in names
    assert all(float(cell) > 0 for line in lines for cell in line[1:3])
    picture = tmp_path / "new" / "ladder.png"
    if importlib.util.find_spec("matplotlib"):
        assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        assert str(picture) in done.stdout
    else:
        assert "pip install 'minigrad[examples]'" in done.stdout


def test_without_a_compiler_the_climb_says_so(tmp_path):
    done = run("--out", tmp_path, CC="no-such-compiler")
    assert done.returncode == 1
    assert "'no-such-compiler'" in done.stderr and "Traceback" not in done.stderr


@needs_compiler
def test_a_refused_source_is_shown(climb):
    with pytest.raises(OSError, match="no-such-flag"):
        climb.Ladder([["--no-such-flag"]])


# ---------------------------------------------------------------------- the page


def test_the_code_on_the_page_is_the_code_that_runs():
    sources = [FOLDER / "ladder.c", *sorted((ROOT / "csrc").rglob("*.[ch]"))]
    code = "\n".join(path.read_text("utf-8") for path in sources)
    shown = re.findall(r"^```c\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    for block in shown:
        assert block in code, f"docs/kernels.md shows code that is nowhere:\n{block}"
    for rung in RUNGS:
        assert any(f"void {rung}(" in block for block in shown), f"{rung} is not shown"


def test_the_page_leads_to_files_that_exist():
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", PAGE.read_text("utf-8"))
    assert links
    for link in links:
        assert (PAGE.parent / link).exists(), link


def test_the_page_has_its_measured_table_and_picture():
    _, measured, _ = re.split("<!-- measured: (?:begin|end) -->", PAGE.read_text("utf-8"))
    assert "seed" in measured and "climb.py" in measured
    for label in ("1 three loops", "7 threads", "NumPy", "limit: peak"):
        assert f"| {label}" in measured
    assert (ROOT / "docs" / "images" / "ladder.png").stat().st_size < 150_000
