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
    cdef int kind = kind_of(x)
    if kind < 0:
        refused("relu", (x,))
    return mapped(mg_kernels[kind].relu, x)


def relu_backward(np.ndarray g not None, np.ndarray out not None):
    if not is_like(g, out):
        refused("relu_backward", (g, out))
    return pulled(mg_kernels[kind_of(g)].relu_backward, g, out)


def sigmoid(np.ndarray x not None):
    cdef int kind = kind_of(x)
    if kind < 0:
        refused("sigmoid", (x,))
    return mapped(mg_kernels[kind].sigmoid, x)


def erf(np.ndarray x not None):
    cdef int kind = kind_of(x)
    if kind < 0:
        refused("erf", (x,))
    return mapped(mg_kernels[kind].erf, x)


def erfc(np.ndarray x not None):
    cdef int kind = kind_of(x)
    if kind < 0:
        refused("erfc", (x,))
    return mapped(mg_kernels[kind].erfc, x)


def gelu(np.ndarray x not None):
    cdef int kind = kind_of(x)
    if kind < 0:
        refused("gelu", (x,))
    return mapped(mg_kernels[kind].gelu, x)


def gelu_backward(np.ndarray g not None, np.ndarray x not None):
    if not is_like(g, x):
        refused("gelu_backward", (g, x))
    return pulled(mg_kernels[kind_of(g)].gelu_backward, g, x)


def dropout(np.ndarray x not None, double p, seed):
    cdef int kind = kind_of(x), status
    cdef np.ndarray out
    cdef ptrdiff_t n = np.PyArray_SIZE(x)
    cdef uint64_t counter = 0
    if kind < 0 or not 0 <= p <= 1:
        refused("dropout", (x, p, seed))
    try:
        counter = seed
    except OverflowError:
        refused("dropout", (x, p, seed))
    out = empty_like(x)
    x = contiguous(x)
    with nogil:
        status = mg_kernels[kind].dropout(np.PyArray_DATA(out), np.PyArray_DATA(x), p, counter, n)
    done(status)
    return out
