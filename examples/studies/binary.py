"""A hundred ReLUs and one sigmoid: loss and accuracy before and after one pass."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from training import updates

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F
from minigrad.utils.data import DataLoader
from studies.declare import Outcome, Run
from studies.pictures import load


def one_pass(
    folder: Path,
    positive: int,
    hidden: int,
    lr: float,
    batches: Sequence[int | None],
    seed: int,
    samples: int | None = None,
) -> Outcome:
    """Is a picture of the class `positive`? One pass of gradient descent for each batch size."""
    run = Run(data="fashion-mnist", validation=0.0, epochs=1, samples=samples)
    train, _, test = load(run)
    rows = []
    outcome = Outcome()
    for size in batches:
        mg.manual_seed(seed)
        model = nn.Sequential(nn.Linear(train[:][0].shape[1], hidden), nn.ReLU())
        model.append(nn.Linear(hidden, 1))
        optimizer = optim.SGD(model.parameters(), lr=lr)
        name = f"batches of {size}" if size else "one step on the whole"
        before = [score(model, part[:], positive) for part in (train, test)]
        loader = DataLoader(train, size, shuffle=True) if size else [train[:]]
        for _ in updates(model, optimizer, loader, partial(cross_entropy, positive=positive)):
            pass
        after = [score(model, part[:], positive) for part in (train, test)]
        for part, (loss0, hits0), (loss1, hits1) in zip(
            ("train", "test"), before, after, strict=True
        ):
            figures = (
                f"{loss0:.4f}",
                f"{loss1:.4f}",
                f"{100 * hits0:.2f} %",
                f"{100 * hits1:.2f} %",
            )
            rows.append([name, part, *figures])
        outcome.claims.append(
            (
                f"One pass ({name}) lowers the loss",
                after[1][0] < before[1][0],
                f"test loss: {before[1][0]:.4f} before, {after[1][0]:.4f} after",
            )
        )
    head = ["pass", "part", "loss before", "loss after", "accuracy before", "accuracy after"]
    outcome.tables.append(("", head, rows))
    return outcome


def cross_entropy(scores: mg.Tensor, y: mg.Tensor, positive: int) -> mg.Tensor:
    target = (y == positive).astype("float32")
    return F.binary_cross_entropy_with_logits(scores[:, 0], target)


def score(
    model: nn.Module, data: tuple[mg.Tensor, mg.Tensor], positive: int
) -> tuple[float, float]:
    """Mean binary cross-entropy, and the share that lies on the right side of 1/2."""
    x, y = data
    with mg.no_grad():
        scores = model(x)
        loss = cross_entropy(scores, y, positive).item()
    right = (scores.numpy()[:, 0] > 0) == (y.numpy() == positive)
    return loss, right.mean().item()
