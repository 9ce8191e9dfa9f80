"""Changing a tensor: in its memory, or, where the change is recorded, by moving on to a new node.

What is not recorded (constants, and everything inside `no_grad`) is written to the memory, and the
change is counted, so that a graph that needs the old values stops with an error.

What is recorded leaves the old node alone, and with it whoever used the tensor before: the tensor
gets the node and the array of the new value.  Views by index, t[index], are followed both ways: a
change of one is a change of t, and then all that look at t are taken of it again.  So is a reshape
that alone looks at t, so that `t.view(-1)[i] = v` changes t.  Any other tensor with the same
memory, such as `.detach()`, would not see the change, though in PyTorch it would: it is refused
while there are any.  But `t.data` is there to be written to: t gets the values, and no graph.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from .convert import as_array, copy_of, holds_arrays, refuse_masked
from .grad_mode import no_grad
from .mode import mode
from .tape import Node
from .tensor import ASIDE, Tensor, refuse_write, tensor_of
from .watchers import tell_copy, whole
from .words import describe, retell

Assign = Callable[[Tensor, Any, Any, bool], Tensor]


def is_recorded(*values: Any) -> bool:
    """Does a change by these values belong on the tape?"""
    return mode.recording and any(isinstance(v, Tensor) and v._requires_grad for v in values)


def change(
    tensor: Tensor, name: str, new: Callable[[], Tensor], assign: Assign, *others: Any
) -> Tensor:
    """Give a tensor the value that `new()` computes from it and `others`, in place.

    Raises RuntimeError for a leaf that requires a gradient (outside `no_grad`) and for memory that
    is shared where the change would be lost; ValueError and TypeError for a value of another shape
    or kind of number, and for what is no tensor.  Then nothing has changed.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: input: wanted a tensor to change, got {type(tensor).__name__}")
    if not is_recorded(tensor, *others):
        with no_grad():
            value = new()
        _check_kind(name, tensor.dtype, value.dtype)
        write(tensor, name, value)
        return tensor
    refuse_leaf(tensor, name)
    refuse_write(tensor)
    value = new()
    if value.shape != tensor.shape:
        raise ValueError(f"{name}: wanted a value of shape {tensor.shape}, got {value.shape}")
    _check_kind(name, tensor.dtype, value.dtype)
    move_on(tensor, name, _recorded(tensor, in_dtype(name, value, tensor.dtype), assign), assign)
    return tensor


def _recorded(tensor: Tensor, value: Tensor, assign: Assign) -> Tensor:
    """What takes a tensor's place; a constant is assigned, so that the tensor keeps its graph."""
    return value if value._requires_grad else assign(tensor, value, ..., False)


@whole
def write(tensor: Tensor, name: str, value: Any, index: Any = ...) -> None:
    """Write a constant into a tensor's memory, in the tensor's dtype."""
    array = as_array(value, name, None if isinstance(value, (Tensor, np.ndarray)) else tensor.dtype)
    array = np.asarray(array)  # a scalar that does not fit would be refused, an array is cut off
    if index is ... and not _stretches(array.shape, tensor.shape):
        raise ValueError(f"{name}: wanted shape {tensor.shape}, got {array.shape}")
    memory = tensor.numpy()
    refuse_write(tensor)
    try:
        part, places = integers_first(memory, index)
        if memory.flags.writeable:
            part[places] = without_ones(array)  # raises before anything is counted
            tensor._writable()
        else:
            changed = np.array(memory)
            part, places = integers_first(changed, index)
            part[places] = without_ones(array)
            tensor._writable()[...] = changed
    except (Warning, FloatingPointError):  # a warning as an error comes when all is written
        tensor._writable()
        raise
    except (IndexError, TypeError, ValueError) as error:
        place = "" if index is ... else f"index={describe(index)}, "
        raise retell(
            f"{name}({describe(tensor)}, {place}value={describe(array)})", error
        ) from error


def _stretches(shape: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Does `shape` broadcast to the wanted one?"""
    return len(shape) <= len(wanted) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(wanted), strict=False)
    )


def _check_kind(name: str, wanted: np.dtype, got: np.dtype) -> None:
    if "biuf".index(got.kind.replace("u", "i")) > "biuf".index(wanted.kind.replace("u", "i")):
        raise TypeError(
            f"{name}: a tensor of {wanted} cannot take values of {got}; convert it first: "
            f".astype('{got}')"
        )


def in_dtype(name: str, value: Tensor, dtype: np.dtype) -> Tensor:
    """A tensor in the dtype of what takes it in.

    Raises ValueError for a recorded one among whole numbers, which have no gradient.
    """
    if value.dtype == dtype:
        return value
    if dtype.kind != "f" and is_recorded(value):
        raise ValueError(
            f"{name}: what is written requires a gradient, which a tensor of {dtype} would lose; "
            "say .detach() of it, or make the tensor floating first: .float()"
        )
    return value.astype(dtype)


def refuse_leaf(tensor: Tensor, name: str) -> None:
    """A leaf is what gradients are for; what would its own be after a recorded change?"""
    if tensor._node is None and tensor._requires_grad:
        raise RuntimeError(
            f"{name}: a leaf that requires a gradient cannot be changed in place while it is "
            "recorded; do it inside `with minigrad.no_grad():`, or make a new tensor"
        )


def move_on(tensor: Tensor, name: str, value: Tensor, assign: Assign) -> None:
    """Let a tensor be `value` from now on, and what it is a view of, and the other views of that.

    What was done to t[index] is done to t, of which every view is then taken again, as PyTorch
    does when it is asked for the graph of one.
    """
    chain, base = [], tensor  # of views, each of the next one, the last of `base`
    while (owner := _owner(base)) is not None:
        chain.append(base)
        base = owner
    whole = None if chain else _whole_of(base)
    refuse_leaf(base if whole is None else whole, name)
    if whole is not None:
        value = assign(tensor.detach(), value, ..., False)  # laid out as the tensor was
        again = value.reshape(whole.shape)
        if again._version_ is not value._version_:  # no view
            raise _shared(name)
        if _comes_from(tensor, whole):  # and goes on doing so
            _become(whole, again)
            _become(tensor, whole.reshape(tensor.shape))
        else:
            _become(tensor, value)
            _become(whole, again)
        return
    views = _views_of(base, name, value)
    for view in chain:
        value = assign(_owner(view), value, view._view[1], False)  # type: ignore[arg-type, index]
    if base._view is ASIDE:
        write(base, name, value.detach())
        old, base._node, base._requires_grad = base._node, value._node, value._requires_grad
        still_retain(base, old)
    else:
        _become(base, value)
    for view, owner, index in views:
        again = owner[index]
        _become(view, again)
        view._view = again._view


def _views_of(base: Tensor, name: str, value: Tensor) -> list[tuple[Tensor, Tensor, Any]]:
    """All other tensors with this memory but `value`: of what they are views, by which index.

    A view stands behind what it is a view of.  Raises RuntimeError where one is no view by index;
    but of `t.data` neither t is one nor what looks at t.
    """
    version = base._version_
    found = []
    for tensor in [] if version is None else version.others(base):
        if tensor is value:  # written in the memory itself
            continue
        depth, at = 0, tensor
        while at is not base:
            depth, owner = depth + 1, _owner(at)
            if owner is None and base._view is ASIDE and at._data is base._data:
                break
            if owner is None or owner._requires_grad != at._requires_grad:  # as under no_grad
                raise _shared(name)
            at = owner
        else:
            found.append((depth, tensor, _owner(tensor), tensor._view[1]))
    return [view for _, *view in sorted(found, key=operator.itemgetter(0))]  # type: ignore[misc]


def _owner(tensor: Tensor) -> Tensor | None:
    """The tensor of which this is t[index], unless that has got another array since."""
    if tensor._view is None:
        return None
    owner = tensor._view[0]()
    return owner if owner is not None and owner._data is tensor._view[2] else None


def _whole_of(tensor: Tensor) -> Tensor | None:
    """The only other tensor with this memory, if the one is a recorded reshape of the other."""
    version = tensor._version_
    others = [] if version is None else version.others(tensor)
    if len(others) == 1:
        (other,) = others
        if _comes_from(tensor, other) or _comes_from(other, tensor):
            return other  # type: ignore[no-any-return]
    return None


def _comes_from(tensor: Tensor, base: Tensor) -> bool:
    node: Any = tensor._node
    while isinstance(node, Node) and node.name in _RESHAPES and node.parents:
        node = node.parents[0]
        if node is (base if base._node is None else base._node):
            return True
    return False


_RESHAPES = {"reshape", "squeeze", "expand_dims"}


def refuse_shared(tensor: Tensor, name: str) -> None:
    """Other tensors with this memory would not see a recorded change."""
    if tensor._version_ is not None and tensor._version_.others(tensor):
        raise _shared(name)


def _shared(name: str) -> RuntimeError:
    return RuntimeError(
        f"{name}: another tensor (a view, or .detach()) shares this memory and would not see a "
        "recorded change, as it does in PyTorch; change a .clone() of one of them"
    )


def _become(tensor: Tensor, value: Tensor) -> None:
    old = tensor._node
    tensor._data = value._data
    tensor._node = value._node
    tensor._requires_grad = value._requires_grad
    if tensor._version_ is not value._version_:
        tensor._version_ = value._version_
        if tensor._version_ is not None:
            tensor._version_.share(tensor)
    tensor._view = None
    still_retain(tensor, old)


def still_retain(tensor: Tensor, old: Node | None) -> None:
    """Let a tensor that has got another node be retained there if it was at the old one."""
    if old is not None and old.retained is not None and old.retained() is tensor:
        old.retained = None
        tensor.retain_grad()


def set_item(tensor: Tensor, index: Any, value: Any, assign: Assign) -> None:
    """`tensor[index] = value`."""
    if not is_recorded(tensor, value):
        if isinstance(value, Tensor):
            value = value.detach()
        write(tensor, "assignment", value, plain(index))
        return
    refuse_leaf(tensor, "assignment")
    refuse_write(tensor)
    if isinstance(value, Tensor):
        value = in_dtype("assignment", value, tensor.dtype)
    else:
        array = as_array(value, "assignment", tensor.dtype)
        value = tell_copy(None, array) if isinstance(value, Real) else array
    index = plain(index)
    if isinstance(value, Tensor) and _owner(value) is tensor:
        known = value._requires_grad == tensor._requires_grad  # or one has lost it, in no_grad
        if known and _same_places(value._data, np.asarray(tensor._data)[index]):
            return  # t[index] += v has changed t by now
    if _owner(tensor) is None and _whole_of(tensor) is None:
        _views_of(tensor, "assignment", tensor)  # refuses, before anything is recorded
    version = tensor._version_
    free = version is None or not (version.kept or version.others(tensor))
    moved = assign(tensor, value, index, free and np.asarray(tensor._data).flags.writeable)
    move_on(tensor, "assignment", moved, assign)


def _same_places(one: np.ndarray, other: np.ndarray) -> bool:
    """Are these the same elements of memory in the same order?"""
    a, b = one.__array_interface__, np.asarray(other).__array_interface__
    return one.strides == other.strides and (a["data"], a["shape"]) == (b["data"], b["shape"])


def take_shape(tensor: Tensor, name: str, function: Callable[[], Tensor]) -> Tensor:
    """Let a tensor be `function()`, a view of itself of another shape (`unsqueeze_`)."""
    if is_recorded(tensor):
        refuse_leaf(tensor, name)
        _become(tensor, function())
        return tensor
    with no_grad():
        tensor._data = function().numpy()
    tensor._view = None
    return tensor


def plain(index: Any) -> Any:
    """An index with copies of arrays for arrays and tensors, of which later changes mean nothing.

    NumPy checks an index before it uses it; in between another thread may write to it.
    """
    if isinstance(index, tuple):
        return tuple(map(plain, index))
    if isinstance(index, slice):
        return plain_slice(index)
    if isinstance(index, Tensor):
        return _number_of(tell_copy(index._data, places_of(index)))
    if isinstance(index, np.ndarray):
        refuse_masked(index, "index")
        return _number_of(tell_copy(index, np.array(index)))
    if isinstance(index, list):
        array_of(index)  # refuses
        return copy_of(index)
    return index


def integers_first(array: np.ndarray, index: Any) -> tuple[np.ndarray, Any]:
    """A view and an index whose `view[index]` is what `array[index]` is in PyTorch.

    To NumPy an integer beside a list is a list too, and what lists choose comes first where there
    is a slice between them: of `x[0, :, [1, 2]]` the axis of length 2.  In PyTorch integers choose
    first, and that axis stays where it was; an ellipsis of no axes separates nothing.
    """
    if type(index) is not tuple or len(index) < 3 or not any(map(is_list, index)):
        return array, index
    view: list[Any] = []
    places: list[Any] = []
    covering = None
    for item in index:
        if is_list(item):
            each = np.asarray(item)
            view += [slice(None)] * (each.ndim if each.dtype == bool else 1)  # a mask's axes
            places.append(item)
            continue
        view.append(item)
        if item is Ellipsis:
            covering = len(places)
        elif not isinstance(item, (int, np.integer)):
            places.append(slice(None))
    part = array[tuple(view)]
    if covering is not None:  # between lists NumPy takes `...` for a slice though it has no axes
        known = sum(not isinstance(item, (int, np.integer)) for item in view) - 1
        places[covering:covering] = [slice(None)] * (part.ndim - known)
    return part, tuple(places)


def without_ones(value: Any) -> Any:
    """What is assigned, without axes of 1 in front, which broadcasting brings back where needed.

    NumPy refuses `t[0] = ones(1, 1)` of a vector t, PyTorch does not.
    """
    while np.shape(value)[:1] == (1,):
        value = value[0, ...]
    return value


def is_list(item: Any) -> bool:
    """May this part of an index choose several elements, of which NumPy makes a copy?"""
    return isinstance(item, (list, tuple, range, np.ndarray, bool, np.bool_))


def _number_of(places: np.ndarray) -> Any:
    return places if places.ndim or places.dtype.kind not in "iu" else int(places)


def plain_slice(part: slice) -> slice:
    """A slice of integers for one of tensors, arrays or whatever knows `__index__`."""
    ends = part.start, part.stop, part.step
    if all([type(end) is int or end is None for end in ends]):
        return part
    try:
        return slice(*[end if end is None else operator.index(end) for end in ends])
    except (TypeError, ValueError):
        return part  # for NumPy to refuse


def array_of(index: Sequence[Any]) -> np.ndarray:
    """A list that is an index; IndexError for a ragged one, TypeError for a masked array in it."""
    holds_arrays(index, "index")
    try:
        return np.asarray(index) if len(index) else np.zeros(0, np.intp)
    except ValueError:
        raise IndexError(
            f"index: {index!r:.60} holds lists of several lengths; an index for several axes is a "
            "tuple, x[0, [1, 2]]"
        ) from None


def places_of(index: Tensor) -> np.ndarray:
    """A copy of a tensor that is an index; PyTorch takes uint8 for a mask."""
    return np.array(index._data, bool if index._data.dtype == np.uint8 else None)


def copy_into(
    tensor: Tensor,
    src: Any,
    broadcast: Callable[..., Tensor],
    assign: Assign,
    name: str = "copy_",
) -> Tensor:
    """`tensor.copy_(src)`."""
    if not is_recorded(tensor, src):
        write(tensor, name, src.detach() if isinstance(src, Tensor) else src)
        return tensor
    refuse_leaf(tensor, name)
    refuse_write(tensor)
    value = src if isinstance(src, Tensor) else tensor_of(as_array(src, name, tensor.dtype))
    if not _stretches(value.shape, tensor.shape):
        raise ValueError(f"{name}: wanted shape {tensor.shape}, got {value.shape}")
    before = tensor.detach() if value._requires_grad else tensor  # a constant leaves it its graph
    value = in_dtype(name, value, tensor.dtype)
    value = assign(before, broadcast(value, tensor.shape), ..., False)
    del before  # it shares the memory
    move_on(tensor, name, value, assign)
    return tensor
