"""Schedules: the learning rate as a function of the number of steps.

A schedule is made after its optimiser and sets the rate of the first step at once; `step()` after
each `optimizer.step()` (or each epoch) sets the next.  Every rate is computed from the number of
steps alone, not from the rate before, so that rounding errors do not pile up over a long training.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import cos, floor, inf, pi
from typing import Any

from .optimizer import Optimizer


class LRScheduler:
    """The base of all schedules.

    optimizer : whose rates to set, one for each group
    last_epoch : how many steps have been done before; -1 for a new start

    base_lrs : the rates that the groups began with

    A subclass defines `get_lr`, the rates after `self.last_epoch` steps.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        for group in _groups(type(self).__name__, optimizer):
            if last_epoch == -1:
                group["initial_lr"] = group["lr"]
            elif "initial_lr" not in group:
                raise ValueError(
                    f"{type(self).__name__}: last_epoch={last_epoch}, but the optimizer has no "
                    "'initial_lr': load the state it was saved with"
                )
        self.optimizer = optimizer
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.step()

    def get_lr(self) -> list[float]:
        """The rate of each group after `last_epoch` steps; a subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__} defines no get_lr()")

    def get_last_lr(self) -> list[float]:
        """The rates that were set last."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Count one step and set the rates of the next."""
        self.last_epoch += 1
        for group, lr in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            group["lr"] = lr

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser and the functions that a schedule was given."""
        return {
            name: list(value) if isinstance(value, list) else value
            for name, value in vars(self).items()
            if name != "optimizer" and not callable(value)
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on from what `state_dict` gave; the optimiser's rates come with its own state.

        Raises ValueError, changing nothing, for a state of other names.
        """
        wanted = self.state_dict().keys()
        if wanted != state_dict.keys():
            raise ValueError(
                f"{type(self).__name__}: wanted a state of {sorted(wanted)}, got "
                f"{sorted(state_dict)}"
            )
        vars(self).update(state_dict)


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
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(_groups("LambdaLR", optimizer))
        functions = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        if len(functions) != groups:
            raise ValueError(f"LambdaLR: wanted {groups} functions, got {len(functions)}")
        self._of_group = dict(enumerate(functions)).__getitem__
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [base * self._of_group(i)(self.last_epoch) for i, base in enumerate(self.base_lrs)]


class StepLR(LRScheduler):
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
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        if step_size < 1:
            raise ValueError(f"StepLR: step_size must be at least 1, got {step_size}")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        factor = self.gamma ** (self.last_epoch // self.step_size)
        return [base * factor for base in self.base_lrs]


class MultiStepLR(LRScheduler):
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
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        factor = self.gamma ** bisect_right(self.milestones, self.last_epoch)
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
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

    def get_lr(self) -> list[float]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


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
        if T_max < 1:
            raise ValueError(f"CosineAnnealingLR: T_max must be at least 1, got {T_max}")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        height = (1 + cos(pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]


def _triangular(x: float) -> float:
    return 1.0


def _triangular2(x: float) -> float:
    return 1 / 2 ** (x - 1)


class CyclicLR(LRScheduler):
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
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        last_epoch: int = -1,
    ) -> None:
        step_size_down = step_size_up if step_size_down is None else step_size_down
        for name, value in (("step_size_up", step_size_up), ("step_size_down", step_size_down)):
            if not value >= 1:
                raise ValueError(f"CyclicLR: {name} must be at least 1, got {value}")
        scales: dict[str, Callable[[float], float]] = {
            "triangular": _triangular,
            "triangular2": _triangular2,
            "exp_range": partial(pow, gamma),
        }
        if scale_fn is None and mode not in scales:
            raise ValueError(f"CyclicLR: mode must be one of {[*scales]}, got {mode!r}")
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(
                f"CyclicLR: scale_mode must be 'cycle' or 'iterations', got {scale_mode!r}"
            )
        groups = _groups("CyclicLR", optimizer)
        rates = _per_group("base_lr", base_lr, len(groups))
        self.max_lrs = _per_group("max_lr", max_lr, len(groups))
        if cycle_momentum and not ({"momentum", "betas"} & {*groups[0]}):
            raise ValueError(
                f"CyclicLR: {type(optimizer).__name__} has no momentum; give cycle_momentum=False"
            )
        self.total_size = step_size_up + step_size_down
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma, self.cycle_momentum = mode, gamma, cycle_momentum
        self.base_momentum, self.max_momentum = base_momentum, max_momentum
        self.scale_mode = scale_mode
        if scale_fn is None and mode == "exp_range":
            self.scale_mode = "iterations"
        self.scale_fn = scale_fn or scales[mode]
        if last_epoch == -1:
            for group, rate in zip(groups, rates, strict=True):
                group["lr"] = rate
        super().__init__(optimizer, last_epoch)
        self.base_lrs = rates

    def get_lr(self) -> list[float]:
        cycle = floor(1 + self.last_epoch / self.total_size)
        x = 1 + self.last_epoch / self.total_size - cycle  # the place in the cycle, from 0 to 1
        rising = x <= self.step_ratio
        height = x / self.step_ratio if rising else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momentum = self.max_momentum - (self.max_momentum - self.base_momentum) * height
            for group in self.optimizer.param_groups:
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return [
            base + (high - base) * height
            for base, high in zip(self.base_lrs, self.max_lrs, strict=True)
        ]


def _groups(where: str, optimizer: Optimizer) -> list[dict[str, Any]]:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{where}: wanted an Optimizer, got {type(optimizer).__name__}")
    return optimizer.param_groups


def _per_group(name: str, value: Any, groups: int) -> list[float]:
    """One rate for each group."""
    rates: list[float] = [value] * groups if isinstance(value, (int, float)) else list(value)
    if len(rates) != groups:
        raise ValueError(f"CyclicLR: wanted {groups} values of {name}, got {len(rates)}")
    if not all(0 <= rate < inf for rate in rates):
        raise ValueError(f"CyclicLR: {name} must be finite and not negative, got {value}")
    return rates
