"""Arrays in every memory layout that NumPy can make: the inputs of operations and of kernels."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

LAYOUTS = ("c", "fortran", "offset", "steps", "reversed", "padded", "readonly", "misaligned")

layouts = st.sampled_from(LAYOUTS)
seeds = st.integers(0, 2**32 - 1)


def lay_out(values: np.ndarray, layout: str) -> np.ndarray:
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
