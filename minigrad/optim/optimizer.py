"""What all optimisers share: groups of parameters, their state, saving and loading both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from numbers import Real
from typing import Any

import numpy as np

from ..engine.tensor import Tensor, as_array

RANGES = {
    "lr": (0, inf),
    "momentum": (0, 1),
    "dampening": (0, inf),
    "weight_decay": (0, inf),
    "betas": (0, 1),
    "eps": (0, inf),
    "alpha": (0, 1),
}
"""What the options may be; the upper bound is not included."""


class Optimizer:
    """The base of all optimisers.

    params : leaf tensors; or dictionaries, each a group with its tensors under "params" and options
        of its own; or pairs of a name and a tensor.  A step passes over those without a gradient.
    defaults : the options of groups that have none of their own

    param_groups : a list of dictionaries, "params" and the options of each group, which may be
        changed between steps
    state : for each parameter a dictionary of arrays, by PyTorch's names

    A subclass defines `update`, and names in `keeps` what its state has.  Raises ValueError for an
    empty list, a parameter given twice and options out of range, TypeError for what is not a
    tensor.
    """

    keeps: tuple[str, ...] = ()

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.state: dict[Tensor, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        self._check(defaults)
        if isinstance(params, Tensor):
            raise TypeError(
                f"{type(self).__name__}: params must be a list of tensors, got a single one; "
                "write [tensor]"
            )
        groups = list(params)
        if not groups:
            raise ValueError(f"{type(self).__name__}: the list of parameters is empty")
        if not isinstance(groups[0], Mapping):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Take further parameters, with options of their own where they are given.

        Raises as the constructor does.
        """
        name = type(self).__name__
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(
                f"{name}: a group must be a dictionary with 'params', got {param_group!r:.60}"
            )
        given = param_group["params"]
        params = [given] if isinstance(given, Tensor) else [_tensor(name, p) for p in given]
        if not params:
            raise ValueError(f"{name}: the list of parameters is empty")
        known = {id(p) for group in self.param_groups for p in group["params"]}
        for i, p in enumerate(params):
            if not p.is_leaf:
                raise ValueError(
                    f"{name}: parameter {i} (shape {p.shape}) is no leaf, but the result of an "
                    "operation, which would be computed anew"
                )
            if id(p) in known:
                raise ValueError(f"{name}: parameter {i} (shape {p.shape}) is given twice")
            known.add(id(p))
        if unknown := [k for k in param_group if k != "params" and k not in self.defaults]:
            raise ValueError(f"{name}: no option {unknown[0]!r}; it has {[*self.defaults]}")
        group = {**self.defaults, **param_group, "params": params}
        self._check(group)
        self.param_groups.append(group)

    def _check(self, options: Mapping[str, Any]) -> None:
        """Refuse options that are out of range."""
        for option in self.defaults.keys() & RANGES.keys():
            value, (low, high) = options[option], RANGES[option]
            numbers = value if option == "betas" else (value,)
            if not all(isinstance(n, Real) for n in numbers):
                raise TypeError(f"{type(self).__name__}: {option} must be a number, got {value!r}")
            if not all(low <= n < high for n in numbers):
                raise ValueError(
                    f"{type(self).__name__}: {option} must be at least {low} and less than {high}, "
                    f"got {value}"
                )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad = Tensor(np.zeros_like(p.grad._data))

    def step(self) -> None:
        """Change every parameter that has a gradient, by its gradient.

        In place, unless a graph still needs the old values: then the parameter gets a new array.
        """
        for group in self.param_groups:
            self.update(group)

    def _trained(self, group: dict[str, Any]) -> Iterator[tuple[Any, Any, dict[str, Any]]]:
        """The array to write to, the gradient and the state of all parameters that have one."""
        for p in group["params"]:
            if p._grad is not None:
                yield p._writable(), p._grad.numpy(), self.state.setdefault(p, {})

    def update(self, group: dict[str, Any]) -> None:
        """One step of the parameters of one group; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no update()")

    # ------------------------------------------------------------------ saving and loading

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state and the options, with numbers in the parameters' places.

        It has PyTorch's form, "state" and "param_groups".
        """
        numbers = {id(p): i for i, p in enumerate(self._parameters())}
        groups = [
            {**group, "params": [numbers[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {
            numbers[id(p)]: {key: _copied(value) for key, value in kept.items()}
            for p, kept in self.state.items()
        }
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state that `state_dict` gave, here or in PyTorch.

        Raises ValueError where groups, parameters or shapes do not fit or options are out of
        range; then nothing has changed.
        """
        name = type(self).__name__
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= {*state_dict}:
            raise ValueError(f"{name}: wanted a dictionary with 'state' and 'param_groups'")
        saved = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in saved]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise ValueError(f"{name}: wanted groups of {own} parameters, got {sizes}")
        for group in saved:
            if missing := [key for key in self.defaults if key not in group]:
                raise ValueError(f"{name}: a saved group has no {missing[0]!r}")
            self._check(group)
        places = [i for group in saved for i in group["params"]]
        state = {
            p: {k: self._loaded(p, k, v) for k, v in state_dict["state"][i].items()}
            for i, p in zip(places, self._parameters(), strict=True)
            if i in state_dict["state"]
        }
        self.state = state
        for group, values in zip(self.param_groups, saved, strict=True):
            group.update({key: value for key, value in values.items() if key != "params"})

    def _loaded(self, param: Tensor, key: str, value: Any) -> Any:
        """A copy of a saved value, checked."""
        name = type(self).__name__
        if key not in self.keeps:
            raise ValueError(f"{name}: the state has {key!r}, wanted {self.keeps}")
        if value is None or key == "step":
            return value if value is None else int(value)
        array = np.array(as_array(value, f"{name}: {key}", param.dtype))
        if array.shape != param.shape:
            raise ValueError(f"{name}: wanted {key!r} of shape {param.shape}, got {array.shape}")
        return array

    def _parameters(self) -> Iterable[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {i}")
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _tensor(where: str, item: Any) -> Tensor:
    """A parameter, or the parameter of a pair (name, parameter)."""
    tensor = item[1] if isinstance(item, tuple) and len(item) == 2 else item
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{where}: wanted tensors to optimise, got {type(tensor).__name__}")
    return tensor


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value
