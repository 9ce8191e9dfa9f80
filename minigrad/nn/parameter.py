"""A tensor that a module learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from .. import kernels
from ..absent import explain_absence
from ..engine.dtypes import default_dtype
from ..engine.tensor import Tensor
from ..engine.words import with_class_words

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


@with_class_words
class Parameter(Tensor):
    """A tensor that requires a gradient, and that a module it is an attribute of will find.

    data : as for `Tensor`; an array is wrapped, not copied.  A recorded result becomes a leaf.
    requires_grad : False for a parameter that stays as it is

    Raises TypeError and ValueError as `Tensor` does.

    >>> import numpy as np
    >>> from minigrad import nn
    >>> nn.Parameter(np.zeros(2, np.float32))
    Parameter([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        if data is None:
            data = np.empty(0, default_dtype())
        self._wrap(data.detach() if isinstance(data, Tensor) else data, requires_grad)

    def __getstate__(self) -> Any:
        """For copy and pickle: without the gradient, as in PyTorch."""
        attributes, fields = super().__getstate__()
        return attributes, fields | {"_grad": None}


class _NoValues(np.ndarray):
    """The array of an uninitialized tensor: whoever computes with it, or asks its size, is told."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "a parameter of a lazy layer has no shape and no values yet; run the network once on "
            "an input"
        )

    __array_ufunc__ = __array_function__ = _refuse
    shape = size = ndim = nbytes = property(_refuse)
    tolist = copy = reshape = __len__ = __getitem__ = _refuse

    def __reduce__(self) -> Any:
        return _no_values, (self.dtype.str,)


def _no_values(dtype: DTypeLike) -> np.ndarray:
    return np.empty(0, dtype).view(_NoValues)


class Uninitialized(Tensor):
    """What lazy layers have in place of parameters and buffers: a dtype, but no values yet."""

    __slots__ = ()

    def materialize(self, shape: tuple[int, ...]) -> None:
        """Become an ordinary one of this shape, with values that are still to be set."""
        self.__class__ = Parameter if isinstance(self, Parameter) else Tensor  # type: ignore[assignment]
        self.data = kernels.empty(shape, self.dtype)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


@with_class_words
class UninitializedParameter(Uninitialized, Parameter):
    """A parameter whose shape a lazy layer learns from its first input.

    It has a dtype but no values: what asks for its shape gets a RuntimeError.

    >>> from minigrad import nn
    >>> nn.LazyLinear(2).weight
    <UninitializedParameter>
    """

    __slots__ = ()

    def __init__(
        self, dtype: DTypeLike | None = None, requires_grad: bool = True, device: Any = None
    ) -> None:
        check_device(device, "UninitializedParameter")
        self._wrap(np.empty(0, real_dtype(dtype)), requires_grad)
        self._data = _no_values(self._data.dtype)


@with_class_words
class UninitializedBuffer(Uninitialized):
    """The same for a buffer.

    >>> from minigrad import nn
    >>> nn.LazyBatchNorm1d().running_mean
    <UninitializedBuffer>
    """

    __slots__ = ()

    def __init__(self, dtype: DTypeLike | None = None, device: Any = None) -> None:
        check_device(device, "UninitializedBuffer")
        self._wrap(np.empty(0, real_dtype(dtype)))
        self._data = _no_values(self._data.dtype)


@with_class_words
class Buffer(Tensor):
    """A tensor that becomes a buffer of the module it is made an attribute of.

    persistent : save it with `state_dict`

    Raises as `Tensor` does.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> net = nn.Module()
    >>> net.seen = nn.Buffer(mg.zeros(2))
    >>> [name for name, _ in net.named_buffers()]
    ['seen']
    """

    def __init__(self, data: Any, *, persistent: bool = True) -> None:
        self._wrap(data.detach() if isinstance(data, Tensor) else data)
        self.persistent = persistent


def real_dtype(dtype: DTypeLike | None, where: str = "dtype") -> np.dtype[Any]:
    """The dtype of a layer's parameters; TypeError if it is neither float32, float64 nor None."""
    try:
        real = np.dtype(default_dtype() if dtype is None else dtype)
    except (TypeError, ValueError):
        raise TypeError(f"{where} must be float32 or float64, got {dtype!r}") from None
    if real not in (np.float32, np.float64):
        raise TypeError(f"{where} must be float32 or float64, got {real}")
    return real


def check_device(device: Any, where: str = "device") -> None:
    """Raise ValueError for a device that is not the CPU; None means it."""
    if device is not None and str(device) not in ("cpu", "cpu:0"):
        raise ValueError(f"{where}: wanted the device 'cpu', the only one there is, got {device}")


def new_parameter(
    shape: tuple[int, ...], dtype: DTypeLike | None, device: Any = None, fill: float = 0.0
) -> Parameter:
    """A parameter of one value; errors as `real_dtype` and `check_device`."""
    check_device(device)
    real = real_dtype(dtype)
    values = kernels.empty(shape, real)
    values.fill(fill)
    return Parameter(values)


explain_absence(globals())
