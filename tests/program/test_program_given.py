"""What a call does to its arguments a replay does too, or there is none; what it makes as well."""

import datetime
import gc
import os
import subprocess
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.engine.tell import watchers
from minigrad.nn import functional as F
from minigrad.program import KINDS, Refused


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize(
    "grad",
    [
        lambda: mg.tensor([2.0]).expand(2, 3),
        lambda: mg.arange(6.0).reshape(3, 2).T,
        lambda: mg.arange(12.0).reshape(2, 6)[:, ::2],
    ],
)
def test_a_gradient_that_lies_otherwise(grad, given):
    w = mg.ones(2, 3, requires_grad=True)
    f = mg.compile((lambda w: F.relu(w.grad)) if given else lambda: F.relu(w.grad))
    args = (w,) if given else ()
    for one in [lambda: mg.ones(2, 3), grad, grad, lambda: mg.zeros(2, 3), grad]:
        w.grad = one()
        for _ in range(3):
            assert f(*args).tolist() == w.grad.tolist()
    assert f.program.confirmed and not f.program.reason


def fills(x, out):
    out["y"] = x * 2


def appends(x, out):
    out["list"].append(x * 2)


def replaces(x, out):
    out["list"][0] = out["list"][0] * 2


@pytest.mark.parametrize("change", [fills, appends, replaces])
def test_a_list_or_dictionary_that_is_changed(change):
    def f(x, out):
        change(x, out)
        return x + 1

    with pytest.raises(Refused, match=r"among its arguments|append"):
        mg.compile(f)(mg.ones(2), {"list": [mg.ones(2)]})


def wants_a_gradient(x):
    x.requires_grad_()


def is_tagged(x):
    x.tag = 1


def is_hooked(x):
    x.requires_grad_().register_hook(lambda g: g)


@pytest.mark.parametrize("change", [wants_a_gradient, is_tagged, is_hooked])
@pytest.mark.parametrize("result", [False, True])
def test_more_than_values_of_a_tensor(change, result):
    @mg.compile
    def f(x):
        y = (x * 2).detach()
        change(y if result else x)
        return y

    for _ in range(4):
        x = mg.ones(2)
        y = f(x)
        changed = y if result else x
        assert changed.requires_grad or vars(changed)
        assert (changed._hook is not None) == (change is is_hooked)


def test_a_gradient_of_a_result():
    @mg.compile
    def f(x):
        y = x * 2
        y.grad = x + 1
        return y

    for _ in range(4):
        assert f(mg.ones(2)).grad.tolist() == [2, 2]


def test_one_thing_returned_twice():
    def f(x):
        y = x.sum()
        both = [y]
        return y, y, both, both

    f = mg.compile(f)
    for _ in range(4):
        y, again, one, two = f(mg.ones(3))
        assert y is again and one is two and one[0] is y


def test_a_list_that_was_there_before():
    f = mg.compile(lambda x, out: (x * 2, out))
    out = [mg.ones(1)]
    for _ in range(4):
        assert f(mg.ones(3), out)[1] is out


def test_running_statistics_that_somebody_else_reads():
    def values(wrap):
        bn = nn.BatchNorm1d(3)
        mean = bn.running_mean.detach()

        def f(x):
            return bn(x).sum(), mean * 2

        f = wrap(f)
        return [f(mg.full((4, 3), float(i)))[1].tolist() for i in range(5)]

    assert values(mg.compile) == values(lambda f: f)


@pytest.mark.parametrize("argument", [False, True])
def test_memory_that_comes_to_be_shared(argument):
    def values(wrap):
        bn, other = nn.BatchNorm1d(3), mg.zeros(3)
        f = wrap((lambda x, y: (bn(x), y * 2)[1]) if argument else lambda x: (bn(x), other * 2)[1])
        found = []
        for i in range(8):
            if i == 4:
                memory = mg.zeros(3)
                bn.running_mean.data = memory
                other.data = memory
            args = (mg.full((4, 3), float(i)), *([other] if argument else []))
            found.append(f(*args).tolist())
        return found

    assert values(mg.compile) == values(lambda f: f)


def test_keys_and_ranges_that_are_equal():
    f = mg.compile(lambda x, d: x * 2 if isinstance(next(iter(d)), int) else x * 3)
    for key in (1, 1.0, True) * 3:
        assert f(mg.ones(1), {key: 0}).item() == (2 if isinstance(key, int) else 3)
    f = mg.compile(lambda x, r: x * r.stop)
    for stop in (3, 4) * 3:
        assert f(mg.ones(1), range(0, stop, 2)).item() == stop


def test_sizes():
    f = mg.compile(lambda x, shape: (mg.zeros(x.shape) + x.sum(), x.shape, shape))
    for _ in range(4):
        total, shape, given = f(mg.ones(2, 3), mg.ones(4).shape)
        assert total.shape == shape == (2, 3) and given == (4,)
        assert shape.numel() == 6
    assert f.program.confirmed and not f.program.reason


def test_the_time_by_a_class():
    with pytest.raises(Refused, match=r"calls now\(\)"):
        mg.compile(lambda x: x * datetime.datetime.now().second)(mg.ones(1))


def test_kinds_of_arguments_have_a_limit():
    f = mg.compile(lambda x, i: x * i)
    for _ in range(3):
        for i in range(KINDS + 5):
            assert f(mg.ones(1), i).item() == i
    assert sum(map(len, f._programs.values())) == KINDS
    assert "kinds of arguments" in f.program.reason
    f(mg.ones(1), 3)
    assert not f.program.reason
    with pytest.raises(Refused, match="kinds of arguments"):
        strict = mg.compile(lambda x, i: x * i, fullgraph=True)
        for i in range(KINDS + 1):
            strict(mg.ones(1), i)


def test_objects_that_pass_are_not_held():
    class Batch:
        alive = 0

        def __init__(self, i):
            self.x = mg.full((2,), float(i))
            type(self).alive += 1

        def __del__(self):
            type(self).alive -= 1

    f = mg.compile(lambda batch: batch.x * 2)
    for i in range(KINDS + 2):
        assert f(Batch(i)).tolist() == [2 * i, 2 * i]
        if i % 8 == 7:
            gc.collect()
            assert Batch.alive <= 5
    gc.collect()
    assert Batch.alive == 0


@pytest.mark.parametrize("name", ["det", "erfinv", "msort", "inverse", "relu_"])
def test_a_method_that_is_attached_late(name):
    code = (
        "import minigrad as mg; x = mg.eye(2) * 0.5\n"
        f"f = mg.compile(lambda x: (x * 1).{name}())\n"
        f"assert all(mg.equal(f(x), (x * 1).{name}()) for _ in range(3))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_attributes_are_those_of_the_module():
    net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5))
    f = mg.compile(net)
    f.training = False
    assert not net.training and f.train() is f and net.training
    assert f.eval() is f and not net[1].training
    f.extra = 1
    assert net.extra == 1
    del f.extra
    assert not hasattr(net, "extra") and "extra" not in dir(net)


def test_attributes_are_those_of_the_function():
    def f(x):
        return x * f.factor

    f = mg.compile(f)
    for factor in (2.0, 3.0):
        f.factor = factor
        assert [f(mg.ones(1)).item() for _ in range(3)] == [factor] * 3


def test_a_record_of_numpys():
    record = np.zeros(1, [("factor", "f4")])[0]

    @mg.compile
    def f(x):
        return x * float(record["factor"])

    for factor in (2.0, 3.0):
        record["factor"] = factor
        assert [f(mg.ones(1)).item() for _ in range(3)] == [factor] * 3


def test_a_slot_that_is_deleted():
    class Thing:
        __slots__ = ("factor",)

    thing = Thing()
    thing.factor = None
    f = mg.compile(lambda x: x if thing.factor is None else x * thing.factor)
    for _ in range(3):
        f(mg.ones(1))
    del thing.factor
    with pytest.raises(AttributeError, match="factor"):
        f(mg.ones(1))


def test_an_attribute_of_a_gradient_does_not_come_back():
    w = mg.ones(2, requires_grad=True)
    optimizer = mg.optim.SGD([w], lr=0.1)

    @mg.compile
    def step(x):
        optimizer.zero_grad()
        loss = (w * x).sum()
        loss.backward()
        optimizer.step()
        return loss

    for _ in range(4):
        step(mg.ones(2))
        assert not vars(w.grad)
        w.grad.tag = 1


@pytest.mark.parametrize("name", ["__enter__", "__exit__"])
def test_ctrl_c_where_a_block_begins_or_ends(name):
    """Signals are looked for where a function of Python begins."""
    callbacks = [*gc.callbacks]
    for wanted in range(1, 9):
        calls = 0

        def stop(frame, event, arg):
            nonlocal calls
            inside = f"{os.sep}minigrad{os.sep}" in frame.f_code.co_filename
            if event == "call" and frame.f_code.co_name == name and inside:
                calls += 1
                if calls == wanted:  # noqa: B023
                    sys.settrace(None)
                    raise KeyboardInterrupt

        f, before = mg.compile(lambda x: x * 2), sys.gettrace()
        sys.settrace(stop)
        try:
            f(mg.ones(1))
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        assert not watchers and sys.getprofile() is None
        assert gc.callbacks == callbacks
        assert f(mg.ones(1)).item() == 2


@pytest.mark.parametrize("in_python", [False, True])
def test_gradients_that_were_written_before_an_error_stay(in_python):
    def state(wrap):
        mg.manual_seed(0)
        one, two = nn.Linear(3, 4), nn.Linear(3, 4)
        optimizer = mg.optim.SGD([*one.parameters(), *two.parameters()], lr=0.1)

        def step(x, y, again):
            optimizer.zero_grad()
            F.cross_entropy(one(x), y).backward()
            loss = F.cross_entropy(two(x), y if in_python else again)
            if in_python:
                loss = loss + mg.take(mg.arange(4.0), again).sum()
            loss.backward()
            optimizer.step()
            return loss

        step, x, labels = wrap(step), mg.randn(5, 3), mg.arange(5) % 4
        for _ in range(4):
            step(x, labels, labels.clone())
        with pytest.raises(IndexError):
            step(x, labels, labels + 1)
        assert two.weight.grad is None
        return one.weight.grad.tolist(), one.weight.tolist()

    assert state(mg.compile) == state(lambda f: f)


def test_an_attribute_of_a_gradient_that_is_set_within():
    w = mg.ones(2, requires_grad=True)

    @mg.compile
    def f(x):
        w.grad = None
        (w * x).sum().backward()
        w.grad.tag = 1
        return w.grad * 2

    for _ in range(4):
        f(mg.ones(2))
        assert w.grad.tag == 1


def test_numbers_of_numpys_and_slices_are_values():
    f = mg.compile(lambda x, factor, part: x[part] * float(factor))
    for _ in range(3):
        for factor, stop in (2, 2), (3, 2), (2, 1):
            assert f(mg.ones(3), np.float64(factor), slice(0, stop)).tolist() == [factor] * stop
    assert len(f._programs) == 3 and f.program.confirmed and not f.program.reason


def sets_a_reshaped_one(x):
    x.view(3, 1)[0] = 5


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.mul_(2.0),
        lambda x: x[1:].mul_(2.0),
        lambda x: x.detach().mul_(2.0),
        lambda x: x.chunk(2)[0].zero_(),
        lambda x: mg.add(x[1:], 1.0, out=x[1:]),
        sets_a_reshaped_one,
    ],
)
def test_a_write_through_a_view_is_counted(write):
    live = mg.ones(3)

    def f(x):
        write(x)
        write(live)
        return x + live

    compiled = mg.compile(f)
    for call in range(4):
        x, w = mg.ones(3), mg.ones(3, requires_grad=True)
        kept = (w * x).sum(), (w * live).sum()
        compiled(x)
        assert (x._version, live._version) == (1, call + 1)
        for y in kept:
            with pytest.raises(RuntimeError, match="changed"):
                y.backward()
    assert compiled.program.confirmed and not compiled.program.reason


def test_a_write_through_a_view_of_a_gradient_is_counted():
    w = mg.ones(3, requires_grad=True)

    @mg.compile
    def f():
        w.grad[:1].zero_()

    for _ in range(4):
        w.grad = mg.ones(3)
        f()
        assert w.grad.tolist() == [0.0, 1.0, 1.0] and w.grad._version == 1
    assert f.program.confirmed and not f.program.reason


@pytest.mark.parametrize("index", [..., slice(1, None)])
def test_changes_of_what_is_returned_are_counted(index):
    def f(x):
        y = x * 2
        y[index].mul_(3.0)
        y[index].mul_(3.0)
        return y

    compiled = mg.compile(f)
    assert [compiled(mg.ones(3))._version for _ in range(4)] == [f(mg.ones(3))._version] * 4


@pytest.mark.parametrize(
    "change",
    [
        lambda net: net.double().float(),
        lambda net: setattr(net[0].weight, "data", np.ones((3, 4), np.float32)),
        lambda net: setattr(net[0].weight, "data", net[0].weight.numpy()),
        lambda net: setattr(net[1].running_mean, "data", np.ones(3, np.float32)),
    ],
)
def test_tensors_with_new_data_have_no_changes_yet(change):
    def losses(compiled):
        mg.manual_seed(0)
        net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
        optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

        def train_step(x, y):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss

        step = mg.compile(train_step) if compiled else train_step
        x, y = mg.randn(5, 4), mg.tensor([0, 1, 2, 1, 0])
        found = []
        for call in range(7):
            if call == 4:
                change(net)
            found.append(step(x, y).item())
        return found, [t._version for t in (*net.parameters(), *net.buffers())]

    assert losses(compiled=True) == losses(compiled=False)
