"""The losses of `minigrad.nn.functional` as modules.

`reduction` is "mean" (the default), "sum" or "none" throughout; class weights are a buffer, so
that they are saved and converted with the model.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.convert import as_array
from ..engine.dtypes import check_number
from ..engine.tensor import Tensor, tensor_of
from . import functional as F
from .function_module import FunctionModule
from .functional.losses import Reduction
from .functional.older import OLDER, of_module
from .module import Module

REDUCTIONS = ("none", "mean", "sum")


def _check_reduction(loss: Module, reduction: Any, known: tuple[str, ...] = REDUCTIONS) -> None:
    if reduction not in known:
        raise ValueError(
            f"{type(loss).__name__}: reduction must be {', '.join(map(repr, known[:-1]))} or "
            f"{known[-1]!r}, got {reduction!r}"
        )


class _Loss(Module):
    def __init__(self, reduction: Reduction) -> None:
        super().__init__()
        _check_reduction(self, reduction)
        self.reduction = reduction

    def _keep(self, name: str, value: Any) -> None:
        """A tensor stays itself, so that a gradient it requires is not lost without a word."""
        if value is not None and not isinstance(value, Tensor):
            value = tensor_of(as_array(value, f"{type(self).__name__}: {name}"))
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
        ignore_index: int = -100,
        reduction: Reduction = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(reduction)
        check_number("CrossEntropyLoss: label_smoothing", label_smoothing)
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
        self, weight: Any = None, ignore_index: int = -100, reduction: Reduction = "mean"
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

    def __init__(self, weight: Any = None, *, reduction: Reduction = "mean") -> None:
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
        self, weight: Any = None, *, reduction: Reduction = "mean", pos_weight: Any = None
    ) -> None:
        super().__init__(reduction)
        self._keep("weight", weight)
        self._keep("pos_weight", pos_weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class FunctionLoss(FunctionModule):
    """The base of losses whose only options are numbers and a reduction."""

    def check(self) -> None:
        _check_reduction(self, vars(self)["reduction"])

    def extra_repr(self) -> str:
        return ""


class MSELoss(FunctionLoss, function=F.mse_loss):
    """(input - target)**2.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MSELoss()(mg.tensor([1.0, 3.0]), mg.tensor([1.0, 1.0])).item()
    2.0
    """

    reduction: Reduction = "mean"


class L1Loss(FunctionLoss, function=F.l1_loss):
    """|input - target|.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.L1Loss()(mg.tensor([1.0, 3.0]), mg.tensor([1.0, 1.0]))
    tensor(1.)
    """

    reduction: Reduction = "mean"


class SmoothL1Loss(FunctionLoss, function=F.smooth_l1_loss):
    """`HuberLoss` with delta = beta, divided by beta; `L1Loss` for beta = 0.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SmoothL1Loss()(mg.tensor([1.0, 3.0]), mg.tensor([0.0, 0.0]))
    tensor(1.5)
    """

    reduction: Reduction = "mean"
    beta: float = 1.0

    def check(self) -> None:
        super().check()
        check_number("SmoothL1Loss: beta", self.beta)
        if not self.beta >= 0:
            raise ValueError(f"SmoothL1Loss: beta must not be negative, got {self.beta}")


class HuberLoss(FunctionLoss, function=F.huber_loss):
    """d**2 / 2 for a difference d of at most `delta`, and delta (|d| - delta / 2) beyond.

    Raises ValueError if `delta` is not positive.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.HuberLoss()(mg.tensor([1.0, 3.0]), mg.tensor([0.0, 0.0]))
    tensor(1.5)
    """

    reduction: Reduction = "mean"
    delta: float = 1.0

    def check(self) -> None:
        super().check()
        check_number("HuberLoss: delta", self.delta)
        if not self.delta > 0:
            raise ValueError(f"HuberLoss: delta must be positive, got {self.delta}")


class KLDivLoss(FunctionLoss, function=F.kl_div):
    """target (log target - input), of log-probabilities and probabilities.

    reduction : "batchmean" gives the divergence, see `functional.kl_div`

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> p = mg.tensor([[0.5, 0.5]])
    >>> nn.KLDivLoss(reduction="batchmean")(mg.log(p), p)
    tensor(0.)
    """

    reduction: Reduction = "mean"
    log_target: bool = False

    def check(self) -> None:
        _check_reduction(self, self.reduction, (*REDUCTIONS, "batchmean"))


class PoissonNLLLoss(FunctionLoss, function=F.poisson_nll_loss):
    """exp(input) - target input: what a count costs under the Poisson distribution.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.PoissonNLLLoss()(mg.tensor([0.0, 0.0]), mg.tensor([3.0, 0.0]))
    tensor(1.)
    """

    log_input: bool = True
    full: bool = False
    eps: float = 1e-8
    reduction: Reduction = "mean"


class GaussianNLLLoss(FunctionLoss, function=F.gaussian_nll_loss):
    """(log var + (input - target)**2 / var) / 2, of three tensors.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.GaussianNLLLoss()(mg.tensor([1.0]), mg.tensor([3.0]), mg.tensor([1.0]))
    tensor(2.)
    """

    full: bool = False
    eps: float = 1e-6
    reduction: Reduction = "mean"


class SoftMarginLoss(FunctionLoss, function=F.soft_margin_loss):
    """log(1 + exp(-target * input)), for targets 1 and -1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.SoftMarginLoss()(mg.tensor([1000.0, -1000.0]), mg.tensor([1.0, 1.0]))
    tensor(500.)
    """

    reduction: Reduction = "mean"


class HingeEmbeddingLoss(FunctionLoss, function=F.hinge_embedding_loss):
    """The input where the target is 1, max(margin - input, 0) where it is -1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.HingeEmbeddingLoss()(mg.tensor([0.5, 0.25]), mg.tensor([1, -1]))
    tensor(0.625)
    """

    margin: float = 1.0
    reduction: Reduction = "mean"


class MarginRankingLoss(FunctionLoss, function=F.margin_ranking_loss):
    """max(-target (input1 - input2) + margin, 0).

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MarginRankingLoss()(mg.tensor([3.0]), mg.tensor([5.0]), mg.tensor([1.0]))
    tensor(2.)
    """

    margin: float = 0.0
    reduction: Reduction = "mean"


class CosineEmbeddingLoss(FunctionLoss, function=F.cosine_embedding_loss):
    """1 - cos(input1, input2) where the target is 1, max(cos(input1, input2) - margin, 0) where -1.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> x = mg.tensor([[1.0, 0.0], [1.0, 0.0]])
    >>> nn.CosineEmbeddingLoss()(x, x, mg.tensor([1, -1]))
    tensor(0.5)
    """

    margin: float = 0.0
    reduction: Reduction = "mean"


class TripletMarginLoss(FunctionLoss, function=F.triplet_margin_loss):
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0), with d = `PairwiseDistance`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> a, p, n = (mg.tensor([[x]]) for x in (0.0, 1.0, 1.5))
    >>> nn.TripletMarginLoss()(a, p, n)
    tensor(0.5)
    """

    margin: float = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False
    reduction: Reduction = "mean"


class TripletMarginWithDistanceLoss(FunctionLoss, function=F.triplet_margin_with_distance_loss):
    """`TripletMarginLoss` with a distance of one's own.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> a, p, n = (mg.tensor([[x]]) for x in (0.0, 1.0, 1.5))
    >>> nn.TripletMarginWithDistanceLoss(distance_function=nn.L1Loss())(a, p, n)
    tensor(0.5)
    """

    distance_function: Callable[[Any, Any], Tensor] | None = None
    margin: float = 1.0
    swap: bool = False
    reduction: Reduction = "mean"


class MultiLabelMarginLoss(FunctionLoss, function=F.multilabel_margin_loss):
    """The sum of max(1 - input[y] + input[j], 0) over the labels y and other classes j, over C.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MultiLabelMarginLoss()(mg.tensor([0.1, 0.2, 0.4, 0.8]), mg.tensor([3, 0, -1, 1]))
    tensor(0.85)
    """

    reduction: Reduction = "mean"


class MultiMarginLoss(_Loss):
    """The sum of max(margin - input[y] + input[j], 0)**p over the classes j other than y, over C.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> nn.MultiMarginLoss()(mg.tensor([[0.0, 3.0, 2.5]]), mg.tensor([1]))
    tensor(0.16666667)
    """

    weight: Tensor | None

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: Reduction = "mean"
    ) -> None:
        super().__init__(reduction)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: p must be 1 or 2, got {p}")
        self.p, self.margin = p, margin
        self._keep("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multi_margin_loss(
            input, target, self.p, self.margin, self.weight, reduction=self.reduction
        )


class MultiLabelSoftMarginLoss(_Loss):
    """The mean over the classes of the binary cross-entropy of sigmoid(input) with `target`.

    >>> import minigrad as mg
    >>> from minigrad import nn
    >>> round(nn.MultiLabelSoftMarginLoss()(mg.zeros((2, 3)), mg.ones((2, 3))).item(), 4)
    0.6931
    """

    weight: Tensor | None

    def __init__(self, weight: Any = None, *, reduction: Reduction = "mean") -> None:
        super().__init__(reduction)
        self._keep("weight", weight)

    def forward(self, input: Any, target: Any) -> Tensor:
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


for _name, _older in OLDER.items():
    of_module(_name, globals()[_older.module])
