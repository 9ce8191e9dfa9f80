"""What a recorded call depends on, besides its arguments; and what it may not do.

Which instructions a call leaves is decided by Python code, by what that code can see: the global
and enclosing variables that it names, and what hangs on them.  `Sight` walks over all of that
before a call is recorded.  Each thing that it comes to leaves a *guard*: a place and what was
there.  While all guards hold, the code would do the same again, if it does nothing else; that it
does nothing else is what `Purity` sees to, by looking at every function that is called.
"""

from __future__ import annotations

import abc
import builtins
import dis
import functools
import gc
import math
import operator
import sys
import threading
import types
from collections import OrderedDict
from collections.abc import Callable, Container, Iterable, Iterator
from itertools import takewhile, zip_longest
from typing import Any

import numpy as np
from numpy import ndarray

from .. import kernels
from ..engine.hooks import GradientHooks
from ..engine.tensor import Tensor
from ..ops.methods import attach

PLAIN = frozenset(
    {type(None), bool, int, float, complex, str, bytes, type(Ellipsis), type(NotImplemented), range}
)
"""Types of values that nobody can change."""

_CONTAINERS = (list, tuple, dict, set, frozenset)

MISSING = object()

ANY = "*"
"""Among the names of attributes: code looks attributes up by names that it computes."""

_REFLECTING = frozenset(
    """
    vars dir __dict__ __getattribute__ attrgetter methodcaller getmembers asdict astuple format
    format_map
    """.split()
)
"""What looks attributes up that no code names; `getattr` does where its name is no constant."""

_NAME = {
    "getattr": 1,
    "hasattr": 1,
    "setattr": 1,
    "delattr": 1,
    "__setattr__": -2,  # of an object, or of its class, which is given the object
    "__delattr__": -1,
}
"""What looks up or sets an attribute of any name, and the place of the name in its arguments."""

_LOOKING_UP = _REFLECTING | _NAME.keys()

_LIBRARIES = frozenset("contextlib functools collections typing abc enum types".split())
_FOREIGN = _LIBRARIES | {"builtins", "numpy", "einops"}
"""Packages with classes that nobody changes."""

_MAKING = frozenset({"__init__", "__new__", "__repr__", "__str__"})
"""Methods that are refused when they run, unless named: what they name are not all attributes."""

_SETTINGS = frozenset(
    """
    _version initial_seed get_num_threads set_num_threads set_default_dtype
    geterr seterr geterrcall seterrcall getbufsize setbufsize get_printoptions set_printoptions
    """.split()
)
"""What tells or sets numbers that nothing else guards."""

_PARTS = {
    types.MethodType: ("__func__", "__self__"),
    functools.partial: ("func", "args", "keywords"),
    property: ("fget", "fset", "fdel"),
    classmethod: ("__func__",),
    staticmethod: ("__func__",),
    GradientHooks: ("hooks",),
}
"""Attributes that say all of an object."""

_OF_C = frozenset(
    """
    builtin_function_or_method cython_function_or_method method_descriptor method-wrapper
    wrapper_descriptor getset_descriptor member_descriptor classmethod_descriptor
    """.split()
)
"""Types of functions without Python code: what they may do is asked when they are called."""

Guard = tuple[str, Any, Any, Any]
"""Its kind, the holder, a key or, for the first five kinds, a path in words, and what was there:

    items, members    all of a dictionary, in order; of members some may come into being, empty
    list, set         all of a list or set, in order
    type              the attributes of a class and of its bases
    tensor            all of a tensor but its values
    entry, attribute  one item of a dictionary, one attribute of an object
    grad, array       all of a tensor's gradient but its values; an array's values
    told              what a function of no arguments tells
"""


class Refused(RuntimeError):
    """A function does what a replay would lose, or could not repeat."""


def root_of(name: Any) -> str:
    """The package of a module."""
    return str(name or "").partition(".")[0]


def from_user() -> bool:
    """Does the code that reads a tensor belong to somebody else than minigrad?"""
    frame: Any = sys._getframe()
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(("minigrad.engine.", "minigrad.program.")):
            return root_of(name) != "minigrad"
        frame = frame.f_back
    return True


def user_place() -> str:
    """The place of the innermost frame that is neither minigrad's nor a library's."""
    return place_of(users_frame(sys._getframe()))


def users_frame(frame: Any) -> Any:
    """The innermost frame, from this one on, that is neither minigrad's nor a library's."""
    libraries, first = (sys.prefix, sys.base_prefix, "<frozen"), frame
    while frame is not None:
        own = root_of(frame.f_globals.get("__name__")) == "minigrad"
        if not own and not frame.f_code.co_filename.startswith(libraries):
            return frame
        frame = frame.f_back
    return first


def catching_place(spans: dict[int, list[tuple[int, int]]]) -> str:
    """Where code of the user's would catch an error of what runs now; "" for nowhere.

    Looks at all frames of the call that is recorded.  spans : of codes, by their ids
    """
    frame: Any = sys._getframe() if spans else None
    while frame is not None and frame.f_code.co_name != "_record":
        for start, end in spans.get(id(frame.f_code), ()):
            if start <= frame.f_lasti < end:
                return place_of(frame)
        frame = frame.f_back
    return ""


@functools.cache
def _spans_of_try(code: types.CodeType) -> list[tuple[int, int]]:
    """The instructions whose errors go to an `except`, not to a `finally` or to a `with`."""
    spans = []
    steps = [s for s in dis.get_instructions(code) if s.opname not in _NOTHING]
    places = {s.offset: i for i, s in enumerate(steps)}
    for entry in dis.Bytecode(code).exception_entries:  # type: ignore[attr-defined]
        handler = [s.opname for s in steps[places.get(entry.target, len(steps)) :]]
        if handler[:1] == ["PUSH_EXC_INFO"]:
            asks = takewhile(lambda name: not name.startswith(_STATEMENTS), handler[1:])
            if handler[1:2] == ["POP_TOP"] or {"CHECK_EXC_MATCH", "CHECK_EG_MATCH"} & {*asks}:
                spans.append((entry.start, entry.end))
    return spans


_STATEMENTS = ("POP_TOP", "STORE_", "DELETE_", "RAISE_", "RERAISE", "RETURN_")
"""Beginnings of the names of instructions that are in no expression after `except`."""


def place_of(frame: Any) -> str:
    """Where a frame stands."""
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


@functools.cache
def named_by(code: types.CodeType) -> tuple[frozenset[str], ...]:
    """Of a function and those within it: global names, imported modules, all names, and those of
    attributes that may be set."""
    names, imports, stores, texts = set(), set(), set(), set(_texts_in(code.co_consts))
    steps = [s for s in dis.get_instructions(code) if s.opname not in _NOTHING]
    for i, step in enumerate(steps):
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"):
            names.add(step.argval)
        elif step.opname == "IMPORT_NAME":
            imports.add(step.argval)
        elif step.opname == "STORE_ATTR":
            stores.add(step.argval)
        elif step.opname == "MATCH_CLASS":
            texts.add("__match_args__")
        if step.opname in _LOADS and step.argval in _NAME and step.argval != code.co_name:
            if not _names_a_constant(steps[i + 1 :], _NAME[step.argval]):
                names.add(ANY)
    attributes = {*code.co_names} | texts | (names & {ANY})
    names -= {ANY}
    if attributes & _REFLECTING:
        attributes.add(ANY)
    if attributes & {"setattr", "vars", "__dict__", "__setattr__"}:
        stores |= texts
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            more = named_by(inner)
            names |= more[0]
            imports |= more[1]
            attributes |= more[2]
            stores |= more[3]
    return tuple(map(frozenset, (names, imports, attributes, stores)))


def _names_a_constant(steps: list[Any], place: int) -> bool:
    """Is `getattr`, of which these are the next steps, called with a name that is written there?

    Follows what is on Python's stack: constants, and None for what is computed.
    """
    stack: list[Any] = []
    for step in steps:
        if step.opname == "PUSH_NULL" and not stack:
            continue
        if step.opname == "CALL" and step.argval == len(stack):
            return len(stack) > 1 and type(stack[place]) is str
        call = step.opname == "CALL"  # Python 3.11 does a part of it in PRECALL
        growth = -1 - step.argval if call else dis.stack_effect(step.opcode, step.arg)
        if step.opcode in _JUMPS or len(stack) + min(growth, 0) <= 0 >= growth:
            return False
        if growth > 0:
            stack += [step.argval if step.opname == "LOAD_CONST" else None] * growth
        else:
            stack = [*stack[: growth - 1], None]
    return False


_JUMPS = {*dis.hasjrel, *dis.hasjabs, dis.opmap["SWAP"]}
_NOTHING = frozenset({"PRECALL", "CACHE", "EXTENDED_ARG", "NOP"})
_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})


def _texts_in(consts: Any) -> Iterator[str]:
    """Strings among constants; `match` has them in tuples."""
    for c in consts:
        if type(c) is str:
            yield c
        elif type(c) in (tuple, frozenset):
            yield from _texts_in(c)


def codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    """A function's code and that of all functions within."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from codes_in(inner)


class Sight:
    """All that some functions and objects can see.

    guards : in the order in which things were found
    tensors : by id; objects : everything else that was found, by id
    codes : of the functions of the user's, by id, for they take long to hash
    catching : where these have `except`
    refusal : why this cannot be guarded, if so
    """

    def __init__(self, roots: list[Any]) -> None:
        if _changed(Tensor):
            attach()  # not while a call is recorded: what is attached to a class counts as a change
        codes = [r.__code__ for r in roots if type(r) is types.FunctionType]
        self.names: frozenset[str] = frozenset().union(*(named_by(code)[2] for code in codes))
        self.stores: set[str] = set()  # names of attributes that some code sets
        while True:  # an attribute counts where some code names it, and that code has to be found
            self.guards: list[Guard] = []
            self.tensors: dict[int, Tensor] = {}
            self.objects: dict[int, Any] = {}
            self.codes: dict[int, types.CodeType] = {}
            self.catching: dict[int, list[tuple[int, int]]] = {}
            self.classes: set[type] = set()  # of minigrad's, that have been looked at
            self.refusal = ""
            self.found: set[str] = set()
            self.waiting = [(Tensor, "Tensor")]
            self.waiting += [(root, "the function") for root in reversed(roots)]
            while self.waiting and not self.refusal:  # what is more would be for nothing
                self.visit(*self.waiting.pop())
            if self.refusal or self.found <= self.names:
                break
            self.names |= self.found
        if told := self.names & _SETTINGS:
            self.refuse("the function", f"code that asks for {min(told)!r}")

    def visit(self, thing: Any, path: str) -> None:
        """One thing that the code can see: note what it is, and what can be seen through it."""
        kind = type(thing)
        compiled = kind.__name__ in _OF_C
        if compiled and thing.__name__ in _LOOKING_UP:
            of_a_class = kind is types.WrapperDescriptorType and path.endswith(thing.__name__)
            if not of_a_class and path.rpartition(" ")[2] != f"builtins.{thing.__name__}":
                self.found.add(ANY)  # by its own name, code is seen to call it
        if kind in PLAIN or id(thing) in self.objects or id(thing) in self.tensors:
            return
        if type(kind.__getattribute__) is types.FunctionType:
            self.refuse(path, "an object that answers for its attributes itself")
            return
        if isinstance(thing, Tensor):
            self.tensors[id(thing)] = thing
            self.tensor(thing, path)
            return
        if isinstance(thing, np.void):  # a record, whose fields can be written to
            self.guards.append(("array", thing, path, _LOOKS["array"](thing)))
            return
        if isinstance(thing, (np.dtype, np.generic, slice, np.ufunc)):
            return
        if thing is np.datetime64:  # of "now"
            self.refuse(path, "a clock")
        if isinstance(thing, (ndarray, BaseException)) and kind is not ndarray:
            self.refuse(path, f"a {kind.__name__}")
        self.objects[id(thing)] = thing
        if (compiled or kind is types.FunctionType) and hasattr(thing, "operation"):
            if not thing.operation.trusted:
                self.see(thing.forward, path)
                self.see([rule.function for rule in thing.rules], path)
        elif kind is types.FunctionType:
            if not _is_closed(thing):
                self.function(thing, path)
            elif hasattr(thing, "whole"):
                self.see(getattr(thing, "__self__", None), path)
        elif kind in _PARTS:
            for name in _PARTS[kind]:
                self.holds(thing, name, path)
        elif kind is types.CellType:
            value, name = getattr(thing, "cell_contents", MISSING), path.rpartition(" ")[2]
            name = "cell_contents" if name == "__class__" else name  # which is asked of its type
            self.guards.append(("attribute", thing, name, value))
            self.see(value, path)
        elif isinstance(thing, _CONTAINERS):
            self.content(thing, path)
            if kind not in _CONTAINERS:
                self.instance(thing, path)
        elif kind is ndarray:
            self.guards.append(("array", thing, path, _LOOKS["array"](thing)))
            self.see(thing.tolist() if thing.dtype.hasobject else None, path)
        elif kind is types.ModuleType:
            if {"random"} & self.names and thing.__name__ == "numpy":
                self.refuse(path, "numpy.random")
            else:
                self.module(thing, path)
        elif isinstance(thing, type):
            self.class_(thing, path)
        elif compiled:
            self.see(getattr(thing, "__self__", None), path)
        elif kind.__name__ == "_lru_cache_wrapper" and not _is_closed(thing):
            self.refuse(path, "a function with a cache")
        elif isinstance(thing, np.random.Generator):
            if used := {n for n in dir(np.random.Generator) if n[0] != "_"} & self.names - {"seed"}:
                self.refuse(path, f"a generator, with a method {min(used)!r}")
        elif hasattr(kind, "compiled_function"):
            self.see(thing.function, path)
        elif isinstance(thing, threading.local):
            self.refuse(path, "another thing in each thread")
        elif hasattr(thing, "__dict__") or any("__slots__" in vars(b) for b in kind.__mro__):
            self.instance(thing, path)
        else:
            self.refuse(path, f"a {kind.__name__}")

    def see(self, thing: Any, path: str, *name: Any) -> None:
        """Visit it later."""
        if type(thing) not in PLAIN:
            self.waiting.append((thing, ".".join([path, *map(str, name)])))

    def refuse(self, path: str, what: str) -> None:
        """Say why this cannot be guarded, the first time."""
        if not self.refusal:
            self.refusal = (
                f"{self.line(path)}{path} is {what}, and what the function does with it a replay "
                "cannot know; do that outside of the compiled function"
            )

    def line(self, path: str) -> str:
        """Where the user's code names the first part of a path, as "file:line: "."""
        first = path.partition(":")[0].partition(".")[0].partition("[")[0]
        for code in sorted(self.codes.values(), key=lambda c: (c.co_filename, c.co_firstlineno)):
            for step in () if _in_library(code) else dis.get_instructions(code):
                if step.argval == first and step.opname.startswith(("LOAD", "IMPORT")):
                    return f"{code.co_filename}:{step.positions.lineno}: " if step.positions else ""
        return ""

    def holds(self, holder: Any, name: str, path: str) -> None:
        """What an attribute is now."""
        value = getattr(holder, name, MISSING)
        self.guards.append(("attribute", holder, name, value))
        if value is not MISSING:
            self.see(value, path)

    def function(self, function: Any, path: str) -> None:
        """What a function's code can name."""
        names, imports, attributes, stores = named_by(function.__code__)
        self.stores |= stores
        self.found |= attributes
        for code in codes_in(function.__code__):
            self.codes[id(code)] = code
            if not _in_library(code) and (spans := _spans_of_try(code)):
                self.catching[id(code)] = spans
        self.guards.append(("attribute", function, "__code__", function.__code__))
        # What a function of a library names is told of by the name that the user knows.
        within = f"{path.partition(':')[0]}: " if _in_library(function.__code__) else ""
        for name in sorted(names):
            space: Any = function.__globals__
            value = space.get(name, MISSING)
            self.guards.append(("entry", space, name, value))
            if value is not MISSING:
                self.see(value, within + name)
            else:
                self.entries(vars(builtins), f"{within}builtins", {name})
        for name in imports:
            self.entries(sys.modules, f"{within}sys.modules", {name})
        self.content(vars(function), path)
        self.guards.append(("attribute", function, "__dict__", vars(function)))
        self.special(function, path)
        free = function.__code__.co_freevars
        for name, cell in zip(free, function.__closure__ or (), strict=True):
            self.see(cell, within + name)
        self.see(getattr(function, "__wrapped__", None), path)
        for name in ("__defaults__", "__kwdefaults__"):
            self.holds(function, name, path)

    def special(self, thing: Any, path: str) -> None:
        """What a function or class says of itself."""
        for name in {"__name__", "__qualname__", "__doc__", "__module__"} & self.names:
            self.holds(thing, name, path)

    def content(self, thing: Any, path: str, later: tuple[str, ...] | None = None) -> None:
        """All that is in a container.

        later : of a dictionary of attributes, those that may come into being, empty
        """
        if isinstance(thing, dict):
            here = {k: v for k, v in _items(thing) if k not in (later or ())}
            expected = (*here,), (*here.values(),), later or ()
            self.guards.append(("items" if later is None else "members", thing, path, expected))
            for key, value in here.items():
                self.see(key, path)
                self.see(value, path, key)
            return
        if isinstance(thing, list):
            self.guards.append(("list", thing, path, tuple(thing)))
        elif isinstance(thing, set):
            self.guards.append(("set", thing, path, tuple(thing)))
        for i, item in enumerate(thing):
            self.see(item, f"{path}[{i}]")

    def entries(self, space: dict[str, Any], path: str, names: Any) -> None:
        """Those entries of a dictionary that these names name."""
        for name in names & space.keys():
            self.guards.append(("entry", space, name, space[name]))
            self.see(space[name], path, name)

    def named(self, space: dict[str, Any], path: str) -> None:
        """The attributes that code names, and those that are not there yet, and may be later."""
        self.entries(space, path, self.names)
        for name in (self.stores | self.names) - space.keys():
            self.guards.append(("entry", space, name, MISSING))

    def module(self, module: types.ModuleType, path: str) -> None:
        """What code names of a module."""
        space, (first, within, _) = vars(module), path.partition(": ")
        path = f"{first}: {module.__name__}" if within else module.__name__
        if root_of(module.__name__) in ("minigrad", "numpy"):
            self.entries(space, path, self.names)
            return
        self.entries(space, path, {"__getattr__"})
        if ANY in self.names:
            own = {n: v for n, v in space.items() if n[:2] != "__"}
            if _is_users(module):
                self.guards.append(("items", space, path, ((*space,), (*space.values(),), ())))
            self.entries(space, path, {n for n, v in own.items() if _is_known(v)} - self.names)
        self.named(space, path)

    def class_(self, kind: type, path: str) -> None:
        """What code can see in a class: of one of the user's what it names, of minigrad's all."""
        if isinstance(kind, abc.ABCMeta):
            self.guards.append(("told", abc.get_cache_token, path, abc.get_cache_token()))
        tag = tag_of(kind)
        known: list[tuple[type, Any, Any]] = []
        wholly: list[tuple[type, dict[str, Any]]] = []
        theirs = [b for b in kind.__mro__ if _owner(b) == "minigrad"]
        for base in kind.__mro__:
            if _owner(base) in _FOREIGN:
                continue
            if "__match_args__" in self.names:
                self.found |= set(_texts_in(vars(base).get("__match_args__", ())))
            if base in theirs:
                wholly.append((base, self.clean(base)))
                continue
            for name, member in list(vars(base).items()):
                implied = name.startswith("__") or any(hasattr(b, name) for b in theirs)
                implied = implied and name not in _MAKING
                if name in self.names or (implied and callable(member)) or ANY in self.names:
                    if name not in ("__dict__", "__weakref__", "__doc__", "__module__"):
                        known.append((base, name, member))
                        self.see(member, path, name)
            if ANY in self.names:
                self.guards.append(
                    ("told", functools.partial(_names_in, base), base.__name__, _names_in(base))
                )
            missing = (self.stores | self.names) - vars(base).keys()
            known += [(base, name, MISSING) for name in missing]
            self.special(base, path)
        tag = 0 if any(map(_changed, theirs)) else tag
        self.guards.append(("type", kind, path, (kind.__mro__, tuple(known), tuple(wholly), tag)))
        if _owner(type(kind)) not in _FOREIGN:
            self.see(type(kind), path)

    def clean(self, base: type) -> dict[str, Any]:
        """The attributes of a class of minigrad's; what somebody has put there is seen too."""
        known, foreign, _ = _CLASSES.get(base, ({}, [], 0))
        if base in self.classes:
            return known
        if _changed(base):
            tag = tag_of(base)  # first, so that it is of nothing later than what is looked at
            if vars(base) != known:
                known = dict(vars(base))
                functions = [m for m in known.values() if type(m) is types.FunctionType]
                foreign = [m for m in functions if _owner(m) not in ("minigrad", "numpy")]
            _CLASSES[base] = known, foreign, tag
        self.classes.add(base)
        for member in foreign:
            self.see(member, base.__name__)
        self.within(known.get("forward"))
        return known

    def within(self, function: Any) -> None:
        """What a layer's own code names of minigrad's modules: somebody may have changed that."""
        if type(function) is types.FunctionType and _owner(function) == "minigrad":
            names, _, attributes, _ = named_by(function.__code__)
            for name in names & function.__globals__.keys():
                value = function.__globals__[name]
                if type(value) is types.ModuleType and root_of(value.__name__) == "minigrad":
                    self.entries(vars(value), value.__name__, attributes)

    def instance(self, thing: Any, path: str) -> None:
        """An object's class and attributes."""
        kind: Any = type(thing)
        self.guards.append(("attribute", thing, "__class__", kind))
        self.see(kind, path)
        space: dict[str, Any] = getattr(thing, "__dict__", {})
        if hasattr(thing, "__dict__"):
            self.guards.append(("attribute", thing, "__dict__", space))
        wholes: tuple[str, ...] = wholes_of(kind)
        if not wholes and any(_owner(b) == "minigrad" for b in kind.__mro__):
            later = tuple(n for n in lazy_in(kind) if hollow(space.get(n)))
            self.content(space, path, later)
        elif any(_owner(b) in _LIBRARIES and "__init__" in vars(b) for b in kind.__mro__):
            self.content(space, path)
        elif hasattr(thing, "__dict__"):
            (self.content if ANY in self.names else self.named)(space, path)
        if not wholes:
            for name in slots_of(kind):
                if name in self.names or ANY in self.names:
                    self.holds(thing, name, f"{path}.{name}")
            return
        # Its whole functions look at it anew in every replay; what else is named counts.
        others = self.names - {*wholes, "state_dict", "load_state_dict"} - space.keys()
        if used := {n for n in others if n[:1] != "_" and any(n in vars(b) for b in kind.__mro__)}:
            names = {name for code in self.codes.values() for name in code.co_names}
            if used & names:
                self.refuse(path, f"a {kind.__name__}, with a method {min(used)!r}")

    def tensor(self, t: Tensor, path: str) -> None:
        """All of a tensor but its values."""
        self.guards.append(("tensor", t, path, facts(t)))
        if "grad" in self.names:
            self.guards.append(("grad", t, path, grad_facts(t)))
        if t._node is not None:
            self.refuse(path, "a result of operations before the call")
        for hooks in (t._hook, t._written_hooks):
            if hooks:
                self.see(hooks, f"the hooks of {path}")
        self.see(type(t), type(t).__name__)
        if vars(t):
            self.guards.append(("attribute", t, "__dict__", vars(t)))
            self.content(vars(t), path)


def _is_users(module: Any) -> bool:
    """Is a module neither part of Python, nor of an installed package?"""
    file = getattr(module, "__file__", None)
    if file is None:
        return getattr(module, "__spec__", None) is None and type(module) is types.ModuleType
    return not str(file).startswith((sys.prefix, sys.base_prefix))


def _is_known(value: Any) -> bool:
    """Can what is in a module be seen through: is it of Python's types, or of the user's?"""
    kinds = (*PLAIN, *_CONTAINERS, ndarray, Tensor, types.FunctionType, types.SimpleNamespace)
    kind = value if isinstance(value, type) else type(value)
    return isinstance(value, kinds) or _is_users(sys.modules.get(kind.__module__))


def _names_in(kind: type) -> list[str]:
    """The names of a class's own attributes, but for those that Python may make."""
    return [name for name in vars(kind) if name[:2] != "__"]


def hollow(thing: Any) -> bool:
    """Nothing, or a dictionary of nothing but empty ones."""
    return not thing or (type(thing) is dict and not any(thing.values()))


@functools.cache
def wholes_of(kind: Any) -> tuple[str, ...]:
    """The names of the whole functions of a class."""
    return tuple(n for n in dir(kind) if hasattr(getattr(kind, n, None), "whole"))


@functools.cache
def lazy_in(kind: Any) -> tuple[str, ...]:
    """The attributes of a class that are made when they are first asked for."""
    members = {name: m for base in kind.__mro__ for name, m in vars(base).items()}
    return tuple(name for name, m in members.items() if isinstance(m, functools.cached_property))


@functools.cache
def slots_of(kind: Any) -> list[str]:
    """The names of a class's slots, those of C's classes left out."""
    bases = [vars(base) for base in kind.__mro__ if "__slots__" in vars(base)]
    slot = types.MemberDescriptorType
    return [name for space in bases for name, m in space.items() if type(m) is slot]


def facts(t: Tensor) -> Any:
    """What of a tensor decides about instructions: all but its values."""
    array = t._data
    hooks = t._hook is not None, bool(t._written_hooks), bool(vars(t))
    if type(array) is not ndarray:
        return type(t), array.dtype, t._requires_grad, hooks, t._node is None
    flags = array.flags
    shape = array.dtype, array.shape, array.strides, flags.aligned, flags.writeable
    return type(t), *shape, t._requires_grad, hooks, t._node is None


def grad_facts(t: Tensor) -> Any:
    """The same of a tensor's gradient, None where there is none."""
    return None if t._grad is None else facts(t._grad)


def differ(before: Any, now: Any) -> bool:
    """Are these other facts?  What is of no axes may be a number or, once written to, an array."""
    return bool(before != now and (now[2] != () or before != now[:2] + now[6:]))


def same(found: Any, expected: Any) -> bool:
    """The same object, or a value that cannot be told from it."""
    if found is expected:
        return True
    return type(found) is type(expected) and type(found) in PLAIN and repr(found) == repr(expected)


def first_broken(guards: list[Guard]) -> Guard | None:
    """The first guard that does not hold."""
    return next((guard for guard in guards if not holding(guard)), None)


def holding(guard: Guard) -> bool:
    """Does one guard hold?"""
    kind, holder, _, expected = guard
    if kind in _LOOKS:
        return bool(_LOOKS[kind](holder) == expected)
    return next(differences(guard), None) is None


def differences(guard: Guard) -> Iterator[Any]:
    """The keys, indices or names under which something else is now."""
    kind, holder, key, expected = guard
    if kind == "entry":
        pairs: Any = [(key, dict.get(holder, key, MISSING), expected)]
    elif kind == "attribute":
        name = "cell_contents" if type(holder) is types.CellType else key
        pairs = [(key, getattr(holder, name, MISSING), expected)]
    elif kind in ("items", "members"):
        keys, values, later = expected
        here = {k: v for k, v in _items(holder) if not (k in later and hollow(v))}
        places = zip_longest(here, keys, fillvalue=MISSING)
        moved = [new if old is MISSING else old for new, old in places if not same(new, old)]
        pairs = [(k, here.get(k, MISSING), v) for k, v in zip(keys, values, strict=True)]
        pairs += [(k, MISSING, None) for k in moved]
    elif kind in ("list", "set"):
        both = zip_longest(holder, expected, fillvalue=MISSING)
        pairs = [(i, new, old) for i, (new, old) in enumerate(both)]
    else:
        mro, known, wholly, _ = expected
        pairs = [("__bases__", holder.__mro__ == mro, True)]
        pairs += [(name, vars(base).get(name, MISSING), old) for base, name, old in known]
        for base, old in wholly:
            if vars(base) != old:
                keys = {**old, **vars(base)}
                pairs += [(k, vars(base).get(k, MISSING), old.get(k, MISSING)) for k in keys]
    yield from (k for k, new, old in pairs if not same(new, old))


def _items(space: dict[Any, Any]) -> Any:
    """Of a dictionary, or a class derived from it, in order."""
    return OrderedDict.items(space) if isinstance(space, OrderedDict) else dict.items(space)


_LOOKS: dict[str, Callable[[Any], Any]] = {
    "tensor": facts,
    "grad": grad_facts,
    "array": lambda a: (a.dtype, a.shape, a.tobytes()),
    "told": lambda function: function(),
}
"""Kinds of guards whose holder is asked one thing, and the question."""


def _owner(thing: Any) -> str:
    """The package of a function or class."""
    return root_of(getattr(thing, "__module__", None))


def _is_closed(function: Any) -> bool:
    """Is it of a package whose functions see nothing of the user's but their arguments?"""
    return _owner(function) in ("minigrad", "numpy", "einops")


_CLASSES: dict[type, tuple[dict[str, Any], list[Any], int]] = {}
"""Classes of minigrad's: their attributes when last looked at, functions of others' there, tags."""

tag_of: Callable[[type], int] = getattr(
    getattr(kernels, "_native", None), "tag_of_class", lambda kind: 0
)
"""Another number after each change of a class or of its bases; 0 for unknown."""


def _changed(base: type) -> bool:
    """Has a class of minigrad's changed since it was last looked at, or is that unknown?"""
    tag = tag_of(base)
    return tag == 0 or base not in _CLASSES or tag != _CLASSES[base][2]


def grown(guard: Guard) -> bool:
    """Has an object only got more attributes?"""
    return guard[0] == "members" and not {*differences(guard)} & {*guard[3][0]}


def said(guard: Guard) -> str:
    """The place of a guard in words."""
    kind, holder, _, _ = guard
    if kind in _LOOKS or kind == "set":
        return f"{guard[2]}"
    key = next(differences(guard), guard[2])
    if kind in ("items", "list"):
        return f"{guard[2]}[{key!r}]"
    if isinstance(holder, (dict, types.CellType)):
        return f"{key!r}"
    return f"{key!r} of a {getattr(holder, '__name__', type(holder).__name__)}"


# --------------------------------------------------------------------- what may be called

_HARMLESS: set[Any] = {
    getattr(builtins, name)
    for name in """
        abs all any callable chr divmod format getattr hasattr hash id isinstance issubclass iter
        len max min next ord pow repr round sorted sum vars setattr delattr __build_class__
    """.split()
}
_HARMLESS |= {functools.reduce}
_HARMLESS |= {f for m in (math, operator) for f in vars(m).values() if callable(f)}
_CHANGING = frozenset(
    """
    append extend insert pop remove clear sort reverse update setdefault popitem add discard
    difference_update intersection_update symmetric_difference_update __setitem__ __delitem__
    """.split()
)
_VALUES = (str, bytes, int, float, tuple, frozenset, list, dict, set, range, complex)
_FINALIZERS = frozenset({"weakref", "_weakrefset"})  # what dies may die at any time
_library: dict[int, types.CodeType] = {}  # code that may run, by id


def handles_signal(frame: Any) -> bool:
    """Is it the frame of a signal's handler, which is given the frame that it interrupts?"""
    given: list[Any] = []
    for value in frame.f_locals.values():
        given += value if type(value) is tuple else [value]
    return frame.f_back is not None and any(value is frame.f_back for value in given)


class Purity:
    """Looks at every call of a function while a step is recorded.

    Raises Refused, at the line that calls it, for a function of C that may do what a replay would
    lose; and where code runs that `Sight` has not seen.  Within a whole function, which a replay
    calls again, all may be done; and what Python calls at any time, when there is garbage or a
    signal, is no call of the function's.

    containers : ids of the lists and dictionaries among the arguments
    """

    def __init__(self, sight: Sight, recorder: Any, containers: Container[int] = ()) -> None:
        self.sight, self.recorder, self.containers = sight, recorder, containers
        self.before: Callable[..., Any] | None = None
        self.begun = False
        self.users = sight.codes
        self.handler: Any = None  # the frame of a signal's, while it runs

    def __enter__(self) -> None:
        self.before, self.begun = sys.getprofile(), True
        gc.callbacks[:] = [self.collected, *gc.callbacks, self.collected]
        sys.setprofile(self.called)

    def __exit__(self, *exc: object) -> None:
        """Can be done again, to no effect."""
        if self.begun:
            sys.setprofile(self.before)
        gc.callbacks[:] = [f for f in gc.callbacks if f != self.collected]
        self.begun = False

    def collected(self, phase: str, info: Any) -> None:
        """Called before and after all others: what the collector runs is part of no step."""
        if threading.get_ident() == self.recorder.thread:
            self.recorder.depth += 1 if phase == "start" else -1

    def called(self, frame: Any, event: str, arg: Any) -> None:
        """What Python tells a profiler."""
        if self.handler is not None:
            if event == "return" and frame is self.handler:
                self.handler = None
        elif event == "call":
            code = id(frame.f_code)
            if code not in _library and code not in self.users and not self.recorder.depth:
                self.entered(frame)
        elif event == "c_call" and not self.recorder.depth:
            if id(frame.f_code) in self.users or (arg is open and not _shows_lines(frame)):
                self.called_c(frame, arg)

    def entered(self, frame: Any) -> None:
        """Code that `Sight` has not seen: minigrad's own, a library's on its behalf, or a fault."""
        code = frame.f_code
        module = root_of(frame.f_globals.get("__name__"))
        if module in _FOREIGN or module in _FINALIZERS or module == "minigrad":
            _library[id(code)] = code
            return
        if handles_signal(frame):
            self.handler = frame
            return
        caller = frame.f_back
        if caller is not None and id(caller.f_code) not in self.users:
            if getattr(sys.modules.get(module), "__file__", None) is None or _in_library(code):
                return  # not remembered: the user's code may call it too
        if caller is not None and code.co_name == "<module>":
            return
        if caller is not None and code.co_filename.startswith("<frozen importlib"):
            raise Refused(f"{place_of(users_frame(caller))} imports a module; import it outside")
        raise Refused(
            f"{place_of(users_frame(caller or frame))} runs {code.co_name!r} ({code.co_filename}:"
            f"{code.co_firstlineno}), which the compiled function does not name; a replay cannot "
            "know what it depends on"
        )

    def called_c(self, frame: Any, function: Any) -> None:
        """A function of C: can a replay do without it?"""
        try:
            if function in _HARMLESS:
                return
        except TypeError:
            pass
        owner = getattr(function, "__self__", None)
        name = getattr(function, "__name__", "?")
        kind = type(owner)
        if owner is None or isinstance(owner, types.ModuleType):
            held = getattr(function, "__objclass__", None)  # str.join, called by its class
            if held in _VALUES and name not in _CHANGING:
                return
            if root_of(getattr(function, "__module__", "")) == "numpy" and name != "fromfile":
                return
        elif issubclass(kind, _VALUES) or (isinstance(owner, type) and issubclass(owner, _VALUES)):
            there = id(owner) in self.sight.objects or id(owner) in self.containers
            if name not in _CHANGING or not there:
                return
        elif isinstance(owner, (ndarray, Tensor, np.generic, types.GeneratorType)):
            if name not in ("tofile", "dump"):
                return
        elif isinstance(owner, type) and _owner(owner) in ("minigrad", "numpy"):
            return
        elif name.startswith("__") and name not in ("__setattr__", "__setitem__", "__delitem__"):
            return
        what = f"{kind.__name__}.{name}" if owner is not None and kind in _VALUES else name
        raise Refused(
            f"{place_of(users_frame(frame))} calls {what}(), which a replay would not do again; "
            "do it outside of the compiled function, with what that returns"
        )


def _shows_lines(frame: Any) -> bool:
    """Does a warning look for the line that it is about?"""
    return frame.f_globals.get("__name__") in ("linecache", "tokenize")


def _in_library(code: types.CodeType) -> bool:
    """Is it part of Python, or of an installed package?"""
    return code.co_filename.startswith((sys.prefix, sys.base_prefix, "<"))


def line_of(codes: Iterable[types.CodeType], guard: Guard) -> str:
    """Where some code sets a name, as "file:line: "; "" where none is found."""
    kind, key = guard[0], guard[2]
    if kind in ("items", "members", "list", "type"):
        key = next(differences(guard), None)
    items = ("STORE_SUBSCR", "DELETE_SUBSCR") if kind in ("items", "list", "array") else ()
    name = str(guard[2]).rpartition(".")[2].partition("[")[0]  # of what has the item
    for code in codes:
        lines = set()  # on which it stands
        for step in dis.get_instructions(code):
            line = step.positions.lineno if step.positions else None
            lines |= {line} if step.argval == name else set()
            sets = step.opname in ("STORE_ATTR", "STORE_GLOBAL", "STORE_DEREF", "DELETE_ATTR")
            item = step.opname in items and line in lines
            if line and (item or (sets and step.argval == key)):
                return f"{code.co_filename}:{line}: "
    return ""


def wholes_in(objects: dict[int, Any]) -> list[Any]:
    """The objects that have whole functions, and generators: what a replay lets work for itself."""
    return [
        thing
        for thing in objects.values()
        if isinstance(thing, np.random.Generator)
        or (
            hasattr(thing, "__dict__")
            and not isinstance(thing, type)
            and wholes_of(thing.__class__)
        )
    ]
