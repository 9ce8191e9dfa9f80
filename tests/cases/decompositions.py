"""Cases for `minigrad/ops/decompositions.py`: matrices that are far from singular.

Signs of eigenvectors and singular vectors are anybody's choice, so their squares are compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from harness import Case, Domain, Drawn, fill
from hypothesis import strategies as st
from layouts import lay_out, layouts, seeds

import minigrad as mg
from minigrad.ops import decompositions

sides = st.integers(1, 3)
fronts = st.sampled_from([(), (2,), (0,), (2, 1)])


def regular(draw: Any, front: tuple[int, ...], rows: int, columns: int) -> np.ndarray:
    """Matrices with singular values that are neither small nor equal."""
    count = max(rows, columns)
    noise = fill((*front, rows, columns), Domain(), draw(seeds)) / 12
    array = np.diag(np.arange(2.0, 2 + count))[:rows, :columns] + noise
    return lay_out(array, draw(layouts))


@st.composite
def squares(draw: Any) -> Drawn:
    n = draw(sides)
    return [regular(draw, draw(fronts), n, n)], {}


@st.composite
def tall(draw: Any) -> Drawn:
    n = draw(sides)
    return [regular(draw, draw(fronts), n + draw(st.integers(0, 2)), n)], {}


@st.composite
def any_shape(draw: Any) -> Drawn:
    return [regular(draw, draw(fronts), draw(sides), draw(sides))], {}


@st.composite
def systems(draw: Any) -> Drawn:
    n, front = draw(sides), draw(fronts)
    shape = draw(st.sampled_from([(n,), (*front, n, 2)]))
    B = lay_out(fill(shape, Domain(), draw(seeds)), draw(layouts))
    return [regular(draw, front, n, n), B], {}


def solved(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    return np.linalg.solve(A, B[:, None])[..., 0] if B.ndim == 1 else np.linalg.solve(A, B)


def symmetric(A: Any) -> Any:
    return (A + (A.mT if isinstance(A, mg.Tensor) else np.swapaxes(A, -1, -2))) / 2


def stacked(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts, -2) ** 2


def eigen(A: np.ndarray) -> np.ndarray:
    w, V = np.linalg.eigh(symmetric(A))
    return stacked(V, w[..., None, :])


def singular(A: np.ndarray) -> np.ndarray:
    U, S, Vh = np.linalg.svd(A, full_matrices=False)
    return stacked(U, np.swapaxes(Vh, -1, -2), S[..., None, :])


CASES = [
    Case("inv", mg.linalg.inv, np.linalg.inv, squares()),
    Case("det", mg.linalg.det, np.linalg.det, squares(), float32=1024),
    Case("logabsdet", decompositions.logabsdet, lambda A: np.linalg.slogdet(A)[1], squares()),
    Case("solve", mg.linalg.solve, solved, systems()),
    Case(
        "cholesky",
        lambda A: mg.linalg.cholesky(symmetric(A)),
        lambda A: np.linalg.cholesky(symmetric(A)),
        squares(),
    ),
    Case(
        "eigvalsh",
        lambda A: decompositions.eigvalsh(symmetric(A)),
        lambda A: np.linalg.eigvalsh(symmetric(A)),
        squares(),
    ),
    Case(
        "svdvals",
        decompositions.svdvals,
        lambda A: np.linalg.svd(A, compute_uv=False),
        any_shape(),
    ),
    Case("pinv", lambda A: decompositions.pinv(A, 1e-3), np.linalg.pinv, any_shape()),
    Case(
        "filled_up",
        lambda A: (
            decompositions.filled_up(decompositions.packed_qr(A)[..., : A.shape[-2], :])[
                ..., : A.shape[-1]
            ]
            ** 2
        ),
        lambda A: np.linalg.qr(A).Q ** 2,
        tall(),
    ),
    Case("packed_eigh", lambda A: decompositions.packed_eigh(symmetric(A)) ** 2, eigen, squares()),
    Case("packed_svd", lambda A: decompositions.packed_svd(A) ** 2, singular, any_shape()),
    Case(
        "packed_qr",
        lambda A: decompositions.packed_qr(A) ** 2,
        lambda A: stacked(*np.linalg.qr(A)),
        tall(),
    ),
]
