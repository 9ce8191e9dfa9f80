"""Transformed distributions beside PyTorch's: draws' shapes, densities, chances, gradients."""

from __future__ import annotations

import math

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

X = np.array([[-1.5, -0.2, 0.4], [0.7, 2.0, 3.0]])


def affine(lib, scale=(2.0, -0.5, 1.0), **words):
    return lib.distributions.AffineTransform(
        lib.tensor([1.0, 2.0, 3.0]).double(), lib.tensor(scale).double(), **words
    )


SINGLE = {
    "exp": lambda lib: lib.distributions.ExpTransform(),
    "sigmoid": lambda lib: lib.distributions.SigmoidTransform(),
    "tanh": lambda lib: lib.distributions.transforms.TanhTransform(cache_size=1),
    "softplus": lambda lib: lib.distributions.transforms.SoftplusTransform(),
    "affine": affine,
    "affine of numbers": lambda lib: lib.distributions.AffineTransform(1.0, 2.0),
    "affine of vectors": lambda lib: affine(lib, event_dim=1),
    "power": lambda lib: lib.distributions.ComposeTransform(
        [lib.distributions.ExpTransform(), lib.distributions.PowerTransform(1.5 + lib.zeros(()))]
    ),
    "all": lambda lib: lib.distributions.ComposeTransform(
        [affine(lib, event_dim=1), lib.distributions.SigmoidTransform(), affine(lib).inv]
    ),
    "independent": lambda lib: lib.distributions.IndependentTransform(affine(lib), 1),
    "inverse": lambda lib: lib.distributions.ExpTransform().inv.inv,
    "none": lambda lib: lib.distributions.identity_transform,
}  # fmt: skip


@pytest.mark.parametrize("name", SINGLE)
def test_a_transform(name) -> None:
    found = []
    for lib in (torch, mg):
        f, x = SINGLE[name](lib), lib.tensor(X, requires_grad=True)
        y = f(x)
        jacobian = f.log_abs_det_jacobian(x, y)
        (f.inv(y.detach()) ** 2).sum()
        (y.sum() + jacobian.sum()).backward()
        axes = f.domain.event_dim, f.codomain.event_dim, f.bijective, f.inv.domain.event_dim
        values = [t.detach().numpy() for t in (y, jacobian, f.inv(f(x)), x.grad)]
        found.append((values, axes, tuple(f.forward_shape((4, 3)))))
    (theirs, *rest), (ours, *mine) = found
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-12)
        assert a.shape == b.shape
    assert rest == mine


BASES = {
    "number": lambda lib: lib.distributions.Normal(0.1, 1.3),
    "batch": lambda lib: lib.distributions.Normal(
        lib.tensor([0.1, 0.2, -0.3]).double(), lib.tensor([1.0, 2.0, 0.5]).double()
    ),
    "batches": lambda lib: lib.distributions.Normal(
        lib.zeros(2, 3).double(), lib.ones(2, 3).double()
    ),
    "vector": lambda lib: lib.distributions.MultivariateNormal(
        lib.zeros(3).double(), lib.eye(3).double()
    ),
    "uniform": lambda lib: lib.distributions.Uniform(lib.zeros(3).double(), lib.ones(3).double()),
}  # fmt: skip


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", SINGLE)
def test_a_distribution(base, name) -> None:
    found = []
    for lib in (torch, mg):
        try:
            d = lib.distributions.TransformedDistribution(BASES[base](lib), [SINGLE[name](lib)])
        except ValueError:
            found.append("refused")
            continue
        shapes = tuple(d.batch_shape), tuple(d.event_shape), d.support.event_dim, d.has_rsample
        value = lib.distributions.TransformedDistribution(BASES[base](lib), SINGLE[name](lib))
        x = lib.zeros((*d.base_dist.batch_shape, *d.base_dist.event_shape)).double() + 0.4
        for part in d.transforms:
            x = part(x)
        values = [value.log_prob(x).numpy()]
        if not d.event_shape:
            values += [d.cdf(x).numpy(), d.icdf(lib.zeros(x.shape).double() + 0.3).numpy()]
        drawn = tuple(d.sample((4,)).shape), tuple(d.rsample((4, 5)).shape)
        wide = d.expand((5, *d.batch_shape))
        found.append((values, shapes, drawn, tuple(wide.batch_shape), tuple(wide.event_shape)))
    if "refused" in found:
        assert found == ["refused"] * 2
        return
    (theirs, *rest), (ours, *mine) = found
    for a, b in zip(theirs, ours, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6)
        assert a.shape == b.shape
    assert rest == mine


def test_a_flow_is_learned_through_its_draws() -> None:
    """A class of one's own, as code of flows has it."""
    found = []
    for lib in (torch, mg):

        class Shift(lib.distributions.transforms.Transform):
            bijective, sign = True, 1
            domain = codomain = lib.distributions.constraints.real

            def __init__(self, by):
                super().__init__()
                self.by = by

            def _call(self, x):
                return x + self.by

            def _inverse(self, y):
                return y - self.by

            def log_abs_det_jacobian(self, x, y):
                return 0 * x

        by = lib.tensor([0.5, 0.1], requires_grad=True)
        scale = lib.tensor([1.0, 2.0], requires_grad=True)
        base = lib.distributions.Normal(lib.zeros(2), scale)
        flow = lib.distributions.TransformedDistribution(
            base, [Shift(by), lib.distributions.transforms.TanhTransform(cache_size=1)]
        )
        (-flow.log_prob(lib.tensor([[0.3, -0.2], [0.1, 0.9]])).mean()).backward()
        found.append((by.grad.numpy().copy(), scale.grad.numpy().copy()))
        by.grad = None
        y = flow.rsample()
        flow.log_prob(y).sum().backward()  # y goes back to what it was made of
        assert by.grad is not None
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-5)


def test_far_out_the_density_is_0_and_no_nan() -> None:
    found = []
    for lib in (torch, mg):
        d = lib.distributions
        far = lib.tensor([math.inf, -math.inf, 0.0])
        affine = d.AffineTransform(1.0, lib.tensor([2.0, -3.0, 4.0]))
        moved = d.TransformedDistribution(d.Normal(0.0, 1.0), [d.AffineTransform(0.0, 2.0), affine])
        whole = d.ComposeTransform([d.ExpTransform(), affine])
        stretched = [whole.log_abs_det_jacobian(far, whole(far))]
        stretched.append(d.ComposeTransform([]).log_abs_det_jacobian(far, far))
        stretched.append(affine.log_abs_det_jacobian(far, affine(far)))
        found.append([t.numpy() for t in (moved.log_prob(far), *stretched)])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-6)
        assert a.dtype == b.dtype


def test_a_cache_is_of_another_transform() -> None:
    for lib in (torch, mg):
        plain = lib.distributions.AffineTransform(1.0, 3.0)
        kept = plain.with_cache()
        assert kept is not plain and kept.with_cache(1) is kept
        x = lib.tensor(0.1)
        assert kept.inv(kept(x)) is x and plain.inv(plain(x)) is not x
        assert kept.with_cache(0).inv(kept(x)) is not x


def test_the_scale_of_whole_numbers_and_of_float64() -> None:
    x = mg.zeros(2, dtype=mg.float64)
    stretched = mg.distributions.AffineTransform(0, 3).log_abs_det_jacobian(x, x)
    np.testing.assert_allclose(stretched.numpy(), math.log(3), rtol=1e-15)
    assert mg.distributions.SigmoidTransform().inv(mg.tensor(1)).isfinite()


def test_the_entropy_of_student_s_t_is_float64_to_its_last_digits() -> None:
    df = [3.0, 0.7, 20.0]
    theirs = torch.distributions.StudentT(torch.tensor(df, dtype=torch.float64)).entropy()
    ours = mg.distributions.StudentT(mg.tensor(df, dtype=mg.float64)).entropy()
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-14)


def test_refused() -> None:
    d = mg.distributions
    with pytest.raises(NotImplementedError, match=r"AbsTransform\(\) is not said to be monotone"):
        _ = d.ComposeTransform([d.AbsTransform()]).sign
    for few in ("__call__", "inv", "log_abs_det_jacobian"):
        function = getattr(d.IndependentTransform(d.ExpTransform(), 2), few)
        with pytest.raises(ValueError, match=r"wanted at least 2 axes, .*got shape \(3,\)"):
            function(*[mg.ones(3)] * (2 if few.startswith("log") else 1))
    with pytest.raises(ValueError, match=r"TransformedDistribution: .*takes 1 axes"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), d.AffineTransform(0.0, 1.0, event_dim=1))
    with pytest.raises(TypeError, match="parts: wanted transforms, got int"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), [3])
    with pytest.raises(TypeError, match="base_distribution: wanted a distribution, got float"):
        d.TransformedDistribution(1.0, d.ExpTransform())
    with pytest.raises(ValueError, match="value: wanted positive numbers"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), d.ExpTransform()).log_prob(-1.0)
    with pytest.raises(ValueError, match="cache_size: wanted 0 or 1, got 2"):
        d.ExpTransform(cache_size=2)
    with pytest.raises(ValueError, match="AbsTransform has no inverse"):
        d.AbsTransform().inv  # noqa: B018
    with pytest.raises(NotImplementedError, match="has no _call"):
        d.Transform()(1.0)
    with pytest.raises(NotImplementedError, match="monotone"):
        d.TransformedDistribution(d.Normal(0.0, 1.0), d.AbsTransform().__class__()).icdf(0.5)
    assert "ExpTransform().inv" in repr(d.ComposeTransform([d.ExpTransform().inv]))
