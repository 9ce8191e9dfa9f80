"""What is done to all gradients, or all parameters, at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...absent import explain_absence
from ...engine.changes import carry_out, overwrite
from ...engine.dtypes import check_number, default_dtype
from ...engine.tensor import Tensor, tensor_of
from ...engine.watchers import whole
from ...engine.words import give_words
from ...ops.shaping import concat, reshape

__all__ = [
    "clip_grad_norm",
    "clip_grad_norm_",
    "clip_grad_value_",
    "get_total_norm",
    "parameters_to_vector",
    "vector_to_parameters",
]


@whole
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients, in place, so that all together have a norm of at most `max_norm`.

    parameters : tensors, or one; those without a gradient are passed over
    norm_type : 2, 1, any other positive p, or infinity ("inf") for the largest absolute value
    error_if_nonfinite : raise RuntimeError for a norm that is not finite, changing nothing
    foreach : accepted, and without meaning here

    Returns the norm from before.  Pascanu, Mikolov and Bengio, "On the difficulty of training
    recurrent neural networks", ICML 2013.  Raises ValueError if `max_norm` is negative or
    `norm_type` not positive.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> (w * mg.tensor([3.0, 4.0])).sum().backward()
    >>> clip_grad_norm_(w, 1.0)
    tensor(5.)
    >>> w.grad.numpy().round(3)
    array([0.6, 0.8], dtype=float32)
    """
    check_number("clip_grad_norm_: max_norm", max_norm)
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_: max_norm must not be negative, got {max_norm}")
    grads = _grads(parameters)
    norm = _total_norm("clip_grad_norm_", grads, norm_type, error_if_nonfinite)
    scale = max_norm / (norm.item() + 1e-6)  # PyTorch's guard against a norm of 0
    if not scale >= 1:
        carry_out([(np.multiply, a, scale, a) for a in [g._writable() for g in grads]])
    return norm


@whole
def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors together, as `clip_grad_norm_` takes it of the gradients.

    Arguments and errors as there, and TypeError for tensors of integers.

    >>> import minigrad as mg
    >>> get_total_norm([mg.tensor([3.0]), mg.tensor([[4.0]])])
    tensor(5.)
    """
    given = _tensors(tensors)
    if odd := [t.dtype for t in given if t.dtype.kind != "f"]:
        raise TypeError(f"get_total_norm: tensors: wanted floating ones, got {odd[0]}")
    return _total_norm("get_total_norm", given, norm_type, error_if_nonfinite)


def _total_norm(
    where: str, grads: list[Tensor], norm_type: Any, error_if_nonfinite: bool
) -> Tensor:
    norm_type = np.inf if norm_type == "inf" else norm_type
    check_number(f"{where}: norm_type", norm_type)
    if not norm_type > 0:
        raise ValueError(f"{where}: norm_type must be positive, got {norm_type}")
    if not grads:
        return tensor_of(np.zeros((), default_dtype()))
    # In float64: the square of a large float32 would overflow.
    parts = [
        np.linalg.norm(g._data.ravel().astype(np.float64), norm_type) for g in grads if g.numel()
    ]
    total = float(np.linalg.norm(parts, norm_type)) if parts else 0.0
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"{where}: the norm of the gradients is {total}")
    return tensor_of(np.array(total, np.result_type(*[g.dtype for g in grads])))


@whole
def clip_grad_value_(
    parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None
) -> None:
    """Hold every element of the gradients to [-clip_value, clip_value], in place.

    foreach : accepted, and without meaning here

    Raises ValueError if `clip_value` is negative.

    >>> import minigrad as mg
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> (w * mg.tensor([3.0, -0.5])).sum().backward()
    >>> clip_grad_value_(w, 1.0)
    >>> w.grad
    tensor([ 1. , -0.5])
    """
    check_number("clip_grad_value_: clip_value", clip_value)
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_: clip_value must not be negative, got {clip_value}")
    most, grads = float(clip_value), _grads(parameters)
    overwrite(grads, [np.clip(g._data, -most, most) for g in grads])


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters as one vector, in their order; recorded like any other operation.

    Raises TypeError for what is no tensor.

    >>> import minigrad as mg
    >>> parameters_to_vector([mg.zeros((2, 2)), mg.ones(1)])
    tensor([0., 0., 0., 0., 1.])
    """
    return concat([reshape(p, (-1,)) for p in _tensors(parameters)])  # type: ignore[no-any-return]


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write the slices of a vector into the parameters: the inverse of `parameters_to_vector`.

    Raises TypeError for what is no tensor, ValueError for a vector of another length.

    >>> import minigrad as mg
    >>> p = mg.zeros((2, 2))
    >>> vector_to_parameters(mg.tensor([1.0, 2.0, 3.0, 4.0]), [p])
    >>> p
    tensor([[1., 2.],
            [3., 4.]])
    """
    tensors = _tensors(parameters)
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters: vec: wanted a tensor, got {type(vec).__name__}")
    values = vec
    total = sum(p.numel() for p in tensors)
    if values.shape != (total,):
        raise ValueError(
            f"vector_to_parameters: vec: wanted {total} values, as the parameters have, got shape "
            f"{values.shape}"
        )
    parts, start = [], 0
    for p in tensors:
        parts.append(values.detach().numpy()[start : start + p.numel()].reshape(p.shape).copy())
        start += p.numel()
    overwrite(tensors, parts)


def _grads(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [t.grad for t in _tensors(parameters) if t.grad is not None]


def _tensors(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    if not isinstance(parameters, Iterable):
        raise TypeError(f"parameters: wanted tensors, got {type(parameters).__name__}")
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    for t in tensors:
        if not isinstance(t, Tensor):
            raise TypeError(f"parameters: wanted tensors, got {type(t).__name__}")
    return tensors


LATER = {name: name for name in ("parametrizations", "parametrize", "prune", "rnn")}
LATER |= dict.fromkeys(
    ("remove_spectral_norm", "remove_weight_norm", "spectral_norm", "weight_norm"), "computed"
)

give_words(
    globals(),
    (
        "clip_grad_norm_",
        "clip_grad_value_",
        "get_total_norm",
        "parameters_to_vector",
        "vector_to_parameters",
    ),
)
clip_grad_norm = clip_grad_norm_  # its name of before, which courses have

explain_absence(globals())
