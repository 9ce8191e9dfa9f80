"""The experiments of the lecture on batch norm: scales, signals, the identity, gamma and beta.

Each takes a folder for its picture and its settings, and gives tables, captions and claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F
from minigrad.utils.data import DataLoader
from studies.declare import Outcome, Run
from studies.pictures import load
from studies.plots import lines

# ---------------------------------------------------------------------- scales of features


def scales(folder: Path, rates: Sequence[float], steps: int, seed: int) -> Outcome:
    """Descend on a logistic regression with raw and with normalised inputs, at several rates."""
    generator = np.random.default_rng(seed)
    raw = generator.uniform((1, 0), (1000, 1), (500, 2))
    normalised = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    labels = (normalised.sum(axis=1) > 0).astype(np.float64)
    panels, rows, best = {}, [], {}
    for name, x in (("raw inputs", raw), ("normalised inputs", normalised)):
        courses = {rate: descend(x, labels, rate, steps) for rate in rates}
        for rate, course in courses.items():
            rows.append([name, f"{rate:g}", f"{course[-1]:.4f}", f"{max(course):.4g}"])
        best[name] = min(course[-1] for course in courses.values())
        panels[name] = {f"rate {r:g}": (range(len(c)), c) for r, c in courses.items()}
    lines(
        panels,
        folder / "loss.png",
        title="Logistic regression, features on (1, 1000) and (0, 1)",
        xlabel="step",
        ylabel="cross-entropy loss",
        log=True,
    )
    said = ", ".join(f"{loss:.4f} with {name}" for name, loss in best.items())
    faster = best["normalised inputs"] < best["raw inputs"]
    return Outcome(
        [("", ["inputs", "rate", "loss at the end", "highest loss"], rows)],
        [("loss.png", "Descent on features of different scales, and on normalised ones")],
        [("Normalised inputs are learnt from faster", faster, f"the best rate reaches {said}")],
    )


def descend(x: np.ndarray, labels: np.ndarray, rate: float, steps: int) -> list[float]:
    weights, bias = (mg.zeros(n, dtype="float64", requires_grad=True) for n in (x.shape[1], 1))
    optimizer = optim.SGD([weights, bias], lr=rate)
    inputs, target = mg.tensor(x), mg.tensor(labels)
    course = []
    for _ in range(steps):
        loss = F.binary_cross_entropy_with_logits(inputs @ weights + bias, target)
        course.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return course


# ---------------------------------------------------------------------- signals in a deep net


def signals(
    folder: Path, layers: int, width: int, stds: Sequence[float], batch: int, seed: int
) -> Outcome:
    """The standard deviations of activations and gradients of every layer, at the start."""
    outcome = Outcome()
    kinds = ("activations", "gradients")
    panels: dict[str, dict[str, Any]] = {
        f"{kind}, {word} batch norm": {} for kind in kinds for word in ("no", "with")
    }
    spans: dict[tuple[bool, float], float] = {}
    for norm in (False, True):
        for std in stds:
            sizes = flow(layers, width, std, norm, batch, seed)
            for kind, values in zip(kinds, sizes, strict=True):
                panel = panels[f"{kind}, {'with' if norm else 'no'} batch norm"]
                panel[f"weights N(0, {std:g}²)"] = (range(1, layers + 1), values)
            spans[norm, std] = max(sizes[1]) / max(min(sizes[1]), np.finfo(float).tiny)
    lines(
        panels,
        folder / "signals.png",
        title=f"{layers} ReLU layers of {width} at the start",
        xlabel="layer",
        ylabel="standard deviation",
        log=True,
    )
    outcome.pictures.append(("signals.png", "Activations and gradients layer by layer"))
    rows = [
        [f"N(0, {std:g}²)", *(f"{spans[norm, std]:.3g}" for norm in (False, True))] for std in stds
    ]
    head = ["weights", "without batch norm", "with batch norm"]
    outcome.tables.append(("Largest over smallest gradient of the layers", head, rows))
    for std in (stds[0], stds[-1]):
        without, with_norm = spans[False, std], spans[True, std]
        said = f"the gradients of the layers span a factor of {without:.3g}, then {with_norm:.3g}"
        outcome.claims.append(
            (f"Batch norm evens out what weights N(0, {std:g}²) do", with_norm < without, said)
        )
    return outcome


def flow(
    layers: int, width: int, std: float, norm: bool, batch: int, seed: int
) -> tuple[list[float], list[float]]:
    """Standard deviations of the outputs of all layers, and of the gradients by them."""
    mg.manual_seed(seed)
    x = mg.randn(batch, width, dtype="float64")
    target = mg.randint(0, width, (batch,))
    kept = []
    for _ in range(layers):
        layer = nn.Linear(width, width, bias=False, dtype="float64")
        nn.init.normal_(layer.weight, 0.0, std)
        x = layer(x)
        if norm:
            x = nn.BatchNorm1d(width, dtype="float64")(x)
        x = F.relu(x)
        kept.append(x)
    gradients = mg.autograd.grad(F.cross_entropy(x, target), kept)
    return [t.detach().numpy().std().item() for t in kept], [
        g.numpy().std().item() for g in gradients
    ]


# ---------------------------------------------------------------------- the identity


def identity(folder: Path, shapes: Sequence[tuple[int, int]], seed: int) -> Outcome:
    """The error of batch norm with gamma = sqrt(variance + eps), beta = mean, as the identity."""
    rows = []
    for shape in shapes:
        for dtype in ("float32", "float64"):
            x = mg.normal(3.0, 2.0, tuple(shape), dtype=dtype, generator=seed)
            error = float(abs(undone(x).numpy() - x.numpy()).max())
            rows.append([str(tuple(shape)), dtype, f"{error:.1e}"])
    worst = max(float(row[2]) for row in rows if row[1] == "float64")
    return Outcome(
        [("", ["shape", "dtype", "largest error"], rows)],
        [],
        [("Gamma and beta give the input back", worst < 1e-13, f"error {worst:.1e} in float64")],
    )


def undone(x: mg.Tensor, eps: float = 1e-5) -> mg.Tensor:
    """Batch norm of x (samples, channels) with the gamma and beta that undo it."""
    values = x.detach().numpy()
    gamma = np.sqrt(values.var(axis=0) + values.dtype.type(eps))
    return F.batch_norm(x, None, None, gamma, values.mean(axis=0), training=True, eps=eps)


# ---------------------------------------------------------------------- gamma and beta learn


def gamma_and_beta(
    folder: Path,
    rates: Mapping[str, float],
    width: int,
    steps: int,
    batch: int,
    samples: int,
    seed: int,
) -> Outcome:
    """How far gamma and beta of a hidden layer move under each optimiser."""
    train = load(
        Run(data="fashion-mnist", validation=0.1, standardise=True, epochs=1, samples=samples)
    ).train
    panels: dict[str, dict[str, Any]] = {"loss": {}, "gamma - 1": {}, "beta": {}}
    outcome, rows = Outcome(), []
    for name, rate in rates.items():
        mg.manual_seed(seed)
        norm = nn.BatchNorm1d(width)
        pixels = train.tensors[0].shape[1]
        model = nn.Sequential(nn.Linear(pixels, width), norm, nn.ReLU(), nn.Linear(width, 10))
        optimizer = getattr(optim, name)(model.parameters(), lr=rate)
        course: list[tuple[float, float, float]] = []
        while len(course) < steps:
            for x, y in DataLoader(train, batch, shuffle=True, drop_last=True):
                loss = F.cross_entropy(model(x), y)
                moved = [abs(p.detach().numpy() - at).mean().item() for p, at in _learnt(norm)]
                course.append((loss.item(), *moved))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        course = course[:steps]
        for panel, values in zip(panels.values(), zip(*course, strict=True), strict=True):
            panel[f"{name}, rate {rate:g}"] = (range(steps), values)
        rows.append([name, f"{rate:g}", *(f"{value:.4f}" for value in (course[0][0], *course[-1]))])
        learns = course[-1][0] < course[0][0] and min(course[-1][1:]) > 0
        said = f"mean |gamma - 1| {course[-1][1]:.4f}, mean |beta| {course[-1][2]:.4f}"
        outcome.claims.append((f"{name} learns gamma and beta", learns, said))
    lines(
        panels,
        folder / "learning.png",
        title="The loss, and how far gamma and beta have moved (mean over the channels)",
        xlabel="step",
        ylabel="loss, or distance from the start",
    )
    head = ["optimiser", "rate", "loss before", "loss after", "mean |gamma - 1|", "mean |beta|"]
    outcome.tables.append(("", head, rows))
    outcome.pictures.append(("learning.png", "Gamma and beta under three optimisers"))
    return outcome


def _learnt(norm: nn.BatchNorm1d) -> Any:
    """Gamma and beta, and where they began."""
    return (norm.weight, 1), (norm.bias, 0)
