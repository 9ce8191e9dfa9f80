"""The factor before the tensors, as older code has it, beside PyTorch's."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

CALLS = {
    "add": lambda m, x, y: (x.add(2, y), x.clone().add_(-0.5, y), m.add(x, 3, y)),
    "sub": lambda m, x, y: (x.sub(2, y), x.clone().sub_(-0.5, y), m.sub(x, 3, y)),
    "addcmul": lambda m, x, y: (
        x.addcmul(2, y, y),
        m.addcmul(x, 3, y, x),
        +x.clone().addcmul_(2, x, y),
    ),
    "addcdiv": lambda m, x, y: (
        x.addcdiv(2, x, y),
        m.addcdiv(x, 3, y, y),
        +x.clone().addcdiv_(2, x, y),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_factor_before_the_tensors(name: str) -> None:
    found = []
    for library in (mg, torch):
        x, y = (library.tensor(v, requires_grad=True) for v in ([1.0, -2.0, 3.0], [0.5, 4.0, -1.0]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outs = CALLS[name](library, x, y)
        sum((out * out).sum() for out in outs).backward()
        found.append([t.detach().numpy() for t in (*outs, x.grad, y.grad)])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_warning_at_the_line_says_how_it_goes_today() -> None:
    x, y = mg.ones(2), mg.tensor([1.0, 2.0])
    with pytest.warns(
        UserWarning, match="addcmul: .* behind the tensors today, as value=2"
    ) as told:
        x.addcmul_(2, y, y)
    assert told[0].filename == __file__ and x.tolist() == [3.0, 9.0]


@pytest.mark.parametrize(
    "call",
    [
        lambda x: x.add_(True, x),
        lambda x: x.add_("2", x),
        lambda x: x.add_(x, 2),
        lambda x: x.add_(2, x, alpha=3),
        lambda x: x.addcmul_(2, x, x, x),
    ],
)
def test_what_is_no_factor(call: Any) -> None:
    x = mg.tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"add(cmul)?_?\(\) takes \d"):
        call(x)
    assert x.tolist() == [1.0, 2.0]
