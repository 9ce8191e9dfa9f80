"""The net, the optimiser, the schedule and the penalty of a run.

The library is an argument: minigrad, or PyTorch where the two are compared. Their names are the
same, so one text builds both.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from training import weight_penalty

import minigrad
from studies.declare import Run

OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {"momentum": 0.9}),
    "adam": ("Adam", {}),
    "rmsprop": ("RMSprop", {}),
}


def build(run: Run, inputs: int, library: Any = minigrad) -> Any:
    """Linear, batch norm if wanted, ReLU, dropout if wanted, ...; the last layer gives logits."""
    nn = library.nn
    *sizes, classes = run.sizes(inputs)
    hidden = len(run.hidden)
    rates = run.dropout if isinstance(run.dropout, tuple) else (run.dropout,) * hidden
    layers: list[Any] = []
    for (before, size), rate in zip(pairwise(sizes), rates, strict=True):
        layers.append(start(nn.Linear(before, size), run.init, nn))
        activation = [nn.ReLU()]
        if run.batch_norm:
            activation.insert(run.batch_norm == "after", nn.BatchNorm1d(size, eps=run.norm_eps))
        layers += activation
        if rate:
            layers.append(nn.Dropout(rate))
    return nn.Sequential(*layers, start(nn.Linear(sizes[-1], classes), run.init, nn))


def start(layer: Any, init: str | float, nn: Any) -> Any:
    """The layer with its parameters drawn as declared; biases are 0, but for "torch"."""
    if init == "torch":
        return layer
    nn.init.zeros_(layer.bias)
    if init == "glorot":
        nn.init.xavier_uniform_(layer.weight)
    elif init == "he":
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    else:
        nn.init.normal_(layer.weight, 0.0, init)
    return layer


def optimiser(run: Run, model: Any, library: Any = minigrad) -> Any:
    name, options = OPTIMIZERS[run.optimizer]
    return getattr(library.optim, name)(model.parameters(), lr=run.lr, **options)


def schedule(run: Run, optimizer: Any, library: Any = minigrad) -> Any:
    """Smith's triangles, or None for a constant rate."""
    if run.cycle is None:
        return None
    low, high, half = run.cycle
    cyclic = library.optim.lr_scheduler.CyclicLR
    return cyclic(optimizer, low, high, step_size_up=half, cycle_momentum=False)


def penalty(run: Run) -> Callable[[Any], Any] | None:
    """Of a model, in either library; None where the run has none."""
    if not (run.l1 or run.l2):
        return None
    return lambda model: weight_penalty(model, run.l1, run.l2)
