"""What courses write that is in no table of functions, beside PyTorch."""

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

KINDS = ("Bool", "Byte", "Char", "Double", "Float", "Int", "Long", "Short")


@pytest.mark.parametrize("kind", KINDS)
def test_constructors_of_one_dtype(kind):
    ours, theirs = (getattr(library, f"{kind}Tensor") for library in (mg, torch))
    for args in (([1, 0],), ([[1, 0], [1, 1]],)):
        a, b = ours(*args), theirs(*args)
        assert a.tolist() == b.tolist() and f"torch.{a.dtype}" == str(b.dtype)
        assert isinstance(a, ours) and isinstance(b, theirs)
    assert ours(2, 3).shape == tuple(theirs(2, 3).shape) and ours().shape == tuple(theirs().shape)
    other = mg.FloatTensor if kind != "Float" else mg.LongTensor
    assert not isinstance(ours(2), other)
    assert mg.ones(2).type(ours).dtype == ours(2).dtype


def test_the_constructor_of_tensors():
    for args in ((2, 3), (4,), (), ([1, 2],), ([[1.5]],)):
        a, b = mg.Tensor(*args), torch.Tensor(*args)
        assert a.shape == tuple(b.shape) and f"torch.{a.dtype}" == str(b.dtype)
    assert mg.Tensor([1, 2]).tolist() == torch.Tensor([1, 2]).tolist()


def test_variable():
    for library in (mg, torch):
        t = library.ones(2)
        v = library.autograd.Variable(t, requires_grad=True)
        (3 * v).sum().backward()
        assert v.grad.tolist() == [3, 3] and not t.requires_grad and v.is_leaf
        t[0] = 5
        assert v.tolist() == [5, 1]


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "matmul", "maximum", "mm", "pow"])
def test_out(name):
    x = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)
    found = []
    for library in (mg, torch):
        a, out = library.tensor(x), library.zeros(2, 2)
        function = getattr(library, name)
        assert function(a, a, out=out) is out
        empty = library.empty(0)
        function(a, a, out=empty)
        assert empty.shape == (2, 2)
        found.append(out.tolist())
        with pytest.raises(RuntimeError):
            function(a.clone().requires_grad_(), a, out=out)
        with library.no_grad():
            function(a.clone().requires_grad_(), a, out=out)
        with pytest.raises((RuntimeError, TypeError)):
            function(a, a, out=library.zeros(2, 2, dtype=library.int64))
    assert found[0] == found[1]


def test_out_says_what_it_wants():
    with pytest.raises(TypeError, match="out: wanted a tensor"):
        mg.add(mg.ones(2), 1, out=np.zeros(2))
    with pytest.raises(ValueError, match="out: wanted shape"):
        mg.add(mg.ones(2), 1, out=mg.zeros(3))


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("unsqueeze_", (0,)),
        ("unsqueeze_", (-1,)),
        ("squeeze_", ()),
        ("t_", ()),
        ("transpose_", (0, 1)),
        ("swapaxes_", (-1, 0)),
    ],
)
def test_shapes_in_place(name, args):
    for record in (False, True):
        found = []
        for library in (mg, torch):
            x = library.tensor([[1.0, 2.0, 3.0]], requires_grad=record)
            y = x * 2
            same = getattr(y, name)(*args)
            assert same is y
            if record:
                (y * library.arange(y.numel()).reshape(y.shape)).sum().backward()
                found.append((y.tolist(), x.grad.tolist()))
            else:
                found.append(y.tolist())
        assert found[0] == found[1]
    with pytest.raises(RuntimeError, match="leaf"):
        getattr(mg.ones(1, 3, requires_grad=True), name)(*args)


@pytest.mark.parametrize(
    "reshape",
    [
        lambda t: t.reshape(-1),
        lambda t: t.view(3, 2),
        lambda t: t.unsqueeze(0),
        lambda t: t.view(1, 2, 3).squeeze(0),
        lambda t: t.flatten(),
    ],
)
def test_a_recorded_change_of_a_reshape_changes_the_tensor(reshape):
    found = []
    for library in (mg, torch):
        x = library.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
        whole = x * 2
        view = reshape(whole)
        view[0] = 7.0
        view.mul_(3)
        (whole * library.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).sum().backward()
        found.append((whole.tolist(), view.tolist(), x.grad.tolist()))
    assert found[0] == found[1]


def test_a_change_that_a_third_view_would_miss_is_refused():
    whole = mg.ones(2, 3, requires_grad=True) * 2
    view, other = whole.reshape(-1), whole.T
    with pytest.raises(RuntimeError, match="another tensor"):
        view.mul_(3)
    assert other.tolist() == [[2, 2], [2, 2], [2, 2]]


def test_leading_axes_of_one_are_dropped_in_assignments():
    for library in (mg, torch):
        x = library.zeros(3)
        x[1] = library.ones(1, 1)
        x[:2] = library.full((1, 1, 2), 4.0)
        assert x.tolist() == [4, 4, 0]


def test_next_functions():
    depth = {}
    for library in (mg, torch):
        x = library.ones(2, requires_grad=True)
        node, depth[library] = (1 + 2 * (x * 2 + 1)).sum().grad_fn, 0
        while node.next_functions:
            node, depth[library] = node.next_functions[0][0], depth[library] + 1
        assert node.variable is x
    assert depth[mg] == depth[torch]


def test_format_of_a_0_d_tensor():
    for library in (mg, torch):
        assert f"{library.tensor(0.5)}" == "0.5" and f"{library.tensor([2.0])}".startswith("tensor")
        assert f"{library.tensor(0.25):.1f}" == "0.2"


def test_questions_about_machines():
    for library in (mg, torch):
        assert not library.cuda.is_available() and not library.backends.mps.is_available()
        assert not library.accelerator.is_available()
        library.set_default_device("cpu")
        library.set_float32_matmul_precision("highest")
        library.use_deterministic_algorithms(False)
        assert str(library.get_default_device()) == "cpu"
    with pytest.raises(ValueError, match="processor"):
        mg.set_default_device("cuda")


DISTRIBUTIONS = [
    ("Normal", {"loc": [0.0, 1.0], "scale": [1.0, 2.0]}, [0.3, 0.4]),
    ("Uniform", {"low": [0.0, 1.0], "high": [1.0, 2.0]}, [0.3, 1.5]),
    ("Bernoulli", {"probs": [0.3, 0.4]}, [1.0, 0.0]),
    ("Bernoulli", {"logits": [0.3, -0.4]}, [1.0, 0.0]),
    ("Binomial", {"total_count": 5, "probs": [0.3, 0.4]}, [1.0, 5.0]),
    ("Binomial", {"total_count": 5, "logits": [0.3, -0.4]}, [0.0, 2.0]),
    ("Poisson", {"rate": [0.3, 2.5]}, [0.0, 3.0]),
    ("Exponential", {"rate": [0.3, 2.5]}, [0.1, 3.0]),
    ("Laplace", {"loc": [0.3, 2.5], "scale": [0.5, 2.0]}, [0.1, 3.0]),
    ("Categorical", {"probs": [[0.3, 0.4], [1.0, 0.0]]}, [1, 0]),
    ("Categorical", {"logits": [0.3, 0.4, -1.0]}, [2, 0]),
    ("Multinomial", {"total_count": 5, "probs": [0.3, 0.3, 0.4]}, [1.0, 2.0, 2.0]),
    (
        "MultivariateNormal",
        {"loc": [0.0, 1.0], "covariance_matrix": [[2.0, 0.3], [0.3, 1.0]]},
        [[0.1, 0.2], [0.3, 0.4]],
    ),
]


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("Normal", ([0.0, 1.0], [1.0, 2.0]), ([0.5, 1.0], [2.0, 0.3])),
        ("Bernoulli", ([0.3, 0.9],), ([0.6, 0.8],)),
        ("Categorical", ([[0.3, 0.7]],), ([[0.6, 0.4]],)),
    ],
)
def test_divergences(name, one, other):
    made = []
    for library in (mg, torch):
        p, q = (getattr(library.distributions, name)(*map(library.tensor, a)) for a in (one, other))
        made.append(library.distributions.kl_divergence(p, q).detach().numpy())
    np.testing.assert_allclose(*made, rtol=1e-5)
    with pytest.raises(NotImplementedError, match="no formula"):
        mg.distributions.kl_divergence(mg.distributions.Normal(0, 1), mg.distributions.Poisson(1))


@pytest.mark.parametrize(("name", "given", "value"), DISTRIBUTIONS)
def test_distributions(name, given, value):
    made, first = [], next(k for k in given if k != "total_count")
    for library in (mg, torch):
        args = {
            k: library.tensor(v, requires_grad=k == first) if isinstance(v, list) else v
            for k, v in given.items()
        }
        distribution = getattr(library.distributions, name)(**args)
        chance = distribution.log_prob(library.tensor(value))
        chance.sum().backward()
        made.append((distribution, chance.detach().numpy(), args[first].grad.numpy()))
    (ours, chance, grad), (theirs, their_chance, their_grad) = made
    np.testing.assert_allclose(chance, their_chance, rtol=1e-5)
    np.testing.assert_allclose(grad, their_grad, rtol=1e-4, atol=1e-6)
    for shape in ((), (3,), (2, 3)):
        assert ours.sample(shape).shape == tuple(theirs.sample(shape).shape)
    if hasattr(ours, "entropy"):
        entropies = [d.entropy().detach().numpy() for d in (ours, theirs)]
        np.testing.assert_allclose(*entropies, rtol=1e-5)


def test_draws_have_the_distribution():
    mg.manual_seed(0)
    d = mg.distributions
    assert d.Normal(2.0, 3.0).sample((20000,)).std().item() == pytest.approx(3, rel=0.05)
    counts = d.Categorical(mg.tensor([1.0, 3.0])).sample((20000,)).float()
    assert counts.mean().item() == pytest.approx(0.75, rel=0.05)
    assert d.Multinomial(100, mg.ones(4)).sample((50,)).mean(0).tolist() == pytest.approx(
        [25] * 4, rel=0.1
    )
    pairs = d.MultivariateNormal(mg.zeros(2), mg.tensor([[2.0, 1.0], [1.0, 1.0]])).sample((20000,))
    np.testing.assert_allclose(np.cov(pairs.numpy().T), [[2, 1], [1, 1]], rtol=0.1)
    x = mg.tensor(1.0, requires_grad=True)
    d.Normal(x, 1.0).rsample((3,)).sum().backward()
    assert x.grad.item() == 3


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: d.Normal(0.0, 0.0), "scale"),
        (lambda d: d.Uniform(1.0, 0.0), "low < high"),
        (lambda d: d.Bernoulli(), "probs or logits"),
        (lambda d: d.Categorical(), "probs or logits"),
        (lambda d: d.MultivariateNormal([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]), "positive"),
    ],
)
def test_distributions_refuse_what_is_none(make, words):
    with pytest.raises(ValueError, match=words):
        make(mg.distributions)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (1, 2, 3, 4)])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "softmin"])
def test_a_softmax_without_an_axis(name, shape):
    x, made = np.random.default_rng(0).normal(size=shape), []
    for library in (mg, torch):
        function = getattr(library.nn.functional, name)
        with pytest.warns(UserWarning, match="dim"):
            out = function(library.tensor(x))
        made.append(out.numpy())
        single = function(library.tensor(x), dim=0, dtype=library.float32)
        assert str(single.dtype).endswith("float32")
    np.testing.assert_allclose(*made, rtol=1e-12)
