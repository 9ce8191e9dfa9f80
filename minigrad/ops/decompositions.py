"""Inverses, determinants, solutions and factors of matrices: NumPy's values, with derivatives.

The rules, and what they are derived from: M. Giles, "An extended collection of matrix derivative
results for forward and reverse mode algorithmic differentiation", Oxford (2008); S. F. Walter and
L. Lehmann, "Algorithmic differentiation of linear algebra functions", 2012 (QR); I. Murray,
"Differentiation of the Cholesky decomposition", 2016.

Factors are not unique, nor smooth where values meet: eigenvectors of equal eigenvalues and singular
vectors of equal singular values have no derivative, and the rules then give infinities and NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.operation import operation
from .arithmetic import multiply
from .linalg import matmul, tril
from .logic import isfinite
from .piecewise import where
from .reductions import prod
from .shaping import expand_dims, matrix_transpose

Array = Any  # inside: an array; to callers: a tensor, or anything that becomes one


def square(name: str, A: np.ndarray) -> np.ndarray:
    """A, if it is a square matrix or a batch of them; TypeError for integers."""
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise ValueError(f"{name}: A: wanted square matrices (..., n, n), got shape {A.shape}")
    return matrices(name, A)


def matrices(name: str, A: np.ndarray) -> np.ndarray:
    """A, if it holds floating matrices."""
    if A.ndim < 2:
        raise ValueError(f"{name}: A: wanted matrices (..., m, n), got shape {A.shape}")
    if A.dtype.kind != "f":
        raise TypeError(f"{name}: A: wanted float32 or float64, got {A.dtype}; convert it first")
    return A


def lapack(name: str, function: Any, *args: Any, **options: Any) -> Any:
    """What NumPy finds; its error as PyTorch's, a RuntimeError."""
    try:
        return function(*args, **options)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"{name}: {error}") from None


def finite(name: str, A: np.ndarray) -> np.ndarray:
    """A, if its elements are finite: with others LAPACK may not come to an end."""
    if not np.isfinite(A).all():
        raise LinAlgError(f"{name}: A has elements that are not finite")
    return A


class LinAlgError(RuntimeError):
    """A matrix that has no such factors, or no inverse."""


@operation(same_dtype=True)
def inv(A: Array) -> Array:
    """The inverses of square matrices (..., n, n).

    Raises ValueError for other shapes, LinAlgError, a RuntimeError, for a singular one.

    >>> import minigrad as mg
    >>> mg.linalg.inv(mg.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return lapack("inv", np.linalg.inv, square("inv", A))


@inv.gradient("A")
def _(g, out):  # d(A^-1) = -A^-1 dA A^-1
    T = matrix_transpose(out)
    return -matmul(matmul(T, g), T)


@operation(same_dtype=True)
def det(A: Array) -> Array:
    """The determinants of square matrices (..., n, n).

    Raises ValueError for other shapes.

    >>> import minigrad as mg
    >>> mg.linalg.det(mg.tensor([[1.0, 2.0], [3.0, 5.0]]))
    tensor(-1.)
    """
    return np.linalg.det(square("det", A))


@det.gradient("A")
def _(g, A, out):  # d det A = det(A) tr(A^-1 dA), by Jacobi's formula
    one, numbers = np.eye(A.shape[-1], dtype=A.dtype), isfinite(A)  # type: Any, Any
    finite = numbers.all((-1, -2), keepdims=True)
    singular = expand_dims(out == 0, (-1, -2)) & finite
    inverse = matrix_transpose(inv(where(singular | ~finite, one, A)))
    slope = multiply(where(finite, expand_dims(out, (-1, -2)), np.nan), inverse)
    if singular.any():
        slope = where(singular, _cofactors(where(singular, A, one)), slope)
    return multiply(expand_dims(g, (-1, -2)), slope)


def _cofactors(A: Array) -> Array:
    """det(U) det(V) U D V^T, for A = U diag(S) V^T; D_i is the product of all S_j but S_i."""
    n = A.shape[-1]
    factors = packed_svd(A)
    U, V, S = factors[..., :n, :], factors[..., n:-1, :], factors[..., -1:, :]
    others = prod(where(np.eye(n, dtype=bool), 1.0, S), -1)
    signed = expand_dims(multiply(others, expand_dims(multiply(det(U), det(V)), -1)), -2)
    return matmul(multiply(U, signed), matrix_transpose(V))


@operation(same_dtype=True)
def logabsdet(A: Array) -> Array:
    """log|det A| of square matrices (..., n, n): -inf for a singular one.

    >>> import minigrad as mg
    >>> logabsdet(mg.tensor([[0.0, 1.0], [1.0, 0.0]]))
    tensor(0.)
    """
    with np.errstate(divide="ignore"):
        return np.linalg.slogdet(square("slogdet", A)).logabsdet


@logabsdet.gradient("A")
def _(g, A, out):
    A = where(expand_dims((out == -np.inf) | (out != out), (-1, -2)), np.nan, A)
    return multiply(expand_dims(g, (-1, -2)), matrix_transpose(inv(A)))


@operation(same_dtype=True)
def solve(A: Array, B: Array) -> Array:
    """The X of A X = B, for square matrices A (..., n, n) and B (..., n, k) or a vector (n,).

    The axes in front broadcast; of a B (..., n) beside a batch A (..., n, n) each row is a vector.
    Raises ValueError for other shapes, LinAlgError, a RuntimeError, for a singular A.

    >>> import minigrad as mg
    >>> mg.linalg.solve(mg.tensor([[2.0, 0.0], [0.0, 4.0]]), mg.tensor([1.0, 1.0]))
    tensor([0.5 , 0.25])
    """
    square("solve", A)
    vector = is_vector(A.shape, B.shape)
    columns = B[..., None] if vector else B
    if columns.ndim < 2 or columns.shape[-2] != A.shape[-1]:
        raise ValueError(f"solve: B: wanted {A.shape[-1]} rows as A, got shape {B.shape}")
    X = lapack("solve", np.linalg.solve, A, columns)
    return X[..., 0] if vector else X


def is_vector(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Is B one vector for each A, rather than a matrix?"""
    return len(b) == 1 or (len(b) == len(a) - 1 and b == a[:-1])


@solve.gradient("A", "B")
def _(g, out, A, A_shape, B_shape, needs):  # G_B = A^-T G, G_A = -G_B X^T
    vector = is_vector(A_shape, B_shape)
    to_b = solve(matrix_transpose(A), expand_dims(g, -1) if vector else g)
    to_a = None
    if needs[0]:
        X = expand_dims(out, -1) if vector else out
        to_a = -matmul(to_b, matrix_transpose(X))
    return to_a, (to_b[..., 0] if vector else to_b)


@operation(same_dtype=True)
def cholesky(A: Array) -> Array:
    """The lower triangles L with L L^T = A, of symmetric positive definite A (..., n, n).

    Raises ValueError for other shapes, LinAlgError, a RuntimeError, for an A that is not positive.

    >>> import minigrad as mg
    >>> mg.linalg.cholesky(mg.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])
    """
    L = lapack("cholesky", np.linalg.cholesky, square("cholesky", A))
    if np.isnan(np.diagonal(L, axis1=-2, axis2=-1)).any():  # NumPy lets NaN pass
        raise LinAlgError("cholesky: A is not positive definite: NaN among its elements")
    return L


@cholesky.gradient("A")
def _(g, out):  # L^-T phi(L^T G) L^-1, made symmetric; phi: the lower triangle, half the diagonal
    inverse = inv(out)
    middle = _half(tril(matmul(matrix_transpose(out), g)))
    S = matmul(matmul(matrix_transpose(inverse), middle), inverse)
    return (S + matrix_transpose(S)) / 2


def _half(x: Array) -> Array:
    """A matrix with half its diagonal."""
    n = x.shape[-1]
    return x * (1 - np.eye(n, dtype=x.dtype) / 2)


@operation(same_dtype=True)
def eigvalsh(A: Array) -> Array:
    """The eigenvalues of symmetric matrices (..., n, n), in ascending order.

    An operation of its own beside the vectors: where values meet it has a derivative still.

    >>> import minigrad as mg
    >>> eigvalsh(mg.tensor([[1.0, 0.0], [0.0, 1.0]]))
    tensor([1., 1.])
    """
    return lapack("eigh", np.linalg.eigvalsh, finite("eigh", square("eigh", A)))


@eigvalsh.gradient("A")
def _(g, A):  # V diag(g) V^T
    V = packed_eigh(A)[..., :-1, :]
    return matmul(multiply(V, expand_dims(g, -2)), matrix_transpose(V))


@operation(same_dtype=True)
def packed_eigh(A: Array) -> Array:
    """The eigenvectors of symmetric matrices (..., n, n), and the eigenvalues as a row below.

    An operation has one output: here and below factors of as many columns are stacked.

    >>> import minigrad as mg
    >>> packed_eigh(mg.tensor([[1.0, 0.0], [0.0, 2.0]])).abs()
    tensor([[1., 0.],
            [0., 1.],
            [1., 2.]])
    """
    values, vectors = lapack("eigh", np.linalg.eigh, finite("eigh", square("eigh", A)))
    return np.concatenate([vectors, values[..., None, :]], axis=-2)


@packed_eigh.gradient("A")
def _(g, out):  # V (diag(g_w) + skew(V^T g_V) / 2E) V^T, with E_ij = w_j - w_i
    V, w = out[..., :-1, :], out[..., -1, :]
    middle = _skew(matmul(matrix_transpose(V), g[..., :-1, :])) * _inverse_gaps(w) / 2
    middle = middle + expand_dims(g[..., -1, :], -1) * np.eye(w.shape[-1], dtype=w.dtype)
    return matmul(matmul(V, middle), matrix_transpose(V))


def _inverse_gaps(w: Array) -> Array:
    """1 / (w_j - w_i), and 0 on the diagonal."""
    itself = np.eye(w.shape[-1], dtype=bool)
    gaps = expand_dims(w, -2) - expand_dims(w, -1)
    with np.errstate(divide="ignore"):
        return where(itself, 0.0, 1.0 / where(itself, 1.0, gaps))


@operation(same_dtype=True)
def svdvals(A: Array) -> Array:
    """The singular values of matrices (..., m, n), in descending order.

    >>> import minigrad as mg
    >>> svdvals(mg.tensor([[0.0, 2.0], [2.0, 0.0]]))
    tensor([2., 2.])
    """
    if min(matrices("svd", A).shape[-2:]) == 0:  # which NumPy counts through, however long
        return np.zeros((*A.shape[:-2], 0), A.dtype)
    return lapack("svd", np.linalg.svd, finite("svd", A), compute_uv=False)


@svdvals.gradient("A")
def _(g, A):  # U diag(g) V^T
    m, factors = A.shape[-2], packed_svd(A)
    U, V = factors[..., :m, :], factors[..., m:-1, :]
    return matmul(multiply(U, expand_dims(g, -2)), matrix_transpose(V))


@operation(same_dtype=True)
def pinv(A: Array, rtol: float) -> Array:
    """The pseudoinverses of matrices (..., m, n): A^+, (..., n, m).

    rtol : singular values of at most rtol times the largest are 0

    >>> import minigrad as mg
    >>> pinv(mg.tensor([[2.0], [0.0]]), 1e-6)
    tensor([[0.5, 0. ]])
    """
    return lapack("pinv", np.linalg.pinv, finite("pinv", matrices("pinv", A)), rtol)


@pinv.gradient("A")
def _(g, A, out):  # G. Golub and V. Pereyra, SIAM J. Numer. Anal. 10 (1973), eq. 4.12
    P, T, G = out, matrix_transpose(out), matrix_transpose(g)
    outside_rows = matmul(G - matmul(A, matmul(P, G)), matmul(P, T))
    outside_columns = matmul(matmul(T, P), G - matmul(matmul(G, P), A))
    return outside_rows + outside_columns - matmul(matmul(T, g), T)


@operation(same_dtype=True)
def packed_svd(A: Array) -> Array:
    """The factors of A = U diag(S) V^T, A (..., m, n), one below the other: U, V, the row S.

    >>> import minigrad as mg
    >>> packed_svd(mg.tensor([[0.0], [2.0]])).abs().T
    tensor([[0., 1., 1., 2.]])
    """
    if min(matrices("svd", A).shape[-2:]) == 0:  # which NumPy counts through, however long
        return np.zeros((*A.shape[:-2], A.shape[-2] + A.shape[-1] + 1, 0), A.dtype)
    U, S, Vh = lapack("svd", np.linalg.svd, finite("svd", A), full_matrices=False)
    return np.concatenate([U, np.swapaxes(Vh, -1, -2), S[..., None, :]], axis=-2)


@packed_svd.gradient("A")
def _(g, out, A_shape):
    m, n = A_shape[-2:]
    U, V, S = out[..., :m, :], out[..., m:-1, :], out[..., -1, :]
    g_U, g_V, g_S = g[..., :m, :], g[..., m:-1, :], g[..., -1, :]
    gaps, column, row = _inverse_gaps(S * S), expand_dims(S, -1), expand_dims(S, -2)
    middle = _skew(matmul(matrix_transpose(U), g_U)) * gaps * row
    middle = middle + column * (_skew(matmul(matrix_transpose(V), g_V)) * gaps)
    middle = middle + expand_dims(g_S, -1) * np.eye(S.shape[-1], dtype=S.dtype)
    to_a = matmul(matmul(U, middle), matrix_transpose(V))
    if m > n:  # what of g_U is in no column of U
        to_a = to_a + matmul(_outside(g_U, U) / row, matrix_transpose(V))
    if n > m:
        to_a = to_a + matmul(U, matrix_transpose(_outside(g_V, V) / row))
    return to_a


def _skew(x: Array) -> Array:
    return x - matrix_transpose(x)


def _outside(x: Array, Q: Array) -> Array:
    """What is left of x without the space of the orthonormal columns Q."""
    return x - matmul(Q, matmul(matrix_transpose(Q), x))


@operation(same_dtype=True)
def packed_qr(A: Array) -> Array:
    """The factors of A = Q R, A (..., m, n) with m >= n, one below the other.

    >>> import minigrad as mg
    >>> packed_qr(mg.tensor([[0.0], [2.0]])).abs().T
    tensor([[0., 1., 2.]])
    """
    return np.concatenate(lapack("qr", np.linalg.qr, matrices("qr", A)), axis=-2)


@packed_qr.gradient("A")
def _(g, out):  # (g_Q + Q sym(R g_R^T - g_Q^T Q)) R^-T, the lower triangle mirrored
    n, m = out.shape[-1], out.shape[-2] - out.shape[-1]
    Q, R, g_Q, g_R = out[..., :m, :], out[..., m:, :], g[..., :m, :], g[..., m:, :]
    M = matmul(R, matrix_transpose(g_R)) - matmul(matrix_transpose(g_Q), Q)
    mirrored = tril(M) + matrix_transpose(tril(M, -1))
    dependent = (R == 0)[..., range(n), range(n)].any(-1)[..., None, None]
    R = where(dependent, np.nan, R)  # columns that depend on others have no derivative
    return matmul(g_Q + matmul(Q, mirrored), matrix_transpose(inv(R)))


@operation
def filled_up(Q: Array) -> Array:
    """Orthonormal columns (..., m, k), and m - k that make them a square matrix.

    >>> import minigrad as mg
    >>> filled_up(mg.tensor([[1.0], [0.0]])).abs()
    tensor([[1., 0.],
            [0., 1.]])
    """
    return np.concatenate([Q, np.linalg.qr(Q, "complete").Q[..., Q.shape[-1] :]], axis=-1)


@filled_up.gradient("Q")
def _(g, Q_shape):
    if (g[..., Q_shape[-1] :] != 0).any():
        raise RuntimeError(
            "columns that fill up a basis are anybody's choice, and have no derivative; write "
            "qr(A, mode='reduced') or svd(A, full_matrices=False)"
        )
    return g[..., : Q_shape[-1]]
