"""A training step as one call: run it once, keep what it did, and do only that from then on.

    call      `Compiled.__call__`: is there a program for these arguments, and do its guards hold?
    record    if not, the function runs as ever, and is written down
    guards    what it depends on, and what it may not do
    replay    if so, the program runs: no tape, no modules, no Python between kernels
    text      a program that can be read

Nothing here knows `nn`: what a layer does reaches this floor as operations, and what an optimiser
does as a `whole` step.  docs/program.md shows a program and what each transformation does to it.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
import types
import weakref
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, TypeVar, overload

import numpy as np

from ..engine.dtypes import check_flag, default_dtype
from ..engine.mode import mode
from ..engine.size import Size
from ..engine.tell import watchers
from ..engine.tensor import Tensor
from .check import compare
from .guards import (
    PLAIN,
    Guard,
    Purity,
    Refused,
    Sight,
    differ,
    facts,
    first_broken,
    grad_facts,
    grown,
    holding,
    line_of,
    said,
)
from .instructions import assign, run_whole, write
from .record import Recorder
from .replay import Program, memory_of

__all__ = ["Compiled", "Program", "Refused", "compile"]

F = TypeVar("F", bound=Callable[..., Any])

RECORDINGS = 16
"""So many programs for one kind of arguments; beyond that the function runs as it stands."""

KINDS = 32
"""So many kinds of arguments; those that come later run as they stand."""

PASSING = 4
"""So many programs are kept that were recorded once, of calls with objects among the arguments: a
program holds them, and an object may be another one in every call."""

_OWN = frozenset(
    "function check_every fullgraph program _programs _kinds _calls _last _lock _running".split()
)
"""Attributes that are not the function's, beside those of Python."""

_all: weakref.WeakSet[Compiled] = weakref.WeakSet()


class Compiled:
    """What `compile` makes of a function: called like it.

    function : the function itself
    program : the program that ran or was recorded last, None before the first call; prints as
        a list of its instructions
    """

    compiled_function = True

    def __init__(
        self, function: Callable[..., Any], check_every: int | None, fullgraph: bool = False
    ) -> None:
        self.function, self.check_every, self.fullgraph = function, check_every, fullgraph
        self.program: Program | None = None
        self._programs: dict[Any, list[Program]] = {}
        self._kinds = self._calls = 0
        self._last: tuple[Program, bool, Any] | None = None  # a program in C, and its mode
        self._lock = threading.RLock()
        self._running = False
        functools.update_wrapper(self, function, updated=())
        _all.add(self)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """As a method: one program for all instances would not do, so each call is told which."""
        return self if instance is None else functools.partial(self, instance)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The same as the function."""
        if watchers:  # somebody wants to see the step itself
            return self.function(*args, **kwargs)
        with self._lock:
            if self._running:  # called by what it calls
                return self.function(*args, **kwargs)
            own = self.__dict__  # for each `self.x = y` is a call of `__setattr__`
            own["_running"] = True
            try:
                return self._call(args, kwargs)
            finally:
                own["_running"] = False

    def _call(self, args: Any, kwargs: Any) -> Any:
        last = self._last
        if last is not None and not kwargs:
            program, recording, dtype = last
            if (
                mode.recording is recording
                and default_dtype() is dtype
                and program.gate.opens(args)
            ):
                if self.program is not program:
                    self.program = program
                return self._replay(program, args, args, kwargs)
        given: list[Tensor] = []
        others: list[Any] = []
        key = (
            _kind_of(args, given, others),
            _kind_of(kwargs, given, others) if kwargs else None,
            mode.recording,
            default_dtype(),
        )
        several = memory_of({id(t): t for t in given}.values())
        if len({*several}) < len(several):
            return self._plain("two arguments share memory", args, kwargs)
        if sys.getprofile() is not None:  # a profiler wants to see the step itself
            return self.function(*args, **kwargs)
        programs, old = self._programs.get(key, []), None
        for i, program in enumerate(programs):
            if program.holds():
                if program.overlaps(given):
                    return self.function(*args, **kwargs)
                if i:
                    programs.insert(0, programs.pop(i))
                if not program.confirmed:
                    old = program
                    break
                self.program = program
                if program.flat and program.planned is not None:
                    self._last = program, mode.recording, default_dtype()
                if program.reason:
                    return self.function(*args, **kwargs)
                return self._replay(program, given, args, kwargs)
        if key not in self._programs and self._kinds >= KINDS:
            self._release(0)
            self.program = Program.plain(f"more than {KINDS} kinds of arguments have come")
            return self._plain(self.program.reason, args, kwargs)
        value = self._record(args, kwargs, given, others, programs, old)
        self._kinds += key not in self._programs
        self._programs[key] = programs
        self._release(PASSING)
        return value

    def _release(self, kept: int) -> None:
        """Forget the oldest programs that were recorded once, with the objects that they hold."""
        passing = [
            (key, program)
            for key, programs in self._programs.items()
            for program in programs
            if program.others and not program.confirmed
        ]
        for key, program in passing[: max(0, len(passing) - kept)]:
            self._programs[key].remove(program)
            if not self._programs[key]:
                del self._programs[key]

    def _replay(self, program: Program, given: Any, args: Any, kwargs: Any) -> Any:
        if self.check_every:
            self._calls += 1
            if self._calls % self.check_every == 0:
                return compare(program, given, lambda: self.function(*args, **kwargs))
        return program.run(given)

    def _record(
        self,
        args: Any,
        kwargs: Any,
        given: list[Tensor],
        others: list[Any],
        programs: list[Program],
        old: Program | None,
    ) -> Any:
        """Run the function as ever, and add what it did to the programs, or to an old one that was
        recorded once."""
        self._last = None
        reason = ""
        if any(t._node is not None for t in given):
            reason = "an argument is a result of operations before the call"
        elif any(t._hook or t._written_hooks for t in given):
            reason = "an argument has hooks"
        elif len(programs) >= RECORDINGS:
            held = [said(g) for p in programs for g in [first_broken(p.guards)] if g]
            reason = f"{RECORDINGS} recordings have not been enough; what changes is {held[:1]}"
        if reason:
            self._may_stay_plain(reason)
            programs[:] = [Program.plain(reason)]
            self.program = programs[0]
            return self.function(*args, **kwargs)
        sight = old.sight if old else None  # while its guards hold, there is the same to be seen
        if sight is None:
            sight = Sight([self.function, *others])
            if sight.refusal:
                raise Refused(f"compile: {sight.refusal}")
        if {*memory_of(given)} & {*memory_of(sight.tensors.values())}:
            why = "an argument shares memory with what the function reaches otherwise"
            return self._plain(why, args, kwargs)
        containers = {id(part) for part in _containers([*args, *kwargs.values()])}
        before = _seen(args, kwargs), [*map(facts, given)]
        recorder = Recorder(given, sight, containers, old.recorder if old else None)
        recording = mode.recording
        purity = None if old else Purity(sight, recorder, containers)
        try:
            with recorder, purity or nullcontext():
                value = self.function(*args, **kwargs)
        except Refused as error:
            if any(step.kind in (run_whole, write, assign) for step in recorder.instructions):
                error.args = (f"{error}. What is before that line has been done; do not repeat it",)
            raise
        finally:  # once more, for Ctrl-C may have come where an `__exit__` begins
            if purity is not None:
                purity.__exit__()
            recorder.__exit__()
        if [*map(_ids, _seen(args, kwargs))] != [*map(_ids, before[0])]:
            self._lost(
                recorder,
                "compile: the function changes a list or dictionary among its arguments, which a "
                "replay would not do again; return what it puts there",
            )
        if moved := [t for t, old in zip(given, before[1], strict=True) if differ(old, facts(t))]:
            why = f"more than the values of an argument of shape {moved[0].shape} change"
            recorder.missing = recorder.missing or why
        grads = [t._grad for t in (*given, *sight.tensors.values()) if t._grad is not None]
        if any(vars(g) or g._requires_grad or g._node is not None for g in grads):
            recorder.missing = recorder.missing or "a gradient has attributes or a graph of its own"
        if mode.recording is not recording:
            self._lost(
                recorder,
                "compile: the function leaves another grad mode behind, which a replay would not; "
                "set it outside, or in a `with` block",
            )
        returns = recorder.returned(value)
        program = old or Program(recorder, returns, sight, others)
        if not program.holds() and (guard := self._after(sight, recorder)):
            why = f"the call changes what it depends on: {said(guard)}"
            recorder.missing = recorder.missing or why
        difference = old.difference(recorder, returns) if old else ""
        if old is not None:
            programs.remove(old)
            if difference:
                program = Program(recorder, returns, sight, others)
                program.attempts = old.attempts + 1
        program.reason = recorder.missing
        if old is not None and not difference:
            program.confirm()
        elif program.attempts >= 3:
            program.reason, program.confirmed = difference, True
        tensors = not kwargs and not others and all(isinstance(a, Tensor) for a in args)
        program.flat = tensors and len({id(t) for t in given}) == len(args)
        self._may_stay_plain(program.reason)
        programs.insert(0, program)
        self.program = program
        return value

    def _plain(self, reason: str, args: Any, kwargs: Any) -> Any:
        """Run this call as it stands."""
        self._may_stay_plain(reason)
        return self.function(*args, **kwargs)

    def _may_stay_plain(self, reason: str) -> None:
        if reason and self.fullgraph:
            raise Refused(f"compile: fullgraph=True: {reason}")

    def _lost(self, recorder: Recorder, why: str) -> None:
        """Refuse the first call of all for what it has done; a later one runs as it stands."""
        if not self._programs:
            raise Refused(f"{why}. This call has been done; do not repeat it")
        recorder.missing = recorder.missing or why

    def _after(self, sight: Sight, recorder: Recorder) -> Guard | None:
        """Refuse what has changed something that a replay would leave as it is.

        Returns what else has changed, a tensor's layout: that a replay might do again, but then
        the next call is of another kind.
        """
        changed = [g for g in sight.guards if g[0] not in ("tensor", "grad") and not holding(g)]
        lost = next((g for g in changed if not grown(g)), None)
        if lost is not None:
            where = line_of(sight.codes.values(), lost)
            held = lost[3][1] if lost[0] == "items" else lost[3] if lost[0] == "list" else ()
            tensors = any(isinstance(v, Tensor) for v in held)
            instead = ", or change the tensor itself in place" if tensors else ""
            self._lost(
                recorder,
                f"{where}the compiled function changes {said(lost)}, which a replay would not do "
                f"again; do it outside, with what the function returns{instead}",
            )
        layouts = [g for g in sight.guards if g[0] == "tensor" and differ(g[3], facts(g[1]))]
        return next(iter(changed + layouts), None)

    def __getattr__(self, name: str) -> Any:
        """What else a module has."""
        if name == "function":  # not there yet
            raise AttributeError(name)
        value = getattr(self.function, name)
        if type(value) is types.MethodType and value.__self__ is self.function:
            return functools.partial(_for, self, value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """On the function or module, which reads it, but for what is this one's own."""
        if name in _OWN or name.startswith("__"):
            object.__setattr__(self, name, value)
        else:
            setattr(self.function, name, value)

    def __delattr__(self, name: str) -> None:
        """The same."""
        delattr(self.function, name)

    def __reduce__(self) -> Any:
        """To pickle or copy it: a function by its name, a module by itself; without programs."""
        if isinstance(self.function, types.FunctionType):
            return self.function.__qualname__
        return Compiled, (self.function, self.check_every, self.fullgraph)

    def __repr__(self) -> str:
        return f"<compiled {getattr(self.function, '__qualname__', self.function)!s}>"


def _for(compiled: Compiled, method: Any, *args: Any, **kwargs: Any) -> Any:
    """A module's method: where it returns the module, as `eval()`, the compiled one."""
    value = method(*args, **kwargs)
    return compiled if value is compiled.function else value


def _containers(part: Any) -> Iterator[Any]:
    """The lists and dictionaries in arguments, down to where there are none."""
    for p in part.values() if type(part) is dict else part:
        if type(p) in (list, tuple, dict):
            if type(p) is not tuple:
                yield p
            yield from _containers(p)


def _seen(args: Any, kwargs: Any) -> list[list[Any]]:
    """What is in each list and dictionary among the arguments."""
    found = _containers([*args, *kwargs.values()])
    return [[*p, *p.values()] if type(p) is dict else [*p] for p in found]


def _ids(things: list[Any]) -> list[int]:
    return [*map(id, things)]


def _kind_of(part: Any, given: list[Tensor], others: list[Any]) -> Any:
    """What of an argument decides about the program; collects tensors, and what is neither."""
    if isinstance(part, Tensor):
        first = next((i for i, t in enumerate(given) if t is part), len(given))
        given.append(part)
        own = vars(part)
        others += [own] if own else []
        return facts(part), first, grad_facts(part), id(own) if own else None
    kind = type(part)
    if kind in PLAIN:
        return kind, repr(part) if kind in (float, complex, range) else part
    if kind in (list, tuple, Size):
        return kind, *[_kind_of(p, given, others) for p in part]
    if kind is slice:
        return kind, *[_kind_of(p, given, others) for p in (part.start, part.stop, part.step)]
    if isinstance(part, np.generic) and kind is not np.void:
        return kind, part.dtype, part.tobytes()
    if kind is dict:
        return kind, *[_kind_of(item, given, others) for item in part.items()]
    if isinstance(part, np.ndarray):
        raise TypeError(
            "compile: an argument is a NumPy array; give the function a tensor of it, "
            "minigrad.from_numpy(array), which copies nothing"
        )
    others.append(part)
    return "object", id(part)


IGNORED = ("backend", "dynamic", "mode", "options")
"""Arguments of PyTorch's that choose how a function is compiled, not what it computes."""


@overload
def compile(
    model: F, *, fullgraph: bool = False, check_every: int | None = None, **others: Any
) -> F: ...
@overload
def compile(
    model: None = None, *, fullgraph: bool = False, check_every: int | None = None, **others: Any
) -> Callable[[F], F]: ...
def compile(
    model: Any = None,
    *,
    check_every: int | None = None,
    fullgraph: bool = False,
    disable: bool = False,
    **ignored: Any,
) -> Any:
    """Record what a function does with tensors, and from then on replay it.

    model : a function that takes and returns tensors, and may differentiate, step an optimiser,
        draw random numbers; or a module.  Also a decorator, with or without arguments
    check_every : at every so many calls run the function as well, and compare all bits
    fullgraph : raise Refused for what would run as it stands, after the first call of its kind
    disable : leave the function as it is
    ignored : PyTorch's `backend`, `dynamic`, `mode`, `options` change nothing here

    The first two calls of a kind run the function as ever and are written down; from then on, for
    arguments of the same shapes, dtypes and strides, the same is done without Python's part of it:
    the same bits in losses, parameters, gradients, states and random numbers.  What the function
    can see is compared before each call, so that another mode, parameter or number is noticed and
    recorded anew; learning rates and what tensors hold may change freely.

    A call that raises may have done less than the function would have until then: parameters and
    running statistics change at the end of a replay, all or none of them.

    Raises Refused, a RuntimeError, where the function does what a replay would lose or could not
    repeat (prints, appends, looks at a tensor's values), and names the line; TypeError for an
    argument that is a NumPy array; ValueError for a bad `check_every`.  What can be replayed by no
    program known here runs as it stands; `print(function.program)` says why.

    The name is that of PyTorch's `torch.compile`; what it does is nearest to a CUDA graph.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0], requires_grad=True)
    >>> optimizer = mg.optim.SGD([w], lr=0.25)
    >>> @mg.compile
    ... def train_step(x):
    ...     optimizer.zero_grad()
    ...     loss = (w * x).square().sum()
    ...     loss.backward()
    ...     optimizer.step()
    ...     return loss
    >>> [train_step(mg.tensor([1.0])).item() for _ in range(4)]
    [1.0, 0.25, 0.0625, 0.015625]
    >>> train_step.program.confirmed
    True
    """
    if check_every is not None and (type(check_every) is not int or check_every < 1):
        raise ValueError(f"compile: check_every: wanted a positive integer, got {check_every!r}")
    if unknown := ignored.keys() - {*IGNORED}:
        raise TypeError(f"compile() got an unexpected keyword argument {min(unknown)!r}")
    check_flag("compile: disable", disable)
    check_flag("compile: fullgraph", fullgraph)
    if model is None:
        return functools.partial(
            compile, check_every=check_every, fullgraph=fullgraph, disable=disable
        )
    if disable:
        return model
    if not callable(model):
        raise TypeError(f"compile: wanted a function or a module, got {type(model).__name__}")
    function = model.function if isinstance(model, Compiled) else model
    return Compiled(function, check_every, bool(fullgraph))


def _after_fork() -> None:
    """In a child process nobody else holds a lock, or records."""
    for compiled in list(_all):
        compiled._lock = threading.RLock()
        compiled._running = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
