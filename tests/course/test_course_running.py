"""The learner's folder and the process that an answer runs in."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from planted import SOLUTIONS

import minigrad as mg
from minigrad import course
from minigrad.course import running
from minigrad.course.__main__ import main
from minigrad.course.chapters import CHAPTERS, exercises

FIVE = """
def matmul_rules(g, a, b):
    {first}
    return g @ b.T, a.T @ g


def linear_rules(g, x, w, b):
    {second}
    return g @ w, g.T @ x, g.sum(axis=0)
"""


@pytest.fixture
def folder(tmp_path):
    return course.start(tmp_path / "mine")


def check(folder, text, chapter=5, **kwargs):
    """A chapter with this text in its file."""
    (folder / f"chapter{chapter}.py").write_text(text, "utf-8")
    return course.check(chapter, folder, **kwargs)


def told(report, number=0):
    """State and words of one exercise."""
    result = report.results[number]
    return result.state, " ".join(text for _, text in result.findings)


# ---------------------------------------------------------------------- the folder


def test_the_exercises_are_copied_and_nothing_of_the_learner_is_touched(tmp_path, capsys):
    assert main([str(tmp_path)]) == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        *(f"chapter{k}.py" for k in range(1, 8)),
        "chapter8.c",
        "chapter8.py",
        "chapter9.py",
    ]
    mine = tmp_path / "chapter3.py"
    mine.write_text("mine", "utf-8")
    (tmp_path / "chapter4.py").unlink()
    assert main(["start", str(tmp_path)]) == 0
    assert "1 file copied" in capsys.readouterr().out
    assert mine.read_text("utf-8") == "mine" and (tmp_path / "chapter4.py").exists()


@pytest.mark.parametrize("chapter", [2, 5, 8, 9])
def test_a_template_is_not_begun_and_has_every_exercise(folder, chapter):
    report = course.check(chapter, folder)
    assert not report
    assert [r.name for r in report.results] == [e.name for e in exercises(chapter)]
    assert {r.state for r in report.results} == {"not begun"}


def test_no_solution_is_in_the_learners_folder(folder):
    if not SOLUTIONS.is_dir():
        pytest.skip("the course's text is not here")
    for file in folder.glob("chapter*.py"):
        if file.stem != "chapter8":
            assert "raise NotImplementedError" in file.read_text("utf-8")


@pytest.mark.skipif(not SOLUTIONS.is_dir(), reason="the course's text is not here")
@pytest.mark.parametrize("chapter", [1, 2, 6, 9])
def test_a_solution_passes_in_a_process_of_its_own(folder, chapter, capsys):
    shutil.copy(SOLUTIONS / f"chapter{chapter}.py", folder)
    assert main(["check", str(chapter), "--folder", str(folder)]) == 0
    assert f"Chapter {chapter} is done." in capsys.readouterr().out
    assert main(["progress", "--folder", str(folder)]) == 0
    count = len(exercises(chapter))
    assert f"\n{chapter}  {count} of {count}" in "\n" + capsys.readouterr().out


@pytest.mark.parametrize("chapter", [0, 10, True, 3.0, "3", None])
def test_a_chapter_that_there_is_not_is_refused(folder, chapter):
    with pytest.raises(ValueError, match="wanted a chapter from 1 to 9"):
        course.check(chapter, folder)


def test_progress_is_kept_in_the_folder(folder):
    check(folder, FIVE.format(first="pass", second="return None"))
    kept = json.loads((folder / "progress.json").read_text("utf-8"))
    assert kept["states"] == {"5 matmul_rules": "right", "5 linear_rules": "wrong"}
    for other in ("not JSON", "[]", '{"states": [1], "hints": {"5 linear_rules": "x"}}'):
        (folder / "progress.json").write_text(other, "utf-8")
        assert "linear_rules, hint 1" in course.hint(5, "linear_rules", folder)


def test_a_hint_then_a_second_for_the_first_exercise_that_is_open(folder):
    check(folder, FIVE.format(first="pass", second="return None"))
    first, second, third = (course.hint(5, folder=folder) for _ in range(3))
    assert first.startswith("linear_rules, hint 1 of 2") and second == third
    assert second.startswith("linear_rules, hint 2 of 2")
    check(folder, FIVE.format(first="pass", second="pass"))
    assert "All exercises of chapter 5 are right" in course.hint(5, folder=folder)


def test_a_hint_runs_nothing_of_the_learners(folder, tmp_path):
    trace = tmp_path / "trace"
    (folder / "chapter5.py").write_text(f"open({str(trace)!r}, 'w')", "utf-8")
    course.hint(5, folder=folder)
    assert not trace.exists()


# ---------------------------------------------------------------------- the process


def test_only_the_chapters_file_is_run_and_only_its_exercises(folder, tmp_path):
    trace = tmp_path / "trace"
    write = f"open({str(trace)!r}, 'w').close()"
    for k in CHAPTERS:
        if k != 5:
            (folder / f"chapter{k}.py").write_text(write, "utf-8")
    more = f"\n\ndef solve():\n    {write}\n\nif __name__ == '__main__':\n    {write}\n"
    assert check(folder, FIVE.format(first="pass", second="pass") + more)
    assert not trace.exists()
    assert not (folder / "__pycache__").exists()


def test_nothing_runs_in_the_process_that_checks(folder):
    loop = "import sys, minigrad; minigrad.changed = True"
    assert check(folder, loop + FIVE.format(first="pass", second="pass"))
    assert not hasattr(mg, "changed") and "chapter5" not in {*sys.modules} - {"chapter5"}


def test_an_answer_that_hangs_is_stopped_at_its_line_and_the_next_is_judged(folder):
    text = FIVE.format(first="while True:\n        g = g + 0.0", second="pass")
    report = check(folder, text, seconds=3)
    state, words = told(report)
    assert state == "stopped" and "not finished after 3 seconds" in words
    assert "line 3: while True:" in words or "line 4: g = g + 0.0" in words
    assert told(report, 1) == ("right", "")


def test_a_file_that_hangs_when_it_is_imported_is_stopped(folder):
    state, words = told(check(folder, "import time\ntime.sleep(60)\n", seconds=3))
    assert state == "stopped" and "line 2: time.sleep(60)" in words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("g.nothing()", "AttributeError"),
        ("raise KeyError('weight')", "KeyError: 'weight'"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("input('g?')", "EOFError"),
    ],
)
def test_an_exception_is_shown_with_the_learners_line(folder, line, words):
    state, text = told(check(folder, FIVE.format(first="pass", second=line)), 1)
    assert state == "wrong"
    assert words in text and f"line 8: {line}" in text


def test_an_exception_in_a_function_of_the_learners_is_shown_where_it_is(folder):
    text = "def helper(g):\n    return g[7, 7, 7]\n" + FIVE.format(first="helper(g)", second="pass")
    state, words = told(check(folder, text))
    assert state == "wrong" and "IndexError" in words and "line 2: return g[7, 7, 7]" in words


def test_an_answer_that_ends_the_process_costs_the_next_nothing(folder):
    report = check(folder, "import os\n" + FIVE.format(first="os._exit(0)", second="pass"))
    state, words = told(report)
    assert state == "stopped" and "the process ended before the answer was there" in words
    assert told(report, 1) == ("right", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such processes")
@pytest.mark.parametrize(
    "left",
    [
        "import threading, time; threading.Thread(target=time.sleep, args=(100,)).start()",
        "import subprocess; subprocess.Popen(['sleep', '100'])",
        "import os; os.fork()",
    ],
)
def test_what_an_answer_leaves_running_is_not_waited_for(folder, left):
    report = check(folder, FIVE.format(first=left, second="pass"))
    assert [(r.name, r.state) for r in report.results] == [
        ("matmul_rules", "right"),
        ("linear_rules", "right"),
    ]


def test_an_answer_that_switches_the_watchdog_off_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(running, "PATIENCE", 8.0)
    off = "import faulthandler; faulthandler.cancel_dump_traceback_later()"
    text = FIVE.format(first=f"{off}\n    while True: pass", second="pass")
    report = check(folder, text, seconds=3)
    state, words = told(report)
    assert state == "stopped" and "not finished after 3 seconds" in words
    assert told(report, 1) == ("right", "")


def test_a_terminal_that_lacks_a_sign_shows_its_number(folder):
    text = FIVE.format(first="print('\\ud800 P∘Y')", second="pass")
    (folder / "chapter5.py").write_text(text, "utf-8")
    env = {
        **os.environ,
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": str(Path(mg.__file__).parents[1]),
    }
    command = [sys.executable, "-m", "minigrad.course", "check", "5"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    assert done.returncode == 0 and "\\ud800 P\\u2218Y" in done.stdout, done.stderr


def test_a_crash_shows_its_line(folder):
    crash = "import ctypes; ctypes.string_at(0)"
    state, words = told(check(folder, FIVE.format(first=crash, second="pass")))
    assert state == "stopped" and f"line 3: {crash}" in words


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits")
def test_an_answer_that_fills_the_memory_is_stopped(folder):
    fill = "kept = []\n    while True: kept.append(bytearray(1 << 33))"
    state, words = told(check(folder, FIVE.format(first=fill, second="pass")))
    assert state == "wrong" and "MemoryError" in words and "kept.append" in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def matmul_rules(g, a, b)\n    return g", "line 1: def matmul_rules(g, a, b)"),
        ("import there_is_no_such_module", "line 1: import there_is_no_such_module"),
        ("x = 1\nx / 0\n", "ZeroDivisionError: division by zero\n    line 2: x / 0"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(folder, text, words):
    state, told_ = told(check(folder, text))
    assert state == "unread" and words in told_


@pytest.mark.parametrize("data", ["x = 1".encode("utf-16"), b"\x00\x01\xff", b"x = '\xe9'"])
def test_a_file_that_is_no_text_says_so(folder, data):
    (folder / "chapter5.py").write_bytes(data)
    state, words = told(course.check(5, folder))
    assert state == "unread" and "no plain text in UTF-8" in words


def test_a_missing_function_is_named(folder):
    state, words = told(check(folder, "def matmul_rule(g, a, b): pass"))
    assert state == "missing"
    assert "chapter5.py has no matmul_rules; is matmul_rule meant?" in words
    _, words = told(check(folder, "def matmul_rules(g, a, b): pass"), 1)
    assert words == "chapter5.py has no linear_rules"


def test_what_an_answer_prints_is_shown_up_to_a_limit(folder):
    text = FIVE.format(
        first="print('shape', g.shape)", second="[print('x' * 100) for _ in range(999)]"
    )
    report = check(folder, text)
    assert report and "shape (6, 3)" in report.results[0].printed
    assert len(report.results[1].printed) <= 2000


def test_the_report_is_readable(folder):
    report = check(folder, FIVE.format(first="return g @ b.T, g.T @ a", second="return"))
    assert str(report) == (
        "matmul_rules  transpose: db is the transpose of the right answer. Compare its shape with "
        "that of its\n              matrix\n"
        "linear_rules  no result: it returns None: is a `return` missing?\n"
        "For a hint: python -m minigrad.course hint 5"
    )
    assert repr(report) == str(report)


# ---------------------------------------------------------------------- bad input


def test_bad_input_is_named(folder, tmp_path):
    with pytest.raises(ValueError, match="a chapter from 1 to 9, got 10"):
        course.check(10, folder)
    with pytest.raises(ValueError, match="chapter 5 has matmul_rules, linear_rules; got 'exp'"):
        course.hint(5, "exp", folder)
    with pytest.raises(FileNotFoundError, match=r"chapter5\.py"):
        course.check(5, tmp_path)
    with pytest.raises(ValueError, match="seconds must be positive"):
        course.check(5, folder, seconds=0)
    with pytest.raises(ValueError, match="a run from 0 to 5, got 6"):
        course.sick_run(6)


def test_the_command_says_what_it_cannot_do(tmp_path, capsys):
    assert main(["check", "5", "--folder", str(tmp_path)]) == 2
    assert "python -m minigrad.course" in capsys.readouterr().err


def test_importing_minigrad_imports_no_course():
    code = "import minigrad, sys; print([m for m in sys.modules if 'course' in m])"
    root = str(Path(mg.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=root
    )
    assert done.stdout.strip() == "[]"
    assert mg.course is course


@pytest.mark.parametrize(
    ("given", "meant"), [(["3"], "check 3?"), (["chekc", "3"], "check?"), (["hints"], "hint?")]
)
def test_a_slip_of_the_pen_is_no_folder(given, meant, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(given)
    assert meant in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


CURVE = """
    for h in hs:
        error = abs((f(x + h) - f(x - h)) / (2 * h) - slope(x))
        return error
"""
ALIASES = """
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        a = x
        b = x
        a[i] += 1e-5
        b[i] -= 1e-5
        g[i] = (f(a) - f(b)) / 2e-5
    return g
"""


@pytest.mark.parametrize(
    ("chapter", "name", "body", "mistake"),
    [
        (1, "central_difference", ALIASES, "one array"),
        (1, "error_curve", CURVE, "return in the loop"),
        (3, "exp_rule", "    return g * out + 0j\n", "results"),
        (3, "exp_rule", "    dx = g * out\n    raise NotImplementedError\n", "raise left"),
        (5, "linear_rules", "    return (*matmul_rules(g, x, w.T), g.sum(0))\n", "not written"),
    ],
)
def test_what_beginners_write_has_a_name(folder, chapter, name, body, mistake):
    file = folder / f"chapter{chapter}.py"
    before, rest = file.read_text("utf-8").split(f"def {name}(")
    head, after = rest.split("    raise NotImplementedError\n", 1)
    file.write_text(f"{before}def {name}({head}{body}{after}", "utf-8")
    found = {r.name: r for r in course.check(chapter, folder).results}[name]
    assert (found.state, [m for m, _ in found.findings]) == ("wrong", [mistake])
