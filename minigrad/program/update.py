"""The step of an optimiser as instructions of a program.

Hyperparameters are read from its groups in every call, and its state where it keeps it, so that
schedules, `load_state_dict` and additions work as ever.  Where anything is not as it was when the
program was made (a hook, a group, a state that is missing), its own `step` runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..optim import SGD, Adam, AdamW, RMSprop
from ..optim.optimizer import _is_settled

Numbers = tuple[tuple[float, ...], dict[int, int], tuple[str, ...]]


def _sgd(o: dict[str, Any]) -> Numbers | None:
    """The kernel's numbers and sizes, and the arrays of a state; None where it has no kernel."""
    if o["maximize"]:
        return None
    numbers = o["lr"], o["momentum"], o["dampening"], o["weight_decay"]
    return numbers, {1: int(o["nesterov"])}, ("momentum_buffer",) if o["momentum"] else ()


def _adam(o: dict[str, Any]) -> Numbers | None:
    if o["maximize"] or o["amsgrad"]:
        return None
    numbers = o["lr"], *o["betas"], o["eps"], o["weight_decay"]
    return numbers, {1: int(o["decoupled_weight_decay"])}, ("exp_avg", "exp_avg_sq")


def _rmsprop(o: dict[str, Any]) -> Numbers | None:
    if o["maximize"] or o["centered"]:
        return None
    numbers = o["lr"], o["alpha"], o["eps"], o["weight_decay"], o["momentum"]
    return numbers, {}, ("square_avg", "momentum_buffer") if o["momentum"] else ("square_avg",)


KINDS: dict[type, tuple[str, Callable[[dict[str, Any]], Numbers | None]]] = {
    SGD: ("sgd", _sgd),
    Adam: ("adam", _adam),
    AdamW: ("adam", _adam),
    RMSprop: ("rmsprop", _rmsprop),
}


class Update:
    """The step of one optimiser.

    calls : (code, kind, slots, sizes, numbers) of each parameter's
    params : tensors whose versions count
    """

    def __init__(self, optimizer: Any, grads: dict[int, int], loads: Any) -> None:
        self.optimizer = optimizer
        self.code, self.numbers = KINDS[type(optimizer)]
        self.groups: list[tuple[dict[str, Any], tuple[Tensor, ...], tuple[str, ...], Any]] = []
        self.parts: list[tuple[list[tuple[Tensor, list[int]]], int, Numbers]] = []
        self.others: list[Tensor] = []
        self.bound: list[int] = []  # slots of what states hold
        self.grads, self.load_of = grads, loads

    @classmethod
    def of(
        cls, optimizer: Any, grads: dict[int, int], loads: Any, forms: list[Any]
    ) -> Update | None:
        """None where the step has to stay in Python."""
        hooks = optimizer._pre_hooks or optimizer._post_hooks
        if type(optimizer) not in KINDS or hooks or "step" in vars(optimizer):
            return None
        update = cls(optimizer, grads, loads)
        return update if update._plan(forms) else None

    def _plan(self, forms: list[Any]) -> bool:
        self.calls: list[tuple[Any, ...]] = []
        self.params: list[Tensor] = []
        for i, group in enumerate(self.optimizer.param_groups):
            found = self._found(i, group)
            if found is None:
                return False
            numbers, sizes, keys = found
            entries: list[tuple[Tensor, list[int]]] = []
            self.parts.append((entries, len(self.calls), found))
            for p in group["params"]:
                if id(p) not in self.grads:
                    self.others.append(p)
                    continue
                form = forms[self.load_of[p]]
                state = self.optimizer.state.get(p, {})
                grad = forms[self.grads[id(p)]]
                if form is None or grad[:2] != form[:2] or not grad.contiguous:
                    return False
                if not _fits(form, p) or any(not _fits(form, state.get(k)) for k in keys):
                    return False
                slots = [self.load_of[p], self.grads[id(p)]]
                for _ in keys:
                    forms.append(form)
                    slots.append(len(forms) - 1)
                    self.bound.append(len(forms) - 1)
                entries.append((p, slots[2:]))
                self.params.append(p)
                kind = int(form.dtype == np.float64)
                size = [int(p.numel()), sizes.get(1, 0), 1]
                self.calls.append((self.code, kind, slots, size, numbers))
            self.groups.append((group, tuple(group["params"]), (*self.optimizer.defaults,), None))
        kept = [key for _, _, found in self.parts for key in found[2]]
        self.stateful = bool(kept or self.optimizer.counts)
        return len(self.params) == len(self.grads) and len(set(map(id, self.params))) == len(
            self.params
        )

    def ready(self, executor: Any, first: int) -> list[dict[str, Any]] | None:
        """Bring numbers and states into the program; the states whose steps are to be counted.

        None where the optimiser's own step has to run.  first : the place of the first call
        """
        if not executor.steady(self.optimizer, self.groups, self.others):
            if not self._renewed(executor, first):
                return None
        counted: list[dict[str, Any]] = []
        if self.stateful:
            states, counts = self.optimizer.state, bool(self.optimizer.counts)
            for entries, place, (_, _, keys) in self.parts:
                at = first + place
                if not executor.bind_states(states, entries, keys, at, counts, counted):
                    return None
        return counted

    def _renewed(self, executor: Any, first: int) -> bool:
        """Options have changed: bring them into the program, if nothing else has."""
        groups = [(g, ps, keys, tuple(map(g.get, keys))) for g, ps, keys, _ in self.groups]
        if not executor.steady(self.optimizer, groups, self.others):
            return False
        changes = []
        for i, (entries, place, old) in enumerate(self.parts):
            found = self._found(i, groups[i][0])
            if found is None or found[2] != old[2]:
                return False
            changes += [(first + place + k, found[1], found[0]) for k in range(len(entries))]
        for change in changes:
            executor.set(*change)
        self.groups = groups
        return True

    def _found(self, i: int, group: dict[str, Any]) -> Numbers | None:
        """A group's numbers; None where the step itself could change one, a tensor or a list."""
        options = self.optimizer._options(i, group)
        settled = all(_is_settled(group[key]) for key in self.optimizer.defaults)
        return self.numbers(options) if settled else None


def _fits(form: Any, tensor: Any) -> bool:
    """Is the tensor's array one for kernels, and as the parameter's form says?"""
    if form is None or tensor is None or form.dtype not in (np.float32, np.float64):
        return False
    array = tensor._data
    return bool(
        type(array) is np.ndarray
        and (array.dtype, array.shape) == (form.dtype, form.shape)
        and array.flags.carray
    )
