"""Following a training: which steps, what of every layer, and which layer is named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigrad as mg
from minigrad import nn, optim
from minigrad.explore.training import dead_share
from minigrad.nn import functional as F
from minigrad.utils.checkpoint import checkpoint


def train(
    net: nn.Module, steps: int, every: int, lr: float = 0.01, features: int = 6
) -> tuple[Any, list[float]]:
    x, y = mg.randn(16, features), mg.randint(0, 3, (16,))
    optimizer = optim.SGD(net.parameters(), lr=lr)
    losses = []
    with mg.explore(every=every) as view:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return view, losses


def rms(array: np.ndarray) -> float:
    return float(np.sqrt(np.square(array).mean()))


def deep(depth: int, scale: float, norm: bool, activation: type[nn.Module]) -> nn.Module:
    mg.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(6, 6), *([nn.BatchNorm1d(6)] if norm else []), activation()]
    net = nn.Sequential(*layers, nn.Linear(6, 3))
    rng = np.random.default_rng(0)
    with mg.no_grad():
        for module in net.modules():
            if isinstance(module, nn.Linear):
                module.weight.copy_(rng.normal(0, scale, module.weight.shape))
    return net


def test_one_step_in_every_so_many_with_its_loss() -> None:
    view, losses = train(deep(1, 0.5, False, nn.Tanh), 11, 4)
    data = view.record.data
    assert data["at"] == [0, 4, 8]
    assert_allclose(data["loss"], [losses[0], losses[4], losses[8]], rtol=1e-5)
    assert data["last"]["kind"] == "step" and data["last"]["level"] == "light"
    assert list(view.steps())[-1].kind == "accumulate"
    assert view.to_dot().startswith("digraph") and view.to_svg().startswith("<svg")
    assert repr(view) == "<explored training: 3 steps of every 4>"


def test_a_weight_that_gets_another_shape() -> None:
    w = mg.ones(3, 2, requires_grad=True)
    with mg.explore(every=1) as view:
        for n in (3, 3, 4, 4):
            w.grad, w.data = None, mg.arange(n * 2.0).reshape(n, 2)
            (w * w).sum().backward()
            with mg.no_grad():
                w -= 0.1 * w.grad
    assert view.record.data["at"] == [0, 1, 2, 3]


def test_what_is_followed_is_what_the_layers_did() -> None:
    """Against a second run of the same net, looked at by hand."""
    net = deep(2, 0.5, False, nn.Tanh)
    x, y = mg.randn(16, 6), mg.randint(0, 3, (16,))
    hidden = [x]
    for module in net:
        hidden.append(module(hidden[-1]))
        hidden[-1].retain_grad()
    loss = F.cross_entropy(hidden[-1], y)
    loss.backward()
    weights = {name: p.numpy().copy() for name, p in net.named_parameters()}
    gradients = {name: p.grad.numpy().copy() for name, p in net.named_parameters()}
    net.zero_grad()
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with mg.explore(every=1) as view:
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    data = view.record.data
    layers = data["layers"]
    assert layers["name"] == [str(i) for i in range(5)]
    for i, t in enumerate(hidden[1:]):
        a, g = t.numpy().astype(np.float64), t.grad.numpy().astype(np.float64)
        assert_allclose(layers["mean"][i], [a.mean()], rtol=2e-2, atol=1e-4)
        assert_allclose(layers["std"][i], [a.std()], rtol=1e-2)
        assert_allclose(layers["gradient"][i], [rms(g)], rtol=1e-2)
    for name, ratio, gradient in zip(
        *(data["parameters"][k] for k in ("name", "ratio", "gradient")), strict=True
    ):
        assert_allclose(gradient, [rms(gradients[name])], rtol=1e-2)
        if name.endswith("weight"):
            wanted = 0.1 * rms(gradients[name]) / rms(weights[name])
            assert_allclose(ratio, [wanted], rtol=1e-2)
        else:
            assert ratio == [None]


def test_dead_units_are_zero_for_every_example() -> None:
    mg.manual_seed(1)
    net = nn.Sequential(nn.Linear(6, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3))
    with mg.no_grad():
        net[1].bias.copy_([-9.0, -9.0, -9.0, 1.0])
    view, _ = train(net, 1, 1)
    data = view.record.data
    assert data["layers"]["dead"][2] == [0.75]
    assert data["worst"]["layer"] == 2 and "75% of its units are dead" in data["worst"]["sentence"]
    assert dead_share(np.zeros((2, 3, 4, 4))) == 1.0
    assert dead_share(np.zeros(3)) == 0.0


def test_a_vanishing_net_is_named_and_batch_norm_mends_it() -> None:
    view, _ = train(deep(8, 0.05, False, nn.Tanh), 3, 1)
    assert view.record.data["worst"]["layer"] == 0
    assert "0 · Linear: its gradient vanishes" in str(view)
    view, _ = train(deep(8, 0.05, True, nn.Tanh), 3, 1)
    assert "vanishes" not in str(view)


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_an_exploding_net_is_named() -> None:
    view, _ = train(deep(8, 6.0, False, nn.ReLU), 1, 1)
    assert "explodes" in view.record.data["worst"]["sentence"]
    view, _ = train(deep(8, 6.0, False, nn.ReLU), 8, 1, lr=10.0)
    assert "infinite values in its activation, from pass" in view.record.data["worst"]["sentence"]


def test_evaluation_between_the_steps_is_not_a_step() -> None:
    net = deep(1, 0.5, False, nn.Tanh)
    x, y = mg.randn(16, 6), mg.randint(0, 3, (16,))
    with mg.explore(every=2) as view:
        for _ in range(4):
            F.cross_entropy(net(x), y).backward()
            with mg.no_grad():
                net(x)
    assert view.record.data["at"] == [0, 2]


def test_an_error_in_a_followed_training_is_kept() -> None:
    net = deep(1, 0.5, False, nn.Tanh)
    with pytest.raises(ValueError, match="linear"), mg.explore(every=1) as view:
        net(mg.randn(16, 6)).sum().backward()
        net(mg.randn(16, 7))
    data = view.record.data
    assert data["at"] == [0] and data["error"]["type"] == "ValueError"


def test_a_loop_without_a_pass_says_so() -> None:
    with mg.explore(every=5) as view:
        mg.tensor(1.0) * 2.0
    assert view.record.data["lacks"] == ["steps: no backward pass was run in the block"]
    assert view.record.data["worst"] is None
    with pytest.raises(RuntimeError, match="no backward pass was run"):
        view.to_dot()


def test_weights_outside_of_modules_are_layers_too() -> None:
    mg.manual_seed(0)
    first, second = mg.randn(4, 8).requires_grad_(), mg.randn(8, 1).requires_grad_()
    optimizer = optim.SGD([first, second], lr=0.01)
    x, y = mg.randn(16, 4), mg.randn(16, 1)
    with mg.explore(every=2) as view:
        for _ in range(5):
            optimizer.zero_grad()
            ((mg.relu(x @ first) @ second - y) ** 2).mean().backward()
            optimizer.step()
    data = view.record.data
    assert data["layers"]["name"] == ["first", "second"]
    assert data["parameters"]["layer"] == [
        data["layers"]["name"].index(name) for name in data["parameters"]["name"]
    ]


def test_dropped_units_are_not_dead_and_nan_has_no_mean() -> None:
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 3), nn.Dropout(0.9))
    x = mg.randn(2, 4)
    with mg.explore(every=1) as view:
        net(x).sum().backward()
        net(x * float("nan")).sum().backward()
    layers = view.record.data["layers"]
    assert layers["dead"] == [[0, 0], [None, None]]
    assert layers["mean"][0][1] == "nan" and "NaN" in view.record.data["worst"]["sentence"]


def test_the_layers_of_two_nets_stay_apart() -> None:
    mg.manual_seed(0)
    g, d = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2)), nn.Linear(2, 1)
    optimizer = optim.SGD([*g.parameters(), *d.parameters()], lr=0.1)
    with mg.explore(every=1) as view:
        for k in range(4):
            optimizer.zero_grad()
            x = mg.randn(5, 2)
            score = d(x) if k % 2 else d(g(x))
            (score**2).mean().backward()
            optimizer.step()
    data = view.record.data
    assert data["layers"]["name"] == ["g.0", "g.1", "g.2", "d"]
    assert data["layers"]["mean"][3].count(None) == 0  # d ran in every step
    assert data["layers"]["mean"][0][1::2] == [None, None]
    wanted = "g.0.weight g.0.bias g.2.weight g.2.bias d.weight d.bias".split()
    assert sorted(data["parameters"]["name"]) == sorted(wanted)


def test_a_net_that_grows_has_its_layers_in_the_order_of_running() -> None:
    mg.manual_seed(0)
    layers, head = [nn.Linear(3, 3) for _ in range(3)], nn.Linear(3, 1)
    with mg.explore(every=1) as view:
        for k in range(3):
            x = mg.ones(2, 3)
            for layer in layers[: k + 1]:
                x = mg.tanh(layer(x))
            head(x).sum().backward()
    found = view.record.data["layers"]
    assert found["name"] == ["layers[0]", "layers[1]", "layers[2]", "head"]
    assert [column.count(None) for column in found["mean"]] == [0, 1, 2, 0]


def test_the_first_nan_is_dated() -> None:
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    with mg.explore(every=5) as view:
        for k in range(31):
            optimizer.zero_grad()
            loss = net(mg.ones(2, 3)).sum() * (float("nan") if k == 20 else 1.0)
            loss.backward()
            optimizer.step()
    sentence = view.record.data["worst"]["sentence"]
    assert sentence == "worst: 2 · Linear has NaN values in its gradient, from pass 20 on"


def test_a_pass_within_a_pass_is_no_step() -> None:
    mg.manual_seed(0)
    first, second = nn.Linear(3, 3), nn.Linear(3, 3)
    with mg.explore(every=2) as view:
        for _ in range(5):
            h = checkpoint(second, checkpoint(first, mg.ones(2, 3, requires_grad=True)))
            h.sum().backward()
    assert view.record.data["at"] == [0, 2, 4]


def test_a_training_by_autograd_grad_has_steps_too() -> None:
    w = mg.tensor([[1.0, 2.0], [3.0, 5.0]], requires_grad=True)
    with mg.explore(every=3) as view:
        for _ in range(7):
            loss = (w * w).sum()
            (g,) = mg.autograd.grad(loss, [w], create_graph=True)  # no end of a step
            (h,) = mg.autograd.grad(loss + g.sum(), [w])
            with mg.no_grad():
                w -= 0.1 * h
    data = view.record.data
    assert data["at"] == [0, 3, 6] and data["parameters"]["name"] == ["w"]
    weights = np.array([[1.0, 2.0], [3.0, 5.0]])
    moved = 0.2 * rms(weights + 1) / rms(weights)
    assert_allclose(data["parameters"]["ratio"][0][0], moved, rtol=1e-3)
    assert data["loss"][0] == 39.0 + 22.0


def test_equal_gradients_have_a_size() -> None:
    """Their standard deviation is 0, and was called a gradient that has vanished."""
    first, second = (mg.full((2, 2), k, requires_grad=True) for k in (1.0, 2.0))
    with mg.explore(every=1) as view:
        h = mg.ones(2, 2) @ first
        (mg.square(h) @ second).sum().backward()
    data = view.record.data
    assert all(series[0] > 0 for series in data["layers"]["gradient"])
    assert data["worst"] is None


def test_huge_activations_are_not_infinite() -> None:
    w = mg.tensor([[1e200, -3e200], [2e200, 1e200]], requires_grad=True, dtype=mg.float64)
    with mg.explore(every=1) as view:
        for _ in range(2):
            (w * 1.0).sum().backward()
            with mg.no_grad():
                w -= 2e199 * w.grad
            w.grad = None
    data = view.record.data
    assert data["layers"]["std"][0] == [1.92e200, 1.92e200]
    ratios = [2 / rms(np.array([10, -30, 20, 10]) - k) for k in (0, 2)]
    assert_allclose(data["parameters"]["ratio"], [ratios], rtol=1e-3)


def test_the_loss_is_that_of_the_outermost_pass() -> None:
    w = mg.tensor([[1.0, 2.0]], requires_grad=True)
    before = (w * w).sum()
    with mg.explore(every=1) as view:
        w * 7.0
        before.backward()
        checkpoint(mg.square, w * 3.0).sum().backward()
    assert view.record.data["loss"] == [None, 45]  # made before the block, its number is not known
    view.to_html()


def test_a_step_that_records_its_pass_is_one_step() -> None:
    w, b = mg.ones(2, requires_grad=True), mg.ones(2, requires_grad=True)
    with mg.explore(every=1) as view:
        for _ in range(2):
            (w * b).sum().backward(create_graph=True)
    assert view.record.data["at"] == [0, 1]
