"""Is a user's script well typed, for mypy and pyright, and do they find its planted typos?

    python scripts/check_types.py PYTHON...

Runs both on `tests/typing/user.py`, on README's first lines, and on the script with ten typos,
for each interpreter given: one in which minigrad is installed, ordinarily or editable.  mypy and
pyright are those of the interpreter that runs this.  pyright needs Node: where it cannot run, that
is said, and mypy alone decides.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
TYPOS = {
    "mg.tanh(points)": "mg.tahn(points)",
    "nn.Linear(2, width)": "nn.Liner(2, width)",
    "label_smoothing=0.1": "label_smooting=0.1",
    "sum().backward()": "sum().backwards()",
    "optim.Adam(net.parameters(), lr=0.01)": "optim.Adam(net.parameters(), rate=0.01)",
    "mg.stack([points[0], points[1]])": "mg.stack(3)",
    "square @ square + 1": 'points + "1"',
    "mg.erf(square)": "mg.erf(square).reshape('a')",
    "(net(x).argmax(dim=1) == y).sum()": "F.nll_loss(net(x), y, reduction='avg')",
    "TensorDataset(points, labels)": 'TensorDataset(points, "labels")',
}


def mypy(python: str, file: Path) -> dict[int, str]:
    """The complaints about a file, by line."""
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python]
    cache = ["--cache-dir", str(file.parent / "cache"), "--config-file", ""]
    run = subprocess.run([*command, *cache, file.name], cwd=file.parent, capture_output=True)
    found = re.findall(r"^([^:]+):(\d+): error: (.*)$", run.stdout.decode(), re.MULTILINE)
    if run.returncode > 1 or (run.returncode == 1) != bool(found):
        raise SystemExit(f"mypy failed: {run.stdout.decode()}{run.stderr.decode()}")
    return {int(line): words for _, line, words in found}


def pyright(python: str, file: Path) -> dict[int, str]:
    """The same of pyright."""
    command = [sys.executable, "-m", "pyright", "--pythonpath", python, "--outputjson", file.name]
    run = subprocess.run(command, cwd=file.parent, capture_output=True)
    found = [d for d in json.loads(run.stdout)["generalDiagnostics"] if d["severity"] == "error"]
    return {d["range"]["start"]["line"] + 1: d["message"] for d in found}


def pyright_runs() -> bool:
    """Is pyright here, and Node for it?"""
    command = [sys.executable, "-m", "pyright", "--version"]
    run = subprocess.run(command, capture_output=True)
    if run.returncode == 0:
        return True
    reason = (run.stderr.decode().strip() or "no reason given").splitlines()[-1]
    print(f"pyright cannot run here, and was left out ({reason})")
    return False


def texts() -> dict[str, str]:
    """The files to check: README's first lines, the script, and the script with the typos."""
    first = (ROOT / "README.md").read_text().split("```python\n")[1].split("```")[0]
    script = (ROOT / "tests/typing/user.py").read_text()
    wrong = script
    for right, typo in TYPOS.items():
        assert wrong.count(right) >= 1, right
        wrong = wrong.replace(right, typo, 1)
    lines = (line[4:] for line in first.splitlines() if line.startswith((">>>", "...")))
    return {"readme.py": "\n".join(lines) + "\n", "user.py": script, "typos.py": wrong}


def main(pythons: list[str]) -> int:
    """Check for each interpreter; the exit code."""
    given = texts()
    pairs = zip(given["user.py"].splitlines(), given["typos.py"].splitlines(), strict=True)
    planted = {i for i, (right, wrong) in enumerate(pairs, 1) if right != wrong}
    faults = 0
    checkers = [mypy, pyright] if pyright_runs() else [mypy]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in given.items():
            (Path(folder) / name).write_text(text)
        for python in pythons:
            for checker in checkers:
                for name in given:
                    found = checker(str(Path(python).absolute()), Path(folder) / name)
                    wanted = planted if name == "typos.py" else set()
                    wrong = [f"  line {i}: {found.get(i, 'not found')}" for i in wanted ^ {*found}]
                    said = f"{len(found)} complaints, as it must be" if not wrong else "WRONG"
                    print(f"{python}, {checker.__name__}, {name}: {said}", *wrong, sep="\n")
                    faults += len(wrong)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
