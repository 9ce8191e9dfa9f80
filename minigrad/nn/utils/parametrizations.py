"""Parametrizations ready made: a weight's length apart, its largest stretch, orthogonal weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...absent import explain_absence
from ...engine.dtypes import check_integer, check_number
from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor, tensor_of
from ...linalg import (
    diagonal,
    householder_product,
    matrix_exp,
    qr,
    solve,
    vector_norm,
)
from ...ops.linalg import tril
from ...ops.pytorch import dot, flatten, movedim, mv
from ...ops.shaping import concat
from ...random import randn
from .. import functional as F
from ..module import Module
from .parametrize import AnyModule, register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class WeightNorm(Module):
    """g v / |v|, where the norm is over all axes but `dim`."""

    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = dim if dim is None else check_integer("weight_norm: dim", dim)

    def _norm(self, v: Tensor) -> Tensor:
        if self.dim is None or self.dim == -1:  # PyTorch takes -1 for None
            return vector_norm(v)  # type: ignore[no-any-return]
        if not -v.ndim <= self.dim < v.ndim:
            raise IndexError(f"weight_norm: dim: no axis {self.dim} in a weight of shape {v.shape}")
        axes = tuple(i for i in range(v.ndim) if i != self.dim % v.ndim)
        return vector_norm(v, dim=axes, keepdim=True) if axes else abs(v)

    def forward(self, g: Tensor, v: Tensor) -> Tensor:
        """The weight."""
        return v * (g / self._norm(v))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Its norm, and itself."""
        return self._norm(weight), weight


def weight_norm(module: AnyModule, name: str = "weight", dim: int | None = 0) -> AnyModule:
    """Let a weight be g v / |v|, whose length and direction are learnt apart; returns the module.

    name : the attribute
    dim : the axis along which each slice has a length of its own; None for one length of all

    The originals are `parametrizations.weight.original0`, g, and `original1`, v.  Salimans and
    Kingma, "Weight normalization", NeurIPS 2016.  Raises IndexError for an axis that is not there,
    and what `register_parametrization` does.

    >>> from minigrad import nn
    >>> layer = weight_norm(nn.Linear(3, 2))
    >>> {name: p.shape for name, p in layer.named_parameters()}  # doctest: +ELLIPSIS
    {'bias': (2,), 'parametrizations.weight.original0': (2, 1), ...original1': (2, 3)}
    """
    return register_parametrization(module, name, WeightNorm(dim), unsafe=True)


class SpectralNorm(Module):
    """A weight over its largest singular value, which some steps of the power method follow."""

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        self.dim, self.eps, self.n_power_iterations = dim, eps, n_power_iterations
        if weight.ndim > 1:
            with no_grad():
                matrix = self._matrix(weight)
                for vector, size in (("_u", matrix.shape[0]), ("_v", matrix.shape[1])):
                    start = randn(size, dtype=matrix.dtype)
                    self.register_buffer(vector, F.normalize(start, dim=0, eps=eps))
                self._follow(matrix, 15)

    @classmethod
    def of(cls, weight: Any, n_power_iterations: int, dim: int | None, eps: float) -> SpectralNorm:
        """That of a weight; ValueError for no positive number of iterations."""
        check_integer("spectral_norm: n_power_iterations", n_power_iterations)
        check_number("spectral_norm: eps", eps)
        if n_power_iterations <= 0:
            raise ValueError(
                f"spectral_norm: n_power_iterations must be positive, got {n_power_iterations}"
            )
        return cls(weight, n_power_iterations, dim or 0, eps)

    def _matrix(self, weight: Tensor) -> Tensor:
        return flatten(movedim(weight, self.dim, 0), 1)

    def _follow(self, matrix: Tensor, steps: int) -> None:
        """Turn u and v towards the largest singular value's."""
        for _ in range(steps):
            self._u = F.normalize(mv(matrix, self._v), dim=0, eps=self.eps)
            self._v = F.normalize(mv(matrix.mT, self._u), dim=0, eps=self.eps)

    def forward(self, weight: Tensor) -> Tensor:
        """The weight, whose largest singular value is 1."""
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = self._matrix(weight)
        if self.training:
            with no_grad():
                self._follow(matrix.detach(), self.n_power_iterations)
        return weight / dot(self._u, mv(matrix, self._v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """Itself: a weight that is assigned is divided too."""
        return value


def spectral_norm(
    module: AnyModule,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> AnyModule:
    """Divide a weight by its largest singular value, so that no input is stretched; in place.

    n_power_iterations : steps of the power method, each time the weight is read in training
    dim : the axis of the outputs, by default 0: the others are one axis of the matrix

    Returns the module.  Miyato et al., "Spectral normalization for generative adversarial
    networks", ICLR 2018.  Raises ValueError for no positive number of iterations, and what
    `register_parametrization` does.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = spectral_norm(nn.Linear(20, 40), n_power_iterations=50)
    >>> round(mg.linalg.matrix_norm(layer.weight, 2).item(), 3)
    1.0
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"spectral_norm: {type(module).__name__} has no tensor {name!r}")
    made = SpectralNorm.of(weight, n_power_iterations, dim, eps)
    return register_parametrization(module, name, made)


class _Orthogonal(Module):
    """A matrix with orthonormal columns, or rows where there are fewer of those.

    base : the matrix that the map's result is multiplied by, so that a weight can be assigned: the
        original is then the one of which the map makes the identity
    """

    base: Tensor | None

    def __init__(
        self, shape: tuple[int, ...], orthogonal_map: str, use_trivialization: bool
    ) -> None:
        super().__init__()
        self.shape = shape
        self.orthogonal_map, self.use_trivialization = orthogonal_map, use_trivialization
        self.register_buffer("base", None)

    def forward(self, X: Tensor) -> Tensor:
        """The orthogonal matrix."""
        wide = X.shape[-2] < X.shape[-1]
        X = X.mT if wide else X
        Q = self._reflected(X) if self.orthogonal_map == "householder" else self._turned(X)
        Q = Q if self.base is None else self.base @ Q
        return Q.mT if wide else Q

    def _reflected(self, X: Tensor) -> Tensor:
        """A product of reflections, and signs, which the diagonal of X has."""
        A = tril(X, -1)
        tau = 2 / (1 + (A * A).sum(-2))
        return householder_product(A, tau) * diagonal(X).detach().sign().unsqueeze(-2)

    def _turned(self, X: Tensor) -> Tensor:
        """exp or Cayley's map of the skew-symmetric matrix X - X^T of the lower triangle."""
        n, k = X.shape[-2:]
        A = F.pad(tril(X), (0, n - k))
        A = A - A.mT
        if self.orthogonal_map == "matrix_exp":
            return matrix_exp(A)[..., :k]
        one = tensor_of(np.eye(n, dtype=A.dtype))
        return solve(one - A / 2, one + A / 2)[..., :k]

    def right_inverse(self, Q: Tensor) -> Tensor:
        """The original of Q, of which the columns are made orthonormal first."""
        if Q.shape != self.shape:
            raise ValueError(f"orthogonal: wanted a weight of shape {self.shape}, got {Q.shape}")
        wide = Q.shape[-2] < Q.shape[-1]
        tall = Q.mT if wide else Q
        n, k = tall.shape[-2:]
        if self.use_trivialization:
            more = randn(*tall.shape[:-1], n - k, dtype=tall.dtype)
            filled = concat([tall, more], -1) if n > k else tall
            columns, R = qr(filled)
            self.base = columns * diagonal(R).sign().unsqueeze(-2)
            return Q * 0 - tensor_of(np.eye(*Q.shape[-2:], dtype=Q.dtype))
        if self.orthogonal_map != "householder":
            raise NotImplementedError("which original a map makes a weight of is not known")
        factors, tau = np.linalg.qr(tall.detach().numpy(), mode="raw")
        A, places = np.swapaxes(factors, -1, -2).copy(), np.arange(k)
        used = np.where(tau == 0, -1, 1)  # LAPACK's tau is 0 where it does not reflect
        A[..., places, places] = np.sign(A[..., places, places]) * used
        return tensor_of(A).mT if wide else tensor_of(A)


def orthogonal(
    module: AnyModule,
    name: str = "weight",
    orthogonal_map: str | None = None,
    *,
    use_trivialization: bool = True,
) -> AnyModule:
    """Let a weight have orthonormal columns, or rows where there are fewer; returns the module.

    orthogonal_map : "matrix_exp" (by default of square weights) or "cayley", of a skew-symmetric
        matrix, or "householder", a product of reflections
    use_trivialization : begin at the weight that is there, and keep it as a factor

    Lezcano-Casado, "Trivializations for gradient-based optimization on manifolds", NeurIPS 2019.
    Raises ValueError for another map, and a weight of fewer than two axes.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> Q = orthogonal(nn.Linear(20, 40)).weight
    >>> mg.allclose(Q.T @ Q, mg.eye(20), atol=1e-5)
    True
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"orthogonal: {type(module).__name__} has no tensor {name!r}")
    if weight.ndim < 2:
        raise ValueError(f"orthogonal: wanted a matrix, or several, got shape {weight.shape}")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square else "householder"
    if orthogonal_map not in ("matrix_exp", "cayley", "householder"):
        raise ValueError(
            "orthogonal: orthogonal_map: wanted matrix_exp, cayley or householder, got "
            f"{orthogonal_map!r}"
        )
    made = _Orthogonal(weight.shape, orthogonal_map, use_trivialization)
    return register_parametrization(module, name, made, unsafe=True)


explain_absence(globals())
