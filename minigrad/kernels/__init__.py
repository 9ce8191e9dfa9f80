"""The compiled kernels: what minigrad's operations compute with.

Every function takes and returns plain NumPy arrays, float32 or float64 (all of one call the
same, else TypeError), of any strides, read-only or empty. `reference.py` holds the same functions
in a few lines of NumPy each and is their specification. The gradients' functions also take tensors,
for which the formula there is recorded.

MINIGRAD_KERNELS=reference in the environment runs everything on that file, without a compiler:
slow, for reading, changing and comparing.

>>> import numpy as np
>>> from minigrad import kernels
>>> x = np.array([[1.0, -2.0], [3.0, 4.0]], dtype=np.float32)
>>> kernels.relu(x)
array([[1., 0.],
       [3., 4.]], dtype=float32)
>>> bool(np.allclose(kernels.matmul(x, x.T), x @ x.T))
True
"""

import os as _os
import sys as _sys
import warnings as _warnings
from typing import TYPE_CHECKING as _TYPE_CHECKING

from . import twins as _twins

if _TYPE_CHECKING:
    from ._native import *

__all__ = [
    "adam",
    "batch_norm",
    "batch_norm_backward",
    "batch_norm_inference",
    "batch_norm_inference_backward",
    "blend",
    "can_step",
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


def _other_install() -> str | None:
    """Where another minigrad is installed that is whole, if this one stands in front of it."""
    from pathlib import Path  # here: an import takes 2 ms

    here = Path(__file__).resolve().parent
    for entry in _sys.path:
        kernels = Path(entry or ".").resolve() / "minigrad" / "kernels"
        if kernels != here and [*kernels.glob("_native*.so"), *kernels.glob("_native*.pyd")]:
            return entry
    return None


def _choice() -> object:
    """The module to compute with: the compiled one, unless the environment asks for the twins."""
    choice = _os.environ.get("MINIGRAD_KERNELS", "")
    if choice == "reference":
        from importlib.util import find_spec

        if find_spec(f"{__name__}._native") is not None:  # without, there is no choice to warn of
            _warnings.warn(
                "MINIGRAD_KERNELS=reference: everything is computed by kernels/reference.py in "
                "plain NumPy, which is slow; unset it for the compiled kernels",
                RuntimeWarning,
                stacklevel=2,
            )
        return _twins
    if choice:
        raise ValueError(f"MINIGRAD_KERNELS must be 'reference', or not be set; got {choice!r}")
    try:
        from . import _native
    except ImportError as error:
        if error.name not in ("minigrad.kernels", "minigrad.kernels._native"):
            raise
        if (installed := _other_install()) is not None:
            raise ImportError(
                f"this is the source tree {_os.path.dirname(_os.path.dirname(__path__[0]))}, which "
                "has no compiled kernels and shadows the minigrad that is installed in "
                f"{installed}: Python looks in the current folder first. Start it in another "
                "folder (or with -P); to use the source tree, build it: pip install -e ."
            ) from error
        raise ImportError(
            "minigrad's compiled kernels are missing. Build them with a C compiler and "
            "`pip install .`, or in a source checkout `pip install -e .` (which also rebuilds "
            "them after a change). Without a compiler, MINIGRAD_KERNELS=reference in the "
            "environment computes in plain NumPy, slowly."
        ) from error
    return _native


def _bring_in(module: object) -> None:
    """Its kernels become this package's; those of gradients are made to take tensors too."""
    for name in __all__:
        kernel = getattr(module, name)
        globals()[name] = _twins.on_tensors_too(kernel) if name.endswith("_backward") else kernel


_bring_in(_choice())
