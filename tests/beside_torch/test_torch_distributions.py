"""Distributions beside PyTorch's: chances, moments, entropies, divergences, gradients, shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

# the class, its parameters, those of another of the kind, values, and what there is to compare
ROWS: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("Normal", {"loc": [0.3, -1.0], "scale": 0.5}, {"loc": 0.1, "scale": [0.5, 2.0]}, [0.2, 1.0]),
    ("Uniform", {"low": [-1.0, 0.0], "high": 2.0}, {"low": -1.5, "high": [2.5, 1.5]}, [0.5, 1.0]),
    ("Bernoulli", {"probs": [0.2, 0.7]}, {"probs": [0.5, 0.1]}, [1.0, 0.0]),
    ("Bernoulli", {"logits": [0.2, -0.7]}, {"logits": [0.5, 0.1]}, [1.0, 0.0]),
    ("Binomial", {"total_count": 5, "probs": [0.2, 0.6]}, {"total_count": 5, "probs": 0.3}, [2, 5]),
    ("Poisson", {"rate": [1.5, 3.0]}, {"rate": [0.5, 4.0]}, [2.0, 0.0]),
    ("Exponential", {"rate": [1.5, 0.2]}, {"rate": 3.0}, [0.1, 7.0]),
    ("Laplace", {"loc": [0.2, 1.0], "scale": 0.7}, {"loc": 0.1, "scale": 2.0}, [1.2, -0.3]),
    ("Categorical", {"probs": [[0.2, 0.3, 0.5], [1, 2, 3]]}, {"logits": [0.1, 0.2, -1.0]}, [1, 2]),
    ("Multinomial", {"total_count": 4, "probs": [0.2, 0.3, 0.5]}, {}, [1.0, 1.0, 2.0]),
    (
        "MultivariateNormal",
        {"loc": [0.1, 0.2], "covariance_matrix": [[2.0, 0.3], [0.3, 1.0]]},
        {"loc": [0.3, -0.2], "scale_tril": [[1.0, 0.0], [0.4, 2.0]]},
        [0.5, -1.0],
    ),
    (
        "MultivariateNormal",
        {"loc": [0.1, 0.2], "scale_tril": [[[1.0, 0.0], [0.5, 2.0]], [[2.0, 0.0], [0.1, 0.3]]]},
        {"loc": [0.3, -0.2], "scale_tril": [[1.0, 0.0], [0.4, 2.0]]},
        [0.5, -1.0],
    ),
    ("LogNormal", {"loc": [0.2, -0.4], "scale": 0.6}, {"loc": 0.0, "scale": 1.0}, [0.5, 2.0]),
    ("HalfNormal", {"scale": [0.5, 2.0]}, {"scale": 1.5}, [0.3, 4.0]),
    ("Cauchy", {"loc": [0.2, 0.4], "scale": 1.5}, {}, [0.3, -4.0]),
    ("Gumbel", {"loc": [0.2, 0.3], "scale": [0.5, 2.0]}, {}, [0.3, -1.0]),
    ("Geometric", {"probs": [0.2, 0.8]}, {"probs": 0.4}, [3.0, 0.0]),
    ("Geometric", {"logits": [0.2, -0.8]}, {"logits": 0.4}, [3.0, 0.0]),
    ("Gamma", {"concentration": [0.7, 3.0], "rate": [1.0, 2.0]}, dict.fromkeys(("concentration", "rate"), 1.5), [0.3, 2.0]),  # noqa: E501
    ("Chi2", {"df": [1.0, 4.0]}, {"df": 3.0}, [0.5, 2.0]),
    ("Beta", {"concentration1": [2.0, 0.5], "concentration0": [3.0, 0.7]}, dict.fromkeys(("concentration1", "concentration0"), 1.5), [0.3, 0.9]),  # noqa: E501
    ("Dirichlet", {"concentration": [[2.0, 3.0], [1.0, 4.0]]}, {"concentration": [0.5, 0.4]}, [0.3, 0.7]),  # noqa: E501
    ("StudentT", {"df": [3.0, 1.5], "loc": 0.3, "scale": [1.0, 2.0]}, {}, [0.3, -2.0]),
    ("OneHotCategorical", {"probs": [0.2, 0.3, 0.5]}, {"probs": [0.3, 0.3, 0.4]}, [0.0, 1.0, 0.0]),
]  # fmt: skip
NUMBERS = {  # what a distribution can be asked for
    "mean": lambda d, x: d.mean,
    "variance": lambda d, x: d.variance,
    "stddev": lambda d, x: d.stddev,
    "mode": lambda d, x: d.mode,
    "entropy": lambda d, x: d.entropy(),
    "log_prob": lambda d, x: d.log_prob(x),
    "cdf": lambda d, x: d.cdf(x),
    "icdf": lambda d, x: d.icdf(x.abs() / 9),
    "expand": lambda d, x: d.expand((3, *d.batch_shape)).log_prob(x),
    "support": lambda d, x: d.enumerate_support(),
    "narrow support": lambda d, x: d.enumerate_support(expand=False),
}


@pytest.fixture(autouse=True)
def in_float64() -> Any:
    torch.set_default_dtype(torch.float64)
    mg.set_default_dtype(mg.float64)
    yield
    torch.set_default_dtype(torch.float32)
    mg.set_default_dtype(mg.float32)


def made(library: Any, kind: str, given: dict[str, Any]) -> tuple[Any, list[Any]]:
    leaves = {
        name: library.tensor(np.array(value, float), requires_grad=True)
        for name, value in given.items()
        if name != "total_count"
    }
    return getattr(library.distributions, kind)(**{**given, **leaves}), list(leaves.values())


def number(array: Any) -> Any:
    return None if array is None else array.detach().numpy()


def same(ours: Any, theirs: Any) -> None:
    if theirs is None:
        assert ours is None or not ours.any()
        return
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)  # PyTorch's trigamma: 1e-9


@pytest.mark.parametrize(("kind", "given", "other", "value"), ROWS, ids=[r[0] for r in ROWS])
def test_distribution(kind: str, given: dict[str, Any], other: dict[str, Any], value: Any) -> None:
    (p, ps), (q, qs) = made(torch, kind, given), made(mg, kind, given)
    shapes = [(d.batch_shape, d.event_shape) for d in (p, q)]
    assert shapes[0] == shapes[1]
    x, y = torch.tensor(value), mg.tensor(value)
    asked = 0
    for what, ask in NUMBERS.items():
        try:
            theirs = ask(p, x)
        except NotImplementedError:
            continue
        if not hasattr(q, what) and "expand" not in what and "support" not in what:
            assert kind in ("Chi2", "Gamma", "HalfNormal", "Multinomial", "StudentT"), what
            continue
        ours = ask(q, y)
        asked += 1
        same(number(ours), number(theirs))
        if theirs.requires_grad:
            keep = {"retain_graph": True, "allow_unused": True}
            expected = torch.autograd.grad(theirs.sum(), ps, **keep)
            if not ours.requires_grad:
                assert not any(g is not None and g.any() for g in expected)
                continue
            for g, h in zip(mg.autograd.grad(ours.sum(), qs, **keep), expected, strict=True):
                same(number(g), number(h))
    assert asked >= 5
    for shape in ((), (2, 3)):
        drawn = q.sample(shape)
        assert drawn.shape == tuple(p.sample(shape).shape) and not drawn.requires_grad
    if other:
        (r, _), (s, _) = made(torch, kind, other), made(mg, kind, other)
        for a, b, c, d in ((p, r, q, s), (r, p, s, q)):
            theirs = torch.distributions.kl_divergence(a, b)
            same(number(mg.distributions.kl_divergence(c, d)), number(theirs))


@pytest.mark.parametrize(("kind", "given"), [(r[0], r[1]) for r in ROWS], ids=[r[0] for r in ROWS])
def test_draws_have_the_moments(kind: str, given: dict[str, Any]) -> None:
    q, _ = made(mg, kind, given)
    mean, variance = number(q.mean), number(q.variance)
    if kind in ("Cauchy", "StudentT", "Categorical"):
        pytest.skip("without moments")
    mg.manual_seed(5)
    drawn = q.sample((4000,)).numpy()
    assert np.abs(drawn.mean(0) - mean).max() < 4.5 * np.sqrt(variance.max() / 4000)
    np.testing.assert_allclose(drawn.var(0), variance, rtol=0.35)


@pytest.mark.parametrize("axes", [0, 1, 2])
def test_independent(axes: int) -> None:
    values = np.linspace(-1, 1, 30).reshape(5, 3, 2)
    found = []
    for library in (torch, mg):
        d = library.distributions
        p = d.Independent(d.Normal(library.zeros(3, 2), 2 * library.ones(3, 2)), axes)
        q = d.Independent(d.Normal(library.ones(3, 2), library.ones(3, 2)), axes)
        x = library.tensor(values)
        wide = p.expand((7, *p.batch_shape)).log_prob(x[0])
        parts = (p.mean, p.mode, p.stddev, p.log_prob(x), p.entropy(), d.kl_divergence(p, q), wide)
        found.append([tuple(p.batch_shape), tuple(p.event_shape), *map(number, parts)])
        assert p.has_rsample and p.rsample((4,)).shape == (4, 3, 2)
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("event", [0, 1])
def test_mixture(event: int) -> None:
    weights = np.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]])
    means = np.linspace(-2, 2, 12).reshape(2, 3, 2)[..., : 1 + event]
    found = []
    for library in (torch, mg):
        d = library.distributions
        each = d.Normal(library.tensor(means if event else means[..., 0]), 1.0)
        each = d.Independent(each, 1) if event else each
        p = d.MixtureSameFamily(d.Categorical(library.tensor(weights)), each)
        x = library.tensor(np.linspace(-1, 1, 4 + 4 * event).reshape(2, 2, *([2] * event)))
        found.append([*map(number, (p.mean, p.variance, p.log_prob(x)))])
        assert p.sample((5,)).shape == (5, 2, *([2] * event))
    for ours, theirs in zip(found[1], found[0], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d: d.Gamma(-1.0, 1.0), "Gamma: concentration: wanted positive"),
        (lambda d: d.Beta(1.0, 0.0), "Beta: concentration0: wanted positive"),
        (lambda d: d.Dirichlet(1.0), "at least one axis"),
        (lambda d: d.StudentT(0.0), "StudentT: df"),
        (lambda d: d.Geometric(0.0), "Geometric: probs"),
        (lambda d: d.Independent(d.Normal(0.0, 1.0), 1), "wanted 0 to 0"),
        (lambda d: d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0)), "a Categorical"),
        (
            lambda d: d.MixtureSameFamily(d.Categorical(mg.ones(2)), d.Normal(mg.zeros(3), 1.0)),
            "a last axis of 2",
        ),
    ],
)
def test_what_distributions_refuse(make: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make(mg.distributions)


def test_gamma_has_no_path() -> None:
    with pytest.raises(NotImplementedError, match="take sample"):
        mg.distributions.Gamma(1.0, 1.0).rsample()


INF = float("inf")
EDGES = {
    "entropy": lambda m, d: d.Categorical(logits=m.tensor([0.0, 1.0, -INF])).entropy(),
    "divergence": lambda m, d: d.kl_divergence(
        d.Categorical(logits=m.tensor([0.0, 1.0, -INF])), d.Categorical(logits=m.zeros(3))
    ),
    "divergence from none": lambda m, d: d.kl_divergence(
        d.Categorical(logits=m.zeros(3)), d.Categorical(logits=m.tensor([0.0, 1.0, -INF]))
    ),
    "coins": lambda m, d: d.Bernoulli(m.tensor([0.0, 1.0])).log_prob(m.tensor([0.0, 0.0])),
    "coins' entropy": lambda m, d: d.Bernoulli(m.tensor([0.0, 1.0])).entropy(),
    "coins' divergence": lambda m, d: d.kl_divergence(
        d.Bernoulli(m.tensor([0.0, 1.0, 0.5])), d.Bernoulli(m.tensor([0.5, 0.5, 0.0]))
    ),
    "coins, expanded": lambda m, d: d.Bernoulli(m.tensor([0.0, 1.0])).expand((2, 2)).probs,
    "counts": lambda m, d: d.Binomial(3, m.tensor([0.0, 1.0])).log_prob(m.tensor([1.0, 2.0])),
    "counts of many": lambda m, d: d.Multinomial(
        3, logits=m.tensor([0.0, 1.0, -INF])
    ).log_prob(m.tensor([1.0, 2.0, 0.0])),
    "a batch of covariances": lambda m, d: d.MultivariateNormal(
        m.zeros(2), m.tensor([[[1.0, 0.5], [0.5, 2.0]], [[3.0, 0.0], [0.0, 1.0]]])
    ).variance,
    "shape of an entropy": lambda m, d: d.Laplace(m.zeros(3), 1.0).entropy(),
    "shape of a mean": lambda m, d: d.Normal(0.0, m.ones(3)).mean,
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_at_the_edges(name: str) -> None:
    ours, theirs = EDGES[name](mg, mg.distributions), EDGES[name](torch, torch.distributions)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)


def test_a_gradient_of_what_never_comes() -> None:
    for m in (mg, torch):
        x = m.tensor([0.0, 1.0, -INF], requires_grad=True)
        m.distributions.Categorical(logits=x).entropy().backward()
        np.testing.assert_allclose(x.grad.numpy(), [0.1966119, -0.1966119, 0.0], rtol=1e-5)


REFUSED = {
    "Bernoulli": [1.5],
    "Binomial": [-1, 0.5],
    "Categorical": [[-1.0, 2.0]],
    "Exponential": [-1.0],
    "Geometric": [2.0],
    "Laplace": [0.0, -1.0],
    "Multinomial": [-1, [0.5, 0.5]],
    "Normal": [float("nan"), 1.0],
    "OneHotCategorical": [[0.0, 0.0]],
    "Poisson": [-1.0],
}


@pytest.mark.parametrize("name", REFUSED)
def test_parameters_out_of_range(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # torch.compile, which another test uses, switches PyTorch's checks off for all
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", True)
    for m in (mg, torch):
        given = [m.tensor(p) if isinstance(p, list) else p for p in REFUSED[name]]
        with pytest.raises(ValueError, match=r"wanted|Expected"):
            getattr(m.distributions, name)(*given)


def test_the_ends_of_a_laplace_distribution_are_never_drawn(monkeypatch: Any) -> None:
    monkeypatch.setattr(mg.random, "rand", lambda *shape, dtype: mg.zeros(3, dtype=dtype))
    assert np.isfinite(mg.distributions.Laplace(mg.zeros(3), 1.0).sample().numpy()).all()


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (lambda m, d: d.Poisson(m.tensor(2.0)), [1.0, 3.0]),
        (lambda m, d: d.Binomial(5, m.tensor(0.3)), [1.0, 3.0]),
        (lambda m, d: d.Multinomial(4, m.tensor([0.3, 0.7])), [1.0, 3.0]),
    ],
)
def test_the_slope_in_the_counts(make: Any, value: Any) -> None:
    found = []
    for m in (mg, torch):
        x = m.tensor(value, requires_grad=True)
        make(m, m.distributions).log_prob(x).sum().backward()
        found.append(x.grad.numpy())
    np.testing.assert_allclose(*found, rtol=1e-6)


OUTSIDE = {
    "Bernoulli": ([0.5], 2.0),
    "Beta": ([1.0, 1.0], 2.0),
    "Binomial": ([3, 0.5], 4.0),
    "Categorical": ([[0.5, 0.5]], 0.7),
    "Chi2": ([2.0], -1.0),
    "Dirichlet": ([[1.0, 2.0]], [0.1, 0.1]),
    "Exponential": ([1.0], -1.0),
    "Gamma": ([1.0, 1.0], -1.0),
    "Geometric": ([0.5], 0.5),
    "HalfNormal": ([1.0], -1.0),
    "LogNormal": ([0.0, 1.0], -1.0),
    "Multinomial": ([3, [0.5, 0.5]], [2.0, 2.0]),
    "Normal": ([0.0, 1.0], float("nan")),
    "OneHotCategorical": ([[0.5, 0.5]], [1.0, 1.0]),
    "Poisson": ([1.0], 0.5),
    "Uniform": ([0.0, 1.0], float("nan")),
}


@pytest.mark.parametrize("name", OUTSIDE)
def test_values_outside_the_support(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.distributions.Distribution, "_validate_args", True)
    given, value = OUTSIDE[name]
    for m in (mg, torch):
        parameters = [m.tensor(p) if isinstance(p, list) else p for p in given]
        kind = getattr(m.distributions, name)
        for p in (kind(*parameters), m.distributions.Independent(kind(*parameters), 0)):
            with pytest.raises(ValueError, match=r": value: wanted|Expected value|right-most"):
                p.log_prob(m.tensor(value))
        kind(*parameters, validate_args=False)
    with pytest.raises(ValueError, match=r"a last shape of \(2,\), got \(3,\)"):
        mg.distributions.OneHotCategorical(mg.ones(2)).log_prob(mg.ones(3))


@pytest.mark.parametrize(
    "ask",
    [
        lambda m, d: d.Exponential(1.0, validate_args=False).log_prob(m.tensor(-1.0)),
        lambda m, d: d.Uniform(0.0, 1.0, validate_args=False).log_prob(m.tensor(3.0)),
        lambda m, d: d.LogNormal(0.0, 1e-5).variance,
        lambda m, d: d.kl_divergence(d.Binomial(5, m.tensor(0.5)), d.Binomial(3, m.tensor(0.5))),
        lambda m, d: d.kl_divergence(d.Geometric(m.tensor(0.5)), d.Geometric(m.tensor(1.0))),
        lambda m, d: d.MultivariateNormal(m.zeros(3, 2), m.eye(2)).covariance_matrix,
        lambda m, d: d.MultivariateNormal(m.zeros(2), 2 * m.eye(2)).precision_matrix,
        lambda m, d: (
            d.MixtureSameFamily(d.Categorical(m.ones(2)), d.Normal(m.arange(2.0), 1.0))
            .expand((3,))
            .log_prob(m.tensor(0.5))
        ),
    ],
)
def test_numbers_that_were_lost(ask: Any) -> None:
    ours, theirs = (ask(m, m.distributions).detach().numpy() for m in (mg, torch))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.MultivariateNormal(mg.zeros(2), mg.tensor([[2.0, 5.0], [0.1, 1.0]])),
        lambda d: d.MultivariateNormal(mg.zeros(2), None, mg.tensor([[2.0, 5.0], [0.1, 1.0]])),
        lambda d: d.MultivariateNormal(mg.zeros(3), mg.eye(2)),
        lambda d: d.Binomial(2.7, 0.5),
    ],
)
def test_parameters_that_cannot_be(make: Any) -> None:
    with pytest.raises(ValueError, match=r"(covariance_|precision_)matrix|total_count"):
        make(mg.distributions)


def test_counts_of_unlike_binomials() -> None:
    d = mg.distributions
    with pytest.raises(NotImplementedError, match="more counts"):
        d.kl_divergence(d.Binomial(3, 0.5), d.Binomial(5, 0.5))


@pytest.mark.parametrize("kind", ["Normal", "LogNormal", "Laplace", "Gumbel", "Uniform"])
def test_a_distribution_serves_several_passes_and_sees_changes(kind: str) -> None:
    first = mg.zeros(2, requires_grad=True)
    second = mg.tensor(2.0, requires_grad=True)
    p = getattr(mg.distributions, kind)(first, second)
    for _ in range(2):
        p.log_prob(mg.tensor([0.5, 1.5])).sum().backward()
    assert second.grad is not None and second.grad.item() != 0
    before = p.variance.detach()
    with mg.no_grad():
        second.mul_(2)
    assert (p.variance > before).all() and p.expand((3, 2)).variance.shape == (3, 2)


def test_a_distribution_is_made_before_its_moments() -> None:
    d = mg.distributions
    for dtype in ("float32", "float64"):  # whose moments are more than a number holds
        for p in (
            d.LogNormal(mg.tensor(0.0, dtype=dtype), 50.0),
            d.Normal(mg.tensor(0.0, dtype=dtype), 1e25),
            d.Exponential(mg.tensor(1e-30, dtype=dtype)),
        ):
            assert np.isfinite(p.log_prob(mg.tensor(1.0)).item())


def test_draws_of_small_concentrations() -> None:
    d = mg.distributions
    mg.manual_seed(0)
    drawn = [d.Gamma(1e-3, 1.0).sample((500,)).numpy(), d.Chi2(1e-3).sample((500,)).numpy()]
    assert min(map(np.min, drawn)) > 0
    for p in (d.Dirichlet(1e-3 * mg.ones(3)), d.Beta(1e-3, 1e-3)):
        values = p.sample((2000,)).numpy()
        assert np.isfinite(values).all()
        np.testing.assert_allclose(values.mean(0), p.mean.numpy(), atol=0.05)


def test_distributions_of_users() -> None:
    d = mg.distributions

    class Coin(d.Distribution):  # type: ignore[name-defined,misc]
        def __init__(self) -> None:
            super().__init__((3,), validate_args=False)

    class Shifted(d.Normal):  # type: ignore[name-defined,misc]
        given = ("loc", "scale", "by")

        def __init__(self, loc: Any, scale: Any, by: Any) -> None:
            super().__init__(loc, scale)
            self.by = mg.tensor(by)

    assert Coin().batch_shape == (3,) and Coin().event_shape == ()
    assert Shifted(0.0, 1.0, 2.0).by.item() == 2
    assert Shifted(0.0, 1.0, 2.0).expand((3,)).by.shape == (3,)


def test_numbers_take_the_dtype_of_the_tensor_beside_them() -> None:
    one = np.ones(1)
    for library in (mg, torch):
        f64 = library.tensor(one)
        d = library.distributions
        normal = d.Normal(0.1, f64)
        assert normal.loc.dtype == library.float64
        assert normal.cdf(library.tensor([0.1], dtype=library.float64)).item() == 0.5
        at_edge = library.tensor([0.1], dtype=library.float64)
        assert d.Uniform(0.1, 2 * f64).log_prob(at_edge).item() == pytest.approx(-np.log(1.9))
        beside = d.MultivariateNormal(at_edge, library.eye(1, dtype=library.float64))
        assert beside.loc.item() == 0.1
    assert mg.distributions.Normal(0.1, mg.tensor(one)).cdf(0.1).item() == 0.5
    assert mg.distributions.StudentT(3.0, 0.1, mg.tensor(one)).loc.item() == 0.1


def test_repr_and_default_checks() -> None:
    assert repr(torch.distributions.Normal(0.0, 1.0)) == repr(mg.distributions.Normal(0.0, 1.0))
    assert repr(mg.distributions.Normal(mg.zeros(2), 1.0)) == "Normal(loc: (2,), scale: (2,))"
    d = mg.distributions
    each = d.Normal(mg.zeros(2), 1.0)
    assert repr(d.Independent(each, 1)) == "Independent(Normal(loc: (2,), scale: (2,)), 1)"
    both = repr(d.MixtureSameFamily(d.Categorical(mg.ones(2)), each))
    assert both == "MixtureSameFamily(Categorical(probs: (2,)), Normal(loc: (2,), scale: (2,)))"
    assert repr(d.Multinomial(3, mg.ones(3))) == "Multinomial(total_count: 3)"
    before = mg.distributions.Distribution._validate_args
    mg.distributions.Distribution.set_default_validate_args(False)
    try:
        assert mg.distributions.Normal(0.0, -1.0).scale.item() == -1
    finally:
        mg.distributions.Distribution.set_default_validate_args(before)
    with pytest.raises(ValueError, match="scale"):
        mg.distributions.Normal(0.0, -1.0)
