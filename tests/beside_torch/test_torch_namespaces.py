"""The packages beside `minigrad` itself: every name that PyTorch's has too is compared, or excused.

`CALLS` are calls of what no other table here has; a name that stands in no file beside this one,
not here and not in `EXCEPTIONS` fails.
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

# m is the library, D its utils.data; a, b: constants (3, 4); w: (3, 4), which requires a gradient
CALLS = """
m.nn.init.constant_(m.empty(2, 3), 0.5)
m.nn.init.constant(m.empty(2, 3), 0.5)
m.nn.init.eye_(m.empty(2, 3))
m.nn.init.eye(m.empty(2, 3))
m.nn.init.ones_(m.empty(2, 3))
m.nn.init.zeros_(m.ones(2, 3))
(lambda q: q @ q.T)(m.nn.init.orthogonal_(m.empty(2, 3), gain=2.0))
(lambda q: q.T @ q)(m.nn.init.orthogonal(m.empty(4, 2)))
(m.nn.init.sparse_(m.empty(10, 3), 0.3) == 0).sum(0)
(m.nn.init.sparse(m.empty(10, 3), sparsity=0.25) == 0).sum(0)
m.nn.init.trunc_normal_(m.empty(500), 0.0, 3.0, -1.0, 1.0).abs().max() <= 1
(w * a).sum().backward() or m.nn.utils.clip_grad_value_([w], 0.3) or w.grad
(w * a).sum().backward() or m.nn.utils.clip_grad_norm([w], 0.3) or w.grad
(w * a).sum().backward() or (m.nn.utils.clip_grad_norm([w], 0.3), w.grad)
m.nn.utils.parameters_to_vector([a, b[0]])
m.nn.utils.vector_to_parameters(a.flatten(), [b]) or b
m.autograd.functional.jacobian(lambda t: (t * b).sin(), a)
m.autograd.functional.hvp(lambda t: (t**3).sum(), a, b)
m.autograd.functional.vhp(lambda t: (t**3 * b).sum(), a, b)
m.autograd.gradgradcheck(lambda t: t**3, (w.double().detach().requires_grad_(),))
m.autograd.set_detect_anomaly(False) and None
list(D.SequentialSampler([5, 6, 7]))
list(D.BatchSampler(D.SequentialSampler(range(7)), 3, False))
list(D.BatchSampler(D.SequentialSampler(range(7)), batch_size=3, drop_last=True))
len(D.BatchSampler(D.SequentialSampler(range(7)), 3, True))
sorted(D.RandomSampler(range(7)))
len(list(D.RandomSampler(range(3), replacement=True, num_samples=8)))
len(list(D.RandomSampler(range(7), num_samples=3)))
sorted(D.SubsetRandomSampler([4, 1, 6]))
len(list(D.WeightedRandomSampler([0.1, 0.9], 5)))
set(D.WeightedRandomSampler([0.0, 1.0, 0.0], 5))
sorted(D.WeightedRandomSampler([0.2, 0.3, 0.5], 3, replacement=False))
D.TensorDataset(a, b)[1]
len(D.TensorDataset(a, b))
D.TensorDataset(a, b)[1:]
D.StackDataset(a, b)[2]
sorted(D.StackDataset(one=a, other=b)[0])
D.ConcatDataset([[1, 2], [3], [4, 5]])[3]
D.ConcatDataset([[1, 2], [3], [4, 5]])[-1]
len(D.ConcatDataset([[1, 2], [3], [4, 5]]))
D.ConcatDataset([[1, 2], [3], [4, 5]]).cumulative_sizes
D.Subset([5, 6, 7, 8], [3, 0])[0]
list(D.Subset([5, 6, 7, 8], [3, 0]))
[len(part) for part in D.random_split(range(10), [0.33, 0.67])]
[len(part) for part in D.random_split(range(10), [3, 7])]
sorted(i for part in D.random_split(range(10), [3, 7]) for i in part)
sorted(i for part in D.random_split(range(7), [0.5, 0.5]) for i in part)
D.default_collate([1, 2])
D.default_collate([1.5, 2.5])
D.default_collate([a, b])
D.default_collate([(a, 1), (b, 2)])
sorted(D.default_collate([{"x": 1}, {"x": 2}]).items())
D.default_collate(["one", "two"])
D.default_collate([np.ones(2), np.zeros(2)])
D.default_collate([np.float32(1), np.float32(2)])
D.default_collate([(1, (2.0, "a")), (3, (4.0, "b"))])
D.default_convert(np.arange(3))
D.default_convert([np.arange(3.0), 1])
D.get_worker_info() is None
list(D.DataLoader(D.TensorDataset(a, b), batch_size=2))
list(D.DataLoader(D.TensorDataset(a, b), batch_size=2, drop_last=True))
list(D.DataLoader([1, 2, 3], batch_size=None))
list(D.DataLoader(Squares(7), batch_size=3))
list(D.DataLoader(Squares(7), sampler=[3, 1]))
list(D.DataLoader(Squares(7), batch_sampler=[[3, 1], [0]]))
list(D.DataLoader(Counting(5), batch_size=2))
list(D.DataLoader(D.ChainDataset([Counting(2), Counting(3)]), batch_size=4))
list(D.DataLoader(Squares(4), batch_size=2, collate_fn=lambda rows: sum(rows)))
len(D.DataLoader(Squares(7), batch_size=3))
Cube.apply(a)
Cube.apply(w).sum().backward() or w.grad
within(m.autograd.detect_anomaly(), lambda: (w * a).sum().backward() or w.grad)
m.nn.functional.celu_(a.clone(), 0.5)
m.nn.functional.elu_(a.clone())
m.nn.functional.hardtanh_(a.clone(), -0.5, 0.5)
m.nn.functional.leaky_relu_(a.clone(), 0.1)
m.nn.functional.relu_(a.clone())
m.nn.functional.rrelu_(a.clone(), 0.25, 0.25)
m.nn.functional.selu_(a.clone())
m.nn.functional.threshold_(a.clone(), 0.1, -2.0)
""".strip().splitlines()


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


@pytest.mark.parametrize("call", CALLS)
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
    words |= {w for call in CALLS for w in re.findall(r"\w+", call)}
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
