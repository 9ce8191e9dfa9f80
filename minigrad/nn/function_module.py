"""Modules that only call a function: which one, and with what options.

    class Softshrink(FunctionModule, function=F.softshrink):
        lambd: float = 0.5

is all there is to say: the annotated names are the arguments of `__init__`, in their order and with
their defaults; then they are attributes, what `repr` shows, and keyword arguments of the function.
Where PyTorch's `repr` shows something else, `shows` says what.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, dataclass_transform

from ..engine.tensor import Tensor
from .module import Module


@dataclass_transform()
class FunctionModule(Module):
    """The base of the modules that only call a function of `minigrad.nn.functional`."""

    function: ClassVar[Callable[..., Tensor]]
    options: ClassVar[tuple[str, ...]] = ()
    shows: ClassVar[str | None] = None

    def __init_subclass__(
        cls, function: Callable[..., Tensor] | None = None, shows: str | None = None
    ) -> None:
        """Keep the function, and find the options: the names that are annotated."""
        super().__init_subclass__()
        if shows is not None:
            cls.shows = shows
        if function is not None or not hasattr(cls, "function"):  # not in a user's subclass
            cls.options = (*cls.options, *cls.__annotations__)
        if function is not None:
            cls.function = staticmethod(function)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        where, names = type(self).__name__, self.options
        if len(args) > len(names):
            raise TypeError(f"{where}: wanted at most {len(names)} arguments, got {len(args)}")
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name in given or name not in names:
                what = "was given twice" if name in given else f"is none of {list(names)}"
                raise TypeError(f"{where}: the argument {name!r} {what}")
            given[name] = value
        for name in names:
            if name not in given and not hasattr(type(self), name):
                raise TypeError(f"{where}: the argument {name!r} is missing")
            setattr(self, name, given[name] if name in given else getattr(type(self), name))
        self.check()

    def check(self) -> None:
        """Raise ValueError for options that cannot be; a subclass defines it."""

    def forward(self, *inputs: Any) -> Tensor:
        if not self.options:
            return self.function(*inputs)
        return self.function(*inputs, **{name: getattr(self, name) for name in self.options})

    def extra_repr(self) -> str:
        if self.shows is not None:
            return self.shows.format(self)
        shown = {name: getattr(self, name) for name in self.options}
        if not shown.get("inplace", True):
            del shown["inplace"]
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())
