"""NumPy's functions of tensors, and memory shared with other libraries.

`np.exp(t)`, `array * t` (NEP 13) and `np.mean(t)`, `np.concatenate([t, u])` (NEP 18): NumPy hands
its own functions over.  A function with a rule here is the operation, which records; any other
refuses a tensor that requires a gradient, and takes a constant as the array it is.  Meanings are
NumPy's: `np.var` is biased, `np.sort` gives values alone.  The four functions with underscores
around their names are methods of `Tensor`: see LATER in methods.py.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.axes import normalize_axis_tuple
from ..engine.operation import OPERATIONS
from ..engine.tensor import Tensor
from . import (
    arithmetic,
    indexing,
    linalg,
    logic,
    methods,
    names,
    piecewise,
    pytorch,
    reductions,
    shaping,
)

# --------------------------------------------------------------------- universal functions


def _float_power(x1: Any, x2: Any) -> Tensor:
    from .further import float_power

    return float_power(x1, x2)


UFUNCS: dict[Any, Any] = {
    ufunc: function
    for name, function in OPERATIONS.items()
    if isinstance(ufunc := getattr(np, name, None), np.ufunc)
} | {
    np.absolute: piecewise.abs,
    np.arccos: names.arccos,
    np.arccosh: names.arccosh,
    np.arcsin: names.arcsin,
    np.arcsinh: names.arcsinh,
    np.arctan: names.arctan,
    np.arctan2: arithmetic.atan2,
    np.arctanh: names.arctanh,
    np.deg2rad: pytorch.deg2rad,
    np.equal: logic.eq,
    np.exp2: pytorch.exp2,
    np.float_power: _float_power,
    np.fmod: pytorch.fmod,
    np.greater: logic.gt,
    np.greater_equal: logic.ge,
    np.invert: logic.bitwise_not,
    np.left_shift: logic.bitwise_left_shift,
    np.right_shift: logic.bitwise_right_shift,
    np.less: logic.lt,
    np.less_equal: logic.le,
    np.not_equal: logic.ne,
    np.power: arithmetic.pow,
    np.rad2deg: pytorch.rad2deg,
    np.rint: piecewise.round,
    np.trunc: pytorch.trunc,
}


def __array_ufunc__(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    if _is_for_pandas():
        return _plain(getattr(ufunc, method), f"numpy.{ufunc.__name__}", inputs, kwargs)
    if method == "__call__" and not kwargs and ufunc in UFUNCS:
        return UFUNCS[ufunc](*inputs)
    name = f"numpy.{ufunc.__name__}" + (f".{method}" if method != "__call__" else "")
    outs = kwargs.get("out", ())
    if any(isinstance(o, np.ndarray) for o in outs) and _is_recorded(inputs):
        raise TypeError(
            f"{name}: an array cannot take in what a tensor is part of that requires a gradient "
            "(a += t), for the graph would end there unseen; write a = a + t, which gives a "
            "tensor, or use t.detach()"
        )
    if any(isinstance(o, Tensor) for o in outs):
        raise TypeError(
            f"{name}: out: wanted an array; a tensor is changed by its own methods (t.add_(a)) or "
            "by assignment (t[...] = a), which the tape sees"
        )
    return _plain(getattr(ufunc, method), name, inputs, kwargs)


# --------------------------------------------------------------------- functions


def _cumulative(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda a, axis=None: function(a.ravel(), 0) if axis is None else function(a, axis)


def _join(tensors: Sequence[Any], axis: int | None = 0) -> Tensor:
    if axis is None:
        tensors, axis = [names.positive(t).ravel() for t in tensors], 0
    return pytorch.cat(tensors, axis)


def _split(ary: Tensor, parts: Any, axis: int = 0) -> Any:
    if not np.ndim(parts) and ary.shape[axis] % operator.index(parts):
        raise ValueError(
            f"numpy.split: {ary.shape[axis]} does not divide into {parts} equal parts; "
            "numpy.array_split makes unequal ones"
        )
    return list(pytorch.tensor_split(ary, parts, axis))


def _squeeze(a: Tensor, axis: Any = None) -> Tensor:
    if axis is not None and any(a.shape[i] != 1 for i in normalize_axis_tuple(axis, a.ndim)):
        raise ValueError(
            f"numpy.squeeze: axis={axis}: wanted axes of size 1, got shape {a.shape}; "
            "t.squeeze(axis) leaves others as they are"
        )
    return shaping.squeeze(a, axis)


def _dot(a: Any, b: Any) -> Tensor:
    if not np.ndim(a) or not np.ndim(b):
        return arithmetic.multiply(a, b)
    return linalg.tensordot(a, b, ((-1,), (-2 if np.ndim(b) > 1 else -1,)))


def _norm(x: Tensor, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord is None or ord == "fro" or x.ndim == 1 or isinstance(axis, int):
        power = 2 if ord in (None, "fro") else ord
        return reductions.vector_norm(x, axis, keepdims, power)
    return NotImplemented


def _with_ddof(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    return lambda a, axis=None, ddof=0, keepdims=False: function(a, axis, ddof, keepdims)


def _roll(a: Tensor, shift: Any, axis: Any = None) -> Tensor:
    if axis is None:
        return shaping.roll(a, np.sum(shift), None)
    pairs = np.broadcast_arrays(shift, axis)
    return shaping.roll(a, *(tuple(p.ravel().tolist()) for p in pairs))


def _trace(a: Tensor, offset: int = 0) -> Tensor:
    return reductions.sum(shaping.diagonal(a, offset, 0, 1), -1)


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    return NotImplemented if x is None else piecewise.where(condition, x, y)


def _like(method: str) -> Callable[..., Tensor]:
    return lambda a, dtype=None: getattr(a, method)(a.shape, dtype=dtype)


def _round(a: Tensor, decimals: int = 0) -> Tensor:
    return pytorch.round(a, decimals=decimals)


def _clip(a: Tensor, low: Any = None, high: Any = None, **bounds: Any) -> Tensor:
    return piecewise.clip(a, bounds.get("min", low), bounds.get("max", high))


def _pad(array: Tensor, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    return shaping.pad(array, pad_width, constant_values) if mode == "constant" else NotImplemented


def _outer(a: Any, b: Any) -> Tensor:
    return linalg.outer(pytorch.ravel(a), pytorch.ravel(b))


FUNCTIONS: dict[Any, tuple[Callable[..., Any], str]] = {
    np.all: (reductions.all, "a:x axis out! keepdims"),
    np.allclose: (pytorch.allclose, "a:input b:other rtol atol equal_nan"),
    np.amax: (reductions.amax, "a:x axis out! keepdims"),
    np.amin: (reductions.amin, "a:x axis out! keepdims"),
    np.any: (reductions.any, "a:x axis out! keepdims"),
    np.argmax: (reductions.argmax, "a:x axis out! keepdims"),
    np.argmin: (reductions.argmin, "a:x axis out! keepdims"),
    np.argsort: (
        lambda a, axis=-1: pytorch.argsort(a.ravel() if axis is None else a, axis or 0),
        "a axis kind! order! stable!",
    ),
    np.around: (_round, "a decimals out!"),
    np.array_equal: (pytorch.equal, "a1:input a2:other"),
    np.array_split: (
        lambda ary, parts, axis=0: list(pytorch.tensor_split(ary, parts, axis)),
        "ary indices_or_sections:parts axis",
    ),
    np.broadcast_to: (shaping.broadcast_to, "array:x shape subok!"),
    np.clip: (_clip, "a a_min:low a_max:high out! min max"),
    np.concatenate: (_join, "arrays:tensors axis out!"),
    np.copy: (pytorch.clone, "a:input order! subok!"),
    np.cumprod: (_cumulative(pytorch.cumprod), "a axis dtype! out!"),
    np.cumsum: (_cumulative(pytorch.cumsum), "a axis dtype! out!"),
    np.diag: (pytorch.diag, "v:input k:diagonal"),
    np.diagonal: (shaping.diagonal, "a:x offset axis1:dim1 axis2:dim2"),
    np.diff: (pytorch.diff, "a:input n axis:dim prepend! append!"),
    np.dot: (_dot, "a b out!"),
    np.einsum: (linalg.einsum, "*"),
    np.empty_like: (_like("new_empty"), "prototype:a dtype"),
    np.expand_dims: (shaping.expand_dims, "a:x axis"),
    np.flip: (shaping.flip, "m:x axis"),
    np.fliplr: (pytorch.fliplr, "m:input"),
    np.flipud: (pytorch.flipud, "m:input"),
    np.full_like: (
        lambda a, v, dtype=None: a.new_full(a.shape, v, dtype=dtype),
        "a fill_value:v dtype",
    ),
    np.hstack: (pytorch.hstack, "tup:tensors"),
    np.inner: (linalg.inner, "a:x1 b:x2"),
    np.isclose: (pytorch.isclose, "a:input b:other rtol atol equal_nan"),
    np.linalg.norm: (_norm, "x ord axis keepdims"),
    np.max: (reductions.amax, "a:x axis out! keepdims"),
    np.mean: (reductions.mean, "a:x axis dtype! out! keepdims"),
    np.min: (reductions.amin, "a:x axis out! keepdims"),
    np.moveaxis: (pytorch.movedim, "a:input source destination"),
    np.nan_to_num: (pytorch.nan_to_num, "x:input copy! nan posinf neginf"),
    np.nansum: (pytorch.nansum, "a:input axis:dim dtype! out! keepdims:keepdim"),
    np.ndim: (lambda a: a.ndim, "a"),
    np.ones_like: (_like("new_ones"), "a dtype"),
    np.outer: (_outer, "a b out!"),
    np.pad: (_pad, "array pad_width mode constant_values"),
    np.prod: (reductions.prod, "a:x axis dtype! out! keepdims"),
    np.ravel: (pytorch.ravel, "a:input order!"),
    np.repeat: (shaping.repeat_interleave, "a:x repeats axis"),
    np.reshape: (shaping.reshape, "a:x shape order!"),
    np.roll: (_roll, "a shift axis"),
    np.round: (_round, "a decimals out!"),
    np.shape: (lambda a: a.shape, "a"),
    np.size: (lambda a, axis=None: a.numel() if axis is None else a.shape[axis], "a axis"),
    np.sort: (
        lambda a, axis=-1: pytorch.sort(a.ravel() if axis is None else a, axis or 0).values,
        "a axis kind! order! stable!",
    ),
    np.split: (_split, "ary indices_or_sections:parts axis"),
    np.squeeze: (_squeeze, "a axis"),
    np.stack: (shaping.stack, "arrays axis out!"),
    np.std: (_with_ddof(reductions.std), "a axis dtype! out! ddof keepdims"),
    np.sum: (reductions.sum, "a:x axis dtype! out! keepdims"),
    np.swapaxes: (shaping.swapaxes, "a:x axis1 axis2"),
    np.take: (indexing.take, "a:x indices axis out! mode!"),
    np.take_along_axis: (indexing.take_along_axis, "arr:x indices axis"),
    np.tensordot: (linalg.tensordot, "a:x1 b:x2 axes"),
    np.tile: (shaping.tile, "A:x reps:repetitions"),
    np.trace: (_trace, "a offset"),
    np.transpose: (
        lambda a, axes=None: a.T if axes is None else shaping.permute_dims(a, axes),
        "a axes",
    ),
    np.tril: (linalg.tril, "m:x k:diagonal"),
    np.triu: (linalg.triu, "m:x k:diagonal"),
    np.var: (_with_ddof(reductions.var), "a axis dtype! out! ddof keepdims"),
    np.vstack: (pytorch.vstack, "tup:tensors"),
    np.where: (_where, "condition x y"),
    np.zeros_like: (_like("new_zeros"), "a dtype"),
}
"""NumPy's functions: ours, and NumPy's parameters in their order.

`axis:dim` is one that is called otherwise here; one with `!` is not here: a call that gives it has
no rule.  `*` passes on what is given.
"""


def __array_function__(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    ours, parameters = FUNCTIONS.get(function, (None, ""))
    if _is_for_pandas():
        ours = None
    if ours is not None and (bound := _bound(parameters, args, kwargs)) is not None:
        given, named = bound
        answer = ours(*given, **named)
        if answer is not NotImplemented:
            return answer
    module = function.__module__
    return _plain(function, f"{module}.{function.__name__}", args, kwargs)


def _bound(parameters: str, args: Any, kwargs: Any) -> tuple[Any, dict[str, Any]] | None:
    """The arguments of our function for those of NumPy's; None where it has no such parameter."""
    if parameters == "*":
        return None if kwargs else (args, {})
    words = parameters.split()
    known = {word.partition(":")[0]: word for word in words}
    if len(args) > len(words) or not known.keys() >= kwargs.keys():
        return None
    given = dict(zip(words, args, strict=False)) | {known[k]: v for k, v in kwargs.items()}
    if any(word.endswith("!") for word in given):
        return None
    return (), {word.rpartition(":")[2]: value for word, value in given.items()}


def _is_for_pandas() -> bool:
    """Does pandas call?  It keeps what it gets in its tables, and wants arrays: `frame * t`."""
    caller = sys._getframe(2)
    if caller.f_globals.get("__name__") == methods.__name__:  # at the first call of all
        caller = sys._getframe(3)
    return caller.f_globals.get("__name__", "").startswith("pandas.")


def _plain(function: Callable[..., Any], name: str, args: Any, kwargs: Any) -> Any:
    """A function of NumPy's on arrays; TypeError where a tensor requires a gradient."""
    if _is_recorded((*args, *kwargs.values())):
        raise TypeError(
            f"{name} (as it is called here) of a tensor that requires a gradient has no "
            "derivative; take a function of minigrad, or pass t.detach()"
        )
    return function(*map(_array, args), **{k: _array(v) for k, v in kwargs.items()})


def _is_recorded(values: Any) -> bool:
    """Is there a tensor that requires a gradient, nested lists included?"""
    return any(
        v.requires_grad if isinstance(v, Tensor) else type(v) in (list, tuple) and _is_recorded(v)
        for v in values
    )


def _array(value: Any) -> Any:
    """Tensors as arrays, nested lists included."""
    if type(value) in (list, tuple):
        return type(value)(map(_array, value))
    return value.numpy() if isinstance(value, Tensor) else value


# --------------------------------------------------------------------- memory shared


def __dlpack__(self: Tensor, **options: Any) -> Any:
    """The memory for another library (DLPack), which may write to it, unseen by the tape.

    Raises BufferError for a tensor that requires a gradient, as PyTorch does, and for read-only
    memory where the other library cannot be told of that.
    """
    if self.requires_grad:
        raise BufferError(
            "__dlpack__: a tensor that requires a gradient is not handed to another library, "
            "where the graph would end unseen; hand over t.detach()"
        )
    return self.numpy().__dlpack__(**options)


def __dlpack_device__(self: Tensor) -> tuple[int, int]:
    """The processor, in DLPack's numbers."""
    return self.numpy().__dlpack_device__()
