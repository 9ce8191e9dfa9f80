# The C types of record.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, origin, version_of
from minigrad.engine.plan cimport Operation, Plan, make_plan
from minigrad.engine.tape cimport Node
from minigrad.engine.tensor cimport result
from minigrad.engine.version cimport Version


cdef list watchers


cdef class Call(Node):
    cdef readonly Operation operation
    cdef readonly Plan plan
    cdef readonly object kept
    cdef public list versions

    cpdef void free(self)
    @cython.locals(version=Version, kept=list, answers=list, asked=tuple, inputs=tuple, several=bint,
                   new=bint, needed=tuple, i=int, k=int)
    cpdef list pull(self, object g, object needs, bint create_graph)


@cython.locals(node=Call, tensor=Fields, plan=Plan, parents=list, kept=list, versions=list,
               pattern=cython.ulonglong, count=int, i=int, place=int)
cpdef Call record(Operation op, tuple args, list sources, long wanting)

@cython.locals(version=Version)
cpdef list keep_version(Fields tensor, list versions, int place)

cdef list _fill(list versions, int places)
