"""Less memory for more time: what a part of a net computes is computed again going backward.

T. Chen, B. Xu, C. Zhang and C. Guestrin, "Training deep nets with sublinear memory cost", 2016.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from .. import autograd, random
from ..absent import explain_absence
from ..engine.backward import reaches_others
from ..engine.tensor import Tensor

__all__ = ["checkpoint", "checkpoint_sequential"]


class Checkpoint(autograd.Function):
    @staticmethod
    def forward(ctx: Any, run: Any, keep: bool, *tensors: Any) -> Any:
        ctx.run, ctx.state = run, random.get_rng_state() if keep else None
        ctx.save_for_backward(*tensors)
        return run(*tensors)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        further = autograd.is_grad_enabled()
        with autograd.enable_grad():
            tensors = [
                t * 1 if further and t.requires_grad else t.detach().requires_grad_(t.requires_grad)
                for t in ctx.saved_tensors
            ]
        now = random.get_rng_state()
        if ctx.state is not None:
            random.set_rng_state(ctx.state)
        try:
            with autograd.enable_grad():
                out = ctx.run(*tensors)
        finally:
            random.set_rng_state(now)
        several = out if isinstance(out, tuple) else (out,)
        pairs = [(y, g) for y, g in zip(several, cotangents, strict=True) if y.requires_grad]
        outputs, weights = [y for y, _ in pairs], [g for _, g in pairs]
        if not outputs:
            return (None, None, *(None for _ in tensors))
        if not (further or ctx.only_inputs):
            autograd.backward(outputs, weights)
            return (None, None, *(t.grad for t in tensors))
        wanted = [t for t in tensors if t.requires_grad]
        if reaches_others(outputs, wanted):
            raise RuntimeError(
                "checkpoint: function uses tensors that require gradients and are not among its "
                "arguments, a module's parameters perhaps; they get theirs from backward() alone, "
                "without inputs= and create_graph=True: pass them as arguments, or call function "
                "without checkpoint"
            )
        found = iter(
            autograd.grad(outputs, wanted, weights, create_graph=further, allow_unused=True)
        )
        return (None, None, *(next(found) if t.requires_grad else None for t in tensors))


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """What the function gives, without keeping what its backward pass needs.

    Going backward it is called again, with the random numbers that it drew before.  It gives a
    tensor or a tuple of them.  Where no tensor among `args` requires a gradient it is only called.

    Tensors that it uses without being given them, as a module uses its parameters, get their
    gradients from `backward()` alone, of the first order: RuntimeError in a pass by
    `autograd.grad`, with `inputs=` or with `create_graph=True`.  `use_reentrant` changes nothing.

    >>> import minigrad as mg
    >>> x = mg.ones(2, requires_grad=True)
    >>> checkpoint(lambda x: (x**2).sum(), x).backward()
    >>> x.grad
    tensor([2., 2.])
    """
    places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
    if not any(args[i].requires_grad for i in places):
        return function(*args, **kwargs)

    def run(*tensors: Tensor) -> Any:
        given = dict(zip(places, tensors, strict=True))
        return function(*(given.get(i, a) for i, a in enumerate(args)), **kwargs)

    return Checkpoint.apply(run, preserve_rng_state, *(args[i] for i in places))


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
