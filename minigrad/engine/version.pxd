# The C types of version.py, for Cython. Plain Python needs none of them.

cimport cython

@cython.freelist(32)
cdef class Version:
    cdef public long count, changed
    cdef public bint kept
    cdef public list sharers

    cpdef void change(self)
    cpdef void share(self, object tensor)


@cython.locals(version=Version)
cpdef Version new_version()
