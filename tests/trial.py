"""A case with inputs that were drawn for it, and what a test that fails says of them.

The wrong number comes first, beside the right one; then whose it is, and the inputs.  The frames
of the checkers themselves are hidden (`__tracebackhide__`).
"""

from __future__ import annotations

import traceback
from typing import Any, NamedTuple

import numpy as np
from harness import Case
from hypothesis import strategies as st

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor


class Trial(NamedTuple):
    """A case, and the arrays and keywords of one of its examples."""

    case: Case
    arrays: list[np.ndarray]
    kwargs: dict[str, Any]

    def __call__(self, inputs: list[Tensor]) -> Any:
        return self.case.function(*inputs, **self.kwargs)

    @property
    def declared(self) -> Any:
        """The operation that the case is named after, None for a function made of others."""
        return OPERATIONS.get(self.case.name.split("[")[0])

    @property
    def names(self) -> list[str] | None:
        """Of the arrays: the operation's parameters, where they are the same in number."""
        op = self.declared and self.declared.operation
        inputs = [op.names[i] for i in op.inputs] if op else []
        return inputs if op and len(inputs) == len(self.arrays) and not op.variadic else None

    def words(self, message: object) -> str:
        """What a failure says."""
        given = "".join(f", {name}={value!r}" for name, value in self.kwargs.items())
        named = zip(self.names or "abcdef", self.arrays, strict=False)
        arrays = [f"{name} = {array!r}" for name, array in named]
        return "\n".join([f"{self.case}{given}: {message}", "", *arrays])

    def rule_error(self, error: Exception) -> str:
        """The words for what a rule raised, with the line of the rule that did."""
        cause = error.__cause__
        if cause is None:
            return self.words(error)
        lines = [f"a rule raised {type(cause).__name__}: {cause}"]
        rules = {rule.function.__code__ for rule in self.declared.rules} if self.declared else ()
        for frame, line in traceback.walk_tb(cause.__traceback__):
            if frame.f_code in rules:
                lines.append(f"the rule: {frame.f_code.co_filename}:{line}")
        return self.words("\n".join(lines))

    def close(
        self, what: str, actual: np.ndarray, wanted: np.ndarray, rtol: float, scale: float = 0.0
    ) -> None:
        """Do both agree, NaN and infinity too?  Otherwise the worst number is named."""
        __tracebackhide__ = True
        assert actual.shape == wanted.shape, self.words(
            f"{what} has shape {actual.shape}, and should have {wanted.shape}"
        )
        with np.errstate(invalid="ignore"):
            error = np.abs(np.subtract(actual, wanted, dtype=np.float64))
            excess = np.nan_to_num(error - rtol * (np.abs(wanted) + max(scale, 1e-3)), nan=np.inf)
            same = (actual == wanted) | (np.isnan(actual) & np.isnan(wanted))
        excess = np.where(same, 0.0, excess)
        if (excess > 0).any():
            at = np.unravel_index(np.argmax(excess), excess.shape)
            place = f" at {list(map(int, at))}" if at else ""
            message = f"{what}{place} is {actual[at]:.9g}, and should be {wanted[at]:.9g}"
            raise AssertionError(self.words(message))

    def backward(self, out: Tensor, g: np.ndarray, **how: Any) -> None:
        """`out.backward`, whose errors name the line of the rule and the inputs."""
        __tracebackhide__ = True
        try:
            out.backward(g, **how)
        except RuntimeError as error:
            raise RuntimeError(self.rule_error(error)) from None

    def gradcheck(self, **how: Any) -> None:
        """`mg.gradcheck`, whose report names the operation's inputs and the rule."""
        __tracebackhide__ = True

        def function(*xs: Tensor) -> Any:
            return self(list(xs))

        if self.declared:
            function.rules = self.declared.rules  # type: ignore[attr-defined]
        try:
            mg.gradcheck(function, self.arrays, names=self.names, **how)
        except RuntimeError as error:
            raise type(error)(self.rule_error(error)) from None


def trial(case: Case, data: st.DataObject) -> Trial:
    """An example of a case."""
    return Trial(case, *data.draw(case.draws))
