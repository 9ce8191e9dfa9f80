"""Modules beside PyTorch's from the same state: outputs, gradients, names, what `repr` says."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

torch = pytest.importorskip("torch")


def floats(*shape):
    return np.random.default_rng(sum(shape) + len(shape)).normal(0, 1, shape)


def integers(high, *shape):
    return np.random.default_rng(high).integers(0, high, shape)


def signs(*shape):
    return np.where(floats(*shape) > 0, 1, -1)


X = floats(4, 6)
MODULES = {
    # name or name and number: arguments, keywords, inputs
    "AlphaDropout": ((0.0,), {}, [X]),
    "BCELoss": ((), {}, [1 / (1 + np.exp(-X)), integers(2, 4, 6).astype(float)]),
    "BCEWithLogitsLoss": ((), {}, [X, integers(2, 4, 6).astype(float)]),
    "BatchNorm1d": ((3,), {}, [floats(4, 3, 2)]),
    "BatchNorm2d": ((3,), {"eps": 0.1}, [floats(4, 3, 2, 2)]),
    "BatchNorm3d": ((3,), {"affine": False}, [floats(2, 3, 2, 2, 3)]),
    "Bilinear": ((3, 4, 2), {}, [floats(5, 3), floats(5, 4)]),
    "CELU": ((0.5,), {}, [X]),
    "CosineEmbeddingLoss": ((), {"margin": 0.1}, [X, floats(4, 6) + 1, signs(4)]),
    "CosineSimilarity": ((), {"dim": 0}, [X, X + 1]),
    "CrossEntropyLoss": ((), {"label_smoothing": 0.1}, [X, integers(6, 4)]),
    "Dropout": ((0.0,), {}, [X]),
    "Dropout1d": ((0.0,), {}, [floats(2, 3, 4)]),
    "Dropout2d": ((0.0,), {}, [floats(2, 3, 4, 2)]),
    "Dropout3d": ((0.0,), {}, [floats(2, 3, 4, 2, 2)]),
    "ELU": ((), {}, [X]),
    "Embedding": ((7, 3), {"padding_idx": 2}, [integers(7, 4, 2)]),
    "EmbeddingBag": ((7, 3), {"mode": "sum"}, [integers(7, 4, 2)]),
    "EmbeddingBag offsets": ((7, 3), {"padding_idx": 2}, [integers(7, 9), np.array([0, 4, 4])]),
    "EmbeddingBag last": (
        (7, 3),
        {"mode": "max", "include_last_offset": True},
        [integers(7, 9), np.array([0, 4, 4, 9])],
    ),
    "Flatten": ((), {}, [floats(2, 3, 4)]),
    "GELU": ((), {"approximate": "tanh"}, [X]),
    "GLU": ((), {}, [X]),
    "GRU": ((3, 4), {"num_layers": 2, "bidirectional": True}, [floats(5, 2, 3)]),
    "GRUCell": ((3, 4), {}, [floats(2, 3), floats(2, 4)]),
    "GaussianNLLLoss": ((), {"full": True}, [X, X + 1, np.abs(X)]),
    "GroupNorm": ((2, 6), {}, [floats(3, 6, 2)]),
    "Hardshrink": ((), {}, [X]),
    "Hardsigmoid": ((), {}, [X]),
    "Hardswish": ((), {}, [X]),
    "Hardtanh": ((-0.5, 0.5), {}, [X]),
    "HingeEmbeddingLoss": ((), {}, [X, signs(4, 6)]),
    "HuberLoss": ((), {"delta": 0.5}, [X, X * 2]),
    "Identity": ((), {}, [X]),
    "InstanceNorm1d": ((3,), {"affine": True}, [floats(4, 3, 5)]),
    "InstanceNorm1d tracking": (
        (3,),
        {"affine": True, "track_running_stats": True},
        [floats(4, 3, 5)],
    ),
    "InstanceNorm1d unbatched": ((3,), {}, [floats(3, 5)]),
    "InstanceNorm2d": ((3,), {"track_running_stats": True}, [floats(4, 3, 5, 2)]),
    "InstanceNorm3d": ((3,), {"eps": 0.1}, [floats(2, 3, 2, 2, 3)]),
    "KLDivLoss": ((), {"reduction": "batchmean"}, [X - 9, np.abs(X)]),
    "L1Loss": ((), {}, [X, X * 2]),
    "LocalResponseNorm": ((3, 0.5, 0.6, 2.0), {}, [floats(2, 5, 3)]),
    "LSTM": ((3, 4), {"num_layers": 2, "batch_first": True}, [floats(5, 2, 3)]),
    "LSTM projected": ((3, 4), {"num_layers": 2, "proj_size": 2}, [floats(5, 2, 3)]),
    "LSTM projected both ways": (
        (3, 4),
        {"proj_size": 2, "bidirectional": True, "batch_first": True},
        [floats(5, 2, 3)],
    ),
    "LSTMCell": ((3, 4), {}, [floats(2, 3)]),
    "LayerNorm": (((3, 2),), {}, [floats(4, 3, 2)]),
    "LeakyReLU": ((0.2,), {}, [X]),
    "Linear": ((6, 2), {}, [X]),
    "LogSigmoid": ((), {}, [X]),
    "LogSoftmax": ((1,), {}, [X]),
    "MSELoss": ((), {}, [X, X * 2]),
    "MarginRankingLoss": ((0.5,), {}, [X, X * 2, signs(4, 6)]),
    "Mish": ((), {}, [X]),
    "MultiLabelMarginLoss": ((), {}, [X, np.array([[1, 2, -1, 0, 0, 0]] * 4)]),
    "MultiLabelSoftMarginLoss": ((), {}, [X, integers(2, 4, 6).astype(float)]),
    "MultiMarginLoss": ((2,), {}, [X, integers(6, 4)]),
    "MultiheadAttention": ((4, 2), {}, [floats(3, 5, 4), floats(6, 5, 4), floats(6, 5, 4)]),
    "MultiheadAttention first": (
        (4, 2),
        {"batch_first": True, "bias": False},
        [floats(5, 3, 4)] * 3,
    ),
    "MultiheadAttention sizes": (
        (4, 2),
        {"kdim": 3, "vdim": 5},
        [floats(2, 4), floats(6, 3), floats(6, 5)],
    ),
    "NLLLoss": ((), {}, [X, integers(6, 4)]),
    "PReLU": ((6,), {}, [X]),
    "PairwiseDistance": ((), {"keepdim": True}, [X, X * 2]),
    "PoissonNLLLoss": ((), {"full": True}, [X, integers(5, 4, 6).astype(float)]),
    "RMSNorm": ((6,), {}, [X]),
    "RNN": ((3, 4), {"nonlinearity": "relu", "bias": False}, [floats(5, 2, 3)]),
    "RNN unbatched": ((3, 4), {}, [floats(5, 3)]),
    "RNNCell": ((3, 4), {"nonlinearity": "relu"}, [floats(2, 3), floats(2, 4)]),
    "RReLU": ((0.25, 0.25), {}, [X]),
    "ReLU": ((), {}, [X]),
    "ReLU6": ((), {}, [X * 5]),
    "SELU": ((), {}, [X]),
    "SiLU": ((), {}, [X]),
    "Sigmoid": ((), {}, [X]),
    "SmoothL1Loss": ((), {"beta": 0.5}, [X, X * 2]),
    "SoftMarginLoss": ((), {}, [X, signs(4, 6).astype(float)]),
    "Softmax": ((), {"dim": 0}, [X]),
    "Softmax2d": ((), {}, [floats(2, 3, 2, 4)]),
    "Softmin": ((), {"dim": 1}, [X]),
    "Softplus": ((2.0,), {}, [X]),
    "Softshrink": ((), {}, [X]),
    "Softsign": ((), {}, [X]),
    "Tanh": ((), {}, [X]),
    "Tanhshrink": ((), {}, [X]),
    "Threshold": ((0.5, -1.0), {}, [X]),
    "Transformer": (
        (4, 2, 1, 2, 8, 0.0),
        {"batch_first": True},
        [floats(5, 6, 4), floats(5, 3, 4)],
    ),
    "TransformerDecoderLayer": (
        (4, 2, 8, 0.0),
        {"norm_first": True},
        [floats(3, 5, 4), floats(6, 5, 4)],
    ),
    "TransformerEncoderLayer": ((4, 2, 8, 0.0), {"activation": "gelu"}, [floats(3, 5, 4)]),
    "TripletMarginLoss": ((), {"swap": True}, [X, X * 2, X + 1]),
    "TripletMarginWithDistanceLoss": ((), {"margin": 0.5}, [X, X * 2, X + 1]),
    "Unflatten": ((1, (2, 3)), {}, [X]),
}
for kind, args in (
    ("Circular", (1,)),
    ("Constant", (1, 2.5)),
    ("Reflection", (1,)),
    ("Replication", (1,)),
    ("Zero", (1,)),
):
    for axes in (1, 2, 3):
        MODULES[f"{kind}Pad{axes}d"] = (args, {}, [floats(2, 3, *(4, 3, 2)[:axes])])
        if kind != "Zero":
            uneven = tuple(range(2 * axes)) if kind == "Constant" else (1, 0) * axes
            given = ((uneven, *args[1:]), {}, [floats(2, 3, *(4, 3, 2)[:axes])])
            MODULES[f"{kind}Pad{axes}d uneven"] = given
for axes in (1, 2, 3):
    x = floats(2, 4, *(7, 6, 5)[:axes])
    MODULES |= {
        f"Conv{axes}d": ((4, 6, 3), {"stride": 2, "padding": 1}, [x]),
        f"Conv{axes}d groups": ((4, 6, 2), {"groups": 2, "bias": False, "padding": "same"}, [x]),
        f"Conv{axes}d unbatched": ((4, 2, (1, 2, 3)[:axes]), {"dilation": 2}, [x[0]]),
        f"ConvTranspose{axes}d": ((4, 2, 3, 2, 1, 1), {"bias": False}, [x]),
        f"ConvTranspose{axes}d groups": ((4, 6, 2), {"groups": 2, "dilation": 2}, [x]),
        f"MaxPool{axes}d": ((3,), {"padding": 1, "ceil_mode": True}, [x]),
        f"MaxPool{axes}d stride": ((2, 1), {"dilation": 2}, [x]),
        f"AvgPool{axes}d": ((3, 2, 1), {"count_include_pad": False}, [x]),
        f"AdaptiveAvgPool{axes}d": ((3,), {}, [x]),
        f"AdaptiveMaxPool{axes}d": ((2,), {}, [x]),
    }
    for mode in ("reflect", "replicate", "circular"):
        given = ((4, 2, 3), {"padding": 2, "padding_mode": mode}, [x])
        MODULES[f"Conv{axes}d {mode}"] = given
MODULES["Conv2d same, circular"] = (
    (4, 2, (2, 3)),
    {"padding": "same", "padding_mode": "circular", "dilation": (3, 1)},
    [floats(2, 4, 7, 6)],
)
MODULES["Unfold"] = ((2, 1, 1, 2), {}, [floats(2, 3, 5, 4)])
MODULES["Fold"] = (((4, 3), 2), {"padding": 1}, [floats(2, 8, 20)])
MODULES["Upsample"] = ((None, 1.5, "bilinear"), {"align_corners": True}, [floats(2, 3, 5, 4)])
MODULES["Upsample size"] = (((3, 7),), {}, [floats(2, 3, 5, 4)])
MODULES["Upsample factors"] = ((), {"scale_factor": (2, 3), "mode": "area"}, [floats(2, 3, 5, 4)])
MODULES["UpsamplingNearest2d"] = ((), {"scale_factor": 2}, [floats(2, 3, 5, 4)])
MODULES["UpsamplingBilinear2d"] = (((7, 2),), {}, [floats(2, 3, 5, 4)])
MODULES["PixelShuffle"] = ((2,), {}, [floats(2, 8, 5, 4)])
MODULES["PixelUnshuffle"] = ((2,), {}, [floats(2, 3, 6, 4)])
ELSEWHERE = """
    Buffer DataParallel Module ModuleDict ModuleList Parameter ParameterDict ParameterList
    Sequential UninitializedBuffer UninitializedParameter LazyBatchNorm1d LazyBatchNorm2d
    LazyBatchNorm3d LazyConv1d LazyConv2d LazyConv3d
    LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d LazyLinear
    TransformerDecoder TransformerEncoder functional init utils
""".split()


def test_every_module_is_here():
    assert {name.split()[0] for name in MODULES} | {*ELSEWHERE} == set(nn.__all__)


CONSTANT_TARGETS = {"PoissonNLLLoss", "SoftMarginLoss"}  # no derivative there, or NaN


def flat(out):
    """The tensors in nested tuples."""
    if isinstance(out, tuple):
        return [t for part in out for t in flat(part)]
    return [] if out is None else [out]


def twins(name):
    args, kwargs, arrays = MODULES[name]
    kind = name.split()[0]
    torch.manual_seed(0)
    theirs = getattr(torch.nn, kind)(*args, **kwargs).double()
    with torch.no_grad():
        for p in theirs.parameters():
            p.add_(torch.randn(p.shape, dtype=p.dtype) * 0.1)
    ours = getattr(nn, kind)(*args, **kwargs).double()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs, arrays


@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("name", MODULES)
def test_it_is_pytorchs(name, training):
    ours, theirs, arrays = twins(name)
    ours.train(training), theirs.train(training)
    floating = [a.dtype.kind == "f" for a in arrays]
    if name in CONSTANT_TARGETS:
        floating[1:] = [False] * (len(arrays) - 1)
    # one tensor in the place of one array, however often it is given
    wants = {id(a): f for a, f in zip(arrays, floating, strict=True)}
    make = {id(a): mg.tensor(a, requires_grad=wants[id(a)]) for a in arrays}
    their = {id(a): torch.tensor(a, requires_grad=wants[id(a)]) for a in arrays}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = flat(theirs(*(their[id(a)] for a in arrays)))
    out = flat(ours(*(make[id(a)] for a in arrays)))
    assert len(out) == len(wanted)
    total, their_total = 0, 0
    for a, b in zip(out, wanted, strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-9)
        if b.requires_grad:
            v = floats(*b.shape)
            total = total + (a * mg.tensor(v)).sum()
            their_total = their_total + (b * torch.tensor(v)).sum()
    total.backward()
    their_total.backward()
    pairs = [(make[id(a)], their[id(a)]) for a, f in zip(arrays, floating, strict=True) if f]
    pairs += zip(ours.parameters(), theirs.parameters(), strict=True)
    for a, b in pairs:
        if b.grad is not None:
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-7, atol=1e-9)
    for (key, a), b in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, err_msg=key)


def test_data_parallel_calls_its_module():
    state = {"module.weight": floats(2, 6), "module.bias": floats(2)}
    outs = []
    for library in (mg, torch):
        net = library.nn.DataParallel(library.nn.Linear(6, 2).double())
        net.load_state_dict({name: library.tensor(a) for name, a in state.items()})
        outs.append(net(library.tensor(X)).detach().numpy())
    np.testing.assert_allclose(*outs, rtol=1e-12)


MASKS = {
    "boolean": lambda n, rng: rng.random((4, 5)) < 0.3,
    "added": lambda n, rng: rng.normal(0, 1, (4, 5)),
    "of each head": lambda n, rng: rng.random((n * 2, 4, 5)) < 0.3,
    "none": lambda n, rng: None,
}


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("mask", MASKS)
def test_masks_of_attention(mask, average, padded):
    rng = np.random.default_rng(3)
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(6, 2, batch_first=True).double()
    ours = nn.MultiheadAttention(6, 2, batch_first=True).double()
    ours.load_state_dict(theirs.state_dict())
    arrays = [rng.normal(0, 1, (3, n, 6)) for n in (4, 5, 5)]
    attn_mask = MASKS[mask](3, rng)
    if attn_mask is not None and attn_mask.dtype == bool:
        attn_mask[..., 0] = False  # a query that sees nothing is NaN there
    padding = None
    if padded:
        padding = np.zeros((3, 5), bool)
        padding[1, 3:] = padding[2, 4:] = True
    options = {"average_attn_weights": average}
    masks = {"attn_mask": attn_mask, "key_padding_mask": padding}
    got = ours(
        *map(mg.tensor, arrays),
        **options,
        **{k: None if m is None else mg.tensor(m) for k, m in masks.items()},
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = theirs(
            *map(torch.tensor, arrays),
            **options,
            **{k: None if m is None else torch.tensor(m) for k, m in masks.items()},
        )
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-12)


def test_a_query_that_may_look_at_nothing_gets_zeros():
    x = mg.tensor(floats(2, 3), requires_grad=True)
    mask = mg.tensor([[True, True], [False, False]])
    out = nn.functional.scaled_dot_product_attention(x, x, x, mask)
    out.sum().backward()
    assert out.tolist()[1] == [0.0, 0.0, 0.0]
    assert np.isfinite(x.grad.numpy()).all()


def test_stacks_of_transformer_layers():
    torch.manual_seed(0)
    made = []
    for m in (torch.nn, nn):
        layer, norm = m.TransformerEncoderLayer(4, 2, 8, 0.0), m.LayerNorm(4)
        encoder = m.TransformerEncoder(layer, 2, norm, enable_nested_tensor=False)
        decoder = m.TransformerDecoder(m.TransformerDecoderLayer(4, 2, 8, 0.0), 2)
        made.append(m.ModuleList([encoder, decoder]).double())
    made[1].load_state_dict(made[0].state_dict())
    src, tgt = floats(3, 2, 4), floats(5, 2, 4)
    outs = []
    for m, (encoder, decoder) in zip((torch, mg), made, strict=True):
        causal = m.tensor(~np.tri(5, dtype=bool))
        outs.append(decoder(m.tensor(tgt), encoder(m.tensor(src)), tgt_mask=causal))
    np.testing.assert_allclose(
        outs[1].detach().numpy(), outs[0].detach().numpy(), rtol=1e-9, atol=1e-9
    )


def test_switching_the_tracking_off_later():
    made = []
    for m, tensor in ((torch.nn, torch.tensor), (nn, mg.tensor)):
        norm = m.BatchNorm1d(3).double()
        norm(tensor(floats(4, 3)))
        norm.track_running_stats = False
        norm(tensor(floats(5, 3)))
        norm.eval()
        made.append((norm, norm(tensor(floats(6, 3)))))
    (theirs, wanted), (ours, got) = made
    np.testing.assert_allclose(got.detach().numpy(), wanted.detach().numpy())
    for name, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name].numpy(), value.numpy())


def test_full_backward_hooks():
    """Two inputs, one of them used twice, a constant in between, gradients that are changed."""
    seen = {}
    for m, tensor in ((torch, torch.tensor), (mg, mg.tensor)):
        log = seen[m] = []

        class Mix(m.nn.Module):
            def forward(self, a, k, b):
                return a * b * k, a + 1

        net = Mix()

        def before(module, grad_output, log=log):
            log.append(("before", grad_output))
            return tuple(g if g is None else g * 2 for g in grad_output)

        def after(module, grad_input, grad_output, log=log):
            log.append(("after", grad_input))
            log.append(("after", grad_output))
            return tuple(g if g is None else g * 3 for g in grad_input)

        net.register_full_backward_pre_hook(before)
        handle = net.register_full_backward_hook(after)
        a, b = (tensor(floats(2, n), requires_grad=True) for n in (3, 3))
        x, y = net(a, 2.0, b)
        (x * x).sum().backward()
        log.append(("a and b", (a.grad * 1, b.grad * 1)))
        handle.remove()
        x, y = net(a, 2.0, b)
        (x + y).sum().backward()
        log.append(("again", (a.grad * 1, b.grad * 1)))
    for (what, theirs), (same, ours) in zip(seen[torch], seen[mg], strict=True):
        assert what == same and len(ours) == len(theirs)
        for i, (p, q) in enumerate(zip(ours, theirs, strict=True)):
            if q is None:
                assert p is None or not p.numpy().any(), (what, i)
            else:
                np.testing.assert_allclose(p.numpy(), q.numpy(), err_msg=f"{what} {i}")


MADE = """
AlphaDropout(0.3) BatchNorm1d(3,momentum=None,affine=False) Bilinear(2,3,4,bias=False)
ConstantPad2d((1,2,3,4),0.5) ReplicationPad1d(2) ZeroPad3d(1) CELU(0.3,True) Dropout2d(0.1,True)
Embedding(5,2,1,2.0,1.0) EmbeddingBag(5,2,1.5,mode="max",padding_idx=1) EmbeddingBag(5,2)
Flatten(0,-2) GRU(2,3,2,False,True,0.1,True) LSTM(2,3,proj_size=2) LSTMCell(2,3,False)
RNNCell(2,3,nonlinearity="relu") GroupNorm(2,4,affine=False) Hardtanh(-2,2,True) Identity(3)
InstanceNorm1d(3,1e-3,0.2,True,True) LayerNorm((2,3),elementwise_affine=False) LazyLinear(3)
LazyBatchNorm1d() Linear(2,3,False) LocalResponseNorm(2) PReLU(3) RMSNorm((2,),eps=0.1)
RReLU(0.1,0.2,True) Softmax(-1) Threshold(1,2,True) Unflatten(1,(2,3)) ZeroPad2d((1,1,0,2))
""".split()


def built(library):
    chosen = {name: case for name, case in MODULES.items() if "WithDistance" not in name}
    for name, (args, kwargs, _) in chosen.items():
        yield name, getattr(library, name.split()[0])(*args, **kwargs)
    for call in MADE:
        yield call, eval(f"m.{call}", {"m": library})


@pytest.mark.filterwarnings("ignore")  # PyTorch tells of what will change
def test_repr():
    """All of it, but for the name of a layer that is PyTorch's own affair."""
    for (name, theirs), (_, ours) in zip(built(torch.nn), built(nn), strict=True):
        wanted = repr(theirs).replace("NonDynamicallyQuantizable", "")
        assert repr(ours) == wanted, name
