# Softmax cross-entropy.

def softmax_cross_entropy(np.ndarray logits not None, np.ndarray target not None, weight=None,
                          int64_t ignore_index=-100, double label_smoothing=0.0,
                          str reduction="mean", bint gradient=True):
    cdef int kind = kind_of(logits, "logits"), status
    cdef np.ndarray losses, dlogits = None, class_weight
    cdef mg_target t
    cdef mg_rows x
    cdef ptrdiff_t n, c, kept
    cdef double divisor, share, total
    check_ndim(logits, 2, "logits")
    n = np.PyArray_DIM(logits, 0)
    c = np.PyArray_DIM(logits, 1)
    class_weight = vector(weight, c, kind, "weight")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"label_smoothing must be between 0 and 1, got {label_smoothing}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}")
    t.labels = NULL
    t.probabilities.data = NULL
    t.weight = data_or_null(class_weight)
    t.ignore_index = ignore_index
    t.label_smoothing = label_smoothing
    kept = n
    if np.PyArray_NDIM(target) == 1:
        target = int64_labels(target, n, c, ignore_index, &kept)
        t.labels = <const int64_t *>np.PyArray_DATA(target)
    else:
        target = probability_rows(target, n, c, kind)
        t.probabilities = rows(target)
    if reduction != "mean":
        divisor = 1
    elif class_weight is None or t.labels == NULL:
        divisor = kept
    else:
        divisor = class_weight[target[target != ignore_index]].sum()
    share = 1 / divisor if divisor else 0  # the mean of nothing is NaN whatever the logits are
    logits = row_wise(logits)
    losses = empty1(n, kind)
    if gradient:
        dlogits = empty2(n, c, kind)
    x = rows(logits)
    with nogil:
        status = mg_kernels[kind].cross_entropy(
            &total, np.PyArray_DATA(losses), data_or_null(dlogits), x, &t, share, n, c)
    done(status)
    if reduction == "none":
        return losses, dlogits
    return scalar(total / divisor, losses), dlogits


cdef object scalar(double value, np.ndarray like):
    """A NumPy scalar of an array's dtype."""
    cdef float narrow = <float>value
    if np.PyArray_TYPE(like) == np.NPY_FLOAT32:
        return np.PyArray_ToScalar(&narrow, like)
    return np.PyArray_ToScalar(&value, like)


cdef np.ndarray int64_labels(np.ndarray target, ptrdiff_t n, ptrdiff_t c, int64_t ignore_index,
                             ptrdiff_t *kept):
    """A copy of the labels, each of which is a class or ignore_index; and how many are the former.

    The kernel uses them as indices without the GIL: another thread may write to `target` meanwhile,
    but not to what has been checked.
    """
    cdef np.ndarray labels
    cdef const int64_t *label
    cdef ptrdiff_t i, count = 0, bad = 0
    cdef bint counts
    if np.PyArray_DIM(target, 0) != n:
        raise ValueError(f"target must have one label for each of the {n} rows of logits, "
                         f"got shape {shape_of(target)}")
    if not np.PyTypeNum_ISINTEGER(np.PyArray_TYPE(target)):
        raise TypeError(f"target of shape ({n},) must hold integer labels, not {target.dtype}; "
                        f"probabilities have the shape ({n}, {c})")
    labels = PyArray_FROM_OTF(target, np.NPY_INT64,
                              NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST | NPY_ARRAY_ENSURECOPY)
    label = <const int64_t *>np.PyArray_DATA(labels)
    # an unsigned number beyond int64 wraps to a negative one and must not pass as ignore_index
    cdef bint none_ignored = ignore_index < 0 and np.PyTypeNum_ISUNSIGNED(np.PyArray_TYPE(target))
    with nogil:
        for i in range(n):
            counts = none_ignored | (label[i] != ignore_index)
            bad += counts & (<uint64_t>label[i] >= <uint64_t>c)
            count += counts
    if bad:
        outside = (labels < 0) | (labels >= c)
        i = (outside if none_ignored else outside & (labels != ignore_index)).argmax()
        raise IndexError(f"target[{i}] is {target[i]}, but the labels of {c} classes are "
                         f"0 to {c - 1} (or ignore_index={ignore_index})")
    kept[0] = count
    return labels


cdef np.ndarray probability_rows(np.ndarray target, ptrdiff_t n, ptrdiff_t c, int kind):
    if np.PyArray_NDIM(target) != 2 or np.PyArray_DIM(target, 0) != n \
            or np.PyArray_DIM(target, 1) != c:
        raise ValueError(f"target must hold labels, shape ({n},), or probabilities, "
                         f"shape ({n}, {c}), got shape {shape_of(target)}")
    same_kind(target, kind, "target")
    bad = np.isnan(target).any(axis=1)
    if bad.any():
        raise ValueError(f"target holds NaN in row {bad.argmax()}")
    return row_wise(target)
