"""Derivatives of functions of tensors, under PyTorch's names.

Each takes a function, and its inputs as a tensor or a tuple of them; the result has that form.
With `strict=True` an output that does not depend on an input is a RuntimeError, not zeros, and so
is a derivative without a graph where it is differentiated further.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..absent import explain_absence
from ..engine.convert import as_array
from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor, result, tensor_of
from ..engine.words import give_words
from . import grad

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _leaves(where: str, func: Any, inputs: Any, create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as leaves, or as they are where the result is to be differentiated further."""
    if not callable(func):
        raise TypeError(f"{where}: func: wanted a function, got {type(func).__name__}")
    several = inputs if isinstance(inputs, tuple) else (inputs,)
    made = []
    for x in several:
        if not isinstance(x, Tensor):
            raise TypeError(f"{where}: inputs: wanted tensors, got {type(x).__name__}")
        if create_graph and x.requires_grad:
            made.append(x * 1)
        else:
            made.append(x.detach().requires_grad_())
    return tuple(made)


def _outputs(where: str, outputs: Any) -> tuple[Tensor, ...]:
    several = outputs if isinstance(outputs, tuple) else (outputs,)
    if where in ("hessian", "vhp") and len(several) != 1:
        raise ValueError(f"{where}: func: wanted a single element, got {len(several)} outputs")
    for y in several:
        if not isinstance(y, Tensor):
            raise TypeError(f"{where}: func: wanted tensors to be returned, got {type(y).__name__}")
        if where in ("hessian", "vhp") and y.numel() != 1:
            raise ValueError(f"{where}: func: wanted a single element, got shape {y.shape}")
    return several


def _vectors(where: str, v: Any, like: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise ValueError(f"{where}: v: may only be left out for a single element")
        return (tensor_of(np.ones(like[0].shape, like[0].dtype)),)
    several = v if isinstance(v, tuple) else (v,)
    made = tuple(
        t if isinstance(t, Tensor) else tensor_of(as_array(t, where, x.dtype))
        for t, x in zip(several, like, strict=False)
    )
    if (got := [np.shape(t) for t in several]) != (wanted := [x.shape for x in like]):
        raise ValueError(f"{where}: v: wanted shapes {wanted}, got {got}")
    return made


def _pull(
    outputs: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    v: tuple[Tensor, ...],
    keep: bool,
    strict: str = "",
) -> tuple[Tensor, ...]:
    """The cotangents v of the outputs, pulled back; strict: for whom it has to be no constant."""
    used = [(y, g) for y, g in zip(outputs, v, strict=True) if y.requires_grad]
    if strict and len(used) < len(outputs):
        raise RuntimeError(f"{strict}: strict=True: an output does not depend on any input")
    if not used:
        return tuple(tensor_of(np.zeros(x.shape, x.dtype)) for x in inputs)
    found = grad(
        [y for y, _ in used],
        inputs,
        [g for _, g in used],
        retain_graph=True,
        create_graph=keep,
        allow_unused=True,
        materialize_grads=not strict,
    )
    for i, g in enumerate(found if strict else ()):
        if g is None:
            raise RuntimeError(f"{strict}: strict=True: an output does not depend on input {i}")
        if keep and not g.requires_grad:
            raise RuntimeError(
                f"{strict}: strict=True: the derivative by input {i}, which is to be "
                "differentiated, is a constant"
            )
    return found


def _form(values: tuple[Any, ...], like: Any) -> Any:
    return values if isinstance(like, tuple) else values[0]


@enable_grad()
def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and the product of the vector v with the Jacobian: what backward computes.

    >>> import minigrad as mg
    >>> mg.autograd.functional.vjp(lambda x: x**2, mg.tensor([1.0, 2.0]), mg.tensor([1.0, 10.0]))[1]
    tensor([ 2., 40.])
    """
    xs = _leaves("vjp", func, inputs, create_graph)
    outputs = func(*xs)
    ys = _outputs("vjp", outputs)
    found = _pull(ys, xs, _vectors("vjp", v, ys), create_graph, "vjp" if strict else "")
    values = tuple(y if create_graph else y.detach() for y in ys)
    return _form(values, outputs), _form(found, inputs)


@enable_grad()
def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and the product of the Jacobian with the vector v, a directional derivative.

    u -> J^T u is linear, and its derivative in u towards v is J v: two passes backward make one
    forward (J. Townsend, "A new trick for calculating Jacobian vector products", 2017).

    >>> import minigrad as mg
    >>> x, v = mg.tensor([1.0, 2.0]), mg.tensor([1.0, 10.0])
    >>> mg.autograd.functional.jvp(lambda x: x.sum(), x, v)[1]
    tensor(11.)
    """
    xs = _leaves("jvp", func, inputs, create_graph)
    outputs = func(*xs)
    ys = _outputs("jvp", outputs)
    vs = _vectors("jvp", v, xs)
    us = tuple(tensor_of(np.zeros(y.shape, y.dtype), requires_grad=True) for y in ys)
    pulled = _pull(ys, xs, us, True, "jvp" if strict else "")
    found = _pull(pulled, us, vs, create_graph, "jvp" if strict else "")
    values = tuple(y if create_graph else y.detach() for y in ys)
    return _form(values, outputs), _form(found, outputs)


@enable_grad()
def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The derivative of every element of the output by every element of each input.

    Of shape (*output, *input); for several outputs or inputs a tuple (of tuples).  `vectorize` and
    `strategy` change nothing here.

    >>> import minigrad as mg
    >>> mg.autograd.functional.jacobian(lambda x: x**2, mg.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    xs = _leaves("jacobian", func, inputs, create_graph)
    outputs = func(*xs)
    ys = _outputs("jacobian", outputs)
    rows = []
    for y in ys:
        unit = np.zeros(y.shape, y.dtype)
        parts = []
        for i in np.ndindex(y.shape):
            unit[i] = 1
            seed = (tensor_of(unit.copy()),)
            parts.append(_pull((y,), xs, seed, create_graph, "jacobian" if strict else ""))
            unit[i] = 0
        rows.append(
            _form(tuple(_stack([p[k] for p in parts], y, x) for k, x in enumerate(xs)), inputs)
        )
    return _form(tuple(rows), outputs)


def _stack(parts: list[Tensor], y: Tensor, x: Tensor) -> Tensor:
    from ..ops.shaping import reshape, stack

    if not parts:
        return tensor_of(np.zeros(y.shape + x.shape, x.dtype))
    if any(p.requires_grad for p in parts):
        return reshape(stack(parts), y.shape + x.shape)
    return result(np.stack([p._data for p in parts]).reshape(y.shape + x.shape), None)


@enable_grad()
def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function with a single output element.

    Raises ValueError for an output of more.

    >>> import minigrad as mg
    >>> mg.autograd.functional.hessian(lambda x: (x**3).sum(), mg.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    if not callable(func):
        raise TypeError(f"hessian: func: wanted a function, got {type(func).__name__}")

    def gradient(*xs: Tensor) -> Any:
        (y,) = _outputs("hessian", func(*xs))
        one = (tensor_of(np.ones(y.shape, y.dtype)),)
        return _form(_pull((y,), xs, one, True, "hessian" if strict else ""), inputs)

    return jacobian(gradient, inputs, create_graph, strict)


@enable_grad()
def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output, and the product of the vector v with the Hessian.

    Raises ValueError for an output of more than one element.

    >>> import minigrad as mg
    >>> mg.autograd.functional.vhp(lambda x: (x**3).sum(), mg.tensor([1.0]), mg.tensor([2.0]))[1]
    tensor([12.])
    """
    xs = _leaves("vhp", func, inputs, create_graph)
    outputs = func(*xs)
    (y,) = _outputs("vhp", outputs)
    words = "vhp" if strict else ""
    first = _pull((y,), xs, (tensor_of(np.ones(y.shape, y.dtype)),), True, words)
    found = _pull(first, xs, _vectors("vhp", v, xs), create_graph, words)
    return y if create_graph else y.detach(), _form(found, inputs)


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output, and the product of the Hessian, which is symmetric, with the vector v."""
    return vhp(func, inputs, v, create_graph, strict)


give_words(globals(), __all__)

explain_absence(globals())
