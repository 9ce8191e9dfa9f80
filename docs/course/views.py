"""The explorer's pages of the course: what moves in a chapter, as one HTML file each.

    python docs/course/views.py FOLDER

A chapter has the marker `<!-- explore: NAME -->` where the page NAME belongs.
"""

import sys
from pathlib import Path

import numpy as np

import minigrad as mg
import minigrad.nn.functional as F
from minigrad.course import sick_run

rng = np.random.default_rng(0)
LABELS = rng.integers(0, 4, 6)


def differences():
    return mg.explore(lambda x: mg.sin(x) * x, np.array([0.5, 1.0, 2.0]))


def diamond():
    a = mg.tensor(3.0, requires_grad=True)
    with mg.explore() as view:
        b = a + a
        c = b + b
        c.backward()
    return view


def rules():
    return mg.explore(lambda x, y: mg.tanh(x) - y, 0.5, 0.25)


def broadcasting():
    return mg.explore(lambda x, b: ((x + b) ** 2).sum(), rng.standard_normal((5, 3)), np.ones(3))


def linear():
    x, w, b = rng.standard_normal((6, 4)), rng.standard_normal((3, 4)), rng.standard_normal(3)
    return mg.explore(lambda x, w, b: x @ w.T + b, x, w, b)


def cross_entropy():
    def stages(logits):
        p = mg.exp(logits) / mg.exp(logits).sum(axis=1, keepdims=True)
        return -mg.log(p)[np.arange(6), LABELS].mean() + F.cross_entropy(logits, LABELS)

    return mg.explore(stages, rng.standard_normal((6, 4)))


def batch_norm():
    def staged(x):
        d = x - x.mean(axis=0, keepdims=True)
        v = (d * d).mean(axis=0, keepdims=True)
        h = d / mg.sqrt(v + 1e-5)
        return (weights * h).sum()

    weights = rng.standard_normal((6, 4))
    return mg.explore(staged, rng.standard_normal((6, 4)))


def row():
    net = mg.nn.Sequential(mg.nn.Linear(4, 6), mg.nn.ReLU(), mg.nn.Linear(6, 3))
    optimizer = mg.optim.SGD(net.parameters(), lr=0.1)

    @mg.compile
    def step(x, labels):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), labels)
        loss.backward()
        optimizer.step()
        return loss

    x = mg.tensor(rng.standard_normal((5, 4)).astype("float32"))
    labels = mg.tensor([1, 0, 2, 2, 1])
    for _ in range(2):  # recorded, and compared
        step(x, labels)
    with mg.explore() as view:
        loss = step(x, labels)  # noqa: F841 - the view has its name
    return view


def training():
    return sick_run(0).view


VIEWS = {f.__name__: f for f in (
    differences, diamond, rules, broadcasting, linear, cross_entropy, batch_norm, row, training
)}  # fmt: skip


def main(folder):
    """Write every page."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in VIEWS.items():
        print(make().save(folder / f"{name}.html"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
