"""What the whole page comes to: how much has been run, and which yardsticks are met."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from studies.declare import FIGURES, Row, Run
from studies.peers import Means
from studies.tables import amount

POINTS = 0.015  # by which an accuracy may miss the published one, where the data are the report's
PEER_POINTS = 0.01  # by which it may miss PyTorch's, where they are not


class Outcome(NamedTuple):
    """One row with what is known of it, nothing where it is not run yet.

    figures : of the run
    theirs, mean : PyTorch's and ours over the same seeds
    """

    where: str
    row: Row
    run: Run | None
    figures: dict[str, Any]
    theirs: Means
    mean: Means


def summary(outcomes: Iterable[Outcome]) -> str:
    rows = list(outcomes)
    over = [each for each in rows if each.figures]
    lines = [f"- {len(over)} of {len(rows)} trainings are over."]
    published = list(against_published(over))
    lines += verdict(
        published, f"of Fashion-MNIST and CIFAR-10 within {100 * POINTS:g} points of the report's"
    )
    peers = list(against_peers(over))
    lines += verdict(peers, f"of notMNIST within {100 * PEER_POINTS:g} point of PyTorch's")
    return "\n".join(lines)


def verdict(met: list[tuple[str, bool]], words: str) -> list[str]:
    """How many are met, and each that is not."""
    missed = [said for said, good in met if not good]
    head = f"- {len(met) - len(missed)} of {len(met)} accuracies are {words}, or above"
    return [head + ("; not so:" if missed else "."), *(f"  - {said}" for said in missed)]


def against_published(over: list[Outcome]) -> Iterable[tuple[str, bool]]:
    for each in over:
        for name, wanted in each.row.published.items():
            if name.endswith("accuracy") and each.run and each.run.data != "notmnist":
                ours = each.figures[name]
                said = f"{each.where}: {FIGURES[name]} {amount(name, ours)}, published "
                said += amount(name, wanted)
                if each.theirs.seeds:
                    theirs = amount(name, *each.theirs.of(name))
                    said += f"; PyTorch, the mean of {each.theirs.seeds} seeds: {theirs}"
                yield said, ours >= wanted - POINTS


def against_peers(over: list[Outcome]) -> Iterable[tuple[str, bool]]:
    for each in over:
        if each.theirs.seeds and each.mean.seeds and each.run and each.run.data == "notmnist":
            for name in each.row.published or ("test_accuracy",):
                ours, theirs = each.mean.figures[name], each.theirs.figures[name]
                said = f"{each.where}: mean {FIGURES[name]} {amount(name, ours)}, PyTorch's "
                yield said + amount(name, theirs), ours >= theirs - PEER_POINTS
