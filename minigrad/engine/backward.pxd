# The C types of backward.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, origin
from minigrad.engine.tape cimport Node
from minigrad.engine.tensor cimport result


cdef list watchers


@cython.locals(leaf=Fields, own=bint)
cpdef object accumulate(object terms)

cpdef object _add(Fields leaf, object g, bint own)

cpdef object cotangent_of(Fields output, object gradient, bint create_graph, str name=*)
