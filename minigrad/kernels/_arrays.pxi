# Asking whether arrays fit, and describing them to C.

cdef extern from "numpy/arrayobject.h":
    bint PyArray_ISNOTSWAPPED(np.ndarray)
    bint PyArray_ISCARRAY(np.ndarray)
    bint PyArray_ISCARRAY_RO(np.ndarray)
    object PyArray_FROM_OTF(object, int, int)
    enum:
        NPY_ARRAY_CARRAY_RO
        NPY_ARRAY_ENSURECOPY
        NPY_ARRAY_FORCECAST
        NPY_ARRAY_ENSURECOPY


cdef object refused(str kernel, tuple arguments):
    """Raise what `checks` has to say of arguments that do not fit."""
    getattr(checks, kernel)(*arguments)
    raise IndexError(f"{kernel}: an argument was changed by another thread while it was read")


cdef inline int kind_of(np.ndarray a) noexcept:
    """MG_F32 or MG_F64, the index of the kernels for a's dtype; -1 for any other."""
    cdef int type_number = np.PyArray_TYPE(a)
    if PyArray_ISNOTSWAPPED(a):
        if type_number == np.NPY_FLOAT32:
            return MG_F32
        if type_number == np.NPY_FLOAT64:
            return MG_F64
    return -1


cdef inline bint is_vector(object a, ptrdiff_t n, int kind):
    """Is it None, or n numbers of this kind?"""
    return a is None or (isinstance(a, np.ndarray) and kind_of(a) == kind
                         and np.PyArray_NDIM(a) == 1 and np.PyArray_DIM(a, 0) == n)


cdef inline bint is_matrix(np.ndarray a, ptrdiff_t rows_count, ptrdiff_t columns, int kind):
    return (kind_of(a) == kind and np.PyArray_NDIM(a) == 2
            and np.PyArray_DIM(a, 0) == rows_count and np.PyArray_DIM(a, 1) == columns)


cdef inline bint is_like(np.ndarray a, np.ndarray b):
    """Have they one shape, and one dtype that kernels are for?"""
    return kind_of(a) >= 0 and kind_of(a) == kind_of(b) and np.PyArray_SAMESHAPE(a, b)


cdef inline tuple shape_of(np.ndarray a):
    return (<object>a).shape


cdef inline np.ndarray empty1(ptrdiff_t n, int kind):
    return empty_of(1, [n, 0], kind)


cdef inline np.ndarray empty2(ptrdiff_t rows, ptrdiff_t columns, int kind):
    return empty_of(2, [rows, columns], kind)


cdef inline np.ndarray empty_of(int ndim, np.npy_intp[2] shape, int kind):
    if kind == MG_F64:
        return new_array(ndim, shape, np.NPY_FLOAT64, 8)
    return new_array(ndim, shape, np.NPY_FLOAT32, 4)


cdef inline np.ndarray empty_like(np.ndarray a):
    """A C-contiguous array of a's shape and dtype."""
    return new_array(np.PyArray_NDIM(a), np.PyArray_DIMS(a), np.PyArray_TYPE(a),
                     np.PyArray_ITEMSIZE(a))


cdef inline np.ndarray contiguous(np.ndarray a):
    """a itself if its elements are adjacent in C order, else a copy of which that is true."""
    if PyArray_ISCARRAY_RO(a):
        return a
    return PyArray_FROM_OTF(a, np.PyArray_TYPE(a), NPY_ARRAY_CARRAY_RO)


cdef inline bint countable(np.ndarray a):
    """Whether a's strides are whole elements, aligned; fields of packed records are not."""
    cdef int i
    if not np.PyArray_CHKFLAGS(a, np.NPY_ARRAY_ALIGNED):
        return False
    for i in range(np.PyArray_NDIM(a)):
        if np.PyArray_STRIDE(a, i) % np.PyArray_ITEMSIZE(a):
            return False
    return True


cdef inline np.ndarray strided(np.ndarray a):
    """a itself, or a copy if its strides are not whole elements."""
    return a if countable(a) else contiguous(a)


cdef inline np.ndarray row_wise(np.ndarray a):
    """a (2-D) itself if the elements of each row are adjacent, else a copy."""
    if countable(a) and (np.PyArray_STRIDE(a, 1) == np.PyArray_ITEMSIZE(a)
                         or np.PyArray_DIM(a, 1) <= 1):
        return a
    return contiguous(a)


cdef inline mg_matrix matrix(np.ndarray a):
    """The last two axes of a `strided` array."""
    cdef mg_matrix m
    cdef int last = np.PyArray_NDIM(a) - 1
    m.data = np.PyArray_DATA(a)
    m.row_stride = np.PyArray_STRIDE(a, last - 1) // np.PyArray_ITEMSIZE(a)
    m.column_stride = np.PyArray_STRIDE(a, last) // np.PyArray_ITEMSIZE(a)
    return m


cdef inline mg_matrix transposed(np.ndarray a):
    cdef mg_matrix m = matrix(a)
    m.row_stride, m.column_stride = m.column_stride, m.row_stride
    return m


cdef inline mg_rows rows(np.ndarray a):
    """The rows of a `row_wise` array."""
    cdef mg_rows r
    r.data = np.PyArray_DATA(a)
    r.stride = np.PyArray_STRIDE(a, 0) // np.PyArray_ITEMSIZE(a)
    return r


cdef inline void *data_or_null(np.ndarray a) noexcept nogil:
    return NULL if a is None else np.PyArray_DATA(a)


cdef inline np.ndarray vector(object a):
    """What `is_vector`, as a contiguous array."""
    return None if a is None else contiguous(a)


cdef int done(int status) except -1:
    if status != MG_OK:
        raise MemoryError("no memory for a kernel's working space")
    return 0
