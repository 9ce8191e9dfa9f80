"""The time of one training step beside PyTorch: forward, loss, backward, optimiser.

    python benchmarks/train_step.py
    python benchmarks/train_step.py --threads 2 --nets 784-300-100-10
    python benchmarks/train_step.py --peers fused compile jax autograd mygrad --markdown steps.md

Ten dense nets, written for both libraries by the same lines. Before a net is timed both take the
same steps from the same weights on the same data, and their losses are compared (with the dropout
switched off: the random masks differ). The data are random, of the right shapes. The times are of
steps in a row; see measure.py for how.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
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

JUDGES = ("fused", "compile", "jax")  # no target names the other peers
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

    model = build(mg.nn, net, dropout)
    model.load_state_dict(start)
    optimizer = getattr(mg.optim, net.optimizer)(model.parameters(), lr=lr)
    steps = {"minigrad": step(mg, model, optimizer, mg.tensor(x), mg.tensor(y))}
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


def judge(threads: int, times: dict[str, list[float]], ratios: dict[str, list[Ratio]]) -> list:
    """The targets, for the nets that were timed."""
    eager = [r.median for r in ratios["torch"]]
    if threads > 1:
        long = [r for r, t in zip(eager, times["torch"], strict=True) if t >= 5e-3]
        found = f"{max(long):.2f}" if long else "no net takes that long"
        what = f"training step, {threads} threads, where PyTorch needs 5 ms: the slowest"
        return [Target(what, "PyTorch eager", "<= 0.75", found, not long or max(long) <= 0.75)]
    targets = [
        ("training step, the slowest net", "PyTorch eager", max(eager), 0.80),
        ("training step, geometric mean", "PyTorch eager", geometric_mean(eager), 0.40),
    ]
    judges = [peer for peer in JUDGES if peer in ratios]
    if judges:
        best = [max(r.median for r in rs) for rs in zip(*map(ratios.get, judges), strict=True)]
        against = f"the best of {', '.join(judges)}"
        targets.append(("training step, the slowest net", against, max(best), 1.0))
        targets.append(("training step, geometric mean", against, geometric_mean(best), 0.65))
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
    medians: dict[str, list[float]] = {"torch": [], "minigrad": []}
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
        for peer, value in against.items():
            ratios[peer].append(value)
        for name, each in medians.items():
            each.append(float(np.median(times[name])))
        shown = (f"{1e3 * medians[name][-1]:.3f}" for name in ("torch", "minigrad"))
        rows.append([net, *shown, *(against.get(peer, "") for peer in columns), f"{differ:.0e}"])
        print(f"{net}: {against['torch']} of PyTorch's time", flush=True)
    means = [
        Ratio(*(geometric_mean(each) for each in zip(*ratios[peer], strict=True)))
        if ratios[peer]
        else ""
        for peer in columns
    ]
    rows.append(["geometric mean", "", "", *means, ""])
    head = ["net", "torch ms", "minigrad ms"]
    head += [f"minigrad / {peer}" for peer in columns] + ["losses differ by"]
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
    publish(f"\n{report}", args.json, judge(args.threads, medians, ratios))
    if args.markdown:
        args.markdown.write_text(report)


if __name__ == "__main__":
    main()
