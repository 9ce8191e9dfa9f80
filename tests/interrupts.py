"""Ctrl-C without a keyboard, at a time that is as good as random."""

from __future__ import annotations

import contextlib
import gc
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

SIGNALS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
AGAIN = 5.0
"""Seconds until the next one, if the first was lost: a test then fails and does not hang."""


class Interrupted(KeyboardInterrupt):
    """One that comes from the timer."""


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Nothing is collected within: CPython tells of what a finalizer or a callback of its collector
    raises and forgets it, and both may be of another test's (hypothesis has such a callback).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def interrupted(seconds: float, run: Callable[[], object]) -> bool:
    """Calls ``run``, interrupts it after so many seconds; whether that was before its end."""
    running, sent = True, 0

    def handler(*_: object) -> None:
        nonlocal sent
        if running:
            sent += 1
            raise Interrupted

    signal.signal(signal.SIGALRM, handler)  # it stays, for a signal that comes late
    errors = np.geterr()  # one that comes between a `with` and its body leaves it open: bpo-29988
    with uncollected():
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
            run()
            running = False
        except Interrupted:
            running = False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            np.seterr(**errors)
    assert sent < 2, f"an interrupt was lost: {sent} were sent"
    return sent == 1


def at_every_call(make: Callable[[], Any], act: Callable[[Any], Any]) -> Iterator[Any]:
    """What `make` makes, after `act` was stopped at the first call within minigrad, at the second,
    and so on until it ends: signals are looked for where a function of Python begins.
    """
    with uncollected():
        for wanted in itertools.count(1):
            made, calls, before = make(), 0, sys.gettrace()

            def stop(frame: Any, event: str, arg: Any) -> None:
                nonlocal calls
                if event == "call" and f"{os.sep}minigrad{os.sep}" in frame.f_code.co_filename:
                    calls += 1
                    if calls == wanted:  # noqa: B023
                        sys.settrace(None)
                        raise KeyboardInterrupt

            sys.settrace(stop)
            try:
                act(made)
            except KeyboardInterrupt:
                pass
            finally:
                sys.settrace(before)
            if calls < wanted:
                return
            yield made
