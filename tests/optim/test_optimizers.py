"""Optimisers: against the formulas in NumPy, groups, state, and what they refuse."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn, optim
from minigrad.kernels import reference
from minigrad.optim import lbfgs, lr_scheduler

MAKES = {
    "sgd": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.01),
    "adam": lambda params: optim.Adam(params, lr=0.1),
    "adamw": lambda params: optim.AdamW(params, lr=0.1),
    "rmsprop": lambda params: optim.RMSprop(params, lr=0.1, momentum=0.5),
}


def leaf(*values, dtype=np.float64):
    return mg.tensor(np.array(values, dtype), requires_grad=True)


def step(optimizer, parameter, grad):
    parameter.grad = mg.tensor(np.asarray(grad, parameter.dtype))
    optimizer.step()


def arrays(state):
    """A nested state with arrays in the tensors' places, for comparing."""
    if isinstance(state, dict):
        return {key: arrays(value) for key, value in state.items()}
    if isinstance(state, (list, tuple)):
        return [arrays(value) for value in state]
    return state.numpy().copy() if isinstance(state, mg.Tensor) else state


# ---------------------------------------------------------------------- the formulas

numbers = st.floats(0, 0.99)


@given(
    st.integers(0, 2**32 - 1),
    *(numbers for _ in range(4)),
    st.booleans(),
    st.sampled_from([np.float32, np.float64]),
)
def test_every_optimizer_steps_by_its_formula(seed, lr, momentum, decay, beta, nesterov, dtype):
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(3, 2)).astype(dtype)
    grads = rng.normal(size=(4, 3, 2)).astype(dtype)
    nesterov = nesterov and momentum > 0
    dampening = 0 if nesterov else beta
    cases = [
        (
            lambda p: optim.SGD(p, lr, momentum, dampening, decay, nesterov),
            lambda p, g, s, t: reference.sgd(
                [p],
                [g],
                [s[0]] if momentum else None,
                lr,
                momentum,
                dampening,
                decay,
                nesterov,
                [t == 1],
            ),
        ),
        (
            lambda p: optim.Adam(p, lr, (momentum, beta), 1e-6, decay),
            lambda p, g, s, t: reference.adam(
                [p], [g], [s[0]], [s[1]], lr, momentum, beta, 1e-6, decay, False, [t]
            ),
        ),
        (
            lambda p: optim.AdamW(p, lr, (momentum, beta), 1e-6, decay),
            lambda p, g, s, t: reference.adam(
                [p], [g], [s[0]], [s[1]], lr, momentum, beta, 1e-6, decay, True, [t]
            ),
        ),
        (
            lambda p: optim.RMSprop(p, lr, beta, 1e-6, decay, momentum),
            lambda p, g, s, t: reference.rmsprop(
                [p], [g], [s[0]], [s[1]] if momentum else None, lr, beta, 1e-6, decay, momentum
            ),
        ),
    ]
    for make, formula in cases:
        parameter = mg.tensor(start.copy(), requires_grad=True)
        optimizer = make([parameter])
        wanted, state = start.astype(np.float64), np.zeros((2, 3, 2))
        for t, g in enumerate(grads, 1):
            step(optimizer, parameter, g)
            formula(wanted, g.astype(np.float64), state, t)
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(parameter.numpy(), wanted, rtol=500 * eps, atol=500 * eps)


# ---------------------------------------------------------------------- steps


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_parameter_without_a_gradient_stays(make):
    used, unused = leaf(1.0), leaf(2.0)
    optimizer = make([used, unused])
    step(optimizer, used, [3.0])
    assert unused.tolist() == [2.0]
    assert used.tolist() != [1.0]
    assert unused not in optimizer.state


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_step_is_in_place_and_leaves_the_gradient(make):
    parameter = leaf(1.0, 2.0)
    array = parameter.numpy()
    optimizer = make([parameter])
    step(optimizer, parameter, [3.0, 4.0])
    assert parameter.numpy() is array
    assert parameter.grad.tolist() == [3.0, 4.0]
    optimizer.zero_grad()
    assert parameter.grad is None


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_step_counts_as_a_change_in_place(make):
    parameter, x = leaf(2.0), leaf(5.0)
    optimizer = make([parameter])
    y = (parameter * x).sum()
    step(optimizer, parameter, [1.0])
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (2, 0)])
def test_scalars_and_empty_parameters(make, shape):
    parameter = mg.tensor(np.ones(shape), requires_grad=True)
    optimizer = make([parameter])
    for _ in range(2):
        step(optimizer, parameter, np.ones(shape))
    assert parameter.shape == shape
    assert (parameter.numpy() < 1).all()


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_strides_do_not_matter(make):
    rng = np.random.default_rng(0)
    start, grad = rng.normal(size=(2, 4, 3))
    plain = mg.tensor(start, requires_grad=True)
    strided = nn.Parameter(np.asfortranarray(start))
    for parameter, g in ((plain, grad), (strided, np.asfortranarray(grad))):
        optimizer = make([parameter])
        for _ in range(3):
            parameter.grad = mg.from_numpy(g)
            optimizer.step()
    assert np.array_equal(plain.numpy(), strided.numpy())


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_it_finds_a_minimum(make):
    parameter = leaf(3.0, -2.0)
    optimizer = make([parameter])
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.99)
    for _ in range(600):
        optimizer.zero_grad()
        ((parameter - mg.tensor([1.0, 2.0])) ** 2).sum().backward()
        optimizer.step()
        schedule.step()
    assert parameter.tolist() == pytest.approx([1.0, 2.0], abs=0.05)


def test_weight_decay_is_the_gradient_of_an_l2_penalty():
    decay = 0.3
    mg.manual_seed(0)
    nets = [nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double() for _ in range(2)]
    nets[1].load_state_dict(nets[0].state_dict())
    x = mg.tensor(np.random.default_rng(0).normal(size=(5, 3)))
    optimizers = [
        optim.SGD(nets[0].parameters(), 0.1, weight_decay=decay),
        optim.SGD(nets[1].parameters(), 0.1),
    ]
    for _ in range(5):
        for net, optimizer in zip(nets, optimizers, strict=True):
            optimizer.zero_grad()
            loss = (net(x) ** 2).mean()
            if net is nets[1]:
                loss = loss + decay / 2 * sum((p * p).sum() for p in net.parameters())
            loss.backward()
            optimizer.step()
    for a, b in zip(nets[0].parameters(), nets[1].parameters(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_an_l1_penalty_makes_weights_small():
    weight = leaf(2.0, -1.0)
    optimizer = optim.SGD([weight], 0.1)
    mg.abs(weight).sum().backward()
    optimizer.step()
    assert weight.tolist() == pytest.approx([1.9, -0.9])


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_run_repeats_bit_for_bit(make):
    def run():
        mg.manual_seed(11)
        net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Dropout(0.4), nn.Linear(8, 3))
        optimizer = make(net.parameters())
        x, y = mg.randn(16, 6), mg.randint(0, 3, (16,))
        for _ in range(5):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()
            optimizer.step()
        return [t.numpy() for t in net.state_dict().values()]

    assert all(np.array_equal(a, b) for a, b in zip(run(), run(), strict=True))


def test_a_state_of_another_dtype_is_said_and_changes_nothing():
    layer = nn.Linear(2, 1)
    optimizer = optim.Adam(layer.parameters())
    layer(mg.tensor([[1.0, 2.0]])).sum().backward()
    optimizer.step()
    layer.double()
    before = layer.state_dict(), copy.deepcopy(optimizer.state_dict())
    with pytest.raises(TypeError, match=r"(the gradient|exp_avg) is float32"):
        optimizer.step()
    np.testing.assert_equal(arrays(optimizer.state_dict()), arrays(before[1]))
    assert layer.weight.tolist() == before[0]["weight"].tolist()


def test_zero_grad_to_zeros():
    parameter, other = leaf(1.0), leaf(2.0)
    optimizer = optim.SGD([parameter, other])
    parameter.grad = mg.tensor(np.array([3.0]))
    old = parameter.grad
    optimizer.zero_grad(set_to_none=False)
    assert parameter.grad.tolist() == [0.0]
    assert other.grad is None
    assert parameter.grad is old


# ---------------------------------------------------------------------- groups


def test_groups_have_options_of_their_own():
    slow, fast = leaf(1.0), leaf(1.0)
    optimizer = optim.SGD([{"params": slow}, {"params": [fast], "lr": 0.5}], lr=0.1)
    slow.grad = fast.grad = mg.tensor(np.array([1.0]))
    optimizer.step()
    assert slow.tolist() == [0.9]
    assert fast.tolist() == [0.5]
    optimizer.param_groups[0]["lr"] = 0.0
    optimizer.step()
    assert slow.tolist() == [0.9]


def test_named_parameters_and_generators_are_taken():
    layer = nn.Linear(2, 2)
    for params in (layer.parameters(), layer.named_parameters(), {"params": layer.parameters()}):
        groups = [params] if isinstance(params, dict) else params
        assert optim.Adam(groups).param_groups[0]["params"] == [layer.weight, layer.bias]


def test_a_frozen_parameter_stays_until_it_is_thawed():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))
    net[0].requires_grad_(False)
    frozen = net[0].weight.numpy().copy()
    optimizer = optim.Adam(net.parameters(), lr=0.1)
    for changed in (False, True):
        net[0].requires_grad_(changed)
        optimizer.zero_grad()
        net(mg.tensor([[1.0, 2.0]])).sum().backward()
        optimizer.step()
        assert np.array_equal(net[0].weight.numpy(), frozen) != changed


def test_repr():
    assert repr(optim.RMSprop([leaf(1.0)])).splitlines() == [
        "RMSprop (",
        "Parameter Group 0",
        "    alpha: 0.99",
        "    centered: False",
        "    eps: 1e-08",
        "    lr: 0.01",
        "    maximize: False",
        "    momentum: 0",
        "    weight_decay: 0",
        ")",
    ]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: optim.SGD([]), ValueError, "SGD: the list of parameters is empty"),
        (lambda p: optim.SGD(x for x in ()), ValueError, "the list of parameters is empty"),
        (lambda p: optim.SGD([{"params": []}]), ValueError, "the list of parameters is empty"),
        (lambda p: optim.SGD(p), TypeError, "params must be a list of tensors"),
        (lambda p: optim.SGD([p.numpy()]), TypeError, "wanted tensors to optimise, got ndarray"),
        (lambda p: optim.SGD([p * 2]), ValueError, "parameter 0 .* is no leaf"),
        (lambda p: optim.SGD([p, p]), ValueError, r"parameter 1 \(shape \(1,\)\) is given twice"),
        (lambda p: optim.SGD([{"params": p, "rate": 1}]), ValueError, "no option 'rate'"),
        (lambda p: optim.SGD([{"params": p}, p]), TypeError, "a group must be a dictionary"),
        (lambda p: optim.SGD([p], lr=-0.1), ValueError, "SGD: lr must be at least 0 .* got -0.1"),
        (lambda p: optim.SGD([p], lr=float("nan")), ValueError, "lr must be .* got nan"),
        (lambda p: optim.SGD([p], lr=float("inf")), ValueError, "lr must be .* got inf"),
        (lambda p: optim.SGD([p], lr="0.1"), TypeError, "lr must be a number, got '0.1'"),
        (lambda p: optim.SGD([p], momentum=1.5), ValueError, "momentum must be .* less than 1"),
        (lambda p: optim.SGD([p], momentum=-1), ValueError, "momentum must be .* got -1"),
        (lambda p: optim.SGD([p], weight_decay=-1), ValueError, "weight_decay must be"),
        (lambda p: optim.SGD([p], nesterov=True), ValueError, "nesterov needs a momentum"),
        (
            lambda p: optim.SGD([p], momentum=0.9, dampening=0.1, nesterov=True),
            ValueError,
            "and no dampening",
        ),
        (lambda p: optim.SGD([{"params": p, "lr": -1}]), ValueError, "lr must be .* got -1"),
        (lambda p: optim.Adam([p], betas=(0.9, 1.0)), ValueError, "betas must be .* less than 1"),
        (lambda p: optim.Adam([p], betas=0.9), TypeError, "betas must be two numbers, got 0.9"),
        (lambda p: optim.Adam([p], eps=-1e-8), ValueError, "Adam: eps must be .* got -1e-08"),
        (lambda p: optim.AdamW([p], lr=-1), ValueError, "AdamW: lr must be"),
        (lambda p: optim.RMSprop([p], alpha=1), ValueError, "RMSprop: alpha must be"),
        (
            lambda p: step(optim.Optimizer([p], {}), p, [1.0]),
            NotImplementedError,
            r"Optimizer defines no move\(\)",
        ),
    ],
)
def test_what_an_optimizer_refuses(make, error, words):
    with pytest.raises(error, match=words):
        make(leaf(1.0))


def test_a_refused_group_is_not_added():
    optimizer = optim.SGD([leaf(1.0)])
    with pytest.raises(ValueError, match="lr must be"):
        optimizer.add_param_group({"params": [leaf(2.0)], "lr": -1})
    assert len(optimizer.param_groups) == 1


# ---------------------------------------------------------------------- state


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
def test_a_saved_state_goes_on_as_if_nothing_had_happened(make):
    def run(parameter, optimizer, grads):
        for g in grads:
            step(optimizer, parameter, g)

    grads = np.random.default_rng(0).normal(size=(8, 2))
    whole = leaf(1.0, 2.0)
    run(whole, make([whole]), grads)
    first = leaf(1.0, 2.0)
    optimizer = make([first])
    run(first, optimizer, grads[:4])
    state = optimizer.state_dict()
    frozen = arrays(copy.deepcopy(state))
    second = mg.tensor(first.numpy(), requires_grad=True)
    resumed = make([second])
    resumed.param_groups[0]["lr"] = 77.0
    resumed.load_state_dict(state)
    run(second, resumed, grads[4:])
    assert np.array_equal(second.numpy(), whole.numpy())
    np.testing.assert_equal(arrays(state), frozen)  # what was saved shares nothing with either


def test_a_state_that_does_not_fit_changes_nothing():
    parameter = leaf(1.0, 2.0)
    optimizer = MAKES["adam"]([parameter])
    step(optimizer, parameter, [1.0, 1.0])
    before = arrays(optimizer.state_dict())
    good = optimizer.state_dict()
    group, kept = good["param_groups"][0], good["state"][0]
    sgd = MAKES["sgd"]([parameter]).state_dict()
    bad = [
        ({"state": {}}, "wanted a dictionary with 'state' and 'param_groups'"),
        ({**good, "param_groups": []}, r"wanted groups of \[1\] parameters, got \[\]"),
        ({**good, "param_groups": sgd["param_groups"]}, "Adam: no option 'momentum'"),
        ({**good, "param_groups": [{**group, "lr": -1}]}, "lr must be"),
        ({**good, "state": {0: {**kept, "exp_avg": np.zeros(3)}}}, r"'exp_avg' of shape \(2,\)"),
        ({**good, "state": {0: {"momentum_buffer": None}}}, "the state has 'momentum_buffer'"),
    ]
    for state, words in bad:
        with pytest.raises(ValueError, match=words):
            optimizer.load_state_dict(state)
        np.testing.assert_equal(arrays(optimizer.state_dict()), before)


# ---------------------------------------------------------------------- schedules


def sgd(**options):
    return optim.SGD([leaf(1.0)], **{"lr": 0.1, **options})


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lr_scheduler.StepLR(o, 3),
        lambda o: lr_scheduler.MultiStepLR(o, [2, 9]),
        lambda o: lr_scheduler.LambdaLR(o, lambda t: 0.5**t),
        lambda o: lr_scheduler.CosineAnnealingLR(o, 10),
        lambda o: lr_scheduler.CyclicLR(o, 0.1, 1.0, 4, cycle_momentum=False),
    ],
)
def test_a_schedule_goes_on_from_its_state(make):
    def rates(optimizer, schedule, steps):
        out = []
        for _ in range(steps):
            schedule.step()
            out += schedule.get_last_lr()
        return out

    optimizer = sgd()
    schedule = make(optimizer)
    rates(optimizer, schedule, 5)
    state = schedule.state_dict()
    assert not any(callable(value) for value in state.values())
    wanted = rates(optimizer, schedule, 10)
    other = sgd()
    resumed = make(other)
    resumed.load_state_dict(state)
    assert rates(other, resumed, 10) == wanted
    with pytest.raises(ValueError, match="wanted a state of"):
        resumed.load_state_dict({"last_epoch": 3})


def test_last_epoch_goes_on_from_the_optimizer_s_state():
    optimizer = sgd()
    schedule = lr_scheduler.ExponentialLR(optimizer, 0.5)
    for _ in range(3):
        schedule.step()
    other = sgd()
    with pytest.raises(ValueError, match="the optimizer has no 'initial_lr'"):
        lr_scheduler.ExponentialLR(other, 0.5, last_epoch=3)
    other.load_state_dict(optimizer.state_dict())
    resumed = lr_scheduler.ExponentialLR(other, 0.5, last_epoch=3)
    assert resumed.get_last_lr() == [0.1 * 0.5**3]
    resumed.step()
    assert resumed.get_last_lr() == [0.1 * 0.5**4]
    assert resumed.base_lrs == [0.1]


@given(st.integers(1, 50), st.integers(1, 50), st.integers(0, 500))
def test_a_triangle_stays_between_its_rates_and_repeats(up, down, t):
    schedule = lr_scheduler.CyclicLR(sgd(), 0.1, 1.0, up, down, cycle_momentum=False)
    rates = []
    for at in (t, t + up + down, up, up + down):
        schedule.last_epoch = at
        rates += schedule.get_lr()
    assert 0.1 - 1e-12 <= rates[0] <= 1.0 + 1e-12
    assert rates[1] == pytest.approx(rates[0], abs=1e-10)
    assert rates[2:] == pytest.approx([1.0, 0.1], abs=1e-10)


def test_schedules_with_an_optimizer_without_momentum():
    optimizer = optim.Optimizer([leaf(1.0)], {"lr": 0.1})
    with pytest.raises(ValueError, match="Optimizer has no momentum; give cycle_momentum=False"):
        lr_scheduler.CyclicLR(optimizer, 0.1, 1.0)
    assert optimizer.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda o: lr_scheduler.StepLR(o, 0), ValueError, "step_size must be at least 1, got 0"),
        (lambda o: lr_scheduler.CosineAnnealingLR(o, 0), ValueError, "T_max must be at least 1"),
        (lambda o: lr_scheduler.LambdaLR(o, [abs, abs]), ValueError, "wanted 1 functions, got 2"),
        (lambda o: lr_scheduler.LambdaLR(3, abs), TypeError, "LambdaLR: wanted an Optimizer"),
        (lambda o: lr_scheduler.StepLR(3, 1), TypeError, "StepLR: wanted an Optimizer, got int"),
        (lambda o: lr_scheduler.CyclicLR(3, 0, 1), TypeError, "CyclicLR: wanted an Optimizer"),
        (lambda o: lr_scheduler.CyclicLR(o, 0, 1, 0), ValueError, "step_size_up must be at least"),
        (lambda o: lr_scheduler.CyclicLR(o, 0, 1, 5, 0), ValueError, "step_size_down must be"),
        (lambda o: lr_scheduler.CyclicLR(o, -1, 1), ValueError, "base_lr must be finite and not"),
        (lambda o: lr_scheduler.CyclicLR(o, 0, [1, 2]), ValueError, "wanted 1 values of max_lr"),
        (lambda o: lr_scheduler.CyclicLR(o, 0, 1, mode="saw"), ValueError, "got 'saw'"),
        (lambda o: lr_scheduler.CyclicLR(o, 0, 1, scale_mode="x"), ValueError, "scale_mode must"),
        (lambda o: lr_scheduler.LRScheduler(o), NotImplementedError, r"defines no get_lr\(\)"),
    ],
)
def test_what_a_schedule_refuses(make, error, words):
    optimizer = sgd()
    with pytest.raises(error, match=words):
        make(optimizer)
    assert optimizer.param_groups[0]["lr"] == 0.1


def test_the_second_triangles_are_half_as_high():
    optimizer = sgd()
    schedule = lr_scheduler.CyclicLR(
        optimizer, 1.0, 5.0, 1, mode="triangular2", cycle_momentum=False
    )
    tops = []
    for _ in range(6):
        tops += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    assert tops == [1.0, 5.0, 1.0, 3.0, 1.0, 2.0]


# ---------------------------------------------------------------------- the parts of L-BFGS


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
@pytest.mark.parametrize("most", [1, 2, 5])
def test_lbfgs_goes_as_many_steps_as_it_may(search, most):
    w, calls = leaf(3.0, -2.0, 1.0), []
    scales = mg.tensor(np.array([1.0, 7.0, 40.0]))
    optimizer = optim.LBFGS(
        [w], 0.02, max_iter=most, max_eval=1000, tolerance_grad=0.0, tolerance_change=0.0,
        line_search_fn=search,
    )  # fmt: skip

    def closure():
        optimizer.zero_grad()
        loss = (scales * w**4).sum()
        loss.backward()
        calls.append(loss.item())
        return loss

    for step in (1, 2):
        optimizer.step(closure)
        state = optimizer.state[w]
        assert state["n_iter"] == step * most and state["func_evals"] == len(calls)
    if search is None:  # the last step of each is not looked at any more
        assert len(calls) == 2 * most


def point(t: float, value: Callable, slope: Callable) -> Any:
    return lbfgs._Point(t, value(t), np.array([slope(t)]), slope(t))


@pytest.mark.parametrize(
    ("a", "b", "least", "most", "wanted"),
    [
        (0.5, 4.0, 0.5, 4.0, 3.0),  # the minimum lies between them
        (1.5, 2.5, 1.5, 10.0, 3.0),  # or beyond
        (0.5, 4.0, 0.5, 2.5, 2.5),  # no further than the limits
        (0.5, 4.0, 3.5, 4.0, 3.5),
        (2.0, 2.0, 0.0, 9.0, 2.0),  # one point twice
    ],
)
def test_the_cubic_through_two_points_has_its_minimum(a, b, least, most, wanted):
    """Of t**3 / 3 - 2 t**2 + 3 t, whose slope is (t - 1) (t - 3)."""
    ends = [
        point(t, lambda t: t**3 / 3 - 2 * t**2 + 3 * t, lambda t: (t - 1) * (t - 3)) for t in (a, b)
    ]
    assert lbfgs._cubic(*ends, least, most) == pytest.approx(wanted, abs=1e-12)


def test_a_cubic_without_a_minimum_is_halved():
    for value, slope in (
        (lambda t: -2 * t, lambda t: -2.0),  # a line
        (lambda t: t**3 + t, lambda t: 3 * t**2 + 1),  # which only rises
    ):
        ends = [point(t, value, slope) for t in (-1.0, 3.0)]
        assert lbfgs._cubic(*ends, -1.0, 3.0) == 1.0


def test_the_direction_is_that_of_the_whole_matrix():
    """The two loops beside H, of which each pair makes a better one (BFGS, equation 6.17)."""
    draw = np.random.default_rng(0)
    steps, g = draw.standard_normal((3, 4)), draw.standard_normal(4)
    changes = steps @ np.diag([1.0, 2.0, 3.0, 4.0])
    ro = [1 / float(s @ y) for s, y in zip(steps, changes, strict=True)]
    h = 0.7 * np.eye(4)
    for s, y, r in zip(steps, changes, ro, strict=True):
        left = np.eye(4) - r * np.outer(s, y)
        h = left @ h @ left.T + r * np.outer(s, s)
    state = {"old_stps": [*steps], "old_dirs": [*changes], "ro": ro, "H_diag": 0.7}
    np.testing.assert_allclose(lbfgs._direction(g, state), -h @ g)


@pytest.mark.parametrize("first", [1e-3, 0.1, 1.0, 10.0, 100.0])
@pytest.mark.parametrize(
    ("value", "slope"),
    [  # More and Thuente, "Line search algorithms with guaranteed sufficient decrease", 1994
        (lambda t: (t - 2) ** 2, lambda t: 2 * (t - 2)),
        (lambda t: -t / (t * t + 2), lambda t: (t * t - 2) / (t * t + 2) ** 2),
        (
            lambda t: (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
            lambda t: 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
        ),
    ],
    ids=["square", "first", "second"],
)
def test_a_line_search_ends_where_the_strong_wolfe_conditions_hold(first, value, slope):
    asked = []

    def along(t):
        asked.append(t)
        return point(t, value, slope)

    start = point(0.0, value, slope)
    end, tried = lbfgs._strong_wolfe(along, start, first, np.ones(1), 1e-9, 40)
    assert end.f <= start.f + 1e-4 * end.t * start.slope
    assert abs(end.slope) <= -0.9 * start.slope
    assert end.t in asked and tried == len(asked) <= 20


def test_the_average_of_a_first_step_is_the_parameter() -> None:
    w = mg.tensor([1e8], requires_grad=True)
    optimizer = optim.ASGD([w], lr=0.0)
    for value in (1e8, 0.123):
        w.data[...] = value
        w.grad = mg.zeros(1)
        optimizer.step()
    assert optimizer.state[w]["ax"].tolist() == w.tolist()


def test_a_rate_that_is_a_rounding_below_zero_is_loaded_as_zero() -> None:
    sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    schedule = lr_scheduler.LinearLR(sgd, 1.0, 0.0, 7)
    saved, rates = sgd.state_dict(), schedule.state_dict()
    saved["param_groups"][0]["lr"] = -1.5e-18
    sgd.load_state_dict(saved)
    assert sgd.param_groups[0]["lr"] == 0
    schedule.load_state_dict({**rates, "groups": [{"lr": -1.5e-18}]})
    assert sgd.param_groups[0]["lr"] == 0
    for rate in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match="LinearLR: load_state_dict: a rate must be"):
            schedule.load_state_dict({**rates, "groups": [{"lr": rate}]})


def test_a_step_that_is_no_whole_number_is_not_loaded() -> None:
    w = mg.tensor([1.0], requires_grad=True)
    adam = optim.Adam([w])
    w.grad = mg.ones(1)
    adam.step()
    saved = adam.state_dict()
    saved["state"][0]["step"] = 5.5
    with pytest.raises(ValueError, match=r"the step 5\.5; wanted a whole number"):
        adam.load_state_dict(saved)
    assert adam.state[w]["step"] == 1


def test_a_group_may_be_empty_among_others() -> None:
    w = mg.tensor([1.0], requires_grad=True)
    adam = optim.AdamW([{"params": []}, {"params": [w], "weight_decay": 0.0}], lr=0.5)
    w.grad = mg.ones(1)
    adam.step()
    adam.load_state_dict(adam.state_dict())
    assert w.item() == pytest.approx(0.5)


def test_a_user_s_optimizer_may_have_all_its_options_in_its_groups() -> None:
    class Own(optim.Optimizer):
        def __init__(self, groups: Any) -> None:
            super().__init__(groups, {})

        def step(self) -> None:
            for group in self.param_groups:
                for p in group["params"]:
                    p.data[...] -= group["lr"]

    w = mg.tensor([1.0], requires_grad=True)
    own = Own([{"params": [w], "lr": 0.25, "use_muon": True, "betas": (0.9, 0.95)}])
    schedule = lr_scheduler.StepLR(own, 1, 0.5)
    own.step()
    schedule.step()
    own.load_state_dict(own.state_dict())
    own.step()
    assert w.item() == 1 - 0.25 - 0.125
