"""What einops calls to take a tensor apart and to put it together."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import minigrad as mg

if TYPE_CHECKING:
    from minigrad import Tensor

AbstractBackend: Any = import_module("einops._backends").AbstractBackend


class Backend(AbstractBackend):
    """Each method is one operation of minigrad, so that einops has its gradients."""

    framework_name = "minigrad"

    def is_appropriate_type(self, tensor: object) -> bool:
        """Is this a tensor?"""
        return isinstance(tensor, mg.Tensor)

    def from_numpy(self, x: Any) -> Tensor:
        """An array as a tensor, a leaf where it can have a gradient."""
        out = mg.tensor(x)
        return out.requires_grad_() if out.is_floating_point() else out

    def to_numpy(self, x: Tensor) -> Any:
        """A tensor's array, for `einops.asnumpy`."""
        return x.detach().numpy()

    def arange(self, start: int, stop: int) -> Tensor:
        """Whole numbers."""
        return mg.arange(start, stop)

    def transpose(self, x: Tensor, axes: Sequence[int]) -> Tensor:
        """The axes in another order."""
        return x.permute(tuple(axes))

    def reduce(self, x: Tensor, operation: str, axes: Sequence[int]) -> Tensor:
        """`max`, `min`, `sum`, `mean`, `prod`, `any` or `all` over axes."""
        if operation in ("prod", "any", "all"):  # they take one axis
            for axis in sorted(axes, reverse=True):
                x = getattr(x, operation)(axis)
            return x
        return getattr(x, {"max": "amax", "min": "amin"}.get(operation, operation))(tuple(axes))

    def stack_on_zeroth_dimension(self, tensors: list[Tensor]) -> Tensor:
        """A list of tensors as one."""
        return mg.stack(tensors)

    def add_axis(self, x: Tensor, new_position: int) -> Tensor:
        """An axis of one element."""
        return x.unsqueeze(new_position)

    def tile(self, x: Tensor, repeats: Sequence[int]) -> Tensor:
        """Axes of one element, repeated: they need no memory of their own."""
        return x.expand([-1 if n == 1 else n for n in repeats])

    def concat(self, tensors: Sequence[Tensor], axis: int) -> Tensor:
        """Tensors behind one another."""
        return mg.cat(tuple(tensors), axis)

    def is_float_type(self, x: Tensor) -> bool:
        """Has it a mean?"""
        return x.is_floating_point()

    def einsum(self, pattern: str, *x: Tensor) -> Tensor:
        """A sum of products."""
        return mg.einsum(pattern, *x)
