"""What NumPy and minigrad do for a compiled function beyond arithmetic: files, clocks, generators,
numbers that no instruction has made."""

import os
from contextlib import nullcontext

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F
from minigrad.program import Refused

NUMBERS = np.arange(3.0)


def reads_text(x, path):
    return x * float(np.loadtxt(path))


def reads_bytes(x, path):
    return x * float(np.fromfile(path, np.uint8)[0])


def loads(x, path):
    return x * mg.load(path)["factor"]


def saves(x, path):
    mg.save({"factor": 2.0}, path)
    return x


def saves_an_array(x, path):
    np.save(path, NUMBERS)
    return x


def writes_bytes(x, path):
    NUMBERS.tofile(path)
    return x


def pickles(x, path):
    NUMBERS.dump(path)
    return x


def asks_what_day_it_is(x, path):
    return x * float(np.datetime64("today").astype(int))


FILES = [reads_text, reads_bytes, loads, saves, saves_an_array, writes_bytes, pickles]


@pytest.mark.parametrize("function", [*FILES, asks_what_day_it_is], ids=lambda f: f.__name__)
def test_files_and_clocks_are_refused(function, tmp_path):
    """A file is read or written by NumPy or minigrad, on behalf of the function."""
    path = str(tmp_path / "file")
    if function is loads:
        mg.save({"factor": 2.0}, path)
    elif function in (reads_text, reads_bytes):
        (tmp_path / "file").write_text("2")
    with pytest.raises(Refused, match="replay"):
        mg.compile(function)(mg.ones(2), path)


def calls(make, compiled, change=None, at=3):
    """What seven calls give, and how the generators go on; `make` gives a function without
    arguments and a generator."""
    mg.manual_seed(1)
    function, generator = make()
    step = mg.compile(function) if compiled else function
    found = []
    for i in range(7):
        if i == at and change is not None:
            change()
        found.append(step().tolist())
    return [*found, generator.integers(1000), mg.rand(1).item()]


def seeded():
    generator = mg.Generator().manual_seed(4)

    def function():
        generator.manual_seed(5)
        return mg.randn(4, generator=generator)

    return function, generator


def set_back():
    generator = mg.Generator().manual_seed(4)
    state = generator.get_state()
    mg.rand(3, generator=generator)

    def function():
        generator.set_state(state)
        return mg.randn(4, generator=generator)

    return function, generator


@pytest.mark.parametrize("make", [seeded, set_back])
def test_a_generator_begins_anew_in_each_replay(make):
    """`manual_seed` and `set_state` of a generator are steps of the program."""
    assert calls(make, True) == calls(make, False)


def test_a_number_that_comes_from_nowhere():
    """A data set's sample of no axes is no constant, though NumPy has made it, unseen."""
    values = mg.arange(5.0)
    samples = mg.utils.data.TensorDataset(values)

    def as_a_factor():
        return mg.ones(2) * samples[3][0]

    def as_a_gradient():
        leaf = mg.ones(1, requires_grad=True)
        (gradient,) = mg.autograd.grad(leaf.sum(), leaf, samples[3][0])
        return gradient

    for function in (as_a_factor, as_a_gradient):
        found = []
        for compiled in (False, True):
            values.copy_(mg.arange(5.0))
            generator = mg.Generator()
            made = function, generator
            found.append(calls(lambda made=made: made, compiled, lambda: values.mul_(3)))
        assert found[0] == found[1]


def test_how_much_a_mask_takes_depends_on_values():
    """`masked_scatter` counts in Python."""
    step = mg.compile(lambda x, mask, source: x.masked_scatter(mask, source))
    for count in (2, 2, 2, 3, 1):
        mask, source = mg.arange(4) < count, mg.arange(10.0, 14.0)
        expected = [10.0 + i if i < count else 0.0 for i in range(4)]
        assert step(mg.zeros(4), mask, source).tolist() == expected


def test_a_call_that_fails_draws_no_more_than_the_function():
    """What a loss refuses has been drawn before only if the function draws before the loss."""
    layer = nn.Linear(4, 3)

    def function(x, y):
        loss = F.cross_entropy(layer(x).detach(), y)
        return F.dropout(x, 0.5).sum() + loss

    found = []
    for compiled in (False, True):
        mg.manual_seed(2)
        step = mg.compile(function) if compiled else function
        values = []
        for label in (0, 0, 0, 7, 0):
            try:
                values.append(step(mg.ones(1, 4), mg.tensor([label])).item())
            except (IndexError, ValueError) as error:
                values.append(str(error))
        found.append(values)
    assert found[0] == found[1]
    assert any(type(value) is str for value in found[0])


@pytest.mark.skipif(
    os.environ.get("MINIGRAD_KERNELS") == "reference",
    reason="without kernels they change where the step stands, as in a plain one",
)
def test_a_call_that_fails_leaves_running_statistics():
    """They change at the end of a replay, as parameters do: all or none."""
    net = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3))
    step = mg.compile(lambda x, y: F.cross_entropy(net(x), y).detach())
    x, before = mg.randn(4, 4), []
    for label in (0, 0, 0, 7):
        before = [bytes(t.numpy()) for t in net.state_dict().values()]
        with pytest.raises(IndexError) if label else nullcontext():
            step(x, mg.tensor([0, 1, 2, label]))
    assert [bytes(t.numpy()) for t in net.state_dict().values()] == before


def test_a_seed_from_the_system_is_another_in_each_call():
    """A number that a step has drawn is no constant, neither within nor where it is returned."""
    generator = mg.Generator()
    step = mg.compile(lambda: (generator.seed(), mg.rand(1, generator=generator)))
    answers = [step() for _ in range(5)]
    assert len({seed for seed, _ in answers}) == len({x.item() for _, x in answers}) == 5
    assert step.program.confirmed and not step.program.reason


def test_a_hook_that_changes_a_written_gradient():
    """A hook behind the accumulation of a gradient runs in each call."""
    found = []
    for compiled in (False, True):
        weight = mg.ones(3, requires_grad=True)
        weight.register_post_accumulate_grad_hook(lambda w: w.grad.mul_(0.5))

        def function(x, weight=weight):
            weight.grad = None
            (weight * x).sum().backward()
            return weight.grad + 0

        step = mg.compile(function) if compiled else function
        found.append([step(mg.full((3,), float(i))).tolist() for i in range(5)])
    assert found[0] == found[1]
