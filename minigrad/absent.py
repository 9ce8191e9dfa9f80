"""What a name that is not there might have meant."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

EIGENVALUES = "eigenvalues are complex in general; linalg.eigh is for symmetric matrices"


INSTEAD = {
    **dict.fromkeys("eig eigvals".split(), EIGENVALUES),
    "Variable": "a Tensor is what a Variable was",
    "bfloat16": "float32 and float64 are the floating dtypes",
    "cfloat": "there are no complex tensors",
    "complex64": "there are no complex tensors",
    "data": "the data tools are in minigrad.utils.data",
    "fft": "there are no complex tensors; numpy.fft on .numpy() transforms, without a gradient",
    "half": "float32 and float64 are the floating dtypes",
    "rearrange": "einops takes tensors: from einops import rearrange",
    "sparse": "all tensors are dense",
    "sparse_coo_tensor": "all tensors are dense",
}
"""Remedies for names that people bring, where the nearest name would mislead."""


PLACES = """
    minigrad minigrad.nn minigrad.nn.functional minigrad.nn.init minigrad.nn.utils minigrad.optim
    minigrad.optim.lr_scheduler minigrad.optim.swa_utils minigrad.linalg minigrad.autograd
    minigrad.autograd.functional minigrad.func minigrad.utils.data minigrad.random
""".split()
"""Where else a name may be."""

ASKED = 512
"""Of how many names the answer is kept: `hasattr` and a `getattr` with a default ask, too, and ask
the same again."""


def explanation(where: str, name: str, names: Iterable[str]) -> str:
    """The words of the AttributeError."""
    words = f"{where} has no attribute {name!r}"
    if name in INSTEAD:
        return f"{words}; {INSTEAD[name]}"
    if found := _elsewhere(name):
        return f"{words}; there is {' and '.join(found[:2])}"
    return nearest(where, name, names)


@lru_cache(ASKED)
def explanation_of(kind: type, name: str) -> str:
    """The words for an object of a class, whose own attributes are not looked at."""
    return explanation(f"{kind.__name__!r} object", name, dir(kind))


def nearest(where: str, name: str, names: Iterable[str]) -> str:
    """The words with the names nearby."""
    words = f"{where} has no attribute {name!r}"
    near = _near(name, frozenset(names))
    return f"{words}; the nearest are {', '.join(near)}" if near else words


@lru_cache(ASKED)
def _near(name: str, names: frozenset[str]) -> list[str]:
    from difflib import get_close_matches  # here: an import takes 1 ms

    known = {n.lower(): n for n in sorted(names) if not n.startswith("_")}
    lower = name.lower()
    near = get_close_matches(lower, known, 3, 0.6) or get_close_matches(lower, known, 1, 0.2)
    return [known[n] for n in near]


def _elsewhere(name: str) -> list[str]:
    """The same name, or with other capitals, in other places."""
    if "__version__" not in vars(sys.modules["minigrad"]):
        return []  # while minigrad itself is being imported
    return _in_places(name)


@lru_cache(ASKED)
def _in_places(name: str) -> list[str]:
    tensor = sys.modules["minigrad.engine.tensor"].Tensor
    homes = {}
    for place in PLACES:
        home = import_module(place)
        plain = (n for n in dir(home) if not isinstance(vars(home).get(n), ModuleType))
        homes[place] = dict.fromkeys(plain)
    homes["Tensor"] = dict.fromkeys(dir(tensor))
    return [
        f"{place}.{there}"
        for place, home in homes.items()
        for there in (name, *(n for n in home if n.lower() == name.lower() and n != name))
        if there in home and not there.startswith("_")
    ]


def _ours(value: Any) -> bool:
    home = getattr(value, "__module__", None) or getattr(value, "__name__", None)
    return isinstance(home, str) and home.startswith("minigrad")


def _is_part(package: dict[str, Any], name: str) -> bool:
    """Is it the name of a module of a package, not imported so far?"""
    if "__path__" not in package or not name.isidentifier():
        return False
    from importlib.util import find_spec  # here: an import takes 0.3 ms

    return find_spec(f"{package['__name__']}.{name}") is not None


def own_names(module: dict[str, Any]) -> set[str]:
    """What `dir` shows of a module: not what it has imported for its own use.

    That is its `__all__`; without one, the functions and classes that are defined in it.
    """
    name = module["__name__"]
    own = module.get("__all__") or [
        n
        for n, v in module.items()
        if getattr(v, "__module__", None) == name and not n.startswith("_")
    ]
    parts = (n for n, v in module.items() if getattr(v, "__name__", None) == f"{name}.{n}")
    special = (n for n in module if n.startswith("__"))
    return {*own, *parts, *special}


def explain_absence(module: dict[str, Any]) -> None:
    """Let a module name what is near to a name that it has not, and `dir` show what is its own.

    What its `LATER` says to be in another module is imported when it is first asked for, and so are
    a package's modules, so that `import minigrad` is quick.

    Its `__getattr__` is not there for type checkers, which would take any name for granted.
    """
    later = module.get("LATER", {})

    def absent(name: str) -> Any:
        if name in later or _is_part(module, name):
            home = import_module(f"{module['__name__']}.{later.get(name, name)}")
            module[name] = home if later.get(name, name) == name else getattr(home, name)
            return module[name]
        where = f"module {module['__name__']!r}"
        if name.startswith("__"):
            raise AttributeError(f"{where} has no attribute {name!r}", name=name)
        ours = [n for n, v in module.items() if _ours(v)]
        raise AttributeError(explanation(where, name, module.get("__all__", ours)), name=name)

    module["__getattr__"] = absent
    module["__dir__"] = lambda: sorted(own_names(module) | {*later})
