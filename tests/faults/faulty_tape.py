"""Faults of the tape, of the tensor and of the modes."""

from __future__ import annotations

from typing import Any

import hypothesis
import numpy as np
import pytest
import test_autograd
import test_grad_modes
import test_in_place
import test_modules
import test_own_operations
import test_tape
import test_versions
from hypothesis.stateful import run_state_machine_as_test
from planting import wrong, wrong_rule
from test_graphs import Graphs

import minigrad as mg
from minigrad.engine import (
    backward,
    call,
    drop,
    grad_mode,
    hooks,
    in_place,
    mode,
    record,
    tape,
    unbroadcast,
    version,
)
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import tensor_of
from minigrad.nn import sequential as fusing


def graphs() -> None:
    """Whole graphs beside the oracle: the same ones each time, and no shrinking."""
    run_state_machine_as_test(
        Graphs,
        settings=hypothesis.settings(
            max_examples=250,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
        ),
    )


@wrong_rule("changes its cotangent in place", "negative", "x")
def _(g):
    g *= -1
    return g


@wrong("unbroadcast: forgets the axes in front", unbroadcast, "unbroadcast", "add")
def _(g, shape, stretched=None):
    for _ in range(g.ndim - len(shape)):
        g = g[0] if len(g) else g.sum(axis=0)
    return right_unbroadcast(g, shape)


@wrong("unbroadcast: forgets the stretched axes", unbroadcast, "unbroadcast", "add")
def _(g, shape, stretched=None):
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    return g[tuple(slice(0, n) for n in shape)] if g.size else np.zeros(shape)


right_unbroadcast = unbroadcast.unbroadcast


@wrong("tape: float64 leaks into a float32 gradient", tape, "fit",
       test_own_operations.test_broadcasting_and_dtypes_are_the_tape_s_business)  # fmt: skip
def _(g, parent, stretched):
    return unbroadcast.unbroadcast(g, parent.shape)


@wrong("tape: takes every answer for its own", tape.Sums, "add", "add")
def _(self, receiver, term, new):
    right_add(self, receiver, term, True)


right_add = tape.Sums.add


@wrong("tape: oldest nodes first", tape.Node, "__lt__",
       *(lambda seed=seed: test_tape.test_random_graphs_against_forward_mode(seed)
         for seed in range(5)))  # fmt: skip
def _(self, other):
    return self.number < other.number


@wrong(
    "tape: nothing is freed", record.Call, "free", test_tape.test_a_second_pass_needs_retain_graph
)
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


@wrong("tensor: a second pass overwrites", backward, "_add",
       test_tape.test_passes_add_up_and_leave_earlier_gradients_alone)  # fmt: skip
def _(leaf, g, own):
    leaf._grad = tensor_of(np.array(g))


@wrong("tensor: gradients add up in the old array", backward, "_add",
       test_tape.test_passes_add_up_and_leave_earlier_gradients_alone)  # fmt: skip
def _(leaf, g, own):
    if leaf._grad is None:
        leaf._grad = tensor_of(np.array(g))
    else:
        leaf._grad._data += g


@wrong("no_grad: an exception leaves it on", grad_mode.GradMode, "__exit__",
       lambda: test_grad_modes.test_an_exception_restores_the_mode(mg.ones(2, requires_grad=True))
       )  # fmt: skip
def _(self, kind, error, trace):
    if kind is None:
        right_exit(self, kind, error, trace)


right_exit = grad_mode.GradMode.__exit__


# ------------------------------------------------------------- versions, and changes in place


@wrong("version: only the first that a node keeps is remembered", record, "keep_version",
       lambda: test_versions.test_what_the_first_pass_handed_to_the_second_must_not_change(
           "the second of two"))  # fmt: skip
def _(tensor, versions, place):
    return versions or right_keep_version(tensor, versions, place)


right_keep_version = record.keep_version


@wrong("version: a change is older than the nodes before it", version.Version, "change", graphs)
def _(self):
    self.count += 1
    self.changed = self.count


@wrong("version: a view has one of its own", call, "view_of",
       test_versions.test_views_made_before_and_siblings, graphs)  # fmt: skip
def _(tensor, other):
    pass


@wrong("in place: a recorded change that a view would not see", in_place, "_views_of",
       test_in_place.test_views_by_index_are_followed_through_many_changes)  # fmt: skip
def _(base, name, value):
    return []


@wrong("in place: a recorded change of a leaf", in_place, "refuse_leaf", graphs)
def _(tensor, name):
    pass


@wrong("in place: retain_grad is left with the old node", in_place, "_become", graphs)
def _(tensor, value):
    for name in ("_data", "_node", "_requires_grad", "_version_"):
        setattr(tensor, name, getattr(value, name))


# ------------------------------------------------------------------------------------ sums


@wrong("tape: a sum goes into the term that came first", tape.Sums, "add", "multiply", graphs)
def _(self, at, term, new):
    if at in self.totals and isinstance(self.totals[at], np.ndarray):
        self.own.add(at)
    right_add(self, at, term, new)


@wrong("tensor: gradients are taken without a copy", backward, "_add",
       lambda: test_tape.test_no_two_gradients_share_memory(False))  # fmt: skip
def _(leaf, g, own):
    right_add_to_grad(leaf, g, True)


right_add_to_grad = backward._add


# ------------------------------------------------------------------------------ watchers, hooks


@wrong("tape: watchers hear of a pull after what arrived from it", tape, "tell", graphs)
def _(event, *facts):
    if event == "arrived" or not late:
        right_tell(event, *facts) if event != "pulled" else late.append(facts)
        return
    right_tell("pulled", *late.pop())
    right_tell(event, *facts)


late: list[Any] = []


@wrong("tape: watchers hear the term for the total", tape, "tell", graphs)
def _(event, *facts):
    right_tell(event, *(facts[:2] + facts[1:2] if event == "arrived" else facts))


@wrong("tape: watchers are not told of what is freed", tape, "tell", graphs)
def _(event, *facts):
    if event != "freed":
        right_tell(event, *facts)


right_tell = tape.tell


@wrong("hooks: what a hook answers is not used", hooks.GradientHooks, "__call__", graphs)
def _(self, g):
    right_hooks(self, g)
    return g


right_hooks = hooks.GradientHooks.__call__


# ----------------------------------------------------- threads, dropping, what is saved, fusing


switch = {"on": True}
shared_mode = property(lambda self: switch["on"], lambda self, on: switch.update(on=on))
wrong("grad modes: one for all threads", mode.Mode, "recording",
      lambda: test_grad_modes.test_the_mode_is_the_thread_s_own(mg.ones(2, requires_grad=True))
      )(shared_mode)  # fmt: skip


def keep_dropped(node):
    attic.append(node.parents)
    node.parents = ()


if "__del__" in vars(drop.Link):  # elsewhere CPython frees a chain without it
    wrong("tape: what is dropped on the way is kept for ever", drop, "_drop",
          test_tape.test_a_long_chain_is_dropped_unused)(keep_dropped)  # fmt: skip


attic: list[Any] = []


@wrong("batch norm: what it saves is exchanged", OPERATIONS["batch_norm"].operation, "forward",
       "batch_norm")  # fmt: skip
def _(*args):
    out, mean, var, invstd = right_batch_norm(*args)
    return out, mean, invstd, var


right_batch_norm = OPERATIONS["batch_norm"].forward


def sequential() -> None:
    with pytest.MonkeyPatch.context() as patch:
        test_modules.test_sequential_calls_whatever_was_overridden_patched_or_hooked(patch)


@wrong("Sequential: fuses what somebody has hooked", fusing, "_is_plain", sequential)
def _(module):
    return True
