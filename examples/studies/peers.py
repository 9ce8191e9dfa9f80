"""PyTorch on the same declaration: the yardstick where the data are not those of a report.

The loop is the one of trainer.py, with PyTorch in the place of minigrad; only the random numbers
differ. Each run is trained with three seeds, by both: one seed's accuracy on 2,000 letters has a
standard deviation of most of a point, so that means are what can be compared.
"""

from __future__ import annotations

from math import isfinite
from statistics import fmean
from typing import Any

import numpy as np
from training import extra

from studies.declare import Run
from studies.nets import build, optimiser, penalty, schedule
from studies.pictures import Parts, load
from studies.store import Store
from studies.tables import amount
from studies.trainer import train as train_ours

SEEDS = (101, 102, 103)


def mean_figures(store: Store, run: Run, library: str) -> dict[str, float]:
    """The means over the seeds, of "torch" or "minigrad"; empty where not all of them are there."""
    found = [store.result(f"peers/{library}", run.but(seed=seed)) for seed in SEEDS]
    if not all(found):
        return {}
    figures = [result["figures"] for result in found if result]
    return {
        name: fmean(each[name] for each in figures)
        for name in figures[0]
        if all(each[name] is not None for each in figures)
    }


def train_peers(runs: list[tuple[str, Run]], store: Store) -> None:
    todo = [(where, run.but(seed=seed)) for where, run in runs for seed in SEEDS]
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
    total = min(run.epochs * count, run.steps or run.epochs * count)
    for step in range(total):
        if step % count == 0:
            indices = torch.from_numpy(order.permutation(len(x))) if count > 1 else slice(None)
        start = step % count * size
        batch = indices[start : start + size] if count > 1 else indices
        loss = torch.nn.functional.cross_entropy(model(x[batch]), y[batch]) + penalty(run, model)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if rates is not None:
            rates.step()
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
