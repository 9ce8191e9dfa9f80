"""Weights that hooks compute: the older norms and pruning, beside PyTorch's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
W = np.random.default_rng(3).normal(size=(4, 6))
X = np.random.default_rng(4).normal(size=(5, 6))


def layer(library: Any) -> Any:
    made = library.nn.Linear(6, 4).double()
    made.load_state_dict({"weight": library.tensor(W), "bias": library.tensor(W[:, 0].copy())})
    return made


def same_state(ours: Any, theirs: Any, tolerance: float = 1e-12) -> None:
    a, b = ours.state_dict(), theirs.state_dict()
    assert [*a] == [*b]
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    for name in a:
        np.testing.assert_allclose(a[name].numpy(), b[name].numpy(), tolerance, 1e-14)


def trained(library: Any, net: Any) -> Any:
    """Three steps, and the weight after them."""
    optimizer = library.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        (net(library.tensor(X)) ** 2).sum().backward()
        optimizer.step()
    net.eval()
    net(library.tensor(X))
    return net.weight


@pytest.mark.parametrize("dim", [0, 1, -1, None])
def test_weight_norm(dim: int | None) -> None:
    nets = []
    for library in (mg, torch):
        net = layer(library)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's: there is a newer one
            assert library.nn.utils.weight_norm(net, dim=dim) is net
        nets.append(net)
    same_state(*nets)
    weights = [trained(lib, net) for lib, net in zip((mg, torch), nets, strict=True)]
    np.testing.assert_allclose(*(w.detach().numpy() for w in weights), rtol=1e-12)
    for library, net in zip((mg, torch), nets, strict=True):
        library.nn.utils.remove_weight_norm(net)
    same_state(*nets)


def test_spectral_norm() -> None:
    nets = []
    for library in (mg, torch):
        net = library.nn.utils.spectral_norm(layer(library), n_power_iterations=2)
        for part in "uv":  # the first vectors are drawn
            start = np.ones(4 if part == "u" else 6)
            getattr(net, f"weight_{part}").copy_(library.tensor(start / np.linalg.norm(start)))
        nets.append(net)
    same_state(*nets)
    weights = [trained(lib, net) for lib, net in zip((mg, torch), nets, strict=True)]
    np.testing.assert_allclose(*(w.detach().numpy() for w in weights), rtol=1e-10)
    same_state(*nets, 1e-10)
    for library, net in zip((mg, torch), nets, strict=True):
        library.nn.utils.remove_spectral_norm(net)
    same_state(*nets, 1e-10)


PRUNED = {
    "l1": lambda p, net, t: p.l1_unstructured(net, "weight", 0.3),
    "l1 of many": lambda p, net, t: p.l1_unstructured(net, "weight", amount=7),
    "l1 twice": lambda p, net, t: p.l1_unstructured(
        p.l1_unstructured(net, "weight", 0.5), "weight", 0.5
    ),
    "by scores": lambda p, net, t: p.l1_unstructured(
        net, "weight", 5, importance_scores=t(W[::-1].copy())
    ),
    "rows": lambda p, net, t: p.ln_structured(net, "weight", 0.5, n=2, dim=0),
    "columns twice": lambda p, net, t: p.ln_structured(
        p.ln_structured(net, "weight", 2, n=1, dim=1), "weight", 0.5, n=float("inf"), dim=-1
    ),
    "rows, then elements": lambda p, net, t: p.l1_unstructured(
        p.ln_structured(net, "weight", 1, n=2, dim=0), "weight", 0.5
    ),
    "identity": lambda p, net, t: p.identity(net, "weight"),
    "a share of NumPy's": lambda p, net, t: p.l1_unstructured(net, "weight", np.float32(0.5)),
    "by a mask": lambda p, net, t: p.custom_from_mask(net, "weight", t((W > 0) * 1.0)),
    "globally": lambda p, net, t: p.global_unstructured(
        [(net, "weight"), (net, "bias")], pruning_method=p.L1Unstructured, amount=0.4
    ),
    "globally twice": lambda p, net, t: [
        p.global_unstructured([(net, "weight"), (net, "bias")], p.L1Unstructured, amount=0.4)
        for _ in range(2)
    ],
}


@pytest.mark.parametrize("how", PRUNED)
def test_pruning(how: str) -> None:
    nets = []
    for library in (mg, torch):
        prune = __import__(f"{library.__name__}.nn.utils.prune", fromlist=["x"])
        net = layer(library)
        assert not prune.is_pruned(net)
        PRUNED[how](prune, net, library.tensor)
        assert prune.is_pruned(net)
        assert prune.is_pruned(library.nn.Sequential(net))
        nets.append(net)
    same_state(*nets)
    weights = [trained(lib, net) for lib, net in zip((mg, torch), nets, strict=True)]
    np.testing.assert_allclose(*(w.detach().numpy() for w in weights), rtol=1e-12)
    for library, net in zip((mg, torch), nets, strict=True):
        parameter = net.weight_orig
        library.nn.utils.prune.remove(net, "weight")
        assert net.weight is parameter
    same_state(*nets)


@pytest.mark.parametrize("amount", [0, 5, 0.25, 1.0])
def test_random_pruning_takes_as_many(amount: float) -> None:
    counts = []
    for library in (mg, torch):
        prune = __import__(f"{library.__name__}.nn.utils.prune", fromlist=["x"])
        net = prune.random_unstructured(layer(library), "weight", amount)
        rows = prune.random_structured(layer(library), "weight", min(amount, 3), dim=0)
        counts.append([int((n.weight_mask == 0).sum()) for n in (net, rows)])
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda u, net: u.weight_norm(net, "nothing"), ValueError, r"wanted one of \['weight'"),
        (lambda u, net: u.weight_norm(3), TypeError, "wanted a Module, got int"),
        (lambda u, net: u.weight_norm(u.weight_norm(net)), RuntimeError, "computed so already"),
        (lambda u, net: u.spectral_norm(net, "bias"), ValueError, "two axes"),
        (lambda u, net: u.spectral_norm(net, n_power_iterations=0), ValueError, "positive"),
        (lambda u, net: u.remove_weight_norm(net), ValueError, "has no weight_norm of 'weight'"),
        (lambda u, net: u.prune.remove(net, "weight"), ValueError, "has no pruned 'weight'"),
        (lambda u, net: u.prune.l1_unstructured(net, "weight", 25), ValueError, "the 24 there are"),
        (lambda u, net: u.prune.l1_unstructured(net, "weight", 1.5), ValueError, r"in \[0, 1\]"),
        (
            lambda u, net: u.prune.l1_unstructured(net, "weight", "a"),
            TypeError,
            "a number, got str",
        ),
        (lambda u, net: u.prune.l1_unstructured(net, "w", 0.5), ValueError, "wanted one of"),
        (
            lambda u, net: u.prune.l1_unstructured(net, "weight", 1, mg.ones(2)),
            ValueError,
            "importance_scores: wanted shape",
        ),
        (
            lambda u, net: u.prune.custom_from_mask(net, "weight", mg.ones(2)),
            ValueError,
            "mask: wanted shape",
        ),
        (
            lambda u, net: u.prune.global_unstructured(
                [(net, "weight")], u.prune.LnStructured, amount=1, n=2
            ),
            TypeError,
            "an unstructured one",
        ),
        (
            lambda u, net: u.prune.global_unstructured(
                [(net, "weight"), (net, "nothing")], u.prune.L1Unstructured, amount=1
            ),
            ValueError,
            "global_unstructured: name: wanted one of",
        ),
        (
            lambda u, net: u.prune.global_unstructured(
                [(net, "weight"), (net, "bias")],
                u.prune.L1Unstructured,
                {(net, "weight"): mg.ones(7)},
                amount=1,
            ),
            ValueError,
            "global_unstructured: importance_scores: wanted shape",
        ),
    ],
)
def test_what_they_refuse(call: Any, error: Any, words: str) -> None:
    net = layer(mg)
    with pytest.raises(error, match=words):
        call(mg.nn.utils, net)
    if "already" not in words:
        assert [*net.state_dict()] == ["weight", "bias"] and not net._forward_pre_hooks
