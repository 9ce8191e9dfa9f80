"""Operations, each beside its derivative; `methods.py` attaches them to `Tensor`."""

from . import (
    arithmetic,
    elementary,
    indexing,
    linalg,
    logic,
    piecewise,
    reductions,
    shaping,
)
from .arithmetic import *
from .elementary import *
from .indexing import *
from .linalg import *
from .logic import *
from .piecewise import *
from .reductions import *
from .shaping import *

from . import methods  # isort: skip  (attaches the operations above)

_MODULES = (arithmetic, elementary, indexing, linalg, logic, piecewise, reductions, shaping)
__all__ = [name for module in _MODULES for name in module.__all__]
