"""What goes wrong around a step: interruptions, bad options, states that do not fit."""

from __future__ import annotations

import copy
import inspect
import os
import threading

import numpy as np
import pytest
from interrupts import interrupted

import minigrad as mg
from minigrad import nn, optim
from minigrad.optim import lr_scheduler

ALL = {name: getattr(optim, name) for name in optim.__all__ if name[0].isupper()}
del ALL["Optimizer"]
STEPPING = {name: kind for name, kind in ALL.items() if name != "LBFGS"}
OPTIONS = {
    "SGD": {"momentum": 0.9},
    "Adam": {"amsgrad": True},
    "RMSprop": {"centered": True, "momentum": 0.5},
}
CASES = [
    *((kind, {}) for kind in STEPPING.values()),
    *((ALL[name], options) for name, options in OPTIONS.items()),
]
IDS = [f"{kind.__name__}-{'-'.join(options)}" for kind, options in CASES]


def leaves(n=3, value=1.0):
    params = [mg.tensor(np.full((2, 2), value), requires_grad=True) for _ in range(n)]
    for p in params:
        p.grad = mg.tensor(np.full((2, 2), 0.5))
    return params


def values(params):
    return [p.tolist() for p in params]


def every(kind, options):
    return pytest.mark.parametrize((kind, options), CASES, ids=IDS)


@every("kind", "options")
@pytest.mark.parametrize("error", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("where", ["begin", "move"])
def test_a_step_that_fails_has_not_happened(kind, options, error, where, monkeypatch):
    params = leaves()
    optimizer, calls = kind(params, **options), []
    formula = getattr(kind, where)

    def failing(self, *args):
        calls.append(args)
        if len(calls) == 2:
            raise error
        return formula(self, *args)

    monkeypatch.setattr(kind, where, failing)
    before = values(params)
    try:
        optimizer.step()
    except error:
        assert values(params) == before
        assert not any(optimizer.state.values())
        optimizer.step()
    fresh = leaves()
    monkeypatch.undo()
    kind(fresh, **options).step()
    assert values(params) == values(fresh)


@pytest.mark.skipif(
    os.environ.get("MINIGRAD_KERNELS") == "reference", reason="the twins are several statements"
)
@every("kind", "options")
def test_ctrl_c_comes_before_a_step_or_after_it(kind, options):
    params = leaves(30)
    optimizer = kind(params, **options)
    optimizer.step()

    def steps():
        for _ in range(20):
            optimizer.step()

    rng, count = np.random.default_rng(0), 0
    for _ in range(60):
        count += interrupted(rng.uniform(1e-6, 3e-4), steps)
        assert all(np.array_equal(p.numpy(), params[0].numpy()) for p in params)
        assert len({s.get("step") for s in optimizer.state.values()}) <= 1
    assert count


@every("kind", "options")
def test_a_gradient_or_state_that_does_not_fit_changes_nothing(kind, options):
    params = leaves()
    optimizer = kind(params, **options)
    optimizer.step()
    kept = [
        key for key, value in optimizer.state[params[1]].items() if isinstance(value, mg.Tensor)
    ]
    before = values(params)
    for key in kept:
        good = optimizer.state[params[1]][key]
        for bad in (mg.tensor(np.zeros((2, 2), np.float32)), mg.tensor(np.zeros(3))):
            optimizer.state[params[1]][key] = bad
            with pytest.raises(TypeError, match=f"{kind.__name__}: {key} is float"):
                optimizer.step()
            assert values(params) == before
        optimizer.state[params[1]][key] = good
    optimizer.step()
    assert values(params) != before


# ---------------------------------------------------------------------- options


@every("kind", "options")
def test_options_that_turn_bad_are_refused_before_a_change(kind, options):
    params = leaves()
    optimizer = kind([{"params": params[:2]}, {"params": params[2:]}], **options)
    optimizer.step()
    before = values(params)
    group = optimizer.param_groups[1]
    for option, good in [*group.items()]:
        if option == "params":
            continue
        bad = (
            [(float("nan"), 2.0), 3, None, (0.1,)]
            if isinstance(good, tuple)
            else ["yes", 0.5]
            if isinstance(good, bool)
            else [float("nan"), -1, float("inf"), "1", None, mg.tensor([1.0, 2.0])]
        )
        for value in bad:
            group[option] = value
            with pytest.raises((TypeError, ValueError), match=option):
                optimizer.step()
            assert values(params) == before
        group[option] = good
    del group["lr"]
    with pytest.raises((TypeError, ValueError), match="lr"):
        optimizer.step()
    group["lr"] = 0.1
    optimizer.step()
    assert values(params) != before


@every("kind", "options")
def test_a_rate_may_be_a_tensor_and_stays_one(kind, options):
    rate = mg.tensor(0.25)
    params, plain = leaves(), leaves()
    optimizer, other = kind(params, lr=rate, **options), kind(plain, lr=0.25, **options)
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    for lr in (0.25, 0.125, 0.0625, 0.0):
        assert optimizer.param_groups[0]["lr"] is rate
        assert rate.item() == lr
        other.param_groups[0]["lr"] = lr
        optimizer.step()
        other.step()
        assert values(params) == values(plain)
        if lr:
            schedule.step()
        if lr == 0.0625:
            with mg.no_grad():
                rate[...] = 0.0
    assert optimizer.state_dict()["param_groups"][0]["lr"] == 0.0


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
def test_options_that_change_no_number_are_taken_and_others_refused(kind):
    for name in ("foreach", "fused", "capturable"):
        if kind is not optim.LBFGS:
            assert name not in kind(leaves(), **{name: True}).param_groups[0]
    with pytest.raises((TypeError, ValueError), match="differentiable"):
        kind(leaves(), differentiable=True)
    with pytest.raises(TypeError, match="momentun"):
        kind(leaves(), momentun=0.9)
    assert next(iter(inspect.signature(kind).parameters)) == "params"


def test_a_list_of_betas_that_changes_is_seen():
    params = leaves()
    optimizer = optim.Adam(params)
    optimizer.param_groups[0]["betas"] = betas = [0.9, 0.999]
    optimizer.step()
    betas[1] = 2.0
    with pytest.raises(ValueError, match="betas must be"):
        optimizer.step()


def test_a_group_may_have_a_name_but_no_unknown_option():
    group = optim.SGD([{"params": leaves(), "name": "all"}]).param_groups[0]
    assert group["name"] == "all"
    with pytest.raises(ValueError, match="no option 'weight_decy'"):
        optim.SGD([{"params": leaves(), "weight_decy": 0.1}])
    with pytest.raises(TypeError, match="in an order that repeats, got a set"):
        optim.SGD({*leaves()})


# ---------------------------------------------------------------------- states


@pytest.mark.parametrize("ours", ALL)
@pytest.mark.parametrize("theirs", ALL)
def test_the_state_of_another_optimizer_is_refused(ours, theirs):
    params, others = leaves(), leaves()
    source, target = ALL[theirs](params), ALL[ours](others)
    source.step(lambda: mg.tensor(0.0))
    target.step(lambda: mg.tensor(0.0))
    before = copy.deepcopy(target.state_dict())
    if ours == theirs or (theirs, ours) == ("AdamW", "Adam"):  # Adam has AdamW's option
        target.load_state_dict(source.state_dict())
        return
    with pytest.raises(ValueError, match=ours):
        target.load_state_dict(source.state_dict())
    assert repr(target.state_dict()) == repr(before)


@every("kind", "options")
def test_a_state_that_is_not_whole_is_refused(kind, options):
    optimizer = kind(leaves(), **options)
    optimizer.step()
    good = optimizer.state_dict()
    for key in good["state"].get(1, {}):
        bad = copy.deepcopy(good)
        del bad["state"][1][key]
        if bad["state"][1]:
            with pytest.raises(ValueError, match=f"the state has no {key!r}"):
                optimizer.load_state_dict(bad)
    for bad, words in (
        ({"state": {7: {}}}, "a state for parameter 7"),
        ({"param_groups": [{**good["param_groups"][0], "lr": float("nan")}]}, "lr must be"),
        ({"param_groups": [{**good["param_groups"][0], "cautious": True}]}, "'cautious'"),
        ({"param_groups": [{**good["param_groups"][0], "differentiable": True}]}, "differentiable"),
    ):
        with pytest.raises(ValueError, match=words):
            optimizer.load_state_dict({**good, **bad})
    assert repr(optimizer.state_dict()) == repr(good)


def test_an_older_state_without_a_flag_is_taken():
    optimizer = optim.Adam(leaves(), amsgrad=True)
    state = optimizer.state_dict()
    del state["param_groups"][0]["maximize"]
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["maximize"] is False


def test_an_option_switched_on_later_begins_its_state():
    for kind, option, value in (
        (optim.Adam, "amsgrad", True),
        (optim.SGD, "momentum", 0.9),
        (optim.RMSprop, "centered", True),
        (optim.RMSprop, "momentum", 0.9),
    ):
        optimizer = kind(leaves())
        for _ in range(2):
            optimizer.step()
        optimizer.param_groups[0][option] = value
        for _ in range(2):
            optimizer.step()


# ---------------------------------------------------------------------- closures, hooks, subclasses


@pytest.mark.parametrize("kind", ALL.values(), ids=ALL)
def test_a_closure_is_recorded_and_its_loss_returned(kind):
    w = mg.tensor([3.0], requires_grad=True)
    optimizer = kind([w])

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with mg.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert w.item() < 3.0

    def failing():
        raise ValueError("no loss")

    before = w.item()
    with pytest.raises(ValueError, match="no loss"):
        optimizer.step(failing)
    assert w.item() == before


def test_lbfgs_that_fails_within_is_as_before():
    w = mg.tensor(np.array([3.0, -1.0]), requires_grad=True)
    optimizer, calls = optim.LBFGS([w], line_search_fn="strong_wolfe"), []

    def closure():
        calls.append(w.tolist())
        if len(calls) == 4:
            raise KeyboardInterrupt
        optimizer.zero_grad()
        loss = ((w * w - 2) ** 2).sum()
        loss.backward()
        return loss

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert calls[3] != calls[0]
    assert w.tolist() == calls[0]
    assert not optimizer.state.get(w)
    optimizer.step(closure)
    assert np.abs(w.numpy()) == pytest.approx(2**0.5, abs=1e-5)


@pytest.mark.parametrize(
    ("act", "error", "words"),
    [
        (lambda p: optim.LBFGS(p).step(), TypeError, "needs a function"),
        (lambda p: optim.LBFGS(p, line_search_fn="armijo"), ValueError, "got 'armijo'"),
        (lambda p: optim.LBFGS(p, max_iter=0), ValueError, "max_iter must be at least 1"),
        (
            lambda p: optim.LBFGS([{"params": p[:1]}, {"params": p[1:]}]),
            ValueError,
            "must be in one group",
        ),
        (lambda p: optim.Rprop(p, etas=(1.1, 1.2)), ValueError, "etas must be"),
        (lambda p: optim.Rprop(p, step_sizes=(2, 1)), ValueError, "step_sizes must rise"),
        (lambda p: optim.AdamW([{"params": p, "decoupled_weight_decay": False}]), ValueError,
         "that is Adam"),
        (lambda p: optim.SGD(p, maximize="no"), TypeError, "maximize: wanted True or False"),
        (lambda p: optim.SGD(p, lr=mg.tensor([1.0, 2.0])), ValueError, "lr must be one number"),
    ],
)  # fmt: skip
def test_what_is_refused(act, error, words):
    with pytest.raises(error, match=words):
        act(leaves())


def test_step_hooks_see_every_kind_of_step():
    seen = []

    class Own(optim.Optimizer):
        def step(self, closure=None):
            seen.append("own")

    for kind in (optim.SGD, optim.LBFGS, lambda p: Own(p, {"lr": 1.0})):
        optimizer = kind(leaves())
        before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append((o, args)))
        after = optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append("after"))
        closure = float
        optimizer.step(closure)
        assert seen[0] == (optimizer, (closure,))
        assert seen[-1] == "after"
        before.remove()
        after.remove()
        seen.clear()
        optimizer.step(closure)
        assert seen in ([], ["own"])


def test_an_optimizer_in_pytorch_s_style_works():
    class Plain(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @mg.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.state[p]["count"] = self.state[p].get("count", 0) + 1
                        p.copy_(p - group["lr"] * p.grad)

    params = leaves()
    optimizer = Plain(params, 0.5)
    schedule = lr_scheduler.StepLR(optimizer, 1, 0.1)
    optimizer.step()
    schedule.step()
    assert params[0].tolist() == [[0.75, 0.75]] * 2
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert optimizer.state[params[2]] == {"count": 1}


# ---------------------------------------------------------------------- schedules


def sgd():
    return optim.SGD(leaves(1), lr=1.0)


def test_a_state_for_other_groups_or_schedules_changes_nothing():
    def chain(optimizer, *kinds):
        return lr_scheduler.ChainedScheduler([kind(optimizer) for kind in kinds])

    linear, constant = lr_scheduler.LinearLR, lr_scheduler.ConstantLR
    optimizer = sgd()
    schedule = chain(optimizer, linear, constant)
    two = optim.SGD([{"params": leaves(1)}, {"params": leaves(1)}], lr=1.0)
    before = repr(schedule), repr(schedule.state_dict())
    for other in (
        chain(sgd(), linear),
        chain(sgd(), constant, linear),
        chain(two, linear, constant),
    ):
        with pytest.raises(ValueError, match="wanted"):
            schedule.load_state_dict(other.state_dict())
        assert (repr(schedule), repr(schedule.state_dict())) == before


def test_two_schedules_and_a_rate_by_hand_are_loaded_in_any_order():
    def make():
        optimizer = sgd()
        return optimizer, [
            lr_scheduler.StepLR(optimizer, 2, 0.5),
            lr_scheduler.ExponentialLR(optimizer, 0.9),
        ]

    optimizer, schedules = make()
    for _ in range(5):
        for schedule in schedules:
            schedule.step()
    optimizer.param_groups[0]["lr"] *= 0.3
    states = [schedule.state_dict() for schedule in schedules]
    for order in ((0, 1), (1, 0)):
        other, twins = make()
        for i in order:
            twins[i].load_state_dict(states[i])
        assert other.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_a_function_that_is_an_object_goes_into_the_state():
    class Falling:
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate**step

    schedule = lr_scheduler.LambdaLR(sgd(), Falling(0.5))
    schedule.step()
    other = lr_scheduler.LambdaLR(sgd(), Falling(0.1))
    other.load_state_dict(schedule.state_dict())
    other.step()
    assert other.get_last_lr() == [0.25]


def test_a_failing_schedule_stays_where_it_was():
    schedule = lr_scheduler.OneCycleLR(sgd(), 1.0, total_steps=3, cycle_momentum=False)
    for _ in range(3):
        schedule.step()
    before = schedule.state_dict()
    for _ in range(2):
        with pytest.raises(ValueError, match="step 4, but total_steps is 3"):
            schedule.step()
        assert schedule.state_dict() == before


def test_repr_of_schedules():
    optimizer = sgd()
    step = lr_scheduler.StepLR(optimizer, 3)
    assert repr(step) == "StepLR(step_size=3, gamma=0.1, last_epoch=0, lr=[1.0])"
    plateau = lr_scheduler.ReduceLROnPlateau(optimizer, patience=4)
    assert "mode='min', factor=0.1, patience=4" in repr(plateau)
    chained = lr_scheduler.ChainedScheduler([step])
    assert repr(chained) == f"ChainedScheduler(schedulers=[{step!r}], lr=[1.0])"
    assert "lambda" not in repr(lr_scheduler.LambdaLR(optimizer, lambda t: 1.0))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda s, o: s.LinearLR(o, start_factor=0), ValueError, "start_factor must be more than"),
        (lambda s, o: s.ConstantLR(o, factor=1.5), ValueError, "factor must be from 0 to 1"),
        (lambda s, o: s.MultiplicativeLR(o, [3]), TypeError, "must be a function, got 3"),
        (lambda s, o: s.CosineAnnealingWarmRestarts(o, 0), ValueError, "T_0 must be an integer"),
        (lambda s, o: s.OneCycleLR(o, 1.0), ValueError, "give total_steps, or epochs"),
        (lambda s, o: s.OneCycleLR(o, 1.0, 9.5), ValueError, "total_steps must be an integer"),
        (lambda s, o: s.OneCycleLR(o, 1.0, 9, pct_start=2.0), ValueError, "pct_start must be"),
        (lambda s, o: s.ReduceLROnPlateau(o, factor=1.0), ValueError, "factor must be less than"),
        (lambda s, o: s.ReduceLROnPlateau(o, mode="up"), ValueError, "mode must be in"),
        (lambda s, o: s.ReduceLROnPlateau(o, min_lr=[0, 0]), ValueError, "values of min_lr"),
        (lambda s, o: s.SequentialLR(o, [], []), ValueError, "the list of schedules is empty"),
        (lambda s, o: s.SequentialLR(o, [s.StepLR(o, 1)], [3]), ValueError, "need 0 milestones"),
        (lambda s, o: s.SequentialLR(o, [s.StepLR(sgd(), 1)], []), ValueError, "another optimizer"),
        (lambda s, o: s.ChainedScheduler([3]), TypeError, "item 0 is no schedule, but int"),
        (lambda s, o: s.ChainedScheduler([s.ReduceLROnPlateau(o)]), ValueError, "takes a metric"),
        (lambda s, o: optim.swa_utils.SWALR(o, [1, 2]), ValueError, "1 values of swa_lr"),
        (lambda s, o: optim.swa_utils.SWALR(o, 1, -1), ValueError, "anneal_epochs must be"),
    ],
)
def test_what_a_schedule_refuses(make, error, words):
    optimizer = sgd()
    with pytest.raises(error, match=words):
        make(lr_scheduler, optimizer)
    assert optimizer.param_groups[0]["lr"] == 1.0


def test_an_averaged_model_refuses_another_net():
    average = optim.swa_utils.AveragedModel(nn.Linear(2, 3))
    with pytest.raises(ValueError, match=r"AveragedModel: wanted a model with parameters"):
        average.update_parameters(nn.Linear(3, 2))
    with pytest.raises(ValueError, match="no device but the CPU"):
        optim.swa_utils.AveragedModel(nn.Linear(2, 3), device="cuda")
    assert average.n_averaged.item() == 0


@pytest.mark.parametrize("when", ["pre", "post"])
def test_a_step_hook_is_called_without_one_of_the_other_kind(when):
    optimizer, seen = optim.SGD([mg.ones(2, requires_grad=True)], 0.1), []
    register = getattr(optimizer, f"register_step_{when}_hook")
    handle = register(lambda o, args, kwargs: seen.append(o))
    optimizer.step()
    assert seen == [optimizer]
    handle.remove()
    optimizer.step()
    assert seen == [optimizer]


def test_a_hook_before_a_step_may_give_it_another_closure():
    w = mg.ones(2, requires_grad=True)
    optimizer = optim.SGD([w], 0.1)
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((lambda: mg.tensor(7.0),), {}))
    assert optimizer.step(lambda: mg.tensor(3.0)).item() == 7


@every("kind", "options")
def test_a_step_beside_the_step_of_another_thread_is_refused(kind, options, monkeypatch):
    """Made from inside of the first one, where another thread may come in as well."""
    params = leaves()
    optimizer, changes = kind(params, **options), kind.changes

    def meddling(self, *args):
        with pytest.raises(RuntimeError, match=f"^{kind.__name__}: step: another thread"):
            self.step()
        return changes(self, *args)

    before = values(params)
    with monkeypatch.context() as patched:
        patched.setattr(kind, "changes", meddling)
        optimizer.step()
    once = values(params)
    optimizer.step()
    assert before != once != values(params)


def test_lbfgs_refuses_a_step_within_its_own():
    w = mg.tensor([1.0], requires_grad=True)
    optimizer = optim.LBFGS([w])

    def closure():
        optimizer.zero_grad()
        with pytest.raises(RuntimeError, match="LBFGS: step: its closure calls step"):
            optimizer.step(closure)
        loss = (w * w).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert abs(w.item()) < 1.0


def test_steps_of_several_threads_happen_or_are_refused():
    w = mg.tensor(np.zeros(3), requires_grad=True)
    optimizer = optim.SGD([w], lr=1.0)
    w.grad = mg.tensor(-np.ones(3))
    made = []

    def work():
        for _ in range(200):
            try:
                optimizer.step()
            except RuntimeError:
                continue
            made.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert w.tolist() == [len(made)] * 3


def test_lbfgs_with_a_rate_of_zero_stays():
    w = mg.tensor([3.0], requires_grad=True)
    optimizer = optim.LBFGS([w], lr=0.0, line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert w.item() == 3.0


def test_a_power_that_would_divide_by_zero_is_refused():
    with pytest.raises(ValueError, match="PolynomialLR: power must not be negative"):
        lr_scheduler.PolynomialLR(sgd(), power=-1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, 10),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0),
        lambda o: lr_scheduler.LambdaLR(o, lambda n: 0.5**n),
        lambda o: lr_scheduler.MultiplicativeLR(o, lambda n: 0.5),
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3),
    ],
)
def test_a_group_added_behind_a_schedule_is_refused_or_scheduled(make):
    optimizer = optim.SGD(leaves(1), 0.1, momentum=0.9)
    schedule = make(optimizer)
    optimizer.step()
    schedule.step()
    optimizer.add_param_group({"params": leaves(1), "lr": 0.3})
    optimizer.step()
    before = [dict(group) for group in optimizer.param_groups], repr(schedule.state_dict())
    with pytest.raises(ValueError, match=r"groups.*knows 1.*add_param_group"):
        schedule.step()
    after = [dict(group) for group in optimizer.param_groups], repr(schedule.state_dict())
    assert repr(after) == repr(before)


def weight(*values: float) -> mg.Tensor:
    w = mg.tensor(values or (1.0, 2.0), requires_grad=True)
    w.grad = mg.ones(w.shape)
    return w


def test_a_state_older_than_a_flag_keeps_the_optimizers_own() -> None:
    optimizer = optim.AdamW([weight()])
    state = optimizer.state_dict()
    del state["param_groups"][0]["decoupled_weight_decay"]
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["decoupled_weight_decay"] is True


def test_a_refused_step_counts_no_change() -> None:
    first, second = weight(), weight()
    optimizer = optim.SGD([{"params": [first]}, {"params": [second]}], lr=0.1)
    optimizer.param_groups[1]["lr"] = -1
    with pytest.raises(ValueError, match="lr must be at least 0"):
        optimizer.step()
    assert first._version == 0 and first.tolist() == [1.0, 2.0]


def test_a_state_of_the_whole_optimizer_is_saved() -> None:
    optimizer, other = optim.SGD([weight()]), optim.SGD([weight()])
    optimizer.state["seen"] = 5
    other.load_state_dict(optimizer.state_dict())
    assert other.state["seen"] == 5


def test_hooks_are_called_once_where_a_step_calls_its_super() -> None:
    class Own(optim.SGD):
        def step(self, closure=None):
            return super().step(closure)

    optimizer, called = Own([weight()], lr=0.1), []
    optimizer.register_step_pre_hook(lambda *_: called.append("before"))
    optimizer.register_step_post_hook(lambda *_: called.append("after"))
    for count in (1, 2):
        optimizer.step()
        assert called == ["before", "after"] * count


def test_what_is_loaded_is_checked_and_a_rate_that_is_a_tensor_stays_one() -> None:
    optimizer = optim.Adam([weight()], lr=mg.tensor(0.1))
    optimizer.step()
    rate, state = optimizer.param_groups[0]["lr"], optimizer.state_dict()
    state["param_groups"][0]["lr"] = 0.5
    optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] is rate and rate.item() == 0.5
    state["state"][0]["step"] = -1
    with pytest.raises(ValueError, match="step -1"):
        optimizer.load_state_dict(state)
    del state["param_groups"][0]["params"]
    with pytest.raises(ValueError, match="with 'params'"):
        optimizer.load_state_dict(state)


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adagrad])
def test_parameters_that_share_memory_are_refused(kind) -> None:
    w = mg.ones(3, 3, requires_grad=True)
    for other in (w.detach(), w.detach().T, w.detach()[1:]):
        with pytest.raises(ValueError, match=r"parameter 1 .* shares memory"):
            kind([w, other.requires_grad_()])
    whole = mg.zeros(10)
    halves = [whole[::2].detach().requires_grad_(), whole[1::2].detach().requires_grad_()]
    assert len(kind(halves).param_groups[0]["params"]) == 2


def test_a_number_that_has_to_be_whole_is_named() -> None:
    with pytest.raises(TypeError, match="LBFGS: history_size must be an integer"):
        optim.LBFGS([weight()], history_size=2.5)


def test_milestones_may_be_tensors() -> None:
    optimizer = optim.SGD([weight()], lr=1.0)
    schedule = lr_scheduler.MultiStepLR(optimizer, mg.tensor([1, 2]), gamma=0.5)
    schedule.step()
    assert schedule.get_last_lr() == [0.5]


def test_warm_restarts_begin_exactly() -> None:
    optimizer = optim.SGD([weight()], lr=1.0)
    schedule = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 1, 3)
    for step in (1, 4, 13, 40, 121, 364):
        schedule.step(step)
        assert schedule.get_last_lr() == [1.0]
    with pytest.raises(ValueError, match="no step inf"):
        schedule.step(np.inf)


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lr_scheduler.OneCycleLR(o, 1.0, total_steps=5, base_momentum=[1, 2]),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, gamma="a"),
        lambda o: lr_scheduler.LambdaLR(o, lambda step: step.missing),
        lambda o: optim.swa_utils.SWALR(o, 0.1, last_epoch=3),
    ],
)
def test_a_schedule_that_cannot_be_made_leaves_the_groups_as_they_were(make) -> None:
    optimizer = optim.SGD([weight()], lr=mg.tensor(1.0), momentum=0.9)
    before = repr(optimizer.param_groups)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        make(optimizer)
    assert repr(optimizer.param_groups) == before


def test_update_bn_is_for_batch_norms_and_all_or_nothing() -> None:
    net = nn.Sequential(nn.BatchNorm1d(1), nn.InstanceNorm1d(1, track_running_stats=True))
    for norm in net:
        norm.running_mean.fill_(3.0)

    def batches():
        yield mg.ones(2, 1, 4)
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        optim.swa_utils.update_bn(batches(), net)
    assert net[0].running_mean.item() == 3 and net[0].num_batches_tracked.item() == 0
    net[1].running_mean.fill_(3.0)
    optim.swa_utils.update_bn([mg.ones(2, 1, 4)], net)
    assert net[0].running_mean.item() == 1 and net[1].running_mean.item() > 2


def test_a_plateau_leaves_what_would_change_by_too_little() -> None:
    for eps, wanted in ((0.25, 0.5), (0.5, 1.0), (0.75, 1.0)):
        optimizer = optim.SGD([weight()], lr=1.0)
        plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=0, eps=eps)
        for _ in range(2):
            plateau.step(1.0)
        assert optimizer.param_groups[0]["lr"] == wanted


class Sharpness(optim.Optimizer):
    """A step around that of another optimiser, which is made of this one's groups."""

    def __init__(self, params, base, **options):
        super().__init__(params, {"rho": 2.0, "adaptive": True, **options})
        self.base = base(self.param_groups, **options)
        self.param_groups = self.base.param_groups
        self.defaults.update(self.base.defaults)

    def step(self, closure=None):
        return self.base.step(closure)


def test_an_optimizer_of_the_groups_of_another_passes_over_its_options() -> None:
    params = leaves()
    optimizer = Sharpness(params, optim.SGD, lr=0.5, momentum=0.9)
    assert optimizer.param_groups[0]["rho"] == 2.0
    before = params[0].tolist()
    optimizer.step()
    assert params[0].tolist() != before
    optimizer.base.load_state_dict(optimizer.base.state_dict())
    with pytest.raises(ValueError, match="no option 'rho'"):
        optim.SGD([dict(optimizer.param_groups[0])])


class Wrapped(optim.Optimizer):
    """One that has another's groups, and is made without `super().__init__()`."""

    def __init__(self, inner):
        self.inner, self.defaults = inner, inner.defaults
        self.param_groups, self.state = inner.param_groups, inner.state

    def step(self, closure=None):
        return self.inner.step(closure)


def test_an_optimizer_around_another_needs_no_init() -> None:
    params, called = leaves(), []
    optimizer = Wrapped(optim.SGD(params, lr=0.5))
    before = params[0].tolist()
    optimizer.step()
    optimizer.zero_grad()
    assert params[0].tolist() != before and params[0].grad is None
    optimizer.register_step_post_hook(lambda *args: called.append(args))
    optimizer.step()
    Wrapped(optimizer.inner).step()
    assert len(called) == 1
    assert copy.deepcopy(optimizer).state_dict()["param_groups"][0]["lr"] == 0.5


def test_the_options_of_an_own_step_are_anything() -> None:
    class Own(optim.Optimizer):
        def step(self, closure=None): ...

    options = {"betas": (0.9, 0.9, 0.9), "lr": None, "eps": (1e-30, 1e-3), "maximize": 1}
    options |= {"rho": 2.0, "momentum": 1.0, "weight_decay": -0.1, "nesterov": None}
    optimizer = Own(leaves(), options)
    optimizer.load_state_dict(optimizer.state_dict())
    assert options.items() <= optimizer.param_groups[0].items()

    class Tuned(optim.LBFGS):
        def step(self, closure=None): ...

    class Formula(optim.Optimizer):
        def move(self, p, g, state, options): ...

    for make in (lambda: Tuned(leaves(), lr=-1), lambda: Formula(leaves(), {"lr": -1})):
        with pytest.raises(ValueError, match="lr must be at least 0"):
            make()


def test_names_of_parameters_stay_in_their_group() -> None:
    layer = nn.Linear(1, 1)
    optimizer = optim.SGD(layer.named_parameters())
    assert optimizer.state_dict()["param_groups"][0]["param_names"] == ["weight", "bias"]
    other = optim.SGD(layer.parameters())
    other.load_state_dict(optimizer.state_dict())
    assert other.param_groups[0]["param_names"] == ["weight", "bias"]
    w = mg.tensor([1.0], requires_grad=True)
    for params in ([w], [("w", w), mg.tensor([1.0], requires_grad=True)]):
        with pytest.raises(ValueError, match="names with all parameters, or with none"):
            optimizer.add_param_group({"params": params})
    with pytest.raises(RuntimeError, match="`fused` and `foreach` exclude"):
        optim.Adam([w], foreach=True, fused=True)


def test_hooks_of_saving_and_loading() -> None:
    optimizer, seen = optim.SGD(leaves(), lr=1.0), []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("second"))
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("first"), prepend=True)
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "note": 3})
    state = optimizer.state_dict()
    assert seen == ["first", "second"] and state["note"] == 3

    def halve(o, state):
        state["param_groups"] = [{**group, "lr": 0.5} for group in state["param_groups"]]

    optimizer.register_load_state_dict_pre_hook(halve)
    after = optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    optimizer.load_state_dict(state)
    after.remove()
    optimizer.load_state_dict(state)
    assert seen[2:] == ["loaded"] and state["param_groups"][0]["lr"] == 1.0
    assert optimizer.param_groups[0]["lr"] == 0.5


@pytest.mark.parametrize("kind", ["state_dict_pre", "state_dict_post"])
@pytest.mark.parametrize("load", ["", "load_"])
def test_these_hooks_are_called_as_they_came_unless_prepended(load, kind) -> None:
    optimizer, log = optim.SGD(leaves(), lr=1.0), []
    for name, where in (("second", {}), ("third", {}), ("first", {"prepend": True})):
        register = getattr(optimizer, f"register_{load}{kind}_hook")
        register(lambda *_, name=name: log.append(name), **where)
    state = optimizer.state_dict()
    optimizer.load_state_dict(state)
    assert log == ["first", "second", "third"]


class Decaying(lr_scheduler.LRScheduler):
    """A schedule of a user, whose attributes have names of PyTorch's and other values."""

    def __init__(self, optimizer):
        self.gamma, self.step_size = None, [1, 2]
        super().__init__(optimizer)

    def get_lr(self):
        return [base * 0.5**self.last_epoch for base in self.base_lrs]


def test_a_schedule_of_the_user_has_attributes_of_its_own() -> None:
    schedule, fresh = Decaying(sgd()), Decaying(sgd())
    schedule.step()
    schedule.note = "set later"
    fresh.load_state_dict(schedule.state_dict())
    assert (fresh.note, fresh.last_epoch, fresh.get_last_lr()) == ("set later", 1, [0.5])
    with pytest.raises(ValueError, match="wanted 1 base_lrs, got 2"):
        fresh.load_state_dict({**schedule.state_dict(), "base_lrs": [1.0, 1.0]})
    with pytest.raises(ValueError, match="wanted a state of"):
        fresh.load_state_dict({"note": 1})
    with pytest.raises(TypeError, match="ExponentialLR: gamma"):
        lr_scheduler.ExponentialLR(sgd(), gamma=None)


def test_a_plateau_begins_anew() -> None:
    schedule = lr_scheduler.ReduceLROnPlateau(sgd(), patience=0, cooldown=2)
    assert not schedule.in_cooldown
    for _ in range(2):
        schedule.step(1.0)
    assert schedule.in_cooldown
    schedule._reset()
    assert (schedule.in_cooldown, schedule.best, schedule.num_bad_epochs) == (False, np.inf, 0)


def test_an_average_that_is_no_tensor_is_said() -> None:
    net = nn.Linear(1, 1)
    average = optim.swa_utils.AveragedModel(net, avg_fn=lambda *args: 0.5)
    average.update_parameters(net)
    with pytest.raises(TypeError, match="avg_fn: wanted a tensor back, got float"):
        average.update_parameters(net)
