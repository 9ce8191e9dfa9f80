"""How modules get, lose and find members; containers; devices; lazy layers; hooks; summaries."""

from __future__ import annotations

import copy
import inspect
from collections import OrderedDict

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


def net():
    return nn.Sequential(nn.Linear(4, 3), nn.Sequential(nn.BatchNorm1d(3), nn.ReLU()))


def kinds(container):
    return [type(m).__name__ for m in container]


# ---------------------------------------------------------------------- registering, finding


def test_registering_is_assigning():
    module = nn.Module()
    module.register_parameter("w", nn.Parameter([1.0]))
    module.register_parameter("absent", None)
    module.add_module("0", nn.ReLU())
    module.register_module("1", nn.Tanh())
    module.b = nn.Buffer(mg.zeros(2))
    module.c = nn.Buffer(mg.zeros(2), persistent=False)
    assert list(module.state_dict()) == ["w", "b"]
    assert [n for n, _ in module.named_buffers()] == ["b", "c"]
    assert [n for n, _ in module.named_children()] == ["0", "1"]
    assert module.absent is None
    module.absent = nn.Parameter([2.0])
    assert [n for n, _ in module.named_parameters()] == ["w", "absent"]


@pytest.mark.parametrize("name", ["", "a.b", "forward", "w"])
@pytest.mark.parametrize("register", ["register_buffer", "add_module"])
def test_registering_refuses_names(register, name):
    module = nn.Module()
    module.w = nn.Parameter([1.0])
    value = mg.zeros(1) if register == "register_buffer" else nn.ReLU()
    with pytest.raises(ValueError, match=f"{register}: '{name}' is empty, has a dot, or Module"):
        getattr(module, register)(name, value)
    assert list(module.state_dict()) == ["w"]


def test_registering_refuses_other_things():
    module = nn.Module()
    with pytest.raises(TypeError, match="register_parameter: wanted a Parameter, got Tensor"):
        module.register_parameter("w", mg.zeros(1))
    with pytest.raises(TypeError, match="add_module: wanted a Module, got int"):
        module.add_module("m", 3)
    with pytest.raises(TypeError, match="name must be a string, got int"):
        module.add_module(0, nn.ReLU())


def test_members_by_name():
    n = net()
    assert n.get_submodule("") is n
    assert n.get_submodule("1.0") is n[1][0]
    assert n.get_parameter("0.weight") is n[0].weight
    assert n.get_buffer("1.0.running_mean") is n[1][0].running_mean
    for get, name in (
        (n.get_submodule, "1.7"),
        (n.get_submodule, "0.weight"),
        (n.get_parameter, "0.nothing"),
        (n.get_parameter, "1.0.running_mean"),
        (n.get_buffer, "0.weight"),
    ):
        with pytest.raises(AttributeError, match=f"'{name}'"):
            get(name)


def test_deleting_forgets():
    module = nn.Module()
    module.register_buffer("x", mg.zeros(1))
    module.layer = nn.Linear(1, 1)
    del module.x, module.layer
    assert not module.state_dict()
    module.x = 3  # an ordinary attribute now
    assert not list(module.buffers())
    with pytest.raises(AttributeError):
        del module.layer


def test_a_member_changes_its_kind_only_to_what_replaces_it():
    module = nn.Module()
    module.register_buffer("x", mg.zeros(1))
    module.x = nn.Parameter([1.0])
    assert not list(module.buffers())
    assert [n for n, _ in module.named_parameters()] == ["x"]
    module.layer = nn.ReLU()
    with pytest.raises(TypeError, match=r"Module\.layer is a Module and cannot become a function"):
        module.layer = lambda x: x
    module.layer = nn.Tanh()
    module.layer = None
    assert not list(module.children())


def test_setters_of_a_class_are_called():
    class Scaled(nn.Module):
        @property
        def factor(self):
            return self._factor

        @factor.setter
        def factor(self, value):
            self._factor = 2 * value

    scaled = Scaled()
    scaled.factor = 4
    assert scaled.factor == 8
    assert "factor" in dir(scaled)


def test_the_dictionaries_of_members_are_live():
    n = nn.Module()
    n._modules["a"] = nn.ReLU()
    n._parameters["w"] = nn.Parameter([1.0])
    assert list(n.children()) == [n.a]
    assert list(n._parameters) == ["w"] and len(n._modules) == 1
    del n._modules["a"]
    assert not hasattr(n, "a") and "w" not in n._modules
    with pytest.raises(KeyError):
        n._modules["w"]


# ---------------------------------------------------------------------- containers


def test_list_operations_of_sequential():
    n = nn.Sequential(nn.ReLU(), nn.Tanh())
    n.append(nn.GELU()).extend([nn.SiLU()]).insert(1, nn.Sigmoid())
    assert kinds(n) == ["ReLU", "Sigmoid", "Tanh", "GELU", "SiLU"]
    n.insert(-1, nn.ELU())
    assert kinds(n)[-2:] == ["ELU", "SiLU"]
    assert type(n.pop(0)).__name__ == "ReLU" and len(n) == 5
    del n[1:3]
    assert kinds(n) == ["Sigmoid", "ELU", "SiLU"]
    assert [name for name, _ in n.named_children()] == ["0", "1", "2"]
    del n[-1]
    both = n + nn.Sequential(nn.Tanh())
    assert kinds(both) == ["Sigmoid", "ELU", "Tanh"] and kinds(n) == ["Sigmoid", "ELU"]
    assert both[0] is n[0]
    n += nn.Sequential(nn.Tanh())
    assert kinds(n) == ["Sigmoid", "ELU", "Tanh"]
    assert kinds(n[:1] * 3) == kinds(3 * n[:1]) == ["Sigmoid"] * 3
    n *= 2
    assert len(n) == 6 and n[0] is n[3]
    with pytest.raises(IndexError, match="no place 9 among 6 modules"):
        n.insert(9, nn.ReLU())
    with pytest.raises(IndexError, match="no module 6 among 6"):
        del n[6]
    with pytest.raises(ValueError, match="at least once, got 0"):
        n * 0


def test_extending_by_what_is_no_module_changes_nothing():
    n = nn.ModuleList([nn.ReLU()])
    with pytest.raises(TypeError, match="wanted modules, got int at '2'"):
        n.extend([nn.Tanh(), 3])
    with pytest.raises(TypeError, match="wanted modules, got str"):
        n.insert(0, "relu")
    assert len(n) == 1
    assert kinds(n + nn.ModuleList([nn.Tanh()])) == ["ReLU", "Tanh"]


def test_appending_to_named_modules_takes_no_name_twice():
    n = nn.Sequential(OrderedDict([("1", nn.ReLU())]))
    with pytest.raises(ValueError, match="'1' is empty, has a dot, or Sequential has"):
        n.append(nn.Tanh())
    assert kinds(n) == ["ReLU"]


def test_module_dict():
    d = nn.ModuleDict([("a", nn.Linear(2, 2)), ("b", nn.ReLU())])
    d.update({"c": nn.Tanh()})
    d["b"] = nn.GELU()
    assert list(d) == list(d.keys()) == ["a", "b", "c"]
    assert kinds(d.values()) == ["Linear", "GELU", "Tanh"]
    assert dict(d.items())["a"] is d["a"] is d.a
    assert list(d.state_dict()) == ["a.weight", "a.bias"]
    assert type(d.pop("b")).__name__ == "GELU" and "b" not in d and len(d) == 2
    del d["a"]
    for wrong in ("a", "training"):
        with pytest.raises(KeyError):
            d[wrong]
    with pytest.raises(ValueError, match="'keys' is empty, has a dot"):
        d["keys"] = nn.ReLU()
    with pytest.raises(TypeError, match="ModuleDict: wanted modules, got int at 'x'"):
        d["x"] = 3
    d.clear()
    assert not len(d)


def test_parameter_list():
    values = nn.ParameterList([mg.zeros(2), nn.Parameter(mg.zeros(3))])
    values += [mg.zeros(4)]
    values[-1] = mg.ones(4)
    assert [p.shape for p in values] == [(2,), (3,), (4,)]
    assert all(isinstance(p, nn.Parameter) for p in values)
    assert values[2].tolist() == [1.0] * 4
    assert len(values[1:]) == 2 and values[1:][0] is values[1]
    assert list(values.state_dict()) == ["0", "1", "2"]
    with pytest.raises(IndexError, match="no value 3 among 3"):
        values[3]


def test_parameter_dict():
    d = nn.ParameterDict({"a": mg.zeros(2), "b": nn.Parameter(mg.zeros(3))})
    d |= {"c": mg.zeros(1)}
    both = d | {"d": mg.zeros(1)}
    assert list(both) == ["a", "b", "c", "d"] and len(d) == 3
    assert both["a"] is d["a"] is d.a
    assert list(reversed(d)) == ["c", "b", "a"]
    assert d.get("x", 5) == 5 and d.setdefault("b") is d["b"]
    assert d.popitem()[0] == "c" and d.pop("a").shape == (2,)
    assert [k for k, _ in d.items()] == list(d.keys()) == ["b"] and "b" in d
    assert list(d.fromkeys(["x", "y"], mg.zeros(1))) == ["x", "y"]
    assert repr(d) == "ParameterDict(  (b): Parameter containing: [float32 of size 3])"
    with pytest.raises(KeyError):
        d["training"]
    with pytest.raises(ValueError, match="ParameterDict: 'keys' is empty"):
        d["keys"] = mg.zeros(1)
    d.clear()
    assert not list(d.parameters())


# ---------------------------------------------------------------------- states


def test_states_with_prefix_destination_and_the_parameters_themselves():
    n = net()
    kept = {"other": 1}
    state = n.state_dict(destination=kept, prefix="net.", keep_vars=True)
    assert state is kept and state["net.0.weight"] is n[0].weight
    assert list(state)[:2] == ["other", "net.0.weight"]


def test_assigning_takes_the_tensors_themselves():
    n = nn.Linear(2, 1)
    weight, bias = nn.Parameter(np.ones((1, 2))), mg.tensor(np.zeros(1))
    n.weight.requires_grad = False
    n.load_state_dict({"weight": weight, "bias": bias}, assign=True)
    assert n.weight is weight and not weight.requires_grad
    assert n.bias.dtype == np.float64 and isinstance(n.bias, nn.Parameter)
    bias += 5
    assert n.bias.tolist() == [5.0]
    with pytest.raises(ValueError, match=r"'bias': wanted a floating dtype, got int64"):
        n.load_state_dict({"weight": weight, "bias": mg.tensor([1])}, assign=True)


def test_assigning_keeps_what_is_shared_shared():
    n = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    n[1].weight = n[0].weight
    n.load_state_dict(copy.deepcopy(n.state_dict()), assign=True)
    assert n[1].weight is n[0].weight


def test_state_hooks():
    n = nn.Sequential(nn.Linear(2, 1))
    log = []

    def rename(module, state, prefix, *_):
        state[f"{prefix}weight"] = state.pop(f"{prefix}w")

    n.register_state_dict_pre_hook(lambda module, prefix, keep: log.append((prefix, keep)))
    handle = n[0].register_state_dict_post_hook(lambda m, s, prefix, meta: s.pop(f"{prefix}bias"))
    assert list(n.state_dict()) == ["0.weight"] and log == [("", False)]
    handle.remove()
    n[0].register_load_state_dict_pre_hook(rename)
    n.register_load_state_dict_post_hook(lambda module, keys: log.append(keys))
    given = {"0.w": [[1, 2]], "0.bias": [3]}
    n.load_state_dict(given)
    assert n[0].weight.tolist() == [[1.0, 2.0]] and list(given) == ["0.w", "0.bias"]
    assert log[1] == ([], [])


# ---------------------------------------------------------------------- devices and dtypes

LAYERS = {
    "Linear": (2, 3),
    "LazyLinear": (3,),
    "Bilinear": (2, 3, 4),
    "Embedding": (2, 3),
    "BatchNorm1d": (2,),
    "LayerNorm": (2,),
    "RMSNorm": (2,),
    "GroupNorm": (1, 2),
    "PReLU": (),
    "MultiheadAttention": (4, 2),
    "TransformerEncoderLayer": (4, 2, 8),
    "Transformer": (4, 2, 1, 1, 8),
    "TransformerDecoderLayer": (4, 2, 8),
    "LSTM": (2, 3),
    "GRUCell": (2, 3),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_take_a_device_and_a_dtype(name):
    made = getattr(nn, name)(*LAYERS[name], device="cpu", dtype="float64")
    assert {p.dtype for p in made.parameters()} == {np.dtype(np.float64)}
    with pytest.raises(ValueError, match="'cpu', the only one there is, got cuda:0"):
        getattr(nn, name)(*LAYERS[name], device="cuda:0")


def test_moving_and_converting():
    n = net()
    assert n.to("cpu") is n.cpu() is n.to(None) is n
    assert n.to("cpu", np.float64)[0].weight.dtype == np.float64
    assert n.to(mg.zeros(1))[0].weight.dtype == np.float32
    assert n.to(device="cpu", dtype="float64", non_blocking=True)[0].weight.dtype == np.float64
    assert n.type("float32")[0].weight.dtype == np.float32
    for wrong in (lambda: n.to("cuda"), n.cuda, lambda: n.to(device="mps")):
        with pytest.raises(ValueError, match="wanted the device 'cpu'"):
            wrong()
    with pytest.raises(TypeError, match="float32 or float64, got float16"):
        n.half()
    with pytest.raises(ValueError, match="mode must be True or False, got 'on'"):
        n.train("on")


# ---------------------------------------------------------------------- lazy layers


def test_a_lazy_layer_becomes_an_ordinary_one():
    n = nn.Sequential(nn.LazyLinear(3), nn.LazyBatchNorm1d(), nn.ReLU())
    weight = n[0].weight
    assert repr(weight) == "<UninitializedParameter>"
    with pytest.raises(RuntimeError, match="run the network once"):
        weight.shape  # noqa: B018
    assert n.double()(mg.zeros((5, 4), dtype="float64")).shape == (5, 3)
    assert kinds(n) == ["Linear", "BatchNorm1d", "ReLU"]
    assert n[0].weight is weight and type(weight) is nn.Parameter
    assert weight.shape == (3, 4) and weight.dtype == np.float64 and weight.numpy().any()
    assert n[1].running_mean.shape == (3,)


def test_a_lazy_layer_takes_a_state():
    full, lazy = nn.Linear(4, 3), nn.LazyLinear(3)
    lazy.load_state_dict(full.state_dict())
    x = mg.randn(2, 4)
    assert np.array_equal(lazy(x).numpy(), full(x).numpy())
    assert lazy.in_features == 4
    again = nn.LazyLinear(3)
    again.load_state_dict(nn.LazyLinear(3).state_dict())
    with pytest.raises(ValueError, match="got one without values"):
        full.load_state_dict(nn.LazyLinear(3).state_dict())


# ---------------------------------------------------------------------- padding, inplace


def test_embedding_with_padding_and_a_largest_norm():
    table = nn.Embedding(5, 2, padding_idx=-1, max_norm=1.0)
    assert table.padding_idx == 4 and table.weight.numpy()[4].tolist() == [0.0, 0.0]
    nn.init.constant_(table.weight, 3.0)
    out = table(mg.tensor([1, 4]))
    np.testing.assert_allclose(np.linalg.norm(out.detach().numpy(), axis=1), 1, rtol=1e-5)
    out.sum().backward()
    assert table.weight.grad.tolist() == [[0.0] * 2, [1.0] * 2, [0.0] * 2, [0.0] * 2, [0.0] * 2]
    assert table.weight.numpy()[0].tolist() == [3.0, 3.0]
    given, before = mg.tensor([[1.0, 2.0]]), mg.get_rng_state().tolist()
    frozen = nn.Embedding.from_pretrained(given)
    assert not frozen.weight.requires_grad and mg.get_rng_state().tolist() == before
    assert np.shares_memory(frozen.weight.numpy(), given.numpy())
    with pytest.raises(TypeError, match="embeddings: dtype must be float32 or float64, got int64"):
        nn.Embedding.from_pretrained(mg.tensor([[1, 2]]))
    with pytest.raises(ValueError, match="scale_grad_by_freq=True is not supported"):
        nn.Embedding(5, 2, scale_grad_by_freq=True)
    with pytest.raises(IndexError, match="no row 5 for padding_idx among 5"):
        nn.Embedding(5, 2, padding_idx=5)


@pytest.mark.parametrize("name", ["ReLU", "LeakyReLU", "ELU", "Hardtanh", "Mish", "Dropout"])
def test_inplace_changes_the_input_and_keeps_the_gradient(name):
    mg.manual_seed(0)
    plain, inplace = getattr(nn, name)(), getattr(nn, name)(inplace=True)
    grads, values = [], []
    for module in (plain, inplace):
        mg.manual_seed(0)
        x = mg.tensor([-1.0, 0.3, 2.0], requires_grad=True)
        y = x * 2
        out = module(y)
        assert (out is y) == (module is inplace)
        out.sum().backward()
        grads.append(x.grad.tolist())
        values.append(y.tolist() if module is inplace else out.tolist())
    assert grads[0] == grads[1] and values[0] == values[1]


@pytest.mark.parametrize("p", [0.25, 1.0])
def test_dropout_of_channels(p):
    mg.manual_seed(0)
    out = nn.Dropout2d(p)(mg.ones((50, 40, 2, 3))).numpy()
    assert (out == out[:, :, :1, :1]).all()
    assert (out == 0).mean() == pytest.approx(p, abs=0.05)
    if p < 1:
        assert out.max() == np.float32(1 / (1 - p))
    with pytest.raises(ValueError, match="dropout2d: wanted an input"):
        nn.Dropout2d(p)(mg.ones(2))
    with pytest.warns(UserWarning, match="dropout2d: wanted 2 axes behind C"):
        out = nn.Dropout2d(p)(mg.ones((50, 40))).numpy()
    assert (out == 0).mean() == pytest.approx(p, abs=0.05)


def test_alpha_dropout_keeps_mean_and_variance():
    mg.manual_seed(0)
    out = nn.AlphaDropout(0.3)(mg.randn(400, 400)).numpy()
    assert out.mean() == pytest.approx(0, abs=0.02)
    assert out.var() == pytest.approx(1, abs=0.02)


def test_gumbel_softmax():
    mg.manual_seed(0)
    logits = mg.tensor(np.log([[0.2, 0.8]] * 4000), requires_grad=True)
    out = nn.functional.gumbel_softmax(logits, tau=0.5, hard=True)
    assert set(np.unique(out.detach().numpy().round(6))) == {0.0, 1.0}
    assert out.detach().numpy()[:, 1].mean() == pytest.approx(0.8, abs=0.03)
    out[:, 0].sum().backward()
    assert logits.grad.numpy().any()


# ---------------------------------------------------------------------- hooks


def test_forward_hooks_in_their_order():
    n, log = nn.Identity(), []
    n.register_forward_pre_hook(lambda m, args: log.append("second"))
    n.register_forward_pre_hook(lambda m, args: log.append("first"), prepend=True)
    n.register_forward_pre_hook(lambda m, args: args[0] + 1)
    n.register_forward_pre_hook(lambda m, a, k: (a, k | {"x": 1}) and None, with_kwargs=True)
    handle = n.register_forward_hook(lambda m, args, out: out * 10)
    n.register_forward_hook(lambda m, args, kwargs, out: log.append(kwargs), with_kwargs=True)
    assert n(1) == 20
    assert log == ["first", "second", {}]
    handle.remove()
    handle.remove()
    assert n(1) == 2


@pytest.mark.parametrize(
    "kind", ["forward_pre_hook", "forward_hook", "full_backward_pre_hook", "full_backward_hook"]
)
def test_hooks_are_called_as_they_came_unless_prepended(kind):
    n, log = nn.Tanh(), []
    for name, where in (("second", {}), ("third", {}), ("first", {"prepend": True})):
        getattr(n, f"register_{kind}")(lambda *_, name=name: log.append(name), **where)
    n(mg.ones(2, requires_grad=True)).sum().backward()
    assert log == ["first", "second", "third"]


def test_a_pre_hook_with_kwargs_changes_them():
    class Power(nn.Module):
        def forward(self, x, exponent=1):
            return x**exponent

    n = Power()
    handle = n.register_forward_pre_hook(lambda m, a, k: (a, {"exponent": 3}), with_kwargs=True)
    assert n(2, exponent=1) == 8
    handle.remove()
    n.register_forward_pre_hook(lambda m, a, k: 5, with_kwargs=True)
    with pytest.raises(TypeError, match=r"must return None or a pair \(args, kwargs\), got int"):
        n(2)


def test_hooks_that_are_always_called():
    class Broken(nn.Module):
        def forward(self, x):
            raise KeyError("broken")

    n, log = Broken(), []
    n.register_forward_hook(lambda m, a, out: log.append("never"))
    n.register_forward_hook(lambda m, a, out: log.append(out), always_call=True)
    with pytest.raises(KeyError, match="broken"):
        n(1)
    assert log == [None]
    n.register_forward_hook(lambda m, a, out: 1 / 0, always_call=True)
    with pytest.warns(UserWarning, match="ZeroDivisionError"), pytest.raises(KeyError):
        n(1)


def test_a_hook_between_a_layer_and_its_relu_sees_what_is_there():
    n = nn.Sequential(nn.Linear(3, 50), nn.ReLU())
    x = mg.randn(4, 3)
    fused, seen = n(x), []
    handle = n[0].register_forward_hook(lambda m, a, out: seen.append(out))
    assert np.array_equal(n(x).numpy(), fused.numpy())
    assert (seen[0].numpy() < 0).any()
    handle.remove()


def test_backward_hooks_of_inputs_without_gradient_and_wrong_answers():
    n, log = nn.Linear(2, 1), []
    n.register_full_backward_hook(lambda m, gi, go: log.append((gi, go[0].tolist())))
    n(mg.tensor([[1.0, 2.0]])).sum().backward()
    assert log == [((None,), [[1.0]])]
    with mg.no_grad():
        n(mg.tensor([[1.0, 2.0]]))
    assert n.weight.grad.tolist() == [[1.0, 2.0]]
    n.register_full_backward_hook(lambda m, gi, go: (1, 2))
    with pytest.raises((ValueError, RuntimeError), match="returned 2 gradients as grad_input"):
        n(mg.tensor([[1.0, 2.0]], requires_grad=True)).sum().backward()
    with pytest.raises(TypeError, match="wanted a function, got int"):
        n.register_full_backward_pre_hook(3)


def test_hooked_modules_can_be_copied():
    n = nn.Linear(2, 1)
    n.register_forward_hook(test_hooked_modules_can_be_copied)
    twin = copy.deepcopy(n)
    twin._forward_hooks.clear()
    assert twin(mg.zeros((1, 2))).shape == (1, 1) and len(n._forward_hooks) == 1


# ---------------------------------------------------------------------- summary


def test_summary_counts_and_leaves_the_network_as_it_was():
    shared = nn.Linear(4, 4)
    n = nn.Sequential(shared, nn.BatchNorm1d(4), shared, nn.Dropout(), nn.LazyLinear(2))
    shared.weight.requires_grad = False
    with mg.no_grad():
        result = mg.summary(n, mg.ones((3, 4)))
    assert result.parameters == 20 + 8 + 10 and result.trainable == 38 - 16
    assert result.bytes == 4 * 38 + 4 * 8 + 8
    assert result.multiply_adds == 3 * (16 + 16 + 8)
    by_name = {layer.name: layer for layer in result.layers}
    assert by_name["0"].multiply_adds == 96 and by_name["4"].output == (3, 2)
    assert n.training and n[1].training and n[1].num_batches_tracked.item() == 0
    assert not any(m._hooked for m in n.modules()) and not shared.weight.requires_grad
    assert "22 of the parameters are trained" in repr(result)


def test_summary_of_attention_and_several_inputs():
    attention = nn.MultiheadAttention(4, 2, batch_first=True)
    x = mg.ones((2, 3, 4))
    result = mg.summary(attention, (x, x, x))
    assert result.layers[0].output == [(2, 3, 4), (2, 3, 3)]
    projections, scores = 4 * 2 * 3 * 4 * 4, 2 * (2 * 2 * 3 * 3 * 2)
    assert result.multiply_adds == projections + scores
    with pytest.raises(TypeError, match="net: wanted a Module, got int"):
        mg.summary(3, x)


# ---------------------------------------------------------------------- init and utils


def test_more_ways_to_begin():
    p = nn.Parameter(np.zeros((30, 20, 2)))
    w = nn.init.orthogonal_(p, gain=2.0).numpy().reshape(30, 40)
    np.testing.assert_allclose(w @ w.T, 4 * np.eye(30), atol=1e-12)
    w = nn.init.trunc_normal_(p, std=2.0, a=-1.0, b=3.0).numpy()
    assert w.min() >= -1 and w.max() <= 3 and w.std() > 0.5
    q = nn.Parameter(np.ones((4, 3)))
    assert np.array_equal(nn.init.eye_(q).numpy(), np.eye(4, 3))
    assert ((nn.init.sparse_(q, 0.3).numpy() == 0).sum(axis=0) == 2).all()
    assert nn.init.calculate_gain("conv2d") == 1
    for wrong, words in (
        (lambda: nn.init.trunc_normal_(q, a=5, b=6), "holds less than a thousandth"),
        (lambda: nn.init.eye_(p), "eye_: wanted a matrix"),
        (lambda: nn.init.sparse_(q, 1.5), "sparsity must be within"),
        (lambda: nn.init.orthogonal_(mg.zeros(3)), "wanted at least two axes"),
    ):
        with pytest.raises(ValueError, match=words):
            wrong()


@pytest.mark.parametrize("wrong", [1j, np.complex64(1), "1", [1.0], np.ones(2)])
@pytest.mark.parametrize(
    ("name", "option"),
    [
        (name, option)
        for name in nn.init.__all__
        if name.endswith("_")
        for option, p in inspect.signature(getattr(nn.init, name)).parameters.items()
        if p.annotation == "float"
    ],
)
def test_what_a_weight_begins_with_is_a_real_number(name: str, option: str, wrong: object) -> None:
    function, weight = getattr(nn.init, name), nn.Parameter(np.ones((4, 3)))
    needed = {"constant_": {"val": 1.0}, "sparse_": {"sparsity": 0.5}}.get(name, {})
    with pytest.raises(TypeError, match=rf"^{name}.*wanted a number, got {type(wrong).__name__}"):
        function(weight, **{**needed, option: wrong})
    assert (weight.numpy() == 1).all()


def test_parameters_as_a_vector_and_back():
    n = nn.Linear(3, 2)
    vector = nn.utils.parameters_to_vector(n.parameters())
    (vector**2).sum().backward()
    np.testing.assert_allclose(n.weight.grad.numpy(), 2 * n.weight.numpy())
    nn.utils.vector_to_parameters(mg.arange(8.0), n.parameters())
    assert n.weight.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] and n.bias.tolist() == [6.0, 7.0]
    with pytest.raises(ValueError, match="wanted 8 values"):
        nn.utils.vector_to_parameters(mg.zeros(9), n.parameters())


# ---------------------------------------------------------------------- options of modules


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.ELU(1.0, False, 3), TypeError, "ELU: wanted at most 2 arguments, got 3"),
        (lambda: nn.ELU(1.0, alpha=2.0), TypeError, "ELU: the argument 'alpha' was given twice"),
        (lambda: nn.ELU(beta=2.0), TypeError, "'beta' is none of .*alpha"),
        (lambda: nn.Threshold(0.5), TypeError, "Threshold: the argument 'value' is missing"),
        (lambda: nn.Hardtanh(1, 0), ValueError, "wanted min_val < max_val"),
        (lambda: nn.KLDivLoss(reduction="median"), ValueError, "'mean', 'sum' or 'batchmean', got"),
        (lambda: nn.MultiMarginLoss(3), ValueError, "p must be 1 or 2, got 3"),
        (lambda: nn.MultiheadAttention(5, 2), ValueError, "2 heads do not divide 5"),
        (lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True), ValueError, "not supported"),
        (lambda: nn.GroupNorm(2, 5), ValueError, "2 groups do not divide 5"),
        (lambda: nn.RNN(2, 3, nonlinearity="gelu"), ValueError, "must be 'tanh' or 'relu'"),
        (lambda: nn.LSTM(2, 3)(mg.zeros((4, 5))), ValueError, "the last of size 2, got"),
        (lambda: nn.Unflatten(1, (2, 2))(mg.zeros((3, 5))), ValueError, "does not fit axis 1"),
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="x"), ValueError, "'relu', 'gelu'"),
    ],
)
def test_what_modules_refuse(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_alpha_dropout_keeps_mean_and_variance_in_each_mode() -> None:
    x = mg.random.randn(200_000, generator=1)
    with mg.random.fork_rng():
        mg.manual_seed(0)
        y = F.alpha_dropout(x, 0.3, training=True).numpy()
    assert abs(y.mean()) < 0.02 and abs(y.var() - 1) < 0.02


def test_alpha_dropout_of_nothing_and_of_all() -> None:
    x = mg.ones(3)
    assert F.alpha_dropout(x, 0, training=True) is x and F.alpha_dropout(x, 0.5) is x
    assert F.alpha_dropout(x, 1, training=True).tolist() == [0, 0, 0]


# ---------------------------------------------------------------------- members, once more


class Frozen(nn.BatchNorm1d):
    def train(self, mode: bool = True) -> Frozen:
        return super().train(False)


def test_train_asks_each_module_itself() -> None:
    net = nn.Sequential(nn.Sequential(Frozen(2)), nn.Dropout()).train()
    assert net[1].training and net[0].training and not net[0][0].training


def test_a_parameter_that_is_registered_as_a_buffer_is_only_that() -> None:
    module = nn.Module()
    module.register_buffer("b", nn.Parameter([1.0]))
    assert list(module.parameters()) == list(module._parameters) == []
    assert list(module.state_dict()) == list(module._buffers) == ["b"]
    module._buffers["c"] = mg.zeros(1)
    assert list(module.state_dict()) == ["b", "c"]


@pytest.mark.parametrize(
    "layer, name",
    [
        (nn.Linear(2, 2, bias=False), "bias"),
        (nn.Bilinear(2, 2, 2, bias=False), "bias"),
        (nn.BatchNorm1d(2, affine=False), "weight"),
        (nn.LayerNorm(2, bias=False), "bias"),
        (nn.RMSNorm(2, elementwise_affine=False), "weight"),
        (nn.GroupNorm(1, 2, bias=False), "bias"),
        (nn.MultiheadAttention(2, 1), "q_proj_weight"),
        (nn.MultiheadAttention(2, 1, kdim=3), "in_proj_weight"),
    ],
)
def test_an_absent_parameter_becomes_nothing_else(layer: nn.Module, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} is a Parameter and cannot become a Tensor"):
        setattr(layer, name, mg.zeros(2))
    setattr(layer, name, nn.Parameter(mg.zeros(2)))
    setattr(layer, name, None)
    with pytest.raises(TypeError, match="cannot become a Tensor"):
        setattr(copy.copy(layer), name, mg.zeros(2))


def test_a_shallow_copy_gets_members_of_its_own() -> None:
    module = nn.BatchNorm1d(2)
    twin = copy.copy(module)
    twin.register_buffer("more", mg.zeros(1))
    assert "more" in twin.state_dict() and "more" not in module._persistent
    scales = nn.ParameterDict({"a": mg.zeros(1)})
    copy.copy(scales)["b"] = mg.ones(1)
    assert list(scales) == ["a"]


class Counting(nn.Linear):
    calls = 0

    def get_extra_state(self) -> dict[str, int]:
        return {"calls": self.calls}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.calls = state["calls"]


def test_extra_state_goes_with_the_rest() -> None:
    net, other = nn.Sequential(Counting(1, 1)), nn.Sequential(Counting(1, 1))
    net[0].calls = 3
    state = net.state_dict()
    assert list(state) == ["0.weight", "0.bias", "0._extra_state"]
    assert not other.load_state_dict(state).missing_keys
    assert other[0].calls == 3
    del state["0._extra_state"]
    with pytest.raises(ValueError, match=r"missing: '0\._extra_state'"):
        other.load_state_dict(state)
    with pytest.raises(RuntimeError, match="Linear defines no get_extra_state"):
        nn.Linear(1, 1).get_extra_state()


def test_what_load_hooks_complain_of_is_reported() -> None:
    layer = nn.Linear(1, 1)
    layer.register_load_state_dict_pre_hook(lambda *args: args[-1].append("an old version"))
    with pytest.raises(ValueError, match="nothing was changed\n  an old version"):
        layer.load_state_dict(nn.Linear(1, 1).state_dict())

    class Own(nn.Linear):
        def _load_from_state_dict(self, *args: object) -> None: ...

    with pytest.raises(TypeError, match="Own defines _load_from_state_dict"):
        nn.Sequential(Own(1, 1)).load_state_dict({})


def test_zeroed_gradients_stay_the_same_tensors() -> None:
    layer = nn.Linear(2, 1)
    layer(mg.ones(1, 2)).sum().backward()
    held = layer.weight.grad
    layer.zero_grad(set_to_none=False)
    assert layer.weight.grad is held and held.tolist() == [[0.0, 0.0]]


def test_requires_grad_of_all_or_none() -> None:
    net = nn.Sequential(nn.Linear(1, 1)).requires_grad_(False)
    net.count = nn.Parameter(mg.tensor([1]), requires_grad=False)
    with pytest.raises(ValueError, match="requires_grad_: 'count': wanted a floating dtype"):
        net.requires_grad_()
    assert not any(p.requires_grad for p in net.parameters())


# ---------------------------------------------------------------------- lazy layers, once more


def test_lazy_layers_check_before_they_become_ordinary() -> None:
    linear = nn.LazyLinear(2)
    with pytest.raises(ValueError, match="in_features must be at least 1, got 0"):
        linear(mg.zeros(3, 0))
    assert linear(mg.ones(3, 4)).shape == (3, 2)
    norm = nn.LazyBatchNorm1d()
    with pytest.raises(ValueError, match=r"wanted an input of shape \(N, C\) or \(N, C, L\)"):
        norm(mg.zeros(3, 2, 2, 2))
    assert type(norm) is nn.LazyBatchNorm1d
    assert isinstance(norm.running_var, nn.UninitializedBuffer)
    assert norm(mg.randn(3, 4)).shape == (3, 4)


def test_lazy_layers_keep_what_was_loaded() -> None:
    linear = nn.LazyLinear(2)
    linear.load_state_dict({"weight": np.ones((2, 3))}, strict=False)
    assert linear(mg.zeros(1, 3)).shape == (1, 2)
    assert linear.weight.tolist() == [[1.0] * 3] * 2
    norm, lazy = nn.BatchNorm1d(2), nn.LazyBatchNorm1d()
    norm(mg.randn(5, 2))
    norm.weight.data = mg.tensor([5.0, 6.0])
    lazy.load_state_dict(norm.state_dict())
    lazy.reset_parameters()  # there is nothing to begin anew before the first input
    with pytest.raises(ValueError, match=r"LazyBatchNorm1d: wanted an input of shape \(N, 2\)"):
        lazy(mg.zeros(5, 3))
    assert lazy.eval()(mg.ones(1, 2)).tolist() == norm.eval()(mg.ones(1, 2)).tolist()


def test_a_hooked_module_that_changes_its_input_is_refused() -> None:
    module = nn.ReLU(inplace=True)
    handle = module.register_full_backward_hook(lambda *args: None)
    x = mg.tensor([-1.0, 1.0], requires_grad=True) * 1
    with pytest.raises(RuntimeError, match="ReLU changes its input in place"):
        module(x)
    handle.remove()
    assert module(x).tolist() == x.tolist() == [0.0, 1.0]


class Late(nn.Module):
    """Members that begin as None: `head` and `w` as plain attributes, `kept` and `place` not."""

    def __init__(self) -> None:
        super().__init__()
        self.head = self.w = None
        self.register_parameter("kept", None)
        self.add_module("place", None)
        self.b = nn.Parameter(mg.zeros(2))
        self.body = nn.Linear(2, 2)
        self.head, self.w = nn.Linear(2, 2), nn.Parameter(mg.zeros(1))
        self.kept, self.place = nn.Parameter(mg.zeros(3)), nn.Linear(1, 1)


def test_the_order_of_members_is_that_of_their_registration() -> None:
    net = Late()
    assert [n for n, _ in net.named_parameters(recurse=False)] == ["kept", "b", "w"]
    assert [n for n, _ in net.named_children()] == ["place", "body", "head"]
    net.place = net.kept = None
    with pytest.raises(TypeError, match="place is a Module and cannot become a int"):
        net.place = 3
    net.kept, net.place = nn.Parameter(mg.zeros(3)), nn.Linear(1, 1)
    assert [n for n, _ in net.named_parameters(recurse=False)] == ["kept", "b", "w"]
    assert [n for n, _ in net.named_children()] == ["place", "body", "head"]


def test_what_a_subclass_saves_in_its_own_way_is_saved() -> None:
    class Own(nn.Linear):
        def _save_to_state_dict(self, destination, prefix, keep_vars):
            super()._save_to_state_dict(destination, prefix, keep_vars)
            destination[prefix + "version"] = 3

    assert list(nn.Sequential(Own(1, 1)).state_dict()) == ["0.weight", "0.bias", "0.version"]

    class Converting(nn.Linear):
        def _apply(self, fn, recurse=True): ...

    with pytest.raises(TypeError, match="to: Converting defines _apply"):
        nn.Sequential(Converting(1, 1)).double()


@pytest.mark.parametrize("assign", [False, True])
def test_an_extra_state_that_is_refused_leaves_the_tensors_as_they_were(assign: bool) -> None:
    net = nn.Sequential(nn.Linear(1, 1), Counting(1, 1))
    before = {name: (t, t.tolist()) for name, t in net.named_parameters()}
    state = {**{name: mg.ones(*t.shape) for name, (t, _) in before.items()}, "1._extra_state": {}}
    with pytest.raises(KeyError, match="calls"):
        net.load_state_dict(state, assign=assign)
    assert all(net.get_parameter(n) is t and t.tolist() == v for n, (t, v) in before.items())
