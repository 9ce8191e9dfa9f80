"""`minigrad.func` beside `torch.func`: the same program in both."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
pytest.importorskip("torch.func")

RNG = np.random.default_rng(5)
X, Y, V = (RNG.normal(size=(4, 3)) for _ in range(3))
W = RNG.normal(size=(3,))


def flat(tree):
    if isinstance(tree, dict):
        return [v for key in sorted(tree) for v in flat(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [v for part in tree for v in flat(part)]
    return [np.asarray(tree.detach())]


def net(m):
    layer = m.nn.Sequential(m.nn.Linear(3, 2), m.nn.BatchNorm1d(2), m.nn.Tanh(), m.nn.Linear(2, 1))
    layer = layer.double()
    rng = np.random.default_rng(6)
    with m.no_grad():
        for p in layer.parameters():
            p.copy_(m.tensor(rng.normal(size=tuple(p.shape))))
    return layer


def gradient(m, t):
    return m.func.grad(lambda x, w: ((x @ w) ** 3).sum())(t(X), t(W))


def gradients_by_both(m, t):
    return m.func.grad(lambda x, w: ((x @ w) ** 3).sum(), argnums=(0, 1))(t(X), t(W))


def gradient_of_a_tree(m, t):
    def loss(p, x):
        return (x @ p["w"]).tanh().sum() * p["more"][0] + p["more"][1].sum()

    return m.func.grad(loss)({"w": t(W), "more": [t(2.0), t(W)]}, t(X))


def value_and_aux(m, t):
    return m.func.grad_and_value(lambda x: ((x**2).sum(), {"twice": x * 2}), has_aux=True)(t(X))


def third_derivative(m, t):
    g = m.func.grad
    return g(g(g(lambda x: m.sin(x) * x)))(t(0.7))


def pulled(m, t):
    value, pull = m.func.vjp(lambda x, w: (x @ w, x.sum(0) * w), t(X), t(W))
    return value, pull((t(V[:, 0]), t(W)))


def pushed(m, t):
    return m.func.jvp(lambda x, w: ((x @ w).tanh(), w * 2), (t(X), t(W)), (t(V), t(W)))


def jacobians(m, t):
    return m.func.jacrev(lambda x, w: {"a": x @ w, "b": w**2}, argnums=(0, 1))(t(X), t(W))


def jacobian_forward(m, t):
    return m.func.jacfwd(lambda w: m.sin(w) * w.sum())(t(W))


def second(m, t):
    return m.func.hessian(lambda w: (m.exp(w) * w.flip(0)).sum())(t(W))


def each_sample(m, t):
    return m.func.vmap(lambda x, w: (x * w).sum(), in_dims=(0, None))(t(X), t(W))


def along_other_axes(m, t):
    return m.vmap(lambda x, y: (x * y, x.sum()), in_dims=(1, -1), out_dims=(1, 0))(t(X), t(Y))


def nested_maps(m, t):
    return m.vmap(m.vmap(lambda x, y: x - y, in_dims=(None, 0)), in_dims=(0, None))(t(W), t(W))


def gradients_of_samples(m, t):
    model = net(m).eval()
    state = {k: v.detach() for k, v in (*model.named_parameters(), *model.named_buffers())}

    def loss(p, x, y):
        return ((m.func.functional_call(model, p, (x.unsqueeze(0),)) - y) ** 2).sum()

    names = [name for name, _ in model.named_parameters()]
    by = {k: v for k, v in state.items() if k in names}
    rest = {k: v for k, v in state.items() if k not in names}
    call = m.func.grad(lambda p, x, y: loss({**p, **rest}, x, y))
    return m.vmap(call, in_dims=(None, 0, 0))(by, t(X), t(V[:, 0]))


def ensemble(m, t):
    models = [m.nn.Linear(3, 2).double() for _ in range(3)]
    for i, model in enumerate(models):
        with m.no_grad():
            model.weight.fill_(0.5 * i)
            model.bias.fill_(float(i))
    parameters, buffers = m.func.stack_module_state(models)

    def call(p, b, x):
        return m.func.functional_call(models[0], (p, b), (x,))

    return m.vmap(call, in_dims=(0, 0, None))(parameters, buffers, t(X))


PROGRAMS = [
    gradient,
    gradients_by_both,
    gradient_of_a_tree,
    value_and_aux,
    third_derivative,
    pulled,
    pushed,
    jacobians,
    jacobian_forward,
    second,
    each_sample,
    along_other_axes,
    nested_maps,
    gradients_of_samples,
    ensemble,
]


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # PyTorch's own use
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs(program):
    ours = program(mg, lambda a: mg.tensor(a, dtype=mg.float64))
    theirs = program(torch, lambda a: torch.tensor(a, dtype=torch.float64))
    for a, b in zip(flat(ours), flat(theirs), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
