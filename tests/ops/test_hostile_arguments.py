"""What drawn calls (scripts/fuzz.py) have found, each as a case of its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import nn, optim
from minigrad.nn import init
from minigrad.nn import utils as nn_utils
from minigrad.ops import pytorch
from minigrad.optim import lr_scheduler
from minigrad.utils import data

HUGE = 2**50
Case = tuple[Callable[[], Any], type[Exception], str]


def leaf(*shape: int) -> mg.Tensor:
    return mg.ones(shape, requires_grad=True)


def scheduled(make: Callable[[optim.Optimizer], Any]) -> Any:
    return make(optim.SGD([leaf(2)], 0.1))


OUT_OF_RANGE: list[Case] = [
    (lambda: mg.linalg.lstsq(M, M, driver="x"), ValueError, "lstsq: driver: wanted one of"),
    (lambda: mg.index_add(mg.zeros(1, 1), 0, [1, 0], mg.ones(2, 1)), IndexError, "index 1 is out"),
    (lambda: mg.index_add(mg.zeros(3), 0, [0, 5], mg.ones(2)), IndexError, "index 5 is out"),
    (lambda: mg.index_add(mg.zeros(3), 0, [-1], mg.ones(1)), IndexError, "index -1 is out"),
    (lambda: mg.index_add(mg.zeros(3), 0, [0, 1], mg.ones(1)), ValueError, r"wanted shape \(2,\)"),
    (lambda: mg.index_select(mg.zeros(3), 0, [-1]), IndexError, "index -1 is out"),
    (lambda: mg.index_select(mg.zeros(3), 0, [[1]]), ValueError, "wanted a vector"),
    (lambda: mg.index_fill(mg.zeros(3), 0, [3], 1.0), IndexError, "index 3 is out"),
    (lambda: F.log_softmax(mg.zeros(9, 0), -3), ValueError, "axis -3 is out of bounds"),
    (lambda: mg.prod(mg.ones(2), dim=HUGE), ValueError, "prod"),
    (lambda: mg.swapaxes(mg.ones(2), 0, HUGE), (ValueError, IndexError), "transpose|swapaxes"),
    (lambda: mg.scatter_add(mg.ones(2), HUGE, [0], mg.ones(1)), ValueError, "scatter_add"),
    (lambda: mg.tensor_split(mg.ones(4), 0), ValueError, "at least 1 section, got 0"),
    (lambda: mg.multiply(mg.tensor([1, 2]).byte(), -1), ValueError, "multiply"),
    (lambda: mg.tensor(float("inf"), dtype="int64"), ValueError, "which is not finite"),
    (lambda: mg.asarray([float("nan")], dtype="int32"), ValueError, "which is not finite"),
    (lambda: scheduled(lambda o: lr_scheduler.OneCycleLR(o, 0.1, 9, div_factor=0)), ValueError,
     "div_factor must be positive"),
    (lambda: init.xavier_normal_(mg.zeros(2, 1, 0)), ValueError, "with elements"),
]  # fmt: skip
OF_ANOTHER_KIND: list[Case] = [
    (lambda: mg.is_floating_point([1.0]), TypeError, "wanted a tensor, got list"),
    (lambda: init.kaiming_normal_([[1.0]]), TypeError, "wanted a Tensor to fill, got list"),
    (lambda: init.uniform_(mg.ones(2), [1]), TypeError, "a: wanted a number, got list"),
    (lambda: nn_utils.clip_grad_norm_(leaf(2), None), TypeError, "max_norm: wanted a number"),
    (lambda: nn_utils.vector_to_parameters([], leaf(1)), TypeError, "vec: wanted a tensor"),
    (lambda: nn.Dropout([]), TypeError, "p: wanted a number, got list"),
    (lambda: nn.BatchNorm1d(2, eps=int), TypeError, "eps: wanted a number, got type"),
    (lambda: nn.Flatten(()), TypeError, "start_dim must be an integer, got tuple"),
    (lambda: nn.Linear(int, 2), TypeError, "in_features must be an integer, got type"),
    (lambda: nn.Linear(np.array([1, 2]), 2), TypeError, "in_features must be an integer"),
    (lambda: F.one_hot([0], b"x"), TypeError, "num_classes must be an integer"),
    (lambda: F.glu(leaf(4), "0"), TypeError, "dim must be an integer"),
    (lambda: F.pad(leaf(2), 1), TypeError, "pad: wanted widths"),
    (lambda: F.triplet_margin_with_distance_loss(leaf(2), leaf(2), leaf(2), distance_function=1),
     TypeError, "distance_function: wanted a function, got int"),
    (lambda: F.dropout([1.0], inplace=True), TypeError, "wanted a Tensor to change, got list"),
    (lambda: mg.logical_and(leaf(2), slice(None)), TypeError, "logical_and"),
    (lambda: mg.logical_xor(object(), leaf(2)), TypeError, "logical_xor"),
    (lambda: mg.mean(leaf(2), dtype="bool"), TypeError, "wanted a floating dtype"),
    (lambda: mg.vector_norm(leaf(2), 1e-320), TypeError, "vector_norm"),
    (lambda: mg.cat(slice(None)), TypeError, "cat"),
    (lambda: mg.scatter(leaf(2), 0, [0], mg.ones(1), value=1.0), TypeError, "either src, or"),
    (lambda: mg.triu_indices((1,), 2), TypeError, "row must be an integer"),
    (lambda: mg.arange(1, step=[]), (TypeError, ValueError), "arange"),
    (lambda: mg.gradcheck(mg.exp, 1.0, eps=None), TypeError, "eps: wanted a number"),
    (lambda: mg.autograd.grad(leaf(1) * 2, 1), TypeError, "inputs must be tensors, got int"),
    (lambda: mg.autograd.backward(leaf(1) * 2, HUGE), TypeError, "grad_tensors: wanted a tensor"),
    (lambda: mg.autograd.functional.jacobian("f", leaf(1)), TypeError, "wanted a function"),
    (lambda: mg.autograd.functional.hessian(lambda x: (x, x), leaf(1)), ValueError, "2 outputs"),
    (lambda: (leaf(1) * 2).backward(inputs=0), TypeError, "inputs: wanted tensors, got int"),
    (lambda: optim.Adam(0.5), TypeError, "params must be a list of tensors, got float"),
    (lambda: scheduled(lambda o: lr_scheduler.StepLR(o, [])), TypeError, "step_size: wanted a"),
    (lambda: scheduled(lambda o: lr_scheduler.LambdaLR(o, 1)), TypeError, "must be a function"),
    (lambda: scheduled(lambda o: lr_scheduler.ExponentialLR(o, [0.1])), TypeError, "gamma: wanted"),
    (lambda: data.RandomSampler(...), TypeError, "a source with a length, got ellipsis"),
    (lambda: data.random_split(3, [1, 2]), TypeError, "a source with a length, got int"),
    (lambda: len(data.ChainDataset([iter(())])), TypeError, "a source with a length"),
    (lambda: data.default_collate(2.5), TypeError, "wanted samples, got float"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "words"), OUT_OF_RANGE)
def test_out_of_range(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(("call", "error", "words"), OF_ANOTHER_KIND)
def test_of_another_kind(call: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    "net",
    [
        nn.RNN(2, 3), nn.LSTM(2, 3), nn.GRUCell(2, 3), nn.MultiheadAttention(2, 1),
        nn.BatchNorm1d(2), nn.GroupNorm(1, 2), nn.LazyBatchNorm1d(), nn.Flatten(), nn.Linear(2, 3),
    ],
)  # fmt: skip
def test_modules_take_lists_as_functions_do(net: nn.Module) -> None:
    rows = [[1.0, 2.0], [3.0, 5.0]]
    inputs = (rows,) * 3 if isinstance(net, nn.MultiheadAttention) else (rows,)
    given, wanted = net(*inputs), net(*map(mg.tensor, inputs))
    given, wanted = (y[0] if isinstance(y, tuple) else y for y in (given, wanted))
    np.testing.assert_array_equal(given.detach().numpy(), wanted.detach().numpy())


def test_gelu_of_a_single_element_that_was_computed() -> None:
    """NumPy makes a number of it, which the kernel does not take for an array."""
    x = mg.tensor(-1.0, requires_grad=True)
    F.gelu(x * 1.0).backward()
    y = mg.tensor([-1.0], requires_grad=True)
    F.gelu(y).sum().backward()
    assert x.grad.item() == y.grad.item()


def test_bools_are_rounded_and_counted_as_what_they_are() -> None:
    assert mg.round(mg.tensor([True, False])).dtype == np.bool_
    counts = mg.histogram(mg.tensor([True] * 300), 2, range=(0, 1)).hist
    assert counts.tolist() == [0.0, 300.0]
    assert mg.histc(mg.ones(300).byte(), 2, 0, 1).tolist() == [0, 300]


@pytest.mark.parametrize(
    "normalized",
    [
        lambda x: F.layer_norm(x, (0,)),
        lambda x: F.layer_norm(x, (0,), mg.ones(0), mg.ones(0)),
        lambda x: F.rms_norm(x, (0,), mg.ones(0)),
        lambda x: F.group_norm(x, 1),
    ],
)
def test_nothing_is_normalised_without_a_warning(normalized: Callable[[Any], mg.Tensor]) -> None:
    x = leaf(2, 0)
    normalized(x).sum().backward()
    assert x.grad.shape == (2, 0)


def test_alpha_scales_in_the_dtype_of_the_result() -> None:
    some = mg.tensor([1, 2]).byte()
    assert mg.sub(mg.tensor([0.5, 0.5]), some, alpha=-1).tolist() == [1.5, 2.5]
    assert mg.add(mg.tensor([0.5, 0.5]), some, alpha=0.5).tolist() == [1.0, 1.5]


def test_rows_are_shortened_only_after_the_check() -> None:
    weight = mg.tensor([[3.0, 4.0], [6.0, 8.0]])
    for places, options in (([0, 5], {}), ([0, -1], {}), ([0], {"padding_idx": 7})):
        with pytest.raises(IndexError):
            F.embedding(places, weight, max_norm=1.0, **options)
        assert weight.tolist() == [[3.0, 4.0], [6.0, 8.0]]


def test_attention_to_keys_without_features_is_even() -> None:
    out = F.scaled_dot_product_attention(mg.ones(1, 0), mg.ones(2, 0), mg.tensor([[1.0], [3.0]]))
    assert out.tolist() == [[2.0]]


def test_a_polynomial_that_has_come_to_0_stays_there() -> None:
    optimizer = optim.SGD([leaf(2)], 0.1)
    schedule = lr_scheduler.PolynomialLR(optimizer, 4, power=1e308)
    for _ in range(4):
        optimizer.step()
        schedule.step()
    assert schedule.get_last_lr() == [0.0]


def test_more_samples_than_there_are() -> None:
    """Each round without replacement, drawn when it is due: 2**50 samples are no burden."""
    sampler = data.RandomSampler(range(4), num_samples=10, generator=1)
    drawn = list(sampler)
    assert len(drawn) == 10
    assert sorted(drawn[:4]) == sorted(drawn[4:8]) == [0, 1, 2, 3]
    assert next(iter(data.RandomSampler(range(4), num_samples=HUGE))) in range(4)
    assert data.random_split(range(3), [1, 2], generator=0)


def test_only_one_length_is_left_to_find() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        nn.Unflatten(1, (-1, -1))(mg.ones(2, 4))


def test_nan_becomes_0() -> None:
    assert mg.nan_to_num(mg.tensor([float("nan"), 2.0])).tolist() == [0.0, 2.0]


@pytest.mark.parametrize("etas", [(0.5, 1.0), (1.0, 1.2), (0.0, 1.2)])
def test_steps_that_neither_grow_nor_shrink(etas: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="etas must be"):
        optim.Rprop([leaf(2)], etas=etas)


def test_rprop_counts_its_steps_from_1() -> None:
    p = leaf(2)
    optimizer = optim.Rprop([p])
    p.grad = mg.ones(2)
    optimizer.step()
    assert int(optimizer.state_dict()["state"][0]["step"]) == 1


@pytest.mark.parametrize("norm", [nn.LayerNorm(3), nn.BatchNorm1d(3)])
def test_norms_begin_anew_with_scale_1_and_shift_0(norm: nn.Module) -> None:
    with mg.no_grad():
        norm.weight += 1.0
        norm.bias += 1.0
    norm.reset_parameters()
    assert norm.weight.tolist() == [1.0] * 3
    assert norm.bias.tolist() == [0.0] * 3


def test_a_recurrent_net_with_the_batch_first() -> None:
    rows, other = nn.GRU(2, 3, batch_first=True), nn.GRU(2, 3)
    other.load_state_dict(rows.state_dict())
    x = mg.tensor(np.arange(24.0).reshape(3, 4, 2).astype(np.float32) / 10)
    out, last = rows(x)
    wanted, wanted_last = other(x.permute(1, 0, 2))
    np.testing.assert_array_equal(out.detach().numpy(), wanted.detach().numpy().swapaxes(0, 1))
    np.testing.assert_array_equal(last.detach().numpy(), wanted_last.detach().numpy())


def test_an_encoder_with_the_norm_first() -> None:
    """x + attention(norm1(x)), and then + feed forward(norm2(.)) (Xiong et al. 2020)."""
    layer = nn.TransformerEncoderLayer(4, 2, 3, dropout=0.0, norm_first=True)
    x = mg.tensor(np.linspace(-1, 1, 24).reshape(3, 2, 4).astype(np.float32))
    y = layer.norm1(x)
    x_and = x + layer.self_attn(y, y, y)[0]
    wanted = x_and + layer.linear2(mg.relu(layer.linear1(layer.norm2(x_and))))
    np.testing.assert_allclose(layer(x).detach().numpy(), wanted.detach().numpy(), rtol=1e-5)


def test_a_class_may_be_a_factor() -> None:
    schedule = scheduled(lambda o: lr_scheduler.LambdaLR(o, int))
    schedule.load_state_dict(schedule.state_dict())
    assert schedule.get_last_lr() == [0.0]


def test_options_that_would_lose_their_gradient_are_refused() -> None:
    p = mg.tensor(0.5, requires_grad=True)
    for call in (
        lambda: F.threshold([1.0], p, 0.0),
        lambda: nn.Threshold(p, 0.0)(mg.ones(2)),
        lambda: F.hardshrink([1.0], p),
        lambda: F.dropout([1.0], p),
    ):
        with pytest.raises(ValueError, match="requires a gradient, which would be lost; pass it"):
            call()
    assert F.threshold([1.0], p.detach(), 0.0).tolist() == [1.0]


def test_the_power_of_a_norm_is_a_real_number() -> None:
    for wrong in (np.array([1 + 2j]), "a", [2.0], np.array([1.0, 2.0])):
        with pytest.raises(TypeError, match="ord: wanted a number"):
            mg.vector_norm(mg.ones(2), ord=wrong)


def test_tolerances_are_numbers_or_tensors_of_one() -> None:
    """NumPy hands a call with a tensor in it back to us."""
    for tolerance in (0.5, mg.tensor(0.5), np.float64(0.5), np.array(0.5)):
        assert mg.isclose(mg.ones(2), mg.tensor([1.25, 2.0]), 0, tolerance).tolist() == [
            True,
            False,
        ]
        assert mg.allclose(mg.ones(1), mg.tensor([2.0]), rtol=tolerance)
    for wrong in (mg.zeros(2, 0), [0.5], "a", None):
        with pytest.raises(TypeError, match=r"isclose.*[ar]tol: wanted a number"):
            mg.isclose(mg.ones(2), mg.ones(2), atol=wrong)
        with pytest.raises(TypeError, match=r"[ar]tol: wanted a number"):
            mg.allclose(mg.ones(2), mg.ones(2), rtol=wrong)


def test_a_border_is_a_real_number() -> None:
    for wrong in (1j, "a", np.ones(2), None):
        with pytest.raises(TypeError, match="constant_values: wanted a number"):
            mg.pad(mg.ones(2), (1, 0), wrong)
    assert mg.pad(mg.ones(1), (1, 0), np.float64(2.5)).tolist() == [2.5, 1.0]


@pytest.mark.parametrize("name", ["eq", "lt", "logical_and", "logical_xor", "isnan", "isfinite"])
def test_comparisons_refuse_arrays_that_tensors_cannot_have(name: str) -> None:
    function = getattr(mg, name)
    for wrong in (np.array([None, 1]), np.array([1j]), np.array([(0.0,)], [("a", "<f4")])):
        args = [wrong] if name.startswith("is") else [wrong, wrong]
        with pytest.raises(TypeError, match=f"{name}.*dtype"):
            function(*args)


def test_what_is_no_number_or_list_of_indices() -> None:
    with pytest.raises(TypeError, match=r"index_add.*alpha: wanted a number"):
        mg.index_add(mg.zeros(2, 1), 0, [1], mg.ones(1, 1), alpha=mg.ones(1, 1, 1))
    with pytest.raises(TypeError, match="SubsetRandomSampler: indices: wanted a list"):
        data.SubsetRandomSampler({0: 1})
    for wrong in ([1.5], np.array([1j])):
        with pytest.raises(TypeError, match=r"SubsetRandomSampler: indices: .*integer"):
            list(data.SubsetRandomSampler(wrong))


def test_an_integer_beyond_64_bits_has_no_tensor() -> None:
    for shape in ((2,), (0, 4)):
        with pytest.raises(TypeError, match=r"clamp_min.*dtype object is not supported"):
            mg.clamp_min(10**30, mg.zeros(shape))


def test_a_grid_of_one_vector_is_that_vector() -> None:
    for indexing in ("ij", "xy"):
        (grid,) = mg.meshgrid(mg.tensor([1, 2]), indexing=indexing)
        assert grid.tolist() == [1, 2]
    with pytest.raises(ValueError, match=r"meshgrid: wanted vectors, got shape \(3, 3\)"):
        mg.meshgrid(mg.ones(2), M)


M = mg.ones(3, 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda n: mg.roll(M, n),
        lambda n: mg.roll(M, (1, n), (0, 1)),
        lambda n: mg.rot90(M, n),
        lambda n: mg.tril(M, n),
        lambda n: mg.triu(M, n),
        lambda n: mg.diag(M, n),
        lambda n: mg.repeat_interleave(M, n),
        lambda n: mg.repeat_interleave(M, [1, n, 1], 0),
        lambda n: M.repeat(n, 1),
        lambda n: M.expand(n, 3, 3),
        lambda n: M.permute(0, n),
        lambda n: M.reshape(n, 9),
        lambda n: M.select(0, n),
        lambda n: M.narrow(0, n, 1),
        lambda n: M.narrow(0, 1, n),
        lambda n: mg.round(M, decimals=n),
        lambda n: mg.cov(M, correction=n),
        lambda n: F.cross_entropy(M, mg.tensor([0, 1, 2]), ignore_index=n),
        lambda n: F.nll_loss(M, mg.tensor([0, 1, 2]), ignore_index=n),
    ],
)
def test_fractions_are_not_cut_off(call: Callable[[Any], Any]) -> None:
    call(1)
    for wrong in (1.5, "1", np.float64(1.0)):
        with pytest.raises(TypeError, match=r"^\w+[:(].*(integer|index)"):
            call(wrong)


WHOLE: dict[str, Callable[[Any], Any]] = {
    "pad": lambda n: F.pad(M, (n, 1)),
    "ZeroPad1d": lambda n: nn.ZeroPad1d([n, 1])(M),
    "flip": lambda n: mg.flip(M, n),
    "diag_embed": lambda n: mg.diag_embed(M, 0, n, 2),
    "transpose": lambda n: mg.transpose(M, n, 0),
    "sort": lambda n: mg.sort(M, n),
    "kthvalue": lambda n: mg.kthvalue(M, 1, n),
    "zeros": lambda n: mg.zeros(n, 2),
    "select_scatter": lambda n: mg.select_scatter(M, M[0], 0, n),
    "rand": lambda n: mg.rand(n, 2),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_float_tensor_is_no_whole_number(name: str) -> None:
    call = WHOLE[name]
    for right in (1, mg.tensor(1), np.int32(1)):
        call(right)
    for wrong in (mg.tensor(1.0), mg.tensor(1.0, requires_grad=True), np.float32(1)):
        with pytest.raises(TypeError, match="pad: a width" if "ad" in name else name):
            call(wrong)


ZERO_D = "argsort sort mode nanmedian median kthvalue cummax cummin cumprod max min flatten".split()


@pytest.mark.parametrize("name", ZERO_D)
def test_a_number_has_no_axis_but_one_that_passes_for_it(name: str) -> None:
    x = mg.tensor(1.5)
    call = lambda dim: getattr(mg, name)(x, *([1] if name == "kthvalue" else []), dim)  # noqa: E731
    for right in (0, -1):
        call(right)
    with pytest.raises(IndexError, match=rf"{name}|argsort"):
        call(3)
    for wrong in ("a",) if name in ("max", "min") else ("a", 0.0, mg.ones(2, 2), (0, 0)):
        with pytest.raises(TypeError, match=name):
            call(wrong)


def test_a_place_of_a_slice_is_one_number() -> None:
    with pytest.raises(TypeError, match=r"select_scatter.*index"):
        mg.select_scatter(M, M[0], 0, mg.tensor([[0, 2, 0], [0, 2, 0], [1, 2, 1]]))


def test_sizes_are_given_once() -> None:
    for make in (mg.zeros, mg.ones, mg.empty, mg.rand, mg.randn):
        assert make(size=(2, 3)).shape == (2, 3)
        with pytest.raises(TypeError, match=rf"{make.__name__}.*twice.*\(2, 3\).*size=4"):
            make(2, 3, size=4)


def test_a_tensor_is_no_dtype_and_no_memory_format_and_no_truth() -> None:
    leaf = mg.ones(2, requires_grad=True)
    for make in (mg.zeros_like, mg.ones_like, mg.Tensor.type, mg.as_tensor):
        for wrong in (leaf, np.float32(1.0)):
            with pytest.raises(TypeError, match="wanted a dtype"):
                make(M, dtype=wrong)
    for call in (M.clone, mg.positive, M.contiguous, M.to):
        args = (M,) if call is mg.positive else ()
        assert call(*args, memory_format=mg.preserve_format).shape == (3, 3)
        with pytest.raises(TypeError, match="memory_format: wanted"):
            call(*args, memory_format=leaf)
    before = M.tolist()
    for function in (F.relu, F.elu, F.hardtanh, F.dropout, F.celu, F.relu6):
        with pytest.raises(TypeError, match="inplace: wanted True or False"):
            function(M, inplace=leaf)
    assert M.tolist() == before


def test_unique_slices_of_nothing_are_found_at_once() -> None:
    wide = mg.zeros((0, 2**50))
    assert mg.unique(wide).shape == (0,)
    found = mg.unique(wide, dim=0, return_inverse=True, return_counts=True)
    assert [part.shape for part in found] == [(0, 2**50), (0,), (0,)]
    assert mg.unique(mg.zeros(3, 0, dtype="int64"), dim=-1).dtype == np.int64
    for shape, dim in (((0, 2**50), 1), ((0, 3), -1), ((0, 0), 0)):
        with pytest.raises(ValueError, match=f"unique.*dim={dim}.*no elements"):
            mg.unique(mg.zeros(shape), dim=dim)
    with pytest.raises(IndexError, match="unique"):
        mg.unique(mg.zeros(0, 3), dim=2)


def test_the_order_of_a_norm_and_a_largest_norm_may_be_a_tensor() -> None:
    x, two = mg.tensor([[1.0, 2.0], [3.0, 4.0]]), mg.tensor(2.0)
    assert mg.norm(x, two).item() == mg.norm(x, 2).item()
    assert mg.linalg.norm(x, two).item() == mg.linalg.norm(x, 2).item()
    for norm in (mg.norm, mg.linalg.norm, mg.linalg.vector_norm, mg.linalg.matrix_norm):
        with pytest.raises(ValueError, match=r"norm.*no derivative.*detach"):
            norm(x, mg.tensor(2.0, requires_grad=True))
    table = mg.tensor([[3.0, 4.0], [1.0, 1.0]])
    row = F.embedding(mg.tensor([0]), table, max_norm=mg.tensor(0.5))
    np.testing.assert_allclose(row.numpy(), [[0.3, 0.4]], rtol=1e-6)


def test_what_is_called_for_each_number_is_a_function() -> None:
    for empty in (mg.zeros(0), mg.zeros(2)):
        with pytest.raises(TypeError, match="apply_: callable: wanted a function, got Tensor"):
            empty.apply_(mg.ones(2))
        with pytest.raises(TypeError, match="map_: callable: wanted a function, got int"):
            empty.map_(empty, 3)


def test_a_trapezoid_has_a_place_for_each_value() -> None:
    y = mg.ones(2, 3)
    for integrate in (mg.trapezoid, mg.cumulative_trapezoid):
        assert integrate(y, mg.arange(2.0), dim=0).numpy().ravel().tolist() == [1.0] * 3
        for places in (0, 1, 3):
            with pytest.raises(ValueError, match=rf"trapezoid.*wanted 2 places.*\({places},\)"):
                integrate(y, mg.zeros(places), dim=0)
    nothing = mg.zeros(0, requires_grad=True)
    assert mg.trapezoid(mg.zeros(0), nothing).requires_grad
    assert mg.trapezoid(nothing).requires_grad


def test_parts_without_number_are_refused_at_once() -> None:
    endless = mg.zeros((0, 2**50))
    for divide in (lambda: endless.split(1, 1), lambda: endless.unbind(1)):
        with pytest.raises(MemoryError, match="1125899906842624 parts"):
            divide()
    assert len(endless.split(2**49, 1)) == 2
    pytorch._check_parts("split", 2**32)  # alone: 2**32 parts would need tens of GB
    with pytest.raises(MemoryError, match="split: 4294967297 parts"):
        pytorch._check_parts("split", 2**32 + 1)


def test_what_is_added_to_a_product_does_not_widen_it() -> None:
    row, column, batch = mg.ones(1, 3), mg.ones(3, 1), mg.ones(2, 1, 3)
    for call, got in (
        (lambda: mg.addmv(mg.ones(5), row, mg.ones(3)), r"addmv.*shape \(1,\).*got \(5,\)"),
        (lambda: mg.ones(5).addmv_(row, mg.ones(3)), r"addmv.*shape \(1,\).*got \(5,\)"),
        (lambda: mg.addmm(mg.ones(2), row, column), r"addmm.*shape \(1, 1\).*got \(2,\)"),
        (lambda: mg.addmm(mg.ones(4, 1, 1), row, column), r"addmm.*got \(4, 1, 1\)"),
        (lambda: mg.addr(mg.ones(4, 2, 2), mg.ones(2), mg.ones(2)), r"addr.*got \(4, 2, 2\)"),
        (lambda: mg.baddbmm(mg.ones(7), batch, batch.mT), r"baddbmm.*\(2, 1, 1\).*got \(7,\)"),
        (lambda: mg.addbmm(mg.ones(7, 1), batch, batch.mT), r"addbmm.*\(1, 1\).*got \(7, 1\)"),
    ):
        with pytest.raises(ValueError, match=got):
            call()
    assert mg.addmm(mg.ones(1), column, row).shape == (3, 3)
