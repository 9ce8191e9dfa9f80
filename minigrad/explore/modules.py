"""Which module is running: groups of nodes, and the names of parameters.

The interpreter's own stack knows it: a frame of `Module.__call__` is a call of a module.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Any

from ..nn import Module, ModuleDict, ModuleList, ReLU, Sequential
from .frames import Call

COLUMNS = ("name", "kind", "path", "parent", "call", "like", "fused")


class Modules:
    """The groups, one a call of a module.

    call : the code of `Module.__call__`
    current : the group of the call that runs now, -1 outside of all
    parameters : names of leaves, by id
    variables : of each group, the caller's name for the outermost module around it
    within : of each parameter, by id, that of the module that it is named from, and its name there
    """

    def __init__(self) -> None:
        self.call = Module.__call__.__code__
        self.current = -1
        self.parameters: dict[int, str] = {}
        self.variables: list[str] = []
        self.within: dict[int, tuple[str, str]] = {}
        self._ran: tuple[list[Any], ...] = ([], [], [])  # of groups: module, parent, what is fused
        self._groups: dict[str, list[Any]] = {k: [] for k in COLUMNS}
        self._paths: dict[int, str] = {}
        self._modules: list[Any] = []  # keeps ids taken
        self._roots: list[Any] = []
        self._names: dict[int, str] = {}
        self._holders: list[Any] = []  # modules that have a name there

    def group(self, calls: Sequence[Call], args: Sequence[Any]) -> int:
        """The group of an operation that runs now, by the calls around it."""
        if not calls:
            self.current = -1
            return -1
        last = calls[-1]
        if last.group < 0:
            parent = -1
            for call in calls:
                if call.group < 0:
                    call.group = self._add(call.frame.f_locals["self"], parent)
                parent = call.group
        self.current = last.group
        module = self._ran[0][last.group]
        if isinstance(module, Sequential):
            if last.pairs is None:
                last.pairs = _pairs(module)
            for tensor in args:
                if id(tensor) in last.pairs:
                    first, second = last.pairs[id(tensor)]
                    self.current = self._add(first, last.group, second)
                    break
        return self.current

    def _add(self, module: Any, parent: int, fused: str = "") -> int:
        """A group for a call."""
        if parent < 0:
            self.learn(module)
        for column, x in zip(self._ran, (module, parent, fused), strict=True):
            column.append(x)
        return len(self._ran[0]) - 1

    def _name(self) -> None:
        """Fill in the table of groups."""
        calls: dict[int, int] = {}
        groups: dict[str, list[Any]] = {k: [] for k in COLUMNS}
        self._groups = groups
        paths = groups["path"]
        for module, parent, fused in zip(*self._ran, strict=True):
            path = self._paths.get(id(module), "")
            above = paths[parent] if parent >= 0 else ""
            name = path[len(above) + 1 :] if above and path.startswith(above + ".") else path
            kind = type(module).__name__
            if fused:
                name, kind = f"{name}, {fused}", f"{kind} + ReLU"
            call = calls[id(module)] = calls.get(id(module), -1) + 1
            values = (name, kind, path, parent, call, -1, int(bool(fused)))
            for column, value in zip(groups.values(), values, strict=True):
                column.append(value)

    def learn(self, root: Any) -> None:
        """Learn the paths of the modules within, and the names of the parameters."""
        if any(root is other for other in self._roots):
            return
        self._roots.append(root)
        for path, module in root.named_modules():
            self._paths.setdefault(id(module), path)
            self._modules.append(module)
            for name, parameter in module._own_parameters():
                self.parameters.setdefault(id(parameter), f"{path}.{name}" if path else name)

    def note(self, module: Any, name: str, prefer: bool) -> None:
        """What the caller calls a module; prefer : this name to the one before."""
        if id(module) not in self._names:
            self._holders.append(module)
        elif not prefer:
            return
        self._names[id(module)] = name

    def close(self, leaves: Container[int]) -> None:
        """Name everything from the caller's variables inwards; let go of all objects.

        leaves : ids of the leaves that were seen
        """
        self.current = -1
        tops = self._tops()
        used = [top for top in tops if any(id(p) in leaves for p in top.parameters())]
        names = self._names_within()
        self._roots.clear()
        self._paths.clear()
        self.parameters.clear()
        owner: dict[int, str] = {}  # of a module, the variable
        for top in tops:
            variable = names.get(id(top), "")
            self.learn(top)
            for module in top.modules():
                owner.setdefault(id(module), variable)
            for name, parameter in top.named_parameters():
                if id(parameter) in self.within:
                    continue
                self.within[id(parameter)] = variable, name
                if variable and len(used) > 1 and self.parameters[id(parameter)] == name:
                    self.parameters[id(parameter)] = f"{variable}.{name}"
        self._name()
        column, ran = self._groups["name"], self._ran[0]
        self.variables = [owner.get(id(module), "") for module in ran]
        for i, parent in enumerate(self._groups["parent"]):
            variable = self.variables[i]
            if parent < 0 and variable and not column[i]:
                column[i] = variable
            elif parent < 0 and variable and len(used) > 1:
                column[i] = f"{variable}.{column[i]}"
        self._roots.clear()
        self._holders.clear()
        self._modules.clear()
        self._ran = ([], [], [])

    def _tops(self) -> list[Any]:
        """The modules that names begin at: the largest of the caller's around each that ran.

        A method of a module runs its parts without calling the module itself.  Lists of modules
        are no such whole, their elements are; and what ran nowhere comes last.
        """
        larger = sorted(self._holders, key=lambda m: -sum(1 for _ in m.modules()))
        holders = [(m, {id(part) for part in m.modules()}) for m in larger]
        tops: list[Any] = []
        for root in (*self._roots, *larger):
            around = (
                m
                for m, parts in holders
                if id(root) in parts and not isinstance(m, (ModuleList, ModuleDict))
            )
            top = next(around, root)
            if all(top is not other for other in tops):
                tops.append(top)
        return tops

    def _names_within(self) -> dict[int, str]:
        """The variables' names of modules, and of what lists and dicts of modules among them hold.

        An element is named after its list, whatever variable runs over it.
        """
        names = dict(self._names)
        for holder in self._holders:
            if isinstance(holder, (ModuleList, ModuleDict)):
                for path, module in holder.named_modules():
                    if path:
                        names[id(module)] = f"{self._names[id(holder)]}.{path}"
        return names

    def table(self, groups: Sequence[int], operations: Sequence[int]) -> dict[str, list[Any]]:
        """The record's table; groups and operations are those of the nodes."""
        if self._ran[0]:  # the block is open
            self._name()
        count = len(self._groups["name"])
        within: list[list[Any]] = [[] for _ in range(count)]
        for group, operation in zip(groups, operations, strict=True):
            if group >= 0 and operation >= 0:
                within[group].append(operation)
        alike: dict[Any, int] = {}
        like = [0] * count
        for i in range(count - 1, -1, -1):  # children first
            key = (self._groups["kind"][i], tuple(within[i]))
            like[i] = alike.setdefault(key, len(alike))
            parent = self._groups["parent"][i]
            if parent >= 0:
                within[parent].append(("group", like[i]))
        return {**self._groups, "like": like}


def _pairs(container: Any) -> dict[int, tuple[Any, str]]:
    """Of what a container may run in one operation, by the id of a parameter.

    The module that is followed by a ReLU, and the name of that ReLU.
    """
    found: dict[int, tuple[Any, str]] = {}
    for (_, child), (name, following) in pairwise(container._own_modules()):
        if isinstance(following, ReLU):
            for _, parameter in child._own_parameters():
                found.setdefault(id(parameter), (child, name))
    return found
