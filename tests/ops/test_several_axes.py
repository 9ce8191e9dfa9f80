"""Of vectors along several axes each is by itself: its value, and its gradient."""

from typing import Any

import numpy as np
import pytest

import minigrad as mg
import minigrad.nn.functional as F

W, V = np.random.default_rng(1).normal(size=(4, 5)), np.random.default_rng(2).normal(size=(3, 5, 5))
SHARES = mg.tensor([0.3, 0.8], dtype="float64")
PLACES = mg.tensor([4, 0, 2])
OF_VECTORS: dict[str, Any] = {
    "linear": lambda x: F.linear(x, W, W[:, 0]),
    "bilinear": lambda x: F.bilinear(x, x + 1, V, V[:, 0, 0]),
    "layer_norm": lambda x: F.layer_norm(x, (5,), W[0], W[1]),
    "rms_norm": lambda x: F.rms_norm(x, (5,), W[0]),
    "normalize": lambda x: F.normalize(x, 3, -1),
    "softmax": lambda x: F.softmax(x, -1),
    "softmin": lambda x: F.softmin(x, -1),
    "log_softmax": lambda x: F.log_softmax(x, -1),
    "glu": lambda x: F.glu(x[..., :4], -1),
    "cosine_similarity": lambda x: F.cosine_similarity(x, x * x + 1, -1),
    "pairwise_distance": lambda x: F.pairwise_distance(x, x * x + 1, 3),
    "triplet_margin_loss": lambda x: F.triplet_margin_loss(x, x + 1, 2 * x, 5.0, reduction="none"),
    "to one": lambda x: F.cosine_similarity(x, W[0], -1),
    "pad": lambda x: F.pad(x, (2, -1)),
    "circular": lambda x: F.pad(x, (2, 1), "circular"),
    "logsumexp": lambda x: mg.logsumexp(x, -1),
    "logcumsumexp": lambda x: mg.logcumsumexp(x, -1),
    "cumsum": lambda x: mg.cumsum(x, -1),
    "cumprod": lambda x: mg.cumprod(x, -1),
    "cummax": lambda x: mg.cummax(x, -1)[0],
    "cummin": lambda x: mg.cummin(x, -1)[0],
    "prod": lambda x: mg.prod(x, -1),
    "var": lambda x: mg.var(x, -1),
    "std": lambda x: mg.std(x, -1, correction=0),
    "vector_norm": lambda x: mg.vector_norm(x, -1, False, 3),
    "amax": lambda x: mg.amax(x, -1),
    "median": lambda x: mg.median(x, -1)[0],
    "nanmedian": lambda x: mg.nanmedian(x, -1)[0],
    "mode": lambda x: mg.mode(x, -1)[0],
    "quantile": lambda x: mg.quantile(x, 0.3, -1),
    "quantiles": lambda x: mg.moveaxis(mg.quantile(x, SHARES, -1), 0, -1),
    "kthvalue": lambda x: mg.kthvalue(x, 2, -1)[0],
    "topk": lambda x: mg.topk(x, 3, -1)[0],
    "least": lambda x: mg.topk(x, 3, -1, largest=False)[0],
    "sort": lambda x: mg.sort(x, -1, descending=True)[0],
    "msort": lambda x: mg.sort(x, -1)[0],
    "diff": lambda x: mg.diff(x, 2),
    "trapezoid": lambda x: mg.trapezoid(x, dx=0.5),
    "roll": lambda x: mg.roll(x, 2, -1),
    "flip": lambda x: mg.flip(x, (-1,)),
    "unfold": lambda x: x.unfold(-1, 3, 2),
    "diag_embed": lambda x: mg.diag_embed(x, 1),
    "index_select": lambda x: mg.index_select(x, -1, PLACES),
    "index_add": lambda x: mg.index_add(x, -1, PLACES, x[..., :3]),
    "index_copy": lambda x: mg.index_copy(x, -1, PLACES, x[..., 1:4]),
    "index_fill": lambda x: mg.index_fill(x, -1, PLACES, 2.0),
    "narrow": lambda x: mg.narrow(x, -1, 1, 3),
    "split": lambda x: mg.split(x, [2, 3], -1)[1],
    "repeat_interleave": lambda x: mg.repeat_interleave(x, 2, dim=-1),
    "cross": lambda x: mg.cross(x[..., :3], x[..., 2:], dim=-1),
    "vecdot": lambda x: mg.linalg.vecdot(x, x + 1),
    "inner": lambda x: mg.inner(x, mg.tensor(W)),
}


@pytest.mark.parametrize("name", OF_VECTORS)
def test_vectors_along_several_axes_are_each_by_itself(name: str) -> None:
    function, array = OF_VECTORS[name], np.random.default_rng(0).normal(size=(2, 3, 5))
    x = mg.tensor(array, requires_grad=True)
    out = function(x)
    v = np.random.default_rng(7).normal(size=out.shape)
    out.backward(v)
    for at in np.ndindex(2, 3):
        row = mg.tensor(array[at], requires_grad=True)
        single = function(row)
        np.testing.assert_allclose(out.numpy()[at], single.numpy(), 1e-12, 1e-14)
        single.backward(v[at])
        assert x.grad is not None and row.grad is not None
        np.testing.assert_allclose(x.grad.numpy()[at], row.grad.numpy(), 1e-10, 1e-12)
