"""One module after the other; a linear layer and a ReLU in one pass, where nobody can see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from ..engine.tensor import Tensor
from .activations import ReLU
from .containers import Ordered
from .functional import linear
from .layers import Linear
from .module import Module


def _calls() -> tuple[Any, ...]:
    """What runs when a linear layer and a ReLU are called."""
    return Linear.__call__, Linear.forward, ReLU.__call__, ReLU.forward


_WRITTEN = _calls()


def _is_plain(module: Module) -> bool:
    """Has nobody hooked this module, or given it a `forward` of its own?"""
    return not module._hooked and "forward" not in module.__dict__


class Sequential(Ordered):
    """Modules one after the other: each gets what the one before it gave.

    modules : modules, named "0", "1", ...; or one mapping from names to modules

    Has a list's operations: a length, iteration, indices (a slice gives a `Sequential` of the same
    modules), `append`, `extend`, `insert`, `pop`, `del`, `+` and, with the same modules over again,
    `*`.  A `Linear` before a `ReLU` runs as one operation, which saves a node and a pass over the
    memory, but only where that cannot be seen: not for subclasses, nor where somebody has
    overridden `forward` or `__call__`, or hooked one of the two.

    Raises TypeError for what is not a module, ValueError for a name with a dot or one that is
    taken.

    >>> from collections import OrderedDict
    >>> from minigrad import nn
    >>> nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    Sequential(
      (0): Linear(in_features=4, out_features=3, bias=True)
      (1): ReLU()
    )
    >>> nn.Sequential(OrderedDict(hidden=nn.Linear(4, 3), active=nn.ReLU())).active
    ReLU()
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            named: Iterable[tuple[str, Any]] = modules[0].items()
        else:
            named = ((str(i), module) for i, module in enumerate(modules))
        for name, module in named:
            self._add(name, module)

    def forward(self, input: Any) -> Tensor:
        modules: list[Any] = [m for m in self.__dict__.values() if isinstance(m, Module)]
        as_written, fused = _calls() == _WRITTEN, False
        for module, following in zip(modules, [*modules[1:], None], strict=False):
            if fused:  # with the layer before
                fused = False
            elif (
                type(module) is Linear
                and type(following) is ReLU
                and as_written
                and _is_plain(module)
                and _is_plain(following)
            ):
                input = linear(input, module.weight, module.bias, True)
                fused = True
            else:
                input = module(input)
        return input  # type: ignore[no-any-return]

    def __mul__(self, times: int) -> Self:
        if not isinstance(times, int) or times < 1:
            raise ValueError(f"Sequential: wanted to be repeated at least once, got {times!r}")
        repeated: Self = self._of({str(i): module for i, module in enumerate([*self] * times)})
        return repeated

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        self._replace_all([*(self * times)])
        return self

    def _of(self, modules: Mapping[str, Module]) -> Any:
        return Sequential(modules)
