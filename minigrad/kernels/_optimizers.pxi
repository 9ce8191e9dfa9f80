# What changes arrays in place: the optimisers' steps, running averages.

cdef np.ndarray state(object a, np.ndarray param, int kind, str name):
    """An array that a step changes (or None): of param's shape and kind, writable, contiguous.

    What is not contiguous is copied; `write_back` brings the result home.
    """
    if a is None:
        return None
    if not isinstance(a, np.ndarray):
        raise TypeError(f"{name} must be an array, not {type(a).__name__}")
    same_kind(a, kind, name)
    same_shape(a, param, name, "param")
    if not np.PyArray_ISWRITEABLE(a):
        raise ValueError(f"{name} is read-only, but a step changes it in place")
    return contiguous(a)


cdef inline int write_back(object a, np.ndarray changed) except -1:
    if a is not changed:
        np.copyto(a, changed)
    return 0


def blend(np.ndarray y not None, np.ndarray x not None, double keep, double take):
    cdef int kind = kind_of(y, "y"), status
    same_kind(x, kind, "x")
    same_shape(x, y, "x", "y")
    cdef np.ndarray to = state(y, y, kind, "y")
    x = contiguous(x)
    with nogil:
        status = mg_kernels[kind].blend(np.PyArray_DATA(to), np.PyArray_DATA(x), keep, take,
                                        np.PyArray_SIZE(to))
    done(status)
    write_back(y, to)


cdef np.ndarray gradient(np.ndarray grad, np.ndarray param, int kind):
    same_kind(grad, kind, "grad")
    same_shape(grad, param, "grad", "param")
    return contiguous(grad)


def sgd(np.ndarray param not None, np.ndarray grad not None, momentum_buffer, double lr,
        double momentum, double dampening, double weight_decay, bint nesterov, bint first):
    cdef int kind = kind_of(param, "param"), status
    cdef np.ndarray p = state(param, param, kind, "param"), g = gradient(grad, param, kind)
    cdef np.ndarray v = state(momentum_buffer, param, kind, "momentum_buffer")
    cdef ptrdiff_t n = np.PyArray_SIZE(p)
    cdef mg_sgd_options options
    options.lr = lr
    options.momentum = momentum
    options.dampening = dampening
    options.weight_decay = weight_decay
    options.nesterov = nesterov
    options.first = first
    with nogil:
        status = mg_kernels[kind].sgd(np.PyArray_DATA(p), data_or_null(v), np.PyArray_DATA(g),
                                      &options, n)
    done(status)
    write_back(param, p)
    write_back(momentum_buffer, v)


def adam(np.ndarray param not None, np.ndarray grad not None, np.ndarray exp_avg not None,
         np.ndarray exp_avg_sq not None, double lr, double beta1, double beta2, double eps,
         double weight_decay, bint decoupled, int64_t step):
    cdef int kind = kind_of(param, "param"), status
    cdef np.ndarray p = state(param, param, kind, "param"), g = gradient(grad, param, kind)
    cdef np.ndarray m = state(exp_avg, param, kind, "exp_avg")
    cdef np.ndarray v = state(exp_avg_sq, param, kind, "exp_avg_sq")
    cdef ptrdiff_t n = np.PyArray_SIZE(p)
    cdef mg_adam_options options
    if step < 1:
        raise ValueError(f"step counts from 1, got {step}")
    options.lr = lr
    options.beta1 = beta1
    options.beta2 = beta2
    options.eps = eps
    options.weight_decay = weight_decay
    options.decoupled = decoupled
    options.step = step
    with nogil:
        status = mg_kernels[kind].adam(np.PyArray_DATA(p), np.PyArray_DATA(m),
                                       np.PyArray_DATA(v), np.PyArray_DATA(g), &options, n)
    done(status)
    write_back(param, p)
    write_back(exp_avg, m)
    write_back(exp_avg_sq, v)


def rmsprop(np.ndarray param not None, np.ndarray grad not None, np.ndarray square_avg not None,
            momentum_buffer, double lr, double alpha, double eps, double weight_decay,
            double momentum):
    cdef int kind = kind_of(param, "param"), status
    cdef np.ndarray p = state(param, param, kind, "param"), g = gradient(grad, param, kind)
    cdef np.ndarray s = state(square_avg, param, kind, "square_avg")
    cdef np.ndarray b = state(momentum_buffer, param, kind, "momentum_buffer")
    cdef ptrdiff_t n = np.PyArray_SIZE(p)
    cdef mg_rmsprop_options options
    options.lr = lr
    options.alpha = alpha
    options.eps = eps
    options.weight_decay = weight_decay
    options.momentum = momentum
    with nogil:
        status = mg_kernels[kind].rmsprop(np.PyArray_DATA(p), np.PyArray_DATA(s),
                                          data_or_null(b), np.PyArray_DATA(g), &options, n)
    done(status)
    write_back(param, p)
    write_back(square_avg, s)
    write_back(momentum_buffer, b)
