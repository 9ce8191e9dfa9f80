"""PyTorch on the same declaration: the yardstick where the data are not those of a report.

The loop is the same, with PyTorch in the place of minigrad; only the random numbers differ. Each
run is trained with three seeds, or more (`--seeds`), by both: one seed's accuracy on 2,000 letters
has a standard deviation of most of a point, so that means are what can be compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from math import isfinite, sqrt
from statistics import fmean, stdev
from typing import Any, NamedTuple

import numpy as np
from training import extra, updates

from studies.declare import Run
from studies.nets import build, optimiser, penalty, schedule
from studies.pictures import Parts, load
from studies.store import Store
from studies.tables import amount
from studies.trainer import train as train_ours

FIRST_SEED, SEEDS = 101, 3


class Means(NamedTuple):
    """Over the seeds that a run was trained with: means, their standard errors, how many seeds."""

    figures: dict[str, float]
    errors: dict[str, float]
    seeds: int

    def of(self, name: str) -> tuple[float | None, float | None]:
        """A mean and its standard error."""
        return self.figures.get(name), self.errors.get(name)


def means(store: Store, run: Run, library: str) -> Means:
    """Of "torch" or "minigrad"; of nothing where fewer than three seeds are over."""
    found: list[dict[str, float | None]] = []
    for seed in count(FIRST_SEED):
        result = store.result(f"peers/{library}", run.but(seed=seed))
        if result is None:
            break
        found.append(result["figures"])
    if len(found) < SEEDS:
        return Means({}, {}, 0)
    values = {name: [each[name] for each in found] for name in found[0]}
    finite = {name: each for name, each in values.items() if None not in each}
    return Means(
        {name: fmean(each) for name, each in finite.items()},
        {name: stdev(each) / sqrt(len(each)) for name, each in finite.items()},
        len(found),
    )


def train_peers(runs: list[tuple[str, Run]], store: Store, seeds: int = SEEDS) -> None:
    numbers = range(FIRST_SEED, FIRST_SEED + seeds)
    todo = [(where, run.but(seed=seed)) for where, run in runs for seed in numbers]
    for i, (where, run) in enumerate(todo, start=1):
        if store.result("peers/torch", run) is None:
            store.finish("peers/torch", run, {"figures": train(run, load(run))})
        if store.result("peers/minigrad", run) is None:
            folder = store.folder("peers/minigrad", run)
            folder.mkdir(parents=True, exist_ok=True)
            figures = train_ours(run, load(run), folder, where, say=None)
            store.finish("peers/minigrad", run, {"figures": figures})
        said = [f"[{i}/{len(todo)}] {where}, seed {run.seed}"]
        for library in ("torch", "minigrad"):
            result = store.result(f"peers/{library}", run) or {}
            said.append(f"{library} {amount('test_accuracy', result['figures']['test_accuracy'])}")
        print(", ".join(said), flush=True)


def train(run: Run, parts: Parts) -> dict[str, float | None]:
    torch = extra("torch")
    torch.manual_seed(run.seed)
    order = np.random.default_rng(run.seed)
    model = build(run, parts.inputs, torch)
    optimizer = optimiser(run, model, torch)
    rates = schedule(run, optimizer, torch)
    data = {
        name: [torch.from_numpy(t.numpy()) for t in part.tensors]
        for name, part in parts._asdict().items()
    }
    x, y = data["train"]
    size = min(run.batch or len(x), len(x))
    count = len(x) // size

    def batches() -> Iterator[tuple[Any, Any]]:
        for _ in range(run.epochs):
            indices = torch.from_numpy(order.permutation(len(x))) if count > 1 else slice(None)
            for start in range(0, count * size, size):
                batch = indices[start : start + size] if count > 1 else indices
                yield x[batch], y[batch]

    cross_entropy = torch.nn.functional.cross_entropy
    training = updates(
        model, optimizer, batches(), cross_entropy, schedule=rates, penalty=penalty(run)
    )
    for _ in islice(training, run.steps):
        pass
    return {
        f"{part}_{name}": value if isfinite(value) else None
        for part, tensors in data.items()
        for name, value in evaluate(model, *tensors).items()
    }


def evaluate(model: Any, x: Any, y: Any) -> dict[str, float]:
    torch = extra("torch")
    model.eval()
    with torch.no_grad():
        scores = model(x)
        loss = torch.nn.functional.cross_entropy(scores, y).item()
        hits = (scores.argmax(dim=1) == y).double().mean().item()
    return {"loss": loss, "accuracy": hits}
