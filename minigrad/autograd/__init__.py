"""Differentiation as a function, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..absent import explain_absence as _explain_absence
from ..engine.backward import backpropagate, cotangent_of
from ..engine.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    no_grad,
    set_grad_enabled,
)
from ..engine.mode import mode
from ..engine.tape import differentiate
from ..engine.tensor import Tensor, tensor_of
from ..engine.watchers import detect_anomaly, tell_copy
from ..engine.words import with_words

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "inference_mode",
    "is_grad_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]


_anomaly: list[Any] = []


def set_detect_anomaly(mode: bool, check_nan: bool = True) -> None:
    """Switch `detect_anomaly` on or off, without a block.

    >>> set_detect_anomaly(True)
    >>> set_detect_anomaly(False)
    """
    while _anomaly:
        _anomaly.pop().__exit__()
    if mode:
        _anomaly.append(detect_anomaly(check_nan))
        _anomaly[0].__enter__()


@with_words
def Variable(data: Tensor, requires_grad: bool = False) -> Tensor:
    """A leaf with the memory of a tensor: PyTorch's name from when tensors recorded nothing.

    >>> import minigrad as mg
    >>> Variable(mg.ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
    return data.detach().requires_grad_(requires_grad)


@with_words
def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    *,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """As `tensor.backward`, from one tensor or the sum of several.

    grad_tensors : one cotangent for each tensor, of its shape (None: 1, for a single element)

    Raises as `grad` and `Tensor.backward`.
    """
    roots, seeds = _seeds(
        "backward", "tensors", tensors, "grad_tensors", grad_tensors, create_graph
    )
    backpropagate(roots, seeds, retain_graph, create_graph, inputs)


def _seeds(
    where: str, name: str, outputs: Any, names: str, cotangents: Any, create_graph: bool
) -> tuple[tuple[Tensor, ...], list[Any]]:
    """Several outputs as a tuple, and what a pass from each begins with."""
    outputs = _tensors(where, name, outputs)
    if cotangents is None:
        cotangents = (None,) * len(outputs)
    elif isinstance(cotangents, (Tensor, np.ndarray)):
        cotangents = (cotangents,)
    if not isinstance(cotangents, (tuple, list)):
        raise TypeError(f"{where}: {names}: wanted a tensor, got {type(cotangents).__name__}")
    if len(cotangents) != len(outputs):
        raise ValueError(f"{where}: {len(outputs)} {name}, but {len(cotangents)} {names}")
    pairs = zip(outputs, cotangents, strict=True)
    return outputs, [cotangent_of(*pair, create_graph, f"{where}: {names}") for pair in pairs]


def _tensors(where: str, name: str, tensors: Any) -> tuple[Tensor, ...]:
    if not isinstance(tensors, Iterable):
        raise TypeError(f"{where}: {name} must be tensors, got {type(tensors).__name__}")
    several: tuple[Tensor, ...] = (tensors,) if isinstance(tensors, Tensor) else tuple(tensors)
    if not several:
        raise ValueError(f"{where}: {name} is empty")
    for t in several:
        if not isinstance(t, Tensor):
            raise TypeError(f"{where}: {name} must be tensors, got {type(t).__name__}")
    return several


@with_words
def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """The gradients of `outputs`, weighted by `grad_outputs` and summed, for each input.

    outputs : tensors; inputs : leaves or intermediate tensors that require a gradient
    grad_outputs : one cotangent for each output, of its shape (None: 1, for a single element)
    retain_graph : keep the graph for a further pass (default: as `create_graph`)
    create_graph : make the gradients differentiable themselves
    only_inputs : changes nothing, as in PyTorch: other tensors' `grad` is never touched
    allow_unused : give None for an input that no output depends on, instead of an error
    is_grads_batched : `grad_outputs` have a leading axis, and so have the answers: one pass for
        each of its entries
    materialize_grads : give zeros for it; and for all, where no output has a graph

    Nothing is computed that the inputs do not need.

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
    if is_grads_batched:
        retain = create_graph if retain_graph is None else retain_graph
        return _grad_of_batch(
            outputs, inputs, grad_outputs, retain, create_graph, allow_unused, materialize_grads
        )
    outputs = _tensors("grad", "outputs", outputs)
    inputs = _tensors("grad", "inputs", inputs)
    if materialize_grads and allow_unused is False:
        raise ValueError("grad: materialize_grads=True means allow_unused=True, got False")
    for i, t in enumerate(inputs):
        if not t.requires_grad:
            raise RuntimeError(f"grad: input {i} (shape {t.shape}) does not require a gradient")
    if materialize_grads and not any(t.requires_grad for t in outputs):
        return tuple(_zeros_like(t) for t in inputs)
    outputs, seeds = _seeds("grad", "outputs", outputs, "grad_outputs", grad_outputs, create_graph)
    retain = mode.repeating or (create_graph if retain_graph is None else retain_graph)
    places = [t._node or t for t in inputs]
    results = differentiate(
        [t._node or t for t in outputs], seeds, set(places), retain, create_graph
    )
    missing = [i for i, p in enumerate(places) if p not in results]
    if missing and not (allow_unused or materialize_grads):
        raise RuntimeError(
            f"grad: the outputs do not depend on input {missing[0]} (shape "
            f"{inputs[missing[0]].shape}); allow_unused=True gives None for it, "
            "materialize_grads=True zeros"
        )
    none: Any = None
    return tuple(
        _tensor(results[p][0]) if p in results else _zeros_like(t) if materialize_grads else none
        for p, t in zip(places, inputs, strict=True)
    )


def _grad_of_batch(
    outputs: Any,
    inputs: Any,
    batches: Any,
    retain_graph: bool,
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Any, ...]:
    """The gradients for each entry along the cotangents' first axis, one on the other."""
    from ..ops.shaping import stack

    batches = _tensors("grad", "grad_outputs", batches)
    if any(not g.ndim or not len(g) or len(g) != len(batches[0]) for g in batches):
        shapes = ", ".join(str(g.shape) for g in batches)
        raise ValueError(f"grad: grad_outputs: wanted one first axis of some length, got {shapes}")
    rows = [
        grad(
            outputs,
            inputs,
            tuple(g[i] for g in batches),
            retain_graph=retain_graph or i < len(batches[0]) - 1,
            create_graph=create_graph,
            allow_unused=allow_unused,
            materialize_grads=materialize_grads,
        )
        for i in range(len(batches[0]))
    ]
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))


def _tensor(g: Any) -> Tensor:
    return g if isinstance(g, Tensor) else tensor_of(tell_copy(g, np.array(g)))


def _zeros_like(tensor: Tensor) -> Tensor:
    return tensor_of(tell_copy(None, np.zeros(tensor.shape, tensor.dtype)))


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """`minigrad.gradcheck` as PyTorch's callable: True, or an error (or False).

    inputs : a tensor, or a tuple of them; the floating ones are taken to float64.  PyTorch's
        further options are taken and change nothing: every element is compared here.

    >>> import minigrad as mg
    >>> mg.autograd.gradcheck(mg.exp, (mg.tensor([1.0, 2.0], requires_grad=True),))
    True
    """
    return _check_with("gradcheck", func, inputs, eps, atol, rtol, raise_exception, options, 1)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **options: Any,
) -> bool:
    """The same for the gradients of the gradients.

    grad_outputs : what the check takes cotangents like: of the outputs' shapes, or ValueError

    >>> import minigrad as mg
    >>> mg.autograd.gradgradcheck(mg.exp, (mg.tensor([1.0, 2.0], requires_grad=True),))
    True
    """
    if grad_outputs is not None:
        several = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
        with no_grad():
            outputs = func(*several)
        wanted = [y.shape for y in _tensors("gradgradcheck", "outputs", outputs)]
        got = [g.shape for g in _tensors("gradgradcheck", "grad_outputs", grad_outputs)]
        if got != wanted:
            raise ValueError(f"gradgradcheck: grad_outputs: wanted shapes {wanted}, got {got}")
    return _check_with("gradgradcheck", func, inputs, eps, atol, rtol, raise_exception, options, 2)


_CHANGE_NOTHING = (
    "check_backward_ad",
    "check_batched_forward_grad",
    "check_batched_grad",
    "check_fwd_over_rev",
    "check_grad_dtypes",
    "check_rev_over_rev",
    "check_undefined_grad",
    "fast_mode",
    "gen_non_contig_grad_outputs",
    "masked",
    "nondet_tol",
)


def _check_with(
    where: str,
    func: Any,
    inputs: Any,
    eps: float,
    atol: float,
    rtol: float,
    raise_exception: bool,
    options: dict[str, Any],
    order: int,
) -> bool:
    from ..finite_differences import gradcheck

    if unknown := options.keys() - set(_CHANGE_NOTHING):
        raise TypeError(f"{where}() got an unexpected keyword argument {min(unknown)!r}")
    report = gradcheck(
        func,
        inputs,
        eps=eps,
        atol=atol,
        rtol=rtol,
        order=order,
        raise_exception=raise_exception,
    )
    return report.passed


if TYPE_CHECKING:
    from . import functional
    from .function import Function

LATER = {"Function": "function", "functional": "functional"}

_explain_absence(globals())
