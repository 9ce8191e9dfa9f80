"""Averages of a model's parameters over the steps of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from math import cos, pi
from typing import Any

import numpy as np

from ..absent import explain_absence
from ..engine.changes import overwrite
from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor, tensor_of
from ..nn.module import Module
from ..nn.normalization import _BatchNorm, _InstanceNorm
from .lr_scheduler import LRScheduler, groups_of, per_group
from .optimizer import Optimizer

Average = Callable[[Tensor, Tensor, Any], Tensor]
Averages = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


def get_swa_avg_fn() -> Average:
    """The plain average: a + (p - a) / (n + 1), after n models.

    Izmailov et al., "Averaging weights leads to wider optima and better generalization", UAI 2018.

    >>> import minigrad as mg
    >>> from minigrad.optim import swa_utils
    >>> swa_utils.get_swa_avg_fn()(mg.tensor([1.0]), mg.tensor([4.0]), 2)
    tensor([2.])
    """

    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return averaged_param + (current_param - averaged_param) / (int(num_averaged) + 1)

    return swa_update


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """The average that forgets: decay * a + (1 - decay) * p.

    Raises ValueError if `decay` is not from 0 to 1.

    >>> import minigrad as mg
    >>> from minigrad.optim import swa_utils
    >>> swa_utils.get_ema_avg_fn(0.5)(mg.tensor([1.0]), mg.tensor([4.0]), 2)
    tensor([2.5])
    """
    if not 0 <= decay <= 1:
        raise ValueError(f"get_ema_avg_fn: decay must be from 0 to 1, got {decay}")

    def ema_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Tensor:
        return decay * averaged_param + (1 - decay) * current_param

    return ema_update


def get_swa_multi_avg_fn() -> Averages:
    """`get_swa_avg_fn` for lists of tensors; the first list is changed in place."""
    return _in_place(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> Averages:
    """`get_ema_avg_fn` for lists of tensors; the first list is changed in place."""
    return _in_place(get_ema_avg_fn(decay))


def _in_place(average: Average) -> Averages:
    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], num_averaged: Any) -> None:
        with no_grad():
            pairs = zip(averaged, current, strict=True)
            new = [average(a, p, num_averaged) for a, p in pairs]
            if strange := [t for t in new if not isinstance(t, Tensor)]:
                raise TypeError(f"avg_fn: wanted a tensor back, got {type(strange[0]).__name__}")
            overwrite(averaged, [t._data for t in new])

    return update


class AveragedModel(Module):
    """A copy of a model whose parameters are the averages of those that the model had.

    model : is copied, and stays as it is
    avg_fn : average(averaged, current, n), a tensor; the plain average where neither is given
    multi_avg_fn : instead, a function of lists that changes the first
    use_buffers : average the buffers too, instead of copying the last

    module : the copy
    n_averaged : how many models it has seen, a tensor

    The first `update_parameters` copies.  Raises ValueError for both functions, another device than
    the CPU, and for a model of other parameters.

    >>> import minigrad as mg
    >>> from minigrad import nn, optim
    >>> net = nn.Linear(1, 1, bias=False)
    >>> average = optim.swa_utils.AveragedModel(net)
    >>> for weight in (1.0, 3.0):
    ...     with mg.no_grad():
    ...         net.weight[...] = weight
    ...     average.update_parameters(net)
    >>> average(mg.tensor([[1.0]])).item()
    2.0
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: Averages | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: give avg_fn or multi_avg_fn, not both")
        _check_device("AveragedModel", device)
        self.module = deepcopy(model)
        self.register_buffer("n_averaged", tensor_of(np.array(0)))
        self.avg_fn, self.multi_avg_fn = avg_fn, multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Take the parameters that the model has now into the average: all, or none."""
        averaged: list[Tensor] = [*self.module.parameters()]
        current: list[Tensor] = [p.detach() for p in model.parameters()]
        buffers, last = [*self.module.buffers()], [*model.buffers()]
        wanted = [t.shape for t in averaged + buffers]
        got = [t.shape for t in current + last]
        if wanted != got:
            raise ValueError(
                f"AveragedModel: wanted a model with parameters and buffers of shapes {wanted}, "
                f"got {got}"
            )
        if self.use_buffers:
            averaged, current, buffers, last = averaged + buffers, current + last, [], []
        count = self.n_averaged
        new = [tensor_of(np.array(t._data)) for t in (averaged if count.item() else current)]
        if count.item():
            update = self.multi_avg_fn or _in_place(self.avg_fn or get_swa_avg_fn())
            with no_grad():
                update(new, current, count)
        # what is beyond an integer is cut off, as in PyTorch
        taken = [t._data for t in new + last]
        overwrite([*averaged, *buffers, count], [*taken, count._data + 1])


def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Compute the running statistics of all batch norms anew, over the batches of a loader.

    An averaged model needs it, whose activations are nobody's average.  Of a batch that is a tuple
    or a list the first item goes into the model.  An error leaves the statistics as they were.

    >>> import minigrad as mg
    >>> from minigrad import nn, optim
    >>> net = nn.BatchNorm1d(1)
    >>> optim.swa_utils.update_bn([mg.tensor([[1.0], [3.0]]), mg.tensor([[3.0], [5.0]])], net)
    >>> net.running_mean
    tensor([3.])
    """
    _check_device("update_bn", device)
    if not isinstance(model, Module):
        raise TypeError(f"update_bn: model: wanted a Module, got {type(model).__name__}")
    found = [m for m in model.modules() if isinstance(m, _BatchNorm)]
    norms = [m for m in found if not isinstance(m, _InstanceNorm)]
    if not norms:
        return
    buffers = [b for norm in norms for b in norm.buffers()]
    before = [np.array(b._data) for b in buffers]
    momenta, was_training = [norm.momentum for norm in norms], model.training
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain average
    model.train()
    try:
        with no_grad():
            for batch in loader:
                model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    except BaseException:
        overwrite(buffers, before)
        raise
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """The rate goes to swa_lr in anneal_epochs steps, and stays there.

    lr = alpha * swa_lr + (1 - alpha) * base_lr, where alpha = (1 - cos(pi * x)) / 2 with "cos", x
    with "linear", and x = min(1, step / anneal_epochs); changes by others in between are gone on
    from.

    swa_lr : a rate, or one for each group

    Raises ValueError for another strategy, a negative number of steps and another number of rates
    than of groups.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> sgd = optim.SGD([mg.tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = optim.swa_utils.SWALR(sgd, 0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += schedule.get_last_lr()
    ...     schedule.step()
    >>> rates
    [1.0, 0.75, 0.5, 0.5]
    """

    sets = ("lr", "initial_lr", "swa_lr")

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | Sequence[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        groups = groups_of("SWALR", optimizer)
        rates = per_group("SWALR", "swa_lr", swa_lr, len(groups))
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(
                f"SWALR: anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(
                f"SWALR: anneal_epochs must be an integer of at least 0, got {anneal_epochs!r}"
            )
        for group, rate in zip(groups, rates, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _alpha(self, step: int) -> float:
        x = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return x if self._anneal_strategy == "linear" else (1 - cos(pi * x)) / 2

    def get_lr(self) -> list[float]:
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._alpha(step - 1), self._alpha(step)
        rates = []
        for group, lr in zip(self.optimizer.param_groups, self._rates(), strict=True):
            end = group["swa_lr"]
            base = end if before == 1 else (lr - before * end) / (1 - before)
            rates.append(end * now + base * (1 - now))
        return rates


def _check_device(where: str, device: Any) -> None:
    if device is not None and str(device) != "cpu":
        raise ValueError(f"{where}: there is no device but the CPU, got {device!r}")


explain_absence(globals())
