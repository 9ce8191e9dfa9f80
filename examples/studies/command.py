"""The command line: list, run, peers, report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training import count

from studies.declare import Quick, Run
from studies.peers import SEEDS, train_peers
from studies.report import Report
from studies.runner import jobs, run_all
from studies.store import Store
from studies.study1 import STUDY as STUDY1
from studies.study2 import STUDY as STUDY2
from studies.study3 import STUDY as STUDY3
from studies.study4 import STUDY as STUDY4
from studies.study5 import STUDY as STUDY5

STUDIES = (STUDY1, STUDY2, STUDY3, STUDY4, STUDY5)
ROOT = Path(__file__).resolve().parents[2]


def options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python examples/studies", description="Five published studies, run from one command."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, words in (
        ("list", "what there is to run, and what is over"),
        ("run", "train what is named"),
        ("peers", "train the same with PyTorch and minigrad, with several seeds"),
        ("report", "write docs/studies.md, or the sections that are named, from what is over"),
    ):
        add = verbs.add_parser(verb, help=words).add_argument
        needed = verb in ("run", "peers")
        default = {"metavar": "NAME"} if needed else {}
        add("names", nargs="+" if needed else "*", help=NAMES, **default)
        add("--quick", action="store_true", help="a tiny version, to see that all of it runs")
        add("--samples", type=count, default=Quick.samples, help="pictures of each part in --quick")
        add("--out", type=Path, help="folder of the results; by default runs/studies[-quick]")
        if verb == "run":
            add("--jobs", type=count, default=1, help="processes, each on one core")
            add("--cluster", help="local, or the address of a Dask scheduler")
        if verb == "peers":
            add("--seeds", type=count, default=SEEDS, help="of each run; at least 3 make a mean")
        if verb == "report":
            add("--to", type=Path, help="the page; by default docs/studies.md, or in --out")
    return parser.parse_args(arguments)


NAMES = "such as study1, study1/dropout, 'study5/*/9 layers*', all"


def main(arguments: list[str] | None = None) -> int:
    args = options(arguments)
    quick = Quick(args.samples) if args.quick else None
    store = Store(args.out or Path("runs") / ("studies-quick" if quick else "studies"))
    patterns = ["*"] if args.names in ([], ["all"]) else args.names
    if args.verb == "report":
        page = args.to or (store.out / "studies.md" if quick else ROOT / "docs" / "studies.md")
        report = Report(store, quick, page.parent / "images" / "studies", "images/studies")
        before = page.read_text() if page.is_file() else ""
        text = report.write(list(STUDIES), patterns, before)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text)
        print(page)
        return 0
    todo = [job for study in STUDIES for job in jobs(study, store, quick, patterns)]
    if args.verb == "list":
        for job in todo:
            print(f"{'over' if store.result(*job) else 'open':5} {job.where}")
        return 0
    if not todo:
        print(f"nothing is called {' or '.join(args.names)}; see: list", file=sys.stderr)
        return 1
    if args.verb == "peers":
        runs = [(job.where, job.declaration) for job in todo]
        trainings = [(where, run) for where, run in runs if isinstance(run, Run)]
        train_peers(trainings, store, args.seeds)
        return 0
    try:
        run_all(todo, store, args.jobs, args.cluster)
        # What depends on the best of these runs is known only now.
        both = [job for study in STUDIES for job in jobs(study, store, quick, patterns)]
        if len(both) > len(todo):
            run_all(both, store, args.jobs, args.cluster)
    except KeyboardInterrupt:
        print("\nInterrupted. The same command goes on from the last checkpoints.")
        return 130
    return 0
