"""The losses of `minigrad.nn.functional` as modules.

`reduction` is "mean" (the default), "sum" or "none" throughout; class weights are a buffer, so
that they are saved and converted with the model.
"""

from __future__ import annotations

from typing import Any

from ..engine.tensor import Tensor, as_array
from ..kernels.checks import known_reduction
from . import functional as F
from .module import Module


class _Loss(Module):
    def __init__(self, reduction: str) -> None:
        super().__init__()
        known_reduction(reduction, f"{type(self).__name__}: ")
        self.reduction = reduction

    def _keep(self, name: str, value: Any) -> None:
        """A tensor stays itself, so that a gradient it requires is not lost without a word."""
        if value is not None and not isinstance(value, Tensor):
            value = Tensor(as_array(value, f"{type(self).__name__}: {name}"))
        self.register_buffer(name, value)


class CrossEntropyLoss(_Loss):
    """The cross-entropy of logits (N, C) with labels (N,), or with rows of probabilities (N, C).

    weight : one weight a class, (C,)
    ignore_index : rows with this label count for nothing
    label_smoothing : this share of a target is spread evenly over the classes

    Errors as `functional.cross_entropy`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> loss = nn.CrossEntropyLoss()(mg.zeros((2, 4)), mg.tensor([1, 3]))
    >>> round(loss.item(), 4)
    1.3863
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"CrossEntropyLoss: label_smoothing must be within [0, 1], got {label_smoothing}"
            )
        self._keep("weight", weight)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_Loss):
    """-input[n, target[n]]: the cross-entropy of log-probabilities (N, C) with labels (N,).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.NLLLoss()(mg.tensor([[-2.0, -0.5], [-1.0, -3.0]]), mg.tensor([1, 0]))
    tensor(0.75)
    """

    weight: Tensor | None

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self._keep("weight", weight)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class BCELoss(_Loss):
    """-(t log p + (1 - t) log(1 - p)) of probabilities p and targets t of one shape.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.BCELoss()(mg.tensor([1.0, 0.0]), mg.tensor([1.0, 0.0]))
    tensor(0.)
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self._keep("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """`BCELoss` of sigmoid(input), computed so that large logits give finite losses.

    pos_weight : what the term of the positive targets is multiplied by

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.BCEWithLogitsLoss()(mg.tensor([1000.0, 1000.0]), mg.tensor([1.0, 0.0]))
    tensor(500.)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
    ) -> None:
        super().__init__(reduction)
        self._keep("weight", weight)
        self._keep("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class MSELoss(_Loss):
    """(input - target)**2.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MSELoss()(mg.tensor([1.0, 3.0]), mg.tensor([1.0, 1.0])).item()
    2.0
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """|input - target|.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.L1Loss()(mg.tensor([1.0, 3.0]), mg.tensor([1.0, 1.0]))
    tensor(1.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """d**2 / 2 for a difference d of at most `delta`, and delta (|d| - delta / 2) beyond.

    Raises ValueError if `delta` is not positive.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.HuberLoss()(mg.tensor([1.0, 3.0]), mg.tensor([0.0, 0.0]))
    tensor(1.5)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        if not delta > 0:
            raise ValueError(f"HuberLoss: delta must be positive, got {delta}")
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)
