"""What a call does with arrays, written down while it runs: a straight line of instructions.

Every array that an instruction makes gets a number, its *slot*.  Where an instruction reads an
array that no earlier one has made, that is neither an argument's nor one that a tensor holds from
before, the recording has missed something, and the call cannot be replayed: it is better to say so
than to repeat a number that should have changed.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Container, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine.record import Call
from ..engine.size import Size
from ..engine.tell import watchers
from ..engine.tensor import ASIDE, Tensor
from ..engine.watchers import Watcher
from .guards import PLAIN, Refused, Sight, catching_place, from_user, grad_facts, user_place
from .instructions import (
    Fresh,
    Given,
    GradOf,
    Instruction,
    Like,
    Ref,
    Shell,
    add_up,
    assign,
    cast,
    copy,
    fit_to,
    form_of,
    new,
    operate,
    pull,
    run_whole,
    write,
)


class Recorder(Watcher):
    """Writes down what the current thread does.

    given : the tensors that the call got; sight : what it can reach otherwise
    containers : ids of the lists and dictionaries among the arguments
    first : an earlier recording, with which this one shares the instructions that are the same

    missing : why the recording cannot be replayed, if so
    """

    def __init__(
        self,
        given: Sequence[Tensor],
        sight: Sight,
        containers: Container[int] = (),
        first: Recorder | None = None,
    ) -> None:
        self.thread = threading.get_ident()
        self.given, self.live, self.objects = given, sight.tensors, sight.objects
        self.catching, self.containers = sight.catching, containers
        self.gradients = {id(t): grad_facts(t) for t in self.live.values()}  # at the start
        self.instructions: list[Instruction] = []
        self.first = first.instructions if first else []
        self.missing = ""
        self.forms: list[Any] = []  # of what was in each slot
        self.values: dict[int, Any] = {}  # what was in a slot, if it is no array
        self.known: dict[int, tuple[Any, Any]] = {}  # by the id: what is in a slot, and that
        self.sources: dict[int, tuple[Any, Any]] = {}  # what was there before, and from where
        self.loads: list[tuple[int, Any]] = []  # slots that are filled at the start, and from where
        self.nodes: dict[Any, tuple[list[Any], int]] = {}
        self.totals: dict[Any, Any] = {}
        self.last: Any = None  # the operation that has run last
        self.pending: Any = None  # the gradient that is about to be written
        self.answers: list[ndarray] = []  # what is returned
        self.handed: set[int] = set()  # ids of tensors, lists and dictionaries that are
        self.depth = 0  # of whole functions
        self.places = {id(t): i for i, t in enumerate(given)}
        for i, t in enumerate(given):
            self.load(t._data, Given(i))
        for t in self.live.values():
            if id(t) not in self.places:
                self.load(t._data, t)
        for t in (*given, *self.live.values()):
            if t._grad is not None:
                self.load(t._grad._data, GradOf(self.tensor(t)))

    def __exit__(self, *exc: object) -> None:
        """Hold no arrays any longer.  Can be done again, to no effect."""
        if self in watchers:
            super().__exit__(*exc)
        self.last = self.pending = None
        self.totals.clear()
        self.nodes.clear()

    # ------------------------------------------------------------------ slots

    def load(self, array: Any, source: Any) -> None:
        """Know an array that was there before the call, though the call may forget it."""
        self.sources.setdefault(id(array), (_finder(array), source))

    def find(self, value: Any) -> Any:
        """The slot of an array; one that was there before gets its slot when it is first used."""
        found, slot = self.known.get(id(value), _NOWHERE)
        if found() is value:
            return slot
        found, source = self.sources.get(id(value), _NOWHERE)
        if found() is not value:
            return None
        slot = self.slot(value)
        self.loads.append((slot, source))
        return slot

    def slot(self, value: Any) -> int:
        """A new slot.  An array lives no longer for that, so that a recording takes no memory."""
        slot = len(self.forms)
        self.forms.append(form_of(value))
        known = isinstance(value, (ndarray, np.generic)) and not isinstance(value, np.bool_)
        if not isinstance(value, ndarray):
            self.values[slot] = value
        if known or (type(value) in (int, float) and not -6 < value < 257):
            self.known[id(value)] = _finder(value), slot
        return slot

    def give_up(self, why: str) -> None:
        """Remember the first reason."""
        if not self.missing:
            self.missing = f"{why} ({user_place()})"

    def tensor(self, t: Tensor) -> Any:
        """A tensor in arguments."""
        if id(t) in self.places:
            return new(Given, (self.places[id(t)],))
        if id(t) in self.live:
            return t
        for leaf in (*self.given, *self.live.values()):
            if leaf._grad is t:
                return new(GradOf, (self.tensor(leaf),))
        slot = self.find(t._data)
        if slot is None:
            self.give_up(f"a tensor of shape {t.shape} comes from nowhere")
            return t
        return new(Shell, (slot, self.owner(t), t._view is ASIDE))

    def owner(self, t: Tensor) -> Any:
        """Of a tensor that was made on the way, a view, one that was there and has its memory."""
        if t._version_ is not None:
            for leaf in (*self.given, *self.live.values()):
                for other in (leaf, leaf._grad):
                    if other is not None and other._version_ is t._version_:
                        return self.tensor(other)
        return None

    def array(self, v: Any) -> Any:
        """An array, or the number of a tensor of no axes."""
        slot = self.find(v)
        if slot is None:
            self.give_up(f"an array of shape {v.shape} comes from nowhere")
            return v
        return new(Ref, (slot,))

    def value(self, v: Any) -> Any:
        """Any other argument."""
        kind = type(v)
        if kind in PLAIN:
            slot = self.find(v) if kind in (int, float) else None
            return v if slot is None else new(Ref, (slot,))
        if isinstance(v, Tensor):
            return self.tensor(v)
        if isinstance(v, (ndarray, np.generic)):
            constant = isinstance(v, np.generic) and kind is not np.bool_ and self.find(v) is None
            return v if constant else self.array(v)
        if kind in (tuple, list, Size):
            return (list if kind is list else tuple)(map(self.value, v))
        if kind is dict:
            return {key: self.value(part) for key, part in v.items()}
        if kind is slice:
            parts = (v.start, v.stop, v.step)
            if any(isinstance(p, (ndarray, Tensor)) or self.find(p) is not None for p in parts):
                self.give_up("a slice is computed")
            return v
        if id(v) in self.objects or isinstance(v, (np.dtype, type, np.ufunc)):
            return v
        self.give_up(f"an argument is a {kind.__name__} that was made on the way")
        return v

    def listens(self) -> bool:
        """Is what is told of this thread, and not part of a whole step?"""
        return self.depth == 0 and threading.get_ident() == self.thread

    def add(self, name: str, kind: Any, makes: Sequence[int], *source: Any) -> None:
        """One more instruction."""
        if not self.missing and (place := catching_place(self.catching)):
            self.missing = f"an error would be caught, which a replay would raise ({place})"
        instruction = Instruction(name, kind, makes, source)
        i = len(self.instructions)
        if i < len(self.first) and self.first[i].same(instruction):
            instruction = self.first[i]
        self.instructions.append(instruction)

    # ------------------------------------------------------------------ what the engine tells

    def ran(self, operation: Any, args: Any, values: Any) -> None:
        """An operation: its forward function."""
        if not self.listens():
            return
        count = len(args)
        parts = [self.argument(a, v) for a, v in zip(args, values[:count], strict=True)]
        if operation.variadic:
            pairs = zip(args[0], values[0], strict=True)
            parts[0] = tuple([self.argument(a, v) for a, v in pairs])
        if operation.name == "getitem" and any(
            str(getattr(v, "dtype", "")) == "bool" for v in values[1]
        ):
            self.give_up("the shape of x[mask] depends on values")
        makes = [self.slot(v) for v in values[count:]]
        self.last = values, parts, makes[0]
        self.add(operation.name, operate, makes, operation, parts)

    def argument(self, a: Any, v: Any) -> Any:
        """An argument of an operation, given as `a` and promoted to `v`."""
        if isinstance(v, (ndarray, np.generic)) and self.find(v) is None:
            if isinstance(a, (Tensor, ndarray)):
                source = a._data if isinstance(a, Tensor) else a
                if isinstance(a, Tensor):
                    self.array(source)
                if source is not v and source.dtype != v.dtype and source.shape == v.shape:
                    self.cast(source, v)
            elif type(v) is ndarray and self.find(a) is None and _numbers(a):
                return v
        return self.value(v)

    def cast(self, source: Any, v: Any) -> None:
        """An input that was brought to the dtype of the others."""
        part = self.value(source)
        self.add(f"cast to {v.dtype}", cast, [self.slot(v)], part, v.dtype)

    def made(self, node: Any, args: Any, values: Any) -> None:
        """Its node: what the rules will ask for."""
        if self.listens() and self.last[0] is values:
            _, parts, out = self.last
            self.nodes[node] = parts, out

    def pulled(self, node: Any, g: Any, given: Any, answers: Any) -> None:
        """Its rules."""
        if not self.listens() or isinstance(g, Tensor):
            return
        self.totals.pop(node, None)
        if isinstance(node, Call):
            self.rules(node, g, given)
        for (_, raw), (parent, answer) in zip(given, answers, strict=True):
            if answer is not raw:
                self.fitting(raw, answer, new(Like, (parent.shape, parent.dtype)), node.shape)

    def rules(self, node: Any, g: Any, given: Any) -> None:
        """An instruction for each rule that has run."""
        if node not in self.nodes:
            self.give_up(f"the gradient of {node.name!r} belongs to an earlier call")
            return
        parts, out = self.nodes[node]
        count, plan = len(parts), node.plan
        kept = [parts[i] if i < count else new(Ref, (out + i - count,)) for i in plan.values]
        kept += node.kept[len(kept) :]  # shapes
        cotangent = self.array(g)
        left = list(given)
        for function, asked, inputs, several, _ in plan.rules:
            wanted, found = [], []
            for i in inputs:
                parent = node.parents[i]
                here = bool(left) and parent is not None and left[0][0] is parent
                wanted.append(here)
                if here:
                    found.append(left.pop(0)[1])
            if not found:
                continue
            asks = [kept[k] if k >= 0 else tuple(wanted) for k in asked]
            makes = [self.slot(answer) for answer in found]
            places = [k for k, here in enumerate(wanted) if here] if several else None
            source = node.operation, function, cotangent, asks, places
            self.add(f"gradient of {node.name}", pull, makes, *source)

    def fitting(self, raw: Any, answer: Any, like: Like, stretched: Any) -> None:
        """A rule's answer that was brought to its parent's shape and dtype."""
        part = self.array(raw)
        self.add("fit a gradient", fit_to, [self.slot(answer)], part, like, stretched)

    def arrived(self, at: Any, term: Any, total: Any) -> None:
        """A sum of cotangents."""
        if not self.listens() or isinstance(total, Tensor):
            return
        before = self.totals.get(at)
        self.totals[at] = total
        if total is term:
            return
        parts = self.array(before), self.array(term)
        makes = [] if total is before else [self.slot(total)]
        self.add("add" if makes else "add in place", add_up, makes, *parts)

    def accumulates(self, leaf: Any, g: Any) -> None:
        """Remember the gradient."""
        if self.listens():
            self.pending = g
            self.totals.pop(leaf, None)
            if isinstance(g, Tensor):
                self.give_up("a recorded gradient goes to .grad")
            if leaf._written_hooks:
                self.give_up("a hook looks at .grad")

    def accumulated(self, leaf: Any) -> None:
        """It was written."""
        if not self.listens() or self.missing:
            return
        g = self.pending
        part, where, array = self.value(g), self.tensor(leaf), leaf._grad._data
        if type(where) in (Shell, GradOf):
            self.give_up("a tensor that was made on the way gets a gradient")
        own = array is g
        self.add("write .grad", write, [self.slot(array)], where, part, own)

    def assigned(self, tensor: Any, grad: Any) -> None:
        """By the user, or forgotten."""
        if not self.listens():
            return
        where, part = self.tensor(tensor), self.value(grad)
        self.add("set .grad", assign, [], where, part)

    def copied(self, old: Any, new: Any) -> None:
        """A copy, or a constant."""
        if not self.listens() or self.find(new) is not None:
            return
        slot = self.find(old)
        if old is not None and slot is None:
            return  # whoever uses it will be told that it comes from nowhere
        part: Any = np.array(new)[()] if slot is None else Ref(slot)
        name, makes = "constant" if old is None else "copy", [self.slot(new)]
        self.add(name, copy, makes, part, new.dtype, not isinstance(new, ndarray))

    def read(self, tensor: Any) -> None:
        """Refuse, or run as it stands."""
        if not self.listens():
            return
        if from_user():
            raise Refused(
                f"{user_place()} takes the values of a tensor to Python, where a replay cannot "
                "follow: what is decided or kept there would be the first call's for ever. Return "
                "the tensor and look at it outside, or choose with minigrad.where(condition, a, b)"
            )
        self.give_up("minigrad itself looks at the values of a tensor in Python")

    def changed(self, tensor: Any) -> None:
        """A write that nothing explains."""
        if self.listens():
            self.give_up("minigrad writes to a tensor in a way that is not followed")

    def begins(self, function: Any) -> None:
        """What a whole function does within counts for nothing."""
        if threading.get_ident() == self.thread:
            self.depth += 1

    def failed(self, what: Any) -> None:
        """Whether something fails may depend on values."""
        if threading.get_ident() == self.thread:
            self.depth -= callable(what)
            self.give_up("something has failed on the way, which may depend on values")

    def ended(self, function: Any, args: Any, kwargs: Any, returned: Any) -> None:
        """A whole function."""
        if threading.get_ident() != self.thread:
            return
        self.depth -= 1
        if self.depth:
            return
        parts, more = [self.value(a) for a in args], {k: self.value(v) for k, v in kwargs.items()}
        makes = []
        kinds = Tensor, ndarray, np.generic, int, float
        if any(returned is a for a in (None, *args)):
            pass  # it gives nothing, or the tensor that it has changed
        elif isinstance(returned, kinds) and type(returned) is not bool:
            value = returned._data if isinstance(returned, Tensor) else returned
            makes = [self.slot(value)]
            if self.find(value) is None:
                self.give_up(f"{function.__name__} answers with a small number")
            if isinstance(returned, Tensor) and returned._requires_grad:
                self.give_up("a leaf that wants a gradient is made on the way")
        else:
            self.give_up(f"{function.__name__} answers with a {type(returned).__name__}")
        self.add(function.__qualname__, run_whole, makes, function, parts, more)

    # ------------------------------------------------------------------ the end

    def returned(self, value: Any) -> Any:
        """What the call has returned, as references."""
        kind = type(value)
        if kind in PLAIN:
            return self.value(value)
        if kind is Size or isinstance(value, np.dtype):
            return value
        if kind in (list, dict):
            if id(value) in self.objects or id(value) in self.containers:
                self.give_up(f"a {kind.__name__} that was there before is returned")
            self.hand(value)
        if kind in (tuple, list):
            return kind([self.returned(v) for v in value])
        if kind is dict:
            return {k: self.returned(v) for k, v in value.items()}
        if isinstance(value, Tensor):
            part = self.tensor(value)
            if type(part) is not Shell:
                return part
            self.hand(value)
            node = value._node
            if node is not None and not node.freed:
                self.give_up("what is returned is still to be differentiated")
            if node is None and value._requires_grad:
                self.give_up("a leaf that wants a gradient is returned")
            if vars(value) or value._grad is not None or value._hook or value._written_hooks:
                self.give_up("what is returned has attributes, a gradient or hooks of its own")
            if type(value) is not Tensor:
                self.give_up(f"a {type(value).__name__} is returned")
            array = value._data
            if isinstance(array, ndarray):
                there = [find() for find, _ in self.sources.values()]
                if any(np.may_share_memory(array, a) for a in there if a is not None):
                    self.give_up("what is returned shares its memory with what was there before")
                if any(np.may_share_memory(array, other) for other in self.answers):
                    self.give_up("two of what is returned share their memory")
                self.answers.append(array)
            return Fresh(part.slot, node, value._version)
        if id(value) in self.objects:
            return value
        self.give_up(f"a {kind.__name__} is returned")
        return value

    def hand(self, value: Any) -> None:
        """A tensor, list or dictionary is returned: only once."""
        if id(value) in self.handed:
            self.give_up(f"one {type(value).__name__} is returned twice")
        self.handed.add(id(value))


def _finder(value: Any) -> Callable[[], Any]:
    """Gives an array while it lives, for then another may get its id; or a number."""
    return weakref.ref(value) if isinstance(value, ndarray) else lambda: value


_NOWHERE: Any = (lambda: None), None


def _numbers(data: Any) -> bool:
    """Is it a nested list of Python's numbers alone?"""
    if type(data) in (list, tuple):
        return all(map(_numbers, data))
    return type(data) in (int, float, bool)
