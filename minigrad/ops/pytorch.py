"""PyTorch's functions whose meaning is not that of one operation, composed from operations.

`names.py` says under which names they and the operations can be reached.  `axis` and `keepdims`
may be written for `dim` and `keepdim` everywhere.
"""

from __future__ import annotations

import builtins
import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..engine.arguments import with_aliases
from ..engine.axes import normalize_axis_index, normalize_axis_tuple, refuse_truth
from ..engine.convert import as_array
from ..engine.dtypes import as_dtype, check_integer, check_number, default_dtype
from ..engine.fields import view_of
from ..engine.in_place import in_dtype
from ..engine.mode import mode
from ..engine.operation import operation
from ..engine.tensor import Tensor, beside, result, tensor_of
from ..engine.watchers import tell_copy, whole
from . import arithmetic, elementary, indexing, linalg, logic, piecewise, reductions, shaping
from .older import factor_before

__all__ = [
    "add",
    "addcdiv",
    "addcmul",
    "addmm",
    "addmv",
    "all",
    "allclose",
    "amax",
    "amin",
    "aminmax",
    "any",
    "argsort",
    "argwhere",
    "baddbmm",
    "bincount",
    "bmm",
    "cat",
    "chunk",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clone",
    "count_nonzero",
    "cross",
    "cumprod",
    "cumsum",
    "deg2rad",
    "diag",
    "diag_embed",
    "diff",
    "dist",
    "div",
    "dot",
    "equal",
    "exp2",
    "expand",
    "expand_as",
    "flatten",
    "flip",
    "fliplr",
    "flipud",
    "fmod",
    "frac",
    "gather",
    "histc",
    "histogram",
    "hstack",
    "index_add",
    "index_fill",
    "index_select",
    "isclose",
    "kthvalue",
    "lerp",
    "logit",
    "logsumexp",
    "masked_fill",
    "masked_select",
    "max",
    "mean",
    "median",
    "meshgrid",
    "min",
    "mm",
    "movedim",
    "mv",
    "nan_to_num",
    "nansum",
    "narrow",
    "nonzero",
    "norm",
    "numel",
    "permute",
    "prod",
    "rad2deg",
    "ravel",
    "repeat",
    "reshape",
    "round",
    "rsqrt",
    "rsub",
    "scatter",
    "scatter_add",
    "select",
    "sinc",
    "sort",
    "split",
    "squeeze",
    "std",
    "std_mean",
    "sub",
    "sum",
    "t",
    "take_along_dim",
    "tensor_split",
    "tile",
    "topk",
    "transpose",
    "trunc",
    "unbind",
    "unflatten",
    "unique",
    "unsqueeze",
    "var",
    "var_mean",
    "view",
    "view_as",
    "vstack",
    "where",
    "xlogy",
]

Array = Any  # a tensor, or anything that becomes one
Dim = int | tuple[int, ...] | None


class Extremes(NamedTuple):
    """Values along an axis, and where they were."""

    values: Tensor
    indices: Tensor


def _tensor(x: Array, other: Any = None, name: str = "input") -> Any:
    """x as a tensor; its Python floats take the dtype of the tensor `other`."""
    if isinstance(other, Tensor):
        return beside(x, other, name)
    return x if isinstance(x, Tensor) else tensor_of(as_array(x, name))


def _pair(x: Array, y: Array) -> tuple[Tensor, Tensor]:
    """Two tensors; Python floats take the dtype of the other one, if that is a tensor."""
    first = _tensor(x, y)
    return first, _tensor(y, first, "other")


def _floats_alike(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Two tensors, of which one is floating, in one dtype, before a function is taken of each.

    By themselves integers would become the default dtype, and float32 would be rounded.
    """
    floating = [t for t in (x, y) if t.dtype.kind == "f"]
    if not floating or x.dtype == y.dtype:
        return x, y
    dtype = np.result_type(*(t.dtype for t in [t for t in floating if t.ndim] or floating))
    return shaping.astype(x, dtype), shaping.astype(y, dtype)


def in_room(x: Tensor) -> Tensor:
    """Whole numbers as int64: differences and products of bytes do not fit into bytes."""
    return x if x.dtype.kind == "f" or x.dtype == np.int64 else shaping.astype(x, np.int64)


def _constant(name: str, x: Array, numbers: np.dtype | None = None) -> np.ndarray:
    """An array of what has no derivative; Python's numbers in the dtype `numbers`."""
    if isinstance(x, Tensor) and x._requires_grad and mode.recording:
        raise ValueError(
            f"{name} has no derivative, but requires a gradient; pass it detached: .detach()"
        )
    return as_array(x, name, None if hasattr(x, "dtype") else numbers)


@operation
def refusing_gradient(input: Array, values: np.ndarray, name: str) -> np.ndarray:
    """`values`, which were made of `input` by what has no derivative; a backward pass says so.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> refusing_gradient(x, np.zeros(1), "a count").requires_grad
    True
    """
    return values


@refusing_gradient.gradient("input")
def _(g, name):
    raise RuntimeError(f"the results of {name} have no derivative; .detach() them, or its input")


def _integers(values: Any) -> Tensor:
    return result(np.asarray(values, np.int64), None)


def _axis(name: str, x: Array, dim: Any) -> int:
    """`dim` counted from the front; a 0-d tensor passes for one of a single element."""
    refuse_truth(dim, name)
    return normalize_axis_index(operator.index(dim), x.ndim or 1, name)


# --------------------------------------------------------------------- extremes and order


def _extreme(name: str, x: Array, dim: Any, keepdim: bool) -> Any:
    extreme = {"max": reductions.amax, "min": reductions.amin}[name]
    both = {"max": piecewise.maximum, "min": piecewise.minimum}[name]
    if dim is None:
        return extreme(x)
    if isinstance(dim, (Tensor, np.ndarray)):
        return both(x, dim)
    if not isinstance(dim, (int, np.integer)) or isinstance(dim, bool):
        raise TypeError(
            f"{name}: dim: wanted an integer, or another tensor, got {dim!r:.40}; a{name} takes "
            f"several axes, and {both.__name__} numbers"
        )
    x = _tensor(x)
    where = {"max": reductions.argmax, "min": reductions.argmin}[name]
    dim = _axis(name, x, dim)
    if not x.ndim:
        return Extremes(x.reshape(()), _integers(0))
    places = where(x, axis=dim, keepdims=True)
    values = indexing.take_along_axis(x, places, axis=dim)
    if keepdim:
        return Extremes(values, places)
    return Extremes(*(shaping.squeeze(t, axis=dim) for t in (values, places)))


def max(input: Array, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair.

    Returns (values, indices) for a `dim`, whose gradient goes to the element that was chosen, the
    first of equal ones.  Without one, and for two tensors, ties share it.  Raises ValueError for
    the largest of nothing, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> values, indices = mg.max(mg.tensor([[1.0, 5.0], [4.0, 2.0]]), 1)
    >>> values, indices
    (tensor([5., 4.]), tensor([1, 0]))
    """
    return _extreme("max", input, dim if other is None else other, keepdim)


def min(input: Array, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; otherwise as `max`.

    >>> import minigrad as mg
    >>> mg.min(mg.tensor([[1.0, 5.0], [4.0, 2.0]]), 1).indices
    tensor([0, 1])
    """
    return _extreme("min", input, dim if other is None else other, keepdim)


def aminmax(
    input: Array, *, dim: int | None = None, keepdim: bool = False
) -> tuple[Tensor, Tensor]:
    """The smallest and the largest element, along `dim` or of all.

    >>> import minigrad as mg
    >>> mg.aminmax(mg.tensor([1.0, 5.0, 4.0]))
    (tensor(1.), tensor(5.))
    """
    return reductions.amin(input, dim, keepdim), reductions.amax(input, dim, keepdim)


def argsort(input: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that would sort along `dim`; equal elements stay in order.

    >>> import minigrad as mg
    >>> mg.argsort(mg.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    x = _tensor(input)
    axis = _axis("argsort", x, dim)
    return _integers(_order(x._data, axis, descending) if x.ndim else 0)


@whole
def _order(values: np.ndarray, axis: int, descending: bool) -> np.ndarray:
    """Where the elements are that come first, second and so on."""
    if descending:
        values = np.flip(values, axis)
    places = np.argsort(values, axis=axis, kind="stable")
    if descending:  # the last of equal elements came first
        places = np.flip(values.shape[axis] - 1 - places, axis)
    return places


def sort(input: Array, dim: int = -1, descending: bool = False, stable: bool = False) -> Extremes:
    """The elements in order along `dim`, and where they were: (values, indices).

    >>> import minigrad as mg
    >>> mg.sort(mg.tensor([3.0, 1.0, 2.0])).values
    tensor([1., 2., 3.])
    """
    x = _tensor(input)
    places = argsort(x, dim, descending)
    if not x.ndim:
        return Extremes(x.reshape(()), places)
    return Extremes(indexing.take_along_axis(x, places, axis=dim), places)


def topk(
    input: Array, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> Extremes:
    """The k largest (or smallest) elements along `dim`, in order, and where they were.

    Raises ValueError for more than there are.

    >>> import minigrad as mg
    >>> mg.topk(mg.tensor([3.0, 1.0, 2.0]), 2).indices
    tensor([0, 2])
    """
    x = _tensor(input)
    axis = _axis("topk", x, dim)
    n = x.shape[axis] if x.ndim else 1
    if not 0 <= check_integer("topk: k", k) <= n:
        raise ValueError(f"topk: k: wanted 0 to {n}, the size of axis {dim}, got {k}")
    values, places = sort(x, dim, descending=largest)
    if not x.ndim:
        return Extremes(values, places)
    part = shaping._along(axis, slice(0, k))
    return Extremes(values[part], places[part])


def median(input: Array, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element in order, the lower of two; along `dim` with its index.

    NaN where there is one among them.  Without a `dim` elements that are equal to it share the
    cotangent.  Raises IndexError for an axis without elements, and for no whole numbers at all.

    >>> import minigrad as mg
    >>> mg.median(mg.tensor([3.0, 1.0, 2.0, 8.0]))
    tensor(2.)
    """
    x = _tensor(input)
    if not x.numel() and dim is None:
        if x.dtype.kind != "f":
            raise IndexError(
                f"median: input: shape {x.shape} has no elements, and {x.dtype} no NaN"
            )
        return reductions.sum(x) + math.nan
    if dim is None:
        return reductions.median(x)
    if not x.ndim:
        return kthvalue(x, 1, dim, keepdim)
    axis = _axis("median", x, dim)
    n = x.shape[axis]
    if not n:
        raise IndexError(f"median: axis {dim} of shape {x.shape} has no elements")
    values, places = sort(x, dim)  # NaN last
    middle = _middle(values._data, axis)
    found = Extremes(*(indexing.take_along_axis(t, middle, axis=axis) for t in (values, places)))
    return found if keepdim else Extremes(*(shaping.squeeze(t, axis=axis) for t in found))


@whole
def _middle(values: np.ndarray, axis: int) -> np.ndarray:
    """Where the median is among sorted values: at the first NaN, if there is one."""
    n, missing = values.shape[axis], np.isnan(values).sum(axis, keepdims=True)
    return np.where(missing, n - missing, (n - 1) // 2)


def kthvalue(input: Array, k: int, dim: int = -1, keepdim: bool = False) -> Extremes:
    """The k-th smallest element along `dim`, from 1, and where it was.

    Raises ValueError for a k below 1 or beyond the elements there are.

    >>> import minigrad as mg
    >>> mg.kthvalue(mg.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    x = _tensor(input)
    axis = _axis("kthvalue", x, dim)
    n = x.shape[axis] if x.ndim else 1
    if not 1 <= check_integer("kthvalue: k", k) <= n:
        raise ValueError(f"kthvalue: k: wanted 1 to {n}, the size of axis {dim}, got {k}")
    values, places = sort(x, dim)
    if not x.ndim:
        return Extremes(values, places)
    part = shaping._along(axis, slice(k - 1, k) if keepdim else k - 1)
    return Extremes(values[part], places[part])


def unique(
    input: Array,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements in order, each NaN for itself; if asked, where each is, how often.

    They have no derivative: a backward pass through them raises RuntimeError.

    dim : compare the slices along this axis; ValueError for slices without elements

    >>> import minigrad as mg
    >>> mg.unique(mg.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    x = _tensor(input)
    parts: Any = {"return_inverse": return_inverse, "return_counts": return_counts}
    if dim is not None and not x.numel():  # NumPy would make a field for each element of a slice
        others = np.delete(x.shape, _axis("unique", x, dim))
        if 0 in others:
            raise ValueError(f"unique: dim={dim}: the slices of shape {x.shape} have no elements")
        found: Any = (x.numpy(), *(np.empty(0, np.int64) for part in parts.values() if part))
        found = found if len(found) > 1 else x.numpy()
    else:
        found = np.unique(x.numpy(), axis=dim, equal_nan=False, **parts)
    if isinstance(found, np.ndarray):
        return refusing_gradient(x, found, "unique")
    values, *places = found
    return refusing_gradient(x, values, "unique"), *map(_integers, places)


# --------------------------------------------------------------------- spread and norms


def _spread(
    of: Callable[..., Tensor], input: Array, dim: Any, unbiased: Any, keepdim: bool, correction: Any
) -> Tensor:
    """`reductions.var` or `std`, called as in PyTorch; `dim` is `unbiased` in var(x, False)."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None and correction is not None:
        raise TypeError(f"{of.__name__}: wanted correction or unbiased, got both")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    check_number(f"{of.__name__}: correction", correction)
    return of(input, _dims(dim, input), correction, keepdim)


def var(
    input: Array,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The variance over `dim` (all axes by default), unbiased unless `correction` is 0.

    The sum of squared distances from the mean is divided by n - correction (Bessel's).  PyTorch's
    older spelling, `unbiased=False` for correction=0, is taken too.

    >>> import minigrad as mg
    >>> mg.var(mg.tensor([1.0, 3.0])), mg.var(mg.tensor([1.0, 3.0]), correction=0)
    (tensor(2.), tensor(1.))
    """
    return _spread(reductions.var, input, dim, unbiased, keepdim, correction)


def std(
    input: Array,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation over `dim`, the root of `var`; its derivative at 0 is 0.

    >>> import minigrad as mg
    >>> mg.std(mg.tensor([1.0, 3.0]), correction=0)
    tensor(1.)
    """
    return _spread(reductions.std, input, dim, unbiased, keepdim, correction)


def var_mean(
    input: Array,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The variance, as `var`, and the mean over `dim`."""
    spread = var(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(
    input: Array,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Any:
    """The standard deviation, as `std`, and the mean over `dim`."""
    spread = std(input, dim, unbiased, keepdim, correction=correction)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def _convert(x: Array, dtype: Any, name: str) -> Any:
    return x if dtype is None else shaping.astype(x, as_dtype(dtype, name))


def _convert_real(x: Array, dtype: Any, name: str) -> Any:
    """For what is a float whatever it is of: int64 would round the elements before."""
    if dtype is not None and as_dtype(dtype, name).kind != "f":
        raise TypeError(f"{name}: dtype: wanted a floating dtype, got {dtype}")
    return _convert(x, dtype, name)


def _convert_both(
    reduce: Callable[..., Tensor], x: Array, dtype: Any, name: str, *args: Any
) -> Tensor:
    """What `reduce` makes of x in a dtype, in that dtype: of whole numbers it makes int64."""
    if dtype is None:
        return reduce(x, *args)
    out = reduce(_convert(x, dtype, name), *args)
    return out if out.dtype.kind == "f" else _convert(out, dtype, name)


def sum(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over `dim` (all axes by default).

    dtype : what the elements are converted to before, and the sum is in

    >>> import minigrad as mg
    >>> mg.sum(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=0)
    tensor([4., 6.])
    """
    return _convert_both(reductions.sum, input, dtype, "sum", _dims(dim, input), keepdim)


def mean(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean over `dim` (all axes by default); NaN of nothing.

    >>> import minigrad as mg
    >>> mg.mean(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
    tensor([1.5, 3.5])
    """
    return reductions.mean(_convert_real(input, dtype, "mean"), _dims(dim, input), keepdim)


def prod(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product over `dim` (all axes by default); 1 of nothing.

    >>> import minigrad as mg
    >>> mg.prod(mg.tensor([2.0, 3.0]))
    tensor(6.)
    """
    return _convert_both(reductions.prod, input, dtype, "prod", _dims(dim, input), keepdim)


def amax(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The largest element over `dim` (all axes by default); ties share its cotangent equally.

    NaN where there is one among them.

    >>> import minigrad as mg
    >>> mg.amax(mg.tensor([[1.0, 2.0], [3.0, 0.0]]), dim=1)
    tensor([2., 3.])
    """
    return reductions.amax(input, _dims(dim, input), keepdim)


def amin(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The smallest element over `dim`; ties and NaN as in `amax`.

    >>> import minigrad as mg
    >>> mg.amin(mg.tensor([[1.0, 2.0], [3.0, 0.0]]), dim=1)
    tensor([1., 0.])
    """
    return reductions.amin(input, _dims(dim, input), keepdim)


def logsumexp(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """log(sum(exp(x))) over `dim`, however large or small x is; -inf of nothing.

    >>> import minigrad as mg
    >>> mg.logsumexp(mg.tensor([1000.0, 1000.0]), dim=0)
    tensor(1000.6932)
    """
    return reductions.logsumexp(input, _dims(dim, input, ()), keepdim)


def all(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Are all elements over `dim` true (not 0)?

    >>> import minigrad as mg
    >>> mg.all(mg.tensor([[True, False], [True, True]]), dim=1)
    tensor([False,  True])
    """
    return reductions.all(input, _dims(dim, input, ()), keepdim)


def any(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Is any element over `dim` true (not 0)?

    >>> import minigrad as mg
    >>> mg.any(mg.tensor([[True, False], [False, False]]), dim=1)
    tensor([ True, False])
    """
    return reductions.any(input, _dims(dim, input, ()), keepdim)


def count_nonzero(input: Array, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """How many elements over `dim` are not 0.

    >>> import minigrad as mg
    >>> mg.count_nonzero(mg.tensor([[1.0, 0.0], [0.0, 0.0]]), dim=1)
    tensor([1, 0])
    """
    return reductions.count_nonzero(input, _dims(dim, input), keepdim)


def _dims(dim: Any, x: Array, none: Any = None) -> Any:
    """Axes of x as NumPy takes them; PyTorch's empty list means all, but for a few functions.

    A 0-d tensor passes for one of a single element.
    """
    if dim is None:
        return None
    refuse_truth(dim)
    if isinstance(dim, (list, tuple)):
        if len(dim) == 1 and dim[0] in (0, -1) and not np.ndim(x):
            return dim[0]
        return tuple(dim) or none
    return dim


def norm(
    input: Array, p: Any = "fro", dim: Dim = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The p-norm of the elements along `dim` (of all by default); "fro" and None mean 2.

    "nuc" is the sum of the singular values of matrices, -inf the smallest magnitude.  Raises
    ValueError for another p below 1, but for 0, which counts the elements that are not 0.

    >>> import minigrad as mg
    >>> mg.norm(mg.tensor([3.0, -4.0])), mg.norm(mg.tensor([3.0, -4.0]), p=1)
    (tensor(5.), tensor(7.))
    """
    x = _convert_real(_tensor(input), dtype, "norm")
    dim = _dims(dim, x)
    if not x.ndim and dim in (0, -1):
        dim = None
    if isinstance(p, str) and p == "nuc":
        from ..linalg import matrix_norm

        return matrix_norm(x, p, (-2, -1) if dim is None else dim, keepdim)
    order: Any = 2.0 if p is None or (isinstance(p, str) and p == "fro") else p
    check_number("norm: p", order)
    if order == 0 and not getattr(order, "requires_grad", False):
        return reductions.sum(shaping.astype(logic.ne(x, 0), x.dtype), dim, keepdim)
    if isinstance(order, float) and order == -math.inf:
        return reductions.amin(piecewise.abs(x), dim, keepdim)
    return reductions.vector_norm(x, dim, keepdim, order)


def dist(input: Array, other: Array, p: float = 2) -> Tensor:
    """The p-norm of the difference."""
    x, y = map(in_room, _pair(input, other))
    return norm(arithmetic.subtract(x, y), p)


def cumsum(input: Array, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `dim`; by default as if x had one axis.

    The Array API calls it cumulative_sum.

    >>> import minigrad as mg
    >>> mg.cumsum(mg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 3., 6.])
    """
    x = _tensor(input)
    out = _convert_both(reductions.cumsum, x, dtype, "cumsum", dim)
    return out if x.ndim or dim is None else shaping.reshape(out, ())


def cumprod(input: Array, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the first 1, 2, ... elements along `dim`.

    >>> import minigrad as mg
    >>> mg.cumprod(mg.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """
    x = _convert(_tensor(input), dtype, "cumprod")
    if dtype is None and x.dtype.kind in "iub":  # as the product
        x = shaping.astype(x, np.dtype(np.int64))
    return _so_far(x, _axis("cumprod", x, dim), arithmetic.multiply)


def _so_far(x: Tensor, axis: int, combine: Callable[[Any, Any], Tensor]) -> Tensor:
    """The first element along an axis, the first two combined, the first three, and so on."""
    if not x.ndim or not x.numel():
        return x.clone()
    return shaping.stack(list(itertools.accumulate(unbind(x, axis), combine)), axis=axis)


# --------------------------------------------------------------------- shapes


def transpose(input: Array, dim0: int, dim1: int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.transpose(mg.ones(2, 3, 4), 0, 2).shape
    (4, 3, 2)
    """
    x = _tensor(input)
    first, second = (_axis("transpose", x, dim) for dim in (dim0, dim1))
    return shaping.swapaxes(x, first, second) if x.ndim else x.reshape(())


def t(input: Array) -> Tensor:
    """A matrix transposed; fewer axes as they are.  Raises ValueError for more than two axes.

    >>> import minigrad as mg
    >>> mg.t(mg.ones(2, 3)).shape
    (3, 2)
    """
    x = _tensor(input)
    if x.ndim > 2:
        raise ValueError(f"t: wanted at most two axes, got shape {x.shape}; use transpose or mT")
    return shaping.permute_dims(x, tuple(range(x.ndim))[::-1])


def permute(input: Array, *dims: Any) -> Tensor:
    """x with its axes in another order, given as one tuple or one by one.

    >>> import minigrad as mg
    >>> mg.permute(mg.ones(2, 3, 4), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return shaping.permute_dims(input, _sizes(dims))


def _sizes(sizes: tuple[Any, ...]) -> Any:
    """Sizes given as one tuple or one by one."""
    if len(sizes) == 1 and not isinstance(sizes[0], (int, np.integer)):
        one = isinstance(sizes[0], Tensor)
        if isinstance(sizes[0], (float, str)) or sizes[0] is None:
            raise TypeError(f"sizes: wanted integers, or one tuple of them, got {sizes[0]!r}")
        if not one:
            refuse_truth(tuple(sizes[0]))
        return (operator.index(sizes[0]),) if one else tuple(sizes[0])
    refuse_truth(sizes)
    return tuple(map(operator.index, sizes))


def reshape(input: Array, *shape: Any) -> Tensor:
    """The same elements in another shape, given as one tuple or one by one; one size may be -1.

    Raises ValueError where the number of elements differs.

    >>> import minigrad as mg
    >>> mg.reshape(mg.arange(4), (2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return shaping.reshape(input, _sizes(shape))


def view(input: Array, *shape: Any) -> Tensor:
    """As `reshape`; with a dtype of the same size, the same bits in that dtype, as a constant.

    >>> import minigrad as mg
    >>> mg.arange(4).view(2, -1).shape
    (2, 2)
    """
    if len(shape) == 1 and isinstance(shape[0], (np.dtype, type)):
        x = _tensor(input)
        bits = result(x._array().view(as_dtype(shape[0], "view")), None)
        view_of(bits, x)
        return bits
    return reshape(input, *shape)


def view_as(input: Array, other: Array) -> Tensor:
    """The same elements in the shape of `other`."""
    return shaping.reshape(input, np.shape(other))


def flatten(input: Array, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """One axis of the axes from `start_dim` to `end_dim`, both included.

    Raises IndexError for axes out of range, ValueError for ones in the wrong order.

    >>> import minigrad as mg
    >>> mg.flatten(mg.ones(2, 3, 4), 1).shape
    (2, 12)
    """
    x = _tensor(input)
    first, last = (_axis("flatten", x, d) for d in (start_dim, end_dim))
    if not x.ndim:
        return shaping.reshape(x, (1,))
    if first > last:
        raise ValueError(f"flatten: axis {start_dim} comes after {end_dim} in shape {x.shape}")
    middle = math.prod(x.shape[first : last + 1])
    return shaping.reshape(x, (*x.shape[:first], middle, *x.shape[last + 1 :]))


def unflatten(input: Array, dim: int, sizes: Sequence[int]) -> Tensor:
    """An axis in several, whose sizes multiply to its own; one may be -1.

    Raises ValueError for other sizes.
    """
    x = _tensor(input)
    axis = _axis("unflatten", x, dim)
    sizes, n = list(sizes), x.shape[axis]
    known = math.prod(size for size in sizes if size != -1)
    if sizes.count(-1) > 1 or (n % known if -1 in sizes and known else n != known):
        raise ValueError(f"unflatten: sizes: wanted a product of {n}, got {tuple(sizes)}")
    if -1 in sizes:
        sizes[sizes.index(-1)] = n // known if known else 0
    return shaping.reshape(x, (*x.shape[:axis], *sizes, *x.shape[axis + 1 :]))


def squeeze(input: Array, dim: Dim = None) -> Tensor:
    """x without those of the axes `dim` that have size 1 (by default of all).

    >>> import minigrad as mg
    >>> mg.squeeze(mg.ones(1, 3, 1), 0).shape
    (3, 1)
    """
    x = _tensor(input)
    dim = _dims(dim, x, ())
    return shaping.squeeze(x, dim if x.ndim or dim not in (0, -1) else None)


def unsqueeze(input: Array, dim: int) -> Tensor:
    """x with a new axis of size 1, which is then at `dim`.

    >>> import minigrad as mg
    >>> mg.unsqueeze(mg.ones(3), 0).shape
    (1, 3)
    """
    return shaping.expand_dims(input, dim)


def expand(input: Array, *sizes: Any) -> Tensor:
    """x repeated to a larger shape without a copy; -1 leaves an axis as it is.

    Raises ValueError where x does not broadcast to it.

    >>> import minigrad as mg
    >>> mg.ones(3, 1).expand(-1, 4).shape
    (3, 4)
    """
    x, wanted = _tensor(input), list(_sizes(sizes))
    extra = len(wanted) - x.ndim
    if extra < 0:
        raise ValueError(f"expand: wanted at least {x.ndim} sizes, got {tuple(wanted)}")
    for i, n in enumerate(wanted):
        if n == -1:
            if i < extra:
                raise ValueError(f"expand: a new axis in front needs a size, got {tuple(wanted)}")
            wanted[i] = x.shape[i - extra]
    return shaping.broadcast_to(x, tuple(wanted))


def expand_as(input: Array, other: Array) -> Tensor:
    """x repeated to the shape of `other`, without a copy."""
    return shaping.broadcast_to(input, np.shape(other))


def repeat(input: Array, *repeats: Any) -> Tensor:
    """x laid side by side with itself, `repeats[i]` times along axis i; at least one an axis.

    NumPy's function of this name is `repeat_interleave`, this one is its `tile`.

    >>> import minigrad as mg
    >>> mg.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts = _sizes(repeats)
    if len(counts) < np.ndim(input):
        raise ValueError(f"repeat: wanted a number for each of {np.ndim(input)} axes, got {counts}")
    return shaping.tile(input, counts)


def tile(input: Array, *dims: Any) -> Tensor:
    """x laid side by side with itself, `dims[i]` times along axis i; missing numbers are 1.

    >>> import minigrad as mg
    >>> mg.tile(mg.tensor([1.0, 2.0]), (2,))
    tensor([1., 2., 1., 2.])
    """
    return shaping.tile(input, _sizes(dims))


def split(
    input: Array, split_size_or_sections: int | Sequence[int], dim: int = 0
) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other.

    split_size_or_sections : the size of every part, of which the last may be smaller; or the size
        of each, which add up to the axis

    Raises ValueError where they do not, IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.split(mg.tensor([1.0, 2.0, 3.0]), 2)
    (tensor([1., 2.]), tensor([3.]))
    >>> mg.split(mg.tensor([1.0, 2.0, 3.0]), [1, 2])
    (tensor([1.]), tensor([2., 3.]))
    """
    shape = np.shape(input)
    axis = normalize_axis_index(dim, len(shape), "split")
    n, sizes = shape[axis], split_size_or_sections
    if isinstance(sizes, (int, np.integer)):
        if sizes < 0 or (sizes == 0 and n):
            raise ValueError(f"split: split_size: wanted a positive size, got {sizes}")
        _check_parts("split", n // (sizes or 1))
        sizes = [builtins.min(sizes, n - i) for i in range(0, n, sizes or 1)] or [0]
    elif builtins.sum(sizes) != n or builtins.min(sizes, default=0) < 0:
        raise ValueError(f"split: sizes {[*sizes]} do not add up to axis {axis} of size {n}")
    ends = [0, *itertools.accumulate(sizes)]
    return tuple(
        indexing.item_of(_tensor(input), shaping._along(axis, slice(a, b)))
        for a, b in itertools.pairwise(ends)
    )


def _check_parts(where: str, count: int) -> None:
    """Refuse what would fill all memory: an axis may be endless where nothing lies on it."""
    if count > 2**32:
        raise MemoryError(f"{where}: {count} parts need more memory than there is")


def chunk(input: Array, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts along an axis, all but the last of one size.

    >>> import minigrad as mg
    >>> mg.chunk(mg.tensor([1, 2, 3]), 2)
    (tensor([1, 2]), tensor([3]))
    """
    if check_integer("chunk: chunks", chunks) < 1:
        raise ValueError(f"chunk: chunks: wanted at least 1, got {chunks}")
    x = _tensor(input)
    n = x.shape[_axis("chunk", x, dim)]
    return split(x, -(-n // chunks) if n else [0] * chunks, dim)


def tensor_split(input: Array, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Parts along an axis: so many of nearly one size, or cut at the places of a list.

    A part is the slice from one place to the next: negative places count from the end, and where
    the next comes before it, there is nothing.
    """
    x = _tensor(input)
    n = x.shape[_axis("tensor_split", x, dim)]
    if not np.ndim(indices_or_sections):
        indices_or_sections = check_integer("tensor_split: sections", indices_or_sections)
        if indices_or_sections < 1:
            raise ValueError(f"tensor_split: wanted at least 1 section, got {indices_or_sections}")
        each, more = divmod(n, indices_or_sections)
        return split(x, [each + 1] * more + [each] * (indices_or_sections - more), dim)
    places = [check_integer("tensor_split: indices", i) for i in indices_or_sections]
    axis = _axis("tensor_split", x, dim)
    return tuple(
        indexing.item_of(x, shaping._along(axis, slice(*edge)))
        for edge in itertools.pairwise([0, *places, None])
    )


def unbind(input: Array, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, without it.

    >>> import minigrad as mg
    >>> mg.unbind(mg.tensor([[1, 2], [3, 4]]), 1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    x = _tensor(input)
    axis = normalize_axis_index(dim, x.ndim, "unbind")
    _check_parts("unbind", x.shape[axis])
    return tuple(indexing.item_of(x, shaping._along(axis, i)) for i in range(x.shape[axis]))


def cat(tensors: Sequence[Array], dim: int = 0) -> Tensor:
    """Tensors joined along an axis that they have.

    Raises ValueError for no tensor at all and for sizes that differ elsewhere than along `dim`,
    IndexError for an axis out of range.

    >>> import minigrad as mg
    >>> mg.cat([mg.tensor([1.0]), mg.tensor([2.0, 3.0])])
    tensor([1., 2., 3.])
    """
    shaping.check_listed(dim)
    given = list(tensors)
    if len({np.ndim(x) for x in given}) > 1:  # PyTorch passes over the empty ones
        shape = next(np.shape(x) for x in given if np.shape(x) != (0,))
        nothing = [0 if i == dim % len(shape) else n for i, n in enumerate(shape)] if shape else [0]
        given = [
            shaping.reshape(x, tuple(nothing)) if np.shape(x) == (0,) else x
            for x in given
            if isinstance(x, Tensor) or np.shape(x) != (0,)
        ]
    return shaping.concat(given, dim)


def hstack(tensors: Sequence[Array]) -> Tensor:
    """Tensors joined side by side: along the second axis, or the only one."""
    given = [shaping.reshape(x, (1,)) if not np.ndim(x) else x for x in tensors]
    return shaping.concat(given, 0 if np.ndim(given[0]) == 1 else 1)


def vstack(tensors: Sequence[Array]) -> Tensor:
    """Tensors joined one above the other; one of a single axis is a row."""
    return shaping.concat(
        [shaping.reshape(x, (1, -1)) if np.ndim(x) < 2 else x for x in tensors], 0
    )


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid: for each vector a tensor over all combinations.

    indexing : "ij" for the order of the vectors, "xy" with the first two axes exchanged

    Raises ValueError for tensors of more axes.

    >>> import minigrad as mg
    >>> x, y = mg.meshgrid(mg.arange(2), mg.arange(3), indexing="ij")
    >>> x.shape
    (2, 3)
    """
    if indexing not in ("ij", "xy"):
        raise ValueError(f"meshgrid: indexing: wanted 'ij' or 'xy', got {indexing!r}")
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    if wrong := [np.shape(x) for x in given if np.ndim(x) > 1]:
        raise ValueError(f"meshgrid: wanted vectors, got shape {wrong[0]}")
    vectors = [_tensor(x).reshape((-1,)) for x in given]
    shape = tuple(x.numel() for x in vectors)
    grids = [
        shaping.broadcast_to(
            shaping.reshape(x, tuple(n if i == k else 1 for k, n in enumerate(shape))), shape
        )
        for i, x in enumerate(vectors)
    ]
    if indexing == "xy" and len(grids) > 1:
        grids = [shaping.swapaxes(x, 0, 1) for x in grids]
    return tuple(grids)


def flip(input: Array, *dims: Any) -> Tensor:
    """A copy of x in reverse order along `dims`.

    >>> import minigrad as mg
    >>> mg.flip(mg.tensor([1, 2, 3]), (0,))
    tensor([3, 2, 1])
    """
    x, axes = _tensor(input), _sizes(dims) if dims else None
    return shaping.flip(x, axes) if x.ndim or axes not in ((0,), (-1,)) else clone(x)


def diag(input: Array, diagonal: int = 0) -> Tensor:
    """A copy of the diagonal of a matrix, or a matrix with a vector on its diagonal.

    >>> import minigrad as mg
    >>> mg.diag(mg.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    x = _tensor(input)
    if x.ndim == 2:
        return clone(shaping.diagonal(x, diagonal))
    if x.ndim != 1:
        raise ValueError(f"diag: wanted a vector or a matrix, got shape {x.shape}")
    return diag_embed(x, diagonal)


def diag_embed(input: Array, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Zeros but for the last axis of x, which lies on a diagonal of two new last axes."""
    x, dim1, dim2 = _tensor(input), operator.index(dim1), operator.index(dim2)
    n = x.shape[-1] + abs(offset)
    out = shaping._from_diagonal(x, offset, (*x.shape[:-1], n, n), -2, -1)
    if (dim1, dim2) == (-2, -1):
        return out
    order = [i for i in range(out.ndim) if i < out.ndim - 2]
    places = normalize_axis_tuple((dim1, dim2), out.ndim)
    for place, axis in sorted(zip(places, (out.ndim - 2, out.ndim - 1), strict=True)):
        order.insert(place, axis)
    return shaping.permute_dims(out, order)


def movedim(input: Array, source: Any, destination: Any) -> Tensor:
    """x with some axes in other places, the rest in order."""
    x = _tensor(input)
    if not x.ndim and {source, destination} <= {0, -1}:
        return x.reshape(())
    to, of = (normalize_axis_tuple(a, x.ndim) for a in (destination, source))
    rest = [i for i in range(x.ndim) if i not in of]
    for place, axis in sorted(zip(to, of, strict=True)):
        rest.insert(place, axis)
    return shaping.permute_dims(x, rest)


# --------------------------------------------------------------------- choosing


def where(condition: Array, input: Array = None, other: Array = None) -> Any:
    """`input` where `condition` is true, `other` elsewhere; alone, the indices of what is true.

    >>> import minigrad as mg
    >>> mg.where(mg.tensor([True, False]), 1.0, mg.tensor([5.0, 6.0]))
    tensor([1., 6.])
    """
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    return piecewise.where(condition, input, other)


def nonzero(input: Array, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not 0: rows, or a tuple with a tensor an axis.

    >>> import minigrad as mg
    >>> mg.nonzero(mg.tensor([0.0, 5.0, 7.0]))
    tensor([[1],
            [2]])
    """
    found = np.nonzero(np.atleast_1d(_tensor(input).numpy()))
    if as_tuple:
        return tuple(map(_integers, found))
    rows = np.stack(found, axis=-1)
    return _integers(rows[:, :0] if not np.ndim(input) else rows)


def gather(input: Array, dim: int, index: Array) -> Tensor:
    """out[i, j] = input[index[i, j], j] for dim 0, input[i, index[i, j]] for dim 1, and so on.

    index : integers, with as many axes as the input and no larger in the others

    Raises ValueError for other shapes, IndexError for an index out of range, TypeError for what
    is no integer.

    >>> import minigrad as mg
    >>> mg.gather(mg.tensor([[1, 2], [3, 4]]), 1, mg.tensor([[0], [1]]))
    tensor([[1],
            [4]])
    """
    x, places = _tensor(input), _places("gather", index)
    shape = places.shape
    if x.ndim < 2:  # PyTorch lets 0-d tensors pass for ones of a single element
        dim, x = _axis("gather", x, dim), shaping.reshape(x, -1)
        places = np.atleast_1d(places)
    found = indexing.getitem(x, _grid("gather", x.shape, dim, places))
    return shaping.reshape(found, shape) if found.shape != shape else found


@whole
def _places(name: str, index: Array) -> np.ndarray:
    places = as_array(index, name)
    if places.dtype.kind not in "iu":
        raise TypeError(f"{name}: index: wanted integers, got {places.dtype}")
    return places.astype(np.intp)


@whole
def _check_range(name: str, places: np.ndarray, dim: int, n: int, least: int = 0) -> None:
    if places.size and not (least <= places.min() and places.max() < n):
        wrong = places.min() if places.min() < least else places.max()
        raise IndexError(f"{name}: index {wrong} is out of range for axis {dim} of {n}")


def _grid(name: str, shape: Any, dim: int, places: np.ndarray) -> tuple[Any, ...]:
    """The index that takes `places` along an axis and every other coordinate as it is."""
    axis = normalize_axis_index(dim, len(shape), name)
    if places.ndim != len(shape) or builtins.any(
        n > m for i, (n, m) in enumerate(zip(places.shape, shape, strict=False)) if i != axis
    ):
        raise ValueError(
            f"{name}: index: wanted {len(shape)} axes, no larger than {tuple(shape)} but for axis "
            f"{dim}, got shape {places.shape}"
        )
    _check_range(name, places, dim, shape[axis])
    grid: list[Any] = list(np.indices(places.shape, sparse=True))
    grid = [tell_copy(None, coordinate) for coordinate in grid]
    grid[axis] = places
    return tuple(grid)


def scatter(input: Array, dim: int, index: Array, src: Any = None, *, value: Any = None) -> Tensor:
    """A copy of the input with `src[i, j]` at [index[i, j], j], for dim 0 and so on.

    src : a tensor no smaller than the index, or a number.  Raises as `gather`.

    >>> import minigrad as mg
    >>> mg.zeros(3).scatter(0, mg.tensor([2, 0]), mg.tensor([5.0, 6.0]))
    tensor([6., 0., 5.])
    """
    if (src is None) == (value is None) or np.ndim(0.0 if value is None else value):
        raise TypeError("scatter: wanted either src, or a number as value")
    x, places, src = _scatter_places("scatter", input, dim, index, value if src is None else src)
    return shaping.reshape(indexing._setitem(x, src, places), np.shape(input))


def scatter_add(input: Array, dim: int, index: Array, src: Array) -> Tensor:
    """A copy of the input with `src[i, j]` added at [index[i, j], j], for dim 0 and so on.

    >>> import minigrad as mg
    >>> mg.zeros(2).scatter_add(0, mg.tensor([1, 1]), mg.tensor([5.0, 6.0]))
    tensor([ 0., 11.])
    """
    x, places, src = _scatter_places("scatter_add", input, dim, index, src)
    added = arithmetic.add(x, indexing._scatter(src, places, x.shape))
    return shaping.reshape(added, np.shape(input))


def _scatter_places(
    name: str, input: Array, dim: int, index: Array, src: Any
) -> tuple[Any, Any, Any]:
    x, rows = _tensor(input), _places(name, index)
    if not x.ndim:  # passes for one of a single element
        x, rows = shaping.reshape(x, (1,)), np.atleast_1d(rows)
        src = shaping.reshape(src, (1,)) if isinstance(src, Tensor) else src
    places = _grid(name, x.shape, dim, rows)
    if np.ndim(src):
        src = _alike(f"{name}: src", src, x)
        if rows.size and builtins.any(
            n > m for n, m in zip(rows.shape, np.shape(src), strict=False)
        ):
            raise ValueError(
                f"{name}: src: wanted at least the index's shape {rows.shape}, got {np.shape(src)}"
            )
        part = tuple(slice(0, n) for n in rows.shape)
        src = indexing.getitem(src, part) if np.shape(src) != rows.shape else src
    else:
        src = shaping.broadcast_to(_in_dtype(f"{name}: src", src, x), rows.shape)
    return x, places, src


def select(input: Array, dim: int, index: int) -> Tensor:
    """The slice at `index` along an axis, without it.

    >>> import minigrad as mg
    >>> mg.select(mg.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    x = _tensor(input)
    axis = normalize_axis_index(dim, x.ndim, "select")
    return indexing.item_of(x, shaping._along(axis, check_integer("select: index", index)))


def narrow(input: Array, dim: int, start: int, length: int) -> Tensor:
    """The `length` slices along an axis that begin at `start`.

    Raises ValueError where there are not so many.

    >>> import minigrad as mg
    >>> mg.narrow(mg.tensor([1, 2, 3]), 0, 1, 2)
    tensor([2, 3])
    """
    x = _tensor(input)
    axis = normalize_axis_index(dim, x.ndim, "narrow")
    n, begin = x.shape[axis], check_integer("narrow: start", start)
    begin += n if begin < 0 else 0
    if check_integer("narrow: length", length) < 0 or not 0 <= begin <= n - length:
        raise ValueError(f"narrow: wanted {length} slices from {start} of an axis of size {n}")
    return indexing.item_of(x, shaping._along(axis, slice(begin, begin + length)))


def diff(
    input: Array, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None
) -> Tensor:
    """The differences of neighbours along an axis, taken n times.

    prepend, append : what comes before and behind the input along the axis, or None

    Of bools, whether they differ.  Raises ValueError for a negative n.

    >>> import minigrad as mg
    >>> mg.diff(mg.tensor([1, 4, 9]))
    tensor([3, 5])
    """
    x = _tensor(input)
    axis = normalize_axis_index(dim, x.ndim, "diff")
    if check_integer("diff: n", n) < 0:
        raise ValueError(f"diff: n: wanted 0 or more, got {n}")
    if not n:
        return clone(x)
    if prepend is not None or append is not None:
        x = shaping.concat([t for t in (prepend, x, append) if t is not None], axis)
    for _ in range(builtins.min(n, x.shape[axis])):  # then nothing is left
        later, earlier = (shaping._along(axis, s) for s in (slice(1, None), slice(None, -1)))
        x = (logic.ne if x.dtype.kind == "b" else arithmetic.subtract)(x[later], x[earlier])
    return x if x is not input else clone(x)


def fliplr(input: Array) -> Tensor:
    """x in reverse order along the second axis."""
    return shaping.flip(input, 1)


def flipud(input: Array) -> Tensor:
    """x in reverse order along the first axis."""
    return shaping.flip(input, 0)


def ravel(input: Array) -> Tensor:
    """The elements in one axis: a view where they lie in order without gaps, else a copy."""
    x = _tensor(input)
    return shaping.reshape(x if x.is_contiguous() else _clone(x, "C"), -1)


def nansum(input: Array, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum over `dim` of what is not NaN."""
    return sum(piecewise.where(logic.isnan(input), 0, input), dim, keepdim, dtype=dtype)


def index_select(input: Array, dim: int, index: Array) -> Tensor:
    """The slices `index`, a vector of integers, along an axis.

    >>> import minigrad as mg
    >>> mg.index_select(mg.tensor([[1, 2], [3, 4]]), 1, mg.tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    x = _tensor(input)
    places = _slices("index_select", x, dim, index, 0)[1]
    if not x.ndim:  # passes for one of a single element
        if len(places) != 1:
            raise ValueError(f"index_select: index: wanted 1 place of a 0-d tensor, got {index}")
        return x.reshape(())
    return indexing.take(x, places, dim)


def index_add(input: Array, dim: int, index: Array, source: Array, *, alpha: float = 1) -> Tensor:
    """A copy of the input with the slices of `source` added at `index` along an axis.

    Raises IndexError for places that the axis has not, ValueError for a source of another shape.
    """
    x = _tensor(input)
    axis, places = _slices("index_add", x, dim, index, 0)
    wanted = (*x.shape[:axis], len(places), *x.shape[axis + 1 :]) if x.ndim else np.shape(source)
    if np.shape(source) != wanted:
        raise ValueError(f"index_add: source: wanted shape {wanted}, got {np.shape(source)}")
    if not x.ndim:  # passes for one of a single element
        x, source = shaping.reshape(x, (1,)), shaping.reshape(source, (1,))
    check_number("index_add: alpha", alpha)
    more = _times(_alike("index_add: source", source, x), alpha, x)
    added = arithmetic.add(x, indexing._scatter(more, shaping._along(axis, places), x.shape))
    return shaping.reshape(added, np.shape(input))


def _slices(name: str, x: Tensor, dim: int, index: Array, least: int) -> tuple[int, np.ndarray]:
    """An axis, and places along it; IndexError for places below `least` or behind the end."""
    axis, places = _axis(name, x, dim), np.atleast_1d(_places(name, index))
    n = x.shape[axis] if x.ndim else 1
    if places.ndim != 1:
        raise ValueError(f"{name}: index: wanted a vector, got shape {places.shape}")
    _check_range(name, places, dim, n, least)
    return axis, places


def masked_fill(input: Array, mask: Array, value: Any) -> Tensor:
    """A copy of the input with `value` where the mask, which broadcasts, is true.

    Raises TypeError for a mask that is not of bools.

    >>> import minigrad as mg
    >>> mg.masked_fill(mg.tensor([1.0, 2.0]), mg.tensor([True, False]), 0.0)
    tensor([0., 2.])
    """
    x = _tensor(input)
    hidden = beside(mask, x, "masked_fill: mask")  # a tensor, whose changes are noticed
    if hidden.dtype != np.bool_:
        raise TypeError(f"masked_fill: mask: wanted bools, got {hidden.dtype}")
    return piecewise.where(
        hidden, _in_dtype("masked_fill: value", one_number("masked_fill", value), x), x
    )


def _in_dtype(where: str, value: Any, x: Tensor) -> Any:
    """A number, or a tensor, in the dtype of the tensor that takes it in."""
    if isinstance(value, Tensor):
        return in_dtype(where, value, x.dtype)
    return tensor_of(tell_copy(None, as_array(value, where, x.dtype)))


def one_number(where: str, value: Any) -> Any:
    """What fills a tensor; ValueError for numbers with axes, which would be spread over it."""
    if np.ndim(value):
        raise ValueError(
            f"{where}: value: wanted a number, or a tensor without axes, got shape "
            f"{np.shape(value)}; where(mask, values, input) takes numbers with axes, and copy_"
        )
    return value


def _alike(where: str, value: Any, x: Tensor) -> Any:
    """What is put into x, as a tensor; TypeError for one with axes of another dtype."""
    if isinstance(value, (Tensor, np.ndarray)) and value.ndim and value.dtype != x.dtype:
        raise TypeError(
            f"{where}: wanted the input's dtype {x.dtype}, got {value.dtype}; convert it first: "
            f".astype('{x.dtype}')"
        )
    return _in_dtype(where, value, x)


def masked_select(input: Array, mask: Array) -> Tensor:
    """The elements where the mask is true, in one axis; the two broadcast.

    >>> import minigrad as mg
    >>> mg.masked_select(mg.tensor([1.0, 2.0]), mg.tensor([False, True]))
    tensor([2.])
    """
    x, chosen = _tensor(input), as_array(mask, "masked_select")
    if chosen.dtype != np.bool_:
        raise TypeError(f"masked_select: mask: wanted bools, got {chosen.dtype}")
    shape = np.broadcast_shapes(x.shape, chosen.shape)
    return indexing.getitem(shaping.broadcast_to(x, shape), np.broadcast_to(chosen, shape))


def take_along_dim(input: Array, indices: Array, dim: int | None = None) -> Tensor:
    """For each place in `indices` the element at that index along `dim`; the rest broadcasts."""
    if dim is None:
        return indexing.take(input, shaping.reshape(indices, -1))
    return indexing.take_along_axis(input, indices, axis=dim)


def index_fill(input: Array, dim: int, index: Array, value: Any) -> Tensor:
    """A copy of the input with `value` in the slices `index` along an axis.

    Raises IndexError for places that the axis has not.
    """
    x = _tensor(input)
    n = x.shape[_axis("index_fill", x, dim)] if x.ndim else 1
    axis, places = _slices("index_fill", x, dim, index, -n)
    if not x.ndim:
        return index_fill(shaping.reshape(x, (1,)), 0, places, value).reshape(())
    value = _in_dtype("index_fill: value", one_number("index_fill", value), x)
    return indexing._setitem(x, value, shaping._along(axis, places))


def argwhere(input: Array) -> Tensor:
    """The indices of the elements that are not 0, as rows."""
    return nonzero(input)


def clamp_min(input: Array, min: Any) -> Tensor:
    """Hold x to at least `min`."""
    return piecewise.clip(input, min, None)


def clamp_max(input: Array, max: Any) -> Tensor:
    """Hold x to at most `max`."""
    return piecewise.clip(input, None, max)


# --------------------------------------------------------------------- comparing


def equal(input: Array, other: Array) -> bool:
    """Have two tensors the same shape and elements?  A Python bool; elementwise it is `eq`.

    Raises TypeError for a number.

    >>> import minigrad as mg
    >>> mg.equal(mg.tensor([1, 2]), mg.tensor([1, 2]))
    True
    """
    if isinstance(other, (int, float)):
        raise TypeError(f"equal: other: wanted a tensor, got {other!r:.40}; eq compares elements")
    x = _tensor(input, other)
    return bool(np.array_equal(x.numpy(), _tensor(other, x).numpy()))


def isclose(
    input: Array, other: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Is |input - other| <= atol + rtol |other|, elementwise?

    Raises ValueError for an rtol or atol below 0.
    """
    for name, least in (("rtol", rtol), ("atol", atol)):
        check_number(name, least)
        if not least >= 0:
            raise ValueError(f"isclose: {name}: wanted a number of at least 0, got {least}")
    x = _tensor(input, other)
    with np.errstate(invalid="ignore"):
        close = np.isclose(
            x.numpy(), _tensor(other, x, "other").numpy(), float(rtol), float(atol), bool(equal_nan)
        )
    return result(np.asarray(close), None)


def allclose(
    input: Array, other: Array, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Are all elements close, as `isclose` says?

    >>> import minigrad as mg
    >>> mg.allclose(mg.tensor([1.0]), mg.tensor([1.000001]))
    True
    """
    return bool(isclose(input, other, rtol, atol, equal_nan)._data.all())


# --------------------------------------------------------------------- arithmetic and products


def add(input: Array, other: Array, *, alpha: float = 1) -> Tensor:
    """input + alpha * other.

    >>> import minigrad as mg
    >>> mg.add(mg.tensor([1.0, 2.0]), 1.0)
    tensor([2., 3.])
    """
    return arithmetic.add(input, _times(other, alpha, input))


def sub(input: Array, other: Array, *, alpha: float = 1) -> Tensor:
    """input - alpha * other.

    >>> import minigrad as mg
    >>> mg.sub(mg.tensor([1.0, 2.0]), 1.0)
    tensor([0., 1.])
    """
    return arithmetic.subtract(input, _times(other, alpha, input))


def _times(other: Array, alpha: Any, input: Any) -> Array:
    """alpha * other, computed in the dtype that it has with the input, where there is room."""
    if isinstance(alpha, (int, float)) and alpha == 1:
        return other
    alpha = _factor("alpha", alpha, input, other)
    if isinstance(other, (int, float)) and isinstance(input, Tensor) and input.dtype.kind == "f":
        other = tensor_of(input.dtype.type(other))
    _, other = _together(input, _tensor(other, input))
    if other.dtype == np.bool_ and isinstance(alpha, int):
        alpha = bool(alpha)
    return arithmetic.multiply(other, alpha)


def _together(*values: Any) -> Sequence[Any]:
    """Tensors in the dtype of their sum: products of int8 would not fit beside an int64."""
    if len({v.dtype for v in values if hasattr(v, "dtype")}) < 2:
        return values
    small = [
        tensor_of(np.zeros((1,) * builtins.min(np.ndim(v), 1), v.dtype))
        for v in values
        if hasattr(v, "dtype")
    ]
    dtype = functools.reduce(arithmetic.add, small).dtype
    return [shaping.astype(v, dtype) if getattr(v, "dtype", dtype) != dtype else v for v in values]


def _factor(name: str, factor: Any, *tensors: Any) -> Any:
    """A factor of whole numbers as one; TypeError for a fraction."""
    dtypes = [t.dtype if hasattr(t, "dtype") else np.asarray(t).dtype for t in tensors]
    if not isinstance(factor, float) or builtins.any(d.kind == "f" for d in dtypes):
        return factor
    if not factor.is_integer():
        raise TypeError(
            f"{name}: wanted a whole number beside tensors of integers, got {factor}; make them "
            "floats first: .float()"
        )
    return int(factor)


def div(input: Array, other: Array, *, rounding_mode: str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" or "trunc" rounded down or towards 0.

    Raises ValueError for another mode.

    >>> import minigrad as mg
    >>> mg.div(mg.tensor([7.0, -7.0]), 2.0, rounding_mode="trunc")
    tensor([ 3., -3.])
    """
    if rounding_mode is None:
        return arithmetic.divide(input, other)
    if rounding_mode == "floor":
        return piecewise.floor_divide(input, other)
    if rounding_mode == "trunc":
        x = _tensor(input, other)
        y = _tensor(other, x)
        if "f" in (x.dtype.kind, y.dtype.kind):
            return trunc(arithmetic.divide(x, y))
        down = piecewise.floor_divide(input, other)  # where a number takes the tensor's dtype
        away = logic.logical_and(logic.ne(piecewise.remainder(x, y), 0), (x < 0) != (y < 0))
        return arithmetic.add(down, away.to(down.dtype))
    raise ValueError(f"div: rounding_mode: wanted None, 'floor' or 'trunc', got {rounding_mode!r}")


def rsub(input: Array, other: Array, *, alpha: float = 1) -> Tensor:
    """other - alpha * input."""
    return sub(other, input, alpha=alpha)


def trunc(input: Array) -> Tensor:
    """The nearest whole number towards 0; its derivative is 0."""
    down = logic.ge(input, 0)
    return piecewise.where(down, piecewise.floor(input), piecewise.ceil(input))


def frac(input: Array) -> Tensor:
    """What `trunc` takes away."""
    return arithmetic.subtract(input, trunc(input))


def fmod(input: Array, other: Array) -> Tensor:
    """The remainder of a division rounded towards 0, which has the sign of the input."""
    return _fmod(input, other)


@operation
def _fmod(input: Array, other: Array) -> Array:
    """The remainder of a division rounded towards 0."""
    piecewise.refuse_zero(input, other)
    return np.fmod(input, other)


@_fmod.gradient("input")
def _(g):
    return g


@_fmod.gradient("other")
def _(g, input, other):
    return -g * trunc(input / other)


def round(input: Array, *, decimals: int = 0) -> Tensor:
    """The nearest number with so many decimals, the even one of two; its derivative is 0.

    >>> import minigrad as mg
    >>> mg.round(mg.tensor([0.5, 1.5, 1.7]))
    tensor([0., 2., 2.])
    """
    if not check_integer("round: decimals", decimals):
        return piecewise.round(input)
    scale = 10.0**decimals
    return arithmetic.divide(piecewise.round(arithmetic.multiply(input, scale)), scale)


def rsqrt(input: Array) -> Tensor:
    """1 / sqrt(input)."""
    return arithmetic.reciprocal(elementary.sqrt(input))


def exp2(input: Array) -> Tensor:
    """2 to the power of the input."""
    return arithmetic.pow(2.0, input)


def sinc(input: Array) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""
    x = arithmetic.multiply(input, math.pi)
    near = logic.lt(piecewise.abs(x), 0.1)  # where the quotients of the derivative cancel
    series: Any = 1.0
    square = arithmetic.square(piecewise.where(near, x, 0.0))
    for n in (10, 8, 6, 4, 2):
        series = arithmetic.subtract(1.0, arithmetic.multiply(square, series) / (n * (n + 1)))
    safe = piecewise.where(near, 1.0, x)
    return piecewise.where(near, series, arithmetic.divide(elementary.sin(safe), safe))


def logit(input: Array, eps: float | None = None) -> Tensor:
    """log(p / (1 - p)); with `eps` p is held to [eps, 1 - eps] first."""
    if eps is None:
        return _logit(input)
    held = piecewise.clip(input, eps, 1 - eps)
    return _logit(piecewise.where(logic.isnan(input), input, held))  # whose gradient is NaN too


@operation(real=True)
def _logit(p: Array) -> Array:
    return np.log(p / (1 - p))


@_logit.gradient("p")
def _(g, p):
    slope = g / (p * (1 - p))
    return piecewise.where((p < 0) | (p > 1), math.nan, slope)


def lerp(input: Array, end: Array, weight: Array) -> Tensor:
    """input + weight * (end - input); from the end that is nearer, so that it is met exactly."""
    part: Any
    if isinstance(weight, (int, float)):
        start, part = (end, weight - 1) if builtins.abs(weight) >= 0.5 else (input, weight)
    else:
        far = logic.ge(piecewise.abs(weight), 0.5)
        start = piecewise.where(far, end, input)
        part = piecewise.where(far, arithmetic.subtract(weight, 1), weight)
    return arithmetic.add(start, arithmetic.multiply(part, arithmetic.subtract(end, input)))


def addcmul(input: Array, tensor1: Array, tensor2: Array, *, value: float = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""
    input, tensor1, tensor2 = _together(input, tensor1, tensor2)
    return add(input, arithmetic.multiply(tensor1, tensor2), alpha=value)


def addcdiv(input: Array, tensor1: Array, tensor2: Array, *, value: float = 1) -> Tensor:
    """input + value * tensor1 / tensor2."""
    input, tensor1, tensor2 = _together(input, tensor1, tensor2)
    return add(input, arithmetic.divide(tensor1, tensor2), alpha=value)


def _product(name: str, x: Array, y: Array, dims: tuple[int, int]) -> Tensor:
    if (np.ndim(x), np.ndim(y)) != dims:
        raise ValueError(
            f"{name}: wanted {dims[0]} and {dims[1]} axes, got shapes {np.shape(x)}, {np.shape(y)}"
        )
    return linalg.matmul(x, y)


def mm(input: Array, mat2: Array) -> Tensor:
    """The product of two matrices; ValueError for other shapes."""
    return _product("mm", input, mat2, (2, 2))


def bmm(input: Array, mat2: Array) -> Tensor:
    """The products of two batches of matrices, (b, m, k) @ (b, k, n); ValueError for others."""
    if np.ndim(input) == 3 == np.ndim(mat2) and np.shape(input)[0] != np.shape(mat2)[0]:
        raise ValueError(f"bmm: batches of {np.shape(input)[0]} and {np.shape(mat2)[0]} differ")
    return _product("bmm", input, mat2, (3, 3))


def mv(input: Array, vec: Array) -> Tensor:
    """The product of a matrix and a vector; ValueError for other shapes."""
    return _product("mv", input, vec, (2, 1))


def dot(input: Array, tensor: Array) -> Tensor:
    """The inner product of two vectors; ValueError for other shapes.

    >>> import minigrad as mg
    >>> mg.dot(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return _product("dot", input, tensor, (1, 1))


def cross(input: Array, other: Array, dim: int | None = None) -> Tensor:
    """The cross products of vectors of three numbers along an axis; ValueError for others.

    dim : by default the first of that size; `linalg.cross` takes the last axis

    >>> import minigrad as mg
    >>> mg.cross(mg.tensor([1.0, 0.0, 0.0]), mg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    x = _tensor(input, other)
    y = _tensor(other, x)
    if dim is None:
        if 3 not in x.shape:
            raise ValueError(f"cross: wanted an axis of size 3, got shape {x.shape}")
        dim = x.shape.index(3) - x.ndim
    if x.shape[dim] != 3 or not -y.ndim <= dim < y.ndim or y.shape[dim] != 3:
        raise ValueError(f"cross: wanted 3 numbers along axis {dim}, got {x.shape} and {y.shape}")
    (a, b, c), (d, e, f) = unbind(x, dim), unbind(y, dim)
    return shaping.stack([b * f - c * e, c * d - a * f, a * e - b * d], axis=dim)


def _weighted(where: str, input: Array, beta: float, product: Tensor) -> Tensor:
    """beta * input, which is to be added to a product; for 0 nothing of it counts, not even NaN.

    Raises ValueError for an input that would widen the product.
    """
    shape, wanted = np.shape(input), tuple(product.shape)
    pairs = zip(reversed(shape), reversed(wanted), strict=False)
    if len(shape) > len(wanted) or not builtins.all(n in (1, m) for n, m in pairs):
        raise ValueError(
            f"{where}: input: wanted the product's shape {wanted}, or one that broadcasts to it, "
            f"got {shape}"
        )
    if isinstance(beta, (int, float)) and beta == 0:
        return piecewise.where(np.zeros(np.shape(input), bool), input, 0)
    return arithmetic.multiply(input, _factor("beta", beta, input))


def _roomy(input: Array, one: Array, two: Array) -> Sequence[Any]:
    """Two factors; of whole numbers in a dtype with room for what is added to the input."""
    pair = (_tensor(one, two), _tensor(two, one))
    return pair if "f" in (t.dtype.kind for t in pair) else _together(_tensor(input), *pair)[1:]


def addmm(input: Array, mat1: Array, mat2: Array, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""
    product = mm(*_roomy(input, mat1, mat2))
    return add(_weighted("addmm", input, beta, product), product, alpha=alpha)


def addmv(input: Array, mat: Array, vec: Array, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""
    product = mv(*_roomy(input, mat, vec))
    return add(_weighted("addmv", input, beta, product), product, alpha=alpha)


def baddbmm(
    input: Array, batch1: Array, batch2: Array, *, beta: float = 1, alpha: float = 1
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2)."""
    product = bmm(*_roomy(input, batch1, batch2))
    return add(_weighted("baddbmm", input, beta, product), product, alpha=alpha)


def clamp(input: Array, min: Any = None, max: Any = None) -> Tensor:
    """Hold x to [min, max]; None leaves a side open.  The gradient passes at the bounds.

    Where min is above max the result is max, as in PyTorch.  Raises ValueError without a bound.

    >>> import minigrad as mg
    >>> mg.clamp(mg.tensor([-2.0, 0.5, 2.0]), 0.0, 1.0)
    tensor([0. , 0.5, 1. ])
    """
    if min is None and max is None:
        raise ValueError("clamp: wanted min, max or both, got neither")
    if min is not None and max is not None and np.any(above := _plain(min) > _plain(max)):
        numbers = not isinstance(min, Tensor) and np.all(above)
        low = max if numbers else piecewise.where(above, max, min)
        return piecewise.where(above, max, piecewise.clip(input, low, max))
    return piecewise.clip(input, min, max)


def _plain(x: Any) -> Any:
    return x.numpy() if isinstance(x, Tensor) else x


def xlogy(input: Array, other: Array) -> Tensor:
    """input * log(other), and 0 where the input is 0, whatever the other is but NaN.

    Where the input is 0 and the other has no finite logarithm, the derivatives are 0 too.
    """
    return _times_log(input, other, elementary.log, 0)


def _times_log(input: Array, other: Array, log: Callable[[Any], Tensor], pole: int) -> Tensor:
    """input * log(other), where `log` is -inf at `pole`."""
    x, y = _floats_alike(*_pair(input, other))
    outside = logic.logical_or(logic.le(y, pole), logic.eq(y, math.inf))
    still = logic.logical_and(logic.eq(x, 0), outside)
    return arithmetic.multiply(x, log(piecewise.where(still, pole + 1, y)))


def deg2rad(input: Array) -> Tensor:
    """Degrees as radians."""
    return arithmetic.multiply(input, math.pi / 180)


def rad2deg(input: Array) -> Tensor:
    """Radians as degrees."""
    return arithmetic.multiply(input, 180 / math.pi)


def clone(input: Array, *, memory_format: Any = None) -> Tensor:
    """A copy of the values; recorded, so that the gradient goes back to the input.

    memory_format : `contiguous_format` for elements in the order of the axes; by default they lie
        as those of the input do

    >>> import minigrad as mg
    >>> x = mg.zeros(2, 3).t()
    >>> x.clone().is_contiguous()
    False
    >>> x.clone(memory_format=mg.contiguous_format).is_contiguous()
    True
    """
    check_format("clone", memory_format)
    return _clone(input, "C" if memory_format == "contiguous" else "K")


def check_format(where: str, memory_format: Any) -> None:
    """Refuse with TypeError what is no order of elements in memory."""
    known = isinstance(memory_format, str) and memory_format in ("contiguous", "preserve")
    if memory_format is not None and not known:
        raise TypeError(
            f"{where}: memory_format: wanted minigrad.contiguous_format or preserve_format, got "
            f"{memory_format!r:.40}"
        )


@operation
def _clone(input: Array, order: Any = "K") -> Array:
    return np.array(input, order=order)


@_clone.gradient("input")
def _(g):
    return g


@whole
def histc(input: Array, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max], or of their range."""
    x = _numbers(_tensor(input).numpy())  # a count is constant between its jumps
    low, high = (min, max) if (min, max) != (0, 0) or not x.size else (x.min(), x.max())
    if low == high:
        low, high = low - 1, high + 1
    counts = np.histogram(x[(x >= low) & (x <= high)], bins=bins, range=(low, high))[0]
    return result(counts.astype(x.dtype if x.dtype.kind == "f" else np.int64), None)


def _numbers(x: np.ndarray) -> np.ndarray:
    """Bools as integers."""
    return x.astype(np.uint8) if x.dtype.kind == "b" else x


class Histogram(NamedTuple):
    """Counts, and the edges of the bins."""

    hist: Tensor
    bin_edges: Tensor


def histogram(
    input: Array, bins: Any = 100, *, range: Any = None, weight: Any = None, density: bool = False
) -> Histogram:
    """How many elements fall into each bin: (hist, bin_edges).

    They have no derivative: a backward pass through them raises RuntimeError.

    bins : how many equal ones, or the edges; range : of the equal ones

    >>> import minigrad as mg
    >>> mg.histogram(mg.tensor([1.0, 2.0, 2.0]), bins=2).hist
    tensor([1., 2.])
    """
    x = _numbers(_tensor(input).numpy())
    weights = (
        None
        if weight is None
        else _constant("histogram: weight", weight, x.dtype if x.dtype.kind == "f" else None)
    )
    counts, edges = np.histogram(x, _plain(bins), range, density, weights)
    real = x.dtype if x.dtype.kind == "f" else default_dtype()
    return Histogram(
        *(refusing_gradient(input, a.astype(real), "histogram") for a in (counts, edges))
    )


def bincount(input: Array, weights: Array = None, minlength: int = 0) -> Tensor:
    """How often each of the whole numbers 0, 1, ... occurs, or the sum of its weights.

    weights : in whose dtype the sums are, if it is floating; of whole numbers they are float64

    >>> import minigrad as mg
    >>> mg.bincount(mg.tensor([1, 1, 3]))
    tensor([0, 2, 0, 1])
    """
    places = _places("bincount", _tensor(input).numpy())  # how long the result is depends on them
    if weights is None:
        return result(np.bincount(places, minlength=minlength), None)
    much = _constant("bincount: weights", weights)
    sums = np.bincount(places, much, minlength)
    return result(sums.astype(much.dtype) if much.dtype.kind == "f" else sums, None)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return _tensor(input).numel()


def nan_to_num(
    input: Array, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """x with numbers for NaN and the infinities, by default 0 and the largest of the dtype."""
    x = _tensor(input)
    if x.dtype.kind != "f":
        return clone(x)
    for name, number in (("nan", nan), ("posinf", posinf), ("neginf", neginf)):
        if number is not None or name == "nan":
            check_number(f"nan_to_num: {name}", number)
    limits = np.finfo(x.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    out = piecewise.where(logic.eq(x, math.inf), high, x)
    out = piecewise.where(logic.eq(x, -math.inf), low, out)
    return piecewise.where(logic.isnan(x), nan, out)


for _name in __all__:
    globals()[_name] = with_aliases(globals()[_name])
for _name, _word, _tensors in (
    ("add", "alpha", 1),
    ("sub", "alpha", 1),
    ("addcmul", "value", 2),
    ("addcdiv", "value", 2),
):
    globals()[_name] = factor_before(_word, _tensors, globals()[_name])
