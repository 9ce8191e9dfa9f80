"""Arrays in every layout that NumPy can make, and error bounds in units of rounding."""

import numpy as np
from hypothesis import strategies as st

from minigrad.kernels import config

PATHS = config()["cpus_available"]
DTYPES = (np.float32, np.float64)
LAYOUTS = ("c", "fortran", "offset", "steps", "reversed", "padded", "readonly", "misaligned")

seeds = st.integers(0, 2**32 - 1)
layouts = st.sampled_from(LAYOUTS)
dtypes = st.sampled_from(DTYPES)


def lay_out(values, layout):
    """An array equal to `values`, laid out in memory in another way."""
    shape = values.shape
    rubbish = np.nan if values.dtype.kind == "f" else 99
    if not shape:
        out = np.empty((), values.dtype)
    elif layout == "fortran":
        out = np.empty(shape, values.dtype, order="F")
    elif layout == "offset":
        out = np.empty(values.size + 1, values.dtype)[1:].reshape(shape)
    elif layout == "steps":
        out = np.full([3 * n for n in shape], rubbish, values.dtype)[
            tuple([slice(1, None, 3)] * values.ndim)
        ]
    elif layout == "reversed":
        out = np.empty(shape, values.dtype)[tuple([slice(None, None, -1)] * values.ndim)]
    elif layout == "padded":
        out = np.full([n + 2 for n in shape], rubbish, values.dtype)[
            tuple([slice(1, -1)] * values.ndim)
        ]
    elif layout == "misaligned":
        out = np.zeros(shape, [("byte", "i1"), ("value", values.dtype)])["value"]
    else:
        out = np.empty(shape, values.dtype)
    out[...] = values
    if layout == "readonly":
        out.flags.writeable = False
    return out


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
