# The C types of promote.py, for Cython. Plain Python needs none of them.

from minigrad.engine.fields cimport Fields
from minigrad.engine.plan cimport Operation


cpdef object promote(Operation op, object args, list values)
