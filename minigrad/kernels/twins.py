"""The twins behind the questions that the compiled kernels ask too: what `reference` runs on.

Beside them, what makes the gradients' functions, compiled or not, serve tensors.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from numpy import ndarray

from . import checks

Kernel = Callable[..., Any]


def with_check(formula: Kernel, check: Kernel) -> Kernel:
    """The formula, which is reached only by arguments that fit."""

    @functools.wraps(formula)
    def kernel(*args: Any, **kwargs: Any) -> Any:
        check(*args, **kwargs)
        return formula(*args, **kwargs)

    return kernel


def formula_of(name: str) -> Kernel:
    """The one of `reference`."""
    from . import reference  # here: with the compiled kernels few need it, and an import takes time

    return getattr(reference, name)  # type: ignore[no-any-return]


def on_tensors_too(kernel: Kernel) -> Kernel:
    """A gradient: the kernel for arrays; for a tensor the formula, every step of it recorded."""

    @functools.wraps(kernel)
    def gradient(g: Any, *args: Any) -> Any:
        return kernel(g, *args) if type(g) is ndarray else formula_of(kernel.__name__)(g, *args)

    return gradient


def __getattr__(name: str) -> Kernel:
    formula = formula_of(name)
    check = getattr(checks, name, None)  # what takes no arguments needs none
    return with_check(formula, check) if check else formula
