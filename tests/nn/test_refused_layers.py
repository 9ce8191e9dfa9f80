"""What layers and their functions refuse just beyond what they accept, and values at the limits."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F
from minigrad.nn.utils import parametrizations, parametrize, prune, rnn

V, M, T = mg.tensor([3.0, 1.0, 2.0]), mg.arange(6.0).reshape(2, 3), mg.arange(24.0).reshape(2, 3, 4)
N, TABLE, PLACES = mg.tensor(2.0), mg.arange(8.0).reshape(4, 2), mg.tensor([0, 1, 3, 3])
BAGS = mg.tensor([0, 2])


def heads(*shape: int) -> Any:
    return mg.arange(float(math.prod(shape))).reshape(shape) / 10


def pruned(n: Any) -> Any:
    net = nn.Linear(2, 2)
    with mg.no_grad():
        net.weight.copy_(mg.tensor([[3.0, 0.0], [2.0, 2.0]]))
    return prune.ln_structured(net, "weight", 1, n, 0).weight


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: F.scaled_dot_product_attention(V, M, M), ValueError, "wanted query"),
    (lambda: F.scaled_dot_product_attention(M, M, mg.ones(3, 3)), ValueError, "wanted query"),
    (lambda: F.scaled_dot_product_attention(M, mg.ones(2, 2), M), ValueError, "wanted query"),
    (
        lambda: F.scaled_dot_product_attention(M, M, M, mg.zeros(2, 2), is_causal=True),
        ValueError,
        "is_causal=True is a mask itself",
    ),
    (
        lambda: F.scaled_dot_product_attention(
            heads(3, 2, 2), heads(2, 2, 2), heads(2, 2, 2), enable_gqa=True
        ),
        ValueError,
        "3 heads of queries are no multiple of 2",
    ),
    (lambda: F.cosine_similarity(M, M, 2), IndexError, "no axis 2"),
    (lambda: F.cosine_similarity(M, M, -3), IndexError, "no axis -3"),
    (lambda: F.cosine_similarity(M, mg.ones(2, 2)), ValueError, "vectors of one length along"),
    (lambda: F.pdist(V), ValueError, r"pdist: input: wanted shape \(n, d\)"),
    (lambda: F.bilinear(V, V, M), ValueError, "bilinear: wanted inputs"),
    (lambda: F.bilinear(V, V, mg.ones(2, 3, 2)), ValueError, "bilinear: wanted inputs"),
    (lambda: F.bilinear(M, mg.ones(3, 3), mg.ones(1, 3, 3)), ValueError, "bilinear: wanted inp"),
    (lambda: F.bilinear(V, V, mg.ones(2, 3, 3), V), ValueError, r"bias: wanted shape \(2,\)"),
    (lambda: F.gaussian_nll_loss(M, M, mg.ones(2, 2)), ValueError, "var: wanted shape"),
    (lambda: F.gaussian_nll_loss(M, M, mg.ones(3, 1)), ValueError, "var: wanted shape"),
    (lambda: F.gaussian_nll_loss(V, V, -V), ValueError, "got a negative one"),
    (lambda: F.gaussian_nll_loss(V, V, V, eps=0), ValueError, "eps must be positive"),
    (lambda: F.embedding(PLACES, TABLE, scale_grad_by_freq=True), ValueError, "not supported"),
    (lambda: F.embedding(PLACES, TABLE, 4), IndexError, "no row 4 for padding_idx among 4"),
    (lambda: F.embedding(PLACES, TABLE, -5), IndexError, "no row -5 for padding_idx among 4"),
    (lambda: F.embedding_bag(PLACES, TABLE, BAGS, mode="min"), ValueError, "mode: .* got 'min'"),
    (
        lambda: F.embedding_bag(PLACES, TABLE, BAGS, per_sample_weights=mg.ones(4)),
        ValueError,
        "per_sample_weights: wanted mode='sum'",
    ),
    (
        lambda: F.embedding_bag(PLACES, TABLE, BAGS, mode="sum", per_sample_weights=mg.ones(3)),
        ValueError,
        r"per_sample_weights: wanted shape \(4,\)",
    ),
    (lambda: F.embedding_bag(PLACES, TABLE), ValueError, "or a vector and offsets"),
    (lambda: F.embedding_bag(PLACES[None, None], TABLE), ValueError, "or a vector and offsets"),
    (lambda: F.embedding_bag(PLACES[None], TABLE, BAGS), ValueError, "wanted none beside an inp"),
    (lambda: F.embedding_bag(PLACES, TABLE, [1, 2]), ValueError, "beginning with 0"),
    (lambda: F.embedding_bag(PLACES, TABLE, [0, 3, 2]), ValueError, "in order"),
    (lambda: F.embedding_bag(PLACES, TABLE, [0, 5]), ValueError, "from 0 to 4"),
    (lambda: F.embedding_bag(PLACES, TABLE, [0.0]), ValueError, "wanted integers"),
    (lambda: F.embedding_bag(PLACES, TABLE, [[0]]), ValueError, "wanted integers"),
    (
        lambda: F.embedding_bag(
            PLACES, TABLE, mg.zeros(0, dtype="int64"), include_last_offset=True
        ),
        ValueError,
        "beginning with 0",
    ),
    (lambda: F.cosine_embedding_loss(N, N, N), ValueError, r"wanted inputs \(N, D\)"),
    (lambda: F.cosine_embedding_loss(T, T, T), ValueError, r"wanted inputs \(N, D\)"),
    (lambda: F.cosine_embedding_loss(M, M[:1], V[:2]), ValueError, r"wanted inputs \(N, D\)"),
    (lambda: F.cosine_embedding_loss(M, M, V), ValueError, r"and a target \(N,\)"),
    (lambda: F.multi_margin_loss(M, [0, 1], p=3), ValueError, "p must be 1 or 2, got 3"),
    (lambda: F.multilabel_margin_loss(T, T.long()), ValueError, r"wanted \(N, C\) or \(C,\)"),
    (lambda: F.group_norm(M, 3, mg.ones(2)), ValueError, r"weight: wanted shape \(3,\)"),
    (lambda: F.group_norm(M, 3, None, mg.ones(4)), ValueError, r"bias: wanted shape \(3,\)"),
    (lambda: F.group_norm(M, 2), ValueError, "C a multiple of 2 groups"),
    (lambda: F.group_norm(V, 1), ValueError, r"wanted an input \(N, C, ...\)"),
    (lambda: F.instance_norm(M), ValueError, "of at least 2 values a channel"),
    (lambda: F.instance_norm(mg.ones(2, 3, 1)), ValueError, "of at least 2 values a channel"),
    (lambda: F.local_response_norm(M, 1), ValueError, "wanted an input .* and a size >= 1"),
    (lambda: F.local_response_norm(T, 0), ValueError, "wanted an input .* and a size >= 1"),
    (lambda: F.rms_norm(M, (2,)), ValueError, "wanted last axes"),
    (lambda: F.rms_norm(M, ()), ValueError, "wanted last axes"),
    (lambda: F.rms_norm(V, (1, 3)), ValueError, "wanted last axes"),
    (lambda: F.rms_norm(M, (3,), mg.ones(2)), ValueError, r"weight: wanted shape \(3,\)"),
    (lambda: F.rms_norm(M, 3), TypeError, "wanted lengths, got int"),
    (lambda: F.pad(V, (1, 1), "mirror"), ValueError, "mode must be one of"),
    (lambda: F.pad(V, (1, 1), "circular", 0.0), ValueError, "'circular' takes no value"),
    (lambda: F.pad(V, (1,)), ValueError, "a pair of widths"),
    (lambda: F.pad(V, (1, 1, 1, 1)), ValueError, "at most 1 axes"),
    (lambda: F.pad(V, (-2, -2)), ValueError, "leave nothing of an axis of size 3"),
    (lambda: F.pad(V, (-4, 2)), ValueError, "leave nothing of an axis of size 3"),
    (lambda: F.prelu(M, mg.ones(1, 3)), ValueError, "weight: wanted one axis"),
    (lambda: F.prelu(M, mg.ones(2)), ValueError, "one for each of 3 channels, got 2"),
    (lambda: F.glu(V), ValueError, "glu: wanted an even size along axis -1"),
    (lambda: F.softmax(V, 0, dtype="int64"), TypeError, "wanted a floating dtype, got int64"),
    (lambda: F.log_softmax(V, 0, dtype="int64"), TypeError, "wanted a floating dtype"),
    (lambda: nn.Softmax2d()(M), ValueError, "Softmax2d: wanted an input of 3 or 4 axes"),
    (lambda: nn.Softmax2d()(mg.ones(1, 1, 1, 1, 1)), ValueError, "Softmax2d: wanted an input of"),
    (lambda: nn.LazyLinear(2)(2.0), ValueError, "wanted an input with an axis of features"),
    (lambda: nn.Embedding.from_pretrained(V), ValueError, "wanted a matrix, got shape"),
    (lambda: nn.Embedding.from_pretrained(T), ValueError, "wanted a matrix, got shape"),
    (lambda: nn.EmbeddingBag(2, 2, mode="min"), ValueError, "EmbeddingBag: mode: .* got 'min'"),
    (lambda: nn.Unflatten(1, 3), TypeError, "unflattened_size: wanted sizes, got int"),
    (lambda: nn.ConstantPad1d((1, 2, 3), 0.0), ValueError, "padding: wanted 2 widths"),
    (lambda: nn.ZeroPad2d((1, 2)), ValueError, "padding: wanted 4 widths"),
    (lambda: nn.GRU(2, 2, proj_size=1), ValueError, "proj_size is for LSTM only"),
    (lambda: nn.RNN(2, 2, proj_size=1), TypeError, "unexpected keyword argument 'proj_size'"),
    (lambda: nn.LSTM(2, 2, proj_size=2), ValueError, "proj_size: wanted 0 to 1, .* got 2"),
    (lambda: nn.LSTM(2, 2, proj_size=-1), ValueError, "proj_size: wanted 0 to 1, .* got -1"),
    (lambda: nn.RNN(2, 2)(mg.zeros(0, 1, 2)), ValueError, "RNN: wanted at least one step"),
    (lambda: nn.RNN(3, 2)(M, mg.ones(2, 2)), ValueError, r"hx: wanted a tensor of shape \(1, 2\)"),
    (lambda: nn.LSTMCell(3, 2)(M, (V, V)), ValueError, "hx: wanted a pair of tensors of shape"),
    (lambda: nn.LSTMCell(3, 2)(M, mg.ones(2, 2)), ValueError, "hx: wanted a pair of tensors"),
    (lambda: nn.GroupNorm(1, 3)(V), ValueError, r"wanted an input \(N, 3, ...\)"),
    (lambda: nn.GroupNorm(1, 2)(M), ValueError, r"wanted an input \(N, 2, ...\)"),
    (lambda: nn.InstanceNorm1d(3)(V), ValueError, r"shape \(N, 3, L\) or \(3, L\)"),
    (lambda: nn.InstanceNorm1d(4)(T), ValueError, r"shape \(N, 4, L\) or \(4, L\)"),
    (lambda: nn.InstanceNorm1d(3)(T[None]), ValueError, r"shape \(N, 3, L\) or \(3, L\)"),
    (
        lambda: nn.MultiheadAttention(2, 1)(TABLE, TABLE, TABLE, attn_mask=mg.zeros(4, 3)),
        ValueError,
        r"attn_mask: wanted shape .*, got \(4, 3\)",
    ),
    (
        lambda: nn.MultiheadAttention(2, 1)(TABLE, TABLE, TABLE, key_padding_mask=mg.zeros(3)),
        ValueError,
        r"key_padding_mask: wanted shape",
    ),
    (lambda: nn.ReflectionPad1d(3)(V), ValueError, "pad"),
    (lambda: nn.utils.parameters_to_vector(3), TypeError, "parameters: wanted tensors, got int"),
    (lambda: rnn.pad_sequence([V, V], padding_side="top"), ValueError, "wanted left or right"),
    (lambda: pruned("nuc"), ValueError, "n: wanted a number or 'fro', got 'nuc'"),
    (lambda: prune.BasePruningMethod().compute_mask(V, V), NotImplementedError, "define compute"),
    (lambda: parametrizations.spectral_norm(nn.ReLU()), ValueError, "has no tensor 'weight'"),
    (lambda: parametrizations.orthogonal(nn.ReLU()), ValueError, "has no tensor 'weight'"),
    (lambda: nn.Linear(1, 1).load_state_dict({}, strict=True), Exception, "weight"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_refused(call: Callable[[], Any], error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        call()


SUMS = mg.tensor([1.0, 2.0, 3.0, 4.0])
GROUPS = [[0.0, 0.5], [math.sqrt(0.5), 1.0]]

ACCEPTED: list[tuple[Callable[[], Any], Any]] = [
    (lambda: F.cosine_similarity(V, M).shape, (2,)),
    (lambda: F.cosine_similarity(V, V, 0), 1.0),
    (lambda: F.cosine_similarity(M.T[None], M.T[None], 1), [[1.0, 1.0]]),
    (lambda: F.pdist(mg.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])), [5.0, 1.0, math.sqrt(18)]),
    (lambda: F.pdist(mg.tensor([[0.0, 0.0], [3.0, 4.0]]), 1.0), [7.0]),
    (lambda: F.bilinear(V, mg.ones(2), mg.ones(1, 3, 2), mg.ones(1)), [13.0]),
    (lambda: F.bilinear(M, mg.ones(2, 1), mg.ones(2, 3, 1)), [[3.0, 3.0], [12.0, 12.0]]),
    (lambda: F.kl_div(N.log(), N.log(), log_target=True), 0.0),
    (
        lambda: F.kl_div(mg.log(V), mg.log(V * 2), reduction="sum", log_target=True),
        12 * math.log(2),
    ),
    (lambda: F.kl_div(M, M * 0 + 1, reduction="batchmean"), -7.5),
    (lambda: F.gaussian_nll_loss(M, M + 2, mg.ones(2)), 2.0),
    (lambda: F.gaussian_nll_loss(M, M + 2, mg.ones(2, 1)), 2.0),
    (lambda: F.gaussian_nll_loss(M, M + 2, N), 1.0 + math.log(2) / 2),
    (lambda: F.gaussian_nll_loss(V, V, mg.zeros(3), eps=1.0), 0.0),
    (lambda: F.embedding(PLACES, TABLE, -4), [[0, 1], [2, 3], [6, 7], [6, 7]]),
    (lambda: F.embedding_bag(PLACES, TABLE, BAGS), [[1.0, 2.0], [6.0, 7.0]]),
    (lambda: F.embedding_bag(PLACES, TABLE, [0, 4]), [[3.5, 4.5], [0.0, 0.0]]),
    (lambda: F.embedding_bag(PLACES, TABLE, [0, 0, 2], mode="sum"), [[0, 0], [2, 4], [12, 14]]),
    (lambda: F.embedding_bag(PLACES, TABLE, [0, 2], mode="max"), [[2.0, 3.0], [6.0, 7.0]]),
    (lambda: F.embedding_bag(PLACES[:0], TABLE, [0], mode="max"), [[0.0, 0.0]]),
    (
        lambda: F.embedding_bag(PLACES, TABLE, [0, 1, 3], mode="sum", include_last_offset=True),
        [[0.0, 1.0], [8.0, 10.0]],
    ),
    (
        lambda: F.embedding_bag(PLACES, TABLE, BAGS, mode="sum", per_sample_weights=SUMS),
        [[4.0, 7.0], [42.0, 49.0]],
    ),
    (
        lambda: F.embedding_bag(
            PLACES.reshape(2, 2), TABLE, mode="sum", per_sample_weights=SUMS.reshape(2, 2)
        ),
        [[4.0, 7.0], [42.0, 49.0]],
    ),
    (lambda: F.embedding_bag(PLACES, TABLE, BAGS, padding_idx=1), [[0.0, 1.0], [6.0, 7.0]]),
    (lambda: F.embedding_bag(PLACES, TABLE, BAGS, padding_idx=-3), [[0.0, 1.0], [6.0, 7.0]]),
    (lambda: F.cosine_embedding_loss(V, V, N * 0 - 1), 1.0),
    (lambda: F.cosine_embedding_loss(M + 1, M + 1, mg.tensor([1, -1]), 0.25), 0.375),
    (lambda: F.multi_margin_loss(V, mg.tensor(1)), 5 / 3),
    (lambda: F.multi_margin_loss(V, mg.tensor(1), p=2), 13 / 3),
    (lambda: F.group_norm(mg.tensor([[1.0, 3.0]]), 1, V[:2], V[1:]), [[-2.0, 3.0]]),
    (lambda: F.group_norm(mg.ones(1, 2, 3, 2), 2, V[:2], V[1:])[0, :, 0, 0], [1.0, 2.0]),
    (lambda: F.instance_norm(mg.tensor([[[1.0, 3.0]]]), eps=0.0), [[[-1.0, 1.0]]]),
    (lambda: F.local_response_norm(mg.ones(1, 2, 1), 1, 1.0, 1.0, 1.0), [[[0.5], [0.5]]]),
    (lambda: F.rms_norm(mg.tensor([[1.0, 7.0]]), (1, 2), V[None, :2], 0.0), [[0.6, 1.4]]),
    (lambda: F.pad(V, (1, -2), value=9.0), [9.0, 3.0]),
    (lambda: F.pad(V, (-1, -2)).shape, (0,)),
    (lambda: F.pad(V, (0, 2), "replicate"), [3.0, 1.0, 2.0, 2.0, 2.0]),
    (lambda: F.pad(V, (2, 0), "reflect"), [2.0, 1.0, 3.0, 1.0, 2.0]),
    (lambda: F.pad(V, (3, 3), "circular"), [3.0, 1.0, 2.0] * 3),
    (lambda: F.pad(M, (1, 0, 0, 1)), [[0, 0, 1, 2], [0, 3, 4, 5], [0, 0, 0, 0]]),
    (lambda: F.prelu(-N, mg.tensor(0.25)), -0.5),
    (lambda: F.prelu(-V, mg.tensor([0.5])), [-1.5, -0.5, -1.0]),
    (lambda: F.prelu(-M, mg.tensor([1.0, 2.0, 3.0])), [[0.0, -2.0, -6.0], [-3.0, -8.0, -15.0]]),
    (lambda: F.softmax(mg.tensor([0, 0]), 0, dtype="float64"), [0.5, 0.5]),
    (lambda: nn.Softmax2d()(mg.zeros(2, 1, 1)), [[[0.5]], [[0.5]]]),
    (lambda: nn.Softmax2d()(mg.zeros(1, 2, 1, 1)), [[[[0.5]], [[0.5]]]]),
    (lambda: nn.ConstantPad1d(1, 7.0)(V[None]), [[7.0, 3.0, 1.0, 2.0, 7.0]]),
    (lambda: nn.ReflectionPad1d(2)(V[None]), [[2.0, 1.0, 3.0, 1.0, 2.0, 1.0, 3.0]]),
    (lambda: nn.Transformer.generate_square_subsequent_mask(2), [[0.0, -math.inf], [0.0, 0.0]]),
    (lambda: rnn.pad_sequence([V, V[:1]], True, 7.0), [[3, 1, 2], [3, 7, 7]]),
    (lambda: rnn.pad_sequence([V, V[:1]], True, padding_side="left"), [[3, 1, 2], [0, 0, 3]]),
    (lambda: pruned("fro"), [[3.0, 0.0], [0.0, 0.0]]),
    (lambda: pruned(1), [[0.0, 0.0], [2.0, 2.0]]),
    (lambda: pruned("inf"), [[3.0, 0.0], [0.0, 0.0]]),
    (lambda: pruned("-inf"), [[0.0, 0.0], [2.0, 2.0]]),
    (lambda: pruned(-math.inf), [[0.0, 0.0], [2.0, 2.0]]),
    (lambda: str(nn.Linear(1, 1).load_state_dict(nn.Linear(1, 1).state_dict())), None),
    (lambda: F.instance_norm(mg.ones(1, 3, 1), V, V + 1, use_input_stats=False).shape, (1, 3, 1)),
]


@pytest.mark.parametrize(("call", "wanted"), ACCEPTED)
def test_accepted(call: Callable[[], Any], wanted: Any) -> None:
    got = call()
    if isinstance(got, str):
        assert got == "<All keys matched successfully>"
    elif isinstance(got, mg.Tensor):
        assert got.shape == np.shape(wanted)
        np.testing.assert_allclose(got.detach().numpy(), wanted, rtol=1e-4, atol=1e-6)
    else:
        assert got == wanted


@pytest.mark.parametrize("queries", [2, 4])
def test_heads_of_keys_that_several_heads_of_queries_share(queries: int) -> None:
    """Every head of keys stands for as many heads of queries, one after another."""
    q, k, v = heads(1, queries, 3, 2), heads(1, 2, 4, 2), heads(1, 2, 4, 5)
    got = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    order = [i * 2 // queries for i in range(queries)]
    wanted = F.scaled_dot_product_attention(q, k[:, order], v[:, order])
    np.testing.assert_array_equal(got.numpy(), wanted.numpy())


def test_a_parameter_dictionary_is_a_dictionary() -> None:
    d = nn.ParameterDict({"a": V})
    assert d.setdefault("a", N) is d["a"] and d["a"].tolist() == V.tolist()
    assert d.setdefault("b", N).item() == 2.0 and [v.tolist() for v in d.values()] == [
        [3.0, 1.0, 2.0],
        2.0,
    ]
    assert d.get("a") is d["a"] and d.get("c") is None and d.get("c", 5) == 5
    assert [name for name, _ in d.items()] == ["a", "b"] == list(d.keys())
    d["word"] = "text"
    assert "(word): Object of type: str" in repr(d)


@pytest.mark.parametrize("count", [10_001, 2**63 - 1])
def test_more_layers_than_can_be_made(count: int) -> None:
    """Refused before the first is made."""
    encoder, decoder = nn.TransformerEncoderLayer(4, 2), nn.TransformerDecoderLayer(4, 2)
    for make in (
        lambda: nn.GRU(1, 1, num_layers=count),
        lambda: nn.LSTM(1, 1, count),
        lambda: nn.TransformerEncoder(encoder, count),
        lambda: nn.TransformerDecoder(decoder, count),
        lambda: nn.Transformer(4, 2, num_decoder_layers=count, num_encoder_layers=1),
    ):
        with pytest.raises(ValueError, match=f"num_layers must be at most 10000, got {count}"):
            make()


def test_dropout_between_the_layers_of_a_recurrent_net() -> None:
    """Between them, and not behind the last; at p=1 the second layer sees zeros; none in eval()."""
    x = heads(3, 1, 2)
    mg.manual_seed(1)
    net = nn.RNN(2, 2, num_layers=2, dropout=1.0)
    dropped, _ = net(x)
    second = nn.RNN(2, 2)
    second.load_state_dict({k[:-1] + "0": p for k, p in net.state_dict().items() if k[-1] == "1"})
    wanted, _ = second(mg.zeros(3, 1, 2))
    assert dropped.tolist() == wanted.tolist()
    assert net.eval()(x)[0].tolist() != wanted.tolist()
    alone = nn.RNN(2, 2, dropout=0.0)
    assert alone.train()(x)[0].tolist() == alone.eval()(x)[0].tolist()


def test_spectral_norm_of_one_axis_is_the_unit_vector() -> None:
    scaled = parametrizations.spectral_norm(nn.GroupNorm(1, 2))
    with mg.no_grad():
        scaled.parametrizations.weight.original.copy_(mg.tensor([3.0, 4.0]))
    np.testing.assert_allclose(scaled.weight.tolist(), [0.6, 0.8], rtol=1e-6)


@pytest.mark.parametrize("answer", [3, (3,), [mg.ones(2), None]])
def test_what_right_inverse_has_to_return(answer: Any) -> None:
    class Bad(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

        def right_inverse(self, x: Any) -> Any:
            return answer

    with pytest.raises(TypeError, match="right_inverse: wanted tensors, got"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weight", Bad())


def test_a_shortened_row_has_the_greatest_length() -> None:
    table = mg.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    F.embedding(mg.tensor([0, 1]), table, max_norm=1.0)
    np.testing.assert_allclose(table.tolist(), [[0.6, 0.8], [0.3, 0.4], [6.0, 8.0]], rtol=1e-5)
    F.embedding(mg.tensor([2]), table, max_norm=7.0, norm_type=1.0)
    np.testing.assert_allclose(table.tolist(), [[0.6, 0.8], [0.3, 0.4], [3.0, 4.0]], rtol=1e-5)


@pytest.mark.parametrize("name", ["relu", "elu", "leaky_relu", "selu", "silu"])
@pytest.mark.parametrize("way", ["by position", "by name"])
def test_activations_that_write_their_input(name: str, way: str) -> None:
    """`inplace` is the last argument, behind the slope of those that have one."""
    slope = (0.5,) if name in ("elu", "leaky_relu") else ()
    x, function = mg.tensor([-2.0, 2.0]), getattr(F, name)
    wanted = function(x, *slope)
    assert x.tolist() == [-2.0, 2.0]
    got = function(x, *slope, True) if way == "by position" else function(x, *slope, inplace=True)
    assert got.tolist() == x.tolist() == wanted.tolist() != [-2.0, 2.0]


LAZY: dict[str, Callable[[nn.Module], Any]] = {
    "a number of parameters": lambda net: sum(p.numel() for p in net.parameters()),
    "a penalty": lambda net: sum(p.norm() for p in net.parameters()),
    "another penalty": lambda net: sum((p**2).sum() for p in net.parameters()),
    "its mean": lambda net: net.weight.mean(),
    "its axes": lambda net: net.weight.ndim,
    "its shape": lambda net: net.weight.shape,
    "an initialisation": lambda net: nn.init.zeros_(net.weight),
    "a vector": lambda net: nn.utils.parameters_to_vector(net.parameters()),
    "numbers": lambda net: net.weight.tolist(),
    "a function": lambda net: F.linear(mg.ones(1, 0).double(), net.weight),
    "a row": lambda net: net.weight[0],
    "a file": lambda net: mg.save(net.state_dict(), "/dev/null"),
}


@pytest.mark.parametrize("name", LAZY)
@pytest.mark.parametrize(
    "passed_on", [lambda net: net, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))]
)
def test_parameters_without_values_are_no_empty_ones(name: str, passed_on: Any) -> None:
    net = passed_on(nn.LazyLinear(3).double())
    with pytest.raises(RuntimeError, match="lazy layer has no shape and no values yet"):
        LAZY[name](net)
    assert net(mg.ones(2, 4, dtype="float64")).shape == (2, 3)
    assert net.weight.shape == (3, 4)
