"""Changing a tensor in place: what is allowed where, and what stays the same."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigrad as mg
from minigrad.engine.tensor import Tensor


def leaf(value: object, dtype: Any = np.float64) -> Tensor:
    return Tensor(np.array(value, dtype), requires_grad=True)


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        (operator.iadd, [1.5, 2.5]),
        (operator.isub, [0.5, 1.5]),
        (operator.imul, [0.5, 1.0]),
        (operator.itruediv, [2.0, 4.0]),
    ],
)
@pytest.mark.parametrize("other", [0.5, np.float64(0.5), np.array([0.5, 0.5]), "tensor"])
def test_a_step_in_place_under_no_grad(op: Callable, wanted: list[float], other: Any) -> None:
    other = mg.tensor([0.5, 0.5]) if isinstance(other, str) else other
    w = leaf([1.0, 2.0], np.float32)
    array = w.data
    with mg.no_grad():
        same = op(w, other)
    assert same is w and w.data is array and w.requires_grad and w.is_leaf
    assert w.dtype == np.float32
    assert_array_equal(w.numpy(), wanted)


@pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
def test_a_step_in_place_is_refused_where_it_would_be_recorded(op: Callable) -> None:
    w = leaf([1.0, 2.0])
    with pytest.raises(RuntimeError, match=r"in place on a leaf.*no_grad"):
        op(w, 0.5)
    assert_array_equal(w.numpy(), [1.0, 2.0])


def test_in_place_on_others_rebinds_the_name() -> None:
    w = leaf([1.0, 2.0])
    y = before = w * 2.0
    y += 1.0
    assert y is not before and y.requires_grad
    assert_array_equal(before.numpy(), [2.0, 4.0])
    c = constant = mg.tensor([1.0])
    c += 1.0
    assert c.item() == 2.0 and constant.item() in (1.0, 2.0)


def test_assignment() -> None:
    t = mg.zeros((2, 3))
    t[0] = 1.0
    t[mg.tensor([1]), 2] = mg.tensor(5.0)
    t[t == 0.0] = -1.0
    assert_array_equal(t.numpy(), [[1, 1, 1], [-1, -1, 5]])
    w = leaf([1.0, 2.0])
    with mg.no_grad():
        w[0] = 5.0
    assert_array_equal(w.numpy(), [5.0, 2.0])
    assert w.requires_grad


def test_copy_() -> None:
    w = leaf([1.0, 2.0], np.float32)
    assert w.copy_(np.array([3.0, 4.0])) is w
    assert_array_equal(w.numpy(), [3.0, 4.0])
    assert w.dtype == np.float32
    with pytest.raises(ValueError, match=r"copy_: wanted shape \(2,\), got \(3,\)"):
        w.copy_(np.zeros(3))
    with pytest.raises(RuntimeError, match="'multiply' cannot be changed in place"):
        (w * 2.0).copy_(np.zeros(2))
    assert_array_equal(w.numpy(), [3.0, 4.0])


def test_requires_grad_and_grad_are_checked() -> None:
    t = mg.ones(2)
    assert t.requires_grad_() is t and t.requires_grad
    t.requires_grad = False
    assert not (t * 2.0).requires_grad
    y = leaf([1.0]) * 2.0
    with pytest.raises(RuntimeError, match=r"on leaves only.*'multiply'.*detach\(\)"):
        y.requires_grad = False
    x = leaf([1.0, 2.0])
    with pytest.raises(TypeError, match="grad: wanted a Tensor or None, got ndarray"):
        x.grad = np.ones(2)  # type: ignore[assignment]
    with pytest.raises(ValueError, match=r"grad: wanted shape \(2,\) and dtype float64"):
        x.grad = mg.ones(3)
    assert x.grad is None
    x.grad = mg.ones(2, dtype=np.float64)
    (x * 2.0).backward(np.ones(2))
    assert_array_equal(x.grad.numpy(), [3.0, 3.0])
