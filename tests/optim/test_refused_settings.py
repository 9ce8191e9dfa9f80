"""What schedules, averages and saved states refuse just beyond what they accept."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.optim import lr_scheduler, swa_utils


def sgd(**options: Any) -> Any:
    return optim.SGD([mg.tensor([2.0], requires_grad=True)], lr=1.0, **options)


def adagrad() -> Any:
    return optim.Adagrad([mg.tensor([2.0], requires_grad=True)])


def factor(optimizer: Any = None, **options: Any) -> Any:
    return lr_scheduler.ConstantLR(optimizer or sgd(), **options)


def stepped(schedule: Any, steps: int) -> list[float]:
    rates = schedule.get_last_lr()
    for _ in range(steps):
        schedule.optimizer.step()
        schedule.step()
        rates += schedule.get_last_lr()
    return rates


def lbfgs_loaded(**changes: Any) -> Any:
    """An LBFGS that loads its own state, in which some entries are changed, or left out (None)."""
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.LBFGS([w], max_iter=2)

    def loss() -> Any:
        optimizer.zero_grad()
        value = (w * w).sum()
        value.backward()
        return value

    optimizer.step(loss)
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][0].update(changes)
    saved["state"][0] = {k: v for k, v in saved["state"][0].items() if v is not None}
    optimizer.load_state_dict(saved)
    return optimizer


def adam_loaded(**changes: Any) -> Any:
    optimizer = optim.Adam([mg.tensor([1.0], requires_grad=True)])
    (optimizer.param_groups[0]["params"][0] * 2).sum().backward()
    optimizer.step()
    saved = copy.deepcopy(optimizer.state_dict())
    saved["state"][0].update(changes)
    optimizer.load_state_dict(saved)
    return optimizer.state_dict()["state"][0]


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: lbfgs_loaded(d=mg.ones(3)), ValueError, r"wanted 'd' of shape \(2,\), got \(3,\)"),
    (lambda: lbfgs_loaded(old_dirs=[mg.ones(1)]), ValueError, r"'old_dirs' of shape \(2,\)"),
    (lambda: lbfgs_loaded(speed=1.0), ValueError, "has 'speed', which it does not know"),
    (lambda: lbfgs_loaded(d=None), ValueError, "the state is not whole"),
    (lambda: lbfgs_loaded(t=None), ValueError, "the state is not whole"),
    (lambda: lbfgs_loaded(prev_flat_grad=None), ValueError, "the state is not whole"),
    (lambda: lbfgs_loaded(old_dirs=None), ValueError, "the state is not whole"),
    (lambda: adam_loaded(step=-1), ValueError, "the state has the step -1"),
    (lambda: adam_loaded(speed=1.0), ValueError, "the state has 'speed', wanted"),
    (lambda: lr_scheduler.MultiStepLR(sgd(), 3), TypeError, "milestones must be a list, got 3"),
    (lambda: lr_scheduler.MultiStepLR(sgd(), ["3"]), TypeError, "milestones: each"),
    (
        lambda: stepped(factor(factor=0.0, total_iters=1), 1),
        ValueError,
        "no rate can be multiplied back from factor=0",
    ),
    (
        lambda: lr_scheduler.OneCycleLR(sgd(momentum=0.5), 1.0, 9, anneal_strategy="exp"),
        ValueError,
        "anneal_strategy must be 'cos' or 'linear', got 'exp'",
    ),
    (
        lambda: lr_scheduler.OneCycleLR(sgd(momentum=0.5), 1.0, 9, pct_start=1.01),
        ValueError,
        "pct_start must be a float from 0 to 1",
    ),
    (
        lambda: lr_scheduler.OneCycleLR(sgd(momentum=0.5), 1.0, epochs=0, steps_per_epoch=1),
        ValueError,
        "epochs must be an integer of at least 1",
    ),
    (lambda: lr_scheduler.OneCycleLR(adagrad(), 1.0, 9), ValueError, "Adagrad has no momentum"),
    (lambda: lr_scheduler.CyclicLR(adagrad(), 0.1, 1.0), ValueError, "Adagrad has no momentum"),
    (
        lambda: lr_scheduler.CyclicLR(sgd(momentum=0.5), 0.1, 1.0, scale_fn=3),
        TypeError,
        "scale_fn must be a function, got 3",
    ),
    (
        lambda: lr_scheduler.ChainedScheduler([factor()]).step(3),
        (TypeError, ValueError),
        "takes|epoch",
    ),
    (
        lambda: swa_utils.SWALR(sgd(), 0.1, anneal_strategy="exp"),
        ValueError,
        "SWALR: anneal_strategy must be 'cos' or 'linear'",
    ),
    (lambda: swa_utils.SWALR(sgd(), 0.1, -1), ValueError, "anneal_epochs must be .*, got -1"),
    (lambda: swa_utils.SWALR(sgd(), 0.1, 1.5), ValueError, "anneal_epochs must be .*, got 1.5"),
    (
        lambda: swa_utils.AveragedModel(
            nn.Linear(1, 1), avg_fn=lambda *a: a[0], multi_avg_fn=lambda *a: None
        ),
        ValueError,
        "avg_fn or multi_avg_fn, not both",
    ),
    (lambda: swa_utils.update_bn([], 3), TypeError, "update_bn: model: wanted a Module, got int"),
    (lambda: swa_utils.get_ema_avg_fn(1.01), ValueError, "decay"),
    (lambda: swa_utils.get_ema_avg_fn(-0.01), ValueError, "decay"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refused(call: Callable[[], Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


ACCEPTED: list[tuple[Callable[[], Any], Any]] = [
    (lambda: [*lbfgs_loaded(al=[1.0]).state_dict()["state"]], [0]),
    (lambda: adam_loaded(step=0)["step"], 0),
    (lambda: stepped(factor(factor=0.0, total_iters=2), 1), [0.0, 0.0]),
    (lambda: stepped(factor(factor=0.5, total_iters=2), 3), [0.5, 0.5, 1.0, 1.0]),
    (lambda: stepped(lr_scheduler.MultiStepLR(sgd(), (1, 1), 0.5), 2), [1.0, 0.25, 0.25]),
    (lambda: stepped(swa_utils.SWALR(sgd(), 0.5, 0), 1), [0.5, 0.5]),
    (lambda: stepped(swa_utils.SWALR(sgd(), 0.5, 2, "linear"), 3), [1.0, 0.75, 0.5, 0.5]),
    (lambda: swa_utils.update_bn([], nn.Linear(1, 1)), None),
    (lambda: swa_utils.get_ema_avg_fn(0.0)(1.0, 3.0, 1), 3.0),
    (lambda: swa_utils.get_ema_avg_fn(1.0)(1.0, 3.0, 1), 1.0),
    (lambda: swa_utils.get_ema_avg_fn(0.75)(1.0, 3.0, 1), 1.5),
    (
        lambda: stepped(
            lr_scheduler.OneCycleLR(
                sgd(), 1.0, 4, pct_start=0.5, anneal_strategy="linear", cycle_momentum=False
            ),
            3,
        ),
        [0.04, 1.0, 0.500002, 0.000004],
    ),
]


@pytest.mark.parametrize(("call", "wanted"), ACCEPTED)
def test_accepted(call: Callable[[], Any], wanted: Any) -> None:
    got = call()
    if wanted is None:
        assert got is None
    else:
        np.testing.assert_allclose(got, wanted, rtol=1e-6)


def test_a_lower_limit_for_a_group_that_is_added_later() -> None:
    """One limit counts for it, too; of several it has to be said which is its own."""

    def reduced(min_lr: Any) -> list[float]:
        optimizer = sgd()
        schedule = lr_scheduler.ReduceLROnPlateau(
            optimizer, factor=0.1, patience=0, min_lr=min_lr, eps=0.0
        )
        optimizer.add_param_group({"params": [mg.ones(1, requires_grad=True)], "lr": 3.0})
        for _ in range(3):
            schedule.step(1.0)
        return [group["lr"] for group in optimizer.param_groups]

    np.testing.assert_allclose(reduced(0.05), [0.05, 0.05])
    with pytest.raises(ValueError, match=r"2 groups, but 1 min_lrs; set schedule.min_lrs"):
        reduced([0.05])


PLATEAUS = [  # mode, threshold mode, the last metric that is no better than 10, the first that is
    ("min", "rel", 9.0, 8.99),
    ("max", "rel", 11.0, 11.01),
    ("min", "abs", 9.9, 9.89),
    ("max", "abs", 10.1, 10.11),
]


@pytest.mark.parametrize(("mode", "kind", "no_better", "better"), PLATEAUS)
def test_what_counts_as_better(mode: str, kind: str, no_better: float, better: float) -> None:
    for metric, bad in ((no_better, 1), (better, 0)):
        schedule = lr_scheduler.ReduceLROnPlateau(
            sgd(), mode, patience=5, threshold=0.1, threshold_mode=kind
        )
        schedule.step(10.0)
        schedule.step(metric)
        assert schedule.num_bad_epochs == bad


def test_zero_grad_leaves_a_recorded_gradient_in_its_graph() -> None:
    """Zeros are written to one that is not recorded; a recorded one is replaced."""
    w = mg.tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0)
    (w**3).sum().backward()
    plain = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert w.grad is plain and w.grad.tolist() == [0.0]
    w.grad = None
    (w**3).sum().backward(create_graph=True)
    recorded = w.grad
    optimizer.zero_grad(set_to_none=False)
    assert recorded.tolist() == [12.0] and w.grad.tolist() == [0.0] and not w.grad.requires_grad


def test_lbfgs_at_a_minimum_takes_no_step() -> None:
    """A gradient that is as small as `tolerance_grad` ends it after one evaluation."""
    for slope, iterations in ((1e-3, 0), (2e-3, 1)):
        w = mg.tensor([5.0], requires_grad=True)
        optimizer = optim.LBFGS([w], max_iter=1, tolerance_grad=1e-3)
        calls = []

        def loss(w: Any = w, slope: float = slope, calls: Any = calls) -> Any:
            calls.append(w.item())
            w.grad = mg.tensor([slope])
            return mg.tensor(7.0)

        assert optimizer.step(loss).item() == 7.0
        state = optimizer.state_dict()["state"][0]
        assert (state["n_iter"], state["func_evals"], len(calls)) == (iterations, 1, 1)
        assert (w.item() == 5.0) == (iterations == 0)


def test_a_rate_that_falls_at_once_is_0() -> None:
    """Python's own power raises OverflowError."""
    for options in ({"alpha": 1e19}, {"alpha": 10**300}, {"alpha": 1e308, "lambd": 1.0}):
        w = mg.ones(2, requires_grad=True)
        optimizer = optim.ASGD([w], lr=0.5, **options)
        for _ in range(3):
            w.grad = mg.ones(2)
            optimizer.step()
        assert optimizer.state[w]["eta"] == 0
