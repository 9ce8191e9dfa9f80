"""`SummaryWriter`, which writes curves for TensorBoard, from the package tensorboardX."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Find `SummaryWriter` when it is asked for: minigrad does not need tensorboardX itself."""
    if name != "SummaryWriter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from tensorboardX import SummaryWriter
    except ImportError as error:
        raise ImportError(
            "minigrad.utils.tensorboard: wanted the package tensorboardX: pip install tensorboardX"
        ) from error
    return SummaryWriter
