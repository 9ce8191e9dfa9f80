# Checking arrays and describing them to C.

cdef extern from "numpy/arrayobject.h":
    bint PyArray_ISNOTSWAPPED(np.ndarray)
    bint PyArray_ISCARRAY(np.ndarray)
    bint PyArray_ISCARRAY_RO(np.ndarray)
    object PyArray_FROM_OTF(object, int, int)
    enum:
        NPY_ARRAY_CARRAY_RO
        NPY_ARRAY_FORCECAST
        NPY_ARRAY_ENSURECOPY


cdef int kind_of(np.ndarray a, str name) except -1:
    """MG_F32 or MG_F64, the index of the kernels for a's dtype."""
    cdef int type_number = np.PyArray_TYPE(a)
    if PyArray_ISNOTSWAPPED(a):
        if type_number == np.NPY_FLOAT32:
            return MG_F32
        if type_number == np.NPY_FLOAT64:
            return MG_F64
    raise TypeError(f"{name} must be float32 or float64, not {a.dtype}")


cdef int same_kind(np.ndarray a, int kind, str name) except -1:
    if kind_of(a, name) != kind:
        wanted = "float64" if kind == MG_F64 else "float32"
        raise TypeError(f"{name} is {a.dtype}, but the other arguments are {wanted}")
    return 0


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


cdef int check_ndim(np.ndarray a, int ndim, str name) except -1:
    if np.PyArray_NDIM(a) != ndim:
        raise ValueError(f"{name} must have {ndim} dimension{'s' if ndim > 1 else ''}, "
                         f"got shape {shape_of(a)}")
    return 0


cdef np.ndarray vector(object a, ptrdiff_t n, int kind, str name):
    """`a`, checked to be None or (n,) numbers of this kind, as a contiguous array."""
    if a is None:
        return None
    if not isinstance(a, np.ndarray):
        raise TypeError(f"{name} must be an array or None, not {type(a).__name__}")
    same_kind(a, kind, name)
    if np.PyArray_NDIM(a) != 1 or np.PyArray_DIM(a, 0) != n:
        raise ValueError(f"{name} must have shape ({n},), got {shape_of(a)}")
    return contiguous(a)


cdef int same_shape(np.ndarray a, np.ndarray b, str name_a, str name_b) except -1:
    if not np.PyArray_SAMESHAPE(a, b):
        raise ValueError(f"{name_a} and {name_b} must have the same shape, "
                         f"got {shape_of(a)} and {shape_of(b)}")
    return 0


cdef int done(int status) except -1:
    if status != MG_OK:
        raise MemoryError("no memory for a kernel's working space")
    return 0
