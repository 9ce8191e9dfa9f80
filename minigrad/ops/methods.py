"""The operators and methods of `Tensor`, attached to it in one place.

`engine/tensor.py` lies below the operations and knows none of them; here they meet.  A method is
its function: `x.exp()` is `minigrad.exp(x)`.  With an underscore behind its name it changes the
tensor itself.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from .. import random
from ..engine import dtypes
from ..engine.axes import normalize_axis_index
from ..engine.backward import backward
from ..engine.device import CPU, check_device
from ..engine.dtypes import as_dtype, check_integer
from ..engine.fields import view_of
from ..engine.in_place import change, copy_into, is_recorded, refuse_leaf, set_item, take_shape
from ..engine.tensor import Tensor, refuse_write, tensor_of
from ..engine.watchers import whole
from ..engine.words import call_in_words, describe, retell, with_words
from . import (
    arithmetic,
    elementary,
    indexing,
    linalg,
    logic,
    names,
    piecewise,
    pytorch,
    reductions,
    shaping,
)

# --------------------------------------------------------------------- operators


def reflect(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The operator for a tensor on the right of something that is none."""

    def method(self: Tensor, other: Any) -> Tensor:
        return function(other, self)

    return method


def or_none(function: Callable[..., Tensor], answer: bool) -> Callable[..., Any]:
    """A comparison that has one answer for None, as in PyTorch: `if w.grad == None`."""

    def method(self: Tensor, other: Any) -> Any:
        return answer if other is None else function(self, other)

    return method


@whole
def _in_one_pass(self: Tensor, ufunc: Any, other: Any) -> Tensor | None:
    """Let a ufunc write to the memory itself; None if it cannot."""
    memory, other = self._array(), getattr(other, "_data", other)
    refuse_write(self)
    if memory.flags.writeable and isinstance(other, (np.ndarray, np.generic, int, float)):
        try:
            ufunc(memory, other, out=memory, casting="same_kind")
        except (TypeError, ValueError, OverflowError):
            return None  # for `change` to say why, or to convert
        except BaseException:  # a warning as an error comes when all is written
            self._writable()
            raise
        self._writable()
        return self
    return None


def in_place(
    name: str, function: Callable[..., Tensor], ufunc: Any = None
) -> Callable[..., Tensor]:
    """The method that gives a tensor itself what `function` makes of it."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        others = (*args, *kwargs.values())
        if kwargs.get("dtype") is not None and as_dtype(kwargs["dtype"], name) != self.dtype:
            raise TypeError(
                f"{name}: dtype: wanted the tensor's own, {self.dtype}, got {kwargs['dtype']!r}"
            )
        if ufunc is not None and not is_recorded(self, *others):
            (other,) = others
            if _in_one_pass(self, ufunc, other) is not None:
                return self
        return change(self, name, lambda: function(self, *args, **kwargs), indexing.assign, *others)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{name.removesuffix('_')}`, in place; returns the tensor."
    return method


OPERATORS: dict[str, Callable[..., Tensor]] = {
    "add": arithmetic.add,
    "sub": arithmetic.subtract,
    "mul": arithmetic.multiply,
    "truediv": arithmetic.divide,
    "floordiv": piecewise.floor_divide,
    "mod": piecewise.remainder,
    "pow": arithmetic.pow,
    "matmul": linalg.matmul,
    "and": logic.bitwise_and,
    "or": logic.bitwise_or,
    "xor": logic.bitwise_xor,
    "lshift": logic.bitwise_left_shift,
    "rshift": logic.bitwise_right_shift,
}
IN_PLACE = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide}
COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
for name, function in OPERATORS.items():
    setattr(Tensor, f"__{name}__", function)
    # as in PyTorch the tensor comes first where the order does not matter: in `next_functions`
    setattr(Tensor, f"__r{name}__", function if name in ("add", "mul") else reflect(function))
    symbol = in_place(f"{name} in place", function, IN_PLACE.get(name))
    setattr(Tensor, f"__i{name}__", symbol)
for name in COMPARISONS:
    setattr(Tensor, f"__{name}__", getattr(logic, name))
Tensor.__eq__ = or_none(logic.eq, False)  # type: ignore[method-assign]
Tensor.__ne__ = or_none(logic.ne, True)  # type: ignore[method-assign]


# --------------------------------------------------------------------- functions as methods

BY_NAME: dict[str, Any] = {}
for home in (shaping, reductions, piecewise, logic, linalg, indexing, elementary, arithmetic):
    BY_NAME |= vars(home)
BY_NAME |= vars(pytorch) | vars(names)  # PyTorch's meaning comes before an operation's
FUNCTIONS = (
    "abs absolute acos acosh add addcdiv addcmul addmm addmv adjoint all allclose amax amin "
    "aminmax any arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort "
    "argwhere asin asinh astype atan atan2 atanh baddbmm bincount bitwise_and "
    "bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor bmm "
    "broadcast_to ceil chunk clamp clamp_max clamp_min clip clone cos cosh count_nonzero "
    "cross cumprod cumsum deg2rad diag diag_embed diagonal diff dist div divide dot eq equal "
    "erf erfc exp exp2 expand expand_as expm1 fix flatten flip fliplr flipud floor "
    "floor_divide fmod frac gather ge ger greater greater_equal gt histc histogram hypot "
    "index_add index_fill index_select inner isclose isfinite isinf isnan kthvalue le lerp "
    "less less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or "
    "logical_xor logit logsumexp lt masked_fill masked_select matmul max maximum mean median "
    "min minimum mm moveaxis movedim mul multiply mv nan_to_num nansum narrow ne neg negative "
    "nonzero norm not_equal outer permute positive pow prod rad2deg ravel reciprocal "
    "remainder repeat repeat_interleave reshape roll round rsqrt scatter scatter_add select "
    "sgn sign sin sinc sinh sort split split_with_sizes sqrt square squeeze std sub subtract "
    "sum swapaxes swapdims t take take_along_dim tan tanh tensor_split tile topk trace "
    "transpose tril triu true_divide trunc unbind unflatten unique unsafe_chunk unsafe_split "
    "unsqueeze var vdot view view_as where xlogy "
).split()
"""The functions that are methods too."""

IN_PLACE_METHODS = (
    "abs absolute acos acosh add addcdiv addcmul addmm addmv arccos arccosh arcsin arcsinh "
    "arctan arctan2 arctanh asin asinh atan atan2 atanh baddbmm bitwise_and "
    "bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor ceil clamp "
    "clamp_max clamp_min clip cos cosh cumprod cumsum deg2rad div divide eq erf erfc exp exp2 "
    "expm1 fix floor floor_divide fmod frac ge greater greater_equal gt hypot index_add index_fill "
    "le lerp less less_equal log log10 log1p log2 logical_and logical_not logical_or logical_xor "
    "logit lt masked_fill mul multiply nan_to_num ne neg negative not_equal pow rad2deg reciprocal "
    "remainder round rsqrt scatter scatter_add sgn sign sin sinc sinh sqrt square sub "
    "subtract tan tanh tril triu true_divide trunc xlogy "
).split()
"""Those that also come with an underscore, changing the tensor."""


LATER = {
    **dict.fromkeys(
        "addbmm addr copysign corrcoef cov cummax cummin diagflat dsplit float_power fmax fmin gcd "
        "heaviside hsplit index_copy index_put is_nonzero isneginf isposinf isreal kron lcm "
        "logaddexp2 logcumsumexp masked_scatter mode msort nanmean nanmedian put "
        "quantile renorm rot90 scatter_reduce select_scatter signbit slice_scatter unfold "
        "unique_consecutive vsplit".split(),
        "minigrad.ops.further",
    ),
    **dict.fromkeys("digamma erfinv lgamma mvlgamma".split(), "minigrad.ops.special"),
    **dict.fromkeys(
        "cholesky det logdet matrix_exp matrix_power slogdet".split(), "minigrad.linalg"
    ),
    **dict.fromkeys("inverse pinverse qr svd".split(), "minigrad.legacy"),
    **dict.fromkeys(
        "hardshrink log_softmax prelu relu sigmoid softmax".split(), "minigrad.nn.functional"
    ),
    **dict.fromkeys(
        "__array_ufunc__ __array_function__ __dlpack__ __dlpack_device__".split(),
        "minigrad.ops.numpy_functions",
    ),
}
"""Those of modules that are imported when the first of their functions is called."""

LATER_IN_PLACE = """
    addbmm addr copysign digamma erfinv float_power gcd heaviside index_copy index_put lcm lgamma
    masked_scatter put relu renorm scatter_reduce sigmoid
"""


def later(name: str) -> Callable[..., Any]:
    """The function of one of those."""
    return getattr(import_module(LATER[name]), name)


def attach(*names: str) -> None:
    """Let these, or all of them, be found at once, unless somebody has put others there."""
    for name in names or LATER:
        if vars(Tensor)[name] is METHODS[name]:
            setattr(Tensor, name, later(name))


def _later(name: str) -> Callable[..., Any]:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        attach(name)
        return later(name)(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{name}` of {LATER[name]}."
    return method


# --------------------------------------------------------------------- only methods


def _where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """The tensor where `condition` is true, `other` elsewhere."""
    return piecewise.where(condition, self, other)


def _size(self: Tensor, dim: int | None = None) -> Any:
    """The size of each axis, or of one."""
    if dim is None:
        return self.shape
    return self.shape[normalize_axis_index(dim, self.ndim, "size")]


def _resize_(self: Tensor, *sizes: Any) -> Tensor:
    """Have another shape, in place: the same elements in order, cut off or filled up with zeros.

    Raises RuntimeError for a tensor that requires a gradient, or is not contiguous.
    """
    from .. import creation

    shape = creation.check_sizes("resize_", sizes, None)
    if self._requires_grad or not self._data.flags["C_CONTIGUOUS"]:
        raise RuntimeError(
            "resize_: wanted a contiguous tensor that requires no gradient; take reshape, which "
            "records, and copies where it must"
        )
    flat, count = pytorch.reshape(self, -1), int(np.prod(shape))
    if (more := count - len(flat)) > 0:
        flat = pytorch.cat([flat, tensor_of(np.zeros(more, self.dtype))])
    self.data = pytorch.reshape(flat[:count], shape)
    return self


def _resize_as_(self: Tensor, other: Tensor) -> Tensor:
    """`resize_` to the shape of another."""
    return _resize_(self, other.shape)


def _new_as(self: Tensor, *data: Any) -> Tensor:
    """A tensor of this one's dtype, of sizes or of data: PyTorch's older name for new_tensor."""
    if len(data) == 1 and not isinstance(data[0], (int, np.integer)):
        return _new_tensor(self, data[0])
    return METHODS["new_zeros"](self, *data or (0,))


def _itself(self: Tensor) -> Tensor:
    """The tensor: its numbers are real, and its memory is this process's."""
    return self


def _no(self: Tensor) -> bool:
    """Never."""
    return False


def _is_signed(self: Tensor) -> bool:
    """Can there be negative numbers in its dtype?"""
    return self.dtype.kind in "if"


def _is_same_size(self: Tensor, other: Tensor) -> bool:
    """Has another the same shape?"""
    return self.shape == other.shape


def _get_device(self: Tensor) -> int:
    """-1, the processor's number."""
    return -1


def _fill_diagonal_(self: Tensor, fill_value: float, wrap: bool = False) -> Tensor:
    """Set the diagonal, in place; of several equally long axes the places with equal indices.

    wrap : in a matrix of more rows than columns, begin again below, one row further
    """
    places = np.zeros(self.shape, bool)
    np.fill_diagonal(places, True, wrap)
    set_item(self, tensor_of(places), fill_value, indexing.assign)
    return self


def _check_by_number(name: str, function: Any, *tensors: Tensor) -> None:
    if not callable(function):
        raise TypeError(f"{name}: callable: wanted a function, got {type(function).__name__}")
    if is_recorded(*tensors):
        raise RuntimeError(
            f"{name}: a function of Python's numbers has no derivative, and a tensor requires a "
            "gradient; call it on .detach(), or inside `with minigrad.no_grad():`"
        )


def _apply_(self: Tensor, callable: Callable[[Any], Any]) -> Tensor:
    """Replace each number by what a function of Python makes of it, in place.

    Raises RuntimeError where a gradient would be lost.
    """
    _check_by_number("apply_", callable, self)
    values = [callable(value) for value in self.detach().numpy().ravel().tolist()]
    return copy_into(self, np.reshape(values, self.shape), shaping.broadcast_to, indexing.assign)


def _map_(self: Tensor, tensor: Tensor, callable: Callable[[Any, Any], Any]) -> Tensor:
    """Replace each number by a function of it and of another tensor's, in place.

    Raises RuntimeError where a gradient would be lost.
    """
    _check_by_number("map_", callable, self, tensor)
    other = np.broadcast_to(tensor.detach().numpy(), self.shape)
    pairs = zip(self.detach().numpy().ravel().tolist(), other.ravel().tolist(), strict=True)
    values = np.reshape([callable(a, b) for a, b in pairs], self.shape)
    return copy_into(self, values, shaping.broadcast_to, indexing.assign)


def _dim(self: Tensor) -> int:
    """The number of axes."""
    return self.ndim


def _to(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """The tensor in another dtype, or itself.

    to(dtype), to("cpu"), to(other), with `dtype=`, `device=`; behind it `non_blocking`, which is
    ignored, and `copy`, True for a copy in any case.  Raises ValueError for another device than
    the processor.
    """
    dtype, device, flags = kwargs.get("dtype"), kwargs.get("device"), []
    if unknown := kwargs.keys() - {"dtype", "device", "copy", "non_blocking", "memory_format"}:
        raise TypeError(f"to() got an unexpected keyword argument {min(unknown)!r}")
    pytorch.check_format("to", kwargs.get("memory_format"))
    for a in args:
        if isinstance(a, Tensor):
            dtype = a.dtype
        elif isinstance(a, bool) or a is None:
            flags += [a] if a is not None else []
        elif isinstance(a, (np.dtype, type)) or (isinstance(a, str) and hasattr(np, a)):
            dtype = a
        else:
            device = a
    check_device("to", device)
    wanted = self.dtype if dtype is None else as_dtype(dtype, "to")
    if wanted == self.dtype:
        return pytorch.clone(self) if kwargs.get("copy", flags[1:] == [True]) else self
    return shaping.astype(self, wanted)


def _cast(name: str) -> Callable[[Tensor], Tensor]:
    dtype = getattr(dtypes, name)

    def method(self: Tensor) -> Tensor:
        return self if self.dtype == dtype else shaping.astype(self, dtype)

    method.__doc__ = f"The tensor as {dtype}."
    return method


def _type(self: Tensor, dtype: Any = None) -> Any:
    """The tensor in another dtype; without one, PyTorch's name of this one's constructor."""
    if isinstance(dtype, str) and dtype.endswith("Tensor"):  # "torch.DoubleTensor"
        from ..legacy import CONSTRUCTORS

        dtype = CONSTRUCTORS.get(dtype.rpartition(".")[2], dtype)
    if dtype is None:
        from ..legacy import typename

        return typename(self).replace("minigrad", "torch")
    return _to(self, dtype=as_dtype(dtype, "type"))


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    """The tensor in the dtype of another."""
    return _to(self, other)


def _is_complex(self: Tensor) -> bool:
    """Are the numbers complex?  Never."""
    return False


def _cpu(self: Tensor) -> Tensor:
    """The tensor: the processor is where all are."""
    return self


def _cuda(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Refused: minigrad computes on the processor."""
    check_device("cuda", "cuda")
    return self


def _contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """The tensor, or a copy whose elements lie in order."""
    pytorch.check_format("contiguous", memory_format)
    if self._data.flags["C_CONTIGUOUS"]:
        return self
    return pytorch.clone(self, memory_format="contiguous")


def _is_contiguous(self: Tensor) -> bool:
    """Do the elements lie in order?"""
    return bool(self._data.flags["C_CONTIGUOUS"])


def _stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements a step along each axis, or one, is in memory."""
    steps = tuple(n // self._data.itemsize for n in self.numpy().strides)
    return steps if dim is None else steps[dim]


def _element_size(self: Tensor) -> int:
    """The bytes of an element."""
    return self._data.itemsize


def _memory(self: Tensor) -> np.ndarray:
    """All of the memory that the elements lie in, flat."""
    base: np.ndarray = self.numpy()
    while isinstance(base.base, np.ndarray):
        base = base.base
    return base.reshape(-1, order="A").view(self.dtype)


def _storage(self: Tensor) -> Tensor:
    """The memory that the elements lie in, whatever the tensor shows of it, as a flat tensor."""
    return _looking_at(self, _memory(self))


def _untyped_storage(self: Tensor) -> Tensor:
    """The bytes of the memory that the elements lie in, as a flat tensor."""
    return _looking_at(self, _memory(self).view(np.uint8))


def _looking_at(self: Tensor, memory: np.ndarray) -> Tensor:
    """A tensor of the same memory, with the same version."""
    tensor = tensor_of(memory)
    view_of(tensor, self)
    return tensor


def _storage_offset(self: Tensor) -> int:
    """Where in `storage()` the first element is."""
    return (_data_ptr(self) - int(_memory(self).ctypes.data)) // self._data.itemsize


def _data_ptr(self: Tensor) -> int:
    """The address of the first element."""
    return int(self.numpy().ctypes.data)


def _is_floating_point(self: Tensor) -> bool:
    """Is the dtype float32 or float64?"""
    return self._data.dtype.kind == "f"


def _new(name: str, value: float | None) -> Callable[..., Tensor]:
    def method(
        self: Tensor, *sizes: Any, dtype: Any = None, device: Any = None, **kwargs: Any
    ) -> Tensor:
        from .. import creation

        check_device(name, device)
        filled, given = value, sizes
        if value is None and "fill_value" in kwargs:
            filled = kwargs.pop("fill_value")
        elif value is None:
            if not sizes:
                raise TypeError("new_full: wanted a size and a value, got nothing")
            *given, filled = sizes  # type: ignore[assignment]
        shape = creation.check_sizes(name, tuple(given), kwargs.pop("size", None))
        real = self.dtype if dtype is None else as_dtype(dtype, name)
        return creation.full(shape, filled, real, **kwargs)

    method.__doc__ = f"A constant of this tensor's dtype: `{name.removeprefix('new_')}`."
    return method


def _new_tensor(self: Tensor, data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`minigrad.tensor(data)` in this tensor's dtype."""
    from .. import creation

    real = self.dtype if dtype is None else dtype
    return creation.tensor(data, real, requires_grad=requires_grad)


def _contains(self: Tensor, value: Any) -> bool:
    """Is one element equal to a number, or to the element of a tensor beside it?"""
    if not isinstance(value, (Tensor, np.ndarray, np.generic, int, float)):
        raise TypeError(f"in: wanted a number or a tensor, got {describe(value)}")
    return bool(logic.eq(self, value).numpy().any())


def _reversed(self: Tensor) -> Tensor:
    """The tensor from its last row to its first."""
    return shaping.flip(self, 0) if self.ndim else self


def _delitem(self: Tensor, index: Any) -> None:
    raise TypeError(
        "del: a tensor keeps its shape; take what is wanted: t[mask], or minigrad.cat of two parts"
    )


def _transpose(self: Tensor) -> Tensor:
    """The axes reversed."""
    return shaping.permute_dims(self, tuple(range(self.ndim))[::-1])


def _copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Overwrite the values, in place, with `src`, which broadcasts; shape and dtype stay.

    Raises ValueError for another shape, RuntimeError for a recorded change of a leaf.
    """
    return copy_into(self, src, shaping.broadcast_to, indexing.assign)


def _fill_(self: Tensor, value: Any) -> Tensor:
    """Overwrite every element by one number, in place; ValueError for several."""
    pytorch.one_number("fill_", value)
    return copy_into(self, value, shaping.broadcast_to, indexing.assign, "fill_")


def _zero_(self: Tensor) -> Tensor:
    """Set every element to 0, in place."""
    return _fill_(self, 0)


def _draw_method(name: str, what: str, draw: Callable[..., Any]) -> Callable[..., Tensor]:
    def method(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        if is_recorded(self):
            refuse_leaf(self, name)
        try:
            values = draw(random.as_generator(generator), self, *args, **kwargs)
        except (TypeError, ValueError, OverflowError) as error:
            raise retell(call_in_words(name, (), args, kwargs), error) from error
        return copy_into(self, np.asarray(values), shaping.broadcast_to, indexing.assign, name)

    method.__doc__ = f"Overwrite with random numbers, in place: {what}."
    return method


def _real(self: Tensor) -> np.dtype:
    """The dtype to draw in, as `nn.init` does: the tensor's own, which has to be floating."""
    if self.dtype.kind != "f":
        raise TypeError(f"wanted a floating tensor to draw into, got {self.dtype}")
    return self.dtype


def _uniform(generator: Any, self: Tensor, a: float = 0, b: float = 1) -> Any:
    if not 0 <= b - a < np.inf:
        raise ValueError(f"wanted a <= b and a finite width, got {a}, {b}")
    return generator.random(self.shape, _real(self)) * (b - a) + a


def _normal(generator: Any, self: Tensor, mean: float = 0, std: float = 1) -> Any:
    if not std >= 0:
        raise ValueError(f"std: wanted at least 0, got {std}")
    return generator.standard_normal(self.shape, _real(self)) * std + mean


def _bernoulli(generator: Any, self: Tensor, p: Any = 0.5) -> Any:
    chances = np.asarray(getattr(p, "_data", p))
    if not ((chances >= 0) & (chances <= 1)).all():
        raise ValueError(f"p: wanted probabilities in [0, 1], got {describe(p)}")
    return (generator.random(self.shape) < chances).astype(self.dtype)


def _random(generator: Any, self: Tensor, low: int | None = None, high: int | None = None) -> Any:
    """From `low` to below `high`; from 0 to below one number; by default to the dtype's largest."""
    whole = {"b": (0, 2), "f": (-(2**63), 2**63)}.get(self.dtype.kind)
    if whole is None:
        limits = np.iinfo(self.dtype)
        whole = int(limits.min), int(limits.max) + 1
    if high is None:
        most = 2 ** (np.finfo(self.dtype).nmant + 1) if self.dtype.kind == "f" else whole[1]
        low, high = 0, most if low is None else low
    first, end = check_integer("low", low or 0), check_integer("high", high)
    if not whole[0] <= first < end <= whole[1]:
        raise ValueError(f"wanted low < high within the range of {self.dtype}, got {first}, {end}")
    return generator.integers(first, end, self.shape, np.uint64 if end > 2**63 else np.int64)


def _geometric(generator: Any, self: Tensor, p: float) -> Any:
    if not 0 < p < 1:
        raise ValueError(f"p: wanted a probability between 0 and 1, got {p}")
    return generator.geometric(p, self.shape)


def _log_normal(generator: Any, self: Tensor, mean: float = 1, std: float = 2) -> Any:
    if not std > 0:
        raise ValueError(f"std: wanted more than 0, got {std}")
    return np.exp(_normal(generator, self, mean, std))


def _cauchy(generator: Any, self: Tensor, median: float = 0, sigma: float = 1) -> Any:
    if not sigma > 0:
        raise ValueError(f"sigma: wanted more than 0, got {sigma}")
    real = _real(self)
    return (generator.standard_cauchy(self.shape) * sigma + median).astype(real)


def _exponential(generator: Any, self: Tensor, lambd: float = 1) -> Any:
    if not lambd > 0:
        raise ValueError(f"lambd: wanted more than 0, got {lambd}")
    real = _real(self)
    return generator.exponential(1 / lambd, self.shape).astype(real)


def _detach_(self: Tensor) -> Tensor:
    """Take this tensor out of its graph."""
    self._node = None
    self._requires_grad = False
    return self


def method_as_function(name: str) -> Callable[..., Any]:
    """A method that changes its tensor, for calls without the dot; TypeError for what is none."""
    method = getattr(Tensor, name)

    @functools.wraps(method)
    def function(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(input, Tensor):
            raise TypeError(
                f"{name}: input: wanted a tensor, to be changed, got {type(input).__name__}; "
                "from_numpy(array) gives one with an array's memory"
            )
        return method(input, *args, **kwargs)

    return function


def _reshape_method(name: str) -> Callable[..., Tensor]:
    function = BY_NAME[name]

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return take_shape(self, f"{name}_", lambda: function(self, *args, **kwargs))

    method.__doc__ = f"`{name}`, in place; returns the tensor."
    return method


RESHAPING = ("squeeze", "swapaxes", "swapdims", "t", "transpose", "unsqueeze")
"""Those whose in-place form changes the shape alone."""

METHODS: dict[str, Any] = {
    **{name: BY_NAME[name] for name in FUNCTIONS if name != "where"},
    **{name: _later(name) for name in LATER},
    **{f"{name}_": in_place(f"{name}_", _later(name)) for name in LATER_IN_PLACE.split()},
    **{f"{name}_": in_place(f"{name}_", BY_NAME[name]) for name in IN_PLACE_METHODS},
    **{f"{name}_": _reshape_method(name) for name in RESHAPING},
    "__getitem__": indexing.item_of,
    "__setitem__": lambda self, index, value: set_item(self, index, value, indexing.assign),
    "__contains__": _contains,
    "__reversed__": _reversed,
    "__delitem__": _delitem,
    "__neg__": arithmetic.negative,
    "__pos__": lambda self: self,
    "__invert__": logic.bitwise_not,
    "__abs__": piecewise.abs,
    "__round__": lambda self, decimals=0: pytorch.round(self, decimals=decimals),
    "T": property(_transpose, doc="The axes reversed."),
    "mT": property(shaping.matrix_transpose, doc="The last two axes exchanged."),
    "H": property(_transpose, doc="A matrix transposed."),
    "apply_": _apply_,
    "backward": backward,
    "bernoulli_": _draw_method("bernoulli_", "1 with probability p, else 0", _bernoulli),
    "bool": _cast("bool"),
    "byte": _cast("uint8"),
    "cauchy_": _draw_method("cauchy_", "Cauchy's, by median and width", _cauchy),
    "conj": _itself,
    "contiguous": _contiguous,
    "copy_": _copy_,
    "cpu": _cpu,
    "cuda": _cuda,
    "data_ptr": _data_ptr,
    "detach_": _detach_,
    "device": property(lambda self: CPU, doc="The processor."),
    "dim": _dim,
    "double": _cast("float64"),
    "element_size": _element_size,
    "exponential_": _draw_method("exponential_", "exponential", _exponential),
    "fill_": _fill_,
    "fill_diagonal_": _fill_diagonal_,
    "float": _cast("float32"),
    "geometric_": _draw_method("geometric_", "trials until one has probability p", _geometric),
    "get_device": _get_device,
    "int": _cast("int32"),
    "is_contiguous": _is_contiguous,
    "is_complex": _is_complex,
    "is_conj": _no,
    "is_pinned": _no,
    "is_same_size": _is_same_size,
    "is_shared": _no,
    "is_signed": _is_signed,
    "is_cpu": property(lambda self: True, doc="True."),
    "is_cuda": property(lambda self: False, doc="False."),
    "is_sparse": property(lambda self: False, doc="False."),
    "itemsize": property(_element_size, doc="The bytes of an element."),
    "mH": property(shaping.matrix_transpose, doc="The last two axes exchanged."),
    "multinomial": random.multinomial,
    "bernoulli": random.bernoulli,
    "nbytes": property(lambda self: self._data.nbytes, doc="The bytes of all elements."),
    "char": _cast("int8"),
    "is_floating_point": _is_floating_point,
    "layout": property(lambda self: "strided", doc="How the elements lie: strided."),
    "log_normal_": _draw_method("log_normal_", "exp of normal, by mean and std", _log_normal),
    "long": _cast("int64"),
    "map_": _map_,
    "ndimension": _dim,
    "nelement": Tensor.numel,
    "new": _new_as,
    "new_empty": _new("new_empty", 0),
    "new_full": _new("new_full", None),
    "new_ones": _new("new_ones", 1),
    "new_tensor": _new_tensor,
    "new_zeros": _new("new_zeros", 0),
    "normal_": _draw_method("normal_", "normal, by mean and std", _normal),
    "pin_memory": _itself,
    "random_": _draw_method("random_", "whole numbers", _random),
    "real": property(_itself, doc="The tensor: its numbers are real."),
    "reshape_as": pytorch.view_as,
    "resize_": _resize_,
    "resize_as_": _resize_as_,
    "resolve_conj": _itself,
    "resolve_neg": _itself,
    "share_memory_": _itself,
    "short": _cast("int16"),
    "size": _size,
    "storage": _storage,
    "storage_offset": _storage_offset,
    "stride": _stride,
    "to": _to,
    "type": _type,
    "type_as": _type_as,
    "uniform_": _draw_method("uniform_", "uniform in [a, b)", _uniform),
    "untyped_storage": _untyped_storage,
    "where": _where,
    "zero_": _zero_,
}
WORDED = "apply_ fill_diagonal_ is_same_size map_ resize_ resize_as_ size stride type_as".split()
"""Those of them whose errors need the words of `with_words`."""
for name, method in METHODS.items():
    if getattr(method, "__module__", None) == __name__:
        method.__name__ = method.__qualname__ = name  # which Python's own errors say
        if name.startswith("new") or name in WORDED:
            method = with_words(method)
    setattr(Tensor, name, method)
