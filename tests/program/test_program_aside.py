"""What Python itself calls at any time, while a step is recorded, is no call of the step's."""

import functools
import gc
import os
import signal
import sys
import threading

import pytest

import minigrad as mg
from minigrad.program.guards import Uncollected

SIGNALS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")


class Dying:
    """Something in a cycle, which only the collector finds; tells of its death."""

    def __init__(self, told):
        self.told, self.itself = told, self

    def __del__(self):
        self.told.append("finalizer")


def generator(told):
    try:
        yield
    finally:
        told.append("generator")


def rubbish(told):
    """Cycles of garbage whose finalizers, callbacks and generators are Python code."""
    Dying(told)
    suspended = generator(told)
    next(suspended)
    cycle = [suspended]
    cycle.append(cycle)


def step_of_many_objects():
    w = mg.tensor([1.0], requires_grad=True)

    @mg.compile
    def step(x):
        w.grad = None
        loss = w * x
        for _ in range(100):
            loss = loss + x * w
        loss.sum().backward()
        return loss

    return step


def test_the_collector_waits():
    told = []

    def callback(phase, info):
        told.append(phase)

    step, x = step_of_many_objects(), mg.ones(1)
    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    rubbish(told)
    gc.callbacks.append(callback)
    gc.enable()
    gc.set_threshold(5, 1, 1)
    try:
        values = [step(x).item() for _ in range(4)]
        assert gc.isenabled()
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(callback)
    gc.collect()
    assert values == [101.0] * 4 and step.program.confirmed
    assert {"start", "stop", "finalizer", "generator"} <= {*told}


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    try:
        step_of_many_objects()(mg.ones(1))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_the_collector_waits_for_the_last_of_two_threads():
    seen = []
    first, second = Uncollected(), Uncollected()
    entered, left = threading.Event(), threading.Event()

    def other():
        with second:
            entered.set()
            left.wait(60)
            seen.append(gc.isenabled())

    thread = threading.Thread(target=other)
    with first:
        thread.start()
        assert entered.wait(60)
    seen.append(gc.isenabled())
    left.set()
    thread.join()
    assert seen == [False, False] and gc.isenabled()


def test_a_step_that_is_refused_lets_the_collector_go_on():
    @mg.compile
    def step(x):
        print(x)

    with pytest.raises(mg.program.Refused, match="print"):
        step(mg.ones(1))
    assert gc.isenabled()


@pytest.mark.skipif(not hasattr(os, "fork") or sys.version_info >= (3, 12), reason="forks")
def test_a_child_of_a_recording_process_collects():
    with Uncollected():
        child = os.fork()
        if not child:
            os._exit(0 if gc.isenabled() else 1)
        assert not gc.isenabled()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


class Handler:
    def __init__(self):
        self.received = 0

    def method(self, number, frame):
        self.count()

    def count(self):
        self.received += 1

    def __call__(self, number, frame):
        self.count()


def handlers():
    """Each in one of the ways in which a handler is written."""
    handler = Handler()
    yield handler, handler.method
    yield handler, handler
    yield handler, functools.partial(handler.method)
    yield handler, lambda *_: handler.count()


@SIGNALS
@pytest.mark.parametrize("way", range(4))
def test_a_signal_is_handled(way):
    handler, function = list(handlers())[way]
    before = signal.signal(signal.SIGALRM, function)
    w = mg.tensor([1.0], requires_grad=True)

    @mg.compile
    def step(x):
        loss = w * x
        for _ in range(1_000):
            loss = x * w
        return loss

    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        value = step(mg.ones(1)).item()
        received = handler.received
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert value == 1.0 and received > 0
