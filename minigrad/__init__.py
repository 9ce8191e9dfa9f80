from .tensor import Tensor
from .operation import operation
from . import ops, autograd
from .autograd import no_grad, enable_grad
