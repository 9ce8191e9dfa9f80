"""Every optimiser and every schedule beside PyTorch's: trajectories, states both ways."""

from __future__ import annotations

import copy
import importlib
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.optim import lbfgs

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.filterwarnings(
    "ignore:Detected call of `lr_scheduler.step", "ignore:The epoch parameter"
)

STEPS = 100

OPTIMIZERS = {
    "SGD": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True},
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.01},
    ],
    "Adam": [
        {},
        {"amsgrad": True, "betas": (0.5, 0.6)},
        {"maximize": True, "weight_decay": 0.1},
        {"amsgrad": True, "maximize": True, "weight_decay": 0.1, "eps": 1e-3},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "AdamW": [{}, {"amsgrad": True, "maximize": True, "weight_decay": 0.1}],
    "RMSprop": [
        {},
        {"centered": True},
        {"centered": True, "momentum": 0.7, "weight_decay": 0.1, "maximize": True},
        {"momentum": 0.7, "alpha": 0.8, "maximize": True},
    ],
    "Adagrad": [{}, {"lr_decay": 0.1, "initial_accumulator_value": 0.3, "weight_decay": 0.1}],
    "Adadelta": [{}, {"rho": 0.5, "eps": 1e-3, "weight_decay": 0.1, "maximize": True}],
    "Adamax": [{}, {"betas": (0.5, 0.7), "weight_decay": 0.1, "maximize": True}],
    "NAdam": [
        {},
        {"momentum_decay": 0.1, "weight_decay": 0.1},
        {"decoupled_weight_decay": True, "weight_decay": 0.1, "maximize": True},
    ],
    "RAdam": [
        {},
        {"betas": (0.8, 0.9), "weight_decay": 0.1, "maximize": True},
        {"decoupled_weight_decay": True, "weight_decay": 0.1},
    ],
    "Rprop": [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.5), "maximize": True}],
    "ASGD": [{}, {"lambd": 0.1, "alpha": 1.5, "t0": 20, "weight_decay": 0.1, "maximize": True}],
    "LBFGS": [
        {"max_iter": 3},
        {"max_iter": 4, "lr": 0.3, "history_size": 3},
        {"max_iter": 5, "line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "max_eval": 4, "history_size": 2},
        {"line_search_fn": "strong_wolfe", "lr": 30.0},
    ],
}
CASES = [(name, options) for name, cases in OPTIMIZERS.items() for options in cases]
IDS = [f"{name}-{'-'.join(options) or 'plain'}" for name, options in CASES]


@pytest.fixture(autouse=True)
def float64():
    """PyTorch keeps some counts in its default dtype."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


class Valley:
    """A smooth function of two parameters with a minimum, in PyTorch or here."""

    def __init__(self, library, start, name, options):
        make = library.tensor
        self.params = [make(a.copy(), requires_grad=True) for a in start]
        groups = [{"params": [self.params[0]]}, {"params": [self.params[1]], "lr": 0.02}]
        given = self.params if name == "LBFGS" else groups
        self.optimizer = getattr(library.optim, name)(given, **options)
        self.sign = -1 if options.get("maximize") else 1
        self.losses = []

    def loss(self):
        self.optimizer.zero_grad()
        a, b = self.params
        value = ((a * a - b) ** 2).sum() + ((a - 1.5) ** 2).sum() * 0.1 + (b**4).sum() * 0.01
        value = value * self.sign
        value.backward()
        return value.detach()

    def run(self, steps):
        for _ in range(steps):
            self.losses.append(float(self.optimizer.step(self.loss)))
        return self

    def values(self):
        return [p.detach().numpy().copy() for p in self.params]


def pair(name, options):
    start = np.random.default_rng(3).normal(size=(2, 3, 2))
    return Valley(torch, start, name, options), Valley(mg, start, name, options)


def same(theirs, ours):
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours.values(), theirs.values(), rtol=1e-7, atol=1e-7)


def to_torch(state):
    if isinstance(state, dict):
        return {key: to_torch(value) for key, value in state.items()}
    if isinstance(state, list):
        return [to_torch(value) for value in state]
    return torch.tensor(state.numpy()) if isinstance(state, mg.Tensor) else state


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_the_trajectory_is_pytorch_s(name, options):
    theirs, ours = pair(name, options)
    same(theirs.run(STEPS), ours.run(STEPS))
    assert ours.losses[0] != ours.losses[-1]


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_what_is_kept_is_pytorch_s(name, options):
    """Averages that no step reads count too: users take them from the state."""
    steps = 25 if name != "LBFGS" else 3  # its differences of gradients lose their digits
    theirs, ours = (valley.run(steps).optimizer.state_dict() for valley in pair(name, options))
    assert ours["state"].keys() == theirs["state"].keys()
    for key, kept in theirs["state"].items():
        entries = kept.keys() - {"al"}  # room that LBFGS writes to in each step
        assert entries <= ours["state"][key].keys()
        for entry in entries:
            value = kept[entry]
            if torch.is_tensor(value) or isinstance(value, int | float):
                got = np.asarray(ours["state"][key][entry])
                np.testing.assert_allclose(got, value, rtol=1e-7, atol=1e-9, err_msg=entry)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_states_go_both_ways(name, options):
    """PyTorch's state here, and the state from here in PyTorch; options come with it."""
    theirs, ours = pair(name, options)
    theirs.run(3)
    for p, values in zip(ours.params, theirs.values(), strict=True):
        p._writable()[...] = values
    ours.optimizer.load_state_dict(theirs.optimizer.state_dict())
    ours.losses = [*theirs.losses]
    same(theirs.run(4), ours.run(4))
    back, plain = pair(name, {"maximize": options["maximize"]} if "maximize" in options else {})
    for valley, load in ((back, to_torch), (plain, lambda state: state)):
        with torch.no_grad():
            for p, values in zip(valley.params, ours.values(), strict=True):
                if valley is back:
                    p.copy_(torch.tensor(values))
                else:
                    p._writable()[...] = values
        valley.optimizer.load_state_dict(load(ours.optimizer.state_dict()))
        valley.losses = [*ours.losses]
    ours.run(4)
    same(back.run(4), ours)
    same(plain.run(4), ours)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
@pytest.mark.parametrize("way", ["deepcopy", "pickle"])
def test_copies_go_on_alike(name, options, way):
    _, ours = pair(name, options)
    ours.run(2)
    copied = copy.deepcopy if way == "deepcopy" else lambda x: pickle.loads(pickle.dumps(x))
    twin = copy.copy(ours)
    twin.params, twin.optimizer = copied((ours.params, ours.optimizer))
    twin.losses = [*ours.losses]
    same(ours.run(3), twin.run(3))


# ---------------------------------------------------------------------- schedules

S = {
    "LambdaLR": {"lr_lambda": lambda t: 1 / (1 + t)},
    "MultiplicativeLR": {"lr_lambda": lambda t: 1 - 0.5 / (1 + t)},
    "StepLR": {"step_size": 7, "gamma": 0.5},
    "MultiStepLR": {"milestones": [5, 11, 11, 40], "gamma": 0.3},
    "ConstantLR": {"factor": 0.3, "total_iters": 6},
    "LinearLR": {"start_factor": 0.2, "end_factor": 0.7, "total_iters": 9},
    "PolynomialLR": {"total_iters": 12, "power": 1.7},
    "ExponentialLR": {"gamma": 0.97},
    "CosineAnnealingLR": {"T_max": 13, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 5, "T_mult": 2, "eta_min": 0.01},
    "CyclicLR": {"base_lr": [0.1, 0.2], "max_lr": [1.0, 3.0], "step_size_up": 7},
    "OneCycleLR": {"max_lr": [0.7, 0.9], "total_steps": 101},
}
MORE = {
    "CyclicLR": {
        "base_lr": 0.1,
        "max_lr": 1.0,
        "step_size_up": 5,
        "mode": "exp_range",
        "gamma": 0.98,
        "base_momentum": [0.1, 0.2],
        "max_momentum": 0.6,
    },
    "OneCycleLR": {
        "max_lr": 0.7,
        "epochs": 3,
        "steps_per_epoch": 40,
        "three_phase": True,
        "anneal_strategy": "linear",
        "pct_start": 0.25,
    },
    "CosineAnnealingWarmRestarts": {"T_0": 7},
    "LinearLR": {"end_factor": 0.01},
}


def one(name, options):
    return lambda o, opt: getattr(o.lr_scheduler, name)(opt, **options)


def sequence(*names, milestones):
    return lambda o, opt: o.lr_scheduler.SequentialLR(
        opt, [one(n, S[n])(o, opt) for n in names], milestones=milestones
    )


SCHEDULES = {
    **{name: one(name, options) for name, options in S.items()},
    **{f"{name}-2": one(name, options) for name, options in MORE.items()},
    "SWALR": lambda o, opt: o.swa_utils.SWALR(opt, swa_lr=[0.05, 0.1], anneal_epochs=4),
    "SWALR-linear": lambda o, opt: o.swa_utils.SWALR(opt, 0.05, 9, anneal_strategy="linear"),
    "SWALR-0": lambda o, opt: o.swa_utils.SWALR(opt, 0.05, anneal_epochs=0),
    "chained": lambda o, opt: o.lr_scheduler.ChainedScheduler(
        [one(n, S[n])(o, opt) for n in ("ConstantLR", "ExponentialLR", "StepLR", "LinearLR")]
    ),
    "sequence": sequence("LinearLR", "CosineAnnealingLR", "StepLR", milestones=[5, 20]),
    "sequence-2": sequence("ConstantLR", "ExponentialLR", "LambdaLR", milestones=[1, 2]),
    "sequence-of-chained": lambda o, opt: o.lr_scheduler.SequentialLR(
        opt,
        [
            o.lr_scheduler.ChainedScheduler([one(n, S[n])(o, opt) for n in ("LinearLR", "StepLR")]),
            one("CosineAnnealingLR", S["CosineAnnealingLR"])(o, opt),
        ],
        milestones=[6],
    ),
    "warm-restarts-in-sequence": sequence(
        "LinearLR", "CosineAnnealingWarmRestarts", milestones=[4]
    ),
}


def optimizer_of(library, name="SGD", **options):
    def leaf():
        return library.tensor([0.0], requires_grad=True)

    groups = [{"params": [leaf()]}, {"params": [leaf()], "lr": 2.0}]
    return getattr(library.optim, name)(groups, lr=0.5, **options)


def seen(optimizer, schedule):
    out = [*schedule.get_last_lr()]
    for group in optimizer.param_groups:
        out += [float(group["lr"]), group.get("momentum", 0), *group.get("betas", ())]
    return out


def rates(library, make, steps=STEPS, name="SGD", by_hand=None, epochs=None):
    optimizer = optimizer_of(library, name, **({"momentum": 0.7} if name == "SGD" else {}))
    schedules = [m(library.optim, optimizer) for m in (make if isinstance(make, list) else [make])]
    out = [seen(optimizer, schedules[0])]
    for i in range(steps):
        if i == by_hand:
            optimizer.param_groups[0]["lr"] = 0.123
        for schedule in schedules:
            schedule.step(*(() if epochs is None else (epochs[i],)))
        out.append(seen(optimizer, schedules[0]))
    return np.array(out)


@pytest.mark.parametrize("by_hand", [None, 8])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rates_are_pytorch_s(schedule, name, by_hand):
    """Alone, and with a rate set by hand in between."""
    wanted, got = (rates(o, SCHEDULES[schedule], name=name, by_hand=by_hand) for o in (torch, mg))
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


FACTORS = [n for n in S if n not in ("CyclicLR", "OneCycleLR")]


@pytest.mark.parametrize("first", FACTORS)
@pytest.mark.parametrize("second", ["ExponentialLR", "LinearLR", "CosineAnnealingLR", "LambdaLR"])
def test_two_schedules_on_one_optimizer_multiply_as_in_pytorch(first, second):
    makes = [SCHEDULES[first], SCHEDULES[second]]
    wanted, got = (rates(o, makes, steps=30) for o in (torch, mg))
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", FACTORS)
def test_a_step_to_an_epoch_takes_the_formula(name):
    epochs = [3, 9, 2, 20, 0, 7] if name != "MultiplicativeLR" else [1, 2]
    wanted, got = (rates(o, SCHEDULES[name], len(epochs), epochs=epochs) for o in (torch, mg))
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


def test_warm_restarts_take_fractions():
    epochs = [0.5, 1.25, 4.9, 5.0, 15.5, 34.99, 35.0]
    wanted, got = (
        rates(o, SCHEDULES["CosineAnnealingWarmRestarts"], 7, epochs=epochs) for o in (torch, mg)
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("at", [1, 5, 17])
def test_a_schedule_s_state_goes_on_and_goes_both_ways(schedule, at):
    """PyTorch's state here, ours here, and ours in PyTorch, each with the optimiser's."""
    make = SCHEDULES[schedule]

    def new(library):
        optimizer = optimizer_of(library, momentum=0.7)
        return optimizer, make(library.optim, optimizer)

    theirs, ours = new(torch), new(mg)
    for pair in (theirs, ours):
        for _ in range(at):
            pair[1].step()
    alone = new(mg)
    alone[1].load_state_dict(ours[1].state_dict())
    assert [g["lr"] for g in alone[0].param_groups] == [g["lr"] for g in ours[0].param_groups]
    from_torch, to = new(mg), new(torch)
    for source, target in ((theirs, from_torch), (ours, to)):
        target[0].load_state_dict(to_torch(source[0].state_dict()))
        target[1].load_state_dict(source[1].state_dict())
    copies = copy.deepcopy(ours)
    for _ in range(25):
        for optimizer, scheduler in (theirs, ours, alone, from_torch, to, copies):
            scheduler.step()
            np.testing.assert_allclose(
                seen(optimizer, scheduler), seen(*theirs), rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize("mode", ["min", "max"])
@pytest.mark.parametrize("threshold_mode", ["rel", "abs"])
@pytest.mark.parametrize("cooldown", [0, 3])
def test_a_plateau_is_found_as_in_pytorch(mode, threshold_mode, cooldown):
    metrics = np.random.default_rng(0).normal(size=120).cumsum() * 0.1
    metrics[30:34] = np.nan
    options = {"mode": mode, "threshold_mode": threshold_mode, "cooldown": cooldown}
    options |= {"factor": 0.7, "patience": 2, "threshold": 0.05, "min_lr": [0.1, 0.2]}
    made = []
    for library in (torch, mg):
        optimizer = optimizer_of(library)
        schedule = library.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        made.append((optimizer, schedule))
    resumed = optimizer_of(mg)
    made.append((resumed, mg.optim.lr_scheduler.ReduceLROnPlateau(resumed)))
    for i, metric in enumerate(metrics):
        if i == 50:
            made[2][1].load_state_dict(made[0][1].state_dict())
        for optimizer, schedule in made[: 2 + (i >= 50)]:
            schedule.step(metric)
            assert seen(optimizer, schedule) == pytest.approx(seen(*made[0]), rel=1e-12)
    assert made[0][0].param_groups[0]["lr"] < 0.5


def test_a_schedule_resumes_with_last_epoch_as_in_pytorch():
    for name in S:
        if name in ("OneCycleLR", "CyclicLR"):
            continue
        out = []
        for library in (torch, mg):
            optimizer = optimizer_of(library)
            first = SCHEDULES[name](library.optim, optimizer)
            for _ in range(6):
                first.step()
            make = getattr(library.optim.lr_scheduler, name)
            second = make(optimizer, **S[name], last_epoch=6)
            out.append([seen(optimizer, second)])
            for _ in range(9):
                second.step()
                out[-1].append(seen(optimizer, second))
        np.testing.assert_allclose(out[1], out[0], rtol=1e-9, atol=1e-12, err_msg=name)


# ---------------------------------------------------------------------- averages


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        lambda u: {},
        lambda u: {"avg_fn": u.get_ema_avg_fn(0.8)},
        lambda u: {"multi_avg_fn": u.get_ema_multi_avg_fn(0.8)},
        lambda u: {"multi_avg_fn": u.get_swa_multi_avg_fn()},
        lambda u: {"avg_fn": u.get_swa_avg_fn()},
    ],
    ids=["default", "ema", "multi-ema", "multi-swa", "swa"],
)
def test_averaged_models_are_pytorch_s(use_buffers, options):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 3))
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4, momentum=0.3))
    ours = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, momentum=0.3)).double()
    averages = []
    if use_buffers:  # an average of counts is no count; PyTorch's lists refuse integers
        theirs[1].num_batches_tracked = torch.tensor(0.0)
        ours[1].num_batches_tracked = mg.tensor(0.0, dtype=mg.float64)
    for library, net in ((torch, theirs), (mg, ours)):
        utils = library.optim.swa_utils
        averages.append(utils.AveragedModel(net, use_buffers=use_buffers, **options(utils)))
    for _ in range(4):
        state = {k: rng.normal(size=v.shape) ** 2 for k, v in theirs.state_dict().items()}
        for library, net, average in ((torch, theirs, averages[0]), (mg, ours, averages[1])):
            with library.no_grad():
                for name, value in [*net.named_parameters(), *net.named_buffers()]:
                    value.copy_(library.tensor(state[name]).reshape(value.shape))
            average.update_parameters(net)
    for library, average in zip((torch, mg), averages, strict=True):
        batches = [(library.tensor(x[:4]), 0), (library.tensor(x[4:]), 1)]
        library.optim.swa_utils.update_bn(batches, average)
        assert average.module[1].momentum == 0.3
    wanted, got = (average.state_dict() for average in averages)
    assert [*wanted] == [*got]
    for name, value in wanted.items():
        np.testing.assert_allclose(got[name].numpy(), value.numpy(), rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", [*range(40), 56, 168])  # 56, 168: near an edge after a step inside
@pytest.mark.parametrize("first", [1e-3, 0.05, 1.0, 20.0])
def test_a_line_search_asks_for_pytorchs_points(seed, first):
    """Along hills and valleys: too high, too steep, beyond a minimum, or past several."""
    a, b, c, w = np.random.default_rng(seed).uniform([0.01, 0.1, 0.0, 0.5], [0.5, 3, 3, 6])

    def value(t):
        return a * t * t - b * t + c * (np.cos(w * t) - 1)

    def slope(t):
        return 2 * a * t - b - c * w * np.sin(w * t)

    theirs = importlib.import_module("torch.optim.lbfgs")
    asked, wanted = [], []

    def along(t):
        asked.append(t)
        return lbfgs._Point(t, value(t), np.array([slope(t)]), slope(t))

    def objective(x, t, d):
        wanted.append(float(t))
        return value(float(t)), torch.tensor([slope(float(t))])

    found, tried = lbfgs._strong_wolfe(along, along(0.0), first, np.ones(1), 1e-9, 25)
    g, d = torch.tensor([slope(0.0)]), torch.ones(1)
    f, _, t, evals = theirs._strong_wolfe(
        objective, None, first, d, value(0.0), g, g[0], tolerance_change=1e-9
    )
    np.testing.assert_allclose(asked[1:], wanted, rtol=1e-9, atol=1e-12)
    assert tried == evals
    np.testing.assert_allclose([found.t, found.f], [float(t), float(f)], rtol=1e-9, atol=1e-12)


GOES_ON = {
    "ExponentialLR": lambda there, o: there.ExponentialLR(o, 0.5),
    "StepLR": lambda there, o: there.StepLR(o, 1, 0.5),
    "OneCycleLR": lambda there, o: there.OneCycleLR(o, 1.0, total_steps=20),
    "ReduceLROnPlateau": lambda there, o: there.ReduceLROnPlateau(o, factor=0.5, patience=0),
    "ChainedScheduler": lambda there, o: there.ChainedScheduler(
        [there.ExponentialLR(o, 0.5), there.ConstantLR(o, 0.5, 2)]
    ),
}


@pytest.mark.parametrize("name", GOES_ON)
@pytest.mark.filterwarnings("ignore:Seems like `optimizer.step")
def test_a_state_that_passed_through_pytorch_has_the_rates_from_there(name):
    """PyTorch keeps what it does not know in a state as it is, our `groups` among it."""

    def made(m):
        optimizer = m.optim.SGD([m.tensor([1.0], requires_grad=True)], lr=1.0, momentum=0.9)
        return optimizer, GOES_ON[name](m.optim.lr_scheduler, optimizer)

    def steps(schedule, count):
        for _ in range(count):
            schedule.step(*[1.0] * (name == "ReduceLROnPlateau"))

    def passed(made, to):
        for a, b in zip(made, to, strict=True):
            b.load_state_dict(a.state_dict())
        return to

    first = made(mg)
    steps(first[1], 1)
    theirs = passed(first, made(torch))
    steps(theirs[1], 3)
    ours = passed(theirs, made(mg))
    for count in (0, 2):
        steps(ours[1], count), steps(theirs[1], count)
        for key in ("lr", "momentum"):
            assert ours[0].param_groups[0][key] == pytest.approx(theirs[0].param_groups[0][key])
    ours[0].param_groups[0]["lr"] = 0.33  # by hand, and no step since
    assert passed(ours, made(mg))[0].param_groups[0]["lr"] == 0.33
