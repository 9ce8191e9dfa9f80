# The C types of fields.py, for Cython. Plain Python needs none of them.

from minigrad.engine.tape cimport Leaf, Node
from minigrad.engine.version cimport Version, new_version


cdef class Fields(Leaf):
    cdef public object _grad, _view, _written_hooks
    cdef public bint _requires_grad
    cdef public Node _node
    cdef public Version _version_
    cdef dict __dict__
    cdef object __weakref__


cpdef object origin(Fields tensor)

cpdef Version version_of(Fields tensor)

cpdef object view_of(Fields tensor, Fields other)

cpdef object array_of(Fields tensor)
