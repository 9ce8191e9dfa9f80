"""Operations, each beside its derivative; PyTorch's functions; and what `Tensor` can do.

Where an operation's name means something else in PyTorch, `pytorch` has PyTorch's meaning, and
that is what is exported.
"""

from . import (
    arithmetic,
    elementary,
    indexing,
    linalg,
    logic,
    names,
    piecewise,
    pytorch,
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

from .names import *  # isort: skip
from .pytorch import *  # isort: skip  (PyTorch's meanings come last)

from . import methods  # isort: skip  (attach the operations above)

__all__ = []
__all__ += arithmetic.__all__
__all__ += elementary.__all__
__all__ += indexing.__all__
__all__ += linalg.__all__
__all__ += logic.__all__
__all__ += names.__all__
__all__ += piecewise.__all__
__all__ += pytorch.__all__
__all__ += reductions.__all__
__all__ += shaping.__all__
