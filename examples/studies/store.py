"""Results on disk: a folder for each declaration, named by its hash.

    <out>/<study>/<section>-<row>-<key>/
        checkpoint.npz   everything that the training needs to go on; gone when it is over
        history.csv      the figures of each epoch
        result.json      the declaration, the final figures, the command, the seconds: it is over

A file appears complete or not at all. A changed declaration has another hash, so that old results
are never taken for new ones.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

import minigrad as mg
from studies.declare import key


def write(path: Path, save: Callable[[Path], Any]) -> None:
    """`save` to a file beside `path`, which then takes its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{uuid4().hex}{path.suffix}")
    try:
        save(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class Store:
    """The results under one folder."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def folder(self, where: str, declaration: Any) -> Path:
        """Of the results of a declaration; `where` is study/section/row."""
        study, *rest = where.split("/")
        name = re.sub(r"[^A-Za-z0-9.]+", "-", "-".join(rest)).strip("-")
        return self.out / study / f"{name}-{key(declaration)}"

    def result(self, where: str, declaration: Any) -> dict[str, Any] | None:
        """What is known of a run that is over, or None."""
        path = self.folder(where, declaration) / "result.json"
        return json.loads(path.read_text()) if path.is_file() else None

    def finish(self, where: str, declaration: Any, result: Mapping[str, Any]) -> None:
        folder = self.folder(where, declaration)
        text = json.dumps({"declaration": asdict(declaration), **result}, indent=1)
        write(folder / "result.json", lambda path: path.write_text(text + "\n"))
        (folder / "checkpoint.npz").unlink(missing_ok=True)


# ---------------------------------------------------------------------- checkpoints


def save_checkpoint(path: Path, model: Any, optimizer: Any, schedule: Any, record: Any) -> None:
    """Write parameters, the states of optimiser, schedule and random numbers, and a record.

    record : anything that JSON holds
    """
    states = optimizer.state_dict()
    arrays = {f"model/{name}": t.detach().numpy() for name, t in model.state_dict().items()}
    numbers: dict[str, dict[str, Any]] = {}  # Adam's steps, and None
    for i, state in states["state"].items():
        for name, value in state.items():
            if isinstance(value, (np.ndarray, mg.Tensor)):
                arrays[f"optimizer/{i}/{name}"] = np.asarray(value)
            else:
                numbers.setdefault(str(i), {})[name] = value
    rest = {
        "groups": states["param_groups"],
        "numbers": numbers,
        "schedule": schedule and schedule.state_dict(),
        "random": mg.random.default_generator().bit_generator.state,
        "record": record,
    }
    write(path, lambda file: np.savez(file, rest=np.array(json.dumps(rest)), **arrays))


def load_checkpoint(path: Path, model: Any, optimizer: Any, schedule: Any) -> Any:
    """Set everything as it was; returns the record."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    rest = json.loads(str(arrays.pop("rest")))
    state: dict[int, dict[str, Any]] = {int(i): dict(kept) for i, kept in rest["numbers"].items()}
    parameters = {}
    for path_in_file, array in arrays.items():
        kind, name = path_in_file.split("/", 1)
        if kind == "model":
            parameters[name] = array
        else:
            i, name = name.split("/")
            state.setdefault(int(i), {})[name] = array
    model.load_state_dict(parameters)
    optimizer.load_state_dict({"state": state, "param_groups": rest["groups"]})
    if schedule is not None:
        schedule.load_state_dict(rest["schedule"])
    mg.random.default_generator().bit_generator.state = rest["random"]
    return rest["record"]
