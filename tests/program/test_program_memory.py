"""A compiled step needs no more memory than the plain one: old gradients go, then new ones come."""

import weakref

import pytest

import minigrad as mg
from minigrad import kernels
from minigrad.nn import functional as F
from minigrad.program import replay
from minigrad.program.guards import Sight
from minigrad.program.record import Recorder


def with_gradient():
    weight = mg.ones(3, 4, requires_grad=True)
    (weight * 2).sum().backward()
    return weight, weakref.ref(weight.grad._data)


def test_a_recording_holds_no_gradient():
    weight, gradient = with_gradient()
    recorder = Recorder([weight], Sight([]))
    assert recorder.find(weight.grad._data) is not None
    weight.grad = None
    assert gradient() is None


def test_a_gradient_that_dies_is_no_source():
    weight, _ = with_gradient()
    recorder = Recorder([weight], Sight([]))
    weight.grad = None
    assert sum(find() is not None for find, _ in recorder.sources.values()) == 1


def test_a_second_recording_shares_what_is_the_same():
    x = mg.ones(3)
    recorded = []
    for number in (2.0, 2.0, 3.0):
        recorder = Recorder([x], Sight([]), (), *recorded[:1])
        with recorder:
            (x * number).sum()
        recorded.append(recorder)
    first, second, third = (r.instructions for r in recorded)
    assert [a is b for a, b in zip(first, second, strict=True)] == [True, True]
    assert [a is b for a, b in zip(first, third, strict=True)] == [False, True]


@pytest.mark.skipif(not hasattr(kernels, "_native"), reason="programs in C need the kernels")
def test_a_replay_forgets_old_gradients_first(monkeypatch):
    found = []

    def empty_gradient(array):
        found.append([gradient() is None for gradient in old])
        return like(array)

    like = replay._grad_like
    monkeypatch.setattr(replay, "_grad_like", empty_gradient)
    weights = [mg.ones(4, 4, requires_grad=True) for _ in range(3)]
    optimizer = mg.optim.SGD(weights, lr=0.1)

    @mg.compile
    def step(x):
        optimizer.zero_grad()
        for weight in weights:
            x = F.linear(x, weight)
        loss = F.cross_entropy(x, mg.tensor([1, 2]))
        loss.backward()
        optimizer.step()
        return loss

    x = mg.ones(2, 4)
    for _ in range(2):
        step(x)
    old = [weakref.ref(weight.grad._data) for weight in weights]
    step(x)
    assert found == [[True] * 3] * 3
