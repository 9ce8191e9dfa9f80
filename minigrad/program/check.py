"""Run the program and the function from the same state, and compare all bits that they leave."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from ..engine.tensor import Tensor
from ..random import default_generator
from .guards import PLAIN, wholes_in
from .replay import Program


class State:
    """All that some objects hold, at one time; tensors' memory, lists and attributes within.

    found : by id, each object's place, itself and what it held
    bits : the same, equal for equal bits
    """

    def __init__(self, roots: Sequence[Any]) -> None:
        self.found: dict[int, tuple[int, Any, Any]] = {}
        self.bits = [self.look(root) for root in roots]

    def look(self, thing: Any) -> Any:
        """The bits of one object; of one that was found before its place."""
        if type(thing) in PLAIN:
            return repr(thing)
        if id(thing) in self.found:
            return self.found[id(thing)][0]
        number = len(self.found)
        held: Any = None
        self.found[id(thing)] = number, thing, held  # it may hold itself
        if isinstance(thing, Tensor):
            held = thing._data, thing._grad, thing._version_, thing._version
            bits: Any = [*map(self.look, held[:2]), thing._requires_grad, thing._version]
        elif isinstance(thing, (ndarray, np.generic)):
            held, bits = thing.copy(), (thing.dtype, thing.shape, thing.tobytes())
        elif isinstance(thing, np.random.Generator):
            held = thing.bit_generator.state
            bits = repr(held)
        elif isinstance(thing, (list, tuple)):
            held = thing[:]
            bits = [*map(self.look, held)]
        elif isinstance(thing, dict) or (hasattr(thing, "__dict__") and not callable(thing)):
            held = dict(thing if isinstance(thing, dict) else vars(thing))
            bits = [(self.look(key), self.look(value)) for key, value in held.items()]
        else:
            return str(type(thing))
        self.found[id(thing)] = number, thing, held
        return bits

    def restore(self) -> None:
        """Put everything back."""
        for _, thing, held in self.found.values():
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
            elif held is not None and not isinstance(thing, (tuple, np.generic)):
                vars(thing).clear()
                vars(thing).update(held)


def compare(program: Program, given: Sequence[Tensor], function: Callable[[], Any]) -> Any:
    """What the function gives, after the program has given the same.

    Raises RuntimeError where they differ; the state is then that after the function.
    """
    reached = [*program.live.values(), *wholes_in(program.objects)]
    roots = [default_generator(), *given, *reached]
    before = State(roots)
    value = program.run(given)
    replayed = State([value, *roots]).bits
    before.restore()
    expected = function()
    plain = State([expected, *roots]).bits
    if replayed != plain:
        raise RuntimeError(
            "compile: check_every: the program and the function gave different bits; please report "
            f"it with this program:\n{program}"
        )
    return expected
