"""Differentiation as a function, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .engine.tape import detect_anomaly, differentiate, enable_grad, no_grad
from .engine.tensor import Tensor, cotangent_of

__all__ = ["backward", "detect_anomaly", "enable_grad", "grad", "no_grad"]


def backward(
    tensor: Tensor,
    grad_tensor: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
) -> None:
    """As `tensor.backward(grad_tensor, retain_graph, create_graph)`."""
    tensor.backward(grad_tensor, retain_graph, create_graph)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of `outputs`, weighted by `grad_outputs` and summed, for each input.

    outputs : tensors; inputs : leaves or intermediate tensors that require a gradient
    grad_outputs : one cotangent for each output, of its shape (None: 1, for a single element)
    retain_graph : keep the graph for a further pass (default: as `create_graph`)
    create_graph : make the gradients differentiable themselves
    allow_unused : give None for an input that no output depends on, instead of an error

    No tensor's `grad` is touched, and nothing is computed that the inputs do not need.

    Raises TypeError for what is not a tensor; ValueError for empty or unequal sequences and for
    cotangents of another shape; RuntimeError for an unused input, a freed graph or an input
    that does not require a gradient.

    >>> import minigrad as mg
    >>> x = mg.tensor(2.0, requires_grad=True)
    >>> (first,) = mg.autograd.grad(x**3, x, create_graph=True)
    >>> (second,) = mg.autograd.grad(first, x)
    >>> first.item(), second.item()
    (12.0, 12.0)
    """
    outputs = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    for name, tensors in (("outputs", outputs), ("inputs", inputs)):
        if not tensors:
            raise ValueError(f"grad: {name} is empty")
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"grad: {name} must be tensors, got {type(t).__name__}")
    if grad_outputs is None or isinstance(grad_outputs, (Tensor, np.ndarray)):
        grad_outputs = (grad_outputs,) * len(outputs)
    if len(grad_outputs) != len(outputs):
        raise ValueError(f"grad: {len(outputs)} outputs, but {len(grad_outputs)} grad_outputs")
    for i, t in enumerate(inputs):
        if not t.requires_grad:
            raise RuntimeError(f"grad: input {i} (shape {t.shape}) does not require a gradient")
    seeds = [cotangent_of(*pair, create_graph) for pair in zip(outputs, grad_outputs, strict=True)]
    retain = create_graph if retain_graph is None else retain_graph
    places = [t._node or t for t in inputs]
    results = differentiate(
        [t._node or t for t in outputs], seeds, set(places), retain, create_graph
    )
    missing = [i for i, p in enumerate(places) if p not in results]
    if missing and not allow_unused:
        raise RuntimeError(
            f"grad: the outputs do not depend on input {missing[0]} (shape "
            f"{inputs[missing[0]].shape}); allow_unused=True gives None for it"
        )
    return tuple(None if p not in results else _tensor(results[p][0]) for p in places)


def _tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else Tensor(np.array(g))
