"""Other names of operations: PyTorch's, NumPy's and the Array API's, each written once, here.

What is not an alias stands in its own module: `pytorch` for functions with PyTorch's meaning,
`arithmetic`, `reductions`, ... for operations.
"""

from __future__ import annotations

from . import (
    arithmetic,
    elementary,
    linalg,
    logic,
    piecewise,
    pytorch,
    shaping,
)

__all__ = [
    "absolute",
    "adjoint",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "clip",
    "concat",
    "concatenate",
    "cumulative_sum",
    "divide",
    "fix",
    "floor_divide",
    "ger",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "moveaxis",
    "mul",
    "multiply",
    "neg",
    "not_equal",
    "positive",
    "row_stack",
    "split_with_sizes",
    "sgn",
    "subtract",
    "swapaxes",
    "swapdims",
    "true_divide",
    "unsafe_chunk",
    "unsafe_split",
    "vdot",
]

absolute = piecewise.abs
adjoint = shaping.matrix_transpose
arccos = elementary.acos
arccosh = elementary.acosh
arcsin = elementary.asin
arcsinh = elementary.asinh
arctan = elementary.atan
arctan2 = arithmetic.atan2
arctanh = elementary.atanh
clip = pytorch.clamp
concatenate = pytorch.cat
cumulative_sum = pytorch.cumsum
divide = pytorch.div
fix = pytorch.trunc
floor_divide = piecewise.floor_divide
greater = logic.gt
greater_equal = logic.ge
inner = linalg.inner
sgn = piecewise.sign
vdot = pytorch.dot
less = logic.lt
less_equal = logic.le
moveaxis = pytorch.movedim
mul = arithmetic.multiply
multiply = arithmetic.multiply
neg = arithmetic.negative
not_equal = logic.ne
positive = pytorch.clone
row_stack = pytorch.vstack
subtract = pytorch.sub
split_with_sizes = pytorch.split
swapaxes = pytorch.transpose
swapdims = pytorch.transpose
true_divide = pytorch.div
unsafe_chunk = pytorch.chunk
unsafe_split = pytorch.split
concat = shaping.concat
ger = linalg.outer

FURTHER = """
    addbmm addr atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes broadcast_tensors
    bucketize cartesian_prod cdist chain_matmul column_stack combinations copysign corrcoef cov
    cummax cummin cumulative_trapezoid diagflat dsplit dstack float_power fmax fmin gcd heaviside
    hsplit index_copy index_put is_complex is_nonzero isin isneginf isposinf isreal kron lcm
    logaddexp2 logcumsumexp masked_scatter mode msort nanmean nanmedian promote_types put quantile
    range renorm result_type rot90 scatter_reduce searchsorted select_scatter signbit
    slice_scatter trapezoid trapz unfold unique_consecutive unravel_index vander vsplit
""".split()
"""The functions in `further`, which is imported when the first of them is asked for."""

SPECIAL = "digamma erfinv lgamma mvlgamma polygamma".split()
"""Those in `special`, which is imported in the same way."""

IN_PLACE = """
    abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ asin_ asinh_ atan_
    atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach_ erf_ erfc_ exp2_
    exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ index_put_ lcm_ log10_ log1p_ log2_ log_ logit_
    nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ relu_ resize_as_ round_ rsqrt_ sigmoid_ sin_
    sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_ zero_
    conj detach get_device is_conj is_same_size is_signed resolve_conj resolve_neg
""".split()
"""Methods that are functions of `minigrad` too, as in PyTorch; most change their tensor."""
