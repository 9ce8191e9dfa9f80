# Matrix products and linear layers.

def matmul(np.ndarray a not None, np.ndarray b not None):
    cdef int kind = kind_of(a), status
    cdef np.ndarray out
    cdef mg_matrix ma, mb
    cdef ptrdiff_t m, n, k
    if kind < 0 or kind_of(b) != kind or np.PyArray_NDIM(a) < 2 or np.PyArray_NDIM(b) < 2:
        refused("matmul", (a, b))
    m = np.PyArray_DIM(a, np.PyArray_NDIM(a) - 2)
    k = np.PyArray_DIM(a, np.PyArray_NDIM(a) - 1)
    n = np.PyArray_DIM(b, np.PyArray_NDIM(b) - 1)
    if np.PyArray_DIM(b, np.PyArray_NDIM(b) - 2) != k:
        refused("matmul", (a, b))
    a = strided(a)
    b = strided(b)
    if np.PyArray_NDIM(a) > 2 or np.PyArray_NDIM(b) > 2:
        return batched_matmul(a, b, kind, m, n, k)
    out = empty2(m, n, kind)
    ma = matrix(a)
    mb = matrix(b)
    with nogil:
        status = mg_kernels[kind].gemm(np.PyArray_DATA(out), ma, mb, NULL, 0, m, n, k)
    done(status)
    return out


cdef np.ndarray batched_matmul(np.ndarray a, np.ndarray b, int kind,
                               ptrdiff_t m, ptrdiff_t n, ptrdiff_t k):
    cdef np.ndarray out
    cdef mg_matrix ma, mb
    cdef ptrdiff_t count, i, rest, offset_a, offset_b, itemsize = np.PyArray_ITEMSIZE(a)
    cdef int axis, axes, status = MG_OK
    checks.matmul(a, b)
    batch = np.broadcast_shapes(shape_of(a)[:-2], shape_of(b)[:-2])
    if np.PyArray_NDIM(b) == 2 and PyArray_ISCARRAY_RO(a):  # one product with more rows
        return matmul(a.reshape(prod(batch) * m, k), b).reshape(batch + (m, n))
    out = np.empty(batch + (m, n), a.dtype)
    a = np.broadcast_to(a, batch + (m, k))
    b = np.broadcast_to(b, batch + (k, n))
    ma = matrix(a)
    mb = matrix(b)
    axes = np.PyArray_NDIM(out) - 2
    count = np.PyArray_SIZE(out) // (m * n) if m and n else 0
    with nogil:
        for i in range(count):
            rest = i
            offset_a = offset_b = 0
            for axis in range(axes - 1, -1, -1):
                offset_a += rest % np.PyArray_DIM(out, axis) * np.PyArray_STRIDE(a, axis)
                offset_b += rest % np.PyArray_DIM(out, axis) * np.PyArray_STRIDE(b, axis)
                rest //= np.PyArray_DIM(out, axis)
            ma.data = <char *>np.PyArray_DATA(a) + offset_a
            mb.data = <char *>np.PyArray_DATA(b) + offset_b
            status = mg_kernels[kind].gemm(
                <char *>np.PyArray_DATA(out) + i * m * n * itemsize, ma, mb, NULL, 0, m, n, k)
            if status != MG_OK:
                break
    done(status)
    return out


def linear(np.ndarray x not None, np.ndarray weight not None, bias=None, bint relu=False):
    cdef int kind = kind_of(x), status
    cdef np.ndarray out, offset
    cdef mg_matrix mx, mw
    cdef ptrdiff_t n, n_in, n_out
    if not (fit_linear(x, weight, kind) and is_vector(bias, np.PyArray_DIM(weight, 0), kind)):
        refused("linear", (x, weight, bias))
    n = np.PyArray_DIM(x, 0)
    n_in = np.PyArray_DIM(x, 1)
    n_out = np.PyArray_DIM(weight, 0)
    offset = vector(bias)
    x = strided(x)
    weight = strided(weight)
    out = empty2(n, n_out, kind)
    mx = matrix(x)
    mw = transposed(weight)
    with nogil:
        status = mg_kernels[kind].gemm(np.PyArray_DATA(out), mx, mw, data_or_null(offset), relu,
                                       n, n_out, n_in)
    done(status)
    return out


cdef inline bint fit_linear(np.ndarray x, np.ndarray weight, int kind):
    return (kind >= 0 and kind_of(x) == kind and kind_of(weight) == kind
            and np.PyArray_NDIM(x) == 2 and np.PyArray_NDIM(weight) == 2
            and np.PyArray_DIM(x, 1) == np.PyArray_DIM(weight, 1))


def linear_backward(np.ndarray g not None, np.ndarray x not None, np.ndarray weight not None,
                    out=None, needs=(True, True, True)):
    cdef int kind = kind_of(g), status = MG_OK
    cdef np.ndarray dx = None, dweight = None, dbias = None, masked = None
    cdef mg_matrix mg, mgt, mx, mw
    cdef mg_rows rows_g, rows_out
    cdef ptrdiff_t n, n_in, n_out
    cdef bint need_x, need_weight, need_bias
    need_x, need_weight, need_bias = needs
    if not fit_linear(x, weight, kind):
        refused("linear_backward", (g, x, weight, out))
    n = np.PyArray_DIM(x, 0)
    n_in = np.PyArray_DIM(x, 1)
    n_out = np.PyArray_DIM(weight, 0)
    if not is_matrix(g, n, n_out, kind) or not (
            out is None or (isinstance(out, np.ndarray) and is_like(out, g))):
        refused("linear_backward", (g, x, weight, out))
    rows_out.data = NULL
    rows_out.stride = 0
    if out is not None:
        out = row_wise(out)
        rows_out = rows(out)
        masked = empty2(n, n_out, kind)
    if need_bias:
        dbias = empty1(n_out, kind)
    if need_bias or masked is not None:
        g = row_wise(g)
        rows_g = rows(g)
        with nogil:
            status = mg_kernels[kind].bias_gradient(data_or_null(dbias), data_or_null(masked),
                                                    rows_g, rows_out, n, n_out)
        done(status)
        if masked is not None:
            g = masked
    g = strided(g)
    x = strided(x)
    weight = strided(weight)
    mg = matrix(g)
    mgt = transposed(g)
    mx = matrix(x)
    mw = matrix(weight)
    if need_x:
        dx = empty2(n, n_in, kind)
    if need_weight:
        dweight = empty2(n_out, n_in, kind)
    with nogil:
        # forward: out = x weight^T, so that dx = g weight and dweight = g^T x
        if need_x:
            status = mg_kernels[kind].gemm(np.PyArray_DATA(dx), mg, mw, NULL, 0, n, n_in, n_out)
        if need_weight and status == MG_OK:
            status = mg_kernels[kind].gemm(np.PyArray_DATA(dweight), mgt, mx, NULL, 0,
                                           n_out, n_in, n)
    done(status)
    return dx, dweight, dbias
