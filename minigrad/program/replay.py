"""A program: the instructions of a recorded call, and how to do them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy import ndarray

from .. import kernels
from ..engine.fields import version_of
from ..engine.lists import are_leaves, have_versions, keep_gradients
from ..engine.mode import mode
from ..engine.tensor import Tensor, result
from ..engine.version import numbers
from .guards import MISSING, Guard, Sight, first_broken, holding
from .instructions import (
    Frame,
    Fresh,
    Given,
    GradOf,
    Instruction,
    alike,
    fill,
    references,
    root_array,
)
from .plan import CODE, CannotLower, Planned, members_of
from .record import Recorder

native: Any = getattr(kernels, "_native", None)


class Program:
    """What a call did.

    instructions : in order; guards : what must hold for them to be what the call would do
    reason : why they are not replayed, and the function runs as it stands; "" if they are
    confirmed : have two recordings agreed?
    """

    def __init__(
        self, recorder: Recorder, returns: Any, sight: Sight, others: Sequence[Any]
    ) -> None:
        self.instructions: list[Instruction] = recorder.instructions
        self.guards = [*sight.guards, *_of_gradients(recorder)]
        self.returns, self.others = returns, others
        self.sight: Sight | None = sight
        self.reason = recorder.missing
        self.confirmed = False
        self.why = ""  # why nothing of it runs in C
        self.flat = False  # are the call's arguments tensors by position, and nothing else?
        self.attempts = 1
        self.loads = recorder.loads
        self.forms = recorder.forms
        self.live, self.objects = recorder.live, recorder.objects
        self.memory = Memory(recorder.live.values())
        leaves = are_leaves, [*recorder.given], self.memory.owners, self.memory.same
        self.gate: Any = native and native.Gate(self.guards, holding, MISSING, *leaves)
        self.planned: Replay | None = None
        self.recorder: Recorder | None = recorder

    def confirm(self) -> None:
        """Two recordings have agreed: plan how to run it."""
        self.confirmed = True
        recorder, self.recorder, self.sight = self.recorder, None, None
        if native is not None and not self.reason and recorder is not None:
            native.drop_memory()
            try:
                self.planned = Replay(Planned(self, recorder), native.Executor, self.returns)
            except CannotLower as error:
                self.why = str(error)

    @classmethod
    def plain(cls, reason: str) -> Program:
        """A program of no instructions: the function runs as it stands."""
        program = cls(Recorder([], sight := Sight([])), None, sight, [])
        program.reason, program.confirmed = reason, True
        return program

    def holds(self) -> bool:
        """Do all guards hold?"""
        if self.gate:
            return bool(self.gate.holds())
        return first_broken(self.guards) is None and self.memory.same()

    def overlaps(self, given: Sequence[Tensor]) -> bool:
        """Does an argument share memory with what the program reaches otherwise?"""
        return any(id(root_array(t._data)) in self.memory.owners for t in given)

    @cached_property
    def drops(self) -> list[list[int]]:
        """The slots that nobody reads after an instruction."""
        kept = set(references(self.returns)) | {slot for slot, _ in self.loads}
        drops: list[list[int]] = []
        for instruction in reversed(self.instructions):
            last = [s for s in {*instruction.reads, *instruction.makes} if s not in kept]
            kept.update(last)
            drops.append(last)
        return drops[::-1]

    def run(self, given: Sequence[Tensor]) -> Any:
        """Do it again, with these arguments."""
        if self.planned is not None and self.planned.ready():
            return self.planned.run(given, self.returns)
        return self.run_in_python(given)

    def run_in_python(self, given: Sequence[Tensor]) -> Any:
        """The same, instruction by instruction as they were recorded."""
        slots: list[Any] = [None] * len(self.forms)
        frame = Frame(slots, given)
        for slot, source in self.loads:
            tensor = fill(source, frame)
            slots[slot] = None if tensor is None else tensor._data
        before = mode.recording
        mode.recording = False
        try:
            for instruction, drops in zip(self.instructions, self.drops, strict=True):
                instruction.run(frame)
                for slot in drops:
                    slots[slot] = None
        finally:
            mode.recording = before
        return rebuilt(self.returns, frame)

    # ------------------------------------------------------------------ two recordings

    def difference(self, other: Recorder, returns: Any) -> str:
        """The first difference to another recording in words; "" where all is the same."""
        if self.reason or other.missing:
            return "" if self.reason == other.missing else other.missing or self.reason
        pairs = zip(self.instructions, other.instructions, strict=False)
        for i, (one, two) in enumerate(pairs):
            if one is not two:
                return (
                    f"two recordings differ in instruction {i}, {one.name}: a number in it changes"
                )
        if len(self.instructions) != len(other.instructions):
            return "two recordings have different lengths"
        mine, others = (self.loads, self.returns), (other.loads, returns)
        if self.forms != other.forms or not alike(mine, others):
            return "two recordings differ in shapes, in what they read, or in what they return"
        return ""

    def __str__(self) -> str:
        from .text import description

        return description(self)


class Memory:
    """The memory of tensors, any of which may get another array.

    owners : ids of the arrays that own it
    """

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self.tensors = list(tensors)
        self.owners: set[int] = set()
        self.sharing = self.look()

    def look(self) -> list[int]:
        """Bring the owners up to date; for each tensor the first one with its memory."""
        owners = [
            id(root_array(t._data)) if isinstance(t._data, ndarray) else -1 - i  # 0-d: a number
            for i, t in enumerate(self.tensors)
        ]
        first: dict[int, int] = {}
        sharing = [first.setdefault(owner, i) for i, owner in enumerate(owners)]
        self.owners.clear()
        self.owners.update(owners)
        return sharing

    def same(self) -> bool:
        """Do the same tensors share memory as at first?"""
        return self.look() == self.sharing


def _of_gradients(recorder: Recorder) -> list[Guard]:
    """Guards of the gradients that a call has read, though its code may not name them."""
    leaves = [s.leaf for _, s in recorder.loads if isinstance(s, GradOf)]
    return [
        ("grad", leaf, "the gradient of a tensor", recorder.gradients[id(leaf)])
        for leaf in leaves
        if isinstance(leaf, Tensor)
    ]


def memory_of(tensors: Iterable[Tensor]) -> list[int]:
    """The ids of what owns the memory of tensors and of their gradients."""
    both = [t for tensor in tensors for t in (tensor, tensor._grad) if t is not None]
    return [id(root_array(t._data)) for t in both]


def rebuilt(part: Any, frame: Frame, plan: Planned | None = None) -> Any:
    """What the call returns; of the memory of a plan a copy."""
    kind = type(part)
    if kind is Fresh:
        value = frame.slots[part.slot]
        if plan is not None and isinstance(value, ndarray) and plan.true(part.slot) in plan.arrays:
            scalar = plan.forms[part.slot].strides == () and not value.ndim
            value = value[()] if scalar else value.copy()
        tensor = result(value, part.node)
        if part.changes:
            version_of(tensor).count = part.changes
        return tensor
    if kind in (list, tuple):
        return kind([rebuilt(p, frame, plan) for p in part])
    if kind is dict:
        return {k: rebuilt(p, frame, plan) for k, p in part.items()}
    return fill(part, frame)


class Replay:
    """Runs a planned program."""

    def __init__(self, planned: Planned, executor: Any, returns: Any) -> None:
        self.plan = planned
        self.executor = executor(
            [(CODE[call.code], *call[1:]) for call in planned.calls], len(planned.forms)
        )
        self.template: list[Any] = [None] * len(planned.forms)
        for slot, array in planned.arrays.items():
            self.executor.bind(slot, array)
            self.name(self.template, slot, array)
        for slot, value in planned.constants.items():
            self.name(self.template, slot, value)
        self.others = {s for s, source in planned.loads if isinstance(source, GradOf)}
        self.draws = {s: np.zeros((), np.uint64) for s in planned.bound if _is_draw(planned, s)}
        for slot, array in self.draws.items():
            self.executor.bind(slot, array)
        self.python = bool(self.others or planned.returned & {*planned.grad_slots}) or any(
            type(step) is int for step in planned.steps
        )
        # Where nothing of Python stands before them, the last kernels run in one go.
        self.steps = list(planned.steps)
        self.last = planned.first_of_tail
        if self.steps and type(self.steps[-1]) is tuple:
            self.last = self.steps.pop()[0]
        self.changed = planned.changed + (planned.update.params if planned.update else [])
        self.executor.set_up(
            [(slot, source) for slot, source in planned.loads if isinstance(source, Tensor)],
            [(slot, g.place) for slot, g in planned.loads if isinstance(g, Given)],
            planned.leaves,
            planned.grad_slots,
            planned.cleared,
            self.changed,
            _grad_like,
            keep_gradients,
            numbers,
        )
        stepped = planned.update and planned.update.optimizer
        self.members = [(o, members) for o, members in planned.members if o is not stepped]
        self.states: list[Any] = []
        self.end = len(planned.calls)
        self.single: ndarray | None = None  # where one number is returned, as a loss is
        if type(returns) is Fresh and not returns.changes and not self.python:
            form = planned.forms[returns.slot]
            array = self.template[returns.slot]
            if form.strides == () and not array.ndim:
                self.single = array

    def ready(self) -> bool:
        """Are the optimisers as they were, but for numbers, which are brought into the program?"""
        update = self.plan.update
        if update is not None:
            states = update.ready(self.executor, self.plan.first_of_update)
            if states is None:
                return False
            self.states = states
        return all(members_of(optimizer) == members for optimizer, members in self.members)

    def run(self, given: Sequence[Tensor], returns: Any) -> Any:
        """All steps, and what they return."""
        frame = Frame(self.template.copy() if self.python else self.template, given)
        if self.python:
            self.show(frame)
        try:
            have_versions(self.changed)
            self.executor.start(tuple(given))
            if self.python:
                self.mixed(frame)
            done = self.executor.run(self.last, self.end, self.states)
            if done != self.end:
                self.failed(frame, done)
        except BaseException:
            for index, (leaf, _) in self.plan.written.items():
                if index >= frame.failed:  # what was written before stays, as ever
                    leaf._grad = None
            raise
        if self.single is not None:
            return result(self.single[()], returns.node)
        return rebuilt(returns, frame, self.plan)

    def mixed(self, frame: Frame) -> None:
        """The steps before the last kernels, some of them in Python."""
        for slot, grad in zip(self.plan.grad_slots, self.executor.grads, strict=True):
            self.name(frame.slots, slot, grad._data)
        for slot in self.plan.renewed:
            array = kernels.empty(self.plan.forms[slot].shape, self.plan.forms[slot].dtype)
            self.executor.bind(slot, array)
            self.name(frame.slots, slot, array)
        before, mode.recording = mode.recording, False
        try:
            for step in self.steps:
                if type(step) is tuple:
                    done = self.executor.run(*step)
                    if done != step[1]:
                        self.failed(frame, done)
                else:
                    self.instruction(frame, step)
        finally:
            mode.recording = before

    def show(self, frame: Frame) -> None:
        """Put what was there before into the slots that Python reads."""
        for slot, source in self.plan.loads:
            tensor = fill(source, frame)
            if tensor is not None:
                self.name(frame.slots, slot, tensor._data)
                if slot in self.others:
                    self.executor.bind(slot, np.asarray(tensor._data))

    def name(self, slots: list[Any], slot: int, value: Any) -> None:
        """Put a value into a slot, under all its names."""
        slots[slot] = value
        for name in self.plan.names.get(slot, ()):
            slots[name] = value

    def instruction(self, frame: Frame, index: int) -> None:
        """An instruction of Python, whose results kernels may read."""
        instruction, plan = self.plan.instructions[index], self.plan
        try:
            instruction.run(frame)
        except Exception:
            frame.failed = index
            raise
        for slot in instruction.makes:
            value = frame.slots[slot]
            self.name(frame.slots, slot, value)
            if slot in self.draws:
                self.draws[slot][()] = value
            elif slot in plan.bound:
                array = np.asarray(value)
                if (array.dtype, array.shape, array.strides) != tuple(plan.forms[slot]):
                    raise RuntimeError(f"compile: {instruction.name} gave another shape")
                self.executor.bind(slot, array)

    def failed(self, frame: Frame, call: int) -> None:
        """A kernel has refused its arguments: its instruction in Python says why."""
        frame.failed = self.plan.origin[call]
        instruction = self.plan.instructions[frame.failed]
        frame.slots = frame.slots.copy()
        for slot in instruction.reads:
            frame.slots[slot] = self.executor.array(self.plan.true(slot))
        instruction.run(frame)
        raise RuntimeError(f"compile: the kernel of {instruction.name} failed")


def _is_draw(plan: Planned, slot: int) -> bool:
    form = plan.forms[slot]
    return bool(form.dtype == np.uint64 and form.strides == () and form.shape == ())


def _grad_like(array: Any) -> Tensor:
    return result(kernels.empty(array.shape, array.dtype), None)
