"""Loss, batch norm, ReLU, GELU, dropout and the optimisers beside PyTorch's.

    python benchmarks/kernels.py

Forward and backward run through both libraries' autograd; beside it minigrad's kernels alone. The
optimisers step the parameters of nets.py, PyTorch's with `fused=True` where it has that. Results
are compared first (of dropout the means). One process, in turns; see measure.py.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from measure import (
    Point,
    Target,
    conditions,
    geometric_mean,
    in_turns,
    markdown,
    publish,
    ratio,
    set_threads,
)
from nets import NETS, build

import minigrad as mg
from minigrad import kernels

ENTROPY = ((256, 10), (512, 10), (60_000, 10), (256, 1000), (4096, 32_000))
NORM = ((100, 50), (256, 600), (256, 4096), (4096, 1024), (60_000, 300))
OTHER = ((256, 200), (1024, 1024))
OPTIMIZERS = {  # PyTorch's RMSprop has no fused variant
    "Adam": ({}, {"fused": True}),
    "SGD": ({"momentum": 0.9}, {"fused": True}),
    "RMSprop": ({}, {}),
}
DROPPED = 0.3


class Case(NamedTuple):
    """The same work in both libraries, and by minigrad's kernels alone; the calls return dx.

    flops and words : per element of x, the fewest that forward and backward can do with; an
        exponential counts as one operation. Words are read or written.
    """

    name: str
    shape: tuple[int, int]
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    alone: Callable[[], Any]
    flops: int
    words: int


def through(library: Any, x: np.ndarray, of: Callable, g: np.ndarray | None) -> Callable:
    """Forward and backward of `of(library)(leaf)`; g is its result's cotangent."""
    leaf = library.tensor(x, requires_grad=True)
    cotangent = None if g is None else library.tensor(g)
    forward = of(library)

    def call() -> np.ndarray:
        leaf.grad = None
        forward(leaf).backward(cotangent)
        return leaf.grad.numpy()

    return call


def cross_entropy(shape: tuple[int, int], generator: np.random.Generator) -> Case:
    x = generator.standard_normal(shape, np.float32)
    y = generator.integers(0, shape[1], shape[0])

    def of(library: Any) -> Callable:
        target = library.tensor(y)
        return lambda leaf: library.nn.functional.cross_entropy(leaf, target)

    def alone() -> np.ndarray:
        return kernels.softmax_cross_entropy(x, y)[1]

    ours, theirs = (through(library, x, of, None) for library in (mg, torch))
    return Case("softmax-cross-entropy", shape, ours, theirs, alone, flops=6, words=2)


def batch_norm(shape: tuple[int, int], generator: np.random.Generator) -> Case:
    x, g = (generator.standard_normal(shape, np.float32) for _ in range(2))
    w, b = (generator.random(shape[1], np.float32) for _ in range(2))

    def of(library: Any) -> Callable:
        weight, bias = (library.tensor(array, requires_grad=True) for array in (w, b))
        mean, var = library.tensor(np.zeros_like(w)), library.tensor(np.ones_like(w))

        def forward(leaf: Any) -> Any:
            weight.grad = bias.grad = None
            return library.nn.functional.batch_norm(leaf, mean, var, weight, bias, training=True)

        return forward

    def alone() -> np.ndarray:
        _, mean, _, invstd = kernels.batch_norm(x, w, b, 1e-5)
        return kernels.batch_norm_backward(g, x, mean, invstd, w)[0]

    ours, theirs = (through(library, x, of, g) for library in (mg, torch))
    return Case("batch norm", shape, ours, theirs, alone, flops=14, words=5)


def relu(shape: tuple[int, int], generator: np.random.Generator) -> Case:
    x, g = (generator.standard_normal(shape, np.float32) for _ in range(2))

    def of(library: Any) -> Callable:
        return library.nn.functional.relu

    ours, theirs = (through(library, x, of, g) for library in (mg, torch))
    alone = lambda: kernels.relu_backward(g, kernels.relu(x))  # noqa: E731
    return Case("ReLU", shape, ours, theirs, alone, flops=2, words=5)


def gelu(shape: tuple[int, int], generator: np.random.Generator) -> Case:
    x, g = (generator.standard_normal(shape, np.float32) for _ in range(2))

    def of(library: Any) -> Callable:
        return library.nn.functional.gelu

    def alone() -> np.ndarray:
        kernels.gelu(x)
        return kernels.gelu_backward(g, x)

    ours, theirs = (through(library, x, of, g) for library in (mg, torch))
    return Case("GELU", shape, ours, theirs, alone, flops=6, words=5)


def dropout(shape: tuple[int, int], generator: np.random.Generator) -> Case:
    x, g = (np.ones(shape, np.float32) for _ in range(2))

    def of(library: Any) -> Callable:
        return lambda leaf: library.nn.functional.dropout(leaf, DROPPED)

    def alone() -> np.ndarray:
        kernels.dropout(x, DROPPED, 1)
        return kernels.dropout(g, DROPPED, 1)

    ours, theirs = (through(library, x, of, g) for library in (mg, torch))
    return Case("dropout", shape, ours, theirs, alone, flops=2, words=4)


def difference(case: Case) -> float:
    """Of the gradients, relative to the largest element; for dropout, of the means."""
    theirs, results = case.theirs(), (case.ours(), case.alone())
    if case.name == "dropout":
        return max(abs(float(each.mean() / theirs.mean()) - 1) for each in results)
    return max(float(np.abs(each - theirs).max() / np.abs(theirs).max()) for each in results)


def check(what: str, differ: float, allowed: float) -> None:
    if not differ < allowed:
        raise ArithmeticError(f"{what}: results differ by {differ:.1e}")


def optimizers(kind: str, rounds: int, largest: float, points: list[Point]) -> Iterator[tuple]:
    """(net, parameters, times in each round) for each net of its own parameters."""
    ours_too, theirs_too = OPTIMIZERS[kind]
    nets = {(net.sizes, net.batch_norm): net for net in NETS}
    for net in nets.values():
        model = build(torch.nn, net, 0.0)
        arrays = [p.detach().numpy() for p in model.parameters()]
        if (size := sum(array.size for array in arrays)) > largest:
            continue
        steps, ends = {}, []
        for library, more in ((mg, ours_too), (torch, ours_too | theirs_too)):
            params = [library.tensor(array.copy(), requires_grad=True) for array in arrays]
            gradients = np.random.default_rng(0).standard_normal
            for p in params:
                p.grad = library.tensor(gradients(tuple(p.shape), np.float32))
            optimizer = getattr(library.optim, kind)(params, lr=1e-3, **more)
            for _ in range(3):
                optimizer.step()
            ends.append(np.concatenate([p.detach().numpy().ravel() for p in params]))
            steps[library.__name__] = optimizer.step
        check(f"{kind} on {net.sizes}", float(np.abs(ends[0] - ends[1]).max()), 1e-5)
        times = in_turns(steps, rounds)
        words, flops = {"Adam": (7, 12), "SGD": (5, 4), "RMSprop": (5, 8)}[kind]
        seconds = float(np.median(times["minigrad"]))
        name = f"{net.sizes}{', batch norm' * net.batch_norm}"
        points.append(Point(f"{kind} {name}", flops * size, 4 * words * size, seconds))
        yield name, size, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--threads", type=int, default=1)
    add("--rounds", type=int, default=11)
    add("--seed", type=int, default=0)
    add("--limit", type=float, default=np.inf, help="only arrays of at most this many elements")
    add("--json", type=Path, help="for report.py")
    args = parser.parse_args()
    set_threads(args.threads)
    torch.manual_seed(args.seed)
    mg.manual_seed(args.seed)
    generator = np.random.default_rng(args.seed)

    rows, targets, points = [], [], []
    speeds: dict[tuple[str, str], list[float]] = {}
    plans = (
        (cross_entropy, ENTROPY),
        (batch_norm, NORM),
        (relu, OTHER),
        (gelu, OTHER),
        (dropout, OTHER),
    )
    for kind, shape in ((kind, shape) for kind, shapes in plans for shape in shapes):
        if (size := shape[0] * shape[1]) > args.limit:
            continue
        case = kind(shape, generator)
        differ = difference(case)
        check(f"{case.name} {shape}", differ, 0.02 if kind is dropout else 1e-4)
        rounds = args.rounds if size < 1e7 else max(3, args.rounds // 3)
        calls = {"minigrad": case.ours, "torch": case.theirs, "alone": case.alone}
        times = in_turns(calls, rounds)
        us = [f"{1e6 * np.median(times[name]):.1f}" for name in ("torch", "minigrad", "alone")]
        both = [ratio(times["torch"], times[who]) for who in ("minigrad", "alone")]
        for how, speed in zip(("through autograd", "kernels alone"), both, strict=True):
            speeds.setdefault((case.name, how), []).append(speed.median)
        name = f"{case.name} {shape[0]}x{shape[1]}"
        rows.append([name, *us, *both, f"{differ:.0e}"])
        seconds = float(np.median(times["alone"]))
        points.append(Point(name, case.flops * size, 4 * case.words * size, seconds))
    head = ["forward and backward", "torch us", "minigrad us", "kernels alone us"]
    head += ["speed / torch", "kernels' speed / torch", "differ by"]
    texts = [
        conditions(args.threads, args.seed),
        "Speed: PyTorch's time / ours, median over the rounds (ratio of the shortest times).",
        markdown(head, rows),
    ]
    wanted = {"softmax-cross-entropy": 6.0, "batch norm": 1.5}
    for (name, how), found in speeds.items():
        if name in wanted:
            what = f"{name} forward and backward, {how}, {len(found)} shapes: the least speed"
            met, aim = min(found) >= wanted[name], f">= {wanted[name]}"
            targets.append(Target(what, "PyTorch autograd", aim, f"{min(found):.2f}", met))

    rows = []
    for kind, (options, fused) in OPTIMIZERS.items():
        against = "PyTorch fused" if fused else "PyTorch"
        found = []
        for net, size, times in optimizers(kind, args.rounds, args.limit, points):
            speed = ratio(times["torch"], times["minigrad"])
            found.append(speed.median)
            us = [f"{1e6 * np.median(times[name]):.1f}" for name in ("torch", "minigrad")]
            name = f"{kind}{', momentum' * ('momentum' in options)}: {net}"
            rows.append([name, f"{size:,}", against, *us, speed])
        if fused and found:
            what = f"{kind} step, {len(found)} nets: the least speed"
            said = f"{min(found):.2f} (geometric mean {geometric_mean(found):.2f})"
            targets.append(Target(what, against, ">= 1.7", said, min(found) >= 1.7))
    head = ["step", "parameters", "against", "torch us", "minigrad us", "speed / torch"]
    texts.append(markdown(head, rows))
    publish("\n\n".join(texts), args.json, targets if args.threads == 1 else (), points)


if __name__ == "__main__":
    main()
