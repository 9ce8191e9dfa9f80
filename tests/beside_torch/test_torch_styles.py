"""Ways in which people write calls: each gives the same in both libraries, or raises in both."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

# m: the library; x: float32 (3, 4), s and S: 0-d float64 and int64; i: int32 (3,), u: uint8 (3,),
# b: bools (3,), e: 0-d float32, z: float64 (5,) with a zero that requires a gradient
CALLS = """
x * s; s * x; x + s; s - x; m.maximum(x, s); m.minimum(s, x); m.fmax(x, s); m.fmin(s, x)
m.where(x > 0, x, s); m.pow(x, s); m.atan2(s, x); m.copysign(s, x); m.logaddexp(x, s); x.fmod(s)
m.addcmul(x, s, s); x.clamp(min=s); x.clamp(max=s); s * S; i * s; i * e; s * e
i * S; S + i; i - S; m.maximum(i, S); i // S; i % S; i ** S; i & S; S | i; i ^ S; i << S; S >> i
u + S; u & S; u * np.int64(3); m.add(u, np.int64(3), alpha=2); m.bitwise_and(u, np.int64(3))
m.gcd(i, S); m.lcm(S, i); b & S; b * S; i & m.tensor(True); S * m.tensor(2, dtype=m.int32)
m.result_type(x, i[:2]); m.result_type(x, s); m.result_type(i, 2.5)
u.sum(); u.sum(0); u.prod(); u.cumsum(0); u.cumprod(0); i.cumprod(0); b.cumprod(0); u.nansum()
m.trace(u[:, None]); m.vander(i); m.div(u, 2, rounding_mode='trunc'); m.randint_like(x, 1)
x.amax([0]); x.amin([0, 1]); x.amax([]); x.logsumexp([0, -1]); (x > 0).all([0, 1])
(x > 0).any([1]); m.count_nonzero(x, [0, 1]); x.var([0, 1]); x.std([0], unbiased=False)
m.nanmean(x, [0, 1]); m.nanmean(x, ()); m.nn.functional.normalize(x, dim=[0, 1])
m.linalg.vector_norm(x, dim=[0, 1]); m.std_mean(x, [1])
m.cov(x[:1]); m.hsplit(x, np.int64(2)); m.hsplit(x, 3); m.vsplit(x, 2); m.dsplit(x[None], 3)
m.tensor_split(x, m.tensor(2)); e.gather(0, m.tensor([0, 0])); x[0].gather(0, m.tensor(1))
i.index_fill(0, m.tensor([1]), 2.0); m.select_scatter(x, x[0].double(), 0, 1)
m.slice_scatter(x, x[:2].double(), 0, 0, 2); x[0].masked_scatter(x > 0, x)
m.zeros(2, layout=m.strided, pin_memory=False); m.zeros(2, out=m.empty(0))
m.arange(3, out=m.empty(0, dtype=m.int64)); m.linspace(0, 1, 3, layout=m.strided)
m.ones_like(x, memory_format=m.preserve_format); m.empty_like(x, pin_memory=False).shape
m.full((2,), 1.0, out=m.empty(2)); m.eye(2, layout=None); m.tril_indices(2, 2, device='cpu')
m.triu_indices(2, 2, dtype=m.int32); m.scalar_tensor(2, device='cpu')
m.randn(2, out=m.empty(2)).dtype
m.detach(x); m.get_device(x); m.is_conj(x); m.is_signed(u); m.is_same_size(x, i); m.conj(x)
m.resolve_conj(x); m.resolve_neg(x); m.clone(x).gt_(0); m.clone(x).eq_(x); m.clone(x).logical_not_()
m.clone(i).le_(1); m.clone(x).logical_and_(x > 0); m.clone(x).not_equal_(0)
e.argsort(-3); e.max(5); e.sort(3); e.flatten(1); e.cummax(2); e.nanmedian(2); e.mode(2)
m.xlogy(z, m.tensor(2.0)); m.logit(z.abs() / 4); m.sinc(z)
m.fmax(z, m.round(z)); m.fmin(z.detach().round(), z); (z * 1).zero_(); (z * 1).fill_(2)
(z * 1).lt_(0)
s / z; z * x[0, 0]; m.atan2(m.tensor(1.0, dtype=m.float32), z)
""".replace("\n", ";")  # fmt: skip


def names(m: Any) -> dict[str, Any]:
    values = np.cos(np.arange(12)).reshape(3, 4).astype(np.float32)
    given = {"x": values, "i": np.int32([1, 2, 3]), "u": np.uint8([1, 200, 250])}
    given |= {"b": np.array([True, False, True]), "s": np.float64(1.5), "S": np.int64(2)}
    made = {k: m.tensor(np.array(v)) for k, v in given.items()} | {"e": m.tensor(0.5)}
    z = m.tensor(np.array([0.0, 0.5, -1.25, 2.0, -0.5]), requires_grad=True)
    return made | {"m": m, "np": np, "z": z}


def plain(value: Any) -> Any:
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if not hasattr(value, "detach"):
        return str(value).removeprefix("torch.")
    dtype = str(value.dtype).removeprefix("torch.")
    return dtype, tuple(value.shape), value.requires_grad, value.detach().numpy()


def gradients(value: Any, z: Any, m: Any) -> list[Any]:
    """The gradient by z, and that of it."""
    if not getattr(value, "requires_grad", False):
        return []
    weights = m.tensor(np.cos(np.arange(value.numel())).reshape(tuple(value.shape)))
    (g,) = m.autograd.grad((value * weights).sum(), z, create_graph=True)
    second = m.autograd.grad((g * g).sum(), z, allow_unused=True)[0] if g.requires_grad else None
    return [v.detach().numpy(force=True) for v in (g, second) if v is not None]


def outcome(call: str, m: Any) -> Any:
    given = names(m)
    with np.errstate(all="ignore"):
        try:
            value = eval(call, given)
        except Exception:
            return "raised", []
        return plain(value), gradients(value, given["z"], m)


def same(ours: Any, theirs: Any) -> None:
    if isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            same(a, b)
    elif isinstance(theirs, tuple):
        assert ours[:3] == theirs[:3]
        np.testing.assert_allclose(ours[3], theirs[3], rtol=2e-6)
    else:
        assert ours == theirs


@pytest.mark.parametrize("call", [c.strip() for c in CALLS.split(";") if c.strip()])
def test_a_way_to_write_it(call: str) -> None:
    (theirs, wanted), (ours, got) = outcome(call, torch), outcome(call, mg)
    same(ours, theirs)
    for a, b in zip(got, wanted, strict=False):
        a, b = (v[1:] if "sinc" in call else v for v in (a, b))  # NaN at 0 in PyTorch
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-12)


def test_a_0d_tensor_of_another_dtype_has_a_gradient_of_every_order() -> None:
    for call in ("x / s", "s / x", "m.atan2(x, s)", "s**x", "x.clamp(min=s) * s"):
        results = []
        for m in (torch, mg):
            s = m.tensor(1.5, dtype=m.float64, requires_grad=True)
            x = m.tensor([0.5, 1.0, 2.0], dtype=m.float32, requires_grad=True)
            out = eval(call, {"m": m, "s": s, "x": x})
            first = m.autograd.grad(
                (out * m.tensor([1.0, 2.0, 3.0])).sum(), (s, x), create_graph=True
            )
            second = m.autograd.grad(sum((g * g).sum() for g in first), (s, x))
            results.append([g.detach().numpy() for g in (*first, *second)])
        for theirs, ours in zip(*results, strict=True):
            assert ours.dtype == theirs.dtype
            np.testing.assert_allclose(ours, theirs, rtol=1e-5)


LAYERS = """
nn.Softshrink(.2); nn.Hardshrink(); nn.Hardsigmoid(); nn.Hardswish(); nn.Dropout(.2, True)
nn.Dropout2d(); nn.AlphaDropout(.3); nn.GroupNorm(2, 4); nn.GroupNorm(2, 4, affine=False)
nn.RNNCell(3, 4); nn.RNNCell(3, 4, False, 'relu'); nn.LSTMCell(3, 4); nn.GRUCell(3, 4, bias=False)
nn.CosineSimilarity(0); nn.PairwiseDistance(1); nn.ModuleList(); nn.ReLU(True); nn.Hardtanh(-2, 2)
nn.ModuleList([nn.Linear(2, 2) for _ in range(4)]); nn.ModuleList([nn.Tanh(), nn.ReLU(), nn.ReLU()])
nn.Sequential(nn.ModuleList([nn.ModuleList([nn.Tanh()]), nn.ModuleList([nn.Tanh()])]), nn.Dropout())
nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 2, nn.LayerNorm(4))
""".replace("\n", ";")


@pytest.mark.parametrize("layer", [c.strip() for c in LAYERS.split(";") if c.strip()])
def test_a_layer_is_shown_as_in_pytorch(layer: str) -> None:
    theirs = repr(eval(layer, {"nn": torch.nn}))
    assert repr(eval(layer, {"nn": mg.nn})) == theirs.replace("NonDynamicallyQuantizable", "")


def test_a_copied_parameter_has_no_gradient_and_a_loaded_state_says_so() -> None:
    for m in (torch, mg):
        net = m.nn.Sequential(m.nn.Linear(2, 1))
        net(m.ones(1, 2)).sum().backward()
        assert copy.deepcopy(net)[0].weight.grad is None and net[0].weight.grad is not None
        assert str(net.load_state_dict(net.state_dict())) == "<All keys matched successfully>"
        net.set_submodule("0", m.nn.Tanh())
        assert repr(net[0]) == "Tanh()" and net.share_memory() is net
        with pytest.raises(ValueError):
            net.set_submodule("", m.nn.Tanh())
        with pytest.raises(AttributeError):
            net.set_submodule("nope.0", m.nn.Tanh())


def test_a_group_keeps_what_a_user_keeps_there() -> None:
    for m in (torch, mg):
        groups = [{"params": [m.ones(1, requires_grad=True)], "lr_scale": 0.5, "name": "head"}]
        optimizer = m.optim.AdamW(groups, lr=0.1)
        state = optimizer.state_dict()
        optimizer.param_groups[0]["lr_scale"] = 2.0
        optimizer.load_state_dict(state)
        assert optimizer.param_groups[0]["lr_scale"] == 0.5
        assert "    lr_scale: 0.5\n" in repr(optimizer) and "    name: head\n" in repr(optimizer)


INDICES = (
    "0; ..., 1; 0:2; None, 1; [0, 1]; 0:2, [0, 1]; :, k; None, [0, 1]; x > 2; k, 1:; ::2, k[0]"
)


@pytest.mark.parametrize("index", INDICES.split("; "))
@pytest.mark.parametrize("change", ["v.fill_(3)", "v += 1", "v.mul_(x[0, 0] + 2)"])
def test_what_is_chosen_by_a_list_is_a_copy_and_a_slice_is_none(index: str, change: str) -> None:
    results = []
    for m in (torch, mg):
        x = m.tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
        given = {"m": m, "x": x, "y": x * 1.5, "k": m.tensor([1, 0])}
        exec(f"v = y[{index}]; {change}; total = (y * x.detach()).sum() + (v * v).sum()", given)
        given["total"].backward()
        results.append([given["y"].detach().numpy(), given["v"].detach().numpy(), x.grad.numpy()])
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs)


@pytest.mark.filterwarnings("ignore:indexing with dtype torch.uint8")
def test_a_tensor_of_uint8_is_a_mask() -> None:
    for m in (torch, mg):
        x, mask = m.arange(6.0).reshape(3, 2), m.tensor([1, 0, 1], dtype=m.uint8)
        assert x[mask].tolist() == [[0.0, 1.0], [4.0, 5.0]]
    x[mask] = 9  # PyTorch refuses a number here
    assert x.tolist() == [[9.0, 9.0], [2.0, 3.0], [9.0, 9.0]]
