"""Parametrized layers: what is refused, cached, copied and taken away."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn.utils import parametrizations, parametrize


class Doubled(nn.Module):
    calls = 0

    def forward(self, x: mg.Tensor) -> Any:
        Doubled.calls += 1
        return x * 2


class Cut(nn.Module):
    def forward(self, x: mg.Tensor) -> Any:
        return x[:1]


class Undone(nn.Module):
    def forward(self, x: mg.Tensor) -> Any:
        return x * 2

    def right_inverse(self, x: mg.Tensor) -> Any:
        return x / 2


def test_within_cached_it_is_computed_once() -> None:
    net = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Doubled())
    before = Doubled.calls
    with parametrize.cached():
        first = net.weight
        with parametrize.cached():
            assert net.weight is first
        assert net.weight is first
    assert Doubled.calls == before + 1
    assert net.weight is not net.weight


def test_the_original_is_the_optimisers_parameter() -> None:
    net = nn.Linear(2, 2)
    weight, values = net.weight, net.weight.numpy().copy()
    parametrize.register_parametrization(net, "weight", Undone())
    assert net.parametrizations.weight.original is weight
    np.testing.assert_array_equal(net.weight.numpy(), values)
    parametrize.remove_parametrizations(net, "weight")
    assert net.weight is weight and type(net) is nn.Linear
    np.testing.assert_array_equal(net.weight.numpy(), values)
    parametrize.register_parametrization(net, "weight", Doubled())
    parametrize.remove_parametrizations(net, "weight", leave_parametrized=False)
    np.testing.assert_array_equal(net.weight.numpy(), values)


def test_a_copy_goes_its_own_way() -> None:
    net = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Doubled())
    parametrize.register_parametrization(net, "bias", Doubled())
    other = copy.deepcopy(net)
    parametrize.remove_parametrizations(other, "weight")
    assert parametrize.is_parametrized(other) and not parametrize.is_parametrized(other, "weight")
    assert parametrize.is_parametrized(net, "weight")
    assert parametrize.type_before_parametrizations(net) is nn.Linear
    np.testing.assert_array_equal(net.weight.numpy(), other.weight.numpy())


def test_a_buffer_stays_one() -> None:
    net = nn.BatchNorm1d(3)
    parametrize.register_parametrization(net, "running_var", Doubled())
    assert "parametrizations.running_var.original" in dict(net.named_buffers())
    assert net.running_var.tolist() == [2.0] * 3
    parametrize.remove_parametrizations(net, "running_var")
    assert "running_var" in dict(net.named_buffers())


REFUSED: dict[str, tuple[type[Exception], str, Any]] = {
    "no module": (
        TypeError,
        "parametrization: wanted a Module",
        lambda net: parametrize.register_parametrization(net, "weight", abs),  # type: ignore
    ),
    "no parameter": (
        ValueError,
        r"wanted one of \['weight', 'bias'\]",
        lambda net: parametrize.register_parametrization(net, "weigth", Doubled()),
    ),
    "another shape": (
        ValueError,
        "Cut: wanted .*unsafe=True",
        lambda net: parametrize.register_parametrization(net, "weight", Cut()),
    ),
    "nothing to remove": (
        ValueError,
        "no parametrization of 'weight'",
        lambda net: parametrize.remove_parametrizations(net, "weight"),
    ),
    "assigned without an inverse": (
        RuntimeError,
        "Doubled has no right_inverse",
        lambda net: setattr(
            parametrize.register_parametrization(net, "bias", Doubled()), "bias", mg.ones(2)
        ),
    ),
    "assigned another shape": (
        ValueError,
        "right_inverse: wanted .* got",
        lambda net: setattr(
            parametrize.register_parametrization(net, "bias", Undone()), "bias", mg.ones(3)
        ),
    ),
    "no steps": (
        ValueError,
        "n_power_iterations must be positive",
        lambda net: parametrizations.spectral_norm(net, n_power_iterations=0),
    ),
    "no such map": (
        ValueError,
        "wanted matrix_exp, cayley or householder",
        lambda net: parametrizations.orthogonal(net, orthogonal_map="given"),
    ),
    "a vector": (ValueError, "a matrix", lambda net: parametrizations.orthogonal(net, "bias")),
    "several originals": (
        ValueError,
        "wanted one original, got 2",
        lambda net: parametrize.remove_parametrizations(
            parametrizations.weight_norm(net), "weight", leave_parametrized=False
        ),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refusals_change_nothing(what: str) -> None:
    net = nn.Linear(2, 2)
    before = {name: p.numpy().copy() for name, p in net.named_parameters()}
    kind, words, call = REFUSED[what]
    with pytest.raises(kind, match=words):
        call(net)
    if not parametrize.is_parametrized(net):
        for name, values in before.items():
            np.testing.assert_array_equal(net.get_parameter(name).numpy(), values)


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_norms_are_those_of_the_slices_along_an_axis(dim: int) -> None:
    """Of a weight of three axes: a matrix of its slices has the largest singular value 1."""

    def slices(net: nn.Module) -> np.ndarray:
        weight = net.weight.detach().numpy()
        return np.moveaxis(weight, dim, 0).reshape(weight.shape[dim], -1)

    mg.manual_seed(0)
    net = nn.Bilinear(3, 4, 2, dtype="float64")
    before = slices(net)
    parametrizations.weight_norm(net, dim=dim)
    np.testing.assert_allclose(slices(net), before)
    length = net.parametrizations.weight.original0
    np.testing.assert_allclose(length.detach().numpy().ravel(), np.linalg.norm(before, axis=1))
    net = nn.Bilinear(3, 4, 2, dtype="float64")
    parametrizations.spectral_norm(net, dim=dim, n_power_iterations=200)
    assert np.linalg.norm(slices(net), 2) == pytest.approx(1, abs=1e-6)
    assert len(net.parametrizations.weight[0]._u) == net.weight.shape[dim]


def test_overlapping_caches_end_with_the_last() -> None:
    layer = parametrizations.weight_norm(nn.Linear(2, 2))
    first, second = parametrize.cached(), parametrize.cached()
    with first:
        second.__enter__()  # as another thread does
        kept = layer.weight
    assert layer.weight is kept
    second.__exit__(None, None, None)
    with mg.no_grad():
        layer.parametrizations.weight.original0.mul_(2)
    assert mg.allclose(layer.weight, kept * 2)


def test_a_cache_holds_its_modules() -> None:
    with parametrize.cached():
        for size in (2, 3) * 20:  # the id of one that is gone may be the next one's
            layer = nn.utils.parametrize.register_parametrization(
                nn.Linear(size, 1), "weight", Doubled()
            )
            assert layer.weight.shape == (1, size)


def test_a_weight_of_zeros_has_no_orthonormal_columns_and_stays() -> None:
    """A column that is not there has the sign 0, as in PyTorch; nothing is divided by it."""
    layer = nn.Linear(2, 3)
    layer.weight.data = mg.zeros(3, 2)
    assert parametrizations.orthogonal(layer).weight.tolist() == [[0.0, 0.0]] * 3


def test_what_the_ready_made_ones_refuse() -> None:
    layer = parametrizations.orthogonal(nn.Linear(3, 3))
    before = layer.weight.tolist()
    with pytest.raises(ValueError, match=r"orthogonal: wanted a weight of shape \(3, 3\)"):
        layer.weight = mg.ones(2, 2)
    assert layer.weight.tolist() == before
    with pytest.raises(IndexError, match="weight_norm: dim: no axis 5"):
        parametrizations.weight_norm(nn.Linear(3, 3), dim=5)


def test_an_error_in_a_recurrent_parametrization_is_seen() -> None:
    class Broken(nn.Module):
        def forward(self, x: mg.Tensor) -> Any:
            return x.no_such_thing

    net = nn.RNN(2, 2)
    parametrize.register_parametrization(net, "bias_ih_l0", Broken(), unsafe=True)
    with pytest.raises(AttributeError, match="no_such_thing"):
        net(mg.zeros(1, 1, 2))


def test_a_spectral_norm_begins_with_fifteen_steps() -> None:
    """Of the power method, from two vectors that are drawn."""
    weight = np.array([[1.0, 0.2, 0.0], [0.0, 0.97, 0.1]], np.float32)
    layer = nn.Linear(3, 2).eval()
    layer.weight.data = mg.tensor(weight)
    mg.manual_seed(4)
    u, v = (np.float64(mg.randn(n).numpy()) for n in weight.shape)
    mg.manual_seed(4)
    parametrizations.spectral_norm(layer)
    for _ in range(15):
        u = weight @ (v / np.linalg.norm(v))
        v = weight.T @ (u / np.linalg.norm(u))
    kept = layer.parametrizations.weight[0]
    np.testing.assert_allclose(kept._u.numpy(), u / np.linalg.norm(u), 1e-5)
    np.testing.assert_allclose(kept._v.numpy(), v / np.linalg.norm(v), 1e-5)
