"""The tester is tested: faults planted one by one, each of which some test must catch.

    python tests/faults/planted_faults.py

prints a table: what was broken, which test noticed, after how long.  A wrong rule is put in place
of the right one, and the properties of `test_operations.py` are run for that operation's cases; a
broken tape is given to the tests of the tape.  Only a failed comparison counts as caught, not a
crash; and what caught the fault has to pass, with the same seed, once the fault is gone.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.extend(
    str(Path(__file__).parents[1] / name) for name in ("", "ops", "engine", "beside_torch")
)

import faulty_formulas  # noqa: F401  (each of the three declares its faults)
import faulty_layers  # noqa: F401
import faulty_tape  # noqa: F401
import hypothesis
import numpy as np
import pytest
import test_operations
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from planting import FAULTS, Fault

import minigrad as mg
from minigrad.engine import tape
from minigrad.engine.operation import OPERATIONS

SEED = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
PROPERTIES = {  # the number of examples is that of test_operations.py
    "test_value": 25,
    "test_gradient": 100,
    "test_gradient_of_gradient": 8,
    "test_float32": 15,
    "test_memory": 10,
}
Check = Callable[[], object]


def checks(where: tuple[Any, ...]) -> Iterator[tuple[str, Check]]:
    """The tests to run, by name."""
    for place in where:
        if not isinstance(place, str):
            name = place.__code__.co_names[1] if place.__name__ == "<lambda>" else place.__name__
            parameters = inspect.signature(place).parameters.values()
            given = [None for p in parameters if p.default is p.empty]  # fixtures
            yield name, lambda place=place, given=given: place(*given)
            continue
        cases = [c for c in test_operations.CASES if c.name.split("[")[0] == place]
        for name, examples in PROPERTIES.items():
            for case in cases:
                inner = getattr(test_operations, name).hypothesis.inner_test
                yield f"{name}[{case}]", seeded(functools.partial(inner, case), examples)


def seeded(test: Callable[[Any], None], examples: int) -> Check:
    """A property as a check that always draws the same, and only draws: no shrinking."""

    @hypothesis.seed(SEED)
    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(st.data())
    def check(data: Any) -> None:
        test(data)

    return check


@contextlib.contextmanager
def sandbox() -> Iterator[None]:
    """What a failing test may leave behind is put back."""
    before, mode = dict(OPERATIONS), dict(vars(tape.mode))
    try:
        with np.errstate(all="ignore"):
            yield
    finally:
        OPERATIONS.clear()
        OPERATIONS.update(before)
        vars(tape.mode).clear()
        vars(tape.mode).update(mode)


FAILURES = (AssertionError, mg.GradcheckError, pytest.fail.Exception)


def compared(error: BaseException) -> bool:
    """Did a comparison fail?  The tape's own checks are some; a crash is none."""
    own = "does not fit an input of shape", "has been freed by an earlier backward pass"
    return isinstance(error, FAILURES) or any(words in str(error) for words in own)


PASSED: set[str] = set()
"""Checks that were run without a fault: each draws the same every time, once is enough."""


def caught(fault: Fault) -> tuple[str, str]:
    """The test that notices the fault, and its error.  Raises AssertionError if none does."""
    for name, check in checks(fault.where):
        try:
            with sandbox(), fault.plant():
                check()
        except (Exception, pytest.fail.Exception) as error:
            if not compared(error):
                raise
            if name not in PASSED:
                with sandbox():
                    check()  # without the fault it passes
                PASSED.add(name)
            return name, type(error).__name__
    raise AssertionError(f"not caught: {fault.words}")


def main() -> int:
    """Print the table; the exit status says whether all were caught."""
    print(f"python tests/faults/planted_faults.py    hypothesis seed {SEED}")
    print(
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"hypothesis {hypothesis.__version__}, minigrad {mg.__version__}\n"
    )
    width = max(len(fault.words) for fault in FAULTS)
    missed, start = 0, time.perf_counter()
    for number, fault in enumerate(FAULTS, 1):
        before = time.perf_counter()
        try:
            name, error = caught(fault)
        except AssertionError:
            name, error, missed = "NOT CAUGHT", "", missed + 1
        seconds = time.perf_counter() - before
        print(f"{number:2}  {fault.words:{width}}  {seconds:5.2f} s  {name}: {error}", flush=True)
    seconds = time.perf_counter() - start
    print(f"\n{len(FAULTS) - missed} of {len(FAULTS)} planted faults caught in {seconds:.0f} s")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
