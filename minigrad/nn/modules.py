"""PyTorch's homes of the modules, for code that imports from them: `nn.modules.linear.Linear`.

Each has the names of a file here, the private ones too, and otherwise those of `minigrad.nn`.
"""

from __future__ import annotations

import sys
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

HOMES = {
    "activation": "activations",
    "batchnorm": "normalization",
    "container": "containers",
    "distance": "layers",
    "dropout": "layers",
    "flatten": "layers",
    "instancenorm": "normalization",
    "linear": "layers",
    "loss": "losses",
    "module": "module",
    "normalization": "normalization",
    "padding": "padding",
    "rnn": "recurrent",
    "sparse": "layers",
    "transformer": "transformer",
}


def _find(home: str, name: str) -> Any:
    nn = import_module(__package__)
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    own = vars(import_module(f"{__package__}.{home}")) if home else {}
    return own[name] if name in own else getattr(nn, name)


for _name, _home in HOMES.items():
    _module = ModuleType(f"{__name__}.{_name}", f"The names of `minigrad.nn.{_home}`.")
    _module.__dict__["__getattr__"] = partial(_find, _home)
    globals()[_name] = sys.modules[_module.__name__] = _module

if not TYPE_CHECKING:  # checkers would take any name for granted
    __getattr__ = partial(_find, "")
