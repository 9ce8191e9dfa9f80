"""Errors in words: what was called, with what, and what is wrong with it.

A function is made of others, and an error may come from deep inside them or from NumPy.  Whoever
called the outer one wants to read its name and what they gave it.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
from numpy.exceptions import AxisError

from .dtypes import check_flag
from .tensor import Tensor

KINDS = AxisError, IndexError, MemoryError, TypeError, ValueError
FAULTS = (*KINDS, AttributeError, OverflowError, ZeroDivisionError)
"""What bad arguments lead to; AttributeError where they are no tensors, the last two of numbers."""

KEPT = {"keepdim": ("keepdims",), "keepdims": ("keepdim",)}
OURS = {"minigrad", "numpy", *sys.stdlib_module_names}
C = TypeVar("C", bound=type)
F = TypeVar("F", bound=Callable[..., Any])


def describe(value: Any) -> str:
    """A value in words: an array or tensor by its dtype and shape."""
    if isinstance(value, (np.ndarray, Tensor)):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (tuple, list)) and any(isinstance(v, (np.ndarray, Tensor)) for v in value):
        return f"({', '.join(map(describe, value))})"
    return f"{value!r:.60}"


def retell(call: str, error: Exception) -> Exception:
    """An error inside a call, with the call in front; what an inner call said of itself goes."""
    reason = getattr(error, "reason", None) or str(error)
    if found := re.match(r"Python integer (\S+) out of bounds for (\w+)$", reason):
        limits = np.iinfo(found[2])
        reason = (
            f"{found[1]} is not within the range of {found[2]}, {limits.min} to {limits.max}; "
            "convert the tensor to a larger dtype first, as with .long()"
        )
    # Some of NumPy's own errors take other arguments than a text.
    other = ValueError if isinstance(error, ArithmeticError) else TypeError
    kind = next((k for k in KINDS if isinstance(error, k)), other)
    told: Any = kind(f"{call}: {reason}")
    told.reason = reason
    return told  # type: ignore[no-any-return]


def without_words(error: Exception) -> bool:
    """Does a text not begin with the name of what was called, or of what an input became?"""
    return re.match(r"(?!Tensor: )\w+(\(.*\))?: ", str(error)) is None


def of_user(error: Exception) -> bool:
    """Does an error come from code that is neither minigrad's nor NumPy's nor Python's?"""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").split(".")[0] not in OURS:
            return True
        trace = trace.tb_next
    return False


def call_in_words(
    name: str, names: Iterable[str], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    """A call with its arguments under their names."""
    names = tuple(names)
    given = [f"{n}={describe(a)}" for n, a in zip(names, args, strict=False)]
    given += map(describe, args[len(names) :])
    given += [f"{n}={describe(a)}" for n, a in kwargs.items()]
    return f"{name}({', '.join(given)})"


def unexpected(name: str, argument: str, names: Iterable[str]) -> TypeError:
    """The error of a function for an argument that is none of its own."""
    from difflib import get_close_matches  # here: an import takes 1 ms

    names = [*names]
    near = "".join(f"the nearest is {n!r}; " for n in get_close_matches(argument, names, 1))
    return TypeError(
        f"{name}() got an unexpected keyword argument {argument!r}; {near}it takes "
        f"{', '.join(names) or 'none'}"
    )


def check_known(name: str, function: Callable[..., Any], error: Exception) -> None:
    """Raise what `unexpected` says where Python said it of this function, in fewer words."""
    own = inspect.unwrap(function)
    said = rf"{re.escape(own.__qualname__)}\(\) got an unexpected keyword argument '(\w+)'"
    said += r"(\. Did you mean .*)?$"  # of CPython 3.13
    if found := re.match(said, str(error)):
        code = own.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        raise unexpected(name, found[1], [n for n in names if n != "self"]) from None


def flags_of(function: Callable[..., Any]) -> list[tuple[int, str]]:
    """The parameters that are True or False, by annotation: their places, and their names."""
    others = "inplace", "requires_grad"  # which have words of their own
    own = inspect.unwrap(function)
    code, notes = own.__code__, own.__annotations__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [
        (i if i < code.co_argcount else sys.maxsize, name)
        for i, name in enumerate(names)
        if notes.get(name) in (bool, "bool", "bool | None") and name not in others
    ]


def check_flags(
    where: str, flags: list[tuple[int, str]], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """TypeError for what is neither True nor False where that is asked for; None passes."""
    for place, name in flags:
        if place < len(args):
            given = {name: args[place]}
        elif kwargs:
            given = {n: kwargs[n] for n in (name, *KEPT.get(name, ())) if n in kwargs}
        else:
            continue
        for other, value in given.items():
            if type(value) is not bool and value is not None:
                check_flag(f"{where}: {other}", value)


def with_words(function: F, called: Any = None) -> F:
    """A function whose errors name it and what it was given, whatever failed inside it.

    called : what to call in its place if there are arguments by name
    """
    name = function.__name__
    called = called or function
    flags: list[tuple[int, str]] | None = None  # until the first call

    @functools.wraps(function)
    def told(*args: Any, **kwargs: Any) -> Any:
        nonlocal flags
        if flags is None:
            flags = flags_of(function)
        if flags and (kwargs or len(args) > flags[0][0]):
            check_flags(name, flags, args, kwargs)
        try:
            return called(*args, **kwargs) if kwargs else function(*args)
        except FAULTS as error:
            check_known(name, function, error)
            if str(error).startswith((f"{name}:", f"{name}(")) or of_user(error):
                raise
            code = inspect.unwrap(function).__code__
            names = code.co_varnames[: code.co_argcount]
            raise retell(call_in_words(name, names, args, kwargs), error) from error

    told.has_words = True  # type: ignore[attr-defined]
    return told  # type: ignore[return-value]


def give_words(module: dict[str, Any], names: Iterable[str]) -> None:
    """Let these functions of a module have words, which those from elsewhere have."""
    for name in names:
        function = module[name]
        own = inspect.isfunction(function) and function.__module__ == module["__name__"]
        if own and not hasattr(function, "has_words"):
            module[name] = with_words(function)


def with_class_words(cls: C) -> C:
    """A class whose constructor's errors name the class; subclasses of users are left alone."""
    init: Callable[..., None] | None = vars(cls).get("__init__")
    if init is None or not cls.__module__.startswith("minigrad."):
        return cls
    code = init.__code__
    names = code.co_varnames[1 : code.co_argcount]
    flags: list[tuple[int, str]] | None = None  # until the first call

    @functools.wraps(init)
    def told(self: Any, *args: Any, **kwargs: Any) -> None:
        nonlocal flags
        if flags is None:
            flags = flags_of(init)
        try:
            check_flags(type(self).__name__, flags, (self, *args), kwargs)
            init(self, *args, **kwargs)
        except FAULTS as error:
            name = type(self).__name__
            check_known(name, init, error)
            if str(error).startswith((f"{name}:", f"{name}(", f"{name}.")):
                raise
            raise retell(call_in_words(name, names, args, kwargs), error) from error

    cls.__init__ = told  # type: ignore[misc]
    return cls
