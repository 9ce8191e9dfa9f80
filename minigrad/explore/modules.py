"""Which module is running: groups of nodes, and the names of parameters.

The interpreter's own stack knows it: a frame of `Module.__call__` is a call of a module.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

from ..nn import Module, ModuleDict, ModuleList, ReLU, Sequential

COLUMNS = ("name", "kind", "path", "parent", "call", "like", "fused")


class Modules:
    """The groups, one a call of a module.

    call : the code of `Module.__call__`
    current : the group of the call that runs now, -1 outside of all
    parameters : names of leaves, by id
    """

    def __init__(self) -> None:
        self.call = Module.__call__.__code__
        self.current = -1
        self.parameters: dict[int, str] = {}
        self._groups: dict[str, list[Any]] = {k: [] for k in COLUMNS}
        # of each call under way: its frame, which keeps them distinct, its group, its module
        self._stack: list[tuple[Any, int, Any]] = []
        self._paths: dict[int, str] = {}
        self._calls: dict[Any, int] = {}
        self._owners: dict[int, Any] = {}
        self._modules: list[Any] = []  # keeps ids taken
        self._roots: list[Any] = []
        self._names: dict[int, str] = {}
        self._variables: list[Any] = []  # modules that have a name there
        self._ran: list[Any] = []  # the module of each group

    def group(self, calls: Sequence[Any], args: Sequence[Any]) -> int:
        """The group of an operation that runs now, by the frames of the calls around it."""
        stack = self._stack
        if len(stack) != len(calls) or (calls and stack[-1][0] is not calls[-1]):
            same = 0
            while same < min(len(stack), len(calls)) and stack[same][0] is calls[same]:
                same += 1
            del stack[same:]
            for frame in calls[same:]:
                module = frame.f_locals["self"]
                if not stack:
                    self.known(module)
                stack.append((frame, self._add(module, stack[-1][1] if stack else -1), module))
        self.current = stack[-1][1] if stack else -1
        if stack and isinstance(module := stack[-1][2], Sequential):
            for tensor in args:
                owner = self._owners.get(id(tensor))
                if owner is not None and owner is not module:
                    return self._together(module, owner)
        return self.current

    def _add(self, module: Any, parent: int, fused: str = "") -> int:
        """A group for a call."""
        groups = self._groups
        path = self._paths.get(id(module), "")
        above = groups["path"][parent] if parent >= 0 else ""
        name = path[len(above) + 1 :] if above and path.startswith(above + ".") else path
        kind = type(module).__name__
        if fused:
            name, kind = f"{name}, {fused}", f"{kind} + ReLU"
        call = self._calls[module] = self._calls.get(module, -1) + 1
        values = (name, kind, path, parent, call, -1, int(bool(fused)))
        for column, value in zip(groups.values(), values, strict=True):
            column.append(value)
        self._ran.append(module)
        return len(groups["name"]) - 1

    def _together(self, container: Any, owner: Any) -> int:
        """The group of an operation that a container ran in place of two of its modules."""
        names = [name for name, _ in container._own_modules()]
        children = [child for _, child in container._own_modules()]
        for name, child, following in zip(names[1:], children, children[1:], strict=False):
            if child is owner and isinstance(following, ReLU):
                self.current = self._add(owner, self._stack[-1][1], name)
                break
        return self.current

    def known(self, root: Any) -> None:
        """Learn the paths of the modules within, and the names of the parameters."""
        if any(root is other for other in self._roots):
            return
        self._roots.append(root)
        for path, module in root.named_modules():
            self._paths.setdefault(id(module), path)
            self._modules.append(module)
            for name, parameter in module._own_parameters():
                self._owners.setdefault(id(parameter), module)
                self.parameters.setdefault(id(parameter), f"{path}.{name}" if path else name)

    def called(self, value: Any, name: str) -> None:
        """A variable of the caller; of interest if it is a module."""
        if isinstance(value, Module) and id(value) not in self._names:
            self._names[id(value)] = name
            self._variables.append(value)

    def leave(self) -> None:
        """Forget the frames: no module runs."""
        self._stack.clear()
        self.current = -1

    def close(self, leaves: Container[int]) -> None:
        """Put the roots' variables into names where several were used; let go of all objects.

        leaves : ids of the leaves that were seen
        """
        self.leave()
        groups = self._groups
        size = {id(v): sum(1 for _ in v.modules()) for v in self._variables}
        for module in sorted(self._variables, key=lambda v: -size[id(v)]):
            if id(module) not in self._paths:  # otherwise it is part of one that is known
                self.known(module)
        names = self._names_within()
        for i, parent in enumerate(groups["parent"]):
            if parent < 0 and not groups["name"][i]:
                groups["name"][i] = names.get(id(self._ran[i]), "")
        used = [root for root in self._roots if any(id(p) in leaves for p in root.parameters())]
        if len(used) > 1:
            for root in used:
                variable = names.get(id(root), "")
                for name, parameter in root.named_parameters():
                    if variable and self.parameters.get(id(parameter)) == name:
                        self.parameters[id(parameter)] = f"{variable}.{name}"
        self._roots.clear()
        self._variables.clear()
        self._modules.clear()
        self._ran.clear()
        self._calls.clear()
        self._owners.clear()

    def _names_within(self) -> dict[int, str]:
        """The variables' names of modules, and of what lists and dicts of modules among them hold.

        An element is named after its list, whatever variable runs over it.
        """
        names = dict(self._names)
        for holder in self._variables:
            if isinstance(holder, (ModuleList, ModuleDict)):
                for path, module in holder.named_modules():
                    if path:
                        names[id(module)] = f"{self._names[id(holder)]}.{path}"
        return names

    def table(self, groups: Sequence[int], operations: Sequence[int]) -> dict[str, list[Any]]:
        """The record's table; groups and operations are those of the nodes."""
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
