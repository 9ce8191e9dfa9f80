"""A net from scratch: tensors and their gradients, no layers, no optimiser.

    python examples/from_scratch.py

2-16-16-1 learns to tell two half moons apart: a few seconds, a table of results, and a picture of
the boundary.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
from training import Figure, count, extra, progress_bar

import minigrad as mg


def moons(seed):
    points, classes = extra("sklearn.datasets").make_moons(500, noise=0.15, random_state=seed)
    return mg.tensor(points.astype("float32")), mg.tensor(2 * classes.astype("float32") - 1)


def net(layers, x):
    """A score for each point: positive where it rather belongs to the class 1 than to -1."""
    *hidden, (weight, bias) = layers
    for w, b in hidden:
        x = mg.tanh(x @ w + b)
    return (x @ weight + bias)[:, 0]


def cross_entropy(scores, y):
    """The mean of -log sigmoid(y score) = log(1 + exp(-y score))."""
    return mg.logaddexp(mg.tensor(0.0), -y * scores).mean()


def draw(layers, x, y, path):
    grid = np.stack(np.meshgrid(np.linspace(-1.7, 2.7, 150), np.linspace(-1.2, 1.7, 150)))
    scores = net(layers, mg.tensor(grid.reshape(2, -1).T.astype("float32")))
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    look = {"cmap": "RdBu", "alpha": 0.5, "extend": "both"}
    shades = axes.contourf(*grid, scores.numpy().reshape(150, 150), np.linspace(-6, 6, 13), **look)
    axes.contour(*grid, scores.numpy().reshape(150, 150), [0], colors="black")
    axes.scatter(*x.numpy().T, c=y.numpy(), cmap="RdBu", edgecolors="white", s=24, linewidths=0.5)
    axes.set(title="2-16-16-1: the boundary, and points that it was not trained on")
    figure.colorbar(shades, label="score")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=count, default=2000, help="of gradient descent")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of the picture")
    args = parser.parse_args(arguments)

    mg.manual_seed(0)
    layers = [(mg.randn(n, m) / n**0.5, mg.zeros(m)) for n, m in pairwise((2, 16, 16, 1))]
    parameters = [p.requires_grad_() for layer in layers for p in layer]
    parts = {"train": moons(seed=1), "test": moons(seed=2)}
    with progress_bar(args.steps, "steps") as bar:
        for _ in range(args.steps):
            x, y = parts["train"]
            cross_entropy(net(layers, x), y).backward()
            with mg.no_grad():
                for p in parameters:
                    p -= 1.0 * p.grad
                    p.grad = None
            bar.update()

    print("            samples    loss  accuracy")
    with mg.no_grad():
        for part, (x, y) in parts.items():
            scores = net(layers, x)
            right = (scores.numpy() * y.numpy() > 0).mean()
            print(f"{part:10}  {len(y):7}  {cross_entropy(scores, y).item():6.4f}  {right:8.4f}")
        draw(layers, *parts["test"], args.out / "from_scratch.png")
    print(f"\nThe boundary: {args.out / 'from_scratch.png'}")


if __name__ == "__main__":
    main()
