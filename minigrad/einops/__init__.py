"""Real [einops](https://einops.rocks) takes tensors of minigrad, in whichever order the two are
imported.

>>> import minigrad as mg
>>> from einops import rearrange  # doctest: +SKIP
>>> rearrange(mg.ones(2, 3, 4), "b h w -> b (h w)").shape  # doctest: +SKIP
(2, 12)

The layers of `einops.layers.torch` are PyTorch's; `einops.layers.minigrad` has those for nets of
minigrad, by the same names.

einops takes a library that has a subclass of its `AbstractBackend`, which can be defined only when
einops is there. So this looks at what is imported, and where there is no einops nothing happens.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any

__all__: list[str] = []

BACKENDS, LAYERS = "einops._backends", "einops.layers.minigrad"


class Layers:
    """Loads `minigrad.einops.layers` under einops's name, so that its classes are known by ours."""

    @staticmethod
    def create_module(spec: ModuleSpec) -> Any:
        """The module, imported."""
        return import_module("minigrad.einops.layers")

    @staticmethod
    def exec_module(module: Any) -> None:
        """It has been."""


class Watch:
    """Among the finders of modules: has our backend defined right behind einops's own."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        """What to import for a name: None leaves it to the other finders."""
        if name == LAYERS:
            return ModuleSpec(name, Layers)  # type: ignore[arg-type]
        if name != BACKENDS or not (spec := PathFinder.find_spec(name, path)) or not spec.loader:
            return None
        load = spec.loader.exec_module

        def load_both(module: Any) -> None:
            load(module)
            from . import backend

        spec.loader.exec_module = load_both  # type: ignore[method-assign]
        return spec


if BACKENDS in sys.modules:
    from . import backend
sys.meta_path.insert(0, Watch)
