"""Parameters that are computed: a layer keeps the originals, and its attribute is made of them.

A parametrized module is of a class of its own, in which the attribute is a property: reading it
calls the parametrizations one after the other, assigning to it their right inverses, last first.
The originals are the parameters of `module.parametrizations[name]`, which is what an optimiser
and a state find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from threading import Lock
from typing import Any, TypeVar

from ...absent import explain_absence
from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from ..containers import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

__all__ = [
    "ParametrizationList",
    "cached",
    "is_parametrized",
    "register_parametrization",
    "remove_parametrizations",
    "type_before_parametrizations",
]

AnyModule = TypeVar("AnyModule", bound=Module)

_cache: dict[tuple[int, str], tuple[Module, Tensor]] | None = None
_open = 0  # in how many `cached` blocks, of all threads, are we?
_lock = Lock()


@contextmanager
def cached() -> Iterator[None]:
    """Within it a parametrized attribute is computed once, and kept until the outermost ends.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    global _cache, _open
    with _lock:
        _open += 1
        _cache = {} if _cache is None else _cache
    try:
        yield
    finally:
        with _lock:
            _open -= 1
            _cache = _cache if _open else None


class ParametrizationList(ModuleList):
    """The parametrizations of one attribute, and the originals it is made of.

    modules : called one after the other, the first with the originals
    original : the parameter or buffer that stood there; the first module's `right_inverse`, if it
        has one, makes another, or several: `original0`, `original1`, ...
    unsafe : do without comparing shapes and dtypes

    Raises TypeError where a right inverse gives what is no tensor, ValueError where the value made
    of the originals has another shape or dtype.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        self.unsafe = unsafe
        with no_grad():
            made = original
            for module in reversed(list(self.children())):
                if hasattr(module, "right_inverse"):
                    with suppress(NotImplementedError):  # as in PyTorch: there is none
                        made = module.right_inverse(made)
            tensors = self._several(made)
            self.is_tensor = isinstance(made, Tensor)
            if not unsafe:
                _check_form(original, self._through(tensors), self[0])
        if self.is_tensor:
            original.data = made.detach()  # the optimiser's parameter goes on being one
            tensors = [original]
        for name, tensor in zip(self._places(len(tensors)), tensors, strict=True):
            _put(self, name, tensor, original)

    def _places(self, count: int) -> list[str]:
        return ["original"] if self.is_tensor else [f"original{i}" for i in range(count)]

    def _several(self, made: Any) -> Sequence[Tensor]:
        tensors = list(made) if isinstance(made, Sequence) else [made]
        for t in tensors:
            if not isinstance(t, Tensor):
                raise TypeError(f"right_inverse: wanted tensors, got {type(t).__name__}")
        return tensors

    @property
    def _originals(self) -> list[Tensor]:
        members = {**self._parameters, **self._buffers}
        return [members[name] for name in self._places(len(members))]

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals to those of which `value` is made.

        Raises RuntimeError where a parametrization has no right inverse, ValueError where it
        gives another number of originals, shape or dtype.
        """
        with no_grad():
            module: Any
            made: Any = value
            for module in reversed(list(self.children())):
                try:
                    made = module.right_inverse(made)
                except (AttributeError, NotImplementedError) as error:
                    raise RuntimeError(
                        f"parametrize: {type(module).__name__} has no right_inverse, so that its "
                        "attribute cannot be assigned to; set the originals, or define one"
                    ) from error
            tensors, originals = self._several(made), self._originals
            forms = [[(t.shape, t.dtype) for t in each] for each in (tensors, originals)]
            if len(tensors) != len(originals) or (forms[0] != forms[1] and not self.unsafe):
                raise ValueError(
                    f"parametrize: right_inverse: wanted {forms[1]} (shapes and dtypes), got "
                    f"{forms[0]}"
                )
            for original, tensor in zip(originals, tensors, strict=True):
                original.data = tensor.detach().clone()

    def forward(self) -> Tensor:
        """The attribute's value."""
        return self._through(self._originals)  # type: ignore[no-any-return]

    def _through(self, originals: Sequence[Tensor]) -> Any:
        first, *rest = self.children()
        value = first(*originals)
        for module in rest:
            value = module(value)
        return value


def register_parametrization(
    module: AnyModule, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> AnyModule:
    """Let a parameter or buffer be `parametrization(original)`; returns the module.

    parametrization : takes the originals, usually one, and gives a tensor of the attribute's
        shape and dtype; its `right_inverse(value)`, if it has one, gives the originals of a value,
        and is asked for those to begin with
    unsafe : do without comparing shapes and dtypes

    Where there is one already the new one is called with what the others give.  Raises TypeError
    for what is no module, ValueError for a name that is no parameter or buffer of the module, and
    where a shape or dtype is another.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> class Symmetric(nn.Module):
    ...     def forward(self, A):
    ...         return A.triu() + A.triu(1).mT
    >>> layer = register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.T).all())
    True
    >>> [name for name, _ in layer.named_parameters()]
    ['bias', 'parametrizations.weight.original']
    """
    for what, value in (("module", module), ("parametrization", parametrization)):
        if not isinstance(value, Module):
            raise TypeError(
                f"register_parametrization: {what}: wanted a Module, got {type(value).__name__}"
            )
    parametrization.train(module.training)
    net: Any = module
    if is_parametrized(module, tensor_name):
        there = net.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                value = getattr(module, tensor_name)
                _check_form(value, parametrization(value), parametrization)
        there.append(parametrization)
        there.unsafe = there.unsafe or unsafe
        return module
    members = {**module._parameters, **module._buffers}
    if tensor_name not in members:
        raise ValueError(
            f"register_parametrization: tensor_name: wanted one of {list(members)}, the "
            f"parameters and buffers of {type(module).__name__}, got {tensor_name!r}"
        )
    made = ParametrizationList([parametrization], members[tensor_name], unsafe)
    kind: Any = type_before_parametrizations(module)
    if not is_parametrized(module):
        net.parametrizations = ModuleDict()
    delattr(module, tensor_name)
    net.parametrizations[tensor_name] = made
    net.__class__ = _parametrized(kind, tuple(net.parametrizations))
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Has the module a parametrization, of this attribute or of any?"""
    found = vars(module).get("parametrizations")
    if not isinstance(found, ModuleDict):
        return False
    return bool(len(found)) if tensor_name is None else tensor_name in found


def remove_parametrizations(
    module: AnyModule, tensor_name: str, leave_parametrized: bool = True
) -> AnyModule:
    """Make the attribute a parameter or buffer again; returns the module.

    leave_parametrized : with the value that it has; False for the original, where there is one

    Raises ValueError for an attribute that has no parametrization, or several originals to leave.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(
            f"remove_parametrizations: {type(module).__name__} has no parametrization of "
            f"{tensor_name!r}"
        )
    net: Any = module
    made = net.parametrizations[tensor_name]
    originals = made._originals
    if not leave_parametrized and not made.is_tensor:
        raise ValueError(
            "remove_parametrizations: leave_parametrized=False: wanted one original, got "
            f"{len(originals)}"
        )
    left = originals[0]
    if leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        if made.is_tensor and value.shape == left.shape:
            left.data = value.detach().clone()  # the optimiser's parameter goes on being one
        else:
            learnt = any(o.requires_grad for o in originals)
            left = Parameter(value, learnt) if isinstance(left, Parameter) else value
    kind: Any = type_before_parametrizations(module)
    del net.parametrizations[tensor_name]
    names = tuple(net.parametrizations)
    if not names:
        del net.parametrizations
    net.__class__ = _parametrized(kind, names) if names else kind
    _put(module, tensor_name, left, left)
    return module


def type_before_parametrizations(module: Module) -> type[Module]:
    """The class that the module is of without its parametrizations."""
    return type(module).__bases__[0] if is_parametrized(module) else type(module)


@cache
def _parametrized(kind: Any, names: tuple[str, ...]) -> type[Module]:
    """The class of modules in which these attributes are computed."""
    members = {"__module__": kind.__module__, **{name: _computed(name) for name in names}}
    return type(f"Parametrized{kind.__name__}", (kind,), members)


def _computed(name: str) -> property:
    """The property that stands for an attribute; its setter asks the right inverses."""

    def get(module: Any) -> Tensor:
        made = module.parametrizations[name]
        known = _cache
        if known is None:
            return made()  # type: ignore[no-any-return]
        place = (id(module), name)
        if place not in known:
            known[place] = module, made()  # with the module, so that its id stays its own
        return known[place][1]

    def put(module: Any, value: Tensor) -> None:
        module.parametrizations[name].right_inverse(value)

    return property(get, put)


def _put(module: Module, name: str, tensor: Tensor, like: Tensor) -> None:
    """As a parameter, or as a buffer where `like` is one."""
    if not isinstance(like, Parameter):
        module.register_buffer(name, tensor)
    elif isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_parameter(name, Parameter(tensor.detach().clone(), like.requires_grad))


def _check_form(value: Tensor, made: Any, parametrization: Module) -> None:
    given = (made.shape, made.dtype) if isinstance(made, Tensor) else type(made).__name__
    if given != (value.shape, value.dtype):
        raise ValueError(
            f"register_parametrization: {type(parametrization).__name__}: wanted "
            f"{(value.shape, value.dtype)}, the attribute's shape and dtype, got {given}; "
            "unsafe=True allows it"
        )


explain_absence(globals())
