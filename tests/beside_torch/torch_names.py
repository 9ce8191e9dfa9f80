"""Calls that mean the same in PyTorch and minigrad, as text that either library runs.

`T` is the library; x, y (3, 4) and c (3, 4) with ties, v (4,), w (3,), m (4, 4), b (2, 3, 4), s 0-d are
float64 tensors that require gradients, p (3, 4) positive, q in (-1, 1), i (3, 4) and k (2,) integers,
j (2, 4) indices below 3, n a bool mask (3, 4), e (0, 4) empty.
"""

from __future__ import annotations

import re

ELEMENTWISE = (
    "abs absolute sin cos tan tanh sinh cosh exp expm1 exp2 sigmoid relu erf erfc square neg negative "
    "ceil floor round trunc fix frac sign atan arctan asinh arcsinh isnan isinf isfinite sinc "
    "clone positive logical_not"
).split()
OF_POSITIVE = "sqrt rsqrt log log2 log10 log1p reciprocal".split()
OF_UNIT = "asin arcsin acos arccos atanh arctanh".split()
BINARY = (
    "add sub subtract mul multiply div divide true_divide maximum minimum eq ne lt le gt ge not_equal "
    "less less_equal greater greater_equal remainder fmod atan2 arctan2 hypot logaddexp "
    "equal allclose isclose dist logical_and logical_or logical_xor"
).split()
REDUCTIONS = "sum mean prod amax amin logsumexp all any count_nonzero".split()

CALLS = [
    *(f"T.{f}(x)" for f in ELEMENTWISE),
    *(f"x.{f}()" for f in ELEMENTWISE if f not in ("fix", "positive")),
    *(f"T.{f}(p)" for f in OF_POSITIVE),
    *(f"p.{f}()" for f in OF_POSITIVE),
    *(f"T.{f}(q)" for f in OF_UNIT),
    *(f"q.{f}()" for f in OF_UNIT),
    "T.acosh(p + 1)", "T.arccosh(p + 1)", "(p + 1).acosh()", "T.logit(q * 0.4 + 0.5)",
    "q.abs().logit(0.01)",
    *(f"T.{f}(x, y)" for f in BINARY),
    *(f"x.{f}(y)" for f in BINARY),
    *(f"T.{f}(x, v)" for f in BINARY if f != "equal"),
    *(f"T.{f}(x, {dim})" for f in REDUCTIONS if f not in ("logsumexp",) for dim in (0, -1)),
    *(f"x.{f}(dim=1, keepdim=True)" for f in REDUCTIONS if f != "count_nonzero"),
    *(f"T.{f}(x)" for f in REDUCTIONS if f != "logsumexp"),
    *(f"b.{f}((0, 2))" for f in ("sum", "mean", "amax", "amin", "logsumexp")),
    "x.sum(())", "T.sum(i)", "i.sum(0).dtype", "i.prod()", "n.sum()", "T.mean(i, dtype=T.float32)",
    "T.sum(x, dim=0, dtype=T.float32)", "s.sum()", "e.sum(0)", "e.prod(1)",
    "T.max(x)", "x.max(1)", "T.max(x, 0, True)", "T.max(x, y)", "x.max(dim=-1, keepdim=True)[0]",
    "x.min()", "T.min(x, 1)", "T.min(x, y)", "T.aminmax(x, dim=0)", "x.aminmax()",
    "T.argmax(x)", "x.argmax(1)", "x.argmin(0, keepdim=True)", "T.argmin(x, dim=-1)",
    "T.sort(x)", "x.sort(0, descending=True)", "T.argsort(x, dim=0)", "x.argsort(descending=True)",
    "T.topk(x, 2)", "x.topk(2, dim=0, largest=False)", "T.kthvalue(x, 2)", "x.kthvalue(1, 0, True)",
    "T.median(x)", "x.median(1)", "T.unique(i)", "i.unique(return_counts=True)",
    "T.var(x)", "x.var(0)", "x.var(1, unbiased=False)", "T.var(x, dim=1, correction=0)",
    "T.std(x)", "x.std(1, keepdim=True)", "x.std(unbiased=False)", "T.std(x, 0, correction=2)",
    "T.var_mean(x, 1)", "T.std_mean(x, 0)", "b.var((0, 1))",
    "T.norm(x)", "x.norm(dim=1)", "x.norm(p=1, dim=0, keepdim=True)", "T.norm(x, 3.0)",
    "x.norm(float('inf'))", "T.cumsum(x, 1)", "x.cumsum(0)", "T.cumprod(x, 0)", "x.cumprod(-1)",
    "T.reshape(x, (2, 6))", "x.reshape(-1)", "x.reshape(6, -1)", "x.view(2, 6)", "x.view(-1)",
    "x.view_as(y)", "x.reshape_as(y)", "T.flatten(b)", "b.flatten(1)", "b.flatten(0, 1)", "s.flatten()",
    "T.unflatten(x, 1, (2, 2))", "x.unflatten(0, (-1, 1))", "T.squeeze(x[None])", "x[None].squeeze(0)",
    "x.squeeze(1)", "T.unsqueeze(x, 0)", "x.unsqueeze(-1)", "T.transpose(x, 0, 1)", "b.transpose(-1, 0)",
    "x.swapaxes(0, 1)", "T.swapaxes(x, 0, 1)", "T.swapdims(b, 0, 2)", "x.swapdims(0, 1)",
    "T.t(x)", "x.t()", "v.t()", "x.T", "b.mT", "x.H", "T.adjoint(x)", "x.adjoint()",
    "T.permute(b, (2, 0, 1))", "b.permute(1, 0, 2)", "T.movedim(b, 0, 2)", "b.movedim((0, 1), (1, 2))",
    "T.moveaxis(b, 0, -1)", "b.moveaxis(0, 1)", "x.expand(2, 3, 4)", "v.expand(3, -1)", "v.expand_as(x)",
    "x.repeat(2, 1)", "v.repeat(2, 3)", "T.tile(x, (2,))", "x.tile(2, 1)", "T.repeat_interleave(x, 2)",
    "x.repeat_interleave(2, dim=1)", "T.cat([x, y])", "T.cat((x, y), dim=1)", "T.concat([x, y], 0)",
    "T.concatenate([x, y], dim=-1)", "T.stack([x, y])", "T.stack((x, y), dim=-1)", "T.hstack([x, y])",
    "T.hstack([v, v])", "T.vstack([x, v])", "T.row_stack([v, v])", "T.split(x, 3, dim=1)", "x.split(2)",
    "x.split([1, 2])", "T.chunk(x, 2)", "x.chunk(3, 1)", "T.tensor_split(x, 2, 1)", "v.tensor_split((1, 3))",
    "T.unbind(x)", "x.unbind(1)", "T.flip(x, (0,))", "x.flip(0, 1)", "T.roll(x, 1)", "x.roll(1, 0)",
    "x.roll((1, 2), (0, 1))", "T.diag(v)", "m.diag(1)", "T.diagonal(m)", "b.diagonal(0, 1, 2)",
    "T.diag_embed(x)", "v.diag_embed(1)", "T.trace(m)", "m.trace()", "T.tril(m)", "m.triu(1)", "T.triu(m)",
    "m.tril(-1)", "T.meshgrid(v, w, indexing='ij')", "T.meshgrid(v, w, indexing='xy')",
    "T.where(n, x, y)", "x.where(n, y)", "T.where(n, x, 0.0)", "T.where(n)", "T.nonzero(n)", "n.nonzero()",
    "T.nonzero(n, as_tuple=True)", "T.gather(x, 0, j)", "x.gather(0, j)", "T.index_select(x, 1, k)",
    "x.index_select(0, k)", "T.masked_fill(x, n, 2.0)", "x.masked_fill(n, -1.0)", "T.masked_select(x, n)",
    "x.masked_select(n)", "T.take(x, i.abs())", "x.take(i.abs())", "T.take_along_dim(x, j, 0)",
    "x.take_along_dim(j, dim=0)", "T.scatter(x, 0, j, y[:2])", "x.scatter(0, j, y[:2])", "x.scatter(0, j, 5.0)",
    "T.scatter_add(x, 0, j, y[:2])", "x.scatter_add(0, j, y[:2])", "T.index_add(x, 0, k, y[:2])",
    "x.index_add(0, k, y[:2], alpha=2)", "T.add(x, y, alpha=2)", "x.sub(y, alpha=0.5)",
    "T.rsub(x, y)", "T.div(x, y, rounding_mode='floor')", "x.div(y, rounding_mode='trunc')",
    "T.pow(p, 2)", "p.pow(v)", "T.pow(2.0, x)", "x ** 3", "2 ** x", "T.lerp(x, y, 0.3)", "x.lerp(y, 0.3)",
    "T.addcmul(x, y, p, value=2)", "x.addcmul(y, p)", "T.addcdiv(x, y, p)", "x.addcdiv(y, p, value=3)",
    "T.clamp(x, -0.5, 0.5)", "x.clamp(min=0)", "x.clamp(max=y)", "T.clip(x, 0, 1)", "x.clip(-1)",
    "x.clamp(1.0, -1.0)", "T.matmul(x, m)", "x @ v", "x.matmul(m)", "v @ v", "T.mm(x, m)", "x.mm(m)",
    "T.bmm(b, b.mT)", "b.bmm(b.mT)", "T.mv(x, v)", "x.mv(v)", "T.dot(v, v)", "v.dot(v)", "T.inner(x, y)",
    "v.inner(v)", "T.outer(v, w)", "v.outer(w)", "T.ger(v, w)", "v.ger(w)", "T.addmm(y, x, m)",
    "y.addmm(x, m, beta=2, alpha=3)", "T.addmv(w, x, v)", "w.addmv(x, v)", "T.baddbmm(b @ b.mT, b, b.mT)",
    "(b @ b.mT).baddbmm(b, b.mT)", "T.einsum('ij,jk->ik', x, m)", "T.tensordot(x, m, 1)",
    "T.softmax(x, 1)", "x.softmax(0)", "T.log_softmax(x, dim=1)", "x.log_softmax(-1)",
    "T.nan_to_num(x / 0.0)", "(x * 0 / 0).nan_to_num(1.0)", "T.histc(x, 4, -1, 1)", "x.histc(3)",
    "T.bincount(k)", "k.bincount(minlength=5)", "T.numel(x)", "x.numel()", "x.nelement()", "x.dim()",
    "x.ndimension()", "x.size()", "x.size(1)", "x.stride()", "x.stride(0)", "x.is_contiguous()",
    "x.t().is_contiguous()", "x.t().contiguous()", "x.element_size()", "x.is_floating_point()",
    "x.float().dtype", "x.double()", "x.long()", "x.int().dtype", "x.short().dtype", "x.bool()",
    "i.abs().byte().dtype", "x.to(T.float32)", "x.to('cpu')", "x.type(T.float32)", "x.type_as(i)", "x.cpu()",
    "T.zeros(2, 3)", "T.zeros((2, 3), dtype=T.int64)", "T.ones(2)", "T.full((2,), 7.0)", "T.eye(2, 3)",
    "T.arange(3)", "T.arange(1, 8, 3)", "T.arange(0.0, 1.0, 0.25)", "T.linspace(0, 1, 5)",
    "T.logspace(0, 2, 3)", "T.zeros_like(x)", "T.ones_like(i)", "T.full_like(x, 2)", "T.empty(2, 3).shape",
    "T.empty_like(x).shape", "T.tril_indices(3, 3)", "T.triu_indices(3, 4, 1)", "T.scalar_tensor(2.0)",
    "x.new_zeros(2)", "x.new_ones((2, 3))", "x.new_full((2,), 3.0)", "x.new_tensor([1, 2])",
    "x.new_empty(2).shape", "T.as_tensor([1.0, 2.0])", "T.is_tensor(x)", "T.is_floating_point(i)",
    "T.floor_divide(i, 2)", "i.floor_divide(4)", "x.detach().floor_divide(0.3)",
    "T.narrow(x, 1, 1, 2)", "x.narrow(0, -2, 2)", "T.select(x, 1, 0)", "x.select(0, -1)",
    "x.index_fill(0, k, 2.0)", "T.index_fill(x, 1, k, 0.0)", "T.argwhere(n)", "n.argwhere()",
    "T.diff(x)", "x.diff(2, 0)", "T.fliplr(x)", "x.fliplr()", "T.flipud(x)", "x.flipud()",
    "T.clamp_min(x, 0)", "x.clamp_min(0.1)", "T.clamp_max(x, 0)", "x.clamp_max(0.1)", "x.nbytes",
    "x.broadcast_to((2, 3, 4))", "i.char().dtype", "x.is_complex()", "x.is_cpu", "x.is_cuda", "x.ravel()",
    "x.is_sparse", "x.itemsize", "b.mH", "i & 3", "i | 3", "i ^ 5", "~i", "n & ~n", "T.bitwise_and(i, 3)", "T.bitwise_or(i, i + 1)",
    "T.bitwise_xor(i, 3)", "T.bitwise_not(i)", "i.bitwise_and(3)", "i.bitwise_or(4)", "i.bitwise_xor(1)",
    "i << 2", "i >> 1", "i << k[0]", "2 << i.abs()", "64 >> i.abs()", "i << -1", "i >> -1", "i << 63", "i << 64",
    "i >> 99", "i.byte() << 300", "i.short() >> 300", "n << 2", "T.bitwise_left_shift(i, 3)", "i.bitwise_right_shift(1)",
    "T.bitwise_right_shift(i, i.abs())", "i.bitwise_left_shift(i)", "2 in i", "77 in i", "x[0] in x", "list(reversed(x))[0]",
    "reversed(x)", "reversed(x.sum())", "[3, 4][n.any()]",
    "i.bitwise_not()", "i / 2", "i // 2", "i % 3", "-x", "abs(x)", "x / y", "1 - x", "x == y", "x[0]",
    "x[:, 1:3]", "x[n]", "x[[0, 2]]", "x[..., None]", "x[k]", "len(x)", "T.round(x, decimals=2)",
    "T.histogram(x.detach(), 3)[0]", "T.histogram(x, 3, density=True).hist.detach()", "x.round(decimals=1)", "T.atan2(x, 2 * y)", "x.requires_grad",
]  # fmt: skip
"""Each gives the same values, shapes, dtypes and gradients."""

IN_PLACE = [
    *(f"z.{f}_()" for f in "abs neg exp sin cos tan tanh sigmoid relu ceil floor round trunc frac "
      "square expm1 zero negative cosh sinh sinc atan".split()),
    *(f"z.abs_().add_(0.1).{f}_()" for f in "sqrt rsqrt log log2 log10 log1p reciprocal".split()),
    *(f"z.mul_(0.1).{f}_()" for f in "asin acos".split()),
    *(f"z.{f}_(y)" for f in "add sub subtract mul multiply div divide true_divide remainder fmod "
      "copy".split()),
    "z.fill_(3.0)", "z.clamp_(-0.1, 0.1)", "z.clip_(0)", "z.masked_fill_(n, 2.0)", "z.pow_(2)",
    "z.index_fill_(0, k, 2.0)", "z.clamp_min_(0)", "z.clamp_max_(0.1)", "z.sign_()", "z.erf_()",
    "z.erfc_()", "z.exp2_()", "z.cumsum_(1)", "z.hypot_(y)", "z.atan2_(y)", "z.fix_()",
    "z.absolute_()", "z.nan_to_num_()",
    "z.mul_(0.1).add_(0.5).logit_()",
    "z.lerp_(y, 0.5)", "z.addcmul_(y, p)", "z.addcdiv_(y, p)", "z.scatter_(0, j, y[:2])",
    "z.scatter_add_(0, j, y[:2])", "z.index_add_(0, k, y[:2])", "z.tril_()", "z.triu_(1)",
    "z.__setitem__(0, 5.0)", "z.__setitem__((slice(None), 1), w)", "z.__setitem__(n, 0.0)",
    "z.__iadd__(y)", "z.__isub__(2.0)", "z.__imul__(y)", "z.__itruediv__(2.0)", "z.__ipow__(2)",
]  # fmt: skip
"""Each changes z, a recorded result, in the same way."""

DECLARED = {
    "bernoulli": "draws other numbers",
    "multinomial": "draws other numbers",
    "bitwise_and_": "tested on integers elsewhere",
    "bitwise_left_shift_": "tested on integers elsewhere",
    "bitwise_not_": "tested on integers elsewhere",
    "bitwise_or_": "tested on integers elsewhere",
    "bitwise_right_shift_": "tested on integers elsewhere",
    "bitwise_xor_": "tested on integers elsewhere",
    "floor_divide_": "has no derivative in PyTorch",
    "acosh_": "has no derivative in PyTorch",
    "asinh_": "has no derivative in PyTorch",
    "atanh_": "has no derivative in PyTorch",
    "asarray": "shares memory with a tensor, and keeps its graph",
    "astype": "NumPy's name",
    "tensor": "Python floats and NumPy arrays as in PyTorch; half and complex are not there",
    "from_numpy": "tested with NumPy arrays elsewhere",
    "positive": "a copy, where PyTorch hands its argument on",
    "cuda": "refused: there is no graphics card",
    "device": "only 'cpu'",
    "data_ptr": "an address",
    "bernoulli_": "draws other numbers",
    "exponential_": "draws other numbers",
    "normal_": "draws other numbers",
    "random_": "draws other numbers",
    "uniform_": "draws other numbers",
    "detach_": "tested with graphs elsewhere",
    "pad": "NumPy's; PyTorch has it in nn.functional",
    "vector_norm": "PyTorch has it in linalg",
    "take_along_axis": "NumPy's",
    "expand_dims": "NumPy's",
    "broadcast_to": "as expand",
    "getitem": "x[index]",
    "matrix_transpose": "the Array API's",
    "permute_dims": "the Array API's",
    "cumulative_sum": "the Array API's",
}
"""Names that both have, or that are ours, and why they are not in the table."""

USED = {word for call in (*CALLS, *IN_PLACE) for word in re.findall(r"[.\s(](\w+)", f" {call}")}
"""The names in the table."""
