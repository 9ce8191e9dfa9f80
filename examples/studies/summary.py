"""What the whole page comes to: how much has been run, and which yardsticks are met.

It is read off the tables of the page, whose sections are not all written at the same time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from studies.tables import MISSING, unmarked

POINTS = 1.5  # by which an accuracy may miss the published one, where the data are the report's
PEER_POINTS = 1.0  # by which it may miss PyTorch's, where they are not


class Line(NamedTuple):
    """A row of a table of trainings.

    where : study/section/row
    letters : of notMNIST
    cells : by the head of their column, what stands in them one below the other
    """

    where: str
    letters: bool
    cells: Mapping[str, Sequence[str]]

    def figures(self) -> Iterator[dict[str, str]]:
        """Of each figure, by the head of their column, its name and what is known of it."""
        for i, name in enumerate(self.cells[""]):
            values = {head: cell[i] for head, cell in self.cells.items() if len(cell) > i}
            yield {**values, "": name}


def summary(page: str, trainings: int) -> str:
    """A list in Markdown. trainings : how many are declared"""
    lines = list(tables(page))
    unfinished = sum(line.cells["ours"] == [MISSING] for line in lines)
    said = [f"- {trainings - unfinished} of {trainings} trainings are over."]
    published = list(against_published(lines))
    said += verdict(
        published, f"of Fashion-MNIST and CIFAR-10 within {POINTS:g} points of the report's"
    )
    peers = list(against_peers(lines))
    said += verdict(peers, f"of notMNIST within {PEER_POINTS:g} point of PyTorch's")
    return "\n".join(said)


def tables(page: str) -> Iterator[Line]:
    for section in page.split("\n### ")[1:]:
        command = re.search(r"^`python examples/studies run (.+)`$", section, re.MULTILINE)
        for paragraph in section.split("\n\n"):
            if command and paragraph.startswith("| run |  |"):
                head, _, *rows = (
                    [cell.strip() for cell in line.strip("|").split("|")]
                    for line in paragraph.splitlines()
                )
                for row in rows:
                    cells = {k: cell.split("<br>") for k, cell in zip(head, row, strict=True)}
                    where = f"{command[1]}/{unmarked(row[0])}"
                    yield Line(where, "Settings: data notmnist" in section, cells)


def verdict(met: list[tuple[str, bool]], words: str) -> list[str]:
    """How many are met, and each that is not."""
    missed = [said for said, good in met if not good]
    head = f"- {len(met) - len(missed)} of {len(met)} accuracies are {words}, or above"
    return [head + ("; not so:" if missed else "."), *(f"  - {said}" for said in missed)]


def against_published(lines: list[Line]) -> Iterator[tuple[str, bool]]:
    for line in lines:
        for each in line.figures():
            if each[""].endswith("accuracy") and each.get("difference") and not line.letters:
                said = f"{line.where}: {each['']} {each['ours']}, published {each['published']}"
                if "PyTorch's mean" in each:
                    (seeds,) = line.cells["of seeds"]
                    said += f"; PyTorch, the mean of {seeds} seeds: " + each["PyTorch's mean"]
                yield said, float(each["difference"]) >= -POINTS


def against_peers(lines: list[Line]) -> Iterator[tuple[str, bool]]:
    for line in lines:
        published = [each for each in line.figures() if each.get("published", "–") != "–"]
        for each in published or line.figures():
            wanted = published or each[""] == "test accuracy"
            if wanted and each.get("difference") and line.letters:
                said = f"{line.where}: mean {each['']} {each['our mean']}, PyTorch's "
                yield said + each["PyTorch's mean"], float(each["difference"]) >= -PEER_POINTS
