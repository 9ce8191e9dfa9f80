"""What is known of an operation before it is called, and what a call of it will have to keep.

`operation.py` fills an `Operation`; from its rules a `Plan` is made once for every pattern of
inputs that want gradients.  `plan.pxd` tells Cython the C types.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .arguments import MISSING


class Rule:
    """A function that gives the cotangents of some inputs, and what it asks for.

    inputs : their names; asks : the names of the function's parameters after g; new : are its
        answers arrays that nobody else has?
    """

    __slots__ = ("asks", "function", "inputs", "new")

    def __init__(
        self,
        function: Callable[..., Any],
        inputs: tuple[str, ...],
        asks: tuple[str, ...],
        new: bool,
    ) -> None:
        self.function, self.inputs, self.asks, self.new = function, inputs, asks, new


class Operation:
    """What a call has to know of its operation.

    forward : the function on arrays, of the parameters `names` with their `defaults`; `variadic`:
        the first takes all that is given by position, `required`: how many have no default
    rules : its derivatives; inputs : places of the arguments that they differentiate
    saves : names of what it returns behind the output, for rules
    real : are integers and bools made floating first?
    same_dtype : are float32 beside float64 refused?
    trusted : is the function minigrad's own?  Others get arrays that they cannot write to.
    told : the place of a parameter `recorded`, or -1
    flags : places of parameters that are True or False
    views : does it give views of its first argument?  Then that has to have memory: no scalar.
    checked : has a call to see to `flags` or `views`?
    plans : by which inputs want gradients, a bit each behind a 1
    """

    __slots__ = """
        name forward names defaults variadic required rules inputs saves real same_dtype trusted
        told flags views checked plans
    """.split()

    def __init__(
        self,
        name: str,
        forward: Callable[..., Any],
        signature: tuple[list[str], list[Any], bool],
        saves: tuple[str, ...],
        real: bool,
        same_dtype: bool,
        trusted: bool,
    ) -> None:
        self.name = name
        self.forward = forward
        self.names, self.defaults, self.variadic = signature
        self.required = len(self.defaults)  # arguments that a call must give
        while self.required and self.defaults[self.required - 1] is not MISSING:
            self.required -= 1
        self.rules: list[Rule] = []
        self.inputs: tuple[int, ...] = ()
        self.saves = saves
        self.real = real
        self.same_dtype = same_dtype
        self.trusted = trusted
        self.told = self.names.index("recorded") if "recorded" in self.names else -1
        self.flags = tuple(
            [i for i, d in enumerate(self.defaults) if isinstance(d, bool) and trusted]
        )
        self.views, self.checked = False, bool(self.flags)
        self.plans: dict[Any, Plan] = {}


class Plan:
    """What to keep, and which rules to call, where a given set of inputs wants gradients.

    values : places among (*arguments, output, *saved) of what is kept
    shapes : the same, of which only the shape is kept
    keeps_output : is the output, or what was saved, among the values?
    rules : of each rule the function; the places in `Call.kept` of what it asks for, -1 for
        `needs`; the places in `Node.parents` of its inputs; is it for several; are its answers new
    """

    __slots__ = ("keeps_output", "rules", "shapes", "values")

    def __init__(self, values: Any, shapes: Any, rules: Any, keeps_output: bool) -> None:
        self.keeps_output = keeps_output
        self.values: tuple[int, ...] = tuple(values)
        self.shapes: tuple[int, ...] = tuple(shapes)
        self.rules: tuple[tuple[Callable[..., Any], Any, Any, bool, bool], ...] = tuple(rules)


def make_plan(op: Operation, parents: Sequence[Any]) -> Plan:
    """The plan of a call with these parents, None where no gradient goes."""
    place = {name: i for i, name in enumerate((*op.names, "out", *op.saves))}
    values: dict[str, int] = {}
    shapes: dict[str, int] = {}
    chosen = []  # the rules that will be called, and for which parents
    for rule in op.rules:
        several = op.variadic or len(rule.inputs) > 1
        if op.variadic:
            inputs = tuple(range(len(parents)))
        else:
            inputs = tuple([op.inputs.index(place[name]) for name in rule.inputs])
        if any([parents[i] is not None for i in inputs]):
            chosen.append((rule, inputs, several))
            for name in rule.asks:
                if name in place:
                    values[name] = place[name]
                elif name != "needs":
                    shapes[name] = place[name.removesuffix("_shape")]
    slot = {"needs": -1} | {name: i for i, name in enumerate((*values, *shapes))}
    rules = [
        (rule.function, tuple([slot[name] for name in rule.asks]), inputs, several, rule.new)
        for rule, inputs, several in chosen
    ]
    keeps_output = any([i >= len(op.names) for i in values.values()])
    return Plan(values.values(), shapes.values(), rules, keeps_output)
