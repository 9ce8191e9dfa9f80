"""Running a learner's file in a process of its own, which is stopped when it takes too long.

Nothing of the file runs in the process that checks: not its imports, not a line of its code.  The
child imports the file of one chapter, as `import` does, and calls the functions of its exercises;
it writes one line of JSON for each as it is judged, so that an answer that hangs, or ends the
process, costs the others nothing.
"""

from __future__ import annotations

import difflib
import faulthandler
import importlib.util
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .chapters import exercises
from .exercise import Exercise, Finding
from .judge import NotBegun, NotPossible, judge, sentence

SECONDS = 10.0  # for one exercise
MEMORY = 4 << 30  # bytes of addresses
HEARD = 2000  # characters of what an answer prints
PATIENCE = 20.0  # seconds for Python to start, and for the child to stop by itself
COMPILING = 20.0  # more of them for what is compiled, which stops by itself


class Heard(io.TextIOBase):
    """Keeps the beginning of what is printed: a loop that prints for ever fills no memory."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep it while there is room."""
        self.text += text[: max(0, HEARD - len(self.text))]
        return len(text)

    def take(self) -> str:
        """What was printed since."""
        text, self.text = self.text, ""
        return text


def outcomes(chapter: int, folder: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """One dict an exercise: name, state, findings as [mistake, text], what was printed.

    The state is "right", "wrong", "not begun", "missing", "stopped", "not checked" (nothing to
    build it with) or "unread": the file could not be imported.
    """
    file = folder / f"chapter{chapter}.py"
    left = [exercise.name for exercise in exercises(chapter)]
    while left:
        with tempfile.TemporaryDirectory() as scratch:
            done = child(chapter, file, left, seconds, Path(scratch))
        yield from done
        names = [d["name"] for d in done]
        if "" in names:  # the file itself
            return
        left = [name for name in left if name not in names]


def child(
    chapter: int, file: Path, names: list[str], seconds: float, scratch: Path
) -> list[dict[str, Any]]:
    """What one process finds out, before it ends or is stopped."""
    out, hung = scratch / "out", scratch / "hung"
    root = str(Path(__file__).parents[2])
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", "")))),
        "MPLBACKEND": "Agg",
        "PYTHONBREAKPOINT": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", __name__, str(chapter), str(file), str(seconds), str(scratch)]
    longer = PATIENCE + COMPILING * any(exercise.verdict for exercise in exercises(chapter))
    status, complaint = watch([*command, *names], file.parent, env, out, seconds + longer)
    lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    done: list[dict[str, Any]] = [json.loads(line) for line in lines]
    known = {d["name"] for d in done}
    left = [n for n in names if n not in known]
    if not left or "" in known:
        return done
    begun = (scratch / "begun").exists()
    name = left[0] if begun else ""
    where = hung.read_text(encoding="utf-8", errors="replace") if hung.exists() else ""
    if "Timeout" in where or status is None:
        text = f"stopped: it was not finished after {seconds:g} seconds{line_of(where, file)}"
    else:
        last = complaint.strip().splitlines()[-1:] if "Traceback" in complaint else []
        how = f", by signal {-status}" if status < 0 else f", with status {status}"
        text = f"the process ended before the answer was there{'' if last else how}"
        text += "".join((line_of(complaint, file), *(f"\n    {line}" for line in last)))
    return [*done, {"name": name, "state": "stopped", "findings": [["stopped", text]]}]


def watch(
    command: list[str], folder: Path, env: dict[str, str], out: Path, seconds: float
) -> tuple[int | None, str]:
    """Run a child, with all that it starts, until it ends or adds nothing to `out` for so long.

    Returns its status, None where it was stopped, and the end of what it complained of.
    """
    tail = bytearray()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stderr is not None
    pipe = process.stderr

    def listen() -> None:
        while block := os.read(pipe.fileno(), 1 << 16):
            tail[:] = (bytes(tail) + block)[-HEARD:]

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    status, heard, since = None, -1, time.monotonic()
    try:
        while time.monotonic() - since < seconds:
            try:
                status = process.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                size = out.stat().st_size if out.exists() else 0
                if size != heard:
                    heard, since = size, time.monotonic()
    finally:
        stop(process)
        listener.join(1.0)
        if not listener.is_alive():
            pipe.close()
    return status, tail.decode(errors="replace")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and what it has started and left."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # nothing is left of it
    process.wait()


def line_of(dump: str, file: Path) -> str:
    """The learner's innermost line in a dump of faulthandler."""
    for name, number in re.findall(r'File "([^"]+)", line (\d+)', dump):
        if Path(name).name == file.name:
            text = file.read_text(encoding="utf-8", errors="replace").splitlines()
            line = text[int(number) - 1].strip() if int(number) <= len(text) else ""
            return f"\n    line {number}: {line}"
    return ""


def import_file(file: Path) -> Any:
    """The learner's module."""
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def limit_memory(chapter: tuple[Exercise, ...]) -> None:
    """An answer that fills the memory gets a MemoryError, where there are limits.

    What is compiled is left alone: a sanitizer maps terabytes that it never uses.
    """
    try:
        import resource
    except ImportError:
        return
    if not any(exercise.verdict for exercise in chapter):
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard == resource.RLIM_INFINITY or hard > MEMORY:
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def main(arguments: list[str]) -> None:
    """In the child: import, judge, write."""
    chapter, file, seconds, scratch = (
        int(arguments[0]),
        Path(arguments[1]),
        float(arguments[2]),
        Path(arguments[3]),
    )
    names = arguments[4:]
    heard = Heard()
    sys.stdout = heard
    sys.argv = [str(file)]
    limit_memory(exercises(chapter))
    with (
        (scratch / "out").open("w", encoding="utf-8") as out,
        (scratch / "hung").open("w") as hung,
    ):
        here = os.getpid()

        def write(name: str, state: str, findings: list[Finding]) -> None:
            if os.getpid() != here:
                os._exit(0)  # a fork that the answer has made
            told = [[f.mistake, f.text] for f in findings]
            record = {"name": name, "state": state, "findings": told, "printed": heard.take()}
            out.write(json.dumps(record) + "\n")
            out.flush()

        def guard(more: float = 0.0) -> None:
            faulthandler.dump_traceback_later(seconds + more, exit=True, file=hung)

        faulthandler.enable()
        guard()
        try:
            module = import_file(file)
        except (Exception, SystemExit) as error:
            write("", "unread", [Finding("exception", sentence(error, str(file)))])
            return
        (scratch / "begun").touch()
        for exercise in exercises(chapter):
            if exercise.name not in names:
                continue
            guard(COMPILING if exercise.verdict else 0.0)
            answer: Any = getattr(module, exercise.name, None)
            if answer is None and exercise.verdict is None:
                known = {e.name for e in exercises(chapter)}
                near = difflib.get_close_matches(exercise.name, {*vars(module)} - known, 1)
                text = f"chapter{chapter}.py has no {exercise.name}"
                text += f"; is {near[0]} meant?" if near else ""
                write(exercise.name, "missing", [Finding("missing", text)])
                continue
            if exercise.verdict is None and not callable(answer):
                text = f"{exercise.name} is no function but {answer!r:.60}"
                write(exercise.name, "wrong", [Finding("no function", text)])
                continue
            try:
                if exercise.verdict is not None:
                    findings = exercise.verdict(file.parent)
                else:
                    findings = judge(exercise, answer, str(file))
            except NotBegun:
                write(exercise.name, "not begun", [])
            except NotPossible as error:
                write(exercise.name, "not checked", [Finding("not checked", str(error))])
            else:
                write(exercise.name, "wrong" if findings else "right", findings)


if __name__ == "__main__":
    main(sys.argv[1:])
    os._exit(0)  # threads that an answer has left are not waited for
