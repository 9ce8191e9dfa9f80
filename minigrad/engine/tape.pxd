# The C types of tape.py, for Cython. Plain Python needs none of them.

cimport cython

cdef class Operation:
    cdef readonly str name

    cdef list pull(self, Node node, object g, object needs, bint create_graph)


cdef class _Hold:
    cdef readonly object array, owner
    cdef readonly list late
    cdef object __weakref__


cdef class Node:
    cdef readonly long number
    cdef readonly Operation operation
    cdef readonly object plan
    cdef readonly object parents, kept, holds
    cdef readonly tuple shape
    cdef readonly object dtype
    cdef public object retained
    cdef readonly object line
    cdef object __weakref__

    cdef void free(self)


cdef class _Arrivals:
    cdef dict sums
    cdef set owned
    cdef list frontier

    cdef bint add(self, object at, object g) except -1
    cdef tuple newest(self)


@cython.locals(node=Node)
cdef bint _fits(object parent, object g) except -1

@cython.locals(answers=list, i=int)
cdef list _pulled(Node node, object g, object needs, bint create_graph, bint anomaly)

@cython.locals(under_way=_Arrivals, node=Node, answers=list, first=bint, anomaly=bint)
cpdef dict differentiate(
    object roots, object seeds, set targets=*, bint retain_graph=*, bint create_graph=*)

@cython.locals(shared=int)
cdef bint _fresh(object answer, object g, object kept, list answers) except -1

cpdef _Hold hold(object array)
