"""Every number that an argument may still be, and the next one that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.nn import init
from minigrad.optim import lr_scheduler, swa_utils
from minigrad.utils import data

X = mg.tensor([[0.5, -1.0, 2.0]])
LOTS, TINY = [1, 0.0, float("inf")], np.nextafter(0, 1)
BELOW, ABOVE = -TINY, np.nextafter(1, 2)
NAN = float("nan")
Call = Callable[[Any], Any]


def matrix() -> mg.Tensor:
    return nn.Parameter(np.ones((3, 4)))


def sgd() -> optim.Optimizer:
    return optim.SGD([matrix()], 0.1)


def schedule(name: str, **others: Any) -> Callable[[str], Call]:
    kind = getattr(lr_scheduler, name)
    return lambda option: lambda value: kind(sgd(), **others, **{option: value})


def clipped(value: float, **options: float) -> Any:
    p = matrix()
    p.sum().backward()
    return nn.utils.clip_grad_norm_([p], value, **options)


def clipped_value(value: float) -> Any:
    p = matrix()
    p.sum().backward()
    return nn.utils.clip_grad_value_([p], value)


SHARE = [0, 1], [BELOW, ABOVE, NAN]  # in [0, 1]
POSITIVE = [TINY, 1], [0, BELOW, NAN]
NOT_NEGATIVE = [0, 1], [BELOW, -1, NAN]
BELOW_ONE = [0, 0.5], [1, BELOW, NAN]
COUNT = [1, 3], [0, -1]
LIMITS: dict[str, tuple[Call, tuple[list[Any], list[Any]]]] = {
    "hardtanh": (lambda v: F.hardtanh(X, 1.0, v), ([ABOVE], [1.0, 0.5, NAN])),
    "Hardtanh": (lambda v: nn.Hardtanh(1.0, v), ([ABOVE], [1.0, 0.5, NAN])),
    "softshrink": (lambda v: F.softshrink(X, v), NOT_NEGATIVE),
    "rrelu": (lambda v: F.rrelu(X, 0.5, v), ([0.5, 1.0], [0.25, NAN])),
    "celu": (lambda v: F.celu(X, v), ([0.5, 1], [0, -1, NAN])),
    "gumbel_softmax": (lambda v: F.gumbel_softmax(X, v), ([0.5], [0, -1, NAN])),
    "one_hot": (lambda v: F.one_hot(mg.tensor([0]), v), ([1, 3], [0, -2])),
    "gaussian_nll_loss": (lambda v: F.gaussian_nll_loss(X, X, X.exp(), eps=v), POSITIVE),
    "variances": (
        lambda v: F.gaussian_nll_loss(X, X, mg.tensor([[1.0, 1.0, v]])),
        ([0.0, 1.0], [-1e-6]),
    ),
    "cosine_similarity": (lambda v: F.cosine_similarity(X, X, v), ([0, 1, -1, -2], [2, -3])),
    "glu": (lambda v: F.glu(mg.ones(2, 4), v), ([0, 1, -1, -2], [2, -3])),
    "dropout_": (lambda v: F.dropout(X.clone(), v, inplace=True), SHARE),
    "dropout": (lambda v: F.dropout(X, v), SHARE),
    "alpha_dropout": (lambda v: F.alpha_dropout(X, v), SHARE),
    "Dropout": (nn.Dropout, SHARE),
    "Dropout1d": (nn.Dropout1d, SHARE),
    "triplet_margin_loss": (lambda v: F.triplet_margin_loss(X, X, X, margin=v), POSITIVE),
    "huber_loss": (lambda v: F.huber_loss(X, X, delta=v), POSITIVE),
    "HuberLoss": (lambda v: nn.HuberLoss(delta=v), POSITIVE),
    "smooth_l1_loss": (lambda v: F.smooth_l1_loss(X, X, beta=v), NOT_NEGATIVE),
    "SmoothL1Loss": (lambda v: nn.SmoothL1Loss(beta=v), NOT_NEGATIVE),
    "CrossEntropyLoss": (lambda v: nn.CrossEntropyLoss(label_smoothing=v), SHARE),
    "cross_entropy": (lambda v: F.cross_entropy(X, mg.tensor([0]), label_smoothing=v), SHARE),
    "binary_cross_entropy": (
        lambda v: F.binary_cross_entropy(mg.tensor([v]), X[0, :1]),
        ([0.0, 1.0], [-1e-6, 1.001]),
    ),
    "group_norm": (lambda v: F.group_norm(mg.ones(2, 4), v), ([1, 2, 4], [0, 3, -1])),
    "group_norm's axes": (lambda v: F.group_norm(mg.ones(*[2] * v), 1), ([2, 3], [1])),
    "batch_norm's rows": (
        lambda v: F.batch_norm(mg.ones(v, 2), None, None, training=True),
        ([2], [1]),
    ),
    "pad": (lambda v: F.pad(X, (v, 0)), ([-3, -2, 1], [-4])),
    "pad, reflected": (lambda v: F.pad(X, (v, 0), "reflect"), ([0, 2], [3])),
    "pad's widths": (lambda v: F.pad(X, (1,) * v), ([2, 4], [1, 3, 5, 6])),
    "pad at both ends": (
        lambda v: F.pad(X, v),
        ([(-3, 1), (1, -3), (-1, -1), (-3, 0)], [(-4, 5), (5, -4), (-2, -2)]),
    ),
    "prune": (
        lambda v: nn.utils.prune.random_unstructured(nn.Linear(2, 3), "weight", v),
        ([0, 6, 0.0, 1.0], [7, -1, ABOVE, BELOW, NAN]),
    ),
    "embedding": (lambda v: F.embedding(mg.tensor([v]), matrix()), ([0, 2], [3, -1])),
    "BatchNorm1d.eps": (lambda v: nn.BatchNorm1d(3, eps=v), NOT_NEGATIVE),
    "BatchNorm1d.momentum": (lambda v: nn.BatchNorm1d(3, momentum=v), SHARE),
    "LayerNorm.eps": (lambda v: nn.LayerNorm(3, eps=v), NOT_NEGATIVE),
    "RMSNorm.eps": (lambda v: nn.RMSNorm(3, eps=v), NOT_NEGATIVE),
    "GroupNorm.eps": (lambda v: nn.GroupNorm(1, 3, eps=v), NOT_NEGATIVE),
    "GroupNorm's axes": (lambda v: nn.GroupNorm(1, 2)(mg.ones(*[2] * v)), ([2, 3], [1])),
    "LSTM.dropout": (lambda v: nn.LSTM(2, 2, 2, dropout=v), SHARE),
    "LSTM.proj_size": (lambda v: nn.LSTM(2, 3, proj_size=v), ([0, 2], [-1, 3])),
    "Linear": (lambda v: nn.Linear(v, 2), ([1, 5], [0, -1])),
    "Flatten": (lambda v: nn.Flatten(0, v)(X), ([0, 1, -1, -2], [2, -3])),
    "Unflatten.dim": (lambda v: nn.Unflatten(v, (3, 1))(mg.ones(3, 3)), ([0, 1, -2], [2, -3])),
    "Unflatten": (
        lambda v: nn.Unflatten(1, v)(mg.ones(2, 6)),
        ([(2, 3), (-1, 3), (6,), (-1,)], [(2, 2), (-1, 4), (-1, -1), (7,), (-1, 0)]),
    ),
    "uniform_": (lambda v: init.uniform_(matrix(), 1.0, v), ([1.0, 2.0], [0.5, *LOTS[2:], NAN])),
    "normal_": (lambda v: init.normal_(matrix(), std=v), NOT_NEGATIVE),
    "trunc_normal_": (lambda v: init.trunc_normal_(matrix(), std=v), ([0.5, 9], [0, -1, NAN])),
    "trunc_normal_'s bounds": (
        lambda v: init.trunc_normal_(matrix(), a=0.0, b=v),
        ([0.5, 9], [0.0, -1, 0.002, NAN]),
    ),
    "sparse_": (lambda v: init.sparse_(matrix(), v), SHARE),
    "eye_": (lambda v: init.eye_(mg.ones(*[2] * v)), ([2], [1, 3])),
    "orthogonal_": (lambda v: init.orthogonal_(mg.ones(*[2] * v)), ([2, 3], [1])),
    "clip_grad_norm_": (clipped, NOT_NEGATIVE),
    "clip_grad_norm_'s power": (lambda v: clipped(1, norm_type=v), ([1, 0.5], [0, -1, NAN])),
    "clip_grad_value_": (clipped_value, NOT_NEGATIVE),
    "ema": (swa_utils.get_ema_multi_avg_fn, SHARE),
    "SWALR": (lambda v: swa_utils.SWALR(sgd(), 0.1, v), ([0, 5], [-1, 1.5])),
    "Rprop": (lambda v: optim.Rprop([matrix()], etas=(v, 1.2)), ([0.5], [0, 1, ABOVE, NAN])),
    "Rprop's growth": (lambda v: optim.Rprop([matrix()], etas=(0.5, v)), ([ABOVE], [1, 0.5, NAN])),
    "lr": (lambda v: optim.SGD([matrix()], v), ([0, 1], [BELOW, -1, LOTS[2], NAN])),
    "momentum": (lambda v: optim.SGD([matrix()], momentum=v), BELOW_ONE),
    "weight_decay": (lambda v: optim.Adam([matrix()], weight_decay=v), NOT_NEGATIVE),
    "betas": (lambda v: optim.Adam([matrix()], betas=(v, 0.9)), BELOW_ONE),
    "betas' second": (lambda v: optim.Adam([matrix()], betas=(0.9, v)), BELOW_ONE),
    "eps": (lambda v: optim.Adam([matrix()], eps=v), NOT_NEGATIVE),
    "alpha": (lambda v: optim.RMSprop([matrix()], alpha=v), BELOW_ONE),
    "rho": (lambda v: optim.Adadelta([matrix()], rho=v), BELOW_ONE),
    "lambd": (lambda v: optim.ASGD([matrix()], lambd=v), NOT_NEGATIVE),
    "t0": (lambda v: optim.ASGD([matrix()], t0=v), NOT_NEGATIVE),
    "step_sizes": (lambda v: optim.Rprop([matrix()], step_sizes=(v, 1.0)), NOT_NEGATIVE),
    "initial_accumulator_value": (
        lambda v: optim.Adagrad([matrix()], initial_accumulator_value=v),
        NOT_NEGATIVE,
    ),
    "max_iter": (lambda v: optim.LBFGS([matrix()], max_iter=v), COUNT),
    "max_eval": (lambda v: optim.LBFGS([matrix()], max_eval=v), COUNT),
    "history_size": (lambda v: optim.LBFGS([matrix()], history_size=v), COUNT),
    "tolerance_grad": (lambda v: optim.LBFGS([matrix()], tolerance_grad=v), NOT_NEGATIVE),
    "tolerance_change": (lambda v: optim.LBFGS([matrix()], tolerance_change=v), NOT_NEGATIVE),
    "StepLR": (schedule("StepLR")("step_size"), COUNT),
    "CosineAnnealingLR": (schedule("CosineAnnealingLR")("T_max"), COUNT),
    "restarts": (schedule("CosineAnnealingWarmRestarts")("T_0"), COUNT),
    "restarts' factor": (schedule("CosineAnnealingWarmRestarts", T_0=2)("T_mult"), COUNT),
    "OneCycleLR": (schedule("OneCycleLR", max_lr=0.1)("total_steps"), COUNT),
    "OneCycleLR.pct_start": (
        schedule("OneCycleLR", max_lr=0.1, total_steps=9)("pct_start"),
        ([0.0, 1.0], [BELOW, ABOVE, NAN]),
    ),
    "OneCycleLR.div_factor": (
        schedule("OneCycleLR", max_lr=0.1, total_steps=9)("div_factor"),
        ([0.5], [0, -1.0, NAN]),
    ),
    "ReduceLROnPlateau": (schedule("ReduceLROnPlateau")("factor"), ([0.5, 0], [1.0, 2.0, NAN])),
    "ConstantLR": (schedule("ConstantLR")("factor"), SHARE),
    "PolynomialLR": (schedule("PolynomialLR")("power"), NOT_NEGATIVE),
    "CyclicLR": (
        schedule("CyclicLR", base_lr=0.1, max_lr=0.2, cycle_momentum=False)("step_size_up"),
        ([1, 2.5], [0, np.nextafter(1, 0), NAN]),
    ),
    "CyclicLR.base_lr": (
        schedule("CyclicLR", max_lr=0.2, cycle_momentum=False)("base_lr"),
        ([0, 0.1], [BELOW, LOTS[2], NAN]),
    ),
    "Tensor.bernoulli_": (lambda v: mg.ones(2).bernoulli_(v), SHARE),
    "Tensor.uniform_": (lambda v: mg.ones(2).uniform_(0, v), NOT_NEGATIVE),
    "Tensor.normal_": (lambda v: mg.ones(2).normal_(0, v), NOT_NEGATIVE),
    "Tensor.log_normal_": (lambda v: mg.ones(2).log_normal_(0, v), POSITIVE),
    "Tensor.cauchy_": (lambda v: mg.ones(2).cauchy_(0, v), POSITIVE),
    "Tensor.exponential_": (lambda v: mg.ones(2).exponential_(v), ([0.5, 1], [0, BELOW, NAN])),
    "Tensor.geometric_": (lambda v: mg.ones(2).geometric_(v), ([0.5], [0, 1, NAN])),
    "Tensor.random_": (lambda v: mg.ones(2, dtype="int8").random_(0, v), ([1, 128], [0, 129])),
    "index_add of a number": (
        lambda v: mg.index_add(mg.ones(()), 0, mg.tensor([v]), mg.ones(1)),
        ([0], [1, -1]),
    ),
    "index_copy of a number": (
        lambda v: mg.index_copy(mg.ones(()), 0, mg.tensor([v]), mg.ones(1)),
        ([0], [1, -1]),
    ),
    "squeeze of a number": (lambda v: mg.squeeze(mg.ones(()), v), ([0, -1], [1, -2])),
    "unpad_sequence": (
        lambda v: nn.utils.rnn.unpad_sequence(mg.ones(3, 2), [1] * v),
        ([2], [1, 3]),
    ),
    "arange": (lambda v: mg.arange(0, v, -1), ([0, -1], [1])),
    "linspace": (lambda v: mg.linspace(0, 1, v), ([0, 1, 2], [-1])),
    "zeros": (lambda v: mg.zeros(v), ([0, 1], [-1])),
    "diff": (lambda v: mg.diff(X, v, 0), ([0, 1, 2**62], [-1, 1.0])),
    "renorm": (lambda v: mg.renorm(X, 2, 0, v), NOT_NEGATIVE),
    "renorm's axes": (lambda v: mg.renorm(mg.ones(*[2] * v), 2, 0, 1), ([2, 3], [1])),
    "quantile": (lambda v: mg.quantile(X, v), SHARE),
    "unfold's size": (lambda v: X.unfold(1, v, 1), ([0, 3], [-1, 4])),
    "unfold's step": (lambda v: X.unfold(1, 1, v), ([1, 9], [0, -1])),
    "isclose": (lambda v: mg.isclose(X, X, v), NOT_NEGATIVE),
    "kthvalue": (lambda v: mg.kthvalue(X, v), ([1, 3], [0, 4])),
    "kthvalue of a number": (lambda v: mg.kthvalue(X[0, 0], v), ([1], [0, 2, -1])),
    "topk of a number": (lambda v: mg.topk(X[0, 0], v), ([1], [2, -1])),
    "topk": (lambda v: mg.topk(X, v), ([0, 3], [-1, 4])),
    "t": (lambda v: mg.ones(*[2] * v).t(), ([1, 2], [3])),
    "split": (lambda v: mg.split(X, v, 1), ([1, 3, 9], [0, -1])),
    "chunk": (lambda v: mg.chunk(X, v, 1), ([1, 3, 9], [0, -1])),
    "tensor_split": (lambda v: mg.tensor_split(X, v, 1), ([1, 3, 9], [0, -1])),
    "expand": (lambda v: X.expand(*[1] * v, 3), ([1, 2], [0])),
    "narrow's begin": (lambda v: mg.narrow(X, 1, v, 1), ([0, 2, -3], [3, -4])),
    "narrow's length": (lambda v: mg.narrow(X, 1, 1, v), ([0, 2], [3, -1])),
    "index_add": (lambda v: mg.index_add(X[0], 0, [v], mg.ones(1)), ([0, 2], [3, -1])),
    "tensordot": (lambda v: mg.tensordot(X, X, v), ([0, 2], [3, -1])),
    "mT": (lambda v: mg.ones(*[2] * v).mT, ([2, 3], [1])),
    "vector_norm": (lambda v: mg.vector_norm(X, None, False, v), ([1, 2], [0.5, -1, NAN])),
    "gradcheck.eps": (lambda v: mg.gradcheck(mg.exp, leaf(), eps=v), ([1e-6], [0, LOTS[2], NAN])),
    "gradcheck.rtol": (lambda v: mg.gradcheck(mg.exp, leaf(), rtol=v), ([0, 1e-3], [-1e-6])),
    "gradcheck.atol": (lambda v: mg.gradcheck(mg.exp, leaf(), atol=v), ([0, 1e-3], [-1e-6])),
    "attention's axes": (
        lambda v: F.scaled_dot_product_attention(*[mg.ones(*[2] * v)] * 3),
        ([2, 3], [1]),
    ),
    "MultiheadAttention": (lambda v: nn.MultiheadAttention(4, v), ([1, 2, 4], [0, 3, 8])),
    "Subset": (lambda v: data.Subset([5, 6], [v])[0], ([0, 1], [2])),
    "random_split": (lambda v: data.random_split([1, 2], [v, 2 - v]), ([0, 1, 2], [3, -1])),
    "DataLoader": (lambda v: data.DataLoader([1, 2], batch_size=v), ([1, 3], [0, -1])),
    "DataLoader.timeout": (
        lambda v: data.DataLoader([1, 2], num_workers=1, timeout=v),
        ([0, 1], [-1, NAN, LOTS[2]]),
    ),
    "DistributedSampler": (lambda v: data.DistributedSampler([1], 2, v), ([0, 1], [-1, 2])),
    "TensorDataset": (lambda v: data.TensorDataset(mg.ones(2), mg.ones(v)), ([2], [1, 3])),
    "insert": (lambda v: three().insert(v, nn.ReLU()), ([0, 3, -3], [4, -4])),
    "item of Sequential": (lambda v: three()[v], ([0, 2, -3], [3, -4])),
    "item of ParameterList": (lambda v: nn.ParameterList([X] * 3)[v], ([0, 2, -3], [3, -4])),
}


S = mg.tensor([[2.0, 1.0], [1.0, 2.0]])
WORDS: dict[str, tuple[Call, list[Any]]] = {
    "divide": (lambda v: mg.divide(S, S, rounding_mode=v), [None, "trunc", "floor"]),
    "meshgrid": (lambda v: mg.meshgrid(S[0], S[0], indexing=v), ["ij", "xy"]),
    "norm": (lambda v: mg.norm(S, v), [None, "fro", "nuc"]),
    "matrix_norm": (lambda v: mg.linalg.matrix_norm(S, v), ["fro", "nuc"]),
    "linalg.norm": (lambda v: mg.linalg.norm(S, v), [None, "fro", "nuc"]),
    "cond": (lambda v: mg.linalg.cond(S, v), [None, "fro", "nuc"]),
    "eigh": (lambda v: mg.linalg.eigh(S, v), ["L", "U"]),
    "eigvalsh": (lambda v: mg.linalg.eigvalsh(S, v), ["L", "U"]),
    "lstsq": (lambda v: mg.linalg.lstsq(S, S, driver=v), [None, "gels", "gelsy", "gelsd", "gelss"]),
    "qr": (lambda v: mg.linalg.qr(S, v), ["reduced", "complete", "r"]),
    "quantile": (
        lambda v: mg.quantile(S, 0.5, interpolation=v),
        ["linear", "lower", "higher", "nearest", "midpoint"],
    ),
    "scatter_reduce": (
        lambda v: S.scatter_reduce(0, mg.tensor([[0, 1]]), S, v),
        ["sum", "mean", "amax", "amin"],
    ),
    "gelu": (lambda v: F.gelu(S, v), ["none", "tanh"]),
    "GELU": (lambda v: nn.GELU(v)(S), ["none", "tanh"]),
    "pad": (lambda v: F.pad(S, (1, 1), v), ["constant", "reflect", "replicate", "circular"]),
    "embedding_bag": (
        lambda v: F.embedding_bag(mg.tensor([[0]]), S, mode=v),
        ["sum", "mean", "max"],
    ),
    "EmbeddingBag": (lambda v: nn.EmbeddingBag(2, 2, mode=v), ["sum", "mean", "max"]),
    "calculate_gain": (
        init.calculate_gain,
        ["linear", "conv2d", "sigmoid", "tanh", "relu", "selu"],
    ),
    "kaiming_normal_": (lambda v: init.kaiming_normal_(matrix(), mode=v), ["fan_in", "fan_out"]),
    "kaiming_uniform_": (lambda v: init.kaiming_uniform_(matrix(), mode=v), ["fan_in", "fan_out"]),
    "their gain": (lambda v: init.kaiming_normal_(matrix(), nonlinearity=v), ["relu", "linear"]),
    "pad_sequence": (
        lambda v: nn.utils.rnn.pad_sequence([S, S[:1]], padding_side=v),
        ["left", "right"],
    ),
    "Conv1d": (
        lambda v: nn.Conv1d(2, 2, 1, padding_mode=v),
        ["zeros", "reflect", "replicate", "circular"],
    ),
    "ConvTranspose1d": (lambda v: nn.ConvTranspose1d(2, 2, 1, padding_mode=v), ["zeros"]),
    "Conv1d's padding": (lambda v: nn.Conv1d(2, 2, 1, padding=v), ["same", "valid"]),
    "RNN": (lambda v: nn.RNN(2, 2, nonlinearity=v), ["tanh", "relu"]),
    "RNNCell": (lambda v: nn.RNNCell(2, 2, nonlinearity=v), ["tanh", "relu"]),
    "Transformer": (lambda v: nn.Transformer(2, 1, 1, 1, 2, activation=v), ["relu", "gelu"]),
    "TransformerEncoderLayer": (
        lambda v: nn.TransformerEncoderLayer(2, 1, 2, activation=v),
        ["relu", "gelu"],
    ),
    "LBFGS": (lambda v: optim.LBFGS([matrix()], line_search_fn=v), [None, "strong_wolfe"]),
    "CyclicLR": (
        schedule("CyclicLR", base_lr=0.1, max_lr=0.2, cycle_momentum=False)("mode"),
        ["triangular", "triangular2", "exp_range"],
    ),
    "CyclicLR.scale_mode": (
        schedule("CyclicLR", base_lr=0.1, max_lr=0.2, scale_fn=float, cycle_momentum=False)(
            "scale_mode"
        ),
        ["cycle", "iterations"],
    ),
    "OneCycleLR": (
        schedule("OneCycleLR", max_lr=0.1, total_steps=9)("anneal_strategy"),
        ["cos", "linear"],
    ),
    "SWALR": (lambda v: swa_utils.SWALR(sgd(), 0.1, anneal_strategy=v), ["cos", "linear"]),
    "ReduceLROnPlateau": (schedule("ReduceLROnPlateau")("mode"), ["min", "max"]),
    "ReduceLROnPlateau's threshold": (
        schedule("ReduceLROnPlateau")("threshold_mode"),
        ["rel", "abs"],
    ),
    "reduction": (lambda v: F.mse_loss(S, S, reduction=v), ["none", "mean", "sum"]),
    "reduction of divergence": (
        lambda v: F.kl_div(S, S, reduction=v),
        ["none", "mean", "sum", "batchmean"],
    ),
    "reduction of a module": (
        lambda v: nn.MSELoss(reduction=v)(S, S),
        ["none", "mean", "sum"],
    ),
}


def three() -> nn.Sequential:
    return nn.Sequential(*(nn.ReLU() for _ in range(3)))


def leaf() -> mg.Tensor:
    return mg.tensor([0.5], dtype="float64", requires_grad=True)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.filterwarnings("ignore")  # of NaN and of infinity, where the numbers allow them
def test_the_last_that_is_accepted_and_the_first_that_is_not(name: str) -> None:
    call, (accepted, refused) = LIMITS[name]
    for value in accepted:
        call(value)
    for value in refused:
        with pytest.raises((ValueError, TypeError, IndexError)):
            call(value)
            pytest.fail(f"{name} took {value!r}")


ONE, FIRST = mg.ones(()), mg.tensor([0])
OF_A_NUMBER: dict[str, Call] = {
    name: lambda dim, name=name: getattr(mg, name)(ONE, dim=dim)
    for name in """
        cumsum cumprod cummax cummin logcumsumexp sort argsort median nanmedian mode sum prod amax
        argmax var std logsumexp softmax all any count_nonzero
    """.split()
} | {
    "kthvalue": lambda dim: mg.kthvalue(ONE, 1, dim),
    "topk": lambda dim: mg.topk(ONE, 1, dim),
    "quantile": lambda dim: mg.quantile(ONE, 0.5, dim),
    "norm": lambda dim: mg.norm(ONE, 2, dim),
    "index_select": lambda dim: mg.index_select(ONE, dim, FIRST),
    "index_fill": lambda dim: mg.index_fill(ONE, dim, FIRST, 1.0),
    "gather": lambda dim: mg.gather(ONE, dim, FIRST[0]),
    "scatter": lambda dim: mg.scatter(ONE, dim, FIRST[0], 1.0),
    "unfold": lambda dim: ONE.unfold(dim, 1, 1),
}


@pytest.mark.parametrize("name", OF_A_NUMBER)
@pytest.mark.filterwarnings("ignore:Degrees of freedom")
def test_a_number_has_one_axis_where_a_dim_is_asked_for(name: str) -> None:
    for dim in (0, -1):
        OF_A_NUMBER[name](dim)
    for dim in (1, -2):
        with pytest.raises((ValueError, IndexError)):
            OF_A_NUMBER[name](dim)


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.filterwarnings("ignore:.*batchmean")
def test_the_words_that_are_accepted_and_others_that_are_not(name: str) -> None:
    call, accepted = WORDS[name]
    for word in accepted:
        call(word)
    for word in ("other", "", b"sum", 1j, *(w.upper() + "S" for w in accepted if w)):
        with pytest.raises((ValueError, TypeError)):
            call(word)
            pytest.fail(f"{name} took {word!r}")


def test_rows_of_exactly_the_largest_norm_stay_as_they_are() -> None:
    """What is longer is divided by its norm + 1e-7, which would take something from these."""
    rows = np.array([[3.0, 4.0], [0.0, 5.0], [1.0, 2.0]])
    np.testing.assert_array_equal(mg.renorm(mg.tensor(rows), 2, 0, 5.0).numpy(), rows)
    table = nn.Parameter(rows.copy())
    F.embedding(mg.tensor([0, 1, 2]), table, max_norm=5.0)
    np.testing.assert_array_equal(table.numpy(), rows)


def test_the_gamma_family_near_its_poles() -> None:
    """Reflected by the distance from the nearest whole number, which is exact."""
    for dtype, x in (("float32", -1e-10), ("float64", -1e-30), ("float64", -1e-10)):
        near = mg.tensor([x], dtype=dtype)
        np.testing.assert_allclose(mg.lgamma(near).numpy(), -np.log(-x), 1e-6)
        np.testing.assert_allclose(mg.digamma(near).numpy(), -1 / x, 1e-6)
        if dtype == "float64":
            np.testing.assert_allclose(mg.polygamma(1, near).numpy(), x**-2, 1e-6)
    x = float(np.float32(-2.0000002))
    np.testing.assert_allclose(mg.digamma(mg.tensor([x])).numpy(), -1 / (x + 2), 1e-6)


def test_clamp_between_bounds_that_cross_elsewhere() -> None:
    x, low, high = (
        mg.tensor(v, requires_grad=True)
        for v in ([0.0, 5.0, 2.5, 1.0], [0.0, 2.0, 3.0, 2.0], [1.0, 1.0, 2.5, 1.0])
    )
    out = mg.clamp(x, low, high)
    out.sum().backward()
    assert out.tolist() == [0.0, 1.0, 2.5, 1.0]
    assert [t.grad.tolist() for t in (x, low, high) if t.grad is not None] == [
        [1.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 1.0, 1.0],
    ]


def test_a_lower_bound_above_the_upper_one_is_still_recorded() -> None:
    low = mg.tensor(2.0, requires_grad=True)
    mg.clamp(mg.tensor(4.0), low, 0.5).backward()
    assert low.grad is not None and low.grad.item() == 0.0


def test_an_integer_beyond_64_bits_is_not_false() -> None:
    assert repr(mg.logical_not(10**30)) == "tensor(False)"


@pytest.mark.parametrize("correction", [1 + 2j, "1", mg.ones(2), np.array([1 + 2j])])
def test_a_correction_is_a_number(correction: object) -> None:
    for spread in (mg.var, mg.std):
        with pytest.raises(TypeError, match=f"{spread.__name__}: correction: wanted a number"):
            spread(mg.ones(2), correction=correction)


def test_a_number_beside_float64_keeps_its_digits() -> None:
    x = mg.tensor([0.1], dtype="float64")
    assert mg.searchsorted(x, 0.1).item() == mg.bucketize(0.1, x).item() == 0
    assert mg.isin(x, [0.1]).item()
    with pytest.raises(ValueError, match="contradict"):
        mg.searchsorted(x, x, side="left", right=True)


def test_missing_and_infinite_numbers() -> None:
    n, most = np.nan, np.inf
    assert mg.quantile(mg.tensor([1.0, most]), 1.0, interpolation="nearest").item() == most
    assert mg.nan_to_num(mg.tensor([n]), nan=most).item() == most
    values, counts = mg.unique(mg.tensor([n, 1.0, n]), return_counts=True)
    assert counts.tolist() == [1, 1, 1] and values[0].item() == 1.0
    assert mg.bincount(mg.tensor([1]), mg.tensor([1.0])).dtype == np.float32


def test_gradients_at_nan_and_at_the_smallest_numbers() -> None:
    x = mg.tensor([NAN, 0.5, -1.0, 3.0, 0.5], requires_grad=True)
    low, high = (
        mg.tensor(v, requires_grad=True)
        for v in ([0.0, 0.0, 0.0, 0.0, NAN], [1.0, 1.0, 1.0, 1.0, 1.0])
    )
    mg.clip(x, low, high).sum().backward()
    for t, wanted in ((x, [0, 1, 0, 0, 0]), (low, [0, 0, 1, 0, 0]), (high, [0, 0, 0, 1, 0])):
        assert t.grad is not None and t.grad.tolist() == wanted
    for function in (mg.trunc, lambda t: mg.pow(t, mg.zeros(3)), lambda t: mg.pow(t, 0)):
        t = mg.tensor([NAN, 1e-39, -1.5], requires_grad=True)
        function(t).sum().backward()
        assert t.grad is not None and t.grad.tolist() == [0.0, 0.0, 0.0]


def test_lerp_meets_both_ends() -> None:
    start, end = mg.tensor([1e8, 1e8]), mg.tensor([1.0, 1.0])
    assert mg.lerp(start, end, 1.0).tolist() == [1.0, 1.0]
    weight = mg.tensor([0.0, 1.0], requires_grad=True)
    between = mg.lerp(start, end, weight)
    assert between.tolist() == [1e8, 1.0]
    between.sum().backward()
    assert weight.grad is not None and weight.grad.tolist() == (end - start).tolist()
    start, end = (mg.tensor([v], dtype="float64") for v in (1e16, 1.0))
    for half in (0.5, mg.tensor([0.5], dtype="float64")):  # from the end, as in PyTorch
        assert mg.lerp(start, end, half).tolist() == [5e15 + 1]


@pytest.mark.parametrize("name", ["dropout", "dropout1d", "alpha_dropout"])
def test_where_all_is_dropped_a_zero_is_no_exception(name: str) -> None:
    x = mg.tensor([[[0.0, 1.0, -2.0]]], requires_grad=True)
    out = getattr(F, name)(x, 1.0, training=True)
    out.sum().backward()
    assert x.grad is not None and not x.grad.numpy().any() and not out.detach().numpy().any()


@pytest.mark.parametrize("name", ["alpha_dropout", "dropout1d", "bernoulli", "bernoulli_"])
def test_draws_below_the_probability_are_as_many_as_it_says(name: str) -> None:
    """They are from [0, 1): one that is exactly p is not among the p of them that happen."""
    mg.manual_seed(3)
    p = mg.random.default_generator().random()
    mg.manual_seed(3)
    x = mg.ones(1, 1, dtype="float64")
    if name.startswith("bernoulli"):
        assert (mg.bernoulli(p * x) if name == "bernoulli" else x.bernoulli_(p)).item() == 0
    else:
        assert getattr(F, name)(x, p, training=True).item() > 1
