"""`size_average` and `reduce`, which stood where PyTorch has `reduction` today, and still do.

`OLDER` says of each loss by which names its class and its function go, how many inputs the function
has, and where among its arguments the two are: PyTorch's order, in which what comes by position is
meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from ...engine.warn import warn


class Older(NamedTuple):
    """The places of the two among the arguments of a function, and what follows `reduction`."""

    module: str
    inputs: int
    size_average: int
    reduce: int
    then: str = ""


OLDER = {
    "binary_cross_entropy": Older("BCELoss", 2, 3, 4),
    "binary_cross_entropy_with_logits": Older("BCEWithLogitsLoss", 2, 3, 4, "pos_weight"),
    "cosine_embedding_loss": Older("CosineEmbeddingLoss", 3, 4, 5),
    "cross_entropy": Older("CrossEntropyLoss", 2, 3, 5, "label_smoothing"),
    "hinge_embedding_loss": Older("HingeEmbeddingLoss", 2, 3, 4),
    "kl_div": Older("KLDivLoss", 2, 2, 3, "log_target"),
    "l1_loss": Older("L1Loss", 2, 2, 3, "weight"),
    "margin_ranking_loss": Older("MarginRankingLoss", 3, 4, 5),
    "mse_loss": Older("MSELoss", 2, 2, 3, "weight"),
    "multi_margin_loss": Older("MultiMarginLoss", 2, 5, 6),
    "multilabel_margin_loss": Older("MultiLabelMarginLoss", 2, 2, 3),
    "multilabel_soft_margin_loss": Older("MultiLabelSoftMarginLoss", 2, 3, 4),
    "nll_loss": Older("NLLLoss", 2, 3, 5),
    "poisson_nll_loss": Older("PoissonNLLLoss", 2, 4, 6),
    "smooth_l1_loss": Older("SmoothL1Loss", 2, 2, 3, "beta"),
    "soft_margin_loss": Older("SoftMarginLoss", 2, 2, 3),
    "triplet_margin_loss": Older("TripletMarginLoss", 3, 7, 8),
}
NAMES = frozenset(("size_average", "reduce"))


def accepting_older(function: Any, name: str, first: int, second: int, then: str) -> Any:
    """The function with `size_average` and `reduce` at these places, or by name."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) > first or not NAMES.isdisjoint(kwargs):
            args, kwargs = _translate(name, args, kwargs, first, second, then)
        return function(*args, **kwargs)

    return call


def _translate(
    name: str,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    first: int,
    second: int,
    then: str,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    given = list(args)
    if len(given) > second + 2:
        kwargs[then] = given.pop()
    if len(given) > second + 1:
        kwargs["reduction"] = given.pop()
    each = given.pop(second) if len(given) > second else kwargs.pop("reduce", None)
    average = given.pop(first) if len(given) > first else kwargs.pop("size_average", None)
    for word, value in (("size_average", average), ("reduce", each)):
        if value is not None and not isinstance(value, bool):
            raise TypeError(
                f"{name}: {word}: wanted a bool or None, got {value!r:.60}; reduction is given as "
                "reduction="
            )
    if average is not None or each is not None:
        reduction = "none" if each is False else "sum" if average is False else "mean"
        warn(
            f"{name}: size_average and reduce are PyTorch's older words for reduction={reduction!r}"
        )
        kwargs["reduction"] = reduction
    return tuple(given), kwargs


def of_function(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of that name with the two arguments."""
    older = OLDER[name]
    places = older.size_average, older.reduce
    accepting: Callable[..., Any] = accepting_older(function, name, *places, older.then)
    return accepting


def of_module(name: str, cls: Any) -> None:
    """Let the class of a loss take them: its arguments are the function's without the inputs."""
    older = OLDER[name]
    before = older.inputs - 1  # and the module itself
    places = older.size_average - before, older.reduce - before
    cls.__init__ = accepting_older(cls.__init__, older.module, *places, older.then)
