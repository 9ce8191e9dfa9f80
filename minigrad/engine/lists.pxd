# The C types of lists.py, for Cython. Plain Python needs none of them.

cimport cython

from minigrad.engine.fields cimport Fields, array_of, version_of


@cython.locals(tensor=Fields, found=list, arrays=list, grads=list, states=list)
cpdef tuple gather(object params, object known, object keys)

@cython.locals(tensor=Fields, kept=list, arrays=list)
cpdef list kept_arrays(object keys, list states)

cpdef list next_steps(list states)

@cython.locals(tensor=Fields)
cpdef object forget_gradients(object tensors)

@cython.locals(tensor=Fields)
cpdef object count_changes(list tensors)

@cython.locals(tensor=Fields)
cpdef object have_versions(list tensors)

@cython.locals(tensor=Fields)
cpdef bint are_leaves(object tensors, list arrays, list wanting) except -1

@cython.locals(leaf=Fields, grad=Fields)
cpdef bint keep_gradients(list leaves, list grads, list arrays) except -1
