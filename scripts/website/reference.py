"""The pages of the reference: every public name, from its docstring."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .files import write_if_new

PAGES = {  # a module, and how its page is called
    "minigrad": "minigrad: tensors and their operations",
    "minigrad.autograd": "minigrad.autograd: derivatives",
    "minigrad.autograd.function": "minigrad.autograd.function: operations as classes",
    "minigrad.autograd.functional": "minigrad.autograd.functional: derivatives of functions",
    "minigrad.jit": "minigrad.jit: functions as they are",
    "minigrad.func": "minigrad.func: functions made of functions",
    "minigrad.special": "minigrad.special: special functions",
    "minigrad.random": "minigrad.random: seeds, and the state of the generator",
    "minigrad.linalg": "minigrad.linalg: norms and products",
    "minigrad.nn": "minigrad.nn: layers",
    "minigrad.nn.functional": "minigrad.nn.functional: layers as functions",
    "minigrad.nn.init": "minigrad.nn.init: first weights",
    "minigrad.nn.utils": "minigrad.nn.utils: all parameters at once",
    "minigrad.nn.utils.parametrizations": "minigrad.nn.utils.parametrizations: weights in bounds",
    "minigrad.nn.utils.parametrize": "minigrad.nn.utils.parametrize: weights that are computed",
    "minigrad.nn.utils.prune": "minigrad.nn.utils.prune: weights that are held at 0",
    "minigrad.nn.utils.rnn": "minigrad.nn.utils.rnn: sequences of several lengths",
    "minigrad.nn.parallel": "minigrad.nn.parallel: one process as several",
    "minigrad.nn.overview": "minigrad.nn.overview: what a net consists of",
    "minigrad.optim": "minigrad.optim: optimisers",
    "minigrad.optim.lr_scheduler": "minigrad.optim.lr_scheduler: schedules of the rate",
    "minigrad.optim.swa_utils": "minigrad.optim.swa_utils: averages of weights",
    "minigrad.utils.data": "minigrad.utils.data: data sets and loaders",
    "minigrad.utils.checkpoint": "minigrad.utils.checkpoint: computing anew what is not kept",
    "minigrad.utils.tensorboard": "minigrad.utils.tensorboard: logs",
    "minigrad.serialization": "minigrad.serialization: files",
    "minigrad.distributions": "minigrad.distributions: drawing, and densities",
    "minigrad.distributions.constraints": "minigrad.distributions.constraints: where values may be",
    "minigrad.distributions.transforms": "distributions.transforms: functions of draws",
    "minigrad.program": "minigrad.program: replaying a step",
    "minigrad.vision": "minigrad.vision: pictures",
    "minigrad.vision.datasets": "minigrad.vision.datasets: sets of pictures",
    "minigrad.vision.io": "minigrad.vision.io: files of pictures",
    "minigrad.vision.models": "minigrad.vision.models: nets for pictures",
    "minigrad.vision.transforms": "minigrad.vision.transforms: from pictures to tensors",
    "minigrad.vision.transforms.functional": "vision.transforms.functional: of one picture",
    "minigrad.vision.utils": "minigrad.vision.utils: many pictures as one",
    "minigrad.testing": "minigrad.testing: comparing tensors",
    "minigrad.amp": "minigrad.amp: mixed precision, of which there is none",
    "minigrad.cuda": "minigrad.cuda: there is none",
    "minigrad.cuda.amp": "minigrad.cuda.amp: mixed precision, of which there is none",
    "minigrad.distributed": "minigrad.distributed: other processes, of which there are none",
    "minigrad.course": "minigrad.course: the course's checker",
    "minigrad.explore": "minigrad.explore: watching the tape",
    "minigrad.engine.watchers": "minigrad.engine.watchers: what the tape tells",
    "minigrad.kernels": "minigrad.kernels: compiled arithmetic on arrays",
}

WHOLE = ("minigrad", "minigrad.nn.functional", "minigrad.nn.utils")
"""Modules of which all that `dir` names is public, though `import *` leaves some of it out."""


def write(folder: Path) -> None:
    """All pages, and one that names them."""
    entries = homes()
    for module in PAGES:
        write_if_new(folder / f"{module}.rst", page(module, entries))
    names = "\n".join(f"   {module}" for module in PAGES)
    title = "Reference"
    text = (
        f"{title}\n{'=' * len(title)}\n\nEvery public name, from its docstring; "
        "``[source]`` shows the code.  All operations in one table: "
        ":doc:`/_generated/operations`.\n\n"
        f".. toctree::\n   :maxdepth: 1\n\n{names}\n   minigrad.Tensor\n"
    )
    write_if_new(folder / "index.rst", text)
    write_if_new(folder / "minigrad.Tensor.rst", tensor())


def public(module: Any) -> dict[str, Any]:
    """A module's public names that are functions and classes of ours."""
    whole = module.__name__ in WHOLE
    names: Iterable[str] = (None if whole else getattr(module, "__all__", None)) or [
        n for n in dir(module) if not n.startswith("_")
    ]
    listed = whole or hasattr(module, "__all__")
    found = {}
    for name in names:
        thing = getattr(module, name)
        ours = getattr(thing, "__module__", "") or ""
        if not (inspect.isclass(thing) or inspect.isroutine(thing)) or inspect.ismodule(thing):
            continue
        if listed or ours == module.__name__:
            found[name] = thing
    return found


def homes() -> dict[int, str]:
    """By id of what is public: the name under which it has its entry.

    That is the one nearest to where it is defined, and of aliases the one it calls itself.
    """
    best: dict[int, tuple[tuple[int, bool], str]] = {}
    for module in PAGES:
        for label, thing in public(importlib.import_module(module)).items():
            inside = f"{inspect.unwrap(thing).__module__}.".startswith(f"{module}.")
            score = (module.count(".") if inside else -1, label == thing.__name__)
            if id(thing) not in best or score > best[id(thing)][0]:
                best[id(thing)] = score, f"{module}.{label}"
    return {key: name for key, (_, name) in best.items()}


def page(name: str, entries: dict[int, str]) -> str:
    """The page of a module, its names by the file that defines them."""
    module = importlib.import_module(name)
    title = PAGES[name]
    lines = [title, "=" * len(title), "", f".. py:currentmodule:: {name}", ""]
    groups: dict[str, list[str]] = {}
    constants = []
    again = []
    for label, thing in sorted(public(module).items()):
        if name == "minigrad" and label == "Tensor":
            continue
        if isinstance(thing, type) and not str(thing.__module__).startswith("minigrad"):
            constants.append(label)  # numpy's types under our names
            continue
        if (known := entries[id(thing)]) != f"{name}.{label}":
            again.append(f":py:obj:`{name}.{label} <{known}>`")
            continue
        groups.setdefault(str(inspect.unwrap(thing).__module__), []).append(label)
    in_place = {g for g, labels in groups.items() if all(n.endswith("_") for n in labels)}
    for place in sorted(groups, key=lambda g: (g in in_place, g == name, g.count("."), g)):
        if len(groups) > 1:
            words = (importlib.import_module(place).__doc__ or place).strip().split("\n")[0]
            heading = "Everything else" if place == name else words.rstrip(".").replace("`", "")
            if place in in_place:
                heading = "In place"
            lines += [heading, "-" * len(heading), ""]
        links = ", ".join(f":py:obj:`{label} <{name}.{label}>`" for label in groups[place])
        lines += [links, ""]
        for label in groups[place]:
            lines += entry(f"{name}.{label}", getattr(module, label))
    if again:
        lines += ["Also here", "---------", "", "These have their entry under another name: "]
        lines += [f"{', '.join(again)}.", ""]
    others = [
        n for n in getattr(module, "__all__", ()) if n in constants or n not in public(module)
    ]
    if name == "minigrad":  # PyTorch's names that `import *` leaves out, as it would hide builtins
        known = public(module).keys() - set(constants)
        others += [n for n in dir(module) if n[0] != "_" and n not in {*module.__all__, *known}]
    others = [n for n in others if not inspect.ismodule(getattr(module, n))]
    if others:
        lines += ["Constants and dtypes", "--------------------", ""]
        for label in sorted(others):
            lines += [f".. py:data:: {label}", ""]
            lines += [f"   {shown(getattr(module, label))}", ""]
    return "\n".join(lines)


def shown(value: Any) -> str:
    """A constant, in a few words."""
    if isinstance(value, SimpleNamespace):
        return "With " + ", ".join(f"``{name}``" for name in vars(value)) + "."
    return f"``{f'{value.__module__}.{value.__name__}' if isinstance(value, type) else value}``"


def entry(path: str, thing: Any) -> list[str]:
    """One name."""
    if isinstance(thing, type):
        return [f".. autoclass:: {path}", "   :members:", "   :exclude-members: function", ""]
    return [f".. autofunction:: {path}", ""]


def tensor() -> str:
    """The tensor: its own methods, and the names of those that are functions."""
    import minigrad as mg
    from minigrad.ops.methods import LATER

    own, shared = [], []
    for name in sorted(n for n in dir(mg.Tensor) if not n.startswith("_")):
        thing = getattr(mg.Tensor, name)
        function = getattr(mg, name, None) or getattr(mg.nn.functional, name, None)
        same = function is not None and (
            name in LATER or thing is function or thing.__doc__ == function.__doc__
        )
        (shared if same else own).append(name)
    title = "minigrad.Tensor"
    members = ", ".join(n for n in own if inspect.getdoc(getattr(mg.Tensor, n)))
    words = ", ".join(f"``{name}``" for name in shared)
    return (
        f"{title}\n{'=' * len(title)}\n\n.. py:currentmodule:: minigrad\n\n"
        f".. autoclass:: minigrad.Tensor\n   :members: {members}\n\n"
        f"Methods that are functions\n--------------------------\n\nThese are the functions of "
        f":doc:`minigrad` and of :doc:`minigrad.nn.functional`, with the tensor for the first "
        f"argument: {words}.\n"
    )
