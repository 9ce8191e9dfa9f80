"""A program: the instructions of a recorded call, and how to do them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine.grad_mode import mode
from ..engine.tensor import Tensor, result
from .guards import Guard, wholes_in
from .record import Frame, Fresh, Given, GradOf, Instruction, Recorder, Ref, Shell, fill


class Program:
    """What a call did.

    instructions : in order; guards : what must hold for them to be what the call would do
    reason : why they are not replayed, and the function runs as it stands; "" if they are
    confirmed : have two recordings agreed?
    """

    def __init__(
        self, recorder: Recorder, returns: Any, guards: list[Guard], others: Sequence[Any]
    ) -> None:
        self.instructions: list[Instruction] = recorder.instructions
        self.guards, self.returns, self.others = guards, returns, others
        self.reason = recorder.missing
        self.confirmed = False
        self.attempts = 1
        self.loads = recorder.loads
        self.size = len(recorder.examples)
        self.forms = [_form(v) for v in recorder.examples]
        self.reached = [*recorder.live.values(), *wholes_in(recorder.objects)]
        self.live = {id(_root(t._data)) for t in recorder.live.values()}
        self.writes = any(i.effect for i in self.instructions)
        self.drops = self._drops()

    @classmethod
    def plain(cls, reason: str) -> Program:
        """A program of no instructions: the function runs as it stands."""
        program = cls(Recorder([], {}, {}), None, [], [])
        program.reason, program.confirmed = reason, True
        return program

    def overlaps(self, given: Sequence[Tensor]) -> bool:
        """Does an argument share memory with what the program reaches otherwise?"""
        return any(id(_root(t._data)) in self.live for t in given)

    def _drops(self) -> list[list[int]]:
        """The slots that nobody reads after an instruction."""
        kept = set(_slots_of(self.returns)) | {slot for slot, _ in self.loads}
        drops: list[list[int]] = []
        for instruction in reversed(self.instructions):
            last = [s for s in {*instruction.reads, *instruction.makes} if s not in kept]
            kept.update(last)
            drops.append(last)
        return drops[::-1]

    def run(self, given: Sequence[Tensor]) -> Any:
        """Do it again, with these arguments."""
        slots: list[Any] = [None] * self.size
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

    def same_as(self, other: Program) -> bool:
        """Are they the same instructions, with the same constants?"""
        return not self.difference(other)

    def difference(self, other: Program) -> str:
        """The first difference in words."""
        if self.reason or other.reason:
            return "" if self.reason == other.reason else self.reason or other.reason
        pairs = zip(self.instructions, other.instructions, strict=False)
        for i, (one, two) in enumerate(pairs):
            if (one.name, one.reads, one.makes) != (two.name, two.reads, two.makes) or not _alike(
                one.source, two.source
            ):
                return f"two recordings differ in instruction {i}, {one.name}: a number in it changes"
        if len(self.instructions) != len(other.instructions):
            return "two recordings have different lengths"
        if self.forms != other.forms or not _alike(self.returns, other.returns):
            return "two recordings differ in shapes, or in what they return"
        return ""

    def __str__(self) -> str:
        from .text import described

        return described(self)


def _slots_of(part: Any) -> list[int]:
    if isinstance(part, (Ref, Shell, Fresh)):
        return [part.slot]
    if type(part) in (list, tuple):
        return [slot for p in part for slot in _slots_of(p)]
    return [slot for p in part.values() for slot in _slots_of(p)] if type(part) is dict else []


def _form(value: Any) -> Any:
    if isinstance(value, ndarray):
        return value.dtype, value.shape, value.strides
    return type(value), getattr(value, "dtype", None), ()


def _alike(one: Any, two: Any) -> bool:
    """Are two instructions' arguments the same?"""
    if one is two:
        return True
    if type(one) is not type(two):
        return False
    if isinstance(one, (Ref, Shell, Given, GradOf)):
        return bool(one == two)
    if isinstance(one, Fresh):
        return one.slot == two.slot
    if isinstance(one, (tuple, list)):
        return len(one) == len(two) and all(map(_alike, one, two))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(_alike(one[k], two[k]) for k in one)
    if isinstance(one, (ndarray, np.generic)):
        return _form(one) == _form(two) and one.tobytes() == two.tobytes()
    return repr(one) == repr(two) if isinstance(one, (int, float, complex, slice)) else one == two


def _root(array: Any) -> Any:
    """The array that owns the memory."""
    while isinstance(getattr(array, "base", None), ndarray):
        array = array.base
    return array


def rebuilt(part: Any, frame: Frame) -> Any:
    """What the call returns."""
    kind = type(part)
    if kind is Fresh:
        return result(frame.slots[part.slot], part.node)
    if kind in (list, tuple):
        return kind([rebuilt(p, frame) for p in part])
    if kind is dict:
        return {k: rebuilt(p, frame) for k, p in part.items()}
    return fill(part, frame)
