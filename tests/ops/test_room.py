"""What is computed of bytes has room: it is what the same numbers give as floats."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F
from minigrad import Tensor

Function = Callable[[Tensor, Tensor], Tensor]

FUNCTIONS: dict[str, Function] = {
    "dist": mg.dist,
    "cdist": lambda x, y: mg.cdist(x, y, p=1.0),
    "pdist": lambda x, y: F.pdist(x),
    "pairwise_distance": F.pairwise_distance,
    "triplet_margin_loss": lambda x, y: F.triplet_margin_loss(x, y, y.flip(0)),
    "cosine_embedding_loss": lambda x, y: F.cosine_embedding_loss(x, y, mg.tensor([1, -1])),
    "mse_loss": F.mse_loss,
    "l1_loss": F.l1_loss,
    "huber_loss": F.huber_loss,
    "smooth_l1_loss": F.smooth_l1_loss,
    "margin_ranking_loss": lambda x, y: F.margin_ranking_loss(x, y, y),
    "soft_margin_loss": F.soft_margin_loss,
    "multilabel_soft_margin_loss": F.multilabel_soft_margin_loss,
    "multi_margin_loss": lambda x, y: F.multi_margin_loss(x, mg.tensor([1, 0]), margin=0),
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
    "kl_div": lambda x, y: F.kl_div(x, y, reduction="batchmean"),
    "gaussian_nll_loss": lambda x, y: F.gaussian_nll_loss(x, y, mg.abs(x.float()) + 1),
    "softmin": lambda x, y: F.softmin(x, 1),
    "softsign": lambda x, y: F.softsign(x),
    "hardshrink": lambda x, y: F.hardshrink(x),
    "softshrink": lambda x, y: F.softshrink(x),
    "local_response_norm": lambda x, y: F.local_response_norm(x[None], 1, alpha=1.0),
    "fold": lambda x, y: F.fold(x, (1, 4), (1, 2)),
    "embedding_bag": lambda x, y: F.embedding_bag(mg.tensor([[0, 0]]), x),
    "trapezoid": lambda x, y: mg.trapezoid(x),
    "trapezoid at places": mg.trapezoid,
    "cumulative_trapezoid": lambda x, y: mg.cumulative_trapezoid(x, dx=2),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_bytes_have_room(name: str, dtype: str) -> None:
    least, largest = np.iinfo(dtype).min, np.iinfo(dtype).max
    x = mg.tensor([[least, largest, 2], [largest, 3, largest]], dtype=dtype)
    y = mg.tensor([[largest, least, 1], [1, largest, 0]], dtype=dtype)
    with np.errstate(all="ignore"):
        wanted = FUNCTIONS[name](x.double(), y.double())
        np.testing.assert_allclose(FUNCTIONS[name](x, y).numpy(), wanted.numpy(), 1e-6, 1e-6)


def test_a_sum_is_computed_in_the_dtype_that_it_has() -> None:
    small, large = mg.tensor([100], dtype="int8"), mg.tensor([1])
    for out in (
        mg.addcmul(large, small, small, value=2),
        mg.add(large, small, alpha=200),
        mg.addcmul(large, small, small),
        mg.addr(large[None], small, small)[0],
        mg.addmm(large[None], small[None], small[None])[0],
        mg.addmv(large, small[None], small),
        mg.baddbmm(large[None, None], small[None, None], small[None, None])[0, 0],
        mg.addbmm(large[None], small[None, None], small[None, None])[0],
    ):
        assert out.dtype == np.int64 and out.item() in (20001, 10001, 10000)
    assert mg.addcmul(mg.tensor([1.0]), small, small).tolist() == [10001.0]
    third, one = mg.tensor([1.0]) / 3, mg.tensor([1.0], dtype="float64")
    assert mg.addcmul(one, third, third).item() == 1 + third.double().item() ** 2
    assert mg.addcdiv(one, third, mg.tensor([7.0])).item() == 1 + third.double().item() / 7
    flags = mg.tensor([True, False])
    assert mg.add(mg.tensor([1, 2], dtype="int16"), flags, alpha=2).dtype == np.int16
    assert mg.add(flags, flags, alpha=2).dtype == np.bool_
    assert mg.addr(flags[None] & flags[:, None], *(flags.to(mg.uint8),) * 2).dtype == np.uint8


@pytest.mark.parametrize("name", ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"])
def test_transposed_convolutions_of_bytes_are_refused(name: str) -> None:
    shape = (1, 1) + (2,) * int(name[-2])
    x, w = mg.ones(shape, dtype="uint8"), mg.ones(shape, dtype="uint8")
    with pytest.raises(TypeError, match=r"input: wanted float32, float64 or int64.*\.float\(\)"):
        getattr(F, name)(x, w)
    assert getattr(F, name)(x.long(), w.long()).dtype == np.int64


def test_places_of_trapezoids_or_how_far_apart_they_are() -> None:
    with pytest.raises(TypeError, match="x or dx, got both"):
        mg.trapezoid(mg.ones(3), mg.ones(3), dx=2.0)


def test_elu_is_the_input_beside_an_alpha_without_bound() -> None:
    with np.errstate(all="ignore"):
        out = F.elu(mg.tensor([-1.0, 0.5, 2.0]), alpha=float("inf"))
    assert out.tolist() == [-np.inf, 0.5, 2.0]


@pytest.mark.parametrize("name", ["fill_", "masked_fill", "masked_fill_", "index_fill"])
def test_one_number_fills(name: str) -> None:
    x, values = mg.zeros(2), mg.ones(2)
    first = {"masked_fill": [values > 0], "masked_fill_": [values > 0], "index_fill": [0, [0]]}
    with pytest.raises(ValueError, match=rf"{name.strip('_')}_?: value: wanted a number.*where\("):
        getattr(x, name)(*first.get(name, []), values)
    assert x.tolist() == [0.0, 0.0]
    assert getattr(x, name)(*first.get(name, []), mg.tensor(2)).sum().item() in (2.0, 4.0)
