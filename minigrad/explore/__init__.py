"""Watching the tape: step through a real backward pass, with its numbers.

>>> import minigrad as mg
>>> a = mg.tensor(3.0, requires_grad=True)
>>> with mg.explore() as view:
...     b = a * a
...     b.backward()
>>> print(view)
b: 1 operation
b = multiply(a, a)  () float32  9  gradient 1  ...
    a               () float32  3  gradient 6
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .view import View

__all__ = ["explore"]


def explore(
    what: Any = None,
    *args: Any,
    every: int | None = None,
    level: str = "full",
    times: bool = False,
    **kwargs: Any,
) -> View:
    """Watch the tape, and give a view of what it did.

        with mg.explore() as view:          # a training step, or anything
        with mg.explore(every=50) as view:  # around a loop over the data
        mg.explore(function, *args)         # runs it, and checks its gradients
        mg.explore(loss)                    # afterwards: the graph that is still there
        mg.explore(step)                    # the program of a compiled function

    what : nothing, for a block; a function; a tensor with a graph; a compiled function that has
        been called, or its program
    args, kwargs : of the function.  Floating tensors and arrays among `args` become leaves, as
        copies; a backward pass starts from what the function returns, with a cotangent of ones,
        unless the function has run one itself.
        An error in the function or in the pass does not go on: it is part of the view.
    every : write down one backward pass in so many, lightly, and follow activations, gradients and
        updates of every layer
    level : "full", or "light" for large graphs: statistics instead of numbers
    times : time every operation forward and backward, by running each again a few times; not an
        `autograd.Function`, which may do anything

    Raises TypeError for other arguments, and for `times` where nothing is run or only followed;
    ValueError for another level or an `every` below 1; RuntimeError for a tensor without a graph.

    >>> import minigrad as mg
    >>> view = mg.explore(lambda x, y: x * y, 3.0, 0.5)
    >>> for step in view.steps():
    ...     if step.kind == "rule":
    ...         print(step.sentence)
    its rule for x1: g * x2 = 1 * 0.5 = 0.5
    its rule for x2: g * x1 = 1 * 3 = 3
    """
    from ..engine.tensor import Tensor
    from .recorder import Recorder, check
    from .view import View

    check(level, times)
    if every is not None:
        from .training import Training

        if what is not None:
            raise TypeError("explore: every is for a block, and takes no function or tensor")
        if args or kwargs:
            raise TypeError(f"explore: every is for a block alone, got {args} {kwargs} with it")
        if times:
            raise TypeError("explore: times is for one step; leave it out, or leave out every")
        return View(Training(every))
    if what is None:
        if args or kwargs:
            raise TypeError(f"explore: wanted a function or a tensor first, got {args} {kwargs}")
        return View(Recorder(level, times))
    from ..program import Compiled, Program
    from .programs import name_of, record

    compiled = isinstance(what, Compiled) and what.program is not None and not (args or kwargs)
    if isinstance(what, (Tensor, Program)) and (args or kwargs):
        kind = "tensor" if isinstance(what, Tensor) else "program"
        raise TypeError(f"explore: a {kind} is explored alone, without further arguments")
    if times and (compiled or isinstance(what, (Tensor, Program))):
        raise TypeError("explore: times is for what runs: a block, or a function and its arguments")
    if isinstance(what, Tensor):
        from .structure import structure

        return View(structure(what, level))
    if isinstance(what, Program):
        return View(record(what, ""))
    if compiled:
        return View(record(what.program, name_of(what)))
    if not callable(what):
        raise TypeError(
            f"explore: wanted a function, a tensor or nothing, got {type(what).__name__}"
        )
    from .structure import run

    return View(run(what, args, kwargs, Recorder(level, times)))
