"""`SummaryWriter`, which writes curves for TensorBoard, from the package tensorboardX."""

try:
    from tensorboardX import SummaryWriter  # type: ignore[import-untyped]
except ImportError as error:
    raise ImportError(
        "minigrad.utils.tensorboard: wanted the package tensorboardX: pip install tensorboardX"
    ) from error

__all__ = ["SummaryWriter"]
