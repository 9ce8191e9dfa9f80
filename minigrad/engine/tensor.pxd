# The C types of tensor.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.tape cimport Node


cdef class _Fields:
    cdef public object _data, _grad
    cdef public bint _requires_grad
    cdef public Node _node
    cdef object __weakref__


@cython.locals(fields=_Fields)
cpdef object result(object array, Node node)
