"""Pruning: some of a parameter's elements are 0, for good.

The module keeps the parameter as `weight_orig` and the buffer `weight_mask`, of zeros and ones, and
a hook makes `weight` their product before each forward pass.  Pruning again prunes what is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ...absent import explain_absence
from ...engine.tensor import Tensor, tensor_of
from ...random import rand
from ..module import Module
from .computed import Computed, find, parameter_of
from .parametrize import AnyModule

__all__ = [
    "BasePruningMethod",
    "CustomFromMask",
    "Identity",
    "L1Unstructured",
    "LnStructured",
    "RandomStructured",
    "RandomUnstructured",
    "custom_from_mask",
    "global_unstructured",
    "identity",
    "is_pruned",
    "l1_unstructured",
    "ln_structured",
    "random_structured",
    "random_unstructured",
    "remove",
]


class BasePruningMethod(Computed):
    """What is pruned, by a subclass's `compute_mask`, and the hook that does it.

    PRUNING_TYPE : "unstructured": elements are pruned; "structured": slices along `dim`; "global":
        as unstructured, of all parameters at once

    >>> from minigrad import nn
    >>> class EverySecond(BasePruningMethod):
    ...     PRUNING_TYPE = "unstructured"
    ...     def compute_mask(self, t, default_mask):
    ...         mask = default_mask.clone()
    ...         mask.view(-1)[::2] = 0
    ...         return mask
    >>> EverySecond.apply(nn.Linear(2, 2), "weight").mask_of(nn.Linear(2, 2).weight)
    tensor([[0., 1.],
            [0., 1.]])
    """

    PRUNING_TYPE = "unstructured"
    dim = -1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.name = ""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """Zeros where `t` is to be pruned; `default_mask` has those that are already."""
        raise NotImplementedError(f"{type(self).__name__}: define compute_mask")

    def compute(self, module: Any) -> Tensor:
        """The parameter, times the mask."""
        original: Tensor = getattr(module, f"{self.name}_orig")
        mask: Tensor = getattr(module, f"{self.name}_mask")
        return mask * original

    def mask_of(self, importance: Tensor, mask: Tensor | None = None) -> Tensor:
        """The mask after pruning the least important of what a mask has left."""
        whole = tensor_of(np.ones(importance.shape, importance.dtype)) if mask is None else mask
        kept = whole.detach().numpy() != 0
        if self.PRUNING_TYPE == "structured":
            dim = self.dim % importance.ndim
            kept = kept.any(tuple(i for i in range(importance.ndim) if i != dim))
            at: Any = (slice(None),) * dim + (np.flatnonzero(kept),)
        else:
            at = kept
        new = whole.detach().numpy().copy()
        part = self.compute_mask(importance.detach()[at], tensor_of(new[at]))
        new[at] = part.detach().numpy()
        return tensor_of(new)

    @classmethod
    def apply(
        cls,
        module: Any,
        name: str,
        *args: Any,
        importance_scores: Tensor | None = None,
        **kwargs: Any,
    ) -> Any:
        """Prune a parameter of a module by this method, made with these arguments.

        importance_scores : of the parameter's shape; the least is pruned, in place of the parameter
        """
        method: Any = cls(*args, **kwargs)
        before = find(module, BasePruningMethod, name) if isinstance(module, Module) else None
        original, scores, mask = _found(cls.__name__, module, name, importance_scores)
        mask = method.mask_of(scores, mask)
        method.name = name
        if before is None:
            delattr(module, name)
            setattr(module, f"{name}_orig", original)
        else:
            before.handle.remove()
        module.register_buffer(f"{name}_mask", mask)
        method(module, None)
        method.install(module)
        return method


def _found(
    where: str, module: Any, name: str, scores: Tensor | None
) -> tuple[Any, Tensor, Tensor | None]:
    """A parameter, how important its elements are, and the mask that it has already, or None.

    Raises as `parameter_of`, and ValueError for scores of another shape.
    """
    if isinstance(module, Module) and find(module, BasePruningMethod, name) is not None:
        original, mask = (getattr(module, f"{name}_{part}") for part in ("orig", "mask"))
    else:
        original, mask = parameter_of(where, module, name, BasePruningMethod), None
    scores = original if scores is None else scores
    if scores.shape != original.shape:
        raise ValueError(
            f"{where}: importance_scores: wanted shape {original.shape}, got {scores.shape}"
        )
    return original, scores, mask


def _count(amount: Any, size: int) -> int:
    """How many of `size`: a number of them, or a share; ValueError for what cannot be."""
    whole = isinstance(amount, int | np.integer)
    if isinstance(amount, bool) or not isinstance(amount, int | np.integer | float | np.floating):
        raise TypeError(f"prune: amount: wanted a number, got {type(amount).__name__}")
    if amount < 0 or (not whole and not amount <= 1):
        raise ValueError(f"prune: amount: wanted a share in [0, 1], or a number, got {amount}")
    if whole and amount > size:
        raise ValueError(f"prune: amount: wanted at most the {size} there are, got {amount}")
    return int(amount) if whole else round(amount * size)


def _without_least(scores: Any, count: int) -> Any:
    """Ones, and zeros at the `count` least of a vector."""
    kept = np.ones(scores.shape, bool)
    kept[np.argsort(scores, kind="stable")[:count]] = False
    return kept


class _Amount(BasePruningMethod):
    def __init__(self, amount: Any, dim: int = -1) -> None:
        super().__init__()
        _count(amount, 1 << 62)
        self.amount, self.dim = amount, dim

    def scores(self, t: Tensor) -> Any:
        """How important each element, or slice, is."""
        raise NotImplementedError

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        scores = self.scores(t)
        kept = _without_least(scores.ravel(), _count(self.amount, scores.size)).reshape(
            scores.shape
        )
        return default_mask * tensor_of(kept.astype(default_mask.dtype))


class RandomUnstructured(_Amount):
    """Prune elements at random."""

    def __init__(self, amount: Any) -> None:
        super().__init__(amount)

    def scores(self, t: Tensor) -> Any:
        return rand(t.shape).numpy()


class L1Unstructured(_Amount):
    """Prune the elements that are nearest to 0."""

    def __init__(self, amount: Any) -> None:
        super().__init__(amount)

    def scores(self, t: Tensor) -> Any:
        return abs(t.numpy())


class RandomStructured(_Amount):
    """Prune slices along an axis at random."""

    PRUNING_TYPE = "structured"

    def scores(self, t: Tensor) -> Any:
        sizes = (n if i == self.dim % t.ndim else 1 for i, n in enumerate(t.shape))
        return rand(tuple(sizes)).numpy()


class LnStructured(_Amount):
    """Prune the slices along an axis that have the least norms, of order `n`."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: Any, n: float, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def scores(self, t: Tensor) -> Any:
        rows = np.moveaxis(t.numpy(), self.dim, 0).reshape(t.shape[self.dim], -1)
        norms = np.linalg.norm(rows, _order(self.n), axis=1)
        return norms.reshape([-1 if i == self.dim % t.ndim else 1 for i in range(t.ndim)])


def _order(n: Any) -> float:
    if isinstance(n, str):
        if n not in ("fro", "inf", "-inf"):
            raise ValueError(f"ln_structured: n: wanted a number or 'fro', got {n!r}")
        return 2.0 if n == "fro" else float(n)
    return n if math.isfinite(n) else math.copysign(math.inf, n)


class Identity(BasePruningMethod):
    """Prune nothing, and have the mask."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        return default_mask


class CustomFromMask(BasePruningMethod):
    """Prune where a mask is 0."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        super().__init__()
        self.mask = mask

    def mask_of(self, importance: Tensor, mask: Tensor | None = None) -> Tensor:
        new = np.asarray(self.mask.detach().numpy(), importance.dtype)
        if new.shape != importance.shape:
            raise ValueError(
                f"custom_from_mask: mask: wanted shape {importance.shape}, got {new.shape}"
            )
        return tensor_of(new * (1 if mask is None else mask.detach().numpy()))


def identity(module: AnyModule, name: str) -> AnyModule:
    """Prune nothing of a parameter, but have its mask; returns the module."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: AnyModule, name: str, amount: float) -> AnyModule:
    """Prune elements of a parameter at random; returns the module.

    amount : how many, an integer, or which share, a float

    >>> from minigrad import nn
    >>> int((random_unstructured(nn.Linear(4, 2), "weight", 3).weight == 0).sum())
    3
    """
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(
    module: AnyModule, name: str, amount: float, importance_scores: Tensor | None = None
) -> AnyModule:
    """Prune the elements of a parameter that are nearest to 0; returns the module.

    amount : how many, an integer, or which share, a float, of those that are left
    importance_scores : of the parameter's shape, in its place

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.Linear(4, 1)
    >>> layer.weight.data = mg.tensor([[0.1, -3.0, 0.2, 1.0]])
    >>> l1_unstructured(layer, "weight", amount=0.5).weight.tolist()
    [[0.0, -3.0, 0.0, 1.0]]
    """
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: AnyModule, name: str, amount: float, dim: int) -> AnyModule:
    """Prune slices of a parameter along the axis `dim` at random; returns the module."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: AnyModule,
    name: str,
    amount: float,
    n: float,
    dim: int,
    importance_scores: Tensor | None = None,
) -> AnyModule:
    """Prune the slices of a parameter along `dim` of the least norms of order `n`; the module.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.Linear(2, 2)
    >>> layer.weight.data = mg.tensor([[3.0, 4.0], [1.0, 2.0]])
    >>> ln_structured(layer, "weight", 1, n=2, dim=0).weight.tolist()
    [[3.0, 4.0], [0.0, 0.0]]
    """
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: AnyModule, name: str, mask: Tensor) -> AnyModule:
    """Prune a parameter where a mask of its shape is 0; returns the module."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: Any = None,
    **kwargs: Any,
) -> None:
    """Prune elements of several parameters, compared with each other.

    parameters : pairs of a module and a name
    pruning_method : an unstructured one, such as `L1Unstructured`; kwargs : what it is made with
    importance_scores : a dict of such pairs, for some of them

    Raises as `l1_unstructured`, for any of the pairs before one is pruned; TypeError for a method
    that prunes slices.

    >>> from minigrad import nn
    >>> a, b = nn.Linear(4, 2), nn.Linear(2, 3)
    >>> pairs = [(a, "weight"), (b, "weight")]
    >>> global_unstructured(pairs, pruning_method=L1Unstructured, amount=6)
    >>> sum(int((m.weight == 0).sum()) for m, _ in pairs)
    6
    """
    pairs = list(parameters)
    method = pruning_method(**kwargs)
    if method.PRUNING_TYPE == "structured":
        raise TypeError(
            f"global_unstructured: pruning_method: wanted an unstructured one, got "
            f"{pruning_method.__name__}"
        )
    scores, masks = [], []
    for module, name in pairs:
        given = (importance_scores or {}).get((module, name))
        _, t, mask = _found("global_unstructured", module, name, given)
        masks.append((np.ones(t.shape, t.dtype) if mask is None else mask.numpy()).ravel())
        scores.append(t.detach().numpy().ravel())
    found = method.mask_of(tensor_of(np.concatenate(scores)), tensor_of(np.concatenate(masks)))
    start = 0
    for module, name in pairs:
        t = getattr(module, name)
        part = found.numpy()[start : start + t.numel()].reshape(t.shape)
        custom_from_mask(module, name, tensor_of(part.copy()))
        start += t.numel()


def remove(module: AnyModule, name: str) -> AnyModule:
    """Make the product of a parameter and its mask the parameter; returns the module.

    Raises ValueError where it is not pruned.

    >>> from minigrad import nn
    >>> [*remove(l1_unstructured(nn.Linear(2, 1), "weight", 1), "weight").state_dict()]
    ['bias', 'weight']
    """
    hook = find(module, BasePruningMethod, name)
    if hook is None:
        raise ValueError(f"remove: {type(module).__name__} has no pruned {name!r}")
    parameter = getattr(module, f"{name}_orig")
    parameter.data = hook.compute(module).detach()  # the optimiser's parameter goes on being one
    hook.remove(module, (f"{name}_orig", f"{name}_mask"), parameter)
    return module


def is_pruned(module: Module) -> bool:
    """Is a parameter of the module, or of one in it, pruned?

    >>> from minigrad import nn
    >>> is_pruned(nn.Linear(2, 1))
    False
    """
    return any(
        isinstance(hook.function, BasePruningMethod)
        for part in module.modules()
        for hook in part._forward_pre_hooks.values()
    )


explain_absence(globals())
