"""Layers, activations and losses as functions, under PyTorch's names and argument order.

These are the operations that nets need beyond `minigrad.ops`, each beside its derivative and each
with its home here: `activations`, `layers`, `normalization`, losses of numbers in `losses` and of
classes in `classification`.
"""

from ...engine.tensor import Tensor
from ...ops.elementary import tanh
from ...ops.methods import in_place
from . import activations, classification, layers, losses, normalization
from .activations import *
from .classification import *
from .layers import *
from .losses import *
from .normalization import *

__all__ = [
    "tanh",
    *activations.__all__,
    *classification.__all__,
    *layers.__all__,
    *losses.__all__,
    *normalization.__all__,
]

for _name in ("log_softmax", "relu", "sigmoid", "softmax"):
    setattr(Tensor, _name, globals()[_name])
for _name in ("relu", "sigmoid", "tanh"):
    setattr(Tensor, f"{_name}_", in_place(f"{_name}_", globals()[_name]))
