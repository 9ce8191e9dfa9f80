# ReLU and dropout.

def relu(np.ndarray x not None):
    cdef int kind = kind_of(x, "x"), status
    cdef np.ndarray out = empty_like(x)
    cdef ptrdiff_t n = np.PyArray_SIZE(x)
    x = contiguous(x)
    with nogil:
        status = mg_kernels[kind].relu(np.PyArray_DATA(out), np.PyArray_DATA(x), n)
    done(status)
    return out


def relu_backward(np.ndarray g not None, np.ndarray out not None):
    cdef int kind = kind_of(g, "g"), status
    cdef np.ndarray dx
    cdef ptrdiff_t n = np.PyArray_SIZE(g)
    same_kind(out, kind, "out")
    same_shape(g, out, "g", "out")
    dx = empty_like(g)
    g = contiguous(g)
    out = contiguous(out)
    with nogil:
        status = mg_kernels[kind].relu_backward(np.PyArray_DATA(dx), np.PyArray_DATA(g),
                                                np.PyArray_DATA(out), n)
    done(status)
    return dx


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
