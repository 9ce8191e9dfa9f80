"""A factor that comes before the tensors it is for, as in PyTorch's older code."""

from __future__ import annotations

import functools
from collections.abc import Callable
from numbers import Real
from typing import Any

from ..engine.tensor import Tensor
from ..engine.warn import warn


def factor_before(word: str, tensors: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of an input and so many tensors that takes `word` between them, too.

    `x.add_(2, y)` is x.add_(y, alpha=2), as it is in PyTorch, which warns.
    """
    name = function.__name__

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if len(args) == tensors + 2 and word not in kwargs:
            input, factor, *others = args
            number = isinstance(factor, Real) and not isinstance(factor, bool)
            if number and all(isinstance(other, Tensor) for other in others):
                warn(f"{name}: the factor goes behind the tensors today, as {word}={factor}")
                kwargs[word] = factor
                return function(input, *others, **kwargs)
        return function(*args, **kwargs)

    return call
