# The C types of call.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, origin, version_of, view_of
from minigrad.engine.tape cimport Node
from minigrad.engine.tensor cimport result
from minigrad.engine.version cimport Version


cdef list watchers


cdef class Plan:
    cdef readonly tuple values, shapes, rules
    cdef readonly bint keeps_output


cdef class Call(Node)


cdef class Operation:
    cdef readonly str name
    cdef public object forward
    cdef readonly list names, defaults
    cdef readonly bint variadic, real, same_dtype, trusted
    cdef readonly int required, told
    cdef readonly tuple saves
    cdef public tuple inputs
    cdef public dict plans
    cdef public object plan, bind_keywords

    cdef tuple bind(self, tuple args, dict kwargs)
    @cython.locals(i=int)
    cdef object promote(self, tuple args, list values)
    @cython.locals(node=Call)
    cdef object run(self, tuple args, list values, long wanting)
    @cython.locals(given=list)
    cdef object forward_read_only(self, list values)
    @cython.locals(node=Call, tensor=Fields, plan=Plan, parents=list, kept=list, versions=list,
                   pattern=cython.ulonglong, count=int, i=int)
    cdef Call record(self, tuple args, list sources, long wanting)


cdef class Call(Node):
    cdef readonly Operation operation
    cdef readonly Plan plan
    cdef readonly object kept
    cdef public list versions

    cpdef void free(self)
    @cython.locals(version=Version, kept=list, answers=list, asked=tuple, inputs=tuple, several=bint,
                   new=bint, needed=tuple, i=int, k=int)
    cpdef list pull(self, object g, object needs, bint create_graph)


@cython.locals(version=Version)
cdef list keep_version(Fields tensor, list versions)

@cython.locals(tensor=Fields, values=list, given=bint, wanting=long, i=int)
cdef object _call(Operation op, tuple args, dict kwargs, list saved=*)

cdef object _call_on_several(Operation op, tuple args, dict kwargs)
