"""What all layers share: finding their parameters, saving and loading them, changing their mode.

A module's parameters, buffers and submodules are plain attributes: reading `self.weight` costs a
dictionary look-up and nothing more.  Whoever wants all of them walks over `vars(module)`, whose
order is the order of assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor, as_array
from .parameter import Parameter

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


class LoadResult(NamedTuple):
    """What `load_state_dict(..., strict=False)` did without."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """The base of all layers and networks.

    A subclass assigns parameters and other modules to attributes, and says in `forward` what it
    computes.  Calling the module calls `forward`.

    training : True after `train()`, False after `eval()`: what dropout and batch norm look at

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> class Scale(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = nn.Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> scale = Scale()
    >>> scale(mg.tensor([3.0])).item()
    6.0
    >>> [name for name, _ in scale.named_parameters()]
    ['factor']
    """

    training: bool

    def __init__(self) -> None:
        self.training = True
        self._buffers: dict[str, bool] = {}  # name: is it part of the state?

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward()")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The same as `forward`."""
        return self.forward(*args, **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse what would silently turn a parameter or a buffer into something else."""
        members = self.__dict__
        if "_buffers" not in members and name != "training" and name != "_buffers":
            raise RuntimeError(
                f"{type(self).__name__}: call super().__init__() before assigning {name!r}"
            )
        kind: type = object
        if isinstance(members.get(name), Parameter):
            kind = Parameter
        elif name in members.get("_buffers", ()):
            kind = Tensor
        if value is not None and not isinstance(value, kind):
            raise TypeError(
                f"{type(self).__name__}.{name} is a {kind.__name__} and cannot become a "
                f"{type(value).__name__}; change its values with .copy_() or .data"
            )
        members[name] = value

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make `tensor` the attribute `name`: part of the state, but not a parameter.

        persistent : save it with `state_dict`

        Raises TypeError if `tensor` is neither a tensor nor None, ValueError if the module has
        an attribute of this name already.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"register_buffer: wanted a Tensor, got {type(tensor).__name__}")
        if not name.isidentifier() or (hasattr(self, name) and name not in self._buffers):
            raise ValueError(
                f"register_buffer: {name!r} is no identifier, or {type(self).__name__} has an "
                "attribute of this name already"
            )
        self._buffers[name] = persistent
        setattr(self, name, tensor)

    # ------------------------------------------------------------------ finding the members

    def _own_parameters(self) -> Iterator[tuple[str, Tensor]]:
        return ((n, v) for n, v in vars(self).items() if isinstance(v, Parameter))

    def _own_buffers(self) -> Iterator[tuple[str, Tensor]]:
        buffers = ((n, vars(self).get(n)) for n in self._buffers)
        return ((n, b) for n, b in buffers if b is not None)

    def _own_modules(self) -> Iterator[tuple[str, Module]]:
        return ((n, v) for n, v in vars(self).items() if isinstance(v, Module))

    def named_modules(
        self, *, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """The module itself, under the name `prefix`, and all modules within, parents first.

        remove_duplicate : give a module that is used in two places once

        >>> from minigrad import nn
        >>> [name for name, _ in nn.Sequential(nn.ReLU(), nn.Sequential(nn.Tanh())).named_modules()]
        ['', '0', '1', '1.0']
        """
        seen: set[int] = set()
        stack: list[tuple[str, Module]] = [(prefix, self)]
        while stack:
            path, module = stack.pop()
            if remove_duplicate and id(module) in seen:
                continue
            seen.add(id(module))
            yield path, module
            children = [(_join(path, name), child) for name, child in module._own_modules()]
            stack.extend(reversed(children))

    def modules(self) -> Iterator[Module]:
        """The module itself and all modules within, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, each once."""
        seen: set[int] = set()
        for name, child in self._own_modules():
            if id(child) not in seen:
                seen.add(id(child))
                yield name, child

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one, each once."""
        return (child for _, child in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their names, such as `0.weight`; shared ones once.

        >>> from minigrad import nn
        >>> net = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
        >>> [name for name, _ in net.named_parameters()]
        ['0.weight', '0.bias', '1.weight', '1.bias']
        """
        return self._named(Module._own_parameters, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and, unless `recurse` is False, of those within."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their names, such as `1.running_mean`."""
        return self._named(Module._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module and, unless `recurse` is False, of those within."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(
        self,
        own: Callable[[Module], Iterator[tuple[str, Tensor]]],
        prefix: str,
        recurse: bool,
        remove_duplicate: bool,
    ) -> Iterator[Any]:
        seen: set[int] = set()
        within = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
        for path, module in within if recurse else [(prefix, self)]:
            for name, member in own(module):
                if not remove_duplicate or id(member) not in seen:
                    seen.add(id(member))
                    yield _join(path, name), member

    # ------------------------------------------------------------------ changing all at once

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules within; returns the module."""
        for module in self.modules():
            module.training = bool(mode)
        return self

    def eval(self) -> Self:
        """The same as `train(False)`."""
        return self.train(False)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module within, then with this one; returns the module.

        >>> from minigrad import nn
        >>> def start(module):
        ...     if isinstance(module, nn.Linear):
        ...         nn.init.zeros_(module.bias)
        >>> nn.Sequential(nn.Linear(3, 1)).apply(start)[0].bias
        Parameter([0.], requires_grad=True)
        """
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of all parameters; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def to(self, dtype: DTypeLike) -> Self:
        """Convert the floating parameters and buffers, in place; returns the module.

        The parameters stay the same objects, so an optimiser keeps them; make it after the
        conversion nevertheless, for its own state is not converted.  Raises TypeError if `dtype`
        is neither float32 nor float64.

        >>> from minigrad import nn
        >>> nn.Linear(2, 1).to("float64").weight.dtype
        dtype('float64')
        """
        real = np.dtype(dtype)
        if real not in (np.float32, np.float64):
            raise TypeError(f"to: dtype must be float32 or float64, got {real}")
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind == "f":
                grad, tensor.grad = tensor.grad, None
                tensor.data = tensor._data.astype(real, copy=False)
                if grad is not None:
                    tensor.grad = Tensor(grad._data.astype(real))
        return self

    def astype(self, dtype: DTypeLike) -> Self:
        """NumPy's name for `to`."""
        return self.to(dtype)

    # ------------------------------------------------------------------ the state

    def _state(self) -> dict[str, Tensor]:
        """The tensors themselves: of each module the parameters, then the persistent buffers."""
        state: dict[str, Tensor] = {}
        for path, module in self.named_modules(remove_duplicate=False):
            state.update((_join(path, n), p) for n, p in module._own_parameters())
            kept = ((n, b) for n, b in module._own_buffers() if module._buffers[n])
            state.update((_join(path, n), b) for n, b in kept)
        return state

    def state_dict(self) -> dict[str, Tensor]:
        """Copies of all parameters and persistent buffers, by name.

        In PyTorch these are the live tensors, and a state that was to be the best so far goes on
        changing with the training.  Here it stays what it was.

        >>> from minigrad import nn
        >>> {name: t.shape for name, t in nn.Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {name: Tensor(tensor._data.copy()) for name, tensor in self._state().items()}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> LoadResult:
        """Copy values into the parameters and persistent buffers; dtypes stay as they are.

        state_dict : a tensor, an array or anything else that NumPy makes an array of, by name:
            what `state_dict` gave, here or in PyTorch
        strict : refuse missing and unexpected names; False passes over them

        Returns the names that were passed over.  Raises ValueError, with all that does not fit in
        one report, for wrong names or (strict or not) shapes, and TypeError for values that are
        not numbers; then nothing has changed.

        >>> from minigrad import nn
        >>> import numpy as np
        >>> nn.Linear(3, 2).load_state_dict({"weight": np.zeros((3, 2)), "b": np.zeros(2)})
        Traceback (most recent call last):
        ...
        ValueError: load_state_dict: the state does not fit into Linear; nothing was changed
          missing: 'bias'
          unexpected: 'b'
          'weight': wanted shape (2, 3), got (3, 2)
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict: wanted a mapping of names, got {type(state_dict).__name__}"
            )
        own = self._state()
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        values = {
            name: as_array(state_dict[name], f"load_state_dict: {name!r}", tensor.dtype)
            for name, tensor in own.items()
            if name in state_dict
        }
        report = []
        if strict and missing:
            report.append(f"missing: {', '.join(map(repr, missing))}")
        if strict and unexpected:
            report.append(f"unexpected: {', '.join(map(repr, unexpected))}")
        for name, value in values.items():
            if value.shape != own[name].shape:
                report.append(f"{name!r}: wanted shape {own[name].shape}, got {value.shape}")
        if report:
            fault = f"the state does not fit into {type(self).__name__}; nothing was changed"
            raise ValueError("\n  ".join([f"load_state_dict: {fault}", *report]))
        with no_grad():
            for name, value in values.items():
                own[name].copy_(value)
        return LoadResult(missing, unexpected)

    # ------------------------------------------------------------------ showing

    def extra_repr(self) -> str:
        """What stands between the brackets of the module's own line; a subclass defines it."""
        return ""

    def __repr__(self) -> str:
        name, extra = type(self).__name__, self.extra_repr()
        children = [f"({path}): {child!r}" for path, child in self._own_modules()]
        if not children:
            return f"{name}({extra})"
        lines = "\n".join([extra, *children] if extra else children).replace("\n", "\n  ")
        return f"{name}(\n  {lines}\n)"

    # These two come last: from here on their names mean the methods, in annotations too.

    def float(self) -> Self:
        """The same as `to("float32")`."""
        return self.to(np.float32)

    def double(self) -> Self:
        """The same as `to("float64")`."""
        return self.to(np.float64)


def clear_grad(tensor: Tensor, set_to_none: bool) -> None:
    """Forget a tensor's gradient, or make it zeros where there is one."""
    grad = tensor.grad
    tensor.grad = None if set_to_none or grad is None else Tensor(np.zeros_like(grad._data))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
