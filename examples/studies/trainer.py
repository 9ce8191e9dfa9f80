"""The training loop of the studies: it repeats bit for bit, and goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, astuple
from math import isfinite
from pathlib import Path
from typing import Any

from training import Epoch, History, evaluate, progress_bar

import minigrad as mg
from minigrad.nn import functional as F
from minigrad.utils.data import DataLoader
from studies.declare import Run
from studies.nets import build, optimiser, penalty, schedule
from studies.pictures import Parts
from studies.store import load_checkpoint, save_checkpoint, write

SAVE_EVERY = 5.0  # seconds, at the end of an epoch: a checkpoint of a small net costs more than it


def train(
    run: Run, parts: Parts, folder: Path, title: str, say: Callable[[str], Any] | None = print
) -> dict[str, Any]:
    """Train as declared, with a table row for each epoch, and give the figures of the end.

    folder : where history.csv and the checkpoints go; a checkpoint that is there is gone on from
    say : what prints a line; None for nothing, not even a progress bar
    """
    mg.manual_seed(run.seed)
    model = build(run, parts.inputs)
    optimizer = optimiser(run, model)
    rates = schedule(run, optimizer)
    history = History()
    checkpoint = folder / "checkpoint.npz"
    if checkpoint.is_file():
        record = load_checkpoint(checkpoint, model, optimizer, rates)
        history.epochs += [Epoch(*row) for row in record]

    train_set = parts.train
    if run.batch is None or run.batch >= len(train_set):
        loader: Any = [train_set[:]]
    else:
        loader = DataLoader(train_set, run.batch, shuffle=True, drop_last=True)
    total = min(run.epochs * len(loader), run.steps or run.epochs * len(loader))
    first = len(history.epochs)
    step = min(first * len(loader), total)
    saved = time.monotonic()

    say = say or (lambda line: None)
    say(f"\n{title}" + (f", from epoch {first + 1}" if first else "") + f"\n{Epoch.HEADER}")
    with progress_bar(total, quiet=True) as bar:
        bar.update(step)
        while step < total:
            epoch = len(history.epochs) + 1
            bar.set_description(f"epoch {epoch}", refresh=False)
            begin = time.perf_counter()
            for x, y in loader:
                loss = F.cross_entropy(model(x), y) + penalty(run, model)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if rates is not None:
                    rates.step()
                step += 1
                bar.update()
                if step == total:
                    break
            seconds = time.perf_counter() - begin
            rate = optimizer.param_groups[0]["lr"]
            scores = (*evaluate(model, train_set), *evaluate(model, parts.validation))
            history.epochs.append(Epoch(epoch, *scores, rate, seconds))
            with bar.external_write_mode():
                say(str(history.epochs[-1]))
            if time.monotonic() - saved > SAVE_EVERY and step < total:
                record = [astuple(row) for row in history.epochs]
                save_checkpoint(checkpoint, model, optimizer, rates, record)
                saved = time.monotonic()
    write(folder / "history.csv", history.write_csv)
    return figures(history, evaluate(model, parts.test))


def figures(history: History, test: Any) -> dict[str, Any]:
    """What a table of a study may show, by the names in `FIGURES`; NaN and infinity as None."""
    last = asdict(history.epochs[-1])
    found = {
        **{name: last[name] for name in last if name.startswith(("train", "validation"))},
        "test_loss": test.loss,
        "test_accuracy": test.accuracy,
        "gap": last["validation_loss"] - last["train_loss"],
        "seconds": history.seconds,
    }
    return {name: value if isfinite(value) else None for name, value in found.items()}
