"""The packages beside `minigrad` itself: every name that PyTorch's has too is compared, or excused.

A name that stands in no file beside this one, not here and not in `EXCEPTIONS` fails.
"""

from __future__ import annotations

import importlib
import inspect
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_torch_arguments import plain, same
from torch_calls import PROGRAMS

import minigrad as mg

torch = pytest.importorskip("torch")

PACKAGES = """
    nn nn.init nn.utils nn.utils.rnn nn.parameter nn.functional optim optim.lr_scheduler
    optim.swa_utils autograd autograd.functional linalg utils.data utils.checkpoint distributions
    func special random amp testing nn.utils.parametrize nn.utils.parametrizations
""".split()
EXCEPTIONS = {
    "a base class, of which others are compared": "LRScheduler Optimizer Distribution Sampler",
    "what pack_padded_sequence gives": "PackedSequence",
    "an error": "LinAlgError",
    "made of the five kinds of borders, in a loop": " ".join(
        f"{kind}Pad{n}d"
        for kind in ("Circular", "Constant", "Reflection", "Replication", "Zero")
        for n in (1, 2, 3)
    ),
    "random numbers: a seed draws other ones": "default_generator",
    "Python's": "TYPE_CHECKING",
}


def classes(m: Any) -> dict[str, Any]:
    """Subclasses of the library's."""

    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return 3 * g * ctx.saved_tensors[0] ** 2

    class Squares(m.utils.data.Dataset):
        def __init__(self, n: int) -> None:
            self.n = n

        def __len__(self) -> int:
            return self.n

        def __getitem__(self, i: int) -> Any:
            return float(i * i)

    class Counting(m.utils.data.IterableDataset):
        def __init__(self, n: int) -> None:
            self.n = n

        def __iter__(self) -> Any:
            return iter(range(self.n))

    return {"Cube": Cube, "Squares": Squares, "Counting": Counting}


def within(block: Any, call: Any) -> Any:
    with block:
        return call()


@pytest.mark.parametrize("call", PROGRAMS)
def test_calls_mean_what_they_mean_in_pytorch(call: str) -> None:
    values = []
    for m in (mg, torch):
        m.manual_seed(0)
        rng = np.random.default_rng(0)
        a, b, w = (m.tensor(rng.normal(size=(3, 4)).astype("float32")) for _ in range(3))
        names = {"m": m, "D": m.utils.data, "a": a, "b": b, "w": w.requires_grad_(), "np": np}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values.append(plain(eval(call, names | classes(m) | {"within": within})))
    same(*values)


WIDTHS = ("kaiming_normal", "kaiming_uniform", "xavier_normal", "xavier_uniform")


@pytest.mark.parametrize("call", WIDTHS)
@pytest.mark.parametrize("older", [False, True])
def test_weights_begin_as_wide_as_in_pytorch(call: str, older: bool) -> None:
    widths = []
    for m in (mg, torch):
        m.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            fill = getattr(m.nn.init, call if older else f"{call}_")
            widths.append(fill(m.empty(400, 300)).numpy().std())
    np.testing.assert_allclose(*widths, rtol=0.01)


def test_a_fork_draws_the_same_again() -> None:
    for m in (mg, torch):
        m.manual_seed(0)
        with m.random.fork_rng():
            first = m.rand(3)
        assert (m.rand(3) == first).all()


def shared(package: str) -> set[str]:
    """What both have, of their own."""
    ours, theirs = (importlib.import_module(f"{m.__name__}.{package}") for m in (mg, torch))
    return {
        name
        for name in {*dir(ours), *vars(ours)}
        if not name.startswith("_")
        and hasattr(theirs, name)
        and not inspect.ismodule(getattr(ours, name))
        and getattr(getattr(ours, name), "__module__", "minigrad").startswith("minigrad")
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_shared_name_is_compared(package: str) -> None:
    here = Path(__file__)
    words = {
        w for f in here.parent.glob("*.py") if f != here for w in re.findall(r"\w+", f.read_text())
    }
    words |= {w for call in PROGRAMS for w in re.findall(r"\w+", call)}
    words |= set(re.findall(r"\w+", inspect.getsource(classes)))
    words |= set(re.findall(r"\w+", inspect.getsource(test_a_fork_draws_the_same_again)))
    words |= {*WIDTHS, *(f"{name}_" for name in WIDTHS)}
    excused = {name for names in EXCEPTIONS.values() for name in names.split()}
    assert not shared(package) - words - excused


@pytest.mark.parametrize("package", ["nn", "nn.init", "optim.lr_scheduler", "utils.data"])
def test_a_name_that_nothing_compares_fails(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for m in (mg, torch):
        module = importlib.import_module(f"{m.__name__}.{package}")
        monkeypatch.setattr(module, "never_heard" + "_of_it", object(), raising=False)
    with pytest.raises(AssertionError):
        test_every_shared_name_is_compared(package)
