"""Sets of values: what a parameter may be, and where a distribution has its chances."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..creation import as_tensor
from ..engine.tensor import Tensor

__all__ = [
    "Constraint",
    "boolean",
    "independent",
    "integer_interval",
    "interval",
    "lower_cholesky",
    "multinomial",
    "nonnegative",
    "nonnegative_integer",
    "one_hot",
    "positive",
    "positive_definite",
    "real",
    "real_vector",
    "simplex",
    "unit_interval",
]


class Constraint:
    """A set of numbers, or of arrays along the last axes.

    words : what is in it
    test : a function of an array; true where a number, or an array along the last axes, is in it
    event_dim : how many axes those are
    is_discrete : are there gaps between the numbers?

    >>> positive.check([1.0, -1.0])
    tensor([ True, False])
    """

    def __init__(
        self,
        words: str,
        test: Callable[[np.ndarray], Any],
        event_dim: int = 0,
        is_discrete: bool = False,
    ) -> None:
        self.words, self.test = words, test
        self.event_dim, self.is_discrete = event_dim, is_discrete

    def check(self, value: Any) -> Tensor:
        """Which numbers or arrays are in the set."""
        return as_tensor(np.asarray(self.test(as_tensor(value).detach().numpy())))

    def require(self, where: str, value: Any) -> None:
        """Raise ValueError for what is not in the set."""
        if not (inside := self.check(value).numpy()).all():
            raise ValueError(
                f"{where}: wanted {self.words}, got {_first(as_tensor(value), inside)!r:.60}"
            )

    def __repr__(self) -> str:
        return f"<{self.words}>"


def _first(value: Tensor, inside: np.ndarray) -> Any:
    """The first that is not in a set."""
    array = value.detach().numpy()
    return array[np.unravel_index(inside.argmin(), inside.shape)].tolist()


def independent(base: Constraint, reinterpreted_batch_ndims: int) -> Constraint:
    """Arrays of which every number, or part, is in a set."""
    axes = tuple(range(-reinterpreted_batch_ndims, 0))
    return Constraint(
        base.words,
        lambda x: np.all(base.test(x), axis=axes),
        base.event_dim + reinterpreted_batch_ndims,
        base.is_discrete,
    )


def interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Numbers from one to another, the two among them."""
    low, high = _array(lower_bound), _array(upper_bound)
    return Constraint(f"numbers from {low} to {high}", lambda x: (x >= low) & (x <= high))


def integer_interval(lower_bound: Any, upper_bound: Any) -> Constraint:
    """Whole numbers from one to another, the two among them."""
    low, high = _array(lower_bound), _array(upper_bound)
    return Constraint(
        f"whole numbers from {low} to {high}",
        lambda x: _is_whole(x) & (x >= low) & (x <= high),
        is_discrete=True,
    )


def multinomial(total_count: int) -> Constraint:
    """Counts along the last axis, that add up to no more than this."""
    return Constraint(
        f"counts that add up to {total_count} at most",
        lambda x: (x >= 0).all(-1) & (x.sum(-1) <= total_count),
        1,
        True,
    )


def _array(bound: Any) -> np.ndarray:
    return as_tensor(bound).detach().numpy()


def _is_whole(x: np.ndarray) -> Any:
    return np.isfinite(x) & (np.floor(x) == x)


def _is_one_hot(x: np.ndarray) -> Any:
    return ((x == 0) | (x == 1)).all(-1) & (x.sum(-1) == 1)


def _is_symmetric_definite(x: np.ndarray) -> Any:
    if not np.isfinite(x).all():
        return np.zeros(x.shape[:-2], bool)
    symmetric = np.isclose(x, np.swapaxes(x, -2, -1), atol=1e-6).all((-2, -1))
    return symmetric & (np.linalg.eigvalsh(x) > 0).all(-1)


def _is_triangle(x: np.ndarray) -> Any:
    return (np.tril(x) == x).all((-2, -1)) & (x.diagonal(0, -2, -1) > 0).all(-1)


real = Constraint("numbers", lambda x: x == x)  # NaN is none
real_vector = independent(real, 1)
positive = Constraint("positive numbers", lambda x: x > 0)
nonnegative = Constraint("numbers of at least 0", lambda x: x >= 0)
nonnegative_integer = Constraint(
    "whole numbers of at least 0", lambda x: _is_whole(x) & (x >= 0), is_discrete=True
)
unit_interval = Constraint("numbers from 0 to 1", lambda x: (x >= 0) & (x <= 1))
boolean = Constraint("0 or 1", lambda x: (x == 0) | (x == 1), is_discrete=True)
simplex = Constraint(
    "chances that add up to 1", lambda x: (x >= 0).all(-1) & (np.abs(x.sum(-1) - 1) < 1e-6), 1
)
one_hot = Constraint("a one among zeros", _is_one_hot, 1, True)
positive_definite = Constraint("a symmetric positive definite matrix", _is_symmetric_definite, 2)
lower_cholesky = Constraint("a lower triangle with a positive diagonal", _is_triangle, 2)
