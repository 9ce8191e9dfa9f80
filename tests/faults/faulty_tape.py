"""Faults of the tape, of the tensor and of the modes."""

from __future__ import annotations

import numpy as np
import test_autograd
import test_grad_modes
import test_own_operations
import test_tape
import test_versions
from planting import wrong, wrong_rule

import minigrad as mg
from minigrad.engine import call, grad_mode, tape, version
from minigrad.engine.tensor import Tensor


@wrong_rule("changes its cotangent in place", "negative", "x")
def _(g):
    g *= -1
    return g


@wrong("unbroadcast: forgets the axes in front", tape, "unbroadcast", "add")
def _(g, shape, stretched=None):
    for _ in range(g.ndim - len(shape)):
        g = g[0] if len(g) else g.sum(axis=0)
    return right_unbroadcast(g, shape)


@wrong("unbroadcast: forgets the stretched axes", tape, "unbroadcast", "add")
def _(g, shape, stretched=None):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g[tuple(slice(0, n) for n in shape)] if g.size else np.zeros(shape)


right_unbroadcast = tape.unbroadcast


@wrong("tape: float64 leaks into a float32 gradient", tape, "fit",
       test_own_operations.test_broadcasting_and_dtypes_are_the_tape_s_business)  # fmt: skip
def _(g, parent, stretched):
    return tape.unbroadcast(g, parent.shape)


@wrong("tape: takes every answer for its own", tape.Sums, "add", "add")
def _(self, at, term, new):
    right_add(self, at, term, True)


right_add = tape.Sums.add


@wrong("tape: oldest nodes first", tape.Node, "__lt__",
       *(lambda seed=seed: test_tape.test_random_graphs_against_forward_mode(seed)
         for seed in range(5)))  # fmt: skip
def _(self, other):
    return self.number < other.number


@wrong("tape: nothing is freed", call.Call, "free", test_tape.test_a_second_pass_needs_retain_graph)
def _(self):
    pass


@wrong("tape: computes what nobody asked for", tape, "_between",
       test_autograd.test_only_what_is_needed_is_computed)  # fmt: skip
def _(targets, roots):
    return type("Everything", (), {"__contains__": lambda self, node: node is not None})()


@wrong("tape: nodes hold their outputs, a cycle", call, "result", "add")
def _(array, node):
    tensor = right_result(array, node)
    if node is not None:
        node.line = tensor
    return tensor


right_result = call.result


@wrong("version: changes are not counted", version.Version, "change",
       test_versions.test_a_step_between_forward_and_backward)  # fmt: skip
def _(self):
    pass


@wrong("tensor: a second pass overwrites", Tensor, "_accumulate",
       test_tape.test_passes_add_up_and_leave_earlier_gradients_alone)  # fmt: skip
def _(self, g, own):
    self._grad = Tensor(np.array(g))


@wrong("tensor: gradients add up in the old array", Tensor, "_accumulate",
       test_tape.test_passes_add_up_and_leave_earlier_gradients_alone)  # fmt: skip
def _(self, g, own):
    if self._grad is None:
        self._grad = Tensor(np.array(g))
    else:
        self._grad._data += g


@wrong("no_grad: an exception leaves it on", grad_mode.GradMode, "__exit__",
       lambda: test_grad_modes.test_an_exception_restores_the_mode(mg.ones(2, requires_grad=True))
       )  # fmt: skip
def _(self, kind, error, trace):
    if kind is None:
        right_exit(self, kind, error, trace)


right_exit = grad_mode.GradMode.__exit__
