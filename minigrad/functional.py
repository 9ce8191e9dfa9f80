"""PyTorch's `torch.functional`: operations that `minigrad` itself has, under one more name."""

from .ops import *  # noqa: F403
