"""Gradient check tables: minigrad's gradients of whole nets against central differences.

The differences are of a loss that is computed by other means, in NumPy, for many copies of the net
at once that differ in one element each: a net of 150,000 weights has 300,000 losses for each step.

Where a step carries an input of a ReLU over its kink, the difference is not near the derivative,
however right that is. The program that computes the losses sees which elements do so; they are
counted, and left out of the errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad.nn import functional as F
from studies.declare import Outcome, Run
from studies.nets import build
from studies.pictures import load

FLOOR = 1e-6  # of the denominator of a relative error
COPIES = 64  # at once: a few MB
BOUND = 1e-8

Parameters = Mapping[str, np.ndarray]


def tables(
    folder: Path,
    nets: Sequence[tuple[Sequence[int], bool]],
    steps: Sequence[float],
    batch: int,
    seed: int,
    inputs: int | None = None,
    samples: int | None = None,
) -> Outcome:
    """A table for each net (hidden sizes, with batch norm?): the largest errors by parameter.

    inputs : use only the first so many inputs
    """
    outcome = Outcome()
    for hidden, norm in nets:
        run = Run(
            data="cifar-10",
            validation=0.1,
            standardise=True,
            init="he",
            epochs=1,
            hidden=tuple(hidden),
            batch_norm="before" if norm else "",
            samples=samples,
            seed=seed,
        )
        x, y = (t.numpy() for t in load(run).train[:batch])
        x = x[:, :inputs].astype(np.float64)
        names, parameters, analytic = gradients(run, x, y)
        worst = dict.fromkeys(steps, 0.0)
        rows = []
        for name in names:
            cells = [name, f"{parameters[name].size:,}"]
            for eps in steps:
                numerical, smooth = differences(parameters, x, y, norm, name, eps)
                absolute, relative = errors(analytic[name], numerical, smooth)
                worst[eps] = max(worst[eps], absolute)
                said = f"{absolute:.1e} / {relative:.1e}" if smooth.any() else "–"
                cells.append(f"{said} ({(~smooth).sum():,})")
            rows.append(cells)
        title = f"{len(hidden) + 1} layers, {'with' if norm else 'without'} batch norm"
        print(title, {eps: f"{error:.1e}" for eps, error in worst.items()}, flush=True)
        heads = [f"eps {eps:g}" for eps in steps]
        outcome.tables.append(
            (
                f"{title} (largest absolute / relative error, and how many elements cross a kink)",
                ["", "elements", *heads],
                rows,
            )
        )
        best = min(worst.values())
        outcome.claims.append(
            (
                f"{title}: the gradients agree within {BOUND:g}",
                best < BOUND,
                f"largest absolute error {best:.1e} at the best eps",
            )
        )
    return outcome


def gradients(run: Run, x: Any, y: Any) -> tuple[list[str], Parameters, Parameters]:
    """Readable names, the parameters and minigrad's gradients."""
    mg.manual_seed(run.seed)
    model = build(run, x.shape[1]).double()
    F.cross_entropy(model(mg.tensor(x)), mg.tensor(y)).backward()
    kinds = ("W", "b", "gamma", "beta") if run.batch_norm else ("W", "b")
    names = [f"{kind}{i + 1}" for i in range(len(run.hidden)) for kind in kinds]
    names += [f"{kind}{len(run.hidden) + 1}" for kind in ("W", "b")]
    found = list(model.parameters())
    values = {n: p.detach().numpy().copy() for n, p in zip(names, found, strict=True)}
    return names, values, {n: p.grad.numpy() for n, p in zip(names, found, strict=True)}


def differences(
    parameters: Parameters, x: Any, y: Any, norm: bool, name: str, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """The central differences by each element of one parameter, and which of them cross no kink."""
    value = parameters[name]
    numerical, smooth = np.empty(value.size), np.empty(value.size, bool)
    first = x @ parameters["W1"].T + parameters["b1"]
    for block in blocks(value.size):
        ends = []
        for h in (eps, -eps):
            if name == "W1":
                # Moving w_ji by h moves column j of the first products by h x_i, and nothing else:
                # the products with all inputs need not be made again for each copy.
                j, i = np.unravel_index(block, value.shape)
                products = np.repeat(first[None], len(block), axis=0)
                products[np.arange(len(block)), :, j] += h * x[:, i].T
                ends.append(loss(parameters, products, y, norm))
                continue
            copies = np.repeat(value.reshape(1, -1), len(block), axis=0)
            copies[np.arange(len(block)), block] += h
            copies = copies.reshape(len(block), *value.shape)
            moved = {**parameters, name: copies if value.ndim == 2 else copies[:, None]}
            products = x @ parameters["W1"].T + moved["b1"]
            ends.append(loss(moved, products, y, norm))
        (above, signs), (below, others) = ends
        numerical[block] = (above - below) / (2 * eps)
        smooth[block] = True
        for a, b in zip(signs, others, strict=True):
            smooth[block] &= (a == b).all(axis=(-1, -2))
    return numerical.reshape(value.shape), smooth.reshape(value.shape)


def blocks(size: int) -> Iterator[np.ndarray]:
    for start in range(0, size, COPIES):
        yield np.arange(start, min(start + COPIES, size))


def loss(
    parameters: Parameters, z: np.ndarray, y: np.ndarray, norm: bool
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The mean cross-entropy of a net, from the products z of its first layer on.

    z : (samples, out) or (copies, samples, out); a parameter may have an axis of copies too

    Returns the loss of each copy, and the signs of the inputs of each layer of ReLUs.
    """
    signs = []
    layers = max(int(name[1:]) for name in parameters if name[0] == "W")
    for k in range(1, layers):
        if norm:
            centred = z - z.mean(axis=-2, keepdims=True)
            variance = (centred**2).mean(axis=-2, keepdims=True)
            z = centred / np.sqrt(variance + 1e-5)
            z = z * parameters[f"gamma{k}"] + parameters[f"beta{k}"]
        signs.append(z > 0)
        weight, bias = parameters[f"W{k + 1}"], parameters[f"b{k + 1}"]
        z = np.maximum(z, 0) @ np.swapaxes(weight, -1, -2) + bias
    largest = z.max(axis=-1, keepdims=True)
    total = np.log(np.exp(z - largest).sum(axis=-1)) + largest[..., 0]
    right = z[..., np.arange(len(y)), y]
    return (total - right).mean(axis=-1), signs


def errors(analytic: np.ndarray, numerical: np.ndarray, smooth: np.ndarray) -> tuple[float, float]:
    """The largest absolute error, and the largest relative to the sum of both sizes."""
    error = np.where(smooth, np.abs(analytic - numerical), 0)
    size = np.maximum(np.abs(analytic) + np.abs(numerical), FLOOR)
    return float(error.max()), float((error / size).max())
