"""What an operation is: a forward function on arrays, and beside it its derivatives.

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
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, ParamSpec, Protocol, overload

import numpy as np
from numpy import ndarray

from .tape import Node, Operation, hold, mode
from .tensor import Tensor, _Fields, as_array, default_dtype, result

P = ParamSpec("P")


class OperationFunction(Protocol[P]):
    """What `@operation` makes: called like the forward function, on tensors."""

    name: str
    forward: Callable[..., Any]
    rules: list[Rule]
    gradient: Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]
    __name__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        """Run the operation, and record it where a gradient is wanted."""


OPERATIONS: dict[str, OperationFunction[Any]] = {}
"""Every operation by name; what the tests run through."""


class Rule(NamedTuple):
    """A function that gives the cotangents of some inputs, and what it asks for."""

    function: Callable[..., Any]
    inputs: tuple[str, ...]
    wants: tuple[str, ...]  # the names of the parameters after g


class _Plan:
    """What to keep, and which rules to call, where a given set of inputs wants gradients.

    values : places among (*arguments, output, *saved)
    shapes : the same, of which only the shape is kept
    calls : of each rule the function; the places in `Node.kept` of what it wants, -1 for `needs`;
        the places in `Node.parents` of its inputs; and whether it is for several
    """

    __slots__ = ("values", "shapes", "calls")

    def __init__(self, values: Any, shapes: Any, calls: Any) -> None:
        self.values: tuple[int, ...] = tuple(values)
        self.shapes: tuple[int, ...] = tuple(shapes)
        self.calls: tuple[tuple[Callable[..., Any], tuple[int, ...], tuple[int, ...], bool], ...]
        self.calls = tuple(calls)


_MISSING = object()
CO_VARARGS = 4  # of a code object's flags: there is a *parameter


def _signature(function: Callable[..., Any]) -> tuple[list[str], list[Any], bool]:
    """The names of the parameters, their defaults, and whether the first takes all arguments.

    The parameters are (a, b=1) or (*arrays, b=1): keywords only behind a star.
    """
    code = function.__code__
    positional = list(code.co_varnames[: code.co_argcount])
    keyword = list(code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount])
    variadic = bool(code.co_flags & CO_VARARGS)
    starred = [code.co_varnames[code.co_argcount + code.co_kwonlyargcount]] if variadic else []
    defaults = list(function.__defaults__ or ())
    given = function.__kwdefaults__ or {}
    return (
        [*positional, *starred, *keyword],
        [_MISSING] * (len(positional) - len(defaults) + len(starred))
        + defaults
        + [given.get(name, _MISSING) for name in keyword],
        variadic,
    )


class _Operation(Operation):
    """The rules of one operation, and the record and replay of its calls."""

    __slots__ = (
        *("forward", "saves", "real", "names", "defaults", "variadic", "places", "rules"),
        *("inputs", "plans", "required"),
    )

    def __init__(self, forward: Callable[..., Any], saves: tuple[str, ...], real: bool) -> None:
        self.name = forward.__name__.strip("_")
        self.forward = forward
        self.saves = saves
        self.real = real
        self.names, self.defaults, self.variadic = _signature(forward)
        self.required = len(self.defaults)  # arguments that a call must give
        while self.required and self.defaults[self.required - 1] is not _MISSING:
            self.required -= 1
        self.places = {name: i for i, name in enumerate((*self.names, "out", *saves))}
        self.rules: list[Rule] = []
        self.inputs: tuple[int, ...] = ()  # arguments that a rule differentiates
        self.plans: dict[int, _Plan] = {}  # by which inputs have parents: a bit each, behind a 1

    def gradient(self, *inputs: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the decorated function to be the rule of these inputs."""

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            first, *wants = _signature(function)[0]
            known = {*self.names, *(f"{n}_shape" for n in self.names), *self.saves, "out"}
            if self.variadic or len(inputs) > 1:
                known.add("needs")
            if unknown := [n for n in (*inputs, *wants) if n not in known]:
                raise TypeError(
                    f"a rule of {self.name!r} names {unknown[0]!r}, which is none of "
                    f"{sorted(known)}"
                )
            if first != "g":
                raise TypeError(f"a rule of {self.name!r} takes g first, got {first!r}")
            function.__name__ = f"{self.name}_gradient_{'_'.join(inputs)}"
            self.rules.append(Rule(function, inputs, tuple(wants)))
            self.inputs = tuple(sorted({*self.inputs, *map(self.names.index, inputs)}))
            self.plans.clear()
            return function

        return declare

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """All arguments by position, defaults filled in."""
        values = [*args, *self.defaults[len(args) :]]
        if not kwargs and self.required <= len(args) <= len(self.names):
            return values
        for name, value in kwargs.items():
            place = self.places.get(name, -1)
            if not len(args) <= place < len(self.names):  # given twice, or unknown
                break
            values[place] = value
        else:
            if len(values) == len(self.names) and not any(v is _MISSING for v in values):
                return values
        import inspect  # takes longer to import than all of this module, for an error only

        inspect.signature(self.forward).bind(*args, **kwargs)  # raises: says what is wrong
        raise TypeError(f"{self.name}: cannot take {args} {kwargs}")

    def plan(self, parents: Sequence[Any]) -> _Plan:
        """The plan of a call with these parents, None where no gradient goes."""
        place = self.places
        values: dict[str, int] = {}
        shapes: dict[str, int] = {}
        chosen = []
        for rule in self.rules:
            several = self.variadic or len(rule.inputs) > 1
            inputs_of_rule = (
                tuple(range(len(parents)))
                if self.variadic
                else tuple(self.inputs.index(place[n]) for n in rule.inputs)
            )
            if any(parents[i] is not None for i in inputs_of_rule):
                chosen.append((rule, inputs_of_rule, several))
                for name in rule.wants:
                    if name in place:
                        values[name] = place[name]
                    elif name != "needs":
                        shapes[name] = place[name.removesuffix("_shape")]
        slot = {"needs": -1} | {name: i for i, name in enumerate((*values, *shapes))}
        calls = [
            (rule.function, tuple([slot[n] for n in rule.wants]), inputs, several)
            for rule, inputs, several in chosen
        ]
        return _Plan(values.values(), shapes.values(), calls)

    def convert(self, args: Sequence[Any], values: list[Any]) -> None:
        """Make arrays of the inputs among `values`, in place, and bring them to one dtype.

        Python's and NumPy's scalars are left to take the dtype of the arrays beside them, and an
        integer array never widens a floating one; beside a Python float, and for a `real`
        operation, integers become float32.
        """
        inputs = range(len(values)) if self.variadic else self.inputs
        weak = []
        for i in inputs:
            a = args[i]
            if isinstance(a, np.generic):
                values[i] = a.item()
            if a is None or type(values[i]) in (float, int, bool):
                weak.append(i)
            elif not isinstance(a, Tensor):
                values[i] = as_array(a, self.name)
        strong = [i for i in inputs if i not in weak]
        if not strong:
            strong = [i for i in weak if args[i] is not None]
            for i in strong:
                values[i] = as_array(args[i], self.name)
        dtypes = [values[i].dtype for i in strong]
        floats = [d for d in dtypes if d.kind == "f"]
        if floats:
            dtype = np.result_type(*floats)
        elif self.real or any(type(values[i]) is float for i in weak):
            dtype = default_dtype
        else:
            return
        for i in strong:
            if values[i].dtype != dtype:
                values[i] = values[i].astype(dtype)

    def run(self, args: Sequence[Any], values: list[Any], needs: int) -> Tensor:
        """Forward, and a node where one is due.

        args as given; values: arrays for tensors, a list that is used up; needs: how many of them
        require a gradient.
        """
        try:
            out = self.forward(*values) if not self.variadic else self.forward_several(*values)
        except (TypeError, ValueError, IndexError) as error:
            # Some of NumPy's own type errors take other arguments than a text.
            kind = TypeError if isinstance(error, TypeError) else type(error)
            raise kind(f"{self.described(values)}: {error}") from error
        if not self.saves:
            values.append(out)
        else:
            values.extend(out)
            out = out[0]
        if needs and self.inputs and mode.recording:
            return result(out, self.record(args, values, needs))
        return result(out, None)

    def forward_several(self, arrays: Sequence[Any], *attributes: Any) -> Any:
        return self.forward(*arrays, **dict(zip(self.names[1:], attributes, strict=True)))

    def described(self, values: Sequence[Any]) -> str:
        """The call in words: shapes and dtypes, and whatever is not as by default."""
        shown = [
            f"{name}={_described(value)}"
            for name, value, default in zip(self.names, values, self.defaults, strict=True)
            if value is not default and not callable(value)
        ]
        return f"{self.name}({', '.join(shown)})"

    def record(self, args: Sequence[Any], sources: list[Any], needs: int) -> Node:
        """The node of a call.  sources: the arguments as arrays, the output, what was saved."""
        parents = []
        pattern = 1
        several = args[0] if self.variadic else [args[i] for i in self.inputs]
        for a in several:
            pattern <<= 1
            parent = None
            if isinstance(a, _Fields):
                tensor = a
                if tensor._requires_grad:
                    parent = tensor if tensor._node is None else tensor._node
                    pattern |= 1
                    needs -= 1
            parents.append(parent)
        if needs:
            raise ValueError(self.without_rule(args))
        plan = self.plans.get(pattern)
        if plan is None:
            plan = self.plans[pattern] = self.plan(parents)
        kept = []
        holds = None
        count = len(args)
        for i in plan.values:
            value = sources[i]
            kept.append(value)
            if type(value) is ndarray:
                # Nobody outside can write to what an operation allocated (see Tensor.data).
                if i < count:
                    a = args[i]
                    ours = False
                    if isinstance(a, _Fields):
                        tensor = a
                        ours = tensor._node is not None
                else:  # unless the forward function passed on what it was given
                    ours = True
                    for j in range(count):
                        if sources[j] is value:
                            ours = False
                if not ours or value.base is not None:
                    holds = [*(holds or ()), hold(value)]
            elif type(value) is tuple:
                holds = [*(holds or ()), *[hold(v) for v in value if type(v) is ndarray]]
            elif type(value) is list:
                kept[-1] = copy.deepcopy(value)  # the caller may change it
        for i in plan.shapes:
            kept.append(_shape(sources[i]))
        out = sources[count]
        return Node(self, plan, parents, kept, holds, out.shape, out.dtype)

    def without_rule(self, args: Sequence[Any]) -> str:
        """The words for a gradient that is wanted of an argument without a rule."""
        named = [
            name
            for i, (name, a) in enumerate(zip(self.names, args, strict=True))
            if isinstance(a, Tensor) and a._requires_grad and i not in self.inputs
        ]
        return (
            f"{self.name} has no derivative with respect to {', '.join(map(repr, named))}, which "
            "requires a gradient; pass it detached: .detach()"
        )

    def pull(
        self, node: Node, g: Any, needs: Sequence[bool] | None, create_graph: bool
    ) -> list[tuple[Any, Any]]:
        """Pairs of a parent and its cotangent by the rules; only where there is a need."""
        kept: list[Any] = self.as_tensors(node) if create_graph else node.kept  # type: ignore[assignment]
        parents = node.parents
        answers = []
        for function, wants, inputs, several in node.plan.calls:
            if several:
                wanted = tuple([parents[i] is not None and (not needs or needs[i]) for i in inputs])
                if True in wanted:
                    parts = function(g, *[kept[k] if k >= 0 else wanted for k in wants])
                    if len(parts) != len(inputs):
                        raise ValueError(f"wanted {len(inputs)} cotangents, got {len(parts)}")
                    for k, i in enumerate(inputs):
                        if wanted[k]:
                            answers.append((parents[i], parts[k]))
            elif not needs or needs[inputs[0]]:
                if not wants:  # building a list of arguments would take longer than most rules
                    answer = function(g)
                elif len(wants) == 1:
                    answer = function(g, kept[wants[0]])
                else:
                    answer = function(g, *[kept[k] for k in wants])
                answers.append((parents[inputs[0]], answer))
        if create_graph:
            return [(p, a if isinstance(a, Tensor) else Tensor(a)) for p, a in answers]
        return answers

    def as_tensors(self, node: Node) -> list[Any]:
        """What a node kept, as tensors that remember where they came from."""
        kept = list(node.kept)  # type: ignore[arg-type]
        for k, place in enumerate(node.plan.values):
            if self.variadic and place == 0:
                kept[k] = tuple(map(_attached, kept[k], node.parents))
            elif place in self.inputs:
                kept[k] = _attached(kept[k], node.parents[self.inputs.index(place)])
            elif place == len(self.names):  # the output
                kept[k] = _attached(kept[k], node)
        return kept


def _attached(array: Any, parent: Any) -> Any:
    """A kept array as the tensor it was: attached to its node, the leaf itself, or a constant."""
    if parent is None:
        return array
    if isinstance(parent, Node):
        return result(array, parent)
    if parent._data is not array and not np.array_equal(parent._data, array, equal_nan=True):
        raise RuntimeError(
            f"a leaf of shape {parent.shape} was changed since the graph was made; create_graph "
            "needs the leaf as it was"
        )
    return parent


def _shape(value: Any) -> Any:
    return tuple(map(np.shape, value)) if type(value) is tuple else np.shape(value)


def _described(value: Any) -> str:
    if isinstance(value, ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, (tuple, list)) and any(isinstance(v, ndarray) for v in value):
        return f"({', '.join(map(_described, value))})"
    return repr(value)


def _call(op: _Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The operation on tensors, arrays, numbers and nested lists."""
    if kwargs or len(args) != len(op.names):
        args = tuple(op.bind(args, kwargs))
    values = list(args)
    given = False
    needs = 0
    for i, a in enumerate(args):
        if isinstance(a, _Fields):
            tensor = a
            values[i] = tensor._data
            given = True
            if tensor._requires_grad:
                needs += 1
    if not given and mode.in_rule:
        out = op.forward(*values)
        return out[0] if op.saves else out
    dtype = None
    for i in op.inputs:  # the usual: tensors of one dtype, and Python floats
        v = values[i]
        if v is not args[i]:
            if dtype is None:
                dtype = v.dtype
            elif v.dtype is not dtype:
                dtype = None
                break
        elif type(v) is not float:
            dtype = None
            break
    if dtype is None or dtype.kind != "f":
        op.convert(args, values)
    return op.run(args, values, needs)


def _call_on_several(op: _Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The same for an operation of `*arrays`."""
    values = [a._data if isinstance(a, Tensor) else a for a in args]
    arguments = (args, *op.bind((args,), kwargs)[1:])
    if mode.in_rule and not any([isinstance(a, Tensor) for a in args]):
        return op.forward_several(values, *arguments[1:])
    op.convert(args, values)
    needs = sum([isinstance(a, Tensor) and a._requires_grad for a in args])
    return op.run(arguments, [tuple(values), *arguments[1:]], needs)


@overload
def operation(
    forward: Callable[P, Any], *, saves: Sequence[str] = (), real: bool = False
) -> OperationFunction[P]: ...
@overload
def operation(
    forward: None = None, *, saves: Sequence[str] = (), real: bool = False
) -> Callable[[Callable[P, Any]], OperationFunction[P]]: ...
def operation(forward: Any = None, *, saves: Sequence[str] = (), real: bool = False) -> Any:
    """Make an operation on tensors of a function on arrays.

    forward : takes arrays (and other arguments) and returns an array
    saves : names of further values that the function returns behind the array, as a tuple, for
        rules to ask for
    real : a function of real numbers, which integers and bools reach as float32

    The operation takes tensors, arrays, numbers and nested lists wherever a rule names an
    argument as its input, and gives a tensor.  An error inside the function is raised again
    with the operation's name, shapes and dtypes in front.

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
        return functools.partial(operation, saves=saves, real=real)
    op = _Operation(forward, tuple(saves), real)

    @functools.wraps(forward)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _call(op, args, kwargs)

    @functools.wraps(forward)
    def call_on_several(*args: Any, **kwargs: Any) -> Any:
        return _call_on_several(op, args, kwargs)

    function: Any = call_on_several if op.variadic else call
    function.name = op.name
    function.forward = forward
    function.rules = op.rules
    function.gradient = op.gradient
    OPERATIONS[op.name] = function
    return function
