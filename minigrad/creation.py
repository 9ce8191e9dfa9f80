"""Tensors from nothing, or from arrays.

Sizes may be given one by one or as one tuple.  `dtype` is by default that of the data, or the
default dtype; `device` may be None or "cpu".  Raises TypeError for other dtypes and ValueError for
negative sizes, other devices, and `requires_grad` with a dtype that is not floating.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import kernels
from .absent import explain_absence
from .engine.convert import LostGradient, as_array, check_range
from .engine.device import check_device
from .engine.dtypes import as_dtype, check_integer, default_dtype
from .engine.out import give_memory
from .engine.tensor import LOST, Tensor, tensor_of
from .engine.warn import warn
from .engine.watchers import whole
from .engine.words import give_words

__all__ = [
    "arange",
    "as_tensor",
    "asarray",
    "empty",
    "empty_like",
    "eye",
    "from_dlpack",
    "from_numpy",
    "full",
    "full_like",
    "linspace",
    "logspace",
    "ones",
    "ones_like",
    "scalar_tensor",
    "tensor",
    "tril_indices",
    "triu_indices",
    "zeros",
    "zeros_like",
]


@whole
def tensor(
    data: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A leaf with a copy of `data`: a number, a nested list, an array or a tensor.

    Python floats become float32; NumPy arrays and scalars keep their dtype.  The copy of a tensor
    that is part of a graph, or of several in a list, is a constant, which a warning says:
    `.clone()` and `minigrad.stack` keep the graph.

    Raises TypeError for object, complex and half-precision data, and for masked arrays; ValueError
    for ragged lists.

    >>> import minigrad as mg
    >>> mg.tensor([1.0, 2.0], requires_grad=True)
    tensor([1., 2.], requires_grad=True)
    """
    check_device("tensor", device)
    if isinstance(data, Tensor) and data.requires_grad:
        warn(LOST.format("minigrad.tensor"))
    try:
        array = as_array(data, "tensor", dtype)
    except LostGradient as error:
        warn(f"{error}")
        array = as_array(_constants(data), "tensor", dtype)
    copied = kernels.empty(array.shape, array.dtype)
    copied[...] = array
    return tensor_of(copied if array.ndim else copied[()], requires_grad=requires_grad)


def _constants(data: Any) -> Any:
    """The list with constants in the place of tensors."""
    if isinstance(data, list | tuple):
        return [_constants(d) for d in data]
    return data.detach() if isinstance(data, Tensor) else data


@whole
def asarray(
    data: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    *,
    copy: bool | None = None,
) -> Tensor:
    """As `tensor`, but sharing the memory of an array or tensor where it can.

    copy : True always copies; False raises ValueError where that cannot be avoided

    A tensor of the right dtype comes back as it is, with its graph.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> a = np.zeros(2)
    >>> mg.asarray(a).numpy() is a
    True
    """
    check_device("asarray", device)
    if copy is not None:
        same = asarray(data, dtype)
        given = data.numpy() if isinstance(data, Tensor) else np.asarray(data)
        empty = not given.size and given.dtype == same.dtype  # and so no memory to be shared
        shared = empty or np.shares_memory(given, same.numpy())
        if copy is False and not shared:
            raise ValueError("asarray: copy=False: these data cannot be taken without a copy")
        data = same.clone() if copy and shared else same
    if isinstance(data, Tensor):
        same = data if dtype is None else data.to(as_dtype(dtype, "asarray"))
        return same.requires_grad_() if requires_grad else same
    return tensor_of(as_array(data, "asarray", dtype), requires_grad=requires_grad)


@whole
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`asarray` under PyTorch's name.

    >>> import minigrad as mg
    >>> x = mg.ones(2)
    >>> mg.as_tensor(x) is x
    True
    """
    check_device("as_tensor", device)
    return asarray(data, dtype)


def from_numpy(ndarray: np.ndarray) -> Tensor:
    """A tensor with the memory of a NumPy array.  Raises TypeError for anything else.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> mg.from_numpy(np.ones(2))
    tensor([1., 1.], dtype=float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy: wanted a NumPy array, got {type(ndarray).__name__}")
    return tensor_of(as_array(ndarray, "from_numpy"))


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor with the memory of another library's array that offers it (`__dlpack__`).

    copy : True for memory of its own, False to refuse that, None for whichever is there

    Memory that may only be read stays so: changing the tensor in place gives it memory of its own.
    Raises TypeError for what offers no memory or a dtype that tensors have not, BufferError for
    memory elsewhere or of a tensor that requires a gradient.

    >>> import numpy as np
    >>> import minigrad as mg
    >>> a = np.zeros(2)
    >>> mg.from_dlpack(a).add_(1)
    tensor([1., 1.], dtype=float64)
    >>> a
    array([1., 1.])
    """
    check_device("from_dlpack", device)
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack: wanted what has __dlpack__, got {type(ext_tensor).__name__}; "
            "minigrad.tensor makes a copy of anything like an array"
        )
    return tensor_of(as_array(np.from_dlpack(ext_tensor, copy=copy), "from_dlpack"))


@whole
def scalar_tensor(
    s: float, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A 0-d tensor of the default dtype.

    >>> import minigrad as mg
    >>> mg.scalar_tensor(2)
    tensor(2.)
    """
    check_device("scalar_tensor", device)
    return tensor(s, as_dtype(dtype, "scalar_tensor"), requires_grad=requires_grad)


def check_sizes(where: str, sizes: tuple[Any, ...], size: Any = None) -> tuple[int, ...]:
    """Sizes given one by one, as one tuple, or as `size=`."""
    given: Any
    if size is not None and sizes:
        given = f"{sizes!r:.60} and as size={size!r:.60}"
        raise TypeError(f"{where}: sizes are given twice, as {given}")
    listed = sizes if size is None else (size,)
    given = tuple(n.item() if isinstance(n, Tensor) and not n.ndim else n for n in listed)
    if len(given) == 1 and not isinstance(given[0], (int, np.integer)):
        given = (
            given[0] if isinstance(given[0], (tuple, list, range, np.ndarray, Tensor)) else given
        )
    try:
        checked = tuple(check_integer(where, n) for n in given)
    except TypeError:
        raise TypeError(
            f"{where}: wanted sizes, integers one by one or as one tuple, got {given!r:.60}; a "
            "dtype is given as dtype="
        ) from None
    if any(n < 0 for n in checked):
        raise ValueError(f"{where}: sizes must not be negative, got {checked}")
    return checked


def _fill(
    where: str, value: float, sizes: Any, size: Any, dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    check_device(where, device)
    shape, real = check_sizes(where, sizes, size), as_dtype(dtype, where)
    array = np.zeros(shape, real) if value == 0 else np.full(shape, value, real)
    return tensor_of(array, requires_grad=requires_grad)


@whole
def zeros(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """0 everywhere, float32 unless said otherwise.

    >>> import minigrad as mg
    >>> mg.zeros(1, 2)
    tensor([[0., 0.]])
    """
    return _fill("zeros", 0, sizes, size, dtype, device, requires_grad)


@whole
def ones(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """1 everywhere, float32 unless said otherwise.

    >>> import minigrad as mg
    >>> mg.ones(2)
    tensor([1., 1.])
    """
    return _fill("ones", 1, sizes, size, dtype, device, requires_grad)


@whole
def empty(
    *sizes: Any,
    size: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """A tensor to be filled; here it begins with zeros.

    >>> import minigrad as mg
    >>> mg.empty(2, 3).shape
    (2, 3)
    """
    return _fill("empty", 0, sizes, size, dtype, device, requires_grad)


@whole
def full(
    size: Any, fill_value: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`fill_value` everywhere; floats give float32, ints int64, bools bool.

    fill_value : a number, or a tensor that broadcasts, whose graph is kept

    >>> import minigrad as mg
    >>> mg.full((2,), 7.0)
    tensor([7., 7.])
    """
    check_device("full", device)
    shape = check_sizes("full", (size,))
    if isinstance(fill_value, Tensor) and fill_value.requires_grad:
        value = fill_value if dtype is None else fill_value.to(as_dtype(dtype, "full"))
        return value.expand(shape).clone()
    array = as_array(fill_value, "full", dtype)
    return tensor_of(np.full(shape, array, array.dtype), requires_grad=requires_grad)


def _like(
    where: str, value: Any, input: Any, dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    array = as_array(input, where)
    wanted = array.dtype if dtype is None else as_dtype(dtype, where)
    return full(array.shape, value, wanted, device, requires_grad)


@whole
def zeros_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """0 in the shape and dtype of the input.

    >>> import minigrad as mg
    >>> mg.zeros_like(mg.tensor([1, 2]))
    tensor([0, 0])
    """
    return _like("zeros_like", 0, input, dtype, device, requires_grad)


@whole
def ones_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """1 in the shape and dtype of the input.

    >>> import minigrad as mg
    >>> mg.ones_like(mg.tensor([3.0, 2.0]))
    tensor([1., 1.])
    """
    return _like("ones_like", 1, input, dtype, device, requires_grad)


@whole
def empty_like(
    input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A tensor to be filled, in the shape and dtype of the input; here it begins with zeros.

    >>> import minigrad as mg
    >>> mg.empty_like(mg.tensor([3.0, 2.0])).shape
    (2,)
    """
    return _like("empty_like", 0, input, dtype, device, requires_grad)


@whole
def full_like(
    input: Any, fill_value: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """`fill_value` in the shape and dtype of the input.

    >>> import minigrad as mg
    >>> mg.full_like(mg.tensor([3.0, 2.0]), 5)
    tensor([5., 5.])
    """
    return _like("full_like", fill_value, input, dtype, device, requires_grad)


@whole
def arange(
    start: float | None = None,
    end: float | None = None,
    step: float = 1,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """start, start + step, ... below end (from 0 where only one number is given).

    int64 for ints and float32 for floats; a dtype of integers cuts off the fractions of the numbers
    first.  Raises TypeError without a number, ValueError for a step of 0, or one that leads away
    from the end.

    >>> import minigrad as mg
    >>> mg.arange(3), mg.arange(0.0, 1.0, 0.5)
    (tensor([0, 1, 2]), tensor([0. , 0.5]))
    """
    check_device("arange", device)
    if start is None or end is None:  # `arange(5)` and `arange(end=5)`
        if start is end:
            raise TypeError("arange() is missing a required argument: 'end'")
        start, end = 0, end if start is None else start
    start, stop, step = (_number("arange", n) for n in (start, end, step))
    if step == 0:
        raise ValueError("arange: step must not be 0")
    if (stop - start) * step < 0:
        raise ValueError(f"arange: a step of {step} does not lead from {start} to {stop}")
    values = np.arange(start, stop, step)
    if dtype is None and values.dtype.kind == "f":
        dtype = default_dtype()
    if values.dtype.kind == "f" and as_dtype(dtype, "arange").kind in "iu":
        cut = int(start), int(stop), int(step)
        if not cut[2]:
            raise ValueError(f"arange: a step of {step} is 0 in {as_dtype(dtype, 'arange')}")
        # as in PyTorch, where int64 alone is counted by what is left of the numbers
        count = len(range(*cut) if as_dtype(dtype, "arange") == np.int64 else values)
        values = cut[0] + cut[2] * np.arange(count)
    return tensor_of(_held("arange", values, dtype), requires_grad=requires_grad)


def _held(where: str, values: np.ndarray, dtype: Any) -> np.ndarray:
    """Computed values in a dtype that holds them."""
    if dtype is not None and (wanted := as_dtype(dtype, where)).kind in "iu":
        check_range(where, values, values, wanted)
    return as_array(values, where, dtype)


def _number(where: str, value: Any) -> Any:
    """A Python number of NumPy's, or of a tensor of one element, which must be a constant."""
    if isinstance(value, Tensor):
        if value.requires_grad:
            raise ValueError(
                f"{where}: an argument requires a gradient, which would be lost; pass its .item(), "
                "or compute start + step * arange(n)"
            )
        return value.item()
    return value.item() if isinstance(value, (np.generic, np.ndarray)) else value


@whole
def linspace(
    start: float,
    end: float,
    steps: int,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """`steps` evenly spaced values from start to end, float32 unless said otherwise.

    A dtype of integers cuts off the fractions of start and end first, and those of the values.
    Raises ValueError for a negative number of steps.

    >>> import minigrad as mg
    >>> mg.linspace(0.0, 1.0, 3)
    tensor([0. , 0.5, 1. ])
    """
    check_device("linspace", device)
    if check_integer("linspace: steps", steps) < 0:
        raise ValueError(f"linspace: steps must not be negative, got {steps}")
    real = as_dtype(dtype, "linspace")
    first, last = _ends("linspace", start, end, real)
    values = np.linspace(first, last, steps)
    return tensor_of(_held("linspace", values, real), requires_grad=requires_grad)


def _ends(where: str, start: Any, end: Any, dtype: np.dtype) -> list[Any]:
    """Two numbers, without their fractions for a dtype of integers, as in PyTorch."""
    ends = [_number(where, start), _number(where, end)]
    finite = all(map(np.isfinite, ends))
    return list(map(int, ends)) if dtype.kind in "iu" and finite else ends


@whole
def logspace(
    start: float,
    end: float,
    steps: int,
    base: float = 10.0,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Powers of `base`, whose exponents are `linspace(start, end, steps)`.

    >>> import minigrad as mg
    >>> mg.logspace(0, 2, 3)
    tensor([  1.,  10., 100.])
    """
    check_device("logspace", device)
    check_integer("logspace: steps", steps)
    real, radix = as_dtype(dtype, "logspace"), _number("logspace", base)
    first, last = _ends("logspace", start, end, real)
    with np.errstate(invalid="ignore"):  # of a negative base: NaN, as in PyTorch
        values = np.power(radix, np.linspace(first, last, steps))
    return tensor_of(_held("logspace", values, real), requires_grad=requires_grad)


@whole
def eye(
    n: int,
    m: int | None = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """1 on the diagonal and 0 elsewhere, (n, m); square unless m is given.

    >>> import minigrad as mg
    >>> mg.eye(2)
    tensor([[1., 0.],
            [0., 1.]])
    """
    check_device("eye", device)
    shape = check_sizes("eye", (n, n if m is None else m))
    return tensor_of(np.eye(*shape, dtype=as_dtype(dtype, "eye")), requires_grad=requires_grad)


@whole
def tril_indices(
    row: int, col: int, offset: int = 0, dtype: Any = None, device: Any = None
) -> Tensor:
    """The rows and columns of a lower triangle, (2, count).

    >>> import minigrad as mg
    >>> mg.tril_indices(2, 2)
    tensor([[0, 1, 1],
            [0, 0, 1]])
    """
    return _triangle("tril_indices", np.tril_indices, row, col, offset, dtype, device)


@whole
def triu_indices(
    row: int, col: int, offset: int = 0, dtype: Any = None, device: Any = None
) -> Tensor:
    """The rows and columns of an upper triangle, (2, count).

    >>> import minigrad as mg
    >>> mg.triu_indices(2, 2)
    tensor([[0, 0, 1],
            [0, 1, 1]])
    """
    return _triangle("triu_indices", np.triu_indices, row, col, offset, dtype, device)


def _triangle(where: str, indices: Any, *given: Any) -> Tensor:
    *numbers, dtype, device = given
    check_device(where, device)
    names = ("row", "col", "offset")
    row, col, offset = (
        check_integer(f"{where}: {n}", v) for n, v in zip(names, numbers, strict=True)
    )
    if min(row, col) < 0:
        raise ValueError(f"{where}: row and col must not be negative, got {row} and {col}")
    whole = as_dtype("int64" if dtype is None else dtype, where)
    if whole not in (np.int32, np.int64):
        raise TypeError(f"{where}: dtype: wanted int32 or int64, got {whole}")
    return tensor_of(np.stack(indices(row, offset, col)).astype(whole))


give_words(globals(), {*__all__} - {"asarray", "tensor"})  # they have
give_memory(
    globals(),
    """
    arange empty empty_like eye full full_like linspace logspace ones ones_like scalar_tensor
    tril_indices triu_indices zeros zeros_like
    """.split(),
)
explain_absence(globals())
