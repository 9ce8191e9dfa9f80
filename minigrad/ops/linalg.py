"""Products of vectors, matrices and arrays of more axes; triangles and traces."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import kernels
from ..engine.arguments import with_aliases
from ..engine.axes import normalize_axis_tuple
from ..engine.dtypes import check_integer
from ..engine.operation import operation
from ..engine.tensor import Tensor
from .arithmetic import multiply
from .reductions import sum
from .shaping import diagonal, expand_dims, matrix_transpose, permute_dims, reshape

__all__ = ["inner", "einsum", "matmul", "outer", "tensordot", "trace", "tril", "triu"]

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


@operation(same_dtype=True)
def matmul(x1: Array, x2: Array) -> Array:
    """The matrix product x1 (..., m, k) @ x2 (..., k, n), of shape (..., m, n).

    The axes in front broadcast.  A 1-D x1 is a row and a 1-D x2 a column, and the result lacks
    their axes.  Raises ValueError for 0-d inputs and where the two k differ, TypeError for float32
    beside float64.

    >>> import minigrad as mg
    >>> mg.matmul(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor([1.0, 1.0]))
    tensor([3., 7.])
    """
    if not getattr(x1, "ndim", 0) or not getattr(x2, "ndim", 0):
        raise ValueError("wanted at least 1 axis; multiply by a number with *")
    rows = x1[None] if x1.ndim == 1 else x1
    columns = x2[:, None] if x2.ndim == 1 else x2
    if rows.shape[-1] != columns.shape[-2]:
        raise ValueError(
            f"x1 has rows of {rows.shape[-1]} elements, x2 columns of {columns.shape[-2]}"
        )
    out = _product(rows, columns)
    if x1.ndim == 1:
        out = out[..., 0, :]
    return out[..., 0] if x2.ndim == 1 else out


def _product(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
    """x1 (..., m, k) @ x2 (..., k, n)."""
    if x1.ndim > 2 == x2.ndim:  # one large product instead of many small ones
        rows = x1.reshape(math.prod(x1.shape[:-1]), x1.shape[-1])
        return _product(rows, x2).reshape(*x1.shape[:-1], x2.shape[-1])
    return kernels.matmul(x1, x2) if x1.dtype.kind == "f" else np.matmul(x1, x2)


@matmul.gradient("x1", new=True)
def _(g, x2, x1_shape):
    if x2.ndim == 1:
        return g[..., None] * x2
    if len(x1_shape) == 1:
        return matmul(g[..., None, :], matrix_transpose(x2))[..., 0, :]
    return matmul(g, matrix_transpose(x2))


@matmul.gradient("x2", new=True)
def _(g, x1, x2_shape):
    if len(x2_shape) > 2:
        if x1.ndim == 1:
            x1, g = x1[None], g[..., None, :]
    elif x1.ndim != 2:  # the sum over the axes in front is part of one large product
        before = x1.shape[:-1]
        x1 = reshape(x1, (math.prod(before), x1.shape[-1]))
        g = reshape(g, (math.prod(before), *g.shape[len(before) :]))
    return matmul(matrix_transpose(x1), g)


@with_aliases
def outer(x1: Array, x2: Array) -> Tensor:
    """All products of the elements of two vectors: out[i, j] = x1[i] * x2[j].

    Raises ValueError for inputs that are not 1-D.

    >>> import minigrad as mg
    >>> mg.outer(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
    tensor([[3., 4.],
            [6., 8.]])
    """
    if np.ndim(x1) != 1 or np.ndim(x2) != 1:
        raise ValueError(f"outer: wanted two vectors, got shapes {np.shape(x1)}, {np.shape(x2)}")
    return multiply(expand_dims(x1, 1), x2)


@with_aliases
def inner(x1: Array, x2: Array) -> Tensor:
    """Products summed over the last axis of both; of two vectors their inner product.

    >>> import minigrad as mg
    >>> mg.inner(mg.tensor([1.0, 2.0]), mg.tensor([3.0, 4.0]))
    tensor(11.)
    """
    if not np.ndim(x1) or not np.ndim(x2):
        return multiply(x1, x2)
    return tensordot(x1, x2, ((-1,), (-1,)))


@with_aliases
def trace(x: Array, offset: int = 0) -> Tensor:
    """The sum of the diagonals x[..., i, i + offset] of x (..., m, n).

    Raises ValueError for less than two axes.

    >>> import minigrad as mg
    >>> mg.trace(mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    return sum(diagonal(x, offset, -2, -1), axis=-1)


@operation
def tril(x: Array, diagonal: int = 0) -> Array:
    """The lower triangles of x (..., m, n): 0 above the given diagonal.

    Raises ValueError for less than two axes.

    >>> import minigrad as mg
    >>> mg.tril(mg.ones((2, 2)))
    tensor([[1., 0.],
            [1., 1.]])
    """
    _check_matrices(x)
    return np.tril(x, check_integer("tril: diagonal", diagonal))


@tril.gradient("x")
def _(g, diagonal):
    return tril(g, diagonal)


@operation
def triu(x: Array, diagonal: int = 0) -> Array:
    """The upper triangles of x (..., m, n): 0 below the given diagonal.

    Raises ValueError for less than two axes.

    >>> import minigrad as mg
    >>> mg.triu(mg.ones((2, 2)))
    tensor([[1., 1.],
            [0., 1.]])
    """
    _check_matrices(x)
    return np.triu(x, check_integer("triu: diagonal", diagonal))


@triu.gradient("x")
def _(g, diagonal):
    return triu(g, diagonal)


def _check_matrices(x: np.ndarray) -> None:
    if x.ndim < 2:
        raise ValueError(f"wanted at least 2 axes, got shape {x.shape}")


@with_aliases
def tensordot(x1: Array, x2: Array, axes: int | tuple[Sequence[int], Sequence[int]] = 2) -> Tensor:
    """Products summed over pairs of axes; the result has the other axes of x1, then those of x2.

    axes : n for the last n axes of x1 with the first n of x2, or (axes of x1, axes of x2)

    Raises ValueError where the axes do not pair up or differ in size, IndexError for an axis
    out of range.

    >>> import minigrad as mg
    >>> mg.tensordot(mg.ones((2, 3, 4)), mg.ones((4, 3, 5)), axes=((1, 2), (1, 0))).shape
    (2, 5)
    """
    shapes = np.shape(x1), np.shape(x2)
    if isinstance(axes, int):
        if not 0 <= axes <= min(map(len, shapes)):
            raise ValueError(f"tensordot: cannot sum over {axes} axes of shapes {shapes}")
        axes = range(len(shapes[0]) - axes, len(shapes[0])), range(axes)
    summed1, summed2 = (
        normalize_axis_tuple(a, len(s), "axes") for a, s in zip(axes, shapes, strict=True)
    )
    sizes1 = [shapes[0][i] for i in summed1]
    sizes2 = [shapes[1][i] for i in summed2]
    if sizes1 != sizes2:
        raise ValueError(f"tensordot: the axes to sum over have sizes {sizes1} and {sizes2}")
    free1 = [i for i in range(len(shapes[0])) if i not in summed1]
    free2 = [i for i in range(len(shapes[1])) if i not in summed2]
    shape1 = tuple(shapes[0][i] for i in free1)
    shape2 = tuple(shapes[1][i] for i in free2)
    k = math.prod(sizes1)
    rows = reshape(permute_dims(x1, (*free1, *summed1)), (math.prod(shape1), k))
    columns = reshape(permute_dims(x2, (*summed2, *free2)), (k, math.prod(shape2)))
    return reshape(matmul(rows, columns), shape1 + shape2)


# --------------------------------------------------------------------- einsum

Labels = list[Any]
"""A name for each axis: a letter, or, of the axes that an ellipsis stands for, their number from
the right (-1, -2, ...)."""


def einsum(subscripts: str, *operands: Array) -> Tensor:
    """Einstein's summation: products, summed over the indices that the output lacks.

    subscripts : as "ij,jk->ik", a letter for each axis of each operand, and those of the output.
        "..." stands for all further axes, which broadcast.  Without "->" the output has the
        axes of "...", then the letters that occur once, in alphabetical order.  A letter twice in
        one operand takes its diagonal.

    Operands are contracted from left to right, each pair by one `matmul` or `multiply`, so order
    them with the small results first.  Raises ValueError for subscripts that do not fit the
    operands, repeat an index in the output or have an unknown one there, and for sizes that differ.

    >>> import minigrad as mg
    >>> x, y = mg.ones((5, 2, 3)), mg.ones((3, 4))
    >>> mg.einsum("bij,jk->bik", x, y).shape
    (5, 2, 4)
    >>> mg.einsum("ii", mg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not isinstance(subscripts, str) or not operands:
        raise TypeError("einsum: wanted subscripts as a string, then at least one operand")
    shapes = [np.shape(x) for x in operands]
    inputs, output = _parse(subscripts, shapes)
    sizes: dict[Any, int] = {}
    for labels, shape in zip(inputs, shapes, strict=True):
        for label, n in zip(labels, shape, strict=True):
            if sizes.setdefault(label, n) == 1:
                sizes[label] = n
            elif n not in (1, sizes[label]):
                raise ValueError(
                    f"einsum: index {label!r} of {subscripts!r} has sizes {sizes[label]} and {n}"
                )
    terms = [_prepare(x, labels, sizes) for x, labels in zip(operands, inputs, strict=True)]
    x, labels = terms[0]
    for i, term in enumerate(terms[1:], 2):
        x, labels = _contract(x, labels, *term, {*output, *(k for t in terms[i:] for k in t[1])})
    x, labels = _sum_out(x, labels, {*output})
    return permute_dims(x, [labels.index(k) for k in output])


def _parse(subscripts: str, shapes: Sequence[tuple[int, ...]]) -> tuple[list[Labels], Labels]:
    """The labels of the axes of each operand, and of the output."""
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(shapes):
        raise ValueError(f"einsum: {subscripts!r} is for {len(parts)} operands, not {len(shapes)}")
    inputs, widest = [], 0
    for part, shape in zip(parts, shapes, strict=True):
        letters = part.replace("...", "", 1)
        rest = len(shape) - len(letters)
        if rest < 0 or (rest and part == letters):
            raise ValueError(f"einsum: {part!r} does not fit an operand of shape {shape}")
        inputs.append(_labels(part, rest))
        widest = max(widest, rest)
    names = [k for labels in inputs for k in labels]
    if arrow:
        output = _labels(right, widest)
        if widest and "..." not in right:
            raise ValueError(f"einsum: the output of {subscripts!r} lacks the ellipsis")
    else:
        single = sorted(k for k in names if isinstance(k, str) and names.count(k) == 1)
        output = [*range(-widest, 0), *single]
    for k in output:
        if isinstance(k, str) and (output.count(k) > 1 or k not in names):
            wrong = "is repeated" if k in names else "is in no operand"
            raise ValueError(f"einsum: the output index {k!r} of {subscripts!r} {wrong}")
    return inputs, output


def _labels(part: str, rest: int) -> Labels:
    head, dots, tail = part.partition("...")
    if not (head + tail).isalpha() and head + tail:
        raise ValueError(f"einsum: wanted letters and at most one '...', got {part!r}")
    return [*head, *(range(-rest, 0) if dots else ()), *tail]


def _prepare(x: Array, labels: Labels, sizes: dict[Any, int]) -> tuple[Array, Labels]:
    """An operand with no label twice, and without axes of size 1 that broadcast."""
    for k in {k for k in labels if labels.count(k) > 1}:
        while labels.count(k) > 1:
            i = labels.index(k)
            j = labels.index(k, i + 1)
            if np.shape(x)[i] != np.shape(x)[j]:
                raise ValueError(f"einsum: no diagonal {k!r} in an operand of {np.shape(x)}")
            order = [a for a in range(len(labels)) if a not in (i, j)]
            x = diagonal(permute_dims(x, [*order, i, j]), 0, -2, -1)
            labels = [*(labels[a] for a in order), k]
    shape = np.shape(x)
    kept = [a for a, k in enumerate(labels) if shape[a] == sizes[k]]
    if len(kept) < len(labels):
        x = reshape(x, tuple(shape[a] for a in kept))
    return x, [labels[a] for a in kept]


def _sum_out(x: Array, labels: Labels, keep: set[Any]) -> tuple[Array, Labels]:
    """Summed over the labels that nobody needs."""
    axes = tuple(a for a, k in enumerate(labels) if k not in keep)
    return (sum(x, axis=axes) if axes else x), [k for k in labels if k in keep]


def _contract(
    x: Array, x_labels: Labels, y: Array, y_labels: Labels, later: set[Any]
) -> tuple[Array, Labels]:
    """The product of two, summed over the common labels that are not needed later."""
    x, x_labels = _sum_out(x, x_labels, later.union(y_labels))
    y, y_labels = _sum_out(y, y_labels, later.union(x_labels))
    batch = [k for k in x_labels if k in y_labels and k in later]
    inner = [k for k in x_labels if k in y_labels and k not in later]
    left = [k for k in x_labels if k not in y_labels]
    right = [k for k in y_labels if k not in x_labels]
    x = permute_dims(x, [x_labels.index(k) for k in batch + left + inner])
    y = permute_dims(y, [y_labels.index(k) for k in batch + inner + right])
    front, back = x.shape[: len(batch) + len(left)], y.shape[len(batch) + len(inner) :]
    common, k = front[: len(batch)], math.prod(x.shape[len(front) :])
    x = reshape(x, (*common, math.prod(front[len(batch) :]), k))
    y = reshape(y, (*common, k, math.prod(back)))
    if inner and (not batch or (left and right)):
        out = matmul(x, y)
    elif inner:  # many products of vectors: faster as one multiplication
        out = sum(multiply(expand_dims(x, -1), expand_dims(y, -3)), axis=-2)
    else:
        out = multiply(x, y)
    return reshape(out, (*front, *back)), batch + left + right
