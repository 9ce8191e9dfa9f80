"""The public API under drawn calls; scripts/fuzz.py says what is looked at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from minigrad import kernels

ROOT = Path(__file__).parents[2]
FUZZ = ROOT / "scripts" / "fuzz.py"
PATHS = [name for name in kernels.config()["cpus_available"] if name in ("generic", "avx2")]


def fuzz(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FUZZ), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))


@pytest.mark.slow
@pytest.mark.skipif(not FUZZ.exists(), reason="scripts/ is not here")
@pytest.mark.parametrize("path", PATHS or [""])
def test_drawn_calls(path: str) -> None:
    """5,000 on each path: 10,000 where there are two."""
    done = fuzz("5000" if len(PATHS) > 1 else "10000", "--cpu", path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.skipif(not FUZZ.exists(), reason="scripts/ is not here")
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("mg.exp = lambda x: mg.exp2(x).detach()", "lost the gradient"),
        ("mg.exp = lambda x: mg.tanh(x) + (mg.exp2(x) - mg.tanh(x)).detach()", "differences say"),
        ("mg.exp = lambda x: {}['x']", "raised KeyError"),
        ("mg.exp = lambda x: x.data.fill_(7.0)", "changed its argument"),
        ("import os; mg.exp = lambda x: os.abort()", "ended the interpreter"),
    ],
)
def test_the_fuzzer_finds_a_planted_fault(fault: str, words: str, tmp_path: Path) -> None:
    """Faults planted in one function, before the calls of it are gathered."""
    program = tmp_path / "faulty.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {str(FUZZ.parent)!r})\nimport minigrad as mg\n"
        f"def exp(x): ...\n{fault}\nmg.exp.__module__ = 'minigrad.planted'\n"
        f"import fuzz\nfuzz.__file__ = __file__\nraise SystemExit(fuzz.main())\n"
    )
    command = [sys.executable, str(program), "40", "--name", "mg.exp"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert words in done.stdout
