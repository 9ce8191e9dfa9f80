"""The noun: an array that remembers where it came from."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from .attached import Attached
from .tape import Node, differentiate, mode

default_dtype = np.dtype(np.float32)
"""What Python floats become; NumPy arrays keep their dtype."""

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def check_dtype(dtype: np.dtype, where: str) -> None:
    """Refuse with TypeError what no rule is written for."""
    if dtype.kind not in "iub" and dtype not in _FLOATS:
        raise TypeError(
            f"{where}: dtype {dtype} is not supported; wanted float32, float64, an integer or bool"
        )


def as_array(data: Any, where: str, dtype: Any = None) -> np.ndarray:
    """`data` as an array of a supported dtype, without a copy where there is one already.

    Python floats (alone, or nested in lists) become float32, or `dtype`.  Raises TypeError for
    dtypes that are not supported and ValueError for ragged lists.
    """
    if isinstance(data, Tensor):
        array = data._data
    elif isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
    else:
        try:
            array = np.asarray(data)
        except ValueError as error:
            raise ValueError(f"{where}: cannot make an array of {data!r:.60}: {error}") from None
        if array.dtype == np.float64 and not hasattr(data, "__array__") and not _holds_arrays(data):
            array = array.astype(default_dtype)
    if array.dtype == object or array.dtype.kind in "USOV":
        raise TypeError(f"{where}: wanted numbers, got {data!r:.60} (dtype {array.dtype})")
    if dtype is not None:
        wanted = np.dtype(dtype)
        check_dtype(wanted, where)
        if array.dtype.kind == "c":
            check_dtype(array.dtype, where)
        return array.astype(wanted, copy=False)
    check_dtype(array.dtype, where)
    return array


def _holds_arrays(data: Any) -> bool:
    """Is there a NumPy value in the (nested) list, which keeps its dtype?"""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic, Tensor))


class _Fields:
    """What a tensor consists of: the part that tensor.pxd makes a C struct."""

    __slots__ = ("_data", "_requires_grad", "_node", "_grad", "__weakref__")

    if TYPE_CHECKING:
        _data: np.ndarray
        _requires_grad: bool
        _node: Node | None
        _grad: Tensor | None


class Tensor(_Fields, Attached):
    """An array, and where it came from.

    data : an array, a number, a nested list, or a tensor.  An array is wrapped, not copied
        (`minigrad.tensor` copies).
    requires_grad : record what is done with it, and collect its gradient in `grad`; floating
        dtypes only

    Raises TypeError for object, complex and half-precision data, and ValueError for
    `requires_grad` on integers.

    >>> import minigrad as mg
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
    __array_ufunc__: Any = None  # an array on the left defers to us; see ops/methods.py

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        array = as_array(data, "Tensor")
        self._data = array if array.ndim or array is data else array[()]  # see `result`
        self._node = None
        self._grad = None
        self._requires_grad = False
        if requires_grad:
            self.requires_grad = True

    # ------------------------------------------------------------------ what it is

    @property
    def data(self) -> np.ndarray:
        """The array, without a copy; of a recorded result a read-only view."""
        array = self._data
        if not isinstance(array, np.ndarray):
            array = self._data = np.asarray(array)
        if self._node is None:
            return array
        view = array.view()
        view.flags.writeable = False
        return view

    @data.setter
    def data(self, value: Any) -> None:
        if self._node is not None:
            raise RuntimeError(
                f"the data of a result of {self._node.operation.name!r} cannot be replaced while "
                "its graph lives; detach() it first"
            )
        array = as_array(value, "Tensor.data")
        if self._requires_grad and array.dtype.kind != "f":
            raise ValueError(f"requires_grad needs float32 or float64 data, got {array.dtype}")
        self._data = array

    def numpy(self) -> np.ndarray:
        """The array, as `data` gives it."""
        return self.data

    @property
    def requires_grad(self) -> bool:
        """Is what is done with this tensor recorded?  Can be set on leaves."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._node is not None and not value:
            raise RuntimeError(
                "requires_grad can be changed on leaves only, and this is a result of "
                f"{self._node.operation.name!r}; use detach()"
            )
        if value and self._data.dtype.kind != "f":
            raise ValueError(
                f"requires_grad needs a float32 or float64 tensor, got {self._data.dtype}; "
                "convert it first: .astype('float32')"
            )
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
    def shape(self) -> tuple[int, ...]:
        """The size of each axis."""
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """float32, float64, an integer type or bool."""
        return self._data.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    @property
    def size(self) -> int:
        """The number of elements, as in NumPy and the Array API."""
        return self._data.size

    def numel(self) -> int:
        """PyTorch's name for `size`."""
        return self._data.size

    def item(self) -> float | int | bool:
        """The value of a tensor of one element as a Python number; ValueError for others."""
        if self._data.size != 1:
            raise ValueError(f"item: wanted one element, got shape {self.shape}")
        return self._data.item()  # type: ignore[no-any-return]

    def tolist(self) -> Any:
        """The values as nested Python lists."""
        return self._data.tolist()

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._data)

    def __iter__(self) -> Any:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return (self[i] for i in range(len(self._data)))

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise ValueError(
                f"the truth of a tensor of shape {self.shape} is ambiguous; use .any() or .all() "
                "of its .numpy()"
            )
        return bool(self._data.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self._data.dtype.kind not in "iu":
            raise TypeError(f"only an integer tensor can be an index, got {self.dtype}")
        return int(self.item())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self._requires_grad:
            raise TypeError(
                "a tensor that requires a gradient does not turn into an array by itself, for "
                "the graph would end there unseen; say so with .detach() or .numpy()"
            )
        return np.array(self._data, dtype=dtype, copy=copy)

    def __format__(self, spec: str) -> str:
        """A 0-d tensor as its number, so that f"{loss:.4f}" works; others as text."""
        return format(self.item() if spec and not self._data.ndim else str(self), spec)

    def __repr__(self) -> str:
        name = type(self).__name__ if type(self) is not Tensor else "tensor"
        text = np.array2string(self._data, separator=", ", prefix=f"{name}(")
        if self._data.size > np.get_printoptions()["threshold"] or not self._data.size:
            text += f", shape={self.shape}"
        if self._data.dtype not in (default_dtype, np.int64, np.bool_):
            text += f", dtype={self._data.dtype}"
        if self._node is not None:
            text += f", operation='{self._node.operation.name}'"
        elif self._requires_grad:
            text += ", requires_grad=True"
        return f"{name}({text})"

    # ------------------------------------------------------------------ leaving the graph

    def detach(self) -> Tensor:
        """The same values as a constant.  Shares memory, as in PyTorch."""
        return result(self.data, None)

    def __getstate__(self) -> Any:
        """For copy and pickle, which take leaves only."""
        if self._node is not None:
            raise RuntimeError(
                "only a leaf can be copied or pickled, and this is a result of "
                f"{self._node.operation.name!r}; detach() it first"
            )
        fields = ("_data", "_requires_grad", "_node", "_grad")
        return getattr(self, "__dict__", None), {name: getattr(self, name) for name in fields}

    def copy_(self, values: Any) -> Tensor:
        """Overwrite the values of a leaf in place; shape and dtype stay.

        A graph that still needs the old values keeps them: the tensor then gets a new array.
        Raises ValueError for another shape and RuntimeError for a recorded result.
        """
        array = as_array(values, "copy_")
        if array.shape != self.shape:
            raise ValueError(f"copy_: wanted shape {self.shape}, got {array.shape}")
        self._writable()[...] = array
        return self

    def _writable(self) -> np.ndarray:
        """The array of a leaf for writing; a new one where a graph holds the old."""
        if self._node is not None:
            raise RuntimeError(
                f"a result of {self._node.operation.name!r} cannot be changed in place"
            )
        if not self._data.flags.writeable:
            self._data = np.array(self._data)
        return self._data

    def __setitem__(self, index: Any, value: Any) -> None:
        if self._node is not None or (self._requires_grad and mode.recording):
            raise RuntimeError(
                "assignment into a tensor that is part of a graph would change what its gradient "
                "needs; make a new tensor with minigrad.where or minigrad.concat (or, on a leaf, "
                "assign inside `with minigrad.no_grad():`)"
            )
        if isinstance(index, Tensor):
            index = index._data
        self._writable()[index] = as_array(value, "assignment")

    # ------------------------------------------------------------------ gradients

    def retain_grad(self) -> None:
        """Ask the next backward pass to write `grad` here too, though this is no leaf."""
        if not self._requires_grad:
            raise RuntimeError("retain_grad: this tensor does not require a gradient")
        if self._node is not None:
            self._node.retained = weakref.ref(self)

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
    ) -> None:
        """Add the gradient of this tensor with respect to every leaf to the leaf's `grad`.

        gradient : the cotangent to begin with, of this tensor's shape; 1 for a single element
        retain_graph : keep the graph for a further pass (default: as `create_graph`)
        create_graph : record the pass itself, for derivatives of higher order

        Raises RuntimeError where there is no graph, or it was freed, or a cotangent is needed;
        ValueError for a `gradient` of another shape.
        """
        seed = cotangent_of(self, gradient, create_graph)
        retain = create_graph if retain_graph is None else retain_graph
        results = differentiate(
            [self._node or self], [seed], retain_graph=retain, create_graph=create_graph
        )
        for at, (g, owned) in results.items():
            leaf = at.retained() if isinstance(at, Node) else at
            if leaf is not None:
                leaf._accumulate(g, owned)

    def _accumulate(self, g: Any, owned: bool) -> None:
        if self._grad is not None:  # a new array: the old one may be in somebody's hands
            g, owned = (self._grad if isinstance(g, Tensor) else self._grad._data) + g, True
        if isinstance(g, Tensor):
            self._grad = g if owned else g * 1  # others see g too; a product is a recorded copy
        else:
            self._grad = result(np.asarray(g) if owned else np.array(g), None)


def result(array: Any, node: Node | None) -> Tensor:
    """The tensor that an operation gives.

    NumPy answers 0-d with a scalar; it becomes an array when somebody asks for `data`, because
    scalars are several times faster to compute with.
    """
    tensor = Tensor.__new__(Tensor)
    fields = tensor
    fields._data = array
    fields._node = node
    fields._grad = None
    fields._requires_grad = node is not None
    return tensor


def cotangent_of(output: Tensor, gradient: Any, create_graph: bool) -> Any:
    """What a backward pass from `output` begins with, checked."""
    if not output._requires_grad:
        raise RuntimeError(
            "backward from a tensor that does not require a gradient: nothing was recorded; make "
            "a leaf with requires_grad=True, outside of no_grad"
        )
    if gradient is None:
        if output._data.size != 1:
            raise RuntimeError(
                f"backward from a tensor of shape {output.shape} needs a gradient of that shape; "
                "only for a single element is it 1 by itself"
            )
        seed: Any = output.dtype.type(1)
        if output.ndim:
            seed = np.full(output.shape, seed)
    else:
        seed = gradient if isinstance(gradient, Tensor) else as_array(gradient, "gradient")
        if seed.shape != output.shape:
            raise ValueError(f"gradient: wanted shape {output.shape}, got {seed.shape}")
        if not create_graph or not isinstance(seed, Tensor):
            seed = as_array(seed, "gradient", output.dtype)
        elif seed.dtype != output.dtype:
            seed = seed.astype(output.dtype)
    return Tensor(seed) if create_graph and not isinstance(seed, Tensor) else seed
