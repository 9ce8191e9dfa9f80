"""PyTorch's names for scripts and traces; here functions and modules stay what they are.

`torch.jit` translates a function so that it runs without Python, to the same results.  Code that
calls it runs here as well, in Python; `minigrad.compile` makes a step fast.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

from .absent import explain_absence
from .engine.tensor import Tensor
from .nn.module import Module as ScriptModule

__all__ = [
    "Final",
    "ScriptModule",
    "annotate",
    "export",
    "ignore",
    "is_scripting",
    "is_tracing",
    "script",
    "script_method",
    "trace",
    "unused",
]

T = TypeVar("T")


def script(obj: T, *_: Any, example_inputs: Any = None) -> T:
    """The function, module or class itself.  Raises TypeError for what cannot be called.

    >>> @script
    ... def double(x):
    ...     return 2 * x
    >>> double(3)
    6
    """
    if not callable(obj):
        raise TypeError(f"script: wanted a function or a module, got {type(obj).__name__}")
    return obj


def trace(
    func: T,
    example_inputs: Any = None,
    optimize: Any = None,
    check_trace: bool = True,
    *_: Any,
    strict: bool = True,
    example_kwarg_inputs: dict[str, Any] | None = None,
) -> T:
    """The function or module itself, after a call with the example.

    A condition in its code is asked in each call, where a trace has the answer of the example.

    Raises TypeError for what cannot be called, and where there is no example.

    >>> import minigrad as mg
    >>> trace(mg.relu, mg.zeros(2))(mg.tensor([-1.0, 1.0]))
    tensor([0., 1.])
    """
    if not callable(func):
        raise TypeError(f"trace: wanted a function or a module, got {type(func).__name__}")
    if example_inputs is None and example_kwarg_inputs is None:
        raise TypeError("trace: example_inputs: wanted a tensor, or a tuple of arguments")
    given = () if example_inputs is None else example_inputs
    func(*((given,) if isinstance(given, Tensor) else given), **(example_kwarg_inputs or {}))
    return func


def unused(fn: T) -> T:
    """The function itself: what a script does not translate.

    >>> unused(len)([1])
    1
    """
    return fn


export = script_method = unused


def ignore(drop: Any = False, **_: Any) -> Any:
    """A function itself, or, called without one, what gives it back.

    >>> ignore(len)([1]), ignore(drop=True)(len)([1])
    (1, 1)
    """
    return drop if callable(drop) else unused


def is_scripting() -> bool:
    """Is this within a script?  Never.

    >>> is_scripting()
    False
    """
    return False


is_tracing = is_scripting


def annotate(the_type: Any, the_value: T) -> T:
    """The value: what it is told of its type is for a script.

    >>> annotate(list[int], [])
    []
    """
    return the_value


explain_absence(globals())
