"""Modules: what they find, how they are saved and loaded, what they refuse."""

from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 3)
        self.scale = nn.Parameter(np.ones(3, np.float32))
        self.register_buffer("seen", mg.tensor([0.0]))
        self.register_buffer("cache", mg.tensor([1.0]), persistent=False)
        self.rest = nn.Sequential(nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x):
        return self.rest(self.hidden(x) * self.scale)


def values(module):
    return {name: t.numpy().copy() for name, t in module.state_dict().items()}


def same(before, after):
    return before.keys() == after.keys() and all(
        np.array_equal(before[name], after[name]) for name in before
    )


# ---------------------------------------------------------------------- finding


def test_parameters_come_in_the_order_of_assignment():
    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == [
        "scale",
        "hidden.weight",
        "hidden.bias",
        "rest.0.weight",
        "rest.0.bias",
        "rest.2.weight",
        "rest.2.bias",
    ]
    assert [name for name, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
    assert len(list(net.parameters())) == 7


def test_buffers_modules_and_children():
    net = Net()
    assert [name for name, _ in net.named_buffers()] == [
        "seen",
        "cache",
        *(f"rest.0.{n}" for n in ("running_mean", "running_var", "num_batches_tracked")),
    ]
    assert list(net.buffers(recurse=False)) == [net.seen, net.cache]
    assert [name for name, _ in net.named_children()] == ["hidden", "rest"]
    assert [name for name, _ in net.named_modules()] == [
        "",
        "hidden",
        "rest",
        "rest.0",
        "rest.1",
        "rest.2",
    ]
    assert next(net.modules()) is net


def test_shared_parameters_are_found_once_but_saved_under_both_names():
    net = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.ReLU())
    net[1].weight = net[0].weight
    net.append(net[2])
    assert [n for n, _ in net.named_parameters()] == ["0.weight", "0.bias", "1.bias"]
    assert len(list(net.named_parameters(remove_duplicate=False))) == 4
    assert len(list(net.children())) == 3
    assert len(net) == 4
    assert list(net.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_the_state_leaves_out_what_is_not_persistent():
    assert "cache" not in Net().state_dict()
    assert "seen" in Net().state_dict()


def test_a_parameter_is_a_plain_attribute():
    layer = nn.Linear(2, 2)
    assert vars(layer)["weight"] is layer.weight


def test_a_parameter_made_of_a_result_is_a_leaf_with_the_same_memory():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    p = nn.Parameter(y)
    assert p.is_leaf
    assert p.requires_grad
    p.data.copy_([5.0, 5.0])
    y.sum().backward()
    assert y.numpy().tolist() == [5.0, 5.0]
    assert x.grad.numpy().tolist() == [2.0, 4.0]


def test_parameters_refuse_integers():
    with pytest.raises(ValueError, match="requires_grad needs a float32 or float64"):
        nn.Parameter(np.array([1, 2]))
    assert nn.Parameter(np.array([1, 2]), requires_grad=False).dtype == np.int64


# ---------------------------------------------------------------------- assigning


def test_a_forgotten_init_is_said():
    class Forgetful(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(1, 1)

    with pytest.raises(RuntimeError, match=r"Forgetful: call super\(\).__init__\(\) before.*layer"):
        Forgetful()


def test_a_parameter_cannot_silently_become_a_tensor():
    layer = nn.Linear(2, 2)
    weight = layer.weight
    with pytest.raises(
        TypeError, match=r"Linear\.weight is a Parameter and cannot become a Tensor"
    ):
        layer.weight = layer.weight * 2
    assert layer.weight is weight
    layer.bias = None
    assert list(layer.state_dict()) == ["weight"]
    assert layer(mg.tensor([[1.0, 1.0]])).shape == (1, 2)


def test_a_buffer_cannot_silently_become_an_array():
    norm = nn.BatchNorm1d(2)
    with pytest.raises(TypeError, match=r"BatchNorm1d\.running_mean is a Tensor"):
        norm.running_mean = np.zeros(2)
    norm.running_mean = mg.tensor([1.0, 2.0])
    assert norm.state_dict()["running_mean"].tolist() == [1.0, 2.0]


def test_buffers_refuse_other_things_and_names_in_use():
    net = Net()
    with pytest.raises(TypeError, match="register_buffer: wanted a Tensor, got ndarray"):
        net.register_buffer("table", np.zeros(2))
    for name in ("hidden", "scale", "forward", "a.b", ""):
        with pytest.raises(ValueError, match="register_buffer"):
            net.register_buffer(name, mg.tensor([1.0]))
    assert [n for n, _ in net.named_buffers(recurse=False)] == ["seen", "cache"]


def test_a_module_without_forward_says_so():
    with pytest.raises(NotImplementedError, match=r"ModuleList defines no forward\(\)"):
        nn.ModuleList()(1)


# ---------------------------------------------------------------------- all at once


def test_train_and_eval_reach_everything():
    net = Net()
    assert net.training
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())


def test_zero_grad():
    net = Net()
    net(mg.tensor(np.ones((4, 4), np.float32))).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    net.zero_grad(set_to_none=False)
    assert all(not p.grad.numpy().any() for p in net.parameters())
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_requires_grad_freezes():
    net = Net()
    net.hidden.requires_grad_(False)
    net(mg.tensor(np.ones((4, 4), np.float32))).sum().backward()
    assert net.hidden.weight.grad is None
    assert net.scale.grad is not None


def test_apply_visits_children_first():
    seen = []
    net = Net()
    assert net.apply(seen.append) is net
    assert seen[-1] is net
    assert len(seen) == 6


@pytest.mark.parametrize("convert", ["double", "to", "astype"])
def test_conversion_keeps_the_parameters_and_the_integers(convert):
    net = Net()
    parameters = list(net.parameters())
    net(mg.tensor(np.ones((4, 4), np.float32))).sum().backward()
    getattr(net, convert)(*(() if convert == "double" else ("float64",)))
    assert all(a is b for a, b in zip(net.parameters(), parameters, strict=True))
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float64)}
    assert {p.grad.dtype for p in net.parameters()} == {np.dtype(np.float64)}
    assert net.rest[0].running_var.dtype == np.float64
    assert net.rest[0].num_batches_tracked.dtype == np.int64
    assert net(mg.tensor(np.ones((4, 4)))).dtype == np.float64
    assert {p.dtype for p in net.float().parameters()} == {np.dtype(np.float32)}
    with pytest.raises(TypeError, match="to: dtype must be float32 or float64, got int64"):
        net.to(np.int64)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_copies_share_nothing(copied):
    net = Net()
    twin = copied(net)
    before = values(net)
    assert same(before, values(twin))
    for p in twin.parameters():
        assert isinstance(p, nn.Parameter)
        p.data += 1
    assert same(before, values(net))
    x = mg.tensor(np.ones((4, 4), np.float32))
    assert twin.eval()(x).shape == (4, 2)


# ---------------------------------------------------------------------- the state


def test_a_state_is_live_and_a_deep_copy_of_it_is_not():
    net = nn.Linear(3, 2)
    live = net.state_dict()
    state = copy.deepcopy(live)
    before = values(net)
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    net(mg.tensor([[1.0, 2.0, 3.0]])).sum().backward()
    optimizer.step()
    assert not same(before, values(net))
    assert all(np.array_equal(live[n].numpy(), p.numpy()) for n, p in net.named_parameters())
    assert not any(t.requires_grad for t in live.values())
    assert net.load_state_dict(state) == ([], [])
    assert same(before, values(net))


def test_loading_keeps_parameters_and_dtypes():
    net = nn.Linear(3, 2)
    weight = net.weight
    net.load_state_dict({"weight": [[1, 2, 3], [4, 5, 6]], "bias": np.array([0.5, 1.5])})
    assert net.weight is weight
    assert net.weight.dtype == np.float32
    assert net.weight.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert net.weight.requires_grad


def test_loading_while_a_graph_needs_the_values():
    net = nn.Linear(2, 1, bias=False)
    net.load_state_dict({"weight": [[2.0, 3.0]]})
    x = mg.tensor([[1.0, 1.0]], requires_grad=True)
    y = net(x).sum()
    net.load_state_dict({"weight": [[7.0, 7.0]]})
    with pytest.raises(RuntimeError, match="'linear' needs for its gradient was changed"):
        y.backward()
    assert net.weight.tolist() == [[7.0, 7.0]]


def test_one_report_names_all_that_does_not_fit():
    net = Net()
    state = net.state_dict()
    del state["scale"], state["rest.0.running_mean"]
    state["rest.2.weight"] = np.zeros((2, 4))
    state["rest.2.bias"] = np.zeros(3)
    state["other"] = np.zeros(1)
    state["hidden.weight"] = np.full((3, 4), 7.0)
    before = values(net)
    with pytest.raises(ValueError) as error:
        net.load_state_dict(state)
    assert str(error.value).splitlines() == [
        "load_state_dict: the state does not fit into Net; nothing was changed",
        "  missing: 'scale', 'rest.0.running_mean'",
        "  unexpected: 'other'",
        "  'rest.2.weight': wanted shape (2, 3), got (2, 4)",
        "  'rest.2.bias': wanted shape (2,), got (3,)",
    ]
    assert same(before, values(net))


def test_not_strict_passes_over_names_but_not_shapes():
    net = nn.Linear(3, 2)
    bias = net.bias.numpy().copy()
    result = net.load_state_dict({"weight": np.ones((2, 3)), "b": [1.0]}, strict=False)
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["b"]
    assert net.weight.numpy().min() == 1
    assert np.array_equal(net.bias.numpy(), bias)
    with pytest.raises(ValueError, match=r"'weight': wanted shape \(2, 3\), got \(3,\)"):
        net.load_state_dict({"weight": np.ones(3)}, strict=False)


@pytest.mark.parametrize("bad", [np.array(["a", "b"]), np.zeros(2, complex), np.array([None, 1])])
def test_values_that_are_no_numbers_change_nothing(bad):
    net = nn.Linear(3, 2)
    before = values(net)
    with pytest.raises(TypeError, match="load_state_dict: 'bias'"):
        net.load_state_dict({"weight": np.ones((2, 3)), "bias": bad})
    assert same(before, values(net))


def test_a_state_must_be_a_mapping():
    with pytest.raises(TypeError, match="load_state_dict: wanted a mapping of names, got list"):
        nn.Linear(3, 2).load_state_dict([1, 2])


# ---------------------------------------------------------------------- containers


def test_sequential_is_indexed_sliced_iterated_and_changed():
    net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    assert len(net) == 3
    assert net[0].out_features == 3
    assert net[-1] is list(net)[2]
    head = net[:2]
    assert isinstance(head, nn.Sequential)
    assert head[0] is net[0]
    net[1] = nn.Tanh()
    assert [type(m).__name__ for m in net] == ["Linear", "Tanh", "Linear"]
    with pytest.raises(IndexError, match="Sequential: no module 3 among 3"):
        net[3]
    assert nn.Sequential()(5) == 5


def test_sequential_takes_names():
    net = nn.Sequential(OrderedDict(a=nn.Linear(2, 2), b=nn.ReLU()))
    assert net.a is net[0]
    assert list(net.state_dict()) == ["a.weight", "a.bias"]
    assert [n for n, _ in net[1:].named_children()] == ["b"]


@pytest.mark.parametrize("name", ["", "a.b", "forward", "training"])
def test_sequential_refuses_names_that_are_none(name):
    with pytest.raises(
        ValueError, match=r"Sequential: .* is empty, has a dot, or Sequential has an"
    ):
        nn.Sequential({name: nn.ReLU()})


def test_containers_refuse_what_is_no_module():
    with pytest.raises(TypeError, match="Sequential: wanted modules, got function at '1'"):
        nn.Sequential(nn.ReLU(), lambda x: x)
    net = nn.ModuleList([nn.ReLU()])
    with pytest.raises(TypeError, match="ModuleList: wanted modules, got int at '0'"):
        net[0] = 3
    with pytest.raises(TypeError, match="ModuleList: wanted modules, got str at '1'"):
        net.append("relu")
    assert len(net) == 1


def test_module_list():
    class Tower(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(2, 2)])
            self.layers.append(nn.Linear(2, 2)).extend([nn.Linear(2, 1)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    tower = Tower()
    assert len(tower.layers) == 3
    assert isinstance(tower.layers[1:], nn.ModuleList)
    assert list(tower.state_dict())[-1] == "layers.2.bias"
    assert tower(mg.tensor([[1.0, 2.0]])).shape == (1, 1)


def test_repr():
    assert repr(Net()) == "\n".join(
        [
            "Net(",
            "  (hidden): Linear(in_features=4, out_features=3, bias=True)",
            "  (rest): Sequential(",
            "    (0): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, "
            "track_running_stats=True)",
            "    (1): ReLU()",
            "    (2): Linear(in_features=3, out_features=2, bias=True)",
            "  )",
            ")",
        ]
    )


# --------------------------------------------------------------------- linear and ReLU in one pass


def operations_of(net: nn.Module) -> list[str]:
    """The names of the recorded operations of a run, the newest first."""
    node, names = net(mg.ones((2, 3))).grad_fn, []
    while isinstance(node, type(net(mg.ones((2, 3))).grad_fn)):
        names.append(node.operation.name)
        node = node.parents[0]
    return names


class Louder(nn.Linear):
    """Overrides what it computes."""

    def forward(self, input):
        return 2.0 * super().forward(input)


class Quiet(nn.ReLU):
    """Overrides how it is called."""

    def __call__(self, input):
        return 0.0 * super().__call__(input)


def test_sequential_fuses_what_nobody_has_changed() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU(), nn.ReLU())
    assert operations_of(net) == ["relu", "linear", "linear"]


def test_sequential_calls_whatever_was_overridden_patched_or_hooked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[str] = []

    def told(module: nn.Module) -> None:
        right = type(module).forward
        module.forward = lambda input: (called.append("own"), right(module, input))[1]

    def hooked(module: nn.Module) -> None:
        module.register_forward_hook(lambda *arguments: None)

    layers = nn.Linear(3, 4), nn.ReLU()
    expected = nn.Sequential(*layers)(mg.ones((2, 3))).numpy()
    for change in (told, hooked):
        for i in range(2):
            net = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
            net[0].weight, net[0].bias = layers[0].weight, layers[0].bias
            change(net[i])
            assert operations_of(net) == ["relu", "linear"]
            np.testing.assert_array_equal(net(mg.ones((2, 3))).numpy(), expected)
    assert called
    loud = nn.Sequential(Louder(3, 4), nn.ReLU())
    assert "multiply" in operations_of(loud)
    assert not nn.Sequential(nn.Linear(3, 4), Quiet())(mg.ones((2, 3))).numpy().any()
    monkeypatch.setattr(nn.ReLU, "forward", lambda self, input: -input)
    np.testing.assert_array_equal(
        nn.Sequential(*layers)(mg.ones((2, 3))).numpy(), -layers[0](mg.ones((2, 3))).numpy()
    )


def test_a_sequence_once_is_itself_and_never_is_refused():
    layer = nn.Linear(2, 2)
    assert [*(nn.Sequential(layer) * 1)] == [layer]
    for times in (0, -1, 1.5):
        with pytest.raises(ValueError, match="repeated at least once"):
            nn.Sequential(layer) * times


def test_modules_are_where_pytorch_has_them() -> None:
    import minigrad.nn.modules.batchnorm
    from minigrad.nn.modules.activation import MultiheadAttention
    from minigrad.nn.modules.loss import _Loss
    from minigrad.nn.modules.module import Module

    from minigrad.nn.modules import Linear, rnn

    assert (Module, Linear, MultiheadAttention) == (nn.Module, nn.Linear, nn.MultiheadAttention)
    assert issubclass(nn.MultiMarginLoss, _Loss) and rnn.GRU is nn.GRU
    assert issubclass(nn.BatchNorm1d, minigrad.nn.modules.batchnorm._BatchNorm)
    with pytest.raises(AttributeError, match="nearest"):
        minigrad.nn.modules.batchnorm.Conv4d  # noqa: B018
