"""Borders around the last axes, as modules: one for each kind of border and number of axes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..engine.tensor import Tensor
from . import functional as F
from .module import Module

MODES = {
    "CircularPad": "circular",
    "ConstantPad": "constant",
    "ReflectionPad": "reflect",
    "ReplicationPad": "replicate",
    "ZeroPad": "constant",
}


class Padding(Module):
    """`functional.pad` of the last axes, with one width for all sides or (before, after, ...).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.ZeroPad1d(1)(mg.ones(1, 2))
    tensor([[0., 1., 1., 0.]])
    """

    axes: int
    mode: str
    filled: bool  # with a value that is given

    def __init__(self, padding: Any, value: float | None = None) -> None:
        super().__init__()
        sides = 2 * self.axes
        if value is not None and not self.filled:
            raise TypeError(f"{type(self).__name__}: value: wanted none, got {value!r:.60}")
        several = isinstance(padding, Iterable)
        self.padding = tuple(padding) if several else (padding,) * sides
        if len(self.padding) != sides:
            name = type(self).__name__
            raise ValueError(f"{name}: padding: wanted {sides} widths, got {self.padding}")
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        shown = f"{self.padding}"
        return shown if self.value is None else f"padding={shown}, value={self.value}"


for _kind, _mode in MODES.items():
    for _axes in (1, 2, 3):
        _name = f"{_kind}{_axes}d"
        _words = f"`{_mode}` borders around the last {_axes} axes: see `Padding`."
        globals()[_name] = type(
            _name,
            (Padding,),
            {
                "axes": _axes,
                "mode": _mode,
                "filled": _kind == "ConstantPad",
                "__module__": __name__,
                "__doc__": _words,
            },
        )
