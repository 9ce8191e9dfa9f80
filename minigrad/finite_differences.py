"""Analytic against numerical gradients: the check that every rule of this library passes.

The numerical side is the central difference (f(x + h) - f(x - h)) / 2h of <v, f(x)> with a
random cotangent v, element by element, in float64, where its error near h = 1e-5 is the
smallest that truncation (h**2) and rounding (1e-16 / h) allow together (Nocedal and Wright,
*Numerical Optimization*, 2nd ed., Springer 2006, sec. 8.1).  v is not uniform: under a cotangent
of ones whole terms of some gradients (batch norm's, softmax's) cancel, and a rule without them
would pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from .autograd import grad
from .engine.convert import as_array
from .engine.dtypes import check_integer, check_number
from .engine.tensor import Tensor, tensor_of

__all__ = ["GradcheckError", "GradcheckReport", "InputErrors", "gradcheck"]


class GradcheckError(RuntimeError):
    """Analytic and numerical gradients differ; the message says where first, then the report."""


class InputErrors(NamedTuple):
    """How far the two gradients of one input are apart.

    absolute and relative are the largest errors over the elements; worst is the index of the
    element that exceeds its tolerance most, with both of its values.
    """

    name: str
    shape: tuple[int, ...]
    absolute: float
    relative: float
    worst: tuple[int, ...]
    analytic: float
    numerical: float
    passed: bool


class GradcheckReport(NamedTuple):
    """The outcome of a check, one row an input; true where all passed; printed as a table."""

    rows: list[InputErrors]
    settings: str

    @property
    def passed(self) -> bool:
        """Did every input pass?"""
        return all(row.passed for row in self.rows)

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        head = ("input", "shape", "abs error", "rel error", "worst at", "analytic", "numerical", "")
        lines = [head] + [
            (
                r.name,
                str(r.shape),
                f"{r.absolute:.1e}",
                f"{r.relative:.1e}",
                str(r.worst),
                f"{r.analytic:.9g}",
                f"{r.numerical:.9g}",
                "ok" if r.passed else "WRONG",
            )
            for r in self.rows
        ]
        widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
        table = ["  ".join(c.ljust(w) for c, w in zip(x, widths, strict=True)) for x in lines]
        return "\n".join([line.rstrip() for line in table] + [self.settings])


def gradcheck(
    function: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-5,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    order: int = 1,
    seed: int = 0,
    raise_exception: bool = True,
    names: Sequence[str] | None = None,
) -> GradcheckReport:
    """Compare the gradients of `function` with central differences, element by element.

    function : takes the inputs as tensors; gives a tensor or a tuple of tensors, the same at
        each call
    inputs : a tensor or array, or a sequence of them; taken to float64.  Integer ones are passed on
        as they are.  Stay at least 10 eps away from kinks.
    eps : the step h
    rtol, atol : an element passes where |analytic - numerical| <= atol + rtol * |numerical|
    order : 2 to check the gradients as create_graph makes them, and their gradients, as well
    seed : of the random cotangents
    raise_exception : raise where a gradient is wrong; otherwise the report says so
    names : of the inputs, for the report; by default the parameters' names where the function is
        an operation, otherwise their numbers

    Raises GradcheckError (what is wrong first, then the report), ValueError for a function that is
    not deterministic, for inputs without a floating one, or beside which `eps` is lost in rounding,
    and for settings out of range, TypeError for a function that gives something else.

    >>> import minigrad as mg
    >>> report = mg.gradcheck(lambda x, y: mg.sin(x) * y, ([0.5, 1.0], 2.0), order=2)
    >>> report.passed, [row.name for row in report.rows]
    (True, ['0', '1', 'd0', 'd0/0', 'd0/1', 'd0/v', 'd1', 'd1/0', 'd1/1', 'd1/v'])
    """
    __tracebackhide__ = True  # pytest then shows the line that called us, and the message
    if not callable(function):
        got = type(function).__name__
        raise TypeError(f"gradcheck: function: wanted a function, got {got}")
    for name, value in (("eps", eps), ("rtol", rtol), ("atol", atol)):
        check_number(f"gradcheck: {name}", value)
    if not (0 < eps < np.inf and rtol >= 0 and atol >= 0):
        raise ValueError(f"gradcheck: wanted eps > 0, rtol and atol >= 0, got {eps, rtol, atol}")
    if check_integer("gradcheck: seed", seed) < 0:
        raise ValueError(f"gradcheck: seed must not be negative, got {seed}")
    if order not in (1, 2):
        raise ValueError(f"gradcheck: order must be 1 or 2, got {order!r}")
    kinds: Any = (Tensor, np.ndarray, Iterable, Real)
    if not isinstance(inputs, kinds):
        raise TypeError(f"gradcheck: inputs: wanted tensors or arrays, got {type(inputs).__name__}")
    single = isinstance(inputs, (Tensor, np.ndarray, Real))
    arrays = [as_array(x, "gradcheck") for x in ([inputs] if single else inputs)]
    xs = [np.array(a, np.float64 if a.dtype.kind == "f" else a.dtype) for a in arrays]
    if not any(x.dtype.kind == "f" for x in xs):
        raise ValueError("gradcheck: no input is floating, so there is nothing to differentiate")
    rng = np.random.default_rng(seed)
    check = _Check(eps, rtol, atol, rng)
    labels = _labels(function, len(xs), names)
    rows, cotangents = check.compare(function, xs, labels)
    if order == 2:
        rows += check.second_order(function, xs, labels)
    settings = f"float64, eps {eps:g}, rtol {rtol:g}, atol {atol:g}, seed {seed}"
    report = GradcheckReport(rows, settings)
    if raise_exception and not report:
        raise GradcheckError(f"{_verdict(function, report, cotangents)}\n\n{report}")
    return report


def _labels(function: Any, count: int, names: Sequence[str] | None) -> list[str]:
    """What the rows are called."""
    if names is None:
        op = getattr(function, "operation", None)
        known = op.names if op is not None and not op.variadic else map(str, range(count))
        return [*known][:count]
    if isinstance(names, str) or not isinstance(names, Sequence):
        raise TypeError(f"gradcheck: names: wanted a list of texts, got {names!r:.60}")
    if len(names) != count:
        raise ValueError(f"gradcheck: names: wanted {count} of them, got {len(names)}")
    return list(names)


def _verdict(function: Any, report: GradcheckReport, cotangents: Sequence[np.ndarray]) -> str:
    """The wrong number of the first wrong row, beside the right one, and whose it is."""
    row = next(row for row in report.rows if not row.passed)
    name, _, by = row.name.partition("/")
    place = list(row.worst) if row.worst else ""
    of_gradient = any(r.name.startswith(f"{name}/") for r in report.rows)
    if by:
        what = f"the gradient of {name} by {by}{place}"
    elif of_gradient:
        what = f"{name}{place}, as create_graph makes it,"
    else:
        what = f"the gradient by {name}{place}"
    lines = [f"{what} is {row.analytic:.9g}, and should be {row.numerical:.9g}"]
    if not of_gradient and sum(v.size for v in cotangents) <= 8:
        lines[0] += f", for g = {', '.join(str(v.round(9).tolist()) for v in cotangents)}"
    for rule in getattr(function, "rules", ()):
        if (name[1:] if of_gradient else name) in rule.inputs:
            code = rule.function.__code__
            lines.append(f"the rule: {code.co_filename}:{code.co_firstlineno}")
    return "\n".join(lines)


class _Check(NamedTuple):
    eps: float
    rtol: float
    atol: float
    rng: np.random.Generator

    def cotangent(self, shape: tuple[int, ...]) -> np.ndarray:
        """Random, of both signs, and away from 0."""
        return np.asarray(self.rng.uniform(0.5, 1.5, shape) * self.rng.choice([-1.0, 1.0], shape))

    def compare(
        self, function: Callable[..., Any], xs: Sequence[np.ndarray], names: Sequence[str]
    ) -> tuple[list[InputErrors], list[np.ndarray]]:
        """The rows of the inputs, and the cotangents of the outputs."""
        leaves = [tensor_of(x.copy(), requires_grad=x.dtype.kind == "f") for x in xs]
        outs = _tuple(function(*leaves))
        vs = [self.cotangent(out.shape) for out in outs]

        def weighted_sum() -> float:
            values = _tuple(function(*[tensor_of(x.copy()) for x in xs]))
            return float(sum(np.vdot(v, y.numpy()) for v, y in zip(vs, values, strict=True)))

        if (first := weighted_sum()) != (again := weighted_sum()) and first == first:
            raise ValueError(
                f"gradcheck: the function gave {first} and then {again} for the same inputs; it "
                "must be deterministic (seed its randomness inside)"
            )
        wanted = [t for t in leaves if t.requires_grad]
        used = [(out, v) for out, v in zip(outs, vs, strict=True) if out.requires_grad]
        gradients: Sequence[Tensor | None] = [None] * len(wanted)
        if used:
            gradients = grad([o for o, _ in used], wanted, [v for _, v in used], allow_unused=True)
        answers = iter(gradients)
        rows = []
        for x, leaf, name in zip(xs, leaves, names, strict=True):
            if leaf.requires_grad:
                g = next(answers)
                analytic = np.zeros_like(x) if g is None else g.numpy()
                rows.append(self.row(name, x, analytic, self.differences(weighted_sum, x)))
        return rows, vs

    def differences(self, f: Callable[[], float], x: np.ndarray) -> np.ndarray:
        """The central differences of f by each element of x, which is changed and restored."""
        numerical = np.empty(x.shape)
        for i in np.ndindex(x.shape):
            kept = x[i]
            if kept + self.eps == kept - self.eps and np.isfinite(kept):
                raise ValueError(
                    f"gradcheck: eps: {self.eps:g} is lost in rounding beside an input of "
                    f"{kept:g}; take a larger eps, or smaller inputs"
                )
            x[i] = kept + self.eps
            above = f()
            x[i] = kept - self.eps
            below = f()
            x[i] = kept
            numerical[i] = (above - below) / ((kept + self.eps) - (kept - self.eps))
        return numerical

    def row(
        self, name: str, x: np.ndarray, analytic: np.ndarray, numerical: np.ndarray
    ) -> InputErrors:
        if not x.size:
            return InputErrors(name, x.shape, 0.0, 0.0, (), np.nan, np.nan, True)
        error = np.abs(analytic - numerical)
        larger = np.maximum(np.abs(analytic), np.abs(numerical))
        relative = np.divide(error, larger, out=np.zeros(x.shape), where=larger > self.atol)
        excess = np.nan_to_num(error - self.rtol * np.abs(numerical), nan=np.inf)
        worst = np.unravel_index(np.argmax(excess), x.shape)
        return InputErrors(
            name,
            x.shape,
            float(error.max()),
            float(relative.max()),
            tuple(int(i) for i in worst),
            float(analytic[worst]),
            float(numerical[worst]),
            bool(excess.max() <= self.atol),
        )

    def second_order(
        self, function: Callable[..., Any], xs: Sequence[np.ndarray], names: Sequence[str]
    ) -> list[InputErrors]:
        """Check each gradient, seen as a function of the inputs and of the cotangent v.

        The row d0 compares the gradient by input 0 that create_graph makes with the ordinary
        one: a fused rule has a formula for each.
        """
        outs = _tuple(function(*[tensor_of(x) for x in xs]))
        vs = [self.cotangent(out.shape) for out in outs]
        labels = ["v"] if len(vs) == 1 else [f"v{i}" for i in range(len(vs))]
        rows = []
        for k in [k for k, x in enumerate(xs) if x.dtype.kind == "f"]:

            def gradient(*args: Tensor, k: int = k, create_graph: bool = True) -> Tensor:
                inputs, cotangents = list(args[: len(xs)]), args[len(xs) :]
                if not inputs[k].requires_grad:
                    inputs[k] = tensor_of(inputs[k]._data, requires_grad=True)
                values = _tuple(function(*inputs))
                used = [(o, v) for o, v in zip(values, cotangents, strict=True) if o.requires_grad]
                zero = tensor_of(np.zeros(inputs[k].shape))
                if not used:
                    return zero
                (g,) = grad(
                    [o for o, _ in used],
                    inputs[k],
                    [v for _, v in used],
                    create_graph=create_graph,
                    allow_unused=True,
                )
                return zero if g is None else g

            args = [tensor_of(x.copy()) for x in (*xs, *vs)]
            recorded, ordinary = gradient(*args), gradient(*args, create_graph=False)
            rows.append(self.row(f"d{names[k]}", xs[k], recorded.numpy(), ordinary.numpy()))
            found, _ = self.compare(gradient, [*xs, *vs], [*names, *labels])
            rows += [row._replace(name=f"d{names[k]}/{row.name}") for row in found]
        return rows


def _tuple(outputs: Any) -> tuple[Tensor, ...]:
    found = (outputs,) if isinstance(outputs, Tensor) else outputs
    if not isinstance(found, (tuple, list)) or not all(isinstance(y, Tensor) for y in found):
        raise TypeError(
            "gradcheck: function: wanted one that gives a tensor or a tuple of tensors, got "
            f"{outputs!r:.60}"
        )
    return tuple(found)
