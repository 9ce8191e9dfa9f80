"""Linear algebra under PyTorch's names: norms, products, solutions and factors.

What has no derivative here says so: `matrix_rank`, and `lstsq` of a matrix with dependent columns.
Eigenvalues of matrices that are not symmetric are complex, and not here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .absent import explain_absence
from .engine.arguments import with_aliases
from .engine.axes import normalize_axis_tuple
from .engine.dtypes import check_flag, check_integer, check_number
from .engine.tensor import Tensor, result, tensor_of
from .engine.words import describe, give_words
from .ops import decompositions, piecewise, pytorch, reductions, shaping
from .ops.arithmetic import multiply
from .ops.decompositions import LinAlgError, det, inv
from .ops.linalg import einsum, matmul, outer, tensordot, trace, tril, triu
from .ops.piecewise import abs
from .ops.shaping import matrix_transpose

__all__ = [
    "LinAlgError",
    "cholesky",
    "cond",
    "cross",
    "det",
    "diagonal",
    "eigh",
    "eigvalsh",
    "einsum",
    "householder_product",
    "inv",
    "lstsq",
    "matmul",
    "matrix_exp",
    "matrix_norm",
    "matrix_power",
    "matrix_rank",
    "matrix_transpose",
    "multi_dot",
    "norm",
    "outer",
    "pinv",
    "qr",
    "slogdet",
    "solve",
    "solve_triangular",
    "svd",
    "svdvals",
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
    A: Any,
    ord: Any = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """A norm of matrices: "fro", the root of the sum of squares; 1 and infinity, the largest sum of
    magnitudes in a column and in a row; 2, the largest singular value, "nuc", the sum of them; -1,
    -2 and -infinity, the smallest.

    Raises ValueError for others and for the same axis twice, IndexError for an axis out of range.

    dtype : what A is converted to before

    >>> import minigrad as mg
    >>> matrix_norm(mg.tensor([[1.0, 2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    A = pytorch._convert_real(A, dtype, "matrix_norm")
    if isinstance(ord, Tensor):
        ord = pytorch._constant("matrix_norm: ord", ord).item()
    row, column = normalize_axis_tuple(dim, np.ndim(A), "matrix_norm: dim")
    if ord == "fro":
        return reductions.vector_norm(A, (row, column), keepdim)
    if ord not in (1, -1, 2, -2, np.inf, -np.inf, "nuc"):
        raise ValueError(f"matrix_norm: ord: wanted 'fro', 'nuc', 1, 2 or inf, got {ord!r}")
    if ord in (2, -2, "nuc"):
        of = {2: reductions.amax, -2: reductions.amin, "nuc": reductions.sum}[ord]
        out = of(svdvals(pytorch.movedim(A, (row, column), (-2, -1))), axis=-1)
        return shaping.expand_dims(out, sorted((row, column))) if keepdim else out
    summed, other = (row, column) if np.abs(ord) == 1 else (column, row)
    sums = reductions.sum(abs(A), summed, True)
    out = (reductions.amax if ord > 0 else reductions.amin)(sums, other, True)
    return out if keepdim else shaping.squeeze(out, (row, column))


@with_aliases
def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """`matrix_norm` of a matrix for an order that is given, or for two axes; else `vector_norm`.

    Raises ValueError for an order of what is neither a vector nor a matrix, if no axes are given,
    for "fro" and "nuc" of vectors, and for another number of axes than one or two.

    >>> import minigrad as mg
    >>> norm(mg.tensor([3.0, -4.0])), norm(mg.tensor([[1.0, 2.0]]), 1)
    (tensor(5.), tensor(2.))
    """
    A = pytorch._convert_real(A, dtype, "norm")
    axes = len(dim) if isinstance(dim, (tuple, list)) else np.ndim(A) if dim is None else 1
    if dim is not None and axes not in (1, 2):
        raise ValueError(f"norm: dim: wanted one axis or two, got {dim!r}")
    if isinstance(ord, str) and axes == 1:
        raise ValueError(f"norm: ord: {ord!r} is of matrices, over two axes; for vectors give 2")
    if ord is not None:
        if isinstance(dim, (tuple, list)) and len(dim) == 2:
            return matrix_norm(A, ord, dim, keepdim)  # type: ignore[no-any-return]
        if dim is None and np.ndim(A) == 2:
            return matrix_norm(A, ord, keepdim=keepdim)  # type: ignore[no-any-return]
        if dim is None and np.ndim(A) != 1:
            raise ValueError(
                f"norm: A: wanted a vector or a matrix for ord={ord!r}, got shape {np.shape(A)}; "
                "say over which axes: dim="
            )
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim)  # type: ignore[no-any-return]


def cross(input: Any, other: Any, *, dim: int = -1) -> Tensor:
    """`minigrad.cross` of the last axis by default.

    >>> import minigrad as mg
    >>> cross(mg.tensor([1.0, 0.0, 0.0]), mg.tensor([0.0, 1.0, 0.0]))
    tensor([0., 0., 1.])
    """
    return pytorch.cross(input, other, dim)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """`minigrad.diagonal` of the last two axes by default.

    >>> import minigrad as mg
    >>> diagonal(mg.ones(5, 2, 3)).shape
    (5, 2)
    """
    return shaping.diagonal(A, offset, dim1, dim2)


def matrix_power(A: Any, n: int) -> Tensor:
    """A matrix multiplied n times with itself, by squaring; of a negative n the inverse.

    Raises ValueError for what is not square.

    >>> import minigrad as mg
    >>> matrix_power(mg.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    A = A if isinstance(A, Tensor) else tensor_of(A)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(
            f"matrix_power: A: wanted square matrices (..., n, n), got shape {A.shape}"
        )
    if check_integer("matrix_power: n", n) < 0:
        return matrix_power(inv(A), -n)
    if n < 2:
        return pytorch.clone(A) if n else _unit(A)
    power, square = None, A
    while n:
        if n % 2:
            power = square if power is None else matmul(power, square)
        n //= 2
        square = matmul(square, square) if n else square
    return power  # type: ignore[return-value]  # n was not 0


def _unit(A: Tensor) -> Tensor:
    """Ones on the diagonal, in the shape of A, of which they are recorded but do not depend."""
    return piecewise.where(np.ones(A.shape, bool), np.eye(*A.shape[-2:], dtype=A.dtype), A)


def matrix_exp(A: Any) -> Tensor:
    """exp(A) of square matrices (..., n, n), by its series: 1 + A + A^2/2 + A^3/6 + ...

    The series is of A / 2^s, which is small, and is squared s times, each matrix as often as it
    needs.  In float64, since squarings double errors.  Higham, *Functions of Matrices*, 2008,
    section 10.3.  Raises ValueError for what is not square, TypeError for integers.

    >>> import minigrad as mg
    >>> matrix_exp(mg.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    A = A if isinstance(A, Tensor) else tensor_of(A)
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"matrix_exp: A: wanted square matrices (..., n, n), got shape {A.shape}")
    if A.dtype.kind != "f":
        raise TypeError(f"matrix_exp: A: wanted a floating dtype, got {A.dtype}")
    given, A = A.dtype, shaping.astype(A, np.dtype(np.float64))
    size = np.abs(A.detach().numpy()).sum(-1, keepdims=True).max(-2, keepdims=True, initial=0)
    squarings = np.where(np.isfinite(size), np.maximum(np.frexp(size)[1] + 1, 0), 0)
    small, one = A / 2.0**squarings, np.eye(A.shape[-1])
    value: Any = _unit(A)
    for k in range(TERMS, 0, -1):
        value = one + matmul(small, value) / k
    for k in range(squarings.max(initial=0), 0, -1):  # what needs fewer comes later
        value = matmul(value, piecewise.where(squarings >= k, value, one))
    return shaping.astype(value, given)


TERMS = 14  # 0.5^15 / 15! is 2e-17


def householder_product(A: Any, tau: Any) -> Tensor:
    """The first k columns of H_1 H_2 ... H_k: orthonormal ones, where each H is a reflection.

    A : (..., n, k), whose column i below its diagonal, behind a 1, is the vector v of
        H_i = I - tau_i v v^T, as LAPACK's geqrf leaves it
    tau : (..., k)

    Raises ValueError for more columns than rows, or another number of factors.

    >>> import minigrad as mg
    >>> householder_product(mg.tensor([[9.0], [1.0]]), mg.tensor([1.0]))
    tensor([[ 0.],
            [-1.]])
    """
    A, tau = (t if isinstance(t, Tensor) else tensor_of(t) for t in (A, tau))
    if A.ndim < 2 or A.shape[-1] > A.shape[-2] or tau.shape != (*A.shape[:-2], A.shape[-1]):
        raise ValueError(
            "householder_product: wanted A (..., n, k) with n >= k and tau (..., k), got shapes "
            f"{A.shape}, {tau.shape}"
        )
    n, k = A.shape[-2:]
    vectors = tril(A, -1) + np.eye(n, k, dtype=A.dtype)
    product = _unit(A)
    for i in reversed(range(k)):
        v = vectors[..., i : i + 1]
        shares = matmul(matrix_transpose(v), product) * tau[..., i : i + 1, None]
        product = product - matmul(v, shares)
    return product


class Slogdet(NamedTuple):
    """The sign of determinants, and the logarithm of their magnitude."""

    sign: Tensor
    logabsdet: Tensor


class Eigh(NamedTuple):
    """Eigenvalues in ascending order, and the eigenvectors as columns."""

    eigenvalues: Tensor
    eigenvectors: Tensor


class Svd(NamedTuple):
    """Left singular vectors as columns, singular values in descending order, right ones as rows."""

    U: Tensor
    S: Tensor
    Vh: Tensor


class Qr(NamedTuple):
    """Orthonormal columns, and an upper triangle."""

    Q: Tensor
    R: Tensor


class Lstsq(NamedTuple):
    """As PyTorch gives it: residuals and singular values are empty."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def slogdet(A: Any) -> Slogdet:
    """The determinants of square matrices as (sign, log of the magnitude), which do not overflow.

    >>> import minigrad as mg
    >>> slogdet(mg.tensor([[0.0, 1.0], [1.0, 0.0]]))
    Slogdet(sign=tensor(-1.), logabsdet=tensor(0.))
    """
    A = _tensor(A)
    log = decompositions.logabsdet(A)
    return Slogdet(result(np.linalg.slogdet(A._data).sign, None), log)


def eigh(A: Any, UPLO: str = "L") -> Eigh:
    """The eigenvalues and eigenvectors of symmetric matrices (..., n, n).

    UPLO : "L" or "U", the triangle that is looked at

    >>> import minigrad as mg
    >>> eigh(mg.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])
    """
    if UPLO not in ("L", "U"):
        raise ValueError(f"eigh: UPLO: wanted 'L' or 'U', got {UPLO!r}")
    A = _tensor(A)
    A = A if UPLO == "L" else matrix_transpose(A)
    return Eigh(decompositions.eigvalsh(A), decompositions.packed_eigh(A)[..., :-1, :])


def eigvalsh(A: Any, UPLO: str = "L") -> Tensor:
    """The eigenvalues of symmetric matrices, in ascending order.

    >>> import minigrad as mg
    >>> eigvalsh(mg.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor([-1.,  1.])
    """
    if UPLO not in ("L", "U"):
        raise ValueError(f"eigvalsh: UPLO: wanted 'L' or 'U', got {UPLO!r}")
    return decompositions.eigvalsh(A if UPLO == "L" else matrix_transpose(A))


def svd(A: Any, full_matrices: bool = True) -> Svd:
    """A (..., m, n) as U @ diag(S) @ Vh.

    full_matrices : fill U and Vh up to square matrices, with what has no derivative; False for
        U (..., m, k) and Vh (..., k, n) with k = min(m, n)

    >>> import minigrad as mg
    >>> svd(mg.tensor([[3.0, 0.0], [0.0, 2.0]])).S
    tensor([3., 2.])
    """
    A = _tensor(A)
    packed = decompositions.packed_svd(A)
    m = A.shape[-2]
    U, V = packed[..., :m, :], packed[..., m:-1, :]
    if full_matrices:
        U, V = decompositions.filled_up(U), decompositions.filled_up(V)
    return Svd(U, decompositions.svdvals(A), matrix_transpose(V))


def svdvals(A: Any) -> Tensor:
    """The singular values of matrices, in descending order.

    >>> import minigrad as mg
    >>> svdvals(mg.tensor([[0.0, -2.0], [1.0, 0.0]]))
    tensor([2., 1.])
    """
    return decompositions.svdvals(A)


def qr(A: Any, mode: str = "reduced") -> Qr:
    """A (..., m, n) as Q @ R, columns that are orthonormal and an upper triangle.

    mode : "reduced", for Q (..., m, k) with k = min(m, n), or "complete", for Q (..., m, m) and R
        (..., m, n), with columns that have no derivative and zeros, or "r", without Q

    >>> import minigrad as mg
    >>> qr(mg.tensor([[0.0, 2.0], [-1.0, 0.0]])).R.abs()
    tensor([[1., 0.],
            [0., 2.]])
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: mode: wanted 'reduced', 'complete' or 'r', got {mode!r}")
    A = _tensor(A)
    decompositions.matrices("qr", A._data)
    m, n = A.shape[-2:]
    packed = decompositions.packed_qr(A[..., :m])
    Q, R = packed[..., :m, :], packed[..., m:, :]
    if n > m:  # further columns are what they are in the basis that the first ones make
        R = shaping.concat([R, matmul(matrix_transpose(Q), A[..., m:])], axis=-1)
    if mode == "complete" and m > n:
        Q = decompositions.filled_up(Q)
        R = shaping.concat([R, np.zeros((*R.shape[:-2], m - n, n), R.dtype)], axis=-2)
    return Qr(Q if mode != "r" else tensor_of(np.zeros(0, A.dtype)), R)


def cholesky(A: Any, *, upper: bool = False) -> Tensor:
    """The lower triangle L of symmetric positive definite matrices A = L L^T.

    upper : its transpose, an upper triangle, instead

    Raises LinAlgError for matrices that are not positive definite.

    >>> import minigrad as mg
    >>> cholesky(mg.tensor([[4.0, 2.0], [2.0, 5.0]]), upper=True)
    tensor([[2., 1.],
            [0., 2.]])
    """
    L = decompositions.cholesky(A)
    return matrix_transpose(L) if check_flag("cholesky: upper", upper) else L


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """The X of A X = B, for square matrices A (..., n, n).

    B : matrices (..., n, k), or vectors (..., n)
    left : False for X A = B, of matrices B (..., k, n)

    Raises LinAlgError for a singular A, ValueError for shapes that do not fit.

    >>> import minigrad as mg
    >>> solve(mg.tensor([[2.0, 0.0], [0.0, 4.0]]), mg.tensor([1.0, 2.0]))
    tensor([0.5, 0.5])
    """
    if check_flag("solve: left", left):
        return decompositions.solve(A, B)
    if decompositions.is_vector(np.shape(A), np.shape(B)):
        raise ValueError(f"solve: B: wanted matrices (..., k, n), got shape {np.shape(B)}")
    return matrix_transpose(decompositions.solve(matrix_transpose(A), matrix_transpose(B)))


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Tensor:
    """The X of A X = B for a triangle A, of which the other half is not looked at.

    B : matrices; left : False for X A = B; unitriangular : take the diagonal of A for ones

    Raises ValueError for a vector B.

    >>> import minigrad as mg
    >>> solve_triangular(mg.tensor([[2.0, 9.0], [0.0, 4.0]]), mg.ones(2, 1), upper=False)
    tensor([[0.5 ],
            [0.25]])
    """
    A, B = (triu if upper else tril)(A), _tensor(B)
    if B.ndim < 2:
        raise ValueError(f"solve_triangular: B: wanted matrices (..., n, k), got shape {B.shape}")
    # beside a batch of A, `solve` could take it for vectors
    B = B.reshape((*(1 for _ in range(A.ndim - B.ndim)), *B.shape))
    if unitriangular:
        n = A.shape[-1]
        A = piecewise.where(np.eye(n, dtype=bool), 1.0, A)
    if left:
        return solve(A, B)
    return matrix_transpose(solve(matrix_transpose(A), matrix_transpose(B)))


def pinv(A: Any, rtol: float | None = None, *, hermitian: bool = False) -> Tensor:
    """The pseudoinverses (Moore-Penrose) of matrices (..., m, n), by singular values.

    rtol : singular values below it, relative to the largest, are 0; default max(m, n) * eps
    hermitian : take A for symmetric, and look at its lower triangle alone

    >>> import minigrad as mg
    >>> pinv(mg.tensor([[2.0], [0.0]]))
    tensor([[0.5, 0. ]])
    """
    A = _symmetric(A) if hermitian else _tensor(A)
    least, rtol = _rtol("pinv", A, None), _rtol("pinv", A, rtol)
    if rtol > least:
        S = svdvals(A.detach())._data
        top = S.max(-1, keepdims=True, initial=0)
        if ((S <= rtol * top) & (S > least * top)).any():
            return _cut_pinv(A, rtol)
    return decompositions.pinv(A, rtol)


def _cut_pinv(A: Tensor, rtol: float) -> Tensor:
    """`pinv` where some of A is cut off, which has a derivative too: that of its factors."""
    U, S, Vh = svd(A, False)
    small = S._data <= S._data.max(-1, keepdims=True, initial=0) * rtol
    inverse = piecewise.where(small, 0.0, 1.0 / piecewise.where(small, 1.0, S))
    V = multiply(matrix_transpose(Vh), shaping.expand_dims(inverse, -2))
    return matmul(V, matrix_transpose(U))


def _symmetric(A: Any) -> Tensor:
    """The matrix that is symmetric and has the lower triangle of A."""
    return tril(A) + matrix_transpose(tril(A, -1))


def _rtol(name: str, A: Tensor, rtol: Any) -> Any:
    m, n = decompositions.matrices(name, A._data).shape[-2:]
    if rtol is None:
        return max(m, n) * float(np.finfo(A.dtype).eps)
    check_number(f"{name}: rtol", rtol)
    return rtol


def matrix_rank(
    A: Any, *, atol: float | None = None, rtol: float | None = None, hermitian: bool = False
) -> Tensor:
    """How many singular values are above `rtol` times the largest; default max(m, n) * eps.

    atol : and above this number, without which `rtol` is then 0
    hermitian : take A for symmetric, and look at its lower triangle alone

    >>> import minigrad as mg
    >>> matrix_rank(mg.ones(3, 3))
    tensor(1)
    """
    A = _tensor(A).detach()
    S = decompositions.svdvals(_symmetric(A) if hermitian else A)._data
    least = 0 if atol is None else atol
    check_number("matrix_rank: atol", least)
    share = 0 if least > 0 and rtol is None else _rtol("matrix_rank", A, rtol)
    bound = np.maximum(S.max(-1, keepdims=True, initial=0) * share, least)
    return result(np.asarray((S > bound).sum(-1)), None)


def cond(A: Any, p: Any = None) -> Tensor:
    """The condition number of matrices: a norm times that of the inverse; by default of order 2.

    Infinite where there is no inverse, and 0 for a matrix without elements.

    >>> import minigrad as mg
    >>> cond(mg.tensor([[4.0, 0.0], [0.0, 2.0]]))
    tensor(2.)
    """
    A = _tensor(A)
    if not math.prod(decompositions.matrices("cond", A._data).shape[-2:]):
        return reductions.sum(A, (-2, -1))
    if p in (None, 2, -2):
        S = svdvals(A)
        return S[..., 0] / S[..., -1] if p != -2 else S[..., -1] / S[..., 0]
    with np.errstate(invalid="ignore"):
        singular = np.linalg.slogdet(decompositions.square("cond", A._data)).sign == 0
    inverse = inv(piecewise.where(singular[..., None, None], np.eye(A.shape[-1], dtype=A.dtype), A))
    return piecewise.where(singular, np.inf, matrix_norm(A, p) * matrix_norm(inverse, p))


DRIVERS = (None, "gelsy", "gels", "gelsd", "gelss")
"""PyTorch's choices of how; here there is one way."""


def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Lstsq:
    """The X with the smallest |A X - B|, A (..., m, n) of full rank and B (..., m, k), or (..., m).

    Raises ValueError for a matrix with dependent columns (or rows, of a wide one): `pinv(A) @ B` is
    a solution then.

    >>> import minigrad as mg
    >>> lstsq(mg.tensor([[1.0], [1.0]]), mg.tensor([[1.0], [3.0]])).solution
    tensor([[2.]])
    """
    if not isinstance(driver, (str, type(None))) or driver not in DRIVERS:
        raise ValueError(f"lstsq: driver: wanted one of {DRIVERS}, got {describe(driver)}")
    A, B = _tensor(A), _tensor(B)
    rank = matrix_rank(A, rtol=rcond)
    m, n = A.shape[-2:]
    vector = decompositions.is_vector(A.shape, B.shape)
    B = shaping.expand_dims(B, -1) if vector else B
    if np.any(rank._data < min(m, n)):
        raise ValueError(f"lstsq: A has rank {rank.tolist()}; pinv(A) @ B is a solution")
    if m >= n:
        Q, R = qr(A)
        solution = solve(R, matmul(matrix_transpose(Q), B))
    else:  # the shortest of many: A^T = Q R, X = Q R^-T B
        Q, R = qr(matrix_transpose(A))
        solution = matmul(Q, solve(matrix_transpose(R), B))
    if vector:
        solution = shaping.squeeze(solution, -1)
    none = tensor_of(np.zeros(0, A.dtype))
    return Lstsq(solution, none, rank, none)


def logdet(A: Any) -> Tensor:
    """The logarithm of determinants: NaN for a negative one."""
    sign, log = slogdet(A)
    return piecewise.where(sign < 0, np.nan, log)


def _tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else tensor_of(x)


def multi_dot(tensors: Sequence[Any]) -> Tensor:
    """The product of matrices, from the left; the first and the last may be vectors.

    Raises ValueError for less than two, and for others that are no matrices.
    """
    dims = [np.ndim(t) for t in tensors]
    if len(dims) < 2 or {*dims[1:-1]} - {2} or {dims[0], dims[-1]} - {1, 2}:
        raise ValueError(
            "multi_dot: tensors: wanted two matrices or more, of which the first and the last may "
            f"be vectors, got {describe(tensors)}"
        )
    return functools.reduce(matmul, tensors)  # type: ignore[no-any-return]


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """The inner products of vectors along an axis."""
    return reductions.sum(multiply(x, y), dim)


give_words(globals(), __all__)

explain_absence(globals())
