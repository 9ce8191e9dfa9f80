"""Five trainings that are ill, and a healthy one beside them: nets that train while you wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import minigrad as mg

from .. import nn, optim
from ..explore.view import View
from ..nn import functional as F

FAULTS = (
    "no zero_grad",
    "eval forgotten",
    "decay on biases",
    "step before backward",
    "dead ReLUs",
)
RUNS = {1: FAULTS[3], 2: FAULTS[2], 3: FAULTS[4], 4: FAULTS[1], 5: FAULTS[0]}
STEPS, EVERY = 300, 30


@dataclass(frozen=True, repr=False)
class Run:
    """A training as it was seen: its view, its losses, and what was measured at its end.

    view : of `mg.explore(every=30)`; print it, or view.show()
    losses : at each of view.record.data["at"]
    accuracies : on the training data, measured five times at the end
    biases : the largest bias of each linear layer, at the end
    gradients : the size of the first layer's weight.grad, as the optimiser found it at each step
    """

    view: View
    losses: list[float]
    accuracies: list[float]
    biases: list[float]
    gradients: list[float]

    def __str__(self) -> str:
        def told(numbers: Sequence[float | None]) -> str:
            return "  ".join("-" if x is None else f"{x:.3g}" for x in numbers)

        layers = self.view.record.data["layers"]
        parameters = self.view.record.data["parameters"]
        lines = [
            f"loss                         {told(self.losses)}",
            f"first weight.grad, its std   {told(self.gradients[::EVERY])}",
            f"accuracy, five times         {told(self.accuracies)}",
            f"largest bias of each Linear  {told(self.biases)}",
        ]
        for name, kind, dead in zip(layers["name"], layers["kind"], layers["dead"], strict=True):
            if "ReLU" in kind:
                lines.append(f"dead units, {name + ' ' + kind:19} {told(dead)}")
        for name, ratio in sorted(zip(parameters["name"], parameters["ratio"], strict=True)):
            known = [r for r in ratio if r is not None]
            if known:
                lines.append(f"update / weight, {name:11} {told(known)}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def sick_run(number: int) -> Run:
    """Train the sick net of this number, 1 to 5, under the explorer's eyes; 0 is a healthy one.

    Raises ValueError for another number.

    >>> run = sick_run(0)
    >>> run.losses[-1] < run.losses[0] / 3
    True
    """
    if number not in (0, *RUNS):
        raise ValueError(f"course: wanted a run from 0 to {len(RUNS)}, got {number!r}")
    return train(RUNS.get(number, ""))


def data() -> tuple[Any, Any]:
    """Points in a plane, of which the classes are rings; most are outside."""
    x = mg.randn(256, 2) + mg.tensor([2.0, -1.0])
    radius = ((x - mg.tensor([2.0, -1.0])) ** 2).sum(dim=1)
    return x, (radius > 0.6).astype("int64") + (radius > 5.0).astype("int64")


def train(fault: str) -> Run:
    """A net of two hidden layers, trained with this fault."""
    state = mg.get_rng_state()
    mg.manual_seed(3)
    x, y = data()
    drop = 0.5 if fault == "eval forgotten" else 0.0
    net = nn.Sequential(
        nn.Linear(2, 32),
        nn.ReLU(),
        nn.Dropout(drop),
        nn.Linear(32, 32),
        nn.ReLU(),
        nn.Dropout(drop),
        nn.Linear(32, 3),
    )
    linears: list[Any] = [m for m in net.modules() if isinstance(m, nn.Linear)]
    if fault == "dead ReLUs":
        nn.init.constant_(linears[1].bias, -8.0)
    decay = 1.0 if fault == "decay on biases" else 0.0
    biases = [layer.bias for layer in linears]
    weights = [layer.weight for layer in linears]
    # gradients that are never zeroed are a momentum without end
    rate, momentum = (0.002, 0.0) if fault == "no zero_grad" else (0.02, 0.9)
    optimizer = optim.SGD(
        [{"params": weights}, {"params": biases, "weight_decay": decay}],
        lr=rate,
        momentum=momentum,
    )
    gradients = []
    with mg.explore(every=EVERY) as view:
        for _ in range(STEPS):
            loss = F.cross_entropy(net(x), y)
            if fault != "no zero_grad":
                optimizer.zero_grad()
            if fault == "step before backward":
                optimizer.step()
                loss.backward()
            else:
                loss.backward()
                optimizer.step()
            gradients.append(linears[0].weight.grad.std().item())
    if fault != "eval forgotten":
        net.eval()
    with mg.no_grad():
        accuracies = [(net(x).argmax(dim=1) == y).mean().item() for _ in range(5)]
    largest = [abs(b.detach()).max().item() for b in biases]
    mg.set_rng_state(state)
    return Run(view, view.record.data["loss"], accuracies, largest, gradients)
