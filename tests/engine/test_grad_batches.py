"""`autograd.grad(is_grads_batched=True)`: several cotangents, one after the other."""

import numpy as np
import pytest

import minigrad as mg


def test_rows_of_a_jacobian():
    x = mg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x**2 * mg.tensor([1.0, -1.0, 2.0])
    rows, unused = mg.autograd.grad(
        y, (x, mg.zeros(2, requires_grad=True)), mg.eye(3), is_grads_batched=True, allow_unused=True
    )
    assert rows.tolist() == [[2, 0, 0], [0, -4, 0], [0, 0, 12]] and unused is None
    with pytest.raises(RuntimeError, match="has been freed"):
        mg.autograd.grad(y, x, mg.ones(3))


def test_of_several_outputs_recorded():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    cotangents = mg.tensor([1.0, 2.0]), mg.tensor([[1.0, 0.0], [0.0, 1.0]])
    outputs = (x**3).sum(), x**2
    (g,) = mg.autograd.grad(outputs, x, cotangents, create_graph=True, is_grads_batched=True)
    np.testing.assert_allclose(g.tolist(), [[3 + 2, 12], [6, 24 + 4]])
    (second,) = mg.autograd.grad(g.sum(), x)
    np.testing.assert_allclose(second.tolist(), [18 * 1 + 2, 18 * 2 + 2])


@pytest.mark.parametrize("cotangents", [mg.tensor(1.0), mg.zeros(0, 2), (mg.ones(2, 2),) * 2])
def test_what_is_no_batch(cotangents):
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises((ValueError, TypeError), match="grad_outputs"):
        mg.autograd.grad(x * 2, x, cotangents, is_grads_batched=True)
