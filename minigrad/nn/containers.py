"""Modules of modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import index
from typing import Any, Self, overload

from .activations import ReLU
from .functional import linear
from .layers import Linear
from .module import Module


class _Container(Module):
    """What `Sequential` and `ModuleList` share: modules in order, under names."""

    def _add(self, name: str, module: Module) -> None:
        where = type(self).__name__
        if not isinstance(module, Module):
            raise TypeError(f"{where}: wanted modules, got {type(module).__name__} at {name!r}")
        if not isinstance(name, str) or not name or "." in name or hasattr(self, name):
            raise ValueError(
                f"{where}: {name!r} cannot be the name of a module: it is empty, has a dot, or is "
                "taken"
            )
        setattr(self, name, module)

    def _names(self) -> list[str]:
        return [name for name, _ in self._own_modules()]

    def _name_at(self, i: int) -> str:
        names, at = self._names(), index(i)
        if not -len(names) <= at < len(names):
            raise IndexError(f"{type(self).__name__}: no module {at} among {len(names)}")
        return names[at]

    def __len__(self) -> int:
        return len(self._names())

    def __iter__(self) -> Iterator[Any]:
        return (module for _, module in self._own_modules())

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> Self: ...
    def __getitem__(self, i: int | slice) -> Any:
        """One module, or for a slice a container of the same kind that shares the modules."""
        if isinstance(i, slice):
            return self._of({name: getattr(self, name) for name in self._names()[i]})
        return getattr(self, self._name_at(i))

    def __setitem__(self, i: int, module: Module) -> None:
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: wanted a module, got {type(module).__name__}")
        setattr(self, self._name_at(i), module)

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the container."""
        self._add(str(len(self)), module)
        return self

    def _of(self, modules: Mapping[str, Module]) -> Any:
        raise NotImplementedError


def _calls() -> tuple[Any, ...]:
    """What runs when a linear layer and a ReLU are called."""
    return Linear.__call__, Linear.forward, ReLU.__call__, ReLU.forward


_WRITTEN = _calls()


def _untouched(module: Module) -> bool:
    """Has nobody hooked this module, or given it a `forward` of its own?"""
    own = module.__dict__
    return not (
        "forward" in own
        or own.get("_forward_pre_hooks")
        or own.get("_forward_hooks")
        or own.get("_backward_hooks")
    )


class Sequential(_Container):
    """Modules one after the other: each gets what the one before it gave.

    modules : modules, named "0", "1", ...; or one mapping from names to modules

    Has a length, can be iterated over and indexed (a slice gives a `Sequential` of the same
    modules).  A `Linear` before a `ReLU` runs as one operation, which saves a node and a pass over
    the memory, but only where that cannot be seen: not for subclasses, nor where somebody has
    overridden `forward` or `__call__`, or hooked one of the two.

    Raises TypeError for what is not a module, ValueError for a name with a dot or one that is
    taken.

    >>> from collections import OrderedDict
    >>> from minigrad import nn
    >>> nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): ReLU()
    )
    >>> nn.Sequential(OrderedDict(hidden=nn.Linear(4, 3), active=nn.ReLU())).active
    ReLU()
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            named: Iterable[tuple[str, Any]] = modules[0].items()
        else:
            named = ((str(i), module) for i, module in enumerate(modules))
        for name, module in named:
            self._add(name, module)

    def forward(self, input: Any) -> Any:
        modules: list[Any] = [module for _, module in self._own_modules()]
        as_written, fused = _calls() == _WRITTEN, False
        for module, following in zip(modules, [*modules[1:], None], strict=False):
            if fused:  # with the layer before
                fused = False
            elif (
                type(module) is Linear
                and type(following) is ReLU
                and as_written
                and _untouched(module)
                and _untouched(following)
            ):
                input = linear(input, module.weight, module.bias, True)
                fused = True
            else:
                input = module(input)
        return input

    def _of(self, modules: Mapping[str, Module]) -> Any:
        return Sequential(modules)


class ModuleList(_Container):
    """A list of modules that a module can have as an attribute, so that it finds them.

    modules : an iterable of modules

    Raises TypeError for what is not a module.

    >>> from minigrad import nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4, bias=False) for _ in range(2))
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '1.weight']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        self.extend(modules)

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns the list."""
        for module in modules:
            self.append(module)
        return self

    def _of(self, modules: Mapping[str, Module]) -> Any:
        return ModuleList(modules.values())
