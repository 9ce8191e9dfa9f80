"""What all layers share: finding their parameters, saving and loading them, changing their mode.

A module's parameters, buffers and submodules are plain attributes: reading `self.weight` costs a
dictionary look-up and nothing more.  Whoever wants all of them walks over `vars(module)`, whose
order is the order of assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Protocol, Self, TypeVar

import numpy as np

from ..absent import nearest
from ..engine.changes import Change, carry_out, overwrite
from ..engine.convert import as_array
from ..engine.hooks import RemovableHandle, register
from ..engine.tell import tell, watchers
from ..engine.tensor import Tensor, tensor_of
from ..engine.words import call_in_words, of_user, retell, with_class_words, without_words
from . import hooks
from .parameter import Buffer, Parameter, Uninitialized, check_device, real_dtype

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


P = ParamSpec("P")
Out = TypeVar("Out", covariant=True)


class _HasForward(Protocol[P, Out]):
    def forward(self, *args: P.args, **kwargs: P.kwargs) -> Out: ...


class LoadResult(NamedTuple):
    """What `load_state_dict(..., strict=False)` did without."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not (self.missing_keys or self.unexpected_keys):
            return "<All keys matched successfully>"
        missing, unexpected = self
        return f"LoadResult(missing_keys={missing}, unexpected_keys={unexpected})"


class Module:
    """The base of all layers and networks.

    A subclass assigns parameters and other modules to attributes, and says in `forward` what it
    computes.  Calling the module calls `forward`, between the hooks if there are any.

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
    _may_lack: tuple[str, ...] = ()  # what older states have not, and what then stays as it is
    _hooked = False  # has there ever been a hook for `__call__`?

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        with_class_words(cls)

    def __init__(self) -> None:
        self.training = True
        self._persistent: dict[str, bool] = {}  # the buffers: are they part of the state?
        self._absent: dict[str, type] = {}  # what those members are that are None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no forward()")

    if TYPE_CHECKING:  # takes and gives what the subclass's `forward` says

        def __call__(self: _HasForward[P, Out], *args: P.args, **kwargs: P.kwargs) -> Out: ...

    else:

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            """The same as `forward`, with the module's hooks."""
            if self._hooked:
                return hooks.call(self, args, kwargs)
            try:
                return self.forward(*args, **kwargs)
            except (AttributeError, TypeError) as error:
                if without_words(error) and not of_user(error):
                    call = call_in_words(type(self).__name__, (), args, kwargs)
                    raise retell(call, error) from error
                raise

    if not TYPE_CHECKING:  # checkers would take any name for granted

        def __getattr__(self, name: str) -> Any:
            """Asked only for what is not there: name what is near to it."""
            what = f"{type(self).__name__!r} object"
            if name in dir(type(self)):  # a property, in which something is not there
                return object.__getattribute__(self, name)
            if name.startswith("_"):
                raise AttributeError(f"{what} has no attribute {name!r}", name=name, obj=self)
            names = {*dir(type(self)), *self.__dict__}
            raise AttributeError(nearest(what, name, names), name=name, obj=self)

    # ------------------------------------------------------------------ having members

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse what would silently turn a parameter, buffer or module into something else."""
        members = self.__dict__
        if "_persistent" not in members:  # as in PyTorch, other attributes may come before
            if not isinstance(value, (Parameter, Buffer, Module)):
                object.__setattr__(self, name, value)
                return
            raise RuntimeError(
                f"{type(self).__name__}: call super().__init__() before assigning {name!r}"
            )
        if isinstance(value, (Parameter, Module)):
            own = Parameter if isinstance(value, Parameter) else Module
            if self._kind(name) is not own:  # new among its kind: the last, as in PyTorch
                members.pop(name, None)
            members["_persistent"].pop(name, None)
            members["_absent"].pop(name, None)
        elif value is None:
            if (kind := self._kind(name)) is not None and kind is not Tensor:
                members["_absent"][name] = kind
        elif (kind := self._kind(name)) is not None:
            if not isinstance(value, kind):
                remedy = "" if kind is Module else "; change its values with .copy_() or .data"
                raise TypeError(
                    f"{type(self).__name__}.{name} is a {kind.__name__} and cannot become a "
                    f"{type(value).__name__}{remedy}"
                )
        if isinstance(value, Buffer):
            members["_persistent"][name] = value.persistent
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        """Forget a member, whatever it is."""
        object.__delattr__(self, name)
        self._persistent.pop(name, None)
        self._absent.pop(name, None)

    def __setstate__(self, state: Any) -> None:
        """For copy and pickle: what a copy knows of its members is its own."""
        members, slots = state if isinstance(state, tuple) else (state, {})
        self.__dict__.update({"_absent": {}} | members)
        for name in {"_persistent", "_absent", "_keys"} & set(members):
            self.__dict__[name] = members[name].copy()
        for name, value in slots.items():
            object.__setattr__(self, name, value)

    def _kind(self, name: str) -> type | None:
        """What the member of this name has to be; None for an ordinary attribute."""
        if not isinstance(name, str):
            return None
        members = self.__dict__
        if name in members.get("_persistent", ()):
            return Tensor
        now = members.get(name)
        if isinstance(now, (Parameter, Module)):
            return Parameter if isinstance(now, Parameter) else Module
        absent: type | None = members.get("_absent", {}).get(name)
        return absent

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Make `tensor` the attribute `name`: part of the state, but not a parameter.

        persistent : save it with `state_dict`

        Raises TypeError if `tensor` is neither a tensor nor None, ValueError if `name` has a dot or
        the module has another attribute of this name.
        """
        self._check_name("register_buffer", name, self._kind(name) is Tensor)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"register_buffer: wanted a Tensor, got {type(tensor).__name__}")
        setattr(self, name, tensor)
        self._persistent[name] = persistent

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Make `param` the attribute `name`, as an assignment does; None for one that is absent.

        Raises TypeError if it is neither a parameter nor None, ValueError for a name as for
        `register_buffer`.
        """
        self._check_name("register_parameter", name, self._kind(name) is Parameter)
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"register_parameter: wanted a Parameter, got {type(param).__name__}; "
                "make one with nn.Parameter(tensor)"
            )
        setattr(self, name, param)
        if param is None:
            self._absent[name] = Parameter

    def add_module(self, name: str, module: Module | None) -> None:
        """Make `module` the attribute `name`, as an assignment does; the name need not be Python's.

        Raises TypeError if it is neither a module nor None, ValueError for a name as for
        `register_buffer`.

        >>> from minigrad import nn
        >>> net = nn.Module()
        >>> net.add_module("0", nn.ReLU())
        >>> net
        Module(
          (0): ReLU()
        )
        """
        self._check_name("add_module", name, self._kind(name) is Module)
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"add_module: wanted a Module, got {type(module).__name__}")
        setattr(self, name, module)
        if module is None:
            self._absent[name] = Module

    register_module = add_module

    def _check_name(self, where: str, name: str, again: bool) -> None:
        if not isinstance(name, str):
            raise TypeError(f"{where}: name must be a string, got {type(name).__name__}")
        absent = self.__dict__.get(name, self) is None
        taken = any(name in vars(scope) for scope in (self, *type(self).__mro__))
        if not name or "." in name or (taken and not again and not absent):
            raise ValueError(
                f"{where}: {name!r} is empty, has a dot, or {type(self).__name__} has an "
                "attribute of this name already"
            )

    @property
    def _parameters(self) -> MutableMapping[str, Any]:
        """The module's own parameters by name; what is put here becomes an attribute."""
        return _Members(
            self, lambda name, value: isinstance(value, Parameter) and name not in self._persistent
        )

    @property
    def _modules(self) -> MutableMapping[str, Any]:
        """The same of its modules."""
        return _Members(self, lambda name, value: isinstance(value, Module))

    @property
    def _buffers(self) -> MutableMapping[str, Any]:
        """The same of its buffers."""
        return _Members(
            self,
            lambda name, value: name in self._persistent and value is not None,
            self.register_buffer,
        )

    def get_submodule(self, target: str) -> Module:
        """The module within that is called `target`, such as "encoder.0"; "" is this one.

        Raises AttributeError if there is none.

        >>> from minigrad import nn
        >>> nn.Sequential(nn.Sequential(nn.Tanh())).get_submodule("0.0")
        Tanh()
        """
        _check_target("get_submodule", target)
        module = self
        for name in target.split(".") if target else ():
            found = vars(module).get(name)
            if not isinstance(found, Module):
                raise AttributeError(
                    f"get_submodule: no module {target!r}: {type(module).__name__} has "
                    f"{list(module._modules)}"
                )
            module = found
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module in the place of the one within that is called `target`.

        strict : there has to be one already

        Raises ValueError for an empty target, TypeError for what is no module, AttributeError where
        the place is not there.

        >>> from minigrad import nn
        >>> net = nn.Sequential(nn.Sequential(nn.Tanh()))
        >>> net.set_submodule("0.0", nn.ReLU())
        >>> net.get_submodule("0.0")
        ReLU()
        """
        _check_target("set_submodule", target)
        path, _, name = target.rpartition(".")
        if not name:
            raise ValueError(f"set_submodule: target: wanted the name of a place, got {target!r}")
        if not isinstance(module, Module):
            raise TypeError(f"set_submodule: wanted a module, got {type(module).__name__}")
        if strict:
            self.get_submodule(target)
        setattr(self.get_submodule(path), name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter that is called `target`, such as "0.weight"; AttributeError if none is."""
        found: Parameter = self._find("parameter", target)
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer that is called `target`; AttributeError if none is."""
        found: Tensor = self._find("buffer", target)
        return found

    def _find(self, kind: str, target: str) -> Any:
        _check_target(f"get_{kind}", target)
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        known = module._buffers if kind == "buffer" else module._parameters
        if known.get(name) is None:
            raise AttributeError(
                f"get_{kind}: no {kind} {target!r}: {type(module).__name__} has {list(known)}"
            )
        return known[name]

    # ------------------------------------------------------------------ finding the members

    def _own_parameters(self) -> Iterator[tuple[str, Tensor]]:
        buffers = self._persistent
        return (
            (n, v) for n, v in vars(self).items() if isinstance(v, Parameter) and n not in buffers
        )

    def _own_buffers(self) -> Iterator[tuple[str, Tensor]]:
        buffers = ((n, vars(self).get(n)) for n in self._persistent)
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
        return self._own_and_inner(Module._own_parameters, prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module and, unless `recurse` is False, of those within."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their names, such as `1.running_mean`."""
        return self._own_and_inner(Module._own_buffers, prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module and, unless `recurse` is False, of those within."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _own_and_inner(
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
        """Set `training` here and in all modules within; returns the module.

        Raises ValueError for a mode that is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"train: mode must be True or False, got {mode!r}")
        self.training = mode
        for child in self.children():
            child.train(mode)
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
        if not callable(fn):
            raise TypeError(f"apply: fn: wanted a function, got {type(fn).__name__}")
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of all parameters; returns the module.

        Raises ValueError where one of them has no floating dtype; then nothing has changed.
        """
        parameters = dict(self.named_parameters())
        for name, parameter in parameters.items():
            if requires_grad and parameter.dtype.kind != "f":
                raise ValueError(
                    f"requires_grad_: {name!r}: wanted a floating dtype, got {parameter.dtype}"
                )
        for parameter in parameters.values():
            parameter.requires_grad = requires_grad
        return self

    def to(
        self,
        *args: Any,
        device: Any = None,
        dtype: DTypeLike | None = None,
        non_blocking: bool = False,
    ) -> Self:
        """Convert the floating parameters and buffers, in place; returns the module.

        args : a dtype, a device ("cpu" is the only one), both, or a tensor whose dtype is meant

        The parameters stay the same objects, so an optimiser keeps them; make it after the
        conversion nevertheless, for its own state is not converted.  All or nothing.  Raises
        TypeError if `dtype` is neither float32 nor float64, ValueError for another device.

        >>> from minigrad import nn
        >>> nn.Linear(2, 1).to("cpu", "float64").weight.dtype
        dtype('float64')
        """
        for arg in args:
            if isinstance(arg, Tensor):
                dtype = arg.dtype
            elif not isinstance(arg, bool):
                try:
                    dtype = dtype if arg is None else np.dtype(arg)
                except TypeError:
                    device = arg
        check_device(device, "to")
        if dtype is None:
            return self
        real = real_dtype(dtype, "to: dtype")
        for module in self.modules():
            if hasattr(type(module), "_apply"):
                raise TypeError(
                    f"to: {type(module).__name__} defines _apply(), which is not called here; make "
                    "what it converts a parameter or a buffer"
                )
        changes: list[Change] = []
        for tensor in (*self.parameters(), *self.buffers()):
            if tensor.dtype.kind == "f" and tensor.dtype != real:
                grad = tensor.grad
                now: dict[str, Any] = {"_data": tensor._data.astype(real)}
                now |= {"_grad": None if grad is None else tensor_of(grad._data.astype(real))}
                now |= {"_version_": None, "_view": None}
                changes += [(setattr, tensor, name, value) for name, value in now.items()]
                if watchers:
                    tell("changed", tensor)
        carry_out(changes)
        return self

    def astype(self, dtype: DTypeLike) -> Self:
        """NumPy's name for `to`."""
        return self.to(dtype=dtype)

    def double(self) -> Self:
        """The same as `to("float64")`."""
        return self.to(np.float64)

    def half(self) -> Self:
        """Raises TypeError: there are float32 and float64 only."""
        return self.to(np.float16)

    def cpu(self) -> Self:
        """The module itself, which is there already."""
        return self

    def share_memory(self) -> Self:
        """The module itself: its memory is this process's."""
        return self

    def cuda(self, device: Any = None) -> Self:
        """Raises ValueError: there is no device but the CPU."""
        return self.to(device="cuda")

    # ------------------------------------------------------------------ hooks

    @cached_property
    def _forward_pre_hooks(self) -> dict[int, hooks.Hook]:
        return {}

    @cached_property
    def _forward_hooks(self) -> dict[int, hooks.Hook]:
        return {}

    @cached_property
    def _backward_pre_hooks(self) -> dict[int, hooks.Hook]:
        return {}

    @cached_property
    def _backward_hooks(self) -> dict[int, hooks.Hook]:
        return {}

    @cached_property
    def _state_hooks(self) -> dict[str, dict[int, Callable[..., Any]]]:
        return {"before saving": {}, "after saving": {}, "before loading": {}, "after loading": {}}

    def _hook(
        self, where: str, prepend: bool, function: Callable[..., Any], *how: bool
    ) -> RemovableHandle:
        hook = hooks.Hook(function, *how)
        name = where.strip("_").removesuffix("s").replace("backward", "full_backward")
        handle = hooks.register(getattr(self, where), hook, prepend, f"register_{name}")
        self._hooked = True
        return handle

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before every forward pass.

        hook : may return other arguments, a tuple or a single one; None leaves them
        prepend : call it before the hooks that are there already
        with_kwargs : call `hook(module, args, kwargs)`, which may return a pair of both

        Returns a handle whose `remove()` takes the hook away.

        >>> import minigrad as mg
        >>> from minigrad import nn
        >>> net = nn.Identity()
        >>> with net.register_forward_pre_hook(lambda module, args: args[0] + 1):
        ...     net(mg.tensor([1.0]))
        tensor([2.])
        >>> net(mg.tensor([1.0]))
        tensor([1.])
        """
        return self._hook("_forward_pre_hooks", prepend, hook, with_kwargs)

    def register_forward_hook(
        self,
        hook: Callable[..., Any],
        *,
        prepend: bool = False,
        with_kwargs: bool = False,
        always_call: bool = False,
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after every forward pass.

        hook : may return another output; None leaves it
        with_kwargs : call `hook(module, args, kwargs, output)`
        always_call : call it also where the forward pass raises, with None for an output that
            there is not; an error of its own is then a warning

        Returns a handle, as `register_forward_pre_hook`.

        >>> import minigrad as mg
        >>> from minigrad import nn
        >>> layer, shapes = nn.Linear(3, 2), []
        >>> handle = layer.register_forward_hook(lambda m, args, out: shapes.append(out.shape))
        >>> _ = layer(mg.zeros((5, 3)))
        >>> handle.remove()
        >>> shapes
        [(5, 2)]
        """
        return self._hook("_forward_hooks", prepend, hook, with_kwargs, always_call)

    def register_full_backward_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_output)` once the gradients of the module's outputs are complete.

        grad_output : a tuple, one an output, None for what needs no gradient
        hook : may return other ones, with which the backward pass then goes on; None leaves them
        """
        return self._hook("_backward_pre_hooks", prepend, hook)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` once its inputs' gradients are complete.

        grad_input : a tuple, one a positional argument of the call, None for what needs no gradient
        grad_output : the same of the outputs
        hook : may return other ones as grad_input; None leaves them

        Where no input needs a gradient it is called when `grad_output` is complete.  Raises
        ValueError, in the backward pass, for another number of gradients or another shape.
        """
        return self._hook("_backward_hooks", prepend, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` collects this module's."""
        return register(self._state_hooks["before saving"], hook, "register_state_dict_pre_hook")

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after, to change it in place."""
        return register(self._state_hooks["after saving"], hook, "register_state_dict_post_hook")

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call a hook before `load_state_dict` looks at a state, to change it: to rename, say.

        hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs); the dictionary is a copy of the caller's, and what is put into the three lists
        is reported with the rest
        """
        return register(
            self._state_hooks["before loading"], hook, "register_load_state_dict_pre_hook"
        )

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after `load_state_dict` has changed the module."""
        return register(
            self._state_hooks["after loading"], hook, "register_load_state_dict_post_hook"
        )

    # ------------------------------------------------------------------ the state

    def state_dict(
        self,
        *,
        destination: dict[str, Any] | None = None,
        prefix: str = "",
        keep_vars: bool = False,
    ) -> dict[str, Any]:
        """All parameters and persistent buffers, by name.

        destination : a dictionary to put them into, instead of a new one
        prefix : what all names begin with
        keep_vars : give the parameters themselves, not constants that share their memory

        As in PyTorch these are live: they go on changing with the training, and what they were at
        the best moment so far is kept with `copy.deepcopy(net.state_dict())`.

        >>> from minigrad import nn
        >>> {name: t.shape for name, t in nn.Linear(3, 2).state_dict(prefix="head.").items()}
        {'head.weight': (2, 3), 'head.bias': (2,)}
        """
        state = {} if destination is None else destination
        for hook in tuple(self._state_hooks["before saving"].values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(state, prefix, keep_vars)
        for name, module in self._own_modules():
            module.state_dict(destination=state, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in tuple(self._state_hooks["after saving"].values()):
            hook(self, state, prefix, {})
        return state

    def _save_to_state_dict(
        self, destination: dict[str, Any], prefix: str, keep_vars: bool
    ) -> None:
        """Put the module's own state there, without that of the modules within."""
        for name, tensor in self._own_state():
            as_it_is = keep_vars or isinstance(tensor, Uninitialized)
            destination[prefix + name] = tensor if as_it_is else tensor.detach()
        if _defines(self, "get_extra_state"):
            destination[prefix + EXTRA_STATE] = self.get_extra_state()

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        """The module's own parameters, then its persistent buffers."""
        yield from self._own_parameters()
        yield from ((n, b) for n, b in self._own_buffers() if self._persistent[n])

    def get_extra_state(self) -> Any:
        """What a state holds of this module besides tensors; a subclass defines it.

        It stands there as "_extra_state", and `set_extra_state` gets it back.

        >>> from minigrad import nn
        >>> class Counter(nn.Module):
        ...     calls = 0
        ...     def get_extra_state(self):
        ...         return {"calls": self.calls}
        ...     def set_extra_state(self, state):
        ...         self.calls = state["calls"]
        >>> counter = Counter()
        >>> _ = counter.load_state_dict({"_extra_state": {"calls": 3}})
        >>> counter.state_dict()
        {'_extra_state': {'calls': 3}}
        """
        raise RuntimeError(f"{type(self).__name__} defines no get_extra_state()")

    def set_extra_state(self, state: Any) -> None:
        """Take what `get_extra_state` gave, from `load_state_dict`; a subclass defines it."""
        raise RuntimeError(f"{type(self).__name__} defines no set_extra_state()")

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> LoadResult:
        """Copy values into the parameters and persistent buffers; dtypes stay as they are.

        state_dict : a tensor, an array or anything else that NumPy makes an array of, by name:
            what `state_dict` gave, here or in PyTorch
        strict : refuse missing and unexpected names; False passes over them
        assign : put the given tensors themselves in the place of the module's, with their dtypes;
            an optimiser that was made before still has the old ones

        Returns the names that were passed over.  Raises ValueError, with all that does not fit in
        one report, for wrong names or (strict or not) shapes, and TypeError for values that are
        not numbers; then nothing has changed.  Where a `set_extra_state` raises, the tensors are
        as they were; what other modules have set by then stays.

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
        state = dict(state_dict)
        within = list(self.named_modules(remove_duplicate=False))
        report: tuple[list[str], ...] = [], [], []
        missing, unexpected, errors = report
        for path, module in within:
            if hasattr(type(module), "_load_from_state_dict"):
                raise TypeError(
                    f"load_state_dict: {type(module).__name__} defines _load_from_state_dict(), "
                    "which is not called here; use register_load_state_dict_pre_hook()"
                )
            for hook in tuple(module._state_hooks["before loading"].values()):
                hook(module, state, _join(path, ""), {}, strict, *report)
        places = {
            _join(path, name): (module, name, tensor)
            for path, module in within
            for name, tensor in module._own_state()
        }
        extras = {
            _join(path, EXTRA_STATE): module
            for path, module in within
            if _defines(module, "set_extra_state")
        }
        may_lack = {_join(path, name) for path, module in within for name in module._may_lack}
        missing += [name for name in (*places, *extras) if name not in state.keys() | may_lack]
        unexpected += [name for name in state if name not in places and name not in extras]
        result = LoadResult(missing, unexpected)
        found = {name: state[name] for name in places if name in state}
        values = {
            name: value
            if isinstance(value, Uninitialized)
            else as_array(
                value, f"load_state_dict: {name!r}", None if assign else places[name][2].dtype
            )
            for name, value in found.items()
        }
        self._refuse(places, values, result if strict else LoadResult([], []), errors)
        given: Any = {n: v for n, v in values.items() if isinstance(v, np.ndarray)}
        targets = [places[n][2] for n in given]
        if not assign:
            for tensor, name in zip(targets, given, strict=True):
                if isinstance(tensor, Uninitialized):
                    tensor.materialize(given[name].shape)
        extras = {name: module for name, module in extras.items() if name in state}
        before = [t._data.copy() for t in targets] if extras and not assign else []
        try:
            if assign:
                self._assign(places, found, values)
            else:
                overwrite(targets, given.values())
            for name, module in extras.items():
                module.set_extra_state(state[name])
        except BaseException:
            if assign:
                carry_out([(setattr, *places[n]) for n in found])
            elif before:
                overwrite(targets, before)
            raise
        for _, module in within:
            for hook in tuple(module._state_hooks["after loading"].values()):
                hook(module, result)
        return result

    def _refuse(
        self, places: Any, values: dict[str, Any], wrong: LoadResult, errors: list[str]
    ) -> None:
        """Raise a report of all that does not fit, if anything does not."""
        report = list(map(str, errors))
        if wrong.missing_keys:
            report.append(f"missing: {', '.join(map(repr, wrong.missing_keys))}")
        if wrong.unexpected_keys:
            report.append(f"unexpected: {', '.join(map(repr, wrong.unexpected_keys))}")
        for name, value in values.items():
            tensor = places[name][2]
            if isinstance(tensor, Uninitialized):
                continue
            if isinstance(value, Uninitialized):
                report.append(f"{name!r}: wanted shape {tensor.shape}, got one without values")
            elif value.shape != tensor.shape:
                report.append(f"{name!r}: wanted shape {tensor.shape}, got {value.shape}")
            elif isinstance(tensor, Parameter) and tensor.requires_grad and value.dtype.kind != "f":
                report.append(f"{name!r}: wanted a floating dtype, got {value.dtype}")
        if report:
            fault = f"the state does not fit into {type(self).__name__}; nothing was changed"
            raise ValueError("\n  ".join([f"load_state_dict: {fault}", *report]))

    def _assign(self, places: Any, found: dict[str, Any], values: dict[str, Any]) -> None:
        """Put given tensors in the place of members; what was shared stays shared."""
        made: dict[int, Tensor] = {}
        for name, value in found.items():
            module, attribute, tensor = places[name]
            if id(tensor) not in made:
                if not isinstance(value, Tensor):
                    value = tensor_of(values[name])
                if isinstance(tensor, Parameter):
                    if not isinstance(value, Parameter):
                        value = Parameter(value, requires_grad=tensor.requires_grad)
                    value.requires_grad = tensor.requires_grad
                made[id(tensor)] = value
            setattr(module, attribute, made[id(tensor)])

    # ------------------------------------------------------------------ showing

    def extra_repr(self) -> str:
        """What stands between the brackets of the module's own line; a subclass defines it."""
        return ""

    def __repr__(self) -> str:
        name, extra = type(self).__name__, self.extra_repr()
        children = [f"({path}): {child!r}" for path, child in self._own_modules()]
        if not children and "\n" not in extra:
            return f"{name}({extra})"
        lines = "\n".join([extra, *children] if extra else children).replace("\n", "\n  ")
        return f"{name}(\n  {lines}\n)"

    # These come last: from here on their names mean the methods, in annotations too.

    def float(self) -> Self:
        """The same as `to("float32")`."""
        return self.to(np.float32)

    def type(self, dst_type: DTypeLike) -> Self:
        """The same as `to(dst_type)`."""
        return self.to(dtype=dst_type)


def _check_target(where: str, target: Any) -> None:
    if not isinstance(target, str):
        raise TypeError(f"{where}: target must be a string, got {type(target).__name__}")


class _Members(MutableMapping[str, Any]):
    """Some of a module's attributes as a dictionary."""

    def __init__(
        self,
        module: Module,
        chosen: Callable[[str, Any], bool],
        put: Callable[[str, Any], None] | None = None,
    ) -> None:
        self._module, self._chosen = module, chosen
        self._put = put or module.__setattr__

    def __getitem__(self, name: str) -> Any:
        value = vars(self._module)[name]
        if not self._chosen(name, value):
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: Any) -> None:
        self._put(name, value)

    def __delitem__(self, name: str) -> None:
        self[name]
        delattr(self._module, name)

    def __iter__(self) -> Iterator[str]:
        return (n for n, v in list(vars(self._module).items()) if self._chosen(n, v))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))


def clear_grad(tensor: Tensor, set_to_none: bool) -> None:
    """Forget a tensor's gradient, or fill it with zeros where there is one."""
    grad = tensor.grad
    if set_to_none or grad is None:
        tensor.grad = None
    elif grad.requires_grad:  # a recorded one stays what it is
        tensor.grad = tensor_of(np.zeros_like(grad._data))
    else:
        grad._writable()[...] = 0


EXTRA_STATE = "_extra_state"
"""The name that PyTorch has for it."""


def _defines(module: Module, name: str) -> bool:
    """Has its class a method of its own for the one that only raises?"""
    return getattr(type(module), name) is not getattr(Module, name)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
