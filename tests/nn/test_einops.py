"""einops takes tensors of minigrad: values as of its arrays, with gradients."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import einops
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

X = np.arange(48.0).reshape(2, 6, 4) % 7


@pytest.mark.parametrize(
    "call",
    [
        lambda x: einops.rearrange(x, "b (h w) c -> c b h w", h=2),
        lambda x: einops.rearrange([x, x], "k b n c -> b k (n c)"),
        lambda x: einops.rearrange(x, "b ... -> ... b"),
        lambda x: einops.repeat(x, "b n c -> b n k (c 2)", k=3),
        lambda x: einops.pack([x, x[:, 0]], "b * c")[0],
        lambda x: einops.unpack(x, [(2,), (2, 2)], "b * c")[1],
        lambda x: einops.einsum(x, x, "b i c, b j c -> b i j"),
        *(
            lambda x, how=how: einops.reduce(x, "b (h 2) c -> h", how)
            for how in ("max", "min", "sum", "mean", "prod")
        ),
        *(lambda x, how=how: einops.reduce(x > 2, "b (h 2) c -> h", how) for how in ("any", "all")),
    ],
)
def test_values_are_those_of_arrays_and_gradients_are_recorded(call) -> None:
    x = mg.tensor(X, requires_grad=True)
    out = call(x)
    np.testing.assert_allclose(out.numpy(), call(X), rtol=1e-12)
    if out.is_floating_point():
        assert mg.gradcheck(call, [mg.tensor(X + np.linspace(0, 0.4, 48).reshape(2, 6, 4))])


def test_its_other_functions_know_tensors() -> None:
    assert einops.parse_shape(mg.ones(2, 3, 4), "a _ b") == {"a": 2, "b": 4}
    array = einops.asnumpy(mg.ones(2, requires_grad=True))
    assert isinstance(array, np.ndarray) and (array == 1).all()
    with pytest.raises(einops.EinopsError, match="divide axis of length 3"):
        einops.rearrange(mg.ones(2, 3), "a (b c) -> a b c", c=2)
    with pytest.raises(NotImplementedError, match="reduce_mean"):
        einops.reduce(mg.ones(2, 3, dtype=mg.int64), "a b -> a", "mean")


def test_layers_in_a_net() -> None:
    from einops.layers.minigrad import EinMix, Rearrange, Reduce

    mg.manual_seed(0)
    net = nn.Sequential(
        Rearrange("b n c -> b (n c)"),
        nn.Linear(24, 8),
        Rearrange("b (h d) -> b h d", h=2),
        EinMix("b (k h) d -> b h (k e)", "k h d e", "k e", k=1, h=2, d=4, e=5),
        EinMix("b h d -> b h e", "d e", d=5, e=3),
        Reduce("b h e -> b", "mean"),
    )
    x = mg.randn(2, 6, 4)
    out = net(x)
    assert {name: p.shape for name, p in net.named_parameters()} == {
        "1.weight": (8, 24),
        "1.bias": (8,),
        "3.weight": (1, 2, 4, 5),
        "3.bias": (1, 1, 1, 5),
        "4.weight": (5, 3),
    }
    out.sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    step = net[1](x.flatten(1)).reshape(2, 2, 4)
    step = mg.einsum("bhd,hde->bhe", step, net[3].weight[0]) + net[3].bias[0, 0]
    assert mg.allclose(out, (step @ net[4].weight).mean((1, 2)))
    assert copy.deepcopy(net)(x).equal(out)
    assert isinstance(pickle.loads(pickle.dumps(net[0])), Rearrange)
    assert repr(net[5]) == "Reduce('b h e -> b', 'mean')"


@pytest.mark.parametrize("order", [("einops", "minigrad"), ("minigrad", "einops")])
def test_in_either_order_and_without_pytorch(order) -> None:
    code = f"""
import sys
import {order[0]}
import {order[1]}
from einops.layers.minigrad import Reduce
assert einops.rearrange(minigrad.ones(2, 3), "a b -> b a").shape == (3, 2)
weight = minigrad.nn.Parameter(minigrad.ones(2, 3))
assert einops.reduce(weight, "a b -> b", "sum").tolist() == [2] * 3
assert Reduce("a b -> b", "sum")(minigrad.ones(2, 3)).tolist() == [2] * 3
assert "torch" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


def test_a_compiled_step_has_its_patterns_and_layers() -> None:
    from einops.layers.minigrad import EinMix

    layer = EinMix("n (h d) -> n h d", "h d", h=2, d=3)

    def step(x):
        y = einops.rearrange(layer(x), "(b n) h d -> b (n h d)", b=2)
        return einops.reduce(y, "b n -> b", "sum")

    compiled = mg.compile(step)
    for value in (1.0, 2.0, 3.0):
        layer.weight.data.fill_(value)
        for scale in (1, 2, 3):
            x = mg.arange(24.0).reshape(4, 6) * scale
            assert compiled(x).equal(step(x))
