# The C types of tensor.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.tape cimport Node
from minigrad.engine.version cimport Version, new_version


cdef class Fields:
    cdef public object _data, _grad, _view, _hook, _written_hooks
    cdef public bint _requires_grad
    cdef public Node _node
    cdef public Version _version_
    cdef dict __dict__
    cdef object __weakref__


@cython.locals(fields=Fields)
cpdef object result(object array, Node node)

cpdef Version version_of(Fields tensor)

cpdef object view_of(Fields tensor, Fields other)

@cython.locals(tensor=Fields, found=list, arrays=list, grads=list)
cpdef tuple with_gradients(object tensors)

@cython.locals(state=dict)
cpdef list arrays_under(str key, list states)

cdef object array_of(Fields tensor)

@cython.locals(tensor=Fields)
cpdef object count_changes(list tensors)
