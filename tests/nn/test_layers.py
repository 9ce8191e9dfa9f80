"""Layers and initialisation: distributions, modes and what is refused."""

from __future__ import annotations

import pickle
from math import sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn
from minigrad.nn import functional as F


@pytest.fixture(autouse=True)
def seeded():
    mg.manual_seed(0)


# ---------------------------------------------------------------------- Linear, Embedding


@pytest.mark.parametrize("dtype", [None, "float32", "float64"])
def test_linear_begins_uniformly(dtype):
    layer = nn.Linear(400, 300, dtype=dtype)
    bound = 1 / sqrt(400)
    for p in (layer.weight, layer.bias):
        assert p.dtype == (dtype or "float32")
        assert np.abs(p.numpy()).max() <= bound
    w = layer.weight.numpy().ravel()
    assert layer.weight.shape == (300, 400)
    assert abs(w.mean()) < 4 * bound / sqrt(3 * w.size)
    assert np.histogram(w, 10, (-bound, bound))[0] == pytest.approx(w.size / 10, rel=0.05)


def test_the_seed_decides():
    mg.manual_seed(3)
    first = nn.Linear(5, 4).weight.numpy()
    other = nn.Linear(5, 4).weight.numpy()
    mg.manual_seed(3)
    assert np.array_equal(nn.Linear(5, 4).weight.numpy(), first)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.Linear(0, 2), ValueError, "in_features must be at least 1, got 0"),
        (lambda: nn.Linear(2, -1), ValueError, "out_features must be at least 1, got -1"),
        (lambda: nn.Linear(2.0, 1), TypeError, "in_features must be an integer, got float"),
        (lambda: nn.Linear(True, 1), TypeError, "in_features must be an integer, got bool"),
        (lambda: nn.Linear(2, 1, dtype=int), TypeError, "float32 or float64, got int64"),
        (lambda: nn.Linear(2, 1, dtype="float16"), TypeError, "float32 or float64, got float16"),
        (lambda: nn.Embedding(0, 2), ValueError, "num_embeddings must be at least 1"),
        (lambda: nn.Embedding(2, "3"), TypeError, "embedding_dim must be an integer"),
        (lambda: nn.BatchNorm1d(0), ValueError, "num_features must be at least 1"),
        (lambda: nn.BatchNorm1d(3, eps=-1), ValueError, "eps must not be negative, got -1"),
        (lambda: nn.BatchNorm1d(3, momentum=1.5), ValueError, "momentum must be None or within"),
        (lambda: nn.LayerNorm((2, 0)), ValueError, "normalized_shape must be at least 1, got 0"),
        (lambda: nn.LayerNorm(2, eps=float("nan")), ValueError, "eps must not be negative"),
        (lambda: nn.Dropout(1.1), ValueError, r"p must be within \[0, 1\], got 1.1"),
        (lambda: nn.Dropout(-0.1), ValueError, r"p must be within \[0, 1\], got -0.1"),
        (lambda: nn.GELU("exact"), ValueError, "approximate must be 'none' or 'tanh'"),
        (lambda: nn.MSELoss(reduction="total"), ValueError, "reduction must be .* got 'total'"),
        (lambda: nn.HuberLoss(delta=0), ValueError, "delta must be positive, got 0"),
        (lambda: nn.CrossEntropyLoss(label_smoothing=2), ValueError, "label_smoothing must be"),
        (lambda: nn.NLLLoss(weight=["a"]), TypeError, "NLLLoss: weight: wanted numbers"),
    ],
)
def test_what_a_layer_cannot_be_made_of(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_a_layer_refuses_inputs_that_do_not_fit():
    with pytest.raises(ValueError, match=r"linear.*\(4, 5\).*\(2, 3\)"):
        nn.Linear(3, 2)(mg.zeros((4, 5)))
    with pytest.raises(IndexError, match="wanted 0 to 4, got 5"):
        nn.Embedding(5, 2)(mg.tensor([0, 5]))
    with pytest.raises(TypeError, match="wanted integers, got float32"):
        nn.Embedding(5, 2)(mg.tensor([0.0]))


# ---------------------------------------------------------------------- BatchNorm1d, LayerNorm


@pytest.mark.parametrize("shape", [(4,), (4, 2), (4, 3, 2, 2)])
def test_batch_norm_refuses_other_shapes(shape):
    norm = nn.BatchNorm1d(3)
    with pytest.raises(ValueError, match=r"BatchNorm1d: wanted an input of shape \(N, 3\)"):
        norm(mg.zeros(shape))


def test_a_batch_of_one_is_refused_and_changes_nothing():
    norm = nn.BatchNorm1d(3)
    before = {n: t.tolist() for n, t in norm.state_dict().items()}
    with pytest.raises(ValueError, match="value"):
        norm(mg.tensor([[1.0, 2.0, 3.0]]))
    assert {n: t.tolist() for n, t in norm.state_dict().items()} == before
    assert norm.eval()(mg.tensor([[1.0, 2.0, 3.0]])).shape == (1, 3)


def test_cumulative_statistics_are_the_plain_average():
    rng = np.random.default_rng(0)
    batches = rng.normal(3, 2, (5, 8, 2))
    norm = nn.BatchNorm1d(2, momentum=None, dtype="float64")
    for batch in batches:
        norm(mg.tensor(batch))
    assert norm.num_batches_tracked.item() == 5
    np.testing.assert_allclose(norm.running_mean.numpy(), batches.mean(axis=(0, 1)))
    np.testing.assert_allclose(norm.running_var.numpy(), batches.var(1, ddof=1).mean(0))
    norm.reset_running_stats()
    assert norm.num_batches_tracked.item() == 0
    assert norm.running_var.tolist() == [1.0, 1.0]


def test_evaluation_leaves_the_statistics():
    norm = nn.BatchNorm1d(2).eval()
    norm(mg.tensor([[5.0, 6.0], [7.0, 9.0]]))
    assert norm.num_batches_tracked.item() == 0
    assert norm.running_mean.tolist() == [0.0, 0.0]


def test_two_passes_before_a_backward_pass():
    """The running statistics change in between; the first pass's graph has copies of them."""
    norm = nn.BatchNorm1d(2, dtype="float64").eval()
    x = mg.tensor([[5.0, 6.0], [7.0, 9.0]], dtype="float64", requires_grad=True)
    y = norm(x).sum()
    norm.train()(x)
    y.backward()
    np.testing.assert_allclose(x.grad.numpy(), 1 / sqrt(1 + 1e-5), rtol=1e-6)


def test_without_affine_and_statistics():
    norm = nn.BatchNorm1d(2, affine=False, track_running_stats=False)
    assert not norm.state_dict()
    out = norm.eval()(mg.tensor([[1.0, 2.0], [3.0, 6.0]])).numpy()
    np.testing.assert_allclose(out, [[-1, -1], [1, 1]], atol=1e-4)
    assert nn.BatchNorm1d(2, bias=False).bias is None
    assert not nn.LayerNorm(2, elementwise_affine=False).state_dict()
    assert list(nn.LayerNorm(2, bias=False).state_dict()) == ["weight"]


def test_layer_norm_refuses_other_lengths():
    with pytest.raises(ValueError):
        nn.LayerNorm((3, 4))(mg.zeros((2, 3, 5)))


# ---------------------------------------------------------------------- Dropout, Flatten


def test_dropout_in_both_modes():
    layer = nn.Dropout(0.25)
    x = mg.ones((200, 300))
    out = layer(x).numpy()
    assert set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.75)}
    assert (out == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert not np.array_equal(out, layer(x).numpy())
    assert np.array_equal(layer.eval()(x).numpy(), x.numpy())


@pytest.mark.parametrize(
    ("dims", "shape"), [((), (2, 60)), ((0,), (120,)), ((1, 2), (2, 12, 5)), ((-2,), (2, 3, 20))]
)
def test_flatten(dims, shape):
    assert nn.Flatten(*dims)(mg.zeros((2, 3, 4, 5))).shape == shape


def test_flatten_refuses_axes_that_are_not_there():
    with pytest.raises(IndexError, match=r"no axes 1 to -1 in an input of shape \(3,\)"):
        nn.Flatten()(mg.zeros(3))
    with pytest.raises(ValueError, match="axis 2 comes after 1"):
        nn.Flatten(2, 1)(mg.zeros((2, 3, 4)))


def test_flatten_keeps_an_empty_batch():
    assert nn.Flatten()(mg.zeros((0, 3, 4))).shape == (0, 12)


# ---------------------------------------------------------------------- init


def spread(fill, shape=(300, 400), **options):
    p = nn.Parameter(np.zeros(shape))
    assert fill(p, **options) is p
    return p.numpy()


@pytest.mark.parametrize(
    ("fill", "options", "std"),
    [
        (nn.init.uniform_, {"a": -1, "b": 3}, 4 / sqrt(12)),
        (nn.init.normal_, {"mean": 1, "std": 0.3}, 0.3),
        (nn.init.kaiming_uniform_, {"nonlinearity": "relu"}, sqrt(2 / 400)),
        (nn.init.kaiming_normal_, {"nonlinearity": "relu", "mode": "fan_out"}, sqrt(2 / 300)),
        (nn.init.kaiming_normal_, {"a": 1}, sqrt(1 / 400)),
        (nn.init.xavier_uniform_, {"gain": 2}, 2 * sqrt(2 / 700)),
        (nn.init.xavier_normal_, {}, sqrt(2 / 700)),
    ],
)
def test_standard_deviations(fill, options, std):
    values = spread(fill, **options)
    assert values.std() == pytest.approx(std, rel=0.02)
    mean = 1 if options.get("mean") == 1 or "b" in options else 0
    assert values.mean() == pytest.approx(mean, abs=5 * std / sqrt(values.size))
    assert np.array_equal(
        spread(fill, generator=5, **options), spread(fill, generator=5, **options)
    )


def test_fans_of_more_axes():
    values = spread(nn.init.kaiming_normal_, (50, 40, 5, 2), nonlinearity="linear")
    assert values.std() == pytest.approx(1 / sqrt(400), rel=0.03)


@given(st.floats(-5, 5), st.floats(-5, 5))
def test_gain_of_leaky_relu(a, b):
    gains = [nn.init.calculate_gain("leaky_relu", slope) for slope in (a, b)]
    assert (gains[0] > gains[1]) == (2 / (1 + a * a) > 2 / (1 + b * b)) or gains[0] == gains[1]
    assert gains[0] ** 2 * (1 + a * a) == pytest.approx(2)


def test_init_while_a_graph_needs_the_values():
    layer = nn.Linear(2, 1, bias=False)
    nn.init.constant_(layer.weight, 3)
    x = mg.tensor([[1.0, 1.0]], requires_grad=True)
    y = layer(x).sum()
    nn.init.zeros_(layer.weight)
    with pytest.raises(RuntimeError, match="'linear' needs for its gradient was changed"):
        y.backward()
    assert nn.init.ones_(layer.weight).tolist() == [[1.0, 1.0]]


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda p: nn.init.normal_(p, std=-1), ValueError, "std not negative, .* std=-1"),
        (lambda p: nn.init.uniform_(p, 2, 1), ValueError, "a <= b, got a=2, b=1"),
        (lambda p: nn.init.uniform_(p, 0, float("inf")), ValueError, "must be finite"),
        (lambda p: nn.init.kaiming_normal_(p, mode="fan"), ValueError, "mode must be"),
        (lambda p: nn.init.kaiming_normal_(p, nonlinearity="x"), ValueError, "nonlinearity must"),
        (lambda p: nn.init.xavier_normal_(mg.zeros(3)), ValueError, r"two axes, got shape \(3,\)"),
        (lambda p: nn.init.zeros_(p.numpy()), TypeError, "wanted a Tensor to fill, got ndarray"),
    ],
)
def test_what_init_refuses(make, error, words):
    p = nn.Parameter(np.ones((3, 4)))
    with pytest.raises(error, match=words):
        make(p)
    assert (p.numpy() == 1).all()


# ---------------------------------------------------------------------- clipping


def with_grads(*grads):
    out = []
    for g in grads:
        out.append(mg.tensor(np.zeros(np.shape(g)), requires_grad=True))
        out[-1].grad = mg.tensor(np.array(g, float))
    return out


def test_a_small_norm_is_left_alone():
    (p,) = with_grads([3.0, 4.0])
    assert nn.utils.clip_grad_norm_(p, 5.1).item() == 5.0
    assert p.grad.tolist() == [3.0, 4.0]


def test_parameters_without_gradients_are_passed_over():
    p = mg.tensor([1.0], requires_grad=True)
    assert nn.utils.clip_grad_norm_([p], 1.0).item() == 0
    nn.utils.clip_grad_value_([p], 1.0)
    assert p.grad is None


def test_large_float32_gradients_do_not_overflow():
    p = mg.tensor(np.zeros(2, np.float32), requires_grad=True)
    p.grad = mg.tensor(np.array([3e30, 4e30], np.float32))
    assert nn.utils.clip_grad_norm_(p, 1.0).item() == pytest.approx(5e30)
    assert p.grad.tolist() == pytest.approx([0.6, 0.8])
    assert p.grad.dtype == np.float32


def test_clipping_values():
    (p,) = with_grads([-3.0, 0.5, 4.0])
    nn.utils.clip_grad_value_([p], 1)
    assert p.grad.tolist() == [-1.0, 0.5, 1.0]


def test_what_clipping_refuses():
    (p,) = with_grads([np.nan, 1.0])
    with pytest.raises(RuntimeError, match="the norm of the gradients is nan"):
        nn.utils.clip_grad_norm_(p, 1.0, error_if_nonfinite=True)
    assert p.grad.tolist()[1] == 1.0
    with pytest.raises(ValueError, match="max_norm must not be negative, got -1"):
        nn.utils.clip_grad_norm_(p, -1)
    with pytest.raises(ValueError, match="norm_type must be positive, got 0"):
        nn.utils.clip_grad_norm_(p, 1, 0)
    with pytest.raises(ValueError, match="clip_value must not be negative"):
        nn.utils.clip_grad_value_(p, -1)
    with pytest.raises(TypeError, match="parameters: wanted tensors, got int"):
        nn.utils.clip_grad_norm_([3], 1)


def test_sequential_ends_a_linear_layer_in_its_relu() -> None:
    """One node in place of two, and the same numbers to the bit."""
    layer, last = nn.Linear(5, 4), nn.Linear(4, 3)
    x = mg.randn(6, 5, requires_grad=True)
    fused = nn.Sequential(layer, nn.ReLU(), last, nn.ReLU())(x)
    apart = nn.ReLU()(last(nn.ReLU()(layer(x))))
    assert fused.grad_fn.operation.name == "linear"
    assert fused.grad_fn.parents[0].operation.name == "linear"
    np.testing.assert_array_equal(fused.numpy(), apart.numpy())
    g = np.arange(18.0, dtype=np.float32).reshape(6, 3)
    inputs = [x, layer.weight, layer.bias, last.weight, last.bias]
    for a, b in zip(
        mg.autograd.grad(fused, inputs, g), mg.autograd.grad(apart, inputs, g), strict=True
    ):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.parametrize("options", [{"kdim": 3}, {"vdim": 3}])
def test_attention_to_keys_or_values_of_another_width_has_three_matrices(options: Any) -> None:
    net = nn.MultiheadAttention(4, 2, **options)
    assert net.in_proj_weight is None
    assert net.k_proj_weight.shape == (4, options.get("kdim", 4))
    assert net.v_proj_weight.shape == (4, options.get("vdim", 4))


def test_a_narrow_normal_distribution_is_cut_off_too() -> None:
    w = nn.init.trunc_normal_(mg.zeros(1000), std=0.01, a=-0.02, b=0.02, generator=0).numpy()
    assert 0.015 < abs(w).max() <= 0.02
    with pytest.raises(ValueError, match="less than a thousandth"):
        nn.init.trunc_normal_(mg.zeros(2), std=100.0, a=-0.02, b=0.02)
    with pytest.raises(ValueError, match="less than a thousandth"):
        nn.init.trunc_normal_(mg.zeros(2), mean=5.0, a=-1.0, b=0.0)


@pytest.mark.parametrize("probabilities", [False, True])
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_losses_of_classes_before_further_axes(shape: tuple[int, ...], probabilities: bool) -> None:
    draw = np.random.default_rng(0)
    x = mg.tensor(draw.normal(size=shape), requires_grad=True)
    labels = draw.integers(0, 3, (shape[0], *shape[2:]))
    chosen = np.moveaxis(np.eye(3)[labels], -1, 1)
    target = chosen if probabilities else labels
    softmax = np.exp(x.detach().numpy())
    softmax /= softmax.sum(1, keepdims=True)
    losses = F.cross_entropy(x, mg.tensor(target), reduction="none")
    np.testing.assert_allclose(losses.detach().numpy(), -(chosen * np.log(softmax)).sum(1))
    g = draw.normal(size=losses.shape)
    losses.backward(mg.tensor(g))
    assert x.grad is not None
    np.testing.assert_allclose(x.grad.numpy(), (softmax - chosen) * g[:, None], atol=1e-12)
    if not probabilities:
        x.grad = None
        F.nll_loss(x, mg.tensor(labels), reduction="none").backward(mg.tensor(g))
        np.testing.assert_array_equal(x.grad.numpy(), -chosen * g[:, None])


def test_probabilities_in_another_dtype_than_the_logits() -> None:
    x = mg.tensor([[0.5, -1.0], [0.0, 3.0]], requires_grad=True)
    wide = mg.tensor([[0.25, 0.75], [1.0, 0.0]], dtype="float64")
    loss = F.cross_entropy(x, wide)
    loss.backward()
    assert x.grad is not None and loss.dtype == x.grad.dtype == np.float32
    y = x.detach().requires_grad_()
    F.cross_entropy(y, wide.float()).backward()
    assert y.grad is not None and y.grad.tolist() == x.grad.tolist()


def test_rows_of_an_embedding_are_shortened_by_their_euclidean_norm() -> None:
    w = mg.tensor([[3.0, 4.0], [0.3, 0.4]])
    rows = F.embedding(mg.tensor([0, 1]), w, max_norm=1.0)
    np.testing.assert_allclose(rows.numpy(), [[0.6, 0.8], [0.3, 0.4]], rtol=1e-6)
    rows = F.embedding(mg.tensor([0]), mg.tensor([[3.0, 4.0]]), max_norm=1.0, norm_type=1.0)
    np.testing.assert_allclose(rows.numpy(), [[3 / 7, 4 / 7]], rtol=1e-6)


@pytest.mark.parametrize(
    ("query", "key", "value"),
    [
        ((2, 3, 4), (3, 4), (3, 4)),  # a batch beside none
        ((3, 4), (2, 3, 4), (2, 3, 4)),
        ((2, 3, 4), (2, 3, 4), (3, 4)),
        ((4,), (4,), (4,)),
        ((1, 2, 3, 4), (1, 2, 3, 4), (1, 2, 3, 4)),
        ((3, 4), (3, 5), (3, 4)),
        ((3, 4), (3, 4), (2, 4)),
    ],
)
def test_attention_refuses_what_does_not_belong_together(query, key, value):
    layer = nn.MultiheadAttention(4, 2)
    with pytest.raises(ValueError, match="wanted query, key and value of two or three axes"):
        layer(mg.ones(query), mg.ones(key), mg.ones(value))


# ---------------------------------------------------------------------- what was lost in silence


def test_a_bag_ends_where_the_last_offset_says() -> None:
    table = mg.tensor([[1.0], [2.0], [4.0], [8.0], [16.0]], requires_grad=True)
    everything = mg.tensor([0, 1, 2, 3, 4])
    offsets = np.array([0, 2, 3], "uint8")
    bags = {
        mode: F.embedding_bag(everything, table, offsets, mode=mode, include_last_offset=True)
        for mode in ("sum", "max")
    }
    assert bags["sum"].tolist() == [[3.0], [4.0]] and bags["max"].tolist() == [[2.0], [4.0]]
    with pytest.raises(ValueError, match="embedding_bag: offsets: wanted integers from 0 to 5"):
        F.embedding_bag(everything, table, np.array([0, 3, 2], "uint8"))
    with pytest.raises(ValueError, match="embedding_bag: offsets"):
        F.embedding_bag(everything, table, np.zeros(0, int), include_last_offset=True)


def test_the_first_of_equal_rows_gets_the_gradient_of_a_bag() -> None:
    table = mg.tensor([[1.0, 5.0], [1.0, 7.0], [9.0, 9.0]], requires_grad=True)
    out = F.embedding_bag(mg.tensor([0, 1]), table, mg.tensor([0, 2]), mode="max")
    assert out.tolist() == [[1.0, 7.0], [0.0, 0.0]]  # the second bag is empty
    out.sum().backward()
    assert table.grad.tolist() == [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]


ONES = mg.ones(3)
COLUMN = mg.ones(3, 1)


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: F.binary_cross_entropy(ONES, ONES, COLUMN), "binary_cross_entropy: weight"),
        (
            lambda: F.binary_cross_entropy_with_logits(ONES, ONES, COLUMN),
            "binary_cross_entropy_with_logits: weight",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(ONES, ONES, pos_weight=COLUMN),
            "binary_cross_entropy_with_logits: pos_weight",
        ),
        (lambda: F.multilabel_soft_margin_loss(ONES, ONES, COLUMN), "multilabel_soft_margin_loss"),
        (lambda: F.margin_ranking_loss(ONES, ONES, COLUMN), "margin_ranking_loss"),
        (lambda: F.margin_ranking_loss(ONES, COLUMN, ONES), "margin_ranking_loss"),
        (lambda: F.hinge_embedding_loss(ONES, COLUMN), "hinge_embedding_loss"),
        (lambda: F.kl_div(COLUMN, ONES), "kl_div"),
        (lambda: F.poisson_nll_loss(COLUMN, ONES), "poisson_nll_loss"),
        (lambda: F.gaussian_nll_loss(COLUMN, ONES, ONES[0]), "gaussian_nll_loss"),
        (lambda: F.triplet_margin_loss(mg.ones(2, 3), ONES, mg.ones(2, 3)), "triplet_margin_loss"),
        (
            lambda: F.bilinear(ONES, ONES, mg.ones(4, 3, 3), mg.ones(4, 1)),
            r"bilinear: bias: wanted shape \(4,\)",
        ),
        (
            lambda: F.embedding_bag(
                mg.tensor([[0, 1]]), mg.ones(2, 1), mode="sum", per_sample_weights=mg.ones(2)
            ),
            r"per_sample_weights: wanted shape \(1, 2\)",
        ),
        (
            lambda: F.multi_margin_loss(mg.ones(2, 3), mg.tensor([0, 1]), weight=mg.ones(2)),
            r"multi_margin_loss: weight: wanted shape \(3,\)",
        ),
        (lambda: F.multi_margin_loss(mg.ones(2, 3), mg.tensor([[1]])), "multi_margin_loss: wanted"),
        (lambda: F.pad(ONES, (-5, 4)), r"pad: widths \(-5, 4\) leave nothing"),
        (lambda: F.pad(ONES, (2, -2), "circular"), "can add at most 1"),
        (lambda: nn.EmbeddingBag(3, 2, _weight=mg.ones(5, 7)), r"wanted shape \(3, 2\)"),
        (lambda: nn.EmbeddingBag.from_pretrained(ONES), "from_pretrained: wanted a matrix"),
        (
            lambda: nn.MultiheadAttention(2, 1)(
                mg.ones(5, 1, 2), mg.ones(3, 4, 2), mg.ones(3, 4, 2)
            ),
            "all of one batch",
        ),
        (
            lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 1)(
                mg.ones(3, 1, 4), is_causal=True
            ),
            "is_causal=True says what attn_mask is",
        ),
        (
            lambda: nn.Transformer(4, 2, 1, 1, 8)(
                mg.ones(3, 1, 4), mg.ones(3, 1, 4), tgt_is_causal=True
            ),
            "is_causal=True says what attn_mask is",
        ),
    ],
)
def test_shapes_that_would_pair_all_with_all(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: F.dropout1d(mg.tensor([[[1, 2]]])), "dropout1d: input: wanted float32"),
        (lambda: F.alpha_dropout(mg.tensor([1, 2]), training=True), "alpha_dropout: input"),
        (lambda: F.gumbel_softmax(mg.tensor([1, 2])), "gumbel_softmax: input"),
        (lambda: F.rms_norm(mg.tensor([1, 2]), (2,)), "rms_norm: input: wanted float32"),
        (lambda: F.leaky_relu(mg.tensor([1, -2]), inplace=True), "the result is float32"),
        (lambda: F.celu(mg.tensor([1, -2]), inplace=True), "the result is float32"),
        (lambda: nn.init.uniform_(mg.tensor([1])), "uniform_: tensor: wanted float32"),
        (lambda: nn.init.normal_(mg.tensor([1])), "normal_: tensor: wanted float32"),
        (lambda: nn.init.trunc_normal_(mg.tensor([1])), "trunc_normal_: tensor"),
        (lambda: nn.init.orthogonal_(mg.tensor([[1]])), "orthogonal_: tensor: wanted float32"),
        (lambda: nn.init.sparse_(mg.tensor([[1]]), 0.5), "sparse_: tensor: wanted float32"),
        (
            lambda: F.layer_norm(mg.ones(1, 2), (2,), mg.ones(2, dtype="float64")),
            "layer_norm: input is float32 and weight is float64",
        ),
        (
            lambda: F.group_norm(mg.ones(1, 2), 1, None, mg.ones(2, dtype="float64")),
            "group_norm: bias: wanted the input's dtype float32",
        ),
        (
            lambda: F.scaled_dot_product_attention(*[mg.ones(2, 2)] * 3, attn_mask=[[0, 1]]),
            "attn_mask: wanted booleans, or floats",
        ),
        (
            lambda: nn.MultiheadAttention(2, 1)(
                *[mg.ones(3, 1, 2)] * 3, key_padding_mask=mg.tensor([[0, 0, 1]])
            ),
            "key_padding_mask: wanted booleans",
        ),
        (lambda: nn.ZeroPad1d(1, 5.0), "ZeroPad1d: value: wanted none"),
    ],
)
def test_dtypes_in_which_values_would_be_lost(call: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()


def test_masked_attention_hands_nan_on() -> None:
    q = mg.tensor([[float("nan"), 1.0], [1.0, 1.0]])
    ones = mg.ones(2, 2)
    out = F.scaled_dot_product_attention(q, ones, ones, is_causal=True).numpy()
    assert np.isnan(out[0]).all() and (out[1] == 1).all()


def test_circular_borders_come_from_what_is_left() -> None:
    x = mg.arange(6.0)
    assert F.pad(x, (2, -1), "circular").tolist() == [3, 4, 0, 1, 2, 3, 4]
    assert F.pad(x, (-4, 2), "circular").tolist() == [4, 5, 4, 5]
    assert F.pad(x, (-6, 2)).tolist() == [0, 0]
    assert nn.ZeroPad1d(np.int64(1))(mg.ones(1)).tolist() == [0, 1, 0]


def test_infinite_and_huge_values() -> None:
    inf = float("inf")
    slope = mg.tensor([0.5], requires_grad=True)
    F.prelu(mg.tensor([inf, -1.0]), slope).sum().backward()
    assert slope.grad.tolist() == [-1.0]
    one = mg.tensor([1.0])
    assert F.gaussian_nll_loss(one, one, mg.tensor([inf])).item() == inf
    assert F.celu(mg.tensor([2.0**100, -1.0]), alpha=2.0**-60).tolist() == [2.0**100, -(2.0**-60)]


def test_instance_norm_moves_both_statistics_or_none() -> None:
    mean, var = mg.zeros(2), mg.ones(3)
    with pytest.raises(ValueError, match="instance_norm: running_var: wanted 2 floating values"):
        F.instance_norm(mg.randn(2, 2, 3), mean, var)
    assert mean.tolist() == [0.0, 0.0]
    with pytest.raises(TypeError, match="instance_norm: running_mean: wanted a tensor"):
        F.instance_norm(mg.randn(2, 2, 3), [0.0, 0.0])


@pytest.mark.parametrize("least", [1e-320, 1e-42, 1e-30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_that_vanish_beside_the_input(least, dtype):
    """Those that a dtype cannot hold too: the limit, with its gradient and without a warning."""
    values = [-2.0, 0.0, 3.0, -1e-10]
    x = mg.tensor(values, dtype=dtype, requires_grad=True)
    F.celu(x, alpha=least).sum().backward()
    assert x.grad.tolist() == [0, 1, 1, 0]
    np.testing.assert_allclose(F.celu(x, alpha=least).tolist(), [0, 0, 3, 0], atol=2e-30)
    x.grad = None
    losses = F.smooth_l1_loss(x, mg.zeros(4, dtype=dtype), reduction="none", beta=least)
    np.testing.assert_allclose(losses.tolist(), np.abs(x.tolist()), rtol=1e-7)
    losses.sum().backward()
    assert x.grad.tolist() == [-1, 0, 1, -1]


def test_containers_take_all_or_none() -> None:
    values, modules, scales = nn.ParameterList(), nn.ModuleDict(), nn.ParameterDict()
    with pytest.raises(ValueError, match="requires_grad needs a float32"):
        values.extend([mg.zeros(2), mg.tensor([1])])
    with pytest.raises(TypeError, match="ModuleDict: wanted modules, got int at 'b'"):
        modules.update({"a": nn.ReLU(), "b": 3})
    with pytest.raises(ValueError, match=r"'c\.d' is empty, has a dot"):
        scales.update({"a": mg.zeros(1), "c.d": mg.zeros(1)})
    assert len(values) == len(modules) == len(scales) == 0


def test_functions_and_what_holds_them_can_be_pickled() -> None:
    for name in F.__all__:
        assert pickle.loads(pickle.dumps(getattr(F, name))) is getattr(F, name), name
    layer = nn.TransformerEncoderLayer(4, 2, 8)
    assert pickle.loads(pickle.dumps(layer)).activation is F.relu


def test_layers_of_transformers_ask_for_no_weights_of_their_attention() -> None:
    encoder, decoder = nn.TransformerEncoderLayer(4, 2, 8), nn.TransformerDecoderLayer(4, 2, 8)
    weights = []
    for attention in (encoder.self_attn, decoder.self_attn, decoder.multihead_attn):
        attention.register_forward_hook(lambda module, inputs, out: weights.append(out[1]))
    x = mg.ones(3, 1, 4)
    encoder(x)
    decoder(x, x)
    assert weights == [None] * 3


def test_annotations_of_a_subclass_are_no_options() -> None:
    class Scaled(nn.MSELoss):
        scale: float = 2.0

        def forward(self, input: mg.Tensor, target: mg.Tensor) -> mg.Tensor:
            return super().forward(input, target) * self.scale

    assert Scaled()(mg.zeros(2), mg.ones(2)).item() == 2.0


def test_sequences_from_a_generator_and_unsigned_lengths() -> None:
    rnn = nn.utils.rnn
    assert rnn.pad_sequence(mg.ones(n) for n in (1, 2)).shape == (2, 2)
    assert rnn.pack_sequence(mg.ones(n) for n in (2, 1)).data.shape == (3,)
    with pytest.raises(ValueError, match="wanted the longest first"):
        rnn.pack_padded_sequence(mg.ones(3, 2), np.array([2, 3], "uint8"))


def test_a_batch_of_nothing_leaves_the_statistics() -> None:
    norm = nn.BatchNorm1d(3)
    x = mg.zeros((0, 3), requires_grad=True)
    norm(x).sum().backward()
    assert norm.running_mean.tolist() == [0] * 3 and norm.running_var.tolist() == [1] * 3
    assert norm.num_batches_tracked.item() == 1
    assert norm.weight.grad.tolist() == [0] * 3 and x.grad.shape == (0, 3)


def test_a_group_of_one_value_is_refused() -> None:
    with pytest.raises(ValueError, match="group_norm: input: wanted more than one value"):
        nn.GroupNorm(3, 3)(mg.ones((1, 3)))
    assert nn.GroupNorm(3, 3)(mg.ones((2, 3))).tolist() == [[0] * 3] * 2


def test_a_state_may_lack_the_number_of_batches() -> None:
    norm = nn.BatchNorm1d(2)
    state = dict(norm.state_dict())
    del state["num_batches_tracked"]
    norm(mg.ones((2, 2)))
    assert norm.load_state_dict(state).missing_keys == []
    assert norm.num_batches_tracked.item() == 1
    with pytest.raises(ValueError, match="missing: 'running_var'"):
        norm.load_state_dict({name: t for name, t in state.items() if name != "running_var"})


def test_a_single_number_where_pytorch_takes_one() -> None:
    one, two = mg.tensor(1.0), mg.tensor(2.0)
    assert nn.Flatten(0)(one).shape == (1,)
    assert F.pairwise_distance(one, two, eps=0.0).item() == 1
    assert F.triplet_margin_loss(one, two, one, eps=0.0).item() == 2
    divergence = F.kl_div(one, two, reduction="batchmean")
    assert divergence.item() == F.kl_div(one, two, reduction="sum").item()


def test_the_norm_of_several_tensors() -> None:
    parts = [mg.tensor([3.0]), mg.tensor([[4.0]])]
    assert nn.utils.get_total_norm(parts, "inf").item() == 4
    with pytest.raises(TypeError, match="get_total_norm: tensors: wanted floating ones"):
        nn.utils.get_total_norm([mg.tensor([1])])
    w = mg.tensor([0.0, 0.0], requires_grad=True)
    w.grad = mg.tensor([3.0, 4.0])
    assert nn.utils.clip_grad_norm_(w, 8.0, norm_type="inf").item() == 4


def test_cross_entropy_with_probabilities_of_no_classes() -> None:
    """As of constants, where the probabilities require a gradient."""
    for reduction in ("mean", "sum", "none"):
        x, t = mg.zeros(5, 0), mg.zeros(5, 0, requires_grad=True)
        losses = F.cross_entropy(x, t, reduction=reduction)
        assert losses.tolist() == F.cross_entropy(x, t.detach(), reduction=reduction).tolist()


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("form", ["batched", "one", "packed"])
def test_both_directions_begin_from_the_states_that_are_given(kind, form) -> None:
    """Each half is a net of one direction, over the sequence as it is or backwards."""
    both, x = kind(3, 2, bidirectional=True), mg.randn(5, 4, 3)
    given = tuple(mg.randn(2, 4, 2) for _ in range(2 if kind is nn.LSTM else 1))
    if form == "one":
        x, given = x[:, 0], tuple(h[:, 0] for h in given)
    hx = given if kind is nn.LSTM else given[0]
    if form == "packed":
        packed, ends = both(nn.utils.rnn.pack_padded_sequence(x, [5] * 4), hx)
        out = nn.utils.rnn.pad_packed_sequence(packed)[0]
    else:
        out, ends = both(x, hx)
    ends = ends if kind is nn.LSTM else (ends,)
    for i, (turn, ending) in enumerate((((), "l0"), ((0,), "l0_reverse"))):
        single, state = kind(3, 2), tuple(h[i : i + 1] for h in given)
        weights = {n: p for n, p in both.named_parameters() if n.endswith(ending)}
        single.load_state_dict({n.removesuffix("_reverse"): p for n, p in weights.items()})
        wanted, last = single(mg.flip(x, turn), state if kind is nn.LSTM else state[0])
        half = out[..., 2 * i : 2 * i + 2].detach().numpy()
        np.testing.assert_allclose(half, mg.flip(wanted, turn).detach().numpy(), 1e-5, 1e-6)
        for end, own in zip(ends, last if kind is nn.LSTM else (last,), strict=True):
            np.testing.assert_allclose(end[i].detach().numpy(), own[0].detach().numpy(), 1e-5, 1e-6)
    with pytest.raises(ValueError, match="wanted"):
        both(x, tuple(mg.cat([h, h[:1]]) for h in given) if kind is nn.LSTM else mg.cat([hx, hx]))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_layers_begin_from_the_states_that_are_given(bidirectional) -> None:
    """Two layers are a net over what another one gives."""
    count = 2 if bidirectional else 1
    net, x = nn.GRU(3, 2, 2, bidirectional=bidirectional), mg.randn(5, 4, 3)
    hx = mg.randn(2 * count, 4, 2)
    out, ends = net(x, hx)
    for layer, size in enumerate((3, 2 * count)):
        single = nn.GRU(size, 2, bidirectional=bidirectional)
        weights = {n: p for n, p in net.named_parameters() if f"_l{layer}" in n}
        single.load_state_dict({n.replace("_l1", "_l0"): p for n, p in weights.items()})
        own = slice(layer * count, layer * count + count)
        x, last = single(x, hx[own])
        np.testing.assert_allclose(ends[own].detach().numpy(), last.detach().numpy(), 1e-5, 1e-6)
    np.testing.assert_allclose(out.detach().numpy(), x.detach().numpy(), 1e-5, 1e-6)
