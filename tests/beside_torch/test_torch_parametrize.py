"""Parametrized layers beside PyTorch's: names, values, and trainings from the same state."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

WEIGHT = np.random.default_rng(0).normal(size=(4, 4))


def modules(m: Any) -> dict[str, Any]:
    class Symmetric(m.nn.Module):
        def forward(self, A: Any) -> Any:
            return A.triu() + A.triu(1).transpose(-1, -2)

        def right_inverse(self, A: Any) -> Any:
            return A.triu()

    class RankOne(m.nn.Module):
        def forward(self, x: Any, y: Any) -> Any:
            return x @ y

        def right_inverse(self, A: Any) -> Any:
            return A[:, :1].clone(), A[:1, :].clone()

    class Exp(m.nn.Module):
        def forward(self, A: Any) -> Any:
            return A.exp()

    return {"Symmetric": Symmetric, "RankOne": RankOne, "Exp": Exp}


def layer(m: Any, rows: int, columns: int) -> Any:
    made = m.nn.Linear(columns, rows).double()
    with m.no_grad():
        made.weight.copy_(m.tensor(WEIGHT[:rows, :columns]))
        made.bias.zero_()
    return made


def trained(m: Any, net: Any) -> list[np.ndarray]:
    """The weight and the originals along a few steps."""
    optimizer = m.optim.SGD(net.parameters(), lr=0.05, momentum=0.5)
    x = m.tensor(WEIGHT[:3, : net.in_features] + 1)
    found = [net.weight.detach().numpy().copy()]
    for _ in range(4):
        optimizer.zero_grad()
        (net(x) ** 2).sum().backward()
        optimizer.step()
        found += [p.detach().numpy().copy() for p in net.parameters()]
    net.eval()
    return [*found, net.weight.detach().numpy().copy()]


def close(ours: list[np.ndarray], theirs: list[np.ndarray]) -> None:
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("names", [["Symmetric"], ["RankOne"], ["Exp"], ["Symmetric", "Exp"]])
def test_of_ones_own(names: list[str]) -> None:
    found = []
    for m in (mg, torch):
        net, made = layer(m, 3, 3), modules(m)
        parametrize = m.nn.utils.parametrize
        for name in names:
            parametrize.register_parametrization(net, "weight", made[name]())
        words = [repr(net), sorted(net.state_dict()), parametrize.is_parametrized(net, "bias")]
        words += [[(n, tuple(p.shape)) for n, p in net.named_parameters()]]
        values = trained(m, net)
        if "Exp" not in names:
            net.weight = m.eye(3).double()
            values.append(net.weight.detach().numpy().copy())
        parametrize.remove_parametrizations(net, "weight")
        words += [repr(net), type(net.weight).__name__, sorted(net.state_dict())]
        found.append((words, [*values, net.weight.detach().numpy().copy()]))
    assert found[0][0] == found[1][0]
    close(found[0][1], found[1][1])


def test_the_rest_of_the_package() -> None:
    found = []
    for m in (mg, torch):
        parametrize, net = m.nn.utils.parametrize, layer(m, 3, 3)
        parametrize.register_parametrization(net, "bias", modules(m)["Exp"]())
        with parametrize.cached():
            within = net.bias is net.bias
        made = net.parametrizations.bias
        found.append(
            (
                within,
                net.bias is net.bias,
                type(net).__name__,
                parametrize.type_before_parametrizations(net).__name__,
                isinstance(made, parametrize.ParametrizationList),
                made.is_tensor,
                made().tolist(),
            )
        )
    assert found[0] == found[1]


MADE: dict[str, dict[str, Any]] = {
    "weight_norm": {},
    "weight_norm 1": {"dim": 1},
    "weight_norm all": {"dim": None},
    "spectral_norm": {},
    "spectral_norm 3": {"n_power_iterations": 3, "dim": 1},
    "orthogonal": {},
    **{
        f"orthogonal {kind} {base}": {"orthogonal_map": kind, "use_trivialization": base}
        for kind in ("matrix_exp", "cayley", "householder")
        for base in (True, False)
    },
}


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)], ids=str)
@pytest.mark.parametrize("what", MADE)
def test_those_ready_made(what: str, shape: tuple[int, int]) -> None:
    ours, theirs = layer(mg, *shape), layer(torch, *shape)
    name = what.split()[0]
    for m, net in ((mg, ours), (torch, theirs)):
        assert getattr(m.nn.utils.parametrizations, name)(net, **MADE[what]) is net
    state = {n: t.numpy().copy() for n, t in theirs.state_dict().items()}
    ours.load_state_dict(state)  # some begin with random numbers
    close(trained(mg, ours), trained(torch, theirs))


@pytest.mark.parametrize("what", [w for w in MADE if not re.search("(exp|cayley) False", w)])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4)], ids=str)
def test_assigned_weights(what: str, shape: tuple[int, int]) -> None:
    found = []
    for m in (mg, torch):
        net = layer(m, *shape)
        getattr(m.nn.utils.parametrizations, what.split()[0])(net, **MADE[what])
        net.eval()
        if "spectral" in what:
            for name, buffer in net.named_buffers():
                buffer.copy_(m.tensor(WEIGHT[0, : len(buffer)] + len(name)))
        net.weight = m.tensor(WEIGHT[: shape[0], : shape[1]] * 2 + 1)
        found.append([net.weight.detach().numpy().copy()])
    close(*found)
