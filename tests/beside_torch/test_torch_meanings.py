"""Calls as people write them mean the same in PyTorch and here; and what they change."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from torch_names import CALLS, DECLARED, IN_PLACE

import minigrad as mg

torch = pytest.importorskip("torch")


def names(library: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)

    def leaf(*shape: int, low: float = -1.5, high: float = 1.5) -> Any:
        values = rng.uniform(low, high, shape)
        return library.tensor(values, dtype=library.float64, requires_grad=True)

    made = {"x": leaf(3, 4), "y": leaf(3, 4), "v": leaf(4), "w": leaf(3), "m": leaf(4, 4)}
    made |= {"b": leaf(2, 3, 4), "s": leaf(), "p": leaf(3, 4, low=0.2, high=2.0), "e": leaf(0, 4)}
    made |= {"q": leaf(3, 4, low=-0.9, high=0.9)}
    made["i"] = library.tensor(rng.integers(0, 7, (3, 4)))
    made["j"] = library.tensor(rng.permuted(np.tile(np.arange(3)[:, None], 4), axis=0)[:2])
    made["k"] = library.tensor(np.array([2, 1]))
    made["n"] = library.tensor(rng.random((3, 4)) > 0.5)
    return made | {"T": library}


def flat(value: Any) -> list[Any]:
    return (
        [v for part in value for v in flat(part)] if isinstance(value, (tuple, list)) else [value]
    )


def plain(value: Any) -> Any:
    if hasattr(value, "detach"):
        array = value.detach().numpy()
        return array.shape, str(array.dtype), array
    text = str(value).removeprefix("torch.")
    return text if not isinstance(value, (int, float)) else value


def outcome(call: str, library: Any) -> tuple[list[Any], dict[str, Any]]:
    given = names(library)
    if "z" in re.findall(r"\bz\b", call):
        given["z"] = given["x"] * 1.0
        eval(call, given)
        value = given["z"]
    else:
        value = eval(call, given)
    outputs = flat(value)
    total = 0.0
    for n, out in enumerate(outputs):
        if hasattr(out, "requires_grad") and out.requires_grad:
            cotangent = np.cos(np.arange(out.numel()).reshape(tuple(out.shape)) + n)
            weights = library.tensor(cotangent, dtype=library.float64)
            total = total + (out * weights).sum()
    if hasattr(total, "backward"):
        total.backward()
    leaves = {k: t for k, t in given.items() if len(k) == 1 and k not in "Tz"}
    grads = {k: t.grad.numpy() for k, t in leaves.items() if t.grad is not None}
    return [plain(o) for o in outputs], grads


@pytest.mark.parametrize("call", [*CALLS, *IN_PLACE])
def test_it_means_what_it_means_in_pytorch(call: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, wanted_grads = outcome(call, torch)
        with np.errstate(all="ignore"):
            got, grads = outcome(call, mg)
    assert len(got) == len(wanted)
    for a, b in zip(got, wanted, strict=True):
        if isinstance(b, tuple):
            assert a[:2] == b[:2]
            assert_allclose(a[2], b[2], rtol=1e-9, atol=1e-12)
        else:
            assert a == b
    for name, wanted_grad in wanted_grads.items():
        found = grads.get(name, np.zeros(wanted_grad.shape))
        assert_allclose(found, wanted_grad, rtol=1e-8, atol=1e-10, err_msg=f"gradient of {name}")


def test_the_table_is_of_names_that_both_have() -> None:
    for name in DECLARED:
        assert hasattr(mg, name) or hasattr(mg.Tensor, name), name


def changed_in_turns(library: Any, seed: int) -> Any:
    """A tensor, views of it, and drawn changes of any of them; values and gradients."""
    draw = np.random.default_rng(seed)
    w = library.tensor([2.0, 3.0, 0.5], requires_grad=True)
    tensors = [library.ones(2, 3) * (w if draw.integers(2) else 1.0)]
    for kind in draw.integers(8, size=9):
        t = tensors[draw.integers(len(tensors))]
        if kind < 2 and t.ndim:
            tensors.append(t[draw.integers(2)] if kind else t[..., 1:])
        elif kind == 2:
            t.mul_(w[int(draw.integers(3))])
        elif kind == 3:
            t += 1.0
        elif kind == 4:
            t[...] = 5.0
        elif kind == 5:
            t.copy_(w[1])
        elif kind == 6:
            tensors[0][0] *= w
        else:
            with library.no_grad():
                t.add_(1.0)
    total = sum((t * (i + 1.0)).sum() for i, t in enumerate(tensors))
    (g,) = library.autograd.grad(total + w.sum() * 0.0, w)
    return [t.tolist() for t in tensors], g.tolist()


def test_views_that_are_changed_in_turns_stay_what_they_are_in_pytorch() -> None:
    agreed = 0
    for seed in range(150):
        try:
            wanted = changed_in_turns(torch, seed)
        except (RuntimeError, IndexError):  # a value that a product needs has been changed
            continue
        assert changed_in_turns(mg, seed) == wanted, seed
        agreed += 1
    assert agreed > 75
