"""Linear algebra, gathered under the Array API's extension name; also at the top level."""

from .ops.linalg import einsum, matmul, outer, tensordot, trace
from .ops.reductions import vector_norm
from .ops.shaping import diagonal, matrix_transpose

__all__ = [
    "diagonal",
    "einsum",
    "matmul",
    "matrix_transpose",
    "outer",
    "tensordot",
    "trace",
    "vector_norm",
]
