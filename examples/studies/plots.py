"""Pictures: learning curves of several runs side by side, and bars of their final figures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from training import Figure, MaxNLocator

from studies.store import write


def save(figure: Any, path: Path) -> None:
    # Without a date and a version the same figures give the same bytes.
    write(path, lambda file: figure.savefig(file, dpi=80, metadata={"Software": None}))


def tidy(axes: Any, **labels: Any) -> None:
    axes.set(**labels)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def legend(figure: Any, axes: Any) -> None:
    """One for all panels, beside them."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=8, frameon=False)


def curves(histories: Mapping[str, Mapping[str, Any]], title: str, path: Path) -> None:
    """Loss above accuracy; training and validation side by side, a line for each run.

    histories : by name, columns of a history.csv
    """
    figure = Figure(figsize=(9, 6.2), layout="constrained")
    figure.suptitle(title)
    grid = figure.subplots(2, 2, sharex=True, sharey="row")
    for i, name in enumerate(("loss", "accuracy")):
        for j, part in enumerate(("train", "validation")):
            axes = grid[i][j]
            for label, history in histories.items():
                axes.plot(history["epoch"], history[f"{part}_{name}"], label=label, lw=1.2)
            tidy(axes, title=f"{part} {name}")
        grid[i][0].set_ylabel("cross-entropy loss" if name == "loss" else "accuracy")
    for axes in grid[1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    legend(figure, grid[0][0])
    save(figure, path)


def bars(figures: Mapping[str, Mapping[str, Any]], title: str, path: Path) -> None:
    """Final accuracy and loss on all three parts, a group of bars for each run."""
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    figure.suptitle(title)
    places = np.arange(len(figures))
    for axes, name in zip(figure.subplots(1, 2), ("accuracy", "loss"), strict=True):
        highest = lowest = None
        for k, part in enumerate(("train", "validation", "test")):
            heights = [row[f"{part}_{name}"] for row in figures.values()]
            heights = [np.nan if h is None else h for h in heights]
            axes.bar(places + 0.27 * (k - 1), heights, 0.25, label=part)
            highest = np.nanmax([*heights, highest or 0])
            lowest = np.nanmin([*heights, np.inf if lowest is None else lowest])
        if name == "accuracy":  # the differences are what is to be seen
            axes.set_ylim(max(0, lowest - 0.05), min(1, highest + 0.02))
        axes.set_xticks(places, figures, rotation=30, ha="right", fontsize=8)
        tidy(axes, ylabel="cross-entropy loss" if name == "loss" else name, xlabel="run")
    legend(figure, axes)
    save(figure, path)


def lines(
    panels: Mapping[str, Mapping[str, tuple[Any, Any]]],
    path: Path,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    log: bool = False,
) -> None:
    """A panel for each comparison, side by side: by title, lines by label, as (x, y).

    All panels have lines of the same labels.
    """
    figure = Figure(figsize=(4.5 * len(panels), 3.8), layout="constrained")
    figure.suptitle(title)
    grid = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (name, content) in zip(grid, panels.items(), strict=True):
        for label, (x, y) in content.items():
            axes.plot(x, y, label=label, lw=1.2, marker="." if len(x) < 40 else "")
        tidy(axes, title=name, xlabel=xlabel, yscale="log" if log else "linear")
        axes.xaxis.set_major_locator(MaxNLocator(steps=[1, 2, 5, 10], integer=True))
    legend(figure, grid[0])
    grid[0].set_ylabel(ylabel)
    save(figure, path)
