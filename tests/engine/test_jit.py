"""Code with `torch.jit` runs, as Python."""

from __future__ import annotations

import pytest

import minigrad as torch
from minigrad import nn


@torch.jit.script
def gelu(x: torch.Tensor, scale: torch.jit.Final[float] = 0.5) -> torch.Tensor:
    return scale * x * (1 + torch.erf(x / 2**0.5))


class Net(torch.jit.ScriptModule):
    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(3, 2)

    @torch.jit.script_method
    def forward(self, x):
        if torch.jit.is_scripting() or torch.jit.is_tracing():
            raise AssertionError
        return self.named(x)

    @torch.jit.export
    def named(self, x):
        return gelu(self.linear(torch.jit.annotate(torch.Tensor, x)))

    @torch.jit.ignore
    def a(self):
        return 1

    @torch.jit.ignore(drop=True)
    def b(self):
        return 2

    @torch.jit.unused
    def c(self):
        return 3


def test_scripts_and_traces_are_what_they_are_of() -> None:
    net, x = Net(), torch.randn(4, 3)
    assert torch.jit.script(net) is net and (net.a(), net.b(), net.c()) == (1, 2, 3)
    assert torch.jit.trace(net, x) is net and torch.jit.trace(net, (x,)) is net
    torch.jit.trace(net, example_kwarg_inputs={"x": x})
    assert torch.allclose(net(x), nn.functional.gelu(net.linear(x)), atol=1e-6)
    calls = []
    twice = torch.jit.trace(lambda x: calls.append(1) or 2 * x, x, check_trace=False)
    assert twice(x).equal(2 * x) and len(calls) == 2


def test_refused() -> None:
    for call in (torch.jit.script, lambda f: torch.jit.trace(f, torch.ones(2))):
        with pytest.raises(TypeError, match="wanted a function or a module, got int"):
            call(3)
    with pytest.raises(TypeError, match="example_inputs"):
        torch.jit.trace(torch.relu)
    with pytest.raises(TypeError):  # as the function says it
        torch.jit.trace(torch.relu, (1, 2, 3))
    with pytest.raises(AttributeError, match=r"minigrad\.save"):
        torch.jit.save  # noqa: B018
