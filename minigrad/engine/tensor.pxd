# The C types of tensor.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, origin, version_of, view_of
from minigrad.engine.tape cimport Node


cdef list watchers


@cython.locals(kind=type, fields=Fields)
cpdef object result(object array, Node node)

cpdef object accumulate(Fields leaf, object g, bint own)

cpdef object cotangent_of(Fields output, object gradient, bint create_graph, str name=*)
