"""The same lines run twice, plain and compiled, with something changed between the calls."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def identity(function):
    return function


def bits(value):
    if isinstance(value, mg.Tensor):
        array = value.detach().numpy()
        return str(array.dtype), array.shape, array.tobytes()
    if isinstance(value, (list, tuple)):
        return [bits(v) for v in value]
    if isinstance(value, dict):
        return [(k, bits(v)) for k, v in value.items()]
    return value


def net_of(*between):
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 5), *between, nn.Linear(5, 3))


def data():
    rng = np.random.default_rng(1)
    x = mg.tensor(rng.standard_normal((4, 6)).astype(np.float32))
    return x, mg.tensor(rng.integers(0, 3, 4))


def trainer(net, optimizer, wrap, loss=F.cross_entropy, after=None):
    @wrap
    def step(x, y):
        optimizer.zero_grad()
        value = loss(net(x), y)
        value.backward()
        optimizer.step()
        if after is not None:
            after.step()
        return value

    return step


def an_attribute_that_shadows_the_class(wrap):
    class Scale:
        factor = 1.0

    scale = Scale()
    scaled = wrap(lambda x: x * scale.factor)
    x, _ = data()
    for i in range(9):
        if i == 3:
            scale.factor = 2.0
        if i == 6:
            del scale.factor
            Scale.factor = 3.0
        yield scaled(x)


def an_attribute_that_is_asked_for_and_missing(wrap):
    class Scale:
        pass

    scale = Scale()
    scaled = wrap(lambda x: x * 2 if hasattr(scale, "double") else x)
    x, _ = data()
    for i in range(8):
        if i == 4:
            scale.double = True
        yield scaled(x)


def an_attribute_behind_a_property(wrap):
    class Scale:
        count = 0

        @property
        def factor(self):
            return float(self.count)

    scale = Scale()
    scaled = wrap(lambda x: x * scale.factor)
    x, _ = data()
    for i in range(8):
        if i == 4:
            scale.count = 3
        yield scaled(x)


def methods_of_two_instances(wrap):
    class Trainer:
        factor = 1.0

        def __init__(self):
            self.net = net_of(nn.ReLU())

        @wrap
        def loss(self, x):
            return (self.net(x) * self.factor).sum().detach()

    one, two = Trainer(), Trainer()
    x, _ = data()
    for i in range(12):
        if i == 4:
            two.factor = 2.0
        if i == 8:
            Trainer.factor = 3.0
        yield one.loss(x), two.loss(x)


def scheduler(kind, **options):
    def within(wrap):
        net = net_of(nn.ReLU())
        optimizer = mg.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
        schedule = getattr(mg.optim.lr_scheduler, kind)(optimizer, **options)
        step = trainer(net, optimizer, wrap, after=schedule)
        for _ in range(8):
            yield step(*data()), list(net.parameters()), optimizer.param_groups[0]["lr"]

    within.__name__ = f"{kind}_within"
    return within


def a_parameter_without_axes(wrap):
    weight = mg.tensor(3.0, requires_grad=True)
    factor = mg.tensor(2.0)
    optimizer = mg.optim.SGD([weight], lr=0.1)

    @wrap
    def step(x):
        optimizer.zero_grad()
        loss = x * weight * factor
        loss.backward()
        optimizer.step()
        return loss

    for i in range(9):
        if i == 3:
            factor.fill_(5.0)
        if i == 6:
            weight.data = mg.tensor(1.0)
        yield step(mg.tensor(float(i))), weight, weight.grad


def answers_that_share_memory(wrap):
    @wrap
    def both(x):
        y = x * 2
        return y, y, y[0]

    for _ in range(5):
        first, second, row = both(data()[0])
        first.mul_(2)
        yield first is second, second, row


def answers_of_every_kind(wrap):
    nothing = wrap(lambda x: None)
    several = wrap(lambda x: {"a": x * 2, "b": (x.sum(), [x.max(), None]), "c": 3})
    for _ in range(4):
        yield nothing(data()[0]), several(data()[0])


def trains_with(loss, *between):
    def case(wrap):
        net = net_of(*between)
        step = trainer(net, mg.optim.SGD(net.parameters(), lr=0.1), wrap, loss)
        for _ in range(5):
            yield step(*data()), list(net.parameters())
        if wrap is not identity:
            assert not step.program.reason

    return case


def log_likelihood(wrap):
    return trains_with(lambda out, y: F.nll_loss(F.log_softmax(out, 1), y))(wrap)


def alpha_dropout(wrap):
    return trains_with(F.cross_entropy, nn.SELU(), nn.AlphaDropout(0.3))(wrap)


def a_square_of_one_hot(wrap):
    return trains_with(lambda out, y: F.mse_loss(out, F.one_hot(y, 3).float()))(wrap)


def a_recurrent_net(wrap):
    mg.manual_seed(0)
    net = nn.LSTM(4, 3, batch_first=True)
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

    @wrap
    def step(x):
        optimizer.zero_grad()
        out, _ = net(x)
        loss = out.square().sum()
        loss.backward()
        optimizer.step()
        return loss

    x = mg.randn(2, 5, 4)
    for _ in range(5):
        yield step(x), list(net.parameters())
    if wrap is not identity:
        assert not step.program.reason


CASES = [
    an_attribute_that_shadows_the_class,
    an_attribute_that_is_asked_for_and_missing,
    an_attribute_behind_a_property,
    methods_of_two_instances,
    scheduler("StepLR", step_size=3),
    scheduler("LambdaLR", lr_lambda=lambda epoch: 0.9**epoch),
    scheduler("OneCycleLR", max_lr=0.1, total_steps=20),
    a_parameter_without_axes,
    answers_that_share_memory,
    answers_of_every_kind,
    log_likelihood,
    alpha_dropout,
    a_square_of_one_hot,
    a_recurrent_net,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_the_same_lines(case):
    plain, compiled = ([bits(found) for found in case(wrap)] for wrap in (identity, mg.compile))
    assert compiled == plain


def test_a_bad_label_of_nll_loss():
    net = net_of()
    step = trainer(net, mg.optim.SGD(net.parameters(), lr=0.1), mg.compile, F.nll_loss)
    x, y = data()
    for _ in range(3):
        step(x, y)
    y[1] = 7
    with pytest.raises(IndexError, match="wanted 0 to 2, got 7"):
        step(x, y)


@mg.compile
def doubled(x):
    return x * 2


def test_copies():
    x, _ = data()
    net = net_of(nn.ReLU())
    compiled = mg.compile(net)
    with mg.no_grad():
        for _ in range(3):
            expected, _ = compiled(x), doubled(x)
        for copied in (copy.deepcopy(compiled), pickle.loads(pickle.dumps(compiled))):
            for _ in range(3):
                assert bits(copied(x)) == bits(expected)
            next(copied.parameters()).zero_()
            assert bits(compiled(x)) == bits(expected) != bits(copied(x))
    assert copy.deepcopy(doubled) is doubled is pickle.loads(pickle.dumps(doubled))


def test_fullgraph_refuses_what_is_not_followed():
    x, _ = data()
    assert bits(mg.compile(lambda x: x[x > 0])(x)) == bits(x[x > 0])
    with pytest.raises(mg.program.Refused, match=r"fullgraph=True: .*x\[mask\]"):
        mg.compile(lambda x: x[x > 0], fullgraph=True)(x)
