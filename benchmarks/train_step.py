"""The time of one training step beside PyTorch: forward, loss, backward, optimiser.

    python benchmarks/train_step.py
    python benchmarks/train_step.py --threads 2 --nets 784-300-100-10
    python benchmarks/train_step.py --peers fused compile jax autograd mygrad --markdown steps.md

Ten dense nets, written for both libraries by the same lines. Before a net is timed both take the
same steps from the same weights on the same data, and their losses are compared (with the dropout
switched off: the random masks differ). The data are random, of the right shapes. The times are of
steps in a row; see measure.py for how. Beside minigrad's plain step stand the same step through
`mg.compile`, and its kernels called by hand (by_hand.py), the floor of what Python between them can
reach.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from by_hand import layers_of, step_by_hand
from measure import (
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
from nets import NETS, RATES, Net, build, step

import minigrad as mg

OURS = ("minigrad", "compiled", "by hand")
JUDGES = ("fused", "compile", "jax")  # no target names the other peers
LIMITS = {"slowest": 0.80, "mean": 0.40, "slowest, best": 1.0, "mean, best": 0.65, "long": 0.75}
COMPILED = {"slowest": 0.75, "mean": 0.38, "slowest, best": 0.90, "mean, best": 0.55} | {
    "long": 0.70,
    "floor": 1.05,
}
PEERS = (*JUDGES, "autograd", "mygrad")


def contenders(net: Net, dropout: float, peers: list[str], seed: int) -> dict[str, Callable]:
    """A step of each library, all from the same weights and with the same data."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((net.batch, int(net.sizes.split("-")[0])), dtype=np.float32)
    y = generator.integers(0, 10, net.batch)
    torch.manual_seed(seed)
    mg.manual_seed(seed)
    if "compile" in peers:  # else PyTorch gives up compiling after a few nets
        torch.compiler.reset()
    start = build(torch.nn, net, dropout).state_dict()
    lr = RATES[net.optimizer]

    steps = {}
    given, labels = mg.tensor(x), mg.tensor(y)
    x, y = given.numpy(), labels.numpy()  # the same memory for all: how it is aligned counts
    for name in OURS:
        model = build(mg.nn, net, dropout)
        model.load_state_dict(start)
        if name == "by hand":
            steps[name] = step_by_hand(layers_of(model, mg.nn), net.optimizer, lr, x, y)
            continue
        optimizer = getattr(mg.optim, net.optimizer)(model.parameters(), lr=lr)
        steps[name] = step(mg, model, optimizer, given, labels)
    steps["compiled"] = mg.compile(steps["compiled"])
    for peer in ("torch", *peers):
        if peer == "jax":
            from peer_jax import jax_step

            steps["jax"] = jax_step(start, net, dropout, lr, x, y, seed)
            continue
        if peer in ("autograd", "mygrad"):
            from peer_tapes import tape_step

            steps[peer] = tape_step(peer, start, net, dropout, lr, x, y, seed)
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


def working(peers: list[str]) -> tuple[list[str], list[str]]:
    """Those that take a step here, and in words why the others do not."""
    found, excuses = [], []
    for peer in peers:
        try:
            contenders(NETS[-1], 0.0, [peer], seed=0)[peer]()
            found.append(peer)
        except Exception as error:  # not installed, or no compiler: other libraries' reasons
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            excuses.append(f"Without {peer}: {reason[:200]}.")
    return found, excuses


def judge(
    kind: str, threads: int, times: dict[str, list[float]], ratios: dict[str, list[Ratio]]
) -> list[Target]:
    """The targets of the plain step, or the compiled one, for the nets that were timed."""
    step, limits = ("training step", LIMITS) if kind == "minigrad" else ("compiled step", COMPILED)
    eager = [r.median for r in ratios["torch"]]
    if threads > 1:
        limit = limits["long"]
        long = [r for r, t in zip(eager, times["torch"], strict=True) if t >= 5e-3]
        found = f"{max(long):.2f}" if long else "no net takes that long"
        what = f"{step}, {threads} threads, where PyTorch needs 5 ms: the slowest"
        met = not long or max(long) <= limit
        return [Target(what, "PyTorch eager", f"<= {limit:.2f}", found, met)]
    targets = [
        (f"{step}, the slowest net", "PyTorch eager", max(eager), limits["slowest"]),
        (f"{step}, geometric mean", "PyTorch eager", geometric_mean(eager), limits["mean"]),
    ]
    judges = [peer for peer in JUDGES if peer in ratios]
    if judges:
        best = [max(r.median for r in rs) for rs in zip(*map(ratios.get, judges), strict=True)]
        against = f"the best of {', '.join(judges)}"
        mean = geometric_mean(best)
        targets.append((f"{step}, the slowest net", against, max(best), limits["slowest, best"]))
        targets.append((f"{step}, geometric mean", against, mean, limits["mean, best"]))
    if kind == "compiled":
        floor = max(r.median for r in ratios["by hand"])
        targets.append((f"{step}, the slowest net", "its kernels by hand", floor, limits["floor"]))
    return [Target(w, a, f"<= {t:.2f}", f"{v:.2f}", v <= t) for w, a, v, t in targets]


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
        choices=PEERS,
        default=["fused"],
        help="beside PyTorch eager: its fused optimisers, torch.compile, JAX, autograd, MyGrad",
    )
    add("--markdown", type=Path, help="write the tables to this file as well")
    add("--json", type=Path, help="for report.py")
    args = parser.parse_args()
    nets = [net for net in NETS if args.nets in str(net)]
    if not nets:
        parser.error(
            f"--nets: no net is called {args.nets!r}; there are: {'; '.join(map(str, NETS))}"
        )
    set_threads(args.threads)
    peers, excuses = working(args.peers)

    columns = ["torch", *peers]
    ratios: dict[str, list[Ratio]] = {peer: [] for peer in columns}
    compiled: dict[str, list[Ratio]] = {peer: [] for peer in (*columns, "by hand")}
    medians: dict[str, list[float]] = {name: [] for name in ("torch", *OURS)}
    rows = []
    for net in nets:
        slow = net.batch > 10_000  # few rounds, and without the peers that no target names
        here = [peer for peer in peers if peer in JUDGES or not slow]
        differ = largest_difference(net, here, args.seed, steps=3 if slow else 10)
        times = in_turns(
            contenders(net, net.dropout, here, args.seed),
            rounds=max(3, args.rounds // 3) if slow else args.rounds,
            pause=0.03 if args.threads > 1 else 0.0,
        )
        against = {peer: ratio(times["minigrad"], times[peer]) for peer in ("torch", *here)}
        beside = {
            peer: ratio(times["compiled"], times[peer]) for peer in ("torch", *here, "by hand")
        }
        for peer, value in against.items():
            ratios[peer].append(value)
        for peer, value in beside.items():
            compiled[peer].append(value)
        for name, each in medians.items():
            each.append(float(np.median(times[name])))
        shown = (f"{1e3 * medians[name][-1]:.3f}" for name in ("torch", *OURS))
        row = [*(against.get(peer, "") for peer in columns)]
        row += [beside.get(peer, "") for peer in compiled]
        rows.append([net, *shown, *row, f"{differ:.0e}"])
        print(
            f"{net}: {against['torch']}, compiled {beside['torch']} of PyTorch's time", flush=True
        )
    means = [
        Ratio(*(geometric_mean(each) for each in zip(*found, strict=True))) if found else ""
        for found in (*ratios.values(), *compiled.values())
    ]
    rows.append(["geometric mean", *[""] * (1 + len(OURS)), *means, ""])
    head = ["net", *(f"{name} ms" for name in ("torch", *OURS))]
    head += [f"minigrad / {peer}" for peer in columns]
    head += [f"compiled / {peer}" for peer in compiled] + ["losses differ by"]
    packages = ["torch", *(peer for peer in peers if peer not in ("fused", "compile"))]
    notes = [
        "Milliseconds: medians. Ratios: median over the rounds (ratio of the shortest times).",
        "Losses: largest relative difference from PyTorch's.",
        *excuses,
    ]
    report = (
        f"{conditions(args.threads, args.seed, packages)}\n\n"
        + "\n".join(notes)
        + f"\n\n{markdown(head, rows)}\n"
    )
    targets = judge("minigrad", args.threads, medians, ratios)
    targets += judge("compiled", args.threads, medians, compiled)
    publish(f"\n{report}", args.json, targets)
    if args.markdown:
        args.markdown.write_text(report)


if __name__ == "__main__":
    main()
