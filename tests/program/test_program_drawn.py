"""Training steps that are drawn, with changes between their calls that are drawn: the same bits."""

import random
from itertools import pairwise

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def drawn_net(draw):
    widths = [6, *(draw.choice([3, 5, 8]) for _ in range(draw.randrange(3)))]
    layers = []
    for wide, narrow in pairwise(widths):
        layers.append(nn.Linear(wide, narrow, bias=draw.random() < 0.8))
        if draw.random() < 0.3:
            layers.append(nn.BatchNorm1d(narrow, momentum=draw.choice([0.1, None])))
        layers.append(draw.choice([nn.ReLU, nn.ReLU, nn.Tanh, nn.Identity])())
        if draw.random() < 0.3:
            layers.append(nn.Dropout(draw.choice([0.2, 0.5])))
    return nn.Sequential(*layers, nn.Linear(widths[-1], 3))


OPTIMIZERS = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("Adam", {}),
    ("Adam", {"amsgrad": True}),
    ("AdamW", {"weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.5}),
    ("Adagrad", {}),
]

ZEROS = {
    "at first": lambda net, optimizer: optimizer.zero_grad(),
    "by name": lambda net, optimizer: optimizer.zero_grad(set_to_none=True),
    "zeros": lambda net, optimizer: optimizer.zero_grad(set_to_none=False),
    "the net's": lambda net, optimizer: net.zero_grad(),
    "never": lambda net, optimizer: None,
}

LOSSES = [
    F.cross_entropy,
    F.cross_entropy,
    lambda out, y: F.cross_entropy(out, y, label_smoothing=0.1),
    lambda out, y: F.cross_entropy(out, y, weight=mg.arange(3.0), reduction="sum"),
    lambda out, y: F.mse_loss(out, F.one_hot(y, 3).float()),
    lambda out, y: F.nll_loss(F.log_softmax(out, 1), y),
]

ANSWERS = [
    lambda net, out, loss: loss,
    lambda net, out, loss: (loss.detach(), out.detach()[0]),
    lambda net, out, loss: {"loss": loss, "gradients": [p.grad for p in net.parameters()]},
    lambda net, out, loss: None,
]


def drawn_step(draw, net):
    """An optimizer and a step with it; what the step reads besides is in a list."""
    kind, options = draw.choice(OPTIMIZERS)
    groups = [{"params": [p]} for p in net.parameters()]
    if draw.random() < 0.6:
        groups = net.parameters()
    optimizer = getattr(mg.optim, kind)(groups, lr=0.05, **options)
    schedule = mg.optim.lr_scheduler.ExponentialLR(optimizer, 0.8)
    zero, loss_of, answer = (draw.choice(each) for each in ([*ZEROS.values()], LOSSES, ANSWERS))
    clip, penalty, when = draw.random() < 0.3, draw.random() < 0.3, draw.choice([0, 0, 1, 2])
    scale = [1.0]

    def step(x, y):
        zero(net, optimizer)
        out = net(x * scale[0])
        loss = loss_of(out, y)
        if penalty:
            loss = loss + 0.01 * sum(p.square().sum() for p in net.parameters())
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        if when == 1:
            schedule.step()
        optimizer.step()
        if when == 2:
            schedule.step()
        return answer(net, out, loss)

    return optimizer, step, scale


def change(draw, net, optimizer, scale, hooks):
    """One of the things that people do between two steps."""
    p, group = draw.choice([*net.parameters()]), draw.choice(optimizer.param_groups)
    changes = [
        lambda: group.update(lr=draw.choice([0.0, 0.01, 0.1])),
        lambda: group.update(maximize=not group.get("maximize", False)),
        lambda: p.requires_grad_(not p.requires_grad),
        lambda: net.train(not net.training),
        lambda: hooks.append(net[0].register_forward_hook(lambda module, args, out: out * 2)),
        lambda: hooks.append(optimizer.register_step_pre_hook(lambda *_: None)),
        lambda: hooks and hooks.pop().remove(),
        net.zero_grad,
        lambda: setattr(p, "grad", None),
        lambda: setattr(p, "grad", mg.ones(*p.shape)),
        lambda: net.load_state_dict({k: v * 1 for k, v in net.state_dict().items()}),
        lambda: scale.__setitem__(0, draw.choice([1.0, 2.0])),
        optimizer.state.clear,
        lambda: len(optimizer.param_groups) > 1 and optimizer.param_groups.pop(),
        lambda: optimizer.add_param_group({"params": [nn.Parameter(mg.ones(2))]}),
        lambda: setattr(net[0], "weight", nn.Parameter(net[0].weight.detach() * 0.5)),
        lambda: setattr(p, "data", p.data * 0.7),
    ]
    draw.choice(changes)()


def bits(part):
    if isinstance(part, mg.Tensor):
        array = part.detach().numpy()
        return str(array.dtype), array.tobytes(), part.requires_grad
    if isinstance(part, (list, tuple)):
        return [bits(p) for p in part]
    return [bits([k, v]) for k, v in part.items()] if isinstance(part, dict) else repr(part)


def calls(seed, wrap):
    """What is there after each of some calls."""
    draw, numbers = random.Random(seed), np.random.default_rng(seed)
    mg.manual_seed(seed)
    net = drawn_net(draw)
    optimizer, step, scale = drawn_step(draw, net)
    step, hooks, held = wrap(step), [], []
    for i in range(14):
        if i > 2 and draw.random() < 0.4:
            change(draw, net, optimizer, scale, hooks)
        n = draw.choice([4, 4, 4, 5])
        x = mg.tensor(numbers.standard_normal((n, 6), np.float32))
        held.append(step(x, mg.tensor(numbers.integers(0, 3, n))))
        held += [p.grad for p in net.parameters() if draw.random() < 0.2]
        states = [[v for v in optimizer.state.get(p, {}).values()] for p in net.parameters()]
        yield bits([held, net.state_dict(), [p.grad for p in net.parameters()], states])
        yield bits([[group["lr"] for group in optimizer.param_groups], mg.rand(1)])


@pytest.mark.parametrize("seed", range(12))
def test_the_same_bits(seed):
    plain = list(calls(seed, lambda step: step))
    for i, found in enumerate(calls(seed, mg.compile)):
        assert found == plain[i], f"call {i // 2} of seed {seed}"
