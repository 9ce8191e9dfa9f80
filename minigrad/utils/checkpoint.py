"""Less memory for more time: what a part of a net computes is computed again going backward.

T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from threading import get_ident
from typing import Any

from .. import autograd, random
from ..absent import explain_absence
from ..engine.backward import cotangent_of, reaches_others
from ..engine.fields import origin
from ..engine.tape import differentiate
from ..engine.tensor import Tensor, result
from ..engine.version import numbers
from ..engine.watchers import Watcher
from ..func import leaves, map_leaves

__all__ = ["checkpoint", "checkpoint_sequential"]


class Used(Watcher):
    """A block that finds the tensors from outside it that require gradients and are used in it.

    Only what operations get is seen.
    """

    def __init__(self) -> None:
        self.thread, self.start = get_ident(), next(numbers)
        self.found: dict[int, Tensor] = {}

    def ran(self, operation: Any, args: Any, values: Any) -> None:
        """Look at the arguments."""
        if get_ident() == self.thread:
            for a in args[0] if operation.variadic else args:
                if isinstance(a, Tensor) and a._requires_grad:
                    at = origin(a)
                    if at is a or at.number < self.start:
                        self.found[id(at)] = a if at is a else result(a._data, at)


class Checkpoint(autograd.Function):
    @staticmethod
    def forward(ctx: Any, run: Any, keep: bool, give: Any, *tensors: Any) -> Any:
        ctx.run, ctx.state = run, random.get_rng_state() if keep else None
        ctx.save_for_backward(*tensors)
        given = [t.detach().requires_grad_(t.requires_grad) for t in tensors]
        with Used() as used:
            out = run(*given)
        others = used.found.keys() - map(id, given)  # an argument, used by another name, too
        ctx._further = ctx.used = tuple([t for at, t in used.found.items() if at in others])
        give(out)
        return tuple(_tensors(out))

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        further = autograd.is_grad_enabled()
        with autograd.enable_grad():
            tensors = [
                t * 1 if further and t.requires_grad else t.detach().requires_grad_(t.requires_grad)
                for t in ctx.saved_tensors
            ]
        several = _again(ctx, tensors)
        pairs = [(y, g) for y, g in zip(several, cotangents, strict=True) if y.requires_grad]
        outputs = [y for y, _ in pairs]
        inputs = [*tensors, *ctx.used]
        if outputs and reaches_others(outputs, inputs):
            _refuse_others(further or ctx.only_inputs)
            autograd.backward(outputs, [g for _, g in pairs])
            return (None, None, None, *(t.grad for t in tensors), *(None for _ in ctx.used))
        found = differentiate(
            [origin(y) for y in outputs],
            [cotangent_of(y, g, further) for y, g in pairs],
            {origin(t) for t in inputs if t.requires_grad},
            further,
            further,
            True,
        )
        return (None, None, None, *(_answer(found.get(origin(t))) for t in inputs))


def _again(ctx: Any, tensors: list[Tensor]) -> list[Tensor]:
    """The outputs once more, with a graph and the random numbers of the first time."""
    now = random.get_rng_state()
    if ctx.state is not None:
        random.set_rng_state(ctx.state)
    try:
        with autograd.enable_grad():
            return _tensors(ctx.run(*tensors))
    finally:
        random.set_rng_state(now)


def _tensors(out: Any) -> list[Tensor]:
    """The tensors among what a function has returned."""
    found = leaves(out)
    for leaf in found:
        if leaf is not None and not isinstance(leaf, (Tensor, int, float, str)):
            raise TypeError(
                "checkpoint: function: wanted tensors, numbers or None to be returned, or tuples, "
                f"lists and dictionaries of them, got {type(leaf).__name__}"
            )
    return [leaf for leaf in found if isinstance(leaf, Tensor)]


def _refuse_others(refused: bool) -> None:
    if refused:
        raise RuntimeError(
            "checkpoint: function uses tensors that require gradients, are not among its "
            "arguments and are not seen in its first call; they get theirs from backward() alone, "
            "without inputs= and create_graph=True: pass them as arguments, or call function "
            "without checkpoint"
        )


def _answer(found: tuple[Any, bool] | None) -> Any:
    if found is None or isinstance(found[0], Tensor):
        return found and found[0]
    return result(found[0], None)


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """What the function gives, without keeping what its backward pass needs.

    Going backward it is called again, with the random numbers that it drew before.  It gives
    tensors, numbers and None, in tuples, lists and dictionaries.  Where no tensor among `args`
    requires a gradient it is only called.

    Tensors that it uses without being given them, as a module uses its parameters, get their
    gradients too.  From `backward()` alone, of the first order, get it those that no operation
    takes within `no_grad`, as w in `t[0] = w`: RuntimeError in a pass by `autograd.grad`, with
    `inputs=` or with `create_graph=True`.  `use_reentrant` changes nothing.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> checkpoint(lambda x: (x**2).sum(), x).backward()
    >>> x.grad
    tensor([2., 2.])
    """
    places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
    if not autograd.is_grad_enabled() or not any(args[i].requires_grad for i in places):
        return function(*args, **kwargs)

    def run(*tensors: Tensor) -> Any:
        given = dict(zip(places, tensors, strict=True))
        return function(*(given.get(i, a) for i, a in enumerate(args)), **kwargs)

    form: list[Any] = []
    made = Checkpoint.apply(run, preserve_rng_state, form.append, *(args[i] for i in places))
    rest = iter(made)
    return map_leaves(lambda leaf: next(rest) if isinstance(leaf, Tensor) else leaf, form[0])


def checkpoint_sequential(functions: Any, segments: int, input: Tensor, **options: Any) -> Any:
    """The functions one after the other, in so many segments, all but the last by `checkpoint`.

    >>> import minigrad as mg
    >>> net = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Tanh(), mg.nn.Linear(2, 1))
    >>> checkpoint_sequential(net, 2, mg.ones(3, 2, requires_grad=True)).shape
    (3, 1)
    """
    steps = list(functions)
    size = len(steps) // segments if 0 < segments <= len(steps) else 0
    if not size:
        raise ValueError(
            f"checkpoint_sequential: segments: no {segments} of {len(steps)} functions"
        )

    def part(first: int, last: int) -> Callable[[Any], Any]:
        def run(x: Any) -> Any:
            for step in steps[first:last]:
                x = step(x)
            return x

        return run

    bounds = [size * i for i in range(segments)]
    for first, last in itertools.pairwise(bounds):
        input = checkpoint(part(first, last), input, **options)
    return part(bounds[-1], len(steps))(input)


explain_absence(globals())
