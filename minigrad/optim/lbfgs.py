"""L-BFGS: Newton's method with a Hessian guessed from the last few gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import repeat
from math import inf, sqrt
from threading import get_ident
from typing import Any, NamedTuple

import numpy as np

from ..engine.changes import carry_out
from ..engine.convert import as_array
from ..engine.dtypes import check_integer
from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor, tensor_of
from ..engine.words import describe
from .optimizer import Optimizer

CURVATURE = 1e-10
"""A pair (s, y) with s . y below this says nothing about a minimum and is not kept."""

ARMIJO, WOLFE = 1e-4, 0.9
"""c1 and c2 of the strong Wolfe conditions."""


class LBFGS(Optimizer):
    """Limited-memory BFGS: steps by -H g, where H is built from the last `history_size` steps.

        s = the last step, y = the change of g in it, r = 1 / (s . y)
        H <- (I - r s y') H (I - r y s') + r s s'       (from (s . y) / (y . y) * I)
        p <- p - t * H g                                (t = lr, or by line_search_fn)

    params : tensors that require gradients; one group only
    max_iter : how many of these steps one `step()` makes at most
    max_eval : how often it calls the closure at most; 5/4 of max_iter where it is not given
    tolerance_grad, tolerance_change : it stops when no gradient, or no change of a parameter or of
        the loss, is larger
    line_search_fn : "strong_wolfe" or None

    `step(closure)` needs the closure, which computes loss and gradients anew.  If it raises, the
    parameters and the state are as before the step.

    Nocedal and Wright, "Numerical optimization", 2006, algorithms 7.4 and 7.5, for the line search
    3.5 and 3.6; the limits within a search are those of Schmidt's minFunc.  Raises ValueError for
    options out of range and for a second group.

    >>> import minigrad as mg
    >>> from minigrad import optim
    >>> w = mg.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - mg.tensor([1.0, 2.0])) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    20.0
    >>> w.numpy().round(3)
    array([1., 2.], dtype=float32)
    """

    counts = ("func_evals", "n_iter")

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_integer("LBFGS: max_iter", max_iter)
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )

    def _check(self, options: Mapping[str, Any]) -> dict[str, Any]:
        checked = super()._check(options)
        if checked["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(
                "LBFGS: line_search_fn must be None or 'strong_wolfe', got "
                f"{checked['line_search_fn']!r}"
            )
        return checked

    def add_param_group(self, param_group: Mapping[str, Any]) -> None:
        if self.param_groups:
            raise ValueError("LBFGS: all parameters must be in one group")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """As many steps as the options allow; gives what the closure gave first."""
        if not callable(closure):
            raise TypeError(
                "LBFGS: step(closure) needs a function that computes the loss anew, got "
                f"{describe(closure)}"
            )
        if self._stepping:
            raise self._at_work()
        self._stepping = get_ident()
        try:
            return self._step(closure)
        finally:
            self._stepping = False

    def _step(self, closure: Callable[[], Any]) -> Any:
        options = self._options(0, self.param_groups[0])
        first = self.param_groups[0]["params"][0]
        before = self._position()
        try:
            loss, state = self._minimise(closure, options, _plain(self.state.get(first) or {}))
        except BaseException:
            self._move_to(before)
            raise
        self.state[first] = _keep(state)
        return loss

    def _minimise(
        self, closure: Callable[[], Any], options: dict[str, Any], state: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        def evaluate() -> tuple[Any, np.ndarray]:
            with enable_grad():
                value = closure()
            return value, self._gradient()

        first_loss, g = evaluate()
        loss, evals = float(first_loss), 1
        state["func_evals"] = state.get("func_evals", 0) + 1
        state.setdefault("n_iter", 0)
        if np.abs(g).max(initial=0) <= options["tolerance_grad"]:
            return first_loss, state
        for i in range(1, options["max_iter"] + 1):
            state["n_iter"] += 1
            self._remember(state, g, options)
            d = state["d"] = _direction(g, state)
            loss_before = state["prev_loss"] = loss
            state["prev_flat_grad"] = g
            t = options["lr"]
            if state["n_iter"] == 1:
                t *= min(1.0, 1.0 / float(np.abs(g).sum()))
            slope, evals_before = float(g @ d), evals
            if slope <= -options["tolerance_change"]:
                x = self._position()

                def along(t: float, x: Any = x, d: np.ndarray = d) -> _Point:
                    self._move_to(x, t, d)
                    value, gradient = evaluate()
                    return _Point(t, float(value), gradient, float(gradient @ d))

                if options["line_search_fn"]:
                    start = _Point(0.0, loss, g, slope)
                    point, n = _strong_wolfe(
                        along, start, t, d, options["tolerance_change"], options["max_eval"] - evals
                    )
                    t, loss, g = point[:3]
                    evals += n
                    self._move_to(x, t, d)
                elif i < options["max_iter"]:
                    loss, g = along(t)[1:3]
                    evals += 1
                else:
                    self._move_to(x, t, d)
            state["t"] = t
            state["func_evals"] += evals - evals_before
            if (
                slope > -options["tolerance_change"]
                or evals >= options["max_eval"]
                or np.abs(g).max() <= options["tolerance_grad"]
                or np.abs(t * d).max() <= options["tolerance_change"]
                or abs(loss - loss_before) < options["tolerance_change"]
            ):
                break
        return first_loss, state

    def _remember(self, state: dict[str, Any], g: np.ndarray, options: dict[str, Any]) -> None:
        """Keep the last s and y, and r; without them begin with an empty memory."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            return
        y = g - state["prev_flat_grad"]
        s = state["t"] * state["d"]
        ys = float(y @ s)
        if ys > CURVATURE:
            for key, item in (("old_dirs", y), ("old_stps", s), ("ro", 1 / ys)):
                state[key] = [*state[key], item][-options["history_size"] :]
            state["H_diag"] = ys / float(y @ y)

    # ------------------------------------------------------------------ all parameters as a vector

    def _gradient(self) -> np.ndarray:
        grads = [
            np.zeros_like(p.numpy()) if p._grad is None else p._grad.numpy()
            for p in self._parameters()
        ]
        return np.concatenate([grad.ravel() for grad in grads])

    def _position(self) -> list[np.ndarray]:
        return [p.numpy().copy() for p in self._parameters()]

    def _move_to(self, x: list[np.ndarray], t: float = 0.0, d: np.ndarray | None = None) -> None:
        """Set the parameters to x + t * d."""
        if d is not None:
            ends = np.cumsum([a.size for a in x])[:-1]
            x = [a + t * b.reshape(a.shape) for a, b in zip(x, np.split(d, ends), strict=True)]
        targets = [p._writable() for p in self._parameters()]
        carry_out(zip(repeat(np.ndarray.__setitem__), targets, repeat(...), x, strict=False))

    def _loaded_state(
        self, param: Tensor, kept: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        size, dtype = sum(p._data.size for p in self._parameters()), param._data.dtype

        def vector(key: str, value: Any) -> Tensor:
            array = np.array(as_array(value, f"LBFGS: {key}"), dtype)
            if array.shape != (size,):
                raise ValueError(f"LBFGS: wanted {key!r} of shape {(size,)}, got {array.shape}")
            return tensor_of(array)

        state: dict[str, Any] = {}
        for key, value in kept.items():
            if key in ("d", "prev_flat_grad"):
                state[key] = vector(key, value)
            elif key in ("old_dirs", "old_stps"):
                state[key] = [vector(key, item) for item in value]
            elif key == "ro":
                state[key] = [float(r) for r in value]
            elif key in ("func_evals", "n_iter"):
                state[key] = int(value)
            elif key in ("t", "H_diag", "prev_loss"):
                state[key] = float(value)
            elif key != "al":  # PyTorch keeps its scratch memory there
                raise ValueError(f"LBFGS: the state has {key!r}, which it does not know")
        if state.get("n_iter") and not {"d", "t", "prev_flat_grad", "old_dirs"} <= state.keys():
            raise ValueError(f"LBFGS: the state is not whole, it has {[*state]}")
        return state


class _Point(NamedTuple):
    """A point of the line: how far, the loss, its gradient, and its slope along the line."""

    t: float
    f: float
    g: np.ndarray
    slope: float


def _direction(g: np.ndarray, state: Mapping[str, Any]) -> np.ndarray:
    """-H g by the two-loop recursion, without H (Nocedal and Wright, algorithm 7.4)."""
    pairs = [*zip(state["old_stps"], state["old_dirs"], state["ro"], strict=True)]
    q: np.ndarray = -g
    shares: list[float] = []
    for s, y, r in reversed(pairs):
        shares.append(r * float(s @ q))
        q = q - shares[-1] * y
    q = state["H_diag"] * q
    for (s, y, r), share in zip(pairs, reversed(shares), strict=True):
        q = q + (share - r * float(y @ q)) * s
    return q


def _strong_wolfe(
    along: Callable[[float], _Point],
    start: _Point,
    t: float,
    d: np.ndarray,
    tolerance: float,
    most: int,
) -> tuple[_Point, int]:
    """A point low enough and flat enough, and how many were tried, about `most` at most.

    f <= f0 + c1 * t * slope0 and abs(slope) <= -c2 * slope0.  First t grows until a minimum lies
    between two points (algorithm 3.5), then these close in on it (algorithm 3.6).
    """

    def too_high(point: _Point) -> bool:
        return point.f > start.f + ARMIJO * point.t * start.slope

    def flat(point: _Point) -> bool:
        return abs(point.slope) <= -WOLFE * start.slope

    before, here, tried = start, along(t), 1
    while tried <= most:
        if too_high(here) or (tried > 2 and here.f >= before.f):
            break
        if flat(here):
            return here, tried
        if here.slope >= 0:
            break
        t = _cubic(before, here, here.t + 0.01 * (here.t - before.t), 10 * here.t)
        before, here, tried = here, along(t), tried + 1
    else:
        before = start
    ends = [before, here]
    low = int(here.f < before.f)
    at_the_edge = False
    width = float(np.abs(d).max())
    while tried <= most and abs(ends[1].t - ends[0].t) * width >= tolerance:
        a, b = sorted(ends, key=lambda point: point.t)
        t = _cubic(a, b, a.t, b.t)
        margin = 0.1 * (b.t - a.t)
        if min(b.t - t, t - a.t) >= margin:
            at_the_edge = False
        elif at_the_edge or t in (a.t, b.t):  # too near twice, or there: step inside
            t = b.t - margin if b.t - t < t - a.t else a.t + margin
            at_the_edge = False
        else:
            at_the_edge = True
        here, tried = along(t), tried + 1
        if too_high(here) or here.f >= ends[low].f:
            ends[1 - low] = here
            low = int(ends[1].f < ends[0].f)
        else:
            if flat(here):
                return here, tried
            if here.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = here
    return ends[low], tried


def _cubic(a: _Point, b: _Point, least: float, most: float) -> float:
    """Where the cubic through two points and their slopes is least, within limits; a.t <= b.t.

    Nocedal and Wright, equation 3.59.
    """
    if a.t == b.t:  # a rate of 0
        return b.t
    d1 = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    d2 = sqrt(square) if square >= 0 else inf
    across = b.slope - a.slope + 2 * d2
    if not 0 < abs(across) < inf:  # no minimum
        return (least + most) / 2
    t = b.t - (b.t - a.t) * (b.slope + d2 - d1) / across
    return min(max(t, least), most)


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays in the tensors' places."""

    def array(value: Any) -> Any:
        return value._data if isinstance(value, Tensor) else value

    return {k: [*map(array, v)] if isinstance(v, list) else array(v) for k, v in state.items()}


def _keep(state: Mapping[str, Any]) -> dict[str, Any]:
    """Tensors in the arrays' places."""

    def tensor(value: Any) -> Any:
        return tensor_of(value) if isinstance(value, np.ndarray) else value

    return {k: [*map(tensor, v)] if isinstance(v, list) else tensor(v) for k, v in state.items()}
