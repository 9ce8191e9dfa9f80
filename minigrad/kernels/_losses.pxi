# Softmax cross-entropy.

def softmax_cross_entropy(np.ndarray logits not None, np.ndarray target not None, weight=None,
                          int64_t ignore_index=-100, double label_smoothing=0.0,
                          str reduction="mean", bint gradient=True):
    cdef int kind = kind_of(logits), status
    cdef np.ndarray losses, dlogits = None, class_weight, labels = None
    cdef mg_target t
    cdef mg_rows x
    cdef ptrdiff_t n, c, kept
    cdef double divisor, share, total
    arguments = logits, target, weight, ignore_index, label_smoothing, reduction
    if kind < 0 or np.PyArray_NDIM(logits) != 2:
        refused("softmax_cross_entropy", arguments)
    n = np.PyArray_DIM(logits, 0)
    c = np.PyArray_DIM(logits, 1)
    if not (is_vector(weight, c, kind) and 0 <= label_smoothing <= 1
            and (reduction == "mean" or reduction == "sum" or reduction == "none")):
        refused("softmax_cross_entropy", arguments)
    class_weight = vector(weight)
    t.labels = NULL
    t.probabilities.data = NULL
    t.weight = data_or_null(class_weight)
    t.ignore_index = ignore_index
    t.label_smoothing = label_smoothing
    kept = n
    if np.PyArray_NDIM(target) == 1:
        labels = int64_labels(target, n, c, ignore_index, &kept)
        if labels is None:
            refused("softmax_cross_entropy", arguments)
        t.labels = <const int64_t *>np.PyArray_DATA(labels)
    else:
        if not is_matrix(target, n, c, kind) or np.isnan(target).any():
            refused("softmax_cross_entropy", arguments)
        target = row_wise(target)
        t.probabilities = rows(target)
    if reduction != "mean":
        divisor = 1
    elif class_weight is None or labels is None:
        divisor = kept
    else:
        divisor = class_weight[labels[labels != ignore_index]].sum()
    # The mean of nothing is NaN whatever the logits are; one of labels that weigh nothing is 0 / 0.
    share = 1 / divisor if divisor else NAN if kept else 0
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
        return losses, dlogits, share
    if not divisor:
        total = 0  # what smoothing has spread to other classes is divided by 0 too
    return scalar(total / divisor, losses), dlogits, share


cdef object scalar(double value, np.ndarray like):
    """A NumPy scalar of an array's dtype."""
    cdef float narrow = <float>value
    if np.PyArray_TYPE(like) == np.NPY_FLOAT32:
        return np.PyArray_ToScalar(&narrow, like)
    return np.PyArray_ToScalar(&value, like)


cdef np.ndarray int64_labels(np.ndarray target, ptrdiff_t n, ptrdiff_t c, int64_t ignore_index,
                             ptrdiff_t *kept):
    """A copy of the labels, and how many are classes; None if one is neither that nor ignored.

    A copy, for another thread may write to the target while C reads the labels.
    """
    cdef np.ndarray labels
    cdef const int64_t *label
    cdef ptrdiff_t i, count = 0, bad = 0
    cdef bint counts
    if np.PyArray_DIM(target, 0) != n or not np.PyTypeNum_ISINTEGER(np.PyArray_TYPE(target)):
        return None
    labels = PyArray_FROM_OTF(target, np.NPY_INT64, NPY_ARRAY_CARRAY_RO | NPY_ARRAY_FORCECAST
                              | NPY_ARRAY_ENSURECOPY)
    label = <const int64_t *>np.PyArray_DATA(labels)
    # an unsigned number beyond int64 wraps to a negative one and must not pass as ignore_index
    cdef bint none_ignored = ignore_index < 0 and np.PyTypeNum_ISUNSIGNED(np.PyArray_TYPE(target))
    with nogil:
        for i in range(n):
            counts = none_ignored | (label[i] != ignore_index)
            bad += counts & (<uint64_t>label[i] >= <uint64_t>c)
            count += counts
    kept[0] = count
    return None if bad else labels
