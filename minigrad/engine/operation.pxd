# The C types of operation.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.tape cimport Node, Operation, hold
from minigrad.engine.tensor cimport _Fields, result


cdef class _Plan:
    cdef readonly tuple values, shapes, calls


cdef class _Operation(Operation):
    cdef public object forward
    cdef readonly tuple saves
    cdef readonly bint real, variadic
    cdef readonly int required, told
    cdef readonly list names, defaults, rules
    cdef readonly dict places, plans
    cdef readonly tuple inputs

    cdef list bind(self, object args, dict kwargs)
    @cython.locals(i=int, recorded=bint)
    cdef object run(self, tuple args, list values, long needs)
    @cython.locals(tensor=_Fields, plan=_Plan, parents=list, kept=list, pattern=long, count=int, i=int, j=int)
    cdef Node record(self, tuple args, list sources, long needs)
    @cython.locals(kept=list, answers=list, wants=tuple, inputs=tuple, several=bint, wanted=tuple,
                   i=int, k=int)
    cdef list pull(self, Node node, object g, object needs, bint create_graph)


@cython.locals(tensor=_Fields, values=list, given=bint, needs=long, i=int)
cdef object _call(_Operation op, tuple args, dict kwargs, list saved=*)

cdef object _call_on_several(_Operation op, tuple args, dict kwargs)
