"""The compiled kernels: what minigrad's operations compute with.

Every function takes and returns plain NumPy arrays, float32 or float64 (all of one call the
same, else TypeError), of any strides, read-only or empty. `reference.py` holds the same functions
in a few lines of NumPy each and is their specification.

>>> import numpy as np
>>> from minigrad import kernels
>>> x = np.array([[1.0, -2.0], [3.0, 4.0]], dtype=np.float32)
>>> kernels.relu(x)
array([[1., 0.],
       [3., 4.]], dtype=float32)
>>> bool(np.allclose(kernels.matmul(x, x.T), x @ x.T))
True
"""

try:
    from minigrad.kernels._native import (
        adam,
        batch_norm,
        batch_norm_backward,
        batch_norm_inference,
        batch_norm_inference_backward,
        blend,
        config,
        dropout,
        empty,
        erf,
        erfc,
        gelu,
        gelu_backward,
        get_num_threads,
        linear,
        linear_backward,
        matmul,
        relu,
        relu_backward,
        rmsprop,
        set_num_threads,
        sgd,
        sigmoid,
        softmax_cross_entropy,
    )
except ModuleNotFoundError as error:
    if error.name != "minigrad.kernels._native":
        raise
    raise ImportError(
        "minigrad's compiled kernels are missing. Build them with a C compiler and "
        "`pip install .`, or in a source checkout `pip install -e .` (which also rebuilds "
        "them after a change)."
    ) from error

__all__ = [
    "adam",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "batch_norm_inference_backward",
    "blend",
    "config",
    "dropout",
    "empty",
    "erf",
    "erfc",
    "gelu",
    "gelu_backward",
    "get_num_threads",
    "linear",
    "linear_backward",
    "matmul",
    "relu",
    "relu_backward",
    "rmsprop",
    "set_num_threads",
    "sgd",
    "sigmoid",
    "softmax_cross_entropy",
]
