"""What every operation must do, run for every case in `tests/cases/`."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re
import weakref
from typing import Any

import cases
import numpy as np
import pytest
from harness import Case
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_calls import EXPRESSIONS
from torch_functions import FUNCTIONS, RANDOM
from torch_names import DECLARED, USED

import minigrad as mg
from minigrad.engine.operation import OPERATIONS
from minigrad.engine.tensor import Tensor

CASES: list[Case] = [
    case
    for module in pkgutil.iter_modules(cases.__path__)
    for case in importlib.import_module(f"cases.{module.name}").CASES
]
CALLED = {word for text in EXPRESSIONS for word in re.findall(r"\w+", text)}
each = pytest.mark.parametrize("case", CASES, ids=str)
with_gradient = pytest.mark.parametrize("case", [c for c in CASES if c.order >= 1], ids=str)


def close(actual: np.ndarray, wanted: np.ndarray, rtol: float, scale: float = 0.0) -> None:
    np.testing.assert_allclose(actual, wanted, rtol=rtol, atol=rtol * max(scale, 1e-3))


def leaves(arrays: list[np.ndarray], dtype: type = np.float64) -> list[Tensor]:
    return [Tensor(a.astype(dtype), requires_grad=True) for a in arrays]


def cotangent(shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape))
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)


def gradcheck(case: Case, arrays: list[np.ndarray], kwargs: dict[str, Any], **how: Any) -> None:
    """`mg.gradcheck`, whose report names the operation's inputs and the rule."""
    __tracebackhide__ = True

    def function(*xs: Tensor) -> Any:
        return case.function(*xs, **kwargs)

    names = None
    declared = OPERATIONS.get(case.name.split("[")[0])
    if declared is not None:
        function.rules = declared.rules  # type: ignore[attr-defined]
        op = declared.operation
        inputs = [op.names[i] for i in op.inputs]
        names = inputs if len(inputs) == len(arrays) and not op.variadic else None
    try:
        mg.gradcheck(function, arrays, names=names, **how)
    except RuntimeError as error:
        lines = [f"{case}{''.join(f', {n}={v!r}' for n, v in kwargs.items())}: {error}", ""]
        lines += [f"{n} = {a!r}" for n, a in zip(names or "abcdef", arrays, strict=False)]
        if declared is not None and not isinstance(error, mg.GradcheckError):
            codes = [rule.function.__code__ for rule in declared.rules]
            lines += [f"the rule: {code.co_filename}:{code.co_firstlineno}" for code in codes]
        raise type(error)("\n".join(lines)) from None


def test_every_operation_has_a_case() -> None:
    """A case is named after what it tests; a variant of it adds [words]."""
    ours = {n for n, f in OPERATIONS.items() if f.forward.__module__.startswith("minigrad.")}
    missing = sorted(ours - {c.name.split("[")[0] for c in CASES})
    assert not missing, f"no case in tests/cases for: {', '.join(missing)}"
    assert len({c.name for c in CASES}) == len(CASES), "two cases of one name"


@each
@given(st.data())
@settings(max_examples=25)
def test_value(case: Case, data: st.DataObject) -> None:
    """The value is NumPy's, whatever the memory layout, and the inputs are left alone."""
    arrays, kwargs = data.draw(case.draws)
    before = [a.copy() for a in arrays]
    out = case.function(*map(Tensor, arrays), **kwargs)
    wanted = np.asarray(case.reference(*arrays, **kwargs))
    assert isinstance(out, Tensor) and out.shape == wanted.shape
    assert not out.requires_grad
    if wanted.dtype.kind == "f":
        assert out.dtype == np.float64
    close(out.numpy(), wanted, rtol=1e-11, scale=np.abs(wanted).max(initial=0))
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


@with_gradient
@given(st.data())
@settings(max_examples=100)  # at 25 some of tests/faults/planted_faults.py pass by chance
def test_gradient(case: Case, data: st.DataObject) -> None:
    """Central differences confirm the gradient, element by element, in float64."""
    arrays, kwargs = data.draw(case.draws)
    gradcheck(case, arrays, kwargs)


@pytest.mark.slow
@pytest.mark.parametrize("case", [c for c in CASES if c.order >= 2], ids=str)
@given(st.data())
@settings(max_examples=8)
def test_gradient_of_gradient(case: Case, data: st.DataObject) -> None:
    arrays, kwargs = data.draw(case.draws)
    gradcheck(case, arrays, kwargs, order=2, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@with_gradient
@given(st.data())
@settings(max_examples=15)
def test_float32(case: Case, data: st.DataObject) -> None:
    """float32 stays float32, forward and backward, and agrees with float64."""
    arrays, kwargs = data.draw(case.draws)
    single = leaves(arrays, np.float32)
    double = leaves([t.numpy() for t in single], np.float64)
    outs = [case.function(*ts, **kwargs) for ts in (single, double)]
    assert outs[0].dtype == np.float32 and outs[1].dtype == np.float64
    magnitude = max(
        [1.0, *(np.abs(a).max(initial=0) for a in arrays), np.abs(outs[1].numpy()).max(initial=0)]
    )
    rtol = case.float32 * np.finfo(np.float32).eps
    close(outs[0].numpy(), outs[1].numpy(), rtol, magnitude)
    for out in outs:
        out.backward(cotangent(out.shape))
    for s, d in zip(single, double, strict=True):
        assert s.grad is not None and d.grad is not None
        assert s.grad.dtype == np.float32 and s.grad.shape == s.shape
        largest = max(magnitude, np.abs(d.grad.numpy()).max(initial=0))
        close(s.grad.numpy(), d.grad.numpy(), rtol, largest)


@pytest.mark.slow
@with_gradient
@given(st.data())
@settings(max_examples=10)
def test_memory(case: Case, data: st.DataObject) -> None:
    """No input, cotangent or gradient is changed or shared, and the graph frees itself."""
    arrays, kwargs = data.draw(case.draws)
    writable = [a.flags.writeable for a in arrays]
    inputs = [Tensor(a, requires_grad=True) for a in arrays]
    out = case.function(*inputs, **kwargs)
    v = cotangent(out.shape)
    before = [x.copy() for x in (*arrays, v)]
    gc.disable()
    try:
        out.backward(v, retain_graph=True)
        node = weakref.ref(out.grad_fn) if out.grad_fn is not None else lambda: None
        del out
        assert node() is None, "only the cyclic collector would free this graph"
    finally:
        gc.enable()
    for x, b in zip((*arrays, v), before, strict=True):
        np.testing.assert_array_equal(x, b)
    grads = [t.grad.numpy() for t in inputs if t.grad is not None]
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
    untested = {
        name
        for namespace in (mg.ops, F)
        for name in namespace.__all__
        if callable(getattr(namespace, name))
    } - tested
    assert not untested, "in none of tests/cases, torch_functions.py and torch_names.py"
