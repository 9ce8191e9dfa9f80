"""no_grad and enable_grad, and many threads at once."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigrad as mg
from minigrad.engine.mode import mode
from minigrad.engine.tensor import Tensor, tensor_of
from minigrad.engine.watchers import Watcher


@pytest.fixture
def w() -> Tensor:
    return tensor_of(np.array([1.0, 2.0]), requires_grad=True)


def recorded(t: Tensor) -> bool:
    return (t * 2.0).requires_grad


def test_blocks_nest(w: Tensor) -> None:
    with mg.no_grad():
        assert not recorded(w)
        with mg.enable_grad():
            assert recorded(w)
            with mg.no_grad():
                assert not recorded(w)
            assert recorded(w)
        assert not recorded(w)
    assert recorded(w)


def test_one_object_for_nested_blocks(w: Tensor) -> None:
    quiet = mg.no_grad()
    with quiet:
        with quiet:
            assert not recorded(w)
        assert not recorded(w)
    assert recorded(w)


def test_decorators(w: Tensor) -> None:
    @mg.no_grad()
    def off(again: bool) -> bool:
        """Words."""
        return recorded(w) or (again and off(False))

    @mg.enable_grad()
    def on() -> bool:
        return recorded(w)

    assert not off(True)
    assert (off.__name__, off.__doc__) == ("off", "Words.")
    with mg.no_grad():
        assert on()
        assert not recorded(w)
    assert recorded(w)


def test_an_exception_restores_the_mode(w: Tensor) -> None:
    @mg.no_grad()
    def fail() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert recorded(w)
    with pytest.raises(KeyError), mg.no_grad():
        raise KeyError
    assert recorded(w)
    with pytest.raises(RuntimeError), mg.no_grad():
        (w * 2.0).backward()
    assert recorded(w) and not mode.in_rule


@pytest.mark.parametrize("event", "differentiates pulled arrived freed differentiated".split())
def test_a_watcher_that_raises_restores_the_mode(w: Tensor, event: str) -> None:
    class Raising(Watcher):
        pass

    def fail(*told: object) -> None:
        raise KeyError

    setattr(Raising, event, fail)
    loss = (w * w).sum()
    with pytest.raises((KeyError, RuntimeError)), Raising():
        loss.backward()
    assert recorded(w) and not mode.in_rule


def test_a_failing_pass_restores_the_mode(w: Tensor) -> None:
    y = mg.sum(w * w)
    y.backward()
    with pytest.raises(RuntimeError, match="freed"):
        y.backward()
    assert recorded(w) and not mode.in_rule
    assert isinstance(mg.exp(np.ones(2)), Tensor)


def test_backward_inside_no_grad(w: Tensor) -> None:
    y = mg.sum(w * w)
    with mg.no_grad():
        y.backward()
        assert not recorded(w)
    assert w.grad is not None and not w.grad.requires_grad
    assert_allclose(w.grad.numpy(), [2.0, 4.0])


def test_create_graph_inside_no_grad_records(w: Tensor) -> None:
    y = mg.sum(w * w * w)
    with mg.no_grad():
        (g,) = mg.autograd.grad(y, w, create_graph=True)
    assert g.requires_grad


def test_the_mode_is_the_thread_s_own(w: Tensor) -> None:
    inside, checked = threading.Event(), threading.Event()
    seen: list[bool] = []

    def other() -> None:
        with mg.no_grad():
            inside.set()
            checked.wait(10)
            seen.append(recorded(w))

    thread = threading.Thread(target=other)
    thread.start()
    assert inside.wait(10)
    assert recorded(w)
    with mg.no_grad():
        fresh: list[bool] = []
        third = threading.Thread(target=lambda: fresh.append(recorded(w)))
        third.start()
        third.join()
    checked.set()
    thread.join()
    assert seen == [False] and fresh == [True]


def test_eight_threads_share_weights() -> None:
    """Each builds and differentiates graphs of its own over the same leaves, to all orders."""
    rng = np.random.default_rng(0)
    a, b = (tensor_of(rng.normal(size=(16, 16)), requires_grad=True) for _ in range(2))
    inputs = rng.normal(size=(8, 4, 16))
    failures: list[object] = []
    barrier = threading.Barrier(8)

    def work(k: int) -> None:
        x = inputs[k]
        try:
            barrier.wait()
            for _ in range(40):
                hidden = mg.tanh(mg.sum(x[:, :, None] * a, axis=1))
                out = mg.sum(mg.sum(hidden[:, :, None] * b, axis=1))
                ga, gb = mg.autograd.grad(out, (a, b), create_graph=k % 2 == 1)
                h = np.tanh(x @ a.numpy())
                assert_allclose(gb.numpy(), np.repeat(h.sum(0)[:, None], 16, 1), rtol=1e-9)
                wanted = x.T @ ((1 - h * h) * b.numpy().sum(1))
                assert_allclose(ga.numpy(), wanted, rtol=1e-9, atol=1e-12)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures[0]
    assert a.grad is None


def test_a_decorator_without_parentheses() -> None:
    @mg.no_grad
    def double(x: Tensor) -> Tensor:
        """Twice x."""
        return 2 * x

    assert not double(mg.ones(1, requires_grad=True)).requires_grad
    assert double.__doc__ == "Twice x."


def test_an_asynchronous_generator_gets_what_is_thrown_into_it() -> None:
    @mg.no_grad()
    async def numbers():
        try:
            yield 1
        except ValueError:
            yield mg.is_grad_enabled()

    async def run() -> None:
        given = numbers()
        assert await given.asend(None) == 1
        assert await given.athrow(ValueError("word")) is False
        await given.aclose()

    asyncio.run(run())
