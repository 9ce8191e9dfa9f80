"""Steps to look at: each a function that gives a view.

    python tests/explore/explore_cases.py FOLDER

writes all of them there, as pages and as records.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F


def add_twice() -> Any:
    """The smallest graph whose order matters."""
    a = mg.tensor(3.0, requires_grad=True)
    with mg.explore() as view:
        b = a + a
        c = b + b
        c.backward()
    return view


def broadcasting() -> Any:
    x = mg.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    w = mg.tensor([1.0, -2.0, 0.5], requires_grad=True)
    with mg.explore() as view:
        y = x * w
        loss = y.sum()
        loss.backward()
    return view


def dense(sizes: list[int]) -> nn.Module:
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes[:-1]):
        layers += [nn.Linear(fan_in, fan_out), nn.BatchNorm1d(fan_out), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def batch_norm_3() -> Any:
    mg.manual_seed(0)
    net = dense([8, 6, 5, 3])
    x, y = mg.randn(10, 8), mg.randint(0, 3, (10,))
    with mg.explore() as view:
        loss = F.cross_entropy(net(x), y)
        loss.backward()
    return view


def nine_layers() -> Any:
    mg.manual_seed(0)
    net = dense([64, *[48] * 8, 10])
    x, y = mg.randn(32, 64), mg.randint(0, 10, (32,))
    with mg.explore() as view:
        loss = F.cross_entropy(net(x), y)
        loss.backward()
    return view


class Attention(nn.Module):
    """Self-attention with several heads, a wide graph (Vaswani et al. 2017, eq. 1)."""

    def __init__(self, features: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.out = (nn.Linear(features, features) for _ in "qkvo")

    def forward(self, x: Any) -> Any:
        batch, length, features = x.shape
        width = features // self.heads
        q, k, v = (
            layer(x).reshape((batch, length, self.heads, width)).swapaxes(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        weights = F.softmax(q @ k.swapaxes(-2, -1) / width**0.5, -1)
        return self.out((weights @ v).swapaxes(1, 2).reshape((batch, length, features)))


def attention() -> Any:
    mg.manual_seed(0)
    layer = Attention(16, 4)
    x = mg.randn(2, 12, 16)
    with mg.explore() as view:
        y = layer(x)
        loss = (y * y).mean()
        loss.backward()
    return view


class Gated(nn.Module):
    """A block of ten operations with a short cut around it."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(features)
        self.into, self.gate = nn.Linear(features, features), nn.Linear(features, features)

    def forward(self, x: Any) -> Any:
        h = mg.tanh(self.into(self.norm(x)))
        h = h * F.sigmoid(self.gate(h)) + 0.5 * h
        return x + 0.1 * h


def many_step(blocks: int = 310, features: int = 24, batch: int = 16) -> Callable[[], Any]:
    """A training step of about 5,000 nodes, not watched yet."""
    mg.manual_seed(0)
    net = nn.Sequential(*[Gated(features) for _ in range(blocks)], nn.Linear(features, 10))
    x, y = mg.randn(batch, features), mg.randint(0, 10, (batch,))

    def step() -> Any:
        net.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        return loss

    return step


def many_5000() -> Any:
    step = many_step()
    with mg.explore(level="light") as view:
        step()
    return view


def error_half_way() -> Any:
    @mg.operation
    def half(x: Any) -> Any:
        return x * 0.5

    @half.gradient("x")
    def _(g: Any, x: Any) -> Any:
        return g.reshape(7)

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with contextlib.suppress(RuntimeError), mg.explore() as view:
        y = half(x) * 3.0
        z = mg.exp(y).sum()
        z.backward()
    return view


def second_order() -> Any:
    x = mg.tensor(2.0, requires_grad=True)
    with mg.explore() as view:
        y = x**3
        (first,) = mg.autograd.grad(y, x, create_graph=True)
        first.backward()
    return view


def training() -> Any:
    """Eight layers of tanh that begin too small: the gradient vanishes."""
    mg.manual_seed(0)
    layers = [m for _ in range(8) for m in (nn.Linear(20, 20), nn.Tanh())]
    net = nn.Sequential(*layers, nn.Linear(20, 3))
    with mg.no_grad():
        for parameter in net.parameters():
            parameter.copy_(np.random.default_rng(0).normal(0, 0.05, parameter.shape))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    x, y = mg.randn(64, 20), mg.randint(0, 3, (64,))
    with mg.explore(every=5) as view:
        for _ in range(41):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
    return view


class Split(mg.autograd.Function):
    """A Function with two outputs and a number among its arguments."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any, scale: float) -> Any:
        ctx.save_for_backward(x, y)
        ctx.scale = scale
        return x * y * scale, x + y

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        x, y = ctx.saved_tensors
        return g * y * ctx.scale + h, g * x * ctx.scale + h, None


def own_function() -> Any:
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = mg.tensor([2.0, 2.0, 2.0], requires_grad=True)
    with mg.explore() as view:
        p, q = Split.apply(x, y, 2.0)
        loss = (p * q).sum()
        loss.backward()
    return view


def recurrent() -> Any:
    """A cell that is called seven times, which is seven groups with the same weights."""
    mg.manual_seed(0)
    cell, head = nn.RNNCell(5, 6), nn.Linear(6, 3)
    x, y = mg.randn(7, 4, 5), mg.randint(0, 3, (7, 4))
    h: Any = mg.zeros(4, 6)
    loss: Any = 0.0
    with mg.explore() as view:
        for t in range(7):
            h = cell(x[t], h)
            loss = loss + F.cross_entropy(head(h), y[t])
        loss.backward()
    return view


def in_place() -> Any:
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with mg.explore() as view:
        y = x * 2
        y[0] = 5.0
        y += x
        y.mul_(3.0)
        y.sum().backward()
    return view


def long_names() -> Any:
    mg.manual_seed(0)
    a_table_of_measurements_that_somebody_gave_a_very_long_name = mg.randn(3, 4)
    net = nn.ModuleDict({"the_first_projection_of_all_the_measurements": nn.Linear(4, 4)})
    with mg.explore() as view:
        layer = net["the_first_projection_of_all_the_measurements"]
        the_result_of_it_all = layer(a_table_of_measurements_that_somebody_gave_a_very_long_name)
        the_result_of_it_all.sum().backward()
    return view


def compiled_step() -> Any:
    """A compiled training step, with an operation that has no kernel."""
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3))
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    def train_step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        scores = net(x)
        loss = F.cross_entropy(scores, y) + mg.exp(scores).mean() * 0.001
        loss.backward()
        optimizer.step()
        return loss

    train_step = mg.compile(train_step)
    x, y = mg.randn(10, 8), mg.randint(0, 3, (10,))
    for _ in range(2):
        train_step(x, y)
    return mg.explore(train_step, x, y)


CASES: dict[str, Callable[[], Any]] = {
    case.__name__: case
    for case in (
        add_twice,
        broadcasting,
        batch_norm_3,
        nine_layers,
        attention,
        many_5000,
        error_half_way,
        second_order,
        own_function,
        recurrent,
        in_place,
        long_names,
        compiled_step,
        training,
    )
}


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        view = case()
        for ending in ("json", "html"):
            path = view.save(folder / f"{name}.{ending}")
            print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
