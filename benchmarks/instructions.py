"""Where the time of a compiled step goes, instruction by instruction, and what fusing could gain.

    python benchmarks/instructions.py --nets 64-32-10
    python benchmarks/instructions.py --nets 784-600 --lines

A net's step is compiled and its instructions are run one by one, in their order, for some seconds;
of each the fifth of its runs that were shortest count, without what a call of a single instruction
costs. The sum of a kind of instruction is the most that doing it within another's loops can gain.
The last column is measured so: the optimiser's instructions right behind the products that make
their gradients, while these are in the cache, instead of at the end.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import Any

import numpy as np
from measure import conditions, markdown, set_threads
from nets import NETS, RATES, Net, build, step

import minigrad as mg
from minigrad.program.text import _call

KINDS = ("gemm", "bias_gradient", "cross_entropy", "batch_norm", "relu", "dropout", "update")


def program_of(net: Net, seed: int) -> Any:
    """The compiled step of a net, and its program."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((net.batch, int(net.sizes.split("-")[0])), dtype=np.float32)
    y = generator.integers(0, 10, net.batch)
    mg.manual_seed(seed)
    model = build(mg.nn, net, net.dropout)
    optimizer = getattr(mg.optim, net.optimizer)(model.parameters(), lr=RATES[net.optimizer])
    compiled = mg.compile(step(mg, model, optimizer, mg.tensor(x), mg.tensor(y)))
    for _ in range(4):
        compiled()
    return compiled


def microseconds(replay: Any, order: list[int], seconds: float) -> np.ndarray:
    """Of each instruction, when they run in this order."""
    executor, clock = replay.executor, time.perf_counter_ns
    runs, end = [], clock() + seconds * 1e9
    while clock() < end or len(runs) < 5:
        times = np.empty(len(order))
        for i in order:
            begin = clock()
            executor.run(i, i + 1)
            times[i] = clock() - begin
        runs.append(times)
    empty = []
    for _ in range(2000):
        begin = clock()
        executor.run(0, 0)
        empty.append(clock() - begin)
    return (np.percentile(runs, 20, axis=0) - np.percentile(empty, 20)) / 1e3


def at_once(plan: Any) -> list[int]:
    """The instructions, each of the optimiser's right after its gradient's."""
    made = {s: i for i in range(plan.first_of_update) for s in plan.calls[i].slots[:3]}
    after = defaultdict(list)
    for i in range(plan.first_of_update, len(plan.calls)):
        after[made[plan.calls[i].slots[1]]].append(i)
    return [j for i in range(plan.first_of_update) for j in (i, *after[i])]


def kind_of(plan: Any, i: int) -> str:
    """The kind that an instruction's time is added to."""
    if i >= plan.first_of_update:
        return "update"
    code = plan.calls[i].code
    return next((kind for kind in KINDS if code.startswith(kind)), "other")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--nets", default="", help="only those whose description contains this")
    add("--seconds", type=float, default=2.0, help="of each order of each net")
    add("--seed", type=int, default=0)
    add("--lines", action="store_true", help="print each instruction too")
    args = parser.parse_args()
    set_threads(1)
    rows = []
    for net in (net for net in NETS if args.nets in str(net)):
        compiled = program_of(net, args.seed)
        replay = compiled.program.planned
        plan = replay.plan
        times = microseconds(replay, list(range(len(plan.calls))), args.seconds)
        if args.lines:
            print(*(f"{t:10.2f} {_call(plan, i)}" for i, t in enumerate(times)), sep="\n")
        sums = dict.fromkeys((*KINDS, "other"), 0.0)
        for i, t in enumerate(times):
            sums[kind_of(plan, i)] += t
        behind = microseconds(replay, at_once(plan), args.seconds)[plan.first_of_update :].sum()
        shares = (f"{100 * t / times.sum():.1f}" for t in sums.values())
        gain = 100 * (sums["update"] - behind) / times.sum()
        rows.append([net, f"{times.sum():,.1f}", *shares, f"{gain:.1f}"])
    head = ["net", "instructions, µs", *(f"{kind} %" for kind in (*KINDS, "other"))]
    print(f"{conditions(1, args.seed, ())}\n\n{markdown([*head, 'update in cache saves %'], rows)}")


if __name__ == "__main__":
    main()
