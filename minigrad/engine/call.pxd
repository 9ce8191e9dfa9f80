# The C types of call.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, view_of
from minigrad.engine.plan cimport Operation
from minigrad.engine.promote cimport promote
from minigrad.engine.record cimport Call, keep_version, record
from minigrad.engine.tensor cimport result


cdef list watchers


@cython.locals(tensor=Fields, values=list, given=bint, wanting=long, i=int)
cdef object _call(Operation op, tuple args, dict kwargs, list saved=*)

cdef object _call_on_several(Operation op, tuple args, dict kwargs, list saved=*)

cdef tuple bind(Operation op, tuple args, dict kwargs)

@cython.locals(node=Call)
cdef object run(Operation op, tuple args, list values, long wanting)

cdef object check(Operation op, tuple args, list values)

cdef bint _is_among(list kept, object out)

cdef object forward(Operation op, list values)
