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
from typing import Any, NamedTuple, ParamSpec, Protocol, overload

from .call import MISSING, Operation, Plan, caller, caller_with_saved
from .out import into
from .tensor import Tensor
from .words import with_words

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

ALIASES = {
    "a": ("x1",),
    "arrays": ("tensors",),
    "axes": ("dims",),
    "axis": ("dim", "dims"),
    "axis0": ("dim0",),
    "axis1": ("dim1",),
    "axis2": ("dim2",),
    "b": ("x2",),
    "dim": ("axis", "axes"),
    "dims": ("axes", "axis"),
    "exponent": ("x2",),
    "index": ("indices",),
    "input": ("x", "x1", "A"),
    "keepdim": ("keepdims",),
    "keepdims": ("keepdim",),
    "other": ("x2",),
    "repetitions": ("dims",),
    "self": ("input", "x", "x1"),
    "shifts": ("shift",),
    "tensor": ("input",),
    "tensors": ("arrays",),
    "vec2": ("x2",),
    "x": ("input",),
    "x1": ("input",),
    "x2": ("other",),
}
"""Other names of arguments, PyTorch's beside NumPy's: either may be used."""


class Rule(NamedTuple):
    """A function that gives the cotangents of some inputs, and what it asks for."""

    function: Callable[..., Any]
    inputs: tuple[str, ...]
    asks: tuple[str, ...]  # the names of the parameters after g
    new: bool


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
        rules to ask for
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
    if not callable(forward) or not hasattr(forward, "__name__"):
        raise TypeError(f"operation: wanted a function, got {type(forward).__name__}")
    name = forward.__name__.strip("_")
    trusted = forward.__module__.split(".")[0] == __name__.split(".")[0]
    op = Operation(name, forward, signature(forward), tuple(saves), real, same_dtype, trusted)
    rules: list[Rule] = []
    op.plan = functools.partial(plan, op, rules)
    op.bind_keywords = functools.partial(bind_keywords, op)
    function: Any = functools.wraps(forward)(caller(op))
    function.name = name
    function.forward = forward
    function.rules = rules
    function.operation = op
    function.with_saved = caller_with_saved(op)
    function.gradient = functools.partial(declare_rule, op, rules)
    OPERATIONS[name] = function
    return function


def declare_rule(
    op: Operation, rules: list[Rule], *inputs: str, new: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare the decorated function to be the rule of these inputs.

    new : its answers are arrays that it has just made, one for each input: not g, nothing that the
        graph keeps, no views.  The tape may then add to them, or hand them out as `grad`, without
        a copy.
    """
    if not inputs or not all(isinstance(name, str) for name in inputs):
        raise TypeError(
            f"a rule of {op.name!r} has to name its inputs: @{op.name}.gradient({op.names[0]!r})"
        )

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        first, *asks = signature(function)[0]
        known = {*op.names, *(f"{n}_shape" for n in op.names), *op.saves, "out"}
        if op.variadic or len(inputs) > 1:
            known.add("needs")
        if unknown := [n for n in (*inputs, *asks) if n not in known]:
            raise TypeError(
                f"a rule of {op.name!r} names {unknown[0]!r}, which is none of {sorted(known)}"
            )
        if first != "g":
            raise TypeError(f"a rule of {op.name!r} takes g first, got {first!r}")
        function.__name__ = f"{op.name}_gradient_{'_'.join(inputs)}"
        rules.append(Rule(function, inputs, tuple(asks), new))
        op.inputs = tuple(sorted({*op.inputs, *map(op.names.index, inputs)}))
        op.plans.clear()
        return function

    return declare


def plan(op: Operation, rules: Sequence[Rule], parents: Sequence[Any]) -> Plan:
    """The plan of a call with these parents, None where no gradient goes."""
    place = {name: i for i, name in enumerate((*op.names, "out", *op.saves))}
    values: dict[str, int] = {}
    shapes: dict[str, int] = {}
    chosen = []
    for rule in rules:
        several = op.variadic or len(rule.inputs) > 1
        of_rule = tuple(
            range(len(parents)) if op.variadic else (op.inputs.index(place[n]) for n in rule.inputs)
        )
        if any(parents[i] is not None for i in of_rule):
            chosen.append((rule, of_rule, several))
            for name in rule.asks:
                if name in place:
                    values[name] = place[name]
                elif name != "needs":
                    shapes[name] = place[name.removesuffix("_shape")]
    slot = {"needs": -1} | {name: i for i, name in enumerate((*values, *shapes))}
    return Plan(
        values.values(),
        shapes.values(),
        [
            (rule.function, tuple(slot[n] for n in rule.asks), of_rule, several, rule.new)
            for rule, of_rule, several in chosen
        ],
        any(i >= len(op.names) for i in values.values()),
    )


CO_VARARGS = 4  # of a code object's flags: there is a *parameter


def signature(function: Callable[..., Any]) -> tuple[list[str], list[Any], bool]:
    """The names of the parameters, their defaults, and whether the first takes all arguments.

    The parameters are (a, b=1) or (*arrays, b=1): keywords only behind a star.
    """
    code = function.__code__
    if code.co_kwonlyargcount and not code.co_flags & CO_VARARGS:
        raise TypeError(
            f"{function.__name__}: an operation's parameters are (a, b=1) or (*arrays, b=1); leave "
            "out the bare star, any of them may be given by keyword"
        )
    positional = list(code.co_varnames[: code.co_argcount])
    keyword = list(code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount])
    variadic = bool(code.co_flags & CO_VARARGS)
    starred = [code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] if variadic else []
    defaults = list(function.__defaults__ or ())
    given = function.__kwdefaults__ or {}
    return (
        [*positional, *starred, *keyword],
        [MISSING] * (len(positional) - len(defaults) + len(starred))
        + defaults
        + [given.get(name, MISSING) for name in keyword],
        variadic,
    )


def with_aliases(function: Any) -> Any:
    """A function that takes the other names of its arguments too; with words."""
    own = function.__wrapped__ if hasattr(function, "whole") else function
    code = own.__code__
    taken = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    starred = signature(own)[0][code.co_argcount] if code.co_flags & CO_VARARGS else None

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs and "out" in kwargs:
            return into(function.__name__, kwargs.pop("out"), call, args, kwargs)
        for name in [name for name in kwargs if name not in taken]:
            value = kwargs.pop(name)
            known = [n for n in ALIASES.get(name, ()) if n in taken]
            if name == starred or (starred in ALIASES.get(name, ()) and not known):
                args = (*args, value)
            elif not known:
                raise TypeError(
                    f"{function.__name__}() got an unexpected keyword argument {name!r}; it takes "
                    f"{', '.join(taken)}"
                )
            elif known[0] in kwargs:
                raise TypeError(f"{function.__name__}() got both {name!r} and {known[0]!r}")
            else:
                kwargs[known[0]] = value
        return function(*args, **kwargs)

    return with_words(function, call)


def bind_keywords(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position; TypeError says what is wrong with a call."""
    values = [*args, *op.defaults[len(args) :]]
    if len(args) > len(op.names):
        raise TypeError(
            f"{op.name}() takes {len(op.names)} arguments ({', '.join(op.names)}), got {len(args)}"
        )
    for name, value in kwargs.items():
        known = [n for n in (name, *ALIASES.get(name, ())) if n in op.names]
        if not known:
            raise TypeError(
                f"{op.name}() got an unexpected keyword argument {name!r}; it takes "
                f"{', '.join(op.names)}"
            )
        place = op.names.index(known[0])
        if place < len(args):
            raise TypeError(f"{op.name}() got multiple values for argument {known[0]!r}")
        values[place] = value
    if missing := [n for n, v in zip(op.names, values, strict=True) if v is MISSING]:
        raise TypeError(f"{op.name}() is missing a required argument: {missing[0]!r}")
    return tuple(values)
