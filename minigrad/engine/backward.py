"""A backward pass from tensors: what it begins with, and where its gradients go.

Between the two stands the chain rule, `tape.differentiate`.  `backward.pxd` tells Cython the C
types.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .convert import as_array, source_of
from .dtypes import check_flag
from .fields import Fields, origin
from .tape import Node, differentiate
from .tensor import Tensor, result, tensor_of
from .watchers import tell, tell_copy, watchers


def backward(
    self: Tensor,
    gradient: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor with respect to every leaf to the leaf's `grad`.

    gradient : the cotangent to begin with, of this tensor's shape; 1 for a single element
    retain_graph : keep the graph for a further pass (default: as `create_graph`)
    create_graph : record the pass itself, for derivatives of higher order
    inputs : only these tensors get their `grad`, and only what they need is computed

    Raises RuntimeError where there is no graph, or it was freed, or a cotangent is needed, or
    what the graph needs was changed in place; ValueError for a `gradient` of another shape.
    """
    for name, flag in (("retain_graph", retain_graph), ("create_graph", create_graph)):
        if flag is not None and not isinstance(flag, int):  # PyTorch takes 0 and 1 here
            check_flag(f"backward: {name}", flag)
    seed = cotangent_of(self, gradient, create_graph)
    backpropagate([self], [seed], retain_graph, create_graph, inputs)


def backpropagate(
    roots: Sequence[Tensor],
    seeds: Sequence[Any],
    retain_graph: bool | None,
    create_graph: bool,
    inputs: Tensor | Sequence[Tensor] | None,
) -> None:
    """A backward pass that adds to `grad`; `inputs`: only to theirs."""
    targets = None
    if inputs is not None:
        if not isinstance(inputs, (Tensor, tuple, list)):
            raise TypeError(f"backward: inputs: wanted tensors, got {type(inputs).__name__}")
        inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        if not inputs:
            raise ValueError("backward: inputs: wanted at least one tensor, got none")
        for t in inputs:
            if not isinstance(t, Tensor) or not t._requires_grad:
                raise RuntimeError("backward: inputs: wanted tensors that require a gradient")
        targets = {origin(t): t for t in inputs}
    retain = create_graph if retain_graph is None else retain_graph
    results = differentiate(
        [origin(t) for t in roots],
        seeds,
        None if targets is None else set(targets),
        retain,
        create_graph,
    )
    for at, (g, own) in results.items():
        leaf = at.retained() if isinstance(at, Node) and at.retained is not None else at
        leaf = leaf if targets is None else targets.get(at, leaf)
        if isinstance(leaf, Tensor):
            accumulate(leaf, g, own)


def accumulate(leaf: Fields, g: Any, own: bool) -> None:
    """Add to a tensor's `grad`; own: may the tensor have the very array?"""
    if watchers:
        tell("accumulates", leaf, g)
    before = leaf._grad
    if before is not None:  # a new array: the old one may be in somebody's hands
        g, own = (before if isinstance(g, Tensor) else before._data) + g, True
    if isinstance(g, Tensor):
        leaf._grad = g if own else g * 1  # others see g too; a product is a recorded copy
    else:
        if not own:
            g = np.array(g)
        elif type(g) is not ndarray:  # a sum of 0-d arrays is a scalar
            g = np.asarray(g)
        leaf._grad = result(g, None)
    if watchers:
        tell("accumulated", leaf)
    if leaf._written_hooks:
        for hook in tuple(leaf._written_hooks.values()):
            hook(leaf)


def cotangent_of(
    output: Fields, gradient: Any, create_graph: bool, name: str = "backward: gradient"
) -> Any:
    """What a backward pass from `output` begins with, checked."""
    if not output._requires_grad:
        raise RuntimeError(
            "backward from a tensor that does not require a gradient: nothing was recorded (the "
            "result of an earlier grad() or backward() is recorded with create_graph=True, unless "
            "it is constant: grad(..., materialize_grads=True) then gives its derivative, 0); make "
            "a leaf with requires_grad=True, outside of no_grad"
        )
    array = output._data
    seed: Any
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                f"backward from a tensor of shape {array.shape} needs a gradient of that shape; "
                "only for a single element is it 1 by itself"
            )
        seed = array.dtype.type(1)
        if array.ndim:
            seed = np.full(array.shape, seed)
        tell_copy(None, seed)
    else:
        if not isinstance(gradient, Tensor):
            gradient = tell_copy(source_of(gradient), as_array(gradient, name, array.dtype))
        seed = gradient
        if seed.shape != array.shape:
            raise ValueError(f"{name}: wanted shape {array.shape}, got {seed.shape}")
        if not create_graph or not isinstance(seed, Tensor):
            seed = _cast(seed, array.dtype)
        elif seed.dtype != array.dtype:
            seed = seed.astype(array.dtype)
    return tensor_of(seed) if create_graph and not isinstance(seed, Tensor) else seed


def _cast(data: Any, dtype: np.dtype) -> Any:
    """The array of a tensor, or an array, in a dtype."""
    array = getattr(data, "_data", data)
    return array if array.dtype == dtype else tell_copy(array, array.astype(dtype))
