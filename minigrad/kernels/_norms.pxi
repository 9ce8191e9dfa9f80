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


cdef int channel_axis(np.ndarray x, int axis) except -1:
    cdef int ndim = np.PyArray_NDIM(x)
    if ndim < 2:
        raise ValueError(f"x must have at least 2 dimensions, got shape {shape_of(x)}")
    if not -ndim <= axis < ndim:
        raise ValueError(f"axis {axis} is out of range for x of shape {shape_of(x)}")
    return axis + ndim if axis < 0 else axis


def batch_norm(np.ndarray x not None, weight, bias, double eps, int axis=1):
    cdef int kind = kind_of(x, "x"), status
    cdef np.ndarray x_rows, out, mean, var, invstd, scale, offset
    cdef mg_rows r
    cdef ptrdiff_t n, c
    axis = channel_axis(x, axis)
    c = np.PyArray_DIM(x, axis)
    scale = vector(weight, c, kind, "weight")
    offset = vector(bias, c, kind, "bias")
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
    cdef int kind = kind_of(x, "x"), status
    cdef np.ndarray x_rows, out, scale, offset
    cdef mg_rows r
    cdef ptrdiff_t n, c
    axis = channel_axis(x, axis)
    c = np.PyArray_DIM(x, axis)
    mean = vector(mean, c, kind, "mean")
    var = vector(var, c, kind, "var")
    scale = vector(weight, c, kind, "weight")
    offset = vector(bias, c, kind, "bias")
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
    cdef int kind = kind_of(x, "x"), status
    cdef np.ndarray x_rows, g_rows, scale, dx = None, dweight = None, dbias = None
    cdef mg_rows rx, rg
    cdef ptrdiff_t n, c
    cdef bint need_x, need_weight, need_bias
    need_x, need_weight, need_bias = needs
    same_kind(g, kind, "g")
    same_shape(g, x, "g", "x")
    axis = channel_axis(x, axis)
    c = np.PyArray_DIM(x, axis)
    mean = vector(mean, c, kind, "mean")
    spread = vector(spread, c, kind, "var" if inference else "invstd")
    scale = vector(weight, c, kind, "weight")
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
