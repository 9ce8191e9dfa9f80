"""Layers with weights, and a few without that are no activations."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..engine.convert import as_array
from ..engine.dtypes import check_count, check_integer, check_number
from ..engine.tensor import Tensor
from . import functional as F
from . import init
from .function_module import FunctionModule
from .functional.in_place import as_tensor
from .module import Module
from .parameter import (
    Parameter,
    UninitializedParameter,
    check_device,
    new_parameter,
    real_dtype,
)

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class Linear(Module):
    """y = x W^T + b.

    in_features, out_features : the last axis of the input (..., in) and the output (..., out)
    bias : False leaves b out
    device : None or "cpu"; dtype : float32 (the default) or float64

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
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.in_features = check_count("in_features", in_features)
        self.out_features = check_count("out_features", out_features)
        self.weight = new_parameter((self.out_features, self.in_features), dtype, device)
        self.register_parameter(
            "bias", new_parameter((self.out_features,), dtype, device) if bias else None
        )
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


class LazyLinear(Linear):
    """A `Linear` that learns `in_features` from its first input, and then is one.

    Until then its parameters are `UninitializedParameter`s; make an optimiser after a first run.
    Other arguments and errors as for `Linear`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.LazyLinear(2)
    >>> layer(mg.zeros((5, 3))).shape, layer
    ((5, 2), Linear(in_features=3, out_features=2, bias=True))
    """

    def __init__(
        self,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        check_device(device)
        Module.__init__(self)
        self.in_features = 0
        self.out_features = check_count("out_features", out_features)
        self.weight = UninitializedParameter(dtype)
        self.register_parameter("bias", UninitializedParameter(dtype) if bias else None)

    def forward(self, input: Any) -> Tensor:
        shape = np.shape(input)
        if not shape:
            raise ValueError("LazyLinear: wanted an input with an axis of features, got a number")
        loaded = not isinstance(self.weight, UninitializedParameter)
        features = self.weight.shape[1] if loaded else shape[-1]
        drawn = Linear(features, self.out_features, dtype=self.weight.dtype)
        for name, parameter in self._own_parameters():
            if isinstance(parameter, UninitializedParameter):  # the others have been loaded
                parameter.materialize(getattr(drawn, name).shape)
                parameter._writable()[...] = getattr(drawn, name)._data
        self.in_features = features
        self.__class__ = Linear  # type: ignore[assignment]
        return self.forward(input)


class Bilinear(Module):
    """y_o = x1^T W_o x2 + b_o, of two inputs.

    in1_features, in2_features : the last axes of the inputs; out_features : that of the output
    bias : False leaves b out
    device : None or "cpu"; dtype : float32 (the default) or float64

    weight : (out, in1, in2) and bias : (out,), from U(-bound, bound) with bound = 1/sqrt(in1)

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Bilinear(3, 4, 2)(mg.zeros((5, 3)), mg.zeros((5, 4))).shape
    (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        self.in1_features = check_count("in1_features", in1_features)
        self.in2_features = check_count("in2_features", in2_features)
        self.out_features = check_count("out_features", out_features)
        shape = (self.out_features, self.in1_features, self.in2_features)
        self.weight = new_parameter(shape, dtype, device)
        self.register_parameter(
            "bias", new_parameter((self.out_features,), dtype, device) if bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        bound = 1 / sqrt(self.in1_features)
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Any, input2: Any) -> Tensor:
        return F.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, "
            f"out_features={self.out_features}, bias={self.bias is not None}"
        )


class Embedding(Module):
    """A table of vectors, looked up by integers.

    num_embeddings, embedding_dim : the shape of the table
    padding_idx : this row begins as zeros and gets no gradient
    max_norm : rows that are looked up are scaled in place to a norm of `norm_type` of at most this
    scale_grad_by_freq : there is only False
    sparse : ignored; gradients are dense, with the same numbers
    device : None or "cpu"; dtype : float32 (the default) or float64

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
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        if scale_grad_by_freq:
            raise ValueError("Embedding: scale_grad_by_freq=True is not supported; leave it out")
        self.num_embeddings = check_count("num_embeddings", num_embeddings)
        self.embedding_dim = check_count("embedding_dim", embedding_dim)
        count = self.num_embeddings
        check_integer("Embedding: padding_idx", 0 if padding_idx is None else padding_idx)
        if padding_idx is not None and not -count <= padding_idx < count:
            raise IndexError(f"Embedding: no row {padding_idx} for padding_idx among {count}")
        self.padding_idx = None if padding_idx is None else padding_idx % count
        self.max_norm, self.norm_type = max_norm, norm_type
        shape = (count, self.embedding_dim)
        if _weight is None:
            self.weight = new_parameter(shape, dtype, device)
            self.reset_parameters()
        elif np.shape(_weight) == shape:
            self.weight = Parameter(_weight)
        else:
            raise ValueError(f"Embedding: _weight: wanted shape {shape}, got {np.shape(_weight)}")
        self.weight.requires_grad = not _freeze

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer whose table is `embeddings` (n, d), of which it shares the memory.

        freeze : the table is not trained

        Raises ValueError for another number of axes.

        >>> import minigrad as mg
        >>> from minigrad import nn
        >>> nn.Embedding.from_pretrained(mg.tensor([[1.0, 2.0], [3.0, 4.0]]))(mg.tensor([1]))
        tensor([[3., 4.]])
        """
        table = as_array(embeddings, "Embedding.from_pretrained")
        if table.ndim != 2:
            raise ValueError(f"Embedding.from_pretrained: wanted a matrix, got shape {table.shape}")
        real_dtype(table.dtype, "Embedding.from_pretrained: embeddings: dtype")
        n, d = table.shape
        options = (padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
        return cls(n, d, *options, _weight=table, _freeze=freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._writable()[self.padding_idx] = 0

    def forward(self, input: Any) -> Tensor:
        if self.padding_idx is None and self.max_norm is None:
            return F.embedding(input, self.weight)
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)

    def extra_repr(self) -> str:
        shown = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            shown += f", padding_idx={self.padding_idx}"
        return shown + _limits(self)


class EmbeddingBag(Module):
    """A table of vectors, of which each bag of integers names some, reduced to one.

    num_embeddings, embedding_dim, max_norm, norm_type, padding_idx, sparse : as in `Embedding`
    mode : "mean", "sum" or "max"
    include_last_offset : the last offset is the end of the last bag

    weight : (num_embeddings, embedding_dim), from the standard normal distribution

    Takes integers (bags, size), or all in one vector with offsets, where each bag begins, and for
    "sum" weights of that shape; gives (bags, embedding_dim).  Raises as `F.embedding_bag`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.EmbeddingBag(10, 4)(mg.tensor([1, 2, 1]), mg.tensor([0, 2])).shape
    (2, 4)
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__()
        table = Embedding(
            num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, scale_grad_by_freq,
            _weight=_weight, device=device, dtype=dtype,
        )  # fmt: skip
        if mode not in ("mean", "sum", "max"):
            raise ValueError(f"EmbeddingBag: mode: wanted 'mean', 'sum' or 'max', got {mode!r}")
        self.num_embeddings, self.embedding_dim = table.num_embeddings, table.embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = table.padding_idx, max_norm, norm_type
        self.mode, self.include_last_offset = mode, include_last_offset
        self.weight = table.weight

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, **options: Any) -> Self:
        """A layer whose table is `embeddings` (n, d), of which it shares the memory.

        Raises ValueError for another number of axes.

        >>> import minigrad as mg
        >>> mg.nn.EmbeddingBag.from_pretrained(mg.tensor([[1.0], [3.0]]))(mg.tensor([[0, 1]]))
        tensor([[2.]])
        """
        if np.ndim(embeddings) != 2:
            shape = np.shape(embeddings)
            raise ValueError(f"EmbeddingBag.from_pretrained: wanted a matrix, got shape {shape}")
        n, d = np.shape(embeddings)
        layer = cls(n, d, _weight=embeddings, **options)
        layer.weight.requires_grad = not freeze
        return layer

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight._writable()[self.padding_idx] = 0

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, mode=self.mode,
            per_sample_weights=per_sample_weights, include_last_offset=self.include_last_offset,
            padding_idx=self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        shown = f"{self.num_embeddings}, {self.embedding_dim}{_limits(self)}, mode={self.mode!r}"
        return shown if self.padding_idx is None else f"{shown}, padding_idx={self.padding_idx}"


def _limits(table: Embedding | EmbeddingBag) -> str:
    """What a table says of the lengths of its rows."""
    shown = "" if table.max_norm is None else f", max_norm={table.max_norm}"
    return shown if table.norm_type == 2 else f"{shown}, norm_type={table.norm_type}"


class _Dropout(FunctionModule, shows="p={0.p}, inplace={0.inplace}"):
    """What the dropouts share; its subclasses say which function."""

    p: float = 0.5
    inplace: bool = False

    def check(self) -> None:
        check_number(f"{type(self).__name__}: p", self.p)
        if not 0 <= self.p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be within [0, 1], got {self.p}")

    def forward(self, input: Any) -> Tensor:
        return self.function(input, self.p, self.training, self.inplace)


class Dropout(_Dropout, function=F.dropout):
    """In training: zeros each element with probability p, and divides the others by 1 - p.

    After `eval()`: hands its input on.  Srivastava et al., "Dropout: a simple way to prevent
    neural networks from overfitting", JMLR 15 (2014); divided in training, as everyone does now.

    Raises ValueError if `p` is not within [0, 1].

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Dropout(0.3).eval()(mg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """


class Dropout1d(_Dropout, function=F.dropout1d):
    """`Dropout` of whole channels of an input (N, C, L) or (C, L)."""


class Dropout2d(_Dropout, function=F.dropout2d):
    """`Dropout` of whole channels of an input (N, C, H, W) or (C, H, W)."""


class Dropout3d(_Dropout, function=F.dropout3d):
    """`Dropout` of whole channels of an input (N, C, D, H, W) or (C, D, H, W)."""


class AlphaDropout(_Dropout, function=F.alpha_dropout):
    """The dropout that belongs to `SELU`: it keeps mean 0 and variance 1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.AlphaDropout(0.3).eval()(mg.tensor([1.0, 2.0]))
    tensor([1., 2.])
    """


class CosineSimilarity(FunctionModule, function=F.cosine_similarity, shows=""):
    """The cosine of the angle between vectors along the axis `dim`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.CosineSimilarity()(mg.tensor([[3.0, 4.0]]), mg.tensor([[4.0, -3.0]]))
    tensor([0.])
    """

    dim: int = 1
    eps: float = 1e-8


class PairwiseDistance(FunctionModule, function=F.pairwise_distance, shows=""):
    """The p-norm of x1 - x2 + eps along the last axis.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.PairwiseDistance(eps=0.0)(mg.tensor([[3.0, 4.0]]), mg.zeros((1, 2)))
    tensor([5.])
    """

    p: float = 2.0
    eps: float = 1e-6
    keepdim: bool = False


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
        self.start_dim = check_integer("Flatten: start_dim", start_dim)
        self.end_dim = check_integer("Flatten: end_dim", end_dim)

    def forward(self, input: Tensor) -> Tensor:
        input = as_tensor(input)
        shape = input.shape or (1,)  # a single number is taken as one
        dims = (self.start_dim, self.end_dim)
        if not all(-len(shape) <= d < len(shape) for d in dims):
            raise IndexError(
                f"Flatten: no axes {dims[0]} to {dims[1]} in an input of shape {input.shape}"
            )
        first, end = (d % len(shape) for d in dims)
        if first > end:
            raise ValueError(f"Flatten: axis {dims[0]} comes after {dims[1]} in shape {shape}")
        between = shape[first : end + 1]
        return input.reshape((*shape[:first], prod(between), *shape[end + 1 :]))

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Makes several axes of the axis `dim`: the inverse of `Flatten`.

    unflattened_size : the sizes; one may be -1

    Raises IndexError for an axis that the input has not, ValueError for sizes that do not fit.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.Unflatten(1, (3, 4))(mg.zeros((5, 12))).shape
    (5, 3, 4)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = check_integer("Unflatten: dim", dim)
        if not isinstance(unflattened_size, Sequence):
            raise TypeError(
                f"Unflatten: unflattened_size: wanted sizes, got {type(unflattened_size).__name__}"
            )
        sizes = unflattened_size
        self.unflattened_size = tuple(check_integer("Unflatten: a size", n) for n in sizes)

    def forward(self, input: Tensor) -> Tensor:
        input = as_tensor(input)
        shape, dim = input.shape, self.dim
        if not -len(shape) <= dim < len(shape):
            raise IndexError(f"Unflatten: no axis {dim} in an input of shape {shape}")
        at, sizes = dim % len(shape), self.unflattened_size
        known = prod(n for n in sizes if n != -1)
        if sizes.count(-1) > 1 or (
            shape[at] % known if -1 in sizes and known else shape[at] != known
        ):
            raise ValueError(f"Unflatten: {sizes} does not fit axis {dim} of shape {shape}")
        sizes = tuple(shape[at] // max(known, 1) if n == -1 else n for n in sizes)
        return input.reshape((*shape[:at], *sizes, *shape[at + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """Hands its input on; whatever arguments it is made with are ignored.

    >>> from minigrad import nn
    >>> nn.Identity(54)(3)
    3
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Tensor:
        return input  # type: ignore[no-any-return]
