"""The noun: an array that remembers where it came from."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..absent import explanation_of
from .convert import as_array, convert, source_of, zeros
from .dtypes import default_dtype
from .fields import Fields, version_of, view_of
from .hooks import GradientHooks, RemovableHandle, register
from .mode import mode
from .size import Size, size_of
from .tape import Node
from .tell import tell, watchers
from .warn import warn
from .watchers import tell_copy

if TYPE_CHECKING:
    from .attached import Attached
else:
    Attached = object  # what it declares, `ops/methods.py` attaches

LOST = (
    "{}(t) of a tensor that requires a gradient makes a constant; say t.detach().clone() to mean "
    "that, or t.clone() to keep the graph"
)


class Tensor(Fields, Attached):
    """An array, and where it came from.

    data : an array or a list, which becomes of the default dtype whatever it holds, and is not
        copied where it is already (`minigrad.tensor` copies, and keeps dtypes); a tensor, whose
        memory is shared; or sizes, integers one by one, for as many zeros
    requires_grad : record what is done with it, and collect its gradient in `grad`; floating
        dtypes only

    Other attributes may be set on a tensor; they do not go on to what is computed of it.  Raises
    TypeError for object, complex and half-precision data, and ValueError for `requires_grad` on
    integers and for negative sizes.

    >>> import minigrad as mg
    >>> mg.Tensor(2, 3).shape, mg.Tensor([2, 3])
    ((2, 3), tensor([2., 3.]))
    >>> x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = (x * x).sum()
    >>> y
    tensor(14., operation='sum')
    >>> y.backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __array_ufunc__: Any = None  # see ops/numpy_functions.py

    def __init__(self, *data: Any, requires_grad: bool = False, **unknown: Any) -> None:
        if unknown:  # Cython's own words name no class
            raise TypeError(
                f"{type(self).__name__}() got an unexpected keyword argument "
                f"{next(iter(unknown))!r}; it takes sizes or data, and requires_grad"
            )
        (given,) = data if len(data) == 1 else (None,)
        if len(data) != 1 or type(given) is int or isinstance(given, np.integer):
            given = zeros(data)
        elif isinstance(given, Tensor):
            if given._requires_grad:
                warn(LOST.format("minigrad.Tensor"))
        else:
            array = as_array(given, "Tensor", default_dtype())
            given = array if array is given else tell_copy(source_of(given), array)
        self._wrap(given, requires_grad)

    def _wrap(self, data: Any, requires_grad: bool = False) -> None:
        """Begin as a tensor of an array, or of a tensor's, in its dtype."""
        if isinstance(data, Tensor):
            self._data = data._array()
        else:
            array = as_array(data, type(self).__name__)
            self._data = array if array.ndim or array is data else array[()]  # see `result`
        if watchers and self._data is not data:
            tell("copied", source_of(data), self._data)
        self._node = None
        self._grad = None
        self._version_ = None
        self._view = None
        self._hook = None
        self._written_hooks = None
        self._requires_grad = False
        if isinstance(data, Tensor):
            view_of(self, data)
        if requires_grad is not False:
            self.requires_grad = requires_grad

    # ------------------------------------------------------------------ what it is

    @property
    def data(self) -> Tensor:
        """A constant tensor with the same memory: what is written to one, both see.

        A graph that needs the old values notices the write, and its backward pass stops.  As in
        PyTorch, `_version` does not count it.  Can be set to another tensor, whose memory is
        shared then, or to an array; TypeError for anything else, ValueError for what the graph
        cannot take.
        """
        tensor = self.detach()
        tensor._view = ASIDE
        return tensor

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, (Tensor, np.ndarray)):
            raise TypeError(f"Tensor.data: wanted a tensor, got {type(value).__name__}")
        array = beside(value, self, "Tensor.data")._array()
        if self._requires_grad and array.dtype.kind != "f":
            raise ValueError(f"requires_grad needs float32 or float64 data, got {array.dtype}")
        if self._node is not None and array.shape != self.shape:
            raise ValueError(
                f"Tensor.data: wanted shape {self.shape}, as the graph of {self._node.name!r} has "
                f"it, got {array.shape}"
            )
        if watchers:
            tell("changed", self)
        self._data = array
        self._version_ = self._view = None
        if isinstance(value, Tensor):
            view_of(self, value)

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """The array, without a copy.

        force : changes nothing: here no tensor refuses

        What is written to it through NumPy nobody notices: a graph that needs the old values then
        gives the gradient of the new ones.  `autograd.detect_anomaly` finds such a write; through
        the tensor (`t[...] = v`, `t.copy_(v)`) it is an error by itself.
        """
        if watchers:
            tell("read", self)
        return self._array()

    def _array(self) -> np.ndarray:
        """The same, for those who only pass it on."""
        if not isinstance(self._data, np.ndarray):
            self._data = tell_copy(self._data, np.asarray(self._data))
        return self._data

    @property
    def requires_grad(self) -> bool:
        """Is what is done with this tensor recorded?  Can be set on leaves."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._node is not None and not value:
            raise RuntimeError(
                "requires_grad can be changed on leaves only, and this is a result of "
                f"{self._node.name!r}; use detach()"
            )
        if value and self._data.dtype.kind != "f":
            raise ValueError(
                f"requires_grad needs a float32 or float64 tensor, got {self._data.dtype}; "
                "convert it first: .astype('float32')"
            )
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"requires_grad: wanted True or False, got {value!r:.60}")
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place and return the tensor."""
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Tensor | None:
        """The gradient that backward passes have accumulated here, or None."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(f"grad: wanted a Tensor or None, got {type(value).__name__}")
            if value.shape != self.shape or value.dtype != self.dtype:
                raise ValueError(
                    f"grad: wanted shape {self.shape} and dtype {self.dtype} as the tensor's, "
                    f"got {value.shape} and {value.dtype}"
                )
        if watchers:
            tell("assigned", self, value)
        self._grad = value

    @property
    def grad_fn(self) -> Node | None:
        """The node that made this tensor; None for a leaf."""
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Was this tensor made by hand, rather than by a recorded operation?"""
        return self._node is None

    @property
    def shape(self) -> Size:
        """The size of each axis."""
        return size_of(self._data.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, float64, an integer type or bool."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    def numel(self) -> int:
        """The number of elements."""
        return self._data.size

    @property
    def _version(self) -> int:
        """How often the memory has been changed in place through a tensor."""
        return self._version_.count if self._version_ is not None else 0

    def item(self) -> float | int | bool:
        """The value of a tensor of one element as a Python number; ValueError for others."""
        if self._data.size != 1:
            raise ValueError(f"item: wanted one element, got shape {self.shape}")
        if watchers:
            tell("read", self)
        return self._data.item()  # type: ignore[no-any-return]

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        if watchers:
            tell("read", self)
        return self._data.tolist()

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self._data)))

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous; use .any() or .all()"
            )
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iub":
            raise TypeError(f"only an integer tensor can be an index, got {self.dtype}")
        return int(self.item())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self._requires_grad:
            raise TypeError(
                "a tensor that requires a gradient does not turn into an array by itself, for "
                "the graph would end there unseen; say so with .detach() or .numpy()"
            )
        if watchers:
            tell("read", self)
        return np.array(self._data, dtype=dtype, copy=copy)

    def __format__(self, spec: str) -> str:
        """A 0-d tensor as its number, one element too if a format is given; others as text."""
        if not self._data.ndim or (spec and self._data.size == 1):
            try:
                return format(self.item(), spec)
            except ValueError as error:
                raise ValueError(f"format: {error}; its dtype is {self.dtype}") from None
        if spec:
            raise TypeError(
                f"format: {spec!r} needs a tensor of one element, got shape {self.shape}; format "
                "the numbers of .tolist()"
            )
        return str(self)

    if not TYPE_CHECKING:  # checkers would take any name for granted

        def __getattr__(self, name: str) -> Any:
            """Asked only for what is not there: name what is near to it."""
            if name.startswith("_"):
                words = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(words, name=name, obj=self)
            raise AttributeError(explanation_of(type(self), name), name=name, obj=self)

    def __repr__(self) -> str:
        if watchers:
            tell("read", self)
        name = type(self).__name__ if type(self) is not Tensor else "tensor"
        text = np.array2string(self._data, separator=", ", prefix=f"{name}(")
        if self._data.size > np.get_printoptions()["threshold"] or not self._data.size:
            text += f", shape={self.shape}"
        if self._data.dtype not in (default_dtype(), np.int64, np.bool_):
            text += f", dtype={self._data.dtype}"
        if self._node is not None:
            text += f", operation='{self._node.name}'"
        elif self._requires_grad:
            text += ", requires_grad=True"
        return f"{name}({text})"

    # ------------------------------------------------------------------ leaving the graph

    def detach(self) -> Tensor:
        """The same values as a constant.  Shares memory, as in PyTorch."""
        self._array()
        tensor = result(self._data, None)
        view_of(tensor, self)
        return tensor

    def __getstate__(self) -> Any:
        """For copy and pickle, which take leaves only."""
        if watchers:
            tell("read", self)
        if self._node is not None:
            raise RuntimeError(
                "only a leaf can be copied or pickled, and this is a result of "
                f"{self._node.name!r}; detach() it first"
            )
        fields = dict.fromkeys(("_node", "_version_", "_view", "_hook", "_written_hooks"))
        given = {name: getattr(self, name) for name in ("_data", "_requires_grad", "_grad")}
        return self.__dict__ or None, fields | given

    def __copy__(self) -> Tensor:
        """A leaf with the same memory, and so with the same version."""
        self._array()
        attributes, fields = self.__getstate__()
        tensor = type(self).__new__(type(self))
        for name, value in (*fields.items(), *(attributes or {}).items()):
            setattr(tensor, name, value)
        view_of(tensor, self)
        return tensor

    def _writable(self) -> np.ndarray:
        """The array, to be written to: counts as a change.

        Raises RuntimeError where one element of memory stands for several of the tensor.
        """
        if watchers:
            tell("changed", self)
        array = self._array()
        refuse_write(self)
        if not array.flags.writeable:
            if self._version_ is not None and self._version_.others(self):
                raise RuntimeError(READ_ONLY)
            array = self._data = np.array(array)
        version = version_of(self)
        version.change()
        if self._view is ASIDE:
            version.count -= 1
        return array

    # ------------------------------------------------------------------ gradients

    def retain_grad(self) -> None:
        """Ask the next backward pass to write `grad` here too, though this is no leaf."""
        if not self._requires_grad:
            raise RuntimeError("retain_grad: this tensor does not require a gradient")
        if self._node is not None:
            self._node.retained = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Has `retain_grad()` been called on this result?"""
        return self._node is not None and self._node.retained is not None

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Have `hook(gradient)` called when this tensor's gradient is complete.

        hook : may return another gradient of the same shape, which then goes on; must not change
            the one it is given

        Returns a handle with `remove()`.  Raises RuntimeError for a tensor that requires no
        gradient, TypeError for what cannot be called.

        >>> import minigrad as mg
        >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
        >>> handle = x.register_hook(lambda g: 10 * g)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([20., 40.])
        """
        if not self._requires_grad:
            raise RuntimeError("register_hook: this tensor does not require a gradient")
        hooks = self._hook if self._node is None else self._node.hook
        if hooks is None:
            hooks = GradientHooks(lambda g: result(np.asarray(g), None))
            if self._node is None:
                self._hook = hooks
            else:
                self._node.hook = hooks
        return register(hooks.hooks, hook, "register_hook")

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Have `hook(tensor)` called after a backward pass has written `grad`; leaves only.

        Raises RuntimeError for other tensors, TypeError for what cannot be called.
        """
        if self._node is not None or not self._requires_grad:
            raise RuntimeError(
                "register_post_accumulate_grad_hook: wanted a leaf that requires a gradient"
            )
        if self._written_hooks is None:
            self._written_hooks = {}
        return register(self._written_hooks, hook, "register_post_accumulate_grad_hook")


ASIDE: Any = (lambda: None), None, None
"""As its `_view`: what is written to `t.data` is noticed, but `t._version` does not count it."""

READ_ONLY = (
    "a tensor that stands for one value many times (expand, broadcast_to), or whose memory is "
    "read-only, cannot be changed in place; change a .clone()"
)


def refuse_write(tensor: Tensor) -> None:
    """RuntimeError where one element of memory stands for several of the tensor.

    And for a leaf that wants a gradient in the forward method of a `Function` that was given it,
    except through `.data`.
    """
    shape, strides = tensor._data.shape, tensor._data.strides
    if 0 in strides and 0 not in shape and any(map(_stands_for_several, shape, strides)):
        raise RuntimeError(READ_ONLY)
    if mode.given and tensor._version_ in mode.given and tensor._view is not ASIDE:
        name, place = mode.given[tensor._version_]
        raise RuntimeError(
            f"{name}.forward: argument {place}, a leaf that requires a gradient, cannot be changed "
            "in place while it is recorded; change a .clone()"
        )


def _stands_for_several(n: int, stride: int) -> bool:
    return n > 1 and not stride


def tensor_of(data: Any, requires_grad: bool = False) -> Tensor:
    """A tensor of an array in its dtype, without a copy; of numbers, as `minigrad.tensor`."""
    tensor = Tensor.__new__(Tensor)
    tensor._wrap(data, requires_grad)
    return tensor


def result(array: Any, node: Node | None) -> Tensor:
    """The tensor that an operation gives.

    NumPy answers 0-d with a scalar; it becomes an array when somebody asks for `data`, because
    scalars are several times faster to compute with.
    """
    kind = Tensor  # what Cython knows to be a type it makes an object of without a look-up
    tensor = kind.__new__(kind)
    fields = tensor
    fields._data = array
    fields._node = node
    fields._grad = fields._version_ = fields._view = fields._hook = fields._written_hooks = None
    fields._requires_grad = node is not None
    return tensor


def beside(value: Any, tensor: Tensor, where: str) -> Tensor:
    """`value` as a tensor; Python floats in it, and NumPy's numbers, take the dtype of the floating
    tensor beside it.
    """
    if isinstance(value, Tensor):
        return value
    array, numbers = convert(value.item() if isinstance(value, np.generic) else value, where)
    if numbers and array.dtype == np.float64:
        floating = tensor._data.dtype.kind == "f"
        array = np.asarray(array, tensor._data.dtype if floating else default_dtype())
    return result(array, None)
