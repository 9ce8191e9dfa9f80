# The C types of backward.py, for Cython. Plain Python needs none of them.

from minigrad.engine.fields cimport Fields, origin
from minigrad.engine.tape cimport Node
from minigrad.engine.tensor cimport result


cdef list watchers


cpdef object accumulate(Fields leaf, object g, bint own)

cdef object _add(Fields leaf, object g, bint own)

cpdef object cotangent_of(Fields output, object gradient, bint create_graph, str name=*)
