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
from .random import manual_seed, normal, rand, randint, randn, randperm

if _TYPE_CHECKING:
    from . import data, serialization

__version__ = "0.1.0"
__all__ = [
    *("Tensor", "autograd", "data", "enable_grad", "linalg", "manual_seed", "nn", "no_grad"),
    *("normal", "operation", "optim", "rand", "randint", "randn", "random", "randperm"),
    "serialization",
    "explore",
    *("get_num_threads", "set_num_threads", "show_config"),
    *("GradcheckError", "GradcheckReport", "gradcheck"),
    *creation.__all__,
    *ops.__all__,
]


def __getattr__(name: str) -> _Any:
    """Import `data` and `serialization` when they are first asked for."""
    if name in ("data", "serialization"):
        from importlib import import_module

        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
