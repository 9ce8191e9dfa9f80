# What changes arrays in place: the optimisers' steps, running averages.

cdef bint is_state(object a, np.ndarray param):
    """Is it None, or an array like the parameter that can be written to?"""
    return a is None or (isinstance(a, np.ndarray) and is_like(a, param)
                         and np.PyArray_ISWRITEABLE(<np.ndarray>a))


cdef np.ndarray state(object a):
    """What `is_state`, contiguous: itself, or a copy that `write_back` brings home."""
    return None if a is None else contiguous(a)


cdef inline int write_back(object a, np.ndarray changed) except -1:
    if a is not changed:
        np.copyto(a, changed)
    return 0


def blend(np.ndarray y not None, np.ndarray x not None, double keep, double take):
    cdef int kind = kind_of(y), status
    if not (is_state(y, y) and is_like(x, y)):
        refused("blend", (y, x, keep, take))
    cdef np.ndarray to = state(y)
    x = contiguous(x)
    with nogil:
        status = mg_kernels[kind].blend(np.PyArray_DATA(to), np.PyArray_DATA(x), keep, take,
                                        np.PyArray_SIZE(to))
    done(status)
    write_back(y, to)


def sgd(np.ndarray param not None, np.ndarray grad not None, momentum_buffer, double lr,
        double momentum, double dampening, double weight_decay, bint nesterov, bint first):
    cdef int kind = kind_of(param), status
    if not (is_state(param, param) and is_like(grad, param) and is_state(momentum_buffer, param)):
        refused("sgd", (param, grad, momentum_buffer, lr, momentum, dampening, weight_decay,
                        nesterov, first))
    cdef np.ndarray p = state(param), g = contiguous(grad), v = state(momentum_buffer)
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
    cdef int kind = kind_of(param), status
    if not (is_state(param, param) and is_like(grad, param) and is_state(exp_avg, param)
            and is_state(exp_avg_sq, param) and step >= 1):
        refused("adam", (param, grad, exp_avg, exp_avg_sq, lr, beta1, beta2, eps, weight_decay,
                         decoupled, step))
    cdef np.ndarray p = state(param), g = contiguous(grad)
    cdef np.ndarray m = state(exp_avg), v = state(exp_avg_sq)
    cdef ptrdiff_t n = np.PyArray_SIZE(p)
    cdef mg_adam_options options
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
    cdef int kind = kind_of(param), status
    if not (is_state(param, param) and is_like(grad, param) and is_state(square_avg, param)
            and is_state(momentum_buffer, param)):
        refused("rmsprop", (param, grad, square_avg, momentum_buffer, lr, alpha, eps,
                            weight_decay, momentum))
    cdef np.ndarray p = state(param), g = contiguous(grad)
    cdef np.ndarray s = state(square_avg), b = state(momentum_buffer)
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
