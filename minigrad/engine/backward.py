"""A backward pass from tensors: what it begins with, and where its gradients go.

Between the two stands the chain rule, `tape.differentiate`.  `backward.pxd` tells Cython the C
types.
"""

from __future__ import annotations

from _thread import RLock
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .convert import as_array, source_of
from .dtypes import check_flag
from .fields import Fields, origin
from .grad_mode import enable_grad, set_grad_enabled
from .tape import Node, differentiate
from .tell import tell, watchers
from .tensor import Tensor, result, tensor_of
from .watchers import tell_copy


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
    inputs : of the leaves only these get their `grad` (they may be no leaves, too), and only what
        they need is computed

    Raises RuntimeError where there is no graph, or it was freed, or a cotangent is needed, or
    what the graph needs was changed in place, or a leaf has a `grad` of another shape; ValueError
    for a `gradient` of another shape.
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
    found = []
    for at, (g, own) in results.items():
        leaf = at.retained() if isinstance(at, Node) and at.retained is not None else at
        leaf = leaf if targets is None else targets.get(at, leaf)
        if isinstance(leaf, Tensor) and leaf._requires_grad:  # or it was frozen since
            if leaf._grad is not None and leaf._grad._data.shape != g.shape:
                raise RuntimeError(
                    f"backward: a tensor of shape {leaf.shape} has a grad of shape "
                    f"{leaf._grad.shape}, from before its data were replaced; say .grad = None then"
                )
            found.append((leaf, g, own))
    accumulate(found)


_one_at_a_time = RLock()  # else two threads lose a term, and a hook may call backward


def accumulate(terms: Sequence[tuple[Tensor, Any, bool]]) -> None:
    """Add each term to a tensor's `grad`, then call hooks; True: it may have the very array."""
    with _one_at_a_time:
        for leaf, g, own in terms:
            if watchers:
                tell("accumulates", leaf, g)
            _add(leaf, g, own)
            if watchers:
                tell("accumulated", leaf)
    for leaf, g, _ in terms:
        if leaf._written_hooks:
            with set_grad_enabled(isinstance(g, Tensor)):
                for hook in tuple(leaf._written_hooks.values()):
                    hook(leaf)


def _add(leaf: Fields, g: Any, own: bool) -> None:
    before = leaf._grad
    if isinstance(g, Tensor) or (before is not None and before._requires_grad):
        with enable_grad():  # others see g too: a sum and a product are recorded copies
            leaf._grad = g * 1 if before is None else before + g
    else:
        if before is not None:  # a new array: the old one may be in somebody's hands
            g, own = before._data + g, True
        if not own:
            g = np.array(g)
        elif type(g) is not ndarray:  # a sum of 0-d arrays is a scalar
            g = np.asarray(g)
        leaf._grad = result(g, None)


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


def reaches_others(outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> bool:
    """Does the graph of some output reach a leaf on a way that passes none of these inputs?

    One counts that requires a gradient still.
    """
    seen = {id(origin(x)) for x in inputs}
    stack = [origin(t) for t in outputs if t._requires_grad]
    while stack:
        place = stack.pop()
        if id(place) in seen:
            continue
        seen.add(id(place))
        if isinstance(place, Node):
            stack.extend([p for p in place.parents if p is not None])
        elif place._requires_grad:
            return True
    return False
