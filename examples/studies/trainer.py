"""The training of a study: it repeats bit for bit, and goes on where it stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, astuple
from math import isfinite
from pathlib import Path
from typing import Any

from training import Epoch, History, evaluate, fit

import minigrad as mg
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
    done, saved = len(history.epochs), time.monotonic()
    if say:
        say(f"\n{title}" + (f", from epoch {done + 1}" if done else ""))

    def save(history: History) -> None:
        nonlocal saved
        if time.monotonic() - saved > SAVE_EVERY:
            record = [astuple(row) for row in history.epochs]
            save_checkpoint(checkpoint, model, optimizer, rates, record)
            saved = time.monotonic()

    fit(
        model,
        optimizer,
        parts.train,
        parts.validation,
        epochs=run.epochs,
        batch_size=run.batch or len(parts.train),
        steps=run.steps,
        schedule=rates,
        penalty=penalty(run),
        history=history,
        say=say or (lambda line: None),
        after_epoch=save,
    )
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
