"""What every operation must do, run for every case in `tests/cases/`."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import weakref

import cases
import numpy as np
import pytest
from harness import Case
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_calls import EXPRESSIONS, PROGRAMS
from torch_functions import FUNCTIONS, RANDOM
from torch_names import DECLARED, USED
from trial import trial

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor, tensor_of

CASES: list[Case] = [
    case
    for module in pkgutil.iter_modules(cases.__path__)
    for case in importlib.import_module(f"cases.{module.name}").CASES
]
CALLED = {word for text in (*EXPRESSIONS, *PROGRAMS) for word in re.findall(r"\w+", text)}
each = pytest.mark.parametrize("case", CASES, ids=str)
with_gradient = pytest.mark.parametrize("case", [c for c in CASES if c.order >= 1], ids=str)


def leaves(arrays: list[np.ndarray], dtype: type = np.float64) -> list[Tensor]:
    return [tensor_of(a.astype(dtype), requires_grad=True) for a in arrays]


def cotangent(shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def test_every_operation_has_a_case() -> None:
    """A case is named after what it tests; a variant of it adds [words]."""
    ours = {
        n
        for n, f in OPERATIONS.items()
        if f.forward.__module__.startswith("minigrad.")
        and not f.forward.__code__.co_filename.startswith("<doctest")  # an example's, run before
    }
    missing = sorted(ours - {c.name.split("[")[0] for c in CASES})
    assert not missing, f"no case in tests/cases for: {', '.join(missing)}"
    assert len({c.name for c in CASES}) == len(CASES), "two cases of one name"


@each
@given(st.data())
@settings(max_examples=25)
def test_value(case: Case, data: st.DataObject) -> None:
    """The value is NumPy's, whatever the memory layout, and the inputs are left alone."""
    t = trial(case, data)
    before = [a.copy() for a in t.arrays]
    out = t([*map(tensor_of, t.arrays)])
    wanted = np.asarray(case.reference(*t.arrays, **t.kwargs))
    assert isinstance(out, Tensor) and not out.requires_grad
    if wanted.dtype.kind == "f":
        assert out.dtype == np.float64
    t.close("the value", out.numpy(), wanted, rtol=1e-11, scale=np.abs(wanted).max(initial=0))
    for a, b in zip(t.arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


@with_gradient
@given(st.data())  # 100 times: at 15, as for "not slow", some planted faults pass by chance
def test_gradient(case: Case, data: st.DataObject) -> None:
    """Central differences confirm the gradient, element by element, in float64."""
    trial(case, data).gradcheck()


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.order >= 2], ids=str)
@given(st.data())
@settings(max_examples=8)
def test_gradient_of_gradient(case: Case, data: st.DataObject) -> None:
    trial(case, data).gradcheck(order=2, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@with_gradient
@given(st.data())
@settings(max_examples=15)
def test_float32(case: Case, data: st.DataObject) -> None:
    """float32 stays float32, forward and backward, and agrees with float64."""
    t = trial(case, data)
    single = leaves(t.arrays, np.float32)
    double = leaves([s.numpy() for s in single], np.float64)
    outs = [t(single), t(double)]
    assert outs[0].dtype == np.float32 and outs[1].dtype == np.float64
    magnitude = max(
        [1.0, *(np.abs(a).max(initial=0) for a in t.arrays), np.abs(outs[1].numpy()).max(initial=0)]
    )
    rtol = case.float32 * np.finfo(np.float32).eps
    t.close("the float32 value", outs[0].numpy(), outs[1].numpy(), rtol, magnitude)
    for out in outs:
        t.backward(out, cotangent(out.shape))
    for name, s, d in zip(t.names or "abcdef", single, double, strict=False):
        assert s.grad is not None and d.grad is not None
        assert s.grad.dtype == np.float32 and s.grad.shape == s.shape
        largest = max(magnitude, np.abs(d.grad.numpy()).max(initial=0))
        t.close(f"the float32 gradient by {name}", s.grad.numpy(), d.grad.numpy(), rtol, largest)


@pytest.mark.slow
@with_gradient
@given(st.data())
@settings(max_examples=10)
def test_memory(case: Case, data: st.DataObject) -> None:
    """No input, cotangent or gradient is changed or shared, and the graph frees itself."""
    t = trial(case, data)
    arrays = t.arrays
    writable = [a.flags.writeable for a in arrays]
    inputs = [tensor_of(a, requires_grad=True) for a in arrays]
    out = t(inputs)
    v = cotangent(out.shape)
    before = [x.copy() for x in (*arrays, v)]
    gc.disable()
    try:
        t.backward(out, v, retain_graph=True)
        node = weakref.ref(out.grad_fn) if out.grad_fn is not None else lambda: None
        del out
        assert node() is None, "only the cyclic collector would free this graph"
    finally:
        gc.enable()
    for x, b in zip((*arrays, v), before, strict=True):
        np.testing.assert_array_equal(x, b)
    grads = [x.grad.numpy() for x in inputs if x.grad is not None]
    for i, g in enumerate(grads):
        for other in (*grads[:i], *arrays, v):
            assert not np.shares_memory(g, other)
        assert g.flags.writeable
    assert [a.flags.writeable for a in arrays] == writable, "an array was left read-only"


def test_every_public_function_is_tested() -> None:
    import minigrad.nn.functional as F

    tested = {case.name.split("[")[0] for case in CASES} | {
        *FUNCTIONS,
        *RANDOM,
        *USED,
        *DECLARED,
        *CALLED,
    }
    untested = sorted(
        {n for space in (mg.ops, F) for n in space.__all__ if callable(getattr(space, n))} - tested
    )
    assert not untested, (
        f"not in tests/cases, torch_functions.py, torch_calls.py, torch_names.py: {untested}"
    )
