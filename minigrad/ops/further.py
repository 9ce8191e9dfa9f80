"""Further functions of PyTorch's, composed; imported when the first of them is asked for."""

from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.arguments import with_aliases
from ..engine.convert import as_array
from ..engine.dtypes import as_dtype, check_integer, check_number, default_dtype
from ..engine.in_place import is_recorded, plain
from ..engine.operation import operation
from ..engine.tensor import Tensor, result, tensor_of
from ..engine.watchers import whole
from . import (
    arithmetic,
    elementary,
    indexing,
    linalg,
    logic,
    names,
    piecewise,
    reductions,
    shaping,
)
from .pytorch import (
    Extremes,
    _alike,
    _axis,
    _constant,
    _floats_alike,
    _in_dtype,
    _integers,
    _pair,
    _places,
    _roomy,
    _scatter_places,
    _slices,
    _so_far,
    _tensor,
    _times,
    _together,
    _weighted,
    bmm,
    cat,
    clone,
    flip,
    in_room,
    movedim,
    refusing_gradient,
    reshape,
    sort,
    sum,
    tensor_split,
    transpose,
    unsqueeze,
)

Array = Any  # to callers: a tensor, or anything that becomes one

__all__ = names.FURTHER

# --------------------------------------------------------------------- shapes


def _several(name: str, tensors: Any, function: Any) -> Any:
    """One tensor by itself; several, or a list, as a tuple."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    made = tuple(function(_tensor(t)) for t in given)
    return made[0] if given is tensors and len(made) == 1 else made


def atleast_1d(*tensors: Any) -> Any:
    """A tensor with at least one axis; of several a tuple of them.

    >>> import minigrad as mg
    >>> mg.atleast_1d(mg.tensor(2.0))
    tensor([2.])
    """
    return _several("atleast_1d", tensors, lambda t: t if t.ndim else reshape(t, 1))


def atleast_2d(*tensors: Any) -> Any:
    """A tensor with at least two axes: a vector becomes a row."""
    return _several(
        "atleast_2d", tensors, lambda t: t if t.ndim > 1 else reshape(t, (1, t.numel()))
    )


def atleast_3d(*tensors: Any) -> Any:
    """A tensor with at least three axes: a matrix gets one behind its own."""

    def grow(t: Tensor) -> Tensor:
        if t.ndim > 2:
            return t
        return unsqueeze(t, -1) if t.ndim == 2 else reshape(t, (1, t.numel(), 1))

    return _several("atleast_3d", tensors, grow)


def broadcast_shapes(*shapes: Any) -> tuple[int, ...]:
    """The shape that these broadcast to; ValueError if they do not.

    >>> broadcast_shapes((3, 1), (4,))
    (3, 4)
    """
    return np.broadcast_shapes(*shapes)


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors, each expanded to the shape that all of them broadcast to.

    >>> import minigrad as mg
    >>> [t.shape for t in mg.broadcast_tensors(mg.ones(3, 1), mg.ones(4))]
    [(3, 4), (3, 4)]
    """
    given = [_tensor(t) for t in tensors]
    shape = np.broadcast_shapes(*(t.shape for t in given))
    return tuple(shaping.broadcast_to(t, shape) for t in given)


def column_stack(tensors: Sequence[Array]) -> Tensor:
    """Vectors as the columns of a matrix; matrices side by side.

    >>> import minigrad as mg
    >>> mg.column_stack((mg.tensor([1, 2]), mg.tensor([3, 4])))
    tensor([[1, 3],
            [2, 4]])
    """
    parts = [_tensor(t) for t in tensors]
    return cat([t if t.ndim > 1 else reshape(t, (-1, 1)) for t in parts], 1)


def dstack(tensors: Sequence[Array]) -> Tensor:
    """Tensors joined along their third axis."""
    return cat(builtins.list(atleast_3d(builtins.list(tensors))), 2)


def hsplit(input: Array, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """`tensor_split` in equal parts along the second axis, or the only one.

    Raises ValueError where that many parts cannot be equal.
    """
    return _equal_parts("hsplit", input, indices_or_sections, 0 if np.ndim(input) == 1 else 1)


def vsplit(input: Array, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """As `hsplit`, along the first of at least two axes; ValueError for fewer."""
    if np.ndim(input) < 2:
        raise ValueError(f"vsplit: wanted at least 2 axes, got shape {np.shape(input)}")
    return _equal_parts("vsplit", input, indices_or_sections, 0)


def dsplit(input: Array, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """As `hsplit`, along the third axis."""
    return _equal_parts("dsplit", input, indices_or_sections, 2)


def _equal_parts(name: str, input: Array, parts: Any, dim: int) -> tuple[Tensor, ...]:
    x = _tensor(input)
    n = x.shape[_axis(name, x, dim)]
    if not np.ndim(parts) and parts and n % int(parts):
        raise ValueError(f"{name}: {n} slices do not make {int(parts)} equal parts")
    return tensor_split(x, parts, dim)


def rot90(input: Array, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """The input turned by k quarters, from the first of two axes towards the second.

    >>> import minigrad as mg
    >>> mg.rot90(mg.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    x = _tensor(input)
    first, second = (_axis("rot90", x, dim) for dim in dims)
    if first == second or x.ndim < 2:
        raise ValueError(f"rot90: dims: wanted two different axes of {x.shape}, got {dims!r:.40}")
    check_integer("rot90: k", k)
    if k % 4 == 2:
        return flip(x, (first, second))
    if k % 4 == 0:
        return clone(x)
    return (
        transpose(flip(x, (second,)), first, second)
        if k % 4 == 1
        else flip(transpose(x, first, second), (second,))
    )


def unfold(input: Array, dimension: int, size: int, step: int) -> Tensor:
    """All windows of `size` along an axis, `step` apart; they lie along a new last axis.

    Raises ValueError for a window that is longer than the axis.

    >>> import minigrad as mg
    >>> mg.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    x = _tensor(input)
    axis = _axis("unfold", x, dimension)
    n = x.shape[axis] if x.ndim else 1
    if not 0 <= size <= n or step < 1:
        raise ValueError(f"unfold: wanted a size of 0 to {n} and a step >= 1, got {size}, {step}")
    places = np.arange(0, n - size + 1, step)[:, None] + np.arange(size)
    if not x.ndim:
        return unfold(reshape(x, 1), 0, size, step)[0]
    windows = indexing.getitem(x, shaping._along(axis, places))
    return shaping.permute_dims(
        windows, [a for a in builtins.range(windows.ndim) if a != axis + 1] + [axis + 1]
    )


def diagflat(input: Array, offset: int = 0) -> Tensor:
    """A matrix with all elements on a diagonal."""
    from .pytorch import diag

    return diag(reshape(input, -1), offset)


def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one, 0 elsewhere; a vector is a row.

    >>> import minigrad as mg
    >>> mg.block_diag(mg.tensor([[1, 2]]), mg.tensor([[3]]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    blocks = [atleast_2d(t) for t in tensors]
    width, rows, before = builtins.sum(b.shape[1] for b in blocks), [], 0
    for b in blocks:
        after = width - before - b.shape[1]
        zeros = [np.zeros((b.shape[0], n), b.dtype) for n in (before, after)]
        rows.append(cat([zeros[0], b, zeros[1]], 1))
        before += b.shape[1]
    return cat(rows, 0)


def kron(input: Array, other: Array) -> Tensor:
    """Kronecker's product: each element of the input times the other tensor, in its place.

    >>> import minigrad as mg
    >>> mg.kron(mg.tensor([1, 2]), mg.tensor([1, 10]))
    tensor([ 1, 10,  2, 20])
    """
    x, y = _pair(input, other)
    n = builtins.max(x.ndim, y.ndim)
    x = reshape(x, (1,) * (n - x.ndim) + x.shape)
    y = reshape(y, (1,) * (n - y.ndim) + y.shape)
    pairs = reshape(x, [k for s in x.shape for k in (s, 1)]) * reshape(
        y, [k for s in y.shape for k in (1, s)]
    )
    return reshape(pairs, [a * b for a, b in zip(x.shape, y.shape, strict=True)])


def cartesian_prod(*tensors: Any) -> Tensor:
    """All choices of one element of each vector, as rows.

    >>> import minigrad as mg
    >>> mg.cartesian_prod(mg.tensor([1, 2]), mg.tensor([3, 4])).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    given = [_tensor(t) for t in tensors]
    if len(given) == 1:
        return given[0]
    places = np.stack(np.meshgrid(*(np.arange(len(t)) for t in given), indexing="ij"), -1)
    rows = places.reshape(-1, len(given))
    return shaping.stack([t[rows[:, i]] for i, t in enumerate(given)], axis=1)


def combinations(input: Array, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of r elements of a vector, in order, as rows.

    >>> import minigrad as mg
    >>> mg.combinations(mg.tensor([1, 2, 3])).tolist()
    [[1, 2], [1, 3], [2, 3]]
    """
    x = _tensor(input)
    choose: Any = itertools.combinations_with_replacement if with_replacement else None
    rows = [*(choose or itertools.combinations)(builtins.range(len(x)), r)]
    return x[np.array(rows, np.int64).reshape(-1, r)] if r else x[:0]


def vander(x: Array, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of a vector as rows, the highest first.

    >>> import minigrad as mg
    >>> mg.vander(mg.tensor([2, 3]), 3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    t = in_room(_tensor(x))
    if t.ndim != 1:
        raise ValueError(f"vander: x: wanted a vector, got shape {t.shape}")
    n = len(t) if N is None else check_integer("vander: N", N)
    if n < 0:
        raise ValueError(f"vander: N must not be negative, got {n}")
    np.empty((max(len(t), 1), n), t.dtype)  # is there room for it? asked before it is made
    powers = [shaping.broadcast_to(_tensor(np.ones((), t.dtype)), t.shape)]
    for _ in builtins.range(n - 1):
        powers.append(powers[-1] * t)
    return shaping.stack(powers if increasing else powers[::-1], axis=-1)[:, :n]


# --------------------------------------------------------------------- elementwise


def copysign(input: Array, other: Array) -> Tensor:
    """The magnitude of the input with the sign of the other, of a zero too.

    >>> import minigrad as mg
    >>> mg.copysign(mg.tensor([1.0, -2.0]), mg.tensor([-0.0, 3.0]))
    tensor([-1.,  2.])
    """
    x = _tensor(input, other)
    y = _tensor(other, x)
    dtype = result_type(x, y)
    x = x.to(dtype if dtype.kind == "f" else default_dtype())
    signs = np.where(np.signbit(y._data), x.dtype.type(-1), x.dtype.type(1))
    y = y.to(x.dtype) if y.dtype == bool else y
    plain = (y._data != 0) & ~np.isnan(y._data)
    return piecewise.abs(x) * piecewise.where(plain, piecewise.sign(y), tensor_of(signs))


def float_power(input: Array, exponent: Array) -> Tensor:
    """A power computed in float64."""
    pair = (_in_double(x) for x in (input, exponent))
    return arithmetic.pow(*pair)


def _in_double(x: Array) -> Tensor:
    return x.double() if isinstance(x, Tensor) else tensor_of(as_array(x, "input", np.float64))


def fmax(input: Array, other: Array) -> Tensor:
    """The larger of each pair, the input at a tie; where one is NaN, the other."""
    x, y = _tensor(input, other), _tensor(other, input)
    return piecewise.where(logic.logical_or(x >= y, logic.isnan(y)), x, y)


def fmin(input: Array, other: Array) -> Tensor:
    """The smaller of each pair, the input at a tie; where one is NaN, the other."""
    x, y = _tensor(input, other), _tensor(other, input)
    return piecewise.where(logic.logical_or(x <= y, logic.isnan(y)), x, y)


def logaddexp2(input: Array, other: Array) -> Tensor:
    """log2(2^x + 2^y), without overflow."""
    both = _floats_alike(*_pair(input, other))
    scaled = (arithmetic.multiply(t, math.log(2)) for t in both)
    return arithmetic.divide(arithmetic.logaddexp(*scaled), math.log(2))


def heaviside(input: Array, values: Array) -> Tensor:
    """0 for negative elements, 1 for positive ones, `values` at 0.

    Raises ValueError where the input requires a gradient: a step has none (PyTorch refuses the
    backward pass).
    """
    x = _tensor(input)
    if is_recorded(x):
        raise ValueError(
            "heaviside: input: it requires a gradient, and a step has none; pass input.detach()"
        )
    return piecewise.where(logic.eq(x, 0), values, piecewise.where(x > 0, 1.0, 0.0).to(x.dtype))


def gcd(input: Array, other: Array) -> Tensor:
    """The greatest common divisor of whole numbers."""
    return _of_whole_numbers(np.gcd, input, other)


def lcm(input: Array, other: Array) -> Tensor:
    """The least common multiple of whole numbers."""
    return _of_whole_numbers(np.lcm, input, other)


def _of_whole_numbers(ufunc: Any, input: Array, other: Array) -> Tensor:
    dtype = result_type(input, other)
    return result(ufunc(*(_tensor(t)._data.astype(dtype) for t in (input, other))), None)


def signbit(input: Array) -> Tensor:
    """Is the sign negative (of -0.0 too)?"""
    return result(np.signbit(_tensor(input)._data), None)


def isposinf(input: Array) -> Tensor:
    """Which elements are +inf?"""
    return logic.eq(input, math.inf)


def isneginf(input: Array) -> Tensor:
    """Which elements are -inf?"""
    return logic.eq(input, -math.inf)


def isreal(input: Array) -> Tensor:
    """Which elements are real?  All of them."""
    return result(np.ones(_tensor(input).shape, bool), None)


def isin(elements: Array, test_elements: Array, *, invert: bool = False) -> Tensor:
    """Which elements occur among the others?

    >>> import minigrad as mg
    >>> mg.isin(mg.tensor([1, 2, 3]), mg.tensor([2, 5]))
    tensor([False,  True, False])
    """
    x, others = _pair(elements, test_elements)
    return result(np.isin(x._data, others._data, invert=invert), None)


def is_nonzero(input: Array) -> bool:
    """Is the single element not 0?  ValueError for several."""
    return bool(_tensor(input))


def is_complex(input: Array) -> bool:
    """Are the numbers complex?  Never."""
    return False


def result_type(tensor1: Array, tensor2: Array) -> np.dtype[Any]:
    """The dtype that an operation of two gives, whatever their sizes."""

    def small(t: Array) -> Array:
        return np.zeros((1,) * builtins.min(np.ndim(t), 1), t.dtype) if hasattr(t, "dtype") else t

    return arithmetic.add(*(_tensor(small(t)) for t in (tensor1, tensor2))).dtype


def promote_types(type1: Any, type2: Any) -> np.dtype[Any]:
    """The smallest dtype that both convert to; a floating one stays beside integers.

    >>> promote_types("int64", "float32")
    dtype('float32')
    """
    one, other = (as_dtype(t, "promote_types") for t in (type1, type2))
    floating = [t for t in (one, other) if t.kind == "f"]
    return np.result_type(*(floating or (one, other)))


# --------------------------------------------------------------------- products


def addr(input: Array, vec1: Array, vec2: Array, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (the products of the elements of two vectors)."""
    one, two = _pair(vec1, vec2)
    x, one, two = _together(_tensor(input, one), one, two)
    product = linalg.outer(one, two)
    out = _weighted("addr", x, beta, product) + _times(product, alpha, x)
    return out.to(bool) if (x.dtype, product.dtype) == (bool, bool) else out


def addbmm(
    input: Array, batch1: Array, batch2: Array, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """beta * input + alpha * (the sum of the products of a batch)."""
    products = bmm(*_roomy(input, batch1, batch2))
    product = sum(products, 0, dtype=products.dtype)
    return _weighted("addbmm", input, beta, product) + _times(product, alpha, _tensor(input))


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, from the left."""
    product, *others = matrices
    for m in others:
        product = linalg.matmul(product, m)
    return product if others else clone(product)


def cdist(x1: Array, x2: Array, p: float = 2.0, compute_mode: str | None = None) -> Tensor:
    """The distances of all pairs of rows: x1 (..., n, d) and x2 (..., m, d) give (..., n, m).

    p : the order of the norm of the differences

    >>> import minigrad as mg
    >>> mg.cdist(mg.tensor([[0.0, 0.0]]), mg.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    from .pytorch import norm

    x1, x2 = map(in_room, _pair(x1, x2))
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, dim=-1)


def trapezoid(y: Array, x: Array = None, *, dx: float | None = None, dim: int = -1) -> Tensor:
    """The integral over an axis by the trapezoidal rule, at places x or `dx` (1) apart.

    Raises ValueError for another number of places than values, TypeError for x and dx.

    >>> import minigrad as mg
    >>> mg.trapezoid(mg.tensor([1.0, 2.0, 3.0]))
    tensor(4.)
    """
    return sum(_strips(y, x, dx, dim), dim)


def cumulative_trapezoid(
    y: Array, x: Array = None, *, dx: float | None = None, dim: int = -1
) -> Tensor:
    """The integral up to each place but the first, by the trapezoidal rule."""
    from .pytorch import cumsum

    return cumsum(_strips(y, x, dx, dim), dim)


def _strips(y: Array, x: Array, dx: float | None, dim: int) -> Tensor:
    from .pytorch import diff

    y = in_room(_tensor(y))
    axis = _axis("trapezoid", y, dim)
    left, right = (shaping._along(axis, s) for s in _ENDS)
    width: Any = 1 if dx is None else dx
    if x is not None:
        if dx is not None:
            raise TypeError("trapezoid: wanted x or dx, got both; x says how far apart they are")
        x = in_room(_tensor(x, y))
        along = dim if x.ndim > 1 else -1
        if x.ndim and x.shape[_axis("trapezoid", x, along)] != y.shape[axis]:
            raise ValueError(
                f"trapezoid: x: wanted {y.shape[axis]} places, one for each value along axis "
                f"{dim}, got shape {x.shape}"
            )
        width = diff(x, dim=along)
        if width.ndim == 1:
            width = reshape(width, (-1,) + (1,) * (-1 - (dim if dim < 0 else dim - y.ndim)))
    return (y[left] + y[right]) * width / 2


_ENDS = slice(None, -1), slice(1, None)


# --------------------------------------------------------------------- statistics and order


def nanmean(input: Array, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of what is not NaN; NaN where all is.

    >>> import minigrad as mg
    >>> mg.nanmean(mg.tensor([1.0, float("nan"), 3.0]))
    tensor(2.)
    """
    from .pytorch import _dims, nansum

    x, dim = _tensor(input), _dims(dim, input)
    if dtype is not None and as_dtype(dtype, "nanmean").kind != "f":
        raise TypeError(f"nanmean: dtype: wanted a floating dtype, got {dtype}")
    count = sum(logic.logical_not(logic.isnan(x)), dim, keepdim)
    total = nansum(x if dtype is None else x.to(dtype), dim, keepdim)
    return total / count


def nanmedian(input: Array, dim: int | None = None, keepdim: bool = False) -> Any:
    """`median` of what is not NaN; NaN where all is.  Raises IndexError as `median`.

    >>> import minigrad as mg
    >>> mg.nanmedian(mg.tensor([1.0, float("nan"), 3.0]))
    tensor(1.)
    """
    x = _tensor(input)
    if dim is None:
        return reductions.median(x, True) if x.numel() else reductions.sum(x) + math.nan
    dim = _axis("nanmedian", x, dim)
    if not x.ndim:
        return Extremes(reshape(x, ()), _integers(0))
    if not x.shape[dim]:
        raise IndexError(f"nanmedian: axis {dim} of shape {x.shape} has no elements")
    values, places = sort(x, dim)  # NaN last
    count = np.isnan(values._data).sum(dim, keepdims=True)
    middle = np.maximum(x.shape[dim] - count - 1, 0) // 2
    found = Extremes(*(indexing.take_along_axis(t, middle, axis=dim) for t in (values, places)))
    return found if keepdim else Extremes(*(shaping.squeeze(t, axis=dim) for t in found))


def mode(input: Array, dim: int = -1, keepdim: bool = False) -> Extremes:
    """The most frequent element along `dim`, the smallest of several, and where it was last.

    >>> import minigrad as mg
    >>> mg.mode(mg.tensor([3, 1, 3, 1, 2])).values
    tensor(1)
    """
    x = _tensor(input)
    dim = _axis("mode", x, dim)
    if not x.ndim:
        return Extremes(reshape(x, ()), _integers(0))
    rows = np.moveaxis(x._data, dim, -1)
    if not rows.shape[-1]:
        raise IndexError(f"mode: axis {dim} of shape {x.shape} has no elements")
    found = np.empty(rows.shape[:-1], np.int64)
    for place in np.ndindex(found.shape):
        _, inverse, counts = np.unique(rows[place], False, True, True, equal_nan=False)
        found[place] = np.flatnonzero(inverse == counts.argmax())[-1]
    places = _integers(np.expand_dims(found, dim))
    both = Extremes(indexing.take_along_axis(x, places, axis=dim), places)
    return both if keepdim else Extremes(*(shaping.squeeze(t, axis=dim) for t in both))


def renorm(input: Array, p: float, dim: int, maxnorm: float) -> Tensor:
    """The input with those slices along `dim` made shorter whose p-norm is above `maxnorm`.

    Raises ValueError for a maxnorm below 0, TypeError for what is no number.

    >>> import minigrad as mg
    >>> mg.renorm(mg.tensor([[3.0, 4.0], [0.3, 0.4]]), 2, 0, 1.0)
    tensor([[0.6, 0.8],
            [0.3, 0.4]])
    """
    x = _tensor(input)
    check_number("renorm: maxnorm", maxnorm)
    if not maxnorm >= 0:
        raise ValueError(f"renorm: maxnorm: wanted a number of at least 0, got {maxnorm}")
    if x.ndim < 2:
        raise ValueError(f"renorm: input: wanted at least 2 axes, got shape {x.shape}")
    axis = _axis("renorm", x, dim)
    others = tuple(i for i in builtins.range(x.ndim) if i != axis)
    norms = reductions.vector_norm(x, others, True, p)
    return x * piecewise.where(norms > maxnorm, maxnorm / (norms + 1e-7), 1.0)  # PyTorch's guard


def quantile(
    input: Array,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The values below which fractions q of the elements lie, between two of them by a line.

    q : a number or a vector of them, in [0, 1]; a vector's axis is the first of the result
    interpolation : "linear", "lower", "higher", "nearest" or "midpoint"

    NaN where there is one among the elements.  Raises ValueError for other fractions.

    >>> import minigrad as mg
    >>> mg.quantile(mg.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
    tensor(2.5)
    """
    ways = ("linear", "lower", "higher", "nearest", "midpoint")
    if interpolation not in ways:
        raise ValueError(f"quantile: interpolation: wanted one of {ways}, got {interpolation!r}")
    x = _tensor(input)
    if x.dtype.kind != "f":
        raise TypeError(f"quantile: input: wanted float32 or float64, got {x.dtype}")
    fractions = _constant("quantile: q", q, x.dtype).astype(np.float64)
    if not np.all((fractions >= 0) & (fractions <= 1)):
        raise ValueError(f"quantile: q: wanted numbers in [0, 1], got {fractions.tolist()!r:.60}")
    if dim is None:
        shape = (1,) * x.ndim
        out = quantile(reshape(x, -1), q, 0, interpolation=interpolation)
        return reshape(out, (*np.shape(fractions), *shape)) if keepdim else out
    axis = _axis("quantile", x, dim)
    if not x.ndim:
        return quantile(reshape(x, 1), q, 0, interpolation=interpolation)
    n = x.shape[axis]
    if not x.numel():
        raise ValueError(f"quantile: input: wanted elements, got shape {x.shape}")
    ordered = sort(x, axis).values
    at = np.atleast_1d(fractions) * (n - 1)
    if interpolation == "nearest":
        at = np.rint(at)
    low, high = np.floor(at).astype(np.int64), np.ceil(at).astype(np.int64)
    if interpolation in ("lower", "higher", "nearest"):
        low = high = high if interpolation == "higher" else low
    part = np.full(at.shape, 0.5) if interpolation == "midpoint" else at - low
    below, above = (ordered[shaping._along(axis, k)] for k in (low, high))
    shaped = part.astype(x.dtype).reshape((-1,) + (1,) * (x.ndim - axis - 1))
    out = below + (above - below) * shaped if low is not high else below
    lost = reductions.any(logic.isnan(x), axis, True)
    last = ordered[shaping._along(axis, np.array([n - 1]))]  # NaN, if there is one
    out = movedim(piecewise.where(lost, last, out), axis, 0)
    if keepdim:
        out = unsqueeze(out, axis + 1)
    return out if fractions.ndim else out[0]


def msort(input: Array) -> Tensor:
    """The elements in order along the first axis."""
    return sort(input, 0).values


def cummax(input: Array, dim: int) -> Extremes:
    """The largest element so far along an axis, and where it is, the last of equal ones.

    >>> import minigrad as mg
    >>> mg.cummax(mg.tensor([1.0, 3.0, 2.0]), 0)
    Extremes(values=tensor([1., 3., 3.]), indices=tensor([0, 1, 1]))
    """
    return _cumulative("cummax", input, dim, np.maximum)


def cummin(input: Array, dim: int) -> Extremes:
    """The smallest element so far along an axis, and where it is, the last of equal ones."""
    return _cumulative("cummin", input, dim, np.minimum)


def _cumulative(name: str, input: Array, dim: int, ufunc: Any) -> Extremes:
    x = _tensor(input)
    axis = _axis(name, x, dim)
    if not x.ndim:
        return Extremes(clone(x), _integers(0))
    places = _integers(_best_so_far(x._data, axis, ufunc))
    return Extremes(indexing.take_along_axis(x, places, axis=axis), places)


@whole
def _best_so_far(values: np.ndarray, axis: int, ufunc: Any) -> np.ndarray:
    best = ufunc.accumulate(values, axis)
    new = (values == best) | np.isnan(values)
    count = np.arange(values.shape[axis]).reshape((-1,) + (1,) * (values.ndim - axis - 1))
    return np.maximum.accumulate(np.where(new, count, 0), axis)


def logcumsumexp(input: Array, dim: int) -> Tensor:
    """The logarithm of the running sum of exponentials along an axis, without overflow.

    >>> import minigrad as mg
    >>> mg.logcumsumexp(mg.tensor([-1000.0, 1000.0]), 0)
    tensor([-1000.,  1000.])
    """
    x = _tensor(input)
    return _so_far(x, _axis("logcumsumexp", x, dim), arithmetic.logaddexp)


def cov(
    input: Array, *, correction: int = 1, fweights: Array = None, aweights: Array = None
) -> Tensor:
    """The covariances of variables, which are the rows of the input.

    fweights, aweights : how often each column counts, and how much; vectors of whole numbers, and
        of numbers, that are not negative

    Raises ValueError for other weights and for an input of more than two axes, TypeError for
    fweights that are not whole.

    >>> import minigrad as mg
    >>> mg.cov(mg.tensor([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    check_integer("cov: correction", correction)
    x = atleast_2d(input)
    if x.ndim > 2:
        raise ValueError(f"cov: input: wanted at most two axes, got shape {x.shape}")
    x = x if x.is_floating_point() else x.astype(default_dtype())
    often = _weights("cov: fweights", fweights, x)
    much = _weights("cov: aweights", aweights, x)
    if fweights is not None and _tensor(fweights).dtype.kind not in "iu":
        raise TypeError(f"cov: fweights: wanted integers, got {_tensor(fweights).dtype}")
    weights = (often * much).astype(x.dtype)
    total = weights.sum()
    loss = correction * ((weights * much).sum() / total if aweights is not None else 1)
    centred = x - sum(x * weights, 1, keepdim=True) / total
    out = linalg.matmul(centred * weights, centred.mT) / builtins.max(total - loss, 0)
    return reshape(out, ()) if len(x) == 1 else out


def _weights(name: str, weights: Array, x: Tensor) -> np.ndarray:
    """A weight of at least 0 for each column of x; 1, if none are given."""
    if weights is None:
        return np.ones(x.shape[1], x.dtype)
    array = _constant(name, weights, x.dtype)
    if array.ndim > 1 or array.size != x.shape[1] or not (array >= 0).all():
        raise ValueError(
            f"{name}: wanted {x.shape[1]} numbers of at least 0, one for each column, got "
            f"{array.tolist()!r:.60}"
        )
    return array


def corrcoef(input: Array) -> Tensor:
    """Pearson's correlations of variables, which are the rows of the input."""
    c = cov(input)
    if not c.ndim:
        return c / c
    spread = elementary.sqrt(shaping.diagonal(c, 0, 0, 1))
    return piecewise.clip(c / unsqueeze(spread, 1) / spread, -1, 1)


def unique_consecutive(
    input: Array, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The elements without repetitions of the one before; ValueError for a `dim`.

    Returns a tensor, or (values, where each element went, how many there were), as asked.  They
    have no derivative: a backward pass through them raises RuntimeError.

    >>> import minigrad as mg
    >>> mg.unique_consecutive(mg.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    if dim is not None:
        raise ValueError("unique_consecutive: wanted no dim: all elements are compared")
    x = _tensor(input)
    flat = x._data.ravel()
    new = np.ones(flat.size, bool)
    new[1:] = flat[1:] != flat[:-1]
    starts = np.flatnonzero(new)
    found: list[Tensor] = [refusing_gradient(x, flat[starts], "unique_consecutive")]
    if return_inverse:
        found.append(_integers((np.cumsum(new) - 1).reshape(x.shape)))
    if return_counts:
        found.append(_integers(np.diff(np.append(starts, flat.size))))
    return found[0] if len(found) == 1 else tuple(found)


# --------------------------------------------------------------------- places


@whole
def searchsorted(
    sorted_sequence: Array,
    input: Array,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
) -> Tensor:
    """Where numbers belong in rows that are in order; of a vector, all in the same.

    right : behind equal elements, not before; side : "left" or "right" says the same

    Raises ValueError for a side that contradicts `right`.

    >>> import minigrad as mg
    >>> mg.searchsorted(mg.tensor([1, 3, 5]), mg.tensor([3, 4]))
    tensor([1, 2])
    """
    if side not in (None, "left", "right"):
        raise ValueError(f"searchsorted: side: wanted 'left' or 'right', got {side!r:.60}")
    if right and side == "left":
        raise ValueError("searchsorted: side='left' and right=True contradict each other")
    rows, x = (t._data for t in _pair(sorted_sequence, input))
    at: Any = "right" if right or side == "right" else "left"
    if rows.ndim == 1:
        found = np.searchsorted(rows, x, at)
    else:
        if rows.shape[:-1] != x.shape[:-1]:
            raise ValueError(f"searchsorted: the rows of {rows.shape} and {x.shape} do not fit")
        found = np.empty(x.shape, np.int64)
        for place in np.ndindex(x.shape[:-1]):
            found[place] = np.searchsorted(rows[place], x[place], at)
    return result(np.asarray(found, np.int32 if out_int32 else np.int64), None)


def bucketize(
    input: Array, boundaries: Array, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """In which of the parts between boundaries each number lies.

    >>> import minigrad as mg
    >>> mg.bucketize(mg.tensor([0.5, 2.5]), mg.tensor([1.0, 2.0, 3.0]))
    tensor([0, 2])
    """
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def unravel_index(indices: Array, shape: Any) -> tuple[Tensor, ...]:
    """Places in a flattened tensor as a place on each axis.

    >>> import minigrad as mg
    >>> mg.unravel_index(mg.tensor(5), (2, 3))
    (tensor(1), tensor(2))
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    return tuple(_integers(i) for i in np.unravel_index(_tensor(indices)._data, sizes))


def index_copy(input: Array, dim: int, index: Array, source: Array) -> Tensor:
    """A copy of the input with the slices `index` along an axis taken from the source.

    Raises IndexError for places that the axis has not, ValueError for a source of another shape.
    """
    x = _tensor(input)
    axis, places = _slices("index_copy", x, dim, index, 0)
    wanted = (*x.shape[:axis], len(places), *x.shape[axis + 1 :]) if x.ndim else np.shape(source)
    if np.shape(source) != wanted:
        raise ValueError(f"index_copy: source: wanted shape {wanted}, got {np.shape(source)}")
    source = _alike("index_copy: source", source, x)
    grown = reshape(x, (1,)) if not x.ndim else x  # passes for one of a single element
    return reshape(indexing._setitem(grown, source, shaping._along(axis, places)), x.shape)


def index_put(input: Array, indices: Any, values: Array, accumulate: bool = False) -> Tensor:
    """A copy of the input with `values` at places, or added to what is there."""
    x = _tensor(input)
    places, values = plain(tuple(indices)), _alike("index_put: values", values, x)
    if not accumulate:
        return indexing._setitem(x, values, places)
    flat = np.arange(x.numel()).reshape(x.shape)[places]
    added = shaping.broadcast_to(values, flat.shape)
    from .pytorch import scatter_add

    out = scatter_add(reshape(x, -1), 0, _integers(flat.ravel()), reshape(added, -1))
    return reshape(out, x.shape)


def put(input: Array, index: Array, source: Array, accumulate: bool = False) -> Tensor:
    """A copy of the input with `source` at places counted as if it were flat.

    >>> import minigrad as mg
    >>> mg.put(mg.zeros(2, 2), mg.tensor([3]), mg.tensor([5.0]))
    tensor([[0., 0.],
            [0., 5.]])
    """
    x = _tensor(input)
    places = reshape(_integers(_places("put", index)), -1)
    values = reshape(_alike("put: source", source, x), -1)
    return reshape(index_put(reshape(x, -1), (places,), values, accumulate), x.shape)


def select_scatter(input: Array, src: Array, dim: int, index: int) -> Tensor:
    """A copy of the input with `src` at one place of an axis.

    >>> import minigrad as mg
    >>> mg.select_scatter(mg.zeros(2, 2), mg.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    x = _tensor(input)
    axis = _axis("select_scatter", x, dim)
    wanted = x.shape[:axis] + x.shape[axis + 1 :]
    if np.shape(src) != wanted:
        raise ValueError(f"select_scatter: src: wanted shape {wanted}, got {np.shape(src)}")
    place = check_integer("select_scatter: index", index)
    src = _in_dtype("select_scatter: src", src, x)
    return indexing._setitem(x, src, shaping._along(axis, place))


def slice_scatter(
    input: Array,
    src: Array,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """A copy of the input with `src` at a slice of an axis.

    >>> import minigrad as mg
    >>> mg.slice_scatter(mg.zeros(4), mg.ones(2), 0, 0, 4, 2)
    tensor([1., 0., 1., 0.])
    """
    x = _tensor(input)
    part = shaping._along(_axis("slice_scatter", x, dim), builtins.slice(start, end, step))
    if np.shape(src) != (wanted := x._data[part].shape):
        raise ValueError(f"slice_scatter: src: wanted shape {wanted}, got {np.shape(src)}")
    return indexing._setitem(x, _in_dtype("slice_scatter: src", src, x), part)


def scatter_reduce(
    input: Array, dim: int, index: Array, src: Array, reduce: str, *, include_self: bool = True
) -> Tensor:
    """The input with what `src` has for each place reduced into it.

    reduce : "sum", "mean", "amax" or "amin"; include_self : the input's own element counts

    The gradient of an extreme is shared by those that are equal to it.  Raises ValueError for
    another `reduce`.

    >>> import minigrad as mg
    >>> places, values = mg.tensor([0, 0, 1]), mg.tensor([1.0, 5.0, 2.0])
    >>> mg.scatter_reduce(mg.zeros(2), 0, places, values, "amax")
    tensor([5., 2.])
    """
    from .pytorch import scatter_add

    if reduce not in ("sum", "mean", "amax", "amin"):
        raise ValueError(f"scatter_reduce: reduce: wanted sum, mean, amax or amin, got {reduce!r}")
    shape = np.shape(input)
    x, places, src = _scatter_places("scatter_reduce", input, dim, index, src)
    if reduce in ("amax", "amin"):
        return reshape(_scatter_extreme(x, src, places, reduce, include_self), shape)
    zeros = tensor_of(np.zeros(x.shape, x.dtype))
    rows = reshape(index, (1,)) if not np.ndim(index) else index
    counts = scatter_add(zeros, dim, rows, tensor_of(np.ones(src.shape, x.dtype)))
    own = logic.logical_not(counts > 0) if not include_self else counts >= 0
    total = scatter_add(piecewise.where(own, x, zeros), dim, rows, src)
    if reduce == "mean":
        counts = piecewise.maximum(counts + own.to(x.dtype), 1)
        divide = arithmetic.divide if x.dtype.kind == "f" else piecewise.floor_divide
        total = divide(total, counts)
    return reshape(total, shape)


@operation(saves=("own", "chosen", "shares"))
def _scatter_extreme(
    x: Array, src: Array, places: Any, reduce: str, include_self: bool, recorded: bool = False
) -> Any:
    """x, or the best of what src has for each of the places, and of x there."""
    best, own = np.array(x), np.ones(x.shape, bool)
    if not include_self:
        own[places] = False
        best[places] = src  # any of those that are compared
    with np.errstate(invalid="ignore"):  # NaN is an extreme
        (np.maximum if reduce == "amax" else np.minimum).at(best, places, src)
    if not recorded:
        return best, None, None, None
    own &= x == best
    chosen = src == best[places]
    counts = own.astype(x.dtype)
    np.add.at(counts, places, chosen)
    shares = 1 / np.where(counts, counts, np.nan)  # of NaN, which is equal to nothing
    return best, own, chosen, shares.astype(x.dtype)


@_scatter_extreme.gradient("x")
def _(g, own, shares):
    return piecewise.where(own, g, 0.0) * shares


@_scatter_extreme.gradient("src")
def _(g, chosen, shares, places):
    return piecewise.where(chosen, indexing.getitem(g, places), 0.0) * shares[places]


def masked_scatter(input: Array, mask: Array, source: Array) -> Tensor:
    """A copy of the input whose elements under the mask are the first ones of the source.

    Raises ValueError if these are too few, TypeError for a mask that is not of bools.
    """
    x, hidden = broadcast_tensors(input, mask)
    if hidden.dtype != np.bool_:
        raise TypeError(f"masked_scatter: mask: wanted bools, got {hidden.dtype}")
    chosen = plain(hidden)
    count = int(tensor_of(chosen).sum())  # as a tensor, of whose value watchers are told
    values = reshape(_alike("masked_scatter: source", source, x), -1)
    if values.numel() < count:
        raise ValueError(f"masked_scatter: source: wanted {count} elements, got {values.numel()}")
    return indexing._setitem(x, values[:count], (chosen,))


def range(start: float, end: float, step: float = 1, *, dtype: Any = None) -> Tensor:
    """As `arange`, with the end; floating.

    >>> import minigrad as mg
    >>> mg.range(1, 3)
    tensor([1., 2., 3.])
    """
    from ..creation import _number, arange

    start, end, step = (_number("range", value) for value in (start, end, step))
    count = math.floor((end - start) / step) + 1
    if count < 1:
        raise ValueError(f"range: no step of {step} leads from {start} to {end}")
    steps = arange(count, dtype=np.float64) * step + start
    return steps.to(default_dtype() if dtype is None else dtype)


trapz = trapezoid

for _name in __all__:
    globals()[_name] = with_aliases(globals()[_name])
