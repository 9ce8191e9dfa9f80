"""What all optimisers share: groups of parameters, the step, its hooks, saving and loading."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from itertools import repeat
from math import inf, prod
from numbers import Real
from operator import setitem
from threading import get_ident
from typing import TYPE_CHECKING, Any, TypedDict, TypeVar
from weakref import WeakSet

import numpy as np

from .. import kernels
from ..absent import explain_absence, nearest
from ..engine.changes import Change, carry_out
from ..engine.convert import as_array
from ..engine.dtypes import check_flag, check_integer, check_number
from ..engine.grad_mode import enable_grad
from ..engine.hooks import RemovableHandle, register
from ..engine.lists import count_changes, forget_gradients, gather, kept_arrays
from ..engine.tell import watchers
from ..engine.tensor import Tensor, tensor_of
from ..engine.watchers import whole
from ..engine.words import describe, with_class_words

RANGES = {
    "lr": (0, inf),
    "lr_decay": (0, inf),
    "momentum": (0, 1),
    "momentum_decay": (0, inf),
    "dampening": (0, inf),
    "weight_decay": (0, inf),
    "betas": (0, 1),
    "eps": (0, inf),
    "alpha": (0, 1),
    "rho": (0, 1),
    "lambd": (0, inf),
    "t0": (0, inf),
    "etas": (0, inf),
    "step_sizes": (0, inf),
    "initial_accumulator_value": (0, inf),
    "max_iter": (1, inf),
    "max_eval": (1, inf),
    "history_size": (1, inf),
    "tolerance_grad": (0, inf),
    "tolerance_change": (0, inf),
}
"""What the options may be; the upper bound is not included."""

ROUNDING = 1e-12
"""A saved rate that is negative by no more was meant to be 0: PyTorch's `LinearLR` down to 0 saves
-1.5e-18."""

PAIRS = ("betas", "etas", "step_sizes")
INTEGERS = ("max_iter", "max_eval", "history_size")
FLAGS = ("amsgrad", "centered", "decoupled_weight_decay", "maximize", "nesterov")
YOUNGER = ("maximize", "decoupled_weight_decay")
"""Flags that PyTorch has got later than their optimisers."""

OPTIONS = (*RANGES, *FLAGS, "rate", "learning_rate")
"""What is an option somewhere, or looks like one: refused where it is none."""

FORMULA = ("changes", "counts", "keeps", "move")
"""What a subclass may define instead of `step`."""

OWN: dict[str, Callable[[], Any]] = {
    "_pre_hooks": dict,
    "_post_hooks": dict,
    "_pre_save_hooks": dict,
    "_post_save_hooks": dict,
    "_pre_load_hooks": dict,
    "_post_load_hooks": dict,
    "_checked": dict,
    "_stepping": int,
    "_hooked": bool,
}
"""What an optimiser has for itself: neither copied nor saved, and made by `__getattr__` in one that
is made without `super().__init__()`, as those are that wrap another."""

_made: WeakSet[Optimizer] = WeakSet()
"""All optimisers: one may be made of the groups of another, whose options it passes over."""

OF_SCHEDULES = """
    initial_lr max_lr min_lr swa_lr base_momentum max_momentum
""".split()
"""What schedules keep in a group."""

NAMES = ("name", "param_names")
"""What PyTorch may have saved there besides."""


class Ignored(TypedDict, total=False):
    """Options of PyTorch's that choose how a step is computed, not what: taken and forgotten."""

    foreach: bool | None
    fused: bool | None
    capturable: bool
    differentiable: bool


Work = tuple[
    list[Tensor],
    list[np.ndarray],
    list[np.ndarray],
    list[dict[str, Any]],
    list[list[np.ndarray]],
    dict[Tensor, dict[str, Any]],
]
"""What a step works on: the parameters that have a gradient, their arrays, to be written to, their
gradients, their states, the arrays that these keep under each of the keys asked for, and the states
that are new."""

_EMPTY = "{}: the list of parameters is empty"

SETTLED = (Real, str, type(None))
"""Types of values that can only be replaced.  It has a name because Cython, which compiles this
file, loses what an abstract class raises, Ctrl-C say, if the tuple stands within `isinstance`."""

UNCHECKED: tuple[Any, dict[str, Any]] = (None, {})
"""What a group was, and its options, before the first check."""

Step = TypeVar("Step", bound=Callable[..., Any])


def _with_hooks(step: Step) -> Step:
    """`step` with the optimiser's hooks before and after, and whole for watchers."""

    @whole
    @wraps(step)
    def step_with_hooks(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        for hook in [*self._pre_hooks.values()]:
            args, kwargs = hook(self, args, kwargs) or (args, kwargs)
        self._hooked = True
        try:
            result = step(self, *args, **kwargs)
        finally:
            self._hooked = False
        for hook in [*self._post_hooks.values()]:
            hook(self, args, kwargs)
        return result

    @wraps(step_with_hooks)
    def call(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        if (watchers or self._pre_hooks or self._post_hooks) and not self._hooked:
            return step_with_hooks(self, *args, **kwargs)
        return step(self, *args, **kwargs)

    return call  # type: ignore[return-value]


@with_class_words
class Optimizer:
    """The base of all optimisers.

    params : leaf tensors; or dictionaries, each a group with its tensors under "params" and options
        of its own; or pairs of a name and a tensor.  A step passes over those without a gradient.
    defaults : the options of groups that have none of their own
    ignored : those of `Ignored` that were given

    param_groups : a list of dictionaries, "params" and the options of each group, which may be
        changed between steps; a number may be a tensor of one element
    state : for each parameter a dictionary of tensors and counts, by PyTorch's names

    A subclass defines `move` and names in `keeps` and `counts` the arrays and the numbers of its
    state (and in `wanted_by` the option without which it does without one); or it defines `step`
    itself, as in PyTorch, and its options may then be anything.  Raises ValueError for an empty
    list, a parameter given twice and options out of range, TypeError for what is not a tensor.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> class Sign(optim.Optimizer):
    ...     def move(self, p, g, state, options):
    ...         return p - options["lr"] * (g > 0), state
    >>> w = mg.tensor([1.0, 1.0], requires_grad=True)
    >>> optimizer = Sign([w], {"lr": 0.5})
    >>> (w * mg.tensor([3.0, -3.0])).sum().backward()
    >>> optimizer.step()
    >>> w.numpy()
    array([0.5, 1. ], dtype=float32)
    """

    keeps: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    wanted_by: Mapping[str, str] = {}
    ranges: Mapping[str, tuple[float, float]] = RANGES
    _has_formula = True
    _pre_save_hooks: dict[int, Callable[..., Any]]
    _post_save_hooks: dict[int, Callable[..., Any]]
    _pre_load_hooks: dict[int, Callable[..., Any]]
    _post_load_hooks: dict[int, Callable[..., Any]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        with_class_words(cls)
        if "step" in vars(cls):
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]
        plain = all(getattr(cls, name) is getattr(Optimizer, name) for name in FORMULA)
        cls._has_formula = not plain or cls.step is Optimizer.step

    def __init__(
        self, params: Any, defaults: dict[str, Any], ignored: Mapping[str, Any] | None = None
    ) -> None:
        for key, value in (ignored or {}).items():
            if key not in Ignored.__annotations__:
                raise TypeError(
                    f"{type(self).__name__}() got an unexpected keyword argument {key!r}; it has "
                    f"{[*defaults]}"
                )
            self._check_option_in_use(key, value)
        if ignored and ignored.get("foreach") and ignored.get("fused"):
            raise RuntimeError(f"{type(self).__name__}: `fused` and `foreach` exclude each other")
        self.__setstate__({"defaults": defaults, "state": defaultdict(dict), "param_groups": []})
        self._check(defaults)
        if isinstance(params, Tensor):
            raise TypeError(
                f"{type(self).__name__}: params must be a list of tensors, got a single one; "
                "write [tensor]"
            )
        groups = _in_order(type(self).__name__, params)
        if not isinstance(groups[0], Mapping):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)
        if not any(group["params"] for group in self.param_groups):
            raise ValueError(_EMPTY.format(type(self).__name__))

    if not TYPE_CHECKING:  # checkers would take any name for granted

        def __getattr__(self, name: str) -> Any:
            """Asked only for what is not there: make it, or name what is near to it."""
            if make := OWN.get(name):
                return self.__dict__.setdefault(name, make())
            names = {*dir(type(self)), *self.__dict__}
            what = f"{type(self).__name__!r} object"
            raise AttributeError(nearest(what, name, names), name=name, obj=self)

    def __getstate__(self) -> dict[str, Any]:
        """For copy and pickle: all but the hooks."""
        return {name: getattr(self, name) for name in ("defaults", "state", "param_groups")}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.defaults: dict[str, Any] = state["defaults"]
        self.state: defaultdict[Tensor, dict[str, Any]] = state["state"]
        self.param_groups: list[dict[str, Any]] = state["param_groups"]
        self._pre_hooks: dict[int, Callable[..., Any]] = {}
        self._post_hooks: dict[int, Callable[..., Any]] = {}
        self._checked: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._stepping: int = False  # True, or the thread that does it
        self._hooked = False  # within a step whose hooks are called: of its super() they are not
        _made.add(self)

    # ------------------------------------------------------------------ groups and options

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        """Take further parameters, with options of their own where they are given.

        Raises as the constructor does.
        """
        name = type(self).__name__
        if not isinstance(param_group, Mapping) or "params" not in param_group:
            raise TypeError(
                f"{name}: a group must be a dictionary with 'params', got {param_group!r:.60}"
            )
        given = param_group["params"]
        given = [given] if isinstance(given, Tensor) else _in_order(name, given, may_be_empty=True)
        params = [_tensor(name, p) for p in given]
        if names := [p[0] for p in given if isinstance(p, tuple)]:
            param_group = {**param_group, "param_names": names}
        first = self.param_groups[0] if self.param_groups else param_group
        if (names and len(names) < len(params)) or (
            params and ("param_names" in first) != ("param_names" in param_group)
        ):
            raise ValueError(f"{name}: give names with all parameters, or with none")
        known = {id(p) for group in self.param_groups for p in group["params"]}
        memory: dict[int, list[np.ndarray]] = defaultdict(list)
        for p in self._parameters():
            memory[_owner(p._data)].append(p._data)
        for i, p in enumerate(params):
            if not p.is_leaf:
                raise ValueError(
                    f"{name}: parameter {i} (shape {p.shape}) is no leaf, but the result of an "
                    "operation, which would be computed anew"
                )
            if id(p) in known:
                raise ValueError(f"{name}: parameter {i} (shape {p.shape}) is given twice")
            if any(np.shares_memory(p._data, other) for other in memory[_owner(p._data)]):
                raise ValueError(
                    f"{name}: parameter {i} (shape {p.shape}) shares memory with another one, so "
                    "that one of two changes would be lost; give one of them, or a .clone()"
                )
            known.add(id(p))
            memory[_owner(p._data)].append(p._data)
        self._check_names(param_group)
        group = {**self.defaults, **param_group, "params": params}
        self._check(group)
        for option in self.defaults.keys() & {*PAIRS} if self._has_formula else ():
            group[option] = tuple(map(_number, group[option]))
        self.param_groups.append(group)

    def _check_names(self, group: Mapping[str, Any], known: Iterable[str] = ()) -> None:
        """Refuse options that this optimiser lacks, and what is nearly one; those that change no
        number are passed over, and what a user keeps in a group ("name", "lr_scale") stays there.
        A user's optimiser that defines `step` itself knows which of them it has.
        """
        if not self._has_formula and not type(self).__module__.startswith("minigrad.optim."):
            return
        from difflib import get_close_matches  # here: an import takes 1 ms

        for key, value in group.items():
            if key in ("params", *self.defaults, *known, *OF_SCHEDULES, *NAMES):
                continue
            elif key in Ignored.__annotations__:
                self._check_option_in_use(key, value)
            elif not isinstance(key, str) or get_close_matches(key, OPTIONS, 1, 0.85):
                if not any(group is other for o in _made for other in o.param_groups):
                    raise self._strange(key)

    def _strange(self, key: Any) -> ValueError:
        return ValueError(f"{type(self).__name__}: no option {key!r}; it has {[*self.defaults]}")

    def _check_option_in_use(self, key: str, value: Any) -> None:
        if key == "differentiable" and value:
            raise ValueError(
                f"{type(self).__name__}: a step is not differentiable; write it with operations "
                "(p - lr * g) to record it"
            )

    def _check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options as plain numbers, refused if they are out of range.

        A subclass that defines `step` itself has options of its own, whatever their names.
        """
        name, checked = type(self).__name__, {}
        for option in self.defaults:
            if option not in options:
                raise ValueError(f"{name}: a group has no {option!r}")
            checked[option] = value = options[option]
            if not self._has_formula:
                continue
            if option in PAIRS:
                if not isinstance(value, (tuple, list)) or len(value) != 2:
                    raise TypeError(f"{name}: {option} must be two numbers, got {value!r}")
                value = tuple(map(_number, value))
            elif option in self.ranges:
                value = _number(value, f"{name}: {option}")
                if option in INTEGERS:
                    check_integer(f"{name}: {option}", value)
            elif option in FLAGS:
                check_flag(f"{name}: {option}", value)
            if option in self.ranges:
                low, high = self.ranges[option]
                numbers = value if option in PAIRS else (value,)
                if not all(isinstance(n, Real) for n in numbers):
                    raise TypeError(f"{name}: {option} must be a number, got {value!r}")
                for n in numbers:
                    check_number(f"{name}: {option}", n)  # one that a float can hold
                if not all(low <= n < high for n in numbers):
                    raise ValueError(
                        f"{name}: {option} must be at least {low} and less than {high}, got {value}"
                    )
            checked[option] = value
        return checked

    def _options(self, i: int, group: Mapping[str, Any]) -> dict[str, Any]:
        """`_check` of group i, done again when something has changed."""
        seen, options = self._checked.get(i, UNCHECKED)
        try:
            if seen == group:
                return options
        except ValueError:  # the truth of several elements
            pass
        options = self._check(group)
        if all(_is_settled(group[option]) for option in self.defaults):
            self._checked[i] = dict(group), options
        return options

    @whole
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zeros."""
        if set_to_none:
            for group in self.param_groups:
                forget_gradients(group["params"])
            return
        for p in self._parameters():
            grad = p._grad
            if grad is not None and grad._node is None:
                grad._writable()[...] = 0
            elif grad is not None:  # a recorded one belongs to its graph
                p.grad = tensor_of(np.zeros_like(grad._data))

    # ------------------------------------------------------------------ the step

    @_with_hooks
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change every parameter that has a gradient, by its gradient.

        closure : computes the loss and the gradients anew, before the step; what it gives is
            returned

        In place.  All or nothing: what may fail, fails before the first parameter changes, and
        Ctrl-C comes before the step or after it.  RuntimeError while another thread makes a step.
        """
        loss = None
        if closure is not None:
            if not callable(closure):
                raise TypeError(
                    f"{type(self).__name__}: step: closure: wanted a function that computes the "
                    f"loss, got {describe(closure)}"
                )
            with enable_grad():
                loss = closure()
        # No other thread and no signal comes between a question, an assignment and a `try`: Python
        # looks for them after calls and jumps back.  A lock would take four times as long.
        if self._stepping:
            raise self._at_work()
        self._stepping = True
        try:
            groups = self.param_groups
            options = [self._options(i, group) for i, group in enumerate(groups)]
            changes: list[Change] = []
            for i, group in enumerate(groups):
                changes += self.changes(group["params"], options[i])
            carry_out(changes)
        finally:
            self._stepping = False
        return loss

    def _at_work(self) -> RuntimeError:
        if self._stepping == get_ident():
            return RuntimeError(
                f"{type(self).__name__}: step: its closure calls step(), within the step that "
                "calls the closure; let it compute the loss and call backward() only"
            )
        return RuntimeError(
            f"{type(self).__name__}: step: another thread steps this optimizer at this moment, and "
            "one of the two steps would be lost; hold one lock around backward(), step() and "
            "zero_grad()"
        )

    def begin(self, p: np.ndarray, options: Mapping[str, Any]) -> dict[str, Any]:
        """The state of a parameter before its first step: zeros, unless a subclass says more."""
        wanted = self._keys_of_state(options)
        return {k: np.zeros(p.shape, p.dtype) if k in self.keeps else 0 for k in wanted}

    def _keys_of_state(self, options: Mapping[str, Any]) -> list[str]:
        """What a state must have, under these options."""
        switch = self.wanted_by
        return [k for k in self.counts + self.keeps if k not in switch or options[switch[k]]]

    def move(
        self, p: np.ndarray, g: np.ndarray, state: dict[str, Any], options: Mapping[str, Any]
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """The formula: the new array and the new state for the gradient g; nothing is changed.

        `maximize` and `weight_decay` are in p and g already.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no move()")

    def changes(self, params: list[Tensor], options: Mapping[str, Any]) -> list[Change]:
        """The changes of one step, still to be made.

        Everything else is done when this returns: see `carry_out`.
        """
        wanted = self._keys_of_state(options)
        keys = [key for key in self.keeps if key in wanted]
        params, arrays, grads, states, _, _ = self._collect(params, options, keys)
        if not keys:
            states = [self.state.get(p) or self.begin(p._data, options) for p in params]
        changes: list[Change] = []
        for tensor, array, g, state in zip(params, arrays, grads, states, strict=True):
            p, g = _decay(array, g, options)
            plain = {k: v._data if isinstance(v, Tensor) else v for k, v in state.items()}
            p, plain = self.move(p, g, plain, options)
            changes.append((np.ndarray.__setitem__, array, ..., p))
            changes.append((self.state.__setitem__, tensor, self._as_state(plain, g.dtype)))
        return changes

    def _as_state(self, plain: Mapping[str, Any], dtype: Any) -> dict[str, Any]:
        """Arrays as tensors; for a 0-d parameter NumPy computes scalars, which become arrays."""
        return {
            k: tensor_of(np.asarray(v, dtype)) if k in self.keeps else v for k, v in plain.items()
        }

    def _collect(
        self, params: list[Tensor], options: Mapping[str, Any], keys: Sequence[str]
    ) -> Work:
        """All that a step works on; what a state lacks is begun, outside of `self.state`, and where
        no keys are asked for, no states are looked for.

        Raises TypeError where the dtype or shape of a gradient or a kept array does not fit.
        """
        params, arrays, grads, states, kept = gather(params, self.state, keys)
        begun: dict[Tensor, dict[str, Any]] = {}
        if kept is None:  # a first step, or an option that was switched on
            for i, (p, state) in enumerate(zip(params, states, strict=True)):
                new = self._as_state(self.begin(p._data, options), p._data.dtype)
                if state is None or not new.keys() <= state.keys():
                    states[i] = begun[p] = {**new, **(state or {})}
            kept = kept_arrays(keys, states) or []
        if not kernels.can_step(arrays, grads, *kept):
            self._refuse(arrays, {"the gradient": grads, **dict(zip(keys, kept, strict=True))})
            arrays = [p._writable() for p in params]  # of what is read-only, copies
        count_changes(params)
        if options.get("maximize"):
            grads = [*map(np.asarray, map(np.negative, grads))]
        return params, arrays, grads, states, kept, begun

    def _refuse(self, arrays: list[np.ndarray], others: dict[str, list[np.ndarray]]) -> None:
        """Say which gradient or kept array is not as its parameter."""
        name = type(self).__name__
        for key, those in others.items():
            for a, b in zip(arrays, those, strict=True):
                if (a.dtype, a.shape) != (b.dtype, b.shape):
                    raise TypeError(
                        f"{name}: {key} is {b.dtype} of shape {b.shape}, its parameter {a.dtype} "
                        f"of shape {a.shape}; make the optimizer after the parameters have got "
                        "their dtype and shape"
                    )
                if not b.flags.writeable and key != "the gradient":
                    raise ValueError(f"{name}: {key} of shape {b.shape} is read-only")

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) before each step; it may give new (args, kwargs)."""
        return register(self._pre_hooks, hook, "register_step_pre_hook")

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call hook(optimizer, args, kwargs) after each step."""
        return register(self._post_hooks, hook, "register_step_post_hook")

    def register_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer) before each `state_dict`; `prepend`: before the other hooks."""
        return _register(self._pre_save_hooks, hook, "register_state_dict_pre_hook", prepend)

    def register_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer, state_dict) after each `state_dict`; it may give another one."""
        return _register(self._post_save_hooks, hook, "register_state_dict_post_hook", prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer, state_dict) before each `load_state_dict`; it may give another one.

        The dictionary is a copy of the caller's.
        """
        return _register(self._pre_load_hooks, hook, "register_load_state_dict_pre_hook", prepend)

    def register_load_state_dict_post_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call hook(optimizer) after each `load_state_dict`."""
        return _register(self._post_load_hooks, hook, "register_load_state_dict_post_hook", prepend)

    # ------------------------------------------------------------------ saving and loading

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state and the options, with numbers in the parameters' places.

        It has PyTorch's form, "state" and "param_groups".
        """
        for hook in [*self._pre_save_hooks.values()]:
            hook(self)
        numbers = {id(p): i for i, p in enumerate(self._parameters())}
        groups = [
            {
                **{key: _copy(_number(value)) for key, value in group.items() if key != "params"},
                "params": [numbers[id(p)] for p in group["params"]],
            }
            for group in self.param_groups
        ]
        state = {numbers.get(id(p), p): _copy(kept) for p, kept in self.state.items() if kept}
        saved: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in [*self._post_save_hooks.values()]:
            saved = hook(self, saved) or saved
        return saved

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from a state that `state_dict` gave, here or in PyTorch.

        Raises ValueError where groups, parameters or shapes do not fit, or options are out of range
        or not this optimiser's; then nothing has changed.
        """
        name = type(self).__name__
        if self._pre_load_hooks and isinstance(state_dict, Mapping):
            state_dict = dict(state_dict)
            for hook in [*self._pre_load_hooks.values()]:
                state_dict = hook(self, state_dict) or state_dict
        if not isinstance(state_dict, Mapping) or not {"state", "param_groups"} <= {*state_dict}:
            raise ValueError(
                f"{name}: load_state_dict: wanted a dictionary with 'state' and 'param_groups', "
                f"got {describe(state_dict)}"
            )
        saved = state_dict["param_groups"]
        for group in saved:
            if not isinstance(group, Mapping) or "params" not in group:
                raise ValueError(
                    f"{name}: load_state_dict: a saved group must be a dictionary with 'params', "
                    f"got {describe(group)}"
                )
        sizes = [len(group["params"]) for group in saved]
        own = [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise ValueError(f"{name}: wanted groups of {own} parameters, got {sizes}")
        pairs = zip(self.param_groups, saved, strict=True)
        groups = [self._loaded_group(group, other) for group, other in pairs]
        places = [i for group in saved for i in group["params"]]
        own_keys = {i for i in state_dict["state"] if isinstance(i, str)}  # not of a parameter
        if strange := [i for i in state_dict["state"] if i not in places and i not in own_keys]:
            raise ValueError(f"{name}: a state for parameter {strange[0]!r}, which no group has")
        params = dict(zip(places, self._parameters(), strict=True))
        options = {i: new for new, old in zip(groups, saved, strict=True) for i in old["params"]}
        state: defaultdict[Any, Any] = defaultdict(dict)
        for i, kept in state_dict["state"].items():
            if i in own_keys:
                state[i] = _copy(kept)
            elif kept:
                state[params[i]] = self._loaded_state(params[i], kept, options[i])
        self.state = state
        for group, new in zip(self.param_groups, groups, strict=True):
            for key, value in new.items():
                if isinstance(tensor := group.get(key), Tensor):
                    tensor._writable()[...] = value
                else:
                    group[key] = value
        for hook in [*self._post_load_hooks.values()]:
            hook(self)

    def _loaded_group(self, own: Mapping[str, Any], saved: Mapping[str, Any]) -> dict[str, Any]:
        """The options of a saved group, checked.

        One of `YOUNGER` may be missing: the state is older than the flag, which stays as it is.
        What a user keeps in a group has to be in this optimiser's own group too.
        """
        self._check_names(saved, own)
        if strange := saved.keys() - {*own, *OF_SCHEDULES, *Ignored.__annotations__, *NAMES}:
            raise self._strange(min(strange))
        group = {**{key: own[key] for key in YOUNGER if key in self.defaults}, **saved}
        if self._has_formula and "lr" in self.defaults and "lr" in group:
            rate = _number(group["lr"])
            if isinstance(rate, (int, float)) and -ROUNDING <= rate < 0:
                group["lr"] = 0.0
        if missing := [key for key in self.defaults if key not in group]:
            raise ValueError(f"{type(self).__name__}: a saved group has no {missing[0]!r}")
        others = group.keys() - {"params", *self.defaults, *Ignored.__annotations__}
        return {**self._check(group), **{key: _copy(_number(group[key])) for key in others}}

    def _loaded_state(
        self, param: Tensor, kept: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A copy of the saved state of a parameter, checked."""
        name = type(self).__name__
        if not self.keeps and not self.counts:  # a subclass that defines `step` alone
            return dict(_copy(kept))
        state: dict[str, Any] = {}
        for key, value in kept.items():
            if key not in (*self.keeps, *self.counts):
                raise ValueError(f"{name}: the state has {key!r}, wanted {self.keeps}")
            if value is None:
                continue
            if key in self.counts:
                number = float(_number(value))
                if key == "step" and not (number >= 0 and number.is_integer()):
                    raise ValueError(
                        f"{name}: load_state_dict: the state has the step {number:g}; wanted a "
                        "whole number of at least 0"
                    )
                state[key] = int(number) if key == "step" else number
                continue
            array = np.array(as_array(value, f"{name}: {key}"), param._data.dtype)
            if array.shape != param.shape:
                raise ValueError(
                    f"{name}: wanted {key!r} of shape {param.shape}, got {array.shape}"
                )
            state[key] = tensor_of(array)
        if missing := [key for key in self._keys_of_state(options) if key not in state]:
            raise ValueError(f"{name}: the state has no {missing[0]!r}")
        return state

    def _parameters(self) -> Iterator[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [""] * (i > 0) + [f"Parameter Group {i}"]
            lines += [f"    {key}: {group[key]}" for key in sorted(group) if key != "params"]
        return "\n".join([*lines, ")"])


def _register(
    hooks: dict[int, Any], hook: Callable[..., Any], where: str, prepend: bool
) -> RemovableHandle:
    """Add a hook after the others, or before them."""
    others = dict(hooks)
    handle = register(hooks, hook, where)
    if prepend:
        for key, other in others.items():  # to the end
            del hooks[key]
            hooks[key] = other
    return handle


def step_numbers(states: list[dict[str, Any]], steps: list[int]) -> Change:
    """The change that writes the numbers of steps to the states."""
    return list, map(setitem, states, repeat("step"), steps)


def _decay(
    p: np.ndarray, g: np.ndarray, options: Mapping[str, Any]
) -> tuple[np.ndarray, np.ndarray]:
    """Array and gradient with the weight decay that most optimisers have.

    g <- g + weight_decay * p, or p <- (1 - lr * weight_decay) * p with decoupled_weight_decay
    """
    if decay := options.get("weight_decay"):
        if options.get("decoupled_weight_decay"):
            p = p * (1 - options["lr"] * decay)
        else:
            g = g + decay * p
    return p, g


def _number(value: Any, name: str = "an option") -> Any:
    """The number of a tensor or an array of one element; what is neither stays as it is."""
    if not hasattr(value, "item") or isinstance(value, type):
        return value
    if prod(value.shape) != 1:
        raise ValueError(f"{name} must be one number, got a tensor of shape {value.shape}")
    return value.item()


def _is_settled(value: Any) -> bool:
    """Whether a value can only change by being replaced."""
    if isinstance(value, tuple):
        return all(map(_is_settled, value))
    return isinstance(value, SETTLED)


def _in_order(where: str, params: Any, may_be_empty: bool = False) -> list[Any]:
    """The items of an iterable that has an order and, unless it may be, is not empty."""
    if isinstance(params, (set, frozenset)):
        raise TypeError(f"{where}: params must be in an order that repeats, got a set")
    if not isinstance(params, Iterable):
        raise TypeError(f"{where}: params must be a list of tensors, got {type(params).__name__}")
    items = list(params)
    if not items and not may_be_empty:
        raise ValueError(_EMPTY.format(where))
    return items


def _tensor(where: str, item: Any) -> Tensor:
    """A parameter, or the parameter of a pair (name, parameter)."""
    tensor = item[1] if isinstance(item, tuple) and len(item) == 2 else item
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{where}: wanted tensors to optimise, got {type(tensor).__name__}")
    return tensor


def _owner(array: np.ndarray) -> int:
    """Which piece of memory an array is of: arrays of two pieces share none."""
    owner: Any = array
    while isinstance(owner, np.ndarray) and owner.base is not None:
        owner = owner.base
    return id(owner)


def _copy(value: Any) -> Any:
    """A copy that shares no memory, of tensors in lists and dictionaries."""
    if isinstance(value, Tensor):
        return tensor_of(value._data.copy())
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


explain_absence(globals())
