"""Names of PyTorch's older code, and what it asks of machines that are not here."""

from __future__ import annotations

from numbers import Real
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import creation, cuda
from .engine import dtypes
from .engine.device import CPU, check_device
from .engine.size import Size
from .engine.tensor import Tensor


class _OfOneDtype(type):
    """`FloatTensor` and its kind: a dtype that makes tensors, and says which are of it."""

    dtype: Any

    def __call__(cls, *data: Any) -> Any:
        if len(data) == 1 and not isinstance(data[0], (Size, Real)):
            return creation.tensor(data[0], cls.dtype)
        return creation.zeros(*data or (0,), dtype=cls.dtype)

    def __instancecheck__(cls, tensor: object) -> bool:
        return isinstance(tensor, Tensor) and tensor.dtype == cls.dtype


def _constructor(name: str, dtype: Any) -> _OfOneDtype:
    return _OfOneDtype(name, (), {"dtype": dtype})


BoolTensor = _constructor("BoolTensor", dtypes.bool)
ByteTensor = _constructor("ByteTensor", dtypes.uint8)
CharTensor = _constructor("CharTensor", dtypes.int8)
DoubleTensor = _constructor("DoubleTensor", dtypes.float64)
FloatTensor = _constructor("FloatTensor", dtypes.float32)
IntTensor = _constructor("IntTensor", dtypes.int32)
LongTensor = _constructor("LongTensor", dtypes.int64)
ShortTensor = _constructor("ShortTensor", dtypes.int16)
CONSTRUCTORS = {name: kind for name, kind in vars().items() if isinstance(kind, _OfOneDtype)}
"""`LongTensor([1, 2])`, `FloatTensor(2, 3)`, `isinstance(t, LongTensor)`, `t.type(LongTensor)`."""


float16 = half = np.dtype(np.float16)
bfloat16 = np.dtype([("bfloat16", np.uint16)])
"""Dtypes that code mentions where it runs on graphics cards; tensors of them are refused."""

accelerator = SimpleNamespace(
    is_available=cuda.is_available, device_count=cuda.device_count, current_accelerator=lambda: None
)
backends = SimpleNamespace(
    cuda=SimpleNamespace(is_built=cuda.is_available, matmul=SimpleNamespace(allow_tf32=False)),
    cudnn=SimpleNamespace(
        allow_tf32=False,
        benchmark=False,
        deterministic=True,
        enabled=False,
        is_available=cuda.is_available,
        version=lambda: None,
    ),
    mps=SimpleNamespace(is_available=cuda.is_available, is_built=cuda.is_available),
)
"""What code asks before it goes to a graphics card: no, no, and no."""


def set_default_device(device: Any) -> None:
    """Accepts the processor.  Raises ValueError for another device.

    >>> set_default_device("cpu")
    """
    check_device("set_default_device", device)


def get_default_device() -> Any:
    """The processor.

    >>> get_default_device()
    device(type='cpu')
    """
    return CPU


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing to choose: all of them are.

    >>> use_deterministic_algorithms(True)
    """


def set_float32_matmul_precision(precision: str) -> None:
    """Nothing to choose: products are computed in the dtype of their factors.

    >>> set_float32_matmul_precision("high")
    """


version = SimpleNamespace(cuda=None, debug=False, hip=None)
"""What PyTorch was built with."""


def set_default_tensor_type(t: Any) -> None:
    """`set_default_dtype` by a constructor of older code, or its name.

    Raises TypeError for another than FloatTensor and DoubleTensor.

    >>> set_default_tensor_type("torch.FloatTensor")
    """
    name = t.rpartition(".")[2] if isinstance(t, str) else getattr(t, "__name__", t)
    if name not in ("FloatTensor", "DoubleTensor"):
        raise TypeError(f"set_default_tensor_type: wanted FloatTensor or DoubleTensor, got {t!r}")
    dtypes.set_default_dtype(CONSTRUCTORS[name].dtype)


def get_float32_matmul_precision() -> str:
    """`"highest"`: products are computed in the dtype of their factors.

    >>> get_float32_matmul_precision()
    'highest'
    """
    return "highest"


def typename(obj: Any) -> str:
    """The name of its type, with the module.

    >>> typename(creation.zeros(1))
    'minigrad.FloatTensor'
    """
    if isinstance(obj, Tensor):
        other = f"{obj.dtype.name.replace('uint', 'UInt')}Tensor"  # which has no constructor
        names = (n for n, t in CONSTRUCTORS.items() if isinstance(obj, t))
        return f"minigrad.{next(names, other)}"
    kind = type(obj)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def svd(input: Any, some: bool = True) -> Any:
    """(U, S, V) with input = U @ diag(S) @ V.T: `linalg.svd`, which is newer, gives V.T.

    >>> svd(creation.ones(2, 1))[1]
    tensor([1.4142135])
    """
    from .linalg import svd

    U, S, Vh = svd(input, not some)
    return U, S, Vh.mT


def qr(input: Any, some: bool = True) -> Any:
    """`linalg.qr`, reduced or complete."""
    from .linalg import qr

    return qr(input, "reduced" if some else "complete")


def inverse(input: Any) -> Any:
    """`linalg.inv`."""
    from .linalg import inv

    return inv(input)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """`linalg.pinv`."""
    from .linalg import pinv

    return pinv(input, rcond)
