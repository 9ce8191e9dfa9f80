# The C types of drop.py, for Cython. Plain Python needs none of them.

cimport cython


cdef class Link:
    cdef readonly object parents


cdef bint _leads_on(Link link) except -1

@cython.locals(waiting=list)
cdef object _drop(Link link)
