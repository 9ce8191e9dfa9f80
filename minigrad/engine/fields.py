"""What a tensor consists of: its array, its place in the graph, and who else has its memory.

`fields.pxd` makes a C struct of it.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from .hooks import GradientHooks
from .tape import Leaf, Node
from .version import Version, new_version

if TYPE_CHECKING:
    from .tensor import Tensor


class Fields(Leaf):
    """What every tensor has; `Tensor` adds what can be done with it."""

    __slots__ = """
        _requires_grad _node _grad _version_ _view _written_hooks __dict__ __weakref__
    """.split()

    if TYPE_CHECKING:
        _data: np.ndarray
        _requires_grad: bool
        _node: Node | None
        _grad: Tensor | None
        _version_: Version | None
        # the tensor of which this is t[index], that index, and the array which it had then
        _view: tuple[weakref.ref[Tensor], Any, np.ndarray] | None
        _hook: GradientHooks | None  # of a leaf
        _written_hooks: dict[int, Any] | None  # called when `grad` has been written


def origin(tensor: Fields) -> Any:
    """Where its gradient goes: the node that made it, or the leaf itself."""
    return tensor if tensor._node is None else tensor._node


def version_of(tensor: Fields) -> Version:
    """The version of a tensor's memory."""
    if tensor._version_ is None:
        tensor._version_ = new_version()
    return tensor._version_


def view_of(tensor: Fields, other: Fields) -> None:
    """Let two tensors share a version if the first looks at the memory of the second."""
    array, owner = tensor._data, other._data
    base = array.base
    if array is owner or (base is not None and (base is owner or base is owner.base)):
        version = version_of(other)
        if version.sharers is None:
            version.share(other)
        tensor._version_ = version
        version.share(tensor)


def array_of(tensor: Fields) -> ndarray:
    """What `Tensor.numpy` gives."""
    if type(tensor._data) is not ndarray:
        tensor._data = np.asarray(tensor._data)
    return tensor._data
