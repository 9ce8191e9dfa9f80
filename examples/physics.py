"""A net that obeys a law: Burgers' equation u_t + u u_x = v u_xx, learnt without any data.

    python examples/physics.py

What is trained on is the law itself: a loss of second derivatives, whose gradient is taken. u(t, x)
begins as -sin(pi x), is 0 at x = -1 and 1, and steepens. It takes half a minute or so, prints a
table of errors against the exact solution, and draws both.

M. Raissi et al., "Physics-informed neural networks", Journal of Computational Physics 378, 2019.
"""

import argparse
from functools import partial
from math import pi
from pathlib import Path

import numpy as np
from training import Figure, count, progress_bar, updates

import minigrad as mg
from minigrad import nn, optim
from minigrad.nn import functional as F

VISCOSITY = 0.03 / pi


class Solution(nn.Module):
    """u(t, x): beginning and edges are right whatever the net says; it fills in the rest."""

    def __init__(self, width=32):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(2, width),
            nn.Tanh(),
            nn.Linear(width, width),
            nn.Tanh(),
            nn.Linear(width, width),
            nn.Tanh(),
            nn.Linear(width, 1),
        )

    def forward(self, places):
        t, x = places[:, 0], places[:, 1]
        return t * (1 - x * x) * self.net(places)[:, 0] - mg.sin(pi * x)


def residual(solution, places):
    """u_t + u u_x - v u_xx: zero where the law holds."""
    u = solution(places)
    (slopes,) = mg.autograd.grad(u.sum(), places, create_graph=True)
    u_t, u_x = slopes[:, 0], slopes[:, 1]
    (curvatures,) = mg.autograd.grad(u_x.sum(), places, create_graph=True)
    return u_t + u * u_x - VISCOSITY * curvatures[:, 1]


def points(steps, size, generator):
    """For each step other places, and the residual that is wanted there."""
    for _ in range(steps):
        places = generator.uniform((0, -1), (1, 1), (size, 2)).astype("float32")
        yield mg.tensor(places, requires_grad=True), mg.zeros(size)


def exact(t, x):
    """By the transformation of Cole and Hopf, a quotient of integrals over Gauss's bell curve.

    C. Basdevant et al., "Spectral and finite difference solutions of the Burgers equation",
    Computers and Fluids 14, 1986.
    """
    at, weights = np.polynomial.hermite.hermgauss(100)
    y = x[..., None] - np.sqrt(4 * VISCOSITY * t)[..., None] * at
    weights = weights * np.exp(-np.cos(pi * y) / (2 * pi * VISCOSITY))
    return -(weights * np.sin(pi * y)).sum(axis=-1) / weights.sum(axis=-1)


def draw(x, learnt, right, losses, path):
    figure = Figure(figsize=(12, 3.8), layout="constrained")
    field, slices, course = figure.subplots(1, 3)
    look = {"cmap": "RdBu", "extent": (0, 1, -1, 1), "origin": "lower", "aspect": "auto"}
    figure.colorbar(field.imshow(learnt.T, vmin=-1, vmax=1, **look))
    field.set(title="u(t, x) as learnt", xlabel="t", ylabel="x")
    for i in range(4):
        at = i * (len(learnt) - 1) // 3
        slices.plot(x, right[at], "black", lw=3, alpha=0.3, label="exact" if i == 0 else None)
        slices.plot(x, learnt[at], f"C{i}", lw=1, label=f"learnt, t = {at / (len(learnt) - 1):.2f}")
    slices.set(title="A wave that steepens", xlabel="x")
    slices.legend(frameon=False, fontsize=7)
    course.semilogy(losses, lw=0.6)
    course.set(title="Mean squared residual", xlabel="step")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=count, default=3000, help="each on 1000 points of its own")
    parser.add_argument("--seed", type=int, default=0, help="of weights and points")
    parser.add_argument("--out", type=Path, default=Path("runs"), help="folder of the picture")
    args = parser.parse_args(arguments)

    mg.manual_seed(args.seed)
    solution = Solution()
    optimizer = optim.Adam(solution.parameters(), lr=0.005)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=args.steps)
    law = partial(residual, solution)
    drawn = points(args.steps, 1000, np.random.default_rng(args.seed))
    losses = []
    with progress_bar(args.steps, "steps") as bar:
        for loss in updates(law, optimizer, drawn, F.mse_loss, schedule=schedule):
            losses.append(loss.item())
            bar.update()

    t, x = np.meshgrid(np.linspace(0, 1, 61), np.linspace(-1, 1, 201), indexing="ij")
    grid = mg.tensor(np.stack([t.ravel(), x.ravel()], axis=1).astype("float32"))
    with mg.no_grad():
        learnt = solution(grid).numpy().reshape(t.shape)
    right = exact(t, x)
    print("   t  relative error")
    for i in range(0, 61, 15):
        error = np.linalg.norm(learnt[i] - right[i]) / np.linalg.norm(right[i])
        print(f"{t[i, 0]:4.2f}  {100 * error:12.2f} %")
    print(f"\nMean squared residual: {np.mean(losses[:20]):.4f} at first, ", end="")
    print(f"{np.mean(losses[-20:]):.4f} in the end")
    picture = args.out / "physics.png"
    draw(x[0], learnt, right, losses, picture)
    print(f"\nThe solution: {picture}")


if __name__ == "__main__":
    main()
