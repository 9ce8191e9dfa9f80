"""What the examples share: a training loop, its record, tables and learning curves.

Nothing here is needed to train a net (the loop in `updates` is all there is to it), so it is not
part of the library. Copy what you like.
"""

from __future__ import annotations

import argparse
import csv
import importlib
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F
from minigrad.utils.data import DataLoader


def extra(module: str) -> Any:
    """Import a module of the `examples` extra, or stop and say how to get it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        sys.exit(f"{error}. The examples need more than minigrad: pip install 'minigrad[examples]'")


# At once, and not only when the training is over and its curves are to be drawn.
tqdm = extra("tqdm").tqdm
Figure = extra("matplotlib.figure").Figure
MaxNLocator = extra("matplotlib.ticker").MaxNLocator


def count(text: str) -> int:
    """A positive integer of the command line."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"wanted 1 or more, got {number}")
    return number


class Scores(NamedTuple):
    loss: float
    accuracy: float


@dataclass(frozen=True)
class Epoch:
    """One row of a history; the seconds are those of training, without evaluation."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    learning_rate: float
    seconds: float

    HEADER = "epoch  train loss  accuracy   val. loss  accuracy  seconds"

    def __str__(self) -> str:
        return (
            f"{self.epoch:5}  {self.train_loss:10.4f}  {self.train_accuracy:8.4f}  "
            f"{self.validation_loss:10.4f}  {self.validation_accuracy:8.4f}  {self.seconds:7.2f}"
        )


@dataclass
class History:
    """The epochs of one training."""

    epochs: list[Epoch] = field(default_factory=list)

    def column(self, name: str) -> list[float]:
        return [getattr(epoch, name) for epoch in self.epochs]

    @property
    def seconds(self) -> float:
        return sum(self.column("seconds"))

    def write_csv(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, [column.name for column in fields(Epoch)])
            writer.writeheader()
            writer.writerows(asdict(epoch) for epoch in self.epochs)


def updates(
    model: Any,
    optimizer: Any,
    batches: Iterable[tuple[Any, Any]],
    loss_of: Callable[[Any, Any], Any] = F.cross_entropy,
    *,
    schedule: Any = None,
    penalty: Callable[[Any], Any] | None = None,
) -> Iterator[Any]:
    """Train on each batch, and give its loss: the loop of all examples, PyTorch's too.

    loss_of : of what the model says and what is right
    schedule : stepped after every batch
    penalty : of the model, added to the loss
    """
    for x, y in batches:
        loss = loss_of(model(x), y)
        if penalty is not None:
            loss = loss + penalty(model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if schedule is not None:
            schedule.step()
        yield loss


def fit(
    model: nn.Module,
    optimizer: optim.Optimizer,
    train: Any,
    validation: Any,
    *,
    epochs: int,
    batch_size: int,
    steps: int | None = None,
    schedule: optim.lr_scheduler.LRScheduler | None = None,
    penalty: Callable[[nn.Module], mg.Tensor] | None = None,
    history: History | None = None,
    say: Callable[[str], Any] | None = None,
    after_epoch: Callable[[History], Any] | None = None,
) -> History:
    """Train a classifier on cross-entropy, with a progress bar, and keep a record.

    train, validation : data sets of pairs (features, class number)
    batch_size : at least `len(train)` for full batches; otherwise all batches are of this size, and
        the samples that are left over (others in each epoch) are not used
    steps : stop after so many updates, though the epochs are not over
    schedule : stepped after every batch
    penalty : of the model, added to the loss that is trained on, but not to the one reported
    history : of the epochs before an interruption, to go on from
    say : what prints a line, to get a table row after each epoch
    after_epoch : called with the history, once its row is written
    """
    full = batch_size >= len(train)
    loader = [train[:]] if full else DataLoader(train, batch_size, shuffle=True, drop_last=True)
    history = history or History()
    total = min(epochs * len(loader), steps or epochs * len(loader))
    first, last = len(history.epochs) + 1, ceil(total / len(loader))
    if say:
        say(Epoch.HEADER)
    with progress_bar(total, quiet=say is not None) as bar:
        bar.update(min((first - 1) * len(loader), total))
        for epoch in range(first, last + 1):
            bar.set_description_str(f"epoch {epoch}/{last} ", refresh=False)
            model.train()
            begin = time.perf_counter()
            training = updates(model, optimizer, loader, schedule=schedule, penalty=penalty)
            for _ in islice(training, total - (epoch - 1) * len(loader)):
                bar.update()
            seconds = time.perf_counter() - begin
            rate = optimizer.param_groups[0]["lr"]
            row = Epoch(epoch, *evaluate(model, train), *evaluate(model, validation), rate, seconds)
            history.epochs.append(row)
            bar.set_postfix_str(
                f"validation accuracy {row.validation_accuracy:.4f}", refresh=epoch == last
            )
            if say:
                with bar.external_write_mode():
                    say(str(row))
            if after_epoch:
                after_epoch(history)
    return history


def evaluate(model: nn.Module, dataset: Any, batch_size: int = 5000) -> Scores:
    """Mean cross-entropy and accuracy over a data set, as the model is used after training."""
    was_training = model.training
    model.eval()
    loss = hits = 0.0
    with mg.no_grad():
        for x, y in DataLoader(dataset, batch_size):
            scores = model(x)
            loss += F.cross_entropy(scores, y, reduction="sum").item()
            hits += (scores.numpy().argmax(axis=1) == y.numpy()).sum().item()
    model.train(was_training)
    return Scores(loss / len(dataset), hits / len(dataset))


def weight_penalty(model: Any, l1: float, l2: float) -> Any:
    """l1 * sum |w| + l2 * sum w^2 over all weight matrices: the biases are left free."""
    weights = [p for p in model.parameters() if p.ndim == 2]
    first = l1 * sum(abs(w).sum() for w in weights) if l1 else 0
    return first + (l2 * sum((w * w).sum() for w in weights) if l2 else 0)


def progress_bar(steps: int, unit: str = "batches", *, quiet: bool = False) -> Any:
    """A bar that is redrawn ten times a second in a terminal, and seldom in a file.

    quiet : in a file not at all, since rows are printed there
    """
    terminal = sys.stderr.isatty()
    interval = 0.1 if terminal else 10.0
    layout = "{desc}|{bar:30}| {n_fmt}/{total_fmt} {unit}, {elapsed}<{remaining}{postfix}"
    hidden = quiet and not terminal
    return tqdm(
        total=steps,
        unit=unit,
        mininterval=interval,
        bar_format=layout,
        disable=hidden,
        leave=not quiet,
    )


def results(model: nn.Module, parts: Mapping[str, Any]) -> str:
    """Evaluate the model on the parts of a data set; a table to print."""
    lines = ["            samples    loss  accuracy"]
    for name, part in parts.items():
        loss, accuracy = evaluate(model, part)
        lines.append(f"{name:10}  {len(part):7}  {loss:6.4f}  {accuracy:8.4f}")
    return "\n".join(lines)


def plot_history(history: History, path: Path, title: str) -> None:
    """Draw loss and accuracy over the epochs, on training and validation data, as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    figure.suptitle(title)
    steps = history.column("epoch")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        for part, style in (("train", "C0-"), ("validation", "C1-")):
            values = history.column(f"{part}_{name}")
            axes.plot(steps, values, style, marker="." if len(steps) < 50 else "", label=part)
        axes.set(xlabel="epoch", ylabel="cross-entropy loss" if name == "loss" else name)
        axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
    figure.savefig(path, dpi=110)
