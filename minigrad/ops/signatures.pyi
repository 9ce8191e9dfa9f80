"""The signatures of the functions of operations that `minigrad` exports.

Written by scripts/attached.py; type checkers and editors read this instead of the modules.
"""

import builtins
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, SupportsIndex, overload

from numpy import dtype

from ..engine.device import device
from ..engine.tensor import Tensor
from .pytorch import Extremes, Histogram

class HasArray(Protocol):
    def __array__(self) -> Any: ...

Many = Tensor | HasArray | list[Any] | tuple[Any, ...]
Sizes = SupportsIndex | Sequence[SupportsIndex]
Target = Tensor | device | dtype[Any] | str | type[Any] | None

@overload
def abs(x: Any) -> Tensor:
    """The absolute value; its derivative at 0 is 0."""

@overload
def abs(*, input: Any) -> Tensor:
    """The absolute value; its derivative at 0 is 0."""

def abs_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`abs`, in place; returns the tensor."""

@overload
def absolute(x: Any) -> Tensor:
    """The absolute value; its derivative at 0 is 0."""

@overload
def absolute(*, input: Any) -> Tensor:
    """The absolute value; its derivative at 0 is 0."""

@overload
def acos(x: Any) -> Tensor:
    """The inverse cosine, in [0, pi]; its derivative at -1 and 1 is infinite."""

@overload
def acos(*, input: Any) -> Tensor:
    """The inverse cosine, in [0, pi]; its derivative at -1 and 1 is infinite."""

def acos_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`acos`, in place; returns the tensor."""

@overload
def acosh(x: Any) -> Tensor:
    """The inverse hyperbolic cosine; its derivative at 1 is infinite."""

@overload
def acosh(*, input: Any) -> Tensor:
    """The inverse hyperbolic cosine; its derivative at 1 is infinite."""

def acosh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`acosh`, in place; returns the tensor."""

def add(input: Any, other: Any, *, alpha: builtins.float = 1) -> Tensor:
    """input + alpha * other."""

def addbmm(
    input: Any, batch1: Any, batch2: Any, *, beta: builtins.float = 1, alpha: builtins.float = 1
) -> Tensor:
    """beta * input + alpha * (the sum of the products of a batch)."""

def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
    """input + value * tensor1 / tensor2."""

def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: builtins.float = 1) -> Tensor:
    """input + value * tensor1 * tensor2."""

def addmm(
    input: Any, mat1: Any, mat2: Any, *, beta: builtins.float = 1, alpha: builtins.float = 1
) -> Tensor:
    """beta * input + alpha * (mat1 @ mat2)."""

def addmv(
    input: Any, mat: Any, vec: Any, *, beta: builtins.float = 1, alpha: builtins.float = 1
) -> Tensor:
    """beta * input + alpha * (mat @ vec)."""

def addmv_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`addmv`, in place; returns the tensor."""

def addr(
    input: Any, vec1: Any, vec2: Any, *, beta: builtins.float = 1, alpha: builtins.float = 1
) -> Tensor:
    """beta * input + alpha * (the products of the elements of two vectors)."""

@overload
def adjoint(x: Any) -> Tensor:
    """x (..., m, n) as (..., n, m)."""

@overload
def adjoint(*, input: Any) -> Tensor:
    """x (..., m, n) as (..., n, m)."""

@overload
def all(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """Are all elements over `dim` true (not 0)?"""

@overload
def all(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """Are all elements over `dim` true (not 0)?"""

def allclose(
    input: Any,
    other: Any,
    rtol: builtins.float = 1e-05,
    atol: builtins.float = 1e-08,
    equal_nan: builtins.bool = False,
) -> builtins.bool:
    """Are all elements close, as `isclose` says?"""

@overload
def amax(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """The largest element over `dim` (all axes by default); ties share its cotangent equally."""

@overload
def amax(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """The largest element over `dim` (all axes by default); ties share its cotangent equally."""

@overload
def amin(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """The smallest element over `dim`; ties and NaN as in `amax`."""

@overload
def amin(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """The smallest element over `dim`; ties and NaN as in `amax`."""

@overload
def aminmax(
    input: Any, *, dim: Any = None, keepdim: builtins.bool = False
) -> tuple[Tensor, Tensor]:
    """The smallest and the largest element, along `dim` or of all."""

@overload
def aminmax(
    input: Any, *, axis: builtins.int | None = None, keepdims: builtins.bool = False
) -> tuple[Tensor, Tensor]:
    """The smallest and the largest element, along `dim` or of all."""

@overload
def any(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """Is any element over `dim` true (not 0)?"""

@overload
def any(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """Is any element over `dim` true (not 0)?"""

@overload
def arccos(x: Any) -> Tensor:
    """The inverse cosine, in [0, pi]; its derivative at -1 and 1 is infinite."""

@overload
def arccos(*, input: Any) -> Tensor:
    """The inverse cosine, in [0, pi]; its derivative at -1 and 1 is infinite."""

def arccos_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arccos`, in place; returns the tensor."""

@overload
def arccosh(x: Any) -> Tensor:
    """The inverse hyperbolic cosine; its derivative at 1 is infinite."""

@overload
def arccosh(*, input: Any) -> Tensor:
    """The inverse hyperbolic cosine; its derivative at 1 is infinite."""

def arccosh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arccosh`, in place; returns the tensor."""

@overload
def arcsin(x: Any) -> Tensor:
    """The inverse sine, in [-pi/2, pi/2]; its derivative at -1 and 1 is infinite."""

@overload
def arcsin(*, input: Any) -> Tensor:
    """The inverse sine, in [-pi/2, pi/2]; its derivative at -1 and 1 is infinite."""

def arcsin_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arcsin`, in place; returns the tensor."""

@overload
def arcsinh(x: Any) -> Tensor:
    """The inverse hyperbolic sine."""

@overload
def arcsinh(*, input: Any) -> Tensor:
    """The inverse hyperbolic sine."""

def arcsinh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arcsinh`, in place; returns the tensor."""

@overload
def arctan(x: Any) -> Tensor:
    """The inverse tangent, in [-pi/2, pi/2]."""

@overload
def arctan(*, input: Any) -> Tensor:
    """The inverse tangent, in [-pi/2, pi/2]."""

@overload
def arctan2(x1: Any, x2: Any) -> Tensor:
    """The angle in [-pi, pi] of the point (x2, x1); its derivatives at the origin are 0."""

@overload
def arctan2(x1: Any, *, other: Any) -> Tensor:
    """The angle in [-pi, pi] of the point (x2, x1); its derivatives at the origin are 0."""

def arctan_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arctan`, in place; returns the tensor."""

@overload
def arctanh(x: Any) -> Tensor:
    """The inverse hyperbolic tangent."""

@overload
def arctanh(*, input: Any) -> Tensor:
    """The inverse hyperbolic tangent."""

def arctanh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`arctanh`, in place; returns the tensor."""

@overload
def argmax(x: Any, axis: builtins.int | None = None, keepdims: builtins.bool = False) -> Tensor:
    """The index of the (first) largest element along `axis`; by default as if x had one axis."""

@overload
def argmax(x: Any, *, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the (first) largest element along `axis`; by default as if x had one axis."""

@overload
def argmin(x: Any, axis: builtins.int | None = None, keepdims: builtins.bool = False) -> Tensor:
    """The index of the (first) smallest element along `axis`; by default as if x had one axis."""

@overload
def argmin(x: Any, *, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """The index of the (first) smallest element along `axis`; by default as if x had one axis."""

@overload
def argsort(
    input: Any, dim: Any = -1, descending: builtins.bool = False, stable: builtins.bool = False
) -> Tensor:
    """The indices that would sort along `dim`; equal elements stay in order."""

@overload
def argsort(
    input: Any,
    *,
    axis: builtins.int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = False,
) -> Tensor:
    """The indices that would sort along `dim`; equal elements stay in order."""

def argwhere(input: Any) -> Tensor:
    """The indices of the elements that are not 0, as rows."""

@overload
def asin(x: Any) -> Tensor:
    """The inverse sine, in [-pi/2, pi/2]; its derivative at -1 and 1 is infinite."""

@overload
def asin(*, input: Any) -> Tensor:
    """The inverse sine, in [-pi/2, pi/2]; its derivative at -1 and 1 is infinite."""

def asin_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`asin`, in place; returns the tensor."""

@overload
def asinh(x: Any) -> Tensor:
    """The inverse hyperbolic sine."""

@overload
def asinh(*, input: Any) -> Tensor:
    """The inverse hyperbolic sine."""

def asinh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`asinh`, in place; returns the tensor."""

@overload
def astype(x: Any, dtype: Any) -> Tensor:
    """A copy of x in another dtype; the gradient comes back in x's own."""

@overload
def astype(*, input: Any, dtype: Any) -> Tensor:
    """A copy of x in another dtype; the gradient comes back in x's own."""

@overload
def atan(x: Any) -> Tensor:
    """The inverse tangent, in [-pi/2, pi/2]."""

@overload
def atan(*, input: Any) -> Tensor:
    """The inverse tangent, in [-pi/2, pi/2]."""

@overload
def atan2(x1: Any, x2: Any) -> Tensor:
    """The angle in [-pi, pi] of the point (x2, x1); its derivatives at the origin are 0."""

@overload
def atan2(x1: Any, *, other: Any) -> Tensor:
    """The angle in [-pi, pi] of the point (x2, x1); its derivatives at the origin are 0."""

def atan_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`atan`, in place; returns the tensor."""

@overload
def atanh(x: Any) -> Tensor:
    """The inverse hyperbolic tangent."""

@overload
def atanh(*, input: Any) -> Tensor:
    """The inverse hyperbolic tangent."""

def atanh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`atanh`, in place; returns the tensor."""

def atleast_1d(*tensors: Any) -> Any:
    """A tensor with at least one axis; of several a tuple of them."""

def atleast_2d(*tensors: Any) -> Any:
    """A tensor with at least two axes: a vector becomes a row."""

def atleast_3d(*tensors: Any) -> Any:
    """A tensor with at least three axes: a matrix gets one behind its own."""

def baddbmm(
    input: Any, batch1: Any, batch2: Any, *, beta: builtins.float = 1, alpha: builtins.float = 1
) -> Tensor:
    """beta * input + alpha * (batch1 @ batch2)."""

def bincount(input: Any, weights: Any = None, minlength: builtins.int = 0) -> Tensor:
    """How often each of the whole numbers 0, 1, ... occurs, or the sum of its weights."""

@overload
def bitwise_and(x1: Any, x2: Any) -> Tensor:
    """The bits that both whole numbers have; of bools, are both true?  TypeError for floats."""

@overload
def bitwise_and(x1: Any, *, other: Any) -> Tensor:
    """The bits that both whole numbers have; of bools, are both true?  TypeError for floats."""

@overload
def bitwise_left_shift(x1: Any, x2: Any) -> Tensor:
    """The bits of x1 moved x2 places up, x1 * 2**x2; what passes the top is lost."""

@overload
def bitwise_left_shift(x1: Any, *, other: Any) -> Tensor:
    """The bits of x1 moved x2 places up, x1 * 2**x2; what passes the top is lost."""

@overload
def bitwise_not(x: Any) -> Tensor:
    """All bits of a whole number exchanged, -x - 1; of a bool, its contrary.  TypeError for floats."""

@overload
def bitwise_not(*, input: Any) -> Tensor:
    """All bits of a whole number exchanged, -x - 1; of a bool, its contrary.  TypeError for floats."""

@overload
def bitwise_or(x1: Any, x2: Any) -> Tensor:
    """The bits that one of two whole numbers has; of bools, is one true?  TypeError for floats."""

@overload
def bitwise_or(x1: Any, *, other: Any) -> Tensor:
    """The bits that one of two whole numbers has; of bools, is one true?  TypeError for floats."""

@overload
def bitwise_right_shift(x1: Any, x2: Any) -> Tensor:
    """The bits of x1 moved x2 places down, floor(x1 / 2**x2)."""

@overload
def bitwise_right_shift(x1: Any, *, other: Any) -> Tensor:
    """The bits of x1 moved x2 places down, floor(x1 / 2**x2)."""

@overload
def bitwise_xor(x1: Any, x2: Any) -> Tensor:
    """The bits in which two whole numbers differ; of bools, do they?  TypeError for floats."""

@overload
def bitwise_xor(x1: Any, *, other: Any) -> Tensor:
    """The bits in which two whole numbers differ; of bools, do they?  TypeError for floats."""

def block_diag(*tensors: Any) -> Tensor:
    """Matrices along the diagonal of one, 0 elsewhere; a vector is a row."""

def bmm(input: Any, mat2: Any) -> Tensor:
    """The products of two batches of matrices, (b, m, k) @ (b, k, n); ValueError for others."""

def broadcast_shapes(*shapes: Any) -> Any:
    """The shape that these broadcast to; ValueError if they do not."""

def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """The tensors, each expanded to the shape that all of them broadcast to."""

@overload
def broadcast_to(x: Any, shape: Any) -> Tensor:
    """x repeated to a larger shape, without a copy."""

@overload
def broadcast_to(*, input: Any, shape: Any) -> Tensor:
    """x repeated to a larger shape, without a copy."""

def bucketize(
    input: Any, boundaries: Any, *, out_int32: builtins.bool = False, right: builtins.bool = False
) -> Tensor:
    """In which of the parts between boundaries each number lies."""

def cartesian_prod(*tensors: Any) -> Tensor:
    """All choices of one element of each vector, as rows."""

@overload
def cat(tensors: Iterable[Any], dim: Any = 0) -> Tensor:
    """Tensors joined along an axis that they have."""

@overload
def cat(tensors: Iterable[Any], *, axis: builtins.int = 0) -> Tensor:
    """Tensors joined along an axis that they have."""

def cdist(
    x1: Any, x2: Any, p: builtins.float = 2.0, compute_mode: builtins.str | None = None
) -> Tensor:
    """The distances of all pairs of rows: x1 (..., n, d) and x2 (..., m, d) give (..., n, m)."""

@overload
def ceil(x: Any) -> Tensor:
    """The smallest whole number that is not below x; its derivative is 0."""

@overload
def ceil(*, input: Any) -> Tensor:
    """The smallest whole number that is not below x; its derivative is 0."""

def ceil_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`ceil`, in place; returns the tensor."""

def chain_matmul(*matrices: Any) -> Tensor:
    """The product of matrices, from the left."""

@overload
def chunk(input: Any, chunks: builtins.int, dim: Any = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts along an axis, all but the last of one size."""

@overload
def chunk(input: Any, chunks: builtins.int, *, axis: builtins.int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts along an axis, all but the last of one size."""

def clamp(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """Hold x to [min, max]; None leaves a side open.  The gradient passes at the bounds."""

def clamp_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`clamp`, in place; returns the tensor."""

def clamp_max(input: Any, max: Any) -> Tensor:
    """Hold x to at most `max`."""

def clamp_max_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`clamp_max`, in place; returns the tensor."""

def clamp_min(input: Any, min: Any) -> Tensor:
    """Hold x to at least `min`."""

def clamp_min_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`clamp_min`, in place; returns the tensor."""

def clip(input: Any, min: Any = None, max: Any = None) -> Tensor:
    """Hold x to [min, max]; None leaves a side open.  The gradient passes at the bounds."""

def clip_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`clip`, in place; returns the tensor."""

def clone(input: Any, *, memory_format: Any = None) -> Tensor:
    """A copy of the values; recorded, so that the gradient goes back to the input."""

def column_stack(tensors: Iterable[Any]) -> Tensor:
    """Vectors as the columns of a matrix; matrices side by side."""

def combinations(
    input: Any, r: builtins.int = 2, with_replacement: builtins.bool = False
) -> Tensor:
    """All choices of r elements of a vector, in order, as rows."""

@overload
def concat(arrays: Iterable[Any], axis: builtins.int | None = 0) -> Tensor:
    """Arrays joined along an axis that they have; with None all elements, in one axis."""

@overload
def concat(arrays: Iterable[Any], *, dim: Any = 0) -> Tensor:
    """Arrays joined along an axis that they have; with None all elements, in one axis."""

@overload
def concatenate(tensors: Iterable[Any], dim: Any = 0) -> Tensor:
    """Tensors joined along an axis that they have."""

@overload
def concatenate(tensors: Iterable[Any], *, axis: builtins.int = 0) -> Tensor:
    """Tensors joined along an axis that they have."""

def conj(self: Tensor) -> Tensor:
    """The tensor: its numbers are real, and its memory is this process's."""

def copysign(input: Any, other: Any) -> Tensor:
    """The magnitude of the input with the sign of the other, of a zero too."""

def corrcoef(input: Any) -> Tensor:
    """Pearson's correlations of variables, which are the rows of the input."""

@overload
def cos(x: Any) -> Tensor:
    """The cosine of x in radians."""

@overload
def cos(*, input: Any) -> Tensor:
    """The cosine of x in radians."""

def cos_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`cos`, in place; returns the tensor."""

@overload
def cosh(x: Any) -> Tensor:
    """The hyperbolic cosine."""

@overload
def cosh(*, input: Any) -> Tensor:
    """The hyperbolic cosine."""

def cosh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`cosh`, in place; returns the tensor."""

@overload
def count_nonzero(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """How many elements over `dim` are not 0."""

@overload
def count_nonzero(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """How many elements over `dim` are not 0."""

def cov(
    input: Any, *, correction: builtins.int = 1, fweights: Any = None, aweights: Any = None
) -> Tensor:
    """The covariances of variables, which are the rows of the input."""

@overload
def cross(input: Any, other: Any, dim: Any = None) -> Tensor:
    """The cross products of vectors of three numbers along an axis; ValueError for others."""

@overload
def cross(input: Any, other: Any, *, axis: builtins.int | None = None) -> Tensor:
    """The cross products of vectors of three numbers along an axis; ValueError for others."""

def cummax(input: Any, dim: Any) -> Extremes:
    """The largest element so far along an axis, and where it is, the last of equal ones."""

def cummin(input: Any, dim: Any) -> Extremes:
    """The smallest element so far along an axis, and where it is, the last of equal ones."""

@overload
def cumprod(input: Any, dim: Any, *, dtype: Any = None) -> Tensor:
    """The products of the first 1, 2, ... elements along `dim`."""

@overload
def cumprod(input: Any, *, axis: builtins.int, dtype: Any = None) -> Tensor:
    """The products of the first 1, 2, ... elements along `dim`."""

@overload
def cumsum(input: Any, dim: Any = None, *, dtype: Any = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `dim`; by default as if x had one axis."""

@overload
def cumsum(input: Any, *, axis: builtins.int | None = None, dtype: Any = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `dim`; by default as if x had one axis."""

@overload
def cumulative_sum(input: Any, dim: Any = None, *, dtype: Any = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `dim`; by default as if x had one axis."""

@overload
def cumulative_sum(input: Any, *, axis: builtins.int | None = None, dtype: Any = None) -> Tensor:
    """The sums of the first 1, 2, ... elements along `dim`; by default as if x had one axis."""

def cumulative_trapezoid(
    y: Any, x: Any = None, *, dx: builtins.float | None = None, dim: Any = -1
) -> Tensor:
    """The integral up to each place but the first, by the trapezoidal rule."""

def deg2rad(input: Any) -> Tensor:
    """Degrees as radians."""

def deg2rad_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`deg2rad`, in place; returns the tensor."""

def detach(self: Any) -> Tensor:
    """The same values as a constant.  Shares memory, as in PyTorch."""

def detach_(self: Tensor) -> Tensor:
    """Take this tensor out of its graph."""

def diag(input: Any, diagonal: builtins.int = 0) -> Tensor:
    """A copy of the diagonal of a matrix, or a matrix with a vector on its diagonal."""

@overload
def diag_embed(
    input: Any, offset: builtins.int = 0, dim1: builtins.int = -2, dim2: builtins.int = -1
) -> Tensor:
    """Zeros but for the last axis of x, which lies on a diagonal of two new last axes."""

@overload
def diag_embed(
    input: Any, offset: builtins.int = 0, *, axis1: builtins.int = -2, dim2: builtins.int = -1
) -> Tensor:
    """Zeros but for the last axis of x, which lies on a diagonal of two new last axes."""

def diagflat(input: Any, offset: builtins.int = 0) -> Tensor:
    """A matrix with all elements on a diagonal."""

@overload
def diagonal(
    x: Any, offset: builtins.int = 0, dim1: builtins.int = 0, dim2: builtins.int = 1
) -> Tensor:
    """The elements of x at (i, i + offset) along two axes, for all others; as one last axis."""

@overload
def diagonal(
    x: Any, offset: builtins.int = 0, *, axis1: builtins.int = 0, dim2: builtins.int = 1
) -> Tensor:
    """The elements of x at (i, i + offset) along two axes, for all others; as one last axis."""

@overload
def diff(
    input: Any, n: builtins.int = 1, dim: Any = -1, prepend: Any = None, append: Any = None
) -> Tensor:
    """The differences of neighbours along an axis, taken n times."""

@overload
def diff(
    input: Any,
    n: builtins.int = 1,
    *,
    axis: builtins.int = -1,
    prepend: Any = None,
    append: Any = None,
) -> Tensor:
    """The differences of neighbours along an axis, taken n times."""

def digamma(input: Any) -> Tensor:
    """The derivative of `lgamma`; -inf at 0, NaN at negative whole numbers."""

def dist(input: Any, other: Any, p: builtins.float = 2) -> Tensor:
    """The p-norm of the difference."""

def div(input: Any, other: Any, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" or "trunc" rounded down or towards 0."""

def divide(input: Any, other: Any, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" or "trunc" rounded down or towards 0."""

def dot(input: Any, tensor: Any) -> Tensor:
    """The inner product of two vectors; ValueError for other shapes."""

def dsplit(input: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """As `hsplit`, along the third axis."""

def dstack(tensors: Iterable[Any]) -> Tensor:
    """Tensors joined along their third axis."""

def einsum(subscripts: builtins.str, *operands: Any) -> Tensor:
    """Einstein's summation: products, summed over the indices that the output lacks."""

@overload
def eq(x1: Any, x2: Any) -> Tensor:
    """x1 == x2."""

@overload
def eq(x1: Any, *, other: Any) -> Tensor:
    """x1 == x2."""

def equal(input: Any, other: Any) -> builtins.bool:
    """Have two tensors the same shape and elements?  A Python bool; elementwise it is `eq`."""

@overload
def erf(x: Any) -> Tensor:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x."""

@overload
def erf(*, input: Any) -> Tensor:
    """The error function, 2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x."""

def erf_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`erf`, in place; returns the tensor."""

@overload
def erfc(x: Any) -> Tensor:
    """1 - erf(x), accurate also where erf(x) is next to 1."""

@overload
def erfc(*, input: Any) -> Tensor:
    """1 - erf(x), accurate also where erf(x) is next to 1."""

def erfc_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`erfc`, in place; returns the tensor."""

def erfinv(input: Any) -> Tensor:
    """The number whose `erf` is the input; infinite at -1 and 1, NaN beyond."""

@overload
def exp(x: Any) -> Tensor:
    """The exponential function, e to the power of x."""

@overload
def exp(*, input: Any) -> Tensor:
    """The exponential function, e to the power of x."""

def exp2(input: Any) -> Tensor:
    """2 to the power of the input."""

def exp2_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`exp2`, in place; returns the tensor."""

def exp_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`exp`, in place; returns the tensor."""

def expand(input: Any, *sizes: Sizes) -> Tensor:
    """x repeated to a larger shape without a copy; -1 leaves an axis as it is."""

def expand_as(input: Any, other: Any) -> Tensor:
    """x repeated to the shape of `other`, without a copy."""

@overload
def expand_dims(x: Any, axis: Any) -> Tensor:
    """x with new axes of size 1, which are then at `axis`."""

@overload
def expand_dims(x: Any, *, dim: Any) -> Tensor:
    """x with new axes of size 1, which are then at `axis`."""

@overload
def expm1(x: Any) -> Tensor:
    """exp(x) - 1, accurate for small x too."""

@overload
def expm1(*, input: Any) -> Tensor:
    """exp(x) - 1, accurate for small x too."""

def expm1_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`expm1`, in place; returns the tensor."""

def fill_(self: Tensor, value: Any) -> Tensor:
    """Overwrite every element by one number, in place; ValueError for several."""

def fix(input: Any) -> Tensor:
    """The nearest whole number towards 0; its derivative is 0."""

def fix_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`fix`, in place; returns the tensor."""

def flatten(input: Any, start_dim: builtins.int = 0, end_dim: builtins.int = -1) -> Tensor:
    """One axis of the axes from `start_dim` to `end_dim`, both included."""

def flip(input: Any, *dims: Sizes) -> Tensor:
    """A copy of x in reverse order along `dims`."""

def fliplr(input: Any) -> Tensor:
    """x in reverse order along the second axis."""

def flipud(input: Any) -> Tensor:
    """x in reverse order along the first axis."""

def float_power(input: Any, exponent: Any) -> Tensor:
    """A power computed in float64."""

@overload
def floor(x: Any) -> Tensor:
    """The largest whole number that is not above x; its derivative is 0."""

@overload
def floor(*, input: Any) -> Tensor:
    """The largest whole number that is not above x; its derivative is 0."""

def floor_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`floor`, in place; returns the tensor."""

@overload
def floor_divide(x1: Any, x2: Any) -> Tensor:
    """The largest whole number that is not above x1 / x2; its derivatives are 0."""

@overload
def floor_divide(x1: Any, *, other: Any) -> Tensor:
    """The largest whole number that is not above x1 / x2; its derivatives are 0."""

def fmax(input: Any, other: Any) -> Tensor:
    """The larger of each pair, the input at a tie; where one is NaN, the other."""

def fmin(input: Any, other: Any) -> Tensor:
    """The smaller of each pair, the input at a tie; where one is NaN, the other."""

def fmod(input: Any, other: Any) -> Tensor:
    """The remainder of a division rounded towards 0, which has the sign of the input."""

def frac(input: Any) -> Tensor:
    """What `trunc` takes away."""

def frac_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`frac`, in place; returns the tensor."""

@overload
def gather(input: Any, dim: Any, index: Any) -> Tensor:
    """out[i, j] = input[index[i, j], j] for dim 0, input[i, index[i, j]] for dim 1, and so on."""

@overload
def gather(input: Any, *, axis: builtins.int, index: Any) -> Tensor:
    """out[i, j] = input[index[i, j], j] for dim 0, input[i, index[i, j]] for dim 1, and so on."""

def gcd(input: Any, other: Any) -> Tensor:
    """The greatest common divisor of whole numbers."""

def gcd_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`gcd`, in place; returns the tensor."""

@overload
def ge(x1: Any, x2: Any) -> Tensor:
    """x1 >= x2."""

@overload
def ge(x1: Any, *, other: Any) -> Tensor:
    """x1 >= x2."""

@overload
def ger(x1: Any, x2: Any) -> Tensor:
    """All products of the elements of two vectors: out[i, j] = x1[i] * x2[j]."""

@overload
def ger(x1: Any, *, other: Any) -> Tensor:
    """All products of the elements of two vectors: out[i, j] = x1[i] * x2[j]."""

def get_device(self: Tensor) -> builtins.int:
    """-1, the processor's number."""

@overload
def getitem(x: Any, index: Any) -> Tensor:
    """x[index], with everything that NumPy knows as an index, and tensors in it."""

@overload
def getitem(*, input: Any, index: Any) -> Tensor:
    """x[index], with everything that NumPy knows as an index, and tensors in it."""

@overload
def greater(x1: Any, x2: Any) -> Tensor:
    """x1 > x2."""

@overload
def greater(x1: Any, *, other: Any) -> Tensor:
    """x1 > x2."""

@overload
def greater_equal(x1: Any, x2: Any) -> Tensor:
    """x1 >= x2."""

@overload
def greater_equal(x1: Any, *, other: Any) -> Tensor:
    """x1 >= x2."""

@overload
def gt(x1: Any, x2: Any) -> Tensor:
    """x1 > x2."""

@overload
def gt(x1: Any, *, other: Any) -> Tensor:
    """x1 > x2."""

def heaviside(input: Any, values: Any) -> Tensor:
    """0 for negative elements, 1 for positive ones, `values` at 0."""

def histc(
    input: Any, bins: builtins.int = 100, min: builtins.float = 0, max: builtins.float = 0
) -> Tensor:
    """How many elements fall into each of `bins` equal parts of [min, max], or of their range."""

def histogram(
    input: Any,
    bins: Any = 100,
    *,
    range: Any = None,
    weight: Any = None,
    density: builtins.bool = False,
) -> Histogram:
    """How many elements fall into each bin: (hist, bin_edges)."""

def hsplit(input: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """`tensor_split` in equal parts along the second axis, or the only one."""

def hstack(tensors: Iterable[Any]) -> Tensor:
    """Tensors joined side by side: along the second axis, or the only one."""

@overload
def hypot(x1: Any, x2: Any) -> Tensor:
    """sqrt(x1**2 + x2**2) without overflow; its derivatives at the origin are 0."""

@overload
def hypot(x1: Any, *, other: Any) -> Tensor:
    """sqrt(x1**2 + x2**2) without overflow; its derivatives at the origin are 0."""

@overload
def index_add(
    input: Any, dim: Any, index: Any, source: Any, *, alpha: builtins.float = 1
) -> Tensor:
    """A copy of the input with the slices of `source` added at `index` along an axis."""

@overload
def index_add(
    input: Any, *, axis: builtins.int, index: Any, source: Any, alpha: builtins.float = 1
) -> Tensor:
    """A copy of the input with the slices of `source` added at `index` along an axis."""

def index_copy(input: Any, dim: Any, index: Any, source: Any) -> Tensor:
    """A copy of the input with the slices `index` along an axis taken from the source."""

@overload
def index_fill(input: Any, dim: Any, index: Any, value: Any) -> Tensor:
    """A copy of the input with `value` in the slices `index` along an axis."""

@overload
def index_fill(input: Any, *, axis: builtins.int, index: Any, value: Any) -> Tensor:
    """A copy of the input with `value` in the slices `index` along an axis."""

def index_put(input: Any, indices: Any, values: Any, accumulate: builtins.bool = False) -> Tensor:
    """A copy of the input with `values` at places, or added to what is there."""

def index_put_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`index_put`, in place; returns the tensor."""

@overload
def index_select(input: Any, dim: Any, index: Any) -> Tensor:
    """The slices `index`, a vector of integers, along an axis."""

@overload
def index_select(input: Any, *, axis: builtins.int, index: Any) -> Tensor:
    """The slices `index`, a vector of integers, along an axis."""

@overload
def inner(x1: Any, x2: Any) -> Tensor:
    """Products summed over the last axis of both; of two vectors their inner product."""

@overload
def inner(x1: Any, *, other: Any) -> Tensor:
    """Products summed over the last axis of both; of two vectors their inner product."""

def is_complex(input: Any) -> builtins.bool:
    """Are the numbers complex?  Never."""

def is_conj(self: Tensor) -> builtins.bool:
    """Never."""

def is_nonzero(input: Any) -> builtins.bool:
    """Is the single element not 0?  ValueError for several."""

def is_same_size(self: Tensor, other: Tensor) -> builtins.bool:
    """Has another the same shape?"""

def is_signed(self: Tensor) -> builtins.bool:
    """Can there be negative numbers in its dtype?"""

def isclose(
    input: Any,
    other: Any,
    rtol: builtins.float = 1e-05,
    atol: builtins.float = 1e-08,
    equal_nan: builtins.bool = False,
) -> Tensor:
    """Is |input - other| <= atol + rtol |other|, elementwise?"""

@overload
def isfinite(x: Any) -> Tensor:
    """Is x neither infinite nor NaN?"""

@overload
def isfinite(*, input: Any) -> Tensor:
    """Is x neither infinite nor NaN?"""

def isin(elements: Any, test_elements: Any, *, invert: builtins.bool = False) -> Tensor:
    """Which elements occur among the others?"""

@overload
def isinf(x: Any) -> Tensor:
    """Is x infinite, of either sign?"""

@overload
def isinf(*, input: Any) -> Tensor:
    """Is x infinite, of either sign?"""

@overload
def isnan(x: Any) -> Tensor:
    """Is x not a number?"""

@overload
def isnan(*, input: Any) -> Tensor:
    """Is x not a number?"""

def isneginf(input: Any) -> Tensor:
    """Which elements are -inf?"""

def isposinf(input: Any) -> Tensor:
    """Which elements are +inf?"""

def isreal(input: Any) -> Tensor:
    """Which elements are real?  All of them."""

def kron(input: Any, other: Any) -> Tensor:
    """Kronecker's product: each element of the input times the other tensor, in its place."""

@overload
def kthvalue(
    input: Any, k: builtins.int, dim: Any = -1, keepdim: builtins.bool = False
) -> Extremes:
    """The k-th smallest element along `dim`, from 1, and where it was."""

@overload
def kthvalue(
    input: Any, k: builtins.int, *, axis: builtins.int = -1, keepdims: builtins.bool = False
) -> Extremes:
    """The k-th smallest element along `dim`, from 1, and where it was."""

def lcm(input: Any, other: Any) -> Tensor:
    """The least common multiple of whole numbers."""

def lcm_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`lcm`, in place; returns the tensor."""

@overload
def le(x1: Any, x2: Any) -> Tensor:
    """x1 <= x2."""

@overload
def le(x1: Any, *, other: Any) -> Tensor:
    """x1 <= x2."""

def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """input + weight * (end - input); from the end that is nearer, so that it is met exactly."""

@overload
def less(x1: Any, x2: Any) -> Tensor:
    """x1 < x2."""

@overload
def less(x1: Any, *, other: Any) -> Tensor:
    """x1 < x2."""

@overload
def less_equal(x1: Any, x2: Any) -> Tensor:
    """x1 <= x2."""

@overload
def less_equal(x1: Any, *, other: Any) -> Tensor:
    """x1 <= x2."""

def lgamma(input: Any) -> Tensor:
    """log |Γ(input)|; infinite at 0 and at negative whole numbers."""

@overload
def log(x: Any) -> Tensor:
    """The natural logarithm."""

@overload
def log(*, input: Any) -> Tensor:
    """The natural logarithm."""

@overload
def log10(x: Any) -> Tensor:
    """The logarithm to base 10."""

@overload
def log10(*, input: Any) -> Tensor:
    """The logarithm to base 10."""

def log10_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`log10`, in place; returns the tensor."""

@overload
def log1p(x: Any) -> Tensor:
    """log(1 + x), accurate for small x too."""

@overload
def log1p(*, input: Any) -> Tensor:
    """log(1 + x), accurate for small x too."""

def log1p_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`log1p`, in place; returns the tensor."""

@overload
def log2(x: Any) -> Tensor:
    """The logarithm to base 2."""

@overload
def log2(*, input: Any) -> Tensor:
    """The logarithm to base 2."""

def log2_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`log2`, in place; returns the tensor."""

def log_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`log`, in place; returns the tensor."""

@overload
def logaddexp(x1: Any, x2: Any) -> Tensor:
    """log(exp(x1) + exp(x2)) without overflow; two equal infinities share the cotangent."""

@overload
def logaddexp(x1: Any, *, other: Any) -> Tensor:
    """log(exp(x1) + exp(x2)) without overflow; two equal infinities share the cotangent."""

def logaddexp2(input: Any, other: Any) -> Tensor:
    """log2(2^x + 2^y), without overflow."""

def logcumsumexp(input: Any, dim: Any) -> Tensor:
    """The logarithm of the running sum of exponentials along an axis, without overflow."""

@overload
def logical_and(x1: Any, x2: Any) -> Tensor:
    """Are both true (not 0)?"""

@overload
def logical_and(x1: Any, *, other: Any) -> Tensor:
    """Are both true (not 0)?"""

@overload
def logical_not(x: Any) -> Tensor:
    """Is x false (0)?"""

@overload
def logical_not(*, input: Any) -> Tensor:
    """Is x false (0)?"""

@overload
def logical_or(x1: Any, x2: Any) -> Tensor:
    """Is one of the two true (not 0)?"""

@overload
def logical_or(x1: Any, *, other: Any) -> Tensor:
    """Is one of the two true (not 0)?"""

@overload
def logical_xor(x1: Any, x2: Any) -> Tensor:
    """Is exactly one of the two true (not 0)?"""

@overload
def logical_xor(x1: Any, *, other: Any) -> Tensor:
    """Is exactly one of the two true (not 0)?"""

def logit(input: Any, eps: builtins.float | None = None) -> Tensor:
    """log(p / (1 - p)); with `eps` p is held to [eps, 1 - eps] first."""

def logit_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`logit`, in place; returns the tensor."""

@overload
def logsumexp(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Tensor:
    """log(sum(exp(x))) over `dim`, however large or small x is; -inf of nothing."""

@overload
def logsumexp(input: Any, *, axis: Any = None, keepdims: builtins.bool = False) -> Tensor:
    """log(sum(exp(x))) over `dim`, however large or small x is; -inf of nothing."""

@overload
def lt(x1: Any, x2: Any) -> Tensor:
    """x1 < x2."""

@overload
def lt(x1: Any, *, other: Any) -> Tensor:
    """x1 < x2."""

def masked_fill(input: Any, mask: Any, value: Any) -> Tensor:
    """A copy of the input with `value` where the mask, which broadcasts, is true."""

def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """A copy of the input whose elements under the mask are the first ones of the source."""

def masked_select(input: Any, mask: Any) -> Tensor:
    """The elements where the mask is true, in one axis; the two broadcast."""

@overload
def matmul(x1: Any, x2: Any) -> Tensor:
    """The matrix product x1 (..., m, k) @ x2 (..., k, n), of shape (..., m, n)."""

@overload
def matmul(x1: Any, *, other: Any) -> Tensor:
    """The matrix product x1 (..., m, k) @ x2 (..., k, n), of shape (..., m, n)."""

@overload
def matrix_transpose(x: Any) -> Tensor:
    """x (..., m, n) as (..., n, m)."""

@overload
def matrix_transpose(*, input: Any) -> Tensor:
    """x (..., m, n) as (..., n, m)."""

@overload
def max(input: Any, dim: builtins.int, keepdim: builtins.bool = False) -> Extremes:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair."""

@overload
def max(input: Any, *, axis: builtins.int, keepdims: builtins.bool = False) -> Extremes:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair."""

@overload
def max(input: Any, dim: Tensor | None = None) -> Tensor:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair."""

@overload
def max(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Any:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair."""

@overload
def max(input: Any, *, axis: Any, keepdims: builtins.bool = False) -> Any:
    """The largest element; along `dim` with its index; or, of two tensors, the larger of each pair."""

@overload
def maximum(x1: Any, x2: Any) -> Tensor:
    """The larger of two; a tie shares its cotangent equally."""

@overload
def maximum(x1: Any, *, other: Any) -> Tensor:
    """The larger of two; a tie shares its cotangent equally."""

@overload
def mean(
    input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None
) -> Tensor:
    """The mean over `dim` (all axes by default); NaN of nothing."""

@overload
def mean(
    input: Any, *, axis: Any = None, keepdims: builtins.bool = False, dtype: Any = None
) -> Tensor:
    """The mean over `dim` (all axes by default); NaN of nothing."""

@overload
def median(input: Any, dim: builtins.int, keepdim: builtins.bool = False) -> Extremes:
    """The middle element in order, the lower of two; along `dim` with its index."""

@overload
def median(input: Any, *, axis: builtins.int, keepdims: builtins.bool = False) -> Extremes:
    """The middle element in order, the lower of two; along `dim` with its index."""

@overload
def median(input: Any, dim: None = None) -> Tensor:
    """The middle element in order, the lower of two; along `dim` with its index."""

@overload
def median(input: Any, *, axis: None, keepdims: builtins.bool = False) -> Tensor:
    """The middle element in order, the lower of two; along `dim` with its index."""

def meshgrid(*tensors: Any, indexing: builtins.str = "ij") -> tuple[Tensor, ...]:
    """Coordinates of a grid: for each vector a tensor over all combinations."""

@overload
def min(input: Any, dim: builtins.int, keepdim: builtins.bool = False) -> Extremes:
    """The smallest element; otherwise as `max`."""

@overload
def min(input: Any, *, axis: builtins.int, keepdims: builtins.bool = False) -> Extremes:
    """The smallest element; otherwise as `max`."""

@overload
def min(input: Any, dim: Tensor | None = None) -> Tensor:
    """The smallest element; otherwise as `max`."""

@overload
def min(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Any:
    """The smallest element; otherwise as `max`."""

@overload
def min(input: Any, *, axis: Any, keepdims: builtins.bool = False) -> Any:
    """The smallest element; otherwise as `max`."""

@overload
def minimum(x1: Any, x2: Any) -> Tensor:
    """The smaller of two; a tie shares its cotangent equally."""

@overload
def minimum(x1: Any, *, other: Any) -> Tensor:
    """The smaller of two; a tie shares its cotangent equally."""

def mm(input: Any, mat2: Any) -> Tensor:
    """The product of two matrices; ValueError for other shapes."""

def mode(input: Any, dim: Any = -1, keepdim: builtins.bool = False) -> Extremes:
    """The most frequent element along `dim`, the smallest of several, and where it was last."""

def moveaxis(input: Any, source: Any, destination: Any) -> Tensor:
    """x with some axes in other places, the rest in order."""

def movedim(input: Any, source: Any, destination: Any) -> Tensor:
    """x with some axes in other places, the rest in order."""

def msort(input: Any) -> Tensor:
    """The elements in order along the first axis."""

@overload
def mul(x1: Any, x2: Any) -> Tensor:
    """x1 * x2."""

@overload
def mul(x1: Any, *, other: Any) -> Tensor:
    """x1 * x2."""

@overload
def multiply(x1: Any, x2: Any) -> Tensor:
    """x1 * x2."""

@overload
def multiply(x1: Any, *, other: Any) -> Tensor:
    """x1 * x2."""

def mv(input: Any, vec: Any) -> Tensor:
    """The product of a matrix and a vector; ValueError for other shapes."""

def mvlgamma(input: Any, p: builtins.int) -> Tensor:
    """The logarithm of the gamma function of p dimensions, constant included."""

def nan_to_num(
    input: Any,
    nan: builtins.float = 0.0,
    posinf: builtins.float | None = None,
    neginf: builtins.float | None = None,
) -> Tensor:
    """x with numbers for NaN and the infinities, by default 0 and the largest of the dtype."""

def nan_to_num_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`nan_to_num`, in place; returns the tensor."""

def nanmean(
    input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None
) -> Tensor:
    """The mean of what is not NaN; NaN where all is."""

def nanmedian(input: Any, dim: Any = None, keepdim: builtins.bool = False) -> Any:
    """`median` of what is not NaN; NaN where all is.  Raises IndexError as `median`."""

@overload
def nansum(
    input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None
) -> Tensor:
    """The sum over `dim` of what is not NaN."""

@overload
def nansum(
    input: Any, *, axis: Any = None, keepdims: builtins.bool = False, dtype: Any = None
) -> Tensor:
    """The sum over `dim` of what is not NaN."""

@overload
def narrow(input: Any, dim: Any, start: builtins.int, length: builtins.int) -> Tensor:
    """The `length` slices along an axis that begin at `start`."""

@overload
def narrow(input: Any, *, axis: builtins.int, start: builtins.int, length: builtins.int) -> Tensor:
    """The `length` slices along an axis that begin at `start`."""

@overload
def ne(x1: Any, x2: Any) -> Tensor:
    """x1 != x2."""

@overload
def ne(x1: Any, *, other: Any) -> Tensor:
    """x1 != x2."""

@overload
def neg(x: Any) -> Tensor:
    """-x."""

@overload
def neg(*, input: Any) -> Tensor:
    """-x."""

def neg_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`neg`, in place; returns the tensor."""

@overload
def negative(x: Any) -> Tensor:
    """-x."""

@overload
def negative(*, input: Any) -> Tensor:
    """-x."""

def negative_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`negative`, in place; returns the tensor."""

def nonzero(input: Any, *, as_tuple: builtins.bool = False) -> Any:
    """The indices of the elements that are not 0: rows, or a tuple with a tensor an axis."""

@overload
def norm(
    input: Any, p: Any = "fro", dim: Any = None, keepdim: builtins.bool = False, dtype: Any = None
) -> Tensor:
    """The p-norm of the elements along `dim` (of all by default); "fro" and None mean 2."""

@overload
def norm(
    input: Any,
    p: Any = "fro",
    *,
    axis: Any = None,
    keepdims: builtins.bool = False,
    dtype: Any = None,
) -> Tensor:
    """The p-norm of the elements along `dim` (of all by default); "fro" and None mean 2."""

@overload
def not_equal(x1: Any, x2: Any) -> Tensor:
    """x1 != x2."""

@overload
def not_equal(x1: Any, *, other: Any) -> Tensor:
    """x1 != x2."""

def numel(input: Tensor) -> builtins.int:
    """The number of elements."""

@overload
def outer(x1: Any, x2: Any) -> Tensor:
    """All products of the elements of two vectors: out[i, j] = x1[i] * x2[j]."""

@overload
def outer(x1: Any, *, other: Any) -> Tensor:
    """All products of the elements of two vectors: out[i, j] = x1[i] * x2[j]."""

@overload
def pad(x: Any, pad_width: Any, constant_values: builtins.float = 0) -> Tensor:
    """x with a border of a constant."""

@overload
def pad(*, input: Any, pad_width: Any, constant_values: builtins.float = 0) -> Tensor:
    """x with a border of a constant."""

def permute(input: Any, *dims: Sizes) -> Tensor:
    """x with its axes in another order, given as one tuple or one by one."""

@overload
def permute_dims(x: Any, axes: Any) -> Tensor:
    """x with its axes in another order: axis i of the result is axis `axes[i]` of x."""

@overload
def permute_dims(x: Any, *, dims: Any) -> Tensor:
    """x with its axes in another order: axis i of the result is axis `axes[i]` of x."""

def polygamma(n: builtins.int, input: Any) -> Tensor:
    """The n-th derivative of `digamma`."""

def positive(input: Any, *, memory_format: Any = None) -> Tensor:
    """A copy of the values; recorded, so that the gradient goes back to the input."""

@overload
def pow(x1: Any, x2: Any) -> Tensor:
    """x1 to the power of x2; either may be a constant."""

@overload
def pow(x1: Any, *, other: Any) -> Tensor:
    """x1 to the power of x2; either may be a constant."""

@overload
def prod(
    input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None
) -> Tensor:
    """The product over `dim` (all axes by default); 1 of nothing."""

@overload
def prod(
    input: Any, *, axis: Any = None, keepdims: builtins.bool = False, dtype: Any = None
) -> Tensor:
    """The product over `dim` (all axes by default); 1 of nothing."""

def promote_types(type1: Any, type2: Any) -> Any:
    """The smallest dtype that both convert to; a floating one stays beside integers."""

def put(input: Any, index: Any, source: Any, accumulate: builtins.bool = False) -> Tensor:
    """A copy of the input with `source` at places counted as if it were flat."""

def quantile(
    input: Any,
    q: Any,
    dim: Any = None,
    keepdim: builtins.bool = False,
    *,
    interpolation: builtins.str = "linear",
) -> Tensor:
    """The values below which fractions q of the elements lie, between two of them by a line."""

def rad2deg(input: Any) -> Tensor:
    """Radians as degrees."""

def rad2deg_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`rad2deg`, in place; returns the tensor."""

def range(
    start: builtins.float, end: builtins.float, step: builtins.float = 1, *, dtype: Any = None
) -> Tensor:
    """As `arange`, with the end; floating."""

def ravel(input: Any) -> Tensor:
    """The elements in one axis: a view where they lie in order without gaps, else a copy."""

@overload
def reciprocal(x: Any) -> Tensor:
    """1 / x."""

@overload
def reciprocal(*, input: Any) -> Tensor:
    """1 / x."""

def reciprocal_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`reciprocal`, in place; returns the tensor."""

def relu_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`relu`, in place; returns the tensor."""

@overload
def remainder(x1: Any, x2: Any) -> Tensor:
    """x1 - floor(x1 / x2) * x2, which has the sign of x2."""

@overload
def remainder(x1: Any, *, other: Any) -> Tensor:
    """x1 - floor(x1 / x2) * x2, which has the sign of x2."""

def renorm(input: Any, p: builtins.float, dim: Any, maxnorm: builtins.float) -> Tensor:
    """The input with those slices along `dim` made shorter whose p-norm is above `maxnorm`."""

def repeat(input: Any, *repeats: Sizes) -> Tensor:
    """x laid side by side with itself, `repeats[i]` times along axis i; at least one an axis."""

@overload
def repeat_interleave(x: Any, repeats: Any, axis: builtins.int | None = None) -> Tensor:
    """Every element along an axis `repeats` times (one number, or one for each element)."""

@overload
def repeat_interleave(x: Any, repeats: Any, *, dim: Any = None) -> Tensor:
    """Every element along an axis `repeats` times (one number, or one for each element)."""

def reshape(input: Any, *shape: Sizes) -> Tensor:
    """The same elements in another shape, given as one tuple or one by one; one size may be -1."""

def resize_as_(self: Tensor, other: Tensor) -> Tensor:
    """`resize_` to the shape of another."""

def resolve_conj(self: Tensor) -> Tensor:
    """The tensor: its numbers are real, and its memory is this process's."""

def resolve_neg(self: Tensor) -> Tensor:
    """The tensor: its numbers are real, and its memory is this process's."""

def result_type(tensor1: Any, tensor2: Any) -> Any:
    """The dtype that an operation of two gives, whatever their sizes."""

@overload
def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """x moved on by `shift` along `axis`; what leaves at the end comes in at the beginning."""

@overload
def roll(x: Any, shift: Any, *, dim: Any = None) -> Tensor:
    """x moved on by `shift` along `axis`; what leaves at the end comes in at the beginning."""

def rot90(input: Any, k: builtins.int = 1, dims: Any = (0, 1)) -> Tensor:
    """The input turned by k quarters, from the first of two axes towards the second."""

def round(input: Any, *, decimals: builtins.int = 0) -> Tensor:
    """The nearest number with so many decimals, the even one of two; its derivative is 0."""

def round_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`round`, in place; returns the tensor."""

def row_stack(tensors: Iterable[Any]) -> Tensor:
    """Tensors joined one above the other; one of a single axis is a row."""

def rsqrt(input: Any) -> Tensor:
    """1 / sqrt(input)."""

def rsqrt_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`rsqrt`, in place; returns the tensor."""

def rsub(input: Any, other: Any, *, alpha: builtins.float = 1) -> Tensor:
    """other - alpha * input."""

@overload
def scatter(input: Any, dim: Any, index: Any, src: Any = None, *, value: Any = None) -> Tensor:
    """A copy of the input with `src[i, j]` at [index[i, j], j], for dim 0 and so on."""

@overload
def scatter(
    input: Any, *, axis: builtins.int, index: Any, src: Any = None, value: Any = None
) -> Tensor:
    """A copy of the input with `src[i, j]` at [index[i, j], j], for dim 0 and so on."""

@overload
def scatter_add(input: Any, dim: Any, index: Any, src: Any) -> Tensor:
    """A copy of the input with `src[i, j]` added at [index[i, j], j], for dim 0 and so on."""

@overload
def scatter_add(input: Any, *, axis: builtins.int, index: Any, src: Any) -> Tensor:
    """A copy of the input with `src[i, j]` added at [index[i, j], j], for dim 0 and so on."""

def scatter_reduce(
    input: Any,
    dim: Any,
    index: Any,
    src: Any,
    reduce: builtins.str,
    *,
    include_self: builtins.bool = True,
) -> Tensor:
    """The input with what `src` has for each place reduced into it."""

def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: builtins.bool = False,
    right: builtins.bool = False,
    side: builtins.str | None = None,
) -> Tensor:
    """Where numbers belong in rows that are in order; of a vector, all in the same."""

@overload
def select(input: Any, dim: Any, index: builtins.int) -> Tensor:
    """The slice at `index` along an axis, without it."""

@overload
def select(input: Any, *, axis: builtins.int, index: builtins.int) -> Tensor:
    """The slice at `index` along an axis, without it."""

def select_scatter(input: Any, src: Any, dim: Any, index: builtins.int) -> Tensor:
    """A copy of the input with `src` at one place of an axis."""

@overload
def sgn(x: Any) -> Tensor:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere."""

@overload
def sgn(*, input: Any) -> Tensor:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere."""

def sigmoid_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`sigmoid`, in place; returns the tensor."""

@overload
def sign(x: Any) -> Tensor:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere."""

@overload
def sign(*, input: Any) -> Tensor:
    """-1, 0 or 1 by the sign of x; its derivative is 0 everywhere."""

def signbit(input: Any) -> Tensor:
    """Is the sign negative (of -0.0 too)?"""

@overload
def sin(x: Any) -> Tensor:
    """The sine of x in radians."""

@overload
def sin(*, input: Any) -> Tensor:
    """The sine of x in radians."""

def sin_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`sin`, in place; returns the tensor."""

def sinc(input: Any) -> Tensor:
    """sin(pi x) / (pi x), and 1 at 0."""

def sinc_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`sinc`, in place; returns the tensor."""

@overload
def sinh(x: Any) -> Tensor:
    """The hyperbolic sine."""

@overload
def sinh(*, input: Any) -> Tensor:
    """The hyperbolic sine."""

def sinh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`sinh`, in place; returns the tensor."""

def slice_scatter(
    input: Any,
    src: Any,
    dim: Any = 0,
    start: builtins.int | None = None,
    end: builtins.int | None = None,
    step: builtins.int = 1,
) -> Tensor:
    """A copy of the input with `src` at a slice of an axis."""

@overload
def sort(
    input: Any, dim: Any = -1, descending: builtins.bool = False, stable: builtins.bool = False
) -> Extremes:
    """The elements in order along `dim`, and where they were: (values, indices)."""

@overload
def sort(
    input: Any,
    *,
    axis: builtins.int = -1,
    descending: builtins.bool = False,
    stable: builtins.bool = False,
) -> Extremes:
    """The elements in order along `dim`, and where they were: (values, indices)."""

@overload
def split(input: Any, split_size_or_sections: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def split(input: Any, split_size_or_sections: Any, *, axis: builtins.int = 0) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def split_with_sizes(input: Any, split_size_or_sections: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def split_with_sizes(
    input: Any, split_size_or_sections: Any, *, axis: builtins.int = 0
) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def sqrt(x: Any) -> Tensor:
    """The square root; its derivative at 0 is infinite."""

@overload
def sqrt(*, input: Any) -> Tensor:
    """The square root; its derivative at 0 is infinite."""

def sqrt_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`sqrt`, in place; returns the tensor."""

@overload
def square(x: Any) -> Tensor:
    """The square, x * x."""

@overload
def square(*, input: Any) -> Tensor:
    """The square, x * x."""

def square_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`square`, in place; returns the tensor."""

@overload
def squeeze(input: Any, dim: Any = None) -> Tensor:
    """x without those of the axes `dim` that have size 1 (by default of all)."""

@overload
def squeeze(input: Any, *, axis: Any = None) -> Tensor:
    """x without those of the axes `dim` that have size 1 (by default of all)."""

@overload
def stack(arrays: Iterable[Any], axis: builtins.int = 0) -> Tensor:
    """Arrays of one shape side by side along a new axis."""

@overload
def stack(arrays: Iterable[Any], *, dim: Any = 0) -> Tensor:
    """Arrays of one shape side by side along a new axis."""

@overload
def std(
    input: Any,
    dim: Any = None,
    unbiased: builtins.bool | None = None,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.float | None = None,
) -> Tensor:
    """The standard deviation over `dim`, the root of `var`; its derivative at 0 is 0."""

@overload
def std(
    input: Any,
    *,
    axis: Any = None,
    unbiased: builtins.bool | None = None,
    keepdims: builtins.bool = False,
    correction: builtins.float | None = None,
) -> Tensor:
    """The standard deviation over `dim`, the root of `var`; its derivative at 0 is 0."""

@overload
def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: builtins.bool | None = None,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.float | None = None,
) -> Any:
    """The standard deviation, as `std`, and the mean over `dim`."""

@overload
def std_mean(
    input: Any,
    *,
    axis: Any = None,
    unbiased: builtins.bool | None = None,
    keepdims: builtins.bool = False,
    correction: builtins.float | None = None,
) -> Any:
    """The standard deviation, as `std`, and the mean over `dim`."""

def sub(input: Any, other: Any, *, alpha: builtins.float = 1) -> Tensor:
    """input - alpha * other."""

def subtract(input: Any, other: Any, *, alpha: builtins.float = 1) -> Tensor:
    """input - alpha * other."""

@overload
def sum(
    input: Any, dim: Any = None, keepdim: builtins.bool = False, *, dtype: Any = None
) -> Tensor:
    """The sum over `dim` (all axes by default)."""

@overload
def sum(
    input: Any, *, axis: Any = None, keepdims: builtins.bool = False, dtype: Any = None
) -> Tensor:
    """The sum over `dim` (all axes by default)."""

@overload
def swapaxes(input: Any, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

@overload
def swapaxes(input: Any, *, axis0: builtins.int, axis1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

@overload
def swapdims(input: Any, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

@overload
def swapdims(input: Any, *, axis0: builtins.int, axis1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

def t(input: Any) -> Tensor:
    """A matrix transposed; fewer axes as they are.  Raises ValueError for more than two axes."""

@overload
def take(x: Any, indices: Any, axis: builtins.int | None = None) -> Tensor:
    """The elements (rows, ...) `indices` along an axis; by default as if x had one axis."""

@overload
def take(x: Any, indices: Any, *, dim: Any = None) -> Tensor:
    """The elements (rows, ...) `indices` along an axis; by default as if x had one axis."""

@overload
def take_along_axis(x: Any, indices: Any, axis: builtins.int = -1) -> Tensor:
    """For each place in `indices` the element of x at that index along `axis`."""

@overload
def take_along_axis(x: Any, indices: Any, *, dim: Any = -1) -> Tensor:
    """For each place in `indices` the element of x at that index along `axis`."""

@overload
def take_along_dim(input: Any, indices: Any, dim: Any = None) -> Tensor:
    """For each place in `indices` the element at that index along `dim`; the rest broadcasts."""

@overload
def take_along_dim(input: Any, indices: Any, *, axis: builtins.int | None = None) -> Tensor:
    """For each place in `indices` the element at that index along `dim`; the rest broadcasts."""

@overload
def tan(x: Any) -> Tensor:
    """The tangent of x in radians."""

@overload
def tan(*, input: Any) -> Tensor:
    """The tangent of x in radians."""

def tan_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`tan`, in place; returns the tensor."""

@overload
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent."""

@overload
def tanh(*, input: Any) -> Tensor:
    """The hyperbolic tangent."""

def tanh_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`tanh`, in place; returns the tensor."""

@overload
def tensor_split(input: Any, indices_or_sections: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """Parts along an axis: so many of nearly one size, or cut at the places of a list."""

@overload
def tensor_split(
    input: Any, indices_or_sections: Any, *, axis: builtins.int = 0
) -> tuple[Tensor, ...]:
    """Parts along an axis: so many of nearly one size, or cut at the places of a list."""

@overload
def tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """Products summed over pairs of axes; the result has the other axes of x1, then those of x2."""

@overload
def tensordot(x1: Any, *, other: Any, dims: Any = 2) -> Tensor:
    """Products summed over pairs of axes; the result has the other axes of x1, then those of x2."""

def tile(input: Any, *dims: Sizes) -> Tensor:
    """x laid side by side with itself, `dims[i]` times along axis i; missing numbers are 1."""

@overload
def topk(
    input: Any,
    k: builtins.int,
    dim: Any = -1,
    largest: builtins.bool = True,
    sorted: builtins.bool = True,
) -> Extremes:
    """The k largest (or smallest) elements along `dim`, in order, and where they were."""

@overload
def topk(
    input: Any,
    k: builtins.int,
    *,
    axis: builtins.int = -1,
    largest: builtins.bool = True,
    sorted: builtins.bool = True,
) -> Extremes:
    """The k largest (or smallest) elements along `dim`, in order, and where they were."""

@overload
def trace(x: Any, offset: builtins.int = 0) -> Tensor:
    """The sum of the diagonals x[..., i, i + offset] of x (..., m, n)."""

@overload
def trace(*, input: Any, offset: builtins.int = 0) -> Tensor:
    """The sum of the diagonals x[..., i, i + offset] of x (..., m, n)."""

@overload
def transpose(input: Any, dim0: builtins.int, dim1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

@overload
def transpose(input: Any, *, axis0: builtins.int, axis1: builtins.int) -> Tensor:
    """x with two axes exchanged.  Raises IndexError for an axis out of range."""

def trapezoid(y: Any, x: Any = None, *, dx: builtins.float | None = None, dim: Any = -1) -> Tensor:
    """The integral over an axis by the trapezoidal rule, at places x or `dx` (1) apart."""

def trapz(y: Any, x: Any = None, *, dx: builtins.float | None = None, dim: Any = -1) -> Tensor:
    """The integral over an axis by the trapezoidal rule, at places x or `dx` (1) apart."""

@overload
def tril(x: Any, diagonal: builtins.int = 0) -> Tensor:
    """The lower triangles of x (..., m, n): 0 above the given diagonal."""

@overload
def tril(*, input: Any, diagonal: builtins.int = 0) -> Tensor:
    """The lower triangles of x (..., m, n): 0 above the given diagonal."""

@overload
def triu(x: Any, diagonal: builtins.int = 0) -> Tensor:
    """The upper triangles of x (..., m, n): 0 below the given diagonal."""

@overload
def triu(*, input: Any, diagonal: builtins.int = 0) -> Tensor:
    """The upper triangles of x (..., m, n): 0 below the given diagonal."""

def true_divide(input: Any, other: Any, *, rounding_mode: builtins.str | None = None) -> Tensor:
    """input / other; with rounding_mode "floor" or "trunc" rounded down or towards 0."""

def trunc(input: Any) -> Tensor:
    """The nearest whole number towards 0; its derivative is 0."""

def trunc_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`trunc`, in place; returns the tensor."""

@overload
def unbind(input: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, without it."""

@overload
def unbind(input: Any, *, axis: builtins.int = 0) -> tuple[Tensor, ...]:
    """The slices along an axis, without it."""

@overload
def unflatten(input: Any, dim: Any, sizes: Any) -> Tensor:
    """An axis in several, whose sizes multiply to its own; one may be -1."""

@overload
def unflatten(input: Any, *, axis: builtins.int, sizes: Any) -> Tensor:
    """An axis in several, whose sizes multiply to its own; one may be -1."""

def unfold(input: Any, dimension: builtins.int, size: builtins.int, step: builtins.int) -> Tensor:
    """All windows of `size` along an axis, `step` apart; they lie along a new last axis."""

@overload
def unique(
    input: Any,
    sorted: builtins.bool = True,
    return_inverse: builtins.bool = False,
    return_counts: builtins.bool = False,
    dim: Any = None,
) -> Any:
    """The different elements in order, each NaN for itself; if asked, where each is, how often."""

@overload
def unique(
    input: Any,
    sorted: builtins.bool = True,
    return_inverse: builtins.bool = False,
    return_counts: builtins.bool = False,
    *,
    axis: builtins.int | None = None,
) -> Any:
    """The different elements in order, each NaN for itself; if asked, where each is, how often."""

def unique_consecutive(
    input: Any,
    return_inverse: builtins.bool = False,
    return_counts: builtins.bool = False,
    dim: Any = None,
) -> Any:
    """The elements without repetitions of the one before; ValueError for a `dim`."""

def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """Places in a flattened tensor as a place on each axis."""

@overload
def unsafe_chunk(input: Any, chunks: builtins.int, dim: Any = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts along an axis, all but the last of one size."""

@overload
def unsafe_chunk(input: Any, chunks: builtins.int, *, axis: builtins.int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` parts along an axis, all but the last of one size."""

@overload
def unsafe_split(input: Any, split_size_or_sections: Any, dim: Any = 0) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def unsafe_split(
    input: Any, split_size_or_sections: Any, *, axis: builtins.int = 0
) -> tuple[Tensor, ...]:
    """The parts of x along an axis, one behind the other."""

@overload
def unsqueeze(input: Any, dim: Any) -> Tensor:
    """x with a new axis of size 1, which is then at `dim`."""

@overload
def unsqueeze(input: Any, *, axis: builtins.int) -> Tensor:
    """x with a new axis of size 1, which is then at `dim`."""

def vander(x: Any, N: builtins.int | None = None, increasing: builtins.bool = False) -> Tensor:
    """The powers of the elements of a vector as rows, the highest first."""

@overload
def var(
    input: Any,
    dim: Any = None,
    unbiased: builtins.bool | None = None,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.float | None = None,
) -> Tensor:
    """The variance over `dim` (all axes by default), unbiased unless `correction` is 0."""

@overload
def var(
    input: Any,
    *,
    axis: Any = None,
    unbiased: builtins.bool | None = None,
    keepdims: builtins.bool = False,
    correction: builtins.float | None = None,
) -> Tensor:
    """The variance over `dim` (all axes by default), unbiased unless `correction` is 0."""

@overload
def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: builtins.bool | None = None,
    keepdim: builtins.bool = False,
    *,
    correction: builtins.float | None = None,
) -> Any:
    """The variance, as `var`, and the mean over `dim`."""

@overload
def var_mean(
    input: Any,
    *,
    axis: Any = None,
    unbiased: builtins.bool | None = None,
    keepdims: builtins.bool = False,
    correction: builtins.float | None = None,
) -> Any:
    """The variance, as `var`, and the mean over `dim`."""

def vdot(input: Any, tensor: Any) -> Tensor:
    """The inner product of two vectors; ValueError for other shapes."""

@overload
def vector_norm(
    x: Any, axis: Any = None, keepdims: builtins.bool = False, ord: builtins.float = 2
) -> Tensor:
    """The p-norm sum(|x|**p)**(1/p) over `axis`, with p = `ord` from 1 to infinity."""

@overload
def vector_norm(
    x: Any, *, dim: Any = None, keepdim: builtins.bool = False, ord: builtins.float = 2
) -> Tensor:
    """The p-norm sum(|x|**p)**(1/p) over `axis`, with p = `ord` from 1 to infinity."""

def view(input: Any, *shape: Sizes | Target) -> Tensor:
    """As `reshape`; with a dtype of the same size, the same bits in that dtype, as a constant."""

def view_as(input: Any, other: Any) -> Tensor:
    """The same elements in the shape of `other`."""

def vsplit(input: Any, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """As `hsplit`, along the first of at least two axes; ValueError for fewer."""

def vstack(tensors: Iterable[Any]) -> Tensor:
    """Tensors joined one above the other; one of a single axis is a row."""

@overload
def where(condition: Any, input: Any, other: Any) -> Tensor:
    """`input` where `condition` is true, `other` elsewhere; alone, the indices of what is true."""

@overload
def where(condition: Any) -> tuple[Tensor, ...]:
    """`input` where `condition` is true, `other` elsewhere; alone, the indices of what is true."""

def xlogy(input: Any, other: Any) -> Tensor:
    """input * log(other), and 0 where the input is 0, whatever the other is but NaN."""

def xlogy_(self: Tensor, *args: Any, kwargs: Any) -> Tensor:
    """`xlogy`, in place; returns the tensor."""

def zero_(self: Tensor) -> Tensor:
    """Set every element to 0, in place."""
