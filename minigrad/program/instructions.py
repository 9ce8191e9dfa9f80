"""The instructions of a program: what their arguments refer to, and how each is done in Python.

An instruction is data alone, so that two recordings can be compared, and planners can read it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from ..engine.backward import accumulate
from ..engine.call import caller_with_saved
from ..engine.fields import version_of
from ..engine.foreign import read_only
from ..engine.mode import mode
from ..engine.refusals import description
from ..engine.tensor import ASIDE, Tensor, result
from ..engine.unbroadcast import fit

new = tuple.__new__  # of NamedTuples, whose own is code of Python's, at which `Purity` looks


class Ref(NamedTuple):
    """In an instruction's arguments: what is in a slot."""

    slot: int


class Shell(NamedTuple):
    """A tensor around what is in a slot; `owner` counts its changes, for their memory is one.

    aside : it is `owner.data`, of which `owner._version` counts none
    """

    slot: int
    owner: Any
    aside: bool


class Given(NamedTuple):
    """An argument of the call, a tensor."""

    place: int


class GradOf(NamedTuple):
    """The `grad` of a tensor, which is `Given` or itself."""

    leaf: Any


class Fresh(NamedTuple):
    """A tensor to return, with the (freed) node that says what it came from.

    changes : so many in place since it was made
    """

    slot: int
    node: Any
    changes: int


class Like(NamedTuple):
    """What `tape.fit` asks of a parent."""

    shape: tuple[int, ...]
    dtype: Any


class Form(NamedTuple):
    """What is known of the arrays of a slot."""

    dtype: Any
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def bytes(self) -> int:
        """The size of an array."""
        return int(prod(self.shape)) * int(self.dtype.itemsize)

    @property
    def contiguous(self) -> bool:
        """Is there no gap between the elements?"""
        expected = self.dtype.itemsize
        for n, stride in zip(reversed(self.shape), reversed(self.strides), strict=True):
            if n != 1 and stride != expected:
                return False
            expected *= n
        return True


def form_of(value: Any) -> Any:
    """The form of an array or a number of NumPy's; of a Python number that of what carries it."""
    if isinstance(value, (ndarray, np.generic)):
        return new(Form, (value.dtype, value.shape, getattr(value, "strides", ())))
    if type(value) is float:
        return Form(np.dtype(np.float64), (), ())
    return Form(np.dtype(np.uint64), (), ()) if type(value) is int and value >= 0 else None


def root_array(array: Any) -> Any:
    """The array that owns the memory."""
    while isinstance(getattr(array, "base", None), ndarray):
        array = array.base
    return array


class Frame:
    """The state of a replay: what is in the slots, and the tensors that the call was given.

    failed : the place of the instruction that has raised, if one has
    """

    __slots__ = ("failed", "given", "slots")

    def __init__(self, slots: list[Any], given: Sequence[Tensor]) -> None:
        self.slots, self.given, self.failed = slots, given, -1


class Instruction:
    """One step.

    name : in words; kind : the function, one of those below, that does it
    makes, reads : slots
    source : the last arguments of that function, with references
    """

    __slots__ = ("kind", "makes", "name", "reads", "source")

    def __init__(
        self,
        name: str,
        kind: Callable[..., None],
        makes: Sequence[int],
        source: tuple[Any, ...],
    ) -> None:
        self.name, self.kind, self.makes, self.source = name, kind, makes, source
        self.reads = references(source)

    def run(self, frame: Frame) -> None:
        """Do it, in a frame."""
        self.kind(frame, self.makes, *self.source)

    def same(self, other: Instruction) -> bool:
        """Are they the same, number by number?"""
        if (self.name, self.kind, self.makes) != (other.name, other.kind, other.makes):
            return False
        return alike(self.source, other.source)


def fill(part: Any, frame: Frame) -> Any:
    """Arguments with what the references stand for."""
    kind = type(part)
    if kind is Ref:
        return frame.slots[part.slot]
    if kind is tuple:
        return tuple([fill(p, frame) for p in part])
    if kind is list:
        return [fill(p, frame) for p in part]
    if kind is dict:
        return {key: fill(p, frame) for key, p in part.items()}
    if kind is Shell:
        tensor = result(frame.slots[part.slot], None)
        if part.owner is not None:
            tensor._version_ = version_of(fill(part.owner, frame))
        if part.aside:
            tensor._view = ASIDE
        return tensor
    if kind is Given:
        return frame.given[part.place]
    if kind is GradOf:
        return fill(part.leaf, frame)._grad
    return part


def within(part: Any) -> list[Any]:
    """What is in arguments, lists and dictionaries opened."""
    if type(part) in (tuple, list):
        return [inner for p in part for inner in within(p)]
    return within(list(part.values())) if type(part) is dict else [part]


def references(part: Any) -> list[int]:
    """The slots that arguments, or what is returned, refer to."""
    return [p.slot for p in within(part) if type(p) in (Ref, Shell, Fresh)]


def alike(one: Any, two: Any) -> bool:
    """Are two instructions' arguments the same?"""
    if one is two:
        return True
    if type(one) is not type(two):
        return False
    if isinstance(one, Fresh):
        return (one.slot, one.changes) == (two.slot, two.changes)
    if isinstance(one, (tuple, list)):
        return len(one) == len(two) and all(map(alike, one, two))
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(alike(one[k], two[k]) for k in one)
    if isinstance(one, (ndarray, np.generic)):
        return bool(form_of(one) == form_of(two) and one.tobytes() == two.tobytes())
    if isinstance(one, (int, float, complex, slice, str, bytes, np.dtype)):
        return repr(one) == repr(two)
    return False


# ------------------------------------------------------------------ how each kind is done


def operate(frame: Frame, makes: Sequence[int], op: Any, parts: list[Any]) -> None:
    """The forward function, as `Operation.run` calls it."""
    values = args = fill(parts, frame)
    options: dict[str, Any] = {}
    if op.variadic:
        args, options = values[0], dict(zip(op.names[1:], values[1:], strict=True))
    if not op.trusted:
        tensor, *saved = caller_with_saved(op)(*args, **options)
        out = (tensor._data, *saved) if len(makes) > 1 else tensor._data
    else:
        try:
            out = op.forward(*args, **options)
        except (TypeError, ValueError, IndexError) as error:
            kind = TypeError if isinstance(error, TypeError) else type(error)
            raise kind(f"{description(op, values)}: {error}") from error
    if len(makes) > 1:
        frame.slots[makes[0] : makes[0] + len(makes)] = out
    else:
        frame.slots[makes[0]] = out


def pull(
    frame: Frame,
    makes: Sequence[int],
    op: Any,
    function: Any,
    cotangent: Any,
    asks: Any,
    places: Any,
) -> None:
    """A rule, as `Call.pull` calls it."""
    g, kept = fill(cotangent, frame), fill(asks, frame)
    if not op.trusted:
        g, kept = read_only(g), [read_only(value) for value in kept]
    before, mode.in_rule = mode.in_rule, True
    try:
        answer = function(g, *kept)
    finally:
        mode.in_rule = before
    if places is None:
        frame.slots[makes[0]] = answer
    else:
        for slot, k in zip(makes, places, strict=True):
            frame.slots[slot] = answer[k]


def cast(frame: Frame, makes: Sequence[int], part: Any, dtype: Any) -> None:
    """An input that was brought to the dtype of the others."""
    frame.slots[makes[0]] = fill(part, frame).astype(dtype)


def fit_to(frame: Frame, makes: Sequence[int], part: Any, like: Like, stretched: Any) -> None:
    """A rule's answer that was brought to its parent's shape and dtype."""
    frame.slots[makes[0]] = fit(fill(part, frame), like, stretched)


def add_up(frame: Frame, makes: Sequence[int], *parts: Any) -> None:
    """A sum of cotangents, in place where it makes nothing."""
    first, second = fill(parts, frame)
    if makes:
        frame.slots[makes[0]] = first + second
    else:
        np.add(first, second, out=first)


def write(frame: Frame, makes: Sequence[int], where: Any, part: Any, own: bool) -> None:
    """A term of a gradient; own : nobody else has its array."""
    tensor = fill(where, frame)
    accumulate([(tensor, fill(part, frame), own)])
    frame.slots[makes[0]] = tensor._grad._data


def assign(frame: Frame, makes: Sequence[int], where: Any, part: Any) -> None:
    """A gradient that is given or, by None, forgotten."""
    fill(where, frame)._grad = fill(part, frame)


def copy(frame: Frame, makes: Sequence[int], part: Any, dtype: Any, scalar: bool) -> None:
    """A copy, or a constant."""
    array = np.array(fill(part, frame), dtype)
    frame.slots[makes[0]] = array[()] if scalar else array


def run_whole(frame: Frame, makes: Sequence[int], function: Any, parts: Any, more: Any) -> None:
    """A whole function."""
    answer = function(*fill(parts, frame), **fill(more, frame))
    if makes:
        frame.slots[makes[0]] = answer._data if isinstance(answer, Tensor) else answer
