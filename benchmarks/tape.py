"""The tape beside PyTorch's: forward and backward where there is next to nothing to compute.

    python benchmarks/tape.py

A chain of 1,000 additions and multiplications of scalars, and 20 layers of linear + ReLU on 4 x 4
numbers. Gradients are compared first. One thread; see measure.py for how the times are taken.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measure import Target, conditions, in_turns, markdown, publish, ratio, set_threads

import minigrad as mg

OPERATIONS, LAYERS, SIZE, SEED = 1000, 20, 4, 0


def chain(library: Any) -> tuple[Callable[[], None], list[Any]]:
    """y = y * w + b, again and again; and the tensors that get gradients."""
    w, b = (library.tensor(value, requires_grad=True) for value in (0.999, 0.5))

    def forward_and_backward() -> None:
        w.grad = b.grad = None
        y = w
        for _ in range(OPERATIONS // 2):
            y = y * w + b
        y.backward()

    return forward_and_backward, [w, b]


def layers(library: Any) -> tuple[Callable[[], None], list[Any]]:
    """h = relu(linear(h)), again and again; and the tensors that get gradients."""
    F = library.nn.functional
    generator = np.random.default_rng(SEED)

    def tensor(*shape: int) -> Any:
        return library.tensor(generator.random(shape, np.float32) / SIZE, requires_grad=True)

    x = library.tensor(generator.random((SIZE, SIZE), np.float32))
    parameters = [(tensor(SIZE, SIZE), tensor(SIZE)) for _ in range(LAYERS)]
    flat = [p for pair in parameters for p in pair]

    def forward_and_backward() -> None:
        for p in flat:
            p.grad = None
        h = x
        for weight, bias in parameters:
            h = F.relu(F.linear(h, weight, bias))
        h.sum().backward()

    return forward_and_backward, flat


def compare(ours: list[Any], theirs: list[Any]) -> float:
    """The largest difference of gradients, relative to the largest element of each."""
    pairs = [(a.grad.numpy(), b.grad.numpy()) for a, b in zip(ours, theirs, strict=True)]
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--json", type=Path, help="for report.py")
    args = parser.parse_args()
    set_threads(1)

    rows, targets = [], []
    for name, build, pieces, wanted in (
        ("scalar add or multiply", chain, OPERATIONS, 0.35),
        ("4 x 4 linear + ReLU", layers, LAYERS, 0.15),
    ):
        ours, our_tensors = build(mg)
        theirs, their_tensors = build(torch)
        ours()
        theirs()
        differ = compare(our_tensors, their_tensors)
        times = in_turns({"minigrad": ours, "torch": theirs}, args.rounds)
        each = (f"{1e6 * np.median(times[key]) / pieces:.2f}" for key in ("torch", "minigrad"))
        share = ratio(times["minigrad"], times["torch"])
        rows.append([name, *each, share, f"{differ:.0e}"])
        met = share.median <= wanted
        found = f"{share.median:.2f}"
        targets.append(Target(f"tape: {name}", "PyTorch eager", f"<= {wanted}", found, met))
    head = ["what", "torch", "minigrad", "minigrad / torch", "gradients differ by"]
    texts = [
        conditions(1, SEED),
        "Microseconds each, forward and backward. Ratio: median (of the shortest times).",
        markdown(head, rows),
    ]
    publish("\n\n".join(texts), args.json, targets)


if __name__ == "__main__":
    main()
