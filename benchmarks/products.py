r"""Matrix products beside NumPy's (OpenBLAS) and PyTorch's (MKL): those that nets run, and squares.

    python benchmarks/products.py
    OPENBLAS_NUM_THREADS=2 python benchmarks/products.py
    MINIGRAD_CPU=avx2 OPENBLAS_CORETYPE=Haswell MKL_ENABLE_INSTRUCTIONS=AVX2 \
        python benchmarks/products.py

Each of the three returns a new array. They take turns in one process; measure.py says how.
Before a product is timed, each result is compared with the float64 one. A layer of nets.py, whose
weight is stored (outputs, inputs), gives three products: forward x W^T (NT), and the gradients of
the weight g^T x (TN) and of the input g W (NN).
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":  # NumPy's BLAS asks when it is loaded
    THREADS = int(os.environ.setdefault("OPENBLAS_NUM_THREADS", "1"))

import numpy as np
from measure import (
    Point,
    Ratio,
    Target,
    conditions,
    geometric_mean,
    in_turns,
    markdown,
    publish,
    ratio,
    set_threads,
)
from nets import NETS

try:
    import torch
except ImportError:
    torch = None

from minigrad import kernels

# (batch, inputs, outputs), each once
LAYERS = (
    *dict.fromkeys(
        (net.batch, *layer)
        for net in NETS
        for layer in pairwise(int(size) for size in net.sizes.split("-"))
    ),
    # where kernels are slow: rows of whole pages or of nearly as much, and odd ones,
    (100, 1025, 20),
    (20, 1025, 100),
    (64, 1025, 400),
    (512, 1025, 50),
    (1000, 100, 1025),
    (50, 1025, 1536),
    (32, 100, 2050),
    (512, 2048, 10),
    (128, 2048, 32),
    # few inputs,
    (50, 20, 3072),
    (256, 10, 1024),
    (256, 32, 1536),
    (256, 64, 1000),
    (100, 100, 600),
    (512, 100, 256),
    # large layers for small batches
    (128, 1000, 1024),
    (128, 800, 2048),
    (1000, 4096, 64),
    (32, 1024, 1536),
    (32, 3073, 1000),
    (20, 784, 4096),
    (16, 100, 1536),
    # and for a batch of a few
    (8, 2048, 2048),
    (5, 3000, 1000),
    (1, 2048, 2048),
    (1024, 1024, 1024),
    (2048, 2048, 2048),
    (32, 32, 32),
    (8, 8, 8),
)
DOUBLE = tuple(layer for layer in LAYERS if prod(layer) <= 1024**3)
BIG = 2_000_000  # multiply-adds from which the targets have a limit for each product
# The least that each may reach, and the geometric mean: of the faster peer's speed.
WANTED = {
    "float32": (0.93, 1.10),
    "float64": (0.93, 1.00),
    "AVX2 float32": (0.93, 1.10),
    "AVX2 float64": (0.93, 1.00),
}


class Product(NamedTuple):
    use: str
    m: int
    k: int
    n: int
    layout: str

    def __str__(self) -> str:
        return f"{self.use} {self.m}x{self.k}x{self.n} {self.layout}"

    @property
    def multiply_adds(self) -> int:
        return self.m * self.k * self.n

    def operands(self, dtype: str, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The operands; T is a transposed view, as in a backward pass."""
        shapes = (self.m, self.k), (self.k, self.n)
        a, b = (
            generator.standard_normal(shape if letter == "N" else shape[::-1], dtype)
            for shape, letter in zip(shapes, self.layout, strict=True)
        )
        return a if self.layout[0] == "N" else a.T, b if self.layout[1] == "N" else b.T


def products_of(batch: int, inputs: int, outputs: int) -> list[Product]:
    return [
        Product("fwd", batch, inputs, outputs, "NT"),
        Product("dW", outputs, batch, inputs, "TN"),
        Product("dX", batch, outputs, inputs, "NN"),
    ]


def largest_error(results: list[np.ndarray], a: np.ndarray, b: np.ndarray) -> float:
    """Of some rows, in units of what rounding may do: |c - ab| / (k u |a||b|), so below 1."""
    rows = np.linspace(0, len(a) - 1, min(len(a), 64)).astype(int)
    unit = a.shape[1] * np.finfo(a.dtype).eps / 2
    if a.dtype == np.float64:  # what it is compared with is no more exact
        unit *= 2
    a, b = a[rows].astype(float), b.astype(float)
    exact, bound = a @ b, unit * (np.abs(a) @ np.abs(b))
    return max(float((np.abs(c[rows] - exact) / bound).max()) for c in results)


def measured(product: Product, dtype: str, args: argparse.Namespace) -> dict[str, np.ndarray]:
    """Seconds a call, in each round; ArithmeticError if one of the results is wrong."""
    a, b = product.operands(dtype, np.random.default_rng(args.seed))
    calls = {"minigrad": partial(kernels.matmul, a, b), "OpenBLAS": partial(np.matmul, a, b)}
    if torch is not None:
        calls["MKL"] = partial(torch.mm, torch.from_numpy(a), torch.from_numpy(b))
    error = largest_error([np.asarray(call()) for call in calls.values()], a, b)
    if not error < 1:
        raise ArithmeticError(f"{product} {dtype}: a result is off by {error:.1f} times its bound")
    slow = product.multiply_adds > 1e9
    rounds = max(3, args.rounds // 3) if slow else args.rounds
    return in_turns(calls, rounds, args.visit, pause=0.03 if THREADS > 1 else 0.0)


def judge(kind: str, faster: dict[Product, float]) -> list[Target]:
    """The targets for speeds relative to the faster peer."""
    least, mean = WANTED[kind]
    against = "the faster of OpenBLAS and MKL" + ", held to AVX2" * kind.startswith("AVX2")
    found = geometric_mean(list(faster.values()))
    what = f"{kind} products ({len(faster)}), geometric mean of the speed"
    targets = [Target(what, against, f">= {mean:.2f}", f"{found:.2f}", found >= mean)]
    big = {product: speed for product, speed in faster.items() if product.multiply_adds > BIG}
    if least is not None and big:
        last = min(big, key=big.get)
        found = f"{big[last]:.2f} ({last})"
        what = f"{kind} products above {BIG / 1e6:.0f} M multiply-adds, the slowest"
        targets.append(Target(what, against, f">= {least:.2f}", found, big[last] >= least))
    return targets


def slowest(faster: dict[Product, float], count: int = 8) -> str:
    """The big products whose speed relative to the faster peer is least, in words."""
    big = sorted((p for p in faster if p.multiply_adds > BIG), key=faster.__getitem__)
    listed = ", ".join(f"{product} {faster[product]:.2f}" for product in big[:count])
    return f"Slowest above {BIG / 1e6:.0f} M multiply-adds, beside the faster peer: {listed or '-'}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--rounds", type=int, default=11)
    add("--visit", type=float, default=0.01, help="seconds of calls in a turn")
    add("--seed", type=int, default=0)
    add(
        "--limit", type=float, default=np.inf, help="only products of at most so many multiply-adds"
    )
    add("--least", type=float, default=0, help="least of them")
    add("--only", default="", help="only products whose name has this, such as dW, TN or x3072")
    add("--dtypes", nargs="*", choices=["float32", "float64"], default=["float32", "float64"])
    add("--json", type=Path, help="for report.py")
    args = parser.parse_args()
    set_threads(THREADS)
    forced = "AVX2 " * (os.environ.get("MINIGRAD_CPU") == "avx2")

    texts, targets, points = [conditions(THREADS, args.seed)], [], []
    for dtype in args.dtypes:
        layers = LAYERS if dtype == "float32" else DOUBLE
        rows, speeds, faster = [], {"OpenBLAS": [], "MKL": []}, {}
        for product in (p for layer in layers for p in products_of(*layer)):
            if not args.least <= product.multiply_adds <= args.limit:
                continue
            if args.only not in str(product):
                continue
            times = measured(product, dtype, args)
            seconds = {name: float(np.median(each)) for name, each in times.items()}
            against = {p: ratio(times[p], times["minigrad"]) for p in times if p != "minigrad"}
            for peer, value in against.items():
                speeds[peer].append(value)
            faster[product] = min(value.median for value in against.values())
            flops = 2 * product.multiply_adds
            rates = (
                f"{flops / seconds[x] / 1e9:.1f}" if x in times else ""
                for x in ("minigrad", "OpenBLAS", "MKL")
            )
            rows.append([product, *rates, *(against.get(peer, "") for peer in speeds)])
            if dtype == "float32" and not forced:
                m, k, n = product[1:4]
                moved = 4 * (m * k + k * n + m * n)
                points.append(Point(f"product {product}", flops, moved, seconds["minigrad"]))
        means = [
            Ratio(*(geometric_mean(each) for each in zip(*values, strict=True))) if values else ""
            for values in speeds.values()
        ]
        if not rows:
            continue
        rows.append(["geometric mean", "", "", "", *means])
        head = [f"{forced}{dtype}, MxKxN", "minigrad", "OpenBLAS", "MKL"]
        head += [f"speed / {peer}" for peer in speeds]
        texts.append(markdown(head, rows))
        if faster:
            texts.append(slowest(faster))
        if THREADS == 1 and forced + dtype in WANTED:
            targets += judge(forced + dtype, faster)
    texts.insert(
        1,
        "GFLOP/s: medians. Speed: peer's time / ours, median over the rounds (ratio of "
        "the shortest times); above 1 minigrad is faster.",
    )
    if torch is None:
        texts.insert(2, "PyTorch is not installed: no MKL here.")
    publish("\n\n".join(texts), args.json, targets, points)


if __name__ == "__main__":
    main()
