"""Linear algebra under PyTorch's names: norms and products.

What solves systems is not here: `inv`, `det`, `solve`, `eig`, `svd` and their kind have no rule.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .absent import explain_absence
from .engine.dtypes import check_integer
from .engine.operation import with_aliases
from .engine.tensor import Tensor, wrapped
from .engine.words import give_words
from .ops import pytorch, reductions, shaping
from .ops.arithmetic import multiply
from .ops.linalg import einsum, matmul, outer, tensordot, trace
from .ops.piecewise import abs
from .ops.pytorch import cross
from .ops.shaping import matrix_transpose

__all__ = [
    "cross",
    "diagonal",
    "einsum",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "tensordot",
    "trace",
    "vecdot",
    "vector_norm",
]


@with_aliases
def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The p-norm over `dim` (all axes by default), as `minigrad.norm`.

    >>> import minigrad as mg
    >>> vector_norm(mg.tensor([3.0, -4.0]))
    tensor(5.)
    """
    return pytorch.norm(x, ord, dim, keepdim, dtype)


@with_aliases
def matrix_norm(
    A: Any, ord: Any = "fro", dim: tuple[int, int] = (-2, -1), keepdim: bool = False
) -> Tensor:
    """A norm of matrices: "fro", the root of the sum of squares; 1 and infinity, the largest sum of
    magnitudes in a column and in a row; -1 and -infinity, the smallest.

    Raises ValueError for others, which need singular values.

    >>> import minigrad as mg
    >>> matrix_norm(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    if ord == "fro":
        return reductions.vector_norm(A, tuple(dim), keepdim)
    if ord not in (1, -1, np.inf, -np.inf):
        raise ValueError(f"matrix_norm: ord: wanted 'fro', 1, -1, inf or -inf, got {ord!r}")
    row, column = (d % np.ndim(A) for d in dim)
    summed, other = (row, column) if np.abs(ord) == 1 else (column, row)
    sums = reductions.sum(abs(A), summed, True)
    out = (reductions.amax if ord > 0 else reductions.amin)(sums, other, True)
    return out if keepdim else shaping.squeeze(out, (row, column))


@with_aliases
def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Tensor:
    """`matrix_norm` of a matrix for an order that is given, or for two axes; else `vector_norm`.

    >>> import minigrad as mg
    >>> norm(mg.tensor([3.0, -4.0])), norm(mg.tensor([[1.0, 2.0]]), 1)
    (tensor(5.), tensor(2.))
    """
    if ord is not None:
        if isinstance(dim, tuple) and len(dim) == 2:
            return matrix_norm(A, ord, dim, keepdim)  # type: ignore[no-any-return]
        if dim is None and np.ndim(A) == 2:
            return matrix_norm(A, ord, keepdim=keepdim)  # type: ignore[no-any-return]
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim)  # type: ignore[no-any-return]


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`minigrad.diagonal` of the last two axes by default.

    >>> import minigrad as mg
    >>> diagonal(mg.ones(5, 2, 3)).shape
    (5, 2)
    """
    return shaping.diagonal(A, offset, dim1, dim2)


def matrix_power(A: Any, n: int) -> Tensor:
    """A matrix multiplied n times with itself; ValueError for a negative n.

    >>> import minigrad as mg
    >>> matrix_power(mg.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    A = A if isinstance(A, Tensor) else wrapped(A)
    if check_integer("matrix_power: n", n) < 0:
        raise ValueError(f"matrix_power: n: wanted 0 or more, for there is no inverse, got {n}")
    if not n:
        return multiply(A, 0) + np.eye(np.shape(A)[-1], dtype=A.dtype)
    return functools.reduce(matmul, [A] * n)  # type: ignore[no-any-return]


def multi_dot(tensors: Sequence[Any]) -> Tensor:
    """The product of matrices, from the left."""
    return functools.reduce(matmul, tensors)  # type: ignore[no-any-return]


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """The inner products of vectors along an axis."""
    return reductions.sum(multiply(x, y), dim)


give_words(globals(), __all__)

explain_absence(globals())
