# The C types of plan.py, for Cython. Plain Python needs none of them.

cdef class Operation:
    cdef readonly str name
    cdef public object forward
    cdef readonly list names, defaults, rules
    cdef readonly bint variadic, real, same_dtype, trusted
    cdef readonly int required, told
    cdef readonly tuple saves, flags
    cdef public bint views, checked
    cdef public tuple inputs
    cdef public dict plans


cdef class Plan:
    cdef readonly tuple values, shapes, rules
    cdef readonly bint keeps_output


cpdef Plan make_plan(Operation op, object parents)
