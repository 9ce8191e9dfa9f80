"""Ctrl-C, threads and forks: whatever ends early, the next pass is right.

These run on the plain tape (an editable install) and on the compiled one (an ordinary install).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FunctionType

import numpy as np
import pytest
from interrupts import SIGNALS, interrupted

import minigrad as mg
from minigrad import nn, optim
from minigrad.engine.drop import Link
from minigrad.engine.mode import Block, mode


@mg.operation
def stopped(x: np.ndarray) -> np.ndarray:
    return x * 1.0


@stopped.gradient("x")
def _(g):
    raise KeyboardInterrupt


def all_is_well() -> None:
    """Modes are those of a fresh thread, and a pass gives the right gradient."""
    assert mode.recording and not mode.in_rule and mode.dropping is None
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("create_graph", [False, True])
def test_ctrl_c_inside_a_rule_is_ctrl_c(create_graph: bool) -> None:
    """It is not turned into another error, no gradient is half written."""
    w = mg.tensor([3.0], requires_grad=True)
    with pytest.raises(KeyboardInterrupt):
        (w * stopped(w * 2.0)).sum().backward(create_graph=create_graph)
    assert w.grad is None
    all_is_well()


def test_ctrl_c_inside_a_hook() -> None:
    def hook(g: mg.Tensor) -> None:
        raise KeyboardInterrupt

    w = mg.tensor([3.0], requires_grad=True)
    y = w * 2.0
    y.register_hook(hook)
    with pytest.raises(KeyboardInterrupt):
        (y * y).sum().backward()
    assert w.grad is None
    all_is_well()


@pytest.mark.parametrize("grad_mode", [mg.no_grad, mg.enable_grad, mg.inference_mode])
def test_ctrl_c_inside_a_mode(grad_mode: Callable) -> None:
    with pytest.raises(KeyboardInterrupt), grad_mode():
        raise KeyboardInterrupt
    all_is_well()


def passes(x: mg.Tensor, times: int = sys.maxsize) -> None:
    """Passes of both orders, for ever."""
    for _ in range(times):
        y = (mg.tanh(x * x) + x).sum()
        (g,) = mg.autograd.grad(y, x, create_graph=True)
        (g * g).sum().backward()
        x.grad = None


def training(x: mg.Tensor, times: int = sys.maxsize) -> None:
    """Steps of a net, for ever."""
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))
    optimizer = optim.Adam(net.parameters())
    inputs, labels = mg.ones(5, 3), [0, 1, 1, 0, 1]
    for _ in range(times):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(inputs), labels).backward()
        optimizer.step()


@SIGNALS
@pytest.mark.skipif(
    isinstance(vars(Link).get("__del__"), FunctionType),
    reason="CPython 3.13 needs a __del__ in Python, which tells of Ctrl-C and forgets it",
)
@pytest.mark.parametrize("loop", [passes, training])
def test_ctrl_c_at_any_time(loop: Callable) -> None:
    """At 60 times that are as good as random: in a rule, between two, in the tape itself."""
    loop(mg.tensor([0.5, -1.0], requires_grad=True), 2)  # imports, which lose an interrupt
    delays = np.random.default_rng(0).uniform(0.0005, 0.01, 60)
    for delay in delays:
        x = mg.tensor([0.5, -1.0], requires_grad=True)
        assert interrupted(delay, partial(loop, x))
        all_is_well()


@SIGNALS
@pytest.mark.skipif(
    isinstance(vars(Block)["__exit__"], FunctionType),
    reason="here blocks are left in Python, where a signal comes before the first line",
)
def test_ctrl_c_never_leaves_recording_off() -> None:
    def blocks() -> None:
        while True:
            with mg.no_grad():
                pass

    for delay in np.random.default_rng(0).uniform(0.0005, 0.002, 60):
        assert interrupted(delay, blocks)
        assert mode.recording


def test_threads_each_have_their_own_pass() -> None:
    """One is inside a rule while another starts, ends and drops its graph."""
    inside, go_on = threading.Event(), threading.Event()
    found: list[object] = []

    @mg.operation
    def waits(x: np.ndarray) -> np.ndarray:
        return x * 1.0

    @waits.gradient("x")
    def _(g):
        inside.set()
        go_on.wait(10)
        return g * 5.0

    def first() -> None:
        x = mg.tensor([1.0], requires_grad=True)
        waits(x).sum().backward()
        found.append(x.grad.tolist())

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    all_is_well()
    go_on.set()
    thread.join()
    assert found == [[5.0]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_of_a_process_with_threads() -> None:
    """A pass in the child of a fork, after passes in threads, and one that is still waiting."""
    stop = threading.Event()
    waiting = threading.Thread(target=stop.wait)
    waiting.start()
    workers = [threading.Thread(target=all_is_well) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    x = mg.tensor([2.0], requires_grad=True)
    y = (x * x).sum()  # recorded here, differentiated there
    child = os.fork()
    if child == 0:
        code = 1
        try:
            all_is_well()
            y.backward()
            code = 0 if x.grad.tolist() == [4.0] else 2
        finally:
            os._exit(code)
    end = time.monotonic() + 60
    while (done := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < end:
        time.sleep(0.01)
    stop.set()
    waiting.join()
    if done == (0, 0):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert done[1] == 0
    y.backward()
    assert x.grad.tolist() == [4.0]


def chained(step: Callable[[mg.Tensor, mg.Tensor], mg.Tensor], count: int) -> None:
    x = mg.tensor([1.0], requires_grad=True)
    y = x * 1.0
    for _ in range(count):
        y = step(x, y)


def in_place(x: mg.Tensor, y: mg.Tensor) -> mg.Tensor:
    y += x
    return y


def watched(x: mg.Tensor, y: mg.Tensor) -> mg.Tensor:
    y = y * 1.0
    y.register_hook(lambda g: g)
    y.retain_grad()
    return y


@pytest.mark.parametrize(
    "where", [pytest.param("main thread", marks=pytest.mark.slow), "thread of 256 kB"]
)
@pytest.mark.parametrize(
    "step",
    [
        lambda x, y: y * x,
        lambda x, y: y[...],
        lambda x, y: mg.concat([y, x])[:1],
        lambda x, y: mg.tanh(y) * y + x,
        in_place,
        watched,
    ],
    ids=["product", "view", "several", "three ways", "in place", "hooked"],
)
def test_long_graphs_of_every_kind_are_dropped_unused(step: Callable, where: str) -> None:
    """Far more nodes than either stack has room for, were they freed by recursion."""
    if where == "main thread":
        chained(step, 50_000)
        return
    before, errors = threading.stack_size(256 * 1024), []

    def run() -> None:
        try:
            chained(step, 6_000)
        except BaseException as error:
            errors.append(error)

    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    assert not errors
