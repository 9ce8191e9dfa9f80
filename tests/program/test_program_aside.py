"""What Python itself calls at any time, while a step is recorded, is no call of the step's."""

import functools
import gc
import signal

import pytest

import minigrad as mg

SIGNALS = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")


class Dying:
    """Something in a cycle, which only the collector finds; tells of its death, and computes."""

    def __init__(self, told):
        self.told, self.itself = told, self

    def __del__(self):
        self.told.append("finalizer")
        (mg.ones(1, requires_grad=True) * 2).backward()


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


def test_what_the_collector_runs_is_no_part_of_the_step():
    told = []

    def callback(phase, info):
        told.append(phase)

    step, x = step_of_many_objects(), mg.ones(1)
    thresholds = gc.get_threshold()
    gc.collect()
    gc.disable()
    rubbish(told)
    before = [*gc.callbacks]
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
    assert gc.callbacks == before


def test_a_collector_that_is_off_stays_off():
    gc.disable()
    try:
        step_of_many_objects()(mg.ones(1))
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_step_that_is_refused_lets_the_collector_go_on():
    @mg.compile
    def step(x):
        print(x)

    before = [*gc.callbacks]
    with pytest.raises(mg.program.Refused, match="print"):
        step(mg.ones(1))
    assert gc.callbacks == before and gc.isenabled()


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
