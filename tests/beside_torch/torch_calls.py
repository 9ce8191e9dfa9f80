"""Calls of functions and methods that minigrad and PyTorch both have, for `test_torch_names.py`.

`m` is the library; what the other letters are is said beside `CALLS`.
"""

from __future__ import annotations

import re

SMOOTH = (
    "abs absolute acos arccos arcsin arcsinh arctan arctanh asin asinh atan atanh "
    "ceil clone cos cosh erf erfc exp exp2 expm1 fix floor frac log log10 log1p log2 neg negative "
    "positive reciprocal relu round rsqrt sigmoid sign sin sinc sinh sqrt square tan tanh trunc "
    "isfinite isinf isnan logical_not nan_to_num t numel nonzero argwhere "
    "is_floating_point ravel bitwise_not isposinf isneginf signbit sgn deg2rad rad2deg"
).split()
PAIRS = (
    "add sub subtract mul multiply div divide true_divide maximum minimum fmax fmin eq ne lt le gt "
    "ge greater greater_equal less less_equal not_equal fmod remainder floor_divide atan2 arctan2 "
    "hypot logaddexp logical_and logical_or logical_xor equal allclose isclose rsub xlogy"
).split()
OVER = "sum mean prod amax amin all any logsumexp count_nonzero".split()

# x, y: any shape, they broadcast; d: an axis of x, k: a bool; A, B: matrices, v, w: vectors;
# S, T: batches; p: positive; i: indices as gather wants them along d, r: some of axis d; b: a mask
CALLS: dict[str, list[str]] = {
    **{name: ["x"] for name in SMOOTH},
    **{name: ["x, y", "x, 2", "x, other=1.5"] for name in PAIRS},
    **{name: ["x", "x, d", "x, dim=d, keepdim=k", "x, axis=d, keepdims=k"] for name in OVER},
    "acosh": ["p"], "arccosh": ["p"], "adjoint": ["A", "S"],
    "add": ["x, y", "x, 2", "x, y, alpha=2", "x, other=y"],
    "sub": ["x, y", "x, y, alpha=2"],
    "div": ["x, y", "x, 2, rounding_mode='floor'", "x, 2, rounding_mode='trunc'"],
    "sum": ["x", "x, d", "x, (0, 1)", "x, dim=[0, -1], keepdim=k", "x, axis=d"],
    "mean": ["x", "x, d", "x, (0, 1)", "x, dim=[0, -1], keepdim=k", "x, dtype=m.float64"],
    "prod": ["x", "x, d", "x, d, keepdim=k"],
    "max": ["x", "x, d", "x, dim=d, keepdim=k", "x, y", "x, other=y"],
    "min": ["x", "x, d", "x, dim=d, keepdim=k", "x, y", "x, other=y"],
    "aminmax": ["x", "x, dim=d, keepdim=k"],
    "argmax": ["x", "x, d", "x, dim=d, keepdim=k"],
    "argmin": ["x", "x, d", "x, dim=d, keepdim=k"],
    "argsort": ["x", "x, d", "x, dim=d, descending=k"],
    "sort": ["x", "x, d", "x, dim=d, descending=k"],
    "topk": ["x, 1", "x, 2, d", "x, 1, dim=d, largest=k"],
    "median": ["x", "x, d", "x, dim=d, keepdim=k"],
    "kthvalue": ["x, 1", "x, 1, d, k"],
    "unique": ["x", "x, return_counts=True", "x, return_inverse=True, return_counts=True"],
    "var": ["x", "x, d", "x, dim=d, unbiased=k", "x, k", "x, d, keepdim=k, correction=0",
            "A, [0, 1]", "S, dim=[0, 2]", "A, dim=[-1]"],
    "std": ["x", "x, d", "x, dim=d, unbiased=k", "x, k", "x, d, keepdim=k, correction=0",
            "A, [0, 1]", "S, dim=[0, 2]", "A, dim=[-1]"],
    "var_mean": ["x", "x, d", "x, dim=d, keepdim=k, correction=0"],
    "std_mean": ["x", "x, d", "x, dim=d, keepdim=k, correction=0"],
    "norm": ["x", "x, 1", "x, 2, d", "x, p=3, dim=d, keepdim=k", "v, float('inf')", "x, 0"],
    "dist": ["x, y", "x, y, 1"],
    "cumsum": ["x, d", "x, dim=d"],
    "cumprod": ["x, d", "x, dim=d"],
    "transpose": ["x, 0, d", "x, dim0=d, dim1=0"],
    "swapaxes": ["x, 0, d", "x, axis0=d, axis1=0"],
    "swapdims": ["x, 0, d", "x, dim0=d, dim1=0"],
    "moveaxis": ["x, 0, d", "x, (0, 1), (1, 0)"],
    "movedim": ["x, 0, d", "x, (0, 1), (1, 0)"],
    "permute": ["A, (1, 0)", "A, dims=(-1, 0)", "S, (2, 0, 1)"],
    "reshape": ["x, (-1,)", "A, (-1, 1)", "A, shape=(1, -1)"],
    "flatten": ["x", "x, 1", "x, start_dim=0, end_dim=d"],
    "unflatten": ["A, 0, (1, -1)", "A, -1, (-1, 1)"],
    "squeeze": ["x", "x, d", "x, dim=d", "x, (0, 1)"],
    "unsqueeze": ["x, 0", "x, -1", "x, dim=d"],
    "tile": ["x, (2,)", "x, dims=(1, 2)", "x, (1, 1, 1, 2)"],
    "repeat_interleave": ["x, 2", "x, 2, d", "x, repeats=1, dim=d"],
    "broadcast_to": ["x, (2, 3)", "v, (2, 4)"],
    "split": ["x, 2", "x, 2, d", "v, [1, 3]", "x, split_size_or_sections=1, dim=d"],
    "chunk": ["x, 2", "x, 3, d", "x, chunks=2, dim=d"],
    "tensor_split": ["x, 2", "x, 3, d", "v, (1, 3)", "x, 2, dim=d"],
    "unbind": ["x", "x, d", "x, dim=d"],
    "flip": ["x, (0,)", "x, dims=(d,)"],
    "roll": ["x, 1", "x, 1, d", "A, shifts=(1, 2), dims=(0, 1)"],
    "diag": ["A", "v", "v, 1", "A, diagonal=-1"],
    "diag_embed": ["x", "x, 1", "A, offset=-1", "A, 0, 0, 2"],
    "diagonal": ["A", "S", "S, 1", "S, offset=0, dim1=-2, dim2=-1"],
    "trace": ["A"],
    "tril": ["A", "S, -1", "A, diagonal=1"],
    "triu": ["A", "S, -1", "A, diagonal=1"],
    "gather": ["x, d, i", "x, dim=d, index=i"],
    "scatter": ["x, d, i, 2.0", "x, d, i, m.ones(4, 4, 4)[(0,) * (3 - x.dim())].to(x)"],
    "scatter_add": ["x, d, i, m.ones(4, 4, 4)[(0,) * (3 - x.dim())].to(x)"],
    "index_select": ["x, d, r", "x, dim=d, index=r"],
    "index_fill": ["A, 0, m.tensor([0, 1]), 2", "A, 1, m.tensor([0]), -1"],
    "char": ["x"],
    "is_complex": ["x"],
    "index_add": ["A, 0, m.tensor([0, 1, 0]), B.T[[0, 0, 0]]"],
    "narrow": ["x, d, 0, 1", "x, dim=d, start=1, length=2"],
    "select": ["x, d, 0", "x, dim=d, index=-1"],
    "nansum": ["x", "x, d", "x, dim=d, keepdim=k"],
    "fliplr": ["A", "S", "v"],
    "flipud": ["x"],
    "take": ["x, r", "x, index=r"],
    "take_along_dim": ["x, i, d", "x, i, dim=d"],
    "masked_fill": ["x, b, 1.5", "x, mask=b, value=0.0"],
    "masked_select": ["x, b"],
    "clamp": ["x, -0.5, 0.5", "x, min=0.0", "x, max=0.0", "x, 1.0, -1.0", "x, 0"],
    "clip": ["x, -0.5, 0.5", "x, min=0.0"],
    "clamp_min": ["x, 0.5"],
    "clamp_max": ["x, 0.5"],
    "pow": ["x, 2", "p, y", "x, 3.0", "p, 0.5", "p, exponent=-1.0"],
    "float_power": ["p, 2", "p, y"],
    "lerp": ["x, m.ones_like(x), 0.5"],
    "addcmul": ["x, x, y, value=2", "x, x, y"],
    "addcdiv": ["p, x, p, value=0.5"],
    "addmm": ["A @ B, A, B", "A @ B, A, B, beta=3, alpha=2"],
    "addmv": ["A @ v, A, v"],
    "baddbmm": ["S @ T, S, T, beta=3"],
    "mm": ["A, B", "A, A"],
    "bmm": ["S, T", "A, B"],
    "mv": ["A, v"],
    "dot": ["v, w", "A, v"],
    "vdot": ["v, w"],
    "inner": ["v, w", "A, v"],
    "outer": ["v, w", "A, v"],
    "ger": ["v, w"],
    "matmul": ["A, B", "v, w", "A, v", "S, T", "S, A.T"],
    "softmax": ["x, d", "x, dim=d"],
    "log_softmax": ["x, d", "x, dim=d"],
    "bincount": ["r", "r, minlength=9"],
    "histc": ["x, 7", "x, bins=4, min=-1, max=1"],
    "histogram": ["x, 4", "x, bins=4, range=(-1.0, 1.0)"],
    "bitwise_and": ["n, 3", "b, b", "n, other=6"],
    "bitwise_or": ["n, 3", "b, b"],
    "bitwise_xor": ["n, 3", "b, b"],
    "bitwise_left_shift": ["n, 3", "n, other=70"],
    "bitwise_right_shift": ["n, 3", "n, n"],
    "zeros_like": ["x", "x, dtype=m.int64"],
    "ones_like": ["x", "x, dtype=m.float64"],
    "full_like": ["x, 3", "x, fill_value=2.5"],
    "expand": ["v, 2, 4", "v, (2, -1)", "A, -1, -1", "x, 2, 2, 2, 2"],
    "expand_as": ["v, m.zeros(2, 4)"],
    "repeat": ["x, 2", "x, 2, 1, 2", "v, (2, 2)"],
    "view": ["A, -1", "A, (1, -1)", "x, x.shape"],
    "view_as": ["x, x"],
    "reshape_as": ["x, x"],
    "size": ["x", "x, d"],
    "dim": ["x"], "ndimension": ["x"], "nelement": ["x"], "contiguous": ["x"], "cpu": ["x"],
    "float": ["x"], "double": ["x"], "long": ["x"], "int": ["x"], "bool": ["x"], "short": ["x"],
    "byte": ["m.abs(x)"],
    "type_as": ["x, n", "n, x"],
    "to": ["x, m.float64", "x, 'cpu'", "x, n", "x, dtype=m.int64", "x, device='cpu'"],
    "item": ["x", "x.sum()"],
    "tolist": ["x"],
    "detach": ["x"],
    "new_zeros": ["x, 2, 3", "x, (2,)", "x, (2,), dtype=m.int64"],
    "new_ones": ["x, (2,)"],
    "new_full": ["x, (2,), 3"],
    "new_tensor": ["x, [1, 2]"],
    "where": ["b, x, 0.0", "b, y, x"],
    "is_contiguous": ["x"],
    "element_size": ["x"],
    "stride": ["A"],
    "addbmm": ["S[0] @ T[0], S, T", "S[0] @ T[0], S, T, beta=2, alpha=3"],
    "addr": ["B, v, w[:2]", "B, v, w[:2], beta=2, alpha=3"],
    "logical_not": ["x", "b"],
    "corrcoef": ["A", "v"],
    "cov": ["A", "v", "A, correction=0", "A, fweights=m.tensor([1, 2, 1, 0])",
            "A, aweights=m.tensor([1.0, 2.0, 3.0, 2.0])"],
    "cummax": ["x, d", "m.round(x), dim=d"], "cummin": ["x, d", "m.round(x), dim=d"],
    "logcumsumexp": ["x, d", "x, dim=d"],
    "diagflat": ["x", "v, 1"],
    "dsplit": ["S, 2", "S, (1, 3)", "A, 2"], "hsplit": ["v, 2", "A, (1, 3)", "S, 3"],
    "vsplit": ["A, 3", "S, (1,)", "v, 2"],
    "heaviside": ["x, y", "n, n"],
    "gcd": ["n, n + 1", "n, m.tensor(6)", "x, y"], "lcm": ["n, n + 1", "n, m.tensor(6)"],
    "index_copy": ["A, 0, m.tensor([0, 2]), B.T", "A, dim=1, index=m.tensor([3, 0, 1]), source=Q"],
    "index_put": ["A, (m.tensor([0, 2]), m.tensor([1, 1])), v[:2]",
                  "A, (m.tensor([0, 0]),), v, True", "A, [m.tensor([0, 0])], v, accumulate=True"],
    "masked_scatter": ["x, b, m.cat([x.reshape(-1), w])", "x, mask=b, source=x * 2"],
    "is_nonzero": ["x", "x.sum()", "m.tensor(0.0)"],
    "isreal": ["x"], "msort": ["A", "x"],
    "isin": ["n, m.tensor([1, 2])", "x, x", "n, test_elements=m.tensor([3]), invert=k"],
    "kron": ["v, w", "A, B", "x, y"],
    "logaddexp2": ["x, y", "x, m.tensor(0.5)"],
    "nanmean": ["x", "A, [0, 1]", "x, d", "x, dim=d, keepdim=k", "m.where(b, float('nan'), x), d"],
    "quantile": ["x, 0.5", "x, 0.25, d",
                 "v, m.tensor([0.1, 0.9]).to(v)", "x, 1.0, dim=d, keepdim=k",
                 "A, m.tensor([0.0, 0.4, 1.0]).to(A), 1, True", "x, 0.4, interpolation='nearest'",
                 "x, 0.4, d, interpolation='lower'", "x, 0.4, interpolation='higher'",
                 "x, 0.4, interpolation='midpoint'", "v, 1.5"],
    "rot90": ["A", "A, 2", "S, 3, (0, 2)", "A, k=-1, dims=[1, 0]", "A, 0"],
    "unfold": ["x, d, 1, 1", "v, 0, 2, 1", "A, 1, 3, 2", "S, dimension=-2, size=2, step=1"],
    "unique_consecutive": ["n", "n, return_inverse=True, return_counts=True"],
    "searchsorted": ["m.sort(v)[0].detach(), v.detach()", "m.tensor([1, 3, 5]), n, right=k",
                     "m.sort(A)[0].detach(), A.detach(), side='right'"],
    "bucketize": ["n, m.tensor([0, 3, 5])", "n, m.tensor([0, 3]), right=k, out_int32=True"],
    "unravel_index": ["m.tensor([0, 5, 3]), (2, 3)", "m.tensor(4), 6"],
    "trapezoid": ["x, dim=d", "v, w", "A, v", "A, A, dim=0", "x, dx=0.5"], "trapz": ["v, w", "v"],
    "cumulative_trapezoid": ["x, dim=d", "v, w", "x, dx=0.5"],
    "cdist": ["A, Q @ A", "S, S, p=1.0", "A, A + 1, 3.0"],
    "pdist": ["A", "A, 3.0", "A[:1]"],
    "vander": ["v", "v, 3", "v, N=2, increasing=True"],
    "combinations": ["v", "v, 3", "v, r=2, with_replacement=k"],
    "promote_types": ["x.dtype, m.int32", "m.int64, m.float32",
                      "m.uint8, m.int8", "m.bool, x.dtype"],
    "broadcast_shapes": ["(2, 1), (3,)", "(2,), (3,)"],
    "det": ["M", "A"], "logdet": ["M"], "slogdet": ["M", "-M"],
    "inverse": ["M"], "pinverse": ["M"],
    "matrix_power": ["M, 2", "M, -1", "M, n=0"],
    "matrix_exp": ["M", "-M", "(M/100)", "m.stack([M, M*0])", "Q"],
    "cross": ["U, V", "U, V, dim=-1", "U, other=V, dim=1"],
    "storage_offset": ["A", "B"],
    "group_norm": ["S, 3", "S, num_groups=1"], "hardshrink": ["x", "x, 0.7"],
    "rms_norm": ["A, (4,)", "S, [3, 4]"],
    "copysign": ["x, y", "x, -2.0"], "mode": ["n", "n, d", "n, dim=d, keepdim=k"],
    "nanmedian": ["x", "x, d", "x, dim=d, keepdim=k", "m.where(b, float('nan'), v[:1].sum() * p)"],
    "renorm": ["S, 2, 0, 0.5", "A, 1, -1, 1.0"], "split_with_sizes": ["A, [1, 2]", "A, [3, 1], 1"],
    "unsafe_split": ["A, 2", "A, 3, dim=1"], "unsafe_chunk": ["A, 2", "A, 2, dim=1"],
    "scatter_reduce": [f"A, 0, m.tensor([[0, 2, 2, 1], [0, 1, 2, 0]]), B.mT, '{w}', include_self=k"
                       for w in ("sum", "mean", "amax", "amin")],
    "select_scatter": ["A, v, 0, 1", "S, A[:2], 1, -1"],
    "slice_scatter": ["A, B.mT, 0, 0, 2", "A, B.mT, start=1", "A, Q[:, :2], 1, 0, 4, 2"],
    "put": ["A, m.tensor([0, 11, -2]), U[0]", "A, m.tensor([0, 1, 1]), U[0], True"],
    "digamma": ["p"], "lgamma": ["p"], "erfinv": ["(p/8)", "(-p/9)"], "mvlgamma": ["(p+1), 2"],
    "fill_diagonal_": ["A, 5", "Q, 1.5, wrap=k"], "is_same_size": ["x, y", "x, x"],
    "is_signed": ["x", "b"], "conj": ["x"], "resolve_conj": ["x"], "resolve_neg": ["x"],
    "is_conj": ["x"], "prelu": ["x, m.tensor(0.3).to(x)"],
    "resize_": ["A, 2, 6", "A, (5,)", "A, [2, 2]"], "resize_as_": ["A, Q"],
    "apply_": ["x, lambda v: 2 * v"], "map_": ["x, x, lambda v, w: v - w"],
    "get_device": ["x"], "share_memory_": ["x"],
    "fill_": ["x, 2"], "zero_": ["x"], "copy_": ["x, m.ones_like(x)", "x, m.tensor(2)"],
}  # fmt: skip

FREE = """
m.cat([x, x], d) m.cat([x, x], dim=d) m.cat((v, w)) m.concat([A, A], 1) m.concatenate([x, x])
m.stack([x, x], d) m.stack([x, x], dim=-1) m.stack((x, x)) m.hstack([x, x]) m.vstack([x, x])
m.dstack([x, x]) m.column_stack([x, x]) m.row_stack([x, x])
m.meshgrid(v, w, indexing='ij') m.meshgrid(v, w, indexing='xy') m.einsum('ij,jk->ik', A, B)
m.einsum('bij,bjk->bik', [S, T]) m.tensordot(A, B, 1) m.tensordot(A, B, dims=([1], [0]))
m.zeros(2, 3) m.zeros((2, 3)) m.zeros([2]) m.zeros(()) m.zeros(2, dtype=m.int64)
m.ones(2, 3) m.ones(size=(2,)) m.empty(2, 0) m.full((2,), 7) m.full((2,), 7.0) m.full((2,), True)
m.full((2, 3), fill_value=1.5, dtype=m.float64) m.eye(3) m.eye(2, 3) m.arange(5) m.arange(1, 5)
m.arange(1, 5, 2) m.arange(0, 1, 0.25) m.arange(5, dtype=m.float32) m.arange(5.0)
m.arange(start=1, end=4, step=1) m.linspace(0, 1, 5) m.linspace(start=-1, end=1, steps=3)
m.logspace(0, 2, 3) m.logspace(0, 3, 4, base=2) m.tensor([1, 2]) m.tensor(1.5) m.tensor([[1.0]])
m.tensor([True]) m.tensor([1, 2], dtype=m.float64) m.as_tensor([1.0]) m.asarray([1, 2])
m.scalar_tensor(2) m.tril_indices(3, 3) m.triu_indices(3, 4, 1) m.tril_indices(3, 3, offset=-1)
m.polygamma(2, p) m.polygamma(1, p) m.polygamma(0, p) m.logit(p/4) x.real x.layout x.is_shared()
(p/9).erfinv_() x.is_pinned() x.new(2,3).shape x.new([1,2]) x.new(x).shape m.typename(3)
m.clone(p/4).logit_() m.abs(x).byte() m.empty_like(x).shape
m.is_tensor(x) m.is_tensor(3) m.numel(x) m.from_numpy(array)
m.linalg.norm(x) m.linalg.norm(A, dim=1) m.linalg.norm(A, 1) m.linalg.norm(v, 1)
m.linalg.norm(A, 'fro') m.linalg.vector_norm(x) m.linalg.vector_norm(x, 1, d)
m.linalg.vector_norm(x, ord=3, dim=d, keepdim=k) m.linalg.matrix_norm(A) m.linalg.diagonal(S)
m.linalg.matrix_norm(A, 1) m.linalg.matrix_norm(A, ord=float('inf')) m.linalg.matmul(A, B)
m.linalg.cross(U, V) m.cross(U, V, dim=-1) m.linalg.vecdot(v, w) m.linalg.multi_dot([A, B])
m.linalg.matrix_power(Q, 2) m.diff(v) m.broadcast_tensors(v, m.zeros(2, 1)) m.block_diag(A, B)
m.result_type(x, n) m.atleast_1d(x) m.atleast_2d(x) m.cartesian_prod(v, w) m.atleast_3d(x)
m.result_type(n, 2.5) m.atleast_2d(x, v) m.atleast_1d((x, v)) m.cartesian_prod(v) m.block_diag(v)
m.chain_matmul(A, B) m.range(1, 3) m.range(0.0, 1.0, 0.25) m.range(3, 1, -1) m.cholesky(M)
m.linalg.inv(M) m.linalg.det(M) m.linalg.slogdet(M) m.linalg.cholesky(M) m.linalg.eigvalsh(M)
m.linalg.eigh(M)[0] m.linalg.eigh(M)[1]**2 m.linalg.eigh(M, UPLO='U')[0]
m.linalg.svdvals(A.double())
m.linalg.svd(A.double(), full_matrices=False)[1] m.linalg.svd(A.double(), False)[0]**2
m.linalg.svd(A.double())[2].shape m.linalg.qr(M)[1] m.linalg.qr(A.double())[0]
m.linalg.qr(A.double().mT)[1] m.linalg.qr(A.double().mT, mode='complete')[1] m.linalg.qr(M, 'r')[1]
m.linalg.solve(M, A.double()) m.linalg.solve(M, A[:,0].double()) m.linalg.solve(M, v.double())
m.linalg.solve_triangular(M, A.double(), upper=k) m.linalg.pinv(A.double()) m.linalg.cond(M)
m.linalg.solve_triangular(M, A.double().mT, upper=True, left=False) m.linalg.matrix_rank(A.double())
m.linalg.solve_triangular(m.stack([M,M.T]),M,upper=k) x.shape.numel() x.size()[1:].numel()
(x>0)**2 (x>0)**(x>1) m.pow(x>0,True) m.square(x>0) m.sign(x>0) m.copysign(x,x>0) x.type()
m.nansum(x,dtype=m.float64) m.norm(A,'nuc') m.reshape(input=x,shape=(-1,)) m.arange(end=3)
m.float_power(2,x) m.eq(x[:0],0,out=m.empty(0,dtype=m.bool)) m.bucketize(x,m.tensor([0.,1.]).to(x))
m.linalg.lstsq(A.double().mT, B.double())[0] m.linalg.lstsq(M, A.double()).solution
m.linalg.matrix_norm(M, 2) m.linalg.matrix_norm(M, 'nuc') m.linalg.norm(M, -2) m.linalg.cond(M, -2)
m.linalg.matrix_exp(M/7) m.linalg.householder_product(A.double().mT,m.arange(3).double()/3)
m.linalg.householder_product(m.stack([M,-M]),m.ones(2,3).double()/2)
m.linalg.matrix_power(M, -2) m.svd(A.double())[1] m.svd(A.double())[2]**2 m.qr(M)[1]
A.T.storage().tolist() A[1].storage_offset() m.threshold(x.double(), 0.5, 2.0)
A.untyped_storage().data_ptr()==A.data_ptr()
A.T S.mT A.shape A.ndim x.dtype.itemsize x.is_leaf x.requires_grad x.numpy().shape
x[b] x[...] x[None] A[0] A[:,0] A[-1,...] A[[0,-1]] A[m.tensor([0,-1])] len(A) x.device.type
x.data x.grad x.retains_grad x.is_cuda x.is_cpu x.is_sparse x.nbytes A.H A.mH
"""
AXES = ["A, [0, 1]", "A, (0,)", "A, dim=[-1]", "S, dim=[0, 2], keepdim=True", "S, axis=[1]"]
LISTS = {
    **{name: AXES for name in "all any logsumexp var_mean std_mean".split()},
    **{name: [*AXES, "A, dim=()", "A, dim=[]"] for name in ("amax", "amin")},
    "count_nonzero": ["A, [0]", "A, dim=[0, 1]", "A, dim=()"],
}
"""Axes as lists; none of them."""
TRUTHS = (
    "eq ne lt le gt ge greater greater_equal less less_equal not_equal "
    "logical_and logical_or logical_xor logical_not"
).split()
"""Written over what they compare they are constants here.  In PyTorch `logical_and_` and its kind
pass the gradient on as if nothing had been written, and `lt_` gives both sides zeros."""
EXPRESSIONS = {
    *(f"m.{name}({args})" for name, rows in LISTS.items() for args in rows),
    *(e for e in re.split(r"(?<!,)\s+", FREE.strip())),
    *(f"m.{name}({args})" for name, rows in CALLS.items() for args in rows),
    *(
        f"{first}.{name}({rest.strip()})"
        for name, rows in CALLS.items()
        for first, _, rest in (args.partition(",") for args in rows)
        if "(" not in first
    ),
    *(
        f"(m.clone({first})).{name}_({rest.strip()})"
        for name, rows in CALLS.items()
        for first, _, rest in (args.partition(",") for args in rows)
        if "(" not in first and not name.endswith("_") and name not in TRUTHS
    ),
    *(f"x.detach().clone().{name}_(y.detach())" for name in TRUTHS[:-1]),
    "x.detach().clone().logical_not_()",
}

# m is the library, D its utils.data; a, b: constants (3, 4); w: (3, 4), which requires a gradient
PROGRAMS = """
m.nn.init.constant_(m.empty(2, 3), 0.5)
m.nn.init.constant(m.empty(2, 3), 0.5)
m.nn.init.eye_(m.empty(2, 3))
m.nn.init.eye(m.empty(2, 3))
m.nn.init.ones_(m.empty(2, 3))
m.nn.init.zeros_(m.ones(2, 3))
(lambda q: q @ q.T)(m.nn.init.orthogonal_(m.empty(2, 3), gain=2.0))
(lambda q: q.T @ q)(m.nn.init.orthogonal(m.empty(4, 2)))
(m.nn.init.sparse_(m.empty(10, 3), 0.3) == 0).sum(0)
(m.nn.init.sparse(m.empty(10, 3), sparsity=0.25) == 0).sum(0)
m.nn.init.trunc_normal_(m.empty(500), 0.0, 3.0, -1.0, 1.0).abs().max() <= 1
(w * a).sum().backward() or m.nn.utils.clip_grad_value_([w], 0.3) or w.grad
(w * a).sum().backward() or m.nn.utils.clip_grad_norm([w], 0.3) or w.grad
(w * a).sum().backward() or (m.nn.utils.clip_grad_norm([w], 0.3), w.grad)
m.nn.utils.get_total_norm([a, w.detach()])
m.nn.utils.get_total_norm([a, w.detach()], 'inf')
m.nn.utils.get_total_norm([])
m.nn.utils.parameters_to_vector([a, b[0]])
m.nn.utils.vector_to_parameters(a.flatten(), [b]) or b
m.autograd.functional.jacobian(lambda t: (t * b).sin(), a)
m.autograd.functional.hvp(lambda t: (t**3).sum(), a, b)
m.autograd.functional.vhp(lambda t: (t**3 * b).sum(), a, b)
m.autograd.gradgradcheck(lambda t: t**3, (w.double().detach().requires_grad_(),))
m.autograd.set_detect_anomaly(False) and None
list(D.SequentialSampler([5, 6, 7]))
list(D.BatchSampler(D.SequentialSampler(range(7)), 3, False))
[list(D.DistributedSampler(range(7), 3, r, False)) for r in range(3)]
[list(D.DistributedSampler(range(2), num_replicas=5, rank=r, shuffle=False)) for r in range(5)]
[list(D.DistributedSampler(range(7), 3, r, False, drop_last=True)) for r in range(3)]
len(D.DistributedSampler(range(7), 3, 1))
sorted(D.DistributedSampler(range(8), 1, 0))
list(D.BatchSampler(D.SequentialSampler(range(7)), batch_size=3, drop_last=True))
len(D.BatchSampler(D.SequentialSampler(range(7)), 3, True))
sorted(D.RandomSampler(range(7)))
len(list(D.RandomSampler(range(3), replacement=True, num_samples=8)))
len(list(D.RandomSampler(range(7), num_samples=3)))
sorted(D.SubsetRandomSampler([4, 1, 6]))
len(list(D.WeightedRandomSampler([0.1, 0.9], 5)))
set(D.WeightedRandomSampler([0.0, 1.0, 0.0], 5))
sorted(D.WeightedRandomSampler([0.2, 0.3, 0.5], 3, replacement=False))
D.TensorDataset(a, b)[1]
len(D.TensorDataset(a, b))
D.TensorDataset(a, b)[1:]
D.StackDataset(a, b)[2]
sorted(D.StackDataset(one=a, other=b)[0])
D.ConcatDataset([[1, 2], [3], [4, 5]])[3]
D.ConcatDataset([[1, 2], [3], [4, 5]])[-1]
len(D.ConcatDataset([[1, 2], [3], [4, 5]]))
D.ConcatDataset([[1, 2], [3], [4, 5]]).cumulative_sizes
D.Subset([5, 6, 7, 8], [3, 0])[0]
list(D.Subset([5, 6, 7, 8], [3, 0]))
[len(part) for part in D.random_split(range(10), [0.33, 0.67])]
[len(part) for part in D.random_split(range(10), [3, 7])]
sorted(i for part in D.random_split(range(10), [3, 7]) for i in part)
sorted(i for part in D.random_split(range(7), [0.5, 0.5]) for i in part)
D.default_collate([1, 2])
D.default_collate([1.5, 2.5])
D.default_collate([a, b])
D.default_collate([(a, 1), (b, 2)])
sorted(D.default_collate([{"x": 1}, {"x": 2}]).items())
D.default_collate(["one", "two"])
D.default_collate([np.ones(2), np.zeros(2)])
D.default_collate([np.float32(1), np.float32(2)])
D.default_collate([(1, (2.0, "a")), (3, (4.0, "b"))])
D.default_convert(np.arange(3))
D.default_convert([np.arange(3.0), 1])
D.get_worker_info() is None
list(D.DataLoader(D.TensorDataset(a, b), batch_size=2))
list(D.DataLoader(D.TensorDataset(a, b), batch_size=2, drop_last=True))
list(D.DataLoader([1, 2, 3], batch_size=None))
list(D.DataLoader(Squares(7), batch_size=3))
list(D.DataLoader(Squares(7), sampler=[3, 1]))
list(D.DataLoader(Squares(7), batch_sampler=[[3, 1], [0]]))
list(D.DataLoader(Counting(5), batch_size=2))
list(D.DataLoader(D.ChainDataset([Counting(2), Counting(3)]), batch_size=4))
list(D.DataLoader(Squares(4), batch_size=2, collate_fn=lambda rows: sum(rows)))
len(D.DataLoader(Squares(7), batch_size=3))
Cube.apply(a)
Cube.apply(w).sum().backward() or w.grad
within(m.autograd.detect_anomaly(), lambda: (w * a).sum().backward() or w.grad)
m.nn.functional.celu_(a.clone(), 0.5)
m.nn.functional.elu_(a.clone())
m.nn.functional.hardtanh_(a.clone(), -0.5, 0.5)
m.nn.functional.leaky_relu_(a.clone(), 0.1)
m.nn.functional.relu_(a.clone())
m.nn.functional.rrelu_(a.clone(), 0.25, 0.25)
m.nn.functional.selu_(a.clone())
m.nn.functional.threshold_(a.clone(), 0.1, -2.0)
""".strip().splitlines()
"""Calls of what no other table has, for `test_torch_namespaces.py`."""
