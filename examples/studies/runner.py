"""Who runs what: finished runs are not repeated, others go on where they stopped.

With several jobs the runs go through joblib, each in a process of its own and on one core. Figures
do not depend on who trains, nor in which order: every run begins with its own seed.

On a cluster joblib hands the same runs to Dask: `--cluster local` starts one of as many processes
as there are jobs, `--cluster tcp://host:8786` uses the scheduler there. Its workers need this
folder on their PYTHONPATH (`examples`), the data, and a file system that they share for --out. Ray
has a backend too, `ray.util.joblib.register_ray`; `results` is the place for it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import asdict
from fnmatch import fnmatch
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple

from training import extra

import minigrad as mg
from studies.declare import BestOf, Experiment, Quick, Row, Run, Section, Study
from studies.pictures import load
from studies.store import Store
from studies.trainer import train


class Job(NamedTuple):
    """One declaration, where it stands (study/section/row), and what to call it."""

    where: str
    declaration: Run | Experiment

    @property
    def cost(self) -> float:
        """About in proportion to its time."""
        run = self.declaration
        if isinstance(run, Experiment):
            return 1e12
        pictures = run.samples or {"notmnist": 12_000}.get(run.data, 55_000)
        inputs = 3072 if run.data == "cifar-10" else 784
        weights = sum(a * b for a, b in pairwise(run.sizes(inputs)))
        return run.epochs * pictures * (weights + 20_000)


def declared(row: Row, section: Section, study: Study, store: Store, quick: Quick | None) -> Any:
    """The run of a row; None as long as it depends on runs that are not over."""
    if not isinstance(row.run, BestOf):
        return quick.of(row.run) if quick else row.run
    (source,) = (s for s in study.sections if s.name == row.run.section)
    ranking = []
    for other in source.rows:
        run = declared(other, source, study, store, quick)
        result = run and store.result(f"{study.name}/{source.name}/{other.name}", run)
        if result is None:
            return None
        accuracy = result["figures"]["validation_accuracy"]
        ranking.append((accuracy, run.but(**row.run.changes)))
    best = max(ranking, key=lambda pair: pair[0])[1]
    return quick.of(best) if quick else best


def jobs(study: Study, store: Store, quick: Quick | None, patterns: list[str]) -> Iterator[Job]:
    """What the patterns name, such as study1, study1/dropout or 'study5/*/9 layers*'."""
    for section in study.sections:
        place = f"{study.name}/{section.name}"
        if section.experiment is not None and named(place, patterns):
            yield Job(place, tiny(section.experiment) if quick else section.experiment)
        for row in section.rows:
            if named(f"{place}/{row.name}", patterns):
                run = declared(row, section, study, store, quick)
                if run is not None:
                    yield Job(f"{place}/{row.name}", run)


def named(where: str, patterns: list[str]) -> bool:
    return any(fnmatch(where, p) or fnmatch(where, f"{p}/*") for p in patterns)


def tiny(experiment: Experiment) -> Experiment:
    settings = {**experiment.settings, **experiment.quick}
    return Experiment(experiment.function, settings)


def perform(job: Job, store: Store, say: Callable[[str], Any] | None = print) -> dict[str, Any]:
    """Do one job and keep its result; or give the result that is there."""
    result = store.result(*job)
    if result is not None:
        return result
    folder = store.folder(*job)
    folder.mkdir(parents=True, exist_ok=True)
    declaration = job.declaration
    begin = time.perf_counter()
    if isinstance(declaration, Experiment):
        module, function = declaration.function.split(":")
        if say:
            say(f"\n{job.where}")
        outcome = getattr(import_module(module), function)(folder, **declaration.settings)
        found = {"outcome": asdict(outcome)}
    else:
        found = {"figures": train(declaration, load(declaration), folder, job.where, say)}
    store.finish(*job, {**found, "seconds": time.perf_counter() - begin})
    return store.result(*job) or {}


def run_all(todo: list[Job], store: Store, processes: int, cluster: str | None) -> None:
    """Do the jobs, and say how far it is."""
    waiting = [job for job in todo if store.result(*job) is None]
    print(f"{len(todo)} runs, {len(todo) - len(waiting)} of them are over already", flush=True)
    begin, done, total = time.monotonic(), 0.0, sum(job.cost for job in waiting)
    for i, (job, result) in enumerate(results(waiting, store, processes, cluster), start=1):
        done += job.cost
        elapsed = time.monotonic() - begin
        left = elapsed * (total - done) / done
        scores = result.get("figures", {})
        shown = "".join(
            f", {name.replace('_accuracy', '')} {100 * scores[name]:.2f} %"
            for name in ("train_accuracy", "validation_accuracy", "test_accuracy")
            if scores.get(name) is not None
        )
        print(f"[{i}/{len(waiting)}, {clock(left)} left] {job.where}{shown}", flush=True)


def results(
    waiting: list[Job], store: Store, processes: int, cluster: str | None
) -> Iterator[tuple[Job, dict[str, Any]]]:
    if processes == 1 and cluster is None:
        for job in waiting:
            yield job, perform(job, store)
        return
    joblib = extra("joblib")
    context: Any = nullcontext()
    if cluster is not None:
        try:
            client = import_module("distributed").Client
        except ModuleNotFoundError as error:
            sys.exit(f"{error}. A cluster needs Dask: pip install distributed")
        context = client(n_workers=processes) if cluster == "local" else client(cluster)
    with context, joblib.parallel_config("dask" if cluster else "loky"):
        parallel = joblib.Parallel(n_jobs=processes, return_as="generator_unordered")
        yield from parallel(joblib.delayed(on_one_core)(job, store) for job in waiting)


def on_one_core(job: Job, store: Store) -> tuple[Job, dict[str, Any]]:
    mg.set_num_threads(1)
    return job, perform(job, store, say=None)


def clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
