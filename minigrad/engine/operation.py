"""Declaring an operation: a forward function on arrays, and beside it its derivatives.

    @operation
    def multiply(x1, x2):
        return np.multiply(x1, x2)

    @multiply.gradient("x1")
    def _(g, x2):
        return g * x2

    @multiply.gradient("x2")
    def _(g, x1):
        return g * x1

A *rule* answers with the cotangent of the input it is named after: g, the cotangent of the
output, times the derivative.  Its parameter names say what the graph has to keep for it:

    g               the cotangent of the output
    out             the output
    x1, axis, ...   an argument of the forward function
    x1_shape        only the shape of an argument
    a name in `@operation(saves=("mask",))`   what the forward function returned after its output
    needs           a tuple of bools: which inputs of a rule for several want a gradient

A rule for several inputs at once, `@batch_norm.gradient("x", "weight", "bias")`, answers with a
tuple, None where there is no need.  A rule for `*arrays` answers with one cotangent an array.

A rule is written once for every order.  In an ordinary backward pass it gets arrays, and
the operations it calls give arrays back; with `create_graph` it gets tensors, and what it does is
recorded like anything else.  Shapes and dtypes of inputs are restored by the tape, so a rule
need not undo broadcasting.

A parameter `recorded` of the forward function is not the caller's: it is told whether a rule may
be asked later, so that what only a rule needs is not computed in vain.

What a call does with all this stands in `call.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, Protocol, overload

from .arguments import signature
from .call import caller, caller_with_saved
from .plan import Operation, Rule
from .tensor import Tensor

P = ParamSpec("P")


class Function(Protocol[P]):
    """What `@operation` makes: called like the forward function, on tensors."""

    name: str
    forward: Callable[..., Any]
    rules: list[Rule]
    operation: Operation
    gradient: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]
    with_saved: Callable[..., tuple[Any, ...]]  # gives the tensor, and what is saved for rules
    __name__: str

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Tensor: ...
    @overload  # of a forward function annotated with arrays, tensors
    def __call__(self, *args: Any) -> Tensor: ...


OPERATIONS: dict[str, Function[Any]] = {}
"""Every operation by name; what the tests run through."""


@overload
def operation(
    forward: Callable[P, Any],
    *,
    saves: Sequence[str] = (),
    real: bool = False,
    same_dtype: bool = False,
) -> Function[P]: ...
@overload
def operation(
    forward: None = None,
    *,
    saves: Sequence[str] = (),
    real: bool = False,
    same_dtype: bool = False,
) -> Callable[[Callable[P, Any]], Function[P]]: ...
def operation(
    forward: Any = None,
    *,
    saves: Sequence[str] = (),
    real: bool = False,
    same_dtype: bool = False,
) -> Any:
    """Make an operation on tensors of a function on arrays.

    forward : takes arrays (and other arguments) and returns an array
    saves : names of further values that the function returns behind the array, as a tuple, for
        rules to ask for; they have no graph, so that create_graph refuses a rule that asks for
        floats among them
    real : a function of real numbers, which integers and bools reach as floats
    same_dtype : refuse float32 beside float64 with TypeError, instead of widening

    The operation takes tensors, arrays, numbers and nested lists wherever a rule names an
    argument as its input, and gives a tensor.  An error inside the function is raised again
    with the operation's name, shapes and dtypes in front.  What the function is given is
    read-only: it returns new values.

    >>> import minigrad as mg
    >>> @mg.operation
    ... def cube(x):
    ...     return x * x * x
    >>> @cube.gradient("x")
    ... def _(g, x):
    ...     return g * 3 * x * x
    >>> x = mg.tensor([1.0, 2.0], requires_grad=True)
    >>> mg.sum(cube(x)).backward()
    >>> x.grad
    tensor([ 3., 12.])
    >>> mg.gradcheck(cube, x).passed
    True
    """
    if forward is None:
        return functools.partial(operation, saves=saves, real=real, same_dtype=same_dtype)
    if not hasattr(forward, "__code__"):
        raise TypeError(f"operation: wanted a Python function, got {type(forward).__name__}")
    name = forward.__name__.strip("_")
    trusted = (forward.__module__ or "").split(".")[0] == __name__.split(".")[0]
    op = Operation(name, forward, signature(forward), tuple(saves), real, same_dtype, trusted)
    if taken := {*op.names, "out", "g", "needs"}.intersection(saves):
        raise TypeError(
            f"operation: saves: {min(taken)!r} means something else to a rule of {name!r}"
        )
    function: Any = functools.wraps(forward)(caller(op))
    function.name = name
    function.forward = forward
    function.rules = op.rules
    function.operation = op
    function.with_saved = caller_with_saved(op)
    function.gradient = functools.partial(declare_rule, op)
    OPERATIONS[name] = function
    return function


def gives_views(*functions: Function[Any]) -> None:
    """Note of operations that what they give looks at the memory of their first argument."""
    for function in functions:
        function.operation.views = function.operation.checked = True


def declare_rule(
    op: Operation, *inputs: str, new: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function to be the rule of these inputs, in place of an earlier one.

    new : its answers are arrays that it has just made, one for each input: not g, nothing that the
        graph keeps, no views.  The tape may then add to them, or hand them out as `grad`, without
        a copy.
    """
    if not inputs or len({*op.names}.intersection(inputs)) < len(inputs):  # or one twice
        raise TypeError(
            f"a rule of {op.name!r} has to name its inputs, got {', '.join(map(repr, inputs))}; "
            f"wanted some of {op.names}: @{op.name}.gradient({op.names[0]!r})"
        )
    others = [rule.inputs for rule in op.rules if rule.inputs != inputs]
    if clash := [names for names in others if {*names} & {*inputs}]:
        raise TypeError(
            f"a rule of {op.name!r} for {', '.join(inputs)}: there is one for "
            f"{', '.join(clash[0])} already"
        )

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        if not hasattr(function, "__code__"):
            raise TypeError(f"a rule of {op.name!r}: wanted a function, got {function!r:.60}")
        first, *asks = signature(function)[0] or ["nothing"]
        known = {*op.names, *(f"{n}_shape" for n in op.names), *op.saves, "out"}
        if op.variadic or len(inputs) > 1:
            known.add("needs")
        if unknown := [n for n in asks if n not in known]:
            raise TypeError(
                f"a rule of {op.name!r} names {unknown[0]!r}, which is none of {sorted(known)}"
            )
        if first != "g":
            raise TypeError(f"a rule of {op.name!r} takes g first, got {first!r}")
        function.__name__ = f"{op.name}_gradient_{'_'.join(inputs)}"
        op.rules[:] = [rule for rule in op.rules if rule.inputs != inputs]
        op.rules.append(Rule(function, inputs, tuple(asks), new))
        op.inputs = tuple(sorted({*op.inputs, *map(op.names.index, inputs)}))
        op.plans.clear()
        return function

    return declare
