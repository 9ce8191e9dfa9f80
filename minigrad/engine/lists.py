"""Many tensors at once: what optimisers and programs ask of all parameters in every step.

`lists.pxd` tells Cython the C types.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy import ndarray

from .fields import array_of, version_of
from .tensor import Tensor


def gather(
    params: Sequence[Tensor], known: Mapping[Tensor, Any], keys: Sequence[str]
) -> tuple[list[Tensor], list[ndarray], list[ndarray], list[Any], list[list[ndarray]] | None]:
    """The parameters that have a gradient, their arrays, their gradients', their states, and what
    these keep.

    A state is None where none is known; without keys none is looked for.  Of what is kept there is
    a list of arrays for each key, and None for them all if a state lacks one.
    """
    found, arrays, grads, states = [], [], [], []
    for p in params:
        tensor = p
        if tensor._grad is not None:
            found.append(p)
            arrays.append(array_of(tensor))
            grads.append(array_of(tensor._grad))
            if keys:
                states.append(known.get(p))
    return found, arrays, grads, states, kept_arrays(keys, states)


def kept_arrays(keys: Sequence[str], states: list[Any]) -> list[list[ndarray]] | None:
    """The arrays that the states keep under each key; None if a state lacks one."""
    kept = []
    for key in keys:
        arrays = []
        for state in states:
            try:
                tensor = None if state is None else state[key]
            except KeyError:
                return None
            if tensor is None:
                return None
            arrays.append(array_of(tensor))
        kept.append(arrays)
    return kept


def next_steps(states: list[Any]) -> list[int]:
    """The number of the step that comes, for each state."""
    return [state["step"] + 1 for state in states]


def forget_gradients(tensors: list[Tensor]) -> None:
    """Let none of them have a gradient."""
    for tensor in tensors:
        tensor._grad = None


def count_changes(tensors: list[Tensor]) -> None:
    """Count a change in place of each."""
    for tensor in tensors:
        version_of(tensor).change()


def have_versions(tensors: list[Tensor]) -> None:
    """Let each have a version to count its changes; new data has none."""
    for tensor in tensors:
        if tensor._version_ is None:
            version_of(tensor)


def are_leaves(tensors: Sequence[Tensor], arrays: list[Any], wanting: list[Any]) -> bool:
    """Has each this very array, does it want a gradient as said, and has it no node nor hooks?"""
    for i, tensor in enumerate(tensors):
        if (
            tensor._data is not arrays[i]
            or tensor._requires_grad != wanting[i]
            or tensor._node is not None
            or tensor._hook is not None
            or tensor._written_hooks is not None
        ):
            return False
    return True


def keep_gradients(leaves: list[Tensor], grads: list[Tensor | None], arrays: list[Any]) -> bool:
    """Has each leaf this very gradient, with this array, that nobody has changed or recorded?"""
    for i, leaf in enumerate(leaves):
        grad = leaf._grad
        if grad is None or grad is not grads[i] or grad._data is not arrays[i]:
            return False
        if grad._version_ is not None or grad._requires_grad:
            return False
    return True
