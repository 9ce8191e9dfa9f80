# Kernels that look at one element at a time.

ctypedef int (*map_function)(void *, const void *, ptrdiff_t) noexcept nogil
ctypedef int (*pull_function)(void *, const void *, const void *, ptrdiff_t) noexcept nogil


cdef np.ndarray mapped(map_function function, np.ndarray x):
    """function(out, x, n) of an array of any layout."""
    cdef np.ndarray out = empty_like(x)
    cdef ptrdiff_t n = np.PyArray_SIZE(x)
    cdef int status
    x = contiguous(x)
    with nogil:
        status = function(np.PyArray_DATA(out), np.PyArray_DATA(x), n)
    done(status)
    return out


cdef np.ndarray pulled(pull_function function, np.ndarray g, np.ndarray other):
    """function(dx, g, other, n) of two arrays of one shape."""
    cdef np.ndarray dx = empty_like(g)
    cdef ptrdiff_t n = np.PyArray_SIZE(g)
    cdef int status
    g = contiguous(g)
    other = contiguous(other)
    with nogil:
        status = function(np.PyArray_DATA(dx), np.PyArray_DATA(g), np.PyArray_DATA(other), n)
    done(status)
    return dx


def relu(np.ndarray x not None):
    return mapped(mg_kernels[kind_of(x, "x")].relu, x)


def relu_backward(np.ndarray g not None, np.ndarray out not None):
    cdef int kind = kind_of(g, "g")
    same_kind(out, kind, "out")
    same_shape(g, out, "g", "out")
    return pulled(mg_kernels[kind].relu_backward, g, out)


def sigmoid(np.ndarray x not None):
    return mapped(mg_kernels[kind_of(x, "x")].sigmoid, x)


def erf(np.ndarray x not None):
    return mapped(mg_kernels[kind_of(x, "x")].erf, x)


def erfc(np.ndarray x not None):
    return mapped(mg_kernels[kind_of(x, "x")].erfc, x)


def gelu(np.ndarray x not None):
    return mapped(mg_kernels[kind_of(x, "x")].gelu, x)


def gelu_backward(np.ndarray g not None, np.ndarray x not None):
    cdef int kind = kind_of(g, "g")
    same_kind(x, kind, "x")
    same_shape(g, x, "g", "x")
    return pulled(mg_kernels[kind].gelu_backward, g, x)


def dropout(np.ndarray x not None, double p, seed):
    cdef int kind = kind_of(x, "x"), status
    cdef np.ndarray out
    cdef ptrdiff_t n = np.PyArray_SIZE(x)
    cdef uint64_t counter
    if not 0 <= p <= 1:
        raise ValueError(f"p must be between 0 and 1, got {p}")
    try:
        counter = seed
    except OverflowError:
        raise ValueError(f"seed must be between 0 and 2**64 - 1, got {seed}") from None
    out = empty_like(x)
    x = contiguous(x)
    with nogil:
        status = mg_kernels[kind].dropout(np.PyArray_DATA(out), np.PyArray_DATA(x), p, counter, n)
    done(status)
    return out
