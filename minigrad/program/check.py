"""Run the program and the function from the same state, and compare all bits that they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine.tensor import Tensor
from ..random import default_generator
from .guards import PLAIN
from .replay import Program


class State:
    """All that some objects hold, at one time; tensors' memory, lists and attributes within."""

    def __init__(self, roots: Sequence[Any]) -> None:
        self.found: dict[int, tuple[Any, Any]] = {}  # the object, and what it held
        waiting = list(roots)
        while waiting:
            thing = waiting.pop()
            if type(thing) in PLAIN or id(thing) in self.found:
                continue
            held = _held(thing)
            if held is not None:
                self.found[id(thing)] = thing, held
                waiting.extend(_within(thing, held))

    def restore(self) -> None:
        """Put everything back."""
        for thing, held in self.found.values():
            if isinstance(thing, Tensor):
                thing._data, thing._grad, version, count = held
                thing._version_ = version
                if version is not None:
                    version.count = count
            elif isinstance(thing, ndarray):
                if thing.flags.writeable:
                    thing[...] = held
            elif isinstance(thing, dict):
                thing.clear()
                thing.update(held)
            elif isinstance(thing, list):
                thing[:] = held
            elif isinstance(thing, np.random.Generator):
                thing.bit_generator.state = held
            elif not isinstance(thing, tuple):
                vars(thing).clear()
                vars(thing).update(held)


def _held(thing: Any) -> Any:
    if isinstance(thing, Tensor):
        return thing._data, thing._grad, thing._version_, thing._version
    if isinstance(thing, ndarray):
        return thing.copy()
    if isinstance(thing, (dict, list, tuple)):
        return thing if isinstance(thing, tuple) else thing.copy()
    if isinstance(thing, np.random.Generator):
        return thing.bit_generator.state
    if isinstance(thing, type) or callable(thing) or not hasattr(thing, "__dict__"):
        return None
    return dict(vars(thing))


def _within(thing: Any, held: Any) -> list[Any]:
    if isinstance(thing, Tensor):
        return [part for part in held[:2] if part is not None]
    if isinstance(thing, dict) or hasattr(thing, "__dict__"):
        return [] if isinstance(thing, np.random.Generator) else [*held.keys(), *held.values()]
    return list(held) if isinstance(thing, (list, tuple)) else []


def bits(part: Any, seen: dict[int, int]) -> Any:
    """A value that is equal for equal bits."""
    if isinstance(part, (int, float, complex)) or part is None:
        return repr(part)
    if id(part) in seen:
        return seen[id(part)]
    seen[id(part)] = len(seen)
    if isinstance(part, Tensor):
        return bits(part._data, seen), bits(part._grad, seen), part._requires_grad, part._version
    if isinstance(part, (ndarray, np.generic)):
        return str(part.dtype), part.shape, part.tobytes()
    if isinstance(part, np.random.Generator):
        return repr(part.bit_generator.state)
    if isinstance(part, dict):
        return [(bits(k, seen), bits(v, seen)) for k, v in part.items()]
    if isinstance(part, (list, tuple)):
        return [bits(p, seen) for p in part]
    if isinstance(part, type) or callable(part) or not hasattr(part, "__dict__"):
        return str(type(part))
    return bits(vars(part), seen)


def compare(program: Program, given: Sequence[Tensor], function: Callable[[], Any]) -> Any:
    """What the function gives, after the program has given the same.

    Raises RuntimeError where they differ; the state is then that after the function.
    """
    roots = [default_generator(), *given, *program.reached]
    before = State(roots)
    value = program.run(given)
    replayed = bits([value, *roots], {})
    before.restore()
    expected = function()
    plain = bits([expected, *roots], {})
    if replayed != plain:
        raise RuntimeError(
            "compile: check_every: the program and the function gave different bits; please report "
            f"it with this program:\n{program}"
        )
    return expected
