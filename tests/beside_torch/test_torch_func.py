"""`minigrad.func`, `special`, `amp`, `testing` and `utils.checkpoint` beside PyTorch's."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.cuda.amp
import minigrad.multiprocessing
import minigrad.testing
import minigrad.utils.checkpoint

torch = pytest.importorskip("torch")
importlib.import_module("torch.utils.checkpoint")

rng = np.random.default_rng(0)
A, W = rng.normal(size=(3, 4)), rng.normal(size=(4, 4))


def filled(module: Any, library: Any, seed: int = 0) -> Any:
    """The module in float64, with numbers that do not depend on the library."""
    module = module.double()
    with library.no_grad():
        for i, p in enumerate(module.parameters()):
            numbers = np.random.default_rng(100 * seed + i).normal(size=tuple(p.shape))
            p.copy_(library.tensor(numbers))
    return module


def flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = [value[name] for name in sorted(value)]
    return [t for v in value for t in flat(v)] if isinstance(value, (tuple, list)) else [value]


def grad_of_a_closure(m: Any) -> Any:
    w = m.tensor(W, requires_grad=True)
    g = m.func.grad(lambda x: (x @ w).tanh().sum())(m.tensor(A))
    g.sum().backward()
    return g, w.grad


def hessians_of_a_closure(m: Any) -> Any:
    w = m.tensor(W, requires_grad=True)
    h = m.vmap(m.func.hessian(lambda x: (x @ w).tanh().sum()))(m.tensor(A))
    h.sum().backward()
    return h, w.grad


def of_a_module(m: Any) -> Any:
    net = m.nn.Sequential(m.nn.Linear(4, 3), m.nn.Tanh(), m.nn.Linear(3, 1))
    params = {name: p.detach() for name, p in filled(net, m).named_parameters()}

    def loss(given: Any, x: Any) -> Any:
        return m.func.functional_call(net, given, (x,)).sum()

    each = m.func.vmap(m.func.grad(loss), in_dims=(None, 0))(params, m.tensor(A))
    return m.func.grad(loss)(params, m.tensor(A)), each, *net.parameters()


def ensemble(m: Any) -> Any:
    nets = [filled(m.nn.Linear(4, 2), m, seed) for seed in range(3)]
    params, buffers = m.func.stack_module_state(nets)

    def call(p: Any, b: Any, x: Any) -> Any:
        return m.func.functional_call(nets[0], (p, b), (x,))

    return m.vmap(call, in_dims=(0, 0, None))(params, buffers, m.tensor(A))


def pulled(m: Any) -> Any:
    value, pull = m.func.vjp(lambda x, w: x @ w, m.tensor(A), m.tensor(W))
    return value, pull(m.tensor(A))


CASES = {
    "grad": lambda m: m.func.grad(lambda x: (x.sin() ** 2).sum())(m.tensor(A)),
    "argnums": lambda m: m.func.grad(lambda x, w: (x @ w).tanh().sum(), argnums=(0, 1))(
        m.tensor(A), m.tensor(W)
    ),
    "of what requires a gradient": lambda m: m.func.grad(lambda x: (x**3).sum())(
        m.tensor(A, requires_grad=True)
    ),
    "grad of grad": lambda m: m.func.grad(lambda x: m.func.grad(lambda y: (y**3).sum())(x).sum())(
        m.tensor(A)
    ),
    "closure": grad_of_a_closure,
    "constant": lambda m: m.func.grad(lambda x: m.tensor(W).sum() + 0 * x.sum())(m.tensor(A)),
    "per sample": lambda m: m.func.vmap(
        m.func.grad(lambda w, x, y: ((x @ w - y) ** 2).sum()), in_dims=(None, 0, 0)
    )(m.tensor(W[0]), m.tensor(A), m.tensor(A[:, 0])),
    "out_dims": lambda m: m.vmap(lambda x: (x * 2, x.sum()), in_dims=1, out_dims=(1, 0))(
        m.tensor(A)
    ),
    "vmap in vmap": lambda m: m.vmap(m.vmap(lambda a, b: a * b, (None, 0)), (0, None))(
        m.tensor(A[0]), m.tensor(A[1])
    ),
    "jacrev": lambda m: m.func.jacrev(lambda x: (x @ m.tensor(W)).sin())(m.tensor(A[0])),
    "jacfwd": lambda m: m.func.jacfwd(lambda x, w: (x @ w).sin(), argnums=1)(
        m.tensor(A[0]), m.tensor(W)
    ),
    "jacobians": lambda m: m.func.jacrev(lambda x, w: ((x @ w).sin(), x), argnums=(0, 1))(
        m.tensor(A[0]), m.tensor(W)
    ),
    "two outputs": lambda m: m.func.jacrev(lambda x: (x.sin(), x))(m.tensor(A[0])),
    "hessian": lambda m: m.func.hessian(lambda x: (x**3).sum() * x[0])(m.tensor(A[0])),
    "hessians": hessians_of_a_closure,
    "vjp": pulled,
    "jvp": lambda m: m.func.jvp(lambda x: x.sin() * x, (m.tensor(A),), (m.tensor(A * 2),)),
    "aux": lambda m: m.func.grad_and_value(lambda x: ((x**2).sum(), x * 2), has_aux=True)(
        m.tensor(A)
    ),
    "module": of_a_module,
    "ensemble": ensemble,
}


@pytest.mark.parametrize("name", CASES)
def test_functions_of_functions(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch's, of itself
        ours, theirs = (flat(CASES[name](m)) for m in (mg, torch))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == tuple(b.shape)
        assert a.requires_grad == b.requires_grad
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_module_has_its_own_parameters_again_after_an_error() -> None:
    net = mg.nn.Linear(2, 1)
    before = dict(net.named_parameters())
    with pytest.raises(ValueError, match="3 feat"):
        mg.func.functional_call(net, {"weight": mg.ones(1, 2)}, (mg.ones(3),))
    with pytest.raises(RuntimeError, match="Linear has no 'scale'"):
        mg.func.functional_call(net, {"weight": mg.ones(1, 2), "scale": mg.ones(1)}, (mg.ones(2),))
    assert all(before[name] is p for name, p in net.named_parameters())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: mg.func.grad(lambda x: x)(mg.ones(2)), "without axes"),
        (lambda: mg.func.grad(lambda x: x.sum(), argnums=2)(mg.ones(2)), "argnums"),
        (lambda: mg.vmap(lambda x, y: x + y)(mg.ones(2), mg.ones(3)), "of one length"),
        (lambda: mg.vmap(lambda x: x)(mg.ones(0, 2)), "one sample at least"),
        (lambda: mg.func.stack_module_state([]), "one at least"),
    ],
)
def test_what_they_refuse(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


SPECIAL = {
    "entr": (np.array([0.0, 0.5, -1.0, 2.0, np.nan]),),
    "expit": (A,),
    "gammaln": (np.abs(A) + 0.1,),
    "multigammaln": (np.abs(A) + 2, 3),
    "ndtr": (A,),
    "ndtri": (rng.random((3, 3)),),
    "psi": (np.abs(A) + 0.1,),
    "xlog1py": (A, np.abs(A)),
}


@pytest.mark.parametrize("name", SPECIAL)
def test_special_functions(name: str) -> None:
    outs = []
    for m in (mg, torch):
        given = [m.tensor(a) if isinstance(a, np.ndarray) else a for a in SPECIAL[name]]
        outs.append(getattr(m.special, name)(*given).numpy())
    np.testing.assert_allclose(*outs, rtol=1e-9, atol=1e-12)
    assert name in mg.special.__all__


@pytest.mark.parametrize("name", ["lgamma", "digamma", "erfinv"])
def test_the_gamma_family_and_its_derivatives(name: str) -> None:
    low, high = (-0.999, 0.999) if name == "erfinv" else (-4.7, 9.0)
    numbers = np.random.default_rng(1).uniform(low, high, 200)
    ours, theirs = [], []
    for m, found in ((mg, ours), (torch, theirs)):
        x = m.tensor(numbers, requires_grad=True)
        y = getattr(m, name)(x)
        found.append(y)
        found.append(m.autograd.grad(y.sum(), x, create_graph=True)[0])
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=2e-8, atol=1e-9)
    edges = np.array([0.0, -0.0, 1, 2, -1, -2, np.inf, -np.inf, np.nan, 1e30, 1e-300, 1e300, 0.5])
    with np.errstate(all="raise"):
        value = getattr(mg, name)(mg.tensor(edges)).numpy()
    np.testing.assert_allclose(
        value, getattr(torch, name)(torch.tensor(edges)).numpy(), rtol=1e-12, atol=1e-14
    )


def checkpointed(m: Any) -> list[Any]:
    net = m.nn.Sequential(m.nn.Linear(4, 5), m.nn.Tanh(), m.nn.Linear(5, 4), m.nn.Tanh())
    net, x = filled(net, m), m.tensor(A, requires_grad=True)
    (m.utils.checkpoint.checkpoint(net, x, use_reentrant=True) ** 2).sum().backward()
    y = m.utils.checkpoint.checkpoint_sequential(net, 2, x, use_reentrant=True)
    (y**3).sum().backward()
    return [y, x.grad, *(p.grad for p in net.parameters())]


def test_checkpoints_change_no_number() -> None:
    for a, b in zip(checkpointed(mg), checkpointed(torch), strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-10)


def test_a_checkpoint_draws_the_same_again() -> None:
    from minigrad.utils.checkpoint import checkpoint

    x, masks = mg.ones(50, requires_grad=True), []

    def dropped(x: Any) -> Any:
        masks.append(mg.nn.functional.dropout(mg.ones(50)))
        return x * masks[-1]

    mg.manual_seed(0)
    checkpoint(dropped, x).sum().backward()
    after = mg.rand(1)
    assert len(masks) == 2
    assert (masks[0] == masks[1]).all()
    assert (x.grad == masks[0]).all()
    mg.manual_seed(0)
    mg.nn.functional.dropout(mg.ones(50))
    assert mg.rand(1) == after
    w = mg.ones(2, requires_grad=True)
    checkpoint(lambda x: (x * w).sum(), mg.ones(2)).backward()
    assert w.grad.tolist() == [1, 1]


def test_mixed_precision_is_off() -> None:
    for library in (mg, torch):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scaler = library.cuda.amp.GradScaler()
            w = library.ones(2, requires_grad=True)
            optimizer = library.optim.SGD([w], 0.5)
            with library.cuda.amp.autocast():
                loss = (w * w).sum()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        assert w.tolist() == [0, 0]
        assert (scaler.get_scale(), scaler.is_enabled(), scaler.state_dict()) == (1.0, False, {})
    with pytest.warns(UserWarning, match="switched off"):
        mg.autocast("cuda")
    with pytest.raises(ValueError, match="bfloat16"):
        mg.autocast("cpu")


@pytest.mark.parametrize(
    ("actual", "expected", "options"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-6], {}),
        ([1.0, 2.0], [1.0, 2.0 + 1e-4], {}),
        ([1.0, 2.0], [1.0, 2.0 + 1e-4], {"rtol": 1e-3, "atol": 0.0}),
        (2**53 + 1, 2**53, {}),
        ([1, 2], [1, 2], {}),
        ([1, 2], [1, 3], {}),
        ([1, 2], [1.0, 2.0], {}),
        ([1, 2], [1.0, 2.0], {"check_dtype": False}),
        ([1.0], [[1.0]], {}),
        ([float("nan")], [float("nan")], {}),
        ([float("nan")], [float("nan")], {"equal_nan": True}),
    ],
)
def test_assert_close(actual: Any, expected: Any, options: Any) -> None:
    fits = []
    for m in (mg, torch):
        for wrap in (lambda t: t, lambda t: [t, t], lambda t: {"a": t}):
            try:
                m.testing.assert_close(wrap(m.tensor(actual)), wrap(m.tensor(expected)), **options)
                fits.append(True)
            except AssertionError:
                fits.append(False)
    assert len(set(fits)) == 1


def test_vmap_of_passes_through_one_graph() -> None:
    answers = []
    for library in (mg, torch):
        x = library.tensor([1.0, 2.0, 3.0], requires_grad=True)
        y = x**2 * x.sum()
        unit = library.eye(3)
        rows = library.vmap(lambda v, x=x, y=y, lib=library: lib.autograd.grad(y, x, v)[0])(unit)
        with pytest.raises(RuntimeError):  # it is freed afterwards
            library.autograd.grad(y, x, unit[0])
        answers.append(rows.detach().numpy())
    np.testing.assert_allclose(*answers, rtol=1e-6)


def test_assert_close_of_other_keys() -> None:
    for m in (mg, torch):
        with pytest.raises(AssertionError, match="keys"):
            m.testing.assert_close({"a": m.ones(1)}, {"b": m.ones(1)})


def test_tied_weights_and_names_given_twice() -> None:
    for m in (mg, torch):
        net = m.nn.Sequential(m.nn.Linear(1, 1, bias=False), m.nn.Linear(1, 1, bias=False))
        net[0].weight = net[1].weight = m.nn.Parameter(m.tensor([[3.0]]))
        call, given = m.func.functional_call, {"0.weight": m.tensor([[5.0]])}
        x = m.ones(1, 1)
        assert call(net, given, x).item() == 25
        assert call(net, given, x, tie_weights=False).item() == 15
        assert call(net, given, x, strict=True).item() == 25
        with pytest.raises(ValueError):
            call(net, (given, given), x)
        with pytest.raises(ValueError):
            call(net, {**given, "1.weight": m.zeros(1, 1)}, x)
        assert net(x).item() == 9
        net[0].weight.requires_grad_(False)
        parameters, _ = m.func.stack_module_state([net, net])
        assert not parameters["0.weight"].requires_grad
