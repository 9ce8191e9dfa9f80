"""What a network consists of, as a table: shapes, parameters, memory, work."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor
from ..engine.watchers import Watcher
from .functional.in_place import as_tensor
from .module import Module
from .parameter import UninitializedParameter

__all__ = ["Layer", "Summary", "summary"]

MULTIPLY_ADDS: dict[str, Callable[[Any], int]] = {
    "convolution": lambda values: prod(values[-1].shape) * prod(values[1].shape[1:]),
    "convolution_input": lambda values: prod(values[0].shape) * prod(values[1].shape[1:]),
    "linear": lambda values: prod(values[0].shape) * values[1].shape[0],
    "matmul": lambda values: prod(values[2].shape) * values[0].shape[-1],
}
"""By operation, from its arguments and output: the products in which a network's work lies."""


class Layer(NamedTuple):
    """One module of a network; what its modules have or do is not counted again.

    name : as in `named_modules`, "" for the network itself; kind : its class
    output : the shape of what it gave last, of several tensors a list; None if it was not called
    parameters, bytes : its own parameters; what they and its own buffers take
    multiply_adds : in matrix products, over all its calls
    """

    name: str
    kind: str
    output: Any
    parameters: int
    bytes: int
    multiply_adds: int


class Summary:
    """What `summary` gives: `layers`, and totals; `print` shows a table.

    layers : a `Layer` for each module, parents first
    parameters, trainable : numbers of all parameters, and of those that require a gradient
    bytes : what parameters and buffers take; what is shared counts once
    multiply_adds : of one forward pass, in matrix products
    """

    def __init__(self, layers: list[Layer], parameters: int, trainable: int, bytes: int) -> None:
        self.layers = layers
        self.parameters, self.trainable, self.bytes = parameters, trainable, bytes
        self.multiply_adds = sum(layer.multiply_adds for layer in layers)

    def __repr__(self) -> str:
        head = ("layer", "output", "parameters", "bytes", "multiply-adds")
        rows: list[tuple[str, ...]] = [head]
        for layer in self.layers:
            depth = layer.name.count(".") + 1 if layer.name else 0
            title = f"{layer.name.rpartition('.')[2]} {layer.kind}" if layer.name else layer.kind
            numbers = (layer.parameters, layer.bytes, layer.multiply_adds)
            shape = "-" if layer.output is None else str(layer.output)
            rows.append(("  " * depth + title, shape, *(f"{n:,}" if n else "" for n in numbers)))
        totals = (self.parameters, self.bytes, self.multiply_adds)
        rows.append(("total", "", *(f"{n:,}" for n in totals)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(
                cell.ljust(width) if i < 2 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        rule = "-" * max(map(len, lines))
        lines = [lines[0], rule, *lines[1:-1], rule, lines[-1]]
        if self.trainable != self.parameters:
            lines.append(f"{self.trainable:,} of the parameters are trained")
        return "\n".join(lines)


def summary(net: Module, input: Any) -> Summary:
    """The layers of a network, with the shapes that they give for an input.

    input : what the network is called with; several arguments as a tuple

    The network runs once, as after `eval()`, and is left as it was (but for lazy layers, which have
    a shape then).  Counted are the multiply-adds of matrix products, of which there are about half
    as many as floating point operations; a backward pass costs about twice as many.  Raises
    TypeError for what is no module, and what the network raises.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> mg.summary(net, mg.zeros((5, 4)))
    layer       output  parameters  bytes  multiply-adds
    ----------------------------------------------------
    Sequential  (5, 2)
      0 Linear  (5, 3)          15     60             60
      1 ReLU    (5, 3)
      2 Linear  (5, 2)           8     32             30
    ----------------------------------------------------
    total                       23     92             90
    >>> mg.summary(net, mg.zeros((5, 4))).multiply_adds
    90
    """
    if not isinstance(net, Module):
        raise TypeError(f"summary: net: wanted a Module, got {type(net).__name__}")
    modules = dict(net.named_modules())
    outputs, work = _run(net, input if isinstance(input, tuple) else (input,), modules)
    layers = [
        Layer(
            name,
            type(module).__name__,
            outputs.get(id(module)),
            sum(p.numel() for p in module.parameters(recurse=False)),
            sum(_bytes(t) for members in _members(module) for t in members),
            work.get(id(module), 0),
        )
        for name, module in modules.items()
    ]
    parameters = list(net.parameters())
    return Summary(
        layers,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        sum(_bytes(t) for t in (*parameters, *net.buffers())),
    )


def _members(module: Module) -> tuple[Any, Any]:
    return module.parameters(recurse=False), module.buffers(recurse=False)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.dtype.itemsize


class _Work(Watcher):
    """Counts the multiply-adds of each module, while it is the innermost one that runs."""

    def __init__(self) -> None:
        self.running: list[int] = []
        self.done: dict[int, int] = {}

    def made(self, node: Any, args: Any, values: Any) -> None:
        """Add the work of an operation to the module's."""
        cost = MULTIPLY_ADDS.get(node.name)
        if cost is not None and self.running:
            at = self.running[-1]
            self.done[at] = self.done.get(at, 0) + cost(values)


def _run(
    net: Module, args: tuple[Any, ...], modules: dict[str, Module]
) -> tuple[dict[int, Any], dict[int, int]]:
    """What each module gave and did in one forward pass, by its id."""
    outputs: dict[int, Any] = {}
    work = _Work()

    def enter(module: Module, args: Any) -> None:
        work.running.append(id(module))

    def leave(module: Module, args: Any, output: Any) -> None:
        work.running.pop()
        outputs[id(module)] = _shapes(output)

    training = {module: module.training for module in modules.values()}
    hooked = {module: module._hooked for module in modules.values()}
    frozen = [
        p
        for p in net.parameters()
        if not p.requires_grad and p.dtype.kind == "f" and not isinstance(p, UninitializedParameter)
    ]
    handles = []
    try:
        net.eval()
        for module in modules.values():
            handles.append(module.register_forward_pre_hook(enter))
            handles.append(module.register_forward_hook(leave, prepend=True, always_call=True))
        for parameter in frozen:  # a watcher is told of recorded operations
            parameter.requires_grad = True
        with enable_grad(), work:
            net(*map(_requiring_grad, args))
    finally:
        for handle in handles:
            handle.remove()
        for parameter in frozen:
            parameter.requires_grad = False
        for module in modules.values():
            module.training = training[module]
            module._hooked = hooked[module]
    return outputs, work.done


def _requiring_grad(value: Any) -> Any:
    """A result with the value of a floating tensor; anything else as it is."""
    if not hasattr(value, "__array__") or as_tensor(value).dtype.kind != "f":
        return value
    return as_tensor(value).detach().requires_grad_() * 1


def _shapes(output: Any) -> Any:
    if isinstance(output, Tensor):
        return output.shape
    if isinstance(output, (tuple, list)):
        return [_shapes(part) for part in output if part is not None]
    if isinstance(output, dict):
        return [_shapes(part) for part in output.values()]
    return type(output).__name__
