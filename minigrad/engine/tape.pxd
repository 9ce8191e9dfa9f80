# The C types of tape.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.drop cimport Link


cdef list watchers


cdef class Node(Link):
    cdef readonly long number
    cdef readonly str name
    cdef readonly object shape  # a tuple, or a Size
    cdef readonly object dtype
    cdef readonly bint freed
    cdef public object retained, hook, line
    cdef object __weakref__

    cpdef object start(self, str name, object parents, object shape, object dtype)
    cpdef list pull(self, object g, object needs, bint create_graph)
    cpdef void free(self)


cdef class Leaf:
    cdef public object _data, _hook


cdef class Sums:
    cdef readonly dict totals
    cdef readonly set own
    cdef readonly list waiting

    cpdef object add(self, object receiver, object term, bint new)
    cpdef tuple newest(self)


cdef class WatchedSums(Sums):
    cpdef object add(self, object receiver, object term, bint new)


@cython.locals(sums=Sums, node=Node, leaf=Leaf, new=bint, watched=bint)
cpdef dict differentiate(
    object roots, object seeds, set targets=*, bint retain_graph=*, bint create_graph=*,
    bint ends=*)

@cython.locals(terms=list, i=int)
cdef list _terms(Node node, object g, object needs, bint create_graph, bint watched)

@cython.locals(node=Node, leaf=Leaf)
cdef bint _fits(object parent, object g) except -1
