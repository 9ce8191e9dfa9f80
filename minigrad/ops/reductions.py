"""Sums, products, extremes, spreads and norms over any axes.

`axis` is one axis, a tuple of axes, or None for all of them; an axis out of range is an
IndexError.  `keepdims` leaves the reduced axes in place with size 1.

Where a function has a kink, one value of its subdifferential is declared: `amax` and `amin` share
the cotangent of ties equally; `std` and `vector_norm` pass nothing where they are 0.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.axes import normalize_axis_tuple
from ..engine.convert import as_array
from ..engine.dtypes import check_number
from ..engine.operation import operation
from ..engine.tensor import Tensor
from .arithmetic import multiply, pow
from .elementary import exp
from .logic import eq, logical_and, logical_or, ne
from .piecewise import abs, sign, where
from .shaping import _inverse, broadcast_to, concat, flip, pad, permute_dims, reshape

__all__ = ["argmax", "argmin", "vector_norm"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one
Axis = int | tuple[int, ...] | None
Shape = tuple[int, ...]


def _dims(axis: Any) -> Any:
    """Axes as NumPy takes them; PyTorch's empty list means all."""
    return tuple(axis) or None if isinstance(axis, list) else axis


def _axes(axis: Axis, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    if not ndim and axis in (0, -1):
        return ()  # NumPy lets a 0-d array pass for one of a single element
    return normalize_axis_tuple(axis, ndim)


def _kept_shape(shape: Shape, axis: Axis) -> Shape:
    """`shape` with 1 for the axes that are reduced, as keepdims=True leaves it."""
    if axis is None:
        return (1,) * len(shape)
    axes = _axes(axis, len(shape))
    return tuple([1 if i in axes else n for i, n in enumerate(shape)])


def _count(shape: Shape, axis: Axis) -> int:
    """How many elements are reduced to one."""
    return math.prod(shape if axis is None else [shape[i] for i in _axes(axis, len(shape))])


def _spread(g: Array, shape: Shape, axis: Axis) -> Array:
    """What was reduced over `axis`, back in `shape`: the transpose of `sum`."""
    return broadcast_to(reshape(g, _kept_shape(shape, axis)), shape)


# --------------------------------------------------------------------- sums and products


@operation
def sum(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The sum over `axis` (all axes by default); of whole numbers in int64, as in PyTorch.

    >>> import minigrad as mg
    >>> mg.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    tensor([4., 6.])
    """
    if x.dtype.kind == "u":
        return x.sum(axis, _signed(x), keepdims=keepdims)
    return x.sum(axis=axis, keepdims=keepdims)


def _signed(x: Array) -> np.dtype | None:
    """What unsigned numbers are summed in: NumPy's uint64 would wrap around below 0 later."""
    return np.dtype(np.int64) if x.dtype.kind == "u" and x.itemsize < 8 else None


@sum.gradient("x")
def _(g, x_shape, axis):
    return _spread(g, x_shape, axis)


@operation(real=True)
def mean(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The mean over `axis`; NaN, with NumPy's warning, of nothing.

    >>> import minigrad as mg
    >>> mg.mean(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    tensor([1.5, 3.5])
    """
    return x.sum(axis=axis, keepdims=keepdims) / _count(x.shape, axis)


@mean.gradient("x")
def _(g, x_shape, axis):
    return _spread(g / _count(x_shape, axis), x_shape, axis)


@operation
def prod(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The product over `axis`; 1 of nothing.

    The derivative by an element is the product of all others, and is computed as one: dividing
    the product by the element would fail at zeros.

    >>> import minigrad as mg
    >>> x = mg.tensor([2.0, 0.0, 3.0], requires_grad=True)
    >>> mg.prod(x).backward()
    >>> x.grad
    tensor([0., 6., 0.])
    """
    return np.prod(x, axis, _signed(x), keepdims=keepdims)


@prod.gradient("x")
def _(g, x, axis):
    axes = _axes(axis, x.ndim)
    order = (*(i for i in range(x.ndim) if i not in axes), *axes)
    moved = permute_dims(x, order)
    rows = reshape(moved, (*moved.shape[: x.ndim - len(axes)], _count(x.shape, axes)))
    others = reshape(_products_of_others(rows), moved.shape)
    return reshape(g, _kept_shape(x.shape, axis)) * permute_dims(others, _inverse(order))


def _products_of_others(x: Array) -> Array:
    """For every element the product of all others along the last axis, in O(n).

    Elements are paired, a of the first half with b of the second.  If e is the product of all
    pairs but this one, then the others of a multiply to e b, and those of b to e a.  This is
    reverse mode on a balanced tree of products (Speelpenning's example, Griewank and Walther,
    *Evaluating Derivatives*, 2nd ed., sec. 3.3), and it never divides.
    """
    n = x.shape[-1]
    if n < 2:
        return np.ones(x.shape, x.dtype)
    if n % 2:
        x = pad(x, [(0, 0)] * (x.ndim - 1) + [(0, 1)], 1)
    half = (n + 1) // 2
    a, b = x[..., :half], x[..., half:]
    e = _products_of_others(a * b)
    return concat([multiply(e, b), multiply(e, a)], axis=-1)[..., :n]


def cumsum(x: Array, axis: int | None = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `axis`; by default as if x had one axis.

    The Array API calls it cumulative_sum.

    >>> import minigrad as mg
    >>> mg.cumsum(mg.tensor([1.0, 2.0, 3.0]))
    tensor([1., 3., 6.])
    """
    return _cumsum(reshape(x, -1), 0) if axis is None else _cumsum(x, axis)


@operation
def _cumsum(x: Array, axis: int) -> Array:
    return np.cumsum(x, axis, _signed(x))


@_cumsum.gradient("x")
def _(g, axis):
    return flip(_cumsum(flip(g, axis), axis), axis)


# --------------------------------------------------------------------- extremes


@operation
def amax(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The largest element over `axis`; ties share its cotangent equally.

    NaN where there is a NaN, to which the gradient goes then.  Raises ValueError for the largest
    of nothing.

    >>> import minigrad as mg
    >>> x = mg.tensor([1.0, 3.0, 3.0], requires_grad=True)
    >>> mg.amax(x).backward()
    >>> x.grad
    tensor([0. , 0.5, 0.5])
    """
    return x.max(axis=_dims(axis), keepdims=keepdims)


@amax.gradient("x")
def _(g, out, x, axis):
    return _shared_by_ties(g, out, x, _dims(axis))


@operation
def amin(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """The smallest element over `axis`; ties and NaN as in `amax`.

    >>> import minigrad as mg
    >>> mg.amin(mg.tensor([[1.0, 2.0], [3.0, 0.0]]), axis=1)
    tensor([1., 0.])
    """
    return x.min(axis=_dims(axis), keepdims=keepdims)


@amin.gradient("x")
def _(g, out, x, axis):
    return _shared_by_ties(g, out, x, _dims(axis))


def _shared_by_ties(g: Array, out: Array, x: Array, axis: Axis) -> Array:
    kept = _kept_shape(x.shape, axis)
    ties = _same(x, reshape(out, kept))
    count = sum(ties.astype(g.dtype), axis=axis, keepdims=True)
    return where(ties, reshape(g, kept), 0.0) / count


def _same(x: Array, y: Array) -> Array:
    """Are the elements equal, or both NaN?"""
    return logical_or(eq(x, y), logical_and(ne(x, x), ne(y, y)))


@operation
def argmax(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the (first) largest element along `axis`; by default as if x had one axis.

    >>> import minigrad as mg
    >>> mg.argmax(mg.tensor([[1.0, 5.0], [4.0, 2.0]]), axis=1)
    tensor([1, 0])
    """
    return np.argmax(as_array(x, "x"), axis=axis, keepdims=keepdims)


@operation
def argmin(x: Array, axis: int | None = None, keepdims: bool = False) -> Array:
    """The index of the (first) smallest element along `axis`; by default as if x had one axis.

    >>> import minigrad as mg
    >>> mg.argmin(mg.tensor([[1.0, 5.0], [4.0, 2.0]]), axis=1)
    tensor([0, 1])
    """
    return np.argmin(as_array(x, "x"), axis=axis, keepdims=keepdims)


@operation
def median(x: Array, skip: bool = False) -> Array:
    """The middle one of all elements in order, the lower of two; ties share its cotangent equally.

    skip : pass over NaN; otherwise it is NaN where there is one

    >>> median(np.array([3.0, 1.0, 2.0, 8.0]))
    tensor(2., dtype=float64)
    """
    ordered, missing = np.sort(x, axis=None), np.isnan(x).sum()  # NaN last
    if missing and not skip:
        return ordered[-1]
    return ordered[max(x.size - missing - 1, 0) // 2]


@median.gradient("x")
def _(g, out, x):
    same = _same(x, out)
    return where(same, g, 0.0) / sum(same.astype(g.dtype))


# --------------------------------------------------------------------- spread


def _squares(x: np.ndarray, axis: Axis, keepdims: bool) -> Any:
    """The squared distances from the mean, summed."""
    centred = x - x.sum(axis=axis, keepdims=True) / _count(x.shape, axis)
    return np.square(centred).sum(axis=axis, keepdims=keepdims)


@operation(real=True)
def var(x: Array, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Array:
    """The variance over `axis`: squared distances from the mean, summed, by n - correction.

    The default is PyTorch's, the unbiased one; NumPy's and the Array API's is 0.  Where n is not
    above `correction` it is infinite, and NaN of equal elements.

    >>> import minigrad as mg
    >>> mg.var(mg.tensor([1.0, 2.0, 3.0, 6.0]), correction=0), mg.var(mg.tensor([1.0, 3.0]))
    (tensor(3.5), tensor(2.))
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _squares(x, axis, keepdims) / max(_count(x.shape, axis) - correction, 0)


@var.gradient("x")
def _(g, x, axis, correction):
    g = reshape(g, _kept_shape(x.shape, axis))
    n = _count(x.shape, axis) - correction
    centred = x - mean(x, axis=axis, keepdims=True)
    if n <= 0:
        infinite = where(centred > 0, math.inf, where(centred < 0, -math.inf, math.nan))
        return g * infinite
    return 2 * (g / n) * centred


@operation(real=True)
def std(x: Array, axis: Axis = None, correction: float = 1, keepdims: bool = False) -> Array:
    """The standard deviation over `axis`, the root of `var`; its derivative at 0 is 0.

    >>> import minigrad as mg
    >>> mg.std(mg.tensor([1.0, 3.0]), correction=0)
    tensor(1.)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        n = max(_count(x.shape, axis) - correction, 0)
        return np.sqrt(_squares(x, axis, keepdims) / n)


@std.gradient("x")
def _(g, out, x, axis, correction):
    n = _count(x.shape, axis) - correction
    n = n if n > 0 else math.nan
    scale = g / (n * where(out == 0, 1.0, out))  # at 0 all distances from the mean are 0
    return reshape(scale, _kept_shape(x.shape, axis)) * (x - mean(x, axis=axis, keepdims=True))


# --------------------------------------------------------------------- norms


@operation(saves=("m",), real=True)
def logsumexp(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """log(sum(exp(x))) over `axis`, however large or small x is; -inf of nothing.

    The largest element m is taken out first: m + log(sum(exp(x - m))) (Blanchard, Higham and
    Higham, *Accurately computing the log-sum-exp and softmax functions*, IMA J. Numer. Anal. 41,
    2021).  Elements that are infinite share the cotangent, as in `logaddexp`.

    >>> import minigrad as mg
    >>> mg.logsumexp(mg.tensor([1000.0, 1000.0]))
    tensor(1000.6932)
    """
    axis = _dims(axis)
    m = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    m = np.where(m == -np.inf, 0, m)
    finite = np.where(np.isfinite(m), m, 0)  # inf - inf is NaN
    with np.errstate(divide="ignore", over="ignore"):
        out = np.log(np.sum(np.exp(x - finite), axis=axis, keepdims=True)) + finite
    return out if keepdims else np.squeeze(out, axis), m


@logsumexp.gradient("x")
def _(g, x, m, axis):
    # Not exp(x - out), which loses the digits that a large out has no room for.  That m is a
    # constant here is right for every order: it cancels.
    infinite = logical_and(x == m, m == np.inf)  # inf - inf is NaN
    e = exp(where(infinite, 0.0, x) - where(infinite, 0.0, m))
    total = sum(e, axis=_dims(axis), keepdims=True)
    scale = reshape(g, m.shape) / where(total == 0, 1.0, total)  # all x are -inf, and get 0
    return scale * e


@operation(real=True)
def vector_norm(x: Array, axis: Axis = None, keepdims: bool = False, ord: float = 2) -> Array:
    """The p-norm sum(|x|**p)**(1/p) over `axis`, with p = `ord` from 1 to infinity.

    Its derivative at 0 is 0; with ord=inf ties share equally.  Raises ValueError for `ord`
    below 1, which is no norm, and for the largest element of nothing.

    >>> import minigrad as mg
    >>> x = mg.tensor([3.0, -4.0])
    >>> mg.vector_norm(x), mg.vector_norm(x, ord=1), mg.vector_norm(x, ord=float("inf"))
    (tensor(5.), tensor(7.), tensor(4.))
    """
    check_number("ord", ord)
    if not ord >= 1:
        raise ValueError(f"wanted ord >= 1, or infinity, got {ord!r}")
    axis = _dims(axis)
    _axes(axis, x.ndim)  # NumPy's own function overlooks what is no axis
    with np.errstate(over="ignore"):
        out = np.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)
    if ord == math.inf and np.size(out) and not x.size:
        raise ValueError(f"ord=inf: shape {x.shape} has no elements, and so no largest one")
    if not np.isinf(out).any():
        return out
    # powers may be too large where the norm is not
    scale = np.abs(x).max(axis=axis, keepdims=True, initial=0)
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, scale.dtype.type(1))
    shares = np.linalg.vector_norm(x / scale, axis=axis, keepdims=True, ord=ord)
    return (shares * scale).reshape(out.shape)


@vector_norm.gradient("x")
def _(g, out, x, axis, ord):
    axis = _dims(axis)
    if ord == math.inf:
        return _shared_by_ties(g, out, abs(x), axis) * sign(x)
    kept = _kept_shape(x.shape, axis)
    norm = reshape(where(out == 0, 1.0, out), kept)  # at 0 all x are 0
    if ord == 2:
        return reshape(g, kept) * (x / norm)
    if not isinstance(norm, Tensor):
        return reshape(g, kept) * (sign(x) * pow(abs(x) / norm, ord - 1))
    size = norm.detach()  # for the second derivative at an x of 0 to be nobody else's
    ratio = sign(x) * pow(abs(x) / size, ord - 1)
    return reshape(g, kept) * ratio * pow(size / norm, ord - 1)


# --------------------------------------------------------------------- truth: no gradient


@operation
def all(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Are all elements over `axis` true (not 0)?

    >>> import minigrad as mg
    >>> mg.all(mg.tensor([[True, False], [True, True]]), axis=1)
    tensor([False,  True])
    """
    return np.all(as_array(x, "x"), axis=_dims(axis), keepdims=keepdims)


@operation
def any(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """Is any element over `axis` true (not 0)?

    >>> import minigrad as mg
    >>> mg.any(mg.tensor([[True, False], [False, False]]), axis=1)
    tensor([ True, False])
    """
    return np.any(as_array(x, "x"), axis=_dims(axis), keepdims=keepdims)


@operation
def count_nonzero(x: Array, axis: Axis = None, keepdims: bool = False) -> Array:
    """How many elements over `axis` are not 0.

    >>> import minigrad as mg
    >>> mg.count_nonzero(mg.tensor([[1.0, 0.0], [0.0, 0.0]]), axis=1)
    tensor([1, 0])
    """
    return np.count_nonzero(as_array(x, "x"), axis=_dims(axis), keepdims=keepdims)
