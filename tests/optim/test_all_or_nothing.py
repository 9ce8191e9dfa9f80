"""What changes several things changes all of them or none, wherever Ctrl-C comes."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from interrupts import at_every_call

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import utils
from minigrad.optim import lr_scheduler, swa_utils
from minigrad.utils import data


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    """In an editable install Ctrl-C where a block ends leaves the mode as it is there."""
    yield
    mg.set_grad_enabled(True)


def net() -> nn.Module:
    made = nn.Linear(2, 1)
    for i, p in enumerate(made.parameters()):
        p.data = mg.full(p.shape, float(i))
        p.grad = mg.full(p.shape, 0.5)
    return made


def numbers(module: nn.Module) -> list[Any]:
    return [t.tolist() for t in module.state_dict().values()]


def gradients(module: nn.Module) -> list[Any]:
    return [p.grad.tolist() for p in module.parameters()]


def averaged(use_buffers: bool, seen: int) -> tuple[swa_utils.AveragedModel, nn.Module]:
    model = net()
    average = swa_utils.AveragedModel(model, use_buffers=use_buffers)
    for _ in range(seen):
        average.update_parameters(model)
    with mg.no_grad():
        for p in model.parameters():
            p += 1.0
    return average, model


def generators(loader: data.DataLoader) -> str:
    return repr((loader.state_dict(), loader._resumed))


def resumed() -> data.DataLoader:
    """A loader whose next loop goes on in the middle of an epoch."""
    loaders = [data.DataLoader(range(6), 2, shuffle=True, generator=1) for _ in range(2)]
    next(iter(loaders[0]))
    loaders[1].load_state_dict(loaders[0].state_dict())
    return loaders[1]


STATE = {name: t + 1.0 for name, t in net().state_dict().items()}
DATA = mg.tensor([[1.0, 2.0], [4.0, 8.0]])
PLACE = resumed().state_dict()
SEEDED = mg.Generator().manual_seed(7).get_state()
CHANGES: dict[str, tuple[Callable, Callable, Callable]] = {
    "load_state_dict": (net, lambda m: m.load_state_dict(STATE), numbers),
    "clip_grad_norm_": (net, lambda m: utils.clip_grad_norm_(m.parameters(), 0.1), gradients),
    "clip_grad_value_": (net, lambda m: utils.clip_grad_value_(m.parameters(), 0.1), gradients),
    "vector_to_parameters": (
        net,
        lambda m: utils.vector_to_parameters(mg.arange(3.0), m.parameters()),
        numbers,
    ),
    "the first average": (
        lambda: averaged(False, 0),
        lambda both: both[0].update_parameters(both[1]),
        lambda both: numbers(both[0]),
    ),
    "a later average": (
        lambda: averaged(True, 1),
        lambda both: both[0].update_parameters(both[1]),
        lambda both: numbers(both[0]),
    ),
    "batch norm": (lambda: nn.BatchNorm1d(2), lambda m: m(DATA), numbers),
    "batch norm, plain average": (
        lambda: nn.BatchNorm1d(2, momentum=None),
        lambda m: m(DATA),
        numbers,
    ),
    "another dtype": (
        net,
        lambda m: m.double(),
        lambda m: [(str(p.dtype), p.tolist(), str(p.grad.dtype)) for p in m.parameters()],
    ),
    "a seed": (mg.Generator, lambda g: g.manual_seed(5), lambda g: g.get_state().tolist()),
    "a generator's state": (
        mg.Generator,
        lambda g: g.set_state(SEEDED),
        lambda g: g.get_state().tolist(),
    ),
    "an epoch": (resumed, lambda loader: setattr(loader, "loop", iter(loader)), generators),
    "the place in an epoch": (
        lambda: data.DataLoader(range(6), 2, shuffle=True, generator=1),
        lambda loader: loader.load_state_dict(PLACE),
        generators,
    ),
}


def is_whole(make: Callable, act: Callable, seen: Callable) -> None:
    before, changed = seen(make()), make()
    act(changed)
    after = seen(changed)
    assert before != after
    times = 0
    for made in at_every_call(make, act):
        mg.set_grad_enabled(True)
        assert seen(made) in (before, after)
        times += 1
    assert times > 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_several_tensors(name: str) -> None:
    is_whole(*CHANGES[name])


SCHEDULES: dict[str, Callable[[optim.Optimizer], Any]] = {
    "StepLR": lambda o: lr_scheduler.StepLR(o, 1),
    "CyclicLR": lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0),
    "OneCycleLR": lambda o: lr_scheduler.OneCycleLR(o, 1.0, 10),
    "WarmRestarts": lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2),
    "Plateau": lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=0),
    "Sequential": lambda o: lr_scheduler.SequentialLR(
        o, [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.5)], [2]
    ),
    "Chained": lambda o: lr_scheduler.ChainedScheduler(
        [lr_scheduler.ConstantLR(o), lr_scheduler.ExponentialLR(o, 0.5)]
    ),
}


@pytest.mark.parametrize("rate", [0.1, mg.tensor(0.1)], ids=["a number", "a tensor"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_step_of_a_schedule_and_its_state(name: str, rate: Any) -> None:
    def make() -> Any:
        groups = [{"params": [mg.ones(1, requires_grad=True)]} for _ in range(2)]
        optimizer = optim.SGD(groups, copy.deepcopy(rate), momentum=0.5)
        schedule = SCHEDULES[name](optimizer)
        optimizer.step()
        if name == "Plateau":
            schedule.step(1.0)
        return optimizer, schedule

    def step(both: Any) -> None:
        both[1].step(*([2.0] if name == "Plateau" else []))

    def seen(both: Any) -> Any:
        rates = [(float(g["lr"]), g["momentum"]) for g in both[0].param_groups]
        return rates, repr(both[1].state_dict())

    is_whole(make, step, seen)
    later = make()
    step(later)
    state = later[1].state_dict()
    is_whole(make, lambda both: both[1].load_state_dict(state), seen)


def test_an_average_that_fails_or_does_not_fit_changes_nothing() -> None:
    for result in (lambda a: 1 / 0, lambda a: mg.ones(3)):
        calls: list[Any] = []

        def average(a: mg.Tensor, p: mg.Tensor, n: Any) -> mg.Tensor:
            calls.append(a)  # noqa: B023
            return p if len(calls) == 1 else result(a)  # noqa: B023

        model = net()
        kept = swa_utils.AveragedModel(model, avg_fn=average)
        kept.update_parameters(model)
        before = numbers(kept)
        with mg.no_grad():
            next(model.parameters()).add_(1.0)
        with pytest.raises((ZeroDivisionError, ValueError)):
            kept.update_parameters(model)
        assert numbers(kept) == before


def test_clipping_by_value_keeps_nan() -> None:
    w = mg.zeros(3, requires_grad=True)
    w.grad = mg.tensor([np.nan, 5.0, -np.inf])
    utils.clip_grad_value_(w, 1)
    np.testing.assert_equal(w.grad.numpy(), [np.nan, 1.0, -1.0])
