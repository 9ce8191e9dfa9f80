"""`minigrad.func`: what it leaves as it was, what further graphs it keeps, what it refuses."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.func import (
    functional_call,
    grad,
    grad_and_value,
    jacrev,
    jvp,
    stack_module_state,
    vjp,
    vmap,
)


def test_what_is_returned_has_no_graph_of_its_own():
    x = mg.tensor([1.0, 2.0])
    g, value = grad_and_value(lambda x: (x**2).sum())(x)
    assert not g.requires_grad and not value.requires_grad and x.grad is None


def test_a_directional_derivative_can_be_differentiated_by_its_direction():
    x = mg.tensor([1.0, 2.0])
    assert grad(lambda v: jvp(mg.square, (x,), (v,))[1].sum())(x).tolist() == [2.0, 4.0]
    jacobian = jacrev(lambda v: jvp(mg.square, (x,), (v,))[1])(x)
    assert jacobian.tolist() == [[2.0, 0.0], [0.0, 4.0]] and not jacobian.requires_grad


def test_an_inner_gradient_is_nothing_that_the_outer_one_could_be_differentiated_by():
    x = mg.tensor([1.0, 2.0])
    g = grad(lambda v: (grad(lambda x: (x**2 * v).sum())(x) * v).sum())(x)
    assert g.tolist() == [4.0, 16.0] and not g.requires_grad


def test_what_is_passed_on_keeps_the_graph_of_other_tensors():
    w = mg.tensor(3.0, requires_grad=True)
    _, aux = grad(lambda x: (x**2, x * w), has_aux=True)(mg.tensor(2.0))
    assert aux.requires_grad
    assert vjp(lambda x: (x**2, x * w), mg.tensor(2.0), has_aux=True)[2].requires_grad


def test_a_gradient_under_no_grad_is_a_constant():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    with mg.no_grad():
        g = grad(lambda x: (x**2).sum())(x)
    assert g.tolist() == [2.0, 4.0] and not g.requires_grad


def test_a_gradient_can_be_differentiated_by_what_the_function_names():
    w = mg.tensor([3.0, 5.0], requires_grad=True)
    g = grad(lambda x: (w * x**2).sum())(mg.tensor([1.0, 2.0]))
    g.sum().backward()
    assert w.grad.tolist() == [2.0, 4.0]


def test_and_by_inputs_that_are_part_of_a_graph():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    g = grad(lambda x: (x**3).sum())(x * 2)
    g.sum().backward()
    assert x.grad.tolist() == [24.0, 48.0]


def test_it_differentiates_within_no_grad_too():
    with mg.no_grad():
        assert grad(lambda x: x**2)(mg.tensor(3.0)).item() == 6.0


def test_a_constant_function_has_a_gradient_of_zero():
    assert grad(lambda x: mg.tensor(1.0))(mg.tensor([1.0, 2.0])).tolist() == [0.0, 0.0]
    value, change = jvp(lambda x: mg.ones(2), (mg.ones(3),), (mg.ones(3),))
    assert value.tolist() == [1, 1] and change.tolist() == [0, 0]


def test_a_pull_can_be_used_twice():
    _, pull = vjp(lambda x: x**2, mg.tensor([1.0, 2.0]))
    assert [pull(mg.ones(2))[0].tolist() for _ in range(2)] == [[2.0, 4.0]] * 2


def test_modules_stay_as_they_were():
    net = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    own = {name: id(p) for name, p in net.named_parameters()}
    with pytest.raises(ValueError, match=r"^linear.* features"):
        functional_call(net, {"0.weight": mg.zeros(5, 5)}, mg.ones(1, 2))
    functional_call(net, {"2.bias": mg.ones(1)}, (mg.ones(1, 2),))
    assert {name: id(p) for name, p in net.named_parameters()} == own
    with pytest.raises(RuntimeError, match=r"functional_call: Sequential has no '7.bias'"):
        functional_call(net, {"7.bias": mg.ones(1)}, mg.ones(1, 2))
    with pytest.raises(RuntimeError, match=r"strict=True: '0\.bias' is missing"):
        functional_call(net, {"0.weight": mg.ones(2, 2)}, mg.ones(1, 2), strict=True)


def test_tied_weights_are_replaced_under_both_names():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 2, bias=False)
            self.second = nn.Linear(2, 2, bias=False)
            self.second.weight = self.first.weight

        def forward(self, x):
            return self.second(self.first(x))

    y = functional_call(Tied(), {"first.weight": 2 * mg.eye(2)}, mg.ones(1, 2))
    assert y.tolist() == [[4.0, 4.0]]


def test_an_ensemble_is_made_of_leaves():
    parameters, buffers = stack_module_state([nn.BatchNorm1d(3), nn.BatchNorm1d(3)])
    assert parameters["weight"].is_leaf and parameters["weight"].requires_grad
    assert buffers["running_mean"].shape == (2, 3)


def test_random_draws_of_samples():
    x = mg.zeros(3)
    state = mg.get_rng_state().tolist()
    with pytest.raises(RuntimeError, match="vmap: func draws random numbers; say randomness="):
        vmap(lambda x: x + mg.randn(()))(x)
    assert mg.get_rng_state().tolist() == state
    same = vmap(lambda x: x + mg.randn(()), randomness="same")(x).tolist()
    assert len({*same}) == 1
    different = vmap(lambda x: x + mg.randn(()), randomness="different")(x).tolist()
    assert len({*different}) == 3


_, PULL = vjp(lambda x: {"a": x * 2, "b": x * 3}, mg.ones(2))


def test_trees_are_matched_by_their_keys():
    one, ten = mg.ones(2), mg.full((2,), 10.0)
    assert PULL({"b": ten, "a": one})[0].tolist() == [32, 32]
    given, towards = {"x": one, "y": ten}, {"y": one, "x": ten}
    assert jvp(lambda d: d["x"] * d["y"], (given,), (towards,))[1].tolist() == [101, 101]


def test_keywords_are_whole_for_every_sample():
    x, w = mg.ones(2, 3), mg.arange(3.0)
    assert vmap(lambda x, w: (x * w).sum())(x, w=w).tolist() == [3, 3]
    assert vmap(lambda x: w * 2, out_dims=None)(x).tolist() == [0, 2, 4]


@pytest.mark.parametrize(
    "derivative",
    [
        lambda f, x: grad(lambda x: f(x).sum())(x),
        lambda f, x: vjp(f, x)[1](mg.ones(2))[0],
        lambda f, x: mg.autograd.functional.vjp(f, x, mg.ones(2), create_graph=True)[1],
    ],
)
def test_a_graph_notices_that_an_input_was_changed(derivative):
    x, w = mg.tensor([1.0, 2.0]), mg.ones(2, requires_grad=True)
    found = derivative(lambda x: x * x * w, x)
    x.mul_(10)
    with pytest.raises(RuntimeError, match="changed in place"):
        found.sum().backward()


def test_nothing_is_left_to_differentiate_of_an_inner_pull():
    found = grad(lambda w: vjp(lambda x: x * w, mg.tensor(1.0))[0])(mg.tensor(2.0))
    assert found.item() == 1 and not found.requires_grad
    second = grad(lambda x: vjp(lambda x: x**3, x)[1](mg.tensor(1.0))[0])
    assert second(mg.tensor(2.0)).item() == 12


def test_jacobian_of_nothing():
    assert jacrev(lambda x: x[:0])(mg.ones(3)).shape == (0, 3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: grad(3)(mg.ones(1)), TypeError, "grad: func: wanted a function, got int"),
        (lambda: grad(mg.exp)(mg.ones(2)), ValueError, "without axes to be returned, got shape"),
        (lambda: grad(mg.exp)(1.0), TypeError, "grad: argument 0: wanted tensors, got float"),
        (lambda: grad(mg.sum, argnums=2)(mg.ones(2)), ValueError, "no argument 2 of 1"),
        (lambda: grad(mg.sum, has_aux=True)(mg.ones(2)), TypeError, "return two things"),
        (lambda: vjp(mg.sum), ValueError, "vjp: primals"),
        (lambda: jvp(mg.sum, mg.ones(2), mg.ones(2)), TypeError, "jvp: .* as tuples"),
        (lambda: jvp(mg.sum, (mg.ones(2),), (mg.ones(3),)), ValueError, "jvp: tangents: .* shapes"),
        (lambda: vmap(mg.exp, randomness="no"), ValueError, "vmap: randomness"),
        (lambda: vmap(mg.exp)(mg.ones(0)), ValueError, "one sample at least"),
        (lambda: vmap(mg.exp)(mg.tensor(1.0)), ValueError, "no axis 0 of shape"),
        (lambda: vmap(mg.add)(mg.ones(2), mg.ones(3)), ValueError, r"of one length, got \[2, 3\]"),
        (lambda: vmap(mg.exp, in_dims=None)(mg.ones(2)), ValueError, "got none"),
        (lambda: vmap(mg.exp, in_dims=(0, 1))(mg.ones(2)), ValueError, "in_dims: wanted a number"),
        (lambda: vmap(lambda x: 3)(mg.ones(2)), TypeError, "has to return tensors, got int"),
        (lambda: vmap(mg.exp, out_dims=None)(mg.arange(2.0)), ValueError, "out_dims: None is for"),
        (lambda: grad(mg.mul, argnums=(1, -1))(mg.ones(()), mg.ones(())), ValueError, "once"),
        (lambda: grad(mg.mul, argnums=[0])(mg.ones(()), mg.ones(())), TypeError, r"got \[0\]"),
        (lambda: PULL(), TypeError, "missing 1 .*'cotangents'"),
        (lambda: PULL(mg.ones(2), mg.ones(2)), TypeError, "takes 1 .* 2 were given"),
        (lambda: PULL(mg.ones(2)), ValueError, r"wanted the form \{'a': \*, 'b': \*\}, got \*"),
        (lambda: PULL({"a": mg.ones(2)}), ValueError, r"got \{'a': \*\}"),
        (lambda: jvp(mg.sum, (mg.ones(2),), ([mg.ones(2)],)), ValueError, r"form \*, got \[\*\]"),
        (lambda: stack_module_state([]), ValueError, "one at least"),
    ],
)
def test_what_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_values_are_those_of_the_batch():
    x = mg.tensor(np.arange(6.0).reshape(2, 3))
    assert vmap(lambda row: row.max(0).values)(x).tolist() == [2.0, 5.0]
