"""Layers with weights, and a few without that are no activations."""

from __future__ import annotations

from math import prod, sqrt
from typing import TYPE_CHECKING, Any

from ..engine.tensor import Tensor
from . import functional as F
from . import init
from .module import Module
from .parameter import Parameter, check_count, new_parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class Linear(Module):
    """y = x W^T + b.

    in_features, out_features : the last axis of the input (..., in) and the output (..., out)
    bias : False leaves b out
    dtype : float32 (the default) or float64

    weight : (out, in), from U(-bound, bound) with bound = 1/sqrt(in), PyTorch's default
    bias : (out,), from the same distribution; or None

    Raises TypeError or ValueError for features that are not positive integers.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.Linear(3, 2)
    >>> layer(mg.zeros((5, 3))).shape
    (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.in_features = check_count("in_features", in_features)
        self.out_features = check_count("out_features", out_features)
        self.weight = new_parameter((self.out_features, self.in_features), dtype)
        self.bias = new_parameter((self.out_features,), dtype) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        init.kaiming_uniform_(self.weight, a=sqrt(5))  # gain sqrt(1/3): the bound is 1/sqrt(in)
        if self.bias is not None:
            bound = 1 / sqrt(self.in_features)
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors, looked up by integers.

    num_embeddings, embedding_dim : the shape of the table
    dtype : float32 (the default) or float64

    weight : (num_embeddings, embedding_dim), from the standard normal distribution

    Takes integers of any shape (...), gives (..., embedding_dim); raises IndexError for one that
    is out of range.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Embedding(10, 4)(mg.tensor([1, 2, 1])).shape
    (3, 4)
    """

    weight: Parameter

    def __init__(
        self, num_embeddings: int, embedding_dim: int, dtype: DTypeLike | None = None
    ) -> None:
        super().__init__()
        self.num_embeddings = check_count("num_embeddings", num_embeddings)
        self.embedding_dim = check_count("embedding_dim", embedding_dim)
        self.weight = new_parameter((self.num_embeddings, self.embedding_dim), dtype)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)

    def forward(self, input: Any) -> Tensor:
        return F.embedding(input, self.weight)

    def extra_repr(self) -> str:
        return f"{self.num_embeddings}, {self.embedding_dim}"


class Dropout(Module):
    """In training: zeros each element with probability p, and divides the others by 1 - p.

    After `eval()`: hands its input on.  Srivastava et al., "Dropout: a simple way to prevent
    neural networks from overfitting", JMLR 15 (2014); divided in training, as everyone does now.

    Raises ValueError if `p` is not within [0, 1].

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Dropout(0.3).eval()(mg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p must be within [0, 1], got {p}")
        self.p = p

    def forward(self, input: Any) -> Tensor:
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Flatten(Module):
    """Makes one axis of the axes from `start_dim` to `end_dim`, both included.

    Raises IndexError for axes that the input has not, ValueError for ones in the wrong order.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Flatten()(mg.zeros((5, 3, 4))).shape
    (5, 12)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        shape = input.shape
        dims = (self.start_dim, self.end_dim)
        if not all(-len(shape) <= d < len(shape) for d in dims):
            raise IndexError(
                f"Flatten: no axes {dims[0]} to {dims[1]} in an input of shape {shape}"
            )
        first, end = (d % len(shape) for d in dims)
        if first > end:
            raise ValueError(f"Flatten: axis {dims[0]} comes after {dims[1]} in shape {shape}")
        between = shape[first : end + 1]
        return input.reshape((*shape[:first], prod(between), *shape[end + 1 :]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """Hands its input on; whatever arguments it is made with are ignored.

    >>> from minigrad import nn
    >>> nn.Identity(54)(3)
    3
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        return input
