"""The transpose of broadcasting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import mutually_broadcastable_shapes
from numpy.testing import assert_allclose

from minigrad.engine.unbroadcast import unbroadcast


@given(
    mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=3),
    st.integers(0, 2**32 - 1),
)
def test_unbroadcast_is_the_transpose_of_broadcasting(shapes, seed: int) -> None:
    """<u, broadcast(x)> == <unbroadcast(u), x> for all u and x."""
    shape = shapes.input_shapes[0]
    rng = np.random.default_rng(seed)
    u, x = rng.normal(size=shapes.result_shape), rng.normal(size=shape)
    down = unbroadcast(u, shape)
    assert down.shape == shape
    broadcast = np.broadcast_to(x, shapes.result_shape)
    assert_allclose(np.vdot(u, broadcast), np.vdot(down, x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("g", "shape"),
    [
        ((3,), (4,)),
        ((), (2,)),
        ((3,), (1, 3)),
        ((1, 3), (2,)),
        ((2, 3), (2, 4)),  # one axis fits, the other does not
        ((3, 2), (4, 2)),
        ((5, 2, 3), (4, 3)),
    ],
)
def test_unbroadcast_refuses_what_was_never_broadcast(
    g: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match="does not fit an input of shape"):
        unbroadcast(np.ones(g), shape)


def test_unbroadcast_sums_only_along_axes_that_were_stretched() -> None:
    assert unbroadcast(np.ones((2, 3)), (1, 3), stretched=(2, 3)).tolist() == [[2.0] * 3]
    with pytest.raises(ValueError, match="does not fit an input of shape"):
        unbroadcast(np.ones((2, 3)), (1, 3), stretched=(1, 3))
