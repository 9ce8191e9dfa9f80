"""The time of one training step beside PyTorch: forward, loss, backward, optimiser.

    python benchmarks/train_step.py
    python benchmarks/train_step.py --threads 2 --nets 784-300-100-10
    python benchmarks/train_step.py --peers fused compile jax --markdown steps.md

Ten dense nets, written for both libraries by the same lines. Before a net is timed both take the
same steps from the same weights on the same data, and their losses are compared (with the dropout
switched off: the random masks differ). The data are random, of the right shapes. The times are of
steps in a row; see measure.py for how.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from measure import conditions, geometric_mean, in_turns, markdown, ratio, set_threads

import minigrad as mg

SLOW = 0.3  # seconds a step: from here on fewer rounds and fewer steps to compare


class Net(NamedTuple):
    sizes: str
    batch: int
    optimizer: str
    batch_norm: bool = False
    dropout: float = 0.0

    def __str__(self) -> str:
        extras = ", batch norm" * self.batch_norm + f", dropout {self.dropout}" * (self.dropout > 0)
        return f"{self.sizes}{extras}; batch {self.batch:,}, {self.optimizer}"


NETS = (
    Net("784-10", 512, "SGD"),
    Net("784-300-100-10", 512, "SGD"),
    Net("784-300-100-10", 60_000, "SGD"),
    Net("784-600-400-200-10", 256, "Adam"),
    Net("784-600-400-200-10", 256, "Adam", dropout=0.3),
    Net("784-800-600-400-200-10", 256, "Adam"),
    Net("3072-50-50-10", 100, "SGD", batch_norm=True),
    Net("3072-50-30-20-20-10-10-10-10-10", 100, "SGD", batch_norm=True),
    Net("3072-50-30-20-20-10-10-10-10-10", 100, "SGD"),
    Net("64-32-10", 32, "SGD"),
)
RATES = {"SGD": 0.01, "Adam": 0.001}


def build(nn: Any, net: Net, dropout: float) -> Any:
    """The net in the library whose `nn` this is."""
    sizes = [int(size) for size in net.sizes.split("-")]
    layers = []
    for inputs, outputs in pairwise(sizes[:-1]):
        layers.append(nn.Linear(inputs, outputs))
        if net.batch_norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, nn.Linear(*sizes[-2:]))


def step(library: Any, model: Any, optimizer: Any, x: Any, y: Any) -> Callable[[], float]:
    """A training step in `library`, as its users write it."""
    cross_entropy = library.nn.functional.cross_entropy

    def training_step() -> Any:
        loss = cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return training_step


def contenders(net: Net, dropout: float, peers: list[str], seed: int) -> dict[str, Callable]:
    """A step of each library, all from the same weights and with the same data."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((net.batch, int(net.sizes.split("-")[0])), dtype=np.float32)
    y = generator.integers(0, 10, net.batch)
    torch.manual_seed(seed)
    mg.manual_seed(seed)
    start = build(torch.nn, net, dropout).state_dict()
    lr = RATES[net.optimizer]

    model = build(mg.nn, net, dropout)
    model.load_state_dict(start)
    optimizer = getattr(mg.optim, net.optimizer)(model.parameters(), lr=lr)
    steps = {"minigrad": step(mg, model, optimizer, mg.tensor(x), mg.tensor(y))}
    for peer in ("torch", *peers):
        if peer == "jax":
            from peer_jax import jax_step

            steps["jax"] = jax_step(start, net, dropout, lr, x, y, seed)
            continue
        model = build(torch.nn, net, dropout)
        model.load_state_dict(start)
        kind, fused = getattr(torch.optim, net.optimizer), {"fused": True}
        optimizer = kind(model.parameters(), lr=lr, **(fused if peer == "fused" else {}))
        called = torch.compile(model) if peer == "compile" else model
        steps[peer] = step(torch, called, optimizer, torch.from_numpy(x), torch.from_numpy(y))
    return steps


def largest_difference(net: Net, peers: list[str], seed: int, steps: int) -> float:
    """Of the losses over some steps without dropout, relative to PyTorch's."""
    runs = contenders(net, 0.0, peers, seed)
    losses = {name: np.array([run().item() for _ in range(steps)]) for name, run in runs.items()}
    expected = losses.pop("torch")
    return max(float(np.max(np.abs(each / expected - 1))) for each in losses.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--threads", type=int, default=1)
    add("--rounds", type=int, default=15)
    add("--seed", type=int, default=0)
    add("--nets", default="", help="only those whose description contains this")
    add(
        "--peers",
        nargs="*",
        choices=["fused", "compile", "jax"],
        default=["fused"],
        help="beside PyTorch eager: its fused optimisers, torch.compile, JAX",
    )
    add("--markdown", type=Path, help="write the tables to this file as well")
    args = parser.parse_args()
    set_threads(args.threads)

    columns = ["torch", *args.peers]
    head = ["net", "torch ms", "minigrad ms"]
    head += [f"minigrad / {peer}" for peer in columns] + ["losses differ by"]
    rows, ratios = [], {peer: [] for peer in columns}
    for net in (net for net in NETS if args.nets in str(net)):
        slow = net.batch > 10_000
        differ = largest_difference(net, args.peers, args.seed, steps=3 if slow else 10)
        times = in_turns(
            contenders(net, net.dropout, args.peers, args.seed),
            rounds=max(3, args.rounds // 3) if slow else args.rounds,
            pause=0.03 if args.threads > 1 else 0.0,
        )
        against = {peer: ratio(times["minigrad"], times[peer]) for peer in columns}
        for peer, value in against.items():
            ratios[peer].append(value)
        each = (f"{1e3 * np.median(times[name]):.3f}" for name in ("torch", "minigrad"))
        rows.append([net, *each, *against.values(), f"{differ:.0e}"])
        print(f"{net}: {against['torch']} of PyTorch's time", flush=True)
    means = [
        f"{geometric_mean([r.median for r in ratios[peer]]):.2f} "
        f"({geometric_mean([r.minima for r in ratios[peer]]):.2f})"
        for peer in columns
    ]
    rows.append(["geometric mean", "", "", *means, ""])
    packages = ["torch", "jax"] if "jax" in args.peers else ["torch"]
    report = (
        f"{conditions(args.threads, args.seed, packages)}\n\n"
        "Milliseconds: medians. Ratios: median over the rounds (ratio of the shortest times).\n"
        f"Losses: largest relative difference from PyTorch's.\n\n{markdown(head, rows)}\n"
    )
    print(f"\n{report}", end="")
    if args.markdown:
        args.markdown.write_text(report)


if __name__ == "__main__":
    main()
