"""The arguments of a call: a function's parameters, their other names, and what fills them.

PyTorch and NumPy call the same argument by different names; either may be used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .out import into
from .words import unexpected, with_words

MISSING = object()
"""Stands for the default of a parameter that has none."""

ALIASES = {
    "a": ("x1",),
    "arrays": ("tensors",),
    "axes": ("dims",),
    "axis": ("dim", "dims"),
    "axis0": ("dim0",),
    "axis1": ("dim1",),
    "axis2": ("dim2",),
    "b": ("x2",),
    "dim": ("axis", "axes"),
    "dims": ("axes", "axis"),
    "exponent": ("x2",),
    "index": ("indices",),
    "input": ("x", "x1", "A"),
    "keepdim": ("keepdims",),
    "keepdims": ("keepdim",),
    "other": ("x2",),
    "repetitions": ("dims",),
    "self": ("input", "x", "x1"),
    "shifts": ("shift",),
    "split_size": ("split_size_or_sections",),
    "tensor": ("input",),
    "tensors": ("arrays",),
    "vec2": ("x2",),
    "x": ("input",),
    "x1": ("input",),
    "x2": ("other",),
}
"""Other names of arguments: what is meant where a function has no parameter of that name."""

CO_VARARGS = 4  # of a code object's flags: there is a *parameter


def signature(function: Callable[..., Any]) -> tuple[list[str], list[Any], bool]:
    """The names of the parameters, their defaults, and whether the first takes all arguments.

    The parameters are (a, b=1) or (*arrays, b=1): keywords only behind a star.
    """
    code = function.__code__
    if code.co_kwonlyargcount and not code.co_flags & CO_VARARGS:
        raise TypeError(
            f"{function.__name__}: an operation's parameters are (a, b=1) or (*arrays, b=1); leave "
            "out the bare star, any of them may be given by keyword"
        )
    positional = list(code.co_varnames[: code.co_argcount])
    keyword = list(code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount])
    variadic = bool(code.co_flags & CO_VARARGS)
    starred = [code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] if variadic else []
    defaults = list(function.__defaults__ or ())
    given = function.__kwdefaults__ or {}
    return (
        [*positional, *starred, *keyword],
        [MISSING] * (len(positional) - len(defaults) + len(starred))
        + defaults
        + [given.get(name, MISSING) for name in keyword],
        variadic,
    )


def bind_keywords(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments of an operation by position; TypeError says what is wrong with a call."""
    values = [*args, *op.defaults[len(args) :]]
    names: dict[int, str] = {}  # by which an argument was given
    if len(args) > len(op.names):
        raise TypeError(
            f"{op.name}() takes {len(op.names)} arguments ({', '.join(op.names)}), got {len(args)}"
        )
    for name, value in kwargs.items():
        known = [n for n in (name, *ALIASES.get(name, ())) if n in op.names]
        if not known:
            raise unexpected(op.name, name, op.names)
        place = op.names.index(known[0])
        if place < len(args):
            raise TypeError(f"{op.name}() got multiple values for argument {known[0]!r}")
        if place in names:
            raise TypeError(f"{op.name}() got both {names[place]!r} and {name!r}")
        values[place], names[place] = value, name
    if missing := [n for n, v in zip(op.names, values, strict=True) if v is MISSING]:
        raise TypeError(f"{op.name}() is missing a required argument: {missing[0]!r}")
    return tuple(values)


def with_aliases(function: Any) -> Any:
    """A function that takes the other names of its arguments too; with words."""
    own = function.__wrapped__ if hasattr(function, "whole") else function
    code = own.__code__
    taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    starred = signature(own)[0][code.co_argcount] if code.co_flags & CO_VARARGS else None

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and "out" in kwargs:
            return into(function.__name__, kwargs.pop("out"), call, args, kwargs)
        for name in [name for name in kwargs if name not in taken]:
            value = kwargs.pop(name)
            known = [n for n in ALIASES.get(name, ()) if n in taken]
            if name == starred or (starred in ALIASES.get(name, ()) and not known):
                before = code.co_varnames[len(args) : code.co_argcount]
                args = (*args, *(kwargs.pop(n) for n in before if n in kwargs), value)
            elif not known:
                raise unexpected(function.__name__, name, [*taken, *filter(None, [starred])])
            elif known[0] in kwargs:
                raise TypeError(f"{function.__name__}() got both {name!r} and {known[0]!r}")
            else:
                kwargs[known[0]] = value
        return function(*args, **kwargs)

    return with_words(function, call)
