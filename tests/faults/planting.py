"""How a fault is planted, for the time of a `with`: a wrong rule, or another function."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from minigrad.engine.operation import OPERATIONS
from minigrad.engine.plan import Rule
from minigrad.engine.tensor import Tensor


class Fault(NamedTuple):
    """words: what is wrong; plant: makes it so for the time of a `with`; where: who should see it,
    names of operations whose cases are run, or tests.
    """

    words: str
    plant: Callable[[], AbstractContextManager[Any]]
    where: tuple[Any, ...]


FAULTS: list[Fault] = []


def wrong_rule(words: str, name: str, *inputs: str, where: tuple[Any, ...] = ()) -> Callable:
    """The decorated function is planted in place of the rule of an operation's inputs."""

    @contextlib.contextmanager
    def plant(function: Callable) -> Iterator[None]:
        rules, op = OPERATIONS[name].rules, OPERATIONS[name].operation
        right = list(rules)
        assert inputs in [rule.inputs for rule in right]
        wrong = Rule(function, inputs, tuple(inspect.signature(function).parameters)[1:], False)
        rules[:] = [wrong if rule.inputs == inputs else rule for rule in right]
        op.plans.clear()
        try:
            yield
        finally:
            rules[:] = right
            op.plans.clear()

    def declare(function: Callable) -> Callable:
        FAULTS.append(Fault(f"{name}: {words}", lambda: plant(function), where or (name,)))
        return function

    return declare


def wrong(words: str, owner: Any, attribute: str, *where: Any) -> Callable:
    """The decorated function is planted in place of an attribute of a module or class."""

    @contextlib.contextmanager
    def plant(function: Any) -> Iterator[None]:
        own = getattr(owner, "__dict__", {})  # where a class keeps what getattr would bind
        right = own[attribute] if attribute in own else getattr(owner, attribute)
        setattr(owner, attribute, function)
        try:
            yield
        finally:
            setattr(owner, attribute, right)

    def declare(function: Any) -> Any:
        FAULTS.append(Fault(words, lambda: plant(function), where))
        return function

    return declare


def constant(x: Any) -> Any:
    """What a rule of first order only would use: nothing that create_graph could record."""
    return x.detach() if isinstance(x, Tensor) else x


def right_rule(name: str, *inputs: str) -> Callable:
    return next(r.function for r in OPERATIONS[name].rules if r.inputs == inputs)
