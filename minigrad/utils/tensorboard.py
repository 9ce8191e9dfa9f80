"""`SummaryWriter`, which writes curves for TensorBoard, from the package tensorboardX."""

from functools import cache
from typing import Any

import numpy as np

from ..engine.tensor import Tensor


def __getattr__(name: str) -> Any:
    """Find `SummaryWriter` when it is asked for: minigrad does not need tensorboardX itself."""
    if name != "SummaryWriter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import tensorboardX
    except ImportError as error:
        raise ImportError(
            "minigrad.utils.tensorboard: wanted the package tensorboardX: pip install tensorboardX"
        ) from error

    return _writer(tensorboardX.SummaryWriter)


@cache
def _writer(kind: Any) -> Any:
    class SummaryWriter(kind):  # type: ignore[misc]
        """tensorboardX's, whose methods take tensors for arrays, recorded ones too."""

        def __getattribute__(self, name: str) -> Any:
            found = super().__getattribute__(name)
            if not name.startswith("add_") or name == "add_graph":
                return found
            return lambda *args, **kwargs: found(
                *map(_array, args), **{n: _array(v) for n, v in kwargs.items()}
            )

    return SummaryWriter


def _array(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _array(v) for name, v in value.items()}
    if isinstance(value, Tensor):
        array = value.detach().numpy()
        return array if value.ndim else np.asarray(array).reshape(1)[0]
    return value
