"""docs/studies.md, from the results on disk: no figure in it is typed by hand.

A row shows the published figure, ours, PyTorch's mean where `peers` has trained it, and our
difference from what is published; a row whose run is not over says so. Sections may be written one
by one, where their results are: the others stay as they are on the page.
"""

from __future__ import annotations

import csv
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from studies import plots
from studies.declare import FIGURES, Claim, Experiment, Picture, Quick, Row, Run, Section, Study
from studies.peers import Means, means
from studies.runner import declared, named, tiny
from studies.store import Store
from studies.summary import summary
from studies.tables import (
    MISSING,
    amount,
    difference,
    markdown,
    marked,
    settings,
    stacked,
    without_empty,
)

DEFAULT = ("validation_accuracy", "test_accuracy")


class Report:
    """Writes one study after the other.

    pictures : the folder that the pictures go to
    link : the same folder, as the text names it
    """

    def __init__(self, store: Store, quick: Quick | None, pictures: Path, link: str) -> None:
        self.store, self.quick, self.pictures, self.link = store, quick, pictures, link

    def write(self, studies: list[Study], patterns: list[str], before: str) -> str:
        """The page, with the sections that the patterns name; the others are of the page before."""
        parts = []
        for study in studies:
            parts += [f"## {study.title}", study.text]
            for section in study.sections:
                wanted = named(f"{study.name}/{section.name}", patterns)
                parts += self.section(study, section) if wanted else [kept(before, section)]
        page = "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"
        trainings = sum(len(section.rows) for study in studies for section in study.sections)
        return f"{HEAD.strip()}\n\n{summary(page, trainings)}\n\n{page}"

    # ------------------------------------------------------------------ a section

    def section(self, study: Study, section: Section) -> Iterator[str]:
        yield f"### {section.title}"
        yield section.text
        yield f"`python examples/studies run {study.name}/{section.name}`"
        if section.experiment is not None:
            yield from self.experiment(study, section, section.experiment)
        if section.rows:
            yield from self.table(study, section)
            yield from self.epochs(study, section)
        for picture in section.pictures:
            yield from self.picture(study, section, picture)
        claims = [self.claim(study, section, claim) for claim in section.claims]
        yield "\n".join(claims)

    def experiment(self, study: Study, section: Section, experiment: Experiment) -> Iterator[str]:
        declaration = tiny(experiment) if self.quick else experiment
        where = f"{study.name}/{section.name}"
        result = self.store.result(where, declaration)
        if result is None:
            yield MISSING.capitalize() + "."
            return
        outcome = result["outcome"]
        for title, columns, rows in outcome["tables"]:
            yield f"{title}:" if title else ""
            yield markdown(columns, rows)
        for file, caption in outcome["pictures"]:
            source = self.store.folder(where, declaration) / file
            name = f"{study.name}-{section.name}-{file}"
            self.pictures.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, self.pictures / name)
            yield f"![{caption}]({self.link}/{name})\n\n*{caption}*"
        yield "\n".join(verdict(*claim) for claim in outcome["claims"])
        yield f"Time: {result['seconds']:.0f} s."

    # ------------------------------------------------------------------ trainings

    def run(self, study: Study, section: Section, row: Row) -> Run | None:
        return declared(row, section, study, self.store, self.quick)

    def result(self, study: Study, section: Section, row: Row) -> dict[str, Any] | None:
        run = self.run(study, section, row)
        return run and self.store.result(f"{study.name}/{section.name}/{row.name}", run)

    def means(self, run: Run | None) -> tuple[Means, Means]:
        """Of PyTorch and of minigrad over the same seeds, as far as they are known."""
        if run is None:
            return Means({}, {}, 0), Means({}, {}, 0)
        return means(self.store, run, "torch"), means(self.store, run, "minigrad")

    def table(self, study: Study, section: Section) -> Iterator[str]:
        """A line for each figure that is published, or for the three accuracies together."""
        found = [(row, self.result(study, section, row)) for row in section.rows]
        if section.best is not None and all(result for _, result in found):
            order = sorted(found, key=lambda pair: -pair[1]["figures"]["validation_accuracy"])
            found = order[: section.best]
        names = dict.fromkeys(name for row in section.rows for name in row.published)
        names = list(names | dict.fromkeys(DEFAULT))
        lines, notes = [], []
        for row, result in found:
            run = self.run(study, section, row)
            name = row.name
            if row.note:
                notes.append(f"{len(notes) + 1}. {row.name}: {row.note}")
                name = marked(row.name, len(notes))
            figures = result["figures"] if result else {}
            theirs, mean = self.means(run)
            published = row.published
            ours, yardstick = figures, published
            if run and run.data == "notmnist":
                ours, yardstick = mean.figures, theirs.figures
            lines.append(
                [
                    name,
                    stacked([FIGURES[name] for name in names]),
                    stacked([amount(name, published.get(name)) for name in names]),
                    stacked([amount(name, figures.get(name)) for name in names])
                    if result
                    else MISSING,
                    stacked([amount(name, *mean.of(name)) for name in names]),
                    stacked([amount(name, *theirs.of(name)) for name in names]),
                    theirs.seeds or "",
                    stacked(
                        [difference(name, ours.get(name), yardstick.get(name)) for name in names]
                    ),
                    run.seed if run else "",
                    f"{figures['seconds']:.0f} s" if result else "",
                ]
            )
        both = ("our mean", "PyTorch's mean", "of seeds")
        head = ("run", "", "published", "ours", *both, "difference", "seed", "time")
        yield markdown(*without_empty(head, lines))
        runs = [self.run(study, section, row) for row in section.rows]
        ended = [(r["figures"]["validation_accuracy"], row.name) for row, r in found if r]
        if len(ended) == len(found) > 1:
            accuracy, name = max(ended)
            yield f"Best on validation: {name}, {amount('validation_accuracy', accuracy)}."
        yield "Settings: " + settings([run for run in runs if run is not None])
        yield "\n".join(notes)

    def epochs(self, study: Study, section: Section) -> Iterator[str]:
        """The course of the trainings, where the section asks for it."""
        names = ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy")
        body = []
        for row in section.rows if section.epochs else ():
            history = self.history(study, section, row) or {"epoch": []}
            for i, epoch in enumerate(history["epoch"]):
                if epoch in section.epochs:
                    figures = (amount(name, history[name][i]) for name in names)
                    body.append([row.name, int(epoch), *figures])
        if body:
            yield markdown(["run", "epoch", *(FIGURES[name] for name in names)], body)

    def history(self, study: Study, section: Section, row: Row) -> dict[str, list[float]] | None:
        run = self.run(study, section, row)
        if run is None or self.result(study, section, row) is None:
            return None
        folder = self.store.folder(f"{study.name}/{section.name}/{row.name}", run)
        with (folder / "history.csv").open() as file:
            rows = list(csv.DictReader(file))
        return {name: [float(line[name]) for line in rows] for name in rows[0]}

    # ------------------------------------------------------------------ pictures and claims

    def picture(self, study: Study, section: Section, picture: Picture) -> Iterator[str]:
        wanted = picture.rows or tuple(row.name for row in section.rows)
        there = {name: find(study, section, name) for name in wanted}
        over = {n: place for n, place in there.items() if self.result(study, *place)}
        if not over:
            return
        name = f"{study.name}-{section.name}-{picture.name}.png"
        if picture.kind == "bars":
            results = {n: self.result(study, *place) for n, place in over.items()}
            content = {n: result["figures"] for n, result in results.items() if result}
            plots.bars(content, picture.title, self.pictures / name)
        else:
            histories = {n: self.history(study, *place) for n, place in over.items()}
            content = {n: history for n, history in histories.items() if history}
            plots.curves(content, picture.title, self.pictures / name)
        absent = [name for name in wanted if name not in over]
        caption = picture.title + (f" (not run yet: {', '.join(absent)})" if absent else "")
        yield f"![{caption}]({self.link}/{name})"

    def claim(self, study: Study, section: Section, claim: Claim) -> str:
        pair = [
            self.result(study, *find(study, section, name)) for name in (claim.more, claim.less)
        ]
        if not all(pair):
            return f"- {claim.text} ({MISSING})"
        more, less = (result["figures"][claim.figure] for result in pair if result)
        if more is None or less is None:  # a loss that became infinite
            return verdict(claim.text, more is None and less is not None, "a figure is not finite")
        said = f"{FIGURES[claim.figure]}: {amount(claim.figure, more)} ({claim.more}), "
        said += f"{amount(claim.figure, less)} ({claim.less})"
        return verdict(claim.text, more - less > claim.by, said)


def kept(page: str, section: Section) -> str:
    """The section as it stands on the page."""
    start = page.find(f"### {section.title}\n")
    if start < 0:
        sys.exit(f"{section.title!r} is not on the page yet: name it too, or none")
    end = re.compile("^##", re.MULTILINE).search(page, start + 3)
    return page[start : end and end.start()]


def find(study: Study, section: Section, name: str) -> tuple[Section, Row]:
    """The row `name` of the section, or of another one: section/row."""
    if "/" in name:
        other, name = name.split("/", 1)
        (section,) = (s for s in study.sections if s.name == other)
    (row,) = (row for row in section.rows if row.name == name)
    return section, row


def verdict(text: str, holds: bool, evidence: str) -> str:
    return f"- **{'Confirmed' if holds else 'Refuted'}**: {text} ({evidence})"


HEAD = """
# Five studies

Five published course reports, run again with minigrad. This page is written by
`python examples/studies report` from the results of complete runs; no figure in it is typed by
hand, but for the published ones, which are declared with the studies in
[`examples/studies/`](../examples/studies). `python examples/studies run NAME` makes the results:
it goes on where it was interrupted, does nothing twice, and repeats bit for bit with the same build
of minigrad and NumPy. Another build adds in another order, and a deep net then ends elsewhere: by
how much is what a mean's standard error says.

*Published* is the report's figure; *difference* is ours less the published one, accuracies in
points. notMNIST is a sample of 12,329 + 2,000 of the reports' 200,000 + 17,000 letters, so that
their figures are out of reach: there *difference* is our mean less PyTorch's mean. Both are over
runs of the same declaration with other seeds, on the same files (`python examples/studies peers
NAME`), and stand with their standard errors. CIFAR-10 was decoded from JPEGs. The test part is
looked at once, when a run is over.
"""
