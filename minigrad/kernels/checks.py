"""What the arguments of every kernel must be, asked in front of the compiled kernels and the twins.

One function a kernel, of the kernel's own name and parameters: it answers nothing, or raises.  The
twins are run behind it.  The compiled kernels ask in C whether all is well, which costs them next
to nothing, and come here when it is not: the words and the order of the questions stand once.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
Reduction = Literal["mean", "sum", "none"]
REDUCTIONS = get_args(Reduction)

# --------------------------------------------------------------------- arrays


def _arrays(**named: Any) -> None:
    """Asked of all of them before anything else; Cython's own words, who asks the same."""
    for name, a in named.items():
        if not isinstance(a, np.ndarray):
            raise TypeError(
                f"Argument {name!r} has incorrect type (expected numpy.ndarray, got {_type(a)})"
            )


def _type(value: Any) -> str:
    """The name of a value's type, as C knows it: those made in C say where they are from."""
    kind = type(value)
    in_c = not kind.__flags__ & 1 << 9  # Py_TPFLAGS_HEAPTYPE
    return f"{kind.__module__}.{kind.__name__}".removeprefix("builtins.") if in_c else kind.__name__


def _floats(a: Any, name: str) -> None:
    if a.dtype not in FLOATS:
        raise TypeError(f"{name} must be float32 or float64, not {a.dtype}")


def _like(a: Any, name: str, dtype: Any) -> None:
    """Floats of the same dtype as the argument before."""
    _floats(a, name)
    if a.dtype != dtype:
        raise TypeError(f"{name} is {a.dtype}, but the other arguments are {dtype}")


def _ndim(a: Any, ndim: int, name: str) -> None:
    if a.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} dimensions, got shape {a.shape}")


def _same_shape(a: Any, b: Any, name_a: str, name_b: str) -> None:
    if a.shape != b.shape:
        raise ValueError(
            f"{name_a} and {name_b} must have the same shape, got {a.shape} and {b.shape}"
        )


def _vector(a: Any, n: int, dtype: Any, name: str, optional: bool = True) -> None:
    """None, or n numbers."""
    if a is None and optional:
        return
    if not isinstance(a, np.ndarray):
        raise TypeError(f"{name} must be an array or None, not {type(a).__name__}")
    _like(a, name, dtype)
    if a.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), got {a.shape}")


# --------------------------------------------------------------------- products


def matmul(a: Any, b: Any) -> None:
    _arrays(a=a, b=b)
    _floats(a, "a")
    _like(b, "b", a.dtype)
    if a.ndim < 2 or b.ndim < 2:
        raise ValueError(
            f"matmul needs arrays of at least 2 dimensions, got shapes {a.shape} and {b.shape}"
        )
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(
            f"cannot multiply shapes {a.shape} and {b.shape}: the last axis of the first and the "
            f"last but one of the second differ ({a.shape[-1]} and {b.shape[-2]})"
        )
    try:
        np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except ValueError:
        raise ValueError(
            f"cannot multiply shapes {a.shape} and {b.shape}: the axes before the last two do not "
            "broadcast"
        ) from None


def features(x: Any, weight: Any, name: str = "x") -> None:
    """x (..., in) for a weight (out, in)."""
    _ndim(weight, 2, "weight")
    if x.shape[-1] != weight.shape[1]:
        flat = x.ndim > 2 and x[0].size == weight.shape[1]
        raise ValueError(
            f"{name} {x.shape} has {x.shape[-1]} features, but weight {weight.shape} takes "
            f"{weight.shape[1]}{'; make one axis of them first: nn.Flatten()' if flat else ''}"
        )


def linear(x: Any, weight: Any, bias: Any = None, relu: bool = False) -> None:
    _arrays(x=x, weight=weight)
    _floats(x, "x")
    _like(weight, "weight", x.dtype)
    _ndim(x, 2, "x")
    features(x, weight)
    _vector(bias, len(weight), x.dtype, "bias")


def linear_backward(
    g: Any, x: Any, weight: Any, out: Any = None, needs: Any = (True, True, True)
) -> None:
    _arrays(g=g, x=x, weight=weight)
    _floats(g, "g")
    _like(x, "x", g.dtype)
    linear(x, weight)
    if g.shape != (len(x), len(weight)):
        raise ValueError(f"g must have shape ({len(x)}, {len(weight)}), got {g.shape}")
    if out is not None:
        _arrays(out=out)
        _like(out, "out", g.dtype)
        _same_shape(out, g, "out", "g")


# --------------------------------------------------------------------- losses


def known_reduction(value: Any, where: str = "") -> None:
    """ValueError, beginning with `where`, for a reduction that there is not."""
    if value not in REDUCTIONS:
        raise ValueError(f"{where}reduction must be 'mean', 'sum' or 'none', got {value!r}")


def labels(target: Any, classes: int, ignore_index: int) -> None:
    """Integers, each a class or `ignore_index`; of any shape."""
    if target.dtype.kind not in "iu":
        raise TypeError(
            f"target of shape {target.shape} must hold integer labels, not {target.dtype}; "
            f"probabilities have an axis of {classes} classes beside it"
        )
    bad = (target != ignore_index) & ((target < 0) | (target >= classes))
    if bad.any():
        at = np.unravel_index(bad.argmax(), bad.shape)
        raise IndexError(
            f"target[{', '.join(map(str, at))}] is {target[at]}, but the labels of {classes} "
            f"classes are 0 to {classes - 1} (or ignore_index={ignore_index})"
        )


def softmax_cross_entropy(
    logits: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
    gradient: bool = True,
) -> None:
    _arrays(logits=logits, target=target)
    _floats(logits, "logits")
    _ndim(logits, 2, "logits")
    n, c = logits.shape
    _vector(weight, c, logits.dtype, "weight")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be between 0 and 1, got {label_smoothing}")
    known_reduction(reduction)
    if target.ndim == 1:
        if len(target) != n:
            raise ValueError(
                f"target must have one label for each of the {n} rows of logits, got shape "
                f"{target.shape}"
            )
        labels(target, c, ignore_index)
        return
    if target.shape != (n, c):
        raise ValueError(
            f"target must hold labels, shape ({n},), or probabilities, shape ({n}, {c}), got "
            f"shape {target.shape}"
        )
    _like(target, "target", logits.dtype)
    bad = np.isnan(target).any(axis=1)
    if bad.any():
        raise ValueError(f"target holds NaN in row {bad.argmax()}")


# --------------------------------------------------------------------- normalisation


def _channels(x: Any, axis: int) -> int:
    """The length of an axis that there is."""
    if x.ndim < 2:
        raise ValueError(f"x must have at least 2 dimensions, got shape {x.shape}")
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"axis {axis} is out of range for x of shape {x.shape}")
    return int(x.shape[axis])


def batch_norm(x: Any, weight: Any, bias: Any, eps: float, axis: int = 1) -> None:
    _arrays(x=x)
    _floats(x, "x")
    c = _channels(x, axis)
    _vector(weight, c, x.dtype, "weight")
    _vector(bias, c, x.dtype, "bias")


def batch_norm_inference(
    x: Any, mean: Any, var: Any, weight: Any, bias: Any, eps: float, axis: int = 1
) -> None:
    _arrays(x=x, mean=mean, var=var)
    _floats(x, "x")
    c = _channels(x, axis)
    _vector(mean, c, x.dtype, "mean", optional=False)
    _vector(var, c, x.dtype, "var", optional=False)
    batch_norm(x, weight, bias, eps, axis)


def batch_norm_backward(
    g: Any,
    x: Any,
    mean: Any,
    invstd: Any,
    weight: Any,
    axis: int = 1,
    needs: Any = (True, True, True),
) -> None:
    _arrays(g=g, x=x, mean=mean, invstd=invstd)
    _norm_backward(g, x, mean, invstd, weight, axis, "invstd")


def batch_norm_inference_backward(
    g: Any,
    x: Any,
    mean: Any,
    var: Any,
    weight: Any,
    eps: float,
    axis: int = 1,
    needs: Any = (True, True, True),
) -> None:
    _arrays(g=g, x=x, mean=mean, var=var)
    _norm_backward(g, x, mean, var, weight, axis, "var")


def _norm_backward(
    g: Any, x: Any, mean: Any, spread: Any, weight: Any, axis: int, spread_name: str
) -> None:
    _floats(x, "x")
    _like(g, "g", x.dtype)
    _same_shape(g, x, "g", "x")
    c = _channels(x, axis)
    _vector(mean, c, x.dtype, "mean", optional=False)
    _vector(spread, c, x.dtype, spread_name, optional=False)
    _vector(weight, c, x.dtype, "weight")


# --------------------------------------------------------------------- elementwise


def relu(x: Any) -> None:
    _arrays(x=x)
    _floats(x, "x")


sigmoid = erf = erfc = gelu = relu


def relu_backward(g: Any, out: Any) -> None:
    _arrays(g=g, out=out)
    _pair(g, out, "out")


def gelu_backward(g: Any, x: Any) -> None:
    _arrays(g=g, x=x)
    _pair(g, x, "x")


def _pair(g: Any, other: Any, name: str) -> None:
    _floats(g, "g")
    _like(other, name, g.dtype)
    _same_shape(g, other, "g", name)


def dropout(x: Any, p: float, seed: int) -> None:
    _arrays(x=x)
    _floats(x, "x")
    if not 0 <= p <= 1:
        raise ValueError(f"p must be between 0 and 1, got {p}")
    if not 0 <= seed < 2**64:
        raise ValueError(f"seed must be between 0 and 2**64 - 1, got {seed}")


# --------------------------------------------------------------------- in place


def _state(a: Any, param: Any, name: str, of: str = "param", written: bool = True) -> None:
    """What a step works on: an array like the parameter, and if it is changed, writable."""
    if not isinstance(a, np.ndarray):
        raise TypeError(f"{name} must be an array, not {type(a).__name__}")
    _like(a, name, param.dtype)
    _same_shape(a, param, name, of)
    if written and not a.flags.writeable:
        raise ValueError(f"{name} is read-only, but a step changes it in place")


def _lists(absent: str = "", **named: Any) -> None:
    """Lists, asked of all of them first as by Cython, as long as the first one.

    absent : the one that may be None
    """
    for name, items in named.items():
        if not isinstance(items, list) and not (items is None and name == absent):
            raise TypeError(
                f"Argument {name!r} has incorrect type (expected list, got {_type(items)})"
            )
    (first, wanted), *others = named.items()
    for name, items in others:
        if items is not None and len(items) != len(wanted):
            raise ValueError(f"{first} and {name} have {len(wanted)} and {len(items)} items")


def _step(params: list[Any], **lists: Any) -> None:
    """`params`, `grads`, and buffers, None for none: alike in each place."""
    for i, param in enumerate(params):
        _state(param, param, f"params[{i}]", f"params[{i}]")
        for name, arrays in lists.items():
            if arrays is not None:
                _state(arrays[i], param, f"{name}[{i}]", f"params[{i}]", written=name != "grads")


def blend(y: Any, x: Any, keep: float, take: float) -> None:
    _arrays(y=y, x=x)
    _floats(y, "y")
    _like(x, "x", y.dtype)
    _same_shape(x, y, "x", "y")
    _state(y, y, "y")


def sgd(
    params: Any,
    grads: Any,
    momentum_buffers: Any,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    firsts: Any,
) -> None:
    lists = {"params": params, "grads": grads, "momentum_buffers": momentum_buffers}
    _lists("momentum_buffers", **lists, firsts=firsts)
    _step(**lists)


def adam(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_avg_sqs: Any,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    steps: Any,
) -> None:
    lists = {"params": params, "grads": grads, "exp_avgs": exp_avgs, "exp_avg_sqs": exp_avg_sqs}
    _lists(**lists, steps=steps)
    _step(**lists)
    if steps and min(steps) < 1:
        raise ValueError(f"steps count from 1, got {min(steps)}")


def rmsprop(
    params: Any,
    grads: Any,
    square_avgs: Any,
    momentum_buffers: Any,
    lr: float,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
) -> None:
    lists = {"params": params, "grads": grads, "square_avgs": square_avgs}
    lists["momentum_buffers"] = momentum_buffers
    _lists("momentum_buffers", **lists)
    _step(**lists)


def set_num_threads(n: Any) -> None:
    if isinstance(n, bool) or not hasattr(n, "__index__"):
        raise TypeError(f"set_num_threads: n must be an integer, not {type(n).__name__}")
    if not 1 <= n <= 256:
        raise ValueError(f"set_num_threads: n must be between 1 and 256, got {n}")


def empty(shape: Any, dtype: Any) -> None:
    """NumPy asks for itself."""
