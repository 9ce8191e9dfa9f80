"""The words that a study is written in. They only say; trainer.py and experiments do.

A `Run` is one training, complete: whatever has an influence on its figures is one of its fields, so
that the hash of the fields names its results. A `Study` is a list of `Section`s; a section has
rows (trainings that are compared) or an experiment (any function), pictures and claims.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

VERSION = 1  # of what trainer.py and the experiments do with a declaration: raise it with the code


def key(declaration: Any) -> str:
    """Twelve hexadecimal digits that stand for a declaration.

    Of the fields only those count that are not as usual: a new one leaves old results valid.
    """
    usual = {each.name: each.default for each in fields(declaration)}
    said = {name: value for name, value in asdict(declaration).items() if value != usual[name]}
    text = json.dumps([VERSION, said], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One training of a dense ReLU net on softmax cross-entropy.

    data : fashion-mnist, notmnist or cifar-10
    validation : the share of the training pictures that is kept for validation
    standardise : mean 0, standard deviation 1 of each input, by the training part; else in [0, 1]
    hidden : the sizes of the hidden layers
    init : glorot (uniform), he (normal), torch (its default), or a standard deviation
    batch_norm : before or after the activation of each hidden layer, or not at all
    norm_eps : added to the variances of batch norm
    dropout : after each hidden layer; one probability, or one for each layer
    batch : None for the whole training part; otherwise the samples left over in an epoch, others in
        each, are not used
    steps : stop after so many updates, though the epochs are not over
    l1, l2 : times the sum of |w|, or of w^2, over all weight matrices, added to the loss
    cycle : (low, high, half): the rate rises from low to high in so many updates, and falls again
    samples : use only so many pictures of each part (None: all)
    """

    data: str
    validation: float
    hidden: tuple[int, ...] = ()
    epochs: int
    batch: int | None = None
    steps: int | None = None
    optimizer: str = "sgd"
    lr: float = 0.01
    cycle: tuple[float, float, int] | None = None
    init: str | float = "glorot"
    standardise: bool = False
    batch_norm: str = ""
    norm_eps: float = 1e-5
    dropout: float | tuple[float, ...] = 0.0
    l1: float = 0.0
    l2: float = 0.0
    samples: int | None = None
    seed: int = 1

    def but(self, **changes: Any) -> Run:
        return replace(self, **changes)

    def sizes(self, inputs: int, classes: int = 10) -> list[int]:
        return [inputs, *self.hidden, classes]


@dataclass(frozen=True, kw_only=True)
class BestOf:
    """The run with the best validation accuracy of a section, with changes: known only later."""

    section: str
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """A training in a table.

    published : the report's figures, in percent or as losses, by the names of `FIGURES`
    note : what a careful reader wants to know about the settings
    """

    name: str
    run: Run | BestOf
    published: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


FIGURES = {
    "train_accuracy": "train accuracy",
    "validation_accuracy": "validation accuracy",
    "test_accuracy": "test accuracy",
    "train_loss": "train loss",
    "validation_loss": "validation loss",
    "test_loss": "test loss",
    "gap": "validation loss - train loss",
    "seconds": "seconds of training",
}


@dataclass(frozen=True)
class Claim:
    """A conclusion of a report, as an inequality: `more` has more of `figure` than `less`.

    by : the least difference that counts
    """

    text: str
    figure: str
    more: str
    less: str
    by: float = 0.0


@dataclass(frozen=True)
class Picture:
    """Curves of several rows side by side; kind is "curves" or "bars"."""

    name: str
    title: str
    rows: tuple[str, ...] = ()  # none: all rows of the section
    kind: str = "curves"


@dataclass(frozen=True)
class Experiment:
    """What is no training in the ordinary sense.

    function : "module:function", called with a folder for its pictures and the settings; it gives
        an `Outcome`
    quick : other settings for a tiny version
    """

    function: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    quick: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Outcome:
    """What an experiment found: tables (title, columns, rows), pictures, claims (text, holds,
    evidence)."""

    tables: list[tuple[str, list[str], list[list[Any]]]] = field(default_factory=list)
    pictures: list[tuple[str, str]] = field(default_factory=list)  # file name, caption
    claims: list[tuple[str, bool, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One table of a study.

    epochs : also show the figures after these epochs
    best : show only so many rows, those with the best validation accuracy
    """

    name: str
    title: str
    text: str = ""
    rows: tuple[Row, ...] = ()
    experiment: Experiment | None = None
    epochs: tuple[int, ...] = ()
    best: int | None = None
    pictures: tuple[Picture, ...] = ()
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True)
class Study:
    name: str
    title: str
    text: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Quick:
    """How a study is made tiny: to see that all of it runs, not to learn from its figures."""

    samples: int = 1000
    epochs: int = 2

    def of(self, run: Run) -> Run:
        cycle = run.cycle and (*run.cycle[:2], 10)
        return run.but(
            samples=self.samples,
            epochs=min(run.epochs, self.epochs),
            steps=run.steps and min(run.steps, 12),
            batch=run.batch and min(run.batch, 100),
            cycle=cycle,
        )
