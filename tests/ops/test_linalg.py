"""Special points and bad input of `minigrad/ops/linalg.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops import linalg


def rand(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(size=shape)


def test_matmul_of_integers_is_exact() -> None:
    x = mg.tensor([[2**53, 1]])
    out = mg.matmul(x, mg.tensor([[1], [1]]))
    assert out.dtype == np.int64 and out.item() == 2**53 + 1


def test_matmul_from_either_side() -> None:
    x, w = rand(2, 3), mg.tensor(rand(3, 4), requires_grad=True)
    for out in (x @ w, mg.matmul(x, w), np.matmul(x, w)):
        np.testing.assert_allclose(out.numpy(), x @ w.numpy(), rtol=1e-14)
    for out in (x[0] @ w, np.matmul(x[0], w)):
        np.testing.assert_allclose(out.numpy(), x[0] @ w.numpy(), rtol=1e-14)


def test_a_product_computes_only_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gradient of a first layer's input would be the largest product of a net."""
    shapes = []
    product = linalg._product

    def counted(x1: np.ndarray, x2: np.ndarray) -> np.ndarray:
        shapes.append((x1.shape, x2.shape))
        return product(x1, x2)

    x, w = mg.tensor(rand(5, 3)), mg.tensor(rand(3, 2), requires_grad=True)
    out = mg.matmul(x, w)
    monkeypatch.setattr(linalg, "_product", counted)
    out.sum().backward()
    assert shapes == [((3, 5), (5, 2))]


def test_a_batch_by_one_matrix_is_one_product(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []
    monkeypatch.setattr(
        linalg.kernels, "matmul", lambda a, b: shapes.append((a.shape, b.shape)) or np.matmul(a, b)
    )
    x, w = (mg.tensor(rand(*s), requires_grad=True) for s in ((4, 5, 3), (3, 2)))
    mg.matmul(x, w).backward(rand(4, 5, 2))
    assert shapes == [((20, 3), (3, 2)), ((20, 2), (2, 3)), ((3, 20), (20, 2))]
    assert w.grad is not None
    np.testing.assert_allclose(
        w.grad.numpy(), np.einsum("bij,bik->jk", x.numpy(), rand(4, 5, 2)), rtol=1e-13
    )


def test_einsum_without_output_orders_letters_alphabetically() -> None:
    x, y = rand(2, 3), rand(3, 4)
    np.testing.assert_allclose(mg.einsum("zb, ba", x, y).numpy(), (x @ y).T, rtol=1e-14)


def test_einsum_of_many_operands_against_pytorch() -> None:
    torch = pytest.importorskip("torch")
    arrays = [rand(2, 3), rand(3, 3, 4), rand(4, 5), rand(5, 2)]
    ours = [mg.tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    v = rand(2, 3)
    mg.einsum("ij,jkl,lm,mi->ik", *ours).backward(v)
    torch.einsum("ij,jkl,lm,mi->ik", *theirs).backward(torch.tensor(v))
    for a, b in zip(ours, theirs, strict=True):
        assert a.grad is not None
        np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-12)


OF_TWO: dict[str, Any] = {"inner": np.inner, "kron": np.kron, "matmul": np.matmul}
RANKS = {"mm": (2, 2), "bmm": (3, 3), "mv": (2, 1), "dot": (1, 1), "vdot": (1, 1), "outer": (1, 1)}


@pytest.mark.parametrize("ranks", [(i, j) for i in range(4) for j in range(4)], ids=str)
def test_products_of_any_two_ranks(ranks: tuple[int, int]) -> None:
    """Either NumPy's, and linear in both factors; or refused, where the name says the ranks."""
    x, y = (rand(*(4, 3, 3)[3 - rank :]) for rank in ranks)
    for name, wanted in RANKS.items():
        if ranks != wanted:
            with pytest.raises(ValueError, match="want"):
                getattr(mg, name)(x, y)
    for name, product in OF_TWO.items():
        if name != "matmul" or all(ranks):
            factors = mg.tensor(x, requires_grad=True), mg.tensor(y, requires_grad=True)
            out = getattr(mg, name)(*factors)
            np.testing.assert_allclose(out.numpy(), product(x, y), rtol=1e-12)
            v = rand(*out.shape)
            out.backward(v)
            for t in factors:
                assert t.grad is not None and t.grad.shape == t.shape
                np.testing.assert_allclose((t.grad * t).sum().item(), (out * v).sum().item(), 1e-9)


def test_trace_of_a_rectangle() -> None:
    x = mg.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    mg.trace(x, offset=1).backward()
    assert x.grad is not None and x.grad.tolist() == [[0, 1, 0], [0, 0, 1]]


WHERE_VALUES_MEET = [
    np.eye(2),
    np.diag([1.0, -1.0]),
    np.eye(3)[:, :2],
    np.eye(2, 3),
    np.zeros((2, 2)),
]


@pytest.mark.parametrize("array", WHERE_VALUES_MEET, ids=str)
def test_singular_values_that_meet_have_a_gradient(array: np.ndarray) -> None:
    """Their sum is the trace norm, whose gradient is U V^T."""
    U, _, Vh = np.linalg.svd(array, full_matrices=False)
    for sum_of in (
        lambda A: mg.linalg.svdvals(A).sum(),
        lambda A: mg.linalg.svd(A).S.sum(),
        lambda A: mg.linalg.matrix_norm(A, "nuc"),
    ):
        A = mg.tensor(array, requires_grad=True)
        sum_of(A).backward()
        np.testing.assert_allclose(A.grad.numpy(), U @ Vh, atol=1e-12)


@pytest.mark.parametrize("values_of", [mg.linalg.eigvalsh, lambda A: mg.linalg.eigh(A)[0]])
def test_eigenvalues_that_meet_have_a_gradient(values_of: Any) -> None:
    A = mg.tensor(np.eye(3), requires_grad=True)
    values_of(A).sum().backward()
    np.testing.assert_allclose(A.grad.numpy(), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("array", WHERE_VALUES_MEET[:4], ids=str)
def test_pinv_where_singular_values_meet(array: np.ndarray) -> None:
    assert mg.gradcheck(lambda A: mg.linalg.pinv(A), mg.tensor(array)).passed


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_pinv_of_nothing_but_zeros(dtype: str) -> None:
    """Without a warning: the largest singular value is 0."""
    for rtol in (None, 0.5):
        for shape in ((2, 2), (3, 1, 2), (0, 2)):
            inverse = mg.linalg.pinv(mg.zeros(shape, dtype=dtype), rtol)
            assert inverse.shape == (*shape[:-2], shape[-1], shape[-2]) and not inverse.any()


def test_pinv_that_cuts_off_what_is_small() -> None:
    A = np.array([[1.5, 2.8], [1.2, 1.4], [1.3, 1.4]])
    for rtol in (None, 1e-9, 0.1, 0.5, 2.0):
        assert mg.gradcheck(lambda A, r=rtol: mg.linalg.pinv(A, r), A).passed
    np.testing.assert_allclose(mg.linalg.pinv(A, 0.5).numpy(), np.linalg.pinv(A, 0.5))


@pytest.mark.parametrize("create_graph", [False, True])
def test_det_of_what_is_not_finite_has_nan_for_a_gradient(create_graph: bool) -> None:
    """Its determinant may be 0, which is no singular matrix with cofactors."""
    A = mg.tensor([[[np.inf, 1.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]]], requires_grad=True)
    with np.errstate(invalid="ignore"):
        (g,) = mg.autograd.grad(mg.linalg.det(A).sum(), A, create_graph=create_graph)
    assert np.isnan(g.detach().numpy()[0]).all()
    np.testing.assert_allclose(g.detach().numpy()[1], [[4.0, -3.0], [-2.0, 1.0]], rtol=1e-5)


@pytest.mark.parametrize(
    ("array", "cofactors"),
    [
        ([[1.0, 2.0], [2.0, 4.0]], [[4.0, -2.0], [-2.0, 1.0]]),
        ([[0.0]], [[1.0]]),
        ([[2.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 2.0]]),
        (np.zeros((3, 3)), np.zeros((3, 3))),
        ([[[3.0, 0.0], [0.0, 2.0]], [[0.0, 0.0], [0.0, 5.0]]], [np.diag([2, 3]), np.diag([5, 0])]),
    ],
)
def test_det_of_a_singular_matrix_has_a_gradient(array: Any, cofactors: Any) -> None:
    A = mg.tensor(np.array(array), requires_grad=True)
    mg.linalg.det(A).sum().backward()
    np.testing.assert_allclose(A.grad.numpy(), cofactors, atol=1e-12)


def test_where_there_is_no_derivative_the_gradient_is_nan() -> None:
    for function in (mg.logdet, lambda A: mg.linalg.slogdet(A)[1], lambda A: mg.linalg.qr(A)[1]):
        A = mg.tensor(np.zeros((2, 2)), requires_grad=True)
        function(A).sum().backward()
        assert np.isnan(A.grad.numpy()).all()


@pytest.mark.parametrize(
    "basis", [lambda A: mg.linalg.qr(A, "complete").Q, lambda A: mg.linalg.svd(A).U]
)
def test_columns_that_fill_up_a_basis_have_no_gradient(basis: Any) -> None:
    A = mg.tensor(np.diag([3.0, 2.0, 1.0])[:, :2] + 0.5, requires_grad=True)
    with pytest.raises(RuntimeError, match="have no derivative; write qr"):
        (basis(A)[:, 2] ** 3).sum().backward()
    assert mg.gradcheck(lambda A: basis(A)[:, :2] ** 2, A.detach()).passed


@pytest.mark.parametrize("name", ["svd", "svdvals", "pinv", "eigh", "eigvalsh", "cond"])
def test_what_is_not_finite_has_no_factors(name: str) -> None:
    """LAPACK may turn round for ever on the first of these."""
    A = np.array([[np.inf, 0, 1, 0.5], [0, -2.5, 0, 0], [-1, 1e30, 0, 0], [1e30, -1, 0.5, 0.7]])
    for wrong in (A, np.full((2, 2), np.nan)):
        with pytest.raises(RuntimeError, match="not finite"):
            getattr(mg.linalg, name)(mg.tensor(wrong))


def test_factors_of_nothing() -> None:
    for shape in [(0, 3), (3, 0), (0, 2**50), (2, 0, 0)]:
        A = mg.zeros(*shape, dtype="float64", requires_grad=True)
        assert mg.linalg.svdvals(A).shape == (*shape[:-2], 0)
        assert mg.linalg.pinv(A).shape == (*shape[:-2], shape[-1], shape[-2])
        Q, R = mg.linalg.qr(A)
        (Q.sum() + R.sum()).backward()
        assert A.grad.shape == shape


M = mg.ones((2, 3))


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: M @ M, ValueError, r"matmul\(.*x1 has rows of 3 elements, x2 columns of 2"),
        (lambda: M @ mg.ones(2), ValueError, "x1 has rows of 3 elements, x2 columns of 2"),
        (lambda: M @ 2.0, ValueError, "at least 1 axis"),
        (lambda: mg.ones((2, 4, 3)) @ mg.ones((3, 3, 4)), ValueError, "matmul"),
        (lambda: mg.linalg.pinv(M, "a"), TypeError, r"pinv.*rtol: wanted a number, got str"),
        (lambda: mg.linalg.eigvalsh(mg.ones(2, 2), "x"), ValueError, "eigvalsh: UPLO: wanted 'L'"),
        (lambda: mg.vander(M), ValueError, r"vander: x: wanted a vector, got shape \(2, 3\)"),
        (lambda: mg.vander(M[0], -1), ValueError, "vander: N must not be negative, got -1"),
        (
            lambda: mg.vander(M[0], 2**62),
            ValueError,
            r"vander\(.*N=4611686018427387904\): array is too",
        ),
        (lambda: mg.vander(M[0], 1.5), TypeError, "vander: N must be an integer, got float"),
        (lambda: mg.outer(M, M), ValueError, r"outer: wanted two vectors, got shapes \(2, 3\)"),
        (lambda: mg.trace(M[0]), ValueError, "at least two dim"),
        (lambda: mg.tril(M[0]), ValueError, "tril.*wanted at least 2 axes"),
        (lambda: mg.triu(M[0]), ValueError, "triu.*wanted at least 2 axes"),
        (lambda: mg.tensordot(M, M, 1), ValueError, r"have sizes \[3\] and \[2\]"),
        (lambda: mg.tensordot(M, M, 3), ValueError, "cannot sum over 3 axes"),
        (lambda: mg.tensordot(M, M, ((0, 1), (0,))), ValueError, r"sizes \[2, 3\] and \[2\]"),
        (lambda: mg.tensordot(M, M, ((2,), (0,))), IndexError, "axes: axis 2 is out of bounds"),
        (lambda: mg.einsum("ij,jk", M), ValueError, "is for 2 operands, not 1"),
        (lambda: mg.einsum("ij"), TypeError, "at least one operand"),
        (lambda: mg.einsum(M, [0, 1]), TypeError, "subscripts as a string"),
        (lambda: mg.einsum("i", M), ValueError, r"'i' does not fit .* \(2, 3\)"),
        (lambda: mg.einsum("ijk", M), ValueError, r"'ijk' does not fit .* \(2, 3\)"),
        (lambda: mg.einsum("ij->ii", M), ValueError, "'i' of 'ij->ii' is repeated"),
        (lambda: mg.einsum("ij->k", M), ValueError, "'k' of 'ij->k' is in no operand"),
        (lambda: mg.einsum("i1", M), ValueError, "wanted letters"),
        (lambda: mg.einsum("ij->i-", M), ValueError, "wanted letters"),
        (lambda: mg.einsum("...j->j", M), ValueError, "lacks the ellipsis"),
        (lambda: mg.einsum("......", M), ValueError, "does not fit|wanted letters"),
        (lambda: mg.einsum("ij,ij", M, mg.ones((3, 3))), ValueError, "'i' .* has sizes 2 and 3"),
        (lambda: mg.einsum("ii", M), ValueError, "'i' .* has sizes 2 and 3"),
        (lambda: mg.einsum("ii", mg.ones((1, 3))), ValueError, "no diagonal 'i'"),
    ],
)
def test_bad_input(call: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 3), (2, 3, 0), (0, 0), (0, 2, 2)])
def test_factors_of_matrices_without_elements(shape: tuple[int, ...]) -> None:
    A = mg.zeros(shape, requires_grad=True)
    *batch, m, n = shape
    U, S, Vh = mg.linalg.svd(A, full_matrices=False)
    k = min(m, n)
    assert [U.shape, S.shape, Vh.shape] == [(*batch, m, k), (*batch, k), (*batch, k, n)]
    (U.sum() + S.sum() + Vh.sum()).backward()
    assert A.grad is not None and A.grad.shape == shape


def wide_and_low(function: Any) -> Any:
    """A function of matrices (n, n), of those without their last row, and without their column."""
    return lambda A: [*function(A), *function(A[..., :-1, :]), *function(A[..., :-1])]


def symmetric(A: mg.Tensor) -> mg.Tensor:
    return A @ A.mT + mg.eye(A.shape[-1], dtype=A.dtype)


OF_MATRICES: dict[str, Any] = {
    "inv": lambda A: [mg.linalg.inv(A)],
    "det": lambda A: [mg.linalg.det(A)],
    "slogdet": lambda A: [mg.linalg.slogdet(A)[1]],
    "solve": lambda A: [mg.linalg.solve(A, A.mT), mg.linalg.solve(A, A.mT, left=False)],
    "solve_triangular": lambda A: [
        mg.linalg.solve_triangular(A, A.mT, upper=upper, left=left)
        for upper in (True, False)
        for left in (True, False)
    ],
    "cholesky": lambda A: [mg.linalg.cholesky(symmetric(A))],
    "eigvalsh": lambda A: [mg.linalg.eigvalsh(symmetric(A))],
    "eigh": lambda A: mg.linalg.eigh(symmetric(A)),
    "svd": wide_and_low(lambda A: mg.linalg.svd(A, full_matrices=False)),
    "svdvals": wide_and_low(lambda A: [mg.linalg.svdvals(A)]),
    "pinv": wide_and_low(lambda A: [mg.linalg.pinv(A)]),
    "qr": lambda A: [*mg.linalg.qr(A), *mg.linalg.qr(A[..., :-1])],
    "lstsq": lambda A: [mg.linalg.lstsq(A[..., :-1], A).solution],
    "matrix_power": lambda A: [mg.linalg.matrix_power(A, n) for n in (0, 3, -2)],
    "matrix_exp": lambda A: [mg.linalg.matrix_exp(A)],
    "matrix_norm": lambda A: [mg.linalg.matrix_norm(A, p) for p in ("fro", "nuc", 1, -1, 2, -2)],
    "cond": lambda A: [mg.linalg.cond(A), mg.linalg.cond(A, 1)],
    "householder_product": lambda A: [mg.linalg.householder_product(A, A[..., 0])],
    "triangles": lambda A: [mg.tril(A, 1), mg.triu(A, -1), mg.trace(A, 1), A.mT],
}


@pytest.mark.parametrize("name", OF_MATRICES)
def test_of_several_axes_of_matrices_each_is_by_itself(name: str) -> None:
    arrays = np.random.default_rng(5).normal(size=(2, 3, 4, 4))
    A = mg.tensor(arrays, requires_grad=True)
    outs = OF_MATRICES[name](A)
    weights = [rand(*out.shape) for out in outs]
    mg.autograd.backward(outs, [mg.tensor(v) for v in weights])
    for at in np.ndindex(2, 3):
        a = mg.tensor(arrays[at], requires_grad=True)
        singles = OF_MATRICES[name](a)
        mg.autograd.backward(singles, [mg.tensor(v[at]) for v in weights])
        for out, single in zip(outs, singles, strict=True):
            np.testing.assert_allclose(out.numpy()[at], single.numpy(), 1e-9, 1e-12)
        assert A.grad is not None and a.grad is not None
        np.testing.assert_allclose(A.grad.numpy()[at], a.grad.numpy(), 1e-7, 1e-9)


def test_matrix_power_of_zero_depends_on_nothing() -> None:
    for x in (np.nan, np.inf):
        A = mg.tensor([[x]], requires_grad=True)
        out = mg.linalg.matrix_power(A, 0)
        out.backward()
        assert out.tolist() == [[1.0]] and A.grad is not None and A.grad.tolist() == [[0.0]]
    turned = mg.linalg.householder_product(mg.tensor([[np.nan], [1.0]]), mg.tensor([1.0]))
    assert turned.tolist() == [[0.0], [-1.0]]


def test_norms_of_axes() -> None:
    A = mg.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert mg.linalg.norm(A, 1, dim=[0, 1]).item() == mg.linalg.norm(A, 1, dim=(0, 1)).item() == 6.0


def test_vectors_of_lstsq_are_those_of_pytorch() -> None:
    A, B = mg.tensor([[[1.0], [1.0]], [[1.0], [3.0]]]), mg.tensor([[1.0, 3.0], [1.0, 3.0]])
    np.testing.assert_allclose(mg.linalg.lstsq(A, B).solution.numpy(), [[2.0], [1.0]], 1e-6)
    assert mg.linalg.lstsq(A, B[..., None]).solution.shape == (2, 1, 1)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: mg.linalg.norm(mg.ones(2, 2, 2), 1), ValueError),
        (lambda: mg.linalg.matrix_norm(mg.ones(2, 2), dim=(0, 5)), IndexError),
        (lambda: mg.linalg.matrix_norm(mg.ones(2, 2), dim=(0, 0)), ValueError),
        (lambda: mg.linalg.matrix_power(mg.ones(2, 3), 0), ValueError),
        (lambda: mg.linalg.matrix_power(mg.ones(2, 3), 1), ValueError),
        (lambda: mg.linalg.solve_triangular(mg.eye(2), mg.ones(2), upper=True), ValueError),
        (lambda: mg.linalg.cholesky(mg.tensor([[np.nan]])), mg.linalg.LinAlgError),
    ],
)
def test_what_pytorch_refuses(call: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


PRODUCTS = [
    lambda n, **kw: mg.addmm(mg.full((1, 1), n), mg.ones(1, 1), mg.ones(1, 1), **kw),
    lambda n, **kw: mg.addmv(mg.full((1,), n), mg.ones(1, 1), mg.ones(1), **kw),
    lambda n, **kw: mg.addr(mg.full((1, 1), n), mg.ones(1), mg.ones(1), **kw),
    lambda n, **kw: mg.baddbmm(mg.full((1, 1, 1), n), mg.ones(1, 1, 1), mg.ones(1, 1, 1), **kw),
    lambda n, **kw: mg.addbmm(mg.full((1, 1), n), mg.ones(1, 1, 1), mg.ones(1, 1, 1), **kw),
]


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_counts_nothing_may_be_anything(product: Any) -> None:
    n = mg.tensor(np.nan, requires_grad=True)
    out = product(n, beta=0)
    out.sum().backward()
    assert out.item() == 1.0 and n.grad is not None and n.grad.item() == 0.0


def test_cross_takes_the_first_axis_of_three() -> None:
    x, y = rand(3, 3, 2), rand(3, 3, 2)[::-1]
    np.testing.assert_allclose(mg.cross(x, y).numpy(), np.cross(x, y, axis=0), 1e-12)
    with pytest.raises(ValueError, match="size 3"):
        mg.cross(mg.ones(2, 4), mg.ones(2, 4))


def test_matrix_exp_of_what_needs_many_squarings() -> None:
    wide = mg.linalg.matrix_exp(mg.tensor([[-1000.0, 0.0], [0.0, 1.0]]))
    np.testing.assert_allclose(wide.numpy(), np.diag([0, np.e]), rtol=1e-6)
    each = np.stack([np.diag([np.nan, 0.0]), np.diag([1.0, 0.0]), np.diag([-1e9, 0.0])])
    nan, one, large = mg.linalg.matrix_exp(mg.tensor(each)).numpy()
    assert np.isnan(nan).any()  # and disturbs no other; nor does what is squared often
    np.testing.assert_allclose(one, np.diag([np.e, 1.0]), rtol=1e-15)
    np.testing.assert_allclose(large, np.diag([0.0, 1.0]), rtol=1e-15)


def test_matrix_exp_gradients_beside_pytorch() -> None:
    torch = pytest.importorskip("torch")
    for scale in (0.1, 30.0):
        A = (rand(2, 3, 3) * scale).astype(np.float32)
        ours, theirs = mg.tensor(A, requires_grad=True), torch.tensor(A, requires_grad=True)
        mg.linalg.matrix_exp(ours).sum().backward()
        torch.linalg.matrix_exp(theirs.double()).sum().backward()
        assert ours.grad is not None and ours.grad.dtype == np.float32
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-6)


def test_cond_of_singular_matrices() -> None:
    A = mg.tensor([[[1.0, 2.0], [2.0, 4.0]], [[2.0, 0.0], [0.0, 1.0]]], requires_grad=True)
    for order, second in ((1, 2.0), (-1, 0.5), ("fro", 2.5), ("nuc", 4.5)):
        out = mg.linalg.cond(A, order)
        assert out.dtype == np.float32
        np.testing.assert_allclose(out.numpy(), [np.inf, second], rtol=1e-6)
    mg.linalg.cond(A, 1)[1].backward()
    assert A.grad is not None and np.isfinite(A.grad.numpy()).all()
    assert mg.linalg.cond(mg.zeros(0, 0)).item() == 0
    assert mg.linalg.cond(mg.zeros(2, 0, 0), 1).tolist() == [0, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda A, v: mg.linalg.norm(A, "fro", dim=0),
        lambda A, v: mg.linalg.norm(A, "nuc", dim=(0,)),
        lambda A, v: mg.linalg.norm(v, "fro"),
        lambda A, v: mg.linalg.norm(A[None], 2, dim=(0, 1, 2)),
        lambda A, v: mg.linalg.norm(A, dim=()),
        lambda A, v: mg.linalg.multi_dot([A, v, A]),
        lambda A, v: mg.linalg.multi_dot([A[None], A]),
        lambda A, v: mg.linalg.multi_dot([A]),
    ],
)
def test_norms_and_products_of_wrong_axes(call: Any) -> None:
    with pytest.raises(ValueError, match=r"wanted|over two axes"):
        call(mg.ones(2, 2), mg.ones(2))


def test_a_power_is_taken_by_squaring() -> None:
    turn = mg.tensor([[0.0, -1.0], [1.0, 0.0]], dtype="float64", requires_grad=True)
    for n in (10**9, -(10**9), 10**30):
        assert mg.matrix_power(turn, n).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    steps = mg.tensor([[1, 1], [1, 0]])
    assert [mg.matrix_power(steps, n)[0, 1].item() for n in range(9)] == [
        0,
        1,
        1,
        2,
        3,
        5,
        8,
        13,
        21,
    ]
    assert mg.autograd.gradcheck(lambda a: mg.matrix_power(a, 11), [turn])
