"""Operations, each beside its derivative."""
from . import arithmetic, elementary, reductions, shaping
from .arithmetic import *
from .elementary import *
from .shaping import *
from .reductions import *
from ..tensor import Tensor
Tensor.__add__ = arithmetic.add
Tensor.__mul__ = arithmetic.multiply
Tensor.__rmul__ = lambda s, o: arithmetic.multiply(o, s)
Tensor.__pow__ = arithmetic.pow
Tensor.__sub__ = arithmetic.subtract
Tensor.__neg__ = arithmetic.negative
Tensor.__truediv__ = arithmetic.divide
Tensor.__eq__ = arithmetic.equal
Tensor.__ne__ = arithmetic.not_equal
Tensor.__gt__ = arithmetic.greater
Tensor.sum = reductions.sum
Tensor.reshape = shaping.reshape
Tensor.astype = shaping.astype
