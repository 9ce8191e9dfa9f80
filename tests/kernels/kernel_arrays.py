"""Arrays for kernels, and error bounds in units of rounding."""

import numpy as np
from hypothesis import strategies as st
from layouts import lay_out

from minigrad.kernels import config

PATHS = config()["cpus_available"]
DTYPES = (np.float32, np.float64)

dtypes = st.sampled_from(DTYPES)


def normal(seed, shape, dtype, layout="c", scale=1.0):
    values = np.random.default_rng(seed).standard_normal(shape) * scale
    return lay_out(values.astype(dtype), layout)


def widen(*arrays):
    """Arrays in the next wider dtype, for the twins whose results the kernels' are held against."""
    wider = {np.dtype(np.float32): np.float64, np.dtype(np.float64): np.longdouble}
    return [
        a.astype(wider[a.dtype]) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a
        for a in arrays
    ]


def assert_within(actual, expected, bound, dtype):
    """|actual - expected| <= bound; NaN and infinity must agree; shape and dtype too."""
    assert actual.dtype == dtype
    assert actual.shape == expected.shape
    finite = np.isfinite(expected)
    np.testing.assert_array_equal(
        actual[~finite].astype(expected.dtype), np.asarray(expected)[~finite]
    )
    error = np.abs(actual - expected)[finite]
    bound = np.broadcast_to(bound, expected.shape)[finite]
    if error.size:
        worst = np.argmax(error - bound)
        assert error[worst] <= bound[worst], f"error {error[worst]:.3g}, allowed {bound[worst]:.3g}"
