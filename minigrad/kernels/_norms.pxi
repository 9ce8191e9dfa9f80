# Batch normalisation. C sees rows of channels; another channel axis is moved to the end first.

cdef np.ndarray channel_rows(np.ndarray x, int axis):
    """x with the channel axis last, as a `row_wise` matrix."""
    if np.PyArray_NDIM(x) == 2 and axis == 1:
        return row_wise(x)
    moved = np.moveaxis(x, axis, -1)
    rows_count = np.PyArray_SIZE(x) // max(np.PyArray_DIM(x, axis), 1)
    return contiguous(moved.reshape(rows_count, np.PyArray_DIM(x, axis)))


cdef np.ndarray like_input(np.ndarray out, np.ndarray x, int axis):
    """The inverse of `channel_rows` for a result."""
    if np.PyArray_NDIM(x) == 2 and axis == 1:
        return out
    shape = shape_of(x)
    return np.moveaxis(out.reshape(shape[:axis] + shape[axis + 1:] + (shape[axis],)), -1, axis)


cdef inline int channel_axis(np.ndarray x, int axis) noexcept:
    """The axis counted from the front, of an x that kernels are for; -1 where there is none."""
    cdef int ndim = np.PyArray_NDIM(x)
    if kind_of(x) < 0 or ndim < 2 or not -ndim <= axis < ndim:
        return -1
    return axis + ndim if axis < 0 else axis


def batch_norm(np.ndarray x not None, weight, bias, double eps, int axis=1):
    cdef int kind = kind_of(x), status, channels = channel_axis(x, axis)
    cdef np.ndarray x_rows, out, mean, var, invstd, scale, offset
    cdef mg_rows r
    cdef ptrdiff_t n, c
    c = np.PyArray_DIM(x, channels) if channels >= 0 else 0
    if channels < 0 or not (is_vector(weight, c, kind) and is_vector(bias, c, kind)):
        refused("batch_norm", (x, weight, bias, eps, axis))
    axis = channels
    scale = vector(weight)
    offset = vector(bias)
    x_rows = channel_rows(x, axis)
    n = np.PyArray_DIM(x_rows, 0)
    r = rows(x_rows)
    out = empty2(n, c, kind)
    mean = empty1(c, kind)
    var = empty1(c, kind)
    invstd = empty1(c, kind)
    with nogil:
        status = mg_kernels[kind].batch_norm(
            np.PyArray_DATA(out), np.PyArray_DATA(mean), np.PyArray_DATA(var),
            np.PyArray_DATA(invstd), r, data_or_null(scale), data_or_null(offset), eps, n, c)
    done(status)
    return like_input(out, x, axis), mean, var, invstd


def batch_norm_inference(np.ndarray x not None, np.ndarray mean not None,
                         np.ndarray var not None, weight, bias, double eps, int axis=1):
    cdef int kind = kind_of(x), status, channels = channel_axis(x, axis)
    cdef np.ndarray x_rows, out, scale, offset
    cdef mg_rows r
    cdef ptrdiff_t n, c
    c = np.PyArray_DIM(x, channels) if channels >= 0 else 0
    if channels < 0 or not (is_vector(mean, c, kind) and is_vector(var, c, kind)
                            and is_vector(weight, c, kind) and is_vector(bias, c, kind)):
        refused("batch_norm_inference", (x, mean, var, weight, bias, eps, axis))
    axis = channels
    mean = vector(mean)
    var = vector(var)
    scale = vector(weight)
    offset = vector(bias)
    x_rows = channel_rows(x, axis)
    n = np.PyArray_DIM(x_rows, 0)
    r = rows(x_rows)
    out = empty2(n, c, kind)
    with nogil:
        status = mg_kernels[kind].batch_norm_inference(
            np.PyArray_DATA(out), r, np.PyArray_DATA(mean), np.PyArray_DATA(var),
            data_or_null(scale), data_or_null(offset), eps, n, c)
    done(status)
    return like_input(out, x, axis)


def batch_norm_backward(np.ndarray g not None, np.ndarray x not None, np.ndarray mean not None,
                        np.ndarray invstd not None, weight, int axis=1,
                        needs=(True, True, True)):
    return norm_backward(g, x, mean, invstd, weight, axis, needs, False, 0)


def batch_norm_inference_backward(np.ndarray g not None, np.ndarray x not None,
                                  np.ndarray mean not None, np.ndarray var not None, weight,
                                  double eps, int axis=1, needs=(True, True, True)):
    return norm_backward(g, x, mean, var, weight, axis, needs, True, eps)


cdef tuple norm_backward(np.ndarray g, np.ndarray x, np.ndarray mean, np.ndarray spread, weight,
                         int axis, needs, bint inference, double eps):
    """`spread` is the variance in inference, else the inverse standard deviation."""
    cdef int kind = kind_of(x), status, channels = channel_axis(x, axis)
    cdef np.ndarray x_rows, g_rows, scale, dx = None, dweight = None, dbias = None
    cdef mg_rows rx, rg
    cdef ptrdiff_t n, c
    cdef bint need_x, need_weight, need_bias
    need_x, need_weight, need_bias = needs
    c = np.PyArray_DIM(x, channels) if channels >= 0 else 0
    if channels < 0 or not (is_like(g, x) and is_vector(mean, c, kind)
                            and is_vector(spread, c, kind) and is_vector(weight, c, kind)):
        if inference:
            refused("batch_norm_inference_backward", (g, x, mean, spread, weight, eps, axis))
        refused("batch_norm_backward", (g, x, mean, spread, weight, axis))
    axis = channels
    mean = vector(mean)
    spread = vector(spread)
    scale = vector(weight)
    x_rows = channel_rows(x, axis)
    g_rows = channel_rows(g, axis)
    n = np.PyArray_DIM(x_rows, 0)
    rx = rows(x_rows)
    rg = rows(g_rows)
    if need_x:
        dx = empty2(n, c, kind)
    if need_weight:
        dweight = empty1(c, kind)
    if need_bias:
        dbias = empty1(c, kind)
    with nogil:
        if inference:
            status = mg_kernels[kind].batch_norm_inference_backward(
                data_or_null(dx), data_or_null(dweight), data_or_null(dbias), rg, rx,
                np.PyArray_DATA(mean), np.PyArray_DATA(spread), data_or_null(scale), eps, n, c)
        else:
            status = mg_kernels[kind].batch_norm_backward(
                data_or_null(dx), data_or_null(dweight), data_or_null(dbias), rg, rx,
                np.PyArray_DATA(mean), np.PyArray_DATA(spread), data_or_null(scale), n, c)
    done(status)
    return like_input(dx, x, axis) if need_x else None, dweight, dbias
