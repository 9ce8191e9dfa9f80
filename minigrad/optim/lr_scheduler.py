"""Schedules: the learning rate of each step.

A schedule is made after its optimiser and sets the rate of the first step at once; `step()` after
each `optimizer.step()` (or each epoch) sets the next.  As in PyTorch most schedules multiply the
rate that they find by what their formula has changed since the step before, so that several of
them on one optimiser multiply, and a rate set by hand is gone on from.  The formulas below are
those of a schedule alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import wraps
from inspect import signature
from math import cos, floor, inf, pi
from operator import setitem
from types import FunctionType
from typing import Any, TypeVar

from ..absent import explain_absence
from ..engine.changes import Change, carry_out
from ..engine.dtypes import check_number
from ..engine.tensor import Tensor
from ..engine.watchers import whole
from ..engine.words import describe, with_class_words
from .optimizer import ROUNDING, Optimizer, _number

Factor = Callable[[int], Any]

FUNCTIONS = ("lr_lambdas", "_scale_fn_custom")
"""Attributes that are functions; a state has what those have that are objects of a class."""

ONLY_IN_PYTORCH = ("_is_initial", "_get_lr_called_within_step", "verbose", "use_beta1", "groups")
"""What a state may have and needs not."""


NUMBERS = """
    gamma power total_iters eta_min T_max T_0 T_mult step_size factor start_factor end_factor
    patience cooldown last_epoch anneal_epochs total_steps pct_start div_factor final_div_factor
""".split()
"""Options of schedules that are numbers, under the names of PyTorch."""


F = TypeVar("F", bound=Callable[..., Any])


def _all_or_nothing(method: F) -> F:
    """A method that leaves schedule and optimiser as they were where it is left by an error."""

    @wraps(method)
    def attempt(self: LRScheduler, *args: Any, **kwargs: Any) -> Any:
        before = list(_restorations(self))
        try:
            return method(self, *args, **kwargs)
        except BaseException:
            carry_out(before)
            raise

    return attempt  # type: ignore[return-value]


def _made_or_nothing(init: F) -> F:
    """A constructor that leaves optimiser and schedules as they were if it fails."""

    @wraps(init)
    def attempt(self: LRScheduler, *args: Any, **kwargs: Any) -> None:
        given = [*args, *kwargs.values()]
        given += [item for a in given if isinstance(a, (list, tuple)) for item in a]
        before: list[Change] = []
        for a in given:
            if isinstance(a, LRScheduler):
                before += _restorations(a)
            elif isinstance(a, Optimizer):
                before += _restorations_of_groups(a.param_groups)
        try:
            init(self, *args, **kwargs)
        except BaseException:
            carry_out(before)
            raise

    return attempt  # type: ignore[return-value]


def _restorations(schedule: LRScheduler) -> Iterator[Change]:
    """The changes that would bring all back that a schedule sets."""
    yield dict.update, vars(schedule), dict(vars(schedule))
    yield from _restorations_of_groups(schedule.optimizer.param_groups)
    for inner in getattr(schedule, "_schedulers", ()):
        yield from _restorations(inner)


def _restorations_of_groups(groups: Sequence[dict[str, Any]]) -> Iterator[Change]:
    for group in groups:
        yield _restore, group, dict(group)
        if isinstance(group["lr"], Tensor):
            yield setitem, group["lr"]._array(), ..., group["lr"].item()


def _restore(group: dict[str, Any], before: dict[str, Any]) -> None:
    for key in group.keys() - before.keys():
        del group[key]
    group.update(before)


class LRScheduler:
    """The base of all schedules.

    optimizer : whose rates to set, one for each group
    last_epoch : how many steps have been done before; -1 for a new start

    base_lrs : the rates that the groups began with

    A subclass defines `get_lr`, the rates after `self.last_epoch` steps; in the constructor
    `self._is_initial` is True then.
    """

    sets: tuple[str, ...] = ("lr", "initial_lr")
    _is_initial = False
    _get_lr_called_within_step = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            cls.__init__ = _made_or_nothing(cls.__init__)  # type: ignore[method-assign]
        with_class_words(cls)

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        for name, value in {**vars(self), "last_epoch": last_epoch}.items():
            if name == "last_epoch" or (name in NUMBERS and not _is_users(self)):
                check_number(f"{type(self).__name__}: {name}", value)
        for group in groups_of(type(self).__name__, optimizer):
            if last_epoch == -1:
                group.setdefault("initial_lr", float(group["lr"]))
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{type(self).__name__}: last_epoch={last_epoch}, but the optimizer has no "
                    "'initial_lr': load the state it was saved with"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first step."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            del self._is_initial

    def get_lr(self) -> list[float]:
        """The rates that `step` sets after `last_epoch` steps, from those that it finds.

        A subclass defines it.  What was set last is `get_last_lr()`.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no get_lr()")

    def _undo(self) -> None:
        """Take back the step of the constructor."""
        self.last_epoch -= 1

    def get_last_lr(self) -> list[float]:
        """The rates that this schedule has set last."""
        return list(self._last_lr)

    @whole
    @_all_or_nothing
    def step(self, epoch: int | None = None) -> None:
        """Count one step and set the rates of the next.

        epoch : go to this step instead, with the formula's rates (PyTorch's old form)
        """
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        closed = getattr(self, "_get_closed_form_lr", self.get_lr)
        self._set(self.get_lr() if epoch is None else closed())

    def _set(self, rates: Sequence[Any]) -> None:
        self._check_groups(len(rates))
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            _set_lr(group, lr)
        self._last_lr = self._rates()

    def _check_groups(self, known: int) -> None:
        """Refuse a group that was added after a schedule that is told of each was made."""
        if known != (count := len(self.optimizer.param_groups)):
            raise ValueError(
                f"{type(self).__name__}: the optimizer has {count} groups, and the schedule knows "
                f"{known}; make it anew after add_param_group"
            )

    def _rates(self) -> list[float]:
        """The rates as the optimiser has them now."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser and the functions that a schedule was given.

        Of a function that is an object of a class its attributes are saved, as in PyTorch.  Under
        "groups" are the rates, and what else this schedule sets in the optimiser's groups.
        """
        state = {k: _save_value(k, v) for k, v in vars(self).items() if k != "optimizer"}
        state["groups"] = [
            {k: float(group[k]) if k == "lr" else group[k] for k in self.sets if k in group}
            for group in self.optimizer.param_groups
        ]
        for group in state["groups"]:
            group["last_epoch"] = _epochs(state)
        return state

    @_all_or_nothing
    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave, here or in PyTorch; the optimiser gets its rates.

        Raises ValueError, changing nothing, for a state of other groups, rates that are out of
        range or, unless the class is the user's own, other names.
        """
        self._check_state(state_dict)
        rates = [{"lr": lr} for lr in state_dict["_last_lr"]]
        groups = state_dict.get("groups") or rates
        now = _epochs(state_dict)
        if any(group.get("last_epoch", now) != now for group in groups):
            groups = rates  # PyTorch keeps our groups as they are while it steps
        groups = [{**group, "lr": self._rate(group["lr"])} for group in groups]
        for key in state_dict.keys() - {*ONLY_IN_PYTORCH, "optimizer"}:
            vars(self)[key] = _load_value(key, vars(self).get(key), state_dict[key])
        for group, saved in zip(self.optimizer.param_groups, groups, strict=True):
            _set_lr(group, saved["lr"])
            for key, value in saved.items():
                if key not in ("lr", "last_epoch"):
                    group[key] = tuple(value) if key == "betas" else value

    def _rate(self, lr: Any) -> float:
        """A saved rate; ValueError for one that the optimiser would refuse."""
        rate = float(_number(lr))
        if not self.optimizer._has_formula or 0 <= rate < inf:
            return rate
        if -ROUNDING <= rate < 0:
            return 0.0
        raise ValueError(
            f"{type(self).__name__}: load_state_dict: a rate must be at least 0 and finite, got "
            f"{rate}"
        )

    def _check_state(self, state: Mapping[str, Any]) -> None:
        name = type(self).__name__
        if not isinstance(state, Mapping):
            raise TypeError(f"{name}: load_state_dict: wanted a dict, got {type(state).__name__}")
        wanted = vars(self).keys() - {"optimizer"}
        got = state.keys() - {*ONLY_IN_PYTORCH}
        if _is_users(self):
            wanted, got = {"_last_lr"}, got & {"_last_lr"}
        if wanted != got:
            raise ValueError(f"{name}: wanted a state of {sorted(wanted)}, got {sorted(got)}")
        for key in ("base_lrs", "_last_lr", "lr_lambdas", "_schedulers", "groups"):
            own = vars(self).get(key, self.optimizer.param_groups)
            if key in state and len(own) != len(state[key]):
                raise ValueError(f"{name}: wanted {len(own)} {key}, got {len(state[key])}")
        for scheduler, kept in zip(
            getattr(self, "_schedulers", ()), state.get("_schedulers", ()), strict=True
        ):
            scheduler._check_state(kept)

    def __repr__(self) -> str:
        """The arguments, how many steps were done, and the rates."""
        shown = {}
        for name in signature(type(self).__init__).parameters:
            for key in (name, f"_{name}", f"{name}s"):
                if key in vars(self) and name != "optimizer" and key not in FUNCTIONS:
                    shown[name] = vars(self)[key]
        options = "".join(f"{key}={value!r}, " for key, value in shown.items())
        return f"{type(self).__name__}({options}lr={self._rates()})"


_LRScheduler = LRScheduler  # PyTorch's older name


class LambdaLR(LRScheduler):
    """lr = base_lr * lr_lambda(step).

    lr_lambda : a function, or one for each group.  Raises ValueError for another number of them.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=0.5)
    >>> schedule = optim.lr_scheduler.LambdaLR(sgd, lambda step: 1 / (1 + step))
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1
    ) -> None:
        self.lr_lambdas = _functions(type(self).__name__, optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        step = self.last_epoch
        return [base * f(step) for base, f in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(LRScheduler):
    """lr <- lr * lr_lambda(step), from the first step after the start.

    lr_lambda : a function, or one for each group.  Raises ValueError for another number of them.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.MultiplicativeLR(sgd, lambda step: 1 / (1 + step))
    >>> for _ in range(2):
    ...     schedule.step()
    >>> schedule.get_last_lr() == [1 / 2 / 3]
    True
    """

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Factor | Sequence[Factor], last_epoch: int = -1
    ) -> None:
        self.lr_lambdas = _functions(type(self).__name__, optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        rates = self._rates()
        if self._is_initial:
            return rates
        self._check_groups(len(self.lr_lambdas))
        return [lr * f(self.last_epoch) for lr, f in zip(rates, self.lr_lambdas, strict=True)]


class _FactorLR(LRScheduler):
    """lr = base_lr * at(step), by what the factor `at` has changed since the step before.

    A subclass defines both.
    """

    def at(self, step: int) -> float:
        """The factor after `step` steps."""
        raise NotImplementedError

    def change(self, step: int) -> float:
        """at(step) / at(step - 1), and at(0) at the start."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        change = self.change(self.last_epoch)
        return [lr * change for lr in self._rates()]

    def _get_closed_form_lr(self) -> list[float]:
        factor = self.at(self.last_epoch)
        return [base * factor for base in self.base_lrs]


class StepLR(_FactorLR):
    """lr = base_lr * gamma**(step // step_size).

    Raises ValueError if `step_size` is less than 1.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.StepLR(sgd, step_size=2, gamma=0.5)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5]
    >>> schedule
    StepLR(step_size=2, gamma=0.5, last_epoch=4, lr=[0.25])
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        check_number("StepLR: step_size", step_size)
        if step_size < 1:
            raise ValueError(f"StepLR: step_size must be at least 1, got {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        return float(self.gamma ** (step // self.step_size))

    def change(self, step: int) -> float:
        return self.gamma if step and step % self.step_size == 0 else 1.0


class MultiStepLR(_FactorLR):
    """lr = base_lr * gamma**(how many of the milestones have been reached).

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.MultiStepLR(sgd, milestones=[1, 3], gamma=0.5)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(milestones, Iterable):
            raise TypeError(f"MultiStepLR: milestones must be a list, got {milestones!r}")
        milestones = [*milestones]
        for milestone in milestones:
            check_number("MultiStepLR: milestones: each", milestone)
        self.milestones, self.gamma = Counter(map(_number, milestones)), gamma
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        return float(self.gamma ** bisect_right(sorted(self.milestones.elements()), step))

    def change(self, step: int) -> float:
        return float(self.gamma ** self.milestones[step])


class ConstantLR(_FactorLR):
    """lr = base_lr * factor, and base_lr from step total_iters on.

    Raises ValueError if `factor` is not from 0 to 1.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ConstantLR(sgd, factor=0.5, total_iters=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        _check_share("ConstantLR", "factor", factor)
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        return self.factor if step < self.total_iters else 1.0

    def change(self, step: int) -> float:
        if step == 0:
            return self.factor
        if step != self.total_iters:
            return 1.0
        if self.factor == 0:
            raise ValueError("ConstantLR: no rate can be multiplied back from factor=0")
        return 1 / self.factor


class LinearLR(_FactorLR):
    """lr = base_lr * (from start_factor to end_factor in total_iters steps, in a straight line).

    Raises ValueError if a factor is not from 0 to 1, or `start_factor` is 0.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.LinearLR(sgd, start_factor=0.5, total_iters=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        _check_share("LinearLR", "start_factor", start_factor)
        _check_share("LinearLR", "end_factor", end_factor)
        if start_factor == 0:
            raise ValueError("LinearLR: start_factor must be more than 0")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        way = min(step, self.total_iters) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * way

    def change(self, step: int) -> float:
        if step == 0:
            return self.start_factor
        if self._is_initial or step > self.total_iters:
            return 1.0
        before = self.at(step - 1)
        return self.at(step) / before if before else 0.0


class PolynomialLR(_FactorLR):
    """lr = base_lr * (1 - step / total_iters)**power, and 0 from step total_iters on.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.PolynomialLR(sgd, total_iters=2, power=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 0.25, 0.0, 0.0]
    """

    def __init__(
        self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1
    ) -> None:
        check_number("PolynomialLR: power", power)
        if not power >= 0:
            raise ValueError(f"PolynomialLR: power must not be negative, got {power}")
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        return float((1 - min(step, self.total_iters) / self.total_iters) ** self.power)

    def change(self, step: int) -> float:
        if self._is_initial or step > self.total_iters:
            return 1.0
        before = self.at(step - 1)
        return self.at(step) / before if before else 0.0


class ExponentialLR(_FactorLR):
    """lr = base_lr * gamma**step.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ExponentialLR(sgd, gamma=0.5)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def at(self, step: int) -> float:
        return float(self.gamma**step)

    def change(self, step: int) -> float:
        return 1.0 if self._is_initial else self.gamma


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (base_lr - eta_min) * (1 + cos(pi * step / T_max)) / 2.

    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    equation 5, without the restarts.  Raises ValueError if `T_max` is less than 1.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.CosineAnnealingLR(sgd, T_max=2)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        check_number("CosineAnnealingLR: T_max", T_max)
        if T_max < 1:
            raise ValueError(f"CosineAnnealingLR: T_max must be at least 1, got {T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def _height(self, step: int) -> float:
        return (1 + cos(pi * step / self.T_max)) / 2

    def get_lr(self) -> list[float]:
        rates, step, low = self._rates(), self.last_epoch, self.eta_min
        if self._is_initial:
            return rates
        if (step - 1) % (2 * self.T_max) == self.T_max:  # from the bottom, where a factor fails
            rise = self._height(step)
            return [lr + (base - low) * rise for lr, base in zip(rates, self.base_lrs, strict=True)]
        change = self._height(step) / self._height(step - 1)
        return [low + (lr - low) * change for lr in rates]

    def _get_closed_form_lr(self) -> list[float]:
        height = self._height(self.last_epoch)
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]


class CosineAnnealingWarmRestarts(LRScheduler):
    """lr = eta_min + (base_lr - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2, beginning anew.

    T_0 : the steps of the first cycle
    T_mult : each cycle is so many times as long as the last

    `step(epoch)` goes to any step, also between two, as `step(epoch + batch / batches)`.
    Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    equation 5.  Raises ValueError if `T_0` or `T_mult` is no integer of at least 1.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.CosineAnnealingWarmRestarts(sgd, T_0=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(
                    f"CosineAnnealingWarmRestarts: {name} must be an integer of at least 1, got "
                    f"{value!r}"
                )
        self.T_0, self.T_i, self.T_mult, self.eta_min = T_0, T_0, T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        height = (1 + cos(pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def _update_lr(self, epoch: float | None = None) -> None:
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        elif not 0 <= epoch < inf:
            raise ValueError(f"CosineAnnealingWarmRestarts: no step {epoch}")
        else:
            self.T_cur, self.T_i = epoch, self.T_0
            if self.T_mult == 1:
                self.T_cur = epoch - self.T_0 * int(epoch // self.T_0)
            while self.T_cur >= self.T_i:  # in integers: a logarithm is rounded
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        self.last_epoch = floor(epoch)
        self._set(self.get_lr())


class _Momentum(LRScheduler):
    """A schedule that moves the momentum (of Adam beta1) too."""

    sets = tuple("lr initial_lr max_lr min_lr momentum betas base_momentum max_momentum".split())
    cycle_momentum: bool

    def _begin_momentum(
        self,
        low: float | Sequence[float],
        high: float | Sequence[float],
        last_epoch: int,
    ) -> tuple[list[float], list[float]]:
        """Both momenta of each group, after the first is set."""
        name, groups = type(self).__name__, self.optimizer.param_groups
        lows = per_group(name, "base_momentum", low, len(groups))
        highs = per_group(name, "max_momentum", high, len(groups))
        if last_epoch == -1:
            for group, base, most in zip(groups, lows, highs, strict=True):
                _set_momentum(group, most)
                group["base_momentum"], group["max_momentum"] = base, most
        return lows, highs


class CyclicLR(_Momentum):
    """The rate rises from base_lr to max_lr and falls back, in straight lines, again and again.

    base_lr, max_lr : a rate, or one for each group
    step_size_up, step_size_down : how many steps it rises and falls; it falls as long as it rises
        where the second is not given
    mode : "triangular"; "triangular2" halves the height after each cycle; "exp_range" multiplies
        it by gamma**step
    scale_fn, scale_mode : instead of a mode, a function that the height is multiplied with, of the
        number of the cycle (from 1, "cycle") or of the step ("iterations")
    cycle_momentum : move the momentum (of Adam beta1) the other way, from max_momentum down to
        base_momentum and back

    Smith, "Cyclical learning rates for training neural networks", WACV 2017; for the momentum
    Smith, "A disciplined approach to neural network hyper-parameters", arXiv:1803.09820.  Raises
    ValueError for another mode, steps less than 1, rates that are negative or of another number
    than the groups, and `cycle_momentum` with an optimiser that has no momentum.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)])
    >>> schedule = optim.lr_scheduler.CyclicLR(sgd, 1.0, 3.0, step_size_up=2, cycle_momentum=False)
    >>> rates = []
    >>> for _ in range(5):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 2.0, 3.0, 2.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | Sequence[float],
        max_lr: float | Sequence[float],
        step_size_up: float = 2000,
        step_size_down: float | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        step_size_down = step_size_up if step_size_down is None else step_size_down
        for name, value in (("step_size_up", step_size_up), ("step_size_down", step_size_down)):
            check_number(f"CyclicLR: {name}", value)
            if not value >= 1:
                raise ValueError(f"CyclicLR: {name} must be at least 1, got {value}")
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                f"CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range', got {mode!r}"
            )
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(
                f"CyclicLR: scale_mode must be 'cycle' or 'iterations', got {scale_mode!r}"
            )
        if not (scale_fn is None or callable(scale_fn)):
            raise TypeError(f"CyclicLR: scale_fn must be a function, got {scale_fn!r}")
        groups = groups_of("CyclicLR", optimizer)
        rates = per_group("CyclicLR", "base_lr", base_lr, len(groups))
        self.max_lrs = per_group("CyclicLR", "max_lr", max_lr, len(groups))
        if cycle_momentum:
            _check_momentum("CyclicLR", optimizer)
        self.optimizer = optimizer
        self.total_size = float(step_size_up + step_size_down)
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self.cycle_momentum = mode, gamma, cycle_momentum
        if scale_fn is None:
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        self._scale_fn_custom, self.scale_mode = scale_fn, scale_mode
        if last_epoch == -1:
            for group, rate in zip(groups, rates, strict=True):
                _set_lr(group, rate)
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._begin_momentum(
                base_momentum, max_momentum, last_epoch
            )
        super().__init__(optimizer, last_epoch)
        self.base_lrs = rates

    def scale_fn(self, x: float) -> float:
        """What the height is multiplied with."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "exp_range":
            return float(self.gamma**x)
        return 1.0 if self.mode == "triangular" else 1 / 2 ** (x - 1)

    def get_lr(self) -> list[float]:
        self._check_groups(len(self.base_lrs))
        cycle = floor(1 + self.last_epoch / self.total_size)
        x = 1 + self.last_epoch / self.total_size - cycle  # the place in the cycle, from 0 to 1
        rising = x <= self.step_ratio
        height = x / self.step_ratio if rising else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                _set_momentum(group, high - (high - low) * height)
        return [
            base + (high - base) * height
            for base, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]


class OneCycleLR(_Momentum):
    """One rise from max_lr / div_factor, the start, and one fall to start / final_div_factor.

    max_lr : a rate, or one for each group
    total_steps : how many steps there will be; or give epochs and steps_per_epoch
    pct_start : the share of the rise
    anneal_strategy : "cos" or "linear"
    cycle_momentum : move the momentum (of Adam beta1) the other way, from max_momentum down to
        base_momentum and back
    three_phase : fall to the start as slowly as it rose, and only then to the end

    Smith and Topin, "Super-convergence: very fast training of neural networks using large learning
    rates", arXiv:1708.07120; two phases are fast.ai's.  Raises ValueError for options out of range,
    `cycle_momentum` with an optimiser that has no momentum, and for a step after the last.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], momentum=0.9)
    >>> schedule = optim.lr_scheduler.OneCycleLR(sgd, 1.0, total_steps=5, pct_start=0.4)
    >>> rates = schedule.get_last_lr()
    >>> for _ in range(4):
    ...     schedule.step()
    ...     rates += schedule.get_last_lr()
    >>> [round(rate, 3) for rate in rates]
    [0.04, 1.0, 0.75, 0.25, 0.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | Sequence[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        groups = groups_of("OneCycleLR", optimizer)
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch")
            counts = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
        else:
            counts = {"total_steps": total_steps}
        self.total_steps = 1
        for name, count in counts.items():
            if not isinstance(count, int) or count < 1:
                raise ValueError(
                    f"OneCycleLR: {name} must be an integer of at least 1, got {count!r}"
                )
            self.total_steps *= count
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(
                f"OneCycleLR: pct_start must be a float from 0 to 1, got {pct_start!r}"
            )
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"OneCycleLR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}"
            )
        highs = per_group("OneCycleLR", "max_lr", max_lr, len(groups))
        if cycle_momentum:
            _check_momentum("OneCycleLR", optimizer)
        self.optimizer = optimizer
        rise = pct_start * self.total_steps - 1
        ends = (
            [rise, 2 * rise, self.total_steps - 1] if three_phase else [rise, self.total_steps - 1]
        )
        heights = ["initial_lr", "max_lr", *["initial_lr"] * three_phase, "min_lr"]
        momenta = ["max_momentum", "base_momentum", *["max_momentum"] * (1 + three_phase)]
        self._schedule_phases: list[dict[str, Any]] = [
            {
                "end_step": end,
                "start_lr": heights[i],
                "end_lr": heights[i + 1],
                "start_momentum": momenta[i],
                "end_momentum": momenta[i + 1],
            }
            for i, end in enumerate(ends)
        ]
        for name, value in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            check_number(f"OneCycleLR: {name}", value)
            if not value > 0:
                raise ValueError(f"OneCycleLR: {name} must be positive, got {value}")
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        if last_epoch == -1:
            for group, high in zip(groups, highs, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = high
                group["min_lr"] = group["initial_lr"] / final_div_factor
        if cycle_momentum:
            self._begin_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, way: float) -> float:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2 * (1 + cos(pi * way))
        return start + (end - start) * way

    def get_lr(self) -> list[float]:
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"OneCycleLR: step {self.last_epoch}, but total_steps is {self.total_steps}"
            )
        start = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or phase is self._schedule_phases[-1]:
                break
            start = end
        way = (self.last_epoch - start) / (end - start) if end > start else 1.0
        groups = self.optimizer.param_groups
        self._check_groups(sum(phase["start_lr"] in group for group in groups))
        if self.cycle_momentum:
            for group in groups:
                low, high = group[phase["start_momentum"]], group[phase["end_momentum"]]
                _set_momentum(group, self._between(low, high, way))
        return [self._between(g[phase["start_lr"]], g[phase["end_lr"]], way) for g in groups]


class ReduceLROnPlateau(LRScheduler):
    """lr <- max(lr * factor, min_lr) whenever a metric has not improved for `patience` steps.

    mode : "min" or "max", what is better
    threshold, threshold_mode : by how much it must be better: "rel" of the best, or "abs"
    cooldown : how many steps not to count after a change
    min_lr : a rate, or one for each group
    eps : changes smaller than this are not made

    `step(metric)` takes the metric, a number or a tensor of one element.  Raises ValueError for a
    factor of 1 or more, another mode and another number of rates than of groups.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.lr_scheduler.ReduceLROnPlateau(sgd, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.0):
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.5]
    """

    sets = ("lr",)

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        groups = len(groups_of("ReduceLROnPlateau", optimizer))
        numbers = {"factor": factor, "patience": patience, "threshold": threshold}
        for option, number in {**numbers, "cooldown": cooldown, "eps": eps}.items():
            check_number(f"ReduceLROnPlateau: {option}", number)
        if not factor < 1:
            raise ValueError(f"ReduceLROnPlateau: factor must be less than 1, got {factor}")
        for name, value, wanted in (
            ("mode", mode, ("min", "max")),
            ("threshold_mode", threshold_mode, ("rel", "abs")),
        ):
            if value not in wanted:
                raise ValueError(f"ReduceLROnPlateau: {name} must be in {wanted}, got {value!r}")
        self.min_lrs = per_group("ReduceLROnPlateau", "min_lr", min_lr, groups)
        self.default_min_lr = self.min_lrs[0] if isinstance(min_lr, (int, float)) else None
        self.optimizer, self.mode, self.factor, self.patience = optimizer, mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.eps = cooldown, eps
        self.best = self.mode_worse = inf if mode == "min" else -inf
        self.cooldown_counter = self.num_bad_epochs = self.last_epoch = 0
        self._last_lr = self._rates()

    @whole
    @_all_or_nothing
    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Count one step, whose metric this is, and lower the rates if it is time."""
        try:
            metric = float(_number(metrics))
        except (TypeError, ValueError):
            raise TypeError(
                f"ReduceLROnPlateau: step: metrics: wanted one number, got {describe(metrics)}"
            ) from None
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(metric):
            self.best, self.num_bad_epochs = metric, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        rates = self._rates()
        if self.num_bad_epochs > self.patience:
            rates = self._reduce(rates)
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._set(rates)

    def _reset(self) -> None:
        """Forget the best metric and all counts."""
        self.best = self.mode_worse
        self.cooldown_counter = self.num_bad_epochs = 0

    @property
    def in_cooldown(self) -> bool:
        """Whether steps are not counted yet, after a change."""
        return self.cooldown_counter > 0

    def _is_better(self, metric: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            return sign * metric > sign * self.best * (1 + sign * self.threshold)
        return sign * metric > sign * self.best + self.threshold

    def _reduce(self, rates: list[float]) -> list[float]:
        if len(rates) != len(self.min_lrs):  # a group was added since
            if self.default_min_lr is None:
                raise ValueError(
                    f"ReduceLROnPlateau: {len(rates)} groups, but {len(self.min_lrs)} min_lrs; set "
                    "schedule.min_lrs"
                )
            self.min_lrs = [self.default_min_lr] * len(rates)
        lower = [max(lr * self.factor, low) for lr, low in zip(rates, self.min_lrs, strict=True)]
        return [b if a - b > self.eps else a for a, b in zip(rates, lower, strict=True)]


class _Composite(LRScheduler):
    """A schedule made of schedules."""

    _schedulers: list[LRScheduler]
    sets = _Momentum.sets

    def _undo(self) -> None:
        for scheduler in self._schedulers:
            scheduler._undo()

    def _update_lr(self, epoch: int | None = None) -> None:
        raise ValueError(
            f"{type(self).__name__}: cannot begin at a milestone of a SequentialLR; give its "
            "schedules to that one"
        )


class SequentialLR(_Composite):
    """One schedule after the other: the next at each milestone, from its own step 0.

    Raises ValueError for schedules of another optimiser, a `ReduceLROnPlateau`, and another number
    of milestones than of schedules less one.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> warm_up = optim.lr_scheduler.ConstantLR(sgd, factor=0.5, total_iters=9)
    >>> decay = optim.lr_scheduler.ExponentialLR(sgd, gamma=0.5)
    >>> schedule = optim.lr_scheduler.SequentialLR(sgd, [warm_up, decay], milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.5, 0.5, 1.0, 0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self._schedulers = _of_one_optimizer("SequentialLR", schedulers, optimizer)
        self._milestones = [*map(_number, milestones)]
        if len(self._milestones) != len(self._schedulers) - 1:
            raise ValueError(
                f"SequentialLR: {len(self._schedulers)} schedules need "
                f"{len(self._schedulers) - 1} milestones, got {self._milestones}"
            )
        self.optimizer, self.last_epoch = optimizer, last_epoch + 1
        for group in optimizer.param_groups:
            _set_lr(group, group["initial_lr"])
        self._undo()
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    @whole
    @_all_or_nothing
    def step(self, epoch: int | None = None) -> None:
        """Count one step and set the rates of the next; `epoch` is not for schedules of several."""
        _check_no_epoch("SequentialLR", epoch)
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composite):
    """All schedules at once: their factors multiply.

    Raises ValueError for schedules of several optimisers and for a `ReduceLROnPlateau`.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> warm_up = optim.lr_scheduler.ConstantLR(sgd, factor=0.5, total_iters=2)
    >>> decay = optim.lr_scheduler.ExponentialLR(sgd, gamma=0.5)
    >>> schedule = optim.lr_scheduler.ChainedScheduler([warm_up, decay])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [0.5, 0.25, 0.25, 0.125]
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self._schedulers = _of_one_optimizer("ChainedScheduler", schedulers, optimizer)
        self.optimizer = self._schedulers[0].optimizer
        self._last_lr = self._rates()

    @whole
    @_all_or_nothing
    def step(self, epoch: int | None = None) -> None:
        """Count one step in every schedule, in their order."""
        _check_no_epoch("ChainedScheduler", epoch)
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._rates()


def _is_users(schedule: LRScheduler) -> bool:
    """Whether its class is none of these: its attributes may then have any names and values."""
    package = __name__.rpartition(".")[0]
    return not type(schedule).__module__.startswith(f"{package}.")


def groups_of(where: str, optimizer: Any) -> list[dict[str, Any]]:
    """The groups of what must be an optimiser."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{where}: wanted an Optimizer, got {type(optimizer).__name__}")
    return optimizer.param_groups


def _set_lr(group: dict[str, Any], lr: Any) -> None:
    """Set the rate of a group; a tensor stays the tensor that it is."""
    if isinstance(group["lr"], Tensor):
        group["lr"]._writable()[...] = float(lr)
    else:
        group["lr"] = float(lr)


def _set_momentum(group: dict[str, Any], momentum: float) -> None:
    if "betas" in group:
        group["betas"] = (momentum, *group["betas"][1:])
    else:
        group["momentum"] = momentum


def _check_momentum(where: str, optimizer: Optimizer) -> None:
    if not {"momentum", "betas"} & {*optimizer.defaults}:
        raise ValueError(
            f"{where}: {type(optimizer).__name__} has no momentum; give cycle_momentum=False"
        )


def _check_no_epoch(where: str, epoch: Any) -> None:
    if epoch is not None:
        raise ValueError(f"{where}: step() takes no epoch, got {epoch!r}; step the schedules in it")


def _check_share(where: str, name: str, value: float) -> None:
    check_number(f"{where}: {name}", value)
    if not 0 <= value <= 1:
        raise ValueError(f"{where}: {name} must be from 0 to 1, got {value}")


def per_group(where: str, name: str, value: Any, groups: int) -> list[float]:
    """One number for each group."""
    rates: list[float] = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(rates) != groups:
        raise ValueError(f"{where}: wanted {groups} values of {name}, got {len(rates)}")
    for rate in rates:
        check_number(f"{where}: {name}", rate)
    if not all(0 <= rate < inf for rate in rates):
        raise ValueError(f"{where}: {name} must be finite and not negative, got {value}")
    return [float(rate) for rate in rates]


def _functions(where: str, optimizer: Any, given: Factor | Sequence[Factor]) -> list[Factor]:
    """One function for each group."""
    groups = len(groups_of(where, optimizer))
    functions: list[Any] = list(given) if isinstance(given, (list, tuple)) else [given] * groups
    if len(functions) != groups:
        raise ValueError(f"{where}: wanted {groups} functions, got {len(functions)}")
    for function in functions:
        if not callable(function):
            raise TypeError(f"{where}: lr_lambda must be a function, got {function!r}")
    return functions


def _of_one_optimizer(
    where: str, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None
) -> list[LRScheduler]:
    schedulers = list(schedulers)
    if not schedulers:
        raise ValueError(f"{where}: the list of schedules is empty")
    for i, scheduler in enumerate(schedulers):
        if not isinstance(scheduler, LRScheduler):
            raise TypeError(f"{where}: item {i} is no schedule, but {type(scheduler).__name__}")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ValueError(f"{where}: item {i} is a ReduceLROnPlateau, whose step takes a metric")
        if scheduler.optimizer is not (optimizer or schedulers[0].optimizer):
            raise ValueError(f"{where}: item {i} belongs to another optimizer")
    return schedulers


def _attributes(function: Any) -> dict[str, Any] | None:
    """What a function that is an object of a class has; None for a plain function."""
    if isinstance(function, FunctionType | type) or not hasattr(function, "__dict__"):
        return None
    return dict(vars(function))


def _epochs(state: Mapping[str, Any]) -> Any:
    """How far a state is; of a schedule that does not count, how far those in it are."""
    return state.get("last_epoch", [*map(_epochs, state.get("_schedulers", ()))])


def _save_value(key: str, value: Any) -> Any:
    """A copy of an attribute of a schedule, for its state."""
    if key == "_schedulers":
        return [scheduler.state_dict() for scheduler in value]
    if key in FUNCTIONS:
        return [*map(_attributes, value)] if isinstance(value, list) else _attributes(value)
    return deepcopy(value)


def _load_value(key: str, mine: Any, saved: Any) -> Any:
    """An attribute of a schedule from its state."""
    if key == "_schedulers":
        for scheduler, state in zip(mine, saved, strict=True):
            scheduler.load_state_dict(state)
        return mine
    if key in FUNCTIONS:
        pairs = zip(mine, saved, strict=True) if isinstance(mine, list) else [(mine, saved)]
        for function, attributes in pairs:
            if attributes:
                vars(function).update(attributes)
        return mine
    return Counter(saved) if isinstance(mine, Counter) else deepcopy(saved)


explain_absence(globals())
