from . import autograd, creation, gradcheck as _g, ops
from .autograd import enable_grad, no_grad
from .creation import *
from .gradcheck import *
from .operation import operation
from .ops import *
from .tensor import Tensor
