# Softmax and cross-entropy.

def softmax_cross_entropy(np.ndarray logits not None, np.ndarray target not None, weight=None,
                          ignore_index=-100, double label_smoothing=0.0):
    cdef int kind = kind_of(logits, "logits"), status
    cdef np.ndarray losses, probabilities
    cdef mg_target t
    cdef mg_rows x
    cdef ptrdiff_t n, c
    check_ndim(logits, 2, "logits")
    n = np.PyArray_DIM(logits, 0)
    c = np.PyArray_DIM(logits, 1)
    keep = check_target(&t, n, c, kind, target, weight, ignore_index, label_smoothing)
    logits = row_wise(logits)
    losses = empty1(n, kind)
    probabilities = empty2(n, c, kind)
    x = rows(logits)
    with nogil:
        status = mg_kernels[kind].cross_entropy(
            np.PyArray_DATA(losses), np.PyArray_DATA(probabilities), x, &t, n, c)
    done(status)
    return losses, probabilities


def softmax_cross_entropy_backward(np.ndarray g not None, np.ndarray probabilities not None,
                                   np.ndarray target not None, weight=None, ignore_index=-100,
                                   double label_smoothing=0.0):
    cdef int kind = kind_of(probabilities, "probabilities"), status
    cdef np.ndarray dlogits
    cdef mg_target t
    cdef mg_rows p
    cdef ptrdiff_t n, c, g_stride
    same_kind(g, kind, "g")
    check_ndim(probabilities, 2, "probabilities")
    n = np.PyArray_DIM(probabilities, 0)
    c = np.PyArray_DIM(probabilities, 1)
    if np.PyArray_NDIM(g) != 1 or np.PyArray_DIM(g, 0) != n:
        raise ValueError(f"g must have shape ({n},), got {shape_of(g)}")
    keep = check_target(&t, n, c, kind, target, weight, ignore_index, label_smoothing)
    g = strided(g)
    g_stride = np.PyArray_STRIDE(g, 0) // np.PyArray_ITEMSIZE(g)
    probabilities = row_wise(probabilities)
    dlogits = empty2(n, c, kind)
    p = rows(probabilities)
    with nogil:
        status = mg_kernels[kind].cross_entropy_backward(
            np.PyArray_DATA(dlogits), np.PyArray_DATA(g), g_stride, p, &t, n, c)
    done(status)
    return dlogits


cdef tuple check_target(mg_target *t, ptrdiff_t n, ptrdiff_t c, int kind, np.ndarray target,
                        weight, ignore_index, double label_smoothing):
    """Describe the target to C; returns the arrays that must outlive the call."""
    cdef np.ndarray class_weight = vector(weight, c, kind, "weight")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be between 0 and 1, got {label_smoothing}")
    t.labels = NULL
    t.probabilities.data = NULL
    t.weight = data_or_null(class_weight)
    t.ignore_index = ignore_index
    t.label_smoothing = label_smoothing
    if np.PyArray_NDIM(target) == 1:
        target = check_labels(target, n, c, t.ignore_index)
        t.labels = <const int64_t *>np.PyArray_DATA(target)
    else:
        target = check_probabilities(target, n, c, kind)
        t.probabilities = rows(target)
    return target, class_weight


cdef np.ndarray check_labels(np.ndarray target, ptrdiff_t n, ptrdiff_t c, int64_t ignore_index):
    cdef np.ndarray labels
    cdef const int64_t *label
    cdef ptrdiff_t i, bad = -1
    if np.PyArray_DIM(target, 0) != n:
        raise ValueError(f"target must have one label for each of the {n} rows of logits, "
                         f"got shape {shape_of(target)}")
    if not np.PyTypeNum_ISINTEGER(np.PyArray_TYPE(target)):
        raise TypeError(f"target of shape ({n},) must hold integer labels, not {target.dtype}; "
                        f"probabilities have the shape ({n}, {c})")
    labels = PyArray_FROM_OTF(target, np.NPY_INT64, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST)
    label = <const int64_t *>np.PyArray_DATA(labels)
    # an unsigned number beyond int64 wraps to a negative one and must not pass as ignore_index
    cdef bint signed = not np.PyTypeNum_ISUNSIGNED(np.PyArray_TYPE(target))
    with nogil:
        for i in range(n):
            if not (0 <= label[i] < c) and not (label[i] == ignore_index and
                                                (signed or ignore_index >= 0)):
                bad = i
                break
    if bad >= 0:
        raise IndexError(f"target[{bad}] is {target[bad]}, but the labels of {c} classes are "
                         f"0 to {c - 1} (or ignore_index={ignore_index})")
    return labels


cdef np.ndarray check_probabilities(np.ndarray target, ptrdiff_t n, ptrdiff_t c, int kind):
    if np.PyArray_NDIM(target) != 2 or np.PyArray_DIM(target, 0) != n \
            or np.PyArray_DIM(target, 1) != c:
        raise ValueError(f"target must hold labels, shape ({n},), or probabilities, "
                         f"shape ({n}, {c}), got shape {shape_of(target)}")
    same_kind(target, kind, "target")
    bad = np.isnan(target).any(axis=1)
    if bad.any():
        raise ValueError(f"target holds NaN in row {bad.argmax()}")
    return row_wise(target)
