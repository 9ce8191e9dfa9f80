"""A compiled function is never stale: what may change is followed, noticed, or refused."""

import dataclasses
import random
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.engine.watchers import Watcher
from minigrad.nn import functional as F
from minigrad.program import Refused

history = []
factor = 2.0
count = 0
constant = np.ones(3, np.float32)


def inputs(n=6, features=4, seed=0):
    draw = np.random.default_rng(seed)
    x = draw.standard_normal((n, features)).astype(np.float32)
    return mg.tensor(x), mg.tensor(draw.integers(0, 3, n))


def net_and_optimizer(**options):
    mg.manual_seed(3)
    net = nn.Sequential(
        nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.4), nn.Linear(5, 3)
    )
    return net, mg.optim.SGD(net.parameters(), **{"lr": 0.1, "momentum": 0.9, **options})


def training(net, optimizer):
    def train_step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return train_step


def everything(net, optimizer):
    arrays = [t.numpy() for t in net.state_dict().values()]
    arrays += [p.grad.numpy() for p in net.parameters() if p.grad is not None]
    return [a.tobytes() for a in arrays] + [repr(optimizer.state_dict())]


def twins(change=None, calls=8, at=4, step_of=training, **options):
    """The plain step and the compiled one, with `change(net, optimizer)` between two calls."""
    found = []
    for compiled in (False, True):
        net, optimizer = net_and_optimizer(**options)
        step = step_of(net, optimizer)
        step = mg.compile(step) if compiled else step
        mg.manual_seed(11)
        values = []
        for i in range(calls):
            if change is not None and i == at:
                change(net, optimizer)
            values.append(step(*inputs(seed=i)).item())
        found.append([values, *everything(net, optimizer)])
    assert found[0] == found[1]
    return step


def set_rate(net, optimizer):
    optimizer.param_groups[0]["lr"] = 0.003


def set_momentum(net, optimizer):
    optimizer.param_groups[0].update(momentum=0.5, weight_decay=0.1)


def load(net, optimizer):
    other, _ = net_and_optimizer()
    net.load_state_dict(other.state_dict())


def write_to_parameters(net, optimizer):
    with mg.no_grad():
        for p in net.parameters():
            p.mul_(0.5)


def without_a_gradient(net, optimizer):
    net[0].weight.requires_grad = False


def replace_a_parameter(net, optimizer):
    net[0].weight = nn.Parameter(np.full((5, 4), 0.1, np.float32))


def replace_memory(net, optimizer):
    net[0].weight.data = mg.full((5, 4), 0.1)


def replace_a_layer(net, optimizer):
    net[2] = nn.Tanh()


def another_rate_of_dropout(net, optimizer):
    net[3].p = 0.1


def hook_a_module(net, optimizer):
    net[0].register_forward_hook(lambda module, args, out: out * 2)


def hook_a_tensor(net, optimizer):
    net[0].weight.register_hook(lambda g: g * 3)


def hook_the_optimizer(net, optimizer):
    def hook(optimizer, args, kwargs):
        net[0].bias.data.zero_()

    optimizer.register_step_pre_hook(hook)


def seed_again(net, optimizer):
    mg.manual_seed(5)


def forget_gradients(net, optimizer):
    net.zero_grad()


CHANGES = [
    None,
    set_rate,
    set_momentum,
    load,
    write_to_parameters,
    lambda net, optimizer: net.eval(),
    without_a_gradient,
    replace_a_parameter,
    replace_memory,
    replace_a_layer,
    another_rate_of_dropout,
    hook_a_module,
    hook_a_tensor,
    hook_the_optimizer,
    seed_again,
    forget_gradients,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: getattr(c, "__name__", "nothing"))
def test_what_changes_between_calls_is_followed(change):
    twins(change)


@pytest.mark.parametrize(
    "change", [set_rate, load, write_to_parameters, seed_again, forget_gradients, None]
)
def test_without_another_recording(change):
    step = twins(change)
    assert [len(programs) for programs in step._programs.values()] == [1]
    assert step.program.confirmed and not step.program.reason


def test_other_shapes_dtypes_and_strides():
    @mg.compile
    def f(x):
        return (x.T * 2).sum(axis=0)

    for _ in range(3):
        for shape in (2, 3), (3, 2), (4, 4):
            array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
            for a in array, array.astype(np.float64), array.T, array[::-1], array[:, ::-1]:
                expected = mg.from_numpy((a.T * 2).sum(axis=0))
                got = f(mg.from_numpy(a))
                assert got.dtype == expected.dtype and mg.equal(got, expected)
    assert len(f._programs) > 10


def test_the_same_tensor_twice():
    @mg.compile
    def f(a, b):
        with mg.no_grad():
            a.add_(1)
        return a * b

    for _ in range(4):
        a, b = mg.ones(2), mg.ones(2)
        assert f(a, b).tolist() == [2, 2]
        assert f(a, a).tolist() == [9, 9]
        view = mg.ones(4)
        assert f(view[:2], view[1:3]).tolist() == [4, 2]


def test_gradients_accumulate():
    def step_of(net, optimizer):
        def step(x, y):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            return loss

        return step

    twins(step_of=step_of)
    twins(forget_gradients, step_of=step_of)


def test_gradients_of_zero():
    def step_of(net, optimizer):
        def step(x, y):
            optimizer.zero_grad(set_to_none=False)
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss

        return step

    twins(step_of=step_of)


def test_a_gradient_in_somebodys_hands_stays():
    net, optimizer = net_and_optimizer()
    step = mg.compile(training(net, optimizer))
    held = []
    for i in range(6):
        step(*inputs(seed=i))
        held.append((net[0].weight.grad, net[0].weight.grad.numpy().copy()))
    for grad, copy in held:
        assert (grad.numpy() == copy).all()


@pytest.mark.parametrize("options", [{}, {"set_to_none": True}])
@pytest.mark.parametrize("loss", [F.cross_entropy, lambda out, y: out.square().mean()])
@pytest.mark.parametrize("part", [lambda g: g, lambda g: g.detach()[0], lambda g: g.numpy()[0]])
def test_a_part_of_a_gradient_stays(options, loss, part):
    found = []
    for compiled in (False, True):
        net, optimizer = net_and_optimizer()

        def train_step(x, y, net=net, optimizer=optimizer):
            optimizer.zero_grad(**options)
            loss(net(x), y).backward()
            optimizer.step()

        step = mg.compile(train_step) if compiled else train_step
        held = []
        mg.manual_seed(11)
        for i in range(6):
            step(*inputs(seed=i))
            held.append(part(net[0].weight.grad))
        found.append([np.asarray(g).tobytes() for g in held])
    assert found[:1] == found[1:]


def test_parameters_leave_a_group():
    def leave(net, optimizer):
        optimizer.param_groups[0]["params"].pop()

    def step_of(net, optimizer):
        def train_step(x, y):
            optimizer.zero_grad(set_to_none=True)
            loss = net(x).square().mean()
            loss.backward()
            optimizer.step()
            return loss

        return train_step

    twins(leave, step_of=step_of, momentum=0.0)


def test_what_is_returned_stays():
    net, _ = net_and_optimizer()
    step = mg.compile(lambda x: net(x))
    with mg.no_grad():
        outs = [step(inputs(seed=i)[0]) for i in range(6)]
        net.eval()
        outs += [step(inputs(seed=i)[0]) for i in range(6)]
        copies = [out.numpy().copy() for out in outs]
        step(inputs(seed=7)[0])
    assert all((out.numpy() == copy).all() for out, copy in zip(outs, copies, strict=True))


def test_a_global_number():
    global factor
    factor = 2.0

    @mg.compile
    def f(x):
        return x * factor

    x = mg.tensor([1.0])
    assert [f(x).item() for _ in range(3)] == [2.0] * 3
    factor = 5.0
    assert [f(x).item() for _ in range(3)] == [5.0] * 3
    factor = -0.0
    assert np.signbit(f(x).item())
    factor = 0.0
    assert not np.signbit(f(x).item())


def test_what_encloses_it_and_attributes():
    class Settings:
        scale = 1.0

        def __init__(self):
            self.shift = 1.0

        def apply(self, x):
            return x * self.scale + self.shift

    settings, power = Settings(), 1

    @mg.compile
    def f(x):
        return settings.apply(x) ** power

    x = mg.tensor([3.0])
    assert [f(x).item() for _ in range(3)] == [4.0] * 3
    settings.shift = 2.0
    assert [f(x).item() for _ in range(3)] == [5.0] * 3
    Settings.scale = 2.0
    assert [f(x).item() for _ in range(3)] == [8.0] * 3
    power = 2
    assert [f(x).item() for _ in range(3)] == [64.0] * 3
    Settings.apply = lambda self, x: x
    assert [f(x).item() for _ in range(3)] == [9.0] * 3


def test_numbers_and_arrays_that_it_sees():
    @mg.compile
    def f(x, n, options):
        return x * n + constant * options["a"]

    x = mg.ones(3)
    for n in 1, 2, 1.0, True, 3:
        for a in 1, 2:
            for _ in range(3):
                assert f(x, n, {"a": a}).tolist() == [n + a] * 3
    constant[:] = 7
    assert f(x, 1, {"a": 1}).tolist() == [8] * 3
    constant[:] = 1


def test_a_branch_on_what_is_no_value():
    net, _ = net_and_optimizer()

    @mg.compile
    def f(x):
        return x * 2 if x.shape[0] > 2 and net.training else x * 3

    for _ in range(3):
        assert f(mg.ones(3)).tolist() == [2] * 3
        assert f(mg.ones(2)).tolist() == [3] * 2
        net.eval()
        assert f(mg.ones(3)).tolist() == [3] * 3
        net.train()


def looks_at_a_value(x):
    return x * 2 if x.sum() > 0 else x * 3


def takes_an_item(x):
    return x * x.sum().item()


def takes_a_float(x):
    return x * float(x[0])


def takes_numpy(x):
    return x * x.numpy()[0]


def takes_a_list(x):
    return x * x.tolist()[0]


def formats(x):
    return x * len(f"{x[0]:.3f}")


def counts_by_a_tensor(x):
    return sum((x for _ in range(mg.tensor([2, 3])[0])), x)


def prints(x):
    print("a step")
    return x * 2


def shows(x):
    print(x)
    return x * 2


def appends(x):
    history.append(1)
    return x * 2


def counts(x):
    global count
    count += 1
    return x * count


def asks_the_time(x):
    return x * time.time()


def draws_a_number(x):
    return x * random.random()


def draws_with_numpy(x):
    return x * mg.tensor(np.random.default_rng().random(3).astype(np.float32))


def opens_a_file(x):
    with open(__file__) as file:
        return x * len(file.read())


def looks_whether_all_are_close(x):
    return x * 2 if mg.allclose(x, x) else x


def chooses_by_a_mask(x):
    return x * len(x[x > 0])


def counts_whole_numbers(x):
    return x * mg.bincount(x.abs().long()).shape[0]


REFUSED = [
    looks_at_a_value,
    takes_an_item,
    takes_a_float,
    takes_numpy,
    takes_a_list,
    formats,
    counts_by_a_tensor,
    prints,
    shows,
    appends,
    counts,
    asks_the_time,
    draws_a_number,
    draws_with_numpy,
    opens_a_file,
]


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_what_a_replay_would_lose_is_refused(function):
    with pytest.raises(Refused) as caught:
        mg.compile(function)(mg.tensor([1.0, 2.0, 3.0]))
    if function is not draws_with_numpy:
        first = function.__code__.co_firstlineno
        last = max(line for *_, line in function.__code__.co_lines() if line)
        places = [f"{__file__}:{n}" for n in range(first, last + 1)]
        assert any(p in str(caught.value) for p in places), caught.value


@pytest.mark.parametrize(
    "function", [looks_whether_all_are_close, chooses_by_a_mask, counts_whole_numbers]
)
def test_what_is_not_followed_runs_as_it_stands(function):
    compiled = mg.compile(function)
    for x in mg.tensor([1.0, 2.0, 3.0]), mg.tensor([-1.0, -2.0, 3.0]), mg.tensor([1.0, 1.0, 1.0]):
        for _ in range(3):
            assert compiled(x).tolist() == function(x).tolist()
    assert compiled.program.reason in str(compiled.program)


def test_a_counter_on_an_object():
    class Trainer:
        def __init__(self):
            self.steps = 0

        def step(self, x):
            self.steps += 1
            return x * self.steps

    with pytest.raises(Refused, match="steps"):
        mg.compile(Trainer().step)(mg.ones(2))


def test_a_counter_outside_is_no_matter():
    class Trainer:
        def __init__(self):
            self.steps, self.history = 0, []

        def step(self, x):
            return x * 2

    trainer = Trainer()
    step = mg.compile(trainer.step)
    for _ in range(5):
        trainer.steps += 1
        trainer.history.append(step(mg.ones(1)).item())
    assert trainer.history == [2.0] * 5
    assert step.program.confirmed and len(next(iter(step._programs.values()))) == 1


def test_arrays_of_numpy_are_refused():
    with pytest.raises(TypeError, match="from_numpy"):
        mg.compile(lambda x: x)(np.ones(3))


def test_what_changes_always_runs_as_it_stands():
    box = [0.0]

    @mg.compile
    def f(x):
        return x * box[0]

    for i in range(60):
        box[0] = float(i)
        assert f(mg.ones(1)).item() == i
    assert "recordings" in f.program.reason


class Operations(Watcher):
    def __init__(self):
        self.names = []

    def ran(self, operation, args, values):
        self.names.append(operation.name)


def test_a_watcher_sees_the_step_itself():
    net, optimizer = net_and_optimizer()
    step = mg.compile(training(net, optimizer))
    for i in range(3):
        step(*inputs(seed=i))
    with Operations() as seen:
        step(*inputs(seed=4))
    assert seen.names[:2] == ["linear", "batch_norm"]


def test_check_every():
    net, optimizer = net_and_optimizer()
    step = mg.compile(training(net, optimizer), check_every=2)
    plain_net, plain_optimizer = net_and_optimizer()
    plain = training(plain_net, plain_optimizer)
    values = []
    for each in plain, step:
        mg.manual_seed(11)
        values.append([each(*inputs(seed=i)).item() for i in range(10)])
    assert values[0] == values[1]
    assert everything(net, optimizer) == everything(plain_net, plain_optimizer)
    for bad in 0, -1, 1.5, True:
        with pytest.raises(ValueError, match="check_every"):
            mg.compile(plain, check_every=bad)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_net_that_follows_another_through_data(recorded):
    net, optimizer = net_and_optimizer()
    follower, _ = net_and_optimizer()
    train = training(net, optimizer)

    def follow(x, y):
        loss = train(x, y)
        for slow, fast in zip(follower.parameters(), net.parameters(), strict=True):
            slow.data.mul_(0.5).add_((fast if recorded else fast.data) * 0.5)
        return loss

    step = mg.compile(follow, check_every=2)
    for seed in range(6):
        step(*inputs(seed=seed))


def test_check_every_finds_a_difference():
    @mg.compile(check_every=1)
    def f(x):
        return x * 2

    for _ in range(3):
        f(mg.ones(2))
    instruction = f.program.instructions[0]
    right = instruction.kind

    def wrong(frame, makes, *source):
        right(frame, makes, *source)
        frame.slots[makes[0]] = frame.slots[makes[0]] + 1

    instruction.kind = wrong
    with pytest.raises(RuntimeError, match="different bits"):
        f(mg.ones(2))


def test_arguments_of_pytorch():
    def f(x):
        return x * 2

    assert mg.compile(f, disable=True) is f
    assert mg.compile(mode="reduce-overhead", fullgraph=True)(f)(mg.ones(1)).item() == 2
    assert mg.compile(mg.compile(f)).function is f
    with pytest.raises(TypeError, match="speed"):
        mg.compile(f, speed=2)
    with pytest.raises(TypeError, match="function or a module"):
        mg.compile(3)


def test_a_rate_that_the_step_itself_changes_first():
    def by_a_schedule(net, optimizer):
        schedule = mg.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        return schedule.step

    def by_a_tensor(net, optimizer):
        optimizer.param_groups[0]["lr"] = rate = mg.tensor(0.1)

        def change():
            with mg.no_grad():
                rate.mul_(0.5)

        return change

    for prepare in by_a_schedule, by_a_tensor:

        def step_of(net, optimizer, prepare=prepare):
            change = prepare(net, optimizer)

            def train_step(x, y):
                optimizer.zero_grad()
                loss = F.cross_entropy(net(x), y)
                loss.backward()
                change()
                optimizer.step()
                return loss

            return train_step

        twins(step_of=step_of)


def test_a_rate_changed_while_the_optimizer_has_a_hook():
    found = []
    for wrap in (lambda step: step), mg.compile:
        net, optimizer = net_and_optimizer()
        step, values = wrap(training(net, optimizer)), []
        mg.manual_seed(11)
        for i in range(9):
            if i == 4:
                handle = optimizer.register_step_pre_hook(lambda *_: None)
                optimizer.param_groups[0]["lr"] = 0.5
            if i == 6:
                handle.remove()
            values.append(step(*inputs(seed=i)).item())
        found.append([values, *everything(net, optimizer)])
    assert found[0] == found[1]


def test_the_same_tensor_twice_and_then_another():
    @mg.compile
    def f(a, b):
        return (a - b).square().sum()

    for _ in range(3):
        assert f(mg.ones(2), mg.zeros(2)).item() == 2.0
    x = mg.ones(2)
    for _ in range(3):
        assert f(x, x).item() == 0.0
    assert f(mg.ones(2), mg.zeros(2)).item() == 2.0


def test_settings_left_behind_are_refused():
    def leaves_a_mode(x):
        mg.set_grad_enabled(False)
        return x * 2

    def sets_threads(x):
        mg.set_num_threads(1)
        return x * 2

    for function in leaves_a_mode, sets_threads:
        with pytest.raises(Refused):
            mg.compile(function)(mg.ones(2))
        mg.set_grad_enabled(True)


def test_an_answer_that_is_a_part_is_laid_out_as_ever():
    net, _ = net_and_optimizer()
    step, x = mg.compile(lambda x: net[0](x).detach().T[0]), inputs()[0]
    assert {step(x).is_contiguous() for _ in range(4)} == {False}


def test_a_group_leaves_the_optimizer():
    def leave(net, optimizer):
        optimizer.param_groups.pop()

    def step_of(net, optimizer):
        last = {"params": [*optimizer.param_groups[0]["params"][-2:]], "lr": 0.05}
        del optimizer.param_groups[0]["params"][-2:]
        optimizer.add_param_group(last)
        schedule = mg.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)

        def train_step(x, y):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y) + sum(p.abs().sum() for p in net.parameters())
            loss.backward()
            nn.utils.clip_grad_value_(net.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            return loss

        return train_step

    twins(leave, step_of=step_of, momentum=0.0)


def test_arguments_that_overlap_in_another_way():
    @mg.compile
    def f(a, b):
        with mg.no_grad():
            a.add_(1)
            b.mul_(2)
        return a + b

    for _ in range(3):
        x = mg.ones(2)
        assert f(x, x).tolist() == [8, 8]
    for _ in range(3):
        memory = mg.ones(3)
        assert f(memory[:2], memory[1:]).tolist() == [6, 6]
        assert memory.tolist() == [2, 4, 2]
        x = mg.ones(2)
        assert f(x, x.detach()).tolist() == [8, 8]
    x, y = mg.ones(2), mg.ones(2)
    assert f(x, y).tolist() == [4, 4]


def test_an_argument_that_the_function_reaches_otherwise():
    weight, leaf = mg.full((2,), 5.0), mg.ones(2, requires_grad=True)
    leaf.grad = mg.full((2,), 7.0)
    functions = lambda x: x + weight, lambda x: x + leaf.grad, lambda x: x + weight.detach()
    for function in functions:
        for first in weight, leaf.grad, weight.detach():
            step = mg.compile(function)
            for x in [first] * 3 + [mg.zeros(2)] * 3:
                assert step(x).tolist() == function(x).tolist()


def test_an_argument_that_is_the_gradient_of_another():
    step = mg.compile(lambda a, b: a.grad * 2 + b)
    a = mg.ones(2, requires_grad=True)
    a.grad = mg.full((2,), 3.0)
    with mg.no_grad():
        for b in [a.grad] * 3 + [mg.zeros(2)] * 3:
            assert step(a, b).tolist() == (a.grad * 2 + b).tolist()


def caught(x):
    try:
        return (x * 2).reshape(2)
    except ValueError:
        return x


def caught_whatever_it_is(x):
    try:
        return x * 2
    except:  # noqa: E722
        return x


def caught_in_what_it_calls(x):
    try:
        y = double(x)
    except (TypeError, ValueError) as error:
        raise RuntimeError from error
    return y


def double(x):
    return x * 2


@pytest.mark.parametrize("function", [caught, caught_whatever_it_is, caught_in_what_it_calls])
def test_what_would_catch_errors_runs_as_it_stands(function):
    step = mg.compile(function)
    for _ in range(3):
        assert step(mg.ones(2)).tolist() == [2, 2]
    assert "would be caught" in step.program.reason
    with pytest.raises(Refused, match="would be caught"):
        mg.compile(function, fullgraph=True)(mg.ones(2))


def ended(x):
    try:
        y = x * 2
    finally:
        [].clear()
    return y


def blocks(x):
    with mg.no_grad():
        with mg.enable_grad():
            y = x * 2
    return y


def caught_elsewhere(x):
    try:
        scale = {}["scale"]
    except KeyError:
        scale = 2
    else:
        scale = x * scale
    return x * scale


@pytest.mark.parametrize("function", [ended, blocks, caught_elsewhere])
def test_what_catches_no_error_is_replayed(function):
    step = mg.compile(function)
    for _ in range(3):
        assert step(mg.ones(2)).tolist() == [2, 2]
    assert step.program.confirmed and not step.program.reason


def test_a_later_change_of_what_it_sees_is_no_error():
    counts = {"n": 0, "on": False}

    def f(x):
        if counts["on"]:
            counts["n"] += 1
        return x * 2

    step = mg.compile(f)
    for _ in range(3):
        step(mg.ones(2))
    counts["on"] = True
    for n in range(1, 20):  # more than there are recordings
        assert step(mg.ones(2)).tolist() == [2, 2]
        assert counts["n"] == n
    words = r"changes counts\['n'\].*This call has been done; do not repeat it"
    with pytest.raises(Refused, match=words):
        mg.compile(f)(mg.ones(2))
    assert counts["n"] == 20


def replaces(x):
    return x * dataclasses.replace(thing, scale=3.0).scale


def imports(x):
    import xml.dom.pulldom

    return x * len(xml.dom.pulldom.__name__)


@dataclasses.dataclass
class Thing:
    scale: float


thing = Thing(2.0)


@pytest.mark.parametrize("function", [replaces, imports])
def test_the_line_of_what_is_refused(function, monkeypatch):
    monkeypatch.delitem(sys.modules, "xml.dom.pulldom", raising=False)
    line = function.__code__.co_firstlineno + 1
    with pytest.raises(Refused, match=rf"test_program_stale\.py:{line}\b"):
        mg.compile(function)(mg.ones(2))


def test_a_refusal_after_a_step_says_that_the_step_has_been_done():
    w = mg.tensor([1.0], requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=0.25)

    @mg.compile
    def step(x):
        (w * x).sum().backward()
        optimizer.step()
        return w.sum().item()

    with pytest.raises(Refused, match=r"What is before that line has been done; do not repeat it"):
        step(mg.ones(1))
    assert w.tolist() == [0.75]
    with pytest.raises(Refused) as told:
        mg.compile(lambda x: x.sum().item())(mg.ones(1))
    assert "has been done" not in str(told.value)


_kept, _counts, _array = [mg.zeros(1)], {"n": 0}, np.zeros(2)


def _keep(x):
    y = x * 2
    _kept[0] = y
    return y


def _count(x):
    _counts["n"] += 1
    return x * 2


def _write(x):
    _array[0] += 1
    return x * 2


def _enclosed():
    times = 0

    def count(x):
        nonlocal times
        times += 1
        return x * 2

    return count


@pytest.mark.parametrize(
    ("function", "line", "words"),
    [
        (_keep, 2, r"changes _kept\[0\].*or change the tensor itself in place"),
        (_count, 1, r"changes _counts\['n'\]"),
        (_write, 1, "changes _array"),
        (_enclosed(), 2, "changes 'times',"),
    ],
)
def test_what_is_changed_is_named_with_its_line(function, line, words):
    line += function.__code__.co_firstlineno
    with pytest.raises(Refused, match=rf"{Path(__file__).name}:{line}: .*{words}"):
        mg.compile(function)(mg.ones(1))


def test_a_call_in_a_library_is_named_at_the_users_line():
    def f(x):
        return x * random.randint(0, 5)

    line = f.__code__.co_firstlineno + 1
    with pytest.raises(Refused, match=rf"{Path(__file__).name}:{line} calls getrandbits"):
        mg.compile(f)(mg.ones(1))


def test_a_property_that_sets_is_seen_through():
    class Counter:
        def __init__(self):
            self._n = 1

        @property
        def n(self):
            return self._n

        @n.setter
        def n(self, value):
            self._n = value

    counter = Counter()

    def f(x):
        counter.n = 1
        return x * counter.n

    step = mg.compile(f)
    assert [step(mg.ones(1)).item() for _ in range(3)] == [1, 1, 1]
    assert step.program.confirmed


def test_a_number_that_becomes_an_array_is_no_other_layout():
    best = mg.tensor(99.0)

    @mg.compile(fullgraph=True)
    def f(x):
        best.copy_(mg.minimum(best, x.sum()))
        return x * 2, x.dtype

    for n in (5, 4, 6, 3):
        assert f(mg.full((1,), float(n)))[1] == mg.float32
    assert best.item() == 3
    assert f.program.confirmed
    assert not f.program.reason
