# The C types of tensor.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, version_of, view_of
from minigrad.engine.tape cimport Node


cdef list watchers


@cython.locals(kind=type, fields=Fields)
cpdef object result(object array, Node node)
