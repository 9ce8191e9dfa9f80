"""Layers, activations and losses as functions, under PyTorch's names and argument order.

These are the operations that nets need beyond `minigrad.ops`, each beside its derivative and each
with its home here: `activations`, `layers`, `normalization`, losses of numbers in `losses` and of
classes in `classification`; and what is composed from them.
"""

from sys import modules as _modules
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ...absent import explain_absence as _explain_absence
from ...engine.arguments import with_aliases as _with_aliases
from ...ops.elementary import tanh
from ...ops.methods import in_place as _in_place_method
from . import (
    activations,
    attention,
    classification,
    distance,
    in_place,
    layers,
    likelihood,
    lookup,
    losses,
    margin,
    masks,
    normalization,
    norms,
    padding,
    piecewise_linear,
    smooth,
    softmaxes,
)
from . import older as _older
from .activations import *
from .attention import *
from .classification import *
from .distance import *
from .in_place import *
from .layers import *
from .likelihood import *
from .lookup import *
from .losses import *
from .margin import *
from .masks import *
from .normalization import *
from .norms import *
from .padding import *
from .piecewise_linear import *
from .smooth import *
from .softmaxes import *

if _TYPE_CHECKING:
    from .adaptive import *
    from .convolution import *
    from .folding import *
    from .interpolation import *
    from .pooling import *

__all__ = ["tanh"]
__all__ += activations.__all__
__all__ += attention.__all__
__all__ += classification.__all__
__all__ += distance.__all__
__all__ += in_place.__all__
__all__ += layers.__all__
__all__ += likelihood.__all__
__all__ += lookup.__all__
__all__ += losses.__all__
__all__ += margin.__all__
__all__ += masks.__all__
__all__ += normalization.__all__
__all__ += norms.__all__
__all__ += padding.__all__
__all__ += piecewise_linear.__all__
__all__ += smooth.__all__
__all__ += softmaxes.__all__


LATER = {
    name: home
    for home, names in {
        "adaptive": """
            adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
            adaptive_max_pool2d adaptive_max_pool3d
        """,
        "convolution": """
            conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
        """,
        "folding": "fold unfold",
        "interpolation": "interpolate pixel_shuffle pixel_unshuffle upsample",
        "pooling": "avg_pool1d avg_pool2d avg_pool3d max_pool1d max_pool2d max_pool3d",
    }.items()
    for name in names.split()
}
"""In which module is what few nets need, and what is imported when it is first asked for."""

for _name in {*__all__} - {"batch_norm", "cross_entropy"}:  # which are called in every step
    if not hasattr(globals()[_name], "operation"):
        globals()[_name] = _with_aliases(globals()[_name])
for _name in _older.OLDER:
    globals()[_name] = _older.of_function(_name, globals()[_name])
for _name in "celu elu hardtanh leaky_relu relu rrelu selu sigmoid tanh threshold".split():
    globals()[f"{_name}_"] = _in_place_method(f"{_name}_", globals()[_name])
    __all__.append(f"{_name}_")
for _name in __all__:
    _function = globals()[_name]
    if getattr(_modules[_function.__module__], _name, None) is not _function:
        _function.__module__ = __name__  # here pickle finds it

__all__ += LATER

_explain_absence(globals())
