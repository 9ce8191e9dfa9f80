"""Modules and parameters in lists and dicts."""

from __future__ import annotations

import itertools
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from operator import index
from typing import Any, Self, overload

from ..engine.dtypes import check_integer
from ..engine.tensor import Tensor
from .module import Module
from .parameter import Parameter

MOST_LAYERS = 10_000  # on top of each other: beyond any net, and far below a slip


class Ordered(Module):
    """What `Sequential` and `ModuleList` share: modules in order, under names."""

    def _add(self, name: str, module: Module) -> None:
        check_module(self, name, module)
        self._check_name(type(self).__name__, name, again=False)
        setattr(self, name, module)

    def _names(self) -> list[str]:
        return [name for name, _ in self._own_modules()]

    def _name_at(self, i: int) -> str:
        names, at = self._names(), index(i)
        if not -len(names) <= at < len(names):
            raise IndexError(f"{type(self).__name__}: no module {at} among {len(names)}")
        return names[at]

    def _replace_all(self, modules: list[Module]) -> None:
        """Have these modules in place of the present ones, named "0", "1", ..."""
        for i, module in enumerate(modules):
            check_module(self, str(i), module)
        for name in self._names():
            delattr(self, name)
        for i, module in enumerate(modules):
            setattr(self, str(i), module)

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
        name = self._name_at(i)
        check_module(self, name, module)
        setattr(self, name, module)

    def __delitem__(self, i: int | slice) -> None:
        """Take out one module or several; those that stay are numbered anew."""
        modules = list(self)
        del modules[i if isinstance(i, slice) else self._names().index(self._name_at(i))]
        self._replace_all(modules)

    def append(self, module: Module) -> Self:
        """Add a module at the end; returns the container."""
        self._add(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add modules at the end; returns the container."""
        if not isinstance(modules, Iterable):
            got = type(modules).__name__
            raise TypeError(f"{type(self).__name__}: extend: wanted modules, got {got}")
        added = list(modules)
        for i, module in enumerate(added):
            check_module(self, str(len(self) + i), module)
        for module in added:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index`, and number all anew; returns the container.

        Raises IndexError beyond the ends.
        """
        index = check_integer(f"{type(self).__name__}: insert: index", index)
        if not -len(self) <= index <= len(self):
            raise IndexError(f"{type(self).__name__}: no place {index} among {len(self)} modules")
        modules = list(self)
        modules.insert(index, module)
        self._replace_all(modules)
        return self

    def pop(self, key: int | slice = -1) -> Any:
        """Take out a module and return it."""
        taken = self[key]
        del self[key]
        return taken

    def __add__(self, other: Iterable[Module]) -> Self:
        together: Self = self._of({str(i): module for i, module in enumerate(self)})
        return together.extend(other)

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def _of(self, modules: Mapping[str, Module]) -> Any:
        raise NotImplementedError


def check_module(container: Module, name: str, module: Any) -> None:
    """Raise TypeError for what is no module."""
    if not isinstance(module, Module):
        raise TypeError(
            f"{type(container).__name__}: wanted modules, got {type(module).__name__} at {name!r}"
        )


class ModuleList(Ordered):
    """A list of modules that a module can have as an attribute, so that it finds them.

    modules : an iterable of modules

    Has the operations of `Sequential` but for `*`.  Raises TypeError for what is not a module.

    >>> from minigrad import nn
    >>> layers = nn.ModuleList(nn.Linear(4, 4, bias=False) for _ in range(2))
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '1.weight']
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(modules or ())

    def _of(self, modules: Mapping[str, Module]) -> Any:
        return ModuleList(modules.values())

    def __repr__(self) -> str:
        """As PyTorch's: neighbours that look alike stand in one line, with how many they are."""
        shown, first = "", 0
        for text, alike in itertools.groupby(map(repr, self)):
            count = len(list(alike))
            last = first + count - 1
            head = f"({first}): " if count == 1 else f"({first}-{last}): {count} x "
            shown, first = f"{shown}\n{head}{text}", last + 1
        shown = shown.replace("\n", "\n  ")
        return f"{type(self).__name__}({shown}\n)" if shown else f"{type(self).__name__}()"


class ModuleDict(Module):
    """A dictionary of modules that a module can have as an attribute, so that it finds them.

    modules : a mapping from names to modules, or pairs of both

    Has a dictionary's operations.  Raises TypeError for what is not a module, ValueError for a name
    that is empty, has a dot or is an attribute of every module, KeyError for one that is missing.

    >>> from minigrad import nn
    >>> heads = nn.ModuleDict({"digit": nn.Linear(4, 10), "colour": nn.Linear(4, 3)})
    >>> heads["colour"].out_features, "shape" in heads
    (3, False)
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(modules or {})

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        check_module(self, key, module)
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: object) -> bool:
        return key in self._modules

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._modules.keys()

    def values(self) -> ValuesView[Any]:
        """The modules."""
        return self._modules.values()

    def items(self) -> ItemsView[str, Any]:
        """Pairs of a name and a module."""
        return self._modules.items()

    def pop(self, key: str) -> Any:
        """Take out a module and return it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Take out all modules."""
        self._modules.clear()

    def update(self, modules: Any) -> None:
        """Add modules, from a mapping or from pairs of a name and a module."""
        pairs = list(modules.items() if hasattr(modules, "items") else modules)
        for key, module in pairs:
            check_module(self, key, module)
            self._check_name("ModuleDict", key, key in self)
        for key, module in pairs:
            self[key] = module


class ParameterList(Module):
    """A list of parameters that a module can have as an attribute, so that it finds them.

    values : an iterable; a tensor that is no parameter becomes one, anything else stays what it is

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> weights = nn.ParameterList([mg.zeros(2), nn.Parameter(mg.zeros(3))])
    >>> weights.append(mg.zeros(4))
    ParameterList(
        (0): Parameter containing: [float32 of size 2]
        (1): Parameter containing: [float32 of size 3]
        (2): Parameter containing: [float32 of size 4]
    )
    >>> [name for name, _ in weights.named_parameters()]
    ['0', '1', '2']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        self.extend(values or ())

    def _name_at(self, i: int) -> str:
        if not -self._size <= index(i) < self._size:
            raise IndexError(f"{type(self).__name__}: no value {i} among {self._size}")
        return str(index(i) % self._size)

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(i)) for i in range(self._size))

    @overload
    def __getitem__(self, i: int) -> Any: ...
    @overload
    def __getitem__(self, i: slice) -> ParameterList: ...
    def __getitem__(self, i: int | slice) -> Any:
        """One value, or for a slice a list that shares the parameters."""
        return (
            ParameterList([*self][i]) if isinstance(i, slice) else getattr(self, self._name_at(i))
        )

    def __setitem__(self, i: int, value: Any) -> None:
        setattr(self, self._name_at(i), _as_parameter(value))

    def append(self, value: Any) -> Self:
        """Add a value at the end; returns the list."""
        setattr(self, str(self._size), _as_parameter(value))
        self._size += 1
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add values at the end; returns the list."""
        for value in [_as_parameter(value) for value in values]:
            self.append(value)
        return self

    def __iadd__(self, values: Iterable[Any]) -> Self:
        return self.extend(values)

    def extra_repr(self) -> str:
        return "\n".join(f"  ({i}): {_described(value)}" for i, value in enumerate(self))


class ParameterDict(Module):
    """A dictionary of parameters that a module can have as an attribute, so that it finds them.

    parameters : a mapping, or pairs; a tensor that is no parameter becomes one, anything else stays

    Has a dictionary's operations.  Raises ValueError for a name that is empty, has a dot or is an
    attribute of every module, KeyError for one that is missing.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> scales = nn.ParameterDict({"left": mg.ones(2)})
    >>> scales["right"] = mg.zeros(1)
    >>> [name for name, _ in scales.named_parameters()], scales.get("middle")
    (['left', 'right'], None)
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        self.update(parameters or {})

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        self._check_name("ParameterDict", key, key in self._keys)
        setattr(self, key, _as_parameter(value))
        self._keys[key] = None

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __or__(self, other: Any) -> ParameterDict:
        together = self.copy()
        together.update(other)
        return together

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._keys.keys()

    def values(self) -> list[Any]:
        """The parameters."""
        return [self[key] for key in self]

    def items(self) -> list[tuple[str, Any]]:
        """Pairs of a name and a parameter."""
        return [(key, self[key]) for key in self]

    def get(self, key: str, default: Any = None) -> Any:
        """The parameter of this name, or `default` if there is none."""
        return self[key] if key in self else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The parameter of this name, which is `default` if there was none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str) -> Any:
        """Take out a parameter and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take out the last parameter, and return its name and itself."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take out all parameters."""
        for key in list(self):
            del self[key]

    def copy(self) -> ParameterDict:
        """Another dictionary of the same parameters."""
        return ParameterDict(self.items())

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dictionary of these names, each with `default`."""
        return ParameterDict((key, default) for key in keys)

    def update(self, parameters: Any) -> None:
        """Add parameters, from a mapping or from pairs of a name and a parameter."""
        pairs = parameters.items() if hasattr(parameters, "items") else parameters
        made = [(key, _as_parameter(value)) for key, value in pairs]
        for key, _ in made:
            self._check_name("ParameterDict", key, key in self)
        for key, value in made:
            self[key] = value

    def extra_repr(self) -> str:
        return "\n".join(f"  ({name}): {_described(value)}" for name, value in self.items())


def _described(value: Any) -> str:
    """What a list or dictionary says of one value: PyTorch's words."""
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"{kind} containing: [{value.dtype} of size {'x'.join(map(str, value.shape))}]"


def _as_parameter(value: Any) -> Any:
    return (
        Parameter(value)
        if isinstance(value, Tensor) and not isinstance(value, Parameter)
        else value
    )
