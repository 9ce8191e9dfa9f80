"""A small reverse-mode autodiff engine in readable Python, over C kernels.

>>> import minigrad as mg
>>> x = mg.tensor([1.0, 2.0], requires_grad=True)
>>> mg.sum(x * x).backward()
>>> x.grad
tensor([2., 4.])

What PyTorch has under a name means the same here, so `import minigrad as torch` runs its code.
"""

import typing as _typing
from math import e, inf, nan, pi
from typing import Any as _Any

from numpy import dtype as dtype

from . import absent as _absent

from . import ops  # isort: skip  (before nn, which is built of them)
from . import autograd, creation, random
from . import einops as _einops
from .autograd import enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .creation import *
from .engine.device import device
from .engine.dtypes import get_default_dtype, set_default_dtype
from .engine.operation import operation
from .engine.size import Size
from .engine.tensor import Tensor
from .explore import explore
from .kernels import get_num_threads, set_num_threads
from .ops import *
from .random import (
    bernoulli,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)

from .engine.dtypes import (  # isort: skip  (after what needs Python's own float, int and bool)
    bool as bool,
    double as double,
    float as float,
    float32 as float32,
    float64 as float64,
    int as int,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    long as long,
    short as short,
    uint8 as uint8,
    uint16 as uint16,
    uint32 as uint32,
    uint64 as uint64,
)

if _typing.TYPE_CHECKING:
    from . import (
        amp,
        course,
        cuda,
        distributed,
        distributions,
        func,
        functional,
        jit,
        linalg,
        multiprocessing,
        nn,
        optim,
        program,
        serialization,
        special,
        testing,
        utils,
        vision,
    )
    from .amp import autocast
    from .config import show_config
    from .finite_differences import GradcheckError, GradcheckReport, InputErrors, gradcheck
    from .func import vmap
    from .generator import Generator
    from .legacy import (
        BoolTensor,
        ByteTensor,
        CharTensor,
        DoubleTensor,
        FloatTensor,
        IntTensor,
        LongTensor,
        ShortTensor,
        accelerator,
        backends,
        bfloat16,
        float16,
        get_default_device,
        get_float32_matmul_precision,
        half,
        inverse,
        pinverse,
        qr,
        set_default_device,
        set_default_tensor_type,
        set_float32_matmul_precision,
        svd,
        typename,
        use_deterministic_algorithms,
        version,
    )
    from .linalg import cholesky, det, logdet, matrix_exp, matrix_power, slogdet
    from .nn.functional import (
        bilinear,
        celu,
        cosine_similarity,
        dropout,
        group_norm,
        hardshrink,
        layer_norm,
        log_softmax,
        pairwise_distance,
        pdist,
        prelu,
        relu,
        rms_norm,
        selu,
        sigmoid,
        softmax,
        threshold,
    )
    from .nn.overview import summary
    from .ops.signatures import *
    from .program import compile
    from .serialization import load, save

__version__ = "0.1.0"
__all__ = [
    "Generator",
    "GradcheckError",
    "GradcheckReport",
    "Size",
    "Tensor",
    "accelerator",
    "backends",
    "get_default_device",
    "set_default_device",
    "set_float32_matmul_precision",
    "use_deterministic_algorithms",
    "autograd",
    "bernoulli",
    "bilinear",
    "celu",
    "compile",
    "cosine_similarity",
    "creation",
    "cuda",
    "device",
    "double",
    "dropout",
    "dtype",
    "e",
    "enable_grad",
    "explore",
    "finfo",
    "float32",
    "float64",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "gradcheck",
    "iinfo",
    "inf",
    "inference_mode",
    "initial_seed",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_floating_point",
    "is_grad_enabled",
    "is_tensor",
    "layer_norm",
    "linalg",
    "load",
    "log_softmax",
    "long",
    "manual_seed",
    "multinomial",
    "nan",
    "nn",
    "no_grad",
    "normal",
    "operation",
    "ops",
    "optim",
    "pairwise_distance",
    "pdist",
    "pi",
    "prelu",
    "rand",
    "rand_like",
    "randint",
    "randint_like",
    "randn",
    "randn_like",
    "random",
    "randperm",
    "relu",
    "save",
    "seed",
    "selu",
    "serialization",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "set_printoptions",
    "set_rng_state",
    "short",
    "show_config",
    "sigmoid",
    "softmax",
    "summary",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "utils",
]
__all__ += creation.__all__
__all__ += ops.__all__

newaxis = None
strided = "strided"
contiguous_format, preserve_format = "contiguous", "preserve"


def is_tensor(obj: object) -> _typing.TypeGuard[Tensor]:
    """Is this a tensor?"""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> _Any:
    """Is the dtype float32 or float64?  Raises TypeError for what is no tensor."""
    if not isinstance(input, Tensor):
        raise TypeError(f"is_floating_point: wanted a tensor, got {type(input).__name__}")
    return input.is_floating_point()


def finfo(dtype: _Any = None) -> _Any:
    """The limits of a floating dtype, as `numpy.finfo`; TypeError for another."""
    import builtins

    import numpy as np

    dtype = get_default_dtype() if dtype is None or dtype is builtins.float else dtype
    return _limits("finfo: dtype: wanted a floating dtype, or iinfo", np.finfo, dtype)


def iinfo(dtype: _Any) -> _Any:
    """The limits of an integer dtype, as `numpy.iinfo`; TypeError for another."""
    import numpy as np

    return _limits("iinfo: dtype: wanted an integer dtype, or finfo", np.iinfo, dtype)


def _limits(wanted: str, limits: _Any, dtype: _Any) -> _Any:
    try:
        return limits(dtype)
    except (TypeError, ValueError):
        raise TypeError(f"{wanted}, got {dtype!r:.60}") from None


def set_printoptions(
    precision: _Any = None,
    threshold: _Any = None,
    edgeitems: _Any = None,
    linewidth: _Any = None,
    profile: _Any = None,
    sci_mode: _Any = None,
) -> None:
    """How tensors are shown: as `numpy.set_printoptions`, which it calls.

    profile : "full" shows all elements, "short" few, with two digits; "default" is NumPy's
        way; what else is given goes before it

    Raises TypeError and ValueError for what is no number of elements or digits, and for another
    profile.
    """
    import numpy as np

    from .engine.dtypes import check_count, check_number

    profiles: dict[_Any, dict[str, _Any]] = {
        "default": {"precision": 8, "threshold": 1000, "edgeitems": 3},
        "short": {"precision": 2, "threshold": 1000, "edgeitems": 2},
        "full": {"threshold": inf},
    }
    if profile is not None and str(profile) not in profiles:
        raise ValueError(
            f"set_printoptions: profile: wanted 'default', 'short' or 'full', got {profile!r:.60}"
        )
    given = {"precision": precision, "edgeitems": edgeitems, "linewidth": linewidth}
    given = {name: number for name, number in given.items() if number is not None}
    for name, number in given.items():
        check_count(f"set_printoptions: {name}", number, 0)
    if threshold is not None:
        check_number("set_printoptions: threshold", threshold)
        given["threshold"] = threshold
    suppress = None if sci_mode is None else not sci_mode
    np.set_printoptions(**{**profiles.get(str(profile), {}), **given}, suppress=suppress)


_LATER = {
    "compile": "program",
    "show_config": "config",
    "Generator": "generator",
    "load": "serialization",
    "save": "serialization",
    "summary": "nn.overview",
    **dict.fromkeys(ops.names.FURTHER, "ops.further"),
    **dict.fromkeys(ops.names.SPECIAL, "ops.special"),
    **dict.fromkeys("cholesky det logdet matrix_exp matrix_power slogdet".split(), "linalg"),
    **dict.fromkeys(
        "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor IntTensor LongTensor "
        "ShortTensor accelerator backends bfloat16 float16 get_default_device "
        "get_float32_matmul_precision half inverse pinverse qr set_default_device "
        "set_default_tensor_type set_float32_matmul_precision svd typename "
        "use_deterministic_algorithms version".split(),
        "legacy",
    ),
    "autocast": "amp",
    "vmap": "func",
    **dict.fromkeys(
        "GradcheckError GradcheckReport InputErrors gradcheck".split(), "finite_differences"
    ),
    **dict.fromkeys(
        "bilinear celu cosine_similarity dropout group_norm hardshrink "
        "layer_norm log_softmax pairwise_distance pdist prelu relu rms_norm selu sigmoid softmax "
        "threshold".split(),
        "nn.functional",
    ),
}
_MODULES = (
    "amp",
    "course",
    "cuda",
    "distributed",
    "distributions",
    "func",
    "functional",
    "jit",
    "linalg",
    "multiprocessing",
    "nn",
    "optim",
    "program",
    "serialization",
    "special",
    "testing",
    "utils",
    "vision",
)


if not _typing.TYPE_CHECKING:  # checkers would take any name for granted

    def __getattr__(name: str) -> _Any:
        """Import what takes long when it is first asked for; name what is near to what is not."""
        from importlib import import_module

        if name in _MODULES:
            return import_module(f".{name}", __name__)
        if name in ops.names.IN_PLACE:
            return globals().setdefault(name, ops.methods.method_as_function(name))
        if name in _LATER:
            return globals().setdefault(
                name, getattr(import_module(f".{_LATER[name]}", __name__), name)
            )
        raise AttributeError(
            _absent.explanation(f"module {__name__!r}", name, __dir__()), name=name
        )


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER, *_MODULES, *ops.names.IN_PLACE})
