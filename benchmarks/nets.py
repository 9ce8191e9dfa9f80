"""The ten dense nets that are timed, written for PyTorch and minigrad by the same lines.

No library is imported here: benchmarks/memory.py counts what an import brings.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple


class Net(NamedTuple):
    sizes: str
    batch: int
    optimizer: str
    batch_norm: bool = False
    dropout: float = 0.0

    def __str__(self) -> str:
        extras = ", batch norm" * self.batch_norm + f", dropout {self.dropout}" * (self.dropout > 0)
        return f"{self.sizes}{extras}; batch {self.batch:,}, {self.optimizer}"


NETS = (
    Net("784-10", 512, "SGD"),
    Net("784-300-100-10", 512, "SGD"),
    Net("784-300-100-10", 60_000, "SGD"),
    Net("784-600-400-200-10", 256, "Adam"),
    Net("784-600-400-200-10", 256, "Adam", dropout=0.3),
    Net("784-800-600-400-200-10", 256, "Adam"),
    Net("3072-50-50-10", 100, "SGD", batch_norm=True),
    Net("3072-50-30-20-20-10-10-10-10-10", 100, "SGD", batch_norm=True),
    Net("3072-50-30-20-20-10-10-10-10-10", 100, "SGD"),
    Net("64-32-10", 32, "SGD"),
)
RATES = {"SGD": 0.01, "Adam": 0.001}


def build(nn: Any, net: Net, dropout: float) -> Any:
    """The net in the library whose `nn` this is."""
    sizes = [int(size) for size in net.sizes.split("-")]
    layers = []
    for inputs, outputs in pairwise(sizes[:-1]):
        layers.append(nn.Linear(inputs, outputs))
        if net.batch_norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def step(library: Any, model: Any, optimizer: Any, x: Any, y: Any) -> Callable[[], Any]:
    """A training step in `library`, as its users write it."""
    cross_entropy = library.nn.functional.cross_entropy

    def training_step() -> Any:
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return training_step
