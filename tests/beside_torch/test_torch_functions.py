"""Every function of `minigrad.nn.functional` beside PyTorch's: values and two gradients."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_functions import FUNCTIONS, KINKS, RANDOM, Constant

import minigrad as mg
from minigrad.nn import functional as F

torch = pytest.importorskip("torch")

NO_SECOND_ORDER_THERE = {
    "hardsigmoid",
    "multi_margin_loss",
    "multilabel_margin_loss",
    "pdist",
    "rrelu",
}

ROUNDED_THERE = {"hardsigmoid"}  # PyTorch's derivative is 1/6 rounded to float32


def called(module, name, make, arrays, kwargs):
    """The function's value, and its inputs that have gradients."""
    floating = [
        isinstance(a, np.ndarray) and not isinstance(a, Constant) and a.dtype.kind == "f"
        for a in arrays
    ]
    inputs = [
        make(np.array(a), requires_grad=f) if isinstance(a, np.ndarray) else a
        for a, f in zip(arrays, floating, strict=True)
    ]
    options = {k: make(np.array(v)) if isinstance(v, np.ndarray) else v for k, v in kwargs.items()}
    # PyTorch's fused attention has no second derivative; its plain one has.
    plain = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
    with warnings.catch_warnings(), plain:
        warnings.simplefilter("ignore")  # PyTorch's, on shapes and reductions
        out = getattr(module, name)(*inputs, **options)
    return out, [i for i, f in zip(inputs, floating, strict=True) if f]


def gradients(grad, out, inputs, v):
    return grad(out, inputs, v, create_graph=True, allow_unused=True)


def close(ours, theirs, what, tolerance=1e-9):
    wanted = np.zeros(ours.shape) if theirs is None else theirs.numpy(force=True)
    assert ours.shape == wanted.shape, what
    np.testing.assert_allclose(
        ours.detach().numpy(), wanted, rtol=tolerance, atol=tolerance, err_msg=what
    )


def same(name, arrays, kwargs):
    theirs, their_inputs = called(
        torch.nn.functional, name, lambda a, **k: torch.tensor(a, **k), arrays, kwargs
    )
    ours, our_inputs = called(F, name, mg.tensor, arrays, kwargs)
    close(ours, theirs, "value")
    assert ours.requires_grad == theirs.requires_grad
    if not our_inputs or not ours.numel():
        return
    rng = np.random.default_rng(0)
    v = rng.normal(0, 1, theirs.shape)
    ours = gradients(mg.autograd.grad, ours, our_inputs, mg.tensor(v))
    theirs = gradients(torch.autograd.grad, theirs, their_inputs, torch.tensor(v))
    for a, b in zip(ours, theirs, strict=True):
        close(
            mg.zeros(()) if a is None else a, b, "gradient", 1e-7 if name in ROUNDED_THERE else 1e-9
        )
    if name in NO_SECOND_ORDER_THERE or any(np.isin(i.tolist(), KINKS).any() for i in our_inputs):
        return  # at a kink a second derivative is anybody's choice
    ws = [rng.normal(0, 1, np.shape(b)) for b in theirs if b is not None]
    total = sum((a * mg.tensor(w)).sum() for a, w in zip(ours, ws, strict=True))
    their_total = sum((b * torch.tensor(w)).sum() for b, w in zip(theirs, ws, strict=True))
    if not their_total.requires_grad:
        return
    if total.requires_grad:
        ours = gradients(mg.autograd.grad, total, our_inputs, None)
    else:
        ours = [None] * len(our_inputs)
    theirs = gradients(torch.autograd.grad, their_total, their_inputs, None)
    for a, b in zip(ours, theirs, strict=True):
        if a is None:
            assert b is None or not b.numpy(force=True).any(), "second gradient"
        else:
            close(a, b, "second gradient")


@pytest.mark.parametrize("name", FUNCTIONS)
@given(data=st.data())
@settings(max_examples=25)
def test_it_is_pytorchs(name, data):
    arrays, kwargs = data.draw(FUNCTIONS[name])
    same(name, arrays, kwargs)


def test_every_function_is_here():
    in_place = {name for name in F.__all__ if name.endswith("_")}
    assert {name.removesuffix("_") for name in in_place} <= FUNCTIONS.keys()
    assert set(F.__all__) - in_place == {*FUNCTIONS, *RANDOM}
