"""A small reverse-mode autodiff engine in readable Python, over C kernels.

>>> import minigrad as mg
>>> x = mg.tensor([1.0, 2.0], requires_grad=True)
>>> mg.sum(x * x).backward()
>>> x.grad
tensor([2., 4.])
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from . import autograd, creation, linalg, nn, ops, optim, random
from .autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .config import show_config
from .creation import *
from .engine.operation import operation
from .engine.tensor import Tensor
from .explore import explore
from .gradcheck import *
from .kernels import get_num_threads, set_num_threads
from .ops import *
from .random import (
    get_rng_state,
    initial_seed,
    manual_seed,
    normal,
    rand,
    randint,
    randn,
    randperm,
    seed,
    set_rng_state,
)

if _TYPE_CHECKING:
    from . import serialization, utils
    from .generator import Generator
    from .serialization import load, save

__version__ = "0.1.0"
__all__ = [
    *("Tensor", "autograd", "enable_grad", "linalg", "manual_seed", "nn", "no_grad"),
    *("normal", "operation", "optim", "rand", "randint", "randn", "random", "randperm"),
    *("serialization", "explore", "utils", "load", "save", "Generator", "get_rng_state"),
    *("set_rng_state", "initial_seed", "seed"),
    *("get_num_threads", "set_num_threads", "show_config"),
    *("GradcheckError", "GradcheckReport", "gradcheck"),
    *creation.__all__,
    *ops.__all__,
]


_LATER = {"Generator": "generator", "load": "serialization", "save": "serialization"}


def __getattr__(name: str) -> _Any:
    """Import what takes long when it is first asked for."""
    if name in ("serialization", "utils") or name in _LATER:
        from importlib import import_module

        module = import_module(f".{_LATER.get(name, name)}", __name__)
        return getattr(module, name) if name in _LATER else module
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
